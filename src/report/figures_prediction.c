/* Who will respond: what layers add, whether probabilities are right, whether acting on them is worth it. */
#include <math.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/prediction.h"

enum { MOST_ROWS = 40, BINS = 20 };

static const double WIDTH = 860, LEAST = 660, ROW_HEIGHT = 28;

/* Shown beside the whole set. */
static const char CLINICAL[] = "clinical";

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

static VgPlot *new_plot(const VgView *view, const VgPredictedEvent *e, const char *kind,
                        const char *title, const char *description)
{
    VgPlot *plot = vg_plot_create(view->arena, vg_predicted_id(view, e->analysis, e, kind), title,
                                  description ? description : "");
    if (!plot)
        return NULL;
    plot->about = e->analysis->id;
    plot->width = WIDTH;
    plot->least = LEAST;
    plot->columns = e->n_models > 1 ? 2 : 1;
    plot->panel_height = 330;
    return plot;
}

static const char *sentence_case(const VgView *view, const char *text)
{
    char *copy = vg_arena_strdup(view->arena, text ? text : "");
    if (copy && *copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

static void straight(VgPlot *plot, VgPlotPanel *panel, int style, double x, double y, double x2,
                     double y2)
{
    VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, style, NULL);
    if (line)
        line->light = true;
    vg_plot_add(plot, line, x, y, x2, y2, NULL);
}

/* ---- what layers add ---- */

typedef struct Gains {
    const VgView *view;
    const VgPredictedEvent *event;
    VgPlot *plot;
} Gains;

static const char *gain_heading(const VgView *view, const char *title)
{
    return vg_arena_printf(view->arena, "%s (%.4g%%)", title, 100 * view->result->level);
}

/* One measure: a bar with its interval for each layer and model. */
static void gain_panel(Gains *g, const char *quantity, const char *title)
{
    const VgView *view = g->view;
    const char *label[MOST_ROWS], *text[MOST_ROWS];
    size_t n = 0;
    VgPlotRange range = {0, 0};
    VgPlotPanel *panel = vg_plot_panel(g->plot, title);
    if (!panel)
        return;
    VgPlotLayer *bar[VG_PREDICTED_MODELS] = {0};
    for (size_t m = 0; m < g->event->n_models; m++)
        bar[m] = vg_plot_layer(g->plot, panel, VG_MARK_BAR_X, (int)m,
                               sentence_case(view, g->event->model[m]));
    VgPlotLayer *interval = vg_plot_layer(g->plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    vg_plot_add(g->plot, vg_plot_layer(g->plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL), 0, NAN,
                NAN, NAN, NULL);
    for (size_t k = 0; n < MOST_ROWS; k++) {
        bool any = false;
        for (size_t m = 0; m < g->event->n_models && n < MOST_ROWS; m++) {
            const VgEstimate *e =
                vg_predicted_gain(view, g->event, quantity, g->event->model[m], k);
            if (!e || !isfinite(e->estimate))
                continue;
            label[n] = any ? "" : vg_view_words(view, e->stratum);
            text[n] = vg_interval_text(view, e, 1, 3);
            vg_plot_add(g->plot, bar[m], e->estimate, (double)n, NAN, NAN,
                        vg_arena_printf(view->arena, "%s, %s: %s", vg_view_words(view, e->stratum),
                                        e->term, text[n]));
            vg_plot_add(g->plot, interval, e->lower, (double)n, e->upper, NAN, NULL);
            vg_plot_widen(&range, e->estimate);
            vg_plot_widen(&range, e->lower);
            vg_plot_widen(&range, e->upper);
            any = true;
            n++;
        }
        if (!any)
            break;
    }
    const char **column = vg_plot_column(g->plot, panel, gain_heading(view, "Gain"), false, n);
    for (size_t i = 0; column && i < n; i++)
        column[i] = text[i];
    double room = 0.04 * (range.high - range.low);
    vg_axis_numbers(g->plot, &panel->x, NULL, range.low - room, range.high + room, 6);
    panel->x.towards_low = "← predicts worse";
    panel->x.towards_high = "predicts better →";
    vg_axis_categories(g->plot, &panel->y, "Added layer", label, n);
    panel->y.downward = panel->y.from_edge = true;
    panel->height = 96 + ROW_HEIGHT * (double)n;
}

/* "elastic net 0.62 (0.53 to 0.71), forest 0.60 (0.51 to 0.69)". */
static const char *clinical_alone(const VgView *view, const VgPredictedEvent *e)
{
    const char *text = "";
    for (size_t m = 0; m < e->n_models; m++) {
        const VgEstimate *row =
            vg_predicted_estimate(view, e, "prediction_auc", e->model[m], CLINICAL);
        if (row)
            text = vg_arena_printf(view->arena, "%s%s%s %s", text, *text ? ", " : "", e->model[m],
                                   vg_interval_text(view, row, 1, 2));
    }
    return *text ? vg_arena_printf(view->arena,
                                   " Clinical variables alone have an area under the curve of: %s.",
                                   text)
                 : "";
}

VgPlot *vg_figure_prediction_gain(const VgView *view, const VgPredictedEvent *e)
{
    if (!vg_predicted_gain(view, e, "layer_gain_auc", NULL, 0))
        return NULL;
    Gains g = {
        view, e,
        new_plot(
            view, e, "gain",
            vg_arena_printf(view->arena, "What each layer adds to the prediction of %s", e->name),
            vg_arena_printf(view->arena,
                            "By how much the prediction of %s improves over clinical variables "
                            "alone (age, sex, severity before treatment and what else was "
                            "declared) when a layer is added, in people the model had not seen. "
                            "Upper part: area under the ROC curve (0.5 is a coin, 1 is perfect). "
                            "Lower part: mean squared error of the probability (Brier score), how "
                            "much smaller. Whiskers are %.4g%% intervals; one that holds 0 does "
                            "not show a gain.%s",
                            e->name, 100 * view->result->level, clinical_alone(view, e)))};
    if (!g.plot)
        return NULL;
    g.plot->columns = 1;
    gain_panel(&g, "layer_gain_auc", "Area under the ROC curve gained");
    gain_panel(&g, "layer_gain_brier", "Squared error (Brier score) saved");
    return g.plot;
}

/* ---- curves ---- */

static const VgDataset *curve_of(const VgView *view, const VgPredictedEvent *e, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, e->analysis->id, name);
    return d && d->n_rows ? d : NULL;
}

/* A panel for a model where any row is of it. */
static VgPlotPanel *model_panel(const VgView *view, VgPlot *plot, const VgDataset *d,
                                const VgPredictedEvent *e, const char *model)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_predicted_row(d, i, e, model, e->all))
            return vg_plot_panel(plot, sentence_case(view, model));
    return NULL;
}

