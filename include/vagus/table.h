/** @file table.h
 *  Typed tables in memory and their readers: CSV and TSV (plain or gzip), SAS, SPSS, Stata, Excel. */
#ifndef VAGUS_TABLE_H
#define VAGUS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a column holds. */
typedef enum VgColumnType {
    VG_COLUMN_NUMBER = 0, /**< doubles; NaN is missing */
    VG_COLUMN_FACTOR,     /**< text with few distinct values, as codes into sorted levels */
    VG_COLUMN_TEXT,       /**< text with (nearly) as many values as rows */
    VG_COLUMN_DATE        /**< days since 1970-01-01 as doubles; NaN is missing */
} VgColumnType;

/** One column. Exactly one of number (NUMBER, DATE), code + level (FACTOR), text (TEXT) is set. */
typedef struct VgColumn {
    const char *name;  /**< as in the file, trimmed */
    const char *label; /**< the file's own label (SAS, SPSS, Stata); NULL without one */
    VgColumnType type;
    double *number;     /**< n_rows values */
    int32_t *code;      /**< n_rows codes into `level`; -1 is missing */
    const char **level; /**< n_levels distinct texts, sorted by bytes */
    size_t n_levels;
    const char **text; /**< n_rows texts; NULL is missing */
    /** a FACTOR with value labels (SPSS, Stata): the n_rows numbers that the labels stand for,
     * NaN is missing; else NULL */
    double *behind;
    uint8_t *missing_tag; /**< n_rows letters 'A'–'Z' or 0; NULL when the file has no tags */
    size_t n_missing;
} VgColumn;

/** A table: all columns have n_rows values. Memory belongs to the arena it was read into. */
typedef struct VgTable {
    const char *path; /**< as the user gave it; "-" is standard input */
    char sha256[65];  /**< of the file's bytes as stored, lower-case hex */
    size_t n_rows;
    size_t n_columns;
    VgColumn *column;
    uint32_t *line; /**< n_rows line numbers in the file (1-based); for sheets, the row */
} VgTable;

/** How to read. Zero-initialised means the documented defaults. */
typedef struct VgTableOptions {
    char delimiter;             /**< 0 = detect among , ; tab */
    const char *const *missing; /**< further missing codes besides empty, NA, ., NaN */
    size_t n_missing;
    const char *sheet; /**< .xlsx: sheet by name; NULL = the first */
    /** columns never to be read as numbers (identifiers, leading zeros) */
    const char *const *as_text;
    size_t n_as_text;
    bool strings_as_text; /**< true: never make FACTOR columns */
} VgTableOptions;

/** Reads a table; the format follows the extension (.csv .tsv .txt, .gz of these, .xpt, .sas7bdat,
 *  .sav .zsav .por, .dta, .xlsx); "-" reads CSV or TSV from standard input.
 *  O(bytes); peak memory <= 1.5 × the size of a large CSV.
 *  @return VG_INVALID_INPUT with file and line for what the file does wrong, VG_IO, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_table_read(VgArena *arena, const char *path,
                                     const VgTableOptions *options, VgTable **table,
                                     VgError *error);

/** Reads CSV or TSV from memory; `name` stands in messages. The bytes may be freed afterwards. */
VG_MUST_CHECK VgStatus vg_table_read_csv_bytes(VgArena *arena, const char *name, const char *bytes,
                                               size_t size, const VgTableOptions *options,
                                               VgTable **table, VgError *error);

/** The column of that name, or NULL. O(columns). */
const VgColumn *vg_table_column(const VgTable *table, const char *name);

/** The column of that name, or an error that names the nearest column of the table. */
VG_MUST_CHECK VgStatus vg_table_require(const VgTable *table, const char *name,
                                        const VgColumn **column, VgError *error);

/** Whether the value of a row is missing. */
bool vg_column_is_missing(const VgColumn *column, size_t row);

/** Whether the value of a row is 1 (any number but 0), yes, true, y or t in any case; false when missing. */
bool vg_column_is_yes(const VgColumn *column, size_t row);

/** The value of a row as text (numbers in the shortest form that reads back); NULL when missing.
 *  Made in `arena`; NULL too when memory is short. */
const char *vg_column_value_text(VgArena *arena, const VgColumn *column, size_t row);

/** A column seen as a factor, whatever its type: levels in `first` (may be NULL) come first and in that
 *  order; the rest is sorted, numbers and dates by value, text by bytes. Only levels that occur
 *  in rows with keep[row] (NULL = all) count, unless named in `first`.
 *  @return VG_NO_MEMORY; VG_INVALID_INPUT when a level in `first` does not occur in the column */
VG_MUST_CHECK VgStatus vg_column_as_factor(VgArena *arena, const VgTable *table,
                                           const VgColumn *column, const char *const *first,
                                           size_t n_first, const bool *keep, int32_t **code,
                                           const char ***level, size_t *n_levels, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
