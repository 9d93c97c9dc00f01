/* Rank-sum test of Wilcoxon, Mann and Whitney, and the shift of Hodges and Lehmann with the interval that
 * turns the test over.
 *   U = #{x > y} + ½ #{x = y} over all pairs, mean nm/2,
 *   variance nm/12 · (N + 1 − Σ(t³ − t)/(N(N − 1))), t the sizes of the ties, N = n + m.
 * A limit is the k-th smallest of the nm differences x − y, found by halving the range it lies in: how many differences are
 * at most some bound is counted in n + m steps, so that they are never all in memory.
 * Sources: Mann & Whitney 1947; Hodges & Lehmann 1963; Lehmann 1975. METHODS 2.1. */
#include "trial/two_samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/distributions.h"

enum { EXACT_BELOW = 50 }; /* values in a sample, as R's wilcox.test */

typedef struct Sorted {
    const double *x, *y; /* samples 1 and 0, ascending */
    size_t n, m;
    double pairs; /* nm */
    double u;
    double ties; /* Σ(t³ − t) */
} Sorted;

static double *sorted_copy(VgArena *scratch, const double *value, size_t n)
{
    double *copy = VG_NEW(scratch, double, n);
    if (copy) {
        memcpy(copy, value, n * sizeof *copy);
        qsort(copy, n, sizeof *copy, vg_compare_numbers);
    }
    return copy;
}

/* Walks through both samples from below, a value at a time. */
static void count_pairs(Sorted *self)
{
    size_t i = 0, j = 0;
    while (i < self->n || j < self->m) {
        double least =
            j == self->m || (i < self->n && self->x[i] < self->y[j]) ? self->x[i] : self->y[j];
        double in_x = 0, in_y = 0, below = (double)j;
        for (; i < self->n && self->x[i] == least; i++)
            in_x++;
        for (; j < self->m && self->y[j] == least; j++)
            in_y++;
        double t = in_x + in_y;
        self->u += in_x * (below + in_y / 2);
        self->ties += t * t * t - t;
    }
}

/* ---- the exact distribution ---- */

/* P(U = u), u = 0 … nm, for samples of n and m: given that the largest value is of the first sample (n of n + m) it
 * exceeds all m, so p(n, m, u) = n/(n+m) p(n−1, m, u−m) + m/(n+m) p(n, m−1, u). Only sums of what is positive. */
static const double *exact_distribution(VgArena *scratch, size_t n, size_t m)
{
    size_t width = n * m + 1;
    double *p = vg_arena_alloc(scratch, m + 1, width * sizeof *p);
    if (!p)
        return NULL;
    for (size_t j = 0; j <= m; j++) {
        memset(p + j * width, 0, width * sizeof *p);
        p[j * width] = 1; /* n = 0 */
    }
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            double of_x = (double)i / (double)(i + j), of_y = (double)j / (double)(i + j);
            double *own = p + j * width;
            const double *fewer_y = own - width;
            for (size_t u = i * j + 1; u-- > 0;)
                own[u] = (u >= j ? of_x * own[u - j] : 0) + of_y * fewer_y[u];
        }
    return p + m * width;
}

static double lower_tail(const double *probability, double u)
{
    double sum = 0;
    for (size_t k = 0; (double)k <= u; k++)
        sum += probability[k];
    return sum;
}

/* ---- differences in order ---- */

/* The differences on either side of a bound. */
typedef struct Split {
    double up_to;  /* how many are at most the bound */
    double before; /* the largest of those */
    double after;  /* the smallest of the others */
} Split;

static Split split_at(const Sorted *self, double bound)
{
    Split split = {0, -INFINITY, INFINITY};
    size_t j = 0;
    for (size_t i = 0; i < self->n; i++) { /* as x grows, fewer y are large enough */
        while (j < self->m && self->x[i] - self->y[j] > bound)
            j++;
        split.up_to += (double)(self->m - j);
        if (j < self->m)
            split.before = fmax(split.before, self->x[i] - self->y[j]);
        if (j > 0)
            split.after = fmin(split.after, self->x[i] - self->y[j - 1]);
    }
    return split;
}

