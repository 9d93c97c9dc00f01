/* Norms by penalised maximum likelihood, and the choice of their penalties.
 *
 * Local maximum likelihood repeats λ := (edf − 2)/γ'Gγ, edf − 2 = K − 2 − λ tr(V G), G = D'D of second differences and V the inverse penalised
 * information: the step of Rigby & Stasinopoulos 2014 with their residual variance at its value of 1, which is also
 * Fellner & Schall's step to the largest marginal likelihood (Wood & Fasiolo 2017). */
#include "panel/norms_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/bounded_newton.h"
#include "numeric/linear_algebra.h"

static const double LEAST_PENALTY = 1e-6, LARGEST_PENALTY = 1e8;

typedef struct Fit {
    const VgNorm *norm;
    const double *log_y;
    VgNormRow *row;
    double penalty[3];
} Fit;

/* ---- the penalised likelihood ---- */

static size_t curve_length(const VgNorm *norm)
{
    return norm->intervals + 3;
}

/* Σ (γ_i − 2γ_{i+1} + γ_{i+2})² of the curve of M, S or L. */
static double roughness(const VgNorm *norm, int k, const double *theta)
{
    const double *g = theta + norm->part[k];
    double sum = 0;
    for (size_t i = 0; norm->curve[k] && i + 2 < curve_length(norm); i++) {
        double d = g[i] - 2 * g[i + 1] + g[i + 2];
        sum += d * d;
    }
    return sum;
}

static void add_penalty(const VgNorm *norm, int k, double lambda, const double *theta,
                        double *gradient, double *hessian)
{
    static const double DIFFERENCE[3] = {1, -2, 1};
    size_t at = norm->part[k], p = norm->p;
    for (size_t i = 0; norm->curve[k] && i + 2 < curve_length(norm); i++) {
        const double *g = theta + at + i;
        double d = lambda * (g[0] - 2 * g[1] + g[2]);
        for (size_t a = 0; a < 3; a++) {
            gradient[at + i + a] += d * DIFFERENCE[a];
            for (size_t b = 0; b < 3; b++)
                hessian[at + i + a + (at + i + b) * p] += lambda * DIFFERENCE[a] * DIFFERENCE[b];
        }
    }
}

static void add_row(const VgNorm *norm, const VgNormRow *row, const VgNormPoint *point,
                    double *gradient, double *hessian)
{
    for (int k = 0; k < 3; k++)
        for (size_t a = 0; a < row->n[k]; a++) {
            size_t i = row->column[k][a];
            gradient[i] -= point->first[k] * row->value[k][a];
            for (int l = 0; l < 3; l++) {
                double weight = point->second[k + 3 * l] * row->value[k][a];
                double *column = hessian + i;
                for (size_t b = 0; b < row->n[l]; b++)
                    column[row->column[l][b] * norm->p] -= weight * row->value[l][b];
            }
        }
}

/* −ℓ + ½ Σ λ roughness */
static bool evaluate(const void *context, const double *theta, double *value, double *gradient,
                     double *hessian)
{
    const Fit *fit = context;
    const VgNorm *norm = fit->norm;
    double sum = 0;
    if (gradient)
        memset(gradient, 0, norm->p * sizeof(double));
    if (hessian)
        memset(hessian, 0, norm->p * norm->p * sizeof(double));
    for (size_t i = 0; i < norm->n; i++) {
        double eta[3];
        vg_norm_predict(theta, &fit->row[i], eta);
        VgNormPoint point = vg_norm_point(fit->log_y[i], eta);
        sum -= point.value;
        if (!isfinite(sum))
            return false;
        if (gradient && hessian)
            add_row(norm, &fit->row[i], &point, gradient, hessian);
    }
    for (int k = 0; k < 3; k++) {
        sum += fit->penalty[k] / 2 * roughness(norm, k, theta);
        if (gradient && hessian)
            add_penalty(norm, k, fit->penalty[k], theta, gradient, hessian);
    }
    *value = sum;
    return true;
}

/* ---- where to begin ---- */

