/* The panel's quality page: what is missing where, what batches explain, whose sample it is, contaminants, repeats. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_ROWS = 36, MOST_PANELS = 12, MOST_FEATURES = 6, MOST_NAMES = 8 };

static const VgDataset *dataset(const VgView *view, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, name);
    return d && d->n_rows ? d : NULL;
}

static void widen(double *low, double *high, double value)
{
    if (isfinite(value)) {
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

/* ---- the map ---- */

/* Rows of the map: each layer's samples, then its analytes with values missing or beyond limits. */
typedef struct MapRow {
    const char *layer, *feature; /* feature NULL = the layer's samples */
} MapRow;

/* Of "heart rate variability, RMSSD" the end: the row stands under its layer's. */
static const char *short_label(const char *label)
{
    const char *comma = label ? strrchr(label, ',') : NULL;
    return comma && comma[1] == ' ' && strlen(label) > 24 ? comma + 2 : label;
}

static size_t map_rows(const VgView *view, MapRow *row, const char **label, VgRowKind *kind)
{
    const VgDataset *l = dataset(view, "panel_layers"), *f = dataset(view, "panel_features");
    size_t n = 0;
    for (size_t k = 0; k < l->n_rows && n < MOST_ROWS; k++) {
        const char *layer = vg_cell_text(l, "layer", k);
        row[n] = (MapRow){layer, NULL};
        kind[n] = VG_ROW_STRONG;
        label[n++] = vg_cell_text(l, "label", k);
        for (size_t i = 0; f && i < f->n_rows && n < MOST_ROWS; i++) {
            double share = vg_cell_number(f, "below", i) + vg_cell_number(f, "above", i) +
                           vg_cell_number(f, "missing", i);
            if (!(share > 0) || !vg_same_text(vg_cell_text(f, "layer", i), layer))
                continue;
            row[n] = (MapRow){layer, vg_cell_text(f, "feature", i)};
            kind[n] = VG_ROW_PLAIN;
            label[n++] = short_label(vg_cell_text(f, "label", i));
        }
    }
    return n;
}

/* The share that is missing in a row of a dataset of either kind; NaN when the row is of something else. */
static double missing_share(const VgDataset *d, size_t i, const MapRow *of, const char *arm)
{
    if (!vg_same_text(vg_cell_text(d, "layer", i), of->layer) ||
        !vg_same_text(vg_cell_text(d, "arm", i), arm))
        return NAN;
    if (!of->feature)
        return 1 - vg_cell_number(d, "samples", i) / vg_cell_number(d, "randomised", i);
    if (!vg_same_text(vg_cell_text(d, "feature", i), of->feature))
        return NAN;
    double missing = vg_cell_number(d, "missing", i), censored = vg_cell_number(d, "censored", i);
    return missing + (1 - missing) * (isnan(censored) ? 0 : censored);
}

static void map_panel(const VgView *view, VgPlot *plot, size_t arm, const MapRow *row, size_t n,
                      const char *const *label, const VgRowKind *kind)
{
    const VgDataset *samples = dataset(view, "panel_samples"),
                    *cells = dataset(view, "panel_cells");
    VgPlotPanel *panel = vg_plot_panel(plot, vg_view_arm_label(view, view->arm[arm].name));
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, VG_STYLE_INK, NULL);
    const char **visit = VG_NEW(view->arena, const char *, view->n_visits);
    if (!panel || !visit || !tiles)
        return;
    tiles->font = 11;
    for (size_t v = 0; v < view->n_visits; v++)
        visit[v] = vg_view_visit_label(view, view->visit[v].name);
    for (size_t k = 0; k < n; k++) {
        const VgDataset *d = row[k].feature ? cells : samples;
        for (size_t i = 0; d && i < d->n_rows; i++) {
            double share = missing_share(d, i, &row[k], view->arm[arm].name);
            size_t v = vg_view_visit_index(view, vg_cell_text(d, "visit", i));
            if (isfinite(share) && v < view->n_visits)
                vg_plot_add(plot, tiles, (double)v, (double)k, share, NAN,
                            vg_arena_printf(view->arena, "%.0f", 100 * share));
        }
    }
    vg_axis_categories(plot, &panel->x, NULL, visit, view->n_visits);
    vg_axis_categories(plot, &panel->y, NULL, label, n);
    panel->y.downward = true;
    panel->y.row = kind;
}

