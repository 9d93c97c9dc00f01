/* Networks: refusals, shape, invariances, known small answers. */
#include "support/network_data.h"

#include <math.h>
#include <stdio.h>

#include "numeric/distributions.h"

#define ROW(study, a, b, effect, se)                                                               \
    {                                                                                              \
        study, {a, b}, effect, se, {NAN, NAN}, 0                                                   \
    }

static VgStatus build(VgArena *arena, const VgNetworkRow *row, size_t n, VgNetwork **network,
                      VgError *error)
{
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    size_t n_studies, n_repairs;
    VgNetworkReadOptions options = {.file = "rows.csv"};
    VG_TRY(vg_network_studies_from_rows(arena, row, n, &options, &study, &n_studies, &repair,
                                        &n_repairs, error));
    return vg_network_build(arena, study, n_studies, "rows.csv", network, error);
}

static void refuse(const VgNetworkRow *row, size_t n, const char *message)
{
    VgArena *arena = vg_arena_create();
    VgNetwork *network;
    VgError error = {0};
    assert_int_equal(build(arena, row, n, &network, &error), VG_INVALID_INPUT);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    assert_true(error.hint[0] != '\0');
    assert_string_equal(error.file, "rows.csv");
    vg_arena_destroy(arena);
}

static void bad_rows_are_refused_by_name(void **state)
{
    (void)state;
    VgNetworkRow self[] = {ROW("one", "a", "a", 0.1, 0.1)};
    refuse(self, 1, "with itself");
    VgNetworkRow se[] = {ROW("one", "a", "b", 0.1, 0.0)};
    refuse(se, 1, "\"one\"");
    VgNetworkRow twice[] = {ROW("one", "a", "b", 0.1, 0.1), ROW("one", "b", "a", 0.1, 0.1)};
    refuse(twice, 2, "twice");
    VgNetworkRow missing[] = {ROW("one", "a", "b", 0.1, 0.1), ROW("one", "a", "c", 0.1, 0.1)};
    refuse(missing, 2, "no row for b against c");
    VgNetworkRow loop[] = {ROW("one", "a", "b", 1.0, 0.1), ROW("one", "b", "c", 1.0, 0.1),
                           ROW("one", "a", "c", 1.0, 0.1)};
    refuse(loop, 3, "do not add up");
    VgNetworkRow triple[] = {ROW("one", "a", "b", 1.0, 0.1), ROW("one", "b", "c", 1.0, 0.1),
                             ROW("one", "a", "c", 2.0, 0.3)};
    refuse(triple, 3, "do not fit together");
    VgNetwork *network;
    VgError error = {0};
    VgArena *arena = vg_arena_create();
    const char *name[1] = {"a"};
    VgNetworkStudy one_arm = {.study = "single", .line = 7, .n_arms = 1, .treatment = name};
    assert_int_equal(vg_network_build(arena, &one_arm, 1, "arms.csv", &network, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "\"single\" has one arm"));
    assert_int_equal(error.line, 7);
    assert_int_equal(vg_network_build(arena, NULL, 0, NULL, &network, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

static void rounding_is_repaired_and_told(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("one", "a", "b", 0.3333, 0.1), ROW("one", "b", "c", 0.3333, 0.1),
                          ROW("one", "a", "c", 0.6667, 0.1)};
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    size_t n_studies, n_repairs;
    VgError error = {0};
    WITNESS_OK(vg_network_studies_from_rows(arena, row, 3, NULL, &study, &n_studies, &repair,
                                            &n_repairs, &error),
               &error);
    assert_int_equal(n_repairs, 1);
    assert_string_equal(repair[0].study, "one");
    assert_true(fabs(repair[0].largest_change - 0.0001 / 3.0) < 1e-12);
    assert_true(repair[0].relative > repair[0].largest_change);
    vg_arena_destroy(arena);
}

static void disconnected_networks_are_refused_with_their_parts(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("one", "diet", "waiting list", 0.3, 0.1),
                          ROW("two", "SSRI", "placebo", 0.3, 0.1)};
    VgNetwork *network;
    VgNetworkFit *fit;
    VgError error = {0};
    WITNESS_OK(build(arena, row, 2, &network, &error), &error);
    assert_int_equal(network->n_parts, 2);
    assert_int_equal(vg_network_fit(arena, network, NULL, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "2 parts"));
    assert_non_null(strstr(error.message, "SSRI and placebo"));
    assert_non_null(strstr(error.message, "diet and waiting list"));
    assert_non_null(strstr(error.hint, "share no component"));
    VgNetworkRow joined[] = {ROW("one", "diet + SSRI", "diet", 0.3, 0.1),
                             ROW("two", "SSRI", "placebo", 0.3, 0.1)};
    WITNESS_OK(build(arena, joined, 2, &network, &error), &error);
    assert_int_equal(vg_network_fit(arena, network, NULL, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.hint, "(--components): SSRI stands in more than one part"));
    vg_arena_destroy(arena);
}

static void unknown_reference_and_estimators_are_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("one", "diet", "placebo", 0.3, 0.1),
                          ROW("two", "SSRI", "placebo", 0.3, 0.1)};
    VgNetwork *network;
    VgNetworkFit *fit;
    VgError error = {0};
    WITNESS_OK(build(arena, row, 2, &network, &error), &error);
    VgNetworkOptions options = {.reference = "placebos"};
    assert_int_equal(vg_network_fit(arena, network, &options, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "did you mean \"placebo\"?"));
    VgNetworkOptions method = {.tau2 = VG_TAU2_PM};
    assert_int_equal(vg_network_fit(arena, network, &method, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "pm"));
    VgNetworkOptions t = {.t_test = true};
    assert_int_equal(vg_network_fit(arena, network, &t, &fit, &error), VG_NOT_ESTIMABLE);
    double negative = -0.1;
    VgNetworkOptions fixed = {.tau2_fixed = &negative};
    assert_int_equal(vg_network_fit(arena, network, &fixed, &fit, &error), VG_INVALID_INPUT);
    /* no degrees of freedom: still the contrasts, and no prediction */
    WITNESS_OK(vg_network_fit(arena, network, NULL, &fit, &error), &error);
    assert_true(isnan(vg_network_prediction(fit, 0, 1).lower));
    assert_true(isnan(fit->q.p) && isnan(fit->i2));
    vg_arena_destroy(arena);
}

