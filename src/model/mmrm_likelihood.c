/* −2 log likelihood (REML or ML), exact gradient, observed Hessian and expected information.
 *
 * With W = Σ⁻¹ on a pattern's visits, R residual cross-products, G = tr(Φ X'X) per visit pair, U = R + G
 * (ML: R) and Σ̇, Σ̈ the derivatives of Σ (Kenward & Roger 1997; METHODS 2.1; docs/methods/mmrm.md):
 *   K = n W − W U W;  gradient_h = Σ tr(K Σ̇_h)
 *   Hessian_hj = Σ {tr(K Σ̈_hj) − n tr(WΣ̇_hWΣ̇_j) + 2 tr(WΣ̇_hWΣ̇_jWU)} − 2u_h'Φu_j − tr(ΦP_hΦP_j)
 *   expected   = Σ {n tr(WΣ̇_hWΣ̇_j) − 2 tr(WΣ̇_hWΣ̇_jWG)} + tr(ΦP_hΦP_j)
 * Arrays that run over parameters have the parameter as the fastest index, so that the loops over the
 * (few) visit pairs carry vectors of length k. Cost O(patterns · M² · k), free of the number of subjects. */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "base/memory.h"
#include "numeric/small_symmetric.h"

static const double LOG_TWO_PI = 1.83787706640934548356065947281;

bool vg_engine_cholesky(size_t n, double *a)
{
    if (n <= 24) {
        double log_det;
        return vg_small_cholesky(n, a, &log_det);
    }
    return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (lapack_int)n, a, (lapack_int)n) == 0;
}

static VgStatus reserve(VgArena *arena, size_t a, size_t b, double **out, VgError *error)
{
    size_t count;
    if (!vg_size_product(a, b, &count))
        return vg_fail_memory(error);
    *out = vg_arena_alloc_raw(arena, count + 1, sizeof **out);
    return *out ? VG_OK : vg_fail_memory(error);
}

