/* Permutation test that the effect is the same for everybody: treatments dealt again under a common effect.
 * Sources: Freedman & Lane 1983; Ding, Feller & Miratrix 2016; Westfall & Young 1993; METHODS 0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/random.h"
#include "numeric/replicate.h"
#include "numeric/small_symmetric.h"
#include "strata/strata.h"

enum { PERMUTATIONS = 1000, FOLDS = 5, COEFFICIENTS = 4 };
static const double SAME = 1e-9, TIE = 1e-8;

/* Who may change treatment with whom: units (people, or clusters) listed stratum by stratum. */
typedef struct Shuffle {
    size_t n_units, n_strata;
    size_t *unit;      /* n_units */
    size_t *first;     /* n_strata + 1 */
    double *treatment; /* n_units, in the order of `unit`: W − e */
} Shuffle;

typedef struct Problem {
    const VgEffectSample *sample;
    const VgOmnibusOptions *options;
    size_t n, p, folds, width; /* width: entries of a record */
    double *residual;          /* Y − Ŷ − τ (W − e) */
    double common;             /* τ */
    double *centre, *scale;    /* p; scale 0: constant */
    Shuffle shuffle;
} Problem;

/* ---- the statistic, moderators one by one ---- */

/* t (HC3) of the last of four coefficients, and its standard error. NaN when they cannot be told apart. */
static double t_of_product(size_t n, const double *x, double centre, double scale, const double *w,
                           const double *y, double *se)
{
    double g[COEFFICIENTS * COEFFICIENTS] = {0}, b[COEFFICIENTS] = {0}, inverse[16], c[16];
    double log_det;
    for (size_t i = 0; i < n; i++) {
        double z = (x[i] - centre) * scale, row[COEFFICIENTS] = {1, z, w[i], w[i] * z};
        for (size_t j = 0; j < COEFFICIENTS; j++) {
            for (size_t k = j; k < COEFFICIENTS; k++)
                g[k + j * COEFFICIENTS] += row[j] * row[k];
            b[j] += row[j] * y[i];
        }
    }
    for (size_t j = 0; j < COEFFICIENTS; j++)
        for (size_t k = 0; k < j; k++)
            g[k + j * COEFFICIENTS] = g[j + k * COEFFICIENTS];
    *se = NAN;
    if (!vg_small_cholesky(COEFFICIENTS, g, &log_det))
        return NAN;
    vg_small_forward_solve(COEFFICIENTS, g, b);
    vg_small_backward_solve(COEFFICIENTS, g, b);
    vg_small_lower_inverse(COEFFICIENTS, g, inverse);
    vg_small_gram_of_inverse(COEFFICIENTS, inverse, c);
    double middle = 0;
    for (size_t i = 0; i < n; i++) {
        double z = (x[i] - centre) * scale, row[COEFFICIENTS] = {1, z, w[i], w[i] * z};
        double left = y[i], leverage = 0, along = 0;
        for (size_t j = 0; j < COEFFICIENTS; j++) {
            double sum = 0;
            for (size_t k = 0; k < COEFFICIENTS; k++)
                sum += c[k + j * COEFFICIENTS] * row[k];
            left -= row[j] * b[j];
            leverage += sum * row[j];
            along = sum; /* the last one's is kept */
        }
        double influence = along * left / (1 - leverage);
        middle += influence * influence;
    }
    *se = sqrt(middle);
    return b[COEFFICIENTS - 1] / *se;
}

/* Sums of each cluster's influence would need CR3; with clusters the permutation does the work and HC3 only studentises. */
static void moderator_statistics(const Problem *p, const double *w, const double *y, double *t,
                                 double *se)
{
    for (size_t j = 0; j < p->p; j++) {
        t[j] = se[j] = NAN;
        if (p->scale[j] > 0)
            t[j] = t_of_product(p->n, &VG_AT(p->sample->x, 0, j), p->centre[j], p->scale[j], w, y,
                                &se[j]);
    }
}

/* ---- the statistic of a learner ---- */

/* Differences of predictions within folds: their means differ for reasons of the deal. */
static void centre_in_folds(size_t n, const int32_t *fold, size_t folds, double *effect)
{
    for (size_t f = 0; f < folds; f++) {
        double sum = 0, count = 0;
        for (size_t i = 0; i < n; i++)
            if ((size_t)fold[i] == f) {
                sum += effect[i];
                count++;
            }
        for (size_t i = 0; i < n; i++)
            if ((size_t)fold[i] == f)
                effect[i] -= sum / count;
    }
}

