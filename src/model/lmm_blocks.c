/* Connected blocks of groups and their cross-products. */
#include "model/lmm_internal.h"

#include <string.h>

/* Union-find over all groups of all terms. */
static size_t root_of(size_t *parent, size_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

typedef struct Nodes {
    size_t n;
    size_t *first;  /* per term: node of its group 0 */
    size_t *parent; /* per node */
    size_t *block;  /* per node: its block */
    size_t *offset; /* per node: its columns within the block */
} Nodes;

static VgStatus join_groups(VgArena *arena, const VgLmmData *data, Nodes *nodes, VgError *error)
{
    nodes->first = VG_NEW(arena, size_t, data->n_terms + 1);
    if (!nodes->first)
        return vg_fail_memory(error);
    for (size_t t = 0; t < data->n_terms; t++)
        nodes->first[t + 1] = nodes->first[t] + data->term[t].n_groups;
    nodes->n = nodes->first[data->n_terms];
    nodes->parent = VG_NEW(arena, size_t, nodes->n);
    nodes->block = VG_NEW(arena, size_t, nodes->n);
    nodes->offset = VG_NEW(arena, size_t, nodes->n);
    if (!nodes->parent || !nodes->block || !nodes->offset)
        return vg_fail_memory(error);
    for (size_t i = 0; i < nodes->n; i++)
        nodes->parent[i] = i;
    for (size_t i = 0; i < data->n_rows; i++)
        for (size_t t = 1; t < data->n_terms; t++) {
            size_t a = root_of(nodes->parent, (size_t)data->term[0].group[i]);
            size_t b = root_of(nodes->parent, nodes->first[t] + (size_t)data->term[t].group[i]);
            nodes->parent[a > b ? a : b] = a > b ? b : a;
        }
    return VG_OK;
}

/* Blocks in the order of their first group, members term by term. */
static VgStatus lay_out(VgArena *arena, VgLmmEngine *e, Nodes *nodes, VgError *error)
{
    const VgLmmData *data = e->data;
    size_t n_blocks = 0;
    for (size_t i = 0; i < nodes->n; i++)
        nodes->block[i] =
            root_of(nodes->parent, i) == i ? n_blocks++ : nodes->block[root_of(nodes->parent, i)];
    e->n_blocks = n_blocks;
    e->block = VG_NEW(arena, VgLmmBlock, n_blocks);
    if (!e->block)
        return vg_fail_memory(error);
    for (size_t i = 0; i < nodes->n; i++)
        e->block[nodes->block[i]].n_members++;
    for (size_t b = 0; b < n_blocks; b++) {
        e->block[b].member = VG_NEW(arena, VgLmmMember, e->block[b].n_members);
        if (!e->block[b].member)
            return vg_fail_memory(error);
        e->block[b].n_members = 0;
    }
    for (size_t t = 0; t < data->n_terms; t++)
        for (size_t g = 0; g < data->term[t].n_groups; g++) {
            VgLmmBlock *block = &e->block[nodes->block[nodes->first[t] + g]];
            nodes->offset[nodes->first[t] + g] = block->m;
            block->member[block->n_members++] = (VgLmmMember){t, g, block->m};
            block->m += data->term[t].z.cols;
        }
    for (size_t b = 0; b < n_blocks; b++)
        e->largest = e->block[b].m > e->largest ? e->block[b].m : e->largest;
    if (e->largest > VG_LMM_LARGEST_BLOCK)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%zu random effects hang together through shared groups; %d are the most",
            "crossed groups this large need other software; give the smaller grouping as "
            "a factor of the model instead",
            e->largest, VG_LMM_LARGEST_BLOCK);
    return VG_OK;
}

/* One row of the data into its block: G += z z', C += z [Q e]. */
static void add_row(VgLmmEngine *e, const Nodes *nodes, size_t i, const double *q,
                    const double *res)
{
    const VgLmmData *data = e->data;
    VgLmmBlock *block = &e->block[nodes->block[(size_t)data->term[0].group[i]]];
    size_t at[VG_LMM_MOST_EFFECTS], n = 0;
    double z[VG_LMM_MOST_EFFECTS];
    for (size_t t = 0; t < data->n_terms; t++) {
        size_t node = nodes->first[t] + (size_t)data->term[t].group[i];
        for (size_t c = 0; c < data->term[t].z.cols; c++, n++) {
            at[n] = nodes->offset[node] + c;
            z[n] = VG_AT(data->term[t].z, i, c) / e->z_scale[e->term_column[t] + c];
        }
    }
    for (size_t b = 0; b < n; b++) {
        for (size_t a = 0; a < n; a++)
            block->g[at[a] + at[b] * block->m] += z[a] * z[b];
        for (size_t j = 0; j < e->p; j++)
            block->c[at[b] + j * block->m] += z[b] * q[i + j * data->n_rows];
        block->c[at[b] + e->p * block->m] += z[b] * res[i];
    }
}

VgStatus vg_lmm_blocks(VgArena *arena, VgLmmEngine *e, const double *q, const double *res,
                       VgError *error)
{
    Nodes nodes = {0};
    VG_TRY(join_groups(arena, e->data, &nodes, error));
    VG_TRY(lay_out(arena, e, &nodes, error));
    for (size_t b = 0; b < e->n_blocks; b++) {
        VgLmmBlock *block = &e->block[b];
        block->g = VG_NEW(arena, double, block->m * block->m);
        block->c = VG_NEW(arena, double, block->m *(e->p + 1));
        block->u = VG_NEW(arena, double, block->m *(e->p + 1));
        if (!block->g || !block->c || !block->u)
            return vg_fail_memory(error);
    }
    for (size_t i = 0; i < e->data->n_rows; i++)
        add_row(e, &nodes, i, q, res);
    return VG_OK;
}
