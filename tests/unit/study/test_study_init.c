/* `vagus init`: what it writes passes the check without a problem, and is the same every time. */
#include "support/folder.h"
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vagus/review.h>
#include <vagus/study.h>

#include "base/digest.h"
#include "base/file.h"

static void the_template_passes_the_check_without_a_warning(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const char *folder = folder_new(arena);
    VgError error = {0};
    WITNESS_OK(vg_study_init(folder, NULL, &error), &error);
    VgStudy *study;
    VgProblems problems;
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    folder_remove(folder);
    WITNESS_OK(status, &error);
    assert_int_equal(problems.n, 0);
    assert_true(study->simulated);
    assert_int_equal(study->n_participants, 80);
    assert_int_equal(study->n_analyses, 6);
    assert_int_equal(study->n_flow, 4);
    assert_true(study->has_adverse_events);
    assert_non_null(study->exposure_days);
    assert_string_equal(study->withdrawal_reason_column, "withdrawal_reason");
    vg_arena_destroy(arena);
}

static void the_review_passes_the_check_without_a_warning(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const char *folder = folder_new(arena);
    VgError error = {0};
    WITNESS_OK(vg_study_init(folder, "meta", &error), &error);
    VgStudy *study;
    VgProblems problems;
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    folder_remove(folder);
    WITNESS_OK(status, &error);
    assert_int_equal(problems.n, 0);
    assert_true(study->simulated);
    assert_non_null(study->review);
    assert_int_equal(study->review->plan.n_analyses, 4);
    assert_int_equal(study->review->extraction->n_studies, 11);
    assert_true(study->review->extraction->has_overall);
    assert_int_equal(study->review->n_sources, 11);
    vg_arena_destroy(arena);
}

static void the_template_is_the_same_every_time(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char hex[2][65];
    for (int i = 0; i < 2; i++) {
        const char *folder = folder_new(arena);
        VgError error = {0};
        char *bytes;
        size_t size;
        WITNESS_OK(vg_study_init(folder, "trial", &error), &error);
        WITNESS_OK(vg_file_read(arena, vg_path_join(arena, folder, "scores.csv"), 1 << 20, &bytes,
                                &size, &error),
                   &error);
        vg_sha256(bytes, size, hex[i]);
        folder_remove(folder);
    }
    assert_string_equal(hex[0], hex[1]);
    vg_arena_destroy(arena);
}

static void a_folder_with_files_is_left_alone(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const char *folder = folder_new(arena);
    VgError error = {0};
    WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "note"), "x", 1, &error), &error);
    assert_int_equal(vg_study_init(folder, "trial", &error), VG_INVALID_INPUT);
    assert_int_equal(access(vg_path_join(arena, folder, "study.yaml"), F_OK), -1);
    assert_int_equal(vg_study_init(vg_path_join(arena, folder, "note"), "trial", &error),
                     VG_INVALID_INPUT);
    assert_int_equal(vg_study_init("/nonexistent/folder/study", "trial", &error), VG_INVALID_INPUT);
    folder_remove(folder);
    vg_arena_destroy(arena);
}

static void planned_templates_are_refused_by_name(void **state)
{
    (void)state;
    VgError error = {0};
    assert_int_equal(vg_study_init("/tmp/vagus-never", "nof1", &error), VG_NOT_BUILT);
    assert_string_equal(error.message, "template nof1: not available in this version");
    assert_int_equal(vg_study_init("/tmp/vagus-never", "fmt", &error), VG_NOT_BUILT);
    assert_int_equal(vg_study_init("/tmp/vagus-never", "tria", &error), VG_INVALID_INPUT);
    assert_int_equal(access("/tmp/vagus-never", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_template_passes_the_check_without_a_warning),
        cmocka_unit_test(the_review_passes_the_check_without_a_warning),
        cmocka_unit_test(the_template_is_the_same_every_time),
        cmocka_unit_test(a_folder_with_files_is_left_alone),
        cmocka_unit_test(planned_templates_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
