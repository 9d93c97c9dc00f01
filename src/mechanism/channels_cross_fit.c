/* Cross-fitting of learnt scores: weights on all folds but one, scores on that one; medians over repeats.
 *
 * Weights learnt and effects estimated on the same people find an indirect effect where there is none. Each repeat deals units
 * (participants, clusters) of an arm to folds; fold f's scores use weights W_f learnt without it, so that the pooled cross-products
 * of [1, A, C | scores | Y] are Σ_f T_f' S_f T_f, T_f = diag(I, W_f, 1), and no row is read twice. One repeat gives estimates and their
 * variances with the scores held. Over repeats: the median estimate, variance median(v_s + (θ_s − median)²), limits by medians, p twice
 * the median. Source: Chernozhukov et al. 2018, Econometrics Journal 21:C1 (eq. 3.14); Chernozhukov, Demirer, Duflo &
 * Fernández-Val 2018 (p-values); METHODS 4.2. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/channels_ridge.h"
#include "numeric/distributions.h"
#include "numeric/replicate.h"

enum { FOLDS = 5, REPEATS = 20 };

/* A record: of each value its estimate, variance, lower, upper | of each arrow (alphas, betas) estimate, variance, p | weights |
 * penalty, direct, separate, residual squares, outcome squares, rows. */
enum { VALUE_PARTS = 4, ARROW_PARTS = 3 };
enum { PENALTY, SEPARATE, RESIDUAL, OUTCOME, REMAINDER, EXTRAS };

typedef struct Plan {
    const VgChannelsProblem *problem;
    size_t folds, draws;
} Plan;

typedef struct Total {
    double *record;
    size_t width;
} Total;

static size_t record_width(const VgChannelsProblem *p)
{
    return VALUE_PARTS * p->values + ARROW_PARTS * 2 * p->terms + p->data->markers.cols + EXTRAS;
}

/* ---- one repeat ---- */

bool vg_channels_deal(VgArena *scratch, const VgMediationProblem *units, const VgRandom *random,
                      size_t folds, size_t *fold)
{
    size_t *order = VG_NEW(scratch, size_t, units->n_units), next = 0;
    if (!order)
        return false;
    for (size_t s = 0; s < units->n_strata; s++) {
        size_t first = units->stratum_start[s], n = units->stratum_start[s + 1] - first;
        VgRandom own = vg_random_unit(random, (uint32_t)s);
        memcpy(order, units->stratum_unit + first, n * sizeof *order);
        vg_random_shuffle(&own, order, n);
        for (size_t k = 0; k < n; k++)
            fold[order[k]] = next++ % folds;
    }
    return true;
}

static size_t first_member(const VgChannelsProblem *p, size_t term)
{
    size_t j = 0;
    while (p->term[j] != term)
        j++;
    return j;
}

/* to += T' s T with the score of a term in the place of its first marker. */
static void add_scored(const VgChannelsProblem *p, const double *s, const double *weight,
                       const size_t *slot, double *to)
{
    const VgEquations *e = &p->equations;
    size_t width = e->width, m = p->data->markers.cols, y = vg_outcome_column(e, 0);
    for (size_t a = 0; a <= e->base; a++) { /* base columns, then the outcome */
        size_t row = a < e->base ? a : y;
        for (size_t b = 0; b <= e->base; b++) {
            size_t column = b < e->base ? b : y;
            to[row * width + column] += s[row * width + column];
        }
        for (size_t j = 0; j < m; j++) {
            size_t c = slot[p->term[j]];
            double product = weight[j] * s[row * width + vg_mediator_column(e, j)];
            to[row * width + c] += product;
            to[c * width + row] += product;
        }
    }
    for (size_t j = 0; j < m; j++)
        for (size_t l = 0; l < m; l++)
            to[slot[p->term[j]] * width + slot[p->term[l]]] +=
                weight[j] * weight[l] *
                s[vg_mediator_column(e, j) * width + vg_mediator_column(e, l)];
}

