#include "table/text_column.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { FEW_LEVELS = 20 }; /* so few distinct texts are a factor however short the table */

void vg_dictionary_count(const VgDictionary *dictionary, const int32_t *code, size_t n_rows,
                         size_t *count)
{
    memset(count, 0, dictionary->n * sizeof *count);
    for (size_t row = 0; row < n_rows; row++)
        if (code[row] >= 0)
            count[code[row]]++;
}

static int by_bytes(const void *a, const void *b)
{
    const VgDictionaryEntry *left = a, *right = b;
    size_t shorter = left->length < right->length ? left->length : right->length;
    int order = memcmp(left->text, right->text, shorter);
    return order ? order : (left->length > right->length) - (left->length < right->length);
}

/* Sorted levels. The entries' hash is no longer needed: it carries the old code through the sort. */
static bool make_factor(VgArena *arena, VgDictionary *dictionary, int32_t *code, size_t n_rows,
                        const size_t *count, VgColumn *column)
{
    VgDictionaryEntry *entry = dictionary->entry;
    int32_t *new_code = vg_malloc((dictionary->n + 1) * sizeof *new_code);
    if (!new_code)
        return false;
    size_t n = 0;
    for (size_t k = 0; k < dictionary->n; k++) {
        entry[n] = entry[k];
        entry[n].hash = (uint32_t)k;
        n += count[k] > 0;
    }
    if (n)
        qsort(entry, n, sizeof *entry, by_bytes);
    column->level = VG_NEW(arena, const char *, n);
    for (size_t k = 0; column->level && k < n; k++) {
        column->level[k] = entry[k].text;
        new_code[entry[k].hash] = (int32_t)k;
    }
    for (size_t row = 0; column->level && row < n_rows; row++)
        if (code[row] >= 0)
            code[row] = new_code[code[row]];
    vg_free(new_code);
    column->type = VG_COLUMN_FACTOR;
    column->code = code;
    column->n_levels = n;
    return column->level != NULL;
}

/* Codes become pointers in the same memory, from the last row down: a pointer is as wide as two codes. */
static void make_text(const VgDictionary *dictionary, int32_t *codes, size_t n_rows,
                      VgColumn *column)
{
    char *memory = (char *)codes;
    for (size_t row = n_rows; row-- > 0;) {
        int32_t code;
        memcpy(&code, memory + row * sizeof code, sizeof code);
        const char *text = code < 0 ? NULL : dictionary->entry[code].text;
        memcpy(memory + row * sizeof text, &text, sizeof text);
    }
    column->type = VG_COLUMN_TEXT;
    column->text = (const char **)(void *)memory;
}

VgStatus vg_text_column(VgArena *arena, VgDictionary *dictionary, int32_t *code, size_t n_rows,
                        bool as_text, VgColumn *column, VgError *error)
{
    size_t *count = vg_malloc((dictionary->n + 1) * sizeof *count);
    if (!count)
        return vg_fail_memory(error);
    vg_dictionary_count(dictionary, code, n_rows, count);
    size_t present = 0, used = 0;
    for (size_t k = 0; k < dictionary->n; k++) {
        present += count[k];
        used += count[k] > 0;
    }
    column->n_missing = n_rows - present;
    bool ok = true;
    if (as_text || (used > FEW_LEVELS && used > present / 2))
        make_text(dictionary, code, n_rows, column);
    else
        ok = make_factor(arena, dictionary, code, n_rows, count, column);
    vg_free(count);
    return ok ? VG_OK : vg_fail_memory(error);
}
