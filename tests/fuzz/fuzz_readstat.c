/* Any bytes as SAS, SPSS or Stata file; the first byte chooses the format. */
#include <stdint.h>
#include <stdlib.h>

#include "table/formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const VgTableOptions options = {0};
    if (size < 2)
        return 0;
    VgStatisticsFormat format = (VgStatisticsFormat)(data[0] % 5);
    VgArena *arena = vg_arena_create();
    VgSource source;
    VgTable *table = NULL;
    VgError error = {0};
    if (vg_source_copy((const char *)data + 1, size - 1, &source, &error) != VG_OK)
        abort();
    VgStatus status = vg_statistics_read(arena, "t", format, &source, &options, &table, &error);
    if (status == VG_OK) {
        for (size_t i = 0; i < table->n_columns; i++)
            for (size_t row = 0; row < table->n_rows; row++)
                if (!vg_column_is_missing(&table->column[i], row) &&
                    !vg_column_value_text(arena, &table->column[i], row))
                    abort();
    } else if (!*error.message) {
        abort();
    }
    vg_source_close(&source);
    vg_arena_destroy(arena);
    return 0;
}
