/* The order is found by sorting indices; the arrays are then copied in it, column by column. */
#include "mechanism/row_order.h"

#include <math.h>
#include <stdlib.h>

#include "numeric/linear_algebra.h"

/* The columns that are compared, the first that differs deciding. */
typedef struct Keys {
    size_t n_columns;
    const double **column;
    const int32_t *cluster; /* after the first column; or NULL */
} Keys;

typedef struct Row {
    const Keys *keys;
    size_t place;
} Row;

static int compare(const void *a_, const void *b_)
{
    const Row *a = a_, *b = b_;
    const Keys *keys = a->keys;
    for (size_t k = 0; k < keys->n_columns; k++) {
        double x = keys->column[k][a->place], y = keys->column[k][b->place];
        if (isnan(x) != isnan(y)) /* what is missing comes last */
            return isnan(x) ? 1 : -1;
        if (x < y || x > y)
            return x < y ? -1 : 1;
        if (k > 0 || !keys->cluster)
            continue;
        int32_t c = keys->cluster[a->place], d = keys->cluster[b->place];
        if (c != d)
            return c < d ? -1 : 1;
    }
    return (a->place > b->place) - (a->place < b->place);
}

static const Row *find_order(VgArena *arena, const Keys *keys, size_t n)
{
    Row *row = VG_NEW(arena, Row, n);
    for (size_t i = 0; row && i < n; i++)
        row[i] = (Row){keys, i};
    if (row)
        qsort(row, n, sizeof *row, compare);
    return row;
}

static const double *in_order(VgArena *arena, const Row *order, const double *column, size_t n)
{
    double *copy = VG_NEW(arena, double, n);
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = column[order[i].place];
    return copy;
}

static const int32_t *clusters_in_order(VgArena *arena, const Row *order, const int32_t *cluster,
                                        size_t n)
{
    int32_t *copy = cluster ? VG_NEW(arena, int32_t, n) : NULL;
    for (size_t i = 0; copy && i < n; i++)
        copy[i] = cluster[order[i].place];
    return copy;
}

static VgMatrix matrix_in_order(VgArena *arena, const Row *order, VgMatrix from)
{
    VgMatrix copy = vg_matrix_new(arena, from.rows, from.cols);
    for (size_t j = 0; copy.data && j < from.cols; j++)
        for (size_t i = 0; i < from.rows; i++)
            VG_AT(copy, i, j) = VG_AT(from, order[i].place, j);
    return copy;
}

VgStatus vg_channels_in_order(VgArena *arena, const VgChannelsData *given, VgChannelsData *sorted,
                              VgError *error)
{
    size_t m = given->markers.cols, q = given->covariates.cols, n = given->n, at = 0;
    Keys *keys = VG_NEW(arena, Keys, 1);
    const double **column = VG_NEW(arena, const double *, 3 * m + q + 2);
    if (!keys || !column)
        return vg_fail_memory(error);
    column[at++] = given->treatment;
    column[at++] = given->outcome;
    for (size_t j = 0; j < q; j++)
        column[at++] = &VG_AT(given->covariates, 0, j);
    for (size_t j = 0; j < m;
         j++) /* last: a marker that is turned round should not move the rows */
        column[at++] = &VG_AT(given->markers, 0, j);
    for (size_t j = 0; given->marker_lower.data && j < m; j++) {
        column[at++] = &VG_AT(given->marker_lower, 0, j);
        column[at++] = &VG_AT(given->marker_upper, 0, j);
    }
    *keys = (Keys){at, column, given->cluster};
    const Row *order = find_order(arena, keys, n);
    if (!order)
        return vg_fail_memory(error);
    *sorted = *given;
    sorted->treatment = in_order(arena, order, given->treatment, n);
    sorted->outcome = in_order(arena, order, given->outcome, n);
    sorted->cluster = clusters_in_order(arena, order, given->cluster, n);
    sorted->markers = matrix_in_order(arena, order, given->markers);
    if (given->marker_lower.data) {
        sorted->marker_lower = matrix_in_order(arena, order, given->marker_lower);
        sorted->marker_upper = matrix_in_order(arena, order, given->marker_upper);
    }
    if (q)
        sorted->covariates = matrix_in_order(arena, order, given->covariates);
    return vg_arena_failed(arena) ? vg_fail_memory(error) : VG_OK;
}

VgStatus vg_mediation_in_order(VgArena *arena, const VgMediationData *given,
                               VgMediationData *sorted, VgError *error)
{
    double *mediator = (double *)(uintptr_t)given->mediator; /* a view that is only read */
    VgChannelsData one = {.n = given->n,
                          .treatment = given->treatment,
                          .outcome = given->outcome,
                          .markers = {mediator, given->n, 1, given->n},
                          .covariates = given->covariates,
                          .cluster = given->cluster},
                   in_order;
    VG_TRY(vg_channels_in_order(arena, &one, &in_order, error));
    *sorted = *given;
    sorted->treatment = in_order.treatment;
    sorted->mediator = in_order.markers.data;
    sorted->outcome = in_order.outcome;
    sorted->covariates = in_order.covariates;
    sorted->cluster = in_order.cluster;
    return VG_OK;
}
