/* The step-function selection model: maximum likelihood from several starts, tests and intervals.
 * Source: Vevea & Hedges 1995; Hedges 1992; three-parameter model: McShane, Böckenholt & Hansen 2016. */
#include "evidence/small_study/small_study.h"

#include <math.h>
#include <string.h>

#include "evidence/small_study/selection_likelihood.h"
#include "model/wald.h"
#include "numeric/bounded_newton.h"
#include "numeric/linear_algebra.h"

static const double THREE_PARAMETER_STEP[] = {0.025};

/* Log-likelihoods that differ by less than this × (1 + |ℓ|) are one optimum. */
static const double SAME_OPTIMUM = 1e-7;

typedef struct Work {
    VgArena *arena;
    const VgSmallStudyData *data;
    VgSelectionSide side;
    double level;
    VgSelectionLikelihood likelihood;
    double *edge;    /* n_intervals + 1 p values: 0, steps, 1 */
    size_t *studies; /* n_intervals */
    size_t n_theta;
    bool *bounded;
    VgError *error;
} Work;

typedef struct Best {
    double *theta;
    VgOptimum optimum;
    size_t starts, optima, iterations;
    double lowest; /* of all ends, certified or not */
} Best;

static VgStatus check_steps(const double *step, size_t n, VgError *error)
{
    for (size_t j = 0; j < n; j++)
        if (!(step[j] > (j ? step[j - 1] : 0)) || !(step[j] < 1))
            return vg_fail(error, VG_INVALID_INPUT, "cut %zu of the selection model is %g",
                           "cuts are p values between 0 and 1, ascending, such as 0.025, 0.5",
                           j + 1, step[j]);
    return VG_OK;
}

static double p_value(const Work *work, double y, double v)
{
    double z = y / sqrt(v), root_half = 0.70710678118654752440;
    return work->side == VG_SELECTION_TWO_SIDED ? erfc(fabs(z) * root_half)
                                                : 0.5 * erfc(z * root_half);
}

/* Every interval needs a study, else its weight runs to 0 (or the first one's to infinity). */
static VgStatus check_intervals(const Work *work)
{
    for (size_t j = 0; j < work->likelihood.n_intervals; j++)
        if (work->studies[j] == 0)
            return vg_fail(
                work->error, VG_NOT_ESTIMABLE,
                "no study has a p value between %g and %g: its weight cannot be estimated",
                "choose cuts such that every interval holds studies; with all p values on "
                "one side of 0.025 there is no selection model",
                work->edge[j], work->edge[j + 1]);
    return VG_OK;
}

/* Intercept alone or the caller's X, with the sign of the selecting tail. */
static VgStatus take_design(Work *work, const VgMatrix *x)
{
    size_t k = work->data->k, p = x && x->cols ? x->cols : 1;
    double sign = work->side == VG_SELECTION_LESS ? -1 : 1;
    VgMatrix copy = vg_matrix_new(work->arena, k, p), factored = vg_matrix_new(work->arena, k, p);
    if (!copy.data || !factored.data)
        return vg_fail_memory(work->error);
    if (x && x->cols && x->rows != k)
        return vg_fail(work->error, VG_INVALID_INPUT, "%zu rows of moderators for %zu studies",
                       "give one row a study", x->rows, k);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < k; i++) {
            double value = x && x->cols ? VG_AT(*x, i, j) : 1;
            if (!isfinite(value))
                return vg_fail(work->error, VG_INVALID_INPUT,
                               "moderator %zu of study %zu is missing",
                               "leave the study out or complete the moderator", j + 1, i + 1);
            VG_AT(factored, i, j) = value;
            VG_AT(copy, i, j) = sign * value;
        }
    VgQr qr = {0};
    if (k >= p)
        VG_TRY(vg_qr_factor(work->arena, factored, VG_RANK_TOLERANCE, &qr, work->error));
    if (qr.rank < p)
        return vg_fail(work->error, VG_NOT_ESTIMABLE, "moderators are collinear: rank %zu of %zu",
                       "leave one of them out", qr.rank, p);
    work->likelihood.x = copy;
    work->likelihood.p = p;
    return VG_OK;
}

