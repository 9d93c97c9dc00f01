/** @file proportions.h
 *  Two-by-two tables and event rates: proportions, risk difference, risk ratio, odds ratio, number
 * needed to treat, exact Poisson rates. Contrasts are active (1) against reference (0). */
#ifndef VAGUS_PROPORTIONS_H
#define VAGUS_PROPORTIONS_H

#include <stdbool.h>

#include <vagus/inference.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgProportionMethod {
    VG_PROPORTION_WILSON = 0,     /**< score interval (Wilson 1927), no continuity correction */
    VG_PROPORTION_CLOPPER_PEARSON /**< exact (Clopper & Pearson 1934) */
} VgProportionMethod;

/** events/n with its interval; se is √(p(1 − p)/n); statistic and p are NaN, df infinite.
 *  @return VG_INVALID_INPUT (n = 0, events > n, not whole numbers, level outside 0 … 1) */
VG_MUST_CHECK VgStatus vg_proportion(double events, double n, double level,
                                     VgProportionMethod method, VgInference *out, VgError *error);

/** Events and participants, active arm (1) and reference arm (0). */
typedef struct VgTwoByTwo {
    double events_1, n_1;
    double events_0, n_0;
} VgTwoByTwo;

typedef enum VgRiskDifferenceMethod {
    VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN = 0, /**< score, variance × N/(N − 1) */
    VG_RISK_DIFFERENCE_NEWCOMBE,               /**< hybrid of two Wilson intervals (method 10) */
    VG_RISK_DIFFERENCE_WALD
} VgRiskDifferenceMethod;

/** p1 − p0, on the scale 0 … 1. se is the unpooled Wald standard error. statistic and p: Miettinen–Nurminen and
 * Newcombe the score test of equal risks (pooled variance, × N/(N − 1) for the former), Wald its
 * own; NaN when nobody or everybody has the event. Source: Miettinen & Nurminen 1985; Newcombe
 * 1998.
 *  @return VG_INVALID_INPUT (an arm without participants, more events than participants, not whole numbers, level),
 *          VG_NO_CONVERGENCE (no limit of the score interval) */
VG_MUST_CHECK VgStatus vg_risk_difference(const VgTwoByTwo *table, double level,
                                          VgRiskDifferenceMethod method, VgInference *out,
                                          VgError *error);

typedef enum VgRatioMethod {
    VG_RATIO_SCORE = 0, /**< Miettinen–Nurminen score interval; upper may be +infinity */
    VG_RATIO_LOG_WALD   /**< normal on the log scale; undefined with a zero cell */
} VgRatioMethod;

/** p1/p0. estimate and limits are ratios, se belongs to the logarithm (infinite with a zero cell).
 *  @return VG_NOT_ESTIMABLE when no one has the event, or (log-Wald) an arm has none */
VG_MUST_CHECK VgStatus vg_risk_ratio(const VgTwoByTwo *table, double level, VgRatioMethod method,
                                     VgInference *out, VgError *error);

/** Odds ratio, conventions as vg_risk_ratio.
 *  @return VG_NOT_ESTIMABLE when nobody or everybody has the event, or (log-Wald) a cell is empty
 */
VG_MUST_CHECK VgStatus vg_odds_ratio(const VgTwoByTwo *table, double level, VgRatioMethod method,
                                     VgInference *out, VgError *error);

/** Number needed to treat. NNT = 1/RD: the interval of RD is turned over, and where that holds 0
 * the NNT runs from benefit through infinity to harm (Altman 1998). */
typedef struct VgNnt {
    double estimate;       /**< |1/RD|; +infinity when RD = 0 */
    bool benefit;          /**< the estimate is in the direction of benefit (NNTB), else NNTH */
    bool through_infinity; /**< the interval of RD holds 0 */
    double limit_benefit;  /**< most favourable limit as a number needed, > 0; NaN when that end of
                              the  interval is no benefit */
    double limit_harm;     /**< least favourable limit, when it is harm; else NaN */
    double lower,
        upper; /**< interval of the NNT when it is of one sign (lower < upper), else NaN */
} VgNnt;

/** @param risk_difference  estimate, lower, upper are used; active − reference
 *  @param event_is_benefit true for response or remission, false for an adverse event
 *  @return VG_INVALID_INPUT when a limit is NaN or the estimate lies outside them */
VG_MUST_CHECK VgStatus vg_nnt(const VgInference *risk_difference, bool event_is_benefit, VgNnt *out,
                              VgError *error);

/** The words: "NNTB 5.0 (95% CI NNTB 2.6 to 48)", or
 *  "NNTB 10 (95% CI NNTB 3.4 to infinity to NNTH 11)". Written to `text` (`size` bytes), always terminated. */
void vg_nnt_words(const VgNnt *nnt, double level, char *text, size_t size);

/** events/exposure with the exact Poisson interval ½χ²(α/2; 2d)/T, ½χ²(1 − α/2; 2d + 2)/T (Garwood
 * 1936). se = √d/T; statistic and p NaN. An incidence rate adjusted for exposure when exposure is
 * person-time.
 *  @return VG_INVALID_INPUT (exposure <= 0, events not a whole number) */
VG_MUST_CHECK VgStatus vg_rate(double events, double exposure, double level, VgInference *out,
                               VgError *error);

/** (d1/T1)/(d0/T0) with the exact interval that conditions on d1 + d0 (Clopper–Pearson); p as R's
 * poisson.test (all outcomes no more probable than the one seen). se of the logarithm is √(1/d1 +
 * 1/d0); statistic is NaN.
 *  @return VG_INVALID_INPUT, VG_NOT_ESTIMABLE when there is no event at all */
VG_MUST_CHECK VgStatus vg_rate_ratio(double events_1, double exposure_1, double events_0,
                                     double exposure_0, double level, VgInference *out,
                                     VgError *error);

/** 1 − (1 − level)^{1/n}: upper one-sided limit of a risk when none of n had the event ("rule of
 * three", exact). */
double vg_zero_events_upper(double n, double level);

#ifdef __cplusplus
}
#endif
#endif
