/* Differential response: the table on log2, one linear (mixed) model a feature, then the correction. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"
#include "panel/differential_internal.h"

static const char *const MODE[VG_DIFFERENTIAL_COUNT] = {"median", "linda", "maaslin3", "none",
                                                        "absolute"};
static const double DEPTH_RELATED = 0.1; /* LinDA's corr.cut */

const char *vg_differential_mode_name(VgDifferentialMode mode)
{
    return mode < VG_DIFFERENTIAL_COUNT ? MODE[mode] : "unknown";
}

bool vg_differential_mode_from_name(const char *name, VgDifferentialMode *mode)
{
    int index = vg_name_index(MODE, VG_DIFFERENTIAL_COUNT, name);
    if (index >= 0)
        *mode = (VgDifferentialMode)index;
    return index >= 0;
}

static VgStatus check(const VgDifferentialData *data, const VgDifferentialOptions *options,
                      double *depth, VgError *error)
{
    size_t n = data->table.rows;
    if (data->x.rows != n || n == 0 || data->table.cols == 0 || data->n_contrasts == 0)
        return vg_fail(error, VG_INVALID_INPUT, "a design of %zu rows for a table of %zu samples",
                       "give one row per sample, and contrasts", data->x.rows, n);
    if (options->negative_binomial && (!data->counts || (options->mode != VG_DIFFERENTIAL_MEDIAN &&
                                                         options->mode != VG_DIFFERENTIAL_NONE)))
        return vg_fail(error, VG_INVALID_INPUT,
                       "negative binomial models are for counts, with mode median or none",
                       "use linear models of log-ratios");
    if (options->winsor != 0 && (options->mode != VG_DIFFERENTIAL_LINDA || !(options->winsor > 0) ||
                                 !(options->winsor < 1)))
        return vg_fail(error, VG_INVALID_INPUT,
                       "winsorising at %g belongs to LinDA, between 0 and 1",
                       "use mode linda and a quantile such as 0.97", options->winsor);
    if (options->mode == VG_DIFFERENTIAL_ABSOLUTE && data->counts)
        return vg_fail(error, VG_INVALID_INPUT, "counts of reads are no absolute amounts",
                       "multiply shares by loads first, or use mode median");
    if (options->mode == VG_DIFFERENTIAL_LINDA && !data->counts)
        return vg_fail(error, VG_INVALID_INPUT, "LinDA's rule for zeros needs counts",
                       "use mode median for shares");
    for (size_t i = 0; i < n; i++) {
        depth[i] = 0;
        for (size_t f = 0; f < data->table.cols; f++) {
            double value = VG_AT(data->table, i, f);
            if (!(value >= 0) || !isfinite(value))
                return vg_fail(error, VG_INVALID_INPUT, "feature %zu of sample %zu is %g",
                               "amounts are numbers from 0", f + 1, i + 1, value);
            if (!(data->only_present && data->only_present[f])) /* genes count once */
                depth[i] += value;
        }
        if (!(depth[i] > 0))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu holds zeros only",
                           "leave the sample out", i + 1);
    }
    return VG_OK;
}

/* Whether log depth goes with any coefficient but the first column's (LinDA): a fit of the same model. */
static VgStatus depth_goes_with_design(VgArena *arena, const VgDifferentialData *data,
                                       const VgDifferentialOptions *options, const double *depth,
                                       bool *related, VgError *error)
{
    size_t n = data->x.rows;
    double *logs = VG_NEW(arena, double, n);
    if (!logs)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        logs[i] = log(depth[i]);
    VgLmmManyData many = {
        .x = data->x, .y = {logs, n, 1, n}, .term = data->term, .n_terms = data->n_terms};
    VgLmmMany fit;
    VG_TRY(vg_lmm_fit_many(arena, &many, &(VgLmmManyOptions){.threads = options->threads}, &fit,
                           error));
    *related = false;
    for (size_t j = 1; j < data->x.cols; j++)
        *related = *related || fit.answer[j].p <= DEPTH_RELATED;
    return VG_OK;
}

