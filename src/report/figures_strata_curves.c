/* Who benefits, as curves: over the share treated first (TOC), over a moderator, and people in the order of what is
 * predicted for them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compare.h"
#include "report/figures_strata.h"

enum { MOST_PANELS = 12, MOST_PEOPLE = 400, EXPLORATORY = 400 };

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

void vg_strata_average(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                       VgPlot *plot, VgPlotPanel *panel, VgMark mark)
{
    const VgEstimate *e = arm->average;
    if (!e || !isfinite(e->estimate))
        return;
    VgPlotLayer *rule = vg_plot_layer(plot, panel, mark, 1, NULL);
    if (rule)
        rule->light = true;
    vg_plot_add(plot, rule, mark == VG_MARK_RULE_X ? e->estimate : NAN,
                mark == VG_MARK_RULE_Y ? e->estimate : NAN, NAN, NAN,
                vg_arena_printf(view->arena, "average %s %s",
                                vg_interval_text(view, e, 1, s->decimals), s->unit));
}

/* A filled outline between two columns of a dataset, and a line through a third. */
static void band_and_line(VgPlot *plot, VgPlotPanel *panel, const VgDataset *d, const size_t *row,
                          size_t n, const char *x, double factor, const char *lower,
                          const char *upper, const char *middle, const char *const *told)
{
    VgPlotLayer *band = vg_plot_layer(plot, panel, VG_MARK_AREA, 0, NULL),
                *line = vg_plot_layer(plot, panel, VG_MARK_LINE, 0, NULL);
    for (size_t k = 0; k < 2 * n; k++) { /* there along the lower limit, back along the upper */
        size_t i = row[k < n ? k : 2 * n - 1 - k];
        double y = vg_cell_number(d, k < n ? lower : upper, i);
        if (isfinite(y))
            vg_plot_add(plot, band, factor * vg_cell_number(d, x, i), y, NAN, NAN, NULL);
    }
    for (size_t k = 0; k < n; k++)
        vg_plot_add(plot, line, factor * vg_cell_number(d, x, row[k]),
                    vg_cell_number(d, middle, row[k]), NAN, NAN, told ? told[k] : NULL);
}

static void widen_by(VgPlotRange *range, const VgDataset *d, size_t row, const char *const *column,
                     size_t n)
{
    for (size_t k = 0; k < n; k++)
        vg_plot_widen(range, vg_cell_number(d, column[k], row));
}

/* Rows of this arm (and moderator, unless NULL) that hold the column. */
static size_t rows_of(const VgDataset *d, const VgStrataArm *arm, const char *moderator,
                      const char *column, size_t *row)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_strata_of_arm(d, i, arm) &&
            (!moderator || vg_same_text(vg_cell_text(d, "moderator", i), moderator)) &&
            isfinite(vg_cell_number(d, column, i)))
            row[n++] = i;
    return n;
}

/* ---- the order of benefit ---- */

VgPlot *vg_figure_strata_toc(const VgView *view, const VgStrataView *s, const VgStrataArm *arm)
{
    static const char *const COLUMN[] = {"toc", "lower", "upper"};
    const VgDataset *d = vg_strata_dataset(view, s, "toc");
    size_t *row = d ? VG_NEW(view->arena, size_t, d->n_rows) : NULL;
    size_t n = row ? rows_of(d, arm, NULL, "toc", row) : 0;
    if (n < 2)
        return NULL;
    const VgEstimate *autoc = vg_strata_row_of(view, s, "autoc", arm, NULL);
    const char *area =
        autoc && isfinite(autoc->estimate)
            ? vg_arena_printf(view->arena, "Mean height of the curve (AUTOC) %s %s, %s one-sided",
                              vg_interval_text(view, autoc, 1, vg_decimals(autoc->se)), s->unit,
                              vg_p_text(view, autoc->p))
            : NULL;
    VgPlot *plot = vg_strata_plot(
        view, s, arm, "toc", "Do those who were predicted to benefit most benefit most?",
        vg_arena_printf(
            view->arena,
            "People stand in the order of their predicted benefit from %s, each predicted from "
            "other people. The curve is how much more the first of them benefited than all did "
            "(%s; more is better), with %.4g%% intervals at each share. At nought, the order is "
            "no better than chance.",
            arm->label, s->unit, 100 * view->result->level));
    VgPlotPanel *panel = vg_plot_panel(plot, area);
    if (!panel)
        return NULL;
    VgPlotRange range = {0, 0};
    const char **told = VG_NEW(view->arena, const char *, n);
    for (size_t k = 0; told && k < n; k++) {
        widen_by(&range, d, row[k], COLUMN, 3);
        told[k] = vg_arena_printf(view->arena, "first %.0f of 100: %s %s",
                                  100 * vg_cell_number(d, "share", row[k]),
                                  number(view, vg_cell_number(d, "toc", row[k]), 2), s->unit);
    }
    vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_INK, NULL), NAN, 0, NAN,
                NAN, NULL);
    band_and_line(plot, panel, d, row, n, "share", 100, "lower", "upper", "toc", told);
    vg_axis_numbers(plot, &panel->x, "The first … of 100 people, by predicted benefit", 0, 100, 5);
    vg_axis_numbers(plot, &panel->y,
                    vg_arena_printf(view->arena, "More benefit than all, %s", s->unit), range.low,
                    range.high, 5);
    return plot;
}

