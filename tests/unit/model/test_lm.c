/* model/lm.c and lsmeans.c: bad input is refused with a reason; results do not depend on order,
 * units or coding. */
#include "support/witness.h"

#include <math.h>

#include <vagus/lm.h>

#include "support/small_table.h"

static VgDesign *build(VgArena *arena, const char *csv, const char *text)
{
    VgTable *table = NULL;
    VgFormula *formula = NULL;
    VgDesign *design = NULL;
    VgError error = {0};
    WITNESS_OK(vg_table_read_csv_bytes(arena, "table.csv", csv, strlen(csv), NULL, &table, &error),
               &error);
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, formula, NULL, &design, &error), &error);
    return design;
}

static VgStatus try_fit(VgArena *arena, const char *csv, const char *text,
                        const VgLmOptions *options, VgError *error)
{
    VgLm *lm = NULL;
    *error = (VgError){0};
    return vg_lm_fit(arena, build(arena, csv, text), options, &lm, error);
}

static VgLm *fit(VgArena *arena, const char *csv, const char *text, const VgLmOptions *options)
{
    VgLm *lm = NULL;
    VgError error = {0};
    WITNESS_OK(vg_lm_fit(arena, build(arena, csv, text), options, &lm, &error), &error);
    return lm;
}

static void what_cannot_be_fitted_is_refused_with_a_reason(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error;
    const char *csv = "y,x\n1,1\n2,4\n4,2\n3,9\n";
    assert_int_equal(try_fit(arena, csv, "~ x", NULL, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "no outcome"));
    assert_int_equal(try_fit(arena, "y,x\n7,1\n7,4\n7,2\n", "y ~ x", NULL, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "in all 3 rows"));
    assert_int_equal(try_fit(arena, "y,x\n1,1\n2,4\n", "y ~ x", NULL, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "nothing to estimate the error"));
    const double weights[] = {1, -1, 1, 1};
    assert_int_equal(try_fit(arena, csv, "y ~ x", &(VgLmOptions){.weights = weights}, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "weight of row 2"));
    assert_int_equal(try_fit(arena, csv, "y ~ x", &(VgLmOptions){.covariance = VG_LM_CR2}, &error),
                     VG_INVALID_INPUT);
    const int32_t one[] = {0, 0, 0, 0};
    VgLmOptions options = {.covariance = VG_LM_CR2, .cluster = one, .n_clusters = 1};
    assert_int_equal(try_fit(arena, csv, "y ~ x", &options, &error), VG_NOT_ESTIMABLE);
    const char *lone = "y,x\n1,0\n2,0\n4,0\n3,1\n";
    assert_int_equal(try_fit(arena, lone, "y ~ x", &(VgLmOptions){.covariance = VG_LM_HC3}, &error),
                     VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "row 4"));
    const int32_t own[] = {0, 0, 1, 2};
    options = (VgLmOptions){.covariance = VG_LM_CR3, .cluster = own, .n_clusters = 3};
    assert_int_equal(try_fit(arena, lone, "y ~ x", &options, &error), VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static void cr2_stands_where_a_cluster_determines_a_coefficient(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const int32_t own[] = {0, 0, 1, 2};
    VgLmOptions options = {.covariance = VG_LM_CR2, .cluster = own, .n_clusters = 3};
    VgLm *lm = fit(arena, "y,x\n1,0\n2,0\n4,0\n3,1\n", "y ~ x", &options);
    assert_true(isfinite(lm->se[1]) && lm->se[1] > 0);
    vg_arena_destroy(arena);
}

/* clubSandwich: each row its own cluster makes CR2 = HC2 and CR3 = HC3 in an unweighted model. */
static void clusters_of_one_row_give_the_heteroscedastic_errors(void **state)
{
    (void)state;
    static const VgLmCovariance pair[][2] = {
        {VG_LM_CR0, VG_LM_HC0}, {VG_LM_CR2, VG_LM_HC2}, {VG_LM_CR3, VG_LM_HC3}};
    VgArena *arena = vg_arena_create();
    int32_t cluster[64];
    for (int32_t i = 0; i < 64; i++)
        cluster[i] = i;
    for (size_t k = 0; k < 3; k++) {
        VgLmOptions options = {.covariance = pair[k][0], .cluster = cluster, .n_clusters = 64};
        VgLm *clustered = fit(arena, SMALL_TABLE, "y ~ a*b + x", &options);
        VgLm *plain =
            fit(arena, SMALL_TABLE, "y ~ a*b + x", &(VgLmOptions){.covariance = pair[k][1]});
        for (size_t j = 0; j < clustered->design->p; j++)
            witness_close("se", clustered->se[j], plain->se[j], 1e-12, 0);
        assert_int_equal(clustered->n_clusters, clustered->n);
    }
    vg_arena_destroy(arena);
}

static void rows_of_weight_zero_do_not_count(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double weights[] = {1, 1, 1, 0, 1};
    VgLm *with =
        fit(arena, "y,x\n1,1\n2,4\n4,2\n90,5\n3,9\n", "y ~ x", &(VgLmOptions){.weights = weights});
    VgLm *without = fit(arena, "y,x\n1,1\n2,4\n4,2\n3,9\n", "y ~ x", NULL);
    assert_int_equal(with->n, 4);
    for (size_t j = 0; j < 2; j++) {
        witness_close("coefficient", with->coefficient[j], without->coefficient[j], 1e-14, 0);
        witness_close("se", with->se[j], without->se[j], 1e-13, 0);
    }
    witness_close("loglik", with->log_likelihood, without->log_likelihood, 1e-13, 0);
    vg_arena_destroy(arena);
}

static void units_of_the_outcome_and_row_order_do_not_matter(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgLm *plain = fit(arena, "y,x\n1.5,1\n2,4\n4,2\n3,9\n2.5,3\n", "y ~ x", NULL);
    VgLm *huge = fit(arena, "y,x\n2.5e9,3\n3e9,9\n4e9,2\n2e9,4\n1.5e9,1\n", "y ~ x", NULL);
    VgLm *tiny = fit(arena, "y,x\n1.5e-9,1\n2e-9,4\n4e-9,2\n3e-9,9\n2.5e-9,3\n", "y ~ x", NULL);
    for (size_t j = 0; j < 2; j++) {
        witness_close("huge", huge->coefficient[j] * 1e-9, plain->coefficient[j], 1e-13, 0);
        witness_close("huge se", huge->se[j] * 1e-9, plain->se[j], 1e-13, 0);
        witness_close("tiny", tiny->coefficient[j] * 1e9, plain->coefficient[j], 1e-13, 0);
        witness_close("tiny se", tiny->se[j] * 1e9, plain->se[j], 1e-13, 0);
    }
    vg_arena_destroy(arena);
}

/* clubSandwich 0.5.8: Wald_test(m, constrain_zero(c("aq", "ar")), vcovCR(m, id, "CR2"), test =
 * "Naive-F"): F = 12 with 2 and 8 df, p = .00395 (printed to three digits). */
static void joint_cluster_robust_test_has_clusters_minus_one_df(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgTable *table = NULL;
    VgError error = {0};
    WITNESS_OK(
        vg_table_read_csv_bytes(arena, "t", SMALL_TABLE, strlen(SMALL_TABLE), NULL, &table, &error),
        &error);
    VgDesign *design = build(arena, SMALL_TABLE, "y ~ a*b + x");
    int32_t cluster[64];
    for (size_t i = 0; i < design->n_rows; i++)
        cluster[i] = (int32_t)(design->row[i] / 4);
    VgLmOptions options = {.covariance = VG_LM_CR2, .cluster = cluster, .n_clusters = 9};
    VgLm *lm = NULL;
    WITNESS_OK(vg_lm_fit(arena, design, &options, &lm, &error), &error);
    double contrasts[21] = {0};
    contrasts[1] = contrasts[7 + 2] = 1;
    contrasts[14 + 1] = contrasts[14 + 2] = 1; /* a row that adds nothing */
    VgFittedModel model = vg_lm_model(lm);
    VgJointTest test;
    WITNESS_OK(model.joint(model.fit, contrasts, 3, &test, &error), &error);
    assert_true(test.df_numerator == 2 && test.df_denominator == 8);
    assert_true(fabs(test.statistic - 12.0) < 0.05);
    assert_true(fabs(test.p - 0.00395) < 5e-6);
    vg_arena_destroy(arena);
}

static void ls_means_at_subject_means_weigh_each_subject_once(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgDesign *design =
        build(arena, "arm,x,y\na,1,1\na,1,2\na,1,4\nb,3,3\nb,5,7\n", "y ~ arm + I(x^2)");
    const int32_t subject[] = {0, 0, 0, 1, 2};
    const char *const by[] = {"arm"};
    VgLsMeansOptions options = {
        .by = by, .n_by = 1, .at_mean = VG_AT_MEAN_SUBJECT, .subject = subject, .n_subjects = 3};
    VgLsMeans *means = NULL;
    WITNESS_OK(vg_lsmeans(arena, design, &options, &means, &error), &error);
    assert_int_equal(means->n, 2);
    assert_true(means->contrast[2] == 9.0); /* (1 + 3 + 5)/3, squared */
    assert_int_equal(means->count[0], 3);
    options.at_mean = VG_AT_MEAN_ROW;
    WITNESS_OK(vg_lsmeans(arena, design, &options, &means, &error), &error);
    assert_true(fabs(means->contrast[2] - 2.2 * 2.2) < 1e-14);
    options.subject = NULL;
    options.at_mean = VG_AT_MEAN_SUBJECT;
    assert_int_equal(vg_lsmeans(arena, design, &options, &means, &error), VG_INVALID_INPUT);
    const char *const wrong[] = {"visit"};
    options = (VgLsMeansOptions){.by = wrong, .n_by = 1};
    assert_int_equal(vg_lsmeans(arena, design, &options, &means, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "arm"));
    vg_arena_destroy(arena);
}

static void terms_that_add_nothing_have_no_hypothesis(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgDesign *design = build(
        arena, "a,b,x,y\np,u,1,2\nq,v,2,3\np,u,4,5\nq,v,3,1\np,u,2,2\nq,v,7,3\n", "y ~ x + a + b");
    for (int type = 1; type <= 3; type++)
        for (size_t term = 0; term < 3; term++) {
            double *contrasts = NULL;
            size_t rows = 9;
            WITNESS_OK(vg_term_hypothesis(arena, design, term, type, &contrasts, &rows, &error),
                       &error);
            bool nothing = term == 2 || (term == 1 && type > 1);
            assert_int_equal(rows, nothing ? 0 : 1);
            for (size_t r = 0; r < rows; r++)
                assert_true(vg_design_estimable(design, contrasts + r * design->p));
        }
    assert_int_equal(vg_term_hypothesis(arena, design, 3, 1, NULL, NULL, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_fitted_is_refused_with_a_reason),
        cmocka_unit_test(cr2_stands_where_a_cluster_determines_a_coefficient),
        cmocka_unit_test(clusters_of_one_row_give_the_heteroscedastic_errors),
        cmocka_unit_test(rows_of_weight_zero_do_not_count),
        cmocka_unit_test(units_of_the_outcome_and_row_order_do_not_matter),
        cmocka_unit_test(joint_cluster_robust_test_has_clusters_minus_one_df),
        cmocka_unit_test(ls_means_at_subject_means_weigh_each_subject_once),
        cmocka_unit_test(terms_that_add_nothing_have_no_hypothesis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
