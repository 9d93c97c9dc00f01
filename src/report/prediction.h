/* What figures and pages look up in the rows of `plan: prediction`: events predicted by models from sets of layers, and
 * the individual outcomes. */
#ifndef VG_REPORT_PREDICTION_H
#define VG_REPORT_PREDICTION_H

#include "report/view.h"

enum { VG_PREDICTED_MODELS = 4 };

/* One event (response, remission) of an analysis. */
typedef struct VgPredictedEvent {
    const VgViewAnalysis *analysis;
    const char *name;                       /* as in datasets */
    const char *model[VG_PREDICTED_MODELS]; /* n_models, as in rows */
    size_t n_models;
    const char *all; /* the set of all predictors that were given: "all layers", "clinical" */
    size_t number;   /* among the events of the analysis, from 0 */
} VgPredictedEvent;

bool vg_is_prediction(const VgViewAnalysis *analysis);
/* Its events in their order, in the arena; 0 when there is none (or memory is short, which the arena tells). */
size_t vg_predicted_events(const VgView *view, const VgViewAnalysis *analysis,
                           VgPredictedEvent **event);
/* Whether a row of a dataset is of this event, model and set; NULL asks for nothing. */
bool vg_predicted_row(const VgDataset *dataset, size_t row, const VgPredictedEvent *event,
                      const char *model, const char *layers);
/* The row of a quantity of this event (not of one arm); NULL when there is none. */
const VgEstimate *vg_predicted_estimate(const VgView *view, const VgPredictedEvent *event,
                                        const char *quantity, const char *model,
                                        const char *layers);
/* The same, number `k` of the layers that were added. */
const VgEstimate *vg_predicted_gain(const VgView *view, const VgPredictedEvent *event,
                                    const char *quantity, const char *model, size_t k);
/* "prediction-KIND-ANALYSIS-N", of one event; without event of the whole analysis. */
const char *vg_predicted_id(const VgView *view, const VgViewAnalysis *analysis,
                            const VgPredictedEvent *event, const char *kind);

/* Intervals of people under one arm, or of the difference to the reference (then `difference`). */
typedef struct VgIntervalPerson {
    const char *name;
    double predicted, lower, upper, observed; /* ∓INFINITY: no end; NaN: not observed */
} VgIntervalPerson;
/* Sorted by what is predicted. 0 when there is none. */
size_t vg_interval_people(const VgView *view, const VgViewAnalysis *analysis, const char *arm,
                          bool difference, VgIntervalPerson **person);
/* The outcome of an analysis; NULL when it is not known. */
const VgViewOutcome *vg_predicted_outcome(const VgView *view, const VgViewAnalysis *analysis);

#endif
