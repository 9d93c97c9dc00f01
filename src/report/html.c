/* The page: what it shows and in which order. The answer first, then the picture, then what lies
 * under it. */
#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"

extern const unsigned char vg_report_style[], vg_report_bundle[];
extern const size_t vg_report_style_size, vg_report_bundle_size;

/* ---- sections ---- */

static void section_answer(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_html_answer(out, view);
}

static void section_course(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    for (size_t i = 0; i < figures->n; i++) {
        const VgDrawn *drawn = &figures->drawn[i];
        if (strncmp(drawn->id, "trajectory-", 11) != 0)
            continue;
        const char *analysis = drawn->plot->about;
        vg_html_figure(out, drawn);
        vg_html_details(out, "The numbers behind this figure");
        vg_html_estimates(out, view, "Adjusted means by arm and visit", analysis, "lsmean");
        vg_html_estimates(out, view, "Differences between arms by visit", analysis, "contrast");
        vg_html_estimates(out, view, "Standardised effect sizes", analysis, "effect_size");
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
    vg_html_figure_of_dataset(out, view, figures, "individuals-", NULL, "observed_means");
}

static void section_rates(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDrawn *drawn = vg_html_find_figure(figures, "rates");
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        if ((vg_same_text(a->kind, "response") || vg_same_text(a->kind, "remission")))
            vg_html_estimates(out, view, a->label, a->id, NULL);
    }
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

static void section_harms(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_html_harms(out, view);
    static const char *const quantities[] = {"event_risk_difference", "event_rate_ratio"};
    static const char *const captions[] = {"Differences in the risk of an event",
                                           "Ratios of event rates by time at risk"};
    VgBuffer tables = {0};
    for (size_t i = 0; i < 2; i++)
        vg_html_estimates(&tables, view, captions[i], NULL, quantities[i]);
    vg_html_fold(out, "Differences between arms, with intervals", &tables);
}

static void section_sensitivity(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDrawn *drawn = vg_html_find_figure(figures, "forest");
    if (drawn) {
        vg_html_figure(out, drawn);
        vg_html_details(out, "All analyses, as a list");
        vg_html_dataset(out, view, "The analyses of the plan", NULL, "analyses");
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
    for (size_t i = 0; i < view->n_analyses; i++)
        if (view->analysis[i].failed) {
            vg_buffer_text(out, "<p class=\"warning\"><strong>");
            vg_put_escaped(out, view->analysis[i].label);
            vg_buffer_text(out, " could not be had:</strong> ");
            vg_put_escaped(out, view->analysis[i].failed);
            vg_buffer_text(out, "</p>");
        }
    vg_html_dataset(out, view, "Adjustment for several hypotheses", NULL, "multiplicity");
}

static void section_dropout(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_html_figure_of_dataset(out, view, figures, "retention", NULL, "retention");
    vg_html_figure_of_dataset(out, view, figures, "dropout", NULL, "dropout_patterns");
    if (vg_result_find_dataset(view->result, NULL, "stayers_leavers")) {
        vg_buffer_text(
            out, "<p>Did those who left differ from those who stayed? The outcome at each visit of "
                 "those who came to the next visit, and of those for whom it was the last:</p>");
        vg_html_dataset(out, view, "Those who stayed and those who left", NULL, "stayers_leavers");
    }
}

void vg_section_methods(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "methods");
    const char *last = NULL;
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *heading = vg_cell_text(d, "heading", i);
        if (heading && !vg_same_text(heading, last)) {
            vg_buffer_text(out, "<h3>");
            vg_put_escaped(out, heading);
            vg_buffer_text(out, "</h3>");
        }
        last = heading;
        vg_buffer_text(out, "<p>");
        vg_put_escaped(out, vg_cell_text(d, "text", i));
        vg_buffer_text(out, "</p>");
    }
    d = vg_result_find_dataset(view->result, NULL, "references");
    if (!d || !d->n_rows)
        return;
    vg_buffer_text(out, "<h3>References</h3><ol class=\"references\">");
    for (size_t i = 0; i < d->n_rows; i++) {
        vg_buffer_text(out, "<li>");
        vg_put_escaped(out, vg_cell_text(d, "citation", i));
        vg_buffer_text(out, "</li>");
    }
    vg_buffer_text(out, "</ol>");
}

