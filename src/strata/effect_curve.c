/* Average effect in overlapping windows along a biomarker, with simultaneous bands by multiplier bootstrap.
 * Sources: Bonetti & Gelber 2004; Chernozhukov, Chetverikov & Kato 2013. */
#include <vagus/moderators.h>

#include <math.h>
#include <stdlib.h>

#include "base/compare.h"
#include "numeric/distributions.h"
#include "numeric/quantile.h"
#include "numeric/replicate.h"
#include "strata/strata.h"

enum { WINDOWS = 11, FEWEST_PEOPLE = 30, FEWEST_UNITS = 3, DRAWS = 5000 };
static const double TIE = 1e-8;

/* Influence of every unit (person, cluster) on the effect of each window, and on its difference from the whole. */
typedef struct Influence {
    size_t units, windows;
    double *df;                  /* windows: people (clusters) inside − 1 */
    double *effect, *difference; /* windows × units, a window after the other */
    double *se, *se_difference;  /* windows */
} Influence;

static void fill_window(VgEffectCurve *c, size_t w, size_t n, const double *score,
                        const double *biomarker, double *inside)
{
    double sum = 0;
    size_t held = 0;
    for (size_t i = 0; i < n; i++)
        if (biomarker[i] >= c->low[w] && biomarker[i] <= c->high[w]) {
            sum += score[i];
            inside[held++] = biomarker[i];
        }
    qsort(inside, held, sizeof *inside, vg_compare_numbers);
    c->n[w] = held;
    c->effect[w] = sum / (double)held;
    c->middle[w] = vg_sorted_quantile(inside, held, 0.5);
}

/* Windows start at places spread evenly over those where a whole one fits; those that hold the same people are one. */
static VgStatus make_windows(VgArena *arena, size_t n, const double *score, const double *biomarker,
                             size_t people, VgEffectCurve *c, VgError *error)
{
    double *sorted = VG_NEW(arena, double, n), *inside = VG_NEW(arena, double, n);
    if (!sorted || !inside)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        sorted[i] = biomarker[i];
    qsort(sorted, n, sizeof *sorted, vg_compare_numbers);
    size_t asked = c->windows, made = 0;
    for (size_t k = 0; k < asked; k++) {
        size_t start = asked > 1 ? k * (n - people) / (asked - 1) : 0;
        double low = sorted[start], high = sorted[start + people - 1];
        if (made > 0 && c->low[made - 1] == low && c->high[made - 1] == high)
            continue;
        c->low[made] = low;
        c->high[made] = high;
        fill_window(c, made++, n, score, biomarker, inside);
    }
    c->windows = made;
    if (made < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the biomarker has too few different values for windows of %zu people",
                       "compare its groups as a moderator instead", people);
    return VG_OK;
}

static double units_inside(size_t n, const double *biomarker, VgClusters clusters,
                           const VgEffectCurve *c, size_t w, bool *seen)
{
    double held = 0;
    for (size_t u = 0; clusters.of && u < clusters.count; u++)
        seen[u] = false;
    for (size_t i = 0; i < n; i++) {
        if (biomarker[i] < c->low[w] || biomarker[i] > c->high[w])
            continue;
        held += !clusters.of || !seen[clusters.of[i]];
        if (clusters.of)
            seen[clusters.of[i]] = true;
    }
    return held;
}

static VgStatus make_influence(VgArena *arena, size_t n, const double *score,
                               const double *biomarker, VgClusters clusters, const VgEffectCurve *c,
                               Influence *f, VgError *error)
{
    f->units = clusters.of ? clusters.count : n;
    f->windows = c->windows;
    f->effect = VG_NEW(arena, double, 2 * f->windows * f->units);
    f->se = VG_NEW(arena, double, 3 * f->windows);
    bool *seen = VG_NEW(arena, bool, f->units);
    if (!f->effect || !f->se || !seen)
        return vg_fail_memory(error);
    f->df = f->se + 2 * f->windows;
    f->difference = f->effect + f->windows * f->units;
    f->se_difference = f->se + f->windows;
    for (size_t w = 0; w < f->windows; w++) {
        double *effect = f->effect + w * f->units, *difference = f->difference + w * f->units;
        for (size_t i = 0; i < n; i++) {
            size_t u = clusters.of ? (size_t)clusters.of[i] : i;
            bool in = biomarker[i] >= c->low[w] && biomarker[i] <= c->high[w];
            double part = in ? (score[i] - c->effect[w]) / (double)c->n[w] : 0;
            effect[u] += part;
            difference[u] += part - (score[i] - c->overall.estimate) / (double)n;
        }
        double held = units_inside(n, biomarker, clusters, c, w, seen);
        if (held < FEWEST_UNITS)
            return vg_fail(error, VG_NOT_ESTIMABLE, "a window holds fewer than %d clusters",
                           "use fewer, larger windows", FEWEST_UNITS);
        f->df[w] = held - 1;
        for (size_t u = 0; u < f->units; u++) {
            f->se[w] += effect[u] * effect[u];
            f->se_difference[w] += difference[u] * difference[u];
        }
        f->se[w] = sqrt(f->se[w] * held / f->df[w]);
        f->se_difference[w] = sqrt(f->se_difference[w] * held / f->df[w]);
    }
    return VG_OK;
}

