/* Σ_s = D + ω²I + cc' + τ²11' (c = √(ρv) under constant correlation). With E = (D + ω²I)⁻¹, g = 1 + c'Ec,
 *   B⁻¹ = E − Ecc'E/g,  o = B⁻¹1,  S = 1'o,  k = 1/(1 + τ²S),
 *   Σ⁻¹z = B⁻¹(z − z̄1) + k z̄ o,  z̄ = o'z/S,   log|Σ| = −log|E| + log g + log(1 + τ²S):
 * the part of z that u_study cannot tell from u_study is taken out first, so that a τ² many orders above v costs no
 * digits (Σ⁻¹ = C + k oo'/S, C = B⁻¹ − oo'/S, C1 = 0),
 * so everything below is linear in the number of effects. With P = Σ⁻¹ − Σ⁻¹X(X'Σ⁻¹X)⁻¹X'Σ⁻¹ and Σ linear in (τ², ω²):
 *   −2ℓ   = (n − p) log 2π + log|Σ| + log|X'Σ⁻¹X| − log|X'X| + y'Py
 *   −2ℓ_a = tr(PΣ_a) − y'PΣ_aPy,   −2ℓ_ab = −tr(PΣ_aPΣ_b) + 2 y'PΣ_aPΣ_bPy;
 * ML: n log 2π, no |X'Σ⁻¹X| / |X'X|, Σ⁻¹ instead of P in the traces. X is orthonormal here, so that its own
 * conditioning does not matter and |X'X| is 1. Source: Harville 1977. */
#include "evidence/multilevel/multilevel_likelihood.h"

#include <math.h>
#include <string.h>

static const double LOG_2PI = 1.83787706640934548356065947281;

enum { STUDY = 0, EFFECT = 1 };

/* One study's E, B⁻¹ and k. */
typedef struct Block {
    size_t m;
    const double *one, *common;
    double *e, *o;
    double tau2, g, sum, k; /* sum is S */
    double log_determinant;
} Block;

/* x := B⁻¹x */
static void base_solve(const Block *block, double *x)
{
    double c = 0;
    for (size_t i = 0; i < block->m; i++)
        x[i] *= block->e[i];
    if (!block->common)
        return;
    for (size_t i = 0; i < block->m; i++)
        c += block->common[i] * x[i];
    c /= block->g;
    for (size_t i = 0; i < block->m; i++)
        x[i] -= block->e[i] * block->common[i] * c;
}

/* `vectors` has room for 2 × largest numbers. */
static Block study_block(const VgMultilevelModel *model, size_t s, const double *sigma2,
                         double *vectors)
{
    size_t first = model->start[s], m = model->start[s + 1] - first;
    Block block = {.m = m,
                   .one = model->one + first,
                   .common = model->common ? model->common + first : NULL,
                   .e = vectors,
                   .o = vectors + m,
                   .tau2 = sigma2[STUDY],
                   .g = 1};
    for (size_t i = 0; i < m; i++) {
        double variance = model->diagonal[first + i] + sigma2[EFFECT];
        block.e[i] = 1 / variance;
        block.o[i] = block.one[i];
        block.log_determinant += log(variance);
        if (block.common)
            block.g += block.common[i] * block.common[i] / variance;
    }
    base_solve(&block, block.o);
    for (size_t i = 0; i < m; i++)
        block.sum += block.one[i] * block.o[i];
    block.k = 1 / (1 + block.tau2 * block.sum);
    block.log_determinant += log(block.g) + log1p(block.tau2 * block.sum);
    return block;
}

/* x := Σ⁻¹x; returns o'x, of which 1'Σ⁻¹x is k times. */
static double block_solve(const Block *block, double *x)
{
    double ox = 0;
    for (size_t i = 0; i < block->m; i++)
        ox += block->o[i] * x[i];
    double mean = block->tau2 > 0 ? ox / block->sum : 0;
    for (size_t i = 0; i < block->m; i++)
        x[i] -= mean * block->one[i];
    base_solve(block, x);
    for (size_t i = 0; i < block->m; i++)
        x[i] += block->k * mean * block->o[i];
    return ox;
}

