/* Degrees of freedom, contrasts and joint tests.
 * Satterthwaite with the observed Hessian (Fai & Cornelius 1996), Kenward–Roger (1997) with the second
 * derivatives in the fit's parameters or without them ("linear"), residual, between-within. Formulas:
 * docs/methods/mmrm.md. In whitened coordinates c̃ = s L⁻¹R⁻ᵀc the variance of c'β is |c̃|². */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "model/contrast.h"
#include "model/denominator_df.h"
#include "numeric/distributions.h"
#include "numeric/small_symmetric.h"

static const double RANK_TOLERANCE = 1.4901161193847656e-08; /* √ε, as mmrm and lmerTest */

/* ω = 2 H⁻¹ from the observed Hessian. */
static VgStatus invert_hessian(const VgEngine *e, double *omega, VgError *error)
{
    lapack_int k = (lapack_int)e->k_all;
    memcpy(omega, e->hessian, e->k_all * e->k_all * sizeof *omega);
    if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', k, omega, k) != 0 ||
        LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', k, omega, k) != 0)
        return vg_fail(error, VG_NO_CONVERGENCE, "the observed Hessian is not positive definite",
                       "declare a fallback structure with fewer parameters");
    for (size_t j = 0; j < e->k_all; j++)
        for (size_t i = j; i < e->k_all; i++)
            omega[j + i * e->k_all] = omega[i + j * e->k_all] *= 2.0;
    return VG_OK;
}

/* T with β = T z for z of unit variance: s R⁻¹ L⁻ᵀ. */
static void half_of_vcov(const VgMmrmInternal *in, double *t)
{
    size_t p = in->p;
    int ip = vg_as_int(p);
    memset(t, 0, p * p * sizeof *t);
    for (size_t j = 0; j < p; j++)
        t[j + j * p] = in->scale;
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, ip, ip, 1.0,
                in->factor, ip, t, ip);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, ip, ip, 1.0,
                in->r, ip, t, ip);
}

static void unpack(size_t p, const double *packed, double *square)
{
    for (size_t c = 0; c < p; c++) {
        square[c + c * p] = *packed++;
        for (size_t r = c + 1; r < p; r++)
            square[r + c * p] = square[c + r * p] = *packed++ * 0.70710678118654752440;
    }
}

/* N = W (Σ_hj ω_hj Σ̇_h W Σ̇_j − ¼ Σ_hj ω_hj Σ̈_hj) W of a pattern, added into Σ N ∘ X'X (M × M). */
static void adjust_pattern(VgEngine *e, size_t q, const double *first, const double *weighted,
                           const double *second, double *out)
{
    const VgPattern *pattern = &e->patterns->pattern[q];
    const VgCrossProducts *cross = &e->stats->cross[q];
    size_t m = pattern->m, mm = e->m * e->m;
    double *one = e->small[0], *two = e->small[1], *half = e->small[2], *part = e->small[3];
    double *sum = e->small[4], *w = e->state[q].w;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            sum[a + b * m] = -0.25 * second[pattern->visit[a] + pattern->visit[b] * e->m];
    for (size_t h = 0; h < e->k; h++) {
        for (size_t b = 0; b < m; b++)
            for (size_t a = 0; a < m; a++) {
                size_t at = pattern->visit[a] + pattern->visit[b] * e->m + h * mm;
                one[a + b * m] = first[at];
                two[a + b * m] = weighted[at];
            }
        vg_small_product(m, one, w, half);
        vg_small_product(m, half, two, part);
        for (size_t i = 0; i < m * m; i++)
            sum[i] += part[i];
    }
    vg_small_product(m, w, sum, half);
    vg_small_product(m, half, w, sum);
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++) {
            double weight = 0.5 * (sum[a + b * m] + sum[b + a * m]);
            for (size_t c = cross->offset[b]; c < cross->offset[b + 1]; c++)
                for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++)
                    out[cross->global[a] + r - cross->offset[a] +
                        (cross->global[b] + c - cross->offset[b]) * e->width] +=
                        weight * cross->xx[r + c * cross->columns];
        }
}

