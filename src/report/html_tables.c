/* Tables of the page: estimates, datasets, baseline characteristics, harms. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/forest.h"
#include "report/html.h"
#include "report/text.h"

enum { MOST_ROWS = 400 };

const char *vg_p_text(const VgView *view, double p)
{
    VgBuffer text = {0};
    vg_put_p(&text, p);
    return vg_view_kept(view, &text);
}

static void head(VgBuffer *out, const char *caption, const char *id)
{
    (void)id;
    vg_buffer_text(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    vg_put_escaped(out, caption);
    vg_buffer_text(out, "\"><table><caption>");
    vg_put_escaped(out, caption);
    vg_buffer_text(out, "</caption><thead><tr>");
}

static void heading(VgBuffer *out, const char *text, bool number)
{
    vg_buffer_printf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</th>");
}

static void text_cell(VgBuffer *out, const char *text, bool row_heading)
{
    vg_buffer_text(out, row_heading ? "<th scope=\"row\">" : "<td>");
    vg_put_escaped(out, text);
    vg_buffer_text(out, row_heading ? "</th>" : "</td>");
}

static void number_cell(VgBuffer *out, double value, int decimals)
{
    vg_buffer_text(out, "<td class=\"n\">");
    if (isfinite(value))
        vg_put_number(out, value, decimals);
    vg_buffer_text(out, "</td>");
}

static void foot(VgBuffer *out)
{
    vg_buffer_text(out, "</tbody></table></div>");
}

/* Without its "p =". */
static void p_cell(VgBuffer *out, const VgView *view, double p)
{
    const char *text = vg_p_text(view, p);
    vg_buffer_text(out, "<td class=\"n\">");
    vg_put_escaped(out, *text ? text + (text[2] == '=' ? 4 : 2) : "");
    vg_buffer_text(out, "</td>");
}

enum { LABELS = 8 };

static const char *label(const VgView *view, const VgEstimate *e, size_t j)
{
    const char *all[LABELS] = {e->analysis, e->quantity, e->term,      e->outcome,
                               e->visit,    e->arm,      e->reference, e->stratum};
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

static bool wanted(const VgEstimate *e, const char *analysis, const char *quantity)
{
    return (!analysis || vg_same_text(e->analysis, analysis)) &&
           (!quantity || vg_same_text(e->quantity, quantity));
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

static void ratio_cell(VgBuffer *out, const VgView *view, const VgEstimate *e)
{
    const VgForest *scale = ratio_of(view, e);
    vg_buffer_text(out, "<td class=\"n\">");
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
    int decimals = isfinite(e->se) ? vg_decimals(e->se) + 1 : 3;
    switch (j) {
    case RATIO:
        ratio_cell(out, view, e);
        break;
    case ESTIMATE:
        number_cell(out, e->estimate, decimals);
        break;
    case SE:
        number_cell(out, e->se, decimals);
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
        number_cell(out, e->df, 1);
        break;
    case STATISTIC:
        number_cell(out, e->statistic, 2);
        break;
    case P:
        p_cell(out, view, e->p);
        break;
    case ADJUSTED_P:
        p_cell(out, view, e->q);
        break;
    case N:
        number_cell(out, e->n, 0);
        break;
    default:
        text_cell(out, j == UNIT ? e->unit : e->note, false);
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
            text_cell(out, label(view, e, j), first);
            first = false;
        }
    for (int j = 0; j < FIGURES; j++)
        if (figure[j])
            figure_cell(out, view, e, j);
    vg_buffer_text(out, "</tr>");
}

bool vg_html_estimates(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                       const char *quantity)
{
    static const char *const names[LABELS] = {"Analysis", "Quantity", "Term",      "Outcome",
                                              "Visit",    "Arm",      "Reference", "Stratum"};
    static const char *const numbers[FIGURES] = {
        "Ratio", "Estimate", "SE", NULL, "df", "Statistic", "p", "Adjusted p", "n", "Unit", "Note"};
    bool shown[LABELS] = {false}, figure[FIGURES], any = false;
    for (int j = 0; j < FIGURES; j++) /* reviews mix quantities that fill few columns */
        figure[j] = !view->review && j != RATIO;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!wanted(e, analysis, quantity))
            continue;
        any = true;
        for (size_t j = 0; j < LABELS; j++)
            shown[j] = shown[j] || label(view, e, j);
        for (int j = 0; j < FIGURES; j++)
            figure[j] = figure[j] || figure_known(view, e, j);
    }
    if (!any)
        return false;
    shown[0] = shown[0] && !analysis;
    shown[1] = shown[1] && !quantity;
    head(out, caption, NULL);
    for (size_t j = 0; j < LABELS; j++)
        if (shown[j])
            heading(out, names[j], false);
    for (int j = 0; j < FIGURES; j++)
        if (figure[j])
            heading(out,
                    numbers[j]
                        ? numbers[j]
                        : vg_arena_printf(view->arena, "%.4g%% CI", 100 * view->result->level),
                    j < UNIT);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < view->result->n_estimates; i++)
        if (wanted(&view->result->estimate[i], analysis, quantity))
            estimate_row(out, view, &view->result->estimate[i], shown, figure);
    foot(out);
    return true;
}

