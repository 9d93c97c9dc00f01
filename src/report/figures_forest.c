/* The forests of a review, drawn: studies with squares as large as their weights, subtotals and pooled effects as
 * diamonds, the prediction interval as a bar. Long ones are cut into parts on the same axis. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

enum { MOST_ROWS = 44, MOST_DOMAINS = 9 };

VgPlot *vg_review_plot(const VgView *view, const VgViewAnalysis *a, const char *kind,
                       const char *title, const char *description)
{
    const char *id = a->id ? vg_arena_printf(view->arena, "%s-%s", kind, a->id) : kind;
    if (a->label && view->n_analyses > 1)
        title = vg_arena_printf(view->arena, "%s: %s", title, a->label);
    VgPlot *plot = vg_plot_create(view->arena, id, title, description);
    if (plot)
        plot->about = a->id;
    return plot;
}

void vg_effect_axis(VgPlot *plot, VgPlotAxis *axis, const VgForest *scale, const char *label,
                    double low, double high, size_t n)
{
    if (scale->ratio)
        vg_axis_ratios(plot, axis, label, low, high, n);
    else
        vg_axis_numbers(plot, axis, label, low, high, n);
    if (scale->ratio || !axis->n_ticks || !(high > low))
        return;
    axis->low = low; /* as far as it is needed: ticks are round, ends need not be */
    axis->high = high;
    size_t first = 0, ticks = axis->n_ticks;
    while (first < ticks && axis->tick[first] < low)
        first++;
    while (ticks > first && axis->tick[ticks - 1] > high)
        ticks--;
    axis->tick += first;
    axis->tick_label += first;
    axis->n_ticks = ticks - first;
}

/* ---- risk of bias beside the studies ---- */

const char *vg_bias_sign(const char *judgement)
{
    static const char *const words[][2] = {{"low", "+"},     {"some concerns", "!"}, {"some", "!"},
                                           {"unclear", "!"}, {"moderate", "!"},      {"high", "−"},
                                           {"serious", "−"}, {"critical", "−"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (vg_same_text(judgement, words[i][0]))
            return words[i][1];
    return judgement && *judgement ? "?" : NULL;
}

static bool domain_seen(const VgDataset *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (vg_same_text(vg_cell_text(d, "domain", k), vg_cell_text(d, "domain", i)))
            return true;
    return false;
}

static const char *sign_of(const VgDataset *d, const char *study, const char *domain)
{
    for (size_t i = 0; study && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "study", i), study) &&
            vg_same_text(vg_cell_text(d, "domain", i), domain))
            return vg_bias_sign(vg_cell_text(d, "judgement", i));
    return NULL;
}

static bool any_judged(const VgDataset *d, const VgForest *forest, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        for (size_t k = 0; forest->row[i].study && k < d->n_rows; k++)
            if (vg_same_text(vg_cell_text(d, "study", k), forest->row[i].study))
                return true;
    return false;
}

/* A column of signs for each domain; with very many domains only the overall judgement. Says under the figure
 * what the columns are. */
static void bias_columns(const VgView *view, VgPlot *plot, VgPlotPanel *panel,
                         const VgForest *forest, size_t from, size_t to)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "risk_of_bias");
    if (!d || !any_judged(d, forest, from, to))
        return;
    size_t domains = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        domains += !domain_seen(d, i);
    VgBuffer key = {0};
    size_t number = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *domain = vg_cell_text(d, "domain", i);
        bool overall =
            domain && (*domain == 'O' || *domain == 'o') && strncmp(domain + 1, "verall", 6) == 0;
        if (domain_seen(d, i) || (domains > MOST_DOMAINS && !overall))
            continue;
        const char *heading = overall ? "all" : vg_arena_printf(view->arena, "%zu", ++number);
        const char **text = vg_plot_column(plot, panel, heading, false, to - from);
        if (!text)
            break;
        panel->column[panel->n_columns - 1].signs = true;
        for (size_t r = from; r < to; r++)
            text[r - from] = sign_of(d, forest->row[r].study, domain);
        if (!overall)
            vg_buffer_printf(&key, "%s%zu %s", key.length ? ", " : "", number,
                             domain ? domain : "");
    }
    plot->description = vg_arena_printf(
        view->arena, "%s Risk of bias (%s): + low, ! some concerns, − high, ? no information.",
        plot->description, key.length ? key.text : "overall");
    vg_view_kept(view, &key);
}

