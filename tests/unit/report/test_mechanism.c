/* The section on mechanism: what it shows first, how arrows are drawn, what it must not print. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include "support/fixture_mechanism.h"
#include "support/fixture_result.h"
#include "support/report_page.h"

static const VgDrawn *figure(const Page *page, const char *kind)
{
    char id[80];
    snprintf(id, sizeof id, "mechanism-%s-mechanism", kind);
    for (size_t i = 0; i < page->figures.n; i++)
        if (strcmp(page->figures.drawn[i].id, id) == 0)
            return &page->figures.drawn[i];
    return NULL;
}

static const char *section(const Page *page)
{
    const char *at = strstr(page->html.text, "<section id=\"mechanism\"");
    assert_non_null(at);
    return at;
}

/* Where `what` stands in the section; it must stand there. */
static size_t place(const Page *page, const char *what)
{
    const char *at = strstr(section(page), what);
    if (!at)
        fail_msg("\"%s\" is not in the section", what);
    return (size_t)(at - page->html.text);
}

static void every_figure_is_drawn_and_shown_once(void **unused)
{
    (void)unused;
    static const char *const kinds[] = {"axis", "effects", "sensitivity", "reliability"};
    Page page;
    page_open(&page, fixture_with_mechanism);
    for (size_t i = 0; i < 4; i++) {
        char name[80];
        snprintf(name, sizeof name, "id=\"figure-mechanism-%s-mechanism\"", kinds[i]);
        assert_non_null(figure(&page, kinds[i]));
        assert_int_equal(page_count(page.html.text, name), 1);
    }
    page_close(&page);
    page_open(&page, fixture_with_unclear_mechanism);
    assert_null(figure(&page, "reliability")); /* no reliabilities were given */
    assert_null(strstr(section(&page), "Corrected"));
    page_close(&page);
}

static void the_answer_comes_first_and_what_must_be_believed_last(void **unused)
{
    (void)unused;
    static const char *const order[] = {"Of 5 channels, Immune carries part",
                                        "This trial cannot tell",
                                        "Carries part of the effect",
                                        "Works against the effect",
                                        "Carries less than half, perhaps nothing",
                                        "id=\"figure-mechanism-axis-",
                                        "id=\"figure-mechanism-effects-",
                                        "id=\"figure-mechanism-sensitivity-",
                                        "risk ratio of 3.1 each (E-value)",
                                        "id=\"figure-mechanism-reliability-",
                                        "Guaranteed by the design",
                                        "Must be believed",
                                        "More numbers of this analysis"};
    Page page;
    page_open(&page, fixture_with_mechanism);
    for (size_t i = 1; i < sizeof order / sizeof *order; i++)
        if (place(&page, order[i - 1]) >= place(&page, order[i]))
            fail_msg("\"%s\" stands after \"%s\"", order[i - 1], order[i]);
    /* the answer of the whole page tells it too, and leads here */
    const char *told = strstr(page.html.text, "How it may have worked: Of 5 channels");
    assert_non_null(told);
    assert_true(told < strstr(page.html.text, "no reason to stop or change"));
    page_close(&page);
}

static void a_trial_that_cannot_tell_says_so_before_anything_else(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_unclear_mechanism);
    assert_true(place(&page, "<p class=\"lead\">This trial cannot tell through which channel") <
                place(&page, "<svg"));
    assert_null(strstr(section(&page), "Carries part of the effect"));
    assert_int_equal(page_count(section(&page), "A trial like this finds about 6.2 points"), 5);
    page_close(&page);
}

