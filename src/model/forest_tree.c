/* One tree: splits by the rows that grow it, leaf averages by the rows that fill it, pruned where no row fell. */
#include "model/forest_internal.h"

#include <string.h>

/* A tree under construction; node arrays have room for max_nodes. */
typedef struct Growing {
    const ForestPlan *plan;
    VgRandom *random;
    ForestNode *node;
    uint32_t *begin, *end; /* of a node's rows */
    size_t n_nodes;
    uint32_t *rows, *held; /* growing rows, each node's together; workspace */
    uint32_t *column;      /* a permutation of the columns */
    ForestLabels labels;
    ForestSearch search;
} Growing;

/* Poisson(mtry) columns, at least one, at most all. */
static size_t columns_to_try(Growing *g)
{
    double u = vg_random_uniform(g->random);
    size_t low = 0, high = g->plan->n_poisson;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (g->plan->poisson[middle] < u)
            low = middle + 1;
        else
            high = middle;
    }
    size_t tried = low < 1 ? 1 : low;
    return tried < g->plan->columns ? tried : g->plan->columns;
}

/* The next of `columns` in random order, the place-th. */
static uint32_t draw_column(Growing *g, size_t place)
{
    size_t other = place + (size_t)vg_random_below(g->random, g->plan->columns - place);
    uint32_t column = g->column[other];
    g->column[other] = g->column[place];
    g->column[place] = column;
    return column;
}

/* A node whose growing rows are alike is divided along the first column drawn that can be. */
static bool divide_alike(Growing *g, const uint32_t *rows, size_t n, ForestSplit *best)
{
    size_t tried = columns_to_try(g);
    for (size_t i = 0; i < tried && !(best->gain > 0); i++) {
        uint32_t column = draw_column(g, i);
        vg_forest_label_by_column(g->plan, rows, n, column, &g->labels);
        vg_forest_split(g->plan, rows, n, column, &g->labels, &g->search, best);
    }
    return best->gain > 0;
}

/* Rows that fill a leaf of an honest tree may differ where those that grew it do not; effects need a spread of treatments, survival events. */
static bool divides_alike(const ForestPlan *plan)
{
    return !plan->options.dishonest && plan->kind != VG_FOREST_CAUSAL &&
           plan->kind != VG_FOREST_SURVIVAL;
}

static bool best_split(Growing *g, size_t at, ForestSplit *best)
{
    const uint32_t *rows = g->rows + g->begin[at];
    size_t n = g->end[at] - g->begin[at];
    *best = (ForestSplit){0};
    if (n <= g->plan->options.min_node_size || n < 2 * vg_forest_least(g->plan, n))
        return false;
    if (!vg_forest_label(g->plan, rows, n, &g->labels))
        return divides_alike(g->plan) && divide_alike(g, rows, n, best);
    size_t tried = columns_to_try(g);
    for (size_t i = 0; i < tried; i++)
        vg_forest_split(g->plan, rows, n, draw_column(g, i), &g->labels, &g->search, best);
    return best->gain > 0;
}

static uint32_t new_node(Growing *g, size_t begin, size_t end)
{
    g->node[g->n_nodes] = (ForestNode){0};
    g->begin[g->n_nodes] = (uint32_t)begin;
    g->end[g->n_nodes] = (uint32_t)end;
    return (uint32_t)g->n_nodes++;
}

/* Left rows first, both in their order. */
static void divide(Growing *g, size_t at, const ForestSplit *split)
{
    const uint16_t *code = g->plan->codes->by_column + split->column * g->plan->rows;
    uint32_t *rows = g->rows;
    size_t begin = g->begin[at], end = g->end[at], left = begin, right = 0;
    for (size_t i = begin; i < end; i++) {
        uint32_t row = rows[i];
        uint16_t c = code[row];
        bool goes_right = c > split->cut && c != split->stays;
        rows[left] = row;
        g->held[right] = row;
        left += !goes_right;
        right += goes_right;
    }
    memcpy(rows + left, g->held, right * sizeof *rows);
    uint32_t child = new_node(g, begin, left);
    new_node(g, left, end);
    g->node[at] = (ForestNode){child, split->column, split->cut, split->stays};
}

static bool start(Growing *g, VgArena *scratch)
{
    const ForestPlan *plan = g->plan;
    size_t nodes = plan->max_nodes, rows = plan->max_grow_rows;
    g->node = vg_arena_alloc_raw(scratch, nodes, sizeof *g->node);
    g->begin = vg_arena_alloc_raw(scratch, nodes, sizeof(uint32_t));
    g->end = vg_arena_alloc_raw(scratch, nodes, sizeof(uint32_t));
    g->held = vg_arena_alloc_raw(scratch, rows, sizeof(uint32_t));
    g->column = vg_arena_alloc_raw(scratch, plan->columns, sizeof(uint32_t));
    g->labels.n_items = vg_forest_item_length(plan);
    g->labels.item = vg_arena_alloc_raw(scratch, rows * g->labels.n_items, sizeof(double));
    g->labels.outcome = vg_arena_alloc_raw(scratch, 2 * rows, sizeof(double));
    if (!g->node || !g->begin || !g->end || !g->held || !g->column || !g->labels.item ||
        !g->labels.outcome)
        return false;
    for (size_t j = 0; j < plan->columns; j++)
        g->column[j] = (uint32_t)j;
    return vg_forest_search_new(scratch, plan, &g->search);
}

