/** @file mediation.h
 *  How much of a treatment's effect on an outcome went through a mediator: natural direct and indirect
 *  effects, their intervals, and how much unmeasured confounding would undo them. */
#ifndef VAGUS_MEDIATION_H
#define VAGUS_MEDIATION_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/glm.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/result.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgMediationModel {
    VG_MEDIATION_LINEAR = 0, /**< least squares */
    VG_MEDIATION_LOGISTIC,   /**< 0/1, logit */
    VG_MEDIATION_PROBIT,     /**< 0/1, probit */
    VG_MEDIATION_ORDINAL,    /**< proportional odds; outcomes only */
    VG_MEDIATION_MIXED,      /**< linear with a random intercept by cluster (REML) */
    VG_MEDIATION_MODEL_COUNT
} VgMediationModel;
const char *vg_mediation_model_name(VgMediationModel model); /**< linear, logistic, … */
bool vg_mediation_model_from_name(const char *name, VgMediationModel *model);

typedef enum VgMediationInterval {
    VG_MEDIATION_PERCENTILE = 0, /**< bootstrap of units within arms, percentiles */
    VG_MEDIATION_BCA,            /**< the same, bias-corrected and accelerated */
    VG_MEDIATION_DELTA,          /**< delta method, normal */
    VG_MEDIATION_QUASI_BAYES,    /**< draws of all coefficients (Imai 2010), as R's mediate */
    VG_MEDIATION_MONTE_CARLO,    /**< draws of alpha and beta from their normals (MacKinnon) */
    VG_MEDIATION_INTERVAL_COUNT
} VgMediationInterval;
const char *vg_mediation_interval_name(VgMediationInterval interval); /**< percentile, bca, … */
bool vg_mediation_interval_from_name(const char *name, VgMediationInterval *interval);

/** Along which curve SIMEX goes back to no measurement error. */
typedef enum VgSimexCurve {
    VG_SIMEX_DEFAULT = 0, /**< rational */
    VG_SIMEX_QUADRATIC,
    VG_SIMEX_RATIONAL /**< a + b/(c + ζ), c known from the reliability: exact for linear models */
} VgSimexCurve;

/** The effects of one output. "Treated" and "control" say in which arm the other path is held:
 *  indirect(a) = E[Y(a, M(1)) − Y(a, M(0))], direct(a) = E[Y(1, M(a)) − Y(0, M(a))]. */
typedef enum VgMediationEffect {
    VG_EFFECT_TOTAL = 0,
    VG_EFFECT_INDIRECT_CONTROL,
    VG_EFFECT_INDIRECT_TREATED,
    VG_EFFECT_INDIRECT_AVERAGE,
    VG_EFFECT_DIRECT_CONTROL,
    VG_EFFECT_DIRECT_TREATED,
    VG_EFFECT_DIRECT_AVERAGE,
    VG_EFFECT_PROPORTION_CONTROL,
    VG_EFFECT_PROPORTION_TREATED,
    VG_EFFECT_PROPORTION_AVERAGE,
    VG_EFFECT_COUNT
} VgMediationEffect;

/** Complete rows of two arms. Nothing is copied or owned. */
typedef struct VgMediationData {
    size_t n;
    const double *treatment; /**< 0 (control) or 1 */
    const double *mediator;  /**< logistic, probit: 0 or 1 */
    const double *outcome;   /**< logistic, probit: 0 or 1; ordinal: 1 … n_categories */
    size_t n_categories;     /**< ordinal */
    VgMatrix covariates;     /**< n × q without intercept; [1, treatment, C] of full column rank */
    const int32_t
        *cluster; /**< NULL, or 0 … n_clusters − 1: what is resampled as one; mixed: groups */
    size_t n_clusters;
    const char *treatment_name, *mediator_name, *outcome_name; /**< for messages */
    const char *const *covariate_name;                         /**< q, or NULL */
} VgMediationData;

/** Zero-initialised: linear models, interaction of treatment and mediator left out, percentile interval
 *  of 5,000 resamples, level 0.95. */
