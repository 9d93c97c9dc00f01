/* Checks that every question of this room asks, and regressions on columns. */
#include "strata/strata.h"

#include <math.h>
#include <stdlib.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

static const char *const SOURCE_NAME[VG_PREDICTION_SOURCE_COUNT] = {
    "unknown", "declared", "other-people", "cross-fitted", "out-of-bag", "in-sample"};

const char *vg_prediction_source_name(VgPredictionSource source)
{
    return source >= 0 && source < VG_PREDICTION_SOURCE_COUNT ? SOURCE_NAME[source] : NULL;
}

VgStatus vg_strata_check_numbers(size_t n, const double *value, const char *what, VgError *error)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(value[i]))
            return vg_fail(error, VG_INVALID_INPUT, "%s is missing in row %zu",
                           "leave the person out of all arrays, or impute the value", what, i + 1);
    return VG_OK;
}

static int by_value(const void *a_, const void *b_)
{
    const VgRankedPerson *a = a_, *b = b_;
    if (a->value != b->value)
        return a->value < b->value ? -1 : 1;
    return a->person < b->person ? -1 : a->person > b->person;
}

void vg_strata_sort(const double *value, size_t n, VgRankedPerson *sorted)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = (VgRankedPerson){value[i], (uint32_t)i};
    qsort(sorted, n, sizeof *sorted, by_value);
}

static VgStatus check_numbers_of_clusters(size_t n, VgClusters clusters, VgError *error)
{
    for (size_t i = 0; clusters.of && i < n; i++)
        if (clusters.of[i] < 0 || (size_t)clusters.of[i] >= clusters.count)
            return vg_fail(error, VG_INVALID_INPUT, "cluster %d of row %zu is outside 0 to %zu",
                           "number clusters from 0", (int)clusters.of[i], i + 1,
                           clusters.count ? clusters.count - 1 : 0);
    return VG_OK;
}

VgStatus vg_strata_check_clusters(size_t n, VgClusters clusters, VgError *error)
{
    if (clusters.weight)
        return vg_fail(
            error, VG_INVALID_INPUT, "sample weights where they would not be heeded",
            "leave them out here, or weigh scores: vg_average_effect, projection, ranks");
    return check_numbers_of_clusters(n, clusters, error);
}

VgStatus vg_strata_check_sampling(size_t n, VgClusters clusters, VgError *error)
{
    for (size_t i = 0; clusters.weight && i < n; i++)
        if (!(clusters.weight[i] > 0 && isfinite(clusters.weight[i])))
            return vg_fail(error, VG_INVALID_INPUT, "the weight of row %zu is %g",
                           "give weights above 0; leave out who counts for nothing", i + 1,
                           clusters.weight[i]);
    return check_numbers_of_clusters(n, clusters, error);
}

static VgStatus check_folds(size_t n, const VgPriority *priority, VgError *error)
{
    if (!priority->fold || priority->n_folds < 2)
        return vg_fail(error, VG_INVALID_INPUT, "a cross-fitted priority without its folds",
                       "say for every person from which fold's complement the value comes");
    for (size_t i = 0; i < n; i++)
        if (priority->fold[i] < 0 || (size_t)priority->fold[i] >= priority->n_folds)
            return vg_fail(error, VG_INVALID_INPUT, "fold %d of row %zu is outside 0 to %zu",
                           "number folds from 0", (int)priority->fold[i], i + 1,
                           priority->n_folds - 1);
    return VG_OK;
}

static VgStatus check_clusters_in_folds(VgArena *scratch, size_t n, const VgPriority *priority,
                                        VgClusters clusters, VgError *error)
{
    size_t *seen = VG_NEW(scratch, size_t, clusters.count); /* 1 + the first row of each cluster */
    if (!seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        size_t *first = &seen[clusters.of[i]];
        if (*first == 0)
            *first = i + 1;
        else if (priority->fold[i] != priority->fold[*first - 1])
            return vg_fail(
                error, VG_INVALID_INPUT, "rows %zu and %zu are of one cluster but of two folds",
                "a model that has seen part of a cluster has seen the cluster", *first, i + 1);
    }
    return VG_OK;
}

VgStatus vg_strata_check_priority(VgArena *scratch, size_t n, const VgPriority *priority,
                                  VgClusters clusters, VgError *error)
{
    const char *hint =
        "rank people by cross-fitted predictions (vg_cross_fit), by a model of other "
        "people, or by a value declared beforehand";
    switch (priority->source) {
    case VG_PREDICTION_DECLARED:
    case VG_PREDICTION_OTHER_PEOPLE:
        break;
    case VG_PREDICTION_CROSS_FITTED:
        VG_TRY(check_folds(n, priority, error));
        if (clusters.of)
            VG_TRY(check_clusters_in_folds(scratch, n, priority, clusters, error));
        break;
    case VG_PREDICTION_OUT_OF_BAG:
        return vg_fail(error, VG_INVALID_INPUT,
                       "out-of-bag predictions may not rank the same people: the order is biased",
                       hint);
    case VG_PREDICTION_IN_SAMPLE:
        return vg_fail(error, VG_INVALID_INPUT,
                       "predictions that have seen these outcomes may not rank the same people",
                       hint);
    default:
        return vg_fail(error, VG_INVALID_INPUT, "the source of the priority is not said", hint);
    }
    return vg_strata_check_numbers(n, priority->value, "the priority", error);
}

