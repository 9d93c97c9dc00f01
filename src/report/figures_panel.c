/* The panel: diversity and measurements by arm and visit, communities as points, how complete the layers are. */
#include <math.h>
#include <string.h>

#include <vagus/distance.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_PANELS = 12 };

static const VgDataset *dataset(const VgView *view, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, name);
    return d && d->n_rows ? d : NULL;
}

/* Visits are places of equal steps: a panel is small, and labels must not meet. */
static void visit_axis(const VgView *view, VgPlot *plot, VgPlotAxis *axis)
{
    const char **label = VG_NEW(view->arena, const char *, view->n_visits);
    if (!label)
        return;
    for (size_t v = 0; v < view->n_visits; v++)
        label[v] = vg_view_visit_label(view, view->visit[v].name);
    vg_axis_categories(plot, axis, NULL, label, view->n_visits);
}

/* One arm's line with intervals, visits at equal steps. */
typedef struct Series {
    VgPlotLayer *line, *bars, *points;
    double shift;
} Series;

static Series series(const VgView *view, VgPlot *plot, VgPlotPanel *panel, size_t arm)
{
    return (Series){vg_plot_layer(plot, panel, VG_MARK_LINE, (int)arm,
                                  vg_view_arm_label(view, view->arm[arm].name)),
                    vg_plot_layer(plot, panel, VG_MARK_INTERVAL_Y, (int)arm, NULL),
                    vg_plot_layer(plot, panel, VG_MARK_POINT, (int)arm, NULL),
                    0.06 * ((double)arm - ((double)view->n_arms - 1) / 2)};
}

static void add(const VgView *view, VgPlot *plot, const Series *to, size_t visit, double y,
                double lower, double upper, VgPlotRange *range)
{
    double x = (double)visit + to->shift;
    if (!isfinite(y))
        return;
    vg_plot_widen(range, y);
    vg_plot_add(plot, to->line, x, y, NAN, NAN, NULL);
    if (isfinite(lower) && isfinite(upper)) {
        vg_plot_add(plot, to->bars, x, lower, NAN, upper, NULL);
        vg_plot_widen(range, lower);
        vg_plot_widen(range, upper);
    }
    vg_plot_add(plot, to->points, x, y, NAN, NAN,
                isfinite(lower)
                    ? vg_arena_printf(view->arena, "%.4g (%.4g to %.4g)", y, lower, upper)
                    : vg_arena_printf(view->arena, "%.4g, observed", y));
}

/* ---- diversity ---- */

/* What was seen at a visit that the model does not speak of: the baseline. */
static double observed_mean(const VgView *view, const char *outcome, const char *layer,
                            const char *arm, const char *visit)
{
    const VgDataset *d = dataset(view, "panel_diversity");
    const char *measure = outcome + strlen(layer) + 1; /* LAYER.MEASURE */
    double sum = 0, n = 0;
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "layer", i), layer) &&
            vg_same_text(vg_cell_text(d, "measure", i), measure) &&
            vg_same_text(vg_cell_text(d, "arm", i), arm) &&
            vg_same_text(vg_cell_text(d, "visit", i), visit)) {
            sum += vg_cell_number(d, "value", i);
            n++;
        }
    return n > 0 ? sum / n : NAN;
}

VgPlot *vg_figure_panel_diversity(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_outcomes");
    if (!d || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "diversity-%s", layer),
        vg_arena_printf(view->arena, "%s: diversity by arm over time", label),
        vg_arena_printf(view->arena,
                        "Adjusted (least-squares) means after baseline with %.4g%% confidence "
                        "intervals; points without interval are means as observed. Points are "
                        "moved a little sideways so that intervals do not "
                        "hide each other. More diversity is not in itself better.",
                        100 * view->result->level));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 300;
    for (size_t k = 0; k < d->n_rows; k++) {
        const char *outcome = vg_cell_text(d, "outcome", k);
        if (!vg_same_text(vg_cell_text(d, "layer", k), layer) ||
            !vg_view_estimate(view, outcome, "lsmean", NULL, NULL, NULL))
            continue;
        VgPlotPanel *panel = vg_plot_panel(plot, vg_cell_text(d, "title", k));
        if (!panel)
            return NULL;
        visit_axis(view, plot, &panel->x);
        VgPlotRange range = {INFINITY, -INFINITY};
        for (size_t a = 0; a < view->n_arms; a++) {
            Series to = series(view, plot, panel, a);
            for (size_t v = 0; v < view->n_visits; v++) {
                const VgEstimate *row = vg_view_estimate(
                    view, outcome, "lsmean", view->visit[v].name, view->arm[a].name, NULL);
                if (row)
                    add(view, plot, &to, v, row->estimate, row->lower, row->upper, &range);
                else
                    add(view, plot, &to, v,
                        observed_mean(view, outcome, layer, view->arm[a].name, view->visit[v].name),
                        NAN, NAN, &range);
            }
        }
        vg_axis_numbers(plot, &panel->y, vg_cell_text(d, "unit", k), range.low, range.high, 5);
    }
    return plot->n_panels ? plot : NULL;
}

