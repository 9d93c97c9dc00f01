/* Several mediators against lm, matrix algebra and R's own bootstrap (channels.R → channels.json); every refusal. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/channels.h>

enum { N = 80, MARKERS = 5, CHANNELS = 3, COVARIATES = 2 };

static VgArena *arena;
static VgError error;
static json_t *witness;
static double treatment[N], outcome[N], marker[N * MARKERS], covariate[N * COVARIATES];
static const double SIGN[MARKERS] = {1, 1, -1, 1, 1};
static const size_t CHANNEL[MARKERS] = {0, 0, 0, 1, 2};
static const char *const MARKER[MARKERS] = {"il6", "tnf", "il10", "butyrate", "cortisol"};
static const char *const CHANNEL_NAME[CHANNELS] = {"immune", "metabolites", "hpa"};

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
                            .covariates = {covariate, N, COVARIATES, N},
                            .n_channels = CHANNELS,
                            .channel = CHANNEL,
                            .sign = SIGN,
                            .marker_name = MARKER,
                            .channel_name = CHANNEL_NAME};
}

static VgChannels fit_of(const VgChannelsData *data, VgChannelsOptions options)
{
    VgChannels fit;
    WITNESS_OK(vg_channels_fit(arena, data, &options, &fit, &error), &error);
    return fit;
}

static void agree(const char *name, VgChannelScore score)
{
    char key[64];
    VgChannelsData data = trial();
    VgChannels fit =
        fit_of(&data, (VgChannelsOptions){.score = score, .interval = VG_MEDIATION_DELTA});
#define KEY(what) (snprintf(key, sizeof key, "%s_" what, name), key)
    assert_int_equal(json_array_size(witness_at(witness, KEY("effect"))), fit.n_effects);
    for (size_t k = 0; k < fit.n_effects; k++) {
        witness_close("effect", fit.effect[k].estimate, item(KEY("effect"), k), 1e-8, 1e-3);
        witness_close("se", fit.effect[k].se, item(KEY("se"), k), 1e-8, 0);
    }
    for (size_t k = 0; k < fit.n_terms; k++) {
        witness_close("p", fit.effect[VG_CHANNELS_FIRST + k].p, item(KEY("p"), k), 1e-8, 1e-8);
        witness_close("alpha se", fit.alpha[k].se, item(KEY("alpha_se"), k), 1e-8, 0);
        witness_close("beta", fit.beta[k].estimate, item(KEY("beta"), k), 1e-8, 1e-4);
        witness_close("beta se", fit.beta[k].se, item(KEY("beta_se"), k), 1e-8, 0);
    }
    witness_close("sigma", fit.sigma_outcome, item(KEY("sigma"), 0), 1e-8, 0);
    witness_close("r2", fit.r2_outcome, item(KEY("r2"), 0), 1e-8, 0);
    witness_close("separate", fit.separate, item(KEY("single"), 0), 1e-8, 0);
    assert_true(fabs(fit.remainder) < 1e-8 * fabs(fit.effect[VG_CHANNELS_TOTAL].estimate));
    if (score == VG_CHANNEL_COMPONENT)
        for (size_t j = 0; j < 3; j++)
            witness_close("weight", fit.weight[j], item("component_weight", j), 1e-8, 1e-4);
}

static void every_marker_by_itself_agrees_with_lm(void **state)
{
    (void)state;
    agree("markers", VG_CHANNEL_MARKERS);
}

static void mean_scores_agree_with_lm(void **state)
{
    (void)state;
    agree("mean", VG_CHANNEL_MEAN);
}

static void component_scores_agree_with_lm(void **state)
{
    (void)state;
    agree("component", VG_CHANNEL_COMPONENT);
}

/* ---- measurement error ---- */

static void reliabilities(VgMarkerReliability *r)
{
    for (size_t j = 0; j < MARKERS; j++)
        r[j] = (VgMarkerReliability){.value = item("lambda", j)};
}

static void correction_agrees_with_matrix_algebra(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS], c[COVARIATES] = {[0] = {.value = 0.8}};
    VgChannelsData data = trial();
    reliabilities(r);
    data.marker_reliability = r;
    VgChannelsOptions options = {.score = VG_CHANNEL_MARKERS, .draws = 200};
    VgChannels fit = fit_of(&data, options);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + MARKERS; k++)
        witness_close("corrected", fit.corrected[k].estimate, item("corrected", k), 1e-8, 1e-3);
    for (size_t j = 0; j < MARKERS; j++)
        witness_close("conditional", fit.conditional[j], item("conditional", j), 1e-8, 0);
    data.covariate_reliability = c;
    fit = fit_of(&data, options);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + MARKERS; k++)
        witness_close("noisy covariate", fit.corrected[k].estimate, item("corrected_covariate", k),
                      1e-8, 1e-3);
    data.covariate_reliability = NULL;
    options.score = VG_CHANNEL_MEAN;
    fit = fit_of(&data, options);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + CHANNELS; k++)
        witness_close("scores", fit.corrected[k].estimate, item("corrected_mean", k), 1e-8, 1e-3);
}

