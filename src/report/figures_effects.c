/* The size of the effects: the forest of all analyses, and how many reached response and remission.
 */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_ROWS = 24 }; /* what one page holds; the caption says when there are more */

typedef struct Rows {
    const char *label[MOST_ROWS], *side[MOST_ROWS];
    const VgEstimate *row[MOST_ROWS];
    size_t n;
    bool cut;
} Rows;

static void collect(const VgView *view, const char *quantity, const char *outcome, Rows *rows,
                    double factor)
{
    *rows = (Rows){0};
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        const VgEstimate *row = vg_view_contrast(view, a, quantity);
        if (a == view->primary && vg_same_text(quantity, "contrast"))
            row = view->answer;
        if (!row || !isfinite(row->estimate) || !isfinite(row->lower) || !isfinite(row->upper) ||
            (outcome && !vg_same_text(row->outcome, outcome)))
            continue;
        if (rows->n == MOST_ROWS) {
            rows->cut = true;
            return;
        }
        bool marked = vg_same_text(quantity, "contrast") && !vg_same_text(a->role, "sensitivity");
        rows->row[rows->n] = row;
        rows->label[rows->n] =
            marked ? vg_arena_printf(view->arena, "%s (%s)", a->label, a->role) : a->label;
        rows->side[rows->n++] =
            vg_interval_text(view, row, factor, factor == 1 ? vg_decimals(row->se) : 0);
    }
}

static void forest_panel(const VgView *view, VgPlot *plot, const char *title,
                         const char *axis_label, const Rows *rows, double factor,
                         bool lower_is_better, const char *arm, const char *reference)
{
    VgPlotPanel *panel = vg_plot_panel(plot, title);
    if (!panel)
        return;
    panel->height = 152 + 40 * (double)rows->n;
    double low = 0, high = 0;
    VgPlotLayer *nought = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_MUTED, NULL);
    VgPlotLayer *intervals = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    VgPlotLayer *first = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, VG_STYLE_INK, NULL);
    vg_plot_add(plot, nought, 0, 0, NAN, NAN, NULL);
    for (size_t i = 0; i < rows->n; i++) {
        const VgEstimate *row = rows->row[i];
        vg_plot_add(plot, intervals, factor * row->lower, (double)i, factor * row->upper, NAN,
                    NULL);
        vg_plot_add(plot, row == view->answer ? first : points, factor * row->estimate, (double)i,
                    NAN, NAN, rows->side[i]);
        low = fmin(low, factor * row->lower);
        high = fmax(high, factor * row->upper);
    }
    double margin = 0.25 * (high - low); /* the words under the axis need room on both sides */
    vg_axis_numbers(plot, &panel->x, axis_label, fmin(low, -margin), fmax(high, margin), 6);
    vg_axis_categories(plot, &panel->y, NULL, rows->label, rows->n);
    panel->y.downward = true;
    panel->y.side_label = VG_NEW(view->arena, const char *, rows->n);
    for (size_t i = 0; panel->y.side_label && i < rows->n; i++)
        panel->y.side_label[i] = rows->side[i];
    const char *better =
        vg_arena_printf(view->arena, lower_is_better ? "← better: %s" : "better: %s →",
                        vg_view_arm_label(view, arm));
    const char *worse =
        vg_arena_printf(view->arena, lower_is_better ? "better: %s →" : "← better: %s",
                        vg_view_arm_label(view, reference));
    panel->x.towards_low = lower_is_better ? better : worse;
    panel->x.towards_high = lower_is_better ? worse : better;
}

static bool outcome_seen(const VgView *view, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (vg_same_text(view->analysis[k].outcome, view->analysis[i].outcome))
            return true;
    return false;
}

/* A rank-sum test estimates no difference in means. */
static const char *axis_words(const VgView *view, const char *outcome)
{
    for (size_t k = 0; k < view->n_analyses; k++)
        if (vg_same_text(view->analysis[k].outcome, outcome) &&
            vg_same_text(view->analysis[k].kind, "rank_sum"))
            return "Difference in means, of a rank-sum test median difference";
    return "Difference in means";
}

