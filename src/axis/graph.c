/* The axis graph: making it, asking it. Arrays grow in the graph's arena by doubling. */
#include <vagus/axis.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *vg_axis_kind_name(VgAxisKind kind)
{
    static const char *const NAMES[] = {"component", "function",  "marker",
                                        "symptom",   "moderator", "confounder"};
    return (size_t)kind < sizeof NAMES / sizeof *NAMES ? NAMES[kind] : NULL;
}

/* ---- making ---- */

/* Room for one more of `size` bytes. */
static bool make_room(VgArena *arena, void **array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return true;
    size_t larger = *capacity ? 2 * *capacity : 16;
    void *fresh = vg_arena_alloc(arena, larger, size);
    if (!fresh)
        return false;
    if (n)
        memcpy(fresh, *array, n * size);
    *array = fresh;
    *capacity = larger;
    return true;
}

VgAxis *vg_axis_create(VgArena *arena, size_t n_visits, size_t n_arms)
{
    VgAxis *axis = VG_NEW(arena, VgAxis, 1);
    if (axis)
        *axis = (VgAxis){.arena = arena, .n_visits = n_visits, .n_arms = n_arms};
    return axis;
}

VgAxisNode vg_axis_blank_node(const char *name, VgAxisKind kind, size_t line)
{
    return (VgAxisNode){
        .name = name,
        .label = name,
        .kind = kind,
        .channel = VG_AXIS_NONE,
        .baseline_of = VG_AXIS_NONE,
        .sign = 1,
        .varies = kind == VG_AXIS_FUNCTION || kind == VG_AXIS_MARKER || kind == VG_AXIS_SYMPTOM,
        .dose = NAN,
        .place = {.outcome = VG_AXIS_NONE, .layer = VG_AXIS_NONE, .feature = VG_AXIS_NONE},
        .measurement = {.reliability = NAN, .lloq = NAN, .low = -INFINITY, .high = INFINITY},
        .distribution = {.mean = NAN, .sd = NAN, .stable = NAN},
        .exposure = {.adherence = 1},
        .line = line,
    };
}

size_t vg_axis_add_node(VgAxis *axis, const VgAxisNode *node)
{
    if (!make_room(axis->arena, (void **)&axis->node, axis->n_nodes, &axis->node_capacity_,
                   sizeof *axis->node))
        return VG_AXIS_NONE;
    axis->node[axis->n_nodes] = *node;
    return axis->n_nodes++;
}

size_t vg_axis_add_channel(VgAxis *axis, const char *name, size_t line)
{
    if (!make_room(axis->arena, (void **)&axis->channel, axis->n_channels, &axis->channel_capacity_,
                   sizeof *axis->channel))
        return VG_AXIS_NONE;
    axis->channel[axis->n_channels] =
        (VgAxisChannel){.name = name, .label = name, .correlation = NAN, .line = line};
    return axis->n_channels++;
}

bool vg_axis_join(VgAxis *axis, size_t channel, size_t node)
{
    VgAxisChannel *c = &axis->channel[channel];
    size_t *member = VG_NEW(axis->arena, size_t, c->n + 1);
    if (!member)
        return false;
    if (c->n)
        memcpy(member, c->node, c->n * sizeof *member);
    member[c->n++] = node;
    c->node = member;
    axis->node[node].channel = channel;
    return true;
}

static bool same_end(VgAxisEnd a, VgAxisEnd b)
{
    return a.node == b.node && a.channel == b.channel;
}

static bool add_moderations(VgAxis *axis, VgAxisArrow *arrow, const VgAxisArrow *more)
{
    size_t n = arrow->n_moderations;
    VgAxisModeration *all = VG_NEW(axis->arena, VgAxisModeration, n + more->n_moderations);
    if (!all)
        return false;
    if (n)
        memcpy(all, arrow->moderation, n * sizeof *all);
    for (size_t i = 0; i < more->n_moderations; i++) {
        bool known = false;
        for (size_t k = 0; k < n; k++)
            known = known || all[k].node == more->moderation[i].node;
        if (!known)
            all[n++] = more->moderation[i];
    }
    arrow->moderation = all;
    arrow->n_moderations = n;
    return true;
}

size_t vg_axis_add_arrow(VgAxis *axis, const VgAxisArrow *arrow, bool *twice)
{
    if (twice)
        *twice = false;
    for (size_t a = 0; a < axis->n_arrows; a++) {
        VgAxisArrow *old = &axis->arrow[a];
        if (!same_end(old->from, arrow->from) || !same_end(old->to, arrow->to) ||
            old->lag != arrow->lag)
            continue;
        if (twice)
            *twice = !isnan(old->effect) && !isnan(arrow->effect);
        if (isnan(old->effect)) {
            old->effect = arrow->effect;
            old->declared = arrow->declared;
            old->unit = arrow->unit;
        }
        return add_moderations(axis, old, arrow) ? a : VG_AXIS_NONE;
    }
    if (!make_room(axis->arena, (void **)&axis->arrow, axis->n_arrows, &axis->arrow_capacity_,
                   sizeof *axis->arrow))
        return VG_AXIS_NONE;
    VgAxisArrow *fresh = &axis->arrow[axis->n_arrows];
    *fresh = *arrow;
    fresh->moderation = NULL;
    fresh->n_moderations = 0;
    return add_moderations(axis, fresh, arrow) ? axis->n_arrows++ : VG_AXIS_NONE;
}