/* ---- measurements ---- */

static void measurement(const VgView *view, VgPlot *plot, const VgDataset *d, const char *layer,
                        size_t first)
{
    const char *feature = vg_cell_text(d, "feature", first), *unit = vg_cell_text(d, "unit", first);
    VgPlotPanel *panel = vg_plot_panel(plot, vg_cell_text(d, "label", first));
    if (!panel)
        return;
    visit_axis(view, plot, &panel->x);
    VgPlotRange range = {INFINITY, -INFINITY};
    for (size_t a = 0; a < view->n_arms; a++) {
        Series to = series(view, plot, panel, a);
        for (size_t i = 0; i < d->n_rows; i++) {
            size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
            if (v < view->n_visits && vg_same_text(vg_cell_text(d, "layer", i), layer) &&
                vg_same_text(vg_cell_text(d, "feature", i), feature) &&
                vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                add(view, plot, &to, v, vg_cell_number(d, "mean", i), vg_cell_number(d, "lower", i),
                    vg_cell_number(d, "upper", i), &range);
        }
    }
    if (range.low > range.high) /* every cell is censored beyond what bears a mean */
        range = (VgPlotRange){0, 1};
    const char *kind = vg_cell_text(d, "kind", first);
    vg_axis_numbers(plot, &panel->y,
                    unit ? vg_arena_printf(view->arena, "%s (%s)", kind ? kind : "mean", unit)
                         : kind,
                    range.low, range.high, 5);
}

VgPlot *vg_figure_panel_means(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_means");
    if (!d || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "means-%s", layer),
        vg_arena_printf(view->arena, "%s: means by arm over time", label),
        vg_arena_printf(
            view->arena,
            "Means with %.4g%% confidence intervals; values beyond the limits of the "
            "assay are taken as censored. They describe: nothing is adjusted or tested. "
            "At most %d are drawn; all are in tables/panel_means.csv.",
            100 * view->result->level, MOST_PANELS));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 280;
    const char *last = NULL;
    for (size_t i = 0; i < d->n_rows && plot->n_panels < MOST_PANELS; i++) {
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer) ||
            vg_same_text(vg_cell_text(d, "feature", i), last))
            continue;
        last = vg_cell_text(d, "feature", i);
        measurement(view, plot, d, layer, i);
    }
    return plot->n_panels ? plot : NULL;
}

/* ---- communities ---- */

/* What ordination_axes says of an axis (`column`: share, stress). */
static double of_axis(const VgView *view, const char *layer, const char *distance,
                      const char *method, double axis, const char *column)
{
    const VgDataset *d = vg_result_find_dataset(view->result, layer, "ordination_axes");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "distance", i), distance) &&
            vg_same_text(vg_cell_text(d, "method", i), method) &&
            vg_cell_number(d, "axis", i) == axis)
            return vg_cell_number(d, column, i);
    return NAN;
}

/* "bray", "bray, NMDS (stress 0.12)", "bray, db-RDA: what arm and visit explain". */
static const char *community_title(const VgView *view, const char *layer, const char *distance,
                                   const char *method)
{
    const char *words = vg_metric_label(distance);
    if (vg_same_text(method, "nmds"))
        return vg_arena_printf(view->arena, "%s, NMDS (stress %.2f)", words,
                               of_axis(view, layer, distance, method, 1, "stress"));
    if (vg_same_text(method, "dbrda"))
        return vg_arena_printf(view->arena, "%s, db-RDA: arm and visit", words);
    return words;
}

