/* Norms against R: direct maximum likelihood, gamlss, quantreg (tests/reference/norms.R). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/norms.h>
#include <vagus/quantile_regression.h>

#include "numeric/linear_algebra.h"

static VgArena *arena;
static json_t *witness;
static double *y, *age;
static VgMatrix linear, design;
static size_t n;

static double *numbers(const char *path, size_t *length)
{
    const json_t *list = witness_at(witness, path);
    *length = json_array_size(list);
    double *out = VG_NEW(arena, double, *length);
    for (size_t i = 0; i < *length; i++)
        out[i] = json_number_value(json_array_get(list, i));
    return out;
}

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/norms.json"));
    y = numbers("y", &n);
    age = numbers("age", &n);
    const double *sex = numbers("sex", &n), *bmi = numbers("bmi", &n);
    linear = vg_matrix_new(arena, n, 2);
    design = vg_matrix_new(arena, n, 4);
    for (size_t i = 0; i < n; i++) {
        VG_AT(linear, i, 0) = VG_AT(design, i, 2) = sex[i];
        VG_AT(linear, i, 1) = VG_AT(design, i, 3) = bmi[i];
        VG_AT(design, i, 0) = 1;
        VG_AT(design, i, 1) = age[i];
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(witness);
    vg_arena_destroy(arena);
    return 0;
}

static double at(const char *format, size_t i, size_t j)
{
    char path[120];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(path, sizeof path, format, i, j);
#pragma GCC diagnostic pop
    return witness_number(witness, path);
}

static void lines_agree_with_direct_maximum_likelihood(void **state)
{
    (void)state;
    VgNormData data = {n, y, age, linear};
    VgNormOptions options = {.linear_m = true, .linear_s = true};
    VgNorm *norm;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &norm, &error), &error);
    assert_int_equal(norm->p, 9);
    witness_close("log likelihood", norm->log_likelihood, witness_number(witness, "direct/loglik"),
                  1e-10, 1);
    for (size_t j = 0; j < 9; j++) {
        /* R's derivatives are differences: its maximum is good to 1e-8, its standard errors to 1e-6 */
        witness_close("theta", norm->theta[j], at("direct/theta/%zu", j, 0), 1e-6, 1e-2);
        witness_close("se", sqrt(VG_AT(norm->covariance, j, j)), at("direct/se/%zu", j, 0), 1e-6,
                      0);
    }
    for (size_t k = 0; k < 3; k++) {
        VgNormScore score;
        double x[2] = {at("direct/score/%zu/x/2", k, 0), at("direct/score/%zu/x/3", k, 0)};
        WITNESS_OK(vg_norm_score(norm, at("direct/score/%zu/y", k, 0),
                                 at("direct/score/%zu/x/1", k, 0), x, 0.95, &score, &error),
                   &error);
        witness_close("z", score.z, at("direct/score/%zu/z", k, 0), 1e-6, 1);
        witness_close("se of z", score.z_se, at("direct/score/%zu/se", k, 0), 1e-5, 0);
        double back =
            vg_norm_quantile(norm, score.centile, at("direct/score/%zu/x/1", k, 0), x, NULL);
        witness_close("quantile of the centile", back, at("direct/score/%zu/y", k, 0), 1e-10, 0);
    }
}

static void curves_agree_with_gamlss_at_equal_penalties(void **state)
{
    (void)state;
    static const double shares[5] = {0.03, 0.1, 0.5, 0.9, 0.97};
    VgNormData data = {n, y, age, linear};
    VgNormOptions options = {.smoothing = VG_NORM_FIXED, .penalty = {30, 200, 0}};
    VgNorm *norm;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &norm, &error), &error);
    size_t people = json_array_size(witness_at(witness, "smooth/curve"));
    assert_int_equal(people, 10);
    for (size_t i = 0; i < people; i++) {
        double x[2] = {at("smooth/curve/%zu/sex", i, 0), at("smooth/curve/%zu/bmi", i, 0)};
        for (size_t k = 0; k < 5; k++) /* gamlss stops by its deviance: METHODS asks 1e-3 */
            witness_close(
                "centile",
                vg_norm_quantile(norm, shares[k], at("smooth/curve/%zu/age", i, 0), x, NULL),
                at("smooth/curve/%zu/q/%zu", i, k), 1e-4, 0);
    }
    /* the larger penalised likelihood is the better fit: gamlss' own likelihood differs by what the curve's df leave */
    witness_close("log likelihood", norm->log_likelihood, witness_number(witness, "smooth/loglik"),
                  1e-5, 1);
}

