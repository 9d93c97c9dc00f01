/* Cluster-robust covariance with the bias-reduced linearisation of Bell & McCaffrey, and Satterthwaite's degrees
 * of freedom under the working model. With Φ_j = LL' the model's covariance of cluster j, M = (X'Φ⁻¹X)⁻¹:
 *   A_j = L B_j^(−1/2) L',  B_j = L'(Φ_j − X_jMX_j')L,   V = M [Σ_j G_j'e_je_j'G_j] M,  G_j = A_jΦ_j⁻¹X_j
 *   df(c) = (Σ_j Ω_jj)² / Σ_ij Ω_ij²,  Ω_ij = [i = j] g_j'Φ_jg_j − h_i'Mh_j,  g_j = G_jMc, h_j = X_j'g_j,
 * the double sum through tr((M Σ h_jh_j')²), so that it costs one pass over the clusters.
 * Several combinations at once: Hotelling's T² whose df match the total variance of Ω^(−1/2)CVC'Ω^(−1/2), Ω = E(CVC')
 * ("HTZ"): η = m(m + 1)/Σ_ab Var_ab, F = (η − m + 1)/(ηm) Q on m and η − m + 1 df.
 * Source: Bell & McCaffrey 2002; Tipton & Pustejovsky 2015; Pustejovsky & Tipton 2018 (theorem 2: Φ is the working
 * model). */
#include <vagus/meta_multilevel.h>

#include <math.h>
#include <string.h>

#include "evidence/multilevel/multilevel_likelihood.h"
#include "model/wald.h"

/* Eigenvalues of B_j below this share of the largest are zero: a direction that the cluster alone determines. */
static const double NULL_DIRECTION = 1e-11;

typedef struct Work {
    VgArena *arena;
    const VgMultilevelModel *model;
    const double *sigma2;
    const VgMultilevelGls *gls;
    VgClusterRobustType type;
    double *score;    /* clusters × p: G_j'e_j */
    double *spread;   /* clusters × p × p: G_j'Φ_jG_j */
    double *leverage; /* clusters × p × p: X_j'G_j */
    VgError *error;
} Work;

/* Φ_j in the model's coordinates. */
static void working_covariance(const VgMultilevelModel *model, size_t s, const double *sigma2,
                               VgMatrix phi)
{
    size_t first = model->start[s];
    for (size_t b = 0; b < phi.cols; b++)
        for (size_t a = 0; a < phi.rows; a++) {
            double value = sigma2[0] * model->one[first + a] * model->one[first + b];
            if (model->common)
                value += model->common[first + a] * model->common[first + b];
            if (a == b)
                value += model->diagonal[first + a] + sigma2[1];
            VG_AT(phi, a, b) = value;
        }
}

/* x := L'x */
static void multiply_transposed(VgMatrix l, double *x)
{
    for (size_t i = 0; i < l.rows; i++) {
        double sum = 0;
        for (size_t k = i; k < l.rows; k++)
            sum += VG_AT(l, k, i) * x[k];
        x[i] = sum;
    }
}

/* x := Lx */
static void multiply(VgMatrix l, double *x)
{
    for (size_t i = l.rows; i-- > 0;) {
        double sum = 0;
        for (size_t k = 0; k <= i; k++)
            sum += VG_AT(l, i, k) * x[k];
        x[i] = sum;
    }
}

/* B = (L'L)² − (L'X)M(L'X)' */
static void bell_mccaffrey(const Work *work, VgMatrix l, VgMatrix lx, VgMatrix inner, VgMatrix b)
{
    size_t m = l.rows, p = work->model->p;
    for (size_t j = 0; j < m; j++) {
        for (size_t i = 0; i < m; i++)
            VG_AT(inner, i, j) = i >= j ? VG_AT(l, i, j) : 0;
        multiply_transposed(l, &VG_AT(inner, 0, j));
    }
    vg_cross_product(inner, b); /* L'L is symmetric: its square is its cross-product */
    for (size_t j = 0; j < m; j++)
        for (size_t c = 0; c < p; c++) {
            double weight = 0;
            for (size_t d = 0; d < p; d++)
                weight += work->gls->covariance[c + d * p] * VG_AT(lx, j, d);
            for (size_t i = 0; i < m; i++)
                VG_AT(b, i, j) -= VG_AT(lx, i, c) * weight;
        }
}

/* x := B^(−1/2)x through eigenvectors u; old has m entries. */
static void inverse_root(VgMatrix u, const double *values, double *x, double *old)
{
    size_t m = u.rows;
    double limit = NULL_DIRECTION * values[m - 1];
    memcpy(old, x, m * sizeof *old);
    memset(x, 0, m * sizeof *x);
    for (size_t k = 0; k < m; k++) {
        if (!(values[k] > limit))
            continue;
        double sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += VG_AT(u, i, k) * old[i];
        sum /= sqrt(values[k]);
        for (size_t i = 0; i < m; i++)
            x[i] += sum * VG_AT(u, i, k);
    }
}

