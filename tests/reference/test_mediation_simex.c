/* SIMEX against the same by hand in R with its own draws (mediation_simex.R → mediation_simex.json), and in linear models
 * against regression calibration, with which it then agrees exactly. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/channels.h>

#include "mechanism/mediation_simex.h"

enum { N = 300 };

static VgArena *arena;
static VgError error;
static json_t *witness;
static double treatment[N], covariate[N], mediator[N], binary[N], ordinal[N], number[N], lambda;

static double item(const char *name, size_t k)
{
    const json_t *array = witness_at(witness, name);
    assert_true(json_is_array(array) && k < json_array_size(array));
    return json_number_value(json_array_get(array, k));
}

static VgMediationData trial(VgMediationModel model)
{
    return (VgMediationData){.n = N,
                             .treatment = treatment,
                             .mediator = mediator,
                             .outcome = model == VG_MEDIATION_LINEAR    ? number
                                        : model == VG_MEDIATION_ORDINAL ? ordinal
                                                                        : binary,
                             .n_categories = model == VG_MEDIATION_ORDINAL ? 3 : 0,
                             .covariates = {covariate, N, 1, N},
                             .mediator_name = "il6"};
}

/* The outcome's block of theta, corrected, and its errors. place: of R's order in ours (ours: [1,] a, x, m, cuts). */
static void agree(const char *name, VgMediationModel model, VgSimexCurve curve)
{
    VgMediationData data = trial(model);
    VgMediationOptions options = {.outcome_model = model,
                                  .interval = VG_MEDIATION_DELTA,
                                  .reliability = lambda,
                                  .curve = curve,
                                  .level = 0.95};
    VgMediationProblem p;
    VgMediationFitted f;
    char key[64], error_key[80], se_key[80];
    WITNESS_OK(vg_mediation_prepare(arena, &data, &options, &p, &error), &error);
    WITNESS_OK(vg_mediation_models(arena, &p, NULL, NULL, NULL, true, &f, &error), &error);
    double alpha = f.theta[1], sigma = f.theta[p.layout.sigma];
    WITNESS_OK(vg_mediation_simex(arena, &p, &f, &error), &error);
    snprintf(key, sizeof key, "%s_%s", name,
             curve == VG_SIMEX_QUADRATIC ? "quadratic" : "rational");
    snprintf(error_key, sizeof error_key, "%s_mc", key);
    snprintf(se_key, sizeof se_key, "%s_se", name);
    for (size_t k = 0; k < p.layout.size - p.layout.beta; k++) {
        /* 4 Monte Carlo errors of R's mean; ours has 200 exact draws, whose own is a tenth of the error of one such set */
        double away = fabs(f.theta[p.layout.beta + k] - item(key, k));
        double se = sqrt(VG_AT(f.vcov, p.layout.beta + k, p.layout.beta + k));
        if (away > 5 * item(error_key, k) + 0.01 * se)
            fail_msg("%s %zu: %g from %g", key, k, away, item(key, k));
        if (curve == VG_SIMEX_QUADRATIC) /* both variances are of 200 draws or more */
            witness_close("se", se, item(se_key, k), 0.06, 0);
    }
    assert_true(f.theta[1] == alpha);
    witness_close("sigma", f.theta[p.layout.sigma] * f.theta[p.layout.sigma],
                  sigma * sigma - (1 - lambda) * item("variance", 0), 1e-10, 0);
}

static void coefficients_agree_with_simex_in_r(void **state)
{
    (void)state;
    agree("logistic", VG_MEDIATION_LOGISTIC, VG_SIMEX_QUADRATIC);
    agree("logistic", VG_MEDIATION_LOGISTIC, VG_SIMEX_RATIONAL);
    agree("probit", VG_MEDIATION_PROBIT, VG_SIMEX_QUADRATIC);
    agree("probit", VG_MEDIATION_PROBIT, VG_SIMEX_RATIONAL);
    agree("ordinal", VG_MEDIATION_ORDINAL, VG_SIMEX_QUADRATIC);
    agree("ordinal", VG_MEDIATION_ORDINAL, VG_SIMEX_RATIONAL);
}

