/* Elastic net along a path of penalties (Friedman, Hastie & Tibshirani 2010, glmnet's conventions).
 *
 * At each penalty the working set holds every column that has been non-zero; the sequential strong rule (|g_j| >= α f_j
 * (2λ − λ_before); Tibshirani et al. 2012) says which others to look at before all are, and nothing is accepted until no column
 * outside has |g_j| > λ α f_j. */
#include <vagus/elastic_net.h>

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/elastic_net_internal.h"
#include "numeric/blas_threads.h"

enum { FEWEST_POINTS = 5 };                                    /* before a path may stop early */
static const double LEAST_GAIN = 1e-5, MOST_EXPLAINED = 0.999; /* glmnet.control */

static void admit(VgNet *net, size_t j)
{
    VgNetMembers *m = &net->members;
    m->is[j] = true;
    m->column[m->count++] = j;
}

static bool is_violated(const VgNet *net, double lambda, size_t j)
{
    return !net->members.is[j] && isfinite(net->factor[j]) &&
           fabs(net->g[j]) > lambda * net->alpha * net->factor[j];
}

static void look_at_all(VgNet *net)
{
    cblas_dgemv(CblasColMajor, CblasTrans, (int)net->n, (int)net->q, 1, net->x.data,
                (int)net->x.stride, net->r, 1, 0, net->g, 1);
}

/* How many of the strong columns had to be admitted. */
static size_t admit_strong(VgNet *net, double lambda)
{
    size_t before = net->members.count;
    for (size_t s = 0; s < net->n_strong; s++) {
        size_t j = net->strong[s];
        if (net->members.is[j])
            continue;
        net->g[j] = cblas_ddot((int)net->n, &VG_AT(net->x, 0, j), 1, net->r, 1);
        if (is_violated(net, lambda, j))
            admit(net, j);
    }
    return net->members.count - before;
}

static size_t admit_any(VgNet *net, double lambda)
{
    size_t before = net->members.count;
    for (size_t j = 0; j < net->q; j++)
        if (is_violated(net, lambda, j))
            admit(net, j);
    return net->members.count - before;
}

static void add_strong(VgNet *net, double lambda, double previous)
{
    double least = net->alpha * (2 * lambda - previous);
    for (size_t j = 0; j < net->q; j++)
        if (!net->is_strong[j] && isfinite(net->factor[j]) &&
            fabs(net->g[j]) >= least * net->factor[j]) {
            net->is_strong[j] = true;
            net->strong[net->n_strong++] = j;
        }
}

static VgStatus fit_at(VgNet *net, double lambda, double previous, VgError *error)
{
    if (net->cross)
        return vg_net_solve(net, lambda, error);
    add_strong(net, lambda, previous);
    admit_any(net, lambda);
    do {
        do
            VG_TRY(vg_net_solve(net, lambda, error));
        while (admit_strong(net, lambda));
        look_at_all(net);
    } while (admit_any(net, lambda));
    return VG_OK;
}

VgStatus vg_net_hold_all(VgNet *net, VgError *error)
{
    net->cross = VG_NEW(net->scratch, double, net->q);
    if (!net->cross)
        return vg_fail_memory(error);
    net->members.count = net->members.gram_count = 0;
    for (size_t j = 0; j < net->q; j++)
        admit(net, j);
    cblas_dgemv(CblasColMajor, CblasTrans, (int)net->n, (int)net->q, 1, net->x.data,
                (int)net->x.stride, net->y, 1, 0, net->cross, 1);
    return VG_OK;
}

static double explained(const VgNet *net)
{
    if (net->family == VG_ELASTIC_NET_BINOMIAL)
        return 1 - net->deviance / net->null_deviance;
    if (!net->cross)
        return 1 - cblas_ddot((int)net->n, net->r, 1, net->r, 1);
    double sum = 0; /* yᵀy − rᵀr with g = c − Ga */
    for (size_t t = 0; t < net->members.count; t++)
        sum += net->a[t] * (net->cross[t] + net->members.g[t]);
    return sum;
}

/* The fit without any penalised column, the null deviance, and the smallest penalty that keeps all of them out. */
static VgStatus begin(VgNet *net, double *lambda_max, VgError *error)
{
    if (net->family == VG_ELASTIC_NET_BINOMIAL) {
        memcpy(net->eta, net->offset, net->n * sizeof *net->eta);
        for (size_t j = net->p; j < net->q; j++)
            admit(net, j);
        VG_TRY(vg_net_solve(net, 0, error));
        net->null_deviance = net->deviance;
        net->threshold *= net->null_deviance;
    }
    for (size_t j = 0; j < net->p; j++)
        if (net->factor[j] == 0)
            admit(net, j);
    VG_TRY(vg_net_solve(net, 0, error));
    look_at_all(net);
    *lambda_max = 0;
    for (size_t j = 0; j < net->p; j++)
        if (net->factor[j] > 0 && isfinite(net->factor[j]))
            *lambda_max = fmax(*lambda_max, fabs(net->g[j]) / net->factor[j]);
    *lambda_max /= fmax(net->alpha, 1e-3);
    if (net->family == VG_ELASTIC_NET_GAUSSIAN && net->p <= VG_NET_WHOLE_GRAM)
        return vg_net_hold_all(net, error);
    return VG_OK;
}

