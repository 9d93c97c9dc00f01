/* The page of a review: the answer first, then the forest, then what lies under it. Everything stands by
 * analysis, in the order of the plan. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/forest.h"
#include "report/html.h"

/* ---- figures ---- */

static void draw_pairwise(const VgView *view, VgFigures *figures, const VgViewAnalysis *a)
{
    VgPlot *plot;
    for (size_t part = 0; (plot = vg_figure_review_forest(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    vg_figures_keep(view, figures, vg_figure_bubble(view, a));
    vg_figures_keep(view, figures, vg_figure_baujat(view, a));
    vg_figures_keep(view, figures, vg_figure_influence(view, a));
    for (size_t part = 0; (plot = vg_figure_steps(view, a, "loo", part)); part++)
        vg_figures_keep(view, figures, plot);
    for (size_t part = 0; (plot = vg_figure_steps(view, a, "cumulative", part)); part++)
        vg_figures_keep(view, figures, plot);
    if (!vg_same_text(a->role, "sensitivity")) /* the same studies again, most of them */
        vg_figures_keep(view, figures, vg_figure_funnel(view, a));
    vg_figures_keep(view, figures, vg_figure_selection(view, a));
}

static void draw_network(const VgView *view, VgFigures *figures, const VgViewAnalysis *a)
{
    VgPlot *plot;
    for (size_t part = 0; (plot = vg_figure_ranking(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    for (size_t part = 0; (plot = vg_figure_components(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    if (vg_same_text(a->role, "sensitivity"))
        return; /* the same network again, most of it: its numbers are in the tables */
    vg_figures_keep(view, figures, vg_figure_network(view, a));
    vg_figures_keep(view, figures, vg_figure_scores(view, a));
    vg_figures_keep(view, figures, vg_figure_league(view, a));
    vg_figures_keep(view, figures, vg_figure_net_heat(view, a));
    for (size_t part = 0; (plot = vg_figure_split(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    vg_figures_keep(view, figures, vg_figure_comparison_funnel(view, a));
}

void vg_review_figures(const VgView *view, VgFigures *figures)
{
    VgPlot *plot;
    for (size_t i = 0; i < view->n_analyses; i++) {
        draw_pairwise(view, figures, &view->analysis[i]);
        draw_network(view, figures, &view->analysis[i]);
    }
    for (size_t part = 0; (plot = vg_figure_bias(view, part)); part++)
        vg_figures_keep(view, figures, plot);
    vg_figures_keep(view, figures, vg_figure_bias_summary(view));
}

/* ---- helpers ---- */

/* What stands behind a figure: quantities of estimates and datasets, each list ended by NULL. */
typedef struct Behind {
    const char *quantity[4], *dataset[3];
} Behind;

/* Datasets keep the logarithms that were pooled; a reader of ratios is told. */
static void tell_scale(VgBuffer *out, const VgView *view, const VgViewAnalysis *a, const char *name)
{
    const VgFact *back = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "back_transform");
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, name);
    if (d && back && vg_same_text(back->text, "exp") && vg_dataset_column(d, "estimate"))
        vg_buffer_text(out, "<p>Estimates in this table are logarithms of the ratios in the "
                            "figure.</p>");
}

/* All parts of a kind of figure of an analysis, with the tables behind the first; false when there is none. */
static bool show(VgBuffer *out, const VgView *view, const VgFigures *figures,
                 const VgViewAnalysis *a, const char *kind, Behind behind)
{
    size_t length = strlen(kind), part = 0;
    for (size_t i = 0; i < figures->n; i++) {
        const VgDrawn *drawn = &figures->drawn[i];
        if (strncmp(drawn->id, kind, length) != 0 ||
            (drawn->id[length] != '-' && drawn->id[length] != '\0') ||
            (a && !vg_same_text(drawn->plot->about, a->id)))
            continue;
        vg_html_figure(out, drawn);
        vg_html_details(out, "The numbers behind this figure");
        if (part++)
            vg_buffer_text(out, "<p>They stand behind the first part of this figure.</p>");
        for (size_t k = 0; part == 1 && k < 4 && behind.quantity[k]; k++)
            vg_html_estimates(out, view, drawn->title, a ? a->id : NULL, behind.quantity[k]);
        for (size_t k = 0; part == 1 && a && k < 3 && behind.dataset[k]; k++)
            tell_scale(out, view, a, behind.dataset[k]);
        for (size_t k = 0; part == 1 && k < 3 && behind.dataset[k]; k++)
            vg_html_dataset(out, view, drawn->title, a ? a->id : NULL, behind.dataset[k]);
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
    return part > 0;
}

typedef void (*Writer)(VgBuffer *out, const VgView *view, const VgFigures *figures,
                       const VgViewAnalysis *a);

/* Runs a writer for each analysis; where the plan has several, each has its heading. */
static void by_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures, Writer write)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgBuffer body = {0};
        write(&body, view, figures, &view->analysis[i]);
        if (body.length && view->n_analyses > 1) {
            vg_buffer_text(out, "<h3>");
            vg_put_escaped(out, view->analysis[i].label ? view->analysis[i].label : "");
            vg_buffer_text(out, "</h3>");
        }
        if (body.length)
            vg_buffer_append(out, body.text, body.length);
        out->failed = out->failed || body.failed;
        vg_buffer_free(&body);
    }
}

static const VgDataset *dataset(const VgView *view, const VgViewAnalysis *a, const char *name)
{
    return vg_result_find_dataset(view->result, a ? a->id : NULL, name);
}

/* ---- the answer ---- */

static void item(VgBuffer *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    vg_buffer_text(out, "<dt>");
    vg_put_escaped(out, name);
    vg_buffer_text(out, "</dt><dd>");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</dd>");
}

static const char *whole(const VgView *view, const VgViewAnalysis *a, const char *key)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, key);
    return fact && isfinite(fact->number) ? vg_arena_printf(view->arena, "%.0f", fact->number)
                                          : NULL;
}

/* Response as people of 100, the number to treat as it is; with the note that says from what. */
static void absolute_numbers(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        bool response = vg_same_text(e->quantity, "response"),
             nnt = vg_same_text(e->quantity, "nnt");
        if (!vg_same_text(e->analysis, a->id) || (!response && !nnt) || !isfinite(e->estimate))
            continue;
        VgBuffer text = {0};
        const char *who = e->arm ? e->arm : e->term;
        if (who)
            vg_buffer_printf(&text, "%s: ", who);
        vg_put_number(&text, response ? 100 * e->estimate : e->estimate, response ? 0 : 1);
        if (response)
            vg_buffer_text(&text, " of 100");
        if (isfinite(e->lower) && isfinite(e->upper)) {
            vg_buffer_text(&text, " (");
            vg_put_number(&text, response ? 100 * e->lower : e->lower, response ? 0 : 1);
            vg_buffer_text(&text, " to ");
            vg_put_number(&text, response ? 100 * e->upper : e->upper, response ? 0 : 1);
            vg_buffer_text(&text, ")");
        }
        if (e->note)
            vg_buffer_printf(&text, ", %s", e->note);
        item(out, response ? "Response" : "Number to treat", vg_view_kept(view, &text));
    }
}

static void pooled_numbers(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    VgForest *forest = vg_forest_of_studies(view->arena, view->result, a->id);
    VgBuffer list = {0};
    for (size_t i = 0; forest && i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        if (row->kind == VG_FOREST_POOLED || row->kind == VG_FOREST_PREDICTION)
            item(&list, row->label,
                 vg_arena_printf(view->arena, "%s %s", forest->measure, row->effect));
    }
    item(&list, "Heterogeneity", vg_heterogeneity_text(view->arena, view->result, a->id, NULL));
    item(&list, "Studies", whole(view, a, "n_studies"));
    item(&list, "Treatments", whole(view, a, "n_treatments"));
    item(&list, "People", whole(view, a, "n_participants"));
    absolute_numbers(&list, view, a);
    const char *certainty = vg_certainty(view, a);
    if (certainty)
        item(&list, "Certainty (GRADE)",
             vg_arena_printf(view->arena, "%s %s", vg_certainty_symbol(certainty), certainty));
    if (list.length) {
        vg_buffer_text(out, "<dl>");
        vg_buffer_append(out, list.text, list.length);
        vg_buffer_text(out, "</dl>");
    }
    out->failed = out->failed || list.failed;
    vg_buffer_free(&list);
}

static void write_answer(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    (void)figures;
    if (a->failed) {
        vg_buffer_text(out, "<p class=\"warning\"><strong>This could not be had:</strong> ");
        vg_put_escaped(out, a->failed);
        vg_buffer_text(out, "</p>");
        return;
    }
    const VgDataset *d = dataset(view, a, "sentences");
    bool sensitivity = vg_same_text(a->role, "sensitivity");
    for (size_t i = 0; d && i < (sensitivity ? 1 : d->n_rows); i++) {
        vg_buffer_text(out, i == 0 && a == view->primary ? "<p class=\"lead\">" : "<p>");
        vg_put_escaped(out, vg_cell_text(d, "text", i));
        vg_buffer_text(out, "</p>");
    }
    if (sensitivity) /* its numbers are in its forest and the full tables */
        return;
    pooled_numbers(out, view, a);
    vg_html_estimates(out, view, "Power of the network to see the interaction", a->id, "power");
}

static void section_answer(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const char *question = vg_view_fact(view, "question");
    if (question) {
        vg_buffer_text(out, "<p class=\"question\">");
        vg_put_escaped(out, question);
        vg_buffer_text(out, "</p>");
    }
    by_analysis(out, view, figures, write_answer);
    vg_buffer_text(out, "<p class=\"standing\">");
    vg_put_phrase(out, "answer.standing", NULL, 0);
    vg_buffer_text(out, "</p>");
}

/* ---- pairwise ---- */

static void write_forest(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    show(out, view, figures, a, "forest", (Behind){{"pooled", "prediction"}, {"studies"}});
}

static void section_forest(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_forest);
}

static void write_subgroups(VgBuffer *out, const VgView *view, const VgFigures *figures,
                            const VgViewAnalysis *a)
{
    vg_html_estimates(out, view, "Pooled effect by subgroup", a->id, "subgroup");
    vg_html_estimates(out, view, "Test for differences between subgroups", a->id, "subgroup_test");
    show(out, view, figures, a, "bubble", (Behind){{"moderator"}, {"bubble"}});
    if (!vg_html_find_figure(figures, "bubble"))
        vg_html_estimates(out, view, "Moderators", a->id, "moderator");
    vg_html_estimates(out, view, "Test of moderators", a->id, "moderator_test");
    const VgEstimate *r2 = vg_forest_row(view->result, a->id, "r2", NULL, NULL);
    if (r2 && isfinite(r2->estimate)) {
        vg_buffer_text(out, "<p>The moderators account for ");
        vg_put_number(out, r2->estimate, r2->estimate < 10 ? 1 : 0);
        vg_buffer_text(out, "% of the variance between studies (R²).</p>");
    }
    if (out->length)
        vg_buffer_text(out, "<p>Subgroups and moderators compare studies, not people: what differs "
                            "between them may be something else.</p>");
}

static void section_subgroups(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_subgroups);
}

static void write_heterogeneity(VgBuffer *out, const VgView *view, const VgFigures *figures,
                                const VgViewAnalysis *a)
{
    if (vg_result_find_dataset(view->result, a->id, "league"))
        return; /* a network's is with its consistency */
    const char *text = vg_heterogeneity_text(view->arena, view->result, a->id, NULL);
    if (text && *text) {
        vg_buffer_text(out, "<p>");
        vg_put_escaped(out, text);
        vg_buffer_text(out, "</p>");
    }
    vg_html_estimates(out, view, "Parts of the variance, by level", a->id, "variance_component");
    vg_html_estimates(out, view, "With errors robust to what goes on within studies", a->id,
                      "robust");
    vg_html_estimates(out, view, "All terms together, robust likewise", a->id, "robust_test");
    show(out, view, figures, a, "baujat", (Behind){{NULL}, {"baujat"}});
    show(out, view, figures, a, "influence", (Behind){{NULL}, {"influence"}});
    show(out, view, figures, a, "leave-one-out", (Behind){{"loo"}, {NULL}});
    show(out, view, figures, a, "cumulative", (Behind){{"cumulative"}, {NULL}});
}

static void section_heterogeneity(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_heterogeneity);
}

static void write_small_study(VgBuffer *out, const VgView *view, const VgFigures *figures,
                              const VgViewAnalysis *a)
{
    static const char *const tables[][2] = {
        {"egger", "Egger’s regression test"},
        {"egger_lm", "Egger’s test, classic form"},
        {"begg", "Begg’s rank correlation"},
        {"trimfill", "Trim and fill"},
        {"pet", "Precision-effect test (PET)"},
        {"peese", "Precision-effect estimate (PEESE)"},
        {"pet_peese", "PET-PEESE"},
        {"selection_test", "Test for selection"},
    };
    show(out, view, figures, a, "funnel", (Behind){{NULL}, {"studies", "filled_studies"}});
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        vg_html_estimates(out, view, tables[i][1], a->id, tables[i][0]);
    show(out, view, figures, a, "selection", (Behind){{"selection"}, {"selection_weights"}});
    const VgFact *k = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "k");
    if (out->length && k && k->number < 10)
        vg_buffer_text(out,
                       "<p>With fewer than ten studies a funnel or its test tells little.</p>");
}

static void section_small_study(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_small_study);
}

