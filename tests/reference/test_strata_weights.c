/* strata/: what sample weights do to averages, calibration, projection, groups and ranks, against grf 2.6.1's own R code on fixed predictions
 * (strata_weights.R; with clusters the jackknife itself): 1e-10. Standard errors of RATE come from 20,000 random half-samples on both sides: 3 %. */
#include "support/witness.h"

#include <math.h>

#include <vagus/heterogeneity.h>

enum { N = 120 };
static const double CLOSE = 1e-10, DRAWN = 0.03;

typedef struct Fixed {
    VgArena *arena;
    json_t *root;
    double *score, *outcome_left, *treatment_left, *tau;
    VgMatrix x;
    VgClusters weighted, clustered, equal;
    VgPriority priority, tied;
} Fixed;

static double cell(const Fixed *f, const char *name, size_t i, size_t j)
{
    return json_number_value(json_array_get(json_array_get(witness_at(f->root, name), i), j));
}

static double entry(const Fixed *f, const char *name, size_t i)
{
    return json_number_value(json_array_get(witness_at(f->root, name), i));
}

static double *numbers(Fixed *f, const char *name)
{
    double *value = VG_NEW(f->arena, double, json_array_size(witness_at(f->root, name)));
    for (size_t i = 0; i < json_array_size(witness_at(f->root, name)); i++)
        value[i] = entry(f, name, i);
    return value;
}

static int open_fixed(void **state)
{
    static Fixed f;
    f.arena = vg_arena_create();
    f.root = witness_json(witness_source(f.arena, "tests/reference/strata_weights.json"));
    double *y = numbers(&f, "y"), *y_hat = numbers(&f, "y_hat"), *w = numbers(&f, "w");
    double *of = numbers(&f, "cluster"), size[12] = {0};
    double *equal = VG_NEW(f.arena, double, N), *fifths = VG_NEW(f.arena, double, N);
    int32_t *cluster = VG_NEW(f.arena, int32_t, N);
    f.score = numbers(&f, "gamma");
    f.tau = numbers(&f, "tau");
    f.outcome_left = VG_NEW(f.arena, double, N);
    f.treatment_left = VG_NEW(f.arena, double, N);
    f.x = (VgMatrix){VG_NEW(f.arena, double, 2 * N), N, 2, N};
    f.priority =
        (VgPriority){.value = numbers(&f, "priority"), .source = VG_PREDICTION_OTHER_PEOPLE};
    for (size_t i = 0; i < N; i++) {
        f.outcome_left[i] = y[i] - y_hat[i];
        f.treatment_left[i] = w[i] - 0.4;
        cluster[i] = (int32_t)of[i];
        size[cluster[i]]++;
        fifths[i] = floor(5 * f.priority.value[i]);
        VG_AT(f.x, i, 0) = cell(&f, "x", i, 0);
        VG_AT(f.x, i, 1) = cell(&f, "x", i, 1);
    }
    for (size_t i = 0; i < N; i++)
        equal[i] = 1 / size[cluster[i]];
    f.tied = (VgPriority){.value = fifths, .source = VG_PREDICTION_OTHER_PEOPLE};
    f.weighted = (VgClusters){.weight = numbers(&f, "weight")};
    f.clustered = (VgClusters){.of = cluster, .count = 12, .weight = f.weighted.weight};
    f.equal = (VgClusters){.of = cluster, .count = 12, .weight = equal};
    *state = &f;
    return 0;
}

static int close_fixed(void **state)
{
    Fixed *f = *state;
    json_decref(f->root);
    vg_arena_destroy(f->arena);
    return 0;
}

static void average_effects_are_grf_s(void **state)
{
    Fixed *f = *state;
    static const char *const NAME[] = {"ate", "ate_clustered", "ate_equal"};
    const VgClusters as[] = {f->weighted, f->clustered, f->equal};
    for (int k = 0; k < 3; k++) {
        VgInference effect;
        VgError error = {0};
        WITNESS_OK(vg_average_effect(f->arena, N, f->score, as[k], 0.95, &effect, &error), &error);
        witness_close(NAME[k], effect.estimate, entry(f, NAME[k], 0), CLOSE, 0);
        witness_close("its SE", effect.se, entry(f, NAME[k], 1), CLOSE, 0);
    }
}