static VgStatus keep_point(VgArena *arena, const VgNet *net, double lambda,
                           VgElasticNetPoint *point, VgError *error)
{
    size_t count = 0;
    for (size_t j = 0; j < net->p; j++)
        count += net->a[j] != 0;
    *point = (VgElasticNetPoint){.lambda = lambda * net->y_scale,
                                 .intercept = net->q > net->p ? net->a[net->p] : net->y_centre,
                                 .deviance_ratio = explained(net),
                                 .feature = VG_NEW(arena, size_t, count),
                                 .value = VG_NEW(arena, double, count)};
    if (!point->feature || !point->value)
        return vg_fail_memory(error);
    for (size_t j = 0; j < net->p; j++) {
        if (net->a[j] == 0)
            continue;
        double value = net->a[j] * net->y_scale / net->scale[j];
        point->intercept -= value * net->centre[j];
        point->feature[point->n_nonzero] = j;
        point->value[point->n_nonzero++] = value;
    }
    return VG_OK;
}

/* glmnet's rule: the fit explains nearly everything, or the last step added next to nothing, which says little where a limit
 * of 0 can hold the fit for a while. */
static bool is_enough(const VgNet *net, const VgElasticNetPath *path)
{
    if (path->n_points < FEWEST_POINTS)
        return false;
    double now = path->point[path->n_points - 1].deviance_ratio,
           before = path->point[path->n_points - 2].deviance_ratio;
    double least = net->family == VG_ELASTIC_NET_GAUSSIAN ? LEAST_GAIN * now : LEAST_GAIN;
    for (size_t j = 0; j < net->p; j++)
        if (net->lower[j] == 0 || net->upper[j] == 0)
            least = 0;
    return now > MOST_EXPLAINED || now - before < least;
}

VgStatus vg_net_path(VgArena *arena, VgNet *net, const VgElasticNetOptions *options,
                     VgElasticNetPath *path, VgError *error)
{
    size_t n_lambda = options->n_lambda ? options->n_lambda : 100;
    double ratio = options->lambda_min_ratio > 0 ? options->lambda_min_ratio
                   : net->n < net->p             ? 1e-2
                                                 : 1e-4;
    double step = n_lambda > 1 ? pow(fmax(ratio, 1e-6), 1 / (double)(n_lambda - 1)) : 1, largest;
    *path = (VgElasticNetPath){
        .family = net->family, .p = net->p, .point = VG_NEW(arena, VgElasticNetPoint, n_lambda)};
    if (!path->point)
        return vg_fail_memory(error);
    VG_TRY(begin(net, &largest, error));
    path->null_deviance = net->null_deviance;
    double lambda = largest, previous = largest;
    for (size_t k = 0; k < n_lambda; k++, previous = lambda) {
        if (options->lambda)
            lambda = options->lambda[k] / net->y_scale;
        else if (k)
            lambda *= step;
        double held =
            !options->lambda && !k ? lambda * (1 + 1e-9) : lambda; /* rounding lets nobody in */
        VG_TRY(fit_at(net, held, fmax(previous, lambda), error));
        VG_TRY(keep_point(arena, net, lambda, &path->point[path->n_points++], error));
        if (!options->lambda && !options->whole_path && is_enough(net, path))
            break;
    }
    path->cycles = net->cycles;
    return VG_OK;
}

VgStatus vg_elastic_net_fit(VgArena *arena, const VgElasticNetData *data,
                            const VgElasticNetOptions *options, VgElasticNetPath *path,
                            VgError *error)
{
    VgArena *scratch = vg_arena_create();
    if (!scratch)
        return vg_fail_memory(error);
    VgNet net;
    int threads = vg_blas_hold();
    VgStatus status = vg_net_build(scratch, data, options, NULL, 0, &net, error);
    if (status == VG_OK)
        status = vg_net_path(arena, &net, options, path, error);
    vg_blas_release(threads);
    if (status == VG_OK) {
        double total = 0;
        for (size_t i = 0; i < net.n; i++)
            total += data->weights ? data->weights[i] : 1;
        path->null_deviance *=
            net.family == VG_ELASTIC_NET_BINOMIAL ? 2 * total : total * net.y_scale * net.y_scale;
    }
    vg_arena_destroy(scratch);
    return status;
}

/* ---- what a path answers ---- */

static void add_point(const VgElasticNetPoint *point, double share, double *intercept, double *beta)
{
    *intercept += share * point->intercept;
    for (size_t s = 0; s < point->n_nonzero; s++)
        beta[point->feature[s]] += share * point->value[s];
}

void vg_elastic_net_at(const VgElasticNetPath *path, double lambda, double *intercept, double *beta)
{
    size_t left = 0, last = path->n_points - 1;
    *intercept = 0;
    memset(beta, 0, path->p * sizeof *beta);
    while (left < last && path->point[left + 1].lambda >= lambda)
        left++;
    const VgElasticNetPoint *from = &path->point[left];
    if (lambda >= from->lambda || left == last) {
        add_point(from, 1, intercept, beta);
        return;
    }
    double share = (from->lambda - lambda) / (from->lambda - from[1].lambda);
    add_point(from, 1 - share, intercept, beta);
    add_point(from + 1, share, intercept, beta);
}

void vg_elastic_net_predict(const VgElasticNetPoint *point, VgMatrix x, double *out)
{
    for (size_t i = 0; i < x.rows; i++)
        out[i] = point->intercept;
    for (size_t s = 0; s < point->n_nonzero; s++)
        for (size_t i = 0; i < x.rows; i++)
            out[i] += point->value[s] * VG_AT(x, i, point->feature[s]);
}
