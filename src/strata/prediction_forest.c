/* A probability forest as a model of response: the arm among its columns, missing values to the better side of each split. */
#include "numeric/linear_algebra.h"
#include "strata/prediction_internal.h"

/* Measured, as the arm among the columns and the dishonest trees: docs/validation/prediction-simulation.md. */
enum { LEAF = 20, FEWEST_LEAVES = 5 };

/* The columns used, then one of 0 and 1 for each arm (two arms: one). */
static VgMatrix table_of(const VgPredictionTask *task, VgArena *scratch, const size_t *row,
                         size_t n, size_t n_arm_columns)
{
    const VgPredictionData *data = task->data;
    size_t used = 0, at = 0;
    for (size_t j = 0; j < data->x.cols; j++)
        used += task->use[data->block[j]];
    VgMatrix x = vg_matrix_new(scratch, n, used + n_arm_columns);
    if (!x.data)
        return x;
    for (size_t j = 0; j < data->x.cols; j++) {
        if (!task->use[data->block[j]])
            continue;
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, at) = VG_AT(data->x, row[i], j);
        at++;
    }
    for (size_t a = 0; a < n_arm_columns; a++)
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, used + a) = (size_t)data->arm[row[i]] == a;
    return x;
}

static VgStatus grow(const VgPredictionTask *task, VgArena *scratch, VgMatrix x,
                     VgRandomForest **forest, VgError *error)
{
    const VgPredictionData *data = task->data;
    double *event = VG_NEW(scratch, double, task->n_train);
    uint32_t *cluster = VG_NEW(scratch, uint32_t, task->n_train);
    if (!event || !cluster)
        return vg_fail_memory(error);
    for (size_t i = 0; i < task->n_train; i++)
        event[i] = data->event[task->train[i]];
    VgForestData rows = {.x = x, .outcome = event};
    if (data->clusters.of) {
        uint32_t *code = VG_NEW(scratch, uint32_t, data->clusters.count), count = 0;
        if (!code)
            return vg_fail_memory(error);
        for (size_t i = 0; i < task->n_train; i++) {
            int32_t of = data->clusters.of[task->train[i]];
            if (code[of] == 0)
                code[of] = ++count;
            cluster[i] = code[of] - 1;
        }
        rows.cluster = cluster;
        rows.n_clusters = count;
    }
    const VgForestOptions options = {.trees = task->options->trees,
                                     .group_size = 1,
                                     .sample_fraction = 0.5,
                                     .min_node_size = task->n_train < LEAF * FEWEST_LEAVES
                                                          ? task->n_train / FEWEST_LEAVES
                                                          : LEAF,
                                     .dishonest = true,
                                     .seed = task->seed,
                                     .threads = 1};
    return vg_forest_probability(scratch, &rows, 2, &options, forest, error);
}

VgStatus vg_prediction_forest(const VgPredictionTask *task, VgArena *scratch, VgMatrix out,
                              VgError *error)
{
    size_t arms = task->data->arms, arm_columns = arms > 2 ? arms : arms - 1;
    VgArenaMark mark = vg_arena_mark(scratch);
    VgMatrix x = table_of(task, scratch, task->train, task->n_train, arm_columns);
    VgMatrix fresh = table_of(task, scratch, task->test, task->n_test, arm_columns);
    VgRandomForest *forest;
    VgForestPrediction said;
    if (!x.data || !fresh.data)
        return vg_fail_memory(error);
    VG_TRY(grow(task, scratch, x, &forest, error));
    size_t used = x.cols - arm_columns;
    for (size_t arm = 0; arm < arms; arm++) {
        for (size_t a = 0; a < arm_columns; a++)
            for (size_t i = 0; i < task->n_test; i++)
                VG_AT(fresh, i, used + a) = a == arm;
        VG_TRY(vg_forest_predict(scratch, forest, fresh, false, &said, error));
        for (size_t i = 0; i < task->n_test; i++)
            VG_AT(out, i, arm) = VG_AT(said.estimate, i, 1);
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
