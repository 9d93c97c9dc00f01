/** @file ordination.h
 *  Few dimensions from many distances: PCoA, NMDS, distance-based redundancy analysis. */
#ifndef VAGUS_ORDINATION_H
#define VAGUS_ORDINATION_H

#include <stdint.h>

#include <vagus/design.h>
#include <vagus/distance.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is done about negative eigenvalues. */
typedef enum VgEuclideanCorrection {
    VG_CORRECTION_NONE = 0, /**< they are told, and axes come from positive ones */
    VG_CORRECTION_LINGOES,  /**< √(d² + 2c), c = the least eigenvalue's size */
    VG_CORRECTION_CAILLIEZ  /**< d + c, c = the largest eigenvalue of Cailliez' 2n × 2n matrix */
} VgEuclideanCorrection;

/** Adds the constant to the distances themselves (in place), so that they embed in a Euclidean space.
 *  `constant` (may be NULL) gets c; 0 where none was needed. O(n³). */
VG_MUST_CHECK VgStatus vg_distances_correct(VgArena *arena, VgDistances *distances,
                                            VgEuclideanCorrection correction, double *constant,
                                            VgError *error);

/** Zero-initialised: exact, all positive axes, no correction. */
typedef struct VgPcoaOptions {
    size_t axes;     /**< 0 = all with positive eigenvalues (exact), 10 (randomised) */
    bool randomised; /**< subspace iteration from a fixed Gaussian start: for n in thousands */
    uint64_t seed;   /**< randomised: 0 = 1 */
    VgEuclideanCorrection correction; /**< exact only */
} VgPcoaOptions;

typedef struct VgPcoa {
    size_t n, axes;
    VgMatrix
        points; /**< n × axes; each axis has the eigenvalue as its sum of squares, its largest entry
                          positive */
    double *value; /**< exact: all n eigenvalues, descending; randomised: `axes` of them */
    size_t n_values;
    double trace;              /**< Σ of all eigenvalues = total sum of squares */
    double positive, negative; /**< Σ of positive and of negative eigenvalues (exact; else NaN) */
    double constant;           /**< of the correction */
} VgPcoa;

/** Principal coordinates: eigenvectors of G = −½ C D² C (Gower 1966), scaled by √eigenvalue.
 *  Exact: O(n³), memory one n × n. Randomised: O(n² axes), Halko 2011, four power iterations.
 *  @return VG_INVALID_INPUT (fewer than 2 samples), VG_NOT_ESTIMABLE (no positive eigenvalue), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_pcoa(VgArena *arena, const VgDistances *distances,
                               const VgPcoaOptions *options, VgPcoa **pcoa, VgError *error);

/** Zero-initialised: 2 axes, 20 starts, up to 1000 iterations each. */
typedef struct VgNmdsOptions {
    size_t axes;       /**< 0 = 2 */
    size_t starts;     /**< 0 = 20: the first from PCoA, the others random */
    size_t iterations; /**< 0 = 1000 */
    uint64_t seed;     /**< 0 = 1 */
    int threads;       /**< 0 = all */
} VgNmdsOptions;

typedef struct VgNmds {
    size_t n, axes;
    VgMatrix
        points; /**< centred, rotated to principal axes, root mean square distance to the origin 1 */
    double stress;           /**< Kruskal's stress 1 of the best start */
    size_t n_starts, n_same; /**< starts; how many ended within 1e-3 of the best stress */
    bool
        converged; /**< the best start's stress fell by less than 1e-9 (relative) in its last step */
} VgNmds;

/** Nonmetric scaling by majorisation (SMACOF) with monotone regression; ties primary (may be broken).
 *  O(starts · iterations · n²). The same bits on any number of threads.
 *  @return VG_INVALID_INPUT (too few samples), VG_NO_CONVERGENCE never: see `converged`; VG_NO_MEMORY.
 *  Source: Kruskal 1964; Borg & Groenen 2005. */
VG_MUST_CHECK VgStatus vg_nmds(VgArena *arena, const VgDistances *distances,
                               const VgNmdsOptions *options, VgNmds **nmds, VgError *error);

/** Distance-based redundancy analysis. */
typedef struct VgDbrda {
    size_t n, rank; /**< constrained axes with positive eigenvalue */
    double total;   /**< tr G: sums of squares, as vegan prints them where distances are below 4 */
    double conditioned; /**< explained by the condition (partial db-RDA) */
    double
        constrained; /**< tr of G projected on the constraints, negative axes included (vegan::dbrda) */
    double residual;
    double *value;   /**< `rank` constrained eigenvalues, descending */
    VgMatrix points; /**< n × rank linear-combination scores, sum of squares = eigenvalue */
    VgMatrix
        sites; /**< n × rank: the samples themselves on those axes, G·points/eigenvalue; what the constraints
                         explain of them is `points` */
    double *residual_value; /**< n − 1 unconstrained eigenvalues, descending */
    size_t n_residual;
} VgDbrda;

/** Eigenvalues of H G H and (I − H) G (I − H), H the projection on the constraints after the condition.
 *
 *  `positive_only`: as vegan::capscale, on the axes of PCoA with positive eigenvalues; otherwise as
 *  vegan::dbrda, on G itself. Rows of the design name rows of the distances (design->row).
 *  @param condition  design of what is partialled out, on the same rows, or NULL
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (no constraint is left), VG_NO_MEMORY. O(n³).
 *  Source: Legendre & Anderson 1999; McArdle & Anderson 2001. */
VG_MUST_CHECK VgStatus vg_dbrda(VgArena *arena, const VgDistances *distances,
                                const VgDesign *design, const VgDesign *condition,
                                bool positive_only, VgDbrda **dbrda, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
