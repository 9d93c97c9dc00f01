/* Any bytes as a Newick tree; what was read is in post-order, and can be sheared to any tips. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/tree.h>

static void check(const VgTree *t)
{
    size_t tips = 0;
    for (size_t i = 0; i < t->n_nodes; i++) {
        bool root = i + 1 == t->n_nodes;
        if (root ? t->parent[i] != -1
                 : t->parent[i] <= (int32_t)i || (size_t)t->parent[i] >= t->n_nodes)
            abort();
    }
    for (; tips < t->n_tips; tips++)
        if (t->tip[tips] >= t->n_nodes || !t->name[t->tip[tips]])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    VgArena *arena = vg_arena_create();
    VgTree *tree = NULL, *sheared = NULL;
    VgError error = {0};
    VgStatus status = vg_tree_read_bytes(arena, "t.nwk", (const char *)data, size, &tree, &error);
    if (status != VG_OK) {
        if (status != VG_INVALID_INPUT || !*error.message || !*error.hint)
            abort();
    } else {
        check(tree);
        bool *keep = vg_arena_alloc(arena, tree->n_tips, 1);
        size_t n = 0;
        for (size_t k = 0; keep && k < tree->n_tips; k++)
            n += keep[k] = data[k % size] & 1;
        if (vg_tree_shear(arena, tree, keep, &sheared, &error) == VG_OK) {
            check(sheared);
            if (sheared->n_tips != n)
                abort();
        } else if (n >= 2) {
            abort();
        }
    }
    vg_arena_destroy(arena);
    return 0;
}
