/** @file quality.h
 *  What a layer of the panel can bear: values beyond limits, batches, exchanged samples, contaminants, depth. */
#ifndef VAGUS_QUALITY_H
#define VAGUS_QUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Values of one analyte in one cell (arm × visit, or batch). */
typedef struct VgLayerCell {
    size_t n; /**< expected: rows of the cell */
    size_t missing, below, above, within;
    double missing_share;  /**< missing / n */
    double censored_share; /**< (below + above + within)/(n − missing); NaN without a value */
} VgLayerCell;

/** Counts missing and censored values.
 *  @param lower, upper  rows × analytes bounds as censored.h has them (NaN = missing)
 *  @param cell_of  rows, below n_cells
 *  @param cell     n_cells × analytes: cell c of analyte a at [c + a · n_cells] */
void vg_layer_cells(VgMatrix lower, VgMatrix upper, const size_t *cell_of, size_t n_cells,
                    VgLayerCell *cell);

/** A standardised residual beyond this is an outlier. */
#define VG_OUTLIER_Z 3.5

/** z = (x − median)/(1.4826 · median of |x − median|), NaN where x is NaN or nothing varies (more than half are alike).
 *  O(n log n). False: no memory. */
bool vg_robust_z(VgArena *arena, const double *x, size_t n, double *z);

/* --- batches ---------------------------------------------------------------------------------- */

/** How much of a layer a batch explains beyond the design. */
typedef struct VgBatchEffect {
    size_t n_batches;
    double
        r2; /**< Σ over features of the batch's sum of squares / Σ of the total, after the design */
    double
        gvif; /**< generalised variance inflation of the batch given the design, to the power 1/df: comparable
                          to the VIF of one column; above 4 arm and batch are hard to tell apart */
    double *feature_r2; /**< features: partial R² */
    double *f, *p;      /**< features: F test of the batch after the design */
    double df, df_residual;
} VgBatchEffect;

/** @param y       samples × features on the scale of analysis, none missing
 *  @param design  samples × p: arm × visit and a column of 1, full rank; the batch must not explain what it does
 *  @param batch   samples, below n_batches
 *  @return VG_NOT_ESTIMABLE: arm or visit is aliased with batch (a column of the design is a combination of batches), no
 *          residual df; VG_INVALID_INPUT: fewer than two batches, an empty one, a missing value */
VG_MUST_CHECK VgStatus vg_batch_effect(VgArena *arena, VgMatrix y, VgMatrix design,
                                       const size_t *batch, size_t n_batches, VgBatchEffect *effect,
                                       VgError *error);

/** Subtracts the batch's part as estimated beside the design, so that coefficients of the design in that model do not move and the
 *  mean stays. For figures and distances: a model should hold the batch as a term instead, or its df and standard errors
 *  are those of data that were never seen. @return as vg_batch_effect */
VG_MUST_CHECK VgStatus vg_batch_correct(VgArena *arena, VgMatrix y, VgMatrix design,
                                        const size_t *batch, size_t n_batches, VgMatrix *corrected,
                                        VgError *error);

/** In how many parts groups (arms, visits, their cells) and batches fall that share no sample. With 1 they can be told
 *  apart; with more, differences between parts are batch and group at once (rank of [group, batch] = groups + batches −
 *  parts). Groups and batches without a sample do not count. O(n). SIZE_MAX when memory is short. */
size_t vg_batch_parts(VgArena *arena, const size_t *group, size_t n_groups, const size_t *batch,
                      size_t n_batches, size_t n);

/** The share of a layer's variance within the design that batches explain. */
typedef struct VgBatchShare {
    double
        share; /**< Σ of the batch's sums of squares / Σ of those after the design; > 0 by chance */
    double adjusted; /**< less what chance gives: 1 − (1 − share)(n − p)/(n − p − df); may be < 0 */
    double lower, upper; /**< of `adjusted`: jackknife over participants, t; NaN for fewer than 3 */
    double expected;     /**< mean share over permutations */
    double p; /**< permutation: of participants' batches where each has one, else of samples' */
    bool whole_participants; /**< each participant is in one batch */
} VgBatchShare;

