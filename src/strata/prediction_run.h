/* What the files of one run of prediction share. */
#ifndef VG_STRATA_PREDICTION_RUN_H
#define VG_STRATA_PREDICTION_RUN_H

#include "strata/prediction_internal.h"

typedef struct VgPredictionRun {
    VgArena *arena;
    const VgPredictionData *data;
    const VgPredictionPlan *plan;
    VgResult *result;
    double level;
    VgPrediction fit;
    VgPredictionQuality *quality; /* n_models × n_sets */
    VgPredictionGain *gain;       /* the same; those of the clinical set unused */
    double *q;                    /* the same: p of the gain in AUC, Holm over a model's sets */
} VgPredictionRun;

static inline size_t vg_prediction_at(const VgPredictionRun *run, size_t model, size_t set)
{
    return model * run->fit.n_sets + set;
}

/* The layer that a set adds: its own name, or `all layers`. */
const char *vg_prediction_layer(const VgPredictionRun *run, size_t set);

/* prediction_rows.c */
void vg_prediction_rows(const VgPredictionRun *run);
/* prediction_curves.c: calibration, decision and ROC curves, probabilities of people. */
VG_MUST_CHECK VgStatus vg_prediction_curves(const VgPredictionRun *run, VgError *error);
/* prediction_words.c */
void vg_prediction_words(const VgPredictionRun *run);

#endif
