#include "report/plot/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

char *vg_plot_id(VgArena *arena, const char *name)
{
    char *clean = name ? vg_arena_strdup(arena, name) : NULL;
    for (char *c = clean; c && *c; c++) /* names come from the user's study file */
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') &&
            *c != '_')
            *c = '-';
    return clean;
}

VgPlot *vg_plot_create(VgArena *arena, const char *id, const char *title, const char *description)
{
    VgPlot *plot = VG_NEW(arena, VgPlot, 1);
    char *clean = vg_plot_id(arena, id);
    if (!plot || !clean || !title)
        return NULL;
    *plot = (VgPlot){.arena = arena,
                     .id = clean,
                     .title = title,
                     .description = description ? description : title,
                     .width = 720,
                     .panel_height = 300,
                     .columns = 1};
    return plot;
}

/* Room for one more pointer in a list; NULL when memory is short. */
static void **one_more(VgPlot *plot, void **list, size_t n, size_t *capacity)
{
    if (n < *capacity)
        return list;
    size_t room = *capacity ? 2 * *capacity : 8;
    void **longer_list = VG_NEW(plot->arena, void *, room);
    if (!longer_list) {
        plot->failed = true;
        return NULL;
    }
    if (n)
        memcpy((void *)longer_list, (const void *)list, n * sizeof *list);
    *capacity = room;
    return longer_list;
}

VgPlotPanel *vg_plot_panel(VgPlot *plot, const char *title)
{
    if (!plot)
        return NULL;
    VgPlotPanel *panel = VG_NEW(plot->arena, VgPlotPanel, 1);
    void **list = one_more(plot, (void **)plot->panel, plot->n_panels, &plot->capacity_);
    if (!panel || !list) {
        plot->failed = true;
        return NULL;
    }
    panel->title = title;
    plot->panel = (VgPlotPanel **)list;
    plot->panel[plot->n_panels++] = panel;
    return panel;
}

VgPlotLayer *vg_plot_layer(VgPlot *plot, VgPlotPanel *panel, VgMark mark, int style,
                           const char *series)
{
    if (!plot || !panel)
        return NULL;
    VgPlotLayer *layer = VG_NEW(plot->arena, VgPlotLayer, 1);
    void **list = one_more(plot, (void **)panel->layer, panel->n_layers, &panel->capacity_);
    if (!layer || !list) {
        plot->failed = true;
        return NULL;
    }
    *layer = (VgPlotLayer){.mark = mark, .style = style, .series = series};
    panel->layer = (VgPlotLayer **)list;
    panel->layer[panel->n_layers++] = layer;
    return layer;
}

const char **vg_plot_column(VgPlot *plot, VgPlotPanel *panel, const char *heading, bool left,
                            size_t n)
{
    if (!plot || !panel)
        return NULL;
    const char **text = VG_NEW(plot->arena, const char *, n);
    if (!text || panel->n_columns == VG_PLOT_COLUMNS) {
        plot->failed = true;
        return NULL;
    }
    panel->column[panel->n_columns++] =
        (VgPlotColumn){.heading = heading, .text = text, .left = left};
    return text;
}

static double *longer(VgPlot *plot, const double *old, size_t n, size_t capacity)
{
    double *array = vg_arena_alloc_raw(plot->arena, capacity, sizeof *array);
    if (array && n)
        memcpy(array, old, n * sizeof *array);
    return array;
}

static bool make_room(VgPlot *plot, VgPlotLayer *layer)
{
    if (layer->n < layer->capacity_)
        return true;
    size_t capacity = layer->capacity_ ? 2 * layer->capacity_ : 16;
    double *x = longer(plot, layer->x, layer->n, capacity);
    double *y = longer(plot, layer->y, layer->n, capacity);
    double *x2 = longer(plot, layer->x2, layer->n, capacity);
    double *y2 = longer(plot, layer->y2, layer->n, capacity);
    double *size = longer(plot, layer->size, layer->n, capacity);
    const char **text = VG_NEW(plot->arena, const char *, capacity);
    if (!x || !y || !x2 || !y2 || !size || !text) {
        plot->failed = true;
        return false;
    }
    if (layer->n)
        memcpy((void *)text, (const void *)layer->text, layer->n * sizeof *text);
    layer->x = x;
    layer->y = y;
    layer->x2 = x2;
    layer->y2 = y2;
    layer->size = size;
    layer->text = text;
    layer->capacity_ = capacity;
    return true;
}

void vg_plot_add(VgPlot *plot, VgPlotLayer *layer, double x, double y, double x2, double y2,
                 const char *text)
{
    if (!plot || !layer || !make_room(plot, layer))
        return;
    layer->x[layer->n] = x;
    layer->y[layer->n] = y;
    layer->x2[layer->n] = x2;
    layer->y2[layer->n] = y2;
    layer->size[layer->n] = NAN;
    layer->text[layer->n++] = text;
}

