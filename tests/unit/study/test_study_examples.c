/* The studies that come with the project and those over VAGUS_DATA read without a problem, and hold
 * what their tables hold. Counts and means were taken from the tables with R 4.2.2 (colMeans,
 * table). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/study.h>

static VgStudy *read_clean(VgArena *arena, const char *path)
{
    VgStudy *study = NULL;
    VgProblems problems;
    VgError error = {0};
    WITNESS_OK(vg_study_read(arena, path, &study, &problems, &error), &error);
    for (size_t i = 0; i < problems.n; i++) {
        char text[1200];
        vg_error_format(&problems.item[i].error, text, sizeof text);
        if (!problems.item[i].warning)
            fail_msg("%s", text);
    }
    return study;
}

/* The studies name their tables by ${VAGUS_DATA}; set it when the test is run by hand. */
static void need_data(VgArena *arena, const char *name)
{
    const char *path = witness_data(arena, name);
    const char *folder = vg_arena_strndup(arena, path, strlen(path) - strlen(name) - 1);
    assert_int_equal(setenv("VAGUS_DATA", folder, 0), 0);
}

static double mean_at(const VgStudy *study, size_t outcome, const char *visit, size_t *n)
{
    double sum = 0;
    *n = 0;
    for (size_t v = 0; v < study->n_visits; v++) {
        if (strcmp(study->visit[v].name, visit) != 0)
            continue;
        for (size_t p = 0; p < study->n_participants; p++) {
            double value = study->outcome[outcome].value[p + v * study->n_participants];
            if (isnan(value))
                continue;
            sum += value;
            (*n)++;
        }
    }
    return sum / (double)*n;
}

static void beat_the_blues_reads(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read_clean(arena, witness_source(arena, "examples/beat-the-blues"));
    assert_int_equal(study->n_participants, 100);
    assert_int_equal(study->n_arms, 2);
    assert_int_equal(study->n_visits, 5);
    assert_int_equal(study->n_strata, 2);
    assert_int_equal(study->n_inputs, 3);
    assert_false(study->simulated);
    size_t n;
    witness_close("BDI-II at month 8", mean_at(study, 0, "m8", &n), 11.134615384615385, 1e-15, 0);
    assert_int_equal(n, 52);
    witness_close("BDI-II before", mean_at(study, 0, "baseline", &n), 23.33, 1e-15, 0);
    const VgAnalysis *primary = &study->analysis[0];
    assert_string_equal(primary->id, "primary");
    assert_true(primary->has_estimand);
    assert_string_equal(study->arm[primary->arm].name, "BtheB");
    assert_string_equal(study->arm[primary->reference].name, "TAU");
    assert_string_equal(study->visit[primary->visit].name, "m8");
    assert_false(primary->change);
    assert_int_equal(primary->df, VG_DF_KENWARD_ROGER);
    assert_int_equal(primary->n_covariates, 3);
    assert_int_equal(primary->n_fallback, 3);
    assert_int_equal(study->multiplicity.kind, VG_MULTIPLICITY_HOLM);
    assert_int_equal(study->multiplicity.n, 3);
    vg_arena_destroy(arena);
}

static void antidepressant_reads_from_a_long_table(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    need_data(arena, "antidepressant_hamd17/antidepressant.csv");
    VgStudy *study =
        read_clean(arena, witness_source(arena, "tests/studies/antidepressant_hamd17"));
    assert_int_equal(study->n_participants, 172);
    assert_int_equal(study->participants->n_rows, 172);
    size_t n;
    witness_close("HAM-D17 at week 6", mean_at(study, 0, "w6", &n), 11.24031007751938, 1e-14, 0);
    assert_int_equal(n, 129);
    const VgOutcome *outcome = &study->outcome[0];
    assert_int_equal(outcome->baseline_visit, SIZE_MAX);
    double sum = 0;
    for (size_t p = 0; p < 172; p++)
        sum += outcome->baseline[p];
    witness_close("HAM-D17 before", sum / 172, 17.895348837209301, 1e-14, 0);
    /* columns that change within participant are not among the participants' */
    assert_null(vg_table_column(study->participants, "HAMDTL17"));
    assert_non_null(vg_table_column(study->participants, "GENDER"));
    assert_true(study->analysis[0].change);
    assert_int_equal(study->analysis[0].n_covariates_by_visit, 1);
    size_t n_drug = 0;
    for (size_t p = 0; p < 172; p++)
        n_drug += study->arm_of[p] == 1;
    assert_int_equal(n_drug, 84);
    vg_arena_destroy(arena);
}

static void fev_reads_as_a_measure_with_a_unit(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    need_data(arena, "mmrm_fev/fev.csv");
    VgStudy *study = read_clean(arena, witness_source(arena, "tests/studies/mmrm_fev"));
    assert_int_equal(study->n_participants, 200);
    assert_string_equal(study->outcome[0].scale->unit, "L");
    assert_false(study->outcome[0].scale->lower_is_better);
    assert_true(study->simulated);
    size_t n;
    witness_close("FEV1 at visit 4", mean_at(study, 0, "VIS4", &n), 50.178092312964132, 1e-14, 0);
    assert_int_equal(n, 134);
    vg_arena_destroy(arena);
}

static void saccharomyces_reads_wide_with_a_population_by_column(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    need_data(arena, "saccharomyces_stress_rct/trial.csv");
    VgStudy *study =
        read_clean(arena, witness_source(arena, "tests/studies/saccharomyces_stress_rct"));
    assert_int_equal(study->n_participants, 60);
    assert_int_equal(study->n_outcomes, 6);
    const VgAnalysis *primary = &study->analysis[0];
    assert_int_equal(primary->kind, VG_ANALYSIS_ANCOVA);
    assert_int_equal(primary->set, VG_SET_COLUMN);
    const VgColumn *in_set = vg_table_column(study->participants, primary->set_column);
    assert_non_null(in_set);
    double members = 0;
    for (size_t p = 0; p < 60; p++)
        members += in_set->number[p];
    assert_int_equal((int)members, 51); /* n of reference.json */
    size_t n;
    witness_close("anxiety before the exam", mean_at(study, 0, "stress", &n), 53.383333333333333,
                  1e-14, 0);
    assert_int_equal(study->multiplicity.kind, VG_MULTIPLICITY_HOCHBERG);
    assert_int_equal(study->multiplicity.n, 5);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beat_the_blues_reads),
        cmocka_unit_test(antidepressant_reads_from_a_long_table),
        cmocka_unit_test(fev_reads_as_a_measure_with_a_unit),
        cmocka_unit_test(saccharomyces_reads_wide_with_a_population_by_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
