/* model/design.c: X as R's model.matrix() makes it, complete rows, rank, and errors that help. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vagus/design.h>

#include "support/small_table.h"

static VgTable *read_text(VgArena *arena, const char *text)
{
    VgTable *table = NULL;
    VgError error = {0};
    WITNESS_OK(
        vg_table_read_csv_bytes(arena, "table.csv", text, strlen(text), NULL, &table, &error),
        &error);
    return table;
}

static VgDesign *build(VgArena *arena, const VgTable *table, const char *text,
                       const VgDesignOptions *options)
{
    VgFormula *formula = NULL;
    VgDesign *design = NULL;
    VgError error = {0};
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, formula, options, &design, &error), &error);
    return design;
}

static VgStatus try_build(VgArena *arena, const char *csv, const char *text,
                          const VgDesignOptions *options, VgError *error)
{
    VgFormula *formula = NULL;
    VgDesign *design = NULL;
    *error = (VgError){0};
    VgTable *table = read_text(arena, csv);
    WITNESS_OK(vg_formula_parse(arena, text, &formula, error), error);
    return vg_design_build(arena, table, formula, options, &design, error);
}

/* R 4.2.2: model.matrix(f, model.frame(f, d, drop.unused.levels = TRUE)), its column names, its
 * number of rows, sum over i, j of X[i, j] (1 + (j − 1)/4) / (i + 1/2), and the columns (from 0)
 * that qr(X, tol = 1e-7) moves to the end. */
