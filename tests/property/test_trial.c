/* What must not change a trial's answers, and what must change them in a known way. The study is
 * simulated. */
#include "support/witness.h"

#include <math.h>

#include <vagus/trial.h>

#include "support/fixture_study.h"
#include "support/trial_rows.h"

static VgResult *run(VgArena *arena, const VgStudy *study)
{
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    WITNESS_OK(vg_trial_run(study, result, &error), &error);
    return result;
}

/* Holds a × factor = b for all rows of all quantities, or fails; p, df, statistic and n are to be
 * equal. */
static void same_rows(const VgResult *a, const VgResult *b, double relative)
{
    assert_int_equal(a->n_estimates, b->n_estimates);
    for (size_t k = 0; k < a->n_estimates; k++) {
        const VgEstimate *x = &a->estimate[k], *y = &b->estimate[k];
        assert_string_equal(x->quantity, y->quantity);
        const double left[] = {x->estimate, x->se, x->df, x->p, x->lower, x->upper, x->n, x->q};
        const double right[] = {y->estimate, y->se, y->df, y->p, y->lower, y->upper, y->n, y->q};
        for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
            assert_true(isnan(left[i]) == isnan(right[i]));
            if (!isnan(left[i]))
                witness_close(x->quantity, right[i], left[i], relative, 1e-3);
        }
    }
}

static void participants_in_another_order_give_the_same_answers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    size_t order[90];
    for (size_t i = 0; i < 90; i++)
        order[i] = i * 37 % 90;
    same_rows(run(arena, study), run(arena, fixture_reordered(arena, study, order, 90)), 1e-8);
    vg_arena_destroy(arena);
}

static void swapping_arm_and_reference_flips_the_sign_exactly(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    study->n_analyses = 1;
    VgResult *forward = run(arena, study);
    study->analysis[0].arm = FIXTURE_PLACEBO;
    study->analysis[0].reference = FIXTURE_ACTIVE;
    VgResult *backward = run(arena, study);
    static const char *const visit[] = {"w2", "w4", "w8"};
    for (size_t t = 0; t < 3; t++) {
        const VgEstimate *f = trial_row(forward, "primary", "contrast", NULL, visit[t], "active");
        const VgEstimate *b = trial_row(backward, "primary", "contrast", NULL, visit[t], "placebo");
        /* another reference level is another parametrisation: equal to the solver's last digits */
        witness_close("sign", b->estimate, -f->estimate, 1e-9, 0.1);
        witness_close("se", b->se, f->se, 1e-9, 0);
        witness_close("df", b->df, f->df, 1e-6, 0);
        witness_close("limits", b->lower, -f->upper, 1e-9, 0.1);
    }
    assert_string_equal(trial_fact_text(forward, "primary", "favours"),
                        trial_fact_text(backward, "primary", "favours"));
    vg_arena_destroy(arena);
}

static void arms_declared_in_another_order_give_the_same_answers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    study->n_analyses = 1;
    VgResult *first = run(arena, study);
    VgArm swapped = study->arm[FIXTURE_ACTIVE];
    study->arm[FIXTURE_ACTIVE] = study->arm[FIXTURE_DOUBLE];
    study->arm[FIXTURE_DOUBLE] = swapped;
    for (size_t i = 0; i < 90; i++)
        if (study->arm_of[i] != FIXTURE_PLACEBO)
            study->arm_of[i] = study->arm_of[i] == FIXTURE_ACTIVE ? FIXTURE_DOUBLE : FIXTURE_ACTIVE;
    study->analysis[0].arm = FIXTURE_DOUBLE; /* still the arm called "active" */
    VgResult *second = run(arena, study);
    static const char *const arm[] = {"active", "double"};
    for (size_t a = 0; a < 2; a++) {
        const VgEstimate *x = trial_row(first, "primary", "contrast", NULL, "w8", arm[a]);
        const VgEstimate *y = trial_row(second, "primary", "contrast", NULL, "w8", arm[a]);
        witness_close("contrast", y->estimate, x->estimate, 1e-9, 0.1);
        witness_close("se", y->se, x->se, 1e-9, 0);
        assert_true(x->n == y->n);
    }
    vg_arena_destroy(arena);
}

