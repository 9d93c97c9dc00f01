/* The axis graph as SVG: boxes in columns, arrows with labels that do not lie on one another. */
#include "report/axis_graph.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot/svg.h"

enum {
    BOX_WIDTH = 158, /* at least */
    GAP_X = 132,
    GAP_Y = 34,
    PAD = 9,
    NAME_LINE = 18,
    DETAIL_LINE = 15,
    DETAIL_FONT = 12,
    LANE = 26,
    MARGIN = 16,
    LABEL_FONT = 12,
    LABEL_LINE = 15
};

typedef struct Place {
    size_t column;
    double x, y, height;
    size_t in, out; /* arrows that end and begin here, for their places on its sides */
    size_t used_in, used_out;
} Place;

typedef struct Label {
    double x, y, width;
    const char *text;
    bool strong;
} Label;

typedef struct Graph {
    VgBuffer *out;
    const VgGraphBox *box;
    const VgGraphArrow *arrow;
    size_t n_boxes, n_arrows, n_columns;
    Place *place;
    Label *label;
    size_t n_labels;
    double box_width, width, height, top, bottom; /* of the boxes' area */
    size_t lanes_above, lanes_below;
    bool *counts, *reached; /* n_arrows, n_boxes */
    const char *id;
} Graph;

/* ---- columns ---- */

static size_t least_column(VgGraphSort sort)
{
    return sort == VG_GRAPH_OTHER ? 0 : (size_t)sort;
}

static bool goes_forward(const Graph *g, const VgGraphArrow *a)
{
    return g->box[a->from].sort <= g->box[a->to].sort && g->box[a->from].sort != VG_GRAPH_OTHER;
}

/* Whether arrows that count lead from one box to another. */
static bool leads(const Graph *g, size_t from, size_t to)
{
    bool *reached = g->reached;
    memset(reached, 0, g->n_boxes * sizeof *reached);
    reached[from] = true;
    for (bool more = true; more;) {
        more = false;
        for (size_t a = 0; a < g->n_arrows; a++)
            if (g->counts[a] && reached[g->arrow[a].from] && !reached[g->arrow[a].to])
                reached[g->arrow[a].to] = more = true;
    }
    return reached[to];
}

/* Arrows that set columns: forwards, and of those that act later only such as close no circle. */
static void choose_arrows(Graph *g)
{
    for (int later = 0; later < 2; later++)
        for (size_t a = 0; a < g->n_arrows; a++)
            if (g->arrow[a].dashed == (later == 1) && goes_forward(g, &g->arrow[a]))
                g->counts[a] = !leads(g, g->arrow[a].to, g->arrow[a].from);
}

/* Wide enough for the longest word of a name, which is bold. */
static void set_box_width(Graph *g)
{
    g->box_width = BOX_WIDTH;
    for (size_t i = 0; i < g->n_boxes; i++)
        for (const char *word = g->box[i].name; *word;) {
            size_t length = strcspn(word, " ");
            double width = 1.12 * vg_svg_text_width_n(word, length) + 2 * PAD;
            g->box_width = fmin(fmax(g->box_width, width), 280);
            word += length;
            word += strspn(word, " ");
        }
}

/* A box stands right of all that act on it within its sort; symptoms right of everything. */
static void set_columns(Graph *g)
{
    choose_arrows(g);
    for (size_t i = 0; i < g->n_boxes; i++)
        g->place[i].column = least_column(g->box[i].sort);
    for (size_t round = 0; round < g->n_boxes; round++)
        for (size_t a = 0; a < g->n_arrows; a++) {
            const VgGraphArrow *arrow = &g->arrow[a];
            size_t after = g->place[arrow->from].column + 1;
            if (g->counts[a] && g->place[arrow->to].column < after)
                g->place[arrow->to].column = after;
        }
    size_t last = 0;
    for (size_t i = 0; i < g->n_boxes; i++)
        last = g->place[i].column > last ? g->place[i].column : last;
    for (size_t i = 0; i < g->n_boxes; i++)
        if (g->box[i].sort == VG_GRAPH_SYMPTOM)
            g->place[i].column = last;
    /* columns that hold nothing take no room */
    size_t next = 0;
    for (size_t c = 0; c <= last; c++) {
        bool any = false;
        for (size_t i = 0; i < g->n_boxes; i++)
            any = any || (g->box[i].sort != VG_GRAPH_OTHER && g->place[i].column == c);
        for (size_t i = 0; any && i < g->n_boxes; i++)
            if (g->box[i].sort != VG_GRAPH_OTHER && g->place[i].column == c)
                g->place[i].column = next;
        next += any;
    }
    g->n_columns = next ? next : 1;
}

