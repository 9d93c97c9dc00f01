/* What the files of differential response share. differential.c (responses, linear models), differential_correct.c (median,
 * mode), differential_counts.c (presence, negative binomial). */
#ifndef VG_PANEL_DIFFERENTIAL_INTERNAL_H
#define VG_PANEL_DIFFERENTIAL_INTERNAL_H

#include <vagus/differential.h>

/* Subtracts the shift of every contrast from out->answer. */
VG_MUST_CHECK VgStatus vg_differential_correct(VgArena *arena, const VgDifferentialOptions *options,
                                               size_t n_samples, VgDifferential *out,
                                               VgError *error);

/* Presence (out->prevalence) or counts (out->answer) by generalised linear models. `depth` is a sample's total. */
VG_MUST_CHECK VgStatus vg_differential_glm(VgArena *arena, const VgDifferentialData *data,
                                           const VgDifferentialOptions *options,
                                           const double *depth, bool presence, VgDifferential *out,
                                           VgError *error);

#endif
