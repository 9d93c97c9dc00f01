/* A figure as a Vega-Lite specification: the same panels, layers and axes as the SVG, with tooltips
 * and zoom. */
#include <math.h>
#include <string.h>

#include "report/plot/plot.h"
#include "report/text.h"

static void number(VgBuffer *out, const char *name, double value)
{
    if (isfinite(value)) {
        vg_buffer_printf(out, ",\"%s\":", name);
        vg_buffer_printf(out, "%.6g", value + 0.0); /* −0 is 0: the store does not keep its sign */
    }
}

/* JSON inside a script element: "<" is written so that no "</script" can stand in it. */
static void text(VgBuffer *out, const char *value)
{
    VgBuffer plain = {0};
    vg_json_string(&plain, value);
    for (size_t i = 0; i < plain.length; i++)
        vg_buffer_text(out, plain.text[i] == '<' ? "\\u003c" : (char[]){plain.text[i], '\0'});
    out->failed = out->failed || plain.failed;
    vg_buffer_free(&plain);
}

/* A panel of two scales can be zoomed; one of rows or columns is shown whole. */
static bool zooms(const VgPlotPanel *panel)
{
    return !panel->x.categories && !panel->y.categories && !panel->bare;
}

/* Where nothing can be zoomed, what lies beyond the axis ends at its edge, as in the drawing. */
static double held(const VgPlotPanel *panel, double x)
{
    if (zooms(panel) || isnan(x))
        return x;
    return fmax(panel->x.low, fmin(panel->x.high, x));
}

static void data(VgBuffer *out, const VgPlotPanel *panel, const VgPlotLayer *layer)
{
    int line = 0;
    bool first = true;
    vg_buffer_text(out, "\"data\":{\"values\":[");
    for (size_t i = 0; i < layer->n; i++) {
        bool placed = (layer->mark == VG_MARK_RULE_Y || !isnan(layer->x[i])) &&
                      (layer->mark == VG_MARK_RULE_X || !isnan(layer->y[i]));
        if (!placed) { /* a rule has one coordinate; a line without both lifts its pen */
            line++;
            continue;
        }
        vg_buffer_printf(out, "%s{\"g\":%d", first ? "" : ",", line);
        first = false;
        bool cut = layer->mark == VG_MARK_INTERVAL_X || layer->mark == VG_MARK_DIAMOND ||
                   layer->mark == VG_MARK_SPAN_X;
        number(out, "x", cut ? held(panel, layer->x[i]) : layer->x[i]);
        number(out, "y", layer->y[i]);
        bool upright = layer->mark == VG_MARK_BAR_Y, lying = layer->mark == VG_MARK_BAR_X;
        double half = 0.5 * (isnan(layer->x2[i]) ? 0.6 : layer->x2[i]);
        if (upright || lying) {
            number(out, "a", (upright ? layer->x[i] : layer->y[i]) - half);
            number(out, "b", (upright ? layer->x[i] : layer->y[i]) + half);
        } else if (layer->mark == VG_MARK_TILE) {
            number(out, "a", layer->x[i] - 0.5);
            number(out, "b", layer->x[i] + 0.5);
            number(out, "c", layer->y[i] - 0.5);
            number(out, "d", layer->y[i] + 0.5);
            number(out, "shade", layer->x2[i]);
        } else {
            number(out, "x2", held(panel, layer->x2[i]));
            number(out, "y2", layer->y2[i]);
        }
        if (layer->mark == VG_MARK_LINE || layer->mark == VG_MARK_AREA)
            number(out, "i", (double)i); /* the order to draw in: not that of x */
        if (layer->size[i] > 0) {        /* areas for squares and circles, pixels for lines */
            double side = 0.75 * layer->size[i];
            number(out, "size",
                   layer->mark == VG_MARK_SQUARE   ? side * side
                   : layer->mark == VG_MARK_BUBBLE ? 3.14 * side * side
                                                   : side);
        }
        if (layer->text[i]) {
            vg_buffer_text(out, ",\"text\":");
            text(out, layer->text[i]);
        }
        vg_buffer_text(out, "}");
    }
    vg_buffer_text(out, "]}");
}

static int span_height(const VgPlotLayer *layer)
{
    double height = layer->n && layer->size[0] > 0 ? layer->size[0] : 7;
    return (int)fmax(2, 0.75 * height);
}

