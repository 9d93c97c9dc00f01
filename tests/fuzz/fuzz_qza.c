/* First byte 'z': the rest is a whole archive. Else the rest is parts of an artifact, separated by zero bytes (the type's yaml,
 * the table's bytes, a further entry's name), which are put into an archive here, so that mutations reach them. */
#include <stdint.h>

#include "fuzz/check_table.h"
#include "support/biom_file.h"

#define ID "0d3d2c5a-1b2c-4d5e-8f90-123456789abc"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VgFeatureOptions options = {.format = VG_FORMAT_QIIME2, .most_bytes = (size_t)1 << 24};
    if (size < 2)
        return 0;
    const char *p = (const char *)data + 1, *end = p + size - 1;
    if (data[0] == 'z') {
        if (end - p >= 4 && p[0] == 'P' && p[1] == 'K')
            check_reading(p, (size_t)(end - p), &options);
        return 0;
    }
    ZipPart part[3] = {{ID "/metadata.yaml", NULL, 0}, {ID "/data/feature-table.biom", NULL, 0}};
    char name[64] = "";
    for (size_t i = 0; i < 3; i++) {
        const char *zero = memchr(p, 0, (size_t)(end - p));
        const char *stop = zero ? zero : end;
        part[i].bytes = p;
        part[i].size = (size_t)(stop - p);
        p = zero ? zero + 1 : end;
    }
    /* a BIOM 1.0 text stands for the table: the reader takes either */
    memcpy(name, part[2].bytes, part[2].size < sizeof name - 1 ? part[2].size : sizeof name - 1);
    part[2].name = name;
    size_t made = 0;
    char *zip = zip_file_of(part, *name ? 3 : 2, &made);
    if (zip && made > 4)
        check_reading(zip, made, &options);
    free(zip);
    return 0;
}
