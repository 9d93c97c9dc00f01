/* Bar terms of a formula into random effects and groups. */
#include <vagus/lmm_table.h>

#include <string.h>

/* "site/id" as columns by depth: site, then site and id. */
typedef struct Grouping {
    const char **column; /* all columns, outermost first */
    size_t n_columns;
    size_t *depth; /* per level of nesting: how many of the columns it takes */
    size_t n_depths;
} Grouping;

/* What stands at `text` without blanks and backquotes around it. */
static const char *trimmed(VgArena *arena, const char *text, size_t length)
{
    while (length && (*text == ' ' || *text == '`')) {
        text++;
        length--;
    }
    while (length && (text[length - 1] == ' ' || text[length - 1] == '`'))
        length--;
    return vg_arena_strndup(arena, text, length);
}

static VgStatus read_grouping(VgArena *arena, const VgBarTerm *bar, Grouping *grouping,
                              VgError *error)
{
    size_t most = strlen(bar->group) + 1;
    grouping->column = VG_NEW(arena, const char *, most);
    grouping->depth = VG_NEW(arena, size_t, most);
    if (!grouping->column || !grouping->depth)
        return vg_fail_memory(error);
    bool quoted = false;
    const char *start = bar->group;
    for (const char *at = bar->group;; at++) {
        quoted ^= *at == '`';
        if (*at && (quoted || !strchr("/:", *at)))
            continue;
        if (!(grouping->column[grouping->n_columns++] =
                  trimmed(arena, start, (size_t)(at - start))))
            return vg_fail_memory(error);
        if (*at != ':')
            grouping->depth[grouping->n_depths++] = grouping->n_columns;
        if (!*at)
            break;
        start = at + 1;
    }
    for (size_t i = 0; i < grouping->n_columns; i++)
        if (!*grouping->column[i] || strpbrk(grouping->column[i], "()+*^-"))
            return vg_fail(error, VG_INVALID_INPUT, "cannot read the grouping %s",
                           "write (1 | id), (1 | site/id) or (1 | site:id)", bar->group);
    return VG_OK;
}

/* The rows that the left side of a bar can use, and its design on them. */
static VgStatus left_design(VgArena *arena, const VgTable *table, const VgBarTerm *bar,
                            const VgDesignOptions *options, bool *keep, VgDesign **design,
                            VgError *error)
{
    const char *text = vg_arena_printf(arena, "~ %s", bar->left);
    if (!text)
        return vg_fail_memory(error);
    VgFormula *formula;
    VG_TRY(vg_formula_parse(arena, text, &formula, error));
    VgDesignOptions with = *options;
    with.keep = keep;
    with.required = NULL;
    with.n_required = 0;
    with.allow_missing_response = with.binary_response = false;
    VG_TRY(vg_design_build(arena, table, formula, &with, design, error));
    memset(keep, 0, table->n_rows * sizeof *keep);
    for (size_t i = 0; i < (*design)->n_rows; i++)
        keep[(*design)->row[i]] = true;
    if ((*design)->rank < (*design)->p || (*design)->p == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "the random effects (%s) are linear combinations of each other",
                          "leave out what says the same twice", bar->text);
    return VG_OK;
}

/* Codes of the combinations of `n` columns over the design's rows, in order of the columns' levels. */
static VgStatus code_groups(VgArena *arena, const VgTable *table, const VgDesign *design,
                            const bool *used, const char *const *column, size_t n, int32_t *code,
                            const char ***level, size_t *n_groups, VgError *error)
{
    size_t rows = design->n_rows;
    const char **name = NULL;
    size_t groups = 1;
    memset(code, 0, rows * sizeof *code);
    for (size_t k = 0; k < n; k++) {
        const VgColumn *found;
        int32_t *of_row;
        const char **levels;
        size_t n_levels;
        VG_TRY(vg_table_require(table, column[k], &found, error));
        VG_TRY(vg_column_as_factor(arena, table, found, NULL, 0, used, &of_row, &levels, &n_levels,
                                   error));
        size_t cells = groups * n_levels;
        if (n_levels && cells / n_levels != groups)
            return vg_fail_memory(error);
        int32_t *fresh = VG_NEW(arena, int32_t, cells);
        if (!fresh)
            return vg_fail_memory(error);
        for (size_t i = 0; i < rows; i++)
            fresh[(size_t)code[i] * n_levels + (size_t)of_row[design->row[i]]] = 1;
        const char **names = VG_NEW(arena, const char *, rows + 1);
        size_t count = 0;
        if (!names)
            return vg_fail_memory(error);
        for (size_t c = 0; c < cells; c++) {
            if (!fresh[c])
                continue;
            names[count] =
                name ? vg_arena_printf(arena, "%s:%s", name[c / n_levels], levels[c % n_levels])
                     : levels[c % n_levels];
            if (!names[count])
                return vg_fail_memory(error);
            fresh[c] = (int32_t)count++;
        }
        for (size_t i = 0; i < rows; i++)
            code[i] = fresh[(size_t)code[i] * n_levels + (size_t)of_row[design->row[i]]];
        name = names;
        groups = count;
    }
    *level = name;
    *n_groups = groups;
    return VG_OK;
}

