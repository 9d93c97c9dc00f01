/* A binary tree of partial sums over the levels of a feature: where a cut is best, kept up to date while people are added.
 *
 * For two arms a > b the series D = gain_a − gain_b by level is held with its greatest and least prefix sum. Giving a up to level l
 * and b above is worth Σ gain_b + D(0 … l); the other way round Σ gain_a − D(0 … l). Adding a person changes one path to the
 * root, O(log levels) for each pair of arms. Prefixes may be empty. */
#ifndef VG_STRATA_PARTIAL_SUMS_H
#define VG_STRATA_PARTIAL_SUMS_H

#include <stdint.h>

#include <vagus/arena.h>

typedef struct VgPrefix {
    double sum, most, least; /* of the levels under a node: their sum, and of its prefixes */
} VgPrefix;

typedef struct VgPartialSums {
    size_t arms, pairs, levels, size; /* size: levels rounded up to a power of two */
    VgPrefix *node;  /* 2 size × pairs; node 1 is the root, node size + l a level */
    uint32_t *count; /* 2 size: people */
    double *total;   /* arms: Σ gain */
} VgPartialSums;

/* Room for up to `most_levels` levels. */
VG_MUST_CHECK VgStatus vg_partial_sums_new(VgArena *arena, size_t most_levels, size_t arms,
                                           VgPartialSums *sums, VgError *error);
/* Empty, for `levels` levels. O(levels · pairs). */
void vg_partial_sums_clear(VgPartialSums *sums, size_t levels);
/* Adds people of the given levels and gains (arms each). O(people · log levels · pairs), or O(levels · pairs) if that is less. */
void vg_partial_sums_add(VgPartialSums *sums, const uint32_t *person, size_t n,
                         const uint32_t *level, const double *gain);
/* Greatest sum of gains with one cut or none, each side having `min_leaf` people or more. O(pairs), with min_leaf > 1
 * O(pairs · log levels). */
double vg_partial_sums_best(const VgPartialSums *sums, size_t min_leaf);

#endif
