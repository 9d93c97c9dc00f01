/* glm: g-computation as METHODS 2.4 has it, separation named, bad input refused, nothing depends on
 * units or order. */
#include "support/witness.h"

#include <math.h>

#include <vagus/glm.h>

static VgArena *arena;
static VgError error;

/* The toy trial of METHODS 2.4: per arm 20 severe and 30 mild; events 14/20 + 12/30 against 10/20 +
 * 6/30. */
enum { TOY = 100 };
typedef struct Toy {
    double x[3 * TOY], x_arm[2][3 * TOY], y[TOY];
} Toy;

static void add(Toy *toy, size_t *at, int arm, int severe, int events, int n)
{
    for (int k = 0; k < n; k++, (*at)++) {
        for (int a = 0; a <= 1; a++) {
            toy->x_arm[a][*at] = 1;
            toy->x_arm[a][TOY + *at] = a;
            toy->x_arm[a][2 * TOY + *at] = severe;
        }
        for (int j = 0; j < 3; j++)
            toy->x[j * TOY + (int)*at] = toy->x_arm[arm][j * TOY + (int)*at];
        toy->y[*at] = k < events;
    }
}

static Toy make_toy(void)
{
    Toy toy;
    size_t at = 0;
    add(&toy, &at, 1, 1, 14, 20);
    add(&toy, &at, 1, 0, 12, 30);
    add(&toy, &at, 0, 1, 10, 20);
    add(&toy, &at, 0, 0, 6, 30);
    return toy;
}

/* METHODS 2.4; further digits: R 4.2.2, the formulas written with matrices. */
static void g_computation_gives_the_toy_figures(void **state)
{
    (void)state;
    Toy toy = make_toy();
    VgGlmData data = {.x = {toy.x, TOY, 3, TOY}, .y = toy.y};
    VgGlmFit fit;
    VgMarginal marginal;
    const VgMatrix arms[2] = {{toy.x_arm[0], TOY, 3, TOY}, {toy.x_arm[1], TOY, 3, TOY}};
    WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL}, &fit, &error),
               &error);
    witness_close("conditional OR", exp(fit.beta[1]), 2.5145988402304584, 1e-10, 0);
    WITNESS_OK(vg_glm_marginal(arena, &data, &fit, arms, 2, 0, .95, &marginal, &error), &error);
    const VgMarginalContrast *c = &marginal.contrast[1];
    witness_close("RD", c->difference.estimate, .2, 1e-12, 0);
    witness_close("SE of RD", c->difference.se, 0.092086915465744032, 1e-10, 0);
    witness_close("SE of RD, X fixed", c->difference_se_fixed, 0.092076453752585677, 1e-10, 0);
    witness_close("RD upper", c->difference.upper, .2 + 1.959963984540054 * 0.092086915465744032,
                  1e-10, 0);
    witness_close("RR", c->ratio.estimate, 1.625, 1e-12, 0);
    witness_close("SE log RR", c->ratio.se, 0.23549498693458129, 1e-10, 0);
    witness_close("RR lower", c->ratio.lower, 1.625 * exp(-1.959963984540054 * 0.23549498693458129),
                  1e-10, 0);
    witness_close("marginal OR", c->odds_ratio.estimate, 2.3020833333333344, 1e-12, 0);
    witness_close("SE log OR", c->odds_ratio.se, 0.39504094898629871, 1e-10, 0);
    witness_close("risk", marginal.mean[1].estimate, .52, 1e-12, 0);
    witness_close("SE of risk", marginal.mean[1].se, 0.069112094933411083, 1e-10, 0);
    witness_close("SE of risk", marginal.mean[0].se, 0.064315485429894736, 1e-10, 0);
    assert_true(isnan(marginal.contrast[0].difference.estimate));
}

