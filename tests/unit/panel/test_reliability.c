/* panel/: reliability by hand, at its bounds, and what is refused. */
#include "support/witness.h"

#include <math.h>

#include <vagus/reliability.h>

#include "numeric/random.h"

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

/* On a full table with MSR > MSW, REML is the analysis of variance. */
static void reml_is_anova_on_full_tables(void **state)
{
    (void)state;
    enum { N = 25, K = 3 };
    double x[N * K], scaled[N * K];
    size_t subject[N * K];
    VgRandom random = vg_random_start(4, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        double b = vg_random_normal(&random);
        for (size_t j = 0; j < K; j++) {
            x[i + j * N] = b + 0.5 * vg_random_normal(&random);
            scaled[i + j * N] = 1000 * x[i + j * N] + 5e4;
            subject[i + j * N] = i;
        }
    }
    VgReliability full, other;
    VgReliabilityReml r;
    VgError error = {0};
    WITNESS_OK(vg_reliability((VgMatrix){x, N, K, N}, 0.95, &full, &error), &error);
    WITNESS_OK(vg_reliability_reml(arena, subject, x, N * K, N, 0.95, 1000, 1, &r, &error), &error);
    near(r.icc.estimate, full.one_way.estimate, 1e-12);
    near(r.within, full.ms_within, 1e-12);
    /* bootstrap and F intervals agree about as well as 1000 replicates allow */
    near(r.icc.lower, full.one_way.lower, 0.06);
    near(r.icc.upper, full.one_way.upper, 0.04);
    WITNESS_OK(vg_reliability((VgMatrix){scaled, N, K, N}, 0.95, &other, &error), &error);
    near(other.agreement.estimate, full.agreement.estimate, 1e-10);
    near(other.agreement.upper, full.agreement.upper, 1e-10);
    near(other.sem / 1000, full.sem, 1e-10);
    near(full.mdc, 1.96 * sqrt(2) * full.sem, 1e-14);
}

static void negative_estimates_are_kept(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, 3, 2, 1.1};
    VgReliability r;
    VgReliabilityReml reml;
    VgError error = {0};
    WITNESS_OK(vg_reliability((VgMatrix){x, 3, 2, 3}, 0.95, &r, &error), &error);
    assert_true(r.one_way.estimate < -0.5);
    const size_t subject[] = {0, 1, 2, 0, 1, 2};
    WITNESS_OK(vg_reliability_reml(arena, subject, x, 6, 3, 0.95, 100, 1, &reml, &error), &error);
    near(reml.icc.estimate, 0, 0);
    near(reml.between, 0, 0);
}

static void variation_of_duplicates(void **state)
{
    (void)state;
    const double x[] = {10, 12, 20, 20, 7, NAN};
    const size_t subject[] = {0, 0, 1, 1, 2, 2};
    VgWithinCv cv;
    VgError error = {0};
    WITNESS_OK(vg_within_cv(arena, subject, x, 6, 3, 0.95, &cv, &error), &error);
    double s2 = log(1.2) * log(1.2) / 2 / 2;
    assert_int_equal(cv.df, 2);
    near(cv.cv, sqrt(exp(s2) - 1), 1e-12);
    near(cv.lower, sqrt(expm1(2 * s2 / 7.3777589082278725)), 1e-10); /* qchisq(.975, 2) */
    assert_true(cv.upper > cv.cv);
    const double zero[] = {10, 0, 20, 20, 7, NAN};
    assert_int_equal(vg_within_cv(arena, subject, zero, 6, 3, 0.95, &cv, &error), VG_INVALID_INPUT);
    const size_t single[] = {0, 1, 2, 3, 4, 5};
    assert_int_equal(vg_within_cv(arena, single, x, 6, 6, 0.95, &cv, &error), VG_NOT_ESTIMABLE);
}

static void refusals(void **state)
{
    (void)state;
    double same[] = {3, 3, 3, 3}, missing[] = {3, 4, NAN, 3};
    const size_t subject[] = {0, 1, 0, 1};
    VgReliability r;
    VgReliabilityReml reml;
    VgError error = {0};
    assert_int_equal(vg_reliability((VgMatrix){same, 2, 2, 2}, 0.95, &r, &error), VG_NOT_ESTIMABLE);
    assert_int_equal(vg_reliability((VgMatrix){missing, 2, 2, 2}, 0.95, &r, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(vg_reliability((VgMatrix){same, 4, 1, 4}, 0.95, &r, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_reliability_reml(arena, subject, same, 4, 2, 0.95, 10, 1, &reml, &error),
                     VG_NOT_ESTIMABLE);
    assert_int_equal(vg_reliability_reml(arena, subject, same, 2, 2, 0.95, 10, 1, &reml, &error),
                     VG_NOT_ESTIMABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reml_is_anova_on_full_tables),
        cmocka_unit_test(negative_estimates_are_kept),
        cmocka_unit_test(variation_of_duplicates),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
