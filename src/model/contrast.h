/* What every mixed model refuses of a contrast. */
#ifndef VG_MODEL_CONTRAST_H
#define VG_MODEL_CONTRAST_H

#include <stddef.h>

#include <vagus/status.h>

/* n coefficients (of one row, or of all rows of a joint test): all finite, and not all zero.
 * @return VG_INVALID_INPUT */
VG_MUST_CHECK VgStatus vg_contrast_check(const double *contrast, size_t n, VgError *error);

#endif
