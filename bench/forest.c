/* Causal forest with known propensity: grow, then predict out of bag with variance. bench/forest.sh sets it beside grf.
 * usage: bench_forest FILE ROWS COLUMNS TREES THREADS [OUT]   FILE: doubles, x by column, then outcome, then arm (0, 1).
 * Prints seconds to grow, seconds to predict, processor seconds of both, peak MB, mean estimate, mean variance. OUT gets estimate and variance by row. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include <vagus/forest.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int fail(const VgError *error)
{
    char text[1024];
    vg_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    size_t n = strtoul(argv[2], NULL, 10), p = strtoul(argv[3], NULL, 10);
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    double *all = vg_arena_alloc_raw(arena, n * (p + 2), sizeof *all);
    uint32_t *arm = VG_NEW(arena, uint32_t, n);
    FILE *file = fopen(argv[1], "rb");
    if (!all || !arm || !file || fread(all, sizeof *all, n * (p + 2), file) != n * (p + 2))
        return 1;
    fclose(file);
    for (size_t i = 0; i < n; i++)
        arm[i] = (uint32_t)all[n * (p + 1) + i];
    VgForestData data = {.x = {all, n, p, n}, .outcome = all + n * p};
    double half[2] = {0.5, 0.5};
    VgForestTreatment treatment = {.arm = arm, .n_arms = 2, .propensity = {half, 1, 2, 1}};
    VgForestOptions options = {.trees = strtoul(argv[4], NULL, 10),
                               .threads = atoi(argv[5]),
                               .seed = getenv("SEED") ? strtoul(getenv("SEED"), NULL, 10) : 1};
    VgRandomForest *forest;
    VgForestPrediction prediction;
    double started = now(), used = (double)clock();
    if (vg_forest_causal(arena, &data, &treatment, &options, &forest, &error) != VG_OK)
        return fail(&error);
    double grown = now();
    if (vg_forest_predict_oob(arena, forest, true, &prediction, &error) != VG_OK)
        return fail(&error);
    used = ((double)clock() - used) / CLOCKS_PER_SEC;
    double predicted = now(), estimate = 0.0, variance = 0.0;
    for (size_t i = 0; i < n; i++) {
        estimate += VG_AT(prediction.estimate, i, 0) / (double)n;
        variance += VG_AT(prediction.variance, i, 0) / (double)n;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.2f %.2f %.2f %.0f %.6f %.6f\n", grown - started, predicted - grown, used,
           (double)usage.ru_maxrss / 1024.0, estimate, variance);
    if (argc > 6) {
        FILE *out = fopen(argv[6], "wb");
        if (!out || fwrite(prediction.estimate.data, sizeof(double), n, out) != n ||
            fwrite(prediction.variance.data, sizeof(double), n, out) != n || fclose(out) != 0)
            return 1;
    }
    vg_arena_destroy(arena);
    return 0;
}
