/* The elastic net against glmnet run to its ends: tests/reference/elastic_net.R makes elastic_net.json, and the data by the same
 * recipe as here. Both solve the same convex problem, and ours holds its optimality conditions to 1e-9 (unit test);
 * 1e-7 of the largest coefficient allows for glmnet's own stop where nearly as many columns as rows are in. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/elastic_net.h>

typedef struct Data {
    size_t n, p;
    VgMatrix x;
    double *y, *binary, *weight, *offset, *factor;
    int32_t *fold;
} Data;

static VgArena *arena;
static VgError error;
static json_t *witness;
static Data tall, wide, wider;
static double generator;

static double uniform(void) /* Park & Miller */
{
    generator = fmod(16807 * generator, 2147483647);
    return generator / 2147483647;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Data make(size_t n, size_t p, double seed)
{
    Data d = {.n = n, .p = p};
    d.x = (VgMatrix){VG_NEW(arena, double, n *p), n, p, n};
    d.y = VG_NEW(arena, double, n);
    d.binary = VG_NEW(arena, double, n);
    d.weight = VG_NEW(arena, double, n);
    d.offset = VG_NEW(arena, double, n);
    d.factor = VG_NEW(arena, double, p);
    d.fold = VG_NEW(arena, int32_t, n);
    double *sorted = VG_NEW(arena, double, n);
    assert_false(vg_arena_failed(arena));
    generator = seed;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++)
            VG_AT(d.x, i, j) = uniform() + (j ? 0.6 * VG_AT(d.x, i, j - 1) : 3);
        for (size_t j = 0; j < p; j += 7)
            d.y[i] += (j % 2 ? -1.5 : 1) * VG_AT(d.x, i, j) / (1 + (double)(j + 1) / 20);
        d.y[i] += uniform();
        d.y[i] += uniform() - 1;
        d.weight[i] = 0.5 + uniform();
        d.offset[i] = uniform() - 0.5;
        d.fold[i] = (int32_t)(i % 5);
    }
    memcpy(sorted, d.y, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++)
        d.binary[i] = d.y[i] > (sorted[n / 2 - 1] + sorted[n / 2]) / 2 + (d.weight[i] - 1) / 2;
    for (size_t j = 0; j < p; j++)
        d.factor[j] = j == 0 || j == 8 ? 0 : (double)(j % 3) / 2 + 0.5;
    return d;
}

/* Every coefficient, relative to the largest of the fit. */
static double compare(const VgElasticNetPoint *point, const json_t *feature, const json_t *value,
                      size_t p)
{
    double *expected = VG_NEW(arena, double, p), *got = VG_NEW(arena, double, p), largest = 0,
           worst = 0;
    assert_false(vg_arena_failed(arena));
    for (size_t s = 0; s < json_array_size(feature); s++) {
        double b = json_number_value(json_array_get(value, s));
        expected[json_integer_value(json_array_get(feature, s))] = b;
        largest = fmax(largest, fabs(b));
    }
    for (size_t s = 0; s < point->n_nonzero; s++)
        got[point->feature[s]] = point->value[s];
    for (size_t j = 0; j < p; j++) {
        if (got[j] != 0 || expected[j] != 0)
            witness_close("coefficient", got[j], expected[j], 1e-7, largest);
        worst = fmax(worst, fabs(got[j] - expected[j]));
    }
    return largest > 0 ? worst / largest : worst;
}

static double at(const json_t *root, const char *name, size_t k)
{
    return json_number_value(json_array_get(witness_at(root, name), k));
}

enum { WEIGHTS = 1, OFFSET = 2, FACTORS = 4, ALL = 7 };

static void agree(const char *name, const Data *d, VgElasticNetOptions options, int uses)
{
    const json_t *expected = witness_at(witness, name);
    VgElasticNetData data = {.x = d->x,
                             .y = options.family ? d->binary : d->y,
                             .weights = uses & WEIGHTS ? d->weight : NULL,
                             .offset = uses & OFFSET ? d->offset : NULL};
    VgElasticNetPath path;
    options.penalty_factor = uses & FACTORS ? d->factor : NULL;
    options.n_lambda = 30;
    options.threshold = 1e-20;
    WITNESS_OK(vg_elastic_net_fit(arena, &data, &options, &path, &error), &error);
    size_t n = json_array_size(witness_at(expected, "lambda"));
    assert_int_equal(path.n_points, n);
    witness_close(name, path.null_deviance, witness_number(expected, "null_deviance"), 1e-9, 0);
    double worst = 0;
    /* glmnet solves its first point at an infinite penalty, whatever it reports: of ridge no fit at lambda[1] */
    for (size_t k = options.ridge_share == 1; k < n; k++) {
        const VgElasticNetPoint *point = &path.point[k];
        witness_close("lambda", point->lambda, at(expected, "lambda", k), 1e-9, 0);
        witness_close("intercept", point->intercept, at(expected, "intercept", k), 1e-7, 1);
        witness_close("deviance ratio", point->deviance_ratio, at(expected, "deviance_ratio", k),
                      1e-8, 1);
        worst = fmax(worst, compare(point, json_array_get(witness_at(expected, "feature"), k),
                                    json_array_get(witness_at(expected, "value"), k), d->p));
    }
    print_message("%s: %zu points, %zu cycles, coefficients apart by %.1e\n", name, n, path.cycles,
                  worst);
}

