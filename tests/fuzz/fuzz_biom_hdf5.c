/* First byte 'm': the rest is what the process that reads HDF5 sends. Else a BIOM 2.1 file is made here from the fuzzer's bytes, with
 * dimensions, types, names, pointers and values that need not agree, and taken apart in this process. The bytes of a file as
 * such would test the HDF5 library, which is why it has a process of its own (unit.table.test_biom changes bytes of files). */
#include <stdint.h>

#include "fuzz/check_table.h"
#include "support/biom_file.h"
#include "table/features/biom_parts.h"

enum { MOST = 12 };

typedef struct Bytes {
    const uint8_t *p, *end;
} Bytes;

static uint8_t take(Bytes *bytes)
{
    return bytes->p < bytes->end ? *bytes->p++ : 0;
}

static void take_names(Bytes *bytes, char (*text)[6], const char **name, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0, length = take(bytes) % 5; k < length; k++)
            text[i][k] = (char)take(bytes);
        name[i] = text[i];
    }
}

static void check_message(const char *bytes, size_t size)
{
    VgFeatureOptions options = {0};
    VgError error = {0};
    VgFeatureTable *table = NULL;
    VgFeatureBuilder builder = {.arena = vg_arena_create(),
                                .path = "fuzz.biom",
                                .options = &options,
                                .kind = &options.kind};
    VgStatus status = vg_read_biom_message(&builder, bytes, size, &error);
    if (status == VG_OK)
        status = vg_builder_finish(&builder, &table, &error);
    if (status != VG_NO_MEMORY) /* that may have been sent */
        check_answer(status, &error, table);
    vg_builder_free(&builder);
    vg_arena_destroy(builder.arena);
}

static void check_parts(const char *bytes, size_t size)
{
    VgError error = {0};
    VgBiomParts parts = {
        .arena = vg_arena_create(), .path = "fuzz.biom", .most_bytes = (size_t)1 << 26};
    VgStatus status = vg_biom_parts_read(&parts, bytes, size, &error);
    if (status != VG_OK && (status != VG_INVALID_INPUT || !*error.message || !*error.hint))
        abort();
    vg_arena_destroy(parts.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && data[0] == 'm') {
        check_message((const char *)data + 1, size - 1);
        return 0;
    }
    Bytes bytes = {data, data + size};
    char feature_text[MOST][6] = {{0}}, sample_text[MOST][6] = {{0}}, level_text[MOST][6] = {{0}};
    const char *feature[MOST], *sample[MOST], *level[MOST];
    int32_t start[MOST + 1], index[MOST];
    double value[MOST];
    uint8_t flags = take(&bytes), more = take(&bytes);
    BiomFile file = {.n_features = take(&bytes) % MOST,
                     .n_samples = take(&bytes) % MOST,
                     .fixed_width = flags & 1 ? 3 : 0,
                     .integer_ids = (flags & 0x0e) == 0x0e,
                     .empty_claim = (flags & 0x70) == 0x70 ? (uint64_t)1 << more % 62 : 0};
    file.n_start = flags & 0x80 ? take(&bytes) % (MOST + 1) : file.n_samples + 1;
    file.n_index = take(&bytes) % MOST;
    file.n_value = more & 1 ? take(&bytes) % MOST : file.n_index;
    take_names(&bytes, feature_text, feature, file.n_features);
    take_names(&bytes, sample_text, sample, file.n_samples);
    for (size_t i = 0; i <= MOST; i++)
        start[i] =
            more & 2 ? (int8_t)take(&bytes) : (int32_t)(i < file.n_samples ? i : file.n_index);
    for (size_t k = 0; k < MOST; k++) {
        index[k] = (int8_t)take(&bytes);
        value[k] = (double)(int8_t)take(&bytes) / (more & 4 ? 4 : 1);
        if (value[k] == -128 && more & 8)
            value[k] = 1e308 * 10;
    }
    file.feature = more & 16 && flags & 2 ? NULL : feature;
    file.sample = more & 16 && flags & 4 ? NULL : sample;
    file.start = more & 16 && flags & 8 ? NULL : start;
    file.index = more & 16 && flags & 16 ? NULL : index;
    file.value = more & 16 && flags & 32 ? NULL : value;
    file.shape[0] = (int64_t)file.n_features + (more & 32 ? (int8_t)take(&bytes) : 0);
    file.shape[1] = (int64_t)file.n_samples;
    if (more & 64 && file.n_features) {
        file.n_levels = MOST / file.n_features;
        take_names(&bytes, level_text, level, file.n_features * file.n_levels);
        file.level = file.n_levels ? level : NULL;
    }
    size_t made = 0;
    char *image = biom_file(&file, &made);
    if (image)
        check_parts(image, made);
    free(image);
    return 0;
}
