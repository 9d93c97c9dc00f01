/* Type inference. Rules and reasons for a user: docs/methods/tables.md. */
#include "table/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "table/number.h"
#include "table/text_column.h"

enum {
    CODES = 20,          /* so few distinct numbers beside text are codes, no measure */
    MOSTLY_PERCENT = 90, /* from here on, text among numbers is taken for an error */
    ALSO_A_CODE = 5,     /* … unless among codes so many rows, and 1 %, hold text */
    SHOWN = 40           /* bytes of a value that a message quotes */
};

/* Whether the text of a field means missing: empty, NA, ., NaN or a declared code. */
static bool is_missing_text(const VgTableOptions *options, const char *text, size_t length)
{
    while (length > 0 && (*text == ' ' || *text == '\t'))
        text++, length--;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length == 0 || (length == 1 && *text == '.') ||
        (length == 2 && memcmp(text, "NA", 2) == 0) || (length == 3 && memcmp(text, "NaN", 3) == 0))
        return true;
    for (size_t i = 0; i < options->n_missing; i++)
        if (strlen(options->missing[i]) == length && memcmp(options->missing[i], text, length) == 0)
            return true;
    return false;
}

static bool is_named(const char *const *name, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name[i], word) == 0)
            return true;
    return false;
}

VgStatus vg_columns_create(VgArena *arena, const VgTableOptions *options, const char *const *name,
                           size_t n, size_t capacity, VgColumns *columns, VgError *error)
{
    *columns = (VgColumns){
        .arena = arena, .options = options, .pool = {.arena = arena}, .n = n, .capacity = capacity};
    columns->column = VG_NEW(arena, VgColumnBuilder, n);
    double *value = VG_NEW(arena, double, options->n_missing);
    if (!columns->column || !value)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        columns->column[i].name = name[i];
        columns->column[i].as_text = is_named(options->as_text, options->n_as_text, name[i]);
    }
    bool integer;
    for (size_t i = 0; i < options->n_missing; i++) {
        const char *code = options->missing[i];
        if (vg_number_parse(code, strlen(code), &value[columns->n_missing_value], &integer))
            columns->n_missing_value++;
    }
    columns->missing_value = value;
    return VG_OK;
}

/* One block serves numbers, codes and, at the end, pointers to texts. */
static bool make_room(VgColumns *columns, VgColumnBuilder *column)
{
    if (!column->number) {
        size_t wide = sizeof(double) > sizeof(char *) ? sizeof(double) : sizeof(char *);
        void *memory = vg_arena_alloc_raw(columns->arena, columns->capacity, wide);
        column->number = memory;
        column->code = memory;
    }
    return column->number != NULL;
}

static bool begin(VgColumns *columns, VgColumnBuilder *column, VgColumnKind kind, size_t row)
{
    if (!make_room(columns, column))
        return false;
    column->kind = kind;
    if (kind == VG_KIND_TEXT)
        for (size_t i = 0; i < row; i++)
            column->code[i] = -1;
    else
        for (size_t i = 0; i < row; i++)
            column->number[i] = (double)NAN;
    return true;
}

static VgColumnKind kind_of(VgTextClass class)
{
    switch (class) {
    case VG_TEXT_NUMBER:
        return VG_KIND_NUMBER;
    case VG_TEXT_DATE:
    case VG_TEXT_BAD_DATE:
        return VG_KIND_DATE;
    default:
        return VG_KIND_TEXT;
    }
}

static void put_missing(VgColumnBuilder *column, size_t row)
{
    if (column->kind == VG_KIND_TEXT)
        column->code[row] = -1;
    else if (column->kind != VG_KIND_EMPTY)
        column->number[row] = (double)NAN;
}

VgStatus vg_columns_put(VgColumns *columns, size_t index, size_t row, const char *text,
                        size_t length, VgError *error)
{
    VgColumnBuilder *column = &columns->column[index];
    if (is_missing_text(columns->options, text, length)) {
        put_missing(column, row);
        return VG_OK;
    }
    double value = NAN;
    if (column->kind != VG_KIND_TEXT) {
        VgTextClass class =
            column->as_text ? VG_TEXT_OTHER : vg_text_classify(text, length, &value);
        VgColumnKind kind = kind_of(class);
        if (kind == VG_KIND_NUMBER && vg_columns_is_missing_value(columns, value)) {
            put_missing(column, row);
            return VG_OK;
        }
        if (column->kind == VG_KIND_EMPTY) {
            if (!begin(columns, column, kind, row))
                return vg_fail_memory(error);
        } else if (kind != column->kind) {
            column->restart = row;
            column->kind = VG_KIND_TEXT;
        }
        if (class == VG_TEXT_BAD_DATE && column->kind == VG_KIND_DATE && !column->bad_date) {
            column->bad_date = vg_text_pool_add(&columns->pool, text, length);
            column->bad_date_row = row;
            if (!column->bad_date)
                return vg_fail_memory(error);
        }
    }
    if (column->kind != VG_KIND_TEXT) {
        column->number[row] = value;
        return VG_OK;
    }
    column->code[row] = vg_dictionary_add(&column->dictionary, &columns->pool, text, length);
    return column->code[row] >= 0 ? VG_OK : vg_fail_memory(error);
}

