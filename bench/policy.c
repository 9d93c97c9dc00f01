/* Times an exact policy tree on fixed data and writes them for policytree. Run by bench/policy.sh: elapsed seconds.
 *
 * usage: bench_policy PEOPLE FEATURES ARMS DEPTH THREADS CSV */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vagus/policy.h>

static uint64_t sequence = 20261126;

static double uniform(void)
{
    sequence = sequence * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(sequence >> 11) + 0.5) / 9007199254740992.0;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Features, then rewards of which the second arm's follow the first feature. */
static int write_data(const char *path, const VgPolicyData *data)
{
    FILE *csv = fopen(path, "w");
    if (!csv)
        return 4;
    for (size_t j = 0; j < data->features.cols; j++)
        fprintf(csv, "x%zu,", j + 1);
    for (size_t a = 0; a < data->rewards.cols; a++)
        fprintf(csv, "r%zu%c", a + 1, a + 1 < data->rewards.cols ? ',' : '\n');
    for (size_t i = 0; i < data->features.rows; i++) {
        for (size_t j = 0; j < data->features.cols; j++)
            fprintf(csv, "%.17g,", VG_AT(data->features, i, j));
        for (size_t a = 0; a < data->rewards.cols; a++)
            fprintf(csv, "%.17g%c", VG_AT(data->rewards, i, a),
                    a + 1 < data->rewards.cols ? ',' : '\n');
    }
    return fclose(csv) == 0 ? 0 : 4;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return 2;
    size_t n = strtoul(argv[1], NULL, 10), p = strtoul(argv[2], NULL, 10);
    size_t arms = strtoul(argv[3], NULL, 10);
    VgPolicyOptions options = {.depth = strtoul(argv[4], NULL, 10), .threads = atoi(argv[5])};
    VgArena *arena = vg_arena_create();
    VgPolicyData data = {.features = {VG_NEW(arena, double, n *p), n, p, n},
                         .rewards = {VG_NEW(arena, double, n *arms), n, arms, n}};
    for (size_t i = 0; i < n * p; i++)
        data.features.data[i] = uniform();
    for (size_t a = 0; a < arms; a++)
        for (size_t i = 0; i < n; i++)
            VG_AT(data.rewards, i, a) =
                uniform() - 0.5 + (a == 1 ? 0.4 * (VG_AT(data.features, i, 0) - 0.5) : 0);
    if (write_data(argv[6], &data) != 0)
        return 4;
    VgError error = {0};
    VgPolicyTree *tree;
    double start = seconds();
    if (vg_policy_tree_fit(arena, &data, &options, &tree, &error) != VG_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    printf("%.4f %.17g\n", seconds() - start, tree->reward);
    vg_arena_destroy(arena);
    return 0;
}
