#include "model/contrast.h"

#include <math.h>
#include <stdbool.h>

VgStatus vg_contrast_check(const double *contrast, size_t n, VgError *error)
{
    bool any = false;
    for (size_t j = 0; j < n; j++) {
        if (!isfinite(contrast[j]))
            return vg_fail(error, VG_INVALID_INPUT,
                           "a contrast has a coefficient that is not finite", "check the contrast");
        any = any || contrast[j] != 0.0;
    }
    return any ? VG_OK
               : vg_fail(error, VG_INVALID_INPUT, "a contrast has only zeros",
                         "check the contrast");
}
