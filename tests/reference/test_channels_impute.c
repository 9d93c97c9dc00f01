/* Channels with missing and censored values against maximum likelihood of the same normal model in R (lavaan; the joint
 * likelihood of a marker below its limit and the outcome): channels_impute.R → channels_impute.json. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/channels.h>

enum { N = 400, MARKERS = 2, EFFECTS = 5 };

static VgArena *arena;
static VgError error;
static json_t *witness;
static double treatment[N], covariate[N], whole[3 * N], lost[3 * N];

static double item(const char *name, size_t k)
{
    const json_t *array = witness_at(witness, name);
    assert_true(json_is_array(array) && k < json_array_size(array));
    return json_number_value(json_array_get(array, k));
}

static VgChannelsData trial(double *value, size_t markers)
{
    return (VgChannelsData){.n = N,
                            .treatment = treatment,
                            .outcome = value + 2 * N,
                            .markers = {value, N, markers, N},
                            .covariates = {covariate, N, 1, N}};
}

/* Imputations and maximum likelihood differ by the draws (the errors below) and by O(1/n): a fiftieth of an error. */
static void agree(const VgChannels *fit, const char *key, const char *key_se, size_t effects,
                  double digits)
{
    for (size_t k = 0; k < effects; k++) {
        const VgChannelsEstimate *e = &fit->effect[k];
        double drawn = sqrt(fit->imputed[k] / (double)fit->imputations) * e->se;
        double away = fabs(e->estimate - item(key, k));
        if (away > 4 * drawn + 0.02 * e->se)
            fail_msg("effect %zu: %g is %g from %g", k, e->estimate, away, item(key, k));
        witness_close("se", e->se, item(key_se, k), digits, 0);
    }
}

static void lose(double *value)
{
    for (size_t i = 0; i < 3 * N; i++)
        value[i] = lost[i] > 0 ? NAN : whole[i];
}

static void rubin_agrees_with_full_information_likelihood(void **state)
{
    (void)state;
    double value[3 * N];
    lose(value);
    VgChannelsData data = trial(value, MARKERS);
    VgChannelsOptions options = {
        .missing = VG_MISSING_IMPUTE, .imputations = 400, .interval = VG_MEDIATION_DELTA};
    VgChannels fit;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    assert_int_equal(fit.n_imputed_markers, 122 + 56);
    assert_int_equal(fit.n_imputed_outcomes, 95);
    agree(&fit, "fiml", "fiml_se", EFFECTS, 0.05);
    for (size_t k = 0; k < MARKERS; k++) {
        witness_close("alpha se", fit.alpha[k].se, item("arrows", 2 * k + 1), 0.05, 0);
        witness_close("beta se", fit.beta[k].se, item("arrows", 4 + 2 * k + 1), 0.05, 0);
    }
    for (size_t k = 0; k < EFFECTS;
         k++) /* these losses cost a tenth to a half of the information */
        assert_true(fit.imputed[k] > 0.02 && fit.imputed[k] < 0.6);
}

static void pooled_resamples_agree_with_rubin(void **state)
{
    (void)state;
    double value[3 * N];
    lose(value);
    VgChannelsData data = trial(value, MARKERS);
    VgChannelsOptions options = {.missing = VG_MISSING_IMPUTE, .interval = VG_MEDIATION_DELTA};
    VgChannels delta, percentile;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &delta, &error), &error);
    options.interval = VG_MEDIATION_PERCENTILE;
    options.sensitivity = options.curve = true;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &percentile, &error), &error);
    for (size_t k = 0; k < EFFECTS; k++) { /* 5,000 draws; a product's skewness moves its limits */
        witness_close("estimate", percentile.effect[k].estimate, delta.effect[k].estimate, 1e-10,
                      1e-6);
        witness_close("se", percentile.effect[k].se, delta.effect[k].se, 0.06, 0);
        witness_close("lower", percentile.effect[k].lower, delta.effect[k].lower,
                      0.3 * delta.effect[k].se, 1);
    }
    size_t last = (percentile.n_lambda - 1) * percentile.n_effects + VG_CHANNELS_INDIRECT;
    witness_close("curve at 1", percentile.curve[last],
                  percentile.effect[VG_CHANNELS_INDIRECT].estimate, 1e-10, 0);
    size_t middle = percentile.n_rho / 2;
    witness_close("line at rho 0", percentile.sensitivity[0].estimate[middle],
                  percentile.effect[VG_CHANNELS_FIRST].estimate, 1e-9, 0);
}

