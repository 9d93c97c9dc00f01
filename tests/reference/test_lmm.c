/* model/: mixed models against lme4, lmerTest and pbkrtest (lmm.R). Estimates 1e-6: lme4's optimum is refined by
 * differences of its deviance, good to some 1e-8 in theta; df 1e-4: lmerTest takes its Hessian by differences. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/vagus.h>

static json_t *reference;
static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/lmm.json"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static VgTable *table_of(const char *name)
{
    const json_t *set = json_object_get(json_object_get(reference, "data"), name);
    const char *key, *csv = "";
    json_t *column;
    size_t n = 0;
    json_object_foreach((json_t *)set, key, column)
    {
        csv = vg_arena_printf(arena, "%s%s%s", csv, *csv ? "," : "", key);
        n = json_array_size(column);
    }
    char *text = vg_arena_alloc(arena, n * 200 + 1000, 1), *at = text;
    at += sprintf(at, "%s\n", csv);
    for (size_t i = 0; i < n; i++) {
        bool first = true;
        json_object_foreach((json_t *)set, key, column)
        {
            const json_t *value = json_array_get(column, i);
            at += json_is_string(value)
                      ? sprintf(at, "%s%s", first ? "" : ",", json_string_value(value))
                      : sprintf(at, "%s%.17g", first ? "" : ",", json_number_value(value));
            first = false;
        }
        at += sprintf(at, "\n");
    }
    VgTable *table;
    VgError error = {0};
    WITNESS_OK(vg_table_read_csv_bytes(arena, name, text, (size_t)(at - text), &(VgTableOptions){0},
                                       &table, &error),
               &error);
    return table;
}

/* Number k of an array, or the number itself where R wrote one alone. */
static double nth(const json_t *model, const char *path, size_t k)
{
    const json_t *at = witness_at(model, path);
    return json_number_value(json_is_array(at) ? json_array_get(at, k) : at);
}

static void check_coefficients(const char *name, const json_t *model, const VgLmmFit *fit,
                               const char *const path[2], double df_tolerance)
{
    double *unit = VG_NEW(arena, double, fit->p);
    VgError error = {0};
    char what[120];
    for (size_t j = 0; j < fit->p; j++) {
        VgInference answer;
        memset(unit, 0, fit->p * sizeof *unit);
        unit[j] = 1;
        WITNESS_OK(vg_lmm_contrast(fit, unit, 0.95, &answer, &error), &error);
        snprintf(what, sizeof what, "%s beta %zu", name, j);
        witness_close(what, answer.estimate, nth(model, "beta", j), 1e-6, answer.se);
        snprintf(what, sizeof what, "%s %s %zu", name, path[0], j);
        witness_close(what, answer.se, nth(model, path[0], j), 1e-6, 0);
        snprintf(what, sizeof what, "%s %s %zu", name, path[1], j);
        witness_close(what, answer.df, nth(model, path[1], j), df_tolerance, 0);
    }
}

static void check_tests(const char *name, const json_t *joint, const VgLmmTable *made,
                        const VgLmmFit *fit)
{
    VgError error = {0};
    char what[120];
    const json_t *terms = json_object_get(joint, "term");
    for (size_t t = 0; t < made->design->formula->n_terms; t++) {
        double *l;
        size_t rows, k = 0;
        WITNESS_OK(vg_term_hypothesis(arena, made->design, t, 3, &l, &rows, &error), &error);
        VgJointTest test;
        WITNESS_OK(vg_lmm_joint_test(fit, l, rows, &test, &error), &error);
        if (json_is_array(terms))
            while (strcmp(json_string_value(json_array_get(terms, k)),
                          made->design->formula->term[t].name) != 0)
                assert_true(++k < json_array_size(terms));
        snprintf(what, sizeof what, "%s F of %s", name, made->design->formula->term[t].name);
        witness_close(what, test.statistic, nth(joint, "f", k), 2e-6, 0);
        assert_float_equal(test.df_numerator, nth(joint, "df1", k), 0);
        witness_close(what, test.df_denominator, nth(joint, "df2", k), 1e-4, 0);
    }
}

