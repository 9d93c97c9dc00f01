/* proportions: intervals agree with R and with published tables; NNT runs through infinity; rates
 * are exact. */
#include "support/witness.h"

#include <math.h>

#include <vagus/proportions.h>

static VgError error;

static void check_interval(const char *what, const VgInference *out, double lower, double upper,
                           double tolerance)
{
    witness_close(what, out->lower, lower, tolerance, 1e-3);
    witness_close(what, out->upper, upper, tolerance, 1e-3);
}

/* R 4.2.2: prop.test(x, n, correct = FALSE), binom.test(x, n). */
static void one_proportion_agrees_with_prop_test_and_binom_test(void **state)
{
    (void)state;
    VgInference out;
    WITNESS_OK(vg_proportion(14, 50, .95, VG_PROPORTION_WILSON, &out, &error), &error);
    witness_close("estimate", out.estimate, .28, 1e-15, 0);
    check_interval("wilson 14/50", &out, 0.17474170665911226, 0.41665123695956557, 1e-13);
    WITNESS_OK(vg_proportion(14, 50, .95, VG_PROPORTION_CLOPPER_PEARSON, &out, &error), &error);
    check_interval("exact 14/50", &out, 0.16231060070717535, 0.42490535701610865, 1e-12);
    WITNESS_OK(vg_proportion(0, 10, .95, VG_PROPORTION_CLOPPER_PEARSON, &out, &error), &error);
    check_interval("exact 0/10", &out, 0, 0.30849710781876083, 1e-12);
    WITNESS_OK(vg_proportion(0, 10, .95, VG_PROPORTION_WILSON, &out, &error), &error);
    check_interval("wilson 0/10", &out, 0, 0.27753279986288915, 1e-13);
    WITNESS_OK(vg_proportion(10, 10, .95, VG_PROPORTION_WILSON, &out, &error), &error);
    check_interval("wilson 10/10", &out, 1 - 0.27753279986288915, 1, 1e-13);
}

/* R 4.2.2, own code: constrained likelihood by root finding on its derivative, score by uniroot
 * (tolerance 1e-15); none of the closed forms used here. 56/70 vs 48/80 and 9/10 vs 3/10 are
 * examples (a) and (b) of Newcombe 1998, who prints 0.0528, 0.3382 and 0.1700, 0.8406 for
 * Miettinen–Nurminen. */
static void score_intervals_agree_with_numerical_profiling(void **state)
{
    (void)state;
    static const struct {
        VgTwoByTwo table;
        double difference[2], ratio[2], odds[2];
    } row[] = {
        {{26, 50, 16, 50},
         {0.0055684338816180791, 0.38016950633017871},
         {1.0132432035684262, 2.6745764250330493},
         {1.0230759238145941, 5.1784165948226137}},
        {{56, 70, 48, 80},
         {0.052829713245844699, 0.33817294001586834},
         {1.0790471195344267, 1.6721453590897684},
         {1.2815731932629815, 5.5402022221907083}},
        {{9, 10, 3, 10},
         {0.17002501642439893, 0.84064954394332791},
         {1.3279565734835248, 8.691914949017292},
         {2.0215888483554179, 189.6218197058825}},
        {{5, 56, 1, 29},
         {-0.091589110140141178, 0.1662416792378085},
         {0.42913664635864512, 16.583754991058459},
         {0.39293056891364048, 18.567847573394747}},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        VgInference out;
        WITNESS_OK(vg_risk_difference(&row[i].table, .95, VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN,
                                      &out, &error),
                   &error);
        check_interval("MN difference", &out, row[i].difference[0], row[i].difference[1], 1e-10);
        WITNESS_OK(vg_risk_ratio(&row[i].table, .95, VG_RATIO_SCORE, &out, &error), &error);
        check_interval("MN ratio", &out, row[i].ratio[0], row[i].ratio[1], 1e-10);
        WITNESS_OK(vg_odds_ratio(&row[i].table, .95, VG_RATIO_SCORE, &out, &error), &error);
        check_interval("MN odds ratio", &out, row[i].odds[0], row[i].odds[1], 1e-10);
    }
}

