/* What the numbers rest on: who was seen, residuals, covariance between visits. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

VgPlot *vg_figure_retention(const VgView *view, const char *outcome)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "retention");
    if (!d || !d->n_rows || !view->n_arms || !view->n_visits)
        return NULL;
    VgPlot *plot =
        vg_plot_create(view->arena, "retention", "Those seen at each visit",
                       "Percentage of those randomised to each arm whose outcome was recorded, by "
                       "visit.");
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    const char **label = VG_NEW(view->arena, const char *, view->n_visits);
    if (!panel || !label)
        return NULL;
    plot->panel_height = 320;
    for (size_t v = 0; v < view->n_visits; v++)
        label[v] = vg_view_visit_label(view, view->visit[v].name);
    vg_axis_categories(plot, &panel->x, NULL, label, view->n_visits);
    vg_axis_numbers(plot, &panel->y, "Seen (% of randomised)", 0, 100, 5);
    for (size_t a = 0; a < view->n_arms; a++) {
        VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_LINE, (int)a,
                                          vg_view_arm_label(view, view->arm[a].name));
        VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a, NULL);
        double dodge = 0.05 * ((double)a - ((double)view->n_arms - 1) / 2);
        for (size_t i = 0; i < d->n_rows; i++) {
            size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
            double seen = vg_cell_number(d, "observed", i),
                   all = vg_cell_number(d, "randomised", i);
            if (v == view->n_visits || !(all > 0) ||
                (outcome && !vg_same_text(vg_cell_text(d, "outcome", i), outcome)) ||
                !vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                continue;
            vg_plot_add(plot, line, (double)v + dodge, 100 * seen / all, NAN, NAN, NULL);
            vg_plot_add(plot, points, (double)v + dodge, 100 * seen / all, NAN, NAN,
                        vg_arena_printf(view->arena, "%.0f of %.0f", seen, all));
        }
    }
    return plot;
}

enum { PATTERNS = 14 };

static const char *pattern_label(const VgView *view, const char *pattern)
{
    VgBuffer text = {0};
    for (; *pattern; pattern++)
        vg_buffer_text(&text, *pattern == '1' ? "● " : "○ ");
    return vg_view_kept(view, &text);
}

static size_t collect_patterns(const VgDataset *d, const char *outcome, const char **pattern)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_rows && n < PATTERNS; i++) {
        const char *p = vg_cell_text(d, "pattern", i);
        bool known = !p || (outcome && !vg_same_text(vg_cell_text(d, "outcome", i), outcome));
        for (size_t k = 0; k < n && !known; k++)
            known = vg_same_text(pattern[k], p);
        if (!known)
            pattern[n++] = p;
    }
    for (size_t i = 1; i < n; i++) /* most seen first: the all-seen pattern leads */
        for (size_t k = i; k > 0 && strcmp(pattern[k], pattern[k - 1]) > 0; k--) {
            const char *swap = pattern[k];
            pattern[k] = pattern[k - 1];
            pattern[k - 1] = swap;
        }
    return n;
}

static double pattern_bars(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const VgDataset *d,
                           const char *outcome, size_t arm, const char *const *pattern, size_t n)
{
    double most = 1;
    VgPlotLayer *bars = vg_plot_layer(plot, panel, VG_MARK_BAR_X, (int)arm, NULL);
    panel->y.side_label = VG_NEW(view->arena, const char *, n);
    for (size_t i = 0; i < d->n_rows; i++) {
        if ((outcome && !vg_same_text(vg_cell_text(d, "outcome", i), outcome)) ||
            !vg_same_text(vg_cell_text(d, "arm", i), view->arm[arm].name))
            continue;
        for (size_t k = 0; k < n; k++)
            if (vg_same_text(vg_cell_text(d, "pattern", i), pattern[k])) {
                double count = vg_cell_number(d, "n", i);
                const char *text = vg_arena_printf(view->arena, "%.0f", count);
                vg_plot_add(plot, bars, count, (double)k, NAN, NAN, text);
                if (panel->y.side_label)
                    panel->y.side_label[k] = text;
                most = fmax(most, count);
            }
    }
    return most;
}

