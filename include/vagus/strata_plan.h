/** @file strata_plan.h
 *  plan: strata: who benefits from what, as declared in a study file before the outcomes were looked at. */
#ifndef VAGUS_STRATA_PLAN_H
#define VAGUS_STRATA_PLAN_H

#include <vagus/axis.h>
#include <vagus/multiplicity.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What giving an arm takes, in units of the outcome: how much of it people would give up to be spared that. */
typedef struct VgArmPrice {
    double cost, harm, burden; /**< >= 0 */
} VgArmPrice;

typedef enum VgDeclaredLearner {
    VG_DECLARED_LEARNER_BY_SIZE = 0, /**< a forest from 400 people on, linear below */
    VG_DECLARED_LEARNER_LINEAR,
    VG_DECLARED_LEARNER_FOREST
} VgDeclaredLearner;

/** A rule that says who gets which arm. */
typedef struct VgDeclaredPolicy {
    bool wanted;
    size_t depth;      /**< 1 to 3; 2 unless declared */
    size_t min_leaf;   /**< 15 unless declared */
    size_t cuts;       /**< a moderator is cut at so many places at most; 0 = at every value */
    VgArmPrice *price; /**< study->n_arms; NULL = nothing is taken off */
    const char *costs; /**< the file; NULL = none */
    /** study->n_arms: a rule may give the arm only to people whom `safe_column` names: arms with a component of type fmt, and those
     *  under `safety:` */
    bool *needs_safety;
    /** study->n_arms: participants' columns that say 1 or yes where all that the arm's safety asks for is known and allows it;
     *  entries NULL = not declared: nobody gets the arm by a rule */
    const char **safe_column;
    size_t line;
} VgDeclaredPolicy;

/** One question "for whom?". */
typedef struct VgDeclaredStrata {
    const char *id; /**< "strata", "strata_2", … unique in the plan */
    const char *label;
    const char *outcome; /**< as written, without its visit */
    VgAxisPlace place;   /**< of the outcome; filled once the layers are complete */
    size_t outcome_visit;
    int better; /**< of features of the panel: 1 = more is better, −1 = less; 0 = not told */
    const char *treatment; /**< as written; NULL = every arm against the reference */
    size_t arm, reference; /**< two arms; SIZE_MAX = all */
    const char **moderator_name;
    size_t *moderator; /**< n_moderators indices into study->moderator */
    size_t n_moderators;
    bool all_moderators;
    struct VgDeclaredLayers {
        bool all;
        const char **name; /**< n: as written */
        size_t n, line;
        size_t *layer; /**< n_layers indices into study->layer, once they are complete */
        size_t n_layers;
    } panel; /**< what the learner may use besides the moderators */
    VgDeclaredLearner learner;
    VgMultiplicityMethod adjust; /**< of the interaction tests; Holm unless declared */
    double
        worthwhile; /**< smallest difference that matters; NaN = the outcome's important difference, if any */
    const char **
        combination; /**< n_combinations columns of the participants: classes of background treatment */
    size_t n_combinations;
    VgDeclaredPolicy policy;
    size_t permutations; /**< 1,000 unless declared */
    uint64_t seed;       /**< 1 unless declared */
    size_t line, outcome_line, moderators_line;
} VgDeclaredStrata;

#ifdef __cplusplus
}
#endif
#endif
