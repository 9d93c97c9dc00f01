/* Nonmetric multidimensional scaling: Kruskal's stress 1 brought down by majorisation (SMACOF, De Leeuw 1977) in turn
 * with monotone regression (pool adjacent violators). Equal dissimilarities may get different distances (primary
 * approach, as monoMDS). */
#include <vagus/ordination.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

typedef struct Pair {
    double key;
    uint32_t i, j;
} Pair;

typedef struct Plan {
    size_t n, axes, pairs, iterations;
    const Pair *pair;    /* ascending dissimilarity */
    const VgPcoa *start; /* of the first start */
} Plan;

static int by_key(const void *a, const void *b)
{
    const Pair *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->j > y->j) - (x->j < y->j);
}

typedef struct State {
    double *x, *next; /* n × axes */
    double *distance; /* by pair, in the order of dissimilarities */
    double *fitted;   /* monotone regression of it */
    Pair *tied;       /* scratch for sorting ties */
    uint32_t *order;  /* pairs, ties sorted by distance */
    size_t *block;    /* scratch of the regression: sizes */
    double *mean;
} State;

static double between(const State *s, const Plan *plan, const Pair *pair)
{
    double sum = 0;
    for (size_t a = 0; a < plan->axes; a++) {
        double d = s->x[pair->i + a * plan->n] - s->x[pair->j + a * plan->n];
        sum += d * d;
    }
    return sqrt(sum);
}

/* Within equal dissimilarities, pairs in the order of their distances. */
static void sort_ties(const Plan *plan, State *s)
{
    for (size_t from = 0, to; from < plan->pairs; from = to) {
        for (to = from; to < plan->pairs && plan->pair[to].key == plan->pair[from].key; to++)
            s->tied[to - from] = (Pair){s->distance[to], (uint32_t)to, 0};
        if (to - from > 1)
            qsort(s->tied, to - from, sizeof *s->tied, by_key);
        for (size_t k = from; k < to; k++)
            s->order[k] = s->tied[k - from].i;
    }
}

static void regress(const Plan *plan, State *s)
{
    size_t blocks = 0;
    for (size_t k = 0; k < plan->pairs; k++) {
        double mean = s->distance[s->order[k]];
        size_t size = 1;
        while (blocks && s->mean[blocks - 1] >= mean) {
            blocks--;
            double other = (double)s->block[blocks];
            mean = (mean * (double)size + s->mean[blocks] * other) / ((double)size + other);
            size += s->block[blocks];
        }
        s->mean[blocks] = mean;
        s->block[blocks++] = size;
    }
    for (size_t b = 0, k = 0; b < blocks; b++)
        for (size_t m = 0; m < s->block[b]; m++)
            s->fitted[s->order[k++]] = s->mean[b];
}

/* Distances, their regression and stress 1 of the present configuration. */
static double evaluate(const Plan *plan, State *s)
{
    double apart = 0, size = 0;
    for (size_t k = 0; k < plan->pairs; k++)
        s->distance[k] = between(s, plan, &plan->pair[k]);
    sort_ties(plan, s);
    regress(plan, s);
    for (size_t k = 0; k < plan->pairs; k++) {
        double d = s->distance[k] - s->fitted[k];
        apart += d * d;
        size += s->distance[k] * s->distance[k];
    }
    return size > 0 ? sqrt(apart / size) : 1;
}

/* Guttman's transform: X := B(X) X / n, with the fitted distances scaled to the present ones. */
static void majorise(const Plan *plan, State *s)
{
    double cross = 0, size = 0;
    for (size_t k = 0; k < plan->pairs; k++) {
        cross += s->distance[k] * s->fitted[k];
        size += s->fitted[k] * s->fitted[k];
    }
    double scale = size > 0 ? cross / size : 1;
    memset(s->next, 0, plan->n * plan->axes * sizeof *s->next);
    for (size_t k = 0; k < plan->pairs; k++) {
        const Pair *pair = &plan->pair[k];
        double ratio = s->distance[k] > 0 ? scale * s->fitted[k] / s->distance[k] : 0;
        for (size_t a = 0; a < plan->axes; a++) {
            size_t i = pair->i + a * plan->n, j = pair->j + a * plan->n;
            double step = ratio * (s->x[i] - s->x[j]) / (double)plan->n;
            s->next[i] += step;
            s->next[j] -= step;
        }
    }
    double *keep = s->x;
    s->x = s->next;
    s->next = keep;
}

static bool make_state(VgArena *arena, const Plan *plan, State *s)
{
    s->x = VG_NEW(arena, double, plan->n * plan->axes);
    s->next = VG_NEW(arena, double, plan->n * plan->axes);
    s->distance = VG_NEW(arena, double, plan->pairs);
    s->fitted = VG_NEW(arena, double, plan->pairs);
    s->mean = VG_NEW(arena, double, plan->pairs);
    s->block = VG_NEW(arena, size_t, plan->pairs);
    s->tied = VG_NEW(arena, Pair, plan->pairs);
    s->order = VG_NEW(arena, uint32_t, plan->pairs);
    return s->x && s->next && s->distance && s->fitted && s->mean && s->block && s->tied &&
           s->order;
}