static VgStatus reserve_all(VgArena *arena, VgEngine *e, VgError *error)
{
    size_t m = e->m, p = e->p, width = e->width, k = e->k, k_all = e->k_all, mm = m * m;
    struct {
        double **out;
        size_t a, b;
    } wanted[] = {
        {&e->theta, k_all, 1},
        {&e->information, width, width},
        {&e->half, p, width},
        {&e->factor, p, p},
        {&e->white, p, width},
        {&e->psi, width, width},
        {&e->delta, p, 1},
        {&e->gamma, width, 1},
        {&e->score, width, 1},
        {&e->gradient, k_all, 1},
        {&e->hessian, k_all, k_all},
        {&e->p_by_entry, width * (width + 1) / 2, k},
        {&e->p_full, width * width, k},
        {&e->p_half, p * width, k},
        {&e->p_packed, p * (p + 1) / 2, k_all},
        {&e->u, width, k},
        {&e->u_white, p, k_all},
        {&e->e_by_entry, mm, k},
        {&e->k_group, mm, 1},
        {&e->wi, m, k},
        {&e->zv, m, k},
        {&e->vi, m, k},
        {&e->vv, m, k},
        {&e->a_by_entry, mm, k},
        {&e->v, mm, 1},
        {&e->small[0], mm, 1},
        {&e->small[1], mm, 1},
        {&e->small[2], mm, 1},
        {&e->small[3], mm, 1},
        {&e->small[4], mm, 1},
        {&e->small[5], mm, 1},
        {&e->step, k_all, 1},
        {&e->trial, k_all, 1},
        {&e->cholesky, k_all, k_all},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        VG_TRY(reserve(arena, wanted[i].a, wanted[i].b, wanted[i].out, error));
    return VG_OK;
}

VgStatus vg_engine_create(VgArena *arena, const VgMmrmData *data, const VgPatterns *patterns,
                          const VgStatistics *stats, VgCovariance covariance,
                          VgLikelihood likelihood, VgEngine *engine, VgError *error)
{
    size_t k = vg_covariance_parameters(covariance, stats->m);
    size_t n_groups = data->group ? data->n_groups : 1;
    *engine = (VgEngine){.data = data,
                         .patterns = patterns,
                         .stats = stats,
                         .likelihood = likelihood,
                         .covariance = covariance,
                         .n_groups = n_groups,
                         .m = stats->m,
                         .p = stats->p,
                         .width = stats->width,
                         .k = k,
                         .k_all = k * n_groups};
    engine->group = VG_NEW(arena, VgCovarianceState, n_groups);
    engine->state = VG_NEW(arena, VgPatternState, patterns->n);
    if (!engine->group || !engine->state)
        return vg_fail_memory(error);
    for (size_t g = 0; g < n_groups; g++)
        VG_TRY(vg_covariance_state_create(arena, covariance, stats->m, &engine->group[g], error));
    for (size_t q = 0; q < patterns->n; q++) {
        size_t m = patterns->pattern[q].m;
        VG_TRY(reserve(arena, m, m, &engine->state[q].w, error));
        VG_TRY(reserve(arena, m, m, &engine->state[q].rest, error));
        VG_TRY(reserve(arena, m, m, &engine->state[q].g, error));
        VG_TRY(reserve(arena, stats->cross[q].columns, m, &engine->state[q].t, error));
    }
    return reserve_all(arena, engine, error);
}

/* W of the pattern; adds n log|Σ| to the objective. */
static bool invert_pattern(VgEngine *e, size_t q)
{
    const VgPattern *pattern = &e->patterns->pattern[q];
    const double *sigma = e->group[pattern->group].sigma;
    size_t m = pattern->m;
    double *part = e->small[0], log_det;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            part[a + b * m] = sigma[pattern->visit[a] + pattern->visit[b] * e->m];
    if (!vg_small_cholesky(m, part, &log_det))
        return false;
    vg_small_lower_inverse(m, part, e->small[1]);
    vg_small_gram_of_inverse(m, e->small[1], e->state[q].w);
    e->objective += (double)pattern->n * log_det;
    return true;
}

/* Adds the pattern's Σ W ∘ X'X, Σ W ∘ X'y and tr(W y'y). */
static double accumulate_pattern(VgEngine *e, size_t q)
{
    const VgCrossProducts *cross = &e->stats->cross[q];
    const double *w = e->state[q].w;
    size_t m = e->patterns->pattern[q].m, columns = cross->columns, width = e->width;
    double total = 0.0;
    for (size_t b = 0; b < m; b++)
        for (size_t a = b; a < m; a++) {
            double weight = w[a + b * m];
            for (size_t c = cross->offset[b]; c < cross->offset[b + 1]; c++) {
                double *out = e->information + (cross->global[b] + c - cross->offset[b]) * width +
                              cross->global[a] - cross->offset[a];
                const double *xx = cross->xx + c * columns;
                for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++)
                    out[r] += weight * xx[r];
            }
        }
    for (size_t a = 0; a < m; a++) {
        double *out = e->score + cross->global[a] - cross->offset[a];
        for (size_t b = 0; b < m; b++) {
            double weight = w[a + b * m];
            total += weight * cross->yy[a + b * m];
            for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++)
                out[r] += weight * cross->xy[r + b * columns];
        }
    }
    return total;
}