static VgStatus prepare(Work *work, const VgSelectionOptions *options)
{
    const VgSmallStudyData *data = work->data;
    const double *step = options->step ? options->step : THREE_PARAMETER_STEP;
    size_t k = data->k, n_steps = options->step ? options->n_steps : 1, n_intervals = n_steps + 1;
    VG_TRY(vg_small_study_check(data, 1, work->error));
    VG_TRY(check_steps(step, n_steps, work->error));
    if (n_steps == 0)
        return vg_fail(work->error, VG_INVALID_INPUT, "no cut for the selection model",
                       "give at least one, such as 0.025");
    work->side = options->side;
    VG_TRY(take_design(work, options->x));
    VgSelectionLikelihood *likelihood = &work->likelihood;
    double *y = VG_NEW(work->arena, double, k), *cut = VG_NEW(work->arena, double, n_steps);
    size_t *interval = VG_NEW(work->arena, size_t, k);
    work->edge = VG_NEW(work->arena, double, n_intervals + 1);
    work->studies = VG_NEW(work->arena, size_t, n_intervals);
    likelihood->workspace =
        VG_NEW(work->arena, double, vg_selection_workspace(likelihood->p, n_intervals));
    work->n_theta = likelihood->p + n_intervals;
    work->bounded = VG_NEW(work->arena, bool, work->n_theta);
    if (!y || !cut || !interval || !work->edge || !work->studies || !likelihood->workspace ||
        !work->bounded)
        return vg_fail_memory(work->error);
    work->bounded[likelihood->p] = true;
    likelihood->k = k;
    likelihood->y = y;
    likelihood->v = data->v;
    likelihood->n_intervals = n_intervals;
    likelihood->interval = interval;
    likelihood->cut = cut;
    likelihood->two_sided = work->side == VG_SELECTION_TWO_SIDED;
    work->edge[n_intervals] = 1;
    for (size_t j = 0; j < n_steps; j++) {
        work->edge[j + 1] = step[j];
        cut[j] = -vg_normal_quantile(likelihood->two_sided ? 0.5 * step[j] : step[j]);
    }
    for (size_t i = 0; i < k; i++) {
        y[i] = work->side == VG_SELECTION_LESS ? -data->y[i] : data->y[i];
        double p = p_value(work, y[i], data->v[i]);
        while (interval[i] < n_steps && p > step[interval[i]])
            interval[i]++;
        work->studies[interval[i]]++;
    }
    VG_TRY(check_intervals(work));
    if (k < work->n_theta)
        return vg_fail(work->error, VG_NOT_ESTIMABLE, "%zu parameters from %zu studies",
                       "use fewer cuts or moderators, or do without a selection model",
                       work->n_theta, k);
    return VG_OK;
}

/* One start; keeps the lowest certified optimum. */
static VgStatus climb(Work *work, const VgSelectionLikelihood *likelihood, const double *start,
                      Best *best)
{
    size_t n = vg_selection_parameters(likelihood);
    double *theta = VG_NEW(work->arena, double, n);
    if (!theta)
        return vg_fail_memory(work->error);
    memcpy(theta, start, n * sizeof *theta);
    VgObjective objective = {n, work->bounded, vg_selection_evaluate, likelihood};
    VgOptimum optimum;
    VG_TRY(vg_bounded_newton(work->arena, &objective, theta, &optimum, work->error));
    best->iterations += optimum.iterations;
    if (optimum.value < best->lowest)
        best->lowest = optimum.value;
    if (!optimum.certified)
        return VG_OK;
    best->starts++;
    double tolerance = SAME_OPTIMUM * (1 + fabs(optimum.value));
    if (!best->theta || optimum.value < best->optimum.value - tolerance ||
        optimum.value > best->optimum.value + tolerance)
        best->optima++;
    if (!best->theta || optimum.value < best->optimum.value) {
        best->theta = theta;
        best->optimum = optimum;
    }
    return VG_OK;
}

/* An end that is not certified and yet lower than the best optimum means that the likelihood goes on rising
 * somewhere: the optimum is not the maximum. */
static VgStatus judge(const Best *best, const char *what, VgError *error)
{
    if (!best->theta)
        return vg_fail(error, VG_NO_CONVERGENCE,
                       "no maximum of the likelihood %s was found from any start",
                       "there may be too few studies in an interval: use one cut (0.025)", what);
    if (best->lowest < best->optimum.value - SAME_OPTIMUM * (1 + fabs(best->optimum.value)))
        return vg_fail(error, VG_NO_CONVERGENCE,
                       "the likelihood %s rises beyond its best certified maximum (by %g)",
                       "there may be too few studies in an interval: use one cut (0.025)", what,
                       best->optimum.value - best->lowest);
    return VG_OK;
}

/* Least squares with weights 1/(v + tau²) into theta's first p. */
static VgStatus weighted_mean(Work *work, double tau2, double *theta)
{
    const VgSelectionLikelihood *likelihood = &work->likelihood;
    size_t p = likelihood->p;
    VgMatrix m = vg_matrix_new(work->arena, p, p);
    if (!m.data)
        return vg_fail_memory(work->error);
    memset(theta, 0, p * sizeof *theta);
    for (size_t i = 0; i < likelihood->k; i++) {
        double w = 1 / (likelihood->v[i] + tau2);
        for (size_t b = 0; b < p; b++) {
            double x = w * VG_AT(likelihood->x, i, b);
            theta[b] += x * likelihood->y[i];
            for (size_t a = 0; a < p; a++)
                VG_AT(m, a, b) += x * VG_AT(likelihood->x, i, a);
        }
    }
    if (!vg_cholesky(m))
        return vg_fail(work->error, VG_NOT_ESTIMABLE, "moderators are collinear",
                       "leave one of them out");
    vg_cholesky_solve(m, theta);
    return VG_OK;
}

