/* A figure drawn as SVG. Sizes are in the drawing's own units (720 wide); text is measured by a
 * table of average widths, since the font is the reader's: a little too wide rather than too
 * narrow. */
#include <math.h>
#include <string.h>

#include "report/plot/plot.h"

enum { FONT = 14, LINE = 17, WRAP_LABEL = 200 };

/* Bold letters are wider: a line of them has this part of the room. */
static const double BOLD = 0.9;

/* Where a panel's axes lie on the page. */
typedef struct Frame {
    const VgPlot *plot;
    const VgPlotPanel *panel;
    double left, top, right, bottom;
    double page_left, page_right; /* of the panel with its labels */
} Frame;

/* In ems of a wide sans serif (DejaVu, Verdana); Helvetica and Segoe are narrower. */
static double letter_width(char c)
{
    if (c && strchr("ijlI.,:;'|![]()ft ", c))
        return 0.38;
    if (c && strchr("mwMW%@+", c))
        return 0.92;
    if (c >= 'A' && c <= 'Z')
        return 0.74;
    return (unsigned char)c >= 0x80 ? 0.84 : 0.635;
}

static double text_width_n(const char *text, size_t n)
{
    double width = 0;
    for (size_t i = 0; i < n && text[i]; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            width += letter_width(text[i]);
    return width * FONT;
}

static double text_width(const char *text)
{
    return text ? text_width_n(text, strlen(text)) : 0;
}

/* Bytes of `text` that make the next line of at most `room`; breaks at spaces. */
static size_t line_length(const char *text, double room)
{
    size_t fits = 0;
    for (size_t i = 0;; i++)
        if (text[i] == ' ' || text[i] == '\0') {
            if (fits && text_width_n(text, i) > room)
                return fits;
            fits = i;
            if (text[i] == '\0')
                return i;
        }
}

static size_t count_lines(const char *text, double room, double *widest)
{
    size_t lines = 0;
    *widest = 0;
    while (text && *text) {
        size_t length = line_length(text, room);
        *widest = fmax(*widest, text_width_n(text, length));
        lines++;
        text += length;
        text += strspn(text, " ");
    }
    return lines;
}

static void put_text(VgBuffer *out, double x, double y, const char *anchor, const char *extra,
                     const char *text, size_t length)
{
    vg_buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, extra);
    VgBuffer piece = {0};
    vg_buffer_append(&piece, text, length);
    vg_put_escaped(out, piece.text);
    out->failed = out->failed || piece.failed;
    vg_buffer_free(&piece);
    vg_buffer_text(out, "</text>");
}

/* Lines downwards from the first baseline. */
static void put_wrapped(VgBuffer *out, double x, double y, const char *anchor, const char *text,
                        double room)
{
    while (text && *text) {
        size_t length = line_length(text, room);
        put_text(out, x, y, anchor, "", text, length);
        text += length;
        text += strspn(text, " ");
        y += LINE;
    }
}

static double at_x(const Frame *f, double x)
{
    const VgPlotAxis *axis = &f->panel->x;
    return f->left + (f->right - f->left) * (x - axis->low) / (axis->high - axis->low);
}

static double at_y(const Frame *f, double y)
{
    const VgPlotAxis *axis = &f->panel->y;
    double part = (y - axis->low) / (axis->high - axis->low);
    return axis->downward ? f->top + (f->bottom - f->top) * part
                          : f->bottom - (f->bottom - f->top) * part;
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static void marker(VgBuffer *out, int style, double x, double y, double r)
{
    const char *colour = vg_style_colour(style);
    switch (style < 0 ? 1 : style % 4) {
    case 0:
        vg_buffer_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"", x, y, r,
                         colour);
        break;
    case 1:
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"",
                         x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r, colour);
        break;
    case 2:
        vg_buffer_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fh%.1fz\" fill=\"%s\"", x, y - 1.2 * r,
                         1.15 * r, 2 * r, -2.3 * r, colour);
        break;
    default:
        vg_buffer_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\" fill=\"%s\"",
                         x, y - 1.3 * r, 1.3 * r, 1.3 * r, -1.3 * r, 1.3 * r, -1.3 * r, -1.3 * r,
                         colour);
    }
}

