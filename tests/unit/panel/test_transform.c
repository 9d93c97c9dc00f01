/* panel/: transforms and diversity by hand, their traps (8, 9) and refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/diversity.h>

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

static VgMatrix transformed(VgMatrix x, VgTransformOptions options)
{
    VgMatrix out;
    VgError error = {0};
    WITNESS_OK(vg_transform(arena, x, &options, &out, &error), &error);
    return out;
}

/* TRAPS 8: one of ten equal taxa rises eightfold. */
static void one_bloom_moves_shares_more_than_clr(void **state)
{
    (void)state;
    double data[20];
    for (size_t j = 0; j < 10; j++) {
        data[2 * j] = 1;
        data[2 * j + 1] = j == 0 ? 8 : 1;
    }
    VgMatrix x = {data, 2, 10, 2};
    VgMatrix share = transformed(x, (VgTransformOptions){.transform = VG_TRANSFORM_TOTAL_SUM});
    VgMatrix clr = transformed(x, (VgTransformOptions){.zeros = VG_ZEROS_NONE});
    near(log2(VG_AT(share, 1, 4) / VG_AT(share, 0, 4)), -0.766, 5e-4);
    near((VG_AT(clr, 1, 4) - VG_AT(clr, 0, 4)) / log(2), -0.300, 5e-4);
    /* a ratio to a taxon that did not move tells the truth */
    VgMatrix alr =
        transformed(x, (VgTransformOptions){
                           .transform = VG_TRANSFORM_ALR, .zeros = VG_ZEROS_NONE, .reference = 9});
    near(VG_AT(alr, 1, 4) - VG_AT(alr, 0, 4), 0, 1e-15);
    near((VG_AT(alr, 1, 0) - VG_AT(alr, 0, 0)) / log(2), 3, 1e-14);
}

/* The expected log2 ratio to the rest of a taxon with this share, over Poisson counts, half a count added. */
static double expected_log_ratio(double share, double depth)
{
    enum { MOST = 600 };
    double data[2 * MOST], mean = share * depth, sum = 0, chance = exp(-mean);
    for (size_t k = 0; k < MOST; k++) {
        data[k] = (double)k;
        data[MOST + k] = depth - (double)k;
    }
    VgMatrix x = {data, MOST, 2, MOST};
    VgMatrix alr =
        transformed(x, (VgTransformOptions){.transform = VG_TRANSFORM_ALR, .reference = 1});
    for (size_t k = 0; k < MOST; k++) {
        sum += chance * VG_AT(alr, k, 0) / log(2);
        chance *= mean / (double)(k + 1);
    }
    return sum;
}

/* TRAPS 9: the same share at 10 000 and 20 000 reads. */
static void a_pseudocount_and_unequal_depth_make_a_difference(void **state)
{
    (void)state;
    near(expected_log_ratio(1e-5, 20000) - expected_log_ratio(1e-5, 10000), -0.854, 5e-4);
    near(expected_log_ratio(1e-2, 20000) - expected_log_ratio(1e-2, 10000), 0, 1e-3);
    double data[4] = {100, 200, 9900, 19800};
    near(vg_depth_imbalance((VgMatrix){data, 2, 2, 2}, (const int[]){0, 1}), 1, 1e-12);
}

/* Log-ratio coordinates keep Aitchison's distance, whatever the basis. */
static void coordinates_are_isometric(void **state)
{
    (void)state;
    double data[10] = {3, 10, 0, 7, 12, 1, 5, 5, 20, 0};
    VgMatrix x = {data, 2, 5, 2};
    static const size_t parent[] = {5, 5, 6, 7, 7, 6, 7, SIZE_MAX}; /* 7 has three children */
    static const double length[8] = {1, 1, 1, 1, 1, 1, 1, 0};
    static const size_t tip[] = {0, 1, 2, 3, 4};
    VgBranches tree = {8, parent, length, 5, tip};
    double expected = 0;
    for (int t = 0; t < 3; t++) {
        static const VgTransform all[] = {VG_TRANSFORM_CLR, VG_TRANSFORM_ILR, VG_TRANSFORM_PHILR};
        VgMatrix z = transformed(x, (VgTransformOptions){.transform = all[t], .branches = &tree});
        assert_int_equal(z.cols, t ? 4 : 5);
        double sum = 0;
        for (size_t j = 0; j < z.cols; j++)
            sum += pow(VG_AT(z, 0, j) - VG_AT(z, 1, j), 2);
        if (t == 0)
            expected = sum;
        near(sum, expected, 1e-12);
    }
    VgMatrix z = transformed(x, (VgTransformOptions){.transform = VG_TRANSFORM_ILR});
    near(VG_AT(z, 0, 0), sqrt(0.5) * (log(0.5) - log(3.5)), 1e-14);
}