/* tr Σ⁻¹ and tr Σ⁻², through C (0 for a single effect). f = Ec. */
static void traces(const Block *block, double *first, double *second)
{
    double s = block->sum, k = block->k, oo = 0, fo = 0, ff = 0, oeo = 0, fef = 0, ee = 0, tr = 0;
    for (size_t i = 0; i < block->m; i++) {
        double e = block->e[i], o = block->o[i], f = block->common ? e * block->common[i] : 0;
        tr += e * (1 - o * o / (e * s)) - f * f / block->g;
        ee += e * e;
        oo += o * o;
        ff += f * f;
        fo += f * o;
        oeo += o * o * e;
        fef += f * f * e;
    }
    double g = block->g, squares = ee + ff / g * (ff / g) + oo / s * (oo / s) - 2 * fef / g -
                                   2 * oeo / s + 2 * fo / g * (fo / s);
    double oco = oeo - fo / g * fo - oo / s * oo;
    bool single = block->m == 1;
    *first = (single ? 0 : tr) + k * oo / s;
    *second = (single ? 0 : squares + 2 * k * oco / s) + k * oo / s * (k * oo / s);
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Adds study s. e: 2 m; u, t: m × q; b, c: q. */
static void add_study(const VgMultilevelModel *model, size_t s, const double *sigma2, double *e,
                      double *u, double *t, double *b, double *c, bool derivatives,
                      VgMultilevelSums *sums)
{
    Block block = study_block(model, s, sigma2, e);
    size_t first = model->start[s], m = block.m, q = model->p + 1;
    sums->log_determinant += block.log_determinant;
    for (size_t j = 0; j < q; j++) { /* b = 1'Σ⁻¹Z */
        memcpy(u + j * m, &VG_AT(model->z, first, j), m * sizeof *u);
        b[j] = block.k * block_solve(&block, u + j * m);
        for (size_t i = 0; i <= j; i++)
            sums->cross[i + j * q] += dot(&VG_AT(model->z, first, i), u + j * m, m);
    }
    if (!derivatives)
        return;
    double s11 = block.k * block.sum, tr, tr2; /* 1'Σ⁻¹1; Σ⁻¹1 = k o */
    traces(&block, &tr, &tr2);
    sums->trace[STUDY] += s11;
    sums->trace[EFFECT] += tr;
    sums->traces[0] += s11 * s11;
    sums->traces[1] += block.k * block.k * dot(block.o, block.o, m);
    sums->traces[2] += tr2;
    memcpy(t, u, m * q * sizeof *t);
    for (size_t j = 0; j < q; j++) {
        c[j] = block.k * dot(block.o, u + j * m, m);
        block_solve(&block, t + j * m);
    }
    for (size_t j = 0; j < q; j++)
        for (size_t i = 0; i <= j; i++) {
            size_t at = i + j * q;
            sums->first[STUDY][at] += b[i] * b[j];
            sums->first[EFFECT][at] += dot(u + i * m, u + j * m, m);
            sums->second[0][at] += s11 * b[i] * b[j];
            sums->second[1][at] += 0.5 * (b[i] * c[j] + b[j] * c[i]);
            sums->second[2][at] += dot(u + i * m, t + j * m, m);
        }
}

/* doubles of workspace: six q × q sums, two q × q scratch, and per-study vectors */
static size_t workspace_size(size_t p, size_t largest)
{
    size_t q = p + 1;
    return 8 * q * q + 2 * largest * q + 2 * largest + 4 * q;
}

static double *take_sums(const VgMultilevelModel *model, VgMultilevelSums *sums)
{
    size_t q = model->p + 1;
    double *w = model->workspace;
    memset(w, 0, 6 * q * q * sizeof *w);
    *sums = (VgMultilevelSums){.cross = w,
                               .first = {w + q * q, w + 2 * q * q},
                               .second = {w + 3 * q * q, w + 4 * q * q, w + 5 * q * q}};
    return w + 6 * q * q;
}

static void mirror(double *a, size_t q)
{
    for (size_t j = 0; j < q; j++)
        for (size_t i = 0; i < j; i++)
            a[j + i * q] = a[i + j * q];
}

/* Returns the rest of the workspace: 2 q² + 4 q doubles are free to use. */
static double *sum_studies(const VgMultilevelModel *model, const double *sigma2, bool derivatives,
                           VgMultilevelSums *sums)
{
    size_t q = model->p + 1, largest = model->largest;
    double *rest = take_sums(model, sums), *vectors = rest + 2 * q * q + 2 * q;
    double *b = vectors, *c = b + q, *e = c + q, *u = e + 2 * largest, *t = u + largest * q;
    for (size_t s = 0; s < model->n_studies; s++)
        add_study(model, s, sigma2, e, u, t, b, c, derivatives, sums);
    mirror(sums->cross, q);
    for (size_t a = 0; a < 2; a++)
        mirror(sums->first[a], q);
    for (size_t a = 0; a < 3; a++)
        mirror(sums->second[a], q);
    return rest;
}

/* From the cross-products: coefficients (p) and inverse (p × p) of Q'Σ⁻¹Q, with its log-determinant. */
static bool solve_gls(const VgMultilevelModel *model, const double *cross, double *coefficient,
                      double *inverse, double *log_determinant)
{
    size_t p = model->p, q = p + 1;
    VgMatrix k = {inverse, p, p, p};
    for (size_t j = 0; j < p; j++) {
        coefficient[j] = cross[j + p * q];
        for (size_t i = 0; i < p; i++)
            VG_AT(k, i, j) = cross[i + j * q];
    }
    if (!vg_cholesky(k))
        return false;
    vg_cholesky_solve(k, coefficient);
    *log_determinant = vg_cholesky_log_determinant(k);
    vg_cholesky_invert(k);
    return true;
}

/* b'Ab with b = (−γ, 1) */
static double residual_form(const double *a, const double *gamma, size_t p)
{
    size_t q = p + 1;
    double sum = a[p + p * q];
    for (size_t j = 0; j < p; j++) {
        sum -= 2 * gamma[j] * a[j + p * q];
        for (size_t i = 0; i < p; i++)
            sum += gamma[i] * gamma[j] * a[i + j * q];
    }
    return sum;
}

/* v = (A b)'s first p entries */
static void residual_product(const double *a, const double *gamma, size_t p, double *v)
{
    size_t q = p + 1;
    for (size_t i = 0; i < p; i++) {
        v[i] = a[i + p * q];
        for (size_t j = 0; j < p; j++)
            v[i] -= a[i + j * q] * gamma[j];
    }
}

/* tr(K A) over the first p rows and columns */
static double trace_product(const double *k, const double *a, size_t p)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            sum += k[i + j * p] * a[j + i * (p + 1)];
    return sum;
}

