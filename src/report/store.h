/* results.sqlite: a whole result as tables that people can query; reads back what was written. */
#ifndef VG_REPORT_STORE_H
#define VG_REPORT_STORE_H

#include <vagus/result.h>

/* Makes a new database at `path` (which must not exist). VG_IO, VG_NO_MEMORY. */
VG_MUST_CHECK VgStatus vg_store_write(const VgResult *result, const char *path, VgError *error);
/* VG_INVALID_INPUT when `path` is no results store of this layout. */
VG_MUST_CHECK VgStatus vg_store_read(VgArena *arena, const char *path, VgResult **result,
                                     VgError *error);

#endif
