/* Pooling of 2 × 2 tables without study effects: Mantel–Haenszel and Peto. Per table a, b = events and others in group 1,
 * c, d in group 2, N all. Nothing is added to any cell in the estimates; a table without events (odds: or without
 * non-events) says nothing about a ratio and has no part in it.
 * Sources: Mantel & Haenszel 1959; Robins, Breslow & Greenland 1986 (variance of the odds ratio); Greenland & Robins
 * 1985 (risk ratio); Sato, Greenland & Robins 1989 (risk difference); Yusuf 1985; Tarone 1985. */
#include <math.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"

typedef struct Cells {
    double a, b, c, d, n1, n2, n;
} Cells;

static VgStatus bad(const VgCounts *counts, size_t i, const char *what, VgError *error)
{
    if (counts->study && counts->study[i])
        return vg_fail(error, VG_INVALID_INPUT, "study %s: %s",
                       "give whole numbers of events and participants", counts->study[i], what);
    return vg_fail(error, VG_INVALID_INPUT, "table %zu: %s",
                   "give whole numbers of events and participants", i + 1, what);
}

static bool is_count(double x)
{
    return x >= 0 && x < 1e15 && x == floor(x);
}

static VgStatus check(const VgCounts *counts, double level, VgError *error)
{
    if (counts->k == 0)
        return vg_fail(error, VG_INVALID_INPUT, "there is no table to pool",
                       "give at least one study");
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "the level is %g",
                       "give one between 0 and 1, as 0.95", level);
    for (size_t i = 0; i < counts->k; i++) {
        if (!is_count(counts->events_1[i]) || !is_count(counts->events_2[i]) ||
            !is_count(counts->n_1[i]) || !is_count(counts->n_2[i]))
            return bad(counts, i, "a count is missing, negative or fractional", error);
        if (counts->n_1[i] < 1 || counts->n_2[i] < 1)
            return bad(counts, i, "a group has no participants", error);
        if (counts->events_1[i] > counts->n_1[i] || counts->events_2[i] > counts->n_2[i])
            return bad(counts, i, "more events than participants", error);
    }
    return VG_OK;
}

static Cells cells(const VgCounts *counts, size_t i)
{
    Cells t = {.a = counts->events_1[i],
               .c = counts->events_2[i],
               .n1 = counts->n_1[i],
               .n2 = counts->n_2[i]};
    t.b = t.n1 - t.a;
    t.d = t.n2 - t.c;
    t.n = t.n1 + t.n2;
    return t;
}

static bool informative(const Cells *t, VgMeasure measure)
{
    return measure == VG_MEASURE_RD ||
           (t->a + t->c > 0 && (measure == VG_MEASURE_RR || t->b + t->d > 0));
}

static void infer(double level, VgMetaCounts *out)
{
    double width = vg_normal_quantile(0.5 + 0.5 * level) * out->se;
    out->statistic = out->estimate / out->se;
    out->p = vg_normal_two_sided(out->statistic);
    out->lower = out->estimate - width;
    out->upper = out->estimate + width;
}

static void set_q(double q, VgMetaCounts *out)
{
    out->q_df = (double)out->n_informative - 1;
    bool several = out->n_informative > 1;
    out->q = several ? fmax(0, q) : 0;
    out->q_p = several ? vg_chi_square_upper(out->q, out->q_df) : 1;
    out->i2 = several && out->q > out->q_df ? 100 * (out->q - out->q_df) / out->q : 0;
    out->h2 = several ? out->q / out->q_df : 1;
}

static bool odds_ratio(const VgCounts *counts, VgMetaCounts *out)
{
    double r = 0, s = 0, pr = 0, ps_qr = 0, qs = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        double p = (t.a + t.d) / t.n, q = (t.b + t.c) / t.n, ri = t.a * t.d / t.n,
               si = t.b * t.c / t.n;
        r += ri;
        s += si;
        pr += p * ri;
        ps_qr += p * si + q * ri;
        qs += q * si;
    }
    out->estimate = log(r / s);
    out->se = sqrt(0.5 * (pr / (r * r) + ps_qr / (r * s) + qs / (s * s)));
    return r > 0 && s > 0;
}

static bool risk_ratio(const VgCounts *counts, VgMetaCounts *out)
{
    double r = 0, s = 0, sum = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        r += t.a * t.n2 / t.n;
        s += t.c * t.n1 / t.n;
        sum += t.n1 / t.n * (t.n2 / t.n) * (t.a + t.c) - t.a / t.n * t.c;
    }
    out->estimate = log(r / s);
    out->se = sqrt(sum / (r * s));
    return r > 0 && s > 0;
}

static bool risk_difference(const VgCounts *counts, VgMetaCounts *out)
{
    double top = 0, bottom = 0, p = 0, q = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        double f1 = t.n1 / t.n, f2 = t.n2 / t.n;
        top += t.a * f2 - t.c * f1;
        bottom += t.n1 * f2;
        p += t.c * f1 * f1 - t.a * f2 * f2 + 0.5 * f1 * f2 * (t.n2 - t.n1);
        q += 0.5 * (t.a * (t.n2 - t.c) + t.c * (t.n1 - t.a)) / t.n;
    }
    out->estimate = top / bottom;
    out->se = sqrt(out->estimate * p + q) / bottom;
    return out->se > 0;
}

