/* strata/: what is refused, folds, the learner, sequential validation, the omnibus test. */
#include "support/witness.h"

#include <math.h>

#include <vagus/heterogeneity.h>

#include "numeric/distributions.h"
#include "numeric/random.h"

enum { N = 240, P = 3 };

/* Y = x_1 + W (1 + slope x_2) + e in two arms of equal chance; centred by the truth. */
typedef struct Trial {
    VgArena *arena;
    double x[N * P], y[N], y_hat[N], tau[N], e[2 * N], w_left[N], y_left[N];
    int32_t arm[N], half[N], cluster[N];
    VgScoreData data;
    VgEffectSample sample;
    VgScores scores;
} Trial;

static Trial *make(VgArena *arena, double slope, uint32_t which)
{
    Trial *t = VG_NEW(arena, Trial, 1);
    VgRandom random = vg_random_start(5, VG_STREAM_TEST, which, 0);
    VgError error = {0};
    t->arena = arena;
    for (size_t i = 0; i < N * P; i++)
        t->x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        t->arm[i] = (int32_t)(i % 2);
        t->half[i] = (int32_t)(i / 2 % 2);
        t->cluster[i] = (int32_t)(i / 4);
        t->tau[i] = 1 + slope * t->x[N + i];
        t->y_hat[i] = t->x[i] + 0.5 * t->tau[i];
        t->y[i] = t->x[i] + t->arm[i] * t->tau[i] + vg_random_normal(&random);
        t->e[i] = t->e[N + i] = 0.5;
        t->w_left[i] = t->arm[i] - 0.5;
        t->y_left[i] = t->y[i] - t->y_hat[i];
    }
    t->data = (VgScoreData){N,
                            2,
                            t->y,
                            t->arm,
                            {t->e, N, 2, N},
                            t->y_hat,
                            {t->tau, N, 1, N},
                            VG_PREDICTION_OTHER_PEOPLE};
    t->sample = (VgEffectSample){
        .x = {t->x, N, P, N}, .outcome_left = t->y_left, .treatment_left = t->w_left};
    WITNESS_OK(vg_scores(arena, &t->data, &t->scores, &error), &error);
    return t;
}

static void only_what_has_not_seen_people_may_rank_them(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = make(arena, 0, 1);
    VgError error = {0};
    VgRankOptions options = {.draws = 10};
    VgRankEffects rate;
    VgGroupEffects groups;
    const VgPredictionSource refused[] = {VG_PREDICTION_UNKNOWN, VG_PREDICTION_OUT_OF_BAG,
                                          VG_PREDICTION_IN_SAMPLE, VG_PREDICTION_CROSS_FITTED};
    for (size_t k = 0; k < 4; k++) { /* the last without its folds */
        VgPriority priority = {.value = t->tau, .source = refused[k]};
        assert_int_equal(vg_rank_effects(arena, N, t->scores.contrast.data, &priority,
                                         (VgClusters){0}, &options, &rate, &error),
                         VG_INVALID_INPUT);
        assert_int_equal(vg_group_effects(arena, N, t->scores.contrast.data, &priority, 3,
                                          (VgClusters){0}, 0.95, &groups, &error),
                         VG_INVALID_INPUT);
    }
    VgPriority split = {t->tau, VG_PREDICTION_CROSS_FITTED, t->half, 2};
    assert_int_equal(vg_rank_effects(arena, N, t->scores.contrast.data, &split,
                                     (VgClusters){.of = t->cluster, .count = N / 4}, &options,
                                     &rate, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "of one cluster but of two folds"));
    WITNESS_OK(vg_rank_effects(arena, N, t->scores.contrast.data, &split, (VgClusters){0}, &options,
                               &rate, &error),
               &error);
    vg_arena_destroy(arena);
}

static void scores_refuse_what_they_cannot_use(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = make(arena, 0, 1);
    VgError error = {0};
    VgScores scores;
    t->data.source = VG_PREDICTION_IN_SAMPLE;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_INVALID_INPUT);
    t->data.source = VG_PREDICTION_UNKNOWN;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_INVALID_INPUT);
    t->data.source = VG_PREDICTION_OUT_OF_BAG;
    t->e[7] = 0;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "in row 8 is 0, outside 0 to 1"));
    t->e[7] = 0.4;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sum to 0.9, not 1"));
    t->e[7] = 0.5;
    t->y[3] = NAN;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_INVALID_INPUT);
    t->y[3] = 0;
    for (size_t i = 14; i < N; i++)
        t->arm[i] = 0;
    assert_int_equal(vg_scores(arena, &t->data, &scores, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "arm 2 has 7 people"));
    vg_arena_destroy(arena);
}

