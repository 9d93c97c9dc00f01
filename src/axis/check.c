/* What is wrong with a graph: cycles within a visit, effects that no data could show, markers that come too late. */
#include <vagus/axis.h>

#include <string.h>

/* ---- cycles ---- */

typedef struct Search {
    const VgAxis *axis;
    unsigned char *state; /* 0 new, 1 on the path, 2 done */
    size_t *path;         /* edges taken to get here */
    size_t depth, *order, n_ordered;
    VgAxisIssues *issues;
} Search;

static bool acts_at_once(const VgAxis *axis, size_t edge)
{
    return axis->arrow[axis->edge[edge].arrow].lag == 0;
}

/* "il6 -> hamd17 -> il6", from the edges of the path that lead back to `node`. */
static void tell_cycle(const Search *s, size_t node)
{
    const VgAxis *axis = s->axis;
    size_t first = s->depth - 1;
    while (first > 0 && axis->edge[s->path[first]].from != node)
        first--;
    const char *names = axis->node[node].name;
    size_t line = 0; /* of the arrow that was declared last: it closed the circle */
    for (size_t i = first; i < s->depth && names; i++) {
        const VgAxisEdge *edge = &axis->edge[s->path[i]];
        names = vg_arena_printf(axis->arena, "%s -> %s", names, axis->node[edge->to].name);
        line = axis->arrow[edge->arrow].line > line ? axis->arrow[edge->arrow].line : line;
    }
    if (names)
        vg_axis_tell(axis->arena, s->issues, false, line,
                     "the arrows run in a circle within one visit: %s",
                     "give one of them a lag: {arrow: …, lag: 1}", names);
}

static bool visit(Search *s, size_t node)
{
    const VgAxis *axis = s->axis;
    s->state[node] = 1;
    for (size_t e = 0; e < axis->n_edges; e++) {
        if (axis->edge[e].from != node || !acts_at_once(axis, e))
            continue;
        size_t to = axis->edge[e].to;
        if (s->state[to] == 2)
            continue;
        s->path[s->depth++] = e;
        if (s->state[to] == 1) {
            tell_cycle(s, to);
            return false;
        }
        if (!visit(s, to))
            return false;
        s->depth--;
    }
    s->state[node] = 2;
    s->order[s->n_ordered++] = node;
    return true;
}

bool vg_axis_order(const VgAxis *axis, size_t *order, VgAxisIssues *issues)
{
    Search s = {.axis = axis,
                .state = VG_NEW(axis->arena, unsigned char, axis->n_nodes),
                .path = VG_NEW(axis->arena, size_t, axis->n_nodes + 1),
                .order = order,
                .issues = issues};
    if (!s.state || !s.path)
        return false;
    for (size_t i = 0; i < axis->n_nodes; i++)
        if (s.state[i] == 0 && !visit(&s, i))
            return false;
    for (size_t i = 0; i < axis->n_nodes / 2; i++) { /* what was left last comes first */
        size_t kept = order[i];
        order[i] = order[axis->n_nodes - 1 - i];
        order[axis->n_nodes - 1 - i] = kept;
    }
    return true;
}

/* ---- what the arms can tell ---- */

static size_t count_arms(const VgAxis *axis, const VgAxisNode *node)
{
    size_t n = 0;
    for (size_t a = 0; node->in_arm && a < axis->n_arms; a++)
        n += node->in_arm[a];
    return n;
}

static bool has_arrows(const VgAxis *axis, size_t node)
{
    for (size_t e = 0; e < axis->n_edges; e++)
        if (axis->edge[e].from == node)
            return true;
    return false;
}

/* Components with arrows whose columns over the arms, beside the constant, are not independent. */
static void check_components(const VgAxis *axis, VgAxisIssues *issues)
{
    for (size_t i = 0; i < axis->n_nodes; i++) {
        const VgAxisNode *node = &axis->node[i];
        if (node->kind != VG_AXIS_COMPONENT || !has_arrows(axis, i))
            continue;
        size_t arms = count_arms(axis, node);
        if (arms == 0 || arms == axis->n_arms)
            vg_axis_tell(axis->arena, issues, true, node->line,
                         "%s arm has %s: what it does cannot be told from this trial",
                         "compare arms with and without it", arms ? "every" : "no", node->name);
        for (size_t k = 0; k < i && arms && arms < axis->n_arms; k++) {
            const VgAxisNode *other = &axis->node[k];
            if (other->kind == VG_AXIS_COMPONENT && has_arrows(axis, k) &&
                memcmp(node->in_arm, other->in_arm, axis->n_arms * sizeof *node->in_arm) == 0)
                vg_axis_tell(axis->arena, issues, true, node->line,
                             "%s and %s always come together: their effects cannot be told apart",
                             "an arm with one of them would tell", other->name, node->name);
        }
    }
}

/* ---- channels ---- */

typedef struct Marks {
    bool *from_treatment; /* some component reaches it */
    bool *measured;
    bool *reached; /* scratch */
} Marks;

