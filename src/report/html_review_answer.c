/* The answer of a review: its first sentences, its picture, the rest; and what other analyses make of it. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/forest.h"
#include "report/html_review.h"

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
        vg_review_item(out, response ? "Response" : "Number to treat", vg_view_kept(view, &text));
    }
}

static void pooled_numbers(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    VgForest *forest = vg_forest_of_studies(view->arena, view->result, a->id);
    VgBuffer list = {0};
    for (size_t i = 0; forest && i < forest->n; i++) {
        const VgForestRow *row = &forest->row[i];
        if (row->kind == VG_FOREST_POOLED || row->kind == VG_FOREST_PREDICTION)
            vg_review_item(&list, row->label,
                           vg_arena_printf(view->arena, "%s %s", forest->measure, row->effect));
    }
    vg_review_item(&list, "Heterogeneity",
                   vg_heterogeneity_text(view->arena, view->result, a->id, NULL));
    vg_review_item(&list, "Studies", whole(view, a, "n_studies"));
    vg_review_item(&list, "Treatments", whole(view, a, "n_treatments"));
    vg_review_item(&list, "People", whole(view, a, "n_participants"));
    absolute_numbers(&list, view, a);
    const char *certainty = vg_certainty(view, a);
    if (certainty)
        vg_review_item(
            &list, "Certainty (GRADE)",
            vg_arena_printf(view->arena, "%s %s", vg_certainty_symbol(certainty), certainty));
    if (list.length) {
        vg_buffer_text(out, "<dl>");
        vg_buffer_append(out, list.text, list.length);
        vg_buffer_text(out, "</dl>");
    }
    out->failed = out->failed || list.failed;
    vg_buffer_free(&list);
}

static const char *sentence(const VgDataset *d, size_t i)
{
    const char *text = vg_cell_text(d, "text", i);
    return text ? text : "";
}

static const VgDataset *sentences(const VgView *view, const VgViewAnalysis *a)
{
    return vg_result_find_dataset(view->result, a->id, "sentences");
}

static void say(VgBuffer *out, const char *text, bool lead)
{
    vg_buffer_text(out, lead ? "<p class=\"lead\">" : "<p>");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</p>");
}

static void could_not_be_had(VgBuffer *out, const char *why)
{
    vg_buffer_text(out, "<p class=\"warning\"><strong>This could not be had:</strong> ");
    vg_put_escaped(out, why);
    vg_buffer_text(out, "</p>");
}

/* ---- the picture ---- */

static bool has_interactions(const VgView *view, const VgViewAnalysis *a)
{
    const VgEstimate *e = vg_is_network(a) ? vg_headline(view, a) : NULL;
    return e && vg_same_text(e->quantity, "component");
}

const char *vg_review_answer_figure(const VgView *view, const VgFigures *figures,
                                    const VgViewAnalysis *a)
{
    static const char *const orders[3][3] = {
        {"pooled", "forest"},
        {"ranking", "components"},
        {"components", "ranking"}}; /* an interaction is asked */
    const char *const *order = orders[!vg_is_network(a) ? 0 : has_interactions(view, a) ? 2 : 1];
    for (size_t i = 0; a == vg_leading(view, a) && i < 2; i++)
        if (vg_review_drawn(figures, a, order[i]))
            return order[i];
    return NULL;
}

static VgBehind behind_answer(const char *kind)
{
    if (vg_same_text(kind, "ranking"))
        return (VgBehind){{"contrast", "prediction"}, {NULL}};
    if (vg_same_text(kind, "components"))
        return (VgBehind){{"component", "component_test", "interaction_test"}, {"component_types"}};
    return (VgBehind){{"pooled", "prediction"}, {"studies"}};
}

/* ---- the answer ---- */

/* Sentences that stand before the picture; bytes of one that may be set large. */
enum { BEFORE_PICTURE = 3, LONGEST_LEAD = 300 };

static void write_answer(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    if (a != vg_leading(view, a))
        return; /* among the other analyses */
    if (a->failed) {
        could_not_be_had(out, a->failed);
        return;
    }
    const VgDataset *d = sentences(view, a);
    const char *kind = vg_review_answer_figure(view, figures, a);
    size_t n = d ? d->n_rows : 0, before = n < BEFORE_PICTURE ? n : BEFORE_PICTURE;
    for (size_t i = 0; i < before; i++)
        say(out, sentence(d, i),
            i == 0 && a == view->primary && strlen(sentence(d, i)) <= LONGEST_LEAD);
    if (kind)
        vg_review_show(out, view, figures, a, kind, behind_answer(kind));
    for (size_t i = before; i < n; i++)
        say(out, sentence(d, i), false);
    pooled_numbers(out, view, a);
    vg_html_estimates(out, view, "Power of the network to see the interaction", a->id, "power");
}

