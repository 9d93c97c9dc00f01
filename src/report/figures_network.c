/* The graph of a network: treatments on a circle in an order with few crossings, names that never lie on each
 * other. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

static size_t find_node(const VgDataset *nodes, const char *name)
{
    for (size_t i = 0; i < nodes->n_rows; i++)
        if (vg_same_text(vg_cell_text(nodes, "treatment", i), name))
            return i;
    return nodes->n_rows;
}

/* ---- the graph ---- */

typedef struct Graph {
    const VgViewAnalysis *analysis;
    const VgDataset *nodes, *edges, *multiarm;
    size_t n, m;
    size_t *from, *to; /* of each edge, as nodes */
    size_t *place;     /* of each node on the circle, 0 … n − 1 */
} Graph;

/* Edges cross when exactly one end of the second lies between the ends of the first on the circle. */
static size_t crossings(const Graph *g)
{
    size_t count = 0;
    for (size_t i = 0; i < g->m; i++) {
        size_t a = g->place[g->from[i]], b = g->place[g->to[i]];
        size_t low = a < b ? a : b, high = a < b ? b : a;
        for (size_t k = 0; k < i; k++) {
            size_t c = g->place[g->from[k]], d = g->place[g->to[k]];
            if (c == a || c == b || d == a || d == b)
                continue;
            count += (c > low && c < high) != (d > low && d < high);
        }
    }
    return count;
}

/* Swaps two nodes as long as that takes crossings away: small networks only, and a good order, not the best. */
static void fewer_crossings(Graph *g)
{
    size_t now = crossings(g);
    for (size_t round = 0; round < 6 && now > 0 && g->n <= 40 && g->m <= 200; round++) {
        size_t before = now;
        for (size_t i = 0; i < g->n; i++)
            for (size_t k = i + 1; k < g->n; k++) {
                size_t keep = g->place[i];
                g->place[i] = g->place[k];
                g->place[k] = keep;
                size_t then = crossings(g);
                if (then < now) {
                    now = then;
                } else {
                    g->place[k] = g->place[i];
                    g->place[i] = keep;
                }
            }
        if (now == before)
            return;
    }
}

static bool read_graph(const VgView *view, const VgViewAnalysis *a, Graph *g)
{
    *g = (Graph){.analysis = a,
                 .multiarm = vg_result_find_dataset(view->result, a->id, "network_multiarm"),
                 .nodes = vg_result_find_dataset(view->result, a->id, "network_nodes"),
                 .edges = vg_result_find_dataset(view->result, a->id, "network_edges")};
    if (!g->nodes || g->nodes->n_rows < 2 || !g->edges)
        return false;
    g->n = g->nodes->n_rows;
    g->from = VG_NEW(view->arena, size_t, g->edges->n_rows);
    g->to = VG_NEW(view->arena, size_t, g->edges->n_rows);
    g->place = VG_NEW(view->arena, size_t, g->n);
    if (!g->from || !g->to || !g->place)
        return false;
    for (size_t i = 0; i < g->n; i++)
        g->place[i] = i;
    for (size_t i = 0; i < g->edges->n_rows; i++) {
        g->from[g->m] = find_node(g->nodes, vg_cell_text(g->edges, "treatment_1", i));
        g->to[g->m] = find_node(g->nodes, vg_cell_text(g->edges, "treatment_2", i));
        if (g->from[g->m] < g->n && g->to[g->m] < g->n)
            g->m++;
        else
            return false; /* the two datasets are not of one network */
    }
    fewer_crossings(g);
    return true;
}

/* The y of labels on one side of the circle, so that none lies on another: pushed apart from the middle. */
static void spread(double *y, size_t n, double step)
{
    if (n < 2)
        return;
    for (size_t i = n / 2; i + 1 < n; i++)
        y[i + 1] = fmin(y[i + 1], y[i] - step);
    for (size_t i = n / 2; i-- > 0;)
        y[i] = fmax(y[i], y[i + 1] + step);
}

typedef struct Label {
    size_t node;
    double x, y, at;
} Label;

static int from_top(const void *a, const void *b)
{
    const Label *p = a, *q = b;
    return p->y > q->y ? -1 : p->y < q->y ? 1 : p->node < q->node ? -1 : 1;
}

