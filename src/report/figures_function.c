/* What the microbes can do: how functions changed against the reference arm, who carries them, and how far others could stand
 * in. Figures of a layer of modules; see panel_function in result-shape.md. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_PANELS = 12, MOST_ROWS = 40, ROW_HEIGHT = 44 };

static const VgDataset *dataset(const VgView *view, const char *name)
{
    return vg_result_find_dataset(view->result, NULL, name);
}

/* The visit of the question: the primary's, else the last. */
static const char *visit_of(const VgView *view)
{
    if (view->primary && view->primary->visit)
        return view->primary->visit;
    return view->n_visits ? view->visit[view->n_visits - 1].name : NULL;
}

/* ---- change ---- */

static bool is_change(const VgEstimate *row, const char *layer, const char *visit)
{
    return vg_same_text(row->quantity, "differential") && vg_same_text(row->analysis, layer) &&
           vg_same_text(row->visit, visit) && isfinite(row->lower) && isfinite(row->upper);
}

/* Features of the layer with an estimate at the visit, in the order of the result. */
static size_t list_features(const VgView *view, const char *layer, const char *visit,
                            const char **feature)
{
    size_t n = 0;
    for (size_t k = 0; k < view->result->n_estimates && n < MOST_ROWS; k++) {
        const VgEstimate *row = &view->result->estimate[k];
        bool known = !is_change(row, layer, visit);
        for (size_t i = 0; i < n && !known; i++)
            known = vg_same_text(feature[i], row->feature);
        if (!known)
            feature[n++] = row->feature;
    }
    return n;
}

static size_t place_of(const char *const *list, size_t n, const char *text)
{
    size_t i = 0;
    while (i < n && !vg_same_text(list[i], text))
        i++;
    return i;
}

/* Where the k-th of n arms lies within row i: below each other. */
static double within_row(size_t i, size_t k, size_t n)
{
    return (double)i + 0.6 / (double)(n > 2 ? n : 3) * ((double)k - 0.5 * (double)(n - 1));
}

/* Interval first, so that the points lie on them. */
static void draw_arms(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const char *layer,
                      const char *visit, const char *const *feature, size_t n)
{
    const VgResult *result = view->result;
    double low = -0.5, high = 0.5;
    for (size_t a = 0, drawn = 0; a < view->n_arms; a++) {
        VgPlotLayer *lines = NULL, *points = NULL;
        for (size_t k = 0; k < result->n_estimates; k++) {
            const VgEstimate *row = &result->estimate[k];
            size_t i = place_of(feature, n, row->feature);
            if (!is_change(row, layer, visit) || i == n ||
                !vg_same_text(row->arm, view->arm[a].name))
                continue;
            if (!lines) {
                lines = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, (int)a, NULL);
                points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a,
                                       vg_view_arm_label(view, row->arm));
                drawn++;
            }
            double y = within_row(i, drawn - 1, view->n_arms - 1);
            vg_plot_add(plot, lines, row->lower * M_LN2, y, row->upper * M_LN2, NAN, NULL);
            vg_plot_add(plot, points, row->estimate * M_LN2, y, NAN, NAN,
                        vg_arena_printf(view->arena, "%.2f-fold (%.2f to %.2f), q = %.3g",
                                        exp2(row->estimate), exp2(row->lower), exp2(row->upper),
                                        row->q));
            low = fmin(low, row->lower);
            high = fmax(high, row->upper);
        }
    }
    double room = 0.03 * (high - low);
    vg_axis_ratios(plot, &panel->x, "ratio of the changes", (low - room) * M_LN2,
                   (high + room) * M_LN2, 6);
}

