/* Whether a person has changed by more than measurement error. */
#include "trial/panel_norms.h"

#include <math.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"

static double number_of(const VgDataset *data, const char *column, size_t row)
{
    const VgDatasetColumn *found = vg_dataset_column(data, column);
    return found && found->number ? found->number[row] : NAN;
}

static const char *text_of(const VgDataset *data, const char *column, size_t row)
{
    const VgDatasetColumn *found = vg_dataset_column(data, column);
    return found && found->text ? found->text[row] : NULL;
}

/* The standard error of a feature's value as it is analysed (a mean of replicates errs less than one), where repeats told of it. */
static double sem_of(const VgTrial *trial, const VgLayer *layer, size_t feature, bool *logs)
{
    const VgDataset *data = vg_result_find_dataset(trial->result, NULL, "panel_reliability");
    for (size_t r = 0; data && r < data->n_rows; r++)
        if (vg_same_text(text_of(data, "layer", r), layer->name) &&
            vg_same_text(text_of(data, "feature", r), layer->feature[feature])) {
            *logs = vg_same_text(text_of(data, "scale", r), "natural logarithm");
            return number_of(data, "sem", r) / sqrt(number_of(data, "k_analysed", r));
        }
    return NAN;
}

static void write_change(VgTrial *trial, const VgLayer *layer, size_t feature, size_t sample,
                         double before, double sem, bool logs)
{
    VgResult *result = trial->result;
    double value = VG_AT(layer->value, sample, feature),
           change = logs ? log(value) - log(before) : value - before;
    if (!isfinite(change))
        return;
    VgDataset *data = vg_result_dataset(result, layer->name, "norm_changes",
                                        VG_COLUMNS("feature", "label", "participant", "arm",
                                                   "visit", "#day", "#change", "scale", "#sem",
                                                   "#reliable_change", "#beyond_error"));
    vg_norms_person(trial, data, layer, sample);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
    vg_dataset_set_number(result, data, "change", change);
    vg_dataset_set_text(result, data, "scale", logs ? "natural logarithm" : "as measured");
    vg_dataset_set_number(result, data, "sem", sem);
    vg_dataset_set_number(result, data, "reliable_change", change / (sqrt(2) * sem));
    vg_dataset_set_number(result, data, "beyond_error", fabs(change) > 1.96 * sqrt(2) * sem);
}

/* Δ/(√2 · SEM) from baseline where the measurement error is known. */
void vg_trial_panel_norm_changes(VgTrial *trial, const VgLayer *layer)
{
    size_t baseline = vg_trial_panel_baseline(trial->study);
    for (size_t j = 0; baseline != SIZE_MAX && j < layer->n_features; j++) {
        bool logs = false;
        double sem = sem_of(trial, layer, j, &logs);
        for (size_t i = 0; sem > 0 && i < layer->n_samples; i++) {
            if (!trial->study->norms_plan->at[layer->visit[i]] || layer->visit[i] == baseline)
                continue;
            for (size_t b = 0; b < layer->n_samples; b++)
                if (layer->participant[b] == layer->participant[i] && layer->visit[b] == baseline)
                    write_change(trial, layer, j, i, VG_AT(layer->value, b, j), sem, logs);
        }
    }
}
