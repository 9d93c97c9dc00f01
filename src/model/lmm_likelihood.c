/* Deviance of the linear mixed model and its derivatives, block by block.
 *
 * With B = block diagonal of Λ and M = I + B'GB = LL': log|V| = Σ log|M|, [Q e]'V⁻¹[Q e] = [Q e]'[Q e] − H'H with
 * H = L⁻¹B'C, Z'V⁻¹Z = W = G − Y'Y with Y = L⁻¹(GB)'. G_j = Z E_j Z', E_j = e_a e_b' + e_b e_a' (once where a = b)
 * in every group of its term. Source: Bates & DebRoy 2004; METHODS 3.1. */
#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "model/lmm_internal.h"
#include "numeric/small_symmetric.h"

enum { SMALL = 12 };

static int as_int(size_t n)
{
    return (int)n;
}

/* Λ of a term at the engine's θ: element (r, c), zero above the diagonal. */
static double lambda_at(const VgLmmEngine *e, size_t term, size_t r, size_t c)
{
    size_t q = e->data->term[term].z.cols;
    return r < c ? 0.0 : e->theta[e->term_theta[term] + c * q - c * (c + 1) / 2 + r];
}

/* out := in · B, both rows × m */
static void times_b(const VgLmmEngine *e, const VgLmmBlock *block, size_t rows, const double *in,
                    double *out)
{
    memset(out, 0, rows * block->m * sizeof *out);
    for (size_t i = 0; i < block->n_members; i++) {
        const VgLmmMember *member = &block->member[i];
        size_t q = e->data->term[member->term].z.cols;
        for (size_t c = 0; c < q; c++)
            for (size_t r = c; r < q; r++)
                cblas_daxpy(as_int(rows), lambda_at(e, member->term, r, c),
                            in + (member->offset + r) * rows, 1, out + (member->offset + c) * rows,
                            1);
    }
}

/* x := B'x, in place, m × cols: rows of a group from the first down use only rows below. */
static void transposed_b_times(const VgLmmEngine *e, const VgLmmBlock *block, double *x,
                               size_t cols)
{
    for (size_t i = 0; i < block->n_members; i++) {
        const VgLmmMember *member = &block->member[i];
        size_t q = e->data->term[member->term].z.cols;
        for (size_t j = 0; j < cols; j++) {
            double *v = x + member->offset + j * block->m;
            for (size_t c = 0; c < q; c++) {
                double sum = 0.0;
                for (size_t r = c; r < q; r++)
                    sum += lambda_at(e, member->term, r, c) * v[r];
                v[c] = sum;
            }
        }
    }
}

static bool factor_small_or_large(size_t n, double *a, double *log_det)
{
    if (n <= SMALL)
        return vg_small_cholesky(n, a, log_det);
    if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', as_int(n), a, as_int(n)) != 0)
        return false;
    *log_det = 0.0;
    for (size_t i = 0; i < n; i++)
        *log_det += 2.0 * log(a[i + i * n]);
    return isfinite(*log_det);
}

/* GB, L and H of a block. */
static bool factor_block(VgLmmEngine *e, const VgLmmBlock *block, double *log_det)
{
    size_t m = block->m, width = e->p + 1;
    times_b(e, block, m, block->g, e->gb);
    memcpy(e->l, e->gb, m * m * sizeof *e->l);
    transposed_b_times(e, block, e->l, m);
    for (size_t i = 0; i < m; i++)
        e->l[i + i * m] += 1.0;
    if (!factor_small_or_large(m, e->l, log_det))
        return false;
    memcpy(e->h, block->c, m * width * sizeof *e->h);
    transposed_b_times(e, block, e->h, width);
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, as_int(m),
                as_int(width), 1.0, e->l, as_int(m), e->h, as_int(m));
    return true;
}

/* F, f, δ and the residual from [Q e]'V⁻¹[Q e]. */
static bool solve_fixed(VgLmmEngine *e)
{
    size_t p = e->p, width = p + 1;
    for (size_t j = 0; j < p; j++) {
        memcpy(e->factor + j * p, e->a + j * width, p * sizeof *e->factor);
        e->f[j] = e->a[p + j * width];
    }
    if (p && !factor_small_or_large(p, e->factor, &e->log_det_x))
        return false;
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, as_int(p), e->factor,
                as_int(p), e->f, 1);
    e->residual = e->a[p + p * width] - cblas_ddot(as_int(p), e->f, 1, e->f, 1);
    memcpy(e->delta, e->f, p * sizeof *e->f);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, as_int(p), e->factor,
                as_int(p), e->delta, 1);
    return e->residual > 0.0 && isfinite(e->residual);
}