/* Σ_hj ω_hj (Q_hj − ¼R_hj) in M coordinates, without forming any Q_hj or R_hj. */
static VgStatus weighted_q(VgArena *arena, VgEngine *e, const double *omega, bool linear,
                           double *out, VgError *error)
{
    size_t mm = e->m * e->m, k = e->k;
    double *first = VG_NEW(arena, double, mm *k);
    double *weighted = VG_NEW(arena, double, mm *k);
    double *second = VG_NEW(arena, double, mm);
    if (!first || !weighted || !second)
        return vg_fail_memory(error);
    for (size_t g = 0, q = 0; g < e->n_groups; g++) {
        const double *block = omega + g * k * e->k_all + g * k;
        for (size_t h = 0; h < k; h++)
            vg_covariance_first_matrix(&e->group[g], h, first + h * mm);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, vg_as_int(mm), vg_as_int(k),
                    vg_as_int(k), 1.0, first, vg_as_int(mm), block, vg_as_int(e->k_all), 0.0,
                    weighted, vg_as_int(mm));
        memset(second, 0, mm * sizeof *second);
        if (!linear)
            vg_covariance_second_weighted(&e->group[g], block, e->k_all, second);
        for (; q < e->patterns->n && e->patterns->pattern[q].group == g; q++)
            adjust_pattern(e, q, first, weighted, second, out);
    }
    return VG_OK;
}

/* vcov = T (I + 2 {Σ ω (Q − ¼R) − Σ ω P_hΦP_j}) T', all in whitened coordinates. */
static VgStatus kenward_roger_vcov(VgArena *arena, VgEngine *e, const VgMmrmInternal *in,
                                   const double *t, bool linear, double *vcov, VgError *error)
{
    size_t p = e->p, width = e->width, packed = p * (p + 1) / 2, pp = p * p;
    int ip = vg_as_int(p), iw = vg_as_int(width), ia = vg_as_int(e->k_all);
    double *q_sum = VG_NEW(arena, double, width *width);
    double *half = VG_NEW(arena, double, p *width);
    double *inner = VG_NEW(arena, double, pp);
    double *weighted = VG_NEW(arena, double, packed * e->k_all);
    double *one = VG_NEW(arena, double, pp), *two = VG_NEW(arena, double, pp);
    if (!q_sum || !half || !inner || !weighted || !one || !two)
        return vg_fail_memory(error);
    VG_TRY(weighted_q(arena, e, in->theta_vcov, linear, q_sum, error));
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, iw, iw, 1.0, e->white, ip, q_sum, iw,
                0.0, half, ip);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, ip, ip, iw, 2.0, half, ip, e->white, ip,
                0.0, inner, ip);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, vg_as_int(packed), ia, ia, 1.0,
                in->p_packed, vg_as_int(packed), in->theta_vcov, ia, 0.0, weighted,
                vg_as_int(packed));
    for (size_t h = 0; h < e->k_all; h++) {
        unpack(p, in->p_packed + h * packed, one);
        unpack(p, weighted + h * packed, two);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ip, ip, -2.0, one, ip, two, ip,
                    1.0, inner, ip);
    }
    for (size_t j = 0; j < p; j++)
        inner[j + j * p] += 1.0;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ip, ip, 1.0, t, ip, inner, ip, 0.0,
                one, ip);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, ip, ip, ip, 1.0, one, ip, t, ip, 0.0, vcov,
                ip);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < j; i++)
            vcov[i + j * p] = vcov[j + i * p] = 0.5 * (vcov[i + j * p] + vcov[j + i * p]);
    return VG_OK;
}

