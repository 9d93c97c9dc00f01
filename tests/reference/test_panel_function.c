/* Functions of examples/panel-demo through vagus run's own door, against R and lme4 (panel_function.R). */
#include "support/witness.h"

#include <math.h>

#include <vagus/panel_derive.h>
#include <vagus/trial.h>

static VgArena *arena;
static VgResult *result;
static json_t *root;

static int run_the_demo(void **state)
{
    (void)state;
    VgStudy *study;
    VgProblems problems = {0};
    VgError error = {0};
    result = vg_result_create(arena, "run");
    WITNESS_OK(vg_study_read(arena, witness_source(arena, "examples/panel-demo"), &study, &problems,
                             &error),
               &error);
    WITNESS_OK(vg_panel_derive(arena, study, &problems, &error), &error);
    assert_int_equal(problems.n_errors, 0);
    WITNESS_OK(vg_trial_run(study, result, &error), &error);
    return 0;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static const VgDatasetColumn *column_of(const VgDataset *d, const char *name)
{
    for (size_t c = 0; c < d->n_columns; c++)
        if (same(d->column[c].name, name))
            return &d->column[c];
    fail_msg("no column %s", name);
    return NULL;
}

/* Of diet and probiotic together at week 8. */
static double cell(const char *dataset, const char *feature, const char *taxon, const char *what)
{
    const VgDataset *d = vg_result_find_dataset(result, NULL, dataset);
    assert_non_null(d);
    for (size_t i = 0; i < d->n_rows; i++)
        if (same(column_of(d, "layer")->text[i], "genes_modules") &&
            same(column_of(d, "feature")->text[i], feature) &&
            same(column_of(d, "arm")->text[i], "both") &&
            same(column_of(d, "visit")->text[i], "w8") &&
            (!taxon || same(column_of(d, "taxon")->text[i], taxon)))
            return column_of(d, what)->number[i];
    fail_msg("no row of %s", feature);
    return NAN;
}

static void near(const char *path, double value)
{
    witness_close(path, value, witness_number(root, path), 1e-11, 0.01);
}

static void amounts_by_arm_and_visit_agree(void **state)
{
    (void)state;
    static const char *const what[] = {"mean", "lower", "upper"};
    char path[60];
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "geometric/VGM001/%d", k);
        near(path, cell("panel_function", "VGM001", NULL, what[k]));
        snprintf(path, sizeof path, "geometric/VGM009/%d", k);
        near(path, cell("panel_function", "VGM009", NULL, what[k]));
    }
    near("present", cell("panel_function", "VGM012", NULL, "present"));
}

static void carriers_agree(void **state)
{
    (void)state;
    near("contributors", cell("panel_function", "VGM001", NULL, "contributors"));
    near("clade_b", cell("panel_contributors", "VGM001", "clade_b", "share"));
    near("across", cell("panel_function", "VGM012", NULL, "only_across_taxa"));
    near("redundancy", cell("panel_function", "VGM005", NULL, "redundancy"));
}

static const VgEstimate *change(const char *feature, const char *arm)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *e = &result->estimate[k];
        if (same(e->analysis, "genes_modules") && same(e->quantity, "differential") &&
            same(e->feature, feature) && same(e->visit, "w8") && same(e->arm, arm))
            return e;
    }
    fail_msg("no change of %s", feature);
    return NULL;
}

static void changes_agree_with_lme4(void **state)
{
    (void)state;
    double gaba = change("VGM001", "diet")->estimate;
    /* lme4 stops its search at about the root of machine precision */
    witness_close("butyrate − GABA", change("VGM009", "diet")->estimate - gaba,
                  witness_number(root, "change/VGM009_VGM001"), 1e-7, 0.1);
    witness_close("indole − GABA", change("VGM006", "diet")->estimate - gaba,
                  witness_number(root, "change/VGM006_VGM001"), 1e-7, 0.1);
    /* what was put in is found, and nothing else with the diet alone */
    assert_true(change("VGM009", "diet")->q < 0.01 && change("VGM001", "probiotic")->q < 0.01);
    assert_true(change("VGM001", "diet")->q > 0.1 && change("VGM009", "probiotic")->q > 0.1);
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/panel_function.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(amounts_by_arm_and_visit_agree),
                                       cmocka_unit_test(carriers_agree),
                                       cmocka_unit_test(changes_agree_with_lme4)};
    int failed = cmocka_run_group_tests(tests, run_the_demo, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
