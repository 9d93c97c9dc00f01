/* Comparisons of one study that share a control arm. */
#ifndef VG_EVIDENCE_SHARED_CONTROL_H
#define VG_EVIDENCE_SHARED_CONTROL_H

#include <stddef.h>

#include <vagus/extraction.h>

/* group[row] is the first row (an index into the rows of the extraction) whose control arm is the row's, size[group]
 * how many `used` rows have that arm. Sharing means: same study, same numbers of group 2, same name where named. */
typedef struct VgSharedControls {
    size_t *group; /* n_rows */
    size_t *size;  /* n_rows; at the first row of each group */
} VgSharedControls;

VG_MUST_CHECK VgStatus vg_shared_controls(VgArena *arena, const VgExtraction *extraction,
                                          const bool *used, VgSharedControls *out, VgError *error);

#endif
