/* Which studies the pooled effect hangs on, and what it goes with: Baujat, influence, bubbles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

enum { MOST_LABELS = 6 };

static double column_range(const VgDataset *d, const char *column, double *low)
{
    double high = -INFINITY;
    *low = INFINITY;
    for (size_t i = 0; i < d->n_rows; i++) {
        double value = vg_cell_number(d, column, i);
        if (!isfinite(value))
            continue;
        *low = fmin(*low, value);
        high = fmax(high, value);
    }
    return high;
}

/* Names the points that lie farthest out, as long as a name lies on no other: 0.3 of the width aside or 0.06 of
 * the height apart. */
static void name_points(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d, double *out)
{
    double taken_x[MOST_LABELS], taken_y[MOST_LABELS];
    size_t n = 0;
    VgPlotLayer *right = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL),
                *left = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    if (!right || !left)
        return;
    right->place = VG_TEXT_RIGHT;
    left->place = VG_TEXT_LEFT;
    right->font = left->font = 12;
    for (size_t tries = 0; tries < 2 * MOST_LABELS && n < MOST_LABELS; tries++) {
        size_t best = d->n_rows;
        for (size_t i = 0; i < d->n_rows; i++)
            if (isfinite(out[i]) && out[i] > 0 && (best == d->n_rows || out[i] > out[best]))
                best = i;
        if (best == d->n_rows)
            return;
        out[best] = NAN;
        double x = vg_cell_number(d, "x", best), y = vg_cell_number(d, "y", best),
               u = (x - panel->x.low) / (panel->x.high - panel->x.low),
               v = (y - panel->y.low) / (panel->y.high - panel->y.low);
        bool free_place = true;
        for (size_t k = 0; k < n; k++)
            free_place &= fabs(taken_y[k] - v) > 0.06 || fabs(taken_x[k] - u) > 0.6;
        if (!free_place)
            continue;
        taken_x[n] = u;
        taken_y[n++] = v;
        vg_plot_add(plot, u > 0.6 ? left : right, x, y, NAN, NAN, vg_cell_text(d, "study", best));
    }
}

VgPlot *vg_figure_baujat(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "baujat");
    double *out = d && d->n_rows ? VG_NEW(view->arena, double, d->n_rows) : NULL, low;
    VgPlot *plot =
        out ? vg_review_plot(view, a, "baujat", "Baujat plot",
                             "Studies far to the right make the results differ; studies high up "
                             "move the pooled effect. The farthest are named.")
            : NULL;
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    double x_most = column_range(d, "x", &low), y_most = column_range(d, "y", &low);
    vg_axis_numbers(plot, &panel->x, "Contribution to heterogeneity (part of Q)", 0, x_most, 6);
    vg_axis_numbers(plot, &panel->y, "Influence on the pooled effect", 0, y_most, 5);
    panel->height = 400;
    VgPlotLayer *points = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    for (size_t i = 0; i < d->n_rows; i++) {
        double x = vg_cell_number(d, "x", i), y = vg_cell_number(d, "y", i);
        out[i] = fmax(x / x_most, y / y_most) > 0.25 ? x / x_most + y / y_most : NAN;
        vg_plot_add(plot, points, x, y, NAN, NAN, vg_cell_text(d, "study", i));
    }
    name_points(plot, panel, d, out);
    return plot;
}

static void influence_panel(const VgView *view, VgPlot *plot, const VgDataset *d,
                            const char *column, const char *title, double line)
{
    double low, high = column_range(d, column, &low);
    VgPlotPanel *panel = isfinite(high) ? vg_plot_panel(plot, title) : NULL;
    if (!panel)
        return;
    vg_axis_numbers(plot, &panel->x, "Study, in the order of the table", 0.5,
                    (double)d->n_rows + 0.5, 8);
    panel->x.low = 0.2;
    panel->x.high = (double)d->n_rows + 0.8;
    size_t ticks = 0; /* whole numbers within the axis only */
    for (size_t i = 0; i < panel->x.n_ticks; i++) {
        double tick = panel->x.tick[i];
        if (tick < 1 || tick > (double)d->n_rows || tick != floor(tick))
            continue;
        panel->x.tick[ticks] = tick;
        panel->x.tick_label[ticks++] = panel->x.tick_label[i];
    }
    panel->x.n_ticks = ticks;
    if (isfinite(line)) {
        low = fmin(low, -line);
        high = fmax(high, line);
    } else {
        low = fmin(low, 0);
    }
    vg_axis_numbers(plot, &panel->y, NULL, low, high + 0.08 * (high - low), 4);
    VgPlotLayer *rule = vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_MUTED, NULL);
    if (isfinite(line) && rule) {
        rule->light = true;
        vg_plot_add(plot, rule, 0, line, NAN, NAN, NULL);
        vg_plot_add(plot, rule, 0, -line, NAN, NAN, NULL);
    }
    VgPlotLayer *path = vg_plot_layer(plot, panel, VG_MARK_LINE, VG_STYLE_MUTED, NULL),
                *usual = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, "Study"),
                *marked = vg_plot_layer(plot, panel, VG_MARK_POINT, 1, "Influential");
    if (path)
        path->light = true;
    for (size_t i = 0; i < d->n_rows; i++) {
        double y = vg_cell_number(d, column, i), x = (double)i + 1;
        const char *study = vg_cell_text(d, "study", i);
        vg_plot_add(plot, path, x, y, NAN, NAN, NULL);
        vg_plot_add(plot, vg_cell_number(d, "influential", i) == 1 ? marked : usual, x, y, NAN, NAN,
                    vg_arena_printf(view->arena, "%zu %s", i + 1, study ? study : ""));
    }
}