static VgStatus one_cluster(Work *work, size_t s)
{
    const VgMultilevelModel *model = work->model;
    size_t first = model->start[s], m = model->start[s + 1] - first, p = model->p;
    VgArenaMark mark = vg_arena_mark(work->arena);
    VgMatrix l = vg_matrix_new(work->arena, m, m), g = vg_matrix_new(work->arena, m, p),
             lx = vg_matrix_new(work->arena, m, p), inner = vg_matrix_new(work->arena, m, m),
             b = vg_matrix_new(work->arena, m, m);
    double *values = VG_NEW(work->arena, double, 2 * m);
    if (!l.data || !g.data || !lx.data || !inner.data || !b.data || !values)
        return vg_fail_memory(work->error);
    working_covariance(model, s, work->sigma2, l);
    if (!vg_cholesky(l))
        return vg_fail(work->error, VG_NOT_ESTIMABLE,
                       "the covariance of study %zu is not positive definite",
                       "check its sampling covariance", s + 1);
    for (size_t j = 0; j < p; j++) {
        double *x = &VG_AT(model->z, first, j), *column = &VG_AT(g, 0, j);
        memcpy(column, x, m * sizeof *x);
        memcpy(&VG_AT(lx, 0, j), x, m * sizeof *x);
        multiply_transposed(l, &VG_AT(lx, 0, j));
        if (work->type == VG_CLUSTER_CR2)
            vg_cholesky_forward(l, column);
        else
            vg_cholesky_solve(l, column);
    }
    if (work->type == VG_CLUSTER_CR2) {
        bell_mccaffrey(work, l, lx, inner, b);
        VG_TRY(vg_symmetric_eigen(work->arena, b, values, work->error));
        for (size_t j = 0; j < p; j++) {
            inverse_root(b, values, &VG_AT(g, 0, j), values + m);
            multiply(l, &VG_AT(g, 0, j));
        }
    }
    double *leverage = work->leverage + s * p * p, *spread = work->spread + s * p * p,
           *residual = values;
    for (size_t i = 0; i < m; i++) {
        residual[i] = VG_AT(model->z, first + i, p);
        for (size_t j = 0; j < p; j++)
            residual[i] -= VG_AT(model->z, first + i, j) * work->gls->coefficient[j];
    }
    for (size_t j = 0; j < p; j++) {
        const double *gj = &VG_AT(g, 0, j);
        work->score[s * p + j] = vg_dot_accurate(gj, residual, m, 0);
        for (size_t i = 0; i < p; i++)
            leverage[i + j * p] = vg_dot_accurate(&VG_AT(model->z, first, i), gj, m, 0);
        memcpy(&VG_AT(lx, 0, j), gj, m * sizeof *gj);
        multiply_transposed(l, &VG_AT(lx, 0, j));
    }
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            spread[i + j * p] = vg_dot_accurate(&VG_AT(lx, 0, i), &VG_AT(lx, 0, j), m, 0);
    vg_arena_rewind(work->arena, mark);
    return VG_OK;
}

/* out = A x, p × p column-major */
static void apply(const double *a, const double *x, size_t p, double *out)
{
    for (size_t i = 0; i < p; i++) {
        out[i] = 0;
        for (size_t j = 0; j < p; j++)
            out[i] += a[i + j * p] * x[j];
    }
}

static double form(const double *a, const double *x, const double *y, size_t p)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            sum += a[i + j * p] * x[i] * y[j];
    return sum;
}

/* Satterthwaite's df of the combination whose Mc is d. sums: p × p, h: 2 p. */
static double satterthwaite(const Work *work, const double *d, double *sums, double *h)
{
    size_t p = work->model->p;
    const double *m = work->gls->covariance;
    double trace = 0, squares = 0;
    memset(sums, 0, p * p * sizeof *sums);
    for (size_t s = 0; s < work->model->n_studies; s++) {
        apply(work->leverage + s * p * p, d, p, h);
        double a = form(work->spread + s * p * p, d, d, p), own = form(m, h, h, p);
        trace += a - own;
        squares += (a - own) * (a - own) - own * own;
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < p; i++)
                sums[i + j * p] += h[i] * h[j];
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double forward = 0, backward = 0;
            for (size_t k = 0; k < p; k++) {
                forward += m[i + k * p] * sums[k + j * p];
                backward += m[j + k * p] * sums[k + i * p];
            }
            squares += forward * backward;
        }
    return trace * trace / squares;
}