static void everybody_twice_gives_the_same_estimates_by_ml(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    study->n_analyses = 1;
    study->analysis[0].likelihood = VG_ML;
    study->analysis[0].df = VG_DF_RESIDUAL;
    size_t order[180];
    for (size_t i = 0; i < 180; i++)
        order[i] = i % 90;
    VgResult *once = run(arena, study);
    VgResult *twice = run(arena, fixture_reordered(arena, study, order, 180));
    for (size_t k = 0; k < once->n_estimates; k++) {
        const VgEstimate *x = &once->estimate[k], *y = &twice->estimate[k];
        if (strcmp(x->quantity, "lsmean") && strcmp(x->quantity, "contrast") &&
            strcmp(x->quantity, "coefficient"))
            continue;
        witness_close(x->quantity, y->estimate, x->estimate, 1e-7, 1e-2);
        witness_close("se shrinks by the root of 2", y->se * sqrt(2), x->se, 1e-6, 0);
    }
    vg_arena_destroy(arena);
}

static void another_unit_only_scales_the_answers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    study->n_analyses = 1;
    VgResult *first = run(arena, study);
    static const double factor[] = {1e3, 1e-9, 1e9};
    for (size_t f = 0; f < 3; f++) {
        VgResult *other = run(arena, fixture_scaled(arena, study, FIXTURE_HAMD, factor[f]));
        static const char *const quantity[] = {"contrast", "lsmean"};
        for (size_t q = 0; q < 2; q++) {
            const VgEstimate *x = trial_row(first, "primary", quantity[q], NULL, "w8", "active");
            const VgEstimate *y = trial_row(other, "primary", quantity[q], NULL, "w8", "active");
            witness_close("estimate", y->estimate / factor[f], x->estimate, 1e-8, 0.1);
            witness_close("se", y->se / factor[f], x->se, 1e-8, 0);
            witness_close("df", y->df, x->df, 1e-5, 0);
            witness_close("upper", y->upper / factor[f], x->upper, 1e-8, 0.1);
        }
        const VgEstimate *x = trial_row(first, "primary", "effect_size", NULL, "w8", "active");
        const VgEstimate *y = trial_row(other, "primary", "effect_size", NULL, "w8", "active");
        witness_close("effect size has no unit", y->estimate, x->estimate, 1e-8, 0.01);
        witness_close("effect size se", y->se, x->se, 1e-8, 0);
    }
    vg_arena_destroy(arena);
}

static void a_missing_visit_is_an_absent_row(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 90, 3);
    study->n_analyses = 1;
    VgResult *first = run(arena, study);
    /* somebody who brings nothing changes nothing but the counts of those left out */
    size_t order[91];
    for (size_t i = 0; i < 90; i++)
        order[i] = i;
    order[90] = 7; /* never came back after baseline */
    VgResult *second = run(arena, fixture_reordered(arena, study, order, 91));
    const VgEstimate *x = trial_row(first, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *y = trial_row(second, "primary", "contrast", NULL, "w8", "active");
    witness_close("contrast", y->estimate, x->estimate, 1e-10, 0.1);
    witness_close("se", y->se, x->se, 1e-10, 0);
    assert_true(trial_fact_number(second, "primary", "n_without_outcome") ==
                trial_fact_number(first, "primary", "n_without_outcome") + 1);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(participants_in_another_order_give_the_same_answers),
        cmocka_unit_test(swapping_arm_and_reference_flips_the_sign_exactly),
        cmocka_unit_test(arms_declared_in_another_order_give_the_same_answers),
        cmocka_unit_test(everybody_twice_gives_the_same_estimates_by_ml),
        cmocka_unit_test(another_unit_only_scales_the_answers),
        cmocka_unit_test(a_missing_visit_is_an_absent_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
