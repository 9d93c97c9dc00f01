/* From a table and its samples' features to the arrays of a screen. As with several mediators (channels_table.c), the number of the sample stands in
 * the place of one mediator, so that arms, visits, covariates and complete rows are those of a mediation. */
#include <math.h>
#include <string.h>

#include <vagus/mediator_screen.h>

#include "numeric/linear_algebra.h"

static const char *const SAMPLE = "its sample of features";

/* The table with one more column: the row's sample. */
static VgStatus add_samples(VgArena *arena, const VgTable *table, const double *sample,
                            VgTable *made, VgError *error)
{
    *made = *table;
    made->n_columns = table->n_columns + 1;
    made->column = VG_NEW(arena, VgColumn, made->n_columns);
    double *row = VG_NEW(arena, double, table->n_rows + 1);
    if (!made->column || !row)
        return vg_fail_memory(error);
    memcpy(made->column, table->column, table->n_columns * sizeof *made->column);
    memcpy(row, sample, table->n_rows * sizeof *row);
    VgColumn *column = &made->column[table->n_columns];
    *column =
        (VgColumn){.name = (char *)(uintptr_t)SAMPLE, .type = VG_COLUMN_NUMBER, .number = row};
    for (size_t i = 0; i < table->n_rows; i++)
        column->n_missing += isnan(row[i]) ? 1 : 0;
    return VG_OK;
}

static bool is_complete(const VgScreenFeatures *features, const double *sample, size_t n, size_t j)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(VG_AT(features->value, (size_t)sample[i], j)))
            return false;
    return true;
}

static VgStatus take_features(VgArena *arena, const VgScreenFeatures *features,
                              VgMediatorScreenTable *made, VgError *error)
{
    const VgMediationData *d = &made->rows->data;
    size_t n = d->n, p = 0;
    const char **name = VG_NEW(arena, const char *, features->value.cols + 1);
    VgMatrix x = vg_matrix_new(arena, n, features->value.cols);
    if (!name || !x.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < features->value.cols; j++) {
        if (!is_complete(features, d->mediator, n, j))
            continue;
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, p) = VG_AT(features->value, (size_t)d->mediator[i], j);
        name[p++] = features->name[j];
    }
    made->n_missing = features->value.cols - p;
    x.cols = p;
    made->feature = name;
    made->data = (VgMediatorScreenData){.treatment = d->treatment,
                                        .outcome = d->outcome,
                                        .covariates = d->covariates,
                                        .features = x};
    if (p < 2 && made->n_missing)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "%zu of %zu features have a value in every row that is used",
            "impute missing values, or leave samples without them out", p, features->value.cols);
    return VG_OK;
}

VgStatus vg_mediator_screen_table(VgArena *arena, const VgTable *table,
                                  const VgMediationColumns *columns,
                                  const VgScreenFeatures *features, VgMediatorScreenTable **out,
                                  VgError *error)
{
    if (columns->baseline_at || columns->lagged)
        return vg_fail(error, VG_INVALID_INPUT, "a screen of mediators takes no %s",
                       "give changes from baseline as features, the outcome's baseline as a "
                       "covariate, and one visit of each",
                       columns->lagged ? "lagged visits" : "baseline of its features");
    VgMediatorScreenTable *made = VG_NEW(arena, VgMediatorScreenTable, 1);
    VgTable with;
    VgMediationColumns all = *columns;
    VgMediationTable *rows;
    if (!made)
        return vg_fail_memory(error);
    all.mediator = SAMPLE;
    VG_TRY(add_samples(arena, table, features->sample, &with, error));
    VG_TRY(vg_mediation_table(arena, &with, &all, &(VgMediationOptions){0}, &rows, error));
    made->rows = rows;
    VG_TRY(take_features(arena, features, made, error));
    *out = made;
    return VG_OK;
}
