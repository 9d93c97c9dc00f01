/* Mediation on R mediation's own examples: point estimates, delta-method errors and sensitivity against
 * lm, glm, polr, lmer, integrate, numDeriv and medsens (mediation.R → mediation.json, 1e-8); draws against mediate()'s
 * own within Monte Carlo error (mediation_draws.R → mediation_draws.json). */
#include "support/witness.h"

#include <math.h>

#include <vagus/mediation.h>

static VgArena *arena;
static VgError error;
static json_t *witness, *drawn;
static VgTable *jobs, *framing, *student;

static const char JOBS[] = "depress1 + econ_hard + sex + age";
static const char FRAMING[] = "age + educ + gender + income";

/* One analysis; data NULL = jobs. */
typedef struct Case {
    const char *name; /* in mediation.json */
    VgTable **table;
    const char *mediator, *outcome, *covariates, *cluster;
    VgMediationModel m, y;
    bool interaction;
} Case;

static const Case CASES[] = {
    {"linear", &jobs, "job_seek", "depress2", JOBS, NULL, 0, 0, false},
    {"linear_interaction", &jobs, "job_seek", "depress2", JOBS, NULL, 0, 0, true},
    {"linear_logit", &jobs, "job_seek", "work1", JOBS, NULL, 0, VG_MEDIATION_LOGISTIC, false},
    {"linear_logit_interaction", &jobs, "job_seek", "work1", JOBS, NULL, 0, VG_MEDIATION_LOGISTIC,
     true},
    {"probit_linear_interaction", &jobs, "job_dich", "depress2", JOBS, NULL, VG_MEDIATION_PROBIT, 0,
     true},
    {"logit_linear", &jobs, "job_dich", "depress2", JOBS, NULL, VG_MEDIATION_LOGISTIC, 0, false},
    {"logit_probit", &jobs, "job_dich", "work1", JOBS, NULL, VG_MEDIATION_LOGISTIC,
     VG_MEDIATION_PROBIT, false},
    {"framing_probit", &framing, "emo", "cong_mesg", FRAMING, NULL, 0, VG_MEDIATION_PROBIT, false},
    {"framing_probit_interaction", &framing, "emo", "cong_mesg", FRAMING, NULL, 0,
     VG_MEDIATION_PROBIT, true},
    {"linear_ordinal", &jobs, "depress2", "job_disc", "econ_hard + sex + age", NULL, 0,
     VG_MEDIATION_ORDINAL, false},
    {"mixed", &student, "score", "late", "gender + income + pared", "SCH_ID", VG_MEDIATION_MIXED,
     VG_MEDIATION_MIXED, false},
};
enum { N_CASES = sizeof CASES / sizeof *CASES };

/* R codes work1 == "psyemp" as 1; sorted, psyump is: the sign of all effects is the other. */
static double sign_of(const Case *c)
{
    return strcmp(c->outcome, "work1") == 0 ? -1 : 1;
}

static VgMediation run(const Case *c, VgMediationOptions options)
{
    VgMediationColumns columns = {.treatment = strcmp(c->name, "mixed") == 0 ? "catholic" : "treat",
                                  .mediator = c->mediator,
                                  .outcome = c->outcome,
                                  .covariates = c->covariates,
                                  .cluster = c->cluster};
    VgMediationTable *table;
    VgMediation fit;
    options.mediator_model = c->m;
    options.outcome_model = c->y;
    options.interaction = c->interaction;
    WITNESS_OK(vg_mediation_table(arena, *c->table, &columns, &options, &table, &error), &error);
    WITNESS_OK(vg_mediation_fit(arena, &table->data, &options, &fit, &error), &error);
    return fit;
}

static const Case *find(const char *name)
{
    for (size_t k = 0; k < N_CASES; k++)
        if (strcmp(CASES[k].name, name) == 0)
            return &CASES[k];
    fail_msg("no case %s", name);
    return NULL;
}

static double item(const json_t *array, size_t k)
{
    assert_true(json_is_array(array) && k < json_array_size(array));
    return json_number_value(json_array_get(array, k));
}

