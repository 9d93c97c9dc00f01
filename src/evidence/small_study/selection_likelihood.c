/* L = Π_i w(p_i) φ((y_i − μ_i)/s_i)/s_i / A_i, μ = Xβ, s² = v + τ², A_i = Σ_j w_j B_ij, B_ij = P(study i's p
 * falls in interval j) under N(μ_i, s_i²). Interval j is c_j <= y/√v < c_(j−1), two-sided also its mirror image.
 *
 * With u = (c√v − μ)/s and Q = 1 − Φ(u):
 *   Q_μ = φ/s, Q_t = uφ/(2s²), Q_μμ = uφ/s², Q_μt = (u² − 1)φ/(2s³), Q_tt = u(u² − 3)φ/(4s⁴), t = τ².
 * Source: Vevea & Hedges 1995. */
#include "evidence/small_study/selection_likelihood.h"

#include <math.h>
#include <string.h>

/* Beyond e^±200 a weight times a probability that underflows would count. */
static const double MOST_LOG_WEIGHT = 200;

static const double LOG_ROOT_2PI = 0.918938533204672741780329736406;

/* A probability and its derivatives. */
typedef struct Probability {
    double value, m, t, mm, mt, tt;
} Probability;

static double upper_tail(double u)
{
    return 0.5 * erfc(u * 0.70710678118654752440);
}

/* P(low <= Z < high) from the tail that does not cancel. */
static double between(double low, double high)
{
    if (low > 0)
        return upper_tail(low) - upper_tail(high);
    if (high < 0)
        return upper_tail(-high) - upper_tail(-low);
    return 1 - upper_tail(-low) - upper_tail(high);
}

/* Adds sign × the derivatives of Q at u. */
static void add_tail(Probability *sum, double sign, double u, double s)
{
    if (!isfinite(u))
        return;
    double density = sign * exp(-0.5 * u * u - LOG_ROOT_2PI), s2 = s * s;
    sum->m += density / s;
    sum->t += 0.5 * u * density / s2;
    sum->mm += u * density / s2;
    sum->mt += 0.5 * (u * u - 1) * density / (s2 * s);
    sum->tt += 0.25 * u * (u * u - 3) * density / (s2 * s2);
}

static void add_interval(Probability *sum, double low, double high, double s)
{
    sum->value += between(low, high);
    add_tail(sum, 1, low, s);
    add_tail(sum, -1, high, s);
}

/* B_ij: low and high are the cuts of interval j on the scale of the effect. */
static Probability interval_probability(const VgSelectionLikelihood *likelihood, size_t j,
                                        double root_v, double mean, double s)
{
    Probability b = {0};
    size_t last = likelihood->n_intervals - 1;
    double high = j == 0 ? INFINITY : likelihood->cut[j - 1] * root_v;
    double low = j < last ? likelihood->cut[j] * root_v : likelihood->two_sided ? 0 : -INFINITY;
    add_interval(&b, (low - mean) / s, (high - mean) / s, s);
    if (likelihood->two_sided)
        add_interval(&b, (-high - mean) / s, (-low - mean) / s, s);
    return b;
}

size_t vg_selection_parameters(const VgSelectionLikelihood *likelihood)
{
    return likelihood->p + likelihood->n_intervals;
}

/* A study's own parameters are (μ, t, log w_2 …): J + 1 of them. */
size_t vg_selection_workspace(size_t p, size_t n_intervals)
{
    (void)p;
    size_t m = n_intervals + 1;
    return n_intervals + 2 * m + m * m;
}

