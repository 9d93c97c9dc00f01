/* Newton's method in θ where negative curvature counts as its absolute value (saddle points repel), with step-halving.
 * Certified: decrement < 1e-12 (1 + |deviance|) and a Hessian without negative directions; directions in which the
 * deviance is flat are allowed at a boundary only (an effect of no variance has no correlations). */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/lmm_internal.h"
#include "numeric/small_symmetric.h"

enum { DEFAULT_ITERATIONS = 200, MOST_HALVINGS = 40, MOST_POLISH = 5 };

static const double CERTIFIED = 1e-12;
static const double FLAT = 1e-9;   /* eigenvalues below this share of the largest */
static const double SNAP = 1e-3;   /* diagonal elements of Λ below this are tried at 0 */
static const double LONGEST = 8.0; /* step in units of `unit` */

typedef struct Search {
    VgLmmEngine *e;
    size_t k;
    double *unit; /* k: what a step in θ is measured in: the norm of its row of Λ */
    double *values, *vectors, *step, *trial, *scaled;
    bool *held; /* k: put to 0 at the boundary */
    double decrement, gradient_max, smallest;
    bool flat;
} Search;

static void set_units(Search *s)
{
    const VgLmmEngine *e = s->e;
    for (size_t j = 0; j < s->k; j++) {
        double sum = 0.0;
        for (size_t l = 0; l < s->k; l++)
            if (e->of[l] == e->of[j] && e->row[l] == e->row[j])
                sum += e->theta[l] * e->theta[l];
        s->unit[j] = fmax(sqrt(sum), 1e-2);
    }
}

/* Step and decrement at the current θ. */
static void find_step(Search *s)
{
    VgLmmEngine *e = s->e;
    size_t k = s->k;
    vg_lmm_derivatives(e);
    set_units(s);
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < k; j++)
            s->scaled[j + l * k] = s->held[j] || s->held[l]
                                       ? (j == l ? 1.0 : 0.0)
                                       : e->hessian[j + l * k] * s->unit[j] * s->unit[l];
    vg_small_eigen(k, s->scaled, s->values, s->vectors);
    double largest = 0.0, longest = 0.0;
    for (size_t i = 0; i < k; i++)
        largest = fmax(largest, fabs(s->values[i]));
    memset(s->step, 0, k * sizeof *s->step);
    s->decrement = s->gradient_max = 0.0;
    s->smallest = k ? s->values[0] : 1.0;
    s->flat = false;
    for (size_t i = 0; i < k; i++) {
        double along = 0.0, value = fabs(s->values[i]);
        for (size_t j = 0; j < k; j++)
            along += s->held[j] ? 0.0 : s->vectors[j + i * k] * s->unit[j] * e->gradient[j];
        s->flat = s->flat || value < FLAT * largest;
        double curvature = fmax(value, FLAT * largest);
        if (!(curvature > 0.0))
            continue;
        s->decrement += along * along / curvature;
        for (size_t j = 0; j < k; j++)
            s->step[j] -= along / curvature * s->vectors[j + i * k];
    }
    for (size_t j = 0; j < k; j++) {
        s->step[j] = s->held[j] ? 0.0 : s->step[j];
        longest = fmax(longest, fabs(s->step[j]));
        s->gradient_max = fmax(s->gradient_max, s->held[j] ? 0.0 : fabs(e->gradient[j]));
    }
    double shrink = longest > LONGEST ? LONGEST / longest : 1.0;
    for (size_t j = 0; j < k; j++)
        s->step[j] *= shrink * s->unit[j];
}

/* Moves along the step while the deviance falls; false (θ as it was) when it does not. */
static bool move(Search *s)
{
    VgLmmEngine *e = s->e;
    double start = e->deviance, slope = cblas_ddot((int)s->k, e->gradient, 1, s->step, 1);
    memcpy(s->trial, e->theta, s->k * sizeof *s->trial);
    double *at = s->scaled, t = 1.0; /* scratch until the next step */
    for (int i = 0; i < MOST_HALVINGS; i++, t *= 0.5) {
        for (size_t j = 0; j < s->k; j++)
            at[j] = s->trial[j] + t * s->step[j];
        if (vg_lmm_evaluate(e, at) &&
            e->deviance <= start + 1e-4 * t * slope + 1e-14 * (1.0 + fabs(start)))
            return true;
    }
    (void)vg_lmm_evaluate(e, s->trial);
    return false;
}

/* Full steps from a certified point while they shrink the decrement. */
static void polish(Search *s)
{
    for (int i = 0; i < MOST_POLISH && s->decrement > 0.0; i++) {
        double before = s->decrement;
        double *back = s->trial, *at = s->scaled;
        memcpy(back, s->e->theta, s->k * sizeof *back);
        for (size_t j = 0; j < s->k; j++)
            at[j] = back[j] + s->step[j];
        bool better = vg_lmm_evaluate(s->e, at);
        if (better) {
            find_step(s);
            better = s->decrement < 0.25 * before;
        }
        if (better)
            continue;
        (void)vg_lmm_evaluate(s->e, back);
        find_step(s);
        return;
    }
}

