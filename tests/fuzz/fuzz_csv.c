/* Any bytes as CSV: the reader reads or refuses them; what it read is consistent. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/table.h>

static void use_columns(VgArena *arena, const VgTable *table)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const VgColumn *column = &table->column[i];
        size_t missing = 0;
        for (size_t row = 0; row < table->n_rows; row++) {
            missing += vg_column_is_missing(column, row);
            if (!vg_column_is_missing(column, row) && !vg_column_value_text(arena, column, row))
                abort();
        }
        int32_t *code;
        const char **level;
        size_t n_levels;
        VgError error;
        if (missing != column->n_missing ||
            vg_column_as_factor(arena, table, column, NULL, 0, NULL, &code, &level, &n_levels,
                                &error) != VG_OK)
            abort();
        for (size_t row = 0; row < table->n_rows; row++)
            if ((code[row] < 0) != vg_column_is_missing(column, row) ||
                code[row] >= (int32_t)n_levels)
                abort();
    }
    for (size_t row = 1; row < table->n_rows; row++)
        if (table->line[row] <= table->line[row - 1])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const missing[] = {"-999", "x"};
    VgTableOptions options = {0};
    const char *name = "t.csv";
    if (size > 0) {
        options.strings_as_text = data[0] & 1;
        options.n_missing = data[0] & 2 ? 2 : 0;
        options.missing = missing;
        name = data[0] & 4 ? "t.tsv" : "t.csv";
        data++, size--;
    }
    VgArena *arena = vg_arena_create();
    VgTable *table = NULL;
    VgError error = {0};
    VgStatus status =
        vg_table_read_csv_bytes(arena, name, (const char *)data, size, &options, &table, &error);
    if (status == VG_OK)
        use_columns(arena, table);
    else if (status != VG_INVALID_INPUT || !*error.message || !*error.hint)
        abort();
    vg_arena_destroy(arena);
    return 0;
}
