/* A censored mediator by the likelihood of mediator and outcome.
 *
 * Given x = (1, A, C): Y = x'c + v, v ~ N(0, s²); M = x'a + κ v + w, w ~ N(0, ω²). Y is seen in every row, so the likelihood is that of
 * least squares for (c, s²) times that of a censored regression of M on (x, v) for (a at given c, κ, ω), and the information
 * of the two parts is block-diagonal. Then σ² = Var(M | x) = ω² + κ² s², β = κ s²/σ², direct = c_A − β a_A. With c moving, a moves by
 * κ (v holds c): that is the term κ in the gradient by c_A. */
#include <vagus/mediation_censored.h>

#include <math.h>
#include <string.h>

#include <vagus/censored.h>

#include "mechanism/channels_internal.h"
#include "mechanism/mediation_run.h"
#include "mechanism/mediation_words.h"
#include "mechanism/row_order.h"
#include "mechanism/words.h"
#include "model/wald.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

enum { DEFAULT_DRAWS = 5000, TOTAL = 0, DIRECT, INDIRECT, SHARE, EFFECTS };
static const double MOST_FAILED = 0.05;

/* What both parts of the likelihood give. */
typedef struct Parts {
    double c, variance_c, s2;             /* total effect, its variance, Var(Y | x) */
    double a, kappa, omega2;              /* of the censored regression */
    VgMatrix covariance;                  /* of (a, κ, log ω), 3 × 3; no data without */
    double beta, sigma2, effect[EFFECTS]; /* derived */
    double log_likelihood;
    size_t below, above, within;
} Parts;

static void derive(Parts *p)
{
    p->sigma2 = p->omega2 + p->kappa * p->kappa * p->s2;
    p->beta = p->kappa * p->s2 / p->sigma2;
    p->effect[TOTAL] = p->c;
    p->effect[INDIRECT] = p->a * p->beta;
    p->effect[DIRECT] = p->c - p->effect[INDIRECT];
    p->effect[SHARE] = p->effect[INDIRECT] / p->c;
}

/* base: n × p, [1, A, C], used up with y; v and its column in x: room for n × (p + 1). */
static VgStatus fit_parts(VgArena *scratch, VgMatrix base, double *y, const double *lower,
                          const double *upper, VgMatrix x, Parts *parts, VgError *error)
{
    size_t n = base.rows, p = base.cols;
    VgQr qr;
    VgCensoredFit fit;
    for (size_t j = 0; j < p; j++)
        memcpy(&VG_AT(x, 0, j), &VG_AT(base, 0, j), n * sizeof(double));
    VG_TRY(vg_qr_factor(scratch, base, VG_RANK_TOLERANCE, &qr, error));
    double *b = VG_NEW(scratch, double, 2 * p);
    if (!b)
        return vg_fail_memory(error);
    if (qr.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "covariates depend on each other",
                       "leave one of them out");
    vg_qr_transposed_multiply(&qr, y);
    memcpy(b, y, p * sizeof *b);
    vg_qr_solve(&qr, b);
    size_t at = 0; /* where the treatment stands */
    while (qr.pivot[at] != 1)
        at++;
    parts->c = b[at];
    memset(y, 0, p * sizeof *y);
    parts->s2 = 0;
    for (size_t i = p; i < n; i++)
        parts->s2 += y[i] * y[i] / (double)n;
    vg_qr_multiply(&qr, y);
    memcpy(&VG_AT(x, 0, p), y, n * sizeof *y);
    memset(b, 0, p * sizeof *b);
    b[at] = 1;
    vg_qr_solve_transposed(&qr, b);
    parts->variance_c = 0;
    for (size_t j = 0; j < p; j++)
        parts->variance_c += b[j] * b[j] * parts->s2;
    VG_TRY(vg_censored_fit(scratch, x, lower, upper, &fit, error));
    parts->a = fit.beta[1];
    parts->kappa = fit.beta[p];
    parts->omega2 = fit.sigma * fit.sigma;
    parts->below = fit.n_below;
    parts->above = fit.n_above;
    parts->within = fit.n_within;
    parts->log_likelihood = fit.log_likelihood - 0.5 * (double)n * (log(2 * M_PI * parts->s2) + 1);
    const size_t place[3] = {1, p, p + 1};
    for (size_t j = 0; j < 3 && parts->covariance.data; j++)
        for (size_t k = 0; k < 3; k++)
            VG_AT(parts->covariance, j, k) = VG_AT(fit.covariance, place[j], place[k]);
    derive(parts);
    return VG_OK;
}

