/* Layers on the scale of analysis, and what the parts of the quality page share. */
#include "trial/panel.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "numeric/linear_algebra.h"

static VgStatus log_ratios(VgTrial *trial, const VgLayer *layer, VgPanelScale *scale,
                           VgError *error)
{
    size_t n = layer->n_samples, p = 0;
    bool *keep = VG_NEW(trial->scratch, bool, layer->n_features);
    scale->column = VG_NEW(trial->scratch, size_t, layer->n_features);
    if (!keep || !scale->column)
        return vg_fail_memory(error);
    VG_TRY(vg_prevalence_filter(layer->value, 0.1, 0, keep, &p, error));
    scale->y = vg_matrix_new(trial->scratch, n, p);
    if (!scale->y.data)
        return vg_fail_memory(error);
    double least = INFINITY;
    size_t k = 0;
    for (size_t j = 0; j < layer->n_features; j++) {
        if (!keep[j])
            continue;
        for (size_t i = 0; i < n; i++) {
            double x = VG_AT(layer->value, i, j);
            VG_AT(scale->y, i, k) = x;
            least = x > 0 ? fmin(least, x) : least;
        }
        scale->column[k++] = j;
    }
    double zero = layer->kind == VG_LAYER_COUNTS ? 0.5 : 0.65 * least;
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t j = 0; j < p; j++) {
            double *x = &VG_AT(scale->y, i, j);
            *x = log2(layer->kind == VG_LAYER_COUNTS ? *x + zero : *x > 0 ? *x : zero);
            mean += *x / (double)p;
        }
        for (size_t j = 0; j < p; j++)
            VG_AT(scale->y, i, j) -= mean;
    }
    return VG_OK;
}

VgStatus vg_trial_panel_scale(VgTrial *trial, const VgLayer *layer, VgPanelScale *scale,
                              VgError *error)
{
    if (vg_layer_is_abundance(layer->kind))
        return log_ratios(trial, layer, scale, error);
    size_t n = layer->n_samples, p = layer->n_features;
    scale->y = vg_matrix_new(trial->scratch, n, p);
    scale->column = VG_NEW(trial->scratch, size_t, p);
    if (!scale->y.data || !scale->column)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        scale->column[j] = j;
        for (size_t i = 0; i < n; i++) {
            double x = VG_AT(layer->value, i, j);
            if (vg_layer_is_log(layer, j))
                x = x > 0 ? log(x) : NAN;
            VG_AT(scale->y, i, j) = isfinite(x) ? x : NAN;
        }
    }
    return VG_OK;
}

VgStatus vg_trial_panel_design(VgTrial *trial, const size_t *cell, size_t n_cells,
                               const size_t *row, size_t n, VgMatrix *design, VgError *error)
{
    size_t *number = VG_NEW(trial->scratch, size_t, n_cells), p = 0;
    if (!number)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (!number[cell[row[i]]])
            number[cell[row[i]]] = ++p;
    *design = vg_matrix_new(trial->scratch, n, p);
    if (!design->data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        VG_AT(*design, i, number[cell[row[i]]] - 1) = 1;
    return VG_OK;
}

void vg_trial_panel_finding(VgTrial *trial, const VgLayer *layer, const char *topic,
                            const char *severity, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_findings",
                          VG_COLUMNS("layer", "label", "topic", "severity", "text", "#order"));
    size_t row = vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "label", layer->label);
    vg_dataset_set_text(result, data, "topic", topic);
    vg_dataset_set_text(result, data, "severity", severity);
    vg_dataset_set_text(result, data, "text", text);
    vg_dataset_set_number(result, data, "order", (double)row + 1);
}

void vg_trial_panel_sample(VgTrial *trial, VgDataset *data, const VgLayer *layer, size_t sample)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    int32_t arm = vg_trial_sample_arm(study, layer, sample);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "sample", layer->sample[sample]);
    vg_dataset_set_text(result, data, "participant",
                        vg_trial_text(trial, "%zu", layer->participant[sample] + 1));
    vg_dataset_set_text(result, data, "arm", arm < 0 ? NULL : study->arm[arm].name);
    vg_dataset_set_text(result, data, "visit", study->visit[layer->visit[sample]].name);
}
