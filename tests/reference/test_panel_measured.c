/* Contrasts of measured analytes against R (tests/reference/panel_measured.R): REML of the MMRM by its own likelihood, lmerTest,
 * Rubin's rules on the same completed data sets, an imputation of R's own, Firth's logistic regression. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include "panel/measured_internal.h"

enum { ARMS = 3, VISITS = 3, PLACES = VISITS + 1, MOST = 80 };

static VgArena *arena;
static json_t *root;
static VgError error;
static size_t n, arm[MOST];
static double site[MOST];

/* Places × participants of R's list of columns, into bounds of one analyte. */
static void read_analyte(const json_t *of, double *to)
{
    for (size_t t = 0; t < PLACES; t++)
        for (size_t i = 0; i < n; i++) {
            const json_t *value = json_array_get(json_array_get(of, t), i);
            to[i + n * t] = json_is_number(value) ? json_number_value(value) : NAN;
        }
}

static double cell(const json_t *rows, size_t row, size_t column)
{
    return json_number_value(json_array_get(json_array_get(rows, row), column));
}

static VgMeasuredData data_of(const double *lower, const double *upper, size_t n_analytes,
                              const char *const *name)
{
    return (VgMeasuredData){.n = n,
                            .n_arms = ARMS,
                            .n_visits = VISITS,
                            .arm = arm,
                            .baseline = true,
                            .covariate = {site, n, 1, n},
                            .n_analytes = n_analytes,
                            .lower = lower,
                            .upper = upper,
                            .analyte = name};
}

static double values[3 * PLACES * MOST];
static const char *const NAME[] = {"first", "second", "third"};

static void check_row(const char *what, const VgInference *of, const json_t *rows, size_t row,
                      double digits, double df_digits)
{
    char path[80];
    snprintf(path, sizeof path, "%s %zu", what, row);
    witness_close(path, of->estimate, cell(rows, row, 0), digits, cell(rows, row, 1));
    witness_close(path, of->se, cell(rows, row, 1), digits, 0);
    witness_close(path, of->df, cell(rows, row, 2), df_digits, 0);
}

/* R's own likelihood is maximised by Newton steps on numerical derivatives, which leave 2e-9 of an estimate (1.2e-8 of it). */
static void mmrm_agrees_with_its_likelihood(void **state)
{
    (void)state;
    assert_true(witness_number(root, "gls_apart") < 1e-4); /* nlme stops early, R's sides agree */
    const VgMeasuredData data = data_of(values, values, 3, NAME);
    VgMeasuredResult out;
    WITNESS_OK(vg_measured_contrasts(arena, &data, &(VgMeasuredOptions){0}, &out, &error), &error);
    for (size_t j = 0; j < 3; j++) {
        const json_t *of = json_array_get(witness_at(root, "mmrm"), j);
        assert_null(out.failed[j]);
        assert_int_equal(out.covariance[j], VG_COVARIANCE_UNSTRUCTURED);
        assert_int_equal(out.imputed[j], 0);
        for (size_t k = 0; k < VISITS * (ARMS - 1); k++)
            check_row("contrast", &out.contrast[j * VISITS * (ARMS - 1) + k].inference,
                      json_object_get(of, "contrast"), k, 1e-7, 1e-5);
        for (size_t k = 0; k < VISITS * ARMS; k++)
            check_row("mean", &out.mean[j * VISITS * ARMS + k], json_object_get(of, "mean"), k,
                      1e-7, 1e-5);
    }
}

/* lme4's optimum is good to about 1e-6 of a variance. */
static void shared_model_agrees_with_lmerTest(void **state)
{
    (void)state;
    const VgMeasuredData data = data_of(values, values, 3, NAME);
    VgMeasuredResult out;
    WITNESS_OK(vg_measured_contrasts(
                   arena, &data, &(VgMeasuredOptions){.model = VG_MEASURED_SHARED}, &out, &error),
               &error);
    for (size_t j = 0; j < 3; j++)
        for (size_t k = 0; k < VISITS * (ARMS - 1); k++)
            check_row("shared", &out.contrast[j * VISITS * (ARMS - 1) + k].inference,
                      json_array_get(witness_at(root, "shared"), j), k, 1e-6, 1e-4);
}

/* The very same completed data sets: no Monte Carlo error is left. */
static void pooling_agrees_on_the_same_completed_data(void **state)
{
    (void)state;
    const json_t *filled = witness_at(root, "filled"), *pooled = witness_at(root, "pooled");
    size_t m = json_array_size(filled);
    static double y[20 * PLACES * MOST];
    const VgMeasuredOptions options = {.level = 0.95};
    const VgMeasuredData data = data_of(values, values, 1, NAME);
    bool on[PLACES] = {true, true, true, true};
    for (size_t d = 0; d < m; d++)
        read_analyte(json_array_get(filled, d), y + d * n * PLACES);
    const VgMeasuredCase one = {.data = &data,
                                .options = &options,
                                .places = PLACES,
                                .lower = values,
                                .upper = values,
                                .on_mean_scale = on,
                                .any = true,
                                .n_filled = m,
                                .y = y};
    VgMeasuredAnswer contrast[VISITS * (ARMS - 1)];
    VgInference mean[VISITS * ARMS];
    VgCovariance covariance;
    VgMeasuredSink sink = {contrast, mean, &covariance};
    WITNESS_OK(vg_measured_mmrm(arena, &one, &sink, &error), &error);
    for (size_t k = 0; k < VISITS * (ARMS - 1); k++) {
        check_row("pooled", &contrast[k].inference, pooled, k, 1e-8, 1e-5);
        witness_close("share", contrast[k].imputed, cell(pooled, k, 3), 1e-6, 0);
    }
}

