/* panel/: norms refuse what they cannot bear, do not depend on units or threads, and a neighbourhood's p is uniform. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/norms.h>
#include <vagus/quantile_regression.h>

#include "numeric/linear_algebra.h"
#include "numeric/random.h"

enum { N = 120 };
static VgArena *arena;
static double y[N], age[N];
static VgMatrix none;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    VgRandom random = vg_random_start(9, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        age[i] = 20 + 50 * vg_random_uniform(&random);
        y[i] = exp(1 + 0.02 * age[i] + 0.3 * vg_random_normal(&random));
    }
    none = vg_matrix_new(arena, N, 0);
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

static void units_do_not_matter(void **state)
{
    (void)state;
    double scaled[N], months[N];
    for (size_t i = 0; i < N; i++) {
        scaled[i] = 1000 * y[i];
        months[i] = 12 * age[i];
    }
    VgNormOptions options = {.smooth_l = false};
    VgNorm *a, *b;
    VgNormScore one, other;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &(VgNormData){N, y, age, none}, &options, &a, &error), &error);
    WITNESS_OK(vg_norm_fit(arena, &(VgNormData){N, scaled, months, none}, &options, &b, &error),
               &error);
    WITNESS_OK(vg_norm_score(a, 9, 33, NULL, 0.95, &one, &error), &error);
    WITNESS_OK(vg_norm_score(b, 9000, 396, NULL, 0.95, &other, &error), &error);
    near(other.centile, one.centile, 1e-6);
    near(other.m, 1000 * one.m, 1e-3);
    assert_true(one.lower < one.centile && one.centile < one.upper && one.z_se > 0);
}

static void a_quantile_has_the_centile_it_was_asked_for(void **state)
{
    (void)state;
    /* over tails and both signs of L */
    VgNormOptions options = {.linear_m = true, .linear_s = true};
    VgNorm *norm;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &(VgNormData){N, y, age, none}, &options, &norm, &error), &error);
    for (double l = -1.2; l <= 1.3; l += 0.4) {
        norm->theta[norm->part[2]] = l;
        for (double p = 0.001; p < 1; p += 0.111) {
            VgNormScore score;
            double value = vg_norm_quantile(norm, p, 40, NULL, NULL);
            WITNESS_OK(vg_norm_score(norm, value, 40, NULL, 0.95, &score, &error), &error);
            near(score.centile, p, 1e-10);
        }
    }
}

static void refused(VgStatus status, VgStatus expected, const VgError *error, const char *words)
{
    assert_int_equal(status, expected);
    if (!strstr(error->message, words))
        fail_msg("`%s` does not say `%s`", error->message, words);
}

static void what_cannot_be_borne_is_refused(void **state)
{
    (void)state;
    VgNormOptions options = {.smooth_l = false};
    VgNorm *norm;
    VgNormScore score;
    VgError error = {0};
    refused(vg_norm_fit(arena, &(VgNormData){29, y, age, none}, &options, &norm, &error),
            VG_NOT_ESTIMABLE, &error, "no comparable people: the reference set has 29");
    double zero[N], same[N];
    memcpy(zero, y, sizeof zero);
    zero[3] = 0;
    for (size_t i = 0; i < N; i++)
        same[i] = 2;
    refused(vg_norm_fit(arena, &(VgNormData){N, zero, age, none}, &options, &norm, &error),
            VG_INVALID_INPUT, &error, "value 4 of the reference set is 0");
    refused(vg_norm_fit(arena, &(VgNormData){N, same, age, none}, &options, &norm, &error),
            VG_NOT_ESTIMABLE, &error, "do not vary");
    VgMatrix twice = {age, N, 1, N};
    refused(vg_norm_fit(arena, &(VgNormData){N, y, age, twice}, &options, &norm, &error),
            VG_NOT_ESTIMABLE, &error, "linear combinations");
    WITNESS_OK(vg_norm_fit(arena, &(VgNormData){N, y, age, none}, &options, &norm, &error), &error);
    refused(vg_norm_score(norm, 5, 90, NULL, 0.95, &score, &error), VG_NOT_ESTIMABLE, &error,
            "outside the reference set");
    refused(vg_norm_score(norm, -1, 40, NULL, 0.95, &score, &error), VG_INVALID_INPUT, &error,
            "a value of -1");
    VgQuantileFit fit;
    refused(vg_quantile_regression(arena, twice, y, 1, NULL, &fit, &error), VG_INVALID_INPUT,
            &error, "a quantile of 1");
}

static void unseen_people_have_standard_scores(void **state)
{
    (void)state;
    double z[N], again[N];
    VgNormGroup group[3];
    VgNormOptions options = {.smooth_l = false};
    VgNormData data = {N, y, age, none};
    VgError error = {0};
    WITNESS_OK(vg_norm_cross_validate(arena, &data, &options, 5, 4, z, &error), &error);
    WITNESS_OK(vg_norm_cross_validate(arena, &data, &options, 5, 4, again, &error), &error);
    assert_memory_equal(z, again, sizeof z);
    WITNESS_OK(vg_norm_groups(arena, z, age, N, 3, group, &error), &error);
    for (size_t g = 0; g < 3; g++) /* of 40 people: an error of 0.16 */
        assert_true(fabs(group[g].mean) < 0.5 && fabs(group[g].sd - 1) < 0.35);
    refused(vg_norm_groups(arena, z, age, N, 7, group, &error), VG_NOT_ESTIMABLE, &error,
            "for 7 groups");
}