VgPlot *vg_figure_function_change(const VgView *view, const char *layer, const char *label)
{
    const char *feature[MOST_ROWS], *words[MOST_ROWS], *visit = visit_of(view), *reference = NULL;
    size_t n = list_features(view, layer, visit, feature);
    if (!n)
        return NULL;
    for (size_t k = 0; k < view->result->n_estimates && !reference; k++)
        if (is_change(&view->result->estimate[k], layer, visit))
            reference = view->result->estimate[k].reference;
    for (size_t i = 0; i < n; i++)
        words[i] = vg_view_feature_label(view, layer, feature[i]);
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "function-change-%s", layer),
        vg_arena_printf(view->arena, "%s: what the microbes can do, %s", label,
                        vg_view_visit_label(view, visit)),
        vg_arena_printf(view->arena,
                        "Change from baseline as a ratio to that in %s, with %.4g%% intervals, "
                        "compared with the middle of all genes. 1 is no difference, 2 twice as "
                        "much. Where a function was absent it is left out. Genes say what could "
                        "happen, not what does.",
                        vg_view_arm_label(view, reference), 100 * view->result->level));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    plot->about = layer;
    plot->panel_height = 90 + ROW_HEIGHT * (double)n;
    VgPlotLayer *one = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_MUTED, NULL);
    vg_plot_add(plot, one, 0, NAN, NAN, NAN, NULL);
    draw_arms(view, plot, panel, layer, visit, feature, n);
    panel->x.towards_low =
        vg_arena_printf(view->arena, "less than with %s", vg_view_arm_label(view, reference));
    panel->x.towards_high =
        vg_arena_printf(view->arena, "more than with %s", vg_view_arm_label(view, reference));
    vg_axis_categories(plot, &panel->y, NULL, words, n);
    panel->y.downward = true;
    return plot;
}

/* ---- carriers ---- */

static bool of_cell(const VgDataset *d, size_t i, const char *layer, const char *arm,
                    const char *visit)
{
    return vg_same_text(vg_cell_text(d, "layer", i), layer) &&
           vg_same_text(vg_cell_text(d, "arm", i), arm) &&
           vg_same_text(vg_cell_text(d, "visit", i), visit);
}

/* "g__Bacteroides.s__Bacteroides_dorei" is Bacteroides dorei. */
static const char *taxon_words(const VgView *view, const char *taxon)
{
    if (!taxon)
        return "other taxa";
    const char *last = strstr(taxon, "s__");
    if (!last && strncmp(taxon, "g__", 3) == 0)
        last = taxon;
    return vg_view_words(view, last ? last + 3 : taxon);
}

static void carrier_panel(const VgView *view, VgPlot *plot, const VgDataset *d, const char *layer,
                          const char *arm, const char *visit)
{
    const char *feature[MOST_ROWS], *words[MOST_ROWS];
    double end[MOST_ROWS] = {0};
    size_t n = 0, most = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!of_cell(d, i, layer, arm, visit))
            continue;
        size_t order = (size_t)vg_cell_number(d, "order", i);
        most = order > most ? order : most;
        const char *id = vg_cell_text(d, "feature", i);
        if (n < MOST_ROWS && place_of(feature, n, id) == n) {
            words[n] = vg_cell_text(d, "label", i);
            feature[n++] = id;
        }
    }
    VgPlotPanel *panel = n ? vg_plot_panel(plot, arm ? vg_view_arm_label(view, arm) : NULL) : NULL;
    if (!panel)
        return;
    panel->height = 70 + ROW_HEIGHT * (double)n;
    for (size_t order = 1; order <= most; order++) {
        VgPlotLayer *bars = NULL;
        for (size_t i = 0; i < d->n_rows; i++) {
            size_t row = place_of(feature, n, vg_cell_text(d, "feature", i));
            if (!of_cell(d, i, layer, arm, visit) || row == n ||
                (size_t)vg_cell_number(d, "order", i) != order)
                continue;
            const char *taxon = taxon_words(view, vg_cell_text(d, "taxon", i));
            if (!bars)
                bars = vg_plot_layer(plot, panel, VG_MARK_SPAN_X,
                                     vg_cell_text(d, "taxon", i) ? (int)order - 1 : VG_STYLE_MUTED,
                                     taxon);
            double share = 100 * vg_cell_number(d, "share", i);
            if (!(share > 0))
                continue;
            vg_plot_add(plot, bars, end[row], (double)row, end[row] + share, NAN,
                        vg_arena_printf(view->arena, "%s: %.0f%%", taxon, share));
            vg_plot_size(bars, 22);
            end[row] += share;
        }
    }
    vg_axis_numbers(plot, &panel->x, "share (%)", 0, 100, 5);
    vg_axis_categories(plot, &panel->y, NULL, words, n);
    panel->y.downward = true;
}

