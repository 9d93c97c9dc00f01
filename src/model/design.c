/* From a table and a formula to X, y and the rows they come from.
 *
 * Steps: find the columns; mark the complete rows; code factors and evaluate functions on them; lay
 * out and fill X; find its rank. The rank is R's (pivoted QR, tolerance 1e-7). Since a QR of a tall
 * X costs more than all the rest, a Cholesky factor of X'X (columns scaled to length 1) is tried
 * first: when its smallest pivot exceeds 1e-8, every column keeps more than 1e-4 of its length and
 * QR could only say "full rank". Source: R's model.frame, model.matrix, lm. */
#include <vagus/design.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/design_layout.h"
#include "model/expression.h"
#include "numeric/linear_algebra.h"

typedef struct Builder {
    VgArena *arena;
    const VgTable *table;
    const VgFormula *formula;
    const VgDesignOptions *options;
    VgDesign *design;
    VgDesignLayout *layout;
    bool *complete;   /* per table row */
    double **numeric; /* per variable: its values in all table rows */
    VgError *error;
} Builder;

static bool row_kept(const Builder *builder, size_t row)
{
    return !builder->options->keep || builder->options->keep[row];
}

/* --- columns
 * --------------------------------------------------------------------------------------- */

/* The first value that is no number, for the message; else the first value. */
static size_t offending_row(const Builder *builder, const VgColumn *column)
{
    size_t first = builder->table->n_rows;
    for (size_t row = 0; row < builder->table->n_rows; row++) {
        if (vg_column_is_missing(column, row) || !row_kept(builder, row))
            continue;
        const char *text =
            column->type == VG_COLUMN_FACTOR ? column->level[column->code[row]] : column->text[row];
        if (first == builder->table->n_rows)
            first = row;
        char *end;
        (void)strtod(text, &end);
        if (end == text || *end)
            return row;
    }
    return first;
}

static VgStatus fail_text(const Builder *builder, const VgColumn *column)
{
    size_t row = offending_row(builder, column);
    if (row == builder->table->n_rows)
        return vg_fail_at(builder->error, VG_INVALID_INPUT, builder->table->path, 0,
                          "column '%.80s' has no values", "fill the column or leave it out",
                          column->name);
    const VgVariable *response = builder->formula->response;
    bool outcome = response && response->name && strcmp(response->name, column->name) == 0;
    return vg_fail_at(builder->error, VG_INVALID_INPUT, builder->table->path,
                      builder->table->line ? builder->table->line[row] : 0,
                      "column '%.80s' must hold numbers, here stands '%.60s'",
                      outcome ? "correct the value; code a yes/no outcome as 1 and 0"
                              : "correct the value, or use the column as a factor",
                      column->name, vg_column_value_text(builder->arena, column, row));
}

static VgStatus require_number(const Builder *builder, const char *name, const VgColumn **column)
{
    VG_TRY(vg_table_require(builder->table, name, column, builder->error));
    if ((*column)->type == VG_COLUMN_FACTOR || (*column)->type == VG_COLUMN_TEXT)
        return fail_text(builder, *column);
    return VG_OK;
}

