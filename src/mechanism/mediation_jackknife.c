/* BCa's acceleration: every unit left out once. For the strata s with n_s units and their influence values
 * l = (n_s − 1)(mean of theta₍₋ᵢ₎ − theta₍₋ᵢ₎): a = Σ_s Σ l³/n_s³ / (6 (Σ_s Σ l²/n_s²)^1.5).
 * Source: Efron 1987; Davison & Hinkley 1997, 5.3.2 (several samples). */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "numeric/replicate.h"

static const double INTEGRATION = 1e-9;

typedef struct Plan {
    const VgMediationProblem *problem;
    VgMediationRefit refit;
    const double *whole; /* cross-products of all rows; NULL: refit */
} Plan;

static VgStatus refit_without(const Plan *plan, VgArena *scratch, size_t unit, double *effect,
                              VgError *error)
{
    const VgMediationProblem *p = plan->problem;
    double *unit_count = VG_NEW(scratch, double, p->n_units);
    double *count = VG_NEW(scratch, double, p->data->n);
    double *theta = VG_NEW(scratch, double, p->layout.size);
    if (!unit_count || !count || !theta)
        return vg_fail_memory(error);
    for (size_t u = 0; u < p->n_units; u++)
        unit_count[u] = u != unit;
    for (size_t i = 0; i < p->data->n; i++)
        count[i] = 1;
    for (size_t k = p->unit_start[unit]; k < p->unit_start[unit + 1]; k++)
        count[p->unit_row[k]] = 0;
    VG_TRY(vg_mediation_refit(scratch, &plan->refit, count, unit_count, theta, error));
    vg_mediation_effects(p, theta, count, INTEGRATION, effect);
    return VG_OK;
}

static VgStatus leave_out(size_t unit, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    (void)random;
    const Plan *plan = context;
    const VgMediationProblem *p = plan->problem;
    double *effect = record;
    if (!plan->whole)
        return refit_without(plan, scratch, unit, effect, error);
    const VgEquations *e = &p->equations;
    size_t square = e->width * e->width;
    double *s = vg_arena_alloc_raw(scratch, square + e->columns, sizeof *s);
    if (!s)
        return vg_fail_memory(error);
    memcpy(s, plan->whole, square * sizeof *s);
    for (size_t k = p->unit_start[unit]; k < p->unit_start[unit + 1]; k++)
        vg_cross_products_remove(e, p->unit_row[k], s);
    if (!vg_mediation_linear(p, s, s + square, effect, NULL))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "without one %s the models cannot be fitted, so BCa has no acceleration",
                       "use the interval percentile, or fewer covariates",
                       p->data->cluster ? "cluster" : "participant");
    return VG_OK;
}

typedef struct Total {
    double *value; /* units × effects */
    size_t n_effects;
} Total;

static VgStatus keep(size_t unit, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    memcpy(total->value + unit * total->n_effects, record, total->n_effects * sizeof(double));
    return VG_OK;
}

static double accelerate(const VgMediationProblem *p, const double *value, size_t k)
{
    double cubes = 0, squares = 0;
    for (size_t s = 0; s < p->n_strata; s++) {
        size_t first = p->stratum_start[s], last = p->stratum_start[s + 1];
        double n = (double)(last - first), mean = 0;
        for (size_t i = first; i < last; i++)
            mean += value[p->stratum_unit[i] * p->n_effects + k] / n;
        for (size_t i = first; i < last; i++) {
            double l = (n - 1) / n * (mean - value[p->stratum_unit[i] * p->n_effects + k]);
            cubes += l * l * l;
            squares += l * l;
        }
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

VgStatus vg_mediation_acceleration(VgArena *arena, const VgMediationProblem *problem,
                                   const double *theta, double *acceleration, VgError *error)
{
    Plan plan = {.problem = problem};
    Total total = {vg_arena_alloc(arena, problem->n_units, problem->n_effects * sizeof(double)),
                   problem->n_effects};
    if (!total.value)
        return vg_fail_memory(error);
    if (problem->equations.row) {
        size_t square = problem->equations.width * problem->equations.width;
        double *whole = VG_NEW(arena, double, square);
        double *ones = VG_NEW(arena, double, problem->data->n);
        if (!whole || !ones)
            return vg_fail_memory(error);
        for (size_t i = 0; i < problem->data->n; i++)
            ones[i] = 1;
        vg_cross_products_counted(&problem->equations, ones, whole);
        plan.whole = whole;
    } else {
        VG_TRY(vg_mediation_refit_prepare(arena, problem, theta, &plan.refit, error));
    }
    VgReplicate replicate = {.count = problem->n_units,
                             .stream = VG_STREAM_BOOTSTRAP,
                             .record_size = problem->n_effects * sizeof(double),
                             .body = leave_out,
                             .merge = keep,
                             .context = &plan,
                             .total = &total,
                             .threads = problem->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    for (size_t k = 0; k < problem->n_effects; k++)
        acceleration[k] = accelerate(problem, total.value, k);
    return VG_OK;
}
