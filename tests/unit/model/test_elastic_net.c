/* The elastic net: optimality conditions at every point, invariances, refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/elastic_net.h>

static VgArena *arena;
static VgError error;

typedef struct Problem {
    VgElasticNetData data;
    size_t n, p;
} Problem;

static double noise(size_t i, size_t j) /* in −1 … 1, without a pattern that matters here */
{
    return sin((double)(i * i + 7 * i + 3) * 0.61803 + (double)(j * j + j) * 1.7321 +
               (double)(i * j) * 0.377);
}

static Problem make(size_t n, size_t p, bool binary)
{
    Problem out = {.n = n, .p = p};
    double *y = VG_NEW(arena, double, n), *w = VG_NEW(arena, double, n);
    double *offset = VG_NEW(arena, double, n);
    VgMatrix x = {VG_NEW(arena, double, n *p), n, p, n};
    assert_false(vg_arena_failed(arena));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++)
            VG_AT(x, i, j) = 100 + (double)(j + 1) * noise(i, j);
        y[i] = noise(i, 0) - 2 * noise(i, 1) + 0.5 * noise(i, 3) + noise(i, p + 3);
        if (binary)
            y[i] = y[i] > 0;
        w[i] = 1 + 0.5 * noise(i, p + 1);
        offset[i] = 0.3 * noise(i, p + 2);
    }
    out.data = (VgElasticNetData){.x = x, .y = y, .weights = w, .offset = offset};
    return out;
}

static VgElasticNetPath fit(const Problem *problem, VgElasticNetOptions options)
{
    VgElasticNetPath path;
    WITNESS_OK(vg_elastic_net_fit(arena, &problem->data, &options, &path, &error), &error);
    assert_true(path.n_points > 0);
    return path;
}

/* The worst breach of the optimality conditions of the lasso at a point, from the data as given: the weighted covariance of the
 * residual with a column of SD s is λ s f sign(β), or less than λ s f where β is 0. Relative to λ s f. */
static double breach(const Problem *problem, const VgElasticNetPoint *point, const double *factor)
{
    size_t n = problem->n;
    const VgElasticNetData *d = &problem->data;
    double *r = VG_NEW(arena, double, n), *beta = VG_NEW(arena, double, problem->p), total = 0;
    assert_false(vg_arena_failed(arena));
    vg_elastic_net_predict(point, d->x, r);
    for (size_t i = 0; i < n; i++) {
        r[i] = d->y[i] - d->offset[i] - r[i];
        total += d->weights[i];
    }
    for (size_t s = 0; s < point->n_nonzero; s++)
        beta[point->feature[s]] = point->value[s];
    double worst = 0, sum = 0;
    for (size_t j = 0; j < problem->p; j++) {
        double mean = 0, square = 0, cross = 0;
        for (size_t i = 0; i < n; i++)
            mean += d->weights[i] / total * VG_AT(d->x, i, j);
        for (size_t i = 0; i < n; i++) {
            double away = VG_AT(d->x, i, j) - mean;
            square += d->weights[i] / total * away * away;
            cross += d->weights[i] / total * away * r[i];
        }
        double bound = point->lambda * sqrt(square) * (factor ? factor[j] : 1);
        double over = beta[j] != 0 ? fabs(cross - copysign(bound, beta[j])) : fabs(cross) - bound;
        worst = fmax(worst, over / (point->lambda * sqrt(square)));
    }
    for (size_t i = 0; i < n; i++)
        sum += d->weights[i] / total * r[i];
    return fmax(worst, fabs(sum));
}

static void every_point_is_optimal(void **state)
{
    (void)state;
    static const size_t SIZE[][2] = {{60, 8}, {40, 90}, {50, 700}, {30, 2}};
    for (size_t s = 0; s < 4; s++) {
        Problem problem = make(SIZE[s][0], SIZE[s][1], false);
        VgElasticNetPath path = fit(&problem, (VgElasticNetOptions){.threshold = 1e-24});
        for (size_t k = 0; k < path.n_points; k++)
            assert_true(breach(&problem, &path.point[k], NULL) < 1e-9);
        assert_int_equal(path.point[0].n_nonzero, 0);
        assert_true(path.point[1].n_nonzero > 0);
    }
}

static void unpenalised_columns_are_fitted_throughout(void **state)
{
    (void)state;
    Problem problem = make(50, 600, false);
    double *factor = VG_NEW(arena, double, 600);
    for (size_t j = 0; j < 600; j++)
        factor[j] = j == 3 ? 0 : 600.0 / 599; /* sums to p, so that λ is not rescaled */
    VgElasticNetPath path =
        fit(&problem, (VgElasticNetOptions){.threshold = 1e-24, .penalty_factor = factor});
    assert_int_equal(path.point[0].n_nonzero, 1);
    assert_int_equal(path.point[0].feature[0], 3);
    for (size_t k = 0; k < path.n_points; k++)
        assert_true(breach(&problem, &path.point[k], factor) < 1e-9);
}

