/* Mixed model for repeated measures: the fit, from data to estimates. Steps: patterns and checks,
 * cross-products, then per structure start, optimise and prepare inference. See mmrm_internal.h. */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "numeric/small_symmetric.h"

static VgStatus check_options(const VgMmrmOptions *options, VgError *error)
{
    bool kenward_roger =
        options->df == VG_DF_KENWARD_ROGER || options->df == VG_DF_KENWARD_ROGER_LINEAR;
    if (options->covariance >= VG_COVARIANCE_COUNT || options->df >= VG_DF_COUNT ||
        options->sandwich > VG_SANDWICH_CR3 || options->likelihood > VG_ML)
        return vg_fail(error, VG_INVALID_INPUT, "an option of the MMRM has an unknown value",
                       "use the enums of vagus/mmrm.h");
    if (kenward_roger && options->likelihood == VG_ML)
        return vg_fail(error, VG_INVALID_INPUT, "%s needs REML",
                       "fit with REML, or use satterthwaite", vg_df_method_name(options->df));
    if (kenward_roger && options->sandwich != VG_SANDWICH_NONE)
        return vg_fail(error, VG_INVALID_INPUT,
                       "%s has its own covariance of the coefficients and excludes a sandwich",
                       "use satterthwaite, residual or between-within with a sandwich",
                       vg_df_method_name(options->df));
    return VG_OK;
}

/* θ in the user's units: log standard deviations move by the logarithm of the scale. */
static void shift_theta(const VgEngine *e, double by, double *theta)
{
    for (size_t g = 0; g < e->n_groups; g++)
        for (size_t h = 0; h < e->group[g].n_scale; h++)
            theta[g * e->k + h] += by;
}

static VgStatus copy_sigma(VgArena *arena, const VgEngine *e, VgMmrmFit *fit, VgError *error)
{
    size_t m = e->m;
    double scale2 = e->stats->scale * e->stats->scale;
    double *values = VG_NEW(arena, double, m), *vectors = VG_NEW(arena, double, m *m);
    double *square = VG_NEW(arena, double, m *m);
    fit->sigma = VG_NEW(arena, VgMatrix, e->n_groups);
    if (!values || !vectors || !square || !fit->sigma)
        return vg_fail_memory(error);
    fit->condition = 1.0;
    for (size_t g = 0; g < e->n_groups; g++) {
        double *sigma = VG_NEW(arena, double, m *m);
        if (!sigma)
            return vg_fail_memory(error);
        for (size_t i = 0; i < m * m; i++)
            sigma[i] = scale2 * e->group[g].sigma[i];
        fit->sigma[g] = (VgMatrix){sigma, m, m, m};
        memcpy(square, e->group[g].sigma, m * m * sizeof *square);
        vg_small_eigen(m, square, values, vectors);
        fit->condition = fmax(fit->condition, values[m - 1] / values[0]);
    }
    return VG_OK;
}

static void criteria(const VgEngine *e, VgMmrmFit *fit)
{
    double k = (double)e->k_all;
    double n = fmax(k + 2.0, (double)fit->n_rows - (double)fit->p);
    fit->minus2loglik = vg_engine_minus2loglik(e);
    fit->loglik = -0.5 * fit->minus2loglik;
    fit->aic = fit->minus2loglik + 2.0 * k;
    fit->aicc = fit->minus2loglik + 2.0 * k * n / (n - k - 1.0);
    fit->bic = fit->minus2loglik + k * log((double)fit->n_subjects);
}

static VgStatus hessian_eigenvalues(VgArena *arena, const VgEngine *e, VgMmrmFit *fit,
                                    VgError *error)
{
    size_t k = e->k_all;
    double *square = vg_arena_alloc_raw(arena, k * k, sizeof *square);
    double *work = vg_arena_alloc_raw(arena, 3 * k, sizeof *work);
    fit->hessian_eigen = VG_NEW(arena, double, k);
    if (!square || !work || !fit->hessian_eigen)
        return vg_fail_memory(error);
    memcpy(square, e->hessian, k * k * sizeof *square);
    if (LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'N', 'L', (lapack_int)k, square, (lapack_int)k,
                           fit->hessian_eigen, work, (lapack_int)(3 * k)) != 0 ||
        !(fit->hessian_eigen[0] > 0.0))
        return vg_fail(error, VG_NO_CONVERGENCE, "the observed Hessian is not positive definite",
                       "declare a fallback structure with fewer parameters");
    return VG_OK;
}

static VgStatus report_fit(VgArena *arena, const VgMmrmData *data, VgEngine *e, VgMmrmFit *fit,
                           VgError *error)
{
    size_t p = e->p;
    fit->covariance = e->covariance;
    fit->n_theta = e->k_all;
    fit->beta = VG_NEW(arena, double, p);
    fit->theta = VG_NEW(arena, double, e->k_all);
    fit->gradient = VG_NEW(arena, double, e->k_all);
    if (!fit->beta || !fit->theta || !fit->gradient)
        return vg_fail_memory(error);
    memcpy(fit->theta, e->theta, e->k_all * sizeof *fit->theta);
    shift_theta(e, log(e->stats->scale), fit->theta);
    memcpy(fit->gradient, e->gradient, e->k_all * sizeof *fit->gradient);
    memcpy(fit->beta, e->delta, p * sizeof *fit->beta);
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, vg_as_int(p), e->stats->r,
                vg_as_int(p), fit->beta, 1);
    for (size_t j = 0; j < p; j++)
        fit->beta[j] = e->stats->beta_ols[j] + e->stats->scale * fit->beta[j];
    criteria(e, fit);
    VG_TRY(copy_sigma(arena, e, fit, error));
    VG_TRY(hessian_eigenvalues(arena, e, fit, error));
    return vg_mmrm_inference_prepare(arena, data, e, fit, error);
}

