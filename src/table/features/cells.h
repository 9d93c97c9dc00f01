/* Samples × features while they are read: names to indices, cells in any order, then sorted by sample. */
#ifndef VG_TABLE_FEATURES_CELLS_H
#define VG_TABLE_FEATURES_CELLS_H

#include <vagus/feature_table.h>

#include "table/dictionary.h"

/* One value; feature in 0 … 2^31 − 1. */
typedef struct VgCell {
    uint32_t sample, feature;
    double value;
} VgCell;

typedef struct VgCells {
    VgCell *cell; /* malloc'ed */
    size_t n, capacity;
} VgCells;

/* Zeros are left out. */
VG_MUST_CHECK VgStatus vg_cells_put(VgCells *cells, size_t sample, size_t feature, double value,
                                    VgError *error);
/* Sorts into `amount`; gives the cells back. *twice: the index of a sample whose cell occurs twice
 * (VG_INVALID_INPUT without a message), twice[1] the feature. */
VG_MUST_CHECK VgStatus vg_cells_finish(VgCells *cells, VgArena *arena, size_t n_samples,
                                       VgAbundances *amount, size_t twice[2], VgError *error);
void vg_cells_free(VgCells *cells);

/* Distinct names in order of appearance, with the line of each. */
typedef struct VgNames {
    VgDictionary dictionary;
    VgTextPool pool;
    uint32_t *line; /* malloc'ed; 0 = none */
    size_t capacity;
} VgNames;

/* The index of a name, added when new. *is_new may be NULL. */
VG_MUST_CHECK VgStatus vg_names_add(VgNames *names, VgArena *arena, const char *text, size_t length,
                                    size_t line, size_t *index, bool *is_new, VgError *error);
/* The texts (and lines, when `line` is not NULL) as arrays of the arena. */
VG_MUST_CHECK VgStatus vg_names_take(const VgNames *names, VgArena *arena, const char ***text,
                                     uint32_t **line, VgError *error);
void vg_names_free(VgNames *names);

/* What an identifier stands for, once stratified rows and rows of no feature are told apart. */
typedef enum VgTarget {
    VG_TO_FEATURE,
    VG_TO_STRATUM,
    VG_TO_UNASSIGNED,
    VG_TO_UNINTEGRATED,
    VG_TO_NOTHING
} VgTarget;

typedef struct VgPlace {
    VgTarget target;
    size_t index; /* of the feature or the stratum */
} VgPlace;

/* A table being built. Zero, then arena, path and options are set; freed after success and failure alike. */
typedef struct VgFeatureBuilder {
    VgArena *arena;
    const char *path;
    const VgFeatureOptions *options;
    VgFeatureKind *kind; /* as declared by the user, or by the file */
    VgFeatureFormat format;
    const char *record; /* what `line` counts: "line", or "record" for formats without lines */
    char separator;     /* between feature and taxon; 0: rows are not stratified */
    bool humann;        /* UNMAPPED, UNINTEGRATED, … are no features */
    VgNames sample, feature, taxon, stratum;
    VgCells whole, strata;
    uint32_t *stratum_feature, *stratum_taxon; /* malloc'ed */
    size_t strata_capacity, strata_capacity_taxon;
    bool *has_row; /* malloc'ed: features with a community row */
    size_t has_row_capacity;
    const char **lineage; /* malloc'ed, n_features filled as far as known */
    size_t lineage_capacity;
    char *rank;
    size_t rank_capacity;
    double *unassigned, *unintegrated; /* malloc'ed */
    size_t unassigned_capacity, unintegrated_capacity;
    size_t fraction_line; /* where the first value stands that is not whole; 0 = none */
    double fraction;
    double largest;
} VgFeatureBuilder;

/* A new sample; the same name twice is an error. */
VG_MUST_CHECK VgStatus vg_builder_sample(VgFeatureBuilder *builder, const char *text, size_t length,
                                         size_t line, size_t *index, VgError *error);
/* A new feature; the same name twice is an error. */
VG_MUST_CHECK VgStatus vg_builder_feature(VgFeatureBuilder *builder, const char *text,
                                          size_t length, size_t line, VgPlace *place,
                                          VgError *error);
/* What an identifier stands for, in a format with strata. */
VG_MUST_CHECK VgStatus vg_builder_identify(VgFeatureBuilder *builder, const char *text,
                                           size_t length, size_t line, VgPlace *place,
                                           VgError *error);
/* A feature, a row that another table told apart already: new here or not. */
VG_MUST_CHECK VgStatus vg_builder_join_feature(VgFeatureBuilder *builder, const char *id,
                                               size_t *index, VgError *error);
VG_MUST_CHECK VgStatus vg_builder_join_stratum(VgFeatureBuilder *builder, const char *id,
                                               const char *feature, const char *taxon,
                                               VgPlace *place, VgError *error);
/* Looks whether an identifier is one of HUMAnN's, where the format does not tell. */
void vg_builder_look(VgFeatureBuilder *builder, const char *text, size_t length);
VG_MUST_CHECK VgStatus vg_builder_describe(VgFeatureBuilder *builder, size_t feature,
                                           const char *lineage, char rank, VgError *error);
/* A value: finite and >= 0 or an error. */
VG_MUST_CHECK VgStatus vg_builder_put(VgFeatureBuilder *builder, size_t sample, VgPlace place,
                                      double value, size_t line, VgError *error);
/* The table, checked against the declared kind. */
VG_MUST_CHECK VgStatus vg_builder_finish(VgFeatureBuilder *builder, VgFeatureTable **table,
                                         VgError *error);
void vg_builder_free(VgFeatureBuilder *builder);

#endif