/* Σ over clusters of cov(score'a, score'b) under the model, scores' residuals taken out. h: 2 p. */
static double expected(const Work *work, const double *a, const double *b, double *h)
{
    size_t p = work->model->p;
    double sum = 0;
    for (size_t s = 0; s < work->model->n_studies; s++) {
        apply(work->leverage + s * p * p, a, p, h);
        apply(work->leverage + s * p * p, b, p, h + p);
        sum += form(work->spread + s * p * p, a, b, p) - form(work->gls->covariance, h, h + p, p);
    }
    return sum;
}

/* Var(Σ_i s_i't_i) of normal scores with covariances P_ij: Σ_ij P^aa_ij P^bb_ij + P^ab_ij P^ba_ij; the sums over i ≠ j
 * through A = Σ h_ah_b'. sums: 2 p². h: 2 p. */
static double variance_of(const Work *work, const double *a, const double *b, double *sums,
                          double *h)
{
    size_t p = work->model->p;
    const double *m = work->gls->covariance;
    double variance = 0, *turned = sums + p * p;
    memset(sums, 0, p * p * sizeof *sums);
    for (size_t s = 0; s < work->model->n_studies; s++) {
        const double *leverage = work->leverage + s * p * p, *spread = work->spread + s * p * p;
        apply(leverage, a, p, h);
        apply(leverage, b, p, h + p);
        double aa = form(m, h, h, p), bb = form(m, h + p, h + p, p), ab = form(m, h, h + p, p);
        double own = form(spread, a, b, p) - ab;
        variance += (form(spread, a, a, p) - aa) * (form(spread, b, b, p) - bb) - aa * bb +
                    own * own - ab * ab;
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < p; i++)
                sums[i + j * p] += h[i] * h[p + j];
    }
    for (size_t j = 0; j < p; j++) { /* MAM */
        apply(m, sums + j * p, p, h);
        memcpy(turned + j * p, h, p * sizeof *h);
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < p; j++)
            h[j] = turned[i + j * p];
        apply(m, h, p, h + p);
        for (size_t j = 0; j < p; j++)
            turned[i + j * p] = h[p + j];
    }
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++)
            variance += turned[i + j * p] * (sums[i + j * p] + sums[j + i * p]);
    return variance;
}

/* All coefficients from `first` on. `direction`: p × p, its columns Mc; overwritten. */
static VgStatus test_jointly(Work *work, size_t first, double *direction, VgClusterRobust *out)
{
    size_t p = work->model->p, m = p - first;
    out->moderators = (VgJointTest){NAN, NAN, NAN, NAN};
    if (m == 0)
        return VG_OK;
    VgMatrix omega = vg_matrix_new(work->arena, m, m), v = vg_matrix_new(work->arena, m, m);
    double *b = VG_NEW(work->arena, double, m), *h = VG_NEW(work->arena, double, 2 * p),
           *sums = VG_NEW(work->arena, double, 2 * p * p);
    if (!omega.data || !v.data || !b || !h || !sums)
        return vg_fail_memory(work->error);
    direction += first * p;
    for (size_t j = 0; j < m; j++) {
        b[j] = out->coefficient[first + j].estimate;
        for (size_t i = 0; i < m; i++) {
            VG_AT(omega, i, j) = expected(work, direction + i * p, direction + j * p, h);
            VG_AT(v, i, j) = out->covariance[first + i + (first + j) * p];
        }
    }
    if (!vg_cholesky(omega) || !vg_cholesky(v))
        return VG_OK; /* fewer clusters than coefficients */
    vg_cholesky_forward(v, b);
    for (size_t j = 0; j < m; j++) /* combinations whose expected covariance is I */
        for (size_t i = 0; i < p; i++) {
            double *value = direction + i + j * p;
            for (size_t k = 0; k < j; k++)
                *value -= VG_AT(omega, j, k) * direction[i + k * p];
            *value /= VG_AT(omega, j, j);
        }
    double total = 0, q = 0;
    for (size_t j = 0; j < m; j++) {
        q += b[j] * b[j];
        for (size_t i = 0; i <= j; i++)
            total +=
                (i < j ? 2 : 1) * variance_of(work, direction + i * p, direction + j * p, sums, h);
    }
    double count = (double)m, eta = count * (count + 1) / total, df = eta - count + 1;
    if (!(df > 0))
        return VG_OK;
    double f = df / eta * q / count;
    out->moderators = (VgJointTest){f, count, df, vg_f_upper(f, count, df)};
    return VG_OK;
}