static void section_estimand(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    for (size_t i = 0; i < view->n_analyses; i++)
        vg_html_dataset(out, view,
                        vg_arena_printf(view->arena, "Estimand: %s", view->analysis[i].label),
                        view->analysis[i].id, "estimand");
}

static void section_consort(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_html_figure_of_dataset(out, view, figures, "consort", NULL, "consort");
}

static void section_baseline(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "baseline");
    if (d && d->n_rows)
        vg_html_baseline(out, view);
}

static void section_diagnostics(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const char *primary = view->primary ? view->primary->id : NULL;
    vg_html_figure_of_dataset(out, view, figures, "residuals-", primary, "residuals");
    vg_html_figure_of_dataset(out, view, figures, "covariance-", primary, "covariance");
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgBuffer body = {0};
        vg_html_facts(&body, view, "Fit and diagnostics", view->analysis[i].id);
        vg_html_dataset(&body, view, "What was tried on the way to the optimum",
                        view->analysis[i].id, "trace");
        vg_html_fold(out, view->analysis[i].label, &body);
    }
    vg_html_facts(out, view, "Fit and diagnostics", NULL);
}

void vg_section_tables(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_buffer_text(out, "<p>Every number of this page, and more digits, is in "
                        "<a href=\"tables/estimates.csv\">tables/estimates.csv</a>, "
                        "<a href=\"results.json\">results.json</a> and "
                        "<a href=\"results.sqlite\">results.sqlite</a> beside it.</p>");
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgBuffer body = {0};
        vg_html_estimates(&body, view, view->analysis[i].label, view->analysis[i].id, NULL);
        vg_html_fold(out, view->analysis[i].label, &body);
    }
    if (!view->n_analyses)
        vg_html_estimates(out, view, "Estimates", NULL, NULL);
}

void vg_section_provenance(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    const VgResult *r = view->result;
    vg_buffer_text(out,
                   "<dl><dt>Program</dt><dd>vagus " VAGUS_VERSION "</dd><dt>Call</dt><dd><code>");
    for (size_t i = 0; i < r->n_call; i++) {
        vg_buffer_text(out, i ? " " : "");
        vg_put_escaped(out, r->call[i]);
    }
    vg_buffer_printf(out,
                     "</code></dd><dt>Seed</dt><dd>%" PRIu64
                     "</dd><dt>Confidence level</dt><dd>%.4g%%</dd>",
                     r->seed, 100 * r->level);
    static const char *const facts[][2] = {{"source", "Source of the data"},
                                           {"licence", "Licence"},
                                           {"registry", "Registry"},
                                           {"sponsor", "Sponsor"},
                                           {"contact", "Contact"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const char *value = vg_view_fact(view, facts[i][0]);
        if (!value)
            continue;
        vg_buffer_printf(out, "<dt>%s</dt><dd>", facts[i][1]);
        vg_put_escaped(out, value);
        vg_buffer_text(out, "</dd>");
    }
    vg_buffer_text(out, "</dl>");
    if (!r->n_inputs)
        return;
    vg_buffer_text(
        out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Input files\"><table>"
        "<caption>Input files</caption><thead><tr><th scope=\"col\">File</th><th scope=\"col\" "
        "class=\"n\">Rows</th><th scope=\"col\">SHA-256</th></tr></thead><tbody>");
    for (size_t i = 0; i < r->n_inputs; i++) {
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, r->input[i].path);
        vg_buffer_text(out, "</th><td class=\"n\">");
        if (r->input[i].rows)
            vg_buffer_printf(out, "%zu", r->input[i].rows);
        vg_buffer_text(out, "</td><td><code>");
        vg_put_escaped(out, r->input[i].sha256);
        vg_buffer_text(out, "</code></td></tr>");
    }
    vg_buffer_text(out, "</tbody></table></div>");
}

