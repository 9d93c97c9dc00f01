#include "table/formats.h"
VgStatus vg_xlsx_read(VgArena *arena, const char *path, VgSource *source,
                                    const VgTableOptions *options, VgTable **table, VgError *error)
{ (void)arena; (void)source; (void)options; (void)table; return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no", "no"); }
