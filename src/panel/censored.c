/* The censored normal regression by Newton's method in Olsen's parameters; means of groups; substitution by name.
 * Tobin 1958; Olsen 1978; METHODS 1.1. */
#include <vagus/censored.h>

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "panel/censored_value.h"

VgStatus vg_censored_log(double *lower, double *upper, size_t n, VgError *error)
{
    for (size_t i = 0; i < n; i++) {
        if (isnan(lower[i]) || isnan(upper[i]))
            continue;
        if (!(upper[i] > 0))
            return vg_fail(error, VG_INVALID_INPUT, "concentration %g (value %zu) has no logarithm",
                           lower[i] == upper[i]
                               ? "a value that was not detected is below its limit, not 0"
                               : "a limit of a concentration is above 0",
                           upper[i], i + 1);
        lower[i] = lower[i] > 0 ? log(lower[i]) : -INFINITY;
        upper[i] = log(upper[i]);
    }
    return VG_OK;
}

/* --- the fit ---------------------------------------------------------------------------------- */

/* Least squares on stand-ins gives β0 and the scale s; the model is then fitted to (bounds − Xβ0)/s on the
 * orthonormal columns Q of X = QR, so that neither units nor shifts matter. θ = (γ, h): γ = R(β − β0)/σ, h = s/σ. */
typedef struct Problem {
    size_t n, p;
    VgMatrix q;
    double *lower, *upper; /* reduced */
    double scale;
    VgQr qr;
    double *start; /* p: Q' of the stand-ins */
} Problem;

static VgStatus check_bounds(const double *lower, const double *upper, size_t n, VgCensoredFit *fit,
                             VgError *error)
{
    for (size_t i = 0; i < n; i++) {
        if (vg_bounds_missing(lower[i], upper[i]))
            return vg_fail(error, VG_INVALID_INPUT, "value %zu is missing",
                           "leave rows without a value out", i + 1);
        if (!(lower[i] <= upper[i]) || lower[i] == INFINITY || upper[i] == -INFINITY)
            return vg_fail(error, VG_INVALID_INPUT, "value %zu lies between %g and %g",
                           "the lower bound comes first", i + 1, lower[i], upper[i]);
        fit->n_observed += lower[i] == upper[i];
        fit->n_below += lower[i] == -INFINITY;
        fit->n_above += upper[i] == INFINITY;
    }
    fit->n_within = n - fit->n_observed - fit->n_below - fit->n_above;
    return VG_OK;
}

static VgStatus prepare(VgArena *arena, VgMatrix x, const double *lower, const double *upper,
                        Problem *problem, VgError *error)
{
    size_t n = x.rows, p = x.cols;
    VgMatrix copy = vg_matrix_new(arena, n, p);
    problem->n = n;
    problem->p = p;
    problem->q = vg_matrix_new(arena, n, p);
    problem->lower = VG_NEW(arena, double, n);
    problem->upper = VG_NEW(arena, double, n);
    double *y = VG_NEW(arena, double, n);
    problem->start = VG_NEW(arena, double, p);
    if (!copy.data || !problem->q.data || !problem->lower || !problem->upper || !y ||
        !problem->start)
        return vg_fail_memory(error);
    vg_matrix_copy(x, copy);
    VG_TRY(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &problem->qr, error));
    if (problem->qr.rank < p || p == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "column %zu of the design is a combination of the others", "leave it out",
                       p ? problem->qr.pivot[p - 1] + 1 : 0);
    for (size_t j = 0; j < p; j++) {
        VG_AT(problem->q, j, j) = 1;
        vg_qr_multiply(&problem->qr, &VG_AT(problem->q, 0, j));
    }
    for (size_t i = 0; i < n; i++)
        y[i] = vg_bounds_middle(lower[i], upper[i]);
    vg_qr_transposed_multiply(&problem->qr, y);
    memcpy(problem->start, y, p * sizeof *y);
    double squares = 0, size = 0;
    for (size_t i = p; i < n; i++)
        squares += y[i] * y[i];
    for (size_t i = 0; i < n; i++)
        size += y[i] * y[i];
    problem->scale = sqrt(squares / (double)n);
    if (!(problem->scale > 1e-13 * sqrt(size / (double)n)))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the values leave no spread around their model",
                       "there must be more different values than coefficients");
    memset(y + p, 0, (n - p) * sizeof *y);
    vg_qr_multiply(&problem->qr, y); /* Xβ0 */
    for (size_t i = 0; i < n; i++) {
        problem->lower[i] = (lower[i] - y[i]) / problem->scale;
        problem->upper[i] =
            lower[i] == upper[i] ? problem->lower[i] : (upper[i] - y[i]) / problem->scale;
    }
    return VG_OK;
}

