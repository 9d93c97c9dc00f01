/* What `plan: prediction` adds to a result: `vg_conformal_run` on simulated arrays, and made-up rows of what models and
 * layers are worth. */
#ifndef VG_TESTS_FIXTURE_PREDICTION_H
#define VG_TESTS_FIXTURE_PREDICTION_H

#include <vagus/result.h>

typedef enum FixturePrediction {
    PREDICTION_HELPS = 0, /* two events, two models, three layers; one layer helps */
    PREDICTION_USELESS    /* one event, one model, no layer; too few people for intervals */
} FixturePrediction;

/* The analysis "prediction" of the arms, visits and outcome of fixture_result. False when it could not be made. */
bool fixture_prediction(VgArena *arena, VgResult *result, FixturePrediction kind);
/* fixture_result with it; NULL when it could not be made. */
VgResult *fixture_with_prediction(VgArena *arena);
VgResult *fixture_with_useless_prediction(VgArena *arena);

#endif