/* ---- errors ---- */

/* Variance of a function of (c_A, s² | a, κ, log ω) with this gradient. */
static double variance(const Parts *p, double n, const double *g)
{
    double sum = g[0] * g[0] * p->variance_c + g[1] * g[1] * 2 * p->s2 * p->s2 / n;
    for (size_t j = 0; j < 3; j++)
        for (size_t k = 0; k < 3; k++)
            sum += g[2 + j] * g[2 + k] * VG_AT(p->covariance, j, k);
    return sum;
}

typedef struct Gradients {
    double alpha[5], beta[5], effect[EFFECTS][5];
} Gradients;

static void find_gradients(const Parts *p, Gradients *g)
{
    double s4 = p->sigma2 * p->sigma2, k2 = p->kappa * p->kappa;
    const double alpha[5] = {p->kappa, 0, 1, 0, 0}, total[5] = {1, 0, 0, 0, 0};
    const double beta[5] = {0, p->kappa * p->omega2 / s4, 0, p->s2 * (p->omega2 - k2 * p->s2) / s4,
                            -2 * p->kappa * p->s2 * p->omega2 / s4};
    memcpy(g->alpha, alpha, sizeof alpha);
    memcpy(g->beta, beta, sizeof beta);
    for (size_t j = 0; j < 5; j++) {
        g->effect[TOTAL][j] = total[j];
        g->effect[INDIRECT][j] = p->beta * alpha[j] + p->a * beta[j];
        g->effect[DIRECT][j] = total[j] - g->effect[INDIRECT][j];
        g->effect[SHARE][j] = (g->effect[INDIRECT][j] - p->effect[SHARE] * total[j]) / p->c;
    }
}

static VgInference infer(double estimate, double v, double level)
{
    return vg_wald(estimate, sqrt(v), INFINITY, level);
}

/* ---- resamples ---- */

typedef struct Plan {
    const VgMediationProblem *problem;
    const double *lower, *upper;
} Plan;

typedef struct Total {
    double *draw;
} Total;

static VgStatus one_resample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                             void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    const VgMediationProblem *p = plan->problem;
    size_t n = p->data->n, columns = p->base.cols, rows = 0, at = 0;
    double *unit_count = VG_NEW(scratch, double, p->n_units), *count = VG_NEW(scratch, double, n);
    if (!unit_count || !count)
        return vg_fail_memory(error);
    vg_draw_units(p, random, unit_count);
    vg_count_rows(p, unit_count, count);
    for (size_t k = 0; k < n; k++)
        rows += (size_t)count[k];
    VgMatrix base = vg_matrix_new(scratch, rows, columns);
    VgMatrix x = vg_matrix_new(scratch, rows, columns + 1);
    double *all = VG_NEW(scratch, double, 3 * rows), *to = record;
    if (!base.data || !x.data || !all)
        return vg_fail_memory(error);
    double *y = all, *lower = all + rows, *upper = all + 2 * rows;
    for (size_t k = 0; k < n; k++)
        for (double c = 0; c < count[k]; c++, at++) {
            for (size_t j = 0; j < columns; j++)
                VG_AT(base, at, j) = VG_AT(p->base, k, j);
            y[at] = p->data->outcome[k];
            lower[at] = plan->lower[k];
            upper[at] = plan->upper[k];
        }
    Parts parts = {0};
    VgStatus status = fit_parts(scratch, base, y, lower, upper, x, &parts, error);
    if (status != VG_OK && status != VG_NOT_ESTIMABLE && status != VG_NO_CONVERGENCE)
        return status;
    for (size_t k = 0; k < EFFECTS; k++)
        to[k] = status == VG_OK ? parts.effect[k] : (double)NAN;
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    memcpy(total->draw + i * EFFECTS, record, EFFECTS * sizeof(double));
    return VG_OK;
}

