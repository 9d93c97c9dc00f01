/* Channels with missing and censored values: multiple imputation.
 *
 * Markers and outcome are jointly normal given (1, A, C): proper imputations by data augmentation (vg_censored_impute), which is
 * the model of the analysis itself, so that imputation and analysis agree. `delta`: Rubin's rules for every effect. `percentile`: all
 * imputations are resampled, one after the other, and the draws taken together: their spread is that within and that between imputations, and
 * a product's skewness stays (Schomaker & Heumann 2018, "MI boot pooled"). To resample first and impute each resample
 * would cost a chain for each; with 50 imputations its (1 + 1/50) is all that is lost. */
#include <math.h>
#include <string.h>

#include <vagus/censored.h>
#include <vagus/rubin.h>

#include "mechanism/channels_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

enum { IMPUTATIONS = 50, SPANS = 16 };

/* ---- fits as lists of numbers ---- */

typedef struct Span {
    double *number;
    size_t n;
} Span;

static size_t values_of(const VgChannels *f)
{
    return 2 * f->n_effects - VG_CHANNELS_INDIRECT;
}

/* Every number of a fit that its data give; limits and errors among them are replaced later. */
static size_t spans(const VgChannels *f, size_t m, Span *to)
{
    const size_t each = sizeof(VgChannelsEstimate) / sizeof(double);
    size_t n = 0, grid = f->n_lambda * f->n_effects;
    to[n++] = (Span){(double *)f->effect, each * values_of(f)};
    if (f->corrected) {
        to[n++] = (Span){(double *)f->corrected, each * values_of(f)};
        to[n++] = (Span){f->corrected_beta, f->n_terms};
    }
    to[n++] = (Span){(double *)f->alpha, sizeof(VgInference) / sizeof(double) * 2 * f->n_terms};
    to[n++] = (Span){f->weight, m};
    to[n++] = (Span){f->conditional, m};
    to[n++] = (Span){f->kept, f->n_terms};
    to[n++] = (Span){f->curve, grid};
    if (f->loading)
        to[n++] = (Span){f->loading, m};
    if (f->sensitivity)
        to[n++] = (Span){f->rho, f->n_rho * (1 + 3 * f->n_terms)}; /* the lines follow */
    return n;
}

static double *scalar(VgChannels *f, size_t k)
{
    double *all[] = {&f->remainder, &f->separate, &f->sigma_outcome, &f->r2_outcome};
    return k < sizeof all / sizeof *all ? all[k] : NULL;
}

static void add_sensitivity(const VgChannelsSensitivity *from, double factor,
                            VgChannelsSensitivity *to)
{
    to->rho_at_zero += factor * from->rho_at_zero;
    to->r2_star += factor * from->r2_star;
    to->r2_tilde += factor * from->r2_tilde;
}

static void add_factor(const VgChannelFactor *from, double factor, VgChannelFactor *to)
{
    to->omega += factor * from->omega;
    to->determinacy += factor * from->determinacy;
    to->at_bound = to->at_bound || from->at_bound;
    to->statistic = to->p = NAN; /* likelihood ratios are not averaged */
}

/* to := keep · to + factor · from */
static void blend(const VgChannels *from, size_t m, double keep, double factor, VgChannels *to)
{
    Span a[SPANS], b[SPANS];
    size_t n = spans(from, m, a);
    spans(to, m, b);
    for (size_t s = 0; s < n; s++)
        for (size_t k = 0; k < a[s].n; k++)
            b[s].number[k] = (keep != 0 ? keep * b[s].number[k] : 0) + factor * a[s].number[k];
    for (size_t k = 0; scalar(to, k); k++)
        *scalar(to, k) = (keep != 0 ? keep * *scalar(to, k) : 0) +
                         factor * *scalar((VgChannels *)(uintptr_t)from, k);
    for (size_t t = 0; t < to->n_terms; t++) {
        if (to->sensitivity && keep == 0) {
            VgChannelsSensitivity *own = &to->sensitivity[t];
            own->rho_at_zero = own->r2_star = own->r2_tilde = 0;
        }
        if (to->factor && keep == 0)
            to->factor[t] = (VgChannelFactor){.df = from->factor[t].df};
        if (to->sensitivity)
            add_sensitivity(&from->sensitivity[t], factor, &to->sensitivity[t]);
        if (to->factor)
            add_factor(&from->factor[t], factor, &to->factor[t]);
    }
}

