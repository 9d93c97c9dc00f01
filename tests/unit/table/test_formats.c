/* Files on disk: gzip, standard input, and SAS, SPSS and Stata files made here by ReadStat's writer. */
#include "support/folder.h"
#include "support/witness.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <readstat.h>
#include <sys/stat.h>
#include <zlib.h>

#include <vagus/table.h>

static VgArena *arena;
static const char *folder;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    folder = folder_new(arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    vg_arena_destroy(arena);
    return 0;
}

static const char *in_folder(const char *name)
{
    return vg_arena_printf(arena, "%s/%s", folder, name);
}

static const VgTable *read_file(const char *path, const VgTableOptions *options)
{
    VgError error = {0};
    VgTable *table = NULL;
    WITNESS_OK(vg_table_read(arena, path, options, &table, &error), &error);
    return table;
}

static void refused(const char *path, const VgTableOptions *options, VgStatus wanted,
                    const char *words)
{
    VgError error = {0};
    VgTable *table = NULL;
    VgStatus status = vg_table_read(arena, path, options, &table, &error);
    if (status != wanted || !strstr(error.message, words) || !*error.hint)
        fail_msg("wanted '%s', got status %d: %s", words, (int)status, error.message);
    assert_string_equal(error.file, path);
}

static const VgColumn *column(const VgTable *table, const char *name)
{
    const VgColumn *found = vg_table_column(table, name);
    if (!found)
        fail_msg("no column %s", name);
    return found;
}

static void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void write_gzip(const char *path, const char *mode, const char *text, size_t repeat)
{
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    for (size_t i = 0; i < repeat; i++)
        assert_true(gzwrite(file, text, (unsigned)strlen(text)) > 0);
    gzclose(file);
}

static void gzip_is_read_in_one_or_more_members(void **state)
{
    (void)state;
    const char *path = in_folder("t.csv.gz");
    write_gzip(path, "wb", "a,b\n1,2\n", 1);
    write_gzip(path, "ab", "3,4\n", 1);
    const VgTable *t = read_file(path, NULL);
    assert_int_equal(t->n_rows, 2);
    assert_true(column(t, "b")->number[1] == 4);
}

static void damaged_gzip_is_refused(void **state)
{
    (void)state;
    const char *path = in_folder("t.csv.gz");
    write_gzip(path, "wb", "a,b\n1,2\n3,4\n5,6\n", 50);
    FILE *file = fopen(path, "rb");
    char bytes[4096];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    write_bytes(path, bytes, size - 6);
    refused(path, NULL, VG_INVALID_INPUT, "damaged: it ends too early");
    bytes[size - 5] ^= 1; /* length or check sum */
    write_bytes(path, bytes, size);
    refused(path, NULL, VG_INVALID_INPUT, "gzip stream is damaged");
    bytes[size - 5] ^= 1;
    memcpy(bytes + size, "rubbish", 7);
    write_bytes(path, bytes, size + 7);
    refused(path, NULL, VG_INVALID_INPUT, "gzip stream is damaged");
}

static void a_gzip_bomb_is_refused(void **state)
{
    (void)state;
    const char *path = in_folder("bomb.csv.gz");
    char *zeros = malloc((1 << 20) + 1);
    for (size_t i = 0; i < 1 << 20; i += 2)
        memcpy(zeros + i, "0\n", 2);
    zeros[1 << 20] = '\0';
    write_gzip(path, "wb9", zeros, 300);
    free(zeros);
    refused(path, NULL, VG_INVALID_INPUT, "inflates to more than");
}

static void standard_input_is_read(void **state)
{
    (void)state;
    const char *path = in_folder("t.txt");
    write_bytes(path, "a\tb\n1\tx\n", 8);
    int saved = dup(STDIN_FILENO), file = open(path, O_RDONLY);
    dup2(file, STDIN_FILENO);
    const VgTable *t = read_file("-", NULL);
    dup2(saved, STDIN_FILENO);
    close(saved);
    close(file);
    assert_string_equal(t->path, "-");
    assert_true(column(t, "a")->number[0] == 1);
}

static void what_cannot_be_opened_says_so(void **state)
{
    (void)state;
    refused(in_folder("absent.csv"), NULL, VG_INVALID_INPUT, "cannot be opened");
    refused(folder, NULL, VG_INVALID_INPUT, "is a folder");
    const char *path = in_folder("empty.sav");
    write_bytes(path, "", 0);
    refused(path, NULL, VG_INVALID_INPUT, "is empty");
}