bool vg_lmm_evaluate(VgLmmEngine *e, const double *theta)
{
    size_t width = e->p + 1;
    if (theta != e->theta)
        memcpy(e->theta, theta, e->k * sizeof *theta);
    memcpy(e->a, e->gram, width * width * sizeof *e->a);
    e->log_det = e->log_det_x = 0.0;
    for (size_t b = 0; b < e->n_blocks; b++) {
        double log_det;
        if (!factor_block(e, &e->block[b], &log_det))
            return false;
        e->log_det += log_det;
        cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, as_int(width), as_int(e->block[b].m),
                    -1.0, e->h, as_int(e->block[b].m), 1.0, e->a, as_int(width));
    }
    if (!solve_fixed(e))
        return false;
    double nu = (double)e->n_rows - (e->ml ? 0.0 : (double)e->p);
    e->deviance = e->log_det + (e->ml ? 0.0 : e->log_det_x) + nu * log(e->residual / nu);
    return isfinite(e->deviance);
}

/* out := E_j in, m × cols */
static void times_element(const VgLmmEngine *e, const VgLmmBlock *block, size_t j, const double *in,
                          size_t cols, double *out)
{
    size_t m = block->m, a = e->row[j], b = e->col[j];
    memset(out, 0, m * cols * sizeof *out);
    for (size_t i = 0; i < block->n_members; i++) {
        if (block->member[i].term != e->of[j])
            continue;
        size_t at = block->member[i].offset;
        cblas_dcopy(as_int(cols), in + at + b, as_int(m), out + at + a, as_int(m));
        if (a != b)
            cblas_dcopy(as_int(cols), in + at + a, as_int(m), out + at + b, as_int(m));
    }
}

/* W, and U as [Z'V⁻¹Q F⁻ᵀ, Z'V⁻¹(e − Qδ)]. */
static void condense_block(VgLmmEngine *e, VgLmmBlock *block)
{
    size_t m = block->m, p = e->p, width = p + 1;
    int im = as_int(m);
    double *y = e->wu; /* m × m of m × (p + 1) k: large enough, see the allocation */
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            y[i + j * m] = e->gb[j + i * m];
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, im, im, 1.0, e->l,
                im, y, im);
    memcpy(e->w, block->g, m * m * sizeof *e->w);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, im, im, im, -1.0, y, im, y, im, 1.0, e->w,
                im);
    memcpy(block->u, block->c, m * width * sizeof *block->u);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, im, as_int(width), im, -1.0, y, im, e->h,
                im, 1.0, block->u, im);
    if (!p)
        return;
    cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, im, as_int(p), 1.0,
                e->factor, as_int(p), block->u, im);
    cblas_dgemv(CblasColMajor, CblasNoTrans, im, as_int(p), -1.0, block->u, im, e->f, 1, 1.0,
                block->u + p * m, 1);
}

/* A block's share of all sums; r2 and pair get their P parts at the end. */
static void add_block(VgLmmEngine *e, const VgLmmBlock *block)
{
    size_t m = block->m, p = e->p, width = p + 1, k = e->k;
    int im = as_int(m), ip = as_int(p);
    for (size_t j = 0; j < k; j++) {
        double *eg = e->eg + j * m * m, *eu = e->eu + j * m * width, *wu = e->wu + j * m * width;
        times_element(e, block, j, e->w, m, eg);
        times_element(e, block, j, block->u, width, eu);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, im, as_int(width), im, 1.0, e->w, im,
                    eu, im, 0.0, wu, im);
        for (size_t i = 0; i < m; i++)
            e->trace[j] += eg[i + i * m];
        if (p) {
            cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ip, ip, im, 1.0, block->u, im, eu,
                        im, 1.0, e->n + j * p * p, ip);
            cblas_dgemv(CblasColMajor, CblasTrans, im, ip, 1.0, block->u, im, eu + p * m, 1, 1.0,
                        e->nf + j * p, 1);
        }
        e->r1[j] -= cblas_ddot(im, block->u + p * m, 1, eu + p * m, 1);
    }
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j <= l; j++) {
            const double *x = e->eg + j * m * m, *y = e->eg + l * m * m;
            const double *eu = e->eu + j * m * width, *wu = e->wu + l * m * width;
            double sum = 0.0;
            for (size_t i = 0; i < m; i++)
                sum += cblas_ddot(im, x + i * m, 1, y + i, im);
            e->pair[j + l * k] += sum;
            e->reml[j + l * k] += sum - 2.0 * cblas_ddot(as_int(m * p), eu, 1, wu, 1);
            e->r2[j + l * k] += 2.0 * cblas_ddot(im, eu + p * m, 1, wu + p * m, 1);
            if (e->q && p)
                cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ip, ip, im, 1.0, eu, im, wu,
                            im, 1.0, e->q + (j + l * k) * p * p, ip);
        }
}

static void mirror(double *a, size_t n)
{
    for (size_t l = 0; l < n; l++)
        for (size_t j = 0; j < l; j++)
            a[l + j * n] = a[j + l * n];
}

