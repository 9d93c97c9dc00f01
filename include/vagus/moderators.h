/** @file moderators.h
 *  Declared moderators of benefit: interaction tests, effect curves with simultaneous bands, subgroups found on one half and estimated
 *  on the other, combinations with background treatment and of components, and the smallest difference that could have been
 *  seen. The primary route in trials of fewer than 400 people. */
#ifndef VAGUS_MODERATORS_H
#define VAGUS_MODERATORS_H

#include <vagus/heterogeneity.h>
#include <vagus/multiplicity.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- interactions ---- */

/** Complete rows. Nothing is copied or owned. */
typedef struct VgModeratorData {
    size_t n, arms;
    const double *outcome;
    const int32_t *arm; /**< 0 … arms − 1, 0 the reference */
    VgMatrix
        covariates; /**< n × q: further baseline values in every model, without intercept; may be empty */
    VgMatrix moderators;               /**< n × m: as measured, not cut at a median */
    const char *const *moderator_name; /**< m */
    VgClusters clusters;
} VgModeratorData;

/** One moderator and one arm against the reference. */
typedef struct VgInteraction {
    size_t moderator, arm;
    VgInference per_unit;  /**< change of the effect by one unit of the moderator */
    double sd;             /**< of the moderator: per_unit · sd is the change by one SD */
    double p_adjusted;     /**< over all interactions, by the method asked for */
    double at[2];          /**< the moderator's quartiles */
    VgInference effect[2]; /**< the arm's effect there, by this model */
} VgInteraction;

typedef struct VgInteractions {
    size_t n_interactions; /**< moderators × (arms − 1), a moderator's arms together */
    VgInteraction *interaction;
    VgJointTest *moderator; /**< m: all arms of a moderator at once, from its own model */
    VgJointTest
        all; /**< all moderators in one model: does any matter? HC2 (CR2), Hotelling's df; NaN: too few people for it */
} VgInteractions;

/** Y on arms, covariates, one moderator and arms × moderator, each moderator in a model of its own; then all of them in one for the
 *  global test. HC3 (CR3 with clusters). A moderator that is among the covariates too counts once.
 *  @param method  for p_adjusted; VG_ADJUST_HOLM is usual
 *  @return VG_INVALID_INPUT (shapes, missing values), VG_NOT_ESTIMABLE (constant moderator, named; too few people),
 *          VG_NO_MEMORY. Source: METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_interaction_tests(VgArena *arena, const VgModeratorData *data,
                                            VgMultiplicityMethod method, double level,
                                            VgInteractions *interactions, VgError *error);

/* ---- what could have been seen ---- */

/** The smallest true value that a two-sided t test at `alpha` finds with probability `power` when its standard error is `se`:
 *  noncentral t on `df` (infinite = normal). NaN unless se > 0, 0 < alpha < 1, alpha < power < 1.
 *  For a moderator's interaction, a rule's gain, AUTOC: put its standard error in. Divide alpha by the number of tests where they are
 *  adjusted. */
double vg_detectable(double se, double df, double alpha, double power);

/** The same of a test that rejects where |T| exceeds `critical`: a permutation test of several moderators, which knows it. NaN where the
 *  test rejects more often than `power` already at 0. */
double vg_detectable_beyond(double se, double df, double critical, double power);

/** Standard error of an interaction per SD of a continuous moderator in a trial of n: σ / √(n e (1 − e)), σ the outcome's SD given
 *  arm and covariates, e the treated share. A median split's difference has twice that. */
double vg_interaction_se(double n, double sigma, double treated_share);

/** People with which a value would be found that n people with this standard error leave open: standard errors shrink with √n.
 *  NaN where vg_detectable is, or value is 0. */
double vg_people_to_detect(double n, double se, double value, double alpha, double power);

/* ---- effect curve ---- */

/** Zero-initialised: 11 windows of a quarter of the people (30 or more), 5,000 draws, level 0.95. */
typedef struct VgCurveOptions {
    size_t windows, people; /**< 0 = default */
    size_t draws;
    uint64_t seed;
    int threads;
    double level;
} VgCurveOptions;

/** Average effect in overlapping windows along a biomarker. */
typedef struct VgEffectCurve {
    size_t windows;
    double *low, *high,
        *middle; /**< values of the biomarker: a window's ends (both in it) and its median */
    size_t *n;
    double *effect, *se;
    double *lower, *upper;           /**< pointwise, t on people (clusters) of the window − 1 */
    double *band_lower, *band_upper; /**< simultaneous: the whole curve lies within at `level` */
    double critical; /**< of max |z|, in place of 1.96; t of the same tail is used in each window */
    VgInference overall;
    double statistic,
        p; /**< largest |effect − overall| / its SE, as a normal value, and its p: does the effect follow the biomarker? */
} VgEffectCurve;

/** Windows hold all people from one value to another, so equal values are never parted and row order does not matter. Bands and test:
 *  max |t| over windows by multiplier bootstrap, one standard normal a person (cluster).
 *  @param score  n doubly robust scores of one contrast
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (fewer than two different windows), VG_NO_MEMORY. O(n log n + draws · n).
 *  Source: Bonetti & Gelber 2004 (STEPP); Chernozhukov, Chetverikov & Kato 2013 (multipliers). */
