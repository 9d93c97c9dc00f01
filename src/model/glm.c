/* Generalised linear models: checks, rank, starting values, the fit and what is reported of it.
 *
 * Reading order: glm_check.c (input), glm_family.c (one row), glm_newton.c (the optimiser),
 * glm_separation.c, glm_negative_binomial.c (theta), glm_robust.c (sandwich), glm_inference.c
 * (contrasts), glm_marginal.c (g-computation). METHODS 2.4; docs/methods/glm.md. */
#include "model/glm_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/householder.h"

/* R's tolerance for a column that depends on those before it. */
static const double RANK_TOLERANCE = 1e-7;
enum { DEFAULT_ITERATIONS = 200 };

static double *new_vector(VgArena *arena, size_t n, bool *failed)
{
    double *vector = VG_NEW(arena, double, n);
    *failed = *failed || !vector;
    return vector;
}

static VgMatrix new_matrix(VgArena *arena, size_t rows, size_t cols, bool *failed)
{
    VgMatrix matrix = {vg_arena_alloc(arena, cols, rows * sizeof(double)), rows, cols, rows};
    *failed = *failed || !matrix.data;
    return matrix;
}

/* eta, mu, score, leverage and the trace stay with the fit; so all comes from one arena. */
static VgStatus prepare(VgArena *arena, const VgGlmData *data, const VgGlmOptions *options,
                        VgGlmWork *work, VgError *error)
{
    size_t n = data->x.rows, p = data->x.cols;
    bool failed = false;
    work->data = data;
    work->firth = options->firth;
    work->n = n;
    work->p = p;
    work->max_iterations =
        options->max_iterations > 0 ? options->max_iterations : DEFAULT_ITERATIONS;
    work->beta = new_vector(arena, p, &failed);
    work->trial = new_vector(arena, p, &failed);
    work->step = new_vector(arena, p, &failed);
    work->gradient = new_vector(arena, p, &failed);
    work->eta = new_vector(arena, n, &failed);
    work->mu = new_vector(arena, n, &failed);
    work->score = new_vector(arena, n, &failed);
    work->weight = new_vector(arena, n, &failed);
    work->leverage = new_vector(arena, n, &failed);
    work->adjusted = new_vector(arena, n, &failed);
    work->weighted = new_matrix(arena, n, p, &failed);
    work->r = new_matrix(arena, p, p, &failed);
    work->r_inverse = new_matrix(arena, p, p, &failed);
    work->capacity_trace = (size_t)work->max_iterations + 64;
    work->trace = VG_NEW(arena, VgGlmStep, work->capacity_trace);
    return failed || !work->trace ? vg_fail_memory(error) : VG_OK;
}

/* R of diag(root) X into work->r. */
static void factorise_scaled(VgGlmWork *work, const double *root)
{
    for (size_t j = 0; j < work->p; j++)
        for (size_t i = 0; i < work->n; i++)
            VG_AT(work->weighted, i, j) = VG_AT(work->data->x, i, j) * root[i];
    vg_householder(work->weighted, work->r);
}

static VgStatus check_rank(VgGlmWork *work, VgError *error)
{
    double *root = work->weight;
    for (size_t i = 0; i < work->n; i++)
        root[i] = sqrt(vg_glm_prior(work->data, i));
    factorise_scaled(work, root);
    for (size_t j = 0; j < work->p; j++) {
        double whole = sqrt(vg_dot(&VG_AT(work->r, 0, j), &VG_AT(work->r, 0, j), work->p));
        if (fabs(VG_AT(work->r, j, j)) > RANK_TOLERANCE * whole)
            continue;
        const char *const *label = work->data->coefficient_label;
        if (label && label[j])
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "column '%s' is a combination of the columns before it",
                           "leave it out of the formula", label[j]);
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "column %zu is a combination of the columns before it",
                       "leave it out of the formula", j + 1);
    }
    return VG_OK;
}

/* beta := least squares of `target` (on the scale of eta, offset included) on X, rows weighted by
 * root². */
static void regress(VgGlmWork *work, const double *root, const double *target)
{
    factorise_scaled(work, root);
    for (size_t j = 0; j < work->p; j++) {
        const double *column = &VG_AT(work->data->x, 0, j);
        double sum = 0;
        for (size_t i = 0; i < work->n; i++)
            sum += root[i] * root[i] * column[i] * (target[i] - vg_glm_offset(work->data, i));
        work->beta[j] = sum;
    }
    vg_solve_upper_transposed(work->r, work->beta);
    vg_solve_upper(work->r, work->beta);
}

