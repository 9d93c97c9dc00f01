/** @file effect_forest.h
 *  Who benefits, by a causal forest: from a table to estimates, tests and a prediction for each row. */
#ifndef VAGUS_EFFECT_FOREST_H
#define VAGUS_EFFECT_FOREST_H

#include <vagus/forest.h>
#include <vagus/heterogeneity.h>
#include <vagus/policy.h>
#include <vagus/result.h>
#include <vagus/survival_effect.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Columns by name; NULL = none. */
typedef struct VgEffectForestColumns {
    const char *treatment, *outcome, *cluster;
    const char *weight; /**< sample weights: how many people a row stands for */
    const char *
        event; /**< of a time that may be censored: 1 the event was seen then, 0 not; NULL = no time */
    VgSurvivalAim aim;     /**< with `event` */
    const char *reference; /**< the reference arm; NULL = the first in order */
    const char *const *
        feature; /**< n_features covariates measured before treatment; numbers, or words (a column a level) */
    size_t n_features;
    bool all_features; /**< every column that has no other role in place of `feature` */
    const char *const
        *moderator; /**< n_moderators numeric columns for the best linear projection */
    size_t n_moderators;
    const char *const *without; /**< n_without columns that all_features leaves out (identifiers) */
    size_t n_without;
    const char *const *after; /**< n_after columns measured after treatment began: never features */
    size_t n_after;
    bool rule; /**< features of a rule are wanted */
    const char *const
        *rule_feature; /**< n_rule_features; none: the moderators, else all features without gaps */
    size_t n_rule_features;
    /** the probability of each arm but the reference ("0.5", "0.25,0.25"), a column with that of the treated (two
     *  arms), "estimate" (out of bag), or NULL: the shares of the arms */
    const char *propensity;
} VgEffectForestColumns;

/** Rows that can be used, as arrays. */
typedef struct VgEffectForestTable {
    const char *outcome_name, *treatment_name, *cluster_name, *path;
    const char **arm_name;     /**< n_arms */
    const char **feature_name; /**< x.cols */
    VgMatrix x;                /**< n × p, NaN = missing */
    double *outcome;
    bool *event; /**< of times; NULL = outcomes as they are */
    VgSurvivalAim aim;
    uint32_t *arm;
    size_t n_arms;
    VgMatrix propensity;          /**< n × n_arms; data NULL = estimate */
    const char *propensity_words; /**< where it comes from */
    uint32_t *cluster;            /**< or NULL */
    size_t n_clusters;
    double *weight;      /**< > 0, or NULL */
    size_t *row;         /**< n: row of the table */
    VgMatrix moderators; /**< n × n_moderators */
    const char **moderator_name;
    size_t *without_outcome, *arm_size; /**< by arm: rows without outcome; rows */
    size_t n_dropped;                   /**< rows left out */
    const char **constant;              /**< n_constant columns left out because they do not vary */
    size_t n_constant;
    VgMatrix rule; /**< n × features of the rule, none missing; data NULL = not wanted */
    const char **rule_name;
    const char **
        with_gaps; /**< n_with_gaps features that the rule does not ask for because values are missing */
    size_t n_with_gaps;
} VgEffectForestTable;

/** From a table to arrays: words to columns of 0 and 1, arms in order, rows without outcome, event, arm, cluster, propensity or
 *  moderator left out and counted, constant covariates left out.
 *  @return VG_INVALID_INPUT: named columns and rows; VG_NOT_ESTIMABLE: nothing left; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_effect_forest_table(VgArena *arena, const VgTable *table,
                                              const VgEffectForestColumns *columns,
                                              VgEffectForestTable **made, VgError *error);

typedef struct VgEffectForestOptions {
    VgForestOptions forest;
    double level;
    bool tune;     /**< two arms: options of the forest by vg_forest_tune */
    size_t folds;  /**< of the ranking on held-out rows; 0 = 2, see vg_rank_effects */
    bool no_ranks; /**< leave out what needs forests of its own: AUTOC, Qini, effects by quarter */
    bool lower_is_better;       /**< the outcome is a symptom score: benefit is less of it */
    bool policy;                /**< search a rule over the table's features of the rule */
    VgPolicyOptions tree;       /**< max_cuts 0: every value where that can be afforded, else 50 */
    const VgPolicyPrice *price; /**< n_arms, in the order of the table's arm_name, or NULL */
    double worthwhile;          /**< smallest gain that matters; 0 = not declared */
} VgEffectForestOptions;

