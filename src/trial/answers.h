/* What a fitted linear model says about a trial: coefficients, LS means, contrasts, effect sizes,
 * joint tests. */
#ifndef VG_TRIAL_ANSWERS_H
#define VG_TRIAL_ANSWERS_H

#include "trial/data.h"

/* A standard deviation to express a difference in, per visit of the data. */
typedef struct VgStandardDeviation {
    double *sd;       /* n_visits */
    double df;        /* behind it */
    const char *note; /* "baseline SD pooled over arms …" */
} VgStandardDeviation;

/* Writes all rows; notes in `run` which row answers the plan.
 * @param model     over the design's columns, all of them or the independent ones
 * @param standard  NULL = no effect sizes
 * @param repeated  LS means by arm and visit, else by arm at data->visit[0] */
VgStatus vg_trial_answers(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                          const VgDesign *design, const VgFittedModel *model,
                          const VgStandardDeviation *standard, VgTrialRun *run, VgError *error);

/* The baseline's standard deviation, pooled within arms over the participants analysed. `sd` is NaN
 * without one. */
VgStatus vg_trial_baseline_sd(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                              const VgTrialRun *run, VgStandardDeviation *standard, VgError *error);

/* Residuals with their normal quantiles: dataset "residuals". All arrays are in the order of
 * design's rows. */
VgStatus vg_trial_residuals(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                            const VgDesign *design, const double *fitted, const double *response,
                            const double *normalised, VgError *error);

/* Facts that every model has: n_subjects, n_observations, n_dropped, n_without_outcome, formula. */
void vg_trial_counts(VgTrial *trial, const VgAnalysis *analysis, const VgTrialRun *run);

#endif
