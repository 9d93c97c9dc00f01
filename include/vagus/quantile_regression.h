/** @file quantile_regression.h
 *  Linear quantile regression by an exact method. */
#ifndef VAGUS_QUANTILE_REGRESSION_H
#define VAGUS_QUANTILE_REGRESSION_H

#include <stdbool.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One fitted quantile. */
typedef struct VgQuantileFit {
    double tau;
    double *beta;     /**< p coefficients */
    size_t *basis;    /**< p rows that the fit goes through exactly */
    double objective; /**< Σ ρ_τ(y − xβ) */
    size_t pivots;    /**< steps of the simplex method */
    bool unique;      /**< no dual variable at its bound and no other residual at 0 */
} VgQuantileFit;

/** Minimises Σ ρ_τ(y_i − x_i'β), ρ_τ(r) = r(τ − [r < 0]), by the simplex method of Barrodale & Roberts: from vertex to vertex, each
 *  step to the weighted median of the residuals' zeros along the edge. Ties are broken by a perturbation far below the data's own digits,
 *  which the answer does not hold. O(pivots · n (p + log n)).
 *  @param x      n × p, full rank
 *  @param start  p rows to begin at (a neighbouring quantile's basis), or NULL
 *  @return VG_INVALID_INPUT (tau outside 0 … 1, values not finite), VG_NOT_ESTIMABLE (rank below p), VG_NO_CONVERGENCE; VG_NO_MEMORY
 *  Source: Koenker & Bassett 1978; Barrodale & Roberts 1974; Koenker & d'Orey 1987. */
VG_MUST_CHECK VgStatus vg_quantile_regression(VgArena *arena, VgMatrix x, const double *y,
                                              double tau, const size_t *start, VgQuantileFit *fit,
                                              VgError *error);

/** Covariance of the coefficients that lets the spread differ between rows: τ(1 − τ) H⁻¹ X'X H⁻¹, H = Σ f_i x_i x_i', f_i = 2h/(x_i'β(τ + h) −
 *  x_i'β(τ − h)), h by Hall & Sheather (summary.rq's se = "nid").
 *  @param covariance  p × p
 *  @param crossed     rows whose density could not be had (the quantiles cross there); counted as 0
 *  @return as above; VG_NOT_ESTIMABLE: too few rows at that quantile. Source: Hendricks & Koenker 1992. */
VG_MUST_CHECK VgStatus vg_quantile_covariance(VgArena *arena, VgMatrix x, const double *y,
                                              double tau, VgMatrix covariance, size_t *crossed,
                                              VgError *error);

#ifdef __cplusplus
}
#endif
#endif
