/* The results folder: what is stored reads back equal, appears whole or not at all, and never
 * replaces what is not ours. */
#include "support/folder.h"
#include "support/witness.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include <vagus/report.h>

#include "base/file.h"
#include "support/fixture_result.h"

static void same_text(const char *a, const char *b)
{
    assert_true(!a == !b);
    if (a)
        assert_string_equal(a, b);
}

static void same_number(double a, double b)
{
    assert_true((isnan(a) && isnan(b)) || a == b);
}

static void same_dataset(const VgDataset *a, const VgDataset *b)
{
    same_text(a->name, b->name);
    same_text(a->analysis, b->analysis);
    assert_int_equal(a->n_rows, b->n_rows);
    assert_int_equal(a->n_columns, b->n_columns);
    for (size_t j = 0; j < a->n_columns; j++) {
        same_text(a->column[j].name, b->column[j].name);
        assert_true(!a->column[j].number == !b->column[j].number);
        for (size_t i = 0; i < a->n_rows; i++) {
            if (a->column[j].number)
                same_number(a->column[j].number[i], b->column[j].number[i]);
            else
                same_text(a->column[j].text[i], b->column[j].text[i]);
        }
    }
}

static void same_estimate(const VgEstimate *a, const VgEstimate *b)
{
    same_text(a->analysis, b->analysis);
    same_text(a->quantity, b->quantity);
    same_text(a->term, b->term);
    same_text(a->outcome, b->outcome);
    same_text(a->visit, b->visit);
    same_text(a->arm, b->arm);
    same_text(a->reference, b->reference);
    same_text(a->stratum, b->stratum);
    same_text(a->channel, b->channel);
    same_text(a->feature, b->feature);
    same_text(a->unit, b->unit);
    same_text(a->note, b->note);
    same_number(a->estimate, b->estimate);
    same_number(a->se, b->se);
    same_number(a->df, b->df);
    same_number(a->statistic, b->statistic);
    same_number(a->p, b->p);
    same_number(a->lower, b->lower);
    same_number(a->upper, b->upper);
    same_number(a->n, b->n);
    same_number(a->q, b->q);
}

static void same_result(const VgResult *a, const VgResult *b)
{
    same_text(a->command, b->command);
    assert_true(a->seed == b->seed);
    same_number(a->level, b->level);
    assert_int_equal(a->n_call, b->n_call);
    for (size_t i = 0; i < a->n_call; i++)
        same_text(a->call[i], b->call[i]);
    assert_int_equal(a->n_inputs, b->n_inputs);
    for (size_t i = 0; i < a->n_inputs; i++) {
        same_text(a->input[i].path, b->input[i].path);
        same_text(a->input[i].sha256, b->input[i].sha256);
        assert_int_equal(a->input[i].rows, b->input[i].rows);
    }
    assert_int_equal(a->n_estimates, b->n_estimates);
    for (size_t i = 0; i < a->n_estimates; i++)
        same_estimate(&a->estimate[i], &b->estimate[i]);
    assert_int_equal(a->n_facts, b->n_facts);
    for (size_t i = 0; i < a->n_facts; i++) {
        assert_int_equal(a->fact[i].section, b->fact[i].section);
        assert_int_equal(a->fact[i].kind, b->fact[i].kind);
        same_text(a->fact[i].analysis, b->fact[i].analysis);
        same_text(a->fact[i].key, b->fact[i].key);
        same_text(a->fact[i].text, b->fact[i].text);
        same_number(a->fact[i].number, b->fact[i].number);
    }
    assert_int_equal(a->n_warnings, b->n_warnings);
    for (size_t i = 0; i < a->n_warnings; i++)
        same_text(a->warning[i], b->warning[i]);
    assert_int_equal(a->n_datasets, b->n_datasets);
    for (size_t i = 0; i < a->n_datasets; i++)
        same_dataset(&a->dataset[i], &b->dataset[i]);
}

