/* A causal survival forest as a learner of effects on censored times. The whole command: tests/cli/forest_survival.sh. */
#include <vagus/effect_forest.h>

#include "support/witness.h"

#include <math.h>

#include "numeric/random.h"

enum { N = 600, P = 2 };

static double x[N * P], seen[N], left[N], zero[N];
static bool event[N];
static int32_t site[N];

/* Treated people gain time where column 0 is positive; they are lost three times as fast. */
static VgEffectSample sample_of_times(void)
{
    for (size_t i = 0; i < N; i++) {
        VgRandom random = vg_random_start(91, VG_STREAM_TEST, 0, (uint32_t)i);
        for (size_t j = 0; j < P; j++)
            x[i + j * N] = vg_random_normal(&random);
        bool treated = vg_random_uniform(&random) < 0.4;
        left[i] = treated - 0.4;
        double until = -log(vg_random_uniform(&random)) / (treated ? 0.6 : 0.2);
        double time = -log(vg_random_uniform(&random)) * (treated && x[i] > 0 ? 3.0 : 1.0);
        event[i] = time <= until;
        seen[i] = fmin(time, until);
        site[i] = (int32_t)(i / 3);
    }
    return (VgEffectSample){.x = {x, N, P, N}, .outcome_left = zero, .treatment_left = left};
}

static double mean_where(const double *value, bool positive)
{
    double sum = 0.0, n = 0.0;
    for (size_t i = 0; i < N; i++)
        if ((x[i] > 0) == positive) {
            sum += value[i];
            n++;
        }
    return sum / n;
}

static void effects_on_time_are_learnt_in_spite_of_losses(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgEffectSample sample = sample_of_times();
    VgSurvivalLearner learner = {
        .time = seen, .event = event, .aim = {VG_SURVIVAL_RMST, 2.0}, .options = {.trees = 200}};
    const double gain = 3 * (1 - exp(-2.0 / 3)) - (1 - exp(-2.0));
    for (int clustered = 0; clustered < 2; clustered++) {
        if (clustered)
            sample.clusters = (VgClusters){.of = site, .count = N / 3};
        VgPriority fitted;
        WITNESS_OK(
            vg_cross_fit(arena, &sample, vg_survival_learner, &learner, 2, 3, &fitted, &error),
            &error);
        assert_true(fabs(mean_where(fitted.value, true) - gain) < 0.35 * gain);
        assert_true(fabs(mean_where(fitted.value, false)) < 0.35 * gain);
    }
    /* follow-up as if it were the time itself says that everybody else loses */
    sample.clusters = (VgClusters){0};
    double cut[N];
    for (size_t i = 0; i < N; i++)
        cut[i] = fmin(seen[i], 2.0);
    VgForestLearner naive = {.outcome = cut, .options = {.trees = 200}};
    VgPriority fitted;
    WITNESS_OK(vg_cross_fit(arena, &sample, vg_forest_learner, &naive, 2, 3, &fitted, &error),
               &error);
    assert_true(mean_where(fitted.value, true) < 0.55 * gain);
    vg_arena_destroy(arena);
}

static void people_ranked_are_not_learnt_from(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgEffectSample sample = sample_of_times();
    VgSurvivalLearner learner = {.time = seen,
                                 .event = event,
                                 .aim = {VG_SURVIVAL_PROBABILITY, 1.0},
                                 .options = {.trees = 60}};
    size_t train[N / 2], other[N / 2];
    double before[N / 2], after[N / 2];
    for (size_t i = 0; i < N / 2; i++) {
        train[i] = 2 * i;
        other[i] = 2 * i + 1;
    }
    WITNESS_OK(vg_survival_learner(&sample, train, N / 2, other, N / 2, 5, arena, &learner, before,
                                   &error),
               &error);
    for (size_t i = 0; i < N / 2; i++) {
        seen[other[i]] = 0.1;
        event[other[i]] = !event[other[i]];
    }
    WITNESS_OK(
        vg_survival_learner(&sample, train, N / 2, other, N / 2, 5, arena, &learner, after, &error),
        &error);
    assert_memory_equal(before, after, sizeof before);
    vg_arena_destroy(arena);
}

static void weights_reach_the_forest(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgEffectSample sample = sample_of_times();
    VgSurvivalLearner learner = {
        .time = seen, .event = event, .aim = {VG_SURVIVAL_RMST, 1.0}, .options = {.trees = 60}};
    size_t all[N];
    double weight[N], one[N], two[N], other[N];
    for (size_t i = 0; i < N; i++) {
        all[i] = i;
        weight[i] = 2.0;
    }
    WITNESS_OK(vg_survival_learner(&sample, all, N, all, N, 5, arena, &learner, one, &error),
               &error);
    sample.clusters.weight = weight;
    WITNESS_OK(vg_survival_learner(&sample, all, N, all, N, 5, arena, &learner, two, &error),
               &error);
    for (size_t i = 0; i < N; i += 2)
        weight[i] = 0.1;
    WITNESS_OK(vg_survival_learner(&sample, all, N, all, N, 5, arena, &learner, other, &error),
               &error);
    double change = 0.0;
    for (size_t i = 0; i < N; i++) {
        witness_close("equal weights", two[i], one[i], 1e-9, 1);
        change += fabs(other[i] - one[i]) / N;
    }
    assert_true(change > 0.01);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_on_time_are_learnt_in_spite_of_losses),
        cmocka_unit_test(people_ranked_are_not_learnt_from),
        cmocka_unit_test(weights_reach_the_forest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
