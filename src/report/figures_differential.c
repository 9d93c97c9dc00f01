/* Differential response: which features of a layer changed. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_PANELS = 12, MOST_ROWS = 30 };

static bool is_response(const VgEstimate *row, const char *layer)
{
    return vg_same_text(row->quantity, "differential") && vg_same_text(row->analysis, layer) &&
           isfinite(row->estimate) && isfinite(row->p);
}

static double level_of(const VgView *view, const char *layer)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, layer, "fdr");
    return fact ? fact->number : 0.1;
}

static bool of_panel(const VgEstimate *row, const char *layer, const VgEstimate *of)
{
    return is_response(row, layer) && vg_same_text(row->visit, of->visit) &&
           vg_same_text(row->arm, of->arm);
}

static double height(const VgEstimate *row)
{
    return -log10(fmax(row->p, 1e-300));
}

/* Names that would lie on each other are left to the heat map and the table. */
typedef struct Names {
    size_t n;
    double x[MOST_PANELS], y[MOST_PANELS];
} Names;

static bool has_room(Names *names, double x, double y)
{
    if (names->n == MOST_PANELS)
        return false;
    for (size_t k = 0; k < names->n; k++)
        if (fabs(names->x[k] - x) < 0.17 && fabs(names->y[k] - y) < 0.07)
            return false;
    names->x[names->n] = x;
    names->y[names->n++] = y;
    return true;
}

/* One panel: an arm against the reference at a visit. */
static void volcano_panel(const VgView *view, VgPlot *plot, const char *layer, const VgEstimate *of,
                          double fdr)
{
    const VgResult *result = view->result;
    VgPlotPanel *panel = vg_plot_panel(plot, vg_arena_printf(view->arena, "%s − %s, %s",
                                                             vg_view_arm_label(view, of->arm),
                                                             vg_view_arm_label(view, of->reference),
                                                             vg_view_visit_label(view, of->visit)));
    VgPlotLayer *rest = vg_plot_layer(plot, panel, VG_MARK_POINT, VG_STYLE_MUTED, NULL);
    VgPlotLayer *found = vg_plot_layer(plot, panel, VG_MARK_POINT, 1,
                                       vg_arena_printf(view->arena, "q at most %.3g", fdr));
    VgPlotLayer *name = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    if (!panel || !rest || !name)
        return;
    rest->light = true;
    name->font = 11;
    double widest = 0.1, highest = 0.1;
    for (size_t k = 0; k < result->n_estimates; k++)
        if (of_panel(&result->estimate[k], layer, of)) {
            widest = fmax(widest, fabs(result->estimate[k].estimate));
            highest = fmax(highest, height(&result->estimate[k]));
        }
    Names names = {0};
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (!of_panel(row, layer, of))
            continue;
        double x = row->estimate, y = height(row);
        const char *words =
            row->q <= fdr ? vg_view_feature_label(view, layer, row->feature) : row->feature;
        vg_plot_add(plot, row->q <= fdr ? found : rest, x, y, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %.3g, q = %.3g", words, x, row->q));
        if (row->q <= fdr && has_room(&names, x / (2 * widest), y / highest))
            vg_plot_add(plot, name, x, y + 0.02 * highest, NAN, NAN, words);
    }
    vg_axis_numbers(plot, &panel->x, "log2 fold change", -1.1 * widest, 1.1 * widest, 4);
    vg_axis_numbers(plot, &panel->y, "−log10 p", 0, 1.1 * highest, 4);
}

/* The visit that the page shows first: that of the primary question where the layer was tested at it, else the layer's
 * last one. */
static const char *leading_visit(const VgView *view, const char *layer)
{
    const char *asked = view->primary ? view->primary->visit : NULL, *last = NULL;
    for (size_t k = 0; k < view->result->n_estimates; k++) {
        const VgEstimate *row = &view->result->estimate[k];
        if (!is_response(row, layer))
            continue;
        if (asked && vg_same_text(row->visit, asked))
            return asked;
        if (!last || vg_view_visit_index(view, row->visit) > vg_view_visit_index(view, last))
            last = row->visit;
    }
    return last;
}