static const struct {
    const char *formula;
    VgContrastCoding coding;
    const char *names;
    size_t rows;
    double fingerprint;
    const char *aliased;
} cases[] = {
    {"~ a", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar", 36, 7.1636521172220951, ""},
    {"~ a:b", VG_CONTRAST_TREATMENT, "(Intercept) | ap:bu | aq:bu | ar:bu | ap:bv | aq:bv | ar:bv",
     35, 9.8141597371992457, "6"},
    {"~ 0 + a + b", VG_CONTRAST_TREATMENT, "ap | aq | ar | bv", 35, 6.5549340746751659, ""},
    {"~ x:a", VG_CONTRAST_TREATMENT, "(Intercept) | x:ap | x:aq | x:ar", 35, 24.799890600259481,
     ""},
    {"~ a + a:b", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | ap:bv | aq:bv | ar:bv", 35,
     9.4613134377831933, ""},
    {"~ a*b", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | bv | aq:bv | ar:bv", 35,
     10.713655139794961, ""},
    {"~ a*b*c - a:b:c", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | bv | c2 | aq:bv | ar:bv | aq:c2 | ar:c2 | bv:c2", 35,
     18.11252268945514, ""},
    {"~ (a+b+c)^2", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | bv | c2 | aq:bv | ar:bv | aq:c2 | ar:c2 | bv:c2", 35,
     18.11252268945514, ""},
    {"~ a/b", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | ap:bv | aq:bv | ar:bv", 35,
     9.4613134377831933, ""},
    {"~ (a+b)/x", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | bv | ap:bu:x | aq:bu:x | ar:bu:x | ap:bv:x | aq:bv:x | ar:bv:x", 34,
     43.776406567576082, ""},
    {"~ a %in% b", VG_CONTRAST_TREATMENT,
     "(Intercept) | ap:bu | aq:bu | ar:bu | ap:bv | aq:bv | ar:bv", 35, 9.8141597371992457, "6"},
    {"~ b:a + a", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | bv:ap | bv:aq | bv:ar", 35,
     9.4613134377831933, ""},
    {"~ 0 + a:b", VG_CONTRAST_TREATMENT, "ap:bu | aq:bu | ar:bu | ap:bv | aq:bv | ar:bv", 35,
     5.3803333492695096, ""},
    {"~ 0 + x:a", VG_CONTRAST_TREATMENT, "x:ap | x:aq | x:ar", 35, 17.749797828782974, ""},
    {"~ x + x:a", VG_CONTRAST_TREATMENT, "(Intercept) | x | x:aq | x:ar", 35, 36.839726244415608,
     ""},
    {"~ a:x + b", VG_CONTRAST_TREATMENT, "(Intercept) | bv | ap:x | aq:x | ar:x", 34,
     29.300355429036031, ""},
    {"~ log(x) + I(x^2) + I((x+1)/2) + I(-z) + I(x*2-1)", VG_CONTRAST_TREATMENT,
     "(Intercept) | log(x) | I(x^2) | I((x + 1)/2) | I(-z) | I(x * 2 - 1)", 35, 176.62837368342832,
     "5"},
    {"~ `my col` + a", VG_CONTRAST_TREATMENT, "(Intercept) | `my col` | aq | ar", 36,
     21.745370548935753, ""},
    {"~ factor(visit.no)*a", VG_CONTRAST_TREATMENT,
     "(Intercept) | factor(visit.no)2 | factor(visit.no)3 | factor(visit.no)4 | aq | ar | "
     "factor(visit.no)2:aq | factor(visit.no)3:aq | factor(visit.no)4:aq | factor(visit.no)2:ar | "
     "factor(visit.no)3:ar | factor(visit.no)4:ar",
     36, 20.124584509703233, ""},
    {"~ -1 + a*x", VG_CONTRAST_TREATMENT, "ap | aq | ar | x | aq:x | ar:x", 35, 49.564856786984805,
     ""},
    {"~ a + b - 1", VG_CONTRAST_TREATMENT, "ap | aq | ar | bv", 35, 6.5549340746751659, ""},
    {"~ 0 + x + a", VG_CONTRAST_TREATMENT, "x | ap | aq | ar", 35, 19.349085995101913, ""},
    {"~ 1", VG_CONTRAST_TREATMENT, "(Intercept)", 36, 3.5744583706177617, ""},
    {"~ 0 + x", VG_CONTRAST_TREATMENT, "x", 35, 14.012126644530866, ""},
    {"~ a*b + offset(x)", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | bv | aq:bv | ar:bv", 34,
     10.08523225549507, ""},
    {"~ a:b:c + a", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | ap:bu:c1 | aq:bu:c1 | ar:bu:c1 | ap:bv:c1 | aq:bv:c1 | ar:bv:c1 | "
     "ap:bu:c2 | aq:bu:c2 | ar:bu:c2 | ap:bv:c2 | aq:bv:c2 | ar:bv:c2",
     35, 17.293641538544101, "12 13 14"},
    {"~ a:b + b:c", VG_CONTRAST_TREATMENT,
     "(Intercept) | ap:bu | aq:bu | ar:bu | ap:bv | aq:bv | ar:bv | bu:c2 | bv:c2", 35,
     13.914129531944326, "6"},
    {"~ (1 + a)*b", VG_CONTRAST_TREATMENT, "(Intercept) | aq | ar | bv | aq:bv | ar:bv", 35,
     10.713655139794961, ""},
    {"~ sqrt(x) + exp(-x) + log(x+1) + log2(x) + abs(z) + log10(x) + log1p(x)",
     VG_CONTRAST_TREATMENT,
     "(Intercept) | sqrt(x) | exp(-x) | log(x + 1) | log2(x) | abs(z) | log10(x) | log1p(x)", 35,
     85.374810983687183, "6 7"},
    {"~ (a+b) %in% c", VG_CONTRAST_TREATMENT,
     "(Intercept) | ap:c1 | aq:c1 | ar:c1 | ap:c2 | aq:c2 | ar:c2 | bv:c1 | bv:c2", 35,
     13.3816031759076, "6"},
    {"~(a+b)/(c+x)", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | bv | ap:bu:c1 | aq:bu:c1 | ar:bu:c1 | ap:bv:c1 | aq:bv:c1 | ar:bv:c1 "
     "| ap:bu:c2 | aq:bu:c2 | ar:bu:c2 | ap:bv:c2 | aq:bv:c2 | ar:bv:c2 | ap:bu:x | aq:bu:x | "
     "ar:bu:x | ap:bv:x | aq:bv:x | ar:bv:x",
     34, 95.944594151403194, "12 13 14 15"},
    {"~ `a`:`my col`", VG_CONTRAST_TREATMENT,
     "(Intercept) | ap:`my col` | aq:`my col` | ar:`my col`", 36, 21.386030699992311, ""},
    {"~ x %in% a", VG_CONTRAST_TREATMENT, "(Intercept) | x:ap | x:aq | x:ar", 35,
     24.799890600259481, ""},
    {"~0+b:a+a", VG_CONTRAST_TREATMENT, "ap | aq | ar | bv:ap | bv:aq | bv:ar", 35,
     6.8689797416177392, ""},
    {"~ (a + b + c)^3 - a:b", VG_CONTRAST_TREATMENT,
     "(Intercept) | aq | ar | bv | c2 | aq:c2 | ar:c2 | bv:c2 | aq:bv:c1 | ar:bv:c1 | aq:bv:c2 | "
     "ar:bv:c2",
     35, 18.139534257663033, ""},
    {"~ x*a*b", VG_CONTRAST_TREATMENT,
     "(Intercept) | x | aq | ar | bv | x:aq | x:ar | x:bv | aq:bv | ar:bv | x:aq:bv | x:ar:bv", 34,
     75.99239969388158, ""},
    {"~ 0 + x + x:a:b", VG_CONTRAST_TREATMENT,
     "x | x:ap:bu | x:aq:bu | x:ar:bu | x:ap:bv | x:aq:bv | x:ar:bv", 34, 38.404802232339165, "6"},
    {"~ a:c:x + x + b", VG_CONTRAST_TREATMENT,
     "(Intercept) | x | bv | ap:c1:x | aq:c1:x | ar:c1:x | ap:c2:x | aq:c2:x | ar:c2:x", 34,
     53.915876984186504, "8"},
    {"~ a*b*x", VG_CONTRAST_SUM,
     "(Intercept) | a1 | a2 | b1 | x | a1:b1 | a2:b1 | a1:x | a2:x | b1:x | a1:b1:x | a2:b1:x", 34,
     45.695020013596952, ""},
    {"~ 0 + a:b + b", VG_CONTRAST_SUM, "bu | bv | a1:bu | a2:bu | a1:bv | a2:bv", 35,
     3.5010830702788756, ""},
    {"~ a + a:b", VG_CONTRAST_SUM, "(Intercept) | a1 | a2 | ap:b1 | aq:b1 | ar:b1", 35,
     5.8774050833711167, ""},
    {"~ a:b + b:c", VG_CONTRAST_SUM,
     "(Intercept) | ap:bu | aq:bu | ar:bu | ap:bv | aq:bv | ar:bv | bu:c1 | bv:c1", 35,
     11.66228838250592, "6"},
    {"~ 0 + x:a + b", VG_CONTRAST_SUM, "bu | bv | x:ap | x:aq | x:ar", 34, 28.206959193962518, ""},
};

static double fingerprint(const VgDesign *design)
{
    double sum = 0.0;
    for (size_t j = 0; j < design->p; j++)
        for (size_t i = 0; i < design->n_rows; i++)
            sum += VG_AT(design->x, i, j) * (1.0 + 0.25 * (double)j) / ((double)i + 1.5);
    return sum;
}

static void design_is_that_of_r(void **state)
{
    (void)state;
    static const char *const factors[] = {"c"};
    VgArena *arena = vg_arena_create();
    VgTable *table = read_text(arena, SMALL_TABLE);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        VgDesignOptions options = {
            .coding = cases[k].coding, .as_factor = factors, .n_as_factor = 1};
        VgDesign *design = build(arena, table, cases[k].formula, &options);
        const char *names = "", *aliased = "";
        for (size_t j = 0; j < design->p; j++) {
            names = vg_arena_printf(arena, "%s%s%s", names, j ? " | " : "", design->name[j]);
            if (design->aliased[j])
                aliased = vg_arena_printf(arena, "%s%s%zu", aliased, *aliased ? " " : "", j);
        }
        assert_string_equal(names, cases[k].names);
        assert_string_equal(aliased, cases[k].aliased);
        assert_int_equal(design->n_rows, cases[k].rows);
        assert_int_equal(design->n_dropped + design->n_rows, 36);
        witness_close(cases[k].formula, fingerprint(design), cases[k].fingerprint, 1e-13, 0);
    }
    vg_arena_destroy(arena);
}