void vg_section_warnings(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    if (!view->result->n_warnings)
        return;
    vg_buffer_text(out, "<ul class=\"warning\">");
    for (size_t i = 0; i < view->result->n_warnings; i++) {
        vg_buffer_text(out, "<li>");
        vg_put_escaped(out, view->result->warning[i]);
        vg_buffer_text(out, "</li>");
    }
    vg_buffer_text(out, "</ul>");
}

static void section_patient(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_buffer_text(out, "<p class=\"question\">");
    vg_put_escaped(out, vg_patient_title(view));
    vg_buffer_text(out, "</p>");
    vg_html_patient(out, view);
}

static const VgHtmlSection SECTIONS[] = {
    {"answer", "The answer", "Answer", section_answer},
    {"warnings", "Mind these", "Warnings", vg_section_warnings},
    {"course", "Course over time", "Course", section_course},
    {"rates", "Response and remission", "Response", section_rates},
    {"harms", "Harms", "Harms", section_harms},
    {"for-whom", "For whom does it work?", "For whom", vg_section_strata},
    {"prediction", "Who will respond?", "Prediction", vg_section_prediction},
    {"mechanism", "Through which channel did it work?", "Mechanism", vg_section_mechanism},
    {"function", "What the microbes can do", "Function", vg_section_function},
    {"panel", "What changed in the panel", "Panel", vg_section_panel},
    {"norms", "Participants among comparable people", "Norms", vg_section_norms},
    {"sensitivity", "Does it hold in other analyses?", "Sensitivity", section_sensitivity},
    {"dropout", "Who dropped out", "Dropout", section_dropout},
    {"methods", "Methods", "Methods", vg_section_methods},
    {"estimand", "What was estimated (estimand)", "Estimand", section_estimand},
    {"consort", "Flow of participants", "Flow", section_consort},
    {"baseline", "Participants at baseline", "Baseline", section_baseline},
    {"panel-quality", "How good the panel is", "Panel quality", vg_section_panel_quality},
    {"diagnostics", "Does the model fit?", "Model fit", section_diagnostics},
    {"tables", "Full tables", "Tables", vg_section_tables},
    {"provenance", "Where these numbers come from", "Provenance", vg_section_provenance},
    {"patient", "In plain words", "In plain words", section_patient}};

enum { N_SECTIONS = sizeof SECTIONS / sizeof *SECTIONS };

static void banner(VgBuffer *out, const VgView *view)
{
    if (!view->simulated)
        return;
    vg_buffer_text(out, "<p class=\"banner\" role=\"note\">");
    vg_put_phrase(out, "banner.simulated", NULL, 0);
    vg_buffer_text(out, "</p>");
}

static void navigation(VgBuffer *out, const VgHtmlSection *section, size_t n, const VgBuffer *body)
{
    vg_buffer_text(out, "<nav aria-label=\"Sections\"><ul>");
    for (size_t i = 0; i < n; i++)
        if (body[i].length)
            vg_buffer_printf(out, "<li><a href=\"#%s\">%s</a></li>", section[i].id,
                             section[i].in_nav);
    vg_buffer_text(out, "</ul></nav>");
}

