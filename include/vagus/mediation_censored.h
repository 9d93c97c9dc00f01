/** @file mediation_censored.h
 *  Mediation by a marker that is below or above the limits of its assay in some participants. */
#ifndef VAGUS_MEDIATION_CENSORED_H
#define VAGUS_MEDIATION_CENSORED_H

#include <vagus/mediation.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the bounds say, and how well the model fits. */
typedef struct VgMediationCensoring {
    size_t n_below, n_above, n_within; /**< rows with a bound below, above, or between two limits */
    double log_likelihood;             /**< of mediator and outcome together */
} VgMediationCensoring;

/** Linear models M = a'(1, A, C) + e and Y = b'(1, A, C) + β M + ε with normal errors, M known between bounds.
 *
 *  The joint likelihood is that of Y on (1, A, C), all rows, times that of M on (1, A, C, Y) with censored M: least squares and
 *  one censored regression (vg_censored_fit), whose parameters do not meet, and from which α, β and the direct effect follow in closed
 *  form. O(n p²) a step of Newton's method. Without a censored value the estimates are those of least squares.
 *
 *  @param data     `mediator` is looked at only where both bounds are equal to it; covariates complete
 *  @param lower, upper  n bounds (vagus/censored.h)
 *  @param options  linear models without interaction; percentile (refits of resampled units) or delta (observed information)
 *  @param fit      one output; `sensitivity` has no curve
 *  @return as vg_mediation_fit and vg_censored_fit; VG_INVALID_INPUT for other models, intervals, clusters with delta.
 *  Source: Tobin 1958; docs/methods/noisy-mediators.md. */
VG_MUST_CHECK VgStatus vg_mediation_censored_fit(VgArena *arena, const VgMediationData *data,
                                                 const double *lower, const double *upper,
                                                 const VgMediationOptions *options,
                                                 VgMediation *fit, VgMediationCensoring *censoring,
                                                 VgError *error);

/** Rows as vg_mediation_run's. Values of the mediator below `lloq` and above `uloq` are only known to lie there (−infinity,
 *  +infinity: no limit). */
VG_MUST_CHECK VgStatus vg_mediation_censored_run(VgArena *arena, const VgMediationTable *table,
                                                 double lloq, double uloq,
                                                 const VgMediationOptions *options,
                                                 VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
