/* The section on mechanism: through which channel did it work, and what must be believed for that. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/html_cells.h"
#include "report/mechanism.h"

/* ---- figures ---- */

static const char *axis_id(const VgView *view, const VgViewAnalysis *analysis)
{
    const char *id = vg_arena_printf(view->arena, "mechanism-axis-%s", analysis->id);
    return id ? id : "mechanism-axis";
}

/* An earlier analysis with the same arrows and estimates: the graph is of the study, not of one question. */
static const VgViewAnalysis *same_graph(const VgView *view, const VgViewAnalysis *analysis)
{
    const VgDataset *own = vg_result_find_dataset(view->result, analysis->id, "axis_edges");
    for (const VgViewAnalysis *a = view->analysis; own && a < analysis; a++) {
        const VgDataset *d =
            vg_is_mechanism(a) ? vg_result_find_dataset(view->result, a->id, "axis_edges") : NULL;
        bool same = d && d->n_rows == own->n_rows;
        for (size_t i = 0; same && i < d->n_rows; i++) {
            double x = vg_cell_number(d, "estimate", i), y = vg_cell_number(own, "estimate", i);
            same = vg_same_text(vg_cell_text(d, "from", i), vg_cell_text(own, "from", i)) &&
                   vg_same_text(vg_cell_text(d, "to", i), vg_cell_text(own, "to", i)) &&
                   (x == y || (isnan(x) && isnan(y)));
        }
        if (same)
            return a;
    }
    return NULL;
}

void vg_mechanism_figures(const VgView *view, VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        VgMechanism m;
        if (!vg_is_mechanism(a))
            continue;
        if (!same_graph(view, a))
            vg_figures_keep_drawing(
                view, figures, a, axis_id(view, a), "The axis from treatment to symptom",
                "Each arrow that the study declares, with its estimate: standard deviations of "
                "what it "
                "points to per standard deviation of where it comes from (per full dose for a "
                "treatment), and the interval under it. Solid arrows rest on randomisation. Broken "
                "ones "
                "do not: they hold only if nothing unmeasured acts on both ends.",
                vg_figure_axis);
        if (!vg_mechanism_read(view, a, &m))
            continue;
        vg_figures_keep(view, figures, vg_figure_mechanism_effects(view, &m));
        vg_figures_keep(view, figures, vg_figure_mechanism_sensitivity(view, &m));
        vg_figures_keep(view, figures, vg_figure_mechanism_reliability(view, &m));
    }
}

static const VgDrawn *figure_of(const VgView *view, const VgFigures *figures, const char *kind,
                                const VgViewAnalysis *analysis)
{
    const char *id = vg_arena_printf(view->arena, "mechanism-%s-%s", kind, analysis->id);
    for (size_t i = 0; id && i < figures->n; i++)
        if (strcmp(figures->drawn[i].id, id) == 0)
            return &figures->drawn[i];
    return NULL;
}

/* ---- words ---- */

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

/* What a trial of this size could have seen, for a channel of which nothing can be said. */
static void detectable(VgBuffer *out, const VgView *view, const VgMechanism *m,
                       const VgMechanismWay *way)
{
    const VgEstimate *row =
        vg_mechanism_row(view, m, "detectable_indirect", NULL, way, m->corrected);
    if (!row || !isfinite(row->estimate) || !vg_same_text(way->verdict, "cannot tell"))
        return;
    const VgSlot slots[] = {{"size", number(view, fabs(row->estimate), m->decimals)},
                            {"unit", m->unit}};
    vg_buffer_text(out, " ");
    vg_put_phrase(out, "mechanism.detectable", slots, 2);
}

/* The channels of one verdict as a list, each with the effect that the verdict is of. */
static bool verdict_list(VgBuffer *out, const VgView *view, const VgMechanism *m,
                         const char *verdict, const char *heading)
{
    bool any = false;
    for (size_t i = 0; i < m->n; i++) {
        const VgMechanismWay *way = &m->way[i];
        const VgEstimate *effect = way->corrected ? way->corrected : way->measured;
        if (!vg_same_text(way->verdict, verdict))
            continue;
        if (!any) {
            vg_buffer_text(out, "<h4>");
            vg_put_phrase(out, heading, NULL, 0);
            vg_buffer_text(out, "</h4><ul>");
        }
        any = true;
        vg_buffer_text(out, "<li><b>");
        vg_put_escaped(out, way->label);
        vg_buffer_text(out, ":</b> ");
        vg_put_escaped(out, effect ? vg_interval_text(view, effect, 1, m->decimals) : "");
        vg_buffer_text(out, " ");
        vg_put_escaped(out, m->unit);
        vg_buffer_text(out, ".");
        detectable(out, view, m, way);
        vg_buffer_text(out, "</li>");
    }
    if (any)
        vg_buffer_text(out, "</ul>");
    return any;
}

