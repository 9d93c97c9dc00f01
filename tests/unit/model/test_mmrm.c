/* MMRM on small designs whose answers are known, and everything it must refuse. */
#include "support/witness.h"

#include <math.h>

#include <vagus/vagus.h>

enum { MOST = 64, COLUMNS = 4 };

typedef struct Small {
    double x[MOST * COLUMNS], y[MOST];
    int32_t subject[MOST], visit[MOST], group[MOST];
    VgMmrmData data;
} Small;

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* `n` subjects × m visits, arm alternating, columns intercept, arm, last visit, and baseline. */
static void build(Small *small, size_t n, size_t m, size_t p)
{
    *small = (Small){0};
    size_t rows = n * m;
    for (size_t s = 0; s < n; s++)
        for (size_t a = 0; a < m; a++) {
            size_t i = s * m + a;
            double values[COLUMNS] = {1.0, (double)(s % 2), a == 1 ? 1.0 : 0.0,
                                      sin((double)(3 * s + 1))};
            for (size_t j = 0; j < p; j++)
                small->x[i + j * rows] = values[j];
            small->y[i] = 10.0 + cos(1.7 * (double)s) * 2.0 + sin((double)(i * i)) - (double)a;
            small->subject[i] = (int32_t)s;
            small->visit[i] = (int32_t)a;
            small->group[i] = (int32_t)(s % 2);
        }
    small->data = (VgMmrmData){.n_rows = rows,
                               .x = {small->x, rows, p, rows},
                               .y = small->y,
                               .subject = small->subject,
                               .visit = small->visit,
                               .n_subjects = n,
                               .n_visits = m};
}

/* Fails with `status`, and says each of the words. */
static void refused(const VgMmrmData *data, VgMmrmOptions options, VgStatus status,
                    const char *word1, const char *word2)
{
    VgMmrmFit fit;
    VgError error = {0};
    assert_int_equal(vg_mmrm_fit(arena, data, &options, &fit, &error), status);
    if (!strstr(error.message, word1) || !strstr(error.message, word2))
        fail_msg("'%s' lacks '%s' or '%s'", error.message, word1, word2);
    assert_true(error.hint[0] != '\0');
}

/* Sleep data of Student (1908), as R's datasets::sleep: extra hours under two drugs, ten patients. */
static const double DRUG_1[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0};
static const double DRUG_2[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

static void paired_t_test_is_us_over_two_visits(void **state)
{
    (void)state;
    Small small;
    build(&small, 10, 2, 2);
    for (size_t s = 0; s < 10; s++)
        for (size_t a = 0; a < 2; a++) {
            small.x[2 * s + a + 20] = (double)a;
            small.y[2 * s + a] = a ? DRUG_2[s] : DRUG_1[s];
        }
    static const VgDfMethod methods[] = {VG_DF_SATTERTHWAITE, VG_DF_KENWARD_ROGER_LINEAR};
    for (size_t k = 0; k < 2; k++) {
        VgMmrmOptions options = {.df = methods[k]};
        VgMmrmFit fit;
        VgInference out;
        VgError error = {0};
        const double contrast[] = {0.0, 1.0};
        WITNESS_OK(vg_mmrm_fit(arena, &small.data, &options, &fit, &error), &error);
        WITNESS_OK(vg_mmrm_contrast(&fit, contrast, 0.95, &out, &error), &error);
        /* R 4.2.2: t.test(sleep$extra[11:20], sleep$extra[1:10], paired = TRUE) */
        witness_close("t", out.statistic, 4.062127683382037, 1e-10, 0.0);
        witness_close("df", out.df, 9.0, 1e-9, 0.0);
        witness_close("p", out.p, 0.00283289019738427, 1e-8, 0.0);
        witness_close("lower", out.lower, 0.7001142, 1e-6, 0.0);
        witness_close("upper", out.upper, 2.4598858, 1e-6, 0.0);
    }
}

static void one_visit_is_the_linear_model(void **state)
{
    (void)state;
    Small small;
    build(&small, 30, 1, 2);
    static const VgDfMethod methods[] = {VG_DF_SATTERTHWAITE, VG_DF_KENWARD_ROGER_LINEAR,
                                         VG_DF_RESIDUAL};
    /* difference of two means with pooled variance, by hand */
    double mean[2] = {0.0, 0.0}, ss = 0.0;
    for (size_t i = 0; i < 30; i++)
        mean[i % 2] += small.y[i] / 15.0;
    for (size_t i = 0; i < 30; i++)
        ss += (small.y[i] - mean[i % 2]) * (small.y[i] - mean[i % 2]);
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++)
        for (size_t k = 0; k < 3; k++) {
            VgMmrmOptions options = {.covariance = (VgCovariance)s, .df = methods[k]};
            VgMmrmFit fit;
            VgInference out;
            VgError error = {0};
            const double contrast[] = {0.0, 1.0};
            WITNESS_OK(vg_mmrm_fit(arena, &small.data, &options, &fit, &error), &error);
            WITNESS_OK(vg_mmrm_contrast(&fit, contrast, 0.95, &out, &error), &error);
            assert_int_equal(fit.n_theta, 1);
            witness_close("difference", out.estimate, mean[1] - mean[0], 1e-12, 0.01);
            witness_close("se", out.se, sqrt(ss / 28.0 * 2.0 / 15.0), 1e-10, 0.0);
            witness_close("df", out.df, 28.0, 1e-9, 0.0);
        }
}