/* ---- places ---- */

static double detail_room(const Graph *g)
{
    return (g->box_width - 2 * PAD) * (double)VG_SVG_FONT / DETAIL_FONT;
}

static double height_of(const Graph *g, const VgGraphBox *box)
{
    double widest;
    size_t lines = box->detail ? vg_svg_count_lines(box->detail, detail_room(g), &widest) : 0,
           names = vg_svg_count_lines(box->name, g->box_width - 2 * PAD, &widest);
    return 2 * PAD + NAME_LINE * (double)names + DETAIL_LINE * (double)lines - 2;
}

static double column_height(const Graph *g, size_t column)
{
    double sum = -GAP_Y;
    for (size_t i = 0; i < g->n_boxes; i++)
        if (g->box[i].sort != VG_GRAPH_OTHER && g->place[i].column == column)
            sum += g->place[i].height + GAP_Y;
    return sum;
}

static bool skips(const Graph *g, const VgGraphArrow *a)
{
    return goes_forward(g, a) && g->place[a->to].column > g->place[a->from].column + 1;
}

static bool returns(const Graph *g, const VgGraphArrow *a)
{
    return g->box[a->from].sort != VG_GRAPH_OTHER &&
           g->place[a->to].column <= g->place[a->from].column;
}

static void set_places(Graph *g)
{
    double tallest = 0;
    for (size_t i = 0; i < g->n_boxes; i++)
        g->place[i].height = height_of(g, &g->box[i]);
    for (size_t c = 0; c < g->n_columns; c++)
        tallest = fmax(tallest, column_height(g, c));
    for (size_t a = 0; a < g->n_arrows; a++) {
        g->lanes_above += skips(g, &g->arrow[a]);
        g->lanes_below += returns(g, &g->arrow[a]);
        g->place[g->arrow[a].from].out++;
        g->place[g->arrow[a].to].in++;
    }
    g->top = MARGIN + 30 + LANE * (double)g->lanes_above;
    g->bottom = g->top + tallest;
    for (size_t c = 0; c < g->n_columns; c++) {
        double y = g->top + (tallest - column_height(g, c)) / 2;
        for (size_t i = 0; i < g->n_boxes; i++) {
            if (g->box[i].sort == VG_GRAPH_OTHER || g->place[i].column != c)
                continue;
            g->place[i].x = MARGIN + (double)c * (g->box_width + GAP_X);
            g->place[i].y = y;
            y += g->place[i].height + GAP_Y;
        }
    }
    g->width = 2 * MARGIN + (g->lanes_below ? 40 : 0) + (double)g->n_columns * g->box_width +
               (double)(g->n_columns - 1) * GAP_X;
    double row = g->bottom + LANE * (double)g->lanes_below + 44, lowest = 0;
    size_t others = 0, at = 0;
    for (size_t i = 0; i < g->n_boxes; i++)
        others += g->box[i].sort == VG_GRAPH_OTHER;
    for (size_t i = 0; i < g->n_boxes; i++)
        if (g->box[i].sort == VG_GRAPH_OTHER) {
            g->place[i].x = (g->width - g->box_width) * (double)++at / (double)(others + 1);
            g->place[i].y = row;
            lowest = fmax(lowest, g->place[i].height);
        }
    g->height = (others ? row + lowest : g->bottom + LANE * (double)g->lanes_below) + MARGIN + 40;
}

/* ---- labels ---- */

static bool overlaps(const Graph *g, double x, double y, double width)
{
    for (size_t k = 0; k < g->n_labels; k++) {
        const Label *other = &g->label[k];
        if (fabs(other->x - x) < (other->width + width) / 2 + 4 && fabs(other->y - y) < LABEL_LINE)
            return true;
    }
    for (size_t i = 0; i < g->n_boxes; i++) {
        const Place *p = &g->place[i];
        if (x + width / 2 > p->x - 2 && x - width / 2 < p->x + g->box_width + 2 &&
            y + 4 > p->y - 2 && y - LABEL_FONT < p->y + p->height + 2)
            return true;
    }
    return false;
}

