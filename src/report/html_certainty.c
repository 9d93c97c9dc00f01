/* Certainty of the evidence as GRADE has it: each judgement with its reason, the rule it follows and who made it. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"

const char *vg_certainty_symbol(const char *judgement)
{
    return vg_same_text(judgement, "high")       ? "⊕⊕⊕⊕"
           : vg_same_text(judgement, "moderate") ? "⊕⊕⊕◯"
           : vg_same_text(judgement, "low")      ? "⊕⊕◯◯"
           : vg_same_text(judgement, "very low") ? "⊕◯◯◯"
                                                 : "";
}

const char *vg_certainty(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a ? a->id : NULL, "grade");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "domain", i), "certainty"))
            return vg_cell_text(d, "judgement", i);
    return NULL;
}

/* Its name stands beside a cell where the screen is too narrow for columns. */
static void cell(VgBuffer *out, const char *name, const char *text)
{
    vg_buffer_printf(out, "<td data-name=\"%s\">", name);
    vg_put_escaped(out, text ? text : "");
    vg_buffer_text(out, "</td>");
}

/* With a capital first. */
static const char *readable(const VgView *view, const char *text)
{
    const char *words = vg_view_words(view, text);
    char *copy = words ? vg_arena_strdup(view->arena, words) : NULL;
    if (copy && *copy >= 'a' && *copy <= 'z')
        *copy = (char)(*copy - 'a' + 'A');
    return copy;
}

void vg_html_certainty(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a ? a->id : NULL, "grade");
    if (!d || !d->n_rows)
        return;
    const char *certainty = vg_certainty(view, a);
    if (certainty) {
        vg_buffer_printf(out,
                         "<p class=\"lead\"><span class=\"grade\" aria-hidden=\"true\">%s</span> ",
                         vg_certainty_symbol(certainty));
        vg_put_escaped(out, readable(view, certainty));
        vg_buffer_text(out, " certainty</p>");
    }
    vg_buffer_text(out,
                   "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"GRADE: "
                   "certainty of the evidence\"><table class=\"grade\"><caption>GRADE: "
                   "certainty of the evidence</caption><thead><tr><th scope=\"col\">Domain</th>"
                   "<th scope=\"col\">Judgement</th><th scope=\"col\" "
                   "class=\"n\">Levels down</th><th scope=\"col\">Reason</th><th "
                   "scope=\"col\">Rule</th><th scope=\"col\">By</th></tr></thead><tbody>");
    for (size_t i = 0; i < d->n_rows; i++) {
        bool total = vg_same_text(vg_cell_text(d, "domain", i), "certainty");
        double down = vg_cell_number(d, "downgrade", i);
        vg_buffer_text(out, total ? "<tr class=\"total\">" : "<tr>");
        vg_buffer_text(out, "<th scope=\"row\">");
        vg_put_escaped(out, readable(view, vg_cell_text(d, "domain", i)));
        vg_buffer_text(out, "</th><td data-name=\"Judgement\">");
        vg_put_escaped(out, readable(view, vg_cell_text(d, "judgement", i)));
        if (total)
            vg_buffer_printf(out, " %s", vg_certainty_symbol(vg_cell_text(d, "judgement", i)));
        vg_buffer_text(out, "</td><td class=\"n\" data-name=\"Levels down\">");
        if (isfinite(down))
            vg_put_number(out, -fabs(down), 0);
        vg_buffer_text(out, "</td>");
        cell(out, "Reason", vg_cell_text(d, "reason", i));
        cell(out, "Rule", vg_cell_text(d, "rule", i));
        cell(out, "By", vg_cell_text(d, "by", i));
        vg_buffer_text(out, "</tr>");
    }
    vg_buffer_text(out, "</tbody></table></div><p>“computed”: from the data by the rule shown; "
                        "“reviewer”: entered by a person, with the reason given.</p>");
}
