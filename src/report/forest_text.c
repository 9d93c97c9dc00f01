/* A forest on a terminal: one line a study, the interval drawn with box characters.
 *
 *   Study               Hedges' g [95% CI]   weight  −1        0        1
 *   Ames 2011          −0.52 [−0.95, −0.10]   12.3%   ├───■───┤│
 *   Random effects     −0.31 [−0.44, −0.18]             ├─◆─┤  │ */
#include <vagus/report.h>

#include <math.h>
#include <string.h>

#include "report/forest.h"
#include "report/plot/plot.h"
#include "report/text.h"

enum { GAP = 2, WEIGHT = 6, LEAST_BAR = 21, MOST_BAR = 61 };

typedef struct Layout {
    const VgForest *forest;
    size_t width, label, effect, weight, bar;
    double low, high;
} Layout;

static size_t place(const Layout *at, double value)
{
    double part = (value - at->low) / (at->high - at->low);
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return (size_t)lround(part * (double)(at->bar - 1));
}

/* The cells of one bar, drawn from the back to the front. */
static void put_bar(VgBuffer *out, const Layout *at, const VgForestRow *row)
{
    const char *cell[MOST_BAR];
    for (size_t i = 0; i < at->bar; i++)
        cell[i] = " ";
    cell[place(at, at->forest->null_value)] = "│";
    if (row && isfinite(row->lower) && isfinite(row->upper)) {
        bool prediction = row->kind == VG_FOREST_PREDICTION;
        size_t a = place(at, row->lower), b = place(at, row->upper);
        for (size_t i = a; i <= b; i++)
            cell[i] = prediction ? "═" : "─";
        cell[a] = row->lower < at->low ? "◄" : prediction ? "╞" : "├";
        cell[b] = row->upper > at->high ? "►" : prediction ? "╡" : "┤";
    }
    if (row && row->kind != VG_FOREST_PREDICTION && row->estimate >= at->low &&
        row->estimate <= at->high)
        cell[place(at, row->estimate)] =
            row->kind == VG_FOREST_SUBTOTAL || row->kind == VG_FOREST_POOLED ? "◆" : "■";
    size_t end = at->bar;
    while (end > 0 && strcmp(cell[end - 1], " ") == 0)
        end--;
    for (size_t i = 0; i < end; i++)
        vg_buffer_text(out, cell[i]);
}

static void gap(VgBuffer *out)
{
    vg_buffer_printf(out, "%*s", GAP, "");
}

static void put_row(VgBuffer *out, const Layout *at, const VgForestRow *row)
{
    if (row->kind == VG_FOREST_HEADING || row->kind == VG_FOREST_NOTE) {
        size_t indent = row->kind == VG_FOREST_NOTE ? 2 : 0;
        vg_buffer_printf(out, "%*s", (int)indent, "");
        vg_text_wrap(out, row->label, at->width, indent, 4);
        return;
    }
    vg_text_fit(out, row->label, at->label, false);
    gap(out);
    vg_text_fit(out, row->effect, at->effect, true);
    gap(out);
    if (at->weight) {
        VgBuffer weight = {0};
        if (isfinite(row->weight)) {
            vg_put_number(&weight, row->weight, 1);
            vg_buffer_text(&weight, "%");
        }
        vg_text_fit(out, weight.text, at->weight, true);
        gap(out);
        out->failed = out->failed || weight.failed;
        vg_buffer_free(&weight);
    }
    put_bar(out, at, row);
    vg_buffer_text(out, "\n");
}

/* The numbers of the axis: its ends and no effect, each where it fits. */
static void put_scale(VgBuffer *out, const Layout *at)
{
    const double value[] = {at->low, at->forest->null_value, at->high};
    size_t used = 0;
    for (size_t i = 0; i < 3; i++) {
        VgBuffer text = {0};
        vg_forest_put(&text, at->forest, value[i]);
        size_t wide = vg_text_width(text.text), from = place(at, value[i]);
        if (i == 1) /* no effect is written as short as it is: 0, 1 */
            while (text.text && strchr(text.text, '.') && strchr(".0", text.text[text.length - 1]))
                text.text[--text.length] = '\0';
        wide = vg_text_width(text.text);
        from = i == 2 ? at->bar - wide : from >= wide / 2 ? from - (i ? wide / 2 : 0) : 0;
        bool crosses = i == 1 && from + wide + 1 > at->bar;
        if ((i == 0 || from > used) && !crosses && from + wide <= at->bar) {
            vg_buffer_printf(out, "%*s%s", (int)(from - used), "", text.text ? text.text : "");
            used = from + wide;
        }
        out->failed = out->failed || text.failed;
        vg_buffer_free(&text);
    }
}

