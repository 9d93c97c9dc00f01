#include "support/witness.h"

#include <math.h>

#include <vagus/meta_multilevel.h>

/* Nine studies with one to four effects, made up; study 4 has one. */
enum { N = 22, STUDIES = 9 };
static const double EFFECT[N] = {.21, .35, .10, .80, .92, -.15, .05, -.22, .44, .51, .40,
                                 .63, .02, .12, .33, .70, .55,  .81, .25,  .18, .95, .60};
static const double VARIANCE[N] = {.02, .03, .025, .05, .04, .02,  .018, .03, .01, .012, .02,
                                   .06, .02, .02,  .03, .04, .035, .05,  .02, .03, .08,  .07};
static const size_t STUDY[N] = {0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 5, 6, 6, 6, 6, 7, 7, 8, 8};
static const double YEAR[N] = {3, 3, 3, 7, 7, 1, 1, 1, 4, 4, 4, 6, 2, 2, 8, 8, 8, 8, 5, 5, 9, 9};

static VgMultilevelData base_data(void)
{
    return (VgMultilevelData){
        .y = EFFECT, .v = VARIANCE, .study = STUDY, .n = N, .n_studies = STUDIES};
}

static VgMultilevelFit fit_of(VgArena *arena, const VgMultilevelData *data,
                              const VgMultilevelOptions *options)
{
    VgMultilevelFit fit;
    VgError error = {0};
    WITNESS_OK(vg_multilevel_fit(arena, data, options, &fit, &error), &error);
    return fit;
}

static VgClusterRobust robust_of(VgArena *arena, const VgMultilevelData *data,
                                 const VgMultilevelFit *fit)
{
    VgClusterRobust robust;
    VgError error = {0};
    WITNESS_OK(vg_multilevel_robust(arena, data, fit, VG_CLUSTER_CR2, &robust, &error), &error);
    return robust;
}

static void order_sign_and_scale_change_nothing_else(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMultilevelData data = base_data(), other = data;
    data.sampling_correlation = other.sampling_correlation = .4;
    double y[N], v[N];
    size_t study[N];
    for (size_t i = 0; i < N; i++) {
        size_t from = (7 * i + 3) % N;
        y[i] = -100 * EFFECT[from];
        v[i] = 1e4 * VARIANCE[from];
        study[i] = STUDIES - 1 - STUDY[from];
    }
    other.y = y;
    other.v = v;
    other.study = study;
    VgMultilevelFit a = fit_of(arena, &data, NULL), b = fit_of(arena, &other, NULL);
    witness_close("estimate", b.coefficient[0].estimate, -100 * a.coefficient[0].estimate, 1e-10,
                  0);
    witness_close("se", b.coefficient[0].se, 100 * a.coefficient[0].se, 1e-10, 0);
    witness_close("study", b.study.estimate, 1e4 * a.study.estimate, 1e-9, 0);
    witness_close("effect", b.effect.estimate, 1e4 * a.effect.estimate, 1e-9, 1);
    witness_close("upper", b.study.upper, 1e4 * a.study.upper, 1e-9, 0);
    witness_close("i2", b.study.i2, a.study.i2, 1e-9, 0);
    witness_close("lrt", b.study.lrt, a.study.lrt, 1e-9, 1);
    VgClusterRobust ra = robust_of(arena, &data, &a), rb = robust_of(arena, &other, &b);
    witness_close("robust se", rb.coefficient[0].se, 100 * ra.coefficient[0].se, 1e-10, 0);
    witness_close("robust df", rb.coefficient[0].df, ra.coefficient[0].df, 1e-9, 0);
    vg_arena_destroy(arena);
}

/* The same V as matrices goes through rotation instead of a rank-one update. */
static void a_given_covariance_is_the_constant_correlation(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double rho = .55;
    double x[2 * N];
    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        x[N + i] = YEAR[i] + .1 * (double)(i % 3);
    }
    VgMultilevelData constant = base_data();
    constant.x = (VgMatrix){x, N, 2, N};
    VgMultilevelData given = constant;
    constant.sampling_correlation = rho;
    const double *block[STUDIES];
    for (size_t s = 0; s < STUDIES; s++) {
        size_t row[N], m = 0;
        for (size_t i = 0; i < N; i++)
            if (STUDY[i] == s)
                row[m++] = i;
        double *v = VG_NEW(arena, double, m *m);
        for (size_t a = 0; a < m; a++)
            for (size_t b = 0; b < m; b++)
                v[a + b * m] =
                    a == b ? VARIANCE[row[a]] : rho * sqrt(VARIANCE[row[a]] * VARIANCE[row[b]]);
        block[s] = m > 1 ? v : NULL;
    }
    given.block = block;
    VgMultilevelFit a = fit_of(arena, &constant, NULL), b = fit_of(arena, &given, NULL);
    witness_close("log-likelihood", b.loglik, a.loglik, 1e-12, 1);
    witness_close("study", b.study.estimate, a.study.estimate, 1e-9, 1e-3);
    witness_close("effect", b.effect.estimate, a.effect.estimate, 1e-9, 1e-3);
    witness_close("q", b.q, a.q, 1e-11, 0);
    witness_close("typical", b.typical_variance, a.typical_variance, 1e-11, 0);
    VgClusterRobust ra = robust_of(arena, &constant, &a), rb = robust_of(arena, &given, &b);
    for (size_t j = 0; j < 2; j++) {
        witness_close("se", b.coefficient[j].se, a.coefficient[j].se, 1e-10, 0);
        witness_close("robust se", rb.coefficient[j].se, ra.coefficient[j].se, 1e-10, 0);
        witness_close("robust df", rb.coefficient[j].df, ra.coefficient[j].df, 1e-9, 0);
    }
    witness_close("moderators", b.moderators.statistic, a.moderators.statistic, 1e-9, 0);
    witness_close("one moderator", a.moderators.statistic,
                  a.coefficient[1].statistic * a.coefficient[1].statistic, 1e-12, 0);
    vg_arena_destroy(arena);
}

