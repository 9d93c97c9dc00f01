/* What is told of one arm against another, in the same words by a trial's run and by vagus forest (docs/internals/result-shape.md). */
#ifndef VG_STRATA_CONTRAST_ROWS_H
#define VG_STRATA_CONTRAST_ROWS_H

#include <vagus/heterogeneity.h>
#include <vagus/result.h>
#include <vagus/strata.h>

/* What every row of the contrast carries. NULL: absent. */
typedef struct VgContrastRows {
    VgArena *arena;
    VgResult *result;
    const char *analysis, *outcome, *unit, *arm, *reference;
    size_t n;
} VgContrastRows;

/* A row of the dataset `sentences`; several may be about one thing. */
void vg_strata_tell(VgResult *result, const char *analysis, const char *about, const char *text);
/* What people call an arm. */
const char *vg_strata_arm_label(const VgStrataTrial *trial, size_t arm);
/* Three digits, with a minus sign that no line breaks at. */
const char *vg_contrast_number(VgArena *arena, double value);
/* The same, and the fact that carries it. */
void vg_strata_say(VgResult *result, const char *analysis, const char *about, const char *text);

VgEstimate vg_contrast_row(const VgContrastRows *rows, const char *quantity);

void vg_contrast_average_row(const VgContrastRows *rows, const VgInference *average);
void vg_contrast_calibration_rows(const VgContrastRows *rows, const VgCalibration *calibration);
/* autoc, qini and the dataset toc */
void vg_contrast_rank_rows(const VgContrastRows *rows, const VgRankEffects *ranks);
/* group_effect of least to most benefit, group_difference */
void vg_contrast_group_rows(const VgContrastRows *rows, const VgGroupEffects *groups);

#endif