/* ---- effects over a moderator ---- */

/* The smallest and largest windows, in words. */
static const char *window_counts(const VgView *view, const VgDataset *d, const size_t *row,
                                 size_t n)
{
    double fewest = INFINITY, most = 0;
    for (size_t k = 0; k < n; k++) {
        fewest = fmin(fewest, vg_cell_number(d, "n", row[k]));
        most = fmax(most, vg_cell_number(d, "n", row[k]));
    }
    if (!isfinite(fewest) || !(most > 0))
        return NULL;
    return fewest == most ? vg_arena_printf(view->arena, "%zu windows of %.0f people", n, most)
                          : vg_arena_printf(view->arena, "%zu windows of %.0f to %.0f people", n,
                                            fewest, most);
}

typedef struct Curves {
    const VgView *view;
    const VgStrataView *strata;
    const VgStrataArm *arm;
    const VgDataset *dataset;
    VgPlot *plot;
    VgPlotRange y;
    size_t left_out;
} Curves;

static void moderator_panel(Curves *c, const char *name, size_t *row)
{
    const VgView *view = c->view;
    const VgDataset *d = c->dataset;
    size_t n = rows_of(d, c->arm, name, "effect", row);
    if (n < 2)
        return;
    if (c->plot->n_panels == MOST_PANELS) {
        c->left_out++;
        return;
    }
    const char *unit = vg_strata_unit(view, c->strata, name),
               *counts = window_counts(view, d, row, n);
    VgPlotPanel *panel = vg_plot_panel(c->plot, vg_strata_label(view, c->strata, name));
    const char **told = VG_NEW(view->arena, const char *, n);
    if (!panel || !told)
        return;
    VgPlotRange x = {INFINITY, -INFINITY};
    for (size_t k = 0; k < n; k++) {
        size_t i = row[k];
        vg_plot_widen(&x, vg_cell_number(d, "middle", i));
        told[k] = vg_arena_printf(view->arena, "%.4g to %.4g%s%s: %s %s, n %.0f",
                                  vg_cell_number(d, "from", i), vg_cell_number(d, "to", i),
                                  unit ? " " : "", unit ? unit : "",
                                  number(view, vg_cell_number(d, "effect", i), c->strata->decimals),
                                  c->strata->unit, vg_cell_number(d, "n", i));
    }
    vg_axis_numbers(c->plot, &panel->x,
                    unit && counts ? vg_arena_printf(view->arena, "%s (%s)", unit, counts)
                    : unit         ? unit
                                   : counts,
                    x.low, x.high, 4);
    vg_axis_numbers(c->plot, &panel->y,
                    c->plot->n_panels % c->plot->columns == 1
                        ? vg_arena_printf(view->arena, "Effect, %s", c->strata->unit)
                        : NULL,
                    c->y.low, c->y.high, 5);
    vg_plot_add(c->plot, vg_plot_layer(c->plot, panel, VG_MARK_RULE_Y, VG_STYLE_INK, NULL), NAN, 0,
                NAN, NAN, NULL);
    band_and_line(c->plot, panel, d, row, n, "middle", 1, "band_lower", "band_upper", "effect",
                  told);
    VgPlotLayer *point = vg_plot_layer(c->plot, panel, VG_MARK_POINT, 0, NULL);
    for (size_t k = 0; k < n; k++)
        vg_plot_add(c->plot, point, vg_cell_number(d, "middle", row[k]),
                    vg_cell_number(d, "effect", row[k]), NAN, NAN, told[k]);
    vg_strata_average(view, c->strata, c->arm, c->plot, panel, VG_MARK_RULE_Y);
}

