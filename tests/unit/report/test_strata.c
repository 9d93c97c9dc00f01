/* The section on who benefits: the verdict before any picture, a group of pictures for each arm, a rule as a tree, and
 * nothing missing but what its own data lack. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include "report/strata.h"
#include "support/fixture_result.h"
#include "support/fixture_strata.h"
#include "support/report_page.h"

/* The section as a text of its own. */
static const char *section(const Page *page)
{
    const char *at = strstr(page->html.text, "<section id=\"for-whom\"");
    assert_non_null(at);
    const char *end = strstr(at, "</section>");
    char *copy = vg_arena_strdup(page->arena, at);
    assert_non_null(copy);
    copy[end - at] = '\0';
    return copy;
}

/* These stand in the section, in this order. */
static void in_order(const char *text, const char *const *what, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *at = strstr(text, what[i]);
        if (!at)
            fail_msg("\"%s\" is missing, or stands too early", what[i]);
        text = at + 1;
    }
}

static const VgDrawn *figure(const Page *page, const char *name)
{
    return vg_html_figure_named(&page->view, &page->figures, name);
}

static void the_verdict_stands_before_every_picture(void **unused)
{
    (void)unused;
    static const char *const order[] = {"<p class=\"lead\">The effect of both against",
                                        "<p class=\"lead\">These data do not show that the effect "
                                        "of fmt",
                                        "<p class=\"warning\">More outcomes are missing",
                                        "Less than nought is benefit.",
                                        "Usual care + online therapy against Usual care</h4>",
                                        "id=\"figure-strata-interactions-strata-1\"",
                                        "id=\"figure-strata-moderators-strata-1\"",
                                        "id=\"figure-strata-toc-strata-1\"",
                                        "id=\"figure-strata-groups-strata-1\"",
                                        "id=\"figure-strata-people-strata-1\"",
                                        "id=\"figure-strata-importance-strata-1\"",
                                        "Usual care + stool transplant against Usual care</h4>",
                                        "id=\"figure-strata-interactions-strata-2\"",
                                        "id=\"figure-strata-importance-strata-2\"",
                                        "A rule: who should get what?</h4>",
                                        "<p class=\"verdict\">A rule is recommended",
                                        "id=\"figure-strata-tree-strata\"",
                                        "id=\"figure-strata-worth-strata\"",
                                        "id=\"figure-strata-gaps-strata\""};
    Page page;
    page_open(&page, fixture_with_strata);
    in_order(section(&page), order, sizeof order / sizeof *order);
    assert_int_equal(page_count(section(&page), "class=\"shown\""), 17);
    const char *answer = strstr(page.html.text, "For whom: The effect of both");
    assert_true(answer && answer < strstr(page.html.text, "<section id=\"for-whom\""));
    assert_non_null(strstr(page.html.text, "<a href=\"#for-whom\">More</a>"));
    page_close(&page);
}

static void a_trial_that_cannot_tell_says_so_and_recommends_nothing(void **unused)
{
    (void)unused;
    static const char *const order[] = {
        "<p class=\"lead\">These data do not show", "<p class=\"warning\">With fewer than 400",
        "<p class=\"verdict\">No rule is recommended", "No rule beats treating all alike",
        "The best rule found (not recommended)"};
    Page page;
    page_open(&page, fixture_with_unclear_strata);
    in_order(section(&page), order, sizeof order / sizeof *order);
    assert_null(strstr(section(&page), "A rule is recommended:"));
    const VgDrawn *people = figure(&page, "strata-people-strata-1"),
                  *tree = figure(&page, "strata-tree-strata");
    assert_non_null(strstr(people->svg.text, ">Exploratory: fewer than 400 people<"));
    assert_non_null(strstr(people->svg.text, ">Spread of predictions, not of truth<"));
    assert_non_null(strstr(tree->svg.text, ">Not recommended<"));
    assert_null(strstr(tree->svg.text, vg_style_colour(1))); /* no arm is coloured */
    page_close(&page);
}

