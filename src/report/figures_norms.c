/* Participants among comparable people: centile curves with the participants on them, distance in taxa against distance in function. */
#include <math.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_PANELS = 8 };

static const VgDataset *dataset(const VgView *view, const char *layer, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, layer, name);
    return d && d->n_rows ? d : NULL;
}

/* ---- centile curves ---- */

static void curves(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d, size_t first,
                   VgPlotRange *x, VgPlotRange *y)
{
    const char *feature = vg_cell_text(d, "feature", first),
               *visit = vg_cell_text(d, "visit", first);
    double share = NAN;
    VgPlotLayer *line = NULL;
    for (size_t i = first; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "feature", i), feature) ||
            !vg_same_text(vg_cell_text(d, "visit", i), visit))
            continue;
        double own = vg_cell_number(d, "share", i), value = vg_cell_number(d, "value", i);
        if (own != share) {
            bool median = own == 0.5;
            share = own;
            line = vg_plot_layer(plot, panel, VG_MARK_LINE, median ? VG_STYLE_INK : VG_STYLE_MUTED,
                                 median ? "Half of comparable people" : NULL);
            if (line && !median)
                line->light = true;
        }
        vg_plot_add(plot, line, vg_cell_number(d, "at", i), value, NAN, NAN, NULL);
        vg_plot_widen(x, vg_cell_number(d, "at", i));
        vg_plot_widen(y, value);
    }
}

/* One visit's points, hollow before the last visit. */
static void points(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const VgDataset *d,
                   const char *feature, const char *only, VgPlotRange *y)
{
    for (size_t a = 0; a < view->n_arms; a++) {
        VgPlotLayer *early = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a, NULL);
        VgPlotLayer *late = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a,
                                          vg_view_arm_label(view, view->arm[a].name));
        if (early)
            early->hollow = true;
        for (size_t i = 0; i < d->n_rows; i++) {
            const char *visit = vg_cell_text(d, "visit", i);
            double centile = vg_cell_number(d, "centile", i);
            if (!vg_same_text(vg_cell_text(d, "feature", i), feature) ||
                !vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name) ||
                (only && !vg_same_text(visit, only)) || !isfinite(centile))
                continue;
            bool last = vg_view_visit_index(view, visit) + 1 == view->n_visits;
            vg_plot_add(plot, last ? late : early, vg_cell_number(d, "at", i),
                        vg_cell_number(d, "value", i), NAN, NAN,
                        vg_arena_printf(view->arena,
                                        "participant %s, %s: higher than %.0f of 100 comparable "
                                        "people (%.0f to %.0f)",
                                        vg_cell_text(d, "participant", i),
                                        vg_view_visit_label(view, visit), 100 * centile,
                                        100 * vg_cell_number(d, "lower", i),
                                        100 * vg_cell_number(d, "upper", i)));
            vg_plot_widen(y, vg_cell_number(d, "value", i));
        }
    }
}

static const char *label_of(const VgDataset *d, const char *feature, const char **unit)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "feature", i), feature)) {
            *unit = vg_cell_text(d, "unit", i);
            return vg_cell_text(d, "label", i);
        }
    return feature;
}