static bool is_listed(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

static bool is_factor(const Builder *builder, const VgVariable *variable, const VgColumn *column)
{
    return variable->kind == VG_VARIABLE_FACTOR || column->type == VG_COLUMN_FACTOR ||
           column->type == VG_COLUMN_TEXT ||
           is_listed(column->name, builder->options->as_factor, builder->options->n_as_factor);
}

/* --- numeric variables in all table rows
 * ---------------------------------------------------------- */

static VgStatus table_values(void *context, const VgExpression *name, const double **values,
                             VgError *error)
{
    const Builder *builder = context;
    const VgColumn *column = NULL;
    (void)error;
    VG_TRY(require_number(builder, name->name, &column));
    *values = column->number;
    return VG_OK;
}

typedef struct Presence {
    const Builder *builder;
    size_t row;
    bool missing;
} Presence;

static VgStatus note_missing(void *context, const VgExpression *name)
{
    Presence *presence = context;
    const VgColumn *column = vg_table_column(presence->builder->table, name->name);
    if (!column || vg_column_is_missing(column, presence->row))
        presence->missing = true;
    return VG_OK;
}

static bool has_missing_column(const Builder *builder, const VgVariable *variable, size_t row)
{
    Presence presence = {builder, row, false};
    (void)vg_expression_columns(variable->expression, note_missing, &presence);
    return presence.missing;
}

/* What a function cannot give (log of 0, division by 0) is an error, not a missing value. */
static VgStatus refuse_undefined(const Builder *builder, const VgVariable *variable,
                                 const double *value)
{
    for (size_t row = 0; row < builder->table->n_rows; row++) {
        if (isfinite(value[row]) || !row_kept(builder, row) ||
            (isnan(value[row]) && has_missing_column(builder, variable, row)))
            continue;
        return vg_fail_at(builder->error, VG_INVALID_INPUT, builder->table->path,
                          builder->table->line ? builder->table->line[row] : 0,
                          "%.80s is not a finite number here",
                          "correct the value, make it missing, or choose another function",
                          variable->name);
    }
    return VG_OK;
}

static VgStatus evaluate(Builder *builder, const VgVariable *variable, double **value)
{
    size_t n = builder->table->n_rows;
    if (variable->kind != VG_VARIABLE_FUNCTION) {
        const VgColumn *column = NULL;
        VG_TRY(require_number(builder, variable->column, &column));
        *value = column->number;
        return refuse_undefined(builder, variable, *value);
    }
    *value = vg_arena_alloc_raw(builder->arena, n, sizeof **value);
    if (!*value)
        return vg_fail_memory(builder->error);
    VgColumnSource source = {builder, table_values};
    VG_TRY(vg_expression_evaluate(builder->arena, variable->expression, &source, n, *value,
                                  builder->error));
    return refuse_undefined(builder, variable, *value);
}

/* --- complete rows
 * --------------------------------------------------------------------------------- */

static void drop_missing_numbers(Builder *builder, const double *value)
{
    for (size_t row = 0; row < builder->table->n_rows; row++)
        builder->complete[row] &= !isnan(value[row]);
}

static void drop_missing_values(Builder *builder, const VgColumn *column)
{
    for (size_t row = 0; row < builder->table->n_rows; row++)
        builder->complete[row] &= !vg_column_is_missing(column, row);
}

static VgStatus mark_variable(Builder *builder, size_t v)
{
    const VgVariable *variable = &builder->formula->variable[v];
    VgDesignVariable *target = &builder->design->variable[v];
    target->name = variable->name;
    if (variable->kind != VG_VARIABLE_FUNCTION) {
        const VgColumn *column = NULL;
        VG_TRY(vg_table_require(builder->table, variable->column, &column, builder->error));
        target->is_factor = is_factor(builder, variable, column);
        if (target->is_factor) {
            drop_missing_values(builder, column);
            return VG_OK;
        }
    }
    VG_TRY(evaluate(builder, variable, &builder->numeric[v]));
    drop_missing_numbers(builder, builder->numeric[v]);
    return VG_OK;
}

static VgStatus add_offsets(Builder *builder, double *sum)
{
    for (size_t o = 0; o < builder->formula->n_offsets; o++) {
        double *value = NULL;
        VG_TRY(evaluate(builder, &builder->formula->offset[o], &value));
        for (size_t row = 0; row < builder->table->n_rows; row++)
            sum[row] += value[row];
        drop_missing_numbers(builder, value);
    }
    return VG_OK;
}

static const VgLevelOrder *order_of(const Builder *builder, const char *column)
{
    for (size_t i = 0; i < builder->options->n_orders; i++)
        if (strcmp(builder->options->order[i].column, column) == 0)
            return &builder->options->order[i];
    return NULL;
}

/* Two words as 0 and 1; `*value` stays NULL where the response is no column of words. */
static VgStatus binary_response(Builder *builder, const VgVariable *response, double **value)
{
    if (response->kind == VG_VARIABLE_FUNCTION)
        return VG_OK;
    const VgColumn *column = NULL;
    VG_TRY(vg_table_require(builder->table, response->column, &column, builder->error));
    if (!is_factor(builder, response, column))
        return VG_OK;
    const VgLevelOrder *order = order_of(builder, column->name);
    int32_t *code;
    const char **level;
    size_t n_levels, n = builder->table->n_rows;
    VG_TRY(vg_column_as_factor(builder->arena, builder->table, column, order ? order->level : NULL,
                               order ? order->n_levels : 0, builder->complete, &code, &level,
                               &n_levels, builder->error));
    if (n_levels != 2)
        return vg_fail_at(builder->error, VG_INVALID_INPUT, builder->table->path, 0,
                          "outcome '%.80s' has %zu levels, a yes/no outcome has 2",
                          "code it as 1 and 0, or leave the other rows out", column->name,
                          n_levels);
    *value = vg_arena_alloc_raw(builder->arena, n, sizeof **value);
    if (!*value)
        return vg_fail_memory(builder->error);
    for (size_t row = 0; row < n; row++)
        (*value)[row] = code[row] < 0 ? (double)NAN : (double)code[row];
    builder->design->event = level[1];
    return VG_OK;
}

static VgStatus mark_complete_rows(Builder *builder, double **response, double **offset)
{
    const VgDesignOptions *options = builder->options;
    size_t n = builder->table->n_rows;
    for (size_t row = 0; row < n; row++)
        builder->complete[row] = row_kept(builder, row);
    for (size_t v = 0; v < builder->formula->n_variables; v++)
        VG_TRY(mark_variable(builder, v));
    for (size_t i = 0; i < options->n_required; i++) {
        const VgColumn *column = NULL;
        VG_TRY(vg_table_require(builder->table, options->required[i], &column, builder->error));
        drop_missing_values(builder, column);
    }
    if (builder->formula->n_offsets) {
        *offset = VG_NEW(builder->arena, double, n);
        if (!*offset)
            return vg_fail_memory(builder->error);
        VG_TRY(add_offsets(builder, *offset));
    }
    if (builder->formula->response) {
        if (options->binary_response)
            VG_TRY(binary_response(builder, builder->formula->response, response));
        if (!*response)
            VG_TRY(evaluate(builder, builder->formula->response, response));
        if (!options->allow_missing_response)
            drop_missing_numbers(builder, *response);
    }
    return VG_OK;
}

static VgStatus list_rows(Builder *builder)
{
    VgDesign *design = builder->design;
    size_t n = builder->table->n_rows;
    design->row = vg_arena_alloc_raw(builder->arena, n, sizeof *design->row);
    if (!design->row)
        return vg_fail_memory(builder->error);
    for (size_t row = 0; row < n; row++) {
        if (builder->complete[row])
            design->row[design->n_rows++] = row;
        else
            design->n_dropped += row_kept(builder, row);
    }
    if (design->n_rows == 0)
        return vg_fail_at(builder->error, VG_NOT_ESTIMABLE, builder->table->path, 0,
                          "no row has a value in every column of the model (%zu rows)",
                          "look for a column that is empty", n);
    if (design->n_rows > INT_MAX / 2)
        return vg_fail(builder->error, VG_INVALID_INPUT, "%zu rows are more than vagus can take",
                       "split the table", design->n_rows);
    return VG_OK;
}

static double *compress(const Builder *builder, const double *values)
{
    const VgDesign *design = builder->design;
    double *out = vg_arena_alloc_raw(builder->arena, design->n_rows, sizeof *out);
    for (size_t i = 0; out && i < design->n_rows; i++)
        out[i] = values[design->row[i]];
    return out;
}

/* --- variables of the used rows --------------------------------------------------------------- */

static VgStatus code_factor(Builder *builder, const char *name, VgDesignVariable *target)
{
    VgDesign *design = builder->design;
    const VgColumn *column = vg_table_column(builder->table, name);
    const VgLevelOrder *order = order_of(builder, name);
    int32_t *code = NULL;
    VG_TRY(vg_column_as_factor(builder->arena, builder->table, column, order ? order->level : NULL,
                               order ? order->n_levels : 0, builder->complete, &code,
                               &target->level, &target->n_levels, builder->error));
    if (target->n_levels < 2)
        return vg_fail_at(builder->error, VG_NOT_ESTIMABLE, builder->table->path, 0,
                          "the factor '%.80s' has the one value '%.60s' in all %zu rows used",
                          "leave it out of the model, or look why other values were dropped", name,
                          target->n_levels ? target->level[0] : "", design->n_rows);
    if (target->n_levels > 50 && target->n_levels > design->n_rows / 2)
        return vg_fail_at(builder->error, VG_INVALID_INPUT, builder->table->path, 0,
                          "'%.80s' has %zu different values in %zu rows: it is no factor",
                          "if it should hold numbers, look for text among them; if it identifies "
                          "participants, leave it out",
                          name, target->n_levels, design->n_rows);
    target->code = vg_arena_alloc_raw(builder->arena, design->n_rows, sizeof *target->code);
    if (!target->code)
        return vg_fail_memory(builder->error);
    for (size_t i = 0; i < design->n_rows; i++)
        target->code[i] = code[design->row[i]];
    return VG_OK;
}

static double mean_of(const double *value, size_t n)
{
    return vg_sum_accurate(value, n) / (double)n;
}

static VgStatus fill_variable(Builder *builder, size_t v)
{
    VgDesignVariable *target = &builder->design->variable[v];
    if (target->is_factor)
        return code_factor(builder, builder->formula->variable[v].column, target);
    target->value = compress(builder, builder->numeric[v]);
    if (!target->value)
        return vg_fail_memory(builder->error);
    target->mean = mean_of(target->value, builder->design->n_rows);
    return VG_OK;
}

/* --- covariates: the columns under numeric variables, for the reference grid
 * ----------------------- */

static VgStatus add_covariate(void *context, const VgExpression *name)
{
    Builder *builder = context;
    VgDesignLayout *layout = builder->layout;
    for (size_t c = 0; c < layout->n_covariates; c++)
        if (strcmp(layout->covariate[c].name, name->name) == 0)
            return VG_OK;
    const VgColumn *column = NULL;
    VG_TRY(require_number(builder, name->name, &column));
    VgCovariate *grown = VG_NEW(builder->arena, VgCovariate, layout->n_covariates + 1);
    if (!grown)
        return vg_fail_memory(builder->error);
    if (layout->n_covariates)
        memcpy(grown, layout->covariate, layout->n_covariates * sizeof *grown);
    VgCovariate *added = &grown[layout->n_covariates];
    added->name = name->name;
    added->value = compress(builder, column->number);
    if (!added->value)
        return vg_fail_memory(builder->error);
    added->mean = mean_of(added->value, builder->design->n_rows);
    layout->covariate = grown;
    layout->n_covariates++;
    return VG_OK;
}

static VgStatus find_settings(Builder *builder, const double *means)
{
    VgDesign *design = builder->design;
    for (size_t v = 0; v < builder->formula->n_variables; v++)
        if (!design->variable[v].is_factor)
            VG_TRY(vg_design_value_at(builder->arena, design, &builder->formula->variable[v], means,
                                      &design->variable[v].at_mean, builder->error));
    for (size_t o = 0; o < builder->formula->n_offsets; o++) {
        double value = 0.0;
        VG_TRY(vg_design_value_at(builder->arena, design, &builder->formula->offset[o], means,
                                  &value, builder->error));
        builder->layout->offset_at_mean += value;
    }
    return VG_OK;
}

static VgStatus find_covariates(Builder *builder)
{
    const VgFormula *formula = builder->formula;
    for (size_t v = 0; v < formula->n_variables; v++)
        if (!builder->design->variable[v].is_factor)
            VG_TRY(vg_expression_columns(formula->variable[v].expression, add_covariate, builder));
    for (size_t o = 0; o < formula->n_offsets; o++)
        VG_TRY(vg_expression_columns(formula->offset[o].expression, add_covariate, builder));
    double *means = VG_NEW(builder->arena, double, builder->layout->n_covariates);
    if (!means)
        return vg_fail_memory(builder->error);
    for (size_t c = 0; c < builder->layout->n_covariates; c++)
        means[c] = builder->layout->covariate[c].mean;
    return find_settings(builder, means);
}

/* --- rank
 * ------------------------------------------------------------------------------------------ */

static bool certainly_full_rank(VgArena *arena, const VgDesign *design)
{
    VgMatrix gram = vg_matrix_new(arena, design->p, design->p);
    if (!gram.data || design->n_rows < design->p)
        return false;
    vg_cross_product(design->x, gram);
    double *scale = VG_NEW(arena, double, design->p);
    for (size_t j = 0; scale && j < design->p; j++) {
        double square = VG_AT(gram, j, j);
        if (!(square > 1e-200 && square < 1e200))
            return false;
        scale[j] = 1.0 / sqrt(square);
    }
    for (size_t j = 0; scale && j < design->p; j++)
        for (size_t i = 0; i < design->p; i++)
            VG_AT(gram, i, j) *= scale[i] * scale[j];
    if (!scale || !vg_cholesky(gram))
        return false;
    for (size_t j = 0; j < design->p; j++)
        if (VG_AT(gram, j, j) < 1e-4) /* the pivot's square root */
            return false;
    return true;
}

/* Column k of (−R11⁻¹R12; I): X times it is zero. */
static void null_vector(const VgQr *qr, size_t k, double *solved, double *vector)
{
    for (size_t i = 0; i < qr->rank; i++)
        solved[i] = -VG_AT(qr->qr, i, qr->rank + k);
    vg_qr_solve(qr, solved);
    for (size_t i = 0; i < qr->rank; i++)
        vector[qr->pivot[i]] = solved[i];
    vector[qr->pivot[qr->rank + k]] = 1.0;
}

/* Gram–Schmidt, twice is enough. */
static void orthonormalise(VgMatrix basis)
{
    for (size_t k = 0; k < basis.cols; k++) {
        double *column = &VG_AT(basis, 0, k), norm = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t before = 0; before < k; before++) {
                const double *other = &VG_AT(basis, 0, before);
                double dot = 0.0;
                for (size_t i = 0; i < basis.rows; i++)
                    dot += other[i] * column[i];
                for (size_t i = 0; i < basis.rows; i++)
                    column[i] -= dot * other[i];
            }
        for (size_t i = 0; i < basis.rows; i++)
            norm += column[i] * column[i];
        for (size_t i = 0; i < basis.rows; i++)
            column[i] /= sqrt(norm);
    }
}

