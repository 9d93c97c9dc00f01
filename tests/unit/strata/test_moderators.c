/* strata/: verdicts, empty cells, ties on a curve, subgroups found and not found, refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/moderators.h>

#include "numeric/random.h"

enum { N = 200, P = 3 };

static double x[N * P], score[N], y[N];
static int32_t arm[N], class[N];

/* score = slope · 1{x_2 > 0.5} + noise; four arms whose means are given. */
static void make(double slope, const double mean[4], uint32_t which)
{
    VgRandom random = vg_random_start(21, VG_STREAM_TEST, which, 0);
    for (size_t i = 0; i < N * P; i++)
        x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        arm[i] = (int32_t)(i % 4);
        class[i] = (int32_t)(i / 4 % 2);
        score[i] = slope * (x[N + i] > 0.5) + vg_random_normal(&random);
        y[i] = (mean ? mean[arm[i]] : 0) + 0.2 * vg_random_normal(&random);
    }
}

static VgAdditivity additivity_of(VgArena *arena, bool lower_is_better, double margin)
{
    VgError error = {0};
    VgAdditivity out;
    VgFactorialData data = {.n = N,
                            .outcome = y,
                            .arm = arm,
                            .none = 0,
                            .a = 1,
                            .b = 2,
                            .both = 3,
                            .lower_is_better = lower_is_better,
                            .margin = margin};
    WITNESS_OK(vg_additivity(arena, &data, 0.95, &out, &error), &error);
    return out;
}

static void verdicts_on_additivity(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    make(0, (const double[]){0, 1, 2, 4}, 1);
    assert_int_equal(additivity_of(arena, false, 0).verdict, VG_MORE_THAN_ADDITIVE);
    assert_int_equal(additivity_of(arena, true, 0).verdict, VG_LESS_THAN_ADDITIVE);
    make(0, (const double[]){0, -1, -2, -4}, 1); /* a symptom score falls by more than the sum */
    assert_int_equal(additivity_of(arena, true, 0).verdict, VG_MORE_THAN_ADDITIVE);
    make(0, (const double[]){0, 1, 2, 3}, 2);
    assert_int_equal(additivity_of(arena, false, 0).verdict, VG_ADDITIVITY_OPEN);
    assert_int_equal(additivity_of(arena, false, 0.5).verdict, VG_ADDITIVE);
    assert_string_equal(vg_additivity_name(VG_ADDITIVE), "additive");
    VgError error = {0};
    VgAdditivity out;
    VgFactorialData data = {.n = N, .outcome = y, .arm = arm, .none = 0, .a = 1, .b = 2, .both = 7};
    assert_int_equal(vg_additivity(arena, &data, 0.95, &out, &error), VG_NOT_ESTIMABLE);
    assert_string_equal(error.message, "arm A + B has 0 people");
    vg_arena_destroy(arena);
}

