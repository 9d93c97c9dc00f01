/* People as the search for a policy tree sees them. Ranks are taken once; a side of a cut keeps the order by passing through it. */
#include "strata/policy_sample.h"

#include <string.h>

#include "strata/strata.h"

static VgStatus new_sample(VgArena *arena, size_t n, size_t p, size_t arms, VgPolicySample *s,
                           VgError *error)
{
    *s = (VgPolicySample){.n = n, .p = p, .arms = arms};
    s->order = vg_arena_alloc_raw(arena, p * n, sizeof *s->order);
    s->level = vg_arena_alloc_raw(arena, p * n, sizeof *s->level);
    s->n_levels = VG_NEW(arena, uint32_t, p);
    s->upper = vg_arena_alloc_raw(arena, p * n, sizeof *s->upper);
    s->gain = vg_arena_alloc_raw(arena, n * arms, sizeof *s->gain);
    if (!s->order || !s->level || !s->n_levels || !s->upper || !s->gain)
        return vg_fail_memory(error);
    return VG_OK;
}

/* Levels of one feature. With more distinct values than cuts allowed plus one, neighbours are put together so that the
 * levels hold about the same number of people. */
static void rank_feature(VgPolicySample *s, size_t f, const VgRankedPerson *sorted, size_t max_cuts)
{
    size_t n = s->n, distinct = 1;
    for (size_t k = 1; k < n; k++)
        distinct += sorted[k].value != sorted[k - 1].value;
    size_t most = max_cuts > 0 && distinct > max_cuts + 1 ? max_cuts + 1 : 0;
    uint32_t level = 0;
    size_t share = 0; /* of people, in most-ths, at which the present level began */
    for (size_t k = 0; k < n; k++) {
        if (k > 0 && sorted[k].value != sorted[k - 1].value) {
            size_t now = most ? k * most / n : 0;
            if (!most || now > share) {
                level++;
                share = now;
            }
        }
        s->order[f * n + k] = sorted[k].person;
        s->level[f * n + sorted[k].person] = level;
        s->upper[f * n + level] = sorted[k].value;
    }
    s->n_levels[f] = level + 1;
}

VgStatus vg_policy_sample_make(VgArena *arena, const VgPolicyData *data, size_t max_cuts,
                               VgPolicySample *s, VgError *error)
{
    size_t n = data->features.rows, p = data->features.cols, arms = data->rewards.cols;
    VG_TRY(new_sample(arena, n, p, arms, s, error));
    VgRankedPerson *sorted = vg_arena_alloc_raw(arena, n, sizeof *sorted);
    if (!sorted)
        return vg_fail_memory(error);
    for (size_t f = 0; f < p; f++) {
        vg_strata_sort(&VG_AT(data->features, 0, f), n, sorted);
        rank_feature(s, f, sorted, max_cuts);
    }
    for (size_t i = 0; i < n; i++) {
        s->base += VG_AT(data->rewards, i, 0);
        for (size_t a = 0; a < arms; a++) {
            bool given = !data->needs_safety || !data->needs_safety[a] ||
                         (data->safe && data->safe[i + a * n]);
            s->gain[i * arms + a] =
                given ? VG_AT(data->rewards, i, a) - VG_AT(data->rewards, i, 0) : 0;
        }
    }
    return VG_OK;
}

size_t vg_policy_sample_left(const VgPolicySample *s, size_t feature, uint32_t cut)
{
    const uint32_t *order = s->order + feature * s->n, *level = s->level + feature * s->n;
    size_t below = 0, above = s->n; /* order[below − 1] is left, order[above] right */
    while (below < above) {
        size_t middle = below + (above - below) / 2;
        if (level[order[middle]] <= cut)
            below = middle + 1;
        else
            above = middle;
    }
    return below;
}

VgStatus vg_policy_sample_side(VgArena *arena, const VgPolicySample *from, size_t feature,
                               uint32_t cut, bool left, VgPolicySample *side, VgError *error)
{
    size_t n_left = vg_policy_sample_left(from, feature, cut), n = from->n, arms = from->arms;
    const uint32_t *first_level = from->level + feature * n;
    VG_TRY(new_sample(arena, left ? n_left : n - n_left, from->p, arms, side, error));
    uint32_t *place = vg_arena_alloc_raw(arena, n, sizeof *place);
    if (!place)
        return vg_fail_memory(error);
    uint32_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if ((first_level[i] <= cut) != left)
            continue;
        place[i] = next;
        memcpy(side->gain + next * arms, from->gain + i * arms, arms * sizeof *side->gain);
        next++;
    }
    for (size_t f = 0; f < from->p; f++) {
        const uint32_t *order = from->order + f * n, *old = from->level + f * n;
        size_t at = f * side->n;
        uint32_t level = 0, last = 0, k = 0;
        for (size_t j = 0; j < n; j++) {
            uint32_t i = order[j];
            if ((first_level[i] <= cut) != left)
                continue;
            level += k > 0 && old[i] != last;
            last = old[i];
            side->order[at + k++] = place[i];
            side->level[at + place[i]] = level;
            side->upper[at + level] = from->upper[f * n + last];
        }
        side->n_levels[f] = level + 1;
    }
    return VG_OK;
}
