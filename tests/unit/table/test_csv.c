/* The CSV reader: what is read, and that what is refused names file, line and a way out. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
    VgStatus status = vg_table_read_csv_bytes(arena, "t.csv", bytes, size, options, &table, &error);
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

static void delimiters_are_detected(void **state)
{
    (void)state;
    static const char *const text[] = {"a,b,c\n1,x;y,3\n4,z,6\n", "a;b;c\n1;x,y;3\n4;z;6\n",
                                       "a\tb\tc\n1\tx,y;\t3\n4\tz\t6\n",
                                       "sep=;\na;b;c\n1;x,y;3\n4;z;6\n",
                                       "\xEF\xBB\xBF"
                                       "a,b,c\n1,x;y,3\n4,z,6\n"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        const VgTable *t = read_text(text[i]);
        assert_int_equal(t->n_columns, 3);
        assert_int_equal(t->n_rows, 2);
        number_is(t, "a", 1, 4);
        number_is(t, "c", 0, 3);
    }
    VgTableOptions options = {.delimiter = '|'};
    number_is(read_with("a|b\n1|2\n", &options), "b", 0, 2);
}

static void quoting_follows_rfc_4180(void **state)
{
    (void)state;
    const VgTable *t = read_text("\"id\",\"a \"\"b\"\"\",c\n1,\"two\nlines, \"\"q\"\"\",3\n"
                                 "2,\" kept \",\"4\"\n3,5\" disc,5\n");
    assert_int_equal(t->n_rows, 3);
    text_is(t, "a \"b\"", 0, "two\nlines, \"q\"");
    text_is(t, "a \"b\"", 1, " kept ");
    text_is(t, "a \"b\"", 2, "5\" disc");
    number_is(t, "c", 1, 4); /* quoted numbers are numbers, as in R */
    assert_int_equal(t->line[0], 2);
    assert_int_equal(t->line[1], 4); /* the embedded line end counts */
    assert_int_equal(t->line[2], 5);
    refused("a,b\n1,2\n\"x\ny\",\"z\n3,4\n", 4, "never closed");
    refused("a,b\n1,2\n\"x\"y,3\n", 3, "closing quote");
    refused("\" a,b\n1,2\n", 1, "never closed"); /* found by fuzzing: in the header */
}

static void line_ends_of_all_systems_are_read(void **state)
{
    (void)state;
    static const char *const text[] = {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n",
                                       "a,b\r1,2\r3,4\r", "a,b\n1,2\n3,4", "a,b\r\n1,2\r\n3,4"};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        const VgTable *t = read_text(text[i]);
        assert_int_equal(t->n_rows, 2);
        number_is(t, "b", 1, 4);
        assert_int_equal(t->line[1], 3);
    }
    refused("a,b\r\n1,2\r\n3\r\n", 3, "has 1 field, header has 2");
    refused("a,b\r1,2\r3\r", 3, "has 1 field, header has 2");
}

static void blank_lines_and_leading_comments_are_skipped(void **state)
{
    (void)state;
    const VgTable *t = read_text("# made by hand\n#\n\na,b\n\n1,2\n  \n\n#3,4\n");
    assert_int_equal(t->n_rows, 2);
    text_is(t, "a", 1, "#3"); /* after the header, # is data */
    assert_int_equal(t->line[0], 6);
    assert_int_equal(t->line[1], 9);
    t = read_text("#OTU ID\tS1\tS2\nx\t1\t2\n");
    text_is(t, "#OTU ID", 0, "x");
    assert_int_equal(t->line[0], 2);
    t = read_text("# from, here\na,b\n1,2\n"); /* a comment with the header's number of fields */
    number_is(t, "b", 0, 2);
    t = read_text("a\tb\n#q2:types\tnumeric\nx\t1\n");
    number_is(t, "b", 0, 1);
    assert_int_equal(t->line[0], 3);
}

static void ragged_rows_are_refused_with_their_line(void **state)
{
    (void)state;
    refused("a,b,c\n1,2,3\n4,5\n", 3, "has 2 fields, header has 3");
    refused("a,b,c\n1,2,3\n\n4,5,6,7,8\n", 4, "has 5 fields, header has 3");
    refused("a,b\n\"1\n\n\",2\n3\n", 5, "has 1 field, header has 2");
}

