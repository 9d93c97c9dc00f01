/* The three-level model: variance components by (restricted) maximum likelihood, tests, shares of variance,
 * profile-likelihood intervals, leave-one-study-out.
 * Source: Konstantopoulos 2011; Viechtbauer 2010; I² by level: Nakagawa & Santos 2012, with tr(P). */
#include <vagus/meta_multilevel.h>

#include <math.h>
#include <string.h>

#include "evidence/multilevel/multilevel_likelihood.h"
#include "model/wald.h"
#include "numeric/bounded_newton.h"
#include "numeric/root.h"

static const bool BOUNDED[2] = {true, true};

/* Log-likelihoods that differ by less than this × (1 + |ℓ|) are one optimum. */
static const double SAME_OPTIMUM = 1e-8;

typedef struct Search {
    VgArena *arena;
    VgMultilevelModel *model;
    double typical;    /* variance to start from */
    double per_decade; /* grid points */
    double theta[2];
    VgOptimum optimum;
    size_t starts, optima, iterations;
    double lowest;
    VgError *error;
} Search;

/* One start; keeps the lowest certified optimum. */
static VgStatus climb(Search *search, double study, double effect)
{
    VgObjective objective = {2, BOUNDED, vg_multilevel_evaluate, search->model};
    VgOptimum optimum;
    double theta[2] = {study, effect};
    VG_TRY(vg_bounded_newton(search->arena, &objective, theta, &optimum, search->error));
    search->iterations += optimum.iterations;
    search->lowest = fmin(search->lowest, optimum.value);
    if (!optimum.certified)
        return VG_OK;
    bool first = search->starts == 0;
    double tolerance = SAME_OPTIMUM * (1 + fabs(optimum.value));
    if (first || fabs(optimum.value - search->optimum.value) > tolerance)
        search->optima++;
    search->starts++;
    if (first || optimum.value < search->optimum.value) {
        memcpy(search->theta, theta, sizeof theta);
        search->optimum = optimum;
    }
    return VG_OK;
}

static VgStatus judge(const Search *search)
{
    if (search->starts == 0)
        return vg_fail(
            search->error, VG_NO_CONVERGENCE,
            "no maximum of the three-level likelihood was found from any start",
            "check the sampling variances; sizes that differ by many orders of magnitude "
            "are a sign of a wrong column");
    double excess = search->optimum.value - search->lowest;
    if (excess > SAME_OPTIMUM * (1 + fabs(search->lowest)))
        return vg_fail(search->error, VG_NO_CONVERGENCE,
                       "the three-level likelihood rises beyond its best certified maximum (by %g)",
                       "check the sampling variances", excess);
    return VG_OK;
}

/* --- Where to start: the likelihood of very unequal variances can have several maxima --- */

enum { MOST_GRID = 24 };

/* 0, then geometric from a hundredth of the least sampling variance to ten times the largest variance there is; a held
 * component has its value alone. Returns how many. */
static size_t grid_values(const Search *search, size_t component, double held, double *value)
{
    const VgMultilevelModel *model = search->model;
    if (model->fixed[component]) {
        value[0] = held;
        return 1;
    }
    double low = model->diagonal[0], high = search->typical;
    for (size_t i = 0; i < model->n; i++) {
        low = fmin(low, model->diagonal[i]);
        high = fmax(high, model->diagonal[i]);
    }
    low = fmin(0.01 * low, 0.01 * search->typical);
    high *= 10;
    double steps = ceil(search->per_decade * log10(high / low));
    size_t n = steps < MOST_GRID - 2 ? (size_t)steps : MOST_GRID - 2;
    value[0] = 0;
    for (size_t i = 0; i <= n; i++)
        value[i + 1] = low * pow(high / low, (double)i / (double)n);
    return n + 2;
}

/* No neighbour on the grid is lower. */
static bool is_lowest_around(const double *height, size_t rows, size_t cols, size_t i, size_t j)
{
    for (size_t b = j ? j - 1 : 0; b <= j + 1 && b < cols; b++)
        for (size_t a = i ? i - 1 : 0; a <= i + 1 && a < rows; a++)
            if (height[a + b * rows] < height[i + j * rows])
                return false;
    return isfinite(height[i + j * rows]);
}