static void calibration_and_projection_are_grf_s(void **state)
{
    Fixed *f = *state;
    static const char *const MODERATOR[] = {"A1", "A2"};
    static const char *const CALIBRATION[] = {"calibration", "calibration_clustered"};
    static const char *const BLP[] = {"blp", "blp_clustered"};
    const VgClusters as[] = {f->weighted, f->clustered};
    for (int k = 0; k < 2; k++) {
        VgCalibration c;
        VgLm *fit;
        VgError error = {0};
        WITNESS_OK(vg_calibration_test(f->arena, N, f->outcome_left, f->treatment_left, f->tau,
                                       VG_PREDICTION_OUT_OF_BAG, as[k], 0.95, &c, &error),
                   &error);
        witness_close("mean", c.mean.estimate, cell(f, CALIBRATION[k], 0, 0), CLOSE, 0);
        witness_close("its SE", c.mean.se, cell(f, CALIBRATION[k], 0, 1), CLOSE, 0);
        witness_close("differential", c.differential.estimate, cell(f, CALIBRATION[k], 1, 0), CLOSE,
                      0);
        witness_close("its SE", c.differential.se, cell(f, CALIBRATION[k], 1, 1), CLOSE, 0);
        WITNESS_OK(vg_best_linear_projection(f->arena, f->score, f->x, MODERATOR, as[k], &fit, NULL,
                                             &error),
                   &error);
        for (size_t j = 0; j < 3; j++) {
            witness_close("coefficient", fit->coefficient[j], cell(f, BLP[k], j, 0), CLOSE, 1);
            witness_close("its SE", fit->se[j], cell(f, BLP[k], j, 1), CLOSE, 0);
        }
    }
}

static void groups_are_quarters_of_the_weight(void **state)
{
    Fixed *f = *state;
    VgGroupEffects groups;
    VgError error = {0};
    WITNESS_OK(vg_group_effects(f->arena, N, f->score, &f->priority, 4, f->weighted, 0.95, &groups,
                                &error),
               &error);
    for (size_t g = 0; g < 4; g++) {
        witness_close("group", groups.effect[g].estimate, cell(f, "groups", g, 0), CLOSE, 0);
        witness_close("its SE", groups.effect[g].se, cell(f, "groups", g, 1), CLOSE, 0);
    }
}

static VgRankEffects rate_of(Fixed *f, const VgPriority *priority, VgClusters clusters)
{
    VgError error = {0};
    VgRankEffects rate;
    VgRankOptions options = {.q = numbers(f, "grid"), .n_q = 5, .draws = 20000, .threads = 1};
    WITNESS_OK(vg_rank_effects(f->arena, N, f->score, priority, clusters, &options, &rate, &error),
               &error);
    return rate;
}

static void rates_are_grf_s(void **state)
{
    Fixed *f = *state;
    VgRankEffects rate = rate_of(f, &f->priority, f->weighted);
    VgRankEffects tied = rate_of(f, &f->tied, f->weighted);
    VgRankEffects clustered = rate_of(f, &f->priority, f->clustered);
    witness_close("AUTOC", rate.autoc.estimate, witness_number(f->root, "autoc"), CLOSE, 0);
    witness_close("Qini", rate.qini.estimate, witness_number(f->root, "qini"), CLOSE, 0);
    witness_close("AUTOC, ties", tied.autoc.estimate, witness_number(f->root, "autoc_tied"), CLOSE,
                  0);
    witness_close("Qini, ties", tied.qini.estimate, witness_number(f->root, "qini_tied"), CLOSE, 0);
    witness_close("SE", rate.autoc.se, entry(f, "autoc_se", 0), DRAWN, 0);
    witness_close("SE of Qini", rate.qini.se, entry(f, "qini_se", 0), DRAWN, 0);
    witness_close("SE, clusters", clustered.autoc.se, entry(f, "autoc_se_clustered", 0), DRAWN, 0);
    for (size_t g = 0; g < 5; g++) {
        witness_close("TOC", rate.toc[g], entry(f, "toc", g), CLOSE, 1);
        witness_close("TOC, ties", tied.toc[g], entry(f, "toc_tied", g), CLOSE, 1);
        witness_close("SE of TOC", rate.toc_se[g], entry(f, "autoc_se", 1 + g), DRAWN, 1e-9);
    }
}

