/* Workbooks: packed here from XML parts, and made by libxlsxwriter where it is installed. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zip.h>
#ifdef HAVE_XLSXWRITER
#include <xlsxwriter.h>
#endif

#include <vagus/table.h>

static VgArena *arena;
static char path[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/vagus_XXXXXX.xlsx");
    int descriptor = mkstemps(path, 5);
    arena = vg_arena_create();
    return descriptor >= 0 && close(descriptor) == 0 && arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return unlink(path);
}

static void add(zip_t *zip, const char *name, const char *text)
{
    zip_source_t *part = zip_source_buffer(zip, text, strlen(text), 0);
    assert_true(part && zip_file_add(zip, name, part, ZIP_FL_OVERWRITE) >= 0);
}

#define STRINGS                                                                                    \
    "<sst><si><t>id</t></si><si><r><t>A</t></r><r><t>nna</t></r><rPh><t>x</t></rPh></si></sst>"
#define STYLES                                                                                     \
    "<styleSheet><numFmts><numFmt numFmtId='170' formatCode='dd/mm/yyyy'/>"                        \
    "<numFmt numFmtId='171' formatCode='0.0&quot;days&quot;'/></numFmts><cellXfs>"                 \
    "<xf numFmtId='0'/><xf numFmtId='170'/><xf numFmtId='171'/><xf numFmtId='22'/>"                \
    "<xf numFmtId='20'/></cellXfs></styleSheet>"

/* Writes a workbook of one sheet 'a' with these rows, and an empty sheet 'b'. */
static void pack(const char *properties, const char *rows)
{
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    add(zip, "xl/_rels/workbook.xml.rels",
        "<Relationships xmlns='r'><Relationship Id='r9' Type='x/worksheet' Target='worksheets/"
        "sheet1.xml'/><Relationship Id='r8' Type='x/worksheet' Target='/xl/b.xml'/><Relationship "
        "Id='r2' Type='x/sharedStrings' Target='strings.xml'/><Relationship Id='r3' "
        "Type='x/styles' Target='styles.xml'/></Relationships>");
    add(zip, "xl/workbook.xml",
        vg_arena_printf(arena,
                        "<x:workbook xmlns:x='w' xmlns:r='q'><x:workbookPr %s/><x:sheets>"
                        "<x:sheet name='a' sheetId='1' r:id='r9'/><x:sheet name='b' "
                        "sheetId='2' r:id='r8'/></x:sheets></x:workbook>",
                        properties));
    add(zip, "xl/strings.xml", STRINGS);
    add(zip, "xl/styles.xml", STYLES);
    add(zip, "xl/b.xml", "<worksheet><sheetData/></worksheet>");
    add(zip, "xl/worksheets/sheet1.xml",
        vg_arena_printf(arena, "%s<worksheet><sheetData>%s</sheetData></worksheet>",
                        strncmp(rows, "<!", 2) ? "" : "<!DOCTYPE a [<!ENTITY b 'c'>]>",
                        strncmp(rows, "<!", 2) ? rows : "&b;"));
    assert_int_equal(zip_close(zip), 0);
}

static const VgTable *read_book(const char *sheet)
{
    VgTableOptions options = {.sheet = sheet};
    VgError error = {0};
    VgTable *table = NULL;
    WITNESS_OK(vg_table_read(arena, path, &options, &table, &error), &error);
    return table;
}

static void refused(const char *sheet, size_t line, const char *words)
{
    VgTableOptions options = {.sheet = sheet};
    VgError error = {0};
    VgTable *table = NULL;
    VgStatus status = vg_table_read(arena, path, &options, &table, &error);
    if (status != VG_INVALID_INPUT || !strstr(error.message, words) || error.line != line ||
        !*error.hint)
        fail_msg("wanted line %zu '%s', got status %d, line %zu: %s", line, words, (int)status,
                 error.line, error.message);
}

static void text_is(const VgTable *table, const char *name, size_t row, const char *value)
{
    const VgColumn *column = vg_table_column(table, name);
    assert_non_null(column);
    const char *text = vg_column_value_text(arena, column, row);
    assert_string_equal(text ? text : "(missing)", value);
}

#define TEXT(place, text) "<c r='" place "' t='inlineStr'><is><t>" text "</t></is></c>"
#define NUMBER(place, text) "<c r='" place "'><v>" text "</v></c>"
#define HEADER "<row r='2'><c r='B2' t='s'><v>0</v></c>" TEXT("C2", "y") TEXT("D2", "day") "</row>"

