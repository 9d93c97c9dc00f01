/* One analysis of several mediators on arrays: checks, scores, coefficients, intervals.
 *
 * Reading order: channels_solve.c (scores, measurement error, coefficients), channels_normal.c (delta, Monte Carlo),
 * channels_bootstrap.c. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/channels_ridge.h"
#include "mechanism/row_order.h"
#include "model/wald.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

enum { DEFAULT_DRAWS = 5000, GRID = 15 };
static const double GRID_FIRST = 0.3, GRID_STEP = 0.05;
static const char *const SCORE_NAME[VG_CHANNEL_SCORE_COUNT] = {"mean", "component", "markers",
                                                               "factor", "ridge"};

const char *vg_channel_score_name(VgChannelScore score)
{
    return score >= 0 && score < VG_CHANNEL_SCORE_COUNT ? SCORE_NAME[score] : NULL;
}

bool vg_channel_score_from_name(const char *name, VgChannelScore *score)
{
    int i = vg_name_index(SCORE_NAME, VG_CHANNEL_SCORE_COUNT, name);
    if (i >= 0)
        *score = (VgChannelScore)i;
    return i >= 0;
}

VgMediationInterval vg_channel_score_interval(VgChannelScore score)
{
    return score == VG_CHANNEL_RIDGE ? VG_MEDIATION_MONTE_CARLO : VG_MEDIATION_PERCENTILE;
}

/* ---- checks ---- */

static const char *name_or(const char *const *name, size_t k)
{
    return name ? name[k] : "a marker";
}

static VgStatus check_options(const VgChannelsData *d, const VgChannelsOptions *o, VgError *error)
{
    bool noisy = d->marker_reliability || d->covariate_reliability;
    if (o->interval != VG_MEDIATION_PERCENTILE && o->interval != VG_MEDIATION_DELTA &&
        o->interval != VG_MEDIATION_MONTE_CARLO)
        return vg_fail(error, VG_INVALID_INPUT, "the interval %s is for one mediator",
                       "several mediators take percentile, delta or monte-carlo",
                       vg_mediation_interval_name(o->interval));
    if (o->score == VG_CHANNEL_RIDGE && d->n_channels) {
        if (o->interval == VG_MEDIATION_PERCENTILE)
            return vg_fail(error, VG_INVALID_INPUT,
                           "the interval percentile with scores learnt for the outcome: a resample "
                           "holds this sample's chance associations as if they were true",
                           "use delta or monte-carlo with the score ridge");
        if (noisy || d->cluster)
            return vg_fail(error, VG_INVALID_INPUT, "scores learnt for the outcome with %s",
                           "take the score mean, component or factor, which are not learnt for it",
                           d->cluster ? "clusters" : "reliabilities");
    }
    if (d->cluster && o->interval != VG_MEDIATION_PERCENTILE)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the interval %s takes the rows of a cluster for independent",
                       "use percentile, which resamples whole clusters",
                       vg_mediation_interval_name(o->interval));
    if (noisy && o->interval == VG_MEDIATION_MONTE_CARLO)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the interval %s with reliabilities: it would take them for exact",
                       "use percentile, which resamples participants and draws reliabilities, or "
                       "delta",
                       vg_mediation_interval_name(o->interval));
    return VG_OK;
}

