/* A causal forest as a learner of effects: grown on some rows, asked about others. */
#include <math.h>

#include <vagus/effect_forest.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

/* Of a learner without options: it is asked many times. */
enum { USUAL_TREES = 500 };

/* Centres the raw outcomes of the rows by a forest of theirs. */
static VgStatus centre(VgArena *scratch, const double *raw, VgForestData *data, const size_t *row,
                       const VgForestOptions *options, VgError *error)
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
        outcome[i] = raw[row[i]];
    data->outcome = outcome;
    VG_TRY(vg_forest_regression(scratch, data, &o, &forest, error));
    VG_TRY(vg_forest_predict_oob(scratch, forest, false, &hat, error));
    for (size_t i = 0; i < n; i++) {
        left[i] = outcome[i] - VG_AT(hat.estimate, i, 0);
        if (isnan(left[i]))
            return vg_fail(error, VG_NOT_ESTIMABLE, "no tree of %zu leaves out row %zu",
                           "grow more trees", o.trees, row[i] + 1);
    }
    data->outcome = left;
    return VG_OK;
}

/* As vg_forest_of_rows; `raw` NULL, or outcomes that the rows centre themselves. */
static VgStatus grow(VgArena *arena, const VgEffectSample *sample, const size_t *row, size_t n,
                     const double *raw, const VgForestOptions *options, VgRandomForest **forest,
                     VgError *error)
{
    VgForestData data = {.x = vg_strata_rows(arena, vg_strata_covariates(sample), row, n)};
    VgMatrix treatment = vg_matrix_new(arena, n, 1);
    double *left = VG_NEW(arena, double, n);
    if (!data.x.data || !treatment.data || !left)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        treatment.data[i] = sample->treatment_left[row[i]];
        left[i] = sample->outcome_left[row[i]];
    }
    data.outcome = left;
    VgClusters of_rows;
    VG_TRY(vg_strata_regroup(arena, sample->clusters, row, n, &of_rows, error));
    data.cluster = (const uint32_t *)of_rows.of;
    data.n_clusters = of_rows.count;
    data.weight = options->equal_clusters ? NULL : of_rows.weight; /* drawn alike already */
    if (raw)
        VG_TRY(centre(arena, raw, &data, row, options, error));
    return vg_forest_effects(arena, &data, treatment, options, forest, error);
}

VgStatus vg_forest_of_rows(VgArena *arena, const VgEffectSample *sample, const size_t *row,
                           size_t n, const VgForestOptions *options, VgRandomForest **forest,
                           VgError *error)
{
    return grow(arena, sample, row, n, NULL, options, forest, error);
}

VgStatus vg_forest_learner(const VgEffectSample *sample, const size_t *train, size_t n_train,
                           const size_t *predict, size_t n_predict, uint64_t seed, VgArena *scratch,
                           const void *context, double *effect, VgError *error)
{
    static const VgForestLearner usual = {.options = {.trees = USUAL_TREES}};
    const VgForestLearner *learner = context ? context : &usual;
    VgArenaMark mark = vg_arena_mark(scratch);
    VgForestOptions options = learner->options;
    options.seed = seed;
    VgMatrix fresh = vg_strata_rows(scratch, vg_strata_covariates(sample), predict, n_predict);
    VgRandomForest *forest;
    VgForestPrediction prediction;
    if (!fresh.data)
        return vg_fail_memory(error);
    VG_TRY(grow(scratch, sample, train, n_train, learner->outcome, &options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, fresh, false, &prediction, error));
    for (size_t i = 0; i < n_predict; i++)
        effect[i] = VG_AT(prediction.estimate, i, 0);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
