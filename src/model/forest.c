/* Forests of means, probabilities and quantiles; facts, importance and weights of any forest. Sources: Breiman 2001; Athey, Tibshirani &
 * Wager 2019. Reading order of the engine: forest_internal.h. */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

#include "model/forest_begin.h"

VgStatus vg_forest_begin(VgArena *arena, VgForestKind kind, const VgForestData *data,
                         const VgForestOptions *given, const ForestCodes *codes, ForestPlan *plan,
                         VgRandomForest **forest, VgError *error)
{
    VgForestOptions options;
    VG_TRY(vg_forest_check(data, error));
    VG_TRY(vg_forest_options(given, data->x.cols, &options, error));
    VgRandomForest *made = VG_NEW(arena, VgRandomForest, 1);
    if (!made)
        return vg_fail_memory(error);
    if (codes)
        made->codes = *codes;
    else
        VG_TRY(vg_forest_codes(arena, data->x, &made->codes, error));
    VG_TRY(vg_forest_plan(arena, kind, data, &options, &made->codes, plan, error));
    made->kind = kind;
    made->rows = data->x.rows;
    made->columns = data->x.cols;
    *forest = made;
    return VG_OK;
}

VgStatus vg_forest_complete(VgArena *arena, ForestPlan *plan, size_t outputs,
                            VgRandomForest *forest, VgError *error)
{
    plan->n_moments = vg_forest_n_moments(plan->kind, outputs);
    forest->options = plan->options;
    forest->n_outputs = outputs;
    forest->n_moments = plan->n_moments;
    forest->n_treatments = plan->n_treatments;
    forest->weight = plan->weight;
    VgStatus status = vg_forest_train(arena, plan, forest, error);
    forest->codes.by_column = NULL;
    return status;
}

VgStatus vg_forest_means(VgArena *arena, const VgForestData *data, const VgForestOptions *options,
                         const ForestCodes *codes, VgRandomForest **forest, VgError *error)
{
    ForestPlan plan;
    VG_TRY(
        vg_forest_begin(arena, VG_FOREST_REGRESSION, data, options, codes, &plan, forest, error));
    double *outcome = vg_arena_alloc_raw(arena, plan.rows, sizeof *outcome);
    if (!outcome)
        return vg_fail_memory(error);
    memcpy(outcome, data->outcome, plan.rows * sizeof *outcome);
    plan.outcome = (*forest)->outcome = outcome;
    return vg_forest_complete(arena, &plan, 1, *forest, error);
}

VgStatus vg_forest_regression(VgArena *arena, const VgForestData *data,
                              const VgForestOptions *options, VgRandomForest **forest,
                              VgError *error)
{
    return vg_forest_means(arena, data, options, NULL, forest, error);
}

