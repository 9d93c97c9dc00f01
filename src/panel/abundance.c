/* Tables and trees are checked once, here. */
#include "panel/abundance.h"

#include <math.h>
#include <stdint.h>

VgStatus vg_abundance_check(VgMatrix table, double *total, VgError *error)
{
    if (!table.rows || !table.cols)
        return vg_fail(error, VG_INVALID_INPUT, "a table of %zu samples and %zu features",
                       "give at least one of each", table.rows, table.cols);
    for (size_t i = 0; total && i < table.rows; i++)
        total[i] = 0;
    for (size_t j = 0; j < table.cols; j++)
        for (size_t i = 0; i < table.rows; i++) {
            double x = VG_AT(table, i, j);
            if (!(x >= 0) || isinf(x))
                return vg_fail(
                    error, VG_INVALID_INPUT, "%g in sample %zu, feature %zu",
                    "abundances are finite and not negative; leave out what was not measured", x,
                    i + 1, j + 1);
            if (total)
                total[i] += x;
        }
    return VG_OK;
}

double vg_abundance_least(VgMatrix table)
{
    double least = INFINITY;
    for (size_t j = 0; j < table.cols; j++)
        for (size_t i = 0; i < table.rows; i++)
            if (VG_AT(table, i, j) > 0)
                least = fmin(least, VG_AT(table, i, j));
    return least;
}

VgStatus vg_abundance_no_empty(const double *total, size_t n, const char *what, VgError *error)
{
    for (size_t i = 0; i < n; i++)
        if (!(total[i] > 0))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu holds zeros only and has no %s",
                           "leave the sample out, or look why nothing was found in it", i + 1,
                           what);
    return VG_OK;
}

/* --- trees ------------------------------------------------------------------------------------ */

typedef struct Order {
    const VgBranches *tree;
    size_t *first_child, *next_sibling, *size;
    size_t root;
} Order;

static VgStatus link_children(Order *order, VgError *error)
{
    const VgBranches *tree = order->tree;
    order->root = SIZE_MAX;
    for (size_t v = 0; v < tree->n_nodes; v++)
        order->first_child[v] = SIZE_MAX;
    for (size_t v = tree->n_nodes; v-- > 0;) {
        size_t parent = tree->parent[v];
        if (parent == SIZE_MAX) {
            if (order->root != SIZE_MAX)
                return vg_fail(error, VG_INVALID_INPUT, "a tree with two roots",
                               "give one rooted tree");
            order->root = v;
            continue;
        }
        if (parent >= tree->n_nodes || parent == v)
            return vg_fail(error, VG_INVALID_INPUT, "node %zu of the tree has no parent in it",
                           "give one rooted tree", v);
        if (!(tree->length[v] >= 0) || isinf(tree->length[v]))
            return vg_fail(error, VG_INVALID_INPUT, "a branch of length %g",
                           "branch lengths are finite and not negative", tree->length[v]);
        order->next_sibling[v] = order->first_child[parent];
        order->first_child[parent] = v;
    }
    if (order->root == SIZE_MAX)
        return vg_fail(error, VG_INVALID_INPUT, "a tree without a root", "give one rooted tree");
    return VG_OK;
}

/* Nodes from the root down, parents first; returns how many were reached. `down` is its own queue. */
static size_t walk_down(const Order *order, size_t *down)
{
    size_t n = 0;
    down[n++] = order->root;
    for (size_t k = 0; k < n; k++)
        for (size_t c = order->first_child[down[k]]; c != SIZE_MAX; c = order->next_sibling[c])
            down[n++] = c;
    return n;
}

/* The largest child goes to the front of each list. */
static void largest_first(Order *order)
{
    for (size_t v = 0; v < order->tree->n_nodes; v++) {
        size_t best = order->first_child[v], before = SIZE_MAX, previous = SIZE_MAX;
        for (size_t c = best; c != SIZE_MAX; previous = c, c = order->next_sibling[c])
            if (order->size[c] > order->size[best]) {
                best = c;
                before = previous;
            }
        if (before != SIZE_MAX) {
            order->next_sibling[before] = order->next_sibling[best];
            order->next_sibling[best] = order->first_child[v];
            order->first_child[v] = best;
        }
    }
}