/* Sums of moments and numbers of rows by node, over the filling rows. */
static void fill(const ForestPlan *plan, const ForestNode *node, const uint32_t *rows, size_t n,
                 uint32_t *leaf_of, uint32_t *count, double *sum)
{
    const ForestCodes *codes = plan->codes;
    for (size_t i = 0; i < n; i++) {
        const uint16_t *code = codes->by_row + (size_t)rows[i] * codes->columns;
        uint32_t at = 0;
        while (node[at].left) {
            uint16_t c = code[node[at].place];
            at = node[at].left + ((c > node[at].cut) & (c != node[at].stays));
        }
        leaf_of[i] = at;
        count[at]++;
        vg_forest_add_moments(plan, rows[i], sum + at * plan->n_moments);
    }
}

/* stands[i]: the node that stands for i once empty leaves are gone, their siblings in the place of the parent. Children come after
 * their parents, so that one pass from the end does. An empty subtree stands for itself as a leaf. */
static void prune(Growing *g, const uint32_t *count, bool keep_empty, uint32_t *stands)
{
    for (size_t i = g->n_nodes; i-- > 0;) {
        stands[i] = (uint32_t)i;
        uint32_t left = g->node[i].left;
        if (left == 0 || keep_empty)
            continue;
        uint32_t l = stands[left], r = stands[left + 1];
        bool no_l = g->node[l].left == 0 && count[l] == 0;
        bool no_r = g->node[r].left == 0 && count[r] == 0;
        if (no_l && no_r)
            g->node[i].left = 0;
        else if (no_l)
            stands[i] = r;
        else if (no_r)
            stands[i] = l;
    }
}

/* The nodes that are left, breadth first, into `tree`; renamed[i]: the leaf number of an old leaf. */
static void compact(const Growing *g, const uint32_t *count, const double *sum,
                    const uint32_t *stands, uint32_t *queue, uint32_t *renamed, ForestTree *tree)
{
    size_t moments = g->plan->n_moments;
    queue[0] = stands[0];
    tree->n_nodes = 1;
    tree->n_leaves = 0;
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        uint32_t old = queue[i];
        ForestNode node = g->node[old];
        if (node.left) {
            queue[tree->n_nodes] = stands[node.left];
            queue[tree->n_nodes + 1] = stands[node.left + 1];
            node.left = tree->n_nodes;
            tree->n_nodes += 2;
            tree->node[i] = node;
            continue;
        }
        node = (ForestNode){.place = FOREST_EMPTY};
        /* a leaf whose rows all weigh nothing says nothing */
        double weight =
            g->plan->weight
                ? sum[old * moments + (g->plan->kind == VG_FOREST_CAUSAL ? 0 : moments - 1)]
                : 1.0;
        if (count[old] > 0 && weight > 0) {
            node.place = tree->n_leaves++;
            for (size_t j = 0; j < moments; j++)
                tree->moments[node.place * moments + j] =
                    sum[old * moments + j] / (double)count[old];
        }
        renamed[old] = node.place;
        tree->node[i] = node;
    }
}

/* Lists the filling rows by leaf. */
static void list_members(const uint32_t *rows, size_t n, const uint32_t *leaf_of,
                         const uint32_t *renamed, ForestTree *tree)
{
    uint32_t *start_of = tree->member_start;
    memset(start_of, 0, (tree->n_leaves + 1) * sizeof *start_of);
    for (size_t i = 0; i < n; i++)
        if (renamed[leaf_of[i]] != FOREST_EMPTY)
            start_of[renamed[leaf_of[i]] + 1]++;
    for (uint32_t k = 0; k < tree->n_leaves; k++)
        start_of[k + 1] += start_of[k];
    for (size_t i = 0; i < n; i++)
        if (renamed[leaf_of[i]] != FOREST_EMPTY)
            tree->member[start_of[renamed[leaf_of[i]]]++] = rows[i];
    for (uint32_t k = tree->n_leaves; k > 0; k--)
        start_of[k] = start_of[k - 1];
    start_of[0] = 0;
}

static VgStatus fill_leaves(Growing *g, VgArena *scratch, const ForestSample *sample,
                            ForestTree *tree, VgError *error)
{
    const ForestPlan *plan = g->plan;
    bool honest = !plan->options.dishonest;
    const uint32_t *rows = honest ? sample->fill : sample->grow;
    size_t n = honest ? sample->n_fill : sample->n_grow;
    uint32_t *count = VG_NEW(scratch, uint32_t, g->n_nodes);
    double *sum = VG_NEW(scratch, double, g->n_nodes * plan->n_moments);
    uint32_t *leaf_of = vg_arena_alloc_raw(scratch, n, sizeof *leaf_of);
    uint32_t *stands = vg_arena_alloc_raw(scratch, g->n_nodes, sizeof *stands);
    uint32_t *queue = vg_arena_alloc_raw(scratch, g->n_nodes, sizeof *queue);
    uint32_t *renamed = vg_arena_alloc_raw(scratch, g->n_nodes, sizeof *renamed);
    if (!count || !sum || !leaf_of || !stands || !queue || !renamed)
        return vg_fail_memory(error);
    fill(plan, g->node, rows, n, leaf_of, count, sum);
    prune(g, count, plan->options.keep_empty_leaves, stands);
    compact(g, count, sum, stands, queue, renamed, tree);
    if (tree->member)
        list_members(rows, n, leaf_of, renamed, tree);
    return VG_OK;
}

/* `tree` has room for max_nodes, max_leaves and, when members are kept, for them. */
VgStatus vg_forest_grow(const ForestPlan *plan, VgArena *scratch, VgRandom *random,
                        ForestSample *sample, ForestTree *tree, VgError *error)
{
    Growing g = {.plan = plan, .random = random, .rows = sample->grow};
    if (!start(&g, scratch))
        return vg_fail_memory(error);
    new_node(&g, 0, sample->n_grow);
    for (size_t at = 0; at < g.n_nodes; at++) {
        ForestSplit best;
        if (best_split(&g, at, &best))
            divide(&g, at, &best);
    }
    return fill_leaves(&g, scratch, sample, tree, error);
}