/** @param y, design, batch  as for vg_batch_effect
 *  @param participant  n, below n_participants
 *  @param permutations  0 = 199
 *  @return as vg_batch_effect. O(n² (features + p + permutations · batches) + (participants + permutations)(p + batches)³). */
VG_MUST_CHECK VgStatus vg_batch_share(VgArena *arena, VgMatrix y, VgMatrix design,
                                      const size_t *batch, size_t n_batches,
                                      const size_t *participant, size_t n_participants,
                                      double level, size_t permutations, uint64_t seed,
                                      VgBatchShare *share, VgError *error);

/* --- identity --------------------------------------------------------------------------------- */

/** Whose profile a sample looks like. */
typedef struct VgIdentity {
    double
        own; /**< mean distance to the other samples of its participant; NaN for a single sample */
    double best; /**< mean distance to the samples of the closest participant */
    size_t best_participant;
    double other;             /**< mean distance to the samples of the closest other participant */
    size_t other_participant; /**< … who that is */
    double z; /**< margin own − other against all margins: (margin − median)/(1.4826 MAD) */
    bool doubtful; /**< another participant is closer than the own, and z > 3.5 */
    double
        p; /**< (1 + samples whose margin own − other is no smaller) / (1 + samples with a margin) */
} VgIdentity;

typedef struct VgIdentityTest {
    double matched; /**< share of samples (with a partner) whose closest participant is their own */
    double expected; /**< … mean over permutations of the labels */
    double p;        /**< permutation p: is a participant recognisable at all? */
    size_t n_doubtful;
} VgIdentityTest;

/** Compares every sample with the others. Nobody is told to be exchanged when participants are not recognisable (p > 0.05):
 *  `doubtful` is then false throughout.
 *  @param distance  n × n
 *  @param participant  n, below n_participants
 *  @param permutations  0 = 999
 *  @param sample  n
 *  O(permutations · n²). @return VG_NOT_ESTIMABLE: fewer than two participants with two samples */
VG_MUST_CHECK VgStatus vg_identity(VgArena *arena, VgMatrix distance, const size_t *participant,
                                   size_t n_participants, size_t permutations, uint64_t seed,
                                   VgIdentity *sample, VgIdentityTest *test, VgError *error);

/* --- contaminants ----------------------------------------------------------------------------- */

/** Scores of Davis 2018: small = contaminant (0.1 is usual). NaN where there is nothing to go by. */
typedef struct VgContaminant {
    double
        frequency; /**< F(SS1/SS0; n − 1, n − 1), n samples with the feature: SS1 of log share around −log DNA, SS0 around
                            a constant; a contaminant's share falls with the sample's DNA */
    double
        prevalence; /**< one-sided: is the feature more often in negative controls? chi-square with Yates' correction, or Fisher's
                            exact mid-P where an expected count is under 5; 0.5 when it is in all, NaN in fewer than two */
    double combined; /**< Fisher's: χ²₄ of −2 log(frequency · prevalence) */
} VgContaminant;

/** @param x         samples × features, amounts; rows are scaled to shares; rows of zeros count as no samples
 *  @param dna       samples: concentration of DNA, > 0 (NaN = not measured); NULL = no frequency score. Controls are left out
 *  @param negative  samples: a negative control; NULL = no prevalence score
 *  @return VG_INVALID_INPUT: neither is given, negative amounts, DNA not positive, no control or no sample; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_contaminants(VgArena *arena, VgMatrix x, const double *dna,
                                       const bool *negative, VgContaminant *contaminant,
                                       VgError *error);

/* --- depth ------------------------------------------------------------------------------------ */

/** Reads of one arm against the others' reference. */
typedef struct VgDepthRatio {
    double log2_ratio, se, df, lower, upper, p; /**< Welch's t of log2 depth, arm 1 − arm 0 */
} VgDepthRatio;

/** Whether depth differs by arm (a pseudocount then makes differences where there are none).
 *  @param depth  n reads, > 0; @param arm  n: 0, 1; others are left out
 *  @return VG_NOT_ESTIMABLE: fewer than two samples of an arm, or no variation; VG_INVALID_INPUT: depth not positive */
VG_MUST_CHECK VgStatus vg_depth_by_arm(const double *depth, const int *arm, size_t n, double level,
                                       VgDepthRatio *ratio, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
