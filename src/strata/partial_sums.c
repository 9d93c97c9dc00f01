/* Prefix sums over levels with their extremes, in a tree of the size of the levels. */
#include "strata/partial_sums.h"

#include <string.h>

VgStatus vg_partial_sums_new(VgArena *arena, size_t most_levels, size_t arms, VgPartialSums *s,
                             VgError *error)
{
    size_t size = 1;
    while (size < most_levels)
        size *= 2;
    *s = (VgPartialSums){.arms = arms, .pairs = arms * (arms - 1) / 2};
    s->node = vg_arena_alloc_raw(arena, 2 * size * s->pairs, sizeof *s->node);
    s->count = vg_arena_alloc_raw(arena, 2 * size, sizeof *s->count);
    s->total = vg_arena_alloc_raw(arena, arms, sizeof *s->total);
    return s->node && s->count && s->total ? VG_OK : vg_fail_memory(error);
}

void vg_partial_sums_clear(VgPartialSums *s, size_t levels)
{
    s->levels = levels;
    s->size = 1;
    while (s->size < levels)
        s->size *= 2;
    memset(s->node, 0, 2 * s->size * s->pairs * sizeof *s->node);
    memset(s->count, 0, 2 * s->size * sizeof *s->count);
    memset(s->total, 0, s->arms * sizeof *s->total);
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* a before b */
static inline VgPrefix joined(VgPrefix a, VgPrefix b)
{
    return (VgPrefix){a.sum + b.sum, larger(a.most, a.sum + b.most),
                      smaller(a.least, a.sum + b.least)};
}

static inline void renew(VgPartialSums *s, size_t node)
{
    const VgPrefix *left = s->node + 2 * node * s->pairs, *right = left + s->pairs;
    VgPrefix *up = s->node + node * s->pairs;
    for (size_t q = 0; q < s->pairs; q++)
        up[q] = joined(left[q], right[q]);
    s->count[node] = s->count[2 * node] + s->count[2 * node + 1];
}

static inline void add_to_level(VgPartialSums *s, size_t leaf, const double *gain)
{
    VgPrefix *at = s->node + leaf * s->pairs;
    for (size_t a = 1; a < s->arms; a++)
        for (size_t b = 0; b < a; b++, at++) {
            at->sum += gain[a] - gain[b];
            at->most = larger(at->sum, 0);
            at->least = smaller(at->sum, 0);
        }
    for (size_t a = 0; a < s->arms; a++)
        s->total[a] += gain[a];
    s->count[leaf]++;
}

void vg_partial_sums_add(VgPartialSums *s, const uint32_t *person, size_t n, const uint32_t *level,
                         const double *gain)
{
    size_t height = 0;
    for (size_t k = s->size; k > 1; k /= 2)
        height++;
    for (size_t k = 0; k < n; k++)
        add_to_level(s, s->size + level[person[k]], gain + person[k] * s->arms);
    if (n * height >= s->size) {
        for (size_t node = s->size; node-- > 1;)
            renew(s, node);
        return;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t node = (s->size + level[person[k]]) / 2; node >= 1; node /= 2)
            renew(s, node);
}

/* First level up to which there are `people` or more. */
static size_t level_reaching(const VgPartialSums *s, size_t people)
{
    size_t node = 1;
    while (node < s->size) {
        node *= 2;
        if (s->count[node] < people) {
            people -= s->count[node];
            node++;
        }
    }
    return node - s->size;
}

/* Levels first … last of pair q, joined. The range is met from both ends inwards, as in any tree of this kind. */
static VgPrefix range_of(const VgPartialSums *s, size_t first, size_t last, size_t q)
{
    VgPrefix left = {0, 0, 0}, right = {0, 0, 0};
    for (size_t a = s->size + first, b = s->size + last + 1; a < b; a /= 2, b /= 2) {
        if (a % 2)
            left = joined(left, s->node[a++ * s->pairs + q]);
        if (b % 2)
            right = joined(s->node[--b * s->pairs + q], right);
    }
    return joined(left, right);
}

double vg_partial_sums_best(const VgPartialSums *s, size_t min_leaf)
{
    size_t people = s->count[1], first = 0, last = 0, q = 0;
    double best = s->total[0];
    for (size_t a = 1; a < s->arms; a++)
        best = larger(best, s->total[a]);
    bool limited = min_leaf > 1;
    if (limited) {
        if (people < 2 * min_leaf)
            return best;
        first = level_reaching(s, min_leaf);
        last = level_reaching(s, people - min_leaf + 1);
        if (last <= first) /* a cut below `last` leaves min_leaf people or more above it */
            return best;
        last--;
    }
    for (size_t a = 1; a < s->arms; a++)
        for (size_t b = 0; b < a; b++, q++) {
            VgPrefix d = s->node[s->pairs + q];
            if (limited) {
                double before = range_of(s, 0, first, q).sum;
                d = first < last ? range_of(s, first + 1, last, q) : (VgPrefix){0, 0, 0};
                d.most += before;
                d.least += before;
            }
            best = larger(best, larger(s->total[b] + d.most, s->total[a] - d.least));
        }
    return best;
}
