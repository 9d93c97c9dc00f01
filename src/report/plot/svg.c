/* A figure drawn as SVG: axes, columns of text, legend and the order of it all. Sizes are in the drawing's own
 * units (720 wide). */
#include <math.h>
#include <string.h>

#include "report/plot/svg.h"

/* Bold letters are wider: a line of them has this part of the room. */
static const double BOLD = 0.9;

#define STRONG " font-weight=\"600\""
#define OVER " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\""

/* Widest label from the edge, widest column of text, room of a sign. */
static const double MOST_LABEL = 330, MOST_COLUMN = 262, SIGN = 19;

/* Room between two neighbouring ticks. */
static double category_room(const VgPlotAxis *axis, double span)
{
    return axis->n_ticks ? span / (double)axis->n_ticks - 8 : span;
}

static bool across(const VgPlotAxis *axis, size_t i)
{
    return axis->row && (axis->row[i] == VG_ROW_ACROSS || axis->row[i] == VG_ROW_HEADING);
}

static double column_width(const VgPlotColumn *column, const VgPlotAxis *rows)
{
    double widest = vg_svg_text_width(column->heading) / BOLD;
    for (size_t i = 0; i < rows->n_ticks; i++)
        if (!across(rows, i))
            widest = fmax(widest, vg_svg_text_width(column->text[i]));
    return column->signs ? fmax(widest, SIGN) + 4 : fmin(widest, MOST_COLUMN) + 14;
}

static double columns_width(const VgPlotPanel *panel, bool left)
{
    double width = 0;
    for (size_t i = 0; i < panel->n_columns; i++)
        if (panel->column[i].left == left)
            width += column_width(&panel->column[i], &panel->y);
    return width;
}

/* Of the labels of y alone. */
static double label_width(const VgPlotAxis *axis)
{
    double widest = 0;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double width;
        if (across(axis, i))
            continue;
        if (axis->from_edge)
            width = fmin(vg_svg_text_width(axis->tick_label[i]) /
                             (axis->row && axis->row[i] == VG_ROW_STRONG ? BOLD : 1),
                         MOST_LABEL);
        else
            vg_svg_count_lines(axis->tick_label[i], VG_SVG_WRAP, &width);
        widest = fmax(widest, width);
    }
    return widest;
}

static double left_margin(const VgPlotPanel *panel)
{
    return label_width(&panel->y) + columns_width(panel, true) + 14 +
           (panel->y.label && !panel->y.from_edge ? VG_SVG_LINE + 6 : 0);
}

static double right_margin(const VgPlotPanel *panel)
{
    double widest = 0;
    for (size_t i = 0; panel->y.side_label && i < panel->y.n_ticks; i++)
        widest = fmax(widest, vg_svg_text_width(panel->y.side_label[i]));
    return (widest > 0 ? widest + 16 : 16) + columns_width(panel, false);
}

double vg_plot_margins(const VgPlotPanel *panel)
{
    return panel ? left_margin(panel) + right_margin(panel) : 0;
}

/* ---- columns of text ---- */

static void draw_column(VgBuffer *out, const VgSvgFrame *f, const VgPlotColumn *column, double x,
                        double width)
{
    const VgPlotAxis *rows = &f->panel->y;
    double middle = x + width / 2;
    if (column->heading)
        vg_svg_put_cut(out, middle, f->top - 8, "middle", STRONG, column->heading, width);
    for (size_t i = 0; i < rows->n_ticks; i++) {
        double y = vg_svg_at_y(f, rows->tick[i]);
        if (!column->text[i] || !*column->text[i])
            continue;
        if (column->signs)
            vg_svg_sign(out, column->text[i], middle, y, 8.5);
        else
            vg_svg_put_cut(out, middle, y + 5, "middle",
                           rows->row &&
                                   (rows->row[i] == VG_ROW_STRONG || rows->row[i] == VG_ROW_HEADING)
                               ? STRONG
                               : "",
                           column->text[i], width - 4);
    }
}

static void draw_columns(VgBuffer *out, const VgSvgFrame *f)
{
    const VgPlotPanel *panel = f->panel;
    double left = f->left - 10 - columns_width(panel, true),
           right = f->page_right - 6 - columns_width(panel, false);
    for (size_t i = 0; i < panel->n_columns; i++) {
        double *x = panel->column[i].left ? &left : &right,
               width = column_width(&panel->column[i], &panel->y);
        draw_column(out, f, &panel->column[i], *x, width);
        *x += width;
    }
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
        size_t lines = vg_svg_count_lines(axis->tick_label[i], tick_room(axis, span), &width);
        most = lines > most ? lines : most;
    }
    return most;
}

static double bottom_margin(const VgPlotAxis *axis, double span)
{
    return 10 + VG_SVG_LINE * (double)tick_lines(axis, span) + (axis->label ? VG_SVG_LINE + 4 : 0) +
           (axis->towards_low || axis->towards_high ? VG_SVG_LINE + 2 : 0);
}

