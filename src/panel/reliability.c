/* Intraclass correlations and measurement error. Shrout & Fleiss 1979; McGraw & Wong 1996; METHODS 1.4. */
#include <vagus/reliability.h>

#include <math.h>
#include <stdlib.h>

#include "numeric/distributions.h"
#include "numeric/random.h"

/* --- full tables ------------------------------------------------------------------------------ */

static double f_quantile(double p, double a, double b)
{
    /* F = (b/a) B/(1 − B), B ~ Beta(a/2, b/2); the upper tail keeps 1 − B's digits */
    double x = vg_beta_quantile(p, a / 2, b / 2);
    double rest = vg_beta_quantile_upper(p, b / 2, a / 2);
    return b / a * x / rest;
}

static VgStatus mean_squares(VgMatrix x, VgReliability *r, VgError *error)
{
    size_t n = x.rows, k = x.cols;
    if (n < 2 || k < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu subjects with %zu repeats",
                       "reliability needs two or more of both", n, k);
    double grand = 0, total = 0, rows = 0, columns = 0;
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < n; i++) {
            if (!isfinite(VG_AT(x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "subject %zu lacks repeat %zu",
                               "use the components by REML where repeats are missing", i + 1,
                               j + 1);
            grand += VG_AT(x, i, j) / (double)(n * k);
        }
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t j = 0; j < k; j++) {
            mean += (VG_AT(x, i, j) - grand) / (double)k;
            total += (VG_AT(x, i, j) - grand) * (VG_AT(x, i, j) - grand);
        }
        rows += (double)k * mean * mean;
    }
    for (size_t j = 0; j < k; j++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += (VG_AT(x, i, j) - grand) / (double)n;
        columns += (double)n * mean * mean;
    }
    if (!(total > 1e-26 * grand * grand * (double)(n * k)))
        return vg_fail(error, VG_NOT_ESTIMABLE, "all values are the same",
                       "there is nothing to tell subjects apart by");
    r->subjects = n;
    r->repeats = k;
    r->ms_rows = rows / (double)(n - 1);
    r->ms_columns = columns / (double)(k - 1);
    r->ms_error = fmax(total - rows - columns, 0) / (double)((n - 1) * (k - 1));
    r->ms_within = (total - rows) / (double)(n * (k - 1));
    return VG_OK;
}

/* ICC(1,1) and ICC(C,1) have the same form in their error mean square and its df. */
static VgIcc ratio_icc(double rows, double error, double n, double k, double df, double tail)
{
    double f = rows / error, low = f / f_quantile(1 - tail, n - 1, df),
           high = f * f_quantile(1 - tail, df, n - 1);
    if (error == 0)
        return (VgIcc){1, 1, 1};
    return (VgIcc){(rows - error) / (rows + (k - 1) * error), (low - 1) / (low + k - 1),
                   (high - 1) / (high + k - 1)};
}

static VgIcc agreement_icc(const VgReliability *r, double tail)
{
    double n = (double)r->subjects, k = (double)r->repeats, msr = r->ms_rows, msc = r->ms_columns,
           mse = r->ms_error;
    double rho = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n);
    if (rho >= 1)
        return (VgIcc){rho, rho, rho};
    double a = k * rho / (n * (1 - rho)), b = 1 + k * rho * (n - 1) / (n * (1 - rho));
    double v = (a * msc + b * mse) * (a * msc + b * mse) /
               (a * msc * a * msc / (k - 1) + b * mse * b * mse / ((n - 1) * (k - 1)));
    double rest = k * msc + (k * n - k - n) * mse;
    double fl = f_quantile(1 - tail, n - 1, v), fu = f_quantile(1 - tail, v, n - 1);
    return (VgIcc){rho, n * (msr - fl * mse) / (fl * rest + n * msr),
                   n * (fu * msr - mse) / (rest + n * fu * msr)};
}

