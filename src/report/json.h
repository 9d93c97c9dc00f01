/* The contract's JSON object into a buffer. */
#ifndef VG_REPORT_JSON_H
#define VG_REPORT_JSON_H

#include <vagus/result.h>

#include "base/buffer.h"

/* With `datasets`: the result's tables too. */
void vg_json_result(VgBuffer *out, const VgResult *result, bool datasets);

#endif
