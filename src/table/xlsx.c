/* The sheet of a workbook as a table: the first row with content is the header, blank rows are skipped.
 *
 * The sheet is streamed: once to learn its extent and header, once to fill the columns, and once more
 * only if text follows numbers in a column. Cells become text as a CSV would hold it and pass the same
 * typing; numbers in a date style become ISO dates. */
#include "table/formats.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "table/columns.h"
#include "table/date.h"
#include "table/number.h"
#include "table/xlsx_book.h"

enum { MOST_ROWS = 1048576, MOST_COLUMNS = 16384, LONGEST_TEXT = 1 << 20 };

typedef enum Pass { MEASURE, FILL, AGAIN } Pass;

typedef struct Cell {
    size_t column;
    size_t start, length; /* in the row's text */
} Cell;

typedef struct SheetReader {
    VgArena *arena;
    const char *path;
    const VgXlsxBook *book;
    VgXlsxVisitor *visitor;
    VgError *error;
    Pass pass;
    /* the cell that is being read */
    size_t row, column;
    char type; /* of the attribute t: n s S(tr) i(nline) b e d */
    bool date, in_value, in_inline, has_value, has_formula, phonetic;
    VgBuffer value;
    /* the row */
    VgBuffer text;
    Cell *cell;
    size_t n_cells, cell_capacity;
    /* the table */
    bool has_header;
    size_t header_row, first_column, last_column;
    const char **header; /* by sheet column, header cells only */
    size_t n_rows;       /* rows with content after the header */
    const char **name;
    size_t n_columns;
    VgColumns columns;
    uint32_t *line;
} SheetReader;

static void stop(SheetReader *reader, VgStatus status)
{
    vg_xlsx_stop(reader->visitor, status);
}

/* "BC12" from a column (0-based) and a row (1-based). */
static const char *reference(size_t column, size_t row, char text[32])
{
    char letters[8];
    size_t n = 0;
    for (size_t rest = column + 1; rest > 0 && n < sizeof letters; rest = (rest - 1) / 26)
        letters[n++] = (char)('A' + (rest - 1) % 26);
    char *p = text;
    while (n > 0)
        *p++ = letters[--n];
    snprintf(p, 24, "%zu", row);
    return text;
}

static void wrong_cell(SheetReader *reader, const char *what, const char *hint)
{
    char place[32];
    stop(reader,
         vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->row, "cell %s %s", hint,
                    reference(reader->column, reader->row, place), what));
}

static bool parse_reference(const char *text, size_t *column, size_t *row)
{
    size_t c = 0, r = 0;
    const char *p = text;
    for (; isalpha((unsigned char)*p) && c <= MOST_COLUMNS; p++)
        c = c * 26 + (size_t)(toupper((unsigned char)*p) - 'A' + 1);
    for (; isdigit((unsigned char)*p) && r <= MOST_ROWS; p++)
        r = r * 10 + (size_t)(*p - '0');
    if (*p || c == 0 || r == 0 || c > MOST_COLUMNS || r > MOST_ROWS)
        return false;
    *column = c - 1;
    *row = r;
    return true;
}

static void start_row(SheetReader *reader, const char **attributes)
{
    const char *r = vg_xlsx_attribute(attributes, "r");
    size_t row = r ? strtoul(r, NULL, 10) : reader->row + 1;
    if (row <= reader->row || row > MOST_ROWS) {
        stop(reader, vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->row,
                                "the rows of the sheet are out of order",
                                "save the workbook again, or export the sheet as CSV UTF-8"));
        return;
    }
    reader->row = row;
    reader->column = (size_t)-1; /* cells without a reference follow each other */
    reader->n_cells = 0;
    reader->text.length = 0;
}