static void effects_agree_with_integration_in_r(void **state)
{
    (void)state;
    for (size_t c = 0; c < N_CASES; c++) {
        VgMediation fit = run(&CASES[c], (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
        const json_t *expected = witness_at(witness, CASES[c].name);
        const json_t *effect = json_object_get(expected, "effect");
        const json_t *se = json_object_get(expected, "delta_se");
        assert_int_equal(json_array_size(effect), fit.n_outputs * VG_EFFECT_COUNT);
        for (size_t k = 0; k < fit.n_outputs * VG_EFFECT_COUNT; k++) {
            bool share = k % VG_EFFECT_COUNT >= VG_EFFECT_PROPORTION_CONTROL;
            double sign = share ? 1 : sign_of(&CASES[c]);
            witness_close(CASES[c].name, sign * fit.effect[k].estimate, item(effect, k), 1e-8,
                          1e-3);
            if (se) /* numDeriv's own error is 1e-8 of a slope */
                witness_close(CASES[c].name, fit.effect[k].se, item(se, k), 1e-6, 1e-4);
        }
    }
}

static void arrows_agree_with_the_models(void **state)
{
    (void)state;
    for (size_t c = 0; c < N_CASES; c++) {
        const json_t *expected = witness_at(witness, CASES[c].name);
        const json_t *alpha = json_object_get(expected, "alpha");
        const json_t *beta = json_object_get(expected, "beta");
        if (!alpha)
            continue;
        VgMediation fit = run(&CASES[c], (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
        /* lmer's optimiser stops at about 1e-6 of its standard errors */
        double close = strcmp(CASES[c].name, "mixed") == 0 ? 1e-6 : 1e-8;
        witness_close("alpha", fit.arrow.treatment_mediator.estimate, item(alpha, 0), 1e-8, 1e-2);
        witness_close("alpha se", fit.arrow.treatment_mediator.se, item(alpha, 1), close, 0);
        witness_close("beta", sign_of(&CASES[c]) * fit.arrow.mediator_outcome[0].estimate,
                      item(beta, 0), 1e-8, 1e-2);
        witness_close("beta se", fit.arrow.mediator_outcome[0].se, item(beta, 1), close, 0);
    }
}

/* ---- sensitivity ---- */

/* Our grid has steps of 0.05 from −0.95, medsens's 0.1 from −0.9. */
static size_t grid_place(double rho)
{
    return (size_t)lround((rho + 0.95) / 0.05);
}

static void rho_agrees_with_medsens(void **state)
{
    (void)state;
    VgMediation fit = run(find("linear"), (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    const json_t *s = witness_at(witness, "medsens_linear");
    const json_t *rho = json_object_get(s, "rho"), *estimate = json_object_get(s, "estimate");
    for (size_t k = 0; k < json_array_size(rho); k++) {
        size_t at = grid_place(item(rho, k));
        witness_close("rho", fit.sensitivity.rho[at], item(rho, k), 1e-12, 1);
        witness_close("indirect(rho)", fit.sensitivity.estimate[3 * at], item(estimate, k), 1e-8,
                      1e-3);
    }
    /* medsens reports the point of its grid next to the zero */
    assert_true(fabs(fit.sensitivity.rho_at_zero[0] - item(json_object_get(s, "err_cr"), 0)) <=
                0.05);
    const json_t *r2 = json_object_get(s, "r2");
    witness_close("R2 of the mediator", fit.r2_mediator, item(r2, 0), 1e-8, 0);
    witness_close("R2 of the outcome", fit.r2_outcome, item(r2, 1), 1e-8, 0);
    /* its error at rho 0 has n − 1 where ours has the residual df */
    double half = item(json_object_get(s, "half_at_zero"), 0), z = 1.959963984540054;
    const VgInference *a = &fit.arrow.treatment_mediator, *b = &fit.arrow.mediator_outcome[0];
    double n = (double)fit.n;
    double medsens = z * sqrt(pow(a->estimate * b->se, 2) * b->df / (n - 1) +
                              pow(b->estimate * a->se, 2) * a->df / (n - 1));
    witness_close("medsens error at 0", medsens, half, 1e-8, 0);
}

static void rho_with_interaction_agrees_with_medsens(void **state)
{
    (void)state;
    VgMediation fit =
        run(find("linear_interaction"), (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    const json_t *s = witness_at(witness, "medsens_interaction");
    const json_t *rho = json_object_get(s, "rho");
    for (size_t k = 0; k < json_array_size(rho); k++) {
        size_t at = grid_place(item(rho, k));
        witness_close("control", fit.sensitivity.estimate[3 * at],
                      item(json_object_get(s, "control"), k), 1e-8, 1e-3);
        witness_close("treated", fit.sensitivity.estimate[3 * at + 1],
                      item(json_object_get(s, "treated"), k), 1e-8, 1e-3);
    }
}

static void rho_of_a_probit_outcome_agrees_with_the_formulas(void **state)
{
    (void)state;
    VgMediation fit =
        run(find("framing_probit"), (VgMediationOptions){.interval = VG_MEDIATION_DELTA});
    const json_t *s = witness_at(witness, "sens_probit"), *rho = json_object_get(s, "rho");
    for (size_t k = 0; k < json_array_size(rho); k++) {
        size_t at = grid_place(item(rho, k));
        witness_close("control", fit.sensitivity.estimate[3 * at],
                      item(json_object_get(s, "control"), k), 1e-8, 1e-2);
        witness_close("treated", fit.sensitivity.estimate[3 * at + 1],
                      item(json_object_get(s, "treated"), k), 1e-8, 1e-2);
    }
    witness_close("zero", fit.sensitivity.rho_at_zero[0], item(json_object_get(s, "zero"), 0), 1e-8,
                  0);
    /* without confounding the curve passes through the effect itself; medsens's does not */
    for (size_t a = 0; a < 2; a++)
        witness_close("rho 0", fit.sensitivity.estimate[3 * grid_place(0) + a],
                      fit.effect[VG_EFFECT_INDIRECT_CONTROL + a].estimate, 1e-10, 0);
    double theirs = item(json_object_get(s, "medsens_at_zero"), 0);
    assert_true(fabs(theirs / fit.effect[VG_EFFECT_INDIRECT_CONTROL].estimate - 1) > 0.01);
}

static void e_values_agree_with_the_formula(void **state)
{
    (void)state;
    VgMediation fit =
        run(find("linear"), (VgMediationOptions){.interval = VG_MEDIATION_DELTA, .level = 0.95});
    const json_t *e = witness_at(witness, "e_value");
    witness_close("E", fit.sensitivity.e_value[0], item(json_object_get(e, "estimate"), 0), 1e-8,
                  0);
    witness_close("E limit", fit.sensitivity.e_value_limit[0], item(json_object_get(e, "limit"), 0),
                  1e-8, 0);
}

/* ---- draws ---- */

/* |ours − theirs| <= 3 Monte Carlo errors */
static void within(const char *name, const char *what, size_t k, double ours, double theirs,
                   double mc_error)
{
    if (fabs(ours - theirs) > 3 * mc_error)
        fail_msg("%s: %s of effect %zu: %g against %g, Monte Carlo error %g", name, what, k, ours,
                 theirs, mc_error);
}

/* The Monte Carlo error of a 2.5 % quantile is √(p(1−p)/n)/density; a normal's density there is
 * 0.0584/SD: 2.67 SD/√n. That of an SD is about SD/√(2n). */
static void check_draws(const char *name, const VgMediation *fit, bool spread)
{
    static const int ORDER[] = {VG_EFFECT_TOTAL, VG_EFFECT_INDIRECT_CONTROL,
                                VG_EFFECT_INDIRECT_TREATED, VG_EFFECT_DIRECT_CONTROL,
                                VG_EFFECT_DIRECT_TREATED};
    const json_t *r = witness_at(drawn, name);
    double theirs = json_number_value(json_object_get(r, "n")), ours = (double)fit->draws;
    for (size_t k = 0; k < 5; k++) {
        const VgMediationEstimate *e = &fit->effect[ORDER[k]];
        double sd = item(json_object_get(r, "sd"), k), unit = sd * sqrt(1 / theirs + 1 / ours);
        within(name, "mean", k, e->mean, item(json_object_get(r, "mean"), k), unit);
        if (!spread)
            continue;
        within(name, "SD", k, e->se, sd, unit / sqrt(2));
        within(name, "lower", k, e->lower, item(json_object_get(r, "lower"), k), 2.67 * unit);
        within(name, "upper", k, e->upper, item(json_object_get(r, "upper"), k), 2.67 * unit);
    }
}

static void draws_agree_with_mediate(void **state)
{
    (void)state;
    enum { DRAWS = 100000, FEWER = 8000 };
    VgMediationOptions quasi = {.interval = VG_MEDIATION_QUASI_BAYES, .draws = DRAWS, .seed = 7};
    VgMediation fit = run(find("linear_interaction"), quasi);
    check_draws("quasi_linear_interaction", &fit, true);
    quasi.draws = FEWER;
    fit = run(find("framing_probit"), quasi);
    check_draws("quasi_framing_probit", &fit, true);
    /* a binary mediator: mediate draws it for every row, which adds that noise to its spread; the means agree */
    fit = run(find("logit_linear"), quasi);
    check_draws("quasi_logit_linear", &fit, false);
    VgMediationOptions boot = {.draws = DRAWS, .seed = 7};
    fit = run(find("linear_interaction"), boot);
    check_draws("boot_linear_interaction", &fit, true);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/mediation.json"));
    drawn = witness_json(witness_source(arena, "tests/reference/mediation_draws.json"));
    static const struct {
        const char *path;
        VgTable **table;
    } FILES[] = {{"mediation_jobs/jobs.csv", &jobs},
                 {"mediation_framing/framing.csv", &framing},
                 {"mediation_student/student.csv", &student}};
    for (size_t k = 0; k < 3; k++)
        WITNESS_OK(
            vg_table_read(arena, witness_data(arena, FILES[k].path), NULL, FILES[k].table, &error),
            &error);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(witness);
    json_decref(drawn);
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_agree_with_integration_in_r),
        cmocka_unit_test(arrows_agree_with_the_models),
        cmocka_unit_test(rho_agrees_with_medsens),
        cmocka_unit_test(rho_with_interaction_agrees_with_medsens),
        cmocka_unit_test(rho_of_a_probit_outcome_agrees_with_the_formulas),
        cmocka_unit_test(e_values_agree_with_the_formula),
        cmocka_unit_test(draws_agree_with_mediate),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
