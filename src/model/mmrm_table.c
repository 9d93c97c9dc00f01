/* From a long table to the arrays of vg_mmrm_fit, with the checks that need the file's lines.
 * Source of the checks: METHODS 2.1, "E". */
#include <vagus/mmrm_table.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "model/mmrm_covariance.h"
#include "model/table_checks.h"

/* ---- columns ---- */

static VgStatus require_columns(const VgTable *table, const VgMmrmColumns *columns, VgError *error)
{
    const char *const name[] = {columns->id, columns->visit, columns->arm, columns->group,
                                columns->weights};
    const VgColumn *column;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (name[i])
            VG_TRY(vg_table_require(table, name[i], &column, error));
    if (columns->weights) {
        VG_TRY(vg_table_require(table, columns->weights, &column, error));
        if (column->type != VG_COLUMN_NUMBER)
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                              "the weights in column %s are not numbers",
                              "weights are numbers larger than 0", columns->weights);
    }
    return VG_OK;
}

/* The caller's options with visit, arm and group as factors, and every named column required. */
static VgStatus complete_options(VgArena *arena, const VgMmrmColumns *columns,
                                 const VgDesignOptions *options, VgDesignOptions *complete,
                                 VgError *error)
{
    enum { ADDED_FACTORS = 3, ADDED_REQUIRED = 5 };
    static const VgDesignOptions DEFAULTS;
    *complete = options ? *options : DEFAULTS;
    const char **factor = VG_NEW(arena, const char *, complete->n_as_factor + ADDED_FACTORS);
    const char **required = VG_NEW(arena, const char *, complete->n_required + ADDED_REQUIRED);
    if (!factor || !required)
        return vg_fail_memory(error);
    size_t n = 0;
    for (; n < complete->n_as_factor; n++)
        factor[n] = complete->as_factor[n];
    const char *const more_factors[] = {columns->visit, columns->arm, columns->group};
    for (size_t i = 0; i < ADDED_FACTORS; i++)
        if (more_factors[i])
            factor[n++] = more_factors[i];
    complete->as_factor = factor;
    complete->n_as_factor = n;
    for (n = 0; n < complete->n_required; n++)
        required[n] = complete->required[n];
    const char *const more[] = {columns->id, columns->visit, columns->arm, columns->group,
                                columns->weights};
    for (size_t i = 0; i < ADDED_REQUIRED; i++)
        if (more[i])
            required[n++] = more[i];
    complete->required = required;
    complete->n_required = n;
    return VG_OK;
}

/* A column's codes for the used rows, levels in the declared order. */
static VgStatus code_used_rows(VgArena *arena, const VgTable *table, const VgDesign *design,
                               const VgDesignOptions *options, const bool *used, const char *name,
                               int32_t **code, const char ***level, size_t *n_levels,
                               VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    const char *const *first = NULL;
    size_t n_first = 0;
    for (size_t i = 0; i < options->n_orders; i++) {
        if (strcmp(options->order[i].column, name) == 0) {
            first = options->order[i].level;
            n_first = options->order[i].n_levels;
        }
    }
    int32_t *all;
    VG_TRY(vg_column_as_factor(arena, table, column, first, n_first, used, &all, level, n_levels,
                               error));
    *code = VG_NEW(arena, int32_t, design->n_rows);
    if (!*code)
        return vg_fail_memory(error);
    for (size_t i = 0; i < design->n_rows; i++)
        (*code)[i] = all[design->row[i]];
    return VG_OK;
}

/* ---- checks of rows ---- */

static size_t line_of(const VgMmrmTable *made, size_t used_row)
{
    return made->table->line ? made->table->line[made->design->row[used_row]] : 0;
}

/* Every (participant, visit) at most once. */
static VgStatus check_unique_visits(VgArena *arena, const VgMmrmTable *made, VgError *error)
{
    const VgMmrmData *data = &made->data;
    size_t cells;
    if (!vg_size_product(data->n_subjects, data->n_visits, &cells))
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(arena);
    size_t *row_of_cell = VG_NEW(arena, size_t, cells); /* row + 1; 0 = none yet */
    if (!row_of_cell)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_rows; i++) {
        size_t cell = (size_t)data->subject[i] * data->n_visits + (size_t)data->visit[i];
        if (row_of_cell[cell])
            return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, line_of(made, i),
                              "%s %s has a second row at %s %s; the first is line %zu",
                              "keep one row for each participant and visit", made->columns.id,
                              made->subject[data->subject[i]], made->columns.visit,
                              made->visit[data->visit[i]], line_of(made, row_of_cell[cell] - 1));
        row_of_cell[cell] = i + 1;
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