static void the_digest_is_of_the_stored_bytes(void **state)
{
    (void)state;
    const char *path = in_folder("t.csv");
    write_bytes(path, "a,b\n1,2\n", 8);
    /* printf 'a,b\n1,2\n' | sha256sum */
    assert_string_equal(read_file(path, NULL)->sha256,
                        "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470");
}

/* A file that ends exactly with a page, and one byte around it. */
static void files_that_end_with_a_page_are_read(void **state)
{
    (void)state;
    const char *path = in_folder("page.csv");
    for (size_t size = 4094; size <= 4098; size++) {
        char text[5000];
        memset(text, '1', sizeof text);
        memcpy(text, "a,b\n1,2\n3,\"", 11);
        text[size - 1] = '"';
        write_bytes(path, text, size);
        const VgTable *t = read_file(path, NULL);
        assert_int_equal(t->n_rows, 2);
        text[size - 1] = 'x';
        write_bytes(path, text, size);
        refused(path, NULL, VG_INVALID_INPUT, "never closed");
    }
}

/* ---- files of the statistics programs ---- */

typedef readstat_error_t (*BeginWriting)(readstat_writer_t *, void *, long);

static ssize_t write_data(const void *data, size_t size, void *context)
{
    return write(*(int *)context, data, size);
}

typedef struct Made {
    const char *path;
    bool has_tags, has_labels, spss;
    const char *day_format, *moment_format;
    double day_scale, day_origin, moment_scale,
        moment_origin; /* file's value = days × scale + origin */
} Made;

