/* Forests that answer by their weights: what the training outcomes say at a point, each with the weight of the forest. */
#include "model/forest_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/forest_begin.h"
#include "numeric/replicate.h"

enum { ROWS_AT_ONCE = 64 };

static int by_outcome(const void *a, const void *b, void *outcome_)
{
    const double *outcome = outcome_;
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    if (outcome[left] != outcome[right])
        return outcome[left] < outcome[right] ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* The outcomes, their order, and the points that are answered at (quantiles, times). */
VgStatus vg_forest_keep_outcome(VgArena *arena, const VgForestData *data, const double *points,
                                size_t n_points, VgRandomForest *forest, VgError *error)
{
    size_t n = forest->rows;
    forest->outcome = vg_arena_alloc_raw(arena, n, sizeof(double));
    forest->outcome_order = vg_arena_alloc_raw(arena, n, sizeof(size_t));
    forest->point = vg_arena_alloc_raw(arena, n_points, sizeof(double));
    if (!forest->outcome || !forest->outcome_order || !forest->point)
        return vg_fail_memory(error);
    memcpy(forest->outcome, data->outcome, n * sizeof(double));
    memcpy(forest->point, points, n_points * sizeof(double));
    for (size_t i = 0; i < n; i++)
        forest->outcome_order[i] = i;
    qsort_r(forest->outcome_order, n, sizeof(size_t), by_outcome, forest->outcome);
    return VG_OK;
}

typedef struct Predicting {
    const VgRandomForest *forest;
    const VgMatrix *x;
    size_t rows;
    VgForestPrediction *prediction;
} Predicting;

static VgStatus predict_block(size_t b, VgRandom random, VgArena *scratch, const void *context,
                              void *record, VgError *error)
{
    (void)random;
    const Predicting *p = context;
    const VgRandomForest *forest = p->forest;
    size_t first = b * ROWS_AT_ONCE;
    size_t n = p->rows - first < ROWS_AT_ONCE ? p->rows - first : ROWS_AT_ONCE;
    double *weight = vg_arena_alloc_raw(scratch, forest->rows, sizeof *weight), *out = record;
    uint16_t *own = vg_arena_alloc_raw(scratch, n * forest->columns, sizeof *own);
    if (!weight || !own)
        return vg_fail_memory(error);
    const uint16_t *codes = forest->codes.by_row + first * forest->columns;
    if (p->x) {
        vg_forest_code_rows(&forest->codes, *p->x, first, n, own);
        codes = own;
    }
    for (size_t i = 0; i < n; i++) {
        memset(weight, 0, forest->rows * sizeof *weight);
        vg_forest_add_weights(forest, codes + i * forest->columns, p->x ? SIZE_MAX : first + i,
                              weight);
        if (forest->kind == VG_FOREST_QUANTILE)
            vg_forest_read_quantiles(forest, weight, out + i * forest->n_outputs);
        else
            vg_forest_read_survival(forest, weight, out + i * forest->n_outputs);
    }
    return VG_OK;
}

static VgStatus keep_block(size_t b, const void *record, void *total, VgError *error)
{
    (void)error;
    const Predicting *p = total;
    size_t first = b * ROWS_AT_ONCE, outputs = p->forest->n_outputs;
    for (size_t i = first; i < p->rows && i < first + ROWS_AT_ONCE; i++) {
        for (size_t k = 0; k < outputs; k++)
            VG_AT(p->prediction->estimate, i, k) =
                ((const double *)record)[(i - first) * outputs + k];
        p->prediction->trees[i] = p->forest->n_trees;
    }
    return VG_OK;
}

VgStatus vg_forest_predict_weighted(VgArena *arena, const VgRandomForest *forest, const VgMatrix *x,
                                    VgForestPrediction *prediction, VgError *error)
{
    (void)arena;
    size_t rows = x ? x->rows : forest->rows;
    Predicting p = {forest, x, rows, prediction};
    VgReplicate replicate = {.count = (rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE,
                             .stream = VG_STREAM_FOREST,
                             .record_size = ROWS_AT_ONCE * forest->n_outputs * sizeof(double),
                             .body = predict_block,
                             .merge = keep_block,
                             .context = &p,
                             .total = &p,
                             .threads = forest->options.threads};
    return vg_replicate(&replicate, error);
}
