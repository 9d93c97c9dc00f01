/* Two arrows, one hypothesis: a feature mediates only if neither is absent. The three ways to be null, their shares, and the false discovery
 * rate of p_max under them (Dai, Stanford & LeBlanc 2020; conventions of HDMT 1.0.5). */
#include <vagus/mediator_screen.h>

#include <math.h>
#include <stdlib.h>

#include <vagus/false_discovery.h>

#include "base/compare.h"
#include "numeric/distributions.h"

enum { CUTS = 4, EXACT_BELOW = 100 };
static const double CUT[CUTS] = {0.5, 0.6, 0.7, 0.8};
static const double TAIL = 0.8; /* quantiles above it judge a cut */
static const double PLAINLY_PRESENT =
    0.25; /* q of both arrows: left out of what is taken for null */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static VgStatus sorted_copy(VgArena *arena, size_t m, const double *values, double **out,
                            VgError *error)
{
    *out = VG_NEW(arena, double, m);
    if (!*out)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m; i++)
        (*out)[i] = values[i];
    qsort(*out, m, sizeof **out, by_value);
    return VG_OK;
}

/* P(D⁺ >= d) for m uniforms: Birnbaum & Tingey 1951 exactly below 100, else exp(−2md²), as R's ks.test. */
static double kolmogorov_upper(double d, size_t m)
{
    double n = (double)m, sum = 0;
    if (d <= 0)
        return 1;
    if (m >= EXACT_BELOW)
        return exp(-2 * n * d * d);
    for (size_t j = 0; (double)j <= n * (1 - d) && j <= m; j++) {
        double x = (double)j, rest = 1 - d - x / n;
        if (rest < 0)
            break;
        double power = n - x > 0 ? (n - x) * log(rest) : 0;
        sum += exp(vg_log_gamma(n + 1) - vg_log_gamma(x + 1) - vg_log_gamma(n - x + 1) +
                   (x - 1) * log(d + x / n) + power);
    }
    return fmin(d * sum, 1);
}

/* Whether sorted p cannot be told from uniform, against too many small ones. */
static bool looks_uniform(const double *sorted, size_t m)
{
    double above = 0;
    for (size_t i = 0; i < m; i++)
        above = fmax(above, (double)(i + 1) / (double)m - sorted[i]);
    return kolmogorov_upper(above, m) > 0.05;
}

static VgCompositeNull shares(const double *a, const double *b, size_t m, double cut,
                              bool a_uniform, bool b_uniform)
{
    double over_a = 0, over_b = 0, over_both = 0, n = (double)m;
    for (size_t i = 0; i < m; i++) {
        over_a += a[i] >= cut;
        over_b += b[i] >= cut;
        over_both += a[i] >= cut && b[i] >= cut;
    }
    VgCompositeNull s = {.both_absent = fmin(over_both / n / ((1 - cut) * (1 - cut)), 1),
                         .alpha_null = a_uniform ? 1 : fmin(over_a / n / (1 - cut), 1),
                         .beta_null = b_uniform ? 1 : fmin(over_b / n / (1 - cut), 1),
                         .cut = cut};
    if (s.both_absent >= 1 || (s.alpha_null >= 1 && s.beta_null >= 1)) {
        s.both_absent = 1;
        return s;
    }
    double only_b = fmax(s.beta_null - s.both_absent, 0),
           only_a = fmax(s.alpha_null - s.both_absent, 0);
    if (s.alpha_null >= 1) { /* no α anywhere: then none with α and without β */
        s.alpha_absent = only_a;
        s.both_absent = 1 - only_a;
    } else if (s.beta_null >= 1) {
        s.beta_absent = only_b;
        s.both_absent = 1 - only_b;
    } else if (1 - s.both_absent - only_a - only_b < 0) {
        s.beta_absent = 1 - s.alpha_null;
        s.alpha_absent = 1 - s.beta_null;
        s.both_absent = 1 - s.beta_absent - s.alpha_absent;
    } else {
        s.beta_absent = only_b;
        s.alpha_absent = only_a;
    }
    return s;
}

