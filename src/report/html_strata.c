/* The section on who benefits: the verdict in words, then pictures, then the rule, then what is missing. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"
#include "report/strata.h"

/* ---- figures ---- */

void vg_strata_figures(const VgView *view, VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgStrataView s;
        if (!vg_strata_read(view, &view->analysis[i], &s))
            continue;
        for (size_t k = 0; k < s.n; k++) {
            const VgStrataArm *arm = &s.arm[k];
            vg_figures_keep(view, figures, vg_figure_strata_interactions(view, &s, arm));
            vg_figures_keep(view, figures, vg_figure_strata_moderators(view, &s, arm));
            vg_figures_keep(view, figures, vg_figure_strata_toc(view, &s, arm));
            vg_figures_keep(view, figures, vg_figure_strata_groups(view, &s, arm));
            vg_figures_keep(view, figures, vg_figure_strata_people(view, &s, arm));
            vg_figures_keep(view, figures, vg_figure_strata_importance(view, &s, arm));
        }
        vg_figures_keep(view, figures, vg_figure_strata_background(view, &s));
        vg_figures_keep(view, figures, vg_figure_strata_components(view, &s));
        vg_figures_keep(view, figures, vg_figure_strata_tree(view, &s));
        vg_figures_keep(view, figures, vg_figure_strata_worth(view, &s));
        vg_figures_keep(view, figures, vg_figure_strata_gaps(view, &s));
    }
}

/* A table of estimates, or of a dataset, behind a figure. */
typedef struct Behind {
    const char *caption, *name;
    bool dataset;
} Behind;

static void behind(VgBuffer *out, const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                   const Behind *table, size_t n)
{
    const char *of = arm ? arm->arm : NULL, *id = s->analysis->id;
    for (size_t i = 0; i < n; i++)
        if (table[i].dataset)
            vg_html_dataset_of_arm(out, view, table[i].caption, id, table[i].name, of);
        else
            vg_html_estimates_of_arm(out, view, table[i].caption, id, table[i].name, of);
}

/* The figure, its numbers; without a figure the numbers alone, where there are any. */
static void picture(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgStrataView *s, const VgStrataArm *arm, const char *kind,
                    const Behind *table, size_t n)
{
    const VgDrawn *drawn =
        vg_html_figure_named(view, figures, vg_strata_figure_id(view, s, kind, arm));
    VgBuffer rows = {0};
    behind(&rows, view, s, arm, table, n);
    if (drawn)
        vg_html_figure(out, drawn);
    if (rows.length) {
        vg_html_details(out, drawn ? "The numbers behind this figure" : table[0].caption);
        vg_buffer_append(out, rows.text, rows.length);
        vg_buffer_text(out, "</details>");
    }
    if (drawn)
        vg_html_figure_end(out);
    out->failed = out->failed || rows.failed;
    vg_buffer_free(&rows);
}

#define PICTURE(kind, arm, ...)                                                                    \
    picture(out, view, figures, s, arm, kind, (const Behind[]){__VA_ARGS__},                       \
            sizeof((const Behind[]){__VA_ARGS__}) / sizeof(Behind))

/* ---- words ---- */

static void put_text(VgBuffer *out, const char *class, const char *text)
{
    if (!text)
        return;
    vg_buffer_printf(out, "<p%s%s%s>", class ? " class=\"" : "", class ? class : "",
                     class ? "\"" : "");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</p>");
}

static bool is_about(const char *about, const char *what)
{
    return about && strncmp(about, what, strlen(what)) == 0;
}

/* Those about something, in the order they were made; true when there are any. */
static bool sentences(VgBuffer *out, const VgView *view, const VgViewAnalysis *a, const char *what,
                      const char *class)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "sentences");
    bool any = false;
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (is_about(vg_cell_text(d, "about", i), what)) {
            put_text(out, class, vg_cell_text(d, "text", i));
            any = true;
        }
    return any;
}

