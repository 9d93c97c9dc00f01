/** @file mmrm.h
 *  Mixed model for repeated measures: a linear model with a structured covariance between the visits of
 *  one subject, fitted by REML or ML from cross-products per missingness pattern. */
#ifndef VAGUS_MMRM_H
#define VAGUS_MMRM_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgCovariance {
    VG_COVARIANCE_UNSTRUCTURED = 0,
    VG_COVARIANCE_COMPOUND_SYMMETRY,
    VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS,
    VG_COVARIANCE_AR1,
    VG_COVARIANCE_AR1_HETEROGENEOUS,
    VG_COVARIANCE_TOEPLITZ,
    VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS,
    VG_COVARIANCE_ANTE_DEPENDENCE,
    VG_COVARIANCE_ANTE_DEPENDENCE_HETEROGENEOUS,
    VG_COVARIANCE_COUNT
} VgCovariance;

/** The name on the command line and in results: us, cs, csh, ar1, ar1h, toep, toeph, ad, adh. */
const char *vg_covariance_name(VgCovariance covariance);
/** In words, for people: "heterogeneous Toeplitz covariance". */
const char *vg_covariance_title(VgCovariance covariance);
/** From the name; false when there is none such. */
bool vg_covariance_from_name(const char *name, VgCovariance *covariance);

typedef enum VgLikelihood { VG_REML = 0, VG_ML } VgLikelihood;

typedef enum VgDfMethod {
    VG_DF_SATTERTHWAITE = 0,
    VG_DF_KENWARD_ROGER,
    VG_DF_KENWARD_ROGER_LINEAR, /**< drops the second-derivative term; what SAS prints for UN */
    VG_DF_RESIDUAL,
    VG_DF_BETWEEN_WITHIN,
    VG_DF_COUNT
} VgDfMethod;
const char *vg_df_method_name(VgDfMethod method);
/** In words, for people: "Kenward-Roger (linear)". */
const char *vg_df_method_title(VgDfMethod method);
bool vg_df_method_from_name(const char *name, VgDfMethod *method);

/** What a reader must know before trusting this method with so few subjects; NULL when there is nothing.
 *  Full Kenward–Roger under 80 subjects: docs/validation/mmrm-null-simulation.md. */
const char *vg_df_method_caution(VgDfMethod method, size_t n_subjects);

typedef enum VgSandwich {
    VG_SANDWICH_NONE = 0,
    VG_SANDWICH_CR0,
    VG_SANDWICH_CR2,
    VG_SANDWICH_CR3
} VgSandwich;

/** Long data: one row per subject and visit that has an outcome. Nothing is copied or owned. */
typedef struct VgMmrmData {
    size_t n_rows;
    VgMatrix x;             /**< n_rows × p, full column rank */
    const double *y;        /**< no NaN */
    const double *offset;   /**< NULL = none */
    const int32_t *subject; /**< 0 … n_subjects − 1; every subject has at least one row */
    const int32_t *visit;   /**< 0 … n_visits − 1 in time order; unique within subject */
    const int32_t *group; /**< NULL, or 0 … n_groups − 1, constant within subject: own covariance */
    const double *weights; /**< NULL, or > 0 */
    size_t n_subjects, n_visits, n_groups;
    /* names for messages; any may be NULL */
    const char *const *subject_label;
    const char *const *visit_label;
    const char *const *group_label;
    const char *const *coefficient_label; /**< p */
} VgMmrmData;

/** Zero-initialised means: us, REML, Satterthwaite, no sandwich, no fallback. */
typedef struct VgMmrmOptions {
    VgCovariance covariance;
    VgLikelihood likelihood;
    VgDfMethod df;
    VgSandwich sandwich;
    const VgCovariance
        *fallback; /**< tried in this order when the declared structure has no certified optimum */
    size_t n_fallback;
    int max_iterations; /**< 0 = 200 */
    /** NULL, or n_theta starting values in the fit's own parametrisation (for tests) */
    const double *start;
} VgMmrmOptions;

/** One step of the optimiser, or one structure that was given up. */
typedef struct VgMmrmStep {
    VgCovariance covariance;
    int iteration;
    double objective;    /**< −2 log likelihood */
    double gradient_max; /**< max |gradient| of −2 log likelihood */
    double decrement;    /**< Newton decrement gᵀH⁻¹g */
    double step;         /**< length of step taken, 0 … 1 */
    bool newton;         /**< observed Hessian (true) or Fisher scoring */
    const char *note;    /**< NULL, or why the structure was left */
} VgMmrmStep;

