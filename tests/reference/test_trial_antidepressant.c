/* tests/studies/antidepressant_hamd17 against reference.json of that data set (mmrm 0.3.18,
 * emmeans 1.8.4, R 4.2.2: change ~ BASVAL * VISIT + THERAPY * VISIT): every degrees-of-freedom
 * method, every covariance structure.
 *
 * The references stop where mmrm's own rule stops, Δ short of our optimum in −2 log likelihood.
 * There −2ℓ is Δ = d'ω⁻¹d, so that their covariance parameters are off by up to √Δ of their
 * standard errors, which are below 0.3 of their values: the comparisons allow 1e-6 + 0.3 √Δ and
 * assert that Δ >= 0. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/trial.h>

#include "support/trial_rows.h"

static const char *const VISIT[] = {"w1", "w2", "w4", "w6"};

static VgStudy *read_study(VgArena *arena)
{
    witness_data(arena, "antidepressant_hamd17/antidepressant.csv");
    VgStudy *study = NULL;
    VgProblems problems = {0};
    VgError error = {0};
    WITNESS_OK(vg_study_read(arena, witness_source(arena, "tests/studies/antidepressant_hamd17"),
                             &study, &problems, &error),
               &error);
    return study;
}

static json_t *read_reference(VgArena *arena)
{
    return witness_json(witness_data(arena, "antidepressant_hamd17/reference.json"));
}

static VgResult *run_study(VgArena *arena, const VgStudy *study)
{
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    WITNESS_OK(vg_trial_run(study, result, &error), &error);
    return result;
}

/* The primary alone, with another df method or covariance. */
static VgResult *run_primary(VgArena *arena, VgStudy *study, VgCovariance covariance, VgDfMethod df)
{
    study->n_analyses = 1;
    study->multiplicity.kind = VG_MULTIPLICITY_NONE;
    study->analysis[0].covariance = covariance;
    study->analysis[0].df = df;
    return run_study(arena, study);
}

static double allowed(const VgResult *result, const json_t *reference, const char *key)
{
    char path[128];
    snprintf(path, sizeof path, "%s/minus2_logLik", key);
    double ours = trial_fact_number(result, "primary", "minus2loglik");
    double delta = witness_number(reference, path) - ours;
    assert_true(delta >= -1e-8 && delta < 1e-4);
    return 1e-6 + 0.3 * sqrt(fmax(delta, 0));
}

static void check_contrasts(const VgResult *result, const json_t *reference, const char *key)
{
    char path[128];
    double relative = allowed(result, reference, key);
    for (size_t t = 0; t < 4; t++) {
        for (size_t a = 0; a < 2; a++) {
            snprintf(path, sizeof path, "%s/emm/lsmeans/%zu", key, 2 * t + a);
            const json_t *expected = witness_at(reference, path);
            const VgEstimate *row =
                trial_row(result, "primary", "lsmean", NULL, VISIT[t], a ? "DRUG" : "PLACEBO");
            witness_close("lsmean", row->estimate, witness_number(expected, "emmean"), relative, 0);
            witness_close("lsmean se", row->se, witness_number(expected, "SE"), relative, 0);
            witness_close("lsmean df", row->df, witness_number(expected, "df"),
                          fmax(1e-4, relative), 0);
        }
        snprintf(path, sizeof path, "%s/emm/tests/%zu", key, t);
        const json_t *expected = witness_at(reference, path);
        const VgEstimate *row = trial_row(result, "primary", "contrast", NULL, VISIT[t], "DRUG");
        witness_close("contrast", row->estimate, witness_number(expected, "estimate"), relative,
                      row->se);
        witness_close("contrast se", row->se, witness_number(expected, "SE"), relative, 0);
        witness_close("contrast df", row->df, witness_number(expected, "df"), fmax(1e-4, relative),
                      0);
        witness_close("contrast t", row->statistic, witness_number(expected, "t.ratio"), relative,
                      1);
    }
}

static void contrasts_agree_with_mmrm_under_every_df_method(void **state)
{
    (void)state;
    static const struct {
        VgDfMethod df;
        const char *key;
        VgSandwich sandwich; /* mmrm's default standard errors for "Residual" are its "Empirical" */
    } method[] = {{VG_DF_KENWARD_ROGER, "mmrm_us_Kenward-Roger", VG_SANDWICH_NONE},
                  {VG_DF_KENWARD_ROGER_LINEAR, "mmrm_us_Kenward-Roger-Linear", VG_SANDWICH_NONE},
                  {VG_DF_SATTERTHWAITE, "mmrm_us_Satterthwaite", VG_SANDWICH_NONE},
                  {VG_DF_BETWEEN_WITHIN, "mmrm_us_Between-Within", VG_SANDWICH_NONE},
                  {VG_DF_RESIDUAL, "mmrm_us_Residual", VG_SANDWICH_CR0}};
    VgArena *arena = vg_arena_create();
    json_t *reference = read_reference(arena);
    VgStudy *study = read_study(arena);
    for (size_t k = 0; k < sizeof method / sizeof *method; k++) {
        study->analysis[0].sandwich = method[k].sandwich;
        VgResult *result = run_primary(arena, study, VG_COVARIANCE_UNSTRUCTURED, method[k].df);
        check_contrasts(result, reference, method[k].key);
    }
    json_decref(reference);
    vg_arena_destroy(arena);
}