/* ---- network ---- */

static void write_network(VgBuffer *out, const VgView *view, const VgFigures *figures,
                          const VgViewAnalysis *a)
{
    show(out, view, figures, a, "network", (Behind){{NULL}, {"network_nodes", "network_edges"}});
    show(out, view, figures, a, "ranking", (Behind){{"contrast", "prediction"}, {NULL}});
    show(out, view, figures, a, "scores", (Behind){{"ranking"}, {NULL}});
    if (vg_same_text(a->role, "sensitivity")) {
        show(out, view, figures, a, "components", (Behind){{"component"}, {NULL}});
        return;
    }
    if (!show(out, view, figures, a, "league", (Behind){{NULL}, {"league"}}))
        vg_html_dataset(out, view, "League table", a->id, "league");
    show(out, view, figures, a, "components",
         (Behind){{"component", "component_test", "interaction_test"}, {"component_types"}});
}

static void section_network(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_network);
}

/* The sums in a list, the single designs in a fold. */
static void inconsistency(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    bool any = false, designs = false;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!vg_same_text(e->analysis, a->id) || !vg_same_text(e->quantity, "q_inconsistency") ||
            !e->term || !isfinite(e->statistic) || !isfinite(e->df))
            continue;
        if (strcmp(e->term, "total") != 0 && !strstr(e->term, " designs")) {
            designs = true;
            continue;
        }
        VgBuffer text = {0}, name = {0};
        vg_buffer_printf(&name, "Q, %s", e->term);
        vg_put_number(&text, e->statistic, 2);
        vg_buffer_printf(&text, ", df = %.0f, %s", e->df, vg_p_text(view, e->p));
        vg_buffer_text(out, any ? "" : "<dl>");
        item(out, vg_view_kept(view, &name), vg_view_kept(view, &text));
        any = true;
    }
    vg_buffer_text(out, any ? "</dl>" : "");
    if (!designs)
        return;
    vg_html_details(out, "By design");
    vg_html_estimates(out, view, "Heterogeneity within and inconsistency between designs", a->id,
                      "q_inconsistency");
    vg_buffer_text(out, "</details>");
}

