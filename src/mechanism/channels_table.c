/* From a table to the arrays of an analysis of several mediators.
 *
 * Arms, visits, covariates and complete rows are those of one mediator (mediation_table.c): in place of that
 * mediator's values stands the number of the row, missing where any of the mediators is, and from the row numbers that
 * come back all mediators are read, also those of an earlier visit. */
#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "mechanism/channels_internal.h"
#include "numeric/linear_algebra.h"

/* ---- checks ---- */

static VgStatus check_mediators(const VgTable *table, const VgChannelsColumns *c, VgError *error)
{
    for (size_t j = 0; j < c->n_mediators; j++) {
        const VgColumn *column;
        VG_TRY(vg_table_require(table, c->mediator[j], &column, error));
        if (column->type != VG_COLUMN_NUMBER)
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                              "mediator %s does not hold numbers",
                              "several mediators at once go into linear models", column->name);
        bool twice = strcmp(c->mediator[j], c->shared.treatment) == 0 ||
                     strcmp(c->mediator[j], c->shared.outcome) == 0;
        for (size_t i = 0; i < j; i++)
            twice = twice || strcmp(c->mediator[i], c->mediator[j]) == 0;
        if (twice)
            return vg_fail(error, VG_INVALID_INPUT, "column %s is named twice",
                           "treatment, mediators and outcome are columns of their own",
                           c->mediator[j]);
    }
    return VG_OK;
}

static VgStatus find_name(VgArena *arena, const char *name, const char *const *among, size_t n,
                          size_t *at, const char *option, const char *what, VgError *error)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(among[k], name) == 0) {
            *at = k;
            return VG_OK;
        }
    const char *near = vg_nearest(name, among, n);
    const char *hint = near ? vg_arena_printf(arena, "did you mean %s?", near)
                            : "name columns that stand in --mediators";
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_INVALID_INPUT, "%s names %s, which is no %s", hint, option, name,
                   what);
}

static VgStatus find_channels(VgArena *arena, const VgChannelsColumns *c, VgChannelsData *d,
                              VgError *error)
{
    size_t m = c->n_mediators;
    if (!c->n_channels)
        return VG_OK;
    size_t *channel = VG_NEW(arena, size_t, m);
    double *sign = VG_NEW(arena, double, m);
    const char **name = VG_NEW(arena, const char *, c->n_channels);
    if (!channel || !sign || !name)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c->n_channels; k++) {
        name[k] = c->channel[k].name;
        for (size_t i = 0; i < k; i++)
            if (strcmp(name[i], name[k]) == 0)
                return vg_fail(error, VG_INVALID_INPUT, "channel %s is declared twice",
                               "list all its markers in one place", name[k]);
        for (size_t i = 0; i < c->channel[k].n_markers; i++) {
            size_t j = 0;
            VG_TRY(find_name(arena, c->channel[k].marker[i], c->mediator, m, &j, "--channels",
                             "mediator", error));
            if (sign[j] != 0)
                return vg_fail(error, VG_INVALID_INPUT, "%s stands in channel %s and in %s",
                               "a mediator belongs to one channel", c->mediator[j],
                               name[channel[j]], name[k]);
            channel[j] = k;
            sign[j] = c->channel[k].sign[i];
        }
    }
    for (size_t j = 0; j < m; j++)
        if (sign[j] == 0)
            return vg_fail(error, VG_INVALID_INPUT, "mediator %s is in no channel",
                           "give it one of its own: --channels '…;NAME=COLUMN'", c->mediator[j]);
    d->n_channels = c->n_channels;
    d->channel = channel;
    d->sign = sign;
    d->channel_name = name;
    return VG_OK;
}

/* ---- rows ---- */

/* Rows without an outcome are kept: nought stands there until read_outcome. */
static VgStatus number_outcomes(const VgTable *table, const VgChannelsColumns *c, VgTable *made,
                                double *value, VgError *error)
{
    const VgColumn *outcome;
    VG_TRY(vg_table_require(table, c->shared.outcome, &outcome, error));
    if (outcome->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "outcome %s does not hold numbers", "imputation takes a linear model",
                          outcome->name);
    for (size_t i = 0; i < table->n_rows; i++)
        value[i] = isnan(outcome->number[i]) ? 0 : outcome->number[i];
    VgColumn *to = &made->column[outcome - table->column];
    to->number = value;
    to->missing_tag = NULL;
    to->n_missing = 0;
    return VG_OK;
}

/* The outcome as it is in the table, with what is missing; counts. */
static void read_outcome(const VgTable *table, const VgChannelsColumns *c, const double *row,
                         const VgChannelsData *d, double *outcome, VgMediationTable *rows)
{
    const double *from = vg_table_column(table, c->shared.outcome)->number;
    for (size_t i = 0; i < d->n; i++) {
        bool lacks = false;
        for (size_t j = 0; j < d->markers.cols; j++)
            lacks = lacks || isnan(VG_AT(d->markers, i, j));
        outcome[i] = from[(size_t)row[i]];
        rows->n_missing_mediator += lacks;
        rows->n_missing_outcome += isnan(outcome[i]) ? 1 : 0;
    }
}