/* A line through the rows of a set; the pen is lifted below `floor`. */
static void put_line(VgPlot *plot, VgPlotPanel *panel, int style, const char *series,
                     const VgDataset *d, const VgPredictedEvent *e, const char *model,
                     const char *layers, const char *x, const char *y, double floor)
{
    VgPlotLayer *line = vg_plot_layer(plot, panel, VG_MARK_LINE, style, series);
    double last_x = NAN, last_y = NAN;
    for (size_t i = 0; i < d->n_rows; i++) {
        double at = 100 * vg_cell_number(d, x, i), value = 100 * vg_cell_number(d, y, i);
        if (!vg_predicted_row(d, i, e, model, layers) || !isfinite(at) || !isfinite(value))
            continue;
        if (value >= floor)
            vg_plot_add(plot, line, at, value, NAN, NAN, NULL);
        else if (last_y >= floor) /* to the rim */
            vg_plot_add(plot, line, last_x + (at - last_x) * (floor - last_y) / (value - last_y),
                        floor, NAN, NAN, NULL);
        last_x = at;
        last_y = value;
    }
}

static void put_band(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d,
                     const VgPredictedEvent *e, const char *model)
{
    VgPlotLayer *band = vg_plot_layer(plot, panel, VG_MARK_AREA, 0, NULL);
    for (size_t k = 0; k < 2 * d->n_rows;
         k++) { /* there along the lower limit, back along the upper */
        size_t i = k < d->n_rows ? k : 2 * d->n_rows - 1 - k;
        double y = vg_cell_number(d, k < d->n_rows ? "lower" : "upper", i);
        if (vg_predicted_row(d, i, e, model, e->all) && isfinite(y))
            vg_plot_add(plot, band, 100 * vg_cell_number(d, "predicted", i), 100 * y, NAN, NAN,
                        NULL);
    }
}

/* How many people have which prediction: small bars on the floor of the panel. */
static void put_counts(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d,
                       const VgPredictedEvent *e, const char *model)
{
    double most = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_predicted_row(d, i, e, model, e->all))
            most = fmax(most, vg_cell_number(d, "n", i));
    VgPlotLayer *bar = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, VG_STYLE_MUTED, NULL);
    for (size_t i = 0; most > 0 && i < d->n_rows; i++)
        if (vg_predicted_row(d, i, e, model, e->all)) {
            double x = 100 * vg_cell_number(d, "predicted", i);
            vg_plot_add(plot, bar, x, 0, x, 9 * vg_cell_number(d, "n", i) / most, NULL);
            vg_plot_size(bar, 3);
        }
}

