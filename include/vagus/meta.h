/** @file meta.h
 *  Pairwise meta-analysis: pooled effects, meta-regression, subgroups, influence, and tables of counts.
 *
 *  Effects y_i have known sampling variances v_i; y_i = x_i beta + u_i + e_i, u_i ~ N(0, tau²). Nothing here
 *  opens a file or prints; what a reader should be warned of is a flag of the fit. Formulas and sources:
 *  docs/methods/meta-analysis.md, meta-regression.md, influence.md. */
#ifndef VAGUS_META_H
#define VAGUS_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/design.h>
#include <vagus/evidence_plan.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/status.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Effects to pool. All arrays are borrowed. */
typedef struct VgEffects {
    size_t k;
    const double *y;          /**< k estimates on the scale that is pooled */
    const double *v;          /**< k sampling variances, > 0 */
    const char *const *study; /**< k labels for messages; NULL = numbered from 1 */
    const double *n;          /**< k numbers of participants; NULL = not known. Not used in fits */
    /** k × k sampling covariance, its diagonal equal to v, for studies that share a control arm; NULL =
     *  independent. Random effects stay one per effect with one tau² (metafor: rma.mv, ~ 1 | effect). */
    const double *covariance;
} VgEffects;

/** Zero-initialised means: REML, ad-hoc Knapp–Hartung, prediction df k − p, 95 %. Knapp–Hartung is an adjustment of
 *  random-effects models: with VG_TAU2_COMMON both its forms become the normal test (and the fit's options say z). */
typedef struct VgMetaOptions {
    VgTau2Method tau2;
    VgMetaTest test;
    VgPredictionDf prediction_df;
    double level;      /**< 0 = 0.95 */
    bool tau2_given;   /**< do not estimate tau² but take `tau2_value` */
    double tau2_value; /**< >= 0 */
} VgMetaOptions;

/** A range that the data leave for a quantity; NaN where there is none. */
typedef struct VgMetaInterval {
    double lower, upper;
} VgMetaInterval;

/** One pooled effect: everything of an intercept-only fit, without memory of its own. */
typedef struct VgMetaPool {
    size_t k;
    double estimate, se, df; /**< df +infinity: normal */
    double statistic, p, lower, upper;
    double tau2, se_tau2; /**< se as metafor's rma.uni by method; NaN for common */
    double i2, h2;        /**< per cent; ratio. metafor: tau² / (tau² + s²), tau² / s² + 1 */
    double typical_variance;   /**< s² */
    double q, q_df, q_p;       /**< Cochran's Q against the common effect */
    double scale;              /**< of Knapp–Hartung: SE² = scale / Σw; 1 for "t" and "z" */
    VgMetaInterval prediction; /**< NaN with k < 3, no df left, or common */
    double prediction_df;
    size_t iterations;
    bool at_boundary;  /**< tau² = 0 because the estimate would be negative */
    bool adhoc_bites;  /**< the scale was under 1 and the ad-hoc guard raised it */
    bool single_study; /**< k = 1: the study itself, common effect whatever was asked */
    bool two_studies;  /**< k = 2: intervals with 1 df, as wide as they are */
} VgMetaPool;

/** Pools effects without moderators. Allocates nothing; O(k) per step of the search for tau², which ends when the
 *  Newton decrement certifies the optimum to 1e-12. ML and REML look for further modes of the likelihood.
 *  k = 1 gives the study by the common-effect model with the normal distribution and sets single_study.
 *  `effects->covariance` must be NULL (use vg_meta_fit).
 *  @return VG_INVALID_INPUT (no effect, v <= 0, not finite: with the study's label; level or given tau² out of
 *          range), VG_NO_CONVERGENCE. Source: Viechtbauer 2005, 2010; METHODS 8.2. */
VG_MUST_CHECK VgStatus vg_meta_pool(const VgEffects *effects, const VgMetaOptions *options,
                                    VgMetaPool *pool, VgError *error);

