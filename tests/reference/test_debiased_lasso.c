/* The debiased lasso against its formulas on glmnet: tests/reference/debiased_lasso.R makes debiased_lasso.json, and the data by the
 * recipe here. */
#include "support/witness.h"

#include <math.h>

#include <vagus/debiased_lasso.h>

enum { N = 60, D = 25, Q = 3 };
static VgArena *arena;
static VgError error;
static double m[N * D], y[N], u[N * Q], generator = 7;

static double uniform(void) /* Park & Miller */
{
    generator = fmod(16807 * generator, 2147483647);
    return generator / 2147483647;
}

static VgDebiasedLassoData data(void)
{
    return (VgDebiasedLassoData){.x = {m, N, D, N}, .y = y, .unpenalised = {u, N, Q, N}};
}

static void estimates_agree_with_the_formulas_on_glmnet(void **state)
{
    (void)state;
    json_t *expected = witness_json(witness_source(arena, "tests/reference/debiased_lasso.json"));
    VgDebiasedLassoData d = data();
    VgDebiasedLasso out;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &out, &error), &error);
    witness_close("sigma", out.sigma, witness_number(expected, "sigma"), 1e-8, 0);
    witness_close("lambda", out.lambda, witness_number(expected, "lambda"), 1e-8, 0);
    assert_int_equal(out.n_selected, witness_number(expected, "selected"));
    for (size_t j = 0; j < D; j++) {
        const json_t *e = json_array_get(witness_at(expected, "estimate"), j);
        const json_t *s = json_array_get(witness_at(expected, "se"), j);
        const json_t *p = json_array_get(witness_at(expected, "p"), j);
        witness_close("estimate", out.answer[j].estimate, json_number_value(e), 1e-8, 1);
        witness_close("se", out.answer[j].se, json_number_value(s), 1e-8, 0);
        witness_close("p", out.answer[j].p, json_number_value(p), 1e-7, 1e-3);
    }
    json_decref(expected);
}

static void tested_columns_are_those_of_all(void **state)
{
    (void)state;
    static const size_t TESTED[] = {8, 1};
    VgDebiasedLassoData d = data();
    VgDebiasedLasso all, two;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &all, &error), &error);
    d.tested = TESTED;
    d.n_tested = 2;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &two, &error), &error);
    assert_memory_equal(&two.answer[0], &all.answer[8], sizeof *two.answer);
    assert_memory_equal(&two.answer[1], &all.answer[1], sizeof *two.answer);
}

static void units_pass_through(void **state)
{
    (void)state;
    double other[N * D], outcome[N];
    for (size_t i = 0; i < N; i++) {
        outcome[i] = 10 * y[i] + 3;
        for (size_t j = 0; j < D; j++)
            other[i + j * N] = j == 4 ? 1000 * m[i + j * N] - 5 : m[i + j * N];
    }
    VgDebiasedLassoData d = data(), changed = data();
    changed.x.data = other;
    changed.y = outcome;
    VgDebiasedLasso a, b;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &a, &error), &error);
    WITNESS_OK(vg_debiased_lasso(arena, &changed, 0.95, &b, &error), &error);
    for (size_t j = 0; j < D; j++) {
        double unit = j == 4 ? 0.01 : 10;
        witness_close("estimate", b.answer[j].estimate, unit * a.answer[j].estimate, 1e-8, 1e-6);
        witness_close("se", b.answer[j].se, unit * a.answer[j].se, 1e-8, 0);
    }
}

static void what_depends_on_others_has_no_answer(void **state)
{
    (void)state;
    double other[N * D];
    memcpy(other, m, sizeof m);
    for (size_t i = 0; i < N; i++)
        other[i + 3 * N] = 2 * u[i + N] - 1; /* the covariate itself */
    VgDebiasedLassoData d = data();
    d.x.data = other;
    VgDebiasedLasso out;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &out, &error), &error);
    assert_true(isnan(out.answer[3].estimate) && isnan(out.answer[3].p));
    assert_true(isfinite(out.answer[2].p));
    memcpy(other + 3 * N, m + 4 * N,
           N * sizeof *m); /* twice the same column: neither has a β of its own */
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &out, &error), &error);
    assert_true(isnan(out.answer[3].p) && isnan(out.answer[4].p) && isfinite(out.answer[5].p));
    d.x.cols = 1;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &out, &error), &error);
    assert_true(isfinite(out.answer[0].p));
    d = data();
    d.unpenalised.cols = 0;
    assert_int_equal(vg_debiased_lasso(arena, &d, 0.95, &out, &error), VG_INVALID_INPUT);
    static const size_t NONE[] = {99};
    d = data();
    d.tested = NONE;
    d.n_tested = 1;
    assert_int_equal(vg_debiased_lasso(arena, &d, 0.95, &out, &error), VG_INVALID_INPUT);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    for (size_t i = 0; i < N; i++) {
        u[i] = 1;
        u[i + N] = (double)(i % 2);
        u[i + 2 * N] = uniform();
        for (size_t j = 0; j < D; j++)
            m[i + j * N] = uniform() + (j ? 0.5 * m[i + (j - 1) * N] : u[i + N]);
        y[i] = u[i + N] + 2 * u[i + 2 * N] + 1.5 * m[i + N] - m[i + 8 * N];
        y[i] += uniform();
        y[i] += uniform();
    }
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_agree_with_the_formulas_on_glmnet),
        cmocka_unit_test(tested_columns_are_those_of_all),
        cmocka_unit_test(units_pass_through),
        cmocka_unit_test(what_depends_on_others_has_no_answer),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
