/* Censored normal models against survival::survreg (tests/reference/panel_censored.R). */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/censored.h>

static double bound(const json_t *root, const char *path, size_t i, double missing)
{
    const json_t *x = json_array_get(witness_at(root, path), i);
    return json_is_number(x) ? json_number_value(x) : missing;
}

/* survreg stops when the log-likelihood no longer moves in 15 digits: its coefficients are good to about the root
 * of that relative to their standard errors, ours to the last digits. */
static void agrees(VgArena *arena, const json_t *root, const char *name, double relative)
{
    char path[80];
    size_t n;
#define PATH(part) (snprintf(path, sizeof path, "%s/" part, name), path)
    size_t rows = (size_t)witness_number(root, PATH("n"));
    VgMatrix x = witness_matrix(arena, root, PATH("x"), rows);
    double *lower = VG_NEW(arena, double, rows), *upper = VG_NEW(arena, double, rows);
    for (size_t i = 0; i < rows; i++) {
        lower[i] = bound(root, PATH("lower"), i, -INFINITY);
        upper[i] = bound(root, PATH("upper"), i, INFINITY);
    }
    VgCensoredFit fit;
    VgError error = {0};
    WITNESS_OK(vg_censored_fit(arena, x, lower, upper, &fit, &error), &error);
    double *expected = witness_array(arena, root, PATH("covariance"), &n);
    assert_int_equal(n, (fit.p + 1) * (fit.p + 1));
    double *beta = witness_array(arena, root, PATH("beta"), &n);
    for (size_t j = 0; j < fit.p; j++)
        witness_close("beta", fit.beta[j], beta[j], relative, sqrt(expected[j * (fit.p + 2)]));
    witness_close("sigma", fit.sigma, witness_number(root, PATH("sigma")), relative, 0);
    witness_close("log likelihood", fit.log_likelihood, witness_number(root, PATH("loglik")), 1e-11,
                  1);
    for (size_t a = 0; a <= fit.p; a++)
        for (size_t b = 0; b <= fit.p; b++)
            witness_close("covariance", VG_AT(fit.covariance, a, b), expected[a + b * (fit.p + 1)],
                          relative, sqrt(expected[a * (fit.p + 2)] * expected[b * (fit.p + 2)]));
    print_message("%s: %zu iterations, decrement %g\n", name, fit.iterations, fit.decrement);
}

static void censored_models_agree_with_survreg(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/panel_censored.json"));
    agrees(arena, root, "tobin", 1e-9);
    agrees(arena, root, "panel", 1e-9);
    agrees(arena, root, "half", 1e-9);
    agrees(arena, root, "units", 1e-9);
    agrees(arena, root, "rounded", 1e-9);
    /* its differences of tails 2e-7 apart have lost half of their digits */
    agrees(arena, root, "narrow", 1e-6);
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(censored_models_agree_with_survreg)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