VgPlot *vg_figure_panel_map(const VgView *view)
{
    if (!dataset(view, "panel_layers") || !view->n_arms || !view->n_visits)
        return NULL;
    MapRow *row = VG_NEW(view->arena, MapRow, MOST_ROWS);
    const char **label = VG_NEW(view->arena, const char *, MOST_ROWS);
    VgRowKind *kind = VG_NEW(view->arena, VgRowKind, MOST_ROWS);
    VgPlot *plot = vg_plot_create(
        view->arena, "panel-map", "What is missing, and where",
        vg_arena_printf(view->arena,
                        "Percent, by arm and visit. A layer: participants without a sample of "
                        "the layer. Under them: values of an analyte that are missing or beyond a "
                        "limit of the assay, of the samples taken (only analytes with any; at most "
                        "%d rows, all in tables/panel_cells.csv). Darker is more. What is missing "
                        "more in one arm than in another can mislead every comparison.",
                        MOST_ROWS));
    if (!plot || !row || !label || !kind)
        return NULL;
    size_t n = map_rows(view, row, label, kind);
    plot->columns = 2;
    plot->panel_height = 70 + 36 * (double)n;
    for (size_t a = 0; a < view->n_arms; a++)
        map_panel(view, plot, a, row, n, label, kind);
    return plot;
}

/* ---- batches ---- */

VgPlot *vg_figure_panel_batches(const VgView *view)
{
    const VgDataset *d = dataset(view, "panel_batches");
    size_t row[MOST_ROWS], n = 0;
    for (size_t i = 0; d && i < d->n_rows && n < MOST_ROWS; i++) {
        bool whole = !vg_cell_text(d, "feature", i);
        if (isfinite(vg_cell_number(d, "explained", i)) &&
            (whole || isfinite(vg_cell_number(d, "lower", i)) || vg_cell_number(d, "q", i) <= 0.05))
            row[n++] = i;
    }
    if (!n)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, "panel-batches", "What batches explain",
        vg_arena_printf(view->arena,
                        "Percent of the variation within arm and visit that goes with the batch "
                        "(plate, run), less what chance gives: about 0 is good. Bold: the whole "
                        "layer. Intervals %.4g%%, by leaving participants out one by one. A batch "
                        "that explains much hides effects, and makes some where arms lie unevenly "
                        "over batches.",
                        100 * view->result->level));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *bars = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL),
                *points = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL),
                *nought = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_MUTED, NULL);
    const char **label = VG_NEW(view->arena, const char *, n);
    VgRowKind *kind = VG_NEW(view->arena, VgRowKind, n);
    if (!panel || !label || !kind)
        return NULL;
    double low = -2, high = 5;
    for (size_t k = 0; k < n; k++) {
        double share = 100 * vg_cell_number(d, "explained", row[k]),
               lower = 100 * vg_cell_number(d, "lower", row[k]),
               upper = 100 * vg_cell_number(d, "upper", row[k]);
        bool whole = !vg_cell_text(d, "feature", row[k]);
        label[k] = vg_cell_text(d, "label", row[k]);
        kind[k] = whole ? VG_ROW_STRONG : VG_ROW_PLAIN;
        if (isfinite(lower))
            vg_plot_add(plot, bars, lower, (double)k, upper, NAN, NULL);
        vg_plot_add(plot, points, share, (double)k, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %.1f%%, p = %.2g", label[k], share,
                                    vg_cell_number(d, "p", row[k])));
        widen(&low, &high, share);
        widen(&low, &high, lower);
        widen(&low, &high, upper);
    }
    vg_plot_add(plot, nought, 0, 0, NAN, NAN, NULL);
    vg_axis_categories(plot, &panel->y, NULL, label, n);
    panel->y.downward = true;
    panel->y.row = kind;
    vg_axis_numbers(plot, &panel->x, "% of the variation within arm and visit", low, high, 6);
    plot->panel_height = 90 + 28 * (double)n;
    return plot;
}

/* ---- identity ---- */

