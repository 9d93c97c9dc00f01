/* Contrasts, joint tests and degrees of freedom of the linear mixed model.
 *
 * In whitened coordinates c̃ = s F⁻¹R⁻ᵀc the variance of c'β is |c̃|², and its derivative in S_j, relative to
 * sigma², is c̃'N_jc̃. Satterthwaite: parameters (θ, log sigma), ω = 2 H⁻¹ with the observed Hessian of the
 * deviance that is not profiled; directions without curvature are left out, as lmerTest does. At a boundary the
 * slope in θ is 0 by symmetry, so that the df are those of the model without that effect. Kenward–Roger:
 * V is linear in (S, sigma²), ω = 2 (expected information of REML)⁻¹, as pbkrtest. Formulas: docs/methods/lmm.md. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/contrast.h"
#include "model/denominator_df.h"
#include "model/lmm_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

static const double RANK_TOLERANCE = 1.4901161193847656e-08; /* √ε, as mmrm and lmerTest */

/* omega := 2 × pseudo-inverse of the symmetric n × n `a`, scaled to unit diagonal before small eigenvalues are
 * judged. */
static void twice_pseudo_inverse(size_t n, const double *a, double *omega, double *scratch)
{
    double *scaled = scratch, *vectors = scratch + n * n, *values = scratch + 2 * n * n,
           *unit = values + n;
    for (size_t j = 0; j < n; j++)
        unit[j] = a[j + j * n] > 0.0 ? 1.0 / sqrt(a[j + j * n]) : 0.0;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            scaled[i + j * n] = a[i + j * n] * unit[i] * unit[j];
    vg_small_eigen(n, scaled, values, vectors);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            double sum = 0.0;
            for (size_t l = 0; l < n; l++)
                if (values[l] > 1e-9 * values[n - 1])
                    sum += vectors[i + l * n] * vectors[j + l * n] / values[l];
            omega[i + j * n] = 2.0 * sum * unit[i] * unit[j];
        }
}

/* Slopes in (θ, log sigma) and ω from the observed Hessian. */
static void satterthwaite_parts(const VgLmmEngine *e, VgLmmInternal *in, double *h, double *scratch)
{
    size_t p = e->p, pp = p * p, k = e->k, n = k + 1;
    double nu = (double)e->n_rows - (e->ml ? 0.0 : (double)p), r = e->residual;
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; i < k; i++)
            cblas_daxpy((int)pp, e->chain[i + j * k], e->n + i * pp, 1, in->slope + j * pp, 1);
        double r_theta = cblas_ddot((int)k, e->chain + j * k, 1, e->r1, 1);
        h[j + k * n] = h[k + j * n] = -2.0 * nu * r_theta / r;
        for (size_t l = 0; l < k; l++) /* of the profile, and what profiling took away */
            h[j + l * n] =
                e->hessian[j + l * k] +
                nu * r_theta * cblas_ddot((int)k, e->chain + l * k, 1, e->r1, 1) / (r * r);
    }
    h[k + k * n] = 4.0 * nu;
    for (size_t i = 0; i < p; i++)
        in->slope[k * pp + i * (p + 1)] = 2.0;
    twice_pseudo_inverse(n, h, in->omega, scratch);
}

/* Slopes in (S, sigma²) and ω from the expected information. The last parameter is a change of V as a whole: with
 * V = I + Σ S_j G_j that is a linear change of coordinates. */
static void kenward_roger_parts(const VgLmmEngine *e, VgLmmInternal *in, double *h, double *scratch)
{
    size_t p = e->p, pp = p * p, k = e->k, n = k + 1;
    for (size_t j = 0; j < k; j++) {
        cblas_dcopy((int)pp, e->n + j * pp, 1, in->slope + j * pp, 1);
        h[j + k * n] = h[k + j * n] = e->trace[j];
        for (size_t l = 0; l < k; l++)
            h[j + l * n] = e->reml[j + l * k];
    }
    h[k + k * n] = (double)(e->n_rows - p);
    for (size_t i = 0; i < p; i++)
        in->slope[k * pp + i * (p + 1)] = 1.0;
    twice_pseudo_inverse(n, h, in->omega, scratch);
}

