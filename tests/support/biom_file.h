/* BIOM 2 files and QIIME 2 artifacts that a test or a fuzzer makes, whole or wrong on purpose. */
#ifndef VG_TESTS_BIOM_FILE_H
#define VG_TESTS_BIOM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A table as it is to stand in the file; what is NULL is left out. Lengths need not agree. */
typedef struct BiomFile {
    const char *const *feature, *const *sample;
    size_t n_features, n_samples;
    const int32_t *start, *index;
    const double *value;
    size_t n_start, n_index, n_value;
    int64_t shape[2];
    const char *const *level; /* n_features × n_levels */
    size_t n_levels;
    size_t fixed_width;   /* ids of that many bytes instead of varying length */
    bool integer_ids;     /* ids of the wrong type */
    uint64_t empty_claim; /* data: a dataset that claims so many values and holds none */
} BiomFile;

/* The file's bytes; free() them. NULL when the library fails. */
char *biom_file(const BiomFile *file, size_t *size);

typedef struct ZipPart {
    const char *name, *bytes;
    size_t size;
} ZipPart;

/* The archive's bytes; free() them. */
char *zip_file_of(const ZipPart *part, size_t n, size_t *size);

#endif