/* ---- drawing ---- */

static void row_kinds(VgPlot *plot, VgPlotAxis *axis, const VgForest *forest, size_t from,
                      size_t to)
{
    VgRowKind *kind = VG_NEW(plot->arena, VgRowKind, to - from);
    const char **label = VG_NEW(plot->arena, const char *, to - from);
    if (!kind || !label) {
        plot->failed = true;
        return;
    }
    for (size_t i = from; i < to; i++) {
        VgForestKind of = forest->row[i].kind;
        kind[i - from] = of == VG_FOREST_NOTE                                 ? VG_ROW_ACROSS
                         : of == VG_FOREST_HEADING                            ? VG_ROW_HEADING
                         : of == VG_FOREST_SUBTOTAL || of == VG_FOREST_POOLED ? VG_ROW_STRONG
                                                                              : VG_ROW_PLAIN;
        label[i - from] = forest->row[i].label;
    }
    vg_axis_categories(plot, axis, NULL, label, to - from);
    axis->downward = true;
    axis->from_edge = true;
    axis->row = kind;
}

static double largest_weight(const VgForest *forest)
{
    double most = 0;
    for (size_t i = 0; i < forest->n; i++)
        most = fmax(most, isfinite(forest->row[i].weight) ? forest->row[i].weight : 0);
    return most;
}

/* A row whose words reach across the panel: a note, or a heading longer than all labels. */
static bool reaches(const VgForest *forest, size_t i)
{
    if (forest->row[i].kind != VG_FOREST_HEADING || forest->has_arms)
        return forest->row[i].kind == VG_FOREST_NOTE;
    size_t longest = 0;
    for (size_t k = 0; k < forest->n; k++) {
        size_t length =
            forest->row[k].kind < VG_FOREST_NOTE && forest->row[k].kind != VG_FOREST_HEADING
                ? strlen(forest->row[k].label)
                : 0;
        longest = length > longest ? length : longest;
    }
    return strlen(forest->row[i].label) > longest;
}

/* The next rows from *at on that have no words across them, as the y of their ends; false after the last. */
static bool next_stretch(const VgForest *forest, size_t from, size_t to, size_t *at, double *top,
                         double *bottom)
{
    while (*at < to && reaches(forest, *at))
        ++*at;
    if (*at >= to)
        return false;
    *top = (double)(*at - from) - 0.5;
    while (*at < to && !reaches(forest, *at))
        ++*at;
    *bottom = (double)(*at - from) - 0.5;
    return true;
}

/* An upright line that leaves out the rows of words. */
static void draw_rule(VgPlot *plot, VgPlotLayer *layer, const VgForest *forest, size_t from,
                      size_t to, double x)
{
    double top, bottom;
    for (size_t at = from; next_stretch(forest, from, to, &at, &top, &bottom);) {
        vg_plot_add(plot, layer, x, top, x, bottom, NULL);
        vg_plot_size(layer, 1.2);
    }
}

