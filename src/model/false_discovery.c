/* q-values of Benjamini & Hochberg, Benjamini & Yekutieli, and Storey. */
#include <vagus/false_discovery.h>

#include <math.h>
#include <stdlib.h>

#include "base/compare.h"
#include "numeric/root.h"
#include "numeric/small_symmetric.h"

enum { LAMBDAS = 19, FEWEST_FOR_STOREY = 200 };

static const char *const NAME[VG_FDR_COUNT] = {"bh", "by", "storey"};

const char *vg_false_discovery_name(VgFalseDiscovery method)
{
    return method < VG_FDR_COUNT ? NAME[method] : "unknown";
}

bool vg_false_discovery_from_name(const char *name, VgFalseDiscovery *method)
{
    int index = vg_name_index(NAME, VG_FDR_COUNT, name);
    if (index >= 0)
        *method = (VgFalseDiscovery)index;
    return index >= 0;
}

typedef struct Tested {
    double p;
    size_t at;
} Tested;

static int by_p(const void *a, const void *b)
{
    const Tested *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p ? -1 : 1) : (x->at < y->at ? -1 : 1);
}

/* Σ 1/(1 + α d_i) − 3 in log α */
static double excess_df(double log_alpha, const void *d)
{
    double sum = -3.0;
    for (size_t i = 0; i < LAMBDAS; i++)
        sum += 1.0 / (1.0 + exp(log_alpha) * ((const double *)d)[i]);
    return sum;
}

/* Last value of the cubic smoothing spline with 3 degrees of freedom through points at equal distances: (I + αK)⁻¹y,
 * K = Q R⁻¹ Q' (Green & Silverman 1994, 2.3). */
static double smoothed_end(const double *y)
{
    enum { N = LAMBDAS, M = LAMBDAS - 2 };
    double r[M * M] = {0}, q[N * M] = {0}, k[N * N] = {0}, values[N], vectors[N * N], log_det;
    for (size_t j = 0; j < M; j++) {
        r[j + j * M] = 2.0 / 3.0;
        if (j + 1 < M)
            r[j + 1 + j * M] = r[j + (j + 1) * M] = 1.0 / 6.0;
        q[j + j * N] = q[j + 2 + j * N] = 1.0;
        q[j + 1 + j * N] = -2.0;
    }
    if (!vg_small_cholesky(M, r, &log_det))
        return NAN;
    double half[M * N]; /* R^(-1/2) Q' */
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < M; j++)
            half[j + i * M] = q[i + j * N];
        vg_small_forward_solve(M, r, half + i * M);
    }
    for (size_t b = 0; b < N; b++)
        for (size_t a = 0; a < N; a++)
            for (size_t j = 0; j < M; j++)
                k[a + b * N] += half[j + a * M] * half[j + b * M];
    vg_small_eigen(N, k, values, vectors);
    values[0] = values[1] = 0.0; /* straight lines are not penalised */
    double log_alpha, end = 0.0;
    if (!vg_root(excess_df, values, -30.0, 30.0, &log_alpha))
        return NAN;
    for (size_t i = 0; i < N; i++) {
        double along = 0.0;
        for (size_t a = 0; a < N; a++)
            along += vectors[a + i * N] * y[a];
        end += vectors[N - 1 + i * N] * along / (1.0 + exp(log_alpha) * values[i]);
    }
    return end;
}

static double share_of_nulls(const Tested *sorted, size_t m)
{
    double share[LAMBDAS];
    for (size_t l = 0, below = 0; l < LAMBDAS; l++) {
        double lambda = 0.05 * (double)(l + 1);
        while (below < m && sorted[below].p < lambda)
            below++;
        share[l] = (double)(m - below) / ((double)m * (1.0 - lambda));
    }
    double end = smoothed_end(share);
    return end > 0.0 ? fmin(end, 1.0) : 1.0; /* none left above .95: no estimate */
}

VgStatus vg_false_discovery(VgArena *arena, VgFalseDiscovery method, size_t n, const double *p,
                            double *q, double *null_share, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    Tested *sorted = VG_NEW(arena, Tested, n + 1);
    if (!sorted)
        return vg_fail_memory(error);
    size_t m = 0;
    double harmonic = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0.0 || p[i] > 1.0)
            return vg_fail(error, VG_INVALID_INPUT, "p-value %zu is %g", "p lies between 0 and 1",
                           i + 1, p[i]);
        if (!isnan(p[i]))
            sorted[m++] = (Tested){p[i], i};
        q[i] = isnan(p[i]) ? (double)NAN : p[i];
    }
    qsort(sorted, m, sizeof *sorted, by_p);
    for (size_t i = m; i > 0; i--)
        harmonic += 1.0 / (double)i;
    double share =
        method == VG_FDR_STOREY && m >= FEWEST_FOR_STOREY ? share_of_nulls(sorted, m) : 1.0;
    double factor = (method == VG_FDR_BY ? harmonic : share) * (double)m, least = 1.0;
    for (size_t i = m; i-- > 0;) {
        least = fmin(least, sorted[i].p * factor / (double)(i + 1));
        q[sorted[i].at] = least;
    }
    if (null_share)
        *null_share = share;
    vg_arena_rewind(arena, mark);
    return VG_OK;
}
