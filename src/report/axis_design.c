/* The graph of a design or study as a picture: its declared arrows, with effects where it has them. */
#include <vagus/axis.h>
#include <vagus/report.h>

#include <math.h>
#include <string.h>

#include "report/axis_graph.h"

typedef struct Picture {
    VgArena *arena;
    const VgAxis *axis;
    VgGraphBox *box;
    size_t n_boxes;
    size_t *of_node, *of_channel; /* boxes */
    VgGraphArrow *arrow;
    size_t n_arrows;
} Picture;

static bool is_end(const VgAxis *axis, size_t node)
{
    for (size_t a = 0; a < axis->n_arrows; a++)
        if (axis->arrow[a].from.node == node || axis->arrow[a].to.node == node)
            return true;
    return false;
}

static VgGraphSort sort_of(VgAxisKind kind)
{
    switch (kind) {
    case VG_AXIS_COMPONENT:
        return VG_GRAPH_TREATMENT;
    case VG_AXIS_FUNCTION:
        return VG_GRAPH_FUNCTION;
    case VG_AXIS_MARKER:
        return VG_GRAPH_CHANNEL;
    case VG_AXIS_SYMPTOM:
        return VG_GRAPH_SYMPTOM;
    default:
        return VG_GRAPH_OTHER;
    }
}

static const char *markers_of(VgArena *arena, const VgAxis *axis, const VgAxisChannel *channel)
{
    const char *text = "";
    for (size_t k = 0; k < channel->n && text; k++)
        text = vg_arena_printf(arena, "%s%s%s", text, k ? ", " : "",
                               axis->node[channel->node[k]].label);
    return text;
}

/* Boxes of channels, of nodes that arrows name, and no others. */
static void make_boxes(Picture *p)
{
    const VgAxis *axis = p->axis;
    for (size_t i = 0; i < axis->n_nodes; i++) {
        const VgAxisNode *node = &axis->node[i];
        if (!is_end(axis, i))
            continue;
        bool measured = node->place.source != VG_AXIS_UNMEASURED || node->module;
        p->of_node[i] = p->n_boxes;
        p->box[p->n_boxes++] =
            (VgGraphBox){sort_of(node->kind), node->label,
                         node->kind == VG_AXIS_CONFOUNDER
                             ? (measured ? "confounder" : "confounder, not measured")
                         : node->kind == VG_AXIS_MARKER ? axis->channel[node->channel].label
                                                        : NULL,
                         !measured};
    }
    for (size_t c = 0; c < axis->n_channels; c++) {
        p->of_channel[c] = p->n_boxes;
        p->box[p->n_boxes++] = (VgGraphBox){VG_GRAPH_CHANNEL, axis->channel[c].label,
                                            markers_of(p->arena, axis, &axis->channel[c]), false};
    }
}

static const char *effect_text(VgArena *arena, const VgAxisArrow *arrow)
{
    if (isnan(arrow->declared))
        return NULL;
    return vg_arena_printf(arena, "%s%.3g %s", arrow->declared < 0 ? "−" : "",
                           fabs(arrow->declared), arrow->unit ? arrow->unit : "");
}

static void make_arrow(Picture *p, const VgAxisArrow *arrow)
{
    const char *moderators = NULL;
    for (size_t k = 0; k < arrow->n_moderations; k++)
        moderators =
            vg_arena_printf(p->arena, "%s%s%s", moderators ? moderators : "",
                            moderators ? ", " : "", p->axis->node[arrow->moderation[k].node].label);
    p->arrow[p->n_arrows++] = (VgGraphArrow){
        .from = arrow->from.channel != VG_AXIS_NONE ? p->of_channel[arrow->from.channel]
                                                    : p->of_node[arrow->from.node],
        .to = arrow->to.channel != VG_AXIS_NONE ? p->of_channel[arrow->to.channel]
                                                : p->of_node[arrow->to.node],
        .line = arrow->lag > 0 ? VG_GRAPH_LATER : VG_GRAPH_SAME_VISIT,
        .label = effect_text(p->arena, arrow),
        .below = moderators ? vg_arena_printf(p->arena, "× %s", moderators) : NULL};
}

VgStatus vg_report_axis_graph(VgArena *arena, const VgAxis *axis, const char *title,
                              const char **svg, size_t *length, VgError *error)
{
    Picture p = {.arena = arena,
                 .axis = axis,
                 .box = VG_NEW(arena, VgGraphBox, axis->n_nodes + axis->n_channels),
                 .of_node = VG_NEW(arena, size_t, axis->n_nodes),
                 .of_channel = VG_NEW(arena, size_t, axis->n_channels),
                 .arrow = VG_NEW(arena, VgGraphArrow, axis->n_arrows)};
    if (!p.box || !p.of_node || !p.of_channel || !p.arrow)
        return vg_fail_memory(error);
    make_boxes(&p);
    for (size_t a = 0; a < axis->n_arrows; a++)
        make_arrow(&p, &axis->arrow[a]);
    VgBuffer out = {0};
    VgGraph graph = {.id = "axis",
                     .title = title,
                     .description =
                         "The declared arrows with their effects; × names what moderates "
                         "them.",
                     .box = p.box,
                     .arrow = p.arrow,
                     .n_boxes = p.n_boxes,
                     .n_arrows = p.n_arrows};
    vg_put_axis_graph(&out, arena, &graph);
    VgStatus status = vg_buffer_status(&out, error);
    *svg = status == VG_OK ? vg_arena_strndup(arena, out.text, out.length) : NULL;
    *length = out.length;
    vg_buffer_free(&out);
    if (status == VG_OK && (!*svg || vg_arena_failed(arena)))
        return vg_fail_memory(error);
    return status;
}