static double weighted_mean_outcome(const VgGlmWork *work)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < work->n; i++) {
        sum += vg_glm_prior(work->data, i) * work->data->y[i];
        weights += vg_glm_prior(work->data, i);
    }
    return sum / weights;
}

/* Log-binomial: all risks equal to the mean risk, or lower until every risk is below 1. */
static VgStatus start_log_binomial(VgGlmWork *work, VgError *error)
{
    double *root = work->weight, *target = work->adjusted;
    double level = log(fmin(0.9, fmax(1e-3, weighted_mean_outcome(work))));
    for (int attempt = 0; attempt < 12; attempt++, level *= 2) {
        for (size_t i = 0; i < work->n; i++) {
            root[i] = sqrt(vg_glm_prior(work->data, i));
            target[i] = level;
        }
        regress(work, root, target);
        double largest = -INFINITY;
        for (size_t i = 0; i < work->n; i++) {
            double eta = vg_glm_offset(work->data, i);
            for (size_t j = 0; j < work->p; j++)
                eta += VG_AT(work->data->x, i, j) * work->beta[j];
            largest = fmax(largest, eta);
        }
        if (largest < 0)
            return VG_OK;
    }
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "log-binomial: no starting point with all risks below 1",
                   "keep the intercept, or fit family poisson with hc0 errors");
}

/* Counts: one regression of log(y + 0.1) weighted by the counts, as R starts. */
static void start_counts(VgGlmWork *work)
{
    double *root = work->weight, *target = work->adjusted;
    double mean = weighted_mean_outcome(work), small = mean > 0 ? 0.1 * fmin(1, mean) : 0.1;
    for (size_t i = 0; i < work->n; i++) {
        double mu = work->data->y[i] + small;
        root[i] = sqrt(vg_glm_prior(work->data, i) * mu);
        target[i] = log(mu);
    }
    regress(work, root, target);
}

static VgStatus start(VgGlmWork *work, const double *given, VgError *error)
{
    memset(work->beta, 0, work->p * sizeof(double));
    if (given) {
        memcpy(work->beta, given, work->p * sizeof(double));
        return VG_OK;
    }
    if (work->kind.family == VG_GLM_BINOMIAL && work->kind.link == VG_LINK_LOG)
        return start_log_binomial(work, error);
    if (work->kind.family == VG_GLM_POISSON || work->kind.family == VG_GLM_NEGATIVE_BINOMIAL)
        start_counts(work);
    return VG_OK; /* logit, probit from 0: scoring with halving is safe; gaussian: one step */
}

static void set_bread(const VgGlmWork *work, VgGlmFit *fit)
{
    size_t p = work->p;
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b <= a; b++) {
            double sum = 0;
            for (size_t k = a; k < p; k++)
                sum += VG_AT(work->r_inverse, a, k) * VG_AT(work->r_inverse, b, k);
            VG_AT(fit->bread, a, b) = VG_AT(fit->bread, b, a) = sum;
        }
}

static void set_leverage(const VgGlmWork *work, VgGlmFit *fit)
{
    for (size_t i = 0; i < work->n; i++) {
        double sum = 0;
        for (size_t k = 0; k < work->p; k++) {
            double value = 0;
            for (size_t j = 0; j <= k; j++)
                value += VG_AT(work->data->x, i, j) * VG_AT(work->r_inverse, j, k);
            sum += value * value;
        }
        fit->leverage[i] = sum * work->weight[i];
    }
}

/* R's logLik.glm for gaussian: variance at its maximum likelihood value. */
static double gaussian_loglik(const VgGlmWork *work, double deviance)
{
    double n = (double)work->n_used, log_weights = 0;
    for (size_t i = 0; i < work->n; i++) {
        double prior = vg_glm_prior(work->data, i);
        log_weights += prior > 0 ? log(prior) : 0;
    }
    return 0.5 * (log_weights - n * (log(2 * M_PI * deviance / n) + 1));
}

