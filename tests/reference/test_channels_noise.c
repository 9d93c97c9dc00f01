/* Factor scores against factanal, psych and the likelihood run to its end; the smallest detectable indirect effect against
 * R's optimum and its trials (channels_noise.R → channels_noise.json). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/indirect_power.h>

#include "model/one_factor.h"
#include "numeric/linear_algebra.h"

enum { N = 120, MARKERS = 8, FIRST = 5, CHANNELS = 3 };

static VgArena *arena;
static VgError error;
static json_t *witness;
static double treatment[N], outcome[N], marker[N * MARKERS], covariate[N];
static const double SIGN[MARKERS] = {1, 1, -1, 1, 1, 1, 1, 1};
static const size_t CHANNEL[MARKERS] = {0, 0, 0, 0, 0, 1, 1, 2};
static const char *const CHANNEL_NAME[CHANNELS] = {"immune", "transmitters", "barrier"};

static double item(const char *name, size_t k)
{
    const json_t *array = witness_at(witness, name);
    assert_true(json_is_array(array) && k < json_array_size(array));
    return json_number_value(json_array_get(array, k));
}

static VgChannelsData trial(void)
{
    return (VgChannelsData){.n = N,
                            .treatment = treatment,
                            .outcome = outcome,
                            .markers = {marker, N, MARKERS, N},
                            .covariates = {covariate, N, 1, N},
                            .n_channels = CHANNELS,
                            .channel = CHANNEL,
                            .sign = SIGN,
                            .channel_name = CHANNEL_NAME};
}

static VgOneFactor factor_of(const char *correlations, size_t m)
{
    VgOneFactor factor;
    VgMatrix r = vg_matrix_new(arena, m, m);
    for (size_t i = 0; i < m * m; i++)
        r.data[i] = item(correlations, i);
    WITNESS_OK(vg_one_factor(arena, r, &factor, &error), &error);
    return factor;
}

/* factanal stops at about 1e-6, psych at 1e-6; the same likelihood to its end: 1e-8. */
static void one_factor_agrees_with_factanal_and_psych(void **state)
{
    (void)state;
    VgOneFactor f = factor_of("correlations", FIRST);
    assert_true(f.certified && !f.at_bound);
    for (size_t i = 0; i < FIRST; i++) {
        witness_close("loading", f.loading[i], item("factor_loading", i), 1e-8, 1);
        witness_close("uniqueness", f.uniqueness[i], item("factor_uniqueness", i), 1e-8, 1);
        witness_close("factanal", f.uniqueness[i], item("factanal_uniqueness", i), 1e-5, 1);
        witness_close("psych", f.loading[i], item("psych_loading", i), 1e-5, 1);
    }
    witness_close("omega", f.omega, item("factor_omega", 0), 1e-8, 0);
    witness_close("determinacy", f.determinacy, item("factor_determinacy", 0), 1e-8, 0);
    witness_close("discrepancy", f.discrepancy, item("factor_discrepancy", 0), 1e-8, 0);
}

static void a_heywood_case_stays_at_the_bound_of_factanal(void **state)
{
    (void)state;
    VgOneFactor f = factor_of("heywood_correlations", 4);
    assert_true(f.certified && f.at_bound);
    for (size_t i = 0; i < 4; i++) {
        witness_close("uniqueness", f.uniqueness[i], item("heywood_uniqueness", i), 1e-8, 1);
        witness_close("factanal", f.uniqueness[i], item("heywood_factanal", i), 1e-4, 1);
    }
}

/* Residual correlations within arms and covariates, weights, effects by lm; one, two and five markers. */
static void effects_of_factor_scores_agree_with_lm(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannels fit;
    VgChannelsOptions options = {.score = VG_CHANNEL_FACTOR, .interval = VG_MEDIATION_DELTA};
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + CHANNELS; k++)
        witness_close("effect", fit.effect[k].estimate, item("effect", k), 1e-8, 0);
    witness_close("omega", fit.factor[0].omega, item("factor_omega", 0), 1e-8, 0);
    witness_close("omega of a pair", fit.factor[1].omega, item("pair_omega", 0), 1e-8, 0);
    witness_close("chi-square", fit.factor[0].statistic, item("factanal_test", 0), 1e-6, 0);
    witness_close("df", fit.factor[0].df, item("factanal_test", 1), 0, 0);
    witness_close("p", fit.factor[0].p, item("factanal_test", 2), 1e-6, 0);
    assert_true(isnan(fit.factor[1].p) && isnan(fit.factor[2].omega));
    for (size_t j = 0; j < FIRST; j++)
        witness_close("loading", fit.loading[j], item("factor_loading", j), 1e-8, 1);
}