static void null_basis_spans_what_x_cannot_see(void **state)
{
    (void)state;
    static const char *const factors[] = {"c"};
    VgArena *arena = vg_arena_create();
    VgTable *table = read_text(arena, SMALL_TABLE);
    VgDesignOptions options = {.as_factor = factors, .n_as_factor = 1};
    VgDesign *design = build(arena, table, "~ a:b + b:c + a:x", &options);
    assert_int_equal(design->rank + design->null_basis.cols, design->p);
    assert_true(design->null_basis.cols >= 1);
    for (size_t k = 0; k < design->null_basis.cols; k++) {
        for (size_t i = 0; i < design->n_rows; i++) {
            double sum = 0;
            for (size_t j = 0; j < design->p; j++)
                sum += VG_AT(design->x, i, j) * VG_AT(design->null_basis, j, k);
            assert_true(fabs(sum) < 1e-12);
        }
        for (size_t l = 0; l <= k; l++) {
            double dot = 0;
            for (size_t j = 0; j < design->p; j++)
                dot += VG_AT(design->null_basis, j, k) * VG_AT(design->null_basis, j, l);
            assert_true(fabs(dot - (k == l)) < 1e-13);
        }
    }
    double *contrast = VG_NEW(arena, double, design->p);
    memcpy(contrast, &VG_AT(design->null_basis, 0, 0), design->p * sizeof *contrast);
    assert_false(vg_design_estimable(design, contrast));
    for (size_t j = 0; j < design->p; j++)
        contrast[j] = VG_AT(design->x, 3, j);
    assert_true(vg_design_estimable(design, contrast));
    vg_arena_destroy(arena);
}

