/* What the files of the baseline table share. */
#ifndef VG_STRATA_BASELINE_TABLE_H
#define VG_STRATA_BASELINE_TABLE_H

#include <vagus/baseline.h>

#include "base/map.h"

typedef struct VgBaselineMaking {
    VgArena *arena, *scratch; /* of the table; of what is only passed through */
    const VgStudy *study;
    const VgBaselineChoice *choice;
    VgBaseline *made;
    size_t *participant;
    double **column; /* made->value.cols columns of n values */
    size_t *block, *moderator;
    VgBaselineWhy *why;
    size_t capacity, left_capacity;
    VgMap *names;
} VgBaselineMaking;

/* One column that may enter the table. */
typedef struct VgBaselineColumn {
    const char *name, *label, *unit;
    size_t block, moderator;
} VgBaselineColumn;

/* ---- baseline_columns.c ---- */

/* Adds a column of one value a participant of the study, unless it is there already, constant, or never measured. */
VG_MUST_CHECK VgStatus vg_baseline_add(VgBaselineMaking *m, const VgBaselineColumn *about,
                                       const double *of_participant, VgError *error);
VG_MUST_CHECK VgStatus vg_baseline_leave_out(VgBaselineMaking *m, const char *name,
                                             VgBaselineWhy why, VgError *error);
/* A value of the outcome or the panel at baseline, on the scale on which it is analysed. */
VG_MUST_CHECK VgStatus vg_baseline_add_place(VgBaselineMaking *m, const VgBaselineColumn *about,
                                             const VgAxisPlace *place, VgError *error);
/* Block 0. */
VG_MUST_CHECK VgStatus vg_baseline_clinical(VgBaselineMaking *m, VgError *error);
/* baseline_layers.c: the moderators and the outcome that the layer measures, then, where it was chosen, the rest of it. */
VG_MUST_CHECK VgStatus vg_baseline_layer(VgBaselineMaking *m, size_t layer, size_t block,
                                         bool chosen, size_t *n_rare, VgError *error);
/* The k-th moderator wanted: index into study->moderator. */
size_t vg_baseline_moderator(const VgBaselineMaking *m, size_t k);
size_t vg_baseline_n_moderators(const VgBaselineMaking *m);

#endif
