/* Arrays of tests/reference/panel_vegan.json, and comparisons of whole arrays. */
#ifndef VG_TESTS_PANEL_WITNESS_H
#define VG_TESTS_PANEL_WITNESS_H

#include "support/witness.h"

#include <stdio.h>

#include <vagus/matrix.h>
#include <vagus/transform.h>

static inline double *witness_array(VgArena *arena, const json_t *root, const char *path, size_t *n)
{
    const json_t *list = witness_at(root, path);
    size_t size = json_array_size(list);
    double *x = VG_NEW(arena, double, size);
    assert_non_null(x);
    for (size_t i = 0; i < size; i++)
        x[i] = json_number_value(json_array_get(list, i));
    if (n)
        *n = size;
    return x;
}

static inline VgMatrix witness_matrix(VgArena *arena, const json_t *root, const char *path,
                                      size_t rows)
{
    size_t n;
    double *x = witness_array(arena, root, path, &n);
    return (VgMatrix){x, rows, n / rows, rows};
}

static inline void witness_close_all(const json_t *root, const char *path, const double *value,
                                     size_t n, double relative, double floor)
{
    const json_t *list = witness_at(root, path);
    assert_int_equal(json_array_size(list), n);
    for (size_t i = 0; i < n; i++) {
        char what[120];
        snprintf(what, sizeof what, "%s[%zu]", path, i);
        witness_close(what, value[i], json_number_value(json_array_get(list, i)), relative, floor);
    }
}

/* The simulated tree: ape's edges as parents. */
static inline VgBranches witness_branches(VgArena *arena, const json_t *root)
{
    size_t n;
    double *edge = witness_array(arena, root, "tree/edge", &n),
           *length = witness_array(arena, root, "tree/length", NULL);
    size_t edges = n / 2, nodes = edges + 1, tips = json_array_size(witness_at(root, "tree/tip"));
    size_t *parent = VG_NEW(arena, size_t, nodes), *tip = VG_NEW(arena, size_t, tips);
    double *branch = VG_NEW(arena, double, nodes);
    assert_true(parent && tip && branch);
    for (size_t v = 0; v < nodes; v++)
        parent[v] = SIZE_MAX;
    for (size_t e = 0; e < edges; e++) {
        parent[(size_t)edge[edges + e]] = (size_t)edge[e];
        branch[(size_t)edge[edges + e]] = length[e];
    }
    for (size_t f = 0; f < tips; f++)
        tip[f] = f;
    return (VgBranches){
        .n_nodes = nodes, .parent = parent, .length = branch, .n_features = tips, .tip = tip};
}

#endif
