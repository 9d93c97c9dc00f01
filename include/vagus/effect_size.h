/** @file effect_size.h
 *  Differences in standard deviations: Cohen's d and Hedges' g. Say which SD divides. */
#ifndef VAGUS_EFFECT_SIZE_H
#define VAGUS_EFFECT_SIZE_H

#include <stdbool.h>

#include <vagus/inference.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Pooled standard deviation of n_groups groups: √(Σ(n_k − 1)s_k² / Σ(n_k − 1)); *df = Σ(n_k − 1).
 *  Groups with n < 2 bring nothing.
 *  @param n, sd  n_groups sizes and standard deviations, the latter in the outcome's unit, as is *pooled
 *  @return VG_NOT_ESTIMABLE when no group has two values or nothing varies. */
VG_MUST_CHECK VgStatus vg_pooled_sd(const double *n, const double *sd, size_t n_groups,
                                    double *pooled, double *df, VgError *error);

/** A model's difference divided by a standard deviation: d = estimate/sd,
 *  SE = √(SE_δ²/sd² + d²/(2 df_sd)) (delta method, the SD estimated apart on df_sd degrees of
 * freedom). The interval is d ± t(difference->df) · SE; statistic and p are those of the difference
 * itself.
 *  @param hedges multiplies d, SE and limits by J(df_sd), Hedges' exact correction
 *  @param df_sd  +infinity when the SD is known
 *  @return VG_INVALID_INPUT (sd or df_sd <= 0). Source: METHODS 2.2; Hedges 1981. */
VG_MUST_CHECK VgStatus vg_standardised_difference(const VgInference *difference, double sd,
                                                  double df_sd, bool hedges, double level,
                                                  VgInference *out, VgError *error);

/** Two independent groups without covariates: d = (mean_1 − mean_0)/pooled SD, interval exact by
 * inverting the noncentral t (MBESS::ci.smd), SE = √(1/n1 + 1/n0 + d²/(2(n1 + n0 − 2))). With
 * `hedges` all are multiplied by J.
 *  @return VG_INVALID_INPUT (n < 2, sd < 0, both 0), VG_NO_CONVERGENCE (noncentrality beyond 37:
 * libRmath's limit). Source: Hedges 1981; Steiger & Fouladi 1997. */
VG_MUST_CHECK VgStatus vg_standardised_difference_two_groups(double n_1, double mean_1, double sd_1,
                                                             double n_0, double mean_0, double sd_0,
                                                             bool hedges, double level,
                                                             VgInference *out, VgError *error);

/** Noncentralities whose t distribution on df has `t` at its upper and lower (1 − level)/2 point.
 *  @return VG_INVALID_INPUT (df, level, infinite t), VG_NO_CONVERGENCE when one lies beyond 37, libRmath's limit. Source: Steiger & Fouladi 1997. */
VG_MUST_CHECK VgStatus vg_noncentral_t_interval(double t, double df, double level, double *lower,
                                                double *upper, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