static void design_rows_rebuild_x(void **state)
{
    (void)state;
    static const char *const factors[] = {"c"};
    static const char *const formulas[] = {"~ a*b*x", "~ 0 + a:b:c + z", "~ a:x + b %in% c",
                                           "~ factor(visit.no) * log(x) + c"};
    VgArena *arena = vg_arena_create();
    VgTable *table = read_text(arena, SMALL_TABLE);
    for (size_t f = 0; f < sizeof formulas / sizeof *formulas; f++)
        for (int coding = 0; coding < 2; coding++) {
            VgDesignOptions options = {
                .coding = (VgContrastCoding)coding, .as_factor = factors, .n_as_factor = 1};
            VgDesign *design = build(arena, table, formulas[f], &options);
            double x[64], values[8];
            int32_t codes[8];
            assert_true(design->p <= 64);
            for (size_t i = 0; i < design->n_rows; i++) {
                for (size_t v = 0; v < design->formula->n_variables; v++) {
                    const VgDesignVariable *variable = &design->variable[v];
                    codes[v] = variable->is_factor ? variable->code[i] : 0;
                    values[v] = variable->is_factor ? 0 : variable->value[i];
                }
                vg_design_row(design, codes, values, x);
                for (size_t j = 0; j < design->p; j++)
                    assert_true(x[j] == VG_AT(design->x, i, j));
            }
        }
    vg_arena_destroy(arena);
}

static void level_order_sets_the_reference(void **state)
{
    (void)state;
    static const char *const levels[] = {"r"};
    static const VgLevelOrder order = {"a", levels, 1};
    VgArena *arena = vg_arena_create();
    VgDesignOptions options = {.order = &order, .n_orders = 1};
    VgDesign *design = build(arena, read_text(arena, SMALL_TABLE), "y ~ a", &options);
    assert_string_equal(design->name[1], "ap");
    assert_string_equal(design->name[2], "aq");
    vg_arena_destroy(arena);
}

static void rows_with_missing_values_are_dropped_and_counted(void **state)
{
    (void)state;
    static const char *const required[] = {"x"};
    VgArena *arena = vg_arena_create();
    VgTable *table = read_text(arena, SMALL_TABLE);
    VgDesign *design = build(arena, table, "y ~ a + b", NULL);
    assert_int_equal(design->n_rows, 34);
    assert_int_equal(design->n_dropped, 2);
    VgDesignOptions options = {.required = required, .n_required = 1};
    assert_int_equal(build(arena, table, "y ~ a + b", &options)->n_rows, 33);
    options.allow_missing_response = true;
    design = build(arena, table, "y ~ a + b", &options);
    assert_int_equal(design->n_rows, 34);
    size_t missing = 0;
    for (size_t i = 0; i < design->n_rows; i++)
        missing += isnan(design->y[i]) != 0;
    assert_int_equal(missing, 1);
    bool keep[36] = {false};
    for (size_t i = 0; i < 20; i++)
        keep[i] = true;
    options = (VgDesignOptions){.keep = keep};
    design = build(arena, table, "y ~ a + b", &options);
    assert_int_equal(design->n_rows, 19);
    assert_int_equal(design->n_dropped, 1);
    vg_arena_destroy(arena);
}