/* Columns of X: constant (intercept), constant within every subject (between), or not (within). */
static VgStatus classify_columns(VgArena *arena, const VgMmrmData *data, VgMmrmInternal *in,
                                 VgError *error)
{
    size_t between = 0, within = 0;
    in->column_class = VG_NEW(arena, unsigned char, in->p);
    in->column_size = VG_NEW(arena, double, in->p);
    double *seen = VG_NEW(arena, double, data->n_subjects);
    if (!in->column_class || !in->column_size || !seen)
        return vg_fail_memory(error);
    for (size_t j = 0; j < in->p; j++) {
        const double *x = data->x.data + j * data->x.stride;
        bool constant = true, varies = false;
        for (size_t s = 0; s < data->n_subjects; s++)
            seen[s] = NAN;
        for (size_t i = 0; i < data->n_rows; i++) {
            double *mine = &seen[data->subject[i]];
            constant = constant && x[i] == x[0];
            varies = varies || (!isnan(*mine) && *mine != x[i]);
            *mine = x[i];
            in->column_size[j] = fmax(in->column_size[j], fabs(x[i]));
        }
        in->column_class[j] = constant ? 2 : varies ? 1 : 0;
        within += in->column_class[j] == 1;
        between += in->column_class[j] != 1;
    }
    in->df_between = (double)data->n_subjects - (double)between;
    in->df_within = (double)data->n_rows - (double)data->n_subjects - (double)within;
    return VG_OK;
}

static VgStatus keep(VgArena *arena, const double *from, size_t count, double **out, VgError *error)
{
    *out = vg_arena_alloc_raw(arena, count + 1, sizeof **out);
    if (!*out)
        return vg_fail_memory(error);
    if (from)
        memcpy(*out, from, count * sizeof **out);
    return VG_OK;
}

VgStatus vg_mmrm_inference_prepare(VgArena *arena, const VgMmrmData *data, VgEngine *e,
                                   VgMmrmFit *fit, VgError *error)
{
    size_t p = e->p, pp = p * p, k_all = e->k_all, packed = p * (p + 1) / 2;
    VgMmrmInternal *in = VG_NEW(arena, VgMmrmInternal, 1);
    if (!in)
        return vg_fail_memory(error);
    fit->internal = in;
    in->p = p;
    in->k_all = k_all;
    in->n_subjects = data->n_subjects;
    in->scale = e->stats->scale;
    in->df_residual = (double)data->n_rows - (double)p;
    VG_TRY(keep(arena, e->stats->r, pp, &in->r, error));
    VG_TRY(keep(arena, e->factor, pp, &in->factor, error));
    VG_TRY(keep(arena, e->p_packed, packed * k_all, &in->p_packed, error));
    VG_TRY(keep(arena, NULL, k_all * k_all, &in->theta_vcov, error));
    VG_TRY(keep(arena, NULL, k_all, &in->gradient, error));
    VG_TRY(keep(arena, NULL, pp, &in->white, error));
    VG_TRY(keep(arena, NULL, pp, &in->rotated, error));
    VG_TRY(keep(arena, NULL, packed, &in->packed, error));
    for (int i = 0; i < 4; i++)
        VG_TRY(keep(arena, NULL, pp, &in->small[i], error));
    VG_TRY(invert_hessian(e, in->theta_vcov, error));
    fit->theta_vcov = (VgMatrix){in->theta_vcov, k_all, k_all, k_all};

    double *t, *vcov;
    VG_TRY(keep(arena, NULL, pp, &t, error));
    VG_TRY(keep(arena, NULL, pp, &vcov, error));
    half_of_vcov(in, t);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, vg_as_int(p), vg_as_int(p), vg_as_int(p),
                1.0, t, vg_as_int(p), t, vg_as_int(p), 0.0, vcov, vg_as_int(p));
    fit->vcov_model = fit->vcov = (VgMatrix){vcov, p, p, p};
    if (fit->df == VG_DF_BETWEEN_WITHIN)
        VG_TRY(classify_columns(arena, data, in, error));
    if (fit->df == VG_DF_KENWARD_ROGER || fit->df == VG_DF_KENWARD_ROGER_LINEAR) {
        VG_TRY(keep(arena, NULL, pp, &fit->vcov.data, error));
        VG_TRY(kenward_roger_vcov(arena, e, in, t, fit->df == VG_DF_KENWARD_ROGER_LINEAR,
                                  fit->vcov.data, error));
    }
    if (fit->sandwich != VG_SANDWICH_NONE)
        VG_TRY(vg_mmrm_sandwich_prepare(arena, e, fit, error));
    return VG_OK;
}

