/* Through which channel: effects as bars, what a hidden cause would do to them, what noisy markers do. */
#include <math.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/mechanism.h"

enum { MOST_ROWS = 64, MOST_PANELS = 12 };

static const double ROW_HEIGHT = 30, WIDTH = 860, LEAST = 660;

static const char *id_of(const VgView *view, const char *kind, const VgMechanism *m)
{
    return vg_arena_printf(view->arena, "%s-%s", kind, m->analysis->id);
}

/* ---- bars ---- */

typedef struct Bars {
    const VgView *view;
    const VgMechanism *mechanism;
    VgPlot *plot;
    VgPlotLayer *measured, *corrected, *whole, *interval;
    const char *label[MOST_ROWS], *effect[MOST_ROWS], *share[MOST_ROWS];
    VgRowKind kind[MOST_ROWS];
    size_t n;
    VgPlotRange range;
} Bars;

static const char *share_text(const VgView *view, const VgEstimate *share)
{
    if (!share || !isfinite(share->estimate))
        return "–";
    if (!isfinite(share->lower) || !isfinite(share->upper))
        return vg_arena_printf(view->arena, "%.0f %%", 100 * share->estimate);
    return vg_arena_printf(view->arena, "%s%.0f %% (%s%.0f to %.0f)",
                           share->estimate < 0 ? "−" : "", 100 * fabs(share->estimate),
                           share->lower < 0 ? "−" : "", 100 * fabs(share->lower),
                           100 * share->upper);
}

static void add_bar(Bars *b, VgPlotLayer *layer, const char *label, VgRowKind kind,
                    const VgEstimate *row, const char *share)
{
    if (!row || !isfinite(row->estimate) || b->n == MOST_ROWS)
        return;
    double y = (double)b->n;
    b->label[b->n] = label;
    b->kind[b->n] = kind;
    b->effect[b->n] = vg_interval_text(b->view, row, 1, b->mechanism->decimals);
    b->share[b->n++] = share;
    vg_plot_add(b->plot, layer, row->estimate, y, NAN, NAN,
                vg_arena_printf(b->view->arena, "%s: %s %s", label, b->effect[b->n - 1],
                                b->mechanism->unit));
    vg_plot_add(b->plot, b->interval, row->lower, y, row->upper, NAN, NULL);
    vg_plot_widen(&b->range, row->estimate);
    vg_plot_widen(&b->range, row->lower);
    vg_plot_widen(&b->range, row->upper);
}

static void add_way(Bars *b, VgPlotLayer *layer, const char *label, VgRowKind kind,
                    const VgMechanismWay *way, bool shares)
{
    const VgView *view = b->view;
    add_bar(b, layer, label, kind, way->measured, shares ? share_text(view, way->share) : NULL);
    if (b->corrected && way->corrected)
        add_bar(b, b->corrected, "\u00a0\u00a0\u00a0corrected", VG_ROW_PLAIN, way->corrected,
                shares ? share_text(view, way->corrected_share) : NULL);
}

static bool any_share(const VgMechanism *m)
{
    bool any = m->all.share && isfinite(m->all.share->estimate);
    for (size_t i = 0; i < m->n; i++)
        any = any || (m->way[i].share && isfinite(m->way[i].share->estimate));
    return any;
}

static const char *describe_bars(const VgView *view, const VgMechanism *m, bool shares)
{
    return vg_arena_printf(
        view->arena,
        "The difference in %s%s%s between the arms (%s), parted by the way it took; whiskers are "
        "%.4g%% intervals. All channels and what goes by other ways add up to the total. %s%s%s",
        m->outcome, m->visit ? " at " : "", m->visit ? m->visit : "", m->unit,
        100 * view->result->level,
        m->directed
            ? m->lower_is_better ? "Left of nought is better. " : "Right of nought is better. "
            : "",
        m->corrected ? "Corrected: with the measurement error of the markers taken out; a noisy "
                       "marker hides part of its channel. "
                     : "",
        shares
            ? "No share is printed (–) where the total is too uncertain or the way runs against it."
            : "Shares of the total are not printed: the total is too uncertain for them.");
}

