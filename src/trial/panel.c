/* The panel's response to treatment, layer by layer. A layer that fails is told and does not stop the others. */
#include "trial/panel.h"

#include <string.h>

size_t vg_trial_panel_baseline(const VgStudy *study)
{
    size_t visit =
        study->n_analyses ? study->outcome[study->analysis[0].outcome].baseline_visit : SIZE_MAX;
    for (size_t v = 0; visit == SIZE_MAX && v < study->n_visits && study->visit[v].day <= 0; v++)
        if (v + 1 == study->n_visits || study->visit[v + 1].day > 0)
            visit = v;
    return visit;
}

VgStatus vg_trial_branches(VgTrial *trial, const VgLayer *layer, VgBranches *branches,
                           VgError *error)
{
    *branches = (VgBranches){0};
    if (!layer->tree)
        return VG_OK;
    return vg_branches_of(trial->scratch, layer->tree, layer->feature, layer->n_features, branches,
                          error);
}

void vg_trial_number_codes(const bool *seen, size_t n, size_t first, size_t *code, size_t *of,
                           size_t *n_codes)
{
    *n_codes = 0;
    for (size_t k = 0; k < n; k++)
        code[k] = SIZE_MAX;
    if (first < n && seen[first]) {
        code[first] = 0;
        of[(*n_codes)++] = first;
    }
    for (size_t k = 0; k < n; k++)
        if (seen[k] && k != first) {
            code[k] = *n_codes;
            of[(*n_codes)++] = k;
        }
}

static VgStatus one_layer(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    if (!vg_layer_is_abundance(layer->kind)) {
        VG_TRY(vg_trial_panel_means(trial, layer, error));
        return vg_trial_panel_measured(trial, layer, error);
    }
    if (layer->function)
        return vg_trial_panel_function(trial, layer, error);
    VG_TRY(vg_trial_panel_diversity(trial, layer, error));
    VG_TRY(vg_trial_panel_community(trial, layer, error));
    return vg_trial_panel_differential(trial, layer, error);
}

VgStatus vg_trial_panel(VgTrial *trial, VgError *error)
{
    const VgStudy *study = trial->study;
    if (!study->n_layers)
        return VG_OK;
    VG_TRY(vg_trial_panel_quality(trial, error));
    vg_trial_panel_derived(trial);
    for (size_t k = 0; study->panel_plan && k < study->panel_plan->n_layers; k++) {
        const VgLayer *layer = &study->layer[study->panel_plan->layer[k]];
        VgError own = {0};
        VgStatus status = one_layer(trial, layer, &own);
        if (status == VG_NO_MEMORY || status == VG_IO) {
            if (error)
                *error = own;
            return status;
        }
        if (status != VG_OK)
            vg_result_warn(trial->result, "the layer %s could not be analysed: %s (%s)",
                           layer->label, own.message, own.hint);
    }
    VG_TRY(vg_trial_panel_norms(trial, error));
    return vg_result_status(trial->result, error);
}