/* Newton's method from every low point of a grid over the components that are not held. */
static VgStatus find_components(Search *search, double study, double effect)
{
    double s[MOST_GRID], e[MOST_GRID], height[MOST_GRID * MOST_GRID];
    size_t rows = grid_values(search, 0, study, s), cols = grid_values(search, 1, effect, e);
    search->starts = 0;
    search->lowest = INFINITY;
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < rows; i++) {
            double theta[2] = {s[i], e[j]}, *at = &height[i + j * rows];
            if (!vg_multilevel_evaluate(search->model, theta, at, NULL, NULL))
                *at = INFINITY;
            search->lowest = fmin(search->lowest, *at);
        }
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < rows; i++)
            if (is_lowest_around(height, rows, cols, i, j))
                VG_TRY(climb(search, s[i], e[j]));
    return VG_OK;
}

/* Mean square of y about its least-squares fit. */
static double typical_variance(const VgMultilevelModel *model)
{
    const double *y = &VG_AT(model->z, 0, model->p);
    double sum = 0;
    for (size_t i = 0; i < model->n; i++)
        sum += y[i] * y[i] / (double)(model->n - model->p);
    return sum;
}

static VgStatus check_options(const VgMultilevelData *data, const VgMultilevelModel *model,
                              VgMultilevelOptions *options, VgError *error)
{
    double level;
    if (!vg_level(options->level, &level))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       options->level);
    options->level = level;
    if ((options->fix_study && !(options->sigma2_study >= 0 && isfinite(options->sigma2_study))) ||
        (options->fix_effect && !(options->sigma2_effect >= 0 && isfinite(options->sigma2_effect))))
        return vg_fail(error, VG_INVALID_INPUT, "a variance component is fixed at %g and %g",
                       "give values from 0 up", options->sigma2_study, options->sigma2_effect);
    if (data->n_studies < 2 && !options->fix_study)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "one study: the variance between studies cannot be estimated",
                       "use the two-level model");
    if (model->largest < 2 && !options->fix_study && !options->fix_effect)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "every study has one effect: variance between and within studies cannot be "
                       "told apart",
                       "use the two-level model");
    return VG_OK;
}

/* β = R⁻¹(γ + shift), Cov β = R⁻¹KR⁻ᵀ */
static void to_coefficients(const VgMultilevelModel *model, const VgMultilevelGls *gls,
                            double *beta, double *covariance)
{
    size_t p = model->p;
    for (size_t j = 0; j < p; j++)
        beta[j] = gls->coefficient[j] + model->shift[j];
    vg_qr_solve(&model->qr, beta);
    memcpy(covariance, gls->covariance, p * p * sizeof *covariance);
    for (int side = 0; side < 2; side++) {
        for (size_t j = 0; j < p; j++)
            vg_qr_solve(&model->qr, covariance + j * p);
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < j; i++) {
                double kept = covariance[i + j * p];
                covariance[i + j * p] = covariance[j + i * p];
                covariance[j + i * p] = kept;
            }
    }
}

static double coefficient_df(const VgMultilevelData *data, const VgMultilevelModel *model,
                             VgMultilevelDf method, size_t j)
{
    if (method == VG_MULTILEVEL_DF_NORMAL)
        return INFINITY;
    bool constant = method == VG_MULTILEVEL_DF_CONTAIN;
    for (size_t s = 0; constant && data->x.cols && s < model->n_studies; s++)
        for (size_t i = model->start[s]; i < model->start[s + 1]; i++)
            constant = constant && VG_AT(data->x, model->row[i], j) ==
                                       VG_AT(data->x, model->row[model->start[s]], j);
    size_t count = constant ? model->n_studies : model->n;
    return count > model->p + 1 ? (double)(count - model->p) : 1;
}

bool vg_multilevel_has_intercept(const VgMultilevelData *data)
{
    for (size_t i = 1; data->x.cols && i < data->n; i++)
        if (VG_AT(data->x, i, 0) != VG_AT(data->x, 0, 0))
            return false;
    return true;
}