static void identity_panel(VgPlot *plot, const VgDataset *d, const char *layer, const char *label)
{
    double low = INFINITY, high = -INFINITY;
    VgPlotPanel *panel = vg_plot_panel(plot, label);
    VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_LINE, VG_STYLE_MUTED, NULL),
                *fine = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL),
                *odd = vg_plot_layer(plot, panel, VG_MARK_BUBBLE, 1, NULL),
                *name = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    size_t named = 0;
    if (!panel || !name)
        return;
    fine->light = true;
    name->place = VG_TEXT_RIGHT;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer))
            continue;
        double own = vg_cell_number(d, "own", i), other = vg_cell_number(d, "other", i);
        const char *sample = vg_cell_text(d, "sample", i);
        bool doubtful = vg_cell_number(d, "doubtful", i) > 0;
        widen(&low, &high, own);
        widen(&low, &high, other);
        vg_plot_add(plot, doubtful ? odd : fine, own, other, NAN, NAN, sample);
        if (doubtful) {
            vg_plot_size(odd, 6);
            if (named++ < MOST_NAMES)
                vg_plot_add(plot, name, own, other, NAN, NAN, sample);
        }
    }
    vg_plot_add(plot, line, low, low, NAN, NAN, NULL);
    vg_plot_add(plot, line, high, high, NAN, NAN, NULL);
    vg_axis_numbers(plot, &panel->x, "Distance to own other samples", low, high, 5);
    vg_axis_numbers(plot, &panel->y, "Distance to nearest other person", low, high, 5);
}

VgPlot *vg_figure_panel_identity(const VgView *view)
{
    const VgDataset *d = dataset(view, "panel_identity"), *l = dataset(view, "panel_layers");
    if (!d || !l)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, "panel-identity", "Whose sample is it?",
        "One point a sample. People differ from each other more than from themselves, so that "
        "points lie above the line; one far below it looks like another person's. Such samples are "
        "drawn large and named; they may be exchanged, mislabelled or poor. Nothing was changed.");
    if (!plot)
        return NULL;
    plot->columns = 2;
    plot->panel_height = 320;
    for (size_t k = 0; k < l->n_rows && plot->n_panels < MOST_PANELS; k++) {
        const char *layer = vg_cell_text(l, "layer", k);
        for (size_t i = 0; i < d->n_rows; i++)
            if (vg_same_text(vg_cell_text(d, "layer", i), layer)) {
                identity_panel(plot, d, layer, vg_cell_text(l, "label", k));
                break;
            }
    }
    return plot->n_panels ? plot : NULL;
}

/* ---- contaminants ---- */

VgPlot *vg_figure_panel_contaminants(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *d = dataset(view, "panel_contaminants");
    size_t n = 0, named = 0;
    for (size_t i = 0; d && i < d->n_rows; i++)
        n += vg_same_text(vg_cell_text(d, "layer", i), layer) &&
             isfinite(vg_cell_number(d, "in_controls", i));
    if (!n)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "contaminants-%s", layer),
        vg_arena_printf(view->arena, "%s: what is in the blanks", label),
        "One point a feature: percent of samples and of negative controls that hold it. What is in "
        "most controls and few samples comes from reagents; features that are called contaminants "
        "are drawn large.");
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *fine = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, "not called"),
                *bad = vg_plot_layer(plot, panel, VG_MARK_BUBBLE, 1, "contaminant"),
                *name = vg_plot_layer(plot, panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    if (!panel || !name)
        return NULL;
    plot->about = layer;
    plot->panel_height = 320;
    fine->light = true;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer))
            continue;
        double x = 100 * vg_cell_number(d, "in_samples", i),
               y = 100 * vg_cell_number(d, "in_controls", i);
        bool called = vg_cell_number(d, "contaminant", i) > 0;
        const char *words = vg_cell_text(d, "label", i);
        vg_plot_add(
            plot, called ? bad : fine, x, y, NAN, NAN,
            vg_arena_printf(view->arena, "%s, score %.2g", words, vg_cell_number(d, "score", i)));
        if (called) {
            vg_plot_size(bad, 6);
            if (named++ < MOST_NAMES)
                vg_plot_add(plot, name, x, y, NAN, NAN, words);
        }
    }
    vg_axis_numbers(plot, &panel->x, "% of samples that hold it", 0, 105, 5);
    vg_axis_numbers(plot, &panel->y, "% of negative controls that hold it", 0, 112, 5);
    return plot;
}