VgPlot *vg_figure_patterns(const VgView *view, const char *outcome)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "dropout_patterns");
    const char *pattern[PATTERNS], *label[PATTERNS];
    size_t n = d ? collect_patterns(d, outcome, pattern) : 0;
    if (!n || !view->n_arms)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, "dropout", "Who was seen when",
        "Participants by pattern of attendance. Each circle is a visit in order: ● seen, "
        "○ not seen. The number of participants is at the right.");
    if (!plot)
        return NULL;
    plot->columns = view->n_arms > 1 ? 2 : 1;
    plot->panel_height = 110 + 26 * (double)n;
    for (size_t k = 0; k < n; k++)
        label[k] = pattern_label(view, pattern[k]);
    double most = 1;
    for (size_t a = 0; a < view->n_arms; a++) {
        VgPlotPanel *panel = vg_plot_panel(plot, vg_view_arm_label(view, view->arm[a].name));
        if (!panel)
            return NULL;
        vg_axis_categories(plot, &panel->y, NULL, label, n);
        panel->y.downward = true;
        most = fmax(most, pattern_bars(view, plot, panel, d, outcome, a, pattern, n));
    }
    for (size_t i = 0; i < plot->n_panels; i++)
        vg_axis_numbers(plot, &plot->panel[i]->x, "Participants", 0, most, 4);
    return plot;
}

static void extent(const VgDatasetColumn *column, size_t n, double *low, double *high)
{
    for (size_t i = 0; column && column->number && i < n; i++)
        if (isfinite(column->number[i])) {
            *low = fmin(*low, column->number[i]);
            *high = fmax(*high, column->number[i]);
        }
}

static VgPlotPanel *scatter(const VgView *view, VgPlot *plot, const VgDataset *d, const char *title,
                            const char *x, const char *y)
{
    VgPlotPanel *panel = vg_plot_panel(plot, title);
    for (size_t a = 0; a < view->n_arms && panel; a++) {
        VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, (int)a,
                                            vg_view_arm_label(view, view->arm[a].name));
        if (points)
            points->light = true;
        size_t stride =
            d->n_rows / 6000 + 1; /* a page has room for some thousand points, no more */
        for (size_t i = 0; i < d->n_rows; i += stride)
            if (vg_same_text(vg_cell_text(d, "arm", i), view->arm[a].name))
                vg_plot_add(plot, points, vg_cell_number(d, x, i), vg_cell_number(d, y, i), NAN,
                            NAN, NULL);
    }
    return panel;
}

VgPlot *vg_figure_residuals(const VgView *view, const VgViewAnalysis *analysis)
{
    const VgDataset *d = vg_result_find_dataset(view->result, analysis->id, "residuals");
    if (!d || !d->n_rows || !view->n_arms)
        return NULL;
    VgPlot *plot =
        vg_plot_create(view->arena, vg_arena_printf(view->arena, "residuals-%s", analysis->id),
                       vg_arena_printf(view->arena, "Residuals of: %s", analysis->label),
                       "Normalised residuals (uncorrelated, variance 1 where the model holds). "
                       "Left: against fitted values; a band "
                       "of even width around 0 is what a fitting model gives. Right: against "
                       "normal quantiles; points along the "
                       "line mean normal residuals.");
    if (!plot)
        return NULL;
    plot->columns = 2;
    plot->panel_height = 340;
    double x_low = INFINITY, x_high = -INFINITY, low = -2, high = 2;
    extent(vg_dataset_column(d, "fitted"), d->n_rows, &x_low, &x_high);
    extent(vg_dataset_column(d, "normalised"), d->n_rows, &low, &high);
    extent(vg_dataset_column(d, "normal_quantile"), d->n_rows, &low, &high);
    VgPlotPanel *left = scatter(view, plot, d, "Residuals by fitted value", "fitted", "normalised");
    VgPlotPanel *right =
        scatter(view, plot, d, "Normal quantiles", "normal_quantile", "normalised");
    if (!left || !right)
        return NULL;
    vg_axis_numbers(plot, &left->x, "Fitted value", x_low, x_high, 5);
    vg_axis_numbers(plot, &left->y, "Normalised residual", low, high, 6);
    vg_axis_numbers(plot, &right->x, "Normal quantile", low, high, 6);
    vg_axis_numbers(plot, &right->y, "Normalised residual", low, high, 6);
    vg_plot_add(plot, vg_plot_layer(plot, left, VG_MARK_RULE_Y, VG_STYLE_MUTED, NULL), 0, 0, NAN,
                NAN, NULL);
    VgPlotLayer *line = vg_plot_layer(plot, right, VG_MARK_LINE, VG_STYLE_INK, NULL);
    vg_plot_add(plot, line, low, low, NAN, NAN, NULL);
    vg_plot_add(plot, line, high, high, NAN, NAN, NULL);
    return plot;
}