/* Wald test of all coefficients but an intercept in front; df is the least of theirs. */
static VgStatus test_moderators(VgArena *arena, const VgMultilevelData *data, VgMultilevelFit *fit,
                                VgError *error)
{
    size_t first = vg_multilevel_has_intercept(data) ? 1 : 0, p = fit->p, m = p - first;
    fit->moderators = (VgJointTest){NAN, NAN, NAN, NAN};
    if (m == 0)
        return VG_OK;
    VgMatrix c = vg_matrix_new(arena, m, m);
    double *b = VG_NEW(arena, double, m), df = INFINITY;
    if (!c.data || !b)
        return vg_fail_memory(error);
    for (size_t j = 0; j < m; j++) {
        b[j] = fit->coefficient[first + j].estimate;
        df = fmin(df, fit->coefficient[first + j].df);
        for (size_t i = 0; i < m; i++)
            VG_AT(c, i, j) = fit->covariance[first + i + (first + j) * p];
    }
    if (!vg_cholesky(c))
        return VG_OK;
    vg_cholesky_forward(c, b);
    double f = 0;
    for (size_t j = 0; j < m; j++)
        f += b[j] * b[j] / (double)m;
    fit->moderators = (VgJointTest){f, (double)m, df, vg_f_upper(f, (double)m, df)};
    return VG_OK;
}

static VgVarianceComponent component(const Search *search, size_t a, bool fixed)
{
    const VgOptimum *optimum = &search->optimum;
    VgVarianceComponent out = {.estimate = search->theta[a],
                               .se = NAN,
                               .lower = NAN,
                               .upper = NAN,
                               .lrt = NAN,
                               .lrt_p = NAN};
    const double *h = optimum->hessian;
    size_t other = 1 - a;
    out.at_boundary = !fixed && optimum->at_bound[a];
    if (fixed || out.at_boundary)
        return out;
    bool alone = optimum->at_bound[other] || search->model->fixed[other];
    double determinant = h[0] * h[3] - h[1] * h[2];
    out.se = sqrt(alone ? 1 / h[a * 3] : h[other * 3] / determinant);
    return out;
}

/* --- Profile likelihood --- */

typedef struct Profile {
    Search *search;
    const VgMultilevelOptions *options;
    size_t which;
    double best, drop; /* minus log-likelihood at the optimum; half the chi-square quantile */
    VgStatus *status;  /* of the refits: vg_root only hands a constant context on */
} Profile;

/* Minus log-likelihood with component `which` at x, the other at its best. */
static double profile_value(double x, const Profile *profile)
{
    Search *from = profile->search, search = *from;
    VgMultilevelModel model = *from->model;
    VgArenaMark mark = vg_arena_mark(from->arena);
    double *held = profile->which ? search.theta + 1 : search.theta;
    if (*profile->status != VG_OK)
        return NAN;
    model.fixed[profile->which] = true;
    search.model = &model;
    *held = x;
    *profile->status = find_components(&search, search.theta[0], search.theta[1]);
    double value = *profile->status == VG_OK && search.starts ? search.optimum.value : (double)NAN;
    vg_arena_rewind(from->arena, mark);
    return value;
}

static double profile_gap(double x, const void *context)
{
    const Profile *profile = context;
    return profile_value(x, profile) - profile->best - profile->drop;
}

/* Interval and likelihood ratio test against 0 of one component. */
static VgStatus profile_component(Search *search, const VgMultilevelOptions *options, size_t which,
                                  VgVarianceComponent *out)
{
    double z = vg_normal_quantile(0.5 + 0.5 * options->level);
    VgStatus status = VG_OK;
    Profile profile = {search, options, which, search->optimum.value, 0.5 * z * z, &status};
    double at = search->theta[which], zero = profile_value(0, &profile);
    VG_TRY(status);
    if (isnan(zero))
        return VG_OK;
    out->lrt = out->at_boundary ? 0 : fmax(0, 2 * (zero - profile.best));
    out->lrt_p = out->lrt > 0 ? 0.5 * vg_chi_square_upper(out->lrt, 1) : 1;
    if (zero - profile.best <= profile.drop)
        out->lower = 0;
    else if (!vg_root(profile_gap, &profile, 0, at, &out->lower))
        out->lower = NAN;
    VG_TRY(status);
    double low = at, high = 2 * at + search->typical;
    for (int doublings = 0; doublings < 60; doublings++, low = high, high *= 2) {
        double gap = profile_value(high, &profile) - profile.best - profile.drop;
        VG_TRY(status);
        if (isnan(gap))
            return VG_OK;
        if (gap < 0)
            continue;
        if (!vg_root(profile_gap, &profile, low, high, &out->upper))
            out->upper = NAN;
        return status;
    }
    out->upper = INFINITY;
    return VG_OK;
}

