#include "model/table_checks.h"

VgStatus vg_check_outcome_varies(const VgTable *table, const VgDesign *design, VgError *error)
{
    bool constant = true;
    for (size_t i = 0; i < design->n_rows; i++)
        constant = constant && design->y[i] == design->y[0];
    if (constant)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "the outcome %s is %g in every row",
                          "a model needs an outcome that varies: is this the right column?",
                          design->formula->response->name, design->y[0]);
    return VG_OK;
}

VgStatus vg_check_two_arms(VgArena *arena, const VgTable *table, const char *arm, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, arm, &column, error));
    int32_t *code;
    const char **level;
    size_t n_levels;
    VgArenaMark mark = vg_arena_mark(arena);
    VG_TRY(
        vg_column_as_factor(arena, table, column, NULL, 0, NULL, &code, &level, &n_levels, error));
    if (n_levels < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0, "column %s has one arm only: %s",
                          "a contrast needs two arms: is this the right column?", arm,
                          n_levels ? level[0] : "none");
    vg_arena_rewind(arena, mark);
    return VG_OK;
}