static void label_side(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const Graph *g,
                       const double *x, const double *y, const double *radius, double circle,
                       bool right)
{
    Label *label = VG_NEW(view->arena, Label, g->n);
    double *at = VG_NEW(view->arena, double, g->n);
    VgPlotLayer *text = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    VgPlotLayer *leader = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_MUTED, NULL);
    size_t n = 0;
    if (!label || !at || !text)
        return;
    text->place = right ? VG_TEXT_RIGHT : VG_TEXT_LEFT;
    for (size_t i = 0; i < g->n; i++)
        if ((x[i] > -1e-6) == right)
            label[n++] = (Label){i, x[i], y[i], y[i]};
    qsort(label, n, sizeof *label, from_top);
    for (size_t i = 0; i < n; i++) /* near the poles outwards, clear of the neighbours' circles */
        at[i] = label[i].y + copysign(24 * pow(fabs(label[i].y) / circle, 6), label[i].y);
    spread(at, n, 20);
    for (size_t i = 0; i < n; i++) {
        size_t node = label[i].node;
        double side = right ? 1 : -1, from = x[node] + side * (radius[node] + 1);
        if (fabs(at[i] - y[node]) > 3) { /* moved: clear of its circle, with a line to it */
            double to = from + side * 10;
            vg_plot_add(plot, leader, x[node] + side * 0.9 * radius[node], y[node], to, at[i],
                        NULL);
            from = to - side * 3;
        }
        vg_plot_add(plot, text, from, at[i], NAN, NAN, vg_cell_text(g->nodes, "treatment", node));
    }
}

static double largest(const VgDataset *d, const char *column)
{
    double most = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        double value = vg_cell_number(d, column, i);
        most = isfinite(value) && value > most ? value : most;
    }
    return most;
}

/* What the circles are as large as: people, or studies where people are not known. */
static const char *size_column(const VgDataset *nodes)
{
    return largest(nodes, "participants") > 0 ? "participants" : "studies";
}

static int type_style(const VgDataset *nodes, size_t row, const char **type, int *n)
{
    const char *name = vg_cell_text(nodes, "type", row);
    if (!name)
        return 0;
    for (int i = 0; i < *n; i++)
        if (vg_same_text(type[i], name))
            return i;
    if (*n == 6)
        return 6;
    type[*n] = name;
    return (*n)++;
}

/* ---- studies of several arms ---- */

enum { MOST_MULTIARM = 8 };

static const VgDataset *multiarm(const VgView *view, const VgViewAnalysis *a, size_t *studies)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "network_multiarm");
    *studies = 0; /* rows of a study stand together */
    for (size_t i = 0; d && i < d->n_rows; i++)
        *studies +=
            i == 0 || !vg_same_text(vg_cell_text(d, "study", i), vg_cell_text(d, "study", i - 1));
    return d;
}

/* A shaded polygon for each, its corners in the order of the circle, behind the edges. */
static void draw_multiarm(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const Graph *g,
                          const double *x, const double *y)
{
    size_t studies, *order = VG_NEW(view->arena, size_t, g->n);
    const VgDataset *d = g->multiarm;
    multiarm(view, g->analysis, &studies);
    if (!d || !order || studies == 0 || studies > MOST_MULTIARM)
        return;
    for (size_t i = 0; i < g->n; i++)
        order[g->place[i]] = i;
    for (size_t first = 0, end; first < d->n_rows; first = end) {
        const char *study = vg_cell_text(d, "study", first);
        for (end = first; end < d->n_rows && vg_same_text(vg_cell_text(d, "study", end), study);)
            end++;
        VgPlotLayer *shade = vg_plot_layer(plot, panel, VG_MARK_AREA, 1, NULL);
        if (shade)
            shade->opacity = 0.2;
        for (size_t p = 0; p < g->n; p++)
            for (size_t i = first; i < end; i++)
                if (vg_same_text(vg_cell_text(d, "treatment", i),
                                 vg_cell_text(g->nodes, "treatment", order[p])))
                    vg_plot_add(plot, shade, x[order[p]], y[order[p]], NAN, NAN, study);
    }
}

/* What is said of them in the caption. */
static const char *multiarm_text(const VgView *view, const VgViewAnalysis *a)
{
    size_t studies;
    multiarm(view, a, &studies);
    if (studies == 0)
        return "";
    return vg_arena_printf(view->arena,
                           studies > MOST_MULTIARM
                               ? " %zu %s more than two arms; too many to be marked."
                               : " %zu %s more than two arms: shaded, corner by corner.",
                           studies, studies == 1 ? "study has" : "studies have");
}

