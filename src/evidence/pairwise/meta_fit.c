/* The general fit: any moderators, independent or block-correlated effects. Definitions of statistics are metafor's
 * (rma.uni; rma.mv for correlated effects); docs/methods/meta-analysis.md gives each formula. */
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

typedef struct VgMetaInner Inner;

static bool allocate(VgArena *arena, size_t k, size_t p, VgMetaFit *fit, Inner *inner)
{
    VgMetaProblem *problem = &inner->problem;
    fit->x = vg_matrix_new(arena, k, p);
    problem->basis = vg_matrix_new(arena, k, p);
    inner->r = vg_matrix_new(arena, p, p);
    fit->covariance = vg_matrix_new(arena, p, p);
    problem->z = VG_NEW(arena, double, k *p);
    problem->normal = VG_NEW(arena, double, p *p);
    problem->gram = VG_NEW(arena, double, p *p);
    double *of_p = VG_NEW(arena, double, 8 * p), *of_k = VG_NEW(arena, double, 3 * k);
    if (!fit->x.data || !problem->basis.data || !inner->r.data || !fit->covariance.data ||
        !problem->z || !problem->normal || !problem->gram || !of_p || !of_k)
        return false;
    fit->beta = of_p;
    fit->se = of_p + p;
    fit->statistic = of_p + 2 * p;
    fit->p_value = of_p + 3 * p;
    fit->lower = of_p + 4 * p;
    fit->upper = of_p + 5 * p;
    problem->gamma = of_p + 6 * p;
    problem->row = of_p + 7 * p;
    inner->y = of_k;
    inner->values = of_k + k;
    fit->weight = of_k + 2 * k;
    return true;
}

