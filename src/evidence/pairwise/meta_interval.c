/* Intervals of the heterogeneity: Q-profile (Viechtbauer 2007) and profile likelihood (Hardy & Thompson 1996). Those of
 * tau, I² and H² follow from tau²'s, with the typical variance held (metafor's confint). */
#include <math.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"
#include "numeric/root.h"

static void derive(const VgMetaFit *fit, double lower, double upper, VgMetaHeterogeneity *out)
{
    double s2 = fit->typical_variance;
    out->tau2 = (VgMetaInterval){lower, upper};
    out->tau = (VgMetaInterval){sqrt(lower), sqrt(upper)};
    out->i2 = (VgMetaInterval){100 * lower / (s2 + lower), 100 * upper / (s2 + upper)};
    out->h2 = (VgMetaInterval){lower / s2 + 1, upper / s2 + 1};
}

static VgStatus no_heterogeneity(VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE, "heterogeneity needs more effects than coefficients",
                   "leave moderators out or add studies");
}

VgStatus vg_meta_q_profile(const VgMetaFit *fit, VgMetaHeterogeneity *out, VgError *error)
{
    if (fit->k <= fit->p)
        return no_heterogeneity(error);
    double df = (double)fit->k - (double)fit->p, tail = 0.5 - 0.5 * fit->options.level, lower,
           upper;
    double low = vg_chi_square_quantile(tail, df), high = vg_chi_square_quantile_upper(tail, df);
    size_t iterations = 0;
    VgMetaProblem problem = fit->inner->problem;
    if (fit->intercept_only && !fit->effects.covariance)
        problem = vg_meta_problem_of_ones(&fit->effects);
    if (!vg_meta_q_root(&problem, high, &lower, &iterations) ||
        !vg_meta_q_root(&problem, low, &upper, &iterations))
        return vg_fail(error, VG_NO_CONVERGENCE, "the Q-profile has no certified end",
                       "look for effects or variances of absurd size");
    *out = (VgMetaHeterogeneity){.empty = fit->q < low};
    derive(fit, lower, upper, out);
    return VG_OK;
}

typedef struct Profile {
    const VgMetaProblem *problem;
    bool reml;
    double target;
} Profile;

static double above_target(double tau2, const void *context)
{
    const Profile *profile = context;
    return vg_meta_log_likelihood(profile->problem, tau2, profile->reml) - profile->target;
}

VgStatus vg_meta_profile_likelihood(const VgMetaFit *fit, VgMetaHeterogeneity *out, VgError *error)
{
    bool reml = fit->options.tau2 == VG_TAU2_REML;
    if (fit->options.tau2_given || (!reml && fit->options.tau2 != VG_TAU2_ML))
        return vg_fail(error, VG_INVALID_INPUT, "the fit is not one by ml or reml",
                       "use the Q-profile interval");
    if (fit->k <= fit->p)
        return no_heterogeneity(error);
    double most = reml ? fit->log_likelihood_reml : fit->log_likelihood_ml;
    Profile profile = {&fit->inner->problem, reml,
                       most - 0.5 * vg_chi_square_quantile(fit->options.level, 1)};
    double lower = 0, upper = fit->tau2, end = fmax(fit->tau2, fit->typical_variance);
    bool found = true;
    if (above_target(0, &profile) < 0)
        found = vg_root(above_target, &profile, 0, fit->tau2, &lower);
    for (int i = 0; i < 200 && above_target(end, &profile) > 0; i++)
        end *= 2;
    found = found && vg_root(above_target, &profile, fit->tau2, end, &upper);
    if (!found)
        return vg_fail(error, VG_NO_CONVERGENCE, "the profile likelihood has no certified end",
                       "use the Q-profile interval");
    *out = (VgMetaHeterogeneity){0};
    derive(fit, lower, upper, out);
    return VG_OK;
}

VgStatus vg_meta_log_likelihood_at(const VgMetaFit *fit, double tau2, double *value, VgError *error)
{
    if (!(tau2 >= 0 && isfinite(tau2)))
        return vg_fail(error, VG_INVALID_INPUT, "a between-study variance of %g",
                       "give a number of 0 or more", tau2);
    bool ml = fit->options.tau2 == VG_TAU2_ML || fit->options.tau2 == VG_TAU2_COMMON;
    *value = vg_meta_log_likelihood(&fit->inner->problem, tau2, !ml);
    return VG_OK;
}
