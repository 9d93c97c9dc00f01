/* What the analyses of a plan are after: effects of a population without dropout, by paired counterfactuals, or by path
 * products where these are exact. Of a component: the mean over pairs of arms that differ in it alone, weighted as least
 * squares weighs them, n₁n₀/(n₁ + n₀). */
#include "design/operating.h"

#include <math.h>
#include <string.h>

/* Trials have the seed itself: the people behind the truth are others. */
static const uint64_t OTHER_PEOPLE = 0x9E3779B97F4A7C15u;

typedef struct Pair {
    size_t arm, reference;
    double weight;
} Pair;

static double share_of_block(const VgTrialScheme *scheme, size_t arm)
{
    double n = 0;
    for (size_t k = 0; k < scheme->n_block; k++)
        n += scheme->block[k] == arm;
    return n / (double)scheme->n_block;
}

/* Whether two arms differ in nothing but what the one is given. */
static bool differ_alone(const VgOperatingPlan *plan, size_t a, size_t r)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    const VgAxisModel *m = plan->model[0];
    for (size_t k = 0; k < p->n_components; k++) {
        const bool *in_arm = m->axis->node[m->component[p->component[k]]].in_arm;
        if (in_arm[a] != in_arm[r])
            return false;
    }
    return true;
}

static VgStatus find_pairs(VgArena *arena, const VgOperatingPlan *plan, Pair **pairs, size_t *n,
                           VgError *error)
{
    size_t arms = plan->primary.n_arms;
    const int8_t *given = plan->mechanism_plan.given;
    double whole = 0;
    *n = 0;
    *pairs = VG_NEW(arena, Pair, arms * arms);
    if (!*pairs)
        return vg_fail_memory(error);
    for (size_t a = 0; a < arms; a++)
        for (size_t r = 0; r < arms; r++) {
            if (given[a] != 1 || given[r] != 0 || !differ_alone(plan, a, r))
                continue;
            double with = share_of_block(&plan->scheme, a),
                   without = share_of_block(&plan->scheme, r);
            (*pairs)[*n] = (Pair){a, r, with * without / (with + without)};
            whole += (*pairs)[(*n)++].weight;
        }
    if (*n == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no two arms differ in %s alone",
                       "its effect has no comparison: choose ARM against ARM", plan->treatment);
    for (size_t k = 0; k < *n; k++)
        (*pairs)[k].weight /= whole;
    return VG_OK;
}

/* Path products are the truth where nothing is moderated and symptoms are recorded as they are. */
static bool is_exact(const VgOperatingPlan *plan, const VgAxisNode *node)
{
    const VgAxisMeasurement *m = &node->measurement;
    return vg_axis_is_linear(plan->model[0]) && !(m->step > 0) && isinf(m->low) && isinf(m->high);
}

/* Adds weight × the truth of a kind to a row's; without a channel it sums over channels where there are several. */
static void add(const VgOperatingPlan *plan, const VgTruth *truth, size_t arm, VgTruthKind kind,
                double weight, VgOperatingRow *of)
{
    bool primary = of->effect == VG_OPERATING_PRIMARY;
    size_t symptom = primary ? plan->symptom : plan->mechanism_plan.symptom,
           visit = primary ? plan->outcome_at : plan->mechanism_plan.at;
    bool exact = is_exact(plan, &plan->model[0]->axis->node[symptom]);
    VgMonteCarlo *to = &of->truth;
    size_t channel = of->channel;
    for (size_t k = 0; k < truth->n_rows; k++) {
        const VgTruthRow *row = &truth->row[k];
        if (row->arm != arm || row->symptom != symptom || row->visit != visit ||
            row->kind != kind || (channel != VG_AXIS_NONE && row->channel != channel))
            continue;
        to->value += weight * (exact ? row->linear : row->estimate);
        to->se += exact ? 0 : weight * weight * row->se * row->se; /* squared until the end */
    }
}

static VgStatus truth_against(VgArena *arena, const VgOperatingPlan *plan, size_t reference,
                              size_t population, uint64_t seed, VgTruth *truth, VgError *error)
{
    VgTrialScheme scheme = plan->scheme;
    scheme.need = NULL;
    if (is_exact(plan, plan->node) &&
        (!plan->mechanism || is_exact(plan, plan->mechanism_plan.node))) /* nobody is needed */
        population = 1;
    return vg_axis_truth(arena, plan->model[0], &scheme, reference, population, seed ^ OTHER_PEOPLE,
                         truth, error);
}

static void add_mechanism(const VgOperatingPlan *plan, const VgTruth *truth, const Pair *pair,
                          VgOperatingRow *row)
{
    static const VgTruthKind KIND[] = {VG_TRUTH_TOTAL, VG_TRUTH_TOTAL, VG_TRUTH_DIRECT,
                                       VG_TRUTH_INDIRECT, VG_TRUTH_INDIRECT};
    for (size_t k = 1; k < plan->n_rows; k++)
        add(plan, truth, pair->arm, KIND[row[k].effect], pair->weight, &row[k]);
}

VgStatus vg_operating_truth(VgArena *arena, const VgOperatingPlan *plan, size_t population,
                            uint64_t seed, VgOperatingRow *row, VgError *error)
{
    VgTruth truth;
    Pair *pair = NULL;
    size_t n_pairs = 0;
    const VgPrimaryPlan *p = &plan->primary;
    VG_TRY(truth_against(arena, plan, p->reference, population, seed, &truth, error));
    add(plan, &truth, p->arm, VG_TRUTH_TOTAL, 1, &row[0]);
    if (plan->mechanism)
        VG_TRY(find_pairs(arena, plan, &pair, &n_pairs, error));
    for (size_t k = 0; k < n_pairs; k++) {
        VgTruth other = truth;
        if (pair[k].reference != p->reference)
            VG_TRY(truth_against(arena, plan, pair[k].reference, population, seed, &other, error));
        add_mechanism(plan, &other, &pair[k], row);
    }
    for (size_t k = 0; k < plan->n_rows; k++)
        row[k].truth.se = sqrt(row[k].truth.se);
    return VG_OK;
}
