/** @file transform.h
 *  Abundance tables onto scales that models can bear: log-ratios, shares, loads, ranks.
 *
 *  A table is a VgMatrix, samples × features, column-major. Results are new matrices in the arena;
 *  the table is never changed. Samples in messages are counted from 1. */
#ifndef VAGUS_TRANSFORM_H
#define VAGUS_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>
#include <vagus/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A rooted tree as arrays: every node but the root has a parent and a branch to it. */
typedef struct VgBranches {
    size_t n_nodes;
    const size_t *parent; /**< n_nodes; SIZE_MAX for the one root */
    const double
        *length; /**< n_nodes: length of the branch to the parent, >= 0; the root's is not used */
    size_t n_features;
    const size_t *tip; /**< n_features: the node of each feature of the table */
} VgBranches;

/** The branches of a tree that was read, and the tips of a table's features in it.
 *  An unrooted tree is refused.
 *  @return as vg_tree_require_lengths and vg_tree_match: features that are no tips are named */
VG_MUST_CHECK VgStatus vg_branches_of(VgArena *arena, const VgTree *tree,
                                      const char *const *feature_id, size_t n_features,
                                      VgBranches *branches, VgError *error);

typedef enum VgTransform {
    VG_TRANSFORM_CLR = 0, /**< log x − mean of log x over all features (natural log) */
    VG_TRANSFORM_RCLR,    /**< log x − mean of log x over the sample's nonzero features; zeros
                                      stay 0 (vegan's decostand("rclr")): not invariant to which
                                      features are zero */
    VG_TRANSFORM_ALR,     /**< log x − log x of the reference feature; n × (features − 1) */
    VG_TRANSFORM_ILR,     /**< Helmert basis, n × (features − 1): column k is
                                      √(k/(k+1)) · (log x_{k+1} − mean of log x_1 … log x_k) */
    VG_TRANSFORM_PHILR,   /**< balances of a tree, n × (features − 1), unweighted:
                                      √(rs/(r+s)) · (mean log of r tips on the first side − mean log
                                      of s tips on the other); a polytomy is resolved in the order of
                                      its children (Silverman 2017, weights of 1) */
    VG_TRANSFORM_LOG,     /**< log in `log_base` after zero handling */
    VG_TRANSFORM_INVERSE_NORMAL, /**< per feature: Φ⁻¹((r − 3/8)/(n + 1/4)), r = average rank (Blom) */
    VG_TRANSFORM_TOTAL_SUM, /**< shares: x / Σx */
    VG_TRANSFORM_ABSOLUTE,  /**< shares × the sample's load (cells per gram) */
    VG_TRANSFORM_HELLINGER, /**< √(x / Σx) */
    VG_TRANSFORM_CHORD,     /**< x / ‖x‖ */
    VG_TRANSFORM_PRESENCE   /**< 1 where x > 0 */
} VgTransform;

/** What stands for zeros in log-ratios and logs. */
typedef enum VgZeros {
    VG_ZEROS_PSEUDOCOUNT = 0, /**< `pseudocount` is added to every entry of the table */
    VG_ZEROS_MULTIPLICATIVE, /**< shares; each zero becomes delta, the rest is scaled by 1 − Σdelta
                                   (Martín-Fernández 2003); delta = 0.65 / depth unless given */
    VG_ZEROS_NONE            /**< zeros are refused */
} VgZeros;

/** Zero-initialised: CLR, 0.5 added to every entry. */
typedef struct VgTransformOptions {
    VgTransform transform;
    VgZeros zeros;
    double pseudocount; /**< 0 = 0.5 */
    double delta;     /**< multiplicative replacement as a share; 0 = 0.65 / depth of the sample */
    double log_base;  /**< LOG; 0 = e */
    size_t reference; /**< ALR: column of the reference feature */
    const double *load;         /**< ABSOLUTE: one per sample, > 0 */
    const VgBranches *branches; /**< PHILR */
} VgTransformOptions;

/** Transforms a table. O(samples · features), ranks O(features · samples log samples).
 *  CLR, ILR and totals depend on which features are in the table: freeze the set once per study (see
 *  vg_feature_set_hash). NaN (not measured) is allowed for INVERSE_NORMAL only, and stays NaN.
 *  @param out  n × features, or n × (features − 1) for ALR, ILR, PHILR
 *  @return VG_INVALID_INPUT: negative or non-finite entries, a sample of zeros only, zeros where they
 *          are refused, no load; VG_NO_MEMORY. Source: Aitchison 1986; Martino 2019; METHODS 1.3. */
VG_MUST_CHECK VgStatus vg_transform(VgArena *arena, VgMatrix table,
                                    const VgTransformOptions *options, VgMatrix *out,
                                    VgError *error);

/** Which features occur (x > 0) in at least `prevalence` (a share of the samples) and have at least
 *  `total` summed over samples: keep[features]. @return VG_INVALID_INPUT when none does. */
VG_MUST_CHECK VgStatus vg_prevalence_filter(VgMatrix table, double prevalence, double total,
                                            bool *keep, size_t *n_kept, VgError *error);

/** SHA-256 over the features' names in their order: tells whether two analyses used one set. */
void vg_feature_set_hash(const char *const *feature, size_t n_features, char hex[65]);

/** How far the depth of two groups of samples lies apart (a pseudocount then makes a difference where
 *  there is none): log2 of the ratio of the groups' geometric mean depths. `group` holds 0 or 1, other
 *  values are left out. NaN when a group is empty. */
double vg_depth_imbalance(VgMatrix table, const int *group);

/** "clr", "rclr", …; NULL after the last. */
const char *vg_transform_name(VgTransform transform);

#ifdef __cplusplus
}
#endif
#endif