static void draw_line(VgBuffer *out, const Frame *f, const VgPlotLayer *layer)
{
    vg_buffer_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s",
                     vg_style_colour(layer->style), layer->light ? "0.8" : "2.2",
                     layer->light ? " stroke-opacity=\"0.38\"" : "");
    if (*vg_style_dash(layer->style) && !layer->light)
        vg_buffer_printf(out, " stroke-dasharray=\"%s\"", vg_style_dash(layer->style));
    vg_buffer_text(out, " d=\"");
    bool down = false;
    for (size_t i = 0; i < layer->n; i++) {
        if (isnan(layer->y[i]) || isnan(layer->x[i])) {
            down = false;
            continue;
        }
        vg_buffer_printf(out, "%c%.1f %.1f", down ? 'L' : 'M', at_x(f, layer->x[i]),
                         at_y(f, layer->y[i]));
        down = true;
    }
    vg_buffer_text(out, "\"/>");
}

static void draw_points(VgBuffer *out, const Frame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        if (isnan(layer->x[i]) || isnan(layer->y[i]))
            continue;
        marker(out, layer->style, at_x(f, layer->x[i]), at_y(f, layer->y[i]),
               layer->light ? 2.4 : 5);
        vg_buffer_text(out, layer->light ? " fill-opacity=\"0.5\"/>" : " stroke=\"#fff\"/>");
    }
}

static void draw_interval(VgBuffer *out, const Frame *f, const VgPlotLayer *layer, bool upright)
{
    vg_buffer_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"",
                     vg_style_colour(layer->style));
    for (size_t i = 0; i < layer->n; i++) {
        double low = upright ? layer->y[i] : layer->x[i],
               high = upright ? layer->y2[i] : layer->x2[i];
        if (isnan(low) || isnan(high))
            continue;
        if (upright) {
            double x = at_x(f, layer->x[i]), a = at_y(f, low), b = at_y(f, high);
            vg_buffer_printf(out, "M%.1f %.1fh8m-4 0V%.1fm-4 0h8", x - 4, a, b);
        } else {
            double y = at_y(f, layer->y[i]);
            double a = clamp(at_x(f, low), f->left, f->right),
                   b = clamp(at_x(f, high), f->left, f->right);
            vg_buffer_printf(out, "M%.1f %.1fv8m0 -4H%.1fm0 -4v8", a, y - 4, b);
        }
    }
    vg_buffer_text(out, "\"/>");
}

static void bar_fill(VgBuffer *out, const Frame *f, int style)
{
    if (style < 0)
        vg_buffer_printf(out, " fill=\"%s\"", vg_style_colour(style));
    else
        vg_buffer_printf(out, " fill=\"url(#%s-fill-%d)\" stroke=\"%s\"", f->plot->id, style % 4,
                         vg_style_colour(style));
}

static void draw_bars(VgBuffer *out, const Frame *f, const VgPlotLayer *layer, bool upright)
{
    for (size_t i = 0; i < layer->n; i++) {
        double half = 0.5 * (isnan(layer->x2[i]) ? 0.6 : layer->x2[i]);
        double x1, x2, y1, y2;
        if (isnan(layer->x[i]) || isnan(layer->y[i]))
            continue;
        if (upright) {
            x1 = at_x(f, layer->x[i] - half);
            x2 = at_x(f, layer->x[i] + half);
            y1 = at_y(f, layer->y[i]);
            y2 = at_y(f, 0);
        } else {
            x1 = at_x(f, 0);
            x2 = at_x(f, layer->x[i]);
            y1 = fmin(at_y(f, layer->y[i] - half), at_y(f, layer->y[i] + half));
            y2 = fmax(at_y(f, layer->y[i] - half), at_y(f, layer->y[i] + half));
        }
        vg_buffer_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                         fmin(x1, x2), fmin(y1, y2), fabs(x2 - x1), fabs(y2 - y1));
        bar_fill(out, f, layer->style);
        vg_buffer_text(out, "/>");
    }
}

static void draw_tiles(VgBuffer *out, const Frame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        double shade = clamp(isnan(layer->x2[i]) ? 0 : layer->x2[i], -1, 1), deep = fabs(shade);
        double x1 = at_x(f, layer->x[i] - 0.5), x2 = at_x(f, layer->x[i] + 0.5);
        double y1 = fmin(at_y(f, layer->y[i] - 0.5), at_y(f, layer->y[i] + 0.5));
        double y2 = fmax(at_y(f, layer->y[i] - 0.5), at_y(f, layer->y[i] + 0.5));
        /* light enough that dark text has a contrast of 4.5 : 1 up to 0.9, white text above */
        int red = (int)(255 - deep * (shade < 0 ? 79 : 191)),
            green = (int)(255 - deep * (shade < 0 ? 148 : 144)),
            blue = (int)(255 - deep * (shade < 0 ? 191 : 115));
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                         "fill=\"rgb(%d,%d,%d)\" stroke=\"#fff\"/>",
                         x1, y1, x2 - x1, y2 - y1, red, green, blue);
        if (layer->text[i])
            put_text(out, (x1 + x2) / 2, (y1 + y2) / 2 + 5, "middle",
                     deep > 0.9 && shade > 0 ? " fill=\"#fff\"" : "", layer->text[i],
                     strlen(layer->text[i]));
    }
}

