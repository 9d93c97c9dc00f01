/* Quantile forests: the outcome's distribution at a point is that of the training outcomes by the forest's weights. Source: Meinshausen
 * 2006; the splits: forest_label.c. */
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

static VgStatus keep_outcome(VgArena *arena, const VgForestData *data, const double *quantiles,
                             size_t n_quantiles, VgRandomForest *forest, VgError *error)
{
    size_t n = forest->rows;
    forest->outcome = vg_arena_alloc_raw(arena, n, sizeof(double));
    forest->outcome_order = vg_arena_alloc_raw(arena, n, sizeof(size_t));
    forest->quantile = vg_arena_alloc_raw(arena, n_quantiles, sizeof(double));
    if (!forest->outcome || !forest->outcome_order || !forest->quantile)
        return vg_fail_memory(error);
    memcpy(forest->outcome, data->outcome, n * sizeof(double));
    memcpy(forest->quantile, quantiles, n_quantiles * sizeof(double));
    for (size_t i = 0; i < n; i++)
        forest->outcome_order[i] = i;
    qsort_r(forest->outcome_order, n, sizeof(size_t), by_outcome, forest->outcome);
    return VG_OK;
}

VgStatus vg_forest_quantile(VgArena *arena, const VgForestData *data, const double *quantiles,
                            size_t n_quantiles, const VgForestOptions *given,
                            VgRandomForest **forest, VgError *error)
{
    VgForestOptions options = given ? *given : (VgForestOptions){0};
    options.keep_members = true;
    options.group_size = options.group_size ? options.group_size : 1;
    if (n_quantiles < 1 || n_quantiles >= FOREST_MAX_LABELS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu quantiles", "1 to 63", n_quantiles);
    for (size_t q = 0; q < n_quantiles; q++)
        if (!(quantiles[q] > (q ? quantiles[q - 1] : 0.0) && quantiles[q] < 1))
            return vg_fail(error, VG_INVALID_INPUT, "quantile %zu is %g",
                           "give increasing numbers between 0 and 1", q + 1, quantiles[q]);
    if (data->weight)
        return vg_fail(error, VG_INVALID_INPUT, "a quantile forest takes no weights",
                       "leave the weights out");
    ForestPlan plan;
    VG_TRY(vg_forest_begin(arena, VG_FOREST_QUANTILE, data, &options, &plan, forest, error));
    VG_TRY(keep_outcome(arena, data, quantiles, n_quantiles, *forest, error));
    plan.quantile = (*forest)->quantile;
    plan.n_labels = n_quantiles + 1;
    return vg_forest_complete(arena, &plan, n_quantiles, *forest, error);
}

typedef struct Predicting {
    const VgRandomForest *forest;
    const VgMatrix *x;
    size_t rows;
    VgForestPrediction *prediction;
} Predicting;

/* The smallest outcomes whose cumulative weight reaches each quantile; `slack` forgives rounding of the sum. */
static void read_quantiles(const VgRandomForest *forest, const double *weight, double *out)
{
    const double slack = 1e-12;
    double sum = 0.0, value = NAN;
    size_t q = 0;
    for (size_t i = 0; i < forest->rows && q < forest->n_outputs; i++) {
        size_t row = forest->outcome_order[i];
        if (!(weight[row] > 0))
            continue;
        value = forest->outcome[row];
        sum += weight[row];
        while (q < forest->n_outputs && sum >= forest->quantile[q] - slack)
            out[q++] = value;
    }
    for (; q < forest->n_outputs; q++)
        out[q] = value;
}

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
        read_quantiles(forest, weight, out + i * forest->n_outputs);
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

VgStatus vg_forest_predict_quantiles(VgArena *arena, const VgRandomForest *forest,
                                     const VgMatrix *x, VgForestPrediction *prediction,
                                     VgError *error)
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
