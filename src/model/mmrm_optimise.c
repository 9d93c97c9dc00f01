/* One optimum: Fisher scoring to come near, Newton with the exact observed Hessian to arrive, each step
 * halved until the objective falls enough. Certified when the Newton decrement gᵀH⁻¹g < 1e-12 (1 + |f|)
 * and H is positive definite; then polished while that still helps, as df and standard errors use
 * derivatives at the optimum. Source: METHODS 0 and 2.1; Nocedal & Wright, ch. 3. */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

enum { FISHER_STEPS = 1, MOST_HALVINGS = 40, DEFAULT_ITERATIONS = 200 };
static const double CERTIFIED = 1e-12, POLISHED = 1e-16, LONGEST_STEP = 2.0;

typedef struct Progress {
    double decrement, previous, gradient_max;
    bool certified, newton, force_fisher;
} Progress;

/* Solves H step = gradient. With a ridge when H (expected information) is not positive definite. */
static bool solve_step(VgEngine *e, bool with_ridge)
{
    size_t k = e->k_all;
    double ridge = 0.0, largest = 0.0;
    for (size_t h = 0; h < k; h++)
        largest = fmax(largest, fabs(e->hessian[h + h * k]));
    for (int i = 0; i < 30; i++) {
        memcpy(e->cholesky, e->hessian, k * k * sizeof *e->cholesky);
        for (size_t h = 0; h < k; h++)
            e->cholesky[h + h * k] += ridge;
        if (vg_engine_cholesky(k, e->cholesky))
            break;
        if (!with_ridge || i == 29)
            return false;
        ridge = ridge > 0.0 ? 10.0 * ridge : 1e-8 * largest + 1e-300;
    }
    memcpy(e->step, e->gradient, k * sizeof *e->step);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, vg_as_int(k), e->cholesky,
                vg_as_int(k), e->step, 1);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, vg_as_int(k), e->cholesky,
                vg_as_int(k), e->step, 1);
    return true;
}

/* Direction at the current θ: Newton when the observed Hessian is positive definite, else Fisher. */
static bool find_direction(VgEngine *e, Progress *progress, int iteration)
{
    progress->newton = iteration >= FISHER_STEPS && !progress->force_fisher;
    vg_engine_derivatives(e, progress->newton);
    if (!solve_step(e, false)) {
        if (progress->newton) {
            progress->newton = false;
            vg_engine_derivatives(e, false);
        }
        if (!solve_step(e, true))
            return false;
    }
    progress->decrement = 0.0;
    progress->gradient_max = 0.0;
    for (size_t h = 0; h < e->k_all; h++) {
        progress->decrement += e->gradient[h] * e->step[h];
        progress->gradient_max = fmax(progress->gradient_max, fabs(e->gradient[h]));
    }
    return isfinite(progress->decrement);
}

/* Moves along −step; 0 when no length lowers the objective (θ is then where it was). */
static double move(VgEngine *e, const Progress *progress)
{
    double longest = 0.0, start = e->objective;
    for (size_t h = 0; h < e->k_all; h++)
        longest = fmax(longest, fabs(e->step[h]));
    double t = longest > LONGEST_STEP ? LONGEST_STEP / longest : 1.0;
    double rounding = 1e-13 * (1.0 + fabs(start));
    memcpy(e->trial, e->theta, e->k_all * sizeof *e->trial);
    double *at = e->cholesky; /* k_all entries of scratch until the next factorisation */
    for (int i = 0; i < MOST_HALVINGS; i++, t *= 0.5) {
        for (size_t h = 0; h < e->k_all; h++)
            at[h] = e->trial[h] - t * e->step[h];
        if (vg_engine_evaluate(e, at) &&
            e->objective <= start - 1e-4 * t * progress->decrement + rounding)
            return t;
    }
    return vg_engine_evaluate(e, e->trial) ? 0.0 : -1.0;
}

static void record(VgMmrmFit *fit, const VgEngine *e, const Progress *progress, int iteration,
                   double step, const char *note)
{
    fit->trace[fit->n_trace++] = (VgMmrmStep){.covariance = e->covariance,
                                              .iteration = iteration,
                                              .objective = vg_engine_minus2loglik(e),
                                              .gradient_max = progress->gradient_max,
                                              .decrement = progress->decrement,
                                              .step = step,
                                              .newton = progress->newton,
                                              .note = note};
}

static VgStatus give_up(VgMmrmFit *fit, VgEngine *e, const Progress *progress, int iteration,
                        const char *note, VgError *error)
{
    record(fit, e, progress, iteration, 0.0, note);
    return vg_fail(error, VG_NO_CONVERGENCE,
                   "no certified optimum for covariance %s after %d iterations: %s "
                   "(largest gradient %.3g, Newton decrement %.3g)",
                   "declare a fallback structure, such as toeph, ar1h or csh, or use fewer visits",
                   vg_covariance_name(e->covariance), iteration, note, progress->gradient_max,
                   progress->decrement);
}

/* A flat direction means a parameter on its way to a boundary, where no test is valid. */
static bool at_boundary(const VgEngine *e)
{
    const double *h = e->hessian;
    double smallest = INFINITY, largest = 0.0;
    for (size_t i = 0; i < e->k_all; i++) {
        smallest = fmin(smallest, h[i + i * e->k_all]);
        largest = fmax(largest, h[i + i * e->k_all]);
    }
    return !(smallest > 1e-9 * largest);
}

VgStatus vg_mmrm_optimise(VgEngine *e, const VgMmrmOptions *options, VgMmrmFit *fit, VgError *error)
{
    int most = options->max_iterations > 0 ? options->max_iterations : DEFAULT_ITERATIONS;
    Progress progress = {.previous = INFINITY};
    if (!vg_engine_evaluate(e, e->theta))
        return give_up(fit, e, &progress, 0, "the likelihood is not finite at the start", error);
    for (int iteration = 0; iteration < most; iteration++) {
        if (!find_direction(e, &progress, iteration))
            return give_up(fit, e, &progress, iteration, "derivatives are not finite", error);
        double size = 1.0 + fabs(e->objective);
        if (progress.newton && progress.decrement < CERTIFIED * size) {
            progress.certified = true;
            if (progress.decrement < POLISHED * size ||
                progress.decrement > 0.1 * progress.previous) {
                record(fit, e, &progress, iteration, 0.0, NULL);
                fit->iterations = iteration;
                fit->decrement = progress.decrement;
                if (at_boundary(e))
                    return give_up(fit, e, &progress, iteration,
                                   "a correlation ran to its boundary", error);
                fit->converged = true;
                return VG_OK;
            }
            progress.previous = progress.decrement;
        }
        double objective = vg_engine_minus2loglik(e);
        double step = move(e, &progress);
        record(fit, e, &progress, iteration, step, NULL);
        fit->trace[fit->n_trace - 1].objective = objective;
        if (step > 0.0) {
            progress.force_fisher = false;
            continue;
        }
        if (step < 0.0)
            return give_up(fit, e, &progress, iteration, "the likelihood is lost", error);
        if (progress.certified) {
            progress.previous = 0.0; /* rounding: the next look certifies where we stand */
            continue;
        }
        if (!progress.newton && iteration >= FISHER_STEPS)
            return give_up(fit, e, &progress, iteration, "no step lowers the objective", error);
        progress.force_fisher = progress.newton;
    }
    return give_up(fit, e, &progress, most, "the limit of iterations was reached", error);
}
