/** @file false_discovery.h
 *  q-values: p adjusted so that the expected share of false findings stays below a level. */
#ifndef VAGUS_FALSE_DISCOVERY_H
#define VAGUS_FALSE_DISCOVERY_H

#include <stdbool.h>

#include <vagus/arena.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgFalseDiscovery {
    VG_FDR_BH = 0, /**< Benjamini & Hochberg 1995: independent or positively dependent tests */
    VG_FDR_BY,     /**< Benjamini & Yekutieli 2001: any dependence; BH × Σ 1/i */
    VG_FDR_STOREY, /**< BH × the estimated share of true null hypotheses; BH below 200 tests */
    VG_FDR_COUNT
} VgFalseDiscovery;

const char *vg_false_discovery_name(VgFalseDiscovery method); /**< bh, by, storey */
bool vg_false_discovery_from_name(const char *name, VgFalseDiscovery *method);

/** q-values in the order of `p`. NaN (not tested) stays NaN and does not count.
 *  @param q        n entries; may be `p` itself
 *  @param null_share  NULL, or gets the share of true nulls used (1 but for STOREY)
 *  @return VG_INVALID_INPUT (a p outside 0 … 1), VG_NO_MEMORY. O(n log n).
 *  STOREY: #{p >= λ}/(m(1 − λ)) at λ = .05, .10 … .95, smoothed by a cubic smoothing spline of 3 degrees of
 *  freedom and read at .95, as R's qvalue. Source: Storey & Tibshirani 2003; METHODS 3.3. */
VG_MUST_CHECK VgStatus vg_false_discovery(VgArena *arena, VgFalseDiscovery method, size_t n,
                                          const double *p, double *q, double *null_share,
                                          VgError *error);

#ifdef __cplusplus
}
#endif
#endif