static void draw_rules(VgBuffer *out, const Frame *f, const VgPlotLayer *layer, bool upright)
{
    for (size_t i = 0; i < layer->n; i++) {
        double x = at_x(f, layer->x[i]), y = at_y(f, layer->y[i]);
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-width=\"1.2\"%s/>",
                         upright ? x : f->left, upright ? f->top : y, upright ? x : f->right,
                         upright ? f->bottom : y, vg_style_colour(layer->style),
                         layer->light ? " stroke-dasharray=\"5 4\"" : "");
    }
}

static void draw_texts(VgBuffer *out, const Frame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++)
        if (layer->text[i])
            put_text(out, at_x(f, layer->x[i]), at_y(f, layer->y[i]) - 6, "middle",
                     " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\"", layer->text[i],
                     strlen(layer->text[i]));
}

static void draw_layer(VgBuffer *out, const Frame *f, const VgPlotLayer *layer)
{
    switch (layer->mark) {
    case VG_MARK_LINE:
        draw_line(out, f, layer);
        break;
    case VG_MARK_POINT:
        draw_points(out, f, layer);
        break;
    case VG_MARK_INTERVAL_Y:
    case VG_MARK_INTERVAL_X:
        draw_interval(out, f, layer, layer->mark == VG_MARK_INTERVAL_Y);
        break;
    case VG_MARK_BAR_Y:
    case VG_MARK_BAR_X:
        draw_bars(out, f, layer, layer->mark == VG_MARK_BAR_Y);
        break;
    case VG_MARK_TILE:
        draw_tiles(out, f, layer);
        break;
    case VG_MARK_RULE_X:
    case VG_MARK_RULE_Y:
        draw_rules(out, f, layer, layer->mark == VG_MARK_RULE_X);
        break;
    case VG_MARK_TEXT:
        draw_texts(out, f, layer);
        break;
    }
}

/* Room between two neighbouring ticks. */
static double category_room(const VgPlotAxis *axis, double span)
{
    return axis->n_ticks ? span / (double)axis->n_ticks - 8 : span;
}

static double left_margin(const VgPlotPanel *panel)
{
    double widest = 0;
    for (size_t i = 0; i < panel->y.n_ticks; i++) {
        double width;
        count_lines(panel->y.tick_label[i], WRAP_LABEL, &width);
        widest = fmax(widest, width);
    }
    return widest + 14 + (panel->y.label ? LINE + 6 : 0);
}

static double right_margin(const VgPlotPanel *panel)
{
    double widest = 0;
    for (size_t i = 0; panel->y.side_label && i < panel->y.n_ticks; i++)
        widest = fmax(widest, text_width(panel->y.side_label[i]));
    return widest > 0 ? widest + 16 : 16;
}

static double tick_room(const VgPlotAxis *axis, double span)
{
    return axis->categories ? category_room(axis, span) : 110;
}

static size_t tick_lines(const VgPlotAxis *axis, double span)
{
    size_t most = 0;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double width;
        size_t lines = count_lines(axis->tick_label[i], tick_room(axis, span), &width);
        most = lines > most ? lines : most;
    }
    return most;
}

static double bottom_margin(const VgPlotAxis *axis, double span)
{
    return 10 + LINE * (double)tick_lines(axis, span) + (axis->label ? LINE + 4 : 0) +
           (axis->towards_low || axis->towards_high ? LINE + 2 : 0);
}

