/* Fisher scoring with step-halving, each information from a QR factorisation of √W X.
 *
 * With s the rows' scores and RᵀR = XᵀWX the step is R⁻¹R⁻ᵀXᵀs and the decrement |R⁻ᵀXᵀs|².
 * Iterations go on until the decrement has reached rounding (squared steps of 1e-22 SE²), so that
 * linear convergence (Firth, nb, log-binomial) ends as exact as Newton's; certified is what lies
 * below 1e-12 (1 + |objective|). Firth: s_i + h_i(½ − mu_i) in place of s_i, objective with ½
 * log|XᵀWX|. Sources: Green 1984; Firth 1993; Heinze & Schemper 2002. */
#include "model/glm_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/householder.h"

static const double CERTIFIED = 1e-12, ROUNDING = 1e-22;
enum { MAX_HALVINGS = 45 };

static void linear_predictor(const VgGlmWork *work, const double *beta, double *eta)
{
    for (size_t i = 0; i < work->n; i++)
        eta[i] = vg_glm_offset(work->data, i);
    for (size_t j = 0; j < work->p; j++) {
        const double *column = &VG_AT(work->data->x, 0, j);
        for (size_t i = 0; i < work->n; i++)
            eta[i] += column[i] * beta[j];
    }
}

/* R of √W X and its inverse; false when the information is singular. */
static bool factorise(VgGlmWork *work)
{
    for (size_t j = 0; j < work->p; j++) {
        const double *column = &VG_AT(work->data->x, 0, j);
        double *out = &VG_AT(work->weighted, 0, j);
        for (size_t i = 0; i < work->n; i++)
            out[i] = column[i] * sqrt(work->weight[i]);
    }
    vg_householder(work->weighted, work->r);
    return vg_invert_upper(work->r, work->r_inverse);
}

/* h_i = W_i |R⁻ᵀx_i|² */
static void leverages(VgGlmWork *work)
{
    memset(work->leverage, 0, work->n * sizeof(double));
    for (size_t k = 0; k < work->p; k++) {
        for (size_t i = 0; i < work->n; i++) {
            double value = 0;
            for (size_t j = 0; j <= k; j++)
                value += VG_AT(work->data->x, i, j) * VG_AT(work->r_inverse, j, k);
            work->leverage[i] += value * value * work->weight[i];
        }
    }
}

/* Observed over expected information of a negative binomial row. */
static double observed_share(double theta, double y, double mu)
{
    return (theta + y) / (theta + mu);
}

/* Everything at `beta`; false when that is outside the model or the information is singular there.
 */
static bool evaluate(VgGlmWork *work, const double *beta)
{
    linear_predictor(work, beta, work->eta);
    work->loglik = 0;
    for (size_t i = 0; i < work->n; i++) {
        double prior = vg_glm_prior(work->data, i);
        VgGlmRow row = vg_glm_row(work->kind, work->data->y[i], prior, work->eta[i]);
        work->mu[i] = row.mu;
        work->score[i] = prior > 0 ? row.score : 0;
        work->weight[i] = prior > 0 ? row.weight : 0;
        if (work->observed)
            work->weight[i] *= observed_share(work->kind.theta, work->data->y[i], row.mu);
        work->loglik += prior > 0 ? row.loglik : 0;
    }
    if (!isfinite(work->loglik) || !factorise(work))
        return false;
    work->objective = -work->loglik;
    if (work->kind.family == VG_GLM_GAUSSIAN) /* profile over the variance: free of the unit of y */
        work->objective = 0.5 * (double)work->n_used * log(fmax(-2 * work->loglik, 1e-300));
    memcpy(work->adjusted, work->score, work->n * sizeof(double));
    if (work->firth) {
        leverages(work);
        for (size_t i = 0; i < work->n; i++)
            work->adjusted[i] += work->leverage[i] * (0.5 - work->mu[i]);
        for (size_t j = 0; j < work->p; j++)
            work->objective -= log(fabs(VG_AT(work->r, j, j)));
    }
    return true;
}