void vg_review_answer(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const char *question = vg_view_fact(view, "question");
    if (question) {
        vg_buffer_text(out, "<p class=\"question\">");
        vg_put_escaped(out, question);
        vg_buffer_text(out, "</p>");
    }
    vg_review_by_analysis(out, view, figures, write_answer);
    vg_buffer_text(out, "<p class=\"standing\">");
    vg_put_phrase(out, "answer.standing", NULL, 0);
    vg_buffer_text(out, "</p>");
}

/* ---- the other analyses ---- */

static double estimate_of(const VgView *view, const VgViewAnalysis *a, const char *quantity)
{
    const VgEstimate *e = vg_forest_row(view->result, a->id, quantity, NULL, NULL);
    return e ? e->estimate : NAN;
}

static void put_range(VgBuffer *out, const VgForest *scale, const VgEstimate *e)
{
    vg_buffer_text(out, "[");
    vg_forest_put(out, scale, e->lower);
    vg_buffer_text(out, ", ");
    vg_forest_put(out, scale, e->upper);
    vg_buffer_text(out, "]");
}

enum { STUDIES, TREATMENTS, EFFECT, PREDICTION, TAU2, I2, P_BETWEEN, CELLS };

typedef struct Table {
    const VgViewAnalysis *leading;
    const char *measure, *name[CELLS];
    bool shown[CELLS];
    size_t n_shown, rows;
    int decimals;
} Table;

/* One cell of the table, or NULL. */
static const char *cell(const VgView *view, const Table *table, const VgViewAnalysis *a, int column)
{
    VgForest *scale = vg_forest_blank(view->arena, view->result, a->id, 0);
    const VgEstimate *e = vg_headline(view, a),
                     *next = vg_forest_row(view->result, a->id, "prediction", NULL, NULL),
                     *between = vg_forest_row(view->result, a->id, "q_inconsistency",
                                              "between designs, random effects", NULL);
    if (!between)
        between = vg_forest_row(view->result, a->id, "q_inconsistency", "between designs", NULL);
    VgBuffer text = {0};
    if (scale)
        scale->decimals = table->decimals;
    double tau2 = estimate_of(view, a, "tau2"), i2 = estimate_of(view, a, "i2");
    if (!scale)
        return NULL;
    switch (column) {
    case STUDIES:
        return whole(view, a, "n_studies") ? whole(view, a, "n_studies") : whole(view, a, "k");
    case TREATMENTS:
        return whole(view, a, "n_treatments");
    case EFFECT:
        if (!e)
            return NULL;
        if (!vg_same_text(scale->measure, table->measure))
            vg_buffer_printf(&text, "%s ", scale->measure);
        vg_forest_put(&text, scale, e->estimate);
        vg_buffer_text(&text, " ");
        put_range(&text, scale, e);
        break;
    case PREDICTION:
        if (vg_is_network(a) || !next || !isfinite(next->lower) || !isfinite(next->upper))
            return NULL;
        put_range(&text, scale, next);
        break;
    case TAU2:
        if (!isfinite(tau2))
            return NULL;
        vg_put_number(&text, tau2, tau2 > 0 && tau2 < 1 ? 1 - (int)floor(log10(tau2)) : 2);
        break;
    case I2:
        if (!isfinite(i2))
            return NULL;
        vg_put_number(&text, i2, i2 > 0 && i2 < 10 ? 1 : 0);
        vg_buffer_text(&text, "%");
        break;
    default:
        if (!between || !isfinite(between->p))
            return NULL;
        return vg_p_text(view, between->p);
    }
    return vg_view_kept(view, &text);
}

static bool in_table(const VgView *view, const VgViewAnalysis *leading, const VgViewAnalysis *a)
{
    return vg_leading(view, a) == leading && !vg_same_studies_again(view, a);
}

static void name_columns(Table *table, const VgView *view)
{
    const char *what =
        vg_is_network(table->leading) ? vg_headline_label(view, table->leading) : NULL;
    double level = 100 * view->result->level;
    table->name[STUDIES] = "Studies";
    table->name[TREATMENTS] = "Treatments";
    table->name[EFFECT] = vg_arena_printf(view->arena, "%s%s%s [%.4g%% CI]", what ? what : "",
                                          what ? ": " : "", table->measure, level);
    table->name[PREDICTION] = vg_arena_printf(view->arena, "%.4g%% prediction interval", level);
    table->name[TAU2] = "τ²";
    table->name[I2] = "I²";
    table->name[P_BETWEEN] = "Inconsistency between designs";
}

