/** @file result.h
 *  The one result shape: tidy estimates, facts, datasets and warnings.
 *
 *  Every analysis fills it; text, JSON, CSV, SQLite, figures and reports read only it. */
#ifndef VAGUS_RESULT_H
#define VAGUS_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One tidy row. Text that does not apply is NULL, a number that is undefined is NaN.
 *  `vg_estimate_blank` gives a row with everything absent. */
typedef struct VgEstimate {
    /** plan item that made it ("primary", "response", …); NULL for a method command */
    const char *analysis;
    /** coefficient, lsmean, contrast, covariance, effect_size, risk_difference, … */
    const char *quantity;
    const char *term;
    const char *outcome;
    const char *visit;
    const char *arm;
    const char *reference; /**< contrast = arm − reference, always */
    const char *stratum;
    const char *channel;
    const char *feature;
    const char *unit; /**< unit of `estimate` */
    const char *note; /**< a convention or caveat that travels with the row (standardiser, …) */
    double estimate, se, df, statistic, p, lower, upper;
    double n; /**< participants (or observations) behind the row */
    double q; /**< p adjusted for multiplicity or false discovery rate */
} VgEstimate;

/** A named number, text or truth. */
typedef enum VgFactKind { VG_FACT_NUMBER, VG_FACT_TEXT, VG_FACT_BOOL } VgFactKind;

/** Which JSON object a fact belongs to. */
typedef enum VgFactSection {
    VG_FACTS_FIT,         /**< "fit": loglik, aic, iterations, n_subjects, … */
    VG_FACTS_DIAGNOSTICS, /**< "diagnostics": gradient norm, eigenvalues, … */
    VG_FACTS_STUDY        /**< "study": title, registry, whether the data are simulated */
} VgFactSection;

typedef struct VgFact {
    VgFactSection section;
    const char *analysis; /**< as in VgEstimate */
    const char *key;
    VgFactKind kind;
    double number; /**< VG_FACT_NUMBER; VG_FACT_BOOL as 0 or 1 */
    const char *text;
} VgFact;

/** A column of a dataset: numbers (NaN = absent) or text (NULL = absent). */
typedef struct VgDatasetColumn {
    const char *name;
    double *number;    /**< NULL for a text column */
    const char **text; /**< NULL for a number column */
} VgDatasetColumn;

/** A small table behind a figure or a page of the report (trajectories, CONSORT counts, residuals). */
typedef struct VgDataset {
    const char *name;     /**< unique within (analysis, name) */
    const char *analysis; /**< as in VgEstimate */
    size_t n_rows;
    size_t n_columns;
    VgDatasetColumn *column;
    size_t capacity_; /**< private */
} VgDataset;

/** A file that went in. */
typedef struct VgInput {
    const char *path;
    const char *sha256;
    size_t rows;
} VgInput;

/** What a command or an analysis answers. Create with `vg_result_create`; owned by its arena. */
typedef struct VgResult {
    VgArena *arena;
    const char *command;
    const char **call; /**< argv as given, n_call of it */
    size_t n_call;
    uint64_t seed;
    double level; /**< confidence level of all intervals unless a row's note says otherwise */
    VgInput *input;
    size_t n_inputs, capacity_inputs_;
    VgEstimate *estimate;
    size_t n_estimates, capacity_estimates_;
    VgFact *fact;
    size_t n_facts, capacity_facts_;
    VgDataset *dataset;
    size_t n_datasets, capacity_datasets_;
    const char **warning;
    size_t n_warnings, capacity_warnings_;
    VgStatus failed_; /**< first failed append; see vg_result_status */
} VgResult;

/** An empty result; NULL when memory is short. */
VgResult *vg_result_create(VgArena *arena, const char *command);

/** A row with every text NULL and every number NaN. */
VgEstimate vg_estimate_blank(void);

/* The functions that append copy all strings. They return nothing: a failed append (memory) is
 * remembered, and vg_result_status tells of it once at the end. */
void vg_result_estimate(VgResult *result, const VgEstimate *row);
void vg_result_number(VgResult *result, VgFactSection section, const char *analysis,
                      const char *key, double value);
void vg_result_text(VgResult *result, VgFactSection section, const char *analysis, const char *key,
                    const char *value);
void vg_result_bool(VgResult *result, VgFactSection section, const char *analysis, const char *key,
                    bool value);
void vg_result_warn(VgResult *result, const char *format, ...) VG_PRINTF(2, 3);
void vg_result_input(VgResult *result, const char *path, const char *sha256, size_t rows);

/** Starts (or finds) a dataset. `columns` is a list of names; a leading '#' marks a number column:
 *  {"arm", "#n", "#mean"}. NULL when memory is short (remembered too). The pointer is valid until the next
 *  vg_result_dataset on the same result. */
VgDataset *vg_result_dataset(VgResult *result, const char *analysis, const char *name,
                             const char *const *columns, size_t n_columns);

/** Appends an empty row (all absent) and returns its index; set the cells next. `dataset` may be NULL. */
size_t vg_dataset_row(VgResult *result, VgDataset *dataset);
void vg_dataset_set_number(VgResult *result, VgDataset *dataset, const char *column, double value);
void vg_dataset_set_text(VgResult *result, VgDataset *dataset, const char *column,
                         const char *value);

/** Look-ups for those who render. NULL (or NaN) when there is none. `analysis` NULL = no analysis. */
const VgDataset *vg_result_find_dataset(const VgResult *result, const char *analysis,
                                        const char *name);
const VgDatasetColumn *vg_dataset_column(const VgDataset *dataset, const char *name);
const VgFact *vg_result_find_fact(const VgResult *result, VgFactSection section,
                                  const char *analysis, const char *key);

/** VG_OK, or the first append that failed. */
VG_MUST_CHECK VgStatus vg_result_status(const VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