/* Whitened (Φ_A): I + 2 Σ ω_jl (Q_jl − N_jN_l); for the whole V: Q_Vl = N_l, so only j, l < k differ from 0. */
static void kenward_roger_inner(const VgLmmEngine *e, const VgLmmInternal *in, double *inner,
                                double *scratch)
{
    size_t p = e->p, pp = p * p, k = e->k, n = k + 1;
    int ip = (int)p;
    memset(inner, 0, pp * sizeof *inner);
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < k; j++) {
            const double *q = e->q + (j <= l ? j + l * k : l + j * k) * pp;
            cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ip, ip, -1.0, e->n + j * pp,
                        ip, e->n + l * pp, ip, 0.0, scratch, ip);
            for (size_t b = 0; b < p; b++)
                for (size_t a = 0; a < p; a++)
                    inner[a + b * p] += in->omega[j + l * n] *
                                        (2.0 * scratch[a + b * p] + q[a + b * p] + q[b + a * p]);
        }
    for (size_t i = 0; i < p; i++)
        inner[i + i * p] += 1.0;
}

static double *copy_of(VgArena *arena, const double *from, size_t n)
{
    double *to = VG_NEW(arena, double, n + 1);
    if (to && from)
        memcpy(to, from, n * sizeof *to);
    return to;
}

/* vcov := T inner T', T = s R⁻¹F⁻ᵀ; inner NULL = identity */
static VgStatus vcov_of(VgArena *arena, const VgLmmInternal *in, const double *inner,
                        VgMatrix *vcov, VgError *error)
{
    size_t p = in->p;
    int ip = (int)p;
    VgMatrix t = vg_matrix_new(arena, p, p), half = vg_matrix_new(arena, p, p);
    *vcov = vg_matrix_new(arena, p, p);
    if (!t.data || !half.data || !vcov->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        VG_AT(t, j, j) = in->scale;
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, ip, ip, 1.0,
                in->factor, ip, t.data, ip);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, ip, ip, 1.0,
                in->r, ip, t.data, ip);
    if (inner)
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ip, ip, 1.0, t.data, ip, inner,
                    ip, 0.0, half.data, ip);
    else
        vg_matrix_copy(t, half);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, ip, ip, ip, 1.0, half.data, ip, t.data, ip,
                0.0, vcov->data, ip);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < j; i++)
            VG_AT(*vcov, i, j) = VG_AT(*vcov, j, i) =
                0.5 * (VG_AT(*vcov, i, j) + VG_AT(*vcov, j, i));
    return VG_OK;
}

VgStatus vg_lmm_prepare(VgArena *arena, VgLmmEngine *e, VgLmmFit *fit, VgError *error)
{
    size_t p = e->p, pp = p * p, n = e->k + 1;
    VgLmmInternal *in = VG_NEW(arena, VgLmmInternal, 1);
    double *scratch = VG_NEW(arena, double, 2 * n * n + 2 * n + 2 * pp),
           *h = VG_NEW(arena, double, n *n);
    if (!in || !scratch || !h)
        return vg_fail_memory(error);
    *in = (VgLmmInternal){.p = p,
                          .k = e->k,
                          .n_slopes = n,
                          .scale = fit->sigma,
                          .r = copy_of(arena, e->r, pp),
                          .factor = copy_of(arena, e->factor, pp),
                          .slope = copy_of(arena, NULL, pp * n),
                          .omega = copy_of(arena, NULL, n * n),
                          .df_residual = (double)(e->n_rows - p),
                          .white = copy_of(arena, NULL, pp),
                          .rotated = copy_of(arena, NULL, pp),
                          .half = copy_of(arena, NULL, pp),
                          .gram = copy_of(arena, NULL, pp),
                          .vectors = copy_of(arena, NULL, pp),
                          .value = copy_of(arena, NULL, pp + p),
                          .spread = copy_of(arena, NULL, n * n)};
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    fit->internal = in;
    VG_TRY(vcov_of(arena, in, NULL, &fit->vcov_model, error));
    fit->vcov = fit->vcov_model;
    if (fit->df != VG_DF_KENWARD_ROGER) {
        satterthwaite_parts(e, in, h, scratch);
        return VG_OK;
    }
    kenward_roger_parts(e, in, h, scratch);
    kenward_roger_inner(e, in, scratch, scratch + pp);
    return vcov_of(arena, in, scratch, &fit->vcov, error);
}

