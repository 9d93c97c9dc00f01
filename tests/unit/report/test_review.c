/* The page and the figures of a review: nothing dropped, ratios shown as ratios, what always stands there. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include "report/catalogue.h"
#include "report/forest.h"
#include "report/html.h"
#include "support/fixture_result.h"
#include "support/fixture_review.h"

typedef struct Page {
    VgArena *arena;
    VgView view;
    VgFigures figures;
    VgBuffer html;
} Page;

static void open_page(Page *page, VgResult *(*make)(VgArena *))
{
    VgError error = {0};
    *page = (Page){.arena = vg_arena_create()};
    VgResult *result = make(page->arena);
    assert_non_null(result);
    WITNESS_OK(vg_view_create(page->arena, result, &page->view, &error), &error);
    vg_figures_draw(&page->view, &page->figures);
    vg_html_page(&page->html, &page->view, &page->figures);
    WITNESS_OK(vg_buffer_status(&page->html, &error), &error);
}

static void close_page(Page *page)
{
    vg_buffer_free(&page->html);
    vg_figures_free(&page->figures);
    vg_arena_destroy(page->arena);
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static const VgDrawn *figure(const Page *page, const char *id)
{
    for (size_t i = 0; i < page->figures.n; i++)
        if (strcmp(page->figures.drawn[i].id, id) == 0)
            return &page->figures.drawn[i];
    fail_msg("no figure %s", id);
    return NULL;
}

static void every_dataset_of_the_contract_has_its_figure(void **unused)
{
    (void)unused;
    static const char *const ids[] = {"forest-primary",
                                      "forest-response",
                                      "forest-many",
                                      "forest-part2-many",
                                      "bubble-primary",
                                      "baujat-primary",
                                      "influence-primary",
                                      "leave-one-out-primary",
                                      "cumulative-primary",
                                      "funnel-primary",
                                      "selection-primary",
                                      "network-network",
                                      "ranking-network",
                                      "scores-network",
                                      "league-network",
                                      "components-network",
                                      "net-heat-network",
                                      "split-network",
                                      "comparison-funnel-network",
                                      "bias",
                                      "summary-bias"};
    Page page;
    open_page(&page, fixture_review);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        figure(&page, ids[i]);
        char name[80];
        snprintf(name, sizeof name, "id=\"figure-%s\"", ids[i]);
        assert_int_equal(count(page.html.text, name), 1); /* drawn and shown */
    }
    assert_int_equal(page.figures.n, count(page.html.text, "class=\"shown\""));
    close_page(&page);
}

static void a_forest_draws_each_study_subtotal_and_pooled_effect(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const char *svg = figure(&page, "forest-primary")->svg.text;
    assert_int_equal(count(svg, "class=\"square\""), REVIEW_STUDIES);
    assert_int_equal(count(svg, "class=\"sign\""), 6 * REVIEW_STUDIES);
    assert_non_null(strstr(svg, "added to an antidepressant"));
    assert_non_null(strstr(svg, "Prediction interval"));
    assert_non_null(strstr(svg, "Heterogeneity: τ² = "));
    assert_non_null(strstr(svg, "← better: probiotic"));
    size_t many = count(figure(&page, "forest-many")->svg.text, "class=\"square\"") +
                  count(figure(&page, "forest-part2-many")->svg.text, "class=\"square\"");
    assert_int_equal(many, REVIEW_MANY - 1); /* one lies beyond the axis: an arrow stands for it */
    assert_non_null(strstr(figure(&page, "forest-many")->caption, "Rows 1 to"));
    close_page(&page);
}

static void rows_of_words_have_no_lines_through_them(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const VgPlotPanel *panel = figure(&page, "forest-primary")->plot->panel[0];
    size_t lines = 0;
    for (size_t i = 0; i < panel->n_layers; i++) {
        const VgPlotLayer *layer = panel->layer[i];
        for (size_t k = 0; layer->mark == VG_MARK_SEGMENT && k < layer->n; k++) {
            lines++;
            for (size_t row = 0; row < panel->y.n_ticks; row++)
                if (panel->y.row[row] == VG_ROW_ACROSS)
                    assert_true(layer->y2[k] < (double)row || layer->y[k] > (double)row);
        }
    }
    assert_true(lines >= 4); /* two, each in pieces */
    close_page(&page);
}

