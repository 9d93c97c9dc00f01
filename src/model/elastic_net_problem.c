/* The standardised problem of an elastic net: checks, then a copy of the columns, centred and divided by their 1/n
 * standard deviation. Gaussian columns and y are also multiplied by √weight, so that plain dot products serve.
 * Conventions: glmnet (Friedman, Hastie & Tibshirani 2010). Without an intercept nothing is centred, but columns are
 * still divided by their standard deviation about the mean, and y by its root mean square. */
#include <math.h>
#include <string.h>

#include "model/elastic_net_internal.h"

static VgStatus check_vector(const double *values, size_t n, bool not_negative, const char *what,
                             VgError *error)
{
    for (size_t i = 0; values && i < n; i++)
        if (!isfinite(values[i]) || (not_negative && values[i] < 0))
            return vg_fail(error, VG_INVALID_INPUT, "%s of row %zu is %g",
                           not_negative ? "give a finite number, 0 or more"
                                        : "leave rows with missing values out",
                           what, i + 1, values[i]);
    return VG_OK;
}

static VgStatus check_columns(const VgElasticNetData *data, const VgElasticNetOptions *o,
                              VgError *error)
{
    for (size_t j = 0; j < data->x.cols; j++) {
        double sum = 0; /* not finite when any value is not */
        for (size_t i = 0; i < data->x.rows; i++)
            sum += VG_AT(data->x, i, j) * 0;
        if (!isfinite(sum))
            return vg_fail(error, VG_INVALID_INPUT,
                           "column %zu of x has a value that is not finite",
                           "impute missing values, or leave their rows out", j + 1);
        if (o->penalty_factor && !(o->penalty_factor[j] >= 0))
            return vg_fail(error, VG_INVALID_INPUT, "the penalty factor of column %zu is %g",
                           "give 0 (unpenalised) or more", j + 1, o->penalty_factor[j]);
        if ((o->lower && !(o->lower[j] <= 0)) || (o->upper && !(o->upper[j] >= 0)))
            return vg_fail(error, VG_INVALID_INPUT, "the limits of column %zu do not hold 0",
                           "give a lower limit of 0 or less and an upper of 0 or more", j + 1);
    }
    return VG_OK;
}

static VgStatus check(const VgElasticNetData *data, const VgElasticNetOptions *o, VgError *error)
{
    size_t n = data->x.rows;
    if (n < 2 || !data->x.cols)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu rows and %zu columns for an elastic net",
                       "give at least two rows and one column", n, data->x.cols);
    if (!(o->ridge_share >= 0 && o->ridge_share <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "a ridge share of %g", "it lies between 0 and 1",
                       o->ridge_share);
    if (!(o->threshold >= 0) || !(o->lambda_min_ratio >= 0 && o->lambda_min_ratio < 1))
        return vg_fail(error, VG_INVALID_INPUT, "threshold %g, smallest penalty's share %g",
                       "give 0 for the defaults, else a threshold above 0 and a share below 1",
                       o->threshold, o->lambda_min_ratio);
    for (size_t k = 0; o->lambda && k < o->n_lambda; k++)
        if (!isfinite(o->lambda[k]) || o->lambda[k] < 0 || (k && o->lambda[k] > o->lambda[k - 1]))
            return vg_fail(error, VG_INVALID_INPUT, "penalty %zu is %g",
                           "give finite penalties of 0 or more, the largest first", k + 1,
                           o->lambda[k]);
    VG_TRY(check_vector(data->y, n, false, "the response", error));
    VG_TRY(check_vector(data->weights, n, true, "the weight", error));
    VG_TRY(check_vector(data->offset, n, false, "the offset", error));
    for (size_t i = 0; o->family == VG_ELASTIC_NET_BINOMIAL && i < n; i++)
        if (data->y[i] < 0 || data->y[i] > 1)
            return vg_fail(error, VG_INVALID_INPUT, "the response of row %zu is %g",
                           "a binomial response is 0, 1 or a share between", i + 1, data->y[i]);
    return check_columns(data, o, error);
}