static VgStatus read_rank(Builder *builder, const VgQr *qr)
{
    VgDesign *design = builder->design;
    design->rank = qr->rank;
    design->null_basis = vg_matrix_new(builder->arena, design->p, design->p - qr->rank);
    double *solved = VG_NEW(builder->arena, double, qr->rank);
    if (!design->null_basis.data || !solved)
        return vg_fail_memory(builder->error);
    for (size_t k = qr->rank; k < design->p; k++) {
        design->aliased[qr->pivot[k]] = true;
        null_vector(qr, k - qr->rank, solved, &VG_AT(design->null_basis, 0, k - qr->rank));
    }
    orthonormalise(design->null_basis);
    return VG_OK;
}

static VgStatus find_rank_by_qr(Builder *builder)
{
    VgDesign *design = builder->design;
    double tolerance = builder->options->rank_tolerance;
    VgMatrix copy = vg_matrix_new(builder->arena, design->n_rows, design->p);
    if (!copy.data)
        return vg_fail_memory(builder->error);
    vg_matrix_copy(design->x, copy);
    VgQr qr;
    VG_TRY(vg_qr_factor(builder->arena, copy, tolerance > 0 ? tolerance : VG_RANK_TOLERANCE, &qr,
                        builder->error));
    return read_rank(builder, &qr);
}