/* tr(K A K B) */
static double trace_of_four(const double *k, const double *a, const double *b, size_t p)
{
    double sum = 0;
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double ka = 0, kb = 0;
            for (size_t l = 0; l < p; l++) {
                ka += k[i + l * p] * a[l + j * (p + 1)];
                kb += k[j + l * p] * b[l + i * (p + 1)];
            }
            sum += ka * kb;
        }
    return sum;
}

static double quadratic(const double *k, const double *x, const double *y, size_t p)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            sum += k[i + j * p] * x[i] * y[j];
    return sum;
}

static double minus_loglik(const VgMultilevelModel *model, const VgMultilevelSums *sums,
                           double log_information, double rss)
{
    double n = (double)(model->ml ? model->n : model->n - model->p);
    return 0.5 * (n * LOG_2PI + sums->log_determinant + (model->ml ? 0 : log_information) + rss);
}

/* pair 0 = (study, study), 1 = (study, effect), 2 = (effect, effect) */
static const size_t PAIR[3][2] = {{STUDY, STUDY}, {STUDY, EFFECT}, {EFFECT, EFFECT}};

bool vg_multilevel_evaluate(const void *context, const double *theta, double *value,
                            double *gradient, double *hessian)
{
    const VgMultilevelModel *model = context;
    size_t p = model->p, q = p + 1;
    VgMultilevelSums sums;
    double *k = sum_studies(model, theta, gradient != NULL, &sums), *gamma = k + 2 * q * q,
           log_information;
    double *v[2] = {k + q * q, k + q * q + q};
    if (!solve_gls(model, sums.cross, gamma, k, &log_information))
        return false;
    *value = minus_loglik(model, &sums, log_information, residual_form(sums.cross, gamma, p));
    if (!gradient)
        return isfinite(*value);
    for (size_t a = 0; a < 2; a++) {
        double trace = sums.trace[a] - (model->ml ? 0 : trace_product(k, sums.first[a], p));
        gradient[a] = 0.5 * (trace - residual_form(sums.first[a], gamma, p));
        residual_product(sums.first[a], gamma, p, v[a]);
    }
    for (size_t pair = 0; pair < 3; pair++) {
        size_t a = PAIR[pair][0], b = PAIR[pair][1];
        double trace = sums.traces[pair];
        if (!model->ml)
            trace += trace_of_four(k, sums.first[a], sums.first[b], p) -
                     2 * trace_product(k, sums.second[pair], p);
        double form = residual_form(sums.second[pair], gamma, p) - quadratic(k, v[a], v[b], p);
        hessian[a + 2 * b] = hessian[b + 2 * a] = 0.5 * (2 * form - trace);
    }
    for (size_t a = 0; a < 2; a++)
        if (model->fixed[a]) {
            gradient[a] = 0;
            hessian[a * 3] = 1;
            hessian[1] = hessian[2] = 0;
        }
    return isfinite(*value);
}

