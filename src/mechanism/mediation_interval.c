/* From parameters or draws to standard errors and limits: delta method, percentiles, BCa. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/mediation_internal.h"
#include "numeric/distributions.h"

/* A fiftieth of a standard error: what Richardson leaves of h is then below 1e-9 of the slope. */
static const double STEP = 0.02, INTEGRATION = 1e-14;

VgStatus vg_theta_gradient(VgArena *arena, const VgMediationProblem *problem,
                           const VgMediationFitted *fitted, VgThetaFunction function,
                           const void *context, size_t n, double *gradient, VgError *error)
{
    size_t m = problem->layout.size;
    double *theta = VG_NEW(arena, double, m), *value = VG_NEW(arena, double, 4 * n);
    if (!theta || !value)
        return vg_fail_memory(error);
    memcpy(theta, fitted->theta, m * sizeof *theta);
    memset(gradient, 0, n * m * sizeof *gradient);
    for (size_t j = 0; j < m; j++) {
        double variance = VG_AT(fitted->vcov, j, j), h = STEP * sqrt(variance);
        if (!(variance > 0))
            continue;
        static const double AT[4] = {1, -1, 0.5, -0.5};
        for (int k = 0; k < 4; k++) {
            theta[j] = fitted->theta[j] + AT[k] * h;
            function(problem, theta, context, value + (size_t)k * n);
        }
        theta[j] = fitted->theta[j];
        for (size_t k = 0; k < n; k++) {
            double wide = (value[k] - value[n + k]) / (2 * h);
            double narrow = (value[2 * n + k] - value[3 * n + k]) / h;
            gradient[j * n + k] = (4 * narrow - wide) / 3;
        }
    }
    return VG_OK;
}

double vg_theta_se(const VgMediationProblem *problem, const VgMediationFitted *fitted,
                   const double *gradient, size_t n, size_t k)
{
    double variance = 0;
    for (size_t i = 0; i < problem->layout.size; i++)
        for (size_t j = 0; j < problem->layout.size; j++)
            variance += gradient[i * n + k] * VG_AT(fitted->vcov, i, j) * gradient[j * n + k];
    return sqrt(fmax(variance, 0));
}

static void all_effects(const VgMediationProblem *problem, const double *theta, const void *context,
                        double *value)
{
    (void)context;
    vg_mediation_effects(problem, theta, NULL, INTEGRATION, value);
}

/* d(N/T) = dN/T − N dT/T²: differences of the ratio itself would be poor where T is near nought. */
static void share_gradients(const VgMediationProblem *problem, const VgMediationEstimate *e,
                            double *gradient, size_t n)
{
    double total = e[VG_EFFECT_TOTAL].estimate;
    for (size_t j = 0; j < problem->layout.size; j++)
        for (int a = 0; a < 3; a++) {
            double *g = gradient + j * n;
            g[VG_EFFECT_PROPORTION_CONTROL + a] =
                (g[VG_EFFECT_INDIRECT_CONTROL + a] -
                 e[VG_EFFECT_INDIRECT_CONTROL + a].estimate / total * g[VG_EFFECT_TOTAL]) /
                total;
        }
}

VgStatus vg_mediation_delta(VgArena *arena, const VgMediationProblem *problem,
                            const VgMediationFitted *fitted, VgMediation *fit, VgError *error)
{
    size_t n = problem->n_effects;
    double *gradient = vg_arena_alloc(arena, problem->layout.size, n * sizeof *gradient);
    if (!gradient)
        return vg_fail_memory(error);
    VG_TRY(vg_theta_gradient(arena, problem, fitted, all_effects, NULL, n, gradient, error));
    for (size_t r = 0; r < problem->n_outputs; r++)
        share_gradients(problem, fit->effect + r * VG_EFFECT_COUNT, gradient + r * VG_EFFECT_COUNT,
                        n);
    double z = vg_normal_quantile(0.5 + problem->options->level / 2);
    for (size_t k = 0; k < n; k++) {
        VgMediationEstimate *e = &fit->effect[k];
        e->se = vg_theta_se(problem, fitted, gradient, n, k);
        e->lower = e->estimate - z * e->se;
        e->upper = e->estimate + z * e->se;
    }
    return VG_OK;
}

/* The probability that BCa takes in place of p. */
static double adjust(double p, double bias, double acceleration)
{
    double z = bias + vg_normal_quantile(p), at = bias + z / (1 - acceleration * z);
    return isfinite(at) ? vg_normal_upper(-at) : p;
}

/* Share of the draws below the estimate, ties as half: their normal quantile is the bias. */
static double find_bias(const double *sorted, size_t n, double estimate)
{
    double below = 0, half = 0.5 / (double)n;
    for (size_t i = 0; i < n; i++)
        below += sorted[i] < estimate ? 1 : sorted[i] == estimate ? 0.5 : 0;
    return vg_normal_quantile(fmin(1 - half, fmax(half, below / (double)n)));
}

static void set_limits(const double *sorted, size_t n, double level, const double *acceleration,
                       VgMediationEstimate *e)
{
    double low = (1 - level) / 2, high = 1 - low, mean = 0, squares = 0;
    if (acceleration) {
        double bias = find_bias(sorted, n, e->estimate);
        low = adjust(low, bias, *acceleration);
        high = adjust(high, bias, *acceleration);
    }
    e->lower = vg_sorted_quantile(sorted, n, low);
    e->upper = vg_sorted_quantile(sorted, n, high);
    for (size_t i = 0; i < n; i++)
        mean += sorted[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (sorted[i] - mean) * (sorted[i] - mean);
    e->mean = mean;
    e->se = sqrt(squares / (double)(n - 1));
}

VgStatus vg_mediation_limits(VgArena *arena, const VgMediationProblem *problem,
                             const double *acceleration, VgMediation *fit, VgError *error)
{
    double *sorted = VG_NEW(arena, double, fit->draws);
    if (!sorted)
        return vg_fail_memory(error);
    for (size_t k = 0; k < problem->n_effects; k++) {
        size_t n = 0;
        for (size_t i = 0; i < fit->draws; i++) {
            double value = fit->draw[i * problem->n_effects + k];
            if (isfinite(value))
                sorted[n++] = value;
        }
        if (n < 2)
            continue;
        qsort(sorted, n, sizeof *sorted, vg_compare_numbers);
        set_limits(sorted, n, problem->options->level, acceleration ? acceleration + k : NULL,
                   &fit->effect[k]);
    }
    return VG_OK;
}