static void zeros_are_replaced_as_said(void **state)
{
    (void)state;
    double data[4] = {0, 30, 60, 10};
    VgMatrix x = {data, 1, 4, 1};
    VgMatrix z = transformed(
        x, (VgTransformOptions){.transform = VG_TRANSFORM_LOG, .zeros = VG_ZEROS_MULTIPLICATIVE});
    near(exp(VG_AT(z, 0, 0)), 0.0065, 1e-15);
    near(exp(VG_AT(z, 0, 2)), 0.6 * (1 - 0.0065), 1e-15);
    z = transformed(x, (VgTransformOptions){.transform = VG_TRANSFORM_LOG, .log_base = 2});
    near(VG_AT(z, 0, 0), -1, 1e-15);
    near(VG_AT(z, 0, 3), log2(10.5), 1e-14);
}

static void normal_scores_share_ties_and_leave_gaps(void **state)
{
    (void)state;
    double data[6] = {5, 1, NAN, 5, 9, 2};
    VgMatrix z = transformed((VgMatrix){data, 6, 1, 6},
                             (VgTransformOptions){.transform = VG_TRANSFORM_INVERSE_NORMAL});
    assert_true(isnan(z.data[2]));
    assert_true(z.data[0] == z.data[3]);
    near(z.data[1], -1.1797611176118612, 1e-12); /* qnorm(0.625/5.25) */
    near(z.data[4], 1.1797611176118612, 1e-12);
}

static void loads_make_shares_absolute(void **state)
{
    (void)state;
    double data[4] = {1, 30, 3, 10}, load[2] = {8e10, 4e10};
    VgMatrix x = {data, 2, 2, 2};
    VgMatrix z =
        transformed(x, (VgTransformOptions){.transform = VG_TRANSFORM_ABSOLUTE, .load = load});
    near(VG_AT(z, 0, 1), 6e10, 1e-3);
    near(VG_AT(z, 1, 0), 3e10, 1e-3);
    VgError error = {0};
    load[1] = 0;
    assert_int_equal(
        vg_transform(arena, x,
                     &(VgTransformOptions){.transform = VG_TRANSFORM_ABSOLUTE, .load = load}, &z,
                     &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "a load of 0 for sample 2"));
}