/* c̃ of unit length × its length */
static void whiten(const VgLmmInternal *in, const double *contrast, double *out)
{
    int p = (int)in->p;
    memcpy(out, contrast, in->p * sizeof *out);
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, p, in->r, p, out, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, p, in->factor, p, out, 1);
    cblas_dscal(p, in->scale, out, 1);
}

/* u'N v */
static double form(const double *n, size_t p, const double *u, const double *v)
{
    double sum = 0.0;
    for (size_t j = 0; j < p; j++)
        sum += v[j] * cblas_ddot((int)p, n + j * p, 1, u, 1);
    return sum;
}

/* ν = 2/(g'ωg), g_j = c̃'N_jc̃ / |c̃|² */
static double satterthwaite(const VgLmmInternal *in, const double *c)
{
    size_t p = in->p, n = in->n_slopes;
    double square = cblas_ddot((int)p, c, 1, c, 1), spread = 0.0;
    double *g = in->spread;
    for (size_t j = 0; j < n; j++)
        g[j] = form(in->slope + j * p * p, p, c, c) / square;
    for (size_t j = 0; j < n; j++)
        spread += g[j] * cblas_ddot((int)n, in->omega + j * n, 1, g, 1);
    return spread > 0.0 ? 2.0 / spread : INFINITY;
}

VgStatus vg_lmm_contrast(const VgLmmFit *fit, const double *contrast, double level,
                         VgInference *out, VgError *error)
{
    const VgLmmInternal *in = fit->internal;
    VG_TRY(vg_contrast_check(contrast, fit->p, error));
    out->estimate = cblas_ddot((int)fit->p, contrast, 1, fit->beta, 1);
    out->se = sqrt(form(fit->vcov.data, fit->p, contrast, contrast));
    whiten(in, contrast, in->white);
    out->df = fit->df == VG_DF_RESIDUAL ? in->df_residual : satterthwaite(in, in->white);
    out->statistic = out->estimate / out->se;
    out->p = vg_t_two_sided(out->statistic, out->df);
    double reach = vg_t_quantile(0.5 + 0.5 * level, out->df) * out->se;
    out->lower = out->estimate - reach;
    out->upper = out->estimate + reach;
    return VG_OK;
}

/* Rows into uncorrelated directions of unit variance in whitened coordinates: `rotated` gets β's combinations,
 * `white` the whitened ones. Returns the rank. */
static size_t rotate_rows(const VgLmmFit *fit, const double *contrasts, size_t rows)
{
    const VgLmmInternal *in = fit->internal;
    size_t p = fit->p;
    int ip = (int)p, ir = (int)rows;
    double *values = in->value + p * p;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, ir, ip, 1.0, fit->vcov_model.data,
                ip, contrasts, ip, 0.0, in->half, ip);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ir, ir, ip, 1.0, contrasts, ip, in->half,
                ip, 0.0, in->gram, ir);
    vg_small_eigen(rows, in->gram, values, in->vectors);
    size_t rank = 0;
    while (rank < rows && values[rows - 1 - rank] > RANK_TOLERANCE * values[rows - 1])
        rank++;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, (int)rank, ir, 1.0, contrasts, ip,
                in->vectors + (rows - rank) * rows, ir, 0.0, in->rotated, ip);
    for (size_t i = 0; i < rank; i++) {
        cblas_dscal(ip, 1.0 / sqrt(values[rows - rank + i]), in->rotated + i * p, 1);
        whiten(in, in->rotated + i * p, in->white + i * p);
    }
    return rank;
}

