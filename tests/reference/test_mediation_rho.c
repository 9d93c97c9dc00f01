/* Curves over rho with a binary mediator or outcome: against R (tests/reference/mediation_rho.R makes mediation_rho.json), and in
 * a large simulated trial with a hidden cause of known strength. */
#include "support/witness.h"

#include <math.h>

#include <vagus/mediation.h>
#include <vagus/table.h>

#include "numeric/random.h"

static VgArena *arena;
static VgError error;
static json_t *witness;

static VgMediation fit_table(const char *file, const char *mediator, const char *outcome,
                             const char *covariates, VgMediationOptions options)
{
    VgTable *table;
    VgTableOptions plain = {0};
    VgMediationColumns columns = {
        .treatment = "treat", .mediator = mediator, .outcome = outcome, .covariates = covariates};
    VgMediationTable *made;
    VgMediation fit;
    WITNESS_OK(vg_table_read(arena, witness_data(arena, file), &plain, &table, &error), &error);
    WITNESS_OK(vg_mediation_table(arena, table, &columns, &options, &made, &error), &error);
    WITNESS_OK(vg_mediation_fit(arena, &made->data, &options, &fit, &error), &error);
    return fit;
}

static size_t grid_place(double rho)
{
    return (size_t)lround((rho + 0.95) / 0.05);
}

static double item(const json_t *array, size_t k)
{
    return json_number_value(json_array_get(array, k));
}

static void check_curve(const VgMediation *fit, const char *name, double relative)
{
    const json_t *expected = witness_at(witness, name), *rho = json_object_get(expected, "rho");
    const VgMediationSensitivity *s = &fit->sensitivity;
    assert_true(s->has_rho && json_array_size(rho) > 0);
    for (size_t k = 0; k < json_array_size(rho); k++) {
        size_t at = 3 * grid_place(item(rho, k));
        witness_close("control", s->estimate[at], item(json_object_get(expected, "control"), k),
                      relative, 1e-2);
        witness_close("treated", s->estimate[at + 1], item(json_object_get(expected, "treated"), k),
                      relative, 1e-2);
        witness_close("average", s->estimate[at + 2], (s->estimate[at] + s->estimate[at + 1]) / 2,
                      1e-12, 1e-6);
    }
    /* without a hidden cause: the effect and, by delta, its interval */
    for (size_t a = 0; a < 3; a++) {
        size_t at = 3 * grid_place(0) + a;
        const VgMediationEstimate *e = &fit->effect[VG_EFFECT_INDIRECT_CONTROL + a];
        witness_close("rho 0", s->estimate[at], e->estimate, 1e-9, 0);
        witness_close("lower at rho 0", s->lower[at], e->lower, 1e-7, 1e-3);
        witness_close("upper at rho 0", s->upper[at], e->upper, 1e-7, 1e-3);
    }
}

static void probit_mediator_agrees_with_iterated_weighted_lm(void **state)
{
    (void)state;
    static const char *const NAME[] = {"probit_linear", "probit_linear_interaction"};
    for (int k = 0; k < 2; k++) {
        VgMediation fit = fit_table("mediation_jobs/jobs.csv", "job_dich", "depress2",
                                    "depress1 + econ_hard + sex + age",
                                    (VgMediationOptions){.mediator_model = VG_MEDIATION_PROBIT,
                                                         .interaction = k == 1,
                                                         .interval = VG_MEDIATION_DELTA});
        check_curve(&fit, NAME[k], 1e-8);
        const json_t *zero = json_object_get(witness_at(witness, NAME[k]), "zero");
        for (size_t a = 0; a < 2; a++)
            witness_close("zero", fit.sensitivity.rho_at_zero[a], item(zero, a), 1e-8, 0);
    }
}