static void set_likelihood(const VgGlmWork *work, VgGlmFit *fit)
{
    double deviance = 0, loglik = 0;
    for (size_t i = 0; i < work->n; i++) {
        double prior = vg_glm_prior(work->data, i);
        if (prior == 0)
            continue;
        deviance += vg_glm_unit_deviance(work->kind, work->data->y[i], prior, work->mu[i]);
        loglik +=
            vg_glm_full_loglik(work->kind, work->data->y[i], prior, work->eta[i], work->mu[i]);
    }
    bool gaussian = work->kind.family == VG_GLM_GAUSSIAN;
    fit->deviance = deviance;
    fit->loglik = gaussian ? gaussian_loglik(work, deviance) : loglik;
    fit->dispersion = gaussian ? deviance / fit->df_residual : 1;
    fit->n_parameters = (double)work->p + (gaussian || isfinite(work->kind.theta) ? 1 : 0);
    fit->aic = 2 * fit->n_parameters - 2 * fit->loglik;
    fit->bic = log((double)work->n_used) * fit->n_parameters - 2 * fit->loglik;
    fit->loglik_penalised = NAN;
    if (work->firth) {
        fit->loglik_penalised = fit->loglik;
        for (size_t j = 0; j < work->p; j++)
            fit->loglik_penalised += log(fabs(VG_AT(work->r, j, j)));
    }
}

static VgStatus check_variation(const VgGlmWork *work, const VgGlmFit *fit, VgError *error)
{
    double size = 0;
    for (size_t i = 0; i < work->n; i++)
        size += vg_glm_prior(work->data, i) * work->data->y[i] * work->data->y[i];
    if (work->kind.family == VG_GLM_GAUSSIAN && fit->deviance <= 1e-28 * size)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the outcome has no residual variation",
                       "the outcome is constant, or a covariate is the outcome itself");
    return VG_OK;
}

static VgStatus finish(VgArena *arena, const VgGlmWork *work, const VgGlmOptions *options,
                       VgGlmFit *fit, VgError *error)
{
    bool failed = false;
    size_t p = work->p;
    fit->eta = work->eta;
    fit->mu = work->mu;
    fit->score_factor = work->score;
    fit->leverage = work->leverage;
    fit->df_residual = (double)(work->n_used - p);
    fit->theta = work->kind.theta;
    fit->converged = true;
    fit->decrement = work->decrement;
    fit->bread = new_matrix(arena, p, p, &failed);
    fit->vcov_model = new_matrix(arena, p, p, &failed);
    fit->vcov = new_matrix(arena, p, p, &failed);
    if (failed)
        return vg_fail_memory(error);
    set_bread(work, fit);
    set_leverage(work, fit);
    set_likelihood(work, fit);
    VG_TRY(check_variation(work, fit, error));
    for (size_t k = 0; k < p * p; k++)
        fit->vcov_model.data[k] = fit->vcov.data[k] = fit->dispersion * fit->bread.data[k];
    for (size_t j = 0; j < p; j++)
        fit->score_max =
            fmax(fit->score_max, fabs(work->gradient[j]) * sqrt(VG_AT(fit->bread, j, j)));
    fit->robust = options->robust;
    return options->robust == VG_GLM_ROBUST_NONE
               ? VG_OK
               : vg_glm_robust_vcov(arena, work->data, fit, error);
}

VgStatus vg_glm_fit(VgArena *arena, const VgGlmData *data, const VgGlmOptions *options,
                    VgGlmFit *fit, VgError *error)
{
    VgGlmWork work = {0};
    *fit = (VgGlmFit){.theta_se = NAN};
    VG_TRY(vg_glm_check(data, options, &work.kind, &work.n_used, error));
    VG_TRY(prepare(arena, data, options, &work, error));
    VG_TRY(check_rank(&work, error));
    VG_TRY(start(&work, options->start, error));
    VgStatus status = options->family == VG_GLM_NEGATIVE_BINOMIAL
                          ? vg_glm_negative_binomial(&work, &fit->theta_se, error)
                          : vg_glm_maximise(&work, error);
    fit->family = options->family;
    fit->link = work.kind.link;
    fit->firth = options->firth;
    fit->p = work.p;
    fit->n_rows = work.n;
    fit->n_used = work.n_used;
    fit->beta = work.beta;
    fit->iterations = (int)work.n_trace;
    fit->trace = work.trace;
    fit->n_trace = work.n_trace;
    VG_TRY(status);
    return finish(arena, &work, options, fit, error);
}