/* dS_i/dθ_j, S_ab = Σ_c Λ_ac Λ_bc */
static void chain_rule(VgLmmEngine *e)
{
    size_t k = e->k;
    memset(e->chain, 0, k * k * sizeof *e->chain);
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            if (e->of[i] != e->of[j])
                continue;
            size_t a = e->row[i], b = e->col[i], r = e->row[j], c = e->col[j];
            e->chain[i + j * k] = (a == r ? lambda_at(e, e->of[i], b, c) : 0.0) +
                                  (b == r ? lambda_at(e, e->of[i], a, c) : 0.0);
        }
}

/* Gradient and Hessian in θ of t = Σ first_i dS_i + ½ second dS dS. */
static void to_theta(VgLmmEngine *e, const double *first, const double *second)
{
    size_t k = e->k;
    for (size_t j = 0; j < k; j++) {
        e->gradient[j] = cblas_ddot(as_int(k), e->chain + j * k, 1, first, 1);
        for (size_t l = 0; l <= j; l++) {
            double sum = 0.0;
            for (size_t i = 0; i < k; i++)
                sum += e->chain[i + j * k] *
                       cblas_ddot(as_int(k), second + i * k, 1, e->chain + l * k, 1);
            for (size_t i = 0; i < k; i++) {
                size_t a = e->row[i], b = e->col[i], r = e->row[j], s = e->row[l];
                if (e->of[i] != e->of[j] || e->of[j] != e->of[l] || e->col[j] != e->col[l])
                    continue;
                sum += first[i] * ((a == r && b == s ? 1.0 : 0.0) + (b == r && a == s ? 1.0 : 0.0));
            }
            e->hessian[j + l * k] = e->hessian[l + j * k] = sum;
        }
    }
}

void vg_lmm_derivatives(VgLmmEngine *e)
{
    size_t p = e->p, k = e->k;
    memset(e->n, 0, p * p * k * sizeof *e->n);
    memset(e->nf, 0, p * k * sizeof *e->nf);
    memset(e->trace, 0, k * sizeof *e->trace);
    memset(e->r1, 0, k * sizeof *e->r1);
    memset(e->pair, 0, k * k * sizeof *e->pair);
    memset(e->reml, 0, k * k * sizeof *e->reml);
    memset(e->r2, 0, k * k * sizeof *e->r2);
    if (e->q)
        memset(e->q, 0, p * p * k * k * sizeof *e->q);
    for (size_t b = 0; b < e->n_blocks; b++) {
        double log_det;
        if (!factor_block(e, &e->block[b],
                          &log_det)) /* it could be evaluated, so this cannot fail */
            return;
        condense_block(e, &e->block[b]);
        add_block(e, &e->block[b]);
    }
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j <= l; j++) {
            e->reml[j + l * k] +=
                cblas_ddot(as_int(p * p), e->n + j * p * p, 1, e->n + l * p * p, 1);
            e->r2[j + l * k] -= 2.0 * cblas_ddot(as_int(p), e->nf + j * p, 1, e->nf + l * p, 1);
        }
    mirror(e->pair, k);
    mirror(e->reml, k);
    mirror(e->r2, k);
    if (!e->ml)
        for (size_t j = 0; j < k; j++)
            for (size_t i = 0; i < p; i++)
                e->trace[j] -= e->n[j * p * p + i * (p + 1)];
    double nu = (double)e->n_rows - (e->ml ? 0.0 : (double)p), r = e->residual;
    double *first = e->eg, *second = e->eu; /* scratch: k and k² numbers, see the allocation */
    for (size_t l = 0; l < k; l++) {
        first[l] = e->trace[l] + nu * e->r1[l] / r;
        for (size_t j = 0; j < k; j++)
            second[j + l * k] = nu * (e->r2[j + l * k] / r - e->r1[j] * e->r1[l] / (r * r)) -
                                (e->ml ? e->pair : e->reml)[j + l * k];
    }
    chain_rule(e);
    to_theta(e, first, second);
}

void vg_lmm_effects(const VgLmmEngine *e, VgLmmRandom *random)
{
    for (size_t b = 0; b < e->n_blocks; b++) {
        const VgLmmBlock *block = &e->block[b];
        for (size_t i = 0; i < block->n_members; i++) {
            const VgLmmMember *member = &block->member[i];
            size_t q = e->data->term[member->term].z.cols;
            const double *u = block->u + e->p * block->m + member->offset;
            double *out = random[member->term].effect + member->group * q;
            for (size_t r = 0; r < q; r++) { /* ΛΛ'u */
                double sum = 0.0;
                for (size_t c = 0; c <= r; c++)
                    for (size_t s = c; s < q; s++)
                        sum += lambda_at(e, member->term, r, c) * lambda_at(e, member->term, s, c) *
                               u[s];
                out[r] = e->scale * sum / e->z_scale[e->term_column[member->term] + r];
            }
        }
    }
}
