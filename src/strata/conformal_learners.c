/* What conformal intervals learn with: elastic net and forests. Coverage does not depend on how good they are, only on that training people
 * are treated alike; a learner that fails falls back to the mean, which treats them alike too. */
#include <vagus/conformal.h>

#include <math.h>

#include "strata/strata.h"

enum { INNER_FOLDS = 5, USUAL_TREES = 500 };

/* Spread is predicted badly where it is small: no smaller than this share of its mean. */
static const double LEAST_SCALE = 0.1;

/* Keeps the deal of the penalty's folds, and the second forest, apart from what has the caller's seed. */
static const uint64_t APART = 0x9e3779b97f4a7c15u;

static double *outcomes_of(VgArena *scratch, const VgConformalData *data, const size_t *train,
                           size_t n_train)
{
    double *y = VG_NEW(scratch, double, n_train);
    for (size_t k = 0; y && k < n_train; k++)
        y[k] = data->outcome[train[k]];
    return y;
}

static double mean_of(const double *y, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += y[k];
    return sum / (double)n;
}

static void predict_one_value(VgOutcomePrediction *p, size_t m, double value)
{
    for (size_t i = 0; i < m; i++) {
        p->predicted[i] = p->low[i] = p->high[i] = value;
        p->scale[i] = 1;
    }
}

static bool varies(const double *value, size_t n)
{
    for (size_t k = 1; k < n; k++)
        if (value[k] != value[0] && !(isnan(value[k]) && isnan(value[0])))
            return true;
    return false;
}

static bool can_learn(VgMatrix x, const double *y)
{
    bool any = false;
    for (size_t j = 0; j < x.cols; j++)
        any = any || varies(&VG_AT(x, 0, j), x.rows);
    return any && varies(y, x.rows);
}

/* Spread as predicted, kept away from nought; one for all where there is none. */
static void set_scale(VgOutcomePrediction *p, size_t m, const double *spread, double mean)
{
    for (size_t i = 0; i < m; i++)
        p->scale[i] = mean > 0 ? fmax(spread[i], LEAST_SCALE * mean) : 1;
}

/* ---- elastic net ---- */

/* Missing values of both become the mean of those that train. */
static void fill_with_means(VgMatrix train, VgMatrix x)
{
    for (size_t j = 0; j < train.cols; j++) {
        double sum = 0, n = 0;
        for (size_t k = 0; k < train.rows; k++)
            if (!isnan(VG_AT(train, k, j))) {
                sum += VG_AT(train, k, j);
                n++;
            }
        double mean = n > 0 ? sum / n : 0;
        for (size_t k = 0; k < train.rows; k++)
            if (isnan(VG_AT(train, k, j)))
                VG_AT(train, k, j) = mean;
        for (size_t k = 0; k < x.rows; k++)
            if (isnan(VG_AT(x, k, j)) || n == 0)
                VG_AT(x, k, j) = mean;
    }
}

static VgMatrix copy_of(VgArena *scratch, VgMatrix x)
{
    size_t *all = VG_NEW(scratch, size_t, x.rows);
    if (!all)
        return (VgMatrix){0};
    for (size_t i = 0; i < x.rows; i++)
        all[i] = i;
    return vg_strata_rows(scratch, x, all, x.rows);
}

typedef struct LinearTask {
    VgMatrix train, x;
    const VgElasticNetOptions *options;
    const int32_t *fold;
    size_t folds;
    int threads;
} LinearTask;

