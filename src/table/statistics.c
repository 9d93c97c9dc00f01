/* SAS, SPSS and Stata files: ReadStat parses, we type the columns. The file says itself what is number and what is
 * text, so nothing is guessed. Columns grow in scratch memory (transport files do not say how many rows
 * come) and move to the arena at the end. */
#include "table/formats.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <readstat.h>

#include "base/compare.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"
#include "table/dictionary.h"
#include "table/number.h"
#include "table/statistics_date.h"
#include "table/text_column.h"
#include "table/utf8.h"

enum { MOST_VARIABLES = 1000000 };

typedef struct Variable {
    const char *name, *label, *label_set; /* NULL: none */
    bool is_text, has_tags;
    bool is_date;
    VgDateScale scale;
    double *number; /* capacity values, or NULL */
    int32_t *code;  /* capacity codes, or NULL */
    uint8_t *tag;   /* capacity tags, or NULL */
    size_t capacity;
    VgDictionary dictionary;
} Variable;

typedef struct Label {
    const char *set, *text;
    double value;
} Label;

typedef struct Import {
    VgArena *arena;
    const char *path;
    VgStatisticsFormat format;
    const VgTableOptions *options;
    const VgSource *source;
    size_t position;
    VgTextPool pool;
    Variable *variable;
    size_t n_variables, variable_capacity;
    Label *label;
    size_t n_labels, label_capacity;
    size_t n_rows;
    const char *complaint; /* ReadStat's own words */
    bool bad_text;
    VgStatus status;
    VgError *error;
} Import;

/* ---- bytes for ReadStat ---- */

static int open_bytes(const char *path, void *context)
{
    (void)path;
    ((Import *)context)->position = 0;
    return 0;
}

static int close_bytes(void *context)
{
    (void)context;
    return 0;
}

static readstat_off_t seek_bytes(readstat_off_t offset, readstat_io_flags_t whence, void *context)
{
    Import *import = context;
    readstat_off_t base = 0, size = (readstat_off_t)import->source->size, target;
    if (whence == READSTAT_SEEK_CUR)
        base = (readstat_off_t)import->position;
    else if (whence == READSTAT_SEEK_END)
        base = size;
    if (__builtin_add_overflow(base, offset, &target) || target < 0 || target > size)
        return -1;
    import->position = (size_t)target;
    return target;
}

static ssize_t read_bytes(void *buffer, size_t wanted, void *context)
{
    Import *import = context;
    size_t left = import->source->size - import->position;
    size_t given = wanted < left ? wanted : left;
    if (given)
        memcpy(buffer, import->source->bytes + import->position, given);
    import->position += given;
    return (ssize_t)given;
}

static readstat_error_t update_bytes(long size, readstat_progress_handler progress, void *user,
                                     void *context)
{
    (void)size, (void)progress, (void)user, (void)context;
    return READSTAT_OK;
}

/* ---- what ReadStat tells ---- */

static int stop(Import *import, VgStatus status)
{
    import->status = status;
    return READSTAT_HANDLER_ABORT;
}

static void on_error(const char *message, void *context)
{
    Import *import = context;
    if (!import->complaint)
        import->complaint = vg_text_pool_add(&import->pool, message, strlen(message));
}

static int on_metadata(readstat_metadata_t *metadata, void *context)
{
    Import *import = context;
    if (readstat_get_var_count(metadata) <= MOST_VARIABLES)
        return READSTAT_HANDLER_OK;
    return stop(import, vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                                   "claims to have %d columns", "the file is damaged",
                                   readstat_get_var_count(metadata)));
}

static VgStatus bad_encoding(const Import *import, const char *where)
{
    return vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                      "%s%.80s: the text is not valid in the encoding that the file declares",
                      "export it again as UTF-8", where ? "column " : "a name or label",
                      where ? where : "");
}

/* NULL: memory is short, or (import->bad_text) the text is no UTF-8. */
static const char *keep_text(Import *import, const char *text)
{
    size_t length = strlen(text);
    import->bad_text = import->bad_text || vg_utf8_first_invalid(text, length) != length;
    return import->bad_text ? NULL : vg_text_pool_add(&import->pool, text, length);
}