/* The terms' errors, those of their shares and of β stand in the witness behind total, direct and indirect. */
static void errors_agree(const char *name, const VgChannels *fit)
{
    size_t terms = fit->n_terms;
    for (size_t k = 0; k < VG_CHANNELS_FIRST + terms; k++)
        witness_close("se", fit->corrected[k].se, item(name, k), 1e-8, 0);
    for (size_t k = 0; k < terms; k++)
        witness_close("se of a share", fit->corrected_share[1 + k].se,
                      item(name, VG_CHANNELS_FIRST + terms + k), 1e-8, 0);
    witness_close("se of the share", fit->corrected_share[0].se,
                  item(name, VG_CHANNELS_FIRST + 2 * terms), 1e-8, 0);
    for (size_t k = 0; k < terms; k++) {
        double se = item(name, VG_CHANNELS_FIRST + 2 * terms + 1 + k);
        double p = erfc(fabs(fit->corrected_beta[k]) / se * M_SQRT1_2);
        witness_close("p", fit->corrected[VG_CHANNELS_FIRST + k].p, fmax(p, fit->alpha[k].p), 1e-8,
                      1e-10);
    }
}

static void delta_errors_of_the_correction_agree_with_slopes_in_r(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS], c[COVARIATES] = {[0] = {.value = 0.8}};
    VgChannelsData data = trial();
    reliabilities(r);
    data.marker_reliability = r;
    VgChannelsOptions options = {.score = VG_CHANNEL_MARKERS, .interval = VG_MEDIATION_DELTA};
    VgChannels fit = fit_of(&data, options);
    errors_agree("corrected_se", &fit);
    options.score = VG_CHANNEL_MEAN;
    data.covariate_reliability = c;
    r[3].lower = 0.62;
    r[3].upper = 0.84;
    fit = fit_of(&data, options);
    errors_agree("corrected_mean_se", &fit);
    witness_close("limit", fit.corrected[0].upper,
                  fit.corrected[0].estimate + 1.959963984540054 * fit.corrected[0].se, 1e-12, 0);
}

/* Where all errors can be taken off, and where they cannot: the plain correction is refused there. */
static void small_samples_agree_with_the_smallest_root(void **state)
{
    (void)state;
    static const double POOR[MARKERS] = {0.25, 0.2, 0.3, 0.45, 0.15};
    VgMarkerReliability r[MARKERS], c[COVARIATES] = {[0] = {.value = 0.8}};
    VgChannelsData data = trial();
    reliabilities(r);
    data.marker_reliability = r;
    data.covariate_reliability = c;
    VgChannelsOptions options = {.interval = VG_MEDIATION_DELTA, .small_sample = true};
    VgChannels fit = fit_of(&data, options);
    witness_close("share", fit.taken_off, item("fuller", 0), 1e-12, 0);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + CHANNELS; k++)
        witness_close("effect", fit.corrected[k].estimate, item("fuller", 1 + k), 1e-8, 1e-3);
    for (size_t j = 0; j < MARKERS; j++)
        r[j].value = POOR[j];
    c[0].value = 0.5;
    options.score = VG_CHANNEL_MARKERS;
    fit = fit_of(&data, options);
    assert_true(fit.taken_off < 0.9);
    witness_close("poor share", fit.taken_off, item("fuller_poor", 0), 1e-9, 0);
    for (size_t k = 0; k < VG_CHANNELS_FIRST + MARKERS; k++) {
        witness_close("poor", fit.corrected[k].estimate, item("fuller_poor", 1 + k), 1e-7, 1e-3);
        assert_true(fit.corrected[k].se > 0 && isfinite(fit.corrected[k].se));
    }
    options.small_sample = false;
    assert_int_equal(vg_channels_fit(arena, &data, &options, &fit, &error), VG_NOT_ESTIMABLE);
}

static void product_intervals_agree_with_integrals_in_r(void **state)
{
    (void)state;
    for (size_t k = 0; k < 5; k++) {
        const VgChannelsArrows arrows = {item("arrows", 5 * k), item("arrows", 5 * k + 1),
                                         item("arrows", 5 * k + 2), item("arrows", 5 * k + 3),
                                         item("arrows", 5 * k + 4)};
        double lower, upper, width = item("product", 2 * k + 1) - item("product", 2 * k);
        vg_channels_product_interval(&arrows, 0.95, &lower, &upper);
        witness_close("lower", lower / width, item("product", 2 * k) / width, 1e-6, 1);
        witness_close("upper", upper / width, item("product", 2 * k + 1) / width, 1e-6, 1);
    }
}