static VgStatus check_reliability(const VgMarkerReliability *r, const char *name, VgError *error)
{
    if (r->value == 0 && r->lower == 0 && r->upper == 0)
        return VG_OK;
    if (!(r->value > 0 && r->value <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "reliability %g of %s is not in (0, 1]",
                       "a reliability is the share of the variance that is not error, such as 0.7",
                       r->value, name);
    bool exact = r->lower == 0 && r->upper == 0;
    if (!exact && !(r->lower > 0 && r->lower < r->value && r->value < r->upper && r->upper < 1))
        return vg_fail(error, VG_INVALID_INPUT,
                       "interval %g to %g of the reliability %g of %s is not around it within 0 "
                       "and 1",
                       "give value:lower:upper, as in 0.7:0.6:0.8", r->lower, r->upper, r->value,
                       name);
    return VG_OK;
}

static VgStatus check_reliabilities(const VgChannelsData *d, VgError *error)
{
    for (size_t j = 0; d->marker_reliability && j < d->markers.cols; j++)
        VG_TRY(check_reliability(&d->marker_reliability[j], name_or(d->marker_name, j), error));
    for (size_t j = 0; d->covariate_reliability && j < d->covariates.cols; j++)
        VG_TRY(
            check_reliability(&d->covariate_reliability[j], name_or(d->covariate_name, j), error));
    return VG_OK;
}

static VgStatus check_room(const VgChannelsProblem *p, VgError *error)
{
    size_t n = p->data->n, columns = 2 + p->data->covariates.cols + p->terms;
    if (columns < n)
        return VG_OK;
    return vg_fail(
        error, VG_NOT_ESTIMABLE,
        "%zu mediators and %zu covariates with %zu participants: more than they can bear",
        "gather the mediators into channels with one score each (mean, component), or "
        "leave some out",
        p->terms, p->data->covariates.cols, n);
}

/* ---- set-up ---- */

/* The first marker passes all checks of one mediator and gives the units to resample; the others those of their own
 * values. */
static VgStatus check_each(VgArena *arena, const VgChannelsData *d, const VgChannelsOptions *o,
                           VgChannelsProblem *p, VgError *error)
{
    VgMediationData *one = VG_NEW(arena, VgMediationData, 1);
    VgMediationOptions *options = VG_NEW(arena, VgMediationOptions, 1);
    if (!one || !options)
        return vg_fail_memory(error);
    options->interval = o->interval;
    for (size_t j = 0; j < d->markers.cols; j++) {
        *one = (VgMediationData){.n = d->n,
                                 .treatment = d->treatment,
                                 .mediator = &VG_AT(d->markers, 0, j),
                                 .outcome = d->outcome,
                                 .covariates = d->covariates,
                                 .cluster = d->cluster,
                                 .n_clusters = d->n_clusters,
                                 .treatment_name = d->treatment_name,
                                 .outcome_name = d->outcome_name,
                                 .covariate_name = d->covariate_name,
                                 .mediator_name = d->marker_name ? d->marker_name[j] : NULL};
        if (j == 0)
            VG_TRY(vg_mediation_prepare(arena, one, options, &p->units, error));
        else
            VG_TRY(vg_mediation_check_mediator(one, error));
    }
    return VG_OK;
}

static VgStatus find_terms(VgArena *arena, VgChannelsProblem *p, VgError *error)
{
    const VgChannelsData *d = p->data;
    size_t m = d->markers.cols, *term = VG_NEW(arena, size_t, m + 1);
    if (!term)
        return vg_fail_memory(error);
    if (m == 0)
        return vg_fail(error, VG_INVALID_INPUT, "no mediator", "name at least one");
    p->by_marker = !d->n_channels || p->options->score == VG_CHANNEL_MARKERS;
    p->terms = p->by_marker ? m : d->n_channels;
    p->sums = p->by_marker ? d->n_channels : 0;
    p->effects = VG_CHANNELS_FIRST + p->terms + p->sums;
    p->values = 2 * p->effects - VG_CHANNELS_INDIRECT;
    for (size_t j = 0; j < m; j++)
        term[j] = p->by_marker ? j : d->channel[j];
    p->term = term;
    return VG_OK;
}

static VgStatus find_noise(VgArena *arena, VgChannelsProblem *p, VgError *error)
{
    const VgChannelsData *d = p->data;
    if (!d->marker_reliability && !d->covariate_reliability)
        return VG_OK;
    double *noise = VG_NEW(arena, double, p->equations.columns);
    if (!noise)
        return vg_fail_memory(error);
    for (size_t j = 0; d->covariate_reliability && j < d->covariates.cols; j++)
        if (d->covariate_reliability[j].value > 0)
            noise[2 + j] = 1 - d->covariate_reliability[j].value;
    for (size_t j = 0; d->marker_reliability && j < d->markers.cols; j++)
        if (d->marker_reliability[j].value > 0)
            noise[vg_mediator_column(&p->equations, j)] = 1 - d->marker_reliability[j].value;
    p->noise = noise;
    return VG_OK;
}

static VgStatus find_grid(VgArena *arena, VgChannelsProblem *p, VgError *error)
{
    if (!p->options->curve || p->options->interval != VG_MEDIATION_PERCENTILE)
        return VG_OK;
    double *lambda = VG_NEW(arena, double, GRID);
    if (!lambda)
        return vg_fail_memory(error);
    for (size_t l = 0; l < GRID; l++)
        lambda[l] = l + 1 == GRID ? 1 : GRID_FIRST + GRID_STEP * (double)l;
    p->lambda = lambda;
    p->n_lambda = GRID;
    return VG_OK;
}

static VgStatus set_up(VgArena *arena, const VgChannelsData *d, const VgChannelsOptions *o,
                       VgChannelsProblem *p, VgError *error)
{
    *p = (VgChannelsProblem){.data = d, .options = o};
    VG_TRY(check_options(d, o, error));
    VG_TRY(check_reliabilities(d, error));
    VG_TRY(find_terms(arena, p, error));
    VG_TRY(check_each(arena, d, o, p, error));
    VG_TRY(check_room(p, error));
    VgEquationColumns columns = {.n = d->n,
                                 .treatment = d->treatment,
                                 .covariates = d->covariates,
                                 .mediators = d->markers,
                                 .outcomes = {(double *)(uintptr_t)d->outcome, d->n, 1, d->n}};
    VG_TRY(vg_equations_build(arena, &columns, &p->equations, error));
    VG_TRY(find_noise(arena, p, error));
    return find_grid(arena, p, error);
}

/* ---- the estimate ---- */

static VgStatus allocate(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                         VgError *error)
{
    size_t e = p->effects, v = p->values, grid = p->n_lambda * e, m = p->data->markers.cols;
    fit->effect = VG_NEW(arena, VgChannelsEstimate, 2 * v);
    fit->alpha = VG_NEW(arena, VgInference, 2 * p->terms);
    double *all = VG_NEW(arena, double, 2 * p->terms + 2 * m + 3 * grid + e);
    if (!fit->effect || !fit->alpha || !all)
        return vg_fail_memory(error);
    fit->beta = fit->alpha + p->terms;
    fit->corrected_arrows = VG_NEW(arena, VgChannelsArrows, p->terms);
    if (!fit->corrected_arrows)
        return vg_fail_memory(error);
    fit->share = fit->effect + e;
    fit->corrected = p->noise ? fit->effect + v : NULL;
    fit->corrected_share = p->noise ? fit->corrected + e : NULL;
    fit->corrected_beta = p->noise ? all : NULL;
    fit->weight = all + p->terms;
    fit->conditional = fit->weight + m;
    fit->curve = fit->conditional + m;
    fit->curve_lower = fit->curve + grid;
    fit->curve_upper = fit->curve_lower + grid;
    fit->change = fit->curve_upper + grid;
    fit->kept = fit->change + e;
    for (size_t k = 0; k < p->terms; k++)
        fit->kept[k] = 1;
    fit->lambda = (double *)(uintptr_t)p->lambda;
    fit->n_lambda = p->n_lambda;
    fit->n = p->data->n;
    fit->n_terms = p->terms;
    fit->n_sums = p->sums;
    fit->n_effects = p->effects;
    fit->term = p->term;
    fit->draws = p->options->interval == VG_MEDIATION_DELTA ? 0
                 : p->options->draws                        ? p->options->draws
                                                            : DEFAULT_DRAWS;
    return VG_OK;
}

/* What is measured worse than treatment and covariates explain it has no true variance left. */
static VgStatus check_conditional(const VgChannelsProblem *p, const double *explained,
                                  const double *conditional, VgError *error)
{
    for (size_t j = 0; p->data->marker_reliability && j < p->data->markers.cols; j++) {
        double given = p->data->marker_reliability[j].value;
        if (given > 0 && !(conditional[j] > 0))
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "reliability %g of %s is not above the %.2f of its variance that "
                           "treatment and covariates explain: markers too unreliable for this "
                           "correction",
                           "check the reliability: it is of the values as they vary in this trial",
                           given, name_or(p->data->marker_name, j), explained[j]);
    }
    return VG_OK;
}

