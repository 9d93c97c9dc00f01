/** @file network.h
 *  Network and component network meta-analysis: contrast-based, multi-arm correct, one shape of answers for both.
 *
 *  A study enters as the contrasts of its arms against its first arm, with their covariance; heterogeneity is
 *  tau² on the diagonal and tau²/2 off it. Effects are on the pooled scale (logarithms of ratios).
 *  Source: Rücker 2012; Krahn 2013; Rücker & Schwarzer 2014, 2015; Dias 2010; Rücker, Petropoulou & Schwarzer 2020. */
#ifndef VAGUS_NETWORK_H
#define VAGUS_NETWORK_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/evidence_plan.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/status.h>
#include <vagus/study_effect.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what goes in ---- */

/** One study as contrasts of its arms against its first arm. Strings and arrays are borrowed. */
typedef struct VgNetworkStudy {
    const char *study;            /**< label, unique */
    size_t line;                  /**< in the user's file, 0 = not known */
    size_t n_arms;                /**< at least 2 */
    const char *const *treatment; /**< n_arms names, all different */
    const double *effect;         /**< n_arms − 1: arm i + 1 minus arm 0 */
    const double *covariance;     /**< (n_arms − 1)², column-major, positive definite */
    const double *participants;   /**< n_arms, or NULL when not known */
} VgNetworkStudy;

/** One row of a contrast table: effect of treatment[0] minus treatment[1]. A study of k arms has all k(k − 1)/2. */
typedef struct VgNetworkRow {
    const char *study;
    const char *treatment[2];
    double effect, se;
    double n[2]; /**< participants; NaN = not known */
    size_t line; /**< in the user's file, 0 = not known */
} VgNetworkRow;

typedef struct VgNetworkReadOptions {
    const char *file; /**< for messages; may be NULL */
    double
        repair_tolerance; /**< contrasts of one study may miss a + b = c by this; 0 = 1e-3 of the largest
                                   standard error of the study plus 1e-3 (four decimals, rounded, pass) */
} VgNetworkReadOptions;

/** Contrast rows that were repaired because a + b was not quite c (rounding). */
typedef struct VgNetworkRepair {
    const char *study;
    double largest_change; /**< of an effect */
    double relative;       /**< to the smallest standard error of the study */
} VgNetworkRepair;

/** Contrast rows into studies: orders arms, derives the covariance from the variances of all pairs,
 *  V[i][j] = (v_i0 + v_j0 − v_ij) / 2, and projects rounded effects onto consistent ones.
 *  @param repair  n_repairs of them in the order of studies (for a warning)
 *  @return VG_INVALID_INPUT (missing or repeated pair, a study with one arm, se ≤ 0, effects that do not add up,
 *          variances that no covariance has; study and treatments are named), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_network_studies_from_rows(VgArena *arena, const VgNetworkRow *row,
                                                    size_t n_rows,
                                                    const VgNetworkReadOptions *options,
                                                    VgNetworkStudy **study, size_t *n_studies,
                                                    VgNetworkRepair **repair, size_t *n_repairs,
                                                    VgError *error);

/** A treatment of the network. */
typedef struct VgNetworkNode {
    const char *name;
    size_t studies;
    double participants; /**< NaN when a study does not say */
    size_t part;         /**< connected part, 0 … */
} VgNetworkNode;

/** Two treatments that were compared in at least one study; first < second. */
typedef struct VgNetworkEdge {
    size_t first, second;
    size_t studies;
    size_t multi_arm; /**< of these, how many have more arms */
} VgNetworkEdge;

/** The set of treatments that a study compares. */
typedef struct VgNetworkDesign {
    const char *name; /**< "a:b:c" */
    size_t n_arms;
    const size_t *treatment; /**< n_arms, ascending */
    size_t studies;
} VgNetworkDesign;

/** A study's numbers, arms as indices of treatments. */
typedef struct VgNetworkTrial {
    const char *study;
    size_t line, n_arms, design;
    const size_t *arm;        /**< n_arms */
    const double *effect;     /**< n_arms − 1, against arm 0 */
    const double *covariance; /**< (n_arms − 1)² */
} VgNetworkTrial;

/** A checked network. Treatments are sorted by name (bytes), whatever the order of rows. */
typedef struct VgNetwork {
    size_t n_treatments, n_edges, n_designs, n_trials, n_parts;
    size_t n_contrasts; /**< Σ (arms − 1) */
    const VgNetworkNode *node;
    const VgNetworkEdge *edge;
    const VgNetworkDesign *design;
    const VgNetworkTrial *trial;
    const char **
        warning; /**< n_warnings: every comparison rests on one study, loops within one study only, … */
    size_t n_warnings;
} VgNetwork;

