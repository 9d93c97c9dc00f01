/* How far a sample lies from the nearest of a reference set, as a conformal p. */
#include <vagus/norms.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/random.h"
#include "numeric/replicate.h"

typedef struct Near {
    double distance;
    uint32_t index;
} Near;

static int by_distance(const void *a, const void *b)
{
    const Near *left = a, *right = b;
    if (left->distance != right->distance)
        return left->distance < right->distance ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

VgStatus vg_neighbours_prepare(VgArena *arena, const VgDistances *distances, size_t n_reference,
                               VgNeighbours *neighbours, VgError *error)
{
    size_t cells;
    if (n_reference > distances->n || n_reference >= UINT32_MAX)
        return vg_fail(error, VG_INVALID_INPUT, "%zu reference people among %zu samples",
                       "the reference people come first among the distances", n_reference,
                       distances->n);
    if (!vg_size_product(n_reference, n_reference, &cells))
        return vg_fail_memory(error);
    *neighbours = (VgNeighbours){distances, n_reference, VG_NEW(arena, uint32_t, cells)};
    Near *item = VG_NEW(arena, Near, n_reference);
    if (!neighbours->order || !item)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n_reference; r++) {
        for (size_t j = 0; j < n_reference; j++)
            item[j] = (Near){j == r ? INFINITY : vg_distance_at(distances, r, j), (uint32_t)j};
        qsort(item, n_reference, sizeof *item, by_distance);
        for (size_t j = 0; j < n_reference; j++)
            neighbours->order[r * n_reference + j] = item[j].index;
    }
    return VG_OK;
}

/* One question: the sample, whom it is compared with, and their distances to it. */
typedef struct Asked {
    const VgNeighbours *neighbours;
    size_t n_comparable, k;
    const uint32_t *person;  /* n_comparable: reference people */
    const uint32_t *nearest; /* n_comparable: the same, from near the sample to far */
    const double *to_sample; /* n_reference */
} Asked;

/* Mean distance of reference person r to the k nearest of all others, the sample among them; `times` says how often each reference
 * person counts. *kth gets the k-th distance. */
static double score_of_reference(const Asked *asked, size_t r, const uint32_t *times, double *kth)
{
    const VgNeighbours *nb = asked->neighbours;
    const uint32_t *order = nb->order + r * nb->n_reference;
    double own = asked->to_sample[r], sum = 0;
    size_t left = asked->k;
    bool counted = false;
    *kth = 0;
    for (size_t j = 0; j + 1 < nb->n_reference && left; j++) {
        if (!times[order[j]])
            continue;
        double d = vg_distance_at(nb->distances, r, order[j]);
        if (!counted && own <= d) {
            counted = true;
            sum += own;
            *kth = own;
            left--;
        }
        size_t take = times[order[j]] < left ? times[order[j]] : left;
        sum += (double)take * d;
        left -= take;
        if (take)
            *kth = d;
    }
    if (left && !counted) {
        sum += own;
        *kth = own;
        left--;
    }
    /* copies of r itself stand aside, so that fewer than k others may be left in a resample */
    return sum / (double)(asked->k - left);
}

static double score_of_sample(const Asked *asked, const uint32_t *times)
{
    double sum = 0;
    size_t left = asked->k;
    for (size_t j = 0; j < asked->n_comparable && left; j++) {
        size_t r = asked->nearest[j], take = times[r] < left ? times[r] : left;
        sum += (double)take * asked->to_sample[r];
        left -= take;
    }
    return sum / (double)(asked->k - left);
}

/* (1 + #{reference scores >= score}) / (n + 1); ties from rounding count as equal. `kth` (n_comparable) may be NULL. */
static double conformal(const Asked *asked, const uint32_t *times, double *score, double *kth)
{
    size_t beyond = 0;
    *score = score_of_sample(asked, times);
    for (size_t j = 0; j < asked->n_comparable; j++) {
        size_t r = asked->person[j];
        double distance;
        if (!times[r])
            continue;
        double own = score_of_reference(asked, r, times, &distance);
        if (kth)
            kth[j] = distance;
        if (own >= *score - 1e-8 * fmax(1, fabs(*score)))
            beyond += times[r];
    }
    return (1 + (double)beyond) / ((double)asked->n_comparable + 1);
}

