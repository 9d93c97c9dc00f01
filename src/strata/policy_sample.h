/* People as the search for a policy tree sees them: ranks of features and gains over the reference arm. */
#ifndef VG_STRATA_POLICY_SAMPLE_H
#define VG_STRATA_POLICY_SAMPLE_H

#include <stdint.h>

#include <vagus/policy.h>

/* A feature's distinct values are its levels, 0 … n_levels − 1 in ascending order; a cut at level l sends levels <= l left. */
typedef struct VgPolicySample {
    size_t n, p, arms;
    uint32_t *order;    /* p × n: people by ascending level of each feature */
    uint32_t *level;    /* p × n: level of each person */
    uint32_t *n_levels; /* p */
    double *upper;      /* p × n: the largest value of each level */
    double *
        gain; /* n × arms, a person after the other: reward − reward of arm 0; column 0 is nought */
    double base; /* Σ reward of arm 0 */
} VgPolicySample;

/* From checked data; what is not known to be safe gains nothing. O(p n log n). */
VG_MUST_CHECK VgStatus vg_policy_sample_make(VgArena *arena, const VgPolicyData *data,
                                             size_t max_cuts, VgPolicySample *sample,
                                             VgError *error);

/* Those who go left (or right) at a cut, with levels of their own. O(p n). */
VG_MUST_CHECK VgStatus vg_policy_sample_side(VgArena *arena, const VgPolicySample *from,
                                             size_t feature, uint32_t cut, bool left,
                                             VgPolicySample *side, VgError *error);

/* Whether the people on each side of a cut are as many as a leaf needs: counts by level come from here. */
size_t vg_policy_sample_left(const VgPolicySample *sample, size_t feature, uint32_t cut);

#endif
