/* The axis graph as SVG: boxes in columns, arrows with what is known of them at their ends, a key to how they are drawn. */
#include "report/axis_graph.h"

#include <math.h>
#include <string.h>

#include "report/axis_layout.h"
#include "report/plot/svg.h"

enum {
    BOX_WIDTH = 136, /* at least */
    MOST_WIDTH = 280,
    PAD = 9,
    NAME_LINE = 18,
    DETAIL_LINE = 15,
    DETAIL_FONT = 12,
    LABEL_FONT = 13,
    BELOW_FONT = 12,
    LABEL_LINE = 14,
    MARGIN = 14,
    HEAD = 42,
    KEY_FONT = 13,
    KEY_LINE = 22,
    KEY_SAMPLE = 44
};

/* Text of `VG_SVG_FONT` is measured; bold letters are wider. */
static const double BOLD = 1.08;

/* A page shows it at this part of its size before it scrolls sideways: 13 become 10 pixels. */
static const double LEAST_SCALE = 0.78;

/* How a line is drawn and what the key says of it. Okabe–Ito colours, each with a dash of its own. */
static const struct {
    const char *colour, *dash, *key;
} LINE[VG_GRAPH_LINE_COUNT] = {
    [VG_GRAPH_SAME_VISIT] = {"#555555", "", "acts at the same visit"},
    [VG_GRAPH_LATER] = {"#555555", "6 4", "acts at a later visit"},
    [VG_GRAPH_RANDOMISED] = {"#0072b2", "", "rests on randomisation"},
    [VG_GRAPH_ASSUMED] = {"#b34700", "7 4", "must be believed: not randomised"},
    [VG_GRAPH_NOT_ESTIMATED] = {"#777777", "2 4", "not estimated"}};

typedef struct Label {
    double x, y, width; /* of its middle */
    size_t arrow;
} Label;

typedef struct Drawing {
    VgBuffer *out;
    const VgGraph *graph;
    VgGraphLayout layout;
    double box_width;
    Label *label; /* those that stand free, so far */
    size_t n_labels;
} Drawing;

/* ---- sizes ---- */

static double label_width(const VgGraphArrow *a)
{
    return fmax(BOLD * LABEL_FONT * vg_svg_text_width(a->label),
                BELOW_FONT * vg_svg_text_width(a->below)) /
           VG_SVG_FONT;
}

/* Wide enough for the longest word of a name, which is bold. */
static double widest_word(const VgGraph *graph)
{
    double widest = BOX_WIDTH;
    for (size_t i = 0; i < graph->n_boxes; i++)
        for (const char *word = graph->box[i].name; *word;) {
            size_t length = strcspn(word, " ");
            widest = fmax(widest, 1.12 * vg_svg_text_width_n(word, length) + 2 * PAD);
            word += length;
            word += strspn(word, " ");
        }
    return fmin(widest, MOST_WIDTH);
}

static double detail_room(const Drawing *d)
{
    return (d->box_width - 2 * PAD) * (double)VG_SVG_FONT / DETAIL_FONT;
}

static double name_room(const Drawing *d)
{
    return (d->box_width - 2 * PAD) / BOLD;
}

static double box_height(const Drawing *d, const VgGraphBox *box)
{
    double widest;
    size_t lines = box->detail ? vg_svg_count_lines(box->detail, detail_room(d), &widest) : 0,
           names = vg_svg_count_lines(box->name, name_room(d), &widest);
    return 2 * PAD + NAME_LINE * (double)names + DETAIL_LINE * (double)lines - 2;
}

/* ---- arrows ---- */

static const char *colour_of(const VgGraphArrow *a)
{
    return LINE[a->line].colour;
}

static void put_head(VgBuffer *out, const VgGraphArrow *a, double x, double y, int towards)
{
    double size = a->strong ? 12 : 9;
    vg_buffer_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fv%.1fz\" fill=\"%s\"/>", x, y,
                     -towards * size, -0.48 * size, 0.96 * size, colour_of(a));
}

/* Level at its end, where the label stands about it. */
static void put_on(VgBuffer *out, const Drawing *d, size_t index)
{
    const VgGraphArrow *a = &d->graph->arrow[index];
    const VgGraphRoute *r = &d->layout.route[index];
    double x = r->x1, y = r->y1, level = r->x2 - label_width(a) - 14;
    size_t column = r->first;
    vg_buffer_printf(out, "M%.1f %.1f", x, y);
    for (size_t k = 0; k < r->n_passes; k++, column++) {
        while (!d->layout.used[column])
            column++;
        double to = d->layout.column_x[column], bend = 0.5 * (to - x);
        vg_buffer_printf(out, "C%.1f %.1f %.1f %.1f %.1f %.1fh%.1f", x + bend, y, to - bend,
                         r->pass[k], to, r->pass[k], d->layout.column_width);
        x = to + d->layout.column_width;
        y = r->pass[k];
    }
    level = fmax(level, x + 24);
    double bend = 0.55 * (level - x);
    vg_buffer_printf(out, "C%.1f %.1f %.1f %.1f %.1f %.1fH%.1f", x + bend, y, level - bend, r->y2,
                     level, r->y2, r->x2 - 4);
}

