/* Resampling of units (participants, or clusters) within arms. The linear pair takes one weighted
 * cross-product a resample; other models are fitted again from the estimates of the whole data. */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "numeric/replicate.h"

static const double INTEGRATION = 1e-9;
static const double MOST_FAILED = 0.05;

typedef struct Plan {
    const VgMediationProblem *problem;
    VgMediationRefit refit;
    bool linear;
} Plan;

typedef struct Total {
    VgMediation *fit;
    double *extra;
    size_t n_effects;
} Total;

void vg_draw_units(const VgMediationProblem *p, VgRandom random, double *unit_count)
{
    for (size_t s = 0; s < p->n_strata; s++) {
        size_t first = p->stratum_start[s], n = p->stratum_start[s + 1] - first;
        for (size_t k = 0; k < n; k++)
            unit_count[p->stratum_unit[first + vg_random_below(&random, n)]]++;
    }
}

void vg_count_rows(const VgMediationProblem *p, const double *unit_count, double *count)
{
    for (size_t u = 0; u < p->n_units; u++)
        for (size_t k = p->unit_start[u]; k < p->unit_start[u + 1]; k++)
            count[p->unit_row[k]] = unit_count[u];
}

static VgStatus refit(const Plan *plan, VgArena *scratch, const double *count,
                      const double *unit_count, double *effect, VgError *error)
{
    double *theta = VG_NEW(scratch, double, plan->problem->layout.size);
    if (!theta)
        return vg_fail_memory(error);
    VgStatus status = vg_mediation_refit(scratch, &plan->refit, count, unit_count, theta, error);
    if (status == VG_NOT_ESTIMABLE || status == VG_NO_CONVERGENCE) {
        effect[0] = NAN; /* counted as failed */
        return VG_OK;
    }
    VG_TRY(status);
    vg_mediation_effects(plan->problem, theta, count, INTEGRATION, effect);
    return VG_OK;
}

/* The record: n_effects effects, then the extras. */
static VgStatus one_resample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                             void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    const VgMediationProblem *p = plan->problem;
    double *effect = record, *extra = effect + p->n_effects;
    double *unit_count = VG_NEW(scratch, double, p->n_units), *count = unit_count;
    if (!unit_count)
        return vg_fail_memory(error);
    vg_draw_units(p, random, unit_count);
    if (p->data->cluster) {
        count = VG_NEW(scratch, double, p->data->n);
        if (!count)
            return vg_fail_memory(error);
        vg_count_rows(p, unit_count, count);
    }
    if (!plan->linear)
        return refit(plan, scratch, count, unit_count, effect, error);
    const VgEquations *e = &p->equations;
    double *s = vg_arena_alloc_raw(scratch, e->width * e->width + e->columns, sizeof *s);
    if (!s)
        return vg_fail_memory(error);
    vg_cross_products_counted(e, count, s);
    if (!vg_mediation_linear(p, s, s + e->width * e->width, effect, extra))
        effect[0] = NAN;
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    const double *effect = record;
    Total *total = total_;
    double *to = total->fit->draw + i * total->n_effects;
    bool failed = !isfinite(effect[0]);
    total->fit->failed += failed;
    for (size_t k = 0; k < total->n_effects; k++)
        to[k] = failed ? NAN : effect[k];
    for (size_t k = 0; total->extra && k < VG_EXTRA_COUNT; k++)
        total->extra[i * VG_EXTRA_COUNT + k] = failed ? NAN : effect[total->n_effects + k];
    return VG_OK;
}

VgStatus vg_mediation_bootstrap(VgArena *arena, const VgMediationProblem *problem,
                                const double *theta, VgMediation *fit, double *extra,
                                VgError *error)
{
    fit->draw = vg_arena_alloc_raw(arena, fit->draws, problem->n_effects * sizeof(double));
    if (!fit->draw)
        return vg_fail_memory(error);
    Plan plan = {.problem = problem, .linear = problem->equations.row != NULL};
    if (!plan.linear)
        VG_TRY(vg_mediation_refit_prepare(arena, problem, theta, &plan.refit, error));
    Total total = {fit, extra, problem->n_effects};
    VgReplicate replicate = {.count = fit->draws,
                             .seed = problem->options->seed,
                             .stream = VG_STREAM_BOOTSTRAP,
                             .record_size = (problem->n_effects + VG_EXTRA_COUNT) * sizeof(double),
                             .body = one_resample,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = problem->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    if ((double)fit->failed > MOST_FAILED * (double)fit->draws)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu of %zu resamples could not be fitted, more than 5 %%",
                       "use fewer covariates, merge rare categories, or take the interval delta",
                       fit->failed, fit->draws);
    return VG_OK;
}
