/* Importance of covariates to a causal forest, and how much of it hangs on who was in the trial: the forest grown again on half of the
 * people, again and again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/effect_forest.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"
#include "numeric/quantile.h"
#include "numeric/random.h"
#include "numeric/replicate.h"

/* PURPOSE: refits are forests of their own beside the nuisances of the forest they belong to. */
enum { REFITS = 40, TREES = 500, FIRST_FEW = 3, PURPOSE = 10, MOST_REFITS = 1000 };

typedef struct Problem {
    const VgEffectSample *sample;
    VgForestOptions forest;
    size_t n, p;
    size_t units, treated; /* people, the treated first; or clusters, all in one group */
    size_t *unit;
} Problem;

/* Shares that sum to 1; all 0 where no tree was cut. */
static void shares_of(const VgRandomForest *forest, size_t p, double *share)
{
    double sum = 0;
    vg_forest_importance(forest, 0, 0, share);
    for (size_t j = 0; j < p; j++)
        sum += share[j];
    for (size_t j = 0; j < p && sum > 0; j++)
        share[j] /= sum;
}

static void list_units(Problem *p)
{
    const VgEffectSample *s = p->sample;
    size_t k = 0;
    for (size_t i = 0; i < p->units; i++)
        if (s->clusters.of || s->treatment_left[i] > 0)
            p->unit[k++] = i;
    p->treated = k;
    for (size_t i = 0; i < p->units && k < p->units; i++)
        if (!(s->treatment_left[i] > 0))
            p->unit[k++] = i;
}

/* Rows of half of the treated and half of the others, or of half of the clusters. */
static VgStatus draw_half(const Problem *p, VgRandom *random, VgArena *scratch, size_t *row,
                          size_t *n, VgError *error)
{
    size_t *unit = VG_NEW(scratch, size_t, p->units), rest = p->units - p->treated;
    bool *in = VG_NEW(scratch, bool, p->units);
    if (!unit || !in)
        return vg_fail_memory(error);
    memcpy(unit, p->unit, p->units * sizeof *unit);
    if (p->treated > 1)
        vg_random_shuffle(random, unit, p->treated);
    if (rest > 1)
        vg_random_shuffle(random, unit + p->treated, rest);
    for (size_t k = 0; k < p->treated / 2; k++)
        in[unit[k]] = true;
    for (size_t k = 0; k < rest / 2; k++)
        in[unit[p->treated + k]] = true;
    for (size_t i = 0; i < p->n; i++)
        if (in[p->sample->clusters.of ? (size_t)p->sample->clusters.of[i] : i])
            row[(*n)++] = i;
    return VG_OK;
}

static VgStatus refit(size_t i, VgRandom random, VgArena *scratch, const void *context,
                      void *record, VgError *error)
{
    const Problem *p = context;
    size_t *row = VG_NEW(scratch, size_t, p->n), n = 0;
    VgRandomForest *forest;
    if (!row)
        return vg_fail_memory(error);
    VG_TRY(draw_half(p, &random, scratch, row, &n, error));
    VgForestOptions options = p->forest;
    options.purpose += (uint32_t)i;
    VG_TRY(vg_forest_of_rows(scratch, p->sample, row, n, &options, &forest, error));
    shares_of(forest, p->p, record);
    return VG_OK;
}

typedef struct Refits {
    size_t p, count;
    double *share; /* a column after the other: count values each */
    size_t planned;
    double *among_first;
} Refits;

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    Refits *r = total;
    const double *share = record;
    for (size_t j = 0; j < r->p; j++) {
        size_t above = 0;
        for (size_t k = 0; k < r->p; k++)
            above += share[k] > share[j] || (share[k] == share[j] && k < j);
        r->share[j * r->planned + r->count] = share[j];
        r->among_first[j] += above < FIRST_FEW && share[j] > 0; /* counted first */
    }
    r->count++;
    return VG_OK;
}

static VgStatus ranges(VgArena *arena, const Problem *p, const VgImportanceOptions *options,
                       VgImportance *importance, VgError *error)
{
    double level = options->level > 0 ? options->level : 0.95;
    Refits r = {.p = p->p,
                .planned = importance->refits,
                .among_first = importance->among_first,
                .share = VG_NEW(arena, double, p->p * importance->refits)};
    if (!r.share)
        return vg_fail_memory(error);
    const VgReplicate plan = {.count = importance->refits,
                              .seed = p->forest.seed,
                              .stream = VG_STREAM_BOOTSTRAP,
                              .record_size = p->p * sizeof(double),
                              .body = refit,
                              .merge = keep,
                              .context = p,
                              .total = &r,
                              .threads = options->forest.threads};
    VG_TRY(vg_replicate(&plan, error));
    for (size_t j = 0; j < p->p; j++) {
        double *share = r.share + j * r.planned;
        importance->among_first[j] /= (double)r.count;
        qsort(share, r.count, sizeof *share, vg_compare_numbers);
        importance->lower[j] = vg_sorted_quantile(share, r.count, (1 - level) / 2);
        importance->upper[j] = vg_sorted_quantile(share, r.count, (1 + level) / 2);
    }
    return VG_OK;
}

static void put_in_order(VgImportance *importance, size_t p)
{
    for (size_t j = 0; j < p; j++) {
        importance->rank[j] = 1;
        for (size_t k = 0; k < p; k++)
            importance->rank[j] += importance->share[k] > importance->share[j] ||
                                   (importance->share[k] == importance->share[j] && k < j);
    }
}

VgStatus vg_effect_importance(VgArena *arena, const VgRandomForest *forest,
                              const VgEffectSample *sample, const VgImportanceOptions *options,
                              VgImportance *importance, VgError *error)
{
    size_t columns = sample->measured.data ? sample->measured.cols : sample->x.cols;
    Problem p = {.sample = sample, .n = sample->x.rows, .p = columns, .forest = options->forest};
    p.units = sample->clusters.of ? sample->clusters.count : p.n;
    p.unit = VG_NEW(arena, size_t, p.units);
    *importance = (VgImportance){.refits = options->refits ? options->refits : REFITS,
                                 .share = VG_NEW(arena, double, 4 * p.p),
                                 .rank = VG_NEW(arena, size_t, p.p)};
    if (!p.unit || !importance->share || !importance->rank)
        return vg_fail_memory(error);
    if (importance->refits > MOST_REFITS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu refits", "at most 1000; forty are usual",
                       importance->refits);
    importance->lower = importance->share + p.p;
    importance->upper = importance->lower + p.p;
    importance->among_first = importance->upper + p.p;
    list_units(&p);
    shares_of(forest, p.p, importance->share);
    put_in_order(importance, p.p);
    /* half of the people, nodes half as large: trees as deep as those of everybody */
    size_t node = p.forest.min_node_size ? p.forest.min_node_size : 5;
    p.forest.min_node_size = node > 1 ? node / 2 : 1;
    p.forest.trees = options->trees ? options->trees : TREES;
    p.forest.group_size = 1;
    p.forest.threads = 1; /* refits are side by side already */
    p.forest.purpose += PURPOSE;
    return ranges(arena, &p, options, importance, error);
}