/* Arm 2 nobody of class 1 got: that effect is absent, the others are there. */
static void empty_cells_of_a_background_are_absent(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgBackground out;
    make(0, (const double[]){0, 1, 2, 3}, 3);
    for (size_t i = 0; i < N; i++)
        if (arm[i] == 2)
            class[i] = 0;
    VgBackgroundData data = {
        .n = N, .arms = 4, .classes = 2, .outcome = y, .arm = arm, .background = class};
    WITNESS_OK(vg_background_effects(arena, &data, 0.95, &out, &error), &error);
    assert_true(isnan(out.effect[1 * 2 + 1].estimate) && isnan(out.difference[1 * 2 + 1].estimate));
    assert_true(out.n[1 * 2 + 1] == 0 && out.n_reference[1] == 25 && out.all.df_numerator == 2);
    witness_close("arm 3", out.effect[2 * 2 + 0].estimate, 3, 0.06, 0); /* SE 0.06 */
    for (size_t i = 0; i < N; i++)
        class[i] = arm[i] % 2;
    assert_int_equal(vg_background_effects(arena, &data, 0.95, &out, &error), VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static void equal_values_are_not_parted_by_windows(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgEffectCurve curve, turned;
    VgCurveOptions options = {.draws = 500};
    make(1, NULL, 4);
    double values[N], back[N], score_back[N];
    for (size_t i = 0; i < N; i++)
        values[i] = floor(4 * x[N + i]);
    for (size_t i = 0; i < N; i++) {
        back[i] = values[N - 1 - i];
        score_back[i] = score[N - 1 - i];
    }
    WITNESS_OK(vg_effect_curve(arena, N, score, values, (VgClusters){0}, &options, &curve, &error),
               &error);
    WITNESS_OK(
        vg_effect_curve(arena, N, score_back, back, (VgClusters){0}, &options, &turned, &error),
        &error);
    assert_int_equal(curve.windows, turned.windows);
    for (size_t w = 0; w < curve.windows; w++) {
        size_t held = 0;
        for (size_t i = 0; i < N; i++)
            held += values[i] >= curve.low[w] && values[i] <= curve.high[w];
        assert_int_equal(curve.n[w], held);
        assert_true(held >= 50 && curve.low[w] == turned.low[w]);
        witness_close("effect", curve.effect[w], turned.effect[w], 1e-12, 1);
        assert_true(curve.band_lower[w] < curve.lower[w] && curve.upper[w] < curve.band_upper[w]);
    }
    assert_true(curve.p < 0.01 && curve.critical > 1.96 && curve.critical < 3);
    for (size_t i = 0; i < N; i++)
        values[i] = 1;
    assert_int_equal(
        vg_effect_curve(arena, N, score, values, (VgClusters){0}, &options, &curve, &error),
        VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static VgSubgroup subgroup_of(VgArena *arena, VgSubgroupOptions options)
{
    VgError error = {0};
    VgSubgroup out;
    WITNESS_OK(vg_subgroup(arena, score, (VgMatrix){x, N, P, N}, &options, &out, &error), &error);
    return out;
}

static void a_subgroup_that_is_there_is_found(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    make(1.5, NULL, 5);
    VgSubgroup one = subgroup_of(arena, (VgSubgroupOptions){.threads = 1});
    VgSubgroup four = subgroup_of(arena, (VgSubgroupOptions){.threads = 4});
    assert_true(one.feature == 1 && one.above && one.chosen > 0.9);
    witness_close("cut", one.cut, 0.5, 0.3, 0);
    assert_true(one.difference.p < 0.001 && one.difference.lower > 0.5 &&
                one.difference.upper < 2.2);
    assert_memory_equal(&one.difference, &four.difference, sizeof one.difference);
    double all = 0;
    for (size_t j = 0; j < P; j++)
        all += one.share[j];
    witness_close("shares", all, 1, 1e-12, 0);
    for (size_t i = 0; i < N; i++)
        score[i] = -score[i]; /* now those below benefit */
    one = subgroup_of(arena, (VgSubgroupOptions){0});
    assert_true(one.feature == 1 && !one.above && one.difference.estimate > 0.5);
    vg_arena_destroy(arena);
}

/* Where there is none, the half that was searched says so loudly, the other half does not. */
static void a_subgroup_of_noise_vanishes_in_the_other_half(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    double found = 0, held = 0;
    for (uint32_t which = 0; which < 60; which++) {
        make(0, NULL, 100 + which);
        VgSubgroup one = subgroup_of(arena, (VgSubgroupOptions){.splits = 20});
        found += one.difference_found / 60;
        held += one.difference.estimate / 60;
        assert_true(one.difference.p > 0.01);
    }
    assert_true(found > 0.4 &&
                fabs(held) < 0.09); /* SD of the mean of 60: 0.017, medians lean by 0.02 */
    VgSubgroup out;
    VgSubgroupOptions options = {0};
    assert_int_equal(vg_subgroup(arena, score, (VgMatrix){x, 39, P, N}, &options, &out, &error),
                     VG_NOT_ESTIMABLE);
    for (size_t i = 0; i < N * P; i++)
        x[i] = i % N == 0;
    assert_int_equal(vg_subgroup(arena, score, (VgMatrix){x, N, P, N}, &options, &out, &error),
                     VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static void interactions_name_what_cannot_be_tested(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgInteractions out;
    const char *name[] = {"crp", "sex"};
    make(0, (const double[]){0, 0, 0, 0}, 6);
    VgModeratorData data = {.n = N,
                            .arms = 4,
                            .outcome = y,
                            .arm = arm,
                            .moderators = {x, N, 2, N},
                            .moderator_name = name};
    WITNESS_OK(vg_interaction_tests(arena, &data, VG_ADJUST_HOLM, 0.95, &out, &error), &error);
    assert_int_equal(out.n_interactions, 6);
    for (size_t i = 0; i < N; i++)
        x[N + i] = 3;
    assert_int_equal(vg_interaction_tests(arena, &data, VG_ADJUST_HOLM, 0.95, &out, &error),
                     VG_NOT_ESTIMABLE);
    assert_string_equal(error.message, "moderator sex is the same for everybody");
    x[5] = NAN;
    assert_int_equal(vg_interaction_tests(arena, &data, VG_ADJUST_HOLM, 0.95, &out, &error),
                     VG_INVALID_INPUT);
    assert_string_equal(error.message, "crp is missing in row 6");
    x[5] = 0;
    arm[3] = 4;
    assert_int_equal(vg_interaction_tests(arena, &data, VG_ADJUST_HOLM, 0.95, &out, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_on_additivity),
        cmocka_unit_test(empty_cells_of_a_background_are_absent),
        cmocka_unit_test(equal_values_are_not_parted_by_windows),
        cmocka_unit_test(a_subgroup_that_is_there_is_found),
        cmocka_unit_test(a_subgroup_of_noise_vanishes_in_the_other_half),
        cmocka_unit_test(interactions_name_what_cannot_be_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
