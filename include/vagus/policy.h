/** @file policy.h
 *  Rules that say who gets which arm: doubly robust rewards, exact optimal trees of depth 1 to 3, and what a rule is
 *  worth to people it was not made from. */
#ifndef VAGUS_POLICY_H
#define VAGUS_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/heterogeneity.h>
#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { VG_POLICY_DEEPEST = 3 };

/** Who responded, so that a rule can be told in people; nothing of the rule depends on it. */
typedef struct VgPolicyOutcome {
    const double *responded; /**< n: 1, 0; NaN = not known */
    const int32_t *arm;      /**< n: what each got */
    VgMatrix propensity;     /**< n × arms: known probability of each arm */
} VgPolicyOutcome;

/** What a rule is made from. Arm 0 is the reference arm (usual care, placebo): what is given where nothing else is
 *  better, and where an arm may not be given. Nothing is copied or owned. */
typedef struct VgPolicyData {
    VgMatrix features; /**< n × p: baseline values that the rule may ask for; none missing */
    VgMatrix rewards;  /**< n × arms: larger is better, what an arm costs already taken off */
    /** arms, or NULL: the arm may be given only to people whom `safe` names (FMT, after its safety checks) */
    const bool *needs_safety;
    /** n × arms, column-major: all that the arm's safety asks for is known and allows it. Only read for arms that
     *  need it. NULL with such an arm = not known for anybody: nobody gets it */
    const bool *safe;
    const char *const *feature_name; /**< p, for messages; may be NULL */
    const VgPolicyOutcome *outcome;  /**< NULL: response is not told */
} VgPolicyData;

/** Zero-initialised: depth 2, leaves of one person or more, every cut, all threads. */
typedef struct VgPolicyOptions {
    size_t depth;    /**< 1 to 3; 0 = 2 */
    size_t min_leaf; /**< fewest people in a leaf; 0 = 1 */
    /** a feature of more distinct values is cut at this many places at most, chosen by rank; 0 = at every value */
    size_t max_cuts;
    int threads; /**< 0 = all; the answer does not depend on it */
} VgPolicyOptions;

/** A question (feature <= cut goes left) or a leaf. */
typedef struct VgPolicyNode {
    bool leaf;
    size_t arm;         /**< leaf: what it gives */
    size_t feature;     /**< else: what it asks for */
    double cut;         /**< a value that occurs: the largest that goes left */
    size_t left, right; /**< places in `node` */
    size_t n;           /**< people of the data who come here */
    double reward;      /**< their mean reward under the tree */
} VgPolicyNode;

typedef struct VgPolicyTree {
    VgPolicyNode
        *node; /**< node[0] is the root; children stand after their parent, level by level */
    size_t n_nodes, n_arms, n_features;
    size_t depth;  /**< of the tree found: at most the one asked for */
    double reward; /**< mean over the people it was made from: too good, see vg_policy_value */
    const bool *needs_safety; /**< n_arms, or NULL: as in the data */
} VgPolicyTree;

/** The tree of at most the given depth with the greatest sum of rewards: exact, not greedy.
 *
 *  A person for whom an arm is not known to be safe counts in a leaf of that arm with the reward of arm 0, which is
 *  what the person would get. Among trees that are equally good (to 1e-11 of the sum of differences between arms) the
 *  shallower is taken, then the lower feature, the lower cut, the lower arm.
 *
 *  Depth 2 takes O(p² n log n · arms²) where going through all pairs of cuts takes O(p² n² · arms): the best second cut is
 *  kept up to date in a tree of partial sums while people cross the first. Depth 3 goes through the first cut, jumping
 *  those that cannot reach the best so far.
 *
 *  @return VG_INVALID_INPUT (shapes, fewer than two arms, missing values: named), VG_NO_MEMORY.
 *  Source: Zhou, Athey & Wager 2023; Sverdrup 2020 (policytree, whose cuts these are); METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_policy_tree_fit(VgArena *arena, const VgPolicyData *data,
                                          const VgPolicyOptions *options, VgPolicyTree **tree,
                                          VgError *error);

/** How many updates of a partial sum the search may take, for telling people before it starts: some 10⁸ a second and
 *  thread. An upper bound at depth 3, where much is jumped. */
double vg_policy_tree_steps(size_t n, size_t p, size_t arms, const VgPolicyOptions *options);

/** What the rule gives to each row of `features`. An arm that needs safety goes only to rows of which `safe` (as in
 *  VgPolicyData; NULL = of nobody) says so; the others get arm 0.
 *  @param arm   rows entries
 *  @param node  NULL, or rows entries: the leaf each comes to
 *  @return VG_INVALID_INPUT (another number of features, a missing value that the rule asks for) */