/* --- The fit --- */

static VgStatus allocate_gls(VgArena *arena, size_t p, VgMultilevelGls *gls, VgError *error)
{
    gls->coefficient = VG_NEW(arena, double, p);
    gls->covariance = VG_NEW(arena, double, p *p);
    return gls->coefficient && gls->covariance ? VG_OK : vg_fail_memory(error);
}

/* Against V alone: Q and the typical sampling variance. */
static VgStatus heterogeneity(VgArena *arena, const VgMultilevelModel *model, VgMultilevelFit *fit,
                              VgError *error)
{
    static const double none[2] = {0, 0};
    VgMultilevelGls gls;
    VG_TRY(allocate_gls(arena, model->p, &gls, error));
    if (!vg_multilevel_gls(model, none, &gls))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the weighted normal equations are singular",
                       "check the sampling variances");
    fit->q = gls.rss;
    fit->q_df = (double)(model->n - model->p);
    fit->q_p = vg_chi_square_upper(fit->q, fit->q_df);
    fit->typical_variance = fit->q_df / gls.trace_p;
    double total = fit->study.estimate + fit->effect.estimate + fit->typical_variance;
    fit->study.i2 = 100 * fit->study.estimate / total;
    fit->effect.i2 = 100 * fit->effect.estimate / total;
    fit->i2_sampling = 100 * fit->typical_variance / total;
    return VG_OK;
}

static VgStatus fill_coefficients(VgArena *arena, const VgMultilevelData *data,
                                  const VgMultilevelModel *model, VgMultilevelFit *fit,
                                  const double *sigma2, VgError *error)
{
    VgMultilevelGls gls;
    size_t p = model->p;
    double *beta = VG_NEW(arena, double, p);
    VG_TRY(allocate_gls(arena, p, &gls, error));
    fit->coefficient = VG_NEW(arena, VgInference, p);
    fit->covariance = VG_NEW(arena, double, p *p);
    if (!fit->coefficient || !fit->covariance || !beta)
        return vg_fail_memory(error);
    if (!vg_multilevel_gls(model, sigma2, &gls))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the weighted normal equations are singular",
                       "check the sampling variances");
    fit->loglik = gls.loglik;
    to_coefficients(model, &gls, beta, fit->covariance);
    for (size_t j = 0; j < p; j++)
        fit->coefficient[j] =
            vg_wald(beta[j], sqrt(fit->covariance[j * (p + 1)]),
                    coefficient_df(data, model, fit->options.df, j), fit->options.level);
    fit->prediction = vg_no_inference();
    if (p == 1 && vg_multilevel_has_intercept(data)) {
        const VgInference *mean = &fit->coefficient[0];
        fit->prediction = vg_wald(mean->estimate, hypot(mean->se, sqrt(sigma2[0] + sigma2[1])),
                                  mean->df, fit->options.level);
        fit->prediction.statistic = fit->prediction.p = NAN;
    }
    return test_moderators(arena, data, fit, error);
}

/* `near`: components of a fit to nearly the same data, to start from beside a coarser grid; NULL = none. */
static VgStatus fit_near(VgArena *arena, const VgMultilevelData *data,
                         const VgMultilevelOptions *options, const double *near,
                         VgMultilevelFit *fit, VgError *error)
{
    VgMultilevelModel model;
    memset(fit, 0, sizeof *fit);
    if (options)
        fit->options = *options;
    VG_TRY(vg_multilevel_model(arena, data, fit->options.ml, &model, error));
    VG_TRY(check_options(data, &model, &fit->options, error));
    model.fixed[0] = fit->options.fix_study;
    model.fixed[1] = fit->options.fix_effect;
    Search search = {.arena = arena,
                     .model = &model,
                     .typical = typical_variance(&model),
                     .per_decade = near ? 1 : 2,
                     .error = error};
    if (!(search.typical > 0))
        search.typical = model.diagonal[0];
    VG_TRY(find_components(&search, fit->options.sigma2_study, fit->options.sigma2_effect));
    if (near)
        VG_TRY(climb(&search, near[0], near[1]));
    VG_TRY(judge(&search));
    fit->p = model.p;
    fit->n = model.n;
    fit->n_studies = model.n_studies;
    fit->largest_study = model.largest;
    fit->decrement = search.optimum.decrement;
    fit->gradient[0] = -search.optimum.gradient[0];
    fit->gradient[1] = -search.optimum.gradient[1];
    fit->iterations = search.iterations;
    fit->starts = search.starts;
    fit->optima = search.optima;
    fit->study = component(&search, 0, model.fixed[0]);
    fit->effect = component(&search, 1, model.fixed[1]);
    VG_TRY(fill_coefficients(arena, data, &model, fit, search.theta, error));
    VG_TRY(heterogeneity(arena, &model, fit, error));
    if (fit->options.no_intervals)
        return VG_OK;
    if (!model.fixed[0])
        VG_TRY(profile_component(&search, &fit->options, 0, &fit->study));
    if (!model.fixed[1])
        VG_TRY(profile_component(&search, &fit->options, 1, &fit->effect));
    return VG_OK;
}

