/* Arithmetic over columns: I(x^2), log(baseline), (week - 4) / 2.
 *
 * An expression is evaluated for all rows at once, node by node. NaN stands for missing and goes
 * through. Source: R's arithmetic; x^y is C's pow(), which agrees with R's for all finite
 * arguments. */
#include "model/expression.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef double (*Function)(double);

static double as_it_is(double x)
{
    return x;
}

static const struct {
    const char *name;
    Function function;
} functions[] = {
    {"I", as_it_is}, {"log", log},     {"log2", log2}, {"log10", log10},
    {"exp", exp},    {"log1p", log1p}, {"sqrt", sqrt}, {"abs", fabs},
};

static Function function_named(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, name) == 0)
            return functions[i].function;
    return NULL;
}

static VgStatus fail_node(const VgExpression *node, const char *what, VgError *error)
{
    VgStatus status =
        vg_fail(error, VG_INVALID_INPUT, "formula, column %zu: %s",
                "within functions only + - * / ^ and log, log2, log10, log1p, exp, sqrt, abs count",
                node->start + 1, what);
    if (error)
        error->column = node->start + 1;
    return status;
}

static bool combine(char operation, const double *left, const double *right, size_t n, double *out)
{
    switch (operation) {
    case '+':
        for (size_t i = 0; i < n; i++)
            out[i] = left[i] + right[i];
        return true;
    case '-':
        for (size_t i = 0; i < n; i++)
            out[i] = left[i] - right[i];
        return true;
    case '*':
        for (size_t i = 0; i < n; i++)
            out[i] = left[i] * right[i];
        return true;
    case '/':
        for (size_t i = 0; i < n; i++)
            out[i] = left[i] / right[i];
        return true;
    case '^':
        for (size_t i = 0; i < n; i++) /* missing^0 is missing here: a value was not seen */
            out[i] = isnan(left[i])    ? left[i]
                     : right[i] == 2.0 ? left[i] * left[i]
                                       : pow(left[i], right[i]);
        return true;
    default:
        return false;
    }
}

static VgStatus evaluate_call(VgArena *arena, const VgExpression *node,
                              const VgColumnSource *source, size_t n, double *out, VgError *error)
{
    Function function = function_named(node->name);
    if (!function)
        return fail_node(node, "this function is not known", error);
    VG_TRY(vg_expression_evaluate(arena, node->left, source, n, out, error));
    for (size_t i = 0; i < n; i++)
        out[i] = function(out[i]);
    return VG_OK;
}

VgStatus vg_expression_evaluate(VgArena *arena, const VgExpression *node,
                                const VgColumnSource *source, size_t n, double *out, VgError *error)
{
    switch (node->kind) {
    case VG_NODE_NUMBER:
        for (size_t i = 0; i < n; i++)
            out[i] = node->number;
        return VG_OK;
    case VG_NODE_NAME: {
        const double *values = NULL;
        VG_TRY(source->values(source->context, node, &values, error));
        memcpy(out, values, n * sizeof *out);
        return VG_OK;
    }
    case VG_NODE_CALL:
        return evaluate_call(arena, node, source, n, out, error);
    case VG_NODE_PARENS:
        return vg_expression_evaluate(arena, node->left, source, n, out, error);
    case VG_NODE_UNARY:
        VG_TRY(vg_expression_evaluate(arena, node->left, source, n, out, error));
        for (size_t i = 0; node->operation == '-' && i < n; i++)
            out[i] = -out[i];
        return VG_OK;
    case VG_NODE_BINARY:
        break;
    }
    VgArenaMark mark = vg_arena_mark(arena);
    double *right = vg_arena_alloc_raw(arena, n, sizeof *right);
    if (!right)
        return vg_fail_memory(error);
    VG_TRY(vg_expression_evaluate(arena, node->left, source, n, out, error));
    VG_TRY(vg_expression_evaluate(arena, node->right, source, n, right, error));
    bool known = combine(node->operation, out, right, n, out);
    vg_arena_rewind(arena, mark);
    return known ? VG_OK : fail_node(node, "this is no arithmetic", error);
}

VgStatus vg_expression_columns(const VgExpression *node,
                               VgStatus (*visit)(void *context, const VgExpression *name),
                               void *context)
{
    if (node->kind == VG_NODE_NAME)
        return visit(context, node);
    if (node->left)
        VG_TRY(vg_expression_columns(node->left, visit, context));
    return node->right ? vg_expression_columns(node->right, visit, context) : VG_OK;
}