void vg_plot_size(VgPlotLayer *layer, double size)
{
    if (layer && layer->n)
        layer->size[layer->n - 1] = size;
}

/* The distance of round ticks (1, 2, 2.5 or 5 × 10^k) so that `span` has about `n`. */
static double tick_step(double span, size_t n)
{
    if (!(span > 0) || !isfinite(span) || n == 0)
        return 1;
    double raw = span / (double)n, power = pow(10, floor(log10(raw))), part = raw / power;
    double nice = part <= 1 ? 1 : part <= 2 ? 2 : part <= 2.5 ? 2.5 : part <= 5 ? 5 : 10;
    return nice * power;
}

static bool axis_room(VgPlot *plot, VgPlotAxis *axis, size_t n)
{
    axis->tick = VG_NEW(plot->arena, double, n);
    axis->tick_label = VG_NEW(plot->arena, const char *, n);
    axis->n_ticks = axis->tick && axis->tick_label ? n : 0;
    plot->failed = plot->failed || axis->n_ticks != n;
    return axis->n_ticks == n;
}

static const char *tick_text(VgPlot *plot, double value, double step)
{
    int decimals = 0;
    while (decimals < 12 && fabs(step * pow(10, decimals) - round(step * pow(10, decimals))) > 1e-6)
        decimals++;
    const char *text;
    if (fabs(value) < step * 1e-9)
        text = vg_arena_strdup(plot->arena, "0");
    else if (fabs(value) >= 1e7 || step < 1e-6)
        text = vg_arena_printf(plot->arena, "%s%.3g", value < 0 ? "−" : "", fabs(value));
    else
        text = vg_arena_printf(plot->arena, "%s%.*f", value < 0 ? "−" : "", decimals, fabs(value));
    plot->failed = plot->failed || !text;
    return text;
}

void vg_plot_widen(VgPlotRange *range, double value)
{
    if (isfinite(value)) {
        range->low = fmin(range->low, value);
        range->high = fmax(range->high, value);
    }
}

void vg_axis_numbers(VgPlot *plot, VgPlotAxis *axis, const char *label, double low, double high,
                     size_t n)
{
    if (!plot || !axis)
        return;
    if (!isfinite(low) || !isfinite(high)) {
        low = 0;
        high = 1;
    }
    if (high <= low) {
        double half = fabs(low) > 0 ? fabs(low) * 0.1 : 1;
        low -= half;
        high += half;
    }
    double step = tick_step(high - low, n);
    double first = floor(low / step + 1e-9), last = ceil(high / step - 1e-9);
    axis->label = label;
    axis->low = first * step;
    axis->high = last * step;
    if (last - first > 1000 || !axis_room(plot, axis, (size_t)(last - first) + 1))
        return;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        axis->tick[i] = (first + (double)i) * step;
        axis->tick_label[i] = tick_text(plot, axis->tick[i], step);
    }
}

/* Round ratios (a part times a power of ten) between two logarithms: writes up to `most` of them and returns
 * how many there are. */
static size_t round_ratios(double low, double high, const double *part, size_t n_parts,
                           double *ratio, size_t most)
{
    size_t n = 0;
    for (int power = (int)floor(low / log(10)) - 1; power <= (int)ceil(high / log(10)); power++)
        for (size_t i = 0; i < n_parts; i++) {
            double value = part[i] * pow(10, power);
            if (log(value) < low - 1e-9 || log(value) > high + 1e-9)
                continue;
            if (n < most)
                ratio[n] = value;
            n++;
        }
    return n;
}

/* Whether neighbours among ascending ratios are at least `gap` apart as logarithms. */
static bool apart(const double *ratio, size_t n, double gap)
{
    for (size_t i = 1; i < n; i++)
        if (log(ratio[i] / ratio[i - 1]) < gap)
            return false;
    return true;
}

