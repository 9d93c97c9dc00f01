/* tests/studies/saccharomyces_stress_rct: ANCOVAs under stress, adjusted for rest, against
 * reference.json of that data set (R 4.2.2: lm(stress ~ rest + arm), those who did not drop out, n
 * = 51). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/trial.h>

#include "support/trial_rows.h"

static void ancovas_agree_with_lm(void **state)
{
    (void)state;
    static const char *const pair[][2] = {{"anxiety", "ancova_state_anxiety_stress"},
                                          {"cortisol", "ancova_cortisol_stress"},
                                          {"metanephrine", "ancova_metanephrine_stress"},
                                          {"pulse", "ancova_pulse_stress"},
                                          {"serotonin", "ancova_serotonin_stress"}};
    VgArena *arena = vg_arena_create();
    witness_data(arena, "saccharomyces_stress_rct/trial.csv");
    json_t *reference =
        witness_json(witness_data(arena, "saccharomyces_stress_rct/reference.json"));
    VgStudy *study = NULL;
    VgProblems problems = {0};
    VgError error = {0};
    WITNESS_OK(vg_study_read(arena, witness_source(arena, "tests/studies/saccharomyces_stress_rct"),
                             &study, &problems, &error),
               &error);
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++) {
        /* the primary, as declared, on each outcome in turn: same people, same covariate */
        VgAnalysis one = study->analysis[0];
        VgStudy copy = *study;
        copy.analysis = &one;
        copy.n_analyses = 1;
        copy.multiplicity.kind = VG_MULTIPLICITY_NONE;
        for (size_t o = 0; o < study->n_outcomes; o++)
            if (strcmp(study->outcome[o].name, pair[k][0]) == 0)
                one.outcome = o;
        VgResult *result = vg_result_create(arena, "run");
        WITNESS_OK(vg_trial_run(&copy, result, &error), &error);
        char path[96];
        snprintf(path, sizeof path, "%s/coef/2", pair[k][1]);
        const json_t *expected = witness_at(reference, path);
        const VgEstimate *row = trial_row(result, one.id, "contrast", NULL, "stress", "boulardii");
        witness_close(pair[k][0], row->estimate, witness_number(expected, "Estimate"), 1e-9, 0);
        witness_close(pair[k][0], row->se, witness_number(expected, "Std. Error"), 1e-9, 0);
        witness_close(pair[k][0], row->p, witness_number(expected, "Pr(>|t|)"), 1e-8, 0);
        snprintf(path, sizeof path, "%s/n", pair[k][1]);
        assert_true(row->n == witness_number(reference, path));
        assert_true(row->df == row->n - 3);
    }
    json_decref(reference);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ancovas_agree_with_lm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