/* H = Q'IQ and its factor, δ and γ. False when H is not positive definite. */
static bool solve_mean(VgEngine *e, double *log_det, double *explained)
{
    size_t p = e->p, width = e->width;
    int ip = vg_as_int(p), iw = vg_as_int(width);
    cblas_dsymm(CblasColMajor, CblasLeft, CblasLower, iw, ip, 1.0, e->information, iw, e->stats->q,
                iw, 0.0, e->half, iw);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ip, ip, iw, 1.0, e->stats->q, iw, e->half,
                iw, 0.0, e->factor, ip);
    if (!vg_engine_cholesky(p, e->factor))
        return false;
    cblas_dgemv(CblasColMajor, CblasTrans, iw, ip, 1.0, e->stats->q, iw, e->score, 1, 0.0, e->delta,
                1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, ip, e->factor, ip, e->delta,
                1);
    *log_det = 0.0;
    *explained = 0.0;
    for (size_t j = 0; j < p; j++) {
        *log_det += 2.0 * log(e->factor[j + j * p]);
        *explained += e->delta[j] * e->delta[j];
    }
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, ip, e->factor, ip, e->delta,
                1);
    cblas_dgemv(CblasColMajor, CblasNoTrans, iw, ip, 1.0, e->stats->q, iw, e->delta, 1, 0.0,
                e->gamma, 1);
    return true;
}

bool vg_engine_evaluate(VgEngine *e, const double *theta)
{
    if (theta != e->theta)
        memcpy(e->theta, theta, e->k_all * sizeof *theta);
    e->objective = 0.0;
    for (size_t h = 0; h < e->k_all; h++)
        if (!isfinite(theta[h]))
            return false;
    memset(e->information, 0, e->width * e->width * sizeof *e->information);
    memset(e->score, 0, e->width * sizeof *e->score);
    for (size_t g = 0; g < e->n_groups; g++) {
        double log_det;
        vg_covariance_set(&e->group[g], theta + g * e->k);
        memcpy(e->small[0], e->group[g].sigma, e->m * e->m * sizeof(double));
        if (!vg_small_cholesky(e->m, e->small[0], &log_det))
            return false;
    }
    double total = 0.0;
    for (size_t q = 0; q < e->patterns->n; q++) {
        if (!invert_pattern(e, q))
            return false;
        total += accumulate_pattern(e, q);
    }
    double log_det, explained;
    if (!solve_mean(e, &log_det, &explained))
        return false;
    bool reml = e->likelihood == VG_REML;
    e->objective += total - explained + (reml ? log_det : 0.0) +
                    (double)(e->data->n_rows - (reml ? e->p : 0)) * LOG_TWO_PI;
    return isfinite(e->objective);
}

double vg_engine_minus2loglik(const VgEngine *e)
{
    bool reml = e->likelihood == VG_REML;
    double value = e->objective - e->stats->log_weights +
                   2.0 * (double)(e->data->n_rows - (reml ? e->p : 0)) * log(e->stats->scale);
    for (size_t j = 0; reml && j < e->p; j++)
        value += 2.0 * log(e->stats->r[j + j * e->p]);
    return value;
}

/* t, R, G of the pattern at the current β. */
static void residual_products(VgEngine *e, size_t q)
{
    const VgCrossProducts *cross = &e->stats->cross[q];
    VgPatternState *state = &e->state[q];
    size_t m = e->patterns->pattern[q].m, columns = cross->columns;
    for (size_t b = 0; b < m; b++) {
        double *t = state->t + b * columns;
        memcpy(t, cross->xy + b * columns, columns * sizeof *t);
        for (size_t c = cross->offset[b]; c < cross->offset[b + 1]; c++) {
            double gamma = e->gamma[cross->global[b] + c - cross->offset[b]];
            const double *xx = cross->xx + c * columns;
            for (size_t r = 0; r < columns; r++)
                t[r] -= xx[r] * gamma;
        }
    }
    for (size_t b = 0; b < m; b++)
        for (size_t a = b; a < m; a++) {
            double rest = cross->yy[a + b * m], g = 0.0;
            const double *gamma_a = e->gamma + cross->global[a] - cross->offset[a];
            for (size_t c = cross->offset[b]; c < cross->offset[b + 1]; c++) {
                size_t at = cross->global[b] + c - cross->offset[b];
                rest -= cross->xy[c + a * columns] * e->gamma[at];
                const double *xx = cross->xx + c * columns;
                const double *psi = e->psi + at * e->width + cross->global[a] - cross->offset[a];
                for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++)
                    g += psi[r] * xx[r];
            }
            for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++)
                rest -= gamma_a[r] * state->t[r + b * columns];
            state->g[a + b * m] = state->g[b + a * m] = g;
            state->rest[a + b * m] = state->rest[b + a * m] =
                rest + (e->likelihood == VG_REML ? g : 0.0);
        }
}

