/* The arrows of `axis`: chains "a -> b -> c", or mappings with lag and moderation. */
#include "study/axis.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const char FUNCTION[] = "function:";

/* The next part of a chain, trimmed, from *at on; NULL after the last. */
static const char *next_part(VgAxisReader *r, const char **at)
{
    const char *start = *at;
    if (!start)
        return NULL;
    const char *end = strstr(start, "->");
    *at = end ? end + 2 : NULL;
    if (!end)
        end = start + strlen(start);
    while (start < end && isspace((unsigned char)*start))
        start++;
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    const char *copy = vg_arena_strndup(r->reader->arena, start, (size_t)(end - start));
    if (!copy)
        vg_study_no_memory(r->reader);
    return copy;
}

/* A node or channel by its name; a function comes to be where it is first named. */
static bool find_end(VgAxisReader *r, const char *name, size_t line, VgAxisEnd *end)
{
    *end = (VgAxisEnd){VG_AXIS_NONE, VG_AXIS_NONE};
    bool function = strncmp(name, FUNCTION, sizeof FUNCTION - 1) == 0;
    const char *bare = function ? name + sizeof FUNCTION - 1 : name;
    end->node = vg_axis_find_node(r->axis, bare);
    end->channel = vg_axis_find_channel(r->axis, bare);
    if (function && *bare && end->node == VG_AXIS_NONE && end->channel == VG_AXIS_NONE) {
        end->node = vg_study_axis_node(r, bare, VG_AXIS_FUNCTION, line);
        return end->node != VG_AXIS_NONE;
    }
    if (function &&
        (end->node == VG_AXIS_NONE || r->axis->node[end->node].kind != VG_AXIS_FUNCTION)) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, line, "`%s` names no function",
                         "write function:butyrate_synthesis, with a name of its own", name);
        return false;
    }
    if (end->node != VG_AXIS_NONE || end->channel != VG_AXIS_NONE)
        return true;
    if (*name == '\0')
        vg_study_problem(r->reader, VG_INVALID_INPUT, line, "an end of an arrow is missing",
                         "write: one -> other");
    else
        vg_study_problem(
            r->reader, VG_INVALID_INPUT, line, "there is nothing called `%s` in the graph",
            vg_study_axis_nearest(r, name,
                                  "use components, function:NAME, channels, markers, outcomes or "
                                  "confounders"),
            name);
    return false;
}

static VgAxisKind kind_of(const VgAxis *axis, VgAxisEnd end)
{
    return end.channel != VG_AXIS_NONE ? VG_AXIS_MARKER : axis->node[end.node].kind;
}

/* ---- moderated_by ---- */

/* The node NAME of "NAME_baseline", when NAME is one. */
static size_t baseline_node(const VgAxis *axis, const char *name, VgArena *arena)
{
    static const char SUFFIX[] = "_baseline";
    size_t length = strlen(name), tail = sizeof SUFFIX - 1;
    if (length <= tail || strcmp(name + length - tail, SUFFIX) != 0)
        return VG_AXIS_NONE;
    const char *bare = vg_arena_strndup(arena, name, length - tail);
    return bare ? vg_axis_find_node(axis, bare) : VG_AXIS_NONE;
}

/* Known at baseline: a component, a column, or the baseline of a node. SIZE_MAX and a problem otherwise. */
size_t vg_study_moderator(VgAxisReader *r, const char *name, size_t line)
{
    size_t node = vg_axis_find_node(r->axis, name);
    if (node != VG_AXIS_NONE && !r->axis->node[node].varies)
        return node;
    if (node != VG_AXIS_NONE || vg_axis_find_channel(r->axis, name) != VG_AXIS_NONE) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, line,
                         "`%s` changes over visits: a moderator is known at baseline",
                         vg_study_printf(r->reader, "write %s_baseline for its value then", name),
                         name);
        return SIZE_MAX;
    }
    node = vg_study_axis_node(r, name, VG_AXIS_MODERATOR, line);
    if (node == VG_AXIS_NONE)
        return SIZE_MAX;
    VgAxisNode *made = &r->axis->node[node];
    made->baseline_of = baseline_node(r->axis, name, r->reader->arena);
    made->place.baseline_only = made->baseline_of != VG_AXIS_NONE;
    made->place.source = VG_AXIS_BY_COLUMN; /* found later */
    return node;
}

