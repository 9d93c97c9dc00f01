/* Delimited text: shared by the parts of the CSV reader. */
#ifndef VG_TABLE_CSV_H
#define VG_TABLE_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <vagus/table.h>

#include "table/source.h"

/* No record of a real table is longer; a longer one is a file that is no table. */
#define VG_CSV_LONGEST_RECORD ((size_t)32 << 20)

/* ---- one field (csv_field.c) ---- */

typedef enum VgCsvFault { VG_CSV_FINE = 0, VG_CSV_UNCLOSED, VG_CSV_AFTER_QUOTE } VgCsvFault;

typedef struct VgCsvField {
    const char *text; /* trimmed; inside the quotes when quoted */
    size_t length;
    const char *end; /* the delimiter or line end after it */
    bool quoted;
    bool doubled; /* holds doubled quotes */
} VgCsvField;

/* The field that begins at p. `limit` is the end of the bytes, where a 0 stands. */
VgCsvFault vg_csv_field(const char *p, const char *limit, char delimiter, VgCsvField *field);

/* Number of lines ended within [from, to): LF, CRLF and CR alone count once each. */
size_t vg_csv_count_lines(const char *from, const char *to);

static inline bool vg_csv_is_line_end(char c)
{
    return c == '\n' || c == '\r' || c == '\0';
}

/* After the line end at p; at the end of the bytes (0) stays there. */
static inline const char *vg_csv_next_line(const char *p)
{
    if (*p == '\r')
        p++;
    else if (*p == '\n')
        return p + 1;
    return *p == '\n' && p[-1] == '\r' ? p + 1 : p;
}

/* If the line at p holds only blanks: where it ends; else NULL. Blanks never include the delimiter. */
static inline const char *vg_csv_blank_line(const char *p, char delimiter)
{
    while (*p == ' ' || (*p == '\t' && delimiter != '\t'))
        p++;
    return vg_csv_is_line_end(*p) ? p : NULL;
}

/* ---- the whole file's bytes (csv_check.c) ---- */

/* Digests; refuses what is no UTF-8 text; counts an upper bound of lines. */
VG_MUST_CHECK VgStatus vg_csv_check(const char *path, VgSource *source, size_t *n_lines,
                                    VgError *error);

/* ---- the lines before the data (csv_layout.c) ---- */

typedef struct VgCsvLayout {
    char delimiter;
    const char **name; /* n names, "row" first when the rows carry names without a header */
    size_t n;
    const char *data; /* first record */
    size_t data_line, header_line;
} VgCsvLayout;

VG_MUST_CHECK VgStatus vg_csv_layout(VgArena *arena, const char *path, const VgSource *source,
                                     const VgTableOptions *options, VgCsvLayout *layout,
                                     VgError *error);

/* Drops columns that repeat an earlier one, name and every value (exports join keys in); a second column by a name
 * with other values is an error. (csv_copies.c) */
VG_MUST_CHECK VgStatus vg_csv_drop_copies(const VgCsvLayout *layout, VgTable *table,
                                          VgError *error);

/* The text of a field, doubled quotes undone; NULL when memory is short. */
const char *vg_csv_text(VgArena *arena, const VgCsvField *field, size_t *length);

VG_MUST_CHECK VgStatus vg_csv_fault(const char *path, size_t line, VgCsvFault fault,
                                    VgError *error);

/* ---- the reader (csv.c) ---- */

/* Reads the table in a source; the path stands in messages. */
VG_MUST_CHECK VgStatus vg_csv_read(VgArena *arena, const char *path, VgSource *source,
                                   const VgTableOptions *options, VgTable **table, VgError *error);

#endif