VgStatus vg_reliability(VgMatrix x, double level, VgReliability *reliability, VgError *error)
{
    VG_TRY(mean_squares(x, reliability, error));
    VgReliability *r = reliability;
    double n = (double)r->subjects, k = (double)r->repeats, tail = (1 - level) / 2;
    r->one_way = ratio_icc(r->ms_rows, r->ms_within, n, k, n * (k - 1), tail);
    r->consistency = ratio_icc(r->ms_rows, r->ms_error, n, k, (n - 1) * (k - 1), tail);
    r->agreement = agreement_icc(r, tail);
    r->sem = sqrt(r->ms_error);
    r->mdc = 1.96 * sqrt(2) * r->sem;
    return VG_OK;
}

/* --- unequal repeats -------------------------------------------------------------------------- */

/* What the restricted likelihood needs of the data: size and mean of each subject, the sum of squares within. */
typedef struct OneWay {
    size_t subjects;
    double *size, *mean;
    double within, values;
} OneWay;

/* Deviance at γ = between/within with within profiled out, ν = N − 1; `within`, `mean` may be NULL. */
static double deviance(const OneWay *d, double gamma, double *within, double *mean)
{
    double weight = 0, sum = 0, squares = 0, logs = 0;
    for (size_t i = 0; i < d->subjects; i++) {
        double w = d->size[i] / (1 + d->size[i] * gamma);
        weight += w;
        sum += w * d->mean[i];
        logs += log1p(d->size[i] * gamma);
    }
    double mu = sum / weight;
    for (size_t i = 0; i < d->subjects; i++)
        squares += d->size[i] / (1 + d->size[i] * gamma) * (d->mean[i] - mu) * (d->mean[i] - mu);
    double nu = d->values - 1, s2 = (d->within + squares) / nu;
    if (within)
        *within = s2;
    if (mean)
        *mean = mu;
    return nu * (1 + log(2 * 3.14159265358979323846 * s2)) + logs + log(weight);
}

/* d deviance/dγ, profiled. */
static double slope(const OneWay *d, double gamma)
{
    double s2, mu, weight = 0, weight_square = 0, logs = 0, squares = 0;
    deviance(d, gamma, &s2, &mu);
    for (size_t i = 0; i < d->subjects; i++) {
        double w = d->size[i] / (1 + d->size[i] * gamma);
        weight += w;
        weight_square += w * w;
        logs += w;
        squares += w * w * (d->mean[i] - mu) * (d->mean[i] - mu);
    }
    return logs - squares / s2 - weight_square / weight;
}

/* γ at the least deviance: the slope's sign change on a grid in log γ with the least value, then bisection; 0 where the
 * deviance rises from there and no other point is lower. */
static double best_ratio(const OneWay *d)
{
    enum { GRID = 49 };
    double best = 0, least = deviance(d, 0, NULL, NULL);
    for (int g = 0; g < GRID; g++) {
        double gamma = pow(10, -6 + g * 0.25), value = deviance(d, gamma, NULL, NULL);
        if (value < least) {
            least = value;
            best = gamma;
        }
    }
    double low = best > 0 ? best / pow(10, 0.25) : 0, high = best > 0 ? best * pow(10, 0.25) : 1e-6;
    if (slope(d, low) >= 0)
        return best > 0 ? best : 0;
    for (int k = 0; k < 200 && high - low > 1e-16 * high; k++) {
        double middle = low + (high - low) / 2;
        if (slope(d, middle) < 0)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

static VgStatus gather(VgArena *arena, const size_t *subject, const double *y, size_t n,
                       size_t n_subjects, OneWay *d, VgError *error)
{
    d->size = VG_NEW(arena, double, n_subjects);
    d->mean = VG_NEW(arena, double, n_subjects);
    if (!d->size || !d->mean)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i])) {
            d->size[subject[i]]++;
            d->mean[subject[i]] += y[i];
        }
    for (size_t s = 0; s < n_subjects; s++)
        d->mean[s] = d->size[s] > 0 ? d->mean[s] / d->size[s] : 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            d->within += (y[i] - d->mean[subject[i]]) * (y[i] - d->mean[subject[i]]);
    for (size_t s = 0; s < n_subjects; s++)
        if (d->size[s] > 0) {
            d->values += d->size[s];
            d->size[d->subjects] = d->size[s];
            d->mean[d->subjects++] = d->mean[s];
        }
    return VG_OK;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* R's default quantile (type 7) of sorted values. */
