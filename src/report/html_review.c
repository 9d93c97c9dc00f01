/* The page of a review: the answer first, then the forest, then what lies under it. Everything stands by
 * analysis, in the order of the plan. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/forest.h"
#include "report/html_review.h"

/* ---- figures ---- */

static void draw_pairwise(const VgView *view, VgFigures *figures, const VgViewAnalysis *a)
{
    VgPlot *plot;
    bool again = vg_same_studies_again(view, a);
    if (a == vg_leading(view, a))
        vg_figures_keep(view, figures, vg_figure_pooled(view, a));
    for (size_t part = 0; !again && (plot = vg_figure_review_forest(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    vg_figures_keep(view, figures, vg_figure_bubble(view, a));
    vg_figures_keep(view, figures, vg_figure_baujat(view, a));
    vg_figures_keep(view, figures, vg_figure_influence(view, a));
    for (size_t part = 0; (plot = vg_figure_steps(view, a, "loo", part)); part++)
        vg_figures_keep(view, figures, plot);
    for (size_t part = 0; (plot = vg_figure_steps(view, a, "cumulative", part)); part++)
        vg_figures_keep(view, figures, plot);
    if (!again && !vg_same_text(a->role, "sensitivity")) /* the same studies, most of them */
        vg_figures_keep(view, figures, vg_figure_funnel(view, a));
    vg_figures_keep(view, figures, vg_figure_selection(view, a));
}

/* Whether the graph of an analysis and what comes with it is drawn: not the same network again, or most of it. */
static bool network_shown(const VgView *view, const VgViewAnalysis *a)
{
    return !vg_same_text(a->role, "sensitivity") && !vg_same_network_again(view, a);
}

static void draw_network(const VgView *view, VgFigures *figures, const VgViewAnalysis *a)
{
    VgPlot *plot;
    bool again = vg_same_contrasts_again(view, a);
    for (size_t part = 0; !again && (plot = vg_figure_ranking(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    for (size_t part = 0; (plot = vg_figure_components(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
    if (!network_shown(view, a))
        return;
    vg_figures_keep(view, figures, vg_figure_network(view, a));
    vg_figures_keep(view, figures, vg_figure_scores(view, a));
    for (size_t part = 0; (plot = vg_figure_league(view, a, part)); part++)
        vg_figures_keep(view, figures, plot);
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
        if (vg_leading(view, &view->analysis[i]) == &view->analysis[i])
            vg_figures_keep(view, figures, vg_figure_analyses(view, &view->analysis[i]));
    }
    for (size_t part = 0; (plot = vg_figure_bias(view, part)); part++)
        vg_figures_keep(view, figures, plot);
    vg_figures_keep(view, figures, vg_figure_bias_summary(view));
}

/* ---- pairwise ---- */

static void section_forest(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        const VgDrawn *forest = vg_review_drawn(figures, a, "forest");
        const char *answer = vg_review_answer_figure(view, figures, a);
        bool leading = a == vg_leading(view, a);
        if (!forest)
            continue;
        if (vg_same_text(answer, "forest")) {
            vg_review_link(out, forest);
            continue;
        }
        if (!leading)
            vg_html_details(out, forest->title);
        vg_review_show(out, view, figures, a, "forest",
                       (VgBehind){{"pooled", "prediction"}, {"studies"}});
        vg_buffer_text(out, leading ? "" : "</details>");
    }
}

static void write_subgroups(VgBuffer *out, const VgView *view, const VgFigures *figures,
                            const VgViewAnalysis *a)
{
    vg_html_estimates(out, view, "Pooled effect by subgroup", a->id, "subgroup");
    vg_html_estimates(out, view, "Test for differences between subgroups", a->id, "subgroup_test");
    vg_review_show(out, view, figures, a, "bubble", (VgBehind){{"moderator"}, {"bubble"}});
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
    vg_review_by_analysis(out, view, figures, write_subgroups);
}

static void write_heterogeneity(VgBuffer *out, const VgView *view, const VgFigures *figures,
                                const VgViewAnalysis *a)
{
    if (vg_result_find_dataset(view->result, a->id, "league"))
        return;                                 /* a network's is with its consistency */
    const char *text = a == vg_leading(view, a) /* others: in their table */
                           ? vg_heterogeneity_text(view->arena, view->result, a->id, NULL)
                           : NULL;
    if (text && *text) {
        vg_buffer_text(out, "<p>");
        vg_put_escaped(out, text);
        vg_buffer_text(out, "</p>");
    }
    vg_html_estimates(out, view, "Parts of the variance, by level", a->id, "variance_component");
    vg_html_estimates(out, view, "With errors robust to what goes on within studies", a->id,
                      "robust");
    vg_html_estimates(out, view, "All terms together, robust likewise", a->id, "robust_test");
    vg_review_show(out, view, figures, a, "baujat", (VgBehind){{NULL}, {"baujat"}});
    vg_review_show(out, view, figures, a, "influence", (VgBehind){{NULL}, {"influence"}});
    vg_review_show(out, view, figures, a, "leave-one-out", (VgBehind){{"loo"}, {NULL}});
    vg_review_show(out, view, figures, a, "cumulative", (VgBehind){{"cumulative"}, {NULL}});
}

static void section_heterogeneity(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_by_analysis(out, view, figures, write_heterogeneity);
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
    vg_review_show(out, view, figures, a, "funnel",
                   (VgBehind){{NULL}, {"studies", "filled_studies"}});
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        vg_html_estimates(out, view, tables[i][1], a->id, tables[i][0]);
    vg_review_show(out, view, figures, a, "selection",
                   (VgBehind){{"selection"}, {"selection_weights"}});
    const VgFact *k = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "k");
    if (out->length && k && k->number < 10)
        vg_buffer_text(out,
                       "<p>With fewer than ten studies a funnel or its test tells little.</p>");
}

static void section_small_study(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_by_analysis(out, view, figures, write_small_study);
}

/* ---- network ---- */

/* A figure unless it stands in the answer: then where it is. */
static bool show_or_link(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a, const char *kind, VgBehind behind)
{
    if (!vg_same_text(vg_review_answer_figure(view, figures, a), kind))
        return vg_review_show(out, view, figures, a, kind, behind);
    vg_review_link(out, vg_review_drawn(figures, a, kind));
    return true;
}

/* Forests of an analysis that is not the main one, folded. */
static void folded(VgBuffer *out, const VgView *view, const VgFigures *figures,
                   const VgViewAnalysis *a, const char *kind, const char *summary, VgBehind behind)
{
    if (!vg_review_drawn(figures, a, kind))
        return;
    vg_html_details(out, summary);
    vg_review_show(out, view, figures, a, kind, behind);
    vg_buffer_text(out, "</details>");
}

static void write_other_network(VgBuffer *out, const VgView *view, const VgFigures *figures,
                                const VgViewAnalysis *a)
{
    if (!vg_result_find_dataset(view->result, a->id, "network_nodes"))
        return;
    vg_buffer_text(out, vg_same_network_again(view, a)
                            ? "<p>The same studies and treatments: the graph, the league table "
                              "and the consistency shown are those of the main analysis. "
                            : "<p>The graph, the league table and the consistency are shown for "
                              "the main analysis only. ");
    vg_buffer_text(out, vg_same_contrasts_again(view, a)
                            ? "So are the treatments’ effects, which are the same here.</p>"
                            : "The numbers of this one are in the full tables.</p>");
    folded(out, view, figures, a, "ranking", "Each treatment against the reference",
           (VgBehind){{"contrast", "prediction"}, {NULL}});
    folded(out, view, figures, a, "components", "What each component adds",
           (VgBehind){{"component", "component_test", "interaction_test"}, {"component_types"}});
}

static void write_network(VgBuffer *out, const VgView *view, const VgFigures *figures,
                          const VgViewAnalysis *a)
{
    if (vg_is_network(a) && !network_shown(view, a)) {
        write_other_network(out, view, figures, a);
        return;
    }
    vg_review_show(out, view, figures, a, "network",
                   (VgBehind){{NULL}, {"network_nodes", "network_edges"}});
    show_or_link(out, view, figures, a, "ranking", (VgBehind){{"contrast", "prediction"}, {NULL}});
    vg_review_show(out, view, figures, a, "scores", (VgBehind){{"ranking"}, {NULL}});
    if (!vg_review_show(out, view, figures, a, "league", (VgBehind){{NULL}, {"league"}}))
        vg_html_dataset(out, view, "League table", a->id, "league");
    show_or_link(
        out, view, figures, a, "components",
        (VgBehind){{"component", "component_test", "interaction_test"}, {"component_types"}});
}

static void section_network(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_by_analysis(out, view, figures, write_network);
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
        vg_review_item(out, vg_view_kept(view, &name), vg_view_kept(view, &text));
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
    if (!vg_result_find_dataset(view->result, a->id, "league") || !network_shown(view, a))
        return;
    const char *text = vg_heterogeneity_text(view->arena, view->result, a->id, NULL);
    if (text && *text) {
        vg_buffer_text(out, "<p>");
        vg_put_escaped(out, text);
        vg_buffer_text(out, "</p>");
    }
    inconsistency(out, view, a);
    if (!vg_review_show(out, view, figures, a, "net-heat", (VgBehind){{NULL}, {"net_heat"}}))
        vg_html_dataset(out, view, "Net heat: where the network disagrees", a->id, "net_heat");
    vg_review_show(out, view, figures, a, "split", (VgBehind){{"split"}, {NULL}});
    vg_review_show(out, view, figures, a, "comparison-funnel",
                   (VgBehind){{NULL}, {"comparison_funnel"}});
}

static void section_consistency(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_by_analysis(out, view, figures, write_consistency);
}

/* ---- bias, certainty, sources ---- */

static void section_bias(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_show(out, view, figures, NULL, "bias", (VgBehind){{NULL}, {"risk_of_bias"}});
    vg_review_show(out, view, figures, NULL, "summary-bias", (VgBehind){{NULL}, {"risk_of_bias"}});
}

static void write_certainty(VgBuffer *out, const VgView *view, const VgFigures *figures,
                            const VgViewAnalysis *a)
{
    (void)figures;
    vg_html_certainty(out, view, a);
}

static void section_certainty(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_review_by_analysis(out, view, figures, write_certainty);
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
        vg_html_fold(out, view->analysis[i].label ? view->analysis[i].label : "Fit", &body);
    }
}

static void section_plain(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    (void)figures;
    vg_html_review_plain(out, view);
}

static const VgHtmlSection SECTIONS[] = {
    {"answer", "The answer", "Answer", vg_review_answer},
    {"others", "Does it hold in other analyses?", "Other analyses", vg_review_others},
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