/* Pooled cross-products of the scores; mean weights. False where a fold cannot be learnt from the others. */
static VgStatus pool(VgArena *scratch, const VgChannelsProblem *p, const VgRandom *random,
                     size_t folds, const size_t *slot, double *pooled, double *mean,
                     double *penalty, bool *learnt, VgError *error)
{
    const VgEquations *e = &p->equations;
    size_t square = e->width * e->width, m = p->data->markers.cols;
    size_t *fold = VG_NEW(scratch, size_t, p->units.n_units);
    double *unit_count = VG_NEW(scratch, double, p->units.n_units);
    double *count = VG_NEW(scratch, double, e->n), *weight = VG_NEW(scratch, double, m);
    double *held = vg_arena_alloc_raw(scratch, folds + 2, square * sizeof *held);
    if (!fold || !unit_count || !count || !weight || !held ||
        !vg_channels_deal(scratch, &p->units, random, folds, fold))
        return vg_fail_memory(error);
    double *all = held + folds * square, *train = all + square;
    double *spare = VG_NEW(scratch, double, square + e->columns);
    if (!spare)
        return vg_fail_memory(error);
    memset(all, 0, square * sizeof *all);
    memset(pooled, 0, square * sizeof *pooled);
    for (size_t f = 0; f < folds; f++) {
        for (size_t u = 0; u < p->units.n_units; u++)
            unit_count[u] = fold[u] == f;
        vg_count_rows(&p->units, unit_count, count);
        vg_cross_products_counted(e, count, held + f * square);
        for (size_t c = 0; c < square; c++)
            all[c] += held[f * square + c];
    }
    *learnt = true;
    *penalty = 0;
    for (size_t f = 0; f < folds && *learnt; f++) {
        double own = NAN;
        for (size_t c = 0; c < square; c++)
            train[c] = all[c] - held[f * square + c];
        VG_TRY(vg_channels_ridge_weights(scratch, p, train, spare, weight, &own, learnt, error));
        if (!*learnt)
            break;
        *penalty += log(own) / (double)folds;
        add_scored(p, held + f * square, weight, slot, pooled);
        for (size_t j = 0; j < m; j++)
            mean[j] += weight[j] / (double)folds;
    }
    *penalty = exp(*penalty);
    return VG_OK;
}

static void put_arrow(double *to, double estimate, double variance, double df)
{
    to[0] = estimate;
    to[1] = variance;
    to[2] = vg_t_two_sided(estimate / sqrt(variance), df);
}

/* Variances and limits of one repeat, its scores held. */
static VgStatus put_values(VgArena *scratch, const VgChannelsProblem *p,
                           const VgChannelsSolution *x, VgMatrix v, size_t draws, uint64_t seed,
                           double *to, VgError *error)
{
    VgChannels one = {.draws = draws};
    VgChannelsProblem own = *p;
    VgChannelsOptions options = *p->options;
    own.options = &options;
    options.seed = seed;
    options.threads = 1;
    options.sensitivity = false;
    /* the median of limits at level 1 − (1 − level)/2 covers at least at `level` */
    options.level = 1 - (1 - options.level) / 2;
    one.effect = VG_NEW(scratch, VgChannelsEstimate, p->values);
    if (!one.effect)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->values; k++)
        one.effect[k].estimate = x->effect[k];
    VG_TRY(vg_channels_delta(scratch, &own, x, v, &one, error));
    for (size_t k = 0; k < p->values; k++)
        to[VALUE_PARTS * k + 1] = one.effect[k].se * one.effect[k].se;
    if (draws)
        VG_TRY(vg_channels_monte_carlo(scratch, &own, x, v, &one, error));
    for (size_t k = 0; k < p->values; k++) {
        to[VALUE_PARTS * k] = x->effect[k];
        to[VALUE_PARTS * k + 2] = one.effect[k].lower;
        to[VALUE_PARTS * k + 3] = one.effect[k].upper;
    }
    return VG_OK;
}