/* Draws that are orthogonal to what is seen, and the curve that a linear model takes: no simulation error is left. */
static void linear_models_are_regression_calibration_exactly(void **state)
{
    (void)state;
    VgMediationData data = trial(VG_MEDIATION_LINEAR);
    VgMediationOptions options = {
        .interval = VG_MEDIATION_DELTA, .reliability = lambda, .simex_draws = 50};
    const VgMarkerReliability r = {.value = lambda};
    VgChannelsData same = {.n = N,
                           .treatment = treatment,
                           .outcome = number,
                           .markers = {mediator, N, 1, N},
                           .covariates = {covariate, N, 1, N},
                           .marker_reliability = &r};
    VgChannelsOptions calibration = {.interval = VG_MEDIATION_DELTA};
    VgMediation simex;
    VgChannels exact;
    WITNESS_OK(vg_mediation_fit(arena, &data, &options, &simex, &error), &error);
    WITNESS_OK(vg_channels_fit(arena, &same, &calibration, &exact, &error), &error);
    witness_close("indirect", simex.effect[VG_EFFECT_INDIRECT_AVERAGE].estimate,
                  exact.corrected[VG_CHANNELS_INDIRECT].estimate, 1e-9, 0);
    witness_close("direct", simex.effect[VG_EFFECT_DIRECT_AVERAGE].estimate,
                  exact.corrected[VG_CHANNELS_DIRECT].estimate, 1e-9, 0);
    witness_close("total", simex.effect[VG_EFFECT_TOTAL].estimate,
                  exact.corrected[VG_CHANNELS_TOTAL].estimate, 1e-9, 0);
    /* two estimators of the same error: influence of rows, and continued variances of 50 draws */
    witness_close("se", simex.effect[VG_EFFECT_INDIRECT_AVERAGE].se,
                  exact.corrected[VG_CHANNELS_INDIRECT].se, 0.12, 0);
}

static VgMediation corrected(VgMediationOptions options)
{
    VgMediationData data = trial(options.outcome_model);
    VgMediation fit;
    WITNESS_OK(vg_mediation_fit(arena, &data, &options, &fit, &error), &error);
    return fit;
}

static void reliability_one_changes_nothing_and_doubt_widens(void **state)
{
    (void)state;
    VgMediationOptions o = {.outcome_model = VG_MEDIATION_LOGISTIC, .interval = VG_MEDIATION_DELTA};
    VgMediation plain = corrected(o);
    o.reliability = 1;
    VgMediation one = corrected(o);
    assert_memory_equal(plain.effect, one.effect, VG_EFFECT_COUNT * sizeof *one.effect);
    o.reliability = lambda;
    o.simex_draws = 50;
    VgMediation known = corrected(o);
    o.reliability_lower = 0.6;
    o.reliability_upper = 0.79;
    VgMediation doubtful = corrected(o);
    const int k = VG_EFFECT_INDIRECT_AVERAGE;
    assert_true(known.effect[k].estimate > 1.2 * plain.effect[k].estimate);
    assert_true(doubtful.effect[k].se > 1.01 * known.effect[k].se);
    assert_true(doubtful.effect[k].estimate == known.effect[k].estimate);
    /* the error moves what goes through the mediator, hardly the total */
    double moved = fabs(known.effect[0].estimate - plain.effect[0].estimate);
    assert_true(moved < 0.3 * fabs(known.effect[k].estimate - plain.effect[k].estimate));
}

static void numbers_do_not_depend_on_threads(void **state)
{
    (void)state;
    VgMediationOptions o = {.outcome_model = VG_MEDIATION_ORDINAL,
                            .interaction = true,
                            .interval = VG_MEDIATION_DELTA,
                            .reliability = lambda,
                            .simex_draws = 20,
                            .threads = 1};
    VgMediation one = corrected(o);
    o.threads = 2;
    VgMediation two = corrected(o);
    assert_memory_equal(one.effect, two.effect,
                        one.n_outputs * VG_EFFECT_COUNT * sizeof *one.effect);
}

static void refused(VgMediationOptions options, VgStatus status, const char *message)
{
    VgMediationData data = trial(options.outcome_model);
    VgMediation fit;
    error = (VgError){0};
    assert_int_equal(vg_mediation_fit(arena, &data, &options, &fit, &error), status);
    if (!strstr(error.message, message))
        fail_msg("'%s' lacks '%s'", error.message, message);
}

static void what_cannot_be_corrected_is_told(void **state)
{
    (void)state;
    VgMediationOptions o = {
        .outcome_model = VG_MEDIATION_LOGISTIC, .interval = VG_MEDIATION_DELTA, .reliability = 1.2};
    refused(o, VG_INVALID_INPUT, "reliability 1.2 is not in (0, 1]");
    o.reliability = 0.7;
    o.reliability_upper = 0.6;
    refused(o, VG_INVALID_INPUT, "of the reliability 0.7 is not around it");
    o.reliability_upper = 0;
    o.interval = VG_MEDIATION_PERCENTILE;
    refused(o, VG_INVALID_INPUT, "the interval percentile after SIMEX");
    o.interval = VG_MEDIATION_DELTA;
    o.reliability = 0.05;
    refused(o, VG_NOT_ESTIMABLE, "nothing is left of the mediator");
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/mediation_simex.json"));
    lambda = item("lambda", 0);
    for (size_t i = 0; i < N; i++) {
        treatment[i] = item("a", i);
        covariate[i] = item("x", i);
        mediator[i] = item("m", i);
        binary[i] = item("b", i);
        ordinal[i] = item("o", i);
        number[i] = item("y", i);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(witness);
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coefficients_agree_with_simex_in_r),
        cmocka_unit_test(linear_models_are_regression_calibration_exactly),
        cmocka_unit_test(reliability_one_changes_nothing_and_doubt_widens),
        cmocka_unit_test(numbers_do_not_depend_on_threads),
        cmocka_unit_test(what_cannot_be_corrected_is_told),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
