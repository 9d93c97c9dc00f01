/* The study file of a virtual study: what it shares with the design, and where its tables are. */
#include "design/folder.h"

#include <math.h>
#include <string.h>

static void put_participants(VgBuffer *out, const VgVirtualStudy *s)
{
    const VgDesignFile *design = s->design;
    size_t n_arms = design->study->n_arms;
    vg_buffer_text(out,
                   "participants: {table: participants.csv, id: id}\nrandomisation:\n  arm: arm\n");
    if (design->n_sites > 1)
        vg_buffer_text(out, "  strata: [site]\n");
    vg_buffer_text(out, "  probability: [");
    double before = 0;
    for (size_t a = 0; a < n_arms;
         a++) { /* the last takes what rounding leaves, so that they sum to 1 */
        size_t count = 0;
        for (size_t k = 0; k < design->n_block; k++)
            count += design->block[k] == a;
        double share = rint(1e6 * (double)count / (double)design->n_block) / 1e6;
        vg_buffer_printf(out, "%s%.6g", a ? ", " : "", a + 1 < n_arms ? share : 1 - before);
        before += share;
    }
    vg_buffer_text(out, "]\n");
}

static void put_outcomes(VgBuffer *out, const VgVirtualStudy *s)
{
    const VgStudy *study = s->design->study;
    vg_buffer_text(out, "outcomes:\n");
    for (size_t k = 0; k < study->n_outcomes; k++)
        vg_buffer_printf(out, "  %s:\n    table: scores.csv\n    visit: visit\n    column: %s\n%s",
                         study->outcome[k].name, study->outcome[k].name,
                         s->design->outcome_sections[k]);
}

static bool has_limits(const VgAxis *axis, const VgDesignLayer *layer)
{
    for (size_t k = 0; k < layer->n_nodes; k++)
        if (!isnan(axis->node[layer->node[k]].measurement.lloq))
            return true;
    return false;
}

static void put_panel(VgBuffer *out, const VgVirtualStudy *s)
{
    const VgDesignFile *design = s->design;
    if (design->n_layers == 0)
        return;
    vg_buffer_text(out, "panel:\n  samples: {table: samples.csv, sample: sample, participant: id, "
                        "visit: visit}\n");
    for (size_t k = 0; k < design->n_layers; k++) {
        const VgDesignLayer *layer = &design->layer[k];
        bool counts = layer->kind == VG_LAYER_COUNTS;
        vg_buffer_printf(
            out, "  %s:\n    table: %s.%s\n    kind: %s\n    matrix: %s\n    label: \"%s\"\n",
            layer->name, layer->name, counts ? "tsv" : "csv", vg_layer_kind_name(layer->kind),
            layer->matrix, layer->label);
        if (counts)
            vg_buffer_text(out, "    id: feature\n");
        if (layer->genes_of != SIZE_MAX)
            vg_buffer_text(out, "    modules: built-in\n");
        if (layer->unit && !counts)
            vg_buffer_printf(out, "    unit: %s\n", layer->unit);
        if (!counts && has_limits(s->model->axis, layer))
            vg_buffer_text(out, "    lloq: lloq\n");
        if (!counts && layer->replicates > 1)
            vg_buffer_text(out, "    replicates: true\n");
        if (layer->batches > 1)
            vg_buffer_printf(out, "    batch: batch_%s\n", layer->name);
    }
}

/* ---- the axis, without what only a design knows ---- */

static void put_end(VgBuffer *out, const VgAxis *axis, VgAxisEnd end)
{
    if (end.node != VG_AXIS_NONE && axis->node[end.node].kind == VG_AXIS_FUNCTION)
        vg_buffer_text(out, "function:");
    vg_buffer_text(out, vg_axis_end_name(axis, end));
}

static void put_arrow(VgBuffer *out, const VgAxis *axis, const VgAxisArrow *arrow)
{
    vg_buffer_text(out, "    - {arrow: \"");
    put_end(out, axis, arrow->from);
    vg_buffer_text(out, " -> ");
    put_end(out, axis, arrow->to);
    vg_buffer_text(out, "\"");
    if (arrow->lag)
        vg_buffer_printf(out, ", lag: %zu", arrow->lag);
    for (size_t i = 0; i < arrow->n_moderations; i++)
        vg_buffer_printf(out, "%s%s", i ? ", " : ", moderated_by: [",
                         axis->node[arrow->moderation[i].node].name);
    vg_buffer_text(out, arrow->n_moderations ? "]}\n" : "}\n");
}

