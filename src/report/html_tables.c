/* Tables of the page: datasets, baseline characteristics, harms; and what all tables are made of. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/forest.h"
#include "report/html_cells.h"
#include "report/text.h"

enum { MOST_ROWS = 400 };

const char *vg_p_text(const VgView *view, double p)
{
    VgBuffer text = {0};
    vg_put_p(&text, p);
    return vg_view_kept(view, &text);
}

void vg_html_table_head(VgBuffer *out, const char *caption)
{
    vg_buffer_text(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    vg_put_escaped(out, caption);
    vg_buffer_text(out, "\"><table><caption>");
    vg_put_escaped(out, caption);
    vg_buffer_text(out, "</caption><thead><tr>");
}

void vg_html_table_heading(VgBuffer *out, const char *text, bool number)
{
    vg_buffer_printf(out, "<th scope=\"col\"%s>", number ? " class=\"n\"" : "");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</th>");
}

void vg_html_text_cell(VgBuffer *out, const char *text, bool row_heading)
{
    vg_buffer_text(out, row_heading ? "<th scope=\"row\">" : "<td>");
    vg_put_escaped(out, text);
    vg_buffer_text(out, row_heading ? "</th>" : "</td>");
}

void vg_html_number_cell(VgBuffer *out, double value, int decimals)
{
    vg_buffer_text(out, "<td class=\"n\">");
    if (isfinite(value))
        vg_put_number(out, value, decimals);
    vg_buffer_text(out, "</td>");
}

void vg_html_table_foot(VgBuffer *out)
{
    vg_buffer_text(out, "</tbody></table></div>");
}

void vg_html_p_cell(VgBuffer *out, const VgView *view, double p)
{
    const char *text = vg_p_text(view, p);
    vg_buffer_text(out, "<td class=\"n\">");
    vg_put_escaped(out, *text ? text + (text[2] == '=' ? 4 : 2) : "");
    vg_buffer_text(out, "</td>");
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

/* Which rows are wanted. */
typedef struct Only {
    const VgHtmlOnly *condition;
    size_t n;
} Only;

static bool row_shown(const VgDataset *d, size_t i, Only only)
{
    for (size_t k = 0; k < only.n; k++)
        if (only.condition[k].value && vg_dataset_column(d, only.condition[k].column) &&
            !vg_same_text(vg_cell_text(d, only.condition[k].column, i), only.condition[k].value))
            return false;
    return true;
}

/* Nothing in it, or what the whole table is of. */
static bool column_empty(const VgDataset *d, size_t j, Only only)
{
    for (size_t k = 0; k < only.n; k++)
        if (only.condition[k].value && strcmp(d->column[j].name, only.condition[k].column) == 0)
            return true;
    for (size_t i = 0; i < d->n_rows; i++)
        if (row_shown(d, i, only) &&
            (d->column[j].number ? isfinite(d->column[j].number[i]) : d->column[j].text[i] != NULL))
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
    vg_html_table_heading(out, text.text ? text.text : name, number);
    out->failed = out->failed || text.failed;
    vg_buffer_free(&text);
}

/* Datasets keep the logarithms that were pooled, and say so. */
static const char *dataset_heading(const VgView *view, const char *analysis, const char *name)
{
    const char *logs = vg_html_log_unit(view, analysis);
    if (logs && strcmp(name, "estimate") == 0)
        return logs;
    bool limit = strcmp(name, "lower") == 0 || strcmp(name, "upper") == 0;
    return logs && limit ? vg_arena_printf(view->arena, "%s (log)", name) : name;
}

bool vg_html_dataset_only(VgBuffer *out, const VgView *view, const char *caption,
                          const char *analysis, const char *name, const VgHtmlOnly *condition,
                          size_t n_conditions)
{
    const Only only = {condition, n_conditions};
    const VgDataset *d = vg_result_find_dataset(view->result, analysis, name);
    size_t n = 0;
    for (size_t i = 0; d && i < d->n_rows; i++)
        n += row_shown(d, i, only);
    if (n == 0)
        return false;
    if (n > MOST_ROWS) {
        vg_buffer_printf(
            out, "<p>%zu rows; they are in <a href=\"tables/%s.csv\">tables/%s.csv</a>.</p>", n,
            name, name);
        return true;
    }
    vg_html_table_head(out, caption);
    for (size_t j = 0; j < d->n_columns; j++)
        if (strcmp(d->column[j].name, "order") != 0 && !column_empty(d, j, only))
            readable(out, dataset_heading(view, analysis, d->column[j].name),
                     d->column[j].number != NULL);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < d->n_rows; i++) {
        bool first = true;
        if (!row_shown(d, i, only))
            continue;
        vg_buffer_text(out, "<tr>");
        for (size_t j = 0; j < d->n_columns; j++) {
            const VgDatasetColumn *c = &d->column[j];
            if (strcmp(c->name, "order") == 0 || column_empty(d, j, only))
                continue;
            bool p = strcmp(c->name, "p") == 0 || strcmp(c->name, "adjusted") == 0;
            if (c->number && p)
                vg_html_p_cell(out, view, c->number[i]);
            else if (c->number)
                vg_html_number_cell(out, c->number[i], column_decimals(c, d->n_rows));
            else
                vg_html_text_cell(out, cell_label(view, c->name, c->text[i]), first);
            first = false;
        }
        vg_buffer_text(out, "</tr>");
    }
    vg_html_table_foot(out);
    return true;
}

bool vg_html_dataset_of_arm(VgBuffer *out, const VgView *view, const char *caption,
                            const char *analysis, const char *name, const char *arm)
{
    return vg_html_dataset_only(out, view, caption, analysis, name, &(VgHtmlOnly){"arm", arm}, 1);
}

bool vg_html_dataset(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                     const char *name)
{
    return vg_html_dataset_only(out, view, caption, analysis, name, NULL, 0);
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
    vg_html_table_head(out, "Characteristics at baseline");
    vg_html_table_heading(out, "Characteristic", false);
    for (size_t a = 0; a < view->n_arms; a++)
        vg_html_table_heading(out, vg_view_arm_label(view, view->arm[a].name), true);
    vg_html_table_heading(out, "All", true);
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
    vg_html_table_foot(out);
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
    vg_html_table_head(out, "People with each adverse event, by arm");
    vg_html_table_heading(out, "Event", false);
    for (size_t a = 0; a < view->n_arms; a++)
        vg_html_table_heading(out, vg_view_arm_label(view, view->arm[a].name), true);
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
    vg_html_table_foot(out);
}
