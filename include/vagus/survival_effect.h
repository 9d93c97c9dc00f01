/** @file survival_effect.h
 *  Effects of a treatment on time to an event, where follow-up is censored: what stands for the censored outcome, and causal survival
 *  forests of it. docs/methods/forest.md. */
#ifndef VAGUS_SURVIVAL_EFFECT_H
#define VAGUS_SURVIVAL_EFFECT_H

#include <vagus/forest.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What of the time T to the event an effect is an effect on. */
typedef enum VgSurvivalTarget {
    VG_SURVIVAL_RMST = 0,   /**< f(T) = min(T, horizon): time without the event until the horizon */
    VG_SURVIVAL_PROBABILITY /**< f(T) = 1{T > horizon} */
} VgSurvivalTarget;

typedef struct VgSurvivalAim {
    VgSurvivalTarget target;
    double horizon; /**< > 0, in units of time */
} VgSurvivalAim;

/** Curves of a person at n instants up to the horizon, in order: all at which anybody's follow-up ended (with VG_SURVIVAL_RMST it
 *  ends at the horizon at the latest). Events and censorings of one time may have an instant each, events first. */
typedef struct VgSurvivalCurves {
    size_t n;
    const double *time;       /**< not descending */
    const double *survival;   /**< P[T > time | x, w], > 0 */
    const double *uncensored; /**< P[C > time | x, w], > 0 */
    bool log_steps; /**< grf's approximation of the steps of censoring, see vg_censored_outcome */
} VgSurvivalCurves;

/** How a person's follow-up ended. */
typedef struct VgFollowUp {
    size_t
        place; /**< the instant of the end, or the last instant where that lies beyond the horizon */
    bool event;  /**< the event was seen at the end, at the horizon or before */
    bool beyond; /**< followed without an event to the horizon (of a probability: beyond it) */
    double mean; /**< E[f(T) | x], arms mixed as they were */
} VgFollowUp;

/** What may stand for f(T): its conditional mean is that of f(T) given x and w, whichever of the two curves is right.
 *
 *  m + (f(T) − m)/S_C(U) where f(T) is known, m + (Q(U) − m)/S_C(U) where it was censored at U, less Σ over instants t to U of
 *  (Q(t) − m) Δ(1/S_C(t)), with Q(t) = E[f(T) | x, w, T > t]. grf has −Δ log S_C(t)/S_C(t) for Δ(1/S_C(t)): the same to the second order
 *  of a step, biased where steps are large.
 *  @param uncensored  S_C(U), or NULL
 *  O(n). Sources: Rubin & van der Laan 2007; Cui and others 2023; grf 2.6 (compute_psi). */
double vg_censored_outcome(const VgSurvivalAim *aim, const VgSurvivalCurves *curves,
                           const VgFollowUp *person, double *uncensored);

/** A causal survival forest: E[f(T(1)) − f(T(0)) | x]. data->outcome holds the time when follow-up ended (>= 0), `event` whether
 *  by the event (else: censored). Two arms.
 *
 *  Nuisances come out of bag: the propensity unless it is given; a survival forest of events on x and arm (curves under either arm,
 *  m from both), and one of censoring, of max(50, min(trees/4, 500)) trees each. With S_C(U) of vg_censored_outcome and
 *  Γ = its answer − m the effect solves Σ α W̃(Γ − W̃τ) = 0; splits as of vg_forest_causal, and stabilised each child has at least α ·
 *  (rows of the node) people whose f(T) is known. min_node_size 0 = 5. Weights, clusters, missing covariates as elsewhere.
 *  Facts: outcome_hat = m, pseudo_outcome (what takes the outcome's place in vg_scores), uncensored.
 *  @return as vg_forest_causal; VG_INVALID_INPUT (three arms or more; horizon, negative times), VG_NOT_ESTIMABLE (an arm without
 *          events to the horizon; nobody of an arm followed to the horizon; a probability to be uncensored below 0.01)
 *  Source: Cui, Kosorok, Sverdrup, Wager & Zhu 2023. */
VG_MUST_CHECK VgStatus vg_forest_survival_effect(VgArena *arena, const VgForestData *data,
                                                 const bool *event, const VgSurvivalAim *aim,
                                                 const VgForestTreatment *treatment,
                                                 const VgForestOptions *options,
                                                 VgRandomForest **forest, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