static int stop_text(Import *import)
{
    return stop(import,
                import->bad_text ? bad_encoding(import, NULL) : vg_fail_memory(import->error));
}

static int on_variable(int index, readstat_variable_t *variable, const char *label_set,
                       void *context)
{
    Import *import = context;
    void *grown = import->variable;
    if (index < 0 || (size_t)index != import->n_variables)
        return stop(import, vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                                       "variables are out of order", "the file is damaged"));
    if (!vg_grow(&grown, &import->variable_capacity, import->n_variables + 1,
                 sizeof *import->variable))
        return stop(import, vg_fail_memory(import->error));
    import->variable = grown;
    Variable made = {.is_text =
                         readstat_variable_get_type_class(variable) == READSTAT_TYPE_CLASS_STRING};
    const char *label = readstat_variable_get_label(variable);
    const char *format = readstat_variable_get_format(variable);
    made.is_date =
        !made.is_text && format && vg_statistics_date(import->format, format, &made.scale);
    const char *name = readstat_variable_get_name(variable);
    if (!name || !*name)
        return stop(import, vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                                       "column %d has no name",
                                       "the file is damaged; export it again", index + 1));
    made.name = keep_text(import, name);
    made.label = label && *label ? keep_text(import, label) : NULL;
    made.label_set = label_set && *label_set ? keep_text(import, label_set) : NULL;
    import->variable[import->n_variables++] = made;
    if (!made.name || (label && *label && !made.label) ||
        (label_set && *label_set && !made.label_set))
        return stop_text(import);
    return READSTAT_HANDLER_OK;
}

static int on_label(const char *set, readstat_value_t value, const char *text, void *context)
{
    Import *import = context;
    if (!set || !text || readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING ||
        readstat_value_is_tagged_missing(value))
        return READSTAT_HANDLER_OK;
    void *grown = import->label;
    if (!vg_grow(&grown, &import->label_capacity, import->n_labels + 1, sizeof *import->label))
        return stop(import, vg_fail_memory(import->error));
    import->label = grown;
    Label made = {keep_text(import, set), keep_text(import, text), readstat_double_value(value)};
    if (!made.set || !made.text)
        return stop_text(import);
    import->label[import->n_labels++] = made;
    return READSTAT_HANDLER_OK;
}

static bool grow_array(void **array, size_t capacity, size_t size)
{
    size_t bytes;
    void *grown = vg_size_product(capacity, size, &bytes) ? vg_realloc(*array, bytes) : NULL;
    if (grown)
        *array = grown;
    return grown != NULL;
}

/* Room for the row; rows skipped over are missing. */
static bool make_room(Variable *variable, size_t row)
{
    if (row < variable->capacity)
        return true;
    size_t old = variable->capacity, capacity = old ? old * 2 : 256;
    capacity = capacity > row ? capacity : row + 1;
    void *values = variable->is_text ? (void *)variable->code : (void *)variable->number;
    bool ok = grow_array(&values, capacity, variable->is_text ? sizeof(int32_t) : sizeof(double));
    if (variable->is_text)
        variable->code = values;
    else
        variable->number = values;
    if (ok && variable->has_tags) {
        void *tags = variable->tag;
        ok = grow_array(&tags, capacity, 1);
        variable->tag = tags;
    }
    if (!ok)
        return false;
    for (size_t i = old; i < capacity; i++) {
        if (variable->is_text)
            variable->code[i] = -1;
        else
            variable->number[i] = (double)NAN;
    }
    if (variable->has_tags)
        memset(variable->tag + old, 0, capacity - old);
    variable->capacity = capacity;
    return true;
}

