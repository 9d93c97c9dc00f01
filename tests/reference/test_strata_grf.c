/* strata/: scores, average effects, calibration, projection, groups, RATE against grf 2.6.1's own R code on fixed predictions
 * (strata_grf.R): 1e-10 as METHODS 5.2 asks. Standard errors of RATE come from random half-samples on both sides, 20,000
 * there and here: 1 / √(2 · 20,000) = 0.5 % each, four of them together 3 %. */
#include "support/witness.h"

#include <math.h>

#include <vagus/heterogeneity.h>

static const double CLOSE = 1e-10, DRAWN = 0.03;

typedef struct Fixed {
    VgArena *arena;
    json_t *root;
    size_t n;
    VgScoreData two, three;
    VgScores scores, scores3;
    double *outcome_left, *treatment_left;
    VgMatrix x;
    VgClusters clusters;
    VgPriority priority, tied;
} Fixed;

static double *numbers(Fixed *f, const char *name)
{
    const json_t *list = witness_at(f->root, name);
    double *value = VG_NEW(f->arena, double, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++)
        value[i] = json_number_value(json_array_get(list, i));
    return value;
}

static double cell(const Fixed *f, const char *name, size_t i, size_t j)
{
    return json_number_value(json_array_get(json_array_get(witness_at(f->root, name), i), j));
}

static double entry(const Fixed *f, const char *name, size_t i)
{
    return json_number_value(json_array_get(witness_at(f->root, name), i));
}

static int32_t *whole(Fixed *f, const double *value)
{
    int32_t *out = VG_NEW(f->arena, int32_t, f->n);
    for (size_t i = 0; i < f->n; i++)
        out[i] = (int32_t)value[i];
    return out;
}

static void fill(Fixed *f)
{
    double *e = numbers(f, "e"), *w = numbers(f, "w"), *tau = numbers(f, "tau");
    double *y = numbers(f, "y"), *y_hat = numbers(f, "y_hat"), *value = numbers(f, "priority");
    size_t n = f->n;
    double *e2 = VG_NEW(f->arena, double, 2 * n), *e3 = VG_NEW(f->arena, double, 3 * n);
    double *tau3 = VG_NEW(f->arena, double, 2 * n), *fifths = VG_NEW(f->arena, double, n);
    int32_t *cluster = VG_NEW(f->arena, int32_t, n);
    f->outcome_left = VG_NEW(f->arena, double, n);
    f->treatment_left = VG_NEW(f->arena, double, n);
    f->x = (VgMatrix){VG_NEW(f->arena, double, 3 * n), n, 3, n};
    for (size_t i = 0; i < n; i++) {
        e2[i] = 1 - e[i];
        e2[n + i] = e[i];
        e3[i] = 0.5;
        e3[n + i] = 0.3;
        e3[2 * n + i] = 0.2;
        tau3[i] = tau[i];
        tau3[n + i] = 1 - tau[i];
        fifths[i] = floor(5 * value[i]);
        cluster[i] = (int32_t)(i / 8);
        f->outcome_left[i] = y[i] - y_hat[i];
        f->treatment_left[i] = w[i] - e[i];
        for (size_t j = 0; j < 3; j++)
            VG_AT(f->x, i, j) = cell(f, "x", i, j);
    }
    f->two = (VgScoreData){
        n, 2, y, whole(f, w), {e2, n, 2, n}, y_hat, {tau, n, 1, n}, VG_PREDICTION_OUT_OF_BAG};
    f->three = (VgScoreData){n,
                             3,
                             numbers(f, "y3"),
                             whole(f, numbers(f, "arm")),
                             {e3, n, 3, n},
                             y_hat,
                             {tau3, n, 2, n},
                             VG_PREDICTION_OUT_OF_BAG};
    f->clusters = (VgClusters){.of = cluster, .count = n / 8};
    f->priority = (VgPriority){.value = value, .source = VG_PREDICTION_OTHER_PEOPLE};
    f->tied = (VgPriority){.value = fifths, .source = VG_PREDICTION_OTHER_PEOPLE};
}