static void gaussian_paths_agree_with_glmnet(void **state)
{
    (void)state;
    agree("tall", &tall, (VgElasticNetOptions){0}, 0);
    agree("tall_all", &tall, (VgElasticNetOptions){.ridge_share = 0.5}, ALL);
    agree("tall_ridge", &tall, (VgElasticNetOptions){.ridge_share = 1}, 0);
    agree("wide", &wide, (VgElasticNetOptions){0}, 0);
    agree("wide_all", &wide, (VgElasticNetOptions){.ridge_share = 0.5}, ALL);
    agree("wider", &wider, (VgElasticNetOptions){0}, 0);
    agree("wider_all", &wider, (VgElasticNetOptions){.ridge_share = 0.5}, ALL);
}

static void gaussian_limits_and_origin_agree_with_glmnet(void **state)
{
    (void)state;
    double lower[12] = {0}, upper[12];
    for (size_t j = 0; j < 12; j++)
        upper[j] = 0.3;
    agree("tall_raw", &tall,
          (VgElasticNetOptions){.no_standardise = true, .lower = lower, .upper = upper}, 0);
    agree("tall_no_intercept", &tall,
          (VgElasticNetOptions){.ridge_share = 0.3, .no_intercept = true}, WEIGHTS);
}

static void binomial_paths_agree_with_glmnet(void **state)
{
    (void)state;
    double lower[12];
    for (size_t j = 0; j < 12; j++)
        lower[j] = -1;
    VgElasticNetOptions o = {.family = VG_ELASTIC_NET_BINOMIAL};
    agree("binomial_tall", &tall, o, 0);
    agree("binomial_wide", &wide, o, 0);
    o.ridge_share = 0.5;
    agree("binomial_tall_all", &tall, o, ALL);
    agree("binomial_wide_all", &wide, o, ALL);
    o = (VgElasticNetOptions){
        .family = VG_ELASTIC_NET_BINOMIAL, .no_intercept = true, .lower = lower};
    agree("binomial_tall_no_intercept", &tall, o, 0);
}

static void validate(const char *name, const Data *d, VgElasticNetOptions options, int uses)
{
    const json_t *expected = witness_at(witness, name);
    VgElasticNetData data = {.x = d->x,
                             .y = options.family ? d->binary : d->y,
                             .weights = uses & WEIGHTS ? d->weight : NULL,
                             .offset = uses & OFFSET ? d->offset : NULL};
    VgElasticNetValidation one, two;
    options.penalty_factor = uses & FACTORS ? d->factor : NULL;
    options.n_lambda = 30;
    options.threshold = 1e-20;
    WITNESS_OK(vg_elastic_net_cross_validate(arena, &data, &options, d->fold, 5, 1, &one, &error),
               &error);
    size_t n = json_array_size(witness_at(expected, "lambda"));
    assert_int_equal(one.path.n_points, n);
    for (size_t k = 0; k < n; k++) {
        witness_close("error", one.error[k], at(expected, "error", k), 1e-6, 0);
        witness_close("se", one.se[k], at(expected, "se", k), 1e-6, 0);
    }
    witness_close("lambda.min", one.path.point[one.best].lambda,
                  witness_number(expected, "lambda_min"), 1e-9, 0);
    witness_close("lambda.1se", one.path.point[one.simplest].lambda,
                  witness_number(expected, "lambda_1se"), 1e-9, 0);
    WITNESS_OK(vg_elastic_net_cross_validate(arena, &data, &options, d->fold, 5, 2, &two, &error),
               &error);
    assert_memory_equal(one.predictor.data, two.predictor.data, d->n * n * sizeof(double));
}

static void cross_validation_agrees_with_glmnet(void **state)
{
    (void)state;
    validate("cv_tall", &tall, (VgElasticNetOptions){0}, 0);
    validate("cv_wide", &wide, (VgElasticNetOptions){.ridge_share = 0.5}, ALL);
    validate("cv_binomial", &tall, (VgElasticNetOptions){.family = VG_ELASTIC_NET_BINOMIAL},
             WEIGHTS);
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/elastic_net.json"));
    tall = make(90, 12, 11);
    wide = make(50, 160, 12);
    wider = make(60, 520, 13);
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
        cmocka_unit_test(gaussian_paths_agree_with_glmnet),
        cmocka_unit_test(gaussian_limits_and_origin_agree_with_glmnet),
        cmocka_unit_test(binomial_paths_agree_with_glmnet),
        cmocka_unit_test(cross_validation_agrees_with_glmnet),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