/* As above; Newcombe 1998 prints 0.0524, 0.3339 and 0.1705, 0.8090 for method 10. */
static void newcombe_interval_is_the_published_one(void **state)
{
    (void)state;
    VgInference out;
    WITNESS_OK(vg_risk_difference(&(VgTwoByTwo){56, 70, 48, 80}, .95, VG_RISK_DIFFERENCE_NEWCOMBE,
                                  &out, &error),
               &error);
    assert_true(fabs(out.lower - .0524) < 5e-5 && fabs(out.upper - .3339) < 5e-5);
    witness_close("p = prop.test, uncorrected", out.p, 0.0080450813681965643, 1e-12, 0);
    WITNESS_OK(vg_risk_difference(&(VgTwoByTwo){9, 10, 3, 10}, .95, VG_RISK_DIFFERENCE_NEWCOMBE,
                                  &out, &error),
               &error);
    assert_true(fabs(out.lower - .1705) < 5e-5 && fabs(out.upper - .8090) < 5e-5);
}

static void score_intervals_stand_at_empty_cells(void **state)
{
    (void)state;
    VgInference out;
    WITNESS_OK(vg_risk_difference(&(VgTwoByTwo){10, 10, 20, 20}, .95,
                                  VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN, &out, &error),
               &error);
    /* One fitted risk is 1, so the score equation is d²(N − 1)/N = z² d(1 − d)/n: d = c/(1 + c). */
    double z2 = 3.8414588206941245, c1 = z2 * 30 / 29 / 10, c0 = z2 * 30 / 29 / 20;
    check_interval("all have it", &out, -c1 / (1 + c1), c0 / (1 + c0), 1e-12);
    assert_true(isnan(out.p));
    WITNESS_OK(vg_risk_difference(&(VgTwoByTwo){0, 10, 3, 12}, .95,
                                  VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN, &out, &error),
               &error);
    /* R as above */
    check_interval("none of 10", &out, -0.53868575404070995, 0.071088021169753421, 1e-6);
    WITNESS_OK(vg_risk_difference(&(VgTwoByTwo){10, 10, 0, 10}, .95,
                                  VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN, &out, &error),
               &error);
    assert_true(out.upper == 1 && out.lower > .6 && out.lower < .8);
    WITNESS_OK(vg_risk_ratio(&(VgTwoByTwo){3, 10, 0, 10}, .95, VG_RATIO_SCORE, &out, &error),
               &error);
    assert_true(isinf(out.estimate) && isinf(out.upper) && out.lower > 0 && out.lower < 1);
    WITNESS_OK(vg_odds_ratio(&(VgTwoByTwo){0, 10, 3, 10}, .95, VG_RATIO_SCORE, &out, &error),
               &error);
    assert_true(out.estimate == 0 && out.lower == 0 && out.upper > 1 && isfinite(out.upper));
    assert_int_equal(vg_risk_ratio(&(VgTwoByTwo){0, 10, 0, 10}, .95, VG_RATIO_SCORE, &out, &error),
                     VG_NOT_ESTIMABLE);
    assert_int_equal(
        vg_risk_ratio(&(VgTwoByTwo){3, 10, 0, 10}, .95, VG_RATIO_LOG_WALD, &out, &error),
        VG_NOT_ESTIMABLE);
    assert_int_equal(
        vg_odds_ratio(&(VgTwoByTwo){10, 10, 9, 10}, .95, VG_RATIO_LOG_WALD, &out, &error),
        VG_NOT_ESTIMABLE);
}

/* Every table up to 7 per arm: swapping the arms turns the interval over, and the interval holds
 * the estimate; it holds 0 exactly when its own test does not reject. */