static void arrows_show_what_they_rest_on_and_whether_they_exclude_nought(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_mechanism);
    const char *svg = figure(&page, "axis")->svg.text;
    const VgDataset *edges = vg_result_find_dataset(page.view.result, "mechanism", "axis_edges");
    size_t randomised = 0, assumed = 0, rest = 0, strong = 0;
    for (size_t i = 0; i < edges->n_rows; i++) {
        const char *status = vg_cell_text(edges, "status", i);
        randomised += strcmp(status, "randomised") == 0;
        assumed += strcmp(status, "assumed") == 0;
        rest += strcmp(status, "not estimated") == 0;
        strong += vg_cell_number(edges, "standardised_lower", i) > 0 ||
                  vg_cell_number(edges, "standardised_upper", i) < 0;
    }
    /* each kind of line once more in the key, and one thick line there */
    assert_int_equal(page_count(svg, "stroke=\"#0072b2\""), randomised + 2);
    assert_int_equal(page_count(svg, "stroke=\"#b34700\""), assumed + 1);
    assert_int_equal(page_count(svg, "stroke=\"#777777\""), rest + 1);
    assert_int_equal(page_count(svg, "stroke-width=\"3\""), strong + 1);
    assert_int_equal(page_count(svg, "font-weight=\"700\""), strong);
    assert_int_equal(page_count(svg, "stroke-dasharray=\"4 3\""), 2 + 1); /* vagal tone, strain */
    assert_non_null(strstr(svg, "rests on randomisation"));
    assert_non_null(strstr(svg, "must be believed"));
    assert_non_null(strstr(svg, ">−0.36<"));
    assert_non_null(strstr(svg, ">−0.61 to −0.11<"));
    page_close(&page);
}

static void shares_are_printed_only_where_they_may_be(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_mechanism);
    assert_non_null(strstr(figure(&page, "effects")->svg.text, "Share of total"));
    assert_non_null(strstr(figure(&page, "effects")->svg.text, "34 % (4 to 73)"));
    page_close(&page);
    page_open(&page, fixture_with_unclear_mechanism);
    const char *svg = figure(&page, "effects")->svg.text;
    assert_null(strstr(strstr(svg, "</desc>"), "Share of total"));
    assert_null(strstr(strstr(svg, "</desc>"), " % ("));
    page_close(&page);
}

static void bars_say_which_side_is_better(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_mechanism(arena);
    Page page;
    page_draw(&page, arena, result);
    assert_non_null(strstr(figure(&page, "effects")->svg.text, "← better"));
    vg_buffer_free(&page.html);
    vg_figures_free(&page.figures);
    for (size_t i = 0; i < result->n_facts; i++)
        if (strcmp(result->fact[i].key, "lower_is_better") == 0)
            result->fact[i].number = 0;
    page_draw(&page, arena, result);
    assert_non_null(strstr(figure(&page, "effects")->svg.text, "better →"));
    page_close(&page);
}

static void a_channel_of_which_nothing_is_known_is_told_what_could_have_been_found(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_mechanism); /* corrected: 2.8 × 0.98 for metabolites */
    assert_non_null(strstr(section(&page), "<b>Metabolites:</b> −1.1 (−3.0 to 0.8) points. A "
                                           "trial like this finds about 2.7 points and more"));
    assert_non_null(strstr(section(&page), "corrected for the measurement error of its markers. "
                                           "Less than nought is benefit."));
    assert_null(strstr(section(&page), "<b>Vagal tone:</b>")); /* not measured: no verdict */
    page_close(&page);
}

static void a_narrow_screen_has_every_arrow_in_words(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_mechanism);
    const char *list = strstr(section(&page), "<ul class=\"narrow\">");
    assert_non_null(list);
    const char *end = strstr(list, "</ul>"), *at = strstr(list, "<li>");
    size_t n = 0;
    for (; at && at < end; at = strstr(at + 1, "<li>"))
        n++;
    assert_int_equal(n,
                     vg_result_find_dataset(page.view.result, "mechanism", "axis_edges")->n_rows);
    const char *one = strstr(list, "Immune → Depression (BDI-II): <b>0.27</b> (0.13 to 0.42), "
                                   "rests on belief");
    assert_true(one && one < end);
    page_close(&page);
}

/* `second` asks of the same graph. */
static void add_second_question(VgResult *result)
{
    static const char *const COLUMN[] = {"from", "to", "#estimate"};
    VgDataset *plan = vg_result_dataset(result, NULL, "analyses", NULL, 0);
    vg_dataset_row(result, plan);
    vg_dataset_set_text(result, plan, "id", "second");
    vg_dataset_set_text(result, plan, "kind", "mechanism");
    VgDataset *copy = vg_result_dataset(result, "second", "axis_edges", COLUMN, 3);
    const VgDataset *edges = vg_result_find_dataset(result, "mechanism", "axis_edges");
    for (size_t i = 0; i < edges->n_rows; i++) {
        vg_dataset_row(result, copy);
        vg_dataset_set_text(result, copy, "from", vg_cell_text(edges, "from", i));
        vg_dataset_set_text(result, copy, "to", vg_cell_text(edges, "to", i));
        vg_dataset_set_number(result, copy, "estimate", vg_cell_number(edges, "estimate", i));
    }
}