static void cells_of_all_kinds_are_read(void **state)
{
    (void)state;
    pack("",
         "<row r='1'/>" HEADER "<row r='3'><c r='B3' t='s'><v>1</v></c>" NUMBER(
             "C3",
             "0.10000000000000001") "<c r='D3' s='1'><v>43832</v></c></row><row r='4'><c r='B4' "
                                    "t='str'><f>C3</f><v>Bo</v></c>"
                                    "<c r='C4' s='2'><f>1+1</f><v>2</v></c><c r='D4' "
                                    "s='3'><v>43832.75</v></c></row>"
                                    "<row r='5'><c r='C5'/></row>"
                                    "<row r='7'>" TEXT("B7", " NA ") NUMBER(
                                        "C7",
                                        "-1.5E-3") "<c r='D7' t='d'><v>2020-02-29</v></c></row>");
    const VgTable *t = read_book(NULL);
    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->n_columns, 3);
    text_is(t, "id", 0, "Anna"); /* runs joined, phonetic hints left out */
    text_is(t, "id", 1, "Bo");
    text_is(t, "id", 2, "(missing)");
    text_is(t, "y", 0, "0.1");
    text_is(t, "y", 1, "2");
    text_is(t, "y", 2, "-0.0015");
    assert_int_equal(vg_table_column(t, "day")->type, VG_COLUMN_DATE);
    text_is(t, "day", 0, "2020-01-02");
    text_is(t, "day", 1, "2020-01-02T18:00:00");
    text_is(t, "day", 2, "2020-02-29");
    assert_int_equal(t->line[0], 3);
    assert_int_equal(t->line[2], 7);
}

/* Serial numbers 1, 59, 61 are 1900-01-01, 02-28, 03-01; 60 is the day that never was; in 1904's calendar 0 is the
 * first day (ECMA-376 part 1, 18.17.4.1). */
static void the_calendars_of_excel_are_kept_apart(void **state)
{
    (void)state;
    static const char rows[] = "<row>" TEXT(
        "A1", "d") "</row><row><c s='1'><v>1</v></c></row>"
                   "<row><c s='1'><v>59</v></c></row><row><c s='1'><v>61</v></c></row>";
    pack("", rows);
    const VgTable *t = read_book("a");
    text_is(t, "d", 0, "1900-01-01");
    text_is(t, "d", 1, "1900-02-28");
    text_is(t, "d", 2, "1900-03-01");
    pack("date1904='1'", rows);
    t = read_book("a");
    text_is(t, "d", 0, "1904-01-02");
    pack("", "<row>" TEXT("A1", "d") "</row><row><c s='1'><v>60</v></c></row>");
    refused(NULL, 2, "cell A2 is formatted as a date, but its number is no day");
    pack("", "<row>" TEXT("A1", "d") "</row><row><c s='4'><v>0.5</v></c></row>");
    text_is(read_book(NULL), "d", 0, "0.5"); /* a time of day is no date */
}

static void numbers_before_text_come_back_as_text(void **state)
{
    (void)state;
    pack("", "<row>" TEXT("A1", "dose") "</row><row>" NUMBER("A2", "1.5") "</row><row>" NUMBER(
                 "A3", "2") "</row><row>" TEXT("A4", "placebo") "</row>");
    const VgTable *t = read_book(NULL);
    text_is(t, "dose", 0, "1.5");
    text_is(t, "dose", 2, "placebo");
}

static void problems_name_their_cell(void **state)
{
    (void)state;
    pack("", HEADER "<row r='3'><c r='C3' t='e'><f>1/0</f><v>#DIV/0!</v></c></row>");
    refused(NULL, 3, "cell C3 holds an error value");
    pack("", HEADER "<row r='3'><c r='C3'><f>1+1</f></c></row>");
    refused(NULL, 3, "cell C3 holds a formula without a stored result");
    pack("", HEADER "<row r='3'>" NUMBER("AA3", "1") "</row>");
    refused(NULL, 3, "cell AA3 stands to the right");
    pack("", HEADER "<row r='3'><c r='B3' t='s'><v>7</v></c></row>");
    refused(NULL, 3, "cell B3 refers to a text");
    pack("", "<row r='1'>" TEXT("A1", "a")
                 TEXT("C1", "c") "</row><row r='2'>" NUMBER("A2", "1") "</row>");
    refused(NULL, 1, "the column of cell B1 has no name");
    pack("", "<row r='1'>" TEXT("A1", "a")
                 TEXT("B1", "a") "</row><row r='2'>" NUMBER("A2", "1") "</row>");
    refused(NULL, 1, "a column occurs twice: 'a'");
    pack("", HEADER);
    refused(NULL, 2, "has a header but no rows");
    refused("b", 0, "the sheet is empty");
    refused("A", 0, "no sheet 'A'; the nearest name is 'a'");
    pack("", "<row r='2'>" TEXT("A2", "a") "</row><row r='2'/>");
    refused(NULL, 2, "out of order");
    pack("", "<row r='2'>" NUMBER("B2", "1") NUMBER("A2", "1") "</row>");
    refused(NULL, 2, "out of order");
}