static VgStatus resample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)i;
    const Asked *asked = context;
    uint32_t *times = VG_NEW(scratch, uint32_t, asked->neighbours->n_reference);
    double score;
    if (!times)
        return vg_fail_memory(error);
    for (size_t j = 0; j < asked->n_comparable; j++)
        times[asked->person[vg_random_below(&random, asked->n_comparable)]]++;
    *(double *)record = conformal(asked, times, &score, NULL);
    return VG_OK;
}

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)error;
    ((double *)total)[i] = *(const double *)record;
    return VG_OK;
}

static double percentile(const double *sorted, size_t n, double share)
{
    double place = share * (double)(n - 1);
    size_t below = (size_t)place;
    double rest = place - (double)below;
    return below + 1 < n ? sorted[below] + rest * (sorted[below + 1] - sorted[below])
                         : sorted[n - 1];
}

static VgStatus find_interval(VgArena *arena, const Asked *asked, const VgNeighbourOptions *options,
                              VgOutlyingness *out, VgError *error)
{
    size_t n = options->resamples ? options->resamples : 200;
    double *p = VG_NEW(arena, double, n), level = options->level > 0 ? options->level : 0.95;
    if (!p)
        return vg_fail_memory(error);
    VgReplicate plan = {.count = n,
                        .seed = options->seed ? options->seed : 1,
                        .stream = VG_STREAM_BOOTSTRAP,
                        .record_size = sizeof(double),
                        .body = resample,
                        .merge = keep,
                        .context = asked,
                        .total = p,
                        .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    qsort(p, n, sizeof *p, ascending);
    out->lower = percentile(p, n, (1 - level) / 2);
    out->upper = percentile(p, n, (1 + level) / 2);
    return VG_OK;
}

/* Lists whom the sample is compared with, and from near to far. */
static VgStatus ask(VgArena *arena, const VgNeighbours *neighbours, size_t sample,
                    const bool *comparable, const VgNeighbourOptions *options, Asked *asked,
                    uint32_t **times, VgError *error)
{
    size_t n = neighbours->n_reference, m = 0;
    uint32_t *person = VG_NEW(arena, uint32_t, n), *nearest = VG_NEW(arena, uint32_t, n);
    double *to_sample = VG_NEW(arena, double, n);
    Near *item = VG_NEW(arena, Near, n);
    *times = VG_NEW(arena, uint32_t, n);
    if (!person || !nearest || !to_sample || !item || !*times)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++) {
        to_sample[r] = vg_distance_at(neighbours->distances, sample, r);
        if (!comparable[r])
            continue;
        (*times)[r] = 1;
        person[m] = (uint32_t)r;
        item[m++] = (Near){to_sample[r], (uint32_t)r};
    }
    if (m < VG_NORM_LEAST)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no comparable people: %zu of the reference set",
                       "at least 30 are needed; widen the window, or find a reference set", m);
    qsort(item, m, sizeof *item, by_distance);
    for (size_t j = 0; j < m; j++)
        nearest[j] = item[j].index;
    size_t k = options->k ? options->k : (size_t)fmax(VG_NORM_LEAST, floor(sqrt((double)m)));
    *asked = (Asked){neighbours, m, k < m ? k : m, person, nearest, to_sample};
    return VG_OK;
}

VgStatus vg_neighbours_score(VgArena *arena, const VgNeighbours *neighbours, size_t sample,
                             const bool *comparable, const VgNeighbourOptions *options,
                             VgOutlyingness *out, VgError *error)
{
    Asked asked;
    uint32_t *times;
    if (sample < neighbours->n_reference || sample >= neighbours->distances->n)
        return vg_fail(error, VG_INVALID_INPUT, "sample %zu is no sample beside the reference set",
                       "samples come after the reference people among the distances", sample + 1);
    VG_TRY(ask(arena, neighbours, sample, comparable, options, &asked, &times, error));
    size_t m = asked.n_comparable;
    double *kth = VG_NEW(arena, double, m);
    *out = (VgOutlyingness){.n_comparable = m,
                            .k = asked.k,
                            .nearest = asked.to_sample[asked.nearest[0]],
                            .neighbour = VG_NEW(arena, size_t, asked.k)};
    if (!kth || !out->neighbour)
        return vg_fail_memory(error);
    out->p = conformal(&asked, times, &out->score, kth);
    for (size_t j = 0; j < asked.k; j++)
        out->neighbour[j] = asked.nearest[j];
    qsort(kth, m, sizeof *kth, ascending);
    double typical = percentile(kth, m, 0.5);
    for (size_t j = 0; j < m; j++)
        out->n_near += asked.to_sample[asked.nearest[j]] <= typical;
    return find_interval(arena, &asked, options, out, error);
}
