/* Estimators of the between-study variance. Sources: Viechtbauer 2005 (ML, REML, HE, HS, SJ); DerSimonian & Laird
 * 1986; Paule & Mandel 1982; Sidik & Jonkman 2005; Morris 1983 (EB); standard errors as metafor's rma.uni.
 *
 * ML and REML: roots of the score, each found by Newton steps with the observed information inside a bracket. The
 * likelihood can have several modes, so the score is first taken on a grid from 0 to a tau² beyond which it cannot rise.
 * With RSS the unweighted residual sum of squares, Py = P(y − Xb) for any b, so y'PPy <= RSS/(v_least + tau²)²; and
 * tr W >= tr P >= (k − p)/(v_most + tau²). The score ½ (y'PPy − tr P) is not positive once, a = RSS/(k − p),
 *     (v_least + tau²)² >= a (v_most + tau²):  tau² >= ½ (a + √(a² + 4a (v_most − v_least))) − v_least.
 */
#include <math.h>

#include "evidence/pairwise/meta_internal.h"

enum { GRID = 12, MAX_STEPS = 200 };

typedef struct Score {
    double tau2, value, slope;
} Score;

static bool score_at(const VgMetaProblem *problem, bool reml, double tau2, Score *score)
{
    VgTau2Point point;
    if (!vg_meta_point(problem, tau2, &point))
        return false;
    score->tau2 = tau2;
    score->value = 0.5 * (point.ypp - (reml ? point.trace_p : point.sum_w));
    score->slope = 0.5 * (reml ? point.trace_pp : point.sum_w2) - point.yppp;
    return !isnan(score->value);
}

static double resolution(const VgMetaProblem *problem, double tau2)
{
    return 1e-14 * (tau2 + problem->v_least);
}

/* The root of the score between low (positive) and high (not positive). */
static bool polish(const VgMetaProblem *problem, bool reml, Score low, Score high, double *root,
                   size_t *iterations)
{
    double x = low.tau2 + (high.tau2 - low.tau2) * low.value / (low.value - high.value);
    for (size_t i = 0; i < MAX_STEPS; i++) {
        Score at;
        ++*iterations;
        if (!score_at(problem, reml, x, &at))
            return false;
        double step = -at.value / at.slope;
        *root = x;
        if (at.value == 0)
            return true;
        if (at.value > 0)
            low = at;
        else
            high = at;
        double next = x + step;
        if (at.slope < 0 && fabs(step) <= resolution(problem, x)) {
            *root = fmax(next, 0);
            return true;
        }
        if (!(at.slope < 0) || next <= low.tau2 || next >= high.tau2)
            next = 0.5 * (low.tau2 + high.tau2);
        if (high.tau2 - low.tau2 <= resolution(problem, x))
            return at.slope < 0;
        x = next;
    }
    return false;
}

static VgStatus no_convergence(VgError *error)
{
    return vg_fail(error, VG_NO_CONVERGENCE, "no between-study variance could be certified",
                   "look for effects or variances of absurd size, or use another estimator (dl)");
}