/* Slope through the origin of −log10 p_max on its expectation above TAIL; INFINITY without any there. */
static double tail_slope(const VgCompositeNull *s, const double *largest, size_t m)
{
    double linear = s->beta_absent + s->alpha_absent, square = 1 - linear, xy = 0, xx = 0;
    for (size_t i = m; i-- > 0 && largest[i] > TAIL;) {
        double at = (double)(i + 1) / (double)m; /* square x² + linear x = at */
        double expected = 2 * at / (linear + sqrt(linear * linear + 4 * square * at));
        double x = -log10(expected);
        xy += x * -log10(largest[i]);
        xx += x * x;
    }
    return xx > 0 ? xy / xx : (double)INFINITY;
}

static VgStatus check(size_t m, const double *p_alpha, const double *p_beta, VgError *error)
{
    if (m < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu pair of p-values",
                       "the shares of null hypotheses need two or more", m);
    for (size_t i = 0; i < m; i++)
        if (!(p_alpha[i] >= 0 && p_alpha[i] <= 1 && p_beta[i] >= 0 && p_beta[i] <= 1))
            return vg_fail(error, VG_INVALID_INPUT, "p-values %zu are %g and %g",
                           "p lies between 0 and 1", i + 1, p_alpha[i], p_beta[i]);
    return VG_OK;
}

VgStatus vg_composite_null(VgArena *arena, size_t m, const double *p_alpha, const double *p_beta,
                           VgCompositeNull *null, VgError *error)
{
    double *a, *b, *largest, least = 0;
    VG_TRY(check(m, p_alpha, p_beta, error));
    VgArenaMark mark = vg_arena_mark(arena);
    VG_TRY(sorted_copy(arena, m, p_alpha, &a, error));
    VG_TRY(sorted_copy(arena, m, p_beta, &b, error));
    bool a_uniform = looks_uniform(a, m), b_uniform = looks_uniform(b, m);
    largest = a;
    for (size_t i = 0; i < m; i++)
        largest[i] = fmax(p_alpha[i], p_beta[i]);
    qsort(largest, m, sizeof *largest, by_value);
    for (int k = 0; k < CUTS; k++) {
        VgCompositeNull s = shares(p_alpha, p_beta, m, CUT[k], a_uniform, b_uniform);
        double slope = tail_slope(&s, largest, m);
        if (k == 0 || slope < least) {
            least = slope;
            *null = s;
        }
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

/* ---- the rate ---- */

/* Power of an arrow at t: its distribution function where it is present, from the least concave majorant of the p of features taken for null, of
 * which the share `absent` is uniform. */
typedef struct Power {
    double *x, *f; /* knots, from the first after 0 */
    size_t n;
    double absent;
} Power;

/* `sorted` has m p-values; the majorant of the points (0, 0), (p_i, i/m). */
static VgStatus majorant(VgArena *arena, const double *sorted, size_t m, double absent,
                         Power *power, VgError *error)
{
    *power = (Power){
        .x = VG_NEW(arena, double, m + 1), .f = VG_NEW(arena, double, m + 1), .absent = absent};
    if (!power->x || !power->f)
        return vg_fail_memory(error);
    size_t n = 1; /* the point (0, 0) first */
    for (size_t i = 0; i < m; i++) {
        double x = sorted[i], f = (double)(i + 1) / (double)m;
        while (n > 1 && (power->f[n - 1] - power->f[n - 2]) * (x - power->x[n - 1]) <=
                            (f - power->f[n - 1]) * (power->x[n - 1] - power->x[n - 2]))
            n--;
        power->x[n] = x;
        power->f[n++] = f;
    }
    power->x++;
    power->f++;
    power->n = n - 1;
    for (size_t k = 0; k < power->n; k++)
        power->f[k] = absent < 1 ? (power->f[k] - absent * power->x[k]) / (1 - absent) : 0;
    return VG_OK;
}

static double power_at(const Power *power, double t)
{
    size_t low = 0, high = power->n; /* first knot at or after t */
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (power->x[middle] >= t)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == power->n) /* beyond the last */
        return t;
    double x0 = low ? power->x[low - 1] : 0, f0 = low ? power->f[low - 1] : 0;
    double along = power->x[low] > x0 ? (t - x0) / (power->x[low] - x0) : 1;
    return fmin(f0 + along * (power->f[low] - f0), 1);
}

/* Distribution functions of both arrows where they are present. */
static VgStatus powers(VgArena *arena, size_t m, const double *p_alpha, const double *p_beta,
                       const VgCompositeNull *null, Power *alpha, Power *beta, VgError *error)
{
    double *qa = VG_NEW(arena, double, m), *qb = VG_NEW(arena, double, m), *a, *b;
    size_t kept = 0;
    if (!qa || !qb)
        return vg_fail_memory(error);
    VG_TRY(vg_false_discovery(arena, VG_FDR_STOREY, m, p_alpha, qa, NULL, error));
    VG_TRY(vg_false_discovery(arena, VG_FDR_STOREY, m, p_beta, qb, NULL, error));
    for (size_t i = 0; i < m; i++) {
        bool both = qa[i] < PLAINLY_PRESENT && qb[i] < PLAINLY_PRESENT;
        qa[kept] = p_alpha[i];
        qb[kept] = p_beta[i];
        kept += !both;
    }
    VG_TRY(sorted_copy(arena, kept, qa, &a, error));
    VG_TRY(sorted_copy(arena, kept, qb, &b, error));
    double sum = null->both_absent + null->alpha_absent + null->beta_absent;
    VG_TRY(majorant(arena, a, kept, sum > 0 ? (null->both_absent + null->alpha_absent) / sum : 1,
                    alpha, error));
    return majorant(arena, b, kept, sum > 0 ? (null->both_absent + null->beta_absent) / sum : 1,
                    beta, error);
}

typedef struct Largest {
    double p;
    size_t at;
} Largest;

static int by_largest(const void *a, const void *b)
{
    const Largest *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p ? -1 : 1) : (x->at > y->at) - (x->at < y->at);
}

