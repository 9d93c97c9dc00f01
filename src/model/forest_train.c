/* All trees of a forest. A group of trees is a replicate: its numbers come from its own stream, so the forest has the same bits on
 * any number of threads. */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/replicate.h"

enum {
    RECORD_BUDGET = 64 << 20, /* bytes that may wait to be merged */
    UNITS_PER_PURPOSE =
        1 << 20 /* a group's units of random numbers: 0 for the group, then one a tree */
};

/* How a tree lies in a record: its numbers, then these arrays at these bytes. */
typedef struct Layout {
    size_t node, moments, drawn, member_start, member, size;
} Layout;

typedef struct Training {
    const ForestPlan *plan;
    Layout layout;
    VgArena *arena;
    VgRandomForest *forest;
} Training;

static size_t aligned(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static Layout lay_out(const ForestPlan *plan)
{
    Layout layout;
    bool members = plan->options.keep_members;
    layout.node = aligned(sizeof(ForestTree));
    layout.moments = layout.node + aligned(plan->max_nodes * sizeof(ForestNode));
    layout.drawn = layout.moments + aligned(plan->max_leaves * plan->n_moments * sizeof(double));
    layout.member_start = layout.drawn + aligned((plan->rows + 63) / 64 * sizeof(uint64_t));
    layout.member =
        layout.member_start + (members ? aligned((plan->max_leaves + 1) * sizeof(uint32_t)) : 0);
    layout.size = layout.member + (members ? aligned(plan->max_fill_rows * sizeof(uint32_t)) : 0);
    return layout;
}

/* The tree in a record, its arrays pointed to. */
static ForestTree tree_at(const ForestPlan *plan, const Layout *layout, char *slot)
{
    ForestTree tree;
    memcpy(&tree, slot, sizeof tree);
    tree.node = (ForestNode *)(slot + layout->node);
    tree.moments = (double *)(slot + layout->moments);
    tree.drawn = (uint64_t *)(slot + layout->drawn);
    bool members = plan->options.keep_members;
    tree.member_start = members ? (uint32_t *)(slot + layout->member_start) : NULL;
    tree.member = members ? (uint32_t *)(slot + layout->member) : NULL;
    return tree;
}

static VgStatus grow_group(size_t i, VgRandom random, VgArena *scratch, const void *context,
                           void *record, VgError *error)
{
    (void)i;
    const Training *training = context;
    const ForestPlan *plan = training->plan;
    uint32_t first_unit = plan->options.purpose * UNITS_PER_PURPOSE;
    ForestSample sample;
    if (!vg_forest_sample_new(scratch, plan, &sample))
        return vg_fail_memory(error);
    VgRandom of_group = vg_random_unit(&random, first_unit);
    vg_forest_draw_half(plan, &of_group, &sample);
    for (size_t t = 0; t < plan->options.group_size; t++) {
        char *slot = (char *)record + t * training->layout.size;
        ForestTree tree = tree_at(plan, &training->layout, slot);
        VgRandom of_tree = vg_random_unit(&random, first_unit + 1 + (uint32_t)t);
        VgArenaMark mark = vg_arena_mark(scratch);
        vg_forest_draw_tree(plan, &of_tree, &sample, tree.drawn);
        VG_TRY(vg_forest_grow(plan, scratch, &of_tree, &sample, &tree, error));
        vg_arena_rewind(scratch, mark);
        /* the numbers only: a record holds no pointers */
        ForestTree numbers = {.n_nodes = tree.n_nodes, .n_leaves = tree.n_leaves};
        memcpy(slot, &numbers, sizeof numbers);
    }
    return VG_OK;
}

static void *keep(VgArena *arena, const void *from, size_t bytes)
{
    void *kept = vg_arena_alloc_raw(arena, bytes, 1);
    if (kept)
        memcpy(kept, from, bytes);
    return kept;
}

static VgStatus keep_group(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    const Training *training = total;
    const ForestPlan *plan = training->plan;
    VgRandomForest *forest = training->forest;
    for (size_t t = 0; t < plan->options.group_size; t++) {
        /* cast: tree_at serves both sides; nothing is written here */
        char *slot = (char *)(uintptr_t)record + t * training->layout.size;
        ForestTree tree = tree_at(plan, &training->layout, slot);
        VgArena *arena = training->arena;
        tree.node = keep(arena, tree.node, tree.n_nodes * sizeof(ForestNode));
        tree.moments = keep(arena, tree.moments, tree.n_leaves * plan->n_moments * sizeof(double));
        tree.drawn = keep(arena, tree.drawn, (plan->rows + 63) / 64 * sizeof(uint64_t));
        if (!tree.node || !tree.moments || !tree.drawn)
            return vg_fail_memory(error);
        if (plan->options.keep_members) {
            size_t n = tree.member_start[tree.n_leaves];
            tree.member_start =
                keep(arena, tree.member_start, (tree.n_leaves + 1) * sizeof(uint32_t));
            tree.member = keep(arena, tree.member, n * sizeof(uint32_t));
            if (!tree.member_start || !tree.member)
                return vg_fail_memory(error);
        }
        forest->tree[forest->n_trees++] = tree;
    }
    return VG_OK;
}

/* Cumulative Poisson probabilities P(N <= k), k = 0 … until all is covered or k = columns. */
static VgStatus poisson(VgArena *arena, ForestPlan *plan, VgError *error)
{
    double mean = (double)plan->options.mtry, sum = 0.0;
    double *cumulative = VG_NEW(arena, double, plan->columns + 1);
    if (!cumulative)
        return vg_fail_memory(error);
    size_t k = 0;
    for (; k <= plan->columns && sum < 1.0 - 1e-15; k++) {
        sum += exp((double)k * log(mean) - mean - lgamma((double)k + 1.0));
        cumulative[k] = sum;
    }
    plan->poisson = cumulative;
    plan->n_poisson = k;
    return VG_OK;
}

/* How many units a group and a tree draw, and the largest arrays that follow. */
static VgStatus sizes(ForestPlan *plan, VgError *error)
{
    const VgForestOptions *o = &plan->options;
    double units = (double)plan->n_units;
    double of_half = o->group_size > 1 ? 2.0 * o->sample_fraction : 1.0;
    plan->half_units = (size_t)floor(units * (o->group_size > 1 ? 0.5 : o->sample_fraction));
    plan->tree_units = (size_t)ceil((double)plan->half_units * of_half - 1e-9);
    plan->grow_units = o->dishonest
                           ? plan->tree_units
                           : (size_t)ceil((double)plan->tree_units * o->honesty_fraction - 1e-9);
    size_t filling = o->dishonest ? plan->tree_units : plan->tree_units - plan->grow_units;
    const char *of = plan->unit_row ? "clusters" : "rows";
    if (plan->grow_units < 1 || filling < 1)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%zu %s are too few for a forest: a tree chooses its splits by %zu of them and "
            "fills its leaves by %zu",
            "use a model with few declared terms instead of a forest", plan->n_units, of,
            plan->grow_units, filling);
    size_t grow = plan->grow_units * plan->rows_per_unit, fill = filling * plan->rows_per_unit;
    plan->max_grow_rows = grow < plan->rows ? grow : plan->rows;
    plan->max_fill_rows = fill < plan->rows ? fill : plan->rows;
    /* the fewest rows that can be split, by the rules for children */
    size_t least = plan->n_constraints ? 4 * o->min_node_size : o->min_node_size + 1;
    if (plan->max_grow_rows < least)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%zu rows are too few for a forest: a tree chooses its splits by %zu rows, and "
            "a first split needs %zu",
            "test declared moderators one at a time as interactions instead; no forest "
            "can tell anything here",
            plan->rows, plan->max_grow_rows, least);
    size_t smallest = plan->n_constraints ? 2 * o->min_node_size : 1;
    plan->max_leaves = plan->max_grow_rows / smallest + 1;
    plan->max_nodes = 2 * plan->max_leaves + 1;
    return VG_OK;
}