static void write_consistency(VgBuffer *out, const VgView *view, const VgFigures *figures,
                              const VgViewAnalysis *a)
{
    if (!vg_result_find_dataset(view->result, a->id, "league") ||
        vg_same_text(a->role, "sensitivity"))
        return;
    const char *text = vg_heterogeneity_text(view->arena, view->result, a->id, NULL);
    if (text && *text) {
        vg_buffer_text(out, "<p>");
        vg_put_escaped(out, text);
        vg_buffer_text(out, "</p>");
    }
    inconsistency(out, view, a);
    if (!show(out, view, figures, a, "net-heat", (Behind){{NULL}, {"net_heat"}}))
        vg_html_dataset(out, view, "Net heat: where the network disagrees", a->id, "net_heat");
    show(out, view, figures, a, "split", (Behind){{"split"}, {NULL}});
    show(out, view, figures, a, "comparison-funnel", (Behind){{NULL}, {"comparison_funnel"}});
}

static void section_consistency(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_consistency);
}

/* ---- bias, certainty, sources ---- */

static void section_bias(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    show(out, view, figures, NULL, "bias", (Behind){{NULL}, {"risk_of_bias"}});
    show(out, view, figures, NULL, "summary-bias", (Behind){{NULL}, {"risk_of_bias"}});
}