static VgStatus learner_statistic(const Problem *p, const double *w, const double *y, uint64_t seed,
                                  VgArena *scratch, double *t, VgError *error)
{
    static const char *const NAME[] = {"treatment", "treatment x prediction"};
    VgEffectSample sample = *p->sample;
    sample.treatment_left = w;
    sample.outcome_left = y;
    double *effect = VG_NEW(scratch, double, p->n), *copy = VG_NEW(scratch, double, p->n);
    int32_t *fold = VG_NEW(scratch, int32_t, p->n);
    VgMatrix x = {VG_NEW(scratch, double, 2 * p->n), p->n, 2, p->n};
    if (!effect || !copy || !fold || !x.data)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_deal_folds(scratch, p->n, w, sample.clusters, p->folds, seed, fold, error));
    VG_TRY(vg_strata_predict_folds(&sample, fold, p->folds, p->options->learner,
                                   p->options->context, seed, scratch, effect, error));
    centre_in_folds(p->n, fold, p->folds, effect);
    for (size_t i = 0; i < p->n; i++) {
        copy[i] = y[i];
        VG_AT(x, i, 0) = w[i];
        VG_AT(x, i, 1) = w[i] * effect[i];
    }
    VgLm *fit;
    VG_TRY(vg_strata_regress(scratch, x, NAME, copy, "outcome", false, VG_LM_HC3, sample.clusters,
                             &fit, error));
    *t = fit->rank == 2 ? fit->coefficient[1] / fit->se[1] : 0; /* all predictions alike */
    return VG_OK;
}

/* statistic, then (moderators) t and standard error of each. */
static VgStatus statistics(const Problem *p, const double *w, const double *y, uint64_t seed,
                           VgArena *scratch, double *record, VgError *error)
{
    if (p->options->learner)
        return learner_statistic(p, w, y, seed, scratch, record, error);
    moderator_statistics(p, w, y, record + 1, record + 1 + p->p);
    record[0] = 0;
    for (size_t j = 0; j < p->p; j++)
        record[0] = fmax(record[0], fabs(record[1 + j]));
    return VG_OK;
}

/* ---- permutations ---- */

static VgStatus permute(size_t i, VgRandom random, VgArena *scratch, const void *context,
                        void *record, VgError *error)
{
    const Problem *p = context;
    const Shuffle *s = &p->shuffle;
    size_t *place = VG_NEW(scratch, size_t, s->n_units);
    double *of_unit = VG_NEW(scratch, double, s->n_units), *w = VG_NEW(scratch, double, p->n);
    double *y = VG_NEW(scratch, double, p->n);
    if (!place || !of_unit || !w || !y)
        return vg_fail_memory(error);
    for (size_t k = 0; k < s->n_units; k++)
        place[k] = k;
    for (size_t g = 0; g < s->n_strata; g++)
        if (s->first[g + 1] - s->first[g] > 1)
            vg_random_shuffle(&random, place + s->first[g], s->first[g + 1] - s->first[g]);
    for (size_t k = 0; k < s->n_units; k++)
        of_unit[s->unit[k]] = s->treatment[place[k]];
    const int32_t *cluster = p->sample->clusters.of;
    for (size_t r = 0; r < p->n; r++) {
        w[r] = of_unit[cluster ? (size_t)cluster[r] : r];
        y[r] = p->residual[r] + p->common * w[r];
    }
    return statistics(p, w, y, p->options->seed + 1 + i, scratch, record, error);
}

typedef struct Count {
    const double *observed;
    size_t moderators, as_large; /* permutations with T* >= T */
    size_t *moderator;           /* with max |t*| >= |t_j| */
    double *drawn;               /* every T* */
} Count;

static VgStatus count(size_t i, const void *record_, void *total, VgError *error)
{
    (void)error;
    Count *c = total;
    const double *record = record_;
    c->drawn[i] = record[0];
    c->as_large += record[0] >= c->observed[0] - TIE * fmax(1, fabs(c->observed[0]));
    for (size_t j = 1; j <= c->moderators; j++)
        c->moderator[j - 1] +=
            record[0] >= fabs(c->observed[j]) - TIE * fmax(1, fabs(c->observed[j]));
    return VG_OK;
}

/* ---- input ---- */