static void put_way(VgBuffer *out, const Drawing *d, size_t index)
{
    const VgGraphRoute *r = &d->layout.route[index];
    switch (r->way) {
    case VG_WAY_ON:
        put_on(out, d, index);
        break;
    case VG_WAY_WITHIN: {
        double level = r->x2 + label_width(&d->graph->arrow[index]) + 14,
               over = level + (r->out - level) * 4 / 3; /* a curve reaches 3/4 of its controls */
        vg_buffer_printf(out, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fH%.1f", r->x1, r->y1, over,
                         r->y1, over, r->y2, level, r->y2, r->x2 + 4);
        break;
    }
    case VG_WAY_BACK:
        vg_buffer_printf(out,
                         "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fH%.1fC%.1f %.1f %.1f %.1f %.1f "
                         "%.1f",
                         r->x1, r->y1, r->x1 + 28, r->y1, r->x1 + 28, r->out, r->x1 - 4, r->out,
                         r->x2 + 4, r->x2 - 28, r->out, r->x2 - 28, r->y2, r->x2 - 4, r->y2);
        break;
    case VG_WAY_UP: {
        double level = r->x2 - label_width(&d->graph->arrow[index]) - 14;
        vg_buffer_printf(out, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1fH%.1f", r->x1, r->y1, r->x1,
                         r->y1 - 40, level - 40, r->y2, level, r->y2, r->x2 - 4);
    }
    }
}

static void put_arrow(Drawing *d, size_t index)
{
    const VgGraphArrow *a = &d->graph->arrow[index];
    const VgGraphRoute *r = &d->layout.route[index];
    vg_buffer_text(d->out, "<path d=\"");
    put_way(d->out, d, index);
    vg_buffer_printf(d->out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"", colour_of(a),
                     a->strong ? "3" : "1.4");
    if (*LINE[a->line].dash)
        vg_buffer_printf(d->out, " stroke-dasharray=\"%s\"", LINE[a->line].dash);
    vg_buffer_text(d->out, "/>");
    put_head(d->out, a, r->x2, r->y2, r->way == VG_WAY_WITHIN ? -1 : 1);
}

/* ---- labels ---- */

/* Over or under its line, so that it does not cut it. */
static void put_line(VgBuffer *out, double x, double y, int font, bool bold, const char *text)
{
    if (!text)
        return;
    vg_buffer_printf(out,
                     "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"%d\"%s "
                     "stroke=\"#fff\" stroke-width=\"3.5\" paint-order=\"stroke\">",
                     x, y, font, bold ? " font-weight=\"700\"" : "");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</text>");
}

static bool is_free(const Drawing *d, double x, double y, double width, double height)
{
    for (size_t k = 0; k < d->n_labels; k++) {
        const Label *other = &d->label[k];
        if (fabs(other->x - x) < (other->width + width) / 2 + 4 && fabs(other->y - y) < height)
            return false;
    }
    for (size_t i = 0; i < d->graph->n_boxes; i++) {
        const VgGraphPlace *p = &d->layout.place[i];
        if (x + width / 2 > p->x - 2 && x - width / 2 < p->x + p->width + 2 &&
            y + height / 2 > p->y && y - height / 2 < p->y + p->height)
            return false;
    }
    return true;
}

/* Labels that do not stand at an end look for room up and down. */
static void put_free(Drawing *d, size_t index, double x, double y)
{
    const VgGraphArrow *a = &d->graph->arrow[index];
    double width = label_width(a), height = LABEL_LINE * (a->below ? 2 : 1) + 2;
    x = fmin(fmax(x, MARGIN + width / 2), d->layout.width - MARGIN - width / 2);
    double found = y;
    for (size_t step = 0; step < 60; step++) {
        double away = (double)((step + 1) / 2) * 5;
        found = y + (step % 2 ? -away : away);
        if (is_free(d, x, found, width, height))
            break;
    }
    d->label[d->n_labels++] = (Label){x, found, width, index};
}