static void files_that_are_no_workbook_are_refused(void **state)
{
    (void)state;
    pack("", "<!DOCTYPE");
    refused(NULL, 0, "declares a document type");
    pack("", "<row><c></row>");
    refused(NULL, 0, "is damaged");
    FILE *file = fopen(path, "wb");
    fputs("a,b\n1,2\n", file);
    fclose(file);
    refused(NULL, 0, "no readable .xlsx");
    file = fopen(path, "wb");
    fputs("\xD0\xCF\x11\xE0 old", file);
    fclose(file);
    refused(NULL, 0, "an old .xls or a password-protected workbook");
}

/* 300 MB of blanks in a sheet of 300 kB */
static void a_zip_bomb_is_refused(void **state)
{
    (void)state;
    size_t size = (size_t)300 << 20;
    char *rows = malloc(size + 1);
    memset(rows, ' ', size);
    rows[size] = '\0';
    zip_t *zip;
    pack("", "");
    zip = zip_open(path, 0, NULL);
    add(zip, "xl/worksheets/sheet1.xml", rows);
    zip_set_file_compression(zip, (zip_uint64_t)zip_name_locate(zip, "xl/worksheets/sheet1.xml", 0),
                             ZIP_CM_DEFLATE, 1);
    assert_int_equal(zip_close(zip), 0);
    free(rows);
    refused(NULL, 0, "inflates to more than");
}

static void a_workbook_of_libxlsxwriter_is_read(void **state)
{
    (void)state;
#ifdef HAVE_XLSXWRITER
    lxw_workbook *book = workbook_new(path);
    workbook_add_worksheet(book, "notes");
    lxw_worksheet *sheet = workbook_add_worksheet(book, "HAM-D");
    lxw_format *format = workbook_add_format(book);
    format_set_num_format(format, "d mmm yyyy");
    lxw_datetime day = {2021, 3, 28, 0, 0, 0};
    worksheet_write_string(sheet, 0, 0, "patient", NULL);
    worksheet_write_string(sheet, 0, 1, "score", NULL);
    worksheet_write_string(sheet, 0, 2, "visit", NULL);
    worksheet_write_string(sheet, 0, 3, "done", NULL);
    for (uint32_t row = 1; row <= 50; row++) {
        worksheet_write_string(sheet, row, 0, row % 2 ? "odd" : "even", NULL);
        if (row != 7)
            worksheet_write_number(sheet, row, 1, row / 7.0, NULL);
        worksheet_write_datetime(sheet, row, 2, &day, format);
        worksheet_write_boolean(sheet, row, 3, row > 25, NULL);
    }
    assert_int_equal(workbook_close(book), LXW_NO_ERROR);
    const VgTable *t = read_book("HAM-D");
    assert_int_equal(t->n_rows, 50);
    const VgColumn *score = vg_table_column(t, "score");
    assert_int_equal(score->n_missing, 1);
    for (size_t row = 0; row < 50; row++) /* libxlsxwriter writes 16 digits */
        assert_true(row == 6 ? isnan(score->number[row])
                             : fabs(score->number[row] - (double)(row + 1) / 7) < 1e-14);
    text_is(t, "patient", 1, "even");
    text_is(t, "visit", 49, "2021-03-28");
    text_is(t, "done", 49, "TRUE");
    refused("notes", 0, "the sheet is empty");
#else
    skip();
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_of_all_kinds_are_read),
        TEST(the_calendars_of_excel_are_kept_apart),
        TEST(numbers_before_text_come_back_as_text),
        TEST(problems_name_their_cell),
        TEST(files_that_are_no_workbook_are_refused),
        TEST(a_zip_bomb_is_refused),
        TEST(a_workbook_of_libxlsxwriter_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