VG_MUST_CHECK VgStatus vg_effect_curve(VgArena *arena, size_t n, const double *score,
                                       const double *biomarker, VgClusters clusters,
                                       const VgCurveOptions *options, VgEffectCurve *curve,
                                       VgError *error);

/* ---- subgroup discovery ---- */

/** Zero-initialised: 100 splits into halves, subgroups of a fifth to four fifths of the people, level 0.95. */
typedef struct VgSubgroupOptions {
    size_t splits;
    double smallest; /**< share of people on each side; 0 = 0.2 */
    uint64_t seed;
    int threads;
    double level;
} VgSubgroupOptions;

typedef struct VgSubgroup {
    size_t feature; /**< chosen most often */
    bool above;     /**< those with larger values benefit more */
    double cut;     /**< median of its cuts: above it, or at most it */
    double chosen;  /**< share of splits that chose this feature and side */
    double *share;  /**< p: share of splits that chose each feature */
    /* Medians over splits of what the other half says about the subgroup found, whichever it was. p: twice the median of
     * one-sided ones for difference > 0, at most 1. */
    VgInference inside, outside, difference;
    double difference_found; /**< median difference in the half where it was searched: too good */
} VgSubgroup;

/** The subgroup x_j > c or x_j <= c with the largest t of its score over the others', searched in a random half and estimated in
 *  the other, again and again. Only the other half is reported.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (fewer than 40 people; no cut leaves enough on both sides), VG_NO_MEMORY
 *  Source: Chernozhukov, Demirer, Duflo & Fernández-Val 2018; METHODS 5.2. */
VG_MUST_CHECK VgStatus vg_subgroup(VgArena *arena, const double *score, VgMatrix features,
                                   const VgSubgroupOptions *options, VgSubgroup *subgroup,
                                   VgError *error);

/* ---- combinations ---- */

/** Effect of arms by class of a background treatment (antidepressant class, none among them). */
typedef struct VgBackgroundData {
    size_t n, arms, classes;
    const double *outcome;
    const int32_t *arm;        /**< 0 = reference arm */
    const int32_t *background; /**< 0 … classes − 1, 0 the class others are compared with */
    VgMatrix covariates;
    VgClusters clusters;
} VgBackgroundData;

/** Arrays by arm − 1 (slowest) and class. */
typedef struct VgBackground {
    size_t arms, classes;
    VgInference *
        effect; /**< (arms − 1) × classes: arm − reference within the class; NaN where a cell is empty */
    VgInference *
        difference; /**< (arms − 1) × classes: that effect − the effect in class 0; NaN at class 0 */
    size_t *n, *n_reference; /**< (arms − 1) × classes: people behind it in both arms */
    VgJointTest all;         /**< all differences at once, of classes where all cells have people */
} VgBackground;

/** Cell means of arm × class adjusted for covariates, HC3 (CR3).
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (fewer than two classes with both arms), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_background_effects(VgArena *arena, const VgBackgroundData *data,
                                             double level, VgBackground *background,
                                             VgError *error);

typedef enum VgAdditivityVerdict {
    VG_ADDITIVITY_OPEN = 0, /**< the interval holds 0 and values that matter: cannot tell */
    VG_ADDITIVE,            /**< the interval for equivalence lies within the margin */
    VG_MORE_THAN_ADDITIVE,  /**< synergistic: together more benefit than the sum */
    VG_LESS_THAN_ADDITIVE,  /**< antagonistic */
    VG_ADDITIVITY_COUNT
} VgAdditivityVerdict;
const char *
vg_additivity_name(VgAdditivityVerdict verdict); /**< open, additive, more-than-additive, … */

/** A trial with arms none, A, B, A + B among its arms. */
typedef struct VgFactorialData {
    size_t n;
    const double *outcome;
    const int32_t *arm;
    int32_t none, a, b, both; /**< numbers of the four arms; rows of other arms are left out */
    bool lower_is_better;
    double
        margin; /**< smallest departure from additivity that matters, in units of the outcome; 0 = not declared */
    VgMatrix covariates;
    VgClusters clusters;
} VgFactorialData;

typedef struct VgAdditivity {
    VgInference a_alone, b_alone, together; /**< against none */
    VgInference a_beside_b, b_beside_a;     /**< what A adds to B, and B to A */
    VgInference departure; /**< together − a_alone − b_alone, on the difference scale */
    double equivalence_lower,
        equivalence_upper; /**< interval of level 1 − 2(1 − level): two one-sided tests */
    VgAdditivityVerdict verdict;
    size_t n[4]; /**< none, A, B, both */
} VgAdditivity;

/** Additivity on the difference scale, adjusted for covariates, HC3 (CR3). On another scale (odds) the same data may say otherwise.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE (one of the four arms has fewer than 2 people), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_additivity(VgArena *arena, const VgFactorialData *data, double level,
                                     VgAdditivity *additivity, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
