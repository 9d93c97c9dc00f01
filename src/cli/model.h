/* What mmrm, lm and glm share: level orders, and estimates as tidy rows. No statistics: every
 * number comes from the model's own answers for L beta. */
#ifndef VG_CLI_MODEL_H
#define VG_CLI_MODEL_H

#include <vagus/design.h>

#include "cli/session.h"

/* A fitted model and the design it was fitted to. */
typedef struct VgModelAnswers {
    const VgDesign *design;
    VgFittedModel fitted; /* over the design's columns: all of them, or the independent ones */
    /* one coefficient where L beta alone is not estimable (aliased columns left out); NULL = by
     * the model's `contrast` */
    VgStatus (*coefficient)(const void *fit, size_t column, double level, VgInference *out,
                            VgError *error);
    const char *link_note; /* note on LS means that are not on the outcome's scale; may be NULL */
    bool show_contrasts;
} VgModelAnswers;

/* An LS mean or a contrast, with its L over all p columns. */
typedef struct VgCombination {
    const char *quantity, *visit, *arm, *reference, *note;
    const double *contrast;
    double n;
    double shift; /* an offset that belongs to the estimate besides L beta */
} VgCombination;

/* What lm and glm need of the rows used besides X and y. */
typedef struct VgRowParts {
    const double *weights;  /* NULL without --weights */
    const int32_t *cluster; /* NULL without clusters */
    size_t n_clusters;
    const char *const *coefficient; /* names of the independent columns */
} VgRowParts;

/* The whole way from the words of lm and glm to a design: formula, table, levels, arm and cluster
 * columns. `cluster` is the column named by --robust, or NULL; `binary`: the outcome may be two
 * words. */
VG_MUST_CHECK VgStatus vg_cli_design(VgSession *session, const char *cluster, bool binary,
                                     VgResult **result, VgTable **table, VgDesign **design, VgRowParts *parts,
                                     VgError *error);

/* --levels as orders for the design. Every column must exist in the table. */
VG_MUST_CHECK VgStatus vg_cli_level_orders(VgSession *session, const VgTable *table,
                                           VgDesignOptions *options, VgError *error);

/* Refuses a design with aliased columns, or (--drop-aliased) warns and goes on. */
VG_MUST_CHECK VgStatus vg_cli_check_aliased(VgSession *session, const VgTable *table,
                                            const VgDesign *design, VgResult *result,
                                            VgError *error);

/* One row; where it is not estimable a warning instead. `answer` (may be NULL) gets the numbers. */
VG_MUST_CHECK VgStatus vg_cli_combination(VgSession *session, VgResult *result,
                                          const VgModelAnswers *model,
                                          const VgCombination *combination, VgInference *answer,
                                          bool *estimable, VgError *error);

/* A row per coefficient that is not aliased. */
VG_MUST_CHECK VgStatus vg_cli_coefficients(VgSession *session, VgResult *result,
                                           const VgModelAnswers *model, VgError *error);

/* --tests 1|2|3: a row per term. */
VG_MUST_CHECK VgStatus vg_cli_tests(VgSession *session, VgResult *result,
                                    const VgModelAnswers *model, VgError *error);

/* LS means and contrasts by arm alone (no visits); `count` may be NULL. */
VG_MUST_CHECK VgStatus vg_cli_arm_means(VgSession *session, VgResult *result,
                                        const VgModelAnswers *model, const char *arm,
                                        const VgLsMeansOptions *settings, const char *visit,
                                        VgError *error);

/* commands_lmm.c */
extern const VgOptionSpec vg_lmm_options[];
extern const VgExample vg_lmm_examples[];

/* The design's factor made of a column, or NULL. */
const VgDesignVariable *vg_cli_factor(const VgDesign *design, const char *column);

#endif
