/* Linear quantile regression by the simplex method, and its sandwich covariance.
 *
 * A vertex is a set of p rows (the basis) that the fit goes through. With d = X_h⁻ᵀ Σ_{i ∉ h} x_i (τ − [r_i < 0]) it is
 * optimal when every −τ <= d_j <= 1 − τ (Koenker 2005, theorem 2.1). Else the row with the worst d_j leaves: β moves along ±
 * column j of X_h⁻¹, the slope of the objective grows at each residual's zero, and the row where it turns positive
 * enters. */
#include <vagus/quantile_regression.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"

/* Where the residual of a row becomes 0 along an edge. */
typedef struct Crossing {
    double at, slope;
    size_t row;
} Crossing;

typedef struct Simplex {
    VgMatrix x;
    const double *y; /* perturbed */
    double *scale;   /* of the columns of x */
    double tau;
    size_t n, p;
    VgMatrix square; /* p × p workspace for factors */
    double *inverse; /* X_h⁻¹, column-major */
    double *beta, *residual, *dual, *edge, *along;
    size_t *basis;
    bool *in_basis;
    Crossing *crossing;
} Simplex;

static int by_place(const void *a, const void *b)
{
    const Crossing *left = a, *right = b;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

/* X_h⁻¹ by elimination with partial pivoting; false when the rows are dependent. */
static bool invert_basis(Simplex *s)
{
    size_t p = s->p;
    VgMatrix a = s->square;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++) {
            VG_AT(a, i, j) = VG_AT(s->x, s->basis[i], j);
            s->inverse[i + j * p] = i == j;
        }
    for (size_t k = 0; k < p; k++) {
        size_t pivot = k;
        for (size_t i = k + 1; i < p; i++)
            if (fabs(VG_AT(a, i, k)) > fabs(VG_AT(a, pivot, k)))
                pivot = i;
        if (!(fabs(VG_AT(a, pivot, k)) > 1e-12))
            return false;
        for (size_t j = 0; j < p; j++) {
            double held = VG_AT(a, k, j);
            VG_AT(a, k, j) = VG_AT(a, pivot, j);
            VG_AT(a, pivot, j) = held;
            held = s->inverse[k + j * p];
            s->inverse[k + j * p] = s->inverse[pivot + j * p];
            s->inverse[pivot + j * p] = held;
        }
        for (size_t i = 0; i < p; i++) {
            double share = i == k ? 0 : VG_AT(a, i, k) / VG_AT(a, k, k);
            for (size_t j = 0; share != 0 && j < p; j++) {
                VG_AT(a, i, j) -= share * VG_AT(a, k, j);
                s->inverse[i + j * p] -= share * s->inverse[k + j * p];
            }
        }
        double unit = VG_AT(a, k, k);
        for (size_t j = 0; j < p; j++) {
            VG_AT(a, k, j) /= unit;
            s->inverse[k + j * p] /= unit;
        }
    }
    return true;
}

/* β through the basis, from these responses. */
static void solve_basis(const Simplex *s, const double *y, double *beta)
{
    for (size_t j = 0; j < s->p; j++) {
        beta[j] = 0;
        for (size_t i = 0; i < s->p; i++)
            beta[j] += s->inverse[j + i * s->p] * y[s->basis[i]];
    }
}

static void find_residuals(Simplex *s)
{
    for (size_t i = 0; i < s->n; i++)
        s->residual[i] = s->y[i];
    for (size_t j = 0; j < s->p; j++)
        for (size_t i = 0; i < s->n; i++)
            s->residual[i] -= VG_AT(s->x, i, j) * s->beta[j];
    for (size_t j = 0; j < s->p; j++)
        s->residual[s->basis[j]] = 0;
}

/* d, and the member of the basis that is worst placed; false at an optimum. */
static bool worst_dual(Simplex *s, size_t *leaving, double *direction)
{
    double worst = 1e-10;
    bool any = false;
    memset(s->along, 0, s->p * sizeof(double));
    for (size_t j = 0; j < s->p; j++)
        for (size_t i = 0; i < s->n; i++)
            if (!s->in_basis[i])
                s->along[j] += VG_AT(s->x, i, j) * (s->tau - (s->residual[i] < 0));
    for (size_t k = 0; k < s->p; k++) {
        double d = 0;
        for (size_t j = 0; j < s->p; j++)
            d += s->inverse[j + k * s->p] * s->along[j];
        s->dual[k] = d;
        /* β + t · column k of X_h⁻¹ makes residual k −t and the rest r − t x'column */
        double up = d - (1 - s->tau), down = -d - s->tau;
        if (up > worst || down > worst) {
            worst = fmax(up, down);
            *leaving = k;
            *direction = up > down ? 1 : -1;
            any = true;
        }
    }
    return any;
}