VgPlot *vg_figure_mechanism_effects(const VgView *view, const VgMechanism *m)
{
    bool shares = any_share(m);
    VgPlot *plot = vg_plot_create(view->arena, id_of(view, "mechanism-effects", m),
                                  "How much of the effect goes through each channel",
                                  describe_bars(view, m, shares));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    plot->about = m->analysis->id;
    plot->width = WIDTH;
    plot->least = LEAST;
    Bars b = {.view = view, .mechanism = m, .plot = plot, .range = {0, 0}};
    b.measured = vg_plot_layer(plot, panel, VG_MARK_BAR_X, 0, m->corrected ? "As measured" : NULL);
    b.corrected = m->corrected ? vg_plot_layer(plot, panel, VG_MARK_BAR_X, 1,
                                               "Corrected for measurement error")
                               : NULL;
    b.whole = vg_plot_layer(plot, panel, VG_MARK_BAR_X, VG_STYLE_MUTED, NULL);
    b.interval = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    VgPlotLayer *nought = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL);
    vg_plot_add(plot, nought, 0, NAN, NAN, NAN, NULL);
    for (size_t i = 0; i < m->n; i++)
        add_way(&b, b.measured, m->way[i].label, VG_ROW_PLAIN, &m->way[i], shares);
    add_way(&b, b.measured, "All channels together", VG_ROW_STRONG, &m->all, shares);
    add_way(&b, b.measured, "By other ways (direct)", VG_ROW_STRONG, &m->direct, false);
    add_bar(&b, b.whole, "Total effect", VG_ROW_STRONG, m->total.measured, NULL);
    const char **effect = vg_plot_column(
        plot, panel,
        vg_arena_printf(view->arena, "Effect in %s (%.4g%%)", m->unit, 100 * view->result->level),
        false, b.n);
    const char **share = shares ? vg_plot_column(plot, panel, "Share of total", false, b.n) : NULL;
    VgRowKind *kind = VG_NEW(view->arena, VgRowKind, b.n);
    if (!effect || (shares && !share) || !kind)
        return NULL;
    for (size_t i = 0; i < b.n; i++) {
        kind[i] = b.kind[i];
        effect[i] = b.effect[i];
        if (share)
            share[i] = b.share[i] ? b.share[i] : "";
    }
    double room = 0.03 * (b.range.high - b.range.low);
    vg_axis_numbers(plot, &panel->x, NULL, b.range.low - room, b.range.high + room, 7);
    if (m->directed) {
        panel->x.towards_low = m->lower_is_better ? "← better" : "← worse";
        panel->x.towards_high = m->lower_is_better ? "worse →" : "better →";
    }
    vg_axis_categories(plot, &panel->y, "Way", b.label, b.n);
    panel->y.row = kind;
    panel->y.downward = panel->y.from_edge = true;
    plot->panel_height = 90 + ROW_HEIGHT * (double)b.n;
    return plot;
}

/* ---- curves: an effect over something that is not known, one panel a channel ---- */

/* A dataset of curves and what its columns are called. */
typedef struct Curves {
    const VgView *view;
    const VgMechanism *mechanism;
    VgPlot *plot;
    const VgDataset *dataset;
    const char *x;       /* column */
    double inner, outer; /* values whose intervals set the scale lie between these */
    VgPlotRange x_range, y_range;
} Curves;

static bool of_way(const Curves *c, size_t i, const VgMechanismWay *way)
{
    const char *effect = vg_cell_text(c->dataset, "effect", i),
               *channel = vg_cell_text(c->dataset, "channel", i),
               *mediator = vg_cell_text(c->dataset, "mediator", i);
    if (!way)
        return vg_same_text(effect, "direct");
    return !vg_same_text(effect, "direct") && vg_same_text(channel && !mediator ? channel
                                                           : channel            ? NULL
                                                                                : mediator,
                                                           way->name);
}

/* The scale holds each whole interval where the unknown is moderate. It is common to all channels; what goes by other ways,
 * usually much more, has one of its own. */