/* {bmi: 0.2, diet: -0.1}: what is added to the effect. */
static void read_changes(VgAxisReader *r, const VgYaml *node, VgAxisArrow *arrow)
{
    if (!vg_study_is_map(r->reader, node, "moderated_by"))
        return;
    arrow->moderation = VG_STUDY_NEW(r->reader, VgAxisModeration, node->n);
    for (size_t i = 0; arrow->moderation && i < node->n; i++) {
        size_t moderator = vg_study_moderator(r, node->key[i], node->key_line[i]);
        double change = vg_study_number(r->reader, node, node->key[i]);
        if (moderator != SIZE_MAX && !isnan(change))
            arrow->moderation[arrow->n_moderations++] =
                (VgAxisModeration){moderator, change, node->key_line[i]};
    }
}

static void read_moderation(VgAxisReader *r, const VgYaml *map, VgAxisArrow *arrow)
{
    const VgYaml *node = vg_yaml_get(map, "moderated_by");
    if (!node)
        return;
    if (r->design) {
        read_changes(r, node, arrow);
        return;
    }
    size_t n;
    const char **names = vg_study_texts(r->reader, map, "moderated_by", &n);
    arrow->moderation = VG_STUDY_NEW(r->reader, VgAxisModeration, n);
    for (size_t i = 0; arrow->moderation && i < n; i++) {
        size_t moderator = vg_study_moderator(r, names[i], node->line);
        if (moderator != SIZE_MAX)
            arrow->moderation[arrow->n_moderations++] =
                (VgAxisModeration){moderator, NAN, node->line};
    }
}

/* ---- arrows ---- */

static bool sound(VgAxisReader *r, const VgAxisArrow *arrow)
{
    const VgAxis *axis = r->axis;
    VgAxisKind to = kind_of(axis, arrow->to);
    const char *name = vg_axis_end_name(axis, arrow->to);
    if (to == VG_AXIS_COMPONENT || to == VG_AXIS_MODERATOR || to == VG_AXIS_CONFOUNDER) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, arrow->line,
                         "an arrow leads into %s, a %s: nothing in the trial acts on it",
                         "arrows lead into functions, channels, markers and outcomes", name,
                         vg_axis_kind_name(to));
        return false;
    }
    if (strcmp(name, vg_axis_end_name(axis, arrow->from)) == 0 && arrow->lag == 0) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, arrow->line,
                         "the arrows run in a circle within one visit: %s -> %s",
                         "give it a lag: {arrow: …, lag: 1}", name, name);
        return false;
    }
    return true;
}

static void add(VgAxisReader *r, VgAxisArrow *arrow)
{
    bool twice = false;
    if (sound(r, arrow) && vg_axis_add_arrow(r->axis, arrow, &twice) == VG_AXIS_NONE)
        vg_study_no_memory(r->reader);
    if (twice)
        vg_study_problem(r->reader, VG_INVALID_INPUT, arrow->line,
                         "the arrow %s -> %s has a second effect", "give it one",
                         vg_axis_end_name(r->axis, arrow->from),
                         vg_axis_end_name(r->axis, arrow->to));
}

/* "a -> b -> c", each arrow with what `like` says. */
static void read_chain(VgAxisReader *r, const char *text, size_t line, const VgAxisArrow *like)
{
    const char *at = text, *name = next_part(r, &at);
    VgAxisEnd before = {VG_AXIS_NONE, VG_AXIS_NONE}, here;
    bool known = name && find_end(r, name, line, &before);
    if (!at) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, line, "`%s` is no arrow",
                         "write: one -> other, or a chain one -> other -> third", text);
        return;
    }
    while (at && r->reader->failed == VG_OK) {
        name = next_part(r, &at);
        bool was_known = known;
        known = name && find_end(r, name, line, &here);
        if (was_known && known) {
            VgAxisArrow arrow = *like;
            arrow.from = before;
            arrow.to = here;
            add(r, &arrow);
        }
        before = here;
    }
}