static int column_decimals(const VgDatasetColumn *column, size_t n)
{
    double largest = 0;
    bool whole = true;
    for (size_t i = 0; i < n; i++)
        if (isfinite(column->number[i])) {
            whole = whole && column->number[i] == floor(column->number[i]);
            largest = fmax(largest, fabs(column->number[i]));
        }
    if (whole || largest == 0)
        return 0;
    int decimals = 3 - (int)floor(log10(largest));
    return decimals < 0 ? 0 : decimals > 12 ? 12 : decimals;
}

static const char *cell_label(const VgView *view, const char *column, const char *text)
{
    if ((strcmp(column, "arm") == 0 || strcmp(column, "reference") == 0) && text)
        return vg_view_arm_label(view, text);
    const VgViewOutcome *outcome =
        strcmp(column, "outcome") == 0 ? vg_view_outcome(view, text) : NULL;
    if (outcome && outcome->label)
        return outcome->label;
    if ((strcmp(column, "visit") == 0 || strcmp(column, "row") == 0 ||
         strcmp(column, "column") == 0) &&
        text)
        return vg_view_visit_label(view, text);
    return text;
}

static bool column_empty(const VgDataset *d, size_t j)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (d->column[j].number ? isfinite(d->column[j].number[i]) : d->column[j].text[i] != NULL)
            return false;
    return true;
}

static void readable(VgBuffer *out, const char *name, bool number)
{
    VgBuffer text = {0};
    vg_buffer_text(&text, name);
    for (size_t i = 0; i < text.length; i++)
        if (text.text[i] == '_')
            text.text[i] = ' ';
    heading(out, text.text ? text.text : name, number);
    out->failed = out->failed || text.failed;
    vg_buffer_free(&text);
}

bool vg_html_dataset(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                     const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, analysis, name);
    if (!d || !d->n_rows)
        return false;
    if (d->n_rows > MOST_ROWS) {
        vg_buffer_printf(
            out, "<p>%zu rows; they are in <a href=\"tables/%s.csv\">tables/%s.csv</a>.</p>",
            d->n_rows, name, name);
        return true;
    }
    head(out, caption, name);
    for (size_t j = 0; j < d->n_columns; j++)
        if (strcmp(d->column[j].name, "order") != 0 && !column_empty(d, j))
            readable(out, d->column[j].name, d->column[j].number != NULL);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < d->n_rows; i++) {
        vg_buffer_text(out, "<tr>");
        for (size_t j = 0; j < d->n_columns; j++) {
            const VgDatasetColumn *c = &d->column[j];
            if (strcmp(c->name, "order") == 0 || column_empty(d, j))
                continue;
            bool p = strcmp(c->name, "p") == 0 || strcmp(c->name, "adjusted") == 0;
            if (c->number && p)
                p_cell(out, view, c->number[i]);
            else if (c->number)
                number_cell(out, c->number[i], column_decimals(c, d->n_rows));
            else
                text_cell(out, cell_label(view, c->name, c->text[i]), j == 0);
        }
        vg_buffer_text(out, "</tr>");
    }
    foot(out);
    return true;
}

/* ---- baseline characteristics ---- */

static void characteristic(VgBuffer *out, const VgDataset *d, size_t i)
{
    if (vg_same_text(vg_cell_text(d, "kind", i), "number")) {
        double sd = vg_cell_number(d, "sd", i);
        int decimals = vg_decimals(sd);
        vg_put_number(out, vg_cell_number(d, "mean", i), decimals);
        vg_buffer_text(out, " (SD ");
        vg_put_number(out, sd, decimals);
        vg_buffer_text(out, ")");
        if (isfinite(vg_cell_number(d, "median", i)) && isfinite(vg_cell_number(d, "q1", i))) {
            vg_buffer_text(out, "<br><small>median ");
            vg_put_number(out, vg_cell_number(d, "median", i), decimals);
            vg_buffer_text(out, ", IQR ");
            vg_put_number(out, vg_cell_number(d, "q1", i), decimals);
            vg_buffer_text(out, " to ");
            vg_put_number(out, vg_cell_number(d, "q3", i), decimals);
            vg_buffer_text(out, "</small>");
        }
    } else {
        vg_put_number(out, vg_cell_number(d, "n", i), 0);
        vg_buffer_text(out, " (");
        vg_put_number(out, vg_cell_number(d, "percent", i), 0);
        vg_buffer_text(out, "%)");
    }
    double missing = vg_cell_number(d, "missing", i);
    if (missing > 0)
        vg_buffer_printf(out, "<br><small>missing %.0f</small>", missing);
}

