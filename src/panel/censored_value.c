/* Log-likelihood of one censored value and its derivatives, on the smaller tail; truncated normal draws. */
#include "panel/censored_value.h"

#include <math.h>

#include "numeric/distributions.h"

bool vg_bounds_missing(double lower, double upper)
{
    return isnan(lower) || isnan(upper) || (isinf(lower) && isinf(upper));
}

double vg_bounds_middle(double lower, double upper)
{
    return isinf(lower) ? upper : isinf(upper) ? lower : lower + (upper - lower) / 2;
}

static VgCensoredValue observed(double y, double h, double eta)
{
    double z = h * y - eta;
    return (VgCensoredValue){.value = log(h) + vg_normal_log_density(z),
                             .d_s = -z,
                             .d_h = 1 / h - z * y,
                             .d_ss = -1,
                             .d_sh = -y,
                             .d_hh = -y * y - 1 / (h * h)};
}

/* log Φ(z), z = h u − η */
static VgCensoredValue below(double u, double h, double eta)
{
    double z = h * u - eta, log_p = vg_normal_log_lower(z);
    double r = exp(vg_normal_log_density(z) - log_p), curve = -r * (z + r);
    return (VgCensoredValue){log_p, r, u * r, curve, u * curve, u * u * curve};
}

/* log Φ(−z), z = h l − η: `below` seen in a mirror */
static VgCensoredValue above(double l, double h, double eta)
{
    VgCensoredValue mirror = below(-l, h, -eta);
    mirror.d_s = -mirror.d_s;
    mirror.d_sh = -mirror.d_sh;
    return mirror;
}

/* log[Φ(b) − Φ(a)], a < b */
static double log_between(double a, double b)
{
    if (a > 0)
        return log_between(-b, -a);
    if (b > 0)
        return log1p(-vg_normal_upper(b) - vg_normal_upper(-a));
    double log_b = vg_normal_log_lower(b);
    return log_b + log(-expm1(vg_normal_log_lower(a) - log_b));
}

/* A narrow interval of width w around m has φ(m) w [1 + (m² − 1) w²/24] + O(w⁵): the difference of two nearly equal
 * tails would lose the digits that this keeps. */
static VgCensoredValue narrow(double lower, double upper, double h, double eta)
{
    double y = lower + (upper - lower) / 2, d = upper - lower, m = h * y - eta, w = h * d;
    double c = 1 + (m * m - 1) * w * w / 24;
    double c_m = m * w * w / 12 / c, c_w = (m * m - 1) * w / 12 / c;
    double mm = -1 + w * w / 12 / c - c_m * c_m, mw = m * w / 6 / c - c_m * c_w;
    double ww = -1 / (w * w) + (m * m - 1) / 12 / c - c_w * c_w;
    double f_m = -m + c_m, f_w = 1 / w + c_w;
    return (VgCensoredValue){.value = vg_normal_log_density(m) + log(w) + log(c),
                             .d_s = f_m,
                             .d_h = y * f_m + d * f_w,
                             .d_ss = mm,
                             .d_sh = y * mm + d * mw,
                             .d_hh = y * y * mm + 2 * y * d * mw + d * d * ww};
}

static VgCensoredValue within(double l, double u, double h, double eta)
{
    double a = h * l - eta, b = h * u - eta;
    if ((b - a) * fmax(1, fmax(fabs(a), fabs(b))) < 1e-3)
        return narrow(l, u, h, eta);
    double log_p = log_between(a, b);
    double ra = exp(vg_normal_log_density(a) - log_p), rb = exp(vg_normal_log_density(b) - log_p);
    double aa = a * ra - ra * ra, bb = -b * rb - rb * rb, ab = ra * rb;
    return (VgCensoredValue){.value = log_p,
                             .d_s = rb - ra,
                             .d_h = u * rb - l * ra,
                             .d_ss = aa + 2 * ab + bb,
                             .d_sh = l * (aa + ab) + u * (ab + bb),
                             .d_hh = l * l * aa + 2 * l * u * ab + u * u * bb};
}

VgCensoredValue vg_censored_value(double lower, double upper, double h, double eta)
{
    if (lower == upper)
        return observed(lower, h, eta);
    if (isinf(lower))
        return below(upper, h, eta);
    return isinf(upper) ? above(lower, h, eta) : within(lower, upper, h, eta);
}

double vg_truncated_normal(double a, double b, double u)
{
    if (a > 0)
        return -vg_truncated_normal(-b, -a, 1 - u);
    double log_b = vg_normal_log_lower(b), log_a = vg_normal_log_lower(a);
    /* Φ(x) = Φ(b) − (1 − u) (Φ(b) − Φ(a)) */
    double x = vg_normal_quantile_log(log_b + log1p((1 - u) * expm1(log_a - log_b)));
    return fmin(fmax(x, a), b);
}
