/* Cross-validation of an elastic net: every fold's path is one replicate. Conventions of cv.glmnet (glmnet 4.1-6) with its penalties
 * given, grouped by fold. */
#include <math.h>
#include <string.h>

#include "model/elastic_net_internal.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

static const double LEAST_PROBABILITY = 1e-5;

typedef struct Folds {
    const VgElasticNetData *data;
    VgElasticNetOptions options; /* with the penalties of all rows */
    const int32_t *fold;
    size_t *size, most; /* rows of each, of the largest */
    VgMatrix predictor; /* filled by merge */
} Folds;

/* The record: linear predictors of the fold's rows in their order, point by point. */
static VgStatus leave_out(size_t f, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    (void)random;
    const Folds *folds = context;
    const VgElasticNetData *data = folds->data;
    size_t n = data->x.rows, kept = n - folds->size[f], at = 0;
    size_t *rows = VG_NEW(scratch, size_t, kept);
    VgNet net;
    VgElasticNetPath path;
    if (!rows)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (folds->fold[i] != (int32_t)f)
            rows[at++] = i;
    VG_TRY(vg_net_build(scratch, data, &folds->options, rows, kept, &net, error));
    VG_TRY(vg_net_path(scratch, &net, &folds->options, &path, error));
    for (size_t k = 0; k < path.n_points; k++) {
        const VgElasticNetPoint *point = &path.point[k];
        double *eta = (double *)record + k * folds->most;
        for (size_t i = 0, r = 0; i < n; i++) {
            if (folds->fold[i] != (int32_t)f)
                continue;
            eta[r] = point->intercept + (data->offset ? data->offset[i] : 0);
            for (size_t s = 0; s < point->n_nonzero; s++)
                eta[r] += point->value[s] * VG_AT(data->x, i, point->feature[s]);
            r++;
        }
    }
    return VG_OK;
}

static VgStatus keep(size_t f, const void *record, void *total, VgError *error)
{
    (void)error;
    Folds *folds = total;
    for (size_t k = 0; k < folds->predictor.cols; k++)
        for (size_t i = 0, r = 0; i < folds->predictor.rows; i++)
            if (folds->fold[i] == (int32_t)f)
                VG_AT(folds->predictor, i, k) = ((const double *)record)[k * folds->most + r++];
    return VG_OK;
}

static double loss(VgElasticNetFamily family, double y, double eta)
{
    if (family == VG_ELASTIC_NET_GAUSSIAN)
        return (y - eta) * (y - eta);
    double p = fmin(fmax(1 / (1 + exp(-eta)), LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    double best = (y > 0 ? y * log(y) : 0) + (y < 1 ? (1 - y) * log1p(-y) : 0);
    return 2 * (best - y * log(p) - (1 - y) * log1p(-p));
}

/* Mean and its standard error over folds, or over rows where folds are tiny. */
static void summarise(const Folds *folds, size_t n_folds, size_t k, double *mean, double *weight,
                      VgElasticNetValidation *out)
{
    const VgElasticNetData *data = folds->data;
    size_t n = data->x.rows;
    bool by_row = n < 3 * n_folds;
    double total = 0, sum = 0, spread = 0;
    size_t units = by_row ? n : n_folds;
    memset(mean, 0, n * sizeof *mean);
    memset(weight, 0, n * sizeof *weight);
    for (size_t i = 0; i < n; i++) {
        size_t unit = by_row ? i : (size_t)folds->fold[i];
        double w = data->weights ? data->weights[i] : 1;
        mean[unit] += w * loss(folds->options.family, data->y[i], VG_AT(folds->predictor, i, k));
        weight[unit] += w;
    }
    for (size_t u = 0; u < units; u++) {
        mean[u] = weight[u] > 0 ? mean[u] / weight[u] : 0;
        sum += weight[u] * mean[u];
        total += weight[u];
    }
    out->error[k] = sum / total;
    for (size_t u = 0; u < units; u++)
        spread += weight[u] * (mean[u] - out->error[k]) * (mean[u] - out->error[k]);
    out->se[k] = sqrt(spread / total / (double)(units - 1));
}

static VgStatus count_folds(VgArena *arena, Folds *folds, size_t n_folds, VgError *error)
{
    size_t n = folds->data->x.rows;
    folds->size = VG_NEW(arena, size_t, n_folds);
    if (!folds->size)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        if (folds->fold[i] < 0 || (size_t)folds->fold[i] >= n_folds)
            return vg_fail(error, VG_INVALID_INPUT, "row %zu is in fold %d of %zu",
                           "number folds from 0", i + 1, folds->fold[i], n_folds);
        folds->size[folds->fold[i]]++;
    }
    for (size_t f = 0; f < n_folds; f++) {
        if (!folds->size[f])
            return vg_fail(error, VG_INVALID_INPUT, "fold %zu has no rows",
                           "number folds from 0 without gaps", f);
        folds->most = folds->size[f] > folds->most ? folds->size[f] : folds->most;
    }
    return VG_OK;
}

VgStatus vg_elastic_net_cross_validate(VgArena *arena, const VgElasticNetData *data,
                                       const VgElasticNetOptions *options, const int32_t *fold,
                                       size_t n_folds, int threads, VgElasticNetValidation *out,
                                       VgError *error)
{
    size_t n = data->x.rows;
    Folds folds = {.data = data, .options = *options, .fold = fold};
    if (n_folds < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu folds", "cross-validation needs two or more",
                       n_folds);
    VG_TRY(count_folds(arena, &folds, n_folds, error));
    *out = (VgElasticNetValidation){0};
    VG_TRY(vg_elastic_net_fit(arena, data, options, &out->path, error));
    size_t points = out->path.n_points;
    double *lambda = VG_NEW(arena, double, points), *mean = VG_NEW(arena, double, n),
           *weight = VG_NEW(arena, double, n);
    out->error = VG_NEW(arena, double, points);
    out->se = VG_NEW(arena, double, points);
    out->predictor = vg_matrix_new(arena, n, points);
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t k = 0; k < points; k++)
        lambda[k] = out->path.point[k].lambda;
    folds.options.lambda = lambda;
    folds.options.n_lambda = points;
    folds.predictor = out->predictor;
    VG_TRY(vg_replicate(&(VgReplicate){.count = n_folds,
                                       .record_size = folds.most * points * sizeof(double),
                                       .body = leave_out,
                                       .merge = keep,
                                       .context = &folds,
                                       .total = &folds,
                                       .threads = threads},
                        error));
    for (size_t k = 0; k < points; k++) {
        summarise(&folds, n_folds, k, mean, weight, out);
        if (out->error[k] < out->error[out->best])
            out->best = k;
    }
    while (out->error[out->simplest] > out->error[out->best] + out->se[out->best])
        out->simplest++;
    return VG_OK;
}
