/* Measured layers: how much more or less each analyte changed than under the reference, with intervals at the last visit and as
 * a map over all comparisons. Concentrations in percent, on an axis of ratios. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum { MOST_ANALYTES = 30, MOST_PANELS = 12 };

/* The rows of a layer in dataset panel_response, its analytes (strongest first) and its comparisons. */
typedef struct Response {
    const VgView *view;
    const VgDataset *d;
    const char *layer;
    bool percent;  /* all in percent, but for odds of detection */
    bool standard; /* percent and differences, or several units: drawn in standard errors */
    double fdr;
    const char *feature[MOST_ANALYTES], *label[MOST_ANALYTES];
    size_t n, n_all;
    size_t comparison[MOST_PANELS]; /* a row of each */
    size_t n_comparisons;
} Response;

static bool is_odds(const VgDataset *d, size_t row)
{
    const char *scale = vg_cell_text(d, "scale", row);
    return scale && strncmp(scale, "odds", 4) == 0;
}

static bool of_layer(const Response *r, size_t row)
{
    return vg_same_text(vg_cell_text(r->d, "layer", row), r->layer);
}

static bool same_comparison(const Response *r, size_t a, size_t b)
{
    return vg_same_text(vg_cell_text(r->d, "arm", a), vg_cell_text(r->d, "arm", b)) &&
           vg_same_text(vg_cell_text(r->d, "visit", a), vg_cell_text(r->d, "visit", b));
}

static size_t row_of(const Response *r, const char *feature, size_t comparison)
{
    for (size_t i = 0; i < r->d->n_rows; i++)
        if (of_layer(r, i) && vg_same_text(vg_cell_text(r->d, "feature", i), feature) &&
            same_comparison(r, i, comparison))
            return i;
    return SIZE_MAX;
}

/* The smallest p that any comparison gives an analyte. */
static double smallest_p(const Response *r, const char *feature)
{
    double least = INFINITY;
    for (size_t i = 0; i < r->d->n_rows; i++)
        if (of_layer(r, i) && vg_same_text(vg_cell_text(r->d, "feature", i), feature))
            least = fmin(least, vg_cell_number(r->d, "p", i));
    return least;
}

/* All analytes as in the file where they fit, else those with the smallest p. */
static void choose(Response *r)
{
    double p[MOST_ANALYTES];
    const char *last = NULL;
    for (size_t i = 0; i < r->d->n_rows; i++)
        if (of_layer(r, i) && !vg_same_text(vg_cell_text(r->d, "feature", i), last)) {
            last = vg_cell_text(r->d, "feature", i);
            r->n_all++;
        }
    last = NULL;
    for (size_t i = 0; i < r->d->n_rows; i++) {
        const char *feature = vg_cell_text(r->d, "feature", i);
        if (!of_layer(r, i) || vg_same_text(feature, last))
            continue;
        last = feature;
        double own = r->n_all > MOST_ANALYTES ? smallest_p(r, feature) : (double)r->n;
        size_t at = r->n;
        while (at > 0 && own < p[at - 1])
            at--;
        if (at == MOST_ANALYTES)
            continue;
        size_t end = r->n < MOST_ANALYTES ? r->n : MOST_ANALYTES - 1;
        for (size_t k = end; k > at; k--) {
            p[k] = p[k - 1];
            r->feature[k] = r->feature[k - 1];
            r->label[k] = r->label[k - 1];
        }
        p[at] = own;
        r->feature[at] = feature;
        r->label[at] = vg_cell_text(r->d, "label", i);
        r->n = end + 1;
    }
}

static bool is_percent(const Response *r, size_t row)
{
    return vg_same_text(vg_cell_text(r->d, "scale", row), "percent");
}

static void find_scale(Response *r)
{
    size_t first = SIZE_MAX, percent = 0, other = 0;
    for (size_t i = 0; i < r->d->n_rows; i++) {
        if (!of_layer(r, i) || is_odds(r->d, i))
            continue;
        percent += is_percent(r, i);
        other += !is_percent(r, i);
        if (first == SIZE_MAX)
            first = i;
        r->standard |= !is_percent(r, i) && !vg_same_text(vg_cell_text(r->d, "unit", i),
                                                          vg_cell_text(r->d, "unit", first));
    }
    r->standard |= percent && other;
    r->percent = percent && !other;
}