static const char *axis_title(const VgView *view, const char *layer, const char *distance,
                              const char *method, double axis)
{
    double share = of_axis(view, layer, distance, method, axis, "share");
    if (vg_same_text(method, "dbrda"))
        return isfinite(share)
                   ? vg_arena_printf(view->arena, "Constrained axis %.0f (%.1f%% of all)", axis,
                                     100 * share)
                   : "No second axis";
    return isfinite(share) ? vg_arena_printf(view->arena, "Axis %.0f (%.0f%%)", axis, 100 * share)
                           : vg_arena_printf(view->arena, "NMDS axis %.0f", axis);
}

/* Each participant's path, thin; the samples, the last visit filled and earlier ones hollow. */
static void community(const VgView *view, VgPlot *plot, const VgDataset *d, const char *layer,
                      const char *distance, const char *method)
{
    VgPlotPanel *panel = vg_plot_panel(plot, community_title(view, layer, distance, method));
    if (!panel)
        return;
    VgPlotRange x = {INFINITY, -INFINITY}, y = x;
    for (size_t a = 0; a < view->n_arms; a++) {
        VgPlotLayer *path = vg_plot_layer(plot, panel, VG_MARK_LINE, (int)a, NULL);
        VgPlotLayer *early = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a, NULL);
        VgPlotLayer *late = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a,
                                          vg_view_arm_label(view, view->arm[a].name));
        if (path)
            path->light = true;
        if (early)
            early->light = true;
        const char *who = NULL;
        for (size_t i = 0; i < d->n_rows; i++) {
            if (!vg_same_text(vg_cell_text(d, "distance", i), distance) ||
                !vg_same_text(vg_cell_text(d, "method", i), method) ||
                !vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                continue;
            double px = vg_cell_number(d, "axis_1", i), py = vg_cell_number(d, "axis_2", i);
            if (isnan(py)) /* one constrained axis only */
                py = 0;
            const char *participant = vg_cell_text(d, "participant", i);
            const char *visit = vg_cell_text(d, "visit", i);
            if (!isfinite(px) || !isfinite(py))
                continue;
            if (!vg_same_text(participant, who))
                vg_plot_add(plot, path, NAN, NAN, NAN, NAN, NULL);
            who = participant;
            vg_plot_add(plot, path, px, py, NAN, NAN, NULL);
            bool last = vg_view_visit_index(view, visit) + 1 == view->n_visits;
            vg_plot_add(plot, last ? late : early, px, py, NAN, NAN,
                        vg_arena_printf(view->arena, "participant %s, %s", participant,
                                        vg_view_visit_label(view, visit)));
            vg_plot_widen(&x, px);
            vg_plot_widen(&y, py);
        }
    }
    vg_axis_numbers(plot, &panel->x, axis_title(view, layer, distance, method, 1), x.low, x.high,
                    4);
    vg_axis_numbers(plot, &panel->y, axis_title(view, layer, distance, method, 2), y.low, y.high,
                    4);
}

/* What the picture's methods are. */
static const char *ordination_words(const VgDataset *d)
{
    bool nmds = false, dbrda = false, pcoa = false;
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *method = vg_cell_text(d, "method", i);
        nmds |= vg_same_text(method, "nmds");
        dbrda |= vg_same_text(method, "dbrda");
        pcoa |= vg_same_text(method, "pcoa");
    }
    if (!nmds && !dbrda)
        return "Principal coordinates, a panel per distance; near points are alike.";
    if (!dbrda)
        return pcoa
                   ? "Principal coordinates and nonmetric scaling (NMDS), a panel per distance and "
                     "method; near points are alike. NMDS keeps the order of the distances; a "
                     "stress above 0.2 is a bad picture."
                   : "Nonmetric scaling (NMDS), a panel per distance; near points are alike. It "
                     "keeps the order of the distances; a stress above 0.2 is a bad picture.";
    return nmds ? "A panel per distance and method; near points are alike. NMDS keeps the order of "
                  "the distances; a stress above 0.2 is a bad picture. The axes of db-RDA are "
                  "chosen "
                  "to show arm and visit: arms lie apart on them even by chance."
                : "A panel per distance and method; near points are alike. The axes of db-RDA are "
                  "chosen to show arm and visit: arms lie apart on them even by chance.";
}