/* The bootstrap draws scores' weights anew and is not linear: alike to a tenth at n = 80. (A product of two arrows that are both near
 * 0 is left out: there the delta method misses most of what varies.) */
static void delta_errors_of_the_correction_are_near_the_bootstrap(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS];
    VgChannelsData data = trial();
    reliabilities(r);
    data.marker_reliability = r;
    VgChannels delta = fit_of(&data, (VgChannelsOptions){.interval = VG_MEDIATION_DELTA}),
               drawn = fit_of(&data, (VgChannelsOptions){.draws = 4000});
    for (size_t k = 0; k < VG_CHANNELS_FIRST; k++)
        witness_close("se", delta.corrected[k].se, drawn.corrected[k].se, 0.1, 0);
}

/* At reliability 1 the curve is what was measured; a reliability of 1 changes nothing. */
static void reliability_one_is_no_correction(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS];
    for (size_t j = 0; j < MARKERS; j++)
        r[j] = (VgMarkerReliability){.value = 1};
    VgChannelsData data = trial();
    data.marker_reliability = r;
    VgChannels fit = fit_of(&data, (VgChannelsOptions){.draws = 500, .curve = true});
    for (size_t k = 0; k < fit.n_effects; k++) {
        const VgChannelsEstimate *e = &fit.effect[k];
        size_t last = (fit.n_lambda - 1) * fit.n_effects + k;
        witness_close("estimate", fit.corrected[k].estimate, e->estimate, 1e-12, 1e-9);
        witness_close("lower", fit.corrected[k].lower, e->lower, 1e-12, 1e-9);
        witness_close("curve", fit.curve[last], e->estimate, 1e-12, 1e-9);
        witness_close("curve's limit", fit.curve_upper[last], e->upper, 1e-12, 1e-9);
    }
}

/* An uncertain reliability makes the interval wider, by as much as it is uncertain. */
static void uncertain_reliability_widens_the_interval(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS] = {{0}};
    VgChannelsData data = trial();
    data.marker_reliability = r;
    double width[2];
    for (int k = 0; k < 2; k++) {
        r[3] = (VgMarkerReliability){.value = 0.6};
        if (k)
            r[3].lower = 0.45, r[3].upper = 0.74;
        VgChannels fit = fit_of(&data, (VgChannelsOptions){.draws = 4000});
        width[k] =
            fit.corrected[VG_CHANNELS_FIRST + 1].upper - fit.corrected[VG_CHANNELS_FIRST + 1].lower;
    }
    assert_true(width[1] > 1.02 * width[0]);
}

/* ---- intervals ---- */

static void percentiles_agree_with_a_bootstrap_in_r(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannels fit = fit_of(&data, (VgChannelsOptions){.draws = 10000});
    for (size_t k = 0; k < fit.n_effects; k++) { /* 4 Monte Carlo errors of the difference */
        double low = item("boot_lower_mc", k), high = item("boot_upper_mc", k);
        assert_true(fabs(fit.effect[k].lower - item("boot_lower", k)) < 4 * sqrt(2) * low);
        assert_true(fabs(fit.effect[k].upper - item("boot_upper", k)) < 4 * sqrt(2) * high);
        witness_close("sd", fit.effect[k].se, item("boot_sd", k), 0.04, 0);
    }
}

/* The SD of α β with independent normals is √(α² v_β + β² v_α + v_α v_β) exactly (Goodman 1960). */
static void monte_carlo_has_the_moments_of_the_product(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannels fit =
        fit_of(&data, (VgChannelsOptions){.interval = VG_MEDIATION_MONTE_CARLO, .draws = 100000});
    for (size_t k = 0; k < fit.n_terms; k++) {
        double a = fit.alpha[k].estimate, b = fit.beta[k].estimate;
        double va = fit.alpha[k].se * fit.alpha[k].se, vb = fit.beta[k].se * fit.beta[k].se;
        witness_close("sd", fit.effect[VG_CHANNELS_FIRST + k].se,
                      sqrt(a * a * vb + b * b * va + va * vb), 0.015, 0);
    }
}

static void numbers_do_not_depend_on_threads(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS];
    VgChannelsData data = trial();
    reliabilities(r);
    r[0].lower = 0.7;
    r[0].upper = 0.88;
    data.marker_reliability = r;
    VgChannelsOptions options = {.draws = 300, .threads = 1, .curve = true};
    VgChannels one = fit_of(&data, options);
    options.threads = 2;
    VgChannels two = fit_of(&data, options);
    assert_memory_equal(one.effect, two.effect, one.n_effects * sizeof *one.effect);
    assert_memory_equal(one.corrected, two.corrected, one.n_effects * sizeof *one.effect);
    assert_memory_equal(one.curve_lower, two.curve_lower,
                        one.n_lambda * one.n_effects * sizeof(double));
}

