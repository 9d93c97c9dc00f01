/* Sampling covariances of studies that share a control arm. Because the random effects add tau² I, the eigenvectors of
 * V diagonalise V + tau² I for every tau²: effects rotated by them are independent with variances lambda + tau², and
 * every estimator for independent effects serves. One eigenvalue problem per block, once. */
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/linear_algebra.h"

static VgStatus check(const VgEffects *effects, VgError *error)
{
    const size_t k = effects->k;
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j <= i; j++) {
            double a = effects->covariance[i + j * k], b = effects->covariance[j + i * k];
            double scale = sqrt(effects->v[i] * effects->v[j]);
            if (!isfinite(a) || fabs(a - b) > 1e-12 * scale)
                return vg_fail(
                    error, VG_INVALID_INPUT,
                    "the covariance of effects %zu and %zu is not symmetric or not a number",
                    "give the same number above and below the diagonal", j + 1, i + 1);
            if (i == j && fabs(a - effects->v[i]) > 1e-12 * scale)
                return vg_fail(error, VG_INVALID_INPUT,
                               "the diagonal of the covariance at effect %zu is not its variance",
                               "give the sampling variances on the diagonal", i + 1);
        }
    return VG_OK;
}

/* Connected parts of the graph of non-zero covariances, each in ascending order of effects. */
static VgStatus find_blocks(VgArena *arena, const VgEffects *effects, VgMetaRotation *rotation,
                            VgError *error)
{
    const size_t k = effects->k;
    size_t *label = VG_NEW(arena, size_t, k);
    rotation->start = VG_NEW(arena, size_t, k + 1);
    rotation->member = VG_NEW(arena, size_t, k);
    rotation->vectors = VG_NEW(arena, double *, k);
    if (!label || !rotation->start || !rotation->member || !rotation->vectors)
        return vg_fail_memory(error);
    size_t filled = 0;
    for (size_t seed = 0; seed < k; seed++) {
        if (label[seed])
            continue;
        size_t first = filled, mark = ++rotation->n_blocks;
        rotation->member[filled++] = seed;
        label[seed] = mark;
        for (size_t at = first; at < filled; at++)
            for (size_t j = 0; j < k; j++)
                if (!label[j] && effects->covariance[j + rotation->member[at] * k] != 0) {
                    label[j] = mark;
                    rotation->member[filled++] = j;
                }
        rotation->start[mark] = filled;
    }
    return VG_OK;
}

VgStatus vg_meta_rotation(VgArena *arena, const VgEffects *effects, VgMetaRotation *rotation,
                          double *values, VgError *error)
{
    *rotation = (VgMetaRotation){0};
    VG_TRY(check(effects, error));
    VG_TRY(find_blocks(arena, effects, rotation, error));
    for (size_t b = 0; b < rotation->n_blocks; b++) {
        const size_t *member = rotation->member + rotation->start[b];
        const size_t size = rotation->start[b + 1] - rotation->start[b];
        VgMatrix block = vg_matrix_new(arena, size, size);
        if (!block.data)
            return vg_fail_memory(error);
        rotation->vectors[b] = block.data;
        double *lambda = values + rotation->start[b];
        for (size_t i = 0; i < size; i++)
            for (size_t j = 0; j < size; j++)
                VG_AT(block, i, j) = effects->covariance[member[i] + member[j] * effects->k];
        if (size == 1) {
            lambda[0] = block.data[0];
            block.data[0] = 1;
            continue;
        }
        VG_TRY(vg_symmetric_eigen(arena, block, lambda, error));
        if (!(lambda[0] > 1e-12 * lambda[size - 1]))
            return vg_fail(
                error, VG_INVALID_INPUT,
                "the covariance of effect %zu and those that share its arm is not positive "
                "definite",
                "a covariance may not exceed what the shared arm contributes to both variances",
                member[0] + 1);
    }
    return VG_OK;
}

static void apply(const VgMetaRotation *rotation, const double *from, double *to, bool back)
{
    for (size_t b = 0; b < rotation->n_blocks; b++) {
        const size_t start = rotation->start[b], size = rotation->start[b + 1] - start;
        const size_t *member = rotation->member + start;
        const double *q = rotation->vectors[b];
        for (size_t i = 0; i < size; i++) {
            double sum = 0;
            for (size_t j = 0; j < size; j++)
                sum += back ? q[i + j * size] * from[start + j] : q[j + i * size] * from[member[j]];
            to[back ? member[i] : start + i] = sum;
        }
    }
}

void vg_meta_rotate(const VgMetaRotation *rotation, const double *from, double *to)
{
    apply(rotation, from, to, false);
}

void vg_meta_rotate_back(const VgMetaRotation *rotation, const double *from, double *to)
{
    apply(rotation, from, to, true);
}