static bool seen_before(const VgDataset *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (vg_same_text(vg_cell_text(d, "moderator", k), vg_cell_text(d, "moderator", i)))
            return true;
    return false;
}

VgPlot *vg_figure_strata_moderators(const VgView *view, const VgStrataView *s,
                                    const VgStrataArm *arm)
{
    static const char *const COLUMN[] = {"effect", "band_lower", "band_upper"};
    const VgDataset *d = vg_strata_dataset(view, s, "effect_curve");
    size_t *row = d ? VG_NEW(view->arena, size_t, d->n_rows) : NULL;
    if (!row)
        return NULL;
    Curves c = {.view = view, .strata = s, .arm = arm, .dataset = d, .y = {0, 0}};
    c.plot = vg_strata_plot(
        view, s, arm, "moderators", "The effect over each declared moderator",
        vg_arena_printf(
            view->arena,
            "Effect of %s against %s (%s) among people in overlapping windows along each "
            "moderator. The whole curve lies inside the band in %.4g of 100 trials. The broken "
            "line "
            "is the average effect: where it fits inside the band all along, the data do not show "
            "that the effect differs.%s",
            arm->label, arm->reference_label, s->unit, 100 * view->result->level,
            !s->directed         ? ""
            : s->lower_is_better ? " Below nought is benefit."
                                 : " Above nought is benefit."));
    if (!c.plot)
        return NULL;
    c.plot->columns = 2;
    c.plot->panel_height = 270;
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_strata_of_arm(d, i, arm))
            widen_by(&c.y, d, i, COLUMN, 3);
    for (size_t i = 0; i < d->n_rows; i++)
        if (!seen_before(d, i))
            moderator_panel(&c, vg_cell_text(d, "moderator", i), row);
    if (c.left_out)
        c.plot->description = vg_arena_printf(view->arena, "%s %zu more are in the table.",
                                              c.plot->description, c.left_out);
    return c.plot->n_panels ? c.plot : NULL;
}

/* ---- people ---- */

typedef struct Person {
    double effect, lower, upper;
    const char *name;
} Person;

static int by_effect(const void *a, const void *b)
{
    const Person *p = a, *q = b;
    return p->effect < q->effect ? -1 : p->effect > q->effect ? 1 : 0;
}

static size_t read_people(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                          Person **person)
{
    const VgDataset *d = vg_strata_dataset(view, s, "person_effects");
    size_t n = 0;
    *person = d ? VG_NEW(view->arena, Person, d->n_rows) : NULL;
    for (size_t i = 0; *person && i < d->n_rows; i++)
        if (vg_strata_of_arm(d, i, arm) && isfinite(vg_cell_number(d, "effect", i)))
            (*person)[n++] =
                (Person){vg_cell_number(d, "effect", i), vg_cell_number(d, "lower", i),
                         vg_cell_number(d, "upper", i), vg_cell_text(d, "participant", i)};
    if (n)
        qsort(*person, n, sizeof **person, by_effect);
    return n;
}

/* Every k-th person where there are very many, so that a page keeps its size. */
static void people_panel(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                         VgPlot *plot, VgPlotPanel *panel, const Person *person, size_t n)
{
    VgPlotLayer *interval = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, 0, NULL),
                *point = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    size_t step = n / MOST_PEOPLE + 1;
    if (interval)
        interval->opacity = 0.3;
    if (point)
        point->light = true;
    for (size_t i = 0; i < n; i += step) {
        double x = 100 * ((double)i + 0.5) / (double)n;
        if (isfinite(person[i].lower) && isfinite(person[i].upper))
            vg_plot_add(plot, interval, x, person[i].lower, x, person[i].upper, NULL);
        vg_plot_add(plot, point, x, person[i].effect, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %s (%s to %s) %s",
                                    person[i].name ? person[i].name : "one person",
                                    number(view, person[i].effect, s->decimals),
                                    number(view, person[i].lower, s->decimals),
                                    number(view, person[i].upper, s->decimals), s->unit));
    }
    vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_INK, NULL), NAN, 0, NAN,
                NAN, NULL);
    vg_strata_average(view, s, arm, plot, panel, VG_MARK_RULE_Y);
    if (arm->average && isfinite(arm->average->estimate)) {
        VgPlotLayer *words = vg_plot_layer(plot, panel, VG_MARK_TEXT, 1, NULL);
        if (words)
            words->place = VG_TEXT_RIGHT;
        vg_plot_add(plot, words, 2, arm->average->estimate, NAN, NAN,
                    vg_arena_printf(view->arena, "average %s",
                                    number(view, arm->average->estimate, s->decimals)));
    }
}

