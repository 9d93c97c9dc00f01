/** @file two_samples.h
 *  Two samples without a model: Welch's t test and the rank-sum test of Wilcoxon, Mann and Whitney
 *  with the shift of Hodges and Lehmann. Contrasts are sample 1 (active) against sample 0 (reference). */
#ifndef VAGUS_TWO_SAMPLES_H
#define VAGUS_TWO_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/inference.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Values of one outcome in two independent groups; all finite, in any order. */
typedef struct VgTwoSamples {
    const double *value_1;
    size_t n_1;
    const double *value_0;
    size_t n_0;
} VgTwoSamples;

/** Difference in means, mean(1) − mean(0), with unequal variances and the degrees of freedom of Welch and
 *  Satterthwaite; in the values' unit. Source: Welch 1947; R's t.test.
 *  @return VG_INVALID_INPUT (fewer than two values in a sample, a value that is not finite, level outside 0 … 1),
 *          VG_NOT_ESTIMABLE (all values of both samples are equal within rounding) */
VG_MUST_CHECK VgStatus vg_welch(const VgTwoSamples *samples, double level, VgInference *out,
                                VgError *error);

/** How the samples differ in place. */
typedef struct VgRankSum {
    double
        statistic; /**< pairs in which the value of sample 1 is the larger, ties as ½ (U; R's W) */
    double p;      /**< two-sided */
    /** median of the n_1 · n_0 differences between a value of sample 1 and one of sample 0 (Hodges & Lehmann 1963) */
    double estimate;
    double lower, upper;
    double
        level; /**< what the interval covers when exact (at least the level asked for, where so few values allow
                     it); the level asked for otherwise */
    bool exact; /**< by the distribution of U itself */
} VgRankSum;

/** Exact distribution of U where there are no ties and both samples have fewer than 50 values; else, and where `approximate`
 *  asks for it, the normal approximation with the variance corrected for ties and a continuity correction of ½. The interval turns the same test over: its limits are
 *  differences that were seen. Exact: O(n_1² n_0²) time; else O(n log n). Memory in `scratch`: O(n_1 n_0²) when exact.
 *  Source: Wilcoxon 1945; Mann & Whitney 1947; R's wilcox.test.
 *  @return VG_INVALID_INPUT (an empty sample, a value that is not finite, level outside 0 … 1), VG_NOT_ESTIMABLE (all
 *          values are equal), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_rank_sum(VgArena *scratch, const VgTwoSamples *samples, bool approximate,
                                   double level, VgRankSum *out, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
