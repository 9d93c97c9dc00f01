/* The screen of mediators against lm and glmnet: tests/reference/mediator_screen.R makes mediator_screen.json, and the data by the recipe here. β of the
 * kept features is asked of vg_debiased_lasso, which has its own witness. */
#include "support/witness.h"

#include <math.h>

#include <vagus/debiased_lasso.h>
#include <vagus/mediator_screen.h>

enum { N = 80, P = 120 };
static VgArena *arena;
static VgError error;
static json_t *witness;
static double m[N * P], y[N], a[N], c[N], generator = 21;

static double uniform(void) /* Park & Miller */
{
    generator = fmod(16807 * generator, 2147483647);
    return generator / 2147483647;
}

static VgMediatorScreenData data(void)
{
    return (VgMediatorScreenData){
        .treatment = a, .outcome = y, .covariates = {c, N, 1, N}, .features = {m, N, P, N}};
}

static VgMediatorScreen screen(VgMediatorScreenOptions options)
{
    VgMediatorScreenData d = data();
    VgMediatorScreen out;
    WITNESS_OK(vg_mediator_screen(arena, &d, &options, &out, &error), &error);
    return out;
}

static double of(const char *name, size_t j)
{
    return json_number_value(json_array_get(witness_at(witness, name), j));
}

static void features_by_themselves_agree_with_lm(void **state)
{
    (void)state;
    VgMediatorScreen s = screen((VgMediatorScreenOptions){.selection = VG_SCREEN_NONE});
    assert_int_equal(s.n_rows, P);
    for (size_t k = 0; k < P; k++) {
        const VgScreenedFeature *f = &s.row[k];
        size_t j = f->feature;
        witness_close("alpha", f->alpha.estimate, of("alpha", j), 1e-9, 1e-3);
        witness_close("alpha se", f->alpha.se, of("alpha_se", j), 1e-9, 0);
        witness_close("p alpha", f->alpha.p, of("p_alpha", j), 1e-8, 1e-6);
        witness_close("beta", f->beta.estimate, of("beta", j), 1e-9, 1e-3);
        witness_close("beta se", f->beta.se, of("beta_se", j), 1e-9, 0);
        witness_close("p beta", f->beta.p, of("p_beta", j), 1e-8, 1e-6);
        witness_close("q", f->q, of("q_none", j), 1e-8, 1e-6);
        assert_true(!k || f->p >= s.row[k - 1].p);
    }
}

static void the_treatment_chooses_and_p_are_given_the_choice(void **state)
{
    (void)state;
    VgMediatorScreen s = screen((VgMediatorScreenOptions){0});
    const json_t *kept = witness_at(witness, "kept");
    assert_int_equal(s.n_rows, json_array_size(kept));
    assert_int_equal(s.n_adjusted_for, witness_number(witness, "adjusted_for"));
    witness_close("threshold", s.threshold, witness_number(witness, "threshold"), 1e-9, 0);
    bool is[P] = {0};
    for (size_t k = 0; k < s.n_rows; k++)
        is[json_integer_value(json_array_get(kept, k))] = true;
    for (size_t k = 0; k < s.n_rows; k++) {
        const VgScreenedFeature *f = &s.row[k];
        assert_true(is[f->feature]);
        witness_close("p given the choice", f->p_alpha, of("p_alpha", f->feature) / s.threshold,
                      1e-8, 1e-6);
        witness_close("p", f->p, fmax(f->p_alpha, f->beta.p), 1e-12, 0);
        witness_close("indirect", f->indirect, f->alpha.estimate * f->beta.estimate, 1e-12, 0);
    }
}

static void all_kept_is_the_debiased_lasso_on_all(void **state)
{
    (void)state;
    VgMediatorScreen s = screen((VgMediatorScreenOptions){.keep = P});
    double u[N * 3];
    for (size_t i = 0; i < N; i++) {
        u[i] = 1;
        u[i + N] = c[i];
        u[i + 2 * N] = a[i];
    }
    VgDebiasedLassoData d = {.x = {m, N, P, N}, .y = y, .unpenalised = {u, N, 3, N}};
    VgDebiasedLasso all;
    WITNESS_OK(vg_debiased_lasso(arena, &d, 0.95, &all, &error), &error);
    assert_true(s.threshold == 1 && s.n_adjusted_for == 0);
    for (size_t k = 0; k < s.n_rows; k++) {
        witness_close("beta", s.row[k].beta.estimate, all.answer[s.row[k].feature].estimate, 1e-9,
                      1e-3);
        witness_close("beta se", s.row[k].beta.se, all.answer[s.row[k].feature].se, 1e-9, 0);
    }
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/mediator_screen.json"));
    for (size_t i = 0; i < N; i++) {
        a[i] = (double)(i % 2);
        c[i] = uniform();
        for (size_t j = 0; j < P; j++) {
            m[i + j * N] = uniform() + (j < 12 ? 0.4 * a[i] : 0);
            m[i + j * N] += j ? 0.3 * m[i + (j - 1) * N] : c[i];
        }
        y[i] = a[i] + c[i] + 2 * m[i + 2 * N] - 3 * m[i + 65 * N] + 2 * m[i + 6 * N];
        y[i] += uniform();
    }
    return arena ? 0 : -1;
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
        cmocka_unit_test(features_by_themselves_agree_with_lm),
        cmocka_unit_test(the_treatment_chooses_and_p_are_given_the_choice),
        cmocka_unit_test(all_kept_is_the_debiased_lasso_on_all),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
