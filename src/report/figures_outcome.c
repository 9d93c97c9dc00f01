/* The outcome over time: adjusted means by arm, and every participant's own line. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

int vg_decimals(double se)
{
    if (!isfinite(se) || se <= 0)
        return 2;
    int decimals = 1 - (int)floor(log10(se));
    return decimals < 0 ? 0 : decimals;
}

const char *vg_of_hundred(const VgView *view, double people, double all, const char *about)
{
    double share = 100 * people / all;
    if (share > 0 && share < 0.5)
        return "fewer than 1";
    if (share < 100 && share >= 99.5)
        return "more than 99";
    const char *text = vg_arena_printf(view->arena, "%s%.0f", about, floor(share + 0.5));
    return text ? text : "";
}

/* "−4.8 (−8.3 to −1.3)". */
static void put_interval(VgBuffer *out, const VgEstimate *row, double factor, int decimals)
{
    vg_put_number(out, factor * row->estimate, decimals);
    if (!isfinite(row->lower) || !isfinite(row->upper))
        return;
    vg_buffer_text(out, " (");
    vg_put_number(out, factor * row->lower, decimals);
    vg_buffer_text(out, " to ");
    vg_put_number(out, factor * row->upper, decimals);
    vg_buffer_text(out, ")");
}

const char *vg_interval_text(const VgView *view, const VgEstimate *row, double factor, int decimals)
{
    VgBuffer text = {0};
    put_interval(&text, row, factor, decimals);
    return vg_view_kept(view, &text);
}

static double place(const VgView *view, size_t visit)
{
    for (size_t i = 0; i < view->n_visits; i++)
        if (!isfinite(view->visit[i].day))
            return (double)visit; /* days are not known of all: equal steps */
    return view->visit[visit].day;
}

static void visit_axis(const VgView *view, VgPlot *plot, VgPlotAxis *axis)
{
    double *at = VG_NEW(view->arena, double, view->n_visits);
    const char **label = VG_NEW(view->arena, const char *, view->n_visits);
    if (!at || !label)
        return;
    for (size_t i = 0; i < view->n_visits; i++) {
        at[i] = place(view, i);
        label[i] = vg_view_visit_label(view, view->visit[i].name);
    }
    vg_axis_places(plot, axis, "Visit (spaced by day)", at, label, view->n_visits);
}

static bool is_change(const VgViewAnalysis *analysis)
{
    return vg_same_text(analysis->measure, "change");
}

static double baseline_mean(const VgView *view, const char *outcome, const char *arm)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "observed_means");
    for (size_t i = 0; d && view->n_visits && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "outcome", i), outcome) &&
            vg_same_text(vg_cell_text(d, "arm", i), arm) &&
            vg_same_text(vg_cell_text(d, "visit", i), view->visit[0].name))
            return vg_cell_number(d, "mean", i);
    return NAN;
}

static void one_arm(const VgView *view, VgPlot *plot, VgPlotPanel *panel,
                    const VgViewAnalysis *analysis, size_t arm, double shift, VgPlotRange *range)
{
    const char *name = view->arm[arm].name;
    VgPlotLayer *line =
        vg_plot_layer(plot, panel, VG_MARK_LINE, (int)arm, vg_view_arm_label(view, name));
    VgPlotLayer *bars = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_Y, (int)arm, NULL);
    VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)arm, NULL);
    for (size_t v = 0; v < view->n_visits; v++) {
        const VgEstimate *row =
            vg_view_estimate(view, analysis->id, "lsmean", view->visit[v].name, name, NULL);
        double x = place(view, v) + shift, y = NAN;
        if (row) {
            y = row->estimate;
            vg_plot_add(plot, bars, x, row->lower, NAN, row->upper, NULL);
            vg_plot_widen(range, row->lower);
            vg_plot_widen(range, row->upper);
        } else if (v == 0) {
            y = is_change(analysis) ? 0 : baseline_mean(view, analysis->outcome, name);
        }
        if (!isfinite(y))
            continue;
        vg_plot_widen(range, y);
        vg_plot_add(plot, line, x, y, NAN, NAN, NULL);
        vg_plot_add(plot, points, x, y, NAN, NAN,
                    row ? vg_interval_text(view, row, 1, vg_decimals(row->se)) : "observed");
    }
}

static const char *outcome_name(const VgView *view, const char *outcome)
{
    const VgViewOutcome *o = vg_view_outcome(view, outcome);
    return o && o->label ? o->label : outcome ? outcome : "outcome";
}

static const char *outcome_unit(const VgView *view, const char *outcome)
{
    const VgViewOutcome *o = vg_view_outcome(view, outcome);
    return o && o->unit ? o->unit : "units of the outcome";
}