/* A participant is in one arm, or one covariance group, throughout. */
static VgStatus check_constant(VgArena *arena, const VgMmrmTable *made, const char *column,
                               const int32_t *code, const char *const *level, VgError *error)
{
    const VgMmrmData *data = &made->data;
    VgArenaMark mark = vg_arena_mark(arena);
    size_t *first_row = VG_NEW(arena, size_t, data->n_subjects); /* row + 1 */
    if (!first_row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_rows; i++) {
        size_t *first = &first_row[data->subject[i]];
        if (*first == 0)
            *first = i + 1;
        if (code[i] != code[*first - 1])
            return vg_fail_at(
                error, VG_INVALID_INPUT, made->table->path, line_of(made, i),
                "%s %s is in %s %s here and in %s at line %zu",
                "a participant belongs to one of them throughout: correct the rows, or "
                "name another column",
                made->columns.id, made->subject[data->subject[i]], column, level[code[i]],
                level[code[*first - 1]], line_of(made, *first - 1));
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

static VgStatus check_outcome(const VgMmrmTable *made, VgError *error)
{
    const double *y = made->design->y;
    for (size_t i = 0; i < made->design->n_rows; i++)
        if (!isfinite(y[i]))
            return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, line_of(made, i),
                              "the outcome %s is not finite", "correct it, or leave it empty",
                              made->design->formula->response->name);
    return vg_check_outcome_varies(made->table, made->design, error);
}

static VgStatus check_arms(const VgMmrmTable *made, VgError *error)
{
    if (made->columns.arm && made->n_arms < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, 0,
                          "all rows with an outcome are in one arm, %s %s",
                          "a contrast needs two arms: is this the right column?", made->columns.arm,
                          made->n_arms ? made->arm[0] : "");
    for (size_t a = 0; made->columns.arm && a < made->n_arms; a++)
        for (size_t v = 0; v < made->data.n_visits; v++)
            if (made->count[a * made->data.n_visits + v] == 0)
                return vg_fail_at(
                    error, VG_INVALID_INPUT, made->table->path, 0, "no outcome at %s %s in %s %s",
                    "leave out that visit or that arm: what nobody has cannot be "
                    "estimated",
                    made->columns.visit, made->visit[v], made->columns.arm, made->arm[a]);
    return VG_OK;
}

/* ---- putting it together ---- */

static VgStatus take_weights(VgArena *arena, VgMmrmTable *made, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(made->table, made->columns.weights, &column, error));
    double *weights = VG_NEW(arena, double, made->design->n_rows);
    if (!weights)
        return vg_fail_memory(error);
    for (size_t i = 0; i < made->design->n_rows; i++) {
        weights[i] = column->number[made->design->row[i]];
        if (!(weights[i] > 0) || !isfinite(weights[i]))
            return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, line_of(made, i),
                              "weight %g in column %s", "weights are numbers larger than 0",
                              weights[i], made->columns.weights);
    }
    made->data.weights = weights;
    return VG_OK;
}

static VgStatus count_cells(VgArena *arena, VgMmrmTable *made, VgError *error)
{
    size_t n_arms = made->arm_of_row ? made->n_arms : 1, cells;
    if (!vg_size_product(n_arms, made->data.n_visits, &cells))
        return vg_fail_memory(error);
    made->count = VG_NEW(arena, size_t, cells);
    if (!made->count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < made->data.n_rows; i++) {
        size_t arm = made->arm_of_row ? (size_t)made->arm_of_row[i] : 0;
        made->count[arm * made->data.n_visits + (size_t)made->data.visit[i]]++;
    }
    return VG_OK;
}