static void place_labels(Drawing *d)
{
    for (size_t i = 0; i < d->graph->n_arrows; i++) { /* at ends */
        const VgGraphArrow *a = &d->graph->arrow[i];
        const VgGraphRoute *r = &d->layout.route[i];
        double width = label_width(a), away = r->way == VG_WAY_WITHIN ? 14 : -14;
        if ((a->label || a->below) && r->way != VG_WAY_BACK)
            d->label[d->n_labels++] =
                (Label){r->x2 + away + (away > 0 ? width : -width) / 2, r->y2, width, i};
    }
    for (size_t i = 0; i < d->graph->n_arrows; i++) {
        const VgGraphArrow *a = &d->graph->arrow[i];
        const VgGraphRoute *r = &d->layout.route[i];
        if ((a->label || a->below) && r->way == VG_WAY_BACK)
            put_free(d, i, (r->x1 + r->x2) / 2, r->out);
    }
}

static void put_labels(const Drawing *d)
{
    for (size_t k = 0; k < d->n_labels; k++) {
        const Label *l = &d->label[k];
        const VgGraphArrow *a = &d->graph->arrow[l->arrow];
        put_line(d->out, l->x, l->y - 4, LABEL_FONT, a->strong, a->label);
        put_line(d->out, l->x, l->y + BELOW_FONT + 1, BELOW_FONT, false, a->below);
    }
}

/* ---- boxes ---- */

static void put_box(const Drawing *d, size_t i)
{
    static const char *const FILL[] = {"#e8f0fa", "#e6f4ea", "#fdf1dc", "#f9e4e4", "#f2f2f2"};
    const VgGraphBox *box = &d->graph->box[i];
    const VgGraphPlace *p = &d->layout.place[i];
    double widest;
    vg_buffer_printf(d->out,
                     "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"5\" "
                     "fill=\"%s\" stroke=\"#555\"%s/>",
                     p->x, p->y, p->width, p->height, box->dashed ? "#fff" : FILL[box->sort],
                     box->dashed ? " stroke-dasharray=\"4 3\"" : "");
    size_t names = vg_svg_count_lines(box->name, name_room(d), &widest);
    double y = p->y + (p->height - box_height(d, box)) / 2 + PAD + 12;
    vg_buffer_text(d->out, "<g font-weight=\"600\">");
    vg_svg_put_wrapped(d->out, p->x + PAD, y, "start", box->name, name_room(d));
    vg_buffer_text(d->out, "</g>");
    y += NAME_LINE * (double)names - 1;
    for (const char *at = box->detail; at && *at; y += DETAIL_LINE) {
        size_t length = vg_svg_line_length(at, detail_room(d));
        vg_svg_put_text(d->out, p->x + PAD, y, "start", " font-size=\"12\" fill=\"#333\"", at,
                        length);
        at += length;
        at += strspn(at, " ");
    }
}

/* Over the row of other causes. */
static void put_others(const Drawing *d)
{
    double top = INFINITY;
    for (size_t i = 0; i < d->graph->n_boxes; i++)
        if (d->graph->box[i].sort == VG_GRAPH_OTHER)
            top = fmin(top, d->layout.place[i].y);
    if (isfinite(top) && d->graph->others)
        vg_svg_put_text(d->out, MARGIN, top - 10, "start", " font-size=\"13\" fill=\"#444\"",
                        d->graph->others, strlen(d->graph->others));
}

static void put_heads(const Drawing *d)
{
    static const char *const HEADING[] = {"Treatment", "Function", "Channels", "Symptoms"};
    for (size_t sort = 0; sort < VG_GRAPH_COLUMNS; sort++)
        if (d->layout.used[sort])
            vg_buffer_printf(d->out,
                             "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#444\" "
                             "font-size=\"13\">%s</text>",
                             d->layout.column_x[sort] + d->layout.column_width / 2, MARGIN + 8,
                             d->graph->heading[sort] ? d->graph->heading[sort] : HEADING[sort]);
}

/* ---- the key ---- */

typedef struct Key {
    VgBuffer *out; /* NULL: only measured */
    double x, y, width;
} Key;

/* Where the next entry begins; it does not begin what does not fit its line. */
static double next_entry(Key *key, double sample, const char *text)
{
    double wide = sample + 8 + KEY_FONT * vg_svg_text_width(text) / VG_SVG_FONT + 18, x = key->x;
    if (x > MARGIN && x + wide > key->width) {
        x = MARGIN;
        key->y += KEY_LINE;
    }
    key->x = x + wide;
    if (key->out) {
        vg_svg_put_text(key->out, x + sample + 8, key->y, "start",
                        " font-size=\"13\" fill=\"#333\"", text, strlen(text));
    }
    return x;
}

static void key_line(Key *key, VgGraphLine line, bool strong, const char *text)
{
    VgGraphArrow sample = {.line = line, .strong = strong};
    double x = next_entry(key, KEY_SAMPLE, text);
    if (!key->out)
        return;
    vg_buffer_printf(key->out, "<path d=\"M%.1f %.1fh%d\" stroke=\"%s\" stroke-width=\"%s\"", x,
                     key->y - 4, KEY_SAMPLE - 4, LINE[line].colour, strong ? "3" : "1.4");
    if (*LINE[line].dash)
        vg_buffer_printf(key->out, " stroke-dasharray=\"%s\"", LINE[line].dash);
    vg_buffer_text(key->out, "/>");
    put_head(key->out, &sample, x + KEY_SAMPLE, key->y - 4, 1);
}

