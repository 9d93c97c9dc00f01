/* Features that come from reagents, not from people, as decontam tells them. Davis 2018. */
#include <math.h>

#include <vagus/panel_clean.h>

#include "trial/panel.h"

enum { LISTED = 5 };

static void write_features(VgTrial *trial, const VgLayer *layer, const VgLayerContaminants *c)
{
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_contaminants",
        VG_COLUMNS("layer", "feature", "label", "method", "#contaminant", "#removed", "#score",
                   "#frequency", "#prevalence", "#in_samples", "#in_controls", "#share"));
    for (size_t j = 0; j < c->n; j++) {
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "feature", c->feature[j]);
        vg_dataset_set_text(result, data, "label", c->label[j]);
        vg_dataset_set_text(result, data, "method", vg_contaminant_method_name(c->method));
        vg_dataset_set_number(result, data, "contaminant", c->contaminant[j]);
        vg_dataset_set_number(result, data, "removed", c->contaminant[j] && layer->n_removed);
        vg_dataset_set_number(result, data, "score", c->p[j]);
        vg_dataset_set_number(result, data, "frequency", c->score[j].frequency);
        vg_dataset_set_number(result, data, "prevalence", c->score[j].prevalence);
        vg_dataset_set_number(result, data, "in_samples", c->in_samples[j]);
        vg_dataset_set_number(result, data, "in_controls", c->in_controls[j]);
        vg_dataset_set_number(result, data, "share", c->share[j]);
    }
}

static void judge(VgTrial *trial, const VgLayer *layer, const VgLayerContaminants *c)
{
    const char *name[LISTED] = {NULL};
    size_t listed = 0;
    double share = 0;
    for (size_t j = 0; j < c->n; j++)
        if (c->contaminant[j]) {
            share += c->share[j];
            if (listed < LISTED)
                name[listed++] = c->label[j];
        }
    const char *few = layer->n_negative && layer->n_negative < 5
                          ? vg_trial_text(trial, " With %zu negative control%s little can be told.",
                                          layer->n_negative, layer->n_negative == 1 ? "" : "s")
                          : "";
    if (!c->n_contaminants)
        vg_trial_panel_finding(trial, layer, "contaminants", *few ? "look" : "fine",
                               "No feature is called a contaminant (%s, threshold %.2g).%s",
                               vg_contaminant_method_name(c->method), layer->contaminant_threshold,
                               few);
    else
        vg_trial_panel_finding(
            trial, layer, "contaminants", layer->n_removed ? "look" : "serious",
            "%zu feature%s called contaminant%s (%s; together %.2g %% of the samples' amounts). "
            "%s%s",
            c->n_contaminants, c->n_contaminants == 1 ? " is" : "s are",
            c->n_contaminants == 1 ? "" : "s",
            vg_trial_listed(trial, name, listed, c->n_contaminants), 100 * share,
            layer->n_removed ? "The study file has them removed from everything that follows."
                             : "They are still in every result; `contaminants: remove` takes them "
                               "out.",
            few);
}

VgStatus vg_trial_panel_contaminants(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    if (!vg_layer_is_abundance(layer->kind))
        return VG_OK;
    const VgLayerContaminants *c = layer->contaminants;
    VgLayerContaminants own;
    if (!c) {
        if (!layer->n_negative && !layer->dna)
            return VG_OK;
        VG_TRY(vg_layer_contaminants(trial->scratch, layer, &own, error));
        c = &own;
    }
    write_features(trial, layer, c);
    judge(trial, layer, c);
    vg_result_text(trial->result, VG_FACTS_FIT, layer->name, "contaminants",
                   layer->n_removed ? "removed" : "listed");
    return VG_OK;
}