void vg_channels_take(const VgChannels *from, size_t n_markers, VgChannels *to)
{
    blend(from, n_markers, 0, 1, to);
}

/* ---- imputation ---- */

static const char *marker_name(const VgChannelsData *d, size_t j)
{
    return d->marker_name ? d->marker_name[j] : "a marker";
}

static VgStatus check(const VgChannelsData *d, const VgChannelsOptions *o, VgError *error)
{
    if (o->score == VG_CHANNEL_RIDGE && d->n_channels)
        return vg_fail(error, VG_INVALID_INPUT, "scores learnt for the outcome with imputed values",
                       "an imputed value knows the outcome: take the score mean, component or "
                       "factor");
    if (o->interval != VG_MEDIATION_PERCENTILE && o->interval != VG_MEDIATION_DELTA)
        return vg_fail(error, VG_INVALID_INPUT, "the interval %s with imputed values",
                       "use percentile or delta", vg_mediation_interval_name(o->interval));
    if (d->cluster)
        return vg_fail(error, VG_INVALID_INPUT, "imputation with clusters",
                       "it takes rows for independent: analyse complete rows");
    return VG_OK;
}

/* Bounds of one column; how many are to be imputed. A column that is nearly all censored or missing is told by name. */
static VgStatus fill_bounds(const double *value, const double *lower, const double *upper, size_t n,
                            const char *name, double *to_lower, double *to_upper, size_t *imputed,
                            VgError *error)
{
    size_t seen = 0, observed = 0;
    for (size_t i = 0; i < n; i++) {
        bool bounded = lower && !isnan(lower[i]) && !isnan(upper[i]);
        to_lower[i] = bounded ? lower[i] : value[i];
        to_upper[i] = bounded ? upper[i] : value[i];
        bool missing = isnan(to_lower[i]) || (isinf(to_lower[i]) && isinf(to_upper[i]));
        seen += !missing;
        observed += !missing && to_lower[i] == to_upper[i];
        *imputed += missing || to_lower[i] != to_upper[i];
    }
    if (10 * observed < 3 * seen || 2 * seen < n)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "of %zu values of %s %zu are missing and %zu beyond a limit: too many to "
                       "impute",
                       "leave it out", n, name, n - seen, seen - observed);
    return VG_OK;
}

static VgStatus impute(VgArena *arena, const VgChannelsData *d, const VgChannelsOptions *o,
                       VgChannels *counts, VgMatrix *filled, VgError *error)
{
    size_t n = d->n, m = d->markers.cols, q = d->covariates.cols;
    VgMatrix x = vg_matrix_new(arena, n, 2 + q), lower = vg_matrix_new(arena, n, m + 1);
    VgMatrix upper = vg_matrix_new(arena, n, m + 1);
    if (!x.data || !lower.data || !upper.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        VG_AT(x, i, 0) = 1;
        VG_AT(x, i, 1) = d->treatment[i];
        for (size_t j = 0; j < q; j++)
            VG_AT(x, i, 2 + j) = VG_AT(d->covariates, i, j);
    }
    for (size_t j = 0; j < m; j++) {
        bool bounds = d->marker_lower.data;
        VG_TRY(fill_bounds(&VG_AT(d->markers, 0, j), bounds ? &VG_AT(d->marker_lower, 0, j) : NULL,
                           bounds ? &VG_AT(d->marker_upper, 0, j) : NULL, n, marker_name(d, j),
                           &VG_AT(lower, 0, j), &VG_AT(upper, 0, j), &counts->n_imputed_markers,
                           error));
    }
    VG_TRY(fill_bounds(d->outcome, NULL, NULL, n, d->outcome_name ? d->outcome_name : "the outcome",
                       &VG_AT(lower, 0, m), &VG_AT(upper, 0, m), &counts->n_imputed_outcomes,
                       error));
    if (counts->n_imputed_markers + counts->n_imputed_outcomes == 0)
        return VG_OK;
    counts->imputations = o->imputations ? o->imputations : IMPUTATIONS;
    if (counts->imputations < 2)
        return vg_fail(error, VG_INVALID_INPUT, "1 imputation",
                       "two or more are needed; 50 are usual here");
    VgCensoredImputeOptions options = {.imputations = counts->imputations, .seed = o->seed};
    return vg_censored_impute(arena, x, lower, upper, &options, filled, error);
}

