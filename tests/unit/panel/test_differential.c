/* panel/: differential response: what one bloom does to others (TRAPS 8), modes, refusals, threads. */
#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/differential.h>

#include "numeric/random.h"

enum { N = 40, FEATURES = 10 };

static VgArena *arena;
static double x[N * 2], table[N * 200];
static const double ARM[2] = {0, 1};

static VgDifferentialData data_of(size_t features)
{
    return (VgDifferentialData){.table = {table, N, features, N},
                                .counts = true,
                                .x = {x, N, 2, N},
                                .contrast = ARM,
                                .n_contrasts = 1};
}

static VgDifferential run(const VgDifferentialData *data, VgDifferentialOptions options)
{
    VgDifferential out;
    VgError error = {0};
    WITNESS_OK(vg_differential(arena, data, &options, &out, &error), &error);
    return out;
}

/* Ten equal taxa, one rises 8-fold in arm 1; a little noise so that there are standard errors. */
static void make_bloom(size_t features)
{
    VgRandom random = vg_random_start(3, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        double total = 0, amount[200];
        x[i] = 1;
        x[i + N] = (double)(i % 2);
        for (size_t f = 0; f < features; f++) {
            amount[f] = exp(0.02 * vg_random_normal(&random)) * (f == 0 && i % 2 ? 8 : 1);
            total += amount[f];
        }
        for (size_t f = 0; f < features; f++)
            table[i + f * N] = round(1e6 * amount[f] / total);
    }
}

static void a_bloom_moves_nothing_else(void **state)
{
    (void)state;
    make_bloom(FEATURES);
    VgDifferentialData data = data_of(FEATURES);
    VgDifferential none = run(&data, (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_NONE});
    VgDifferential median = run(&data, (VgDifferentialOptions){0});
    VgDifferential linda = run(&data, (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_LINDA});
    VgDifferential nb = run(&data, (VgDifferentialOptions){.negative_binomial = true});
    VgDifferential shares = run(
        &data, (VgDifferentialOptions){.negative_binomial = true, .mode = VG_DIFFERENTIAL_NONE});
    for (size_t f = 1; f < FEATURES; f++) {
        assert_float_equal(none.answer[f].estimate, -0.300, 0.02);   /* CLR: −3/10 */
        assert_float_equal(shares.answer[f].estimate, -0.766, 0.04); /* log2(10/17) */
        assert_float_equal(median.answer[f].estimate, 0, 0.03);
        assert_float_equal(linda.answer[f].estimate, 0, 0.03);
        assert_float_equal(nb.answer[f].estimate, 0, 0.03);
        assert_true(none.answer[f].p < 1e-6 && median.answer[f].p > 0.01);
    }
    assert_float_equal(median.answer[0].estimate, 3, 0.03);
    assert_float_equal(nb.answer[0].estimate, 3, 0.03);
    assert_true(median.answer[0].p < 1e-12);
    assert_false(median.doubtful[0]);
}

/* Nothing changes: tests hold their level with the median's own error counted. */
static void null_tests_hold_their_level(void **state)
{
    (void)state;
    enum { MANY = 200 };
    VgRandom random = vg_random_start(17, VG_STREAM_TEST, 0, 0);
    size_t below = 0;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < N; i++) {
            x[i] = 1;
            x[i + N] = (double)(i % 2);
            for (size_t f = 0; f < MANY; f++)
                table[i + f * N] = round + exp(5 + 0.5 * vg_random_normal(&random));
        }
        VgDifferentialData data = data_of(MANY);
        data.counts = false;
        VgDifferential out = run(&data, (VgDifferentialOptions){0});
        for (size_t f = 0; f < MANY; f++)
            below += out.answer[f].p < 0.05;
    }
    assert_in_range(below, 140, 260); /* 200 ± 4 standard errors */
}

static void same_bits_on_any_threads(void **state)
{
    (void)state;
    make_bloom(50);
    for (size_t i = 0; i < N; i++)
        for (size_t f = 0; f < 50; f++)
            if ((i * 7 + f * 5) % 9 == 0)
                table[i + f * N] = 0;
    VgDifferentialData data = data_of(50);
    VgDifferential a =
        run(&data, (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_MAASLIN3, .threads = 1});
    VgDifferential b =
        run(&data, (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_MAASLIN3, .threads = 3});
    assert_memory_equal(a.answer, b.answer, 50 * sizeof *a.answer);
    assert_memory_equal(a.prevalence, b.prevalence, 50 * sizeof *a.prevalence);
}

/* Half or more of the features rise: the assumption is gone, and that is told. */
static void says_when_most_features_move(void **state)
{
    (void)state;
    enum { MANY = 60 };
    VgRandom random = vg_random_start(8, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        x[i + N] = (double)(i % 2);
        for (size_t f = 0; f < MANY; f++)
            table[i + f * N] = round(
                exp(6 + 0.2 * vg_random_normal(&random) + (i % 2 ? 0.1 * ((double)f - 20) : 0)));
    }
    VgDifferentialData data = data_of(MANY);
    assert_true(run(&data, (VgDifferentialOptions){0}).doubtful[0]);
}

static void refuses(void **state)
{
    (void)state;
    VgDifferential out;
    VgError error = {0};
    make_bloom(FEATURES);
    VgDifferentialData data = data_of(FEATURES);
    VgDifferentialOptions nb = {.negative_binomial = true, .mode = VG_DIFFERENTIAL_LINDA};
    assert_int_equal(vg_differential(arena, &data, &nb, &out, &error), VG_INVALID_INPUT);
    data.counts = false;
    VgDifferentialOptions linda = {.mode = VG_DIFFERENTIAL_LINDA}, median = {0};
    assert_int_equal(vg_differential(arena, &data, &linda, &out, &error), VG_INVALID_INPUT);
    data.counts = true;
    table[4 + 2 * N] = -1;
    assert_int_equal(vg_differential(arena, &data, &median, &out, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "feature 3 of sample 5"));
    for (size_t f = 0; f < FEATURES; f++)
        table[4 + f * N] = 0;
    assert_int_equal(vg_differential(arena, &data, &median, &out, &error), VG_INVALID_INPUT);
    make_bloom(FEATURES);
    data = data_of(2);
    assert_int_equal(vg_differential(arena, &data, &median, &out, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.hint, "mode none"));
    data = data_of(FEATURES);
    for (size_t i = 0; i < N; i++)
        table[i + 3 * N] = 0; /* occurs nowhere */
    out = run(&data, median);
    assert_int_equal(out.status[3], VG_LMM_CONSTANT);
    assert_true(isnan(out.answer[3].estimate) && isfinite(out.answer[4].estimate));
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bloom_moves_nothing_else),
        cmocka_unit_test(null_tests_hold_their_level),
        cmocka_unit_test(same_bits_on_any_threads),
        cmocka_unit_test(says_when_most_features_move),
        cmocka_unit_test(refuses),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
