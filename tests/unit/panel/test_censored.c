/* panel/: censored values. Traps 7 and 22, invariances, derivatives, imputation, refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/censored.h>
#include <vagus/rubin.h>

#include "numeric/distributions.h"
#include "numeric/random.h"
#include "panel/censored_value.h"

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* TRAPS 7: the N quantiles of a standard normal, those below 0 censored there. */
static void substitution_is_wrong_where_the_likelihood_is_right(void **state)
{
    (void)state;
    enum { N = 20000 };
    double *lower = VG_NEW(arena, double, N), *upper = VG_NEW(arena, double, N),
           *y = VG_NEW(arena, double, N), *x = VG_NEW(arena, double, N);
    size_t *group = VG_NEW(arena, size_t, N);
    for (size_t i = 0; i < N; i++) {
        x[i] = vg_normal_quantile(((double)i + 0.5) / N);
        lower[i] = x[i] < 0 ? -INFINITY : x[i];
        upper[i] = x[i] < 0 ? 0 : x[i];
    }
    VgError error = {0};
    WITNESS_OK(vg_censored_substitute(lower, upper, N, VG_SUBSTITUTE_ROOT_HALF, true, y, &error),
               &error);
    double mean = 0, squares = 0;
    for (size_t i = 0; i < N; i++)
        mean += y[i] / N;
    for (size_t i = 0; i < N; i++)
        squares += (y[i] - mean) * (y[i] - mean) / N;
    near(mean, 0.2257, 2e-4);
    near(sqrt(squares), 0.7135, 2e-4);
    VgCensoredCell cell;
    double sigma;
    WITNESS_OK(vg_censored_means(arena, lower, upper, N, group, 1, 0, &cell, &sigma, &error),
               &error);
    near(cell.mean, 0, 1e-3);
    near(sigma, 1, 1e-3);
    assert_int_equal(cell.verdict, VG_CENSORED_MANY);
    assert_int_equal(vg_censored_substitute(lower, upper, N, VG_SUBSTITUTE_NONE, true, y, &error),
                     VG_INVALID_INPUT);
}

static void derivatives_are_those_of_the_value(void **state)
{
    (void)state;
    const double bounds[][2] = {
        {0.7, 0.7},  {-INFINITY, 0.4}, {-INFINITY, -9}, {0.3, INFINITY}, {9, INFINITY},
        {-0.4, 1.1}, {2, 5},           {-7, -3},        {0.5, 0.50005},  {-4.1, -4.1 + 1e-6}};
    const double h = 1.3, eta = 0.2, e = 1e-5;
    for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
        double l = bounds[k][0], u = bounds[k][1];
        VgCensoredValue v = vg_censored_value(l, u, h, eta);
        VgCensoredValue up = vg_censored_value(l, u, h, eta - e),
                        down = vg_censored_value(l, u, h, eta + e);
        VgCensoredValue more = vg_censored_value(l, u, h + e, eta),
                        less = vg_censored_value(l, u, h - e, eta);
        double scale = 1e-7 * (1 + fabs(v.value) + fabs(v.d_hh));
        near((up.value - down.value) / (2 * e), v.d_s, scale);
        near((more.value - less.value) / (2 * e), v.d_h, scale);
        near((up.d_s - down.d_s) / (2 * e), v.d_ss, scale);
        near((up.d_h - down.d_h) / (2 * e), v.d_sh, scale);
        near((more.d_h - less.d_h) / (2 * e), v.d_hh, scale);
    }
    /* the expansion of narrow intervals meets the difference of tails */
    VgCensoredValue a = vg_censored_value(1, 1.0004999, 1, 0),
                    b = vg_censored_value(1, 1.0005, 1, 0);
    near(b.value - a.value, log(0.0005 / 0.0004999), 1e-6);
    near(vg_censored_value(30, 31, 1, 0).value, -454.32124395634832, 1e-10); /* R: log tail */
}

