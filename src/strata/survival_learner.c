/* A causal survival forest as a learner of effects: curves and forest of some rows, asked about others. */
#include <vagus/effect_forest.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

/* What the forest of the training rows is grown from. */
typedef struct Training {
    VgForestData data;
    VgForestTreatment treatment;
    bool *event;
} Training;

/* A treatment less its probability tells both: it is above 0 where it was given. */
static VgStatus take_rows(VgArena *scratch, const VgEffectSample *sample,
                          const VgSurvivalLearner *learner, const size_t *train, size_t n,
                          Training *t, VgError *error)
{
    double *time = VG_NEW(scratch, double, n);
    uint32_t *arm = VG_NEW(scratch, uint32_t, n);
    VgMatrix propensity = vg_matrix_new(scratch, n, 2);
    VgClusters clusters;
    *t = (Training){.data = {.x = vg_strata_rows(scratch, vg_strata_covariates(sample), train, n),
                             .outcome = time},
                    .treatment = {.arm = arm,
                                  .n_arms = 2,
                                  .propensity = propensity,
                                  .arm_name = learner->arm_name},
                    .event = VG_NEW(scratch, bool, n)};
    if (!time || !arm || !propensity.data || !t->data.x.data || !t->event)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_regroup(scratch, sample->clusters, train, n, &clusters, error));
    for (size_t i = 0; i < n; i++) {
        double left = sample->treatment_left[train[i]];
        time[i] = learner->time[train[i]];
        t->event[i] = learner->event[train[i]];
        arm[i] = left > 0;
        VG_AT(propensity, i, 1) = arm[i] - left;
        VG_AT(propensity, i, 0) = 1.0 - VG_AT(propensity, i, 1);
    }
    t->data.cluster = (const uint32_t *)clusters.of;
    t->data.n_clusters = clusters.count;
    t->data.weight = clusters.weight;
    return VG_OK;
}

VgStatus vg_survival_learner(const VgEffectSample *sample, const size_t *train, size_t n_train,
                             const size_t *predict, size_t n_predict, uint64_t seed,
                             VgArena *scratch, const void *context, double *effect, VgError *error)
{
    const VgSurvivalLearner *learner = context;
    VgArenaMark mark = vg_arena_mark(scratch);
    VgForestOptions options = learner->options;
    options.seed = seed;
    Training t;
    VG_TRY(take_rows(scratch, sample, learner, train, n_train, &t, error));
    VgMatrix fresh = vg_strata_rows(scratch, vg_strata_covariates(sample), predict, n_predict);
    VgRandomForest *forest;
    VgForestPrediction prediction;
    if (!fresh.data)
        return vg_fail_memory(error);
    VG_TRY(vg_forest_survival_effect(scratch, &t.data, t.event, &learner->aim, &t.treatment,
                                     &options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, fresh, false, &prediction, error));
    for (size_t i = 0; i < n_predict; i++)
        effect[i] = VG_AT(prediction.estimate, i, 0);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