/** A fitted meta-regression (or pooled effect, p = 1). Memory is the arena's; effects are borrowed. */
typedef struct VgMetaFit {
    VgEffects effects;
    VgMetaOptions options; /**< as used: level filled in, test z and method common for k = 1 */
    VgMatrix x;            /**< k × p, a copy */
    size_t k, p;
    bool intercept; /**< X has a constant column, the `intercept_column` */
    size_t intercept_column;
    bool intercept_only; /**< p = 1 and the column is constant */
    double *beta, *se, *statistic, *p_value, *lower, *upper; /**< p each */
    double df;                                               /**< of the tests; +infinity for z */
    VgMatrix covariance; /**< p × p, Knapp–Hartung scale included */
    double scale;        /**< s²_w: 1 for t and z */
    bool adhoc_bites;
    double tau2, se_tau2;
    double i2, h2, typical_variance;
    double q, q_df, q_p;    /**< residual heterogeneity, Q_E */
    VgJointTest moderators; /**< all but the intercept (all, without one): F, or chi² / df by z */
    double r2; /**< per cent of tau² accounted for; NaN unless moderators and intercept */
    /** metafor's constants: REML includes ½ log|X'X|; `_plain` is without it */
    double log_likelihood_ml, log_likelihood_reml, log_likelihood_reml_plain;
    double aic, bic, aicc; /**< by the restricted likelihood for reml, by the likelihood else */
    size_t n_parameters;
    size_t iterations, modes; /**< modes of the likelihood found; > 1 is worth telling */
    bool at_boundary;
    /** ML and REML: 1.92 log-likelihood units do not exclude tau² = 0 nor I² = 90 % */
    bool flat;
    bool single_study, two_studies;
    bool few_per_coefficient; /**< moderators with fewer than 10 effects per coefficient */
    double *
        weight; /**< k: per cent of the weight in the pooled effect (diagonal of W; rows of M⁻¹ summed
                         with a covariance), as metafor's weights() */
    const struct VgMetaInner *inner; /**< private */
} VgMetaFit;

/** Fits y = X beta + u + e by weighted (generalised) least squares with tau² by the method asked.
 *  @param x  k × p, full rank; NULL = a column of ones. A rank-deficient one is refused (build it by
 *            vg_meta_regression, which leaves aliased columns out and names them)
 *  O(k p²) per step. With a covariance, O(Σ block³) once.
 *  @return VG_INVALID_INPUT (as vg_meta_pool; covariance not symmetric, diagonal other than v, not positive
 *          definite), VG_NOT_ESTIMABLE (X rank-deficient, k <= p with tau² to estimate), VG_NO_CONVERGENCE,
 *          VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_meta_fit(VgArena *arena, const VgEffects *effects, const VgMatrix *x,
                                   const VgMetaOptions *options, VgMetaFit **fit, VgError *error);

/** The fit as a model that answers for contrasts (inference.h). */
VgFittedModel vg_meta_model(const VgMetaFit *fit);

/** What the fit says at moderator values x (p entries; NULL = intercept only). */
typedef struct VgMetaPrediction {
    double estimate, se, lower, upper;
    double prediction_lower, prediction_upper,
        prediction_df; /**< of a new study's true effect; NaN for k < 3 */
} VgMetaPrediction;
VG_MUST_CHECK VgStatus vg_meta_predict(const VgMetaFit *fit, const double *x, VgMetaPrediction *out,
                                       VgError *error);

/** Intervals for heterogeneity, at the fit's level. */
typedef struct VgMetaHeterogeneity {
    VgMetaInterval tau2, tau, i2, h2;
    bool
        empty; /**< Q is so small that no tau² >= 0 agrees with it: lower = upper = 0 (metafor's ci.null) */
} VgMetaHeterogeneity;

/** Q-profile (Viechtbauer 2007): tau² with Q(tau²) between the quantiles of chi², k − p df. Roots to machine precision.
 *  @return VG_NOT_ESTIMABLE when k <= p */
