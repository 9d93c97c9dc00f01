/* Antidepressant trial (HAM-D17) against R 4.2.2, mmrm 0.3.18, the values in reference.json:
 * mmrm(CHANGE ~ BASVAL * VISIT + THERAPY * VISIT + us(VISIT | PATIENT), method = …), each structure with
 * Satterthwaite, ML, covariance by arm.
 *
 * These references stop where mmrm's default optimiser stops, a little short of the optimum: their −2ℓ lies
 * Δ (some 1e-6) above ours. As −2ℓ is Δ = d'ω⁻¹d around the optimum, their θ is off by up to √Δ standard errors
 * of θ, and a covariance has a relative standard error below 0.3: the comparison allows 1e-6 + 0.3 √Δ, and
 * asserts Δ >= 0. test_mmrm_tight.c compares to 1e-7 with mmrm run to its end. */
#include "support/mmrm_model.h"

#include <math.h>
#include <stdio.h>

static const char FORMULA[] = "CHANGE ~ BASVAL * VISIT + THERAPY * VISIT";

typedef struct Case {
    MmrmModel model, by_arm;
    json_t *reference;
} Case;

static int setup(void **state)
{
    static Case c;
    VgArena *arena = vg_arena_create();
    MmrmSpec spec = {.path = witness_data(arena, "antidepressant_hamd17/antidepressant.csv"),
                     .formula = FORMULA,
                     .subject = "PATIENT",
                     .visit = "VISIT",
                     .arm = "THERAPY",
                     .reference = "PLACEBO"};
    mmrm_model(&c.model, arena, &spec);
    spec.group = "THERAPY";
    mmrm_model(&c.by_arm, arena, &spec);
    c.reference = witness_json(witness_data(arena, "antidepressant_hamd17/reference.json"));
    *state = &c;
    return 0;
}

static int teardown(void **state)
{
    Case *c = *state;
    json_decref(c->reference);
    vg_arena_destroy(c->model.arena);
    return 0;
}

/* Every coefficient: estimate, standard error, df; every covariance; −2ℓ, AIC, BIC. */
static void compare(const MmrmModel *model, const json_t *reference, const char *key,
                    const VgMmrmOptions *options)
{
    VgError error = {0};
    VgMmrmFit fit;
    char path[200];
    WITNESS_OK(vg_mmrm_fit(model->arena, &model->data, options, &fit, &error), &error);
    snprintf(path, sizeof path, "%s/coefficients", key);
    const json_t *rows = witness_at(reference, path);
    snprintf(path, sizeof path, "%s/minus2_logLik", key);
    double delta = witness_number(reference, path) - fit.minus2loglik;
    assert_true(delta >= -1e-8 && delta < 1e-4);
    double stopped = 1e-6 + 0.3 * sqrt(fmax(delta, 0.0));
    assert_int_equal(json_array_size(rows), fit.p);
    for (size_t i = 0; i < fit.p; i++) {
        const json_t *row = json_array_get(rows, i);
        double *contrast = VG_NEW(model->arena, double, fit.p);
        size_t j = mmrm_coefficient(model, json_string_value(json_object_get(row, "term")));
        VgInference out;
        contrast[j] = 1.0;
        WITNESS_OK(vg_mmrm_contrast(&fit, contrast, 0.95, &out, &error), &error);
        snprintf(path, sizeof path, "%s %s", key, model->data.coefficient_label[j]);
        witness_close(path, out.estimate, witness_number(row, "Estimate"), stopped, out.se);
        witness_close(path, out.se, witness_number(row, "Std. Error"), stopped, 0.0);
        witness_close(path, out.df, witness_number(row, "df"), stopped, 0.0);
    }
    snprintf(path, sizeof path, "%s/minus2_logLik", key);
    witness_close(path, fit.minus2loglik, witness_number(reference, path), 1e-8, 0.0);
    if (options->df != VG_DF_SATTERTHWAITE || model->data.group)
        return;
    snprintf(path, sizeof path, "%s/AIC", key);
    witness_close(path, fit.aic, witness_number(reference, path), 1e-8, 0.0);
    snprintf(path, sizeof path, "%s/BIC", key);
    witness_close(path, fit.bic, witness_number(reference, path), 1e-8, 0.0);
    for (size_t a = 0; a < fit.n_visits; a++)
        for (size_t b = 0; b < fit.n_visits; b++) {
            snprintf(path, sizeof path, "%s/covariance/%zu/%zu", key, a, b);
            witness_close(path, VG_AT(fit.sigma[0], a, b), witness_number(reference, path), stopped,
                          0.0);
        }
}