/* The nodes of an end; `one` holds a single node. */
static const size_t *members(const VgAxis *axis, VgAxisEnd end, size_t *one, size_t *n)
{
    if (end.channel != VG_AXIS_NONE) {
        *n = axis->channel[end.channel].n;
        return axis->channel[end.channel].node;
    }
    *one = end.node;
    *n = 1;
    return one;
}

static bool expand_arrow(VgAxis *axis, size_t a)
{
    const VgAxisArrow *arrow = &axis->arrow[a];
    size_t one_from, one_to, n_from, n_to;
    const size_t *from = members(axis, arrow->from, &one_from, &n_from);
    const size_t *to = members(axis, arrow->to, &one_to, &n_to);
    bool out_of_channel = arrow->from.channel != VG_AXIS_NONE;
    bool into_channel = arrow->to.channel != VG_AXIS_NONE;
    for (size_t i = 0; i < n_from; i++)
        for (size_t k = 0; k < n_to; k++) {
            if (!make_room(axis->arena, (void **)&axis->edge, axis->n_edges, &axis->edge_capacity_,
                           sizeof *axis->edge))
                return false;
            double weight = out_of_channel ? (double)axis->node[from[i]].sign / (double)n_from : 1;
            if (into_channel)
                weight *= axis->node[to[k]].sign;
            axis->edge[axis->n_edges++] = (VgAxisEdge){from[i], to[k], a, weight};
        }
    return true;
}

bool vg_axis_expand(VgAxis *axis)
{
    axis->n_edges = 0;
    for (size_t a = 0; a < axis->n_arrows; a++)
        if (!expand_arrow(axis, a))
            return false;
    return true;
}

void vg_axis_tell(VgArena *arena, VgAxisIssues *issues, bool warning, size_t line,
                  const char *message, const char *hint, ...)
{
    char text[480]; /* as long as a message can be */
    va_list arguments;
    va_start(arguments, hint);
    vsnprintf(text, sizeof text, message, arguments);
    va_end(arguments);
    const char *copy = vg_arena_strdup(arena, text);
    if (!copy || !make_room(arena, (void **)&issues->item, issues->n, &issues->capacity_,
                            sizeof *issues->item))
        return;
    issues->item[issues->n++] = (VgAxisIssue){warning, line, copy, hint};
}

/* ---- asking ---- */

size_t vg_axis_find_node(const VgAxis *axis, const char *name)
{
    for (size_t i = 0; i < axis->n_nodes; i++)
        if (strcmp(axis->node[i].name, name) == 0)
            return i;
    return VG_AXIS_NONE;
}

size_t vg_axis_find_channel(const VgAxis *axis, const char *name)
{
    for (size_t i = 0; i < axis->n_channels; i++)
        if (strcmp(axis->channel[i].name, name) == 0)
            return i;
    return VG_AXIS_NONE;
}

const char *vg_axis_visit_name(const VgAxis *axis, size_t visit)
{
    if (axis->visit_name)
        return axis->visit_name[visit];
    const char *number = vg_arena_printf(axis->arena, "visit %zu", visit + 1);
    return number ? number : "a visit";
}

const char *vg_axis_end_name(const VgAxis *axis, VgAxisEnd end)
{
    return end.channel != VG_AXIS_NONE ? axis->channel[end.channel].name
                                       : axis->node[end.node].name;
}

bool vg_axis_end_holds(const VgAxis *axis, VgAxisEnd end, size_t node)
{
    return end.node == node ||
           (end.channel != VG_AXIS_NONE && axis->node[node].channel == end.channel);
}

static bool is_among(size_t node, const size_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == node)
            return true;
    return false;
}

size_t vg_axis_edges_between(const VgAxis *axis, const size_t *from, size_t n_from,
                             const size_t *to, size_t n_to, size_t *edge)
{
    size_t found = 0;
    for (size_t e = 0; e < axis->n_edges; e++)
        if (is_among(axis->edge[e].from, from, n_from) && is_among(axis->edge[e].to, to, n_to)) {
            if (edge)
                edge[found] = e;
            found++;
        }
    return found;
}

void vg_axis_reach(const VgAxis *axis, size_t start, const bool *stop, bool *reached)
{
    memset(reached, 0, axis->n_nodes * sizeof *reached);
    for (bool more = true; more;) { /* at most n_nodes rounds */
        more = false;
        for (size_t e = 0; e < axis->n_edges; e++) {
            size_t from = axis->edge[e].from, to = axis->edge[e].to;
            bool open = from == start || (reached[from] && !(stop && stop[from]));
            if (open && !reached[to])
                reached[to] = more = true;
        }
    }
}
