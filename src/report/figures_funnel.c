/* Small-study effects: funnels and the weights of selection models. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

enum { MOST_SERIES = 6 };

/* Two-sided normal quantiles of p = 0.1, 0.05, 0.01. */
static const double Z10 = 1.6448536269514722, Z05 = 1.959963984540054, Z01 = 2.5758293035489004;

static void cone(VgPlot *plot, VgPlotPanel *panel, double middle, double z, double most, int style,
                 double opacity, const char *series)
{
    VgPlotLayer *area = vg_plot_layer(plot, panel, VG_MARK_AREA, style, series);
    if (!area)
        return;
    area->opacity = opacity;
    vg_plot_add(plot, area, middle, 0, NAN, NAN, NULL);
    vg_plot_add(plot, area, middle - z * most, most, NAN, NAN, NULL);
    vg_plot_add(plot, area, middle + z * most, most, NAN, NAN, NULL);
}

static void segment(VgPlot *plot, VgPlotPanel *panel, double x, double y, double x2, double y2,
                    bool broken)
{
    VgPlotLayer *layer = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_INK, NULL);
    if (layer)
        layer->light = broken;
    vg_plot_add(plot, layer, x, y, x2, y2, NULL);
}

typedef struct Range {
    double low, high, se;
} Range;

static void hold(Range *range, double x, double se)
{
    if (!isfinite(x) || !isfinite(se))
        return;
    range->low = fmin(range->low, x);
    range->high = fmax(range->high, x);
    range->se = fmax(range->se, se);
}

static void hold_all(Range *range, const VgDataset *d, const char *x)
{
    for (size_t i = 0; d && i < d->n_rows; i++)
        hold(range, vg_cell_number(d, x, i), vg_cell_number(d, "se", i));
}

static const char *tip(const VgView *view, const VgForest *scale, const char *name, double x)
{
    VgBuffer text = {0};
    vg_buffer_printf(&text, "%s: ", name ? name : "");
    vg_forest_put(&text, scale, x);
    return vg_view_kept(view, &text);
}

static void add_points(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const VgForest *scale,
                       const VgDataset *d, bool hollow, const char *series)
{
    VgPlotLayer *layer = vg_plot_layer(plot, panel, VG_MARK_POINT, hollow ? 1 : 0, series);
    if (!layer)
        return;
    layer->hollow = hollow;
    for (size_t i = 0; i < d->n_rows; i++) {
        double x = vg_cell_number(d, "estimate", i), se = vg_cell_number(d, "se", i);
        if (isfinite(x) && isfinite(se))
            vg_plot_add(plot, layer, x, se, NAN, NAN,
                        tip(view, scale, vg_cell_text(d, "study", i), x));
    }
}

static void funnel_axes(VgPlot *plot, VgPlotPanel *panel, const VgForest *scale, const char *label,
                        Range range)
{
    double margin = 0.04 * (range.high - range.low);
    vg_effect_axis(plot, &panel->x, scale, label, range.low - margin, range.high + margin, 7);
    vg_axis_numbers(plot, &panel->y, "Standard error", 0, range.se, 5);
    panel->y.downward = true;
    panel->height = 430;
}

VgPlot *vg_figure_funnel(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "studies"),
                    *filled = vg_result_find_dataset(view->result, a->id, "filled_studies");
    const VgEstimate *pooled = vg_forest_row(view->result, a->id, "pooled", "random", NULL);
    if (!pooled)
        pooled = vg_forest_row(view->result, a->id, "pooled", NULL, NULL);
    VgForest *scale = vg_forest_blank(view->arena, view->result, a->id, 1);
    if (!d || d->n_rows < 2 || !pooled || !scale)
        return NULL;
    Range range = {pooled->estimate, pooled->estimate, 0};
    hold_all(&range, d, "estimate");
    hold_all(&range, filled, "estimate");
    if (!(range.se > 0))
        return NULL;
    double none = scale->null_value, most = 1.06 * range.se;
    hold(&range, none, 0);
    hold(&range, pooled->estimate - Z05 * range.se, 0);
    hold(&range, pooled->estimate + Z05 * range.se, 0);
    VgPlot *plot = vg_review_plot(
        view, a, "funnel", "Funnel plot",
        vg_arena_printf(
            view->arena,
            "Each point is a study: its effect, and how exact it is (exact ones above). The "
            "upright line is the pooled effect, the broken lines hold 95%% of studies if all had "
            "the same effect. Shades say how small a study's own p is: where studies are missing "
            "from the white alone, selective publication is one reason among others.%s",
            filled && filled->n_rows ? " Hollow points are those that trim and fill adds." : ""));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    funnel_axes(plot, panel, scale, scale->measure, range);
    most = fmax(most, panel->y.high);
    double wall = fmax(none - panel->x.low, panel->x.high - none);
    VgPlotLayer *ground = vg_plot_layer(plot, panel, VG_MARK_AREA, VG_STYLE_MUTED, "p below 0.01");
    if (ground)
        ground->opacity = 0.09;
    for (int k = 0; k < 4; k++)
        vg_plot_add(plot, ground, none + (k == 0 || k == 3 ? -1 : 1) * wall, k < 2 ? 0 : most, NAN,
                    NAN, NULL);
    cone(plot, panel, none, Z01, most, VG_STYLE_PAPER, 1, NULL);
    cone(plot, panel, none, Z01, most, VG_STYLE_MUTED, 0.22, "p 0.01 to 0.05");
    cone(plot, panel, none, Z05, most, VG_STYLE_PAPER, 1, NULL);
    cone(plot, panel, none, Z05, most, VG_STYLE_MUTED, 0.42, "p 0.05 to 0.1");
    cone(plot, panel, none, Z10, most, VG_STYLE_PAPER, 1, "p above 0.1");
    vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL),
                pooled->estimate, 0, NAN, NAN, NULL);
    for (int side = -1; side <= 1; side += 2) { /* down to the floor or the wall of the panel */
        double reach = fmin(
            panel->y.high,
            (side < 0 ? pooled->estimate - panel->x.low : panel->x.high - pooled->estimate) / Z05);
        segment(plot, panel, pooled->estimate, 0, pooled->estimate + side * Z05 * reach, reach,
                true);
    }
    add_points(view, plot, panel, scale, d, false, "Study");
    if (filled && filled->n_rows)
        add_points(view, plot, panel, scale, filled, true, "Filled");
    return plot;
}

