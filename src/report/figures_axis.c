/* The axis graph of a trial: every declared arrow with its estimate, drawn by what it rests on. */
#include <math.h>

#include "base/compare.h"
#include "report/axis_graph.h"
#include "report/figures.h"

static VgGraphSort sort_of(const char *sort)
{
    static const char *const NAME[] = {"component", "function", "channel", "symptom"};
    for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++)
        if (vg_same_text(sort, NAME[i]))
            return (VgGraphSort)i;
    return VG_GRAPH_OTHER;
}

static bool is_end(const VgDataset *edges, const char *name)
{
    for (size_t i = 0; i < edges->n_rows; i++)
        if (vg_same_text(vg_cell_text(edges, "from", i), name) ||
            vg_same_text(vg_cell_text(edges, "to", i), name))
            return true;
    return false;
}

/* `measured` counts values; what is given needs none. */
static bool is_measured(const VgDataset *nodes, size_t i)
{
    return sort_of(vg_cell_text(nodes, "sort", i)) == VG_GRAPH_TREATMENT ||
           vg_cell_number(nodes, "measured", i) > 0;
}

/* The visit that all measured nodes of a sort share; NULL when they do not. */
static const char *common_visit(const VgDataset *nodes, VgGraphSort sort)
{
    const char *visit = NULL;
    for (size_t i = 0; i < nodes->n_rows; i++) {
        const char *own = vg_cell_text(nodes, "visit", i);
        if (sort_of(vg_cell_text(nodes, "sort", i)) != sort || !own)
            continue;
        if (visit && !vg_same_text(visit, own))
            return NULL;
        visit = own;
    }
    return visit;
}

/* Markers; the visit where it differs within the column; what it is, of what stands outside the columns. */
static const char *detail_of(const VgView *view, const VgDataset *d, size_t i)
{
    const char *detail = vg_cell_text(d, "detail", i), *visit = vg_cell_text(d, "visit", i),
               *sort = vg_cell_text(d, "sort", i);
    bool measured = is_measured(d, i);
    if (sort_of(sort) == VG_GRAPH_OTHER)
        return vg_arena_printf(view->arena, "%s%s", sort, measured ? "" : ", not measured");
    if (!measured)
        return "not measured";
    if (visit && !common_visit(d, sort_of(sort)))
        return vg_arena_printf(view->arena, "%s%sat %s", detail ? detail : "", detail ? "; " : "",
                               vg_view_visit_label(view, visit));
    return detail;
}

/* Nodes that arrows name, channels, and causes that are not measured; returns how many. */
static size_t make_boxes(const VgView *view, const VgDataset *nodes, const VgDataset *edges,
                         VgGraphBox *box, const char **name)
{
    size_t n = 0;
    for (size_t i = 0; i < nodes->n_rows; i++) {
        VgGraphSort sort = sort_of(vg_cell_text(nodes, "sort", i));
        const char *own = vg_cell_text(nodes, "name", i), *label = vg_cell_text(nodes, "label", i);
        if (!is_end(edges, own) && sort != VG_GRAPH_OTHER && sort != VG_GRAPH_CHANNEL)
            continue;
        const char *words = vg_view_words(view, label ? label : own);
        name[n] = own;
        box[n++] = (VgGraphBox){.sort = sort,
                                .name = words ? words : "",
                                .detail = detail_of(view, nodes, i),
                                .dashed = !is_measured(nodes, i)};
    }
    return n;
}

static size_t place_of(const char *const *name, size_t n, const char *wanted)
{
    size_t i = 0;
    while (i < n && !vg_same_text(name[i], wanted))
        i++;
    return i;
}

static VgGraphLine line_of(const char *status)
{
    return vg_same_text(status, "randomised") ? VG_GRAPH_RANDOMISED
           : vg_same_text(status, "assumed")  ? VG_GRAPH_ASSUMED
                                              : VG_GRAPH_NOT_ESTIMATED;
}

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

int vg_arrow_decimals(double lower, double upper)
{
    return (lower > 0 || upper < 0) && fmin(fabs(lower), fabs(upper)) < 0.005 ? 3 : 2;
}

static VgGraphArrow make_arrow(const VgView *view, const VgDataset *edges, size_t i)
{
    double estimate = vg_cell_number(edges, "standardised", i),
           lower = vg_cell_number(edges, "standardised_lower", i),
           upper = vg_cell_number(edges, "standardised_upper", i);
    VgGraphArrow arrow = {.line = line_of(vg_cell_text(edges, "status", i))};
    if (!isfinite(estimate))
        return arrow;
    arrow.strong = lower > 0 || upper < 0;
    int decimals = vg_arrow_decimals(lower, upper);
    arrow.label = number(view, estimate, decimals);
    if (isfinite(lower) && isfinite(upper))
        arrow.below = vg_arena_printf(view->arena, "%s to %s", number(view, lower, decimals),
                                      number(view, upper, decimals));
    return arrow;
}

bool vg_figure_axis(VgBuffer *out, const VgView *view, const VgViewAnalysis *analysis,
                    const char *id, const char *title, const char *description)
{
    const VgDataset *nodes = vg_result_find_dataset(view->result, analysis->id, "axis_nodes"),
                    *edges = vg_result_find_dataset(view->result, analysis->id, "axis_edges");
    if (!nodes || !edges || !edges->n_rows)
        return false;
    VgGraphBox *box = VG_NEW(view->arena, VgGraphBox, nodes->n_rows);
    VgGraphArrow *arrow = VG_NEW(view->arena, VgGraphArrow, edges->n_rows);
    const char **name = VG_NEW(view->arena, const char *, nodes->n_rows);
    if (!box || !arrow || !name) {
        out->failed = true;
        return false;
    }
    VgGraph graph = {.id = id,
                     .title = title,
                     .description = description,
                     .others = "Other causes that the study names",
                     .box = box,
                     .arrow = arrow,
                     .n_boxes = make_boxes(view, nodes, edges, box, name)};
    for (size_t i = 0; i < edges->n_rows; i++) {
        size_t from = place_of(name, graph.n_boxes, vg_cell_text(edges, "from", i)),
               to = place_of(name, graph.n_boxes, vg_cell_text(edges, "to", i));
        if (from == graph.n_boxes || to == graph.n_boxes)
            continue;
        arrow[graph.n_arrows] = make_arrow(view, edges, i);
        arrow[graph.n_arrows].from = from;
        arrow[graph.n_arrows++].to = to;
    }
    static const char *const HEADING[] = {"Treatment", "Function", "Channels", "Symptoms"};
    for (size_t sort = 0; sort < VG_GRAPH_COLUMNS; sort++) {
        const char *visit = common_visit(nodes, (VgGraphSort)sort);
        if (visit)
            graph.heading[sort] = vg_arena_printf(view->arena, "%s at %s", HEADING[sort],
                                                  vg_view_visit_label(view, visit));
    }
    vg_put_axis_graph(out, view->arena, &graph);
    return graph.n_arrows > 0;
}