/* LinDA's: shares of a feature above their quantile (R's type 7) become it; counts stay whole. Depths follow. */
static VgStatus winsorise(VgArena *arena, double quantile, double *depth, VgMatrix y,
                          VgError *error)
{
    size_t n = y.rows;
    double *sorted = VG_NEW(arena, double, n), *total = VG_NEW(arena, double, n);
    if (!sorted || !total)
        return vg_fail_memory(error);
    for (size_t f = 0; f < y.cols; f++) {
        for (size_t i = 0; i < n; i++)
            sorted[i] = VG_AT(y, i, f) / depth[i];
        qsort(sorted, n, sizeof *sorted, vg_compare_numbers);
        double at = quantile * (double)(n - 1);
        size_t below = (size_t)at;
        double cut = sorted[below];
        if (below + 1 < n)
            cut += (at - (double)below) * (sorted[below + 1] - sorted[below]);
        for (size_t i = 0; i < n; i++) {
            if (VG_AT(y, i, f) / depth[i] > cut)
                VG_AT(y, i, f) = rint(cut * depth[i]);
            total[i] += VG_AT(y, i, f);
        }
    }
    memcpy(depth, total, n * sizeof *depth);
    return VG_OK;
}

/* LinDA: where log depth goes with the design a zero becomes its sample's depth over that of the deepest sample in
 * which the feature is zero; else `add` to all entries of a table with zeros. */
static VgStatus fill_as_linda(VgArena *arena, const VgDifferentialData *data,
                              const VgDifferentialOptions *options, const double *depth_before,
                              double add, VgMatrix y, VgDifferential *out, VgError *error)
{
    size_t n = y.rows;
    double *depth = VG_NEW(arena, double, n);
    if (!depth)
        return vg_fail_memory(error);
    memcpy(depth, depth_before, n * sizeof *depth);
    if (options->winsor > 0)
        VG_TRY(winsorise(arena, options->winsor, depth, y, error));
    bool zeros = false;
    for (size_t f = 0; f < y.cols; f++)
        for (size_t i = 0; i < n; i++)
            zeros = zeros || (VG_AT(y, i, f) == 0 && out->present[f] > 0);
    if (!zeros)
        return VG_OK;
    VG_TRY(depth_goes_with_design(arena, data, options, depth, &out->depth_related, error));
    for (size_t f = 0; f < y.cols; f++) {
        double deepest = 0;
        for (size_t i = 0; i < n; i++)
            if (VG_AT(y, i, f) == 0)
                deepest = fmax(deepest, depth[i]);
        for (size_t i = 0; i < n; i++)
            if (!out->depth_related)
                VG_AT(y, i, f) += add;
            else if (VG_AT(y, i, f) == 0)
                VG_AT(y, i, f) = depth[i] / deepest;
    }
    return VG_OK;
}

/* What stands for zeros: the amounts on which logarithms are taken. */
static VgStatus fill_zeros(VgArena *arena, const VgDifferentialData *data,
                           const VgDifferentialOptions *options, const double *depth, VgMatrix y,
                           VgDifferential *out, VgError *error)
{
    size_t n = data->table.rows;
    double add = options->pseudocount, smallest = INFINITY;
    for (size_t f = 0; f < y.cols; f++)
        for (size_t i = 0; i < n; i++) {
            double value = VG_AT(data->table, i, f);
            VG_AT(y, i, f) = value;
            smallest = value > 0 ? fmin(smallest, value) : smallest;
        }
    if (!(add > 0))
        add = data->counts ? 0.5 : 0.5 * smallest;
    if (options->mode == VG_DIFFERENTIAL_LINDA)
        return fill_as_linda(arena, data, options, depth, add, y, out, error);
    double *size = VG_NEW(arena, double, n);
    if (!size)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        size[i] = 1;
    if (options->mode == VG_DIFFERENTIAL_MEDIAN)
        VG_TRY(vg_differential_sizes(arena, data, options, depth, add, out, size, error));
    for (size_t f = 0; f < y.cols; f++)
        for (size_t i = 0; i < n; i++)
            VG_AT(y, i, f) += add * size[i];
    return VG_OK;
}

/* log2 CLR over features that occur; log2 share where present under MAASLIN3, log2 under ABSOLUTE. Absent features become NaN. */
static VgStatus respond(VgArena *arena, const VgDifferentialData *data,
                        const VgDifferentialOptions *options, const double *depth, VgMatrix *y,
                        VgDifferential *out, VgError *error)
{
    size_t n = data->table.rows, features = data->table.cols, occurring = 0;
    *y = vg_matrix_new(arena, n, features);
    if (!y->data)
        return vg_fail_memory(error);
    if (options->mode == VG_DIFFERENTIAL_MAASLIN3) {
        for (size_t f = 0; f < features; f++)
            for (size_t i = 0; i < n; i++) {
                double value = VG_AT(data->table, i, f);
                VG_AT(*y, i, f) = value > 0 ? log2(value / depth[i]) : (double)NAN;
            }
        return VG_OK;
    }
    VG_TRY(fill_zeros(arena, data, options, depth, *y, out, error));
    const bool *apart = data->only_present;
    for (size_t f = 0; f < features; f++)
        occurring += out->present[f] > 0 && !(apart && apart[f]);
    bool ratios = options->mode != VG_DIFFERENTIAL_ABSOLUTE;
    for (size_t i = 0; i < n; i++) {
        double mean = 0;
        for (size_t f = 0; ratios && f < features; f++)
            mean += out->present[f] && !(apart && apart[f])
                        ? log2(VG_AT(*y, i, f)) / (double)occurring
                        : 0;
        for (size_t f = 0; f < features; f++) {
            bool known = out->present[f] && !(apart && apart[f] && VG_AT(data->table, i, f) == 0);
            VG_AT(*y, i, f) = known ? log2(VG_AT(*y, i, f)) - mean : (double)NAN;
        }
    }
    return VG_OK;
}