/* Codes of participant, visit, arm and group for the used rows. */
static VgStatus code_parts(VgArena *arena, VgMmrmTable *made, const VgDesignOptions *options,
                           VgError *error)
{
    const VgTable *table = made->table;
    const VgDesign *design = made->design;
    VgMmrmData *data = &made->data;
    bool *used = VG_NEW(arena, bool, table->n_rows);
    if (!used)
        return vg_fail_memory(error);
    for (size_t i = 0; i < design->n_rows; i++)
        used[design->row[i]] = true;
    int32_t *code;
    VG_TRY(code_used_rows(arena, table, design, options, used, made->columns.id, &code,
                          &made->subject, &data->n_subjects, error));
    data->subject = code;
    VG_TRY(code_used_rows(arena, table, design, options, used, made->columns.visit, &code,
                          &made->visit, &data->n_visits, error));
    data->visit = code;
    if (made->columns.arm)
        VG_TRY(code_used_rows(arena, table, design, options, used, made->columns.arm,
                              &made->arm_of_row, &made->arm, &made->n_arms, error));
    data->n_groups = 1;
    if (made->columns.group) {
        VG_TRY(code_used_rows(arena, table, design, options, used, made->columns.group, &code,
                              &made->group, &data->n_groups, error));
        data->group = code;
    }
    return VG_OK;
}

static VgStatus name_coefficients(VgArena *arena, VgMmrmTable *made, VgError *error)
{
    const VgDesign *design = made->design;
    const char **name = VG_NEW(arena, const char *, design->rank);
    if (!name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < design->rank; j++)
        name[j] = design->name[design->independent[j]];
    made->data.coefficient_label = name;
    made->data.subject_label = made->subject;
    made->data.visit_label = made->visit;
    made->data.group_label = made->group;
    return VG_OK;
}

VgStatus vg_mmrm_table(VgArena *arena, const VgTable *table, const VgFormula *formula,
                       const VgMmrmColumns *columns, const VgDesignOptions *options,
                       VgMmrmTable **result, VgError *error)
{
    VgMmrmTable *made = VG_NEW(arena, VgMmrmTable, 1);
    if (!made)
        return vg_fail_memory(error);
    made->table = table;
    made->columns = *columns;
    if (!formula->response)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has no outcome",
                       "write outcome ~ terms", formula->text);
    VG_TRY(require_columns(table, columns, error));
    if (columns->arm)
        VG_TRY(vg_check_two_arms(arena, table, columns->arm, error));
    VgDesignOptions complete;
    VG_TRY(complete_options(arena, columns, options, &complete, error));
    VG_TRY(vg_design_build(arena, table, formula, &complete, &made->design, error));
    made->data.n_rows = made->design->n_rows;
    made->data.x = made->design->x_full_rank;
    made->data.y = made->design->y;
    made->data.offset = made->design->offset;
    VG_TRY(code_parts(arena, made, &complete, error));
    VG_TRY(name_coefficients(arena, made, error));
    VG_TRY(count_cells(arena, made, error));
    if (columns->weights)
        VG_TRY(take_weights(arena, made, error));
    VG_TRY(check_outcome(made, error));
    VG_TRY(check_unique_visits(arena, made, error));
    if (columns->arm)
        VG_TRY(check_constant(arena, made, columns->arm, made->arm_of_row, made->arm, error));
    if (columns->group)
        VG_TRY(check_constant(arena, made, columns->group, made->data.group, made->group, error));
    VG_TRY(check_arms(made, error));
    *result = made;
    return VG_OK;
}

/* ---- size ---- */

/* Participants in the smallest covariance group. */
static VgStatus smallest_group(const VgMmrmTable *made, size_t *least, VgError *error)
{
    const VgMmrmData *data = &made->data;
    *least = data->n_subjects;
    if (data->n_groups < 2)
        return VG_OK;
    VgArena *scratch = vg_arena_create();
    size_t *count = scratch ? VG_NEW(scratch, size_t, data->n_groups) : NULL;
    bool *seen = scratch ? VG_NEW(scratch, bool, data->n_subjects) : NULL;
    if (!count || !seen) {
        vg_arena_destroy(scratch);
        return vg_fail_memory(error);
    }
    for (size_t i = 0; i < data->n_rows; i++) {
        if (!seen[data->subject[i]])
            count[data->group[i]]++;
        seen[data->subject[i]] = true;
    }
    for (size_t g = 0; g < data->n_groups; g++)
        *least = count[g] < *least ? count[g] : *least;
    vg_arena_destroy(scratch);
    return VG_OK;
}