static void interactions_are_per_sd_with_words_and_what_could_not_be_seen(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    const VgDrawn *drawn = figure(&page, "strata-interactions-strata-1");
    const VgEstimate *row = NULL;
    for (size_t i = 0; i < page.view.result->n_estimates && !row; i++) {
        const VgEstimate *e = &page.view.result->estimate[i];
        if (strcmp(e->quantity, "interaction") == 0 && strcmp(e->arm, "both") == 0 &&
            strcmp(e->term, "crp") == 0)
            row = e;
    }
    assert_non_null(row);
    double sd = atof(strstr(row->note, "SD ") + 3),
           seen = atof(strchr(strstr(row->note, "SD "), ';') + 1);
    const VgPlotPanel *panel = drawn->plot->panel[0];
    bool point = false, bar = false;
    for (size_t i = 0; i < panel->n_layers; i++) {
        const VgPlotLayer *layer = panel->layer[i];
        for (size_t k = 0; k < layer->n; k++) {
            point = point || (layer->mark == VG_MARK_POINT && layer->y[k] == 1 &&
                              fabs(layer->x[k] - sd * row->estimate) < 1e-3 * fabs(layer->x[k]));
            bar = bar || (layer->mark == VG_MARK_SPAN_X && layer->y[k] == 1 &&
                          fabs(layer->x2[k] - seen) < 1e-2 * seen && layer->x[k] == -layer->x2[k]);
        }
    }
    assert_true(point && bar);
    assert_int_equal(page_count(drawn->svg.text, ">differs (p &lt; 0.0001)<"), 1);
    assert_int_equal(page_count(drawn->svg.text, ">not shown (p"), 4);
    assert_non_null(strstr(drawn->svg.text, "more of it, more benefit"));
    page_close(&page);
}

static void curves_have_their_band_the_average_and_the_size_of_windows(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    const VgPlot *plot = figure(&page, "strata-moderators-strata-1")->plot;
    const VgDataset *d = vg_result_find_dataset(page.view.result, "strata", "effect_curve");
    assert_int_equal(plot->n_panels, 4); /* sex has two values: no curve */
    for (size_t p = 0; p < plot->n_panels; p++) {
        const VgPlotPanel *panel = plot->panel[p];
        size_t band = 0, average = 0;
        for (size_t i = 0; i < panel->n_layers; i++) {
            const VgPlotLayer *layer = panel->layer[i];
            band += layer->mark == VG_MARK_AREA ? layer->n : 0;
            average += layer->mark == VG_MARK_RULE_Y && layer->light ? layer->n : 0;
        }
        assert_true(band >= 16 && average == 1);
        assert_non_null(strstr(panel->x.label, "windows of"));
    }
    const VgPlotLayer *band = NULL;
    for (size_t i = 0; i < plot->panel[0]->n_layers; i++)
        if (plot->panel[0]->layer[i]->mark == VG_MARK_AREA)
            band = plot->panel[0]->layer[i];
    assert_true(band->y[0] == vg_cell_number(d, "band_lower", 0));
    assert_true(band->y[band->n - 1] == vg_cell_number(d, "band_upper", 0));
    assert_non_null(strstr(plot->panel[1]->x.label, "mg/L"));
    assert_string_equal(plot->panel[1]->title, "C-reactive protein");
    page_close(&page);
}

static void a_histogram_counts_everybody(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    const VgPlot *plot = figure(&page, "strata-people-strata-1")->plot;
    double people = 0;
    for (size_t i = 0; i < plot->panel[1]->n_layers; i++) {
        const VgPlotLayer *layer = plot->panel[1]->layer[i];
        for (size_t k = 0; k < layer->n; k++)
            people += layer->mark == VG_MARK_BAR_X ? layer->x[k] : 0;
    }
    const VgDataset *d = vg_result_find_dataset(page.view.result, "strata", "person_effects");
    size_t rows = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        rows += strcmp(vg_cell_text(d, "arm", i), "both") == 0;
    assert_true(people == (double)rows);
    page_close(&page);
}

static void the_tree_reads_the_same_as_its_words(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    const VgDrawn *drawn = figure(&page, "strata-tree-strata");
    const VgDataset *d = vg_result_find_dataset(page.view.result, "strata", "policy_tree");
    size_t leaves = 0, questions = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        leaves += vg_cell_text(d, "arm", i) != NULL;
        questions += vg_cell_text(d, "feature", i) != NULL;
    }
    assert_int_equal(page_count(drawn->svg.text, " or less?<"), questions);
    assert_int_equal(page_count(drawn->svg.text, ">holds in "), leaves); /* how sure each is */
    assert_int_equal(page_count(drawn->svg.text, ">yes<"), questions);
    assert_int_equal(page_count(drawn->svg.text, ">no<"), questions);
    const char *words = strstr(section(&page), "id=\"figure-strata-tree-strata\"");
    char *list = vg_arena_strdup(page.arena, strstr(words, "<ul>"));
    *strstr(list, "</ul>") = '\0';
    assert_int_equal(page_count(list, "<li>"), leaves);
    assert_non_null(strstr(list, "C-reactive protein is"));
    assert_non_null(strstr(list, "mg/L or less"));
    page_close(&page);
}

