/** @file strata.h
 *  For whom? The whole question on arrays of one randomised trial: predictions, tests, curves, groups, a rule, and the verdict in words,
 *  as rows of a result. */
#ifndef VAGUS_STRATA_H
#define VAGUS_STRATA_H

#include <vagus/forest.h>
#include <vagus/moderators.h>
#include <vagus/policy.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A randomised trial and its baseline panel: people with an outcome. Nothing is copied or owned.
 *
 *  What was not measured at baseline: `panel` is complete, since a linear test, a curve and a rule need a value of everybody. The caller fills in
 *  without looking at arms or outcomes (the middle of everybody measured, or a regression on other baseline values): then what is filled in
 *  says the same in every arm, and tests keep their level. `panel_raw` is the same with NaN where nothing was measured; forests take it in place of
 *  `panel`, since their splits can ask whether a value is missing. */
typedef struct VgStrataTrial {
    size_t n, arms;
    const double *outcome;
    const int32_t *arm;             /**< 0 the reference */
    VgMatrix propensity;            /**< n × arms: known probability of each arm */
    VgMatrix panel;                 /**< n × p baseline values, none missing */
    VgMatrix panel_raw;             /**< n × p, NaN = not measured; data NULL = panel */
    const char *const *panel_name;  /**< p */
    const char *const *panel_label; /**< p: what sentences call them; NULL = the names */
    const char *const *arm_name;    /**< arms */
    const char *const *arm_label;   /**< arms: what sentences call them; NULL = the names */
    const char *outcome_name, *unit;
    bool lower_is_better;
    const int32_t *stratum; /**< n, or NULL: strata of the randomisation */
    size_t n_strata;
    VgClusters clusters;             /**< sites, families: whole in folds and resamples */
    const double *responded;         /**< n: 1, 0, NaN = not known; or NULL: response is not told */
    const bool *needs_safety, *safe; /**< as in VgPolicyData */
    const char *const *participant;  /**< n names for `person_effects`; NULL = numbers of rows */
} VgStrataTrial;

/** What was declared. Zero-initialised: all panel columns are moderators, no rule, linear learner, defaults throughout. */
typedef struct VgStrataPlan {
    const char *analysis;    /**< of the rows; may be NULL */
    const size_t *moderator; /**< columns of the panel; NULL = all */
    size_t n_moderators;
    VgEffectLearner learner; /**< NULL = vg_linear_effects */
    const void *context;
    VgMultiplicityMethod adjust; /**< of the interaction tests; none = Holm */
    bool policy;                 /**< search a rule over the moderators */
    VgPolicyOptions tree;
    const VgPolicyPrice *price; /**< arms, or NULL */
    double
        worthwhile; /**< smallest gain or difference that matters, in units of the outcome; 0 = not declared */
    size_t permutations, deals; /**< 0 = 1,000 and 20 */
    VgForestOptions
        forest;          /**< of importance and people's effects; seed and threads are the plan's */
    size_t refits;       /**< of the forest on half of the people; 0 = 40 */
    bool no_forest;      /**< leave out importance and people's effects */
    double level, power; /**< 0 = 0.95 and 0.8 */
    uint64_t seed;
    int threads;
} VgStrataPlan;

/** Adds rows, facts, datasets and sentences (docs/internals/result-shape.md, "For whom") to the result.
 *
 *  For each arm against the reference, among the people of both: cross-fitted predictions, scores, average effect, interaction tests (adjusted for
 *  all moderators where there are ten people to each) with what could have been seen, omnibus permutation test (over the moderators), calibration, sequential validation, AUTOC and Qini,
 *  groups, effect curves of moderators with ten values or more, a subgroup; from a causal forest the importance of the panel's columns with
 *  its range over refits on half of the people, and out-of-bag effects of people (80 people or more). Then the rule over all arms. The verdict rests on
 *  the omnibus test alone (Holm over arms); the rest describes. What cannot be had (too few people) is told in a warning; a
 *  learner that has too few people gives way to the linear one.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (an arm of fewer than 8 people, fewer than 40 in both), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_strata_run(VgArena *arena, const VgStrataTrial *trial,
                                     const VgStrataPlan *plan, VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