/* tr(PV) and tr(PVPV) for the unweighted P = I − H: closed form in the basis. */
static void unweighted_traces(const VgMetaProblem *problem, double *rss, double *pv, double *pvpv)
{
    const size_t k = problem->k, p = problem->p;
    double k_inverse = 1 / (double)k;
    *rss = *pv = *pvpv = 0;
    if (!problem->basis.data) {
        double v1 = 0, v2 = 0, mean = 0;
        for (size_t i = 0; i < k; i++) {
            v1 += problem->v[i];
            v2 += problem->v[i] * problem->v[i];
            mean += (problem->y[i] - problem->centre) * k_inverse;
        }
        for (size_t i = 0; i < k; i++) {
            double r = problem->y[i] - problem->centre - mean;
            *rss += r * r;
        }
        *pv = v1 - v1 * k_inverse;
        *pvpv = v2 * (1 - 2 * k_inverse) + v1 * v1 * k_inverse * k_inverse;
        return;
    }
    double *gamma = problem->gamma, *g = problem->gram;
    for (size_t c = 0; c < p; c++) {
        gamma[c] = 0;
        for (size_t i = 0; i < k; i++)
            gamma[c] += VG_AT(problem->basis, i, c) * problem->y[i];
        for (size_t d = 0; d < p; d++) {
            g[c + d * p] = 0;
            for (size_t i = 0; i < k; i++)
                g[c + d * p] +=
                    problem->v[i] * VG_AT(problem->basis, i, c) * VG_AT(problem->basis, i, d);
            *pvpv += g[c + d * p] * g[c + d * p];
        }
    }
    for (size_t i = 0; i < k; i++) {
        double fitted = 0, h = 0, v = problem->v[i];
        for (size_t c = 0; c < p; c++) {
            fitted += VG_AT(problem->basis, i, c) * gamma[c];
            h += VG_AT(problem->basis, i, c) * VG_AT(problem->basis, i, c);
        }
        *rss += (problem->y[i] - fitted) * (problem->y[i] - fitted);
        *pv += v * (1 - h);
        *pvpv += v * v * (1 - 2 * h);
    }
}

/* A tau² beyond which the score does not rise; not above 0 when it is nowhere positive. The bound is reached when the
 * variances are equal or negligible, so that rounding needs a little room. */
static double outer_end(const VgMetaProblem *problem)
{
    double rss, unused, most = 0;
    unweighted_traces(problem, &rss, &unused, &unused);
    for (size_t i = 0; i < problem->k; i++)
        most = problem->v[i] > most ? problem->v[i] : most;
    double a = rss / ((double)problem->k - (double)problem->p);
    double bound = 0.5 * (a + sqrt(a * a + 4 * a * (most - problem->v_least))) - problem->v_least;
    return 1.01 * bound;
}

static VgStatus maximise(const VgMetaProblem *problem, bool reml, VgTau2Search *search,
                         VgError *error)
{
    Score last, end, next;
    double outermost = outer_end(problem);
    search->modes = 1;
    search->tau2 = 0;
    if (outermost <= 0)
        return VG_OK;
    if (!score_at(problem, reml, 0, &last) || !score_at(problem, reml, outermost, &end) ||
        end.value > 0)
        return no_convergence(error);
    double found[GRID + 2], best = NAN;
    search->modes = 0;
    if (last.value <= 0)
        found[search->modes++] = 0;
    double x = fmin(problem->v_least / 4, end.tau2 / 2),
           ratio = pow(end.tau2 / x, 1.0 / (GRID - 1));
    for (size_t j = 0; j < GRID; j++, x *= ratio, last = next) {
        next = end;
        if (j + 1 < GRID && !score_at(problem, reml, x, &next))
            return no_convergence(error);
        if (last.value > 0 && next.value <= 0 &&
            !polish(problem, reml, last, next, &found[search->modes++], &search->iterations))
            return no_convergence(error);
    }
    search->tau2 = found[0];
    for (size_t m = 0; search->modes > 1 && m < search->modes; m++) {
        double value = vg_meta_log_likelihood(problem, found[m], reml);
        if (m == 0 || value > best) {
            best = value;
            search->tau2 = found[m];
        }
    }
    return VG_OK;
}

/* Q is convex and falls, so Newton's steps from 0 approach the root from the left and never pass it. */
bool vg_meta_q_root(const VgMetaProblem *problem, double target, double *tau2, size_t *iterations)
{
    double x = 0;
    for (size_t i = 0; i < MAX_STEPS; i++) {
        VgTau2Point point;
        if (!vg_meta_point(problem, x, &point))
            return false;
        double step = (point.q - target) / point.ypp;
        ++*iterations;
        if (!(step > resolution(problem, x))) { /* at 0: Q is under the target already */
            *tau2 = fmax(0, i == 0 ? 0 : x + step);
            return !isnan(step) || point.q <= target;
        }
        x += step;
    }
    return false;
}