typedef struct VgMediationOptions {
    VgMediationModel mediator_model, outcome_model;
    bool interaction; /**< treatment × mediator in the outcome model */
    VgMediationInterval interval;
    VgGlmRobust robust; /**< errors of the coefficients (delta, draws); not ordinal, not mixed */
    size_t draws;       /**< resamples or draws; 0 = 5,000 */
    uint64_t seed;
    int threads; /**< 0 = all; the numbers do not depend on it */
    double level;
    /** of the mediator, to correct for its measurement error by SIMEX; 0 = not. A linear mediator, interval delta */
    double reliability;
    double reliability_lower, reliability_upper; /**< 95 % interval; both 0: taken as exact */
    size_t simex_draws;                          /**< 0 = 200 */
    VgSimexCurve curve;
} VgMediationOptions;

/** One effect with its interval; NaN where there is none. */
typedef struct VgMediationEstimate {
    double estimate, se, lower, upper;
    /** indirect: joint significance, the larger p of its two arrows; total and direct: Wald; proportions: NaN */
    double p;
    double mean; /**< of the draws; NaN for delta */
    /** proportions: false where the total effect is too uncertain, or of the other sign, for a share */
    bool shown;
} VgMediationEstimate;

/** The arrows of the diagram, from the two fitted models. */
typedef struct VgMediationArrows {
    VgInference treatment_mediator;  /**< alpha */
    VgInference mediator_outcome[3]; /**< beta in control, treated, averaged over both */
    VgInference treatment_outcome;   /**< direct arrow, on the scale of the model */
    VgInference interaction;         /**< NaN without */
} VgMediationArrows;

/** Sensitivity to an unmeasured cause of mediator and outcome. */
typedef struct VgMediationSensitivity {
    bool
        has_rho; /**< linear mediator with a linear or probit outcome, probit mediator with a linear outcome */
    size_t n_rho;
    double *rho; /**< correlation of the two models' errors */
    /** indirect effect at each rho: n_rho × 3 (control, treated, average), with interval */
    double *estimate, *lower, *upper;
    double rho_at_zero[3]; /**< where it is nought */
    /** R²: share of residual (star) and of total (tilde) variance of mediator and outcome that the cause
     * would have to explain, as products, at rho_at_zero */
    double r2_star[3], r2_tilde[3];
    double e_value[3], e_value_limit[3]; /**< of the estimate, of the limit nearer to no effect */
    double risk_ratio[3];                /**< what the E-value is of */
} VgMediationSensitivity;

/** What was seen in the data that bears on the answer. */
typedef struct VgMediationChecks {
    double overlap;       /**< share that the mediator's fitted distributions have in common */
    double outside_range; /**< share of rows whose mediator lies outside the other arm's range */
    double n_control, n_treated;
    size_t units_control, units_treated; /**< what is resampled */
} VgMediationChecks;

typedef struct VgMediation {
    size_t n_outputs;            /**< 1; ordinal: mean category, then P(category k) for each k */
    VgMediationEstimate *effect; /**< n_outputs × VG_EFFECT_COUNT */
    VgMediationArrows arrow;
    VgMediationSensitivity sensitivity;
    VgMediationChecks check;
    size_t n, draws, failed; /**< draws asked for; resamples in which a model could not be fitted */
    double sigma_mediator, sigma_outcome; /**< residual SD; NaN where the model has none */
    double r2_mediator, r2_outcome;
    double *draw; /**< draws × (n_outputs · VG_EFFECT_COUNT), failed ones NaN; NULL for delta */
} VgMediation;