static VgStatus find_rank(Builder *builder)
{
    VgDesign *design = builder->design;
    design->aliased = VG_NEW(builder->arena, bool, design->p);
    design->independent = VG_NEW(builder->arena, size_t, design->p);
    if (!design->aliased || !design->independent)
        return vg_fail_memory(builder->error);
    if (certainly_full_rank(builder->arena, design)) {
        design->rank = design->p;
        design->null_basis = (VgMatrix){NULL, design->p, 0, design->p ? design->p : 1};
    } else {
        VG_TRY(find_rank_by_qr(builder));
    }
    size_t found = 0;
    for (size_t j = 0; j < design->p; j++)
        if (!design->aliased[j])
            design->independent[found++] = j;
    return VG_OK;
}

static VgStatus take_full_rank(Builder *builder)
{
    VgDesign *design = builder->design;
    design->x_full_rank = design->x;
    if (design->rank == design->p)
        return VG_OK;
    design->x_full_rank = vg_matrix_new(builder->arena, design->n_rows, design->rank);
    if (!design->x_full_rank.data)
        return vg_fail_memory(builder->error);
    for (size_t k = 0; k < design->rank; k++)
        memcpy(&VG_AT(design->x_full_rank, 0, k), &VG_AT(design->x, 0, design->independent[k]),
               design->n_rows * sizeof(double));
    return VG_OK;
}

