/* model/formula.c: R's terms, in R's order, and errors that name the place. */
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>

#include <vagus/formula.h>

static VgFormula *parse(VgArena *arena, const char *text)
{
    VgFormula *formula = NULL;
    VgError error = {0};
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    return formula;
}

static const char *term_names(VgArena *arena, const VgFormula *formula)
{
    const char *names = "";
    for (size_t t = 0; t < formula->n_terms; t++)
        names = vg_arena_printf(arena, "%s%s%s", names, t ? " | " : "", formula->term[t].name);
    return names;
}

/* R 4.2.2: attr(terms(f), "term.labels"). */
static void terms_are_those_of_r(void **state)
{
    (void)state;
    static const struct {
        const char *formula, *terms;
        bool intercept;
    } cases[] = {
        {"~ a", "a", true},
        {"~ a:b", "a:b", true},
        {"~ 0 + a + b", "a | b", false},
        {"~ a + b - 1", "a | b", false},
        {"~ -1 + a*x", "a | x | a:x", false},
        {"~ a - 0", "a", true},
        {"~ 1", "", true},
        {"~ a*b", "a | b | a:b", true},
        {"~ a*b*c - a:b:c", "a | b | c | a:b | a:c | b:c", true},
        {"~ (a+b+c)^2", "a | b | c | a:b | a:c | b:c", true},
        {"~ (a + b + c)^3 - a:b", "a | b | c | a:c | b:c | a:b:c", true},
        {"~ a/b", "a | a:b", true},
        {"~ (a+b)/x", "a | b | a:b:x", true},
        {"~(a+b)/(c+x)", "a | b | a:b:c | a:b:x", true},
        {"~ a %in% b", "a:b", true},
        {"~ a %in% b + c", "c | a:b", true},
        {"~ (a+b) %in% c", "a:c | b:c", true},
        {"~ b:a + a", "a | b:a", true},
        {"~ a:x + b", "b | a:x", true},
        {"~ a:b:c + a", "a | a:b:c", true},
        {"~ (1 + a)*b", "a | b | a:b", true},
        {"~ x^2", "x", true},
        {"~ a + a + b - b", "a", true},
        {"~ a + (b + c)", "a | b | c", true},
        {"~ a*b + offset(x)", "a | b | a:b", true},
        {"~ log(x) + I(x^2) + I((x+1)/2) + I(-x) + I(x*2-1)",
         "log(x) | I(x^2) | I((x + 1)/2) | I(-x) | I(x * 2 - 1)", true},
        {"~ I(x/1e5) + I(x*100000) + I(x*123456) + I(x^0.5)",
         "I(x/1e+05) | I(x * 1e+05) | I(x * 123456) | I(x^0.5)", true},
        {"~ I(x^-1) + I(-x^2) + I((-x)^2) + I(x-(z-x)) + I(x/(z*x))",
         "I(x^-1) | I(-x^2) | I((-x)^2) | I(x - (z - x)) | I(x/(z * x))", true},
        {"~ factor(visit.no)*a", "factor(visit.no) | a | factor(visit.no):a", true},
        {"~ `a`:`my col`", "a:`my col`", true},
        {"y ~ arm * visit + base:visit", "arm | visit | arm:visit | visit:base", true},
    };
    VgArena *arena = vg_arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        VgFormula *formula = parse(arena, cases[i].formula);
        assert_string_equal(term_names(arena, formula), cases[i].terms);
        assert_int_equal(formula->intercept, cases[i].intercept);
    }
    vg_arena_destroy(arena);
}

static void response_offsets_and_bar_terms_are_kept_apart(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgFormula *formula =
        parse(arena, "log(score) ~ arm + offset(log(days)) + (1 + week | id) + (1 | site/ward)");
    assert_string_equal(formula->response->name, "log(score)");
    assert_int_equal(formula->response->kind, VG_VARIABLE_FUNCTION);
    assert_int_equal(formula->n_offsets, 1);
    assert_string_equal(formula->offset[0].name, "log(days)");
    assert_int_equal(formula->n_variables, 1);
    assert_string_equal(term_names(arena, formula), "arm");
    assert_int_equal(formula->n_bars, 2);
    assert_string_equal(formula->bar[0].text, "1 + week | id");
    assert_string_equal(formula->bar[0].left, "1 + week");
    assert_string_equal(formula->bar[0].group, "id");
    assert_string_equal(formula->bar[1].group, "site/ward");
    vg_arena_destroy(arena);
}

