/* What was computed from which layer, by which formula. */
#include "trial/panel.h"

#include <string.h>

#include <vagus/biomarker.h>

void vg_trial_panel_derived(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    for (size_t k = 0; k < study->n_layers; k++) {
        const VgLayer *layer = &study->layer[k];
        bool one_formula = vg_layer_is_abundance(layer->kind); /* the same for every feature */
        if (!layer->parent || !layer->feature_formula || layer->function)
            continue;
        VgDataset *data = vg_result_dataset(result, NULL, "panel_derived",
                                            VG_COLUMNS("layer", "label", "parent", "feature",
                                                       "unit", "formula", "scale", "source"));
        for (size_t j = 0; j < (one_formula ? 1 : layer->n_features); j++) {
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "layer", layer->name);
            vg_dataset_set_text(result, data, "label",
                                one_formula ? "each feature" : layer->feature_label[j]);
            vg_dataset_set_text(result, data, "parent", layer->parent);
            vg_dataset_set_text(result, data, "feature", one_formula ? NULL : layer->feature[j]);
            vg_dataset_set_text(result, data, "unit", layer->feature_unit[j]);
            vg_dataset_set_text(result, data, "formula", layer->feature_formula[j]);
            vg_dataset_set_text(result, data, "scale",
                                one_formula                 ? NULL
                                : vg_layer_is_log(layer, j) ? "logarithm"
                                                            : "as it is");
            const VgBiomarker *known = vg_biomarker_find(layer->feature[j]);
            vg_dataset_set_text(result, data, "source", known ? known->source : NULL);
        }
    }
}