/* What cannot be told stands first and beside what can. */
static void verdicts(VgBuffer *out, const VgView *view, const VgMechanism *m)
{
    static const char *const VERDICT[][2] = {{"carries", "mechanism.carries"},
                                             {"opposes", "mechanism.opposes"},
                                             {"little", "mechanism.little"}};
    VgBuffer told = {0};
    for (size_t i = 0; i < sizeof VERDICT / sizeof *VERDICT; i++)
        verdict_list(&told, view, m, VERDICT[i][0], VERDICT[i][1]);
    vg_buffer_text(out, "<div class=\"beside\"><div>");
    bool both = verdict_list(out, view, m, "cannot tell", "mechanism.cannot_tell") && told.length;
    vg_buffer_text(out, both ? "</div><div>" : "");
    vg_buffer_append(out, told.text ? told.text : "", told.length);
    vg_buffer_text(out, "</div></div>");
    out->failed = out->failed || told.failed;
    vg_buffer_free(&told);
    const VgSlot slots[] = {{"level", number(view, 100 * view->result->level, 0)}};
    vg_buffer_text(out, "<p>");
    vg_put_phrase(out, m->corrected ? "mechanism.numbers.corrected" : "mechanism.numbers", slots,
                  1);
    if (m->directed) {
        vg_buffer_text(out, " ");
        vg_put_phrase(out,
                      m->lower_is_better ? "mechanism.lower_better" : "mechanism.higher_better",
                      NULL, 0);
    }
    vg_buffer_text(out, "</p>");
}

/* How the answer was had, in a line. */
static void how(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    const VgFact *n = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "n_observations"),
                 *all = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "n_rows");
    const char *treated = vg_mechanism_fact(view, a, "treated_label"),
               *control = vg_mechanism_fact(view, a, "control_label"),
               *early = vg_mechanism_fact(view, a, "mediators_at"),
               *late = vg_mechanism_fact(view, a, "outcome_at"),
               *outcome = vg_mechanism_fact(view, a, "outcome_label");
    if (!n || !all || !treated || !control || !early || !late || !outcome)
        return;
    const VgSlot slots[] = {{"treated", treated},
                            {"control", control},
                            {"early", vg_view_visit_label(view, early)},
                            {"late", vg_view_visit_label(view, late)},
                            {"outcome", outcome},
                            {"n", number(view, n->number, 0)},
                            {"all", number(view, all->number, 0)}};
    vg_html_say(out, "p", NULL, "mechanism.how", slots, sizeof slots / sizeof *slots);
}

/* ---- the parts ---- */

static const char *rests_on(const char *status)
{
    return vg_same_text(status, "randomised") ? "randomisation"
           : vg_same_text(status, "assumed")  ? "belief"
                                              : status;
}

static const char *node_label(const VgView *view, const VgDataset *nodes, const char *name)
{
    for (size_t k = 0; k < nodes->n_rows; k++)
        if (vg_same_text(vg_cell_text(nodes, "name", k), name) && vg_cell_text(nodes, "label", k))
            return vg_view_words(view, vg_cell_text(nodes, "label", k));
    return vg_view_words(view, name);
}

/* "Immune → Depression (BDI-II)". */
static void put_ends(VgBuffer *out, const VgView *view, const VgDataset *nodes,
                     const VgDataset *edges, size_t i)
{
    vg_put_escaped(out, node_label(view, nodes, vg_cell_text(edges, "from", i)));
    vg_buffer_text(out, " → ");
    vg_put_escaped(out, node_label(view, nodes, vg_cell_text(edges, "to", i)));
}

/* "0.27 (0.13 to 0.42)", bold where the interval excludes nought; nothing where it was not estimated. */
static void put_standardised(VgBuffer *out, const VgDataset *edges, size_t i)
{
    double estimate = vg_cell_number(edges, "standardised", i),
           lower = vg_cell_number(edges, "standardised_lower", i),
           upper = vg_cell_number(edges, "standardised_upper", i);
    bool strong = lower > 0 || upper < 0;
    int decimals = vg_arrow_decimals(lower, upper);
    if (!isfinite(estimate))
        return;
    vg_buffer_text(out, strong ? "<b>" : "");
    vg_put_number(out, estimate, decimals);
    vg_buffer_text(out, strong ? "</b>" : "");
    if (!isfinite(lower) || !isfinite(upper))
        return;
    vg_buffer_text(out, " (");
    vg_put_number(out, lower, decimals);
    vg_buffer_text(out, " to ");
    vg_put_number(out, upper, decimals);
    vg_buffer_text(out, ")");
}