static void variables_name_their_columns(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgFormula *formula = parse(arena, "change.from_base ~ as.factor(visit) + `HAM-D 17` + abs(x)");
    assert_string_equal(formula->response->column, "change.from_base");
    assert_int_equal(formula->variable[0].kind, VG_VARIABLE_FACTOR);
    assert_string_equal(formula->variable[0].column, "visit");
    assert_string_equal(formula->variable[1].column, "HAM-D 17");
    assert_string_equal(formula->variable[1].name, "`HAM-D 17`");
    assert_int_equal(formula->variable[2].kind, VG_VARIABLE_FUNCTION);
    vg_arena_destroy(arena);
}

static void errors_name_the_byte_column(void **state)
{
    (void)state;
    static const struct {
        const char *formula;
        size_t column;
        const char *part;
    } cases[] = {
        {"y ~ ", 5, "ends where"},
        {"y ~ a +", 8, "ends where"},
        {"y ~ a b", 7, "expected an operator"},
        {"y ~ (a + b", 5, "not closed"},
        {"y ~ a)", 6, "no '('"},
        {"y ~ .", 5, "not expanded"},
        {"y ~ a ~ b", 7, "'~'"},
        {"y ~ `a", 5, "backquote"},
        {"y ~ 1st", 5, "digit"},
        {"y ~ a + 2", 9, "number other than 0 and 1"},
        {"y ~ a:1", 7, "expected a variable"},
        {"y ~ a^b", 7, "whole number"},
        {"y ~ a | id", 5, "outside of brackets"},
        {"y ~ sin(x)", 5, "not known"},
        {"y ~ log(a:b)", 9, "within a function"},
        {"a + b", 1, "no '~'"},
        {"y ~ a + log(x, 2)", 14, "expected an operator or ')'"},
        {"y ~ a @ b", 7, "expected an operator"},
        {"y ~ a + @", 9, "expected a column's name"},
    };
    VgArena *arena = vg_arena_create();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        VgFormula *formula = NULL;
        VgError error = {0};
        assert_int_equal(vg_formula_parse(arena, cases[i].formula, &formula, &error),
                         VG_INVALID_INPUT);
        if (error.column != cases[i].column || !strstr(error.message, cases[i].part))
            fail_msg("%s: column %zu: %s", cases[i].formula, error.column, error.message);
        assert_true(error.hint[0]);
    }
    vg_arena_destroy(arena);
}

static void outcome_on_both_sides_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgFormula *formula = NULL;
    VgError error = {0};
    assert_int_equal(vg_formula_parse(arena, "y ~ a + y", &formula, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "both sides"));
    vg_arena_destroy(arena);
}

static void functions_of_later_versions_are_refused_by_name(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgFormula *formula = NULL;
    VgError error = {0};
    assert_int_equal(vg_formula_parse(arena, "Surv(time, event) ~ arm", &formula, &error),
                     VG_NOT_BUILT);
    assert_non_null(strstr(error.message, "Surv"));
    vg_arena_destroy(arena);
}

static void absurd_formulas_end_with_an_error(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgFormula *formula = NULL;
    VgError error = {0};
    char *deep = vg_arena_alloc(arena, 4001, 1);
    memset(deep, '(', 4000);
    deep[0] = '~';
    assert_int_equal(vg_formula_parse(arena, deep, &formula, &error), VG_INVALID_INPUT);
    char *powers = vg_arena_strdup(arena, "~ (a+b+c+d+e+f+g+h+i+j+k+l+m+n)^14 * (o+p+q+r+s+t)^6");
    assert_int_equal(vg_formula_parse(arena, powers, &formula, &error), VG_INVALID_INPUT);
    char *endless = vg_arena_alloc(arena, 100001, 1);
    memset(endless, 'a', 100000);
    endless[0] = '~';
    assert_int_equal(vg_formula_parse(arena, endless, &formula, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_those_of_r),
        cmocka_unit_test(response_offsets_and_bar_terms_are_kept_apart),
        cmocka_unit_test(variables_name_their_columns),
        cmocka_unit_test(errors_name_the_byte_column),
        cmocka_unit_test(outcome_on_both_sides_is_refused),
        cmocka_unit_test(functions_of_later_versions_are_refused_by_name),
        cmocka_unit_test(absurd_formulas_end_with_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
