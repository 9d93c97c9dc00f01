/* UniFrac (Lozupone & Knight 2005; Lozupone 2007; Chen 2012), a strip of branches at a time (McDonald 2018).
 *
 * The tree is walked from the tips up. A node's vector holds, for each sample, the share of the reads below
 * it; its first child's vector becomes its own and later children are added, so that few vectors are alive at once
 * (the larger child comes first: log2 of the tips at most). With the shares b·p of a strip of branches as
 * "features", weighted UniFrac is a sum of absolute differences; unweighted UniFrac is a sum of weights of
 * differing bits; and Σ b(p + q) is a sum of two samples' totals. */
#include "panel/unifrac.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "panel/abundance.h"
#include "panel/distance_kernels.h"

enum { STRIP = 256, WORDS = 16, BLOCK = 64 };

/* One node of the walk: which vector it fills, and into which it goes. */
typedef struct Visit {
    double length;  /* of the branch above; 0 at the root */
    uint32_t slot;  /* its vector */
    uint32_t into;  /* its parent's vector */
    size_t feature; /* SIZE_MAX unless a tip with a feature */
    bool leaf;      /* starts its vector */
} Visit;

typedef struct Walk {
    const double *total;
    VgMatrix table;
    Visit *visit;
    size_t n_visits;
    VgMatrix slot;  /* samples × vectors */
    double *sum;    /* per sample: Σ b p, or Σ b [p > 0] */
    double *strip;  /* samples × STRIP */
    double *weight; /* STRIP */
    int threads;
    double *value;
} Walk;

typedef struct Slots {
    uint32_t *free;
    size_t n_free, used;
} Slots;

static uint32_t take_slot(Slots *slots)
{
    return slots->n_free ? slots->free[--slots->n_free] : (uint32_t)slots->used++;
}

/* Plans the walk: which vectors live when. */
static VgStatus plan(VgArena *arena, const VgBranches *tree, size_t n_features, Walk *walk,
                     VgError *error)
{
    size_t n = tree->n_nodes;
    size_t *order = VG_NEW(arena, size_t, n), *feature = VG_NEW(arena, size_t, n);
    uint32_t *slot = VG_NEW(arena, uint32_t, n);
    Slots slots = {.free = VG_NEW(arena, uint32_t, n)};
    walk->visit = VG_NEW(arena, Visit, n);
    if (!order || !feature || !slot || !slots.free || !walk->visit)
        return vg_fail_memory(error);
    VG_TRY(vg_branches_order(arena, tree, n_features, order, error));
    for (size_t v = 0; v < n; v++) {
        slot[v] = UINT32_MAX;
        feature[v] = SIZE_MAX;
    }
    for (size_t f = 0; f < n_features; f++)
        feature[tree->tip[f]] = f;
    walk->n_visits = n - 1; /* the root has no branch */
    for (size_t k = 0; k + 1 < n; k++) {
        size_t v = order[k], parent = tree->parent[v];
        Visit *visit = &walk->visit[k];
        *visit = (Visit){
            .length = tree->length[v], .feature = feature[v], .leaf = slot[v] == UINT32_MAX};
        if (visit->leaf)
            slot[v] = take_slot(&slots);
        if (slot[parent] == UINT32_MAX)
            slot[parent] = slot[v];
        else
            slots.free[slots.n_free++] = slot[v];
        visit->slot = slot[v];
        visit->into = slot[parent];
    }
    walk->slot.rows = walk->table.rows;
    walk->slot.stride = walk->table.rows;
    walk->slot.cols = slots.used;
    walk->slot.data = vg_arena_alloc(arena, slots.used * walk->table.rows, sizeof(double));
    return walk->slot.data ? VG_OK : vg_fail_memory(error);
}

/* The vector of one visit for samples from … to − 1, complete; then it goes into its parent's. */
static const double *begin_visit(const Walk *walk, const Visit *visit, size_t from, size_t to)
{
    double *own = &VG_AT(walk->slot, 0, visit->slot);
    if (visit->leaf)
        for (size_t i = from; i < to; i++)
            own[i] = visit->feature == SIZE_MAX
                         ? 0
                         : VG_AT(walk->table, i, visit->feature) / walk->total[i];
    return own;
}

