/** @file small_study.h
 *  Are small studies different? Regression and rank tests of funnel asymmetry, trim and fill, PET-PEESE, and
 *  selection models by weights on the p value. Methods: docs/methods/small-study-effects.md, selection-models.md.
 *
 *  All of these are weak with fewer than 20 studies and none should be read with fewer than 10; they say so. */
#ifndef VAGUS_SMALL_STUDY_H
#define VAGUS_SMALL_STUDY_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/evidence_plan.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Effects on the scale that is pooled. Borrowed; one entry a study; none may be NaN. */
typedef struct VgSmallStudyData {
    const double *y; /**< k effects                                                      */
    const double *v; /**< k sampling variances, > 0                                      */
    const double *n; /**< k total sample sizes; NULL unless a predictor needs them       */
    const double *n1,
        *n2; /**< k sizes of treatment and control; NULL unless VG_EGGER_ARMS needs them */
    size_t k;
} VgSmallStudyData;

/** What the effect is regressed on. */
typedef enum VgEggerPredictor {
    VG_EGGER_SE = 0,         /**< "sei": standard error                                      */
    VG_EGGER_VARIANCE,       /**< "vi": sampling variance                                    */
    VG_EGGER_N,              /**< "ni": total sample size                                    */
    VG_EGGER_N_INVERSE,      /**< "ninv": 1/n                                                */
    VG_EGGER_SQRT_N,         /**< "sqrtni": √n                                               */
    VG_EGGER_SQRT_N_INVERSE, /**< "sqrtninv": 1/√n                                           */
    VG_EGGER_ARMS /**< "arms": √(1/n1 + 1/n2), for standardised mean differences: their standard error
                       contains the effect itself (Pustejovsky & Rodgers 2019) */
} VgEggerPredictor;
enum { VG_N_EGGER_PREDICTORS = VG_EGGER_ARMS + 1 };

/** Names as in metafor::regtest(predictor =), and "arms"; NULL-terminated. */
extern const char *const vg_egger_predictor_names[];

typedef struct VgEggerOptions {
    VgEggerPredictor predictor;
    bool
        classic; /**< false: mixed model with tau² (metafor regtest model "rma"); true: weighted regression
                            with multiplicative dispersion, t with k − 2 df ("lm")                    */
    VgTau2Method tau2; /**< of the mixed model */
    VgMetaTest test;   /**< of the mixed model; VG_META_TEST_Z is metafor's default */
    double level;      /**< of intervals; 0 means 0.95 */
} VgEggerOptions;

typedef struct VgEgger {
    VgInference slope; /**< the test of asymmetry */
    VgInference
        limit; /**< expected effect where the predictor is 0 (an infinitely large study); NaN for the
                            predictors n and √n, which have no such limit */
    double tau2;       /**< residual between-study variance; NaN for the classic regression */
    double dispersion; /**< residual mean square of the classic regression; NaN otherwise */
    VgEggerPredictor predictor;
    bool few; /**< k < 10: too few to read */
} VgEgger;

/** Egger's regression test. O(k) per iteration.
 *  @return VG_NOT_ESTIMABLE (k < 3, a constant predictor), VG_INVALID_INPUT (sample sizes needed and absent, v ≤ 0),
 *          VG_NO_CONVERGENCE, VG_NO_MEMORY.
 *  Source: Egger 1997; Sterne & Egger 2005; witness metafor::regtest. */
VG_MUST_CHECK VgStatus vg_egger(VgArena *arena, const VgSmallStudyData *data,
                                const VgEggerOptions *options, VgEgger *out, VgError *error);

/** Egger's regression where studies have several effects: the three-level model (REML) with the predictor as moderator,
 *  tested by its cluster-robust (CR2) standard error on Satterthwaite's df. `options->tau2`, `test` and `classic` are
 *  not used. out->tau2 is the sum of both components.
 *  @param study                 k indices 0 … n_studies − 1
 *  @param sampling_correlation  of effects within a study, 0 … < 1
 *  @param robust_df_small       set when the df are below 4 (p not to be trusted); may be NULL
 *  Source: Rodgers & Pustejovsky 2021. Errors as vg_egger and vg_multilevel_fit. */
VG_MUST_CHECK VgStatus vg_egger_clustered(VgArena *arena, const VgSmallStudyData *data,
                                          const size_t *study, size_t n_studies,
                                          double sampling_correlation,
                                          const VgEggerOptions *options, VgEgger *out,
                                          bool *robust_df_small, VgError *error);

typedef struct VgBegg {
    double tau;       /**< Kendall's tau-b of standardised effects and variances */
    double statistic; /**< concordant pairs (exact) or z (normal) */
    double p;         /**< two-sided */
    bool exact;       /**< exact distribution: no ties and k ≤ 200 (metafor: no ties) */
    bool few;
} VgBegg;

/** Begg and Mazumdar's rank correlation test. O(k²).
 *  Standardised effects are (y − μ)/√(v − 1/Σ(1/v)), μ the common-effect estimate (metafor::ranktest). */
VG_MUST_CHECK VgStatus vg_begg(VgArena *arena, const VgSmallStudyData *data, VgBegg *out,
                               VgError *error);

typedef enum VgFillSide {
    VG_FILL_AUTO = 0, /**< by the sign of Egger's slope: negative fills on the right */
    VG_FILL_LEFT,
    VG_FILL_RIGHT
} VgFillSide;