static bool warns(const VgNetwork *network, const char *text)
{
    for (size_t i = 0; i < network->n_warnings; i++)
        if (strstr(network->warning[i], text))
            return true;
    return false;
}

static void the_shape_is_warned_of(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow star[] = {ROW("one", "a", "p", 0.3, 0.1), ROW("two", "b", "p", 0.3, 0.1)};
    VgNetworkRow within[] = {ROW("one", "a", "b", 0.3, 0.1), ROW("one", "b", "c", 0.3, 0.1),
                             ROW("one", "a", "c", 0.6, 0.1), ROW("two", "a", "b", 0.2, 0.1)};
    VgNetwork *network = network_of_rows(arena, star, 2);
    assert_true(warns(network, "every comparison rests on one study"));
    assert_true(warns(network, "no loop"));
    network = network_of_rows(arena, within, 4);
    assert_true(!warns(network, "every comparison"));
    assert_int_equal(network->n_designs, 2);
    vg_arena_destroy(arena);
}

/* y = 0.5, 0.1, 0.9 with v = 0.04, 0.09, 0.01: DerSimonian–Laird by hand. */
static void two_treatments_are_a_pairwise_meta_analysis(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double y[3] = {0.5, 0.1, 0.9}, v[3] = {0.04, 0.09, 0.01};
    VgNetworkRow row[] = {ROW("one", "b", "a", y[0], 0.2), ROW("two", "a", "b", -y[1], 0.3),
                          ROW("three", "b", "a", y[2], 0.1)};
    double w = 0.0, wy = 0.0, ww = 0.0, q = 0.0;
    for (int i = 0; i < 3; i++) {
        w += 1.0 / v[i];
        wy += y[i] / v[i];
        ww += 1.0 / (v[i] * v[i]);
    }
    for (int i = 0; i < 3; i++)
        q += (y[i] - wy / w) * (y[i] - wy / w) / v[i];
    double tau2 = (q - 2.0) / (w - ww / w);
    VgNetworkFit *fit;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL};
    VgNetwork *network = network_of_rows(arena, row, 3);
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    assert_true(fabs(fit->q.q - q) < 1e-12);
    assert_true(fabs(fit->tau2.tau2 - tau2) < 1e-14);
    assert_true(fabs(vg_network_contrast(&fit->common, 1, 0).estimate - wy / w) < 1e-14);
    assert_true(fabs(vg_network_contrast(&fit->common, 1, 0).se - 1.0 / sqrt(w)) < 1e-14);
    /* REML: Σw²(y − μ)² = Σw − Σw²/Σw at its maximum */
    options.tau2 = VG_TAU2_REML;
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    double sw = 0.0, sww = 0.0, sr = 0.0, mu = vg_network_contrast(&fit->random, 1, 0).estimate;
    for (int i = 0; i < 3; i++) {
        double wi = 1.0 / (v[i] + fit->tau2.tau2);
        sw += wi;
        sww += wi * wi;
        sr += wi * wi * (y[i] - mu) * (y[i] - mu);
    }
    assert_true(fabs(sr - (sw - sww / sw)) < 1e-11 * sr);
    VgNetworkSplit *split;
    size_t n_splits;
    WITNESS_OK(vg_network_split(arena, fit, true, &split, &n_splits, &error), &error);
    assert_int_equal(n_splits, 1);
    assert_true(fabs(split[0].proportion - 1.0) < 1e-12 && isnan(split[0].indirect.estimate));
    VgNetworkHeat *heat;
    WITNESS_OK(vg_network_heat(arena, fit, true, &heat, &error), &error);
    assert_int_equal(heat->n, 0);
    vg_arena_destroy(arena);
}