static void bad_tables_are_refused(void **state)
{
    (void)state;
    double data[4] = {0, 0, 1, 0};
    VgMatrix x = {data, 2, 2, 2}, z;
    VgError error = {0};
    assert_int_equal(vg_transform(arena, x, &(VgTransformOptions){0}, &z, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sample 2 holds zeros only"));
    data[3] = 4;
    assert_int_equal(
        vg_transform(arena, x, &(VgTransformOptions){.zeros = VG_ZEROS_NONE}, &z, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "a zero in sample 1, feature 1"));
    data[3] = -4;
    assert_int_equal(vg_transform(arena, x, &(VgTransformOptions){0}, &z, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "-4 in sample 2, feature 2"));
}

static void filter_counts_samples(void **state)
{
    (void)state;
    double data[60] = {0};
    data[0] = data[5] = 1; /* 2 of 20 */
    data[20] = 100;        /* 1 of 20 */
    for (size_t i = 40; i < 60; i++)
        data[i] = 1;
    bool keep[3];
    size_t kept;
    VgError error = {0};
    WITNESS_OK(vg_prevalence_filter((VgMatrix){data, 20, 3, 20}, 0.1, 0, keep, &kept, &error),
               &error);
    assert_true(keep[0] && !keep[1] && keep[2] && kept == 2);
    char one[65], two[65];
    vg_feature_set_hash((const char *[]){"ab", "c"}, 2, one);
    vg_feature_set_hash((const char *[]){"a", "bc"}, 2, two);
    assert_string_not_equal(one, two);
}

/* METHODS 3.4, row 1 of dune: abundances 1, 7, 4, 2, 4 (others 0). */
static void diversity_of_dune_is_known(void **state)
{
    (void)state;
    double data[5] = {1, 7, 4, 2, 4};
    VgDiversity d;
    VgError error = {0};
    WITNESS_OK(vg_diversity(arena, (VgMatrix){data, 1, 5, 1}, NULL, &d, &error), &error);
    near(d.shannon, 1.4404817, 5e-8);
    near(d.simpson, 0.7345679, 5e-8);
    near(d.inverse_simpson, 3.7674419, 5e-8);
    near(d.depth, 18, 0);
    assert_true(isnan(d.faith_pd));
    data[0] = 1.5; /* no counts: no estimators of what was not seen */
    WITNESS_OK(vg_diversity(arena, (VgMatrix){data, 1, 5, 1}, NULL, &d, &error), &error);
    assert_true(isnan(d.chao1) && isnan(d.coverage) && !isnan(d.shannon));
}

/* The curve passes through the sample itself and its coverage; sizes found by coverage are the smallest. */
static void rarefaction_is_one_curve(void **state)
{
    (void)state;
    double x[] = {40, 22, 9, 5, 5, 3, 2, 2, 1, 1, 1, 1, 0};
    VgError error = {0};
    VgHillPoint here, before, after;
    for (double q = 0; q <= 2; q++) {
        WITNESS_OK(vg_hill_at_size(arena, x, 13, q, 92, &here, &error), &error);
        WITNESS_OK(vg_hill_at_size(arena, x, 13, q, 91, &before, &error), &error);
        WITNESS_OK(vg_hill_at_size(arena, x, 13, q, 93, &after, &error), &error);
        assert_true(before.hill < here.hill && here.hill < after.hill);
        near(after.hill - here.hill, here.hill - before.hill, 0.05 * (here.hill - before.hill));
        assert_true(!here.extrapolated && after.extrapolated && !after.unreliable);
        near(before.coverage, here.coverage, 0.01);
        VgHillPoint at;
        for (double c = 0.5; c < 0.99; c += 0.06) {
            WITNESS_OK(vg_hill_at_coverage(arena, x, 13, q, c, &at, &error), &error);
            assert_true(at.coverage >= c && at.size >= 1);
            WITNESS_OK(vg_hill_at_size(arena, x, 13, q, at.size - 1 >= 1 ? at.size - 1 : 1, &before,
                                       &error),
                       &error);
            assert_true(at.size == 1 || before.coverage < c);
        }
    }
    WITNESS_OK(vg_hill_at_size(arena, x, 13, 0, 92, &here, &error), &error);
    near(here.hill, 12, 1e-12);
    assert_int_equal(vg_hill_at_size(arena, x, 13, 1.5, 10, &here, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_hill_at_size(arena, x, 13, 1, 0, &here, &error), VG_INVALID_INPUT);
    x[0] = 40.5;
    assert_int_equal(vg_hill_at_size(arena, x, 13, 1, 10, &here, &error), VG_INVALID_INPUT);
    double singletons[] = {
        1, 1, 1, 1}; /* unseen A = (n − 1)·3/((n − 1)·3 + 2): coverage grows all the same */
    WITNESS_OK(vg_hill_at_coverage(arena, singletons, 4, 0, 0.9, &here, &error), &error);
    assert_true(here.unreliable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bloom_moves_shares_more_than_clr),
        cmocka_unit_test(a_pseudocount_and_unequal_depth_make_a_difference),
        cmocka_unit_test(coordinates_are_isometric),
        cmocka_unit_test(zeros_are_replaced_as_said),
        cmocka_unit_test(normal_scores_share_ties_and_leave_gaps),
        cmocka_unit_test(loads_make_shares_absolute),
        cmocka_unit_test(bad_tables_are_refused),
        cmocka_unit_test(filter_counts_samples),
        cmocka_unit_test(diversity_of_dune_is_known),
        cmocka_unit_test(rarefaction_is_one_curve),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
