/* A subgroup searched in one half of the people and estimated in the other, over many splits.
 * Source: Chernozhukov, Demirer, Duflo & Fernández-Val 2018 (medians over splits). */
#include <vagus/moderators.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/distributions.h"
#include "numeric/quantile.h"
#include "numeric/replicate.h"
#include "strata/strata.h"

enum { SPLITS = 100, FEWEST_PEOPLE = 40 };
static const double SMALLEST = 0.2, TIE = 1e-9;

typedef struct Problem {
    const double *score;
    VgMatrix x;
    size_t n;
    uint32_t *order; /* p × n: people by ascending value */
    double smallest;
} Problem;

/* Count, mean and sum of squares of some scores. */
typedef struct Part {
    double n, mean, squares;
} Part;

static void add(Part *part, double value)
{
    part->n++;
    double from = value - part->mean;
    part->mean += from / part->n;
    part->squares += from * (value - part->mean);
}

static double variance_of_mean(const Part *part)
{
    return part->squares / (part->n - 1) / part->n;
}

/* What is left of `all` without `part`: Welford's update backwards. */
static Part without(const Part *all, const Part *part)
{
    double n = all->n - part->n, mean = (all->n * all->mean - part->n * part->mean) / n;
    double between = mean - part->mean;
    return (Part){n, mean, all->squares - part->squares - between * between * n * part->n / all->n};
}

typedef struct Found {
    double t, difference, cut;
    size_t feature;
    bool above, any;
} Found;

/* Best cut among those `in`. */
static void search(const Problem *p, const bool *in, Found *best)
{
    Part all = {0, 0, 0};
    for (size_t i = 0; i < p->n; i++)
        if (in[i])
            add(&all, p->score[i]);
    double fewest = fmax(2, ceil(p->smallest * all.n));
    *best = (Found){0};
    for (size_t j = 0; j < p->x.cols; j++) {
        const uint32_t *order = p->order + j * p->n;
        Part below = {0, 0, 0};
        double last = NAN;
        for (size_t k = 0; k < p->n; k++) {
            uint32_t i = order[k];
            if (!in[i])
                continue;
            double value = VG_AT(p->x, i, j);
            if (value > last && below.n >= fewest && all.n - below.n >= fewest) {
                Part above = without(&all, &below);
                double difference = above.mean - below.mean;
                double t = difference / sqrt(variance_of_mean(&above) + variance_of_mean(&below));
                if (!best->any || fabs(t) > best->t + TIE)
                    *best = (Found){fabs(t), fabs(difference), last, j, difference > 0, true};
            }
            add(&below, p->score[i]);
            last = value;
        }
    }
}

typedef struct Record {
    Found found;
    double estimate[3],
        se[3]; /* inside, outside, difference in the other half; NaN without a cut */
} Record;

static VgStatus one_split(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Problem *p = context;
    Record *r = record_;
    size_t *person = VG_NEW(scratch, size_t, p->n);
    bool *in = VG_NEW(scratch, bool, p->n);
    if (!person || !in)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->n; k++)
        person[k] = k;
    vg_random_shuffle(&random, person, p->n);
    for (size_t k = 0; k < p->n / 2; k++)
        in[person[k]] = true;
    search(p, in, &r->found);
    Part part[2] = {{0, 0, 0}, {0, 0, 0}}; /* inside, outside */
    for (size_t k = 0; k < p->n && r->found.any; k++)
        if (!in[k]) {
            bool above = VG_AT(p->x, k, r->found.feature) > r->found.cut;
            add(&part[above != r->found.above], p->score[k]);
        }
    for (int k = 0; k < 2; k++) {
        r->estimate[k] = part[k].mean;
        r->se[k] = part[k].n >= 2 ? sqrt(variance_of_mean(&part[k])) : (double)NAN;
    }
    r->estimate[2] = part[0].mean - part[1].mean;
    r->se[2] = hypot(r->se[0], r->se[1]);
    return VG_OK;
}

typedef struct Splits {
    Record *record;
    size_t count; /* with a cut, and people on both sides of it in the other half */
    size_t asked;
} Splits;

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    Splits *splits = total;
    const Record *r = record;
    if (r->found.any && isfinite(r->se[2]))
        splits->record[splits->count++] = *r;
    return VG_OK;
}

/* ---- medians ---- */

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof *value, vg_compare_numbers);
    return vg_sorted_quantile(value, n, 0.5);
}

