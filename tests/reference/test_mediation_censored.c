/* A mediator below its limit by the joint likelihood with the outcome: R's own maximum of that likelihood and its Hessian
 * (channels_impute.R → channels_impute.json), survreg for the censored regression behind it. */
#include "support/witness.h"

#include <math.h>

#include <vagus/mediation_censored.h>

enum { N = 400 };

static VgArena *arena;
static VgError error;
static json_t *witness;
static double treatment[N], covariate[N], mediator[N], outcome[N], lower[N], upper[N];

static double item(const char *name, size_t k)
{
    const json_t *array = witness_at(witness, name);
    assert_true(json_is_array(array) && k < json_array_size(array));
    return json_number_value(json_array_get(array, k));
}

static VgMediationData trial(void)
{
    return (VgMediationData){.n = N,
                             .treatment = treatment,
                             .mediator = mediator,
                             .outcome = outcome,
                             .covariates = {covariate, N, 1, N},
                             .mediator_name = "il6"};
}

static VgMediation fit_of(const VgMediationOptions *options, VgMediationCensoring *censoring)
{
    VgMediationData data = trial();
    VgMediation fit;
    WITNESS_OK(
        vg_mediation_censored_fit(arena, &data, lower, upper, options, &fit, censoring, &error),
        &error);
    return fit;
}

static void censor(bool whether)
{
    for (size_t i = 0; i < N; i++) {
        bool low = whether && mediator[i] < item("limit", 0);
        lower[i] = low ? -INFINITY : mediator[i];
        upper[i] = low ? item("limit", 0) : mediator[i];
    }
}

/* R's gradient and Hessian are numerical: 1e-6. */
static void estimates_and_errors_agree_with_the_joint_likelihood_in_r(void **state)
{
    (void)state;
    static const int EFFECT[3] = {VG_EFFECT_TOTAL, VG_EFFECT_DIRECT_AVERAGE,
                                  VG_EFFECT_INDIRECT_AVERAGE};
    VgMediationOptions options = {.interval = VG_MEDIATION_DELTA};
    VgMediationCensoring c;
    censor(true);
    VgMediation fit = fit_of(&options, &c);
    for (size_t k = 0; k < 3; k++) {
        witness_close("effect", fit.effect[EFFECT[k]].estimate, item("tobit", k), 1e-6, 0);
        witness_close("se", fit.effect[EFFECT[k]].se, item("tobit_se", k), 1e-6, 0);
    }
    witness_close("alpha", fit.arrow.treatment_mediator.estimate, item("tobit_parameters", 1), 1e-6,
                  0);
    witness_close("alpha se", fit.arrow.treatment_mediator.se, item("tobit_errors", 1), 1e-6, 0);
    witness_close("beta", fit.arrow.mediator_outcome[0].estimate, item("tobit_parameters", 6), 1e-6,
                  0);
    witness_close("beta se", fit.arrow.mediator_outcome[0].se, item("tobit_errors", 6), 1e-6, 0);
    witness_close("sigma", fit.sigma_mediator, exp(item("tobit_parameters", 3)), 1e-6, 0);
    witness_close("sigma", fit.sigma_outcome, exp(item("tobit_parameters", 8)), 1e-6, 0);
    witness_close("likelihood", c.log_likelihood, item("tobit_loglik", 0), 1e-10, 0);
    assert_int_equal(c.n_below, 120);
    /* of the marker alone, without the outcome's help: another estimator of the same arrow */
    double away = fabs(fit.arrow.treatment_mediator.estimate - item("survreg_alone", 0));
    assert_true(away < 0.5 * item("survreg_alone", 1));
}

/* Nothing censored: least squares, with errors of maximum likelihood. */
static void without_censoring_it_is_least_squares(void **state)
{
    (void)state;
    VgMediationOptions options = {.interval = VG_MEDIATION_DELTA};
    VgMediationCensoring c;
    VgMediationData data = trial();
    VgMediation plain;
    censor(false);
    VgMediation fit = fit_of(&options, &c);
    WITNESS_OK(vg_mediation_fit(arena, &data, &options, &plain, &error), &error);
    for (size_t k = 0; k < VG_EFFECT_COUNT; k++) {
        witness_close("effect", fit.effect[k].estimate, plain.effect[k].estimate, 1e-9, 0);
        witness_close("se", fit.effect[k].se, plain.effect[k].se, 0.01, 0);
    }
    witness_close("rho", fit.sensitivity.rho_at_zero[2], plain.sensitivity.rho_at_zero[2], 0.005,
                  0);
    witness_close("overlap", fit.check.overlap, plain.check.overlap, 0.005, 0);
    assert_int_equal(c.n_below + c.n_above + c.n_within, 0);
}

static void resamples_agree_with_the_delta_method(void **state)
{
    (void)state;
    VgMediationOptions options = {.interval = VG_MEDIATION_DELTA, .draws = 1000, .threads = 1};
    VgMediationCensoring c;
    censor(true);
    VgMediation delta = fit_of(&options, &c);
    options.interval = VG_MEDIATION_PERCENTILE;
    VgMediation one = fit_of(&options, &c);
    options.threads = 2;
    VgMediation two = fit_of(&options, &c);
    assert_memory_equal(one.effect, two.effect, VG_EFFECT_COUNT * sizeof *one.effect);
    assert_int_equal(one.failed, 0);
    for (size_t k = 0; k <= VG_EFFECT_DIRECT_AVERAGE; k++) /* 1,000 draws: SD to 2.3 % */
        witness_close("se", one.effect[k].se, delta.effect[k].se, 0.09, 0);
}

/* The other end: a marker above its limit is the mirror of one below. */
static void above_a_limit_is_the_mirror(void **state)
{
    (void)state;
    VgMediationOptions options = {.interval = VG_MEDIATION_DELTA};
    VgMediationCensoring c;
    censor(true);
    VgMediation below = fit_of(&options, &c);
    for (size_t i = 0; i < N; i++) {
        double low = lower[i];
        lower[i] = -upper[i];
        upper[i] = -low;
    }
    VgMediation above = fit_of(&options, &c);
    assert_int_equal(c.n_above, 120);
    witness_close("indirect", above.effect[VG_EFFECT_INDIRECT_AVERAGE].estimate,
                  below.effect[VG_EFFECT_INDIRECT_AVERAGE].estimate, 1e-9, 0);
    witness_close("alpha", above.arrow.treatment_mediator.estimate,
                  -below.arrow.treatment_mediator.estimate, 1e-9, 0);
}

static void other_models_are_refused(void **state)
{
    (void)state;
    VgMediationData data = trial();
    VgMediation fit;
    VgMediationCensoring c;
    VgMediationOptions options = {.interaction = true};
    censor(true);
    assert_int_equal(
        vg_mediation_censored_fit(arena, &data, lower, upper, &options, &fit, &c, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "other than linear models"));
    options = (VgMediationOptions){.interval = VG_MEDIATION_BCA};
    assert_int_equal(
        vg_mediation_censored_fit(arena, &data, lower, upper, &options, &fit, &c, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "the interval bca"));
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/channels_impute.json"));
    for (size_t i = 0; i < N; i++) {
        treatment[i] = item("a", i);
        covariate[i] = item("x", i);
        mediator[i] = item("m1", i);
        outcome[i] = item("y", i);
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
        cmocka_unit_test(estimates_and_errors_agree_with_the_joint_likelihood_in_r),
        cmocka_unit_test(without_censoring_it_is_least_squares),
        cmocka_unit_test(resamples_agree_with_the_delta_method),
        cmocka_unit_test(above_a_limit_is_the_mirror),
        cmocka_unit_test(other_models_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