VgPlot *vg_figure_volcano(const VgView *view, const char *layer, const char *label, bool others)
{
    const VgResult *result = view->result;
    const VgEstimate *of[MOST_PANELS];
    const char *leading = leading_visit(view, layer);
    size_t n = 0;
    for (size_t k = 0; k < result->n_estimates && n < MOST_PANELS; k++) {
        const VgEstimate *row = &result->estimate[k];
        bool known = !is_response(row, layer) || vg_same_text(row->visit, leading) == others;
        for (size_t i = 0; i < n && !known; i++)
            known = vg_same_text(of[i]->arm, row->arm) && vg_same_text(of[i]->visit, row->visit);
        if (!known)
            of[n++] = row;
    }
    if (!n)
        return NULL;
    double fdr = level_of(view, layer);
    VgPlot *plot = vg_plot_create(
        view->arena,
        vg_arena_printf(view->arena, others ? "volcano-others-%s" : "volcano-%s", layer),
        others    ? vg_arena_printf(view->arena, "%s: which features changed, other visits", label)
        : leading ? vg_arena_printf(view->arena, "%s: which features changed, %s", label,
                                    vg_view_visit_label(view, leading))
                  : vg_arena_printf(view->arena, "%s: which features changed", label),
        vg_arena_printf(
            view->arena,
            "Difference between arms in the change of each feature, log2; higher is less likely "
            "by chance. Coloured features have q of at most %.3g (over all features and "
            "comparisons of the layer). The methods say how it is corrected for the "
            "composition; a correction assumes that most features do not change.",
            fdr));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 300;
    for (size_t i = 0; i < n; i++)
        volcano_panel(view, plot, layer, of[i], fdr);
    return plot;
}

/* Features found in any comparison, strongest first, against all comparisons. */
VgPlot *vg_figure_heat(const VgView *view, const char *layer, const char *label)
{
    const VgResult *result = view->result;
    const char *feature[MOST_ROWS], *words[MOST_ROWS], *column[MOST_PANELS];
    const VgEstimate *of[MOST_PANELS];
    size_t n = 0, m = 0;
    double fdr = level_of(view, layer), most = 0;
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (!is_response(row, layer))
            continue;
        bool known = !(row->q <= fdr) || n == MOST_ROWS;
        for (size_t i = 0; i < n && !known; i++)
            known = vg_same_text(feature[i], row->feature);
        if (!known) {
            words[n] = vg_view_feature_label(view, layer, row->feature);
            feature[n++] = row->feature;
        }
        known = m == MOST_PANELS;
        for (size_t i = 0; i < m && !known; i++)
            known = vg_same_text(of[i]->arm, row->arm) && vg_same_text(of[i]->visit, row->visit);
        if (!known) {
            of[m] = row;
            column[m++] = vg_arena_printf(view->arena, "%s, %s", vg_view_arm_label(view, row->arm),
                                          vg_view_visit_label(view, row->visit));
        }
        most = fmax(most, fabs(row->estimate));
    }
    if (!n || !m)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "heat-%s", layer),
        vg_arena_printf(view->arena, "%s: change of the features that were found", label),
        vg_arena_printf(view->arena,
                        "log2 fold change against %s; only features with q of at most %.3g "
                        "somewhere, at most %d. An asterisk marks where.",
                        vg_view_arm_label(view, of[0]->reference), fdr, MOST_ROWS));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, VG_STYLE_INK, NULL);
    if (!panel || !tiles)
        return NULL;
    plot->about = layer;
    plot->panel_height = 60 + 30 * (double)n;
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        size_t i = 0, j = 0;
        if (!is_response(row, layer))
            continue;
        while (i < n && !vg_same_text(feature[i], row->feature))
            i++;
        while (j < m &&
               !(vg_same_text(of[j]->arm, row->arm) && vg_same_text(of[j]->visit, row->visit)))
            j++;
        if (i < n && j < m) {
            VgBuffer text = {0};
            vg_put_number(&text, row->estimate, 1);
            vg_buffer_text(&text, row->q <= fdr ? "*" : "");
            vg_plot_add(plot, tiles, (double)j, (double)i, row->estimate / most, NAN,
                        vg_view_kept(view, &text));
        }
    }
    vg_axis_categories(plot, &panel->x, NULL, column, m);
    vg_axis_categories(plot, &panel->y, NULL, words, n);
    panel->y.downward = true;
    return plot;
}