static bool response_of(const VgView *view, const char *layer, Response *r)
{
    const VgFact *fdr = vg_result_find_fact(view->result, VG_FACTS_FIT, layer, "fdr");
    *r = (Response){.view = view,
                    .d = vg_result_find_dataset(view->result, NULL, "panel_response"),
                    .layer = layer,
                    .fdr = fdr ? fdr->number : 0.1};
    if (!r->d || !view->n_arms)
        return false;
    for (size_t i = 0; i < r->d->n_rows; i++) {
        if (!of_layer(r, i))
            continue;
        bool known = r->n_comparisons == MOST_PANELS;
        for (size_t k = 0; k < r->n_comparisons && !known; k++)
            known = same_comparison(r, i, r->comparison[k]);
        if (!known)
            r->comparison[r->n_comparisons++] = i;
    }
    find_scale(r);
    choose(r);
    return r->n > 0 && r->n_comparisons > 0;
}

/* Of a percentage the logarithm of the ratio: that is where it is drawn. */
static double plain_place(const Response *r, size_t row, const char *column)
{
    double value = vg_cell_number(r->d, column, row);
    return is_percent(r, row) ? log1p(fmax(value, -99.9) / 100) : value;
}

static double width_of(const Response *r, size_t row)
{
    return plain_place(r, row, "upper") - plain_place(r, row, "lower");
}

static double place(const Response *r, size_t row, const char *column)
{
    static const double WIDTH = 3.92; /* of a 95 % interval, in standard errors */
    double at = plain_place(r, row, column);
    return r->standard ? at * WIDTH / width_of(r, row) : at;
}

/* "+12 %", "-8 %". */
static const char *number_text(const Response *r, size_t row, const char *column, int decimals)
{
    VgBuffer text = {0};
    double value = vg_cell_number(r->d, column, row);
    if (is_percent(r, row) && value > 0)
        vg_buffer_text(&text, "+");
    vg_put_number(&text, value, decimals);
    return vg_view_kept(r->view, &text);
}

static int decimals_of(const Response *r, size_t row)
{
    double width = vg_cell_number(r->d, "upper", row) - vg_cell_number(r->d, "lower", row);
    return is_odds(r->d, row) ? 2 : is_percent(r, row) ? 0 : vg_decimals(width / 4);
}

static const char *interval_text(const Response *r, size_t row)
{
    int decimals = decimals_of(r, row);
    const char *unit = vg_cell_text(r->d, "unit", row);
    bool own =
        r->standard && !is_percent(r, row) && !is_odds(r->d, row) && unit && strcmp(unit, "1") != 0;
    return vg_arena_printf(r->view->arena, "%s%s%s (%s to %s)%s%s", is_odds(r->d, row) ? "OR " : "",
                           number_text(r, row, "estimate", decimals),
                           is_percent(r, row) ? " %" : "", number_text(r, row, "lower", decimals),
                           number_text(r, row, "upper", decimals), own ? " " : "", own ? unit : "");
}

static const char *q_text(const Response *r, size_t row)
{
    double q = vg_cell_number(r->d, "q", row);
    const char *mark = q <= r->fdr ? " *" : "";
    return q < 0.001 ? vg_arena_printf(r->view->arena, "< 0.001%s", mark)
                     : vg_arena_printf(r->view->arena, "%.3f%s", q, mark);
}

static const char *comparison_text(const Response *r, size_t row)
{
    const VgDataset *d = r->d;
    return vg_arena_printf(r->view->arena, "%s against %s, %s",
                           vg_view_arm_label(r->view, vg_cell_text(d, "arm", row)),
                           vg_view_arm_label(r->view, vg_cell_text(d, "reference", row)),
                           vg_view_visit_label(r->view, vg_cell_text(d, "visit", row)));
}

/* Ticks that people read: halves and doubles, as changes in percent. */
static void percent_axis(const Response *r, VgPlot *plot, VgPlotAxis *axis, double low, double high)
{
    static const double PERCENT[] = {-90, -75, -50, -25, -10, 0, 10, 33, 100, 300, 900};
    double at[sizeof PERCENT / sizeof *PERCENT];
    const char *name[sizeof PERCENT / sizeof *PERCENT];
    size_t n = 0;
    bool narrow = high - low < 0.9;
    for (size_t k = 0; k < sizeof PERCENT / sizeof *PERCENT; k++) {
        double x = log1p(PERCENT[k] / 100);
        if ((fabs(PERCENT[k]) == 10 && !narrow) || x < low || x > high)
            continue;
        at[n] = x;
        name[n++] = vg_arena_printf(r->view->arena, "%s%.0f %%",
                                    PERCENT[k] > 0   ? "+"
                                    : PERCENT[k] < 0 ? "−"
                                                     : "",
                                    fabs(PERCENT[k]));
    }
    vg_axis_places(plot, axis, "Difference in change, percent of the reference arm's level", at,
                   name, n);
    axis->low = low;
    axis->high = high;
}

