/* Moments of the weights W = (V + tau²)⁻¹ and of P = W − WX(X'WX)⁻¹X'W at one tau²: all that estimators of tau² and
 * likelihoods need. With Z = basis L⁻ᵀ (Z'WZ = I) and r = y − Z Z'Wy:
 *     y'Py = Σ w r²,  y'PPy = Σ w² r²,  y'PPPy = Σ w³ r² − |Z'W² r|²,
 *     tr P = Σ w − Σ w² |z|²,  tr PP = Σ w² − 2 Σ w³ |z|² + ‖Z'W²Z‖².
 * For a column of ones these are sums of w^a y^b, had in one pass. Source: Viechtbauer 2005; Harville 1977. */
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/small_symmetric.h"

/* Two sums at a time, in a fixed order: the same bits on any machine, and half the divisions' time. */
typedef double Pair __attribute__((vector_size(16)));

static inline double both(Pair pair)
{
    return pair[0] + pair[1];
}

static void point_of_ones(const VgMetaProblem *problem, double tau2, VgTau2Point *point)
{
    const double *y = problem->y, *v = problem->v;
    const size_t k = problem->k;
    const Pair one = {1, 1}, centre = {problem->centre, problem->centre}, shift = {tau2, tau2};
    Pair s1 = {0, 0}, s2 = s1, s3 = s1, t1 = s1, t2 = s1, t3 = s1, u1 = s1, u2 = s1, u3 = s1;
    for (size_t i = 0; i < k; i += 2) {
        Pair vi, yi;
        if (i + 1 < k) {
            memcpy(&vi, v + i, sizeof vi);
            memcpy(&yi, y + i, sizeof yi);
        } else { /* an effect of infinite variance fills up */
            vi = (Pair){v[i], INFINITY};
            yi = (Pair){y[i], problem->centre};
        }
        Pair w = one / (vi + shift), d = yi - centre, wd = w * d, ww = w * w, wwd = ww * d,
             wwd2 = wwd * d;
        s1 += w;
        s2 += ww;
        s3 += ww * w;
        t1 += wd;
        t2 += wwd;
        t3 += wwd * w;
        u1 += wd * d;
        u2 += wwd2;
        u3 += wwd2 * w;
    }
    double w1 = both(s1), w2 = both(s2), mean = both(t1) / w1, d2 = both(t2);
    double cross = d2 - mean * w2; /* Σ w² r */
    point->q = both(u1) - mean * both(t1);
    point->ypp = both(u2) - mean * (2 * d2 - mean * w2);
    point->yppp = both(u3) - mean * (2 * both(t3) - mean * both(s3)) - cross * cross / w1;
    point->trace_p = w1 - w2 / w1;
    point->trace_pp = w2 - 2 * both(s3) / w1 + w2 * w2 / (w1 * w1);
    point->sum_w = w1;
    point->sum_w2 = w2;
}

/* L into problem->normal, its log-determinant, Z, and gamma = Z'Wy. */
static bool factor(const VgMetaProblem *problem, double tau2, double *log_determinant)
{
    const size_t k = problem->k, p = problem->p;
    double *a = problem->normal, *gamma = problem->gamma;
    memset(a, 0, p * p * sizeof *a);
    for (size_t i = 0; i < k; i++) {
        double w = 1 / (problem->v[i] + tau2);
        for (size_t c = 0; c < p; c++)
            for (size_t r = c; r < p; r++)
                a[r + c * p] += w * VG_AT(problem->basis, i, c) * VG_AT(problem->basis, i, r);
    }
    for (size_t c = 0; c < p; c++)
        for (size_t r = 0; r < c; r++)
            a[r + c * p] = a[c + r * p];
    if (!vg_small_cholesky(p, a, log_determinant))
        return false;
    memset(gamma, 0, p * sizeof *gamma);
    for (size_t i = 0; i < k; i++) {
        double w = 1 / (problem->v[i] + tau2), *z = problem->z + i * p;
        for (size_t c = 0; c < p; c++)
            z[c] = VG_AT(problem->basis, i, c);
        vg_small_forward_solve(p, a, z);
        for (size_t c = 0; c < p; c++)
            gamma[c] += w * z[c] * problem->y[i];
    }
    return true;
}

static double residual(const VgMetaProblem *problem, size_t i)
{
    double fitted = 0;
    for (size_t c = 0; c < problem->p; c++)
        fitted += problem->z[c + i * problem->p] * problem->gamma[c];
    return problem->y[i] - fitted;
}