/* Only of what is drawn; returns the y below it. */
static double put_key(VgBuffer *out, const VgGraph *graph, double width, double y)
{
    Key key = {out, MARGIN, y + KEY_LINE, width - MARGIN};
    bool used[VG_GRAPH_LINE_COUNT] = {false}, strong = false, dashed = false;
    for (size_t a = 0; a < graph->n_arrows; a++) {
        used[graph->arrow[a].line] = true;
        strong = strong || graph->arrow[a].strong;
    }
    for (size_t i = 0; i < graph->n_boxes; i++)
        dashed = dashed || graph->box[i].dashed;
    for (size_t line = 0; line < VG_GRAPH_LINE_COUNT; line++)
        if (used[line])
            key_line(&key, (VgGraphLine)line, false, LINE[line].key);
    if (strong) /* in ink: thickness says the same of every kind of line */
        key_line(&key, used[VG_GRAPH_RANDOMISED] ? VG_GRAPH_RANDOMISED : VG_GRAPH_ASSUMED, true,
                 "thick, bold: the interval excludes nought");
    if (dashed) {
        double x = next_entry(&key, 30, "not measured");
        if (out)
            vg_buffer_printf(out,
                             "<rect x=\"%.1f\" y=\"%.1f\" width=\"30\" height=\"13\" rx=\"3\" "
                             "fill=\"#fff\" stroke=\"#555\" stroke-dasharray=\"4 3\"/>",
                             x, key.y - 11);
    }
    return key.y;
}

/* ---- all of it ---- */

static bool lay_out(Drawing *d, VgArena *arena)
{
    const VgGraph *graph = d->graph;
    double *height = VG_NEW(arena, double, graph->n_boxes),
           *width = VG_NEW(arena, double, graph->n_arrows);
    d->label = VG_NEW(arena, Label, graph->n_arrows);
    if (!height || !width || !d->label)
        return false;
    bool two = false, any = false;
    d->box_width = widest_word(graph);
    for (size_t i = 0; i < graph->n_boxes; i++)
        height[i] = box_height(d, &graph->box[i]);
    for (size_t a = 0; a < graph->n_arrows; a++) {
        width[a] = label_width(&graph->arrow[a]);
        any = any || graph->arrow[a].label;
        two = two || graph->arrow[a].below;
    }
    VgGraphSizes sizes = {.box_width = d->box_width,
                          .margin = MARGIN,
                          .head = HEAD,
                          .box_height = height,
                          .label_width = width,
                          .pitch = LABEL_LINE * (any + two) + 7,
                          .lane = 2 * LABEL_LINE + 6};
    return vg_axis_layout(arena, graph, &sizes, &d->layout);
}

static void open_svg(const Drawing *d, double width, double height)
{
    vg_buffer_printf(d->out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                     "width=\"%.0f\" height=\"%.0f\" role=\"img\" aria-labelledby=\"%s-title "
                     "%s-desc\" class=\"wide broad\" style=\"--least:%.0fpx;--most:%.0fpx\" "
                     "font-family=\"system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif\" "
                     "font-size=\"%d\" fill=\"#1b1b1b\"><title id=\"%s-title\">",
                     width, height, width, height, d->graph->id, d->graph->id, LEAST_SCALE * width,
                     width, VG_SVG_FONT, d->graph->id);
    vg_put_escaped(d->out, d->graph->title ? d->graph->title : "Causal graph");
    vg_buffer_printf(d->out, "</title><desc id=\"%s-desc\">", d->graph->id);
    vg_put_escaped(d->out, d->graph->description ? d->graph->description : "");
    vg_buffer_text(d->out, "</desc><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
}

void vg_put_axis_graph(VgBuffer *out, VgArena *arena, const VgGraph *graph)
{
    Drawing d = {.out = out, .graph = graph};
    if (!lay_out(&d, arena)) {
        out->failed = true;
        return;
    }
    double bottom = d.layout.bottom;
    place_labels(&d);
    open_svg(&d, d.layout.width, put_key(NULL, graph, d.layout.width, bottom) + MARGIN);
    put_heads(&d);
    put_others(&d);
    for (size_t a = 0; a < graph->n_arrows; a++)
        put_arrow(&d, a);
    for (size_t i = 0; i < graph->n_boxes; i++)
        put_box(&d, i);
    put_labels(&d);
    put_key(out, graph, d.layout.width, bottom);
    vg_buffer_text(out, "</svg>\n");
}