static void what_is_stored_reads_back_equal(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgResult *result = fixture_result(arena, -6), *again = NULL;
    result->seed = UINT64_MAX;
    result->level = 0.9;
    /* names that meet the store's own, SQL's quotes, values at the edge of double */
    const char *const columns[] = {"dataset_id", "#row_number", "a \"quoted\" name"};
    VgDataset *odd = vg_result_dataset(result, NULL, "estimate", columns, 3);
    vg_dataset_row(result, odd);
    vg_dataset_set_text(result, odd, "dataset_id", "it's \"so\"; DROP TABLE run; --");
    vg_dataset_set_number(result, odd, "row_number", 4.9406564584124654e-324);
    vg_dataset_row(result, odd);
    vg_dataset_set_number(result, odd, "row_number", INFINITY);
    vg_dataset_set_text(result, odd, "a \"quoted\" name", "");
    vg_result_dataset(result, "primary", "no rows yet", columns, 3);
    char *folder = folder_new(arena);
    WITNESS_OK(vg_report_write(result, folder, &error), &error);
    WITNESS_OK(vg_report_read(arena, folder, &again, &error), &error);
    same_result(result, again);
    folder_remove(folder);
    vg_arena_destroy(arena);
}

static char *read_in(VgArena *arena, const char *folder, const char *name, size_t *size)
{
    VgError error = {0};
    char *bytes;
    WITNESS_OK(
        vg_file_read(arena, vg_path_join(arena, folder, name), 1u << 28, &bytes, size, &error),
        &error);
    return bytes;
}

static void the_same_result_gives_the_same_bytes(void **state)
{
    (void)state;
    static const char *const names[] = {"report.html", "results.json", "tables/estimates.csv",
                                        "figures/forest.svg"};
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgResult *result = fixture_result(arena, -6), *again = NULL;
    char *first = folder_new(arena), *second = folder_new(arena);
    WITNESS_OK(vg_report_write(result, first, &error), &error);
    WITNESS_OK(vg_report_read(arena, first, &again, &error), &error);
    WITNESS_OK(vg_report_write(again, second, &error), &error);
    for (size_t i = 0; i < 4; i++) {
        size_t a, b;
        char *x = read_in(arena, first, names[i], &a), *y = read_in(arena, second, names[i], &b);
        assert_int_equal(a, b);
        assert_memory_equal(x, y, a);
    }
    folder_remove(first);
    folder_remove(second);
    vg_arena_destroy(arena);
}

static int text_of_query(void *context, int n, char **value, char **name)
{
    (void)n;
    (void)name;
    snprintf(context, 64, "%s", value[0] ? value[0] : "");
    return 0;
}

static void people_can_query_datasets_as_tables(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    char *folder = folder_new(arena), text[64] = "";
    WITNESS_OK(vg_report_write(fixture_result(arena, -6), folder, &error), &error);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(vg_path_join(arena, folder, "results.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT n FROM consort WHERE stage = 'randomised'",
                                  text_of_query, text, NULL),
                     SQLITE_OK);
    assert_string_equal(text, "100.0");
    assert_int_equal(sqlite3_exec(db, "PRAGMA integrity_check", text_of_query, text, NULL),
                     SQLITE_OK);
    assert_string_equal(text, "ok");
    text[0] = '\0';
    assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_key_check", text_of_query, text, NULL),
                     SQLITE_OK);
    assert_string_equal(text, "");
    sqlite3_close(db);
    folder_remove(folder);
    vg_arena_destroy(arena);
}

static size_t entries(const char *path)
{
    size_t n = 0;
    DIR *open = opendir(path);
    assert_non_null(open);
    while (readdir(open))
        n++;
    closedir(open);
    return n - 2;
}

static void a_folder_of_other_files_is_never_replaced(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    char *folder = folder_new(arena);
    char *precious = vg_path_join(arena, folder, "thesis.txt");
    WITNESS_OK(vg_file_write(precious, "words", 5, &error), &error);
    assert_int_equal(vg_report_write(fixture_result(arena, -6), folder, &error), VG_INVALID_INPUT);
    assert_true(error.hint[0] != '\0');
    assert_int_equal(entries(folder), 1);
    assert_int_equal(vg_report_write(fixture_result(arena, -6), precious, &error),
                     VG_INVALID_INPUT);
    size_t size;
    assert_string_equal(read_in(arena, folder, "thesis.txt", &size), "words");
    folder_remove(folder);
    vg_arena_destroy(arena);
}