/* A start's record: stress, whether it converged, then the points. */
static VgStatus run_start(size_t i, VgRandom random, VgArena *arena, const void *context,
                          void *record, VgError *error)
{
    const Plan *plan = context;
    double *out = record;
    State s;
    if (!make_state(arena, plan, &s))
        return vg_fail_memory(error);
    for (size_t a = 0; a < plan->axes; a++)
        for (size_t r = 0; r < plan->n; r++)
            s.x[r + a * plan->n] = i == 0 && a < plan->start->axes
                                       ? VG_AT(plan->start->points, r, a)
                                       : vg_random_normal(&random);
    double stress = evaluate(plan, &s), before = INFINITY;
    size_t step = 0;
    for (; step < plan->iterations && before - stress > 1e-9 * stress && stress > 1e-10; step++) {
        before = stress;
        majorise(plan, &s);
        stress = evaluate(plan, &s);
    }
    out[0] = stress;
    out[1] = step < plan->iterations;
    memcpy(out + 2, s.x, plan->n * plan->axes * sizeof *out);
    return VG_OK;
}

typedef struct Best {
    VgNmds *nmds;
    double *stress; /* of all starts */
} Best;

static VgStatus keep_best(size_t i, const void *record, void *total, VgError *error)
{
    (void)error;
    Best *best = total;
    const double *start = record;
    best->stress[i] = start[0];
    if (i == 0 || start[0] < best->nmds->stress) {
        best->nmds->stress = start[0];
        best->nmds->converged = start[1] > 0;
        memcpy(best->nmds->points.data, start + 2,
               best->nmds->n * best->nmds->axes * sizeof(double));
    }
    return VG_OK;
}

/* Centred, on principal axes, root mean square distance to the origin 1. */
static VgStatus tidy(VgArena *arena, VgMatrix points, VgError *error)
{
    size_t n = points.rows, axes = points.cols;
    VgMatrix cross = vg_matrix_new(arena, axes, axes);
    double *value = VG_NEW(arena, double, axes), *row = VG_NEW(arena, double, axes), sum = 0;
    if (!cross.data || !value || !row)
        return vg_fail_memory(error);
    for (size_t a = 0; a < axes; a++) {
        double mean = vg_sum_accurate(&VG_AT(points, 0, a), n) / (double)n;
        for (size_t i = 0; i < n; i++)
            VG_AT(points, i, a) -= mean;
    }
    vg_cross_product(points, cross);
    VG_TRY(vg_symmetric_eigen(arena, cross, value, error));
    for (size_t a = 0; a < axes; a++)
        sum += value[a];
    double scale = sum > 0 ? sqrt((double)n / sum) : 1;
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < axes; a++)
            row[a] = VG_AT(points, i, a);
        for (size_t a = 0; a < axes; a++) {
            double at = 0;
            for (size_t b = 0; b < axes; b++)
                at += row[b] * VG_AT(cross, b, axes - 1 - a);
            VG_AT(points, i, a) = scale * at;
        }
    }
    return VG_OK;
}

static VgStatus sort_pairs(VgArena *arena, const VgDistances *distances, Plan *plan, VgError *error)
{
    Pair *pair = VG_NEW(arena, Pair, plan->pairs);
    if (!pair)
        return vg_fail_memory(error);
    for (size_t i = 0, k = 0; i < plan->n; i++)
        for (size_t j = i + 1; j < plan->n; j++, k++)
            pair[k] = (Pair){distances->value[k], (uint32_t)i, (uint32_t)j};
    qsort(pair, plan->pairs, sizeof *pair, by_key);
    plan->pair = pair;
    return VG_OK;
}

VgStatus vg_nmds(VgArena *arena, const VgDistances *distances, const VgNmdsOptions *options,
                 VgNmds **nmds, VgError *error)
{
    size_t n = distances->n, starts = options->starts ? options->starts : 20;
    Plan plan = {.n = n,
                 .axes = options->axes ? options->axes : 2,
                 .pairs = n * (n - 1) / 2,
                 .iterations = options->iterations ? options->iterations : 1000};
    if (n < plan.axes + 2 || n > 60000)
        return vg_fail(error, VG_INVALID_INPUT, "%zu samples in %zu dimensions",
                       "give more samples than dimensions", n, plan.axes);
    VgPcoa *start;
    VG_TRY(vg_pcoa(arena, distances, &(VgPcoaOptions){.axes = plan.axes}, &start, error));
    plan.start = start;
    VG_TRY(sort_pairs(arena, distances, &plan, error));
    VgNmds *out = VG_NEW(arena, VgNmds, 1);
    Best best = {out, VG_NEW(arena, double, starts)};
    if (!out || !best.stress)
        return vg_fail_memory(error);
    *out = (VgNmds){.n = n,
                    .axes = plan.axes,
                    .points = vg_matrix_new(arena, n, plan.axes),
                    .n_starts = starts};
    if (!out->points.data)
        return vg_fail_memory(error);
    VgReplicate replicate = {.count = starts,
                             .seed = options->seed ? options->seed : 1,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = (2 + n * plan.axes) * sizeof(double),
                             .body = run_start,
                             .merge = keep_best,
                             .context = &plan,
                             .total = &best,
                             .threads = options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    for (size_t s = 0; s < starts; s++)
        out->n_same += best.stress[s] <= out->stress + 1e-3;
    VG_TRY(tidy(arena, out->points, error));
    *nmds = out;
    return VG_OK;
}