VgPlot *vg_figure_forest(const VgView *view)
{
    bool cut = false;
    VgPlot *plot =
        vg_plot_create(view->arena, "forest", "Primary, secondary and sensitivity analyses",
                       vg_arena_printf(view->arena,
                                       "Estimates with %.4g%% confidence intervals; a difference "
                                       "is always the first-named arm "
                                       "minus its reference. An interval that crosses the upright "
                                       "line at 0 is compatible with "
                                       "no difference. The circle is the primary analysis; "
                                       "rows without a mark are sensitivity analyses.",
                                       100 * view->result->level));
    if (!plot)
        return NULL;
    Rows rows;
    for (size_t i = 0; i < view->n_analyses; i++) {
        if (outcome_seen(view, i))
            continue;
        const VgViewOutcome *o = vg_view_outcome(view, view->analysis[i].outcome);
        collect(view, "contrast", view->analysis[i].outcome, &rows, 1);
        cut |= rows.cut;
        if (!rows.n || !o)
            continue;
        forest_panel(
            view, plot,
            vg_arena_printf(view->arena, "Difference in %s", o->label ? o->label : o->name),
            vg_arena_printf(view->arena, "%s (%s)", axis_words(view, view->analysis[i].outcome),
                            o->unit ? o->unit : "units of the outcome"),
            &rows, 1, o->lower_is_better, rows.row[0]->arm, rows.row[0]->reference);
    }
    collect(view, "risk_difference", NULL, &rows, 100);
    cut |= rows.cut;
    if (rows.n) {
        forest_panel(view, plot, "Difference in those who reached response or remission",
                     "More (or fewer) of 100 people", &rows, 100, false, rows.row[0]->arm,
                     rows.row[0]->reference);
    }
    if (cut)
        plot->description =
            vg_arena_printf(view->arena,
                            "%s Only the first %d analyses of a panel are drawn; all "
                            "are in the list.",
                            plot->description, MOST_ROWS);
    return plot->n_panels ? plot : NULL;
}

static void rate_panel(const VgView *view, VgPlot *plot, const VgViewAnalysis *analysis,
                       const char *quantity)
{
    const VgEstimate *difference =
        vg_view_rate(view, analysis, "risk_difference", analysis->arm, analysis->reference);
    const char *title =
        difference ? vg_arena_printf(view->arena, "%s. Difference %s of 100", analysis->label,
                                     vg_interval_text(view, difference, 100, 0))
                   : analysis->label;
    VgPlotPanel *panel = vg_plot_panel(plot, title);
    const char **label = VG_NEW(view->arena, const char *, view->n_arms);
    if (!panel || !label)
        return;
    size_t n = 0;
    double high = 20;
    for (size_t a = 0; a < view->n_arms; a++) {
        const VgEstimate *row = vg_view_rate(view, analysis, quantity, view->arm[a].name, NULL);
        if (!row || !isfinite(row->estimate))
            continue;
        double value = 100 * row->estimate;
        vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_BAR_Y, (int)a, NULL), (double)n, value,
                    NAN, NAN, vg_interval_text(view, row, 100, 0));
        vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_INTERVAL_Y, VG_STYLE_INK, NULL),
                    (double)n, 100 * row->lower, NAN, 100 * row->upper, NULL);
        vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL),
                    (double)n + 0.4, value, NAN, NAN, vg_arena_printf(view->arena, "%.0f", value));
        high = fmax(high, isfinite(row->upper) ? 100 * row->upper : value);
        label[n++] = vg_view_arm_label(view, view->arm[a].name);
    }
    vg_axis_categories(plot, &panel->x, NULL, label, n);
    vg_axis_numbers(plot, &panel->y, "Of 100 people", 0, high, 5);
}

VgPlot *vg_figure_rates(const VgView *view)
{
    VgPlot *plot = vg_plot_create(
        view->arena, "rates", "Response and remission by arm",
        vg_arena_printf(
            view->arena,
            "How many of 100 people reached it in each arm, with %.4g%% confidence intervals; "
            "standardised to the covariates of all participants where the plan names any.",
            100 * view->result->level));
    if (!plot)
        return NULL;
    plot->columns = 2;
    plot->panel_height = 340;
    static const char *const quantities[] = {"response_rate", "remission_rate"};
    for (size_t i = 0; i < view->n_analyses; i++)
        for (size_t q = 0; q < 2; q++)
            if (vg_view_estimate(view, view->analysis[i].id, quantities[q], NULL, NULL, NULL))
                rate_panel(view, plot, &view->analysis[i], quantities[q]);
    if (plot->n_panels == 1)
        plot->columns = 1;
    return plot->n_panels ? plot : NULL;
}