VgStatus vg_strata_everybody_alone(VgArena *arena, size_t n, VgClusters *clusters, VgError *error)
{
    if (clusters->of)
        return VG_OK;
    int32_t *of = VG_NEW(arena, int32_t, n);
    if (!of)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        of[i] = (int32_t)i;
    clusters->of = of;
    clusters->count = n;
    return VG_OK;
}

VgStatus vg_strata_mean(VgArena *scratch, size_t n, const double *x, VgClusters clusters,
                        double *mean, double *all, VgError *error)
{
    *all = (double)n;
    if (!clusters.weight) {
        *mean = vg_sum_accurate(x, n) / (double)n;
        return VG_OK;
    }
    VgArenaMark mark = vg_arena_mark(scratch);
    double *weighted = VG_NEW(scratch, double, n);
    if (!weighted)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        weighted[i] = clusters.weight[i] * x[i];
    *all = vg_sum_accurate(clusters.weight, n);
    *mean = vg_sum_accurate(weighted, n) / *all;
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

static VgLmCovariance by_cluster(VgLmCovariance covariance)
{
    return covariance == VG_LM_HC3 ? VG_LM_CR3 : VG_LM_CR2;
}

VgStatus vg_strata_regress(VgArena *arena, VgMatrix x, const char *const *name, double *y,
                           const char *response, bool intercept, VgLmCovariance covariance,
                           VgClusters clusters, VgLm **fit, VgError *error)
{
    VgDesign *design;
    VgLmOptions *options = VG_NEW(arena, VgLmOptions, 1); /* the fit keeps it */
    if (!options)
        return vg_fail_memory(error);
    *options = (VgLmOptions){.covariance = clusters.of ? by_cluster(covariance) : covariance,
                             .cluster = clusters.of,
                             .n_clusters = clusters.of ? clusters.count : 0,
                             .weights = clusters.weight};
    VG_TRY(vg_design_from_columns(arena, x, y, name, response, intercept, &design, error));
    return vg_lm_fit(arena, design, options, fit, error);
}

double vg_strata_as_normal(double t, double df)
{
    double tail = vg_t_two_sided(t, df) / 2;
    return tail > 0 ? copysign(vg_normal_quantile_log(log(tail)), t) : t;
}

VgStatus vg_strata_count_units(VgArena *scratch, size_t n, VgClusters clusters, double *units,
                               VgError *error)
{
    *units = clusters.of ? 0 : (double)n;
    if (!clusters.of)
        return VG_OK;
    VgArenaMark mark = vg_arena_mark(scratch);
    bool *seen = VG_NEW(scratch, bool, clusters.count);
    if (!seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        *units += !seen[clusters.of[i]];
        seen[clusters.of[i]] = true;
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

VgMatrix vg_strata_covariates(const VgEffectSample *sample)
{
    return sample->measured.data ? sample->measured : sample->x;
}

VgMatrix vg_strata_rows(VgArena *arena, VgMatrix x, const size_t *row, size_t n)
{
    VgMatrix part = vg_matrix_new(arena, n, x.cols);
    for (size_t j = 0; part.data && j < x.cols; j++)
        for (size_t i = 0; i < n; i++)
            VG_AT(part, i, j) = VG_AT(x, row[i], j);
    return part;
}

VgStatus vg_strata_regroup(VgArena *arena, VgClusters clusters, const size_t *row, size_t n,
                           VgClusters *of_rows, VgError *error)
{
    *of_rows = (VgClusters){0};
    if (clusters.weight) {
        double *weight = VG_NEW(arena, double, n);
        if (!weight)
            return vg_fail_memory(error);
        for (size_t i = 0; i < n; i++)
            weight[i] = clusters.weight[row[i]];
        of_rows->weight = weight;
    }
    if (!clusters.of)
        return VG_OK;
    int32_t *code = VG_NEW(arena, int32_t, n), *fresh = VG_NEW(arena, int32_t, clusters.count);
    if (!code || !fresh)
        return vg_fail_memory(error);
    int32_t count = 0;
    for (size_t i = 0; i < n; i++) {
        int32_t of = clusters.of[row[i]];
        if (fresh[of] == 0)
            fresh[of] = ++count;
        code[i] = fresh[of] - 1;
    }
    of_rows->of = code;
    of_rows->count = (size_t)count;
    return VG_OK;
}