VgStatus vg_forest_shares(VgArena *arena, const VgForestData *data, size_t n_classes,
                          const VgForestOptions *options, const ForestCodes *codes,
                          VgRandomForest **forest, VgError *error)
{
    ForestPlan plan;
    if (n_classes < 2 || n_classes > FOREST_MAX_LABELS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu classes", "2 to 64 classes", n_classes);
    VG_TRY(
        vg_forest_begin(arena, VG_FOREST_PROBABILITY, data, options, codes, &plan, forest, error));
    uint32_t *class_of = VG_NEW(arena, uint32_t, plan.rows);
    if (!class_of)
        return vg_fail_memory(error);
    for (size_t i = 0; i < plan.rows; i++) {
        double y = data->outcome[i];
        if (!(y >= 0 && y < (double)n_classes && y == floor(y)))
            return vg_fail(error, VG_INVALID_INPUT, "the class of row %zu is %g",
                           "number the classes from 0", i + 1, y);
        class_of[i] = (uint32_t)y;
    }
    plan.class_of = class_of;
    plan.n_labels = n_classes;
    return vg_forest_complete(arena, &plan, n_classes, *forest, error);
}

VgStatus vg_forest_probability(VgArena *arena, const VgForestData *data, size_t n_classes,
                               const VgForestOptions *options, VgRandomForest **forest,
                               VgError *error)
{
    return vg_forest_shares(arena, data, n_classes, options, NULL, forest, error);
}

VgForestFacts vg_forest_facts(const VgRandomForest *forest)
{
    VgForestFacts facts = {.kind = forest->kind,
                           .rows = forest->rows,
                           .columns = forest->columns,
                           .trees = forest->n_trees,
                           .group_size = forest->options.group_size,
                           .outputs = forest->n_outputs,
                           .mtry = forest->options.mtry,
                           .outcome_hat = forest->outcome_hat,
                           .pseudo_outcome = forest->pseudo_outcome,
                           .uncensored = forest->uncensored,
                           .propensity = forest->propensity};
    double leaves = 0.0, depths = 0.0;
    for (size_t t = 0; t < forest->n_trees; t++) {
        const ForestTree *tree = forest->tree + t;
        leaves += tree->n_leaves;
        facts.unsplit += tree->n_nodes == 1;
        /* nodes lie breadth first: one pass by level */
        uint32_t begin = 0, end = 1;
        for (size_t depth = 0; begin < end; depth++) {
            uint32_t next = end;
            for (uint32_t i = begin; i < end; i++) {
                next += tree->node[i].left ? 2 : 0;
                depths +=
                    tree->node[i].left || tree->node[i].place == FOREST_EMPTY ? 0.0 : (double)depth;
            }
            begin = end;
            end = next;
        }
    }
    facts.mean_leaves = leaves / (double)forest->n_trees;
    facts.mean_depth = leaves > 0 ? depths / leaves : 0.0;
    return facts;
}

/* Adds to importance the share of each column among the splits at one depth, times weight. */
static void add_depth(const VgRandomForest *forest, size_t depth, double weight, double *importance)
{
    size_t splits = 0;
    for (int counting = 1; counting >= 0; counting--)
        for (size_t t = 0; t < forest->n_trees; t++) {
            const ForestNode *node = forest->tree[t].node;
            uint32_t begin = 0, end = 1;
            for (size_t d = 0; begin < end; d++) {
                uint32_t next = end;
                for (uint32_t i = begin; i < end; i++) {
                    if (!node[i].left)
                        continue;
                    next += 2;
                    if (d == depth && counting)
                        splits++;
                    else if (d == depth)
                        importance[node[i].place] += weight / (double)splits;
                }
                begin = end;
                end = d == depth ? begin : next;
            }
        }
}

void vg_forest_importance(const VgRandomForest *forest, size_t max_depth, double decay,
                          double *importance)
{
    size_t depths = max_depth ? max_depth : 4;
    double power = decay != 0 ? decay : 2.0, sum = 0.0;
    memset(importance, 0, forest->columns * sizeof *importance);
    for (size_t d = 1; d <= depths; d++)
        sum += pow((double)d, -power);
    for (size_t d = 1; d <= depths; d++)
        add_depth(forest, d - 1, pow((double)d, -power) / sum, importance);
}

void vg_forest_add_weights(const VgRandomForest *forest, const uint16_t *code, size_t row,
                           double *weight)
{
    double sum = 0.0;
    for (size_t t = 0; t < forest->n_trees; t++) {
        const ForestTree *tree = forest->tree + t;
        if (row < forest->rows && vg_forest_drawn(tree->drawn, row))
            continue;
        uint32_t leaf = vg_forest_leaf(tree->node, code);
        if (leaf == FOREST_EMPTY)
            continue;
        uint32_t begin = tree->member_start[leaf], end = tree->member_start[leaf + 1];
        for (uint32_t m = begin; m < end; m++) {
            uint32_t of = tree->member[m];
            double w = (forest->weight ? forest->weight[of] : 1.0) / (double)(end - begin);
            weight[of] += w;
            sum += w;
        }
    }
    for (size_t i = 0; i < forest->rows; i++)
        weight[i] /= sum;
}

VgStatus vg_forest_weights(VgArena *scratch, const VgRandomForest *forest, const double *x,
                           size_t row, double *weight, VgError *error)
{
    if (!forest->options.keep_members)
        return vg_fail(error, VG_INVALID_INPUT, "this forest did not keep the rows of its leaves",
                       "grow it with keep_members");
    VgArenaMark mark = vg_arena_mark(scratch);
    uint16_t *code = VG_NEW(scratch, uint16_t, forest->columns);
    double *copy = VG_NEW(scratch, double, forest->columns);
    if (!code || !copy)
        return vg_fail_memory(error);
    memcpy(copy, x, forest->columns * sizeof *copy);
    VgMatrix one = {copy, 1, forest->columns, 1};
    vg_forest_code_rows(&forest->codes, one, 0, 1, code);
    memset(weight, 0, forest->rows * sizeof *weight);
    vg_forest_add_weights(forest, code, row, weight);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