static void end_visit(const Walk *walk, const Visit *visit, size_t from, size_t to)
{
    const double *own = &VG_AT(walk->slot, 0, visit->slot);
    double *into = &VG_AT(walk->slot, 0, visit->into);
    if (visit->into != visit->slot)
        for (size_t i = from; i < to; i++)
            into[i] += own[i];
}

/* Visits first … first + count − 1 into the strip, padded with zeros to `width`. `scaled`: b·p, else p. */
static void fill_strip(Walk *walk, size_t first, size_t count, size_t width, bool scaled)
{
    size_t n = walk->table.rows;
#pragma omp parallel for schedule(static) num_threads(walk->threads)
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t to = from + BLOCK < n ? from + BLOCK : n;
        for (size_t e = 0; e < width; e++) {
            const Visit *visit = e < count ? &walk->visit[first + e] : NULL;
            const double *own = visit ? begin_visit(walk, visit, from, to) : NULL;
            for (size_t i = from; i < to; i++) {
                double value = !visit ? 0 : scaled ? visit->length * own[i] : own[i];
                walk->strip[i * width + e] = value;
                if (visit)
                    walk->sum[i] += visit->length * own[i];
            }
            if (visit)
                end_visit(walk, visit, from, to);
        }
    }
}

/* --- weighted --------------------------------------------------------------------------------- */

static void add_first(const void *context, size_t i, size_t j, double first, double second,
                      size_t at)
{
    (void)i, (void)j, (void)second;
    const Walk *walk = context;
    walk->value[at] += first;
}

static size_t strip_width(size_t count)
{
    return (count + 3) / 4 * 4;
}

static void weighted(Walk *walk)
{
    for (size_t first = 0; first < walk->n_visits; first += STRIP) {
        size_t left = walk->n_visits - first, count = left < STRIP ? left : STRIP;
        fill_strip(walk, first, count, strip_width(count), true);
        VgSampleRows rows = {
            .data = walk->strip, .n = walk->table.rows, .width = strip_width(count)};
        vg_pair_sums(&rows, VG_SUM_ABSOLUTE, &(VgPairFinish){add_first, walk}, walk->threads);
    }
}

static void divide_by_sums(Walk *walk)
{
    size_t n = walk->table.rows, at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++) {
            double both = walk->sum[i] + walk->sum[j];
            walk->value[at] = both > 0 ? walk->value[at] / both : 0;
        }
}

/* --- generalised ------------------------------------------------------------------------------ */

typedef struct Generalised {
    Walk *walk;
    double *denominator;
} Generalised;

static void add_both(const void *context, size_t i, size_t j, double first, double second,
                     size_t at)
{
    (void)i, (void)j;
    const Generalised *g = context;
    g->walk->value[at] += first;
    g->denominator[at] += second;
}

static VgStatus generalised(VgArena *arena, Walk *walk, double alpha, VgError *error)
{
    size_t n = walk->table.rows, pairs = n * (n - 1) / 2;
    Generalised g = {walk, VG_NEW(arena, double, pairs)};
    if (!g.denominator)
        return vg_fail_memory(error);
    for (size_t first = 0; first < walk->n_visits; first += STRIP) {
        size_t left = walk->n_visits - first, count = left < STRIP ? left : STRIP;
        size_t width = strip_width(count);
        fill_strip(walk, first, count, width, false);
        for (size_t e = 0; e < width; e++)
            walk->weight[e] = e < count ? walk->visit[first + e].length : 0;
        VgSampleRows rows = {
            .data = walk->strip, .n = n, .width = width, .weight = walk->weight, .alpha = alpha};
        vg_pair_sums(&rows, VG_SUM_GENERALISED, &(VgPairFinish){add_both, &g}, walk->threads);
    }
    for (size_t at = 0; at < pairs; at++)
        walk->value[at] = g.denominator[at] > 0 ? walk->value[at] / g.denominator[at] : 0;
    return VG_OK;
}

