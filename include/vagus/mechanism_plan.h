/** @file mechanism_plan.h
 *  plan: mechanism: through which channels of the axis a treatment is thought to act on an outcome. */
#ifndef VAGUS_MECHANISM_PLAN_H
#define VAGUS_MECHANISM_PLAN_H

#include <vagus/axis.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One analysis of mechanism. Names of scores and intervals are those of vagus/channels.h and vagus/mediation.h. */
typedef struct VgMechanismPlan {
    const char *id; /**< "mechanism", "mechanism_2", … unique in the plan */
    const char *label;
    const char *treatment; /**< as written */
    size_t component;      /**< index into study->component: given or not; SIZE_MAX: two arms */
    size_t arm, reference; /**< two arms; SIZE_MAX with a component */
    const char *outcome;   /**< as written, without its visit */
    VgAxisPlace place;     /**< of the outcome; filled once the layers are complete */
    size_t outcome_node;   /**< of the axis, or VG_AXIS_NONE */
    size_t outcome_visit, mediator_visit;
    bool concurrent; /**< the mediators need not be measured before the outcome */
    size_t *channel; /**< indices into axis->channel, in the order of the axis */
    size_t n_channels;
    bool all_channels;      /**< `channels: all`: those that do not hold the outcome */
    const char *score;      /**< mean, component, markers, factor, ridge */
    const char *interval;   /**< percentile, delta, monte-carlo */
    size_t draws;           /**< 5,000 unless declared */
    uint64_t seed;          /**< 1 unless declared */
    const char **covariate; /**< columns of the participants */
    size_t n_covariates;
    bool
        baseline; /**< baselines of outcome and channels among the covariates; true unless declared */
    bool
        sensitivity; /**< to unmeasured causes of a channel and the outcome; true unless declared */
    bool impute;     /**< missing mediators and outcomes; else complete participants */
    bool reliability; /**< markers corrected by axis.reliability; true unless declared */
    size_t line, treatment_line, outcome_line, visit_line, channels_line;
} VgMechanismPlan;

#ifdef __cplusplus
}
#endif
#endif