VG_MUST_CHECK VgStatus vg_meta_q_profile(const VgMetaFit *fit, VgMetaHeterogeneity *out,
                                         VgError *error);
/** Profile likelihood, for fits by ML or REML. */
VG_MUST_CHECK VgStatus vg_meta_profile_likelihood(const VgMetaFit *fit, VgMetaHeterogeneity *out,
                                                  VgError *error);
/** Log-likelihood profiled over beta at a tau² (REML with metafor's constant, or ML), for figures and checks. */
VG_MUST_CHECK VgStatus vg_meta_log_likelihood_at(const VgMetaFit *fit, double tau2, double *value,
                                                 VgError *error);

/* ---- Meta-regression by formula ---- */

/** Joint test of one term. */
typedef struct VgMetaTerm {
    const char *name;
    size_t n_coefficients;
    VgJointTest test;
} VgMetaTerm;

typedef struct VgMetaRegression {
    VgMetaFit *fit;
    const VgDesign *design; /**< rows in the table's order */
    size_t *used;           /**< fit->k indices into the effects given */
    const char **name;      /**< fit->p names of coefficients, as R */
    const char **aliased;   /**< n_aliased names of columns left out */
    size_t n_aliased;
    size_t n_dropped; /**< effects left out because a moderator was missing */
    VgMetaTerm *term; /**< n_terms */
    size_t n_terms;
} VgMetaRegression;

/** @param row  per effect, its row in the table; distinct
 *  @param formula  right side of an R formula, with or without "~" in front
 *  Aliased columns are left out as metafor does and named. @return as vg_design_build and vg_meta_fit */
VG_MUST_CHECK VgStatus vg_meta_regression(VgArena *arena, const VgEffects *effects,
                                          const size_t *row, const VgTable *table,
                                          const char *formula, const VgMetaOptions *options,
                                          VgMetaRegression **regression, VgError *error);

/* ---- Permutation test ---- */

typedef struct VgMetaPermutationOptions {
    size_t permutations; /**< B; 0 = 1000 */
    uint64_t seed;
    int threads; /**< 0 = all processors; the answer does not depend on it */
} VgMetaPermutationOptions;

typedef struct VgMetaPermutation {
    size_t n;      /**< permutations that could be fitted; without the observed one unless exact */
    size_t failed; /**< that could not (rank, convergence) */
    bool exact;    /**< all distinct arrangements, the observed one among them */
    double *p;     /**< fit->p: two-sided, by |statistic| */
    double *se;    /**< Monte Carlo standard error; 0 when exact */
    double omnibus_p, omnibus_se;
} VgMetaPermutation;

/** Permutes rows of X against the effects (intercept only: signs of y) and refits. All arrangements when there
 *  are at most 10 B of them, then p = #{T* >= T} / all, the observed one counted once (as metafor's exact
 *  permutest); else B at random, p = (1 + #) / (1 + B). Ties within 1e-8 max(1, |T|) count.
 *  @return VG_NOT_BUILT with a covariance (rows are not exchangeable); VG_NO_MEMORY.
 *  Source: Higgins & Thompson 2004; Follmann & Proschan 1999; METHODS 0 */
VG_MUST_CHECK VgStatus vg_meta_permute(VgArena *arena, const VgMetaFit *fit,
                                       const VgMetaPermutationOptions *options,
                                       VgMetaPermutation **permutation, VgError *error);

/* ---- Subgroups ---- */

typedef struct VgMetaSubgroups {
    size_t n_groups;
    VgMetaPool *group; /**< n_groups; with a common tau² the estimates of the mixed model */
    size_t *n;         /**< effects in each */
    bool common_tau2;
    VgJointTest
        between; /**< separate: chi² / df (Q_between = statistic × df_numerator); common: as the
                              mixed model's test, F unless z */
    double tau2; /**< the common one; NaN when separate */
    double i2, q_within, q_within_df, q_within_p; /**< residual heterogeneity over all groups */
    double r2;                                    /**< common tau² only */
    bool has_single; /**< a group of one study: its tau² is not known and taken as 0 */
} VgMetaSubgroups;

