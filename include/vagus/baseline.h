/** @file baseline.h
 *  What was known of each randomised participant before treatment, as one table: age, sex, severity and declared moderators, then a block
 *  for each layer of the panel; with the arm, how likely it was, and the outcome later. */
#ifndef VAGUS_BASELINE_H
#define VAGUS_BASELINE_H

#include <vagus/axis.h>
#include <vagus/matrix.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is wanted. Zero-initialised but for the outcome: all arms, everybody randomised, no columns at all. */
typedef struct VgBaselineChoice {
    VgAxisPlace outcome; /**< an outcome of the study or a feature of the panel */
    size_t outcome_visit;
    /** n_arms indices into study->arm, the reference first; NULL = all: the reference of the plan (or the first arm), then the
     *  others in their order */
    const size_t *arm;
    size_t n_arms;
    const bool *keep;      /**< study->n_participants: the analysis population; NULL = everybody */
    bool age_and_sex;      /**< participants' columns called age, sex or gender, in any case */
    bool outcome_baseline; /**< the outcome's own value at baseline, where it was measured */
    bool all_moderators;   /**< all of study->moderator */
    const size_t *moderator; /**< else n_moderators indices into study->moderator */
    size_t n_moderators;
    bool only_chosen_layers; /**< moderators that a layer not chosen here measures are left out */
    const char *const *covariate; /**< n_covariates columns of the participants besides */
    size_t n_covariates;
    const size_t *layer; /**< n_layers indices into study->layer */
    size_t n_layers;
    double
        prevalence; /**< of abundances: least share of samples that must have a feature; 0 = 0.1 */
} VgBaselineChoice;

/** Why a column is not in the table. */
typedef enum VgBaselineWhy {
    VG_BASELINE_CONSTANT = 0, /**< one value for all */
    VG_BASELINE_UNMEASURED,   /**< no value at baseline for anybody */
    VG_BASELINE_WHY_COUNT
} VgBaselineWhy;

/** Rows are participants in the order of the study. Everything belongs to the arena; names are the study's own or the arena's. */
typedef struct VgBaseline {
    size_t n;                  /**< randomised participants of the arms, in the population */
    const size_t *participant; /**< n: index in the study */
    /** n × p; NaN = not measured. Participants' numbers as they are, words as columns of 0 and 1 (one for each level but the
     *  first); outcomes in their unit; concentrations as natural logarithms, half the limit below a limit of quantification; counts and shares as
     *  centred log-ratios over all features of the layer; absolute amounts as natural logarithms, half of the least for nought */
    VgMatrix value;
    const char **name, **label, **unit; /**< p; units may be NULL */
    const size_t
        *block; /**< p: 0 = clinical, then one per layer; blocks stand together, in order */
    const size_t *moderator; /**< p: index into study->moderator, SIZE_MAX = no moderator */
    /** n_blocks: the index of the layer; SIZE_MAX for block 0. Chosen layers come first, in the order chosen */
    const size_t *layer;
    const char **block_name; /**< "clinical", then names of layers */
    size_t n_blocks;
    const size_t *n_rare; /**< n_blocks: features of abundances that too few samples have */

    size_t n_arms;
    const size_t *arm_index; /**< n_arms: index into study->arm; [0] is the reference */
    const int32_t *arm;      /**< n: 0 … n_arms − 1 */
    VgMatrix propensity;     /**< n × n_arms: probability of each arm among these; rows sum to 1 */
    bool propensity_declared; /**< else: the shares of the arms among these people */
    const int32_t
        *stratum; /**< n: strata of the randomisation, all their columns together; NULL without */
    const char **stratum_name; /**< n_strata: "north, severe" */
    size_t n_strata;
    const int32_t *cluster; /**< n: whose people were randomised together; NULL = people were */
    size_t n_clusters;

    const double *outcome;                                                /**< n; NaN = missing */
    const char *outcome_name, *outcome_label, *outcome_unit, *outcome_at; /**< unit may be NULL */
    int benefit; /**< 1: more of the outcome is better; −1: less is; 0: not told (features of the panel) */
    double important_difference; /**< NaN = none declared */

    const char **left_out; /**< n_left_out columns, or whole layers, that are not in the table … */
    const VgBaselineWhy *why; /**< … and why */
    size_t n_left_out;
} VgBaseline;

/** The table. Layers and moderators must have been placed (vg_study_place_axis). Nothing is imputed, and nothing depends on arms or
 *  outcomes, so that folds may be made of its rows. O(n · p).
 *  @return VG_INVALID_INPUT: a covariate that came after randomisation (named), words of too many values, a wrong index;
 *          VG_NOT_ESTIMABLE: nobody in an arm; VG_NO_MEMORY
 *  Source: docs/methods/baseline-table.md; METHODS 1.3 (one feature set for log-ratios). */
VG_MUST_CHECK VgStatus vg_baseline(VgArena *arena, const VgStudy *study,
                                   const VgBaselineChoice *choice, VgBaseline *baseline,
                                   VgError *error);

#ifdef __cplusplus
}
#endif
#endif