/* n reference people and one more, all alike, as points of a plane. */
static double p_of(size_t replicate, size_t n, double shift, VgOutlyingness *out)
{
    VgRandom random = vg_random_start(replicate, VG_STREAM_TEST, 1, 0);
    double *x = VG_NEW(arena, double, 2 * (n + 1));
    VgDistances d = {n + 1, VG_NEW(arena, double, n *(n + 1) / 2)};
    bool *comparable = VG_NEW(arena, bool, n);
    VgNeighbours neighbours;
    VgError error = {0};
    for (size_t i = 0; i < 2 * (n + 1); i++)
        x[i] = vg_random_normal(&random) + (i >= 2 * n ? shift : 0);
    size_t at = 0;
    for (size_t i = 0; i <= n; i++)
        for (size_t j = i + 1; j <= n; j++)
            d.value[at++] = hypot(x[2 * i] - x[2 * j], x[2 * i + 1] - x[2 * j + 1]);
    for (size_t i = 0; i < n; i++)
        comparable[i] = true;
    WITNESS_OK(vg_neighbours_prepare(arena, &d, n, &neighbours, &error), &error);
    VgNeighbourOptions options = {.resamples = 20, .seed = 1, .threads = 1};
    WITNESS_OK(vg_neighbours_score(arena, &neighbours, n, comparable, &options, out, &error),
               &error);
    return out->p;
}

static void conformal_p_is_uniform_under_exchangeability(void **state)
{
    (void)state;
    enum { RUNS = 800, PEOPLE = 39 };
    size_t count[PEOPLE + 2] = {0}, sum = 0;
    double gap = 0;
    VgOutlyingness out;
    for (size_t r = 0; r < RUNS; r++) {
        VgArenaMark mark = vg_arena_mark(arena);
        count[(size_t)lround(p_of(r + 1, PEOPLE, 0, &out) * (PEOPLE + 1))]++;
        vg_arena_rewind(arena, mark);
    }
    assert_int_equal(count[0], 0);
    for (size_t k = 1; k <= PEOPLE + 1; k++) {
        sum += count[k];
        gap = fmax(gap, fabs((double)sum / RUNS - (double)k / (PEOPLE + 1)));
    }
    /* Kolmogorov–Smirnov: 1.95/√n is reached once in 1000 */
    if (gap > 1.95 / sqrt(RUNS))
        fail_msg("the distribution of p is %.4f from uniform", gap);
}

static void who_is_far_is_seen(void **state)
{
    (void)state;
    VgOutlyingness out;
    near(p_of(5, 60, 8, &out), 1.0 / 61, 1e-15);
    assert_int_equal(out.k, 30);
    assert_true(out.n_near == 0 && out.nearest > 3 && out.lower <= out.p && out.p <= out.upper);
    for (size_t j = 1; j < out.k; j++)
        assert_true(out.neighbour[j] < 60);
}

static void too_few_comparable_people_are_refused(void **state)
{
    (void)state;
    VgDistances d = {32, VG_NEW(arena, double, 32 * 31 / 2)};
    bool comparable[31];
    VgNeighbours neighbours;
    VgOutlyingness out;
    VgError error = {0};
    for (size_t i = 0; i < 31; i++)
        comparable[i] = i > 1;
    WITNESS_OK(vg_neighbours_prepare(arena, &d, 31, &neighbours, &error), &error);
    VgNeighbourOptions options = {.resamples = 20};
    refused(vg_neighbours_score(arena, &neighbours, 31, comparable, &options, &out, &error),
            VG_NOT_ESTIMABLE, &error, "no comparable people: 29");
    refused(vg_neighbours_score(arena, &neighbours, 3, comparable, &options, &out, &error),
            VG_INVALID_INPUT, &error, "no sample beside");
}

static void quantiles_and_distribution_tell_the_same(void **state)
{
    (void)state;
    VgMatrix x = vg_matrix_new(arena, N, 2), people = vg_matrix_new(arena, 3, 2);
    double values[3] = {4, 7, 16};
    VgCentile centile[3];
    VgCentileOptions options = {.resamples = 60, .seed = 3};
    VgNorm *norm;
    VgError error = {0};
    for (size_t i = 0; i < N; i++) {
        VG_AT(x, i, 0) = 1;
        VG_AT(x, i, 1) = age[i];
    }
    for (size_t i = 0; i < 3; i++) {
        VG_AT(people, i, 0) = 1;
        VG_AT(people, i, 1) = 45;
    }
    WITNESS_OK(vg_quantile_centiles(arena, x, y, people, values, &options, centile, &error),
               &error);
    VgNormOptions straight = {.linear_m = true, .linear_s = true};
    WITNESS_OK(vg_norm_fit(arena, &(VgNormData){N, y, age, none}, &straight, &norm, &error),
               &error);
    for (size_t i = 0; i < 3; i++) {
        VgNormScore score;
        WITNESS_OK(vg_norm_score(norm, values[i], 45, NULL, 0.95, &score, &error), &error);
        near(centile[i].centile, score.centile, 0.1);
        assert_true(centile[i].lower <= centile[i].centile &&
                    centile[i].centile <= centile[i].upper);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(a_quantile_has_the_centile_it_was_asked_for),
        cmocka_unit_test(what_cannot_be_borne_is_refused),
        cmocka_unit_test(unseen_people_have_standard_scores),
        cmocka_unit_test(conformal_p_is_uniform_under_exchangeability),
        cmocka_unit_test(who_is_far_is_seen),
        cmocka_unit_test(too_few_comparable_people_are_refused),
        cmocka_unit_test(quantiles_and_distribution_tell_the_same)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
