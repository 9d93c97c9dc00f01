/* Folds, cross-fitted predictions and sequential validation. */
#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/random.h"
#include "strata/strata.h"

enum { FOLDS = 5 };

/* A stream of its own for the deal, away from what learners draw. */
static const uint32_t DEAL = 0;

static void deal(const size_t *unit, size_t n, size_t folds, size_t *next, int32_t *fold_of_unit)
{
    for (size_t k = 0; k < n; k++)
        fold_of_unit[unit[k]] = (int32_t)((*next)++ % folds);
}

VgStatus vg_strata_deal_folds(VgArena *scratch, size_t n, const double *treatment,
                              VgClusters clusters, size_t folds, uint64_t seed, int32_t *fold,
                              VgError *error)
{
    size_t units = clusters.of ? clusters.count : n, next = 0, first = 0;
    if (units < folds)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu folds of %zu %s", "use fewer folds", folds,
                       units, clusters.of ? "clusters" : "people");
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRandom random = vg_random_start(seed, VG_STREAM_RANDOMISATION, DEAL, 0);
    size_t *unit = VG_NEW(scratch, size_t, units);
    int32_t *of = VG_NEW(scratch, int32_t, units);
    if (!unit || !of)
        return vg_fail_memory(error);
    if (clusters.of) {
        for (size_t u = 0; u < units; u++)
            unit[u] = u;
        vg_random_shuffle(&random, unit, units);
        deal(unit, units, folds, &next, of);
    } else {
        for (size_t i = 0; i < n; i++)
            if (treatment[i] > 0)
                unit[first++] = i;
        for (size_t i = 0, k = first; i < n; i++)
            if (!(treatment[i] > 0))
                unit[k++] = i;
        if (first > 1)
            vg_random_shuffle(&random, unit, first);
        if (n - first > 1)
            vg_random_shuffle(&random, unit + first, n - first);
        deal(unit, n, folds, &next, of);
    }
    for (size_t i = 0; i < n; i++)
        fold[i] = of[clusters.of ? (size_t)clusters.of[i] : i];
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