static void units_and_shifts_do_not_matter(void **state)
{
    (void)state;
    enum { N = 60 };
    double x[2 * N], l[N], u[N], l2[N], u2[N];
    VgRandom random = vg_random_start(3, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        x[N + i] = vg_random_normal(&random);
        double y = 0.5 * x[N + i] + vg_random_normal(&random);
        l[i] = y < -0.5 ? -INFINITY : y;
        u[i] = y < -0.5 ? -0.5 : y;
        l2[N - 1 - i] = 1000 * l[i] + 7e5; /* and in another order */
        u2[N - 1 - i] = 1000 * u[i] + 7e5;
    }
    VgCensoredFit a, b;
    VgError error = {0};
    WITNESS_OK(vg_censored_fit(arena, (VgMatrix){x, N, 2, N}, l, u, &a, &error), &error);
    for (size_t i = 0; i < N / 2; i++) {
        double swap = x[N + i];
        x[N + i] = x[2 * N - 1 - i];
        x[2 * N - 1 - i] = swap;
    }
    WITNESS_OK(vg_censored_fit(arena, (VgMatrix){x, N, 2, N}, l2, u2, &b, &error), &error);
    near(b.beta[1] / 1000, a.beta[1], 1e-12);
    near((b.beta[0] - 7e5) / 1000, a.beta[0], 1e-12);
    near(b.sigma / 1000, a.sigma, 1e-12);
    near(sqrt(VG_AT(b.covariance, 1, 1)) / 1000, sqrt(VG_AT(a.covariance, 1, 1)), 1e-12);
    near(VG_AT(b.covariance, 2, 2), VG_AT(a.covariance, 2, 2), 1e-12);
}

static void fit_status(size_t n, const double *x, size_t p, const double *l, const double *u,
                       VgStatus expected, const char *message)
{
    VgCensoredFit fit;
    VgError error = {0};
    VgMatrix design = {(double *)(uintptr_t)x, n, p, n};
    VgStatus status = vg_censored_fit(arena, design, l, u, &fit, &error);
    if (status != expected || !strstr(error.message, message))
        fail_msg("status %d: %s", status, error.message);
}

static void refuses_what_has_no_maximum(void **state)
{
    (void)state;
    const double one[] = {1, 1, 1, 1, 1, 1}, two[] = {1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1},
                 twice[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    const double below[] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY},
                 limit[] = {1, 2, 1, 2, 1, 3}, same[] = {5, 5, 5, 5, 5, 5},
                 half[] = {1, 2, 3, -INFINITY, -INFINITY, -INFINITY}, top[] = {1, 2, 3, 1, 1, 1},
                 crossed[] = {2, 1, 1, 1, 1, 1}, nan[] = {NAN, 1, 2, 3, 4, 5};
    fit_status(6, one, 1, below, limit, VG_NOT_ESTIMABLE, "no maximum");
    fit_status(6, two, 2, half, top, VG_NOT_ESTIMABLE, "no maximum");
    fit_status(6, one, 1, same, same, VG_NOT_ESTIMABLE, "no spread");
    fit_status(6, twice, 2, limit, limit, VG_NOT_ESTIMABLE, "combination");
    fit_status(6, one, 1, crossed, top, VG_INVALID_INPUT, "between 2 and 1");
    fit_status(6, one, 1, nan, nan, VG_INVALID_INPUT, "missing");
    fit_status(1, one, 1, limit, limit, VG_NOT_ESTIMABLE, "for 1 coefficients");
}

static void cells_with_much_censoring_are_refused(void **state)
{
    (void)state;
    double l[30], u[30];
    size_t group[30];
    for (size_t i = 0; i < 30; i++) {
        group[i] = i / 10;
        bool censored = i % 10 < (i / 10 == 0 ? 3 : i / 10 == 1 ? 4 : 8);
        u[i] = censored ? 1 : 1 + (double)(i % 10) * 0.3;
        l[i] = censored ? -INFINITY : u[i];
    }
    l[29] = u[29] = NAN;
    VgCensoredCell cell[4];
    double sigma;
    VgError error = {0};
    WITNESS_OK(vg_censored_means(arena, l, u, 30, group, 4, 0.95, cell, &sigma, &error), &error);
    assert_int_equal(cell[0].verdict, VG_CENSORED_FINE);
    assert_int_equal(cell[1].verdict, VG_CENSORED_MANY);
    assert_int_equal(cell[2].verdict, VG_CENSORED_TOO_MANY);
    assert_int_equal(cell[3].verdict, VG_CENSORED_EMPTY);
    assert_int_equal(cell[2].n_missing, 1);
    assert_true(isnan(cell[2].mean) && isfinite(cell[1].mean) && sigma > 0);
    double zero = 0, value = 2;
    assert_int_equal(vg_censored_log(&zero, &zero, 1, &error), VG_INVALID_INPUT);
    WITNESS_OK(vg_censored_log(&zero, &value, 1, &error), &error);
    assert_true(zero == -INFINITY);
}