static void start_cell(SheetReader *reader, const char **attributes)
{
    const char *r = vg_xlsx_attribute(attributes, "r");
    const char *t = vg_xlsx_attribute(attributes, "t");
    const char *s = vg_xlsx_attribute(attributes, "s");
    size_t row = reader->row, before = reader->column;
    reader->column++;
    if ((r && !parse_reference(r, &reader->column, &row)) || row != reader->row ||
        reader->column >= MOST_COLUMNS || (before != (size_t)-1 && reader->column <= before)) {
        stop(reader, vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->row,
                                "the cells of the row are out of order",
                                "save the workbook again, or export the sheet as CSV UTF-8"));
        return;
    }
    size_t style = s ? strtoul(s, NULL, 10) : 0;
    reader->date = style < reader->book->n_styles && reader->book->is_date[style];
    reader->type = 'n';
    if (t)
        reader->type = strcmp(t, "str") == 0 ? 'S' : *t;
    reader->has_value = reader->has_formula = false;
    reader->in_value = reader->in_inline = reader->phonetic = false;
    reader->value.length = 0;
}

static void on_start(void *context, const char *name, const char **attributes)
{
    SheetReader *reader = context;
    if (strcmp(name, "row") == 0)
        start_row(reader, attributes);
    else if (strcmp(name, "c") == 0)
        start_cell(reader, attributes);
    else if (strcmp(name, "v") == 0)
        reader->in_value = reader->has_value = true;
    else if (strcmp(name, "f") == 0)
        reader->has_formula = true;
    else if (strcmp(name, "t") == 0)
        reader->in_inline = reader->type == 'i';
    else if (strcmp(name, "rPh") == 0)
        reader->phonetic = true;
}

static void on_text(void *context, const char *text, size_t length)
{
    SheetReader *reader = context;
    if (!reader->in_value && (!reader->in_inline || reader->phonetic))
        return;
    vg_buffer_append(&reader->value, text, length);
    if (reader->value.failed)
        stop(reader, vg_fail_memory(reader->error));
    else if (reader->value.length > LONGEST_TEXT)
        wrong_cell(reader, "holds more than 1 MB of text", "shorten it");
}

/* A number as a CSV would hold it, or its date. NULL: said already. */
static const char *number_text(SheetReader *reader, char text[64])
{
    double value, days;
    bool integer;
    if (!vg_number_parse(reader->value.text, reader->value.length, &value, &integer)) {
        wrong_cell(reader, "holds a damaged number", "enter it again");
        return NULL;
    }
    if (!reader->date) {
        vg_format_double(value, text);
        return text;
    }
    if (!vg_xlsx_days(value, reader->book->from_1904, &days)) {
        wrong_cell(reader, "is formatted as a date, but its number is no day that exists",
                   "correct the date, or format the cell as a number");
        return NULL;
    }
    vg_date_format(days, text);
    return text;
}

/* The cell's content as text; NULL: empty, or an error was told. */
static const char *cell_text(SheetReader *reader, char text[64], size_t *length)
{
    if (reader->type == 'e') {
        wrong_cell(reader, "holds an error value, such as #DIV/0! or #N/A",
                   "correct the formula, or clear the cell if the value is missing");
        return NULL;
    }
    if (reader->has_formula && !reader->has_value && reader->value.length == 0) {
        wrong_cell(reader, "holds a formula without a stored result",
                   "open the workbook in a spreadsheet program and save it");
        return NULL;
    }
    *length = reader->value.length;
    if (*length == 0)
        return NULL;
    const char *found = reader->value.text;
    if (reader->type == 's') {
        char *end;
        size_t index = strtoul(reader->value.text, &end, 10);
        if (*end || index >= reader->book->n_strings) {
            wrong_cell(reader, "refers to a text that the workbook does not have",
                       "save the workbook again");
            return NULL;
        }
        found = reader->book->string[index];
        *length = strlen(found);
    } else if (reader->type == 'b') {
        found = *found == '1' ? "TRUE" : "FALSE";
        *length = strlen(found);
    } else if (reader->type == 'n') {
        found = number_text(reader, text);
        *length = found ? strlen(found) : 0;
    }
    return found;
}