static const char *slope_text(const VgView *view, const VgPredictedEvent *e)
{
    const char *text = "";
    for (size_t m = 0; m < e->n_models; m++) {
        const VgEstimate *row =
            vg_predicted_estimate(view, e, "calibration_slope", e->model[m], e->all);
        if (row && isfinite(row->estimate))
            text = vg_arena_printf(view->arena, "%s%s%s %s", text, *text ? ", " : "", e->model[m],
                                   vg_interval_text(view, row, 1, 2));
    }
    return *text
               ? vg_arena_printf(view->arena, " Slope (1 is right, less is too extreme): %s.", text)
               : "";
}

VgPlot *vg_figure_prediction_calibration(const VgView *view, const VgPredictedEvent *e)
{
    const VgDataset *d = curve_of(view, e, "calibration_curve");
    VgPlot *plot =
        d ? new_plot(view, e, "calibration",
                     vg_arena_printf(view->arena, "Are the probabilities of %s right?", e->name),
                     vg_arena_printf(
                         view->arena,
                         "Of 100 people to whom the model gives a probability, how many had %s, in "
                         "people it had not seen (%s), with %.4g%% band. On the broken line the "
                         "two agree; below it the model promises too much, above it too little. "
                         "Grey bars: how many people have which probability.%s",
                         e->name, e->all, 100 * view->result->level, slope_text(view, e)))
          : NULL;
    for (size_t m = 0; plot && m < e->n_models; m++) {
        VgPlotPanel *panel = model_panel(view, plot, d, e, e->model[m]);
        if (!panel)
            continue;
        put_counts(plot, panel, d, e, e->model[m]);
        put_band(plot, panel, d, e, e->model[m]);
        straight(plot, panel, VG_STYLE_INK, 0, 0, 100, 100);
        put_line(plot, panel, 0, NULL, d, e, e->model[m], e->all, "predicted", "observed", 0);
        vg_axis_numbers(plot, &panel->x, "Predicted, of 100 people", 0, 100, 5);
        vg_axis_numbers(plot, &panel->y, "Observed, of 100 people", 0, 100, 5);
    }
    return plot && plot->n_panels ? plot : NULL;
}

/* The scale holds the model's lines; treating everybody may fall off it. */
static VgPlotRange benefit_range(const VgDataset *d, const VgPredictedEvent *e)
{
    VgPlotRange range = {-2, 2};
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_predicted_row(d, i, e, NULL, e->all) && !vg_predicted_row(d, i, e, NULL, CLINICAL))
            continue;
        vg_plot_widen(&range, 100 * vg_cell_number(d, "net_benefit", i));
        range.high = fmax(range.high, 100 * vg_cell_number(d, "treat_all", i));
    }
    return range;
}

VgPlot *vg_figure_prediction_decision(const VgView *view, const VgPredictedEvent *e)
{
    const VgDataset *d = curve_of(view, e, "decision_curve");
    VgPlot *plot =
        d ? new_plot(view, e, "decision",
                     vg_arena_printf(view->arena, "Is it worth acting on the prediction of %s?",
                                     e->name),
                     "Net benefit per 100 people, by the least probability from which one would "
                     "treat: people treated who respond, less those treated in vain, each of "
                     "these counted at the price that the threshold sets. The prediction is of use "
                     "only where its line is above both treating everybody and treating nobody. "
                     "The lines have no intervals: small distances mean nothing.")
          : NULL;
    VgPlotRange range = d ? benefit_range(d, e) : (VgPlotRange){0, 0};
    for (size_t m = 0; plot && m < e->n_models; m++) {
        VgPlotPanel *panel = model_panel(view, plot, d, e, e->model[m]);
        if (!panel)
            continue;
        vg_axis_numbers(plot, &panel->y, "Net benefit per 100 people", range.low, range.high, 5);
        double floor = panel->y.low;
        VgPlotRange x = {INFINITY, -INFINITY};
        for (size_t i = 0; i < d->n_rows; i++)
            if (vg_predicted_row(d, i, e, e->model[m], e->all))
                vg_plot_widen(&x, 100 * vg_cell_number(d, "threshold", i));
        put_line(plot, panel, 2, "Treat everybody", d, e, e->model[m], e->all, "threshold",
                 "treat_all", floor);
        put_line(plot, panel, VG_STYLE_INK, "Treat nobody", d, e, e->model[m], e->all, "threshold",
                 "treat_none", floor);
        if (!vg_same_text(e->all, CLINICAL))
            put_line(plot, panel, 1, "By clinical variables alone", d, e, e->model[m], CLINICAL,
                     "threshold", "net_benefit", floor);
        put_line(plot, panel, 0, vg_arena_printf(view->arena, "By the model (%s)", e->all), d, e,
                 e->model[m], e->all, "threshold", "net_benefit", floor);
        vg_axis_numbers(plot, &panel->x, "Treat from this probability on, %", x.low, x.high, 5);
    }
    return plot && plot->n_panels ? plot : NULL;
}

