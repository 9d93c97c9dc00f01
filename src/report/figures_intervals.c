/* Individual outcomes: where each person's outcome may lie under each arm, and how much arms may differ for one person. */
#include <math.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/prediction.h"

enum { MOST_PEOPLE = 200 };

static const char *number(const VgView *view, double value)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, 1);
    return vg_view_kept(view, &text);
}

static const char *unit_of(const VgViewOutcome *o)
{
    return o && o->unit ? o->unit : "units of the scale";
}

/* "points of HAM-D17 (0 to 52)". */
static const char *axis_label(const VgView *view, const VgViewOutcome *o, bool range)
{
    const char *name = o && o->label ? o->label : o ? o->name : NULL;
    const char *unit = unit_of(o);
    if (!name)
        return unit;
    if (range && o && isfinite(o->minimum) && isfinite(o->maximum))
        return vg_arena_printf(view->arena, "%s, %s (%.4g to %.4g)", name, unit, o->minimum,
                               o->maximum);
    return vg_arena_printf(view->arena, "%s, %s", name, unit);
}

static VgPlot *new_plot(const VgView *view, const VgViewAnalysis *a, const char *kind,
                        const char *title, const char *description)
{
    VgPlot *plot = vg_plot_create(view->arena, vg_predicted_id(view, a, NULL, kind), title,
                                  description ? description : "");
    if (!plot)
        return NULL;
    plot->about = a->id;
    plot->width = 860;
    plot->least = 660;
    plot->columns = 2;
    plot->panel_height = 330;
    return plot;
}

/* Takes in all people of all arms; the largest number of people of one arm. */
static size_t find_range(const VgView *view, const VgViewAnalysis *a, bool difference,
                         VgPlotRange *range)
{
    size_t most = 0;
    VgIntervalPerson *person;
    for (size_t arm = 0; arm < view->n_arms; arm++) {
        size_t n = vg_interval_people(view, a, view->arm[arm].name, difference, &person);
        most = n > most ? n : most;
        for (size_t i = 0; i < n; i++) {
            vg_plot_widen(range, person[i].predicted);
            vg_plot_widen(range, person[i].lower);
            vg_plot_widen(range, person[i].upper);
            vg_plot_widen(range, person[i].observed);
        }
    }
    return most;
}

static const char *ends_text(const VgView *view, const VgIntervalPerson *p)
{
    if (!isfinite(p->lower) || !isfinite(p->upper))
        return "no end";
    return vg_arena_printf(view->arena, "%s to %s", number(view, p->lower), number(view, p->upper));
}

/* A scale ends where it ends, not at the next round number. */
static void end_with_scale(VgPlotAxis *axis, const VgViewOutcome *o)
{
    if (!o || !(o->maximum > axis->low) || !(o->maximum <= axis->high))
        return;
    axis->high = o->maximum;
    while (axis->n_ticks > 0 && axis->tick[axis->n_ticks - 1] > axis->high)
        axis->n_ticks--;
}

/* Every k-th person where there are very many, so that a page keeps its size. */
static void people_panel(const VgView *view, VgPlot *plot, VgPlotPanel *panel, int style,
                         const VgIntervalPerson *person, size_t n, VgPlotRange range)
{
    VgPlotLayer *interval = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, style, NULL),
                *middle = vg_plot_layer(plot, panel, VG_MARK_SEGMENT, style, NULL),
                *seen = vg_plot_layer(plot, panel, VG_MARK_POINT, VG_STYLE_INK, NULL);
    size_t step = (n - 1) / MOST_PEOPLE + 1;
    double half = 40 * (double)step / (double)n;
    if (interval)
        interval->opacity = 0.35;
    if (seen)
        seen->light = true;
    for (size_t i = 0; i < n; i += step) {
        const VgIntervalPerson *p = &person[i];
        double x = 100 * ((double)i + 0.5) / (double)n;
        vg_plot_add(plot, interval, x, fmax(p->lower, range.low), x, fmin(p->upper, range.high),
                    vg_arena_printf(view->arena, "%s: %s (%s)", p->name ? p->name : "one person",
                                    number(view, p->predicted), ends_text(view, p)));
        vg_plot_size(interval, fmin(6, fmax(1.2, 260.0 * (double)step / (double)n)));
        vg_plot_add(plot, middle, x - half, p->predicted, x + half, p->predicted, NULL);
        vg_plot_size(middle, 2);
        if (isfinite(p->observed))
            vg_plot_add(plot, seen, x, p->observed, NAN, NAN,
                        vg_arena_printf(view->arena, "%s: observed %s",
                                        p->name ? p->name : "one person",
                                        number(view, p->observed)));
    }
    if (panel)
        vg_axis_numbers(plot, &panel->x, "Of 100 people, in the order of what is predicted", 0, 100,
                        5);
}