VgPlot *vg_figure_influence(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "influence");
    VgPlot *plot =
        d && d->n_rows
            ? vg_review_plot(view, a, "influence", "Influence of single studies",
                             "What each study does: how far it lies from the others (studentised "
                             "residual; broken lines at ±1.96), how far it moves the pooled "
                             "effect (Cook's distance), what heterogeneity is left without it, "
                             "and how much it weighs (hat value).")
            : NULL;
    if (!plot)
        return NULL;
    influence_panel(view, plot, d, "rstudent", "Studentised residual", 1.96);
    influence_panel(view, plot, d, "cook", "Cook’s distance", NAN);
    influence_panel(view, plot, d, "tau2_deleted", "τ² without the study", NAN);
    influence_panel(view, plot, d, "hat", "Hat value", NAN);
    plot->columns = 2;
    plot->panel_height = 230;
    return plot->n_panels ? plot : NULL;
}

/* ---- bubbles ---- */

static void band(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d, const char *moderator)
{
    VgPlotLayer *area = vg_plot_layer(plot, panel, VG_MARK_AREA, 0, NULL),
                *line = vg_plot_layer(plot, panel, VG_MARK_LINE, 0, NULL);
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "moderator", i), moderator)) {
            double x = vg_cell_number(d, "x", i);
            vg_plot_add(plot, line, x, vg_cell_number(d, "estimate", i), NAN, NAN, NULL);
            vg_plot_add(plot, area, x, vg_cell_number(d, "lower", i), NAN, NAN, NULL);
        }
    for (size_t i = d->n_rows; i-- > 0;)
        if (vg_same_text(vg_cell_text(d, "moderator", i), moderator))
            vg_plot_add(plot, area, vg_cell_number(d, "x", i), vg_cell_number(d, "upper", i), NAN,
                        NAN, NULL);
}

static bool all_whole(const VgPlotAxis *axis)
{
    for (size_t i = 0; i < axis->n_ticks; i++)
        if (fabs(axis->tick[i] - round(axis->tick[i])) > 1e-9)
            return false;
    return true;
}

static void bubble_panel(VgPlot *plot, const VgForest *scale, const VgDataset *d,
                         const VgDataset *line, const char *moderator)
{
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return;
    double x_low = INFINITY, x_high = -INFINITY, y_low = scale->null_value, y_high = y_low,
           most = 0;
    bool whole = true;
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "moderator", i), moderator)) {
            double x = vg_cell_number(d, "x", i);
            whole = whole && x == floor(x);
            x_low = fmin(x_low, vg_cell_number(d, "x", i));
            x_high = fmax(x_high, vg_cell_number(d, "x", i));
            y_low = fmin(y_low, vg_cell_number(d, "y", i));
            y_high = fmax(y_high, vg_cell_number(d, "y", i));
            most = fmax(most, vg_cell_number(d, "weight", i));
        }
    for (size_t i = 0; line && i < line->n_rows; i++)
        if (vg_same_text(vg_cell_text(line, "moderator", i), moderator)) {
            x_low = fmin(x_low, vg_cell_number(line, "x", i));
            x_high = fmax(x_high, vg_cell_number(line, "x", i));
            y_low = fmin(y_low, vg_cell_number(line, "estimate", i));
            y_high = fmax(y_high, vg_cell_number(line, "estimate", i));
        }
    double margin = 0.03 * (x_high - x_low), height = 0.06 * (y_high - y_low);
    for (size_t n = 6; n <= 10; n++) { /* years have no halves */
        vg_axis_numbers(plot, &panel->x, moderator, x_low - margin, x_high + margin, n);
        if (!whole || all_whole(&panel->x))
            break;
    }
    y_low -= height;
    y_high += height;
    vg_effect_axis(plot, &panel->y, scale, scale->measure, y_low, y_high, 6);
    panel->height = 380;
    vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_MUTED, NULL), 0,
                scale->null_value, NAN, NAN, NULL);
    if (line)
        band(plot, panel, line, moderator);
    VgPlotLayer *bubbles = vg_plot_layer(plot, panel, VG_MARK_BUBBLE, VG_STYLE_INK, NULL);
    if (bubbles)
        bubbles->opacity = 0.25;
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "moderator", i), moderator)) {
            vg_plot_add(plot, bubbles, vg_cell_number(d, "x", i), vg_cell_number(d, "y", i), NAN,
                        NAN, vg_cell_text(d, "study", i));
            vg_plot_size(bubbles, 3 + 13 * sqrt(fmax(0, vg_cell_number(d, "weight", i)) / most));
        }
}

VgPlot *vg_figure_bubble(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "bubble"),
                    *line = vg_result_find_dataset(view->result, a->id, "bubble_line");
    VgForest *scale = vg_forest_blank(view->arena, view->result, a->id, 1);
    VgPlot *plot =
        d && d->n_rows && scale
            ? vg_review_plot(view, a, "bubble", "Effect by moderator",
                             "Each circle is a study, the larger the more it weighs; the line is "
                             "the meta-regression with its confidence band. Studies differ in "
                             "many ways at once: a slope here is no proof of a cause.")
            : NULL;
    if (!plot)
        return NULL;
    for (size_t i = 0; i < d->n_rows; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen |= vg_same_text(vg_cell_text(d, "moderator", k), vg_cell_text(d, "moderator", i));
        if (!seen)
            bubble_panel(plot, scale, d, line, vg_cell_text(d, "moderator", i));
    }
    return plot;
}