/* The same mmrm call with the optimiser made to go on, as in test_trial_beat_the_blues.c: to 1e-6
 * and no allowance. */
static void contrasts_agree_with_mmrm_at_its_optimum(void **state)
{
    (void)state;
    static const double expected[4][3] = {{0.0918064463782086, 0.680605282921684, 169.000009155776},
                                          {-1.4032114550057, 0.920793615913128, 164.86704980502},
                                          {-2.22465708992306, 0.994951339293884, 162.277521157212},
                                          {-2.80183356946406, 1.10797932347663, 150.101765018583}};
    VgArena *arena = vg_arena_create();
    VgStudy *study = read_study(arena);
    VgResult *result = run_primary(arena, study, VG_COVARIANCE_UNSTRUCTURED, VG_DF_KENWARD_ROGER);
    for (size_t t = 0; t < 4; t++) {
        const VgEstimate *row = trial_row(result, "primary", "contrast", NULL, VISIT[t], "DRUG");
        witness_close("contrast", row->estimate, expected[t][0], 1e-6, row->se);
        witness_close("contrast se", row->se, expected[t][1], 1e-6, 0);
        witness_close("contrast df", row->df, expected[t][2], 1e-6, 0);
    }
    witness_close("minus2loglik", trial_fact_number(result, "primary", "minus2loglik"),
                  3494.20285005615, 1e-10, 0);
    vg_arena_destroy(arena);
}

static void likelihood_agrees_with_mmrm_under_every_structure(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *reference = read_reference(arena);
    VgStudy *study = read_study(arena);
    for (int c = 0; c < VG_COVARIANCE_COUNT; c++) {
        char path[128];
        VgResult *result = run_primary(arena, study, (VgCovariance)c, VG_DF_SATTERTHWAITE);
        snprintf(path, sizeof path, "mmrm_%s_Satterthwaite/minus2_logLik",
                 vg_covariance_name((VgCovariance)c));
        witness_close(path, trial_fact_number(result, "primary", "minus2loglik"),
                      witness_number(reference, path), 1e-8, 0);
        assert_string_equal(trial_fact_text(result, "primary", "structure"),
                            vg_covariance_name((VgCovariance)c));
        assert_true(trial_fact_number(result, "primary", "n_subjects") == 172);
        assert_true(trial_fact_number(result, "primary", "n_observations") == 608);
    }
    json_decref(reference);
    vg_arena_destroy(arena);
}

/* reference.json: lm(CHANGE ~ BASVAL + THERAPY) at visit 7, completers */
static void ancova_of_completers_agrees_with_lm(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *reference = read_reference(arena);
    VgStudy *study = read_study(arena);
    const char *id = NULL;
    for (size_t k = 0; k < study->n_analyses; k++)
        if (study->analysis[k].kind == VG_ANALYSIS_ANCOVA) {
            /* theirs are those seen at visit 7; one of them missed a visit before and is no
             * completer */
            study->analysis[k].set = VG_SET_RANDOMISED;
            id = study->analysis[k].id;
        }
    VgResult *result = run_study(arena, study);
    const json_t *coef = witness_at(reference, "ancova_visit7_completers/coef");
    const VgEstimate *row = trial_row(result, id, "contrast", NULL, "w6", "DRUG");
    witness_close("ancova", row->estimate, witness_number(coef, "2/Estimate"), 1e-9, 0);
    witness_close("ancova se", row->se, witness_number(coef, "2/Std. Error"), 1e-9, 0);
    witness_close("ancova p", row->p, witness_number(coef, "2/Pr(>|t|)"), 1e-9, 0);
    assert_true(row->df == 126 && row->n == 129);
    json_decref(reference);
    vg_arena_destroy(arena);
}

static void covariance_by_arm_agrees_with_mmrm(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *reference = read_reference(arena);
    VgStudy *study = read_study(arena);
    study->analysis[0].covariance_by_arm = true;
    VgResult *result = run_primary(arena, study, VG_COVARIANCE_UNSTRUCTURED, VG_DF_SATTERTHWAITE);
    witness_close("by arm", trial_fact_number(result, "primary", "minus2loglik"),
                  witness_number(reference, "mmrm_us_by_arm/minus2_logLik"), 1e-8, 0);
    const VgDataset *data = vg_result_find_dataset(result, "primary", "covariance");
    const VgDatasetColumn *group = vg_dataset_column(data, "group");
    const VgDatasetColumn *covariance = vg_dataset_column(data, "covariance");
    double relative = allowed(result, reference, "mmrm_us_by_arm");
    size_t seen[2] = {0};
    for (size_t r = 0; r < data->n_rows; r++) {
        char path[96];
        size_t a = strcmp(group->text[r], "DRUG") == 0, cell = seen[a]++;
        snprintf(path, sizeof path, "mmrm_us_by_arm/covariance/%s/%zu/%zu", group->text[r],
                 cell / 4, cell % 4);
        witness_close(path, covariance->number[r], witness_number(reference, path), relative, 0);
    }
    assert_true(seen[0] == 16 && seen[1] == 16);
    json_decref(reference);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrasts_agree_with_mmrm_under_every_df_method),
        cmocka_unit_test(contrasts_agree_with_mmrm_at_its_optimum),
        cmocka_unit_test(likelihood_agrees_with_mmrm_under_every_structure),
        cmocka_unit_test(ancova_of_completers_agrees_with_lm),
        cmocka_unit_test(covariance_by_arm_agrees_with_mmrm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