/* lme4 orders terms by their number of groups; `order` says which of ours is its k-th. */
static void check_model(const char *name, const char *set, const char *formula_text, bool ml,
                        const size_t *order, const char *const *as_factor)
{
    const json_t *model = json_object_get(json_object_get(reference, "models"), name);
    VgTable *table = table_of(set);
    VgFormula *formula;
    VgLmmTable *made;
    VgError error = {0};
    VgLmmFit fit;
    WITNESS_OK(vg_formula_parse(arena, formula_text, &formula, &error), &error);
    VgDesignOptions design = {.as_factor = as_factor, .n_as_factor = as_factor ? 3 : 0};
    WITNESS_OK(vg_lmm_table(arena, table, formula, &design, &made, &error), &error);
    VgLmmOptions options = {.likelihood = ml ? VG_ML : VG_REML};
    WITNESS_OK(vg_lmm_fit(arena, &made->data, &options, &fit, &error), &error);
    static const char *const SATTERTHWAITE[2] = {"se", "df"}, *const KR[2] = {"kr/se", "kr/df"};
    check_coefficients(name, model, &fit, SATTERTHWAITE, 1e-4);
    char what[120];
    snprintf(what, sizeof what, "%s sigma", name);
    witness_close(what, fit.sigma, witness_number(model, "sigma"), 1e-6, 0);
    snprintf(what, sizeof what, "%s log likelihood", name);
    witness_close(what, fit.loglik, witness_number(model, "loglik"), 1e-10, 0);
    witness_close(what, fit.aic, witness_number(model, "aic"), 1e-10, 0);
    witness_close(what, fit.bic, witness_number(model, "bic"), 1e-10, 0);
    assert_int_equal(fit.singular, json_is_true(json_object_get(model, "singular")));
    for (size_t k = 0; k < fit.n_terms; k++) {
        const VgLmmRandom *random = &fit.random[order ? order[k] : k];
        const json_t *variance = json_array_get(json_object_get(model, "variance"), k);
        for (size_t i = 0; i < random->q * random->q; i++) {
            snprintf(what, sizeof what, "%s covariance %zu %zu", name, k, i);
            witness_close(
                what, random->covariance.data[i],
                json_number_value(json_is_array(variance) ? json_array_get(variance, i) : variance),
                2e-6, fit.sigma * fit.sigma);
        }
    }
    if (fit.n_terms == 1) {
        const json_t *effects = json_array_get(json_object_get(model, "ranef"), 0);
        const json_t *levels = json_array_get(json_object_get(model, "ranef_levels"), 0);
        for (size_t g = 0; g < fit.random[0].n_groups; g++)
            for (size_t h = 0; h < fit.random[0].n_groups; h++)
                if (strcmp(made->level[0][g], json_string_value(json_array_get(levels, h))) == 0)
                    for (size_t c = 0; c < fit.random[0].q; c++)
                        witness_close(
                            "random effect", fit.random[0].effect[g * fit.random[0].q + c],
                            json_number_value(json_array_get(effects, h * fit.random[0].q + c)),
                            1e-5, fit.sigma);
    }
    if (json_object_get(model, "joint"))
        check_tests(name, json_object_get(model, "joint"), made, &fit);
    if (!json_object_get(model, "kr"))
        return;
    options.df = VG_DF_KENWARD_ROGER;
    WITNESS_OK(vg_lmm_fit(arena, &made->data, &options, &fit, &error), &error);
    check_coefficients(name, model, &fit, KR, 2e-5);
    if (witness_at(model, "kr") && json_object_get(json_object_get(model, "kr"), "joint"))
        check_tests(name, witness_at(model, "kr/joint"), made, &fit);
}

static void agrees_on_sleepstudy(void **state)
{
    (void)state;
    check_model("sleep_slope", "sleepstudy", "Reaction ~ Days + (1 + Days | Subject)", false, NULL,
                NULL);
    check_model("sleep_slope_ml", "sleepstudy", "Reaction ~ Days + (1 + Days | Subject)", true,
                NULL, NULL);
    check_model("sleep_intercept", "sleepstudy", "Reaction ~ Days + (1 | Subject)", false, NULL,
                NULL);
    check_model("sleep_independent", "sleepstudy",
                "Reaction ~ Days + (1 | Subject) + (0 + Days | Subject)", false, NULL, NULL);
}

static void agrees_on_nested_and_crossed_groups(void **state)
{
    (void)state;
    static const size_t SWAP[] = {1, 0};
    check_model("pastes", "Pastes", "strength ~ 1 + (1 | batch/cask)", false, SWAP, NULL);
    check_model("penicillin", "Penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)", false,
                NULL, NULL);
    check_model("sim_nested", "sim", "y ~ arm * factor(visit) + (1 | site/id)", false, SWAP, NULL);
}

static void agrees_on_a_small_unbalanced_trial(void **state)
{
    (void)state;
    check_model("sim", "sim", "y ~ arm * visit + (1 + visit | id)", false, NULL, NULL);
}

static void agrees_at_the_boundary(void **state)
{
    (void)state;
    check_model("flat", "flat", "y ~ arm * visit + (1 | id)", false, NULL, NULL);
}

static void agrees_on_ham(void **state)
{
    (void)state;
    static const size_t SWAP[] = {1, 0};
    static const char *const FACTORS[] = {"Gender", "Information", "Product"};
    check_model("ham", "ham",
                "Informed.liking ~ Gender + Information * Product + (1 | Consumer/Product)", false,
                SWAP, FACTORS);
    check_model("ham_intercept", "ham",
                "Informed.liking ~ Gender * Information * Product + (1 | Consumer)", false, NULL,
                FACTORS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_sleepstudy),
        cmocka_unit_test(agrees_on_nested_and_crossed_groups),
        cmocka_unit_test(agrees_on_a_small_unbalanced_trial),
        cmocka_unit_test(agrees_at_the_boundary),
        cmocka_unit_test(agrees_on_ham),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