bool vg_multilevel_gls(const VgMultilevelModel *model, const double *sigma2, VgMultilevelGls *gls)
{
    VgMultilevelSums sums;
    double log_information;
    sum_studies(model, sigma2, true, &sums);
    if (!solve_gls(model, sums.cross, gls->coefficient, gls->covariance, &log_information))
        return false;
    gls->rss = residual_form(sums.cross, gls->coefficient, model->p);
    gls->trace_p =
        sums.trace[EFFECT] - trace_product(gls->covariance, sums.first[EFFECT], model->p);
    gls->loglik = -minus_loglik(model, &sums, log_information, gls->rss);
    return true;
}

void vg_multilevel_solve(const VgMultilevelModel *model, size_t s, const double *sigma2, double *x)
{
    VgMultilevelSums sums;
    size_t q = model->p + 1;
    double *e = take_sums(model, &sums) + 2 * q * q + 4 * q;
    Block block = study_block(model, s, sigma2, e);
    block_solve(&block, x);
}

/* --- From the caller's data ------------------------------------------------------------------- */

static VgStatus check(const VgMultilevelData *data, VgError *error)
{
    size_t p = data->x.cols ? data->x.cols : 1;
    if (data->n <= p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu effects for %zu coefficients",
                       "a model needs more effects than coefficients", data->n, p);
    if (data->x.cols && data->x.rows != data->n)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows of moderators for %zu effects",
                       "give one row an effect", data->x.rows, data->n);
    if (!(data->sampling_correlation >= 0) || !(data->sampling_correlation < 1))
        return vg_fail(error, VG_INVALID_INPUT, "sampling correlation %g",
                       "give one from 0 to below 1, such as 0.6", data->sampling_correlation);
    if (data->block && data->sampling_correlation > 0)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a sampling correlation and sampling covariances were both given",
                       "give one of them");
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(data->y[i]) || !(data->v[i] > 0) || !isfinite(data->v[i]))
            return vg_fail(error, VG_INVALID_INPUT, "effect %zu is %g with sampling variance %g",
                           "effects must be finite and variances positive: leave the row out",
                           i + 1, data->y[i], data->v[i]);
        if (data->study[i] >= data->n_studies)
            return vg_fail(error, VG_INVALID_INPUT, "effect %zu is of study %zu of %zu",
                           "number studies from 0", i + 1, data->study[i], data->n_studies);
        for (size_t j = 0; j < data->x.cols; j++)
            if (!isfinite(VG_AT(data->x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "moderator %zu of effect %zu is missing",
                               "leave the row out or complete the moderator", j + 1, i + 1);
    }
    return VG_OK;
}

/* Rows in the order of studies; every study must have one. */
static VgStatus sort_rows(VgArena *arena, const VgMultilevelData *data, VgMultilevelModel *model,
                          VgError *error)
{
    model->start = VG_NEW(arena, size_t, data->n_studies + 1);
    model->row = VG_NEW(arena, size_t, data->n);
    size_t *next = VG_NEW(arena, size_t, data->n_studies + 1);
    if (!model->start || !model->row || !next)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        model->start[data->study[i] + 1]++;
    for (size_t s = 0; s < data->n_studies; s++) {
        size_t m = model->start[s + 1];
        if (m == 0)
            return vg_fail(error, VG_INVALID_INPUT, "study %zu of %zu has no effect",
                           "number the studies that are there from 0", s + 1, data->n_studies);
        if (m > model->largest)
            model->largest = m;
        model->start[s + 1] += model->start[s];
        next[s] = model->start[s];
    }
    for (size_t i = 0; i < data->n; i++)
        model->row[next[data->study[i]]++] = i;
    return VG_OK;
}

