/* What a workbook says outside its sheets: where the sheet is, shared strings, which styles are dates. */
#ifndef VG_TABLE_XLSX_BOOK_H
#define VG_TABLE_XLSX_BOOK_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>

#include "table/dictionary.h"
#include "table/xlsx_part.h"

typedef struct VgXlsxBook {
    VgArena *arena;    /* scratch of the reading */
    const char *sheet; /* part of the sheet asked for */
    bool from_1904;
    const char **string; /* shared strings */
    size_t n_strings;
    bool *is_date; /* by cell style */
    size_t n_styles;
} VgXlsxBook;

/* `sheet`: a sheet's name, or NULL for the first. */
VG_MUST_CHECK VgStatus vg_xlsx_book(VgArena *arena, const VgXlsxArchive *archive, const char *sheet,
                                    VgXlsxBook *book, VgError *error);

/* Days since 1970-01-01 of a serial number; false when it is none (1900-02-29, out of range). */
bool vg_xlsx_days(double serial, bool from_1904, double *days);

#endif
