/* The mediator's and the outcome's model, fitted to all rows or to a resample of them, as one vector of
 * parameters with its covariance. The two models' estimates are uncorrelated: the outcome's errors are
 * taken given the mediator. */
#include <math.h>
#include <string.h>

#include <vagus/lmm.h>
#include <vagus/ordinal.h>

#include "mechanism/mediation_internal.h"
#include "numeric/linear_algebra.h"

/* One equation to fit: where it goes in theta, and what its covariance is wanted for. */
typedef struct Equation {
    VgMediationModel model;
    VgMatrix x;
    const double *y;
    size_t place; /* first coefficient in theta */
} Equation;

static double total(const VgMediationProblem *p, const double *count)
{
    double sum = 0;
    for (size_t i = 0; count && i < p->data->n; i++)
        sum += count[i];
    return count ? sum : (double)p->data->n;
}

static void put_block(VgMatrix from, size_t place, VgMatrix to)
{
    for (size_t i = 0; i < from.rows; i++)
        for (size_t j = 0; j < from.cols; j++)
            VG_AT(to, place + i, place + j) = VG_AT(from, i, j);
}

/* ---- generalised linear ---- */

static VgStatus fit_glm(VgArena *arena, const VgMediationProblem *p, const Equation *e,
                        const double *count, const double *start, VgMediationFitted *fitted,
                        double *sigma, double *df, double *r_squared, VgError *error)
{
    const VgMediationData *d = p->data;
    bool linear = e->model == VG_MEDIATION_LINEAR;
    bool clustered = p->options->robust == VG_GLM_ROBUST_CR0;
    VgGlmData data = {.x = e->x,
                      .y = e->y,
                      .weights = count,
                      .cluster = clustered ? d->cluster : NULL,
                      .n_clusters = d->n_clusters,
                      .coefficient_label = p->label};
    VgGlmOptions options = {.family = linear ? VG_GLM_GAUSSIAN : VG_GLM_BINOMIAL,
                            .link =
                                e->model == VG_MEDIATION_PROBIT ? VG_LINK_PROBIT : VG_LINK_DEFAULT,
                            .robust = count ? VG_GLM_ROBUST_NONE : p->options->robust,
                            .start = start ? start + e->place : NULL};
    VgGlmFit fit;
    VG_TRY(vg_glm_fit(arena, &data, &options, &fit, error));
    memcpy(fitted->theta + e->place, fit.beta, fit.p * sizeof(double));
    *df = linear ? total(p, count) - (double)fit.p : INFINITY;
    *sigma = linear ? sqrt(fit.deviance / *df) : NAN;
    if (fitted->vcov.data)
        put_block(fit.vcov, e->place, fitted->vcov);
    if (r_squared && linear) {
        double mean = 0, squares = 0;
        for (size_t i = 0; i < d->n; i++)
            mean += e->y[i] / (double)d->n;
        for (size_t i = 0; i < d->n; i++)
            squares += (e->y[i] - mean) * (e->y[i] - mean);
        *r_squared = 1 - fit.deviance / squares;
    } else if (r_squared) { /* of the latent variable (McKelvey & Zavoina 1975), as medsens */
        double mean = 0, squares = 0;
        for (size_t i = 0; i < d->n; i++)
            mean += fit.eta[i] / (double)d->n;
        for (size_t i = 0; i < d->n; i++)
            squares += (fit.eta[i] - mean) * (fit.eta[i] - mean) / ((double)d->n - 1);
        *r_squared = e->model == VG_MEDIATION_PROBIT ? squares / (1 + squares) : NAN;
    }
    return VG_OK;
}

/* ---- mixed ---- */

typedef struct Copied {
    VgMatrix x;
    const double *y;
    const int32_t *group;
    size_t n_groups;
} Copied;

