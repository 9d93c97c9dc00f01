/* How far repeats agree: replicates of the laboratory, and visits before treatment. Shrout & Fleiss 1979; METHODS 1.4. */
#include <math.h>
#include <string.h>

#include <vagus/reliability.h>

#include "trial/panel.h"

static void write(VgTrial *trial, const VgLayer *layer, size_t feature, const char *source,
                  const VgRepeats *r, const VgRepeatability *a, const VgWithinCv *cv)
{
    VgResult *result = trial->result;
    bool logs = vg_layer_is_log(layer, feature);
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_reliability",
        VG_COLUMNS("layer", "feature", "label", "unit", "source", "kind", "scale", "#n", "#k",
                   "#k_analysed", "#icc", "#lower", "#upper", "#icc_analysed", "#cv", "#cv_lower",
                   "#cv_upper", "#sem", "#mdc", "#mdc_ratio", "#beyond_limits"));
    double mdc = 1.96 * sqrt(2) * a->sem;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
    vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
    vg_dataset_set_text(result, data, "source", source);
    vg_dataset_set_text(result, data, "kind", a->kind);
    vg_dataset_set_text(result, data, "scale", logs ? "natural logarithm" : "as measured");
    vg_dataset_set_number(result, data, "n", (double)r->n_subjects);
    vg_dataset_set_number(result, data, "k", a->k);
    vg_dataset_set_number(result, data, "k_analysed", r->analysed);
    vg_dataset_set_number(result, data, "icc", a->icc.estimate);
    vg_dataset_set_number(result, data, "lower", a->icc.lower);
    vg_dataset_set_number(result, data, "upper", a->icc.upper);
    vg_dataset_set_number(result, data, "icc_analysed", a->analysed.estimate);
    if (cv) {
        vg_dataset_set_number(result, data, "cv", cv->cv);
        vg_dataset_set_number(result, data, "cv_lower", cv->lower);
        vg_dataset_set_number(result, data, "cv_upper", cv->upper);
    }
    vg_dataset_set_number(result, data, "sem", a->sem);
    vg_dataset_set_number(result, data, "mdc", mdc);
    if (logs)
        vg_dataset_set_number(result, data, "mdc_ratio", exp(mdc));
    vg_dataset_set_number(result, data, "beyond_limits", (double)r->beyond_limits);
}

/* The first two values of each subject, for the eye. */
static void write_pairs(VgTrial *trial, const VgLayer *layer, size_t feature, const char *source,
                        const VgRepeats *r, double *first)
{
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_replicates",
        VG_COLUMNS("layer", "feature", "label", "unit", "source", "#first", "#second"));
    for (size_t s = 0; s < r->n_subjects; s++)
        first[s] = NAN;
    for (size_t i = 0; i < r->n; i++) {
        double *one = &first[r->subject[i]];
        if (isinf(*one))
            continue;
        if (isnan(*one)) {
            *one = r->value[i];
            continue;
        }
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
        vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
        vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
        vg_dataset_set_text(result, data, "source", source);
        vg_dataset_set_number(result, data, "first", *one);
        vg_dataset_set_number(result, data, "second", r->value[i]);
        *one = INFINITY;
    }
}

static VgStatus one_feature(VgTrial *trial, const VgLayer *layer, size_t feature,
                            const char *source, const VgRepeats *r, double *icc, VgError *error)
{
    VgRepeatability answer;
    VgWithinCv cv;
    double level = trial->result->level;
    VG_TRY(vg_repeatability(trial->scratch, r, level, &answer, error));
    bool logs = vg_layer_is_log(layer, feature);
    if (logs)
        VG_TRY(vg_within_cv(trial->scratch, r->subject, r->value, r->n, r->n_subjects, level, &cv,
                            error));
    double *first = VG_NEW(trial->scratch, double, r->n_subjects);
    if (!first)
        return vg_fail_memory(error);
    write(trial, layer, feature, source, r, &answer, logs ? &cv : NULL);
    write_pairs(trial, layer, feature, source, r, first);
    *icc = answer.icc.estimate;
    return VG_OK;
}

static VgStatus from_source(VgTrial *trial, const VgLayer *layer, bool replicates, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t told = 0, poor = 0;
    double worst = INFINITY;
    const char *worst_label = "", *source = replicates ? "replicates" : "baseline";
    VgTrialNames without;
    vg_trial_names(&without);
    for (size_t j = 0; j < layer->n_features; j++) {
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgRepeats r;
        VgError own = {0};
        double icc = NAN;
        if (replicates)
            VG_TRY(vg_repeats_of_samples(trial->scratch, layer, j, &r, error));
        else
            VG_TRY(vg_repeats_at_baseline(trial->scratch, study, layer, j, &r, error));
        VgStatus status = one_feature(trial, layer, j, source, &r, &icc, &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK) {
            vg_trial_name(trial, &without, layer->feature_label[j], own.message);
            continue;
        }
        told++;
        poor += icc < 0.75;
        if (icc < worst) {
            worst = icc;
            worst_label = layer->feature_label[j];
        }
    }
    for (size_t k = 0; k < without.n; k++)
        vg_result_warn(trial->result, "no reliability of %s (%s, from %s): %s",
                       vg_trial_named(trial, &without, k), layer->label, source, without.why[k]);
    if (told)
        vg_trial_panel_finding(trial, layer, "reliability", poor ? "look" : "fine",
                               replicates ? "Replicates agree with an ICC of at least %.2f (least: "
                                            "%s); below 0.75 in %zu of %zu."
                                          : "Values before treatment agree with an ICC of at least "
                                            "%.2f (least: %s); below 0.75 in %zu of %zu.",
                               worst, worst_label, poor, told);
    return VG_OK;
}

VgStatus vg_trial_panel_reliability(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t before = 0;
    if (vg_layer_is_abundance(layer->kind) || !layer->lower.data)
        return VG_OK;
    if (layer->n_replicates)
        VG_TRY(from_source(trial, layer, true, error));
    for (size_t v = 0; v < study->n_visits; v++)
        if (study->visit[v].day <= 0) {
            bool sampled = false;
            for (size_t i = 0; i < layer->n_samples && !sampled; i++)
                sampled = layer->visit[i] == v;
            before += sampled;
        }
    return before > 1 ? from_source(trial, layer, false, error) : VG_OK;
}
