/* Predictions. Blocks of rows are replicates; within one, trees are the outer loop, so that a tree stays in the cache while all rows of
 * the block run down it. The leaf of each row and tree is kept for the second pass, the variance. */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

enum { LEAVES_AT_ONCE = 1 << 20, MOST_ROWS = 1024 };

typedef struct Predicting {
    const VgRandomForest *forest;
    const VgMatrix *x; /* new rows, or NULL: the training rows, out of bag */
    size_t rows, block, outputs;
    bool variance;
    VgForestPrediction *prediction;
} Predicting;

/* A record: `block` rows of estimates, variances (if any), then the number of trees. */
static double *numbers_of(const Predicting *p, void *record, size_t row)
{
    return (double *)record + row * (2 * p->outputs + 1);
}

void vg_forest_find_leaves(const VgRandomForest *forest, const uint16_t *codes, size_t first,
                           size_t n, bool drawn_out, uint32_t *leaf)
{
    for (size_t t = 0; t < forest->n_trees; t++) {
        const ForestTree *tree = forest->tree + t;
        for (size_t i = 0; i < n; i++)
            leaf[t * n + i] = drawn_out && vg_forest_drawn(tree->drawn, first + i)
                                  ? FOREST_EMPTY
                                  : vg_forest_leaf(tree->node, codes + i * forest->columns);
    }
}

void vg_forest_add_averages(const VgRandomForest *forest, const uint32_t *leaf, size_t n,
                            double *average, uint32_t *trees)
{
    size_t moments = forest->n_moments;
    for (size_t t = 0; t < forest->n_trees; t++)
        for (size_t i = 0; i < n; i++) {
            uint32_t k = leaf[t * n + i];
            if (k == FOREST_EMPTY)
                continue;
            const double *v = forest->tree[t].moments + k * moments;
            for (size_t j = 0; j < moments; j++)
                average[i * moments + j] += v[j];
            trees[i]++;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < moments; j++)
            average[i * moments + j] /= (double)trees[i];
}

/* Mean squares of the influences of groups and of single trees; groups with an empty tree are left out. */
static void add_squares(const VgRandomForest *forest, const uint32_t *leaf, size_t n,
                        const double *rho, double *between, double *total, uint32_t *groups)
{
    size_t moments = forest->n_moments, outputs = forest->n_outputs;
    size_t size = forest->options.group_size;
    for (size_t g = 0; g < forest->n_trees / size; g++)
        for (size_t i = 0; i < n; i++) {
            bool whole = true;
            for (size_t t = g * size; t < (g + 1) * size; t++)
                whole = whole && leaf[t * n + i] != FOREST_EMPTY;
            if (!whole)
                continue;
            groups[i]++;
            for (size_t k = 0; k < outputs; k++) {
                const double *c = rho + (i * outputs + k) * moments;
                double sum = 0.0, squares = 0.0;
                for (size_t t = g * size; t < (g + 1) * size; t++) {
                    const double *v = forest->tree[t].moments + leaf[t * n + i] * moments;
                    double influence = 0.0;
                    for (size_t j = 0; j < moments; j++)
                        influence += c[j] * v[j];
                    sum += influence;
                    squares += influence * influence;
                }
                sum /= (double)size;
                between[i * outputs + k] += sum * sum;
                total[i * outputs + k] += squares / (double)size;
            }
        }
}

typedef struct Block {
    uint32_t *leaf, *trees, *groups;
    double *average, *rho, *between, *total;
} Block;

static bool block_new(VgArena *scratch, const VgRandomForest *forest, size_t n, Block *block)
{
    size_t outputs = forest->n_outputs;
    block->leaf = vg_arena_alloc_raw(scratch, n * forest->n_trees, sizeof(uint32_t));
    block->trees = VG_NEW(scratch, uint32_t, n);
    block->groups = VG_NEW(scratch, uint32_t, n);
    block->average = VG_NEW(scratch, double, n * forest->n_moments);
    block->rho = VG_NEW(scratch, double, n *outputs * forest->n_moments);
    block->between = VG_NEW(scratch, double, n *outputs);
    block->total = VG_NEW(scratch, double, n *outputs);
    return block->leaf && block->trees && block->groups && block->average && block->rho &&
           block->between && block->total;
}

