/** @file forest.h
 *  Generalised random forests: one tree-growing engine for means, probabilities, quantiles, survival and treatment effects, with honesty,
 *  subsampling, out-of-bag predictions and the variance of little bags. docs/methods/forest.md. */
#ifndef VAGUS_FOREST_H
#define VAGUS_FOREST_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How trees are grown. Zero-initialised means the defaults in brackets. */
typedef struct VgForestOptions {
    size_t trees;           /**< [2000]; rounded up to whole groups */
    size_t group_size;      /**< trees that share a half-sample [2]; 1 = no variance */
    double sample_fraction; /**< rows (or clusters) of a tree, at most 0.5 with groups [0.5] */
    size_t mtry;            /**< mean number of columns tried in a node [min(⌈√p + 20⌉, p)] */
    size_t min_node_size;   /**< a node this small is not split [5]; see stabilised splits below */
    double alpha; /**< smallest share of the parent in a child, < 0.25 [0.05]; negative: none */
    double
        imbalance_penalty; /**< taken from the gain: penalty · (1/size_left + 1/size_right) [0] */
    double honesty_fraction; /**< share of a tree's rows that choose its splits [0.5] */
    bool dishonest;          /**< the same rows choose splits and fill leaves: no valid variance */
    bool
        keep_empty_leaves; /**< honest leaves without rows are kept (their tree is skipped), not pruned */
    bool unstabilised; /**< treatment forests: constrain the rows of a child, not its treatments */
    bool equal_clusters; /**< every cluster gives as many rows as the smallest */
    bool
        keep_members; /**< keep which rows fill each leaf (forests of quantiles and survival always do) */
    uint64_t seed;    /**< of stream "forest"; the answer does not depend on threads */
    int threads;      /**< 0 = as many as OpenMP has */
    uint32_t purpose; /**< 0 … 1023: independent forests of one seed [0] */
} VgForestOptions;

/** Rows to learn from. Nothing is copied or owned; all must outlive the call only. */
typedef struct VgForestData {
    VgMatrix x;            /**< n × p; NaN = missing, which may go to either side of a split */
    const double *outcome; /**< n, finite */
    const double *weight;  /**< NULL, or n finite values >= 0 */
    const uint32_t *cluster; /**< NULL, or n values 0 … n_clusters − 1: clusters are drawn whole */
    size_t n_clusters;
} VgForestData;

/** What the forest estimates. */
typedef enum VgForestKind {
    VG_FOREST_REGRESSION = 0, /**< E[Y | x] */
    VG_FOREST_PROBABILITY,    /**< P[Y = class | x] of each class */
    VG_FOREST_QUANTILE,       /**< quantiles of Y | x */
    VG_FOREST_SURVIVAL,       /**< P[T > t | x] at declared times */
    VG_FOREST_CAUSAL,         /**< E[Y(arm) − Y(arm 0) | x] of each arm but 0 */
    VG_FOREST_SURVIVAL_EFFECT /**< the same of what is censored: survival_effect.h */
} VgForestKind;

/** A grown forest; lives in the arena it was made in, with its own copy of the ranks of x. */
typedef struct VgRandomForest VgRandomForest;

/** A forest for E[Y | x]: splits by the between-children sum of squares.
 *  O(trees · mtry · n · depth) time, O(n p + trees · leaves) memory.
 *  @return VG_INVALID_INPUT (values not finite, a constant outcome or covariates, options out of range), VG_NOT_ESTIMABLE (too few rows
 *          for one split); VG_NO_MEMORY
 *  Source: Athey, Tibshirani & Wager 2019; METHODS 5.1. */
VG_MUST_CHECK VgStatus vg_forest_regression(VgArena *arena, const VgForestData *data,
                                            const VgForestOptions *options, VgRandomForest **forest,
                                            VgError *error);

/** A forest for P[Y = class | x]: outcome holds 0 … n_classes − 1. Splits by the Gini index. As above. */
VG_MUST_CHECK VgStatus vg_forest_probability(VgArena *arena, const VgForestData *data,
                                             size_t n_classes, const VgForestOptions *options,
                                             VgRandomForest **forest, VgError *error);

