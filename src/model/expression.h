/* The syntax tree of formulas and arithmetic: one grammar for both, as in R. */
#ifndef VG_MODEL_EXPRESSION_H
#define VG_MODEL_EXPRESSION_H

#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/formula.h>
#include <vagus/status.h>

typedef enum VgNodeKind {
    VG_NODE_NUMBER,
    VG_NODE_NAME,
    VG_NODE_CALL,   /* function `name` of left */
    VG_NODE_UNARY,  /* operation '-' or '+' on left */
    VG_NODE_BINARY, /* operation + - * / ^ : | ~ and 'i' for %in% */
    VG_NODE_PARENS
} VgNodeKind;

struct VgExpression {
    VgNodeKind kind;
    char operation;
    double number;
    const char *name;
    const VgExpression *left, *right;
    size_t start, end; /* bytes [start, end) of the text it was read from */
};

/* Longest text, deepest nesting that is read. */
#define VG_EXPRESSION_MAX_LENGTH 8192
#define VG_EXPRESSION_MAX_DEPTH 200

/* Reads the whole text. @return VG_INVALID_INPUT with error->column; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_expression_parse(VgArena *arena, const char *text,
                                           const VgExpression **expression, VgError *error);

/* The text as R's deparse() would write it; NULL when memory is short. */
const char *vg_expression_text(VgArena *arena, const VgExpression *expression);

/* Values of a column for `n` rows, or NULL with an error: how an expression finds its columns. */
typedef struct VgColumnSource {
    void *context;
    VgStatus (*values)(void *context, const VgExpression *name, const double **values,
                       VgError *error);
} VgColumnSource;

/* Evaluates arithmetic elementwise into `out` (n values). NaN in, NaN out; what is undefined (log
 * of a negative number, 0/0) gives NaN as well. @return VG_INVALID_INPUT for what is no arithmetic
 */
VG_MUST_CHECK VgStatus vg_expression_evaluate(VgArena *arena, const VgExpression *expression,
                                              const VgColumnSource *source, size_t n, double *out,
                                              VgError *error);

/* Calls `visit` for every column name in the expression, left to right; stops at the first failure.
 */
VgStatus vg_expression_columns(const VgExpression *expression,
                               VgStatus (*visit)(void *context, const VgExpression *name),
                               void *context);

#endif
