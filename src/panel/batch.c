/* Batches beside a design: what they explain, and their removal that leaves the design alone. METHODS 1.4. */
#include <vagus/quality.h>

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

/* QR of [design, batches]: the batches' columns come last (centred indicators of all but the first). */
typedef struct Joint {
    size_t n, p, df;
    VgQr design, joint;
    VgMatrix indicator; /* n × df, centred */
} Joint;

static VgStatus check(VgMatrix y, VgMatrix design, const size_t *batch, size_t n_batches,
                      size_t *count, VgError *error)
{
    if (n_batches < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu batch", "one batch has nothing to explain",
                       n_batches);
    for (size_t i = 0; i < y.rows; i++)
        count[batch[i]]++;
    for (size_t b = 0; b < n_batches; b++)
        if (!count[b])
            return vg_fail(error, VG_INVALID_INPUT, "batch %zu has no sample", "leave it out",
                           b + 1);
    for (size_t j = 0; j < y.cols; j++)
        for (size_t i = 0; i < y.rows; i++)
            if (!isfinite(VG_AT(y, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "feature %zu of sample %zu is missing",
                               "leave out or impute what is missing first", j + 1, i + 1);
    if (design.rows != y.rows || y.rows <= design.cols + n_batches - 1)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "%zu samples for a design of %zu columns and %zu batches",
            "more samples are needed to tell batches from arms", y.rows, design.cols, n_batches);
    return VG_OK;
}

static VgStatus factor(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                       size_t n_batches, Joint *joint, VgError *error)
{
    size_t n = y.rows, p = design.cols, df = n_batches - 1;
    *joint = (Joint){.n = n, .p = p, .df = df, .indicator = vg_matrix_new(arena, n, df)};
    size_t *count = VG_NEW(arena, size_t, n_batches);
    VgMatrix alone = vg_matrix_new(arena, n, p), both = vg_matrix_new(arena, n, p + df);
    if (!count || !alone.data || !both.data || !joint->indicator.data)
        return vg_fail_memory(error);
    VG_TRY(check(y, design, batch, n_batches, count, error));
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < df; b++)
            VG_AT(joint->indicator, i, b) = (batch[i] == b + 1) - (double)count[b + 1] / (double)n;
    vg_matrix_copy(design, alone);
    vg_matrix_copy(design, (VgMatrix){both.data, n, p, both.stride});
    vg_matrix_copy(joint->indicator, (VgMatrix){&VG_AT(both, 0, p), n, df, both.stride});
    VG_TRY(vg_qr_factor(arena, alone, VG_RANK_TOLERANCE, &joint->design, error));
    if (joint->design.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "column %zu of the design is a combination of others", "leave it out",
                       joint->design.pivot[p - 1] + 1);
    VG_TRY(vg_qr_factor(arena, both, VG_RANK_TOLERANCE, &joint->joint, error));
    if (joint->joint.rank < p + df)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "arm or visit is aliased with batch: no analysis can tell them apart",
            "samples of every arm and visit must be spread over the batches; report this "
            "as a limit of the data");
    return VG_OK;
}

/* |B'B centred| / |B'B after the design| to the power 1/df: Fox & Monette 1992, with the constant in the design. */
static VgStatus inflation(VgArena *arena, const Joint *joint, double *gvif, VgError *error)
{
    VgMatrix raw = vg_matrix_new(arena, joint->df, joint->df),
             copy = vg_matrix_new(arena, joint->n, joint->df),
             rest = vg_matrix_new(arena, joint->df, joint->df);
    if (!raw.data || !copy.data || !rest.data)
        return vg_fail_memory(error);
    vg_cross_product(joint->indicator, raw);
    vg_matrix_copy(joint->indicator, copy);
    for (size_t b = 0; b < joint->df; b++)
        vg_qr_transposed_multiply(&joint->design, &VG_AT(copy, 0, b));
    vg_cross_product((VgMatrix){copy.data + joint->p, joint->n - joint->p, joint->df, copy.stride},
                     rest);
    *gvif = vg_cholesky(raw) && vg_cholesky(rest)
                ? exp((vg_cholesky_log_determinant(raw) - vg_cholesky_log_determinant(rest)) /
                      (double)joint->df)
                : INFINITY;
    return VG_OK;
}

VgStatus vg_batch_effect(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                         size_t n_batches, VgBatchEffect *effect, VgError *error)
{
    Joint joint;
    VG_TRY(factor(arena, y, design, batch, n_batches, &joint, error));
    size_t n = joint.n, last = joint.p + joint.df;
    *effect = (VgBatchEffect){.n_batches = n_batches,
                              .feature_r2 = VG_NEW(arena, double, y.cols),
                              .f = VG_NEW(arena, double, y.cols),
                              .p = VG_NEW(arena, double, y.cols),
                              .df = (double)joint.df,
                              .df_residual = (double)(n - last)};
    double *z = VG_NEW(arena, double, n), explained = 0, total = 0;
    if (!effect->feature_r2 || !effect->f || !effect->p || !z)
        return vg_fail_memory(error);
    VG_TRY(inflation(arena, &joint, &effect->gvif, error));
    for (size_t j = 0; j < y.cols; j++) {
        double of_batch = 0, rest = 0, mean = 0, around = 0;
        memcpy(z, &VG_AT(y, 0, j), n * sizeof *z);
        for (size_t i = 0; i < n; i++)
            mean += z[i] / (double)n;
        for (size_t i = 0; i < n; i++)
            around += (z[i] - mean) * (z[i] - mean);
        vg_qr_transposed_multiply(&joint.joint, z);
        for (size_t i = joint.p; i < last; i++)
            of_batch += z[i] * z[i];
        for (size_t i = last; i < n; i++)
            rest += z[i] * z[i];
        effect->feature_r2[j] = of_batch + rest > 0 ? of_batch / (of_batch + rest) : NAN;
        effect->f[j] = (of_batch / effect->df) / (rest / effect->df_residual);
        effect->p[j] = rest > 0 ? vg_f_upper(effect->f[j], effect->df, effect->df_residual) : NAN;
        explained += of_batch;
        total += around;
    }
    effect->r2 = total > 0 ? explained / total : NAN;
    return VG_OK;
}

VgStatus vg_batch_correct(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                          size_t n_batches, VgMatrix *corrected, VgError *error)
{
    Joint joint;
    VG_TRY(factor(arena, y, design, batch, n_batches, &joint, error));
    size_t n = joint.n;
    *corrected = vg_matrix_new(arena, n, y.cols);
    double *z = VG_NEW(arena, double, n);
    if (!corrected->data || !z)
        return vg_fail_memory(error);
    for (size_t j = 0; j < y.cols; j++) {
        memcpy(z, &VG_AT(y, 0, j), n * sizeof *z);
        vg_qr_transposed_multiply(&joint.joint, z);
        vg_qr_solve(&joint.joint, z);
        for (size_t i = 0; i < n; i++) {
            double part = 0; /* of the batch; centred indicators leave the mean */
            for (size_t b = 0; b < joint.df; b++)
                part += z[joint.p + b] * VG_AT(joint.indicator, i, b);
            VG_AT(*corrected, i, j) = VG_AT(y, i, j) - part;
        }
    }
    return VG_OK;
}