static VgStatus stratum_of_units(const Problem *p, const int32_t **of_unit, double *treatment,
                                 VgArena *arena, VgError *error)
{
    const VgEffectSample *s = p->sample;
    size_t units = p->shuffle.n_units;
    int32_t *stratum = VG_NEW(arena, int32_t, units);
    bool *seen = VG_NEW(arena, bool, units);
    if (!stratum || !seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->n; i++) {
        size_t unit = s->clusters.of ? (size_t)s->clusters.of[i] : i;
        int32_t g = p->options->stratum ? p->options->stratum[i] : 0;
        if (g < 0 || (size_t)g >= p->shuffle.n_strata)
            return vg_fail(error, VG_INVALID_INPUT, "stratum %d of row %zu is outside 0 to %zu",
                           "number strata from 0", (int)g, i + 1, p->shuffle.n_strata - 1);
        if (seen[unit] &&
            (stratum[unit] != g || fabs(treatment[unit] - s->treatment_left[i]) > SAME))
            return vg_fail(
                error, VG_INVALID_INPUT,
                "the cluster of row %zu has two treatments, or lies in two strata",
                "where people were randomised within sites, give sites as strata, not as clusters",
                i + 1);
        seen[unit] = true;
        stratum[unit] = g;
        treatment[unit] = s->treatment_left[i];
    }
    *of_unit = stratum;
    return VG_OK;
}

/* Within a stratum W − e takes two values that are 1 apart: one propensity. */
static VgStatus check_propensity(const Shuffle *s, VgError *error)
{
    for (size_t g = 0; g < s->n_strata; g++)
        for (size_t k = s->first[g]; k < s->first[g + 1]; k++) {
            double apart = fabs(s->treatment[k] - s->treatment[s->first[g]]);
            if (apart > SAME && fabs(apart - 1) > SAME)
                return vg_fail(error, VG_INVALID_INPUT,
                               "people of stratum %zu had different chances of treatment",
                               "give the strata within which the chance was the same", g + 1);
        }
    return VG_OK;
}

static VgStatus list_units(Problem *p, VgArena *arena, VgError *error)
{
    Shuffle *s = &p->shuffle;
    s->n_units = p->sample->clusters.of ? p->sample->clusters.count : p->n;
    s->n_strata = p->options->stratum ? p->options->n_strata : 1;
    s->unit = VG_NEW(arena, size_t, s->n_units);
    s->first = VG_NEW(arena, size_t, s->n_strata + 1);
    s->treatment = VG_NEW(arena, double, s->n_units);
    double *of_unit = VG_NEW(arena, double, s->n_units);
    const int32_t *stratum = NULL;
    if (!s->unit || !s->first || !s->treatment || !of_unit)
        return vg_fail_memory(error);
    VG_TRY(stratum_of_units(p, &stratum, of_unit, arena, error));
    size_t held = 0;
    for (size_t g = 0; g < s->n_strata; g++) {
        s->first[g] = held;
        for (size_t u = 0; u < s->n_units; u++)
            if ((size_t)stratum[u] == g) {
                s->treatment[held] = of_unit[u];
                s->unit[held++] = u;
            }
    }
    s->first[s->n_strata] = held;
    return check_propensity(s, error);
}

/* Common effect: least squares of Y − Ŷ on W − e; what is left of the outcome without it. */
static VgStatus take_effect_away(Problem *p, VgArena *arena, VgError *error)
{
    const double *w = p->sample->treatment_left, *y = p->sample->outcome_left;
    double ww = 0, wy = 0;
    p->residual = VG_NEW(arena, double, p->n);
    if (!p->residual)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->n; i++) {
        ww += w[i] * w[i];
        wy += w[i] * y[i];
    }
    p->common = wy / ww;
    for (size_t i = 0; i < p->n; i++)
        p->residual[i] = y[i] - p->common * w[i];
    return VG_OK;
}

static VgStatus standardise(Problem *p, VgArena *arena, VgError *error)
{
    p->centre = VG_NEW(arena, double, 2 * p->p);
    if (!p->centre)
        return vg_fail_memory(error);
    p->scale = p->centre + p->p;
    for (size_t j = 0; j < p->p; j++) {
        const double *x = &VG_AT(p->sample->x, 0, j);
        VG_TRY(vg_strata_check_numbers(p->n, x, "a moderator", error));
        double sum = 0, squares = 0;
        for (size_t i = 0; i < p->n; i++)
            sum += x[i];
        p->centre[j] = sum / (double)p->n;
        for (size_t i = 0; i < p->n; i++)
            squares += (x[i] - p->centre[j]) * (x[i] - p->centre[j]);
        double sd = sqrt(squares / (double)p->n);
        p->scale[j] = sd > 1e-12 * (1 + fabs(p->centre[j])) ? 1 / sd : 0;
    }
    return VG_OK;
}

