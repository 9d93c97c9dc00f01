/** @file strata.h
 *  For whom? The whole question on arrays of one randomised trial: predictions, tests, curves, groups, a rule, and the verdict in words,
 *  as rows of a result. */
#ifndef VAGUS_STRATA_H
#define VAGUS_STRATA_H

#include <vagus/moderators.h>
#include <vagus/policy.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A randomised trial and its baseline panel, complete rows. Nothing is copied or owned. */
typedef struct VgStrataTrial {
    size_t n, arms;
    const double *outcome;
    const int32_t *arm;            /**< 0 the reference */
    VgMatrix propensity;           /**< n × arms: known probability of each arm */
    VgMatrix panel;                /**< n × p baseline values */
    const char *const *panel_name; /**< p */
    const char *const *arm_name;   /**< arms */
    const char *outcome_name, *unit;
    bool lower_is_better;
    const int32_t *stratum; /**< n, or NULL: strata of the randomisation */
    size_t n_strata;
    VgClusters clusters;             /**< sites, families: whole in folds and resamples */
    const bool *needs_safety, *safe; /**< as in VgPolicyData */
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
    double level, power;        /**< 0 = 0.95 and 0.8 */
    uint64_t seed;
    int threads;
} VgStrataPlan;

/** Adds rows, facts, datasets and sentences (docs/internals/result-shape.md, "For whom") to the result.
 *
 *  For each arm against the reference, among the people of both: cross-fitted predictions, scores, average effect, interaction tests (adjusted for
 *  all moderators where there are ten people to each) with what could have been seen, omnibus permutation test (over the moderators), calibration, sequential validation, AUTOC and Qini,
 *  groups, effect curves of moderators with ten values or more, a subgroup. Then the rule over all arms. The verdict rests on
 *  the omnibus test alone (Holm over arms); the rest describes. What cannot be had (too few people) is told in a warning.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (an arm of fewer than 8 people, fewer than 40 in both), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_strata_run(VgArena *arena, const VgStrataTrial *trial,
                                     const VgStrataPlan *plan, VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