/** What vg_survival_learner is told. */
typedef struct VgSurvivalLearner {
    const double *time; /**< n: when follow-up ended */
    const bool *event;  /**< n: by the event */
    VgSurvivalAim aim;
    const char *const *arm_name; /**< 2 names for messages, or NULL */
    VgForestOptions options;
} VgSurvivalLearner;

/** A learner of effects on censored times: a causal survival forest of the training rows, with curves of their own. Of the sample it takes
 *  covariates (what was measured, where it has that), treatment_left (above 0: treated; with the probability of treatment in it), clusters and
 *  weights. `context` is a VgSurvivalLearner.
 *  @return as vg_forest_survival_effect */
VgStatus vg_survival_learner(const VgEffectSample *sample, const size_t *train, size_t n_train,
                             const size_t *predict, size_t n_predict, uint64_t seed,
                             VgArena *scratch, const void *context, double *effect, VgError *error);

/** What the forest says of each row. */
typedef struct VgEffectPredictions {
    VgMatrix effect, se; /**< n × contrasts, out of bag */
    VgMatrix propensity; /**< n × n_arms */
    const double *outcome_hat;
    const double *pseudo_outcome, *uncensored; /**< of times, as VgForestFacts; else NULL */
    VgMatrix score;                            /**< n × contrasts: doubly robust */
} VgEffectPredictions;

/** Grows the forest and fills `result`: rows `ate`, `calibration`, `autoc`, `qini`, `group_effect`, `blp`, `policy`, `importance`; datasets
 *  `toc`, `policy_tree`, `importance`; facts of the forest; warnings. With three arms or more calibration and ranking are arm by arm, among the rows of
 *  the arm and the reference. docs/methods/forest.md, docs/internals/result-shape.md.
 *  @return as vg_forest_causal and the functions of heterogeneity.h */
VG_MUST_CHECK VgStatus vg_effect_forest_run(VgArena *arena, const VgEffectForestTable *table,
                                            const VgEffectForestOptions *options,
                                            VgEffectPredictions *predictions, VgResult *result,
                                            VgError *error);

/** What vg_forest_learner may be told. */
typedef struct VgForestLearner {
    const double *
        outcome; /**< raw: each fold's training rows centre it by a forest of their own; NULL: the sample's */
    VgForestOptions options;
} VgForestLearner;

/** A learner of effects (heterogeneity.h): a causal forest of the training rows, of what was measured where the sample has that.
 *  `context` is a VgForestLearner, or NULL: the sample's centred outcome, and 500 trees.
 *  @return as vg_forest_effects */
VgStatus vg_forest_learner(const VgEffectSample *sample, const size_t *train, size_t n_train,
                           const size_t *predict, size_t n_predict, uint64_t seed, VgArena *scratch,
                           const void *context, double *effect, VgError *error);

/** The causal forest of some rows of a sample (what was measured, where it has that).
 *  @return as vg_forest_effects */
VG_MUST_CHECK VgStatus vg_forest_of_rows(VgArena *arena, const VgEffectSample *sample,
                                         const size_t *row, size_t n,
                                         const VgForestOptions *options, VgRandomForest **forest,
                                         VgError *error);

/** Zero-initialised: 40 refits of 500 trees, level 0.95. */
typedef struct VgImportanceOptions {
    size_t refits, trees;
    VgForestOptions forest; /**< as the forest was grown, with its seed and purpose */
    double level;
} VgImportanceOptions;

typedef struct VgImportance {
    size_t refits;
    double *
        share; /**< of the splits, weighted by depth (vg_forest_importance); sums to 1, all 0 where no tree was cut */
    double *lower, *upper; /**< quantiles of the shares of the refits */
    double *among_first;   /**< share of refits in which the covariate is among the first three */
    size_t *rank;          /**< 1 = the largest share; of equal ones the first column */
} VgImportance;

/** Importance of each covariate to a causal forest of two arms, and how it hangs on who was in the trial: the forest is grown again on half
 *  of the people (of each arm; of the clusters), with nodes half as large, so that trees are as deep. A half-sample drawn without replacement
 *  varies as the whole does, so the ranges are about those of other trials of this size; they are no confidence intervals.
 *  @param sample  the forest's rows, with centred outcome and treatment
 *  @return as vg_forest_effects; VG_NOT_ESTIMABLE: half of the people are too few. O(refits) forests; numbers do not depend on threads.
 *  Source: Shah & Samworth 2013 (selection on half-samples). */
VG_MUST_CHECK VgStatus vg_effect_importance(VgArena *arena, const VgRandomForest *forest,
                                            const VgEffectSample *sample,
                                            const VgImportanceOptions *options,
                                            VgImportance *importance, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
