/* What the sections of all pages are put together from: the drawn figures, folded tables, facts. */
#include "report/html.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"

extern const size_t vg_report_bundle_size;

/* ---- figures ---- */

/* Room for one more drawing; NULL when memory is short, which the arena tells. */
static VgDrawn *one_more(const VgView *view, VgFigures *figures)
{
    if (figures->n == figures->capacity_) {
        size_t capacity = figures->capacity_ ? 2 * figures->capacity_ : 16;
        VgDrawn *drawn = VG_NEW(view->arena, VgDrawn, capacity);
        if (!drawn)
            return NULL;
        if (figures->n)
            memcpy(drawn, figures->drawn, figures->n * sizeof *drawn);
        figures->drawn = drawn;
        figures->capacity_ = capacity;
    }
    return &figures->drawn[figures->n];
}

void vg_figures_keep(const VgView *view, VgFigures *figures, const VgPlot *plot)
{
    VgDrawn *drawn = plot ? one_more(view, figures) : NULL;
    if (!drawn)
        return;
    figures->n++;
    drawn->id = plot->id;
    drawn->title = plot->title;
    drawn->caption = plot->description;
    drawn->plot = plot;
    vg_plot_svg(&drawn->svg, plot);
}

void vg_figures_keep_drawing(const VgView *view, VgFigures *figures, const VgViewAnalysis *analysis,
                             const char *id, const char *title, const char *caption,
                             bool (*draw)(VgBuffer *out, const VgView *view,
                                          const VgViewAnalysis *analysis, const char *id,
                                          const char *title, const char *description))
{
    VgDrawn *drawn = one_more(view, figures);
    if (!drawn || !draw(&drawn->svg, view, analysis, id, title, caption))
        return;
    figures->n++;
    drawn->id = id;
    drawn->title = title;
    drawn->caption = caption;
}

void vg_figures_draw(const VgView *view, VgFigures *figures)
{
    *figures = (VgFigures){0};
    if (view->review) {
        vg_review_figures(view, figures);
        return;
    }
    VgDrawn *consort = one_more(view, figures);
    if (consort && vg_figure_consort(&consort->svg, view)) {
        consort->id = "consort";
        consort->title = "Flow of participants (CONSORT)";
        consort->caption = "Flow of participants from randomisation to analysis, by arm.";
        figures->n = 1;
    }
    for (size_t i = 0; i < view->n_analyses; i++)
        if (!vg_same_text(view->analysis[i].role, "sensitivity"))
            vg_figures_keep(view, figures, vg_figure_trajectory(view, &view->analysis[i]));
    const char *outcome = view->primary ? view->primary->outcome : NULL;
    if (!outcome && view->n_outcomes)
        outcome = view->outcome[0].name;
    vg_figures_keep(view, figures, vg_figure_individuals(view, outcome));
    vg_figures_keep(view, figures, vg_figure_rates(view));
    vg_figures_keep(view, figures, vg_figure_forest(view));
    vg_figures_keep(view, figures, vg_figure_retention(view, outcome));
    vg_figures_keep(view, figures, vg_figure_patterns(view, outcome));
    if (view->primary) {
        vg_figures_keep(view, figures, vg_figure_residuals(view, view->primary));
        vg_figures_keep(view, figures, vg_figure_covariance(view, view->primary));
    }
    vg_mechanism_figures(view, figures);
    vg_strata_figures(view, figures);
    vg_prediction_figures(view, figures);
    vg_panel_figures(view, figures);
    vg_norm_figures(view, figures);
}

void vg_figures_free(VgFigures *figures)
{
    for (size_t i = 0; i < figures->n; i++)
        vg_buffer_free(&figures->drawn[i].svg);
}

const VgDrawn *vg_html_find_figure(const VgFigures *figures, const char *id)
{
    size_t length = strlen(id);
    for (size_t i = 0; i < figures->n; i++)
        if (strncmp(figures->drawn[i].id, id, length) == 0)
            return &figures->drawn[i];
    return NULL;
}

const VgDrawn *vg_html_figure_named(const VgView *view, const VgFigures *figures, const char *name)
{
    const char *id = vg_plot_id(view->arena, name);
    for (size_t i = 0; id && i < figures->n; i++)
        if (strcmp(figures->drawn[i].id, id) == 0)
            return &figures->drawn[i];
    return NULL;
}