static const char *thinned(const VgView *view, size_t n)
{
    size_t step = n > 0 ? (n - 1) / MOST_PEOPLE + 1 : 1;
    return step == 1 ? "" : vg_arena_printf(view->arena, " One in %zu people is drawn.", step);
}

static double level_of(const VgView *view, const VgViewAnalysis *a)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "intervals_level");
    return 100 * (fact ? fact->number : view->result->level);
}

VgPlot *vg_figure_individual_outcomes(const VgView *view, const VgViewAnalysis *a)
{
    const VgViewOutcome *o = vg_predicted_outcome(view, a);
    VgPlotRange range = {INFINITY, -INFINITY};
    VgIntervalPerson *person;
    size_t n = find_range(view, a, false, &range);
    if (!(range.high > range.low))
        return NULL;
    if (o && isfinite(o->minimum) && isfinite(o->maximum)) {
        vg_plot_widen(&range, o->minimum);
        vg_plot_widen(&range, o->maximum);
    }
    VgPlot *plot = new_plot(
        view, a, "intervals", "Where each person's outcome may lie under each arm",
        vg_arena_printf(
            view->arena,
            "Every participant is a bar: the %.4g%% interval of the outcome (%s), if they were "
            "given that arm. The stroke is what is predicted; a dot is what was observed, in those "
            "who "
            "were given the arm, and their bar was made without them. Long bars are the finding: "
            "how one person will do is hardly known beforehand. An interval holds for people on "
            "average, not for each.%s",
            level_of(view, a), axis_label(view, o, true), thinned(view, n)));
    for (size_t arm = 0; plot && arm < view->n_arms; arm++) {
        size_t of_arm = vg_interval_people(view, a, view->arm[arm].name, false, &person);
        VgPlotPanel *panel = of_arm ? vg_plot_panel(plot, view->arm[arm].label) : NULL;
        if (!panel)
            continue;
        vg_axis_numbers(plot, &panel->y, plot->n_panels % 2 == 1 ? axis_label(view, o, true) : NULL,
                        range.low, range.high, 6);
        end_with_scale(&panel->y, o);
        people_panel(view, plot, panel, (int)arm, person, of_arm,
                     (VgPlotRange){panel->y.low, panel->y.high});
    }
    return plot && plot->n_panels ? plot : NULL;
}

/* The reference arm of an arm's differences. */
static const char *reference_of(const VgView *view, const VgViewAnalysis *a, const char *arm)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "individual_difference");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "arm", i), arm))
            return vg_view_arm_label(view, vg_cell_text(d, "reference", i));
    return "";
}

VgPlot *vg_figure_individual_differences(const VgView *view, const VgViewAnalysis *a)
{
    const VgViewOutcome *o = vg_predicted_outcome(view, a);
    VgPlotRange range = {0, 0};
    VgIntervalPerson *person;
    size_t n = find_range(view, a, true, &range);
    if (!(range.high > range.low))
        return NULL;
    VgPlot *plot = new_plot(
        view, a, "differences", "How much the arms may differ for one person",
        vg_arena_printf(
            view->arena,
            "%.4g%% interval of each participant's own difference between two arms, of which only "
            "one can be seen (%s)%s. Nearly all hold 0, also where a treatment works: this shows "
            "how little is known of one person. Nothing may be decided on it.%s",
            level_of(view, a), axis_label(view, o, false),
            !o                   ? ""
            : o->lower_is_better ? "; below 0 is benefit"
                                 : "; above 0 is benefit",
            thinned(view, n)));
    for (size_t arm = 0; plot && arm < view->n_arms; arm++) {
        size_t of_arm = vg_interval_people(view, a, view->arm[arm].name, true, &person);
        if (!of_arm)
            continue;
        VgPlotPanel *panel =
            vg_plot_panel(plot, vg_arena_printf(view->arena, "%s less %s", view->arm[arm].label,
                                                reference_of(view, a, view->arm[arm].name)));
        if (!panel)
            continue;
        vg_axis_numbers(plot, &panel->y,
                        plot->n_panels % 2 == 1
                            ? vg_arena_printf(view->arena, "Difference, %s", unit_of(o))
                            : NULL,
                        range.low, range.high, 6);
        people_panel(view, plot, panel, (int)arm, person, of_arm,
                     (VgPlotRange){panel->y.low, panel->y.high});
        vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_Y, VG_STYLE_INK, NULL), NAN, 0,
                    NAN, NAN, NULL);
    }
    if (plot && plot->n_panels == 1)
        plot->columns = 1;
    return plot && plot->n_panels ? plot : NULL;
}