/* A shift of a moderator is absorbed by the intercept, even a large one (years). */
static void a_shifted_moderator_has_the_same_slope(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double near[2 * N], far[2 * N];
    for (size_t i = 0; i < N; i++) {
        near[i] = far[i] = 1;
        near[N + i] = YEAR[i];
        far[N + i] = YEAR[i] + 2010;
    }
    VgMultilevelData a = base_data(), b = base_data();
    a.x = (VgMatrix){near, N, 2, N};
    b.x = (VgMatrix){far, N, 2, N};
    VgMultilevelFit fa = fit_of(arena, &a, NULL), fb = fit_of(arena, &b, NULL);
    witness_close("slope", fb.coefficient[1].estimate, fa.coefficient[1].estimate, 1e-9, 0);
    witness_close("se", fb.coefficient[1].se, fa.coefficient[1].se, 1e-9, 0);
    /* log|X'X| does not change under a shift, so neither does the likelihood */
    witness_close("log-likelihood", fb.loglik, fa.loglik, 1e-11, 1);
    witness_close("intercept", fb.coefficient[0].estimate + 2010 * fb.coefficient[1].estimate,
                  fa.coefficient[0].estimate, 1e-8, 0.1);
    vg_arena_destroy(arena);
}

static void gradient_is_zero_at_the_optimum_and_the_profile_falls_by_its_quantile(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMultilevelData data = base_data();
    double v[N]; /* small enough for both components to be positive */
    for (size_t i = 0; i < N; i++)
        v[i] = .1 * VARIANCE[i];
    data.v = v;
    VgMultilevelFit fit = fit_of(arena, &data, NULL);
    assert_true(fit.effect.estimate > 0);
    assert_true(fabs(fit.gradient[0]) < 1e-8 && fabs(fit.gradient[1]) < 1e-8);
    assert_true(fit.study.lower < fit.study.estimate && fit.study.estimate < fit.study.upper);
    VgMultilevelOptions held = {
        .fix_study = true, .sigma2_study = fit.study.upper, .no_intervals = true};
    VgMultilevelFit at = fit_of(arena, &data, &held);
    witness_close("drop", 2 * (fit.loglik - at.loglik), 3.841458820694124, 1e-9, 0);
    held.sigma2_study = fit.study.lower;
    at = fit_of(arena, &data, &held);
    witness_close("drop", 2 * (fit.loglik - at.loglik), 3.841458820694124, 1e-9, 0);
    held.sigma2_study = 0;
    at = fit_of(arena, &data, &held);
    witness_close("lrt", fit.study.lrt, 2 * (fit.loglik - at.loglik), 1e-10, 0);
    assert_true(isnan(at.study.se));
    vg_arena_destroy(arena);
}

static void effects_alike_within_studies_are_at_the_boundary(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double y[N];
    for (size_t i = 0; i < N; i++)
        y[i] = .1 * (double)STUDY[i] + .01 * (double)(i % 2);
    VgMultilevelData data = base_data();
    data.y = y;
    VgMultilevelFit fit = fit_of(arena, &data, NULL);
    assert_true(fit.effect.at_boundary);
    assert_true(fit.effect.estimate == 0 && fit.effect.lower == 0 && isnan(fit.effect.se));
    assert_true(fit.effect.lrt == 0 && fit.effect.lrt_p == 1);
    assert_true(fit.gradient[1] < 0);
    assert_false(fit.study.at_boundary);
    vg_arena_destroy(arena);
}

static void leaving_a_study_out_is_a_fit_without_it(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMultilevelData data = base_data();
    VgMultilevelLeftOut out[STUDIES];
    VgError error = {0};
    WITNESS_OK(vg_multilevel_leave_one_out(arena, &data, NULL, out, &error), &error);
    VgMultilevelData rest = data; /* without study 8, the last two rows */
    rest.n = N - 2;
    rest.n_studies = STUDIES - 1;
    VgMultilevelFit fit = fit_of(arena, &rest, NULL);
    assert_int_equal(out[8].n, N - 2);
    witness_close("estimate", out[8].coefficient.estimate, fit.coefficient[0].estimate, 1e-12, 0);
    witness_close("study", out[8].sigma2_study, fit.study.estimate, 1e-12, 0);
    rest.y = EFFECT + 3; /* without study 0 */
    rest.v = VARIANCE + 3;
    size_t study[N];
    for (size_t i = 3; i < N; i++)
        study[i - 3] = STUDY[i] - 1;
    rest.study = study;
    rest.n = N - 3;
    fit = fit_of(arena, &rest, NULL);
    witness_close("estimate", out[0].coefficient.estimate, fit.coefficient[0].estimate, 1e-12, 0);
    witness_close("upper", out[0].coefficient.upper, fit.coefficient[0].upper, 1e-12, 0);
    vg_arena_destroy(arena);
}

