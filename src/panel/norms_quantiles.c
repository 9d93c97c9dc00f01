/* Centiles of people without a distribution: many quantile regressions, put in order, read backwards. */
#include <vagus/norms.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/quantile_regression.h>

#include "numeric/linear_algebra.h"
#include "numeric/random.h"
#include "numeric/replicate.h"

enum { STEPS = 50 };

/* Quantiles 1, 3, …, 99 of 100 with at least three people beyond them. */
static size_t list_quantiles(size_t n, double tau[STEPS])
{
    size_t m = 0;
    for (size_t k = 0; k < STEPS; k++) {
        double t = (2 * (double)k + 1) / 100;
        if (fmin(t, 1 - t) * (double)n >= 3)
            tau[m++] = t;
    }
    return m;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct Question {
    VgMatrix x, people;
    const double *y, *y_people;
    size_t n_tau;
    double tau[STEPS];
} Question;

/* Between rearranged quantiles the centile is linear in the value. */
static double read_centile(const double *tau, const double *quantile, size_t n, double y)
{
    if (y <= quantile[0])
        return tau[0];
    if (y >= quantile[n - 1])
        return tau[n - 1];
    size_t k = 1;
    while (quantile[k] < y)
        k++;
    size_t last = k; /* where quantiles coincide, the middle of their shares */
    while (last + 1 < n && quantile[last + 1] == y)
        last++;
    if (quantile[k] == y)
        return (tau[k] + tau[last]) / 2;
    return tau[k - 1] +
           (tau[k] - tau[k - 1]) * (y - quantile[k - 1]) / (quantile[k] - quantile[k - 1]);
}

/* The centile of each person by these reference people; *below, *above may be NULL. */
static VgStatus centiles(VgArena *arena, const Question *q, VgMatrix x, const double *y,
                         double *centile, bool *below, bool *above, VgError *error)
{
    size_t m = q->people.rows, p = x.cols;
    double *at = VG_NEW(arena, double, m * q->n_tau);
    size_t *start = VG_NEW(arena, size_t, p);
    if (!at || !start)
        return vg_fail_memory(error);
    for (size_t k = 0; k < q->n_tau; k++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgQuantileFit fit;
        VG_TRY(vg_quantile_regression(arena, x, y, q->tau[k], k ? start : NULL, &fit, error));
        memcpy(start, fit.basis, p * sizeof *start);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < p; j++)
                at[i * q->n_tau + k] += VG_AT(q->people, i, j) * fit.beta[j];
        vg_arena_rewind(arena, mark);
    }
    for (size_t i = 0; i < m; i++) {
        double *own = at + i * q->n_tau;
        qsort(own, q->n_tau, sizeof *own, ascending);
        centile[i] = read_centile(q->tau, own, q->n_tau, q->y_people[i]);
        if (below)
            below[i] = q->y_people[i] < own[0];
        if (above)
            above[i] = q->y_people[i] > own[q->n_tau - 1];
    }
    return VG_OK;
}

/* A person drawn m times is a row times m: ρ is homogeneous. A draw that lacks a level of a covariate is drawn again, up to ten times. */
static VgStatus resample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)i;
    const Question *q = context;
    size_t n = q->x.rows, p = q->x.cols;
    VgMatrix x = vg_matrix_new(scratch, n, p);
    double *y = VG_NEW(scratch, double, n), *times = VG_NEW(scratch, double, n);
    if (!x.data || !y || !times)
        return vg_fail_memory(error);
    VgStatus status = VG_NOT_ESTIMABLE;
    for (int tries = 0; tries < 10 && status == VG_NOT_ESTIMABLE; tries++) {
        x.rows = 0;
        memset(times, 0, n * sizeof *times);
        for (size_t r = 0; r < n; r++)
            times[vg_random_below(&random, n)]++;
        for (size_t r = 0; r < n; r++) {
            if (times[r] == 0)
                continue;
            y[x.rows] = times[r] * q->y[r];
            for (size_t j = 0; j < p; j++)
                VG_AT(x, x.rows, j) = times[r] * VG_AT(q->x, r, j);
            x.rows++;
        }
        status = centiles(scratch, q, x, y, record, NULL, NULL, error);
    }
    return status;
}

typedef struct Kept {
    double *value; /* resamples × people */
    size_t n, people;
} Kept;

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)error;
    Kept *to = total;
    for (size_t k = 0; k < to->people; k++)
        to->value[i + k * to->n] = ((const double *)record)[k];
    return VG_OK;
}

static VgStatus find_intervals(VgArena *arena, const Question *q, const VgCentileOptions *options,
                               VgCentile *centile, VgError *error)
{
    Kept kept = {.n = options->resamples ? options->resamples : 200, .people = q->people.rows};
    double level = options->level > 0 ? options->level : 0.95;
    kept.value = VG_NEW(arena, double, kept.n *kept.people);
    if (!kept.value)
        return vg_fail_memory(error);
    VgReplicate plan = {.count = kept.n,
                        .seed = options->seed ? options->seed : 1,
                        .stream = VG_STREAM_BOOTSTRAP,
                        .record_size = kept.people * sizeof(double),
                        .body = resample,
                        .merge = keep,
                        .context = q,
                        .total = &kept,
                        .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    for (size_t i = 0; i < kept.people; i++) {
        double *value = kept.value + i * kept.n;
        qsort(value, kept.n, sizeof *value, ascending);
        centile[i].lower = value[(size_t)floor((double)(kept.n - 1) * (1 - level) / 2)];
        centile[i].upper = value[(size_t)ceil((double)(kept.n - 1) * (1 + level) / 2)];
        if (centile[i].below && centile[i].lower <= q->tau[0])
            centile[i].lower = 0;
        if (centile[i].above && centile[i].upper >= q->tau[q->n_tau - 1])
            centile[i].upper = 1;
    }
    return VG_OK;
}

VgStatus vg_quantile_centiles(VgArena *arena, VgMatrix x, const double *y, VgMatrix people,
                              const double *y_people, const VgCentileOptions *options,
                              VgCentile *centile, VgError *error)
{
    Question q = {.x = x, .people = people, .y = y, .y_people = y_people};
    if (x.rows < VG_NORM_LEAST)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no comparable people: the reference set has %zu",
                       "a norm needs at least 30", x.rows);
    q.n_tau = list_quantiles(x.rows, q.tau);
    double *value = VG_NEW(arena, double, people.rows);
    bool *below = VG_NEW(arena, bool, people.rows), *above = VG_NEW(arena, bool, people.rows);
    if (!value || !below || !above)
        return vg_fail_memory(error);
    VG_TRY(centiles(arena, &q, x, y, value, below, above, error));
    for (size_t i = 0; i < people.rows; i++)
        centile[i] = (VgCentile){.centile = value[i], .below = below[i], .above = above[i]};
    return find_intervals(arena, &q, options, centile, error);
}