static int open_fixed(void **state)
{
    static Fixed f;
    VgError error = {0};
    f.arena = vg_arena_create();
    f.root = witness_json(witness_source(f.arena, "tests/reference/strata_grf.json"));
    f.n = json_array_size(witness_at(f.root, "y"));
    fill(&f);
    WITNESS_OK(vg_scores(f.arena, &f.two, &f.scores, &error), &error);
    WITNESS_OK(vg_scores(f.arena, &f.three, &f.scores3, &error), &error);
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

static void scores_are_grf_s(void **state)
{
    Fixed *f = *state;
    for (size_t i = 0; i < f->n; i++) {
        witness_close("score", f->scores.contrast.data[i], entry(f, "gamma", i), CLOSE, 1);
        for (size_t k = 0; k < 2; k++)
            witness_close("score of three arms", VG_AT(f->scores3.contrast, i, k),
                          cell(f, "gamma3", i, k), CLOSE, 1);
    }
}

static VgInference average(Fixed *f, const double *score, VgClusters clusters)
{
    VgInference effect;
    VgError error = {0};
    WITNESS_OK(vg_average_effect(f->arena, f->n, score, clusters, 0.95, &effect, &error), &error);
    return effect;
}

static void average_effects_are_grf_s(void **state)
{
    Fixed *f = *state;
    VgInference plain = average(f, f->scores.contrast.data, (VgClusters){0});
    VgInference clustered = average(f, f->scores.contrast.data, f->clusters);
    witness_close("ATE", plain.estimate, entry(f, "ate", 0), CLOSE, 0);
    witness_close("its SE", plain.se, entry(f, "ate", 1), CLOSE, 0);
    witness_close("its clustered SE", clustered.se, entry(f, "ate_clustered", 1), CLOSE, 0);
    assert_true(clustered.df == 14);
    for (size_t k = 0; k < 2; k++) {
        VgInference arm = average(f, &VG_AT(f->scores3.contrast, 0, k), (VgClusters){0});
        witness_close("ATE of three arms", arm.estimate, cell(f, "ate3", k, 0), CLOSE, 0);
        witness_close("its SE", arm.se, cell(f, "ate3", k, 1), CLOSE, 0);
    }
}

static void calibration_is_grf_s(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgCalibration c;
    for (int clustered = 0; clustered < 2; clustered++) {
        WITNESS_OK(vg_calibration_test(f->arena, f->n, f->outcome_left, f->treatment_left,
                                       f->two.effect_hat.data, VG_PREDICTION_OUT_OF_BAG,
                                       clustered ? f->clusters : (VgClusters){0}, 0.95, &c, &error),
                   &error);
        const char *name = clustered ? "calibration_clustered" : "calibration";
        witness_close("mean", c.mean.estimate, cell(f, name, 0, 0), CLOSE, 0);
        witness_close("its SE", c.mean.se, cell(f, name, 0, 1), CLOSE, 0);
        witness_close("differential", c.differential.estimate, cell(f, name, 1, 0), CLOSE, 0);
        witness_close("its SE", c.differential.se, cell(f, name, 1, 1), CLOSE, 0);
        if (!clustered)
            witness_close("one-sided p", c.p, cell(f, name, 1, 3), 1e-9, 0);
    }
}

/* Coefficients: grf; the joint test: clubSandwich. */
static void projection_is_grf_s(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgMatrix two = {f->x.data, f->n, 2, f->n};
    const char *name[] = {"A1", "A2"};
    for (int clustered = 0; clustered < 2; clustered++) {
        VgLm *fit;
        VgJointTest all;
        WITNESS_OK(vg_best_linear_projection(f->arena, f->scores.contrast.data, two, name,
                                             clustered ? f->clusters : (VgClusters){0}, &fit, &all,
                                             &error),
                   &error);
        const char *key = clustered ? "blp_clustered" : "blp";
        const char *joint = clustered ? "blp_joint_clustered" : "blp_joint";
        witness_close("joint F", all.statistic, entry(f, joint, 0), CLOSE, 0);
        witness_close("its df", all.df_denominator, entry(f, joint, 2), CLOSE, 0);
        witness_close("its p", all.p, entry(f, joint, 3), CLOSE, 0);
        for (size_t j = 0; j < 3; j++) {
            witness_close("coefficient", fit->coefficient[j], cell(f, key, j, 0), CLOSE, 1);
            witness_close("its SE", fit->se[j], cell(f, key, j, 1), CLOSE, 0);
        }
    }
}

static void groups_are_those_of_lm(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgGroupEffects groups;
    WITNESS_OK(vg_group_effects(f->arena, f->n, f->scores.contrast.data, &f->priority, 4,
                                (VgClusters){0}, 0.95, &groups, &error),
               &error);
    for (size_t g = 0; g < 4; g++) {
        witness_close("group", groups.effect[g].estimate, cell(f, "groups", g, 0), CLOSE, 0);
        witness_close("its SE", groups.effect[g].se, cell(f, "groups", g, 1), CLOSE, 0);
    }
    witness_close("difference", groups.difference.se,
                  hypot(groups.effect[0].se, groups.effect[3].se), CLOSE, 0);
}

static VgRankEffects rate_of(Fixed *f, const VgPriority *priority, VgClusters clusters)
{
    VgError error = {0};
    VgRankEffects rate;
    VgRankOptions options = {.q = numbers(f, "grid"), .n_q = 5, .draws = 20000, .threads = 1};
    WITNESS_OK(vg_rank_effects(f->arena, f->n, f->scores.contrast.data, priority, clusters,
                               &options, &rate, &error),
               &error);
    return rate;
}

static void rates_are_grf_s(void **state)
{
    Fixed *f = *state;
    VgRankEffects rate = rate_of(f, &f->priority, (VgClusters){0});
    VgRankEffects tied = rate_of(f, &f->tied, (VgClusters){0});
    VgRankEffects clustered = rate_of(f, &f->priority, f->clusters);
    witness_close("AUTOC", rate.autoc.estimate, witness_number(f->root, "autoc"), CLOSE, 0);
    witness_close("Qini", rate.qini.estimate, witness_number(f->root, "qini"), CLOSE, 0);
    witness_close("AUTOC, ties", tied.autoc.estimate, witness_number(f->root, "autoc_tied"), CLOSE,
                  0);
    witness_close("Qini, ties", tied.qini.estimate, witness_number(f->root, "qini_tied"), CLOSE, 0);
    witness_close("SE", rate.autoc.se, entry(f, "autoc_se", 0), DRAWN, 0);
    witness_close("SE of Qini", rate.qini.se, entry(f, "qini_se", 0), DRAWN, 0);
    witness_close("SE, ties", tied.autoc.se, entry(f, "autoc_se_tied", 0), DRAWN, 0);
    witness_close("SE, clusters", clustered.autoc.se, entry(f, "autoc_se_clustered", 0), DRAWN, 0);
    for (size_t g = 0; g < 5; g++) {
        witness_close("TOC", rate.toc[g], entry(f, "toc", g), CLOSE, 1);
        witness_close("TOC, ties", tied.toc[g], entry(f, "toc_tied", g), CLOSE, 1);
        witness_close("SE of TOC", rate.toc_se[g], entry(f, "autoc_se", 1 + g), DRAWN, 1e-9);
        witness_close("SE of TOC, ties", tied.toc_se[g], entry(f, "autoc_se_tied", 1 + g), DRAWN,
                      1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_grf_s),       cmocka_unit_test(average_effects_are_grf_s),
        cmocka_unit_test(calibration_is_grf_s),   cmocka_unit_test(projection_is_grf_s),
        cmocka_unit_test(groups_are_those_of_lm), cmocka_unit_test(rates_are_grf_s),
    };
    return cmocka_run_group_tests(tests, open_fixed, close_fixed);
}
