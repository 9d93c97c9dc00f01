/** @file formula.h
 *  R's model formulas (Wilkinson–Rogers) as a list of terms. */
#ifndef VAGUS_FORMULA_H
#define VAGUS_FORMULA_H

#include <stdbool.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A variable of a formula: a column, or a function of columns. */
typedef enum VgVariableKind {
    VG_VARIABLE_COLUMN,  /**< a column as it is: text is a factor, a number is numeric */
    VG_VARIABLE_FACTOR,  /**< factor(x): a factor whatever the column's type */
    VG_VARIABLE_FUNCTION /**< log(x), exp(x), sqrt(x), I(arithmetic), …: numeric */
} VgVariableKind;

/** An arithmetic expression over columns; see formula.c for its nodes. */
typedef struct VgExpression VgExpression;

typedef struct VgVariable {
    VgVariableKind kind;
    const char *name;               /**< as R would name it: "x", "factor(x)", "log(x)", "I(x^2)" */
    const char *column;             /**< the column, for COLUMN and FACTOR */
    const VgExpression *expression; /**< FUNCTION; and the offset and response */
} VgVariable;

/** A term: the product of variables[member[0]], variables[member[1]], … (sorted as R does). */
typedef struct VgTerm {
    const char *name; /**< "arm:visit" */
    size_t *member;
    size_t n_members;
} VgTerm;

/** (1 + t | id), for the mixed models: bar terms are kept, not expanded. */
typedef struct VgBarTerm {
    const char *text;  /**< "1 + t | id" */
    const char *left;  /**< "1 + t" */
    const char *group; /**< "id" */
} VgBarTerm;

typedef struct VgFormula {
    const char *text;
    VgVariable *response; /**< NULL for a one-sided formula */
    VgVariable *variable;
    size_t n_variables;
    /** by order of interaction, as terms.formula(); the intercept is not among them */
    VgTerm *term;
    size_t n_terms;
    bool intercept;
    VgVariable *offset; /**< n_offsets of them */
    size_t n_offsets;
    VgBarTerm *bar;
    size_t n_bars;
} VgFormula;

/** Parses a formula: + - : * / ^ %in% ( ) 0 1 . is refused; backquoted names; factor(), offset(), I(),
 *  log, log2, log10, log1p, exp, sqrt, abs. Depth and length are bounded.
 *  @return VG_INVALID_INPUT with the byte column of the problem in error->column */
VG_MUST_CHECK VgStatus vg_formula_parse(VgArena *arena, const char *text, VgFormula **formula,
                                        VgError *error);

#ifdef __cplusplus
}
#endif
#endif