static void df_methods_agree_with_mmrm(void **state)
{
    Case *c = *state;
    static const struct {
        const char *key;
        VgDfMethod df;
        VgSandwich sandwich;
    } methods[] = {{"mmrm_us_Satterthwaite", VG_DF_SATTERTHWAITE, VG_SANDWICH_NONE},
                   {"mmrm_us_Kenward-Roger", VG_DF_KENWARD_ROGER, VG_SANDWICH_NONE},
                   {"mmrm_us_Kenward-Roger-Linear", VG_DF_KENWARD_ROGER_LINEAR, VG_SANDWICH_NONE},
                   {"mmrm_us_Between-Within", VG_DF_BETWEEN_WITHIN, VG_SANDWICH_NONE},
                   /* mmrm's Residual comes with the Empirical (CR0) covariance by default */
                   {"mmrm_us_Residual", VG_DF_RESIDUAL, VG_SANDWICH_CR0}};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        VgMmrmOptions options = {.df = methods[i].df, .sandwich = methods[i].sandwich};
        compare(&c->model, c->reference, methods[i].key, &options);
    }
}

static void structures_agree_with_mmrm(void **state)
{
    Case *c = *state;
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++) {
        char key[80];
        snprintf(key, sizeof key, "mmrm_%s_Satterthwaite", vg_covariance_name((VgCovariance)s));
        VgMmrmOptions options = {.covariance = (VgCovariance)s};
        compare(&c->model, c->reference, key, &options);
        if (s == VG_COVARIANCE_UNSTRUCTURED)
            continue;
        VgError error = {0};
        VgMmrmFit fit;
        options.likelihood = VG_ML;
        snprintf(key, sizeof key, "mmrm_%s_ML_minus2LL", vg_covariance_name((VgCovariance)s));
        WITNESS_OK(vg_mmrm_fit(c->model.arena, &c->model.data, &options, &fit, &error), &error);
        witness_close(key, fit.minus2loglik, witness_number(c->reference, key), 1e-8, 0.0);
    }
}

static void covariance_by_arm_agrees_with_mmrm(void **state)
{
    Case *c = *state;
    VgError error = {0};
    VgMmrmFit fit;
    VgMmrmOptions options = {0};
    compare(&c->by_arm, c->reference, "mmrm_us_by_arm", &options);
    WITNESS_OK(vg_mmrm_fit(c->by_arm.arena, &c->by_arm.data, &options, &fit, &error), &error);
    double stopped =
        1e-6 + 0.3 * sqrt(fmax(witness_number(c->reference, "mmrm_us_by_arm/minus2_logLik") -
                                   fit.minus2loglik,
                               0.0));
    for (size_t g = 0; g < 2; g++)
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 4; b++) {
                char path[80];
                snprintf(path, sizeof path, "mmrm_us_by_arm/covariance/%s/%zu/%zu",
                         c->by_arm.data.group_label[g], a, b);
                witness_close(path, VG_AT(fit.sigma[g], a, b), witness_number(c->reference, path),
                              stopped, 0.0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(df_methods_agree_with_mmrm),
        cmocka_unit_test(structures_agree_with_mmrm),
        cmocka_unit_test(covariance_by_arm_agrees_with_mmrm),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