/** Builds the network and finds its parts; a network of several parts is not refused here (components may join it).
 *  @return VG_INVALID_INPUT (one-arm study, a treatment twice in a study, a study twice, covariance that is not
 *          positive definite, non-finite effect), VG_NO_MEMORY. O(contrasts + treatments²) */
VG_MUST_CHECK VgStatus vg_network_build(VgArena *arena, const VgNetworkStudy *study,
                                        size_t n_studies, const char *file, VgNetwork **network,
                                        VgError *error);

/** The same from the contrasts that vg_network_effects made of an extraction table; `contrasts` is borrowed. */
VG_MUST_CHECK VgStatus vg_network_of_contrasts(VgArena *arena, const VgNetworkContrasts *contrasts,
                                               const char *file, VgNetwork **network,
                                               VgError *error);

/** Index of a treatment; n_treatments when there is none of that name. */
size_t vg_network_treatment(const VgNetwork *network, const char *name);

/* ---- the model ---- */

typedef struct VgNetworkOptions {
    VgTau2Method tau2;        /**< REML (default), ML, DL or COMMON; others are refused by name */
    const double *tau2_fixed; /**< not NULL: tau² is this number */
    const char *reference;    /**< treatment; NULL = the first in sorted order */
    double level;             /**< of all intervals; 0 = 0.95 */
    bool t_test;              /**< t with the df of Q instead of the normal distribution */
} VgNetworkOptions;

/** Between-study variance and how it was had. */
typedef struct VgNetworkTau2 {
    double tau2, se; /**< se: from the expected information; NaN for DL */
    double loglik;   /**< REML or ML at tau²; NaN for DL. Constant as metafor's rma.mv */
    size_t iterations;
    bool converged, at_boundary;
} VgNetworkTau2;

/** All contrasts between treatments: (i, j) is treatment i minus treatment j; 0 on the diagonal; NaN where the
 *  model cannot say (components). df +infinity: normal. */
typedef struct VgNetworkEffects {
    size_t n_treatments;
    VgMatrix estimate, se;
    double df, level;
} VgNetworkEffects;

/** Cochran's Q of a part of the network. */
typedef struct VgNetworkQ {
    double q, df, p; /**< p NaN when df = 0 */
} VgNetworkQ;

typedef struct VgNetworkFit {
    const VgNetwork *network;
    size_t reference;
    VgNetworkTau2 tau2;
    VgNetworkQ q;                  /**< total, common effect */
    double i2, i2_lower, i2_upper; /**< 0 … 1; from Q and its df (Higgins & Thompson 2002) */
    VgNetworkEffects common, random;
} VgNetworkFit;

/** Fits common- and random-effects models by GLS, one small Cholesky factor a study: O(contrasts · arms + T³) an
 *  evaluation of the likelihood; tau² by one-dimensional Newton steps on exact derivatives to 1e-12.
 *  @return VG_INVALID_INPUT (unknown reference; the estimator is not for networks), VG_NOT_ESTIMABLE (disconnected:
 *          the parts are named, and what to do), VG_NO_CONVERGENCE, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_network_fit(VgArena *arena, const VgNetwork *network,
                                      const VgNetworkOptions *options, VgNetworkFit **fit,
                                      VgError *error);

/** Treatment `a` minus treatment `b` with test and interval. O(1). */
VgInference vg_network_contrast(const VgNetworkEffects *effects, size_t a, size_t b);

/** Where the effect of a − b in a new study lies: estimate ± t_df sqrt(se² + tau²), df that of Q (at least 2, else NaN limits). */
typedef struct VgNetworkInterval {
    double lower, upper, df;
} VgNetworkInterval;
VgNetworkInterval vg_network_prediction(const VgNetworkFit *fit, size_t a, size_t b);

/** P-scores: mean over the others of the probability (one-sided p) that a treatment is better. `score` gets
 *  n_treatments numbers, NaN where a treatment compares with none. Source: Rücker & Schwarzer 2015. */
void vg_network_p_scores(const VgNetworkEffects *effects, bool small_is_good, double *score);

/* ---- consistency ---- */

/** One comparison's direct and indirect evidence (back-calculation: SIDDE). NaN where there is none. */
typedef struct VgNetworkSplit {
    size_t first, second; /**< effects are first − second */
    size_t studies;       /**< direct */
    double proportion;    /**< of the evidence that is direct, 0 … 1 */
    VgInference network, direct, indirect, difference;
} VgNetworkSplit;