/* The axis of all panels, intervals and nought in it; intervals beyond 20-fold are cut. */
static void range_of(const Response *r, const char *visit, double *low, double *high)
{
    *low = *high = 0;
    for (size_t i = 0; i < r->d->n_rows; i++)
        if (of_layer(r, i) && !is_odds(r->d, i) &&
            vg_same_text(vg_cell_text(r->d, "visit", i), visit)) {
            *low = fmin(*low, place(r, i, "lower"));
            *high = fmax(*high, place(r, i, "upper"));
        }
    if (r->percent) {
        *low = fmax(*low, -log(20));
        *high = fmin(*high, log(20));
    }
    double margin = 0.05 * (*high - *low) + 1e-6;
    *low -= margin;
    *high += margin;
}

/* The words under the axis of differences: a layer drawn so has one unit. */
static const char *axis_text(const Response *r)
{
    if (r->standard)
        return "Difference in change, in standard errors (amounts at the right)";
    for (size_t i = 0; i < r->d->n_rows; i++)
        if (of_layer(r, i) && !is_odds(r->d, i) && vg_cell_text(r->d, "unit", i))
            return vg_arena_printf(r->view->arena, "Difference in change (%s)",
                                   vg_cell_text(r->d, "unit", i));
    return "Difference in change";
}

static void forest_panel(const Response *r, VgPlot *plot, size_t comparison, double low,
                         double high)
{
    VgPlotPanel *panel = vg_plot_panel(plot, comparison_text(r, comparison));
    VgPlotLayer *zero = vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_MUTED, NULL);
    VgPlotLayer *bars = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    VgPlotLayer *rest = vg_plot_layer(plot, panel, VG_MARK_POINT, VG_STYLE_MUTED, NULL);
    VgPlotLayer *found = vg_plot_layer(plot, panel, VG_MARK_POINT, 1,
                                       vg_arena_printf(r->view->arena, "q at most %.3g", r->fdr));
    if (!panel || !zero || !bars || !rest || !found)
        return;
    size_t longest = 0;
    for (size_t i = 0; i < r->n; i++)
        longest = r->label[i] && strlen(r->label[i]) > longest ? strlen(r->label[i]) : longest;
    /* what is round the rows, and long names in two lines or three */
    panel->height = 112 + (longest > 44 ? 62 : longest > 26 ? 44 : 26) * (double)r->n;
    vg_axis_categories(plot, &panel->y, NULL, r->label, r->n);
    panel->y.downward = true;
    if (r->percent)
        percent_axis(r, plot, &panel->x, low, high);
    else
        vg_axis_numbers(plot, &panel->x, axis_text(r), low, high, 5);
    panel->x.towards_low = "less than the reference";
    panel->x.towards_high = "more than the reference";
    const char **effect = vg_plot_column(
        plot, panel,
        vg_arena_printf(r->view->arena, "Difference (%.4g%% CI)", 100 * r->view->result->level),
        false, r->n);
    const char **q = vg_plot_column(plot, panel, "q", false, r->n);
    vg_plot_add(plot, zero, 0, NAN, NAN, NAN, NULL);
    for (size_t i = 0; i < r->n && effect && q; i++) {
        size_t row = row_of(r, r->feature[i], comparison);
        if (row == SIZE_MAX)
            continue;
        effect[i] = interval_text(r, row);
        q[i] = q_text(r, row);
        if (is_odds(r->d, row))
            continue;
        double from = place(r, row, "lower"), to = place(r, row, "upper"),
               at = place(r, row, "estimate");
        vg_plot_add(plot, bars, fmax(from, low), (double)i, fmin(to, high), NAN, NULL);
        if (at > low && at < high)
            vg_plot_add(plot, vg_cell_number(r->d, "q", row) <= r->fdr ? found : rest, at,
                        (double)i, NAN, NAN, effect[i]);
    }
}

