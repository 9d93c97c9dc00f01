/* Estimates as tables: the columns that they fill, short where one quantity is asked for, else all. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/forest.h"
#include "report/html_cells.h"

enum { LABELS = 10 };

static const char *label(const VgView *view, const VgEstimate *e, size_t j)
{
    const char *all[LABELS] = {e->analysis, e->quantity,  e->term,    e->outcome, e->visit,
                               e->arm,      e->reference, e->channel, e->feature, e->stratum};
    const char *text = all[j];
    if (!text)
        return NULL;
    if (j == 0 && vg_view_analysis(view, text))
        return vg_view_analysis(view, text)->label;
    if (j == 3 && vg_view_outcome(view, text) && vg_view_outcome(view, text)->label)
        return vg_view_outcome(view, text)->label;
    if (j == 4)
        return vg_view_visit_label(view, text);
    return j == 5 || j == 6 ? vg_view_arm_label(view, text) : text;
}

static bool wanted(const VgEstimate *e, const char *analysis, const char *quantity, const char *arm)
{
    return (!analysis || vg_same_text(e->analysis, analysis)) &&
           (!quantity || vg_same_text(e->quantity, quantity)) &&
           (!arm || vg_same_text(e->arm, arm));
}

/* The columns after the labels. */
enum { RATIO, ESTIMATE, SE, INTERVAL, DF, STATISTIC, P, ADJUSTED_P, N, UNIT, NOTE, FIGURES };

/* The scale of an analysis that pooled logarithms of ratios; NULL for any other row. */
static const VgForest *ratio_of(const VgView *view, const VgEstimate *e)
{
    if (!view->review || !vg_is_effect(e))
        return NULL;
    const VgForest *scale = vg_forest_blank(view->arena, view->result, e->analysis, 0);
    return scale && scale->ratio ? scale : NULL;
}

/* How many studies trim and fill adds: no effect, whatever stands about it. */
static bool is_count(const VgEstimate *e)
{
    return vg_same_text(e->quantity, "trimfill") && vg_same_text(e->term, "filled");
}

static void ratio_cell(VgBuffer *out, const VgView *view, const VgEstimate *e)
{
    const VgForest *scale = ratio_of(view, e);
    vg_buffer_text(out, "<td class=\"n\">");
    if (is_count(e) && isfinite(e->estimate))
        vg_buffer_printf(out, "%.0f %s", e->estimate, e->estimate == 1 ? "study" : "studies");
    if (scale && isfinite(e->estimate)) {
        vg_forest_put(out, scale, e->estimate);
        if (isfinite(e->lower) && isfinite(e->upper)) {
            vg_buffer_text(out, " [");
            vg_forest_put(out, scale, e->lower);
            vg_buffer_text(out, ", ");
            vg_forest_put(out, scale, e->upper);
            vg_buffer_text(out, "]");
        }
    }
    vg_buffer_text(out, "</td>");
}

static void figure_cell(VgBuffer *out, const VgView *view, const VgEstimate *e, int j)
{
    bool whole = is_count(e) || (!isfinite(e->se) && e->estimate == floor(e->estimate));
    int decimals = whole ? 0 : isfinite(e->se) ? vg_decimals(e->se) + 1 : 3;
    switch (j) {
    case RATIO:
        ratio_cell(out, view, e);
        break;
    case ESTIMATE:
        vg_html_number_cell(out, e->estimate, decimals);
        break;
    case SE:
        vg_html_number_cell(out, e->se, isfinite(e->se) ? vg_decimals(e->se) + 1 : 0);
        break;
    case INTERVAL:
        vg_buffer_text(out, "<td class=\"n\">");
        if (isfinite(e->lower) && isfinite(e->upper)) {
            vg_put_number(out, e->lower, decimals);
            vg_buffer_text(out, " to ");
            vg_put_number(out, e->upper, decimals);
        }
        vg_buffer_text(out, "</td>");
        break;
    case DF:
        vg_html_number_cell(out, e->df, 1);
        break;
    case STATISTIC:
        vg_html_number_cell(out, e->statistic, 2);
        break;
    case P:
        vg_html_p_cell(out, view, e->p);
        break;
    case ADJUSTED_P:
        vg_html_p_cell(out, view, e->q);
        break;
    case N:
        vg_html_number_cell(out, e->n, 0);
        break;
    default:
        vg_html_text_cell(out, j == UNIT ? e->unit : e->note, false);
    }
}

static bool figure_known(const VgView *view, const VgEstimate *e, int j)
{
    if (j == RATIO)
        return ratio_of(view, e) != NULL;
    const double numbers[] = {NAN,          e->estimate, e->se, e->lower, e->df,
                              e->statistic, e->p,        e->q,  e->n};
    return j < UNIT ? isfinite(numbers[j]) : j == UNIT ? e->unit != NULL : e->note != NULL;
}

static void estimate_row(VgBuffer *out, const VgView *view, const VgEstimate *e, const bool *shown,
                         const bool *figure)
{
    bool first = true;
    vg_buffer_text(out, "<tr>");
    for (size_t j = 0; j < LABELS; j++)
        if (shown[j]) {
            vg_html_text_cell(out, label(view, e, j), first);
            first = false;
        }
    for (int j = 0; j < FIGURES; j++)
        if (figure[j])
            figure_cell(out, view, e, j);
    vg_buffer_text(out, "</tr>");
}

