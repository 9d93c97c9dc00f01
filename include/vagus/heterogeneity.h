/** @file heterogeneity.h
 *  Does benefit differ between people? Doubly robust scores of a randomised trial, and the tests that come before any story
 *  about who benefits. All on plain arrays; predictions come from a forest, a linear model, anything. */
#ifndef VAGUS_HETEROGENEITY_H
#define VAGUS_HETEROGENEITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/inference.h>
#include <vagus/lm.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where the prediction for a person comes from. What may be done with it depends on that, so it must be said. */
typedef enum VgPredictionSource {
    VG_PREDICTION_UNKNOWN = 0, /**< refused everywhere */
    VG_PREDICTION_DECLARED, /**< fixed before outcomes were seen: a baseline value, a published score */
    VG_PREDICTION_OTHER_PEOPLE, /**< a model of people who are not in these data */
    VG_PREDICTION_CROSS_FITTED, /**< a model of the other folds */
    VG_PREDICTION_OUT_OF_BAG, /**< trees not grown on the person: right in scores, refused as a priority */
    VG_PREDICTION_IN_SAMPLE, /**< a model that has seen the person's outcome: refused everywhere */
    VG_PREDICTION_SOURCE_COUNT
} VgPredictionSource;
const char *
vg_prediction_source_name(VgPredictionSource source); /**< unknown, declared, other-people, … */

/** How people were sampled. Zero-initialised: everybody alone, and everybody counts the same. */
typedef struct VgClusters {
    const int32_t *
        of; /**< n: 0 … count − 1, who is resampled or summed as one (sites, families); NULL: nobody */
    size_t count;
    /** n sample weights > 0 (how many people each stands for), or NULL. Taken by average effects, calibration, projection, groups, ranks, and by
     *  forests as learners; refused elsewhere */
    const double *weight;
} VgClusters;

/* ---- scores ---- */

/** A randomised trial with predictions. Arm 0 is the reference. Nothing is copied or owned. */
typedef struct VgScoreData {
    size_t n, arms;
    const double *outcome; /**< n */
    const int32_t *arm;    /**< n: 0 … arms − 1 */
    VgMatrix
        propensity; /**< n × arms: probability of each arm, known from the design; rows sum to 1 */
    const double *outcome_hat; /**< n: E[Y | x], arms mixed as they were (a forest's Y.hat) */
    VgMatrix effect_hat; /**< n × (arms − 1): arm − reference given x (a forest's tau.hat) */
    VgPredictionSource source; /**< of both predictions */
} VgScoreData;

typedef struct VgScores {
    VgMatrix reward; /**< n × arms: doubly robust score of the outcome under each arm */
    VgMatrix
        contrast; /**< n × (arms − 1): reward − reward of the reference arm, as grf's get_scores */
} VgScores;

/** Γ_ia = μ̂_a(x_i) + 1{W_i = a} (Y_i − μ̂_a(x_i)) / e_ia with μ̂_0 = Ŷ − Σ e_a τ̂_a and μ̂_a = μ̂_0 + τ̂_a: unbiased for the
 *  outcome under a whatever the predictions, since the propensities are known.
 *  @return VG_INVALID_INPUT (shapes; missing values; propensities outside (0, 1) or not summing to 1; predictions that have
 *          seen the person or of unknown source), VG_NOT_ESTIMABLE (fewer than 8 people in an arm), VG_NO_MEMORY
 *  Source: Robins, Rotnitzky & Zhao 1995; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_scores(VgArena *arena, const VgScoreData *data, VgScores *scores,
                                 VgError *error);

/** Mean of n scores by weight. SE = √(Σ_c (Σ_{i in c} w_i (Γ_i − mean))² · C/(C − 1)) / Σw over C clusters (or people), t on C − 1 df.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (one cluster) */
VG_MUST_CHECK VgStatus vg_average_effect(VgArena *arena, size_t n, const double *score,
                                         VgClusters clusters, double level, VgInference *effect,
                                         VgError *error);

/** Y − Ŷ regressed on (W − e) mean τ̂ and (W − e)(τ̂ − mean τ̂) without intercept, HC3 (CR3 with clusters), t on n − 2 df. */
typedef struct VgCalibration {
    VgInference mean;         /**< 1: the average effect is right */
    VgInference differential; /**< 1: differences between people are right; 0: there are none */
    double p;                 /**< one-sided, of differential > 0 */
} VgCalibration;