/* X into fit->x, rotated; then X = basis r with an orthonormal basis. */
static VgStatus orthonormalise(VgArena *arena, VgMetaFit *fit, Inner *inner, VgError *error)
{
    const size_t k = fit->k, p = fit->p;
    VgMatrix work = vg_matrix_new(arena, k, p);
    VgQr qr;
    if (!work.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        const double *column = fit->x.data + j * fit->x.stride;
        if (inner->rotation.n_blocks)
            vg_meta_rotate(&inner->rotation, column, work.data + j * k);
        else
            memcpy(work.data + j * k, column, k * sizeof *column);
    }
    VG_TRY(vg_qr_factor(arena, work, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "column %zu of the moderators is a combination of the others",
                       "leave one of them out", qr.pivot[qr.rank] + 1);
    for (size_t j = 0; j < p; j++) {
        double *column = inner->problem.basis.data + j * k;
        column[j] = 1;
        vg_qr_multiply(&qr, column);
        for (size_t i = 0; i <= j; i++)
            VG_AT(inner->r, i, j) = VG_AT(qr.qr, i, j);
    }
    return VG_OK;
}

static void find_intercept(VgMetaFit *fit)
{
    for (size_t j = 0; j < fit->p && !fit->intercept; j++) {
        bool same = VG_AT(fit->x, 0, j) != 0;
        for (size_t i = 1; i < fit->k && same; i++)
            same = VG_AT(fit->x, i, j) == VG_AT(fit->x, 0, j);
        fit->intercept = same;
        fit->intercept_column = j;
    }
    fit->intercept_only = fit->intercept && fit->p == 1;
}

static VgStatus set_up(VgArena *arena, VgMetaFit *fit, const VgMatrix *x, Inner *inner,
                       VgError *error)
{
    const size_t k = fit->k;
    if (!allocate(arena, k, fit->p, fit, inner))
        return vg_fail_memory(error);
    for (size_t j = 0; j < fit->p; j++)
        for (size_t i = 0; i < k; i++) {
            double value = x ? VG_AT(*x, i, j) : 1;
            if (!isfinite(value))
                return vg_fail(error, VG_INVALID_INPUT,
                               "moderator %zu of effect %zu is not a number",
                               "leave the effect out or fill the moderator in", j + 1, i + 1);
            VG_AT(fit->x, i, j) = value;
        }
    find_intercept(fit);
    const VgEffects *effects = &fit->effects;
    if (effects->covariance) {
        VG_TRY(vg_meta_rotation(arena, effects, &inner->rotation, inner->values, error));
        vg_meta_rotate(&inner->rotation, effects->y, inner->y);
    } else {
        memcpy(inner->values, effects->v, k * sizeof(double));
        memcpy(inner->y, effects->y, k * sizeof(double));
    }
    VG_TRY(orthonormalise(arena, fit, inner, error));
    VgMetaProblem *problem = &inner->problem;
    problem->k = k;
    problem->p = fit->p;
    problem->y = inner->y;
    problem->v = inner->values;
    problem->v_least = INFINITY;
    double mean = 0, square = 0;
    for (size_t i = 0; i < k; i++) {
        problem->v_least = fmin(problem->v_least, inner->values[i]);
        mean += (effects->y[i] - effects->y[0]) / (double)k;
    }
    for (size_t i = 0; i < k; i++) {
        double d = effects->y[i] - effects->y[0] - mean;
        square += d * d;
    }
    problem->y_moment = square / (double)k;
    return VG_OK;
}

static void heterogeneity(VgMetaFit *fit, const VgTau2Point *at_zero)
{
    fit->q_df = (double)fit->k - (double)fit->p;
    fit->h2 = fit->q_p = 1;
    if (fit->k <= fit->p)
        return;
    fit->q = fmax(0, at_zero->q);
    fit->q_p = vg_chi_square_upper(fit->q, fit->q_df);
    fit->typical_variance = fit->q_df / at_zero->trace_p;
    if (fit->options.tau2 == VG_TAU2_COMMON) {
        fit->i2 = fit->q > fit->q_df ? 100 * (fit->q - fit->q_df) / fit->q : 0;
        fit->h2 = fit->q / fit->q_df;
    } else {
        fit->i2 = 100 * fit->tau2 / (fit->typical_variance + fit->tau2);
        fit->h2 = fit->tau2 / fit->typical_variance + 1;
    }
}

static void tests(VgMetaFit *fit)
{
    fit->df = fit->options.test == VG_META_TEST_Z ? INFINITY : (double)fit->k - (double)fit->p;
    double quantile = vg_t_quantile(0.5 + 0.5 * fit->options.level, fit->df);
    for (size_t j = 0; j < fit->p; j++) {
        fit->se[j] = sqrt(VG_AT(fit->covariance, j, j));
        fit->statistic[j] = fit->beta[j] / fit->se[j];
        fit->p_value[j] = vg_t_two_sided(fit->statistic[j], fit->df);
        fit->lower[j] = fit->beta[j] - quantile * fit->se[j];
        fit->upper[j] = fit->beta[j] + quantile * fit->se[j];
    }
}

static VgStatus omnibus(VgArena *arena, VgMetaFit *fit, VgError *error)
{
    const size_t p = fit->p, tested = p - (fit->intercept && p > 1 ? 1 : 0);
    double *rows = VG_NEW(arena, double, tested *p);
    if (!rows)
        return vg_fail_memory(error);
    for (size_t j = 0, r = 0; j < p; j++)
        if (tested == p || j != fit->intercept_column)
            rows[r++ * p + j] = 1;
    VgFittedModel model = vg_meta_model(fit);
    VgStatus status = model.joint(fit, rows, tested, &fit->moderators, error);
    if (status == VG_NOT_ESTIMABLE) { /* a Knapp–Hartung scale of 0: the effects agree exactly */
        fit->moderators = (VgJointTest){NAN, (double)tested, fit->df, NAN};
        status = VG_OK;
    }
    return status;
}

/* AIC and its relatives: by REML for that method only, which counts k − p observations; else by ML (metafor). */
static void information(VgMetaFit *fit)
{
    bool estimated = fit->options.tau2 != VG_TAU2_COMMON && !fit->options.tau2_given;
    bool ml = fit->options.tau2 != VG_TAU2_REML;
    double parameters = (double)fit->p + (estimated ? 1 : 0);
    double n = (double)fit->k - (ml ? 0 : (double)fit->p);
    double deviance = -2 * (ml ? fit->log_likelihood_ml : fit->log_likelihood_reml);
    double n_corrected = fmax(n, parameters + 2);
    fit->n_parameters = (size_t)parameters;
    fit->aic = deviance + 2 * parameters;
    fit->bic = deviance + parameters * log(n);
    fit->aicc = deviance + 2 * parameters * n_corrected / (n_corrected - parameters - 1);
}

/* Neither tau² = 0 nor I² = 90 % is excluded by the profile likelihood's 95 % interval. */
static void flatness(VgMetaFit *fit, const VgMetaProblem *problem)
{
    bool reml = fit->options.tau2 == VG_TAU2_REML;
    if ((!reml && fit->options.tau2 != VG_TAU2_ML) || fit->options.tau2_given)
        return;
    double most = reml ? fit->log_likelihood_reml : fit->log_likelihood_ml;
    double drop = 0.5 * vg_chi_square_quantile(0.95, 1);
    fit->flat = most - vg_meta_log_likelihood(problem, 0, reml) < drop &&
                most - vg_meta_log_likelihood(problem, 9 * fit->typical_variance, reml) < drop;
}

static void weights(VgMetaFit *fit, const Inner *inner, double *rotated_ones)
{
    const size_t k = fit->k;
    double sum = 0;
    if (inner->rotation.n_blocks) { /* rows of M⁻¹ summed: Q W Q'1 */
        double *ones = rotated_ones + k;
        for (size_t i = 0; i < k; i++)
            ones[i] = 1;
        vg_meta_rotate(&inner->rotation, ones, rotated_ones);
        for (size_t i = 0; i < k; i++)
            rotated_ones[i] /= inner->values[i] + fit->tau2;
        vg_meta_rotate_back(&inner->rotation, rotated_ones, fit->weight);
    } else {
        for (size_t i = 0; i < k; i++)
            fit->weight[i] = 1 / (inner->values[i] + fit->tau2);
    }
    for (size_t i = 0; i < k; i++)
        sum += fit->weight[i];
    for (size_t i = 0; i < k; i++)
        fit->weight[i] *= 100 / sum;
}

static VgStatus find_tau2(VgMetaFit *fit, const VgMetaProblem *problem, VgError *error)
{
    VgTau2Search search = {.se = NAN, .modes = 1};
    if (fit->options.tau2_given)
        search.tau2 = fit->options.tau2_value;
    else if (fit->options.tau2 != VG_TAU2_COMMON) {
        VgMetaProblem ones;
        if (fit->intercept_only && !fit->effects.covariance) {
            ones = vg_meta_problem_of_ones(&fit->effects);
            problem = &ones;
        }
        VG_TRY(vg_meta_tau2(problem, fit->options.tau2, &search, error));
    }
    fit->tau2 = search.tau2;
    fit->se_tau2 = search.se;
    fit->iterations = search.iterations;
    fit->modes = search.modes;
    fit->at_boundary = search.at_boundary;
    return VG_OK;
}

VgStatus vg_meta_fit_plain(VgArena *arena, const VgEffects *effects, const VgMatrix *x,
                           const VgMetaOptions *options, VgMetaFit **out, VgError *error)
{
    VgMetaFit *fit = VG_NEW(arena, VgMetaFit, 1);
    Inner *inner = VG_NEW(arena, Inner, 1);
    double *scratch = VG_NEW(arena, double, 2 * effects->k);
    if (!fit || !inner || !scratch)
        return vg_fail_memory(error);
    VG_TRY(vg_meta_check(effects, options, &fit->options, error));
    fit->effects = *effects;
    fit->k = effects->k;
    fit->p = x ? x->cols : 1;
    fit->inner = inner;
    fit->single_study = fit->k == 1;
    fit->two_studies = fit->k == 2;
    fit->r2 = NAN;
    bool needs_df = fit->options.tau2 != VG_TAU2_COMMON || fit->options.test != VG_META_TEST_Z;
    if (fit->p == 0 || fit->k < fit->p || (needs_df && fit->k == fit->p))
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu effects cannot bear %zu coefficients%s",
                       "use fewer moderators", fit->k, fit->p,
                       fit->k == fit->p ? " and a between-study variance" : "");
    VG_TRY(set_up(arena, fit, x, inner, error));
    const VgMetaProblem *problem = &inner->problem;
    VG_TRY(find_tau2(fit, problem, error));
    VgTau2Point at_zero;
    VgMetaEstimate estimate = {.beta = fit->beta, .covariance = fit->covariance};
    if (!vg_meta_point(problem, 0, &at_zero) ||
        !vg_meta_estimate(problem, inner->r, fit->tau2, fit->options.test, &estimate))
        return vg_fail(error, VG_NO_CONVERGENCE, "X'WX is not positive definite",
                       "look for sampling variances of absurd size");
    fit->scale = estimate.scale;
    fit->adhoc_bites = estimate.adhoc_bites;
    fit->few_per_coefficient = fit->p > 1 && fit->k < 10 * fit->p;
    heterogeneity(fit, &at_zero);
    tests(fit);
    VG_TRY(omnibus(arena, fit, error));
    double log_gram = 0;
    for (size_t j = 0; j < fit->p; j++)
        log_gram += 2 * log(fabs(VG_AT(inner->r, j, j)));
    fit->log_likelihood_ml = vg_meta_log_likelihood(problem, fit->tau2, false);
    fit->log_likelihood_reml = vg_meta_log_likelihood(problem, fit->tau2, true);
    fit->log_likelihood_reml_plain = fit->log_likelihood_reml - 0.5 * log_gram;
    information(fit);
    flatness(fit, problem);
    weights(fit, inner, scratch);
    *out = fit;
    return VG_OK;
}

