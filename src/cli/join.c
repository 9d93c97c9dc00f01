#include "cli/join.h"

#include <string.h>

#include "base/map.h"

VgStatus vg_cli_metadata(VgSession *session, VgResult *result, const char *id, VgTable **table,
                         const char **column, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    const char *named = vg_argument(arguments, id), *codes = vg_argument(arguments, "missing");
    VgTableOptions options = {
        .sheet = vg_argument(arguments, "sheet"), .as_text = &named, .n_as_text = named ? 1 : 0};
    if (codes && !(options.missing = vg_argument_list(session->arena, codes, &options.n_missing)))
        return vg_fail_memory(error);
    VG_TRY(vg_table_read(session->arena, vg_argument(arguments, "data"), &options, table, error));
    vg_result_input(result, (*table)->path, (*table)->sha256, (*table)->n_rows);
    *column = named ? named : (*table)->column[0].name;
    return VG_OK;
}

VgStatus vg_cli_sample_table(VgSession *session, VgResult *result, const char *option,
                             VgSampleTable *out, VgError *error)
{
    VgTableOptions options = {0};
    const char *codes = vg_argument(session->arguments, "missing");
    const char *what = strcmp(option, "outcomes") == 0 ? "outcomes" : "features";
    if (codes && !(options.missing = vg_argument_list(session->arena, codes, &options.n_missing)))
        return vg_fail_memory(error);
    VG_TRY(vg_table_read(session->arena, vg_argument(session->arguments, option), &options,
                         &out->table, error));
    const VgTable *table = out->table;
    vg_result_input(result, table->path, table->sha256, table->n_rows);
    if (table->n_columns < 2 || table->n_rows == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0, "no %s in the table",
                          "a row a sample, its name in the first column, then numbers", what);
    out->n = table->n_columns - 1;
    out->sample = VG_NEW(session->arena, const char *, table->n_rows);
    out->name = VG_NEW(session->arena, const char *, out->n);
    if (!out->sample || !out->name)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_rows; i++)
        if (!(out->sample[i] = vg_column_value_text(session->arena, &table->column[0], i)))
            return vg_arena_failed(session->arena)
                       ? vg_fail_memory(error)
                       : vg_fail_at(error, VG_INVALID_INPUT, table->path,
                                    table->line ? table->line[i] : 0, "a sample without a name",
                                    "name every sample in the first column");
    for (size_t f = 0; f < out->n; f++) {
        const VgColumn *column = &table->column[f + 1];
        out->name[f] = column->name;
        if (column->type != VG_COLUMN_NUMBER && column->n_missing < table->n_rows)
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                              "column %s does not hold numbers",
                              "all columns but the first are numbers", column->name);
    }
    return VG_OK;
}

VgStatus vg_cli_join(VgSession *session, VgResult *result, const char *const *sample,
                     size_t n_samples, const char *samples_path, const VgTable *table,
                     const char *id, const VgJoinWords *words, VgJoined *joined, VgError *error)
{
    const VgJoinWords said =
        words ? *words
              : (VgJoinWords){samples_path, table->path,
                              "give every sample a row, or leave the sample out"};
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
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                              "sample %s of %s has no row in column %s", said.hint, sample[i],
                              said.samples, id);
    if (left_out && said.rows)
        vg_result_warn(result, "%zu rows of %s have no sample in %s and are left out", left_out,
                       said.rows, said.samples);
    return VG_OK;
}
