/* The rows of one analysis, assembled straight from the participants × visits matrix. */
#ifndef VG_TRIAL_DATA_H
#define VG_TRIAL_DATA_H

#include "trial/plan.h"

/* A table in memory with the columns arm, visit, baseline, value, change and response (what is
 * modelled), the outcome's own name, and every column of the participants table, one row per value.
 */
typedef struct VgTrialData {
    VgTable table;
    size_t *participant; /* per row */
    size_t *row_visit;   /* per row: index into `visit` */
    size_t n_visits;
    size_t *visit;           /* indices into study->visit, in order */
    const char **visit_name; /* n_visits */
    size_t n_arms;
    size_t *arm;           /* indices into study->arm: the reference first, then as declared */
    const char **arm_name; /* n_arms */
    size_t n_without;      /* in the set, but without a value */
    double *binary;        /* NULL, or n_participants: what to model instead of the outcome */
} VgTrialData;

/* All visits after baseline (`visit` = SIZE_MAX) or one. With `binary` (n_participants, NaN =
 * absent) there is one row per participant who has a binary value, and response is that value. Arms
 * and visits without any row are left out; an arm without a value at a visit that other arms have
 * is VG_NOT_ESTIMABLE. */
VgStatus vg_trial_data(VgTrial *trial, const VgAnalysis *analysis, size_t visit, double *binary,
                       VgTrialData *data, VgError *error);

/* The design of the analysis: its explicit model, or response ~ arm * visit + covariates (one
 * visit: arm + covariates). Counts into `run` who was analysed and who was left out, and warns
 * about those. */
VgStatus vg_trial_design(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                         bool repeated, VgTrialRun *run, VgDesign **design, VgError *error);

#endif
