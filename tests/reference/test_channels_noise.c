/* Factor scores against factanal, psych and the likelihood run to its end; the smallest detectable indirect effect against
 * R's optimum and its trials (channels_noise.R → channels_noise.json). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/indirect_power.h>

#include "mechanism/channels_ridge.h"
#include "mechanism/row_order.h"
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
    assert_non_null(
        strstr(error.message, "the markers of transmitters hold no common factor: two"));
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

/* ---- scores learnt for the outcome ---- */

/* All rows, or those whose unit is not in `fold`. */
static VgChannelsProblem ridge_problem(const VgChannelsData *data, const VgChannelsOptions *options)
{
    VgChannelsProblem p = {.data = data, .options = options, .terms = CHANNELS, .term = CHANNEL};
    VgEquationColumns columns = {.n = N,
                                 .treatment = data->treatment,
                                 .covariates = data->covariates,
                                 .mediators = data->markers,
                                 .outcomes = {(double *)(uintptr_t)data->outcome, N, 1, N}};
    WITNESS_OK(vg_equations_build(arena, &columns, &p.equations, &error), &error);
    return p;
}

static void learn(const VgChannelsProblem *p, const double *count, double *weight, double *penalty)
{
    const VgEquations *e = &p->equations;
    size_t square = e->width * e->width;
    double *s = VG_NEW(arena, double, 2 * square + e->columns);
    bool learnt;
    vg_cross_products_counted(e, count, s);
    WITNESS_OK(vg_channels_ridge_weights(arena, p, s, s + square, weight, penalty, &learnt, &error),
               &error);
    assert_true(learnt);
    for (size_t j = 0; j < MARKERS; j++)
        weight[j] /= e->scale[vg_mediator_column(e, j)];
}

/* mgcv's own search for the penalty ends at about 1e-7. */
static void ridge_weights_agree_with_mgcv(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannelsOptions options = {0};
    VgChannelsProblem p = ridge_problem(&data, &options);
    double count[N], weight[MARKERS], penalty;
    for (size_t i = 0; i < N; i++)
        count[i] = 1;
    learn(&p, count, weight, &penalty);
    witness_close("penalty", penalty, item("mgcv", 0), 1e-4, 0);
    witness_close("penalty", penalty, item("ridge_penalty", 0), 1e-6, 0);
    for (size_t j = 0; j < MARKERS; j++)
        witness_close("weight", weight[j], item("ridge_weight", j), 1e-6, 1e-3);
}

/* Each repeat again by rows: folds dealt, weights from the others' rows, scores of the held-out rows, and those as plain
 * mediators; then medians. */
static void cross_fitting_agrees_with_scores_made_row_by_row(void **state)
{
    (void)state;
    enum { REPEATS = 3 };
    VgChannelsData given = trial(), data; /* folds are dealt to rows in their own order */
    WITNESS_OK(vg_channels_in_order(arena, &given, &data, &error), &error);
    VgChannelsOptions options = {.score = VG_CHANNEL_RIDGE,
                                 .interval = VG_MEDIATION_DELTA,
                                 .folds = 4,
                                 .repeats = REPEATS,
                                 .seed = 5};
    VgChannels fit;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &fit, &error), &error);
    VgChannelsProblem p = ridge_problem(&data, &options);
    size_t unit[N], start[3] = {0, N / 2, N};
    for (size_t i = 0; i < N; i++)
        unit[i] = i;
    VgMediationProblem units = {
        .n_units = N, .n_strata = 2, .stratum_start = start, .stratum_unit = unit};
    double effect[REPEATS], variance[REPEATS];
    for (uint32_t r = 0; r < REPEATS; r++) {
        size_t fold[N];
        double score[N * CHANNELS] = {0}, weight[MARKERS], penalty, count[N];
        VgRandom random = vg_random_start(5, VG_STREAM_MEDIATOR_FOLDS, r, 0);
        assert_true(vg_channels_deal(arena, &units, &random, 4, fold));
        for (size_t f = 0; f < 4; f++) {
            for (size_t i = 0; i < N; i++)
                count[i] = fold[i] != f;
            learn(&p, count, weight, &penalty);
            for (size_t i = 0; i < N; i++)
                for (size_t j = 0; j < MARKERS && fold[i] == f; j++)
                    score[CHANNEL[j] * N + i] +=
                        weight[j] * (VG_AT(data.markers, i, j) -
                                     p.equations.centre[vg_mediator_column(&p.equations, j)]);
        }
        VgChannelsData scored = data;
        scored.markers = (VgMatrix){score, N, CHANNELS, N};
        scored.n_channels = 0;
        scored.sign = NULL;
        VgChannels one;
        VgChannelsOptions plain = {.interval = VG_MEDIATION_DELTA};
        WITNESS_OK(vg_channels_fit(arena, &scored, &plain, &one, &error), &error);
        effect[r] = one.effect[VG_CHANNELS_FIRST].estimate;
        variance[r] = one.effect[VG_CHANNELS_FIRST].se * one.effect[VG_CHANNELS_FIRST].se;
    }
#define MIDDLE(v) fmax(fmin(v[0], v[1]), fmin(fmax(v[0], v[1]), v[2]))
    double centre = MIDDLE(effect);
    for (size_t r = 0; r < REPEATS; r++)
        variance[r] += (effect[r] - centre) * (effect[r] - centre);
    witness_close("effect", fit.effect[VG_CHANNELS_FIRST].estimate, centre, 1e-10, 0);
    witness_close("se", fit.effect[VG_CHANNELS_FIRST].se, sqrt(MIDDLE(variance)), 1e-10, 0);
    assert_true(fabs(fit.remainder) < 1e-12 && fit.split[VG_CHANNELS_FIRST] > 0);
}

static void cross_fitted_numbers_do_not_depend_on_threads(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannelsOptions options = {.score = VG_CHANNEL_RIDGE,
                                 .interval = VG_MEDIATION_MONTE_CARLO,
                                 .draws = 500,
                                 .threads = 1};
    VgChannels one, two;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &one, &error), &error);
    options.threads = 2;
    WITNESS_OK(vg_channels_fit(arena, &data, &options, &two, &error), &error);
    assert_memory_equal(one.effect, two.effect, one.n_effects * sizeof *one.effect);
    assert_memory_equal(one.weight, two.weight, MARKERS * sizeof *one.weight);
}

static void learnt_scores_refuse_what_would_mislead(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS] = {{.value = 0.8}};
    VgChannelsData data = trial();
    VgChannels fit;
    VgChannelsOptions options = {.score = VG_CHANNEL_RIDGE};
    error = (VgError){0};
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "chance associations"));
    options.interval = VG_MEDIATION_DELTA;
    options.folds = 61;
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "60 units in an arm for 61 folds"));
    options.folds = 0;
    data.marker_reliability = r;
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "with reliabilities"));
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
        cmocka_unit_test(ridge_weights_agree_with_mgcv),
        cmocka_unit_test(cross_fitting_agrees_with_scores_made_row_by_row),
        cmocka_unit_test(cross_fitted_numbers_do_not_depend_on_threads),
        cmocka_unit_test(learnt_scores_refuse_what_would_mislead),
        cmocka_unit_test(detectable_effect_is_the_least_product_of_the_wanted_power),
        cmocka_unit_test(trials_at_the_detectable_effect_have_its_power),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
