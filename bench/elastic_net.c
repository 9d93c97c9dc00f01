/* Times the path of a lasso: bench_elastic_net FILE ROWS COLUMNS [THRESHOLD [gaussian|binomial]]. FILE holds doubles: x by columns, then
 * y. Prints seconds, processor seconds, points, non-zero at the last, peak memory beyond the data in MB. */
#include <vagus/elastic_net.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_mb(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)use.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: bench_elastic_net FILE ROWS COLUMNS [THRESHOLD [FAMILY]]\n"),
               2;
    size_t n = strtoul(argv[2], NULL, 10), p = strtoul(argv[3], NULL, 10);
    double *values = malloc((p + 1) * n * sizeof *values);
    FILE *file = fopen(argv[1], "rb");
    if (!values || !file || fread(values, sizeof *values, (p + 1) * n, file) != (p + 1) * n)
        return fprintf(stderr, "cannot read %s\n", argv[1]), 1;
    fclose(file);
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgElasticNetData data = {.x = {values, n, p, n}, .y = values + n * p};
    VgElasticNetOptions options = {.threshold = argc > 4 ? strtod(argv[4], NULL) : 0};
    if (argc > 5 && strcmp(argv[5], "binomial") == 0)
        options.family = VG_ELASTIC_NET_BINOMIAL;
    VgElasticNetPath path;
    double before = peak_mb(), start = now();
    clock_t ticks = clock();
    if (vg_elastic_net_fit(arena, &data, &options, &path, &error) != VG_OK)
        return fprintf(stderr, "%s\n", error.message), 1;
    double seconds = now() - start, processor = (double)(clock() - ticks) / CLOCKS_PER_SEC;
    printf("%.3f %.3f %zu %zu %.0f %zu %.9g\n", seconds, processor, path.n_points,
           path.point[path.n_points - 1].n_nonzero, peak_mb() - before, path.cycles,
           path.point[path.n_points / 2 - 1].value[0]);
    vg_arena_destroy(arena);
    free(values);
    return 0;
}
