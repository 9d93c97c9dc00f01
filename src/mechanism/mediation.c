/* One mediation analysis on arrays: models, effects, interval, arrows, checks, sensitivity.
 *
 * Reading order: mediation_problem.c (what goes in), mediation_models.c (fits), mediation_effects.c
 * (g-computation), cross_products.c and mediation_linear.c (the linear pair), mediation_interval.c,
 * mediation_bootstrap.c, mediation_jackknife.c, mediation_draws.c, mediation_sensitivity.c. */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "mechanism/mediation_simex.h"
#include "mechanism/row_order.h"
#include "model/wald.h"
#include "numeric/distributions.h"

static const double INTEGRATION = 1e-14;
enum { DEFAULT_DRAWS = 5000 };

/* ---- arrows ---- */

static void find_arrows(const VgMediationProblem *p, const VgMediationFitted *f,
                        VgMediationArrows *arrow)
{
    const VgMediationLayout *l = &p->layout;
    size_t alpha = l->alpha + 1, direct = vg_place_treatment(l), m = vg_place_mediator(l);
    double level = p->options->level;
    VgMatrix v = f->vcov;
    arrow->treatment_mediator =
        vg_wald(f->theta[alpha], sqrt(VG_AT(v, alpha, alpha)), f->df_alpha, level);
    arrow->treatment_outcome =
        vg_wald(f->theta[direct], sqrt(VG_AT(v, direct, direct)), f->df_direct, level);
    arrow->interaction = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    for (int a = 0; a < 3; a++) {
        double factor = a == 2 ? 0.5 : a, estimate = f->theta[m], variance = VG_AT(v, m, m);
        if (l->interaction) {
            estimate += factor * f->theta[m + 1];
            variance += 2 * factor * VG_AT(v, m, m + 1) + factor * factor * VG_AT(v, m + 1, m + 1);
        }
        arrow->mediator_outcome[a] = vg_wald(estimate, sqrt(variance), f->df_beta[a], level);
    }
    if (l->interaction)
        arrow->interaction =
            vg_wald(f->theta[m + 1], sqrt(VG_AT(v, m + 1, m + 1)), f->df_interaction, level);
}

/* Total and direct: Wald by the interval's own error. Indirect: both arrows must be there. */
static void set_p(const VgMediationProblem *p, VgMediation *fit)
{
    for (size_t r = 0; r < p->n_outputs; r++) {
        VgMediationEstimate *e = fit->effect + r * VG_EFFECT_COUNT;
        static const int WALD[] = {VG_EFFECT_TOTAL, VG_EFFECT_DIRECT_CONTROL,
                                   VG_EFFECT_DIRECT_TREATED, VG_EFFECT_DIRECT_AVERAGE};
        for (size_t k = 0; k < sizeof WALD / sizeof *WALD; k++)
            e[WALD[k]].p = vg_normal_two_sided(e[WALD[k]].estimate / e[WALD[k]].se);
        for (int a = 0; a < 3; a++)
            e[VG_EFFECT_INDIRECT_CONTROL + a].p =
                fmax(fit->arrow.treatment_mediator.p, fit->arrow.mediator_outcome[a].p);
    }
}

/* A share of a total that may be nought, or that runs the other way, says nothing. */
static void judge_proportions(const VgMediationProblem *p, VgMediation *fit)
{
    for (size_t r = 0; r < p->n_outputs; r++) {
        VgMediationEstimate *e = fit->effect + r * VG_EFFECT_COUNT;
        const VgMediationEstimate *total = &e[VG_EFFECT_TOTAL];
        bool certain = total->lower > 0 || total->upper < 0;
        for (int a = 0; a < 3; a++)
            e[VG_EFFECT_PROPORTION_CONTROL + a].shown =
                certain && e[VG_EFFECT_INDIRECT_CONTROL + a].estimate * total->estimate > 0;
    }
}

/* ---- checks that warn ---- */

static void check_overlap(const VgMediationProblem *p, const VgMediationFitted *f, VgMediation *fit)
{
    const VgMediationData *d = p->data;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
    double n[2] = {0, 0}, outside = 0;
    for (size_t i = 0; i < d->n; i++) {
        int a = d->treatment[i] == 1;
        low[a] = fmin(low[a], d->mediator[i]);
        high[a] = fmax(high[a], d->mediator[i]);
        sum[a] += d->mediator[i];
        n[a]++;
    }
    for (size_t i = 0; i < d->n; i++) {
        int other = d->treatment[i] != 1;
        outside += d->mediator[i] < low[other] || d->mediator[i] > high[other];
    }
    VgMediationModel model = p->options->mediator_model;
    bool binary = model == VG_MEDIATION_LOGISTIC || model == VG_MEDIATION_PROBIT;
    double apart = fabs(f->theta[p->layout.alpha + 1]) / f->theta[p->layout.sigma];
    fit->check = (VgMediationChecks){.overlap = binary ? 1 - fabs(sum[1] / n[1] - sum[0] / n[0])
                                                       : 2 * vg_normal_upper(apart / 2),
                                     .outside_range = outside / (double)d->n,
                                     .n_control = n[0],
                                     .n_treated = n[1]};
    size_t units[2] = {p->stratum_start[1], 0};
    if (p->n_strata == 2)
        units[1] = p->stratum_start[2] - p->stratum_start[1];
    fit->check.units_control = units[0];
    fit->check.units_treated = units[1];
}