/* Covariance on Q, then inference on the caller's columns. */
static VgStatus conclude(Work *work, bool intercept, double level, VgClusterRobust *out)
{
    const VgMultilevelModel *model = work->model;
    size_t p = model->p, clusters = model->n_studies;
    double *meat = VG_NEW(work->arena, double, p *p), *d = VG_NEW(work->arena, double, p),
           *c = VG_NEW(work->arena, double, p), *h = VG_NEW(work->arena, double, 2 * p),
           *sums = VG_NEW(work->arena, double, p *p), *beta = VG_NEW(work->arena, double, p),
           *combination = VG_NEW(work->arena, double, p *p);
    out->coefficient = VG_NEW(work->arena, VgInference, p);
    out->covariance = VG_NEW(work->arena, double, p *p);
    if (!meat || !d || !c || !h || !sums || !beta || !combination || !out->coefficient ||
        !out->covariance)
        return vg_fail_memory(work->error);
    double scale = work->type == VG_CLUSTER_CR1 ? (double)clusters / (double)(clusters - 1) : 1;
    for (size_t s = 0; s < clusters; s++)
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < p; i++)
                meat[i + j * p] += scale * work->score[s * p + i] * work->score[s * p + j];
    for (size_t j = 0; j < p; j++)
        beta[j] = work->gls->coefficient[j] + model->shift[j];
    vg_qr_solve(&model->qr, beta);
    for (size_t j = 0; j < p; j++) { /* β_j = c'γ with c = R⁻ᵀe_j; column j holds Mc */
        memset(c, 0, p * sizeof *c);
        c[j] = 1;
        vg_qr_solve_transposed(&model->qr, c);
        apply(work->gls->covariance, c, p, combination + j * p);
    }
    for (size_t j = 0; j < p; j++) {
        const double *dj = combination + j * p;
        for (size_t i = 0; i < p; i++)
            out->covariance[i + j * p] = form(meat, combination + i * p, dj, p);
        double df = satterthwaite(work, dj, sums, h);
        out->coefficient[j] = vg_wald(beta[j], sqrt(out->covariance[j * (p + 1)]), df, level);
        out->few = out->few || !(df >= 4);
    }
    return test_jointly(work, intercept ? 1 : 0, combination, out);
}

static VgStatus robust(VgArena *arena, const VgMultilevelModel *model, const double *sigma2,
                       VgClusterRobustType type, bool intercept, double level, VgClusterRobust *out,
                       VgError *error)
{
    size_t p = model->p, clusters = model->n_studies;
    memset(out, 0, sizeof *out);
    out->p = p;
    out->clusters = clusters;
    if (clusters < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "one cluster: no robust standard error",
                       "cluster-robust inference needs several studies");
    VgMultilevelGls gls = {.coefficient = VG_NEW(arena, double, p),
                           .covariance = VG_NEW(arena, double, p *p)};
    Work work = {.arena = arena,
                 .model = model,
                 .sigma2 = sigma2,
                 .gls = &gls,
                 .type = type,
                 .score = VG_NEW(arena, double, clusters *p),
                 .spread = VG_NEW(arena, double, clusters *p *p),
                 .leverage = VG_NEW(arena, double, clusters *p *p),
                 .error = error};
    if (!gls.coefficient || !gls.covariance || !work.score || !work.spread || !work.leverage)
        return vg_fail_memory(error);
    if (!vg_multilevel_gls(model, sigma2, &gls))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the weighted normal equations are singular",
                       "check the sampling variances");
    for (size_t s = 0; s < clusters; s++)
        VG_TRY(one_cluster(&work, s));
    return conclude(&work, intercept, level, out);
}

VgStatus vg_multilevel_robust(VgArena *arena, const VgMultilevelData *data,
                              const VgMultilevelFit *fit, VgClusterRobustType type,
                              VgClusterRobust *out, VgError *error)
{
    VgMultilevelModel model;
    const double sigma2[2] = {fit->study.estimate, fit->effect.estimate};
    VG_TRY(vg_multilevel_model(arena, data, fit->options.ml, &model, error));
    return robust(arena, &model, sigma2, type, vg_multilevel_has_intercept(data),
                  fit->options.level, out, error);
}

VgStatus vg_cluster_robust(VgArena *arena, const VgMultilevelData *data, double tau2,
                           VgClusterRobustType type, double level, VgClusterRobust *out,
                           VgError *error)
{
    VgMultilevelModel model;
    const double sigma2[2] = {0, tau2};
    double used;
    if (!(tau2 >= 0) || !isfinite(tau2))
        return vg_fail(error, VG_INVALID_INPUT, "between-effect variance %g",
                       "give the tau² of the fitted model", tau2);
    if (!vg_level(level, &used))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       level);
    VG_TRY(vg_multilevel_model(arena, data, false, &model, error));
    return robust(arena, &model, sigma2, type, vg_multilevel_has_intercept(data), used, out, error);
}