/* Predictions of task->x at the penalty with the least cross-validated error; of the training people without their fold, where asked. */
static VgStatus predict_linear(VgArena *scratch, const LinearTask *task, const double *y,
                               double *out, double *left_out, VgError *error)
{
    VgElasticNetValidation v;
    const VgElasticNetData data = {.x = task->train, .y = y};
    if (!can_learn(task->train, y))
        goto mean;
    VgStatus status = vg_elastic_net_cross_validate(scratch, &data, task->options, task->fold,
                                                    task->folds, task->threads, &v, error);
    if (status == VG_NOT_ESTIMABLE) /* the outcome is constant without some fold */
        goto mean;
    VG_TRY(status);
    vg_elastic_net_predict(&v.path.point[v.best], task->x, out);
    for (size_t k = 0; left_out && k < task->train.rows; k++)
        left_out[k] = VG_AT(v.predictor, k, v.best);
    return VG_OK;
mean:
    for (size_t i = 0; i < task->x.rows; i++)
        out[i] = mean_of(y, task->train.rows);
    for (size_t k = 0; left_out && k < task->train.rows; k++)
        left_out[k] = mean_of(y, task->train.rows);
    return VG_OK;
}

static VgStatus scale_linear(VgArena *scratch, const LinearTask *task, double *y,
                             const double *left_out, VgOutcomePrediction *p, VgError *error)
{
    size_t n = task->train.rows;
    double *spread = VG_NEW(scratch, double, task->x.rows);
    if (!spread)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        y[k] = fabs(y[k] - left_out[k]);
    VG_TRY(predict_linear(scratch, task, y, spread, NULL, error));
    set_scale(p, task->x.rows, spread, mean_of(y, n));
    return VG_OK;
}

VgStatus vg_conformal_elastic_net(const VgConformalData *data, const size_t *train, size_t n_train,
                                  VgMatrix x, uint64_t seed, VgArena *scratch, const void *context,
                                  VgOutcomePrediction *prediction, VgError *error)
{
    static const VgConformalElasticNet usual = {.options = {.ridge_share = 0.5}};
    const VgConformalElasticNet *net = context ? context : &usual;
    if (net->score == VG_CONFORMAL_QUANTILE)
        return vg_fail(error, VG_INVALID_INPUT, "quantile scores of an elastic net",
                       "it predicts means: use the forest, or normalised scores");
    VgClusters clusters;
    VG_TRY(vg_strata_regroup(scratch, data->clusters, train, n_train, &clusters, error));
    size_t units = clusters.of ? clusters.count : n_train;
    LinearTask task = {.train = vg_strata_rows(scratch, data->x, train, n_train),
                       .x = copy_of(scratch, x),
                       .options = &net->options,
                       .folds = net->folds ? net->folds : INNER_FOLDS,
                       .threads = net->threads};
    double *y = outcomes_of(scratch, data, train, n_train);
    double *left_out = VG_NEW(scratch, double, n_train), *alike = VG_NEW(scratch, double, n_train);
    int32_t *fold = VG_NEW(scratch, int32_t, n_train);
    if (!task.train.data || !task.x.data || !y || !left_out || !alike || !fold)
        return vg_fail_memory(error);
    task.folds = task.folds < units ? task.folds : units;
    task.fold = fold;
    fill_with_means(task.train, task.x);
    VG_TRY(vg_strata_deal_folds(scratch, n_train, alike, clusters, task.folds, seed ^ APART, fold,
                                error));
    predict_one_value(prediction, x.rows, 0);
    VG_TRY(predict_linear(scratch, &task, y, prediction->predicted, left_out, error));
    for (size_t i = 0; i < x.rows; i++)
        prediction->low[i] = prediction->high[i] = prediction->predicted[i];
    if (net->score == VG_CONFORMAL_NORMALISED)
        VG_TRY(scale_linear(scratch, &task, y, left_out, prediction, error));
    return VG_OK;
}

/* ---- forest ---- */

static VgStatus predict_quantiles(VgArena *scratch, const VgForestData *data, VgMatrix x,
                                  const VgConformalForest *f, const VgForestOptions *options,
                                  VgOutcomePrediction *p, VgError *error)
{
    double alpha = f->alpha > 0 ? f->alpha : 0.05;
    const double quantile[3] = {alpha / 2, 0.5, 1 - alpha / 2};
    VgRandomForest *forest;
    VgForestPrediction answer;
    VG_TRY(vg_forest_quantile(scratch, data, quantile, 3, options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, x, false, &answer, error));
    for (size_t i = 0; i < x.rows; i++) {
        p->low[i] = VG_AT(answer.estimate, i, 0);
        p->predicted[i] = VG_AT(answer.estimate, i, 1);
        p->high[i] = VG_AT(answer.estimate, i, 2);
    }
    return VG_OK;
}