/* --- the whole
 * -------------------------------------------------------------------------------------- */

static VgStatus begin(Builder *builder)
{
    size_t n_variables = builder->formula->n_variables;
    builder->design = VG_NEW(builder->arena, VgDesign, 1);
    builder->layout = VG_NEW(builder->arena, VgDesignLayout, 1);
    builder->complete = VG_NEW(builder->arena, bool, builder->table->n_rows);
    builder->numeric = VG_NEW(builder->arena, double *, n_variables);
    if (!builder->design || !builder->layout || !builder->complete || !builder->numeric)
        return vg_fail_memory(builder->error);
    builder->design->formula = builder->formula;
    builder->design->coding = builder->options->coding;
    builder->design->layout = builder->layout;
    builder->design->variable = VG_NEW(builder->arena, VgDesignVariable, n_variables);
    return builder->design->variable ? VG_OK : vg_fail_memory(builder->error);
}

static VgStatus read_rows(Builder *builder)
{
    VgDesign *design = builder->design;
    double *response = NULL, *offset = NULL;
    VG_TRY(mark_complete_rows(builder, &response, &offset));
    VG_TRY(list_rows(builder));
    for (size_t v = 0; v < builder->formula->n_variables; v++)
        VG_TRY(fill_variable(builder, v));
    if (response && !(design->y = compress(builder, response)))
        return vg_fail_memory(builder->error);
    if (offset && !(design->offset = compress(builder, offset)))
        return vg_fail_memory(builder->error);
    return find_covariates(builder);
}