/* A person of weight 2 is two people of weight 1, but for standard errors. */
static void weights_count_people(void **state)
{
    Fixed *f = *state;
    enum { TWICE = 40 };
    VgError error = {0};
    double score[N + TWICE], priority[N + TWICE], weight[N];
    for (size_t i = 0; i < N + TWICE; i++) {
        size_t of = i < N ? i : i - N;
        score[i] = f->score[of];
        priority[i] = floor(8 * f->priority.value[of]);
        if (i < N)
            weight[i] = i < TWICE ? 2 : 1;
    }
    VgPriority line = {.value = priority, .source = VG_PREDICTION_OTHER_PEOPLE};
    VgRankOptions options = {.draws = 10, .threads = 1};
    VgInference one, two;
    VgGroupEffects groups[2];
    VgRankEffects rate[2];
    const VgClusters all = {0}, some = {.weight = weight};
    WITNESS_OK(vg_average_effect(f->arena, N, score, some, 0.95, &one, &error), &error);
    WITNESS_OK(vg_average_effect(f->arena, N + TWICE, score, all, 0.95, &two, &error), &error);
    witness_close("average", one.estimate, two.estimate, 1e-12, 1);
    WITNESS_OK(vg_group_effects(f->arena, N, score, &line, 4, some, 0.95, &groups[0], &error),
               &error);
    WITNESS_OK(
        vg_group_effects(f->arena, N + TWICE, score, &line, 4, all, 0.95, &groups[1], &error),
        &error);
    for (size_t g = 0; g < 4; g++)
        witness_close("group", groups[0].effect[g].estimate, groups[1].effect[g].estimate, 1e-12,
                      1);
    WITNESS_OK(vg_rank_effects(f->arena, N, score, &line, some, &options, &rate[0], &error),
               &error);
    WITNESS_OK(vg_rank_effects(f->arena, N + TWICE, score, &line, all, &options, &rate[1], &error),
               &error);
    for (size_t g = 0; g < rate[0].n_q; g++)
        witness_close("TOC", rate[0].toc[g], rate[1].toc[g], 1e-12, 1);
}

static void who_would_not_heed_weights_refuses_them(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgEffectSample sample = {.x = f->x,
                             .outcome_left = f->outcome_left,
                             .treatment_left = f->treatment_left,
                             .clusters = f->weighted};
    VgOmnibus omnibus;
    VgPriority priority;
    const VgOmnibusOptions options = {.permutations = 9};
    assert_int_equal(vg_omnibus_test(f->arena, &sample, &options, &omnibus, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "weights"));
    assert_int_equal(
        vg_cross_fit(f->arena, &sample, vg_linear_effects, NULL, 2, 1, &priority, &error),
        VG_INVALID_INPUT);
    double nought[N] = {0};
    VgInference effect;
    assert_int_equal(vg_average_effect(f->arena, N, f->score, (VgClusters){.weight = nought}, 0.95,
                                       &effect, &error),
                     VG_INVALID_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_effects_are_grf_s),
        cmocka_unit_test(calibration_and_projection_are_grf_s),
        cmocka_unit_test(groups_are_quarters_of_the_weight),
        cmocka_unit_test(rates_are_grf_s),
        cmocka_unit_test(weights_count_people),
        cmocka_unit_test(who_would_not_heed_weights_refuses_them),
    };
    return cmocka_run_group_tests(tests, open_fixed, close_fixed);
}