static void a_path_is_the_same_by_covariances_and_residuals(void **state)
{
    (void)state;
    Problem problem = make(40, 90, false);
    /* columns that are left out do not change the problem, but there are more than are held as cross-products at once */
    VgMatrix wide = {VG_NEW(arena, double, 40 * 700), 40, 700, 40};
    double factor[700];
    for (size_t j = 0; j < 700; j++) {
        factor[j] = j < 90 ? 1 : INFINITY;
        for (size_t i = 0; i < 40; i++)
            VG_AT(wide, i, j) = j < 90 ? VG_AT(problem.data.x, i, j) : noise(j, i);
    }
    VgElasticNetOptions options = {
        .threshold = 1e-22, .lambda_min_ratio = 0.02, .ridge_share = 0.2};
    VgElasticNetPath whole = fit(&problem, options);
    problem.data.x = wide;
    options.penalty_factor = factor;
    VgElasticNetPath by_need = fit(&problem, options);
    assert_int_equal(whole.n_points, by_need.n_points);
    for (size_t k = 0; k < whole.n_points; k++) {
        assert_int_equal(whole.point[k].n_nonzero, by_need.point[k].n_nonzero);
        for (size_t s = 0; s < whole.point[k].n_nonzero; s++)
            witness_close("beta", by_need.point[k].value[s], whole.point[k].value[s], 1e-7, 1e-2);
    }
}

static void units_do_not_matter(void **state)
{
    (void)state;
    Problem problem = make(40, 90, false);
    VgElasticNetOptions options = {.threshold = 1e-20};
    VgElasticNetPath before = fit(&problem, options);
    double *y = VG_NEW(arena, double, 40);
    for (size_t i = 0; i < 40; i++) {
        y[i] = 1000 * (problem.data.y[i] - problem.data.offset[i]) + 5;
        VG_AT(problem.data.x, i, 0) = 1e-3 * VG_AT(problem.data.x, i, 0) - 7;
    }
    problem.data.y = y;
    problem.data.offset = NULL;
    VgElasticNetPath after = fit(&problem, options);
    assert_int_equal(before.n_points, after.n_points);
    for (size_t k = 1; k < before.n_points; k++) {
        witness_close("lambda", after.point[k].lambda, 1000 * before.point[k].lambda, 1e-9, 0);
        for (size_t s = 0; s < before.point[k].n_nonzero; s++) {
            double unit = before.point[k].feature[s] ? 1000 : 1e6;
            witness_close("beta", after.point[k].value[s] / unit, before.point[k].value[s], 1e-6,
                          1e-2);
        }
    }
}

