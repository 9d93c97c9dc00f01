/* A column of dictionary codes as factor or text. */
#ifndef VG_TABLE_TEXT_COLUMN_H
#define VG_TABLE_TEXT_COLUMN_H

#include <vagus/table.h>

#include "table/dictionary.h"

/* Rows per entry; `count` has dictionary->n places. */
void vg_dictionary_count(const VgDictionary *dictionary, const int32_t *code, size_t n_rows,
                         size_t *count);

/* Fills type, code and level, or text; and n_missing. `code` stands in memory of the arena with room for
 * n_rows pointers, which the column takes over. A factor: at most 20 distinct texts, or at most half as many
 * as values; unless `as_text`. Spoils the dictionary's order. */
VG_MUST_CHECK VgStatus vg_text_column(VgArena *arena, VgDictionary *dictionary, int32_t *code,
                                      size_t n_rows, bool as_text, VgColumn *column,
                                      VgError *error);

#endif
