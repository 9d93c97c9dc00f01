/* Where one person stands in a norm, and what people like them have; errors by the delta method. */
#include "panel/norms_internal.h"

#include <math.h>

#include "numeric/distributions.h"

/* The predictors at one place, with their covariance. */
typedef struct Place {
    double eta[3], covariance[9];
} Place;

static bool supported(const VgNorm *norm, double smooth, const double *linear)
{
    if (norm->has_smooth && !(smooth >= norm->low && smooth <= norm->high))
        return false;
    for (size_t j = 0; j < norm->q; j++)
        if (!(linear[j] >= norm->linear_low[j] && linear[j] <= norm->linear_high[j]))
            return false;
    return true;
}

static Place place_of(const VgNorm *norm, double smooth, const double *linear)
{
    size_t column[3][VG_NORM_MOST_COLUMNS];
    double value[3][VG_NORM_MOST_COLUMNS];
    VgNormRow row = {.column = {column[0], column[1], column[2]},
                     .value = {value[0], value[1], value[2]}};
    Place place = {.eta = {0}};
    vg_norm_row_fill(norm, smooth, linear, &row);
    vg_norm_predict(norm->theta, &row, place.eta);
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++)
            for (size_t a = 0; a < row.n[k]; a++)
                for (size_t b = 0; b < row.n[l]; b++)
                    place.covariance[k + 3 * l] +=
                        row.value[k][a] * row.value[l][b] *
                        VG_AT(norm->covariance, row.column[k][a], row.column[l][b]);
    return place;
}

static double variance(const Place *place, const double gradient[3])
{
    double sum = 0;
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++)
            sum += gradient[k] * gradient[l] * place->covariance[k + 3 * l];
    return fmax(sum, 0);
}

/* Φ⁻¹ of the centile at log y, its gradient by (log M, log S, L) and its slope by log y. With w = 1/(S|L|), t = Φ(w): F = Φ(z)/t
 * for L <= 0, and (Φ(z) − Φ(−w))/t for L > 0; the smaller tail is computed. */
static double normal_score(double log_y, const double eta[3], double gradient[3], double *slope)
{
    double r = log_y - eta[0], nu = eta[2], s = exp(eta[1]), f, by_nu, by_nu_nu;
    vg_box_cox(nu, r, &f, &by_nu, &by_nu_nu);
    double z = f / s, z_r = exp(nu * r) / s, by[3] = {-z_r, -z, by_nu / s};
    double w = exp(-eta[1]) / fabs(nu);
    bool cut = nu != 0 && w < 38;
    double log_t = cut ? vg_normal_log_lower(w) : 0, tail = vg_normal_log_lower(-fabs(z));
    if (cut && (z < 0) == (nu > 0))
        tail += log1p(-exp(vg_normal_log_lower(-w) - tail));
    double q = vg_normal_quantile_log(tail - log_t);
    q = z < 0 ? q : -q;
    double log_density = vg_normal_log_density(q);
    double scale = exp(vg_normal_log_density(z) - log_t - log_density);
    for (int k = 0; k < 3; k++)
        gradient[k] = scale * by[k];
    *slope = scale * z_r;
    if (cut) { /* dF = … − F dt/t, or + (1 − F) dt/t */
        double share = nu > 0 ? vg_normal_upper(q) : -vg_normal_upper(-q);
        double dt = exp(vg_normal_log_density(w) - log_t - log_density) * share;
        gradient[1] += dt * -w;
        gradient[2] += dt * (-w / nu);
    }
    return q;
}

VgStatus vg_norm_score(const VgNorm *norm, double y, double smooth, const double *linear,
                       double level, VgNormScore *score, VgError *error)
{
    if (!(y > 0 && isfinite(y)))
        return vg_fail(error, VG_INVALID_INPUT, "a value of %g has no place in the norm",
                       "values are above 0", y);
    if (!supported(norm, smooth, linear))
        return vg_fail(error, VG_NOT_ESTIMABLE, "outside the reference set's range of covariates",
                       "no norm is stretched beyond its people");
    Place place = place_of(norm, smooth, linear);
    double gradient[3], slope, step = vg_normal_quantile(0.5 + level / 2);
    double z = normal_score(log(y), place.eta, gradient, &slope);
    double se = sqrt(variance(&place, gradient));
    *score = (VgNormScore){.m = exp(place.eta[0]),
                           .s = exp(place.eta[1]),
                           .l = place.eta[2],
                           .z = z,
                           .z_se = se,
                           .centile = vg_normal_upper(-z),
                           .se = exp(vg_normal_log_density(z)) * se,
                           .lower = vg_normal_upper(-(z - step * se)),
                           .upper = vg_normal_upper(-(z + step * se))};
    return VG_OK;
}

double vg_norm_quantile(const VgNorm *norm, double share, double smooth, const double *linear,
                        double *log_se)
{
    if (log_se)
        *log_se = NAN;
    if (!supported(norm, smooth, linear) || !(share > 0 && share < 1))
        return NAN;
    Place place = place_of(norm, smooth, linear);
    double nu = place.eta[2], s = exp(place.eta[1]), w = 1 / (s * fabs(nu));
    double t = nu != 0 && w < 38 ? vg_normal_upper(-w) : 1;
    double z = nu > 0 ? -vg_normal_quantile((1 - share) * t) : vg_normal_quantile(share * t);
    double u = nu * s * z;
    double r = fabs(nu) < 1e-9 ? s * z * (1 - u / 2) : log1p(u) / nu;
    double log_y = place.eta[0] + r, gradient[3], slope;
    normal_score(log_y, place.eta, gradient, &slope);
    if (log_se)
        *log_se = sqrt(variance(&place, gradient)) / slope;
    return exp(log_y);
}
