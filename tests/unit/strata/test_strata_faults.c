/* Allocations of a whole run fail in turn (the first hundred, then every 197th): each time the answer is VG_NO_MEMORY, never a
 * crash or a number. Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include <vagus/conformal.h>
#include <vagus/prediction.h>
#include <vagus/strata.h>

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

enum { N = 80, P = 2, FIRST = 100, STEP = 197 };

static double x[N * P], y[N], e[2 * N];
static int32_t arm[N];

static const char *const ARM[] = {"none", "some"};

static int make(void **state)
{
    (void)state;
    VgRandom random = vg_random_start(51, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N * P; i++)
        x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        arm[i] = (int32_t)(i % 2);
        y[i] = x[i] * (1 + arm[i]) + vg_random_normal(&random);
        e[i] = e[N + i] = 0.5;
    }
    return 0;
}

typedef VgStatus (*Run)(VgArena *arena, VgResult *result, VgError *error);

static void each_failure_is_reported(Run run)
{
    size_t failures = 0;
    bool fired = true;
    for (long k = 0; fired; k += k < FIRST ? 1 : STEP) {
        VgArena *arena = vg_arena_create();
        VgResult *result = vg_result_create(arena, "test");
        VgError error = {0};
        left = k;
        VgStatus status = run(arena, result, &error);
        fired = left < 0;
        left = -1;
        assert_int_equal(status, fired ? VG_NO_MEMORY : VG_OK);
        failures += fired;
        vg_arena_destroy(arena);
    }
    assert_true(failures > FIRST + 10);
}

static VgStatus run_strata(VgArena *arena, VgResult *result, VgError *error)
{
    static const char *const PANEL[] = {"a", "b"};
    const VgStrataTrial trial = {.n = N,
                                 .arms = 2,
                                 .outcome = y,
                                 .arm = arm,
                                 .propensity = {e, N, 2, N},
                                 .panel = {x, N, P, N},
                                 .panel_name = PANEL,
                                 .arm_name = ARM,
                                 .outcome_name = "y"};
    const VgStrataPlan plan = {.policy = true,
                               .permutations = 2,
                               .deals = 1,
                               .threads = 1,
                               .tree = {.depth = 2},
                               .forest = {.trees = 4},
                               .refits = 1};
    return vg_strata_run(arena, &trial, &plan, result, error);
}

static void every_failed_allocation_of_strata_is_reported(void **state)
{
    (void)state;
    each_failure_is_reported(run_strata);
}

static VgStatus run_conformal(VgArena *arena, VgResult *result, VgError *error)
{
    const VgConformalElasticNet net = {.threads = 1, .score = VG_CONFORMAL_NORMALISED};
    const VgConformalTrial trial = {.n = N,
                                    .arms = 2,
                                    .outcome = y,
                                    .arm = arm,
                                    .propensity = {e, N, 2, N},
                                    .x = {x, N, P, N},
                                    .arm_name = ARM};
    const VgConformalPlan plan = {
        .outcome_name = "y", .options = {.context = &net, .folds = 2}, .outer_folds = 2};
    return vg_conformal_run(arena, &trial, &plan, result, error);
}

static void every_failed_allocation_of_intervals_is_reported(void **state)
{
    (void)state;
    each_failure_is_reported(run_conformal);
}

static VgStatus run_prediction(VgArena *arena, VgResult *result, VgError *error)
{
    static const char *const BLOCK[] = {"clinical", "layer"};
    static const size_t BLOCK_OF[P] = {0, 1};
    double event[N];
    for (size_t i = 0; i < N; i++)
        event[i] = y[i] > 0;
    const VgPredictionData data = {.n = N,
                                   .x = {x, N, P, N},
                                   .block = BLOCK_OF,
                                   .n_blocks = 2,
                                   .block_name = BLOCK,
                                   .arm = arm,
                                   .arms = 2,
                                   .arm_name = ARM,
                                   .event = event};
    const VgPredictionPlan plan = {
        .event = "response",
        .outcome_name = "response",
        .options = {
            .folds = 3, .repeats = 1, .inner_folds = 3, .penalties = 3, .trees = 4, .threads = 1}};
    return vg_prediction_run(arena, &data, &plan, result, error);
}

static void every_failed_allocation_of_prediction_is_reported(void **state)
{
    (void)state;
    each_failure_is_reported(run_prediction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failed_allocation_of_strata_is_reported),
        cmocka_unit_test(every_failed_allocation_of_prediction_is_reported),
        cmocka_unit_test(every_failed_allocation_of_intervals_is_reported)};
    return cmocka_run_group_tests(tests, make, NULL);
}
