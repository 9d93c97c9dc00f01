/* Columns as ranks. A split asks only for order, so a value is kept as the number of its distinct value: two bytes, exact up to
 * 65,534 distinct values; beyond that neighbouring values share a code, of equal numbers of values. */
#include "model/forest_internal.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* The code of a value: the first whose largest value is not below it; one past the last for a value above all. */
static uint16_t code_of(const double *value, size_t levels, double x)
{
    if (isnan(x))
        return FOREST_MISSING;
    size_t low = 0, high = levels;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (value[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    /* A value above all of FOREST_MAX_LEVELS codes gets the last: right of every cut all the same, as the last code is never one. */
    return (uint16_t)(low < FOREST_MAX_LEVELS ? low + 1 : FOREST_MAX_LEVELS);
}

/* Sorts `sorted`, keeps the largest value of each code at its front. */
static size_t levels_of(double *sorted, size_t n)
{
    qsort(sorted, n, sizeof *sorted, by_value);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] > sorted[distinct - 1])
            sorted[distinct++] = sorted[i];
    if (distinct <= FOREST_MAX_LEVELS)
        return distinct;
    for (size_t c = 0; c < FOREST_MAX_LEVELS; c++)
        sorted[c] = sorted[(c + 1) * distinct / FOREST_MAX_LEVELS - 1];
    return FOREST_MAX_LEVELS;
}

VgStatus vg_forest_codes(VgArena *arena, VgMatrix x, ForestCodes *codes, VgError *error)
{
    size_t n = x.rows, p = x.cols;
    *codes = (ForestCodes){.rows = n, .columns = p};
    codes->by_row = vg_arena_alloc_raw(arena, n * p, sizeof(uint16_t));
    codes->by_column = vg_arena_alloc_raw(arena, n * p, sizeof(uint16_t));
    codes->levels = VG_NEW(arena, uint32_t, p);
    codes->value = VG_NEW(arena, double *, p);
    double *sorted = vg_arena_alloc_raw(arena, n, sizeof *sorted);
    if (!codes->by_row || !codes->by_column || !codes->levels || !codes->value || !sorted)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        size_t known = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(VG_AT(x, i, j)))
                sorted[known++] = VG_AT(x, i, j);
        size_t levels = levels_of(sorted, known);
        double *value = vg_arena_alloc_raw(arena, levels, sizeof *value);
        if (!value)
            return vg_fail_memory(error);
        for (size_t c = 0; c < levels; c++)
            value[c] = sorted[c];
        codes->levels[j] = (uint32_t)levels;
        codes->value[j] = value;
        for (size_t i = 0; i < n; i++) {
            uint16_t code = code_of(value, levels, VG_AT(x, i, j));
            codes->by_column[i + j * n] = code;
            codes->by_row[j + i * p] = code;
        }
    }
    return VG_OK;
}

void vg_forest_code_rows(const ForestCodes *training, VgMatrix x, size_t first, size_t rows,
                         uint16_t *by_row)
{
    size_t p = training->columns;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < rows; i++)
            by_row[j + i * p] =
                code_of(training->value[j], training->levels[j], VG_AT(x, first + i, j));
}