/* Two questions about one thing are told as one. */
static void bounds_of_one_feature_are_put_together(void **unused)
{
    (void)unused;
    static const char *const COLUMN[] = {"#node",  "feature", "#cut", "#left",
                                         "#right", "arm",     "#n"};
    static const double NUMBER[][5] = {{0, 3.5, 1, 2, 90},
                                       {1, 1.5, 3, 4, 50},
                                       {2, NAN, NAN, NAN, 40},
                                       {3, NAN, NAN, NAN, 20},
                                       {4, NAN, NAN, NAN, 30}};
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_unclear_strata(arena);
    VgDataset *d = vg_result_dataset(result, "other", "policy_tree", COLUMN, 7);
    for (size_t i = 0; i < 5; i++) {
        vg_dataset_row(result, d);
        vg_dataset_set_number(result, d, "node", NUMBER[i][0]);
        vg_dataset_set_number(result, d, "cut", NUMBER[i][1]);
        vg_dataset_set_number(result, d, "left", NUMBER[i][2]);
        vg_dataset_set_number(result, d, "right", NUMBER[i][3]);
        vg_dataset_set_number(result, d, "n", NUMBER[i][4]);
        vg_dataset_set_text(result, d, i < 2 ? "feature" : "arm", i < 2 ? "crp" : "both");
    }
    VgView view;
    VgStrataView s;
    VgError error = {0};
    WITNESS_OK(vg_view_create(arena, result, &view, &error), &error);
    assert_true(vg_strata_read(&view, vg_view_analysis(&view, "strata"), &s));
    assert_string_equal(vg_strata_path(&view, &s, d, 4),
                        "C-reactive protein is over 1.5 mg/L, up to 3.5 mg/L");
    assert_string_equal(vg_strata_path(&view, &s, d, 3), "C-reactive protein is 1.5 mg/L or less");
    assert_string_equal(vg_strata_path(&view, &s, d, 2), "C-reactive protein is over 3.5 mg/L");
    assert_null(vg_strata_path(&view, &s, d, 0));
    vg_dataset_column(d, "feature")->text[1] = "drug=Yes"; /* a class: nought or one */
    vg_dataset_column(d, "cut")->number[1] = 0;
    assert_string_equal(vg_strata_path(&view, &s, d, 3),
                        "C-reactive protein is 3.5 mg/L or less and not drug=Yes");
    assert_string_equal(vg_strata_path(&view, &s, d, 4),
                        "C-reactive protein is 3.5 mg/L or less and drug=Yes");
    vg_arena_destroy(arena);
}

/* Parts compared with each other make no question for whom of their own. */
static void combinations_have_a_part_of_their_own(void **unused)
{
    (void)unused;
    static const char *const order[] = {"id=\"figure-strata-importance-strata-2\"",
                                        "Together with other treatments</h4>",
                                        "<p>These data do not show that the drug matters.",
                                        "id=\"figure-strata-background-strata\"",
                                        "id=\"figure-strata-components-strata\"",
                                        "A rule: who should get what?</h4>"};
    Page page;
    page_open(&page, fixture_with_strata);
    in_order(section(&page), order, sizeof order / sizeof *order);
    assert_int_equal(page_count(section(&page), "against Usual care</h4>"), 2);
    assert_null(strstr(section(&page), "against Usual care + stool transplant</h4>"));
    assert_int_equal(page_count(section(&page), "<p>These data do not show that the drug"), 1);
    const char *svg = figure(&page, "strata-background-strata")->svg.text;
    assert_non_null(strstr(svg, ">drug: Usual care + online therapy<"));
    assert_non_null(strstr(svg, ">cannot be told<"));
    assert_non_null(strstr(svg, ">difference: SSRI - none<"));
    svg = figure(&page, "strata-components-strata")->svg.text;
    assert_non_null(strstr(svg, ">departure from the sum of the parts<"));
    page_close(&page);
}

static void names_of_users_are_escaped(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    assert_non_null(strstr(section(&page), "Butyrate &lt;stool&gt;"));
    assert_null(strstr(section(&page), "<stool>"));
    page_close(&page);
}

