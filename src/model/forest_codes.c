/* Columns as ranks. A split asks only for order, so a value is kept as the number of its distinct value: two bytes, exact up to
 * 65,534 distinct values; beyond that neighbouring values share a code, of equal numbers of values. */
#include "model/forest_internal.h"

#include <math.h>
#include <string.h>

enum { RUN = 12, TILE = 32 };

typedef struct Known {
    double value;
    uint32_t row;
} Known;

/* Sorts by value, with room for as many in `work`: runs by insertion, then merged. (qsort's calls take four times as long.) */
static void sort_known(Known *item, Known *work, size_t n)
{
    for (size_t begin = 0; begin < n; begin += RUN) {
        size_t end = begin + RUN < n ? begin + RUN : n;
        for (size_t i = begin + 1; i < end; i++) {
            Known held = item[i];
            size_t at = i;
            for (; at > begin && item[at - 1].value > held.value; at--)
                item[at] = item[at - 1];
            item[at] = held;
        }
    }
    for (size_t width = RUN; width < n; width *= 2) {
        for (size_t begin = 0; begin + width < n; begin += 2 * width) {
            size_t middle = begin + width, end = middle + width < n ? middle + width : n;
            memcpy(work, item + begin, width * sizeof *work);
            for (size_t left = 0, right = middle, to = begin; left < width; to++)
                item[to] = right < end && item[right].value < work[left].value ? item[right++]
                                                                               : work[left++];
        }
    }
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

/* Codes of one column from its sorted known values; the largest value of each code into `value`; how many. */
static size_t code_column(const Known *sorted, size_t known, double *value, uint16_t *code)
{
    size_t distinct = 0;
    for (size_t i = 0; i < known; i++)
        distinct += i == 0 || sorted[i].value > sorted[i - 1].value;
    size_t levels = distinct < FOREST_MAX_LEVELS ? distinct : FOREST_MAX_LEVELS;
    size_t number = 0; /* of the distinct value, from 1 */
    for (size_t i = 0; i < known; i++) {
        number += i == 0 || sorted[i].value > sorted[i - 1].value;
        /* ⌈number · levels/distinct⌉: the number itself unless values share codes */
        size_t c = (number * levels + distinct - 1) / distinct;
        code[sorted[i].row] = (uint16_t)c;
        value[c - 1] = sorted[i].value;
    }
    return levels;
}

/* by_row from by_column, in tiles that stay in the cache. */
static void transpose(ForestCodes *codes)
{
    size_t n = codes->rows, p = codes->columns;
    for (size_t i0 = 0; i0 < n; i0 += TILE)
        for (size_t j0 = 0; j0 < p; j0 += TILE)
            for (size_t i = i0; i < n && i < i0 + TILE; i++)
                for (size_t j = j0; j < p && j < j0 + TILE; j++)
                    codes->by_row[j + i * p] = codes->by_column[i + j * n];
}

VgStatus vg_forest_codes(VgArena *arena, VgMatrix x, ForestCodes *codes, VgError *error)
{
    size_t n = x.rows, p = x.cols;
    *codes = (ForestCodes){.rows = n, .columns = p};
    codes->by_row = vg_arena_alloc_raw(arena, n * p, sizeof(uint16_t));
    codes->by_column = vg_arena_alloc_raw(arena, n * p, sizeof(uint16_t));
    codes->levels = VG_NEW(arena, uint32_t, p);
    codes->value = VG_NEW(arena, double *, p);
    Known *sorted = vg_arena_alloc_raw(arena, 2 * n, sizeof *sorted);
    double *value = vg_arena_alloc_raw(arena, n, sizeof *value);
    if (!codes->by_row || !codes->by_column || !codes->levels || !codes->value || !sorted || !value)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        uint16_t *code = codes->by_column + j * n;
        size_t known = 0;
        for (size_t i = 0; i < n; i++) {
            code[i] = FOREST_MISSING;
            if (!isnan(VG_AT(x, i, j)))
                sorted[known++] = (Known){VG_AT(x, i, j), (uint32_t)i};
        }
        sort_known(sorted, sorted + n, known);
        size_t levels = code_column(sorted, known, value, code);
        codes->levels[j] = (uint32_t)levels;
        codes->value[j] = vg_arena_alloc_raw(arena, levels, sizeof *value);
        if (!codes->value[j])
            return vg_fail_memory(error);
        memcpy(codes->value[j], value, levels * sizeof *value);
    }
    transpose(codes);
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
