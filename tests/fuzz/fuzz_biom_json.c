/* Any bytes as BIOM 1.0. */
#include <stdint.h>

#include "fuzz/check_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VgFeatureOptions options = {.format = VG_FORMAT_BIOM_JSON};
    if (size > 0 && data[0] == '{')
        check_reading((const char *)data, size, &options);
    return 0;
}