static bool put_tag(Variable *variable, size_t row, char tag)
{
    if (!isalpha((unsigned char)tag)) /* SAS ._ and Stata's plain missing carry no letter */
        return true;
    if (!variable->has_tags) {
        variable->tag = vg_malloc(variable->capacity);
        if (!variable->tag)
            return false;
        memset(variable->tag, 0, variable->capacity);
        variable->has_tags = true;
    }
    variable->tag[row] = (uint8_t)toupper((unsigned char)tag);
    return true;
}

static bool is_declared(const VgTableOptions *options, const char *text, double number)
{
    for (size_t i = 0; i < options->n_missing; i++) {
        const char *code = options->missing[i];
        double value;
        bool integer;
        if (text ? strcmp(code, text) == 0
                 : vg_number_parse(code, strlen(code), &value, &integer) && value == number)
            return true;
    }
    return false;
}

static int put_text(Import *import, Variable *variable, size_t row, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (length == 0 || is_declared(import->options, text, 0))
        return READSTAT_HANDLER_OK;
    if (vg_utf8_first_invalid(text, length) != length)
        return stop(import, bad_encoding(import, variable->name));
    variable->code[row] = vg_dictionary_add(&variable->dictionary, &import->pool, text, length);
    return variable->code[row] >= 0 ? READSTAT_HANDLER_OK
                                    : stop(import, vg_fail_memory(import->error));
}

static int on_value(int row_index, readstat_variable_t *variable, readstat_value_t value,
                    void *context)
{
    Import *import = context;
    size_t index = (size_t)readstat_variable_get_index(variable), row = (size_t)row_index;
    if (index >= import->n_variables || row_index < 0 || row > import->n_rows)
        return stop(import, vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                                       "a value stands outside the table", "the file is damaged"));
    Variable *to = &import->variable[index];
    if (!make_room(to, row))
        return stop(import, vg_fail_memory(import->error));
    if (row + 1 > import->n_rows)
        import->n_rows = row + 1;
    bool ok = true;
    bool text = readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING;
    if (text != to->is_text)
        return stop(import,
                    vg_fail_at(import->error, VG_INVALID_INPUT, import->path, row + 1,
                               "column '%.80s' changes its type", "the file is damaged", to->name));
    if (readstat_value_is_tagged_missing(value) && !text)
        ok = put_tag(to, row, readstat_value_tag(value));
    else if (text)
        return readstat_value_is_missing(value, variable)
                   ? READSTAT_HANDLER_OK
                   : put_text(import, to, row, readstat_string_value(value));
    else if (!readstat_value_is_missing(value, variable)) {
        double number = readstat_double_value(value);
        if (isfinite(number) && !is_declared(import->options, NULL, number))
            to->number[row] = number;
    }
    return ok ? READSTAT_HANDLER_OK : stop(import, vg_fail_memory(import->error));
}

/* ---- columns from variables ---- */

static const char *label_of(const Import *import, const char *set, double value)
{
    for (size_t i = 0; i < import->n_labels; i++)
        if (import->label[i].value == value && strcmp(import->label[i].set, set) == 0)
            return import->label[i].text;
    return NULL;
}

/* The distinct values of a column, sorted; 0 when there are more than `most`. */
static size_t distinct_values(const double *number, size_t n_rows, double *value, size_t most)
{
    size_t n = 0;
    for (size_t row = 0; row < n_rows; row++) {
        if (isnan(number[row]) ||
            bsearch(&number[row], value, n, sizeof *value, vg_compare_numbers))
            continue;
        if (n == most)
            return 0;
        size_t place = n++;
        for (; place > 0 && value[place - 1] > number[row]; place--)
            value[place] = value[place - 1];
        value[place] = number[row];
    }
    return n;
}

