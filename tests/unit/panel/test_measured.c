/* Contrasts of measured analytes: what is refused, what is substituted, what does not depend on order or threads. */
#include "support/witness.h"

#include <math.h>

#include <vagus/measured.h>

#include "numeric/random.h"

enum { N = 40, ARMS = 2, VISITS = 2, PLACES = 3, ANALYTES = 4, ALL = N * PLACES };

static VgArena *arena;
static VgError error;
static size_t arm[N];
static double lower[ANALYTES * ALL], upper[ANALYTES * ALL];
static double base[ANALYTES];
static const char *const NAME[] = {"a", "b", "c", "d"};

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* Values about 0 with a person's share; below `limit` censored. */
static void draw(double limit)
{
    for (size_t j = 0; j < ANALYTES; j++)
        base[j] = exp(1);
    for (size_t i = 0; i < N; i++) {
        arm[i] = i % 2;
        for (size_t j = 0; j < ANALYTES; j++) {
            VgRandom random = vg_random_start(5, VG_STREAM_TEST, (uint32_t)j, (uint32_t)i);
            double person = vg_random_normal(&random);
            for (size_t t = 0; t < PLACES; t++) {
                double y = person + vg_random_normal(&random);
                lower[i + N * (t + PLACES * j)] = y < limit ? -INFINITY : y;
                upper[i + N * (t + PLACES * j)] = y < limit ? limit : y;
            }
        }
    }
}

static VgMeasuredData data_of(size_t n_analytes)
{
    return (VgMeasuredData){.n = N,
                            .n_arms = ARMS,
                            .n_visits = VISITS,
                            .arm = arm,
                            .baseline = true,
                            .n_analytes = n_analytes,
                            .lower = lower,
                            .upper = upper,
                            .log_base = base,
                            .analyte = NAME};
}

static VgMeasuredResult run(const VgMeasuredData *data, VgMeasuredOptions options)
{
    VgMeasuredResult out;
    WITNESS_OK(vg_measured_contrasts(arena, data, &options, &out, &error), &error);
    return out;
}

static void a_visit_beyond_70_percent_is_compared_by_detection_alone(void **state)
{
    (void)state;
    draw(-0.8);
    for (size_t i = 0; i < N; i++) /* second visit: nearly all of arm 1 below 3 */
        if (arm[i] == 1 && i > 6) {
            lower[i + 2 * N] = -INFINITY;
            upper[i + 2 * N] = 3;
        }
    VgMeasuredData data = data_of(1);
    VgMeasuredResult out = run(&data, (VgMeasuredOptions){0});
    assert_null(out.failed[0]);
    assert_true(out.mean_scale[0]);
    assert_false(out.contrast[0].detection);
    assert_true(isfinite(out.contrast[0].inference.estimate));
    assert_true(out.contrast[1].detection);
    assert_true(out.contrast[1].inference.estimate < 0); /* less often detected */
    assert_true(isnan(out.mean[VISITS].estimate) && isfinite(out.mean[0].estimate));
    assert_int_equal(out.cell[2 * ARMS + 1].verdict, VG_CENSORED_TOO_MANY);
    for (size_t i = 0; i < N; i++) { /* nobody at all is detected: nothing is said */
        lower[i + 2 * N] = -INFINITY;
        upper[i + 2 * N] = 3;
    }
    out = run(&data, (VgMeasuredOptions){0});
    assert_true(isnan(out.contrast[1].inference.estimate));
    assert_true(isfinite(out.contrast[0].inference.estimate));
}

static void substitution_is_by_name_only_and_in_the_scales_logarithm(void **state)
{
    (void)state;
    draw(-0.8);
    VgMeasuredData data = data_of(1);
    VgMeasuredResult half = run(&data, (VgMeasuredOptions){.censored = VG_CENSORED_HALF_LLOQ});
    double kept[ALL];
    size_t substituted = 0;
    for (size_t k = 0; k < ALL; k++) {
        kept[k] = lower[k];
        if (lower[k] < upper[k]) {
            lower[k] = upper[k] = -0.8 - log(2);
            substituted++;
        }
    }
    VgMeasuredResult by_hand = run(&data, (VgMeasuredOptions){0});
    assert_int_equal(half.imputed[0], substituted);
    witness_close("half", half.contrast[1].inference.estimate,
                  by_hand.contrast[1].inference.estimate, 1e-12, 1e-3);
    for (size_t k = 0; k < ALL; k++) {
        upper[k] = isinf(kept[k]) ? -0.8 : kept[k];
        lower[k] = kept[k];
    }
    base[0] = 2; /* a half is one step down */
    half = run(&data, (VgMeasuredOptions){.censored = VG_CENSORED_ROOT_LLOQ});
    for (size_t k = 0; k < ALL; k++)
        if (lower[k] < upper[k])
            lower[k] = upper[k] = -0.8 - 0.5;
    by_hand = run(&data, (VgMeasuredOptions){0});
    witness_close("root", half.contrast[1].inference.estimate,
                  by_hand.contrast[1].inference.estimate, 1e-12, 1e-3);
}