/* A marker turned round in the file and in its sign, or in another unit, changes nothing. */
static void units_and_directions_of_markers_do_not_matter(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannels fit, turned;
    double sign[MARKERS], other[N * MARKERS];
    VgChannelsOptions options = {.score = VG_CHANNEL_FACTOR, .draws = 200};
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    memcpy(sign, SIGN, sizeof sign);
    memcpy(other, marker, sizeof other);
    for (size_t i = 0; i < N; i++)
        other[N + i] = 3 - 0.01 * marker[N + i];
    sign[1] = -1;
    data.sign = sign;
    data.markers.data = other;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &turned, &error), &error);
    for (size_t k = 0; k < fit.n_effects; k++) {
        witness_close("effect", turned.effect[k].estimate, fit.effect[k].estimate, 1e-9, 0);
        witness_close("lower", turned.effect[k].lower, fit.effect[k].lower, 1e-7, 1e-2);
    }
}

static void markers_without_a_common_factor_are_refused(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannels fit;
    double sign[MARKERS];
    memcpy(sign, SIGN, sizeof sign);
    sign[6] = -1; /* the pair now correlates below nought */
    data.sign = sign;
    VgChannelsOptions options = {.score = VG_CHANNEL_FACTOR, .interval = VG_MEDIATION_DELTA};
    error = (VgError){0};
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "the markers of transmitters hold no common factor: two"));
}

static void kept_share_is_the_diagonal_of_the_matrix_in_r(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS];
    VgChannelsData data = trial();
    VgChannels fit;
    for (size_t j = 0; j < MARKERS; j++)
        r[j] = (VgMarkerReliability){.value = 0.8};
    data.marker_reliability = r;
    VgChannelsOptions options = {.score = VG_CHANNEL_FACTOR, .draws = 100};
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    for (size_t k = 0; k < CHANNELS; k++) {
        witness_close("kept", fit.kept[k], item("kept", k), 1e-8, 0);
        witness_close("detectable", vg_channels_detectable(&fit, k, true, 0.95, 0.8) * fit.kept[k],
                      vg_channels_detectable(&fit, k, false, 0.95, 0.8), 1e-12, 0);
    }
}

/* The least product in R is over uneven divisions too: df that differ move it by less than 1e-5. */
static void detectable_effect_is_the_least_product_of_the_wanted_power(void **state)
{
    (void)state;
    witness_close("detectable", vg_detectable_indirect(0.15, 57, 0.08, 54, 1, 0.95, 0.8),
                  item("detectable", 0), 1e-5, 0);
    static const double ARROW[3][2] = {{0.5, 0.2}, {0.1, 0.4}, {0, 0}};
    for (size_t k = 0; k < 3; k++)
        witness_close(
            "power",
            vg_joint_significance_power(ARROW[k][0], 0.15, 57, ARROW[k][1], 0.08, 54, 0.95),
            item("power", k), 1e-9, 0);
    assert_true(isnan(vg_detectable_indirect(0, 57, 0.08, 54, 1, 0.95, 0.8)));
    assert_true(isnan(vg_detectable_indirect(0.1, 57, 0.08, 54, 1, 0.95, 1)));
    witness_close("large samples", vg_detectable_indirect(1, INFINITY, 1, INFINITY, 1, 0.95, 0.8),
                  10.3061, 1e-4, 0);
}

/* 20,000 trials of 200 with a mediator of conditional reliability 0.6 at that effect found it as often (4 errors). */
static void trials_at_the_detectable_effect_have_its_power(void **state)
{
    (void)state;
    double product = vg_detectable_indirect(item("trial_errors", 0), item("trial_errors", 1),
                                            item("trial_errors", 2), item("trial_errors", 3),
                                            item("trial_errors", 4), 0.95, 0.8);
    witness_close("product", product, item("trial_product", 0), 1e-8, 0);
    witness_close("power of trials", item("trial_power", 0), 0.8, 4 * item("trial_power", 1), 1);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/channels_noise.json"));
    for (size_t i = 0; i < N; i++) {
        treatment[i] = item("a", i);
        outcome[i] = item("y", i);
        covariate[i] = item("x", i);
        for (size_t j = 0; j < MARKERS; j++) {
            char name[16];
            snprintf(name, sizeof name, "marker%zu", j + 1);
            marker[j * N + i] = item(name, i);
        }
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
        cmocka_unit_test(one_factor_agrees_with_factanal_and_psych),
        cmocka_unit_test(a_heywood_case_stays_at_the_bound_of_factanal),
        cmocka_unit_test(effects_of_factor_scores_agree_with_lm),
        cmocka_unit_test(units_and_directions_of_markers_do_not_matter),
        cmocka_unit_test(markers_without_a_common_factor_are_refused),
        cmocka_unit_test(kept_share_is_the_diagonal_of_the_matrix_in_r),
        cmocka_unit_test(detectable_effect_is_the_least_product_of_the_wanted_power),
        cmocka_unit_test(trials_at_the_detectable_effect_have_its_power),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
