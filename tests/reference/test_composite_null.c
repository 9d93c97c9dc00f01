/* Shares of the composite null and the false discovery rate of p_max against HDMT 1.0.5: tests/reference/composite_null.R makes
 * composite_null.json, and the p-values by the recipe here. */
#include "support/witness.h"

#include <math.h>

#include <vagus/mediator_screen.h>

static VgArena *arena;
static VgError error;
static json_t *witness;
static double generator;

static double uniform(void) /* Park & Miller */
{
    generator = fmod(16807 * generator, 2147483647);
    return generator / 2147483647;
}

static void agree(const char *name, size_t m, double seed, double both, double only_a,
                  double only_b, double power, bool adjusted_too)
{
    const json_t *expected = witness_at(witness, name);
    double *a = VG_NEW(arena, double, m), *b = VG_NEW(arena, double, m),
           *q = VG_NEW(arena, double, m);
    assert_false(vg_arena_failed(arena));
    generator = seed;
    for (size_t i = 0; i < m; i++) {
        double kind = (double)(i + 1) / (double)m, u = uniform(), v = uniform();
        bool has_a = kind <= both + only_a;
        bool has_b = kind <= both || (kind > both + only_a && kind <= both + only_a + only_b);
        a[i] = has_a ? pow(u, power) : u;
        b[i] = has_b ? pow(v, power) : v;
    }
    VgCompositeNull null;
    WITNESS_OK(vg_composite_null(arena, m, a, b, &null, &error), &error);
    witness_close(name, null.both_absent, witness_number(expected, "both"), 1e-8, 1e-3);
    witness_close(name, null.beta_absent, witness_number(expected, "beta_absent"), 1e-8, 1e-3);
    witness_close(name, null.alpha_absent, witness_number(expected, "alpha_absent"), 1e-8, 1e-3);
    witness_close(name, null.alpha_null, witness_number(expected, "alpha_null"), 1e-8, 0);
    witness_close(name, null.beta_null, witness_number(expected, "beta_null"), 1e-8, 0);
    for (int adjusted = 0; adjusted < 1 + adjusted_too; adjusted++) {
        WITNESS_OK(vg_composite_fdr(arena, m, a, b, &null, adjusted, q, &error), &error);
        const json_t *rate = witness_at(expected, adjusted ? "adjusted" : "asymptotic");
        for (size_t i = 0; i < m; i++)
            witness_close(adjusted ? "adjusted" : "asymptotic", q[i],
                          json_number_value(json_array_get(rate, i)), 1e-8, 1e-6);
    }
}

static void shares_and_rates_agree_with_hdmt(void **state)
{
    (void)state;
    agree("mixed", 400, 1, .1, .2, .1, 8, true);
    agree("alpha_only", 300, 2, 0, .3, 0, 6, true);
    agree("none", 250, 3, 0, 0, 0, 1, true);
    agree("strong", 600, 4, .3, .3, .3, 10, true);
    /* below 200 tests our q-values (which only choose what is plainly of both) take all for null; qvalue estimates a share */
    agree("few", 60, 5, .2, .3, .1, 6, false);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/composite_null.json"));
    return arena ? 0 : -1;
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_and_rates_agree_with_hdmt)};
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