/* Effects too small to matter, behind everything else. */
static void draw_band(VgPlot *plot, VgPlotPanel *panel, const VgForest *forest, size_t from,
                      size_t to)
{
    double top, bottom, low = forest->null_value - forest->important,
                        high = forest->null_value + forest->important;
    if (!(forest->important > 0))
        return;
    for (size_t at = from; next_stretch(forest, from, to, &at, &top, &bottom);) {
        VgPlotLayer *band = vg_plot_layer(plot, panel, VG_MARK_AREA, VG_STYLE_MUTED, NULL);
        if (band)
            band->opacity = 0.14;
        vg_plot_add(plot, band, low, top, NAN, NAN, NULL);
        vg_plot_add(plot, band, high, top, NAN, NAN, NULL);
        vg_plot_add(plot, band, high, bottom, NAN, NAN, NULL);
        vg_plot_add(plot, band, low, bottom, NAN, NAN, NULL);
    }
}

/* What the band is, for the caption. */
static const char *band_text(const VgView *view, const VgForest *forest, const char *kind)
{
    if (!(forest->important > 0))
        return "";
    VgBuffer text = {0};
    vg_buffer_text(&text, " The pale band holds effects smaller than the smallest difference that "
                          "matters (");
    if (forest->ratio) {
        vg_forest_put(&text, forest, -forest->important);
        vg_buffer_text(&text, " to ");
    } else {
        vg_buffer_text(&text, "±");
    }
    vg_forest_put(&text, forest, forest->important);
    bool main = vg_same_text(kind, "forest") || vg_same_text(kind, "ranking");
    if (forest->important_source && main) /* once is enough */
        vg_buffer_printf(&text, "; %s", forest->important_source);
    vg_buffer_text(&text, ").");
    return vg_view_kept(view, &text);
}

static void draw_rows(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const VgForest *forest,
                      size_t from, size_t to)
{
    draw_band(plot, panel, forest, from, to);
    VgPlotLayer *none = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_MUTED, NULL);
    VgPlotLayer *middle = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_MUTED, NULL);
    VgPlotLayer *interval = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    VgPlotLayer *prediction = vg_plot_layer(plot, panel, VG_MARK_SPAN_X, 1, NULL);
    VgPlotLayer *square = vg_plot_layer(plot, panel, VG_MARK_SQUARE, 0, NULL);
    VgPlotLayer *point = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    VgPlotLayer *subtotal = vg_plot_layer(plot, panel, VG_MARK_DIAMOND, 0, NULL);
    VgPlotLayer *pooled = vg_plot_layer(plot, panel, VG_MARK_DIAMOND, VG_STYLE_INK, NULL);
    double most = largest_weight(forest), pooled_at = NAN;
    draw_rule(plot, none, forest, from, to, forest->null_value);
    for (size_t i = 0; i < forest->n; i++)
        if (forest->row[i].kind == VG_FOREST_POOLED)
            pooled_at = forest->row[i].estimate; /* the last: random effects where there are both */
    if (middle)
        middle->light = true;
    if (isfinite(pooled_at))
        draw_rule(plot, middle, forest, from, to, pooled_at);
    for (size_t i = from; i < to; i++) {
        const VgForestRow *row = &forest->row[i];
        double y = (double)(i - from);
        const char *tip = vg_arena_printf(view->arena, "%s: %s", row->label, row->effect);
        switch (row->kind) {
        case VG_FOREST_STUDY:
            vg_plot_add(plot, interval, row->lower, y, row->upper, NAN, tip);
            vg_plot_add(plot, square, row->estimate, y, NAN, NAN, tip);
            vg_plot_size(square,
                         most > 0 && isfinite(row->weight) ? 4 + 11 * sqrt(row->weight / most) : 8);
            break;
        case VG_FOREST_STEP:
            vg_plot_add(plot, interval, row->lower, y, row->upper, NAN, tip);
            if (row->estimate >= panel->x.low && row->estimate <= panel->x.high)
                vg_plot_add(plot, point, row->estimate, y, NAN, NAN, tip);
            break;
        case VG_FOREST_SUBTOTAL:
            vg_plot_add(plot, subtotal, row->lower, y, row->upper, row->estimate, tip);
            break;
        case VG_FOREST_POOLED:
            vg_plot_add(plot, pooled, row->lower, y, row->upper, row->estimate, tip);
            break;
        case VG_FOREST_PREDICTION:
            vg_plot_add(plot, prediction, row->lower, y, row->upper, NAN, tip);
            break;
        default:
            break;
        }
    }
}