static VgStatus too_unreliable(VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "what measurement error leaves of the markers' covariance is not positive "
                   "definite: markers too unreliable for this correction",
                   "markers that measure nearly the same belong in one channel; or leave "
                   "--reliability out and read the curve");
}

static VgStatus dependent(const VgChannelsProblem *p, VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "%s depend on each other, or on treatment and covariates",
                   "leave out what the others already say, or gather it in one channel",
                   p->by_marker ? "the mediators" : "the channels' scores");
}

static VgStatus corrected(VgArena *arena, const VgChannelsProblem *p, const double *s, double *work,
                          const VgChannelsSolution *measured, const double *weight, VgChannels *fit,
                          VgError *error)
{
    VgChannelsSolution x;
    double *explained = VG_NEW(arena, double, p->data->markers.cols);
    double *noise = VG_NEW(arena, double, p->equations.columns);
    VG_TRY(vg_channels_solution_new(arena, p, &x, error));
    if (!explained || !noise)
        return vg_fail_memory(error);
    vg_channels_conditional(p, s, work, fit->conditional, explained);
    if (p->noise) {
        if (!p->options->small_sample)
            VG_TRY(check_conditional(p, explained, fit->conditional, error));
        if (!vg_channels_solve(p, s, p->noise, weight, work, &x))
            return too_unreliable(error);
        for (size_t k = 0; k < p->values; k++)
            fit->corrected[k] = (VgChannelsEstimate){.estimate = x.effect[k]};
        memcpy(fit->corrected_beta, x.beta, p->terms * sizeof *x.beta);
        fit->taken_off = x.taken_off;
        vg_channels_kept(measured, &x, p->terms, fit->kept);
        memcpy(noise, p->noise, p->equations.columns * sizeof *noise);
    }
    for (size_t l = 0; l < p->n_lambda; l++) {
        for (size_t j = 0; j < p->data->markers.cols; j++)
            noise[vg_mediator_column(&p->equations, j)] = 1 - p->lambda[l];
        bool solved = vg_channels_solve(p, s, noise, weight, work, &x);
        for (size_t k = 0; k < p->effects; k++)
            fit->curve[l * p->effects + k] = solved ? x.effect[k] : (double)NAN;
    }
    return VG_OK;
}