/* A cross-fitted rate is the mean of the folds' own. */
static void folds_are_not_compared_with_each_other(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = make(arena, 0.5, 2);
    VgError error = {0};
    VgRankOptions options = {.draws = 10};
    VgRankEffects both, one;
    double value[N], sum = 0;
    for (size_t i = 0; i < N; i++)
        value[i] = t->x[N + i] + 100 * t->half[i]; /* levels of folds differ */
    VgPriority split = {value, VG_PREDICTION_CROSS_FITTED, t->half, 2};
    WITNESS_OK(vg_rank_effects(arena, N, t->scores.contrast.data, &split, (VgClusters){0}, &options,
                               &both, &error),
               &error);
    for (int32_t f = 0; f < 2; f++) {
        double score[N], priority[N];
        size_t n = 0;
        for (size_t i = 0; i < N; i++)
            if (t->half[i] == f) {
                score[n] = t->scores.contrast.data[i];
                priority[n++] = value[i];
            }
        VgPriority alone = {.value = priority, .source = VG_PREDICTION_OTHER_PEOPLE};
        WITNESS_OK(
            vg_rank_effects(arena, n, score, &alone, (VgClusters){0}, &options, &one, &error),
            &error);
        sum += one.autoc.estimate / 2;
    }
    witness_close("AUTOC", both.autoc.estimate, sum, 1e-13, 0);
    vg_arena_destroy(arena);
}

/* Folds may err together: SE of two is their mean (not over √2), and √2 times the pooled one for groups. */
static void cross_fitted_errors_hold_whatever_the_correlation(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = make(arena, 0.5, 8);
    VgError error = {0};
    VgRankOptions options = {.draws = 2000};
    VgRankEffects split, whole;
    VgGroupEffects split_groups, whole_groups;
    const double *score = t->scores.contrast.data;
    VgPriority folds = {t->x + N, VG_PREDICTION_CROSS_FITTED, t->half, 2};
    VgPriority one = {.value = t->x + N, .source = VG_PREDICTION_OTHER_PEOPLE};
    WITNESS_OK(vg_rank_effects(arena, N, score, &folds, (VgClusters){0}, &options, &split, &error),
               &error);
    WITNESS_OK(vg_rank_effects(arena, N, score, &one, (VgClusters){0}, &options, &whole, &error),
               &error);
    witness_close("AUTOC's SE", split.autoc.se, sqrt(2) * whole.autoc.se, 0.15, 0);
    WITNESS_OK(
        vg_group_effects(arena, N, score, &folds, 4, (VgClusters){0}, 0.95, &split_groups, &error),
        &error);
    WITNESS_OK(
        vg_group_effects(arena, N, score, &one, 4, (VgClusters){0}, 0.95, &whole_groups, &error),
        &error);
    witness_close("groups' SE", split_groups.difference.se, sqrt(2) * whole_groups.difference.se,
                  0.15, 0);
    witness_close("half width", split_groups.difference.upper - split_groups.difference.estimate,
                  split_groups.difference.estimate - split_groups.difference.lower, 1e-12, 0);
    vg_arena_destroy(arena);
}

/* Without noise the learner finds the line; it sees nobody of the fold it predicts. */
static void the_linear_learner_learns_lines_from_others(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = make(arena, 0.5, 3);
    VgError error = {0};
    VgPriority before, after;
    for (size_t i = 0; i < N; i++)
        t->y_left[i] = t->w_left[i] * t->tau[i];
    WITNESS_OK(vg_cross_fit(arena, &t->sample, vg_linear_effects, NULL, 4, 9, &before, &error),
               &error);
    for (size_t i = 0; i < N; i++)
        witness_close("effect", before.value[i], t->tau[i], 2e-3, 1); /* least penalty: 1e-3 */
    for (size_t i = 0; i < N; i++)
        t->y_left[i] += before.fold[i] == 2 ? 100 : 0;
    WITNESS_OK(vg_cross_fit(arena, &t->sample, vg_linear_effects, NULL, 4, 9, &after, &error),
               &error);
    size_t held[4] = {0};
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(before.fold[i], after.fold[i]);
        assert_true((before.fold[i] == 2) == (before.value[i] == after.value[i]));
        held[before.fold[i]]++;
    }
    for (size_t f = 0; f < 4; f++)
        assert_int_equal(held[f], N / 4);
    t->sample.clusters = (VgClusters){.of = t->cluster, .count = N / 4};
    WITNESS_OK(vg_cross_fit(arena, &t->sample, vg_linear_effects, NULL, 4, 9, &after, &error),
               &error);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(after.fold[i], after.fold[i / 4 * 4]);
    vg_arena_destroy(arena);
}

