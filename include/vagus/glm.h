/** @file glm.h
 *  Generalised linear models on plain arrays, and what they say about a whole population:
 * g-computation of marginal risks (or means), their difference and ratios. */
#ifndef VAGUS_GLM_H
#define VAGUS_GLM_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/design.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgGlmFamily {
    VG_GLM_GAUSSIAN = 0,
    VG_GLM_BINOMIAL,
    VG_GLM_POISSON,
    VG_GLM_NEGATIVE_BINOMIAL, /**< variance mu + mu²/theta, theta by maximum likelihood
                                 (MASS::glm.nb) */
    VG_GLM_FAMILY_COUNT
} VgGlmFamily;

/** The name on the command line and in results: gaussian, binomial, poisson, nb. */
const char *vg_glm_family_name(VgGlmFamily family);
/** From that name; false when there is none such. */
bool vg_glm_family_from_name(const char *name, VgGlmFamily *family);

typedef enum VgGlmLink {
    VG_LINK_DEFAULT = 0, /**< identity, logit, log, log for the four families */
    VG_LINK_IDENTITY,    /**< gaussian */
    VG_LINK_LOGIT,       /**< binomial */
    VG_LINK_LOG, /**< poisson, nb; binomial (log-binomial: risk ratios, fitted risks kept below 1) */
    VG_LINK_PROBIT /**< binomial */
} VgGlmLink;
const char *vg_glm_link_name(VgGlmLink link); /**< identity, logit, log, probit */

typedef enum VgGlmRobust {
    VG_GLM_ROBUST_NONE = 0,
    VG_GLM_ROBUST_HC0,
    VG_GLM_ROBUST_HC1,
    VG_GLM_ROBUST_HC2,
    VG_GLM_ROBUST_HC3,
    VG_GLM_ROBUST_CR0, /**< by `cluster`, no small-sample factor (sandwich::vcovCL, HC0, cadjust =
                          FALSE) */
    VG_GLM_ROBUST_COUNT
} VgGlmRobust;
const char *vg_glm_robust_name(VgGlmRobust robust); /**< none, hc0, hc1, hc2, hc3, cr0 */
bool vg_glm_robust_from_name(const char *name, VgGlmRobust *robust);

/** What is fitted. Nothing is copied or owned; the arrays must outlive the fit (marginal means use
 * them). */
typedef struct VgGlmData {
    VgMatrix x;      /**< n_rows × p, full column rank (VgDesign.x_full_rank) */
    const double *y; /**< binomial: 0/1, or a proportion with weights = trials; counts otherwise */
    /** NULL = 1; >= 0, R's prior weights (trials, precision). 0 = row not used */
    const double *weights;
    const double *offset; /**< NULL = 0; on the scale of the link */
    /** NULL, or 0 … n_clusters − 1 per row (VG_GLM_ROBUST_CR0, marginal means) */
    const int32_t *cluster;
    size_t n_clusters;
    const char *const *coefficient_label; /**< NULL, or p names for messages */
} VgGlmData;

/** Zero-initialised means: gaussian, its own link, maximum likelihood, model-based errors. */
typedef struct VgGlmOptions {
    VgGlmFamily family;
    VgGlmLink link;
    bool firth; /**< Firth's penalised likelihood (binomial with logit): finite under separation */
    VgGlmRobust robust;
    int max_iterations; /**< 0 = 200 */
    /** NULL, or p coefficients near the optimum to start from (a resample of rows fitted before);
     * the optimum does not depend on it */
    const double *start;
} VgGlmOptions;

/** One step of the optimiser. */
typedef struct VgGlmStep {
    int iteration;
    double objective; /**< −(penalised) log likelihood */
    double decrement; /**< gᵀI⁻¹g, I the expected information */
    double step;      /**< length of step taken, 0 … 1 */
} VgGlmStep;

/** The fit. Owns its memory in the arena given to vg_glm_fit. */
typedef struct VgGlmFit {
    VgGlmFamily family;
    VgGlmLink link;
    VgGlmRobust robust;
    bool firth;
    size_t p, n_rows;
    size_t n_used;        /**< rows with weight > 0 */
    double *beta;         /**< p */
    VgMatrix vcov;        /**< p × p: what standard errors come from */
    VgMatrix vcov_model;  /**< p × p: dispersion · (XᵀWX)⁻¹ */
    VgMatrix bread;       /**< p × p: (XᵀWX)⁻¹ */
    double *eta;          /**< n_rows: linear predictor with offset */
    double *mu;           /**< n_rows: fitted mean */
    double *score_factor; /**< n_rows: row i's score is score_factor[i] · x_i (Firth: likelihood
                             part) */
    double *leverage;     /**< n_rows: diagonal of the weighted hat matrix */
    double df_residual;   /**< n_used − p */
    double dispersion;    /**< deviance / df_residual for gaussian, else 1 */
    double deviance;
    double loglik;           /**< as R's logLik (Firth: the likelihood without the penalty) */
    double loglik_penalised; /**< loglik + ½ log|XᵀWX| under Firth, else NaN */
    double n_parameters;     /**< p, + 1 for gaussian (variance) and nb (theta) */
    double aic, bic;
    double theta,
        theta_se; /**< nb: theta and its standard error (observed information); else NaN */
    int iterations;
    bool converged; /**< decrement < 1e-12 (1 + |objective|) at a positive definite information */
    double decrement;
    double score_max; /**< max |score_j| · se_j at the end */
    VgGlmStep *trace; /**< n_trace steps */
    size_t n_trace;
} VgGlmFit;