static void draw_x_axis(VgBuffer *out, const VgSvgFrame *f)
{
    const VgPlotAxis *axis = &f->panel->x;
    double span = f->right - f->left, free_from = -INFINITY;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double x = vg_svg_at_x(f, axis->tick[i]), width;
        if (!axis->categories)
            vg_buffer_printf(out, "<path d=\"M%.1f %.1fv5\" stroke=\"#6b6b6b\"/>", x, f->bottom);
        vg_svg_count_lines(axis->tick_label[i], tick_room(axis, span), &width);
        x = vg_svg_clamp(x, f->page_left + width / 2, f->page_right - width / 2);
        if (x - width / 2 < free_from)
            continue; /* a label that would lie over its neighbour is left out; its tick stays */
        free_from = x + width / 2 + 6;
        vg_svg_put_wrapped(out, x, f->bottom + VG_SVG_LINE + 3, "middle", axis->tick_label[i],
                           tick_room(axis, span));
    }
    double y = f->bottom + 10 + VG_SVG_LINE * (double)tick_lines(axis, span);
    if (axis->towards_low || axis->towards_high) {
        double nought = vg_svg_clamp(vg_svg_at_x(f, 0),
                                     f->page_left + vg_svg_text_width(axis->towards_low) + 12,
                                     f->page_right - vg_svg_text_width(axis->towards_high) - 12);
        if (axis->towards_low)
            vg_svg_put_text(out, nought - 12, y + VG_SVG_LINE, "end", "", axis->towards_low,
                            strlen(axis->towards_low));
        if (axis->towards_high)
            vg_svg_put_text(out, nought + 12, y + VG_SVG_LINE, "start", "", axis->towards_high,
                            strlen(axis->towards_high));
        y += VG_SVG_LINE + 2;
    }
    if (axis->label)
        vg_svg_put_text(out, (f->left + f->right) / 2, y + VG_SVG_LINE, "middle", " fill=\"#444\"",
                        axis->label, strlen(axis->label));
}

static void draw_y_axis(VgBuffer *out, const VgSvgFrame *f)
{
    const VgPlotAxis *axis = &f->panel->y;
    if (axis->from_edge && axis->label)
        vg_svg_put_text(out, f->page_left + 6, f->top - 8, "start", STRONG, axis->label,
                        strlen(axis->label));
    for (size_t i = 0; i < axis->n_ticks; i++) {
        double y = vg_svg_at_y(f, axis->tick[i]), width;
        if (axis->from_edge) {
            VgRowKind kind = axis->row ? axis->row[i] : VG_ROW_PLAIN;
            static const char *const extra[] = {"", STRONG, STRONG OVER, " fill=\"#444\"" OVER};
            vg_svg_put_cut(out, f->page_left + (kind == VG_ROW_ACROSS ? 18 : 6), y + 5, "start",
                           extra[kind], axis->tick_label[i],
                           across(axis, i)
                               ? f->page_right - f->page_left - columns_width(f->panel, false) - 30
                               : MOST_LABEL);
            continue;
        }
        if (!axis->categories)
            vg_buffer_printf(out, "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#e2e2e2\"/>", f->left, y,
                             f->right);
        size_t lines = vg_svg_count_lines(axis->tick_label[i], VG_SVG_WRAP, &width);
        double first = y + 5 - VG_SVG_LINE * ((double)lines - 1) / 2;
        vg_svg_put_wrapped(out, f->left - 8, first, "end", axis->tick_label[i], VG_SVG_WRAP);
        if (axis->side_label && axis->side_label[i])
            vg_svg_put_text(out, f->right + 12, y + 5, "start", "", axis->side_label[i],
                            strlen(axis->side_label[i]));
    }
    if (!axis->label || axis->from_edge)
        return;
    double x = f->left - left_margin(f->panel) + VG_SVG_FONT, y = (f->top + f->bottom) / 2;
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
               ? 16 + VG_SVG_LINE *
                          (double)vg_svg_count_lines(panel->title, BOLD * (width - 16), &widest)
               : 10;
}

static void put_title(VgBuffer *out, const VgPlotPanel *panel, double x, double y, double room)
{
    vg_buffer_text(out, "<g font-weight=\"600\">");
    vg_svg_put_wrapped(out, x, y, "start", panel->title, BOLD * room);
    vg_buffer_text(out, "</g>");
}

static double header_height(const VgPlotPanel *panel)
{
    bool any = panel->y.from_edge && panel->y.label;
    for (size_t i = 0; i < panel->n_columns; i++)
        any = any || panel->column[i].heading;
    return any ? VG_SVG_LINE + 6 : 0;
}