VgStatus vg_composite_fdr(VgArena *arena, size_t m, const double *p_alpha, const double *p_beta,
                          const VgCompositeNull *null, bool adjusted, double *q, VgError *error)
{
    VG_TRY(check(m, p_alpha, p_beta, error));
    VgArenaMark mark = vg_arena_mark(arena);
    Largest *sorted = VG_NEW(arena, Largest, m);
    Power alpha = {0}, beta = {0};
    if (!sorted)
        return vg_fail_memory(error);
    if (adjusted)
        VG_TRY(powers(arena, m, p_alpha, p_beta, null, &alpha, &beta, error));
    for (size_t i = 0; i < m; i++)
        sorted[i] = (Largest){fmax(p_alpha[i], p_beta[i]), i};
    qsort(sorted, m, sizeof *sorted, by_largest);
    double least = 1;
    for (size_t end = m; end > 0;) {
        double t = sorted[end - 1].p;
        double with_alpha = adjusted ? power_at(&alpha, t) : 1,
               with_beta = adjusted ? power_at(&beta, t) : 1;
        double expected = null->beta_absent * t * with_alpha + null->alpha_absent * t * with_beta +
                          null->both_absent * t * t;
        least = fmin(least, expected * (double)m / (double)end);
        while (end > 0 && sorted[end - 1].p == t) /* ties share the rate */
            q[sorted[--end].at] = least;
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_filtered_fdr(VgArena *arena, size_t m, const double *p_alpha, const double *p_beta,
                         double *q, VgError *error)
{
    VG_TRY(check(m, p_alpha, p_beta, error));
    VgArenaMark mark = vg_arena_mark(arena);
    Largest *sorted = VG_NEW(arena, Largest, m);
    double *smallest = VG_NEW(arena, double, m), least = 1;
    if (!sorted || !smallest)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m; i++) {
        sorted[i] = (Largest){fmax(p_alpha[i], p_beta[i]), i};
        smallest[i] = fmin(p_alpha[i], p_beta[i]);
    }
    qsort(sorted, m, sizeof *sorted, by_largest);
    qsort(smallest, m, sizeof *smallest, by_value);
    for (size_t end = m, below = m; end > 0;) {
        double t = sorted[end - 1].p;
        while (below > 0 && smallest[below - 1] > t)
            below--;
        least = fmin(least, t * (double)below / (double)end);
        while (end > 0 && sorted[end - 1].p == t)
            q[sorted[--end].at] = least;
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

double vg_divide_aggregate_p(double p_alpha, double p_beta, const VgCompositeNull *null)
{
    double sum = null->both_absent + null->alpha_absent + null->beta_absent,
           largest = fmax(p_alpha, p_beta);
    if (!(sum > 0))
        return largest;
    return (null->alpha_absent * p_alpha + null->beta_absent * p_beta +
            null->both_absent * largest * largest) /
           sum;
}