static void score_intervals_are_consistent_on_all_small_tables(void **state)
{
    (void)state;
    for (int n1 = 1; n1 <= 7; n1++)
        for (int n0 = 1; n0 <= 7; n0++)
            for (int x1 = 0; x1 <= n1; x1++)
                for (int x0 = 0; x0 <= n0; x0++) {
                    VgInference a, b;
                    VgTwoByTwo table = {x1, n1, x0, n0}, swapped = {x0, n0, x1, n1};
                    WITNESS_OK(vg_risk_difference(&table, .9, 0, &a, &error), &error);
                    WITNESS_OK(vg_risk_difference(&swapped, .9, 0, &b, &error), &error);
                    assert_true(fabs(a.lower + b.upper) < 1e-9);
                    assert_true(a.lower <= a.estimate && a.estimate <= a.upper);
                    if (!isnan(a.p) && fabs(a.p - .1) > 1e-9)
                        assert_int_equal(a.lower > 0 || a.upper < 0, a.p < .1);
                    if (x1 + x0 == 0)
                        continue;
                    WITNESS_OK(vg_risk_ratio(&table, .9, 0, &a, &error), &error);
                    WITNESS_OK(vg_risk_ratio(&swapped, .9, 0, &b, &error), &error);
                    assert_true(a.lower <= a.estimate && a.estimate <= a.upper);
                    if (isfinite(b.upper))
                        assert_true(fabs(a.lower * b.upper - 1) < 1e-8);
                    else
                        assert_true(a.lower == 0);
                    if (!isnan(a.p) && fabs(a.p - .1) > 1e-9)
                        assert_int_equal(a.lower > 1 || a.upper < 1, a.p < .1);
                    if (x1 + x0 == n1 + n0)
                        continue;
                    WITNESS_OK(vg_odds_ratio(&table, .9, 0, &a, &error), &error);
                    assert_true(a.lower <= a.estimate && a.estimate <= a.upper);
                    if (!isnan(a.p) && fabs(a.p - .1) > 1e-9)
                        assert_int_equal(a.lower > 1 || a.upper < 1, a.p < .1);
                }
}

/* R 4.2.2: exp(log(est) ± qnorm(.975) se), se by the usual formulas. */
static void log_wald_intervals_are_the_textbook_ones(void **state)
{
    (void)state;
    VgInference out;
    VgTwoByTwo table = {26, 50, 16, 50};
    WITNESS_OK(vg_risk_ratio(&table, .95, VG_RATIO_LOG_WALD, &out, &error), &error);
    witness_close("RR", out.estimate, 1.625, 1e-14, 0);
    witness_close("se log RR", out.se, 0.24690390531852358, 1e-13, 0);
    check_interval("RR", &out, 1.0015863105767238, 2.6364427829285133, 1e-13);
    WITNESS_OK(vg_odds_ratio(&table, .95, VG_RATIO_LOG_WALD, &out, &error), &error);
    witness_close("OR", out.estimate, 2.3020833333333335, 1e-14, 0);
    check_interval("OR", &out, 1.0210857322489446, 5.1901495694575539, 1e-13);
}