static size_t read_lag(VgAxisReader *r, const VgYaml *map)
{
    if (!vg_yaml_get(map, "lag"))
        return 0;
    double lag = vg_study_number(r->reader, map, "lag");
    if (lag >= 0 && lag == floor(lag) && lag < (double)r->axis->n_visits)
        return (size_t)lag;
    if (!isnan(lag))
        vg_study_problem(r->reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "lag"),
                         "a lag of %g visits, of %zu visits in all",
                         "write a whole number of visits, 0 for effects within a visit", lag,
                         r->axis->n_visits);
    return 0;
}

/* An arrow of a design has an effect with its unit, of its own. */
static void read_effect(VgAxisReader *r, const VgYaml *map, const char *text, VgAxisArrow *like)
{
    if (!vg_yaml_get(map, "effect")) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, map->line, "the arrow `%s` has no effect",
                         "add effect: 0.3 and unit: sd", text);
        return;
    }
    like->declared = like->effect = vg_study_number(r->reader, map, "effect");
    like->unit = vg_study_text(r->reader, map, "unit");
    if (!like->unit && !vg_yaml_get(map, "unit"))
        vg_study_problem(r->reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "effect"),
                         "the effect of `%s` has no unit",
                         "unit: sd, or units as in: points per umol/g", text);
    const char *first = strstr(text, "->");
    if (first && strstr(first + 2, "->"))
        vg_study_problem(r->reader, VG_INVALID_INPUT, map->line,
                         "`%s` is a chain, but its effect is one", "write each arrow of its own",
                         text);
}

static void read_arrow(VgAxisReader *r, const VgYaml *item)
{
    static const char *const KEYS[] = {"arrow", "lag", "moderated_by", NULL};
    static const char *const DESIGN_KEYS[] = {"arrow",  "lag", "moderated_by", "effect", "unit",
                                              "source", NULL};
    VgAxisArrow like = {.effect = NAN, .declared = NAN, .line = item->line};
    if (item->kind == VG_YAML_SCALAR && r->design) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, item->line, "the arrow `%s` has no effect",
                         "write {arrow: one -> other, effect: 0.3, unit: sd}", item->text);
        return;
    }
    if (item->kind == VG_YAML_SCALAR) {
        read_chain(r, item->text, item->line, &like);
        return;
    }
    if (!vg_study_is_map(r->reader, item, "an arrow"))
        return;
    vg_study_keys(r->reader, item, "an arrow", r->design ? DESIGN_KEYS : KEYS, NULL);
    const char *text = vg_study_need_text(r->reader, item, "arrow", "an arrow",
                                          "write {arrow: one -> other, lag: 1}");
    if (text && r->design)
        read_effect(r, item, text, &like);
    like.lag = read_lag(r, item);
    read_moderation(r, item, &like);
    if (text)
        read_chain(r, text, item->line, &like);
}

/* The order of nodes, which a cycle within a visit does not have. */
static void check_order(VgAxisReader *r)
{
    VgAxisIssues issues = {0};
    size_t *order = VG_STUDY_NEW(r->reader, size_t, r->axis->n_nodes);
    if (!order)
        return;
    if (!vg_axis_expand(r->axis) ||
        (!vg_axis_order(r->axis, order, &issues) && vg_arena_failed(r->reader->arena))) {
        vg_study_no_memory(r->reader);
        return;
    }
    vg_study_axis_issues(r->reader, &issues);
}

void vg_study_read_arrows(VgAxisReader *r)
{
    const VgYaml *arrows = vg_yaml_get(r->section, "arrows");
    if (!arrows || arrows->kind != VG_YAML_LIST || arrows->n == 0) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, arrows ? arrows->line : r->section->line,
                         "the axis has no list of `arrows`",
                         "add arrows: [component -> channel -> outcome]");
        return;
    }
    for (size_t i = 0; i < arrows->n && r->reader->failed == VG_OK; i++)
        read_arrow(r, arrows->item[i]);
    if (r->reader->failed == VG_OK)
        check_order(r);
}