static void probit_outcome_with_an_interaction_agrees_with_integration(void **state)
{
    (void)state;
    VgMediation fit = fit_table("mediation_framing/framing.csv", "emo", "cong_mesg",
                                "age + educ + gender + income",
                                (VgMediationOptions){.outcome_model = VG_MEDIATION_PROBIT,
                                                     .interaction = true,
                                                     .interval = VG_MEDIATION_DELTA});
    check_curve(&fit, "framing_probit_interaction", 1e-8);
    const VgMediationSensitivity *s = &fit.sensitivity;
    assert_true(s->rho_at_zero[2] > fmin(s->rho_at_zero[0], s->rho_at_zero[1]) &&
                s->rho_at_zero[2] < fmax(s->rho_at_zero[0], s->rho_at_zero[1]));
}

/* 10,000 people, errors of mediator and outcome correlated by 0.4: the curve there holds the truth, and at 0 it does not. */
enum { N = 10000 };
static const double RHO = 0.4;

static VgMediation simulate(bool binary_mediator, VgMatrix x, double *t, double *m, double *y)
{
    VgRandom random = vg_random_start(11, VG_STREAM_TEST, binary_mediator, 0);
    for (size_t i = 0; i < N; i++) {
        double of_m = vg_random_normal(&random), own = vg_random_normal(&random);
        double of_y = RHO * of_m + sqrt(1 - RHO * RHO) * own;
        t[i] = (double)(i % 2);
        VG_AT(x, i, 0) = vg_random_normal(&random);
        double latent = 0.6 * t[i] - 0.2 + 0.5 * VG_AT(x, i, 0) + of_m;
        m[i] = binary_mediator ? latent > 0 : latent;
        double outcome = 0.3 * t[i] + (0.5 + 0.2 * t[i]) * m[i] + 0.2 * VG_AT(x, i, 0) + of_y;
        y[i] = binary_mediator ? outcome : outcome > 0;
    }
    VgMediationOptions options = {.interaction = true, .interval = VG_MEDIATION_DELTA};
    if (binary_mediator)
        options.mediator_model = VG_MEDIATION_PROBIT;
    else
        options.outcome_model = VG_MEDIATION_PROBIT;
    VgMediationData data = {.n = N, .treatment = t, .mediator = m, .outcome = y, .covariates = x};
    VgMediation fit;
    WITNESS_OK(vg_mediation_fit(arena, &data, &options, &fit, &error), &error);
    return fit;
}

static double normal(double z)
{
    return 0.5 * erfc(-z / sqrt(2));
}

static void curve_holds_the_truth_at_the_true_rho(void **state)
{
    (void)state;
    double *all = VG_NEW(arena, double, 4 * N);
    assert_non_null(all);
    VgMatrix x = {all, N, 1, N};
    for (int binary = 0; binary < 2; binary++) {
        VgMediation fit = simulate(binary == 1, x, all + N, all + 2 * N, all + 3 * N);
        for (int a = 0; a < 2; a++) {
            double g = 0.5 + 0.2 * a, truth = 0;
            double spread = sqrt(g * g + 2 * g * RHO + 1);
            for (size_t i = 0; i < N; i++) {
                double c = VG_AT(x, i, 0), low = -0.2 + 0.5 * c, high = 0.6 + low;
                double u = 0.3 * a + 0.2 * c;
                truth +=
                    binary ? g * (normal(high) - normal(low)) / N
                           : (normal((u + g * high) / spread) - normal((u + g * low) / spread)) / N;
            }
            size_t true_rho = 3 * grid_place(RHO) + (size_t)a, none = 3 * grid_place(0) + (size_t)a;
            const VgMediationSensitivity *s = &fit.sensitivity;
            assert_true(s->lower[true_rho] < truth && truth < s->upper[true_rho]);
            assert_true(s->upper[true_rho] - s->lower[true_rho] < 0.05);
            assert_true(truth < s->lower[none]);
        }
    }
}

int main(void)
{
    arena = vg_arena_create();
    witness_data(arena, "mediation_jobs/jobs.csv");
    witness = witness_json(witness_source(arena, "tests/reference/mediation_rho.json"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probit_mediator_agrees_with_iterated_weighted_lm),
        cmocka_unit_test(probit_outcome_with_an_interaction_agrees_with_integration),
        cmocka_unit_test(curve_holds_the_truth_at_the_true_rho),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(witness);
    vg_arena_destroy(arena);
    return failed;
}