/* The columns 1, smooth and linear must not be combinations of each other. */
static VgStatus check_rank(VgArena *arena, const VgNormData *data, VgError *error)
{
    size_t q = data->linear.cols, p = 1 + (size_t)(data->smooth != NULL) + q;
    VgMatrix x = vg_matrix_new(arena, data->n, p);
    VgQr qr;
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++) {
        VG_AT(x, i, 0) = 1;
        if (data->smooth)
            VG_AT(x, i, 1) = data->smooth[i];
        for (size_t j = 0; j < q; j++)
            VG_AT(x, i, p - q + j) = VG_AT(data->linear, i, j);
    }
    VG_TRY(vg_qr_factor(arena, x, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "covariates of the reference set are linear combinations of each other",
                       "leave one of them out");
    return VG_OK;
}

/* M by penalised least squares of log y, S by the spread around it, L = 0. */
static VgStatus begin(VgArena *arena, const Fit *fit, VgNorm *norm, VgError *error)
{
    size_t m = norm->part[1];
    VgMatrix a = vg_matrix_new(arena, norm->p, norm->p);
    double *right = VG_NEW(arena, double, norm->p), squares = 0, eta[3];
    if (!a.data || !right)
        return vg_fail_memory(error);
    for (size_t i = 0; i < norm->n; i++) {
        const VgNormRow *row = &fit->row[i];
        for (size_t c = 0; c < row->n[0]; c++) {
            right[row->column[0][c]] += row->value[0][c] * fit->log_y[i];
            for (size_t d = 0; d < row->n[0]; d++)
                VG_AT(a, row->column[0][c], row->column[0][d]) +=
                    row->value[0][c] * row->value[0][d];
        }
    }
    double *none = VG_NEW(arena, double, norm->p);
    if (!none)
        return vg_fail_memory(error);
    add_penalty(norm, VG_NORM_M, 10, norm->theta, none, a.data);
    a.rows = a.cols = m;
    if (!vg_cholesky(a))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the reference set cannot bear these covariates",
                       "leave one of them out");
    vg_cholesky_solve(a, right);
    memcpy(norm->theta, right, m * sizeof(double));
    for (size_t i = 0; i < norm->n; i++) {
        vg_norm_predict(norm->theta, &fit->row[i], eta);
        squares += (fit->log_y[i] - eta[0]) * (fit->log_y[i] - eta[0]);
    }
    if (!(squares > 1e-20 * (double)norm->n))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the values of the reference set do not vary",
                       "there is no norm to be had from them");
    size_t n_spread = norm->curve[1] ? curve_length(norm) : 1;
    for (size_t j = 0; j < n_spread; j++)
        norm->theta[norm->part[1] + j] = log(squares / (double)norm->n) / 2;
    return VG_OK;
}

/* ---- one fit, its covariance and effective df ---- */

/* tr(V G) of a curve. */
static double trace_roughness(const VgNorm *norm, int k)
{
    static const double DIFFERENCE[3] = {1, -2, 1};
    double sum = 0;
    for (size_t i = norm->part[k], end = i + curve_length(norm) - 2; i < end; i++)
        for (size_t a = 0; a < 3; a++)
            for (size_t b = 0; b < 3; b++)
                sum += DIFFERENCE[a] * DIFFERENCE[b] * VG_AT(norm->covariance, i + a, i + b);
    return sum;
}

static VgStatus maximise(VgArena *arena, const Fit *fit, VgNorm *norm, double gaic, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    VgObjective objective = {.n = norm->p, .evaluate = evaluate, .context = fit};
    VgOptimum optimum;
    VG_TRY(vg_bounded_newton(arena, &objective, norm->theta, &optimum, error));
    norm->refits++;
    memcpy(norm->covariance.data, optimum.hessian, norm->p * norm->p * sizeof(double));
    norm->log_likelihood = -optimum.value;
    vg_arena_rewind(arena, mark);
    if (!optimum.certified || !vg_cholesky(norm->covariance))
        return vg_fail(error, VG_NO_CONVERGENCE, "no largest likelihood of the norm was found",
                       "use fewer covariates, or quantile regression (--method quantile)");
    vg_cholesky_invert(norm->covariance);
    double edf = 0;
    for (int k = 0; k < 3; k++) {
        norm->log_likelihood += fit->penalty[k] / 2 * roughness(norm, k, norm->theta);
        norm->penalty[k] = norm->curve[k] ? fit->penalty[k] : 0;
        norm->edf[k] = (double)(norm->part[k + 1] - norm->part[k]);
        if (norm->curve[k])
            norm->edf[k] -= fit->penalty[k] * trace_roughness(norm, k);
        edf += norm->edf[k];
    }
    norm->gaic = -2 * norm->log_likelihood + gaic * edf;
    return VG_OK;
}

