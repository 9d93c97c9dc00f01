/* How every kind of forest begins and ends: forest.c, forest_causal.c, forest_quantile.c. */
#ifndef VG_MODEL_FOREST_BEGIN_H
#define VG_MODEL_FOREST_BEGIN_H

#include "model/forest_internal.h"

/* Checks, resolves options, codes the columns (unless `codes` has them already, by column too): a plan that lacks only what is the
 * kind's own. */
VG_MUST_CHECK VgStatus vg_forest_begin(VgArena *arena, VgForestKind kind, const VgForestData *data,
                                       const VgForestOptions *given, const ForestCodes *codes,
                                       ForestPlan *plan, VgRandomForest **forest, VgError *error);
/* Grows the trees. */
VG_MUST_CHECK VgStatus vg_forest_complete(VgArena *arena, ForestPlan *plan, size_t outputs,
                                          VgRandomForest *forest, VgError *error);
/* The public functions, with codes made before. */
VG_MUST_CHECK VgStatus vg_forest_means(VgArena *arena, const VgForestData *data,
                                       const VgForestOptions *options, const ForestCodes *codes,
                                       VgRandomForest **forest, VgError *error);
VG_MUST_CHECK VgStatus vg_forest_shares(VgArena *arena, const VgForestData *data, size_t n_classes,
                                        const VgForestOptions *options, const ForestCodes *codes,
                                        VgRandomForest **forest, VgError *error);
VG_MUST_CHECK VgStatus vg_forest_gradients(VgArena *arena, const VgForestData *data,
                                           VgMatrix treatment, const VgForestOptions *options,
                                           const ForestCodes *codes, VgRandomForest **forest,
                                           VgError *error);
/* A forest of survival, from codes made before. */
VG_MUST_CHECK VgStatus vg_forest_curves(VgArena *arena, const VgForestData *data, const bool *event,
                                        const double *times, size_t n_times,
                                        const VgForestOptions *options, const ForestCodes *codes,
                                        VgRandomForest **forest, VgError *error);

/* The effect of the centred pseudo-outcomes in data->outcome: Σ W(Γ − Wτ) = 0; known[i]: the event, or its absence at the horizon, was
 * seen. */
VG_MUST_CHECK VgStatus vg_forest_survival_gradients(VgArena *arena, const VgForestData *data,
                                                    const double *treatment, const uint8_t *known,
                                                    const VgForestOptions *options,
                                                    const ForestCodes *codes,
                                                    VgRandomForest **forest, VgError *error);

/* forest_causal.c: forests of nuisances. Independent forests of one seed: purpose + these. */
enum {
    FOREST_OF_OUTCOME = 1,
    FOREST_OF_TREATMENT = 2,
    FOREST_OF_EVENTS = 3,
    FOREST_OF_CENSORING = 4
};
VgForestOptions vg_forest_nuisance_options(const VgForestOptions *options, uint32_t purpose);
VG_MUST_CHECK VgStatus vg_forest_no_trees(size_t row, size_t trees, VgError *error);
/* n × n_arms: as given, or out of bag; what the forest leaves in the arena is given back. */
VG_MUST_CHECK VgStatus vg_forest_propensity(VgArena *arena, const VgForestData *data,
                                            const VgForestTreatment *treatment,
                                            const VgForestOptions *options,
                                            const ForestCodes *codes, VgMatrix *propensity,
                                            VgError *error);

/* Adds the forest's weights for a point to `weight` (rows, zero): they sum to 1, or are NaN where no tree reaches it. */
void vg_forest_add_weights(const VgRandomForest *forest, const uint16_t *code, size_t row,
                           double *weight);

/* forest_weighted.c: the outcomes, their order and the points that are answered at, into the forest. */
VG_MUST_CHECK VgStatus vg_forest_keep_outcome(VgArena *arena, const VgForestData *data,
                                              const double *points, size_t n_points,
                                              VgRandomForest *forest, VgError *error);
/* Answers (n_outputs) from weights of the training rows. */
void vg_forest_read_quantiles(const VgRandomForest *forest, const double *weight, double *out);
void vg_forest_read_survival(const VgRandomForest *forest, const double *weight, double *out);

#endif