/* The k-th smallest difference, k = 1 … nm, by halving the range it lies in; both ends are differences, so that it is
 * met exactly. */
static double difference(const Sorted *self, double k)
{
    double low = self->x[0] - self->y[self->m - 1], high = self->x[self->n - 1] - self->y[0];
    while (low < high) {
        double middle = low / 2 + high / 2;
        Split split = split_at(self, middle > low && middle < high ? middle : low);
        if (split.up_to >= k)
            high = split.before;
        else
            low = split.after;
    }
    return low;
}

static double clamp(const Sorted *self, double k)
{
    return fmin(fmax(k, 1), self->pairs);
}

static double shift(const Sorted *self)
{
    double half = self->pairs / 2;
    if (half != floor(half))
        return difference(self, half + 0.5);
    return (difference(self, half) + difference(self, half + 1)) / 2;
}

/* ---- the two ways to judge ---- */

static VgStatus exactly(VgArena *scratch, const Sorted *self, double level, VgRankSum *out,
                        VgError *error)
{
    const double *probability = exact_distribution(scratch, self->n, self->m);
    if (!probability)
        return vg_fail_memory(error);
    double nearer_tail = fmin(self->u, self->pairs - self->u);
    out->p = fmin(1, 2 * lower_tail(probability, nearer_tail));
    double k = 0, beyond = 0; /* P(U < k) */
    while (beyond + probability[(size_t)k] < (1 - level) / 2)
        beyond += probability[(size_t)k++];
    if (k == 0)
        beyond = probability[(size_t)k++]; /* so few values that the level cannot be kept */
    out->lower = difference(self, k);
    out->upper = difference(self, self->pairs - k + 1);
    out->level = 1 - 2 * beyond;
    out->exact = true;
    return VG_OK;
}

static VgStatus by_normal_approximation(const Sorted *self, double level, VgRankSum *out,
                                        VgError *error)
{
    double total = (double)self->n + (double)self->m;
    double sd = sqrt(self->pairs / 12 * (total + 1 - self->ties / (total * (total - 1))));
    if (!(sd > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "all values are equal",
                       "ranks need values that differ");
    double away = fabs(self->u - self->pairs / 2);
    out->p = vg_normal_two_sided(fmax(away - 0.5, 0) / sd);
    double reach = 0.5 - vg_normal_quantile((1 - level) / 2) * sd;
    out->lower = difference(self, clamp(self, ceil(self->pairs / 2 - reach)));
    out->upper = difference(self, clamp(self, ceil(self->pairs / 2 + reach)));
    out->level = level;
    return VG_OK;
}

VgStatus vg_rank_sum(VgArena *scratch, const VgTwoSamples *samples, bool approximate, double level,
                     VgRankSum *out, VgError *error)
{
    VG_TRY(vg_two_samples_check(samples, 1, level, error));
    *out = (VgRankSum){0};
    Sorted sorted = {.n = samples->n_1, .m = samples->n_0};
    sorted.x = sorted_copy(scratch, samples->value_1, sorted.n);
    sorted.y = sorted_copy(scratch, samples->value_0, sorted.m);
    if (!sorted.x || !sorted.y)
        return vg_fail_memory(error);
    sorted.pairs = (double)sorted.n * (double)sorted.m;
    count_pairs(&sorted);
    bool exact =
        !approximate && sorted.ties == 0 && sorted.n < EXACT_BELOW && sorted.m < EXACT_BELOW;
    VG_TRY(exact ? exactly(scratch, &sorted, level, out, error)
                 : by_normal_approximation(&sorted, level, out, error));
    out->statistic = sorted.u;
    out->estimate = shift(&sorted);
    return VG_OK;
}
