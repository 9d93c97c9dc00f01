/* Causal survival forests: nuisances out of bag (propensity, curves of events and of censoring on x and arm), a pseudo-outcome for each row
 * (censored_outcome.c), then a forest of effects on it. Source: Cui, Kosorok, Sverdrup, Wager & Zhu 2023, as grf does. */
#include <vagus/survival_effect.h>

#include <math.h>
#include <string.h>

#include "model/follow_up.h"
#include "model/forest_begin.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

enum { MOST_CURVE_TREES = 500, FEWEST_CURVE_TREES = 50, CURVE_NODE_SIZE = 15, ROWS_AT_ONCE = 64 };

/* Such a person would stand for a hundred. */
static const double LEAST_UNCENSORED = 0.01;

/* ---- curves and pseudo-outcomes ---- */

/* All that a row's pseudo-outcome is made of. */
typedef struct Curves {
    const VgRandomForest *events, *censoring; /* censoring NULL: nobody was lost */
    const FollowUps *ends;
    const VgSurvivalAim *aim;
    const uint32_t *arm;
    const double *treated; /* rows: propensity of arm 1 */
    double *mean, *pseudo, *uncensored;
} Curves;

static VgForestOptions curve_options(const VgForestOptions *options, uint32_t purpose)
{
    VgForestOptions o = vg_forest_nuisance_options(options, purpose);
    size_t quarter = options->trees / 4;
    o.trees = quarter < FEWEST_CURVE_TREES ? FEWEST_CURVE_TREES
              : quarter > MOST_CURVE_TREES ? MOST_CURVE_TREES
                                           : quarter;
    o.min_node_size = CURVE_NODE_SIZE;
    return o;
}

/* Covariates with the arm as the last column. */
static VgStatus with_arm(VgArena *arena, VgMatrix x, const uint32_t *arm, VgMatrix *both,
                         VgError *error)
{
    *both = vg_matrix_new(arena, x.rows, x.cols + 1);
    if (!both->data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < x.rows; i++) {
        for (size_t j = 0; j < x.cols; j++)
            VG_AT(*both, i, j) = VG_AT(x, i, j);
        VG_AT(*both, i, x.cols) = arm[i];
    }
    return VG_OK;
}

static VgStatus grow_curves(VgArena *arena, const VgForestData *data, const uint32_t *arm,
                            const VgForestOptions *options, const FollowUps *ends, Curves *curves,
                            VgError *error)
{
    VgForestData of_end = *data;
    ForestCodes codes;
    VgRandomForest *forest;
    bool any_lost = false;
    VG_TRY(with_arm(arena, data->x, arm, &of_end.x, error));
    VG_TRY(vg_forest_codes(arena, of_end.x, &codes, error));
    of_end.outcome = ends->end;
    VgForestOptions o = curve_options(options, FOREST_OF_EVENTS);
    VG_TRY(vg_forest_curves(arena, &of_end, ends->event, ends->code, ends->n, &o, &codes, &forest,
                            error));
    forest->by_hazard = true;
    curves->events = forest;
    for (size_t i = 0; i < data->x.rows; i++)
        any_lost = any_lost || (ends->lost[i] && !ends->person[i].beyond);
    if (!any_lost)
        return VG_OK;
    o = curve_options(options, FOREST_OF_CENSORING);
    VG_TRY(vg_forest_curves(arena, &of_end, ends->lost, ends->code, ends->n, &o, &codes, &forest,
                            error));
    forest->by_hazard = true;
    curves->censoring = forest;
    return VG_OK;
}

/* A training row's curve had it been in `arm`, by the trees that did not draw it. */
static void read_curve(const VgRandomForest *forest, size_t row, uint32_t arm, uint16_t *code,
                       double *weight, double *curve)
{
    memcpy(code, forest->codes.by_row + row * forest->columns, forest->columns * sizeof *code);
    code[forest->columns - 1] = (uint16_t)(arm + 1); /* the arms' codes: both occur */
    memset(weight, 0, forest->rows * sizeof *weight);
    vg_forest_add_weights(forest, code, row, weight);
    vg_forest_read_survival(forest, weight, curve);
}