/* a1 = Σ ω_jl tr B_j tr B_l, a2 = Σ ω_jl tr(B_jB_l), B_j = rows' N_j rows */
static double kenward_roger_df(const VgLmmInternal *in, size_t rank, double *lambda)
{
    size_t p = in->p, n = in->n_slopes;
    double a1 = 0.0, a2 = 0.0;
    for (size_t j = 0; j < n; j++)
        for (size_t l = 0; l < n; l++) {
            double tj = 0.0, tl = 0.0, both = 0.0;
            for (size_t a = 0; a < rank; a++) {
                const double *u = in->white + a * p;
                tj += form(in->slope + j * p * p, p, u, u);
                tl += form(in->slope + l * p * p, p, u, u);
                for (size_t b = 0; b < rank; b++)
                    both += form(in->slope + j * p * p, p, u, in->white + b * p) *
                            form(in->slope + l * p * p, p, u, in->white + b * p);
            }
            a1 += in->omega[j + l * n] * tj * tl;
            a2 += in->omega[j + l * n] * both;
        }
    return vg_kenward_roger_moments(a1, a2, rank, lambda);
}

static VgStatus kenward_roger_test(const VgLmmFit *fit, size_t rank, VgJointTest *out,
                                   VgError *error)
{
    const VgLmmInternal *in = fit->internal;
    size_t p = fit->p;
    double lambda = 1.0, log_det, sum = 0.0, *value = in->value + p * p;
    out->df_denominator =
        rank == 1 ? satterthwaite(in, in->white) : kenward_roger_df(in, rank, &lambda);
    for (size_t b = 0; b < rank; b++)
        for (size_t a = 0; a < rank; a++)
            in->gram[a + b * rank] =
                form(fit->vcov.data, p, in->rotated + a * p, in->rotated + b * p);
    if (!vg_small_cholesky(rank, in->gram, &log_det))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the Kenward-Roger covariance of a joint test is not positive definite",
                       "use satterthwaite");
    for (size_t i = 0; i < rank; i++)
        value[i] = cblas_ddot((int)p, in->rotated + i * p, 1, fit->beta, 1);
    vg_small_forward_solve(rank, in->gram, value);
    for (size_t i = 0; i < rank; i++)
        sum += value[i] * value[i];
    out->statistic = lambda * sum / (double)rank;
    return VG_OK;
}

VgStatus vg_lmm_joint_test(const VgLmmFit *fit, const double *contrasts, size_t rows,
                           VgJointTest *out, VgError *error)
{
    const VgLmmInternal *in = fit->internal;
    size_t p = fit->p;
    if (rows == 0 || rows > p)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a joint test of %zu combinations of %zu coefficients",
                       "give between one and as many combinations as coefficients", rows, p);
    VG_TRY(vg_contrast_check(contrasts, rows * p, error));
    size_t rank = rotate_rows(fit, contrasts, rows);
    if (rank == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the combinations have no variance",
                       "check the contrasts");
    out->df_numerator = (double)rank;
    if (fit->df == VG_DF_KENWARD_ROGER) {
        VG_TRY(kenward_roger_test(fit, rank, out, error));
    } else {
        double *df = in->value + p * p, sum = 0.0;
        for (size_t i = 0; i < rank; i++) {
            double value = cblas_ddot((int)p, in->rotated + i * p, 1, fit->beta, 1);
            sum += value * value;
            df[i] = satterthwaite(in, in->white + i * p);
        }
        out->statistic = sum / (double)rank;
        out->df_denominator = fit->df == VG_DF_RESIDUAL ? in->df_residual : vg_pool_df(df, rank);
    }
    if (!(out->df_denominator > 0.0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no degrees of freedom are left (%g)",
                       "use satterthwaite", out->df_denominator);
    out->p = vg_f_upper(out->statistic, out->df_numerator, out->df_denominator);
    return VG_OK;
}

static VgStatus contrast_of(const void *fit, const double *contrast, double level, VgInference *out,
                            VgError *error)
{
    return vg_lmm_contrast(fit, contrast, level, out, error);
}

static VgStatus joint_of(const void *fit, const double *contrasts, size_t rows, VgJointTest *out,
                         VgError *error)
{
    return vg_lmm_joint_test(fit, contrasts, rows, out, error);
}

VgFittedModel vg_lmm_model(const VgLmmFit *fit)
{
    return (VgFittedModel){
        .fit = fit, .n_coefficients = fit->p, .contrast = contrast_of, .joint = joint_of};
}
