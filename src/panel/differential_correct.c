/* What a change of few features does to the shares of all is the same for all on the log scale: effects are taken
 * relative to their centre over features.
 *
 * Median m of the β_f used: var(β_f − m) = s_f² + v − 2 cov(β_f, m), v = (π/2) var(β)/n_used (MaAsLin 3; in our own
 * mode the variance is that of the median absolute deviation). By Stein's
 * lemma the covariance of an independent normal β_f with the median is s_f² P(f is the median); the probability is
 * ∫ φ_f(x) P(half of the others lie below x) dx with a normal approximation of the count. METHODS 3.2. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/distributions.h"
#include "panel/differential_internal.h"

enum { GRID = 256, FEWEST = 3, MOST_ROUNDS = 20 };

static const double REACH = 2.5;

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of_sorted(const double *x, size_t n)
{
    return n % 2 ? x[n / 2] : 0.5 * (x[n / 2 - 1] + x[n / 2]);
}

/* R's quantile type 7. */
static double quantile_of_sorted(const double *x, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? x[below] + (at - (double)below) * (x[below + 1] - x[below]) : x[n - 1];
}

static double variance_of(const double *x, size_t n)
{
    double mean = 0, sum = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sum / (double)(n - 1) : 0;
}

/* 1.4826 × the median distance from the median, squared: what a few that change do not blow up. */
static double robust_variance(const double *sorted, double *scratch, size_t n)
{
    double median = median_of_sorted(sorted, n);
    for (size_t i = 0; i < n; i++)
        scratch[i] = fabs(sorted[i] - median);
    qsort(scratch, n, sizeof *scratch, ascending);
    double mad = 1.4826022185056018 * median_of_sorted(scratch, n);
    return mad * mad;
}

/* One mean-shift step of a Gaussian kernel. */
static double shifted(const double *x, size_t n, double width, double at)
{
    double weights = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double z = (x[i] - at) / width, w = exp(-0.5 * z * z);
        weights += w;
        sum += w * (x[i] - at);
    }
    return at + (weights > 0 ? sum / weights : 0);
}

/* Mean of the shortest half; of several, the middle one. */
static double shorth(const double *sorted, size_t n)
{
    size_t reach = (n + 1) / 2 - 1, ties = 0, sum = 0;
    double shortest = INFINITY;
    for (size_t i = 0; i + reach < n; i++) {
        double width = sorted[i + reach] - sorted[i];
        if (width < shortest) {
            shortest = width;
            ties = sum = 0;
        }
        if (width == shortest) {
            ties++;
            sum += i;
        }
    }
    double mean = 0;
    for (size_t i = 0; i <= reach; i++)
        mean += sorted[sum / ties + i] / (double)(reach + 1);
    return mean;
}

double vg_kernel_mode(VgArena *arena, const double *x, size_t n)
{
    VgArenaMark mark = vg_arena_mark(arena);
    double *sorted = VG_NEW(arena, double, n + 1);
    if (!sorted)
        return NAN;
    memcpy(sorted, x, n * sizeof *x);
    qsort(sorted, n, sizeof *sorted, ascending);
    double spread = sqrt(variance_of(sorted, n));
    double quartiles = quantile_of_sorted(sorted, n, 0.75) - quantile_of_sorted(sorted, n, 0.25);
    if (quartiles > 0)
        spread = fmin(spread, quartiles / 1.34);
    double width = 0.9 * spread * pow((double)n, -0.2), mode = shorth(sorted, n);
    bool still = !(width > 0);
    for (int i = 0; i < 10000 && !still; i++) {
        double next = shifted(sorted, n, width, mode);
        still = fabs(next - mode) < 1e-14 * (fabs(mode) + width);
        mode = next;
    }
    vg_arena_rewind(arena, mark);
    return mode;
}

VgStatus vg_unmoved_new(VgArena *arena, size_t n, VgUnmoved *used, VgError *error)
{
    *used = (VgUnmoved){.all_beta = VG_NEW(arena, double, n + 1),
                        .all_se = VG_NEW(arena, double, n + 1),
                        .beta = VG_NEW(arena, double, n + 1),
                        .se = VG_NEW(arena, double, n + 1),
                        .sorted = VG_NEW(arena, double, n + 1),
                        .scratch = VG_NEW(arena, double, n + 1)};
    return vg_arena_failed(arena) ? vg_fail_memory(error) : VG_OK;
}

