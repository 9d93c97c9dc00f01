/** @file lmm.h
 *  Linear mixed models with random effects by groups, `(1 + t | id)`, `(1 | site/id)`, by REML or ML; and
 *  the same model for many outcomes at once. */
#ifndef VAGUS_LMM_H
#define VAGUS_LMM_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/mmrm.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One term of random effects: every group has q effects with an unstructured covariance. */
typedef struct VgLmmTerm {
    VgMatrix z;                /**< n_rows × q: a column of ones is a random intercept */
    const int32_t *group;      /**< per row, 0 … n_groups − 1 */
    size_t n_groups;           /**< groups that have rows */
    const char *name;          /**< of the grouping, for messages: "id", "site:id" */
    const char *const *effect; /**< q names: "(Intercept)", "t"; NULL = none */
} VgLmmTerm;

/** Nothing is copied or owned; the arrays must outlive the fit. */
typedef struct VgLmmData {
    size_t n_rows;
    VgMatrix x;           /**< n_rows × p, full column rank (VgDesign.x_full_rank) */
    const double *y;      /**< no NaN */
    const double *offset; /**< NULL = none */
    const VgLmmTerm *term;
    size_t n_terms;
    const char *const *coefficient_label; /**< NULL, or p names for messages */
} VgLmmData;

/** Zero-initialised: REML, Satterthwaite's degrees of freedom. */
typedef struct VgLmmOptions {
    VgLikelihood likelihood;
    VgDfMethod df; /**< VG_DF_SATTERTHWAITE (as lmerTest), VG_DF_KENWARD_ROGER (as pbkrtest; with
                             REML only), VG_DF_RESIDUAL */
    int max_iterations; /**< 0 = 200 */
} VgLmmOptions;

/** The random effects of one term. */
typedef struct VgLmmRandom {
    size_t q, n_groups;
    VgMatrix covariance; /**< q × q */
    double *effect;      /**< n_groups × q, row-major: conditional means (BLUP) */
    bool singular; /**< the covariance is at the boundary: a variance of 0, a correlation of ±1 */
} VgLmmRandom;

/** The fit. Owns its memory in the arena given to vg_lmm_fit. */
typedef struct VgLmmFit {
    VgLikelihood likelihood;
    VgDfMethod df;
    size_t p, n_rows, n_terms, n_theta;
    double *beta;        /**< p */
    VgMatrix vcov;       /**< p × p: what standard errors come from (Kenward–Roger adjusted) */
    VgMatrix vcov_model; /**< p × p: sigma² (X'V⁻¹X)⁻¹ */
    double sigma;        /**< residual standard deviation */
    VgLmmRandom *random; /**< n_terms */
    double *theta; /**< n_theta: the covariances' Cholesky factors relative to sigma, by columns */
    bool singular; /**< any term is */
    double loglik, minus2loglik, aic, bic; /**< as lme4: REML's or ML's own likelihood */
    int iterations;
    double decrement, gradient_max, smallest_eigenvalue; /**< of the optimum, in theta */
    void *internal;
} VgLmmFit;

/** Fits by Newton's method with exact derivatives on the deviance profiled over beta and sigma.
 *  Groups may be nested or crossed; the work is in the connected blocks of groups: a block of m random
 *  effects costs O(m³ + m² p) an evaluation, a subject with intercept and slope next to nothing.
 *  A covariance at the boundary (`singular`) is a valid result, not an error.
 *
 *  @return VG_INVALID_INPUT (shapes, NaN, Kenward–Roger with ML), VG_NOT_ESTIMABLE (X not of full rank:
 *          column named; as many random effects as rows; one group; constant outcome; no residual
 *          variance), VG_NO_CONVERGENCE (no certified optimum), VG_NO_MEMORY.
 *  Source: Bates, Mächler, Bolker & Walker 2015; Kuznetsova, Brockhoff & Christensen 2017; Kenward &
 *  Roger 1997; Halekoh & Højsgaard 2014. METHODS 3.1. */
VG_MUST_CHECK VgStatus vg_lmm_fit(VgArena *arena, const VgLmmData *data,
                                  const VgLmmOptions *options, VgLmmFit *fit, VgError *error);