/* Near x, y, where nothing else is written: further and further up and down. */
static void add_label(Graph *g, const char *text, double x, double y, bool strong)
{
    double width = vg_svg_text_width(text) * LABEL_FONT / VG_SVG_FONT;
    x = fmin(fmax(x, MARGIN + width / 2), g->width - MARGIN - width / 2);
    double found = y;
    for (size_t step = 0; step < 60; step++) {
        double away = (double)((step + 1) / 2) * 5;
        found = y + (step % 2 ? -away : away);
        if (!overlaps(g, x, found, width))
            break;
    }
    g->label[g->n_labels++] = (Label){x, found, width, text, strong};
}

static void put_labels(const Graph *g)
{
    for (size_t k = 0; k < g->n_labels; k++) {
        const Label *l = &g->label[k];
        vg_buffer_printf(g->out,
                         "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"%d\"%s "
                         "stroke=\"#fff\" stroke-width=\"4\" paint-order=\"stroke\">",
                         l->x, l->y, LABEL_FONT, l->strong ? " font-weight=\"600\"" : "");
        vg_put_escaped(g->out, l->text);
        vg_buffer_text(g->out, "</text>");
    }
}

/* ---- arrows ---- */

static double side_y(const Place *p, size_t used, size_t n)
{
    return p->y + p->height * (double)(used + 1) / (double)(n + 1);
}

static void put_path(const Graph *g, const VgGraphArrow *a, const char *path)
{
    vg_buffer_printf(g->out,
                     "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s "
                     "marker-end=\"url(#%s-%s)\"/>",
                     path, a->strong ? "#1a1a1a" : "#666", a->strong ? "2.4" : "1.4",
                     a->dashed ? " stroke-dasharray=\"6 4\"" : "", g->id,
                     a->strong ? "strong" : "arrow");
}

static const char *label_of(VgArena *arena, const VgGraphArrow *a)
{
    if (a->label && a->moderators)
        return vg_arena_printf(arena, "%s (× %s)", a->label, a->moderators);
    if (a->moderators)
        return vg_arena_printf(arena, "× %s", a->moderators);
    return a->label;
}

/* Straight on to the next column, by a lane above over others, by one below back, or up from the row of confounders. */
static void put_arrow(Graph *g, VgArena *arena, const VgGraphArrow *a, size_t *above, size_t *below)
{
    Place *from = &g->place[a->from], *to = &g->place[a->to];
    char path[320];
    double x1 = from->x + g->box_width, x2 = to->x - 1, label_x, label_y;
    double y1 = side_y(from, from->used_out++, from->out), y2 = side_y(to, to->used_in++, to->in);
    if (g->box[a->from].sort == VG_GRAPH_OTHER) {
        x1 = from->x + g->box_width / 2;
        y1 = from->y;
        x2 = to->x + g->box_width / 2;
        y2 = to->y + to->height + 1;
        snprintf(path, sizeof path, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1, y1 - 30,
                 x2, y2 + 40, x2, y2);
        label_x = (x1 + 2 * x2) / 3;
        label_y = (y1 + 2 * y2) / 3;
    } else if (skips(g, a) || returns(g, a)) {
        bool over = skips(g, a);
        double lane = over ? g->top - 14 - LANE * (double)(*above)++
                           : g->bottom + 20 + LANE * (double)(*below)++;
        double turn = 34, near = x1 + turn,
               far = x2 - turn; /* back: round the outer sides of both */
        snprintf(path, sizeof path,
                 "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fL%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f",
                 x1, y1, near, y1, x1 + 8, lane, near + (over ? 24 : -24), lane,
                 far - (over ? 24 : -24), lane, x2 - 8, lane, far, y2, x2, y2);
        label_x = (x1 + x2) / 2;
        label_y = lane + 4;
    } else {
        double bend = (x2 - x1) * 0.45;
        snprintf(path, sizeof path, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, x1 + bend,
                 y1, x2 - bend, y2, x2, y2);
        label_x = (x1 + x2) / 2;
        label_y = (y1 + y2) / 2 + 4;
    }
    put_path(g, a, path);
    const char *label = label_of(arena, a);
    if (label)
        add_label(g, label, label_x, label_y, a->strong);
}

/* ---- boxes ---- */

