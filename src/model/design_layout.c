/* Columns of X from terms: coding, names, values.
 *
 * R's rule for a factor in a term: contrasts when the term without it is contained in some term
 * before (or is empty), else one indicator per level; without intercept, the first factor met has
 * all its indicators. Within a term the first factor varies fastest. Source: Chambers & Hastie
 * 1992, Statistical Models in S, p. 38; R's terms.formula and model.matrix. */
#include "model/design_layout.h"

#include <string.h>

#include "base/memory.h"
#include "model/expression.h"

enum { MAX_COLUMNS = 32767 };

size_t vg_coding_columns(const VgDesignVariable *variable, bool full)
{
    if (!variable->is_factor)
        return 1;
    return full ? variable->n_levels : variable->n_levels - 1;
}

double vg_coding(VgContrastCoding coding, const VgDesignVariable *variable, bool full,
                 int32_t level, size_t column)
{
    size_t l = (size_t)level;
    if (full)
        return l == column;
    if (coding == VG_CONTRAST_TREATMENT)
        return l == column + 1;
    if (l + 1 == variable->n_levels)
        return -1.0;
    return l == column;
}

static bool has_member(const VgTerm *term, size_t variable)
{
    for (size_t m = 0; m < term->n_members; m++)
        if (term->member[m] == variable)
            return true;
    return false;
}

/* Whether every member of `term` but one is in `other`. */
static bool contained_without(const VgTerm *term, size_t without, const VgTerm *other)
{
    for (size_t m = 0; m < term->n_members; m++)
        if (m != without && !has_member(other, term->member[m]))
            return false;
    return true;
}

static bool needs_indicators(const VgFormula *formula, size_t t, size_t m)
{
    const VgTerm *term = &formula->term[t];
    if (term->n_members == 1)
        return false;
    for (size_t before = 0; before < t; before++)
        if (contained_without(term, m, &formula->term[before]))
            return false;
    return true;
}

static void give_first_factor_indicators(const VgDesign *design, VgDesignLayout *layout)
{
    const VgFormula *formula = design->formula;
    for (size_t t = 0; t < formula->n_terms; t++)
        for (size_t m = 0; m < formula->term[t].n_members; m++)
            if (design->variable[formula->term[t].member[m]].is_factor) {
                layout->term[t].full[m] = true;
                return;
            }
}

VgStatus vg_design_lay_out(VgArena *arena, VgDesign *design, VgDesignLayout *layout, VgError *error)
{
    const VgFormula *formula = design->formula;
    layout->term = VG_NEW(arena, VgTermLayout, formula->n_terms);
    if (!layout->term)
        return vg_fail_memory(error);
    for (size_t t = 0; t < formula->n_terms; t++) {
        layout->term[t].full = VG_NEW(arena, bool, formula->term[t].n_members);
        if (!layout->term[t].full)
            return vg_fail_memory(error);
        for (size_t m = 0; m < formula->term[t].n_members; m++)
            layout->term[t].full[m] = needs_indicators(formula, t, m);
    }
    if (!formula->intercept)
        give_first_factor_indicators(design, layout);
    design->p = formula->intercept;
    for (size_t t = 0; t < formula->n_terms; t++) {
        VgTermLayout *term = &layout->term[t];
        term->first = design->p;
        term->n = 1;
        for (size_t m = 0; m < formula->term[t].n_members; m++) {
            const VgDesignVariable *variable = &design->variable[formula->term[t].member[m]];
            if (!vg_size_product(term->n, vg_coding_columns(variable, term->full[m]), &term->n) ||
                term->n + design->p > MAX_COLUMNS)
                return vg_fail(error, VG_INVALID_INPUT,
                               "the term '%.80s' makes more than %d columns",
                               "use factors with fewer levels", formula->term[t].name, MAX_COLUMNS);
        }
        design->p += term->n;
    }
    design->layout = layout;
    return VG_OK;
}

/* --- names
 * ---------------------------------------------------------------------------------------- */

static const char *part_name(VgArena *arena, const VgDesign *design,
                             const VgDesignVariable *variable, bool full, size_t column)
{
    if (!variable->is_factor)
        return variable->name;
    if (!full && design->coding == VG_CONTRAST_SUM)
        return vg_arena_printf(arena, "%s%zu", variable->name, column + 1);
    return vg_arena_printf(arena, "%s%s", variable->name, variable->level[column + !full]);
}

static const char *column_name(VgArena *arena, const VgDesign *design, size_t t, size_t column)
{
    const VgTerm *term = &design->formula->term[t];
    const char *name = NULL;
    for (size_t m = 0; m < term->n_members; m++) {
        const VgDesignVariable *variable = &design->variable[term->member[m]];
        bool full = design->layout->term[t].full[m];
        size_t n = vg_coding_columns(variable, full);
        const char *part = part_name(arena, design, variable, full, column % n);
        name = name && part ? vg_arena_printf(arena, "%s:%s", name, part) : part;
        if (!name)
            return NULL;
        column /= n;
    }
    return name;
}