/* E[f(T)] of a curve. */
static double mean_of(const Curves *c, const double *survival)
{
    const FollowUps *in = c->ends;
    size_t last = in->n - 1;
    if (c->aim->target == VG_SURVIVAL_PROBABILITY)
        return survival[last];
    double sum = in->time[0];
    for (size_t k = 0; k < last; k++)
        sum += survival[k] * (in->time[k + 1] - in->time[k]);
    return sum;
}

static VgStatus complete_rows(size_t b, VgRandom random, VgArena *scratch, const void *context,
                              void *record, VgError *error)
{
    (void)random;
    const Curves *c = context;
    const FollowUps *in = c->ends;
    size_t rows = c->events->rows, first = b * ROWS_AT_ONCE;
    double *weight = vg_arena_alloc_raw(scratch, rows, sizeof *weight), *out = record;
    double *survival[2] = {vg_arena_alloc_raw(scratch, in->n, sizeof(double)),
                           vg_arena_alloc_raw(scratch, in->n, sizeof(double))};
    double *uncensored = vg_arena_alloc_raw(scratch, in->n, sizeof(double));
    uint16_t *code = vg_arena_alloc_raw(scratch, c->events->columns, sizeof *code);
    if (!weight || !survival[0] || !survival[1] || !uncensored || !code)
        return vg_fail_memory(error);
    VgSurvivalAim aim = *c->aim;
    aim.horizon = in->horizon;
    for (size_t i = first; i < rows && i < first + ROWS_AT_ONCE; i++, out += 3) {
        for (uint32_t arm = 0; arm < 2; arm++)
            read_curve(c->events, i, arm, code, weight, survival[arm]);
        for (size_t k = 0; !c->censoring && k < in->n; k++)
            uncensored[k] = 1.0;
        if (c->censoring)
            read_curve(c->censoring, i, c->arm[i], code, weight, uncensored);
        VgSurvivalCurves curves = {in->n, in->time, survival[c->arm[i]], uncensored, false};
        VgFollowUp person = in->person[i];
        person.mean = c->treated[i] * mean_of(c, survival[1]) +
                      (1.0 - c->treated[i]) * mean_of(c, survival[0]);
        out[0] = person.mean;
        out[1] = vg_censored_outcome(&aim, &curves, &person, out + 2);
        if (isnan(out[1]))
            return vg_forest_no_trees(i, c->events->n_trees, error);
    }
    return VG_OK;
}

static VgStatus keep_rows(size_t b, const void *record, void *total, VgError *error)
{
    Curves *c = total;
    const double *from = record;
    size_t first = b * ROWS_AT_ONCE;
    for (size_t i = first; i < c->events->rows && i < first + ROWS_AT_ONCE; i++, from += 3) {
        c->mean[i] = from[0];
        c->pseudo[i] = from[1];
        c->uncensored[i] = from[2];
        if (from[2] < LEAST_UNCENSORED)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "only %.2g%% of those alike are followed as long as some were: each of "
                           "these would stand for more than a hundred",
                           "take an earlier horizon", 100.0 * from[2]);
    }
    return VG_OK;
}