/* z = (Q, y − QQ'y) in sorted rows. */
static VgStatus make_basis(VgArena *arena, const VgMultilevelData *data, VgMultilevelModel *model,
                           VgError *error)
{
    size_t n = model->n, p = model->p;
    VgMatrix x = vg_matrix_new(arena, n, p);
    model->z = vg_matrix_new(arena, n, p + 1);
    model->shift = VG_NEW(arena, double, p);
    if (!x.data || !model->z.data || !model->shift)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, j) = data->x.cols ? VG_AT(data->x, model->row[i], j) : 1;
    VG_TRY(vg_qr_factor(arena, x, VG_RANK_TOLERANCE, &model->qr, error));
    if (model->qr.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "moderators are collinear: rank %zu of %zu",
                       "leave one of them out", model->qr.rank, p);
    for (size_t j = 0; j < p; j++) {
        VG_AT(model->z, j, j) = 1;
        vg_qr_multiply(&model->qr, &VG_AT(model->z, 0, j));
    }
    double *y = &VG_AT(model->z, 0, p);
    for (size_t i = 0; i < n; i++)
        y[i] = data->y[model->row[i]];
    for (int twice = 0; twice < 2; twice++) /* once more takes out what rounding left */
        for (size_t j = 0; j < p; j++) {
            double c = dot(&VG_AT(model->z, 0, j), y, n);
            model->shift[j] += c;
            for (size_t i = 0; i < n; i++)
                y[i] -= c * VG_AT(model->z, i, j);
        }
    return VG_OK;
}

/* Rotates study s to the eigenvectors of its V. */
static VgStatus rotate_study(VgArena *arena, const VgMultilevelData *data, VgMultilevelModel *model,
                             size_t s, VgError *error)
{
    size_t first = model->start[s], m = model->start[s + 1] - first;
    VgArenaMark mark = vg_arena_mark(arena);
    VgMatrix v = vg_matrix_new(arena, m, m);
    double *old = VG_NEW(arena, double, m);
    if (!v.data || !old)
        return vg_fail_memory(error);
    memcpy(v.data, data->block[s], m * m * sizeof *v.data);
    for (size_t i = 0; i < m; i++) {
        double variance = data->v[model->row[first + i]];
        if (!(fabs(VG_AT(v, i, i) - variance) <= 1e-8 * variance))
            return vg_fail(error, VG_INVALID_INPUT,
                           "sampling covariance of study %zu has %g on its diagonal, not the "
                           "variance %g of effect %zu",
                           "order its rows and columns as the effects stand", s + 1, VG_AT(v, i, i),
                           variance, model->row[first + i] + 1);
        for (size_t j = 0; j < i; j++)
            if (!(fabs(VG_AT(v, i, j) - VG_AT(v, j, i)) <=
                  1e-8 * sqrt(VG_AT(v, i, i) * VG_AT(v, j, j))))
                return vg_fail(error, VG_INVALID_INPUT,
                               "sampling covariance of study %zu is not symmetric",
                               "give both triangles", s + 1);
    }
    VG_TRY(vg_symmetric_eigen(arena, v, model->diagonal + first, error));
    if (!(model->diagonal[first] > 1e-12 * model->diagonal[first + m - 1]))
        return vg_fail(error, VG_INVALID_INPUT,
                       "sampling covariance of study %zu is not positive definite",
                       "check the correlations: no effect may be a combination of others", s + 1);
    for (size_t j = 0; j <= model->p + 1; j++) { /* the columns of z, then the ones */
        double *column = j <= model->p ? &VG_AT(model->z, first, j) : model->one + first;
        memcpy(old, column, m * sizeof *old);
        for (size_t i = 0; i < m; i++)
            column[i] = dot(&VG_AT(v, 0, i), old, m);
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_multilevel_model(VgArena *arena, const VgMultilevelData *data, bool ml,
                             VgMultilevelModel *model, VgError *error)
{
    VG_TRY(check(data, error));
    memset(model, 0, sizeof *model);
    size_t n = data->n, p = data->x.cols ? data->x.cols : 1;
    double rho = data->sampling_correlation;
    model->n = n;
    model->p = p;
    model->n_studies = data->n_studies;
    model->ml = ml;
    VG_TRY(sort_rows(arena, data, model, error));
    VG_TRY(make_basis(arena, data, model, error));
    model->diagonal = VG_NEW(arena, double, n);
    model->one = VG_NEW(arena, double, n);
    model->common = rho > 0 ? VG_NEW(arena, double, n) : NULL;
    model->workspace = VG_NEW(arena, double, workspace_size(p, model->largest));
    if (!model->diagonal || !model->one || (rho > 0 && !model->common) || !model->workspace)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        double v = data->v[model->row[i]];
        model->one[i] = 1;
        model->diagonal[i] = (1 - rho) * v;
        if (model->common)
            model->common[i] = sqrt(rho * v);
    }
    for (size_t s = 0; data->block && s < data->n_studies; s++)
        if (data->block[s])
            VG_TRY(rotate_study(arena, data, model, s, error));
    return VG_OK;
}
