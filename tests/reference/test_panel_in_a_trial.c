/* The panel of examples/panel-demo through vagus run's own door, against vegan 2.6-4 (panel_in_a_trial.R). */
#include "support/witness.h"

#include <math.h>

#include <vagus/panel_derive.h>
#include <vagus/panel_layer.h>
#include <vagus/study.h>
#include <vagus/trial.h>

#include "numeric/linear_algebra.h"

static VgArena *arena;
static VgResult *result;
static VgStudy *study;

static int run_the_demo(void **state)
{
    (void)state;
    arena = vg_arena_create();
    result = vg_result_create(arena, "run");
    VgProblems problems;
    VgError error = {0};
    WITNESS_OK(vg_study_read(arena, witness_source(arena, "examples/panel-demo"), &study, &problems,
                             &error),
               &error);
    WITNESS_OK(vg_panel_derive(arena, study, &problems, &error), &error);
    assert_int_equal(problems.n_errors, 0);
    WITNESS_OK(vg_trial_run(study, result, &error), &error);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const VgEstimate *row(const char *analysis, const char *quantity, const char *outcome,
                             const char *term, const char *visit, const char *arm)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *e = &result->estimate[k];
        if (same(e->analysis, analysis) && same(e->quantity, quantity) &&
            same(e->outcome, outcome) && same(e->term, term) && same(e->visit, visit) &&
            same(e->arm, arm))
            return e;
    }
    fail_msg("no %s of %s", quantity, analysis);
    return NULL;
}

static void permanova_agrees_with_adonis2(void **state)
{
    (void)state;
    static const char *const term[] = {"visit", "arm", "visit:arm"};
    static const double bray[2][3] = {{0.00543119329159278, 0.0917776451479924, 0.0131755089132333},
                                      {0.842503919540469, 4.74561307936203, 0.681275569067691}};
    static const double aitchison[2][3] = {
        {0.00253809845693404, 0.100435715397476, 0.00880650843788813},
        {0.394336666758876, 5.2014642596156, 0.456080177359193}};
    for (size_t k = 0; k < 3; k++) {
        /* 15 digits were printed */
        const VgEstimate *e = row("stool", "permanova", "bray", term[k], NULL, NULL);
        witness_close("R2, bray", e->estimate, bray[0][k], 1e-12, 0.001);
        witness_close("F, bray", e->statistic, bray[1][k], 1e-12, 0.1);
        e = row("stool", "permanova", "aitchison", term[k], NULL, NULL);
        witness_close("R2, aitchison", e->estimate, aitchison[0][k], 1e-12, 0.001);
        witness_close("F, aitchison", e->statistic, aitchison[1][k], 1e-12, 0.1);
    }
    /* what was not randomised has no p; the diet that was put in is found, and not before it began */
    assert_true(isnan(row("stool", "permanova", "bray", "visit", NULL, NULL)->p));
    assert_true(row("stool", "permanova", "bray", "arm", NULL, NULL)->p < 0.01);
    assert_true(row("stool", "permanova", "bray", "arm", "baseline", NULL)->p > 0.05);
}

static void spread_agrees_with_betadisper(void **state)
{
    (void)state;
    static const char *const arm[] = {"both", "diet", "placebo", "probiotic"};
    static const double centre[] = {5.97637874234255, 5.92806367615315, 6.02530415022307,
                                    5.81519092946008};
    /* vegan stops its search for the spatial median at about 1e-6 */
    for (size_t a = 0; a < 4; a++)
        witness_close(
            "distance to centre",
            row("stool", "mean_distance_to_centre", "aitchison", NULL, NULL, arm[a])->estimate,
            centre[a], 1e-5, 1);
    witness_close("F of spread",
                  row("stool", "dispersion", "aitchison", "arm", NULL, NULL)->statistic,
                  0.563803951651619, 1e-4, 1);
}

