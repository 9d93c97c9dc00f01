/** @file design.h
 *  From a table and a formula to a design matrix, its reference grid and estimable combinations. */
#ifndef VAGUS_DESIGN_H
#define VAGUS_DESIGN_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/formula.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgContrastCoding {
    VG_CONTRAST_TREATMENT = 0, /**< first level is the reference (R contr.treatment) */
    VG_CONTRAST_SUM            /**< last level is minus the others (R contr.sum) */
} VgContrastCoding;

/** Order (and so reference level) of one factor: first = reference. */
typedef struct VgLevelOrder {
    const char *column;
    const char *const *level;
    size_t n_levels;
} VgLevelOrder;

/** Zero-initialised means: treatment coding, sorted levels, all rows. */
typedef struct VgDesignOptions {
    VgContrastCoding coding;
    const VgLevelOrder *order;
    size_t n_orders;
    /** columns that are factors though they hold numbers (visit, arm) */
    const char *const *as_factor;
    size_t n_as_factor;
    const char *const *required; /**< further columns that must not be missing (id, weights) */
    size_t n_required;
    const bool *keep;            /**< one per table row; NULL = all */
    bool allow_missing_response; /**< keep rows whose response is missing (y = NaN) */
    bool binary_response;        /**< a response of two words is 0 and 1, as in R's glm: the first
                                      level (sorted, or as in `order`) is 0                      */
    double rank_tolerance;       /**< 0 = 1e-7, as R's lm(tol = 1e-7) */
} VgDesignOptions;

/** One variable as the design uses it. */
typedef struct VgDesignVariable {
    const char *name;
    bool is_factor;
    const char **level; /**< factor: n_levels */
    size_t n_levels;
    int32_t *code;  /**< factor: per used row */
    double *value;  /**< numeric: per used row */
    double mean;    /**< numeric: mean over used rows */
    double at_mean; /**< numeric: its value when all columns in it are at their means: log(mean(x)),
                        not mean(log(x)) (emmeans); equals `mean` for a plain column */
} VgDesignVariable;

/** How terms became columns; private to model/. */
typedef struct VgDesignLayout VgDesignLayout;

/** X and y of the rows that are complete, in the table's order. */
typedef struct VgDesign {
    const VgFormula *formula;
    size_t n_rows;    /**< rows used */
    size_t *row;      /**< index of each used row in the table */
    size_t n_dropped; /**< rows left out because something was missing */
    VgMatrix x;       /**< n_rows × p, all columns, aliased ones included */
    double *y;        /**< NULL for a one-sided formula */
    const char *event; /**< binary_response: the word that y = 1 stands for; else NULL */
    double *offset;   /**< NULL without one; sum of all offsets */
    size_t p;
    const char **name; /**< p column names, as R names them */
    int32_t *term;     /**< p indices into formula->term; -1 = intercept */
    bool *aliased;     /**< p; true = linear combination of columns before it */
    size_t rank;
    size_t *independent;        /**< the `rank` columns that are not aliased */
    VgMatrix x_full_rank;       /**< n_rows × rank (a view of x when nothing is aliased) */
    VgDesignVariable *variable; /**< formula->n_variables */
    /** p × (p − rank): orthonormal basis of the null space of X; L is estimable when L ·
     * null_basis = 0 */
    VgMatrix null_basis;
    VgContrastCoding coding;
    const VgDesignLayout *layout;
} VgDesign;

