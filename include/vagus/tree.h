/** @file tree.h
 *  Phylogenies as parent arrays, and the Newick reader. */
#ifndef VAGUS_TREE_H
#define VAGUS_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A tree. Nodes are numbered in post-order: parent[i] > i, the root is the last node, so one loop upwards
 *  accumulates tips to edges. The edge of a node is that to its parent. Memory belongs to the arena. */
typedef struct VgTree {
    const char *path;
    char sha256[65]; /**< of the file as stored, lower-case hex */
    size_t n_nodes;
    int32_t *parent; /**< n_nodes; −1 for the root */
    double *
        length; /**< n_nodes branch lengths; NaN where none is given; that of the root counts nowhere */
    const char **name; /**< n_nodes labels; NULL where there is none; never NULL at tips */
    size_t n_tips;
    uint32_t *tip;     /**< n_tips nodes, in the order of the file; their names are distinct */
    bool rooted;       /**< the root has exactly two children (or is the only node) */
    size_t n_missing;  /**< edges without length, the root aside */
    size_t n_negative; /**< edges with negative length, the root aside */
} VgTree;

/** Reads one Newick tree, from text (plain or .gz) or from a QIIME 2 Phylogeny .qza: quoted labels ('it''s'), comments
 *  in brackets, any number of children, any depth (no recursion). Underscores in unquoted labels stay. O(bytes).
 *  @return VG_INVALID_INPUT with line and column for what is no tree, tips without or with the same name,
 *          several trees; VG_IO; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_tree_read(VgArena *arena, const char *path, VgTree **tree,
                                    VgError *error);

/** As `vg_tree_read`, from memory; `name` stands in messages. */
VG_MUST_CHECK VgStatus vg_tree_read_bytes(VgArena *arena, const char *name, const char *bytes,
                                          size_t size, VgTree **tree, VgError *error);

/** The tip of each feature: node[j] is the tree's node with the name feature_id[j]. O(tips + features).
 *  @return VG_INVALID_INPUT when features are no tips of the tree; the message counts them and names the first */
VG_MUST_CHECK VgStatus vg_tree_match(VgArena *arena, const VgTree *tree,
                                     const char *const *feature_id, size_t n_features,
                                     uint32_t **node, VgError *error);

/** VG_OK when the tree can bear UniFrac and Faith's PD: rooted, every edge with a length, none negative. */
VG_MUST_CHECK VgStatus vg_tree_require_lengths(const VgTree *tree, VgError *error);

/** The tree of the tips with keep[k] (n_tips flags, at least two true): edges of nodes with one child left are joined
 *  and their lengths added; the root stays, so that distances to it do not change. O(nodes). */
VG_MUST_CHECK VgStatus vg_tree_shear(VgArena *arena, const VgTree *tree, const bool *keep,
                                     VgTree **sheared, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
