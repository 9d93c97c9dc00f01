/* A BIOM 2 file taken apart: lists as they stand in the file, not yet compared with each other. */
#ifndef VG_TABLE_FEATURES_BIOM_PARTS_H
#define VG_TABLE_FEATURES_BIOM_PARTS_H

#include <stdint.h>

#include "table/features/text.h"

typedef struct VgBiomParts {
    VgArena *arena;
    const char *path;
    size_t most_bytes; /* of one list */
    size_t n_features, n_samples, n_levels, n_values;
    VgField *feature_id, *sample_id;
    VgField *level;   /* n_features × n_levels; NULL without lineages */
    int64_t *start;   /* n_samples + 1; NULL when there are no values */
    int32_t *feature; /* n_values */
    double *value;    /* n_values */
} VgBiomParts;

/* Reads the parts with the HDF5 library, in this process. */
VG_MUST_CHECK VgStatus vg_biom_parts_read(VgBiomParts *parts, const char *bytes, size_t size,
                                          VgError *error);

#endif
