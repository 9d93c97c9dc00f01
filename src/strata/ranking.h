/* People in the order of a priority, within its folds. */
#ifndef VG_STRATA_RANKING_H
#define VG_STRATA_RANKING_H

#include <vagus/heterogeneity.h>

typedef struct VgRanking {
    size_t n_folds; /* that hold people; 1 unless cross-fitted */
    size_t *first;  /* n_folds + 1: where a fold begins in `person` */
    size_t *person; /* n: fold by fold, first in line first */
    bool *tied;     /* n: of the same priority (and fold) as the one before */
} VgRanking;

VG_MUST_CHECK VgStatus vg_ranking_make(VgArena *arena, size_t n, const VgPriority *priority,
                                       VgRanking *ranking, VgError *error);

#endif