static void local_ml_finds_the_curve_of_gamlss(void **state)
{
    (void)state;
    VgNormData data = {n, y, age, linear};
    VgNormOptions options = {.linear_s = false};
    VgNorm *norm, *gaic;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &norm, &error), &error);
    /* gamlss weighs by the residual variance, here 1 */
    witness_close("edf of M", norm->edf[0], witness_number(witness, "automatic/edf"), 0.15, 0);
    options.smoothing = VG_NORM_GAIC;
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &gaic, &error), &error);
    assert_true(gaic->gaic <= norm->gaic + 1e-6);
}

static void q_statistics_agree_with_gamlss(void **state)
{
    (void)state;
    size_t m;
    const double *z = numbers("q_statistics/z", &m);
    VgNormGroup group[4];
    VgError error = {0};
    WITNESS_OK(vg_norm_groups(arena, z, age, n, 4, group, &error), &error);
    for (size_t g = 0; g < 4; g++) {
        witness_close("Z1", group[g].z_mean, at("q_statistics/table/%zu/Z1", g, 0), 1e-8, 1e-3);
        /* gamlss divides the sum of squares by n; Wilson & Hilferty's cube root is of the variance with n − 1 */
        double people = (double)group[g].n, third = 2 / (9 * people - 9);
        double by_n = cbrt(group[g].sd * group[g].sd * (people - 1) / people);
        witness_close("Z2", (by_n - (1 - third)) / sqrt(third),
                      at("q_statistics/table/%zu/Z2", g, 0), 1e-8, 1e-3);
        double ours = cbrt(group[g].sd * group[g].sd);
        witness_close("Z2 with n - 1", group[g].z_sd, (ours - (1 - third)) / sqrt(third), 1e-12, 1);
        witness_close("Z3", group[g].z_skew, at("q_statistics/table/%zu/Z3", g, 0), 1e-8, 1e-3);
        witness_close("Z4", group[g].z_kurtosis, at("q_statistics/table/%zu/Z4", g, 0), 1e-8, 1e-3);
    }
}

static void quantile_regression_agrees_with_quantreg(void **state)
{
    (void)state;
    size_t fits = json_array_size(witness_at(witness, "quantile"));
    assert_int_equal(fits, 5);
    VgMatrix covariance = vg_matrix_new(arena, 4, 4);
    VgError error = {0};
    for (size_t k = 0; k < fits; k++) {
        VgQuantileFit fit;
        size_t crossed;
        double tau = at("quantile/%zu/tau", k, 0);
        WITNESS_OK(vg_quantile_regression(arena, design, y, tau, NULL, &fit, &error), &error);
        assert_true(fit.unique);
        witness_close("objective", fit.objective, at("quantile/%zu/objective", k, 0), 1e-10, 0);
        for (size_t j = 0; j < 4; j++)
            witness_close("beta", fit.beta[j], at("quantile/%zu/beta/%zu", k, j), 1e-8, 1e-2);
        WITNESS_OK(vg_quantile_covariance(arena, design, y, tau, covariance, &crossed, &error),
                   &error);
        for (size_t j = 0; j < 4; j++)
            witness_close("se", sqrt(VG_AT(covariance, j, j)), at("quantile/%zu/se/%zu", k, j),
                          1e-8, 0);
    }
}

static void tied_values_reach_the_same_objective(void **state)
{
    (void)state;
    double *tied = VG_NEW(arena, double, n);
    VgError error = {0};
    for (size_t i = 0; i < n; i++)
        tied[i] = nearbyint(y[i]);
    for (size_t k = 0; k < 3; k++) {
        VgQuantileFit fit;
        WITNESS_OK(vg_quantile_regression(arena, design, tied, at("tied/%zu/tau", k, 0), NULL, &fit,
                                          &error),
                   &error);
        witness_close("objective", fit.objective, at("tied/%zu/objective", k, 0), 1e-9, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_agree_with_direct_maximum_likelihood),
        cmocka_unit_test(curves_agree_with_gamlss_at_equal_penalties),
        cmocka_unit_test(local_ml_finds_the_curve_of_gamlss),
        cmocka_unit_test(q_statistics_agree_with_gamlss),
        cmocka_unit_test(quantile_regression_agrees_with_quantreg),
        cmocka_unit_test(tied_values_reach_the_same_objective)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