/* ---- refusals ---- */

static void refused(const VgChannelsData *data, VgChannelsOptions options, VgStatus status,
                    const char *message)
{
    VgChannels fit;
    error = (VgError){0};
    assert_int_equal(vg_channels_fit(arena, data, &options, &fit, &error), status);
    if (!strstr(error.message, message))
        fail_msg("'%s' lacks '%s'", error.message, message);
    assert_true(error.hint[0] != 0);
}

static void wrong_reliabilities_are_refused(void **state)
{
    (void)state;
    VgMarkerReliability r[MARKERS] = {{0}};
    VgChannelsData data = trial();
    VgChannelsOptions o = {.draws = 100, .score = VG_CHANNEL_MARKERS};
    data.marker_reliability = r;
    r[1].value = 1.2;
    refused(&data, o, VG_INVALID_INPUT, "reliability 1.2 of tnf is not in (0, 1]");
    r[1].value = -0.1;
    refused(&data, o, VG_INVALID_INPUT, "is not in (0, 1]");
    r[1] = (VgMarkerReliability){.value = 0.7, .lower = 0.75, .upper = 0.8};
    refused(&data, o, VG_INVALID_INPUT, "interval 0.75 to 0.8 of the reliability 0.7 of tnf");
    r[1] = (VgMarkerReliability){0};
    r[3].value = 0.05;
    refused(&data, o, VG_NOT_ESTIMABLE, "reliability 0.05 of butyrate is not above");
    r[3] = (VgMarkerReliability){.value = 0.7};
    o.interval = VG_MEDIATION_MONTE_CARLO;
    refused(&data, o, VG_INVALID_INPUT, "it would take them for exact");
    o.interval = VG_MEDIATION_PERCENTILE;
    for (size_t i = 0; i < N; i++) /* nearly the same marker twice, both noisy */
        marker[2 * N + i] = marker[i] + 0.2 * sin(7.0 * (double)i);
    r[0].value = r[2].value = 0.8;
    refused(&data, o, VG_NOT_ESTIMABLE, "not positive definite");
    for (size_t i = 0; i < N; i++)
        marker[2 * N + i] = item("marker3", i);
}

static void too_many_or_dependent_mediators_are_refused(void **state)
{
    (void)state;
    VgChannelsData data = trial();
    VgChannelsOptions o = {.interval = VG_MEDIATION_DELTA, .score = VG_CHANNEL_MARKERS};
    o.interval = VG_MEDIATION_BCA;
    refused(&data, o, VG_INVALID_INPUT, "the interval bca is for one mediator");
    o.interval = VG_MEDIATION_DELTA;
    data.n = data.markers.rows = data.covariates.rows = 8;
    refused(&data, o, VG_NOT_ESTIMABLE, "more than they can bear");
    data = trial();
    for (size_t i = 0; i < N; i++)
        marker[2 * N + i] = 2 * marker[i] - marker[3 * N + i];
    refused(&data, o, VG_NOT_ESTIMABLE, "the mediators depend on each other");
    for (size_t i = 0; i < N; i++)
        marker[2 * N + i] = 3;
    refused(&data, o, VG_NOT_ESTIMABLE, "mediator il10 is constant");
    for (size_t i = 0; i < N; i++)
        marker[2 * N + i] = item("marker3", i);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/channels.json"));
    for (size_t i = 0; i < N; i++) {
        treatment[i] = item("a", i);
        outcome[i] = item("y", i);
        covariate[i] = item("x", i);
        covariate[N + i] = item("site", i);
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
        cmocka_unit_test(every_marker_by_itself_agrees_with_lm),
        cmocka_unit_test(mean_scores_agree_with_lm),
        cmocka_unit_test(component_scores_agree_with_lm),
        cmocka_unit_test(correction_agrees_with_matrix_algebra),
        cmocka_unit_test(delta_errors_of_the_correction_agree_with_slopes_in_r),
        cmocka_unit_test(delta_errors_of_the_correction_are_near_the_bootstrap),
        cmocka_unit_test(small_samples_agree_with_the_smallest_root),
        cmocka_unit_test(product_intervals_agree_with_integrals_in_r),
        cmocka_unit_test(reliability_one_is_no_correction),
        cmocka_unit_test(uncertain_reliability_widens_the_interval),
        cmocka_unit_test(percentiles_agree_with_a_bootstrap_in_r),
        cmocka_unit_test(monte_carlo_has_the_moments_of_the_product),
        cmocka_unit_test(numbers_do_not_depend_on_threads),
        cmocka_unit_test(wrong_reliabilities_are_refused),
        cmocka_unit_test(too_many_or_dependent_mediators_are_refused),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
