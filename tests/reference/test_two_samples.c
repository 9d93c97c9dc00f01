/* Welch's t test and the rank-sum test against t.test and wilcox.test: tests/reference/two_samples.R makes
 * two_samples.json. */
#include "support/witness.h"

#include <vagus/two_samples.h>

static double *numbers(VgArena *arena, const json_t *array, size_t *n)
{
    *n = json_array_size(array);
    double *value = VG_NEW(arena, double, *n);
    assert_non_null(value);
    for (size_t i = 0; i < *n; i++)
        value[i] = json_number_value(json_array_get(array, i));
    return value;
}

/* Sums and tails of the same numbers in another order: 1e-10, far less than would change a digit in print. */
static void close_to(const char *what, double value, const json_t *expected, const char *path)
{
    witness_close(what, value, witness_number(expected, path), 1e-10, 1e-6);
}

static void check_welch(const VgTwoSamples *samples, const json_t *expected, double level)
{
    VgInference got;
    VgError error = {0};
    WITNESS_OK(vg_welch(samples, level, &got, &error), &error);
    close_to("difference", got.estimate, expected, "estimate");
    close_to("se", got.se, expected, "se");
    close_to("df", got.df, expected, "df");
    close_to("t", got.statistic, expected, "t");
    close_to("p", got.p, expected, "p");
    close_to("lower", got.lower, expected, "interval/0");
    close_to("upper", got.upper, expected, "interval/1");
}

static void check_rank_sum(VgArena *arena, const VgTwoSamples *samples, const json_t *expected,
                           double level)
{
    VgRankSum got;
    VgError error = {0};
    WITNESS_OK(vg_rank_sum(arena, samples, false, level, &got, &error), &error);
    assert_true(got.exact == json_is_true(witness_at(expected, "exact")));
    close_to("W", got.statistic, expected, "w");
    close_to("rank-sum p", got.p, expected, "p");
    close_to("shift", got.estimate, expected, "estimate");
    close_to("lower limit of the shift", got.lower, expected, "interval/0");
    close_to("upper limit of the shift", got.upper, expected, "interval/1");
    /* wilcox.test says what was covered only where the level is missed by more than half of its tail */
    double achieved = witness_number(expected, "achieved");
    if (achieved < level)
        witness_close("level", got.level, achieved, 1e-10, 0);
    else
        assert_true(got.level >= level - (1 - level) / 2);
}

static void both_tests_agree_with_r(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *reference = witness_json(witness_source(arena, "tests/reference/two_samples.json"));
    const char *name;
    json_t *item;
    size_t n = 0, exact = 0;
    json_object_foreach(reference, name, item)
    {
        if (!json_is_object(item))
            continue;
        VgTwoSamples samples;
        samples.value_1 = numbers(arena, json_object_get(item, "x"), &samples.n_1);
        samples.value_0 = numbers(arena, json_object_get(item, "y"), &samples.n_0);
        double level = witness_number(item, "level");
        if (json_object_get(item, "welch"))
            check_welch(&samples, json_object_get(item, "welch"), level);
        check_rank_sum(arena, &samples, json_object_get(item, "rank_sum"), level);
        exact += json_is_true(witness_at(item, "rank_sum/exact"));
        n++;
    }
    assert_true(n == 13 && exact > 5 && exact < 10);
    json_decref(reference);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_tests_agree_with_r),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