void vg_unmoved_add(VgUnmoved *used, const VgInference *answer)
{
    if (isnan(answer->estimate) || !(answer->se > 0))
        return;
    used->all_beta[used->n_all] = answer->estimate;
    used->all_se[used->n_all++] = answer->se;
}

/* Those within `reach` standard errors of the centre; false, and nothing done, when that leaves fewer than half. */
static bool use_within(VgUnmoved *used, double centre, double reach)
{
    size_t kept = 0;
    for (size_t i = 0; i < used->n_all; i++)
        kept += fabs(used->all_beta[i] - centre) <= reach * used->all_se[i];
    if (2 * kept < used->n_all || kept == 0)
        return false;
    used->n = 0;
    for (size_t i = 0; i < used->n_all; i++) {
        if (!(fabs(used->all_beta[i] - centre) <= reach * used->all_se[i]))
            continue;
        used->beta[used->n] = used->sorted[used->n] = used->all_beta[i];
        used->se[used->n++] = used->all_se[i];
    }
    qsort(used->sorted, used->n, sizeof(double), ascending);
    return true;
}

/* Few that move do not shift a median much, many on one side do. */
double vg_unmoved_centre(VgUnmoved *used)
{
    (void)use_within(used, 0, INFINITY);
    double centre = median_of_sorted(used->sorted, used->n), before = NAN;
    for (int round = 0; round < MOST_ROUNDS && centre != before; round++) {
        before = centre;
        if (!use_within(used, centre, REACH))
            break;
        centre = median_of_sorted(used->sorted, used->n);
    }
    return centre;
}

/* As MaAsLin 3: the median of those with p < 0.95. */
static double clear_centre(const VgDifferential *out, size_t c, VgUnmoved *used)
{
    used->n = 0;
    for (size_t f = 0; f < out->n_features; f++) {
        const VgInference *a = &out->answer[f * out->n_contrasts + c];
        if (isnan(a->estimate) || !(a->se > 0) || !(a->p < 0.95))
            continue;
        used->beta[used->n] = used->sorted[used->n] = a->estimate;
        used->se[used->n++] = a->se;
    }
    qsort(used->sorted, used->n, sizeof(double), ascending);
    return used->n ? median_of_sorted(used->sorted, used->n) : NAN;
}

/* P(half of the others lie below) over the grid, not yet normalised to one feature being the median. */
typedef struct MedianGrid {
    double x[GRID], chance[GRID], step;
} MedianGrid;

static void fill_grid(const VgUnmoved *used, double centre, MedianGrid *grid)
{
    double se = 0;
    for (size_t i = 0; i < used->n; i++)
        se += used->se[i] / (double)used->n;
    double reach =
        8 * (sqrt(variance_of(used->beta, used->n) / (double)used->n) + se / sqrt((double)used->n));
    grid->step = 2 * reach / (GRID - 1);
    for (size_t g = 0; g < GRID; g++) {
        grid->x[g] = centre - reach + grid->step * (double)g;
        double mean = 0, variance = 0;
        for (size_t i = 0; i < used->n; i++) {
            double below = 0.5 * erfc((used->beta[i] - grid->x[g]) / used->se[i] * M_SQRT1_2);
            mean += below;
            variance += below * (1 - below);
        }
        double z = 0.5 * (double)used->n - mean;
        grid->chance[g] =
            variance > 0 ? exp(-0.5 * z * z / variance) / sqrt(2 * M_PI * variance) : 0;
    }
}

static double chance_of_median(const MedianGrid *grid, double beta, double se)
{
    double sum = 0;
    for (size_t g = 0; g < GRID; g++) {
        double z = (grid->x[g] - beta) / se;
        sum += grid->chance[g] * exp(-0.5 * z * z);
    }
    return fmin(1, sum * grid->step / (se * sqrt(2 * M_PI)));
}

/* The estimate less the shift, with the variance given. */
static void shift_answer(VgInference *a, double shift, double variance, double level)
{
    a->estimate -= shift;
    a->se = sqrt(variance);
    a->statistic = a->estimate / a->se;
    a->p = vg_t_two_sided(a->statistic, a->df);
    double reach = vg_t_quantile(0.5 + 0.5 * level, a->df) * a->se;
    a->lower = a->estimate - reach;
    a->upper = a->estimate + reach;
}