/* c̃ = s L⁻¹ R⁻ᵀ c */
static void whiten(const VgMmrmInternal *in, const double *contrast, double *out)
{
    int p = vg_as_int(in->p);
    memcpy(out, contrast, in->p * sizeof *out);
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, p, in->r, p, out, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, in->factor, p, out, 1);
}

static double quadratic(size_t n, const double *a, const double *x)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += x[j] * cblas_ddot(vg_as_int(n), a + j * n, 1, x, 1);
    return sum;
}

/* Satterthwaite's ν = 2v²/(g'ωg) for c̃ of any length: free of units. */
static double satterthwaite(const VgMmrmInternal *in, const double *c)
{
    size_t p = in->p, packed = p * (p + 1) / 2;
    double length = cblas_dnrm2(vg_as_int(p), c, 1), *out = in->packed;
    for (size_t j = 0; j < p; j++) {
        double x = c[j] / length;
        *out++ = x * x;
        for (size_t i = j + 1; i < p; i++)
            *out++ = sqrt(2.0) * x * (c[i] / length);
    }
    cblas_dgemv(CblasColMajor, CblasTrans, vg_as_int(packed), vg_as_int(in->k_all), 1.0,
                in->p_packed, vg_as_int(packed), in->packed, 1, 0.0, in->gradient, 1);
    double spread = quadratic(in->k_all, in->theta_vcov, in->gradient);
    return spread > 0.0 ? 2.0 / spread : INFINITY;
}

static double one_df(const VgMmrmFit *fit, const VgMmrmInternal *in, const double *white)
{
    return fit->sandwich == VG_SANDWICH_NONE ? satterthwaite(in, white)
                                             : vg_mmrm_sandwich_df(in, white, in->small[3]);
}

/* The smaller df of the columns that the combinations touch; an intercept counts as within. What a
 * combination owes to rounding (a difference of two LS means, a row of a type III test) touches nothing. */
static double between_within(const VgMmrmInternal *in, const double *contrasts, size_t rows)
{
    double df = INFINITY;
    for (size_t i = 0; i < rows; i++) {
        const double *contrast = contrasts + i * in->p;
        double largest = 0.0;
        for (size_t j = 0; j < in->p; j++)
            largest = fmax(largest, fabs(contrast[j]) * in->column_size[j]);
        for (size_t j = 0; j < in->p; j++)
            if (fabs(contrast[j]) * in->column_size[j] > 1e-10 * largest)
                df = fmin(df, in->column_class[j] ? in->df_within : in->df_between);
    }
    return df;
}