/* The verdicts first; then what weakens them; then all but what stands with a part below. */
static void verdicts(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    static const char *const MIND[] = {"exploratory", "missing", "few: "},
                             *const BELOW[] = {"verdict: ",     "exploratory", "missing",
                                               "few: ",         "rule",        "safety: ",
                                               "combination: ", "forest: "};
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "sentences");
    sentences(out, view, a, "verdict: ", "lead");
    for (size_t k = 0; k < sizeof MIND / sizeof *MIND; k++)
        sentences(out, view, a, MIND[k], "warning");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *about = vg_cell_text(d, "about", i);
        bool elsewhere = false;
        for (size_t k = 0; k < sizeof BELOW / sizeof *BELOW; k++)
            elsewhere = elsewhere || is_about(about, BELOW[k]);
        if (!elsewhere)
            put_text(out, NULL, vg_cell_text(d, "text", i));
    }
}

/* What was asked, and which way is better. */
static void how(VgBuffer *out, const VgStrataView *s)
{
    const VgSlot slots[] = {{"outcome", s->outcome},
                            {"visit", s->visit ? s->visit : ""},
                            {"unit", s->unit},
                            {"arm", s->n == 1 ? s->arm[0].label : ""},
                            {"reference", s->arm[0].reference_label}};
    const size_t n = sizeof slots / sizeof *slots;
    vg_buffer_text(out, "<p>");
    vg_put_phrase(out, s->visit ? "strata.how" : "strata.how.no_visit", slots, n);
    vg_buffer_text(out, " ");
    if (s->directed) {
        vg_put_phrase(out, s->lower_is_better ? "strata.lower_better" : "strata.higher_better",
                      slots, n);
        vg_buffer_text(out, " ");
    }
    vg_put_phrase(out, "strata.not_randomised", slots, n);
    vg_buffer_text(out, "</p>");
}

/* ---- one arm against the reference ---- */

static void average(VgBuffer *out, const VgView *view, const VgStrataView *s,
                    const VgStrataArm *arm)
{
    const VgEstimate *e = arm->average;
    if (!e || !isfinite(e->estimate))
        return;
    const VgSlot slots[] = {{"arm", arm->label},
                            {"reference", arm->reference_label},
                            {"interval", vg_interval_text(view, e, 1, s->decimals)},
                            {"unit", s->unit},
                            {"n", vg_arena_printf(view->arena, "%.0f", e->n)}};
    vg_html_say(out, "p", NULL, isfinite(e->n) ? "strata.average" : "strata.average.no_n", slots,
                sizeof slots / sizeof *slots);
}

/* What describes and does not decide, folded where the data cannot tell. */
static void tests(VgBuffer *out, const VgView *view, const VgStrataView *s, const VgStrataArm *arm)
{
    static const Behind TEST[] = {
        {"Do people differ at all? (permutation; the verdict rests on it)", "omnibus_heterogeneity",
         false},
        {"All declared moderators together", "joint_test", false},
        {"Do predictions hold in other people? (calibration)", "calibration", false},
        {"Sequential validation", "sequential_validation", false},
        {"A subgroup found in one half and estimated in the other", "subgroup_difference", false}};
    VgBuffer rows = {0};
    behind(&rows, view, s, arm, TEST, sizeof TEST / sizeof *TEST);
    vg_html_fold(out, "Tests of whether benefit differs", &rows);
}

static void one_arm(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgStrataView *s, const VgStrataArm *arm)
{
    const VgSlot slots[] = {{"arm", arm->label}, {"reference", arm->reference_label}};
    vg_html_say(out, "h4", NULL, "strata.contrast", slots, 2);
    average(out, view, s, arm);
    put_text(out, NULL,
             vg_strata_sentence(view, s->analysis,
                                vg_arena_printf(view->arena, "forest: %s", arm->arm)));
    PICTURE("interactions", arm, {"Declared interactions, per unit", "interaction", false},
            {"Effects at the quartiles of each moderator", "effect_at", false},
            {"Smallest difference per SD found with 80 % power", "what_could_be_seen", true});
    PICTURE("moderators", arm, {"Effects in windows", "effect_curve", true},
            {"Largest departure from the average effect", "effect_curve", false});
    PICTURE("toc", arm, {"Area under the curve (AUTOC) ", "autoc", false},
            {"Area weighted by share (Qini)", "qini", false},
            {"The curve (targeting operator characteristic)", "toc", true});
    PICTURE("groups", arm, {"Effects by predicted benefit", "group_effect", false},
            {"Most less least predicted benefit", "group_difference", false});
    PICTURE("people", arm, {"Effects predicted for each person", "person_effects", true});
    PICTURE("importance", arm, {"Importance", "importance", true});
    tests(out, view, s, arm);
}