/* Eight rows of (arm, severity, event) with counts as weights are the same trial. */
static void counted_rows_are_the_same_trial_as_single_ones(void **state)
{
    (void)state;
    const double weights[] = {14, 6, 12, 18, 10, 10, 6, 24}, y[] = {1, 0, 1, 0, 1, 0, 1, 0};
    double x[24] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0};
    double x1[24], x0[24];
    memcpy(x1, x, sizeof x);
    memcpy(x0, x, sizeof x);
    for (int i = 0; i < 8; i++) {
        x1[8 + i] = 1;
        x0[8 + i] = 0;
    }
    VgGlmData data = {.x = {x, 8, 3, 8}, .y = y, .weights = weights};
    VgGlmFit fit;
    VgMarginal marginal;
    const VgMatrix arms[2] = {{x0, 8, 3, 8}, {x1, 8, 3, 8}};
    WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL}, &fit, &error),
               &error);
    WITNESS_OK(vg_glm_marginal(arena, &data, &fit, arms, 2, 0, .95, &marginal, &error), &error);
    witness_close("RD", marginal.contrast[1].difference.estimate, .2, 1e-12, 0);
    witness_close("SE", marginal.contrast[1].difference.se, 0.092086915465744032, 1e-10, 0);
    witness_close("RR SE", marginal.contrast[1].ratio.se, 0.23549498693458129, 1e-10, 0);
}

static void clusters_of_one_change_nothing(void **state)
{
    (void)state;
    Toy toy = make_toy();
    int32_t cluster[TOY];
    for (int i = 0; i < TOY; i++)
        cluster[i] = TOY - 1 - i;
    VgGlmData data = {.x = {toy.x, TOY, 3, TOY}, .y = toy.y, .cluster = cluster, .n_clusters = TOY};
    VgGlmFit fit;
    VgMarginal marginal;
    const VgMatrix arms[2] = {{toy.x_arm[0], TOY, 3, TOY}, {toy.x_arm[1], TOY, 3, TOY}};
    WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL}, &fit, &error),
               &error);
    WITNESS_OK(vg_glm_marginal(arena, &data, &fit, arms, 2, 0, .95, &marginal, &error), &error);
    witness_close("SE", marginal.contrast[1].difference.se, 0.092086915465744032, 1e-10, 0);
}

/* One covariate and one constant: eight rows with x = 0 … 7. */
static VgStatus fit_slope(const double *y, VgGlmOptions options, VgGlmFit *fit)
{
    static double x[16];
    static const char *const label[] = {"(Intercept)", "slope"};
    for (int i = 0; i < 8; i++) {
        x[i] = 1;
        x[8 + i] = i;
    }
    VgGlmData data = {.x = {x, 8, 2, 8}, .y = y, .coefficient_label = label};
    return vg_glm_fit(arena, &data, &options, fit, &error);
}

static void separation_is_detected_and_named(void **state)
{
    (void)state;
    VgGlmFit fit;
    VgGlmOptions logit = {.family = VG_GLM_BINOMIAL};
    const double complete[] = {0, 0, 0, 0, 1, 1, 1, 1};
    assert_int_equal(fit_slope(complete, logit, &fit), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "separation"));
    assert_non_null(strstr(error.message, "slope"));
    assert_non_null(strstr(error.hint, "firth"));
    const double none[8] = {0};
    assert_int_equal(fit_slope(none, logit, &fit), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "separation"));
    const double overlap[] = {0, 0, 0, 1, 0, 1, 1, 1};
    WITNESS_OK(fit_slope(overlap, logit, &fit), &error);
    WITNESS_OK(fit_slope(complete, (VgGlmOptions){.family = VG_GLM_BINOMIAL, .firth = true}, &fit),
               &error);
    assert_int_equal(fit_slope(none, (VgGlmOptions){.family = VG_GLM_POISSON}, &fit),
                     VG_NOT_ESTIMABLE);
}

/* An arm in which nobody responds (quasi-complete), with a covariate that overlaps. */
static void an_arm_without_events_is_named(void **state)
{
    (void)state;
    enum { n = 24 };
    double x[3 * n], y[n];
    for (int i = 0; i < n; i++) {
        x[i] = 1;
        x[n + i] = i % 2;
        x[2 * n + i] = (i * 7 % 11) / 3.0;
        y[i] = i % 2 == 0 && i * 5 % 7 < 4;
    }
    static const char *const label[] = {"(Intercept)", "armactive", "severity"};
    VgGlmData data = {.x = {x, n, 3, n}, .y = y, .coefficient_label = label};
    VgGlmFit fit;
    for (int family = VG_GLM_BINOMIAL; family <= VG_GLM_POISSON; family++) {
        VgGlmOptions options = {.family = (VgGlmFamily)family};
        assert_int_equal(vg_glm_fit(arena, &data, &options, &fit, &error), VG_NOT_ESTIMABLE);
        assert_non_null(strstr(error.message, "armactive"));
    }
}