static void the_important_difference_is_a_band_and_told(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const VgDrawn *drawn = figure(&page, "forest-primary");
    const VgPlotPanel *panel = drawn->plot->panel[0];
    size_t bands = 0;
    for (size_t i = 0; i < panel->n_layers; i++)
        if (panel->layer[i]->mark == VG_MARK_AREA) {
            bands++;
            assert_true(panel->layer[i]->x[0] == -0.24 && panel->layer[i]->x[1] == 0.24);
        }
    assert_true(bands > 0);
    assert_non_null(strstr(drawn->caption, "smallest difference that matters (±0.24"));
    close_page(&page);
}

static void studies_of_several_arms_are_shaded(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const VgDrawn *drawn = figure(&page, "network-network");
    const VgPlotPanel *panel = drawn->plot->panel[0];
    size_t corners[2] = {0}, n = 0;
    for (size_t i = 0; i < panel->n_layers; i++)
        if (panel->layer[i]->mark == VG_MARK_AREA && n < 2)
            corners[n++] = panel->layer[i]->n;
    assert_true(n == 2 && corners[0] == 3 && corners[1] == 4);
    assert_non_null(strstr(drawn->caption, "2 studies have more than two arms: shaded"));
    assert_non_null(strstr(figure(&page, "league-part2-wide")->caption, "Columns "));
    close_page(&page);
}

static void ratios_stand_on_axes_of_ratios(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const VgPlot *plot = figure(&page, "forest-response")->plot;
    const VgPlotAxis *axis = &plot->panel[0]->x;
    bool one = false;
    assert_true(axis->n_ticks >= 3);
    for (size_t i = 0; i < axis->n_ticks; i++) {
        assert_true(fabs(exp(axis->tick[i]) - atof(axis->tick_label[i])) <
                    1e-5 * exp(axis->tick[i]));
        one = one || strcmp(axis->tick_label[i], "1") == 0;
    }
    assert_true(one);
    close_page(&page);
}

static void ratio_ticks_are_few_round_and_within_the_axis(void **unused)
{
    (void)unused;
    static const double ranges[][2] = {{0.9, 1.1}, {0.5, 2}, {0.01, 30}, {1e-6, 1e6}, {1e-20, 3}};
    VgArena *arena = vg_arena_create();
    VgPlot *plot = vg_plot_create(arena, "x", "x", NULL);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        VgPlotAxis axis = {0};
        vg_axis_ratios(plot, &axis, NULL, log(ranges[i][0]), log(ranges[i][1]), 6);
        assert_true(axis.n_ticks >= 1 && axis.n_ticks <= 9);
        for (size_t k = 0; k < axis.n_ticks; k++)
            assert_true(axis.tick[k] >= axis.low - 1e-9 && axis.tick[k] <= axis.high + 1e-9);
    }
    assert_false(plot->failed);
    vg_arena_destroy(arena);
}

static void more_layers_and_panels_than_any_fixed_limit_are_kept(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgPlot *plot = vg_plot_create(arena, "x", "x", NULL);
    for (int i = 0; i < 30; i++) {
        VgPlotPanel *panel = vg_plot_panel(plot, "panel");
        for (int k = 0; k < 90; k++)
            assert_non_null(vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL));
    }
    assert_int_equal(plot->n_panels, 30);
    assert_int_equal(plot->panel[29]->n_layers, 90);
    vg_arena_destroy(arena);
}

static void the_page_starts_with_the_answer_and_ends_in_plain_words(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const char *html = page.html.text, *answer = strstr(html, "<section id=\"answer\""),
               *forest = strstr(html, "<section id=\"forest\""),
               *patient = strstr(html, "<section id=\"patient\"");
    assert_true(answer && forest && patient && answer < forest && forest < patient);
    assert_non_null(strstr(answer, "⊕⊕◯◯ low"));
    assert_non_null(strstr(patient, vg_phrase("patient.standing")));
    assert_non_null(strstr(patient, "We put together 14 studies with 840 people."));
    assert_null(strstr(html, "[review."));
    assert_null(strstr(html, "[patient."));
    assert_null(strstr(patient, "Hedges"));
    close_page(&page);
}

