/* Mediation on arrays: resamples by cross-products are refits, nothing depends on units, row order or
 * threads, identities hold, and integration is exact where the answer is known. */
#include "support/witness.h"

#include <math.h>

#include "mechanism/mediation_internal.h"
#include "numeric/random.h"

enum { N = 80, Q = 2 };
static VgArena *arena;
static VgError error;
static double treatment[N], mediator[N], outcome[N], covariate[N * Q];
static int32_t cluster[N];

static void make_data(void)
{
    VgRandom random = vg_random_start(11, VG_STREAM_TEST, 0, 0);
    for (int i = 0; i < N; i++) {
        treatment[i] = i % 2;
        covariate[i] = vg_random_normal(&random);
        covariate[N + i] = i % 3 == 0;
        mediator[i] = 0.6 * treatment[i] + 0.4 * covariate[i] + vg_random_normal(&random);
        outcome[i] = 0.3 * treatment[i] + 0.5 * mediator[i] + 0.2 * treatment[i] * mediator[i] -
                     0.3 * covariate[i] + vg_random_normal(&random);
        cluster[i] = i / 4;
    }
}

static VgMediationData plain(void)
{
    return (VgMediationData){.n = N,
                             .treatment = treatment,
                             .mediator = mediator,
                             .outcome = outcome,
                             .covariates = {covariate, N, Q, N}};
}

static VgMediation fit(VgMediationData data, VgMediationOptions options)
{
    VgMediation out;
    WITNESS_OK(vg_mediation_fit(arena, &data, &options, &out, &error), &error);
    return out;
}

/* One weighted cross-product and two sweeps give what two regressions of the resample give. */
static void a_resample_by_cross_products_is_a_refit(void **state)
{
    (void)state;
    for (int interaction = 0; interaction < 2; interaction++) {
        VgMediationData data = plain();
        VgMediationOptions options = {.interaction = interaction};
        VgMediationProblem problem;
        VgMediationFitted fitted;
        WITNESS_OK(vg_mediation_prepare(arena, &data, &options, &problem, &error), &error);
        double count[N], s[400], whole[20], fast[VG_EFFECT_COUNT], slow[VG_EFFECT_COUNT];
        double extra[VG_EXTRA_COUNT];
        for (int i = 0; i < N; i++)
            count[i] = (i * 7 % 5) % 3;
        WITNESS_OK(vg_mediation_models(arena, &problem, count, count, NULL, false, &fitted, &error),
                   &error);
        vg_mediation_effects(&problem, fitted.theta, count, 1e-14, slow);
        vg_cross_products_counted(&problem.equations, count, s);
        assert_true(vg_mediation_linear(&problem, s, whole, fast, extra));
        for (size_t k = 0; k < VG_EFFECT_COUNT; k++)
            witness_close("effect", fast[k], slow[k], 1e-11, 0);
        witness_close("alpha", extra[VG_EXTRA_ALPHA], fitted.theta[problem.layout.alpha + 1], 1e-11,
                      0);
    }
}

/* Several mediators and outcomes: the same sweeps give each regression. */
static void cross_products_serve_many_equations(void **state)
{
    (void)state;
    double mediators[2 * N], outcomes[2 * N];
    for (int i = 0; i < N; i++) {
        mediators[i] = mediator[i];
        mediators[N + i] = mediator[(i + 5) % N] + covariate[i];
        outcomes[i] = outcome[i];
        outcomes[N + i] = outcome[(i + 3) % N] - mediators[N + i];
    }
    VgEquationColumns columns = {.n = N,
                                 .treatment = treatment,
                                 .covariates = {covariate, N, Q, N},
                                 .mediators = {mediators, N, 2, N},
                                 .outcomes = {outcomes, N, 2, N}};
    VgEquations e;
    WITNESS_OK(vg_equations_build(arena, &columns, &e, &error), &error);
    double s[400], whole[20], ones[N], x[N * 6];
    for (int i = 0; i < N; i++) {
        ones[i] = x[i] = 1;
        x[N + i] = treatment[i];
        memcpy(x + 2 * N, covariate, sizeof covariate);
        memcpy(x + 4 * N, mediators, sizeof mediators);
    }
    vg_cross_products_counted(&e, ones, s);
    vg_diagonal(&e, s, whole);
    assert_true(vg_sweep(&e, 0, vg_outcome_column(&e, 0), whole, s));
    for (size_t j = 0; j < 2; j++) {
        VgGlmData data = {.x = {x, N, 6, N}, .y = outcomes + j * N};
        VgGlmFit glm;
        WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){0}, &glm, &error), &error);
        size_t y = vg_outcome_column(&e, j);
        for (size_t k = 1; k < 6; k++)
            witness_close("coefficient", s[k * e.width + y] * e.scale[y] / e.scale[k], glm.beta[k],
                          1e-11, 1e-3);
        witness_close("residual", s[y * e.width + y] * e.scale[y] * e.scale[y], glm.deviance, 1e-11,
                      0);
    }
}

