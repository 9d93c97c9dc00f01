/* How large an unmeasured cause of mediator and outcome would have to be.
 *
 * Linear pair, rho = corr(e_M, e_Y): the outcome's slope in the mediator becomes b(rho) = b − (s_Y/s_M) rho/√(1 − rho²), s
 * the residual SDs of the fitted models; so the indirect effect is alpha b(rho), nought at
 * rho = b/√(b² + (s_Y/s_M)²). The same line holds with an interaction, b then being that of the arm.
 * Without it this is Imai, Keele & Yamamoto 2010, theorem 4 (and medsens at convergence).
 *
 * Probit outcome, linear mediator: given M the outcome's error has mean rho e_M/s_M and variance 1 − rho², so that all
 * coefficients of the fitted probit are those at rho over √(1 − rho²), and its slope in the mediator g becomes
 * g √(1 − rho²) − rho/s_M (g that of the arm); Imai, Keele & Tingley 2010, appendix D, without the interaction.
 *
 * Probit mediator, linear outcome: mediation_rho_mediator.c.
 *
 * E-value: VanderWeele & Ding 2017; a mean difference d in SD units counts as the risk ratio exp(0.91 d). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/mediation_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/root.h"

static const double RHO_STEP = 0.05, INTEGRATION = 1e-14;
enum { PROBIT_VALUES = 3 };

void vg_rho_grid(double *rho)
{
    for (int k = 0; k < VG_N_RHO; k++)
        rho[k] = (k - VG_N_RHO / 2) * RHO_STEP;
}

static VgStatus make_grid(VgArena *arena, VgMediationSensitivity *s, VgError *error)
{
    s->n_rho = VG_N_RHO;
    s->rho = VG_NEW(arena, double, VG_N_RHO);
    s->estimate = VG_NEW(arena, double, 3 * VG_N_RHO);
    s->lower = VG_NEW(arena, double, 3 * VG_N_RHO);
    s->upper = VG_NEW(arena, double, 3 * VG_N_RHO);
    if (!s->rho || !s->estimate || !s->lower || !s->upper)
        return vg_fail_memory(error);
    vg_rho_grid(s->rho);
    return VG_OK;
}

static void set_r2(const VgMediationFitted *fitted, VgMediationSensitivity *s)
{
    for (int a = 0; a < 3; a++) {
        s->r2_star[a] = s->rho_at_zero[a] * s->rho_at_zero[a];
        s->r2_tilde[a] = s->r2_star[a] * (1 - fitted->r2_mediator) * (1 - fitted->r2_outcome);
    }
}

/* ---- linear ---- */

/* b in control, treated, on average */
static double slope(double beta, double interaction, int a)
{
    return beta + (a == 2 ? 0.5 : a) * interaction;
}

double vg_along_rho(double rho)
{
    return rho / sqrt(1 - rho * rho);
}

/* Delta: alpha, b and the ratio r are uncorrelated; var log r = 1/(2 df_M) + 1/(2 df_Y). */
static void linear_delta(const VgMediationProblem *p, const VgMediationFitted *fitted, double ratio,
                         VgMediationSensitivity *s)
{
    const VgMediationLayout *l = &p->layout;
    size_t m = vg_place_mediator(l), alpha = l->alpha + 1;
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    double v_alpha = VG_AT(fitted->vcov, alpha, alpha);
    double v_log_ratio = 0.5 / fitted->df_mediator + 0.5 / fitted->df_outcome;
    for (int a = 0; a < 3; a++) {
        double f = a == 2 ? 0.5 : a, v_beta = VG_AT(fitted->vcov, m, m);
        if (l->interaction)
            v_beta +=
                2 * f * VG_AT(fitted->vcov, m, m + 1) + f * f * VG_AT(fitted->vcov, m + 1, m + 1);
        double b = slope(fitted->theta[m], l->interaction ? fitted->theta[m + 1] : 0, a);
        for (size_t k = 0; k < s->n_rho; k++) {
            double t = vg_along_rho(s->rho[k]), moved = b - ratio * t;
            double variance =
                moved * moved * v_alpha + fitted->theta[alpha] * fitted->theta[alpha] *
                                              (v_beta + ratio * ratio * t * t * v_log_ratio);
            double half = z * sqrt(variance);
            s->lower[3 * k + (size_t)a] = s->estimate[3 * k + (size_t)a] - half;
            s->upper[3 * k + (size_t)a] = s->estimate[3 * k + (size_t)a] + half;
        }
    }
}