static VgStatus resample(VgArena *arena, const VgMediationProblem *p, const double *lower,
                         const double *upper, VgMediationEstimate *effect, VgMediation *fit,
                         VgError *error)
{
    fit->draws = p->options->draws ? p->options->draws : DEFAULT_DRAWS;
    Plan plan = {p, lower, upper};
    Total total = {vg_arena_alloc_raw(arena, fit->draws, EFFECTS * sizeof(double))};
    double *sorted = VG_NEW(arena, double, fit->draws);
    if (!total.draw || !sorted)
        return vg_fail_memory(error);
    VgReplicate replicate = {.count = fit->draws,
                             .seed = p->options->seed,
                             .stream = VG_STREAM_BOOTSTRAP,
                             .record_size = EFFECTS * sizeof(double),
                             .body = one_resample,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = p->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    for (size_t k = 0; k < EFFECTS; k++) {
        VgChannelsEstimate limits;
        fit->failed = vg_channels_limits(total.draw + k, fit->draws, EFFECTS, p->options->level,
                                         sorted, &limits);
        effect[k].se = limits.se;
        effect[k].lower = limits.lower;
        effect[k].upper = limits.upper;
    }
    if ((double)fit->failed > MOST_FAILED * (double)fit->draws)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu of %zu resamples could not be fitted, more than 5 %%",
                       "too many values lie beyond a limit in an arm: take the interval delta, or "
                       "whether the marker was detected as mediator",
                       fit->failed, fit->draws);
    return VG_OK;
}

/* ---- the analysis ---- */

static VgStatus check(const VgMediationData *d, const VgMediationOptions *o, VgError *error)
{
    if (o->mediator_model != VG_MEDIATION_LINEAR || o->outcome_model != VG_MEDIATION_LINEAR ||
        o->interaction)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a censored mediator with other than linear models without interaction",
                       "take linear models and --interaction no, or whether the marker was "
                       "detected as a binary mediator");
    if (o->interval != VG_MEDIATION_PERCENTILE && o->interval != VG_MEDIATION_DELTA)
        return vg_fail(error, VG_INVALID_INPUT, "the interval %s of a censored mediator",
                       "use percentile or delta", vg_mediation_interval_name(o->interval));
    if (d->cluster && o->interval == VG_MEDIATION_DELTA)
        return vg_fail(error, VG_INVALID_INPUT, "the interval delta with clusters",
                       "it takes rows for independent: use percentile");
    return VG_OK;
}

/* One number a row, for the checks of a mediator that varies. */
static double *middles(VgArena *arena, const double *lower, const double *upper, size_t n)
{
    double *value = VG_NEW(arena, double, n);
    for (size_t i = 0; value && i < n; i++)
        value[i] = isinf(lower[i])   ? upper[i]
                   : isinf(upper[i]) ? lower[i]
                                     : 0.5 * (lower[i] + upper[i]);
    return value;
}

static void fill_effects(const VgMediationEstimate *from, VgMediation *fit)
{
    VgMediationEstimate *to = fit->effect;
    to[VG_EFFECT_TOTAL] = from[TOTAL];
    for (int a = 0; a < 3; a++) {
        to[VG_EFFECT_INDIRECT_CONTROL + a] = from[INDIRECT];
        to[VG_EFFECT_DIRECT_CONTROL + a] = from[DIRECT];
        to[VG_EFFECT_PROPORTION_CONTROL + a] = from[SHARE];
    }
}

static void set_sensitivity(const VgMediationProblem *p, const Parts *parts, VgMediation *fit)
{
    VgMediationSensitivity *s = &fit->sensitivity;
    const VgMediationEstimate *e = &fit->effect[VG_EFFECT_INDIRECT_AVERAGE];
    double sd = vg_outcome_sd_within_arms(p->data->treatment, p->data->outcome, p->data->n);
    double rho = parts->kappa * sqrt(parts->s2 / parts->sigma2);
    for (int a = 0; a < 3; a++) {
        s->rho_at_zero[a] = rho;
        s->r2_star[a] = rho * rho;
        s->r2_tilde[a] = NAN;
        vg_e_values_of_means(e->estimate, e->se, sd, p->options->level, &s->e_value[a],
                             &s->e_value_limit[a]);
    }
}