static void answers_depend_on_neither_threads_nor_other_analytes(void **state)
{
    (void)state;
    draw(-0.7);
    VgMeasuredData all = data_of(ANALYTES), last = data_of(1);
    last.lower += 3 * ALL;
    last.upper += 3 * ALL;
    last.analyte = NAME + 3;
    for (int model = 0; model < 2; model++) {
        VgMeasuredResult one =
            run(&all, (VgMeasuredOptions){.model = (VgMeasuredModel)model, .threads = 1});
        VgMeasuredResult two =
            run(&all, (VgMeasuredOptions){.model = (VgMeasuredModel)model, .threads = 2});
        assert_memory_equal(one.contrast, two.contrast, ANALYTES * VISITS * sizeof *one.contrast);
        VgMeasuredResult alone = run(&last, (VgMeasuredOptions){.model = (VgMeasuredModel)model});
        for (size_t v = 0; v < VISITS; v++)
            witness_close("alone", alone.contrast[v].inference.estimate,
                          one.contrast[3 * VISITS + v].inference.estimate, 1e-9, 1e-3);
    }
}

/* Own baseline as covariate or as outcome: two estimators of one difference. */
static void both_models_tell_the_same_story(void **state)
{
    (void)state;
    draw(-INFINITY);
    VgMeasuredData data = data_of(ANALYTES);
    VgMeasuredResult mmrm = run(&data, (VgMeasuredOptions){0});
    VgMeasuredResult shared = run(&data, (VgMeasuredOptions){.model = VG_MEASURED_SHARED});
    for (size_t k = 0; k < ANALYTES * VISITS; k++) {
        double se = mmrm.contrast[k].inference.se;
        assert_true(fabs(mmrm.contrast[k].inference.estimate -
                         shared.contrast[k].inference.estimate) < 0.5 * se);
        assert_true(fabs(shared.contrast[k].inference.se / se - 1) < 0.25);
    }
}

static void what_an_analyte_cannot_bear_is_its_own_matter(void **state)
{
    (void)state;
    draw(-INFINITY);
    for (size_t i = 0; i < N; i++)
        for (size_t t = 0; t < PLACES; t++)
            lower[i + N * t] = upper[i + N * t] = 1; /* constant */
    for (size_t i = 0; i < N; i++)                   /* second analyte: no baseline for anybody */
        lower[i + ALL] = upper[i + ALL] = NAN;
    VgMeasuredData data = data_of(3);
    for (int model = 0; model < 2; model++) {
        VgMeasuredResult out = run(&data, (VgMeasuredOptions){.model = (VgMeasuredModel)model});
        assert_non_null(out.failed[0]);
        assert_true(isnan(out.contrast[0].inference.estimate));
        assert_true(isnan(out.contrast[VISITS].inference.estimate));
        assert_null(out.failed[2]);
        assert_true(isfinite(out.contrast[2 * VISITS].inference.estimate));
    }
    arm[3] = 7;
    VgMeasuredResult out;
    assert_int_equal(vg_measured_contrasts(arena, &data, &(VgMeasuredOptions){0}, &out, &error),
                     VG_INVALID_INPUT);
}

static void visits_without_baseline_are_compared_as_they_are(void **state)
{
    (void)state;
    draw(-INFINITY);
    VgMeasuredData data = data_of(1);
    data.baseline = false;
    data.n_visits = PLACES;
    VgMeasuredResult out = run(&data, (VgMeasuredOptions){0});
    for (size_t v = 0; v < PLACES; v++) {
        double mean[2] = {0, 0};
        for (size_t i = 0; i < N; i++)
            mean[arm[i]] += lower[i + N * v] * 2 / N;
        witness_close("difference of means", out.contrast[v].inference.estimate, mean[1] - mean[0],
                      1e-10, 1e-3); /* nothing is missing */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_visit_beyond_70_percent_is_compared_by_detection_alone),
        cmocka_unit_test(substitution_is_by_name_only_and_in_the_scales_logarithm),
        cmocka_unit_test(answers_depend_on_neither_threads_nor_other_analytes),
        cmocka_unit_test(both_models_tell_the_same_story),
        cmocka_unit_test(what_an_analyte_cannot_bear_is_its_own_matter),
        cmocka_unit_test(visits_without_baseline_are_compared_as_they_are),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
