/* What a prediction is worth, as rows and facts (docs/internals/result-shape.md, "Prediction of response"). */
#include "strata/prediction_run.h"

#include <math.h>

#include "model/estimate.h"
#include "model/wald.h"

static VgEstimate blank(const VgPredictionRun *run, size_t model, const char *stratum,
                        const char *quantity)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = run->plan->analysis;
    row.quantity = quantity;
    row.term = vg_prediction_model_label(run->fit.model[model]);
    row.outcome = run->plan->outcome_name;
    row.stratum = stratum;
    row.n = (double)run->fit.n;
    return row;
}

static void add(const VgPredictionRun *run, VgEstimate row, const VgInference *answer,
                const char *note)
{
    row.note = note;
    vg_estimate_fill(&row, answer);
    if (!isnan(row.estimate))
        vg_result_estimate(run->result, &row);
}

static void add_optimism(const VgPredictionRun *run, size_t model, size_t set, const char *of,
                         double apparent, double nested)
{
    VgEstimate row = blank(run, model, run->fit.set_name[set], "optimism");
    row.feature = of;
    row.estimate = apparent - nested;
    row.note = vg_arena_printf(run->arena, "%.3f in the people it was made from, %.3f in others",
                               apparent, nested);
    if (isfinite(row.estimate))
        vg_result_estimate(run->result, &row);
}

static void arm_rows(const VgPredictionRun *run, size_t model, size_t set, const char *note)
{
    const VgPredictionQuality *q = &run->quality[vg_prediction_at(run, model, set)];
    for (size_t arm = 0; arm < run->fit.arms; arm++) {
        VgEstimate row = blank(run, model, run->fit.set_name[set], "prediction_auc");
        row.arm = run->data->arm_name[arm];
        row.n = 0;
        for (size_t i = 0; i < run->fit.n; i++)
            row.n += (size_t)run->data->arm[i] == arm;
        add(run, row, &q->auc_of_arm[arm], note);
    }
}

static void quality_rows(const VgPredictionRun *run, size_t model, size_t set)
{
    const VgPredictionQuality *q = &run->quality[vg_prediction_at(run, model, set)];
    const char *of = run->fit.set_name[set];
    const char *folds = vg_arena_printf(run->arena, "%zu folds %zu times; Nadeau-Bengio interval",
                                        run->fit.folds, run->fit.repeats);
    static const char POOLED[] = "everybody's nested predictions in each repeat; mean over repeats";
    add(run, blank(run, model, of, "prediction_auc"), &q->auc, folds);
    arm_rows(run, model, set, folds);
    add(run, blank(run, model, of, "prediction_auc_pooled"), &q->auc_pooled,
        "as calibration_slope, error of DeLong");
    add(run, blank(run, model, of, "prediction_brier"), &q->brier, folds);
    add(run, blank(run, model, of, "brier_skill"), &q->brier_skill, folds);
    VgEstimate large = blank(run, model, of, "calibration_in_the_large");
    large.unit = "log odds";
    add(run, large, &q->in_the_large, POOLED);
    add(run, blank(run, model, of, "calibration_slope"), &q->slope, POOLED);
    add_optimism(run, model, set, "AUC", q->apparent_auc, q->auc.estimate);
    add_optimism(run, model, set, "Brier score", q->apparent_brier, q->brier.estimate);
    add_optimism(run, model, set, "calibration slope", q->apparent_slope, q->slope.estimate);
}

static void gain_rows(const VgPredictionRun *run, size_t model, size_t set)
{
    static const char *const COLUMN[] = {"event",       "model",        "layer",
                                         "#gain_auc",   "#lower",       "#upper",
                                         "#gain_brier", "#brier_lower", "#brier_upper"};
    const VgPredictionGain *g = &run->gain[vg_prediction_at(run, model, set)];
    const char *layer = vg_prediction_layer(run, set);
    static const char NOTE[] = "over clinical, same folds; Nadeau-Bengio interval",
                      UNUSED[] = "no fold's model made use of it";
    VgEstimate area = blank(run, model, layer, "layer_gain_auc");
    area.q = isnan(g->auc.p) ? NAN : run->q[vg_prediction_at(run, model, set)];
    add(run, area, &g->auc, isnan(g->auc.se) ? UNUSED : NOTE);
    add(run, blank(run, model, layer, "layer_gain_brier"), &g->brier,
        isnan(g->brier.se) ? UNUSED : NOTE);
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, "layer_gain", COLUMN, 9);
    vg_dataset_row(run->result, d);
    vg_dataset_set_text(run->result, d, "event", run->plan->event);
    vg_dataset_set_text(run->result, d, "model", vg_prediction_model_label(run->fit.model[model]));
    vg_dataset_set_text(run->result, d, "layer", layer);
    const double value[] = {g->auc.estimate,   g->auc.lower,   g->auc.upper,
                            g->brier.estimate, g->brier.lower, g->brier.upper};
    for (size_t k = 0; k < 6; k++)
        vg_dataset_set_number(run->result, d, COLUMN[3 + k] + 1, value[k]);
}

static void add_fact(const VgPredictionRun *run, const char *key, double value)
{
    const char *name = vg_arena_printf(run->arena, "%s_%s", key, run->plan->event);
    vg_result_number(run->result, VG_FACTS_FIT, run->plan->analysis, name, value);
}

void vg_prediction_rows(const VgPredictionRun *run)
{
    add_fact(run, "n_people", (double)run->fit.n);
    add_fact(run, "n_events", (double)run->fit.events);
    add_fact(run, "n_without_outcome", (double)run->plan->without_outcome);
    add_fact(run, "folds", (double)run->fit.folds);
    add_fact(run, "repeats", (double)run->fit.repeats);
    for (size_t model = 0; model < run->fit.n_models; model++)
        for (size_t set = 0; set < run->fit.n_sets; set++) {
            quality_rows(run, model, set);
            if (set > 0)
                gain_rows(run, model, set);
        }
}