/* ---- penalties ---- */

/* The step along log λ, lengthened where steps shrink slowly (Aitken) and shortened where they swing. */
static double accelerated(double step, double *last)
{
    double ratio = *last != 0 ? step / *last : 0, taken = step;
    if (ratio > 0.5)
        taken = ratio < 0.9 ? step / (1 - ratio) : 10 * step;
    if (ratio < -0.5)
        taken = step / 2;
    *last = ratio > 0.5 ? 0 : step; /* two plain steps before the next long one */
    return fmax(-5, fmin(5, taken));
}

static VgStatus local_ml(VgArena *arena, Fit *fit, VgNorm *norm, double gaic, VgError *error)
{
    enum { MOST = 300 };
    double last[3] = {0};
    for (int round = 0; round < MOST; round++) {
        double change = 0;
        VG_TRY(maximise(arena, fit, norm, gaic, error));
        for (int k = 0; k < 3; k++) {
            if (!norm->curve[k])
                continue;
            double rank = (double)curve_length(norm) - 2;
            double free = rank - fit->penalty[k] * trace_roughness(norm, k);
            double next = fmax(free, 1e-12) / fmax(roughness(norm, k, norm->theta), 1e-300);
            next = fmin(fmax(next, LEAST_PENALTY), LARGEST_PENALTY);
            double step = log(next / fit->penalty[k]);
            /* what a step changes in the curve's df; a curve that is nearly a line is one, wherever its penalty goes */
            change = fmax(change, fabs(step) * free);
            next = fit->penalty[k] * exp(accelerated(step, &last[k]));
            fit->penalty[k] = fmin(fmax(next, LEAST_PENALTY), LARGEST_PENALTY);
        }
        if (change < 1e-5)
            return maximise(arena, fit, norm, gaic, error);
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "the penalties of the norm did not settle in %d fits",
                   "choose them by GAIC (--smoothing gaic), or fix them", MOST);
}

/* Golden section along log λ of one curve. */
static VgStatus search_line(VgArena *arena, Fit *fit, VgNorm *norm, int k, double gaic,
                            VgError *error)
{
    static const double GOLDEN = 0.61803398874989484820;
    double low = log(1e-3), high = log(1e7), at[2], value[2];
    for (int e = 0; e < 2; e++) {
        at[e] = e ? low + GOLDEN * (high - low) : high - GOLDEN * (high - low);
        fit->penalty[k] = exp(at[e]);
        VG_TRY(maximise(arena, fit, norm, gaic, error));
        value[e] = norm->gaic;
    }
    while (high - low > 0.01) {
        int e = value[0] > value[1]; /* the end that is replaced */
        if (e) {
            low = at[0];
            at[0] = at[1];
            value[0] = value[1];
            at[1] = low + GOLDEN * (high - low);
        } else {
            high = at[1];
            at[1] = at[0];
            value[1] = value[0];
            at[0] = high - GOLDEN * (high - low);
        }
        fit->penalty[k] = exp(at[e]);
        VG_TRY(maximise(arena, fit, norm, gaic, error));
        value[e] = norm->gaic;
    }
    fit->penalty[k] = exp(value[0] < value[1] ? at[0] : at[1]);
    return maximise(arena, fit, norm, gaic, error);
}

static VgStatus least_gaic(VgArena *arena, Fit *fit, VgNorm *norm, double gaic, VgError *error)
{
    double last = INFINITY;
    VG_TRY(maximise(arena, fit, norm, gaic, error));
    for (int sweep = 0; sweep < 20 && last - norm->gaic > 1e-3; sweep++) {
        last = norm->gaic;
        for (int k = 0; k < 3; k++)
            if (norm->curve[k])
                VG_TRY(search_line(arena, fit, norm, k, gaic, error));
    }
    return VG_OK;
}

/* ---- the whole ---- */

static VgStatus check_values(const VgNormData *data, VgError *error)
{
    if (data->n < VG_NORM_LEAST)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no comparable people: the reference set has %zu",
                       "a norm needs at least 30", data->n);
    if (data->linear.cols > VG_NORM_MOST_COLUMNS - 4)
        return vg_fail(error, VG_INVALID_INPUT, "%zu columns of covariates",
                       "join rare levels of a factor; at most 60 are taken", data->linear.cols);
    for (size_t i = 0; i < data->n; i++)
        if (!(data->y[i] > 0 && isfinite(data->y[i])))
            return vg_fail(error, VG_INVALID_INPUT,
                           "value %zu of the reference set is %g, and must be above 0",
                           "a value below a limit is not 0: use quantile regression "
                           "(--method quantile), which only needs its order",
                           i + 1, data->y[i]);
    return VG_OK;
}

