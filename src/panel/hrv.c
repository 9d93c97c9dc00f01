/* Heart rate variability from RR intervals. Task Force 1996; Lomb 1976, Scargle 1982; METHODS 1.2. */
#include <vagus/biomarker.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of up to 11 intervals around i; at the ends the first or last 11. */
static double local_median(const double *rr, size_t n, size_t i)
{
    double around[11];
    size_t size = n < 11 ? n : 11, first = i < 5 ? 0 : i - 5;
    if (first + size > n)
        first = n - size;
    memcpy(around, rr + first, size * sizeof *around);
    qsort(around, size, sizeof *around, by_value);
    return size % 2 ? around[size / 2] : (around[size / 2 - 1] + around[size / 2]) / 2;
}

static size_t mark_artefacts(const double *rr, size_t n, const VgHrvOptions *options, bool *normal)
{
    double tolerance = options->tolerance > 0 ? options->tolerance : 0.2;
    double shortest = options->shortest_ms > 0 ? options->shortest_ms : 300;
    double longest = options->longest_ms > 0 ? options->longest_ms : 2000;
    size_t artefacts = 0;
    for (size_t i = 0; i < n; i++) {
        double median = local_median(rr, n, i);
        normal[i] =
            rr[i] >= shortest && rr[i] <= longest && fabs(rr[i] - median) <= tolerance * median;
        artefacts += !normal[i];
    }
    return artefacts;
}

/* Residuals from a straight line over time. */
static void detrend(const double *t, double *y, size_t n)
{
    double mt = 0, my = 0, tt = 0, ty = 0;
    for (size_t i = 0; i < n; i++) {
        mt += t[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        tt += (t[i] - mt) * (t[i] - mt);
        ty += (t[i] - mt) * (y[i] - my);
    }
    for (size_t i = 0; i < n; i++)
        y[i] -= my + ty / tt * (t[i] - mt);
}

/* Lomb's periodogram at one frequency: half of it in the cosine, half in the sine, orthogonal by the delay tau. */
static double lomb(const double *t, const double *y, size_t n, double frequency)
{
    double omega = 2 * 3.14159265358979323846 * frequency, s2 = 0, c2 = 0;
    for (size_t i = 0; i < n; i++) {
        s2 += sin(2 * omega * t[i]);
        c2 += cos(2 * omega * t[i]);
    }
    double tau = atan2(s2, c2) / (2 * omega), yc = 0, ys = 0, cc = 0, ss = 0;
    for (size_t i = 0; i < n; i++) {
        double c = cos(omega * (t[i] - tau)), s = sin(omega * (t[i] - tau));
        yc += y[i] * c;
        ys += y[i] * s;
        cc += c * c;
        ss += s * s;
    }
    return (cc > 0 ? yc * yc / cc : 0) / 2 + (ss > 0 ? ys * ys / ss : 0) / 2;
}

/* Power in [low, high): frequencies k/T; 2 P/n each, so that an even series sums to its variance. */
static double band(const double *t, const double *y, size_t n, double low, double high)
{
    double length = (t[n - 1] - t[0]) * (double)n / (double)(n - 1), power = 0;
    for (double k = ceil(low * length); k < high * length; k++)
        power += 2 * lomb(t, y, n, k / length) / (double)n;
    return power;
}

static VgStatus spectrum(VgArena *arena, const double *rr, const bool *normal, size_t n, VgHrv *hrv,
                         VgError *error)
{
    double *t = VG_NEW(arena, double, n), *y = VG_NEW(arena, double, n), now = 0;
    if (!t || !y)
        return vg_fail_memory(error);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        now += rr[i] / 1000;
        if (normal[i]) {
            t[m] = now;
            y[m++] = rr[i];
        }
    }
    detrend(t, y, m);
    hrv->lf = band(t, y, m, 0.04, 0.15);
    hrv->hf = band(t, y, m, 0.15, 0.40);
    return VG_OK;
}

static void time_domain(const double *rr, const bool *normal, size_t n, VgHrv *hrv)
{
    double sum = 0, squares = 0, differences = 0;
    size_t m = 0, pairs = 0, wide = 0;
    for (size_t i = 0; i < n; i++) {
        if (!normal[i])
            continue;
        sum += rr[i];
        m++;
        if (i > 0 && normal[i - 1]) {
            double d = rr[i] - rr[i - 1];
            differences += d * d;
            wide += fabs(d) > 50;
            pairs++;
        }
    }
    hrv->mean_nn = sum / (double)m;
    for (size_t i = 0; i < n; i++)
        if (normal[i])
            squares += (rr[i] - hrv->mean_nn) * (rr[i] - hrv->mean_nn);
    hrv->sdnn = sqrt(squares / (double)(m - 1));
    hrv->rmssd = sqrt(differences / (double)pairs);
    hrv->pnn50 = (double)wide / (double)pairs;
}

VgStatus vg_hrv(VgArena *arena, const double *rr_ms, size_t n, const VgHrvOptions *options,
                VgHrv *hrv, VgError *error)
{
    *hrv = (VgHrv){
        .n = n, .mean_nn = NAN, .sdnn = NAN, .rmssd = NAN, .pnn50 = NAN, .hf = NAN, .lf = NAN};
    if (n < 10)
        return vg_fail(error, VG_INVALID_INPUT, "a recording of %zu intervals",
                       "give the RR intervals of a whole recording", n);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(rr_ms[i] > 0) || isinf(rr_ms[i]))
            return vg_fail(error, VG_INVALID_INPUT, "interval %zu is %g ms",
                           "intervals are positive; leave out the marks of the recorder", i + 1,
                           rr_ms[i]);
        sum += rr_ms[i];
    }
    if (sum / (double)n < 10)
        return vg_fail(error, VG_INVALID_INPUT, "intervals of %.3g ms on average",
                       "these look like seconds: give milliseconds", sum / (double)n);
    hrv->seconds = sum / 1000;
    bool *normal = VG_NEW(arena, bool, n);
    if (!normal)
        return vg_fail_memory(error);
    hrv->n_artefacts = mark_artefacts(rr_ms, n, options, normal);
    double most = options->most_artefacts > 0 ? options->most_artefacts : 0.05;
    bool ultra = hrv->seconds >= 60 && options->ultra_short;
    if ((double)hrv->n_artefacts >= most * (double)n)
        hrv->issues |= VG_ISSUE_CORRECTED;
    if (hrv->seconds < 300)
        hrv->issues |= ultra ? VG_ISSUE_ULTRA_SHORT : VG_ISSUE_SHORT;
    if (hrv->issues & (VG_ISSUE_CORRECTED | VG_ISSUE_SHORT))
        return VG_OK;
    time_domain(rr_ms, normal, n, hrv);
    if (ultra && hrv->seconds < 300) {
        hrv->sdnn = NAN;
        return VG_OK;
    }
    return spectrum(arena, rr_ms, normal, n, hrv, error);
}