/* The row that enters when β moves along the edge; SIZE_MAX when there is no end. */
static size_t find_entering(Simplex *s, size_t leaving, double direction)
{
    size_t m = 0, p = s->p;
    for (size_t j = 0; j < p; j++)
        s->edge[j] = direction * s->inverse[j + leaving * p];
    double d = direction * s->dual[leaving];
    double slope = direction > 0 ? (1 - s->tau) - d : s->tau - d;
    for (size_t i = 0; i < s->n; i++) {
        if (s->in_basis[i])
            continue;
        double move = 0;
        for (size_t j = 0; j < p; j++)
            move += VG_AT(s->x, i, j) * s->edge[j];
        double at = s->residual[i] / move;
        if (fabs(move) > 1e-12 && at > 0)
            s->crossing[m++] = (Crossing){at, fabs(move), i};
    }
    qsort(s->crossing, m, sizeof *s->crossing, by_place);
    for (size_t k = 0; k < m; k++) {
        slope += s->crossing[k].slope;
        if (slope >= 0)
            return s->crossing[k].row;
    }
    return SIZE_MAX;
}

/* The first p independent rows by pivoted QR of X': a vertex to begin at. */
static VgStatus first_basis(VgArena *arena, Simplex *s, const size_t *start, VgError *error)
{
    if (start) {
        memcpy(s->basis, start, s->p * sizeof *start);
        if (invert_basis(s))
            return VG_OK;
    }
    VgMatrix t = vg_matrix_new(arena, s->p, s->n);
    VgQr qr;
    if (!t.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < s->p; j++)
        for (size_t i = 0; i < s->n; i++)
            VG_AT(t, j, i) = VG_AT(s->x, i, j);
    VG_TRY(vg_qr_factor(arena, t, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < s->p)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the columns of the quantile regression are "
                       "linear combinations of each other",
                       "remove a covariate, or use a wider reference");
    memcpy(s->basis, qr.pivot, s->p * sizeof *s->basis);
    if (!invert_basis(s))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no rows span the quantile regression",
                       "scale the covariates, or remove one");
    return VG_OK;
}

/* Ties make a vertex belong to several bases, and the method could go round among them: far below the spread, well above rounding. */
static double *perturbed(VgArena *arena, const double *y, size_t n)
{
    double *out = VG_NEW(arena, double, n), mean = 0, spread = 0, size = 0;
    if (!out)
        return NULL;
    for (size_t i = 0; i < n; i++)
        mean += y[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        spread += fabs(y[i] - mean) / (double)n;
        size = fmax(size, fabs(y[i]));
    }
    double most = fmax(1e-8 * spread, 1e-12 * (size > 0 ? size : 1));
    VgRandom random = vg_random_start(1, VG_STREAM_PERMUTATION, 0, 0);
    for (size_t i = 0; i < n; i++)
        out[i] = y[i] + most * vg_random_uniform(&random);
    return out;
}

/* A copy with columns of size 1, so that pivots can be judged. */
static VgStatus scaled(VgArena *arena, VgMatrix x, Simplex *s, VgError *error)
{
    s->x = vg_matrix_new(arena, x.rows, x.cols);
    s->scale = VG_NEW(arena, double, x.cols);
    if (!s->x.data || !s->scale)
        return vg_fail_memory(error);
    for (size_t j = 0; j < x.cols; j++) {
        for (size_t i = 0; i < x.rows; i++)
            s->scale[j] = fmax(s->scale[j], fabs(VG_AT(x, i, j)));
        if (!(s->scale[j] > 0))
            s->scale[j] = 1;
        for (size_t i = 0; i < x.rows; i++)
            VG_AT(s->x, i, j) = VG_AT(x, i, j) / s->scale[j];
    }
    return VG_OK;
}

static VgStatus prepare(VgArena *arena, VgMatrix x, const double *y, double tau, Simplex *s,
                        VgError *error)
{
    size_t n = x.rows, p = x.cols;
    if (!(tau > 0 && tau < 1))
        return vg_fail(error, VG_INVALID_INPUT, "a quantile of %g", "it lies between 0 and 1", tau);
    if (n < p || !p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu rows for %zu coefficients",
                       "a quantile regression needs more rows", n, p);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(y[i]))
            return vg_fail(error, VG_INVALID_INPUT, "row %zu has no finite response",
                           "leave it out", i + 1);
    *s = (Simplex){.x = x,
                   .y = perturbed(arena, y, n),
                   .tau = tau,
                   .n = n,
                   .p = p,
                   .square = vg_matrix_new(arena, p, p),
                   .inverse = VG_NEW(arena, double, p *p),
                   .beta = VG_NEW(arena, double, p),
                   .residual = VG_NEW(arena, double, n),
                   .dual = VG_NEW(arena, double, p),
                   .edge = VG_NEW(arena, double, p),
                   .along = VG_NEW(arena, double, p),
                   .basis = VG_NEW(arena, size_t, p),
                   .in_basis = VG_NEW(arena, bool, n),
                   .crossing = VG_NEW(arena, Crossing, n)};
    return vg_arena_failed(arena) ? vg_fail_memory(error) : scaled(arena, x, s, error);
}

