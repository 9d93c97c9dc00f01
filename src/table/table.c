/* Reading by extension, and finding columns. */
#include <vagus/table.h>

#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "table/csv.h"
#include "table/formats.h"

typedef enum Format { DELIMITED, STATISTICS, XLSX } Format;

/* By the extension, a final .gz aside; what is not known is read as delimited text. */
static Format format_of(const char *path, VgStatisticsFormat *which)
{
    static const struct {
        const char *extension;
        VgStatisticsFormat format;
    } known[] = {{".xpt", VG_SAS_TRANSPORT}, {".sas7bdat", VG_SAS_DATA}, {".sav", VG_SPSS_SYSTEM},
                 {".zsav", VG_SPSS_SYSTEM},  {".por", VG_SPSS_PORTABLE}, {".dta", VG_STATA}};
    size_t length = strlen(path);
    if (length > 3 && strcasecmp(path + length - 3, ".gz") == 0)
        length -= 3;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].extension);
        *which = known[i].format;
        if (length > n && strncasecmp(path + length - n, known[i].extension, n) == 0)
            return STATISTICS;
    }
    return length > 5 && strncasecmp(path + length - 5, ".xlsx", 5) == 0 ? XLSX : DELIMITED;
}

VgStatus vg_table_read(VgArena *arena, const char *path, const VgTableOptions *options,
                       VgTable **table, VgError *error)
{
    static const VgTableOptions defaults = {0};
    options = options ? options : &defaults;
    VgStatisticsFormat which;
    Format format = format_of(path, &which);
    VgSource source;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status;
    if (source.size == 0)
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "is empty",
                            "a table has a header line and one line per row");
    else if (format == STATISTICS)
        status = vg_statistics_read(arena, path, which, &source, options, table, error);
    else if (format == XLSX)
        status = vg_xlsx_read(arena, path, &source, options, table, error);
    else
        status = vg_csv_read(arena, path, &source, options, table, error);
    vg_source_close(&source);
    return status;
}

VgStatus vg_table_read_csv_bytes(VgArena *arena, const char *name, const char *bytes, size_t size,
                                 const VgTableOptions *options, VgTable **table, VgError *error)
{
    static const VgTableOptions defaults = {0};
    VgSource source;
    VG_TRY(vg_source_copy(bytes, size, &source, error));
    VgStatus status =
        vg_csv_read(arena, name, &source, options ? options : &defaults, table, error);
    vg_source_close(&source);
    return status;
}

const VgColumn *vg_table_column(const VgTable *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->column[i].name, name) == 0)
            return &table->column[i];
    return NULL;
}

VgStatus vg_table_require(const VgTable *table, const char *name, const VgColumn **column,
                          VgError *error)
{
    *column = vg_table_column(table, name);
    if (*column)
        return VG_OK;
    const char **candidate = vg_malloc((table->n_columns + 1) * sizeof *candidate);
    if (!candidate)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_columns; i++)
        candidate[i] = table->column[i].name;
    const char *near = vg_nearest(name, candidate, table->n_columns);
    vg_free(candidate);
    if (near)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "no column '%.80s'; the nearest name is '%.80s'",
                          "correct the name: upper and lower case count", name, near);
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                      "no column '%.80s' among the %zu columns of the table",
                      "compare the name with the table's header line", name, table->n_columns);
}

bool vg_column_is_missing(const VgColumn *column, size_t row)
{
    switch (column->type) {
    case VG_COLUMN_FACTOR:
        return column->code[row] < 0;
    case VG_COLUMN_TEXT:
        return column->text[row] == NULL;
    default:
        return column->number[row] != column->number[row];
    }
}

bool vg_column_is_yes(const VgColumn *column, size_t row)
{
    static const char *const YES[] = {"1", "yes", "true", "y", "t"};
    if (vg_column_is_missing(column, row))
        return false;
    if (column->number)
        return column->number[row] != 0;
    const char *text = column->code ? column->level[column->code[row]] : column->text[row];
    for (size_t k = 0; k < sizeof YES / sizeof *YES; k++)
        if (strcasecmp(text, YES[k]) == 0)
            return true;
    return false;
}