static void draw_x_axis(VgBuffer *out, const Frame *f)
{
    const VgPlotAxis *axis = &f->panel->x;
    double span = f->right - f->left, free_from = -INFINITY;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double x = at_x(f, axis->tick[i]), width;
        if (!axis->categories)
            vg_buffer_printf(out, "<path d=\"M%.1f %.1fv5\" stroke=\"#6b6b6b\"/>", x, f->bottom);
        count_lines(axis->tick_label[i], tick_room(axis, span), &width);
        x = clamp(x, f->page_left + width / 2, f->page_right - width / 2);
        if (x - width / 2 < free_from)
            continue; /* a label that would lie over its neighbour is left out; its tick stays */
        free_from = x + width / 2 + 6;
        put_wrapped(out, x, f->bottom + LINE + 3, "middle", axis->tick_label[i],
                    tick_room(axis, span));
    }
    double y = f->bottom + 10 + LINE * (double)tick_lines(axis, span);
    if (axis->towards_low || axis->towards_high) {
        double nought = clamp(at_x(f, 0), f->page_left + text_width(axis->towards_low) + 12,
                              f->page_right - text_width(axis->towards_high) - 12);
        if (axis->towards_low)
            put_text(out, nought - 12, y + LINE, "end", "", axis->towards_low,
                     strlen(axis->towards_low));
        if (axis->towards_high)
            put_text(out, nought + 12, y + LINE, "start", "", axis->towards_high,
                     strlen(axis->towards_high));
        y += LINE + 2;
    }
    if (axis->label)
        put_text(out, (f->left + f->right) / 2, y + LINE, "middle", " fill=\"#444\"", axis->label,
                 strlen(axis->label));
}

static void draw_y_axis(VgBuffer *out, const Frame *f)
{
    const VgPlotAxis *axis = &f->panel->y;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double y = at_y(f, axis->tick[i]), width;
        if (!axis->categories)
            vg_buffer_printf(out, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#e2e2e2\"/>", f->left, y,
                             f->right);
        size_t lines = count_lines(axis->tick_label[i], WRAP_LABEL, &width);
        double first = y + 5 - LINE * ((double)lines - 1) / 2;
        put_wrapped(out, f->left - 8, first, "end", axis->tick_label[i], WRAP_LABEL);
        if (axis->side_label && axis->side_label[i])
            put_text(out, f->right + 12, y + 5, "start", "", axis->side_label[i],
                     strlen(axis->side_label[i]));
    }
    if (!axis->label)
        return;
    double x = f->left - left_margin(f->panel) + FONT, y = (f->top + f->bottom) / 2;
    vg_buffer_printf(out,
                     "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\" "
                     "fill=\"#444\">",
                     x, y);
    vg_put_escaped(out, axis->label);
    vg_buffer_text(out, "</text>");
}

static double title_height(const VgPlotPanel *panel, double width)
{
    double widest;
    return panel->title
               ? 16 + LINE * (double)count_lines(panel->title, BOLD * (width - 16), &widest)
               : 10;
}

static void put_title(VgBuffer *out, const VgPlotPanel *panel, double x, double y, double room)
{
    vg_buffer_text(out, "<g font-weight=\"600\">");
    put_wrapped(out, x, y, "start", panel->title, BOLD * room);
    vg_buffer_text(out, "</g>");
}

static void draw_panel(VgBuffer *out, const VgPlot *plot, const VgPlotPanel *panel, double x,
                       double y, double width, double height)
{
    Frame f = {.plot = plot,
               .panel = panel,
               .page_left = x,
               .page_right = x + width,
               .left = x + left_margin(panel),
               .right = x + width - right_margin(panel),
               .top = y + title_height(panel, width)};
    f.bottom = y + height - bottom_margin(&panel->x, f.right - f.left);
    put_title(out, panel, x + 8, y + LINE, width - 16);
    draw_y_axis(out, &f);
    draw_x_axis(out, &f);
    vg_buffer_printf(out, "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"#6b6b6b\"/>",
                     f.left, f.top, f.bottom, f.right);
    for (size_t i = 0; i < panel->n_layers; i++)
        draw_layer(out, &f, &panel->layer[i]);
}

static bool named_before(const VgPlot *plot, size_t panel, size_t layer, const char *series)
{
    for (size_t p = 0; p <= panel; p++)
        for (size_t i = 0; i < (p < panel ? plot->panel[p]->n_layers : layer); i++)
            if (plot->panel[p]->layer[i].series &&
                strcmp(plot->panel[p]->layer[i].series, series) == 0)
                return true;
    return false;
}

static void legend_sample(VgBuffer *out, const VgPlot *plot, const VgPlotLayer *layer, double x,
                          double y)
{
    bool bar = layer->mark == VG_MARK_BAR_X || layer->mark == VG_MARK_BAR_Y;
    if (bar) {
        Frame f = {.plot = plot};
        vg_buffer_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"24\" height=\"13\"", x, y - 11);
        bar_fill(out, &f, layer->style);
        vg_buffer_text(out, "/>");
        return;
    }
    if (layer->mark != VG_MARK_POINT)
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fh34\" stroke=\"%s\" stroke-width=\"2.2\" "
                         "stroke-dasharray=\"%s\"/>",
                         x, y - 5, vg_style_colour(layer->style), vg_style_dash(layer->style));
    if (!layer->light || layer->mark == VG_MARK_POINT) {
        marker(out, layer->style, x + 17, y - 5, 5);
        vg_buffer_text(out, " stroke=\"#fff\"/>");
    }
}

