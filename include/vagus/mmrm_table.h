/** @file mmrm_table.h
 *  From a long table (one row per participant and visit) to the arrays that vg_mmrm_fit takes, with
 * every check that needs the file's lines. */
#ifndef VAGUS_MMRM_TABLE_H
#define VAGUS_MMRM_TABLE_H

#include <stdbool.h>

#include <vagus/design.h>
#include <vagus/mmrm.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which column plays which part. `id` and `visit` are needed; the others may be NULL. */
typedef struct VgMmrmColumns {
    const char *id;
    const char *visit;   /**< always a factor */
    const char *arm;     /**< always a factor; constant within participant */
    const char *group;   /**< levels with a covariance of their own; constant within participant */
    const char *weights; /**< > 0 */
} VgMmrmColumns;

/** The design and the data of an MMRM. Rows are the design's used rows, in the table's order. */
typedef struct VgMmrmTable {
    const VgTable *table;
    VgMmrmColumns columns;
    VgDesign *design;
    VgMmrmData data;      /**< x is the design's full-rank part; labels are filled */
    const char **subject; /**< data.n_subjects identifiers */
    const char **visit;   /**< data.n_visits names, in order */
    const char **group;   /**< data.n_groups names; NULL without */
    int32_t *arm_of_row;  /**< data.n_rows codes; NULL without an arm column */
    const char **arm;     /**< n_arms names, the reference first */
    size_t n_arms;
    /** n_arms × n_visits (visit varies fastest): rows used; n_arms = 1 without arm */
    size_t *count;
} VgMmrmTable;

/** Builds design and data.
 *  @param options  level orders and the like, as for vg_design_build; visit, arm and group are made
 * factors and required in addition
 *  @return VG_INVALID_INPUT with the line of the row to blame: a participant with two rows at a
 * visit, in two arms or two groups, a weight that is not positive, an outcome that is not finite;
 * and without line: a single arm, a visit without data in an arm, an outcome that is constant. What
 * vg_design_build and vg_table_require return. VG_NO_MEMORY. O(rows · log rows) besides the design.
 */
VG_MUST_CHECK VgStatus vg_mmrm_table(VgArena *arena, const VgTable *table, const VgFormula *formula,
                                     const VgMmrmColumns *columns, const VgDesignOptions *options,
                                     VgMmrmTable **made, VgError *error);

/** Refuses structures with as many parameters as there are participants, or more (in any group),
 * unless a declared fallback is small enough.
 *  @return VG_INVALID_INPUT; the hint names the richest structure that the data can bear */
VG_MUST_CHECK VgStatus vg_mmrm_table_check_size(const VgMmrmTable *made,
                                                const VgMmrmOptions *options, VgError *error);

/** The pooled standard deviation, within arms, of a baseline column over participants; *sd_df is
 * participants minus arms.
 *  @return VG_INVALID_INPUT when the column is not a number, changes within a participant, or its SD
 *          is not positive */
VG_MUST_CHECK VgStatus vg_mmrm_table_baseline_sd(const VgMmrmTable *made, const char *column,
                                                 double *sd, double *sd_df, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