static VgStatus fit_linear(VgArena *arena, const VgDifferentialData *data,
                           const VgDifferentialOptions *options, const double *depth,
                           VgDifferential *out, VgError *error)
{
    VgMatrix y;
    VG_TRY(respond(arena, data, options, depth, &y, out, error));
    VgLmmManyData many = {.x = data->x,
                          .y = y,
                          .term = data->term,
                          .n_terms = data->n_terms,
                          .contrast = data->contrast,
                          .n_contrasts = data->n_contrasts};
    VgLmmManyOptions with = {.level = options->level, .threads = options->threads};
    VgLmmMany fit;
    VG_TRY(vg_lmm_fit_many(arena, &many, &with, &fit, error));
    out->answer = fit.answer;
    out->status = fit.status;
    for (size_t f = 0; f < out->n_features; f++)
        if (out->present[f] == 0)
            out->status[f] = VG_LMM_CONSTANT;
    return VG_OK;
}

/* Nickols and others 2024: the smaller of two p, allowing for two looks. */
static void join_parts(VgDifferential *out)
{
    for (size_t i = 0; i < out->n_features * out->n_contrasts; i++) {
        double a = out->answer[i].p, b = out->prevalence[i].p, least = fmin(a, b); /* NaN yields */
        out->joint_p[i] = isnan(a) || isnan(b) ? least : least * (2 - least); /* 1 − (1 − p)² */
    }
}

VgStatus vg_differential(VgArena *arena, const VgDifferentialData *data,
                         const VgDifferentialOptions *options, VgDifferential *out, VgError *error)
{
    size_t features = data->table.cols, contrasts = data->n_contrasts, total = features * contrasts;
    double *depth = VG_NEW(arena, double, data->table.rows + 1);
    if (!depth)
        return vg_fail_memory(error);
    VG_TRY(check(data, options, depth, error));
    *out = (VgDifferential){.n_features = features,
                            .n_contrasts = contrasts,
                            .answer = VG_NEW(arena, VgInference, total),
                            .raw = VG_NEW(arena, double, total),
                            .status = VG_NEW(arena, VgLmmStatus, features),
                            .present = VG_NEW(arena, size_t, features),
                            .shift = VG_NEW(arena, double, contrasts),
                            .shift_se = VG_NEW(arena, double, contrasts),
                            .mode = VG_NEW(arena, double, contrasts),
                            .moved = VG_NEW(arena, double, contrasts),
                            .doubtful = VG_NEW(arena, bool, contrasts)};
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    for (size_t f = 0; f < features; f++)
        for (size_t i = 0; i < data->table.rows; i++)
            out->present[f] += VG_AT(data->table, i, f) > 0 ? 1 : 0;
    if (options->negative_binomial)
        VG_TRY(vg_differential_glm(arena, data, options, depth, false, out, error));
    else
        VG_TRY(fit_linear(arena, data, options, depth, out, error));
    for (size_t i = 0; i < total; i++)
        out->raw[i] = out->answer[i].estimate;
    VG_TRY(vg_differential_correct(arena, options, data->table.rows, out, error));
    if (options->mode != VG_DIFFERENTIAL_MAASLIN3)
        return VG_OK;
    out->prevalence = VG_NEW(arena, VgInference, total);
    out->prevalence_status = VG_NEW(arena, VgLmmStatus, features);
    out->joint_p = VG_NEW(arena, double, total);
    if (!out->prevalence || !out->prevalence_status || !out->joint_p)
        return vg_fail_memory(error);
    VG_TRY(vg_differential_glm(arena, data, options, depth, true, out, error));
    join_parts(out);
    return VG_OK;
}
