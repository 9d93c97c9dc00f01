/* Folds, cross-fitted predictions and sequential validation. */
#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"
#include "strata/ranking.h"
#include "strata/strata.h"

enum { FOLDS = 5, FEWEST_UNITS = 4 };
/* Leverage of a person who alone decides a slope. */
static const double DECIDES = 1 - 1e-8;

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
    return vg_strata_check_sampling(n, sample->clusters, error);
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

/* AUTOC as a weighted sum of scores: the person k-th in line counts Σ_{i ≥ k} 1/(i n) − 1/n, people of one priority alike. */
static VgStatus weigh(VgArena *arena, size_t n, const VgPriority *priority, double *weight,
                      VgError *error)
{
    VgRanking ranking;
    VG_TRY(vg_ranking_make(arena, n, priority, &ranking, error));
    double behind = 0;
    for (size_t k = n; k-- > 0;) {
        behind += 1 / (double)(k + 1);
        weight[ranking.person[k]] = (behind - 1) / (double)n;
    }
    for (size_t k = 0, end; k < n; k = end) {
        double sum = 0;
        for (end = k; end < n && (end == k || ranking.tied[end]); end++)
            sum += weight[ranking.person[end]];
        for (size_t i = k; i < end; i++)
            weight[ranking.person[i]] = sum / (double)(end - k);
    }
    return VG_OK;
}

/* AUTOC over its standard error given the order, as a normal value. AUTOC = Σ w Γ with Σ w = 0 is the slope of Γ on w times Σ w²: HC2
 * (CR2) with Satterthwaite's df, since few people, those first in line, decide it. 0: the order says nothing, or one person decides. */
static VgStatus test_order(VgArena *arena, size_t n, double *score, const VgPriority *priority,
                           VgClusters clusters, double *z, VgError *error)
{
    static const char *const NAME[] = {"(Intercept)", "weight"};
    VgMatrix x = vg_matrix_new(arena, n, 2);
    double units;
    VG_TRY(vg_strata_count_units(arena, n, clusters, &units, error));
    if (units < FEWEST_UNITS)
        return vg_fail(error, VG_NOT_ESTIMABLE, "a fold has %.0f %s, %d are needed",
                       "use fewer folds", units, clusters.of ? "clusters" : "people", FEWEST_UNITS);
    VG_TRY(vg_strata_everybody_alone(arena, n, &clusters, error));
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        VG_AT(x, i, 0) = 1;
    VG_TRY(weigh(arena, n, priority, &VG_AT(x, 0, 1), error));
    VgLm *fit;
    VG_TRY(
        vg_strata_regress(arena, x, NAME, score, "score", true, VG_LM_HC2, clusters, &fit, error));
    bool decided = fit->rank == 2;
    for (size_t i = 0; i < n; i++)
        decided = decided && fit->leverage[i] < DECIDES;
    *z = decided ? vg_strata_as_normal(fit->coefficient[1] / fit->se[1], fit->df[1]) : 0;
    return VG_OK;
}

/* Tests the people of fold f in the order that the folds before it taught. */
static VgStatus test_fold(const VgEffectSample *sample, const double *score, const int32_t *fold,
                          int32_t f, VgEffectLearner learner, const void *context, uint64_t seed,
                          VgArena *arena, double *z, VgError *error)
{
    size_t n = sample->x.rows, held = 0;
    VgArenaMark mark = vg_arena_mark(arena);
    double *effect = VG_NEW(arena, double, n), *value = VG_NEW(arena, double, n);
    double *gamma = VG_NEW(arena, double, n);
    int32_t *cluster = VG_NEW(arena, int32_t, n);
    if (!effect || !value || !gamma || !cluster)
        return vg_fail_memory(error);
    VG_TRY(predict_fold(sample, fold, f, f, learner, context, seed, arena, effect, error));
    for (size_t i = 0; i < n; i++)
        if (fold[i] == f) {
            value[held] = effect[i];
            gamma[held] = score[i];
            cluster[held++] = sample->clusters.of ? sample->clusters.of[i] : 0;
        }
    VgPriority priority = {.value = value, .source = VG_PREDICTION_OTHER_PEOPLE};
    VgClusters clusters = {.of = sample->clusters.of ? cluster : NULL,
                           .count = sample->clusters.count};
    VG_TRY(vg_strata_check_numbers(held, value, "the predicted effect", error));
    VG_TRY(test_order(arena, held, gamma, &priority, clusters, z, error));
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_sequential_validation(VgArena *arena, const VgEffectSample *sample, const double *score,
                                  VgEffectLearner learner, const void *context, size_t folds,
                                  uint64_t seed, VgSequential *sequential, VgError *error)
{
    size_t n = sample->x.rows, k = folds ? folds : FOLDS;
    VG_TRY(check_sample(sample, error));
    VG_TRY(vg_strata_check_clusters(n, sample->clusters, error)); /* no weights */
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    if (k < 3)
        return vg_fail(error, VG_INVALID_INPUT, "sequential validation in %zu folds",
                       "with three folds or more there are two tests or more", k);
    *sequential = (VgSequential){.folds = k, .z = VG_NEW(arena, double, k - 1)};
    int32_t *fold = VG_NEW(arena, int32_t, n);
    if (!sequential->z || !fold)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_deal_folds(arena, n, sample->treatment_left, sample->clusters, k, seed, fold,
                                error));
    for (size_t f = 1; f < k; f++) {
        VG_TRY(test_fold(sample, score, fold, (int32_t)f, learner, context, seed, arena,
                         &sequential->z[f - 1], error));
        sequential->statistic += sequential->z[f - 1] / sqrt((double)k - 1);
    }
    sequential->p = vg_normal_upper(sequential->statistic);
    return VG_OK;
}