static void check_same(const VgMediation *a, const VgMediation *b, double factor, double relative)
{
    for (size_t k = 0; k < VG_EFFECT_PROPORTION_CONTROL; k++) {
        witness_close("estimate", b->effect[k].estimate, factor * a->effect[k].estimate, relative,
                      0);
        witness_close("lower", b->effect[k].lower, factor * a->effect[k].lower, relative, 0);
        witness_close("p", b->effect[k].p, a->effect[k].p, relative, 1e-6);
    }
    for (size_t k = VG_EFFECT_PROPORTION_CONTROL; k < VG_EFFECT_COUNT; k++)
        witness_close("share", b->effect[k].estimate, a->effect[k].estimate, relative, 0);
    witness_close("rho", b->sensitivity.rho_at_zero[2], a->sensitivity.rho_at_zero[2], relative, 0);
    witness_close("E", b->sensitivity.e_value[2], a->sensitivity.e_value[2], relative, 0);
}

static void units_do_not_matter(void **state)
{
    (void)state;
    static const VgMediationInterval INTERVAL[] = {VG_MEDIATION_DELTA, VG_MEDIATION_PERCENTILE,
                                                   VG_MEDIATION_BCA};
    double m[N], y[N], c[N * Q];
    for (int i = 0; i < N; i++) {
        m[i] = 1000 * mediator[i] + 5e4;
        y[i] = 1000 * outcome[i] - 3e5;
        c[i] = 1e-3 * covariate[i] + 7;
        c[N + i] = covariate[N + i];
    }
    for (int k = 0; k < 3; k++) {
        VgMediationOptions options = {.interval = INTERVAL[k], .draws = 400, .interaction = true};
        VgMediation a = fit(plain(), options);
        VgMediationData data = plain();
        data.mediator = m;
        data.outcome = y;
        data.covariates.data = c;
        VgMediation b = fit(data, options);
        check_same(&a, &b, 1000, 1e-7);
    }
}

static void rows_and_arms_may_change_places(void **state)
{
    (void)state;
    double t[N], m[N], y[N], c[N * Q];
    for (int i = 0; i < N; i++) {
        int from = (i * 37 + 11) % N;
        t[i] = 1 - treatment[from];
        m[i] = mediator[from];
        y[i] = outcome[from];
        c[i] = covariate[from];
        c[N + i] = covariate[N + from];
    }
    VgMediationOptions options = {.interval = VG_MEDIATION_DELTA, .interaction = true};
    VgMediationData data = {
        .n = N, .treatment = t, .mediator = m, .outcome = y, .covariates = {c, N, Q, N}};
    VgMediation a = fit(plain(), options), b = fit(data, options);
    witness_close("total", b.effect[VG_EFFECT_TOTAL].estimate, -a.effect[VG_EFFECT_TOTAL].estimate,
                  1e-10, 0);
    witness_close("indirect", b.effect[VG_EFFECT_INDIRECT_TREATED].estimate,
                  -a.effect[VG_EFFECT_INDIRECT_CONTROL].estimate, 1e-10, 0);
    witness_close("direct", b.effect[VG_EFFECT_DIRECT_CONTROL].estimate,
                  -a.effect[VG_EFFECT_DIRECT_TREATED].estimate, 1e-10, 0);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    static const VgMediationModel MODEL[] = {VG_MEDIATION_LINEAR, VG_MEDIATION_LOGISTIC,
                                             VG_MEDIATION_MIXED};
    double event[N];
    for (int i = 0; i < N; i++)
        event[i] = outcome[i] > 0.3;
    for (int k = 0; k < 3; k++)
        for (int interval = 0; interval < VG_MEDIATION_INTERVAL_COUNT; interval++) {
            if (k == 1 && interval == VG_MEDIATION_MONTE_CARLO)
                continue;
            VgMediationData data = plain();
            VgMediationOptions options = {.interval = (VgMediationInterval)interval,
                                          .draws = 60,
                                          .outcome_model = MODEL[k],
                                          .threads = 1};
            if (k == 1)
                data.outcome = event;
            data.cluster = cluster;
            data.n_clusters = N / 4;
            VgMediation one = fit(data, options);
            options.threads = 2;
            VgMediation two = fit(data, options);
            assert_memory_equal(one.effect, two.effect,
                                one.n_outputs * VG_EFFECT_COUNT * sizeof *one.effect);
        }
}

/* With slope 0 the mediator does nothing; a probit by integration of a nearly flat logit is known; and effects
 * always add up. */