/* A second forest, of the distances of training people from what trees without them say. */
static VgStatus scale_forest(VgArena *scratch, const VgForestData *data,
                             const VgRandomForest *forest, VgMatrix x,
                             const VgForestOptions *options, VgOutcomePrediction *p, VgError *error)
{
    size_t n = data->x.rows;
    VgForestPrediction left_out, answer;
    VgRandomForest *second;
    double *distance = VG_NEW(scratch, double, n), mean = 0, known = 0;
    if (!distance)
        return vg_fail_memory(error);
    VG_TRY(vg_forest_predict_oob(scratch, forest, false, &left_out, error));
    for (size_t k = 0; k < n; k++) {
        distance[k] = fabs(data->outcome[k] - VG_AT(left_out.estimate, k, 0));
        if (!isnan(distance[k])) {
            mean += distance[k];
            known++;
        }
    }
    mean = known > 0 ? mean / known : 0;
    for (size_t k = 0; k < n; k++)
        distance[k] = isnan(distance[k]) ? mean : distance[k];
    if (!varies(distance, n))
        return VG_OK;
    VgForestData of_distances = *data;
    VgForestOptions o = *options;
    of_distances.outcome = distance;
    o.seed ^= APART;
    VG_TRY(vg_forest_regression(scratch, &of_distances, &o, &second, error));
    VG_TRY(vg_forest_predict(scratch, second, x, false, &answer, error));
    set_scale(p, x.rows, answer.estimate.data, mean);
    return VG_OK;
}

static VgStatus predict_means(VgArena *scratch, const VgForestData *data, VgMatrix x,
                              const VgConformalForest *f, const VgForestOptions *options,
                              VgOutcomePrediction *p, VgError *error)
{
    VgRandomForest *forest;
    VgForestPrediction answer;
    VG_TRY(vg_forest_regression(scratch, data, options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, x, false, &answer, error));
    for (size_t i = 0; i < x.rows; i++)
        p->predicted[i] = p->low[i] = p->high[i] = VG_AT(answer.estimate, i, 0);
    return f->score == VG_CONFORMAL_NORMALISED
               ? scale_forest(scratch, data, forest, x, options, p, error)
               : VG_OK;
}

VgStatus vg_conformal_forest(const VgConformalData *data, const size_t *train, size_t n_train,
                             VgMatrix x, uint64_t seed, VgArena *scratch, const void *context,
                             VgOutcomePrediction *prediction, VgError *error)
{
    static const VgConformalForest usual = {
        .options = {.trees = USUAL_TREES, .dishonest = true, .group_size = 1}};
    const VgConformalForest *f = context ? context : &usual;
    VgForestOptions options = f->options;
    options.seed = seed;
    VgClusters clusters;
    VG_TRY(vg_strata_regroup(scratch, data->clusters, train, n_train, &clusters, error));
    double *y = outcomes_of(scratch, data, train, n_train);
    VgForestData rows = {.x = vg_strata_rows(scratch, data->x, train, n_train),
                         .outcome = y,
                         .cluster = (const uint32_t *)clusters.of,
                         .n_clusters = clusters.count};
    if (!rows.x.data || !y)
        return vg_fail_memory(error);
    predict_one_value(prediction, x.rows, mean_of(y, n_train));
    if (!can_learn(rows.x, y))
        return VG_OK;
    VgStatus status = f->score == VG_CONFORMAL_QUANTILE
                          ? predict_quantiles(scratch, &rows, x, f, &options, prediction, error)
                          : predict_means(scratch, &rows, x, f, &options, prediction, error);
    if (status != VG_NOT_ESTIMABLE)
        return status;
    predict_one_value(prediction, x.rows, mean_of(y, n_train)); /* too few people for a split */
    return VG_OK;
}
