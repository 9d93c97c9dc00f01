/* Pseudo-outcomes of censored outcomes, and what follows from their scores, against grf (forest_survival.R). Trees: test_forest.c. */
#include <vagus/heterogeneity.h>
#include <vagus/survival_effect.h>

#include "support/witness.h"

static double *numbers(VgArena *arena, const json_t *list, size_t *n)
{
    *n = json_array_size(list);
    double *value = VG_NEW(arena, double, *n);
    for (size_t i = 0; i < *n; i++)
        value[i] = json_number_value(json_array_get(list, i));
    return value;
}

static void pseudo_outcomes_are_those_of_grf(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/forest_survival.json"));
    const json_t *cases = json_object_get(root, "pseudo");
    size_t at, compared = 0, n, points;
    json_t *c;
    json_array_foreach(cases, at, c)
    {
        VgSurvivalAim aim = {strcmp(json_string_value(json_object_get(c, "target")), "RMST") == 0
                                 ? VG_SURVIVAL_RMST
                                 : VG_SURVIVAL_PROBABILITY,
                             witness_number(c, "horizon")};
        const double *mean = numbers(arena, json_object_get(c, "mean"), &n);
        const double *place = numbers(arena, json_object_get(c, "place"), &n);
        const double *event = numbers(arena, json_object_get(c, "event"), &n);
        const double *beyond = numbers(arena, json_object_get(c, "beyond"), &n);
        const double *centred = numbers(arena, json_object_get(c, "centred"), &n);
        const double *at_end = numbers(arena, json_object_get(c, "uncensored_at"), &n);
        const double *time = numbers(arena, json_object_get(c, "grid"), &points);
        for (size_t i = 0; i < n; i++) {
            VgSurvivalCurves curves = {
                points, time,
                numbers(arena, json_array_get(json_object_get(c, "survival"), i), &points),
                numbers(arena, json_array_get(json_object_get(c, "uncensored"), i), &points), true};
            VgFollowUp person = {(size_t)place[i], event[i] > 0, beyond[i] > 0, mean[i]};
            double uncensored, value = vg_censored_outcome(&aim, &curves, &person, &uncensored);
            /* the order of sums alone */
            witness_close("pseudo-outcome", value - mean[i], centred[i], 1e-10, 0.1);
            witness_close("uncensored", uncensored, at_end[i], 1e-14, 0.1);
            compared++;
        }
    }
    assert_int_equal(compared, 60);
    json_decref(root);
    vg_arena_destroy(arena);
}

static void scores_averages_projections_and_ranks_are_those_of_grf(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    json_t *root = witness_json(witness_source(arena, "tests/reference/forest_survival.json"));
    const json_t *s = json_object_get(root, "scores");
    size_t n;
    const double *treated = numbers(arena, json_object_get(s, "arm"), &n);
    const double *theirs = numbers(arena, json_object_get(s, "score"), &n);
    int32_t *arm = VG_NEW(arena, int32_t, n);
    VgMatrix half = {VG_NEW(arena, double, 2 * n), n, 2, n};
    VgMatrix x = {VG_NEW(arena, double, 2 * n), n, 2, n};
    for (size_t i = 0; i < n; i++)
        arm[i] = treated[i] > 0;
    for (size_t i = 0; i < 2 * n; i++)
        half.data[i] = 0.5;
    for (size_t j = 0; j < 2; j++)
        memcpy(x.data + j * n, numbers(arena, json_array_get(json_object_get(s, "x"), j), &n),
               n * sizeof(double));
    VgScoreData data = {.n = n,
                        .arms = 2,
                        .outcome = numbers(arena, json_object_get(s, "pseudo"), &n),
                        .arm = arm,
                        .propensity = half,
                        .outcome_hat = numbers(arena, json_object_get(s, "mean"), &n),
                        .effect_hat = {numbers(arena, json_object_get(s, "effect"), &n), n, 1, n},
                        .source = VG_PREDICTION_OUT_OF_BAG};
    VgScores scores;
    WITNESS_OK(vg_scores(arena, &data, &scores, &error), &error);
    for (size_t i = 0; i < n; i++)
        witness_close("score", scores.contrast.data[i], theirs[i], 1e-10, 0.1);
    VgInference ate, answer;
    WITNESS_OK(
        vg_average_effect(arena, n, scores.contrast.data, (VgClusters){0}, 0.95, &ate, &error),
        &error);
    witness_close("average", ate.estimate, witness_number(s, "ate/0"), 1e-10, 0.1);
    witness_close("its error", ate.se, witness_number(s, "ate/1"), 1e-10, 0.1);
    VgLm *fit;
    static const char *const name[] = {"a", "b"};
    WITNESS_OK(vg_best_linear_projection(arena, scores.contrast.data, x, name, (VgClusters){0},
                                         &fit, NULL, &error),
               &error);
    VgFittedModel model = vg_lm_model(fit);
    for (size_t k = 0; k < 3; k++) {
        double unit[3] = {k == 0, k == 1, k == 2};
        WITNESS_OK(model.contrast(model.fit, unit, 0.95, &answer, &error), &error);
        witness_close("projection", answer.estimate,
                      json_number_value(json_array_get(json_object_get(s, "blp"), k)), 1e-10, 0.1);
        witness_close("its error", answer.se,
                      json_number_value(json_array_get(json_object_get(s, "blp_se"), k)), 1e-10,
                      0.1);
    }
    VgPriority priority = {.value = x.data, .source = VG_PREDICTION_DECLARED};
    VgRankOptions options = {.draws = 20};
    VgRankEffects rate;
    WITNESS_OK(vg_rank_effects(arena, n, scores.contrast.data, &priority, (VgClusters){0}, &options,
                               &rate, &error),
               &error);
    witness_close("autoc", rate.autoc.estimate, witness_number(s, "autoc"), 1e-10, 0.1);
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pseudo_outcomes_are_those_of_grf),
        cmocka_unit_test(scores_averages_projections_and_ranks_are_those_of_grf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
