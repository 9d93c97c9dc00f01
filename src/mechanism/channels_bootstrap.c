/* Resampling of participants (or clusters) within arms for several mediators: one weighted cross-product a
 * resample, from which the effects as measured, the corrected ones at drawn reliabilities, and those over a grid of
 * reliabilities are read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/channels_internal.h"
#include "numeric/distributions.h"
#include "numeric/replicate.h"

static const double MOST_FAILED = 0.05;

/* A record: values as measured | corrected values, corrected beta | effects at each point of the curve | moves of the
 * sensitivity analysis. */
typedef struct Plan {
    const VgChannelsProblem *problem;
    size_t width;
} Plan;

typedef struct Total {
    double *draw;
    size_t width;
} Total;

size_t vg_channels_limits(const double *draw, size_t n, size_t width, double level, double *sorted,
                          VgChannelsEstimate *estimate)
{
    size_t held = 0;
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(draw[i * width]))
            sorted[held++] = draw[i * width];
    estimate->se = estimate->lower = estimate->upper = NAN;
    if (held < 2)
        return n - held;
    qsort(sorted, held, sizeof *sorted, vg_compare_numbers);
    for (size_t i = 0; i < held; i++)
        mean += sorted[i] / (double)held;
    for (size_t i = 0; i < held; i++)
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    estimate->se = sqrt(squares / (double)(held - 1));
    estimate->lower = vg_sorted_quantile(sorted, held, (1 - level) / 2);
    estimate->upper = vg_sorted_quantile(sorted, held, (1 + level) / 2);
    return n - held;
}

/* A reliability drawn from the logit-normal of its 95 % interval; exact without one. */
static double draw_noise(const VgMarkerReliability *r, VgRandom *random)
{
    if (r->value == 0 || r->upper == 0)
        return r->value == 0 ? 0 : 1 - r->value;
    double logit = log(r->value / (1 - r->value));
    double se = (log(r->upper / (1 - r->upper)) - log(r->lower / (1 - r->lower))) /
                (2 * vg_normal_quantile(0.975));
    return 1 / (1 + exp(logit + se * vg_random_normal(random)));
}

static void draw_all_noise(const VgChannelsProblem *p, VgRandom random, double *noise)
{
    const VgEquations *e = &p->equations;
    for (size_t j = 0; p->data->covariate_reliability && j < p->data->covariates.cols; j++)
        noise[2 + j] = draw_noise(&p->data->covariate_reliability[j], &random);
    for (size_t j = 0; p->data->marker_reliability && j < p->data->markers.cols; j++)
        noise[vg_mediator_column(e, j)] = draw_noise(&p->data->marker_reliability[j], &random);
}

static void put(const VgChannelsProblem *p, bool solved, const VgChannelsSolution *x, double *to,
                size_t values, bool with_beta)
{
    for (size_t k = 0; k < values; k++)
        to[k] = solved ? x->effect[k] : (double)NAN;
    for (size_t k = 0; with_beta && k < p->terms; k++)
        to[values + k] = solved ? x->beta[k] : (double)NAN;
}

static VgStatus one_resample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                             void *record, VgError *error)
{
    const Plan *plan = context;
    VgChannelsProblem own = *plan->problem;
    const VgChannelsProblem *p = &own;
    const VgEquations *e = &p->equations;
    if (own.sets)
        own.equations = own.sets[i % own.n_sets];
    double *to = record;
    size_t square = e->width * e->width, m = p->data->markers.cols;
    double *unit_count = VG_NEW(scratch, double, p->units.n_units);
    double *count = VG_NEW(scratch, double, e->n);
    double *s = vg_arena_alloc_raw(scratch, 2 * square + e->columns, sizeof *s);
    double *noise = VG_NEW(scratch, double, e->columns), *weight = VG_NEW(scratch, double, m);
    VgChannelsSolution x;
    VG_TRY(vg_channels_solution_new(scratch, p, &x, error));
    if (!unit_count || !count || !s || !noise || !weight)
        return vg_fail_memory(error);
    vg_draw_units(&p->units, random, unit_count);
    vg_count_rows(&p->units, unit_count, count);
    vg_cross_products_counted(e, count, s);
    VgStatus status;
    bool scored = vg_channels_weights(scratch, p, s, s + square, weight, error, &status);
    if (status != VG_NOT_ESTIMABLE) /* a channel without a common factor here: a failed resample */
        VG_TRY(status);
    bool solved = scored && vg_channels_solve(p, s, NULL, weight, s + square, &x);
    put(p, solved, &x, to, p->values, false);
    if (p->options->sensitivity && solved)
        vg_channels_moves(p, &x, s + square, to + plan->width - p->terms);
    to += p->values;
    if (p->noise) {
        draw_all_noise(p, vg_random_unit(&random, 1), noise);
        put(p, scored && vg_channels_solve(p, s, noise, weight, s + square, &x), &x, to, p->values,
            true);
        to += p->values + p->terms;
    }
    for (size_t l = 0; l < p->n_lambda; l++, to += p->effects) {
        for (size_t j = 0; j < m; j++)
            noise[vg_mediator_column(e, j)] = 1 - p->lambda[l];
        put(p, scored && vg_channels_solve(p, s, noise, weight, s + square, &x), &x, to, p->effects,
            false);
    }
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    memcpy(total->draw + i * total->width, record, total->width * sizeof(double));
    return VG_OK;
}