/** Every pair of treatments, (0,1), (0,2), …: n(n − 1)/2 of them. Source: König 2013; Dias 2010.
 *  @param random  the random-effects model (its tau² in the direct estimates too), else common */
VG_MUST_CHECK VgStatus vg_network_split(VgArena *arena, const VgNetworkFit *fit, bool random,
                                        VgNetworkSplit **split, size_t *n_splits, VgError *error);

/** Q of one design: among its own studies, and between designs when it is detached. */
typedef struct VgNetworkDesignQ {
    VgNetworkQ within; /**< df 0 when it has one study */
    VgNetworkQ
        detached; /**< Q between designs once the design has effects of its own; df NaN when detaching it
                              changes nothing */
} VgNetworkDesignQ;

/** Design-by-treatment decomposition. Source: Krahn 2013; Higgins 2012; Jackson 2012. */
typedef struct VgNetworkDecomposition {
    VgNetworkQ total, within, between;
    VgNetworkQ between_random; /**< full interaction model with tau² within designs */
    double tau_within;
    VgNetworkDesignQ *design; /**< n_designs */
} VgNetworkDecomposition;

VG_MUST_CHECK VgStatus vg_network_decompose(VgArena *arena, const VgNetworkFit *fit,
                                            VgNetworkDecomposition **out, VgError *error);

/** Net heat: rows and columns are the designs' comparisons that can disagree with the rest. */
typedef struct VgNetworkHeat {
    size_t n;
    const char **name; /**< "a:b", or "a:b_a:b:c" for a comparison of a multi-arm design */
    VgMatrix
        contribution; /**< |hat|: what the column's direct evidence adds to the row's network estimate, 0 … 1 */
    VgMatrix q_change;   /**< change of Q between designs when the column's design is detached */
    const size_t *order; /**< by clustering, for the picture */
} VgNetworkHeat;

/** @param random  with the tau² within designs, else common. Source: Krahn 2013.
 *  n is 0 when no design can be checked. */
VG_MUST_CHECK VgStatus vg_network_heat(VgArena *arena, const VgNetworkFit *fit, bool random,
                                       VgNetworkHeat **heat, VgError *error);

/** One point of the comparison-adjusted funnel: effect of first − second minus the direct pooled effect of its
 *  comparison. Source: Chaimani & Salanti 2012. */
typedef struct VgNetworkFunnelPoint {
    const char *study;
    size_t first, second; /**< treatments, in the order asked for */
    double effect, adjusted, se;
} VgNetworkFunnelPoint;

/** @param order  n_treatments indices, oldest (or control) last; NULL = as sorted. The order matters: say it. */
VG_MUST_CHECK VgStatus vg_network_funnel(VgArena *arena, const VgNetworkFit *fit, bool random,
                                         const size_t *order, VgNetworkFunnelPoint **point,
                                         size_t *n_points, VgError *error);

/** Percentage contribution of every edge (columns) to every pair's network estimate (rows, as in vg_network_split),
 *  by streams along shortest paths. Source: Papakonstantinou 2018. */
VG_MUST_CHECK VgStatus vg_network_contribution(VgArena *arena, const VgNetworkFit *fit, bool random,
                                               VgMatrix *contribution, VgError *error);

/* ---- components ---- */

typedef struct VgComponentOptions {
    const char *
        separator; /**< between components of a treatment's name; NULL = "+" (spaces around it are ignored) */
    const char *inactive; /**< treatment (or component) that is nought; NULL = none */
    const VgNamedInteraction
        *interaction; /**< of components or of types; a component's name wins */
    size_t n_interactions;
    const VgComponentType *type; /**< what components are, for interactions of types; may be NULL */
    size_t n_types;
    VgTau2Method tau2;        /**< REML (default), ML, DL, COMMON */
    const double *tau2_fixed; /**< not NULL: tau² is this number */
    double level;             /**< 0 = 0.95 */
    bool t_test;
} VgComponentOptions;

/** One side of an interaction: a component, or all active components of a type. */
typedef struct VgInteractionSide {
    const char *name;
    bool is_type;
    const size_t *component; /**< n of them, ascending */
    size_t n;
} VgInteractionSide;

/** A column of the component design: a component, or an interaction "a*b", which a treatment has when it holds a
 *  component of each side. */
typedef struct VgComponentEffect {
    const char *name;
    bool interaction;
    VgInteractionSide side[2];  /**< of an interaction */
    size_t treatments, studies; /**< that have it */
    bool estimable;             /**< its effect is determined by the data */
    VgInference common, random; /**< NaN unless estimable */
} VgComponentEffect;