/* Value, gradient and minus the Hessian; NULL gradient: value only. */
static double evaluate(const Problem *problem, const double *theta, double *gradient,
                       VgMatrix information)
{
    size_t p = problem->p;
    double value = 0, carry = 0;
    if (gradient) {
        memset(gradient, 0, (p + 1) * sizeof *gradient);
        for (size_t j = 0; j <= p; j++)
            memset(&VG_AT(information, 0, j), 0, (p + 1) * sizeof(double));
    }
    for (size_t i = 0; i < problem->n; i++) {
        double eta = 0;
        for (size_t j = 0; j < p; j++)
            eta += VG_AT(problem->q, i, j) * theta[j];
        VgCensoredValue v = vg_censored_value(problem->lower[i], problem->upper[i], theta[p], eta);
        double term = v.value - carry, next = value + term; /* Kahan */
        carry = (next - value) - term;
        value = next;
        if (!gradient)
            continue;
        for (size_t j = 0; j < p; j++) {
            double q = VG_AT(problem->q, i, j);
            gradient[j] -= q * v.d_s;
            VG_AT(information, p, j) += q * v.d_sh;
            for (size_t k = j; k < p; k++)
                VG_AT(information, k, j) -= q * VG_AT(problem->q, i, k) * v.d_ss;
        }
        gradient[p] += v.d_h;
        VG_AT(information, p, p) -= v.d_hh;
    }
    return value;
}

static VgStatus no_maximum(VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE, "the likelihood has no maximum",
                   "a group (or combination of coefficients) has all its values censored on one "
                   "side, or values that fit exactly");
}

/* Some direction is told of by next to nothing: the columns are orthonormal, so an observed value counts 1. */
static bool is_flat(VgArena *arena, VgMatrix information, VgStatus *status, VgError *error)
{
    VgMatrix copy = vg_matrix_new(arena, information.rows, information.cols);
    double *values = VG_NEW(arena, double, information.rows);
    if (!copy.data || !values) {
        *status = vg_fail_memory(error);
        return false;
    }
    vg_matrix_copy(information, copy);
    *status = vg_symmetric_eigen(arena, copy, values, error);
    return *status == VG_OK && !(values[0] > 1e-7);
}

static VgStatus maximise(VgArena *arena, const Problem *problem, double *theta, VgMatrix factor,
                         VgCensoredFit *fit, VgError *error)
{
    size_t size = problem->p + 1;
    double *gradient = VG_NEW(arena, double, size), *step = VG_NEW(arena, double, size),
           *trial = VG_NEW(arena, double, size);
    VgMatrix information = vg_matrix_new(arena, size, size);
    if (!gradient || !step || !trial || !information.data)
        return vg_fail_memory(error);
    int polish = 0;
    for (fit->iterations = 0; fit->iterations < 200; fit->iterations++) {
        double value = evaluate(problem, theta, gradient, information);
        vg_matrix_copy(information, factor);
        memcpy(step, gradient, size * sizeof *step);
        if (!isfinite(value) || !vg_cholesky(factor))
            return no_maximum(error);
        vg_cholesky_solve(factor, step);
        fit->decrement = 0;
        for (size_t j = 0; j < size; j++)
            fit->decrement += step[j] * gradient[j];
        fit->log_likelihood = value;
        bool certified = fit->decrement < 1e-12 * (1 + fabs(value));
        if (certified && (polish++ == 3 || fit->decrement < 1e-28))
            break;
        /* so near the top the value cannot tell steps apart; whole steps bring the last digits */
        double length = 1;
        bool better = certified && theta[size - 1] + step[size - 1] > 0;
        for (size_t j = 0; better && j < size; j++)
            trial[j] = theta[j] + step[j];
        for (int half = 0; half < 60 && !better; half++, length /= 2) {
            for (size_t j = 0; j < size; j++)
                trial[j] = theta[j] + length * step[j];
            better = trial[size - 1] > 0 && evaluate(problem, trial, NULL, factor) >= value;
        }
        if (!better)
            break;
        memcpy(theta, trial, size * sizeof *theta);
        if (theta[size - 1] > 1e8)
            return no_maximum(error);
    }
    VgStatus status;
    bool flat = is_flat(arena, information, &status, error);
    VG_TRY(status);
    if (flat)
        return no_maximum(error);
    if (!(fit->decrement < 1e-12 * (1 + fabs(fit->log_likelihood))))
        return vg_fail(error, VG_NO_CONVERGENCE,
                       "the censored model did not converge in %zu steps (decrement %g)",
                       "look for values that lie far from the others", fit->iterations,
                       fit->decrement);
    return VG_OK;
}