typedef struct VgTrimFillOptions {
    VgTrimFillEstimator estimator;
    VgFillSide side;
    VgTau2Method tau2;
    VgMetaTest test;
    double level; /**< 0 means 0.95 */
} VgTrimFillOptions;

typedef struct VgTrimFill {
    size_t filled;      /**< k0, studies imputed */
    double filled_se;   /**< standard error of k0 (Duval & Tweedie 2000a) */
    double filled_p;    /**< P(R0 ≥ k0) under symmetry; NaN for L0 */
    VgFillSide side;    /**< where they were filled */
    VgInference pooled; /**< with the filled studies */
    VgInference original;
    double tau2;
    double *y, *v;     /**< the filled studies' effects and variances, `filled` of each */
    size_t *mirror_of; /**< row that each of them mirrors */
    size_t iterations;
    bool few;
} VgTrimFill;

/** Duval and Tweedie's trim and fill. A sensitivity analysis, no estimate of the truth.
 *  @return VG_NO_CONVERGENCE when the number of filled studies alternates for 100 rounds.
 *  Source: Duval & Tweedie 2000; witness metafor::trimfill. */
VG_MUST_CHECK VgStatus vg_trim_and_fill(VgArena *arena, const VgSmallStudyData *data,
                                        const VgTrimFillOptions *options, VgTrimFill *out,
                                        VgError *error);

typedef struct VgPetPeese {
    VgInference pet,
        pet_slope; /**< y ~ 1 + √v, weights 1/v: intercept and slope, t with k − 2 df */
    VgInference peese, peese_slope; /**< y ~ 1 + v,  weights 1/v */
    double
        pet_one_sided; /**< p of the PET intercept in the direction of the common-effect estimate */
    bool peese_chosen; /**< pet_one_sided < 0.05: PET-PEESE is PEESE, else PET */
    bool few;          /**< k < 20 */
} VgPetPeese;

/** PET, PEESE and the conditional estimator.
 *  @param predictor  VG_EGGER_SE, or for standardised mean differences VG_EGGER_ARMS (PEESE uses its square)
 *  Source: Stanley & Doucouliagos 2014. */
VG_MUST_CHECK VgStatus vg_pet_peese(VgArena *arena, const VgSmallStudyData *data,
                                    VgEggerPredictor predictor, double level, VgPetPeese *out,
                                    VgError *error);

/** Which tail selects. */
typedef enum VgSelectionSide {
    VG_SELECTION_GREATER = 0, /**< one-sided, positive effects are favoured */
    VG_SELECTION_LESS,        /**< one-sided, negative effects are favoured */
    VG_SELECTION_TWO_SIDED
} VgSelectionSide;

typedef struct VgSelectionOptions {
    const double
        *step; /**< p cuts in (0, 1), ascending; NULL = 0.025 alone (three-parameter model) */
    size_t n_steps;
    VgSelectionSide side;
    double level; /**< 0 means 0.95 */
    const VgMatrix
        *x; /**< moderators, k × p with the intercept among them, full rank; NULL = intercept */
} VgSelectionOptions;

/** Probability that a result with p in (p_low, p_high] is published, relative to the first interval. */
typedef struct VgSelectionWeight {
    double p_low, p_high;
    size_t studies;
    double weight, se, lower,
        upper; /**< first: 1, NaN, NaN, NaN; Wald interval, cut at 0 (as metafor) */
    double p;  /**< of weight = 1, normal */
} VgSelectionWeight;

typedef struct VgSelection {
    size_t p, n_weights;
    VgInference *coefficient; /**< p, corrected for selection; normal */
    double tau2, tau2_se;     /**< maximum likelihood; se NaN at the boundary */
    VgSelectionWeight *weight;
    double *
        covariance; /**< of (β, τ², weights from the second on), column-major; row and column of τ² NaN at 0 */
    double loglik;
    VgInference *unselected; /**< p, the same model by ML without selection */
    double unselected_tau2, unselected_loglik;
    double lrt, lrt_df, lrt_p; /**< of all weights = 1, chi-square */
    double tau2_lrt,
        tau2_lrt_p; /**< of tau² = 0 in the selection model, chi-square with 1 df (conservative) */
    bool tau2_at_boundary;
    double decrement; /**< Newton decrement at the end: certified when below 1e-12 (1 + |loglik|) */
    double smallest_eigenvalue; /**< of the scaled information (unit diagonal); > 0 */
    size_t iterations, starts,
        optima; /**< starts that converged; optima: different ones among them */
    size_t
        smallest_interval; /**< studies in the interval with fewest: with fewer than 4 intervals mean little */
    bool few;              /**< k < 20 */
} VgSelection;

/** Vevea and Hedges' step-function selection model by maximum likelihood, exact derivatives, several starts.
 *  @return VG_NOT_ESTIMABLE when an interval of p values holds no study (its weight cannot be had) or k < parameters;
 *          VG_NO_CONVERGENCE when no start reaches a certified optimum (gradient and positive definite information);
 *          VG_INVALID_INPUT, VG_NO_MEMORY.
 *  Source: Vevea & Hedges 1995; witness metafor::selmodel(type = "stepfun"). O(k · steps · (p + steps)²) a step. */
VG_MUST_CHECK VgStatus vg_selection_model(VgArena *arena, const VgSmallStudyData *data,
                                          const VgSelectionOptions *options, VgSelection *out,
                                          VgError *error);

#ifdef __cplusplus
}
#endif
#endif
