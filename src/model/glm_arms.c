/* Everybody under each arm: the counterfactual designs of g-computation, row by row from the
 * design's own coding, so that interactions, contrasts and transformations are those of the fit. */
#include <vagus/glm.h>

#include <math.h>
#include <string.h>

static VgStatus find_factor(const VgDesign *design, const char *arm, size_t *variable,
                            VgError *error)
{
    for (size_t v = 0; v < design->formula->n_variables; v++) {
        const VgVariable *declared = &design->formula->variable[v];
        bool named = strcmp(declared->name, arm) == 0 ||
                     (declared->column && strcmp(declared->column, arm) == 0);
        if (!named)
            continue;
        if (!design->variable[v].is_factor)
            return vg_fail(error, VG_INVALID_INPUT, "the arm '%s' is numeric in the model",
                           "write factor(column) in the formula", arm);
        *variable = v;
        return VG_OK;
    }
    return vg_fail(error, VG_INVALID_INPUT, "the model has no factor '%s'",
                   "the arm must be a term of the formula", arm);
}

/* One row of one arm's design; `row` has design->p entries. */
static VgStatus fill_row(const VgDesign *design, size_t i, const double *row, VgMatrix x,
                         VgError *error)
{
    if (design->rank < design->p && !vg_design_estimable(design, row))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the risk of row %zu under another arm is not estimable",
                       "leave out interactions of the arm whose combinations do not all occur",
                       design->row[i] + 1);
    for (size_t j = 0; j < design->rank; j++)
        VG_AT(x, i, j) = row[design->independent[j]];
    return VG_OK;
}

VgStatus vg_glm_arm_designs(VgArena *arena, const VgDesign *design, const char *arm,
                            VgMatrix **x_arm, size_t *n_arms, size_t *variable, VgError *error)
{
    VG_TRY(find_factor(design, arm, variable, error));
    size_t n_variables = design->formula->n_variables,
           levels = design->variable[*variable].n_levels;
    int32_t *code = VG_NEW(arena, int32_t, n_variables);
    double *value = VG_NEW(arena, double, n_variables);
    double *row = VG_NEW(arena, double, design->p);
    *x_arm = VG_NEW(arena, VgMatrix, levels);
    if (!code || !value || !row || !*x_arm)
        return vg_fail_memory(error);
    *n_arms = levels;
    for (size_t a = 0; a < levels; a++) {
        double *data = vg_arena_alloc(arena, design->rank, design->n_rows * sizeof(double));
        if (!data)
            return vg_fail_memory(error);
        (*x_arm)[a] = (VgMatrix){data, design->n_rows, design->rank, design->n_rows};
        for (size_t i = 0; i < design->n_rows; i++) {
            for (size_t v = 0; v < n_variables; v++) {
                const VgDesignVariable *own = &design->variable[v];
                code[v] = own->is_factor ? own->code[i] : 0;
                value[v] = own->is_factor ? 0 : own->value[i];
            }
            code[*variable] = (int32_t)a;
            vg_design_row(design, code, value, row);
            VG_TRY(fill_row(design, i, row, (*x_arm)[a], error));
        }
    }
    return VG_OK;
}