/* ---- the analysis ---- */

static VgStatus find_interval(VgArena *arena, const VgMediationProblem *p,
                              const VgMediationFitted *fitted, VgMediation *fit, double **extra,
                              VgError *error)
{
    VgMediationInterval interval = p->options->interval;
    if (interval == VG_MEDIATION_DELTA)
        return vg_mediation_delta(arena, p, fitted, fit, error);
    fit->draws = p->options->draws ? p->options->draws : DEFAULT_DRAWS;
    if (p->options->mediator_model == VG_MEDIATION_LINEAR &&
        p->options->outcome_model == VG_MEDIATION_LINEAR) {
        *extra = vg_arena_alloc(arena, fit->draws, VG_EXTRA_COUNT * sizeof(double));
        if (!*extra)
            return vg_fail_memory(error);
    }
    if (interval == VG_MEDIATION_QUASI_BAYES || interval == VG_MEDIATION_MONTE_CARLO) {
        VG_TRY(vg_mediation_draws(arena, p, fitted, fit, *extra, error));
        return vg_mediation_limits(arena, p, NULL, fit, error);
    }
    VG_TRY(vg_mediation_bootstrap(arena, p, fitted->theta, fit, *extra, error));
    double *acceleration = NULL;
    if (interval == VG_MEDIATION_BCA) {
        acceleration = VG_NEW(arena, double, p->n_effects);
        if (!acceleration)
            return vg_fail_memory(error);
        VG_TRY(vg_mediation_acceleration(arena, p, fitted->theta, acceleration, error));
    }
    return vg_mediation_limits(arena, p, acceleration, fit, error);
}

static VgStatus find_estimates(VgArena *arena, const VgMediationProblem *p,
                               const VgMediationFitted *fitted, VgMediation *fit, VgError *error)
{
    double *effect = VG_NEW(arena, double, p->n_effects);
    fit->effect = VG_NEW(arena, VgMediationEstimate, p->n_effects);
    if (!effect || !fit->effect)
        return vg_fail_memory(error);
    vg_mediation_effects(p, fitted->theta, NULL, INTEGRATION, effect);
    for (size_t k = 0; k < p->n_effects; k++)
        fit->effect[k] = (VgMediationEstimate){effect[k], NAN, NAN, NAN, NAN, NAN, true};
    return VG_OK;
}

VgStatus vg_mediation_fit(VgArena *arena, const VgMediationData *given_data,
                          const VgMediationOptions *given, VgMediation *fit, VgError *error)
{
    VgMediationOptions *options = VG_NEW(arena, VgMediationOptions, 1);
    VgMediationProblem *problem = VG_NEW(arena, VgMediationProblem, 1);
    VgMediationData *data = VG_NEW(arena, VgMediationData, 1);
    if (!options || !problem || !data)
        return vg_fail_memory(error);
    *options = *given;
    options->level = given->level > 0 ? given->level : 0.95;
    VgMediationFitted fitted;
    double *extra = NULL;
    *fit = (VgMediation){.n = given_data->n};
    VG_TRY(vg_mediation_check(given_data, options, error));
    if (options->reliability != 0)
        VG_TRY(vg_mediation_check_simex(options, error));
    VG_TRY(vg_mediation_in_order(arena, given_data, data, error));
    VG_TRY(vg_mediation_prepare(arena, data, options, problem, error));
    VG_TRY(vg_mediation_models(arena, problem, NULL, NULL, NULL, true, &fitted, error));
    if (options->reliability != 0)
        VG_TRY(vg_mediation_simex(arena, problem, &fitted, error));
    fit->n_outputs = problem->n_outputs;
    fit->sigma_mediator = fitted.theta[problem->layout.sigma];
    fit->sigma_outcome = fitted.sigma_outcome;
    fit->r2_mediator = fitted.r2_mediator;
    fit->r2_outcome = fitted.r2_outcome;
    VG_TRY(find_estimates(arena, problem, &fitted, fit, error));
    find_arrows(problem, &fitted, &fit->arrow);
    check_overlap(problem, &fitted, fit);
    VG_TRY(find_interval(arena, problem, &fitted, fit, &extra, error));
    set_p(problem, fit);
    judge_proportions(problem, fit);
    if (options->reliability != 0) { /* the errors' correlation is not that of error-free values */
        for (int a = 0; a < 3; a++)
            fit->sensitivity.rho_at_zero[a] = fit->sensitivity.r2_star[a] =
                fit->sensitivity.r2_tilde[a] = fit->sensitivity.e_value[a] =
                    fit->sensitivity.e_value_limit[a] = NAN;
        return VG_OK;
    }
    return vg_mediation_sensitivity(arena, problem, &fitted, extra, fit, error);
}