/** @param group  per effect, 0 … n_groups − 1; every group must have an effect
 *  Separate tau² (the default) compares groups by Σ (mu_g − mu)² / SE_g², SE_g by the plain model (no Knapp–Hartung
 *  scale). With a covariance groups must not share a block. */
VG_MUST_CHECK VgStatus vg_meta_subgroups(VgArena *arena, const VgEffects *effects,
                                         const int32_t *group, size_t n_groups,
                                         const VgMetaOptions *options, bool common_tau2,
                                         VgMetaSubgroups **subgroups, VgError *error);

/* ---- Influence ---- */

/** Case-deletion diagnostics as metafor::influence; arrays of k, dfbeta k × p. NaN where the fit without the study
 *  could not be had. */
typedef struct VgMetaInfluence {
    double *rstudent, *dffits, *cook, *covariance_ratio, *tau2_deleted, *q_deleted, *hat, *weight;
    VgMatrix dfbeta;
    bool *influential;           /**< metafor's rule */
    double *baujat_x, *baujat_y; /**< contribution to Q; influence on the pooled or fitted value */
} VgMetaInfluence;

VG_MUST_CHECK VgStatus vg_meta_influence(VgArena *arena, const VgMetaFit *fit,
                                         VgMetaInfluence **influence, VgError *error);

/** The pooled effect without each study in turn; k results. Intercept-only fits.
 *  @return VG_NOT_ESTIMABLE for k < 2 or a fit with moderators */
VG_MUST_CHECK VgStatus vg_meta_leave_one_out(VgArena *arena, const VgMetaFit *fit, VgMetaPool **out,
                                             VgError *error);
/** The pooled effect of the first 1, 2, … studies in `order` (indices; NULL = as they stand); k results. */
VG_MUST_CHECK VgStatus vg_meta_cumulative(VgArena *arena, const VgMetaFit *fit, const size_t *order,
                                          VgMetaPool **out, VgError *error);

/* ---- Pooling of counts ---- */

/** k tables of events of participants; group 1 treatment, 2 control. */
typedef struct VgCounts {
    size_t k;
    const double *events_1, *n_1, *events_2, *n_2;
    const char *const *study; /**< labels for messages; NULL = numbered */
} VgCounts;

typedef struct VgMetaCounts {
    double estimate, se, statistic, p, lower, upper; /**< log ratio, or difference; normal */
    double q, q_df, q_p, i2, h2;
    double cmh,
        cmh_p; /**< Cochran–Mantel–Haenszel chi² (1 df), continuity-corrected as metafor; odds ratios */
    double tarone, tarone_df,
        tarone_p;            /**< Breslow–Day test in Tarone's form; odds ratios; else NaN */
    size_t k, n_informative; /**< tables; tables that carry information on the measure */
} VgMetaCounts;

/** Mantel–Haenszel pooling of odds ratios, risk ratios or risk differences; no cell is added to in the estimate, ½ to
 *  tables with a zero in Q (as metafor's rma.mh).
 *  @param measure VG_MEASURE_OR, _RR or _RD
 *  @return VG_INVALID_INPUT (negative, fractional, events above n), VG_NOT_ESTIMABLE (no events at all).
 *  Source: Mantel & Haenszel 1959; Robins 1986; Greenland & Robins 1985; Sato 1989 */
VG_MUST_CHECK VgStatus vg_meta_mantel_haenszel(const VgCounts *counts, VgMeasure measure,
                                               double level, VgMetaCounts *out, VgError *error);
/** Peto's one-step odds ratio. Source: Yusuf 1985. */
VG_MUST_CHECK VgStatus vg_meta_peto(const VgCounts *counts, double level, VgMetaCounts *out,
                                    VgError *error);

#ifdef __cplusplus
}
#endif
#endif