static void the_answer_has_its_picture_and_other_analyses_a_line_each(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, fixture_review);
    const char *html = page.html.text, *others = strstr(html, "<section id=\"others\""),
               *studies = strstr(html, "<section id=\"forest\""),
               *forest = strstr(html, "id=\"figure-forest-primary\"");
    assert_true(others && studies && forest && forest < others && others < studies);
    assert_non_null(strstr(studies, "href=\"#figure-forest-primary\""));
    figure(&page, "analyses-primary");
    const char *table = strstr(others, "<tbody>"), *end = strstr(others, "</tbody>");
    assert_true(table && end && strstr(table, "(main analysis)") < end);
    const char *ratio = strstr(table, "Odds ratio ");
    assert_true(ratio && ratio < end); /* of another measure than the heading names */
    close_page(&page);
}

static VgResult *bare(VgArena *arena)
{
    static const char *const columns[] = {"id", "kind"};
    VgResult *r = vg_result_create(arena, "meta");
    vg_result_text(r, VG_FACTS_STUDY, NULL, "kind", "review");
    VgDataset *d = vg_result_dataset(r, NULL, "analyses", columns, 2);
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "kind", "meta");
    return r;
}

static void a_review_that_holds_next_to_nothing_still_has_a_page(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, bare);
    assert_int_equal(page.figures.n, 0);
    assert_non_null(strstr(page.html.text, "<section id=\"answer\""));
    assert_non_null(strstr(page.html.text, vg_phrase("patient.standing")));
    close_page(&page);
}

/* A method command: one analysis without a name. */
static VgResult *command(VgArena *arena)
{
    static const char *const columns[] = {"study", "#estimate", "#se", "#lower", "#upper"};
    VgResult *r = bare(arena);
    VgDataset *d = vg_result_dataset(r, NULL, "studies", columns, 5);
    for (int i = 0; i < 3; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", i ? i > 1 ? "C" : "B" : "A");
        vg_dataset_set_number(r, d, "estimate", 0.1 * i);
        vg_dataset_set_number(r, d, "se", 0.1);
        vg_dataset_set_number(r, d, "lower", 0.1 * i - 0.2);
        vg_dataset_set_number(r, d, "upper", 0.1 * i + 0.2);
    }
    VgEstimate e = vg_estimate_blank();
    e.quantity = "pooled";
    e.term = "random";
    e.estimate = 0.1;
    e.se = 0.06;
    e.lower = -0.02;
    e.upper = 0.22;
    vg_result_estimate(r, &e);
    return r;
}

static void an_analysis_without_a_name_has_its_figures(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, command);
    figure(&page, "forest");
    figure(&page, "funnel");
    assert_non_null(strstr(page.html.text, "id=\"figure-forest\""));
    close_page(&page);
}

static VgResult *trial(VgArena *arena)
{
    return fixture_result(arena, -6);
}

static void a_trial_has_no_section_of_a_review(void **unused)
{
    (void)unused;
    Page page;
    open_page(&page, trial);
    assert_null(strstr(page.html.text, "<section id=\"certainty\""));
    assert_non_null(strstr(page.html.text, "<section id=\"harms\""));
    close_page(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_dataset_of_the_contract_has_its_figure),
        cmocka_unit_test(a_forest_draws_each_study_subtotal_and_pooled_effect),
        cmocka_unit_test(rows_of_words_have_no_lines_through_them),
        cmocka_unit_test(the_important_difference_is_a_band_and_told),
        cmocka_unit_test(studies_of_several_arms_are_shaded),
        cmocka_unit_test(ratios_stand_on_axes_of_ratios),
        cmocka_unit_test(ratio_ticks_are_few_round_and_within_the_axis),
        cmocka_unit_test(more_layers_and_panels_than_any_fixed_limit_are_kept),
        cmocka_unit_test(the_page_starts_with_the_answer_and_ends_in_plain_words),
        cmocka_unit_test(the_answer_has_its_picture_and_other_analyses_a_line_each),
        cmocka_unit_test(a_review_that_holds_next_to_nothing_still_has_a_page),
        cmocka_unit_test(an_analysis_without_a_name_has_its_figures),
        cmocka_unit_test(a_trial_has_no_section_of_a_review),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
