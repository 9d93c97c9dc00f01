/* Values that stand apart from their arm and visit: told, never dropped. METHODS 1.4. */
#include <math.h>

#include <vagus/panel_clean.h>
#include <vagus/quality.h>

#include "trial/panel.h"

static int order(double a, double b)
{
    return (a > b) - (a < b);
}

/* The median of the values of a cell; `kept` is scratch. */
static double cell_median(const double *value, const size_t *cell, size_t of, size_t n,
                          double *kept)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (cell[i] != of || isnan(value[i]))
            continue;
        size_t k = m++;
        for (; k > 0 && order(kept[k - 1], value[i]) > 0; k--)
            kept[k] = kept[k - 1];
        kept[k] = value[i];
    }
    return !m ? NAN : m % 2 ? kept[m / 2] : 0.5 * (kept[m / 2 - 1] + kept[m / 2]);
}

static size_t write_outliers(VgTrial *trial, const VgLayer *layer, size_t feature, const double *z)
{
    VgResult *result = trial->result;
    size_t found = 0;
    for (size_t i = 0; i < layer->n_samples; i++) {
        if (!(fabs(z[i]) > VG_OUTLIER_Z))
            continue;
        VgDataset *data =
            vg_result_dataset(result, NULL, "panel_outliers",
                              VG_COLUMNS("layer", "feature", "label", "sample", "participant",
                                         "arm", "visit", "unit", "#value", "#z"));
        vg_dataset_row(result, data);
        vg_trial_panel_sample(trial, data, layer, i);
        vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
        vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
        vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
        vg_dataset_set_number(result, data, "value", VG_AT(layer->value, i, feature));
        vg_dataset_set_number(result, data, "z", z[i]);
        found++;
    }
    return found;
}

VgStatus vg_trial_panel_outliers(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    VgPanelScale scale;
    size_t n = layer->n_samples, n_cells, found = 0, values = 0;
    if (vg_layer_is_abundance(layer->kind) || !layer->lower.data)
        return VG_OK;
    VG_TRY(vg_trial_panel_scale(trial, layer, &scale, error));
    size_t *cell = vg_layer_cells_of(trial->scratch, trial->study, layer, &n_cells);
    double *z = VG_NEW(trial->scratch, double, n), *kept = VG_NEW(trial->scratch, double, n),
           *middle = VG_NEW(trial->scratch, double, n_cells);
    if (!cell || !z || !kept || !middle)
        return vg_fail_memory(error);
    for (size_t j = 0; j < scale.y.cols; j++) {
        double *y = &VG_AT(scale.y, 0, j);
        for (size_t c = 0; c < n_cells; c++)
            middle[c] = cell_median(y, cell, c, n, kept);
        for (size_t i = 0; i < n; i++) {
            values += isnan(y[i]) == 0;
            y[i] -= middle[cell[i]];
        }
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        if (!vg_robust_z(trial->scratch, y, n, z))
            return vg_fail_memory(error);
        vg_arena_rewind(trial->scratch, mark);
        found += write_outliers(trial, layer, scale.column[j], z);
    }
    if (found)
        vg_trial_panel_finding(trial, layer, "outliers", "look",
                               "%zu of %zu values stand apart from their arm and visit (more than "
                               "3.5 robust standard deviations). They stay in every analysis.",
                               found, values);
    else
        vg_trial_panel_finding(trial, layer, "outliers", "fine",
                               "None of %zu values stands apart from its arm and visit.", values);
    return VG_OK;
}