/* β = β0 + s R⁻¹γ/h, log σ = log s − log h; covariance by the Jacobian, exact at the maximum. */
static VgStatus into_fit(VgArena *arena, const Problem *problem, const double *theta,
                         VgMatrix factor, VgCensoredFit *fit, VgError *error)
{
    size_t p = problem->p, size = p + 1;
    double h = theta[p], sigma = problem->scale / h;
    VgMatrix jacobian = vg_matrix_new(arena, size, size);
    double *b = VG_NEW(arena, double, size);
    fit->beta = VG_NEW(arena, double, p);
    fit->covariance = vg_matrix_new(arena, size, size);
    if (!jacobian.data || !b || !fit->beta || !fit->covariance.data)
        return vg_fail_memory(error);
    fit->sigma = sigma;
    for (size_t j = 0; j < p; j++)
        b[j] = problem->start[j] + sigma * theta[j];
    vg_qr_solve(&problem->qr, b);
    for (size_t j = 0; j < p; j++)
        fit->beta[problem->qr.pivot[j]] = b[j];
    /* column j of the Jacobian, then L⁻¹ of its transpose: covariance = (L⁻¹ J')' (L⁻¹ J') */
    for (size_t j = 0; j < size; j++) {
        memset(b, 0, size * sizeof *b);
        if (j < p) {
            b[j] = sigma;
            vg_qr_solve(&problem->qr, b);
        } else {
            for (size_t k = 0; k < p; k++)
                b[k] = -sigma * theta[k] / h;
            vg_qr_solve(&problem->qr, b);
            b[p] = -1 / h;
        }
        for (size_t k = 0; k < size; k++)
            VG_AT(jacobian, j, k < p ? problem->qr.pivot[k] : p) = b[k];
    }
    for (size_t k = 0; k < size; k++)
        vg_cholesky_forward(factor, &VG_AT(jacobian, 0, k));
    vg_cross_product(jacobian, fit->covariance);
    fit->log_likelihood -= (double)fit->n_observed * log(problem->scale);
    return VG_OK;
}

VgStatus vg_censored_fit(VgArena *arena, VgMatrix x, const double *lower, const double *upper,
                         VgCensoredFit *fit, VgError *error)
{
    *fit = (VgCensoredFit){.n = x.rows, .p = x.cols};
    if (x.rows <= x.cols)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu values for %zu coefficients and a spread",
                       "give more values or fewer coefficients", x.rows, x.cols);
    VG_TRY(check_bounds(lower, upper, x.rows, fit, error));
    Problem problem;
    VG_TRY(prepare(arena, x, lower, upper, &problem, error));
    double *theta = VG_NEW(arena, double, x.cols + 1);
    VgMatrix factor = vg_matrix_new(arena, x.cols + 1, x.cols + 1);
    if (!theta || !factor.data)
        return vg_fail_memory(error);
    theta[x.cols] = 1;
    VG_TRY(maximise(arena, &problem, theta, factor, fit, error));
    return into_fit(arena, &problem, theta, factor, fit, error);
}

/* --- groups ----------------------------------------------------------------------------------- */

