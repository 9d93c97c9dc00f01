/** @file measured.h
 *  Whether measurements (concentrations, NPX, scores) changed differently between the arms of a trial: the contrast arm ×
 *  visit of every analyte of a layer, adjusted for its own baseline, with values beyond the limits of the assay kept as
 *  censored. */
#ifndef VAGUS_MEASURED_H
#define VAGUS_MEASURED_H

#include <vagus/censored.h>
#include <vagus/inference.h>
#include <vagus/mmrm.h>
#include <vagus/panel_layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The model behind the contrast; both estimate the same difference. */
typedef enum VgMeasuredModel {
    VG_MEASURED_MMRM =
        0, /**< value ~ arm × visit + own baseline × visit + covariates, unstructured */
    /** baseline among the outcomes, arms alike there, a random intercept: one factorisation for all analytes */
    VG_MEASURED_SHARED
} VgMeasuredModel;

/** Participants × places (the baseline first, then the visits) of every analyte. Nothing is owned. */
typedef struct VgMeasuredData {
    size_t n, n_arms, n_visits; /**< visits after baseline */
    const size_t *arm;          /**< n, below n_arms; 0 = the reference */
    bool baseline;              /**< place 0 is the baseline; else there is none */
    VgMatrix covariate;         /**< n × c, no NaN, no constant; c may be 0 */
    size_t n_analytes;
    /** bounds of participant i, place t, analyte j at i + n (t + places j); NaN = missing. Concentrations as logarithms */
    const double *lower, *upper;
    /** NULL, or of each analyte the base of its scale: e, 2; 0 = no logarithms (for the substitution rules) */
    const double *log_base;
    const char *const *analyte; /**< names: each has random numbers of its own by its name */
} VgMeasuredData;

/** Zero-initialised: MMRM, imputation, 20 of them, seed 1, level 0.95. */
typedef struct VgMeasuredOptions {
    VgMeasuredModel model;
    VgCensoredRule censored;
    size_t imputations;
    uint64_t seed;
    double level;
    int threads; /**< the bits do not depend on it */
} VgMeasuredOptions;

/** One contrast: an arm against the reference at a visit. */
typedef struct VgMeasuredAnswer {
    VgInference inference; /**< NaN where there is none */
    bool detection; /**< log odds ratio of being within the limits (more than 70 % are not) */
    bool above;     /**< … of being above the upper limit */
    double imputed; /**< share of the variance that is due to imputation */
    size_t n;       /**< participants of the two arms with a value at the visit */
} VgMeasuredAnswer;

typedef struct VgMeasuredResult {
    size_t n_analytes, n_arms, n_visits, places;
    VgCensoredCell *cell; /**< analytes × places × arms: counts, shares, verdicts; no means */
    VgMeasuredAnswer *contrast; /**< analytes × visits × (arms − 1) */
    /** analytes × visits × arms: adjusted means at the mean baseline and covariates; NaN where there is none */
    VgInference *mean;
    size_t *imputed;          /**< analytes: values that were imputed or substituted */
    VgCovariance *covariance; /**< analytes (MMRM): the structure in the end used */
    bool *mean_scale;         /**< analytes: some visit was analysed on the scale of means */
    const char **failed; /**< analytes: NULL, or why there are no contrasts on the scale of means */
} VgMeasuredResult;

/** Contrasts of all analytes.
 *
 *  Only censored values are imputed; what was not measured stays missing, so that an analyte without censored values gets
 *  the plain model. Imputations are drawn jointly over baseline and visits given arm and covariates (vg_censored_impute); each completed data set is
 *  analysed and the answers pooled (vg_rubin) with the mean of their degrees of freedom as those of complete data. A
 *  visit at which more than 70 % of an arm's values are censored is analysed as detected or not (logistic, Firth, adjusted
 *  for detection at baseline); so is every visit when the baseline is such.
 *  @return VG_INVALID_INPUT (shapes, an arm or level out of range), VG_NO_MEMORY; what an analyte cannot bear is told in
 *          `failed`. Source: METHODS 1.1, 2.1, 2.3, 3.1; Liang & Zeger 2000 (the shared model). */
VG_MUST_CHECK VgStatus vg_measured_contrasts(VgArena *arena, const VgMeasuredData *data,
                                             const VgMeasuredOptions *options,
                                             VgMeasuredResult *out, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