/* Learns from the folds `first` … `last` − 1 without fold f, and predicts fold f into the places of its people. */
static VgStatus predict_fold(const VgEffectSample *sample, const int32_t *fold, int32_t f,
                             int32_t last, VgEffectLearner learner, const void *context,
                             uint64_t seed, VgArena *scratch, double *effect, VgError *error)
{
    size_t n = sample->x.rows, n_train = 0, n_predict = 0;
    VgArenaMark mark = vg_arena_mark(scratch);
    size_t *train = VG_NEW(scratch, size_t, n), *predict = VG_NEW(scratch, size_t, n);
    double *predicted = VG_NEW(scratch, double, n);
    if (!train || !predict || !predicted)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (fold[i] == f)
            predict[n_predict++] = i;
        else if (fold[i] < last)
            train[n_train++] = i;
    if (n_predict > 0)
        VG_TRY(learner(sample, train, n_train, predict, n_predict, seed + (uint64_t)f, scratch,
                       context, predicted, error));
    for (size_t k = 0; k < n_predict; k++)
        effect[predict[k]] = predicted[k];
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

VgStatus vg_strata_predict_folds(const VgEffectSample *sample, const int32_t *fold, size_t folds,
                                 VgEffectLearner learner, const void *context, uint64_t seed,
                                 VgArena *scratch, double *effect, VgError *error)
{
    for (size_t f = 0; f < folds; f++)
        VG_TRY(predict_fold(sample, fold, (int32_t)f, (int32_t)folds, learner, context, seed,
                            scratch, effect, error));
    return VG_OK;
}

static VgStatus check_sample(const VgEffectSample *sample, VgError *error)
{
    size_t n = sample->x.rows;
    for (size_t j = 0; j < sample->x.cols; j++)
        VG_TRY(vg_strata_check_numbers(n, &VG_AT(sample->x, 0, j), "a covariate", error));
    VG_TRY(vg_strata_check_numbers(n, sample->outcome_left, "the outcome", error));
    VG_TRY(vg_strata_check_numbers(n, sample->treatment_left, "the treatment", error));
    return vg_strata_check_clusters(n, sample->clusters, error);
}

VgStatus vg_cross_fit(VgArena *arena, const VgEffectSample *sample, VgEffectLearner learner,
                      const void *context, size_t folds, uint64_t seed, VgPriority *priority,
                      VgError *error)
{
    size_t n = sample->x.rows, k = folds ? folds : FOLDS;
    VG_TRY(check_sample(sample, error));
    double *effect = VG_NEW(arena, double, n);
    int32_t *fold = VG_NEW(arena, int32_t, n);
    if (!effect || !fold)
        return vg_fail_memory(error);
    if (k < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu fold", "cross-fitting needs two folds or more",
                       k);
    VG_TRY(vg_strata_deal_folds(arena, n, sample->treatment_left, sample->clusters, k, seed, fold,
                                error));
    VG_TRY(vg_strata_predict_folds(sample, fold, k, learner, context, seed, arena, effect, error));
    *priority = (VgPriority){effect, VG_PREDICTION_CROSS_FITTED, fold, k};
    return VG_OK;
}

/* AUTOC over its SE among the people of fold f, ranked by what the folds before it taught. */
static VgStatus test_fold(const VgEffectSample *sample, const double *score, const int32_t *fold,
                          int32_t f, VgEffectLearner learner, const void *context,
                          const VgRankOptions *options, VgArena *arena, double *t, VgError *error)
{
    size_t n = sample->x.rows, held = 0;
    VgArenaMark mark = vg_arena_mark(arena);
    double *effect = VG_NEW(arena, double, n), *value = VG_NEW(arena, double, n);
    double *gamma = VG_NEW(arena, double, n);
    int32_t *cluster = VG_NEW(arena, int32_t, n);
    if (!effect || !value || !gamma || !cluster)
        return vg_fail_memory(error);
    VG_TRY(predict_fold(sample, fold, f, f, learner, context, options->seed, arena, effect, error));
    for (size_t i = 0; i < n; i++)
        if (fold[i] == f) {
            value[held] = effect[i];
            gamma[held] = score[i];
            cluster[held++] = sample->clusters.of ? sample->clusters.of[i] : 0;
        }
    VgPriority priority = {.value = value, .source = VG_PREDICTION_OTHER_PEOPLE};
    VgClusters clusters = {sample->clusters.of ? cluster : NULL, sample->clusters.count};
    VgRankOptions each = *options;
    each.seed += (uint64_t)f;
    VgRankEffects rate;
    VG_TRY(vg_rank_effects(arena, held, gamma, &priority, clusters, &each, &rate, error));
    double units;
    VG_TRY(vg_strata_count_units(arena, held, clusters, &units, error));
    *t = vg_strata_as_normal(rate.autoc.statistic, units - 1);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_sequential_validation(VgArena *arena, const VgEffectSample *sample, const double *score,
                                  VgEffectLearner learner, const void *context, size_t folds,
                                  const VgRankOptions *options, VgSequential *sequential,
                                  VgError *error)
{
    size_t n = sample->x.rows, k = folds ? folds : FOLDS;
    VG_TRY(check_sample(sample, error));
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    if (k < 3)
        return vg_fail(error, VG_INVALID_INPUT, "sequential validation in %zu folds",
                       "with three folds or more there are two tests or more", k);
    *sequential = (VgSequential){.folds = k, .t = VG_NEW(arena, double, k - 1)};
    int32_t *fold = VG_NEW(arena, int32_t, n);
    if (!sequential->t || !fold)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_deal_folds(arena, n, sample->treatment_left, sample->clusters, k,
                                options->seed, fold, error));
    for (size_t f = 1; f < k; f++) {
        VG_TRY(test_fold(sample, score, fold, (int32_t)f, learner, context, options, arena,
                         &sequential->t[f - 1], error));
        sequential->statistic += sequential->t[f - 1] / sqrt((double)k - 1);
    }
    sequential->p = vg_normal_upper(sequential->statistic);
    return VG_OK;
}