static bool descend(Search *s, int most, int *iterations)
{
    for (;; ++*iterations) {
        find_step(s);
        double size = 1.0 + fabs(s->e->deviance);
        bool rises = !(s->smallest < -1e-7 * fmax(1.0, fabs(s->values[s->k - 1])));
        if (s->decrement < CERTIFIED * size && rises) {
            polish(s);
            return true;
        }
        if (s->decrement < CERTIFIED * size) { /* on a saddle point: leave it along its descent */
            for (size_t j = 0; j < s->k; j++)
                s->step[j] = s->held[j] ? 0.0 : 0.1 * s->unit[j] * s->vectors[j];
        }
        if (*iterations >= most || !move(s))
            return s->decrement < 1e-9 * size && rises; /* rounding in a badly scaled problem */
    }
}

/* Columns of Λ whose diagonal element all but vanished are put to 0 where that costs nothing. */
static bool snap(Search *s)
{
    VgLmmEngine *e = s->e;
    bool any = false;
    for (size_t j = 0; j < s->k; j++) {
        if (e->row[j] != e->col[j] || s->held[j] || fabs(e->theta[j]) > SNAP * s->unit[j])
            continue;
        double before = e->deviance;
        memcpy(s->trial, e->theta, s->k * sizeof *s->trial);
        memcpy(s->scaled, e->theta, s->k * sizeof *s->scaled);
        s->scaled[j] = 0.0;
        if (vg_lmm_evaluate(e, s->scaled) && e->deviance <= before + 1e-10 * (1.0 + fabs(before))) {
            s->held[j] = true;
            any = true;
        } else {
            (void)vg_lmm_evaluate(e, s->trial);
        }
    }
    return any;
}

/* Λ with a diagonal that is not negative: columns change sign as a whole. */
static void fix_signs(VgLmmEngine *e)
{
    for (size_t j = 0; j < e->k; j++)
        if (e->row[j] == e->col[j] && e->theta[j] < 0.0)
            for (size_t l = 0; l < e->k; l++)
                if (e->of[l] == e->of[j] && e->col[l] == e->col[j])
                    e->theta[l] = -e->theta[l];
}

static VgStatus no_optimum(const Search *s, int iterations, VgError *error)
{
    return vg_fail(error, VG_NO_CONVERGENCE,
                   "no certified optimum after %d iterations (largest gradient %.3g, decrement "
                   "%.3g, smallest eigenvalue %.3g%s)",
                   "use fewer random effects: these data may not tell them apart", iterations,
                   s->gradient_max, s->decrement, s->smallest,
                   s->flat ? ", the likelihood is flat" : "");
}

VgStatus vg_lmm_optimise(VgArena *arena, VgLmmEngine *e, int max_iterations, VgLmmFit *fit,
                         VgError *error)
{
    size_t k = e->k;
    int most = max_iterations > 0 ? max_iterations : DEFAULT_ITERATIONS;
    double *work = VG_NEW(arena, double, 4 * k + 2 * k * k + 1);
    Search s = {.e = e, .k = k, .held = VG_NEW(arena, bool, k + 1)};
    if (!work || !s.held)
        return vg_fail_memory(error);
    s.unit = work;
    s.values = work + k;
    s.step = work + 2 * k;
    s.trial = work + 3 * k;
    s.scaled = work + 4 * k;
    s.vectors = work + 4 * k + k * k;
    memset(e->theta, 0, k * sizeof *e->theta);
    if (!vg_lmm_evaluate(e, e->theta))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the outcome has no residual variance",
                       "the fixed effects explain it exactly: check the data");
    for (size_t j = 0; j < k; j++)
        s.trial[j] = e->row[j] == e->col[j] ? 1.0 : 0.0;
    if (!vg_lmm_evaluate(e, s.trial))
        return no_optimum(&s, 0, error);
    if (!descend(&s, most, &fit->iterations))
        return no_optimum(&s, fit->iterations, error);
    while (snap(&s))
        if (!descend(&s, most, &fit->iterations))
            return no_optimum(&s, fit->iterations, error);
    fix_signs(e);
    bool boundary = false;
    for (size_t j = 0; j < k; j++) {
        boundary = boundary || s.held[j];
        s.held[j] = false;
    }
    (void)vg_lmm_evaluate(e, e->theta);
    find_step(
        &s); /* the last look is at all of θ: at a boundary the gradient vanishes by symmetry */
    if (s.smallest < -1e-6 * fmax(1.0, fabs(s.values[k - 1])) || (s.flat && !boundary) ||
        !(e->residual > 1e-14 * e->gram[(e->p + 1) * (e->p + 1) - 1]))
        return no_optimum(&s, fit->iterations, error);
    fit->decrement = s.decrement;
    fit->gradient_max = s.gradient_max;
    fit->smallest_eigenvalue = s.smallest;
    return VG_OK;
}