void vg_html_head(VgBuffer *out, const VgView *view, const char *title)
{
    vg_buffer_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\">", vg_language_names[view->language]);
    vg_buffer_text(
        out, "<head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
             "<meta name=\"color-scheme\" content=\"light\"><link rel=\"icon\" href=\"data:,\">"
             "<meta name=\"generator\" content=\"vagus " VAGUS_VERSION "\"><title>");
    vg_put_escaped(out, title);
    vg_buffer_text(out, view->simulated ? " (simulated data)" : "");
    vg_buffer_text(out, "</title><style>");
    vg_buffer_append(out, (const char *)vg_report_style, vg_report_style_size);
    if (view->simulated) { /* on each printed page */
        vg_buffer_text(out, "@media print{@page{margin-top:20mm;@top-center{content:\"");
        vg_put_phrase_in(out, view->language, "banner.printed", NULL, 0);
        vg_buffer_text(out, "\";font:600 10pt sans-serif;color:#6b4b00}}}");
    }
    vg_buffer_text(out, "</style></head>");
}

static void interactive(VgBuffer *out)
{
    if (!vg_report_bundle_size)
        return;
    vg_buffer_text(out, "<script type=\"text/plain\" id=\"vega-bundle\">");
    vg_buffer_append(out, (const char *)vg_report_bundle, vg_report_bundle_size);
    vg_buffer_text(
        out,
        "</script><script>(function(){var loaded=false;function "
        "load(){if(loaded)return;loaded=true;"
        "var "
        "s=document.createElement('script');s.textContent=document.getElementById('vega-bundle')"
        ".textContent;document.head.appendChild(s);}"
        "document.querySelectorAll('button.explore').forEach(function(b){b.hidden=false;"
        "b.addEventListener('click',function(){var "
        "f=b.closest('.shown'),c=f.querySelector('.canvas');"
        "if(b.dataset.svg){c.innerHTML=b.dataset.svg;delete b.dataset.svg;b.textContent='Explore "
        "this figure';"
        "return;}load();b.dataset.svg=c.innerHTML;b.textContent='Back to the printed figure';"
        "vegaEmbed(c,JSON.parse(f.querySelector('script.spec').textContent),"
        "{mode:'vega-lite',actions:false,renderer:'svg'});});});})();</script>");
}

void vg_html_page(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    size_t n = N_SECTIONS;
    const VgHtmlSection *section = view->review ? vg_review_sections(&n) : SECTIONS;
    VgBuffer *body = VG_NEW(view->arena, VgBuffer, n);
    if (!body) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        section[i].write(&body[i], view, figures);
        out->failed = out->failed || body[i].failed;
    }
    const char *title = vg_view_fact(view, "title");
    if (!title)
        title = view->result->command ? view->result->command : "vagus";
    vg_html_head(out, view, title);
    vg_buffer_text(out, "<body><a class=\"skip\" href=\"#main\">Skip to the answer</a>");
    banner(out, view);
    vg_buffer_text(out, "<header><h1>");
    vg_put_escaped(out, title);
    vg_buffer_text(out, "</h1><p>");
    const char *registry = vg_view_fact(view, "registry");
    if (registry) {
        vg_put_escaped(out, registry);
        vg_buffer_text(out, " · ");
    }
    vg_buffer_printf(out,
                     "%s · analysed with vagus " VAGUS_VERSION " · "
                     "<a href=\"#patient\">In plain words</a></p></header>",
                     view->simulated
                         ? view->review ? "Review of simulated trials" : "Simulated data"
                     : view->review ? "Review of trials"
                                    : "Trial data");
    navigation(out, section, n, body);
    vg_buffer_text(out, "<main id=\"main\">");
    for (size_t i = 0; i < n; i++) {
        if (!body[i].length) {
            vg_buffer_free(&body[i]);
            continue;
        }
        vg_buffer_printf(out, "<section id=\"%s\" aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>",
                         section[i].id, section[i].id, section[i].id, section[i].heading);
        vg_buffer_append(out, body[i].text, body[i].length);
        vg_buffer_text(out, "</section>\n");
        vg_buffer_free(&body[i]);
    }
    vg_buffer_text(out, "</main><footer><p>Made by vagus " VAGUS_VERSION ". ");
    vg_put_phrase(out, "patient.standing", NULL, 0);
    vg_buffer_text(out, "</p></footer>");
    interactive(out);
    vg_buffer_text(out, "</body></html>\n");
}