const char *vg_html_log_unit(const VgView *view, const char *analysis)
{
    const VgFact *back =
                     vg_result_find_fact(view->result, VG_FACTS_FIT, analysis, "back_transform"),
                 *unit = vg_result_find_fact(view->result, VG_FACTS_FIT, analysis, "unit");
    if (!view->review || !back || !vg_same_text(back->text, "exp"))
        return NULL;
    return unit && unit->text ? unit->text : "log ratio";
}

/* Which columns a table has, and what they are called. */
typedef struct Columns {
    bool label[LABELS], figure[FIGURES];
    const char *label_name[LABELS], *figure_name[FIGURES];
} Columns;

/* A short table of a review shows an effect once: as a ratio, or in the unit that its heading names. */
static void shorten(Columns *c, const VgView *view, const char *analysis, const char *quantity)
{
    const char *term = NULL, *unit = NULL;
    bool one_term = true, one_unit = true, all_ratios = true;
    size_t n = 0;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!wanted(e, analysis, quantity, NULL))
            continue;
        one_term = one_term && (!n || vg_same_text(term, e->term));
        one_unit = one_unit && (!n || vg_same_text(unit, e->unit));
        all_ratios = all_ratios && (ratio_of(view, e) || is_count(e) || !isfinite(e->estimate));
        term = e->term;
        unit = e->unit;
        n++;
    }
    if (one_term && (vg_same_text(term, "random") || n == 1))
        c->label[2] = false;
    const char *slope =
        strncmp(quantity, "moderator", 9) == 0 ? vg_html_log_unit(view, analysis) : NULL;
    if (c->figure[RATIO] && all_ratios)
        c->figure[ESTIMATE] = c->figure[SE] = c->figure[INTERVAL] = c->figure[UNIT] = false;
    else if ((one_unit && unit) || slope)
        c->figure_name[ESTIMATE] =
            vg_arena_printf(view->arena, "Estimate (%s)", one_unit && unit ? unit : slope);
    if (one_unit)
        c->figure[UNIT] = false;
    c->figure_name[N] = vg_same_text(quantity, "study_effect") ? "People" : "k";
    if (vg_same_text(quantity, "power")) { /* its error is that of the interaction */
        c->figure_name[ESTIMATE] = "Power";
        c->figure_name[SE] = vg_html_log_unit(view, analysis) ? "SE (log)" : "SE";
    }
}

static void choose_columns(Columns *c, const VgView *view, const char *analysis,
                           const char *quantity, const char *arm)
{
    const char *level = vg_arena_printf(view->arena, "%.4g%% CI", 100 * view->result->level),
               *logs = vg_html_log_unit(view, analysis);
    const VgForest *scale = logs ? vg_forest_blank(view->arena, view->result, analysis, 0) : NULL;
    *c = (Columns){
        .label_name = {"Analysis", "Quantity", "Term", "Outcome", "Visit", "Arm", "Reference",
                       "Channel", "Feature", view->review ? "Subgroup" : "Stratum"},
        .figure_name = {"Ratio", "Estimate", "SE", level, "df", "Statistic", "p",
                        view->review ? "p by permutation" : "Adjusted p", "n", "Unit", "Note"}};
    for (int j = 0; j < FIGURES; j++) /* reviews, and one arm's rows, fill few columns */
        c->figure[j] = !view->review && !arm && j != RATIO;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!wanted(e, analysis, quantity, arm))
            continue;
        for (size_t j = 0; j < LABELS; j++)
            c->label[j] = c->label[j] || label(view, e, j);
        for (int j = 0; j < FIGURES; j++)
            c->figure[j] = c->figure[j] || figure_known(view, e, j);
    }
    c->label[0] = c->label[0] && !analysis;
    c->label[1] = c->label[1] && !quantity;
    c->label[5] = c->label[5] && !arm;
    if (scale)
        c->figure_name[RATIO] = vg_arena_printf(view->arena, "%s [%s]", scale->measure, level);
    if (logs) {
        c->figure_name[ESTIMATE] = vg_arena_printf(view->arena, "Estimate (of effects: %s)", logs);
        c->figure_name[SE] = "SE (of effects: log)";
        c->figure_name[INTERVAL] = vg_arena_printf(view->arena, "%s (of effects: log)", level);
    }
    if (view->review && analysis && quantity) {
        c->figure_name[ESTIMATE] = "Estimate";
        c->figure_name[SE] = "SE";
        c->figure_name[INTERVAL] = level;
        shorten(c, view, analysis, quantity);
    }
}

bool vg_html_estimates_of_arm(VgBuffer *out, const VgView *view, const char *caption,
                              const char *analysis, const char *quantity, const char *arm)
{
    Columns c;
    bool any = false;
    for (size_t i = 0; i < view->result->n_estimates && !any; i++)
        any = wanted(&view->result->estimate[i], analysis, quantity, arm);
    if (!any)
        return false;
    choose_columns(&c, view, analysis, quantity, arm);
    vg_html_table_head(out, caption);
    for (size_t j = 0; j < LABELS; j++)
        if (c.label[j])
            vg_html_table_heading(out, c.label_name[j], false);
    for (int j = 0; j < FIGURES; j++)
        if (c.figure[j])
            vg_html_table_heading(out, c.figure_name[j] ? c.figure_name[j] : "", j < UNIT);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < view->result->n_estimates; i++)
        if (wanted(&view->result->estimate[i], analysis, quantity, arm))
            estimate_row(out, view, &view->result->estimate[i], c.label, c.figure);
    vg_html_table_foot(out);
    return true;
}

bool vg_html_estimates(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                       const char *quantity)
{
    return vg_html_estimates_of_arm(out, view, caption, analysis, quantity, NULL);
}