/* Σ w (y − pooled)² over the tables' own effects, ½ added to all cells of a table with a zero. */
static double own_effects_q(const VgCounts *counts, VgMeasure measure, VgMetaCounts *out)
{
    double q = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        if (!informative(&t, measure))
            continue;
        out->n_informative++;
        double add = t.a > 0 && t.b > 0 && t.c > 0 && t.d > 0 ? 0 : 0.5;
        double a = t.a + add, b = t.b + add, c = t.c + add, d = t.d + add, n1 = a + b, n2 = c + d,
               y, v;
        if (measure == VG_MEASURE_OR) {
            y = log(a * d / (b * c));
            v = 1 / a + 1 / b + 1 / c + 1 / d;
        } else if (measure == VG_MEASURE_RR) {
            y = log(a / n1 / (c / n2));
            v = 1 / a - 1 / n1 + 1 / c - 1 / n2;
        } else {
            y = a / n1 - c / n2;
            v = a * b / (n1 * n1 * n1) + c * d / (n2 * n2 * n2);
        }
        q += (y - out->estimate) * (y - out->estimate) / v;
    }
    return q;
}

/* Cochran–Mantel–Haenszel with continuity correction, and Tarone's form of Breslow and Day's test. */
static void odds_tests(const VgCounts *counts, VgMetaCounts *out)
{
    double excess = 0, variance = 0, odds = exp(out->estimate), tarone = 0, off = 0, sum_v = 0;
    size_t tables = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        double x = t.a + t.c, y = t.b + t.d;
        if (x == 0 || y == 0)
            continue;
        excess += t.a - t.n1 * x / t.n;
        variance += t.n1 / t.n * (t.n2 / t.n) * (x * (y / (t.n - 1)));
        double fitted = t.n1 / t.n * x; /* expected a under the common odds ratio */
        if (fabs(odds - 1) > 1e-12) {
            double s = odds * (t.n1 + x) + (t.n2 - x);
            fitted = 2 * odds * t.n1 * x / (s + sqrt(s * s - 4 * t.n1 * x * odds * (odds - 1)));
        }
        double v =
            1 / (1 / fitted + 1 / (t.n1 - fitted) + 1 / (x - fitted) + 1 / (t.n2 - x + fitted));
        if (!(fitted > 0 && v > 0))
            continue;
        tarone += (t.a - fitted) * (t.a - fitted) / v;
        off += t.a - fitted;
        sum_v += v;
        tables++;
    }
    double corrected = fabs(excess) - 0.5;
    out->cmh = corrected * corrected / variance;
    out->cmh_p = vg_chi_square_upper(out->cmh, 1);
    if (tables < 2)
        return;
    out->tarone = fmax(0, tarone - off * off / sum_v);
    out->tarone_df = (double)tables - 1;
    out->tarone_p = vg_chi_square_upper(out->tarone, out->tarone_df);
}

static VgMetaCounts nothing(const VgCounts *counts)
{
    return (VgMetaCounts){
        .k = counts->k, .cmh = NAN, .cmh_p = NAN, .tarone = NAN, .tarone_df = NAN, .tarone_p = NAN};
}

VgStatus vg_meta_mantel_haenszel(const VgCounts *counts, VgMeasure measure, double level,
                                 VgMetaCounts *out, VgError *error)
{
    level = level == 0 ? 0.95 : level;
    VG_TRY(check(counts, level, error));
    if (measure != VG_MEASURE_OR && measure != VG_MEASURE_RR && measure != VG_MEASURE_RD)
        return vg_fail(error, VG_INVALID_INPUT, "Mantel–Haenszel pools or, rr or rd, not %s",
                       "choose one of these measures", vg_measure_names[measure]);
    *out = nothing(counts);
    bool done = measure == VG_MEASURE_OR   ? odds_ratio(counts, out)
                : measure == VG_MEASURE_RR ? risk_ratio(counts, out)
                                           : risk_difference(counts, out);
    if (!done)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "the tables together have an empty group: no %s can be had",
            "use the risk difference, or leave the outcome out", vg_measure_names[measure]);
    set_q(own_effects_q(counts, measure, out), out);
    if (measure == VG_MEASURE_OR)
        odds_tests(counts, out);
    infer(level, out);
    return VG_OK;
}

VgStatus vg_meta_peto(const VgCounts *counts, double level, VgMetaCounts *out, VgError *error)
{
    level = level == 0 ? 0.95 : level;
    VG_TRY(check(counts, level, error));
    *out = nothing(counts);
    double excess = 0, variance = 0, own = 0;
    for (size_t i = 0; i < counts->k; i++) {
        Cells t = cells(counts, i);
        double x = t.a + t.c, y = t.b + t.d, e = t.a - x * t.n1 / t.n;
        double v = x * y * (t.n1 / t.n) * (t.n2 / t.n) / (t.n - 1);
        if (!(v > 0))
            continue;
        out->n_informative++;
        excess += e;
        variance += v;
        own += e * e / v;
    }
    if (!(variance > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "no table has both events and non-events",
                       "leave the outcome out");
    out->estimate = excess / variance;
    out->se = sqrt(1 / variance);
    set_q(own - excess * excess / variance, out);
    infer(level, out);
    return VG_OK;
}
