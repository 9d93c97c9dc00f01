/* The UniFrac family; see distance.h. */
#ifndef VG_PANEL_UNIFRAC_H
#define VG_PANEL_UNIFRAC_H

#include <vagus/distance.h>

/* `total` are the samples' sums, all > 0; `value` has zeros for all pairs. */
VG_MUST_CHECK VgStatus vg_unifrac(VgArena *arena, VgMatrix table, const double *total,
                                  const VgDistanceOptions *options, int threads, double *value,
                                  VgError *error);

#endif
