/* Intervals from the covariance of all coefficients: delta method, and draws (Monte Carlo).
 *
 * The mediators' equations share their columns (1, A, C), so Cov(α) = Σ (X'X)⁻¹_AA with Σ the residuals'
 * covariance between equations (Zellner 1962: with the same columns, least squares is efficient). Given the
 * mediators, Cov(β) = σ² S⁻¹, Cov(direct, β) = −σ² S⁻¹ α, Var(direct) = σ² ((X'X)⁻¹_AA + α' S⁻¹ α), and the outcome's
 * coefficients are independent of α. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

VgStatus vg_channels_covariance(VgArena *arena, const VgChannelsProblem *p,
                                const VgChannelsSolution *x, VgMatrix *covariance, VgError *error)
{
    size_t k = p->terms, base = p->equations.base;
    double nu = x->rows - (double)base;
    double sigma2 = x->residual_squares / (nu - (double)k);
    VgMatrix v = vg_matrix_new(arena, 2 * k + 1, 2 * k + 1);
    double *column = VG_NEW(arena, double, k), spread = 0;
    if (!v.data || !column)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++) {
        memset(column, 0, k * sizeof *column);
        column[i] = 1;
        vg_cholesky_solve(x->scores, column);
        for (size_t j = 0; j < k; j++) {
            VG_AT(v, i, j) = VG_AT(x->covariance, i, j) / nu * x->treatment_variance;
            VG_AT(v, k + i, k + j) = sigma2 * column[j];
        }
    }
    memcpy(column, x->alpha, k * sizeof *column);
    vg_cholesky_solve(x->scores, column);
    for (size_t i = 0; i < k; i++) {
        VG_AT(v, k + i, 2 * k) = VG_AT(v, 2 * k, k + i) = -sigma2 * column[i];
        spread += x->alpha[i] * column[i];
    }
    VG_AT(v, 2 * k, 2 * k) = sigma2 * (x->treatment_variance + spread);
    *covariance = v;
    return VG_OK;
}

/* d effect / d (alpha, beta, direct) of effect number `which`. */
static void effect_gradient(const VgChannelsProblem *p, const VgChannelsSolution *x, size_t which,
                            double *g)
{
    size_t k = p->terms;
    memset(g, 0, (2 * k + 1) * sizeof *g);
    g[2 * k] = which == VG_CHANNELS_TOTAL || which == VG_CHANNELS_DIRECT;
    if (which == VG_CHANNELS_DIRECT)
        return;
    for (size_t t = 0; t < k; t++) {
        bool in =
            which < VG_CHANNELS_FIRST ||
            (which < VG_CHANNELS_FIRST + k ? which - VG_CHANNELS_FIRST == t
                                           : which - VG_CHANNELS_FIRST - k == p->data->channel[t]);
        if (in) {
            g[t] = x->beta[t];
            g[k + t] = x->alpha[t];
        }
    }
}

/* The same, of shares N / T too: dN / T − N dT / T². g: twice 2 terms + 1. */
static void gradient(const VgChannelsProblem *p, const VgChannelsSolution *x, size_t which,
                     double *g)
{
    size_t m = 2 * p->terms + 1;
    if (which < p->effects) {
        effect_gradient(p, x, which, g);
        return;
    }
    double total = x->effect[VG_CHANNELS_TOTAL];
    effect_gradient(p, x, which - p->effects + VG_CHANNELS_INDIRECT, g);
    effect_gradient(p, x, VG_CHANNELS_TOTAL, g + m);
    for (size_t j = 0; j < m; j++)
        g[j] = (g[j] - x->effect[which] * g[m + j]) / total;
}

VgStatus vg_channels_delta(VgArena *arena, const VgChannelsProblem *p, const VgChannelsSolution *x,
                           VgMatrix v, VgChannels *fit, VgError *error)
{
    double *g = VG_NEW(arena, double, 2 * v.rows);
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    if (!g)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->values; k++) {
        VgChannelsEstimate *e = &fit->effect[k];
        double variance = 0;
        gradient(p, x, k, g);
        for (size_t i = 0; i < v.rows; i++)
            for (size_t j = 0; j < v.rows; j++)
                variance += g[i] * VG_AT(v, i, j) * g[j];
        e->se = sqrt(variance);
        e->lower = e->estimate - z * e->se;
        e->upper = e->estimate + z * e->se;
    }
    return VG_OK;
}

/* ---- draws ---- */

typedef struct Plan {
    const VgChannelsProblem *problem;
    const VgChannelsSolution *at;
    VgMatrix factor;
    double *ratio; /* terms: of the sensitivity analysis, held; NULL without */
} Plan;

typedef struct Total {
    double *draw;
    size_t width;
} Total;

static VgStatus one_draw(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    size_t k = plan->problem->terms, m = 2 * k + 1;
    double *theta = VG_NEW(scratch, double, 2 * m), *z = theta + m;
    if (!theta)
        return vg_fail_memory(error);
    for (size_t j = 0; j < m; j++)
        z[j] = vg_random_normal(&random);
    memcpy(theta, plan->at->alpha, k * sizeof *theta);
    memcpy(theta + k, plan->at->beta, k * sizeof *theta);
    theta[2 * k] = plan->at->direct;
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b <= a; b++)
            theta[a] += VG_AT(plan->factor, a, b) * z[b];
    vg_channels_effects(plan->problem, theta, theta + k, theta[2 * k], record);
    for (size_t j = 0; plan->ratio && j < k; j++)
        ((double *)record)[plan->problem->values + j] = theta[j] * plan->ratio[j];
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    memcpy(total->draw + i * total->width, record, total->width * sizeof(double));
    return VG_OK;
}

VgStatus vg_channels_monte_carlo(VgArena *arena, const VgChannelsProblem *p,
                                 const VgChannelsSolution *x, VgMatrix covariance, VgChannels *fit,
                                 VgError *error)
{
    size_t width = p->values + (p->options->sensitivity ? p->terms : 0);
    double *draw = vg_arena_alloc_raw(arena, fit->draws, width * sizeof *draw);
    double *sorted = VG_NEW(arena, double, fit->draws);
    double *ratio = VG_NEW(arena, double, 2 * p->terms);
    if (!draw || !sorted || !ratio)
        return vg_fail_memory(error);
    if (!vg_cholesky(covariance))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the coefficients' covariance is not positive definite",
                       "leave out a mediator, or resample (percentile)");
    vg_channels_moves(p, x, ratio + p->terms, ratio);
    for (size_t k = 0; k < p->terms; k++)
        ratio[k] /= x->alpha[k];
    Plan plan = {p, x, covariance, p->options->sensitivity ? ratio : NULL};
    Total total = {draw, width};
    VgReplicate replicate = {.count = fit->draws,
                             .seed = p->options->seed,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = width * sizeof(double),
                             .body = one_draw,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = p->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    for (size_t k = 0; k < p->values; k++)
        vg_channels_limits(draw + k, fit->draws, width, p->options->level, sorted, &fit->effect[k]);
    if (width > p->values)
        VG_TRY(vg_channels_sensitivity_draws(arena, p, draw + VG_CHANNELS_FIRST, draw + p->values,
                                             width, fit, error));
    return VG_OK;
}
