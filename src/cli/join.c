#include "cli/join.h"

#include <string.h>

#include "base/map.h"

VgStatus vg_cli_join(VgSession *session, VgResult *result, const char *const *sample,
                     size_t n_samples, const char *samples_path, const VgTable *table,
                     const char *id, VgJoined *joined, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, id, &column, error));
    VgMap *map = vg_map_create(session->arena);
    size_t *row = VG_NEW(session->arena, size_t, n_samples + 1), left_out = 0;
    joined->at = VG_NEW(session->arena, size_t, table->n_rows + 1);
    joined->keep = VG_NEW(session->arena, bool, table->n_rows + 1);
    if (!map || !row || !joined->at || !joined->keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n_samples; i++) {
        int64_t at = vg_map_add(map, sample[i], strlen(sample[i]));
        if (at < 0)
            return vg_fail_memory(error);
        if ((size_t)at != i)
            return vg_fail_at(error, VG_INVALID_INPUT, samples_path, 0,
                              "sample %s for the second time", "one row or column per sample",
                              sample[i]);
    }
    for (size_t r = 0; r < table->n_rows; r++) {
        const char *name = vg_column_value_text(session->arena, column, r);
        int64_t at = name ? vg_map_find(map, name, strlen(name)) : -1;
        left_out += at < 0;
        if (at < 0)
            continue;
        if (row[at])
            return vg_fail_at(error, VG_INVALID_INPUT, table->path,
                              table->line ? table->line[r] : 0, "sample %s for the second time",
                              "one row of metadata per sample", name);
        row[at] = r + 1;
        joined->at[r] = (size_t)at;
        joined->keep[r] = true;
    }
    for (size_t i = 0; i < n_samples; i++)
        if (!row[i])
            return vg_fail_at(
                error, VG_INVALID_INPUT, table->path, 0, "sample %s of %s has no row in column %s",
                "give every sample a row, or leave the sample out", sample[i], samples_path, id);
    if (left_out)
        vg_result_warn(result, "%zu rows of %s have no sample in %s and are left out", left_out,
                       table->path, samples_path);
    return VG_OK;
}