/** A forest for quantiles of Y | x: in each node the outcome is cut at its quantiles, splits by the Gini index of these classes.
 *  @param quantiles  n_quantiles increasing values in (0, 1), at most 63. No weights. As above.
 *  Source: Meinshausen 2006; Athey, Tibshirani & Wager 2019, section 5. */
VG_MUST_CHECK VgStatus vg_forest_quantile(VgArena *arena, const VgForestData *data,
                                          const double *quantiles, size_t n_quantiles,
                                          const VgForestOptions *options, VgRandomForest **forest,
                                          VgError *error);

/** A forest for survival: outcome holds times >= 0, `event` whether the event was seen then (else: censored). Splits by the log-rank
 *  statistic with its permutation variance; answers are Kaplan–Meier estimates by the forest's weights at the n_times increasing
 *  times. min_node_size 0 = 15. Weights count in the answers, not in the splits. O(n log n) a node besides. As above.
 *  @return VG_NOT_ESTIMABLE too when no event was seen. Source: Ishwaran 2008; Hothorn & Lausen 2003; Cui and others 2023 (grf). */
VG_MUST_CHECK VgStatus vg_forest_survival(VgArena *arena, const VgForestData *data,
                                          const bool *event, const double *times, size_t n_times,
                                          const VgForestOptions *options, VgRandomForest **forest,
                                          VgError *error);

/** Treatments of a causal forest. Unknown nuisances are estimated out of bag by forests of max(50, trees/4) trees. */
typedef struct VgForestTreatment {
    const uint32_t *arm; /**< n values 0 … n_arms − 1; arm 0 is the reference */
    size_t n_arms;       /**< 2 … 16 */
    VgMatrix
        propensity; /**< n × n_arms or 1 × n_arms, each in (0, 1), rows sum to 1; data NULL = estimate */
    const double *outcome_hat;   /**< n: E[Y | x] from elsewhere, or NULL = estimate */
    const char *const *arm_name; /**< n_arms names for messages, or NULL */
} VgForestTreatment;

/** A forest for the effects E[Y(k) − Y(0) | x], k = 1 … n_arms − 1, of centred outcomes and treatments: gradient splits,
 *  stabilised by treatments (each child has min_node_size rows below and above the parent's mean of each treatment, and α of its
 *  spread). In a randomised trial give the propensities of the design.
 *  @return as above; VG_INVALID_INPUT: propensities outside (0, 1); VG_NOT_ESTIMABLE: an arm too small, no split possible */
VG_MUST_CHECK VgStatus vg_forest_causal(VgArena *arena, const VgForestData *data,
                                        const VgForestTreatment *treatment,
                                        const VgForestOptions *options, VgRandomForest **forest,
                                        VgError *error);

/** The same from what is already centred: data->outcome holds Y − E[Y | x], `treatment` (n × contrasts, any real values) W − E[W | x].
 *  For learners that are given both, and treatments that are doses. */
VG_MUST_CHECK VgStatus vg_forest_effects(VgArena *arena, const VgForestData *data,
                                         VgMatrix treatment, const VgForestOptions *options,
                                         VgRandomForest **forest, VgError *error);

/** Predictions: row i, output k (class, quantile, time, arm k + 1). NaN where no tree could say. */
typedef struct VgForestPrediction {
    VgMatrix estimate; /**< rows × outputs */
    VgMatrix variance; /**< as estimate; data NULL unless asked for */
    size_t *trees;     /**< rows: trees behind the prediction */
} VgForestPrediction;

/** Out of bag: each training row by the trees whose drawn rows exclude it (with clusters, its cluster).
 *  The variance is of the estimate (bootstrap of little bags, debiased as in METHODS 5.1); it needs groups of 2 or more, and
 *  forests of quantiles and survival have none. O(rows · trees · depth). @return VG_INVALID_INPUT: variance asked where there is none; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_forest_predict_oob(VgArena *arena, const VgRandomForest *forest,
                                             bool variance, VgForestPrediction *prediction,
                                             VgError *error);

/** Of new rows (rows × p, NaN = missing), by all trees. As above. */
VG_MUST_CHECK VgStatus vg_forest_predict(VgArena *arena, const VgRandomForest *forest, VgMatrix x,
                                         bool variance, VgForestPrediction *prediction,
                                         VgError *error);