static void sequential_validation_adds_tests_of_later_folds(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgSequential s;
    Trial *t = make(arena, 1, 4);
    WITNESS_OK(vg_sequential_validation(arena, &t->sample, t->scores.contrast.data,
                                        vg_linear_effects, NULL, 0, 0, &s, &error),
               &error);
    witness_close("Z", s.statistic, (s.z[0] + s.z[1] + s.z[2] + s.z[3]) / 2, 1e-14, 0);
    assert_true(s.folds == 5 && s.p < 1e-4);
    assert_int_equal(vg_sequential_validation(arena, &t->sample, t->scores.contrast.data,
                                              vg_linear_effects, NULL, 2, 0, &s, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

/* A "learner" whose priority is the second column, to one digit: people tie. */
static VgStatus second_column(const VgEffectSample *sample, const size_t *train, size_t n_train,
                              const size_t *predict, size_t n_predict, uint64_t seed,
                              VgArena *scratch, const void *context, double *effect, VgError *error)
{
    (void)train, (void)n_train, (void)seed, (void)scratch, (void)context, (void)error;
    for (size_t k = 0; k < n_predict; k++)
        effect[k] = round(2 * VG_AT(sample->x, predict[k], 1));
    return VG_OK;
}

/* AUTOC of people is linear in their scores: its weights from scores that are 1 for one person. HC2 and Satterthwaite's df are written
 * out over all pairs of people. */
static double z_of_fold(VgArena *arena, size_t n, const double *score, const double *value)
{
    VgPriority priority = {.value = value, .source = VG_PREDICTION_OTHER_PEOPLE};
    VgRankOptions options = {.draws = 2};
    VgRankEffects rate;
    VgError error = {0};
    double w[N], one[N] = {0}, u[N], squares = 0, autoc = 0, mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++) {
        one[i] = 1;
        WITNESS_OK(
            vg_rank_effects(arena, n, one, &priority, (VgClusters){0}, &options, &rate, &error),
            &error);
        w[i] = rate.autoc.estimate;
        one[i] = 0;
        squares += w[i] * w[i];
        autoc += w[i] * score[i];
        mean += score[i] / (double)n;
    }
    double trace = 0, norm = 0;
    for (size_t i = 0; i < n; i++) {
        double left = score[i] - mean - w[i] * autoc / squares;
        u[i] = w[i] / sqrt(1 - 1 / (double)n - w[i] * w[i] / squares);
        variance += u[i] * u[i] * left * left;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double p = u[i] * u[j] * ((i == j) - 1 / (double)n - w[i] * w[j] / squares);
            norm += p * p;
            trace += i == j ? p : 0;
        }
    double t = autoc / sqrt(variance), df = trace * trace / norm;
    return vg_normal_quantile(1 - vg_t_two_sided(t, df) / 2) * (t > 0 ? 1 : -1);
}

static void sequential_validation_studentises_autoc_in_each_fold(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = make(arena, 0, 6);
    VgSequential s;
    VgPriority deal;
    WITNESS_OK(vg_cross_fit(arena, &t->sample, second_column, NULL, 4, 3, &deal, &error), &error);
    WITNESS_OK(vg_sequential_validation(arena, &t->sample, t->scores.contrast.data, second_column,
                                        NULL, 4, 3, &s, &error),
               &error);
    for (int32_t f = 1; f < 4; f++) {
        double score[N], value[N];
        size_t n = 0;
        for (size_t i = 0; i < N; i++)
            if (deal.fold[i] == f) {
                score[n] = t->scores.contrast.data[i];
                value[n++] = deal.value[i];
            }
        witness_close("z", s.z[f - 1], z_of_fold(arena, n, score, value), 1e-9, 1);
    }
    vg_arena_destroy(arena);
}

/* Nobody is ranked where all predictions are alike, or but one. */
static VgStatus nearly_alike(const VgEffectSample *sample, const size_t *train, size_t n_train,
                             const size_t *predict, size_t n_predict, uint64_t seed,
                             VgArena *scratch, const void *context, double *effect, VgError *error)
{
    (void)sample, (void)train, (void)n_train, (void)seed, (void)scratch, (void)error;
    for (size_t k = 0; k < n_predict; k++)
        effect[k] = k == 0 ? *(const double *)context : 1;
    (void)predict;
    return VG_OK;
}

static void sequential_validation_needs_an_order(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = make(arena, 1, 7);
    VgSequential s;
    for (int differs = 0; differs < 2; differs++) {
        double first = 1 + differs;
        WITNESS_OK(vg_sequential_validation(arena, &t->sample, t->scores.contrast.data,
                                            nearly_alike, &first, 3, 0, &s, &error),
                   &error);
        assert_true(s.z[0] == 0 && s.z[1] == 0 && s.p == 0.5);
    }
    t->sample.clusters = (VgClusters){.of = t->half, .count = 2};
    assert_int_equal(vg_sequential_validation(arena, &t->sample, t->scores.contrast.data,
                                              second_column, NULL, 3, 0, &s, &error),
                     VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static VgOmnibus omnibus_of(Trial *t, VgOmnibusOptions options)
{
    VgError error = {0};
    VgOmnibus omnibus;
    WITNESS_OK(vg_omnibus_test(t->arena, &t->sample, &options, &omnibus, &error), &error);
    return omnibus;
}

static void omnibus_finds_what_is_there(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *some = make(arena, 0.8, 5), *none = make(arena, 0, 5);
    VgOmnibusOptions one = {.permutations = 200, .threads = 1},
                     four = {.permutations = 200, .threads = 4};
    VgOmnibus found = omnibus_of(some, one), again = omnibus_of(some, four);
    assert_true(found.p == 1.0 / 201 && found.p_adjusted[1] == 1.0 / 201);
    assert_true(found.p_adjusted[0] > 0.05 && found.p_adjusted[2] > 0.05);
    assert_memory_equal(found.p_adjusted, again.p_adjusted, P * sizeof(double));
    assert_true(omnibus_of(none, one).p > 0.05);
    one.learner = four.learner = vg_linear_effects;
    found = omnibus_of(some, one);
    again = omnibus_of(some, four);
    assert_true(found.p == 1.0 / 201 && found.p == again.p);
    assert_true(omnibus_of(none, one).p > 0.05);
    vg_arena_destroy(arena);
}

/* t of a moderator is that of the linear model with HC3. */
static void omnibus_statistics_are_those_of_the_linear_model(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = make(arena, 0.3, 6);
    VgOmnibus omnibus = omnibus_of(t, (VgOmnibusOptions){.permutations = 10});
    const char *name[] = {"1", "x", "w", "wx"};
    for (size_t j = 0; j < P; j++) {
        double column[4 * N], y[N];
        for (size_t i = 0; i < N; i++) {
            column[i] = 1;
            column[N + i] = t->x[j * N + i] - 3; /* the last coefficient does not know of shifts */
            column[2 * N + i] = t->w_left[i];
            column[3 * N + i] = t->w_left[i] * column[N + i];
            y[i] = t->y_left[i];
        }
        VgDesign *design;
        VgLm *fit;
        VgLmOptions options = {.covariance = VG_LM_HC3};
        WITNESS_OK(vg_design_from_columns(arena, (VgMatrix){column, N, 4, N}, y, name, "y", true,
                                          &design, &error),
                   &error);
        WITNESS_OK(vg_lm_fit(arena, design, &options, &fit, &error), &error);
        witness_close("t", omnibus.t[j], fit->coefficient[3] / fit->se[3], 1e-10, 0);
    }
    vg_arena_destroy(arena);
}

static void omnibus_deals_treatments_as_the_trial_did(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = make(arena, 0, 7);
    VgOmnibus omnibus;
    VgOmnibusOptions options = {.permutations = 20};
    t->w_left[4] += 0.2; /* another chance of treatment, without strata */
    assert_int_equal(vg_omnibus_test(arena, &t->sample, &options, &omnibus, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "different chances"));
    t->w_left[4] -= 0.2;
    t->sample.clusters = (VgClusters){.of = t->cluster, .count = N / 4};
    assert_int_equal(vg_omnibus_test(arena, &t->sample, &options, &omnibus, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "two treatments"));
    for (size_t i = 0; i < N; i++)
        t->w_left[i] = t->cluster[i] % 2 - 0.5;
    WITNESS_OK(vg_omnibus_test(arena, &t->sample, &options, &omnibus, &error), &error);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_has_not_seen_people_may_rank_them),
        cmocka_unit_test(scores_refuse_what_they_cannot_use),
        cmocka_unit_test(folds_are_not_compared_with_each_other),
        cmocka_unit_test(cross_fitted_errors_hold_whatever_the_correlation),
        cmocka_unit_test(the_linear_learner_learns_lines_from_others),
        cmocka_unit_test(sequential_validation_adds_tests_of_later_folds),
        cmocka_unit_test(sequential_validation_studentises_autoc_in_each_fold),
        cmocka_unit_test(sequential_validation_needs_an_order),
        cmocka_unit_test(omnibus_finds_what_is_there),
        cmocka_unit_test(omnibus_statistics_are_those_of_the_linear_model),
        cmocka_unit_test(omnibus_deals_treatments_as_the_trial_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
