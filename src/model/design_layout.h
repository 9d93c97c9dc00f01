/* How the terms of a formula became columns of X: shared by design, LS means and hypotheses. */
#ifndef VG_MODEL_DESIGN_LAYOUT_H
#define VG_MODEL_DESIGN_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/design.h>

/* Columns [first, first + n) of X belong to the term; full[m]: its m-th member is a factor with one
 * indicator a level instead of contrasts. */
typedef struct VgTermLayout {
    size_t first, n;
    bool *full;
} VgTermLayout;

/* A numeric column of the table that some variable or offset uses. */
typedef struct VgCovariate {
    const char *name;
    double *value; /* per used row */
    double mean;
} VgCovariate;

struct VgDesignLayout {
    VgTermLayout *term; /* formula->n_terms */
    VgCovariate *covariate;
    size_t n_covariates;
    double offset_at_mean;
};

/* Number of columns that a variable gives, and one entry of its coding. */
size_t vg_coding_columns(const VgDesignVariable *variable, bool full);
double vg_coding(VgContrastCoding coding, const VgDesignVariable *variable, bool full,
                 int32_t level, size_t column);

/* Decides the coding of every factor in every term (R's rule) and so the layout of X's columns. */
VG_MUST_CHECK VgStatus vg_design_lay_out(VgArena *arena, VgDesign *design, VgDesignLayout *layout,
                                         VgError *error);
/* Names of the columns, as R's model.matrix(). */
VG_MUST_CHECK VgStatus vg_design_name_columns(VgArena *arena, VgDesign *design, VgError *error);
/* Fills X. */
void vg_design_fill(VgDesign *design);

/* A variable's value when the covariates have the given values (one per layout->covariate). */
VG_MUST_CHECK VgStatus vg_design_value_at(VgArena *arena, const VgDesign *design,
                                          const VgVariable *variable, const double *covariates,
                                          double *value, VgError *error);

#endif