/* Data with imputation k in place. */
static VgChannelsData completed(const VgChannelsData *d, VgMatrix filled, size_t k)
{
    size_t m = d->markers.cols, first = k * (m + 1);
    VgChannelsData one = *d;
    one.markers = (VgMatrix){&VG_AT(filled, 0, first), d->n, m, filled.stride};
    one.outcome = &VG_AT(filled, 0, first + m);
    one.marker_lower = one.marker_upper = (VgMatrix){0};
    return one;
}

static VgStatus build_sets(VgArena *arena, const VgChannelsData *d, VgMatrix filled, size_t n,
                           VgEquations *set, VgError *error)
{
    for (size_t k = 0; k < n; k++) {
        VgChannelsData one = completed(d, filled, k);
        VgEquationColumns columns = {.n = d->n,
                                     .treatment = d->treatment,
                                     .covariates = d->covariates,
                                     .mediators = one.markers,
                                     .outcomes = {(double *)(uintptr_t)one.outcome, d->n, 1, d->n}};
        VG_TRY(vg_equations_build(arena, &columns, &set[k], error));
    }
    return VG_OK;
}

/* ---- pooling ---- */

typedef struct Pool {
    const VgChannels *fit; /* n of them */
    size_t n;
    double df, level, *estimate, *variance;
} Pool;

static VgStatus pool_arrow(const Pool *pool, size_t k, bool outcome, VgInference *to,
                           VgError *error)
{
    VgPooled pooled;
    for (size_t i = 0; i < pool->n; i++) {
        const VgInference *one = outcome ? &pool->fit[i].beta[k] : &pool->fit[i].alpha[k];
        pool->estimate[i] = one->estimate;
        pool->variance[i] = one->se * one->se;
    }
    VG_TRY(
        vg_rubin(pool->estimate, pool->variance, pool->n, pool->df, pool->level, &pooled, error));
    *to = vg_pooled_inference(&pooled);
    return VG_OK;
}

static VgStatus pool_value(const Pool *pool, size_t k, bool corrected, VgChannelsEstimate *to,
                           VgError *error)
{
    VgPooled pooled;
    for (size_t i = 0; i < pool->n; i++) {
        const VgChannelsEstimate *one =
            corrected ? &pool->fit[i].corrected[k] : &pool->fit[i].effect[k];
        pool->estimate[i] = one->estimate;
        pool->variance[i] = one->se * one->se;
    }
    VG_TRY(
        vg_rubin(pool->estimate, pool->variance, pool->n, pool->df, pool->level, &pooled, error));
    to->estimate = pooled.estimate;
    to->se = pooled.se;
    to->lower = pooled.lower;
    to->upper = pooled.upper;
    return VG_OK;
}

/* Lines of sensitivity: their widths grow as the effect's error does. */
static void widen(const VgChannels *mean, const Pool *pool, size_t term)
{
    double within = 0, se = mean->effect[VG_CHANNELS_FIRST + term].se;
    for (size_t i = 0; i < pool->n; i++) {
        double one = pool->fit[i].effect[VG_CHANNELS_FIRST + term].se;
        within += one * one / (double)pool->n;
    }
    double factor = se / sqrt(within);
    for (size_t l = 0; l < mean->n_rho; l++) {
        VgChannelsSensitivity *s = &mean->sensitivity[term];
        s->lower[l] = s->estimate[l] + factor * (s->lower[l] - s->estimate[l]);
        s->upper[l] = s->estimate[l] + factor * (s->upper[l] - s->estimate[l]);
    }
}

static double between(const Pool *pool, size_t effect)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < pool->n; i++)
        mean += pool->fit[i].effect[effect].estimate / (double)pool->n;
    for (size_t i = 0; i < pool->n; i++)
        squares += pow(pool->fit[i].effect[effect].estimate - mean, 2);
    return squares / (double)(pool->n - 1);
}