static void effects_add_up_in_every_pair_of_models(void **state)
{
    (void)state;
    double event[N], high[N], grade[N];
    for (int i = 0; i < N; i++) {
        event[i] = outcome[i] > 0.3;
        high[i] = mediator[i] > 0.4;
        grade[i] = 1 + (outcome[i] > 0) + (outcome[i] > 0.9);
    }
    for (int m = 0; m < 3; m++)
        for (int y = 0; y < 4; y++) {
            VgMediationData data = plain();
            data.mediator = m ? high : mediator;
            data.outcome = y == 0 ? outcome : y == 3 ? grade : event;
            data.n_categories = 3;
            VgMediationOptions options = {.interval = VG_MEDIATION_DELTA,
                                          .mediator_model = (VgMediationModel)m,
                                          .outcome_model = (VgMediationModel)y,
                                          .interaction = m == 1};
            VgMediation out = fit(data, options);
            double sum = 0, mean = 0;
            for (size_t r = 0; r < out.n_outputs; r++) {
                const VgMediationEstimate *e = out.effect + r * VG_EFFECT_COUNT;
                witness_close("sum",
                              e[VG_EFFECT_INDIRECT_TREATED].estimate +
                                  e[VG_EFFECT_DIRECT_CONTROL].estimate,
                              e[VG_EFFECT_TOTAL].estimate, 1e-12, 1e-3);
                witness_close("sum",
                              e[VG_EFFECT_INDIRECT_AVERAGE].estimate +
                                  e[VG_EFFECT_DIRECT_AVERAGE].estimate,
                              e[VG_EFFECT_TOTAL].estimate, 1e-12, 1e-3);
                sum += r > 0 ? e[VG_EFFECT_TOTAL].estimate : 0;
                mean += (double)r * e[VG_EFFECT_TOTAL].estimate;
            }
            if (y == 3) { /* probabilities change by 0 in all, and their mean is the first output */
                assert_true(fabs(sum) < 1e-12);
                witness_close("mean category", mean, out.effect[VG_EFFECT_TOTAL].estimate, 1e-10,
                              0);
            }
        }
}

/* METHODS 4.5: with a true correlation of errors of 0.36 the curve at 0.36 is the true effect 0.2. */
static void rho_recovers_the_effect_under_confounding(void **state)
{
    (void)state;
    enum { MANY = 200000 };
    double *t = VG_NEW(arena, double, 3 * MANY), *m = t + MANY, *y = m + MANY;
    assert_non_null(t);
    VgRandom random = vg_random_start(5, VG_STREAM_TEST, 1, 0);
    double root = sqrt(1 - 0.35 * 0.35);
    for (int i = 0; i < MANY; i++) {
        double e = vg_random_normal(&random), f = 0.35 * e + root * vg_random_normal(&random);
        t[i] = i % 2;
        m[i] = 0.5 * t[i] + e;
        y[i] = 0.3 * t[i] + 0.4 * m[i] + f;
    }
    VgMediationData data = {.n = MANY, .treatment = t, .mediator = m, .outcome = y};
    VgMediation out = fit(data, (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    size_t at = 26; /* rho 0.35 */
    witness_close("rho", out.sensitivity.rho[at], 0.35, 1e-12, 0);
    assert_true(fabs(out.sensitivity.estimate[3 * at] - 0.2) < 4 * 0.003);
    assert_true(out.effect[VG_EFFECT_INDIRECT_AVERAGE].estimate > 0.35);
}

static void proportions_are_shown_only_where_they_mean_something(void **state)
{
    (void)state;
    double y[N];
    for (int i = 0; i < N; i++) /* total near nought */
        y[i] = outcome[i] - 0.7 * treatment[i];
    VgMediationData data = plain();
    data.outcome = y;
    VgMediation out = fit(data, (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    assert_false(out.effect[VG_EFFECT_PROPORTION_AVERAGE].shown);
    for (int i = 0; i < N; i++) /* certain, but the other way */
        y[i] = outcome[i] - 9 * treatment[i];
    out = fit(data, (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    assert_true(out.effect[VG_EFFECT_TOTAL].upper < 0);
    assert_false(out.effect[VG_EFFECT_PROPORTION_AVERAGE].shown);
    for (int i = 0; i < N; i++)
        y[i] = outcome[i] + 9 * treatment[i];
    out = fit(data, (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    assert_true(out.effect[VG_EFFECT_PROPORTION_AVERAGE].shown);
}

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    make_data();
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resample_by_cross_products_is_a_refit),
        cmocka_unit_test(cross_products_serve_many_equations),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(rows_and_arms_may_change_places),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(effects_add_up_in_every_pair_of_models),
        cmocka_unit_test(rho_recovers_the_effect_under_confounding),
        cmocka_unit_test(proportions_are_shown_only_where_they_mean_something),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
