/* What is printed of a result: JSON that reads back bit for bit, CSV, tables that fit the screen.
 */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <utf8proc.h>

#include <vagus/report.h>

#include "support/fixture_result.h"

typedef VgStatus (*Printer)(const VgResult *, FILE *, VgError *);

static char *printed(Printer print, const VgResult *result)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    VgError error = {0};
    WITNESS_OK(print(result, stream, &error), &error);
    fclose(stream);
    return text;
}

static VgStatus print_80(const VgResult *result, FILE *stream, VgError *error)
{
    return vg_result_print_text(result, 4, 80, stream, error);
}

static VgStatus print_50(const VgResult *result, FILE *stream, VgError *error)
{
    return vg_result_print_text(result, 6, 50, stream, error);
}

static void json_numbers_read_back_as_the_same_double(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, -6);
    char *text = printed(vg_result_print_json, result);
    json_error_t problem;
    json_t *root = json_loads(text, 0, &problem);
    assert_non_null(root);
    json_t *rows = json_object_get(root, "estimates");
    assert_int_equal(json_array_size(rows), result->n_estimates);
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *row = &result->estimate[i];
        const json_t *object = json_array_get(rows, i);
        const char *names[] = {"estimate", "se",    "df", "statistic", "p",
                               "lower",    "upper", "n",  "q"};
        const double values[] = {row->estimate, row->se,    row->df, row->statistic, row->p,
                                 row->lower,    row->upper, row->n,  row->q};
        for (size_t j = 0; j < 9; j++) {
            const json_t *value = json_object_get(object, names[j]);
            if (isnan(values[j]))
                assert_null(value);
            else
                assert_true(json_number_value(value) == values[j]);
        }
    }
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(json_object_get(root, "fit"), "primary"), "structure")),
                        "us");
    static const char *const keys[] = {"vagus",     "command", "call",        "inputs",  "seed",
                                       "estimates", "fit",     "diagnostics", "warnings"};
    for (size_t i = 0; i < 9; i++)
        assert_non_null(json_object_get(root, keys[i]));
    json_decref(root);
    free(text);
    vg_arena_destroy(arena);
}

static void json_has_fit_facts_of_a_method_command_directly(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "mmrm");
    vg_result_number(result, VG_FACTS_FIT, NULL, "aic", 0.1);
    vg_result_number(result, VG_FACTS_FIT, NULL, "bic", NAN);
    vg_result_bool(result, VG_FACTS_FIT, NULL, "converged", true);
    vg_result_warn(result, "a \"quoted\"\tline\nand bad bytes \xff, ø");
    char *text = printed(vg_result_print_json, result);
    assert_non_null(strstr(text, "\"fit\": {\"aic\": 0.1, \"converged\": true}"));
    assert_null(strstr(text, "\"study\""));
    assert_null(strstr(text, "bic"));
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_array_get(json_object_get(root, "warnings"), 0)),
                        "a \"quoted\"\tline\nand bad bytes \xEF\xBF\xBD, ø");
    json_decref(root);
    free(text);
    vg_arena_destroy(arena);
}

static void csv_has_one_line_per_estimate_and_quotes_what_needs_it(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "lm");
    VgEstimate row = vg_estimate_blank();
    row.quantity = "coefficient";
    row.term = "a, \"b\"";
    row.estimate = 0.1;
    vg_result_estimate(result, &row);
    char *text = printed(vg_result_print_csv, result);
    assert_string_equal(
        text,
        "analysis,quantity,term,outcome,visit,arm,reference,stratum,channel,feature,estimate,se,df,"
        "statistic,p,lower,upper,n,unit,q,note\n"
        ",coefficient,\"a, \"\"b\"\"\",,,,,,,,0.1,,,,,,,,,,\n");
    free(text);
    vg_arena_destroy(arena);
}

static void lines_fit(const char *text, size_t width)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n"), columns = 0;
        for (size_t i = 0; i < length; i++)
            columns += ((unsigned char)line[i] & 0xC0) != 0x80;
        if (columns > width)
            fail_msg("%zu columns: %.*s", columns, (int)length, line);
        line += length + (line[length] == '\n');
    }
}

static void text_tables_fit_the_width_asked_for(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, -6);
    char *text = printed(print_80, result);
    lines_fit(text, 80);
    free(text);
    text = printed(print_50, result);
    lines_fit(text, 50);
    free(text);
    vg_arena_destroy(arena);
}

static void text_shows_small_probabilities_as_a_bound(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = vg_result_create(arena, "lm");
    VgEstimate row = vg_estimate_blank();
    row.quantity = "coefficient";
    row.term = "x";
    row.estimate = -1.5;
    row.se = 0.25;
    row.p = 1e-12;
    vg_result_estimate(result, &row);
    char *text = printed(print_80, result);
    assert_string_equal(text, "coefficient\n"
                              "term  estimate      se        p\n"
                              "x      -1.5000  0.2500  <0.0001\n\n");
    free(text);
    vg_arena_destroy(arena);
}

static void a_stream_that_fails_is_an_error(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, -6);
    static const Printer printers[] = {vg_result_print_json, vg_result_print_csv, print_80};
    for (size_t i = 0; i < 3; i++) {
        FILE *full = fopen("/dev/full", "w");
        if (!full)
            skip();
        VgError error = {0};
        assert_int_equal(printers[i](result, full, &error), VG_IO);
        assert_true(error.message[0] && error.hint[0]);
        fclose(full);
    }
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_numbers_read_back_as_the_same_double),
        cmocka_unit_test(json_has_fit_facts_of_a_method_command_directly),
        cmocka_unit_test(csv_has_one_line_per_estimate_and_quotes_what_needs_it),
        cmocka_unit_test(text_tables_fit_the_width_asked_for),
        cmocka_unit_test(text_shows_small_probabilities_as_a_bound),
        cmocka_unit_test(a_stream_that_fails_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