VgStatus vg_forest_plan(VgArena *arena, VgForestKind kind, const VgForestData *data,
                        const VgForestOptions *options, const ForestCodes *codes, ForestPlan *plan,
                        VgError *error)
{
    *plan = (ForestPlan){.kind = kind,
                         .options = *options,
                         .codes = codes,
                         .rows = codes->rows,
                         .columns = codes->columns,
                         .outcome = data->outcome,
                         .n_labels = 1};
    if (data->weight) {
        /* only their ratios matter; a mean of 1 keeps absolute thresholds meaningful */
        double *weight = vg_arena_alloc_raw(arena, plan->rows, sizeof *weight), sum = 0.0;
        if (!weight)
            return vg_fail_memory(error);
        for (size_t i = 0; i < plan->rows; i++)
            sum += data->weight[i];
        for (size_t i = 0; i < plan->rows; i++)
            weight[i] = data->weight[i] * (double)plan->rows / sum;
        plan->weight = weight;
    }
    VG_TRY(vg_forest_units(arena, data, plan, error));
    return poisson(arena, plan, error);
}

VgStatus vg_forest_train(VgArena *arena, ForestPlan *plan, VgRandomForest *forest, VgError *error)
{
    VG_TRY(sizes(plan, error));
    size_t groups = plan->options.trees / plan->options.group_size, bytes;
    Training training = {plan, lay_out(plan), arena, forest};
    forest->tree = VG_NEW(arena, ForestTree, plan->options.trees);
    if (!forest->tree || !vg_size_product(training.layout.size, plan->options.group_size, &bytes))
        return vg_fail_memory(error);
    size_t at_once = RECORD_BUDGET / bytes;
    at_once = at_once < 16 ? 16 : at_once;
    for (size_t first = 0; first < groups; first += at_once) {
        VgReplicate replicate = {.first = first,
                                 .count = groups - first < at_once ? groups - first : at_once,
                                 .seed = plan->options.seed,
                                 .stream = VG_STREAM_FOREST,
                                 .record_size = bytes,
                                 .body = grow_group,
                                 .merge = keep_group,
                                 .context = &training,
                                 .total = &training,
                                 .threads = plan->options.threads};
        VG_TRY(vg_replicate(&replicate, error));
    }
    return VG_OK;
}