/* Two programs, M imputations and 600: they differ by Monte Carlo error alone. 4 SE of an estimate; of a standard error 10 %, since the
 * variance of one completed data set has a spread of a quarter of itself: 0.25/√60 = 3 % of the variance within, and B is known to 18 %. */
static void imputation_agrees_with_another_within_monte_carlo_error(void **state)
{
    (void)state;
    const json_t *pooled = witness_at(root, "mi/pooled");
    double limit = witness_number(root, "mi/limit"), M = witness_number(root, "mi/M");
    static double lower[PLACES * MOST], upper[PLACES * MOST];
    for (size_t k = 0; k < n * PLACES; k++) {
        double value = values[n * PLACES + k];
        lower[k] = value < limit ? -INFINITY : value;
        upper[k] = value < limit ? limit : value;
    }
    const VgMeasuredData data = data_of(lower, upper, 1, NAME + 1);
    VgMeasuredResult out, again, other;
    const VgMeasuredOptions options = {.imputations = 600, .threads = 1};
    WITNESS_OK(vg_measured_contrasts(arena, &data, &options, &out, &error), &error);
    assert_null(out.failed[0]);
    assert_true(out.imputed[0] > 0);
    for (size_t k = 0; k < VISITS * (ARMS - 1); k++) {
        const VgMeasuredAnswer *of = &out.contrast[k];
        double between = cell(pooled, k, 2), within = cell(pooled, k, 1);
        double total = within + (1 + 1 / M) * between;
        assert_true(fabs(of->inference.estimate - cell(pooled, k, 0)) <
                    4 * sqrt(between / M + between / 600));
        witness_close("se", of->inference.se, sqrt(total), 0.1, 0);
        assert_true(of->imputed > 0 && of->imputed < 0.5);
    }
    /* the same seed, the same bits; another seed, others */
    WITNESS_OK(vg_measured_contrasts(arena, &data, &options, &again, &error), &error);
    assert_memory_equal(out.contrast, again.contrast, VISITS * (ARMS - 1) * sizeof *out.contrast);
    VgMeasuredOptions seed = options;
    seed.seed = 2;
    seed.imputations = 20;
    WITNESS_OK(vg_measured_contrasts(arena, &data, &seed, &other, &error), &error);
    assert_true(other.contrast[0].inference.estimate != out.contrast[0].inference.estimate);
}

static void detection_agrees_with_firths_regression(void **state)
{
    (void)state;
    const json_t *rows = witness_at(root, "detect/rows");
    double limit = witness_number(root, "detect/limit");
    static double lower[PLACES * MOST], upper[PLACES * MOST];
    for (size_t k = 0; k < n * PLACES; k++) {
        double value = values[2 * n * PLACES + k];
        lower[k] = value < limit ? -INFINITY : value;
        upper[k] = value < limit ? limit : value;
    }
    const VgMeasuredData data = data_of(lower, upper, 1, NAME + 2);
    VgMeasuredResult out;
    WITNESS_OK(vg_measured_contrasts(arena, &data, &(VgMeasuredOptions){0}, &out, &error), &error);
    assert_false(out.mean_scale[0]); /* the baseline is beyond 70 % */
    for (size_t k = 0; k < VISITS * (ARMS - 1); k++) {
        assert_true(out.contrast[k].detection);
        witness_close("log odds", out.contrast[k].inference.estimate, cell(rows, k, 0), 1e-9, 1e-3);
        witness_close("se", out.contrast[k].inference.se, cell(rows, k, 1), 1e-9, 0);
        assert_true(isnan(out.mean[k].estimate));
    }
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/panel_measured.json"));
    n = (size_t)witness_number(root, "n");
    for (size_t i = 0; i < n; i++) {
        arm[i] = (size_t)json_integer_value(json_array_get(witness_at(root, "arm"), i));
        site[i] = json_number_value(json_array_get(witness_at(root, "site"), i));
    }
    for (size_t j = 0; j < 3; j++)
        read_analyte(json_array_get(witness_at(root, "analyte"), j), values + j * n * PLACES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mmrm_agrees_with_its_likelihood),
        cmocka_unit_test(shared_model_agrees_with_lmerTest),
        cmocka_unit_test(pooling_agrees_on_the_same_completed_data),
        cmocka_unit_test(imputation_agrees_with_another_within_monte_carlo_error),
        cmocka_unit_test(detection_agrees_with_firths_regression),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