static void ols_is_the_answer_for_complete_data_and_visit_means(void **state)
{
    (void)state;
    Small small;
    build(&small, 16, 2, 3);
    VgMmrmFit fit;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_fit(arena, &small.data, NULL, &fit, &error), &error);
    double change = 0.0;
    for (size_t s = 0; s < 16; s++)
        change += (small.y[2 * s + 1] - small.y[2 * s]) / 16.0;
    witness_close("change", fit.beta[2], change, 1e-10, 0.0);
}

static void negative_correlation_is_found_by_cs(void **state)
{
    (void)state;
    Small small;
    build(&small, 20, 3, 2);
    for (size_t s = 0; s < 20; s++) { /* deviations that sum to nearly zero within a subject */
        double a = sin((double)(5 * s + 1)), b = cos((double)(7 * s + 2));
        small.y[3 * s] = 5.0 + a + 0.02 * b;
        small.y[3 * s + 1] = 5.0 + b - 0.03 * a;
        small.y[3 * s + 2] = 5.0 - a - b + 0.1 * sin((double)(11 * s));
    }
    VgMmrmOptions options = {.covariance = VG_COVARIANCE_COMPOUND_SYMMETRY};
    VgMmrmFit fit;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_fit(arena, &small.data, &options, &fit, &error), &error);
    double rho = VG_AT(fit.sigma[0], 0, 1) / VG_AT(fit.sigma[0], 0, 0);
    assert_true(rho < -0.4 && rho > -0.5);
}

static void bad_data_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const subjects[MOST] = {"S01", "S02", "S03"};
    static const char *const visits[] = {"week 2", "week 4", "week 6"};
    static const char *const columns[] = {"(Intercept)", "arm", "visit4", "baseline"};
    VgMmrmOptions none = {0};
    Small small;

    build(&small, 20, 2, 3);
    small.data.subject_label = subjects;
    small.data.visit_label = visits;
    small.visit[3] = 0;
    refused(&small.data, none, VG_INVALID_INPUT, "S02", "week 2");

    build(&small, 20, 2, 3);
    small.data.group = small.group;
    small.data.n_groups = 2;
    small.data.subject_label = subjects;
    small.group[1] = 1;
    refused(&small.data, none, VG_INVALID_INPUT, "S01", "groups");

    build(&small, 20, 2, 3);
    for (size_t i = 0; i < 40; i++)
        small.y[i] = 7.0;
    refused(&small.data, none, VG_NOT_ESTIMABLE, "constant", "7");

    build(&small, 20, 2, 4);
    small.data.coefficient_label = columns;
    for (size_t i = 0; i < 40; i++)
        small.x[i + 120] = 3.0 - 2.0 * small.x[i + 40];
    refused(&small.data, none, VG_NOT_ESTIMABLE, "baseline", "combination");

    build(&small, 4, 3, 2);
    refused(&small.data, none, VG_NOT_ESTIMABLE, "4 subjects", "6 covariance parameters");

    build(&small, 20, 2, 3);
    small.y[5] = NAN;
    refused(&small.data, none, VG_INVALID_INPUT, "row 6", "finite");

    build(&small, 20, 2, 3);
    small.x[4] = INFINITY;
    refused(&small.data, none, VG_INVALID_INPUT, "column 1", "finite");

    build(&small, 20, 2, 3);
    small.subject[0] = 99;
    refused(&small.data, none, VG_INVALID_INPUT, "row 1", "range");

    build(&small, 20, 2, 3);
    static double weights[40];
    for (size_t i = 0; i < 40; i++)
        weights[i] = 1.0;
    weights[2] = 0.0;
    small.data.weights = weights;
    refused(&small.data, none, VG_INVALID_INPUT, "row 3", "weight");

    build(&small, 20, 2, 3);
    small.data.n_visits = 3;
    small.data.visit_label = visits;
    refused(&small.data, none, VG_NOT_ESTIMABLE, "nobody", "week 6");

    build(&small, 20, 2, 3);
    for (size_t i = 0; i < 40; i++)
        small.y[i] = 1.0 + small.x[i + 40] - 2.0 * small.x[i + 80];
    refused(&small.data, none, VG_NOT_ESTIMABLE, "exactly", "");
}

/* Visits 0 and 2 are never seen together. */
static void build_gap(Small *small)
{
    build(small, 20, 3, 2);
    size_t n = 0;
    for (size_t i = 0; i < 60; i++) {
        if ((i / 3 % 2 == 0 && i % 3 == 0) || (i / 3 % 2 == 1 && i % 3 == 2))
            continue;
        for (size_t j = 0; j < 2; j++)
            small->x[n + j * 60] = j ? (double)(i / 3 % 4 < 2) : 1.0;
        small->y[n] = small->y[i];
        small->subject[n] = small->subject[i];
        small->visit[n++] = small->visit[i];
    }
    small->data.n_rows = n;
    small->data.x = (VgMatrix){small->x, n, 2, 60};
}

