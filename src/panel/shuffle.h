/* Permutations that respect a design, by number: all of them when they are few, random ones otherwise.
 *
 * What is shuffled are units (samples, or whole subjects) within classes of units that may change places. A
 * permutation says for each unit from which unit its part of the design comes. Units with the same part are
 * alike, so that arrangements that differ only in alike units are one. */
#ifndef VG_PANEL_SHUFFLE_H
#define VG_PANEL_SHUFFLE_H

#include <vagus/permanova.h>

typedef struct VgShuffler {
    VgShuffle kind;
    size_t n_rows, n_units, n_classes;
    size_t *unit_start; /* n_units + 1: a unit's rows are unit_row[unit_start[u]] … */
    size_t *unit_row;
    size_t *class_start; /* n_classes + 1 */
    size_t *class_unit;  /* units by class; alike ones stand together */
    size_t *alike;       /* per unit: the first unit of its class that is alike */
    uint64_t seed;
    VgShuffleAccount account;
    size_t count; /* permutations to compute: account.permutations */
} VgShuffler;

/* @param part  per row, equal where the design's rows are; with RANDOMISE the arm, which must not change within
 *              a subject. @return as vg_permanova */
VG_MUST_CHECK VgStatus vg_shuffler_create(VgArena *arena, const VgShuffleOptions *options,
                                          size_t n_rows, const int32_t *part, VgShuffler *shuffler,
                                          VgError *error);

/* source[unit] in permutation i; pure. `source` has room for 2 n_units, the second half is scratch. */
void vg_shuffler_units(const VgShuffler *shuffler, size_t i, size_t *source);

/* The row whose part of the design comes to each row. With RANDOMISE, a row of the subject whose arm it gets. */
void vg_shuffler_rows(const VgShuffler *shuffler, const size_t *source, size_t *row_from);

/* Whether some permutation changes a design with these parts (as `part` above). */
bool vg_shuffler_moves(const VgShuffler *shuffler, const int32_t *part);

/* Numbers rows so that equal rows of `columns` of x have equal numbers. `part` gets n_rows of them. */
void vg_shuffle_parts(VgMatrix x, const size_t *column, size_t n_columns, int32_t *part);

/* p from the number of permutations whose statistic reaches the observed one; see METHODS 0. */
double vg_shuffle_p(const VgShuffleAccount *account, size_t reached, double *se);

/* Whether a permuted statistic reaches the observed one: ties from rounding count. */
bool vg_shuffle_reaches(double permuted, double observed);

#endif