static void set_checks(const VgMediationProblem *p, const Parts *parts, const double *middle,
                       VgMediation *fit)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, outside = 0;
    for (size_t i = 0; i < p->data->n; i++) {
        int a = p->data->treatment[i] == 1;
        low[a] = fmin(low[a], middle[i]);
        high[a] = fmax(high[a], middle[i]);
        *(a ? &fit->check.n_treated : &fit->check.n_control) += 1;
    }
    for (size_t i = 0; i < p->data->n; i++) {
        int other = p->data->treatment[i] != 1;
        outside += middle[i] < low[other] || middle[i] > high[other];
    }
    fit->check.overlap = 2 * vg_normal_upper(fabs(parts->a) / sqrt(parts->sigma2) / 2);
    fit->check.outside_range = outside / (double)p->data->n;
}

static VgStatus point(VgArena *arena, const VgMediationProblem *p, const double *lower,
                      const double *upper, Parts *parts, VgError *error)
{
    size_t n = p->data->n, columns = p->base.cols;
    VgMatrix base = vg_matrix_new(arena, n, columns), x = vg_matrix_new(arena, n, columns + 1);
    double *y = VG_NEW(arena, double, n);
    *parts = (Parts){.covariance = vg_matrix_new(arena, 3, 3)};
    if (!base.data || !x.data || !y || !parts->covariance.data)
        return vg_fail_memory(error);
    vg_matrix_copy(p->base, base);
    memcpy(y, p->data->outcome, n * sizeof *y);
    return fit_parts(arena, base, y, lower, upper, x, parts, error);
}

/* Rows in an order of their own, so that resamples do not depend on that of the table. */
static VgStatus sort_rows(VgArena *arena, const VgMediationData *d, double *middle, double *lower,
                          double *upper, VgMediationData *own, const double **own_lower,
                          const double **own_upper, VgError *error)
{
    VgChannelsData one = {.n = d->n,
                          .treatment = d->treatment,
                          .outcome = d->outcome,
                          .markers = {middle, d->n, 1, d->n},
                          .marker_lower = {lower, d->n, 1, d->n},
                          .marker_upper = {upper, d->n, 1, d->n},
                          .covariates = d->covariates,
                          .cluster = d->cluster},
                   sorted;
    VG_TRY(vg_channels_in_order(arena, &one, &sorted, error));
    *own = *d;
    own->treatment = sorted.treatment;
    own->mediator = sorted.markers.data;
    own->outcome = sorted.outcome;
    own->covariates = sorted.covariates;
    own->cluster = sorted.cluster;
    *own_lower = sorted.marker_lower.data;
    *own_upper = sorted.marker_upper.data;
    return VG_OK;
}