/* Share of tau² that the moderators account for; for the common effect the adjusted R² of the weighted regression. */
static VgStatus account(VgArena *arena, VgMetaFit *fit, VgError *error)
{
    if (fit->p < 2 || !fit->intercept || fit->options.tau2_given)
        return VG_OK;
    VgArenaMark mark = vg_arena_mark(arena);
    VgMetaFit *null;
    VG_TRY(vg_meta_fit_plain(arena, &fit->effects, NULL, &fit->options, &null, error));
    double share = 0;
    if (fit->options.tau2 != VG_TAU2_COMMON)
        share = null->tau2 > 0 ? 1 - fit->tau2 / null->tau2 : 0;
    else if (null->q > 0 && fit->q_df > 0)
        share = 1 - (fit->q / fit->q_df) / (null->q / null->q_df);
    fit->r2 = 100 * fmax(0, share);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_meta_fit(VgArena *arena, const VgEffects *effects, const VgMatrix *x,
                     const VgMetaOptions *options, VgMetaFit **out, VgError *error)
{
    VG_TRY(vg_meta_fit_plain(arena, effects, x, options, out, error));
    return account(arena, *out, error);
}

static double quadratic(const VgMetaFit *fit, const double *a, const double *b)
{
    double sum = 0;
    for (size_t i = 0; i < fit->p; i++)
        for (size_t j = 0; j < fit->p; j++)
            sum += a[i] * VG_AT(fit->covariance, i, j) * b[j];
    return sum;
}

static VgStatus contrast(const void *model, const double *l, double level, VgInference *out,
                         VgError *error)
{
    (void)error;
    const VgMetaFit *fit = model;
    double sum = 0, quantile = vg_t_quantile(0.5 + 0.5 * level, fit->df);
    for (size_t j = 0; j < fit->p; j++)
        sum += l[j] * fit->beta[j];
    double se = sqrt(fmax(0, quadratic(fit, l, l)));
    *out = (VgInference){.estimate = sum,
                         .se = se,
                         .df = fit->df,
                         .statistic = sum / se,
                         .p = vg_t_two_sided(sum / se, fit->df),
                         .lower = sum - quantile * se,
                         .upper = sum + quantile * se};
    return VG_OK;
}

/* (L beta)'(L C L')⁻¹(L beta) / rows; rows are few (coefficients of a term), so they live on the arena-free stack of a
 * fixed size or are refused. */
enum { MOST_ROWS = 64 };

static VgStatus joint(const void *model, const double *l, size_t rows, VgJointTest *out,
                      VgError *error)
{
    const VgMetaFit *fit = model;
    const size_t p = fit->p;
    double matrix[MOST_ROWS * MOST_ROWS], value[MOST_ROWS], log_determinant, statistic = 0;
    if (rows == 0 || rows > MOST_ROWS)
        return vg_fail(error, VG_NOT_ESTIMABLE, "a joint test of %zu rows", "test 1 to 64 together",
                       rows);
    for (size_t i = 0; i < rows; i++) {
        value[i] = 0;
        for (size_t j = 0; j < p; j++)
            value[i] += l[i * p + j] * fit->beta[j];
        for (size_t j = 0; j < rows; j++)
            matrix[i + j * rows] = quadratic(fit, l + i * p, l + j * p);
    }
    if (!vg_small_cholesky(rows, matrix, &log_determinant))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the rows of a joint test depend on each other",
                       "leave the redundant one out");
    vg_small_forward_solve(rows, matrix, value);
    for (size_t i = 0; i < rows; i++)
        statistic += value[i] * value[i];
    statistic /= (double)rows;
    *out = (VgJointTest){statistic, (double)rows, fit->df,
                         vg_f_upper(statistic, (double)rows, fit->df)};
    return VG_OK;
}