VG_MUST_CHECK VgStatus vg_policy_assign(const VgPolicyTree *tree, VgMatrix features,
                                        const bool *safe, size_t *arm, size_t *node,
                                        VgError *error);

/* ---- rewards ---- */

/** What giving an arm takes, in the units of the reward: as much of the outcome as people would give up for it. */
typedef struct VgPolicyPrice {
    double cost, harm,
        burden; /**< money, side effects, effort: declared before outcomes are seen; >= 0 */
} VgPolicyPrice;

/** Rewards from scores of the outcome: benefit = ± score, less the prices of each arm.
 *  @param scores           as of vg_scores: n × arms
 *  @param lower_is_better  the outcome is a symptom score
 *  @param price            arms, or NULL = none
 *  @param rewards          n × arms, in the arena
 *  @return VG_INVALID_INPUT (a price below nought or missing), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_policy_rewards(VgArena *arena, VgMatrix scores, bool lower_is_better,
                                         const VgPolicyPrice *price, VgMatrix *rewards,
                                         VgError *error);

/* ---- value ---- */

/** Zero-initialised: 5 folds, 20 deals, level 0.95, power 0.8, tree as in VgPolicyOptions. */
typedef struct VgPolicyValueOptions {
    VgPolicyOptions tree;
    size_t folds;
    size_t
        deals; /**< folds are dealt anew so many times, since one deal is chance; medians are reported */
    double
        worthwhile; /**< smallest gain over the best single arm that would matter; 0 = the one found */
    double level, power;
    uint64_t seed;
    VgClusters clusters; /**< stay whole in folds, count as one */
} VgPolicyValueOptions;

typedef enum VgPolicyVerdict {
    VG_POLICY_TREAT_ALL_ALIKE =
        0,                /**< no rule is shown to beat giving everybody the best single arm */
    VG_POLICY_RECOMMENDED /**< the lower limit of the gain over every single arm is above nought */
} VgPolicyVerdict;

/** Response of the people to whom the rule gives one arm and who got another, or the same. */
typedef struct VgPolicyResponse {
    double n; /**< people, mean over deals */
    double share, lower,
        upper; /**< weighted by one over the chance of what they got; Wilson at (Σw)²/Σw² people. NaN without people */
} VgPolicyResponse;

/** What the rule is worth to people it was not made from. */
typedef struct VgPolicyValue {
    VgInference value; /**< mean reward under the rule */
    VgInference *
        single; /**< arms: mean reward if everybody got that arm; [0] is treat-none where arm 0 is none */
    VgInference *gain;  /**< arms: rule − everybody gets that arm */
    size_t best_single; /**< the arm of the greatest mean */
    VgPolicyVerdict verdict;
    double share_of_deals; /**< in which the verdict would be: recommended */
    /** people (in such a trial) with which the gain would be shown with the power asked for; NaN where there is none to show */
    double people_needed;
    double *given; /**< arms: share of people the rule gives each arm */
    VgPolicyTree
        *tree; /**< made from everybody: what would be recommended; its own reward is too good */
    double stability; /**< mean share of people to whom trees of the folds give what `tree` gives */
    double *
        leaf_stability; /**< nodes of `tree`: the same of the people of each leaf; NaN of questions */
    /** arms × arms: [given · arms + got], of people by trees that had not seen them; NULL where the data have no outcome */
    VgPolicyResponse *response;
} VgPolicyValue;

/** Cross-fitted value of a policy tree, and whether it may be recommended.
 *
 *  In each deal a tree is made without a fold and applied to it, so that searching for it costs the estimate nothing. gain[a] is the
 *  mean over people of Γ(rule) − Γ(a); its variance is taken within folds. The rule must beat *every* single arm: the test
 *  against the best one is then right without knowing which that is. Estimates, standard errors and limits are medians over
 *  deals; limits are those of 1 − α each, and a median of one-sided p at α/2 is at most α (Chernozhukov 2018).
 *  @return as vg_policy_tree_fit; VG_INVALID_INPUT (options), VG_NOT_ESTIMABLE (fewer than 2 clusters or people in a fold)
 *  Source: Athey & Wager 2021; Chernozhukov 2018; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_policy_value(VgArena *arena, const VgPolicyData *data,
                                       const VgPolicyValueOptions *options, VgPolicyValue *value,
                                       VgError *error);

#ifdef __cplusplus
}
#endif
#endif