static void a_row_of_weight_two_is_two_rows(void **state)
{
    (void)state;
    for (int family = 0; family < 2; family++) {
        Problem once = make(40, 20, family), twice = make(41, 20, family);
        double w[41];
        for (size_t i = 0; i < 40; i++)
            w[i] = i == 5 ? 2 : 1;
        once.data.weights = w;
        for (size_t j = 0; j < 20; j++)
            VG_AT(twice.data.x, 40, j) = VG_AT(twice.data.x, 5, j);
        ((double *)(uintptr_t)twice.data.y)[40] = twice.data.y[5];
        ((double *)(uintptr_t)twice.data.offset)[40] = twice.data.offset[5];
        twice.data.weights = NULL;
        VgElasticNetOptions options = {
            .threshold = 1e-20, .family = (VgElasticNetFamily)family, .lambda_min_ratio = 0.05};
        VgElasticNetPath a = fit(&once, options), b = fit(&twice, options);
        assert_int_equal(a.n_points, b.n_points);
        witness_close("null deviance", a.null_deviance, b.null_deviance, 1e-10, 0);
        for (size_t k = 0; k < a.n_points; k++)
            for (size_t s = 0; s < a.point[k].n_nonzero; s++)
                witness_close("beta", a.point[k].value[s], b.point[k].value[s], 1e-7, 1e-2);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    Problem problem = make(60, 8, false);
    double lower[8], upper[8];
    for (size_t j = 0; j < 8; j++) {
        lower[j] = -0.1;
        upper[j] = 0.05;
    }
    VgElasticNetPath path = fit(&problem, (VgElasticNetOptions){.lower = lower, .upper = upper});
    bool reached = false;
    for (size_t k = 0; k < path.n_points; k++)
        for (size_t s = 0; s < path.point[k].n_nonzero; s++) {
            double value = path.point[k].value[s];
            assert_true(value >= -0.1 - 1e-12 && value <= 0.05 + 1e-12);
            reached |= fabs(value + 0.1) < 1e-12 || fabs(value - 0.05) < 1e-12;
        }
    assert_true(reached);
}

static void between_points_coefficients_lie_on_lines(void **state)
{
    (void)state;
    Problem problem = make(60, 8, false);
    VgElasticNetPath path = fit(&problem, (VgElasticNetOptions){.n_lambda = 10});
    double at[8], left[8], right[8], a, l, r;
    const VgElasticNetPoint *point = path.point;
    vg_elastic_net_at(&path, point[3].lambda, &l, left);
    vg_elastic_net_at(&path, point[4].lambda, &r, right);
    vg_elastic_net_at(&path, 0.25 * point[3].lambda + 0.75 * point[4].lambda, &a, at);
    witness_close("intercept", a, 0.25 * l + 0.75 * r, 1e-10, 1);
    for (size_t j = 0; j < 8; j++)
        witness_close("beta", at[j], 0.25 * left[j] + 0.75 * right[j], 1e-10, 1e-3);
    vg_elastic_net_at(&path, 2 * point[0].lambda, &a, at);
    assert_true(a == point[0].intercept);
    vg_elastic_net_at(&path, 0, &a, at);
    assert_true(a == point[path.n_points - 1].intercept);
}

static void refuse(Problem problem, VgElasticNetOptions options, VgStatus status, const char *word)
{
    VgElasticNetPath path;
    error = (VgError){0};
    assert_int_equal(vg_elastic_net_fit(arena, &problem.data, &options, &path, &error), status);
    if (!strstr(error.message, word))
        fail_msg("'%s' does not say '%s'", error.message, word);
    assert_true(error.hint[0]);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    Problem good = make(20, 3, false), bad = good, binary = make(20, 3, true);
    double y[20] = {0}, x[60], factor[3] = {-1, 0, 0}, none[3] = {0}, one[3] = {1, 1, 1};
    double rising[2] = {1, 2};
    memcpy(x, good.data.x.data, sizeof x);
    refuse(good, (VgElasticNetOptions){.ridge_share = 2}, VG_INVALID_INPUT, "ridge share");
    refuse(good, (VgElasticNetOptions){.penalty_factor = factor}, VG_INVALID_INPUT, "column 1");
    refuse(good, (VgElasticNetOptions){.penalty_factor = none}, VG_NOT_ESTIMABLE, "penalty");
    refuse(good, (VgElasticNetOptions){.lower = one}, VG_INVALID_INPUT, "column 1");
    refuse(good, (VgElasticNetOptions){.lambda = rising, .n_lambda = 2}, VG_INVALID_INPUT,
           "penalty 2");
    refuse(good, (VgElasticNetOptions){.max_cycles = 2}, VG_NO_CONVERGENCE, "cycles");
    refuse(good, (VgElasticNetOptions){.family = VG_ELASTIC_NET_BINOMIAL}, VG_INVALID_INPUT, "row");
    bad.data.y = y;
    bad.data.offset = NULL;
    refuse(bad, (VgElasticNetOptions){0}, VG_NOT_ESTIMABLE, "vary");
    binary.data.y = y;
    refuse(binary, (VgElasticNetOptions){.family = VG_ELASTIC_NET_BINOMIAL}, VG_NOT_ESTIMABLE,
           "all responses are 0");
    y[3] = NAN;
    refuse(bad, (VgElasticNetOptions){0}, VG_INVALID_INPUT, "row 4");
    bad = good;
    bad.data.x.data = x;
    x[25] = INFINITY;
    refuse(bad, (VgElasticNetOptions){0}, VG_INVALID_INPUT, "column 2");
    bad = good;
    bad.data.x.rows = 1;
    refuse(bad, (VgElasticNetOptions){0}, VG_NOT_ESTIMABLE, "1 rows");
}

static void a_constant_column_stays_out(void **state)
{
    (void)state;
    Problem problem = make(40, 5, false);
    for (size_t i = 0; i < 40; i++)
        VG_AT(problem.data.x, i, 2) = 4.1;
    VgElasticNetPath path = fit(&problem, (VgElasticNetOptions){0});
    const VgElasticNetPoint *last = &path.point[path.n_points - 1];
    assert_int_equal(last->n_nonzero, 4);
    for (size_t s = 0; s < 4; s++)
        assert_int_not_equal(last->feature[s], 2);
}

static void folds_must_be_whole(void **state)
{
    (void)state;
    Problem problem = make(20, 3, false);
    VgElasticNetValidation out;
    VgElasticNetOptions options = {0};
    int32_t fold[20] = {0};
    assert_int_equal(
        vg_elastic_net_cross_validate(arena, &problem.data, &options, fold, 1, 1, &out, &error),
        VG_INVALID_INPUT);
    assert_int_equal(
        vg_elastic_net_cross_validate(arena, &problem.data, &options, fold, 2, 1, &out, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "fold 1 has no rows"));
    fold[3] = 2;
    assert_int_equal(
        vg_elastic_net_cross_validate(arena, &problem.data, &options, fold, 2, 1, &out, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "row 4 is in fold 2"));
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_point_is_optimal),
        cmocka_unit_test(unpenalised_columns_are_fitted_throughout),
        cmocka_unit_test(a_path_is_the_same_by_covariances_and_residuals),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(a_row_of_weight_two_is_two_rows),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(between_points_coefficients_lie_on_lines),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(a_constant_column_stays_out),
        cmocka_unit_test(folds_must_be_whole),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
