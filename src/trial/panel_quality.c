/* How complete each layer is: samples by arm and visit, depth, prevalence, values beyond limits; and means of what was
 * measured by arm and visit, censored values taken as censored. */
#include "trial/panel.h"

#include <math.h>
#include <string.h>

#include <vagus/censored.h>

#include "numeric/linear_algebra.h"

static void describe_layer(VgTrial *trial, const VgLayer *layer)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_layers",
                          VG_COLUMNS("layer", "label", "kind", "matrix", "unit", "#samples",
                                     "#declared", "#controls", "#features", "#batches", "#missing",
                                     "#below", "#above", "#corrected", "#removed"));
    double values = (double)layer->n_samples * (double)layer->n_features;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "label", layer->label);
    vg_dataset_set_text(result, data, "kind", vg_layer_kind_name(layer->kind));
    vg_dataset_set_text(result, data, "matrix", layer->matrix);
    vg_dataset_set_text(result, data, "unit", layer->unit);
    vg_dataset_set_number(result, data, "samples", (double)layer->n_samples);
    if (layer->n_declared)
        vg_dataset_set_number(result, data, "declared", (double)layer->n_declared);
    vg_dataset_set_number(result, data, "controls", (double)layer->n_controls);
    vg_dataset_set_number(result, data, "features", (double)layer->n_features);
    if (layer->batch)
        vg_dataset_set_number(result, data, "batches", (double)layer->n_batches);
    if (layer->corrected)
        vg_dataset_set_number(result, data, "corrected", 1);
    if (layer->n_removed)
        vg_dataset_set_number(result, data, "removed", (double)layer->n_removed);
    if (layer->corrected || layer->n_removed)
        vg_result_warn(result,
                       "the study file changes values of a layer before anything is analysed: %s",
                       layer->label);
    if (vg_layer_is_abundance(layer->kind))
        return;
    vg_dataset_set_number(result, data, "missing", (double)layer->n_missing / values);
    vg_dataset_set_number(result, data, "below", (double)layer->n_below / values);
    vg_dataset_set_number(result, data, "above", (double)layer->n_above / values);
}

/* Where a sample should be from each of the randomised. */
static void count_samples(VgTrial *trial, const VgLayer *layer)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_samples",
                          VG_COLUMNS("layer", "arm", "visit", "#day", "#samples", "#randomised"));
    for (size_t a = 0; a < study->n_arms; a++)
        for (size_t v = 0; v < study->n_visits; v++) {
            size_t n = 0, all = 0, at_visit = 0;
            for (size_t i = 0; i < study->n_participants; i++)
                all += study->arm_of[i] == (int32_t)a;
            for (size_t i = 0; i < layer->n_samples; i++) {
                at_visit += layer->visit[i] == v;
                n += layer->visit[i] == v && vg_trial_sample_arm(study, layer, i) == (int32_t)a;
            }
            if (!at_visit) /* not sampled then */
                continue;
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "layer", layer->name);
            vg_dataset_set_text(result, data, "arm", study->arm[a].name);
            vg_dataset_set_text(result, data, "visit", study->visit[v].name);
            vg_dataset_set_number(result, data, "day", study->visit[v].day);
            vg_dataset_set_number(result, data, "samples", (double)n);
            vg_dataset_set_number(result, data, "randomised", (double)all);
        }
}

static void depths(VgTrial *trial, const VgLayer *layer)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    if (!vg_layer_is_abundance(layer->kind))
        return;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_depth",
        VG_COLUMNS("layer", "participant", "arm", "visit", "#depth", "#features", "#load"));
    for (size_t i = 0; i < layer->n_samples; i++) {
        double depth = 0;
        size_t present = 0;
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        for (size_t j = 0; j < layer->n_features; j++) {
            depth += VG_AT(layer->value, i, j);
            present += VG_AT(layer->value, i, j) > 0;
        }
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "participant",
                            vg_trial_text(trial, "%zu", layer->participant[i] + 1));
        vg_dataset_set_text(result, data, "arm", arm < 0 ? NULL : study->arm[arm].name);
        vg_dataset_set_text(result, data, "visit", study->visit[layer->visit[i]].name);
        vg_dataset_set_number(result, data, "depth", depth);
        vg_dataset_set_number(result, data, "features", (double)present);
        if (layer->load)
            vg_dataset_set_number(result, data, "load", layer->load[i]);
    }
}

static void features(VgTrial *trial, const VgLayer *layer)
{
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(result, NULL, "panel_features",
                                        VG_COLUMNS("layer", "feature", "label", "unit",
                                                   "#prevalence", "#missing", "#below", "#above"));
    bool abundance = vg_layer_is_abundance(layer->kind);
    double n = (double)layer->n_samples;
    for (size_t j = 0; j < layer->n_features; j++) {
        size_t present = 0, missing = 0, below = 0, above = 0;
        for (size_t i = 0; i < layer->n_samples; i++) {
            if (abundance) {
                present += VG_AT(layer->value, i, j) > 0;
                continue;
            }
            double lower = VG_AT(layer->lower, i, j), upper = VG_AT(layer->upper, i, j);
            missing += isnan(lower) != 0;
            below += lower < upper && isfinite(upper);
            above += lower < upper && !isfinite(upper);
        }
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "feature", layer->feature[j]);
        vg_dataset_set_text(result, data, "label", layer->feature_label[j]);
        vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, j));
        if (abundance) {
            vg_dataset_set_number(result, data, "prevalence", (double)present / n);
            continue;
        }
        vg_dataset_set_number(result, data, "missing", (double)missing / n);
        vg_dataset_set_number(result, data, "below", (double)below / n);
        vg_dataset_set_number(result, data, "above", (double)above / n);
    }
}