static void find_ranges(Curves *c, bool direct)
{
    c->x_range = (VgPlotRange){INFINITY, -INFINITY};
    c->y_range = (VgPlotRange){0, 0};
    for (size_t i = 0; i < c->dataset->n_rows; i++) {
        double x = vg_cell_number(c->dataset, c->x, i);
        bool shown = direct && of_way(c, i, NULL);
        for (size_t k = 0; k < c->mechanism->n && !shown && !direct; k++)
            shown = of_way(c, i, &c->mechanism->way[k]);
        if (!shown || !isfinite(vg_cell_number(c->dataset, "estimate", i)))
            continue;
        vg_plot_widen(&c->x_range, x);
        if (x < c->inner || x > c->outer)
            continue;
        vg_plot_widen(&c->y_range, vg_cell_number(c->dataset, "estimate", i));
        vg_plot_widen(&c->y_range, vg_cell_number(c->dataset, "lower", i));
        vg_plot_widen(&c->y_range, vg_cell_number(c->dataset, "upper", i));
    }
}

static size_t rows_of(const Curves *c, const VgMechanismWay *way, size_t *row)
{
    size_t n = 0;
    for (size_t i = 0; i < c->dataset->n_rows; i++)
        if (of_way(c, i, way) && isfinite(vg_cell_number(c->dataset, "estimate", i)))
            row[n++] = i;
    return n;
}

static const char *value_text(const VgView *view, const char *before, double value)
{
    VgBuffer text = {0};
    vg_buffer_text(&text, before);
    vg_put_number(&text, value, 2);
    return vg_view_kept(view, &text);
}

/* The line where it lies on the scale, the interval as a band that is cut at the panel. */
static void draw_curve(Curves *c, VgPlotPanel *panel, const size_t *row, size_t n)
{
    VgPlotLayer *band = vg_plot_layer(c->plot, panel, VG_MARK_AREA, 0, NULL),
                *line = vg_plot_layer(c->plot, panel, VG_MARK_LINE, 0, NULL);
    for (size_t k = 0; k < 2 * n; k++) { /* there along the lower limit, back along the upper */
        size_t i = row[k < n ? k : 2 * n - 1 - k];
        double y = vg_cell_number(c->dataset, k < n ? "lower" : "upper", i);
        if (isfinite(y))
            vg_plot_add(c->plot, band, vg_cell_number(c->dataset, c->x, i), y, NAN, NAN, NULL);
    }
    double last_x = NAN, last_y = NAN;
    for (size_t k = 0; k < n; k++) {
        double x = vg_cell_number(c->dataset, c->x, row[k]),
               y = vg_cell_number(c->dataset, "estimate", row[k]),
               limit = y > panel->y.high ? panel->y.high : panel->y.low;
        bool inside = y >= panel->y.low && y <= panel->y.high;
        bool was_inside = last_y >= panel->y.low && last_y <= panel->y.high;
        if (inside != was_inside && isfinite(last_y)) { /* to, or from, the panel's rim */
            double edge = inside ? last_y > panel->y.high ? panel->y.high : panel->y.low : limit;
            vg_plot_add(c->plot, line, last_x + (x - last_x) * (edge - last_y) / (y - last_y), edge,
                        NAN, NAN, NULL);
        }
        if (inside)
            vg_plot_add(c->plot, line, x, y, NAN, NAN,
                        vg_arena_printf(c->view->arena, "%s %s at %s", value_text(c->view, "", y),
                                        c->mechanism->unit, value_text(c->view, "", x)));
        else
            vg_plot_add(c->plot, line, NAN, NAN, NAN, NAN, NULL);
        last_x = x;
        last_y = y;
    }
}

static VgPlotPanel *curve_panel(Curves *c, const VgMechanismWay *way, const char *x_label)
{
    size_t *row = VG_NEW(c->view->arena, size_t, c->dataset->n_rows);
    size_t n = row ? rows_of(c, way, row) : 0;
    if (n < 2 || c->plot->n_panels == MOST_PANELS)
        return NULL;
    VgPlotPanel *panel = vg_plot_panel(c->plot, way ? way->label : "By other ways (direct)");
    if (!panel)
        return NULL;
    vg_axis_numbers(c->plot, &panel->x, x_label, c->x_range.low, c->x_range.high, 4);
    vg_axis_numbers(c->plot, &panel->y,
                    c->plot->n_panels % c->plot->columns == 1 ? c->mechanism->unit : NULL,
                    c->y_range.low, c->y_range.high, 5);
    VgPlotLayer *nought = vg_plot_layer(c->plot, panel, VG_MARK_RULE_Y, VG_STYLE_INK, NULL);
    vg_plot_add(c->plot, nought, NAN, 0, NAN, NAN, NULL);
    draw_curve(c, panel, row, n);
    return panel;
}