static VgStatus pool_delta(const Pool *pool, VgChannels *mean, VgError *error)
{
    for (size_t k = 0; k < values_of(mean); k++) {
        VG_TRY(pool_value(pool, k, false, &mean->effect[k], error));
        if (mean->corrected)
            VG_TRY(pool_value(pool, k, true, &mean->corrected[k], error));
    }
    for (size_t t = 0; t < mean->n_terms; t++) {
        const size_t k = VG_CHANNELS_FIRST + t;
        mean->effect[k].p = fmax(mean->alpha[t].p, mean->beta[t].p);
        if (mean->sensitivity)
            widen(mean, pool, t);
    }
    for (size_t k = 0; k < mean->n_effects; k++) {
        bool term = k >= VG_CHANNELS_FIRST && k < VG_CHANNELS_FIRST + mean->n_terms;
        if (!term)
            mean->effect[k].p = vg_normal_two_sided(mean->effect[k].estimate / mean->effect[k].se);
        if (!term && mean->corrected)
            mean->corrected[k].p =
                vg_normal_two_sided(mean->corrected[k].estimate / mean->corrected[k].se);
    }
    return VG_OK;
}

/* Mean of all fits and pooled arrows, in the place of the first. */
static VgStatus pool_fits(const Pool *pool, size_t m, VgChannels *mean, VgError *error)
{
    double share = 1 / (double)pool->n;
    blend(&pool->fit[0], m, 0, share, mean);
    for (size_t i = 1; i < pool->n; i++)
        blend(&pool->fit[i], m, 1, share, mean);
    for (size_t t = 0; t < mean->n_terms; t++) {
        VG_TRY(pool_arrow(pool, t, false, &mean->alpha[t], error));
        VG_TRY(pool_arrow(pool, t, true, &mean->beta[t], error));
    }
    return VG_OK;
}

VgStatus vg_channels_fit_imputed(VgArena *arena, const VgChannelsData *data,
                                 const VgChannelsOptions *given, VgChannels *fit, VgError *error)
{
    VgChannelsOptions options = *given;
    VgChannels counts = {0};
    VgMatrix filled;
    if (!(options.level > 0))
        options.level = 0.95;
    VG_TRY(check(data, &options, error));
    VG_TRY(impute(arena, data, &options, &counts, &filled, error));
    if (!counts.imputations) { /* bounds that say what the values say */
        VgChannelsData complete = *data;
        complete.marker_lower = complete.marker_upper = (VgMatrix){0};
        return vg_channels_fit_complete(arena, &complete, &options, NULL, fit, error);
    }
    size_t n = counts.imputations, m = data->markers.cols;
    VgChannels *one = VG_NEW(arena, VgChannels, n + 1), *mean = one + n;
    double *all = VG_NEW(arena, double, 2 * n);
    VgEquations *set = VG_NEW(arena, VgEquations, n);
    if (!one || !all || !set)
        return vg_fail_memory(error);
    bool delta = options.interval == VG_MEDIATION_DELTA;
    VgChannelsSets point = {.point = !delta};
    for (size_t k = 0; k <= n; k++) { /* the last is room for the means */
        VgChannelsData own = completed(data, filled, k < n ? k : 0);
        VG_TRY(vg_channels_fit_complete(arena, &own, &options, &point, &one[k], error));
    }
    Pool pool = {one,           n,   (double)(data->n - 2 - data->covariates.cols - one[0].n_terms),
                 options.level, all, all + n};
    VG_TRY(pool_fits(&pool, m, mean, error));
    if (delta) {
        VG_TRY(pool_delta(&pool, mean, error));
        *fit = *mean;
    } else {
        VgChannelsData first = completed(data, filled, 0);
        VG_TRY(build_sets(arena, data, filled, n, set, error));
        VgChannelsSets sets = {.of = set, .n = n, .mean = mean};
        VG_TRY(vg_channels_fit_complete(arena, &first, &options, &sets, fit, error));
    }
    fit->imputations = n;
    fit->n_imputed_markers = counts.n_imputed_markers;
    fit->n_imputed_outcomes = counts.n_imputed_outcomes;
    fit->imputed = VG_NEW(arena, double, fit->n_effects);
    if (!fit->imputed)
        return vg_fail_memory(error);
    for (size_t k = 0; k < fit->n_effects; k++)
        fit->imputed[k] =
            (1 + 1 / (double)n) * between(&pool, k) / (fit->effect[k].se * fit->effect[k].se);
    return VG_OK;
}
