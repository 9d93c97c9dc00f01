/** @file debiased_lasso.h
 *  Estimates and standard errors of single coefficients among many: the lasso with its shrinkage taken out. */
#ifndef VAGUS_DEBIASED_LASSO_H
#define VAGUS_DEBIASED_LASSO_H

#include <vagus/arena.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Nothing is copied into the answer or changed. */
typedef struct VgDebiasedLassoData {
    VgMatrix x;      /**< n × d columns that are penalised */
    const double *y; /**< n */
    VgMatrix
        unpenalised; /**< n × q columns partialled out of both, with the intercept; full rank */
    const size_t *tested; /**< n_tested columns of x; NULL = all */
    size_t n_tested;
} VgDebiasedLassoData;

typedef struct VgDebiasedLasso {
    VgInference *
        answer; /**< per tested column: t with n − q df; NaN where the column depends on the others */
    double sigma;      /**< residual standard deviation by the scaled lasso */
    double lambda;     /**< its penalty, in units of y */
    size_t n_selected; /**< columns that it kept */
} VgDebiasedLasso;

/** b_j = β̂_j + z_j'(y − Xβ̂)/(z_j'x_j), se = σ̂‖z_j‖/|z_j'x_j|: β̂ and σ̂ by the scaled lasso at λ₀ = √(2 log d/(n − q)), z_j the residual of column j in the
 *  scaled lasso on the others at the same λ₀. The bias that is left is at most √(2 log d)·‖β̂ − β‖₁ · ‖z_j‖/|z_j'x_j|.
 *  O(n d² + n_tested · d · passes).
 *  @return VG_INVALID_INPUT (shapes, values not finite), VG_NOT_ESTIMABLE (n − q < 3, y or all columns without variation left),
 *          VG_NO_CONVERGENCE; VG_NO_MEMORY. Source: Zhang & Zhang 2014; Sun & Zhang 2012; van de Geer et al. 2014. METHODS 4.3. */
VG_MUST_CHECK VgStatus vg_debiased_lasso(VgArena *arena, const VgDebiasedLassoData *data,
                                         double level, VgDebiasedLasso *out, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
