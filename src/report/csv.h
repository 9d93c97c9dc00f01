/* Tidy CSV into buffers: the estimates, and any dataset. */
#ifndef VG_REPORT_CSV_H
#define VG_REPORT_CSV_H

#include <vagus/result.h>

#include "base/buffer.h"

void vg_csv_estimates(VgBuffer *out, const VgResult *result);
/* Datasets of the same name share one table; `analysis` is its first column where any has one. */
void vg_csv_dataset(VgBuffer *out, const VgResult *result, const char *name);

#endif
