/* Out-of-bag error of forests of means and effects, less what a finite number of trees adds to it. */
#include "model/forest_internal.h"

#include <math.h>

#include "numeric/replicate.h"

enum { ROWS_AT_ONCE = 128, FEWEST_TREES = 6, MOST_MOMENTS = 5 };

/* What is left of a row's outcome by these averages of leaves; NaN where there is no estimate. */
static double residual(const VgRandomForest *forest, size_t row, const double *average)
{
    double estimate, rho[MOST_MOMENTS];
    if (!vg_forest_estimate(forest->kind, 1, average, &estimate, rho))
        return NAN;
    if (forest->kind == VG_FOREST_REGRESSION)
        return forest->outcome[row] - estimate;
    double y = average[1] / average[0], w = average[2] / average[0];
    return forest->outcome[row] - y - (forest->treatment[row] - w) * estimate;
}

/* Σ over trees of the squared change of the residual without the tree, times (B − 1)/B. */
static double excess_of(const VgRandomForest *forest, size_t row, const uint32_t *leaf, size_t n,
                        const double *average, double trees)
{
    size_t moments = forest->n_moments;
    double all = residual(forest, row, average), sum = 0.0, without[MOST_MOMENTS];
    for (size_t t = 0; t < forest->n_trees; t++) {
        if (leaf[t * n] == FOREST_EMPTY)
            continue;
        const double *v = forest->tree[t].moments + leaf[t * n] * moments;
        for (size_t j = 0; j < moments; j++)
            without[j] = (trees * average[j] - v[j]) / (trees - 1);
        double change = residual(forest, row, without) - all;
        sum += change * change;
    }
    return sum * (trees - 1) / trees;
}

/* For means the change is linear but for the weights: the influence itself is squared, as grf does. */
static double excess_of_mean(const VgRandomForest *forest, const uint32_t *leaf, size_t n,
                             const double *average, double trees)
{
    double estimate = average[0] / average[1], sum = 0.0;
    for (size_t t = 0; t < forest->n_trees; t++) {
        if (leaf[t * n] == FOREST_EMPTY)
            continue;
        const double *v = forest->tree[t].moments + leaf[t * n] * 2;
        double influence = (v[0] - estimate * v[1]) / average[1];
        sum += influence * influence;
    }
    return sum / (trees * (trees - 1));
}

static VgStatus block_error(size_t b, VgRandom random, VgArena *scratch, const void *context,
                            void *record, VgError *error)
{
    (void)random;
    const VgRandomForest *forest = context;
    size_t first = b * ROWS_AT_ONCE, moments = forest->n_moments;
    size_t n = forest->rows - first < ROWS_AT_ONCE ? forest->rows - first : ROWS_AT_ONCE;
    uint32_t *leaf = vg_arena_alloc_raw(scratch, n * forest->n_trees, sizeof *leaf);
    uint32_t *trees = VG_NEW(scratch, uint32_t, n);
    double *average = VG_NEW(scratch, double, n *moments), *out = record;
    if (!leaf || !trees || !average)
        return vg_fail_memory(error);
    vg_forest_find_leaves(forest, forest->codes.by_row + first * forest->columns, first, n, true,
                          leaf);
    vg_forest_add_averages(forest, leaf, n, average, trees);
    for (size_t i = 0; i < n; i++) {
        const double *mean = average + i * moments;
        double left = trees[i] < FEWEST_TREES ? NAN : residual(forest, first + i, mean);
        out[2 * i] = left * left;
        out[2 * i + 1] = isnan(left) ? NAN
                         : forest->kind == VG_FOREST_REGRESSION
                             ? excess_of_mean(forest, leaf + i, n, mean, trees[i])
                             : excess_of(forest, first + i, leaf + i, n, mean, trees[i]);
    }
    return VG_OK;
}

typedef struct Total {
    size_t rows;
    double *debiased, *excess;
} Total;

static VgStatus keep_block(size_t b, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    const double *from = record;
    for (size_t i = b * ROWS_AT_ONCE; i < total->rows && i < (b + 1) * ROWS_AT_ONCE; i++) {
        total->debiased[i] = from[0] - from[1];
        if (total->excess)
            total->excess[i] = from[1];
        from += 2;
    }
    return VG_OK;
}

VgStatus vg_forest_oob_error(VgArena *arena, const VgRandomForest *forest, double *debiased,
                             double *excess, VgError *error)
{
    (void)arena;
    bool of_effects = forest->kind == VG_FOREST_CAUSAL && forest->n_outputs == 1;
    if (!of_effects && forest->kind != VG_FOREST_REGRESSION)
        return vg_fail(error, VG_INVALID_INPUT, "this forest has no squared error",
                       "ask a forest of means, or of the effect of one treatment");
    Total total = {forest->rows, debiased, excess};
    VgReplicate replicate = {.count = (forest->rows + ROWS_AT_ONCE - 1) / ROWS_AT_ONCE,
                             .stream = VG_STREAM_FOREST,
                             .record_size = 2 * ROWS_AT_ONCE * sizeof(double),
                             .body = block_error,
                             .merge = keep_block,
                             .context = forest,
                             .total = &total,
                             .threads = forest->options.threads};
    return vg_replicate(&replicate, error);
}
