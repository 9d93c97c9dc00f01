/* Which display formats of SAS, SPSS and Stata mean dates, and how their numbers count time. */
#ifndef VG_TABLE_STATISTICS_DATE_H
#define VG_TABLE_STATISTICS_DATE_H

#include <stdbool.h>

#include "table/formats.h"

/* days since 1970-01-01 = value / per_day + offset */
typedef struct VgDateScale {
    double per_day;
    double offset;
} VgDateScale;

/* false: the format is no date (a time of day, months and quarters of Stata, a number). */
bool vg_statistics_date(VgStatisticsFormat format, const char *display, VgDateScale *scale);

#endif
