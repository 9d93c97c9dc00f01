/* The truth about a treatment, per participant: the same noise in the world where everybody has the active arm, in the
 * one where everybody has the reference, and in worlds between them, in which some arrows carry what they would in
 * the other one. METHODS 9.4; the definitions are those of docs/methods/virtual-trials.md. */
#include "design/propagate.h"

#include <string.h>

#include "base/memory.h"

VgStatus vg_axis_effects_new(VgArena *arena, const VgAxisModel *model, size_t n,
                             VgAxisEffects *effects, VgError *error)
{
    const VgAxis *axis = model->axis;
    size_t values = model->n_visits * n;
    *effects = (VgAxisEffects){.active = VG_NEW(arena, double, values),
                               .reference = VG_NEW(arena, double, values),
                               .direct = VG_NEW(arena, double, values),
                               .indirect = VG_NEW(arena, double *, axis->n_channels),
                               .through = VG_NEW(arena, double *, axis->n_nodes),
                               .through_channel = VG_NEW(arena, double *, axis->n_channels)};
    if (!effects->active || !effects->reference || !effects->direct || !effects->indirect ||
        !effects->through || !effects->through_channel)
        return vg_fail_memory(error);
    for (size_t c = 0; c < axis->n_channels; c++) {
        effects->indirect[c] = VG_NEW(arena, double, values);
        effects->through_channel[c] = VG_NEW(arena, double, values);
        if (!effects->indirect[c] || !effects->through_channel[c])
            return vg_fail_memory(error);
    }
    for (size_t k = 0; k < axis->n_nodes; k++) {
        if (axis->node[k].kind != VG_AXIS_FUNCTION)
            continue;
        effects->through[k] = VG_NEW(arena, double, values);
        if (!effects->through[k])
            return vg_fail_memory(error);
    }
    return VG_OK;
}

/* The worlds of one trial, and one more to work in. */
typedef struct Worlds {
    const VgVirtualTrial *trial;
    double *exposure[2]; /* active, reference */
    double *value[2];
    double *between, *scratch;
    unsigned char *of_edge;
    size_t symptom; /* slot */
} Worlds;

static VgStatus make_worlds(VgArena *arena, const VgVirtualTrial *trial, Worlds *w, VgError *error)
{
    const VgAxisModel *m = trial->model;
    size_t values = m->n_varying * m->n_visits * trial->n,
           doses = m->n_components * m->n_visits * trial->n;
    *w = (Worlds){.trial = trial,
                  .exposure = {VG_NEW(arena, double, doses), VG_NEW(arena, double, doses)},
                  .value = {VG_NEW(arena, double, values), VG_NEW(arena, double, values)},
                  .between = VG_NEW(arena, double, values),
                  .scratch = VG_NEW(arena, double, 2 * trial->n),
                  .of_edge = VG_NEW(arena, unsigned char, m->axis->n_edges)};
    if (!w->exposure[0] || !w->exposure[1] || !w->value[0] || !w->value[1] || !w->between ||
        !w->scratch || !w->of_edge)
        return vg_fail_memory(error);
    return VG_OK;
}

/* The symptom in the world with these exposures and of_edge. */
static void carry(Worlds *w, const double *exposure, double *symptom)
{
    const VgAxisModel *m = w->trial->model;
    const VgAxisWorlds worlds = {w->of_edge, w->value[0], w->value[1], w->exposure[0],
                                 w->exposure[1]};
    vg_axis_propagate(w->trial, exposure, &worlds, w->scratch, w->between);
    size_t values = m->n_visits * w->trial->n;
    memcpy(symptom, w->between + w->symptom * values, values * sizeof *symptom);
}

/* Treated, but no marker acts otherwise than in the reference world. */
static void direct_world(Worlds *w, double *symptom)
{
    const VgAxis *axis = w->trial->model->axis;
    for (size_t e = 0; e < axis->n_edges; e++)
        w->of_edge[e] = axis->node[axis->edge[e].from].kind == VG_AXIS_MARKER ? VG_WORLD_REFERENCE
                                                                              : VG_WORLD_OWN;
    carry(w, w->exposure[0], symptom);
}

/* Untreated, but the channel's markers act on what is no marker as in the treated world. No other arrow out of a marker
 * passes the change on, so that the channel's marker is the last one on every way. */
static void indirect_world(Worlds *w, size_t channel, double *symptom)
{
    const VgAxis *axis = w->trial->model->axis;
    for (size_t e = 0; e < axis->n_edges; e++) {
        const VgAxisNode *from = &axis->node[axis->edge[e].from],
                         *to = &axis->node[axis->edge[e].to];
        w->of_edge[e] = from->kind != VG_AXIS_MARKER ? VG_WORLD_OWN
                        : from->channel == channel && to->kind != VG_AXIS_MARKER
                            ? VG_WORLD_ACTIVE
                            : VG_WORLD_REFERENCE;
    }
    carry(w, w->exposure[1], symptom);
}

/* Treated, but these nodes act as in the reference world. */
static void without(Worlds *w, size_t channel, size_t node, double *symptom)
{
    const VgAxis *axis = w->trial->model->axis;
    for (size_t e = 0; e < axis->n_edges; e++) {
        size_t from = axis->edge[e].from;
        bool held =
            from == node || (channel != VG_AXIS_NONE && axis->node[from].channel == channel);
        w->of_edge[e] = held ? VG_WORLD_REFERENCE : VG_WORLD_OWN;
    }
    carry(w, w->exposure[0], symptom);
}

VgStatus vg_axis_counterfactuals(VgArena *scratch, const VgVirtualTrial *trial, size_t arm,
                                 size_t reference, size_t symptom, VgAxisEffects *effects,
                                 VgError *error)
{
    const VgAxisModel *m = trial->model;
    const VgAxis *axis = m->axis;
    Worlds w;
    VG_TRY(make_worlds(scratch, trial, &w, error));
    w.symptom = m->slot[symptom];
    vg_axis_expose(trial, arm, w.exposure[0]);
    vg_axis_expose(trial, reference, w.exposure[1]);
    for (size_t k = 0; k < 2; k++)
        vg_axis_propagate(trial, w.exposure[k], NULL, w.scratch, w.value[k]);
    size_t values = m->n_visits * trial->n;
    memcpy(effects->active, w.value[0] + w.symptom * values, values * sizeof(double));
    memcpy(effects->reference, w.value[1] + w.symptom * values, values * sizeof(double));
    direct_world(&w, effects->direct);
    for (size_t c = 0; c < axis->n_channels; c++) {
        indirect_world(&w, c, effects->indirect[c]);
        without(&w, c, VG_AXIS_NONE, effects->through_channel[c]);
    }
    for (size_t k = 0; k < axis->n_nodes; k++)
        if (effects->through[k])
            without(&w, VG_AXIS_NONE, k, effects->through[k]);
    return VG_OK;
}
