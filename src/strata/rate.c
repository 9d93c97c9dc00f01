/* Rank-weighted average treatment effects. The order is taken once; a half-sample is a walk through it.
 * Source: Yadlowsky 2025; conventions (ties, fractions of a person on the curve, half-samples) as grf. */
#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "strata/ranking.h"
#include "strata/strata.h"

enum { DRAWS = 200, FEWEST_UNITS = 4 };
static const double GRID[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};

typedef struct Problem {
    size_t n;
    const double *score;
    VgClusters clusters;
    VgRanking ranking;
    size_t *unit; /* n: of each person in the order of ranking.person, numbered within the fold */
    size_t *n_units;   /* n_folds */
    size_t most_units; /* of a fold */
    const double *q;
    size_t n_q, values; /* values: AUTOC, Qini, curve */
} Problem;

typedef struct Walk {
    const Problem *p;
    size_t fold;
    const bool *in; /* units of the fold; NULL = all */
} Walk;

static double weight_of(const Walk *w, size_t at)
{
    const Problem *p = w->p;
    return !w->in || w->in[p->unit[at]] ? vg_strata_weight(p->clusters, p->ranking.person[at]) : 0;
}

/* People who stand together: where they end, their weight in the sample, and its sum with their scores. */
typedef struct Group {
    size_t end;
    double weight, sum;
} Group;

static Group group_from(const Walk *w, size_t at, size_t end)
{
    const VgRanking *r = &w->p->ranking;
    Group g = {.end = at};
    do {
        double weight = weight_of(w, g.end);
        if (weight > 0)
            g.sum += weight * w->p->score[r->person[g.end]];
        g.weight += weight;
        g.end++;
    } while (g.end < end && r->tied[g.end]);
    return g;
}

/* AUTOC, Qini and the curve of one fold. */
static void read_fold(const Walk *w, double *values)
{
    const Problem *p = w->p;
    size_t from = p->ranking.first[w->fold], end = p->ranking.first[w->fold + 1], size = 0, q = 0;
    double all = 0, total = 0, before = 0, place = 0, autoc = 0, qini = 0;
    for (size_t at = from; at < end; at++)
        size += weight_of(w, at) > 0;
    for (size_t at = from; at < end;) {
        Group g = group_from(w, at, end);
        all += g.weight;
        total += g.sum;
        at = g.end;
    }
    double mean = total / all, near = 1e-9 * all / (double)size;
    for (size_t at = from; at < end;) {
        Group g = group_from(w, at, end);
        double each = g.weight > 0 ? g.sum / g.weight : 0, within = 0;
        for (; at < g.end; at++) {
            double weight = weight_of(w, at);
            if (!(weight > 0))
                continue;
            within += weight;
            double share = place + within, top = before + within * each;
            autoc += weight * (top / share - mean);
            qini += weight * (top - mean * share) / all;
        }
        for (; q < p->n_q && p->q[q] * all <= place + g.weight + near && g.weight > 0; q++) {
            double people = p->q[q] * all; /* a fraction of a person counts by that fraction */
            values[2 + q] = (before + (people - place) * each) / people - mean;
        }
        before += g.sum;
        place += g.weight;
    }
    values[0] = autoc / all;
    values[1] = qini / all;
}

static double weight_of_fold(const Problem *p, size_t f)
{
    const Walk walk = {.p = p, .fold = f};
    double sum = 0;
    for (size_t at = p->ranking.first[f]; at < p->ranking.first[f + 1]; at++)
        sum += weight_of(&walk, at);
    return sum;
}

/* ---- half-samples ---- */

static VgStatus half_sample(size_t i, VgRandom random, VgArena *scratch, const void *context,
                            void *record, VgError *error)
{
    (void)i;
    const Problem *p = context;
    size_t *unit = vg_arena_alloc_raw(scratch, p->most_units, sizeof *unit);
    bool *in = vg_arena_alloc_raw(scratch, p->most_units, sizeof *in);
    if (!unit || !in)
        return vg_fail_memory(error);
    for (size_t f = 0; f < p->ranking.n_folds; f++) {
        size_t units = p->n_units[f];
        VgRandom draw = vg_random_unit(&random, (uint32_t)f);
        for (size_t u = 0; u < units; u++)
            unit[u] = u;
        memset(in, 0, units * sizeof *in);
        for (size_t k = 0; k < units / 2; k++) { /* the first half of a shuffle */
            size_t other = k + (size_t)vg_random_below(&draw, units - k), taken = unit[other];
            unit[other] = unit[k];
            in[taken] = true;
        }
        Walk walk = {p, f, in};
        read_fold(&walk, (double *)record + f * p->values);
    }
    return VG_OK;
}

/* Running mean and sum of squares of each value (Welford). */
typedef struct Spread {
    size_t values, count;
    double *mean, *squares;
} Spread;

static VgStatus merge(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    Spread *spread = total;
    const double *value = record;
    spread->count++;
    for (size_t k = 0; k < spread->values; k++) {
        double from = value[k] - spread->mean[k];
        spread->mean[k] += from / (double)spread->count;
        spread->squares[k] += from * (value[k] - spread->mean[k]);
    }
    return VG_OK;
}

/* ---- input ---- */