static void post_order(const Order *order, size_t *out)
{
    size_t n = 0, v = order->root;
    for (;;) {
        while (order->first_child[v] != SIZE_MAX)
            v = order->first_child[v];
        out[n++] = v;
        while (order->next_sibling[v] == SIZE_MAX) {
            if (v == order->root)
                return;
            v = order->tree->parent[v];
            out[n++] = v;
            if (v == order->root)
                return;
        }
        v = order->next_sibling[v];
    }
}

static VgStatus check_tips(const Order *order, size_t *used, VgError *error)
{
    const VgBranches *tree = order->tree;
    for (size_t v = 0; v < tree->n_nodes; v++)
        used[v] = 0;
    for (size_t f = 0; f < tree->n_features; f++) {
        size_t tip = tree->tip[f];
        if (tip >= tree->n_nodes || order->first_child[tip] != SIZE_MAX)
            return vg_fail(
                error, VG_INVALID_INPUT, "feature %zu is no tip of the tree",
                "every feature needs a tip; prune the table or give the tree it was made with",
                f + 1);
        if (used[tip])
            return vg_fail(error, VG_INVALID_INPUT, "features %zu and %zu are one tip of the tree",
                           "sum features that are the same", used[tip], f + 1);
        used[tip] = f + 1;
    }
    return VG_OK;
}

VgStatus vg_branches_order(VgArena *arena, const VgBranches *branches, size_t n_features,
                           size_t *out, VgError *error)
{
    if (branches->n_features != n_features)
        return vg_fail(error, VG_INVALID_INPUT, "tips for %zu features, but the table has %zu",
                       "give one tip per feature", branches->n_features, n_features);
    VgArenaMark mark = vg_arena_mark(arena);
    size_t n = branches->n_nodes;
    Order order = {.tree = branches,
                   .first_child = VG_NEW(arena, size_t, n),
                   .next_sibling = VG_NEW(arena, size_t, n),
                   .size = VG_NEW(arena, size_t, n)};
    if (!order.first_child || !order.next_sibling || !order.size)
        return vg_fail_memory(error);
    for (size_t v = 0; v < n; v++)
        order.next_sibling[v] = SIZE_MAX;
    VG_TRY(link_children(&order, error));
    if (walk_down(&order, out) != n)
        return vg_fail(error, VG_INVALID_INPUT, "a tree with a cycle", "give one rooted tree");
    VG_TRY(check_tips(&order, order.size, error));
    for (size_t v = 0; v < n; v++)
        order.size[v] = 1;
    for (size_t k = n; k-- > 1;)
        order.size[branches->parent[out[k]]] += order.size[out[k]];
    largest_first(&order);
    post_order(&order, out);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_branches_of(VgArena *arena, const VgTree *tree, const char *const *feature_id,
                        size_t n_features, VgBranches *branches, VgError *error)
{
    VG_TRY(vg_tree_require_lengths(tree, error));
    uint32_t *node;
    VG_TRY(vg_tree_match(arena, tree, feature_id, n_features, &node, error));
    size_t *parent = VG_NEW(arena, size_t, tree->n_nodes), *tip = VG_NEW(arena, size_t, n_features);
    if (!parent || !tip)
        return vg_fail_memory(error);
    for (size_t v = 0; v < tree->n_nodes; v++)
        parent[v] = tree->parent[v] < 0 ? SIZE_MAX : (size_t)tree->parent[v];
    for (size_t f = 0; f < n_features; f++)
        tip[f] = node[f];
    *branches = (VgBranches){tree->n_nodes, parent, tree->length, n_features, tip};
    return VG_OK;
}