/* The t value as far out as a normal one. */
static double as_t(double z, double df)
{
    return vg_t_quantile(1 - vg_normal_upper(z), df);
}

static double largest(const Influence *f, const double *influence, const double *se,
                      const double *multiplier)
{
    double most = 0;
    for (size_t w = 0; w < f->windows; w++) {
        double sum = 0;
        const double *of = influence + w * f->units;
        for (size_t u = 0; u < f->units; u++)
            sum += multiplier[u] * of[u];
        /* the drawn sum's own spread is Σψ², without the correction of the SE */
        most = fmax(most, fabs(sum) / (se[w] * sqrt(f->df[w] / (f->df[w] + 1))));
    }
    return most;
}

typedef struct Maxima {
    double effect, difference;
} Maxima;

static VgStatus draw(size_t i, VgRandom random, VgArena *scratch, const void *context, void *record,
                     VgError *error)
{
    (void)i;
    const Influence *f = context;
    double *multiplier = vg_arena_alloc_raw(scratch, f->units, sizeof *multiplier);
    if (!multiplier)
        return vg_fail_memory(error);
    for (size_t u = 0; u < f->units; u++)
        multiplier[u] = vg_random_normal(&random);
    *(Maxima *)record = (Maxima){largest(f, f->effect, f->se, multiplier),
                                 largest(f, f->difference, f->se_difference, multiplier)};
    return VG_OK;
}

typedef struct Total {
    double *effect; /* draws */
    double statistic;
    size_t count, as_large;
} Total;

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    Total *total = total_;
    const Maxima *m = record;
    total->effect[total->count++] = m->effect;
    total->as_large += m->difference >= total->statistic - TIE * fmax(1, total->statistic);
    return VG_OK;
}

static void fill_bands(VgEffectCurve *c, const Influence *f, double level)
{
    for (size_t w = 0; w < c->windows; w++) {
        double quantile = vg_t_quantile(0.5 + level / 2, f->df[w]);
        double critical = as_t(c->critical, f->df[w]);
        c->se[w] = f->se[w];
        c->lower[w] = c->effect[w] - quantile * f->se[w];
        c->upper[w] = c->effect[w] + quantile * f->se[w];
        c->band_lower[w] = c->effect[w] - critical * f->se[w];
        c->band_upper[w] = c->effect[w] + critical * f->se[w];
    }
}

static VgStatus new_curve(VgArena *arena, size_t windows, VgEffectCurve *c, VgError *error)
{
    double *room = VG_NEW(arena, double, 9 * windows);
    *c = (VgEffectCurve){.windows = windows, .n = VG_NEW(arena, size_t, windows)};
    if (!room || !c->n)
        return vg_fail_memory(error);
    double **part[] = {&c->low,   &c->high,  &c->middle,     &c->effect,    &c->se,
                       &c->lower, &c->upper, &c->band_lower, &c->band_upper};
    for (size_t k = 0; k < 9; k++)
        *part[k] = room + k * windows;
    return VG_OK;
}

VgStatus vg_effect_curve(VgArena *arena, size_t n, const double *score, const double *biomarker,
                         VgClusters clusters, const VgCurveOptions *options, VgEffectCurve *c,
                         VgError *error)
{
    double level = options->level > 0 ? options->level : 0.95;
    size_t people = options->people         ? options->people
                    : n / 4 > FEWEST_PEOPLE ? n / 4
                                            : FEWEST_PEOPLE;
    size_t draws = options->draws ? options->draws : DRAWS;
    VG_TRY(vg_strata_check_numbers(n, biomarker, "the biomarker", error));
    if (people >= n || people < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "windows of %zu of %zu people",
                       "a curve needs windows that are smaller than the trial", people, n);
    VG_TRY(new_curve(arena, options->windows ? options->windows : WINDOWS, c, error));
    VG_TRY(vg_average_effect(arena, n, score, clusters, level, &c->overall, error));
    VG_TRY(make_windows(arena, n, score, biomarker, people, c, error));
    Influence f;
    VG_TRY(make_influence(arena, n, score, biomarker, clusters, c, &f, error));
    for (size_t w = 0; w < c->windows; w++)
        c->statistic =
            fmax(c->statistic,
                 vg_strata_as_normal(fabs(c->effect[w] - c->overall.estimate) / f.se_difference[w],
                                     f.df[w]));
    Total total = {.effect = VG_NEW(arena, double, draws), .statistic = c->statistic};
    if (!total.effect)
        return vg_fail_memory(error);
    const VgReplicate plan = {.count = draws,
                              .seed = options->seed,
                              .stream = VG_STREAM_BOOTSTRAP,
                              .record_size = sizeof(Maxima),
                              .body = draw,
                              .merge = merge,
                              .context = &f,
                              .total = &total,
                              .threads = options->threads};
    VG_TRY(vg_replicate(&plan, error));
    qsort(total.effect, draws, sizeof *total.effect, vg_compare_numbers);
    c->critical = vg_sorted_quantile(total.effect, draws, level);
    c->p = (1 + (double)total.as_large) / (1 + (double)draws);
    fill_bands(c, &f, level);
    return VG_OK;
}