typedef struct VgComponentFit {
    const VgNetwork *network;
    size_t n_components; /**< interactions included, they come last */
    VgComponentEffect *component;
    VgMatrix design; /**< n_treatments × n_components: which treatment has what */
    size_t rank;     /**< of the studies' design: that many component effects are determined */
    VgNetworkTau2 tau2;
    VgNetworkQ q; /**< of the component model */
    VgNetworkQ
        q_standard; /**< of the network model (its parts one by one where it is disconnected) */
    VgNetworkQ q_difference; /**< tests the component model against the network model */
    VgNetworkEffects common,
        random;           /**< of treatments, from their components; NaN where not determined */
    const char **warning; /**< n_warnings: what is not determined, in words */
    size_t n_warnings;
    const void *internal_;
} VgComponentFit;

/** Fits the component model, connected network or not. Minimum-norm estimates; what the data do not determine is
 *  NaN and named in fit->warning.
 *  @return VG_INVALID_INPUT (unknown component or type in an interaction, sides that share a component, no treatment
 *          has both, unknown inactive treatment; the nearest name is offered), VG_NOT_ESTIMABLE, VG_NO_CONVERGENCE, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_component_fit(VgArena *arena, const VgNetwork *network,
                                        const VgComponentOptions *options, VgComponentFit **fit,
                                        VgError *error);

/** Effect of one combination minus another, tested or not: "a + b" against "c"; NULL = nothing active.
 *  @return VG_INVALID_INPUT (unknown component), VG_NOT_ESTIMABLE (the data do not determine it) */
VG_MUST_CHECK VgStatus vg_component_combination(const VgComponentFit *fit, const char *first,
                                                const char *second, bool random, VgInference *out,
                                                VgError *error);

/** Where treatment a minus b lies in a new study, as vg_network_prediction, with tau² and the df of Q of the component
 *  model. NaN limits below 2 df and where a − b is not determined. A component has none: no study compares one. */
VgNetworkInterval vg_component_prediction(const VgComponentFit *fit, size_t a, size_t b);

/** A linear combination of components (n_components weights). */
VG_MUST_CHECK VgStatus vg_component_contrast(const VgComponentFit *fit, const double *weight,
                                             bool random, VgInference *out, VgError *error);

/** What this network can see of an interaction: power of the two-sided test at its standard error (given tau²), normal, or
 *  noncentral t where the fit tests by t. NaN where the interaction is not determined. */
typedef struct VgInteractionPower {
    double se;
    double important, power_important; /**< a declared difference; NaN when none is declared */
    double component, power_component; /**< as large as the effect `alone` of what is added */
    double smallest_80;                /**< the smallest interaction seen with 80 % power */
} VgInteractionPower;

/** Does adding `added` to `base` do more or less than `added` alone? Of types there is no single effect alone: it is the
 *  unweighted mean over those components of the type that were combined, and on top of that mean the interaction. */
typedef struct VgAdjunct {
    const char *added, *base;   /**< components or types as they were named */
    bool of_types;              /**< at least one of them is a type */
    size_t treatments, studies; /**< that gave both together */
    size_t n_averaged;          /**< components that `alone` is the mean of; 1 for a component */
    VgInference alone;          /**< effect of `added` by itself; NaN when not determined */
    VgInference on_top;         /**< of `added` on top of `base` = alone + interaction */
    VgInference interaction;    /**< on_top − alone */
    VgNetworkQ
        agreement; /**< of several treatments that share it: Q that their own interactions would
                                    take off, common effect; df 0 where nothing can be said */
    VgInteractionPower power;
    const char *
        *sentence; /**< n_sentences short ones: the answer, its parts, its limits, its power */
    size_t n_sentences;
    const char *brief; /**< the interaction in one sentence, to be held against another analysis */
} VgAdjunct;

typedef struct VgAdjunctWords {
    const VgComponentType *type; /**< labels of components; may be NULL */
    size_t n_types;
    const char *unit;    /**< of the effects, "Hedges' g"; may be NULL */
    bool back_transform; /**< show exp(x): ratios, ratios of ratios */
    bool direction_known, small_is_good;
    double important_difference; /**< on the pooled scale; NaN or 0 = none declared */
} VgAdjunctWords;

/** The answer for one declared interaction of a component fit (`interaction` is its index among the interactions);
 *  random effects.
 *  @param added  which of the two is added to the other; NULL = the first */
VG_MUST_CHECK VgStatus vg_component_adjunct(VgArena *arena, const VgComponentFit *fit,
                                            size_t interaction, const char *added,
                                            const VgAdjunctWords *words, VgAdjunct *out,
                                            VgError *error);

#ifdef __cplusplus
}
#endif
#endif