static void offsets_are_added_up(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgDesign *design = build(arena, read_text(arena, "y,x,t\n1,2,3\n2,4,5\n3,1,1\n"),
                             "y ~ x + offset(log(t)) + offset(x)", NULL);
    assert_true(fabs(design->offset[1] - (log(5) + 4)) < 1e-15);
    assert_int_equal(design->p, 2);
    vg_arena_destroy(arena);
}

static void rank_does_not_depend_on_units(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const char *csv = "x,y\n1e9,1e-9\n2e9,3e-9\n5e9,2e-9\n7e9,9e-9\n";
    VgDesign *design = build(arena, read_text(arena, csv), "~ x + y + I(x*3) + I(x*1e-15)", NULL);
    assert_int_equal(design->rank, 3);
    assert_true(design->aliased[3] && design->aliased[4]);
    vg_arena_destroy(arena);
}

static void more_columns_than_rows_leave_the_last_ones_out(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgDesign *design = build(arena, read_text(arena, "x,y,z\n1,3,9\n2,5,1\n"), "~ x + y + z", NULL);
    assert_int_equal(design->rank, 2);
    assert_true(design->aliased[2] && design->aliased[3]);
    vg_arena_destroy(arena);
}

static void errors_name_the_column_and_the_line(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error;
    assert_int_equal(try_build(arena, "baseline,y\n1,2\n2,3\n", "y ~ baselin", NULL, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "'baseline'"));
    assert_int_equal(try_build(arena, "arm,y\na,2\na,3\n", "y ~ arm", NULL, &error),
                     VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "one value"));
    assert_int_equal(try_build(arena, "x,y\n1,2\n0,3\n", "y ~ log(x)", NULL, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(error.line, 3);
    assert_int_equal(try_build(arena, "x,y\n1,low\n0,high\n3,low\n4,low\n", "y ~ x", NULL, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(error.line, 2);
    assert_non_null(strstr(error.message, "'low'"));
    assert_int_equal(try_build(arena, "x,y,e\n1,1,\n0,2,\n3,4,\n", "y ~ x + e", NULL, &error),
                     VG_NOT_ESTIMABLE);
    assert_true(error.hint[0]);
    vg_arena_destroy(arena);
}

/* 1,000 participants × 10 visits; the figure is printed, the bound is loose because machines are
 * shared. */
static void ten_thousand_rows_build_quickly(void **state)
{
    (void)state;
    static const char *const factors[] = {"visit"};
    VgArena *arena = vg_arena_create();
    char *csv = vg_arena_alloc(arena, 10001, 64);
    char *at = csv + sprintf(csv, "arm,visit,base,y\n");
    for (int i = 0; i < 10000; i++)
        at += sprintf(at, "%s,%d,%d,%d\n", i / 10 % 2 ? "active" : "placebo", i % 10 + 1,
                      i / 10 * 7919 % 23 + 10, i * 31 % 17);
    VgTable *table = read_text(arena, csv);
    VgDesignOptions options = {.as_factor = factors, .n_as_factor = 1};
    double best = 1;
    for (int repeat = 0; repeat < 5; repeat++) {
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        VgDesign *design = build(arena, table, "y ~ arm*visit + base*visit", &options);
        clock_gettime(CLOCK_MONOTONIC, &end);
        assert_int_equal(design->rank, 30);
        double seconds =
            (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
        best = seconds < best ? seconds : best;
    }
    print_message("10,000 rows x 30 columns: %.2f ms\n", 1e3 * best);
    assert_true(best < 0.1);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(design_is_that_of_r),
        cmocka_unit_test(null_basis_spans_what_x_cannot_see),
        cmocka_unit_test(design_rows_rebuild_x),
        cmocka_unit_test(level_order_sets_the_reference),
        cmocka_unit_test(rows_with_missing_values_are_dropped_and_counted),
        cmocka_unit_test(offsets_are_added_up),
        cmocka_unit_test(rank_does_not_depend_on_units),
        cmocka_unit_test(more_columns_than_rows_leave_the_last_ones_out),
        cmocka_unit_test(errors_name_the_column_and_the_line),
        cmocka_unit_test(ten_thousand_rows_build_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