static void characteristic_cell(VgBuffer *out, const VgDataset *d, size_t like, const char *arm)
{
    vg_buffer_text(out, "<td class=\"n\">");
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "variable", i), vg_cell_text(d, "variable", like)) &&
            vg_same_text(vg_cell_text(d, "level", i), vg_cell_text(d, "level", like)) &&
            vg_same_text(vg_cell_text(d, "arm", i), arm))
            characteristic(out, d, i);
    vg_buffer_text(out, "</td>");
}

static bool characteristic_seen(const VgDataset *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (vg_same_text(vg_cell_text(d, "variable", k), vg_cell_text(d, "variable", i)) &&
            vg_same_text(vg_cell_text(d, "level", k), vg_cell_text(d, "level", i)))
            return true;
    return false;
}

void vg_html_baseline(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "baseline");
    head(out, "Characteristics at baseline", "baseline");
    heading(out, "Characteristic", false);
    for (size_t a = 0; a < view->n_arms; a++)
        heading(out, vg_view_arm_label(view, view->arm[a].name), true);
    heading(out, "All", true);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        if (characteristic_seen(d, i))
            continue;
        const char *level = vg_cell_text(d, "level", i);
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, vg_cell_text(d, "variable", i));
        if (level) {
            vg_buffer_text(out, ": ");
            vg_put_escaped(out, level);
        }
        vg_buffer_text(out, "</th>");
        for (size_t a = 0; a < view->n_arms; a++)
            characteristic_cell(out, d, i, view->arm[a].name);
        characteristic_cell(out, d, i, NULL);
        vg_buffer_text(out, "</tr>");
    }
    foot(out);
}

/* ---- harms ---- */

static void event_cell(VgBuffer *out, const VgView *view, const VgDataset *d, size_t like,
                       const char *arm)
{
    vg_buffer_text(out, "<td class=\"n\">");
    for (size_t i = 0; i < d->n_rows; i++) {
        double people = vg_cell_number(d, "participants", i), all = vg_cell_number(d, "at_risk", i);
        if (!vg_same_text(vg_cell_text(d, "term", i), vg_cell_text(d, "term", like)) ||
            vg_cell_number(d, "serious", i) != vg_cell_number(d, "serious", like) ||
            !vg_same_text(vg_cell_text(d, "arm", i), arm))
            continue;
        vg_buffer_printf(out, "%.0f of %.0f", people, all);
        if (all > 0)
            vg_buffer_printf(out, " (%s of 100)", vg_of_hundred(view, people, all, ""));
        double n = vg_cell_number(d, "events", i);
        if (isfinite(n))
            vg_buffer_printf(out, "<br><small>%.0f event%s</small>", n, n == 1 ? "" : "s");
    }
    vg_buffer_text(out, "</td>");
}

static bool event_seen(const VgDataset *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (vg_same_text(vg_cell_text(d, "term", k), vg_cell_text(d, "term", i)) &&
            vg_cell_number(d, "serious", k) == vg_cell_number(d, "serious", i))
            return true;
    return false;
}

void vg_html_harms(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "adverse_events");
    if (!d || !d->n_rows) {
        vg_buffer_text(out,
                       "<p><strong>Not known.</strong> The study file declares no table of adverse "
                       "events. That none are listed here does not mean that there were none.</p>");
        return;
    }
    head(out, "People with each adverse event, by arm", "harms");
    heading(out, "Event", false);
    for (size_t a = 0; a < view->n_arms; a++)
        heading(out, vg_view_arm_label(view, view->arm[a].name), true);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < d->n_rows; i++) {
        if (event_seen(d, i))
            continue;
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, vg_cell_text(d, "term", i));
        const char *term = vg_cell_text(d, "term", i);
        if (vg_cell_number(d, "serious", i) == 1 && !(term && strstr(term, "serious")))
            vg_buffer_text(out, " <strong>(serious)</strong>");
        vg_buffer_text(out, "</th>");
        for (size_t a = 0; a < view->n_arms; a++)
            event_cell(out, view, d, i, view->arm[a].name);
        vg_buffer_text(out, "</tr>");
    }
    foot(out);
}