static void header_problems_are_named(void **state)
{
    (void)state;
    refused("x,y,x,z,y\n1,2,3,4,5\n", 1, "'x' (columns 1 and 3), 'y' (columns 2 and 5)");
    refused("a,,c\n1,2,3\n", 1, "column 2 of 3 has no name");
    refused("1,2\n3,4\n5,6\n", 1, "only numbers");
    refused("a,b\n", 1, "no rows");
    refused("a,b", 1, "no rows");
    refused("\n# c\na,b\n\n  \n", 3, "no rows");
    refused("", 0, "is empty");
    refused("\xEF\xBB\xBF", 0, "is empty");
    refused("# only a comment\n", 0, "is empty");
    refused(" \n\n", 0, "is empty");
}

static void row_names_as_R_writes_them_are_named_row(void **state)
{
    (void)state;
    const VgTable *t = read_text("\"\",\"x\"\n\"1\",3\n\"2\",4\n");
    number_is(t, "row", 1, 2);
    number_is(t, "x", 1, 4);
    t = read_text("x\ty\nr1\t3\ta\nr2\t4\tb\n"); /* write.table: the header is one short */
    text_is(t, "row", 0, "r1");
    number_is(t, "x", 1, 4);
    text_is(t, "y", 1, "b");
    refused("x\n3,5\n4,5\n", 2, "2 fields, header has 1"); /* a decimal comma, not a row name */
    refused("\"\",\"row\"\n1,2\n", 1, "twice");
    refused("a,b,a\n1,x,1\n2,y,3\n", 1,
            "a column occurs twice, with different values: 'a' (columns 1 and 3)");
    refused("a,a\nu,v\n", 1, "twice");
    refused("a,a\n1,\n", 1, "twice");
}

static void decimal_commas_are_numbers_between_semicolons(void **state)
{
    (void)state;
    const VgTable *t = read_text("id;y;z\n1;3,5;NA\n2;4;-0,25\n3;NA;1,5e-05\n4;\"6,125\";7\n");
    number_is(t, "id", 1, 2);
    number_is(t, "y", 0, 3.5);
    number_is(t, "y", 1, 4);
    assert_true(vg_column_is_missing(column(t, "y"), 2));
    number_is(t, "y", 3, 6.125);
    assert_true(vg_column_is_missing(column(t, "z"), 0));
    number_is(t, "z", 1, -0.25);
    number_is(t, "z", 2, 1.5e-5);
    number_is(t, "z", 3, 7);
    /* … but not where the file has points too, and words among them are slips as ever */
    refused("x;y\n1.5;3,5\n2;4\n", 2, "'3,5' has a decimal comma, but the file has decimal points");
    refused("x;y\n1;3,5\n2;4.5\n", 2, "decimal points too");
    refused("x\n1,5\n2,5\n", 2, "2 fields, header has 1");
}

static void decimal_commas_are_refused(void **state)
{
    (void)state;
    refused("id\ty\n1\t3\n2\t-0,5\n", 3, "'-0,5' has a decimal comma");
    refused("id,y\n1,\"3,5\"\n", 2, "decimal comma");
    text_is(read_text("id;y\na;1,2\nb;x\nc;y\n"), "y", 0, "1,2"); /* text that holds commas */
}

/* n rows "i,VALUE" with i + .5, and `odd` in the given line. */
static char *numbers_with(size_t n, size_t line, const char *odd, size_t levels)
{
    char *text = vg_arena_alloc(arena, n * 32 + 64, 1), *p = text + sprintf(text, "id,y\n");
    for (size_t i = 0; i < n; i++)
        p += i + 2 == line ? sprintf(p, "%zu,%s\n", i, odd)
                           : sprintf(p, "%zu,%g\n", i, (double)(i % levels) + .5);
    return text;
}

