/* From leaf averages to estimates and their influence.
 *
 * Averages over the rows of a leaf, g the sample weight: means g Y, g; classes g·1{Y = c} for each c, g; effects g, gY, gW_k, gYW_k,
 * gW_jW_k (j <= k); effects on survival gWΓ, gW². A forest's estimate solves the estimating equation with these averaged over trees: never an average of per-tree
 * estimates. Its influence is linear in a leaf's averages v: ρ_k = c_k·v, and c_k·v̄ = 0. Sources: Athey, Tibshirani & Wager 2019,
 * sections 4.1 and 6.1; METHODS 5.1. */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/small_symmetric.h"

size_t vg_forest_n_moments(VgForestKind kind, size_t n_outputs)
{
    switch (kind) {
    case VG_FOREST_REGRESSION:
    case VG_FOREST_SURVIVAL_EFFECT:
        return 2;
    case VG_FOREST_PROBABILITY:
        return n_outputs + 1;
    case VG_FOREST_CAUSAL:
        return 2 + 2 * n_outputs + n_outputs * (n_outputs + 1) / 2;
    case VG_FOREST_QUANTILE: /* leaves are lists of rows */
    case VG_FOREST_SURVIVAL:
        break;
    }
    return 1;
}

void vg_forest_add_moments(const ForestPlan *plan, size_t row, double *sum)
{
    double g = plan->weight ? plan->weight[row] : 1.0;
    switch (plan->kind) {
    case VG_FOREST_REGRESSION:
        sum[0] += g * plan->outcome[row];
        sum[1] += g;
        break;
    case VG_FOREST_PROBABILITY:
        sum[plan->class_of[row]] += g;
        sum[plan->n_moments - 1] += g;
        break;
    case VG_FOREST_CAUSAL: {
        size_t arms = plan->n_treatments;
        const double *w = plan->treatment + row * arms;
        double y = plan->outcome[row], *at = sum + 2;
        sum[0] += g;
        sum[1] += g * y;
        for (size_t k = 0; k < arms; k++)
            *at++ += g * w[k];
        for (size_t k = 0; k < arms; k++)
            *at++ += g * y * w[k];
        for (size_t k = 0; k < arms; k++)
            for (size_t j = 0; j <= k; j++)
                *at++ += g * w[j] * w[k];
        break;
    }
    case VG_FOREST_SURVIVAL_EFFECT: {
        double w = plan->treatment[row];
        sum[0] += g * w * plan->outcome[row];
        sum[1] += g * w * w;
        break;
    }
    case VG_FOREST_QUANTILE:
    case VG_FOREST_SURVIVAL:
        sum[0] += 1.0;
        break;
    }
}

/* A ratio to the last average: classes, means, effects on survival. */
static bool estimate_shares(size_t n_outputs, const double *average, double *estimate, double *rho)
{
    size_t moments = n_outputs + 1;
    double weight = average[n_outputs];
    if (!(weight > 0))
        return false;
    memset(rho, 0, n_outputs * moments * sizeof *rho);
    for (size_t k = 0; k < n_outputs; k++) {
        estimate[k] = average[k] / weight;
        rho[k * moments + k] = 1.0 / weight;
        rho[k * moments + n_outputs] = -estimate[k] / weight;
    }
    return true;
}

/* One treatment: METHODS 5.1 written out. */
static bool estimate_effect(const double *average, double *estimate, double *rho)
{
    double g = average[0], y = average[1], w = average[2], yw = average[3], ww = average[4];
    double spread = ww * g - w * w;
    if (!(spread > 0))
        return false;
    double effect = (yw * g - y * w) / spread, level = (y - effect * w) / g;
    estimate[0] = effect;
    /* (g ψ1 − w ψ2)/spread with ψ1 = v_yw − effect v_ww − level v_w and ψ2 = v_y − effect v_w − level v_g */
    rho[0] = w * level / spread;
    rho[1] = -w / spread;
    rho[2] = (w * effect - g * level) / spread;
    rho[3] = g / spread;
    rho[4] = -g * effect / spread;
    return true;
}

static bool estimate_effects(size_t arms, const double *average, double *estimate, double *rho)
{
    size_t moments = vg_forest_n_moments(VG_FOREST_CAUSAL, arms);
    double g = average[0], y = average[1], log_det;
    const double *w = average + 2, *yw = w + arms, *ww = yw + arms;
    double a[FOREST_MAX_ARMS * FOREST_MAX_ARMS], l[FOREST_MAX_ARMS * FOREST_MAX_ARMS];
    double b[FOREST_MAX_ARMS * FOREST_MAX_ARMS], level = y;
    for (size_t k = 0, at = 0; k < arms; k++)
        for (size_t j = 0; j <= k; j++, at++)
            a[j + k * arms] = a[k + j * arms] = ww[at] * g - w[j] * w[k];
    if (!vg_small_cholesky(arms, a, &log_det))
        return false;
    vg_small_lower_inverse(arms, a, l);
    vg_small_gram_of_inverse(arms, l, b);
    for (size_t k = 0; k < arms; k++) {
        estimate[k] = 0;
        for (size_t j = 0; j < arms; j++)
            estimate[k] += b[k + j * arms] * (yw[j] * g - y * w[j]);
        level -= estimate[k] * w[k];
    }
    level /= g;
    for (size_t k = 0; k < arms; k++) {
        double *c = rho + k * moments, bw = 0;
        for (size_t j = 0; j < arms; j++)
            bw += b[k + j * arms] * w[j];
        c[0] = bw * level;
        c[1] = -bw;
        for (size_t j = 0; j < arms; j++) {
            c[2 + j] = bw * estimate[j] - g * b[k + j * arms] * level;
            c[2 + arms + j] = g * b[k + j * arms];
        }
        for (size_t i = 0, at = 2 + 2 * arms; i < arms; i++)
            for (size_t j = 0; j <= i; j++, at++)
                c[at] =
                    -g * (i == j ? b[k + i * arms] * estimate[i]
                                 : b[k + i * arms] * estimate[j] + b[k + j * arms] * estimate[i]);
    }
    return true;
}

bool vg_forest_estimate(VgForestKind kind, size_t n_outputs, const double *average,
                        double *estimate, double *rho)
{
    if (kind != VG_FOREST_CAUSAL)
        return estimate_shares(n_outputs, average, estimate, rho);
    return n_outputs == 1 ? estimate_effect(average, estimate, rho)
                          : estimate_effects(n_outputs, average, estimate, rho);
}

double vg_forest_debias(double between, double total, size_t n_groups, size_t group_size)
{
    double noise = (total - between) / (double)(group_size - 1), raw = between - noise;
    double s = fmax(between, noise) * sqrt(2.0 / (double)n_groups);
    if (!(s > 0))
        return 0.0;
    /* mean of a normal around raw with deviation s, cut off at 0; the quotient in logarithms for the tail */
    double r = raw / s;
    double ratio = exp(vg_normal_log_density(r) - vg_normal_log_lower(r));
    return raw + s * ratio;
}