static void text_columns(const VgView *view, VgPlot *plot, VgPlotPanel *panel,
                         const VgForest *forest, size_t from, size_t to)
{
    const char **treatment = NULL, **control = NULL, **effect, **weight = NULL;
    if (forest->has_arms) {
        treatment = vg_plot_column(plot, panel, "Treatment", true, to - from);
        control = vg_plot_column(plot, panel, "Control", true, to - from);
    }
    effect = vg_plot_column(
        plot, panel,
        vg_arena_printf(view->arena, "%s [%.4g%% CI]", forest->measure, 100 * view->result->level),
        false, to - from);
    if (forest->has_weights)
        weight = vg_plot_column(plot, panel, "Weight", false, to - from);
    for (size_t i = from; i < to; i++) {
        const VgForestRow *row = &forest->row[i];
        if (treatment && control) {
            treatment[i - from] = row->treatment;
            control[i - from] = row->control;
        }
        if (effect)
            effect[i - from] = row->effect;
        if (weight && isfinite(row->weight)) {
            VgBuffer text = {0};
            vg_put_number(&text, row->weight, 1);
            vg_buffer_text(&text, "%");
            weight[i - from] = vg_view_kept(view, &text);
        }
    }
}

/* Whether the rows before and at `i` must stay together. */
static bool binds(const VgForest *forest, size_t i)
{
    return forest->row[i - 1].kind == VG_FOREST_HEADING || forest->row[i].kind == VG_FOREST_NOTE ||
           forest->row[i].kind == VG_FOREST_SUBTOTAL;
}

/* First and one-past-last row of a part: at most MOST_ROWS, and no heading without a study under it. */
static bool part_of(const VgForest *forest, size_t part, size_t *from, size_t *to)
{
    size_t end = 0;
    for (size_t p = 0; p <= part; p++) {
        *from = end;
        if (end >= forest->n)
            return false;
        size_t left = forest->n - end;
        end += left <= MOST_ROWS + 6 ? left : MOST_ROWS; /* a rest of few rows stays */
        while (end < forest->n && end > *from + 2 && binds(forest, end))
            end--;
        for (size_t back = 1; end < forest->n && back <= 6 && end > *from + 2 + back; back++)
            if (forest->row[end - back].kind == VG_FOREST_HEADING) { /* rather before a group */
                end -= back;
                break;
            }
    }
    *to = end;
    return true;
}

VgPlot *vg_draw_forest(const VgView *view, const VgViewAnalysis *a, const VgForest *forest,
                       const char *kind, const char *title, const char *description,
                       const char *heading, const char *extra_heading, const char *const *extra,
                       size_t part)
{
    size_t from, to;
    if (!forest || !forest->n || !part_of(forest, part, &from, &to))
        return NULL;
    bool whole = part == 0 && to == forest->n;
    if (!whole) {
        kind = vg_arena_printf(view->arena, part ? "%s-part%zu" : "%s", kind, part + 1);
        title = vg_arena_printf(view->arena, "%s, part %zu", title, part + 1);
        description =
            vg_arena_printf(view->arena, "%s Rows %zu to %zu of %zu; all parts have the same axis.",
                            description, from + 1, to, forest->n);
    }
    description = vg_arena_printf(view->arena, "%s%s", description, band_text(view, forest, kind));
    VgPlot *plot =
        kind && title && description ? vg_review_plot(view, a, kind, title, description) : NULL;
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    row_kinds(plot, &panel->y, forest, from, to);
    panel->y.label = heading;
    text_columns(view, plot, panel, forest, from, to);
    const char **more = extra ? vg_plot_column(plot, panel, extra_heading, false, to - from) : NULL;
    for (size_t i = from; more && i < to; i++)
        more[i - from] = extra[i];
    bias_columns(view, plot, panel, forest, from, to);
    double margin = 0.04 * (forest->high - forest->low);
    vg_effect_axis(plot, &panel->x, forest, forest->measure, forest->low - margin,
                   forest->high + margin, 7);
    panel->x.towards_low =
        forest->favours_low ? vg_arena_printf(view->arena, "← %s", forest->favours_low) : NULL;
    panel->x.towards_high =
        forest->favours_high ? vg_arena_printf(view->arena, "%s →", forest->favours_high) : NULL;
    draw_rows(view, plot, panel, forest, from, to);
    size_t rows = to - from;
    panel->height = 108 + (rows > 30 ? 20 : 24) * (double)rows;
    plot->width = fmax(720, vg_plot_margins(panel) + 300);
    plot->least = plot->width > 720 ? 0.78 * plot->width : 0;
    return plot;
}

