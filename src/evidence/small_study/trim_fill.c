/* Trim and fill: how many studies would have to be mirrored for the funnel to be symmetric, and the pooled effect with
 * them. With ranks r_i of |y_i − μ| and S the sum of ranks of effects above μ (funnel filled on the left):
 *   L0 = (4S − k(k + 1))/(2k − 1),   R0 = k − (largest rank below μ) − 1,
 * μ from the studies that are left when the k0 largest effects are taken away; repeated until k0 stands.
 * Source: Duval & Tweedie 2000a, 2000b. */
#include "evidence/small_study/small_study.h"

#include <math.h>
#include <stdlib.h>

#include <vagus/meta.h>

#include "model/wald.h"

enum { MOST_ROUNDS = 100 };

/* A study as the side sees it: filled on the left. */
typedef struct Study {
    double y, v;
    size_t row;
} Study;

typedef struct Work {
    VgArena *arena;
    const VgTrimFillOptions *options;
    VgMetaOptions meta;
    size_t k;
    Study *study;  /* by y, ascending */
    double *y, *v; /* 2 k: what is pooled */
    double *distance;
    size_t *rank;
    double k0_exact, mean;
    VgError *error;
} Work;

static int by_effect(const void *a_, const void *b_)
{
    const Study *a = a_, *b = b_;
    return a->y != b->y ? (a->y > b->y ? 1 : -1) : (a->row > b->row) - (a->row < b->row);
}

static VgStatus pool(const Work *work, size_t k, VgMetaPool *out)
{
    VgEffects effects = {.k = k, .y = work->y, .v = work->v};
    return vg_meta_pool(&effects, &work->meta, out, work->error);
}

/* 1 = nearest to the mean; ties in the order of the effects. */
static void rank_distances(Work *work)
{
    for (size_t i = 0; i < work->k; i++)
        work->distance[i] = fabs(work->study[i].y - work->mean);
    for (size_t i = 0; i < work->k; i++) {
        work->rank[i] = 1;
        for (size_t j = 0; j < work->k; j++)
            work->rank[i] += work->distance[j] < work->distance[i] ||
                             (work->distance[j] == work->distance[i] && j < i);
    }
}

static double missing_studies(const Work *work)
{
    double k = (double)work->k, above = 0;
    size_t largest_below = 0;
    for (size_t i = 0; i < work->k; i++) {
        if (work->study[i].y > work->mean)
            above += (double)work->rank[i];
        else if (work->study[i].y < work->mean && work->rank[i] > largest_below)
            largest_below = work->rank[i];
    }
    return work->options->estimator == VG_TRIMFILL_R0 ? k - (double)largest_below - 1
                                                      : (4 * above - k * (k + 1)) / (2 * k - 1);
}

/* Rounds until the number of trimmed studies stands. */
static VgStatus iterate(Work *work, VgTrimFill *out)
{
    size_t trimmed = 0;
    for (size_t round = 1; round <= MOST_ROUNDS; round++) {
        VgMetaPool pooled;
        for (size_t i = 0; i < work->k - trimmed; i++) {
            work->y[i] = work->study[i].y;
            work->v[i] = work->study[i].v;
        }
        VG_TRY(pool(work, work->k - trimmed, &pooled));
        work->mean = pooled.estimate;
        rank_distances(work);
        work->k0_exact = missing_studies(work);
        size_t found = (size_t)fmin(fmax(0, nearbyint(work->k0_exact)), (double)(work->k - 1));
        out->iterations = round;
        if (found == trimmed) {
            out->filled = found;
            return VG_OK;
        }
        trimmed = found;
    }
    return vg_fail(work->error, VG_NO_CONVERGENCE,
                   "the number of filled studies still changes after %d rounds",
                   "try the other estimator (L0, R0)", MOST_ROUNDS);
}

static double filled_se(const Work *work, size_t filled)
{
    double k = (double)work->k, k0 = work->k0_exact;
    if (work->options->estimator == VG_TRIMFILL_R0)
        return sqrt(2 * (double)filled + 2);
    double variance = (k * (k + 1) * (2 * k + 1) + 10 * k0 * k0 * k0 + 27 * k0 * k0 + 17 * k0 -
                       18 * k * k0 * k0 - 18 * k * k0 + 6 * k * k * k0) /
                      24;
    return 4 * sqrt(fmax(0, variance)) / (2 * k - 1);
}

