/* What the files of prediction share. */
#ifndef VG_STRATA_PREDICTION_INTERNAL_H
#define VG_STRATA_PREDICTION_INTERNAL_H

#include <vagus/prediction.h>

#include "numeric/random.h"

/* Probabilities in 0 … 1, events 0 or 1 and both there. */
VG_MUST_CHECK VgStatus vg_prediction_check(const VgPredicted *predicted, VgError *error);

/* The test of an area is against one half; its interval stays within 0 … 1. */
void vg_prediction_against_chance(VgInference *area);

/* One model to learn: from whom, from which blocks, for whom. */
typedef struct VgPredictionTask {
    const VgPredictionData *data;
    const VgPredictionOptions *options; /* resolved */
    const bool *use;                    /* n_blocks */
    const size_t *train, *test;         /* rows of data */
    size_t n_train, n_test;
    VgRandom random; /* start of the task's own sequence */
    uint64_t seed;   /* of its forest */
} VgPredictionTask;

/* Probability of the event of each test row under each arm, into `out` (n_test × arms). */
VG_MUST_CHECK VgStatus vg_prediction_net(const VgPredictionTask *task, VgArena *scratch,
                                         VgMatrix out, VgError *error);
VG_MUST_CHECK VgStatus vg_prediction_forest(const VgPredictionTask *task, VgArena *scratch,
                                            VgMatrix out, VgError *error);

/* Deals folds to rows (n_rows indices into data): clusters whole, within event. `fold` has an entry for each of the
 * rows. */
VG_MUST_CHECK VgStatus vg_prediction_deal(VgArena *scratch, const VgPredictionData *data,
                                          const size_t *row, size_t n_rows, size_t folds,
                                          VgRandom *random, int32_t *fold, VgError *error);

/* Clusters (or rows) that hold rows with the event (1) or without it (0). */
VG_MUST_CHECK VgStatus vg_prediction_units(VgArena *scratch, const VgPredictionData *data,
                                           double event, size_t *units, VgError *error);

/* n probabilities of a model on a set in one repeat. */
const double *vg_prediction_of(const VgPrediction *prediction, size_t model, size_t set,
                               size_t repeat);

#endif