/** The fit. Owns its memory in the arena given to vg_mmrm_fit. */
typedef struct VgMmrmFit {
    VgCovariance covariance; /**< the structure in the end used */
    VgLikelihood likelihood;
    VgDfMethod df;
    VgSandwich sandwich;
    size_t p, n_theta, n_visits, n_groups, n_subjects, n_rows, n_patterns;
    double *beta; /**< p */
    VgMatrix vcov; /**< p × p: what standard errors come from (Kenward–Roger adjusted, sandwich) */
    VgMatrix vcov_model; /**< p × p: model based, (Σ X'WX)⁻¹ */
    VgMatrix *sigma;     /**< n_groups matrices n_visits × n_visits */
    double *theta;       /**< n_theta: log sd and transformed correlations (docs/methods/mmrm) */
    VgMatrix theta_vcov; /**< n_theta × n_theta: 2 · observed Hessian⁻¹ */
    double minus2loglik, loglik, aic, aicc, bic;
    int iterations;
    bool converged;
    double *gradient;      /**< n_theta at the end */
    double *hessian_eigen; /**< n_theta eigenvalues of the observed Hessian, ascending */
    double decrement;
    VgMmrmStep *trace; /**< n_trace steps, all structures tried */
    size_t n_trace;
    bool fell_back;   /**< covariance is not the declared one */
    double condition; /**< largest condition number of the sigmas */
    void *internal;   /**< cross-products and derivatives for contrasts */
} VgMmrmFit;

/** Fits the model. Cross-products are taken once per missingness pattern, so that an iteration costs
 *  O(patterns · visits² · p²) whatever the number of subjects.
 *  @return VG_INVALID_INPUT (duplicate visit of a subject, code out of range), VG_NOT_ESTIMABLE (fewer subjects than
 *          parameters, a pair of visits nobody has under `us`, constant outcome, X not of full rank),
 *          VG_NO_CONVERGENCE (fit->trace holds what was tried), VG_NO_MEMORY.
 *  Source: METHODS 2.1; Kenward & Roger 1997; Fai & Cornelius 1996. */
VG_MUST_CHECK VgStatus vg_mmrm_fit(VgArena *arena, const VgMmrmData *data,
                                   const VgMmrmOptions *options, VgMmrmFit *fit, VgError *error);

/** L beta with the fit's df method. `contrast` has p entries. Allocates nothing: it works in scratch memory of
 *  the fit, so that one fit must not be asked from two threads at once.
 *  @return VG_INVALID_INPUT (no or infinite coefficients), VG_NOT_ESTIMABLE (variance or df not positive). */
VG_MUST_CHECK VgStatus vg_mmrm_contrast(const VgMmrmFit *fit, const double *contrast, double level,
                                        VgInference *out, VgError *error);

/** F test of `rows` combinations (rows × p, row-major; 1 … p rows, dependent ones count once). Same scratch
 *  memory as vg_mmrm_contrast. Source: METHODS 2.1; mmrm 0.3.18 for the denominator df. */
VG_MUST_CHECK VgStatus vg_mmrm_joint_test(const VgMmrmFit *fit, const double *contrasts,
                                          size_t rows, VgJointTest *out, VgError *error);

/** The fit as a model that LS means and contrasts can ask (n_coefficients = p; inference.h). It borrows `fit`. */
VgFittedModel vg_mmrm_model(const VgMmrmFit *fit);

typedef enum VgResidualKind {
    VG_RESIDUAL_RESPONSE = 0, /**< y − Xb */
    VG_RESIDUAL_PEARSON,      /**< divided by the visit's standard deviation */
    VG_RESIDUAL_NORMALISED    /**< decorrelated with the subject's Cholesky factor */
} VgResidualKind;

/** Residuals in the order of the rows of `data`; `residuals` has n_rows entries. `arena` gives scratch.
 *  @return VG_NO_MEMORY; VG_NO_CONVERGENCE when a covariance is not positive definite (normalised ones only) */
VG_MUST_CHECK VgStatus vg_mmrm_residuals(VgArena *arena, const VgMmrmFit *fit,
                                         const VgMmrmData *data, VgResidualKind kind,
                                         double *residuals, VgError *error);

/** Xb of each row, in the outcome's unit; `fitted` has n_rows entries. */
void vg_mmrm_fitted(const VgMmrmFit *fit, const VgMmrmData *data, double *fitted);

#ifdef __cplusplus
}
#endif
#endif
