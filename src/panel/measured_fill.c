/* From bounds to completed data sets: which visits bear means, and values for those beyond limits. */
#include "panel/measured_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "panel/censored_value.h"

void vg_measured_judge(VgMeasuredCase *one, VgCensoredCell *cell)
{
    const VgMeasuredData *data = one->data;
    size_t n = data->n, arms = data->n_arms;
    bool refused = false;
    one->any = false;
    for (size_t t = 0; t < one->places; t++) {
        VgCensoredCell *here = &cell[t * arms];
        vg_censored_cells(one->lower + t * n, one->upper + t * n, n, data->arm, arms, here);
        size_t values = 0;
        one->on_mean_scale[t] = true;
        for (size_t a = 0; a < arms; a++) {
            values += here[a].n;
            one->on_mean_scale[t] &= here[a].verdict != VG_CENSORED_TOO_MANY;
        }
        one->on_mean_scale[t] &= values > 0;
        refused |= data->baseline && t == 0 && !one->on_mean_scale[t];
        one->any |= one->on_mean_scale[t] && !(data->baseline && t == 0);
    }
    if (refused || !one->any) { /* no change from a baseline that has no mean */
        memset(one->on_mean_scale, 0, one->places * sizeof *one->on_mean_scale);
        one->any = false;
    }
}

VgStatus vg_measured_independent(VgArena *arena, VgMatrix x, size_t *column, size_t *n,
                                 VgError *error)
{
    VgMatrix copy = vg_matrix_new(arena, x.rows, x.cols);
    VgQr qr;
    if (!copy.data)
        return vg_fail_memory(error);
    vg_matrix_copy(x, copy);
    VG_TRY(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &qr, error));
    *n = qr.rank;
    for (size_t j = 0; j < qr.rank; j++)
        column[j] = qr.pivot[j];
    return VG_OK;
}

/* FNV-1a: the draws of an analyte depend on its name, not on its place in the file. */
static uint64_t seed_of(const VgMeasuredCase *one)
{
    uint32_t hash = 2166136261u;
    for (const char *c = one->data->analyte ? one->data->analyte[one->analyte] : ""; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return one->options->seed ^ (uint64_t)hash << 32;
}

static VgStatus substitute(VgMeasuredCase *one, double *y, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t n = data->n * one->places;
    VgSubstitution rule = one->options->censored == VG_CENSORED_HALF_LLOQ ? VG_SUBSTITUTE_HALF
                                                                          : VG_SUBSTITUTE_ROOT_HALF;
    double base = data->log_base ? data->log_base[one->analyte] : 0;
    VG_TRY(vg_censored_substitute(one->lower, one->upper, n, rule, base > 0, y, error));
    for (size_t k = 0; k < n; k++) /* the rule counts in natural logarithms */
        if (base > 0 && one->lower[k] == -INFINITY && !isnan(y[k]))
            y[k] = one->upper[k] + (y[k] - one->upper[k]) / log(base);
    return VG_OK;
}

/* The covariates of the imputation, arm and all, of the participants who have a value: rank-deficient columns left out. */
static VgStatus imputation_design(VgArena *arena, const VgMeasuredCase *one, const size_t *who,
                                  size_t n, VgMatrix *x, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t p = data->n_arms + data->covariate.cols, rank;
    VgMatrix all = vg_matrix_new(arena, n, p);
    size_t *column = VG_NEW(arena, size_t, p);
    if (!all.data || !column)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++) {
        VG_AT(all, r, data->arm[who[r]]) = 1;
        for (size_t j = 0; j < data->covariate.cols; j++)
            VG_AT(all, r, data->n_arms + j) = VG_AT(data->covariate, who[r], j);
    }
    VG_TRY(vg_measured_independent(arena, all, column, &rank, error));
    *x = vg_matrix_new(arena, n, rank);
    if (!x->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < rank; j++)
        memcpy(&VG_AT(*x, 0, j), &VG_AT(all, 0, column[j]), n * sizeof(double));
    return VG_OK;
}