/* The rows of each cluster as often as it was drawn, every copy a group of its own. */
static VgStatus copy_clusters(VgArena *arena, const VgMediationProblem *p, const Equation *e,
                              const double *unit_count, Copied *out, VgError *error)
{
    size_t rows = 0, groups = 0;
    for (size_t u = 0; u < p->n_units; u++) {
        rows += (size_t)unit_count[u] * (p->unit_start[u + 1] - p->unit_start[u]);
        groups += (size_t)unit_count[u];
    }
    VgMatrix x = {vg_arena_alloc_raw(arena, rows, e->x.cols * sizeof(double)), rows, e->x.cols,
                  rows};
    double *y = vg_arena_alloc_raw(arena, rows, sizeof *y);
    int32_t *group = vg_arena_alloc_raw(arena, rows, sizeof *group);
    if (!x.data || !y || !group)
        return vg_fail_memory(error);
    size_t at = 0;
    int32_t g = 0;
    for (size_t u = 0; u < p->n_units; u++)
        for (size_t copy = 0; copy < (size_t)unit_count[u]; copy++, g++)
            for (size_t k = p->unit_start[u]; k < p->unit_start[u + 1]; k++, at++) {
                size_t i = p->unit_row[k];
                for (size_t j = 0; j < x.cols; j++)
                    VG_AT(x, at, j) = VG_AT(e->x, i, j);
                y[at] = e->y[i];
                group[at] = g;
            }
    *out = (Copied){x, y, group, groups};
    return VG_OK;
}

static VgStatus df_of(const VgLmmFit *fit, size_t j, size_t also, double factor, double *df,
                      VgError *error)
{
    double contrast[64] = {0}; /* at most the first 64 coefficients have arrows */
    if (fit->p > 64) {
        *df = INFINITY;
        return VG_OK;
    }
    contrast[j] = 1;
    if (also < fit->p)
        contrast[also] += factor;
    VgInference answer;
    VG_TRY(vg_lmm_contrast(fit, contrast, 0.95, &answer, error));
    *df = answer.df;
    return VG_OK;
}

static VgStatus fit_mixed(VgArena *arena, const VgMediationProblem *p, const Equation *e,
                          const double *unit_count, VgMediationFitted *fitted, double *sigma,
                          VgLmmFit *fit, VgError *error)
{
    const VgMediationData *d = p->data;
    Copied rows = {e->x, e->y, d->cluster, d->n_clusters};
    if (unit_count)
        VG_TRY(copy_clusters(arena, p, e, unit_count, &rows, error));
    double *ones = vg_arena_alloc_raw(arena, rows.x.rows, sizeof *ones);
    if (!ones)
        return vg_fail_memory(error);
    for (size_t i = 0; i < rows.x.rows; i++)
        ones[i] = 1;
    VgLmmTerm term = {.z = {ones, rows.x.rows, 1, rows.x.rows},
                      .group = rows.group,
                      .n_groups = rows.n_groups,
                      .name = "cluster"};
    VgLmmData data = {.n_rows = rows.x.rows,
                      .x = rows.x,
                      .y = rows.y,
                      .term = &term,
                      .n_terms = 1,
                      .coefficient_label = p->label};
    VgLmmOptions options = {.df = fitted->vcov.data ? VG_DF_SATTERTHWAITE : VG_DF_RESIDUAL};
    VG_TRY(vg_lmm_fit(arena, &data, &options, fit, error));
    memcpy(fitted->theta + e->place, fit->beta, fit->p * sizeof(double));
    *sigma = fit->sigma;
    if (fitted->vcov.data)
        put_block(fit->vcov, e->place, fitted->vcov);
    return VG_OK;
}

/* ---- ordinal ---- */

static VgStatus fit_ordinal(VgArena *arena, const VgMediationProblem *p, const double *count,
                            const double *start, VgMediationFitted *fitted, VgError *error)
{
    VgMatrix x = p->full;
    x.data += x.stride; /* without the intercept */
    x.cols--;
    VgOrdinalData data = {.x = x,
                          .y = p->category,
                          .n_categories = p->data->n_categories,
                          .weights = count,
                          .coefficient_label = p->label + 1};
    VgOrdinalOptions options = {.start = start ? start + p->layout.beta : NULL};
    VgOrdinalFit fit;
    VG_TRY(vg_ordinal_fit(arena, &data, &options, &fit, error));
    memcpy(fitted->theta + p->layout.beta, fit.parameter,
           (p->layout.n_beta + p->layout.n_cut) * sizeof(double));
    if (fitted->vcov.data)
        put_block(fit.vcov, p->layout.beta, fitted->vcov);
    return VG_OK;
}

