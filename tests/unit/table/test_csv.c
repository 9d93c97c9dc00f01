/* The CSV reader: what is read, and that what is refused names file, line and a way out. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/table.h>

static VgArena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : -1;
}

static int drop_arena(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static const VgTable *read_with(const char *text, const VgTableOptions *options)
{
    VgError error = {0};
    VgTable *table = NULL;
    WITNESS_OK(vg_table_read_csv_bytes(arena, "t.csv", text, strlen(text), options, &table, &error),
               &error);
    return table;
}

static const VgTable *read_text(const char *text)
{
    return read_with(text, NULL);
}

static const VgColumn *column(const VgTable *table, const char *name)
{
    const VgColumn *found = vg_table_column(table, name);
    if (!found)
        fail_msg("no column %s", name);
    return found;
}

/* Refused at this line, with these words in the message, and with a hint. */
static void refused_bytes(const char *bytes, size_t size, const VgTableOptions *options,
                          size_t line, const char *words)
{
    VgError error = {0};
    VgTable *table = NULL;
    VgStatus status =
        vg_table_read_csv_bytes(arena, "t.csv", bytes, size, options, &table, &error);
    if (status != VG_INVALID_INPUT || !strstr(error.message, words) || error.line != line ||
        !*error.hint || strcmp(error.file, "t.csv") != 0) {
        char text[1200];
        vg_error_format(&error, text, sizeof text);
        fail_msg("wanted line %zu '%s', got status %d: %s", line, words, (int)status, text);
    }
}

static void refused(const char *text, size_t line, const char *words)
{
    refused_bytes(text, strlen(text), NULL, line, words);
}

static void number_is(const VgTable *table, const char *name, size_t row, double value)
{
    const VgColumn *found = column(table, name);
    if (found->type != VG_COLUMN_NUMBER)
        fail_msg("column %s has type %d, not number", name, (int)found->type);
    if (isnan(value) ? !isnan(found->number[row]) : found->number[row] != value)
        fail_msg("%s[%zu] = %.17g, not %.17g", name, row, found->number[row], value);
}

static void text_is(const VgTable *table, const char *name, size_t row, const char *value)
{
    const char *found = vg_column_value_text(arena, column(table, name), row);
    if (!value)
        assert_null(found);
    else
        assert_string_equal(found ? found : "(missing)", value);
}

static void numbers_text_and_missing_codes_are_read(void **state)
{
    (void)state;
    const VgTable *t = read_text("id,arm,y,x\na1,drug,1.5,1\na2,placebo,NA,.\na3,drug,-2e3,NaN\n"
                                 "a4,,+7,\n");
    assert_int_equal(t->n_rows, 4);
    assert_int_equal(t->n_columns, 4);
    number_is(t, "y", 0, 1.5);
    number_is(t, "y", 1, NAN);
    number_is(t, "y", 2, -2000);
    number_is(t, "y", 3, 7);
    number_is(t, "x", 0, 1);
    assert_int_equal(column(t, "x")->n_missing, 3);
    assert_int_equal(column(t, "arm")->type, VG_COLUMN_FACTOR);
    assert_int_equal(column(t, "arm")->n_levels, 2);
    assert_int_equal(column(t, "arm")->n_missing, 1);
    text_is(t, "arm", 1, "placebo");
    text_is(t, "arm", 3, NULL);
    assert_int_equal(t->line[0], 2);
    assert_int_equal(t->line[3], 5);
    assert_true(vg_column_is_missing(column(t, "arm"), 3));
    assert_false(vg_column_is_missing(column(t, "y"), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_text_and_missing_codes_are_read, make_arena,
                                        drop_arena),
    };
    (void)refused;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
