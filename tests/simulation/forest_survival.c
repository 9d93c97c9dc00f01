/* One causal survival forest on data made elsewhere, for tests/simulation/forest_survival.R, which sets grf beside it.
 * usage: simulate_forest_survival IN OUT   IN: doubles n, p, known propensity (0: estimate it), trees, seed, horizon, target (0: restricted
 * mean, 1: probability), then x by column, time, event, arm (0, 1).
 * OUT: out-of-bag effects, their variances, pseudo-outcomes, E[f(T) | x], then the average effect and its error. */
#include <stdio.h>

#include <vagus/heterogeneity.h>
#include <vagus/survival_effect.h>

enum { HEAD = 7 };

static int fail(const VgError *error)
{
    char text[1024];
    vg_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    double head[HEAD];
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!in || fread(head, sizeof *head, HEAD, in) != HEAD) {
        fprintf(stderr, "usage: simulate_forest_survival IN OUT\n");
        return 2;
    }
    size_t n = (size_t)head[0], p = (size_t)head[1], count = n * (p + 3);
    VgArena *arena = vg_arena_create();
    double *all = vg_arena_alloc_raw(arena, count, sizeof *all);
    uint32_t *arm = VG_NEW(arena, uint32_t, n);
    int32_t *code = VG_NEW(arena, int32_t, n);
    bool *event = VG_NEW(arena, bool, n);
    if (!all || !arm || !code || !event || fread(all, sizeof *all, count, in) != count)
        return 1;
    fclose(in);
    for (size_t i = 0; i < n; i++) {
        event[i] = all[n * (p + 1) + i] > 0;
        arm[i] = (uint32_t)all[n * (p + 2) + i];
        code[i] = (int32_t)arm[i];
    }
    double e[2] = {1 - head[2], head[2]};
    VgForestData data = {.x = {all, n, p, n}, .outcome = all + n * p};
    VgForestTreatment treatment = {.arm = arm, .n_arms = 2};
    if (head[2] > 0)
        treatment.propensity = (VgMatrix){e, 1, 2, 1};
    VgForestOptions options = {.trees = (size_t)head[3], .seed = (uint64_t)head[4], .threads = 1};
    VgSurvivalAim aim = {head[6] > 0 ? VG_SURVIVAL_PROBABILITY : VG_SURVIVAL_RMST, head[5]};
    VgError error = {0};
    VgRandomForest *forest;
    VgForestPrediction prediction;
    if (vg_forest_survival_effect(arena, &data, event, &aim, &treatment, &options, &forest,
                                  &error) != VG_OK ||
        vg_forest_predict_oob(arena, forest, true, &prediction, &error) != VG_OK)
        return fail(&error);
    VgForestFacts facts = vg_forest_facts(forest);
    VgScoreData of_scores = {.n = n,
                             .arms = 2,
                             .outcome = facts.pseudo_outcome,
                             .arm = code,
                             .propensity = facts.propensity,
                             .outcome_hat = facts.outcome_hat,
                             .effect_hat = prediction.estimate,
                             .source = VG_PREDICTION_OUT_OF_BAG};
    VgScores scores;
    VgInference average;
    if (vg_scores(arena, &of_scores, &scores, &error) != VG_OK ||
        vg_average_effect(arena, n, scores.contrast.data, (VgClusters){0}, 0.95, &average,
                          &error) != VG_OK)
        return fail(&error);
    const double *vector[] = {prediction.estimate.data, prediction.variance.data,
                              facts.pseudo_outcome, facts.outcome_hat};
    double ate[] = {average.estimate, average.se};
    FILE *out = fopen(argv[2], "wb");
    for (size_t k = 0; out && k < 4; k++)
        if (fwrite(vector[k], sizeof(double), n, out) != n)
            return 1;
    if (!out || fwrite(ate, sizeof *ate, 2, out) != 2 || fclose(out) != 0)
        return 1;
    vg_arena_destroy(arena);
    return 0;
}