static void read_arrows(const VgChannelsProblem *p, const VgChannelsSolution *x, VgMatrix v,
                        VgChannels *fit)
{
    double nu = x->rows - (double)p->equations.base;
    for (size_t k = 0; k < p->terms; k++) {
        size_t b = p->terms + k;
        fit->alpha[k] = vg_wald(x->alpha[k], sqrt(VG_AT(v, k, k)), nu, p->options->level);
        fit->beta[k] =
            vg_wald(x->beta[k], sqrt(VG_AT(v, b, b)), nu - (double)p->terms, p->options->level);
    }
    fit->separate = x->separate;
    fit->r2_outcome = 1 - x->residual_squares / x->outcome_squares;
    fit->sigma_outcome = sqrt(x->residual_squares / (nu - (double)p->terms));
    double sum = x->direct;
    for (size_t k = 0; k < p->values; k++) {
        fit->effect[k] = (VgChannelsEstimate){.estimate = x->effect[k]};
        if (k >= VG_CHANNELS_FIRST && k < VG_CHANNELS_FIRST + p->terms)
            sum += x->effect[k];
    }
    fit->remainder = x->total - sum;
}

static void set_p(const VgChannelsProblem *p, VgChannels *fit)
{
    for (size_t k = p->effects; k < p->values; k++) {
        fit->effect[k].p = NAN;
        if (fit->corrected)
            fit->corrected[k].p = NAN;
    }
    for (size_t k = 0; k < p->effects; k++) {
        bool term = k >= VG_CHANNELS_FIRST && k < VG_CHANNELS_FIRST + p->terms;
        size_t t = k - VG_CHANNELS_FIRST;
        fit->effect[k].p = term ? fmax(fit->alpha[t].p, fit->beta[t].p)
                                : vg_normal_two_sided(fit->effect[k].estimate / fit->effect[k].se);
        if (term && p->data->cluster) /* the arrows' errors take rows for independent */
            fit->effect[k].p = NAN;
        if (fit->corrected && term && p->data->cluster)
            fit->corrected[k].p = NAN;
        if (fit->corrected && !term)
            fit->corrected[k].p =
                vg_normal_two_sided(fit->corrected[k].estimate / fit->corrected[k].se);
    }
}

