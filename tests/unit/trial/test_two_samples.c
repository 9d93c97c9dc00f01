/* The rank-sum test keeps its level in every small sample (all arrangements counted), both tests keep it in simulated
 * samples, and what follows from their definitions holds. */
#include "support/witness.h"

#include <math.h>

#include <vagus/two_samples.h>

#include "numeric/random.h"

static VgArena *arena;
static VgError error;

static VgRankSum ranks(const double *x, size_t n, const double *y, size_t m, double level)
{
    VgRankSum out;
    VgArenaMark mark = vg_arena_mark(arena);
    VgTwoSamples samples = {x, n, y, m};
    WITNESS_OK(vg_rank_sum(arena, &samples, false, level, &out, &error), &error);
    vg_arena_rewind(arena, mark);
    return out;
}

/* Each of the C(9, 4) ways to deal the ranks is as likely: the share of those with a p at most that of one of them is that p. */
static void exact_p_is_the_share_of_all_arrangements(void **state)
{
    (void)state;
    enum { N = 4, M = 5, ALL = 126 };
    double u[ALL], p[ALL];
    size_t n = 0;
    for (unsigned mask = 0; mask < 1u << (N + M); mask++) {
        double x[N + M], y[N + M];
        size_t in_x = 0, in_y = 0;
        for (unsigned k = 0; k < N + M; k++)
            if (mask >> k & 1)
                x[in_x++] = k;
            else
                y[in_y++] = k;
        if (in_x != N)
            continue;
        VgRankSum out = ranks(x, in_x, y, in_y, 0.95);
        assert_true(out.exact);
        u[n] = out.statistic;
        p[n++] = out.p;
    }
    assert_int_equal(n, ALL);
    for (size_t a = 0; a < ALL; a++) {
        double as_far = 0;
        for (size_t b = 0; b < ALL; b++)
            as_far += fabs(u[b] - N * M / 2.0) >= fabs(u[a] - N * M / 2.0);
        witness_close("p", p[a], as_far / ALL, 1e-12, 0);
    }
}

static void interval_holds_zero_when_the_test_does_not_reject(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 300; k++) {
        VgRandom random = vg_random_start(1, VG_STREAM_TEST, k, 0);
        size_t n = 3 + vg_random_below(&random, 20), m = 4 + vg_random_below(&random, 60);
        double x[80], y[80];
        for (size_t i = 0; i < n; i++)
            x[i] = vg_random_normal(&random) + 0.6;
        for (size_t j = 0; j < m; j++)
            y[j] = vg_random_normal(&random);
        VgRankSum out = ranks(x, n, y, m, 0.9);
        assert_true(out.lower <= out.estimate && out.estimate <= out.upper);
        if (fabs(out.p - 0.1) > 1e-9) /* differences of nought are impossible here */
            assert_true((out.p > 0.1) == (out.lower < 0 && out.upper > 0));
    }
}

static void exchange_and_order_of_samples(void **state)
{
    (void)state;
    const double x[] = {3.1, 2, 2, 5.5, 9}, y[] = {2, 1, 4.25, 3.1, 0.5, 6},
                 y_again[] = {6, 0.5, 3.1, 4.25, 1, 2};
    VgRankSum a = ranks(x, 5, y, 6, 0.95), b = ranks(y, 6, x, 5, 0.95),
              c = ranks(x, 5, y_again, 6, 0.95);
    assert_true(!a.exact && a.p == b.p && a.p == c.p && a.statistic == 30 - b.statistic);
    assert_true(a.estimate == -b.estimate && a.lower == -b.upper && a.upper == -b.lower);
    assert_true(a.estimate == c.estimate && a.lower == c.lower && a.upper == c.upper);
    VgInference t, turned;
    VgTwoSamples samples = {x, 5, y, 6}, exchanged = {y, 6, x, 5};
    WITNESS_OK(vg_welch(&samples, 0.95, &t, &error), &error);
    WITNESS_OK(vg_welch(&exchanged, 0.95, &turned, &error), &error);
    assert_true(t.estimate == -turned.estimate && t.p == turned.p && t.lower == -turned.upper);
}

/* 4000 trials without a difference, the variances 1 and 9, 12 against 30: three standard errors of a share of .05
 * are .0103. The rank-sum test asks for equal spread under the null, so it is judged with equal ones. */
static void both_tests_keep_their_level(void **state)
{
    (void)state;
    enum { TRIALS = 4000, N = 12, M = 30 };
    double rejected_t = 0, rejected_ranks = 0, missed = 0;
    for (uint32_t k = 0; k < TRIALS; k++) {
        VgRandom random = vg_random_start(7, VG_STREAM_TEST, k, 1);
        double x[N], wide[N], y[M];
        for (size_t i = 0; i < N; i++) {
            x[i] = vg_random_normal(&random);
            wide[i] = 3 * x[i];
        }
        for (size_t j = 0; j < M; j++)
            y[j] = vg_random_normal(&random);
        VgInference t;
        VgTwoSamples samples = {wide, N, y, M};
        WITNESS_OK(vg_welch(&samples, 0.95, &t, &error), &error);
        rejected_t += t.p <= 0.05;
        VgRankSum out = ranks(x, N, y, M, 0.95);
        rejected_ranks += out.p <= 0.05;
        missed += out.lower > 0 || out.upper < 0;
    }
    double margin = 3 * sqrt(0.05 * 0.95 / TRIALS);
    assert_true(fabs(rejected_t / TRIALS - 0.05) < margin);
    assert_true(rejected_ranks / TRIALS < 0.05 + margin && rejected_ranks / TRIALS > 0.03);
    assert_true(missed == rejected_ranks);
}

static void what_cannot_be_compared_is_refused(void **state)
{
    (void)state;
    const double same[] = {2, 2, 2}, one[] = {1}, bad[] = {1, NAN};
    VgInference t;
    VgRankSum r;
    VgTwoSamples equal = {same, 3, same, 3}, single = {one, 1, same, 3},
                 missing = {bad, 2, same, 3}, none = {one, 0, same, 3};
    assert_int_equal(vg_welch(&equal, 0.95, &t, &error), VG_NOT_ESTIMABLE);
    assert_int_equal(vg_rank_sum(arena, &equal, false, 0.95, &r, &error), VG_NOT_ESTIMABLE);
    assert_int_equal(vg_welch(&single, 0.95, &t, &error), VG_INVALID_INPUT);
    WITNESS_OK(vg_rank_sum(arena, &single, false, 0.95, &r, &error), &error);
    assert_int_equal(vg_welch(&missing, 0.95, &t, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_rank_sum(arena, &missing, false, 0.95, &r, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_rank_sum(arena, &none, false, 0.95, &r, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_rank_sum(arena, &single, false, 1, &r, &error), VG_INVALID_INPUT);
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_p_is_the_share_of_all_arrangements),
        cmocka_unit_test(interval_holds_zero_when_the_test_does_not_reject),
        cmocka_unit_test(exchange_and_order_of_samples),
        cmocka_unit_test(both_tests_keep_their_level),
        cmocka_unit_test(what_cannot_be_compared_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
