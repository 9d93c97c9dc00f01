/** @file distance.h
 *  Distances between samples, of abundances and along a tree. */
#ifndef VAGUS_DISTANCE_H
#define VAGUS_DISTANCE_H

#include <vagus/transform.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Distances among n samples, each pair once: the pair i < j at value[i·n − i(i+1)/2 + j − i − 1], the
 *  order of R's dist and of SciPy's condensed form. A distance to itself is 0. */
typedef struct VgDistances {
    size_t n;
    double *value; /**< n(n − 1)/2 */
} VgDistances;

/** The distance of two samples. */
double vg_distance_at(const VgDistances *distances, size_t i, size_t j);

/** a, b: two samples' entries; A, B: their sums. Conventions are vegan's where it has the metric. */
typedef enum VgMetric {
    VG_METRIC_BRAY_CURTIS = 0, /**< Σ|a − b| / (A + B) */
    VG_METRIC_JACCARD,         /**< 1 − shared / present in either: presence only */
    VG_METRIC_JACCARD_QUANTITATIVE, /**< 2B/(1 + B) of Bray–Curtis B (vegan's binary = FALSE; Ružička) */
    VG_METRIC_EUCLIDEAN,
    VG_METRIC_MANHATTAN,
    VG_METRIC_CANBERRA,  /**< mean of |a − b|/(a + b) over features present in either (vegan) */
    VG_METRIC_HELLINGER, /**< Euclidean of √shares */
    VG_METRIC_CHORD,     /**< Euclidean of x/‖x‖ */
    VG_METRIC_AITCHISON, /**< Euclidean of CLR; zeros as in `transform` (0.5 added) */
    VG_METRIC_ROBUST_AITCHISON, /**< Euclidean of rCLR, zeros at 0 (vegan 2.6-4; no completion) */
    VG_METRIC_JENSEN_SHANNON,   /**< the distance: √ of the divergence of shares, natural log;
                                         0 … √ln 2 */
    VG_METRIC_UNIFRAC, /**< Σb·[in one only] / Σb·[in either] (Lozupone & Knight 2005) */
    VG_METRIC_WEIGHTED_UNIFRAC,   /**< Σ b |p − q|, p and q shares below the branch b (2007) */
    VG_METRIC_NORMALISED_UNIFRAC, /**< Σ b |p − q| / Σ b (p + q) */
    VG_METRIC_GENERALISED_UNIFRAC /**< Σ b (p + q)^α |p − q|/(p + q) / Σ b (p + q)^α (Chen 2012) */
} VgMetric;

/** Zero-initialised: Bray–Curtis on the table as it is, all processors. */
typedef struct VgDistanceOptions {
    VgMetric metric;
    VgTransformOptions
        transform; /**< AITCHISON: how zeros are handled; `transform` itself is not read */
    double alpha;  /**< GENERALISED_UNIFRAC: 0 < alpha <= 1; 0 = 0.5 */
    const VgBranches *branches; /**< the tree, for the UniFrac family */
    int threads; /**< 0 = as many as there are processors; the bits do not depend on it */
} VgDistanceOptions;

/** Distances among all samples (rows of `table`).
 *
 *  Pairs are computed in blocks over a feature-padded copy; sums are taken in eight interleaved lanes in a
 *  fixed order, so the bits do not depend on threads or processor. UniFrac passes over the branches in
 *  post-order, a strip of branches at a time: memory is the result, one copy of the table and
 *  O(samples · (64 + log tips)). O(samples² · features).
 *  @return VG_INVALID_INPUT: negative or non-finite entries, a sample of zeros only (it has no distance
 *          under shares, log-ratios or UniFrac; under Bray–Curtis, Jaccard and Canberra two such samples
 *          have none), a tree that is not one, no tree; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_distances(VgArena *arena, VgMatrix table,
                                    const VgDistanceOptions *options, VgDistances **distances,
                                    VgError *error);

/** "bray", "jaccard", …; NULL after the last. */
const char *vg_metric_name(VgMetric metric);
/** As the field writes it: "bray" → "Bray–Curtis"; a name that is none comes back as it is. */
const char *vg_metric_label(const char *name);

#ifdef __cplusplus
}
#endif
#endif