/* Mode of the estimates, as LinDA takes it: of √n β. */
static double mode_of(VgArena *arena, size_t n_samples, VgUnmoved *used)
{
    double root = sqrt((double)n_samples);
    for (size_t i = 0; i < used->n_all; i++)
        used->scratch[i] = root * used->all_beta[i];
    return vg_kernel_mode(arena, used->scratch, used->n_all) / root;
}

/* Median and mode of all further apart than two standard errors of the median. */
static bool middle_is_unclear(const VgUnmoved *used, double mode, double *sorted)
{
    if (used->n_all < 20)
        return false;
    memcpy(sorted, used->all_beta, used->n_all * sizeof *sorted);
    qsort(sorted, used->n_all, sizeof *sorted, ascending);
    double wide = M_PI_2 * variance_of(used->all_beta, used->n_all) / (double)used->n_all;
    return fabs(median_of_sorted(sorted, used->n_all) - mode) > 2 * sqrt(wide);
}

static VgStatus correct_one(VgArena *arena, const VgDifferentialOptions *options, size_t n_samples,
                            size_t c, VgUnmoved *used, MedianGrid *grid, VgDifferential *out,
                            VgError *error)
{
    double level = options->level > 0 ? options->level : 0.95;
    bool by_mode = options->mode == VG_DIFFERENTIAL_LINDA,
         as_maaslin = options->mode == VG_DIFFERENTIAL_MAASLIN3;
    used->n_all = 0;
    for (size_t f = 0; f < out->n_features; f++)
        vg_unmoved_add(used, &out->answer[f * out->n_contrasts + c]);
    double median = as_maaslin    ? clear_centre(out, c, used)
                    : used->n_all ? vg_unmoved_centre(used)
                                  : NAN;
    if (used->n_all < FEWEST || used->n < FEWEST)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "%zu features have an estimate: too few to correct by",
            "a correction needs many features of which most do not change; use mode none",
            as_maaslin ? used->n : used->n_all);
    out->mode[c] = mode_of(arena, n_samples, used);
    bool unclear = middle_is_unclear(used, out->mode[c], used->scratch);
    double v = M_PI_2 / (double)used->n *
               (as_maaslin ? variance_of(used->beta, used->n)
                           : robust_variance(used->sorted, used->scratch, used->n));
    out->shift[c] = by_mode ? out->mode[c] : median;
    out->shift_se[c] = by_mode ? 0 : sqrt(v);
    if (!by_mode)
        fill_grid(used, median, grid);
    size_t beyond = 0, answered = 0;
    for (size_t f = 0; f < out->n_features; f++) {
        VgInference *a = &out->answer[f * out->n_contrasts + c];
        if (isnan(a->estimate) || !(a->se > 0))
            continue;
        double variance = a->se * a->se;
        if (!by_mode)
            variance += v - 2 * variance * chance_of_median(grid, a->estimate, a->se);
        /* with a handful of features v can be too small for its covariance: never below half */
        shift_answer(a, out->shift[c], fmax(variance, 0.5 * a->se * a->se), level);
        beyond += fabs(a->statistic) > 2;
        answered++;
    }
    out->moved[c] = (double)beyond / (double)answered;
    out->doubtful[c] = out->moved[c] > 0.5 || unclear;
    return VG_OK;
}

VgStatus vg_differential_correct(VgArena *arena, const VgDifferentialOptions *options,
                                 size_t n_samples, VgDifferential *out, VgError *error)
{
    VgUnmoved used;
    VG_TRY(vg_unmoved_new(arena, out->n_features, &used, error));
    MedianGrid *grid = VG_NEW(arena, MedianGrid, 1);
    if (!grid)
        return vg_fail_memory(error);
    bool corrected =
        options->mode != VG_DIFFERENTIAL_NONE && options->mode != VG_DIFFERENTIAL_ABSOLUTE;
    for (size_t c = 0; c < out->n_contrasts && corrected; c++)
        VG_TRY(correct_one(arena, options, n_samples, c, &used, grid, out, error));
    return VG_OK;
}