/** Out-of-bag squared error of each training row, of forests of means and effects: (Y − Ŷ)², or of effects the loss of Nie & Wager's
 *  R-learner, (Ỹ − mean Ỹ − (W̃ − mean W̃)τ̂)² with the forest's local means. A finite number of trees adds error that more trees would
 *  take away: it is estimated by leaving out one tree after the other and taken off.
 *  @param debiased  rows: error without that part; NaN with fewer than six trees
 *  @param excess    rows: that part, or NULL
 *  @return VG_INVALID_INPUT (another kind, several contrasts), VG_NO_MEMORY. O(rows · trees).
 *  Source: grf (debiased.error, excess.error); Nie & Wager 2021. */
VG_MUST_CHECK VgStatus vg_forest_oob_error(VgArena *arena, const VgRandomForest *forest,
                                           double *debiased, double *excess, VgError *error);

/** Zero-initialised: 50 forests of 200 trees. */
typedef struct VgForestSearch {
    size_t draws, trees;
} VgForestSearch;

/** What the search found. */
typedef struct VgForestTuned {
    VgForestOptions options; /**< the better, resolved, with the number of trees asked for */
    bool better;             /**< than the defaults given */
    double error,
        default_error; /**< mean debiased error of 4 · trees trees, at the best drawn and at the defaults */
    size_t tried; /**< draws that could be grown */
} VgForestTuned;

/** Searches sample_fraction, mtry, min_node_size, honesty_fraction, alpha, imbalance_penalty and pruning at random for the smallest mean
 *  debiased out-of-bag error; the best and the defaults are grown again, larger, with other trees, and the defaults stay unless
 *  beaten. A forest of effects with `treatment` (n × 1; data->outcome centred, as vg_forest_effects), else (NULL) of means.
 *  @return as vg_forest_effects, vg_forest_regression. Source: METHODS 5.1. */
VG_MUST_CHECK VgStatus vg_forest_tune(VgArena *arena, const VgForestData *data,
                                      const VgMatrix *treatment, const VgForestOptions *defaults,
                                      const VgForestSearch *search, VgForestTuned *tuned,
                                      VgError *error);

/** Facts of a forest. Pointers are into it. */
typedef struct VgForestFacts {
    VgForestKind kind;
    size_t rows, columns, trees, group_size, outputs, mtry;
    const double
        *outcome_hat;    /**< forests of effects from arms: n, E[Y | x] used to centre; else NULL */
    VgMatrix propensity; /**< the same: n × n_arms used to centre */
    const double *
        pseudo_outcome; /**< survival effects: n, what stands for the censored outcome; else NULL */
    const double *
        uncensored; /**< survival effects: n, the probability that follow-up lasted as long as it had to */
    double mean_leaves; /**< per tree */
    double mean_depth;  /**< of a leaf, over leaves and trees */
    size_t unsplit;     /**< trees that are one leaf */
} VgForestFacts;

VgForestFacts vg_forest_facts(const VgRandomForest *forest);

/** Importance of each column: its share of the splits at depth 1 … max_depth, weighted by depth^−decay; sums to at most 1.
 *  @param max_depth  0 = 4; @param decay 0 = 2;  @param importance  p values */
void vg_forest_importance(const VgRandomForest *forest, size_t max_depth, double decay,
                          double *importance);

/** The weight that the forest gives each training row for a point: the mean over trees of 1/leaf size (times its sample weight); sums to
 *  1. Needs keep_members.
 *  @param x  p values; @param row  a training row to leave its trees out for, or SIZE_MAX; @param weight n values, filled */
VG_MUST_CHECK VgStatus vg_forest_weights(VgArena *scratch, const VgRandomForest *forest,
                                         const double *x, size_t row, double *weight,
                                         VgError *error);

#ifdef __cplusplus
}
#endif
#endif
