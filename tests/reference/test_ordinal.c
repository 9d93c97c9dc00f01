/* Cumulative-link models and the probit link against MASS::polr (polished) and glm on the jobs data:
 * tests/reference/ordinal.R makes ordinal.json. */
#include "support/witness.h"

#include <math.h>

#include <vagus/glm.h>
#include <vagus/ordinal.h>
#include <vagus/table.h>

enum { MOST = 1000 };
static VgArena *arena;
static VgError error;
static json_t *witness;
static VgTable *table;
static size_t n;

static const double *number(const char *name)
{
    const VgColumn *column = vg_table_column(table, name);
    assert_non_null(column);
    assert_non_null(column->number);
    return column->number;
}

static VgMatrix matrix(const char *const *name, size_t p, bool intercept)
{
    VgMatrix x = {VG_NEW(arena, double, n *(p + 1)), n, p + intercept, n};
    assert_non_null(x.data);
    for (size_t i = 0; i < n; i++) {
        if (intercept)
            VG_AT(x, i, 0) = 1;
        for (size_t j = 0; j < p; j++)
            VG_AT(x, i, j + intercept) = number(name[j])[i];
    }
    return x;
}

static void check(const char *what, const double *got, const json_t *expected, size_t m,
                  double floor)
{
    assert_int_equal(json_array_size(expected), m);
    for (size_t j = 0; j < m; j++)
        witness_close(what, got[j], json_number_value(json_array_get(expected, j)), 1e-8, floor);
}

static VgOrdinalFit fit_ordinal(VgOrdinalLink link, VgMatrix x, const double *weights)
{
    int32_t *y = VG_NEW(arena, int32_t, n);
    assert_non_null(y);
    for (size_t i = 0; i < n; i++) /* categories 1 … 4 or 5 of the file */
        y[i] = (int32_t)number("job_disc")[i] - 1;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        k = (size_t)y[i] + 1 > k ? (size_t)y[i] + 1 : k;
    VgOrdinalData data = {.x = x, .y = y, .n_categories = k, .weights = weights};
    VgOrdinalOptions options = {.link = link};
    VgOrdinalFit fit;
    WITNESS_OK(vg_ordinal_fit(arena, &data, &options, &fit, &error), &error);
    return fit;
}

static void cumulative_models_agree_with_polr(void **state)
{
    (void)state;
    static const char *const X[] = {"treat", "econ_hard", "sex", "age"};
    static const char *const NAME[] = {"logistic", "probit"};
    VgMatrix x = matrix(X, 4, false);
    for (int link = 0; link < 2; link++) {
        VgOrdinalFit fit = fit_ordinal((VgOrdinalLink)link, x, NULL);
        const json_t *expected = witness_at(witness, NAME[link]);
        size_t m = fit.p + fit.n_categories - 1;
        check("parameter", fit.parameter, witness_at(expected, "parameter"), m, 0);
        check("vcov", fit.vcov.data, witness_at(expected, "vcov"), m * m, 1e-6);
        witness_close("loglik", fit.loglik, witness_number(expected, "loglik"), 1e-11, 0);
    }
}

static void a_row_of_weight_two_is_two_rows(void **state)
{
    (void)state;
    static const char *const X[] = {"treat", "econ_hard"};
    VgMatrix x = matrix(X, 2, false);
    double *two = VG_NEW(arena, double, n);
    assert_non_null(two);
    for (size_t i = 0; i < n; i++)
        two[i] = 2;
    VgOrdinalFit once = fit_ordinal(VG_ORDINAL_LOGIT, x, NULL);
    VgOrdinalFit twice = fit_ordinal(VG_ORDINAL_LOGIT, x, two);
    for (size_t j = 0; j < 5; j++)
        witness_close("parameter", twice.parameter[j], once.parameter[j], 1e-12, 0);
    witness_close("variance", twice.vcov.data[0], once.vcov.data[0] / 2, 1e-10, 0);
}

static void probit_agrees_with_glm(void **state)
{
    (void)state;
    static const char *const X[] = {"treat", "depress1", "econ_hard", "sex", "age"};
    VgMatrix x = matrix(X, 5, true);
    const VgColumn *work = vg_table_column(table, "work1");
    double *y = VG_NEW(arena, double, n);
    assert_non_null(y);
    for (size_t i = 0; i < n; i++)
        y[i] = strcmp(vg_column_value_text(arena, work, i), "psyemp") == 0;
    VgGlmData data = {.x = x, .y = y};
    VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .link = VG_LINK_PROBIT};
    VgGlmFit fit;
    WITNESS_OK(vg_glm_fit(arena, &data, &options, &fit, &error), &error);
    const json_t *expected = witness_at(witness, "glm_probit");
    check("probit", fit.beta, witness_at(expected, "coefficient"), 6, 0);
    check("probit vcov", fit.vcov.data, witness_at(expected, "vcov"), 36, 1e-6);
    witness_close("probit loglik", fit.loglik, witness_number(expected, "loglik"), 1e-11, 0);
    options.start = fit.beta;
    VgGlmFit again;
    WITNESS_OK(vg_glm_fit(arena, &data, &options, &again, &error), &error);
    assert_true(again.iterations <= 2);
    witness_close("from its own optimum", again.beta[1], fit.beta[1], 1e-12, 0);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/ordinal.json"));
    const char *path = witness_data(arena, "mediation_jobs/jobs.csv");
    WITNESS_OK(vg_table_read(arena, path, NULL, &table, &error), &error);
    n = table->n_rows;
    return arena && n <= MOST ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(witness);
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cumulative_models_agree_with_polr),
        cmocka_unit_test(a_row_of_weight_two_is_two_rows),
        cmocka_unit_test(probit_agrees_with_glm),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