/* A factor, when each value that occurs has a label; else the column stays a number. */
static VgStatus try_labels(Import *import, const Variable *variable, VgColumn *column)
{
    size_t most = 0;
    for (size_t i = 0; i < import->n_labels; i++)
        most += strcmp(import->label[i].set, variable->label_set) == 0;
    double *value = VG_NEW(import->arena, double, most + 1);
    const char **label = VG_NEW(import->arena, const char *, most + 1);
    const char **level = VG_NEW(import->arena, const char *, most + 1);
    if (!value || !label || !level)
        return vg_fail_memory(import->error);
    size_t n = distinct_values(column->number, import->n_rows, value, most);
    for (size_t k = 0; k < n; k++) {
        level[k] = label[k] = label_of(import, variable->label_set, value[k]);
        if (!label[k] || !*label[k])
            return VG_OK;
    }
    if (n == 0)
        return VG_OK;
    qsort(level, n, sizeof *level, vg_compare_texts);
    size_t n_levels = 0;
    for (size_t k = 0; k < n; k++)
        if (k == 0 || strcmp(level[n_levels - 1], level[k]) != 0)
            level[n_levels++] = level[k];
    int32_t *code = vg_arena_alloc_raw(import->arena, import->n_rows, sizeof *code);
    if (!code)
        return vg_fail_memory(import->error);
    for (size_t row = 0; row < import->n_rows; row++) {
        const double *found =
            isnan(column->number[row])
                ? NULL
                : bsearch(&column->number[row], value, n, sizeof *value, vg_compare_numbers);
        const char **place =
            found ? bsearch(&label[found - value], level, n_levels, sizeof *level, vg_compare_texts)
                  : NULL;
        code[row] = place ? (int32_t)(place - level) : -1;
    }
    column->type = VG_COLUMN_FACTOR;
    column->behind = column->number;
    column->number = NULL;
    column->code = code;
    column->level = level;
    column->n_levels = n_levels;
    return VG_OK;
}

static VgStatus number_column(Import *import, const Variable *variable, VgColumn *column)
{
    column->number = vg_arena_alloc_raw(import->arena, import->n_rows, sizeof *column->number);
    if (!column->number)
        return vg_fail_memory(import->error);
    for (size_t row = 0; row < import->n_rows; row++) {
        double value = row < variable->capacity ? variable->number[row] : (double)NAN;
        column->n_missing += isnan(value) != 0;
        column->number[row] =
            variable->is_date ? value / variable->scale.per_day + variable->scale.offset : value;
    }
    column->type = variable->is_date ? VG_COLUMN_DATE : VG_COLUMN_NUMBER;
    if (variable->label_set && !variable->is_date)
        return try_labels(import, variable, column);
    return VG_OK;
}

static VgStatus finish_column(Import *import, Variable *variable, VgColumn *column)
{
    column->name = variable->name;
    column->label = variable->label;
    if (variable->has_tags) {
        column->missing_tag = VG_NEW(import->arena, uint8_t, import->n_rows);
        if (!column->missing_tag)
            return vg_fail_memory(import->error);
        size_t n = variable->capacity < import->n_rows ? variable->capacity : import->n_rows;
        memcpy(column->missing_tag, variable->tag, n);
    }
    if (!variable->is_text)
        return number_column(import, variable, column);
    void *memory = vg_arena_alloc_raw(import->arena, import->n_rows, sizeof(char *));
    if (!memory || !make_room(variable, import->n_rows))
        return vg_fail_memory(import->error);
    memcpy(memory, variable->code, import->n_rows * sizeof *variable->code);
    return vg_text_column(import->arena, &variable->dictionary, memory, import->n_rows,
                          import->options->strings_as_text, column, import->error);
}

static VgStatus check_names(const Import *import)
{
    VgArena *scratch = vg_arena_create();
    VgMap *map = scratch ? vg_map_create(scratch) : NULL;
    VgStatus status = map ? VG_OK : vg_fail_memory(import->error);
    for (size_t i = 0; status == VG_OK && i < import->n_variables; i++) {
        const char *name = import->variable[i].name;
        int64_t index = vg_map_add(map, name, strlen(name));
        if (index < 0)
            status = vg_fail_memory(import->error);
        else if ((size_t)index != i)
            status = vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                                "a column occurs twice: '%.80s'", "rename one of them", name);
    }
    vg_arena_destroy(scratch);
    return status;
}

