/* Counterfactual designs: what R's model.matrix gives with the arm overwritten, from a table and a
 * formula. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/glm.h>

static VgArena *arena;
static VgError error;

/* 48 rows; active mostly better, more so where severity is high. */
static VgDesign *build(const char *text)
{
    char csv[4096] = "arm,sex,severity,y\n";
    size_t at = strlen(csv);
    for (int i = 0; i < 48; i++)
        at += (size_t)snprintf(csv + at, sizeof csv - at, "%s,%s,%.1f,%d\n",
                               i % 2 ? "placebo" : "active", i % 3 ? "f" : "m", i * 7 % 20 / 4.0,
                               i * i * 3 % 11 < 4 + 2 * (i % 2 == 0));
    VgTable *table = NULL;
    VgFormula *formula = NULL;
    VgDesign *design = NULL;
    const char *const levels[] = {"placebo", "active"};
    VgLevelOrder order = {"arm", levels, 2};
    VgDesignOptions options = {.order = &order, .n_orders = 1};
    WITNESS_OK(vg_table_read_csv_bytes(arena, "t.csv", csv, at, NULL, &table, &error), &error);
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, formula, &options, &design, &error), &error);
    return design;
}

/* R 4.2.2: m <- glm(y ~ arm*severity + sex, binomial, d); p <- predict(m, transform(d, arm = a),
 * "response"); the influence functions written with model.matrix. */
static void g_computation_with_an_interaction_agrees_with_predict(void **state)
{
    (void)state;
    VgDesign *design = build("y ~ arm * severity + sex");
    VgGlmData data = {.x = design->x_full_rank, .y = design->y, .offset = design->offset};
    VgGlmFit fit;
    VgMarginal marginal;
    VgMatrix *x_arm;
    size_t n_arms, variable;
    WITNESS_OK(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL}, &fit, &error),
               &error);
    WITNESS_OK(vg_glm_arm_designs(arena, design, "arm", &x_arm, &n_arms, &variable, &error),
               &error);
    assert_int_equal(n_arms, 2);
    assert_string_equal(design->variable[variable].level[1], "active");
    WITNESS_OK(vg_glm_marginal(arena, &data, &fit, x_arm, n_arms, 0, .95, &marginal, &error),
               &error);
    witness_close("risk placebo", marginal.mean[0].estimate, 0.46600900381341226, 1e-10, 0);
    witness_close("risk active", marginal.mean[1].estimate, 0.83217304238943013, 1e-10, 0);
    witness_close("SE of RD", marginal.contrast[1].difference.se, 0.12701144110895385, 1e-10, 0);
    witness_close("SE of log RR", marginal.contrast[1].ratio.se, 0.23647880464279633, 1e-10, 0);
}

static void an_arm_that_is_no_factor_is_refused(void **state)
{
    (void)state;
    VgMatrix *x_arm;
    size_t n_arms, variable;
    VgDesign *design = build("y ~ arm + severity");
    assert_int_equal(vg_glm_arm_designs(arena, design, "sex", &x_arm, &n_arms, &variable, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(
        vg_glm_arm_designs(arena, design, "severity", &x_arm, &n_arms, &variable, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.hint, "factor("));
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g_computation_with_an_interaction_agrees_with_predict),
        cmocka_unit_test(an_arm_that_is_no_factor_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
