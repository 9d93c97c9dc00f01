/* Intervals from draws of coefficients: quasi-Bayesian (all of both models, from their joint normal; sigma
 * held, as R's mediate does), and Monte Carlo (alpha and the outcome's coefficients of a linear pair alone,
 * which is the distribution of the product). */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

static const double INTEGRATION = 1e-9;

typedef struct Plan {
    const VgMediationProblem *problem;
    const VgMediationFitted *fitted;
    VgMatrix factor;                        /* lower triangle; theta = estimate + factor z */
    double sigma_ratio, sigma_ratio_log_se; /* outcome's residual SD over the mediator's */
} Plan;

typedef struct Total {
    VgMediation *fit;
    double *extra;
    size_t n_effects;
} Total;

static VgStatus one_draw(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    const VgMediationProblem *p = plan->problem;
    const VgMediationLayout *l = &p->layout;
    size_t m = l->size;
    double *theta = VG_NEW(scratch, double, 2 * m), *z = theta + m;
    if (!theta)
        return vg_fail_memory(error);
    for (size_t j = 0; j < m; j++)
        z[j] = vg_random_normal(&random);
    for (size_t j = 0; j < m; j++) {
        theta[j] = plan->fitted->theta[j];
        for (size_t k = 0; k <= j; k++)
            theta[j] += VG_AT(plan->factor, j, k) * z[k];
    }
    double *effect = record, *extra = effect + p->n_effects;
    for (size_t k = 1; k < l->n_cut; k++)
        if (!(theta[l->cut + k] > theta[l->cut + k - 1])) { /* no distribution has such cuts */
            effect[0] = NAN;
            return VG_OK;
        }
    vg_mediation_effects(p, theta, NULL, INTEGRATION, effect);
    extra[VG_EXTRA_ALPHA] = theta[l->alpha + 1];
    extra[VG_EXTRA_BETA] = theta[vg_place_mediator(l)];
    extra[VG_EXTRA_INTERACTION] = l->interaction ? theta[vg_place_mediator(l) + 1] : 0;
    extra[VG_EXTRA_RATIO] =
        plan->sigma_ratio * exp(plan->sigma_ratio_log_se * vg_random_normal(&random));
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    const double *effect = record;
    Total *total = total_;
    bool failed = !isfinite(effect[0]);
    total->fit->failed += failed;
    for (size_t k = 0; k < total->n_effects; k++)
        total->fit->draw[i * total->n_effects + k] = failed ? NAN : effect[k];
    for (size_t k = 0; total->extra && k < VG_EXTRA_COUNT; k++)
        total->extra[i * VG_EXTRA_COUNT + k] = effect[total->n_effects + k];
    return VG_OK;
}

/* Factor of the covariance; sigma's row and what is not drawn are zero. */
static VgStatus factorise(VgArena *arena, const VgMediationProblem *p,
                          const VgMediationFitted *fitted, VgMatrix *factor, VgError *error)
{
    size_t m = p->layout.size;
    *factor = vg_matrix_new(arena, m, m);
    if (!factor->data)
        return vg_fail_memory(error);
    vg_matrix_copy(fitted->vcov, *factor);
    size_t sigma = p->layout.sigma;
    for (size_t j = 0; j < m; j++)
        VG_AT(*factor, sigma, j) = VG_AT(*factor, j, sigma) = 0;
    VG_AT(*factor, sigma, sigma) = 1;
    if (!vg_cholesky(*factor))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the coefficients' covariance is not positive definite",
                       "use fewer covariates, or resample (percentile)");
    VG_AT(*factor, sigma, sigma) = 0;
    return VG_OK;
}

VgStatus vg_mediation_draws(VgArena *arena, const VgMediationProblem *problem,
                            const VgMediationFitted *fitted, VgMediation *fit, double *extra,
                            VgError *error)
{
    fit->draw = vg_arena_alloc_raw(arena, fit->draws, problem->n_effects * sizeof(double));
    Plan plan = {.problem = problem,
                 .fitted = fitted,
                 .sigma_ratio = fitted->sigma_outcome / fitted->theta[problem->layout.sigma],
                 .sigma_ratio_log_se = sqrt(0.5 / fitted->df_mediator + 0.5 / fitted->df_outcome)};
    if (!fit->draw)
        return vg_fail_memory(error);
    VG_TRY(factorise(arena, problem, fitted, &plan.factor, error));
    Total total = {fit, extra, problem->n_effects};
    VgReplicate replicate = {.count = fit->draws,
                             .seed = problem->options->seed,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = (problem->n_effects + VG_EXTRA_COUNT) * sizeof(double),
                             .body = one_draw,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = problem->options->threads};
    return vg_replicate(&replicate, error);
}