static VgStatus complete(const Curves *c, int threads, VgError *error)
{
    Curves total = *c;
    VgReplicate replicate = {.count = (c->events->rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE,
                             .stream = VG_STREAM_FOREST,
                             .record_size = 3 * ROWS_AT_ONCE * sizeof(double),
                             .body = complete_rows,
                             .merge = keep_rows,
                             .context = c,
                             .total = &total,
                             .threads = threads};
    return vg_replicate(&replicate, error);
}

/* ---- the forest ---- */

VgStatus vg_forest_survival_gradients(VgArena *arena, const VgForestData *data,
                                      const double *treatment, const uint8_t *known,
                                      const VgForestOptions *options, const ForestCodes *codes,
                                      VgRandomForest **forest, VgError *error)
{
    ForestPlan plan;
    size_t n = data->x.rows;
    VG_TRY(vg_forest_begin(arena, VG_FOREST_SURVIVAL_EFFECT, data, options, codes, &plan, forest,
                           error));
    VgRandomForest *made = *forest;
    made->outcome = vg_arena_alloc_raw(arena, n, sizeof(double));
    made->treatment = vg_arena_alloc_raw(arena, n, sizeof(double));
    made->event = vg_arena_alloc_raw(arena, n, sizeof *known);
    if (!made->outcome || !made->treatment || !made->event)
        return vg_fail_memory(error);
    memcpy(made->outcome, data->outcome, n * sizeof(double));
    memcpy(made->treatment, treatment, n * sizeof(double));
    memcpy(made->event, known, n * sizeof *known);
    plan.outcome = made->outcome;
    plan.treatment = made->treatment;
    plan.event = made->event;
    plan.n_treatments = 1;
    plan.n_constraints = plan.options.unstabilised ? 0 : 1;
    plan.needs_events = !plan.options.unstabilised;
    return vg_forest_complete(arena, &plan, 1, made, error);
}

/* What the forest is grown from. */
typedef struct Nuisances {
    VgMatrix propensity;
    double *mean, *pseudo, *uncensored; /* rows */
    double *gamma, *treatment;          /* rows: pseudo − mean, arm − propensity */
} Nuisances;

static VgStatus nuisances(VgArena *arena, const VgForestData *data,
                          const VgForestTreatment *treatment, const VgForestOptions *options,
                          const ForestCodes *codes, const FollowUps *ends, const VgSurvivalAim *aim,
                          Nuisances *found, VgError *error)
{
    size_t n = data->x.rows;
    double **vector[] = {&found->mean, &found->pseudo, &found->uncensored, &found->gamma,
                         &found->treatment};
    for (size_t k = 0; k < 5; k++)
        if (!(*vector[k] = vg_arena_alloc_raw(arena, n, sizeof(double))))
            return vg_fail_memory(error);
    VG_TRY(vg_forest_propensity(arena, data, treatment, options, codes, &found->propensity, error));
    VgArenaMark mark = vg_arena_mark(arena);
    Curves curves = {.ends = ends,
                     .aim = aim,
                     .arm = treatment->arm,
                     .treated = &VG_AT(found->propensity, 0, 1),
                     .mean = found->mean,
                     .pseudo = found->pseudo,
                     .uncensored = found->uncensored};
    VG_TRY(grow_curves(arena, data, treatment->arm, options, ends, &curves, error));
    VG_TRY(complete(&curves, options->threads, error));
    vg_arena_rewind(arena, mark);
    for (size_t i = 0; i < n; i++) {
        found->gamma[i] = found->pseudo[i] - found->mean[i];
        found->treatment[i] = treatment->arm[i] - VG_AT(found->propensity, i, 1);
    }
    return VG_OK;
}

VgStatus vg_forest_survival_effect(VgArena *arena, const VgForestData *data, const bool *event,
                                   const VgSurvivalAim *aim, const VgForestTreatment *treatment,
                                   const VgForestOptions *given, VgRandomForest **forest,
                                   VgError *error)
{
    VgForestOptions options;
    ForestCodes codes;
    FollowUps ends;
    Nuisances found;
    VG_TRY(vg_forest_check(data, error));
    VG_TRY(vg_forest_options(given, data->x.cols, &options, error));
    VG_TRY(vg_follow_up_aim(data, treatment, aim, error));
    VG_TRY(vg_forest_check_treatment(data, treatment, &options, error));
    VG_TRY(vg_follow_up(arena, data, event, treatment, aim, &ends, error));
    VG_TRY(vg_forest_codes(arena, data->x, &codes, error));
    VG_TRY(nuisances(arena, data, treatment, &options, &codes, &ends, aim, &found, error));
    VgForestData of_gamma = *data;
    of_gamma.outcome = found.gamma;
    VG_TRY(vg_forest_survival_gradients(arena, &of_gamma, found.treatment, ends.known, given,
                                        &codes, forest, error));
    (*forest)->outcome_hat = found.mean;
    (*forest)->pseudo_outcome = found.pseudo;
    (*forest)->uncensored = found.uncensored;
    (*forest)->propensity = found.propensity;
    return VG_OK;
}