/* Each dataset in turn is not there: its picture is missing, every other stays. */
static void what_is_missing_takes_nothing_else_with_it(void **unused)
{
    (void)unused;
    static const struct {
        const char *dataset, *figure;
    } PART[] = {{"effect_curve", "strata-moderators-strata-1"},
                {"toc", "strata-toc-strata-1"},
                {"person_effects", "strata-people-strata-1"},
                {"importance", "strata-importance-strata-1"},
                {"policy_tree", "strata-tree-strata"},
                {"outcome_gaps", "strata-gaps-strata"},
                {"moderators", NULL},
                {"what_could_be_seen", NULL},
                {"rule_response", NULL},
                {"sentences", NULL}};
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_strata(arena);
    for (size_t i = 0; i < sizeof PART / sizeof *PART; i++) {
        VgDataset *gone = NULL;
        for (size_t k = 0; k < result->n_datasets; k++)
            if (result->dataset[k].analysis &&
                strcmp(result->dataset[k].name, PART[i].dataset) == 0)
                gone = &result->dataset[k];
        size_t rows = gone ? gone->n_rows : 0;
        if (gone)
            gone->n_rows = 0;
        Page page;
        VgArena *own = vg_arena_create();
        page_draw(&page, own, result);
        size_t less = 0;
        for (size_t k = 0; k < sizeof PART / sizeof *PART; k++)
            less += PART[k].figure && !figure(&page, PART[k].figure);
        assert_int_equal(less, PART[i].figure != NULL);
        if (PART[i].figure)
            assert_null(figure(&page, PART[i].figure));
        assert_null(strstr(section(&page), "nan"));
        assert_null(strstr(section(&page), "(null)"));
        page_close(&page);
        if (gone)
            gone->n_rows = rows;
    }
    vg_arena_destroy(arena);
}

static void a_tree_that_is_none_is_not_drawn(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_strata(arena);
    VgDataset *d = vg_result_dataset(result, "strata", "policy_tree", NULL, 0);
    double *left = vg_dataset_column(d, "left")->number;
    left[0] = 0; /* the root leads to itself */
    Page page;
    page_draw(&page, arena, result);
    assert_null(figure(&page, "strata-tree-strata"));
    assert_non_null(figure(&page, "strata-worth-strata"));
    page_close(&page);
}

static void an_analysis_that_failed_says_why(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, -6);
    VgDataset *plan = vg_result_dataset(result, NULL, "analyses", NULL, 0);
    vg_dataset_row(result, plan);
    vg_dataset_set_text(result, plan, "id", "strata");
    vg_dataset_set_text(result, plan, "kind", "strata");
    vg_result_text(result, VG_FACTS_FIT, "strata", "failed", "too few <people>");
    Page page;
    page_draw(&page, arena, result);
    assert_non_null(strstr(section(&page), "too few &lt;people&gt;"));
    page_close(&page);
    arena = vg_arena_create();
    page_draw(&page, arena, fixture_result(arena, -6));
    assert_null(strstr(page.html.text, "for-whom"));
    page_close(&page);
}

/* What the printed figure shows, the interactive one does. */
static void interactive_figures_hold_the_same_marks(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_strata);
    VgBuffer spec = {0};
    vg_plot_vega(&spec, figure(&page, "strata-tree-strata")->plot);
    assert_non_null(strstr(spec.text, "\"text\":\"C-reactive protein\""));
    assert_non_null(strstr(spec.text, "\"text\":\"yes\""));
    vg_buffer_free(&spec);
    spec = (VgBuffer){0};
    vg_plot_vega(&spec, figure(&page, "strata-toc-strata-1")->plot);
    assert_non_null(strstr(spec.text, "first 10 of 100: "));
    assert_null(strstr(spec.text, "\"values\":[]"));
    vg_buffer_free(&spec);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_stands_before_every_picture),
        cmocka_unit_test(a_trial_that_cannot_tell_says_so_and_recommends_nothing),
        cmocka_unit_test(interactions_are_per_sd_with_words_and_what_could_not_be_seen),
        cmocka_unit_test(curves_have_their_band_the_average_and_the_size_of_windows),
        cmocka_unit_test(a_histogram_counts_everybody),
        cmocka_unit_test(the_tree_reads_the_same_as_its_words),
        cmocka_unit_test(bounds_of_one_feature_are_put_together),
        cmocka_unit_test(combinations_have_a_part_of_their_own),
        cmocka_unit_test(names_of_users_are_escaped),
        cmocka_unit_test(what_is_missing_takes_nothing_else_with_it),
        cmocka_unit_test(a_tree_that_is_none_is_not_drawn),
        cmocka_unit_test(an_analysis_that_failed_says_why),
        cmocka_unit_test(interactive_figures_hold_the_same_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
