/* Any bytes as the text of a feature table: plain, HUMAnN, MetaPhlAn, Kraken, Bracken. The first byte chooses options. */
#include <stdint.h>

#include "fuzz/check_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const skip[] = {"x"};
    if (size == 0)
        return 0;
    VgFeatureOptions options = {.features_in_columns = data[0] & 1,
                                .numbers_only = data[0] & 2,
                                .rank = data[0] & 4 ? '*' : '\0',
                                .strata_separator = data[0] & 8 ? ',' : '\0',
                                .skip = skip,
                                .n_skip = data[0] & 16 ? 1 : 0,
                                .kind = (VgFeatureKind)(data[0] >> 5) % 3};
    check_reading((const char *)data + 1, size - 1, &options);
    return 0;
}
