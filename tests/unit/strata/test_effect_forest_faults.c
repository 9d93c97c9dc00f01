/* Allocations of forests of every kind and of a whole effect forest fail in turn: each time the answer is VG_NO_MEMORY, never a
 * crash or a number. Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include <vagus/effect_forest.h>
#include <vagus/survival_effect.h>

#include "support/witness.h"

#include "numeric/random.h"

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__real_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);

static long left = -1; /* allocations until one fails; negative: none fails */

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    if (left >= 0 && left-- == 0) /* as a real failure: the arena remembers it */
        return __real_vg_arena_alloc(arena, (size_t)-1, 2);
    return __real_vg_arena_alloc(arena, count, size);
}

void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size)
{
    if (left >= 0 && left-- == 0)
        return __real_vg_arena_alloc_raw(arena, (size_t)-1, 2);
    return __real_vg_arena_alloc_raw(arena, count, size);
}

enum { N = 120, P = 2, FIRST = 150, STEP = 131 };

static double x[N * P], y[N], weight[N], e[2 * N];
static uint32_t arm[N], cluster[N];
static bool event[N];

static void make_rows(void)
{
    VgRandom random = vg_random_start(52, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N * P; i++)
        x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        arm[i] = (uint32_t)(i % 2);
        cluster[i] = (uint32_t)(i / 2);
        y[i] = x[i] * (1 + arm[i]) + vg_random_normal(&random);
        weight[i] = 1 + (double)(i % 3);
        event[i] = i % 3 > 0;
        e[i] = e[N + i] = 0.5;
    }
}

/* Runs `body` with the k-th allocation failing, k = 0 … until none fails. */
static void fail_each(VgStatus (*body)(VgArena *, VgError *))
{
    size_t failures = 0;
    bool fired = true;
    for (long k = 0; fired; k += k < FIRST ? 1 : STEP) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        left = k;
        VgStatus status = body(arena, &error);
        fired = left < 0;
        left = -1;
        assert_int_equal(status, fired ? VG_NO_MEMORY : VG_OK);
        failures += fired ? 1 : 0;
        vg_arena_destroy(arena);
    }
    assert_true(failures > 50);
}

static VgForestOptions few(void)
{
    return (VgForestOptions){.trees = 6, .threads = 1, .keep_members = true};
}

static VgStatus predict_both(VgArena *arena, const VgRandomForest *forest, bool variance,
                             VgError *error)
{
    VgForestPrediction p;
    VgMatrix fresh = {x, 5, P, N};
    VG_TRY(vg_forest_predict_oob(arena, forest, variance, &p, error));
    return vg_forest_predict(arena, forest, fresh, variance, &p, error);
}

static VgStatus grow_means(VgArena *arena, VgError *error)
{
    VgForestOptions options = few();
    VgForestData data = {
        .x = {x, N, P, N}, .outcome = y, .weight = weight, .cluster = cluster, .n_clusters = N / 2};
    VgRandomForest *forest;
    double debiased[N], point[P] = {0};
    VG_TRY(vg_forest_regression(arena, &data, &options, &forest, error));
    VG_TRY(vg_forest_oob_error(arena, forest, debiased, NULL, error));
    VG_TRY(vg_forest_weights(arena, forest, point, SIZE_MAX, debiased, error));
    return predict_both(arena, forest, true, error);
}

static VgStatus grow_by_weights(VgArena *arena, VgError *error)
{
    VgForestOptions options = few();
    double time[N], points[] = {0.5};
    for (size_t i = 0; i < N; i++)
        time[i] = y[i] * y[i];
    VgForestData data = {.x = {x, N, P, N}, .outcome = time};
    VgRandomForest *forest;
    VG_TRY(vg_forest_quantile(arena, &data, points, 1, &options, &forest, error));
    VG_TRY(predict_both(arena, forest, false, error));
    VG_TRY(vg_forest_survival(arena, &data, event, points, 1, &options, &forest, error));
    return predict_both(arena, forest, false, error);
}

static VgStatus grow_survival_effect(VgArena *arena, VgError *error)
{
    VgForestOptions options = few();
    options.min_node_size = 1;
    options.trees = 60;
    double time[N];
    for (size_t i = 0; i < N; i++)
        time[i] = y[i] * y[i];
    VgForestData data = {.x = {x, N, P, N},
                         .outcome = time,
                         .weight = weight,
                         .cluster = cluster,
                         .n_clusters = N / 2};
    VgForestTreatment treatment = {.arm = arm, .n_arms = 2};
    VgSurvivalAim aim = {VG_SURVIVAL_RMST, 2.0};
    VgRandomForest *forest;
    VG_TRY(
        vg_forest_survival_effect(arena, &data, event, &aim, &treatment, &options, &forest, error));
    return predict_both(arena, forest, true, error);
}

/* `follow_up` NULL: of y as it is; else of times. `stands_for` NULL: a rule is searched too. */
static VgStatus run_with(VgArena *arena, bool *follow_up, double *outcome, double *stands_for,
                         VgError *error)
{
    static const char *ARM[] = {"none", "some"}, *FEATURE[] = {"a", "b"};
    static size_t row[N], arm_size[] = {N / 2, N / 2}, without[2];
    VgEffectForestTable table = {.outcome_name = "y",
                                 .arm_name = ARM,
                                 .feature_name = FEATURE,
                                 .x = {x, N, P, N},
                                 .outcome = outcome,
                                 .event = follow_up,
                                 .aim = {VG_SURVIVAL_RMST, 2.0},
                                 .arm = arm,
                                 .n_arms = 2,
                                 .row = row,
                                 .moderators = {x, N, 1, N},
                                 .moderator_name = FEATURE,
                                 .arm_size = arm_size,
                                 .without_outcome = without,
                                 .weight = stands_for,
                                 .rule = {x, N, P, N},
                                 .rule_name = FEATURE};
    VgEffectForestOptions options = {.forest = few(),
                                     .level = 0.95,
                                     .folds = 2,
                                     .policy = !stands_for,
                                     .tree = {.depth = 1, .max_cuts = 5}};
    /* an arm must be able to split in a fold's half */
    options.forest.min_node_size = 1;
    options.forest.trees = 60;
    VgEffectPredictions predictions;
    VgResult *result = vg_result_create(arena, "test");
    if (!result)
        return vg_fail_memory(error);
    return vg_effect_forest_run(arena, &table, &options, &predictions, result, error);
}

static VgStatus run_effect_forest(VgArena *arena, VgError *error)
{
    return run_with(arena, NULL, y, NULL, error);
}

static VgStatus run_weighted_forest(VgArena *arena, VgError *error)
{
    return run_with(arena, NULL, y, weight, error);
}

static VgStatus run_survival_forest(VgArena *arena, VgError *error)
{
    double time[N];
    for (size_t i = 0; i < N; i++)
        time[i] = y[i] * y[i];
    return run_with(arena, event, time, NULL, error);
}

static void failed_allocations_are_told(void **state)
{
    (void)state;
    make_rows();
    fail_each(grow_means);
    fail_each(grow_by_weights);
    fail_each(grow_survival_effect);
}

static void failed_allocations_of_a_run_are_told(void **state)
{
    (void)state;
    make_rows();
    fail_each(run_effect_forest);
    fail_each(run_weighted_forest);
    fail_each(run_survival_forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(failed_allocations_are_told),
                                       cmocka_unit_test(failed_allocations_of_a_run_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
