/* The section on prediction: what layers add comes first, then whether it can be used, then pictures; single people last. */
#include "support/witness.h"

#include <math.h>

#include "report/prediction.h"
#include "support/fixture_prediction.h"
#include "support/fixture_result.h"
#include "support/report_page.h"

/* The section as a text of its own. */
static const char *section(const Page *page)
{
    const char *at = strstr(page->html.text, "<section id=\"prediction\"");
    assert_non_null(at);
    const char *end = strstr(at, "</section>");
    char *copy = vg_arena_strdup(page->arena, at);
    assert_non_null(copy);
    copy[end - at] = '\0';
    return copy;
}

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

static const VgPlotLayer *layer_of(const VgPlotPanel *panel, VgMark mark, int style)
{
    for (size_t i = 0; i < panel->n_layers; i++)
        if (panel->layer[i]->mark == mark && panel->layer[i]->style == style)
            return panel->layer[i];
    return NULL;
}

static void what_layers_add_comes_first_and_single_people_last(void **unused)
{
    (void)unused;
    static const char *const order[] = {
        "<p class=\"lead\">Over clinical variables alone, these layers help to predict response "
        "(elastic net), in area under the ROC curve: metabolites by 0.100 (0.045 to 0.155); all "
        "layers by 0.090",
        "these layers help to predict remission (elastic net), in area under the ROC curve: "
        "metabolites by 0.100 (0.045 to 0.155). The others are not shown to.",
        "Event predicted: response</h4>",
        "id=\"figure-prediction-gain-prediction-1\"",
        "it helps to predict",
        "Can the prediction be used?",
        "tells to some extent who will have response",
        "id=\"figure-prediction-calibration-prediction-1\"",
        "Would it be worth using?",
        "At its best (from 40% on), going by the elastic net is worth 12.2 more people",
        "id=\"figure-prediction-decision-prediction-1\"",
        "id=\"figure-prediction-roc-prediction-1\"",
        "id=\"figure-prediction-people-prediction-1\"",
        "Event predicted: remission</h4>",
        "id=\"figure-prediction-gain-prediction-2\"",
        "id=\"figure-prediction-people-prediction-2\"",
        "How one person may do</h4>",
        "not a promise for each",
        "Nothing may be decided on it",
        "id=\"figure-prediction-intervals-prediction\"",
        "id=\"figure-prediction-differences-prediction\"",
        "How good each model is, in numbers"};
    Page page;
    page_open(&page, fixture_with_prediction);
    const char *text = section(&page);
    in_order(text, order, sizeof order / sizeof *order);
    /* a sentence about response does not stand with remission too */
    assert_int_equal(page_count(text, "who will have response of bdi"), 1);
    assert_int_equal(page_count(text, "stool gains 0.010"), 1);
    page_close(&page);
}

static void a_useless_prediction_says_so_and_shows_no_layers(void **unused)
{
    (void)unused;
    static const char *const order[] = {
        "No usable prediction of response of bdi at m8",
        "id=\"figure-prediction-calibration-prediction-1\"",
        "it has no end short of the whole scale. It would take 19 people or more who calibrate",
        "id=\"figure-prediction-intervals-prediction\""};
    Page page;
    page_open(&page, fixture_with_useless_prediction);
    const char *text = section(&page);
    in_order(text, order, sizeof order / sizeof *order);
    assert_null(figure(&page, "prediction-gain-prediction-1"));
    assert_null(strstr(text, "Every layer in a sentence"));
    assert_null(strstr(text, "Event predicted"));             /* there is but one */
    assert_null(strstr(text, "By clinical variables alone")); /* the model is no other */
    assert_null(strstr(text, "At its best"));
    page_close(&page);
}

static void a_result_without_prediction_has_no_such_section(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    Page page;
    page_draw(&page, arena, fixture_result(arena, -6));
    assert_null(strstr(page.html.text, "<section id=\"prediction\""));
    page_close(&page);
}

/* Every gain is a bar with its interval, in the order of rows; nought is marked. */
static void gains_have_intervals_and_a_line_at_nought(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_prediction);
    const VgPlot *plot = figure(&page, "prediction-gain-prediction-1")->plot;
    assert_int_equal(plot->n_panels, 2);
    for (size_t k = 0; k < 2; k++) {
        const VgPlotPanel *panel = plot->panel[k];
        const VgPlotLayer *net = layer_of(panel, VG_MARK_BAR_X, 0),
                          *forest = layer_of(panel, VG_MARK_BAR_X, 1),
                          *interval = layer_of(panel, VG_MARK_INTERVAL_X, VG_STYLE_INK);
        assert_int_equal(net->n, 4);
        assert_int_equal(forest->n, 4);
        assert_int_equal(interval->n, 8);
        assert_non_null(layer_of(panel, VG_MARK_RULE_X, VG_STYLE_INK));
    }
    const VgPlotLayer *auc = layer_of(plot->panel[0], VG_MARK_BAR_X, 0);
    witness_close("metabolites", auc->x[1], 0.1, 1e-12, 1);
    const VgPlotLayer *interval = layer_of(plot->panel[0], VG_MARK_INTERVAL_X, VG_STYLE_INK);
    witness_close("lower", interval->x[2], 0.1 - 1.96 * 0.028, 1e-12, 1);
    witness_close("upper", interval->x2[2], 0.1 + 1.96 * 0.028, 1e-12, 1);
    page_close(&page);
}

