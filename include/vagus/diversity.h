/** @file diversity.h
 *  Alpha diversity: Hill numbers with rarefaction and extrapolation, richness estimators, Faith's PD. */
#ifndef VAGUS_DIVERSITY_H
#define VAGUS_DIVERSITY_H

#include <stdbool.h>

#include <vagus/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One sample. What does not apply is NaN: estimators of unseen features need whole counts. */
typedef struct VgDiversity {
    double depth;           /**< Σx */
    double richness;        /**< features with x > 0 = Hill number q = 0 */
    double shannon;         /**< −Σ p ln p, in nats */
    double simpson;         /**< 1 − Σp² (Gini–Simpson) */
    double inverse_simpson; /**< 1 / Σp² = Hill number q = 2 */
    double hill_1;          /**< exp(shannon) = Hill number q = 1 */
    double pielou;          /**< shannon / ln richness; NaN for one feature */
    double chao1, chao1_se; /**< bias-corrected: S + f1(f1 − 1) / (2(f2 + 1)) (vegan's estimateR) */
    double ace;             /**< abundance coverage estimator, rare = up to 10 */
    double
        coverage; /**< Good–Turing with f2: share of the community that was seen (Chao & Jost 2012) */
    double faith_pd; /**< Σ of branch lengths from present tips to the root; NaN without a tree */
} VgDiversity;

/** @param branches   tree for Faith's PD, or NULL
 *  @param diversity  one per sample (row of `table`)
 *  O(samples · features). @return VG_INVALID_INPUT: negative or non-finite entries, a sample of zeros
 *  only, a tree that is not one; VG_NO_MEMORY. */
VG_MUST_CHECK VgStatus vg_diversity(VgArena *arena, VgMatrix table, const VgBranches *branches,
                                    VgDiversity *diversity, VgError *error);

/** A Hill number expected in another number of reads of the same sample. */
typedef struct VgHillPoint {
    double q;          /**< order 0, 1 or 2 */
    double size;       /**< reads m; whole */
    double coverage;   /**< expected coverage at m */
    double hill;       /**< expected Hill number at m */
    bool extrapolated; /**< m is beyond the sample's depth */
    bool unreliable;   /**< m is beyond twice the depth (q = 0 should not be read there) */
} VgHillPoint;

/** Hill number at `size` reads: rarefied (exact hypergeometric expectation) below the depth, extrapolated
 *  above it with the estimators of Chao et al. 2014 (iNEXT convention: no rounding up of f0).
 *  @param count  `n` whole counts
 *  O(features · m) for q = 1, O(features) else.
 *  @return VG_INVALID_INPUT: counts not whole, q not 0, 1 or 2, size < 1; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_hill_at_size(VgArena *arena, const double *count, size_t n, double q,
                                       double size, VgHillPoint *point, VgError *error);

/** … at the smallest whole number of reads whose expected coverage reaches `coverage` (0 < coverage < 1).
 *  @return also VG_NOT_ESTIMABLE when no number of reads reaches it (no singletons: coverage is 1 already
 *  beyond the depth, so it always does; coverage of a sample of singletons may not) */
VG_MUST_CHECK VgStatus vg_hill_at_coverage(VgArena *arena, const double *count, size_t n, double q,
                                           double coverage, VgHillPoint *point, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
