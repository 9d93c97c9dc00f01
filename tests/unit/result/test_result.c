/* result/: rows and datasets keep what was put in, absent stays absent. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/result.h>

static void estimates_are_copied_and_absent_numbers_stay_absent(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "test");
    char visit[24];
    for (int i = 0; i < 100; i++) {
        snprintf(visit, sizeof visit, "week %d", i);
        VgEstimate row = vg_estimate_blank();
        row.quantity = "contrast";
        row.visit = visit;
        row.estimate = i;
        vg_result_estimate(result, &row);
    }
    assert_int_equal(result->n_estimates, 100);
    assert_string_equal(result->estimate[7].visit, "week 7");
    assert_true(result->estimate[7].estimate == 7);
    assert_true(isnan(result->estimate[7].se) && isnan(result->estimate[7].q));
    assert_null(result->estimate[7].arm);
    VgError error;
    WITNESS_OK(vg_result_status(result, &error), &error);
    vg_arena_destroy(arena);
}

static void datasets_grow_and_are_found_by_analysis_and_name(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "test");
    const char *const columns[] = {"arm", "#n"};
    assert_non_null(vg_result_dataset(result, "primary", "consort", columns, 2));
    VgDataset *all = vg_result_dataset(result, NULL, "consort", columns, 2);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(vg_dataset_row(result, all), i);
        vg_dataset_set_number(result, all, "n", i);
        if (i % 2)
            vg_dataset_set_text(result, all, "arm", "placebo");
    }
    assert_ptr_equal(vg_result_dataset(result, NULL, "consort", columns, 2), all);
    const VgDataset *found = vg_result_find_dataset(result, NULL, "consort");
    assert_int_equal(found->n_rows, 1000);
    assert_true(vg_dataset_column(found, "n")->number[999] == 999);
    assert_null(vg_dataset_column(found, "arm")->text[0]);
    assert_string_equal(vg_dataset_column(found, "arm")->text[1], "placebo");
    assert_int_equal(vg_result_find_dataset(result, "primary", "consort")->n_rows, 0);
    assert_null(vg_result_find_dataset(result, "secondary", "consort"));
    vg_arena_destroy(arena);
}

static void facts_are_found_by_section_analysis_and_key(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "test");
    vg_result_number(result, VG_FACTS_FIT, "primary", "loglik", -12.5);
    vg_result_text(result, VG_FACTS_FIT, NULL, "structure", "us");
    vg_result_text(result, VG_FACTS_FIT, NULL, "absent", NULL);
    assert_true(vg_result_find_fact(result, VG_FACTS_FIT, "primary", "loglik")->number == -12.5);
    assert_null(vg_result_find_fact(result, VG_FACTS_FIT, NULL, "loglik"));
    assert_null(vg_result_find_fact(result, VG_FACTS_FIT, NULL, "absent"));
    assert_string_equal(vg_result_find_fact(result, VG_FACTS_FIT, NULL, "structure")->text, "us");
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_copied_and_absent_numbers_stay_absent),
        cmocka_unit_test(datasets_grow_and_are_found_by_analysis_and_name),
        cmocka_unit_test(facts_are_found_by_section_analysis_and_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
