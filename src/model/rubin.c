/* Rubin's rules with the degrees of freedom of Barnard & Rubin 1999. */
#include <vagus/rubin.h>

#include <math.h>

#include "numeric/distributions.h"

VgStatus vg_rubin(const double *estimate, const double *variance, size_t m, double df_complete,
                  double level, VgPooled *pooled, VgError *error)
{
    if (m < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu imputation to pool",
                       "two or more are needed; 20 are usual", m);
    if (!(df_complete > 0))
        return vg_fail(error, VG_INVALID_INPUT, "%g degrees of freedom of the complete data",
                       "give those of the analysis, or infinity", df_complete);
    double mean = 0, within = 0, between = 0, count = (double)m;
    for (size_t k = 0; k < m; k++) {
        if (!(variance[k] > 0) || !isfinite(variance[k]) || !isfinite(estimate[k]))
            return vg_fail(error, VG_INVALID_INPUT, "imputation %zu gave %g with a variance of %g",
                           "every analysis must have worked", k + 1, estimate[k], variance[k]);
        mean += estimate[k] / count;
        within += variance[k] / count;
    }
    for (size_t k = 0; k < m; k++)
        between += (estimate[k] - mean) * (estimate[k] - mean) / (count - 1);
    double added = (1 + 1 / count) * between, total = within + added, lambda = added / total;
    double rubin = lambda > 0 ? (count - 1) / (lambda * lambda) : INFINITY, df = rubin;
    if (isfinite(df_complete)) {
        double seen = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - lambda);
        df = 1 / (1 / rubin + 1 / seen);
    }
    double reach = vg_t_quantile(0.5 + level / 2, df) * sqrt(total);
    *pooled = (VgPooled){.estimate = mean,
                         .se = sqrt(total),
                         .df = df,
                         .lower = mean - reach,
                         .upper = mean + reach,
                         .within = within,
                         .between = between,
                         .missing = lambda};
    return VG_OK;
}

VgInference vg_pooled_inference(const VgPooled *pooled)
{
    double t = pooled->estimate / pooled->se;
    return (VgInference){.estimate = pooled->estimate,
                         .se = pooled->se,
                         .df = pooled->df,
                         .statistic = t,
                         .p = vg_t_two_sided(t, pooled->df),
                         .lower = pooled->lower,
                         .upper = pooled->upper};
}