static void end_cell(SheetReader *reader)
{
    char text[64];
    size_t length;
    const char *content = cell_text(reader, text, &length);
    if (reader->visitor->status != VG_OK || !content)
        return;
    while (length > 0 && isspace((unsigned char)*content))
        content++, length--;
    while (length > 0 && isspace((unsigned char)content[length - 1]))
        length--;
    if (length == 0)
        return;
    void *grown = reader->cell;
    bool ok = vg_grow(&grown, &reader->cell_capacity, reader->n_cells + 1, sizeof *reader->cell);
    reader->cell = grown;
    size_t start = reader->text.length;
    vg_buffer_append(&reader->text, content, length);
    if (!ok || reader->text.failed) {
        stop(reader, vg_fail_memory(reader->error));
        return;
    }
    reader->cell[reader->n_cells++] = (Cell){reader->column, start, length};
}

static void take_header(SheetReader *reader)
{
    size_t last = reader->cell[reader->n_cells - 1].column;
    reader->has_header = true;
    reader->header_row = reader->row;
    reader->first_column = reader->cell[0].column;
    reader->last_column = last;
    reader->header = VG_NEW(reader->arena, const char *, last + 1);
    for (size_t i = 0; reader->header && i < reader->n_cells; i++) {
        const Cell *cell = &reader->cell[i];
        reader->header[cell->column] =
            vg_arena_strndup(reader->arena, reader->text.text + cell->start, cell->length);
        if (!reader->header[cell->column])
            reader->header = NULL;
    }
    if (!reader->header)
        stop(reader, vg_fail_memory(reader->error));
}

static void measure_row(SheetReader *reader)
{
    if (!reader->has_header) {
        take_header(reader);
        return;
    }
    const Cell *last = &reader->cell[reader->n_cells - 1];
    if (last->column > reader->last_column) {
        reader->column = last->column;
        wrong_cell(reader, "stands to the right of the table's header",
                   "name its column in the header row, or clear it");
        return;
    }
    if (reader->cell[0].column < reader->first_column)
        reader->first_column = reader->cell[0].column;
    reader->n_rows++;
}

static void fill_row(SheetReader *reader)
{
    if (reader->row == reader->header_row)
        return;
    size_t row = reader->n_rows, next = 0;
    for (size_t i = 0; i < reader->n_columns; i++) {
        size_t column = reader->first_column + i;
        while (next < reader->n_cells && reader->cell[next].column < column)
            next++;
        if (reader->pass == AGAIN && reader->columns.column[i].restart <= row)
            continue;
        bool here = next < reader->n_cells && reader->cell[next].column == column;
        VgStatus status = vg_columns_put(&reader->columns, i, row,
                                         here ? reader->text.text + reader->cell[next].start : "",
                                         here ? reader->cell[next].length : 0, reader->error);
        if (status != VG_OK) {
            stop(reader, status);
            return;
        }
    }
    reader->line[row] = (uint32_t)reader->row;
    reader->n_rows++;
}

static void on_end(void *context, const char *name)
{
    SheetReader *reader = context;
    if (strcmp(name, "v") == 0)
        reader->in_value = false;
    else if (strcmp(name, "t") == 0)
        reader->in_inline = false;
    else if (strcmp(name, "rPh") == 0)
        reader->phonetic = false;
    else if (strcmp(name, "c") == 0)
        end_cell(reader);
    else if (strcmp(name, "row") == 0 && reader->n_cells > 0 && reader->pass == MEASURE)
        measure_row(reader);
    else if (strcmp(name, "row") == 0 && reader->n_cells > 0)
        fill_row(reader);
}

static VgStatus run_pass(SheetReader *reader, const VgXlsxArchive *archive, Pass pass)
{
    reader->pass = pass;
    reader->row = 0;
    reader->n_rows = 0;
    reader->n_cells = 0;
    return vg_xlsx_visit(archive, reader->book->sheet, reader->visitor, NULL, reader->error);
}

