/* CSV and TSV into typed columns, in one pass over the rows: each field goes straight to its
 * column's array. Only columns in which a text follows numbers are read a second time, up to that row, to get the
 * numbers back as they were written. */
#include "table/csv.h"

#include <math.h>

#include "table/columns.h"
#include "table/date.h"
#include "table/number.h"

static const size_t RELEASE_STEP = (size_t)8 << 20;

typedef struct Reader {
    VgArena *arena; /* scratch for quoted texts */
    const char *path;
    const VgSource *source;
    const char *limit;
    VgCsvLayout layout;
    VgColumns columns;
    uint32_t *line;
    size_t n_rows;
    size_t released;       /* bytes given back */
    bool quoted_line_ends; /* the record may hold line ends in quotes */
} Reader;

static VgStatus wrong_count(const Reader *reader, const char *record, size_t line, VgError *error)
{
    size_t n = 0;
    VgCsvField field = {.end = record};
    const char *p = record;
    do {
        if (vg_csv_field(p, reader->limit, reader->layout.delimiter, &field) != VG_CSV_FINE)
            break;
        n++;
        p = field.end + 1;
    } while (*field.end == reader->layout.delimiter &&
             (size_t)(field.end - record) < VG_CSV_LONGEST_RECORD);
    return vg_fail_at(
        error, VG_INVALID_INPUT, reader->path, line, "has %zu field%s, header has %zu",
        n < reader->layout.n ? "fill the missing fields (a quoted field may hold the delimiter)"
                             : "quote fields that hold the delimiter, or remove the extra fields",
        n, n == 1 ? "" : "s", reader->layout.n);
}

/* Everything but a plain number in a column of numbers. */
static VgStatus put_field(Reader *reader, size_t column, size_t row, const char *record,
                          const char *p, size_t line, const char **end, VgError *error)
{
    VgCsvField field;
    VgCsvFault fault = vg_csv_field(p, reader->limit, reader->layout.delimiter, &field);
    if (fault != VG_CSV_FINE)
        return vg_csv_fault(reader->path, line + vg_csv_count_lines(record, p), fault, error);
    *end = field.end;
    reader->quoted_line_ends = reader->quoted_line_ends || field.quoted;
    if (field.length > VG_CSV_LONGEST_RECORD)
        return vg_fail_at(error, VG_INVALID_INPUT, reader->path, line, "a field of %zu MB",
                          "this is no table: check quotes and line ends", field.length >> 20);
    VgColumnBuilder *to = &reader->columns.column[column];
    if (!field.doubled) {
        VG_TRY(vg_columns_put(&reader->columns, column, row, field.text, field.length, error));
        if (to->kind == VG_KIND_TEXT && to->code[row] >= 0)
            to->last_unquoted = !field.quoted;
        return VG_OK;
    }
    to->last_unquoted = false;
    VgArenaMark mark = vg_arena_mark(reader->arena);
    size_t length;
    const char *text = vg_csv_text(reader->arena, &field, &length);
    if (!text)
        return vg_fail_memory(error);
    VgStatus status = vg_columns_put(&reader->columns, column, row, text, length, error);
    vg_arena_rewind(reader->arena, mark);
    return status;
}

static inline bool ends_field(char c, char delimiter)
{
    return c == delimiter || vg_csv_is_line_end(c);
}

/* What most fields are, without a detour: a number, NA or nothing among numbers, a day among dates, the
 * text of the row before among texts. Returns the field's end, or NULL: see put_field. */
static inline const char *usual_field(Reader *reader, VgColumnBuilder *column, size_t row,
                                      const char *at, char delimiter)
{
    const char *end;
    double value = (double)NAN;
    switch (column->kind) {
    case VG_KIND_NUMBER:
        end = vg_number_scan(at, &value);
        if (!end) {
            end = at + (at[0] == 'N' && at[1] == 'A' ? 2 : 0);
            value = (double)NAN;
        }
        if (!ends_field(*end, delimiter) || vg_columns_is_missing_value(&reader->columns, value))
            return NULL;
        column->number[row] = value;
        return end;
    case VG_KIND_DATE:
        end = reader->columns.options->n_missing ? NULL : vg_date_scan(at, &value);
        if (!end || !ends_field(*end, delimiter))
            return NULL;
        column->number[row] = value;
        return end;
    case VG_KIND_TEXT: {
        if (!column->last_unquoted || column->dictionary.n == 0)
            return NULL;
        const VgDictionaryEntry *last = &column->dictionary.entry[column->dictionary.last];
        if (last->length > (size_t)(reader->limit - at) ||
            memcmp(at, last->text, last->length) != 0 || !ends_field(at[last->length], delimiter))
            return NULL;
        column->code[row] = column->dictionary.last;
        return at + last->length;
    }
    default:
        return NULL;
    }
}

/* One record; *p then stands at its line end. */
static VgStatus read_row(Reader *reader, size_t row, size_t line, const char **p, VgError *error)
{
    const char *at = *p, *end;
    const char delimiter = reader->layout.delimiter;
    VgColumnBuilder *column = reader->columns.column;
    for (size_t i = 0, n = reader->layout.n; i < n; i++) {
        end = usual_field(reader, &column[i], row, at, delimiter);
        if (!end)
            VG_TRY(put_field(reader, i, row, *p, at, line, &end, error));
        if (*end == delimiter ? i + 1 == n : i + 1 < n)
            return wrong_count(reader, *p, line, error);
        at = end + 1;
    }
    *p = at - 1;
    return VG_OK;
}

