/* What transforms, diversity and distances ask of a table and a tree before they start. */
#ifndef VG_PANEL_ABUNDANCE_H
#define VG_PANEL_ABUNDANCE_H

#include <vagus/transform.h>

/* Every entry finite and >= 0, at least one sample and feature. `total` (n, may be NULL) gets row sums. */
VG_MUST_CHECK VgStatus vg_abundance_check(VgMatrix table, double *total, VgError *error);

/* The least entry above zero; infinity when there is none. */
double vg_abundance_least(VgMatrix table);

/* No sample may be all zeros. */
VG_MUST_CHECK VgStatus vg_abundance_no_empty(const double *total, size_t n, const char *what,
                                             VgError *error);

/* A tree with one root, branches >= 0 and no cycle; tips are nodes of it, none for two features and none
 * above another. `order` (n_nodes) gets nodes from tips to root: children before their parent, and of a
 * parent's children the one with more branches below it first, so that a pass over them needs partial sums of
 * O(log nodes) nodes only. */
VG_MUST_CHECK VgStatus vg_branches_order(VgArena *arena, const VgBranches *branches,
                                         size_t n_features, size_t *order, VgError *error);

#endif