VgPlot *vg_figure_function_carriers(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_contributors");
    const char *visit = visit_of(view);
    if (!d || !visit)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "function-carriers-%s", layer),
        vg_arena_printf(view->arena, "%s: who carries each function, %s", label,
                        vg_view_visit_label(view, visit)),
        "Mean share of each function by taxon, over the samples where at least one taxon has it "
        "whole; the taxa with most are named. Shares of a table that was predicted from "
        "marker genes are as good as that prediction.");
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    for (size_t a = 0; a < view->n_arms && plot->n_panels < MOST_PANELS; a++)
        carrier_panel(view, plot, d, layer, view->arm[a].name, visit);
    return plot->n_panels ? plot : NULL;
}

/* ---- redundancy ---- */

static bool has_redundancy(const VgDataset *d, size_t i, const char *layer, const char *visit)
{
    return vg_same_text(vg_cell_text(d, "layer", i), layer) &&
           vg_same_text(vg_cell_text(d, "visit", i), visit) &&
           isfinite(vg_cell_number(d, "redundancy_lower", i));
}

static void redundancy_of_arm(const VgView *view, VgPlot *plot, VgPlotPanel *panel,
                              const VgDataset *d, const char *layer, size_t arm,
                              const char *const *feature, size_t n)
{
    const char *label = view->arm[arm].label;
    VgPlotLayer *lines = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, (int)arm, NULL);
    VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)arm, label);
    for (size_t i = 0; i < d->n_rows; i++) {
        size_t row = place_of(feature, n, vg_cell_text(d, "feature", i));
        if (!has_redundancy(d, i, layer, visit_of(view)) || row == n ||
            !vg_same_text(vg_cell_text(d, "arm", i), view->arm[arm].name))
            continue;
        double y = within_row(row, arm, view->n_arms), x = vg_cell_number(d, "redundancy", i);
        vg_plot_add(plot, lines, vg_cell_number(d, "redundancy_lower", i), y,
                    vg_cell_number(d, "redundancy_upper", i), NAN, NULL);
        vg_plot_add(plot, points, x, y, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %.2f", label, x));
    }
}

VgPlot *vg_figure_function_redundancy(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_function");
    const char *feature[MOST_ROWS], *words[MOST_ROWS], *visit = visit_of(view);
    size_t n = 0;
    for (size_t i = 0; d && i < d->n_rows && n < MOST_ROWS; i++)
        if (has_redundancy(d, i, layer, visit) &&
            place_of(feature, n, vg_cell_text(d, "feature", i)) == n) {
            words[n] = vg_cell_text(d, "label", i);
            feature[n++] = vg_cell_text(d, "feature", i);
        }
    if (!n)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "function-redundancy-%s", layer),
        vg_arena_printf(view->arena, "%s: could others stand in, %s", label,
                        vg_view_visit_label(view, visit)),
        vg_arena_printf(
            view->arena,
            "Functional redundancy as a share of the diversity of those that carry genes of the "
            "function (Tian 2020), means with %.4g%% intervals: 0 when every carrier has genes of "
            "its own, 1 when all have the same. They describe: nothing is adjusted or tested.",
            100 * view->result->level));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    plot->about = layer;
    plot->panel_height = 90 + ROW_HEIGHT * (double)n;
    for (size_t a = 0; a < view->n_arms; a++)
        redundancy_of_arm(view, plot, panel, d, layer, a, feature, n);
    vg_axis_numbers(plot, &panel->x, "normalised redundancy", 0, 1, 5);
    vg_axis_categories(plot, &panel->y, NULL, words, n);
    panel->y.downward = true;
    return plot;
}
