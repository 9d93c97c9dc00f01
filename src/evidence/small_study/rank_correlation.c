/* Begg and Mazumdar's test: Kendall's tau of standardised effects and variances, with the exact distribution of the
 * number of concordant pairs where there are no ties.
 * Sources: Begg & Mazumdar 1994; Kendall 1938; variance with ties: Kendall 1970. */
#include "evidence/small_study/small_study.h"

#include <math.h>

#include "numeric/distributions.h"

/* The exact distribution costs k³/2 additions; beyond this many studies the normal one is as good. */
enum { MOST_EXACT = 200 };

typedef struct Pairs {
    double score;         /* concordant − discordant */
    double tied[2];       /* pairs tied in y, in v */
    double doubles[2];    /* Σ t(t − 1) over groups of ties */
    double triples[2];    /* Σ t(t − 1)(t − 2) */
    double correction[2]; /* Σ t(t − 1)(2t + 5) */
} Pairs;

/* Sums over groups of equal values: each member of a group of t adds 1/t of it. */
static void add_ties(const double *x, size_t k, size_t which, Pairs *pairs)
{
    for (size_t i = 0; i < k; i++) {
        double t = 0;
        for (size_t j = 0; j < k; j++)
            t += x[i] == x[j];
        pairs->tied[which] += 0.5 * (t - 1);
        pairs->doubles[which] += t - 1;
        pairs->triples[which] += (t - 1) * (t - 2);
        pairs->correction[which] += (t - 1) * (2 * t + 5);
    }
}

static Pairs count_pairs(const double *y, const double *v, size_t k)
{
    Pairs pairs = {0};
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < i; j++)
            pairs.score +=
                (double)(((y[i] > y[j]) - (y[i] < y[j])) * ((v[i] > v[j]) - (v[i] < v[j])));
    add_ties(y, k, 0, &pairs);
    add_ties(v, k, 1, &pairs);
    return pairs;
}

/* P(T <= q), T the number of concordant pairs of a random permutation of k:
 * P_n(q) = (F_(n−1)(q) − F_(n−1)(q − n))/n. */
static VgStatus concordant_lower(VgArena *arena, size_t k, size_t q, double *p, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    double *cumulative = VG_NEW(arena, double, q + 1), *next = VG_NEW(arena, double, q + 1);
    if (!cumulative || !next)
        return vg_fail_memory(error);
    for (size_t i = 0; i <= q; i++)
        cumulative[i] = 1;
    for (size_t n = 2; n <= k; n++) {
        double sum = 0;
        for (size_t i = 0; i <= q; i++) {
            sum += (cumulative[i] - (i >= n ? cumulative[i - n] : 0)) / (double)n;
            next[i] = sum;
        }
        double *swap = cumulative;
        cumulative = next;
        next = swap;
    }
    *p = cumulative[q];
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

static VgStatus exact_p(VgArena *arena, size_t k, double concordant, double *p, VgError *error)
{
    double most = 0.5 * (double)k * (double)(k - 1);
    double nearer = fmin(concordant, most - concordant); /* the distribution is symmetric */
    VG_TRY(concordant_lower(arena, k, (size_t)nearer, p, error));
    *p = fmin(1, 2 * *p);
    return VG_OK;
}

VgStatus vg_begg(VgArena *arena, const VgSmallStudyData *data, VgBegg *out, VgError *error)
{
    size_t k = data->k;
    double weight = 0, mean = 0, n = (double)k;
    *out = (VgBegg){NAN, NAN, NAN, false, k < 10};
    VG_TRY(vg_small_study_check(data, 3, error));
    double *y = VG_NEW(arena, double, k);
    if (!y)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++) {
        weight += 1 / data->v[i];
        mean += (data->y[i] - mean) / data->v[i] / weight;
    }
    for (size_t i = 0; i < k; i++)
        y[i] = (data->y[i] - mean) / sqrt(data->v[i] - 1 / weight);
    Pairs pairs = count_pairs(y, data->v, k);
    double all = 0.5 * n * (n - 1);
    double untied = (all - pairs.tied[0]) * (all - pairs.tied[1]);
    if (!(untied > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "all studies have the same precision",
                       "small-study effects need studies of different sizes");
    out->tau = pairs.score / sqrt(untied);
    out->exact = pairs.tied[0] == 0 && pairs.tied[1] == 0 && k <= MOST_EXACT;
    if (out->exact) {
        out->statistic = 0.5 * (all + pairs.score);
        return exact_p(arena, k, out->statistic, &out->p, error);
    }
    double variance = (n * (n - 1) * (2 * n + 5) - pairs.correction[0] - pairs.correction[1]) / 18 +
                      pairs.doubles[0] * pairs.doubles[1] / (2 * n * (n - 1)) +
                      pairs.triples[0] * pairs.triples[1] / (9 * n * (n - 1) * (n - 2));
    out->statistic = pairs.score / sqrt(variance);
    out->p = vg_normal_two_sided(out->statistic);
    return VG_OK;
}
