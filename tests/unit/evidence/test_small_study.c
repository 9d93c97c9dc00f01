#include "support/witness.h"

#include <math.h>

#include <vagus/small_study.h>

enum { K = 12 };
static const double EFFECT[K] = {.61, .48, .75, .12, .33, .52, .29, .88, .05, .41, .36, .70};
static const double VARIANCE[K] = {.06, .031, .09, .01, .02, .05, .015, .12, .012, .03, .04, .08};
static const double N1[K] = {30, 60, 22, 180, 95, 40, 120, 15, 160, 66, 50, 24},
                    N2[K] = {32, 66, 20, 190, 90, 44, 125, 18, 150, 60, 54, 26};

static VgSmallStudyData base_data(void)
{
    return (VgSmallStudyData){.y = EFFECT, .v = VARIANCE, .n1 = N1, .n2 = N2, .k = K};
}

static void a_mirrored_and_reordered_funnel_gives_the_mirrored_answers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double y[K], v[K], n1[K], n2[K];
    for (size_t i = 0; i < K; i++) {
        size_t from = (5 * i + 2) % K;
        y[i] = -EFFECT[from];
        v[i] = VARIANCE[from];
        n1[i] = N1[from];
        n2[i] = N2[from];
    }
    VgSmallStudyData a = base_data(), b = {.y = y, .v = v, .n1 = n1, .n2 = n2, .k = K};
    VgError error = {0};
    VgEggerOptions egger = {.predictor = VG_EGGER_ARMS};
    VgEgger ea, eb;
    WITNESS_OK(vg_egger(arena, &a, &egger, &ea, &error), &error);
    WITNESS_OK(vg_egger(arena, &b, &egger, &eb, &error), &error);
    witness_close("slope", eb.slope.estimate, -ea.slope.estimate, 1e-9, 0);
    witness_close("p", eb.slope.p, ea.slope.p, 1e-9, 0);
    VgTrimFill fa, fb;
    WITNESS_OK(vg_trim_and_fill(arena, &a, NULL, &fa, &error), &error);
    WITNESS_OK(vg_trim_and_fill(arena, &b, NULL, &fb, &error), &error);
    assert_int_equal(fa.side, VG_FILL_LEFT);
    assert_int_equal(fb.side, VG_FILL_RIGHT);
    assert_true(fa.filled > 0);
    assert_int_equal(fa.filled, fb.filled);
    witness_close("pooled", fb.pooled.estimate, -fa.pooled.estimate, 1e-9, 0);
    assert_true(fa.pooled.estimate < fa.original.estimate);
    VgBegg ba, bb;
    WITNESS_OK(vg_begg(arena, &a, &ba, &error), &error);
    WITNESS_OK(vg_begg(arena, &b, &bb, &error), &error);
    assert_true(ba.exact);
    witness_close("tau", bb.tau, -ba.tau, 1e-14, 0);
    witness_close("p", bb.p, ba.p, 1e-12, 0);
    VgPetPeese pa, pb;
    WITNESS_OK(vg_pet_peese(arena, &a, VG_EGGER_SE, 0, &pa, &error), &error);
    WITNESS_OK(vg_pet_peese(arena, &b, VG_EGGER_SE, 0, &pb, &error), &error);
    witness_close("pet", pb.pet.estimate, -pa.pet.estimate, 1e-10, 1e-2);
    witness_close("one-sided", pb.pet_one_sided, pa.pet_one_sided, 1e-10, 0);
    vg_arena_destroy(arena);
}

static void an_effect_that_stands_at_infinite_size_goes_by_peese(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double y[K];
    VgError error = {0};
    VgPetPeese out;
    VgSmallStudyData data = base_data();
    data.y = y;
    for (size_t i = 0; i < K; i++)
        y[i] = .5 + .3 * sqrt(VARIANCE[i]) + (i % 2 ? .01 : -.01);
    WITNESS_OK(vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &out, &error), &error);
    assert_true(out.peese_chosen && out.pet_one_sided < .05 && out.few);
    for (size_t i = 0; i < K; i++)
        y[i] = 2 * sqrt(VARIANCE[i]) + (i % 2 ? .05 : -.05);
    WITNESS_OK(vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &out, &error), &error);
    assert_false(out.peese_chosen);
    /* a PET intercept against the pooled effect is no evidence for it, however small its two-sided p */
    for (size_t i = 0; i < K; i++)
        y[i] = -.5 + 6 * sqrt(VARIANCE[i]) + (i % 2 ? .01 : -.01);
    WITNESS_OK(vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &out, &error), &error);
    assert_true(out.pet.p < .05 && out.pet_one_sided > .95 && !out.peese_chosen);
    vg_arena_destroy(arena);
}

/* Four studies: 24 orders, of which one has all six pairs concordant and one none. */
static void kendalls_exact_p_counts_orders(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double y[] = {.1, .3, .6, 1.2}, v[] = {.01, .02, .03, .04};
    VgSmallStudyData data = {.y = y, .v = v, .k = 4};
    VgBegg out;
    VgError error = {0};
    WITNESS_OK(vg_begg(arena, &data, &out, &error), &error);
    assert_true(out.exact && out.few);
    witness_close("tau", out.tau, 1, 1e-15, 0);
    witness_close("p", out.p, 2.0 / 24, 1e-15, 0);
    vg_arena_destroy(arena);
}

static void what_cannot_be_had_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgSmallStudyData data = base_data();
    VgEgger egger;
    VgEggerOptions options = {.predictor = VG_EGGER_N_INVERSE};
    assert_int_equal(vg_egger(arena, &data, &options, &egger, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sample size"));
    double same[K];
    for (size_t i = 0; i < K; i++)
        same[i] = .04;
    data.v = same;
    VgBegg begg;
    VgTrimFill fill;
    VgPetPeese pet;
    assert_int_equal(vg_egger(arena, &data, NULL, &egger, &error), VG_NOT_ESTIMABLE);
    assert_int_equal(vg_begg(arena, &data, &begg, &error), VG_NOT_ESTIMABLE);
    assert_int_equal(vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &pet, &error), VG_NOT_ESTIMABLE);
    data = base_data();
    assert_int_equal(vg_pet_peese(arena, &data, VG_EGGER_N, 0, &pet, &error), VG_INVALID_INPUT);
    data.k = 2;
    assert_int_equal(vg_trim_and_fill(arena, &data, NULL, &fill, &error), VG_NOT_ESTIMABLE);
    data.k = 9;
    assert_int_equal(vg_egger(arena, &data, NULL, &egger, &error), VG_OK);
    assert_true(egger.few);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mirrored_and_reordered_funnel_gives_the_mirrored_answers),
        cmocka_unit_test(an_effect_that_stands_at_infinite_size_goes_by_peese),
        cmocka_unit_test(kendalls_exact_p_counts_orders),
        cmocka_unit_test(what_cannot_be_had_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
