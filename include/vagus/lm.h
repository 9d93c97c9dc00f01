/** @file lm.h
 *  The linear model: (weighted) least squares with classical, heteroscedasticity-consistent or
 *  cluster-robust standard errors. */
#ifndef VAGUS_LM_H
#define VAGUS_LM_H

#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/design.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where standard errors come from. HC as R's sandwich::vcovHC, CR as clubSandwich::vcovCR. */
typedef enum VgLmCovariance {
    VG_LM_CLASSICAL = 0, /**< sigma² (X'WX)⁻¹ */
    VG_LM_HC0,           /**< squared residuals (White 1980) */
    VG_LM_HC1,           /**< HC0 × n / (n − p) */
    VG_LM_HC2,           /**< squared residuals / (1 − leverage) */
    VG_LM_HC3,           /**< squared residuals / (1 − leverage)² */
    VG_LM_CR0,           /**< by cluster, no correction (Liang & Zeger 1986) */
    VG_LM_CR2,           /**< by cluster, bias-reduced (Bell & McCaffrey 2002, identity target) */
    VG_LM_CR3            /**< by cluster, leave one cluster out (jackknife) */
} VgLmCovariance;

/** "classical", "hc0", …: the name used in options and results. A static text. */
const char *vg_lm_covariance_name(VgLmCovariance covariance);

/** Zero-initialised means: unweighted, classical. */
typedef struct VgLmOptions {
    VgLmCovariance covariance;
    /** per used row, >= 0, proportional to 1/variance; rows of weight 0 do not count */
    const double *weights;
    const int32_t *cluster; /**< per used row, 0 … n_clusters − 1; needed for CR0, CR2, CR3 */
    size_t n_clusters;
} VgLmOptions;

/** A fitted linear model. Arrays of p have NaN at aliased columns. All memory is the arena's. */
typedef struct VgLm {
    const VgDesign *design;
    VgLmCovariance covariance;
    size_t n;            /**< rows of positive weight */
    size_t n_clusters;   /**< clusters with rows; 0 unless CR */
    size_t rank;         /**< coefficients estimated */
    double *coefficient; /**< p */
    double *se;          /**< p, by `covariance` */
    double *df;          /**< p: n − rank; for CR Satterthwaite (as clubSandwich::coef_test) */
    VgMatrix vcov;       /**< rank × rank over design->independent, by `covariance` */
    double sigma;        /**< residual standard deviation */
    double residual_ss;  /**< weighted */
    double df_residual;  /**< n − rank */
    double r_squared, adjusted_r_squared;
    VgJointTest overall; /**< F of all terms against the intercept (classical); NaN without terms */
    double log_likelihood, aic, bic; /**< as R's logLik(lm): ML, sigma counts as a parameter */
    double *fitted;                  /**< n_rows, offset included */
    double *residual;                /**< n_rows: y − fitted, unweighted */
    double *leverage;                /**< n_rows */
    double *cook;                    /**< n_rows: Cook's distance */
    int refinements;                 /**< steps of iterative refinement taken */
    const struct VgLmParts *parts;   /**< private */
} VgLm;

/** Fits by Householder QR with iterative refinement in twice the working precision. O(n p²).
 *  @param design  with a response; rows whose response is missing are refused
 *  @return VG_INVALID_INPUT (no response, constant outcome, bad weights, CR without clusters),
 *          VG_NOT_ESTIMABLE (no residual degrees of freedom; leverage 1 with HC2 or HC3; one cluster;
 *          a cluster that CR3 cannot leave out), VG_NO_MEMORY
 *  Source: Björck 1967, BIT 7:257; MacKinnon & White 1985; Bell & McCaffrey 2002;
 *  Pustejovsky & Tipton 2018. */
VG_MUST_CHECK VgStatus vg_lm_fit(VgArena *arena, const VgDesign *design, const VgLmOptions *options,
                                 VgLm **fit, VgError *error);

/** The fit as something that answers for L beta (inference.h). t with n − rank df; for CR Satterthwaite df, and
 *  the joint test is the Wald F with clusters − 1 df (clubSandwich "Naive-F"). Offsets are not part of L beta. */
VgFittedModel vg_lm_model(const VgLm *fit);

/** Several combinations at once in small samples: Hotelling's T² with the degrees of freedom of Pustejovsky & Tipton (clubSandwich
 *  "HTZ", identity target). Where every row is its own cluster, CR2 is HC2.
 *  @param contrasts  `rows` independent rows of p
 *  @param out        NaN where clusters are too few for that many combinations
 *  @return VG_INVALID_INPUT (not a CR fit), VG_NOT_ESTIMABLE (a combination), VG_NO_MEMORY. O(rows² clusters p²).
 *  Source: Pustejovsky & Tipton 2018. */
VG_MUST_CHECK VgStatus vg_lm_hotelling_test(const VgLm *fit, const double *contrasts, size_t rows,
                                            VgJointTest *out, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