static VgInference inference_of(const VgMetaPool *pool)
{
    return (VgInference){pool->estimate, pool->se,    pool->df,   pool->statistic,
                         pool->p,        pool->lower, pool->upper};
}

/* Mirrors the largest effects about the mean, and pools. */
static VgStatus fill(Work *work, const VgSmallStudyData *data, double sign, VgTrimFill *out)
{
    VgMetaPool pooled;
    size_t k = work->k, filled = out->filled;
    out->y = VG_NEW(work->arena, double, filled);
    out->v = VG_NEW(work->arena, double, filled);
    out->mirror_of = VG_NEW(work->arena, size_t, filled);
    if (!out->y || !out->v || !out->mirror_of)
        return vg_fail_memory(work->error);
    for (size_t i = 0; i < k; i++) {
        work->y[i] = data->y[i];
        work->v[i] = data->v[i];
    }
    VG_TRY(pool(work, k, &pooled));
    out->original = inference_of(&pooled);
    for (size_t i = 0; i < filled; i++) {
        const Study *study = &work->study[k - filled + i];
        out->y[i] = work->y[k + i] = sign * (2 * work->mean - study->y);
        out->v[i] = work->v[k + i] = study->v;
        out->mirror_of[i] = study->row;
    }
    VG_TRY(pool(work, k + filled, &pooled));
    out->pooled = inference_of(&pooled);
    out->tau2 = pooled.tau2;
    return VG_OK;
}

/* metafor's rule: a negative slope on the standard error fills on the right. */
static VgStatus choose_side(VgArena *arena, const VgSmallStudyData *data,
                            const VgTrimFillOptions *options, VgFillSide *side, VgError *error)
{
    *side = options->side;
    if (*side != VG_FILL_AUTO)
        return VG_OK;
    VgEgger egger;
    VgEggerOptions regression = {.tau2 = options->tau2, .test = VG_META_TEST_Z};
    VG_TRY(vg_egger(arena, data, &regression, &egger, error));
    *side = egger.slope.estimate < 0 ? VG_FILL_RIGHT : VG_FILL_LEFT;
    return VG_OK;
}

VgStatus vg_trim_and_fill(VgArena *arena, const VgSmallStudyData *data,
                          const VgTrimFillOptions *options, VgTrimFill *out, VgError *error)
{
    static const VgTrimFillOptions defaults = {0};
    size_t k = data->k;
    if (!options)
        options = &defaults;
    *out = (VgTrimFill){.few = k < 10, .filled_p = NAN};
    VG_TRY(vg_small_study_check(data, 3, error));
    Work work = {.arena = arena, .options = options, .k = k, .error = error};
    work.meta = (VgMetaOptions){.tau2 = options->tau2, .test = options->test};
    if (!vg_level(options->level, &work.meta.level))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       options->level);
    VG_TRY(choose_side(arena, data, options, &out->side, error));
    work.study = VG_NEW(arena, Study, k);
    work.y = VG_NEW(arena, double, 2 * k);
    work.v = VG_NEW(arena, double, 2 * k);
    work.distance = VG_NEW(arena, double, k);
    work.rank = VG_NEW(arena, size_t, k);
    if (!work.study || !work.y || !work.v || !work.distance || !work.rank)
        return vg_fail_memory(error);
    double sign = out->side == VG_FILL_RIGHT ? -1 : 1;
    for (size_t i = 0; i < k; i++)
        work.study[i] = (Study){sign * data->y[i], data->v[i], i};
    qsort(work.study, k, sizeof *work.study, by_effect);
    VG_TRY(iterate(&work, out));
    out->filled_se = filled_se(&work, out->filled);
    if (options->estimator == VG_TRIMFILL_R0)
        out->filled_p = ldexp(1, -(int)out->filled - 1);
    return fill(&work, data, sign, out);
}
