/* One latent factor by maximum likelihood.
 *
 * With x = log ψ and A = Ψ^{−1/2} R Ψ^{−1/2} (eigenvalues θ_1 > θ_2 …, vectors ω), the likelihood at the best loadings
 * l = Ψ^{1/2} ω_1 √(θ_1 − 1) is f(x) = Σ_{k ≥ 2} (θ_k − log θ_k − 1), with
 *   ∂f/∂x_i = Σ_{k ≥ 2} (1 − θ_k) ω_ik²,
 *   ∂²f/∂x_i∂x_j = P_ij Q_ij − ω_i1 ω_j1 Σ_{k ≥ 2} (1 − θ_k) ω_ik ω_jk (θ_k + θ_1)/(θ_k − θ_1),
 * P = Σ_{k ≥ 2} ω_k ω_k', Q = Σ_{k ≥ 2} θ_k ω_k ω_k': perturbation of the eigenvalues, where the pairs k, l ≥ 2 sum to P Q. */
#include "model/one_factor.h"

#include <math.h>
#include <string.h>

#include "numeric/bounded_newton.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

static const double LEAST = 0.005;

typedef struct Work {
    size_t m;
    const double *r;                 /* m × m */
    double *a, *theta, *omega, *psi; /* eigenvalues ascending: the first factor's is the last */
} Work;

static void decompose(const Work *w, const double *t)
{
    size_t m = w->m;
    for (size_t i = 0; i < m; i++)
        w->psi[i] = LEAST * exp(t[i]);
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            w->a[i + j * m] = w->r[i + j * m] / sqrt(w->psi[i] * w->psi[j]);
    vg_small_eigen(m, w->a, w->theta, w->omega);
}

/* t = x − log 0.005 */
static bool evaluate(const void *context, const double *t, double *value, double *gradient,
                     double *hessian)
{
    const Work *w = context;
    size_t m = w->m, first = m - 1;
    decompose(w, t);
    const double *theta = w->theta, *one = w->omega + first * m;
    *value = 0;
    for (size_t k = 0; k < first; k++) {
        if (!(theta[k] > 0) || !isfinite(theta[k]))
            return false;
        *value += theta[k] - log(theta[k]) - 1;
    }
    if (!(theta[first] > theta[first - 1])) /* no first factor to speak of */
        return false;
    if (!gradient)
        return true;
    for (size_t i = 0; i < m; i++) {
        gradient[i] = 0;
        for (size_t k = 0; k < first; k++)
            gradient[i] += (1 - theta[k]) * w->omega[i + k * m] * w->omega[i + k * m];
    }
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++) {
            double p = 0, q = 0, mixed = 0;
            for (size_t k = 0; k < first; k++) {
                double c = w->omega[i + k * m] * w->omega[j + k * m];
                p += c;
                q += theta[k] * c;
                mixed += (1 - theta[k]) * c * (theta[k] + theta[first]) / (theta[k] - theta[first]);
            }
            hessian[i + j * m] = p * q - one[i] * one[j] * mixed;
        }
    return true;
}

/* Start: half of what the other markers do not explain, as factanal. False where R is singular. inverse: m × m. */
static bool start(VgMatrix r, VgMatrix inverse, double *t)
{
    size_t m = r.rows;
    vg_matrix_copy(r, inverse);
    if (!vg_cholesky(inverse))
        return false;
    vg_cholesky_invert(inverse);
    for (size_t i = 0; i < m; i++)
        t[i] = fmax(log((1 - 0.5 / (double)m) / VG_AT(inverse, i, i) / LEAST), 0.1);
    return true;
}

static void describe(size_t m, VgOneFactor *fit)
{
    double sum = 0, unique = 0, information = 0;
    for (size_t i = 0; i < m; i++)
        sum += fit->loading[i];
    for (size_t i = 0; i < m; i++) {
        if (sum < 0)
            fit->loading[i] = -fit->loading[i];
        unique += fit->uniqueness[i];
        information += fit->loading[i] * fit->loading[i] / fit->uniqueness[i];
    }
    fit->omega = sum * sum / (sum * sum + unique);
    fit->determinacy = information / (1 + information);
}

static VgStatus equal_pair(double r, VgOneFactor *fit, VgError *error)
{
    if (!(r > 0 && r < 1))
        return vg_fail(error, VG_NOT_ESTIMABLE, "two markers with a correlation of %.3g",
                       "a factor of two markers needs a positive correlation below 1: turn one "
                       "round, or take their mean",
                       r);
    for (size_t i = 0; i < 2; i++) {
        fit->loading[i] = sqrt(r);
        fit->uniqueness[i] = 1 - r;
    }
    fit->certified = true;
    describe(2, fit);
    return VG_OK;
}

VgStatus vg_one_factor(VgArena *arena, VgMatrix r, VgOneFactor *fit, VgError *error)
{
    size_t m = r.rows;
    double *all = VG_NEW(arena, double, 2 * m + 3 * m * m + 3 * m);
    bool *bounded = VG_NEW(arena, bool, m);
    VgMatrix inverse = vg_matrix_new(arena, m, m);
    if (!all || !bounded || !inverse.data)
        return vg_fail_memory(error);
    *fit = (VgOneFactor){.loading = all, .uniqueness = all + m};
    if (m == 2)
        return equal_pair(VG_AT(r, 0, 1), fit, error);
    double *copy = all + 2 * m, *t = copy + 3 * m * m;
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            copy[i + j * m] = VG_AT(r, i, j);
    Work w = {m, copy, copy + m * m, t + m, copy + 2 * m * m, t + 2 * m};
    if (!start(r, inverse, t))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the markers' correlations are singular",
                       "leave out a marker that others determine");
    for (size_t i = 0; i < m; i++)
        bounded[i] = true;
    VgObjective objective = {.n = m, .bounded = bounded, .evaluate = evaluate, .context = &w};
    VgOptimum optimum;
    VG_TRY(vg_bounded_newton(arena, &objective, t, &optimum, error));
    decompose(&w, t);
    double above = fmax(w.theta[m - 1] - 1, 0);
    for (size_t i = 0; i < m; i++) {
        fit->uniqueness[i] = w.psi[i];
        fit->loading[i] = sqrt(above * w.psi[i]) * w.omega[i + (m - 1) * m];
        fit->at_bound = fit->at_bound || optimum.at_bound[i];
    }
    fit->discrepancy = optimum.value;
    fit->certified = optimum.certified;
    describe(m, fit);
    return VG_OK;
}
