/** @file indirect_power.h
 *  How small an indirect effect a trial could have seen. */
#ifndef VAGUS_INDIRECT_POWER_H
#define VAGUS_INDIRECT_POWER_H

#include <vagus/channels.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Probability that both arrows of an indirect effect differ from nought at `1 − level`, two-sided (joint significance).
 *
 *  The two t tests are independent given the design; each statistic is noncentral t about arrow/se.
 *  @param alpha, beta  arrows as the analysis sees them (β of a noisy mediator is the weakened one)
 *  @param df_alpha, df_beta  +infinity: normal quantiles
 *  Source: MacKinnon et al. 2002; Kenny & Judd 2014. */
double vg_joint_significance_power(double alpha, double se_alpha, double df_alpha, double beta,
                                   double se_beta, double df_beta, double level);

/** Smallest |αβ| that joint significance finds with probability `power`, over all divisions between the two arrows.
 *
 *  The least product has both arrows found with probability √power, δ_α δ_β se_α se_β / kept with δ the noncentralities that
 *  takes (for large samples 1.96 + Φ⁻¹(√power) each: 10.3 se_α se_β for power 0.8). An effect whose arrows are less even must be larger.
 *  @param kept  share of β that measurement error leaves (the conditional reliability of a single mediator); 1: the
 *               effect as measured. The errors are those of the arrows as measured.
 *  @return NaN where an argument is out of range (power at most the product of both levels is no question) */
double vg_detectable_indirect(double se_alpha, double df_alpha, double se_beta, double df_beta,
                              double kept, double level, double power);

/** The same of a term of an analysis of several mediators, in the unit of the outcome; corrected: of the effect that
 *  error-free markers would show, where the analysis corrects for measurement error. NaN with clusters
 *  (the arrows' errors take rows for independent). */
double vg_channels_detectable(const VgChannels *fit, size_t term, bool corrected, double level,
                              double power);

#ifdef __cplusplus
}
#endif
#endif