VgStatus vg_design_name_columns(VgArena *arena, VgDesign *design, VgError *error)
{
    design->name = VG_NEW(arena, const char *, design->p);
    design->term = VG_NEW(arena, int32_t, design->p);
    if (!design->name || !design->term)
        return vg_fail_memory(error);
    if (design->formula->intercept) {
        design->name[0] = "(Intercept)";
        design->term[0] = -1;
    }
    for (size_t t = 0; t < design->formula->n_terms; t++) {
        const VgTermLayout *term = &design->layout->term[t];
        for (size_t k = 0; k < term->n; k++) {
            design->term[term->first + k] = (int32_t)t;
            design->name[term->first + k] = column_name(arena, design, t, k);
            if (!design->name[term->first + k])
                return vg_fail_memory(error);
        }
    }
    return VG_OK;
}

/* --- values -------------------------------------------------------------------------------------
 */

/* to := from × the variable's column `k`; `from` may be NULL (ones) or `to` itself. */
static void multiply_numeric(const double *from, const double *value, size_t n, double *to)
{
    if (!from) {
        memcpy(to, value, n * sizeof *to);
        return;
    }
    for (size_t i = 0; i < n; i++)
        to[i] = from[i] * value[i];
}

static void multiply_factor(const VgDesign *design, const VgDesignVariable *variable, bool full,
                            size_t k, const double *from, double *to)
{
    const int32_t *code = variable->code;
    bool sum = !full && design->coding == VG_CONTRAST_SUM;
    int32_t one = (int32_t)k + (!full && !sum);
    int32_t minus = sum ? (int32_t)variable->n_levels - 1 : -1;
    for (size_t i = 0; i < design->n_rows; i++) {
        double entry = code[i] == one ? 1.0 : code[i] == minus ? -1.0 : 0.0;
        to[i] = from ? entry * from[i] : entry;
    }
}

/* The first member's columns, then each further member multiplies all columns so far by each of its
 * own; the copies for its first column come last, since they overwrite their source. */
static void fill_term(VgDesign *design, size_t t)
{
    const VgTerm *term = &design->formula->term[t];
    const VgTermLayout *layout = &design->layout->term[t];
    size_t done = 1;
    for (size_t m = 0; m < term->n_members; m++) {
        const VgDesignVariable *variable = &design->variable[term->member[m]];
        size_t n = vg_coding_columns(variable, layout->full[m]);
        for (size_t k = n; k-- > 0;)
            for (size_t c = 0; c < done; c++) {
                const double *from = m ? &VG_AT(design->x, 0, layout->first + c) : NULL;
                double *to = &VG_AT(design->x, 0, layout->first + c + done * k);
                if (variable->is_factor)
                    multiply_factor(design, variable, layout->full[m], k, from, to);
                else
                    multiply_numeric(from, variable->value, design->n_rows, to);
            }
        done *= n;
    }
}

void vg_design_fill(VgDesign *design)
{
    if (design->formula->intercept)
        for (size_t i = 0; i < design->n_rows; i++)
            VG_AT(design->x, i, 0) = 1.0;
    for (size_t t = 0; t < design->formula->n_terms; t++)
        fill_term(design, t);
}

/* The variable's entry in column k at a setting; −1 averages over the levels. */
static double setting(const VgDesign *design, const VgDesignVariable *variable, bool full,
                      int32_t code, double value, size_t k)
{
    if (!variable->is_factor)
        return value;
    if (code >= 0)
        return vg_coding(design->coding, variable, full, code, k);
    if (!full && design->coding == VG_CONTRAST_SUM)
        return 0.0;
    return 1.0 / (double)variable->n_levels;
}

void vg_design_row(const VgDesign *design, const int32_t *codes, const double *values, double *x)
{
    if (design->formula->intercept)
        x[0] = 1.0;
    for (size_t t = 0; t < design->formula->n_terms; t++) {
        const VgTerm *term = &design->formula->term[t];
        const VgTermLayout *layout = &design->layout->term[t];
        double *column = x + layout->first;
        size_t done = 1;
        column[0] = 1.0;
        for (size_t m = 0; m < term->n_members; m++) {
            size_t v = term->member[m];
            const VgDesignVariable *variable = &design->variable[v];
            size_t n = vg_coding_columns(variable, layout->full[m]);
            for (size_t k = n; k-- > 0;) {
                double entry = setting(design, variable, layout->full[m], codes[v], values[v], k);
                for (size_t c = 0; c < done; c++)
                    column[c + done * k] = column[c] * entry;
            }
            done *= n;
        }
    }
}

typedef struct Setting {
    const VgDesign *design;
    const double *covariates;
} Setting;

static VgStatus covariate_value(void *context, const VgExpression *name, const double **values,
                                VgError *error)
{
    const Setting *at = context;
    for (size_t c = 0; c < at->design->layout->n_covariates; c++)
        if (strcmp(at->design->layout->covariate[c].name, name->name) == 0) {
            *values = &at->covariates[c];
            return VG_OK;
        }
    return vg_fail(error, VG_INVALID_INPUT, "'%.80s' is no numeric column of the model",
                   "report this: it is a defect of vagus", name->name);
}

VgStatus vg_design_value_at(VgArena *arena, const VgDesign *design, const VgVariable *variable,
                            const double *covariates, double *value, VgError *error)
{
    Setting at = {design, covariates};
    VgColumnSource source = {&at, covariate_value};
    return vg_expression_evaluate(arena, variable->expression, &source, 1, value, error);
}