/** Fits a generalised linear model by Fisher scoring (Newton for the canonical links) with
 * step-halving, each step from a QR factorisation of √W X: O(n p²) an iteration.
 *
 *  @param fit filled on success; on VG_NO_CONVERGENCE its trace holds what was tried
 *  @return VG_INVALID_INPUT (y or weights out of range, NaN, Firth or a link with a family that has
 * none), VG_NOT_ESTIMABLE (more coefficients than rows; X not of full rank: column named;
 * separation: the estimate is infinite, column named, hint Firth; no overdispersion for nb;
 * binomial with log link whose maximum lies where a risk is 1), VG_NO_CONVERGENCE, VG_NO_MEMORY.
 *  Source: McCullagh & Nelder 1989; Firth 1993; Heinze & Schemper 2002; Venables & Ripley 2002
 * (nb); White 1980, Long & Ervin 2000 (HC). METHODS 2.4. */
VG_MUST_CHECK VgStatus vg_glm_fit(VgArena *arena, const VgGlmData *data,
                                  const VgGlmOptions *options, VgGlmFit *fit, VgError *error);

/** L beta (p entries) on the link scale; normal, but t on the residual df for gaussian. Allocates
 * nothing. */
VG_MUST_CHECK VgStatus vg_glm_contrast(const VgGlmFit *fit, const double *contrast, double level,
                                       VgInference *out, VgError *error);

/** Wald test of `rows` combinations (rows × p, row-major): chi-square / rows (F for gaussian).
 *  @return VG_NOT_ESTIMABLE when the rows are linearly dependent */
VG_MUST_CHECK VgStatus vg_glm_joint_test(const VgGlmFit *fit, const double *contrasts, size_t rows,
                                         VgJointTest *out, VgError *error);

/** The fit as a model that LS means and contrasts can ask (n_coefficients = p). */
VgFittedModel vg_glm_model(const VgGlmFit *fit);

/** Comparison of one arm with the reference in the whole population. For the two ratios `estimate`,
 *  `lower` and `upper` are ratios while `se` and `statistic` belong to their logarithm. */
typedef struct VgMarginalContrast {
    VgInference difference;     /**< risk (mean) difference, arm − reference */
    double difference_se_fixed; /**< its SE for these very participants (X fixed): √(gᵀVg) */
    VgInference ratio;          /**< risk (mean, rate) ratio */
    VgInference odds_ratio;     /**< marginal odds ratio; all NaN but for binomial */
} VgMarginalContrast;

/** Marginal means by arm. Owns its memory in the arena given to vg_glm_marginal. */
typedef struct VgMarginal {
    size_t n_arms;
    size_t reference;  /**< index of the reference arm */
    double n;          /**< sum of weights */
    VgInference *mean; /**< n_arms; binomial: risk, interval on the logit scale; log link: on
                            the log scale; statistic and p NaN */
    VgMarginalContrast *contrast; /**< n_arms; the reference's own entry is all NaN */
} VgMarginal;

/** g-computation (standardisation): everybody's predicted risk under each arm, averaged.
 *
 *  Standard errors come from the influence function, psi_i = (mu_1i − mu_0i − D) + n · gᵀ(XᵀWX)⁻¹
 * x_i s_i, so that participants count as a sample, and stay right when the working model is wrong;
 * sums within clusters when data->cluster is given. A binomial row with weight m counts as m
 * participants. Ratios: delta method on the log scale.
 *  @param x_arm  n_arms matrices n_rows × p: X as it would be with everybody in that arm
 *                (vg_glm_arm_designs makes them)
 *  @return VG_INVALID_INPUT (shapes), VG_NO_MEMORY
 *  Source: METHODS 2.4; Freedman 2008; Steingrimsson 2017; Ye, Bannick, Yi & Shao 2023. */
VG_MUST_CHECK VgStatus vg_glm_marginal(VgArena *arena, const VgGlmData *data, const VgGlmFit *fit,
                                       const VgMatrix *x_arm, size_t n_arms, size_t reference,
                                       double level, VgMarginal *out, VgError *error);

/** The designs vg_glm_marginal asks for: the full-rank columns of all used rows, with the factor
 * `arm` set to each of its levels in turn, interactions and all.
 *  @param arm    the factor's column or its name in the formula ("arm", "factor(arm)")
 *  @param x_arm  gets `n_arms` matrices n_rows × rank, in the order of
 * design->variable[*variable].level
 *  @return VG_INVALID_INPUT (no such factor in the formula), VG_NOT_ESTIMABLE (a participant's risk
 * under an arm is not estimable: the combination does not occur), VG_NO_MEMORY. O(n_arms · n_rows ·
 * p). */
VG_MUST_CHECK VgStatus vg_glm_arm_designs(VgArena *arena, const VgDesign *design, const char *arm,
                                          VgMatrix **x_arm, size_t *n_arms, size_t *variable,
                                          VgError *error);

#ifdef __cplusplus
}
#endif
#endif
