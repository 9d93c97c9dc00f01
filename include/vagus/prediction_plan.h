/** @file prediction_plan.h
 *  plan: prediction: how likely a response is, from which layers of the panel, by which models. */
#ifndef VAGUS_PREDICTION_PLAN_H
#define VAGUS_PREDICTION_PLAN_H

#include <vagus/axis.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One analysis of prediction. */
typedef struct VgDeclaredPrediction {
    const char *id; /**< "prediction", "prediction_2", … unique in the plan */
    const char *label;
    const char *outcome; /**< as written, without its visit */
    VgAxisPlace
        place; /**< of the outcome, one of the study's; filled once the layers are complete */
    size_t outcome_visit;
    bool response,
        remission; /**< the events asked for; where none is named those that the scale defines */
    bool all_layers;
    const char **layer_name; /**< n_layer_names: as written */
    size_t n_layer_names;
    size_t *layer; /**< n_layers indices into study->layer, once they are complete */
    size_t n_layers;
    bool elastic_net, forest;
    bool forest_first;     /**< `models: [forest, elastic_net]`: the verdict speaks of the forest */
    size_t folds, repeats; /**< 10 and 10 unless declared */
    double threshold[2];   /**< of the decision curve; 0.1 and 0.6 unless declared */
    double level;          /**< of intervals for individual outcomes; 0.95 unless declared */
    uint64_t seed;         /**< 1 unless declared */
    size_t line, outcome_line, layers_line, events_line;
} VgDeclaredPrediction;

#ifdef __cplusplus
}
#endif
#endif