/* ML without selection: the same likelihood with one interval. */
static VgStatus fit_unselected(Work *work, Best *best)
{
    VgSelectionLikelihood plain = work->likelihood;
    static const double factors[] = {0, 0.1, 1, 10};
    size_t p = plain.p;
    double *start = VG_NEW(work->arena, double, p + 1), typical = 0;
    size_t *zero = VG_NEW(work->arena, size_t, plain.k);
    if (!start || !zero)
        return vg_fail_memory(work->error);
    plain.n_intervals = 1;
    plain.two_sided = false;
    plain.interval = zero;
    for (size_t i = 0; i < plain.k; i++)
        typical += plain.v[i] / (double)plain.k;
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++) {
        start[p] = factors[f] * typical;
        VG_TRY(weighted_mean(work, start[p], start));
        VG_TRY(climb(work, &plain, start, best));
    }
    return judge(best, "without selection", work->error);
}

static VgStatus fit_selected(Work *work, const Best *unselected, bool tau2_zero, Best *best)
{
    VgSelectionLikelihood likelihood = work->likelihood;
    static const double weights[] = {1, 0.5, 0.1, 0.02, 2};
    size_t p = likelihood.p;
    double *start = VG_NEW(work->arena, double, work->n_theta), typical = 0;
    if (!start)
        return vg_fail_memory(work->error);
    for (size_t i = 0; i < likelihood.k; i++)
        typical += likelihood.v[i] / (double)likelihood.k;
    likelihood.tau2_zero = tau2_zero;
    for (size_t w = 0; w < sizeof weights / sizeof *weights; w++)
        for (size_t s = 0; s < 4;
             s++) { /* mean: as unselected or halved; tau²: as unselected or larger */
            for (size_t j = 0; j < p; j++)
                start[j] = unselected->theta[j] * (s & 1 ? 0.3 : 1);
            start[p] = tau2_zero ? 0 : unselected->theta[p] + (s & 2 ? 2 * typical : 0);
            for (size_t j = 1; j < likelihood.n_intervals; j++)
                start[p + j] = log(weights[w]);
            VG_TRY(climb(work, &likelihood, start, best));
        }
    return judge(best, tau2_zero ? "with tau² = 0" : "of the selection model", work->error);
}

/* Inverse information of (β, τ², w): that of the logarithms scaled by the weights, since the gradient is 0. */
static VgStatus covariance(Work *work, const Best *best, double **out)
{
    size_t n = work->n_theta, p = work->likelihood.p, m = 0;
    const VgOptimum *optimum = &best->optimum;
    size_t *free = VG_NEW(work->arena, size_t, n);
    double *full = VG_NEW(work->arena, double, n *n), *scale = VG_NEW(work->arena, double, n);
    if (!free || !full || !scale)
        return vg_fail_memory(work->error);
    for (size_t i = 0; i < n; i++) {
        scale[i] = i > p ? exp(best->theta[i]) : 1;
        if (!optimum->at_bound[i])
            free[m++] = i;
    }
    VgMatrix h = vg_matrix_new(work->arena, m, m);
    if (!h.data)
        return vg_fail_memory(work->error);
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            VG_AT(h, a, b) = optimum->hessian[free[a] + free[b] * n];
    if (!vg_cholesky(h))
        return vg_fail(work->error, VG_NO_CONVERGENCE,
                       "the information of the selection model is not positive definite",
                       "use fewer cuts or moderators");
    vg_cholesky_invert(h);
    for (size_t i = 0; i < n * n; i++)
        full[i] = NAN;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            full[free[a] + free[b] * n] = scale[free[a]] * scale[free[b]] * VG_AT(h, a, b);
    *out = full;
    return VG_OK;
}