static void the_same_graph_is_drawn_once(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_mechanism(arena);
    add_second_question(result);
    Page page;
    page_draw(&page, arena, result);
    assert_int_equal(page_count(page.html.text, "class=\"wide broad\""), 1);
    assert_non_null(strstr(section(&page), "href=\"#figure-mechanism-axis-mechanism\">that above"));
    page_close(&page);
}

static void what_was_taken_is_told_at_the_visits_of_the_question(void **unused)
{
    (void)unused;
    static const char *const COLUMN[] = {"component", "arm", "visit", "#n", "#mean", "#below"};
    static const char *const VISIT[] = {"m2", "m5", "m8"};
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_mechanism(arena);
    VgDataset *d = vg_result_dataset(result, NULL, "adherence", COLUMN, 6);
    for (size_t i = 0; i < 3; i++) {
        vg_dataset_row(result, d);
        vg_dataset_set_text(result, d, "component", "computer_cbt");
        vg_dataset_set_text(result, d, "arm", "both");
        vg_dataset_set_text(result, d, "visit", VISIT[i]);
        vg_dataset_set_number(result, d, "n", 44);
        vg_dataset_set_number(result, d, "mean", 0.9 - 0.1 * (double)i);
        vg_dataset_set_number(result, d, "below", 0.25);
    }
    Page page;
    page_draw(&page, arena, result);
    assert_non_null(strstr(section(&page), ">80 %<"));
    assert_non_null(strstr(section(&page), ">70 %<"));
    assert_null(strstr(section(&page), ">90 %<")); /* before the channels were measured */
    page_close(&page);
}

/* What is marked on the printed curve is marked on the interactive one. */
static void rules_stand_in_the_interactive_figure_too(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_mechanism);
    VgBuffer spec = {0};
    vg_plot_vega(&spec, figure(&page, "sensitivity")->plot);
    assert_non_null(
        strstr(spec.text, "{\"values\":[{\"g\":0,\"x\":-0.38}]},\"mark\":{\"type\":\"rule\""));
    assert_non_null(
        strstr(spec.text, "{\"values\":[{\"g\":0,\"y\":0}]},\"mark\":{\"type\":\"rule\""));
    assert_null(strstr(spec.text, "\"values\":[]"));
    vg_buffer_free(&spec);
    page_close(&page);
}

/* The rows that an older or smaller result lacks are left out, not drawn wrongly. */
static void a_mechanism_that_holds_next_to_nothing_still_has_a_page(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_mechanism(arena);
    result->n_estimates = 0;
    for (size_t i = 0; i < result->n_datasets; i++)
        if (result->dataset[i].analysis && strcmp(result->dataset[i].analysis, "mechanism") == 0)
            result->dataset[i].n_rows = 0;
    vg_result_text(result, VG_FACTS_FIT, "mechanism", "failed", "too few <participants>");
    Page page;
    page_draw(&page, arena, result);
    assert_non_null(strstr(section(&page), "too few &lt;participants&gt;"));
    assert_null(figure(&page, "axis"));
    assert_null(figure(&page, "effects"));
    page_close(&page);
    arena = vg_arena_create();
    page_draw(&page, arena, fixture_result(arena, -6));
    assert_null(strstr(page.html.text, "id=\"mechanism\""));
    assert_null(strstr(page.html.text, "#mechanism"));
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_is_drawn_and_shown_once),
        cmocka_unit_test(the_answer_comes_first_and_what_must_be_believed_last),
        cmocka_unit_test(a_trial_that_cannot_tell_says_so_before_anything_else),
        cmocka_unit_test(arrows_show_what_they_rest_on_and_whether_they_exclude_nought),
        cmocka_unit_test(shares_are_printed_only_where_they_may_be),
        cmocka_unit_test(bars_say_which_side_is_better),
        cmocka_unit_test(a_channel_of_which_nothing_is_known_is_told_what_could_have_been_found),
        cmocka_unit_test(a_narrow_screen_has_every_arrow_in_words),
        cmocka_unit_test(the_same_graph_is_drawn_once),
        cmocka_unit_test(what_was_taken_is_told_at_the_visits_of_the_question),
        cmocka_unit_test(rules_stand_in_the_interactive_figure_too),
        cmocka_unit_test(a_mechanism_that_holds_next_to_nothing_still_has_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
