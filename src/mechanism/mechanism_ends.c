/* Ends of arrows: what a node or a channel is called, measured in, and was at a visit. */
#include "mechanism/mechanism_edges.h"

bool vg_mechanism_same_end(VgAxisEnd a, VgAxisEnd b)
{
    return a.node == b.node && a.channel == b.channel;
}

bool vg_mechanism_is_component(const VgAxis *axis, VgAxisEnd end)
{
    return end.node != VG_AXIS_NONE && axis->node[end.node].kind == VG_AXIS_COMPONENT;
}

const char *vg_mechanism_end_label(const VgAxis *axis, VgAxisEnd end)
{
    const char *label =
        end.channel != VG_AXIS_NONE ? axis->channel[end.channel].label : axis->node[end.node].label;
    return label ? label : vg_axis_end_name(axis, end);
}

bool vg_mechanism_end_measured(const VgStudy *study, VgAxisEnd end, size_t visit)
{
    const VgAxis *axis = study->axis;
    if (end.channel == VG_AXIS_NONE)
        return vg_axis_measured_at(study, &axis->node[end.node].place, visit);
    const VgAxisChannel *c = &axis->channel[end.channel];
    for (size_t k = 0; k < c->n; k++)
        if (vg_axis_measured_at(study, &axis->node[c->node[k]].place, visit))
            return true;
    return false;
}

VgStatus vg_mechanism_end_values(VgMechanism *m, VgAxisEnd end, size_t visit, double **value,
                                 VgError *error)
{
    VgAxisSeries series;
    if (end.channel != VG_AXIS_NONE) {
        VG_TRY(vg_axis_channel_score(m->arena, m->study, end.channel, visit, NULL, &series, error));
    } else {
        VG_TRY(vg_axis_values(m->arena, m->study, &m->study->axis->node[end.node].place, visit,
                              &series, error));
        vg_axis_fill_censored(&series, m->study->n_participants);
    }
    *value = series.value;
    return VG_OK;
}

/* The unit of one channel's marker is its own; of a score it is SDs of its markers. */
const char *vg_mechanism_end_unit(VgMechanism *m, VgAxisEnd end)
{
    const VgAxis *axis = m->study->axis;
    const VgAxisPlace *place = NULL;
    if (end.channel == VG_AXIS_NONE)
        place = &axis->node[end.node].place;
    else if (axis->channel[end.channel].n == 1)
        place = &axis->node[axis->channel[end.channel].node[0]].place;
    return place ? vg_axis_place_unit(m->result->arena, m->study, place) : "SD";
}