static void text_among_numbers_is_an_error_not_a_factor(void **state)
{
    (void)state;
    refused(numbers_with(100, 51, "n/a", 1000), 51, "column 'y': 'n/a' is not a number");
    refused(numbers_with(100, 2, "n/a", 1000), 2, "column 'y': 'n/a' is not a number");
    refused(numbers_with(100, 101, "n/a", 4), 101, "column 'y': 'n/a' is not a number");
    refused(numbers_with(100, 7, "0x1A", 1000), 7, "'0x1A' is not a number");
    refused(numbers_with(100, 7, "Inf", 1000), 7, "'Inf' is not a number");
    refused(numbers_with(100, 7, "1e999", 1000), 7, "'1e999' is not a number");
    refused(numbers_with(100, 7, "2023-01-01", 1000), 7, "'2023-01-01' is not a number");
    refused(numbers_with(100, 7, "1 2", 1000), 7, "'1 2' is not a number");
    static const char *const code[] = {"n/a"}, *const name[] = {"y"};
    VgTableOptions declared = {.missing = code, .n_missing = 1};
    const VgTable *t = read_with(numbers_with(100, 51, "n/a", 1000), &declared);
    number_is(t, "y", 49, NAN);
    number_is(t, "y", 50, 50.5);
    VgTableOptions as_text = {.as_text = name, .n_as_text = 1};
    t = read_with(numbers_with(100, 51, "n/a", 1000), &as_text);
    text_is(t, "y", 49, "n/a");
    text_is(t, "y", 2, "2.5");
}

static void codes_beside_words_are_a_factor(void **state)
{
    (void)state;
    const VgTable *t = read_text("visit,y\nbaseline,1\n2,1\n4,1\nbaseline,1\n2,1\n8,1\n");
    assert_int_equal(column(t, "visit")->type, VG_COLUMN_FACTOR);
    assert_int_equal(column(t, "visit")->n_levels, 4);
    text_is(t, "visit", 1, "2");
    t = read_text("dose,y\n1.50,1\n2,2\nplacebo,3\n1.50,4\n"); /* as written, not as numbers */
    text_is(t, "dose", 0, "1.50");
    text_is(t, "dose", 3, "1.50");
    text_is(t, "dose", 1, "2");
}

static void identifiers_keep_their_leading_zeros(void **state)
{
    (void)state;
    const VgTable *t =
        read_text("id,z,big,y\n101,0,9007199254740993,0.5\n007,00,2,0\n12,1,3,-0.25\n");
    text_is(t, "id", 0, "101");
    text_is(t, "id", 1, "007");
    text_is(t, "z", 1, "00");
    text_is(t, "big", 0, "9007199254740993"); /* no double holds it */
    number_is(t, "y", 0, 0.5);
    number_is(t, "y", 2, -0.25);
}

static void missing_codes_are_those_documented_and_declared(void **state)
{
    (void)state;
    static const char *const code[] = {"-999", "999", "not done"};
    VgTableOptions options = {.missing = code, .n_missing = 3};
    const VgTable *t =
        read_with("x,y,z\n1,a,1\n-999,not done,\" NA \"\n-999.0,b,.\n999,,3\n5,999,4\n", &options);
    number_is(t, "x", 0, 1);
    for (size_t row = 1; row < 4; row++)
        number_is(t, "x", row, NAN);
    number_is(t, "x", 4, 5);
    text_is(t, "y", 1, NULL);
    text_is(t, "y", 4, NULL);
    assert_int_equal(column(t, "y")->n_missing, 3);
    assert_int_equal(column(t, "z")->n_missing, 2);
    t = read_text("x,y\n,1\nNA,2\n.,3\nNaN,4\n"); /* nothing but missing values: a number column */
    assert_int_equal(column(t, "x")->type, VG_COLUMN_NUMBER);
    assert_int_equal(column(t, "x")->n_missing, 4);
}