static void draw_graph(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const Graph *g)
{
    double *x = VG_NEW(view->arena, double, g->n), *y = VG_NEW(view->arena, double, g->n),
           *radius = VG_NEW(view->arena, double, g->n);
    if (!x || !y || !radius)
        return;
    double circle = fmax(150, 11 * (double)g->n), people = largest(g->nodes, size_column(g->nodes)),
           studies = largest(g->edges, "studies"), most = g->n > 12 ? 15 : 22;
    for (size_t i = 0; i < g->n; i++) {
        double angle = 2 * M_PI * ((double)g->place[i] + 0.5) / (double)g->n;
        x[i] = circle * sin(angle);
        y[i] = circle * cos(angle);
        double share = vg_cell_number(g->nodes, size_column(g->nodes), i) / people;
        radius[i] = isfinite(share) && share > 0 ? fmax(3, most * sqrt(share)) : 5;
    }
    draw_multiarm(view, plot, panel, g, x, y);
    VgPlotLayer *edge = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_MUTED, NULL);
    if (edge)
        edge->opacity = 0.75;
    for (size_t i = 0; i < g->m; i++) {
        double k = vg_cell_number(g->edges, "studies", i);
        vg_plot_add(plot, edge, x[g->from[i]], y[g->from[i]], x[g->to[i]], y[g->to[i]],
                    vg_arena_printf(view->arena, "%s and %s: %.0f %s",
                                    vg_cell_text(g->nodes, "treatment", g->from[i]),
                                    vg_cell_text(g->nodes, "treatment", g->to[i]), k,
                                    k == 1 ? "study" : "studies"));
        vg_plot_size(edge, studies > 0 && k > 0 ? 1 + 8 * k / studies : 1);
    }
    const char *type[7];
    int types = 0;
    for (size_t i = 0; i < g->n; i++)
        type_style(g->nodes, i, type, &types);
    VgPlotLayer *layer[7] = {0};
    for (size_t i = 0; i < g->n; i++) {
        int style = type_style(g->nodes, i, type, &types);
        if (!layer[style]) {
            layer[style] =
                vg_plot_layer(plot, panel, VG_MARK_BUBBLE, style,
                              types && style < types ? vg_view_words(view, type[style]) : NULL);
            if (layer[style])
                layer[style]->opacity = 1;
        }
        vg_plot_add(
            plot, layer[style], x[i], y[i], NAN, NAN,
            vg_arena_printf(view->arena, "%s: %.0f %s", vg_cell_text(g->nodes, "treatment", i),
                            vg_cell_number(g->nodes, size_column(g->nodes), i),
                            strcmp(size_column(g->nodes), "studies") == 0 ? "studies" : "people"));
        vg_plot_size(layer[style], radius[i]);
    }
    label_side(view, plot, panel, g, x, y, radius, circle, true);
    label_side(view, plot, panel, g, x, y, radius, circle, false);
    size_t widest = 0; /* letters */
    for (size_t i = 0; i < g->n; i++) {
        const char *name = vg_cell_text(g->nodes, "treatment", i);
        widest = name && strlen(name) > widest ? strlen(name) : widest;
    }
    double half = circle + most + 20 + 9.2 * (double)widest, high = circle + most + 40;
    plot->width = fmax(720, 2 * half);
    plot->least = plot->width > 720 ? 0.8 * plot->width : 0;
    panel->height = 2 * high;
    panel->x.low = -plot->width / 2; /* one unit is one unit of the drawing */
    panel->x.high = plot->width / 2;
    panel->y.low = -high;
    panel->y.high = high - 10; /* what a panel without a title keeps above */
}

VgPlot *vg_figure_network(const VgView *view, const VgViewAnalysis *a)
{
    Graph g;
    if (!read_graph(view, a, &g))
        return NULL;
    size_t parts = (size_t)fmax(1, largest(g.nodes, "part"));
    VgPlot *plot = vg_review_plot(
        view, a, "network", "Network of treatments",
        vg_arena_printf(view->arena,
                        "%zu treatments and %zu direct comparisons. The larger a circle, the more "
                        "%s; the wider a line, the more studies compare the "
                        "two.%s%s",
                        g.n, g.m,
                        strcmp(size_column(g.nodes), "studies") == 0
                            ? "studies have the treatment (people are not known)"
                            : "people had the treatment",
                        parts > 1 ? " The network falls into parts that no study connects." : "",
                        multiarm_text(view, a)));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    panel->bare = true;
    draw_graph(view, plot, panel, &g);
    return plot;
}
