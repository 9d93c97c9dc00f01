/* A causal forest as a learner of effects: grown on some rows, asked about others. */
#include <math.h>

#include <vagus/effect_forest.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

/* Of a learner without options: it is asked many times. */
enum { USUAL_TREES = 500 };

/* Centres the raw outcomes of the training rows by a forest of theirs. */
static VgStatus centre(VgArena *scratch, const VgForestLearner *learner, VgForestData *data,
                       const size_t *train, const VgForestOptions *options, VgError *error)
{
    VgForestOptions o = *options;
    VgForestPrediction hat;
    VgRandomForest *forest;
    size_t n = data->x.rows;
    double *outcome = VG_NEW(scratch, double, n), *left = VG_NEW(scratch, double, n);
    if (!outcome || !left)
        return vg_fail_memory(error);
    o.trees = options->trees == 0 ? 500 : options->trees / 4 > 50 ? options->trees / 4 : 50;
    o.group_size = 1;
    o.purpose = options->purpose + 1;
    for (size_t i = 0; i < n; i++)
        outcome[i] = learner->outcome[train[i]];
    data->outcome = outcome;
    VG_TRY(vg_forest_regression(scratch, data, &o, &forest, error));
    VG_TRY(vg_forest_predict_oob(scratch, forest, false, &hat, error));
    for (size_t i = 0; i < n; i++) {
        left[i] = outcome[i] - VG_AT(hat.estimate, i, 0);
        if (isnan(left[i]))
            return vg_fail(error, VG_NOT_ESTIMABLE, "no tree of %zu leaves out row %zu",
                           "grow more trees", o.trees, train[i] + 1);
    }
    data->outcome = left;
    return VG_OK;
}

VgStatus vg_forest_learner(const VgEffectSample *sample, const size_t *train, size_t n_train,
                           const size_t *predict, size_t n_predict, uint64_t seed, VgArena *scratch,
                           const void *context, double *effect, VgError *error)
{
    static const VgForestLearner usual = {.options = {.trees = USUAL_TREES}};
    const VgForestLearner *learner = context ? context : &usual;
    VgMatrix x = learner->x.data ? learner->x : sample->x;
    if (x.rows != sample->x.rows)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a forest's covariates have %zu rows, its sample %zu",
                       "leave x empty to use the sample's own", x.rows, sample->x.rows);
    VgArenaMark mark = vg_arena_mark(scratch);
    VgForestOptions options = learner->options;
    options.seed = seed;
    VgForestData data = {.x = vg_strata_rows(scratch, x, train, n_train)};
    VgMatrix fresh = vg_strata_rows(scratch, x, predict, n_predict);
    VgMatrix treatment = vg_matrix_new(scratch, n_train, 1);
    double *left = VG_NEW(scratch, double, n_train);
    if (!data.x.data || !fresh.data || !treatment.data || !left)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n_train; i++) {
        treatment.data[i] = sample->treatment_left[train[i]];
        left[i] = sample->outcome_left[train[i]];
    }
    data.outcome = left;
    if (sample->clusters.of) {
        VgClusters of_train;
        VG_TRY(vg_strata_regroup(scratch, sample->clusters, train, n_train, &of_train, error));
        data.cluster = (const uint32_t *)of_train.of;
        data.n_clusters = of_train.count;
    }
    if (learner->outcome)
        VG_TRY(centre(scratch, learner, &data, train, &options, error));
    VgRandomForest *forest;
    VgForestPrediction prediction;
    VG_TRY(vg_forest_effects(scratch, &data, treatment, &options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, fresh, false, &prediction, error));
    for (size_t i = 0; i < n_predict; i++)
        effect[i] = VG_AT(prediction.estimate, i, 0);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
