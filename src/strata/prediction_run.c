/* Prediction of one event on one trial: fit, measure, rows, datasets, words. */
#include "strata/prediction_run.h"

#include <math.h>

#include <vagus/multiplicity.h>

#include "model/wald.h"

const char *vg_prediction_layer(const VgPredictionRun *run, size_t set)
{
    return set < run->data->n_blocks ? run->data->block_name[set] : run->fit.set_name[set];
}

/* Several layers are looked at: a gain is told as one only when it holds up among them. */
static VgStatus adjust(VgPredictionRun *run, VgError *error)
{
    size_t others = run->fit.n_sets - 1;
    for (size_t model = 0; others > 0 && model < run->fit.n_models; model++) {
        double *q = run->q + vg_prediction_at(run, model, 1);
        for (size_t k = 0; k < others; k++) {
            double p = run->gain[vg_prediction_at(run, model, k + 1)].auc.p;
            q[k] = isnan(p) ? 1 : p;
        }
        VG_TRY(vg_multiplicity_adjust(run->arena, VG_ADJUST_HOLM, others, q, q, error));
    }
    return VG_OK;
}

static VgStatus measure(VgPredictionRun *run, VgError *error)
{
    size_t all = run->fit.n_models * run->fit.n_sets;
    run->quality = VG_NEW(run->arena, VgPredictionQuality, all);
    run->gain = VG_NEW(run->arena, VgPredictionGain, all);
    run->q = VG_NEW(run->arena, double, all);
    if (!run->quality || !run->gain || !run->q)
        return vg_fail_memory(error);
    for (size_t k = 0; k < all; k++) {
        size_t model = k / run->fit.n_sets, set = k % run->fit.n_sets;
        VG_TRY(vg_prediction_quality(run->arena, run->data, &run->fit, model, set, run->level,
                                     &run->quality[k], error));
        if (set > 0)
            VG_TRY(vg_prediction_gain(run->arena, run->data, &run->fit, model, set, run->level,
                                      &run->gain[k], error));
    }
    return adjust(run, error);
}

VgStatus vg_prediction_run(VgArena *arena, const VgPredictionData *data,
                           const VgPredictionPlan *plan, VgResult *result, VgError *error)
{
    VgPredictionRun run = {.arena = arena, .data = data, .plan = plan, .result = result};
    double low = plan->threshold_low, high = plan->threshold_high;
    if (!vg_level(plan->level, &run.level))
        return vg_fail(error, VG_INVALID_INPUT, "level %g", "between 0 and 1", plan->level);
    if ((low != 0 || high != 0) && !(low > 0 && low < high && high < 1))
        return vg_fail(error, VG_INVALID_INPUT, "thresholds from %g to %g",
                       "two probabilities between 0 and 1, the lower first", low, high);
    VG_TRY(vg_prediction_fit(arena, data, &plan->options, &run.fit, error));
    VG_TRY(measure(&run, error));
    vg_prediction_rows(&run);
    VG_TRY(vg_prediction_curves(&run, error));
    vg_prediction_words(&run);
    return vg_result_status(result, error);
}