/* Overlap of neighbours only: the slope is huge, yet finite; a test by size of the estimate would
 * cry separation. */
static void a_steep_but_finite_slope_is_no_separation(void **state)
{
    (void)state;
    enum { n = 400 };
    static double x[2 * n], y[n];
    for (int i = 0; i < n; i++) {
        x[i] = 1;
        x[n + i] = i;
        y[i] = i > 200 || i == 199;
    }
    y[200] = 0;
    VgGlmData data = {.x = {x, n, 2, n}, .y = y};
    VgGlmFit fit;
    WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL}, &fit, &error),
               &error);
    /* R 4.2.2: glm(y ~ x, binomial, epsilon = 1e-15) */
    witness_close("slope", fit.beta[1], 1.3101302033259137, 1e-7, 0);
    assert_true(fabs(fit.eta[0]) > 15);
}

static void counts_without_overdispersion_have_no_theta(void **state)
{
    (void)state;
    VgGlmFit fit;
    const double y[] = {2, 3, 2, 3, 2, 3, 2, 3};
    assert_int_equal(fit_slope(y, (VgGlmOptions){.family = VG_GLM_NEGATIVE_BINOMIAL}, &fit),
                     VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.hint, "poisson"));
}

static void bad_input_is_refused_with_the_row(void **state)
{
    (void)state;
    VgGlmFit fit;
    VgGlmOptions logit = {.family = VG_GLM_BINOMIAL};
    assert_int_equal(fit_slope((double[]){0, 1, 2, 0, 0, 0, 0, 0}, logit, &fit), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "row 3"));
    assert_int_equal(fit_slope((double[]){0, 1, 1, NAN, 0, 0, 0, 0}, logit, &fit),
                     VG_INVALID_INPUT);
    assert_int_equal(fit_slope((double[]){0, 1, -1, 1, 0, 0, 0, 0},
                               (VgGlmOptions){.family = VG_GLM_POISSON}, &fit),
                     VG_INVALID_INPUT);
    assert_int_equal(
        fit_slope((double[8]){0}, (VgGlmOptions){.family = VG_GLM_POISSON, .firth = true}, &fit),
        VG_INVALID_INPUT);
    assert_int_equal(fit_slope((double[8]){0}, (VgGlmOptions){.link = VG_LINK_LOG}, &fit),
                     VG_INVALID_INPUT);
    assert_int_equal(fit_slope((double[]){3, 3, 3, 3, 3, 3, 3, 3}, (VgGlmOptions){0}, &fit),
                     VG_NOT_ESTIMABLE);
    double x[6] = {1, 1, 1, 2, 2, 2};
    static const char *const label[] = {"(Intercept)", "twice"};
    VgGlmData data = {.x = {x, 3, 2, 3}, .y = (double[]){1, 2, 4}, .coefficient_label = label};
    assert_int_equal(vg_glm_fit(arena, &data, &(VgGlmOptions){0}, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "twice"));
}