static VgStatus linear_draws(VgArena *arena, const VgMediationProblem *p, const double *extra,
                             size_t draws, VgMediationSensitivity *s, VgError *error)
{
    double *value = VG_NEW(arena, double, draws), low = (1 - p->options->level) / 2;
    if (!value)
        return vg_fail_memory(error);
    for (size_t k = 0; k < s->n_rho; k++)
        for (int a = 0; a < 3; a++) {
            if (a > 0 && !p->layout.interaction) { /* one line for both arms */
                s->lower[3 * k + (size_t)a] = s->lower[3 * k];
                s->upper[3 * k + (size_t)a] = s->upper[3 * k];
                continue;
            }
            size_t n = 0;
            for (size_t i = 0; i < draws; i++) {
                const double *x = extra + i * VG_EXTRA_COUNT;
                double b = slope(x[VG_EXTRA_BETA], x[VG_EXTRA_INTERACTION], a);
                double at = x[VG_EXTRA_ALPHA] * (b - x[VG_EXTRA_RATIO] * vg_along_rho(s->rho[k]));
                if (isfinite(at))
                    value[n++] = at;
            }
            qsort(value, n, sizeof *value, vg_compare_numbers);
            if (n == 0)
                continue;
            s->lower[3 * k + (size_t)a] = vg_sorted_quantile(value, n, low);
            s->upper[3 * k + (size_t)a] = vg_sorted_quantile(value, n, 1 - low);
        }
    return VG_OK;
}

static VgStatus linear_curve(VgArena *arena, const VgMediationProblem *p,
                             const VgMediationFitted *fitted, const double *extra, size_t draws,
                             VgMediationSensitivity *s, VgError *error)
{
    const VgMediationLayout *l = &p->layout;
    size_t m = vg_place_mediator(l), place = l->sigma;
    /* residual sums of squares, not mean squares: the ratio of SDs as medsens has it */
    double ratio = fitted->sigma_outcome * sqrt(fitted->df_outcome) /
                   (fitted->theta[place] * sqrt(fitted->df_mediator));
    double alpha = fitted->theta[l->alpha + 1];
    VG_TRY(make_grid(arena, s, error));
    s->has_rho = true;
    for (int a = 0; a < 3; a++) {
        double b = slope(fitted->theta[m], l->interaction ? fitted->theta[m + 1] : 0, a);
        s->rho_at_zero[a] = b / sqrt(b * b + ratio * ratio);
        for (size_t k = 0; k < s->n_rho; k++)
            s->estimate[3 * k + (size_t)a] = alpha * (b - ratio * vg_along_rho(s->rho[k]));
    }
    set_r2(fitted, s);
    if (extra)
        return linear_draws(arena, p, extra, draws, s, error);
    linear_delta(p, fitted, ratio, s);
    return VG_OK;
}

/* ---- probit outcome ---- */

/* The mediator's probit slope in an arm, in units of its own SD. */
static double steepness(const VgMediationLayout *l, const double *theta, int a)
{
    double interaction = l->interaction ? theta[vg_place_mediator(l) + 1] : 0;
    return theta[l->sigma] * slope(theta[vg_place_mediator(l)], interaction, a);
}