/* out = W X W */
static void sandwich(size_t m, const double *w, const double *x, double *scratch, double *out)
{
    vg_small_product(m, w, x, scratch);
    vg_small_product(m, scratch, w, out);
}

/* Adds K = n W − W U W to the group's K; leaves in e->v what the second derivatives need: W U W, or W G W. */
static void weigh_pattern(VgEngine *e, size_t q, bool newton)
{
    const VgPattern *pattern = &e->patterns->pattern[q];
    const VgPatternState *state = &e->state[q];
    size_t m = pattern->m;
    double n = (double)pattern->n;
    sandwich(m, state->w, state->rest, e->small[0], e->v);
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            e->k_group[pattern->visit[a] + pattern->visit[b] * e->m] +=
                n * state->w[a + b * m] - e->v[a + b * m];
    if (newton)
        return;
    if (e->likelihood == VG_REML)
        sandwich(m, state->w, state->g, e->small[0], e->v);
    else
        memset(e->v, 0, m * m * sizeof *e->v);
}

/* A = W Σ̇ W and E = ±(n A − (VΣ̇W + WΣ̇V)) for the parameters whose Σ̇ is e_i v' + v e_i'. */
static void paired_terms(VgEngine *e, size_t q, double sign)
{
    const VgPattern *pattern = &e->patterns->pattern[q];
    const VgCovarianceState *group = &e->group[pattern->group];
    const double *w = e->state[q].w;
    size_t m = pattern->m, k = e->k, n2 = group->n_paired;
    size_t local[VG_MMRM_MOST_VISITS];
    double n = (double)pattern->n;
    for (size_t a = 0; a < e->m; a++)
        local[a] = SIZE_MAX;
    for (size_t a = 0; a < m; a++)
        local[pattern->visit[a]] = a;
    for (size_t a = 0; a < m; a++) {
        double *wi = e->wi + a * k, *vi = e->vi + a * k, *zv = e->zv + a * k, *vv = e->vv + a * k;
        for (size_t h = 0; h < n2; h++) {
            size_t i = local[group->paired_row[h]];
            wi[h] = i == SIZE_MAX ? 0.0 : w[a + i * m];
            vi[h] = i == SIZE_MAX ? 0.0 : e->v[a + i * m];
            zv[h] = 0.0;
            vv[h] = 0.0;
        }
        for (size_t b = 0; b < m; b++) {
            const double *v = group->paired + pattern->visit[b] * n2;
            double weight = w[a + b * m], other = e->v[a + b * m];
            for (size_t h = 0; h < n2; h++) {
                zv[h] += weight * v[h];
                vv[h] += other * v[h];
            }
        }
    }
    for (size_t h = 0; h < n2; h++)
        if (local[group->paired_row[h]] == SIZE_MAX)
            for (size_t a = 0; a < m; a++)
                e->zv[a * k + h] = e->vv[a * k + h] = 0.0;
    for (size_t b = 0; b < m; b++)
        for (size_t a = b; a < m; a++) {
            const double *restrict wia = e->wi + a * k, *restrict wib = e->wi + b * k;
            const double *restrict via = e->vi + a * k, *restrict vib = e->vi + b * k;
            const double *restrict za = e->zv + a * k, *restrict zb = e->zv + b * k;
            const double *restrict va = e->vv + a * k, *restrict vb = e->vv + b * k;
            double *restrict out = e->a_by_entry + (a + b * m) * k;
            double *restrict sum =
                e->e_by_entry + (pattern->visit[a] + pattern->visit[b] * e->m) * k;
            for (size_t h = 0; h < n2; h++) {
                double value = wia[h] * zb[h] + za[h] * wib[h];
                out[h] = value;
                sum[h] += sign * (n * value - (via[h] * zb[h] + va[h] * wib[h] + za[h] * vib[h] +
                                               wia[h] * vb[h]));
            }
        }
}