/* ---- what a column of text is ------------------------------------------------------------------ */

typedef struct Census {
    size_t n_rows; /* with a value */
    size_t numbers, commas, dates, padded;
    size_t points; /* of the numbers, those with a decimal point */
    size_t absent; /* words for a missing value, such as n/a */
    size_t distinct_numbers;
} Census;

/* What people write where a value is missing, without it being one of the codes we take as such. */
static bool means_absent(const char *text)
{
    static const char *const word[] = {"n/a",      "na",      "n.a.",    "#n/a",    "nan", "null",
                                       "nil",      "none",    "missing", "unknown", "nd",  "n.d.",
                                       "not done", "-",       "--",      "?",       "*",   "inf",
                                       "-inf",     "#div/0!", "#value!", "#ref!"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcasecmp(text, word[i]) == 0)
            return true;
    return false;
}

/* A byte class per level; counts by rows. */
static Census take_census(const VgColumnBuilder *column, const size_t *count, uint8_t *class)
{
    Census census = {0};
    for (size_t k = 0; k < column->dictionary.n; k++) {
        const VgDictionaryEntry *entry = &column->dictionary.entry[k];
        double value;
        VgTextClass kind = vg_text_classify(entry->text, entry->length, &value);
        class[k] = (uint8_t)kind;
        census.n_rows += count[k];
        census.numbers += kind == VG_TEXT_NUMBER ? count[k] : 0;
        census.points +=
            kind == VG_TEXT_NUMBER && memchr(entry->text, '.', entry->length) ? count[k] : 0;
        census.distinct_numbers += kind == VG_TEXT_NUMBER || kind == VG_TEXT_DECIMAL_COMMA;
        census.commas += kind == VG_TEXT_DECIMAL_COMMA ? count[k] : 0;
        census.dates += kind == VG_TEXT_DATE || kind == VG_TEXT_BAD_DATE ? count[k] : 0;
        census.padded += kind == VG_TEXT_IDENTIFIER ? count[k] : 0;
    }
    for (size_t k = 0; census.numbers > 0 && k < column->dictionary.n; k++)
        if (class[k] == VG_TEXT_OTHER && means_absent(column->dictionary.entry[k].text))
            census.absent += count[k];
    return census;
}

/* The first row whose class is (or, inverted, is not) in the set of bits. */
static size_t first_row(const VgColumnBuilder *column, size_t n_rows, const uint8_t *class,
                        unsigned set)
{
    for (size_t row = 0; row < n_rows; row++)
        if (column->code[row] >= 0 && (set >> class[column->code[row]] & 1u))
            return row;
    return 0;
}

static bool mostly(size_t part, size_t whole)
{
    return part > 0 && (double)part * 100 >= (double)whole * MOSTLY_PERCENT;
}

static VgStatus wrong_value(const VgTable *table, const VgColumnBuilder *column, size_t row,
                            const char *what, const char *hint, VgError *error)
{
    const VgDictionaryEntry *entry = &column->dictionary.entry[column->code[row]];
    int shown = entry->length > SHOWN ? SHOWN : (int)entry->length;
    while (shown > 0 && ((unsigned char)entry->text[shown] & 0xC0u) == 0x80u)
        shown--;
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, table->line[row],
                      "column '%.80s': '%.*s%s' %s", hint, column->name, shown, entry->text,
                      entry->length > SHOWN ? "…" : "", what);
}

/* Whether the text in a column with numbers is a slip, not a further code: numbers are nine in ten; and they are
 * many different ones, or the text is rare or a word for a missing value. */
static bool should_be_numbers(const Census *census)
{
    size_t numeric = census->numbers + census->commas, text = census->n_rows - numeric;
    if (census->distinct_numbers > CODES)
        return 2 * numeric > census->n_rows;
    if (!mostly(numeric, census->n_rows))
        return false;
    return census->absent > 0 || text < ALSO_A_CODE || text * 100 < census->n_rows;
}

/* Text that should have been numbers or dates. Columns of identifiers (leading zeros) are left alone. */
static VgStatus check_text(const VgTable *table, const VgColumnBuilder *column,
                           const Census *census, const uint8_t *class, bool semicolons,
                           VgError *error)
{
    if (column->as_text || census->padded > 0)
        return VG_OK;
    const unsigned numbers = 1u << VG_TEXT_NUMBER, commas = 1u << VG_TEXT_DECIMAL_COMMA;
    const unsigned dates = 1u << VG_TEXT_DATE;
    size_t numeric = census->numbers + census->commas;
    bool mixed = semicolons && numeric < census->n_rows && census->points == 0;
    if (census->commas > 0 && mostly(numeric, census->n_rows) && !mixed)
        return wrong_value(table, column, first_row(column, table->n_rows, class, commas),
                           semicolons ? "has a decimal comma, but the file has decimal points too"
                                      : "has a decimal comma",
                           "write numbers with a decimal point and without thousands separators "
                           "(in R: write.csv, not write.csv2)",
                           error);
    if (should_be_numbers(census))
        return wrong_value(table, column,
                           first_row(column, table->n_rows, class, ~(numbers | commas)),
                           "is not a number, as most of the column is",
                           "correct it, or declare it as a missing code, or declare the column "
                           "as text",
                           error);
    if (mostly(census->dates, census->n_rows))
        return wrong_value(table, column, first_row(column, table->n_rows, class, ~dates),
                           "is not a date (YYYY-MM-DD), as most of the column is",
                           "correct it, or declare it as a missing code, or declare the column "
                           "as text",
                           error);
    return VG_OK;
}

