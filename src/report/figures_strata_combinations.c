/* Who benefits in combination: an effect within the classes of a background treatment, and parts of a treatment alone and
 * together. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures_strata.h"

enum { MOST_ROWS = 48 };

typedef struct Rows {
    const VgView *view;
    const VgStrataView *strata;
    VgPlot *plot;
    VgPlotPanel *panel;
    VgPlotLayer *interval, *point, *difference;
    const char *label[MOST_ROWS], *text[MOST_ROWS];
    VgRowKind kind[MOST_ROWS];
    size_t n;
    VgPlotRange range;
} Rows;

static bool begin(Rows *r, const VgView *view, const VgStrataView *s, const char *kind,
                  const char *title, const char *description)
{
    *r = (Rows){.view = view, .strata = s, .range = {0, 0}};
    r->plot = vg_strata_plot(view, s, NULL, kind, title, description);
    r->panel = vg_plot_panel(r->plot, NULL);
    VgPlotLayer *nought = vg_plot_layer(r->plot, r->panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL);
    vg_plot_add(r->plot, nought, 0, NAN, NAN, NAN, NULL);
    r->interval = vg_plot_layer(r->plot, r->panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    r->point = vg_plot_layer(r->plot, r->panel, VG_MARK_POINT, 0, NULL);
    r->difference = vg_plot_layer(r->plot, r->panel, VG_MARK_POINT, 1, NULL);
    return r->panel != NULL;
}

static void heading(Rows *r, const char *text)
{
    if (r->n == MOST_ROWS)
        return;
    r->label[r->n] = text;
    r->text[r->n] = "";
    r->kind[r->n++] = VG_ROW_HEADING;
}

/* A row without numbers is told with its note ("cannot be told"). */
static void add(Rows *r, VgPlotLayer *point, const char *label, const VgEstimate *row)
{
    if (r->n == MOST_ROWS)
        return;
    size_t i = r->n++;
    bool told = isfinite(row->estimate);
    r->label[i] = label;
    r->kind[i] = VG_ROW_PLAIN;
    r->text[i] = told        ? vg_interval_text(r->view, row, 1, vg_decimals(row->se))
                 : row->note ? row->note
                             : "–";
    if (told)
        vg_strata_add_row(
            r->plot, r->interval, point, row, 1, (double)i,
            vg_arena_printf(r->view->arena, "%s: %s %s", label, r->text[i], r->strata->unit),
            &r->range);
}

static VgPlot *finish(Rows *r)
{
    const VgView *view = r->view;
    const char **text = vg_plot_column(
        r->plot, r->panel,
        vg_arena_printf(view->arena, "%s (%.4g%%)", r->strata->unit, 100 * view->result->level),
        false, r->n);
    VgRowKind *kind = VG_NEW(view->arena, VgRowKind, r->n);
    if (!text || !kind || r->n == 0)
        return NULL;
    for (size_t i = 0; i < r->n; i++) {
        text[i] = r->text[i];
        kind[i] = r->kind[i];
    }
    vg_strata_row_axis(r->plot, r->panel, "Effect", r->label, r->n);
    r->panel->y.row = kind;
    vg_axis_numbers(r->plot, &r->panel->x, NULL, r->range.low, r->range.high, 6);
    vg_strata_sides(r->strata, &r->panel->x, "← benefit", "benefit →", "← harm", "harm →");
    return r->plot;
}

/* ---- background treatment ---- */

static bool same_question(const VgEstimate *a, const VgEstimate *b)
{
    return vg_same_text(a->term, b->term) && vg_same_text(a->arm, b->arm);
}

static void background_rows(Rows *r, const VgEstimate *first)
{
    const VgView *view = r->view;
    heading(r, vg_arena_printf(view->arena, "%s: %s", vg_strata_label(view, r->strata, first->term),
                               vg_view_arm_label(view, first->arm)));
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        bool effect = vg_strata_is(row, r->strata, "background_effect", NULL);
        if ((!effect && !vg_strata_is(row, r->strata, "background_difference", NULL)) ||
            !same_question(row, first))
            continue;
        const char *stratum = row->stratum ? row->stratum : "";
        add(r, effect ? r->point : r->difference,
            !effect            ? vg_arena_printf(view->arena, "difference: %s", stratum)
            : isfinite(row->n) ? vg_arena_printf(view->arena, "%s (n %.0f)", stratum, row->n)
                               : stratum,
            row);
    }
}

VgPlot *vg_figure_strata_background(const VgView *view, const VgStrataView *s)
{
    Rows r;
    if (!vg_strata_row_of(view, s, "background_effect", NULL, NULL) ||
        !begin(
            &r, view, s, "background", "The effect beside other treatments",
            vg_arena_printf(
                view->arena,
                "Effect of each arm against %s (%s, %.4g%% intervals) among people of each class "
                "of a background treatment, and the differences between classes. People chose "
                "the background treatment, or were given it for a reason: a difference need not "
                "be its work.",
                s->arm[0].reference_label, s->unit, 100 * view->result->level)))
        return NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        bool before = !vg_strata_is(row, s, "background_effect", NULL);
        for (size_t k = 0; k < i && !before; k++)
            before = vg_strata_is(&view->result->estimate[k], s, "background_effect", NULL) &&
                     same_question(&view->result->estimate[k], row);
        if (!before)
            background_rows(&r, row);
    }
    return finish(&r);
}

/* ---- parts alone and together ---- */

VgPlot *vg_figure_strata_components(const VgView *view, const VgStrataView *s)
{
    Rows r;
    if (!vg_strata_row_of(view, s, "component_effect", NULL, NULL) ||
        !begin(
            &r, view, s, "components", "Parts of a treatment, alone and together",
            vg_arena_printf(
                view->arena,
                "Effects of parts of a treatment (%s, %.4g%% intervals): each alone against "
                "neither, both together against neither, and each beside the other. The last row "
                "is by how much together departs from the sum of the parts: at nought they simply "
                "add up.",
                s->unit, 100 * view->result->level)))
        return NULL;
    const VgEstimate *last = NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_strata_is(row, s, "component_effect", NULL))
            continue;
        if (!last || !vg_same_text(last->term, row->term) ||
            !vg_same_text(last->reference, row->reference))
            heading(&r,
                    vg_arena_printf(view->arena, "%s, against %s", row->term ? row->term : "effect",
                                    vg_view_arm_label(view, row->reference)));
        add(&r, r.point, vg_view_arm_label(view, row->arm), row);
        last = row;
    }
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_strata_is(row, s, "additivity", NULL))
            continue;
        heading(&r, "departure from the sum of the parts");
        add(&r, r.difference, vg_view_arm_label(view, row->arm), row);
    }
    return finish(&r);
}