static VgStatus add_terms(VgArena *arena, VgLmmTable *made, const bool *used,
                          const Grouping *grouping, const VgDesign *left, VgError *error)
{
    for (size_t d = 0; d < grouping->n_depths; d++) {
        VgLmmTerm *term = &made->term[made->data.n_terms];
        int32_t *code = VG_NEW(arena, int32_t, made->design->n_rows);
        if (!code)
            return vg_fail_memory(error);
        size_t n = grouping->depth[d];
        VG_TRY(code_groups(arena, made->table, made->design, used, grouping->column, n, code,
                           &made->level[made->data.n_terms], &term->n_groups, error));
        const char *name = grouping->column[0];
        for (size_t k = 1; name && k < n; k++)
            name = vg_arena_printf(arena, "%s:%s", name, grouping->column[k]);
        if (!name)
            return vg_fail_memory(error);
        term->z = left->x;
        term->group = code;
        term->name = name;
        term->effect = left->name;
        made->data.n_terms++;
    }
    return VG_OK;
}

VgStatus vg_lmm_table(VgArena *arena, const VgTable *table, const VgFormula *formula,
                      const VgDesignOptions *options, VgLmmTable **out, VgError *error)
{
    static const VgDesignOptions DEFAULTS;
    VgDesignOptions with = options ? *options : DEFAULTS;
    VgLmmTable *made = VG_NEW(arena, VgLmmTable, 1);
    bool *keep = VG_NEW(arena, bool, table->n_rows);
    Grouping *grouping = VG_NEW(arena, Grouping, formula->n_bars + 1);
    if (!made || !keep || !grouping)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_rows; i++)
        keep[i] = !with.keep || with.keep[i];
    size_t n_required = with.n_required, n_terms = 0;
    for (size_t b = 0; b < formula->n_bars; b++) {
        VgDesign *left;
        VG_TRY(read_grouping(arena, &formula->bar[b], &grouping[b], error));
        VG_TRY(left_design(arena, table, &formula->bar[b], &with, keep, &left, error));
        n_required += grouping[b].n_columns;
        n_terms += grouping[b].n_depths;
    }
    const char **required = VG_NEW(arena, const char *, n_required + 1);
    made->term = VG_NEW(arena, VgLmmTerm, n_terms + 1);
    made->level = VG_NEW(arena, const char **, n_terms + 1);
    if (!required || !made->term || !made->level)
        return vg_fail_memory(error);
    size_t n = 0;
    for (; n < with.n_required; n++)
        required[n] = with.required[n];
    for (size_t b = 0; b < formula->n_bars; b++)
        for (size_t k = 0; k < grouping[b].n_columns; k++)
            required[n++] = grouping[b].column[k];
    with.required = required;
    with.n_required = n_required;
    with.keep = keep;
    made->table = table;
    VG_TRY(vg_design_build(arena, table, formula, &with, &made->design, error));
    memset(keep, 0, table->n_rows * sizeof *keep);
    for (size_t i = 0; i < made->design->n_rows; i++)
        keep[made->design->row[i]] = true;
    made->coefficient = VG_NEW(arena, const char *, made->design->rank + 1);
    if (!made->coefficient)
        return vg_fail_memory(error);
    for (size_t j = 0; j < made->design->rank; j++)
        made->coefficient[j] = made->design->name[made->design->independent[j]];
    made->data = (VgLmmData){.n_rows = made->design->n_rows,
                             .x = made->design->x_full_rank,
                             .y = made->design->y,
                             .offset = made->design->offset,
                             .term = made->term,
                             .coefficient_label = made->coefficient};
    for (size_t b = 0; b < formula->n_bars; b++) {
        VgDesign *left;
        VG_TRY(left_design(arena, table, &formula->bar[b], &with, keep, &left, error));
        VG_TRY(add_terms(arena, made, keep, &grouping[b], left, error));
    }
    *out = made;
    return VG_OK;
}
