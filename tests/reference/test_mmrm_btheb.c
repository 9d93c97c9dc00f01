/* Beat the Blues against R 4.2.2, mmrm 0.3.18, reference.json "mmrm_us_kr": mmrm(bdi ~ bdi.pre + drug + length +
 * treatment * month + us(month | subject), method = "Kenward-Roger"), at mmrm's default stopping point.
 *
 * Its −2ℓ lies Δ above ours, so that its θ is off by up to √Δ standard errors: 1e-6 + 0.3 √Δ, see test_mmrm_hamd17.c. */
#include "support/mmrm_model.h"

#include <math.h>
#include <stdio.h>

/* The reference calls the file's column `month` time. */
static void month_for_time(const char *name, char *term, size_t size)
{
    const char *time = strstr(name, "time");
    if (time)
        snprintf(term, size, "%.*smonth%s", (int)(time - name), name, time + 4);
    else
        snprintf(term, size, "%s", name);
}

static void kenward_roger_agrees_with_mmrm(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    MmrmModel model;
    MmrmSpec spec = {.path = witness_data(arena, "beat_the_blues/btheb_long.csv"),
                     .formula = "bdi ~ bdi.pre + drug + length + treatment * month",
                     .subject = "subject",
                     .visit = "month",
                     .arm = "treatment",
                     .reference = "TAU"};
    mmrm_model(&model, arena, &spec);
    json_t *root = witness_json(witness_data(arena, "beat_the_blues/reference.json"));
    const json_t *expected = witness_at(root, "mmrm_us_kr");
    VgMmrmOptions options = {.df = VG_DF_KENWARD_ROGER};
    VgMmrmFit fit;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_fit(arena, &model.data, &options, &fit, &error), &error);
    double delta = witness_number(expected, "minus2_logLik") - fit.minus2loglik;
    assert_true(delta >= -1e-8 && delta < 1e-4);
    double tolerance = 1e-6 + 0.3 * sqrt(fmax(delta, 0.0));
    witness_close("-2l", fit.minus2loglik, witness_number(expected, "minus2_logLik"), 1e-8, 0.0);
    witness_close("AIC", fit.aic, witness_number(expected, "AIC"), 1e-8, 0.0);
    witness_close("BIC", fit.bic, witness_number(expected, "BIC"), 1e-8, 0.0);
    assert_int_equal(fit.n_rows, (size_t)witness_number(expected, "n_obs"));
    assert_int_equal(fit.n_subjects, (size_t)witness_number(expected, "n_subjects"));
    const json_t *rows = witness_at(expected, "coefficients");
    assert_int_equal(json_array_size(rows), fit.p);
    for (size_t i = 0; i < fit.p; i++) {
        const json_t *row = json_array_get(rows, i);
        char term[80] = "";
        month_for_time(json_string_value(json_object_get(row, "term")), term, sizeof term);
        double contrast[32] = {0};
        VgInference out;
        contrast[mmrm_coefficient(&model, term)] = 1.0;
        WITNESS_OK(vg_mmrm_contrast(&fit, contrast, 0.95, &out, &error), &error);
        witness_close(term, out.estimate, witness_number(row, "Estimate"), tolerance, out.se);
        witness_close(term, out.se, witness_number(row, "Std. Error"), tolerance, 0.0);
        witness_close(term, out.df, witness_number(row, "df"), tolerance, 0.0);
    }
    for (size_t a = 0; a < 4; a++)
        for (size_t b = 0; b < 4; b++) {
            const json_t *line = json_array_get(witness_at(expected, "covariance"), a);
            witness_close("covariance", VG_AT(fit.sigma[0], a, b),
                          json_number_value(json_array_get(line, b)), tolerance, 0.0);
        }
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kenward_roger_agrees_with_mmrm)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