VgPlot *vg_figure_prediction_roc(const VgView *view, const VgPredictedEvent *e)
{
    const VgDataset *d = curve_of(view, e, "roc_curve");
    VgPlot *plot =
        d ? new_plot(view, e, "roc",
                     vg_arena_printf(view->arena,
                                     "How well are those with %s told from the others?", e->name),
                     vg_arena_printf(view->arena,
                                     "ROC curve in people the models had not seen: with each cut "
                                     "on the probability, how many of 100 with %s are found, and "
                                     "how many of 100 without it are taken for them. A coin is on "
                                     "the broken line.",
                                     e->name))
          : NULL;
    for (size_t m = 0; plot && m < e->n_models; m++) {
        VgPlotPanel *panel = model_panel(view, plot, d, e, e->model[m]);
        if (!panel)
            continue;
        straight(plot, panel, VG_STYLE_INK, 0, 0, 100, 100);
        if (!vg_same_text(e->all, CLINICAL))
            put_line(plot, panel, 1, "Clinical variables alone", d, e, e->model[m], CLINICAL,
                     "false_positive", "true_positive", 0);
        put_line(plot, panel, 0, sentence_case(view, e->all), d, e, e->model[m], e->all,
                 "false_positive", "true_positive", 0);
        vg_axis_numbers(plot, &panel->x, "Taken for them, of 100 without", 0, 100, 5);
        vg_axis_numbers(plot, &panel->y, "Found, of 100 with", 0, 100, 5);
    }
    return plot && plot->n_panels ? plot : NULL;
}

/* ---- probabilities of people ---- */

/* Counts by twentieths; the number of people. */
static double count_bins(const VgDataset *d, const VgPredictedEvent *e, const char *model,
                         const char *arm, double *bin, double *mean)
{
    double n = 0;
    *mean = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        double p = vg_cell_number(d, "probability", i);
        if (!vg_predicted_row(d, i, e, model, NULL) || !isfinite(p) ||
            !vg_same_text(vg_cell_text(d, "arm", i), arm))
            continue;
        bin[(size_t)fmin(BINS - 1, fmax(0, floor(p * BINS)))]++;
        *mean += p;
        n++;
    }
    *mean /= n > 0 ? n : 1;
    return n;
}

static void probability_panel(const VgView *view, VgPlot *plot, const VgDataset *d,
                              const VgPredictedEvent *e, const char *model, size_t arm)
{
    double bin[BINS] = {0}, mean, most = 0;
    const VgViewArm *of = &view->arm[arm];
    double n = count_bins(d, e, model, of->name, bin, &mean);
    if (n == 0)
        return;
    VgPlotPanel *panel = vg_plot_panel(
        plot,
        e->n_models > 1 ? vg_arena_printf(view->arena, "%s (%s)", of->label, model) : of->label);
    VgPlotLayer *bar = vg_plot_layer(plot, panel, VG_MARK_BAR_Y, (int)arm, NULL);
    for (size_t k = 0; k < BINS; k++) {
        most = fmax(most, bin[k]);
        if (bin[k] > 0)
            vg_plot_add(plot, bar, 100.0 / BINS * ((double)k + 0.5), bin[k], 0.92 * 100.0 / BINS,
                        NAN, vg_arena_printf(view->arena, "%.0f people", bin[k]));
    }
    VgPlotLayer *rule = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL);
    if (!panel)
        return;
    vg_plot_add(plot, rule, 100 * mean, NAN, NAN, NAN,
                vg_arena_printf(view->arena, "mean %s of 100", number(view, 100 * mean, 0)));
    vg_axis_numbers(plot, &panel->x,
                    vg_arena_printf(view->arena, "Probability of %s, of 100", e->name), 0, 100, 5);
    vg_axis_numbers(plot, &panel->y, "People", 0, most, 4);
}

VgPlot *vg_figure_prediction_people(const VgView *view, const VgPredictedEvent *e)
{
    const VgDataset *d = curve_of(view, e, "predicted_probability");
    VgPlot *plot =
        d ? new_plot(
                view, e, "people",
                vg_arena_printf(view->arena, "Probabilities of %s under each arm", e->name),
                vg_arena_printf(view->arena,
                                "All participants by the probability of %s that the models "
                                "(%s) give them under each arm, made without them. The line is "
                                "the mean. A narrow heap: the model hardly tells people "
                                "apart. These are forecasts, not reasons to prefer an arm.",
                                e->name, e->all))
          : NULL;
    if (!plot)
        return NULL;
    plot->columns = view->n_arms > 2 ? 3 : 2;
    plot->panel_height = 220;
    for (size_t m = 0; m < e->n_models; m++)
        for (size_t arm = 0; arm < view->n_arms; arm++)
            probability_panel(view, plot, d, e, e->model[m], arm);
    return plot->n_panels ? plot : NULL;
}