VgStatus vg_mediation_censored_fit(VgArena *arena, const VgMediationData *data,
                                   const double *given_lower, const double *given_upper,
                                   const VgMediationOptions *given, VgMediation *fit,
                                   VgMediationCensoring *censoring, VgError *error)
{
    VgMediationOptions *options = VG_NEW(arena, VgMediationOptions, 1);
    VgMediationProblem *p = VG_NEW(arena, VgMediationProblem, 1);
    VgMediationData *own = VG_NEW(arena, VgMediationData, 1);
    double *middle = middles(arena, given_lower, given_upper, data->n);
    const double *lower, *upper;
    if (!options || !p || !own || !middle)
        return vg_fail_memory(error);
    *options = *given;
    options->level = given->level > 0 ? given->level : 0.95;
    VG_TRY(check(data, options, error));
    VG_TRY(sort_rows(arena, data, middle, (double *)(uintptr_t)given_lower,
                     (double *)(uintptr_t)given_upper, own, &lower, &upper, error));
    VG_TRY(vg_mediation_prepare(arena, own, options, p, error));
    Parts parts;
    Gradients g;
    VG_TRY(point(arena, p, lower, upper, &parts, error));
    find_gradients(&parts, &g);
    *fit = (VgMediation){.n = data->n,
                         .n_outputs = 1,
                         .effect = VG_NEW(arena, VgMediationEstimate, VG_EFFECT_COUNT),
                         .sigma_mediator = sqrt(parts.sigma2),
                         .sigma_outcome = sqrt(parts.s2 * parts.omega2 / parts.sigma2),
                         .r2_mediator = NAN,
                         .r2_outcome = NAN};
    if (!fit->effect)
        return vg_fail_memory(error);
    double n = (double)data->n, level = options->level;
    VgMediationEstimate effect[EFFECTS];
    for (size_t k = 0; k < EFFECTS; k++) {
        VgInference one = infer(parts.effect[k], variance(&parts, n, g.effect[k]), level);
        effect[k] =
            (VgMediationEstimate){one.estimate, one.se, one.lower, one.upper, one.p, NAN, true};
    }
    fit->arrow.treatment_mediator = infer(parts.a, variance(&parts, n, g.alpha), level);
    fit->arrow.treatment_outcome =
        infer(parts.effect[DIRECT], variance(&parts, n, g.effect[DIRECT]), level);
    fit->arrow.interaction = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    for (int a = 0; a < 3; a++)
        fit->arrow.mediator_outcome[a] = infer(parts.beta, variance(&parts, n, g.beta), level);
    if (options->interval == VG_MEDIATION_PERCENTILE) {
        VG_TRY(resample(arena, p, lower, upper, effect, fit, error));
        for (size_t k = 0; k < SHARE; k++)
            effect[k].p = vg_normal_two_sided(effect[k].estimate / effect[k].se);
    }
    effect[INDIRECT].p = fmax(fit->arrow.treatment_mediator.p, fit->arrow.mediator_outcome[0].p);
    effect[SHARE].p = NAN;
    effect[SHARE].shown = (effect[TOTAL].lower > 0 || effect[TOTAL].upper < 0) &&
                          effect[INDIRECT].estimate * effect[TOTAL].estimate > 0;
    fill_effects(effect, fit);
    set_checks(p, &parts, own->mediator, fit);
    set_sensitivity(p, &parts, fit);
    *censoring =
        (VgMediationCensoring){parts.below, parts.above, parts.within, parts.log_likelihood};
    return VG_OK;
}

/* ---- rows ---- */

static VgStatus find_bounds(const VgMediationData *d, double lloq, double uloq, double *lower,
                            double *upper, VgError *error)
{
    size_t beyond = 0;
    for (size_t i = 0; i < d->n; i++) {
        double value = d->mediator[i];
        lower[i] = value < lloq ? -INFINITY : value > uloq ? uloq : value;
        upper[i] = value < lloq ? lloq : value > uloq ? INFINITY : value;
        beyond += value < lloq || value > uloq;
    }
    if (10 * beyond > 7 * d->n)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu of %zu values of %s lie beyond a limit",
                       "with more than 70 % censored take whether it was detected as mediator",
                       beyond, d->n, d->mediator_name);
    return VG_OK;
}

VgStatus vg_mediation_censored_run(VgArena *arena, const VgMediationTable *table, double lloq,
                                   double uloq, const VgMediationOptions *options, VgResult *result,
                                   VgError *error)
{
    double *lower = VG_NEW(arena, double, 2 * table->data.n), *upper = lower + table->data.n;
    VgMediation fit;
    VgMediationCensoring censoring;
    if (!lower)
        return vg_fail_memory(error);
    VG_TRY(find_bounds(&table->data, lloq, uloq, lower, upper, error));
    VG_TRY(vg_mediation_censored_fit(arena, &table->data, lower, upper, options, &fit, &censoring,
                                     error));
    VG_TRY(vg_mediation_rows(table, options, &fit, NULL, VG_INTERACTION_NO, result, error));
    vg_mechanism_assume(result, NULL, "M beyond limits", "assumed",
                        "normal given treatment and covariates, also where it was not measured "
                        "(concentrations as logarithms)");
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_below", (double)censoring.n_below);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_above", (double)censoring.n_above);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "loglik", censoring.log_likelihood);
    return vg_result_status(result, error);
}