static VgStatus allocate(VgNet *net, VgError *error)
{
    VgArena *s = net->scratch;
    size_t n = net->n, q = net->q;
    net->x = (VgMatrix){vg_arena_alloc_raw(s, q ? n : 0, q * sizeof(double)), n, q, n};
    net->weight = VG_NEW(s, double, n);
    net->y = VG_NEW(s, double, n);
    net->offset = VG_NEW(s, double, n);
    net->eta = VG_NEW(s, double, n);
    net->r = VG_NEW(s, double, n);
    net->centre = VG_NEW(s, double, q);
    net->scale = VG_NEW(s, double, q);
    net->factor = VG_NEW(s, double, q);
    net->lower = VG_NEW(s, double, q);
    net->upper = VG_NEW(s, double, q);
    net->a = VG_NEW(s, double, q);
    net->g = VG_NEW(s, double, q);
    net->h = VG_NEW(s, double, q);
    net->before = VG_NEW(s, double, q);
    net->step = VG_NEW(s, double, q);
    net->members.column = VG_NEW(s, size_t, q);
    net->members.is = VG_NEW(s, bool, q);
    net->members.a = VG_NEW(s, double, q);
    net->members.g = VG_NEW(s, double, q);
    net->members.nonzero = VG_NEW(s, size_t, q);
    net->strong = VG_NEW(s, size_t, q);
    net->is_strong = VG_NEW(s, bool, q);
    if (net->family == VG_ELASTIC_NET_BINOMIAL)
        net->v = VG_NEW(s, double, n);
    return vg_arena_failed(s) ? vg_fail_memory(error) : VG_OK;
}

/* Weighted mean and variance of a column already copied, and whether it is constant. */
static bool moments(const double *restrict w, const double *restrict x, size_t n, double *mean,
                    double *variance)
{
    bool constant = true;
    double m = 0, s = 0;
    for (size_t i = 0; i < n; i++)
        m += w[i] * x[i];
    for (size_t i = 0; i < n; i++)
        s += w[i] * (x[i] - m) * (x[i] - m);
    for (size_t i = 1; constant && i < n; i++)
        constant = x[i] == x[0];
    *mean = m;
    *variance = s;
    return constant || !(s > 0);
}

static void standardise_columns(VgNet *net, const VgElasticNetData *data,
                                const VgElasticNetOptions *o, const size_t *rows)
{
    size_t n = net->n;
    bool gaussian = net->family == VG_ELASTIC_NET_GAUSSIAN;
    for (size_t j = 0; j < net->p; j++) {
        double *restrict x = &VG_AT(net->x, 0, j), mean, variance;
        const double *restrict from = &VG_AT(data->x, 0, j);
        for (size_t i = 0; i < n; i++)
            x[i] = from[rows ? rows[i] : i];
        if (moments(net->weight, x, n, &mean, &variance)) {
            net->factor[j] = INFINITY;
            net->scale[j] = 1;
            memset(x, 0, n * sizeof *x); /* a look at all columns finds nothing here */
            continue;
        }
        net->centre[j] = o->no_intercept ? 0 : mean;
        net->scale[j] = o->no_standardise ? 1 : sqrt(variance);
        double centre = net->centre[j], unit = 1 / net->scale[j];
        for (size_t i = 0; i < n; i++)
            x[i] = (x[i] - centre) * unit;
        for (size_t i = 0; gaussian && i < n; i++)
            x[i] *= sqrt(net->weight[i]);
        if (gaussian)
            for (size_t i = 0; i < n; i++)
                net->h[j] += x[i] * x[i];
    }
    if (net->q > net->p) {
        for (size_t i = 0; i < n; i++)
            VG_AT(net->x, i, net->p) = 1;
        net->scale[net->p] = 1;
    }
}