static void draw_panel(VgBuffer *out, const VgPlot *plot, size_t index, double x, double y,
                       double width, double height)
{
    const VgPlotPanel *panel = plot->panel[index];
    VgSvgFrame f = {.plot = plot,
                    .panel = panel,
                    .index = index,
                    .page_left = x,
                    .page_right = x + width,
                    .left = x,
                    .right = x + width,
                    .top = y + title_height(panel, width) + header_height(panel),
                    .bottom = y + height};
    put_title(out, panel, x + 8, y + VG_SVG_LINE, width - 16);
    if (!panel->bare) {
        f.left += left_margin(panel);
        f.right -= right_margin(panel);
        f.bottom -= bottom_margin(&panel->x, f.right - f.left);
        if (!panel->y.from_edge)
            draw_y_axis(out, &f);
        draw_x_axis(out, &f);
        if (panel->y.from_edge) {
            vg_buffer_printf(out, "<path d=\"M%.1f %.1fH%.1f", f.left, f.bottom, f.right);
            if (header_height(panel) > 0)
                vg_buffer_printf(out, "M%.1f %.1fH%.1f", x + 4, f.top - 2, x + width - 4);
            vg_buffer_text(out, "\" fill=\"none\" stroke=\"#6b6b6b\"/>");
        } else {
            vg_buffer_printf(out,
                             "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"#6b6b6b\"/>",
                             f.left, f.top, f.bottom, f.right);
        }
    }
    for (size_t i = 0; i < panel->n_layers; i++)
        vg_svg_draw_layer(out, &f, panel->layer[i]);
    if (panel->y.from_edge) /* over the marks: its rows of text reach across them */
        draw_y_axis(out, &f);
    draw_columns(out, &f);
}

static bool named_before(const VgPlot *plot, size_t panel, size_t layer, const char *series)
{
    for (size_t p = 0; p <= panel; p++)
        for (size_t i = 0; i < (p < panel ? plot->panel[p]->n_layers : layer); i++)
            if (plot->panel[p]->layer[i]->series &&
                strcmp(plot->panel[p]->layer[i]->series, series) == 0)
                return true;
    return false;
}

static void legend_sample(VgBuffer *out, const VgPlot *plot, const VgPlotLayer *layer, double x,
                          double y)
{
    bool bar = layer->mark == VG_MARK_BAR_X || layer->mark == VG_MARK_BAR_Y;
    if (bar) {
        VgSvgFrame f = {.plot = plot};
        vg_buffer_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"24\" height=\"13\"", x, y - 11);
        vg_svg_bar_fill(out, &f, layer->style);
        vg_buffer_text(out, "/>");
        return;
    }
    if (layer->mark == VG_MARK_SIGN) {
        vg_svg_sign(out, layer->n ? layer->text[0] : "", x + 17, y - 5, 8.5);
        return;
    }
    if (layer->mark == VG_MARK_AREA || layer->mark == VG_MARK_SPAN_X) {
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"28\" height=\"13\" fill=\"%s\" "
                         "fill-opacity=\"%.3g\" stroke=\"#6b6b6b\" stroke-width=\"0.5\"/>",
                         x, y - 11, vg_style_colour(layer->style),
                         layer->opacity > 0 ? layer->opacity : 1);
        return;
    }
    if (layer->mark == VG_MARK_BUBBLE || layer->hollow) {
        vg_buffer_printf(out,
                         "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" fill=\"%s\" stroke=\"%s\" "
                         "stroke-width=\"1.6\"/>",
                         x + 17, y - 5, layer->hollow ? "#fff" : vg_style_colour(layer->style),
                         vg_style_colour(layer->style));
        return;
    }
    if (layer->mark != VG_MARK_POINT)
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fh34\" stroke=\"%s\" stroke-width=\"2.2\" "
                         "stroke-dasharray=\"%s\"/>",
                         x, y - 5, vg_style_colour(layer->style), vg_style_dash(layer->style));
    if (!layer->light || layer->mark == VG_MARK_POINT) {
        vg_svg_marker(out, layer->style, x + 17, y - 5, 5);
        vg_buffer_text(out, " stroke=\"#fff\"/>");
    }
}

/* Draws the legend (or only measures it, `out` NULL) and returns its height. */
static double legend(VgBuffer *out, const VgPlot *plot, double top)
{
    double x = 8, y = top + VG_SVG_LINE;
    bool any = false;
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t i = 0; i < plot->panel[p]->n_layers; i++) {
            const VgPlotLayer *layer = plot->panel[p]->layer[i];
            if (!layer->series || named_before(plot, p, i, layer->series))
                continue;
            double wide = 44 + vg_svg_text_width(layer->series) + 22;
            if (any && x + wide > plot->width) {
                x = 8;
                y += VG_SVG_LINE + 4;
            }
            any = true;
            if (out) {
                legend_sample(out, plot, layer, x, y);
                vg_svg_put_text(out, x + 42, y, "start", "", layer->series, strlen(layer->series));
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
            const VgPlotLayer *layer = plot->panel[p]->layer[i];
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
        "'Helvetica Neue', Arial, sans-serif\" font-size=\"%d\" fill=\"#1b1b1b\"",
        plot->width, height, plot->id, plot->id, VG_SVG_FONT);
    if (plot->least > 0) /* the page's style sheet reads it; alone it says nothing */
        vg_buffer_printf(out, " class=\"wide\" style=\"--least:%.0fpx\"", plot->least);
    vg_buffer_text(out, ">");
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
        draw_panel(out, plot, i, width * (double)(i % columns), top, width,
                   row_height(plot, first, columns));
        if (i % columns == columns - 1)
            top += row_height(plot, first, columns);
    }
    vg_buffer_text(out, "</svg>\n");
    out->failed = out->failed || plot->failed;
}
