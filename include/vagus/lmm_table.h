/** @file lmm_table.h
 *  From a table and a formula with random effects, `y ~ x + (1 + t | id)`, to what vg_lmm_fit takes. */
#ifndef VAGUS_LMM_TABLE_H
#define VAGUS_LMM_TABLE_H

#include <vagus/design.h>
#include <vagus/lmm.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rows are the design's used rows, in the table's order. */
typedef struct VgLmmTable {
    const VgTable *table;
    VgDesign *design;
    VgLmmData data; /**< x is the design's full-rank part; y is NULL for a one-sided formula */
    VgLmmTerm *term;
    const char ***level;      /**< per term: names of its groups */
    const char **coefficient; /**< names of the columns of data.x */
} VgLmmTable;

/** Builds design and random effects. (1 | a/b) is (1 | a) + (1 | a:b). Rows with a missing value in any
 *  variable, random effects and groups too, are dropped and counted.
 *  @param options  as for vg_design_build
 *  @return what vg_formula_parse, vg_table_require and vg_design_build return; VG_INVALID_INPUT when random
 *          effects of one group are linear combinations of each other; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_lmm_table(VgArena *arena, const VgTable *table, const VgFormula *formula,
                                    const VgDesignOptions *options, VgLmmTable **made,
                                    VgError *error);

#ifdef __cplusplus
}
#endif
#endif