/* The same for the other parameters, one matrix at a time. */
static void dense_terms(VgEngine *e, size_t q, double sign)
{
    const VgPattern *pattern = &e->patterns->pattern[q];
    const VgCovarianceState *group = &e->group[pattern->group];
    size_t m = pattern->m, k = e->k;
    double n = (double)pattern->n;
    double *first = e->small[0], *half = e->small[1], *a_matrix = e->small[2], *mixed = e->small[3];
    for (size_t h = group->n_paired; h < k; h++) {
        const double *dense = group->dense + (h - group->n_paired) * e->m * e->m;
        for (size_t b = 0; b < m; b++)
            for (size_t a = 0; a < m; a++)
                first[a + b * m] = dense[pattern->visit[a] + pattern->visit[b] * e->m];
        vg_small_product(m, first, e->state[q].w, half);
        vg_small_product(m, e->state[q].w, half, a_matrix);
        vg_small_product(m, e->v, half, mixed);
        for (size_t b = 0; b < m; b++)
            for (size_t a = b; a < m; a++) {
                double value = a_matrix[a + b * m];
                e->a_by_entry[(a + b * m) * k + h] = value;
                e->e_by_entry[(pattern->visit[a] + pattern->visit[b] * e->m) * k + h] +=
                    sign * (n * value - (mixed[a + b * m] + mixed[b + a * m]));
            }
    }
}

/* P_h −= A_h ∘ X'X and u_h += A_h ∘ X'(y − Xβ), all h at once. */
static void mean_terms(VgEngine *e, size_t q)
{
    const VgCrossProducts *cross = &e->stats->cross[q];
    size_t m = e->patterns->pattern[q].m, k = e->k, columns = cross->columns;
    for (size_t b = 0; b < m; b++)
        for (size_t a = b; a < m; a++) {
            const double *restrict weight = e->a_by_entry + (a + b * m) * k;
            for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++) {
                size_t row = cross->global[a] + r - cross->offset[a];
                size_t last = a == b ? r + 1 : cross->offset[b + 1];
                for (size_t c = cross->offset[b]; c < last; c++) {
                    size_t column = cross->global[b] + c - cross->offset[b];
                    double *restrict out = e->p_by_entry + (row * (row + 1) / 2 + column) * k;
                    double value = cross->xx[r + c * columns];
                    for (size_t h = 0; h < k; h++)
                        out[h] -= weight[h] * value;
                }
            }
        }
    for (size_t a = 0; a < m; a++)
        for (size_t r = cross->offset[a]; r < cross->offset[a + 1]; r++) {
            double *restrict out = e->u + (cross->global[a] + r - cross->offset[a]) * k;
            for (size_t b = 0; b < m; b++) {
                const double *restrict weight =
                    e->a_by_entry + (a >= b ? a + b * m : b + a * m) * k;
                double value = e->state[q].t[r + b * columns];
                for (size_t h = 0; h < k; h++)
                    out[h] += weight[h] * value;
            }
        }
}