/* A broken upright line with its value beside its foot. */
static void mark_at(Curves *c, VgPlotPanel *panel, double x, const char *text)
{
    if (!panel || !(x >= panel->x.low && x <= panel->x.high))
        return;
    VgPlotLayer *rule = vg_plot_layer(c->plot, panel, VG_MARK_RULE_X, 1, NULL),
                *words = vg_plot_layer(c->plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    if (rule)
        rule->light = true;
    vg_plot_add(c->plot, rule, x, NAN, NAN, NAN, NULL);
    if (words)
        words->place = x > (panel->x.low + panel->x.high) / 2 ? VG_TEXT_LEFT : VG_TEXT_RIGHT;
    vg_plot_add(c->plot, words, x, panel->y.low + 0.07 * (panel->y.high - panel->y.low), NAN, NAN,
                text);
}

static VgPlot *curve_plot(const VgView *view, const VgMechanism *m, Curves *c, const char *kind,
                          const char *dataset, const char *title, const char *description)
{
    c->view = view;
    c->mechanism = m;
    c->dataset = vg_result_find_dataset(view->result, m->analysis->id, dataset);
    if (!c->dataset || !c->dataset->n_rows)
        return NULL;
    c->plot = vg_plot_create(view->arena, id_of(view, kind, m), title, description);
    if (!c->plot)
        return NULL;
    c->plot->about = m->analysis->id;
    c->plot->width = WIDTH;
    c->plot->least = LEAST;
    c->plot->columns = 3;
    c->plot->panel_height = 250;
    find_ranges(c, false);
    return c->plot;
}

VgPlot *vg_figure_mechanism_sensitivity(const VgView *view, const VgMechanism *m)
{
    Curves c = {.x = "rho", .inner = -0.5, .outer = 0.5};
    if (!curve_plot(
            view, m, &c, "mechanism-sensitivity", "sensitivity",
            "How strong a hidden cause would have to be",
            vg_arena_printf(
                view->arena,
                "Effect through each channel (%s, with %.4g%% interval) if an unmeasured "
                "cause of both the channel and %s made their errors correlate by ρ. At ρ = 0 "
                "there is none, as assumed elsewhere on this page. The broken line marks the "
                "ρ at which nothing is left: near nought, a weak hidden cause is enough.",
                m->unit, 100 * view->result->level, m->outcome)))
        return NULL;
    for (size_t k = 0; k < m->n; k++) {
        const VgEstimate *zero =
            vg_mechanism_row(view, m, "sensitivity", "rho_at_zero", &m->way[k], false);
        VgPlotPanel *panel = curve_panel(&c, &m->way[k], "ρ made by a hidden cause");
        if (zero && isfinite(zero->estimate))
            mark_at(&c, panel, zero->estimate, value_text(view, "ρ = ", zero->estimate));
    }
    return c.plot->n_panels ? c.plot : NULL;
}

VgPlot *vg_figure_mechanism_reliability(const VgView *view, const VgMechanism *m)
{
    Curves c = {.x = "reliability", .inner = 0.5, .outer = 1};
    if (!curve_plot(view, m, &c, "mechanism-reliability", "reliability_curve",
                    "What noisy markers would do to the answer",
                    vg_arena_printf(
                        view->arena,
                        "Effect (%s, with %.4g%% interval) if this were the reliability of every "
                        "marker: the share of its variance that is not measurement error. At 1 the "
                        "markers are taken as exact, as measured. A broken line marks where the "
                        "answer to \"is there an effect?\" changes. All channels share a scale; "
                        "what goes by other ways has its own.",
                        m->unit, 100 * view->result->level)))
        return NULL;
    for (size_t k = 0; k <= m->n; k++) {
        const VgMechanismWay *way = k < m->n ? &m->way[k] : NULL;
        if (!way)
            find_ranges(&c, true);
        const VgEstimate *change =
            way ? vg_mechanism_row(view, m, "sensitivity", "reliability_at_change", way, false)
                : NULL;
        VgPlotPanel *panel = curve_panel(&c, way, "Reliability of every marker");
        if (change && isfinite(change->estimate))
            mark_at(&c, panel, change->estimate, value_text(view, "", change->estimate));
    }
    return c.plot->n_panels ? c.plot : NULL;
}
