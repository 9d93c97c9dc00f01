/* Sandwich covariances from the rows' scores: B (Σ k_i s_i² x_i x_iᵀ) B, and by cluster.
 * k: HC0 1, HC1 n/(n − p), HC2 1/(1 − h), HC3 1/(1 − h)². Sources: White 1980; MacKinnon & White
 * 1985; Liang & Zeger 1986. Conventions of the R package sandwich (vcovHC, vcovCL without
 * small-sample factor). */
#include "model/glm_internal.h"

#include <math.h>
#include <string.h>

static double factor(const VgGlmFit *fit, size_t i)
{
    double rest = 1 - fit->leverage[i];
    switch (fit->robust) {
    case VG_GLM_ROBUST_HC1:
        return sqrt((double)fit->n_used / fit->df_residual);
    case VG_GLM_ROBUST_HC2:
        return 1 / sqrt(rest);
    case VG_GLM_ROBUST_HC3:
        return 1 / rest;
    default:
        return 1;
    }
}

/* vcov := B M B, M symmetric. */
static VgStatus sandwich(VgArena *arena, VgGlmFit *fit, VgMatrix meat, VgError *error)
{
    size_t p = fit->p;
    double *half = vg_arena_alloc(arena, p, p * sizeof *half);
    if (!half)
        return vg_fail_memory(error);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            for (size_t k = 0; k < p; k++)
                half[a + b * p] += VG_AT(fit->bread, a, k) * VG_AT(meat, k, b);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t k = 0; k < p; k++)
                sum += half[a + k * p] * VG_AT(fit->bread, k, b);
            VG_AT(fit->vcov, a, b) = VG_AT(fit->vcov, b, a) = sum;
        }
    return VG_OK;
}

static void add_outer(VgMatrix meat, const double *u, size_t stride)
{
    for (size_t a = 0; a < meat.cols; a++)
        for (size_t b = 0; b < meat.cols; b++)
            VG_AT(meat, a, b) += u[a * stride] * u[b * stride];
}

VgStatus vg_glm_robust_vcov(VgArena *arena, const VgGlmData *data, VgGlmFit *fit, VgError *error)
{
    size_t p = fit->p;
    bool clustered = fit->robust == VG_GLM_ROBUST_CR0;
    size_t units = clustered ? data->n_clusters : 1;
    VgMatrix meat = {vg_arena_alloc(arena, p, p * sizeof(double)), p, p, p};
    double *sums = vg_arena_alloc(arena, units, p * sizeof(double));
    if (!meat.data || !sums)
        return vg_fail_memory(error);
    for (size_t i = 0; i < fit->n_rows; i++) {
        bool leveraged = fit->robust == VG_GLM_ROBUST_HC2 || fit->robust == VG_GLM_ROBUST_HC3;
        if (fit->score_factor[i] == 0)
            continue;
        if (leveraged && fit->leverage[i] > 1 - 1e-10)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "row %zu alone decides a coefficient (leverage 1): no %s errors",
                           "use hc0, or leave the covariate out", i + 1,
                           vg_glm_robust_name(fit->robust));
        double *u = sums + (clustered ? (size_t)data->cluster[i] * p : 0);
        if (!clustered)
            memset(u, 0, p * sizeof *u);
        for (size_t j = 0; j < p; j++)
            u[j] += VG_AT(data->x, i, j) * fit->score_factor[i] * factor(fit, i);
        if (!clustered)
            add_outer(meat, u, 1);
    }
    for (size_t c = 0; clustered && c < units; c++)
        add_outer(meat, sums + c * p, 1);
    return sandwich(arena, fit, meat, error);
}
