/** @file elastic_net.h
 *  Penalised regression (lasso, ridge and between) along a path of penalties, and its cross-validation. */
#ifndef VAGUS_ELASTIC_NET_H
#define VAGUS_ELASTIC_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgElasticNetFamily {
    VG_ELASTIC_NET_GAUSSIAN = 0,
    VG_ELASTIC_NET_BINOMIAL /**< logistic */
} VgElasticNetFamily;

/** Nothing is copied into the answer or changed; the arrays need outlive only the call. */
typedef struct VgElasticNetData {
    VgMatrix x;            /**< n × p, without intercept; finite */
    const double *y;       /**< n; binomial: 0 or 1, or a share between */
    const double *weights; /**< n, not negative; NULL = 1. Only their proportions count */
    const double *offset;  /**< n; NULL = 0 */
} VgElasticNetData;

/** Zero-initialised: lasso, gaussian, standardised, intercept, 100 penalties (as glmnet's defaults). */
typedef struct VgElasticNetOptions {
    VgElasticNetFamily family;
    double ridge_share; /**< 1 − α: 0 = lasso, 1 = ridge */
    const double
        *penalty_factor; /**< p: λ is multiplied by it (after scaling to sum p); 0 = unpenalised,
                                       INFINITY = left out; NULL = 1 */
    const double *lower, *upper; /**< p limits, lower <= 0 <= upper; NULL = none */
    bool no_intercept, no_standardise;
    const double *lambda;    /**< n_lambda penalties, falling; NULL = the automatic path */
    size_t n_lambda;         /**< 0 = 100 */
    double lambda_min_ratio; /**< of the automatic path; 0 = 1e-4, or 1e-2 when n < p */
    bool whole_path;         /**< do not stop where the fit no longer gains (as glmnet does) */
    double
        threshold; /**< a cycle's largest gain, as a share of the null deviance, to stop at; 0 = 1e-7 */
    size_t max_cycles; /**< over the whole path; 0 = 100000 */
} VgElasticNetOptions;

/** The fit at one penalty. Coefficients are on the scale of x and y; those not listed are 0. */
typedef struct VgElasticNetPoint {
    double lambda, intercept;
    double deviance_ratio; /**< share of the null deviance explained */
    size_t n_nonzero;
    size_t *feature; /**< n_nonzero, ascending: columns of x */
    double *value;   /**< n_nonzero */
} VgElasticNetPoint;

typedef struct VgElasticNetPath {
    VgElasticNetFamily family;
    size_t p, n_points;
    VgElasticNetPoint *point; /**< by falling λ */
    double null_deviance;     /**< with the intercept and offset alone, of the weights as given */
    size_t cycles;            /**< passes over coefficients, all points together */
} VgElasticNetPath;

/** Minimises ½ Σ w (y − β₀ − x'β)² (binomial: − Σ w log-likelihood), Σ w = 1, + λ Σ_j f_j [(1 − α)/2 β_j² + α|β_j|] at every λ of the
 *  path, by cyclic coordinate descent with warm starts, over a working set that the strong rule proposes and the optimality
 *  conditions of all columns confirm. Gradients are kept by cross-products (covariance updates) while the working set is small
 *  against n, else by residuals. Columns are standardised with the 1/n standard deviation and the gaussian y too, as glmnet does:
 *  so for 0 < ridge_share < 1 the ridge part of the penalty is λ(1 − α)/(2 SD(y)) β² in units of y. Constant columns get 0.
 *  One pass costs O(members · changed) or O(n · members), a check of all columns O(n p).
 *
 *  @return VG_INVALID_INPUT (shapes, values not finite, limits that exclude 0, negative weights or factors), VG_NOT_ESTIMABLE (constant
 *          y; every column unpenalised), VG_NO_CONVERGENCE (max_cycles), VG_NO_MEMORY.
 *  Source: Friedman, Hastie & Tibshirani 2010; Tibshirani et al. 2012 (strong rules). METHODS 6. */
VG_MUST_CHECK VgStatus vg_elastic_net_fit(VgArena *arena, const VgElasticNetData *data,
                                          const VgElasticNetOptions *options,
                                          VgElasticNetPath *path, VgError *error);

/** The coefficients at any penalty, by straight lines between the points (the ends beyond them), as glmnet's predict.
 *  @param beta  p, filled; @param intercept  filled */
void vg_elastic_net_at(const VgElasticNetPath *path, double lambda, double *intercept,
                       double *beta);

/** The linear predictor of rows of x (m × p) at one point, offset not included; `out` has m entries. */
void vg_elastic_net_predict(const VgElasticNetPoint *point, VgMatrix x, double *out);

/** What leaving folds out says of each penalty. */
typedef struct VgElasticNetValidation {
    VgElasticNetPath path; /**< fitted to all rows */
    double *error;         /**< per point: mean squared error; binomial: mean deviance */
    double *se;            /**< per point: standard error of that mean over the folds */
    VgMatrix
        predictor; /**< n × points: linear predictor (offset included) of each row by the fit without its fold */
    size_t best;     /**< point of the least error ("lambda.min") */
    size_t simplest; /**< largest penalty within one standard error of it ("lambda.1se") */
} VgElasticNetValidation;

/** Cross-validation with given folds, each fitted at the penalties of all rows' path and standardised by itself. Errors are means of
 *  the folds' means, weighted by the folds' weights; with fewer than three rows a fold, of rows. A deviance takes probabilities in
 *  1e-5 … 1 − 1e-5. Rows of one participant belong in one fold.
 *  @param fold     n, 0 … n_folds − 1, each with rows
 *  @param threads  0 = as many as there are processors; the bits do not depend on it
 *  @return as vg_elastic_net_fit, also of a fold (VG_NOT_ESTIMABLE: "replicate 2: …", the fold); VG_INVALID_INPUT (folds).
 *  Conventions of cv.glmnet with its lambda given. O(n_folds) paths. */
VG_MUST_CHECK VgStatus vg_elastic_net_cross_validate(VgArena *arena, const VgElasticNetData *data,
                                                     const VgElasticNetOptions *options,
                                                     const int32_t *fold, size_t n_folds,
                                                     int threads, VgElasticNetValidation *out,
                                                     VgError *error);

#ifdef __cplusplus
}
#endif
#endif
