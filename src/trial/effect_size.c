/* Standardised mean differences.
 * Sources: Hedges 1981; Steiger & Fouladi 1997 (noncentral t); METHODS 2.2. */
#include <vagus/effect_size.h>

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/root.h"

/* Beyond this noncentrality libRmath's algorithm is an approximation (R: |ncp| <= 37.62). */
static const double LARGEST_NONCENTRALITY = 37.62;

VgStatus vg_pooled_sd(const double *n, const double *sd, size_t n_groups, double *pooled,
                      double *df, VgError *error)
{
    double squares = 0, degrees = 0;
    for (size_t k = 0; k < n_groups; k++) {
        if (!(n[k] >= 2))
            continue;
        if (!(sd[k] >= 0) || !isfinite(sd[k]))
            return vg_fail(error, VG_INVALID_INPUT, "standard deviation of group %zu is %g",
                           "a standard deviation is a number of 0 or more", k + 1, sd[k]);
        squares += (n[k] - 1) * sd[k] * sd[k];
        degrees += n[k] - 1;
    }
    if (degrees < 1 || squares <= 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no standard deviation to divide by",
                       "at least one group needs two different values");
    *pooled = sqrt(squares / degrees);
    *df = degrees;
    return VG_OK;
}

static void scale(VgInference *out, double factor)
{
    out->estimate *= factor;
    out->se *= factor;
    out->lower *= factor;
    out->upper *= factor;
}

VgStatus vg_standardised_difference(const VgInference *difference, double sd, double df_sd,
                                    bool hedges, double level, VgInference *out, VgError *error)
{
    if (!(sd > 0) || !isfinite(sd) || !(df_sd > 0))
        return vg_fail(error, VG_INVALID_INPUT, "standard deviation %g on %g degrees of freedom",
                       "the standardiser needs a positive SD and positive degrees of freedom", sd,
                       df_sd);
    if (hedges && df_sd <= 1)
        return vg_fail(error, VG_INVALID_INPUT,
                       "Hedges' correction needs more than 1 degree of "
                       "freedom, not %g",
                       "report d without the correction", df_sd);
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                       "use a level such as 0.95", level);
    double d = difference->estimate / sd;
    *out = *difference;
    out->estimate = d;
    out->se = hypot(difference->se / sd, d / sqrt(2 * df_sd));
    double half = -vg_t_quantile((1 - level) / 2, difference->df) * out->se;
    out->lower = d - half;
    out->upper = d + half;
    if (hedges && isfinite(df_sd))
        scale(out, vg_hedges_correction(df_sd));
    return VG_OK;
}

typedef struct NoncentralProblem {
    double t, df, tail;
    bool upper_tail;
} NoncentralProblem;

static double noncentral_excess(double noncentrality, const void *context)
{
    const NoncentralProblem *problem = context;
    double p = problem->upper_tail ? vg_noncentral_t_upper(problem->t, problem->df, noncentrality)
                                   : vg_noncentral_t_cdf(problem->t, problem->df, noncentrality);
    return p - problem->tail;
}

VgStatus vg_noncentral_t_interval(double t, double df, double level, double *lower, double *upper,
                                  VgError *error)
{
    if (!(df > 0) || !(level > 0 && level < 1) || !isfinite(t))
        return vg_fail(error, VG_INVALID_INPUT, "no noncentral t interval of t = %g on %g df at %g",
                       "df must be positive, the level between 0 and 1", t, df, level);
    NoncentralProblem problem = {t, df, (1 - level) / 2, true};
    bool found =
        vg_root(noncentral_excess, &problem, -LARGEST_NONCENTRALITY, LARGEST_NONCENTRALITY, lower);
    problem.upper_tail = false;
    found = found && vg_root(noncentral_excess, &problem, -LARGEST_NONCENTRALITY,
                             LARGEST_NONCENTRALITY, upper);
    if (!found)
        return vg_fail(error, VG_NO_CONVERGENCE,
                       "t = %g is too far out for an exact interval of the effect size",
                       "use the delta-method interval (vg_standardised_difference)", t);
    return VG_OK;
}

VgStatus vg_standardised_difference_two_groups(double n_1, double mean_1, double sd_1, double n_0,
                                               double mean_0, double sd_0, bool hedges,
                                               double level, VgInference *out, VgError *error)
{
    if (!(n_1 >= 2 && n_0 >= 2))
        return vg_fail(error, VG_INVALID_INPUT, "groups of %g and %g",
                       "each group needs at least two participants", n_1, n_0);
    double n[2] = {n_1, n_0}, sd[2] = {sd_1, sd_0}, pooled, df;
    VG_TRY(vg_pooled_sd(n, sd, 2, &pooled, &df, error));
    double scale_of_t = sqrt(1 / n_1 + 1 / n_0);
    double d = (mean_1 - mean_0) / pooled, t = d / scale_of_t, lower, upper;
    VG_TRY(vg_noncentral_t_interval(t, df, level, &lower, &upper, error));
    *out = (VgInference){
        .estimate = d,
        .se = hypot(scale_of_t, d / sqrt(2 * df)),
        .df = df,
        .statistic = t,
        .p = vg_t_two_sided(t, df),
        .lower = lower * scale_of_t,
        .upper = upper * scale_of_t,
    };
    if (hedges)
        scale(out, vg_hedges_correction(df));
    return VG_OK;
}
