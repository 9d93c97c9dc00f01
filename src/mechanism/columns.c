#include "mechanism/columns.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

VgStatus vg_columns_begin(VgArena *arena, const VgStudy *study, VgColumns *columns, VgError *error)
{
    *columns = (VgColumns){.arena = arena, .study = study};
    columns->table.path = study->participants->path;
    columns->table.line = study->participants->line;
    columns->table.n_rows = study->n_participants;
    columns->capacity = 16;
    columns->table.column = VG_NEW(arena, VgColumn, columns->capacity);
    return columns->table.column ? VG_OK : vg_fail_memory(error);
}

void vg_columns_end(VgColumns *columns)
{
    vg_buffer_free(&columns->terms);
}

static bool grow(VgColumns *columns)
{
    VgTable *table = &columns->table;
    if (table->n_columns < columns->capacity)
        return true;
    VgColumn *more = VG_NEW(columns->arena, VgColumn, 2 * columns->capacity);
    if (!more)
        return false;
    memcpy(more, table->column, table->n_columns * sizeof *more);
    table->column = more;
    columns->capacity *= 2;
    return true;
}

static void add_term(VgColumns *columns, const char *name)
{
    vg_buffer_printf(&columns->terms, "%s`%s`", columns->terms.length ? " + " : "", name);
}

const char *vg_columns_number(VgColumns *columns, const char *name, double *value)
{
    VgTable *table = &columns->table;
    const char *own = name;
    for (size_t i = 2; own && vg_table_column(table, own); i++)
        own = vg_arena_printf(columns->arena, "%s (%zu)", name, i);
    if (!own || !grow(columns))
        return NULL;
    VgColumn *column = &table->column[table->n_columns++];
    *column = (VgColumn){.name = own, .type = VG_COLUMN_NUMBER, .number = value};
    for (size_t i = 0; i < table->n_rows; i++)
        column->n_missing += isnan(value[i]) ? 1 : 0;
    return own;
}

const char *vg_columns_term(VgColumns *columns, const char *name, double *value)
{
    const char *own = vg_columns_number(columns, name, value);
    if (own)
        add_term(columns, own);
    return own;
}

static bool is_constant(VgArena *arena, const VgColumn *column, size_t n, const bool *keep)
{
    VgArenaMark mark = vg_arena_mark(arena);
    const char *first = NULL;
    bool constant = true;
    for (size_t i = 0; constant && i < n; i++) {
        const char *text = keep[i] ? vg_column_value_text(arena, column, i) : NULL;
        if (text && !first)
            first = text;
        else if (text)
            constant = strcmp(text, first) == 0;
    }
    vg_arena_rewind(arena, mark);
    return constant;
}

VgStatus vg_columns_participants(VgColumns *columns, const char *name, const bool *keep,
                                 VgError *error)
{
    const VgColumn *column;
    if (vg_table_column(&columns->table, name))
        return VG_OK;
    VG_TRY(vg_table_require(columns->study->participants, name, &column, error));
    if (is_constant(columns->arena, column, columns->table.n_rows, keep))
        return VG_OK;
    if (!grow(columns))
        return vg_fail_memory(error);
    columns->table.column[columns->table.n_columns++] = *column;
    add_term(columns, name);
    return VG_OK;
}

VgStatus vg_columns_design(VgColumns *columns, const char *response, const char *const *required,
                           size_t n_required, const bool *keep, VgDesign **design, VgError *error)
{
    VgFormula *formula;
    VG_TRY(vg_buffer_status(&columns->terms, error));
    const char *right = columns->terms.text ? columns->terms.text : "1";
    const char *text = response ? vg_arena_printf(columns->arena, "`%s` ~ %s", response, right)
                                : vg_arena_printf(columns->arena, "~ %s", right);
    if (!text)
        return vg_fail_memory(error);
    VG_TRY(vg_formula_parse(columns->arena, text, &formula, error));
    VgDesignOptions options = {.required = required,
                               .n_required = n_required,
                               .keep = keep,
                               .as_factor = columns->study->stratum, /* sites by number too */
                               .n_as_factor = columns->study->n_strata};
    return vg_design_build(columns->arena, &columns->table, formula, &options, design, error);
}

const char *vg_columns_bare(VgArena *arena, const char *name)
{
    char *bare = vg_arena_strndup(arena, name, strlen(name));
    size_t n = 0;
    for (size_t i = 0; bare && bare[i]; i++)
        if (bare[i] != '`')
            bare[n++] = bare[i];
    if (bare)
        bare[n] = 0;
    return bare;
}

size_t vg_columns_find(const VgDesign *design, const char *name)
{
    size_t length = strlen(name);
    for (size_t j = 0; j < design->p; j++) {
        const char *own = design->name[j];
        bool quoted = own[0] == '`';
        if (strncmp(own + quoted, name, length) == 0 &&
            strcmp(own + quoted + length, quoted ? "`" : "") == 0)
            return j;
    }
    return SIZE_MAX;
}