/* ---- senn2013 ---- */

static VgNetworkRow *senn(VgArena *arena, size_t *n)
{
    json_t *root = witness_json(witness_source(arena, "tests/reference/network.json"));
    VgNetworkRow *row = network_rows_json(arena, witness_at(root, "senn2013/rows"), n);
    json_decref(root);
    return row;
}

static VgNetworkFit *fit_of(VgArena *arena, const VgNetworkRow *row, size_t n,
                            const char *reference, VgTau2Method method)
{
    VgNetworkFit *fit;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = method, .reference = reference};
    WITNESS_OK(vg_network_fit(arena, network_of_rows(arena, row, n), &options, &fit, &error),
               &error);
    return fit;
}

static VgInference effect(const VgNetworkFit *fit, bool random, const char *a, const char *b)
{
    return vg_network_contrast(random ? &fit->random : &fit->common,
                               vg_network_treatment(fit->network, a),
                               vg_network_treatment(fit->network, b));
}

/* TRAPS 18: plausible and wrong. */
static void a_three_arm_trial_is_not_three_trials(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkRow *row = senn(arena, &n);
    VgInference right =
        effect(fit_of(arena, row, n, "placebo", VG_TAU2_DL), false, "acarbose", "placebo");
    for (size_t i = 0; i < n; i++)
        if (!strncmp(row[i].study, "Willms", 6))
            row[i].study = vg_arena_printf(arena, "%s %zu", row[i].study, i);
    VgInference wrong =
        effect(fit_of(arena, row, n, "placebo", VG_TAU2_DL), false, "acarbose", "placebo");
    assert_true(fabs(right.estimate + 0.827318) < 1e-6 && fabs(right.se - 0.108497) < 1e-6);
    assert_true(fabs(wrong.estimate + 0.83456) < 5e-4); /* of contrasts with four decimals: −0.834560 */
    assert_true(wrong.se < right.se - 0.002);
    vg_arena_destroy(arena);
}

static void close(double a, double b, double scale)
{
    if (!(fabs(a - b) <= 1e-10 * fmax(fabs(b), scale)))
        fail_msg("%.17g is not %.17g", a, b);
}

