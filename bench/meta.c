/* Times random-effects fits (REML, Knapp–Hartung, prediction interval, Q test) of 50 studies each, on effects from a
 * fixed sequence, and writes them for R. Run by bench/meta.sh. CPU time of one thread.
 *
 * usage: bench_meta STUDIES FITS REPEATS [CSV] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vagus/meta.h>

static uint64_t sequence = 20261125;

static double uniform(void)
{
    sequence = sequence * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(sequence >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    size_t k = (size_t)atol(argv[1]), fits = (size_t)atol(argv[2]);
    int repeats = atoi(argv[3]);
    double *y = calloc(k * fits, sizeof *y), *v = calloc(k * fits, sizeof *v);
    VgMetaPool *pool = calloc(fits, sizeof *pool);
    if (!y || !v || !pool)
        return 4;
    FILE *csv = argc > 4 ? fopen(argv[4], "w") : NULL;
    if (csv)
        fprintf(csv, "fit,y,v\n");
    for (size_t f = 0; f < fits; f++)
        for (size_t i = 0; i < k; i++) {
            size_t at = f * k + i;
            v[at] = 0.02 + 0.2 * uniform();
            y[at] = 0.3 + sqrt(0.1) * normal() + sqrt(v[at]) * normal();
            if (csv)
                fprintf(csv, "%zu,%.17g,%.17g\n", f, y[at], v[at]);
        }
    if (csv)
        fclose(csv);
    const VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    double best = INFINITY, sum = 0, iterations = 0;
    VgError error;
    for (int r = 0; r < repeats; r++) {
        double start = seconds();
        for (size_t f = 0; f < fits; f++) {
            VgEffects effects = {.k = k, .y = y + f * k, .v = v + f * k};
            if (vg_meta_pool(&effects, &options, pool + f, &error) != VG_OK)
                return 1;
        }
        best = fmin(best, seconds() - start);
    }
    for (size_t f = 0; f < fits; f++) {
        sum += pool[f].estimate + pool[f].tau2 + pool[f].se + pool[f].prediction.upper;
        iterations += (double)pool[f].iterations / (double)fits;
    }
    printf("%.6f %.15g %.2f\n", best * 1e6 / (double)fits, sum, iterations);
    free(y);
    free(v);
    free(pool);
    return 0;
}