static void truncated_draws_stay_within_and_are_uniform_in_probability(void **state)
{
    (void)state;
    near(vg_truncated_normal(-INFINITY, INFINITY, 0.975), vg_normal_quantile(0.975), 1e-12);
    near(vg_truncated_normal(0, INFINITY, 0.5), vg_normal_quantile(0.75), 1e-12);
    near(vg_truncated_normal(-INFINITY, -1, 0.3),
         vg_normal_quantile(0.3 * (1 - vg_normal_upper(-1))), 1e-12);
    near(vg_truncated_normal(-1, 2, 0.25),
         vg_normal_quantile(vg_normal_upper(1) +
                            0.25 * (1 - vg_normal_upper(1) - vg_normal_upper(2))),
         1e-12);
    double deep = vg_truncated_normal(30, 31, 0.5); /* log 2 / 30 beyond, nearly */
    assert_true(deep > 30.02 && deep < 30.025);
    near(vg_truncated_normal(-31, -30, 0.5), -deep, 1e-12);
}

/* TRAPS 22: total variance split so that lambda = 0.23955. */
static void rubin_df_after_barnard_and_rubin(void **state)
{
    (void)state;
    double estimate[20], variance[20], between = 0;
    for (size_t m = 0; m < 20; m++) {
        estimate[m] = m % 2 ? 1 : -1;
        between += estimate[m] * estimate[m] / 19;
    }
    double lambda = sqrt(19 / 331.1), added = 1.05 * between;
    for (size_t m = 0; m < 20; m++)
        variance[m] = added * (1 - lambda) / lambda;
    VgPooled old, pooled;
    VgError error = {0};
    WITNESS_OK(vg_rubin(estimate, variance, 20, INFINITY, 0.95, &old, &error), &error);
    WITNESS_OK(vg_rubin(estimate, variance, 20, 58, 0.95, &pooled, &error), &error);
    near(old.df, 331.1, 1e-9);
    near(pooled.df, 37.79, 0.005);
    near(pooled.missing, lambda, 1e-12);
    near(pooled.se, sqrt(variance[0] + added), 1e-12);
    assert_int_equal(vg_rubin(estimate, variance, 1, 58, 0.95, &old, &error), VG_INVALID_INPUT);
    variance[3] = 0;
    assert_int_equal(vg_rubin(estimate, variance, 20, 58, 0.95, &old, &error), VG_INVALID_INPUT);
}

/* Two visits, correlation .7, values below −0.3 censored, some missing: pooled means near the truth, spread kept. */
static void imputed_values_keep_bounds_means_and_spread(void **state)
{
    (void)state;
    enum { N = 400, M = 30 };
    double *x = VG_NEW(arena, double, N);
    double *full = VG_NEW(arena, double, 2 * N), *l = VG_NEW(arena, double, 2 * N),
           *u = VG_NEW(arena, double, 2 * N);
    VgRandom random = vg_random_start(8, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        full[i] = vg_random_normal(&random);
        full[N + i] = 0.7 * full[i] + sqrt(0.51) * vg_random_normal(&random) + 0.5;
    }
    for (size_t i = 0; i < 2 * N; i++) {
        bool censored = full[i] < -0.3, missing = i >= N && i % 10 == 0;
        l[i] = missing ? NAN : censored ? -INFINITY : full[i];
        u[i] = missing ? NAN : censored ? -0.3 : full[i];
    }
    VgMatrix filled, again;
    VgError error = {0};
    VgCensoredImputeOptions options = {.imputations = M};
    VgMatrix design = {x, N, 1, N}, lower = {l, N, 2, N}, upper = {u, N, 2, N};
    WITNESS_OK(vg_censored_impute(arena, design, lower, upper, &options, &filled, &error), &error);
    for (size_t v = 0; v < 2; v++) {
        double estimate[M], variance[M], sd = 0, truth = 0, spread = 0;
        for (size_t i = 0; i < N; i++)
            truth += full[v * N + i] / N;
        for (size_t i = 0; i < N; i++)
            spread += (full[v * N + i] - truth) * (full[v * N + i] - truth) / (N - 1);
        for (size_t m = 0; m < M; m++) {
            const double *y = &VG_AT(filled, 0, 2 * m + v);
            estimate[m] = variance[m] = 0;
            for (size_t i = 0; i < N; i++) {
                estimate[m] += y[i] / N;
                assert_true(isnan(l[v * N + i]) || (y[i] >= l[v * N + i] && y[i] <= u[v * N + i]));
            }
            for (size_t i = 0; i < N; i++)
                variance[m] += (y[i] - estimate[m]) * (y[i] - estimate[m]) / (N - 1);
            sd += sqrt(variance[m]) / M;
            variance[m] /= N;
        }
        VgPooled pooled;
        WITNESS_OK(vg_rubin(estimate, variance, M, N - 1, 0.95, &pooled, &error), &error);
        near(pooled.estimate, truth, 3 * sqrt(pooled.between)); /* differs by imputation alone */
        near(sd, sqrt(spread), 0.05); /* a third is imputed; SE of an SD of 400: 0.035 */
    }
    WITNESS_OK(vg_censored_impute(arena, design, lower, upper, &options, &again, &error), &error);
    assert_memory_equal(filled.data, again.data, N * 2 * M * sizeof(double));
    for (size_t i = 0; i < N; i++)
        if (l[i] == u[i] && i % 4)
            l[i] = -INFINITY;
    assert_int_equal(vg_censored_impute(arena, design, lower, upper, &options, &again, &error),
                     VG_NOT_ESTIMABLE);
}

