/* Readers of the formats that are no delimited text. */
#ifndef VG_TABLE_FORMATS_H
#define VG_TABLE_FORMATS_H

#include <vagus/table.h>

#include "table/source.h"

typedef enum VgStatisticsFormat {
    VG_SAS_TRANSPORT,
    VG_SAS_DATA,
    VG_SPSS_SYSTEM,
    VG_SPSS_PORTABLE,
    VG_STATA
} VgStatisticsFormat;

/* SAS, SPSS and Stata files through ReadStat. */
VG_MUST_CHECK VgStatus vg_statistics_read(VgArena *arena, const char *path,
                                          VgStatisticsFormat format, VgSource *source,
                                          const VgTableOptions *options, VgTable **table,
                                          VgError *error);

/* Office Open XML workbooks (.xlsx). */
VG_MUST_CHECK VgStatus vg_xlsx_read(VgArena *arena, const char *path, VgSource *source,
                                    const VgTableOptions *options, VgTable **table, VgError *error);

#endif
