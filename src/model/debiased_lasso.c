/* The debiased lasso (Zhang & Zhang 2014) with scaled lassos (Sun & Zhang 2012) for both the response and every tested column.
 *
 * All that is needed of the n rows are cross-products of the columns, once: with g = X'(x_j − Xγ) as the descent leaves it, z = x_j − Xγ has
 * z'x_j = g_j, z'z = g_j − γ'g and z'r = X'r_j − γ'X'r. Columns and response are on the standardised scale of the elastic
 * net, where a product is a mean over rows. */
#include <vagus/debiased_lasso.h>

#include <math.h>
#include <string.h>

#include "model/elastic_net_internal.h"
#include "numeric/blas_threads.h"
#include "model/wald.h"
#include "numeric/linear_algebra.h"

enum { MOST_STEPS = 200 };
static const double LEAST_VARIANCE =
    1e-10; /* of a column given the others, as a share of its own */

typedef struct Scaled {
    double lambda0, ratio; /* n / (n − q): from a mean over rows to a variance */
    double sigma, lambda;  /* filled */
} Scaled;

/* Residual standard deviation of the lasso at this penalty; `square` is y'y. */
static VgStatus residual_sd(VgNet *net, double lambda, double square, const Scaled *s, double *sd,
                            VgError *error)
{
    VG_TRY(vg_net_descend(net, lambda, error));
    double left = square;
    for (size_t t = 0; t < net->members.count; t++)
        left -= net->members.a[t] * (net->cross[t] + net->members.g[t]);
    *sd = sqrt(fmax(left, 0) * s->ratio);
    return VG_OK;
}

/* The σ at which the lasso with penalty λ₀σ leaves the residual standard deviation σ: secant steps, and plain ones where these leave the
 * interval. */
static VgStatus scaled_lasso(VgNet *net, double square, Scaled *s, VgError *error)
{
    double most = sqrt(square * s->ratio), sigma = most, before = 0, off_before = 0;
    for (int step = 0; step < MOST_STEPS; step++) {
        double sd;
        VG_TRY(residual_sd(net, s->lambda0 * sigma, square, s, &sd, error));
        double off = sd - sigma;
        if (fabs(off) <= 1e-12 * most) {
            s->sigma = sd;
            s->lambda = s->lambda0 * sigma;
            return VG_OK;
        }
        double next = step ? sigma - off * (sigma - before) / (off - off_before) : sd;
        if (!(next > 0 && next <= most))
            next = sd;
        before = sigma;
        off_before = off;
        sigma = fmax(next, 1e-12 * most);
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "the scaled lasso does not settle",
                   "keep fewer columns, or add rows");
}

static VgStatus partial_out(VgArena *arena, const VgDebiasedLassoData *data, VgMatrix *x,
                            double **y, VgError *error)
{
    size_t n = data->x.rows, q = data->unpenalised.cols;
    *x = vg_matrix_new(arena, n, data->x.cols);
    *y = VG_NEW(arena, double, n);
    VgMatrix a = vg_matrix_new(arena, n, q);
    VgQr qr;
    if (!x->data || !*y || !a.data)
        return vg_fail_memory(error);
    vg_matrix_copy(data->x, *x);
    memcpy(*y, data->y, n * sizeof **y);
    vg_matrix_copy(data->unpenalised, a);
    VG_TRY(vg_qr_factor(arena, a, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < q)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the covariates depend on each other",
                       "remove one of them");
    for (size_t j = 0; j <= data->x.cols; j++) {
        double *column = j < data->x.cols ? &VG_AT(*x, 0, j) : *y, before = 0, after = 0;
        for (size_t i = 0; i < n; i++)
            before += column[i] * column[i];
        vg_qr_transposed_multiply(&qr, column);
        memset(column, 0, q * sizeof *column);
        vg_qr_multiply(&qr, column);
        for (size_t i = 0; i < n; i++)
            after += column[i] * column[i];
        if (after <= VG_RANK_TOLERANCE * VG_RANK_TOLERANCE * before) /* nothing but rounding */
            memset(column, 0, n * sizeof *column);
    }
    return VG_OK;
}