void vg_html_say(VgBuffer *out, const char *tag, const char *class, const char *key,
                 const VgSlot *slots, size_t n)
{
    vg_buffer_printf(out, "<%s%s%s%s>", tag, class ? " class=\"" : "", class ? class : "",
                     class ? "\"" : "");
    vg_put_phrase(out, key, slots, n);
    vg_buffer_printf(out, "</%s>", tag);
}

/* A figure with its caption; the caller opens the table behind it, if any, and ends with
 * figure_end. */
void vg_html_figure(VgBuffer *out, const VgDrawn *drawn)
{
    vg_buffer_printf(
        out,
        "<div class=\"shown\" id=\"figure-%s\"><figure><div class=\"scroll\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"",
        drawn->id);
    vg_put_escaped(out, drawn->title);
    vg_buffer_text(out, "\"><div class=\"canvas\">");
    vg_buffer_append(out, drawn->svg.text, drawn->svg.length);
    vg_buffer_text(out, "</div></div><figcaption><b>");
    vg_put_escaped(out, drawn->title);
    size_t length = strlen(drawn->title);
    vg_buffer_text(out, length && drawn->title[length - 1] == '?' ? "</b> " : ".</b> ");
    vg_put_escaped(out, drawn->caption);
    vg_buffer_text(out, "</figcaption></figure>");
    if (vg_report_bundle_size && drawn->plot) {
        vg_buffer_printf(
            out,
            "<button type=\"button\" class=\"explore\" hidden data-figure=\"%s\">Explore this "
            "figure</button><script type=\"application/json\" class=\"spec\">",
            drawn->id);
        vg_plot_vega(out, drawn->plot);
        vg_buffer_text(out, "</script>");
    }
}

void vg_html_details(VgBuffer *out, const char *summary)
{
    vg_buffer_text(out, "<details><summary>");
    vg_put_escaped(out, summary);
    vg_buffer_text(out, "</summary>");
}

void vg_html_fold(VgBuffer *out, const char *summary, VgBuffer *body)
{
    if (body->length) {
        vg_html_details(out, summary);
        vg_buffer_append(out, body->text, body->length);
        vg_buffer_text(out, "</details>");
    }
    out->failed = out->failed || body->failed;
    vg_buffer_free(body);
}

void vg_html_no_answer(VgBuffer *out, const VgViewAnalysis *analysis)
{
    if (!analysis->failed)
        return;
    vg_buffer_text(out, "<p class=\"warning\"><strong>No answer:</strong> ");
    vg_put_escaped(out, analysis->failed);
    vg_buffer_text(out, "</p>");
}

void vg_html_figure_end(VgBuffer *out)
{
    vg_buffer_text(out, "</div>");
}

/* A figure with the datasets behind it. */
bool vg_html_figure_of_dataset(VgBuffer *out, const VgView *view, const VgFigures *figures,
                               const char *id, const char *analysis, const char *dataset)
{
    const VgDrawn *drawn = vg_html_find_figure(figures, id);
    if (!drawn)
        return false;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    vg_html_dataset(out, view, drawn->title, analysis, dataset);
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
    return true;
}

static void fact_rows(VgBuffer *out, const VgView *view, VgFactSection section,
                      const char *analysis)
{
    for (size_t i = 0; i < view->result->n_facts; i++) {
        const VgFact *fact = &view->result->fact[i];
        if (fact->section != section || !vg_same_text(fact->analysis, analysis) ||
            (fact->kind == VG_FACT_NUMBER && !isfinite(fact->number)))
            continue;
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, fact->key);
        vg_buffer_text(out, "</th><td>");
        if (fact->kind == VG_FACT_TEXT)
            vg_put_escaped(out, fact->text);
        else if (fact->kind == VG_FACT_BOOL)
            vg_buffer_text(out, fact->number != 0 ? "yes" : "no");
        else
            vg_buffer_printf(out, "%s%.9g", fact->number < 0 ? "−" : "", fabs(fact->number));
        vg_buffer_text(out, "</td></tr>");
    }
}

void vg_html_facts(VgBuffer *out, const VgView *view, const char *caption, const char *analysis)
{
    VgBuffer rows = {0};
    fact_rows(&rows, view, VG_FACTS_FIT, analysis);
    fact_rows(&rows, view, VG_FACTS_DIAGNOSTICS, analysis);
    if (rows.length) {
        vg_buffer_text(out, "<table class=\"facts\"><caption>");
        vg_put_escaped(out, caption);
        vg_buffer_text(out, "</caption><tbody>");
        vg_buffer_append(out, rows.text, rows.length);
        vg_buffer_text(out, "</tbody></table>");
    }
    out->failed = out->failed || rows.failed;
    vg_buffer_free(&rows);
}
