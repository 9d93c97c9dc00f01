/** @file prediction_measures.h
 *  How good are predicted probabilities? Discrimination, accuracy, calibration and use, on plain arrays, and the interval of a
 *  mean over the folds of a repeated cross-validation. docs/methods/prediction.md. */
#ifndef VAGUS_PREDICTION_MEASURES_H
#define VAGUS_PREDICTION_MEASURES_H

#include <vagus/heterogeneity.h>
#include <vagus/inference.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A probability for each person and whether the event came. Predictions must come from people other than these: nothing here
 *  can tell. */
typedef struct VgPredicted {
    size_t n;
    const double *probability; /**< n, 0 to 1 */
    const double *event;       /**< n: 0 or 1 */
    VgClusters clusters;       /**< for the errors of the calibration line and curve */
} VgPredicted;

/** Area under the ROC curve: the share of pairs (one with the event, one without) in which the one with the event has the larger
 *  probability, ties as a half; standard error of DeLong, normal interval, test of 1/2. People are taken as independent. O(n log n).
 *  @return VG_INVALID_INPUT (values out of range), VG_NOT_ESTIMABLE (fewer than two with, or without, the event), VG_NO_MEMORY
 *  Source: DeLong, DeLong & Clarke-Pearson 1988; Sun & Xu 2014. */
VG_MUST_CHECK VgStatus vg_auc(VgArena *scratch, const VgPredicted *predicted, double level,
                              VgInference *auc, VgError *error);

/** The area alone; NaN where all have the event or none has, or memory is short. */
double vg_auc_estimate(VgArena *scratch, const VgPredicted *predicted);

/** Mean of (probability − event)². */
double vg_brier(const VgPredicted *predicted);

/** The share of those with the event among those at or above a cut (true positives) where the share of those without the event
 *  is `false_positive`, between points of the ROC curve by straight lines. One call sorts: O(n log n + n_at).
 *  @param at  n_at ascending shares in [0, 1]; @param true_positive  n_at, filled
 *  @return VG_NOT_ESTIMABLE (all have the event or none has), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_roc_curve(VgArena *scratch, const VgPredicted *predicted,
                                    const double *at, size_t n_at, double *true_positive,
                                    VgError *error);

/** Net benefit per person of acting on those with probability >= threshold, of acting on all, both against acting on nobody (0):
 *  TP/n − FP/n · t/(1 − t), t the threshold in (0, 1). Source: Vickers & Elkin 2006. */
typedef struct VgNetBenefit {
    double model, all;
} VgNetBenefit;
VgNetBenefit vg_net_benefit(const VgPredicted *predicted, double threshold);

/** Logistic regression of the event on logit(probability). Probabilities are kept in 1e-5 … 1 − 1e-5. */
typedef struct VgCalibrationLine {
    VgInference
        in_the_large; /**< intercept with slope 1: 0 = as many events as predicted, above 0: more */
    VgInference slope; /**< 1 = right, below 1: too extreme; all NaN where it cannot be had (equal
                            probabilities, separation) */
} VgCalibrationLine;

/** Normal intervals; errors by cluster where given.
 *  @return VG_NOT_ESTIMABLE (all have the event or none has), VG_NO_MEMORY. Source: Cox 1958; Van Calster 2019. */
VG_MUST_CHECK VgStatus vg_calibration_line(VgArena *scratch, const VgPredicted *predicted,
                                           double level, VgCalibrationLine *line, VgError *error);

/** The observed share as a smooth function of the predicted one: logistic regression on a restricted cubic spline of
 *  logit(probability) with knots at its quantiles .1, .5 and .9 (a line where these are not distinct).
 *  @param at      n_at probabilities; @param logit, se  n_at, filled: logit of the observed share, its standard error
 *  @return VG_NOT_ESTIMABLE (as the line; its slope cannot be had), VG_NO_MEMORY. Source: Harrell 2015; Van Calster 2016. */
VG_MUST_CHECK VgStatus vg_calibration_curve(VgArena *scratch, const VgPredicted *predicted,
                                            const double *at, size_t n_at, double *logit,
                                            double *se, VgError *error);

/** Mean over the J folds of a repeated cross-validation, whose training sets overlap: SE² = (1/J + test/train) s², t on J − 1
 *  degrees of freedom. It is about the model as trained on that many people. NaN values (folds that have none) are left out.
 *  @param test_over_train  people tested over people trained on, in one fold: 1/9 with ten folds
 *  Source: Nadeau & Bengio 2003; Bouckaert & Frank 2004. */
VgInference vg_nadeau_bengio(const double *value, size_t n, double test_over_train, double level);

#ifdef __cplusplus
}
#endif
#endif
