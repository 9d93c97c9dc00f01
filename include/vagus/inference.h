/** @file inference.h
 *  Estimate, standard error, degrees of freedom, test and interval of one linear combination, the shape
 *  in which every fitted model answers, so that LS means and contrasts need not know the model. */
#ifndef VAGUS_INFERENCE_H
#define VAGUS_INFERENCE_H

#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One linear combination. df is +infinity where the normal distribution is used. */
typedef struct VgInference {
    double estimate, se, df, statistic, p, lower, upper;
} VgInference;

/** A test of several linear combinations at once. */
typedef struct VgJointTest {
    double statistic; /**< F (or chi-square / df_numerator when df_denominator is infinite) */
    double df_numerator;
    double df_denominator; /**< +infinity for chi-square */
    double p;
} VgJointTest;

/** A fitted model that can answer for L beta; `fit` is the model's own struct.
 *  `contrast` has n_coefficients entries (full rank columns and aliased ones alike; entries on
 *  aliased columns must be zero or the combination estimable, else VG_NOT_ESTIMABLE). */
typedef struct VgFittedModel {
    const void *fit;
    size_t n_coefficients;
    VgStatus (*contrast)(const void *fit, const double *contrast, double level, VgInference *out,
                         VgError *error);
    /** rows × n_coefficients, row-major */
    VgStatus (*joint)(const void *fit, const double *contrasts, size_t rows, VgJointTest *out,
                      VgError *error);
} VgFittedModel;

#ifdef __cplusplus
}
#endif
#endif
