/* Standard errors of the linear model that do not trust its variances.
 *
 * Z = X R⁻¹ with Z'WZ = I; e are raw residuals. The core of V = R⁻¹ core R⁻ᵀ is
 *   HC: Σ (w e)² f(h) z z',  f = 1, n/(n−p), 1/(1−h), 1/(1−h)².
 *   CR: Σ_i t_i t_i',  t_i = T_i'e_i,  T_i = A_i' W_i Z_i, and A_i is
 *     CR0: I;   CR3: (I − H_i)⁻¹, which gives T_i = W_i Z_i (I − Z_i'W_iZ_i)⁻¹;
 *     CR2: B_i^(−1/2), B_i = I − Z_iZ_i'W_i − W_iZ_iZ_i' + Z_i Q Z_i', Q = Z'W²Z: the residuals'
 * covariance when the true one is the identity. B_i differs from I only within the span of (Z_i,
 * W_iZ_i), so its root is taken there: O(n_i p²) whatever the size of a cluster. Degrees of freedom:
 * lm_small_sample.c. Sources: MacKinnon & White 1985; Bell & McCaffrey 2002, Survey Methodology
 * 28:169; conventions of the R packages sandwich and clubSandwich (identity target). */
#include <math.h>
#include <string.h>

#include "model/lm_parts.h"
#include "numeric/linear_algebra.h"

static void add_outer(VgMatrix core, const double *t, double factor)
{
    for (size_t j = 0; j < core.cols; j++)
        for (size_t i = 0; i < core.rows; i++)
            VG_AT(core, i, j) += factor * t[i] * t[j];
}

VgStatus vg_lm_heteroscedastic(const VgLm *fit, const VgLmParts *parts, VgMatrix core,
                               VgError *error)
{
    for (size_t row = 0; row < parts->z.rows; row++) {
        double score = parts->weight[row] * fit->residual[row], room = 1.0 - fit->leverage[row];
        double factor = score * score;
        if (fit->covariance >= VG_LM_HC2 && room < 1e-10)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "row %zu alone determines a coefficient: %s is not defined",
                           "use hc0 or hc1, or leave out the term that only this row has",
                           fit->design->row[row] + 1, vg_lm_covariance_name(fit->covariance));
        if (fit->covariance == VG_LM_HC1)
            factor *= (double)fit->n / fit->df_residual;
        if (fit->covariance == VG_LM_HC2)
            factor /= room;
        if (fit->covariance == VG_LM_HC3)
            factor /= room * room;
        for (size_t j = 0; j < core.cols; j++)
            for (size_t i = 0; i < core.rows; i++)
                VG_AT(core, i, j) += factor * VG_AT(parts->z, row, i) * VG_AT(parts->z, row, j);
    }
    return VG_OK;
}

/* --- clusters
 * -------------------------------------------------------------------------------------- */

static VgStatus sort_by_cluster(const VgLm *fit, VgLmParts *parts, VgError *error)
{
    size_t n = parts->z.rows, clusters = parts->options->n_clusters;
    const int32_t *cluster = parts->options->cluster;
    size_t *next = VG_NEW(parts->arena, size_t, clusters + 1);
    parts->row = VG_NEW(parts->arena, size_t, n);
    parts->first = VG_NEW(parts->arena, size_t, clusters + 1);
    if (!next || !parts->row || !parts->first)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        next[cluster[i] + 1]++;
    size_t present = 0;
    for (size_t k = 0; k < clusters; k++) {
        size_t size = next[k + 1];
        next[k + 1] += next[k];
        if (size)
            parts->first[present++] = next[k];
    }
    parts->first[present] = n;
    parts->n_clusters = present;
    for (size_t i = 0; i < n; i++)
        parts->row[next[cluster[i]]++] = i;
    if (present < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%s needs more than one cluster",
                       "use hc3, or name another column as the cluster",
                       vg_lm_covariance_name(fit->covariance));
    return VG_OK;
}

/* The rows of one cluster as matrices: z, wz (both n_i × rank). */
typedef struct Cluster {
    size_t from, n;
    VgMatrix z, wz;
} Cluster;

static VgStatus take_cluster(const VgLmParts *parts, size_t k, Cluster *cluster, VgError *error)
{
    size_t rank = parts->z.cols;
    cluster->from = parts->first[k];
    cluster->n = parts->first[k + 1] - cluster->from;
    cluster->z = vg_matrix_new(parts->arena, cluster->n, rank);
    cluster->wz = vg_matrix_new(parts->arena, cluster->n, rank);
    if (!cluster->z.data || !cluster->wz.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < rank; j++)
        for (size_t i = 0; i < cluster->n; i++) {
            size_t row = parts->row[cluster->from + i];
            VG_AT(cluster->z, i, j) = VG_AT(parts->z, row, j);
            VG_AT(cluster->wz, i, j) = parts->weight[row] * VG_AT(parts->z, row, j);
        }
    return VG_OK;
}