static void answer(Simplex *s, const double *y, size_t pivots, VgQuantileFit *fit)
{
    solve_basis(s, y, s->beta);
    *fit = (VgQuantileFit){
        .tau = s->tau, .beta = s->beta, .basis = s->basis, .pivots = pivots, .unique = true};
    for (size_t k = 0; k < s->p; k++) /* as left by worst_dual */
        fit->unique &= s->dual[k] < 1 - s->tau - 1e-10 && s->dual[k] > -s->tau + 1e-10;
    double size = 0;
    for (size_t i = 0; i < s->n; i++)
        size = fmax(size, fabs(y[i]));
    for (size_t i = 0; i < s->n; i++) {
        double r = y[i];
        for (size_t j = 0; j < s->p; j++)
            r -= VG_AT(s->x, i, j) * s->beta[j];
        if (!s->in_basis[i] && fabs(r) <= 1e-10 * size)
            fit->unique = false;
        fit->objective += s->in_basis[i] ? 0 : r * (s->tau - (r < 0));
    }
    for (size_t j = 0; j < s->p; j++)
        s->beta[j] /= s->scale[j];
}

VgStatus vg_quantile_regression(VgArena *arena, VgMatrix x, const double *y, double tau,
                                const size_t *start, VgQuantileFit *fit, VgError *error)
{
    Simplex s;
    size_t leaving = 0, pivots = 0;
    double direction = 1;
    VG_TRY(prepare(arena, x, y, tau, &s, error));
    VG_TRY(first_basis(arena, &s, start, error));
    for (size_t k = 0; k < s.p; k++)
        s.in_basis[s.basis[k]] = true;
    for (;; pivots++) {
        solve_basis(&s, s.y, s.beta);
        find_residuals(&s);
        if (!worst_dual(&s, &leaving, &direction))
            break;
        size_t entering = find_entering(&s, leaving, direction);
        if (entering == SIZE_MAX || pivots > 50 * (s.n + s.p))
            return vg_fail(error, VG_NO_CONVERGENCE, "no vertex of the quantile %g is optimal",
                           "scale the covariates to similar size", tau);
        s.in_basis[s.basis[leaving]] = false;
        s.in_basis[entering] = true;
        s.basis[leaving] = entering;
        if (!invert_basis(&s))
            return vg_fail(error, VG_NO_CONVERGENCE, "a vertex of the quantile %g is singular",
                           "scale the covariates to similar size", tau);
    }
    answer(&s, y, pivots, fit);
    return VG_OK;
}

/* Hall & Sheather 1988. */
static double bandwidth(double tau, double n)
{
    double x = vg_normal_quantile(tau), f = exp(vg_normal_log_density(x));
    double h = pow(n, -1.0 / 3) * pow(vg_normal_quantile(0.975), 2.0 / 3) *
               cbrt(1.5 * f * f / (2 * x * x + 1));
    while (h > 0 && (tau - h < 0 || tau + h > 1)) /* as summary.rq does */
        h /= 2;
    return h;
}

VgStatus vg_quantile_covariance(VgArena *arena, VgMatrix x, const double *y, double tau,
                                VgMatrix covariance, size_t *crossed, VgError *error)
{
    size_t n = x.rows, p = x.cols;
    double h = bandwidth(tau, (double)n);
    VgQuantileFit high, low;
    VG_TRY(vg_quantile_regression(arena, x, y, tau + h, NULL, &high, error));
    VG_TRY(vg_quantile_regression(arena, x, y, tau - h, high.basis, &low, error));
    VgMatrix square = vg_matrix_new(arena, p, p), plain = vg_matrix_new(arena, p, p);
    if (!square.data || !plain.data)
        return vg_fail_memory(error);
    *crossed = 0;
    vg_cross_product(x, plain);
    for (size_t i = 0; i < n; i++) {
        double rise = 0;
        for (size_t j = 0; j < p; j++)
            rise += VG_AT(x, i, j) * (high.beta[j] - low.beta[j]);
        *crossed += rise <= 0;
        double density = fmax(0, 2 * h / (rise - pow(2, -52.0 * 2 / 3)));
        for (size_t a = 0; density > 0 && a < p; a++)
            for (size_t b = 0; b < p; b++)
                VG_AT(square, a, b) += density * VG_AT(x, i, a) * VG_AT(x, i, b);
    }
    if (!vg_cholesky(square))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the density at the quantile %g cannot be had",
                       "use bootstrap intervals", tau);
    for (size_t b = 0; b < p; b++) /* H⁻¹ X'X H⁻¹, one factor at a time; both are symmetric */
        vg_cholesky_solve(square, &VG_AT(plain, 0, b));
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < a; b++) {
            double held = VG_AT(plain, a, b);
            VG_AT(plain, a, b) = VG_AT(plain, b, a);
            VG_AT(plain, b, a) = held;
        }
    for (size_t b = 0; b < p; b++) {
        vg_cholesky_solve(square, &VG_AT(plain, 0, b));
        for (size_t a = 0; a < p; a++)
            VG_AT(covariance, a, b) = tau * (1 - tau) * VG_AT(plain, a, b);
    }
    return VG_OK;
}
