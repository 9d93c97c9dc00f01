/* Cells in any order into compressed rows: one counting sort by sample; rows whose features do not ascend
 * already (they do wherever a file lists features in rows) are sorted on their own. */
#include "table/features/cells.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

VgStatus vg_cells_put(VgCells *cells, size_t sample, size_t feature, double value, VgError *error)
{
    if (value == 0)
        return VG_OK;
    void *grown = cells->cell;
    if (sample > INT32_MAX || feature > INT32_MAX ||
        !vg_grow(&grown, &cells->capacity, cells->n + 1, sizeof *cells->cell))
        return vg_fail_memory(error);
    cells->cell = grown;
    cells->cell[cells->n++] = (VgCell){(uint32_t)sample, (uint32_t)feature, value};
    return VG_OK;
}

static int compare_cells(const void *a, const void *b)
{
    uint32_t x = ((const VgCell *)a)->feature, y = ((const VgCell *)b)->feature;
    return (x > y) - (x < y);
}

/* Ascending features within one sample; false when one occurs twice (then in *feature). */
static bool sort_row(VgAbundances *amount, size_t begin, size_t end, VgCell *scratch,
                     size_t *feature)
{
    bool ascending = true;
    for (size_t k = begin + 1; k < end; k++)
        ascending = ascending && amount->feature[k - 1] < amount->feature[k];
    if (ascending)
        return true;
    for (size_t k = begin; k < end; k++)
        scratch[k - begin] = (VgCell){0, amount->feature[k], amount->value[k]};
    qsort(scratch, end - begin, sizeof *scratch, compare_cells);
    for (size_t k = begin; k < end; k++) {
        amount->feature[k] = scratch[k - begin].feature;
        amount->value[k] = scratch[k - begin].value;
        if (k > begin && amount->feature[k] == amount->feature[k - 1]) {
            *feature = amount->feature[k];
            return false;
        }
    }
    return true;
}

VgStatus vg_cells_finish(VgCells *cells, VgArena *arena, size_t n_samples, VgAbundances *amount,
                         size_t twice[2], VgError *error)
{
    size_t n = cells->n;
    size_t *start = VG_NEW(arena, size_t, n_samples + 2);
    amount->feature = vg_arena_alloc_raw(arena, n, sizeof *amount->feature);
    amount->value = vg_arena_alloc_raw(arena, n, sizeof *amount->value);
    amount->start = start;
    if (!start || !amount->feature || !amount->value)
        return vg_fail_memory(error);
    /* start[i + 2] counts, then start[i + 1] is where sample i is filled, and in the end where it ends */
    for (size_t k = 0; k < n; k++)
        start[cells->cell[k].sample + 2]++;
    for (size_t i = 2; i < n_samples + 2; i++)
        start[i] += start[i - 1];
    for (size_t k = 0; k < n; k++) {
        size_t at = start[cells->cell[k].sample + 1]++;
        amount->feature[at] = cells->cell[k].feature;
        amount->value[at] = cells->cell[k].value;
    }
    /* the cells are spent: their memory serves to sort rows */
    for (size_t i = 0; i < n_samples; i++)
        if (!sort_row(amount, start[i], start[i + 1], cells->cell, &twice[1])) {
            twice[0] = i;
            return VG_INVALID_INPUT;
        }
    vg_cells_free(cells);
    return VG_OK;
}

void vg_cells_free(VgCells *cells)
{
    vg_free(cells->cell);
    *cells = (VgCells){0};
}

VgStatus vg_names_add(VgNames *names, VgArena *arena, const char *text, size_t length, size_t line,
                      size_t *index, bool *is_new, VgError *error)
{
    names->pool.arena = arena;
    size_t before = names->dictionary.n;
    int32_t found = vg_dictionary_add(&names->dictionary, &names->pool, text, length);
    if (found < 0)
        return vg_fail_memory(error);
    *index = (size_t)found;
    bool added = names->dictionary.n > before;
    if (is_new)
        *is_new = added;
    if (added) {
        void *grown = names->line;
        if (!vg_grow(&grown, &names->capacity, names->dictionary.n, sizeof *names->line))
            return vg_fail_memory(error);
        names->line = grown;
        names->line[found] = (uint32_t)line;
    }
    return VG_OK;
}

VgStatus vg_names_take(const VgNames *names, VgArena *arena, const char ***text, uint32_t **line,
                       VgError *error)
{
    size_t n = names->dictionary.n;
    *text = VG_NEW(arena, const char *, n);
    if (line)
        *line = VG_NEW(arena, uint32_t, n);
    if (!*text || (line && !*line))
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        (*text)[i] = names->dictionary.entry[i].text;
        if (line)
            (*line)[i] = names->line[i];
    }
    return VG_OK;
}

void vg_names_free(VgNames *names)
{
    vg_dictionary_free(&names->dictionary);
    vg_free(names->line);
    names->line = NULL;
}