/* ×1e9 and ×1e-9 in a covariate and (gaussian) in the outcome; rows reversed. */
static void estimates_follow_the_units_and_forget_the_order(void **state)
{
    (void)state;
    enum { n = 30 };
    double x[2 * n], scaled[2 * n], y[n], y_scaled[n], outcome[n], turned[n];
    VgGlmFit base, other;
    const double units[] = {1e9, 1e-9};
    for (int i = 0; i < n; i++) {
        x[i] = scaled[i] = 1;
        x[n + i] = i * 7 % 13;
        y[i] = i * i % 11 < 5;
        outcome[i] = sin(i) + 3;
    }
    VgGlmOptions logit = {.family = VG_GLM_BINOMIAL};
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < n; i++) {
            scaled[n + i] = x[n + i] * units[k];
            y_scaled[i] = outcome[i] * units[k];
        }
        VgGlmData data = {.x = {x, n, 2, n}, .y = y};
        WITNESS_OK(vg_glm_fit(arena, &data, &logit, &base, &error), &error);
        data.x.data = scaled;
        WITNESS_OK(vg_glm_fit(arena, &data, &logit, &other, &error), &error);
        witness_close("slope", other.beta[1] * units[k], base.beta[1], 1e-10, 0);
        witness_close("SE", sqrt(VG_AT(other.vcov, 1, 1)) * units[k], sqrt(VG_AT(base.vcov, 1, 1)),
                      1e-10, 0);
        data = (VgGlmData){.x = {x, n, 2, n}, .y = outcome};
        WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){0}, &base, &error), &error);
        data.y = y_scaled;
        WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){0}, &other, &error), &error);
        witness_close("slope", other.beta[1] / units[k], base.beta[1], 1e-10, 0);
        witness_close("SE", sqrt(VG_AT(other.vcov, 1, 1)) / units[k], sqrt(VG_AT(base.vcov, 1, 1)),
                      1e-10, 0);
    }
    for (int i = 0; i < n; i++) {
        scaled[n + i] = x[n + n - 1 - i];
        turned[i] = y[n - 1 - i];
    }
    VgGlmData data = {.x = {x, n, 2, n}, .y = y};
    WITNESS_OK(vg_glm_fit(arena, &data, &logit, &base, &error), &error);
    data = (VgGlmData){.x = {scaled, n, 2, n}, .y = turned};
    WITNESS_OK(vg_glm_fit(arena, &data, &logit, &other, &error), &error);
    witness_close("row order", other.beta[1], base.beta[1], 1e-11, 0);
}

static void a_row_of_weight_zero_is_no_row(void **state)
{
    (void)state;
    double x[8 * 2], y[8] = {0, 0, 1, 1, 0, 1, 1, 9}, w[8] = {1, 1, 1, 1, 1, 1, 1, 0};
    for (int i = 0; i < 8; i++) {
        x[i] = 1;
        x[8 + i] = i * 3 % 5;
    }
    VgGlmFit with, without;
    VgGlmData data = {.x = {x, 8, 2, 8}, .y = y, .weights = w};
    VgGlmOptions poisson = {.family = VG_GLM_POISSON};
    WITNESS_OK(vg_glm_fit(arena, &data, &poisson, &with, &error), &error);
    data = (VgGlmData){.x = {x, 7, 2, 8}, .y = y};
    WITNESS_OK(vg_glm_fit(arena, &data, &poisson, &without, &error), &error);
    witness_close("slope", with.beta[1], without.beta[1], 1e-11, 0);
    witness_close("bic", with.bic, without.bic, 1e-11, 0);
    assert_int_equal(with.n_used, 7);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    VgGlmFamily family;
    VgGlmRobust robust;
    assert_true(vg_glm_family_from_name("nb", &family) && family == VG_GLM_NEGATIVE_BINOMIAL);
    assert_false(vg_glm_family_from_name("gamma", &family));
    assert_true(vg_glm_robust_from_name("hc3", &robust) && robust == VG_GLM_ROBUST_HC3);
    assert_string_equal(vg_glm_link_name(VG_LINK_LOGIT), "logit");
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g_computation_gives_the_toy_figures),
        cmocka_unit_test(counted_rows_are_the_same_trial_as_single_ones),
        cmocka_unit_test(clusters_of_one_change_nothing),
        cmocka_unit_test(separation_is_detected_and_named),
        cmocka_unit_test(an_arm_without_events_is_named),
        cmocka_unit_test(a_steep_but_finite_slope_is_no_separation),
        cmocka_unit_test(counts_without_overdispersion_have_no_theta),
        cmocka_unit_test(bad_input_is_refused_with_the_row),
        cmocka_unit_test(estimates_follow_the_units_and_forget_the_order),
        cmocka_unit_test(a_row_of_weight_zero_is_no_row),
        cmocka_unit_test(names_go_both_ways),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