VgStatus vg_mmrm_contrast(const VgMmrmFit *fit, const double *contrast, double level,
                          VgInference *out, VgError *error)
{
    const VgMmrmInternal *in = fit->internal;
    VG_TRY(vg_contrast_check(contrast, fit->p, error));
    double variance = quadratic(fit->p, fit->vcov.data, contrast);
    if (!(variance > 0.0))
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "the variance of a contrast is not positive (%g)",
            "use satterthwaite or kenward-roger-linear, or a structure with fewer parameters",
            variance);
    out->estimate = cblas_ddot(vg_as_int(fit->p), contrast, 1, fit->beta, 1);
    out->se = sqrt(variance);
    switch (fit->df) {
    case VG_DF_RESIDUAL:
        out->df = in->df_residual;
        break;
    case VG_DF_BETWEEN_WITHIN:
        out->df = between_within(in, contrast, 1);
        break;
    default: /* Kenward–Roger's df of one combination is Satterthwaite's */
        whiten(in, contrast, in->white);
        out->df = one_df(fit, in, in->white);
        break;
    }
    if (!(out->df > 0.0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no degrees of freedom are left (%g)",
                       "use satterthwaite or kenward-roger", out->df);
    out->statistic = out->estimate / out->se;
    out->p = vg_t_two_sided(out->statistic, out->df);
    double width = vg_t_quantile(0.5 + 0.5 * level, out->df) * out->se;
    out->lower = out->estimate - width;
    out->upper = out->estimate + width;
    return VG_OK;
}

/* Kenward & Roger's λ and ν for `rank` orthonormal rows in whitened coordinates. */
static double kenward_roger_df(const VgMmrmInternal *in, const double *rows, size_t rank,
                               double *lambda)
{
    size_t p = in->p, packed = p * (p + 1) / 2;
    int ip = vg_as_int(p), ir = vg_as_int(rank);
    double *square = in->small[0], *half = in->small[1], *b = in->small[3];
    double a1 = 0.0, a2 = 0.0;
    /* tr(B_h) = <rows'rows, P_h>; and tr(B_hB_j) summed with ω through Σ_j ω_hj P_j */
    for (size_t h = 0; h < in->k_all; h++) {
        unpack(p, in->p_packed + h * packed, square);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ir, ip, 1.0, square, ip, rows,
                    ip, 0.0, half, ip);
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ir, ir, ip, 1.0, rows, ip, half, ip,
                    0.0, b, ir);
        double trace = 0.0;
        for (size_t i = 0; i < rank; i++)
            trace += b[i + i * rank];
        in->gradient[h] = trace;
        cblas_dgemv(CblasColMajor, CblasNoTrans, vg_as_int(packed), vg_as_int(in->k_all), 1.0,
                    in->p_packed, vg_as_int(packed), in->theta_vcov + h * in->k_all, 1, 0.0,
                    in->packed, 1);
        unpack(p, in->packed, square);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ir, ip, 1.0, square, ip, rows,
                    ip, 0.0, half, ip);
        for (size_t j = 0; j < rank; j++)
            for (size_t i = 0; i < rank; i++)
                a2 += b[i + j * rank] * cblas_ddot(ip, rows + i * p, 1, half + j * p, 1);
    }
    a1 = quadratic(in->k_all, in->theta_vcov, in->gradient);
    return vg_kenward_roger_moments(a1, a2, rank, lambda);
}

/* Rotated rows whose estimates are uncorrelated; returns the rank. Eigenvalues ascend: those kept are last. */
static size_t rotate_rows(const VgMmrmFit *fit, const double *contrasts, size_t rows,
                          double *eigenvalues)
{
    const VgMmrmInternal *in = fit->internal;
    size_t p = fit->p;
    int ip = vg_as_int(p), ir = vg_as_int(rows);
    const double *vcov = fit->sandwich == VG_SANDWICH_NONE ? fit->vcov_model.data : fit->vcov.data;
    double *half = in->small[0], *gram = in->small[1], *vectors = in->small[2];
    /* contrasts (row-major rows × p) is p × rows in column-major order */
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ir, ip, 1.0, vcov, ip, contrasts, ip,
                0.0, half, ip);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ir, ir, ip, 1.0, contrasts, ip, half, ip,
                0.0, gram, ir);
    vg_small_eigen(rows, gram, eigenvalues, vectors);
    size_t rank = 0;
    while (rank < rows && eigenvalues[rows - 1 - rank] > RANK_TOLERANCE * eigenvalues[rows - 1])
        rank++;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, vg_as_int(rank), ir, 1.0, contrasts,
                ip, vectors + (rows - rank) * rows, ir, 0.0, in->rotated, ip);
    for (size_t i = 0; i < rank; i++)
        eigenvalues[i] = eigenvalues[rows - rank + i];
    return rank;
}