VgPlot *vg_figure_norm_curves(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, layer, "norm_curves"),
                    *people = dataset(view, layer, "norm_centiles");
    if (!d || !people)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "norms-%s", layer),
        vg_arena_printf(view->arena, "%s: participants among comparable people", label),
        vg_arena_printf(
            view->arena,
            "Lines: the values below which 3, 10, 25, 50, 75, 90 and 97 of 100 people of the "
            "reference "
            "set lie at that %s, other covariates at their means; points: participants, whose own "
            "centiles take all their covariates into account (hollow: before the last visit). A "
            "place "
            "on the curves is a comparison, not a diagnosis. At most %d markers are drawn; all are "
            "in "
            "tables/norm_centiles.csv.",
            vg_cell_text(d, "covariate", 0), MOST_PANELS));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 300;
    const char *last = NULL;
    for (size_t i = 0; i < d->n_rows && plot->n_panels < MOST_PANELS; i++) {
        const char *feature = vg_cell_text(d, "feature", i), *unit = NULL;
        if (vg_same_text(feature, last))
            continue;
        last = feature;
        VgPlotPanel *panel = vg_plot_panel(plot, label_of(people, feature, &unit));
        if (!panel)
            return NULL;
        VgPlotRange x = {INFINITY, -INFINITY}, y = x;
        curves(plot, panel, d, i, &x, &y);
        points(view, plot, panel, people, feature, vg_cell_text(d, "visit", i), &y);
        vg_axis_numbers(plot, &panel->x, vg_cell_text(d, "covariate", i), x.low, x.high, 5);
        vg_axis_numbers(plot, &panel->y, unit, y.low, y.high, 5);
    }
    return plot->n_panels ? plot : NULL;
}

/* ---- taxa against function ---- */

static double p_of(const VgDataset *d, const char *participant, const char *visit)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "participant", i), participant) &&
            vg_same_text(vg_cell_text(d, "visit", i), visit))
            return vg_cell_number(d, "p", i);
    return NAN;
}

static const char *fact(const VgView *view, const char *key)
{
    const VgFact *found = vg_result_find_fact(view->result, VG_FACTS_FIT, NULL, key);
    return found ? found->text : NULL;
}

VgPlot *vg_figure_norm_distances(const VgView *view)
{
    const char *taxa = fact(view, "norm_taxa"), *function = fact(view, "norm_function");
    const VgDataset *x = taxa ? dataset(view, taxa, "norm_neighbours") : NULL,
                    *y = function ? dataset(view, function, "norm_neighbours") : NULL;
    if (!x || !y)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, "norms-distances", "How usual each sample is: in taxa and in function",
        "Each point is a sample (hollow: before the last visit). Along each axis: the share of "
        "comparable people at least as far from their neighbours; small means far from everybody. "
        "Far "
        "in taxa and near in function is not a finding of illness: different bacteria can do the "
        "same. Of 20 ordinary samples about one lies below 0.05 on either axis.");
    if (!plot)
        return NULL;
    plot->columns = 1;
    plot->panel_height = 420;
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *rule_x = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_MUTED, NULL),
                *rule_y = vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_MUTED, NULL);
    vg_plot_add(plot, rule_x, 0.05, NAN, NAN, NAN, NULL);
    vg_plot_add(plot, rule_y, NAN, 0.05, NAN, NAN, NULL);
    for (size_t a = 0; panel && a < view->n_arms; a++) {
        VgPlotLayer *early = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a, NULL);
        VgPlotLayer *late = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a,
                                          vg_view_arm_label(view, view->arm[a].name));
        if (early)
            early->hollow = true;
        for (size_t i = 0; i < x->n_rows; i++) {
            const char *participant = vg_cell_text(x, "participant", i),
                       *visit = vg_cell_text(x, "visit", i);
            double px = vg_cell_number(x, "p", i), py = p_of(y, participant, visit);
            if (!vg_same_text(vg_cell_text(x, "arm", i), view->arm[a].name) || !isfinite(px) ||
                !isfinite(py))
                continue;
            bool last = vg_view_visit_index(view, visit) + 1 == view->n_visits;
            vg_plot_add(plot, last ? late : early, px, py, NAN, NAN,
                        vg_arena_printf(view->arena,
                                        "participant %s, %s: %.3f in taxa, %.3f in function",
                                        participant, vg_view_visit_label(view, visit), px, py));
        }
    }
    if (panel) {
        vg_axis_numbers(plot, &panel->x, "Taxa: share of comparable people at least as far", 0, 1,
                        5);
        vg_axis_numbers(plot, &panel->y, "Function: share of comparable people at least as far", 0,
                        1, 5);
    }
    return plot;
}