/* ---- both ---- */

static VgStatus fit_mediator(VgArena *arena, const VgMediationProblem *p, const double *count,
                             const double *unit_count, const double *start,
                             VgMediationFitted *fitted, VgError *error)
{
    Equation e = {p->options->mediator_model, p->base, p->data->mediator, p->layout.alpha};
    double sigma = NAN;
    fitted->df_mediator = INFINITY;
    if (e.model == VG_MEDIATION_MIXED) {
        VgLmmFit fit;
        VG_TRY(fit_mixed(arena, p, &e, unit_count, fitted, &sigma, &fit, error));
        if (fitted->vcov.data)
            VG_TRY(df_of(&fit, 1, fit.p, 0, &fitted->df_alpha, error));
    } else {
        VG_TRY(fit_glm(arena, p, &e, count, start, fitted, &sigma, &fitted->df_mediator,
                       fitted->vcov.data ? &fitted->r2_mediator : NULL, error));
        fitted->df_alpha = fitted->df_mediator;
    }
    fitted->theta[p->layout.sigma] = sigma;
    if (fitted->vcov.data && isfinite(fitted->df_mediator))
        VG_AT(fitted->vcov, p->layout.sigma, p->layout.sigma) =
            sigma * sigma / (2 * fitted->df_mediator);
    return VG_OK;
}

static VgStatus fit_outcome(VgArena *arena, const VgMediationProblem *p, const double *count,
                            const double *unit_count, const double *start,
                            VgMediationFitted *fitted, VgError *error)
{
    Equation e = {p->options->outcome_model, p->full, p->data->outcome, p->layout.beta};
    fitted->df_outcome = INFINITY;
    fitted->sigma_outcome = NAN;
    if (e.model == VG_MEDIATION_ORDINAL) {
        VG_TRY(fit_ordinal(arena, p, count, start, fitted, error));
    } else if (e.model == VG_MEDIATION_MIXED) {
        VgLmmFit fit;
        VG_TRY(fit_mixed(arena, p, &e, unit_count, fitted, &fitted->sigma_outcome, &fit, error));
        if (!fitted->vcov.data)
            return VG_OK;
        size_t m = 2 + p->layout.covariates, product = p->layout.interaction ? m + 1 : fit.p;
        for (int a = 0; a < 3; a++)
            VG_TRY(df_of(&fit, m, product, a == 2 ? 0.5 : a, &fitted->df_beta[a], error));
        VG_TRY(df_of(&fit, 1, fit.p, 0, &fitted->df_direct, error));
        fitted->df_interaction = INFINITY;
        return product < fit.p ? df_of(&fit, product, fit.p, 0, &fitted->df_interaction, error)
                               : VG_OK;
    } else {
        VG_TRY(fit_glm(arena, p, &e, count, start, fitted, &fitted->sigma_outcome,
                       &fitted->df_outcome, fitted->vcov.data ? &fitted->r2_outcome : NULL, error));
    }
    fitted->df_direct = fitted->df_interaction = fitted->df_outcome;
    for (int a = 0; a < 3; a++)
        fitted->df_beta[a] = fitted->df_outcome;
    return VG_OK;
}

VgStatus vg_mediation_models(VgArena *arena, const VgMediationProblem *problem, const double *count,
                             const double *unit_count, const double *start, bool vcov,
                             VgMediationFitted *fitted, VgError *error)
{
    size_t m = problem->layout.size;
    *fitted = (VgMediationFitted){.r2_mediator = NAN, .r2_outcome = NAN};
    fitted->theta = VG_NEW(arena, double, m);
    if (!fitted->theta)
        return vg_fail_memory(error);
    if (vcov) {
        fitted->vcov = vg_matrix_new(arena, m, m);
        if (!fitted->vcov.data)
            return vg_fail_memory(error);
    }
    VG_TRY(fit_mediator(arena, problem, count, unit_count, start, fitted, error));
    return fit_outcome(arena, problem, count, unit_count, start, fitted, error);
}