static VgStatus kenward_roger_test(const VgMmrmFit *fit, size_t rank, const double *eigenvalues,
                                   VgJointTest *out, VgError *error)
{
    const VgMmrmInternal *in = fit->internal;
    size_t p = fit->p;
    int ip = vg_as_int(p), ir = vg_as_int(rank);
    for (size_t i = 0; i < rank; i++) {
        whiten(in, in->rotated + i * p, in->white + i * p);
        cblas_dscal(ip, in->scale / sqrt(eigenvalues[i]), in->white + i * p, 1);
    }
    double lambda = 1.0;
    out->df_denominator =
        rank == 1 ? satterthwaite(in, in->white) : kenward_roger_df(in, in->white, rank, &lambda);
    double *half = in->small[0], *gram = in->small[1], *value = in->small[2], log_det;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ir, ip, 1.0, fit->vcov.data, ip,
                in->rotated, ip, 0.0, half, ip);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ir, ir, ip, 1.0, in->rotated, ip, half, ip,
                0.0, gram, ir);
    if (!vg_small_cholesky(rank, gram, &log_det))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the Kenward-Roger covariance of a joint test is not positive definite",
                       "use satterthwaite or kenward-roger-linear");
    for (size_t i = 0; i < rank; i++)
        value[i] = cblas_ddot(ip, in->rotated + i * p, 1, fit->beta, 1);
    vg_small_forward_solve(rank, gram, value);
    double sum = 0.0;
    for (size_t i = 0; i < rank; i++)
        sum += value[i] * value[i];
    out->statistic = lambda * sum / (double)rank;
    return VG_OK;
}

VgStatus vg_mmrm_joint_test(const VgMmrmFit *fit, const double *contrasts, size_t rows,
                            VgJointTest *out, VgError *error)
{
    const VgMmrmInternal *in = fit->internal;
    size_t p = fit->p;
    if (rows == 0 || rows > p)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a joint test of %zu combinations of %zu coefficients",
                       "give between one and as many combinations as coefficients", rows, p);
    VG_TRY(vg_contrast_check(contrasts, rows * p, error));
    double *eigenvalues = in->small[3];
    size_t rank = rotate_rows(fit, contrasts, rows, eigenvalues);
    if (rank == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the combinations have no variance",
                       "check the contrasts");
    out->df_numerator = (double)rank;
    if (fit->df == VG_DF_KENWARD_ROGER || fit->df == VG_DF_KENWARD_ROGER_LINEAR) {
        VG_TRY(kenward_roger_test(fit, rank, eigenvalues, out, error));
    } else {
        double *df = in->small[1], sum = 0.0;
        for (size_t i = 0; i < rank; i++) {
            const double *row = in->rotated + i * p;
            double value = cblas_ddot(vg_as_int(p), row, 1, fit->beta, 1);
            sum += value * value / eigenvalues[i];
        }
        out->statistic = sum / (double)rank;
        for (size_t i = 0; fit->df == VG_DF_SATTERTHWAITE && i < rank; i++) {
            whiten(in, in->rotated + i * p, in->white);
            df[i] = one_df(fit, in, in->white);
        }
        out->df_denominator = fit->df == VG_DF_RESIDUAL ? in->df_residual
                              : fit->df == VG_DF_BETWEEN_WITHIN
                                  ? between_within(in, contrasts, rows)
                                  : vg_pool_df(df, rank);
    }
    if (!(out->df_denominator > 0.0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no degrees of freedom are left (%g)",
                       "use satterthwaite or kenward-roger", out->df_denominator);
    out->p = vg_f_upper(out->statistic, out->df_numerator, out->df_denominator);
    return VG_OK;
}