static const char *mark_name(const VgPlotLayer *layer)
{
    switch (layer->mark) {
    case VG_MARK_LINE:
    case VG_MARK_AREA:
        return "line";
    case VG_MARK_POINT:
    case VG_MARK_SQUARE:
    case VG_MARK_BUBBLE:
    case VG_MARK_SIGN:
        return "point";
    case VG_MARK_BAR_Y:
    case VG_MARK_BAR_X:
    case VG_MARK_TILE:
        return "rect";
    case VG_MARK_DIAMOND:
    case VG_MARK_SPAN_X:
        return "bar";
    case VG_MARK_TEXT:
        return "text";
    default:
        return "rule";
    }
}

static void mark(VgBuffer *out, const VgPlotLayer *layer, bool clip)
{
    static const char *const shapes[] = {"circle", "square", "triangle-up", "diamond"};
    clip = clip || layer->mark == VG_MARK_SQUARE || layer->mark == VG_MARK_AREA;
    vg_buffer_printf(out, "\"mark\":{\"type\":\"%s\",\"clip\":%s", mark_name(layer),
                     clip ? "true" : "false");
    if (layer->mark != VG_MARK_TILE)
        vg_buffer_printf(out, ",\"color\":\"%s\"", vg_style_colour(layer->style));
    if (layer->mark == VG_MARK_LINE && *vg_style_dash(layer->style)) {
        int a = 0, b = 0;
        if (sscanf(vg_style_dash(layer->style), "%d %d", &a, &b) == 2)
            vg_buffer_printf(out, ",\"strokeDash\":[%d,%d]", a, b);
    }
    if (layer->mark == VG_MARK_LINE)
        vg_buffer_text(out, layer->light ? ",\"strokeWidth\":0.8,\"opacity\":0.4"
                                         : ",\"strokeWidth\":2.2");
    if (layer->mark == VG_MARK_POINT)
        vg_buffer_printf(out, ",\"filled\":true,\"size\":%d,\"opacity\":%s,\"shape\":\"%s\"",
                         layer->light ? 22 : 80, layer->light ? "0.5" : "1",
                         shapes[layer->style < 0 ? 1 : layer->style % 4]);
    if (layer->light && (layer->mark == VG_MARK_SEGMENT || layer->mark == VG_MARK_RULE_X ||
                         layer->mark == VG_MARK_RULE_Y))
        vg_buffer_text(out, ",\"strokeDash\":[5,4]");
    if (layer->mark == VG_MARK_SEGMENT && layer->opacity > 0)
        vg_buffer_printf(out, ",\"opacity\":%.3g", layer->opacity);
    if (layer->mark == VG_MARK_TEXT) {
        static const char *const places[] = {"\"dy\":-8", "\"align\":\"left\",\"dx\":6",
                                             "\"align\":\"right\",\"dx\":-6",
                                             "\"align\":\"center\""};
        vg_buffer_printf(out, ",%s", places[layer->place]);
    }
    if (layer->mark == VG_MARK_SQUARE)
        vg_buffer_text(out, ",\"filled\":true,\"opacity\":1,\"shape\":\"square\"");
    if (layer->mark == VG_MARK_BUBBLE)
        vg_buffer_printf(out, ",\"filled\":%s,\"opacity\":%.3g", layer->hollow ? "false" : "true",
                         layer->opacity > 0 ? layer->opacity : 0.6);
    if (layer->mark == VG_MARK_SIGN) /* each sign has a shape of its own: colour is not all */
        vg_buffer_printf(out, ",\"filled\":true,\"size\":200,\"opacity\":1,\"shape\":\"%s\"",
                         layer->style == 2   ? "circle"
                         : layer->style == 5 ? "triangle-up"
                         : layer->style == 1 ? "square"
                                             : "diamond");
    if (layer->mark == VG_MARK_DIAMOND || layer->mark == VG_MARK_SPAN_X)
        vg_buffer_printf(out, ",\"height\":%d,\"opacity\":%.3g",
                         layer->mark == VG_MARK_DIAMOND ? 10 : span_height(layer),
                         layer->opacity > 0 ? layer->opacity : 1);
    if (layer->mark == VG_MARK_AREA)
        vg_buffer_printf(out,
                         ",\"interpolate\":\"linear-closed\",\"fill\":\"%s\",\"strokeWidth\":0,"
                         "\"fillOpacity\":%.3g",
                         vg_style_colour(layer->style), layer->opacity > 0 ? layer->opacity : 0.18);
    vg_buffer_text(out, "}");
}