static void answers_do_not_depend_on_order_names_reference_or_scale(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkRow *row = senn(arena, &n), *other = VG_NEW(arena, VgNetworkRow, n);
    VgNetworkFit *fit = fit_of(arena, row, n, "placebo", VG_TAU2_REML), *again;
    VgInference a = effect(fit, true, "rosiglitazone", "metformin"), b;
    /* rows backwards, every second one the other way round */
    for (size_t i = 0; i < n; i++) {
        other[i] = row[n - 1 - i];
        if (i % 2) {
            const char *first = other[i].treatment[0];
            other[i].treatment[0] = other[i].treatment[1];
            other[i].treatment[1] = first;
            other[i].effect = -other[i].effect;
        }
    }
    again = fit_of(arena, other, n, "placebo", VG_TAU2_REML);
    b = effect(again, true, "rosiglitazone", "metformin");
    close(b.estimate, a.estimate, a.se);
    close(b.se, a.se, 0.0);
    close(again->tau2.tau2, fit->tau2.tau2, 0.0);
    close(again->q.q, fit->q.q, 0.0);
    /* another reference */
    again = fit_of(arena, row, n, "sitagliptin", VG_TAU2_REML);
    b = effect(again, true, "rosiglitazone", "metformin");
    close(b.estimate, a.estimate, a.se);
    close(b.se, a.se, 0.0);
    close(again->tau2.tau2, fit->tau2.tau2, 0.0);
    /* other names, another order of treatments */
    for (size_t i = 0; i < n; i++) {
        other[i] = row[i];
        for (int g = 0; g < 2; g++)
            other[i].treatment[g] = vg_arena_printf(
                arena, "%c %s", 'z' - (row[i].treatment[g][0] - 'a'), row[i].treatment[g]);
    }
    again = fit_of(arena, other, n, NULL, VG_TAU2_REML);
    b = effect(again, true, "i rosiglitazone", "n metformin");
    close(b.estimate, a.estimate, a.se);
    close(b.se, a.se, 0.0);
    /* × −1000 */
    for (size_t i = 0; i < n; i++) {
        other[i] = row[i];
        other[i].effect *= -1000.0;
        other[i].se *= 1000.0;
    }
    again = fit_of(arena, other, n, "placebo", VG_TAU2_REML);
    b = effect(again, true, "rosiglitazone", "metformin");
    close(b.estimate, -1000.0 * a.estimate, 1000.0 * a.se);
    close(again->tau2.tau2, 1e6 * fit->tau2.tau2, 0.0);
    close(again->q.q, fit->q.q, 0.0);
    double score[10], turned[10];
    vg_network_p_scores(&fit->random, true, score);
    vg_network_p_scores(&again->random, false, turned);
    double sum = 0.0;
    for (int i = 0; i < 10; i++) {
        close(turned[i], score[i], 1.0);
        sum += score[i];
    }
    close(sum, 5.0, 0.0); /* n/2 */
    vg_arena_destroy(arena);
}

static void the_funnel_is_centred_on_each_comparison(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n, n_points;
    VgNetworkRow *row = senn(arena, &n);
    VgNetworkFit *fit = fit_of(arena, row, n, "placebo", VG_TAU2_DL);
    VgNetworkFunnelPoint *point;
    VgError error = {0};
    size_t order[10] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}, twice[10] = {0};
    WITNESS_OK(vg_network_funnel(arena, fit, false, order, &point, &n_points, &error), &error);
    assert_int_equal(n_points, n);
    for (size_t i = 0; i < n_points; i++) {
        double sum = 0.0;
        assert_true(point[i].first > point[i].second);
        for (size_t j = 0; j < n_points; j++)
            if (point[j].first == point[i].first && point[j].second == point[i].second)
                sum += point[j].adjusted / (point[j].se * point[j].se);
        assert_true(fabs(sum) < 1e-9);
    }
    assert_int_equal(vg_network_funnel(arena, fit, false, twice, &point, &n_points, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

static void t_tests_take_the_degrees_of_freedom_of_q(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkRow *row = senn(arena, &n);
    VgNetwork *network = network_of_rows(arena, row, n);
    VgNetworkFit *fit;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL, .t_test = true, .level = 0.9};
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    VgInference x = effect(fit, true, "metformin", "placebo");
    assert_true(x.df == 18.0);
    close(x.upper - x.estimate, vg_t_quantile(0.95, 18.0) * x.se, 0.0);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_rows_are_refused_by_name),
        cmocka_unit_test(rounding_is_repaired_and_told),
        cmocka_unit_test(disconnected_networks_are_refused_with_their_parts),
        cmocka_unit_test(unknown_reference_and_estimators_are_refused),
        cmocka_unit_test(the_shape_is_warned_of),
        cmocka_unit_test(two_treatments_are_a_pairwise_meta_analysis),
        cmocka_unit_test(a_three_arm_trial_is_not_three_trials),
        cmocka_unit_test(answers_do_not_depend_on_order_names_reference_or_scale),
        cmocka_unit_test(the_funnel_is_centred_on_each_comparison),
        cmocka_unit_test(t_tests_take_the_degrees_of_freedom_of_q)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
