/* Which comparisons share a control arm: arms are the same when all their published numbers are. */
#include "evidence/effects/shared_control.h"

#include <stdint.h>

#include "base/compare.h"

static bool same(double a, double b)
{
    return a == b || (a != a && b != b);
}

static bool same_arm(const VgExtractionRow *a, const VgExtractionRow *b)
{
    const VgExtractionGroup *x = &a->group[1], *y = &b->group[1];
    bool something = x->n == x->n && (x->mean == x->mean || x->events == x->events ||
                                      x->median == x->median || x->change == x->change);
    return something && vg_same_text(a->treatment[1], b->treatment[1]) && same(x->n, y->n) &&
           same(x->mean, y->mean) && same(x->sd, y->sd) && same(x->se, y->se) &&
           same(x->lower, y->lower) && same(x->upper, y->upper) && same(x->median, y->median) &&
           same(x->q1, y->q1) && same(x->q3, y->q3) && same(x->minimum, y->minimum) &&
           same(x->maximum, y->maximum) && same(x->change, y->change) &&
           same(x->sd_change, y->sd_change) && same(x->baseline_mean, y->baseline_mean) &&
           same(x->baseline_sd, y->baseline_sd) && same(x->events, y->events);
}

VgStatus vg_shared_controls(VgArena *arena, const VgExtraction *extraction, const bool *used,
                            VgSharedControls *out, VgError *error)
{
    size_t n = extraction->n_rows, n_studies = 0;
    for (size_t i = 0; i < n; i++)
        if (extraction->row[i].study_index >= n_studies)
            n_studies = extraction->row[i].study_index + 1;
    out->group = VG_NEW(arena, size_t, n);
    out->size = VG_NEW(arena, size_t, n);
    size_t *last = VG_NEW(arena, size_t, n_studies); /* last row of the study so far */
    size_t *previous = VG_NEW(arena, size_t, n);     /* the one before it */
    if (!out->group || !out->size || !last || !previous)
        return vg_fail_memory(error);
    for (size_t s = 0; s < n_studies; s++)
        last[s] = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        const VgExtractionRow *row = &extraction->row[i];
        out->group[i] = i;
        if (!used[i])
            continue;
        for (size_t j = last[row->study_index]; j != SIZE_MAX; j = previous[j])
            if (same_arm(row, &extraction->row[j])) {
                out->group[i] = out->group[j];
                break;
            }
        out->size[out->group[i]]++;
        previous[i] = last[row->study_index];
        last[row->study_index] = i;
    }
    return VG_OK;
}