/* ---- repeats ---- */

static void repeat_panel(const VgView *view, VgPlot *plot, const VgDataset *r, size_t k)
{
    const VgDataset *d = dataset(view, "panel_replicates");
    const char *feature = vg_cell_text(r, "feature", k), *layer = vg_cell_text(r, "layer", k),
               *source = vg_cell_text(r, "source", k), *unit = vg_cell_text(r, "unit", k);
    bool logs = vg_same_text(vg_cell_text(r, "scale", k), "natural logarithm");
    VgBuffer title = {0};
    vg_buffer_printf(&title, "%s: ICC ", vg_cell_text(r, "label", k));
    vg_put_number(&title, vg_cell_number(r, "icc", k), 2);
    vg_buffer_text(&title, " (");
    vg_put_number(&title, vg_cell_number(r, "lower", k), 2);
    vg_buffer_text(&title, " to ");
    vg_put_number(&title, vg_cell_number(r, "upper", k), 2);
    vg_buffer_text(&title, ")");
    VgPlotPanel *panel = vg_plot_panel(plot, vg_view_kept(view, &title));
    VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_LINE, VG_STYLE_MUTED, NULL),
                *points = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    double low = INFINITY, high = -INFINITY;
    if (!d || !panel || !points)
        return;
    points->light = true;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer) ||
            !vg_same_text(vg_cell_text(d, "feature", i), feature) ||
            !vg_same_text(vg_cell_text(d, "source", i), source))
            continue;
        double x = vg_cell_number(d, "first", i), y = vg_cell_number(d, "second", i);
        vg_plot_add(plot, points, logs ? log(x) : x, logs ? log(y) : y, NAN, NAN,
                    vg_arena_printf(view->arena, "%.4g and %.4g", x, y));
        widen(&low, &high, logs ? log(x) : x);
        widen(&low, &high, logs ? log(y) : y);
    }
    vg_plot_add(plot, line, low, low, NAN, NAN, NULL);
    vg_plot_add(plot, line, high, high, NAN, NAN, NULL);
    const char *first =
        unit ? vg_arena_printf(view->arena, "First value (%s)", unit) : "First value";
    if (logs) {
        vg_axis_ratios(plot, &panel->x, first, low, high, 5);
        vg_axis_ratios(plot, &panel->y, "Second value", low, high, 5);
    } else {
        vg_axis_numbers(plot, &panel->x, first, low, high, 5);
        vg_axis_numbers(plot, &panel->y, "Second value", low, high, 5);
    }
}

VgPlot *vg_figure_panel_replicates(const VgView *view, const char *layer, const char *label)
{
    const VgDataset *r = dataset(view, "panel_reliability");
    if (!r)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "replicates-%s", layer),
        vg_arena_printf(view->arena, "%s: do repeats agree?", label),
        vg_arena_printf(view->arena,
                        "First and second value of what was measured twice (replicates of a "
                        "sample, or visits before treatment); on the line they are the same. ICC: "
                        "share of the variation that is between samples or people and not error of "
                        "measurement, with its %.4g%% interval. At most %d are drawn, least first; "
                        "all are in the table.",
                        100 * view->result->level, MOST_FEATURES));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 2;
    plot->panel_height = 290;
    double last = -INFINITY;
    for (size_t shown = 0; shown < MOST_FEATURES; shown++) { /* ascending ICC */
        size_t next = SIZE_MAX;
        for (size_t k = 0; k < r->n_rows; k++) {
            double icc = vg_cell_number(r, "icc", k);
            if (vg_same_text(vg_cell_text(r, "layer", k), layer) && icc > last &&
                (next == SIZE_MAX || icc < vg_cell_number(r, "icc", next)))
                next = k;
        }
        if (next == SIZE_MAX)
            break;
        last = vg_cell_number(r, "icc", next);
        repeat_panel(view, plot, r, next);
    }
    return plot->n_panels ? plot : NULL;
}