/* Imputes over the places on the mean scale; what was not measured is drawn too, and taken out again. */
static VgStatus impute(VgArena *arena, VgMeasuredCase *one, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t n = data->n, m = one->options->imputations, rows = 0, k = 0;
    size_t *who = VG_NEW(arena, size_t, n), *place = VG_NEW(arena, size_t, one->places);
    if (!who || !place)
        return vg_fail_memory(error);
    for (size_t t = 0; t < one->places; t++)
        if (one->on_mean_scale[t])
            place[k++] = t;
    for (size_t i = 0; i < n; i++) {
        bool has = false;
        for (size_t j = 0; j < k; j++)
            has |= !vg_bounds_missing(one->lower[i + n * place[j]], one->upper[i + n * place[j]]);
        if (has)
            who[rows++] = i;
    }
    VgMatrix lower = vg_matrix_new(arena, rows, k), upper = vg_matrix_new(arena, rows, k), x,
             filled;
    if (!lower.data || !upper.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < k; j++)
        for (size_t r = 0; r < rows; r++) {
            VG_AT(lower, r, j) = one->lower[who[r] + n * place[j]];
            VG_AT(upper, r, j) = one->upper[who[r] + n * place[j]];
        }
    VG_TRY(imputation_design(arena, one, who, rows, &x, error));
    const VgCensoredImputeOptions options = {.imputations = m, .seed = seed_of(one)};
    VG_TRY(vg_censored_impute(arena, x, lower, upper, &options, &filled, error));
    for (size_t d = 0; d < m; d++)
        for (size_t j = 0; j < k; j++)
            for (size_t r = 0; r < rows; r++)
                if (!vg_bounds_missing(VG_AT(lower, r, j), VG_AT(upper, r, j)))
                    one->y[who[r] + n * (place[j] + one->places * d)] = VG_AT(filled, r, d * k + j);
    return VG_OK;
}

VgStatus vg_measured_fill(VgArena *arena, VgMeasuredCase *one, VgError *error)
{
    size_t n = one->data->n, all = n * one->places;
    one->imputed = 0;
    for (size_t t = 0; t < one->places; t++)
        for (size_t i = t * n; one->on_mean_scale[t] && i < (t + 1) * n; i++)
            one->imputed +=
                !vg_bounds_missing(one->lower[i], one->upper[i]) && one->lower[i] != one->upper[i];
    bool draw = one->imputed && one->options->censored == VG_CENSORED_IMPUTE;
    one->n_filled = draw ? one->options->imputations : 1;
    one->y = VG_NEW(arena, double, all * one->n_filled);
    if (!one->y)
        return vg_fail_memory(error);
    for (size_t k = 0; k < all * one->n_filled; k++)
        one->y[k] = NAN;
    if (draw)
        return impute(arena, one, error);
    if (one->imputed)
        VG_TRY(substitute(one, one->y, error));
    for (size_t t = 0; t < one->places; t++)
        for (size_t i = t * n; i < (t + 1) * n; i++) {
            if (!one->on_mean_scale[t])
                one->y[i] = NAN;
            else if (one->lower[i] == one->upper[i])
                one->y[i] = one->lower[i];
        }
    return VG_OK;
}

VgStatus vg_measured_pool(VgArena *arena, const VgInference *answer, size_t m, double level,
                          VgInference *pooled, double *share, VgError *error)
{
    *share = 0;
    *pooled = answer[0];
    if (m == 1)
        return VG_OK;
    double *estimate = VG_NEW(arena, double, m), *variance = VG_NEW(arena, double, m), df = 0;
    if (!estimate || !variance)
        return vg_fail_memory(error);
    for (size_t d = 0; d < m; d++) {
        estimate[d] = answer[d].estimate;
        variance[d] = answer[d].se * answer[d].se;
        df += answer[d].df / (double)m;
    }
    VgPooled of;
    VG_TRY(vg_rubin(estimate, variance, m, df, level, &of, error));
    *share = of.missing;
    *pooled = vg_pooled_inference(&of);
    return VG_OK;
}
