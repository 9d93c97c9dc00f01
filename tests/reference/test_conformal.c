/* Jackknife+ intervals against base R: tests/reference/conformal.R makes conformal.json, and the data by the same recipe. One ridge
 * penalty; the net stops at 1e-14 of the deviance, R solves the normal equations: 1e-6 of the width of an interval. */
#include "support/witness.h"

#include <math.h>

#include <vagus/conformal.h>

enum { N = 40, P = 3, M = 6 };

static VgArena *arena;
static VgError error;
static double x[N * P], y[N], w[N], fresh[M * P], fresh_w[M];
static int32_t cluster[N];
static double generator = 41;

static double uniform(void) /* Park & Miller */
{
    generator = fmod(16807 * generator, 2147483647);
    return generator / 2147483647;
}

static int make(void **state)
{
    (void)state;
    arena = vg_arena_create();
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < P; j++)
            x[i + j * N] = uniform();
    for (size_t i = 0; i < N; i++) {
        double first = uniform(), noise = first + uniform() - 1;
        y[i] = 20 + 8 * x[i] - 4 * x[i + N] + (1 + 4 * x[i + 2 * N]) * noise;
        w[i] = 1 / (0.2 + 0.6 * x[i]);
        cluster[i] = (int32_t)(i / 3);
    }
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < P; j++)
            fresh[i + j * M] = uniform();
        fresh_w[i] = 1 / (0.2 + 0.6 * fresh[i]);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void compare(const char *name, bool clusters, bool weights, double level)
{
    static const double lambda = 0.3;
    const VgConformalElasticNet net = {
        .options = {.ridge_share = 1, .lambda = &lambda, .n_lambda = 1, .threshold = 1e-14}};
    const VgConformalData data = {.x = {x, N, P, N}, .outcome = y};
    VgConformalData grouped = data;
    grouped.clusters = (VgClusters){.of = cluster, .count = (N + 2) / 3};
    const VgConformalTarget target = {
        {fresh, M, P, M}, weights ? w : NULL, weights ? fresh_w : NULL};
    const VgConformalOptions options = {
        .method = VG_CONFORMAL_JACKKNIFE_PLUS, .context = &net, .level = &level, .n_levels = 1};
    VgConformalAnswer answer;
    WITNESS_OK(
        vg_conformal(arena, clusters ? &grouped : &data, &target, 1, &options, &answer, &error),
        &error);
    json_t *root = witness_json(witness_source(arena, "tests/reference/conformal.json"));
    const json_t *rows = witness_at(root, name);
    for (size_t j = 0; j < M; j++) {
        const json_t *low = json_array_get(json_array_get(rows, j), 0);
        const json_t *high = json_array_get(json_array_get(rows, j), 1);
        double lower = VG_AT(answer.target[0].lower, j, 0);
        double upper = VG_AT(answer.target[0].upper, j, 0);
        double width = json_number_value(high) - json_number_value(low);
        if (json_is_null(low))
            assert_true(isinf(lower));
        else
            witness_close("lower", lower, json_number_value(low), 1e-6, width);
        if (json_is_null(high))
            assert_true(isinf(upper));
        else
            witness_close("upper", upper, json_number_value(high), 1e-6, width);
    }
    json_decref(root);
}

static void jackknife_plus_agrees_with_r(void **state)
{
    (void)state;
    compare("plain_95", false, false, 0.95);
    compare("plain_80", false, false, 0.8);
}

static void weighted_jackknife_plus_agrees_with_r(void **state)
{
    (void)state;
    compare("weighted_90", false, true, 0.9);
}

static void clusters_left_out_whole_agree_with_r(void **state)
{
    (void)state;
    compare("clusters_80", true, false, 0.8);
    compare("both_80", true, true, 0.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(jackknife_plus_agrees_with_r),
                                       cmocka_unit_test(weighted_jackknife_plus_agrees_with_r),
                                       cmocka_unit_test(clusters_left_out_whole_agree_with_r)};
    return cmocka_run_group_tests(tests, make, end);
}