/* About 2·n^(1/3) bars (Rice), between 6 and 24. */
static double histogram(const VgView *view, VgPlot *plot, VgPlotPanel *panel, const Person *person,
                        size_t n)
{
    size_t bars = (size_t)fmin(24, fmax(6, ceil(2 * cbrt((double)n))));
    double low = person[0].effect, width = (person[n - 1].effect - low) / (double)bars, most = 0;
    double *count = VG_NEW(view->arena, double, bars);
    VgPlotLayer *bar = vg_plot_layer(plot, panel, VG_MARK_BAR_X, 0, NULL);
    if (!count)
        return 1;
    if (!(width > 0)) { /* all alike */
        low -= 0.5;
        width = 1 / (double)bars;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)fmin((double)bars - 1, (person[i].effect - low) / width);
        count[k]++;
        most = fmax(most, count[k]);
    }
    for (size_t k = 0; k < bars; k++)
        if (count[k] > 0)
            vg_plot_add(plot, bar, count[k], low + ((double)k + 0.5) * width, 0.94 * width, NAN,
                        vg_arena_printf(view->arena, "%.0f people", count[k]));
    return most;
}

VgPlot *vg_figure_strata_people(const VgView *view, const VgStrataView *s, const VgStrataArm *arm)
{
    Person *person = NULL;
    size_t n = read_people(view, s, arm, &person);
    if (n < 2)
        return NULL;
    bool few = n < EXPLORATORY;
    VgPlot *plot = vg_strata_plot(
        view, s, arm, "people", "Effects predicted for each person",
        vg_arena_printf(
            view->arena,
            "%zu people in the order of the effect of %s against %s that is predicted for them "
            "(%s), each from trees that did not see them, with %.4g%% intervals. The broken line "
            "is "
            "the average effect. How far the predictions spread is not how far true effects "
            "spread: predictions are drawn towards the average, and chance spreads them where "
            "effects are the same. %s",
            n, arm->label, arm->reference_label, s->unit, 100 * view->result->level,
            few ? "With fewer than 400 people they are exploratory: no basis for choosing a "
                  "treatment for anybody."
                : "They are no basis for choosing a treatment for anybody unless the tests above "
                  "show that benefit differs."));
    VgPlotPanel *people = vg_plot_panel(plot, few ? "Exploratory: fewer than 400 people"
                                                  : "Each person with interval");
    VgPlotPanel *bars = vg_plot_panel(plot, "Spread of predictions, not of truth");
    if (!people || !bars)
        return NULL;
    plot->columns = 2;
    plot->panel_height = 380;
    VgPlotRange y = {0, 0};
    for (size_t i = 0; i < n; i++) {
        vg_plot_widen(&y, person[i].effect);
        vg_plot_widen(&y, person[i].lower);
        vg_plot_widen(&y, person[i].upper);
    }
    people_panel(view, s, arm, plot, people, person, n);
    double most = histogram(view, plot, bars, person, n);
    vg_plot_add(plot, vg_plot_layer(plot, bars, VG_MARK_RULE_Y, VG_STYLE_INK, NULL), NAN, 0, NAN,
                NAN, NULL);
    vg_strata_average(view, s, arm, plot, bars, VG_MARK_RULE_Y);
    vg_axis_numbers(plot, &people->x, "Of 100 people, by predicted effect", 0, 100, 5);
    vg_axis_numbers(plot, &people->y, vg_arena_printf(view->arena, "Predicted effect, %s", s->unit),
                    y.low, y.high, 6);
    vg_axis_numbers(plot, &bars->x, "People", 0, most, 4);
    vg_axis_numbers(plot, &bars->y, NULL, y.low, y.high, 6);
    return plot;
}