/* Minus one study's log-likelihood, its gradient g and Hessian h (m × m) in (μ, t, η). */
static bool one_study(const VgSelectionLikelihood *likelihood, size_t i, double mean, double tau2,
                      const double *weight, double *a, double *value, double *g, double *h)
{
    size_t n_intervals = likelihood->n_intervals, m = n_intervals + 1;
    double s2 = likelihood->v[i] + tau2, s = sqrt(s2), root_v = sqrt(likelihood->v[i]);
    double r = likelihood->y[i] - mean, total = 0;
    memset(g, 0, m * sizeof *g);
    memset(h, 0, m * m * sizeof *h);
    /* First A in `a` (gradient) and `h` (Hessian), then −log L. */
    memset(a, 0, m * sizeof *a);
    if (n_intervals == 1)
        total = 1;
    for (size_t j = 0; j < n_intervals && n_intervals > 1; j++) {
        Probability b = interval_probability(likelihood, j, root_v, mean, s);
        double w = weight[j];
        total += w * b.value;
        a[0] += w * b.m;
        a[1] += w * b.t;
        h[0] += w * b.mm;
        h[m] += w * b.mt;
        h[m + 1] += w * b.tt;
        if (j > 0) {
            size_t c = (j + 1) * m;
            a[j + 1] = w * b.value;
            h[c] = w * b.m;
            h[c + 1] = w * b.t;
            h[c + j + 1] = w * b.value;
        }
    }
    if (!(total > 0) || !isfinite(total))
        return false;
    double log_weight = likelihood->interval[i] > 0 ? log(weight[likelihood->interval[i]]) : 0;
    *value = log(total) + LOG_ROOT_2PI + 0.5 * log(s2) + 0.5 * r * r / s2 - log_weight;
    for (size_t c = 0; c < m; c++)
        for (size_t l = 0; l <= c; l++)
            h[l + c * m] = h[l + c * m] / total - a[l] / total * (a[c] / total);
    for (size_t c = 0; c < m; c++)
        g[c] = a[c] / total;
    g[0] -= r / s2;
    g[1] += 0.5 / s2 - 0.5 * r * r / (s2 * s2);
    if (likelihood->interval[i] > 0)
        g[likelihood->interval[i] + 1] -= 1;
    h[0] += 1 / s2;
    h[m] += r / (s2 * s2);
    h[m + 1] += r * r / (s2 * s2 * s2) - 0.5 / (s2 * s2);
    return true;
}

/* Chain rule: μ = x'β; upper triangle of `hessian`. */
static void add_study(const VgSelectionLikelihood *likelihood, size_t i, const double *g,
                      const double *h, double *gradient, double *hessian)
{
    size_t p = likelihood->p, m = likelihood->n_intervals + 1, n = p + m - 1;
    for (size_t b = 0; b < p; b++) {
        double x = VG_AT(likelihood->x, i, b);
        gradient[b] += x * g[0];
        for (size_t a = 0; a <= b; a++)
            hessian[a + b * n] += VG_AT(likelihood->x, i, a) * x * h[0];
        for (size_t c = 1; c < m; c++)
            hessian[b + (p + c - 1) * n] += x * h[c * m];
    }
    for (size_t c = 1; c < m; c++) {
        gradient[p + c - 1] += g[c];
        for (size_t l = 1; l <= c; l++)
            hessian[(p + l - 1) + (p + c - 1) * n] += h[l + c * m];
    }
}

/* tau² is not a parameter then: no slope, no coupling. */
static void drop_tau2(size_t n, size_t t, double *gradient, double *hessian)
{
    gradient[t] = 0;
    for (size_t j = 0; j < n; j++)
        hessian[j + t * n] = hessian[t + j * n] = 0;
    hessian[t + t * n] = 1;
}

bool vg_selection_evaluate(const void *context, const double *theta, double *value,
                           double *gradient, double *hessian)
{
    const VgSelectionLikelihood *likelihood = context;
    size_t p = likelihood->p, m = likelihood->n_intervals + 1, n = p + m - 1;
    double *weight = likelihood->workspace, *a = weight + likelihood->n_intervals, *g = a + m,
           *h = g + m;
    double tau2 = likelihood->tau2_zero ? 0 : theta[p];
    weight[0] = 1;
    for (size_t j = 1; j < likelihood->n_intervals; j++) {
        if (!(fabs(theta[p + j]) <= MOST_LOG_WEIGHT))
            return false;
        weight[j] = exp(theta[p + j]);
    }
    *value = 0;
    if (gradient) {
        memset(gradient, 0, n * sizeof *gradient);
        memset(hessian, 0, n * n * sizeof *hessian);
    }
    for (size_t i = 0; i < likelihood->k; i++) {
        double mean = 0, one;
        for (size_t j = 0; j < p; j++)
            mean += VG_AT(likelihood->x, i, j) * theta[j];
        if (!one_study(likelihood, i, mean, tau2, weight, a, &one, g, h))
            return false;
        *value += one;
        if (gradient)
            add_study(likelihood, i, g, h, gradient, hessian);
    }
    if (!gradient)
        return true;
    for (size_t b = 0; b < n; b++)
        for (size_t l = 0; l < b; l++)
            hessian[b + l * n] = hessian[l + b * n];
    if (likelihood->tau2_zero)
        drop_tau2(n, p, gradient, hessian);
    return true;
}