/* Entry k of the records: medians of estimate, SE, limits; p twice the median, one-sided for the difference. */
static VgInference summarise(const Splits *s, int k, double level, double *room)
{
    double quantile = vg_normal_quantile(0.5 + level / 2), part[5];
    for (int what = 0; what < 5; what++) {
        for (size_t i = 0; i < s->count; i++) {
            double estimate = s->record[i].estimate[k], se = s->record[i].se[k], z = estimate / se;
            const double value[5] = {estimate, se, estimate - quantile * se,
                                     estimate + quantile * se,
                                     k == 2 ? vg_normal_upper(z) : vg_normal_two_sided(z)};
            room[i] = value[what];
        }
        part[what] = median(room, s->count);
    }
    return (VgInference){.estimate = part[0],
                         .se = part[1],
                         .df = INFINITY,
                         .statistic = part[0] / part[1],
                         .p = fmin(1, 2 * part[4]),
                         .lower = part[2],
                         .upper = part[3]};
}

/* The feature and side chosen most often, the lower feature first, and the median of its cuts. */
static void name_subgroup(const Splits *s, size_t p, double *room, VgSubgroup *out)
{
    double most = 0;
    for (size_t j = 0; j < p; j++)
        for (int above = 0; above < 2; above++) {
            size_t held = 0;
            for (size_t i = 0; i < s->count; i++)
                if (s->record[i].found.feature == j && s->record[i].found.above == (above == 1))
                    room[held++] = s->record[i].found.cut;
            out->share[j] += (double)held / (double)s->count;
            if ((double)held > most) {
                most = (double)held;
                out->feature = j;
                out->above = above == 1;
                out->cut = median(room, held);
            }
        }
    out->chosen = most / (double)s->count;
}

/* ---- input ---- */

static VgStatus prepare(VgArena *arena, Problem *p, VgError *error)
{
    if (p->n < FEWEST_PEOPLE || p->n > UINT32_MAX)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "%zu people are too few to search a subgroup in one half and estimate it in the other",
            "test declared moderators instead", p->n);
    VG_TRY(vg_strata_check_numbers(p->n, p->score, "the score", error));
    VgRankedPerson *sorted = VG_NEW(arena, VgRankedPerson, p->n);
    p->order = VG_NEW(arena, uint32_t, p->n * p->x.cols);
    if (!sorted || !p->order)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p->x.cols; j++) {
        VG_TRY(vg_strata_check_numbers(p->n, &VG_AT(p->x, 0, j), "a feature", error));
        vg_strata_sort(&VG_AT(p->x, 0, j), p->n, sorted);
        for (size_t k = 0; k < p->n; k++)
            p->order[j * p->n + k] = sorted[k].person;
    }
    return VG_OK;
}

VgStatus vg_subgroup(VgArena *arena, const double *score, VgMatrix features,
                     const VgSubgroupOptions *options, VgSubgroup *out, VgError *error)
{
    Problem p = {.score = score,
                 .x = features,
                 .n = features.rows,
                 .smallest = options->smallest > 0 ? options->smallest : SMALLEST};
    double level = options->level > 0 ? options->level : 0.95;
    if (p.smallest > 0.5)
        return vg_fail(error, VG_INVALID_INPUT, "a share of %g on both sides of a cut",
                       "at most one half can be", p.smallest);
    VG_TRY(prepare(arena, &p, error));
    Splits splits = {.asked = options->splits ? options->splits : SPLITS};
    splits.record = VG_NEW(arena, Record, splits.asked);
    double *room = VG_NEW(arena, double, splits.asked);
    *out = (VgSubgroup){.share = VG_NEW(arena, double, features.cols)};
    if (!splits.record || !room || !out->share)
        return vg_fail_memory(error);
    const VgReplicate plan = {.count = splits.asked,
                              .seed = options->seed,
                              .stream = VG_STREAM_RANDOMISATION,
                              .record_size = sizeof(Record),
                              .body = one_split,
                              .merge = keep,
                              .context = &p,
                              .total = &splits,
                              .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    if (2 * splits.count <= splits.asked)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "in %zu of %zu splits no cut leaves enough people on both sides",
                       "features are nearly constant, or the smallest share is too large",
                       splits.asked - splits.count, splits.asked);
    out->inside = summarise(&splits, 0, level, room);
    out->outside = summarise(&splits, 1, level, room);
    out->difference = summarise(&splits, 2, level, room);
    for (size_t i = 0; i < splits.count; i++)
        room[i] = splits.record[i].found.difference;
    out->difference_found = median(room, splits.count);
    name_subgroup(&splits, features.cols, room, out);
    return VG_OK;
}