static VgStatus finish(Import *import, VgTable *table)
{
    if (import->n_rows == 0 || import->n_variables == 0)
        return vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0, "has no rows",
                          "check that the export was complete");
    VG_TRY(check_names(import));
    table->n_rows = import->n_rows;
    table->n_columns = import->n_variables;
    table->column = VG_NEW(import->arena, VgColumn, import->n_variables);
    table->line = vg_arena_alloc_raw(import->arena, import->n_rows, sizeof *table->line);
    if (!table->column || !table->line)
        return vg_fail_memory(import->error);
    for (size_t row = 0; row < import->n_rows; row++)
        table->line[row] = (uint32_t)(row + 1);
    for (size_t i = 0; i < import->n_variables; i++)
        VG_TRY(finish_column(import, &import->variable[i], &table->column[i]));
    return VG_OK;
}

static readstat_error_t parse(Import *import, readstat_parser_t *parser)
{
    static readstat_error_t (*const format[])(readstat_parser_t *, const char *,
                                              void *) = {[VG_SAS_TRANSPORT] = readstat_parse_xport,
                                                         [VG_SAS_DATA] = readstat_parse_sas7bdat,
                                                         [VG_SPSS_SYSTEM] = readstat_parse_sav,
                                                         [VG_SPSS_PORTABLE] = readstat_parse_por,
                                                         [VG_STATA] = readstat_parse_dta};
    readstat_set_open_handler(parser, open_bytes);
    readstat_set_close_handler(parser, close_bytes);
    readstat_set_seek_handler(parser, seek_bytes);
    readstat_set_read_handler(parser, read_bytes);
    readstat_set_update_handler(parser, update_bytes);
    readstat_set_io_ctx(parser, import);
    readstat_set_error_handler(parser, on_error);
    readstat_set_metadata_handler(parser, on_metadata);
    readstat_set_variable_handler(parser, on_variable);
    readstat_set_value_label_handler(parser, on_label);
    readstat_set_value_handler(parser, on_value);
    return format[import->format](parser, import->path, import);
}

static VgStatus read_all(Import *import)
{
    readstat_parser_t *parser = readstat_parser_init();
    if (!parser)
        return vg_fail_memory(import->error);
    readstat_error_t code = parse(import, parser);
    readstat_parser_free(parser);
    if (import->status != VG_OK)
        return import->status;
    if (code == READSTAT_ERROR_MALLOC)
        return vg_fail_memory(import->error);
    if (code != READSTAT_OK)
        return vg_fail_at(import->error, VG_INVALID_INPUT, import->path, 0,
                          "cannot be read as the format its extension names: %s%s%.200s",
                          "check that the file is complete and has the right extension, or export "
                          "it again",
                          readstat_error_message(code), import->complaint ? "; " : "",
                          import->complaint ? import->complaint : "");
    return VG_OK;
}

VgStatus vg_statistics_read(VgArena *arena, const char *path, VgStatisticsFormat format,
                            VgSource *source, const VgTableOptions *options, VgTable **table,
                            VgError *error)
{
    Import import = {.arena = arena,
                     .path = path,
                     .format = format,
                     .options = options,
                     .source = source,
                     .pool = {.arena = arena},
                     .error = error};
    VgTable *made = VG_NEW(arena, VgTable, 1);
    if (!made || !(made->path = vg_arena_strdup(arena, path)))
        return vg_fail_memory(error);
    VgStatus status = read_all(&import);
    if (status == VG_OK)
        status = finish(&import, made);
    for (size_t i = 0; i < import.n_variables; i++) {
        vg_free(import.variable[i].number);
        vg_free(import.variable[i].code);
        vg_free(import.variable[i].tag);
        vg_dictionary_free(&import.variable[i].dictionary);
    }
    vg_free(import.variable);
    vg_free(import.label);
    if (status != VG_OK)
        return status;
    if (!source->digested)
        vg_sha256(source->bytes, source->size, made->sha256);
    else
        memcpy(made->sha256, source->sha256, sizeof made->sha256);
    *table = made;
    return VG_OK;
}
