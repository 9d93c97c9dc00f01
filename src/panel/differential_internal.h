/* What the files of differential response share. differential.c (responses, linear models), differential_size.c
 * (sizes of samples), differential_correct.c (median, mode), differential_counts.c (presence, negative binomial). */
#ifndef VG_PANEL_DIFFERENTIAL_INTERNAL_H
#define VG_PANEL_DIFFERENTIAL_INTERNAL_H

#include <vagus/differential.h>

/* Estimates and standard errors, and those of them that a centre is taken over. */
typedef struct VgUnmoved {
    double *all_beta, *all_se; /* n_all */
    double *beta, *se;         /* n: used */
    double *sorted;            /* n: beta, ascending */
    double *scratch;
    size_t n_all, n;
} VgUnmoved;

/* Empty, with room for n. */
VG_MUST_CHECK VgStatus vg_unmoved_new(VgArena *arena, size_t n, VgUnmoved *used, VgError *error);
/* Adds to all; not where there is no estimate. */
void vg_unmoved_add(VgUnmoved *used, const VgInference *answer);
/* Uses those not seen to move: within 2.5 standard errors of their own median, found anew until nothing changes, never
 * fewer than half of all. Returns the median; n_all >= 1. */
double vg_unmoved_centre(VgUnmoved *used);

/* What is added to a sample's entries goes with size[i], see differential_size.c; geometric mean 1. */
VG_MUST_CHECK VgStatus vg_differential_sizes(VgArena *arena, const VgDifferentialData *data,
                                             const VgDifferentialOptions *options,
                                             const double *depth, double add,
                                             const VgDifferential *out, double *size,
                                             VgError *error);

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