VgStatus vg_mmrm_table_check_size(const VgMmrmTable *made, const VgMmrmOptions *options,
                                  VgError *error)
{
    size_t n, m = made->data.n_visits;
    VG_TRY(smallest_group(made, &n, error));
    size_t needed = vg_covariance_parameters(options->covariance, m);
    if (needed < n)
        return VG_OK;
    for (size_t i = 0; i < options->n_fallback; i++)
        if (vg_covariance_parameters(options->fallback[i], m) < n)
            return VG_OK;
    /* from the richest that needs fewest assumptions downwards */
    static const VgCovariance SIMPLER[] = {VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS,
                                           VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS,
                                           VG_COVARIANCE_COMPOUND_SYMMETRY};
    const char *hint = "there are too few participants for any structure";
    for (size_t i = sizeof SIMPLER / sizeof *SIMPLER; i-- > 0;)
        if (vg_covariance_parameters(SIMPLER[i], m) < n)
            hint = i == 0   ? "use a structured covariance, such as toeph"
                   : i == 1 ? "use a structured covariance, such as csh"
                            : "use a structured covariance, such as cs";
    return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, 0,
                      "covariance %s has %zu parameters for %zu visits, but there are %zu "
                      "participants%s",
                      hint, vg_covariance_name(options->covariance), needed, m, n,
                      made->data.n_groups > 1 ? " in the smallest group" : "");
}

/* ---- the SD of effect sizes ---- */

/* Sums of squares within arms in two passes: means first. */
static VgStatus pooled_sd(VgArena *scratch, const VgMmrmTable *made, const VgColumn *column,
                          double *sd, double *sd_df, VgError *error)
{
    const VgMmrmData *data = &made->data;
    size_t n_arms = made->arm_of_row ? made->n_arms : 1, n = 0, arms = 0;
    double *mean = VG_NEW(scratch, double, n_arms);
    size_t *count = VG_NEW(scratch, size_t, n_arms);
    size_t *row_of_subject = VG_NEW(scratch, size_t, data->n_subjects); /* row + 1 */
    if (!mean || !count || !row_of_subject)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_rows; i++) {
        size_t s = (size_t)data->subject[i], row = made->design->row[i];
        if (isnan(column->number[row]))
            continue;
        if (!row_of_subject[s])
            row_of_subject[s] = i + 1;
        else if (column->number[row] != column->number[made->design->row[row_of_subject[s] - 1]])
            return vg_fail_at(error, VG_INVALID_INPUT, made->table->path,
                              made->table->line ? made->table->line[row] : 0,
                              "column %s changes within %s", "standardise by a baseline column",
                              column->name, made->subject[s]);
    }
    double squares = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t s = 0; s < data->n_subjects; s++) {
            if (!row_of_subject[s])
                continue;
            size_t row = row_of_subject[s] - 1;
            size_t arm = made->arm_of_row ? (size_t)made->arm_of_row[row] : 0;
            double value = column->number[made->design->row[row]];
            if (pass == 0) {
                mean[arm] += value;
                count[arm]++;
            } else {
                squares += (value - mean[arm]) * (value - mean[arm]);
            }
        }
        for (size_t a = 0; pass == 0 && a < n_arms; a++) {
            mean[a] /= (double)(count[a] ? count[a] : 1);
            n += count[a];
            arms += count[a] > 0;
        }
    }
    *sd_df = n > arms ? (double)(n - arms) : 0;
    *sd = *sd_df > 0 ? sqrt(squares / *sd_df) : 0;
    if (!(*sd > 0))
        return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, 0,
                          "column %s does not vary within arms",
                          "standardise by a baseline that varies", column->name);
    return VG_OK;
}

VgStatus vg_mmrm_table_baseline_sd(const VgMmrmTable *made, const char *name, double *sd,
                                   double *sd_df, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(made->table, name, &column, error));
    if (column->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, made->table->path, 0,
                          "column %s does not hold numbers",
                          "effect sizes are standardised by a numeric baseline", name);
    VgArena *scratch = vg_arena_create();
    if (!scratch)
        return vg_fail_memory(error);
    VgStatus status = pooled_sd(scratch, made, column, sd, sd_df, error);
    vg_arena_destroy(scratch);
    return status;
}