/** Whether predicted differences in benefit are there. Binary treatment.
 *  @param outcome_left    n: Y − Ŷ
 *  @param treatment_left  n: W − e
 *  @param effect_hat      n predictions that have not seen the person (out of bag will do)
 *  @return VG_INVALID_INPUT (source), VG_NOT_ESTIMABLE (all predictions alike), VG_NO_MEMORY
 *  Source: Chernozhukov 2018; grf test_calibration; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_calibration_test(VgArena *arena, size_t n, const double *outcome_left,
                                           const double *treatment_left, const double *effect_hat,
                                           VgPredictionSource source, VgClusters clusters,
                                           double level, VgCalibration *calibration,
                                           VgError *error);

/** Scores regressed on 1 and declared moderators, HC3 (CR3 with clusters). Coefficient 0 is the intercept.
 *  @param fit  answers through vg_lm_model
 *  @param all  NULL, or the joint test that no moderator matters: HC2 (CR2) with Hotelling's small-sample df (vg_lm_hotelling_test);
 *              NaN where people or clusters are too few for it
 *  @return as vg_lm_fit. Source: Semenova & Chernozhukov 2021; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_best_linear_projection(VgArena *arena, const double *score,
                                                 VgMatrix moderators, const char *const *name,
                                                 VgClusters clusters, VgLm **fit, VgJointTest *all,
                                                 VgError *error);

/* ---- ranking ---- */

/** An order of people, the first to be treated first. Only what has not seen the people's outcomes is taken: in sample and
 *  out of bag are refused (out-of-bag ranks of the same people are biased too; TRAPS 29). */
typedef struct VgPriority {
    const double *value; /**< n: larger = sooner */
    VgPredictionSource source;
    const int32_t
        *fold; /**< cross-fitted: n, 0 … n_folds − 1, the fold whose complement made the value */
    size_t n_folds;
} VgPriority;

enum { VG_MOST_GROUPS = 10 };

/** Mean score by groups of the priority, the last group first in line. Values of different folds are not compared: groups are taken
 *  within folds. */
typedef struct VgGroupEffects {
    size_t n_groups;
    VgInference effect[VG_MOST_GROUPS];
    size_t n[VG_MOST_GROUPS];
    VgInference difference; /**< last − first */
    VgJointTest equal;
} VgGroupEffects;

/** HC2 (CR2 with clusters): of a group's mean that is its usual standard error. Cross-fitted in K folds: times √K, since folds
 *  have taught each other and may err together; two folds cost least.
 *  @param n_groups  2 … 10; 0 = 4
 *  @return VG_INVALID_INPUT (source, folds), VG_NOT_ESTIMABLE (too many ties for that many groups), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_group_effects(VgArena *arena, size_t n, const double *score,
                                        const VgPriority *priority, size_t n_groups,
                                        VgClusters clusters, double level, VgGroupEffects *effects,
                                        VgError *error);

/** Zero-initialised: 200 half-samples, q = .1, .2, … 1, level 0.95. */
typedef struct VgRankOptions {
    const double *q; /**< n_q ascending shares in (0, 1], for the curve */
    size_t n_q;
    size_t draws;
    uint64_t seed;
    int threads; /**< 0 = all; the numbers do not depend on it */
    double level;
} VgRankOptions;

/** How well a priority finds those who benefit: TOC(q) = mean score of the first q − mean score. */
typedef struct VgRankEffects {
    VgInference autoc;      /**< mean over i of TOC(i/n); two-sided p */
    VgInference qini;       /**< mean over i of (i/n) TOC(i/n) */
    double p_autoc, p_qini; /**< one-sided, of > 0 */
    size_t n_q;
    double *q, *toc, *toc_se;      /**< n_q: the curve */
    double *toc_lower, *toc_upper; /**< pointwise */
} VgRankEffects;

/** Rank-weighted average treatment effects. People of one priority count with their mean score. Cross-fitted: computed within
 *  each fold and averaged by size, and so are standard errors, since folds have taught each other and may err together
 *  (two folds cost least; vg_sequential_validation tests without that price). SE: the SD over half-samples of people (clusters) drawn without replacement within
 *  folds, not rescaled; normal quantiles.
 *  @return VG_INVALID_INPUT (source; a cluster in two folds; missing values), VG_NOT_ESTIMABLE (fewer than 4 clusters or
 *          people in a fold), VG_NO_MEMORY. O(n log n + draws · n).
 *  Source: Yadlowsky 2025; grf rank_average_treatment_effect.fit; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_rank_effects(VgArena *arena, size_t n, const double *score,
                                       const VgPriority *priority, VgClusters clusters,
                                       const VgRankOptions *options, VgRankEffects *rate,
                                       VgError *error);

/* ---- learning effects on some people, for others ---- */

/** What a learner of effects sees: E[outcome_left | x, treatment_left] = τ(x) treatment_left. */
typedef struct VgEffectSample {
    VgMatrix x;                   /**< n × p */
    const double *outcome_left;   /**< n: Y − Ŷ */
    const double *treatment_left; /**< n: W − e, binary treatment */
    VgClusters clusters;
    VgMatrix
        measured; /**< n rows: covariates with NaN where nothing was measured, for learners that split on that; data NULL = x */
} VgEffectSample;