/* Rows: ("P1", 1.5, arm 1, 2020-01-02 noon) ("P2", missing, arm 2, 1959-12-31) ("", tag C or missing, arm 1, missing). */
static void make(const Made *made, BeginWriting begin)
{
    int descriptor = open(made->path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, write_data);
    readstat_label_set_t *arms = NULL;
    if (made->has_labels) {
        arms = readstat_add_label_set(writer, READSTAT_TYPE_DOUBLE, "ARMS");
        readstat_label_double_value(arms, 1, "placebo");
        readstat_label_double_value(arms, 2, "L\xC3\xA6gemiddel");
        readstat_label_double_value(arms, 3, "never used");
    }
    readstat_variable_t *id = readstat_add_variable(writer, "ID", READSTAT_TYPE_STRING, 8);
    readstat_variable_t *y = readstat_add_variable(writer, "Y", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_t *arm = readstat_add_variable(writer, "ARM", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_t *day = readstat_add_variable(writer, "DAY", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_t *moment = readstat_add_variable(writer, "MOMENT", READSTAT_TYPE_DOUBLE, 8);
    readstat_variable_set_label(y, "HAM-D, total");
    readstat_variable_set_format(day, made->day_format);
    readstat_variable_set_format(moment, made->moment_format);
    if (arms)
        readstat_variable_set_label_set(arm, arms);
    if (made->spss)
        readstat_variable_add_missing_double_value(y, -99);
    assert_int_equal(begin(writer, &descriptor, 3), READSTAT_OK);
    static const double days[] = {18263, -3654};
    for (int row = 0; row < 3; row++) {
        readstat_begin_row(writer);
        readstat_insert_string_value(writer, id, row == 0 ? "P1" : row == 1 ? "P2" : "");
        if (row == 0)
            readstat_insert_double_value(writer, y, 1.5);
        else if (row == 1 && made->spss)
            readstat_insert_double_value(writer, y, -99);
        else if (row == 2 && made->has_tags)
            assert_int_equal(readstat_insert_tagged_missing_value(
                                 writer, y, made->moment_format[0] == '%' ? 'c' : 'C'),
                             READSTAT_OK);
        else
            readstat_insert_missing_value(writer, y);
        readstat_insert_double_value(writer, arm, row == 1 ? 2 : 1);
        if (row < 2) {
            readstat_insert_double_value(writer, day,
                                         days[row] * made->day_scale + made->day_origin);
            readstat_insert_double_value(
                writer, moment, (days[row] + 0.5) * made->moment_scale + made->moment_origin);
        } else {
            readstat_insert_missing_value(writer, day);
            readstat_insert_missing_value(writer, moment);
        }
        assert_int_equal(readstat_end_row(writer), READSTAT_OK);
    }
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    close(descriptor);
}

static void check(const Made *made)
{
    const VgTable *t = read_file(made->path, NULL);
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->n_columns, 5);
    assert_int_equal(t->line[2], 3);
    const VgColumn *id = column(t, "ID"), *y = column(t, "Y"), *arm = column(t, "ARM");
    const VgColumn *day = column(t, "DAY"), *moment = column(t, "MOMENT");
    assert_string_equal(vg_column_value_text(arena, id, 1), "P2");
    assert_true(vg_column_is_missing(id, 2));
    assert_true(y->number[0] == 1.5 && isnan(y->number[1]) && isnan(y->number[2]));
    assert_string_equal(y->label, "HAM-D, total");
    assert_int_equal(y->n_missing, 2);
    assert_int_equal(y->missing_tag ? y->missing_tag[2] : 0, made->has_tags ? 'C' : 0);
    assert_int_equal(y->missing_tag ? y->missing_tag[1] : 0, 0);
    if (made->has_labels) {
        assert_int_equal(arm->type, VG_COLUMN_FACTOR);
        assert_int_equal(arm->n_levels, 2);
        assert_string_equal(vg_column_value_text(arena, arm, 1), "L\xC3\xA6gemiddel");
        assert_string_equal(vg_column_value_text(arena, arm, 2), "placebo");
        assert_true(arm->behind[0] == 1 && arm->behind[1] == 2);
        assert_true(strcmp(arm->level[0], arm->level[1]) < 0);
    } else {
        assert_true(arm->number[1] == 2);
    }
    assert_int_equal(day->type, VG_COLUMN_DATE);
    assert_int_equal(moment->type, VG_COLUMN_DATE);
    assert_string_equal(vg_column_value_text(arena, day, 0), "2020-01-02");
    assert_string_equal(vg_column_value_text(arena, day, 1), "1959-12-31");
    assert_string_equal(vg_column_value_text(arena, moment, 0), "2020-01-02T12:00:00");
    assert_true(vg_column_is_missing(day, 2));
}

/* The first half of the file, and its first bytes alone, are refused with the file's name. */
static void check_cut(const Made *made)
{
    struct stat about;
    assert_int_equal(stat(made->path, &about), 0);
    assert_int_equal(truncate(made->path, about.st_size / 2), 0);
    VgError error = {0};
    VgTable *table = NULL;
    VgStatus status = vg_table_read(arena, made->path, NULL, &table, &error);
    assert_true(status == VG_INVALID_INPUT && *error.hint);
    write_bytes(made->path, "a,b\n1,2\n", 8);
    refused(made->path, NULL, VG_INVALID_INPUT, "cannot be read as the format its extension names");
}

static void stata_files_are_read(void **state)
{
    (void)state;
    Made made = {in_folder("t.dta"), true, true, false, "%td", "%tc", 1, 3653, 86400e3,
                 3653 * 86400e3};
    make(&made, readstat_begin_writing_dta);
    check(&made);
    check_cut(&made);
}

static void spss_files_are_read(void **state)
{
    (void)state;
    Made made = {in_folder("t.sav"),
                 false,
                 true,
                 true,
                 "DATE11",
                 "DATETIME20",
                 86400,
                 141428 * 86400.0,
                 86400,
                 141428 * 86400.0};
    make(&made, readstat_begin_writing_sav);
    check(&made);
    check_cut(&made);
    /* a portable file without labels: ReadStat 1.1.8's own writer crashes on them */
    made.path = in_folder("t.por");
    made.has_labels = false;
    make(&made, readstat_begin_writing_por);
    check(&made);
    check_cut(&made);
}

static void sas_transport_files_are_read(void **state)
{
    (void)state;
    Made made = {in_folder("T.XPT"), true, false, false, "DATE9",
                 "DATETIME20",       1,    3653,  86400, 3653 * 86400.0};
    make(&made, readstat_begin_writing_xport);
    check(&made);
}

static void sas_data_files_are_read(void **state)
{
    (void)state;
    Made made = {
        in_folder("t.sas7bdat"), true, false, false, "YYMMDD10", "E8601DT19", 1, 3653, 86400,
        3653 * 86400.0};
    make(&made, readstat_begin_writing_sas7bdat);
    check(&made);
    check_cut(&made);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gzip_is_read_in_one_or_more_members),
        TEST(damaged_gzip_is_refused),
        TEST(a_gzip_bomb_is_refused),
        TEST(standard_input_is_read),
        TEST(what_cannot_be_opened_says_so),
        TEST(the_digest_is_of_the_stored_bytes),
        TEST(files_that_end_with_a_page_are_read),
        TEST(stata_files_are_read),
        TEST(spss_files_are_read),
        TEST(sas_transport_files_are_read),
        TEST(sas_data_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
