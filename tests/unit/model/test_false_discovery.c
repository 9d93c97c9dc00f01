/* model/: q-values. */
#include "support/witness.h"

#include <math.h>

#include <vagus/false_discovery.h>

static VgArena *arena;

/* METHODS 3.3; R's p.adjust. */
static void benjamini_hochberg_and_yekutieli(void **state)
{
    (void)state;
    const double p[] = {0.022, NAN, 0.01, 0.5, 0.02, 0.09};
    const double bh[] = {0.11 / 3, NAN, 0.11 / 3, 0.5, 0.11 / 3, 0.1125};
    double q[6], harmonic = 1 + 1. / 2 + 1. / 3 + 1. / 4 + 1. / 5;
    VgError error = {0};
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_BH, 6, p, q, NULL, &error), &error);
    for (size_t i = 0; i < 6; i++)
        assert_true(i == 1 ? isnan(q[i]) : fabs(q[i] - bh[i]) < 1e-15);
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_BY, 6, p, q, NULL, &error), &error);
    for (size_t i = 0; i < 6; i++)
        assert_true(i == 1 ? isnan(q[i]) : fabs(q[i] - fmin(1, bh[i] * harmonic)) < 1e-15);
    const double bad[] = {0.5, 1.5};
    assert_int_equal(vg_false_discovery(arena, VG_FDR_BH, 2, bad, q, NULL, &error),
                     VG_INVALID_INPUT);
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_BH, 0, bad, q, NULL, &error), &error);
}

/* R: predict(smooth.spline(λ, π0(λ), df = 3), .95); smooth.spline searches its df to 1e-3 only. */
static void storey_smooths_as_r(void **state)
{
    (void)state;
    enum { N = 400 };
    double p[N], q[N], bh[N], share;
    for (size_t i = 0; i < N; i++) {
        p[i] = ((double)((i * 37) % N) + 0.5) / N;
        if (i % 4 == 0)
            p[i] = pow(p[i], 6);
    }
    VgError error = {0};
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_STOREY, N, p, q, &share, &error), &error);
    witness_close("share of nulls", share, 0.7669028968, 5e-4, 0);
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_BH, N, p, bh, NULL, &error), &error);
    assert_float_equal(bh[4], 0.0275597433357, 1e-12);
    for (size_t i = 0; i < N; i++)
        assert_true(q[i] <= bh[i] && q[i] >= 0.99 * share * bh[i]);
    WITNESS_OK(vg_false_discovery(arena, VG_FDR_STOREY, 100, p, q, &share, &error), &error);
    assert_float_equal(share, 1, 0); /* too few tests */
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {cmocka_unit_test(benjamini_hochberg_and_yekutieli),
                                       cmocka_unit_test(storey_smooths_as_r)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