VgPlot *vg_figure_ordination(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = vg_result_find_dataset(view->result, layer, "ordination");
    if (!d || !d->n_rows || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "ordination-%s", layer),
        vg_arena_printf(view->arena, "%s: how alike the communities are", label),
        vg_arena_printf(view->arena,
                        "%s Large "
                        "points are %s, small ones earlier visits, thin lines join a participant's "
                        "visits. Two axes never show all: the tests are in the table.",
                        ordination_words(d),
                        vg_view_visit_label(view, view->visit[view->n_visits - 1].name)));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 380;
    const char *last = NULL, *last_method = NULL;
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *distance = vg_cell_text(d, "distance", i),
                   *method = vg_cell_text(d, "method", i);
        if (vg_same_text(distance, last) && vg_same_text(method, last_method))
            continue;
        last = distance;
        last_method = method;
        community(view, plot, d, layer, distance, method);
    }
    return plot;
}

/* ---- quality ---- */

VgPlot *vg_figure_panel_samples(const VgView *view)
{
    const VgDataset *d = dataset(view, "panel_samples"), *l = dataset(view, "panel_layers");
    if (!d || !l || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot = vg_plot_create(view->arena, "panel-samples", "Samples at each visit",
                                  "Percentage of those randomised to each arm with a sample in the "
                                  "layer, by visit. Samples that are missing for a reason that has "
                                  "to do with treatment can mislead every comparison.");
    if (!plot)
        return NULL;
    plot->columns = 2;
    plot->panel_height = 260;
    for (size_t k = 0; k < l->n_rows && k < MOST_PANELS; k++) {
        const char *layer = vg_cell_text(l, "layer", k);
        VgPlotPanel *panel = vg_plot_panel(plot, vg_cell_text(l, "label", k));
        if (!panel)
            return NULL;
        visit_axis(view, plot, &panel->x);
        vg_axis_numbers(plot, &panel->y, "Sampled (% of randomised)", 0, 100, 5);
        for (size_t a = 0; a < view->n_arms; a++) {
            Series to = series(view, plot, panel, a);
            for (size_t i = 0; i < d->n_rows; i++) {
                size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
                double all = vg_cell_number(d, "randomised", i);
                if (v == view->n_visits || !(all > 0) ||
                    !vg_same_text(vg_cell_text(d, "layer", i), layer) ||
                    !vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                    continue;
                double n = vg_cell_number(d, "samples", i), x = (double)v + to.shift;
                vg_plot_add(plot, to.line, x, 100 * n / all, NAN, NAN, NULL);
                vg_plot_add(plot, to.points, x, 100 * n / all, NAN, NAN,
                            vg_arena_printf(view->arena, "%.0f of %.0f", n, all));
            }
        }
    }
    return plot;
}

/* Reads of each sample, arms side by side. */
VgPlot *vg_figure_panel_depth(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_depth");
    if (!d || !view->n_arms)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "depth-%s", layer),
        vg_arena_printf(view->arena, "%s: depth by arm", label),
        "Sum of each sample's counts, all visits; samples of an arm are spread sideways in the "
        "order "
        "of the file. Depth that differs between arms makes differences of its own.");
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    const char **name = VG_NEW(view->arena, const char *, view->n_arms);
    size_t *count = VG_NEW(view->arena, size_t, view->n_arms);
    if (!panel || !name || !count)
        return NULL;
    plot->about = layer;
    plot->panel_height = 280;
    VgPlotRange range = {0, -INFINITY};
    for (size_t a = 0; a < view->n_arms; a++) {
        name[a] = vg_view_arm_label(view, view->arm[a].name);
        VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a, NULL);
        if (points)
            points->light = true;
        for (size_t i = 0; i < d->n_rows; i++) {
            double depth = vg_cell_number(d, "depth", i);
            if (!vg_same_text(vg_cell_text(d, "layer", i), layer) ||
                !vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                continue;
            double spread = 0.5 * ((double)(count[a]++ * 7 % 31) / 30 - 0.5);
            vg_plot_add(plot, points, (double)a + spread, depth, NAN, NAN,
                        vg_arena_printf(view->arena, "participant %s, %s: %.6g",
                                        vg_cell_text(d, "participant", i),
                                        vg_view_visit_label(view, vg_cell_text(d, "visit", i)),
                                        depth));
            vg_plot_widen(&range, depth);
        }
    }
    if (range.high < range.low)
        return NULL;
    vg_axis_categories(plot, &panel->x, NULL, name, view->n_arms);
    vg_axis_numbers(plot, &panel->y, "Depth", range.low, range.high, 5);
    return plot;
}