static void dates_are_days_and_impossible_ones_are_refused(void **state)
{
    (void)state;
    const VgTable *t =
        read_text("d,t\n1970-01-01,2000-02-29T12:00\nNA,\n2023-12-31,1969-12-31 18:00:00Z\n");
    const VgColumn *d = column(t, "d"), *c = column(t, "t");
    assert_int_equal(d->type, VG_COLUMN_DATE);
    assert_true(d->number[0] == 0 && isnan(d->number[1]) && d->number[2] == 19722);
    assert_true(c->number[0] == 11016.5 && c->number[2] == -0.25);
    text_is(t, "d", 2, "2023-12-31");
    text_is(t, "t", 0, "2000-02-29T12:00:00");
    text_is(t, "t", 2, "1969-12-31T18:00:00");
    refused("d\n2023-01-30\n2023-02-30\n", 3, "no date '2023-02-30'");
    refused("d\n2023-02-29\n2023-01-30\n", 2, "no date '2023-02-29'");
    refused("d\n1900-02-29\n2023-01-30\n", 2, "no date '1900-02-29'");
    refused("d\n2023-13-01\n2023-01-30\n", 2, "no date '2023-13-01'");
    refused("d\n2023-01-01T24:00\n2023-01-30\n", 2, "no date");
    char text[400], *p = text + sprintf(text, "d\n");
    for (int i = 1; i <= 12; i++)
        p += i == 6 ? sprintf(p, "June\n") : sprintf(p, "2023-%02d-01\n", i);
    refused(text, 7, "'June' is not a date");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    refused("a,b\n1,2\nS\xF8ren,3\n", 3, "0xF8 is not valid UTF-8");
    refused("a,b\n1,\xC3\n", 2, "0xC3 is not valid UTF-8");
    refused("a,b\n1,\xC0\xAF\n", 2, "0xC0");         /* overlong */
    refused("a,b\n1,\xED\xA0\x80\n", 2, "0xED");     /* a surrogate */
    refused("a,b\n1,\xF4\x90\x80\x80\n", 2, "0xF4"); /* beyond U+10FFFF */
    text_is(read_text("a,b\n1,S\xC3\xB8ren \xE2\x82\xAC \xF0\x9F\x98\x80\n"), "b", 0,
            "S\xC3\xB8ren \xE2\x82\xAC \xF0\x9F\x98\x80");
    refused_bytes("a,b\n1,2\n3,\0"
                  "4\n",
                  12, NULL, 3, "zero byte");
    refused_bytes("\xFF\xFE"
                  "a\0,\0",
                  6, NULL, 0, "UTF-16");
    refused_bytes("PK\x03\x04\0\0\0\0", 8, NULL, 0, "zip archive");
}

static void one_endless_line_is_refused_at_once(void **state)
{
    (void)state;
    size_t size = (size_t)100 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'a', size);
    refused_bytes(text, size, NULL, 1, "the first line is longer than 32 MB");
    memcpy(text, "x,y\n1,", 6);
    refused_bytes(text, size, NULL, 2, "a field of");
    memset(text + 6, ',', size - 6);
    refused_bytes(text, size, NULL, 2, "header has 2");
    free(text);
}

static void numbers_are_exactly_rounded(void **state)
{
    (void)state;
    static const char *const text[] = {"0.1",
                                       "1e22",
                                       "1e23",
                                       "0.1234567890123456789",
                                       "9007199254740993.0",
                                       "9007199254740992.999",
                                       "2.2250738585072011e-308",
                                       "4.9e-324",
                                       "2.4703282292062328e-324",
                                       "1.7976931348623157e308",
                                       "8.5",
                                       "-0",
                                       "1.",
                                       ".5",
                                       "+3",
                                       "1E+2",
                                       "7.0385307e-26",
                                       "3.5844466002796428e+298",
                                       "0.500000000000000166533453693773481063544750213623046875",
                                       "100000000000000008388608.",
                                       "9223372036854775807.5",
                                       "1.00000000000000011102230246251565404236316680908203125",
                                       "1.00000000000000011102230246251565404236316680908203124",
                                       "1.00000000000000011102230246251565404236316680908203126",
                                       "00.5",
                                       "1e-400"};
    char table[4096], *p = table + sprintf(table, "k,y\n");
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        p += sprintf(p, "a,%s\n", text[i]);
    const VgTable *t = read_text(table);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        number_is(t, "y", i, strtod(text[i], NULL));
}

/* Random decimals of 1 to 25 digits against the C library. */
static void random_numbers_agree_with_strtod(void **state)
{
    (void)state;
    enum { N = 200000 };
    char *table = malloc(N * 48), *p = table;
    double *expected = malloc(N * sizeof *expected);
    uint64_t x = 88172645463325252u;
    p += sprintf(p, "k,y\n");
    for (size_t i = 0; i < N; i++) {
        char text[64];
        size_t n = 0, digits;
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        digits = 1 + x % 25;
        n += (size_t)sprintf(text, "%s%d.", x >> 60 & 1 ? "-" : "", (int)(x >> 40 & 1023));
        for (size_t k = 0; k < digits; k++) {
            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            text[n++] = (char)('0' + x % 10);
        }
        text[n] = '\0';
        if (x >> 33 & 1)
            sprintf(text + n, "e%d", (int)(x >> 35 & 63) - 32);
        expected[i] = strtod(text, NULL);
        p += sprintf(p, "a,%s\n", text);
    }
    VgError error = {0};
    VgTable *t;
    WITNESS_OK(vg_table_read_csv_bytes(arena, "t", table, (size_t)(p - table), NULL, &t, &error),
               &error);
    for (size_t i = 0; i < N; i++)
        number_is(t, "y", i, expected[i]);
    free(table);
    free(expected);
}