static double quantile(const double *sorted, size_t n, double p)
{
    double place = p * (double)(n - 1);
    size_t low = (size_t)place;
    return low + 1 < n ? sorted[low] + (place - (double)low) * (sorted[low + 1] - sorted[low])
                       : sorted[n - 1];
}

/* Means and the sum of squares within, drawn from the fit: they are all that a refit needs. */
static VgStatus bootstrap_icc(VgArena *arena, const OneWay *d, double gamma, double level,
                              size_t replicates, uint64_t seed, VgIcc *icc, VgError *error)
{
    OneWay drawn = *d;
    double *value = VG_NEW(arena, double, replicates);
    drawn.mean = VG_NEW(arena, double, d->subjects);
    if (!value || !drawn.mean)
        return vg_fail_memory(error);
    for (size_t b = 0; b < replicates; b++) {
        VgRandom random = vg_random_start(seed, VG_STREAM_BOOTSTRAP, (uint32_t)b, 0);
        for (size_t i = 0; i < d->subjects; i++)
            drawn.mean[i] = sqrt(gamma + 1 / d->size[i]) * vg_random_normal(&random);
        drawn.within =
            vg_chi_square_quantile(vg_random_uniform(&random), d->values - (double)d->subjects);
        double g = best_ratio(&drawn);
        value[b] = g / (1 + g);
    }
    qsort(value, replicates, sizeof *value, by_value);
    icc->lower = quantile(value, replicates, (1 - level) / 2);
    icc->upper = quantile(value, replicates, (1 + level) / 2);
    return VG_OK;
}

VgStatus vg_reliability_reml(VgArena *arena, const size_t *subject, const double *y, size_t n,
                             size_t n_subjects, double level, size_t bootstrap, uint64_t seed,
                             VgReliabilityReml *reliability, VgError *error)
{
    OneWay d = {0};
    VG_TRY(gather(arena, subject, y, n, n_subjects, &d, error));
    if (d.subjects < 2 || d.values <= (double)d.subjects)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu subjects with %g values",
                       "reliability needs subjects with two values or more", d.subjects, d.values);
    if (!(d.within > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "repeats never differ",
                       "are these copies of one measurement?");
    VgReliabilityReml *r = reliability;
    double gamma = best_ratio(&d);
    *r = (VgReliabilityReml){.subjects = d.subjects, .values = (size_t)d.values};
    r->log_likelihood = -0.5 * deviance(&d, gamma, &r->within, &r->mean);
    r->between = gamma * r->within;
    r->icc.estimate = gamma / (1 + gamma);
    r->sem = sqrt(r->within);
    r->mdc = 1.96 * sqrt(2) * r->sem;
    return bootstrap_icc(arena, &d, gamma, level, bootstrap ? bootstrap : 2000, seed ? seed : 1,
                         &r->icc, error);
}

VgStatus vg_within_cv(VgArena *arena, const size_t *subject, const double *x, size_t n,
                      size_t n_subjects, double level, VgWithinCv *cv, VgError *error)
{
    double *y = VG_NEW(arena, double, n);
    if (!y)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        if (!isnan(x[i]) && (!(x[i] > 0) || isinf(x[i])))
            return vg_fail(error, VG_INVALID_INPUT, "value %zu is %g",
                           "a coefficient of variation needs concentrations above 0", i + 1, x[i]);
        y[i] = log(x[i]);
    }
    OneWay d = {0};
    VG_TRY(gather(arena, subject, y, n, n_subjects, &d, error));
    double df = d.values - (double)d.subjects;
    if (!(df > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no subject has two values",
                       "a within-subject variation needs duplicates");
    double s2 = d.within / df, tail = (1 - level) / 2;
    cv->df = (size_t)df;
    cv->s = sqrt(s2);
    cv->cv = sqrt(expm1(s2));
    cv->lower = sqrt(expm1(s2 * df / vg_chi_square_quantile_upper(tail, df)));
    cv->upper = sqrt(expm1(s2 * df / vg_chi_square_quantile(tail, df)));
    return VG_OK;
}