/* p, and weights of the markers in their own units. */
static void finish(const VgChannelsProblem *p, VgChannels *fit)
{
    const VgEquations *e = &p->equations;
    for (size_t j = 0; j < p->data->markers.cols; j++)
        fit->weight[j] /= e->scale[vg_mediator_column(e, j)];
    set_p(p, fit);
}

VgStatus vg_channels_fit_complete(VgArena *arena, const VgChannelsData *data,
                                  const VgChannelsOptions *given, const VgChannelsSets *sets,
                                  VgChannels *fit, VgError *error)
{
    VgChannelsOptions options = *given;
    if (!(options.level > 0))
        options.level = 0.95;
    VgChannelsProblem *p = VG_NEW(arena, VgChannelsProblem, 1);
    if (!p)
        return vg_fail_memory(error);
    *fit = (VgChannels){0};
    VG_TRY(set_up(arena, data, &options, p, error));
    VG_TRY(allocate(arena, p, fit, error));
    const VgEquations *e = &p->equations;
    if (options.score == VG_CHANNEL_RIDGE && !p->by_marker) {
        VG_TRY(vg_channels_cross_fit(arena, p, fit, error));
        finish(p, fit);
        return VG_OK;
    }
    size_t square = e->width * e->width;
    double *s = VG_NEW(arena, double, 2 * square + e->columns), *work = s + square;
    double *count = VG_NEW(arena, double, e->n);
    VgChannelsSolution x;
    VG_TRY(vg_channels_solution_new(arena, p, &x, error));
    if (!s || !count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < e->n; i++)
        count[i] = 1;
    vg_cross_products_counted(e, count, s);
    VgStatus status;
    bool scored = vg_channels_weights(arena, p, s, work, fit->weight, error, &status);
    VG_TRY(status);
    if (!scored || !vg_channels_solve(p, s, NULL, fit->weight, work, &x))
        return dependent(p, error);
    VgMatrix v;
    VG_TRY(vg_channels_covariance(arena, p, &x, &v, error));
    read_arrows(p, &x, v, fit);
    if (options.sensitivity)
        VG_TRY(vg_channels_sensitivity(arena, p, s, fit->weight, &x, fit, error));
    if (options.sensitivity && options.interval == VG_MEDIATION_DELTA)
        vg_channels_sensitivity_delta(p, v, fit);
    VG_TRY(vg_channels_factors(arena, p, s, work, fit, error));
    VG_TRY(corrected(arena, p, s, work, &x, fit->weight, fit, error));
    if (sets && sets->mean) {
        vg_channels_take(sets->mean, data->markers.cols, fit);
        for (size_t j = 0; j < data->markers.cols; j++)
            fit->weight[j] *= e->scale[vg_mediator_column(e, j)];
        p->sets = sets->of;
        p->n_sets = sets->n;
    }
    if (sets && sets->point) {
        finish(p, fit);
        return VG_OK;
    }
    if (options.interval == VG_MEDIATION_DELTA) {
        VG_TRY(vg_channels_delta(arena, p, &x, v, fit, error));
        if (p->noise)
            VG_TRY(vg_channels_corrected_delta(arena, p, fit->weight, fit, error));
    } else if (options.interval == VG_MEDIATION_MONTE_CARLO)
        VG_TRY(vg_channels_monte_carlo(arena, p, &x, v, fit, error));
    else
        VG_TRY(vg_channels_bootstrap(arena, p, fit, error));
    if (options.sensitivity)
        vg_channels_e_values(p, fit);
    finish(p, fit);
    return VG_OK;
}

VgStatus vg_channels_fit(VgArena *arena, const VgChannelsData *given,
                         const VgChannelsOptions *options, VgChannels *fit, VgError *error)
{
    VgChannelsData *data = VG_NEW(arena, VgChannelsData, 1);
    if (!data)
        return vg_fail_memory(error);
    VG_TRY(vg_channels_in_order(arena, given, data, error));
    if (options->missing == VG_MISSING_IMPUTE || data->marker_lower.data)
        return vg_channels_fit_imputed(arena, data, options, fit, error);
    return vg_channels_fit_complete(arena, data, options, NULL, fit, error);
}