/* Hedges: (RSS − tr PV) / (k − p), unweighted. */
static void hedges(const VgMetaProblem *problem, VgTau2Search *search)
{
    double df = (double)problem->k - (double)problem->p, rss, pv, pvpv;
    unweighted_traces(problem, &rss, &pv, &pvpv);
    double raw = (rss - pv) / df, tau2 = fmax(0, raw);
    search->at_boundary = raw < 0;
    search->tau2 = tau2;
    search->se = sqrt(2 * pvpv + 4 * tau2 * pv + 2 * tau2 * tau2 * df) / df;
}

/* DerSimonian–Laird and Hunter–Schmidt: Q at tau² = 0 against its expectation. */
static bool by_q(const VgMetaProblem *problem, bool laird, VgTau2Search *search)
{
    double k = (double)problem->k, df = k - (double)problem->p;
    VgTau2Point at;
    if (!vg_meta_point(problem, 0, &at))
        return false;
    double raw = laird ? (at.q - df) / at.trace_p : (at.q - k) / at.sum_w, tau2 = fmax(0, raw);
    search->at_boundary = raw < 0;
    search->tau2 = tau2;
    search->se = sqrt(2 * df + 4 * tau2 * at.trace_p + 2 * tau2 * tau2 * at.trace_pp) /
                 (laird ? at.trace_p : at.sum_w);
    return true;
}

/* tau0² y'Py / (k − p) at tau0² = the mean squared deviation. With V = M − tau0² and PMP = P, tr PVP and tr PVPV follow
 * from tr P and tr PP. Equal effects give 0. */
static bool sidik_jonkman(const VgMetaProblem *problem, VgTau2Search *search)
{
    double df = (double)problem->k - (double)problem->p, start = problem->y_moment;
    VgTau2Point at;
    if (!vg_meta_point(problem, start, &at))
        return false;
    double pvp = at.trace_p - start * at.trace_pp;
    double pvpv = df - 2 * start * at.trace_p + start * start * at.trace_pp;
    double tau2 = start * at.q / df;
    search->tau2 = tau2;
    search->se = start / df * sqrt(2 * pvpv + 4 * tau2 * pvp + 2 * tau2 * tau2 * at.trace_pp);
    return true;
}

VgStatus vg_meta_tau2(const VgMetaProblem *problem, VgTau2Method method, VgTau2Search *search,
                      VgError *error)
{
    double k = (double)problem->k, df = k - (double)problem->p;
    VgTau2Point at = {0};
    bool done = true;
    *search = (VgTau2Search){.se = NAN, .modes = 1};
    switch (method) {
    case VG_TAU2_REML:
    case VG_TAU2_ML:
        VG_TRY(maximise(problem, method == VG_TAU2_REML, search, error));
        done = vg_meta_point(problem, search->tau2, &at);
        search->at_boundary = search->tau2 == 0;
        search->se = sqrt(2 / (method == VG_TAU2_REML ? at.trace_pp : at.sum_w2));
        break;
    case VG_TAU2_PM:
    case VG_TAU2_EB: /* empirical Bayes solves the same equation */
        done = vg_meta_q_root(problem, df, &search->tau2, &search->iterations) &&
               vg_meta_point(problem, search->tau2, &at);
        search->at_boundary = search->tau2 == 0;
        search->se = sqrt(2 * k * k / df) / at.sum_w;
        break;
    case VG_TAU2_DL:
    case VG_TAU2_HS:
        done = by_q(problem, method == VG_TAU2_DL, search);
        break;
    case VG_TAU2_HE:
        hedges(problem, search);
        break;
    case VG_TAU2_SJ:
        done = sidik_jonkman(problem, search);
        break;
    case VG_TAU2_COMMON:
        break;
    }
    return done && isfinite(search->tau2) ? VG_OK : no_convergence(error);
}
