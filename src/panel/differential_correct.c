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

static double density_at(const double *x, size_t n, double width, double at, double *next)
{
    double weights = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        double z = (x[i] - at) / width, w = exp(-0.5 * z * z);
        weights += w;
        sum += w * (x[i] - at);
    }
    *next = at + (weights > 0 ? sum / weights : 0);
    return weights;
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
    double width = 0.9 * spread * pow((double)n, -0.2), best = sorted[n / 2], highest = -1, next;
    if (width > 0) {
        for (size_t g = 0; g <= GRID; g++) { /* quantiles: dense where the data are */
            double at = quantile_of_sorted(sorted, n, (double)g / GRID);
            double density = density_at(sorted, n, width, at, &next);
            if (density > highest) {
                highest = density;
                best = at;
            }
        }
        for (int i = 0; i < 10000; i++) {
            (void)density_at(sorted, n, width, best, &next);
            bool still = fabs(next - best) < 1e-13 * (fabs(best) + width);
            best = next;
            if (still)
                break;
        }
    }
    vg_arena_rewind(arena, mark);
    return best;
}

/* Estimates and standard errors that the centre is taken over. */
typedef struct Used {
    double *beta, *se, *sorted, *scratch;
    size_t n;
} Used;

static void gather(const VgDifferential *out, size_t c, bool clear_only, Used *used)
{
    used->n = 0;
    for (size_t f = 0; f < out->n_features; f++) {
        const VgInference *a = &out->answer[f * out->n_contrasts + c];
        if (isnan(a->estimate) || !(a->se > 0) || (clear_only && !(a->p < 0.95)))
            continue;
        used->beta[used->n] = a->estimate;
        used->sorted[used->n] = a->estimate;
        used->se[used->n++] = a->se;
    }
    qsort(used->sorted, used->n, sizeof(double), ascending);
}

/* Leaves out of `used` the features that lie beyond REACH standard errors of the centre, as long as half stay; false
 * when that changes nothing. Few that move do not shift a median much, many on one side do. */
static bool leave_out_moved(const VgDifferential *out, size_t c, double centre, Used *used)
{
    size_t before = used->n, kept = 0, all = 0;
    double sum_before = 0, sum = 0;
    for (size_t i = 0; i < before; i++)
        sum_before += used->beta[i];
    for (size_t f = 0; f < out->n_features; f++) {
        const VgInference *a = &out->answer[f * out->n_contrasts + c];
        if (isnan(a->estimate) || !(a->se > 0))
            continue;
        all++;
        if (fabs(a->estimate - centre) > REACH * a->se)
            continue;
        used->scratch[kept++] = a->estimate;
        sum += a->estimate;
    }
    if (2 * kept < all || kept < FEWEST || (kept == before && sum == sum_before))
        return false;
    used->n = 0;
    for (size_t f = 0; f < out->n_features; f++) {
        const VgInference *a = &out->answer[f * out->n_contrasts + c];
        if (isnan(a->estimate) || !(a->se > 0) || fabs(a->estimate - centre) > REACH * a->se)
            continue;
        used->beta[used->n] = used->sorted[used->n] = a->estimate;
        used->se[used->n++] = a->se;
    }
    qsort(used->sorted, used->n, sizeof(double), ascending);
    return true;
}

/* P(half of the others lie below) over the grid, not yet normalised to one feature being the median. */
typedef struct MedianGrid {
    double x[GRID], chance[GRID], step;
} MedianGrid;

static void fill_grid(const Used *used, double centre, MedianGrid *grid)
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

static VgStatus correct_one(VgArena *arena, const VgDifferentialOptions *options, size_t n_samples,
                            size_t c, Used *used, MedianGrid *grid, VgDifferential *out,
                            VgError *error)
{
    double level = options->level > 0 ? options->level : 0.95;
    gather(out, c, options->mode == VG_DIFFERENTIAL_MAASLIN3, used);
    if (used->n < FEWEST)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "%zu features have an estimate: too few to correct by",
            "a correction needs many features of which most do not change; use mode none", used->n);
    double root = sqrt((double)n_samples);
    for (size_t i = 0; i < used->n; i++)
        used->beta[i] *= root;
    out->mode[c] = vg_kernel_mode(arena, used->beta, used->n) / root;
    for (size_t i = 0; i < used->n; i++)
        used->beta[i] /= root;
    double median = median_of_sorted(used->sorted, used->n);
    double wide = M_PI_2 * variance_of(used->beta, used->n) / (double)used->n;
    double all = median;
    size_t n_all = used->n;
    for (int round = 0; options->mode == VG_DIFFERENTIAL_MEDIAN && round < MOST_ROUNDS; round++) {
        if (!leave_out_moved(out, c, median, used))
            break;
        median = median_of_sorted(used->sorted, used->n);
    }
    double v = M_PI_2 / (double)used->n *
               (options->mode == VG_DIFFERENTIAL_MAASLIN3
                    ? variance_of(used->beta, used->n)
                    : robust_variance(used->sorted, used->scratch, used->n));
    bool by_mode = options->mode == VG_DIFFERENTIAL_LINDA;
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
    out->doubtful[c] =
        out->moved[c] > 0.5 || (n_all >= 20 && fabs(all - out->mode[c]) > 2 * sqrt(wide));
    return VG_OK;
}

VgStatus vg_differential_correct(VgArena *arena, const VgDifferentialOptions *options,
                                 size_t n_samples, VgDifferential *out, VgError *error)
{
    Used used = {.beta = VG_NEW(arena, double, out->n_features),
                 .se = VG_NEW(arena, double, out->n_features),
                 .sorted = VG_NEW(arena, double, out->n_features),
                 .scratch = VG_NEW(arena, double, out->n_features)};
    MedianGrid *grid = VG_NEW(arena, MedianGrid, 1);
    if (!used.beta || !used.se || !used.sorted || !used.scratch || !grid)
        return vg_fail_memory(error);
    for (size_t c = 0; c < out->n_contrasts && options->mode != VG_DIFFERENTIAL_NONE; c++)
        VG_TRY(correct_one(arena, options, n_samples, c, &used, grid, out, error));
    return VG_OK;
}