/* Factors sum to p over all columns, those left out counted as 1 (glmnet). */
static VgStatus set_penalties(VgNet *net, const VgElasticNetOptions *o, VgError *error)
{
    double sum = 0;
    bool any = false;
    for (size_t j = 0; j < net->p; j++) {
        double f = o->penalty_factor ? o->penalty_factor[j] : 1;
        sum += isinf(f) ? 1 : f;
    }
    for (size_t j = 0; j < net->p; j++) {
        double unit = net->scale[j] / net->y_scale,
               f = o->penalty_factor ? o->penalty_factor[j] : 1;
        net->factor[j] = isinf(net->factor[j]) ? (double)INFINITY : f * (double)net->p / sum;
        net->lower[j] = o->lower ? o->lower[j] * unit : -(double)INFINITY;
        net->upper[j] = o->upper ? o->upper[j] * unit : (double)INFINITY;
        any |= net->factor[j] > 0 && isfinite(net->factor[j]);
    }
    for (size_t j = net->p; j < net->q; j++) {
        net->lower[j] = -(double)INFINITY;
        net->upper[j] = (double)INFINITY;
    }
    if (!any)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no column that varies has a penalty",
                       "fit a model without penalties instead");
    return VG_OK;
}

static VgStatus standardise_response(VgNet *net, bool intercept, VgError *error)
{
    double square = 0, mean = 0;
    net->y_scale = 1;
    for (size_t i = 0; i < net->n; i++)
        mean += net->weight[i] * net->y[i];
    if (net->family == VG_ELASTIC_NET_BINOMIAL) {
        if (!(mean > 1e-9 && mean < 1 - 1e-9))
            return vg_fail(error, VG_NOT_ESTIMABLE, "all responses are %g",
                           "a binomial response needs rows of both kinds", net->y[0]);
        return VG_OK;
    }
    net->y_centre = intercept ? mean : 0;
    for (size_t i = 0; i < net->n; i++) {
        net->y[i] = (net->y[i] - net->y_centre) * sqrt(net->weight[i]);
        square += net->y[i] * net->y[i];
    }
    if (!(square > 1e-24 * mean * mean))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the response does not vary",
                       "an elastic net needs a response with more than one value");
    net->y_scale = sqrt(square);
    for (size_t i = 0; i < net->n; i++)
        net->r[i] = net->y[i] /= net->y_scale;
    net->null_deviance = 1;
    return VG_OK;
}

VgStatus vg_net_build(VgArena *scratch, const VgElasticNetData *data,
                      const VgElasticNetOptions *options, const size_t *rows, size_t n_rows,
                      VgNet *net, VgError *error)
{
    VG_TRY(check(data, options, error));
    bool binomial = options->family == VG_ELASTIC_NET_BINOMIAL;
    *net = (VgNet){.scratch = scratch,
                   .family = options->family,
                   .n = rows ? n_rows : data->x.rows,
                   .p = data->x.cols,
                   .q = data->x.cols + (binomial && !options->no_intercept),
                   .alpha = 1 - options->ridge_share,
                   .threshold = options->threshold > 0 ? options->threshold : 1e-7,
                   .max_cycles = options->max_cycles ? options->max_cycles : 100000};
    VG_TRY(allocate(net, error));
    double total = 0;
    for (size_t i = 0; i < net->n; i++) {
        size_t from = rows ? rows[i] : i;
        net->weight[i] = data->weights ? data->weights[from] : 1;
        net->y[i] = data->y[from];
        net->offset[i] = data->offset ? data->offset[from] : 0;
        if (!binomial)
            net->y[i] -= net->offset[i];
        total += net->weight[i];
    }
    if (!(total > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "all weights are 0", "give a row a weight above 0");
    for (size_t i = 0; i < net->n; i++)
        net->weight[i] /= total;
    standardise_columns(net, data, options, rows);
    VG_TRY(standardise_response(net, !options->no_intercept, error));
    return set_penalties(net, options, error);
}
