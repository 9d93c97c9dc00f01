/* base/: arenas rewind, maps find, numbers read back, words have neighbours, errors name the place. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/map.h"
#include "base/nearest.h"

static void arena_rewinds_to_a_mark_and_reuses_the_memory(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    assert_non_null(vg_arena_alloc(arena, 10, 8));
    VgArenaMark mark = vg_arena_mark(arena);
    void *first = vg_arena_alloc(arena, 1, 100);
    assert_non_null(vg_arena_alloc(arena, 1, 1 << 20));
    vg_arena_rewind(arena, mark);
    assert_ptr_equal(vg_arena_alloc(arena, 1, 100), first);
    vg_arena_destroy(arena);
}

static void arena_refuses_sizes_that_overflow(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    assert_null(vg_arena_alloc(arena, SIZE_MAX / 2, 16));
    assert_null(vg_arena_alloc(arena, SIZE_MAX - 8, 1));
    vg_arena_destroy(arena);
}

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    for (int i = 1; i < 200; i++) {
        unsigned char *bytes = vg_arena_alloc(arena, (size_t)i, 7);
        assert_int_equal((uintptr_t)bytes % 64, 0);
        for (int k = 0; k < i * 7; k++)
            assert_int_equal(bytes[k], 0);
        memset(bytes, 0xff, (size_t)i * 7);
    }
    vg_arena_destroy(arena);
}

static void map_gives_each_key_one_index(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMap *map = vg_map_create(arena);
    char key[32];
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "participant %d", i);
        assert_int_equal(vg_map_add(map, key, (size_t)n), i);
    }
    for (int i = 0; i < 5000; i++) {
        int n = snprintf(key, sizeof key, "participant %d", i);
        assert_int_equal(vg_map_find(map, key, (size_t)n), i);
        assert_string_equal(vg_map_key(map, (size_t)i), key);
    }
    assert_int_equal(vg_map_find(map, "", 0), -1);
    assert_int_equal(vg_map_add(map, "", 0), 5000);
    vg_arena_destroy(arena);
}

static void doubles_read_back_the_same(void **state)
{
    (void)state;
    const double values[] = {0.1, 1.0 / 3, 1e300, 5e-324, -0.0, 123456789.123456789, 2.5e-8};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[32];
        vg_format_double(values[i], text);
        double back = strtod(text, NULL);
        assert_memory_equal(&back, &values[i], sizeof back);
    }
    char text[32];
    vg_format_double(0.1, text);
    assert_string_equal(text, "0.1");
}

static void nearest_offers_a_likely_word_only(void **state)
{
    (void)state;
    const char *const words[] = {"covariance", "treatment", "visit"};
    assert_string_equal(vg_nearest("covarience", words, 3), "covariance");
    assert_string_equal(vg_nearest("VISIT", words, 3), "visit");
    assert_null(vg_nearest("zebra", words, 3));
}

static void error_text_names_file_line_and_what_to_do(void **state)
{
    (void)state;
    VgError error;
    assert_int_equal(vg_fail_at(&error, VG_INVALID_INPUT, "a.csv", 3, "text '%s' in a number",
                                "correct it", "x"),
                     VG_INVALID_INPUT);
    char text[256];
    vg_error_format(&error, text, sizeof text);
    assert_string_equal(text, "a.csv:3: text 'x' in a number (correct it)");
}

static void files_are_written_whole_and_read_back(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char path[] = "/tmp/vagus-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    VgError error;
    WITNESS_OK(vg_file_write(path, "abc", 3, &error), &error);
    char *bytes;
    size_t size;
    WITNESS_OK(vg_file_read(arena, path, 100, &bytes, &size, &error), &error);
    assert_int_equal(size, 3);
    assert_string_equal(bytes, "abc");
    assert_int_equal(vg_file_read(arena, path, 2, &bytes, &size, &error), VG_INVALID_INPUT);
    remove(path);
    assert_int_equal(vg_file_write("/nonexistent/folder/file", "a", 1, &error), VG_IO);
    vg_arena_destroy(arena);
}

static void folders_appear_whole_and_replace_the_old_one(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error;
    const char *above = folder_new(arena);
    char *target = vg_path_join(arena, above, "results");
    for (int round = 0; round < 2; round++) {
        const char *path;
        WITNESS_OK(vg_folder_begin(arena, target, &path, &error), &error);
        WITNESS_OK(vg_file_write(vg_path_join(arena, path, round ? "new" : "old"), "x", 1, &error),
                   &error);
        WITNESS_OK(vg_folder_commit(path, target, &error), &error);
        assert_int_equal(access(path, F_OK), -1);
    }
    assert_int_equal(access(vg_path_join(arena, target, "new"), F_OK), 0);
    assert_int_equal(access(vg_path_join(arena, target, "old"), F_OK), -1);
    assert_true(vg_folder_discard(above));
    assert_int_equal(access(above, F_OK), -1);
    const char *path;
    assert_int_equal(vg_folder_begin(arena, "/nonexistent/folder", &path, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_rewinds_to_a_mark_and_reuses_the_memory),
        cmocka_unit_test(arena_refuses_sizes_that_overflow),
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(map_gives_each_key_one_index),
        cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(nearest_offers_a_likely_word_only),
        cmocka_unit_test(error_text_names_file_line_and_what_to_do),
        cmocka_unit_test(files_are_written_whole_and_read_back),
        cmocka_unit_test(folders_appear_whole_and_replace_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