static bool make_marks(const VgAxis *axis, Marks *m)
{
    m->from_treatment = VG_NEW(axis->arena, bool, axis->n_nodes);
    m->measured = VG_NEW(axis->arena, bool, axis->n_nodes);
    m->reached = VG_NEW(axis->arena, bool, axis->n_nodes);
    if (!m->from_treatment || !m->measured || !m->reached)
        return false;
    for (size_t i = 0; i < axis->n_nodes; i++) {
        m->measured[i] = axis->node[i].place.source != VG_AXIS_UNMEASURED;
        if (axis->node[i].kind != VG_AXIS_COMPONENT)
            continue;
        vg_axis_reach(axis, i, NULL, m->reached);
        for (size_t k = 0; k < axis->n_nodes; k++)
            m->from_treatment[k] = m->from_treatment[k] || m->reached[k];
    }
    return true;
}

static bool any_marker(const VgAxisChannel *channel, const bool *mark)
{
    for (size_t i = 0; i < channel->n; i++)
        if (mark[channel->node[i]])
            return true;
    return false;
}

static bool is_end(const VgAxisNode *node)
{
    return node->kind == VG_AXIS_SYMPTOM || node->asked;
}

static bool reaches_an_end(const VgAxis *axis, const VgAxisChannel *channel, bool *reached)
{
    for (size_t i = 0; i < channel->n; i++) {
        if (axis->node[channel->node[i]].asked)
            return true;
        vg_axis_reach(axis, channel->node[i], NULL, reached);
        for (size_t k = 0; k < axis->n_nodes; k++)
            if (reached[k] && is_end(&axis->node[k]))
                return true;
    }
    return false;
}

static void check_ways(const VgAxis *axis, const VgAxisChannel *channel, const Marks *m,
                       VgAxisIssues *issues)
{
    if (!any_marker(channel, m->from_treatment))
        vg_axis_tell(axis->arena, issues, true, channel->line,
                     "no arrow leads from a treatment to the channel %s",
                     "add the arrows, or nothing is said to run through it", channel->name);
    if (!reaches_an_end(axis, channel, m->reached))
        vg_axis_tell(axis->arena, issues, true, channel->line,
                     "no arrow leads from the channel %s to an outcome",
                     "add the arrows, or nothing is said to run through it", channel->name);
}

/* An unmeasured node that reaches both a marker and, past all that is measured, a symptom. Adjustment for what is
 * measured cannot take its part out of the channel's effect. */
static void check_common_causes(const VgAxis *axis, const VgAxisChannel *channel, const Marks *m,
                                VgAxisIssues *issues)
{
    for (size_t u = 0; u < axis->n_nodes; u++) {
        const VgAxisNode *cause = &axis->node[u];
        if (m->measured[u] || cause->channel == (size_t)(channel - axis->channel))
            continue;
        vg_axis_reach(axis, u, m->measured, m->reached);
        if (!any_marker(channel, m->reached))
            continue;
        for (size_t k = 0; k < axis->n_nodes; k++)
            if (m->reached[k] && axis->node[k].kind == VG_AXIS_SYMPTOM)
                vg_axis_tell(axis->arena, issues, true, cause->line ? cause->line : axis->line,
                             "%s is not measured and acts on the channel %s and on %s: the effect "
                             "through %s is not identified%s",
                             "measure it, or read the sensitivity analysis before the estimate",
                             cause->name, channel->name, axis->node[k].name, channel->name,
                             m->from_treatment[u] ? " (treatment changes it too)" : "");
    }
}

void vg_axis_identify(const VgAxis *axis, VgAxisIssues *issues)
{
    Marks m;
    check_components(axis, issues);
    if (!make_marks(axis, &m))
        return;
    for (size_t c = 0; c < axis->n_channels; c++) {
        check_ways(axis, &axis->channel[c], &m, issues);
        check_common_causes(axis, &axis->channel[c], &m, issues);
    }
}

/* ---- timing ---- */

/* The first visit after baseline with a value; n_visits when there is none. */
static size_t first_after_baseline(const VgAxis *axis, const VgAxisNode *node)
{
    size_t v = 1;
    while (v < axis->n_visits && !node->place.at[v])
        v++;
    return v;
}

static size_t last_measured(const VgAxis *axis, const VgAxisNode *node)
{
    size_t v = axis->n_visits;
    while (v > 0 && !node->place.at[v - 1])
        v--;
    return v; /* one past it; 0 = never */
}

void vg_axis_check_timing(const VgAxis *axis, VgAxisIssues *issues)
{
    for (size_t e = 0; e < axis->n_edges; e++) {
        const VgAxisNode *from = &axis->node[axis->edge[e].from],
                         *to = &axis->node[axis->edge[e].to];
        if (from->kind != VG_AXIS_MARKER || to->kind != VG_AXIS_SYMPTOM || !from->place.at ||
            !to->place.at)
            continue;
        const VgAxisArrow *arrow = &axis->arrow[axis->edge[e].arrow];
        size_t marker = first_after_baseline(axis, from), end = last_measured(axis, to);
        if (end == 0 || marker == axis->n_visits)
            continue; /* another check's business: nothing after baseline */
        if (marker + arrow->lag < end)
            continue;
        vg_axis_tell(axis->arena, issues, false, arrow->line,
                     "%s is first measured after baseline at %s%s, the outcome %s last at %s: a "
                     "mediator must come "
                     "before its outcome",
                     "measure it earlier, or remove the arrow", from->name,
                     vg_axis_visit_name(axis, marker), arrow->lag ? " and acts later" : "",
                     to->name, vg_axis_visit_name(axis, end - 1));
    }
}