/* P_h and u_h of a group into whitened coordinates. */
static void whiten_group(VgEngine *e, size_t g)
{
    size_t p = e->p, width = e->width, k = e->k, packed = p * (p + 1) / 2;
    int ip = vg_as_int(p), iw = vg_as_int(width), ik = vg_as_int(k);
    for (size_t r = 0; r < width; r++)
        for (size_t c = 0; c <= r; c++) {
            const double *from = e->p_by_entry + (r * (r + 1) / 2 + c) * k;
            for (size_t h = 0; h < k; h++)
                e->p_full[r + (c + h * width) * width] = e->p_full[c + (r + h * width) * width] =
                    from[h];
        }
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, ip, iw * ik, iw, 1.0, e->white, ip,
                e->p_full, iw, 0.0, e->p_half, ip);
    for (size_t h = 0; h < k; h++) {
        double *square = e->p_full; /* no longer needed: p × p fits */
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, ip, ip, iw, 1.0,
                    e->p_half + h * p * width, ip, e->white, ip, 0.0, square, ip);
        double *out = e->p_packed + (g * k + h) * packed;
        for (size_t c = 0; c < p; c++) {
            *out++ = square[c + c * p];
            for (size_t r = c + 1; r < p; r++)
                *out++ = 0.5 * sqrt(2.0) * (square[r + c * p] + square[c + r * p]);
        }
    }
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, ip, ik, iw, 1.0, e->white, ip, e->u, ik,
                0.0, e->u_white + g * k * p, ip);
}

/* Gradient of the group, and its block of Σ tr(E Σ̇_j) (+ tr(K Σ̈)). */
static void contract_group(VgEngine *e, size_t g, bool newton)
{
    const VgCovarianceState *group = &e->group[g];
    size_t m = e->m, k = e->k, all = e->k_all;
    double *block = e->hessian + g * k * all + g * k;
    for (size_t j = 0; j < k; j++) {
        double *restrict out = block + j * all;
        double sum = 0.0;
        for (size_t b = 0; b < m; b++) {
            if (j < group->n_paired) {
                size_t i = group->paired_row[j];
                double v = 2.0 * group->paired[b * group->n_paired + j];
                const double *restrict from = e->e_by_entry + (i >= b ? i + b * m : b + i * m) * k;
                sum += e->k_group[i + b * m] * v;
                for (size_t h = 0; h < k; h++)
                    out[h] += from[h] * v;
                continue;
            }
            const double *dense = group->dense + (j - group->n_paired) * m * m;
            for (size_t a = b; a < m; a++) {
                double v = (a == b ? 1.0 : 2.0) * dense[a + b * m];
                const double *restrict from = e->e_by_entry + (a + b * m) * k;
                sum += e->k_group[a + b * m] * v;
                for (size_t h = 0; h < k; h++)
                    out[h] += from[h] * v;
            }
        }
        e->gradient[g * k + j] = sum;
    }
    if (newton)
        vg_covariance_second_trace(group, e->k_group, block, all, e->small[0]);
}

static void whiten_mean(VgEngine *e)
{
    size_t p = e->p, width = e->width;
    int ip = vg_as_int(p), iw = vg_as_int(width);
    for (size_t c = 0; c < width; c++)
        for (size_t r = 0; r < p; r++)
            e->white[r + c * p] = e->stats->q[c + r * width];
    cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, ip, iw, 1.0,
                e->factor, ip, e->white, ip);
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, iw, iw, ip, 1.0, e->white, ip, e->white,
                ip, 0.0, e->psi, iw);
}

/* Hessian ±= tr(ΦP_hΦP_j), −2u'Φu; then made symmetric to the bit. */
static void add_mean_terms(VgEngine *e, bool newton)
{
    size_t all = e->k_all, packed = e->p * (e->p + 1) / 2;
    int ia = vg_as_int(all);
    if (e->likelihood == VG_REML)
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ia, ia, vg_as_int(packed),
                    newton ? -1.0 : 1.0, e->p_packed, vg_as_int(packed), e->p_packed,
                    vg_as_int(packed), 1.0, e->hessian, ia);
    if (newton)
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ia, ia, vg_as_int(e->p), -2.0,
                    e->u_white, vg_as_int(e->p), e->u_white, vg_as_int(e->p), 1.0, e->hessian, ia);
    for (size_t j = 0; j < all; j++)
        for (size_t h = 0; h < j; h++) {
            double mean = 0.5 * (e->hessian[h + j * all] + e->hessian[j + h * all]);
            e->hessian[h + j * all] = e->hessian[j + h * all] = mean;
        }
}