/* Indirect effects (control, treated, average) at one rho. */
static void probit_effects(const VgMediationProblem *p, const double *theta, const void *context,
                           double *value)
{
    const VgMediationLayout *l = &p->layout;
    const VgMediationData *d = p->data;
    const double *alpha = theta + l->alpha, *beta = theta + vg_place_treatment(l);
    double rho = *(const double *)context, sigma = theta[l->sigma];
    double rest = sqrt(1 - rho * rho), per_sd = rho / sigma;
    double gamma[2], spread[2], sum[2] = {0, 0};
    for (int a = 0; a < 2; a++) {
        double steep = rest * steepness(l, theta, a) - rho; /* sigma gamma(rho) */
        gamma[a] = steep / sigma;
        spread[a] = sqrt(steep * steep + 2 * rho * steep + 1);
    }
    for (size_t i = 0; i < d->n; i++) {
        double mediator = alpha[0], own = theta[l->beta];
        for (size_t j = 0; j < l->covariates; j++) {
            mediator += VG_AT(d->covariates, i, j) * alpha[2 + j];
            own += VG_AT(d->covariates, i, j) * beta[1 + j];
        }
        for (int a = 0; a < 2; a++) {
            double u = rest * (own + a * beta[0]) + per_sd * (mediator + a * alpha[1]);
            double with = (u + gamma[a] * (mediator + alpha[1])) / spread[a];
            double without = (u + gamma[a] * mediator) / spread[a];
            sum[a] += vg_normal_upper(-with) - vg_normal_upper(-without);
        }
    }
    value[0] = sum[0] / (double)d->n;
    value[1] = sum[1] / (double)d->n;
    value[2] = (value[0] + value[1]) / 2;
}

typedef struct AverageAt {
    const VgMediationProblem *problem;
    const double *theta;
} AverageAt;

static double average_at(double rho, const void *context)
{
    const AverageAt *at = context;
    double value[PROBIT_VALUES];
    probit_effects(at->problem, at->theta, &rho, value);
    return value[2];
}

/* In an arm where its slope is nought; the average between the two. */
static void probit_zeros(const VgMediationProblem *p, const double *theta, double *zero)
{
    for (int a = 0; a < 2; a++) {
        double steep = steepness(&p->layout, theta, a);
        zero[a] = steep / sqrt(1 + steep * steep);
    }
    AverageAt at = {p, theta};
    if (!p->layout.interaction)
        zero[2] = zero[0];
    else if (!vg_root(average_at, &at, fmin(zero[0], zero[1]), fmax(zero[0], zero[1]), &zero[2]))
        zero[2] = NAN;
}

static VgStatus probit_curve(VgArena *arena, const VgMediationProblem *p,
                             const VgMediationFitted *fitted, VgMediationSensitivity *s,
                             VgError *error)
{
    VG_TRY(make_grid(arena, s, error));
    s->has_rho = true;
    probit_zeros(p, fitted->theta, s->rho_at_zero);
    set_r2(fitted, s);
    double *gradient = VG_NEW(arena, double, p->layout.size *PROBIT_VALUES);
    if (!gradient)
        return vg_fail_memory(error);
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    for (size_t k = 0; k < s->n_rho; k++) {
        VgArenaMark mark = vg_arena_mark(arena);
        probit_effects(p, fitted->theta, &s->rho[k], s->estimate + 3 * k);
        VG_TRY(vg_theta_gradient(arena, p, fitted, probit_effects, &s->rho[k], PROBIT_VALUES,
                                 gradient, error));
        vg_arena_rewind(arena, mark);
        for (size_t a = 0; a < 3; a++) {
            double half = z * vg_theta_se(p, fitted, gradient, PROBIT_VALUES, a);
            s->lower[3 * k + a] = s->estimate[3 * k + a] - half;
            s->upper[3 * k + a] = s->estimate[3 * k + a] + half;
        }
    }
    return VG_OK;
}

/* ---- E-value ---- */

static double e_value(double ratio)
{
    if (ratio < 1)
        ratio = 1 / ratio;
    return ratio + sqrt(ratio * (ratio - 1));
}

void vg_e_values(double log_ratio, double half, double *estimate, double *limit)
{
    *estimate = e_value(exp(log_ratio));
    double nearer = log_ratio > 0 ? log_ratio - half : log_ratio + half;
    bool covers = log_ratio > 0 ? nearer <= 0 : nearer >= 0;
    *limit = covers ? 1 : e_value(exp(nearer));
}

void vg_e_values_of_means(double estimate, double se, double sd, double level, double *value,
                          double *limit)
{
    /* 1.78 is 1.96 × 0.91, rounded as published */
    double per_se = level == 0.95 ? 1.78 : vg_normal_quantile(0.5 + level / 2) * 0.91;
    vg_e_values(0.91 * estimate / sd, per_se * se / sd, value, limit);
}