static VgStatus one_repeat(size_t i, VgRandom random, VgArena *scratch, const void *context,
                           void *record, VgError *error)
{
    const Plan *plan = context;
    const VgChannelsProblem *p = plan->problem;
    const VgEquations *e = &p->equations;
    size_t square = e->width * e->width, m = p->data->markers.cols;
    size_t *slot = VG_NEW(scratch, size_t, p->terms);
    double *pooled = VG_NEW(scratch, double, 2 * square + e->columns);
    double *one = VG_NEW(scratch, double, m), *to = record;
    double *arrow = to + VALUE_PARTS * p->values, *mean = arrow + ARROW_PARTS * 2 * p->terms;
    double *extra = mean + m;
    bool learnt;
    VgChannelsSolution x;
    VG_TRY(vg_channels_solution_new(scratch, p, &x, error));
    if (!slot || !pooled || !one)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->terms; k++) {
        size_t first = first_member(p, k);
        slot[k] = vg_mediator_column(e, first);
        one[first] = 1;
    }
    VG_TRY(pool(scratch, p, &random, plan->folds, slot, pooled, mean, &extra[PENALTY], &learnt,
                error));
    if (!learnt || !vg_channels_solve(p, pooled, NULL, one, pooled + square, &x))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "scores cannot be learnt without one of the %zu folds: the rest does not "
                       "vary, or the channels' scores depend on each other",
                       "use fewer folds or covariates, or the score mean", plan->folds);
    VgMatrix v;
    VG_TRY(vg_channels_covariance(scratch, p, &x, &v, error));
    double nu = x.rows - (double)e->base, sum = x.direct;
    for (size_t k = 0; k < p->terms; k++) {
        size_t b = p->terms + k;
        put_arrow(arrow + ARROW_PARTS * k, x.alpha[k], VG_AT(v, k, k), nu);
        put_arrow(arrow + ARROW_PARTS * b, x.beta[k], VG_AT(v, b, b), nu - (double)p->terms);
        sum += x.effect[VG_CHANNELS_FIRST + k];
    }
    extra[SEPARATE] = x.separate;
    extra[RESIDUAL] = x.residual_squares;
    extra[OUTCOME] = x.outcome_squares;
    extra[REMAINDER] = x.total - sum;
    return put_values(scratch, p, &x, v, plan->draws, p->options->seed + i, to, error);
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    memcpy(total->record + i * total->width, record, total->width * sizeof(double));
    return VG_OK;
}

/* ---- over repeats ---- */

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof *value, vg_compare_numbers);
    return 0.5 * (value[(n - 1) / 2] + value[n / 2]);
}

static double median_of(const Total *total, size_t n, size_t column, double *sorted)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = total->record[i * total->width + column];
    return median(sorted, n);
}

/* median(v_s + (θ_s − median)²) */
static double adjusted_variance(const Total *total, size_t n, size_t column, double centre,
                                double *sorted)
{
    for (size_t i = 0; i < n; i++) {
        const double *at = total->record + i * total->width + column;
        sorted[i] = at[1] + (at[0] - centre) * (at[0] - centre);
    }
    return median(sorted, n);
}

static double spread(const Total *total, size_t n, size_t column)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += total->record[i * total->width + column] / (double)n;
    for (size_t i = 0; i < n; i++) {
        double away = total->record[i * total->width + column] - mean;
        squares += away * away;
    }
    return sqrt(squares / (double)(n - 1));
}

static VgInference combine_arrow(const Total *total, size_t n, size_t column, double df,
                                 double level, double *sorted)
{
    double estimate = median_of(total, n, column, sorted);
    double se = sqrt(adjusted_variance(total, n, column, estimate, sorted));
    double half = se * vg_t_quantile(0.5 + level / 2, df);
    return (VgInference){.estimate = estimate,
                         .se = se,
                         .df = df,
                         .statistic = estimate / se,
                         .p = fmin(1, 2 * median_of(total, n, column + 2, sorted)),
                         .lower = estimate - half,
                         .upper = estimate + half};
}