/* Again, only the columns that turned to text after this row. */
static VgStatus read_row_again(Reader *reader, size_t row, const char **p, VgError *error)
{
    const char *at = *p;
    for (size_t i = 0, n = reader->layout.n; i < n; i++) {
        VgCsvField field;
        const char *end;
        if (reader->columns.column[i].restart > row) {
            VG_TRY(put_field(reader, i, row, *p, at, 0, &end, error));
        } else {
            if (vg_csv_field(at, reader->limit, reader->layout.delimiter, &field) != VG_CSV_FINE)
                break;
            end = field.end;
        }
        if (*end != reader->layout.delimiter && i + 1 < n)
            return vg_fail_at(error, VG_IO, reader->path, 0, "changed while it was read",
                              "run again when nothing writes to the file");
        at = end + 1;
    }
    *p = at - 1;
    return VG_OK;
}

static void release(Reader *reader, const char *p, size_t step)
{
    size_t offset = (size_t)(p - reader->source->bytes);
    if (offset - reader->released < step)
        return;
    vg_source_release(reader->source, reader->released, offset);
    reader->released = offset;
}

/* Skips the line end at p and blank lines after it. */
static const char *next_record(const char *p, char delimiter, size_t *line)
{
    *line += *p != '\0';
    p = vg_csv_next_line(p);
    while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') {
        const char *end = vg_csv_blank_line(p, delimiter);
        if (!end)
            break;
        *line += *end != '\0';
        p = vg_csv_next_line(end);
    }
    return p;
}

static VgStatus read_rows(Reader *reader, VgError *error)
{
    const char *p = reader->layout.data;
    size_t line = reader->layout.data_line;
    for (; p < reader->limit; reader->n_rows++) {
        if (reader->n_rows == reader->columns.capacity)
            return vg_fail_at(error, VG_IO, reader->path, line, "changed while it was read",
                              "run again when nothing writes to the file");
        if (line > UINT32_MAX)
            return vg_fail_at(error, VG_INVALID_INPUT, reader->path, 0,
                              "has more than 4294967295 lines", "split the table");
        const char *record = p;
        VG_TRY(read_row(reader, reader->n_rows, line, &p, error));
        reader->line[reader->n_rows] = (uint32_t)line;
        if (reader->quoted_line_ends)
            line += vg_csv_count_lines(record, p);
        reader->quoted_line_ends = false;
        p = next_record(p, reader->layout.delimiter, &line);
        release(reader, p, RELEASE_STEP);
    }
    return VG_OK;
}

static VgStatus read_again(Reader *reader, VgError *error)
{
    size_t n_again = 0, line = 0;
    for (size_t i = 0; i < reader->layout.n; i++)
        if (reader->columns.column[i].restart > n_again)
            n_again = reader->columns.column[i].restart;
    const char *p = reader->layout.data;
    reader->released = 0;
    for (size_t row = 0; row < n_again && p < reader->limit; row++) {
        VG_TRY(read_row_again(reader, row, &p, error));
        p = next_record(p, reader->layout.delimiter, &line);
        release(reader, p, RELEASE_STEP);
    }
    return VG_OK;
}

static VgStatus read_into(Reader *reader, VgTable *table, VgError *error)
{
    VG_TRY(read_rows(reader, error));
    VG_TRY(read_again(reader, error));
    table->n_rows = reader->n_rows;
    table->line = reader->line;
    VG_TRY(vg_columns_finish(&reader->columns, table, error));
    return vg_csv_drop_copies(&reader->layout, table, error);
}

VgStatus vg_csv_read(VgArena *arena, const char *path, VgSource *source,
                     const VgTableOptions *options, VgTable **table, VgError *error)
{
    size_t n_lines;
    VG_TRY(vg_csv_check(path, source, &n_lines, error));
    Reader reader = {.path = path, .source = source, .limit = source->bytes + source->size};
    VG_TRY(vg_csv_layout(arena, path, source, options, &reader.layout, error));
    /* a row has a byte per column at least: a limit on what a hostile header can make us ask for */
    size_t left = (size_t)(reader.limit - reader.layout.data);
    size_t capacity = left / reader.layout.n + 1;
    capacity = capacity < n_lines ? capacity : n_lines;
    VG_TRY(vg_columns_create(arena, options, reader.layout.name, reader.layout.n, capacity,
                             &reader.columns, error));
    reader.columns.semicolons = reader.layout.delimiter == ';';
    VgTable *made = VG_NEW(arena, VgTable, 1);
    reader.line = vg_arena_alloc_raw(arena, capacity, sizeof *reader.line);
    reader.arena = vg_arena_create();
    VgStatus status = VG_OK;
    if (!made || !reader.line || !reader.arena || !(made->path = vg_arena_strdup(arena, path)))
        status = vg_fail_memory(error);
    if (status == VG_OK)
        status = read_into(&reader, made, error);
    vg_columns_free(&reader.columns);
    vg_arena_destroy(reader.arena);
    if (status != VG_OK)
        return status;
    memcpy(made->sha256, source->sha256, sizeof made->sha256);
    *table = made;
    return VG_OK;
}