static int series_of(const VgDataset *d, size_t row, const char **name, int *n)
{
    const char *comparison = vg_cell_text(d, "comparison", row);
    for (int i = 0; i < *n; i++)
        if (vg_same_text(name[i], comparison))
            return i;
    if (*n > MOST_SERIES)
        return *n;
    name[*n] = comparison;
    return (*n)++;
}

VgPlot *vg_figure_comparison_funnel(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "comparison_funnel");
    VgForest *scale = vg_forest_blank(view->arena, view->result, a->id, 1);
    if (!d || !d->n_rows || !scale)
        return NULL;
    Range range = {0, 0, 0};
    hold_all(&range, d, "x");
    if (!(range.se > 0))
        return NULL;
    hold(&range, -Z05 * range.se, 0);
    hold(&range, Z05 * range.se, 0);
    VgPlot *plot = vg_review_plot(
        view, a, "comparison-funnel", "Comparison-adjusted funnel plot",
        "Each point is a study's effect less the pooled effect of its comparison, and how exact "
        "it is (exact ones above). It speaks of small-study effects only where the comparisons "
        "all run from the older or weaker treatment to the newer one.");
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    funnel_axes(plot, panel, scale,
                scale->ratio ? "Ratio to the pooled effect of the comparison"
                             : "Difference from the pooled effect of the comparison",
                range);
    cone(plot, panel, 0, Z05, panel->y.high, VG_STYLE_MUTED, 0.12, NULL);
    segment(plot, panel, 0, 0, 0, panel->y.high, false);
    const char *name[MOST_SERIES + 1];
    int n = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        series_of(d, i, name, &n);
    VgPlotLayer *layer[MOST_SERIES + 1] = {0};
    for (size_t i = 0; i < d->n_rows; i++) { /* many comparisons: one style, names in the table */
        int of = n > MOST_SERIES ? 0 : series_of(d, i, name, &n);
        if (!layer[of])
            layer[of] =
                vg_plot_layer(plot, panel, VG_MARK_POINT, of, n > MOST_SERIES ? NULL : name[of]);
        vg_plot_add(plot, layer[of], vg_cell_number(d, "x", i), vg_cell_number(d, "se", i), NAN,
                    NAN,
                    vg_arena_printf(
                        view->arena, "%s: %s",
                        vg_cell_text(d, "study", i) ? vg_cell_text(d, "study", i) : "",
                        vg_cell_text(d, "comparison", i) ? vg_cell_text(d, "comparison", i) : ""));
    }
    return plot;
}

/* ---- selection models ---- */

static void weight_panel(VgPlot *plot, const VgDataset *d, const char *model)
{
    VgPlotPanel *panel =
        vg_plot_panel(plot, vg_same_text(model, "step")              ? "Step weights"
                            : vg_same_text(model, "three-parameter") ? "Three-parameter model"
                                                                     : model);
    VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_LINE, 0, NULL);
    double high = 1;
    if (!panel || !line)
        return;
    for (size_t i = 0; i < d->n_rows; i++) {
        double low = vg_cell_number(d, "p_low", i), up = vg_cell_number(d, "p_high", i),
               weight = vg_cell_number(d, "weight", i), a = vg_cell_number(d, "lower", i),
               b = vg_cell_number(d, "upper", i);
        if (!vg_same_text(vg_cell_text(d, "model", i), model) || !isfinite(weight))
            continue;
        vg_plot_add(plot, line, low, weight, NAN, NAN, NULL);
        vg_plot_add(plot, line, up, weight, NAN, NAN, NULL);
        high = fmax(high, weight);
        if (!isfinite(a) || !isfinite(b))
            continue;
        b = fmin(b, fmax(2, 2 * weight)); /* an interval without end would hide the weights */
        VgPlotLayer *band = vg_plot_layer(plot, panel, VG_MARK_AREA, 0, NULL);
        const double x[] = {low, up, up, low}, y[] = {fmax(0, a), fmax(0, a), b, b};
        for (int k = 0; k < 4; k++)
            vg_plot_add(plot, band, x[k], y[k], NAN, NAN, NULL);
        high = fmax(high, b);
    }
    vg_axis_numbers(plot, &panel->x, "One-sided p of a study", 0, 1, 5);
    vg_axis_numbers(plot, &panel->y, "Relative chance to be published", 0, high, 5);
}

VgPlot *vg_figure_selection(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "selection_weights");
    VgPlot *plot = d && d->n_rows
                       ? vg_review_plot(view, a, "selection", "Weights of the selection model",
                                        "How likely a study was to be published at each p, "
                                        "relative to the smallest p (weight 1), as the selection "
                                        "model sees it; the band is the confidence interval.")
                       : NULL;
    if (!plot)
        return NULL;
    for (size_t i = 0; i < d->n_rows; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= vg_same_text(vg_cell_text(d, "model", k), vg_cell_text(d, "model", i));
        if (!seen)
            weight_panel(plot, d, vg_cell_text(d, "model", i));
    }
    plot->columns = plot->n_panels > 1 ? 2 : 1;
    return plot;
}
