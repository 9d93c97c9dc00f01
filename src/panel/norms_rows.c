/* From covariates to the columns of a norm: B-splines, lines, further covariates; the covariates of people as a table has them. */
#include "panel/norms_internal.h"

#include <math.h>
#include <string.h>

void vg_bspline(double low, double high, size_t intervals, double x, double value[4], size_t *first)
{
    double margin = 0.01 * (high - low), step = (high - low + 2 * margin) / (double)intervals;
    double place = (x - (low - margin)) / step, whole = floor(place);
    if (whole > (double)intervals - 1)
        whole = (double)intervals - 1;
    if (whole < 0)
        whole = 0;
    double t = place - whole, u = 1 - t;
    *first = (size_t)whole;
    value[0] = u * u * u / 6;
    value[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
    value[2] = (3 * u * u * u - 6 * u * u + 4) / 6;
    value[3] = t * t * t / 6;
}

size_t vg_norm_row_width(const VgNorm *norm)
{
    return 4 + norm->q;
}

bool vg_norm_row_new(VgArena *arena, const VgNorm *norm, VgNormRow *row)
{
    for (int k = 0; k < 3; k++) {
        row->column[k] = VG_NEW(arena, size_t, vg_norm_row_width(norm));
        row->value[k] = VG_NEW(arena, double, vg_norm_row_width(norm));
        if (!row->column[k] || !row->value[k])
            return false;
    }
    return true;
}

static void put(VgNormRow *row, int k, size_t column, double value)
{
    row->column[k][row->n[k]] = column;
    row->value[k][row->n[k]++] = value;
}

void vg_norm_row_fill(const VgNorm *norm, double smooth, const double *linear, VgNormRow *row)
{
    double spline[4] = {0};
    size_t first = 0;
    if (norm->has_smooth)
        vg_bspline(norm->low, norm->high, norm->intervals, smooth, spline, &first);
    for (int k = 0; k < 3; k++) {
        size_t at = norm->part[k];
        row->n[k] = 0;
        if (norm->curve[k]) {
            for (size_t b = 0; b < 4; b++)
                put(row, k, at + first + b, spline[b]);
            at += norm->intervals + 3;
        } else {
            put(row, k, at++, 1);
            if (norm->line[k])
                put(row, k, at++, smooth);
        }
        for (size_t j = 0; k != VG_NORM_L && j < norm->q; j++)
            put(row, k, at++, linear[j]);
    }
}

void vg_norm_predict(const double *theta, const VgNormRow *row, double eta[3])
{
    for (int k = 0; k < 3; k++) {
        eta[k] = 0;
        for (size_t c = 0; c < row->n[k]; c++)
            eta[k] += theta[row->column[k][c]] * row->value[k][c];
    }
}

/* ---- covariates in tables ---- */

static VgStatus learn(VgArena *arena, const VgTable *table, const bool *keep,
                      VgNormCovariate *covariate, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, covariate->name, &column, error));
    if (column->type == VG_COLUMN_NUMBER) {
        covariate->low = INFINITY;
        covariate->high = -INFINITY;
        for (size_t i = 0; i < table->n_rows; i++)
            if ((!keep || keep[i]) && isfinite(column->number[i])) {
                covariate->low = fmin(covariate->low, column->number[i]);
                covariate->high = fmax(covariate->high, column->number[i]);
            }
        if (covariate->low < covariate->high)
            return VG_OK;
    } else {
        int32_t *code;
        VG_TRY(vg_column_as_factor(arena, table, column, NULL, 0, keep, &code, &covariate->level,
                                   &covariate->n_levels, error));
        if (covariate->n_levels > 1)
            return VG_OK;
    }
    return vg_fail_at(error, VG_NOT_ESTIMABLE, table->path, 0,
                      "the covariate %s does not vary in the reference set",
                      "leave it out of the covariates", covariate->name);
}

VgStatus vg_norm_covariates(VgArena *arena, const VgTable *table, const char *const *name, size_t n,
                            const bool *keep, VgNormCovariates **covariates, VgError *error)
{
    VgNormCovariates *out = VG_NEW(arena, VgNormCovariates, 1);
    if (!out || !(out->item = VG_NEW(arena, VgNormCovariate, n)))
        return vg_fail_memory(error);
    for (out->n = 0; out->n < n; out->n++) {
        VgNormCovariate *item = &out->item[out->n];
        *item = (VgNormCovariate){.name = name[out->n], .column = out->n_columns};
        VG_TRY(learn(arena, table, keep, item, error));
        out->n_columns += item->level ? item->n_levels - 1 : 1;
    }
    *covariates = out;
    return VG_OK;
}

static VgStatus code_number(const VgNormCovariate *covariate, const VgColumn *column,
                            const VgTable *table, size_t row, double *x, VgError *error)
{
    if (column->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "%s holds numbers in the reference set and something else here",
                          "write it alike in both tables", covariate->name);
    double value = column->number[row];
    if (!(value >= covariate->low && value <= covariate->high))
        return vg_fail_at(
            error, VG_NOT_ESTIMABLE, table->path, table->line[row],
            "%s is %g, and the reference set reaches from %g to %g",
            "no norm is stretched beyond its people; find a reference for this person",
            covariate->name, value, covariate->low, covariate->high);
    *x = value;
    return VG_OK;
}

static VgStatus code_level(const VgNormCovariate *covariate, const VgColumn *column,
                           const VgTable *table, size_t row, double *x, VgError *error)
{
    const char *text = column->type == VG_COLUMN_FACTOR ? column->level[column->code[row]]
                       : column->type == VG_COLUMN_TEXT ? column->text[row]
                                                        : NULL;
    size_t level = 0;
    while (text && level < covariate->n_levels && strcmp(covariate->level[level], text) != 0)
        level++;
    if (!text || level == covariate->n_levels)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, table->path, table->line[row],
                          "%s is `%s`, and nobody in the reference set is",
                          "write levels alike in both tables, or find a reference for this person",
                          covariate->name, text ? text : "a number");
    for (size_t l = 1; l < covariate->n_levels; l++)
        x[l - 1] = l == level;
    return VG_OK;
}

VgStatus vg_norm_code(const VgNormCovariates *covariates, const VgTable *table, size_t row,
                      double *x, VgError *error)
{
    for (size_t k = 0; k < covariates->n; k++) {
        const VgNormCovariate *covariate = &covariates->item[k];
        const VgColumn *column;
        VG_TRY(vg_table_require(table, covariate->name, &column, error));
        if (vg_column_is_missing(column, row))
            return vg_fail_at(error, VG_NOT_ESTIMABLE, table->path, table->line[row],
                              "%s is missing", "a norm needs every covariate of a person",
                              covariate->name);
        VG_TRY((covariate->level ? code_level : code_number)(covariate, column, table, row,
                                                             x + covariate->column, error));
    }
    return VG_OK;
}