/* What a narrow screen reads instead of the picture. */
static void arrow_list(VgBuffer *out, const VgView *view, const VgDataset *nodes,
                       const VgDataset *edges)
{
    vg_buffer_text(out, "<ul class=\"narrow\">");
    for (size_t i = 0; i < edges->n_rows; i++) {
        bool estimated = isfinite(vg_cell_number(edges, "standardised", i));
        vg_buffer_text(out, "<li>");
        put_ends(out, view, nodes, edges, i);
        vg_buffer_text(out, estimated ? ": " : ", ");
        put_standardised(out, edges, i);
        vg_buffer_text(out, estimated ? ", rests on " : "");
        vg_put_escaped(out, rests_on(vg_cell_text(edges, "status", i)));
        vg_buffer_text(out, "</li>");
    }
    vg_buffer_text(out, "</ul>");
}

/* "2.60 points per SD". */
static void put_in_units(VgBuffer *out, const VgDataset *edges, size_t i)
{
    double estimate = vg_cell_number(edges, "estimate", i);
    const char *unit = vg_cell_text(edges, "unit", i);
    vg_buffer_text(out, "<td>");
    if (isfinite(estimate)) {
        vg_put_number(out, estimate, vg_decimals(vg_cell_number(edges, "se", i)));
        vg_buffer_text(out, unit ? " " : "");
        vg_put_escaped(out, unit);
    }
    vg_buffer_text(out, "</td>");
}

/* Every arrow as a row. */
static void arrow_table(VgBuffer *out, const VgView *view, const VgDataset *nodes,
                        const VgDataset *edges)
{
    static const struct {
        const char *text;
        bool number;
    } HEAD[] = {{"Arrow", false}, {"Standardised", true}, {"In units", false}, {"p", true},
                {"n", true},      {"Rests on", false},    {"Note", false}};
    vg_html_table_head(out, "Every arrow");
    for (size_t j = 0; j < sizeof HEAD / sizeof *HEAD; j++)
        vg_html_table_heading(out, HEAD[j].text, HEAD[j].number);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < edges->n_rows; i++) {
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        put_ends(out, view, nodes, edges, i);
        vg_buffer_text(out, "</th><td class=\"n\">");
        put_standardised(out, edges, i);
        vg_buffer_text(out, "</td>");
        put_in_units(out, edges, i);
        vg_html_p_cell(out, view, vg_cell_number(edges, "p", i));
        vg_html_number_cell(out, vg_cell_number(edges, "n", i), 0);
        vg_html_text_cell(out, rests_on(vg_cell_text(edges, "status", i)), false);
        vg_html_text_cell(out, vg_cell_text(edges, "note", i), false);
        vg_buffer_text(out, "</tr>");
    }
    vg_html_table_foot(out);
}