/** Builds the design. Rows with a missing value in the formula's variables are dropped and counted.
 *  Rank by pivoted QR in R's manner (tolerance 1e-7, columns kept in order). O(n p²).
 *  @return VG_INVALID_INPUT (unknown column, text where a number is needed: with line), VG_NOT_ESTIMABLE
 *          (no complete row; a factor with one level), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_design_build(VgArena *arena, const VgTable *table,
                                       const VgFormula *formula, const VgDesignOptions *options,
                                       VgDesign **design, VgError *error);

/** Columns that exist already (scores, products) as a design, for models that take one; nothing is copied. Rank as above.
 *  There are no variables, so no LS means or type III tests of it; contrasts and joint tests by column.
 *  @param x          n × p, with its column of ones if there is one
 *  @param y          n, or NULL
 *  @param name       p column names; `response` the name of y, for messages
 *  @param intercept  whether the model is to be judged against a mean (R², overall F)
 *  @return VG_NO_MEMORY. O(n p²) */
VG_MUST_CHECK VgStatus vg_design_from_columns(VgArena *arena, VgMatrix x, double *y,
                                              const char *const *name, const char *response,
                                              bool intercept, VgDesign **design, VgError *error);

/** The columns of X for settings of the formula's variables: codes[v] for factors (−1 = average over the
 *  levels with equal weights), values[v] for numeric ones. `x` gets p entries. Products of variables
 *  are products of settings. O(p). */
void vg_design_row(const VgDesign *design, const int32_t *codes, const double *values, double *x);

/** Whether L beta is estimable: |L N| <= 1e-8 |L|. */
bool vg_design_estimable(const VgDesign *design, const double *contrast);

typedef enum VgMargins {
    VG_MARGINS_EQUAL = 0, /**< every cell of the reference grid counts the same (emmeans default) */
    VG_MARGINS_OBSERVED /**< cells of the factors averaged over weighted as often as they occur among used
                             rows (SAS OBSMARGINS, emmeans weights = "proportional") */
} VgMargins;

typedef enum VgAtMean {
    VG_AT_MEAN_ROW = 0, /**< numeric covariates at their mean over used rows (emmeans) */
    VG_AT_MEAN_SUBJECT  /**< … at the mean over subjects */
} VgAtMean;

/** LS means asked for: one per combination of the levels of `by`. */
typedef struct VgLsMeansOptions {
    const char *const *by; /**< names of factors, e.g. {"arm", "visit"} */
    size_t n_by;
    VgMargins margins;
    VgAtMean at_mean;
    const int32_t *subject; /**< per used row; needed for VG_AT_MEAN_SUBJECT */
    size_t n_subjects;
} VgLsMeansOptions;

/** The L vectors of the LS means. */
typedef struct VgLsMeans {
    size_t n; /**< combinations, first `by` varying slowest */
    size_t n_by;
    int32_t *code;    /**< n × n_by level codes, row-major */
    double *contrast; /**< n × p, row-major */
    bool *estimable;  /**< n */
    size_t *count;    /**< n: used rows in that combination */
    size_t *variable; /**< n_by: index of each `by` in design->variable */
    /** the formula's offsets with their columns at the means: to be added to L beta */
    double offset;
} VgLsMeans;

/** @param options  zero-initialised: no `by` (one overall mean), equal margins, covariates at row means
 *  @return VG_INVALID_INPUT (`by` names no factor of the model), VG_NOT_ESTIMABLE never: each row has its
 *          flag instead; VG_NO_MEMORY. Source: Searle, Speed & Milliken 1980; emmeans. */
VG_MUST_CHECK VgStatus vg_lsmeans(VgArena *arena, const VgDesign *design,
                                  const VgLsMeansOptions *options, VgLsMeans **means,
                                  VgError *error);

/** The rows of L that test one term by type I, II or III; rows × p, row-major. The hypothesis is that of
 *  SAS and does not depend on the coding; "contained" is SAS's: same numeric variables, all factors and
 *  more. `rows` is the numerator df; 0 when the term adds nothing.
 *  Source: SAS/STAT "The Four Types of Estimable Functions". */
VG_MUST_CHECK VgStatus vg_term_hypothesis(VgArena *arena, const VgDesign *design, size_t term,
                                          int type, double **contrasts, size_t *rows,
                                          VgError *error);

#ifdef __cplusplus
}
#endif
#endif