/** L beta (p entries). Allocates nothing: works in scratch memory of the fit, so one fit must not be asked
 *  from two threads at once. @return VG_INVALID_INPUT (no or infinite coefficients) */
VG_MUST_CHECK VgStatus vg_lmm_contrast(const VgLmmFit *fit, const double *contrast, double level,
                                       VgInference *out, VgError *error);

/** F test of `rows` combinations (rows × p, row-major; 1 … p rows, dependent ones count once). */
VG_MUST_CHECK VgStatus vg_lmm_joint_test(const VgLmmFit *fit, const double *contrasts, size_t rows,
                                         VgJointTest *out, VgError *error);

/** The fit as a model that LS means and contrasts can ask (n_coefficients = p). It borrows `fit`. */
VgFittedModel vg_lmm_model(const VgLmmFit *fit);

/** The groups at the boundary in words for people, one sentence; NULL when the fit is not singular. */
const char *vg_lmm_singular_note(VgArena *arena, const VgLmmData *data, const VgLmmFit *fit);

/* ---- many outcomes ---- */

/** How one outcome fared. */
typedef enum VgLmmStatus {
    VG_LMM_FITTED = 0,
    VG_LMM_SINGULAR,     /**< fitted; a random-effects variance is 0 */
    VG_LMM_TOO_FEW_ROWS, /**< no degrees of freedom are left, one group, or no group with two rows */
    VG_LMM_CONSTANT,     /**< the outcome does not vary (or X explains it exactly) */
    VG_LMM_NO_CONVERGENCE, /**< no certified optimum */
    VG_LMM_SEPARATED /**< counts and presence: a coefficient is infinite, as a group has no events */
} VgLmmStatus;
const char *vg_lmm_status_name(VgLmmStatus status); /**< fitted, singular, too_few_rows, … */

/** One design, many outcomes. */
typedef struct VgLmmManyData {
    VgMatrix x;            /**< n_rows × p, full column rank */
    VgMatrix y;            /**< n_rows × outcomes; NaN = not observed */
    const VgLmmTerm *term; /**< n_terms of them; none = least squares */
    size_t n_terms;
    const double *contrast; /**< n_contrasts × p, row-major; NULL = the p coefficients */
    size_t n_contrasts;
} VgLmmManyData;

typedef struct VgLmmManyOptions {
    VgLmmOptions
        lmm;      /**< as for one outcome; many random intercepts: Satterthwaite or residual df */
    double level; /**< 0 = 0.95 */
    int threads;  /**< 0 = as many as there are processors; the bits do not depend on it */
} VgLmmManyOptions;

/** Arrays by outcome. */
typedef struct VgLmmMany {
    size_t n_outcomes, n_contrasts;
    VgInference *answer; /**< n_outcomes × n_contrasts; all NaN where not estimable */
    VgLmmStatus *status; /**< n_outcomes */
    size_t *n;           /**< n_outcomes: rows used */
    double *sigma;       /**< n_outcomes: residual standard deviation */
    double *
        variance; /**< n_outcomes: of the random intercept (first term's first effect), NaN without */
    size_t n_singular, n_failed, n_patterns; /**< patterns of missing outcomes */
} VgLmmMany;

/** Fits one model to every column of y on the rows where it is observed.
 *
 *  A random intercept alone: X and all outcomes with the same missing rows are rotated within groups
 *  once and reduced to cross-products; each fit is then a one-dimensional Newton search whose steps cost
 *  O(sizes of groups · p²), whatever the number of rows. Other terms: vg_lmm_fit per outcome. Columns of X
 *  that the missing rows make linearly dependent are left out for that outcome, as R does; contrasts
 *  they touch are NaN.
 *  @return VG_INVALID_INPUT (shapes, infinite values), VG_NOT_ESTIMABLE (as many random effects as rows),
 *          VG_NO_MEMORY; what one outcome cannot bear is its
 *          status. Source: METHODS 3.1. */
VG_MUST_CHECK VgStatus vg_lmm_fit_many(VgArena *arena, const VgLmmManyData *data,
                                       const VgLmmManyOptions *options, VgLmmMany *many,
                                       VgError *error);

#ifdef __cplusplus
}
#endif
#endif