/* The table with row numbers in place of the first mediator. */
static VgStatus number_rows(VgArena *arena, const VgTable *table, const VgChannelsColumns *c,
                            VgTable *made, VgError *error)
{
    double *row = VG_NEW(arena, double, 2 * table->n_rows + 1), *outcome = row + table->n_rows;
    *made = *table;
    made->column = VG_NEW(arena, VgColumn, table->n_columns);
    if (!row || !made->column)
        return vg_fail_memory(error);
    memcpy(made->column, table->column, table->n_columns * sizeof *made->column);
    for (size_t i = 0; i < table->n_rows; i++) {
        row[i] = (double)i;
        for (size_t j = 0; j < c->n_mediators; j++)
            if (!c->impute && isnan(vg_table_column(table, c->mediator[j])->number[i]))
                row[i] = NAN;
    }
    if (c->impute)
        VG_TRY(number_outcomes(table, c, made, outcome, error));
    for (size_t k = 0; k < table->n_columns; k++)
        if (strcmp(table->column[k].name, c->mediator[0]) == 0) {
            VgColumn *column = &made->column[k];
            column->number = row;
            column->missing_tag = NULL;
            column->n_missing = 0;
            for (size_t i = 0; i < table->n_rows; i++)
                column->n_missing += isnan(row[i]) ? 1 : 0;
        }
    return VG_OK;
}

static void read_mediators(const VgTable *table, const VgChannelsColumns *c, const double *row,
                           size_t n, VgMatrix to, size_t first)
{
    for (size_t j = 0; j < c->n_mediators; j++) {
        const double *from = vg_table_column(table, c->mediator[j])->number;
        for (size_t i = 0; i < n; i++)
            VG_AT(to, i, first + j) = from[(size_t)row[i]];
    }
}

/* A name as the user wrote it: designs put odd ones between backquotes. */
static const char *bare(VgArena *arena, const char *name)
{
    size_t n = strlen(name);
    return n > 2 && name[0] == '`' && name[n - 1] == '`' ? vg_arena_strndup(arena, name + 1, n - 2)
                                                         : name;
}

/* Covariates; the baseline of the first mediator, which holds row numbers, gives way to those of all. */
static VgStatus read_covariates(VgArena *arena, const VgTable *table, const VgChannelsColumns *c,
                                const VgMediationData *from, VgChannelsData *d, VgError *error)
{
    size_t q = from->covariates.cols, m = c->n_mediators, at = q;
    const char **name = VG_NEW(arena, const char *, q + m + 1), *baseline = NULL;
    VgMatrix x = vg_matrix_new(arena, d->n, q + m);
    if (c->shared.baseline_at)
        baseline = vg_arena_printf(arena, "%s at %s", c->mediator[0], c->shared.baseline_at);
    if (!name || !x.data || (c->shared.baseline_at && !baseline))
        return vg_fail_memory(error);
    size_t k = 0;
    for (size_t j = 0; j < q; j++) {
        const char *own = bare(arena, from->covariate_name[j]);
        if (!own)
            return vg_fail_memory(error);
        if (baseline && strcmp(own, baseline) == 0) {
            at = j;
            continue;
        }
        for (size_t i = 0; i < m; i++)
            if (strcmp(own, c->mediator[i]) == 0)
                return vg_fail(error, VG_INVALID_INPUT, "%s is among the covariates too",
                               "treatment, mediators and outcome have their own places", own);
        name[k] = own;
        for (size_t i = 0; i < d->n; i++)
            VG_AT(x, i, k) = VG_AT(from->covariates, i, j);
        k++;
    }
    if (at < q) {
        read_mediators(table, c, &VG_AT(from->covariates, 0, at), d->n, x, k);
        for (size_t i = 0; i < m; i++, k++)
            if (!(name[k] =
                      vg_arena_printf(arena, "%s at %s", c->mediator[i], c->shared.baseline_at)))
                return vg_fail_memory(error);
    }
    x.cols = k;
    d->covariates = x;
    d->covariate_name = name;
    return VG_OK;
}

/* ---- reliabilities ---- */

