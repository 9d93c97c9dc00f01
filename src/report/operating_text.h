/* The operating characteristics of a design as text: bias, coverage and power of an effect on one line. */
#ifndef VG_REPORT_OPERATING_TEXT_H
#define VG_REPORT_OPERATING_TEXT_H

#include <vagus/result.h>

#include "base/buffer.h"

/* Whether a result is of virtual trials: it has true values. */
bool vg_is_operating(const VgResult *result);
void vg_put_operating(VgBuffer *out, const VgResult *result);

#endif