static void combine_values(const VgChannelsProblem *p, const Total *total, double *sorted,
                           VgChannels *fit)
{
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    size_t n = fit->repeats;
    for (size_t k = 0; k < p->values; k++) {
        size_t column = VALUE_PARTS * k;
        VgChannelsEstimate *e = &fit->effect[k];
        e->estimate = median_of(total, n, column, sorted);
        e->se = sqrt(adjusted_variance(total, n, column, e->estimate, sorted));
        e->lower = e->estimate - z * e->se;
        e->upper = e->estimate + z * e->se;
        if (p->options->interval == VG_MEDIATION_MONTE_CARLO && k != VG_CHANNELS_TOTAL) {
            e->lower = median_of(total, n, column + 2, sorted);
            e->upper = median_of(total, n, column + 3, sorted);
        }
        if (k < p->effects)
            fit->split[k] = spread(total, n, column);
    }
}

static void combine(const VgChannelsProblem *p, const Total *total, double *sorted, VgChannels *fit)
{
    size_t n = fit->repeats, m = p->data->markers.cols;
    size_t arrows = VALUE_PARTS * p->values, weights = arrows + ARROW_PARTS * 2 * p->terms;
    double df = (double)(p->data->n - p->equations.base);
    combine_values(p, total, sorted, fit);
    for (size_t k = 0; k < p->terms; k++) {
        fit->alpha[k] =
            combine_arrow(total, n, arrows + ARROW_PARTS * k, df, p->options->level, sorted);
        fit->beta[k] = combine_arrow(total, n, arrows + ARROW_PARTS * (p->terms + k),
                                     df - (double)p->terms, p->options->level, sorted);
    }
    for (size_t j = 0; j < m; j++)
        fit->weight[j] = median_of(total, n, weights + j, sorted);
    const size_t extra = weights + m;
    fit->penalty = median_of(total, n, extra + PENALTY, sorted);
    fit->separate = median_of(total, n, extra + SEPARATE, sorted);
    fit->remainder = median_of(total, n, extra + REMAINDER, sorted);
    double residual = median_of(total, n, extra + RESIDUAL, sorted);
    fit->sigma_outcome = sqrt(residual / (df - (double)p->terms));
    fit->r2_outcome = 1 - residual / median_of(total, n, extra + OUTCOME, sorted);
}

static VgStatus check_folds(const VgChannelsProblem *p, size_t folds, VgError *error)
{
    for (size_t s = 0; s < p->units.n_strata; s++) {
        size_t n = p->units.stratum_start[s + 1] - p->units.stratum_start[s];
        if (n < folds)
            return vg_fail(error, VG_NOT_ESTIMABLE, "%zu units in an arm for %zu folds",
                           "use fewer folds, or the score mean", n, folds);
    }
    return VG_OK;
}

VgStatus vg_channels_cross_fit(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                               VgError *error)
{
    fit->folds = p->options->folds ? p->options->folds : FOLDS;
    fit->repeats = p->options->repeats ? p->options->repeats : REPEATS;
    if (fit->folds < 2 || fit->repeats < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu folds, %zu repeats",
                       "cross-fitting takes two or more of each", fit->folds, fit->repeats);
    VG_TRY(check_folds(p, fit->folds, error));
    Plan plan = {p, fit->folds, fit->draws};
    Total total = {NULL, record_width(p)};
    total.record = vg_arena_alloc_raw(arena, fit->repeats, total.width * sizeof(double));
    double *sorted = VG_NEW(arena, double, fit->repeats);
    fit->split = VG_NEW(arena, double, p->effects);
    if (!total.record || !sorted || !fit->split)
        return vg_fail_memory(error);
    VgReplicate replicate = {.count = fit->repeats,
                             .seed = p->options->seed,
                             .stream = VG_STREAM_MEDIATOR_FOLDS,
                             .record_size = total.width * sizeof(double),
                             .body = one_repeat,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = p->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    combine(p, &total, sorted, fit);
    return VG_OK;
}