static void write_certainty(VgBuffer *out, const VgView *view, const VgFigures *figures,
                            const VgViewAnalysis *a)
{
    (void)figures;
    vg_html_certainty(out, view, a);
}

static void section_certainty(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    by_analysis(out, view, figures, write_certainty);
}

static void section_sources(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_html_dataset(out, view, "Where each study’s numbers come from", NULL, "sources");
}

static void section_methods(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_section_methods(out, view, figures);
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgBuffer body = {0};
        vg_html_facts(&body, view, "How it was fitted", view->analysis[i].id);
        if (body.length) {
            vg_html_details(out, view->analysis[i].label ? view->analysis[i].label : "Fit");
            vg_buffer_append(out, body.text, body.length);
            vg_buffer_text(out, "</details>");
        }
        out->failed = out->failed || body.failed;
        vg_buffer_free(&body);
    }
}

static void section_plain(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_html_review_plain(out, view);
}

static const VgHtmlSection SECTIONS[] = {
    {"answer", "The answer", "Answer", section_answer},
    {"warnings", "Mind these", "Warnings", vg_section_warnings},
    {"forest", "The studies", "Forest", section_forest},
    {"subgroups", "Does it differ between studies?", "Subgroups", section_subgroups},
    {"heterogeneity", "Heterogeneity and influence", "Heterogeneity", section_heterogeneity},
    {"small-study", "Small-study effects", "Small studies", section_small_study},
    {"network", "Treatments against each other", "Network", section_network},
    {"consistency", "Does the network agree with itself?", "Consistency", section_consistency},
    {"bias", "Risk of bias", "Risk of bias", section_bias},
    {"certainty", "Certainty", "Certainty", section_certainty},
    {"methods", "Methods", "Methods", section_methods},
    {"sources", "Sources", "Sources", section_sources},
    {"tables", "Full tables", "Tables", vg_section_tables},
    {"provenance", "Where these numbers come from", "Provenance", vg_section_provenance},
    {"patient", "In plain words", "In plain words", section_plain}};

const VgHtmlSection *vg_review_sections(size_t *n)
{
    *n = sizeof SECTIONS / sizeof *SECTIONS;
    return SECTIONS;
}