static void few_distinct_texts_are_a_factor_many_are_text(void **state)
{
    (void)state;
    char text[8000], *p = text + sprintf(text, "id,arm,name\n");
    for (int i = 0; i < 100; i++)
        p += sprintf(p, "P%d,%s,n%d\n", i, i % 2 ? "b" : "a", i % 45);
    const VgTable *t = read_text(text);
    assert_int_equal(column(t, "id")->type, VG_COLUMN_TEXT);
    assert_int_equal(column(t, "arm")->type, VG_COLUMN_FACTOR);
    assert_int_equal(column(t, "name")->type, VG_COLUMN_FACTOR); /* 45 of 100 */
    for (size_t k = 1; k < 45; k++)
        assert_true(strcmp(column(t, "name")->level[k - 1], column(t, "name")->level[k]) < 0);
    for (size_t row = 0; row < 100; row++) {
        char wanted[16];
        sprintf(wanted, "n%zu", row % 45);
        text_is(t, "name", row, wanted);
        sprintf(wanted, "P%zu", row);
        text_is(t, "id", row, wanted);
    }
    VgTableOptions options = {.strings_as_text = true};
    t = read_with("a,b\nx,1\nx,2\n,3\n", &options);
    assert_int_equal(column(t, "a")->type, VG_COLUMN_TEXT);
    assert_ptr_equal(column(t, "a")->text[0], column(t, "a")->text[1]);
    assert_null(column(t, "a")->text[2]);
}

/* Texts that equal the row before's take a short cut: quoting must not lead it astray. */
static void a_text_is_itself_whatever_stood_before(void **state)
{
    (void)state;
    refused("k,t\n\"a,b\",1\na,b,2\n", 3, "has 3 fields, header has 2");
    refused("k,t\n\"a,b\",1\nNA,1\na,b,2\n", 4, "has 3 fields, header has 2");
    const VgTable *t =
        read_text("t,k\n\" x \",1\n x ,2\nx,3\nxy,4\n\"x\ny\",5\nx,7\n\"x\"\"\",8\n");
    static const char *const wanted[] = {" x ", "x", "x", "xy", "x\ny", "x", "x\""};
    assert_int_equal(t->n_rows, 7);
    for (size_t row = 0; row < 7; row++)
        text_is(t, "t", row, wanted[row]);
    t = read_text("t,k\nx,1\n,2\nNA,3\nx,4\n");
    text_is(t, "t", 1, NULL);
    text_is(t, "t", 3, "x");
    static const char *const code[] = {"1900-01-01"};
    VgTableOptions options = {.missing = code, .n_missing = 1};
    t = read_with("d\n2020-01-01\n1900-01-01\n2020-01-02\n", &options);
    assert_int_equal(column(t, "d")->n_missing, 1);
    text_is(t, "d", 1, NULL);
}

static void blanks_around_fields_do_not_count(void **state)
{
    (void)state;
    const VgTable *t = read_text(" a , b ,c\n 1 , x y , NA \n2, x y,  3\n");
    number_is(t, "a", 0, 1);
    text_is(t, "b", 0, "x y");
    assert_int_equal(column(t, "b")->n_levels, 1);
    number_is(t, "c", 0, NAN);
    number_is(t, "c", 1, 3);
}

static void columns_are_found_and_the_nearest_name_is_told(void **state)
{
    (void)state;
    const VgTable *t = read_text("hamd17,arm\n1,2\n");
    const VgColumn *found;
    VgError error = {0};
    WITNESS_OK(vg_table_require(t, "arm", &found, &error), &error);
    assert_ptr_equal(found, vg_table_column(t, "arm"));
    assert_int_equal(vg_table_require(t, "HAMD17", &found, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "'hamd17'"));
    assert_string_equal(error.file, "t.csv");
    assert_int_equal(vg_table_require(t, "zzzzzzzz", &found, &error), VG_INVALID_INPUT);
    assert_null(vg_table_column(t, "Arm"));
}

