/* Effect sizes agree with metafor::escalc (tests/reference/escalc.R made escalc.json): every measure, variances,
 * zero-cell conventions, on data of metadat (in the file) and sets of the data folder. */
#include "support/witness.h"

#include <stdio.h>

#include <vagus/study_effect.h>

#include "study/review.h"

/* Closed formulas in doubles on both sides. In the unbiased variance 1 − (m − 2)/(m J²) cancels two or three digits of
 * log-gammas that differ in their last bits. */
static const double DIGITS = 1e-12, DIGITS_UNBIASED = 1e-10;

static size_t index_of(const char *const *names, const char *name)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("no choice %s", name);
    return 0;
}

static void set_columns(const json_t *from, VgExtractionColumns *columns)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)from, key, value)
    {
        char role[64];
        size_t arm = 0;
        snprintf(role, sizeof role, "%s", key);
        char *dot = strchr(role, '.');
        if (dot) {
            arm = (size_t)(dot[1] - '1');
            *dot = '\0';
        }
        const VgColumnRole *found = vg_column_role_find(role);
        assert_non_null(found);
        vg_column_role_set(columns, found, arm, json_string_value(value));
    }
}

static VgStudyEffects *effects_of(VgArena *arena, const json_t *one)
{
    VgError error = {0};
    VgTableOptions options = {0};
    VgTable *table;
    const json_t *csv = json_object_get(one, "csv"), *file = json_object_get(one, "file");
    if (csv)
        WITNESS_OK(vg_table_read_csv_bytes(arena, "case.csv", json_string_value(csv),
                                           json_string_length(csv), &options, &table, &error),
                   &error);
    else
        WITNESS_OK(vg_table_read(arena, witness_data(arena, json_string_value(file)), &options,
                                 &table, &error),
                   &error);
    VgEvidenceAnalysis analysis = {.study_level = "study"};
    VgEvidencePlan plan = {0};
    plan.measure =
        (VgMeasure)index_of(vg_measure_names, json_string_value(json_object_get(one, "measure")));
    const json_t *choice = json_object_get(one, "zero_cells");
    if (choice)
        plan.zero_cells = (VgZeroCells)index_of(vg_zero_cells_names, json_string_value(choice));
    if ((choice = json_object_get(one, "smd_variance")) != NULL)
        plan.smd_variance =
            (VgSmdVariance)index_of(vg_smd_variance_names, json_string_value(choice));
    plan.zero_add = json_number_value(json_object_get(one, "zero_add"));
    plan.keep_double_zero = json_is_true(json_object_get(one, "keep_double_zero"));
    if (json_object_get(one, "three_level")) {
        plan.analysis = &analysis;
        plan.n_analyses = 1;
    }
    VgExtractionColumns columns = {0};
    set_columns(json_object_get(one, "columns"), &columns);
    VgExtraction *extraction;
    VgProblems problems = {0};
    WITNESS_OK(vg_extraction_read(arena, table, &plan, VG_EVIDENCE_PAIRWISE, &columns, &extraction,
                                  &problems, &error),
               &error);
    VgStudyEffects *effects;
    WITNESS_OK(vg_study_effects(arena, extraction, &plan, &effects, &error), &error);
    return effects;
}

static void every_measure_agrees_with_escalc(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/escalc.json"));
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(root, "case"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const json_t *yi = json_object_get(one, "yi"), *vi = json_object_get(one, "vi");
        VgStudyEffects *effects = effects_of(arena, one);
        double digits = json_object_get(one, "smd_variance") ? DIGITS_UNBIASED : DIGITS;
        if (effects->n != json_array_size(yi))
            fail_msg("%s: %zu effects, escalc has %zu", name, effects->n, json_array_size(yi));
        for (size_t k = 0; k < effects->n; k++) {
            char what[160];
            snprintf(what, sizeof what, "%s y[%zu]", name, k);
            witness_close(what, effects->y[k], json_number_value(json_array_get(yi, k)), digits,
                          1e-2);
            snprintf(what, sizeof what, "%s v[%zu]", name, k);
            witness_close(what, effects->v[k], json_number_value(json_array_get(vi, k)), digits,
                          1e-6);
        }
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_measure_agrees_with_escalc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