/* Column j; `a`, `g` are the response's coefficients and X'r. */
static VgStatus test_column(VgNet *net, size_t j, const double *gram, const double *a,
                            const double *g, Scaled node, double sigma, double df, double level,
                            VgInference *answer, VgError *error)
{
    double factor = net->factor[j], zr = g[j], zz, zx;
    *answer = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!isfinite(factor))
        return VG_OK;
    memset(net->a, 0, net->q * sizeof *net->a);
    net->cross = (double *)(uintptr_t)gram + j * net->members.capacity;
    net->factor[j] = INFINITY;
    VgStatus status = scaled_lasso(net, net->cross[j], &node, error);
    net->factor[j] = factor;
    VG_TRY(status);
    zx = zz = net->members.g[j];
    for (size_t k = 0; k < net->q; k++) {
        zz -= net->members.a[k] * net->members.g[k];
        zr -= net->members.a[k] * g[k];
    }
    if (!(zz > LEAST_VARIANCE * net->cross[j]))
        return VG_OK;
    double unit = net->y_scale / net->scale[j];
    *answer = vg_wald(unit * (a[j] + zr / zx), unit * sigma * sqrt(zz / (double)net->n) / fabs(zx),
                      df, level);
    return VG_OK;
}

static VgStatus fit(VgArena *arena, VgArena *scratch, const VgDebiasedLassoData *data, double level,
                    VgDebiasedLasso *out, VgError *error)
{
    size_t n = data->x.rows, d = data->x.cols, q = data->unpenalised.cols;
    size_t tested = data->tested ? data->n_tested : d;
    VgMatrix x;
    double *y, df = (double)n - (double)q;
    VgNet net;
    if (df < 3)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu rows for %zu covariates",
                       "leave covariates out", n, q);
    *out = (VgDebiasedLasso){.answer = VG_NEW(arena, VgInference, tested)};
    if (!out->answer)
        return vg_fail_memory(error);
    VG_TRY(partial_out(scratch, data, &x, &y, error));
    VG_TRY(vg_net_build(
        scratch, &(VgElasticNetData){.x = x, .y = y},
        &(VgElasticNetOptions){.no_intercept = true, .threshold = 1e-20, .max_cycles = 10000000},
        NULL, 0, &net, error));
    VG_TRY(vg_net_hold_all(&net, error));
    /* λ₀ of one column would be 0: no shrinkage to speak of, but a penalty has to be there */
    Scaled response = {.lambda0 = sqrt(2 * log(fmax((double)d, 2)) / df), .ratio = (double)n / df};
    VG_TRY(scaled_lasso(&net, 1, &response, error));
    double *a = VG_NEW(scratch, double, d), *g = VG_NEW(scratch, double, d);
    if (!a || !g)
        return vg_fail_memory(error);
    memcpy(a, net.members.a, d * sizeof *a);
    memcpy(g, net.members.g, d * sizeof *g);
    for (size_t j = 0; j < d; j++)
        out->n_selected += a[j] != 0;
    out->sigma = response.sigma * net.y_scale;
    out->lambda = response.lambda * net.y_scale;
    if (!(response.sigma > 1e-6))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the columns explain the response exactly",
                       "keep fewer columns, or add rows");
    for (size_t t = 0; t < tested; t++)
        VG_TRY(test_column(&net, data->tested ? data->tested[t] : t, net.members.gram, a, g,
                           response, response.sigma, df, level, &out->answer[t], error));
    return VG_OK;
}

VgStatus vg_debiased_lasso(VgArena *arena, const VgDebiasedLassoData *data, double level,
                           VgDebiasedLasso *out, VgError *error)
{
    if (data->unpenalised.rows != data->x.rows || !data->unpenalised.cols || !data->x.cols)
        return vg_fail(error, VG_INVALID_INPUT, "a debiased lasso without columns or an intercept",
                       "give at least one penalised column, and the intercept unpenalised");
    for (size_t t = 0; data->tested && t < data->n_tested; t++)
        if (data->tested[t] >= data->x.cols)
            return vg_fail(error, VG_INVALID_INPUT, "no column %zu to test", "columns count from 0",
                           data->tested[t]);
    VgArena *scratch = vg_arena_create();
    if (!scratch)
        return vg_fail_memory(error);
    int threads = vg_blas_hold();
    VgStatus status = fit(arena, scratch, data, level > 0 ? level : 0.95, out, error);
    vg_blas_release(threads);
    vg_arena_destroy(scratch);
    return status;
}