/* Whether a column of the file shows that its decimal mark is the point. */
static bool uses_points(const VgColumns *columns, size_t n_rows)
{
    for (size_t i = 0; i < columns->n; i++) {
        const VgColumnBuilder *column = &columns->column[i];
        for (size_t row = 0; column->kind == VG_KIND_NUMBER && row < n_rows; row++)
            if (column->number[row] != floor(column->number[row]) && !isnan(column->number[row]))
                return true;
    }
    return false;
}

/* A column of numbers whose decimal mark is the comma. Codes and numbers share memory: the last row comes first. */
static VgStatus finish_decimal_commas(VgColumns *columns, VgColumnBuilder *from, size_t n_rows,
                                      VgColumn *column, VgError *error)
{
    double *level = vg_malloc((from->dictionary.n + 1) * sizeof *level);
    if (!level)
        return vg_fail_memory(error);
    for (size_t k = 0; k < from->dictionary.n; k++) {
        const VgDictionaryEntry *entry = &from->dictionary.entry[k];
        (void)vg_text_classify(entry->text, entry->length, &level[k]);
        if (vg_columns_is_missing_value(columns, level[k]))
            level[k] = (double)NAN;
    }
    column->type = VG_COLUMN_NUMBER;
    for (size_t row = n_rows; row-- > 0;) {
        int32_t code = from->code[row];
        double value = code < 0 ? (double)NAN : level[code];
        from->number[row] = value;
        column->n_missing += isnan(value) != 0;
    }
    column->number = from->number;
    vg_free(level);
    return VG_OK;
}

static VgStatus finish_text(VgColumns *columns, VgColumnBuilder *from, VgTable *table,
                            VgColumn *column, VgError *error)
{
    size_t n_distinct = from->dictionary.n;
    size_t *count = vg_malloc((n_distinct + 1) * sizeof *count);
    uint8_t *class = vg_malloc(n_distinct + 1);
    VgStatus status = count && class ? VG_OK : vg_fail_memory(error);
    bool commas = false;
    if (status == VG_OK) {
        vg_dictionary_count(&from->dictionary, from->code, table->n_rows, count);
        Census census = take_census(from, count, class);
        commas = columns->semicolons && !from->as_text && census.commas > 0 && census.points == 0 &&
                 census.numbers + census.commas == census.n_rows &&
                 !uses_points(columns, table->n_rows);
        if (!commas)
            status = check_text(table, from, &census, class, columns->semicolons, error);
    }
    vg_free(count);
    vg_free(class);
    if (status == VG_OK && commas)
        status = finish_decimal_commas(columns, from, table->n_rows, column, error);
    else if (status == VG_OK)
        status = vg_text_column(columns->arena, &from->dictionary, from->code, table->n_rows,
                                columns->options->strings_as_text, column, error);
    vg_dictionary_free(&from->dictionary);
    return status;
}

static VgStatus finish_number(VgColumns *columns, VgColumnBuilder *from, VgTable *table,
                              VgColumn *column, VgError *error)
{
    if (from->kind == VG_KIND_DATE && from->bad_date)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, table->line[from->bad_date_row],
                          "column '%.80s': there is no date '%.40s'",
                          "correct it, or declare it as a missing code", from->name,
                          from->bad_date);
    if (from->kind == VG_KIND_EMPTY && !begin(columns, from, VG_KIND_NUMBER, table->n_rows))
        return vg_fail_memory(error);
    column->type = from->kind == VG_KIND_DATE ? VG_COLUMN_DATE : VG_COLUMN_NUMBER;
    column->number = from->number;
    size_t n_missing = 0;
    for (size_t row = 0; row < table->n_rows; row++)
        n_missing += isnan(from->number[row]) != 0;
    column->n_missing = n_missing;
    return VG_OK;
}

VgStatus vg_columns_finish(VgColumns *columns, VgTable *table, VgError *error)
{
    table->n_columns = columns->n;
    table->column = VG_NEW(columns->arena, VgColumn, columns->n);
    if (!table->column)
        return vg_fail_memory(error);
    for (size_t i = 0; i < columns->n; i++) {
        VgColumnBuilder *from = &columns->column[i];
        table->column[i].name = from->name;
        if (from->kind == VG_KIND_TEXT)
            VG_TRY(finish_text(columns, from, table, &table->column[i], error));
        else
            VG_TRY(finish_number(columns, from, table, &table->column[i], error));
    }
    return VG_OK;
}

void vg_columns_free(VgColumns *columns)
{
    for (size_t i = 0; columns->column && i < columns->n; i++)
        vg_dictionary_free(&columns->column[i].dictionary);
}