/* --- unweighted ------------------------------------------------------------------------------- */

/* Presences of up to 64 · WORDS visits as bits, word by word. */
static void fill_words(Walk *walk, size_t first, size_t count, uint64_t *words)
{
    size_t n = walk->table.rows;
#pragma omp parallel for schedule(static) num_threads(walk->threads)
    for (size_t from = 0; from < n; from += BLOCK) {
        size_t to = from + BLOCK < n ? from + BLOCK : n;
        for (size_t e = 0; e < count; e++) {
            const Visit *visit = &walk->visit[first + e];
            const double *own = begin_visit(walk, visit, from, to);
            uint64_t *word = words + e / 64 * n;
            for (size_t i = from; i < to; i++)
                if (own[i] > 0) {
                    word[i] |= UINT64_C(1) << e % 64;
                    walk->sum[i] += visit->length;
                }
            end_visit(walk, visit, from, to);
        }
    }
}

static void fill_table(const Walk *walk, size_t first, size_t count, double *table)
{
    for (size_t byte = 0; byte < WORDS * 8; byte++)
        for (size_t bits = 0; bits < 256; bits++) {
            double sum = 0;
            for (size_t b = 0; b < 8; b++)
                if (bits >> b & 1 && byte * 8 + b < count)
                    sum += walk->visit[first + byte * 8 + b].length;
            table[byte * 256 + bits] = sum;
        }
}

static VgStatus unweighted(VgArena *arena, Walk *walk, VgError *error)
{
    size_t n = walk->table.rows, at = 0;
    uint64_t *words = VG_NEW(arena, uint64_t, WORDS * n);
    double *table = VG_NEW(arena, double, WORDS * 8 * 256);
    if (!words || !table)
        return vg_fail_memory(error);
    for (size_t first = 0; first < walk->n_visits; first += WORDS * 64) {
        size_t left = walk->n_visits - first, count = left < WORDS * 64 ? left : WORDS * 64;
        memset(words, 0, WORDS * n * sizeof *words);
        fill_words(walk, first, count, words);
        fill_table(walk, first, count, table);
        vg_pair_bit_sums(words, (count + 63) / 64, n, table, walk->value, walk->threads);
    }
    /* in either = (in one + in the other + in one only)/2 */
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++) {
            double either = (walk->sum[i] + walk->sum[j] + walk->value[at]) / 2;
            walk->value[at] = either > 0 ? fmin(walk->value[at] / either, 1) : 0;
        }
    return VG_OK;
}

VgStatus vg_unifrac(VgArena *arena, VgMatrix table, const double *total,
                    const VgDistanceOptions *options, int threads, double *value, VgError *error)
{
    double alpha = options->alpha != 0 ? options->alpha : 0.5;
    if (!options->branches)
        return vg_fail(error, VG_INVALID_INPUT, "UniFrac without a tree", "give one with --tree");
    if (!(alpha > 0 && alpha <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "generalised UniFrac with alpha %g",
                       "alpha is above 0 and up to 1", alpha);
    Walk walk = {.total = total, .table = table, .threads = threads, .value = value};
    VG_TRY(plan(arena, options->branches, table.cols, &walk, error));
    walk.sum = VG_NEW(arena, double, table.rows);
    walk.strip = VG_NEW(arena, double, table.rows *STRIP);
    walk.weight = VG_NEW(arena, double, STRIP);
    if (!walk.sum || !walk.strip || !walk.weight)
        return vg_fail_memory(error);
    if (options->metric == VG_METRIC_UNIFRAC)
        return unweighted(arena, &walk, error);
    if (options->metric == VG_METRIC_GENERALISED_UNIFRAC && alpha < 1)
        return generalised(arena, &walk, alpha, error);
    weighted(&walk);
    if (options->metric != VG_METRIC_WEIGHTED_UNIFRAC)
        divide_by_sums(&walk);
    return VG_OK;
}
