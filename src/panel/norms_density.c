/* The Box–Cox Cole–Green density and its derivatives.
 *
 * With r = log y − log M, ν = L, s = S: z = f(ν, r)/s, f = (exp(νr) − 1)/ν (r at ν = 0), and
 * log density = νr − log s − z²/2 − log y − ½ log 2π − log Φ(1/(s|ν|)); the last term makes it proper (Rigby & Stasinopoulos 2004). */
#include "panel/norms_internal.h"

#include <math.h>

#include "numeric/distributions.h"

static const double HALF_LOG_TWO_PI = 0.91893853320467274178;

/* Near νr = 0 the closed forms cancel: power series there. */
void vg_box_cox(double nu, double r, double *f, double *by_nu, double *by_nu_nu)
{
    double u = nu * r;
    if (fabs(u) > 0.5) {
        double e = exp(u);
        *f = expm1(u) / nu;
        *by_nu = (r * e - *f) / nu;
        *by_nu_nu = (r * r * e - 2 * *by_nu) / nu;
        return;
    }
    /* Σ u^{k−1}/k!, Σ (k−1) u^{k−2}/k!, Σ (k−1)(k−2) u^{k−3}/k! */
    double a = 0, b = 0, c = 0, power = 1, factorial = 1;
    for (int k = 1; k <= 18; k++) {
        factorial *= k;
        a += power / factorial;
        if (k + 1 <= 18)
            b += k * power / (factorial * (k + 1));
        if (k + 2 <= 18)
            c += (k + 1.0) * k * power / (factorial * (k + 1) * (k + 2));
        power *= u;
    }
    *f = r * a;
    *by_nu = r * r * b;
    *by_nu_nu = r * r * r * c;
}

/* −log Φ(w), w = exp(−η_S)/|ν|, with derivatives by η_S and ν added to the point. */
static void add_truncation(const double eta[3], VgNormPoint *point)
{
    double nu = eta[VG_NORM_L], w = exp(-eta[VG_NORM_S]) / fabs(nu);
    if (!(w < 38)) /* Φ(w) is 1, flat */
        return;
    double log_lower = vg_normal_log_lower(w);
    double h = exp(vg_normal_log_density(w) - log_lower), second = h * (w + h);
    double by_s = -w, by_l = -w / nu;
    point->value -= log_lower;
    point->first[VG_NORM_S] -= h * by_s;
    point->first[VG_NORM_L] -= h * by_l;
    point->second[4] += second * by_s * by_s - h * w;
    point->second[8] += second * by_l * by_l - h * 2 * w / (nu * nu);
    double mixed = second * by_s * by_l - h * w / nu;
    point->second[5] += mixed;
    point->second[7] += mixed;
}

VgNormPoint vg_norm_point(double log_y, const double eta[3])
{
    double r = log_y - eta[VG_NORM_M], nu = eta[VG_NORM_L], s = exp(eta[VG_NORM_S]);
    double f, f_nu, f_nu_nu;
    vg_box_cox(nu, r, &f, &f_nu, &f_nu_nu);
    double z = f / s, z_r = exp(nu * r) / s, z_rr = nu * z_r, z_rn = r * z_r, z_n = f_nu / s,
           z_nn = f_nu_nu / s;
    VgNormPoint point = {.z = z};
    point.value = nu * r - eta[VG_NORM_S] - z * z / 2 - log_y - HALF_LOG_TWO_PI;
    point.first[VG_NORM_M] = -(nu - z * z_r);
    point.first[VG_NORM_S] = z * z - 1;
    point.first[VG_NORM_L] = r - z * z_n;
    point.second[0] = -z_r * z_r - z * z_rr;
    point.second[1] = point.second[3] = -2 * z * z_r;
    point.second[2] = point.second[6] = -(1 - z_n * z_r - z * z_rn);
    point.second[4] = -2 * z * z;
    point.second[5] = point.second[7] = 2 * z * z_n;
    point.second[8] = -z_n * z_n - z * z_nn;
    if (nu != 0)
        add_truncation(eta, &point);
    return point;
}