VgStatus vg_multilevel_fit(VgArena *arena, const VgMultilevelData *data,
                           const VgMultilevelOptions *options, VgMultilevelFit *fit, VgError *error)
{
    return fit_near(arena, data, options, NULL, fit, error);
}

/* --- Leave one study out --- */

typedef struct Subset {
    double *y, *v;
    size_t *study;
    const double **block;
    VgMatrix x;
} Subset;

static VgMultilevelData without_study(const VgMultilevelData *data, size_t left_out, Subset *subset)
{
    VgMultilevelData rest = *data;
    size_t n = 0;
    for (size_t i = 0; i < data->n; i++) {
        if (data->study[i] == left_out)
            continue;
        subset->y[n] = data->y[i];
        subset->v[n] = data->v[i];
        subset->study[n] = data->study[i] - (data->study[i] > left_out);
        for (size_t j = 0; j < data->x.cols; j++)
            VG_AT(subset->x, n, j) = VG_AT(data->x, i, j);
        n++;
    }
    for (size_t s = 0; data->block && s + 1 < data->n_studies; s++)
        subset->block[s] = data->block[s + (s >= left_out)];
    rest.y = subset->y;
    rest.v = subset->v;
    rest.study = subset->study;
    rest.block = data->block ? subset->block : NULL;
    rest.n = n;
    rest.n_studies = data->n_studies - 1;
    if (data->x.cols) {
        rest.x = subset->x;
        rest.x.rows = n;
    }
    return rest;
}

VgStatus vg_multilevel_leave_one_out(VgArena *arena, const VgMultilevelData *data,
                                     const VgMultilevelOptions *options, VgMultilevelLeftOut *out,
                                     VgError *error)
{
    VgMultilevelFit all;
    VgMultilevelOptions quick = {0};
    if (options)
        quick = *options;
    quick.no_intervals = true;
    VG_TRY(vg_multilevel_fit(arena, data, &quick, &all, error));
    const double near[2] = {all.study.estimate, all.effect.estimate};
    Subset subset = {.y = VG_NEW(arena, double, data->n),
                     .v = VG_NEW(arena, double, data->n),
                     .study = VG_NEW(arena, size_t, data->n),
                     .block = VG_NEW(arena, const double *, data->n_studies),
                     .x = vg_matrix_new(arena, data->n, data->x.cols ? data->x.cols : 1)};
    if (!subset.y || !subset.v || !subset.study || !subset.block || !subset.x.data)
        return vg_fail_memory(error);
    for (size_t s = 0; s < data->n_studies; s++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgMultilevelData rest = without_study(data, s, &subset);
        VgMultilevelFit fit;
        VgError ignored;
        VgStatus status = fit_near(arena, &rest, &quick, near, &fit, &ignored);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        out[s] = (VgMultilevelLeftOut){status, vg_no_inference(), NAN, NAN, NAN, rest.n};
        if (status == VG_OK) {
            out[s].coefficient = fit.coefficient[0];
            out[s].sigma2_study = fit.study.estimate;
            out[s].sigma2_effect = fit.effect.estimate;
            out[s].q = fit.q;
        }
        vg_arena_rewind(arena, mark);
    }
    return VG_OK;
}