static void put_box(const Graph *g, size_t i)
{
    static const char *const FILL[] = {"#e8f0fa", "#e6f4ea", "#fdf1dc", "#f9e4e4", "#f2f2f2"};
    const VgGraphBox *box = &g->box[i];
    const Place *p = &g->place[i];
    double widest;
    vg_buffer_printf(g->out,
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\" "
                     "fill=\"%s\" stroke=\"#555\"%s/>",
                     p->x, p->y, g->box_width, p->height, FILL[box->sort],
                     box->dashed ? " stroke-dasharray=\"4 3\"" : "");
    size_t names = vg_svg_count_lines(box->name, g->box_width - 2 * PAD, &widest);
    vg_buffer_text(g->out, "<g font-weight=\"600\">");
    vg_svg_put_wrapped(g->out, p->x + PAD, p->y + PAD + 12, "start", box->name,
                       g->box_width - 2 * PAD);
    vg_buffer_text(g->out, "</g>");
    if (!box->detail)
        return;
    double y = p->y + PAD + 11 + NAME_LINE * (double)names;
    const char *at = box->detail;
    vg_buffer_printf(g->out, "<g font-size=\"%d\" fill=\"#333\">", DETAIL_FONT);
    while (*at) {
        size_t length = vg_svg_line_length(at, detail_room(g));
        vg_buffer_printf(g->out, "<text x=\"%.1f\" y=\"%.1f\">", p->x + PAD, y);
        char line[256];
        snprintf(line, sizeof line, "%.*s", (int)(length < 255 ? length : 255), at);
        vg_put_escaped(g->out, line);
        vg_buffer_text(g->out, "</text>");
        at += length;
        at += strspn(at, " ");
        y += DETAIL_LINE;
    }
    vg_buffer_text(g->out, "</g>");
}

static void put_heads(const Graph *g)
{
    static const char *const HEAD[] = {"Treatment", "Function", "Channels", "Symptoms"};
    for (size_t sort = 0; sort < 4; sort++) {
        double left = INFINITY, right = 0;
        for (size_t i = 0; i < g->n_boxes; i++)
            if ((size_t)g->box[i].sort == sort) {
                left = fmin(left, g->place[i].x);
                right = fmax(right, g->place[i].x + g->box_width);
            }
        if (right > 0)
            vg_buffer_printf(g->out,
                             "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\" "
                             "font-size=\"13\">%s</text>",
                             (left + right) / 2, MARGIN + 8, HEAD[sort]);
    }
}

static void put_key(const Graph *g)
{
    vg_buffer_printf(
        g->out,
        "<text x=\"%d\" y=\"%.1f\" font-size=\"12\" fill=\"#555\">Dashed arrow: acts at a "
        "later visit. × : moderated by. Dashed box: not measured.</text>",
        MARGIN, g->height - 12);
}

void vg_put_axis_graph(VgBuffer *out, VgArena *arena, const char *id, const char *title,
                       const VgGraphBox *box, size_t n_boxes, const VgGraphArrow *arrow,
                       size_t n_arrows)
{
    Graph g = {.out = out,
               .box = box,
               .arrow = arrow,
               .n_boxes = n_boxes,
               .n_arrows = n_arrows,
               .place = VG_NEW(arena, Place, n_boxes),
               .label = VG_NEW(arena, Label, n_arrows),
               .counts = VG_NEW(arena, bool, n_arrows),
               .reached = VG_NEW(arena, bool, n_boxes),
               .id = id};
    if (!g.place || !g.label || !g.counts || !g.reached) {
        out->failed = true;
        return;
    }
    set_box_width(&g);
    set_columns(&g);
    set_places(&g);
    vg_buffer_printf(out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                     "width=\"%.0f\" height=\"%.0f\" role=\"img\" font-family=\"system-ui, "
                     "sans-serif\" font-size=\"%d\" fill=\"#111\"><title>",
                     g.width, g.height, g.width, g.height, VG_SVG_FONT);
    vg_put_escaped(out, title ? title : "Causal graph");
    vg_buffer_printf(
        out,
        "</title><rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/><defs>"
        "<marker id=\"%s-arrow\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" "
        "markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 "
        "8z\" "
        "fill=\"#666\"/></marker><marker id=\"%s-strong\" viewBox=\"0 0 8 8\" refX=\"7\" "
        "refY=\"4\" "
        "markerWidth=\"11\" markerHeight=\"11\" markerUnits=\"userSpaceOnUse\" "
        "orient=\"auto\"><path "
        "d=\"M0 0L8 4L0 8z\" fill=\"#1a1a1a\"/></marker></defs>",
        id, id);
    put_heads(&g);
    size_t above = 0, below = 0;
    for (size_t a = 0; a < n_arrows; a++)
        put_arrow(&g, arena, &arrow[a], &above, &below);
    for (size_t i = 0; i < n_boxes; i++)
        put_box(&g, i);
    put_labels(&g);
    put_key(&g);
    vg_buffer_text(out, "</svg>\n");
}