static bool point_of_basis(const VgMetaProblem *problem, double tau2, VgTau2Point *point)
{
    const size_t k = problem->k, p = problem->p;
    double log_determinant, *b = problem->gram, *g = problem->row;
    if (!factor(problem, tau2, &log_determinant))
        return false;
    *point = (VgTau2Point){0};
    memset(b, 0, p * p * sizeof *b);
    memset(g, 0, p * sizeof *g);
    for (size_t i = 0; i < k; i++) {
        const double *z = problem->z + i * p;
        double w = 1 / (problem->v[i] + tau2), r = residual(problem, i), ww = w * w, norm = 0;
        for (size_t c = 0; c < p; c++) {
            norm += z[c] * z[c];
            g[c] += ww * r * z[c];
            for (size_t d = 0; d <= c; d++)
                b[c + d * p] += ww * z[c] * z[d];
        }
        point->q += w * r * r;
        point->ypp += ww * r * r;
        point->yppp += ww * w * r * r;
        point->trace_p += w - ww * norm;
        point->trace_pp += ww - 2 * ww * w * norm;
        point->sum_w += w;
        point->sum_w2 += ww;
    }
    for (size_t c = 0; c < p; c++) {
        point->yppp -= g[c] * g[c];
        for (size_t d = 0; d <= c; d++)
            point->trace_pp += (c == d ? 1 : 2) * b[c + d * p] * b[c + d * p];
    }
    return true;
}

bool vg_meta_point(const VgMetaProblem *problem, double tau2, VgTau2Point *point)
{
    if (problem->basis.data)
        return point_of_basis(problem, tau2, point);
    point_of_ones(problem, tau2, point);
    return point->sum_w > 0 && isfinite(point->sum_w);
}

/* −½ [(k − p) log 2π + Σ log(v + tau²) + log|X'WX| − log|X'X| + RSS]; without the middle two and with k by ML. */
double vg_meta_log_likelihood(const VgMetaProblem *problem, double tau2, bool reml)
{
    const double log_2_pi = 1.8378770664093454836;
    const double k = (double)problem->k, p = (double)problem->p;
    double log_determinant = 0, sum = 0, rss = 0;
    VgTau2Point point;
    if (problem->basis.data) {
        if (!factor(problem, tau2, &log_determinant))
            return NAN;
        for (size_t i = 0; i < problem->k; i++) {
            double r = residual(problem, i);
            rss += r * r / (problem->v[i] + tau2);
        }
    } else {
        if (!vg_meta_point(problem, tau2, &point))
            return NAN;
        log_determinant = log(point.sum_w / k);
        rss = point.q;
    }
    for (size_t i = 0; i < problem->k; i++)
        sum += log(problem->v[i] + tau2);
    double constant = reml ? (k - p) * log_2_pi + log_determinant : k * log_2_pi;
    return -0.5 * (constant + sum + rss);
}

double vg_meta_scale(VgMetaTest test, double q_weighted, double df, bool *bites)
{
    *bites = false;
    if (test == VG_META_TEST_Z || test == VG_META_TEST_T)
        return 1;
    double scale = q_weighted / df;
    if (test == VG_META_TEST_ADHOC && scale < 1) {
        *bites = true;
        return 1;
    }
    return scale;
}

/* With T = r⁻¹ L⁻ᵀ: beta = T gamma, covariance = scale T T'. */
bool vg_meta_estimate(const VgMetaProblem *problem, VgMatrix r, double tau2, VgMetaTest test,
                      VgMetaEstimate *estimate)
{
    const size_t p = problem->p;
    double log_determinant, q = 0, *t = problem->gram;
    if (!factor(problem, tau2, &log_determinant))
        return false;
    for (size_t i = 0; i < problem->k; i++) {
        double e = residual(problem, i);
        q += e * e / (problem->v[i] + tau2);
    }
    for (size_t c = 0; c < p; c++) { /* column c of T: L⁻ᵀ e_c, then back through r */
        double *column = t + c * p;
        memset(column, 0, p * sizeof *column);
        column[c] = 1;
        vg_small_backward_solve(p, problem->normal, column);
        for (size_t i = p; i-- > 0;) {
            for (size_t j = i + 1; j < p; j++)
                column[i] -= VG_AT(r, i, j) * column[j];
            column[i] /= VG_AT(r, i, i);
        }
    }
    estimate->q_weighted = q;
    estimate->scale =
        vg_meta_scale(test, q, (double)problem->k - (double)p, &estimate->adhoc_bites);
    for (size_t i = 0; i < p; i++) {
        double sum = 0;
        for (size_t c = 0; c < p; c++)
            sum += t[i + c * p] * problem->gamma[c];
        estimate->beta[i] = sum;
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t c = 0; c < p; c++)
                dot += t[i + c * p] * t[j + c * p];
            VG_AT(estimate->covariance, i, j) = VG_AT(estimate->covariance, j, i) =
                estimate->scale * dot;
        }
    }
    return true;
}