/* ---- beside other treatments ---- */

static void combinations(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgStrataView *s)
{
    if (!vg_strata_row_of(view, s, "background_effect", NULL, NULL) &&
        !vg_strata_row_of(view, s, "component_effect", NULL, NULL))
        return;
    vg_html_say(out, "h4", NULL, "strata.combinations", NULL, 0);
    sentences(out, view, s->analysis, "combination: ", NULL);
    PICTURE("background", NULL, {"Effects by background treatment", "background_effect", false},
            {"Differences between classes", "background_difference", false});
    PICTURE("components", NULL, {"Effects of parts", "component_effect", false},
            {"Departure from the sum", "additivity", false});
}

/* ---- the rule ---- */

/* The tree in words, an arm a line: for those who do not see the picture. */
static void tree_in_words(VgBuffer *out, const VgView *view, const VgStrataView *s)
{
    const VgDataset *d = vg_strata_dataset(view, s, "policy_tree");
    vg_buffer_text(out, "<ul>");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *arm = vg_cell_text(d, "arm", i);
        double n = vg_cell_number(d, "n", i);
        const char *path = vg_strata_path(view, s, d, vg_cell_number(d, "node", i));
        const VgSlot slots[] = {{"arm", vg_view_arm_label(view, arm)},
                                {"path", path},
                                {"n", vg_arena_printf(view->arena, "%.0f", n)}};
        if (arm)
            vg_html_say(out, "li", NULL, path ? "strata.leaf" : "strata.leaf.all", slots, 3);
    }
    vg_buffer_text(out, "</ul>");
}

static void rule(VgBuffer *out, const VgView *view, const VgFigures *figures, const VgStrataView *s)
{
    double needed = vg_strata_number(view, s, "policy_people_needed");
    if (!s->rule && !vg_strata_dataset(view, s, "policy_tree"))
        return;
    vg_html_say(out, "h4", NULL, "strata.rule", NULL, 0);
    vg_html_say(out, "p", "verdict", s->recommended ? "strata.rule.yes" : "strata.rule.no", NULL,
                0);
    put_text(out, NULL, s->rule);
    sentences(out, view, s->analysis, "safety: ", "warning");
    if (!s->rule && !s->recommended && isfinite(needed)) {
        const VgSlot slots[] = {{"n", vg_arena_printf(view->arena, "%.0f", needed)}};
        vg_html_say(out, "p", NULL, "strata.rule.people", slots, 1);
    }
    const VgDrawn *tree =
        vg_html_figure_named(view, figures, vg_strata_figure_id(view, s, "tree", NULL));
    if (tree) {
        vg_html_figure(out, tree);
        tree_in_words(out, view, s);
        vg_html_details(out, "The numbers behind this figure");
        vg_html_dataset(out, view, "The tree: at most the cut goes left", s->analysis->id,
                        "policy_tree");
        vg_html_estimates(out, view, "How many would get what", s->analysis->id, "policy_share");
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
    PICTURE("worth", NULL, {"Gain of the rule", "policy_gain", false},
            {"Mean outcome turned to benefit, less declared costs", "policy_value", false});
}

/* ---- all of it ---- */

static void one_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    VgStrataView strata, *s = &strata;
    bool any = vg_strata_read(view, a, s);
    vg_buffer_text(out, "<h3>");
    vg_put_escaped(out, a->label);
    vg_buffer_text(out, "</h3>");
    verdicts(out, view, a);
    vg_html_no_answer(out, a);
    if (!any)
        return;
    how(out, s);
    for (size_t k = 0; k < s->n; k++)
        one_arm(out, view, figures, s, &s->arm[k]);
    combinations(out, view, figures, s);
    rule(out, view, figures, s);
    if (vg_strata_dataset(view, s, "outcome_gaps"))
        vg_html_say(out, "h4", NULL, "strata.gaps", NULL, 0);
    PICTURE("gaps", NULL, {"Outcomes known, by arm", "outcome_gaps", true});
    VgBuffer facts = {0};
    vg_html_facts(&facts, view, "Fit", a->id);
    vg_html_fold(out, "More about this analysis", &facts);
}

void vg_section_strata(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++)
        if (vg_is_strata(&view->analysis[i]))
            one_analysis(out, view, figures, &view->analysis[i]);
}