static void pair_of_visits_nobody_has_is_named_and_fallback_leaves_a_trail(void **state)
{
    (void)state;
    static const char *const visits[] = {"week 2", "week 4", "week 6"};
    Small small;
    build_gap(&small);
    small.data.visit_label = visits;
    refused(&small.data, (VgMmrmOptions){0}, VG_NOT_ESTIMABLE, "week 2 and week 6", "unstructured");
    static const VgCovariance fallback[] = {VG_COVARIANCE_AR1_HETEROGENEOUS};
    VgMmrmOptions options = {.fallback = fallback, .n_fallback = 1};
    VgMmrmFit fit;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_fit(arena, &small.data, &options, &fit, &error), &error);
    assert_true(fit.fell_back);
    assert_int_equal(fit.covariance, VG_COVARIANCE_AR1_HETEROGENEOUS);
    assert_int_equal(fit.trace[0].covariance, VG_COVARIANCE_UNSTRUCTURED);
    assert_non_null(strstr(fit.trace[0].note, "week 6"));
}

static void combinations_of_options_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    Small small;
    build(&small, 20, 2, 3);
    refused(&small.data, (VgMmrmOptions){.df = VG_DF_KENWARD_ROGER, .likelihood = VG_ML},
            VG_INVALID_INPUT, "kenward-roger", "REML");
    refused(&small.data,
            (VgMmrmOptions){.df = VG_DF_KENWARD_ROGER_LINEAR, .sandwich = VG_SANDWICH_CR2},
            VG_INVALID_INPUT, "kenward-roger-linear", "sandwich");
}

static void the_limit_of_iterations_is_told_with_what_was_tried(void **state)
{
    (void)state;
    Small small;
    build(&small, 20, 3, 3);
    VgMmrmOptions options = {.max_iterations = 1};
    VgMmrmFit fit;
    VgError error = {0};
    assert_int_equal(vg_mmrm_fit(arena, &small.data, &options, &fit, &error), VG_NO_CONVERGENCE);
    assert_true(fit.n_trace >= 2);
    assert_false(fit.converged);
    assert_non_null(strstr(error.message, "us"));
}

/* The likelihood of outcomes that never change within a subject has no maximum: any answer would be invented. */
static void outcomes_constant_within_subjects_have_no_optimum(void **state)
{
    (void)state;
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++) {
        Small small;
        build(&small, 20, 3, 2);
        for (size_t i = 0; i < 60; i++)
            small.y[i] = 4.0 * sin(3.1 * (double)(i / 3));
        VgMmrmOptions options = {.covariance = (VgCovariance)s};
        refused(&small.data, options, VG_NO_CONVERGENCE, "no certified optimum",
                vg_covariance_name(options.covariance));
    }
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < VG_COVARIANCE_COUNT; i++) {
        VgCovariance back;
        assert_true(vg_covariance_from_name(vg_covariance_name((VgCovariance)i), &back));
        assert_int_equal(back, i);
    }
    for (int i = 0; i < VG_DF_COUNT; i++) {
        VgDfMethod back;
        assert_true(vg_df_method_from_name(vg_df_method_name((VgDfMethod)i), &back));
        assert_int_equal(back, i);
    }
    VgCovariance covariance;
    VgDfMethod method;
    assert_false(vg_covariance_from_name("un", &covariance));
    assert_false(vg_df_method_from_name(NULL, &method));
}

static void full_kenward_roger_is_cautioned_against_in_small_trials(void **state)
{
    (void)state;
    assert_non_null(vg_df_method_caution(VG_DF_KENWARD_ROGER, 40));
    assert_null(vg_df_method_caution(VG_DF_KENWARD_ROGER, 80));
    assert_null(vg_df_method_caution(VG_DF_KENWARD_ROGER_LINEAR, 40));
    assert_null(vg_df_method_caution(VG_DF_SATTERTHWAITE, 40));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_kenward_roger_is_cautioned_against_in_small_trials),
        cmocka_unit_test(paired_t_test_is_us_over_two_visits),
        cmocka_unit_test(one_visit_is_the_linear_model),
        cmocka_unit_test(ols_is_the_answer_for_complete_data_and_visit_means),
        cmocka_unit_test(negative_correlation_is_found_by_cs),
        cmocka_unit_test(bad_data_are_refused_by_name),
        cmocka_unit_test(pair_of_visits_nobody_has_is_named_and_fallback_leaves_a_trail),
        cmocka_unit_test(combinations_of_options_that_mean_nothing_are_refused),
        cmocka_unit_test(the_limit_of_iterations_is_told_with_what_was_tried),
        cmocka_unit_test(outcomes_constant_within_subjects_have_no_optimum),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