static void axis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                 const VgViewAnalysis *a)
{
    const VgDrawn *drawn = figure_of(view, figures, "axis", a);
    const VgDataset *edges = vg_result_find_dataset(view->result, a->id, "axis_edges"),
                    *nodes = vg_result_find_dataset(view->result, a->id, "axis_nodes");
    const VgViewAnalysis *same = same_graph(view, a);
    if (same && edges->n_rows) {
        vg_buffer_printf(out, "<p>The axis graph is <a href=\"#figure-%s\">that above</a>.</p>",
                         figure_of(view, figures, "axis", same)
                             ? figure_of(view, figures, "axis", same)->id
                             : axis_id(view, same));
        return;
    }
    if (!drawn || !edges || !nodes)
        return;
    vg_html_figure(out, drawn);
    arrow_list(out, view, nodes, edges);
    vg_html_details(out, "Every arrow as a table");
    arrow_table(out, view, nodes, edges);
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

static void effects(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgViewAnalysis *a)
{
    const VgDrawn *drawn = figure_of(view, figures, "effects", a);
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    vg_html_estimates(out, view, "Total effect", a->id, "total");
    vg_html_estimates(out, view, "Through the channels (indirect effects)", a->id, "indirect");
    vg_html_estimates(out, view, "By other ways (direct effect)", a->id, "direct");
    vg_html_estimates(out, view, "Shares of the total effect", a->id, "proportion_mediated");
    vg_html_dataset(out, view, "Markers of the channels", a->id, "mediators");
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

/* One sentence a channel: what an unmeasured cause would have to be; one for all that are uncertain without one. */
static void hidden_cause(VgBuffer *out, const VgView *view, const VgMechanism *m)
{
    const char *others = NULL;
    bool any = false;
    for (size_t k = 0; k < m->n; k++) {
        const VgMechanismWay *way = &m->way[k];
        const VgEstimate *e = vg_mechanism_row(view, m, "sensitivity", "e_value", way, false),
                         *limit =
                             vg_mechanism_row(view, m, "sensitivity", "e_value_limit", way, false);
        if (!e || !isfinite(e->estimate))
            continue;
        vg_buffer_text(out, any ? "" : "<ul>");
        any = true;
        if (!limit || !(limit->estimate > 1)) {
            others =
                others ? vg_arena_printf(view->arena, "%s, %s", others, way->label) : way->label;
            continue;
        }
        const VgSlot slots[] = {{"channel", way->label},
                                {"e", number(view, e->estimate, 1)},
                                {"limit", number(view, limit->estimate, 1)}};
        vg_buffer_text(out, "<li>");
        vg_put_phrase(out, "mechanism.e_value", slots, 3);
        vg_buffer_text(out, "</li>");
    }
    if (others) {
        const VgSlot slots[] = {{"channels", others}};
        vg_buffer_text(out, "<li>");
        vg_put_phrase(out, "mechanism.e_value.holds_nought", slots, 1);
        vg_buffer_text(out, "</li>");
    }
    vg_buffer_text(out, any ? "</ul>" : "");
}

static void sensitivity(VgBuffer *out, const VgView *view, const VgFigures *figures,
                        const VgMechanism *m)
{
    const VgDrawn *drawn = figure_of(view, figures, "sensitivity", m->analysis);
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    hidden_cause(out, view, m);
    vg_html_details(out, "The numbers behind this figure");
    vg_html_estimates(out, view, "Sensitivity by channel", m->analysis->id, "sensitivity");
    vg_html_dataset(out, view, "Effect by correlation", m->analysis->id, "sensitivity");
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

static void reliability(VgBuffer *out, const VgView *view, const VgFigures *figures,
                        const VgMechanism *m)
{
    const VgDrawn *drawn = figure_of(view, figures, "reliability", m->analysis);
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    vg_html_dataset(out, view, "Effect by reliability", m->analysis->id, "reliability_curve");
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

/* ---- what it rests on ---- */

/* What an assumption is about, in words; its own name where it is none of the usual ("hidden cause: strain"). */
static const char *about(const VgView *view, const char *name)
{
    static const char *const WORDS[][2] = {
        {"T to M, T to Y", "Treatment to channels and outcome"},
        {"T to M", "Treatment to channel"},
        {"T to Y", "Treatment to outcome"},
        {"M to Y", "Channels to outcome"},
        {"M before Y", "Order in time"},
        {"M without error", "Measurement error"},
        {"between mediators", "Between channels"},
        {"no tangled cause", "No cause that the treatment changes too"},
        {"models", "Form of the models"},
        {"overlap", "Overlap of the arms"},
        {"given, not taken", "Given, not taken"}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (vg_same_text(name, WORDS[i][0]))
            return WORDS[i][1];
    char *words = vg_arena_strdup(view->arena, name ? name : "");
    if (words && *words >= 'a' && *words <= 'z')
        *words = (char)(*words - 'a' + 'A');
    return words;
}

static void assumption_list(VgBuffer *out, const VgView *view, const VgDataset *d,
                            const char *const *status, size_t n_statuses, const char *heading)
{
    bool any = false;
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *own = vg_cell_text(d, "status", i);
        bool wanted = false;
        for (size_t k = 0; k < n_statuses; k++)
            wanted = wanted || vg_same_text(own, status[k]);
        if (!wanted)
            continue;
        if (!any)
            vg_buffer_printf(out, "<div><h4>%s</h4><ul>", heading);
        any = true;
        vg_buffer_text(out, "<li><b>");
        vg_put_escaped(out, about(view, vg_cell_text(d, "assumption", i)));
        vg_buffer_text(out, ":</b> ");
        vg_put_escaped(out, vg_cell_text(d, "text", i));
        vg_buffer_text(out, vg_same_text(own, "checked")      ? " (checked in the data)"
                            : vg_same_text(own, "overridden") ? " (overridden by the plan)"
                                                              : "");
        vg_buffer_text(out, "</li>");
    }
    if (any)
        vg_buffer_text(out, "</ul></div>");
}

static void assumptions(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    static const char *const HELD[] = {"design", "checked"}, *const BELIEVED[] = {"assumed",
                                                                                  "overridden"};
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "assumptions");
    if (!d || !d->n_rows)
        return;
    vg_buffer_text(out, "<div class=\"beside\">");
    assumption_list(out, view, d, HELD, 2, "Guaranteed by the design, or checked");
    assumption_list(out, view, d, BELIEVED, 2, "Must be believed");
    vg_buffer_text(out, "</div>");
}

/* What was taken of each treatment until the channels, and the outcome, were measured. */
static void adherence(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    static const char *const HEAD[] = {"Treatment", "Arm",  "Until",
                                       "People",    "Mean", "Took less than 80 %"};
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "adherence");
    const char *early = vg_mechanism_fact(view, a, "mediators_at"),
               *late = vg_mechanism_fact(view, a, "outcome_at");
    VgBuffer rows = {0};
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *visit = vg_cell_text(d, "visit", i), *what = vg_cell_text(d, "component", i);
        if (!visit || (!vg_same_text(visit, early) && !vg_same_text(visit, late)))
            continue;
        vg_buffer_text(&rows, "<tr>");
        vg_html_text_cell(&rows, what ? vg_view_words(view, what) : "all", true);
        vg_html_text_cell(&rows, vg_view_arm_label(view, vg_cell_text(d, "arm", i)), false);
        vg_html_text_cell(&rows, vg_view_visit_label(view, visit), false);
        vg_html_number_cell(&rows, vg_cell_number(d, "n", i), 0);
        vg_buffer_printf(&rows, "<td class=\"n\">%.0f %%</td><td class=\"n\">%.0f %%</td></tr>",
                         100 * vg_cell_number(d, "mean", i), 100 * vg_cell_number(d, "below", i));
    }
    if (rows.length) {
        vg_html_details(out, "How much of each treatment was taken");
        vg_html_table_head(out, "Adherence, as a share of what was given");
        for (size_t j = 0; j < sizeof HEAD / sizeof *HEAD; j++)
            vg_html_table_heading(out, HEAD[j], j > 2);
        vg_buffer_text(out, "</tr></thead><tbody>");
        vg_buffer_append(out, rows.text, rows.length);
        vg_html_table_foot(out);
        vg_buffer_text(out, "</details>");
    }
    out->failed = out->failed || rows.failed;
    vg_buffer_free(&rows);
}

static void tables(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    VgBuffer body = {0};
    vg_html_estimates(&body, view, "Arrows to and from the channels' scores", a->id, "arrow");
    vg_html_estimates(&body, view, "Smallest effect through a channel seen with 80 % power", a->id,
                      "detectable_indirect");
    vg_html_dataset(&body, view, "In sentences", a->id, "sentences");
    vg_html_facts(&body, view, "Fit", a->id);
    vg_html_fold(out, "More numbers of this analysis", &body);
}

static void one_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    VgMechanism m;
    const char *answer = vg_mechanism_fact(view, a, "answer");
    bool any = vg_mechanism_read(view, a, &m);
    vg_buffer_text(out, "<h3>");
    vg_put_escaped(out, a->label);
    vg_buffer_text(out, "</h3>");
    vg_html_no_answer(out, a);
    if (answer) {
        vg_buffer_text(out, "<p class=\"lead\">");
        vg_put_escaped(out, answer);
        vg_buffer_text(out, "</p>");
    }
    how(out, view, a);
    if (any)
        verdicts(out, view, &m);
    axis(out, view, figures, a);
    if (any) {
        effects(out, view, figures, a);
        sensitivity(out, view, figures, &m);
        reliability(out, view, figures, &m);
    }
    assumptions(out, view, a);
    adherence(out, view, a);
    tables(out, view, a);
}

void vg_section_mechanism(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    bool any = false;
    for (size_t i = 0; i < view->n_analyses; i++) {
        if (!vg_is_mechanism(&view->analysis[i]))
            continue;
        if (!any)
            vg_html_say(out, "p", NULL, "mechanism.what", NULL, 0);
        any = true;
        one_analysis(out, view, figures, &view->analysis[i]);
    }
}