/* Two effects in each study and one sampling variance: REML is the analysis of variance, σ²_effect + v = MSW and
 * 2σ²_study + σ²_effect + v = MSB, also when v is many orders below them. */
static void balanced_studies_are_an_analysis_of_variance(void **state)
{
    (void)state;
    enum { PAIRS = 8 };
    static const double value[2 * PAIRS] = {1.2, 1.9, -.4, .3, 2.8, 2.1, .6,  -.1,
                                            3.3, 2.5, 1.1, .2, -.9, .2,  1.7, 2.2};
    double grand = 0, between = 0, within = 0, v[2 * PAIRS];
    size_t study[2 * PAIRS];
    for (size_t i = 0; i < 2 * PAIRS; i++)
        grand += value[i] / (2 * PAIRS);
    for (size_t s = 0; s < PAIRS; s++) {
        double mean = .5 * (value[2 * s] + value[2 * s + 1]), d = value[2 * s] - value[2 * s + 1];
        between += 2 * (mean - grand) * (mean - grand) / (PAIRS - 1);
        within += .5 * d * d / PAIRS;
        study[2 * s] = study[2 * s + 1] = s;
    }
    for (double variance = .1; variance > 1e-13; variance *= 1e-4) {
        VgArena *arena = vg_arena_create();
        for (size_t i = 0; i < 2 * PAIRS; i++)
            v[i] = variance;
        VgMultilevelData data = {
            .y = value, .v = v, .study = study, .n = 2 * PAIRS, .n_studies = PAIRS};
        VgMultilevelFit fit = fit_of(arena, &data, NULL);
        witness_close("within", fit.effect.estimate, within - variance, 1e-10, 0);
        witness_close("between", fit.study.estimate, .5 * (between - within), 1e-10, 0);
        witness_close("se", fit.coefficient[0].se, sqrt(between / (2 * PAIRS)), 1e-10, 0);
        vg_arena_destroy(arena);
    }
}

static VgStatus status_of(const VgMultilevelData *data, const VgMultilevelOptions *options,
                          VgError *error)
{
    VgArena *arena = vg_arena_create();
    VgMultilevelFit fit;
    VgStatus status = vg_multilevel_fit(arena, data, options, &fit, error);
    vg_arena_destroy(arena);
    return status;
}

static void what_cannot_be_had_is_refused(void **state)
{
    (void)state;
    VgError error = {0};
    size_t own[N];
    double v[N], x[2 * N];
    for (size_t i = 0; i < N; i++) {
        own[i] = i;
        v[i] = VARIANCE[i];
        x[i] = 1;
        x[N + i] = 3;
    }
    VgMultilevelData data = base_data();
    data.study = own;
    data.n_studies = N;
    assert_int_equal(status_of(&data, NULL, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "one effect"));
    VgMultilevelOptions no_effect_level = {.fix_effect = true};
    assert_int_equal(status_of(&data, &no_effect_level, &error), VG_OK);
    data = base_data();
    v[5] = 0;
    data.v = v;
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    data = base_data();
    data.n_studies = 10; /* the tenth has none */
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    data = base_data();
    data.n_studies = 8; /* an index out of range */
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    data = base_data();
    data.x = (VgMatrix){x, N, 2, N};
    assert_int_equal(status_of(&data, NULL, &error), VG_NOT_ESTIMABLE);
    data = base_data();
    data.sampling_correlation = 1;
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    const double singular[4] = {.05, .044721359549995794, .044721359549995794, .04},
                 wrong[4] = {.07, 0, 0, .04};
    const double *block[STUDIES] = {NULL, singular};
    data = base_data();
    data.block = block;
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "positive definite"));
    block[1] = wrong;
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "diagonal"));
    static const size_t zeros[N] = {0};
    data = base_data();
    data.study = zeros;
    data.n_studies = 1;
    assert_int_equal(status_of(&data, NULL, &error), VG_NOT_ESTIMABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_sign_and_scale_change_nothing_else),
        cmocka_unit_test(a_given_covariance_is_the_constant_correlation),
        cmocka_unit_test(a_shifted_moderator_has_the_same_slope),
        cmocka_unit_test(gradient_is_zero_at_the_optimum_and_the_profile_falls_by_its_quantile),
        cmocka_unit_test(effects_alike_within_studies_are_at_the_boundary),
        cmocka_unit_test(balanced_studies_are_an_analysis_of_variance),
        cmocka_unit_test(leaving_a_study_out_is_a_fit_without_it),
        cmocka_unit_test(what_cannot_be_had_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