static VgMatrix target_of(const VgLmParts *parts, const Cluster *cluster)
{
    VgMatrix target = parts->adjusted;
    target.data += cluster->from;
    target.rows = cluster->n;
    return target;
}

/* out += a b (or a b' or a' b), small matrices. */
static void multiply(VgMatrix a, bool a_transposed, VgMatrix b, bool b_transposed, VgMatrix out)
{
    size_t inner = a_transposed ? a.rows : a.cols;
    for (size_t j = 0; j < out.cols; j++)
        for (size_t k = 0; k < inner; k++) {
            double right = b_transposed ? VG_AT(b, j, k) : VG_AT(b, k, j);
            for (size_t i = 0; i < out.rows; i++)
                VG_AT(out, i, j) += (a_transposed ? VG_AT(a, k, i) : VG_AT(a, i, k)) * right;
        }
}

/* T_i = W_i Z_i (I − Z_i'W_iZ_i)⁻¹. */
static VgStatus adjust_jackknife(const VgLm *fit, const VgLmParts *parts, const Cluster *cluster,
                                 VgError *error)
{
    size_t rank = parts->z.cols;
    VgMatrix left = vg_matrix_new(parts->arena, rank, rank);
    double *row = VG_NEW(parts->arena, double, rank), *values = VG_NEW(parts->arena, double, rank);
    if (!left.data || !row || !values)
        return vg_fail_memory(error);
    multiply(cluster->z, true, cluster->wz, false, left);
    for (size_t j = 0; j < rank; j++)
        for (size_t i = 0; i < rank; i++)
            VG_AT(left, i, j) = (i == j) - VG_AT(left, i, j);
    VgMatrix target = target_of(parts, cluster);
    VgMatrix factor = left;
    if (!vg_cholesky(factor))
        values[0] = 0.0;
    else
        for (size_t j = 0, first = 1; j < rank; j++, first = 0)
            values[0] = first ? VG_AT(factor, j, j) : fmin(values[0], VG_AT(factor, j, j));
    if (rank && values[0] < 1e-5)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%s: without one of the clusters (row %zu) a coefficient cannot be estimated",
            "use cr2, or leave out the term that only this cluster has",
            vg_lm_covariance_name(fit->covariance),
            fit->design->row[parts->row[cluster->from]] + 1);
    for (size_t i = 0; i < cluster->n; i++) {
        for (size_t j = 0; j < rank; j++)
            row[j] = VG_AT(cluster->wz, i, j);
        vg_cholesky_solve(factor, row);
        for (size_t j = 0; j < rank; j++)
            VG_AT(target, i, j) = row[j];
    }
    return VG_OK;
}

/* An orthonormal basis U of the span of (Z_i, W_iZ_i). */
static VgStatus span_of(const VgLmParts *parts, const Cluster *cluster, VgMatrix *basis,
                        VgError *error)
{
    size_t rank = parts->z.cols;
    VgMatrix both = vg_matrix_new(parts->arena, cluster->n, 2 * rank);
    if (!both.data)
        return vg_fail_memory(error);
    VgMatrix right = both;
    right.data = &VG_AT(both, 0, rank);
    vg_matrix_copy(cluster->z, both);
    vg_matrix_copy(cluster->wz, right);
    VgQr qr;
    VG_TRY(vg_qr_factor(parts->arena, both, 1e-13, &qr, error));
    *basis = vg_matrix_new(parts->arena, cluster->n, qr.rank);
    if (!basis->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < qr.rank; j++) {
        VG_AT(*basis, j, j) = 1.0;
        vg_qr_multiply(&qr, &VG_AT(*basis, 0, j));
    }
    return VG_OK;
}