static void old_results_are_replaced_and_notes_beside_them_kept(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    char *base = folder_new(arena), *folder = vg_path_join(arena, base, "deep/results");
    size_t size;
    WITNESS_OK(vg_report_write(fixture_result(arena, -6), folder, &error), &error);
    char *before = read_in(arena, folder, "results.json", &size);
    WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "notes.txt"), "mine", 4, &error), &error);
    WITNESS_OK(vg_report_write(fixture_result(arena, 0), folder, &error), &error);
    assert_string_not_equal(before, read_in(arena, folder, "results.json", &size));
    assert_string_equal(read_in(arena, folder, "notes.txt", &size), "mine");
    assert_int_equal(entries(vg_path_join(arena, base, "deep")), 1); /* nothing temporary is left */
    folder_remove(base);
    vg_arena_destroy(arena);
}

static void results_that_cannot_be_made_leave_the_old_ones(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    char *base = folder_new(arena), *folder = vg_path_join(arena, base, "results");
    size_t size;
    WITNESS_OK(vg_report_write(fixture_result(arena, -6), folder, &error), &error);
    char *before = read_in(arena, folder, "results.json", &size);
    /* two datasets' tables whose SQL cannot be made: a column twice but for its case */
    VgResult *result = fixture_result(arena, 0);
    const char *const columns[] = {"#x", "#X"};
    vg_dataset_row(result, vg_result_dataset(result, NULL, "impossible", columns, 2));
    assert_int_equal(vg_report_write(result, folder, &error), VG_IO);
    assert_true(error.message[0] && error.hint[0]);
    assert_string_equal(before, read_in(arena, folder, "results.json", &size));
    assert_int_equal(entries(base), 1);
    folder_remove(base);
    vg_arena_destroy(arena);
}

static void a_store_that_is_none_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgResult *result = NULL;
    char *folder = folder_new(arena);
    assert_int_equal(vg_report_read(arena, folder, &result, &error), VG_INVALID_INPUT);
    char *store = vg_path_join(arena, folder, "results.sqlite");
    WITNESS_OK(vg_file_write(store, "no database at all, only words", 30, &error), &error);
    assert_int_equal(vg_report_read(arena, folder, &result, &error), VG_INVALID_INPUT);
    WITNESS_OK(vg_file_write(store, "", 0, &error), &error);
    assert_int_equal(vg_report_read(arena, folder, &result, &error), VG_INVALID_INPUT);
    assert_true(error.hint[0] != '\0');
    assert_null(result);
    folder_remove(folder);
    vg_arena_destroy(arena);
}

static void a_result_without_a_study_still_makes_a_report(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgResult *result = vg_result_create(arena, "mmrm");
    VgEstimate row = vg_estimate_blank();
    row.quantity = "coefficient";
    row.term = "<b>&";
    row.estimate = 1;
    vg_result_estimate(result, &row);
    char *folder = folder_new(arena);
    size_t size;
    WITNESS_OK(vg_report_write(result, folder, &error), &error);
    char *page = read_in(arena, folder, "report.html", &size);
    assert_non_null(strstr(page, "&lt;b&gt;&amp;"));
    assert_null(strstr(page, "<b>&"));
    folder_remove(folder);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_reads_back_equal),
        cmocka_unit_test(the_same_result_gives_the_same_bytes),
        cmocka_unit_test(people_can_query_datasets_as_tables),
        cmocka_unit_test(a_folder_of_other_files_is_never_replaced),
        cmocka_unit_test(old_results_are_replaced_and_notes_beside_them_kept),
        cmocka_unit_test(results_that_cannot_be_made_leave_the_old_ones),
        cmocka_unit_test(a_store_that_is_none_is_refused),
        cmocka_unit_test(a_result_without_a_study_still_makes_a_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