VgStatus vg_design_build(VgArena *arena, const VgTable *table, const VgFormula *formula,
                         const VgDesignOptions *options, VgDesign **design, VgError *error)
{
    static const VgDesignOptions defaults = {0};
    Builder builder = {.arena = arena,
                       .table = table,
                       .formula = formula,
                       .options = options ? options : &defaults,
                       .error = error};
    VG_TRY(begin(&builder));
    VG_TRY(read_rows(&builder));
    VG_TRY(vg_design_lay_out(arena, builder.design, builder.layout, error));
    VG_TRY(vg_design_name_columns(arena, builder.design, error));
    builder.design->x = vg_matrix_new(arena, builder.design->n_rows, builder.design->p);
    if (!builder.design->x.data)
        return vg_fail_memory(error);
    vg_design_fill(builder.design);
    VG_TRY(find_rank(&builder));
    VG_TRY(take_full_rank(&builder));
    *design = builder.design;
    return VG_OK;
}

/* What a model on columns needs of a formula: whether there is an intercept, and a name for y. */
static VgFormula *formula_of_columns(VgArena *arena, const char *response, bool intercept)
{
    VgFormula *formula = VG_NEW(arena, VgFormula, 1);
    VgVariable *y = VG_NEW(arena, VgVariable, 1);
    if (!formula || !y)
        return NULL;
    *y = (VgVariable){.kind = VG_VARIABLE_COLUMN, .name = response, .column = response};
    *formula = (VgFormula){.text = response, .response = y, .intercept = intercept};
    return formula;
}

VgStatus vg_design_from_columns(VgArena *arena, VgMatrix x, double *y, const char *const *name,
                                const char *response, bool intercept, VgDesign **made,
                                VgError *error)
{
    static const VgDesignOptions defaults = {0};
    VgDesign *design = VG_NEW(arena, VgDesign, 1);
    size_t *row = VG_NEW(arena, size_t, x.rows);
    const char **names = VG_NEW(arena, const char *, x.cols);
    int32_t *term = VG_NEW(arena, int32_t, x.cols);
    VgFormula *formula = formula_of_columns(arena, response, intercept);
    if (!design || !row || !names || !term || !formula)
        return vg_fail_memory(error);
    for (size_t i = 0; i < x.rows; i++)
        row[i] = i;
    for (size_t j = 0; j < x.cols; j++) {
        names[j] = name[j];
        term[j] = -1;
    }
    *design = (VgDesign){.formula = formula,
                         .n_rows = x.rows,
                         .row = row,
                         .x = x,
                         .y = y,
                         .p = x.cols,
                         .name = names,
                         .term = term};
    Builder builder = {.arena = arena, .options = &defaults, .design = design, .error = error};
    VG_TRY(find_rank(&builder));
    VG_TRY(take_full_rank(&builder));
    *made = design;
    return VG_OK;
}

bool vg_design_estimable(const VgDesign *design, const double *contrast)
{
    double length = 0.0, outside = 0.0;
    for (size_t j = 0; j < design->p; j++)
        length += contrast[j] * contrast[j];
    for (size_t k = 0; k < design->null_basis.cols; k++) {
        double dot = 0.0;
        for (size_t j = 0; j < design->p; j++)
            dot += contrast[j] * VG_AT(design->null_basis, j, k);
        outside += dot * dot;
    }
    return sqrt(outside) <= 1e-8 * sqrt(length);
}
