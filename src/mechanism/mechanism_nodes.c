/* The nodes of the graph as rows: what they are, where they stand, how many have a value. */
#include <math.h>

#include "mechanism/mechanism_edges.h"

/* How many have a value where the node stands in the plan: mediators' visit, or the outcome's. */
static VgStatus count_values(VgMechanism *m, VgAxisEnd end, const char **visit, double *n,
                             VgError *error)
{
    const VgAxis *axis = m->study->axis;
    VgAxisKind kind = end.channel != VG_AXIS_NONE ? VG_AXIS_MARKER : axis->node[end.node].kind;
    const VgAxisPlace *place = end.node != VG_AXIS_NONE ? &axis->node[end.node].place : NULL;
    bool baseline = kind == VG_AXIS_MODERATOR || kind == VG_AXIS_CONFOUNDER;
    size_t at = kind == VG_AXIS_SYMPTOM ? m->plan->outcome_visit : m->plan->mediator_visit;
    *visit = NULL;
    *n = NAN;
    if (kind == VG_AXIS_COMPONENT || (place && place->source == VG_AXIS_UNMEASURED))
        return VG_OK;
    *n = 0;
    if (place && place->source == VG_AXIS_BY_COLUMN) {
        const VgColumn *column = vg_table_column(m->study->participants, place->column);
        for (size_t i = 0; column && i < m->study->n_participants; i++)
            *n += m->study->arm_of[i] >= 0 && !vg_column_is_missing(column, i);
        return VG_OK;
    }
    double *value;
    VG_TRY(vg_mechanism_end_values(m, end, baseline ? VG_AT_BASELINE : at, &value, error));
    for (size_t i = 0; i < m->study->n_participants; i++)
        *n += m->study->arm_of[i] >= 0 && !isnan(value[i]);
    *visit = baseline ? "baseline" : m->study->visit[at].name;
    return VG_OK;
}

static const char *markers_of(VgMechanism *m, size_t channel)
{
    const VgAxis *axis = m->study->axis;
    const char *list = NULL;
    for (size_t k = 0; k < axis->channel[channel].n; k++) {
        const VgAxisNode *node = &axis->node[axis->channel[channel].node[k]];
        list = vg_arena_printf(m->result->arena, "%s%s%s%s", list ? list : "", list ? ", " : "",
                               node->sign < 0 ? "−" : "", node->name);
    }
    return list;
}

static const char *detail_of(VgMechanism *m, VgAxisEnd end)
{
    const VgAxis *axis = m->study->axis;
    if (end.channel != VG_AXIS_NONE)
        return markers_of(m, end.channel);
    const VgAxisNode *node = &axis->node[end.node];
    if (node->kind == VG_AXIS_COMPONENT && !isnan(node->dose))
        return vg_arena_printf(m->result->arena, "%g %s", node->dose, node->unit);
    if (node->kind == VG_AXIS_FUNCTION)
        return node->module;
    return node->kind != VG_AXIS_COMPONENT && node->place.source == VG_AXIS_UNMEASURED
               ? "not measured"
               : NULL;
}

static VgStatus write_node(VgMechanism *m, VgAxisEnd end, double *order, VgError *error)
{
    static const char *const COLUMN[] = {"name",  "label",  "sort",      "unit",
                                         "visit", "detail", "#measured", "#order"};
    const VgAxis *axis = m->study->axis;
    VgResult *result = m->result;
    double n;
    const char *visit;
    VG_TRY(count_values(m, end, &visit, &n, error));
    VgDataset *set = vg_result_dataset(result, m->plan->id, "axis_nodes", COLUMN, 8);
    vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "name", vg_axis_end_name(axis, end));
    vg_dataset_set_text(result, set, "label", vg_mechanism_end_label(axis, end));
    vg_dataset_set_text(result, set, "sort",
                        end.channel != VG_AXIS_NONE ? "channel"
                                                    : vg_axis_kind_name(axis->node[end.node].kind));
    if (end.channel != VG_AXIS_NONE || axis->node[end.node].kind != VG_AXIS_COMPONENT)
        vg_dataset_set_text(result, set, "unit", vg_mechanism_end_unit(m, end));
    vg_dataset_set_text(result, set, "visit", visit);
    vg_dataset_set_text(result, set, "detail", detail_of(m, end));
    vg_dataset_set_number(result, set, "measured", n);
    vg_dataset_set_number(result, set, "order", ++*order);
    return VG_OK;
}

/* Markers stand for themselves only where an arrow names them. */
static bool is_shown(const VgAxis *axis, size_t node)
{
    VgAxisEnd end = {node, VG_AXIS_NONE};
    bool shown = axis->node[node].kind != VG_AXIS_MARKER;
    for (size_t a = 0; !shown && a < axis->n_arrows; a++)
        shown = vg_mechanism_same_end(axis->arrow[a].from, end) ||
                vg_mechanism_same_end(axis->arrow[a].to, end);
    return shown;
}

VgStatus vg_mechanism_nodes(VgMechanism *m, VgError *error)
{
    static const VgAxisKind ORDER[] = {VG_AXIS_COMPONENT, VG_AXIS_FUNCTION,  VG_AXIS_MARKER,
                                       VG_AXIS_SYMPTOM,   VG_AXIS_MODERATOR, VG_AXIS_CONFOUNDER};
    const VgAxis *axis = m->study->axis;
    double order = 0;
    for (size_t k = 0; k < sizeof ORDER / sizeof *ORDER; k++) {
        for (size_t c = 0; ORDER[k] == VG_AXIS_MARKER && c < axis->n_channels; c++)
            VG_TRY(write_node(m, (VgAxisEnd){VG_AXIS_NONE, c}, &order, error));
        for (size_t i = 0; i < axis->n_nodes; i++)
            if (axis->node[i].kind == ORDER[k] && is_shown(axis, i))
                VG_TRY(write_node(m, (VgAxisEnd){i, VG_AXIS_NONE}, &order, error));
    }
    return VG_OK;
}