static bool is_replicated(const VgDesignFile *design, size_t node)
{
    for (size_t l = 0; l < design->n_layers; l++)
        for (size_t k = 0; k < design->layer[l].n_nodes; k++)
            if (design->layer[l].node[k] == node)
                return design->layer[l].replicates > 1;
    return false;
}

static void put_reliability(VgBuffer *out, const VgVirtualStudy *s)
{
    const VgAxis *axis = s->model->axis;
    bool any = false;
    for (size_t k = 0; k < axis->n_nodes; k++) {
        const VgAxisNode *node = &axis->node[k];
        if (isnan(node->measurement.reliability) || !node->varies ||
            node->place.source == VG_AXIS_UNMEASURED)
            continue;
        if (!any)
            vg_buffer_text(out, "  reliability:\n");
        any = true;
        if (is_replicated(s->design, k)) /* the declared one is of a single measurement */
            vg_buffer_printf(out, "    %s: {from: replicates}\n", node->name);
        else
            vg_buffer_printf(out, "    %s: {value: %.6g, source: the simulation}\n", node->name,
                             node->measurement.reliability);
    }
}

static bool acts(const VgAxis *axis, size_t node)
{
    for (size_t a = 0; a < axis->n_arrows; a++)
        if (axis->arrow[a].from.node == node)
            return true;
    return false;
}

/* What is known at baseline and acts on others by itself: moderators too. */
static void put_confounders(VgBuffer *out, const VgAxis *axis)
{
    bool any = false;
    for (size_t k = 0; k < axis->n_nodes; k++) {
        const VgAxisNode *node = &axis->node[k];
        if ((node->kind != VG_AXIS_CONFOUNDER && node->kind != VG_AXIS_MODERATOR) || !acts(axis, k))
            continue;
        if (!any)
            vg_buffer_text(out, "  confounders:\n");
        any = true;
        vg_buffer_printf(out, "    %s: {measured: %s}\n", node->name,
                         node->place.source == VG_AXIS_UNMEASURED ? "false" : "true");
    }
}

/* The modules of genes that carry functions. */
static void put_functions(VgBuffer *out, const VgAxis *axis)
{
    bool any = false;
    for (size_t k = 0; k < axis->n_nodes; k++) {
        const VgAxisNode *node = &axis->node[k];
        if (node->kind != VG_AXIS_FUNCTION || !node->module)
            continue;
        vg_buffer_printf(out, "%s%s: %s", any ? ", " : "  functions: {", node->name, node->module);
        any = true;
    }
    vg_buffer_text(out, any ? "}\n" : "");
}

static void put_axis(VgBuffer *out, const VgVirtualStudy *s)
{
    const VgAxis *axis = s->model->axis;
    vg_buffer_text(out, "axis:\n  channels:\n");
    for (size_t c = 0; c < axis->n_channels; c++) {
        const VgAxisChannel *channel = &axis->channel[c];
        vg_buffer_printf(out, "    %s: {label: \"%s\", markers: [", channel->name, channel->label);
        for (size_t k = 0; k < channel->n; k++)
            vg_buffer_printf(out, "%s%s%s", k ? ", " : "",
                             axis->node[channel->node[k]].sign < 0 ? "-" : "",
                             axis->node[channel->node[k]].name);
        vg_buffer_text(out, "]}\n");
    }
    put_functions(out, axis);
    put_confounders(out, axis);
    vg_buffer_text(out, "  arrows:\n");
    for (size_t a = 0; a < axis->n_arrows; a++)
        put_arrow(out, axis, &axis->arrow[a]);
    put_reliability(out, s);
}

VgStatus vg_virtual_yaml(VgVirtualStudy *s, VgError *error)
{
    VgBuffer out = {0};
    vg_buffer_printf(
        &out,
        "# SIMULATED: every number of this folder is drawn by vagus simulate (seed %llu). "
        "Nothing here is evidence.\n"
        "vagus: 1\ndata: simulated\nsource: \"vagus simulate, seed %llu; the truth is in "
        "truth.json\"\n",
        (unsigned long long)s->seed, (unsigned long long)s->seed);
    vg_buffer_text(&out, s->design->sections);
    put_participants(&out, s);
    put_outcomes(&out, s);
    put_panel(&out, s);
    vg_buffer_text(&out,
                   "events:\n  adherence: {table: adherence.csv, id: id, component: component, "
                   "visit: visit, taken: share_taken}\n");
    if (s->design->n_events)
        vg_buffer_text(&out, "  adverse: {table: adverse_events.csv, id: id, term: term, serious: "
                             "serious, start: day, severity: severity}\n"
                             "  exposure_days: exposure_days\n");
    put_axis(&out, s);
    return vg_virtual_file(s, "study.yaml", &out, error);
}