VgPlot *vg_figure_review_forest(const VgView *view, const VgViewAnalysis *a, size_t part)
{
    VgForest *forest = vg_forest_of_studies(view->arena, view->result, a->id);
    return vg_draw_forest(
        view, a, forest, "forest", "Forest plot",
        vg_arena_printf(view->arena,
                        "Each study's effect with its %.4g%% confidence interval; the larger a "
                        "square, the more the study weighs. Diamonds are pooled effects, as wide "
                        "as their intervals; the broken line is the pooled effect of all studies; "
                        "the bar is where the effect of a new study is expected. An arrow is an "
                        "interval that goes on beyond the axis.",
                        100 * view->result->level),
        "Study", NULL, NULL, part);
}

/* Only subgroups, pooled effects and what is said of all. */
static void without_studies(VgArena *arena, VgForest *forest)
{
    const char *group = NULL;
    size_t n = 0;
    for (size_t i = 0; i < forest->n; i++) {
        VgForestRow row = forest->row[i];
        group = row.kind == VG_FOREST_HEADING  ? row.label
                : row.kind == VG_FOREST_POOLED ? NULL
                                               : group;
        if (row.kind == VG_FOREST_HEADING || row.kind == VG_FOREST_STUDY ||
            (row.kind == VG_FOREST_NOTE && group))
            continue;
        if (row.kind == VG_FOREST_SUBTOTAL && group)
            row.label = vg_arena_printf(arena, "%s: %s", group, row.label);
        forest->row[n++] = row;
    }
    forest->n = n;
    forest->has_arms = forest->has_weights = false;
    vg_forest_finish(arena, forest);
}

VgPlot *vg_figure_pooled(const VgView *view, const VgViewAnalysis *a)
{
    VgForest *forest = vg_forest_of_studies(view->arena, view->result, a->id);
    size_t from, to;
    if (!forest || !part_of(forest, 1, &from, &to))
        return NULL; /* the whole forest can be seen at once */
    without_studies(view->arena, forest);
    return vg_draw_forest(view, a, forest, "pooled", "Pooled effects",
                          "Diamonds are pooled effects, as wide as their intervals; the broken "
                          "line is the pooled effect of all studies; the bar is where the effect "
                          "of a new study is expected. The forest plot has the single studies.",
                          "", NULL, NULL, 0);
}

VgPlot *vg_figure_steps(const VgView *view, const VgViewAnalysis *a, const char *quantity,
                        size_t part)
{
    bool loo = vg_same_text(quantity, "loo");
    VgForest *forest = vg_forest_of_steps(view->arena, view->result, a->id, quantity);
    return vg_draw_forest(view, a, forest, loo ? "leave-one-out" : "cumulative",
                          loo ? "One study left out at a time" : "Studies added one by one",
                          loo ? "The pooled effect without each study in turn. A row that lies "
                                "apart from the others shows a study that the result hangs on."
                              : "The pooled effect of all studies up to and with the named one.",
                          loo ? "Study left out" : "Study added last", NULL, NULL, part);
}