/* One legend for all layers that have a series name. */
static void series_colour(VgBuffer *out, const VgPlot *plot, const VgPlotLayer *shown)
{
    VgBuffer names = {0}, colours = {0};
    for (size_t p = 0; p < plot->n_panels; p++)
        for (size_t i = 0; i < plot->panel[p]->n_layers; i++) {
            const VgPlotLayer *layer = plot->panel[p]->layer[i];
            if (!layer->series || layer->mark == VG_MARK_AREA ||
                (p > 0 && plot->n_panels > 1)) /* panels repeat the same series */
                continue;
            vg_buffer_text(&names, names.length ? "," : "");
            text(&names, layer->series);
            vg_buffer_printf(&colours, "%s\"%s\"", colours.length ? "," : "",
                             vg_style_colour(layer->style));
        }
    vg_buffer_text(out, ",\"color\":{\"datum\":");
    text(out, shown->series);
    vg_buffer_printf(out,
                     ",\"scale\":{\"domain\":[%s],\"range\":[%s]},\"legend\":{\"title\":null,"
                     "\"orient\":\"top\",\"labelLimit\":320}}",
                     names.text ? names.text : "", colours.text ? colours.text : "");
    out->failed = out->failed || names.failed || colours.failed;
    vg_buffer_free(&names);
    vg_buffer_free(&colours);
}

static void axis(VgBuffer *out, const char *channel, const char *field, const VgPlotAxis *a,
                 const VgPlotPanel *panel)
{
    /* marks on the edge stay whole */
    double margin = zooms(panel) ? 0.025 * (a->high - a->low) : 0;
    vg_buffer_printf(
        out,
        "\"%s\":{\"field\":\"%s\",\"type\":\"quantitative\",\"scale\":{\"domain\":[%.6g,%.6g],"
        "\"zero\":false,\"nice\":false%s},\"axis\":",
        channel, field, a->low - margin, a->high + margin, a->downward ? ",\"reverse\":true" : "");
    if (panel->bare) {
        vg_buffer_text(out, "null}");
        return;
    }
    vg_buffer_text(out, "{\"title\":");
    text(out, a->label);
    vg_buffer_text(out, ",\"values\":[");
    for (size_t i = 0; i < a->n_ticks; i++)
        vg_buffer_printf(out, "%s%.6g", i ? "," : "", a->tick[i]);
    vg_buffer_printf(out, "],\"grid\":%s,\"labelLimit\":330,\"labelExpr\":\"",
                     a->categories ? "false" : "true");
    VgBuffer expression = {0};
    for (size_t i = 0; i < a->n_ticks; i++) { /* a chain of choices: ticks may stand anywhere */
        vg_buffer_printf(&expression, "abs(datum.value-(%.6g))<1e-6*(1+abs(datum.value))?",
                         a->tick[i]);
        vg_json_string(&expression, a->tick_label[i]);
        vg_buffer_text(&expression, ":");
    }
    vg_buffer_text(&expression, "\"\"");
    for (size_t i = 0; i < expression.length; i++) {
        char c = expression.text[i];
        vg_buffer_text(out, c == '"'    ? "\\\""
                            : c == '\\' ? "\\\\"
                            : c == '<'  ? "\\u003c"
                                        : (char[]){c, '\0'});
    }
    out->failed = out->failed || expression.failed;
    vg_buffer_free(&expression);
    vg_buffer_text(out, "\"}}");
}

