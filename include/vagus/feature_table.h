/** @file feature_table.h
 *  Tables of samples × features as sequencing pipelines deliver them, and their readers: BIOM, QIIME 2, MetaPhlAn,
 *  HUMAnN, KO tables, Kraken and Bracken reports, plain tables. What the numbers mean (matrix, unit, study
 *  samples) is the panel's business. */
#ifndef VAGUS_FEATURE_TABLE_H
#define VAGUS_FEATURE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the numbers of a table are. All kinds are finite and >= 0; measurements that may be negative, missing
 *  or censored are VgLabTable's (lab_table.h). */
typedef enum VgFeatureKind {
    VG_FEATURES_UNKNOWN = 0, /**< amounts of no declared kind (reads per kilobase, …) */
    VG_FEATURES_COUNTS,      /**< whole numbers of reads */
    VG_FEATURES_RELATIVE     /**< shares; `whole` says of what sum */
} VgFeatureKind;

/** The layout of a file. */
typedef enum VgFeatureFormat {
    VG_FORMAT_DETECT = 0,
    VG_FORMAT_PLAIN,     /**< delimited text: ids in the first column, one column per sample */
    VG_FORMAT_BIOM_JSON, /**< BIOM 1.0 */
    VG_FORMAT_BIOM_HDF5, /**< BIOM 2.0, 2.1 */
    VG_FORMAT_QIIME2,    /**< .qza with a FeatureTable[…] */
    VG_FORMAT_METAPHLAN, /**< profile of one sample, or merged */
    VG_FORMAT_HUMANN,    /**< "feature|taxon" rows: gene families, pathways, KO tables */
    VG_FORMAT_KREPORT,   /**< Kraken 1/2 report, also as Bracken rewrites it */
    VG_FORMAT_BRACKEN    /**< Bracken's own table: name, taxonomy_id, …, new_est_reads */
} VgFeatureFormat;

/** Nonzero values, sample by sample (compressed sparse rows): those of sample i are value[start[i]] …
 *  value[start[i + 1] − 1], of features feature[…] in ascending order. What is not stored is 0. */
typedef struct VgAbundances {
    size_t *start;     /**< n_samples + 1 */
    uint32_t *feature; /**< start[n_samples] */
    double *value;     /**< start[n_samples]; finite, > 0 */
} VgAbundances;

/** The rows "feature|taxon" of a stratified table: how much of a feature each taxon contributes. */
typedef struct VgStrata {
    size_t n;              /**< strata, in the order of the file */
    uint32_t *feature;     /**< n: the feature of the whole table */
    uint32_t *taxon;       /**< n: index into taxon_id */
    size_t n_taxa;         /**< distinct taxa */
    const char **taxon_id; /**< n_taxa, as in the file ("g__Bacteroides.s__…", "unclassified") */
    uint32_t *line;        /**< n: line in the file */
    VgAbundances amount;   /**< samples × strata: `feature` in it is the index of the stratum */
} VgStrata;

/** Samples × features. Memory belongs to the arena it was read into. */
typedef struct VgFeatureTable {
    const char *path; /**< as the user gave it; of several files the first */
    char sha256
        [65]; /**< of the file as stored, lower-case hex; of several: of their digests in order */
    VgFeatureFormat format;
    VgFeatureKind kind;
    double whole; /**< RELATIVE: what the shares of one sample sum to, 1 or 100; else 0 */
    /** RELATIVE: the smallest sum of a sample; below `whole` the table holds a part of the community (or shares
     *  that were rounded) */
    double least_sum;
    size_t n_samples;
    size_t n_features;
    const char **sample_id;  /**< n_samples, distinct, not empty */
    const char **feature_id; /**< n_features, distinct, not empty */
    /** n_features lineages as "k__…; p__…; …", entries NULL where the file has none; NULL without any */
    const char **lineage;
    /** n_features letters d k p c o f g s t (t: strain or SGB), 0 unknown; NULL when features have no ranks */
    char *rank;
    /** several ranks stand in the table, so that its sums count the same reads more than once; never by default
     *  (see VgFeatureOptions.rank) */
    bool nested;
    VgAbundances amount; /**< samples × features; of a stratified table the community rows */
    /** n_samples amounts that the pipeline gave to no feature (HUMAnN's UNMAPPED, MetaPhlAn's UNCLASSIFIED, Kraken's
     *  unclassified); no feature of the table. NULL when the file does not tell */
    double *unassigned;
    double *unintegrated;   /**< n_samples, HUMAnN's UNINTEGRATED; NULL when absent */
    const VgStrata *strata; /**< NULL when the table is not stratified */
    /** features whose community row was missing and is the sum of its strata */
    size_t n_summed;
    uint32_t
        *feature_line; /**< n_features lines in the file (1-based); NULL where a format has none */
} VgFeatureTable;