/* ---- from draws to limits ---- */

static VgStatus corrected_limits(const VgChannelsProblem *p, const double *draw, size_t width,
                                 double *sorted, VgChannels *fit, VgError *error)
{
    double level = p->options->level;
    for (size_t k = 0; k < p->values; k++)
        fit->failed_corrected = vg_channels_limits(draw + p->values + k, fit->draws, width, level,
                                                   sorted, &fit->corrected[k]);
    if ((double)fit->failed_corrected > MOST_FAILED * (double)fit->draws)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "in %zu of %zu resamples nothing is left of the markers once their error is "
                       "taken off: markers too unreliable for this correction",
                       "look at the effects as measured and at their curve over the reliability "
                       "(leave --reliability out), or measure the markers better",
                       fit->failed_corrected, fit->draws);
    for (size_t k = 0; k < p->terms; k++) {
        VgChannelsEstimate beta;
        vg_channels_limits(draw + 2 * p->values + k, fit->draws, width, level, sorted, &beta);
        fit->corrected[VG_CHANNELS_FIRST + k].p =
            fmax(fit->alpha[k].p, vg_normal_two_sided(fit->corrected_beta[k] / beta.se));
    }
    return VG_OK;
}

/* Limits over the grid, and where an interval that excludes nought at 1 no longer does (or the other way),
 * interpolated between the two points. */
static void curve_limits(const VgChannelsProblem *p, const double *draw, size_t width,
                         double *sorted, VgChannels *fit)
{
    for (size_t l = 0; l < p->n_lambda; l++)
        for (size_t k = 0; k < p->effects; k++) {
            size_t at = l * p->effects + k;
            VgChannelsEstimate e;
            size_t failed =
                vg_channels_limits(draw + at, fit->draws, width, p->options->level, sorted, &e);
            bool told =
                (double)failed <= MOST_FAILED * (double)fit->draws && isfinite(fit->curve[at]);
            fit->curve[at] = told ? fit->curve[at] : (double)NAN;
            fit->curve_lower[at] = told ? e.lower : (double)NAN;
            fit->curve_upper[at] = told ? e.upper : (double)NAN;
        }
    for (size_t k = 0; k < p->effects; k++) {
        fit->change[k] = NAN;
        for (size_t l = p->n_lambda - 1; l > 0 && isnan(fit->change[k]); l--) {
            size_t high = l * p->effects + k, low = high - p->effects;
            const double *const LIMIT[2] = {fit->curve_lower, fit->curve_upper};
            for (int side = 0; side < 2; side++) {
                double a = LIMIT[side][low], b = LIMIT[side][high];
                if (isfinite(a) && isfinite(b) && (a > 0) != (b > 0))
                    fit->change[k] =
                        fmax(isnan(fit->change[k]) ? 0 : fit->change[k],
                             p->lambda[l - 1] + (p->lambda[l] - p->lambda[l - 1]) * a / (a - b));
            }
        }
    }
}

VgStatus vg_channels_bootstrap(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                               VgError *error)
{
    size_t corrected = p->noise ? p->values + p->terms : 0;
    size_t moves = p->options->sensitivity ? p->terms : 0;
    size_t width = p->values + corrected + p->n_lambda * p->effects + moves;
    double *draw = vg_arena_alloc_raw(arena, fit->draws, width * sizeof *draw);
    double *sorted = VG_NEW(arena, double, fit->draws);
    if (!draw || !sorted)
        return vg_fail_memory(error);
    Plan plan = {p, width};
    Total total = {draw, width};
    VgReplicate replicate = {.count = fit->draws,
                             .seed = p->options->seed,
                             .stream = VG_STREAM_BOOTSTRAP,
                             .record_size = width * sizeof(double),
                             .body = one_resample,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = p->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    for (size_t k = 0; k < p->values; k++)
        fit->failed = vg_channels_limits(draw + k, fit->draws, width, p->options->level, sorted,
                                         &fit->effect[k]);
    if ((double)fit->failed > MOST_FAILED * (double)fit->draws)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu of %zu resamples could not be fitted, more than 5 %%",
                       "use fewer mediators or covariates, or take the interval delta", fit->failed,
                       fit->draws);
    if (p->noise)
        VG_TRY(corrected_limits(p, draw, width, sorted, fit, error));
    if (p->n_lambda)
        curve_limits(p, draw + p->values + corrected, width, sorted, fit);
    if (moves)
        VG_TRY(vg_channels_sensitivity_draws(arena, p, draw + VG_CHANNELS_FIRST,
                                             draw + width - moves, width, fit, error));
    return VG_OK;
}
