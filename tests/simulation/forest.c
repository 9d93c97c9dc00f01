/* One causal forest on data made elsewhere, for tests/simulation/forest.R, which sets grf beside it.
 * usage: simulate_forest IN OUT   IN: doubles n, p, known propensity (0: estimate it; 2: given with E[Y | x]; -1: a forest of
 * means, -2: of the probability of outcome 1, both not honest), trees, seed, then x by column, outcome, arm (0, 1); for 2
 * E[Y | x] and the propensity of each row. OUT: out-of-bag estimates, then (effects) their variances, E[Y | x] and propensities used. */
#include <stdio.h>

#include <vagus/forest.h>

static int fail(const VgError *error)
{
    char text[1024];
    vg_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    double head[5];
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!in || fread(head, sizeof *head, 5, in) != 5) {
        fprintf(stderr, "usage: simulate_forest IN OUT\n");
        return 2;
    }
    bool given = head[2] == 2;
    size_t n = (size_t)head[0], p = (size_t)head[1], count = n * (p + (given ? 4 : 2));
    VgArena *arena = vg_arena_create();
    double *all = vg_arena_alloc_raw(arena, count, sizeof *all);
    double *propensity = VG_NEW(arena, double, 2 * n);
    uint32_t *arm = VG_NEW(arena, uint32_t, n);
    if (!all || !arm || !propensity || fread(all, sizeof *all, count, in) != count)
        return 1;
    fclose(in);
    for (size_t i = 0; i < n; i++) {
        arm[i] = (uint32_t)all[n * (p + 1) + i];
        propensity[n + i] = given ? all[n * (p + 3) + i] : 0;
        propensity[i] = 1 - propensity[n + i];
    }
    double e[2] = {1 - head[2], head[2]};
    VgForestData data = {.x = {all, n, p, n}, .outcome = all + n * p};
    VgForestTreatment treatment = {.arm = arm, .n_arms = 2};
    if (given) {
        treatment.propensity = (VgMatrix){propensity, n, 2, n};
        treatment.outcome_hat = all + n * (p + 2);
    } else if (head[2] > 0)
        treatment.propensity = (VgMatrix){e, 1, 2, 1};
    VgForestOptions options = {.trees = (size_t)head[3], .seed = (uint64_t)head[4], .threads = 1};
    VgError error = {0};
    VgRandomForest *forest;
    VgForestPrediction prediction;
    bool of_effects = head[2] >= 0;
    options.dishonest = !of_effects;
    options.group_size = of_effects ? 2 : 1;
    VgStatus status =
        of_effects      ? vg_forest_causal(arena, &data, &treatment, &options, &forest, &error)
        : head[2] == -1 ? vg_forest_regression(arena, &data, &options, &forest, &error)
                        : vg_forest_probability(arena, &data, 2, &options, &forest, &error);
    if (status != VG_OK ||
        vg_forest_predict_oob(arena, forest, of_effects, &prediction, &error) != VG_OK)
        return fail(&error);
    size_t last = prediction.estimate.cols - 1; /* effects, means: the only one; else class 1 */
    VgForestFacts facts = vg_forest_facts(forest);
    const double *const columns[] = {prediction.estimate.data + last * n, prediction.variance.data,
                                     facts.outcome_hat,
                                     of_effects ? &VG_AT(facts.propensity, 0, 1) : NULL};
    FILE *out = fopen(argv[2], "wb");
    size_t written = 0, asked = of_effects ? 4 : 1;
    for (size_t k = 0; out && k < asked; k++)
        written += fwrite(columns[k], sizeof(double), n, out);
    if (!out || written != asked * n || fclose(out) != 0)
        return 1;
    vg_arena_destroy(arena);
    return 0;
}
