/** @file lab_table.h
 *  Measurements as laboratories export them, one record per measurement, censored ones kept as censored: metabolite
 *  tables, mwTab, Olink NPX, plate readers. */
#ifndef VAGUS_LAB_TABLE_H
#define VAGUS_LAB_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is known of a value. */
typedef enum VgCensor {
    VG_OBSERVED = 0,    /**< value */
    VG_CENSORED_BELOW,  /**< "<x", "<LLOQ", "<LOD": the truth is below `upper`; `lower` −inf */
    VG_CENSORED_ABOVE,  /**< ">x", ">ULOQ": the truth is above `lower`; `upper` +inf */
    VG_CENSORED_WITHIN, /**< "detected" between two limits: between `lower` and `upper` */
    VG_MISSING          /**< no measurement */
} VgCensor;

typedef enum VgLabFormat {
    VG_LAB_DETECT = 0,
    VG_LAB_LONG,  /**< one row per measurement: columns for sample, analyte, value */
    VG_LAB_WIDE,  /**< one row per sample, one column per analyte (or transposed) */
    VG_LAB_OLINK, /**< Olink NPX long: SampleID, OlinkID, Assay, NPX, … */
    VG_LAB_MWTAB  /**< Metabolomics Workbench mwTab text */
} VgLabFormat;

/** Limits of an assay; NaN where none is stated. */
typedef struct VgLabLimits {
    double lod, lloq, uloq;
} VgLabLimits;

/** One measurement. `value` is NaN unless observed; for an observed one lower = upper = value. */
typedef struct VgLabRecord {
    uint32_t sample;  /**< index into sample_id */
    uint32_t analyte; /**< index into analyte_id */
    double value, lower, upper;
    VgCensor censor;
    /** index into limits; always valid. An observed value below its stated limit stays observed, as the laboratory
     *  reported it; the table counts them */
    int32_t limits;
    int32_t plate;  /**< index into plate_id; −1 not told */
    int32_t remark; /**< index into remark_text (QC_Warning, flags, comments); −1 none */
    uint32_t line;  /**< line in the file, 1-based */
} VgLabRecord;

/** Samples, analytes and their measurements. A sample may have several of one analyte (duplicates).
 *  Memory belongs to the arena it was read into. */
typedef struct VgLabTable {
    const char *path;
    char sha256[65];
    VgLabFormat format;
    size_t n_samples, n_analytes, n_records;
    const char **sample_id;    /**< n_samples, distinct, in order of appearance */
    const char **analyte_id;   /**< n_analytes, distinct: name, or OlinkID */
    const char **analyte_name; /**< n_analytes, as people call it (Olink's Assay) */
    const char **unit;   /**< n_analytes units, entries NULL where none is told; NULL without any */
    VgLabRecord *record; /**< n_records, in the order of the file */
    size_t n_limits;
    VgLabLimits *limits; /**< n_limits distinct sets; the first is "none stated" */
    size_t n_plates;
    const char **plate_id;
    size_t n_remarks;
    const char **remark_text;
    size_t n_missing, n_below, n_above, n_within; /**< records by censoring */
    size_t n_below_stated; /**< observed below the record's own LLOQ (else LOD) */
    size_t n_above_stated; /**< observed above the record's own ULOQ */
} VgLabTable;

/** How to read. Zero-initialised means the documented defaults: names of columns are found by what instruments call
 *  them (docs/methods/feature-tables.md). */
typedef struct VgLabOptions {
    VgLabFormat format;
    /** NULL = SampleID, sample, sample_id, id, …; "A+B" joins two columns, as participant and visit, by '_' */
    const char *sample_column;
    const char *analyte_column; /**< long: NULL = analyte, metabolite, assay, target, … */
    const char *value_column;   /**< long: NULL = value, NPX, result, concentration, … */
    const char *unit_column, *lod_column, *lloq_column, *uloq_column; /**< long */
    const char *plate_column, *remark_column;                         /**< long */
    bool analytes_in_rows;   /**< wide: a row is an analyte, a column a sample */
    const char *const *skip; /**< wide: columns that hold no analyte (or no sample) */
    size_t n_skip;
    bool
        numbers_only; /**< wide: skip columns that hold anything but numbers, censored entries, missing codes */
    /** limits that hold for "<LLOQ", "<LOD", ">ULOQ" where the file states none; 0 = none */
    double lod, lloq, uloq;
    /** make values below their stated LLOQ censored below it, values above their ULOQ above it; else they stay as
     *  reported and are counted */
    bool censor_by_limits;
    const char *unit; /**< for all analytes, where the file tells none */
    const char *const
        *missing; /**< further missing codes besides empty, NA, N/A, NaN, ., -, null */
    size_t n_missing;
    char delimiter; /**< 0 = detect */
} VgLabOptions;

/** Reads laboratory measurements from delimited text (.gz too).
 *
 *  A 10-million-row long table takes 56 bytes a row besides its names. Entries: a number; "<x", ">x"; "<LLOQ", "<LOD",
 *  ">ULOQ", BLQ, BLOQ, BDL, ALQ, "OOR <", … with the limit that stands in the record, in a row called LLOQ (wide), or in
 *  the options; "<0" means below the LLOQ. "ND" is refused: it is used for "not detected" and for "not done".
 *  @return VG_INVALID_INPUT with file and line for what is neither a number, a censored entry nor a missing code, for
 *          a censored entry whose limit is nowhere stated, two units of one analyte; VG_IO; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_lab_table_read(VgArena *arena, const char *path,
                                         const VgLabOptions *options, VgLabTable **table,
                                         VgError *error);

/** "long", "wide", "olink", "mwtab"; NULL for DETECT. */
const char *vg_lab_format_name(VgLabFormat format);
/** "observed", "below", "above", "within", "missing". */
const char *vg_censor_name(VgCensor censor);

#ifdef __cplusplus
}
#endif
#endif
