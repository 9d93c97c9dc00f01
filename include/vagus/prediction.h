/** @file prediction.h
 *  How likely is this person to have the event (response, remission) under each arm, told from blocks of a baseline panel by an
 *  elastic net and by a forest, and what does each block add over the clinical one? Nested cross-validation throughout.
 *  docs/methods/prediction.md. */
#ifndef VAGUS_PREDICTION_H
#define VAGUS_PREDICTION_H

#include <vagus/forest.h>
#include <vagus/prediction_measures.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgPredictionModel {
    VG_PREDICT_ELASTIC_NET = 0,
    VG_PREDICT_FOREST,
    VG_PREDICT_MODELS
} VgPredictionModel;
const char *vg_prediction_model_label(VgPredictionModel model); /**< elastic net, forest */

/** People of a randomised trial before treatment, and whether the event came. Nothing is copied or owned. */
typedef struct VgPredictionData {
    size_t n;
    VgMatrix x;                     /**< n × p, measured before treatment; NaN = missing */
    const char *const *column_name; /**< p, for the words, or NULL */
    const size_t *block;            /**< p: 0 = clinical, 1 … n_blocks − 1 = layers */
    size_t n_blocks;
    const char *const *block_name; /**< n_blocks */
    const int32_t *arm;            /**< n: 0 … arms − 1 */
    size_t arms;
    const char *const *arm_name; /**< arms */
    const double *event;         /**< n: 0 or 1 */
    VgClusters clusters;         /**< rows of one person, families, sites: whole in every fold */
} VgPredictionData;

/** Zero-initialised: both models, ten folds ten times, the budgets in brackets. */
typedef struct VgPredictionOptions {
    bool without[VG_PREDICT_MODELS]; /**< models not wanted */
    bool forest_first;               /**< model 0, of which the verdict speaks, is the forest */
    size_t folds, repeats;           /**< [10, 10] */
    size_t inner_folds;              /**< that choose penalties [5] */
    size_t penalties;                /**< on a path [40] */
    double lasso_share;              /**< of the elastic net's penalty, in (0, 1] [0.5] */
    size_t trees;                    /**< of a forest [500] */
    uint64_t seed;
    int threads; /**< 0 = as many as OpenMP has; the answer does not depend on it */
} VgPredictionOptions;

/** Predictions of people by models that have not seen them. Owns its memory in the arena given. Sets of predictors: 0 = clinical;
 *  then clinical with each layer; then, with two layers or more, all layers. */
typedef struct VgPrediction {
    size_t n, arms, folds, repeats, n_models, n_sets;
    VgPredictionModel model[VG_PREDICT_MODELS]; /**< n_models */
    const char **set_name; /**< n_sets: clinical, clinical + NAME, all layers */
    size_t *set_columns;   /**< n_sets: columns of x in each */
    int32_t *fold;         /**< repeats × n: fold of person i at [r · n + i] */
    double *probability; /**< under the own arm, model m, set s, repeat r, person i at [((m · n_sets
                              + s) · repeats + r) · n + i] */
    double *reference;   /**< repeats × n: share of events among those trained on */
    double *apparent;    /**< model m, set s, person i at [(m · n_sets + s) · n + i]: by the model
                              that has seen everybody */
    VgMatrix under
        [VG_PREDICT_MODELS]; /**< n × arms: mean over repeats under each arm, by the last set */
    size_t events;           /**< people with the event */
} VgPrediction;

/** Every choice that data decide (means for missing values, scales, penalties of the blocks, whether arms interact with predictors)
 *  is made within the people trained on. Folds are dealt to clusters whole, within event, anew in each repeat, and are the
 *  same for all models and sets, so that these are compared pair by pair.
 *  O(folds · repeats · (inner_folds + 1) · (3 + 2 layers)) elastic net paths and O(folds · repeats · sets) forests.
 *  @return VG_INVALID_INPUT (shapes, values), VG_NOT_ESTIMABLE (fewer than ten people with, or without, the event; too few clusters;
 *          no clinical column), VG_NO_MEMORY
 *  Source: Klau 2018, Boulesteix 2017 (penalties by block); Varma & Simon 2006 (nested cross-validation); METHODS 6. */
VG_MUST_CHECK VgStatus vg_prediction_fit(VgArena *arena, const VgPredictionData *data,
                                         const VgPredictionOptions *options,
                                         VgPrediction *prediction, VgError *error);

/** How good one model on one set of predictors is in people it has not seen. */
typedef struct VgPredictionQuality {
    VgInference auc, brier, brier_skill; /**< means over folds, Nadeau–Bengio */
    VgInference in_the_large,
        slope; /**< of each repeat's n predictions, mean over repeats; error: mean of the repeats' */
    VgInference auc_pooled;  /**< the same of DeLong's; all NaN with clusters */
    VgInference *auc_of_arm; /**< arms: people of one arm, Nadeau–Bengio */
    double apparent_auc, apparent_brier, apparent_slope; /**< of the people it was made from */
} VgPredictionQuality;

/** @param model, set  indices into prediction->model and prediction->set_name; @param level 0 = 0.95 */
VG_MUST_CHECK VgStatus vg_prediction_quality(VgArena *arena, const VgPredictionData *data,
                                             const VgPrediction *prediction, size_t model,
                                             size_t set, double level, VgPredictionQuality *quality,
                                             VgError *error);

/** What a set adds over the clinical predictors, by the same model in the same folds. Positive = better: `brier` is the decrease. */
typedef struct VgPredictionGain {
    VgInference auc, brier; /**< Nadeau–Bengio */
} VgPredictionGain;
VG_MUST_CHECK VgStatus vg_prediction_gain(VgArena *scratch, const VgPredictionData *data,
                                          const VgPrediction *prediction, size_t model, size_t set,
                                          double level, VgPredictionGain *gain, VgError *error);

/** What was declared of one event. */
typedef struct VgPredictionPlan {
    const char *analysis;     /**< of the rows; may be NULL */
    const char *event;        /**< "response", "remission" */
    const char *outcome_name; /**< "response of hamd17 at w8" */
    VgPredictionOptions options;
    double threshold_low, threshold_high; /**< of the decision curve; both 0 = 0.1 and 0.6 */
    double level;                         /**< 0 = 0.95 */
    size_t without_outcome;               /**< people left out because the event is not known */
    const char *const *participant;       /**< n names for the dataset of probabilities, or NULL */
} VgPredictionPlan;

/** Fits, measures, and adds rows, datasets and sentences to the result (docs/internals/result-shape.md, "Prediction of response").
 *  @return as vg_prediction_fit */
VG_MUST_CHECK VgStatus vg_prediction_run(VgArena *arena, const VgPredictionData *data,
                                         const VgPredictionPlan *plan, VgResult *result,
                                         VgError *error);

#ifdef __cplusplus
}
#endif
#endif