VgPlot *vg_figure_measured_forest(const VgView *view, const char *layer, const char *label)
{
    Response r;
    if (!response_of(view, layer, &r))
        return NULL;
    const char *last = vg_cell_text(r.d, "visit", r.comparison[r.n_comparisons - 1]);
    for (size_t k = 0; k < r.n_comparisons; k++) /* the latest visit of any arm */
        if (vg_view_visit_index(view, vg_cell_text(r.d, "visit", r.comparison[k])) >
            vg_view_visit_index(view, last))
            last = vg_cell_text(r.d, "visit", r.comparison[k]);
    const char *which =
        r.n_all > r.n ? vg_arena_printf(view->arena,
                                        " The %zu of %zu analytes with the smallest p are drawn; "
                                        "all are in tables/panel_response.csv.",
                                        r.n, r.n_all)
                      : "";
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "response-%s", layer),
        vg_arena_printf(view->arena, "%s: difference between arms at %s", label,
                        vg_view_visit_label(view, last)),
        vg_arena_printf(
            view->arena,
            "How much more or less each changed from baseline than under the reference, with "
            "%.4g%% "
            "confidence intervals, adjusted for its own baseline%s. Nought means no difference. "
            "An asterisk marks q of at most %.3g over all analytes and comparisons of the layer. "
            "Where most values lie beyond the limits of the assay the odds of being detected are "
            "compared (OR: odds ratio).%s",
            100 * view->result->level,
            r.percent ? "; +100 % is twice, −50 % half of what it would have been" : "", r.fdr,
            which));
    if (!plot)
        return NULL;
    plot->about = layer;
    plot->columns = 1;
    double low, high;
    range_of(&r, last, &low, &high);
    for (size_t k = 0; k < r.n_comparisons; k++)
        if (vg_same_text(vg_cell_text(r.d, "visit", r.comparison[k]), last))
            forest_panel(&r, plot, r.comparison[k], low, high);
    return plot->n_panels ? plot : NULL;
}

/* Analytes against all comparisons; shade: the difference in standard errors, up to 4. */
VgPlot *vg_figure_measured_map(const VgView *view, const char *layer, const char *label)
{
    Response r;
    if (!response_of(view, layer, &r) || r.n_comparisons < 2)
        return NULL;
    VgPlot *plot = vg_plot_create(
        view->arena, vg_arena_printf(view->arena, "response-map-%s", layer),
        vg_arena_printf(view->arena, "%s: differences between arms at all visits", label),
        vg_arena_printf(
            view->arena,
            "%s against the reference, adjusted for baseline; darker is further from nought, "
            "measured against its uncertainty. An asterisk marks q of at most %.3g.%s",
            r.percent ? "Difference in change in percent" : "Difference in change", r.fdr,
            r.n_all > r.n
                ? vg_arena_printf(view->arena, " The %zu of %zu analytes with the smallest p.", r.n,
                                  r.n_all)
                : ""));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, VG_STYLE_INK, NULL);
    const char *column[MOST_PANELS];
    if (!panel || !tiles)
        return NULL;
    plot->about = layer;
    /* the shorter list across: labels there have the less room the more there are */
    bool across = r.n < r.n_comparisons;
    plot->panel_height = across ? 100 + 40 * (double)r.n_comparisons : 140 + 28 * (double)r.n;
    for (size_t j = 0; j < r.n_comparisons; j++) {
        size_t c = r.comparison[j];
        column[j] = vg_arena_printf(view->arena, "%s, %s",
                                    vg_view_arm_label(view, vg_cell_text(r.d, "arm", c)),
                                    vg_view_visit_label(view, vg_cell_text(r.d, "visit", c)));
        for (size_t i = 0; i < r.n; i++) {
            size_t row = row_of(&r, r.feature[i], c);
            if (row == SIZE_MAX || is_odds(r.d, row))
                continue;
            double at = plain_place(&r, row, "estimate"), width = width_of(&r, row);
            double x = (double)(across ? i : j), y = (double)(across ? j : i);
            vg_plot_add(plot, tiles, x, y, fmin(fmax(at / width, -1), 1), NAN,
                        vg_arena_printf(view->arena, "%s%s%s",
                                        number_text(&r, row, "estimate", decimals_of(&r, row)),
                                        r.standard && is_percent(&r, row) ? " %" : "",
                                        vg_cell_number(r.d, "q", row) <= r.fdr ? "*" : ""));
        }
    }
    vg_axis_categories(plot, across ? &panel->y : &panel->x, NULL, column, r.n_comparisons);
    vg_axis_categories(plot, across ? &panel->x : &panel->y, NULL, r.label, r.n);
    panel->y.downward = true;
    return plot;
}