VgPlot *vg_figure_trajectory(const VgView *view, const VgViewAnalysis *analysis)
{
    if (!view->n_arms || !view->n_visits ||
        !vg_view_estimate(view, analysis->id, "lsmean", NULL, NULL, NULL))
        return NULL;
    const VgViewOutcome *o = vg_view_outcome(view, analysis->outcome);
    const char *name = outcome_name(view, analysis->outcome),
               *unit = outcome_unit(view, analysis->outcome);
    bool change = is_change(analysis);
    bool from_baseline =
        !vg_view_estimate(view, analysis->id, "lsmean", view->visit[0].name, NULL, NULL);
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "trajectory-%s", analysis->id),
        vg_arena_printf(view->arena, "%s: %s by arm over time", name,
                        change ? "mean change from baseline" : "mean"),
        vg_arena_printf(
            view->arena,
            "Adjusted (least-squares) means with %.4g%% confidence intervals%s. %s. Points are "
            "moved a little sideways so that intervals do not hide each other.",
            100 * view->result->level,
            !from_baseline ? ""
            : change       ? "; the change at baseline is 0 by definition"
                           : "; the first point is the observed mean at baseline",
            o && !o->lower_is_better ? "Higher is better" : "Lower is better"));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    plot->about = analysis->id;
    plot->panel_height = 380;
    visit_axis(view, plot, &panel->x);
    VgPlotRange range = {INFINITY, -INFINITY};
    if (change) {
        vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_MUTED, NULL), 0, 0,
                    NAN, NAN, NULL);
        vg_plot_widen(&range, 0);
    }
    double step = 0.014 * (panel->x.high - panel->x.low);
    for (size_t a = 0; a < view->n_arms; a++)
        one_arm(view, plot, panel, analysis, a, step * ((double)a - ((double)view->n_arms - 1) / 2),
                &range);
    vg_axis_numbers(
        plot, &panel->y,
        vg_arena_printf(view->arena, change ? "Change in %s (%s)" : "%s (%s)", name, unit),
        range.low, range.high, 6);
    return plot;
}

static void individual_panel(const VgView *view, VgPlot *plot, VgPlotPanel *panel, size_t arm,
                             const char *outcome, VgPlotRange *range)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "trajectories");
    VgPlotLayer *lines = vg_plot_layer(plot, panel, VG_MARK_LINE, VG_STYLE_MUTED, NULL);
    if (lines)
        lines->light = true;
    const char *last = NULL;
    size_t people = 0,
           stride = d->n_rows / 12000 + 1; /* every stride-th person: a page has its size */
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "outcome", i), outcome) ||
            !vg_same_text(vg_cell_text(d, "arm", i), view->arm[arm].name))
            continue;
        size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
        double y = vg_cell_number(d, "value", i);
        if (v == view->n_visits || !isfinite(y))
            continue;
        const char *who = vg_cell_text(d, "participant", i);
        if (!vg_same_text(who, last)) {
            people++;
            vg_plot_add(plot, lines, NAN, NAN, NAN, NAN, NULL);
        }
        last = who;
        if (people % stride)
            continue;
        vg_plot_add(plot, lines, place(view, v), y, NAN, NAN, NULL);
        vg_plot_widen(range, y);
    }
    d = vg_result_find_dataset(view->result, NULL, "observed_means");
    VgPlotLayer *mean = vg_plot_layer(plot, panel, VG_MARK_LINE, (int)arm, NULL);
    VgPlotLayer *dots = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)arm, NULL);
    for (size_t i = 0; d && i < d->n_rows; i++) {
        size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
        if (v == view->n_visits || !vg_same_text(vg_cell_text(d, "outcome", i), outcome) ||
            !vg_same_text(vg_cell_text(d, "arm", i), view->arm[arm].name))
            continue;
        vg_plot_add(plot, mean, place(view, v), vg_cell_number(d, "mean", i), NAN, NAN, NULL);
        vg_plot_add(plot, dots, place(view, v), vg_cell_number(d, "mean", i), NAN, NAN,
                    "observed mean");
    }
}

VgPlot *vg_figure_individuals(const VgView *view, const char *outcome)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "trajectories");
    if (!d || !d->n_rows || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "individuals-%s", outcome ? outcome : "outcome"),
        vg_arena_printf(view->arena, "%s: each participant's course", outcome_name(view, outcome)),
        "Each thin line is one participant; it ends at the last visit attended. The thick line "
        "joins the means "
        "of those seen at each visit, so it follows fewer people to the right.");
    if (!plot)
        return NULL;
    plot->columns = view->n_arms > 1 ? 2 : 1;
    plot->panel_height = 330;
    VgPlotRange range = {INFINITY, -INFINITY};
    for (size_t a = 0; a < view->n_arms; a++) {
        VgPlotPanel *panel = vg_plot_panel(plot, vg_view_arm_label(view, view->arm[a].name));
        if (!panel)
            return NULL;
        visit_axis(view, plot, &panel->x);
        panel->x.label = NULL;
        individual_panel(view, plot, panel, a, outcome, &range);
    }
    const VgViewOutcome *o = vg_view_outcome(view, outcome);
    if (o && o->minimum == 0)
        vg_plot_widen(&range, 0);
    for (size_t i = 0; i < plot->n_panels; i++)
        vg_axis_numbers(plot, &plot->panel[i]->y,
                        vg_arena_printf(view->arena, "%s (%s)", outcome_name(view, outcome),
                                        outcome_unit(view, outcome)),
                        range.low, range.high, 6);
    return plot;
}