static VgStatus name_columns(SheetReader *reader)
{
    if (!reader->has_header)
        return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, 0, "the sheet is empty",
                          "name the sheet that holds the table");
    if (reader->n_rows == 0)
        return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->header_row,
                          "has a header but no rows",
                          "add the data, or check that the export was complete");
    reader->n_columns = reader->last_column - reader->first_column + 1;
    reader->name = VG_NEW(reader->arena, const char *, reader->n_columns);
    VgMap *map = vg_map_create(reader->arena);
    if (!reader->name || !map)
        return vg_fail_memory(reader->error);
    for (size_t i = 0; i < reader->n_columns; i++) {
        char place[32];
        size_t column = reader->first_column + i;
        const char *name = reader->header[column];
        if (!name && i > 0)
            return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->header_row,
                              "the column of cell %s has no name",
                              "name it in the header row, or remove the empty column",
                              reference(column, reader->header_row, place));
        reader->name[i] = name ? name : "row";
        int64_t index = vg_map_add(map, reader->name[i], strlen(reader->name[i]));
        if (index < 0)
            return vg_fail_memory(reader->error);
        if ((size_t)index != i)
            return vg_fail_at(reader->error, VG_INVALID_INPUT, reader->path, reader->header_row,
                              "a column occurs twice: '%.80s'", "rename or remove one of them",
                              reader->name[i]);
    }
    return VG_OK;
}

static VgStatus read_sheet(SheetReader *reader, const VgXlsxArchive *archive,
                           const VgTableOptions *options, VgTable *table)
{
    VG_TRY(run_pass(reader, archive, MEASURE));
    VG_TRY(name_columns(reader));
    size_t capacity = reader->n_rows;
    reader->line = vg_arena_alloc_raw(reader->arena, capacity, sizeof *reader->line);
    if (!reader->line)
        return vg_fail_memory(reader->error);
    VG_TRY(vg_columns_create(reader->arena, options, reader->name, reader->n_columns, capacity,
                             &reader->columns, reader->error));
    VG_TRY(run_pass(reader, archive, FILL));
    bool again = false;
    for (size_t i = 0; i < reader->n_columns; i++)
        again = again || reader->columns.column[i].restart > 0;
    if (again)
        VG_TRY(run_pass(reader, archive, AGAIN));
    table->n_rows = capacity;
    table->line = reader->line;
    return vg_columns_finish(&reader->columns, table, reader->error);
}

VgStatus vg_xlsx_read(VgArena *arena, const char *path, VgSource *source,
                      const VgTableOptions *options, VgTable **table, VgError *error)
{
    VgXlsxArchive archive;
    VG_TRY(vg_xlsx_open(path, source, &archive, error));
    VgArena *scratch = vg_arena_create();
    VgTable *made = VG_NEW(arena, VgTable, 1);
    VgXlsxBook book;
    VgStatus status = VG_OK;
    if (!scratch || !made || !(made->path = vg_arena_strdup(arena, path)))
        status = vg_fail_memory(error);
    if (status == VG_OK)
        status = vg_xlsx_book(scratch, &archive, options->sheet, &book, error);
    if (status == VG_OK) {
        VgXlsxVisitor visitor = {.start = on_start, .end = on_end, .text = on_text};
        SheetReader reader = {
            .arena = arena, .path = made->path, .book = &book, .visitor = &visitor, .error = error};
        visitor.context = &reader;
        status = read_sheet(&reader, &archive, options, made);
        vg_columns_free(&reader.columns);
        vg_buffer_free(&reader.value);
        vg_buffer_free(&reader.text);
        vg_free(reader.cell);
    }
    vg_xlsx_close(&archive);
    vg_arena_destroy(scratch);
    if (status != VG_OK)
        return status;
    if (source->digested)
        memcpy(made->sha256, source->sha256, sizeof made->sha256);
    else
        vg_sha256(source->bytes, source->size, made->sha256);
    *table = made;
    return VG_OK;
}