static void nothing_missing_is_the_plain_analysis(void **state)
{
    (void)state;
    VgChannelsData data = trial(whole, MARKERS);
    VgChannelsOptions options = {.draws = 300};
    VgChannels plain, imputed;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &plain, &error), &error);
    options.missing = VG_MISSING_IMPUTE;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &imputed, &error), &error);
    assert_int_equal(imputed.imputations, 0);
    assert_memory_equal(plain.effect, imputed.effect, EFFECTS * sizeof *plain.effect);
}

static void values_below_a_limit_agree_with_the_joint_likelihood(void **state)
{
    (void)state;
    double value[3 * N], lower[N], upper[N], limit = item("limit", 0);
    memcpy(value, whole, sizeof value);
    for (size_t i = 0; i < N; i++) {
        bool low = whole[i] < limit;
        lower[i] = low ? -INFINITY : whole[i];
        upper[i] = low ? limit : whole[i];
        value[i] = low ? limit / 2 : whole[i]; /* what stands there must not matter */
    }
    VgChannelsData data = trial(value, 1);
    data.marker_lower = (VgMatrix){lower, N, 1, N};
    data.marker_upper = (VgMatrix){upper, N, 1, N};
    VgChannelsOptions options = {.imputations = 400, .interval = VG_MEDIATION_DELTA};
    VgChannels fit;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    agree(&fit, "tobit", "tobit_se", VG_CHANNELS_FIRST, 0.06);
}

static void imputed_numbers_do_not_depend_on_threads(void **state)
{
    (void)state;
    double value[3 * N];
    lose(value);
    VgChannelsData data = trial(value, MARKERS);
    VgChannelsOptions options = {
        .missing = VG_MISSING_IMPUTE, .imputations = 5, .draws = 200, .threads = 1};
    VgChannels one, two;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &one, &error), &error);
    options.threads = 2;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &two, &error), &error);
    assert_memory_equal(one.effect, two.effect, EFFECTS * sizeof *one.effect);
}

/* Reliabilities: estimates are means of the corrected ones, the draws carry both uncertainties. */
static void corrections_go_with_imputations(void **state)
{
    (void)state;
    double value[3 * N];
    lose(value);
    VgMarkerReliability r[MARKERS] = {{.value = 0.8}, {.value = 0.7, .lower = 0.6, .upper = 0.8}};
    VgChannelsData data = trial(value, MARKERS);
    data.marker_reliability = r;
    VgChannelsOptions options = {.missing = VG_MISSING_IMPUTE, .imputations = 20, .draws = 1000};
    VgChannels drawn, delta;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &drawn, &error), &error);
    options.interval = VG_MEDIATION_DELTA;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &delta, &error), &error);
    for (size_t k = 0; k < EFFECTS; k++) {
        witness_close("corrected", drawn.corrected[k].estimate, delta.corrected[k].estimate, 1e-10,
                      1e-6);
        witness_close("se", drawn.corrected[k].se, delta.corrected[k].se, 0.12, 0);
    }
    assert_true(fabs(delta.corrected[VG_CHANNELS_INDIRECT].estimate) >
                fabs(delta.effect[VG_CHANNELS_INDIRECT].estimate));
}

static void what_cannot_be_imputed_is_told(void **state)
{
    (void)state;
    static const char *const NAME[MARKERS] = {"il6", "tnf"};
    double value[3 * N];
    lose(value);
    for (size_t i = 0; i < N; i += 2)
        value[N + i] = value[N + i + (i % 4 == 0)] = NAN;
    VgChannelsData data = trial(value, MARKERS);
    data.marker_name = NAME;
    VgChannelsOptions options = {.missing = VG_MISSING_IMPUTE};
    VgChannels fit;
    error = (VgError){0};
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "values of tnf"));
    lose(value);
    options.interval = VG_MEDIATION_MONTE_CARLO;
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "monte-carlo with imputed values"));
}

static int prepare(void **state)
{
    static const char *const NAME[] = {"m1", "m2", "y", "m1_lost", "m2_lost", "y_lost"};
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/channels_impute.json"));
    for (size_t i = 0; i < N; i++) {
        treatment[i] = item("a", i);
        covariate[i] = item("x", i);
        for (size_t k = 0; k < 6; k++)
            (k < 3 ? whole : lost)[(k % 3) * N + i] = item(NAME[k], i);
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
        cmocka_unit_test(rubin_agrees_with_full_information_likelihood),
        cmocka_unit_test(pooled_resamples_agree_with_rubin),
        cmocka_unit_test(nothing_missing_is_the_plain_analysis),
        cmocka_unit_test(values_below_a_limit_agree_with_the_joint_likelihood),
        cmocka_unit_test(imputed_numbers_do_not_depend_on_threads),
        cmocka_unit_test(corrections_go_with_imputations),
        cmocka_unit_test(what_cannot_be_imputed_is_told),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