static VgStatus find_reliabilities(VgArena *arena, const VgChannelsColumns *c, VgChannelsData *d,
                                   VgError *error)
{
    size_t m = d->markers.cols, q = d->covariates.cols;
    if (!c->n_reliabilities)
        return VG_OK;
    VgMarkerReliability *r = VG_NEW(arena, VgMarkerReliability, m + q);
    bool *given = VG_NEW(arena, bool, m + q);
    const char **name = VG_NEW(arena, const char *, m + q);
    if (!r || !given || !name)
        return vg_fail_memory(error);
    memcpy(name, d->marker_name, m * sizeof *name);
    memcpy(name + m, d->covariate_name, q * sizeof *name);
    for (size_t k = 0; k < c->n_reliabilities; k++) {
        size_t at = 0;
        VG_TRY(find_name(arena, c->reliability[k].name, name, m + q, &at, "--reliability",
                         "mediator and no covariate", error));
        if (given[at])
            return vg_fail(error, VG_INVALID_INPUT, "the reliability of %s is given twice",
                           "give one value", name[at]);
        if (c->reliability[k].reliability.value == 0)
            return vg_fail(error, VG_INVALID_INPUT, "reliability 0 of %s is not in (0, 1]",
                           "a reliability is the share of the variance that is not error, such as "
                           "0.7",
                           name[at]);
        given[at] = true;
        r[at] = c->reliability[k].reliability;
        if (at >= m)
            d->covariate_reliability = r + m;
    }
    d->marker_reliability = r;
    return VG_OK;
}

/* ---- limits ---- */

static VgStatus find_limits(VgArena *arena, const VgChannelsColumns *c, VgChannelsData *d,
                            VgError *error)
{
    size_t m = d->markers.cols;
    if (!c->n_limits)
        return VG_OK;
    d->marker_lower = vg_matrix_new(arena, d->n, m);
    d->marker_upper = vg_matrix_new(arena, d->n, m);
    if (!d->marker_lower.data || !d->marker_upper.data)
        return vg_fail_memory(error);
    vg_matrix_copy(d->markers, d->marker_lower);
    vg_matrix_copy(d->markers, d->marker_upper);
    for (size_t k = 0; k < c->n_limits; k++) {
        const VgLimitsColumn *limits = &c->limits[k];
        size_t j = 0;
        VG_TRY(find_name(arena, limits->name, c->mediator, m, &j, "--lloq or --uloq", "mediator",
                         error));
        for (size_t i = 0; i < d->n; i++) {
            double value = VG_AT(d->markers, i, j);
            if (value < limits->lower) {
                VG_AT(d->marker_lower, i, j) = -INFINITY;
                VG_AT(d->marker_upper, i, j) = limits->lower;
            } else if (value > limits->upper) {
                VG_AT(d->marker_lower, i, j) = limits->upper;
                VG_AT(d->marker_upper, i, j) = INFINITY;
            }
        }
    }
    return VG_OK;
}

VgStatus vg_channels_table(VgArena *arena, const VgTable *table, const VgChannelsColumns *columns,
                           VgChannelsTable **out, VgError *error)
{
    VgChannelsTable *made = VG_NEW(arena, VgChannelsTable, 1);
    VgMediationTable *rows;
    VgTable numbered;
    if (!made)
        return vg_fail_memory(error);
    if (!columns->n_mediators)
        return vg_fail(error, VG_INVALID_INPUT, "no mediator", "name at least one column");
    if (columns->impute && columns->shared.visit)
        return vg_fail(error, VG_INVALID_INPUT, "imputation of a table with a row per visit",
                       "make a table with a row per participant, with the columns of each visit "
                       "side by side, so that rows that are not there can be told");
    VG_TRY(check_mediators(table, columns, error));
    VG_TRY(number_rows(arena, table, columns, &numbered, error));
    VgMediationColumns one = columns->shared;
    one.mediator = columns->mediator[0];
    VgMediationOptions linear = {0};
    VG_TRY(vg_mediation_table(arena, &numbered, &one, &linear, &rows, error));
    VgChannelsData *d = &made->data;
    *d = (VgChannelsData){.n = rows->data.n,
                          .treatment = rows->data.treatment,
                          .outcome = rows->data.outcome,
                          .markers = vg_matrix_new(arena, rows->data.n, columns->n_mediators),
                          .cluster = rows->data.cluster,
                          .n_clusters = rows->data.n_clusters,
                          .treatment_name = rows->data.treatment_name,
                          .outcome_name = rows->data.outcome_name,
                          .marker_name = columns->mediator};
    if (!d->markers.data)
        return vg_fail_memory(error);
    read_mediators(table, columns, rows->data.mediator, d->n, d->markers, 0);
    if (columns->impute) {
        double *outcome = VG_NEW(arena, double, d->n);
        if (!outcome)
            return vg_fail_memory(error);
        read_outcome(table, columns, rows->data.mediator, d, outcome, rows);
        d->outcome = outcome;
    }
    VG_TRY(find_limits(arena, columns, d, error));
    VG_TRY(read_covariates(arena, table, columns, &rows->data, d, error));
    VG_TRY(find_channels(arena, columns, d, error));
    VG_TRY(find_reliabilities(arena, columns, d, error));
    made->rows = rows;
    *out = made;
    return VG_OK;
}