static VgStatus predict_block(size_t b, VgRandom random, VgArena *scratch, const void *context,
                              void *record, VgError *error)
{
    (void)random;
    const Predicting *p = context;
    const VgRandomForest *forest = p->forest;
    size_t first = b * p->block, outputs = p->outputs;
    size_t n = p->rows - first < p->block ? p->rows - first : p->block;
    const uint16_t *codes = forest->codes.by_row + first * forest->columns;
    if (p->x) {
        uint16_t *own = vg_arena_alloc_raw(scratch, n * forest->columns, sizeof *own);
        if (!own)
            return vg_fail_memory(error);
        vg_forest_code_rows(&forest->codes, *p->x, first, n, own);
        codes = own;
    }
    Block block;
    if (!block_new(scratch, forest, n, &block))
        return vg_fail_memory(error);
    vg_forest_find_leaves(forest, codes, first, n, !p->x, block.leaf);
    vg_forest_add_averages(forest, block.leaf, n, block.average, block.trees);
    for (size_t i = 0; i < n; i++) {
        double *out = numbers_of(p, record, i);
        out[2 * outputs] = block.trees[i];
        if (block.trees[i] == 0 ||
            !vg_forest_estimate(forest->kind, outputs, block.average + i * forest->n_moments, out,
                                block.rho + i * outputs * forest->n_moments))
            for (size_t k = 0; k < outputs; k++)
                out[k] = NAN;
    }
    if (!p->variance)
        return VG_OK;
    add_squares(forest, block.leaf, n, block.rho, block.between, block.total, block.groups);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < outputs; k++) {
            double groups = block.groups[i], *out = numbers_of(p, record, i);
            out[outputs + k] = isnan(out[k]) || groups == 0
                                   ? NAN
                                   : vg_forest_debias(block.between[i * outputs + k] / groups,
                                                      block.total[i * outputs + k] / groups,
                                                      block.groups[i], forest->options.group_size);
        }
    return VG_OK;
}

static VgStatus keep_block(size_t b, const void *record, void *total, VgError *error)
{
    (void)error;
    const Predicting *p = total;
    size_t first = b * p->block, outputs = p->outputs;
    for (size_t i = first; i < p->rows && i < first + p->block; i++) {
        const double *from = (const double *)record + (i - first) * (2 * outputs + 1);
        for (size_t k = 0; k < outputs; k++) {
            VG_AT(p->prediction->estimate, i, k) = from[k];
            if (p->variance)
                VG_AT(p->prediction->variance, i, k) = from[outputs + k];
        }
        p->prediction->trees[i] = (size_t)from[2 * outputs];
    }
    return VG_OK;
}

static VgStatus predict(VgArena *arena, const VgRandomForest *forest, const VgMatrix *x,
                        bool variance, VgForestPrediction *prediction, VgError *error)
{
    size_t rows = x ? x->rows : forest->rows, outputs = forest->n_outputs;
    if (x && x->cols != forest->columns)
        return vg_fail(error, VG_INVALID_INPUT, "new rows have %zu columns, the forest %zu",
                       "give the same columns in the same order", x->cols, forest->columns);
    if (variance && (forest->options.group_size < 2 || vg_forest_by_weights(forest->kind)))
        return vg_fail(error, VG_INVALID_INPUT, "this forest has no variance",
                       "grow a forest of means, probabilities or effects with groups of two trees");
    prediction->estimate = vg_matrix_new(arena, rows, outputs);
    prediction->variance =
        variance ? vg_matrix_new(arena, rows, outputs) : (VgMatrix){.data = NULL};
    prediction->trees = VG_NEW(arena, size_t, rows);
    if (!prediction->estimate.data || (variance && !prediction->variance.data) ||
        !prediction->trees)
        return vg_fail_memory(error);
    if (vg_forest_by_weights(forest->kind))
        return vg_forest_predict_weighted(arena, forest, x, prediction, error);
    size_t block = LEAVES_AT_ONCE / forest->n_trees;
    block = block < 1 ? 1 : block > MOST_ROWS ? MOST_ROWS : block;
    Predicting p = {forest, x, rows, block, outputs, variance, prediction};
    VgReplicate replicate = {.count = (rows + block - 1) / block,
                             .stream = VG_STREAM_FOREST,
                             .record_size = block * (2 * outputs + 1) * sizeof(double),
                             .body = predict_block,
                             .merge = keep_block,
                             .context = &p,
                             .total = &p,
                             .threads = forest->options.threads};
    return vg_replicate(&replicate, error);
}

VgStatus vg_forest_predict_oob(VgArena *arena, const VgRandomForest *forest, bool variance,
                               VgForestPrediction *prediction, VgError *error)
{
    return predict(arena, forest, NULL, variance, prediction, error);
}

VgStatus vg_forest_predict(VgArena *arena, const VgRandomForest *forest, VgMatrix x, bool variance,
                           VgForestPrediction *prediction, VgError *error)
{
    return predict(arena, forest, &x, variance, prediction, error);
}