/** How to read. Zero-initialised means the documented defaults. */
typedef struct VgFeatureOptions {
    VgFeatureFormat format; /**< DETECT: by extension, then by content */
    /** what the values are; UNKNOWN: relative for MetaPhlAn; counts when all
     *  values are whole and some above 1, HUMAnN's aside. Declared counts that are not whole, and shares that sum
     *  to more than 1 (or 100), are errors */
    VgFeatureKind kind;
    bool features_in_columns; /**< plain text: a row is a sample (default: a row is a feature) */
    /** the rank kept where a file lists several: one of d k p c o f g s t; 0 = s (species); '*' keeps all rows
     *  and sets `nested` */
    char rank;
    /** between feature and taxon in stratified rows: the last one in a row; 0 = the first '|' where the format is
     *  HUMAnN's or ids hold it */
    char strata_separator;
    char delimiter; /**< plain text: 0 = detect among tab , ; */
    const char *
        sample; /**< the sample's name where the file holds one without naming it; NULL = file name */
    const char *id_column; /**< plain text: the column of ids by name; NULL = the first */
    /** plain text: columns that hold no sample (or, features in columns, no feature) */
    const char *const *skip;
    size_t n_skip;
    bool numbers_only; /**< plain text: skip every column that holds anything but numbers */
    size_t most_bytes; /**< refuse archives that unpack to more; 0 = 4 GiB */
} VgFeatureOptions;

/** Reads a table by extension and content.
 *
 *  Plain text, MetaPhlAn, HUMAnN, Kraken: .gz as well. Lists stay sparse: O(bytes + values) time; memory for the
 *  stored values (12 bytes each, twice while they are sorted by sample) besides the names.
 *  @return VG_INVALID_INPUT with file and line (or record) for damaged files, samples or features that occur
 *          twice, negative, missing or infinite values, declared counts that are not whole; VG_IO; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_feature_table_read(VgArena *arena, const char *path,
                                             const VgFeatureOptions *options,
                                             VgFeatureTable **table, VgError *error);

/** Reads and joins files of one sample or several each (reports of Kraken, profiles of MetaPhlAn, HUMAnN, …) into one
 *  table: samples in the order of the files, features in order of first appearance, absent ones 0. Samples in
 *  two files, files of different formats or kinds are errors. */
VG_MUST_CHECK VgStatus vg_feature_tables_read(VgArena *arena, const char *const *path, size_t n,
                                              const VgFeatureOptions *options,
                                              VgFeatureTable **table, VgError *error);

/** The table as a dense matrix: n_samples × n_features doubles, column-major (sample i, feature j at
 *  [i + j × n_samples]). O(samples × features). */
VG_MUST_CHECK VgStatus vg_abundances_dense(VgArena *arena, const VgAbundances *amount,
                                           size_t n_samples, size_t n_features, double **dense,
                                           VgError *error);

/** The same values feature by feature: entries of feature j are sample[start[j]] … in ascending order.
 *  O(values + features). */
typedef struct VgAbundanceColumns {
    size_t *start;    /**< n_features + 1 */
    uint32_t *sample; /**< start[n_features] */
    double *value;    /**< start[n_features] */
} VgAbundanceColumns;
VG_MUST_CHECK VgStatus vg_abundances_by_feature(VgArena *arena, const VgAbundances *amount,
                                                size_t n_samples, size_t n_features,
                                                VgAbundanceColumns *columns, VgError *error);

/** Lineages by feature id: QIIME 2 taxonomy (.qza or its taxonomy.tsv), or a table with columns for the id and the
 *  lineage, or for the id and one column per rank (Kingdom … Species). */
typedef struct VgTaxonomy {
    const char *path;
    char sha256[65];
    size_t n;
    const char **feature_id; /**< n, distinct */
    const char **lineage;    /**< n, "k__…; p__…; …" or as in the file; NULL = unassigned */
    double *confidence;      /**< n, NaN = not told; NULL without any */
} VgTaxonomy;
VG_MUST_CHECK VgStatus vg_taxonomy_read(VgArena *arena, const char *path, VgTaxonomy **taxonomy,
                                        VgError *error);

/** Puts lineages to the features of the table. Features without one are named in the error when none is
 *  found; otherwise `n_without` (may be NULL) counts them. */
VG_MUST_CHECK VgStatus vg_feature_table_set_taxonomy(VgArena *arena, VgFeatureTable *table,
                                                     const VgTaxonomy *taxonomy, size_t *n_without,
                                                     VgError *error);

/** Sums the features that share their lineage down to `rank` (one of d k p c o f g s t) into a new table; features whose
 *  lineage ends above it are taken together by what is known, those without any as "unassigned". Ids are the shared
 *  lineages. Strata and lines are lost. O(values + samples × groups).
 *  @return VG_INVALID_INPUT without lineages, of a nested table, for another letter; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_feature_table_collapse(VgArena *arena, const VgFeatureTable *table,
                                                 char rank, VgFeatureTable **collapsed,
                                                 VgError *error);

/** The lowest named level of a lineage in words ("Faecalibacterium prausnitzii", "Lachnospiraceae (family)");
 *  "unassigned" where none is named; NULL: no memory. */
const char *vg_lineage_label(VgArena *arena, const char *lineage);

/** "plain", "biom_json", …; NULL for DETECT. */
const char *vg_feature_format_name(VgFeatureFormat format);
/** "unknown", "counts", "relative". */
const char *vg_feature_kind_name(VgFeatureKind kind);

#ifdef __cplusplus
}
#endif
#endif