/* Gradient, Newton step and decrement at the point last evaluated. */
static void find_step(VgGlmWork *work)
{
    for (size_t j = 0; j < work->p; j++)
        work->gradient[j] = vg_dot(&VG_AT(work->data->x, 0, j), work->adjusted, work->n);
    memcpy(work->step, work->gradient, work->p * sizeof(double));
    vg_solve_upper_transposed(work->r, work->step);
    work->decrement = vg_dot(work->step, work->step, work->p);
    vg_solve_upper(work->r, work->step);
    if (work->kind.family == VG_GLM_GAUSSIAN && work->loglik < 0)
        work->decrement *= (double)work->n_used / (-2 * work->loglik);
}

static void record(VgGlmWork *work, int iteration, double length)
{
    if (work->n_trace < work->capacity_trace)
        work->trace[work->n_trace++] =
            (VgGlmStep){iteration, work->objective, work->decrement, length};
}

/* Goes along the step, halved until the objective does not rise (but for rounding). Returns its
 * length; 0 = none. */
static double move(VgGlmWork *work)
{
    double before = work->objective, length = 1;
    for (int halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
        for (size_t j = 0; j < work->p; j++)
            work->trial[j] = work->beta[j] + length * work->step[j];
        if (evaluate(work, work->trial) && work->objective <= before + 1e-13 * (1 + fabs(before))) {
            memcpy(work->beta, work->trial, work->p * sizeof(double));
            return length;
        }
    }
    evaluate(work, work->beta);
    return 0;
}

/* At a fitted risk of 1 the information is infinite and the decrement says nothing. An optimum
 * inside keeps its distance: a row without the event counts as mu/(1 − mu) against it. */
static bool on_boundary(const VgGlmWork *work, double distance)
{
    if (work->kind.family != VG_GLM_BINOMIAL || work->kind.link != VG_LINK_LOG)
        return false;
    for (size_t i = 0; i < work->n; i++)
        if (work->mu[i] > 1 - distance && vg_glm_prior(work->data, i) > 0)
            return true;
    return false;
}

static VgStatus fail_boundary(VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "log-binomial: the maximum lies on the boundary, where a fitted risk is 1",
                   "fit family poisson with hc0 errors (modified Poisson), or family binomial "
                   "with logit and g-computation");
}

static VgStatus fail_convergence(const VgGlmWork *work, int iterations, VgError *error)
{
    if (on_boundary(work, 1e-4))
        return fail_boundary(error);
    return vg_fail(error, VG_NO_CONVERGENCE,
                   "no certified optimum after %d iterations (decrement %.3g)",
                   "check for covariates of very different scale, or use fewer of them", iterations,
                   work->decrement);
}

static VgStatus accept(const VgGlmWork *work, VgError *error)
{
    return on_boundary(work, 1e-6) ? fail_boundary(error) : VG_OK;
}

VgStatus vg_glm_maximise(VgGlmWork *work, VgError *error)
{
    if (!evaluate(work, work->beta))
        return vg_fail(error, VG_NO_CONVERGENCE, "the starting values lie outside the model",
                       "check offset and covariates for extreme values");
    double previous = INFINITY;
    for (int iteration = 0; iteration < work->max_iterations; iteration++) {
        find_step(work);
        bool certified = work->decrement < CERTIFIED * (1 + fabs(work->objective));
        if (work->decrement <= ROUNDING || (certified && work->decrement >= previous)) {
            record(work, iteration, 0);
            return accept(work, error);
        }
        previous = work->decrement;
        double decrement = work->decrement, length = move(work);
        double reached = work->decrement;
        work->decrement = decrement;
        record(work, iteration, length);
        work->decrement = reached;
        if (length == 0)
            return certified ? accept(work, error) : fail_convergence(work, iteration + 1, error);
        VG_TRY(vg_glm_check_separation(work, error));
    }
    find_step(work);
    return work->decrement < CERTIFIED * (1 + fabs(work->objective))
               ? accept(work, error)
               : fail_convergence(work, work->max_iterations, error);
}

VgStatus vg_glm_use_expected(VgGlmWork *work, VgError *error)
{
    work->observed = false;
    if (!evaluate(work, work->beta))
        return fail_convergence(work, 0, error);
    find_step(work);
    return VG_OK;
}