/* U'B_iU − the identity's part, plus I: the covariance of the residuals within the span. */
static VgStatus covariance_in_span(const VgLmParts *parts, const Cluster *cluster, VgMatrix basis,
                                   VgMatrix *out, VgError *error)
{
    size_t rank = parts->z.cols, k = basis.cols;
    VgMatrix uz = vg_matrix_new(parts->arena, k, rank), uwz = vg_matrix_new(parts->arena, k, rank);
    VgMatrix uzq = vg_matrix_new(parts->arena, k, rank);
    *out = vg_matrix_new(parts->arena, k, k);
    if (!uz.data || !uwz.data || !uzq.data || !out->data)
        return vg_fail_memory(error);
    multiply(basis, true, cluster->z, false, uz);
    multiply(basis, true, cluster->wz, false, uwz);
    multiply(uz, false, parts->squared, false, uzq);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double sum = i == j;
            for (size_t c = 0; c < rank; c++)
                sum += VG_AT(uzq, i, c) * VG_AT(uz, j, c) - VG_AT(uz, i, c) * VG_AT(uwz, j, c) -
                       VG_AT(uwz, i, c) * VG_AT(uz, j, c);
            VG_AT(*out, i, j) = sum;
        }
    return VG_OK;
}

/* T_i = B_i^(−1/2) W_iZ_i = U S^(−1/2) U' W_iZ_i, since W_iZ_i lies in the span. Eigenvalues under
 * 1e-12 count as 0 (clubSandwich's choice): directions that the residuals cannot move in. */
static VgStatus adjust_bias_reduced(const VgLmParts *parts, const Cluster *cluster, VgError *error)
{
    size_t rank = parts->z.cols;
    VgMatrix basis, inside;
    VG_TRY(span_of(parts, cluster, &basis, error));
    VG_TRY(covariance_in_span(parts, cluster, basis, &inside, error));
    size_t k = basis.cols;
    double *values = VG_NEW(parts->arena, double, k);
    VgMatrix uwz = vg_matrix_new(parts->arena, k, rank);
    VgMatrix rotated = vg_matrix_new(parts->arena, k, rank);
    VgMatrix turned = vg_matrix_new(parts->arena, k, rank);
    if (!values || !uwz.data || !rotated.data || !turned.data)
        return vg_fail_memory(error);
    VG_TRY(vg_symmetric_eigen(parts->arena, inside, values, error));
    multiply(basis, true, cluster->wz, false, uwz);
    multiply(inside, true, uwz, false, rotated);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < rank; j++)
            VG_AT(rotated, i, j) *= values[i] > 1e-12 ? 1.0 / sqrt(values[i]) : 0.0;
    multiply(inside, false, rotated, false, turned);
    multiply(basis, false, turned, false, target_of(parts, cluster));
    return VG_OK;
}

static VgStatus adjust_cluster(const VgLm *fit, const VgLmParts *parts, const Cluster *cluster,
                               VgError *error)
{
    if (fit->covariance == VG_LM_CR2)
        return adjust_bias_reduced(parts, cluster, error);
    if (fit->covariance == VG_LM_CR3)
        return adjust_jackknife(fit, parts, cluster, error);
    vg_matrix_copy(cluster->wz, target_of(parts, cluster));
    return VG_OK;
}

static void add_squared_weights(const VgLmParts *parts)
{
    for (size_t i = 0; i < parts->z.rows; i++) {
        double w2 = parts->weight[i] * parts->weight[i];
        for (size_t j = 0; j < parts->z.cols; j++)
            for (size_t k = 0; k < parts->z.cols; k++)
                VG_AT(parts->squared, j, k) += w2 * VG_AT(parts->z, i, j) * VG_AT(parts->z, i, k);
    }
}

VgStatus vg_lm_clustered(const VgLm *fit, VgLmParts *parts, VgMatrix core, VgError *error)
{
    size_t rank = parts->z.cols;
    VG_TRY(sort_by_cluster(fit, parts, error));
    parts->adjusted = vg_matrix_new(parts->arena, parts->z.rows, rank);
    parts->squared = vg_matrix_new(parts->arena, rank, rank);
    double *score = VG_NEW(parts->arena, double, rank);
    if (!parts->adjusted.data || !parts->squared.data || !score)
        return vg_fail_memory(error);
    add_squared_weights(parts);
    for (size_t k = 0; k < parts->n_clusters; k++) {
        VgArenaMark mark = vg_arena_mark(parts->arena);
        Cluster cluster;
        VG_TRY(take_cluster(parts, k, &cluster, error));
        VG_TRY(adjust_cluster(fit, parts, &cluster, error));
        for (size_t j = 0; j < rank; j++) {
            score[j] = 0.0;
            for (size_t i = 0; i < cluster.n; i++)
                score[j] += VG_AT(parts->adjusted, cluster.from + i, j) *
                            fit->residual[parts->row[cluster.from + i]];
        }
        add_outer(core, score, 1.0);
        vg_arena_rewind(parts->arena, mark);
    }
    return VG_OK;
}