static VgStatus prepare(Problem *p, VgArena *arena, VgError *error)
{
    const VgEffectSample *s = p->sample;
    if (p->n < 2 * COEFFICIENTS || p->p == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu people and %zu moderators",
                       "a test of heterogeneity needs both", p->n, p->p);
    VG_TRY(vg_strata_check_numbers(p->n, s->outcome_left, "the outcome", error));
    VG_TRY(vg_strata_check_numbers(p->n, s->treatment_left, "the treatment", error));
    VG_TRY(vg_strata_check_clusters(p->n, s->clusters, error));
    VG_TRY(standardise(p, arena, error));
    VG_TRY(take_effect_away(p, arena, error));
    return list_units(p, arena, error);
}

/* (1 + #{T* >= T}) / (1 + B) <= alpha just when T exceeds the k-th largest T*, k = floor(alpha (1 + B)). */
static double critical_value(double *drawn, size_t permutations, double level)
{
    double alpha = 1 - (level > 0 ? level : 0.95);
    size_t k = (size_t)floor(alpha * (double)(1 + permutations) + TIE);
    qsort(drawn, permutations, sizeof *drawn, vg_compare_numbers);
    return k > 0 && k <= permutations ? drawn[permutations - k] : (double)INFINITY;
}

static VgStatus fill(VgArena *arena, const Problem *p, const double *observed, const Count *c,
                     size_t permutations, VgOmnibus *omnibus, VgError *error)
{
    double b = (double)permutations, share = (double)c->as_large / b;
    *omnibus = (VgOmnibus){.statistic = observed[0],
                           .p = (1 + (double)c->as_large) / (1 + b),
                           .p_se = sqrt(share * (1 - share) / b),
                           .permutations = permutations,
                           .critical = critical_value(c->drawn, permutations, p->options->level)};
    if (p->options->learner)
        return VG_OK;
    omnibus->t = VG_NEW(arena, double, 3 * p->p);
    if (!omnibus->t)
        return vg_fail_memory(error);
    omnibus->p_adjusted = omnibus->t + p->p;
    omnibus->se = omnibus->p_adjusted + p->p;
    for (size_t j = 0; j < p->p; j++) {
        omnibus->t[j] = observed[1 + j];
        omnibus->se[j] = observed[1 + p->p + j];
        omnibus->p_adjusted[j] =
            isfinite(observed[1 + j]) ? (1 + (double)c->moderator[j]) / (1 + b) : (double)NAN;
    }
    return VG_OK;
}

VgStatus vg_omnibus_test(VgArena *arena, const VgEffectSample *sample,
                         const VgOmnibusOptions *options, VgOmnibus *omnibus, VgError *error)
{
    Problem p = {.sample = sample,
                 .options = options,
                 .n = sample->x.rows,
                 .p = sample->x.cols,
                 .folds = options->folds ? options->folds : FOLDS,
                 .width = options->learner ? 1 : 1 + 2 * sample->x.cols};
    VG_TRY(prepare(&p, arena, error));
    double *observed = VG_NEW(arena, double, p.width);
    size_t permutations = options->permutations ? options->permutations : PERMUTATIONS;
    Count counts = {.observed = observed,
                    .moderators = options->learner ? 0 : p.p,
                    .moderator = VG_NEW(arena, size_t, p.p),
                    .drawn = VG_NEW(arena, double, permutations)};
    if (!observed || !counts.moderator || !counts.drawn)
        return vg_fail_memory(error);
    VG_TRY(statistics(&p, sample->treatment_left, sample->outcome_left, options->seed, arena,
                      observed, error));
    const VgReplicate plan = {.count = permutations,
                              .seed = options->seed,
                              .stream = VG_STREAM_PERMUTATION,
                              .record_size = p.width * sizeof(double),
                              .body = permute,
                              .merge = count,
                              .context = &p,
                              .total = &counts,
                              .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    return fill(arena, &p, observed, &counts, plan.count, omnibus, error);
}
