/** @file ordinal.h
 *  Regression of an ordered outcome: cumulative logit (proportional odds) or probit. */
#ifndef VAGUS_ORDINAL_H
#define VAGUS_ORDINAL_H

#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgOrdinalLink {
    VG_ORDINAL_LOGIT = 0, /**< proportional odds */
    VG_ORDINAL_PROBIT
} VgOrdinalLink;

/** Nothing is copied or owned. */
typedef struct VgOrdinalData {
    VgMatrix x; /**< n_rows × p without an intercept, [1, X] of full column rank; p may be 0 */
    const int32_t *y; /**< category of each row, 0 … n_categories − 1, each of them occurring */
    size_t n_categories;                  /**< at least 2 */
    const double *weights;                /**< NULL = 1; >= 0, a row of weight w counts w times */
    const char *const *coefficient_label; /**< NULL, or p names for messages */
} VgOrdinalData;

/** Zero-initialised: proportional odds. */
typedef struct VgOrdinalOptions {
    VgOrdinalLink link;
    int max_iterations;  /**< 0 = 200 */
    const double *start; /**< NULL, or p + n_categories − 1 values to start from */
} VgOrdinalOptions;

/** P(Y <= k) = F(cut_k − x beta). Parameters in the order beta, cut. */
typedef struct VgOrdinalFit {
    VgOrdinalLink link;
    size_t p, n_categories, n_used;
    double *parameter; /**< p + n_categories − 1 */
    VgMatrix vcov;     /**< of the parameters: inverse of the observed information */
    double loglik, decrement;
    int iterations;
} VgOrdinalFit;

/** Maximum likelihood by Newton's method with the exact Hessian and step-halving (the log likelihood
 *  is concave). O(n (p + 2)²) an iteration.
 *  @return VG_INVALID_INPUT (shapes, a category outside its range), VG_NOT_ESTIMABLE (a category that no
 *          row of positive weight has; more parameters than rows; X not of full rank: column named;
 *          infinite estimates: the covariates tell the categories apart), VG_NO_CONVERGENCE,
 *          VG_NO_MEMORY. Sign and order as MASS::polr. Source: McCullagh 1980; Pratt 1981. */
VG_MUST_CHECK VgStatus vg_ordinal_fit(VgArena *arena, const VgOrdinalData *data,
                                      const VgOrdinalOptions *options, VgOrdinalFit *fit,
                                      VgError *error);

#ifdef __cplusplus
}
#endif
#endif