/* log risk ratio of the indirect effects. */
static void log_ratios(const VgMediationProblem *p, const double *theta, const void *context,
                       double *value)
{
    double mean[4];
    (void)context;
    vg_mediation_means(p, theta, NULL, INTEGRATION, mean); /* binary: one output */
    value[0] = log(mean[1] / mean[0]);
    value[1] = log(mean[3] / mean[2]);
    value[2] = (value[0] + value[1]) / 2;
}

double vg_outcome_sd_within_arms(const double *treatment, const double *outcome, size_t n_rows)
{
    double sum[2] = {0, 0}, n[2] = {0, 0}, squares = 0;
    for (size_t i = 0; i < n_rows; i++) {
        sum[treatment[i] == 1] += outcome[i];
        n[treatment[i] == 1]++;
    }
    for (size_t i = 0; i < n_rows; i++) {
        int a = treatment[i] == 1;
        squares += (outcome[i] - sum[a] / n[a]) * (outcome[i] - sum[a] / n[a]);
    }
    return sqrt(squares / ((double)n_rows - 2));
}

static VgStatus e_values(VgArena *arena, const VgMediationProblem *p,
                         const VgMediationFitted *fitted, const VgMediation *fit,
                         VgMediationSensitivity *s, VgError *error)
{
    VgMediationModel model = p->options->outcome_model;
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    if (model != VG_MEDIATION_LOGISTIC && model != VG_MEDIATION_PROBIT) {
        double sd = vg_outcome_sd_within_arms(p->data->treatment, p->data->outcome, p->data->n);
        for (int a = 0; a < 3; a++) {
            const VgMediationEstimate *e = &fit->effect[VG_EFFECT_INDIRECT_CONTROL + a];
            s->risk_ratio[a] = exp(0.91 * e->estimate / sd);
            vg_e_values_of_means(e->estimate, e->se, sd, p->options->level, &s->e_value[a],
                                 &s->e_value_limit[a]);
        }
        return VG_OK;
    }
    double value[3], *gradient = VG_NEW(arena, double, p->layout.size * 3);
    if (!gradient)
        return vg_fail_memory(error);
    log_ratios(p, fitted->theta, NULL, value);
    VG_TRY(vg_theta_gradient(arena, p, fitted, log_ratios, NULL, 3, gradient, error));
    for (int a = 0; a < 3; a++) {
        s->risk_ratio[a] = exp(value[a]);
        vg_e_values(value[a], z * vg_theta_se(p, fitted, gradient, 3, (size_t)a), &s->e_value[a],
                    &s->e_value_limit[a]);
    }
    return VG_OK;
}

VgStatus vg_mediation_sensitivity(VgArena *arena, const VgMediationProblem *problem,
                                  const VgMediationFitted *fitted, const double *extra,
                                  VgMediation *fit, VgError *error)
{
    VgMediationSensitivity *s = &fit->sensitivity;
    for (int a = 0; a < 3; a++)
        s->rho_at_zero[a] = s->r2_star[a] = s->r2_tilde[a] = NAN;
    VG_TRY(e_values(arena, problem, fitted, fit, s, error));
    VgMediationModel mediator = problem->options->mediator_model;
    VgMediationModel outcome = problem->options->outcome_model;
    if (mediator == VG_MEDIATION_LINEAR && outcome == VG_MEDIATION_LINEAR)
        return linear_curve(arena, problem, fitted, extra, fit->draws, s, error);
    if (mediator == VG_MEDIATION_LINEAR && outcome == VG_MEDIATION_PROBIT)
        return probit_curve(arena, problem, fitted, s, error);
    if (mediator != VG_MEDIATION_PROBIT || outcome != VG_MEDIATION_LINEAR)
        return VG_OK;
    VG_TRY(make_grid(arena, s, error));
    s->has_rho = true;
    VG_TRY(vg_mediation_rho_mediator(arena, problem, fitted, s, error));
    set_r2(fitted, s);
    return VG_OK;
}