/** Learns from rows `train` and predicts effects of rows `predict` into `effect` (n_predict). Must depend on nothing else of the
 *  sample; called from several threads. `seed` is the same for the same rows and call. */
typedef VgStatus (*VgEffectLearner)(const VgEffectSample *sample, const size_t *train,
                                    size_t n_train, const size_t *predict, size_t n_predict,
                                    uint64_t seed, VgArena *scratch, const void *context,
                                    double *effect, VgError *error);

/** A learner: effects linear in x (standardised), ridge penalty chosen by generalised cross-validation. O(n p² + p³).
 *  `context` is not used. Source: Nie & Wager 2021 (the R-learner's loss). */
VgStatus vg_linear_effects(const VgEffectSample *sample, const size_t *train, size_t n_train,
                           const size_t *predict, size_t n_predict, uint64_t seed, VgArena *scratch,
                           const void *context, double *effect, VgError *error);

/** Cross-fitted predictions: each fold's from a model of the others. Folds are dealt at random, within treatment; clusters
 *  stay together.
 *  @param folds  2 or more; 0 = 5
 *  @return what the learner returns; VG_NOT_ESTIMABLE (fewer clusters or people than folds), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_cross_fit(VgArena *arena, const VgEffectSample *sample,
                                    VgEffectLearner learner, const void *context, size_t folds,
                                    uint64_t seed, VgPriority *priority, VgError *error);

typedef struct VgSequential {
    size_t folds; /**< tests are folds − 1 */
    double *
        z; /**< folds − 1: AUTOC / SE in fold 2, 3, … in the order learnt from the folds before it; as a normal value */
    double statistic; /**< Σ z / √(folds − 1), standard normal where nothing differs */
    double p;         /**< one-sided */
} VgSequential;

/** Sequential validation: unlike the folds of cross-fitting, these tests are independent under the null. In a fold AUTOC is a weighted
 *  sum of scores; its standard error given the order is HC2 (CR2 with clusters), its df Satterthwaite's.
 *  @param folds  3 or more; 0 = 5
 *  @param seed   of the deal of folds, and of the learner
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (fewer than 4 people or clusters in a fold), what the learner returns
 *  Source: Wager 2024 (arXiv 2405.05534). */
VG_MUST_CHECK VgStatus vg_sequential_validation(VgArena *arena, const VgEffectSample *sample,
                                                const double *score, VgEffectLearner learner,
                                                const void *context, size_t folds, uint64_t seed,
                                                VgSequential *sequential, VgError *error);

/* ---- omnibus ---- */

/** Zero-initialised: 1,000 permutations, largest |t| of the moderators one by one. */
typedef struct VgOmnibusOptions {
    /** NULL: the statistic is the largest |t| of W × x_j over all columns. Else: t of the differential part of the calibration
     *  regression of this learner's cross-fitted predictions */
    VgEffectLearner learner;
    const void *context;
    size_t folds;           /**< of the learner; 0 = 5 */
    const int32_t *stratum; /**< n, or NULL: treatment was randomised within these */
    size_t n_strata;
    size_t permutations;
    uint64_t seed;
    int threads;
    double level; /**< of `critical`; 0 = 0.95 */
} VgOmnibusOptions;

typedef struct VgOmnibus {
    double statistic;
    double p, p_se; /**< (1 + #{T* >= T}) / (1 + B), and its Monte Carlo standard error */
    size_t permutations;
    double
        critical; /**< p <= 1 - level just when the statistic exceeds it; infinite with too few permutations */
    double *t;  /**< without learner: p entries, t of each moderator (NaN: constant) */
    double *se; /**< p: standard error of the change of the effect by one SD of the moderator */
    double *p_adjusted; /**< p: single-step max-|t| (Westfall & Young 1993), familywise */
} VgOmnibus;

/** Permutation test that the effect is the same for everybody.
 *
 *  Under the null the outcome without the effect is Y − Ŷ − τ (W − e): treatments are dealt again among people (clusters, within
 *  strata) and outcomes put together with the estimated common τ. Rows keep x, Ŷ and their residual, so that what depends on x other
 *  than through the effect stays as it is. Cross-fitting is repeated in every permutation.
 *  @return VG_INVALID_INPUT (a propensity that differs within a stratum; a cluster with both treatments), VG_NOT_ESTIMABLE,
 *          VG_NO_MEMORY. O(B n p).
 *  Source: Freedman & Lane 1983; Ding, Feller & Miratrix 2016; METHODS 0 (p), 5.2. */
VG_MUST_CHECK VgStatus vg_omnibus_test(VgArena *arena, const VgEffectSample *sample,
                                       const VgOmnibusOptions *options, VgOmnibus *omnibus,
                                       VgError *error);

#ifdef __cplusplus
}
#endif
#endif