/* A part that cannot be had is told and does not stop the others. */
static VgStatus parts(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    static const struct {
        const char *what;
        VgStatus (*part)(VgTrial *trial, const VgLayer *layer, VgError *error);
    } PART[] = {{"values beyond limits", vg_trial_panel_cells},
                {"depth by arm", vg_trial_panel_depth},
                {"batches", vg_trial_panel_batches},
                {"identity", vg_trial_panel_identity},
                {"contaminants", vg_trial_panel_contaminants},
                {"reliability", vg_trial_panel_reliability},
                {"outliers", vg_trial_panel_outliers}};
    for (size_t k = 0; k < sizeof PART / sizeof *PART; k++) {
        VgError own = {0};
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgStatus status = PART[k].part(trial, layer, &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK)
            vg_result_warn(trial->result, "quality of %s: %s could not be judged: %s (%s)",
                           layer->label, PART[k].what, own.message, own.hint);
    }
    return VG_OK;
}

VgStatus vg_trial_panel_quality(VgTrial *trial, VgError *error)
{
    const VgStudy *study = trial->study;
    for (size_t k = 0; k < study->n_layers; k++) {
        describe_layer(trial, &study->layer[k]);
        count_samples(trial, &study->layer[k]);
        depths(trial, &study->layer[k]);
        features(trial, &study->layer[k]);
        VG_TRY(parts(trial, &study->layer[k], error));
    }
    return vg_result_status(trial->result, error);
}

/* ---- means ---- */

/* Bounds of one feature in samples of the randomised, on the log scale for concentrations, and their arm × visit. */
typedef struct Bounds {
    size_t n;
    double *lower, *upper;
    size_t *group;
} Bounds;

static VgStatus bounds_of(VgTrial *trial, const VgLayer *layer, size_t feature, Bounds *bounds,
                          VgError *error)
{
    const VgStudy *study = trial->study;
    bounds->n = 0;
    for (size_t i = 0; i < layer->n_samples; i++) {
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        if (arm < 0)
            continue;
        bounds->lower[bounds->n] = VG_AT(layer->lower, i, feature);
        bounds->upper[bounds->n] = VG_AT(layer->upper, i, feature);
        bounds->group[bounds->n++] = (size_t)arm * study->n_visits + layer->visit[i];
    }
    if (!vg_layer_is_log(layer, feature))
        return VG_OK;
    return vg_censored_log(bounds->lower, bounds->upper, bounds->n, error);
}

static void mean_rows(VgTrial *trial, const VgLayer *layer, size_t feature,
                      const VgCensoredCell *cell)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    bool logs = vg_layer_is_log(layer, feature);
    VgDataset *data = vg_result_dataset(result, NULL, "panel_means",
                                        VG_COLUMNS("layer", "feature", "label", "unit", "arm",
                                                   "visit", "#day", "#n", "#missing", "#censored",
                                                   "#mean", "#lower", "#upper", "kind"));
    for (size_t a = 0; a < study->n_arms; a++)
        for (size_t v = 0; v < study->n_visits; v++) {
            const VgCensoredCell *here = &cell[a * study->n_visits + v];
            if (here->n + here->n_missing == 0)
                continue;
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "layer", layer->name);
            vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
            vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
            vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
            vg_dataset_set_text(result, data, "arm", study->arm[a].name);
            vg_dataset_set_text(result, data, "visit", study->visit[v].name);
            vg_dataset_set_number(result, data, "day", study->visit[v].day);
            vg_dataset_set_number(result, data, "n", (double)here->n);
            vg_dataset_set_number(result, data, "missing", (double)here->n_missing);
            vg_dataset_set_number(result, data, "censored", here->share);
            vg_dataset_set_number(result, data, "mean", logs ? exp(here->mean) : here->mean);
            vg_dataset_set_number(result, data, "lower", logs ? exp(here->lower) : here->lower);
            vg_dataset_set_number(result, data, "upper", logs ? exp(here->upper) : here->upper);
            vg_dataset_set_text(result, data, "kind", logs ? "geometric mean" : "mean");
        }
}

VgStatus vg_trial_panel_means(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    size_t cells = trial->study->n_arms * trial->study->n_visits;
    VgCensoredCell *cell = VG_NEW(trial->scratch, VgCensoredCell, cells);
    Bounds bounds = {.lower = VG_NEW(trial->scratch, double, layer->n_samples),
                     .upper = VG_NEW(trial->scratch, double, layer->n_samples),
                     .group = VG_NEW(trial->scratch, size_t, layer->n_samples)};
    if (!cell || !bounds.lower || !bounds.upper || !bounds.group)
        return vg_fail_memory(error);
    VgTrialNames without;
    vg_trial_names(&without);
    for (size_t j = 0; j < layer->n_features; j++) {
        VgError own = {0};
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgStatus status = bounds_of(trial, layer, j, &bounds, &own);
        if (status == VG_OK)
            status = vg_censored_means(trial->scratch, bounds.lower, bounds.upper, bounds.n,
                                       bounds.group, cells, trial->result->level, cell, NULL, &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status == VG_OK)
            mean_rows(trial, layer, j, cell);
        else
            vg_trial_name(trial, &without, layer->feature_label[j], own.message);
    }
    for (size_t k = 0; k < without.n; k++)
        vg_result_warn(trial->result, "no means of %s (%s): %s", vg_trial_named(trial, &without, k),
                       layer->label, without.why[k]);
    return VG_OK;
}