/* One structure from start to certified optimum. */
static VgStatus fit_structure(VgArena *scratch, const VgMmrmData *data, const VgPatterns *patterns,
                              const VgStatistics *stats, VgCovariance covariance,
                              const VgMmrmOptions *options, VgEngine *engine, VgMmrmFit *fit,
                              VgError *error)
{
    VG_TRY(vg_mmrm_check_structure(data, patterns, covariance, error));
    VG_TRY(vg_engine_create(scratch, data, patterns, stats, covariance, options->likelihood, engine,
                            error));
    if (options->start && covariance == options->covariance) {
        memcpy(engine->theta, options->start, engine->k_all * sizeof *engine->theta);
        shift_theta(engine, -log(stats->scale), engine->theta);
    } else {
        vg_engine_start(engine, engine->theta);
    }
    return vg_mmrm_optimise(engine, options, fit, error);
}

static VgStatus try_structures(VgArena *arena, VgArena *scratch, const VgMmrmData *data,
                               const VgPatterns *patterns, const VgStatistics *stats,
                               const VgMmrmOptions *options, VgEngine *engine, VgMmrmFit *fit,
                               VgError *error)
{
    VgStatus status = VG_OK;
    for (size_t i = 0; i <= options->n_fallback; i++) {
        VgCovariance covariance = i == 0 ? options->covariance : options->fallback[i - 1];
        VgError problem = {0};
        fit->converged = false;
        status = fit_structure(scratch, data, patterns, stats, covariance, options, engine, fit,
                               &problem);
        fit->fell_back = i > 0;
        if (status == VG_OK)
            return VG_OK;
        if (error)
            *error = problem;
        if (status != VG_NO_CONVERGENCE && status != VG_NOT_ESTIMABLE)
            return status;
        const char *why = vg_arena_strdup(arena, problem.message);
        if (!why)
            return vg_fail_memory(error);
        fit->trace[fit->n_trace++] = (VgMmrmStep){.covariance = covariance,
                                                  .objective = NAN,
                                                  .gradient_max = NAN,
                                                  .decrement = NAN,
                                                  .note = why};
    }
    return status;
}

static VgStatus fit_with(VgArena *arena, VgArena *scratch, const VgMmrmData *data,
                         const VgMmrmOptions *options, VgMmrmFit *fit, VgError *error)
{
    VgPatterns patterns = {0};
    VgStatistics stats;
    VgEngine engine;
    VG_TRY(vg_mmrm_patterns(scratch, data, &patterns, error));
    fit->n_patterns = patterns.n;
    /* without a fallback the structure's demands come before the costlier look at X */
    if (options->n_fallback == 0)
        VG_TRY(vg_mmrm_check_structure(data, &patterns, options->covariance, error));
    VG_TRY(vg_mmrm_statistics(scratch, data, &patterns, &stats, error));
    VG_TRY(try_structures(arena, scratch, data, &patterns, &stats, options, &engine, fit, error));
    return report_fit(arena, data, &engine, fit, error);
}

VgStatus vg_mmrm_fit(VgArena *arena, const VgMmrmData *data, const VgMmrmOptions *options,
                     VgMmrmFit *fit, VgError *error)
{
    static const VgMmrmOptions defaults = {0};
    if (!options)
        options = &defaults;
    VG_TRY(check_options(options, error));
    *fit = (VgMmrmFit){.covariance = options->covariance,
                       .likelihood = options->likelihood,
                       .df = options->df,
                       .sandwich = options->sandwich,
                       .p = data->x.cols,
                       .n_visits = data->n_visits,
                       .n_groups = data->group ? data->n_groups : 1,
                       .n_subjects = data->n_subjects,
                       .n_rows = data->n_rows};
    size_t most = options->max_iterations > 0 ? (size_t)options->max_iterations : 200;
    fit->trace =
        vg_arena_alloc_raw(arena, (options->n_fallback + 1) * (most + 3), sizeof *fit->trace);
    VgArena *scratch = vg_arena_create();
    if (!fit->trace || !scratch) {
        vg_arena_destroy(scratch);
        return vg_fail_memory(error);
    }
    VgStatus status = fit_with(arena, scratch, data, options, fit, error);
    vg_arena_destroy(scratch);
    return status;
}

static VgStatus model_contrast(const void *fit, const double *contrast, double level,
                               VgInference *out, VgError *error)
{
    return vg_mmrm_contrast(fit, contrast, level, out, error);
}

static VgStatus model_joint(const void *fit, const double *contrasts, size_t rows, VgJointTest *out,
                            VgError *error)
{
    return vg_mmrm_joint_test(fit, contrasts, rows, out, error);
}

VgFittedModel vg_mmrm_model(const VgMmrmFit *fit)
{
    return (VgFittedModel){fit, fit->p, model_contrast, model_joint};
}
