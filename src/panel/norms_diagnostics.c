/* Whether a norm holds: z in groups of a covariate, and z of people whom the norm has not seen. */
#include "panel/norms_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"
#include "numeric/replicate.h"

/* ---- Q statistics ---- */

typedef struct Placed {
    double by, z;
} Placed;

static int by_covariate(const void *a, const void *b)
{
    const Placed *left = a, *right = b;
    if (left->by != right->by)
        return left->by < right->by ? -1 : 1;
    return (left->z > right->z) - (left->z < right->z);
}

/* D'Agostino 1970: √b1 to a standard normal, n >= 8. */
static double normal_skewness(double skewness, double n)
{
    double y = skewness * sqrt((n + 1) * (n + 3) / (6 * (n - 2)));
    double beta =
        3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
    double w2 = sqrt(2 * (beta - 1)) - 1, alpha = sqrt(2 / (w2 - 1));
    return asinh(y / alpha) / sqrt(log(w2) / 2);
}

/* Anscombe & Glynn 1983: b2 to a standard normal, n >= 20. */
static double normal_kurtosis(double kurtosis, double n)
{
    double mean = 3 * (n - 1) / (n + 1);
    double variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));
    double x = (kurtosis - mean) / sqrt(variance);
    double beta = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) *
                  sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)));
    double a = 6 + 8 / beta * (2 / beta + sqrt(1 + 4 / (beta * beta)));
    double ratio = (1 - 2 / a) / (1 + x * sqrt(2 / (a - 4)));
    return (1 - 2 / (9 * a) - cbrt(ratio)) / sqrt(2 / (9 * a));
}

static VgNormGroup describe(const Placed *item, size_t count)
{
    double n = (double)count, mean = 0, m2 = 0, m3 = 0, m4 = 0;
    for (size_t i = 0; i < count; i++)
        mean += item[i].z / n;
    for (size_t i = 0; i < count; i++) {
        double d = item[i].z - mean;
        m2 += d * d / n;
        m3 += d * d * d / n;
        m4 += d * d * d * d / n;
    }
    double variance = m2 * n / (n - 1), third = 2 / (9 * (n - 1));
    VgNormGroup group = {.low = item[0].by,
                         .high = item[count - 1].by,
                         .n = count,
                         .mean = mean,
                         .sd = sqrt(variance),
                         .skewness = m3 / pow(m2, 1.5),
                         .kurtosis = m4 / (m2 * m2)};
    group.z_mean = mean * sqrt(n);
    group.z_sd = (cbrt(variance) - (1 - third)) / sqrt(third); /* Wilson & Hilferty */
    group.z_skew = normal_skewness(group.skewness, n);
    group.z_kurtosis = normal_kurtosis(group.kurtosis, n);
    return group;
}

VgStatus vg_norm_groups(VgArena *arena, const double *z, const double *by, size_t n,
                        size_t n_groups, VgNormGroup *group, VgError *error)
{
    Placed *item = VG_NEW(arena, Placed, n);
    size_t m = 0;
    if (!item)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (isfinite(z[i]) && isfinite(by[i]))
            item[m++] = (Placed){by[i], z[i]};
    if (!n_groups || m / n_groups < 20)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu people for %zu groups",
                       "each group needs at least 20; ask for fewer", m, n_groups);
    qsort(item, m, sizeof *item, by_covariate);
    for (size_t g = 0; g < n_groups; g++) {
        size_t from = g * m / n_groups, to = (g + 1) * m / n_groups;
        group[g] = describe(item + from, to - from);
    }
    return VG_OK;
}

double vg_norm_deviate_p(double deviate)
{
    return vg_normal_two_sided(deviate);
}

bool vg_norm_group_off(const VgNormGroup *group)
{
    return fabs(group->z_mean) > 3.3 || fabs(group->z_sd) > 3.3;
}

/* ---- cross-validation ---- */

typedef struct Folds {
    const VgNormData *data;
    const VgNormOptions *options;
    size_t folds;
    const size_t *order; /* people at random; fold f has places f, f + folds, … */
} Folds;

static VgStatus gather_others(VgArena *arena, const Folds *folds, size_t fold, VgNormData *others,
                              VgError *error)
{
    const VgNormData *data = folds->data;
    size_t q = data->linear.cols;
    double *y = VG_NEW(arena, double, data->n), *smooth = VG_NEW(arena, double, data->n);
    VgMatrix linear = vg_matrix_new(arena, data->n, q);
    if (!y || !smooth || !linear.data)
        return vg_fail_memory(error);
    *others = (VgNormData){.y = y, .smooth = data->smooth ? smooth : NULL};
    for (size_t k = 0; k < data->n; k++) {
        size_t i = folds->order[k];
        if (k % folds->folds == fold)
            continue;
        y[others->n] = data->y[i];
        if (data->smooth)
            smooth[others->n] = data->smooth[i];
        for (size_t j = 0; j < q; j++)
            VG_AT(linear, others->n, j) = VG_AT(data->linear, i, j);
        others->n++;
    }
    linear.rows = others->n;
    others->linear = linear;
    return VG_OK;
}

static VgStatus one_fold(size_t fold, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)random;
    const Folds *folds = context;
    const VgNormData *data = folds->data;
    double *z = record, *linear = VG_NEW(scratch, double, data->linear.cols);
    VgNormData others;
    VgNorm *norm;
    if (!linear)
        return vg_fail_memory(error);
    VG_TRY(gather_others(scratch, folds, fold, &others, error));
    VG_TRY(vg_norm_fit(scratch, &others, folds->options, &norm, error));
    for (size_t k = fold, at = 0; k < data->n; k += folds->folds, at++) {
        size_t i = folds->order[k];
        VgNormScore score;
        for (size_t j = 0; j < data->linear.cols; j++)
            linear[j] = VG_AT(data->linear, i, j);
        VgStatus status = vg_norm_score(norm, data->y[i], data->smooth ? data->smooth[i] : NAN,
                                        linear, 0.95, &score, NULL);
        z[at] = status == VG_OK ? score.z : NAN;
    }
    return VG_OK;
}

typedef struct Scattered {
    const Folds *folds;
    double *z;
} Scattered;

static VgStatus scatter(size_t fold, const void *record, void *total, VgError *error)
{
    (void)error;
    const double *z = record;
    Scattered *to = total;
    for (size_t k = fold, at = 0; k < to->folds->data->n; k += to->folds->folds, at++)
        to->z[to->folds->order[k]] = z[at];
    return VG_OK;
}

VgStatus vg_norm_cross_validate(VgArena *arena, const VgNormData *data,
                                const VgNormOptions *options, size_t folds, uint64_t seed,
                                double *z, VgError *error)
{
    size_t *order = VG_NEW(arena, size_t, data->n);
    if (!order)
        return vg_fail_memory(error);
    if (folds < 2 || folds > data->n)
        return vg_fail(error, VG_INVALID_INPUT, "%zu folds of %zu people",
                       "choose 2 folds or more, and no more than people", folds, data->n);
    for (size_t i = 0; i < data->n; i++)
        order[i] = i;
    VgRandom random = vg_random_start(seed, VG_STREAM_PERMUTATION, 0, 0);
    vg_random_shuffle(&random, order, data->n);
    Folds context = {data, options, folds, order};
    Scattered total = {&context, z};
    VgReplicate plan = {.count = folds,
                        .seed = seed,
                        .stream = VG_STREAM_PERMUTATION,
                        .record_size = (data->n / folds + 1) * sizeof(double),
                        .body = one_fold,
                        .merge = scatter,
                        .context = &context,
                        .total = &total};
    return vg_replicate(&plan, error);
}