static void factor_levels_are(const VgTable *t, const char *name, const char *const *first,
                              size_t n_first, const bool *keep, const char *levels,
                              const char *codes)
{
    VgError error = {0};
    int32_t *code;
    const char **level;
    size_t n_levels;
    WITNESS_OK(vg_column_as_factor(arena, t, column(t, name), first, n_first, keep, &code, &level,
                                   &n_levels, &error),
               &error);
    char found[200] = "", found_codes[200] = "";
    for (size_t k = 0; k < n_levels; k++)
        sprintf(found + strlen(found), "%s|", level[k]);
    for (size_t row = 0; row < t->n_rows; row++)
        sprintf(found_codes + strlen(found_codes), "%d,", code[row]);
    assert_string_equal(found, levels);
    assert_string_equal(found_codes, codes);
}

static void any_column_is_seen_as_a_factor(void **state)
{
    (void)state;
    const VgTable *t = read_text("arm,visit,day\nplacebo,10,2023-02-01\nactive,2,2022-05-01\n,2,\n"
                                 "placebo,-1.5,2023-02-01\nother,NA,2023-02-01\n");
    static const char *const first[] = {"placebo"}, *const two[] = {"other", "placebo"};
    static const char *const visits[] = {"10", "2"}, *const nobody[] = {"nobody"};
    static const bool keep[] = {true, true, true, true, false};
    factor_levels_are(t, "arm", NULL, 0, NULL, "active|other|placebo|", "2,0,-1,2,1,");
    factor_levels_are(t, "arm", first, 1, NULL, "placebo|active|other|", "0,1,-1,0,2,");
    factor_levels_are(t, "arm", first, 1, keep, "placebo|active|", "0,1,-1,0,-1,");
    factor_levels_are(t, "arm", two, 2, keep, "other|placebo|active|", "1,2,-1,1,0,");
    factor_levels_are(t, "visit", NULL, 0, NULL, "-1.5|2|10|", "2,1,1,0,-1,");
    factor_levels_are(t, "visit", visits, 2, NULL, "10|2|-1.5|", "0,1,1,2,-1,");
    factor_levels_are(t, "day", NULL, 0, NULL, "2022-05-01|2023-02-01|", "1,0,-1,1,1,");
    VgError error = {0};
    int32_t *code;
    const char **level;
    size_t n;
    assert_int_equal(
        vg_column_as_factor(arena, t, column(t, "arm"), nobody, 1, NULL, &code, &level, &n, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "nobody"));
    VgTableOptions options = {.strings_as_text = true};
    t = read_with("a\ny\nx\ny\n", &options);
    factor_levels_are(t, "a", NULL, 0, NULL, "x|y|", "1,0,1,");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, drop_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_text_and_missing_codes_are_read),
        TEST(delimiters_are_detected),
        TEST(quoting_follows_rfc_4180),
        TEST(line_ends_of_all_systems_are_read),
        TEST(blank_lines_and_leading_comments_are_skipped),
        TEST(ragged_rows_are_refused_with_their_line),
        TEST(header_problems_are_named),
        TEST(row_names_as_R_writes_them_are_named_row),
        TEST(decimal_commas_are_numbers_between_semicolons),
        TEST(decimal_commas_are_refused),
        TEST(text_among_numbers_is_an_error_not_a_factor),
        TEST(codes_beside_words_are_a_factor),
        TEST(identifiers_keep_their_leading_zeros),
        TEST(missing_codes_are_those_documented_and_declared),
        TEST(dates_are_days_and_impossible_ones_are_refused),
        TEST(bytes_that_are_no_text_are_refused),
        TEST(one_endless_line_is_refused_at_once),
        TEST(numbers_are_exactly_rounded),
        TEST(random_numbers_agree_with_strtod),
        TEST(few_distinct_texts_are_a_factor_many_are_text),
        TEST(a_text_is_itself_whatever_stood_before),
        TEST(blanks_around_fields_do_not_count),
        TEST(columns_are_found_and_the_nearest_name_is_told),
        TEST(any_column_is_seen_as_a_factor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
