/** @file rubin.h
 *  Pooling of the analyses of multiply imputed data. */
#ifndef VAGUS_RUBIN_H
#define VAGUS_RUBIN_H

#include <stddef.h>

#include <vagus/inference.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rubin's rules. */
typedef struct VgPooled {
    double estimate, se, df, lower, upper;
    double within, between; /**< mean variance, variance of the estimates */
    double missing; /**< (1 + 1/m) between / total: share of the variance due to missing values */
} VgPooled;

/** Pools m estimates. df after Barnard & Rubin 1999: those of Rubin 1987 exceed the complete data's.
 *  @param df_complete  degrees of freedom with complete data; +infinity gives Rubin's 1987
 *  @return VG_INVALID_INPUT: m < 2, a variance that is not positive, df_complete not positive */
VG_MUST_CHECK VgStatus vg_rubin(const double *estimate, const double *variance, size_t m,
                                double df_complete, double level, VgPooled *pooled, VgError *error);

/** The same as every fitted model answers: with t and its p. */
VgInference vg_pooled_inference(const VgPooled *pooled);

#ifdef __cplusplus
}
#endif
#endif