/* 400 samples of 60 with 30 % below their limit: pooled intervals cover the mean as they say, and means agree with the
 * likelihood's to what 20 imputations allow. Binomial SE of 0.95: 0.011. */
static void pooled_intervals_cover(void **state)
{
    (void)state;
    enum { R = 400, SIZE = 60, M = 20 };
    double x[SIZE], l[SIZE], u[SIZE], limit = vg_normal_quantile(0.3), apart = 0;
    size_t covered = 0, group[SIZE] = {0};
    VgError error = {0};
    for (uint32_t r = 0; r < R; r++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgRandom random = vg_random_start(12, VG_STREAM_TEST, r, 0);
        for (size_t i = 0; i < SIZE; i++) {
            double y = vg_random_normal(&random);
            x[i] = 1;
            l[i] = y < limit ? -INFINITY : y;
            u[i] = y < limit ? limit : y;
        }
        const VgCensoredImputeOptions options = {.seed = r + 1};
        VgMatrix filled;
        WITNESS_OK(vg_censored_impute(arena, (VgMatrix){x, SIZE, 1, SIZE},
                                      (VgMatrix){l, SIZE, 1, SIZE}, (VgMatrix){u, SIZE, 1, SIZE},
                                      &options, &filled, &error),
                   &error);
        double estimate[M], variance[M];
        for (size_t m = 0; m < M; m++) {
            estimate[m] = variance[m] = 0;
            for (size_t i = 0; i < SIZE; i++)
                estimate[m] += VG_AT(filled, i, m) / SIZE;
            for (size_t i = 0; i < SIZE; i++)
                variance[m] += (VG_AT(filled, i, m) - estimate[m]) *
                               (VG_AT(filled, i, m) - estimate[m]) / (SIZE - 1) / SIZE;
        }
        VgPooled pooled;
        VgCensoredCell cell;
        WITNESS_OK(vg_rubin(estimate, variance, M, SIZE - 1, 0.95, &pooled, &error), &error);
        WITNESS_OK(vg_censored_means(arena, l, u, SIZE, group, 1, 0.95, &cell, NULL, &error),
                   &error);
        covered += pooled.lower < 0 && pooled.upper > 0;
        apart += (pooled.estimate - cell.mean) / cell.se / R;
        vg_arena_rewind(arena, mark);
    }
    print_message("coverage %.4f, mean difference to the likelihood %.3f SE\n", (double)covered / R,
                  apart);
    near((double)covered / R, 0.95, 0.033);
    near(apart, 0, 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(substitution_is_wrong_where_the_likelihood_is_right),
        cmocka_unit_test(derivatives_are_those_of_the_value),
        cmocka_unit_test(units_and_shifts_do_not_matter),
        cmocka_unit_test(refuses_what_has_no_maximum),
        cmocka_unit_test(cells_with_much_censoring_are_refused),
        cmocka_unit_test(truncated_draws_stay_within_and_are_uniform_in_probability),
        cmocka_unit_test(rubin_df_after_barnard_and_rubin),
        cmocka_unit_test(imputed_values_keep_bounds_means_and_spread),
        cmocka_unit_test(pooled_intervals_cover),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