/** Fits both models and computes effects, interval and sensitivity.
 *
 *  Linear pair: closed form; each resample is one weighted cross-product, O(n p²). Otherwise
 *  g-computation over the rows' covariates with the mediator integrated exactly: summed where it is
 *  binary, in closed form for a probit outcome, by a rule of 1e-14 for a logit; resamples refit by
 *  warm-started Newton.
 *
 *  @return VG_INVALID_INPUT (shapes, values out of range; models that do not go together), VG_NOT_ESTIMABLE
 *          (mediator constant in an arm, named; one arm empty; fewer than 8 units in an arm for the
 *          bootstrap; more than 5 % of resamples without a fit; rank), VG_NO_CONVERGENCE, VG_NO_MEMORY.
 *  Source: Imai, Keele & Yamamoto 2010; VanderWeele 2015; METHODS 4.1, 4.5. */
VG_MUST_CHECK VgStatus vg_mediation_fit(VgArena *arena, const VgMediationData *data,
                                        const VgMediationOptions *options, VgMediation *fit,
                                        VgError *error);

/* ---- from a table ---- */

/** What stands in which column. */
typedef struct VgMediationColumns {
    const char *treatment, *mediator, *outcome;
    const char *covariates; /**< right-hand side of a formula ("age + factor(site)"), or NULL */
    const char *control,
        *treated;        /**< levels; NULL = the table has two, sorted: first is control */
    const char *cluster; /**< or NULL */
    /* a table with a row per visit */
    const char *id, *visit;         /**< both or none */
    const char *const *visit_order; /**< NULL = visits are numbers */
    size_t n_visit_order;
    const char *mediator_at, *outcome_at; /**< visits; NULL with `lagged` */
    const char *baseline_at; /**< both variables at that visit become covariates; or NULL */
    bool no_baseline;        /**< adjust for no baseline though the table has an earlier visit */
    bool lagged;             /**< rows are visits with the mediator of the visit before */
    bool concurrent;         /**< the mediator may be measured with or after the outcome */
} VgMediationColumns;

/** A table made ready. */
typedef struct VgMediationTable {
    VgMediationData data;
    const char *control, *treated;              /**< names of the arms */
    const char *mediator_event, *outcome_event; /**< the word that 1 stands for; NULL for numbers */
    const char *mediator_at, *outcome_at, *baseline_at;
    size_t n_rows; /**< rows (participants, pairs of visits) of the two arms */
    size_t n_missing_mediator, n_missing_outcome, n_missing_covariate;
    const char *cluster;  /**< what is resampled as one; NULL = rows */
    const char *left_out; /**< covariates that depend on others, in words; NULL = none */
    bool timed, lagged,
        concurrent; /**< visits known; pairs of visits; mediator perhaps not before the outcome */
} VgMediationTable;

/** Finds rows, arms, covariates. Rows that lack a value are left out and counted.
 *  @return VG_INVALID_INPUT (columns, levels, times, with what to do), VG_NOT_ESTIMABLE, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_mediation_table(VgArena *arena, const VgTable *table,
                                          const VgMediationColumns *columns,
                                          const VgMediationOptions *options,
                                          VgMediationTable **made, VgError *error);

/** How the interaction of treatment and mediator is taken. */
typedef enum VgMediationInteraction {
    VG_INTERACTION_BOTH = 0, /**< with it, and the effects without it beside them */
    VG_INTERACTION_YES,
    VG_INTERACTION_NO
} VgMediationInteraction;

/** The whole analysis into tidy rows: total, direct, indirect, proportion_mediated, arrow, sensitivity, the
 *  datasets assumptions and sensitivity, and warnings (docs/internals/result-shape.md).
 *  @param options  `interaction` is set by `interaction` */
VG_MUST_CHECK VgStatus vg_mediation_run(VgArena *arena, const VgMediationTable *table,
                                        const VgMediationOptions *options,
                                        VgMediationInteraction interaction, VgResult *result,
                                        VgError *error);

/** vg_mediation_run, and beside its rows those corrected by SIMEX for the mediator's measurement error (stratum "corrected", delta
 *  errors). options->reliability and what follows it say how; options->interval is of the rows as measured. */
VG_MUST_CHECK VgStatus vg_mediation_corrected_run(VgArena *arena, const VgMediationTable *table,
                                                  const VgMediationOptions *options,
                                                  VgMediationInteraction interaction,
                                                  VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