static void counts_that_are_none_are_refused(void **state)
{
    (void)state;
    VgInference out;
    assert_int_equal(vg_proportion(3, 0, .95, 0, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_proportion(4, 3, .95, 0, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_proportion(1.5, 3, .95, 0, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_proportion(NAN, 3, .95, 0, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_proportion(1, 3, 95, 0, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_rate(1, 0, .95, &out, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_rate(-1, 1, .95, &out, &error), VG_INVALID_INPUT);
}

static void check_words(double estimate, double lower, double upper, bool benefit,
                        const char *expected)
{
    VgInference difference = {.estimate = estimate, .lower = lower, .upper = upper};
    VgNnt nnt;
    char text[160];
    WITNESS_OK(vg_nnt(&difference, benefit, &nnt, &error), &error);
    vg_nnt_words(&nnt, .95, text, sizeof text);
    assert_string_equal(text, expected);
}

/* The second is Altman 1998: risk difference 10 % (−5 % … 25 %) is NNTB 10 (NNTH 20 to infinity to
 * NNTB 4). */
static void nnt_runs_through_infinity_where_the_difference_holds_zero(void **state)
{
    (void)state;
    check_words(.2, .02, .38, true, "NNTB 5.0 (95% CI NNTB 2.6 to 50)");
    check_words(.1, -.05, .25, true, "NNTB 10 (95% CI NNTB 4.0 to infinity to NNTH 20)");
    check_words(-.1, -.25, .05, true, "NNTH 10 (95% CI NNTB 20 to infinity to NNTH 4.0)");
    check_words(.1, .05, .25, false, "NNTH 10 (95% CI NNTH 4.0 to 20)");
    check_words(-.1, -.25, -.05, false, "NNTB 10 (95% CI NNTB 4.0 to 20)");
    check_words(0, -.1, .1, true, "NNT infinity (95% CI NNTB 10 to infinity to NNTH 10)");
    check_words(.1, 0, .2, true, "NNTB 10 (95% CI NNTB 5.0 to infinity)");
    VgInference wrong = {.estimate = .1, .lower = .2, .upper = .3};
    VgNnt nnt;
    assert_int_equal(vg_nnt(&wrong, true, &nnt, &error), VG_INVALID_INPUT);
}

/* R 4.2.2: poisson.test(x, T), poisson.test(c(x1, x0), c(T1, T0)). */
static void rates_and_their_ratio_agree_with_poisson_test(void **state)
{
    (void)state;
    VgInference out;
    WITNESS_OK(vg_rate(5, 100, .95, &out, &error), &error);
    check_interval("5/100", &out, 0.016234863901184209, 0.11668332079322667, 1e-12);
    WITNESS_OK(vg_rate(0, 40, .95, &out, &error), &error);
    check_interval("0/40", &out, 0, 0.092221986352848381, 1e-12);
    static const struct {
        double d1, t1, d0, t0, ratio, lower, upper, p;
    } row[] = {
        {11, 800, 6, 1083, 2.481875, 0.84134346478251432, 8.1731604727909559, 0.084536915898600642},
        {0, 80, 6, 108, 0, 0, 1.1465701123013865, 0.041878789431501126},
        {40, 300, 21, 305, 1.9365079365079363, 1.114940204400557, 3.4569638687404334,
         0.014508980537599648},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        WITNESS_OK(vg_rate_ratio(row[i].d1, row[i].t1, row[i].d0, row[i].t0, .95, &out, &error),
                   &error);
        witness_close("rate ratio", out.estimate, row[i].ratio, 1e-13, 1e-3);
        check_interval("rate ratio", &out, row[i].lower, row[i].upper, 1e-11);
        witness_close("p", out.p, row[i].p, 1e-10, 0);
    }
    WITNESS_OK(vg_rate_ratio(6, 108, 0, 80, .95, &out, &error), &error);
    assert_true(isinf(out.estimate) && isinf(out.upper));
    witness_close("turned over", out.lower, 1 / 1.1465701123013865, 1e-11, 0);
    assert_int_equal(vg_rate_ratio(0, 1, 0, 1, .95, &out, &error), VG_NOT_ESTIMABLE);
}

static void none_of_n_gives_the_exact_rule_of_three(void **state)
{
    (void)state;
    witness_close("0 of 60", vg_zero_events_upper(60, .95), 1 - pow(.05, 1.0 / 60), 1e-12, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_proportion_agrees_with_prop_test_and_binom_test),
        cmocka_unit_test(score_intervals_agree_with_numerical_profiling),
        cmocka_unit_test(newcombe_interval_is_the_published_one),
        cmocka_unit_test(score_intervals_stand_at_empty_cells),
        cmocka_unit_test(score_intervals_are_consistent_on_all_small_tables),
        cmocka_unit_test(log_wald_intervals_are_the_textbook_ones),
        cmocka_unit_test(counts_that_are_none_are_refused),
        cmocka_unit_test(nnt_runs_through_infinity_where_the_difference_holds_zero),
        cmocka_unit_test(rates_and_their_ratio_agree_with_poisson_test),
        cmocka_unit_test(none_of_n_gives_the_exact_rule_of_three),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
