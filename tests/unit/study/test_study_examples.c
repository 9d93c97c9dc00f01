/* The studies that come with the project and those over VAGUS_DATA read without a problem, and hold what their tables
 * hold. Counts and means were taken from the tables with R 4.2.2 (colMeans, table). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beat_the_blues_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
