/* People in the order of a priority, within its folds. */
#include "strata/ranking.h"

#include <stdlib.h>

typedef struct Ranked {
    double value;
    int32_t fold;
    size_t person;
} Ranked;

static int by_fold_and_priority(const void *a_, const void *b_)
{
    const Ranked *a = a_, *b = b_;
    if (a->fold != b->fold)
        return a->fold < b->fold ? -1 : 1;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    return a->person < b->person ? -1 : a->person > b->person;
}

VgStatus vg_ranking_make(VgArena *arena, size_t n, const VgPriority *priority, VgRanking *ranking,
                         VgError *error)
{
    bool folded = priority->source == VG_PREDICTION_CROSS_FITTED;
    Ranked *sorted = vg_arena_alloc_raw(arena, n, sizeof *sorted);
    ranking->person = VG_NEW(arena, size_t, n);
    ranking->tied = VG_NEW(arena, bool, n);
    ranking->first = VG_NEW(arena, size_t, (folded ? priority->n_folds : 1) + 1);
    ranking->n_folds = 0;
    if (!sorted || !ranking->person || !ranking->tied || !ranking->first)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (Ranked){priority->value[i], folded ? priority->fold[i] : 0, i};
    qsort(sorted, n, sizeof *sorted, by_fold_and_priority);
    for (size_t k = 0; k < n; k++) {
        bool begins = k == 0 || sorted[k].fold != sorted[k - 1].fold;
        if (begins)
            ranking->first[ranking->n_folds++] = k;
        ranking->person[k] = sorted[k].person;
        ranking->tied[k] = !begins && sorted[k].value == sorted[k - 1].value;
    }
    ranking->first[ranking->n_folds] = n;
    return VG_OK;
}