/* Clusters numbered anew within each fold, or people. */
static VgStatus number_units(VgArena *arena, Problem *p, VgClusters clusters, VgError *error)
{
    const VgRanking *r = &p->ranking;
    size_t *number = clusters.of ? VG_NEW(arena, size_t, clusters.count) : NULL;
    p->unit = VG_NEW(arena, size_t, p->n);
    p->n_units = VG_NEW(arena, size_t, r->n_folds);
    if (!p->unit || !p->n_units || (clusters.of && !number))
        return vg_fail_memory(error);
    for (size_t f = 0; f < r->n_folds; f++) {
        if (clusters.of)
            memset(number, 0, clusters.count * sizeof *number);
        for (size_t k = r->first[f]; k < r->first[f + 1]; k++) {
            size_t *of = clusters.of ? &number[clusters.of[r->person[k]]] : NULL;
            if (!of || *of == 0) {
                p->n_units[f]++;
                if (of)
                    *of = p->n_units[f];
            }
            p->unit[k] = of ? *of - 1 : p->n_units[f] - 1;
        }
        if (p->n_units[f] < FEWEST_UNITS)
            return vg_fail(error, VG_NOT_ESTIMABLE, "fold %zu has %zu %s, %d are needed",
                           "use fewer folds", f + 1, p->n_units[f],
                           clusters.of ? "clusters" : "people", FEWEST_UNITS);
        if (p->n_units[f] > p->most_units)
            p->most_units = p->n_units[f];
    }
    return VG_OK;
}

static VgStatus check_grid(const Problem *p, VgError *error)
{
    for (size_t g = 0; g < p->n_q; g++)
        if (!(p->q[g] > (g > 0 ? p->q[g - 1] : 0) && p->q[g] <= 1))
            return vg_fail(error, VG_INVALID_INPUT, "share %zu of the curve is %g",
                           "give ascending shares above 0, up to 1", g + 1, p->q[g]);
    return VG_OK;
}

static VgInference inference_of(double estimate, double se, double level, double *p_positive)
{
    double half = vg_normal_quantile(0.5 + level / 2) * se;
    VgInference out = {.estimate = estimate,
                       .se = se,
                       .df = INFINITY,
                       .statistic = se > 0 ? estimate / se : 0,
                       .lower = estimate - half,
                       .upper = estimate + half};
    out.p = vg_normal_two_sided(out.statistic); /* 1 when everybody has one priority */
    *p_positive = se > 0 ? vg_normal_upper(out.statistic) : 1;
    return out;
}

/* Means over folds by size. Folds have taught each other, so their errors may go together: SE is the mean of theirs, which holds
 * whatever the correlation. Into the first fold's places. */
static void combine_folds(const Problem *p, double *value, const Spread *spread)
{
    double all = 0;
    for (size_t f = 0; f < p->ranking.n_folds; f++)
        all += weight_of_fold(p, f);
    for (size_t k = 0; k < p->values; k++) {
        double mean = 0, se = 0;
        for (size_t f = 0; f < p->ranking.n_folds; f++) {
            size_t at = f * p->values + k;
            double share = weight_of_fold(p, f) / all;
            mean += share * value[at];
            se += share * sqrt(spread->squares[at] / ((double)spread->count - 1));
        }
        value[k] = mean;
        spread->squares[k] = se;
    }
}

static VgStatus fill(VgArena *arena, const Problem *p, double *value, const Spread *spread,
                     double level, VgRankEffects *rate, VgError *error)
{
    double half = vg_normal_quantile(0.5 + level / 2);
    combine_folds(p, value, spread);
    const double *se = spread->squares;
    *rate = (VgRankEffects){.n_q = p->n_q};
    rate->autoc = inference_of(value[0], se[0], level, &rate->p_autoc);
    rate->qini = inference_of(value[1], se[1], level, &rate->p_qini);
    rate->q = VG_NEW(arena, double, 5 * p->n_q);
    if (!rate->q)
        return vg_fail_memory(error);
    rate->toc = rate->q + p->n_q;
    rate->toc_se = rate->toc + p->n_q;
    rate->toc_lower = rate->toc_se + p->n_q;
    rate->toc_upper = rate->toc_lower + p->n_q;
    for (size_t g = 0; g < p->n_q; g++) {
        rate->q[g] = p->q[g];
        rate->toc[g] = value[2 + g];
        rate->toc_se[g] = se[2 + g];
        rate->toc_lower[g] = rate->toc[g] - half * se[2 + g];
        rate->toc_upper[g] = rate->toc[g] + half * se[2 + g];
    }
    return VG_OK;
}

VgStatus vg_rank_effects(VgArena *arena, size_t n, const double *score, const VgPriority *priority,
                         VgClusters clusters, const VgRankOptions *options, VgRankEffects *rate,
                         VgError *error)
{
    Problem p = {.n = n,
                 .score = score,
                 .clusters = clusters,
                 .q = options->n_q ? options->q : GRID,
                 .n_q = options->n_q ? options->n_q : sizeof GRID / sizeof *GRID};
    p.values = 2 + p.n_q;
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    VG_TRY(vg_strata_check_sampling(n, clusters, error));
    VG_TRY(vg_strata_check_priority(arena, n, priority, clusters, error));
    VG_TRY(check_grid(&p, error));
    VG_TRY(vg_ranking_make(arena, n, priority, &p.ranking, error));
    VG_TRY(number_units(arena, &p, clusters, error));
    size_t all = p.ranking.n_folds * p.values;
    double *value = VG_NEW(arena, double, 3 * all);
    if (!value)
        return vg_fail_memory(error);
    Spread spread = {.values = all, .mean = value + all, .squares = value + 2 * all};
    for (size_t f = 0; f < p.ranking.n_folds; f++) {
        Walk walk = {.p = &p, .fold = f};
        read_fold(&walk, value + f * p.values);
    }
    const VgReplicate plan = {.count = options->draws ? options->draws : DRAWS,
                              .seed = options->seed,
                              .stream = VG_STREAM_BOOTSTRAP,
                              .record_size = all * sizeof(double),
                              .body = half_sample,
                              .merge = merge,
                              .context = &p,
                              .total = &spread,
                              .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    return fill(arena, &p, value, &spread, options->level > 0 ? options->level : 0.95, rate, error);
}
