/* ISO 8601 dates and date-times as days since 1970-01-01 (proleptic Gregorian calendar). */
#ifndef VG_TABLE_DATE_H
#define VG_TABLE_DATE_H

#include <stddef.h>
#include <stdint.h>

typedef enum VgDateRead { VG_DATE_NONE = 0, VG_DATE_RIGHT, VG_DATE_IMPOSSIBLE } VgDateRead;

/* YYYY-MM-DD, alone or with T or a blank and HH:MM[:SS[.fff]] and Z or an offset. The clock time
 * counts as written, as a fraction of the day; an offset is checked and not applied, for a visit's day is the local
 * one. *days is set for VG_DATE_RIGHT only. */
VgDateRead vg_date_parse(const char *text, size_t length, double *days);

/* YYYY-MM-DD at p, when it exists: returns its end, else NULL. Reads no further than the first byte that does not
 * fit. */
const char *vg_date_scan(const char *p, double *days);

/* "2023-04-05" or "2023-04-05T10:30:00" into text (at least 40 bytes). */
void vg_date_format(double days, char *text);

#endif