void vg_engine_derivatives(VgEngine *e, bool newton)
{
    size_t m = e->m, k = e->k;
    whiten_mean(e);
    memset(e->hessian, 0, e->k_all * e->k_all * sizeof *e->hessian);
    for (size_t g = 0, q = 0; g < e->n_groups; g++) {
        vg_covariance_first(&e->group[g]);
        memset(e->p_by_entry, 0, e->width * (e->width + 1) / 2 * k * sizeof(double));
        memset(e->u, 0, e->width * k * sizeof(double));
        memset(e->e_by_entry, 0, m * m * k * sizeof(double));
        memset(e->k_group, 0, m * m * sizeof(double));
        for (; q < e->patterns->n && e->patterns->pattern[q].group == g; q++) {
            residual_products(e, q);
            weigh_pattern(e, q, newton);
            paired_terms(e, q, newton ? -1.0 : 1.0);
            dense_terms(e, q, newton ? -1.0 : 1.0);
            mean_terms(e, q);
        }
        contract_group(e, g, newton);
        whiten_group(e, g);
    }
    add_mean_terms(e, newton);
}

/* OLS residual covariance of one group, pair by pair. */
static void residual_covariance(const VgEngine *e, size_t g, double *sigma)
{
    size_t m = e->m;
    const size_t *count = e->patterns->pair_count + g * m * m;
    memset(sigma, 0, m * m * sizeof *sigma);
    for (size_t q = 0; q < e->patterns->n; q++) {
        const VgPattern *pattern = &e->patterns->pattern[q];
        for (size_t b = 0; pattern->group == g && b < pattern->m; b++)
            for (size_t a = 0; a < pattern->m; a++)
                sigma[pattern->visit[a] + pattern->visit[b] * m] +=
                    e->stats->cross[q].yy[a + b * pattern->m];
    }
    for (size_t i = 0; i < m * m; i++)
        sigma[i] = count[i] ? sigma[i] / (double)count[i] : 0.0;
    for (size_t a = 0; a < m; a++)
        sigma[a + a * m] = fmax(sigma[a + a * m], 1e-6);
}

/* Takes covariances down by a tenth until the matrix is well positive definite. */
static void shrink(size_t m, double *sigma, double *scratch)
{
    double log_det;
    for (int i = 0; i < 100; i++) {
        memcpy(scratch, sigma, m * m * sizeof *sigma);
        for (size_t a = 0; a < m; a++)
            scratch[a + a * m] *= 0.99;
        if (vg_small_cholesky(m, scratch, &log_det))
            return;
        for (size_t b = 0; b < m; b++)
            for (size_t a = 0; a < m; a++)
                sigma[a + b * m] *= a == b ? 1.0 : 0.9;
    }
}

void vg_engine_start(VgEngine *e, double *theta)
{
    size_t m = e->m, k = e->k;
    double *sigma = e->small[0], log_det;
    for (size_t g = 0; g < e->n_groups; g++) {
        residual_covariance(e, g, sigma);
        shrink(m, sigma, e->small[1]);
        vg_covariance_start(e->covariance, m, sigma, theta + g * k, e->small[1]);
        VgCovarianceState *group = &e->group[g];
        for (int i = 0; i < 60; i++) {
            vg_covariance_set(group, theta + g * k);
            memcpy(e->small[1], group->sigma, m * m * sizeof(double));
            if (vg_small_cholesky(m, e->small[1], &log_det))
                break;
            for (size_t h = group->n_scale; h < k; h++)
                theta[g * k + h] *= 0.8;
        }
    }
}