static void calibration_has_its_band_and_the_line_of_agreement(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_prediction);
    const VgPlot *plot = figure(&page, "prediction-calibration-prediction-1")->plot;
    assert_int_equal(plot->n_panels, 2); /* a model each */
    for (size_t k = 0; k < 2; k++) {
        const VgPlotLayer *line = layer_of(plot->panel[k], VG_MARK_SEGMENT, VG_STYLE_INK);
        assert_true(line->x[0] == 0 && line->y[0] == 0 && line->x2[0] == 100 && line->y2[0] == 100);
        assert_int_equal(layer_of(plot->panel[k], VG_MARK_LINE, 0)->n, 41);
        assert_int_equal(layer_of(plot->panel[k], VG_MARK_AREA, 0)->n, 82);
    }
    page_close(&page);
}

/* Treating everybody falls below the panel: its line ends on the rim, where it crosses it. */
static void net_benefit_stays_on_the_panel(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_prediction);
    const VgPlot *plot = figure(&page, "prediction-decision-prediction-1")->plot;
    const VgPlotPanel *panel = plot->panel[0];
    const VgPlotLayer *all = layer_of(panel, VG_MARK_LINE, 2),
                      *model = layer_of(panel, VG_MARK_LINE, 0),
                      *clinical = layer_of(panel, VG_MARK_LINE, 1);
    assert_int_equal(model->n, 51);
    assert_int_equal(clinical->n, 51);
    assert_true(all->n < 51);
    for (size_t i = 0; i < all->n; i++)
        assert_true(all->y[i] >= panel->y.low - 1e-9);
    double t = all->x[all->n - 1] / 100;
    /* on the rim within the chord of one step of a hundredth */
    witness_close("rim", all->y[all->n - 1], 100 * (0.4 - 0.6 * t / (1 - t)), 0.01, 100);
    assert_true(all->y[all->n - 1] == panel->y.low);
    page_close(&page);
}

/* People stand in the order of what is predicted; a dot is who was given the arm and was seen. */
static void intervals_are_of_all_people_and_dots_of_those_seen(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_prediction);
    const VgPlot *plot = figure(&page, "prediction-intervals-prediction")->plot;
    assert_int_equal(plot->n_panels, 2);
    size_t dots = 0, seen = 0;
    const VgDataset *d =
        vg_result_find_dataset(page.view.result, "prediction", "individual_interval");
    for (size_t i = 0; i < d->n_rows; i++)
        seen += isfinite(vg_cell_number(d, "observed", i)) ? 1 : 0;
    for (int k = 0; k < 2; k++) {
        const VgPlotPanel *panel = plot->panel[k];
        const VgPlotLayer *bar = layer_of(panel, VG_MARK_SEGMENT, k);
        assert_int_equal(bar->n, 160);
        assert_true(panel->y.low == 0 && panel->y.high == 63); /* the scale's own ends */
        dots += layer_of(panel, VG_MARK_POINT, VG_STYLE_INK)->n;
    }
    assert_int_equal(dots, seen);
    VgIntervalPerson *person;
    size_t n = vg_interval_people(&page.view, &page.view.analysis[page.view.n_analyses - 1], "both",
                                  false, &person);
    assert_int_equal(n, 160);
    for (size_t i = 1; i < n; i++)
        assert_true(person[i].predicted >= person[i - 1].predicted);
    const VgPlot *differences = figure(&page, "prediction-differences-prediction")->plot;
    assert_non_null(layer_of(differences->panel[0], VG_MARK_RULE_Y, VG_STYLE_INK));
    assert_int_equal(layer_of(differences->panel[0], VG_MARK_SEGMENT, 1)->n, 160);
    page_close(&page);
}

/* Intervals without ends go over the whole panel, and the table has no number. */
static void intervals_without_ends_reach_over_the_scale(void **unused)
{
    (void)unused;
    Page page;
    page_open(&page, fixture_with_useless_prediction);
    const VgPlotPanel *panel = figure(&page, "prediction-intervals-prediction")->plot->panel[0];
    const VgPlotLayer *bar = layer_of(panel, VG_MARK_SEGMENT, 0);
    for (size_t i = 0; i < bar->n; i++)
        assert_true(bar->y[i] == 0 && bar->y2[i] == 63);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_layers_add_comes_first_and_single_people_last),
        cmocka_unit_test(a_useless_prediction_says_so_and_shows_no_layers),
        cmocka_unit_test(a_result_without_prediction_has_no_such_section),
        cmocka_unit_test(gains_have_intervals_and_a_line_at_nought),
        cmocka_unit_test(calibration_has_its_band_and_the_line_of_agreement),
        cmocka_unit_test(net_benefit_stays_on_the_panel),
        cmocka_unit_test(intervals_are_of_all_people_and_dots_of_those_seen),
        cmocka_unit_test(intervals_without_ends_reach_over_the_scale)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