void vg_censored_cells(const double *lower, const double *upper, size_t n, const size_t *group,
                       size_t n_groups, VgCensoredCell *cell)
{
    for (size_t g = 0; g < n_groups; g++)
        cell[g] = (VgCensoredCell){.mean = NAN, .se = NAN, .lower = NAN, .upper = NAN};
    for (size_t i = 0; i < n; i++) {
        VgCensoredCell *c = &cell[group[i]];
        if (vg_bounds_missing(lower[i], upper[i])) {
            c->n_missing++;
            continue;
        }
        c->n++;
        if (lower[i] == upper[i])
            continue;
        c->n_below += lower[i] == -INFINITY;
        c->n_above += upper[i] == INFINITY;
        c->n_within += !isinf(lower[i]) && !isinf(upper[i]);
    }
    for (size_t g = 0; g < n_groups; g++) {
        VgCensoredCell *c = &cell[g];
        size_t censored = c->n_below + c->n_above + c->n_within;
        c->share = c->n ? (double)censored / (double)c->n : NAN;
        c->verdict = c->n == 0                  ? VG_CENSORED_EMPTY
                     : 10 * censored > 7 * c->n ? VG_CENSORED_TOO_MANY
                     : 10 * censored > 3 * c->n ? VG_CENSORED_MANY
                                                : VG_CENSORED_FINE;
    }
}

VgStatus vg_censored_means(VgArena *arena, const double *lower, const double *upper, size_t n,
                           const size_t *group, size_t n_groups, double level, VgCensoredCell *cell,
                           double *sigma, VgError *error)
{
    vg_censored_cells(lower, upper, n, group, n_groups, cell);
    size_t *column = VG_NEW(arena, size_t, n_groups), p = 0, rows = 0;
    if (!column)
        return vg_fail_memory(error);
    for (size_t g = 0; g < n_groups; g++)
        if (cell[g].verdict <= VG_CENSORED_MANY) {
            column[g] = p++;
            rows += cell[g].n;
        }
    if (p == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no group has 30 %% of its values within limits",
                       "analyse whether the analyte was detected instead");
    VgMatrix x = vg_matrix_new(arena, rows, p);
    double *l = VG_NEW(arena, double, rows), *u = VG_NEW(arena, double, rows);
    if (!x.data || !l || !u)
        return vg_fail_memory(error);
    size_t row = 0;
    for (size_t i = 0; i < n; i++)
        if (cell[group[i]].verdict <= VG_CENSORED_MANY && !vg_bounds_missing(lower[i], upper[i])) {
            VG_AT(x, row, column[group[i]]) = 1;
            l[row] = lower[i];
            u[row++] = upper[i];
        }
    VgCensoredFit fit;
    VG_TRY(vg_censored_fit(arena, x, l, u, &fit, error));
    double z = vg_normal_quantile(0.5 + (level > 0 ? level : 0.95) / 2);
    for (size_t g = 0; g < n_groups; g++)
        if (cell[g].verdict <= VG_CENSORED_MANY) {
            VgCensoredCell *c = &cell[g];
            c->mean = fit.beta[column[g]];
            c->se = sqrt(VG_AT(fit.covariance, column[g], column[g]));
            c->lower = c->mean - z * c->se;
            c->upper = c->mean + z * c->se;
        }
    if (sigma)
        *sigma = fit.sigma;
    return VG_OK;
}

/* --- substitution ----------------------------------------------------------------------------- */

static const char *const substitution_names[] = {"none", "half", "root-half", "limit"};

const char *vg_substitution_name(VgSubstitution rule)
{
    return (unsigned)rule < 4 ? substitution_names[rule] : NULL;
}

VgStatus vg_censored_substitute(const double *lower, const double *upper, size_t n,
                                VgSubstitution rule, bool log_scale, double *out, VgError *error)
{
    double factor = rule == VG_SUBSTITUTE_HALF        ? 0.5
                    : rule == VG_SUBSTITUTE_ROOT_HALF ? sqrt(0.5)
                                                      : 1;
    for (size_t i = 0; i < n; i++) {
        if (vg_bounds_missing(lower[i], upper[i])) {
            out[i] = NAN;
            continue;
        }
        if (lower[i] != upper[i] && rule == VG_SUBSTITUTE_NONE)
            return vg_fail(error, VG_INVALID_INPUT, "value %zu is censored",
                           "use the censored model or imputation, or name a substitution rule",
                           i + 1);
        out[i] = vg_bounds_middle(lower[i], upper[i]);
        if (isinf(lower[i]))
            out[i] = log_scale ? upper[i] + log(factor) : upper[i] * factor;
    }
    return VG_OK;
}
