/* Fitted values and residuals: as they are, by the visit's standard deviation, and decorrelated with the
 * Cholesky factor of the subject's covariance (mmrm's response, pearson, normalized). */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "numeric/small_symmetric.h"

void vg_mmrm_fitted(const VgMmrmFit *fit, const VgMmrmData *data, double *fitted)
{
    for (size_t i = 0; i < data->n_rows; i++)
        fitted[i] = data->offset ? data->offset[i] : 0.0;
    for (size_t j = 0; j < fit->p; j++)
        cblas_daxpy(vg_as_int(data->n_rows), fit->beta[j], data->x.data + j * data->x.stride, 1,
                    fitted, 1);
}

static VgStatus decorrelate(const VgMmrmFit *fit, const VgMmrmData *data, const int32_t *cell,
                            double *scratch, double *residuals, VgError *error)
{
    size_t m = data->n_visits;
    double *factor = scratch, *r = scratch + m * m, log_det;
    size_t visit[VG_MMRM_MOST_VISITS];
    for (size_t s = 0; s < data->n_subjects; s++) {
        size_t n = 0;
        for (size_t a = 0; a < m; a++)
            if (cell[s * m + a] >= 0)
                visit[n++] = a;
        if (n == 0)
            continue;
        size_t any = (size_t)cell[s * m + visit[0]];
        VgMatrix sigma = fit->sigma[data->group ? data->group[any] : 0];
        for (size_t b = 0; b < n; b++) {
            for (size_t a = 0; a < n; a++)
                factor[a + b * n] = VG_AT(sigma, visit[a], visit[b]);
            r[b] = residuals[cell[s * m + visit[b]]];
        }
        if (!vg_small_cholesky(n, factor, &log_det))
            return vg_fail(error, VG_NO_CONVERGENCE, "a covariance is not positive definite",
                           "choose a structure with fewer parameters");
        vg_small_forward_solve(n, factor, r);
        for (size_t b = 0; b < n; b++)
            residuals[cell[s * m + visit[b]]] = r[b];
    }
    return VG_OK;
}

VgStatus vg_mmrm_residuals(VgArena *arena, const VgMmrmFit *fit, const VgMmrmData *data,
                           VgResidualKind kind, double *residuals, VgError *error)
{
    size_t m = data->n_visits;
    vg_mmrm_fitted(fit, data, residuals);
    for (size_t i = 0; i < data->n_rows; i++)
        residuals[i] = data->y[i] - residuals[i];
    if (kind == VG_RESIDUAL_RESPONSE)
        return VG_OK;
    for (size_t i = 0; data->weights && i < data->n_rows; i++)
        residuals[i] *= sqrt(data->weights[i]);
    if (kind == VG_RESIDUAL_PEARSON) {
        for (size_t i = 0; i < data->n_rows; i++) {
            size_t a = (size_t)data->visit[i];
            residuals[i] /= sqrt(VG_AT(fit->sigma[data->group ? data->group[i] : 0], a, a));
        }
        return VG_OK;
    }
    int32_t *cell = vg_arena_alloc_raw(arena, data->n_subjects * m, sizeof *cell);
    double *scratch = VG_NEW(arena, double, m *m + m);
    if (!cell || !scratch)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_subjects * m; i++)
        cell[i] = -1;
    for (size_t i = 0; i < data->n_rows; i++)
        cell[(size_t)data->subject[i] * m + (size_t)data->visit[i]] = (int32_t)i;
    return decorrelate(fit, data, cell, scratch, residuals, error);
}