static void covariance_panel(const VgView *view, VgPlot *plot, const VgDataset *d,
                             const char *group)
{
    const char *name[16], *label[16];
    size_t n = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *row = vg_cell_text(d, "row", i);
        bool known = !vg_same_text(vg_cell_text(d, "group", i), group);
        for (size_t k = 0; k < n && !known; k++)
            known = vg_same_text(name[k], row);
        if (known || n == 16)
            continue;
        label[n] = vg_view_visit_label(view, row);
        name[n++] = row;
    }
    VgPlotPanel *panel = vg_plot_panel(plot, group ? vg_view_arm_label(view, group) : NULL);
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, VG_STYLE_INK, NULL);
    if (!panel)
        return;
    vg_axis_categories(plot, &panel->x, NULL, label, n);
    vg_axis_categories(plot, &panel->y, NULL, label, n);
    panel->y.downward = true;
    for (size_t i = 0; i < d->n_rows; i++) {
        size_t r = 0, c = 0;
        while (r < n && !vg_same_text(name[r], vg_cell_text(d, "row", i)))
            r++;
        while (c < n && !vg_same_text(name[c], vg_cell_text(d, "column", i)))
            c++;
        if (r == n || c == n || !vg_same_text(vg_cell_text(d, "group", i), group))
            continue;
        double correlation = vg_cell_number(d, "correlation", i),
               variance = vg_cell_number(d, "covariance", i);
        VgBuffer text = {0};
        vg_buffer_text(&text, r == c ? "SD " : "");
        vg_put_number(&text, r == c ? sqrt(variance) : correlation,
                      r == c ? (variance > 1e6 ? 0 : 1) : 2);
        vg_plot_add(plot, tiles, (double)c, (double)r, r == c ? 0.06 : correlation, NAN,
                    vg_view_kept(view, &text));
    }
    plot->panel_height = fmax(plot->panel_height, 70 + 52 * (double)n);
}

VgPlot *vg_figure_covariance(const VgView *view, const VgViewAnalysis *analysis)
{
    const VgDataset *d = vg_result_find_dataset(view->result, analysis->id, "covariance");
    if (!d || !d->n_rows)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "covariance-%s", analysis->id),
        vg_arena_printf(view->arena, "Estimated correlation between visits: %s", analysis->label),
        "Correlation of a participant's values between visits, as the model estimates it; darker "
        "is stronger. The "
        "diagonal shows the standard deviation at each visit.");
    if (!plot)
        return NULL;
    plot->panel_height = 200;
    for (size_t i = 0; i < d->n_rows && plot->n_panels < 4; i++) {
        const char *group = vg_cell_text(d, "group", i);
        bool known = false;
        for (size_t k = 0; k < i && !known; k++)
            known = vg_same_text(vg_cell_text(d, "group", k), group);
        if (!known)
            covariance_panel(view, plot, d, group);
    }
    plot->columns = plot->n_panels > 1 ? 2 : 1;
    return plot->n_panels ? plot : NULL;
}
