/* What stands for zeros: the same amount in every sample, not the same count.
 *
 * A constant added to all counts is a larger amount where fewer of the unchanged are counted: in a shallow sample, and in
 * one where something else bloomed. Rare features then do not fall with the shares of all, and less the centre of all
 * they seem to rise. So what is added goes with a sample's size, d_i = depth_i · 2^(x_i m): m_j the centre over features
 * of the coefficient of column j of X on the log shares, by least squares over features present in half of the samples,
 * those left out that are seen to move (differential_correct.c). Sizes have geometric mean 1. */
#include <math.h>

#include "numeric/linear_algebra.h"
#include "panel/differential_internal.h"

enum { FEWEST_COMMON = 10 };

static bool is_constant(VgMatrix x, size_t j)
{
    for (size_t i = 1; i < x.rows; i++)
        if (VG_AT(x, i, j) != VG_AT(x, 0, j))
            return false;
    return true;
}

static bool takes_part(const VgDifferentialData *data, size_t f, size_t present, size_t least)
{
    return present > 0 && present >= least && !(data->only_present && data->only_present[f]);
}

/* log2 shares of the features that are common, or of all that occur when few are. */
static VgStatus common_shares(VgArena *arena, const VgDifferentialData *data,
                              const VgDifferential *out, const double *depth, double add,
                              double mean_depth, VgMatrix *y, VgError *error)
{
    size_t n = data->table.rows, features = data->table.cols, common = 0, to = 0;
    for (size_t f = 0; f < features; f++)
        common += takes_part(data, f, out->present[f], (n + 1) / 2);
    size_t least = common < FEWEST_COMMON ? 1 : (n + 1) / 2;
    *y = vg_matrix_new(arena, n, features);
    if (!y->data)
        return vg_fail_memory(error);
    for (size_t f = 0; f < features; f++) {
        if (!takes_part(data, f, out->present[f], least))
            continue;
        for (size_t i = 0; i < n; i++)
            VG_AT(*y, i, to) = log2(VG_AT(data->table, i, f) / depth[i] + add / mean_depth);
        to++;
    }
    y->cols = to;
    return VG_OK;
}

VgStatus vg_differential_sizes(VgArena *arena, const VgDifferentialData *data,
                               const VgDifferentialOptions *options, const double *depth,
                               double add, const VgDifferential *out, double *size, VgError *error)
{
    size_t n = data->table.rows, p = data->x.cols;
    double mean_log = 0;
    for (size_t i = 0; i < n; i++)
        mean_log += log2(depth[i]) / (double)n;
    VgLmmManyData many = {.x = data->x};
    VgLmmMany fit;
    VG_TRY(common_shares(arena, data, out, depth, add, exp2(mean_log), &many.y, error));
    VG_TRY(vg_lmm_fit_many(arena, &many, &(VgLmmManyOptions){.threads = options->threads}, &fit,
                           error));
    VgUnmoved used;
    VG_TRY(vg_unmoved_new(arena, many.y.cols, &used, error));
    for (size_t i = 0; i < n; i++)
        size[i] = log2(depth[i]);
    for (size_t j = 0; j < p; j++) {
        if (is_constant(data->x, j))
            continue;
        for (size_t f = used.n_all = 0; f < many.y.cols; f++)
            vg_unmoved_add(&used, &fit.answer[f * p + j]);
        double centre = used.n_all > 0 ? vg_unmoved_centre(&used) : 0;
        for (size_t i = 0; i < n; i++)
            size[i] += VG_AT(data->x, i, j) * centre;
    }
    mean_log = 0;
    for (size_t i = 0; i < n; i++)
        mean_log += size[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        size[i] = exp2(size[i] - mean_log);
    return VG_OK;
}