static VgStatus layout(VgArena *arena, const VgNormData *data, const VgNormOptions *options,
                       VgNorm *norm, VgError *error)
{
    *norm = (VgNorm){.n = data->n,
                     .q = data->linear.cols,
                     .has_smooth = data->smooth != NULL,
                     .intervals = options->intervals ? options->intervals : 20,
                     .low = INFINITY,
                     .high = -INFINITY};
    bool smooth = norm->has_smooth;
    norm->curve[0] = smooth && !options->linear_m;
    norm->curve[1] = smooth && !options->linear_s;
    norm->curve[2] = smooth && options->smooth_l;
    norm->line[0] = smooth && options->linear_m;
    norm->line[1] = smooth && options->linear_s;
    for (int k = 0; k < 3; k++)
        norm->part[k + 1] = norm->part[k] +
                            (norm->curve[k] ? curve_length(norm) : 1 + (size_t)norm->line[k]) +
                            (k == VG_NORM_L ? 0 : norm->q);
    norm->p = norm->part[3];
    norm->theta = VG_NEW(arena, double, norm->p);
    norm->covariance = vg_matrix_new(arena, norm->p, norm->p);
    norm->linear_low = VG_NEW(arena, double, norm->q);
    norm->linear_high = VG_NEW(arena, double, norm->q);
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t i = 0; smooth && i < data->n; i++) {
        norm->low = fmin(norm->low, data->smooth[i]);
        norm->high = fmax(norm->high, data->smooth[i]);
    }
    for (size_t j = 0; j < norm->q; j++) {
        norm->linear_low[j] = norm->linear_high[j] = VG_AT(data->linear, 0, j);
        for (size_t i = 1; i < data->n; i++) {
            norm->linear_low[j] = fmin(norm->linear_low[j], VG_AT(data->linear, i, j));
            norm->linear_high[j] = fmax(norm->linear_high[j], VG_AT(data->linear, i, j));
        }
    }
    return VG_OK;
}

static VgStatus fill_rows(VgArena *arena, const VgNormData *data, const VgNorm *norm, Fit *fit,
                          VgError *error)
{
    double *log_y = VG_NEW(arena, double, data->n), *linear = VG_NEW(arena, double, norm->q);
    fit->row = VG_NEW(arena, VgNormRow, data->n);
    if (!log_y || !fit->row || !linear)
        return vg_fail_memory(error);
    fit->log_y = log_y;
    for (size_t i = 0; i < data->n; i++) {
        if (!vg_norm_row_new(arena, norm, &fit->row[i]))
            return vg_fail_memory(error);
        for (size_t j = 0; j < norm->q; j++)
            linear[j] = VG_AT(data->linear, i, j);
        vg_norm_row_fill(norm, data->smooth ? data->smooth[i] : NAN, linear, &fit->row[i]);
        log_y[i] = log(data->y[i]);
    }
    return VG_OK;
}

VgStatus vg_norm_fit(VgArena *arena, const VgNormData *data, const VgNormOptions *options,
                     VgNorm **norm, VgError *error)
{
    VG_TRY(check_values(data, error));
    VG_TRY(check_rank(arena, data, error));
    VgNorm *out = VG_NEW(arena, VgNorm, 1);
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(layout(arena, data, options, out, error));
    Fit fit = {.norm = out, .penalty = {10, 10, 10}};
    VG_TRY(fill_rows(arena, data, out, &fit, error));
    VG_TRY(begin(arena, &fit, out, error));
    double gaic = options->gaic > 0 ? options->gaic : log((double)data->n);
    bool any = out->curve[0] || out->curve[1] || out->curve[2];
    if (options->smoothing == VG_NORM_FIXED || !any) {
        memcpy(fit.penalty, options->penalty, sizeof fit.penalty);
        VG_TRY(maximise(arena, &fit, out, gaic, error));
    } else if (options->smoothing == VG_NORM_GAIC)
        VG_TRY(least_gaic(arena, &fit, out, gaic, error));
    else
        VG_TRY(local_ml(arena, &fit, out, gaic, error));
    *norm = out;
    return VG_OK;
}