/* Draws the legend (or only measures it, `out` NULL) and returns its height. */
static double legend(VgBuffer *out, const VgPlot *plot, double top)
{
    double x = 8, y = top + LINE;
    bool any = false;
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t i = 0; i < plot->panel[p]->n_layers; i++) {
            const VgPlotLayer *layer = &plot->panel[p]->layer[i];
            if (!layer->series || named_before(plot, p, i, layer->series))
                continue;
            double wide = 44 + text_width(layer->series) + 22;
            if (any && x + wide > plot->width) {
                x = 8;
                y += LINE + 4;
            }
            any = true;
            if (out) {
                legend_sample(out, plot, layer, x, y);
                put_text(out, x + 42, y, "start", "", layer->series, strlen(layer->series));
            }
            x += wide;
        }
    return any ? y - top + 10 : 0;
}

static void hatchings(VgBuffer *out, const VgPlot *plot)
{
    static const char *const drawing[] = {
        "", "<path d=\"M0 8L8 0\" stroke=\"#fff\" stroke-width=\"2\"/>",
        "<path d=\"M0 4H8\" stroke=\"#fff\" stroke-width=\"2\"/>",
        "<circle cx=\"4\" cy=\"4\" r=\"1.6\" fill=\"#fff\"/>"};
    bool used[4] = {false};
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t i = 0; i < plot->panel[p]->n_layers; i++) {
            const VgPlotLayer *layer = &plot->panel[p]->layer[i];
            if ((layer->mark == VG_MARK_BAR_X || layer->mark == VG_MARK_BAR_Y) && layer->style >= 0)
                used[layer->style % 4] = true;
        }
    if (!used[0] && !used[1] && !used[2] && !used[3])
        return;
    vg_buffer_text(out, "<defs>");
    for (int i = 0; i < 4; i++)
        if (used[i])
            vg_buffer_printf(out,
                             "<pattern id=\"%s-fill-%d\" width=\"8\" height=\"8\" "
                             "patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" "
                             "fill=\"%s\"/>%s</pattern>",
                             plot->id, i, vg_style_colour(i), drawing[i]);
    vg_buffer_text(out, "</defs>");
}

/* The tallest panel of the row that starts at `first`. */
static double row_height(const VgPlot *plot, size_t first, size_t columns)
{
    double tallest = 0;
    for (size_t i = first; i < plot->n_panels && i < first + columns; i++)
        tallest =
            fmax(tallest, plot->panel[i]->height > 0 ? plot->panel[i]->height : plot->panel_height);
    return tallest;
}

void vg_plot_svg(VgBuffer *out, const VgPlot *plot)
{
    size_t columns = plot->columns ? plot->columns : 1;
    double top = legend(NULL, plot, 0), height = top + 4;
    for (size_t i = 0; i < plot->n_panels; i += columns)
        height += row_height(plot, i, columns);
    vg_buffer_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
        "aria-labelledby=\"%s-title %s-desc\" font-family=\"system-ui, 'Segoe UI', "
        "'Helvetica Neue', Arial, sans-serif\" font-size=\"%d\" fill=\"#1b1b1b\">",
        plot->width, height, plot->id, plot->id, FONT);
    vg_buffer_printf(out, "<title id=\"%s-title\">", plot->id);
    vg_put_escaped(out, plot->title);
    vg_buffer_printf(out, "</title><desc id=\"%s-desc\">", plot->id);
    vg_put_escaped(out, plot->description);
    vg_buffer_text(out, "</desc>");
    hatchings(out, plot);
    vg_buffer_printf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>", plot->width,
                     height);
    legend(out, plot, 0);
    double width = plot->width / (double)columns;
    for (size_t i = 0; i < plot->n_panels; i++) {
        size_t first = i - i % columns;
        draw_panel(out, plot, plot->panel[i], width * (double)(i % columns), top, width,
                   row_height(plot, first, columns));
        if (i % columns == columns - 1)
            top += row_height(plot, first, columns);
    }
    vg_buffer_text(out, "</svg>\n");
    out->failed = out->failed || plot->failed;
}
