/* Columns that find their type while they are filled, from text fields (CSV, sheets).
 *
 * A column begins empty, becomes number, date or text with its first value, and turns to text when a later value does
 * not fit. The turn is remembered (`restart`): the reader then supplies the rows before it again, as
 * text. What that text means (factor, text, or an error in a column of numbers) is decided at the
 * end, when all values are known. */
#ifndef VG_TABLE_COLUMNS_H
#define VG_TABLE_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/table.h>

#include "table/dictionary.h"

typedef enum VgColumnKind {
    VG_KIND_EMPTY = 0,
    VG_KIND_NUMBER,
    VG_KIND_DATE,
    VG_KIND_TEXT
} VgColumnKind;

typedef struct VgColumnBuilder {
    const char *name;
    VgColumnKind kind;
    bool as_text;   /* never a number or a date */
    double *number; /* capacity values; the same memory as `code` */
    int32_t *code;
    VgDictionary dictionary;
    bool last_unquoted;   /* the text put last stood in the file as it is */
    size_t restart;       /* rows before this one are to be supplied again */
    const char *bad_date; /* the first date that does not exist, or NULL */
    size_t bad_date_row;
} VgColumnBuilder;

typedef struct VgColumns {
    VgArena *arena;
    const VgTableOptions *options;
    VgTextPool pool;
    VgColumnBuilder *column;
    size_t n;
    size_t capacity;             /* rows for which there is room */
    const double *missing_value; /* declared codes that are numbers */
    size_t n_missing_value;
    bool semicolons; /* the fields are split by ';': a comma may be the decimal mark */
} VgColumns;

/* `name` are kept, not copied. */
VG_MUST_CHECK VgStatus vg_columns_create(VgArena *arena, const VgTableOptions *options,
                                         const char *const *name, size_t n, size_t capacity,
                                         VgColumns *columns, VgError *error);

/* Puts a field; its text is trimmed already unless it was quoted. Rows come in order. */
VG_MUST_CHECK VgStatus vg_columns_put(VgColumns *columns, size_t column, size_t row,
                                      const char *text, size_t length, VgError *error);

/* Whether a number stands for a missing value. */
static inline bool vg_columns_is_missing_value(const VgColumns *columns, double value)
{
    for (size_t i = 0; i < columns->n_missing_value; i++)
        if (columns->missing_value[i] == value)
            return true;
    return false;
}

/* Decides types, sorts levels, fills table->column. Errors name the line in table->line. */
VG_MUST_CHECK VgStatus vg_columns_finish(VgColumns *columns, VgTable *table, VgError *error);

/* Frees scratch memory; after success and failure alike. */
void vg_columns_free(VgColumns *columns);

#endif
