/* Options by random search: small forests at drawn options, the best against the defaults in larger ones. The draws are those of grf
 * (their ranges), without its kriging of the error surface. Source: METHODS 5.1. */
#include <math.h>

#include "model/forest_begin.h"

/* Numbers of forests: small ones, the two large ones, and the draws. */
enum { PURPOSE_SMALL = 100, PURPOSE_LARGE = 90, PURPOSE_DRAWS = 1023, MOST_DRAWS = 900 };

/* A penalty is taken from squared outcomes: it is drawn in units of their variance. */
static double variance_of(const VgForestData *data)
{
    double mean = 0.0, sum = 0.0, n = (double)data->x.rows;
    for (size_t i = 0; i < data->x.rows; i++)
        mean += data->outcome[i] / n;
    for (size_t i = 0; i < data->x.rows; i++)
        sum += (data->outcome[i] - mean) * (data->outcome[i] - mean) / n;
    return sum;
}

static VgForestOptions draw(const VgForestOptions *defaults, size_t rows, size_t columns,
                            double variance, size_t i)
{
    VgForestOptions o = *defaults;
    VgRandom random =
        vg_random_start(defaults->seed, VG_STREAM_FOREST, (uint32_t)i, PURPOSE_DRAWS << 20);
    double usual = fmin((double)columns, sqrt((double)columns) + 20.0);
    double largest = log2((double)rows) - 4.0;
    o.min_node_size = (size_t)floor(pow(2.0, vg_random_uniform(&random) * fmax(largest, 0.0)));
    o.sample_fraction = 0.05 + 0.45 * vg_random_uniform(&random);
    o.mtry = (size_t)ceil(usual * vg_random_uniform(&random));
    o.alpha = vg_random_uniform(&random) / 4.0;
    o.imbalance_penalty = -log(vg_random_uniform(&random)) * variance;
    double honesty = 0.5 + 0.3 * vg_random_uniform(&random);
    bool keep_empty = vg_random_uniform(&random) >= 0.5;
    if (!o.dishonest) {
        o.honesty_fraction = honesty;
        o.keep_empty_leaves = keep_empty;
    }
    return o;
}

/* Mean debiased error of a forest of so many trees; NaN when these options cannot be grown. */
static VgStatus error_at(VgArena *arena, const VgForestData *data, const VgMatrix *treatment,
                         const ForestCodes *codes, const VgForestOptions *options, size_t trees,
                         uint32_t purpose, double *mean, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    VgForestOptions o = *options;
    VgRandomForest *forest;
    o.trees = trees;
    o.group_size = 1;
    o.purpose = purpose;
    o.keep_members = false;
    VgStatus status = treatment
                          ? vg_forest_gradients(arena, data, *treatment, &o, codes, &forest, error)
                          : vg_forest_means(arena, data, &o, codes, &forest, error);
    *mean = NAN;
    if (status != VG_OK) {
        vg_arena_rewind(arena, mark);
        return status == VG_NOT_ESTIMABLE ? VG_OK : status;
    }
    double *row_error = VG_NEW(arena, double, data->x.rows), sum = 0.0;
    if (!row_error)
        return vg_fail_memory(error);
    VG_TRY(vg_forest_oob_error(arena, forest, row_error, NULL, error));
    size_t known = 0;
    for (size_t i = 0; i < data->x.rows; i++)
        if (!isnan(row_error[i])) {
            sum += row_error[i];
            known++;
        }
    if (known > 0)
        *mean = sum / (double)known;
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_forest_tune(VgArena *arena, const VgForestData *data, const VgMatrix *treatment,
                        const VgForestOptions *given, const VgForestSearch *search,
                        VgForestTuned *tuned, VgError *error)
{
    size_t draws = search && search->draws ? search->draws : 50;
    size_t trees = search && search->trees ? search->trees : 200;
    VgForestOptions defaults, best;
    VG_TRY(vg_forest_options(given, data->x.cols, &defaults, error));
    if (draws > MOST_DRAWS || trees < 50)
        return vg_fail(error, VG_INVALID_INPUT, "%zu draws of %zu trees",
                       "at most 900 draws, at least 50 trees", draws, trees);
    *tuned = (VgForestTuned){.options = defaults, .error = NAN};
    ForestCodes codes;
    VG_TRY(vg_forest_check(data, error));
    VG_TRY(vg_forest_codes(arena, data->x, &codes, error));
    double least = INFINITY, variance = variance_of(data);
    for (size_t i = 0; i < draws; i++) {
        VgForestOptions o = draw(&defaults, data->x.rows, data->x.cols, variance, i);
        double mean;
        VG_TRY(error_at(arena, data, treatment, &codes, &o, trees, PURPOSE_SMALL + (uint32_t)i,
                        &mean, error));
        tuned->tried += isnan(mean) ? 0 : 1;
        if (mean < least) {
            least = mean;
            best = o;
        }
    }
    VG_TRY(error_at(arena, data, treatment, &codes, &defaults, 4 * trees, PURPOSE_LARGE,
                    &tuned->default_error, error));
    if (isnan(tuned->default_error) && tuned->tried == 0)
        return error && error->code == VG_NOT_ESTIMABLE
                   ? VG_NOT_ESTIMABLE
                   : vg_fail(error, VG_NOT_ESTIMABLE, "no options could be tried",
                             "a forest needs more rows");
    if (tuned->tried == 0)
        return VG_OK;
    /* other trees than those that chose it: the smallest of many errors is too small */
    VG_TRY(error_at(arena, data, treatment, &codes, &best, 4 * trees, PURPOSE_LARGE + 1,
                    &tuned->error, error));
    tuned->better = tuned->error < tuned->default_error || isnan(tuned->default_error);
    if (tuned->better) {
        best.trees = defaults.trees;
        best.group_size = defaults.group_size;
        best.purpose = defaults.purpose;
        tuned->options = best;
    }
    return VG_OK;
}
