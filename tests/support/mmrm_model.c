#include "support/mmrm_model.h"

#include <math.h>

static int32_t *codes_of(MmrmModel *model, const char *name, size_t *n_levels,
                         const char *const **labels)
{
    VgError error = {0};
    int32_t *codes = NULL;
    const char **level = NULL;
    size_t n = 0;
    const VgColumn *column = vg_table_column(model->table, name);
    assert_non_null(column);
    WITNESS_OK(vg_column_as_factor(model->arena, model->table, column, NULL, 0, NULL, &codes,
                                   &level, &n, &error),
               &error);
    /* Only levels among the used rows count: renumber in order. */
    int32_t *fresh = VG_NEW(model->arena, int32_t, n);
    const char **kept = VG_NEW(model->arena, const char *, n);
    int32_t *out = VG_NEW(model->arena, int32_t, model->design->n_rows);
    size_t used = 0;
    for (size_t i = 0; i < model->design->n_rows; i++)
        fresh[codes[model->design->row[i]]] = 1;
    for (size_t l = 0; l < n; l++)
        if (fresh[l]) {
            kept[used] = level[l];
            fresh[l] = (int32_t)used++;
        }
    for (size_t i = 0; i < model->design->n_rows; i++)
        out[i] = fresh[codes[model->design->row[i]]];
    *n_levels = used;
    *labels = (const char *const *)kept;
    return out;
}

void mmrm_model(MmrmModel *model, VgArena *arena, const MmrmSpec *spec)
{
    VgError error = {0};
    VgFormula *formula = NULL;
    *model = (MmrmModel){.arena = arena};
    WITNESS_OK(vg_table_read(arena, spec->path, &(VgTableOptions){0}, &model->table, &error),
               &error);
    WITNESS_OK(vg_formula_parse(arena, spec->formula, &formula, &error), &error);
    const char *const as_factor[] = {spec->visit};
    const char *const reference[] = {spec->reference};
    const VgLevelOrder order[] = {{spec->arm, reference, 1}};
    const char *const required[] = {spec->weights};
    VgDesignOptions options = {.as_factor = as_factor,
                               .n_as_factor = 1,
                               .order = order,
                               .n_orders = spec->reference ? 1 : 0,
                               .required = required,
                               .n_required = spec->weights ? 1 : 0};
    WITNESS_OK(vg_design_build(arena, model->table, formula, &options, &model->design, &error),
               &error);
    const VgDesign *design = model->design;
    VgMmrmData *data = &model->data;
    *data = (VgMmrmData){.n_rows = design->n_rows,
                         .x = design->x_full_rank,
                         .y = design->y,
                         .offset = design->offset};
    data->subject = codes_of(model, spec->subject, &data->n_subjects, &data->subject_label);
    data->visit = codes_of(model, spec->visit, &data->n_visits, &data->visit_label);
    if (spec->group)
        data->group = codes_of(model, spec->group, &data->n_groups, &data->group_label);
    if (spec->weights) {
        const VgColumn *column = vg_table_column(model->table, spec->weights);
        double *weights = VG_NEW(arena, double, design->n_rows);
        for (size_t i = 0; i < design->n_rows; i++)
            weights[i] = column->number[design->row[i]];
        data->weights = weights;
    }
    const char **label = VG_NEW(arena, const char *, design->rank);
    for (size_t j = 0; j < design->rank; j++)
        label[j] = design->name[design->independent[j]];
    data->coefficient_label = (const char *const *)label;
}

size_t mmrm_coefficient(const MmrmModel *model, const char *name)
{
    for (size_t j = 0; j < model->data.x.cols; j++)
        if (strcmp(model->data.coefficient_label[j], name) == 0)
            return j;
    fail_msg("no coefficient %s", name);
    return 0;
}
