/* effect sizes agree with R's noncentral t, emmeans::eff_size and the formula of METHODS 2.2. */
#include "support/witness.h"

#include <math.h>

#include <vagus/effect_size.h>

static VgError error;

/* R 4.2.2: uniroot(function(n) pt(t, 20, n, lower = FALSE) − .025), and so on (what MBESS::ci.smd
 * does). */
static void two_groups_have_the_exact_noncentral_t_interval(void **state)
{
    (void)state;
    VgInference out;
    WITNESS_OK(vg_standardised_difference_two_groups(12, 14.3, 4.2, 10, 18.1, 5.1, false, .95, &out,
                                                     &error),
               &error);
    witness_close("d", out.estimate, -0.82131690897947041, 1e-13, 0);
    witness_close("SE", out.se, 0.44743420740676848, 1e-13, 0);
    witness_close("lower", out.lower, -1.6884298018563735, 1e-10, 0);
    witness_close("upper", out.upper, 0.06453297308247706, 1e-9, 0);
    WITNESS_OK(vg_standardised_difference_two_groups(12, 14.3, 4.2, 10, 18.1, 5.1, true, .95, &out,
                                                     &error),
               &error);
    witness_close("g", out.estimate, -0.79006131106164967, 1e-13, 0);
}

static void exact_interval_turns_over_with_the_groups(void **state)
{
    (void)state;
    VgInference a, b;
    WITNESS_OK(vg_standardised_difference_two_groups(30, 5, 2, 25, 1, 3, false, .9, &a, &error),
               &error);
    WITNESS_OK(vg_standardised_difference_two_groups(25, 1, 3, 30, 5, 2, false, .9, &b, &error),
               &error);
    witness_close("turned over", a.lower, -b.upper, 1e-11, 0);
    witness_close("turned over", a.upper, -b.lower, 1e-11, 0);
}

/* R 4.2.2, emmeans 1.8.4: m <- lm(mpg ~ factor(am) + wt, mtcars); eff_size(emmeans(m, "am"),
 * sigma(m), 29). */
static void a_model_difference_agrees_with_eff_size(void **state)
{
    (void)state;
    VgInference difference = {.estimate = 0.023615219662704565, .se = 1.545645332434928, .df = 29};
    VgInference out;
    WITNESS_OK(
        vg_standardised_difference(&difference, 3.0979397893930765, 29, false, .95, &out, &error),
        &error);
    witness_close("effect size", out.estimate, 0.0076228788382417534, 1e-12, 0);
    witness_close("SE", out.se, 0.49892785138147999, 1e-12, 0);
    witness_close("lower", out.lower, -1.0127991520927413, 1e-12, 0);
    witness_close("upper", out.upper, 1.0280449097692248, 1e-12, 0);
}

static void pooled_sd_weighs_by_degrees_of_freedom(void **state)
{
    (void)state;
    double pooled, df;
    WITNESS_OK(
        vg_pooled_sd((double[]){12, 10, 1}, (double[]){4.2, 5.1, NAN}, 3, &pooled, &df, &error),
        &error);
    witness_close("pooled", pooled, sqrt((11 * 4.2 * 4.2 + 9 * 5.1 * 5.1) / 20), 1e-15, 0);
    witness_close("df", df, 20, 0, 1);
    assert_int_equal(vg_pooled_sd((double[]){5, 5}, (double[]){0, 0}, 2, &pooled, &df, &error),
                     VG_NOT_ESTIMABLE);
}

static void what_cannot_be_standardised_is_refused(void **state)
{
    (void)state;
    VgInference difference = {.estimate = 1, .se = 1, .df = 10}, out;
    assert_int_equal(vg_standardised_difference(&difference, 0, 10, false, .95, &out, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(vg_standardised_difference(&difference, 1, 1, true, .95, &out, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(
        vg_standardised_difference_two_groups(1, 0, 1, 5, 0, 1, false, .95, &out, &error),
        VG_INVALID_INPUT);
    assert_int_equal(
        vg_standardised_difference_two_groups(500, 100, 1, 500, 0, 1, false, .95, &out, &error),
        VG_NO_CONVERGENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_groups_have_the_exact_noncentral_t_interval),
        cmocka_unit_test(exact_interval_turns_over_with_the_groups),
        cmocka_unit_test(a_model_difference_agrees_with_eff_size),
        cmocka_unit_test(pooled_sd_weighs_by_degrees_of_freedom),
        cmocka_unit_test(what_cannot_be_standardised_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
