/* Times a linear mediation analysis with a percentile bootstrap (effects, intervals, arrows, sensitivity curve) on
 * data from a fixed sequence, and writes them for R. Run by bench/mediate.sh. CPU time of one thread.
 *
 * usage: bench_mediate ROWS DRAWS REPEATS MODEL CSV    (MODEL: linear or logistic) */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vagus/mediation.h>

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

enum { COVARIATES = 3 };

static void make_data(size_t n, bool binary, double *t, double *m, double *y, double *c)
{
    for (size_t i = 0; i < n; i++) {
        t[i] = (double)(i % 2);
        m[i] = 0.4 * t[i] + normal();
        for (size_t j = 0; j < COVARIATES; j++) {
            c[j * n + i] = normal();
            m[i] += 0.3 * c[j * n + i];
        }
        y[i] = 0.2 * t[i] + 0.5 * m[i] + 0.3 * c[i] + normal();
        if (binary)
            y[i] = y[i] > 0.3;
    }
}

static int write_data(const char *path, size_t n, const double *t, const double *m, const double *y,
                      const double *c)
{
    FILE *csv = fopen(path, "w");
    if (!csv)
        return 4;
    fprintf(csv, "t,m,y,c1,c2,c3\n");
    for (size_t i = 0; i < n; i++)
        fprintf(csv, "%g,%.17g,%.17g,%.17g,%.17g,%.17g\n", t[i], m[i], y[i], c[i], c[n + i],
                c[2 * n + i]);
    return fclose(csv) == 0 ? 0 : 4;
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    size_t n = (size_t)atol(argv[1]), draws = (size_t)atol(argv[2]);
    int repeats = atoi(argv[3]);
    bool binary = strcmp(argv[4], "logistic") == 0;
    double *t = calloc(n * (3 + COVARIATES), sizeof *t), *m = t + n, *y = m + n, *c = y + n;
    if (!t)
        return 4;
    make_data(n, binary, t, m, y, c);
    if (write_data(argv[5], n, t, m, y, c))
        return 4;
    VgMediationData data = {
        .n = n, .treatment = t, .mediator = m, .outcome = y, .covariates = {c, n, COVARIATES, n}};
    VgMediationOptions options = {.draws = draws,
                                  .threads = 1,
                                  .outcome_model =
                                      binary ? VG_MEDIATION_LOGISTIC : VG_MEDIATION_LINEAR};
    double best = INFINITY;
    VgMediationEstimate indirect = {0};
    for (int r = 0; r < repeats; r++) {
        VgArena *arena = vg_arena_create();
        VgMediation fit;
        VgError error;
        double start = seconds();
        if (!arena || vg_mediation_fit(arena, &data, &options, &fit, &error) != VG_OK)
            return 1;
        best = fmin(best, seconds() - start);
        indirect = fit.effect[VG_EFFECT_INDIRECT_AVERAGE];
        vg_arena_destroy(arena);
    }
    printf("%.4f %.15g %.6g %.6g\n", best * 1e3, indirect.estimate, indirect.lower, indirect.upper);
    free(t);
    return 0;
}