static VgStatus fill_weights(Work *work, const Best *best, VgSelection *out)
{
    size_t p = work->likelihood.p, n = work->n_theta;
    double z = vg_normal_quantile(0.5 + 0.5 * work->level);
    out->weight = VG_NEW(work->arena, VgSelectionWeight, out->n_weights);
    if (!out->weight)
        return vg_fail_memory(work->error);
    out->smallest_interval = work->studies[0];
    for (size_t j = 0; j < out->n_weights; j++) {
        VgSelectionWeight *weight = &out->weight[j];
        *weight = (VgSelectionWeight){
            work->edge[j], work->edge[j + 1], work->studies[j], 1, NAN, NAN, NAN, NAN};
        if (work->studies[j] < out->smallest_interval)
            out->smallest_interval = work->studies[j];
        if (j == 0)
            continue;
        weight->weight = exp(best->theta[p + j]);
        weight->se = sqrt(out->covariance[(p + j) * (n + 1)]);
        weight->lower = fmax(0, weight->weight - z * weight->se);
        weight->upper = weight->weight + z * weight->se;
        weight->p = vg_normal_two_sided((weight->weight - 1) / weight->se);
    }
    return VG_OK;
}

static VgStatus fill_unselected(Work *work, const Best *best, VgSelection *out)
{
    const VgSelectionLikelihood *likelihood = &work->likelihood;
    size_t p = likelihood->p;
    VgMatrix m = vg_matrix_new(work->arena, p, p);
    out->unselected = VG_NEW(work->arena, VgInference, p);
    if (!m.data || !out->unselected)
        return vg_fail_memory(work->error);
    out->unselected_tau2 = best->theta[p];
    out->unselected_loglik = -best->optimum.value;
    /* standard errors given tau², as metafor's */
    for (size_t i = 0; i < likelihood->k; i++)
        for (size_t b = 0; b < p; b++)
            for (size_t a = 0; a < p; a++)
                VG_AT(m, a, b) += VG_AT(likelihood->x, i, a) * VG_AT(likelihood->x, i, b) /
                                  (likelihood->v[i] + best->theta[p]);
    if (!vg_cholesky(m))
        return vg_fail(work->error, VG_NOT_ESTIMABLE, "moderators are collinear",
                       "leave one of them out");
    vg_cholesky_invert(m);
    for (size_t j = 0; j < p; j++)
        out->unselected[j] = vg_wald(best->theta[j], sqrt(VG_AT(m, j, j)), INFINITY, work->level);
    return VG_OK;
}

VgStatus vg_selection_model(VgArena *arena, const VgSmallStudyData *data,
                            const VgSelectionOptions *options, VgSelection *out, VgError *error)
{
    static const VgSelectionOptions defaults = {0};
    Work work = {.arena = arena, .data = data, .error = error};
    Best unselected = {.lowest = INFINITY}, selected = {.lowest = INFINITY},
         no_tau2 = {.lowest = INFINITY};
    if (!options)
        options = &defaults;
    memset(out, 0, sizeof *out);
    if (!vg_level(options->level, &work.level))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       options->level);
    VG_TRY(prepare(&work, options));
    VG_TRY(fit_unselected(&work, &unselected));
    VG_TRY(fit_selected(&work, &unselected, false, &selected));
    size_t p = work.likelihood.p, n = work.n_theta;
    out->p = p;
    out->n_weights = work.likelihood.n_intervals;
    out->tau2 = selected.theta[p];
    out->tau2_at_boundary = selected.optimum.at_bound[p];
    out->loglik = -selected.optimum.value;
    out->decrement = selected.optimum.decrement;
    out->smallest_eigenvalue = selected.optimum.smallest_eigenvalue;
    out->iterations = selected.iterations;
    out->starts = selected.starts;
    out->optima = selected.optima;
    out->few = data->k < 20;
    VG_TRY(covariance(&work, &selected, &out->covariance));
    VG_TRY(fill_unselected(&work, &unselected, out));
    VG_TRY(fill_weights(&work, &selected, out));
    out->tau2_se = sqrt(out->covariance[p * (n + 1)]);
    out->coefficient = VG_NEW(arena, VgInference, p);
    if (!out->coefficient)
        return vg_fail_memory(error);
    /* X was negated with y for "less": beta keeps its sign. */
    for (size_t j = 0; j < p; j++)
        out->coefficient[j] =
            vg_wald(selected.theta[j], sqrt(out->covariance[j * (n + 1)]), INFINITY, work.level);
    out->lrt = fmax(0, 2 * (out->loglik - out->unselected_loglik));
    out->lrt_df = (double)(out->n_weights - 1);
    out->lrt_p = vg_chi_square_upper(out->lrt, out->lrt_df);
    out->tau2_lrt = out->tau2_lrt_p = NAN;
    VgError ignored; /* without this fit only its test is missing */
    work.error = &ignored;
    VgStatus status = fit_selected(&work, &unselected, true, &no_tau2);
    if (status == VG_OK) {
        out->tau2_lrt = fmax(0, 2 * (out->loglik + no_tau2.optimum.value));
        out->tau2_lrt_p = vg_chi_square_upper(out->tau2_lrt, 1);
    } else if (status != VG_NO_CONVERGENCE) {
        if (error)
            *error = ignored;
        return status;
    }
    return VG_OK;
}