void vg_axis_ratios(VgPlot *plot, VgPlotAxis *axis, const char *label, double low, double high,
                    size_t n)
{
    static const double part[][15] = {{1, 1.1, 1.2, 1.3, 1.5, 1.7, 2, 2.5, 3, 4, 5, 6, 7, 8, 9},
                                      {1, 1.2, 1.5, 2, 3, 4, 5, 7},
                                      {1, 1.5, 2, 3, 5, 7},
                                      {1, 2, 5},
                                      {1, 3},
                                      {1}};
    static const size_t parts[] = {15, 8, 6, 3, 2, 1};
    enum { KINDS = 6, MOST = 64 };
    double ratio[MOST];
    if (!plot || !axis)
        return;
    if (!isfinite(low) || !isfinite(high) || high <= low) {
        low = isfinite(low) ? low - 0.7 : -0.7;
        high = low + 1.4;
    }
    size_t found = 0, most = n + n / 2 < MOST ? n + n / 2 : MOST, step = 1;
    for (size_t kind = 0; kind < KINDS; kind++) {
        found = round_ratios(low, high, part[kind], parts[kind], ratio, MOST);
        if (found <= most && apart(ratio, found, (high - low) / (1.2 * (double)n)))
            break;
    }
    found = found < MOST ? found : MOST;
    while (found / step > most) /* many powers of ten: every second, third, … */
        step++;
    if (found < 3 && high - low < 1.1) { /* a short axis: even steps of the ratio itself */
        double even = tick_step(exp(high) - exp(low), n < 5 ? n : 5);
        found = 0;
        for (double k = ceil(exp(low) / even - 1e-9); k * even <= exp(high) && found < MOST; k++)
            ratio[found++] = k * even;
    }
    axis->label = label;
    axis->low = low;
    axis->high = high;
    if (!axis_room(plot, axis, (found + step - 1) / step))
        return;
    for (size_t i = 0; i < axis->n_ticks; i++) {
        axis->tick[i] = log(ratio[i * step]);
        axis->tick_label[i] = vg_arena_printf(plot->arena, "%.6g", ratio[i * step]);
        plot->failed = plot->failed || !axis->tick_label[i];
    }
}

void vg_axis_places(VgPlot *plot, VgPlotAxis *axis, const char *label, const double *place,
                    const char *const *name, size_t n)
{
    if (!plot || !axis || !axis_room(plot, axis, n))
        return;
    axis->label = label;
    axis->low = INFINITY;
    axis->high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        axis->tick[i] = place[i];
        axis->tick_label[i] = name[i];
        axis->low = fmin(axis->low, place[i]);
        axis->high = fmax(axis->high, place[i]);
    }
    double margin = axis->high > axis->low ? 0.05 * (axis->high - axis->low) : 1;
    axis->low -= margin;
    axis->high += margin;
}

void vg_axis_categories(VgPlot *plot, VgPlotAxis *axis, const char *label, const char *const *name,
                        size_t n)
{
    if (!plot || !axis || !axis_room(plot, axis, n))
        return;
    axis->label = label;
    axis->categories = true;
    axis->low = -0.5;
    axis->high = (double)n - 0.5;
    for (size_t i = 0; i < n; i++) {
        axis->tick[i] = (double)i;
        axis->tick_label[i] = name[i] ? name[i] : "";
    }
}

void vg_put_number(VgBuffer *out, double value, int decimals)
{
    char text[400];
    double size = fabs(value);
    int digits = size > 0 ? decimals + (int)floor(log10(size)) : 0; /* after the first */
    if (decimals > 7 && size > 0 && isfinite(size))
        snprintf(text, sizeof text, "%.*e", digits > 0 ? digits : 0, size);
    else
        snprintf(text, sizeof text, "%.*f", decimals > 7 ? 0 : decimals, size);
    bool nought = strspn(text, "0.") == strlen(text);
    vg_buffer_text(out, value < 0 && !nought ? "−" : "");
    vg_buffer_text(out, text);
}

void vg_put_escaped(VgBuffer *out, const char *text)
{
    for (; text && *text; text++) {
        size_t plain = strcspn(text, "&<>\"'");
        if (plain) {
            vg_buffer_append(out, text, plain);
            text += plain;
            if (!*text)
                break;
        }
        vg_buffer_text(out, *text == '&'   ? "&amp;"
                            : *text == '<' ? "&lt;"
                            : *text == '>' ? "&gt;"
                            : *text == '"' ? "&quot;"
                                           : "&#39;");
    }
}

const char *vg_style_colour(int style)
{
    static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                          "#56b4e9", "#e69f00", "#000000"};
    if (style == VG_STYLE_INK)
        return "#1b1b1b";
    if (style == VG_STYLE_PAPER)
        return "#ffffff";
    if (style == VG_STYLE_MUTED)
        return "#6b6b6b";
    return colours[(size_t)style % (sizeof colours / sizeof *colours)];
}

int vg_sign_style(const char *sign)
{
    const char *s = sign ? sign : "";
    return strcmp(s, "+") == 0   ? 2
           : strcmp(s, "!") == 0 ? 5
           : strcmp(s, "−") == 0 ? 1
                                 : VG_STYLE_MUTED;
}

const char *vg_style_dash(int style)
{
    static const char *const dashes[] = {"", "7 4", "2 3", "9 3 2 3", "12 4", "4 2 1 2"};
    return style < 0 ? "" : dashes[(size_t)style % (sizeof dashes / sizeof *dashes)];
}
