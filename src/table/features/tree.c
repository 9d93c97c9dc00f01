/* What is asked of a tree: the tips of features, whether it bears distances, the tree of some tips. */
#include <vagus/tree.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"

static VgStatus name_missing(const VgTree *tree, const VgMap *tips, const char *const *feature_id,
                             size_t n_features, size_t n_missing, VgError *error)
{
    enum { NAMED = 5 };
    char list[320] = "";
    size_t used = 0, named = 0;
    for (size_t j = 0; j < n_features && named < NAMED && used < sizeof list; j++)
        if (vg_map_find(tips, feature_id[j], strlen(feature_id[j])) < 0)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s'%.48s'",
                                     named++ ? ", " : "", feature_id[j]);
    return vg_fail_at(error, VG_INVALID_INPUT, tree->path, 0,
                      "%zu of %zu features are no tips of the tree: %s%s",
                      "give the tree made from these features, or leave features without a tip "
                      "out of the table",
                      n_missing, n_features, list, n_missing > named ? ", …" : "");
}

VgStatus vg_tree_match(VgArena *arena, const VgTree *tree, const char *const *feature_id,
                       size_t n_features, uint32_t **node, VgError *error)
{
    VgMap *tips = vg_map_create(arena);
    *node = VG_NEW(arena, uint32_t, n_features);
    if (!tips || !*node)
        return vg_fail_memory(error);
    for (size_t k = 0; k < tree->n_tips; k++) {
        const char *name = tree->name[tree->tip[k]];
        if (vg_map_add(tips, name, strlen(name)) < 0)
            return vg_fail_memory(error);
    }
    size_t n_missing = 0;
    for (size_t j = 0; j < n_features; j++) {
        int64_t tip = vg_map_find(tips, feature_id[j], strlen(feature_id[j]));
        if (tip < 0)
            n_missing++;
        else
            (*node)[j] = tree->tip[tip];
    }
    return n_missing ? name_missing(tree, tips, feature_id, n_features, n_missing, error) : VG_OK;
}

VgStatus vg_tree_require_lengths(const VgTree *tree, VgError *error)
{
    if (!tree->rooted)
        return vg_fail_at(error, VG_INVALID_INPUT, tree->path, 0, "the tree has no root",
                          "root it first, such as at its midpoint: the root decides UniFrac and "
                          "Faith's PD");
    if (tree->n_missing)
        return vg_fail_at(error, VG_INVALID_INPUT, tree->path, 0,
                          "%zu branches of the tree have no length",
                          "give a tree with branch lengths", tree->n_missing);
    if (tree->n_negative)
        return vg_fail_at(error, VG_INVALID_INPUT, tree->path, 0,
                          "%zu branches of the tree have a negative length",
                          "make the tree by maximum likelihood, or set them to 0 and say so",
                          tree->n_negative);
    return VG_OK;
}

typedef struct Shear {
    int32_t *top; /* per node: the new node that stands for what is left of it; −1 nothing */
    int32_t *own; /* per node: its own new number; −1 none */
    uint32_t *children; /* per node: children with something left */
    bool *kept;
} Shear;

static VgStatus allocate_shear(VgArena *arena, size_t n, Shear *shear, VgError *error)
{
    *shear = (Shear){VG_NEW(arena, int32_t, n), VG_NEW(arena, int32_t, n),
                     VG_NEW(arena, uint32_t, n), VG_NEW(arena, bool, n)};
    return shear->top && shear->own && shear->children && shear->kept ? VG_OK
                                                                      : vg_fail_memory(error);
}

/* Numbers what stays, children before parents as before, and adds the lengths of joined edges. */
static void fill_sheared(const VgTree *tree, Shear *shear, VgTree *to)
{
    size_t n = tree->n_nodes;
    for (size_t i = 0; i < n; i++) {
        bool root = i + 1 == n;
        shear->own[i] = -1;
        if (shear->children[i] == 0 && !shear->kept[i] && !root) {
            shear->top[i] = -1;
            continue;
        }
        if (shear->kept[i] || shear->children[i] > 1 || root) {
            int32_t node = (int32_t)to->n_nodes++;
            shear->own[i] = shear->top[i] = node;
            to->parent[node] = -1;
            to->length[node] = tree->length[i];
            to->name[node] = tree->name[i];
            if (shear->kept[i])
                to->tip[to->n_tips++] = (uint32_t)node;
        } else { /* one child left: it wrote its number here */
            to->length[shear->top[i]] += tree->length[i];
        }
        if (!root) {
            shear->children[tree->parent[i]]++;
            shear->top[tree->parent[i]] = shear->top[i];
        }
    }
    for (size_t i = 0; i + 1 < n; i++)
        if (shear->top[i] >= 0 && shear->own[tree->parent[i]] >= 0)
            to->parent[shear->top[i]] = shear->own[tree->parent[i]];
    for (size_t i = 0; i + 1 < to->n_nodes; i++) {
        to->n_missing += isnan(to->length[i]) != 0;
        to->n_negative += to->length[i] < 0;
    }
}

VgStatus vg_tree_shear(VgArena *arena, const VgTree *tree, const bool *keep, VgTree **sheared,
                       VgError *error)
{
    size_t n = tree->n_nodes, n_kept = 0;
    Shear shear;
    VG_TRY(allocate_shear(arena, n, &shear, error));
    for (size_t k = 0; k < tree->n_tips; k++) {
        shear.kept[tree->tip[k]] = keep[k];
        n_kept += keep[k];
    }
    if (n_kept < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, tree->path, 0, "%zu tips of the tree are left",
                          "a tree needs two tips", n_kept);
    VgTree *to = VG_NEW(arena, VgTree, 1);
    if (!to)
        return vg_fail_memory(error);
    *to = *tree;
    to->n_nodes = to->n_tips = to->n_missing = to->n_negative = 0;
    size_t most = 2 * n_kept; /* tips, forks, the root */
    to->parent = VG_NEW(arena, int32_t, most);
    to->length = VG_NEW(arena, double, most);
    to->name = VG_NEW(arena, const char *, most);
    to->tip = VG_NEW(arena, uint32_t, n_kept);
    if (!to->parent || !to->length || !to->name || !to->tip)
        return vg_fail_memory(error);
    fill_sheared(tree, &shear, to);
    *sheared = to;
    return VG_OK;
}