static void diversity_and_axes_agree_with_vegan(void **state)
{
    (void)state;
    const VgDataset *data = vg_result_find_dataset(result, NULL, "panel_diversity");
    const VgDatasetColumn *value = vg_dataset_column(data, "value"),
                          *what = vg_dataset_column(data, "measure");
    witness_close("shannon", value->number[0], 2.4433845326574, 1e-12, 1);
    size_t k = 0;
    while (strcmp(what->text[k], "richness") != 0)
        k++;
    witness_close("rarefied richness", value->number[k], 37.4907482998537, 1e-10, 1);
    witness_close("rarefied richness", value->number[k + 1], 37.593606422394, 1e-10, 1);
    data = vg_result_find_dataset(result, "stool", "ordination_axes");
    const VgDatasetColumn *share = vg_dataset_column(data, "share");
    /* after the three axes of aitchison */
    witness_close("axis 1", share->number[3], 0.313268412095238, 1e-10, 0.1);
    witness_close("axis 2", share->number[4], 0.15827159909828, 1e-10, 0.1);
    witness_close("axis 3", share->number[5], 0.0607486533456589, 1e-10, 0.1);
}

static void diversity_is_adjusted_and_compared_at_each_visit(void **state)
{
    (void)state;
    const VgEstimate *e = row("stool.shannon", "contrast", "stool.shannon", NULL, "w8", "both");
    double both = row("stool.shannon", "lsmean", "stool.shannon", NULL, "w8", "both")->estimate;
    double placebo =
        row("stool.shannon", "lsmean", "stool.shannon", NULL, "w8", "placebo")->estimate;
    assert_string_equal(e->reference, "placebo");
    witness_close("difference", e->estimate, both - placebo, 1e-10, 0.1);
    /* more diversity is not the better outcome */
    assert_null(vg_result_find_fact(result, VG_FACTS_FIT, "stool.shannon", "favours"));
    assert_non_null(vg_result_find_fact(result, VG_FACTS_FIT, "primary", "favours"));
    /* functions have no diversity of their own */
    for (size_t k = 0; k < result->n_estimates; k++)
        assert_false(same(result->estimate[k].analysis, "genes_modules.richness"));
}

static void censored_values_stay_censored(void **state)
{
    (void)state;
    const VgDataset *data = vg_result_find_dataset(result, NULL, "panel_means");
    size_t rows = 0;
    for (size_t k = 0; k < data->n_rows; k++)
        if (strcmp(vg_dataset_column(data, "feature")->text[k], "valerate") == 0) {
            rows++;
            assert_true(vg_dataset_column(data, "censored")->number[k] > 0);
        }
    assert_int_equal(rows, 12);
    const VgLayer *scfa = &study->layer[2];
    assert_true(scfa->n_below > 0);
    for (size_t i = 0; i < scfa->n_samples; i++)
        if (VG_AT(scfa->lower, i, 3) < VG_AT(scfa->upper, i, 3))
            assert_true(isnan(VG_AT(scfa->value, i, 3)));
}

static const VgEstimate *response(const char *feature, const char *arm)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *e = &result->estimate[k];
        if (same(e->quantity, "differential") && same(e->analysis, "stool") &&
            same(e->feature, feature) && same(e->arm, arm) && same(e->visit, "w8"))
            return e;
    }
    fail_msg("no response of %s", feature);
    return NULL;
}

static void differential_response_agrees_with_nlme(void **state)
{
    (void)state;
    /* what the composition took from all features cancels between two of them; nlme's own optimiser stops at about
     * 1e-8 of the variance ratio */
    witness_close("diet, asv01 - asv02",
                  response("asv01", "diet")->estimate - response("asv02", "diet")->estimate,
                  -0.2256175691676, 1e-7, 1);
    witness_close("probiotic, asv09 - asv01",
                  response("asv09", "probiotic")->estimate -
                      response("asv01", "probiotic")->estimate,
                  2.33557432354799, 1e-7, 1);
    /* what was put in is found, and the rest is mostly not */
    assert_true(response("asv09", "probiotic")->q < 0.01);
    size_t false_ones = 0, found = 0;
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *e = &result->estimate[k];
        if (!same(e->quantity, "differential") || !same(e->analysis, "stool") || !(e->q <= 0.1))
            continue;
        found++;
        false_ones += strcmp(e->feature, "asv10") > 0;
    }
    assert_true(found >= 20 && false_ones <= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permanova_agrees_with_adonis2),
        cmocka_unit_test(spread_agrees_with_betadisper),
        cmocka_unit_test(diversity_and_axes_agree_with_vegan),
        cmocka_unit_test(diversity_is_adjusted_and_compared_at_each_visit),
        cmocka_unit_test(censored_values_stay_censored),
        cmocka_unit_test(differential_response_agrees_with_nlme),
    };
    return cmocka_run_group_tests(tests, run_the_demo, leave);
}