static void table_row(VgBuffer *out, const VgView *view, const Table *table,
                      const VgViewAnalysis *a)
{
    bool leads = a == table->leading;
    vg_buffer_text(out, leads ? "<tr class=\"main\">" : "<tr>");
    vg_buffer_text(out, "<th scope=\"row\">");
    vg_put_escaped(out, a->label ? a->label : "");
    vg_buffer_text(out, leads ? " (main analysis)</th>" : "</th>");
    if (a->failed) {
        vg_buffer_printf(out, "<td colspan=\"%zu\">could not be had: ", table->n_shown);
        vg_put_escaped(out, a->failed);
        vg_buffer_text(out, "</td>");
    }
    for (int j = 0; !a->failed && j < CELLS; j++) {
        if (!table->shown[j])
            continue;
        /* its name stands beside a cell where the screen is too narrow for columns */
        vg_buffer_text(out, "<td class=\"n\" data-name=\"");
        vg_put_escaped(out, table->name[j]);
        vg_buffer_text(out, "\">");
        vg_put_escaped(out, cell(view, table, a, j));
        vg_buffer_text(out, "</td>");
    }
    vg_buffer_text(out, "</tr>");
}

/* All analyses of a kind, the leading one first, a line each; nothing where there is only one. */
static void put_table(VgBuffer *out, const VgView *view, const VgViewAnalysis *leading)
{
    const VgForest *scale = vg_forest_blank(view->arena, view->result, leading->id, 0);
    Table table = {.leading = leading,
                   .measure = scale ? scale->measure : "",
                   .decimals = vg_headline_decimals(view, leading)};
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        table.rows += in_table(view, leading, a);
        for (int j = 0; j < CELLS && in_table(view, leading, a); j++)
            table.shown[j] = table.shown[j] || cell(view, &table, a, j);
    }
    for (int j = 0; j < CELLS; j++)
        table.n_shown += table.shown[j];
    if (table.rows < 2 || !table.n_shown)
        return;
    name_columns(&table, view);
    vg_buffer_text(out, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"The "
                        "analyses beside each other\"><table class=\"grade analyses\"><caption>"
                        "The analyses beside each other</caption><thead><tr><th "
                        "scope=\"col\">Analysis</th>");
    for (int j = 0; j < CELLS; j++)
        if (table.shown[j]) {
            vg_buffer_text(out, "<th scope=\"col\" class=\"n\">");
            vg_put_escaped(out, table.name[j]);
            vg_buffer_text(out, "</th>");
        }
    vg_buffer_text(out, "</tr></thead><tbody>");
    table_row(out, view, &table, leading);
    for (size_t i = 0; i < view->n_analyses; i++)
        if (&view->analysis[i] != leading && in_table(view, leading, &view->analysis[i]))
            table_row(out, view, &table, &view->analysis[i]);
    vg_buffer_text(out, "</tbody></table></div>");
}

static bool said_before(const VgDataset *d, const char *text)
{
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(sentence(d, i), text))
            return true;
    return false;
}

/* What an analysis has to say that neither the table nor the leading analysis says. */
static void own_words(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = sentences(view, a), *said = sentences(view, vg_leading(view, a));
    VgBuffer body = {0};
    bool tabled = !vg_same_studies_again(view, a);
    bool sensitivity = vg_same_text(a->role, "sensitivity");
    size_t n = !d ? 0 : !sensitivity ? d->n_rows : vg_is_network(a) && d->n_rows ? 1 : 0;
    size_t spoken = 0;
    bool folded = false;
    for (size_t i = 0; i < n; i++) {
        if (said_before(said, sentence(d, i)) || (tabled && i == 0 && !vg_is_network(a)))
            continue; /* the first of a pairwise analysis is its pooled effect */
        if (spoken++ == BEFORE_PICTURE) {
            vg_html_details(&body, "All that this analysis says");
            folded = true;
        }
        say(&body, sentence(d, i), false);
    }
    if (a->failed && !tabled)
        could_not_be_had(&body, a->failed);
    if (!sensitivity)
        vg_html_estimates(&body, view, "Power of the network to see the interaction", a->id,
                          "power");
    vg_buffer_text(&body, folded ? "</details>" : "");
    if (body.length) {
        vg_buffer_text(out, "<h3>");
        vg_put_escaped(out, a->label ? a->label : "");
        vg_buffer_text(out, "</h3>");
        vg_buffer_append(out, body.text, body.length);
    }
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
}

void vg_review_others(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *leading = &view->analysis[i];
        if (vg_leading(view, leading) != leading)
            continue;
        put_table(out, view, leading);
        const VgDrawn *drawn = vg_review_drawn(figures, leading, "analyses");
        if (!drawn)
            continue;
        vg_html_figure(out, drawn);
        vg_html_details(out, "The numbers behind this figure");
        vg_buffer_text(out, "<p>They are those of the table above.</p></details>");
        vg_html_figure_end(out);
    }
    for (size_t i = 0; i < view->n_analyses; i++)
        if (vg_leading(view, &view->analysis[i]) != &view->analysis[i])
            own_words(out, view, &view->analysis[i]);
}