static void put_heading(VgBuffer *out, const Layout *at, const char *effect)
{
    vg_text_fit(out, "Study", at->label, false);
    gap(out);
    vg_text_fit(out, effect, at->effect, true);
    gap(out);
    if (at->weight) {
        vg_text_fit(out, "weight", at->weight, true);
        gap(out);
    }
    put_scale(out, at);
    vg_buffer_text(out, "\n");
}

static void put_favours(VgBuffer *out, const Layout *at)
{
    const VgForest *f = at->forest;
    if (!f->favours_low && !f->favours_high)
        return;
    VgBuffer low = {0}, high = {0};
    vg_buffer_printf(&low, "◄ %s", f->favours_low ? f->favours_low : "");
    vg_buffer_printf(&high, "%s ►", f->favours_high ? f->favours_high : "");
    size_t all =
        at->label + at->effect + at->weight + at->bar + (size_t)((at->weight ? 3 : 2) * GAP);
    size_t middle = all - at->bar + place(at, f->null_value);
    size_t left = vg_text_width(low.text), right = vg_text_width(high.text);
    if (middle + 2 + right > all && right + 2 < all)
        middle = all - right - 2;
    size_t start = middle > left + 1 ? middle - left - 1 : 0;
    vg_buffer_printf(out, "%*s%s   %s\n", (int)start, "", f->favours_low ? low.text : "",
                     f->favours_high ? high.text : "");
    out->failed = out->failed || low.failed || high.failed;
    vg_buffer_free(&low);
    vg_buffer_free(&high);
}

static void lay_out(Layout *at, const VgForest *forest, const char *effect, size_t width)
{
    *at = (Layout){
        .forest = forest, .low = forest->low, .high = forest->high, .width = width, .label = 5};
    at->effect = vg_text_width(effect);
    at->weight = forest->has_weights ? WEIGHT : 0;
    for (size_t i = 0; i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        if (row->kind == VG_FOREST_HEADING || row->kind == VG_FOREST_NOTE)
            continue;
        size_t label = vg_text_width(row->label), text = vg_text_width(row->effect);
        at->label = label > at->label ? label : at->label;
        at->effect = text > at->effect ? text : at->effect;
    }
    size_t rest = at->effect + at->weight + (size_t)((at->weight ? 3 : 2) * GAP);
    size_t most_label = width > rest + LEAST_BAR + 12 ? width - rest - LEAST_BAR : 12;
    at->label = at->label > most_label ? most_label : at->label;
    at->bar = width > rest + at->label + 9 ? width - rest - at->label : 9;
    at->bar = at->bar > MOST_BAR ? MOST_BAR : at->bar;
}

VgStatus vg_result_print_forest(const VgResult *result, const char *analysis, int digits, int width,
                                FILE *stream, VgError *error)
{
    VgArena *arena = vg_arena_create();
    VgForest *forest = arena ? vg_forest_of_studies(arena, result, analysis) : NULL;
    VgBuffer out = {0};
    VgStatus status = VG_OK;
    if (width < 60)
        width = width > 0 ? 60 : 80;
    if (forest) {
        vg_forest_digits(arena, forest, digits);
        const char *effect =
            vg_arena_printf(arena, "%s [%.4g%% CI]", forest->measure, 100 * result->level);
        Layout at;
        lay_out(&at, forest, effect ? effect : "", (size_t)width);
        put_heading(&out, &at, effect ? effect : "");
        for (size_t i = 0; i < forest->n; i++)
            put_row(&out, &at, &forest->row[i]);
        put_favours(&out, &at);
    }
    if (!arena || vg_arena_failed(arena))
        status = vg_fail_memory(error);
    if (status == VG_OK && out.length)
        status = vg_stream_buffer(&out, stream, error);
    vg_buffer_free(&out);
    vg_arena_destroy(arena);
    return status;
}