static void encoding(VgBuffer *out, const VgPlot *plot, const VgPlotPanel *panel,
                     const VgPlotLayer *layer)
{
    bool upright = layer->mark == VG_MARK_BAR_Y, lying = layer->mark == VG_MARK_BAR_X,
         tile = layer->mark == VG_MARK_TILE;
    vg_buffer_text(out, "\"encoding\":{");
    if (layer->mark != VG_MARK_RULE_Y)
        axis(out, "x", upright || tile ? "a" : "x", &panel->x, panel);
    if (layer->mark != VG_MARK_RULE_Y && layer->mark != VG_MARK_RULE_X)
        vg_buffer_text(out, ",");
    if (layer->mark != VG_MARK_RULE_X)
        axis(out, "y", lying ? "a" : tile ? "c" : "y", &panel->y, panel);
    if (upright)
        vg_buffer_text(out, ",\"x2\":{\"field\":\"b\"},\"y2\":{\"datum\":0}");
    if (lying)
        vg_buffer_text(out, ",\"y2\":{\"field\":\"b\"},\"x2\":{\"datum\":0}");
    if (tile)
        vg_buffer_text(
            out,
            ",\"x2\":{\"field\":\"b\"},\"y2\":{\"field\":\"d\"},\"color\":{\"field\":\"shade\","
            "\"type\":\"quantitative\",\"legend\":null,\"scale\":{\"domain\":[-1,0,1],\"range\":"
            "[\"#d55e00\",\"#ffffff\",\"#0072b2\"]}}");
    if (layer->mark == VG_MARK_INTERVAL_Y)
        vg_buffer_text(out, ",\"y2\":{\"field\":\"y2\"}");
    if (layer->mark == VG_MARK_INTERVAL_X || layer->mark == VG_MARK_DIAMOND ||
        layer->mark == VG_MARK_SPAN_X || layer->mark == VG_MARK_SEGMENT)
        vg_buffer_text(out, ",\"x2\":{\"field\":\"x2\"}");
    if (layer->mark == VG_MARK_SEGMENT)
        vg_buffer_text(out, ",\"y2\":{\"field\":\"y2\"},\"strokeWidth\":{\"field\":\"size\","
                            "\"type\":\"quantitative\",\"scale\":null,\"legend\":null}");
    if (layer->mark == VG_MARK_SQUARE || layer->mark == VG_MARK_BUBBLE)
        vg_buffer_text(out, ",\"size\":{\"field\":\"size\",\"type\":\"quantitative\","
                            "\"scale\":null,\"legend\":null}");
    if (layer->mark == VG_MARK_LINE || layer->mark == VG_MARK_AREA)
        vg_buffer_text(out, ",\"detail\":{\"field\":\"g\"},\"order\":{\"field\":\"i\"}");
    if (layer->mark == VG_MARK_TEXT)
        vg_buffer_text(out, ",\"text\":{\"field\":\"text\"}");
    if (layer->series && layer->mark != VG_MARK_TILE && layer->mark != VG_MARK_AREA)
        series_colour(out, plot, layer);
    bool told = false;
    for (size_t i = 0; i < layer->n; i++)
        told = told || layer->text[i];
    if (told && layer->mark != VG_MARK_TEXT)
        vg_buffer_text(out, ",\"tooltip\":{\"field\":\"text\"}");
    vg_buffer_text(out, "}");
}

static void view(VgBuffer *out, const VgPlot *plot, const VgPlotPanel *panel)
{
    size_t columns = plot->columns ? plot->columns : 1;
    vg_buffer_text(out, "{\"title\":");
    text(out, panel->title ? panel->title : "");
    vg_buffer_printf(out, ",\"width\":%d,\"height\":%d,\"layer\":[", columns > 1 ? 280 : 540,
                     (int)(0.75 * (panel->height > 0 ? panel->height : plot->panel_height)));
    bool first = true, zoomed = false;
    for (size_t i = 0; i < panel->n_layers; i++) {
        if (!panel->layer[i]->n)
            continue;
        vg_buffer_text(out, first ? "{" : ",{");
        bool ruled =
            panel->layer[i]->mark == VG_MARK_RULE_X || panel->layer[i]->mark == VG_MARK_RULE_Y;
        bool zoom = !zoomed && !ruled && zooms(panel);
        first = false;
        zoomed = zoomed || zoom;
        data(out, panel, panel->layer[i]);
        vg_buffer_text(out, ",");
        mark(out, panel->layer[i], zooms(panel));
        vg_buffer_text(out, ",");
        encoding(out, plot, panel, panel->layer[i]);
        if (zoom)
            vg_buffer_text(
                out,
                ",\"params\":[{\"name\":\"zoom\",\"select\":\"interval\",\"bind\":\"scales\"}]");
        vg_buffer_text(out, "}");
    }
    vg_buffer_text(out, "]}");
}

/* An arm of which nothing was seen has a panel without marks, which Vega cannot lay out. */
static bool any_mark(const VgPlotPanel *panel)
{
    for (size_t i = 0; i < panel->n_layers; i++)
        if (panel->layer[i]->n)
            return true;
    return false;
}

void vg_plot_vega(VgBuffer *out, const VgPlot *plot)
{
    vg_buffer_text(out, "{\"description\":");
    text(out, plot->description);
    vg_buffer_printf(
        out,
        ",\"config\":{\"font\":\"system-ui, sans-serif\",\"concat\":{\"columns\":%zu}},"
        "\"concat\":[",
        plot->columns ? plot->columns : 1);
    bool first = true;
    for (size_t i = 0; i < plot->n_panels; i++) {
        if (!any_mark(plot->panel[i]))
            continue;
        vg_buffer_text(out, first ? "" : ",");
        view(out, plot, plot->panel[i]);
        first = false;
    }
    vg_buffer_text(out, "]}");
}