VgFittedModel vg_meta_model(const VgMetaFit *fit)
{
    return (VgFittedModel){fit, fit->p, contrast, joint};
}

VgStatus vg_meta_predict(const VgMetaFit *fit, const double *x, VgMetaPrediction *out,
                         VgError *error)
{
    const double one = fit->intercept_only ? VG_AT(fit->x, 0, 0) : 1;
    if (!x && !fit->intercept_only)
        return vg_fail(error, VG_INVALID_INPUT, "the fit has moderators", "say at which values");
    VgInference at;
    VG_TRY(contrast(fit, x ? x : &one, fit->options.level, &at, error));
    double df, width = vg_meta_prediction_quantile(&fit->options, fit->k, fit->p, &df) *
                       sqrt(at.se * at.se + fit->tau2);
    *out = (VgMetaPrediction){at.estimate,         at.se, at.lower, at.upper, at.estimate - width,
                              at.estimate + width, df};
    return VG_OK;
}

void vg_meta_pool_from_fit(const VgMetaFit *fit, VgMetaPool *pool)
{
    VgMetaPrediction at = {0};
    VgError ignored;
    if (vg_meta_predict(fit, NULL, &at, &ignored) != VG_OK)
        at.prediction_lower = at.prediction_upper = at.prediction_df = NAN;
    *pool = (VgMetaPool){.k = fit->k,
                         .estimate = at.estimate,
                         .se = at.se,
                         .df = fit->df,
                         .statistic = fit->statistic[0],
                         .p = fit->p_value[0],
                         .lower = at.lower,
                         .upper = at.upper,
                         .tau2 = fit->tau2,
                         .se_tau2 = fit->se_tau2,
                         .i2 = fit->i2,
                         .h2 = fit->h2,
                         .typical_variance = fit->typical_variance,
                         .q = fit->q,
                         .q_df = fit->q_df,
                         .q_p = fit->q_p,
                         .scale = fit->scale,
                         .prediction = {at.prediction_lower, at.prediction_upper},
                         .prediction_df = at.prediction_df,
                         .iterations = fit->iterations,
                         .at_boundary = fit->at_boundary,
                         .adhoc_bites = fit->adhoc_bites,
                         .single_study = fit->single_study,
                         .two_studies = fit->two_studies};
}
