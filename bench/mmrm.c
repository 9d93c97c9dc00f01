/* Times one unstructured MMRM with Satterthwaite's df for every coefficient, on trials made from a fixed
 * sequence, and writes the first trial of each shape for R. Run by bench/mmrm.sh.
 * CPU time of one thread, so that other work on the machine counts less.
 *
 * usage: bench_mmrm SUBJECTS VISITS REPEATS [CSV] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vagus/vagus.h>

#include "model/mmrm_internal.h"

static uint64_t sequence = 20261124;

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

typedef struct Trial {
    double *x, *y;
    int32_t *subject, *visit;
    VgMmrmData data;
} Trial;

/* y ~ arm * visit + baseline * visit, 30 % dropout, one line of CSV per row. */
static void make(Trial *trial, size_t n, size_t m, FILE *csv)
{
    size_t p = 4 * m - (m - 1), rows = n * m, at = 0;
    trial->x = calloc(rows * p, sizeof(double));
    trial->y = calloc(rows, sizeof(double));
    trial->subject = calloc(rows, sizeof(int32_t));
    trial->visit = calloc(rows, sizeof(int32_t));
    if (!trial->x || !trial->y || !trial->subject || !trial->visit)
        exit(4);
    for (size_t s = 0; s < n; s++) {
        double baseline = 25.0 + 5.0 * normal(), arm = (double)(s % 2), own = 3.0 * normal(),
               e = 0.0;
        size_t last = uniform() < 0.3 ? 1 + (size_t)(uniform() * (double)(m - 1)) : m;
        for (size_t a = 0; a < last; a++, at++) {
            e = 0.6 * e + 4.0 * normal();
            trial->y[at] = baseline - (double)a - 0.5 * arm * (double)a + own + e;
            trial->subject[at] = (int32_t)s;
            trial->visit[at] = (int32_t)a;
            trial->x[at] = 1.0;
            trial->x[at + rows] = arm;
            trial->x[at + 2 * rows] = baseline;
            if (a > 0) {
                trial->x[at + (2 + a) * rows] = 1.0;
                trial->x[at + (1 + m + a) * rows] = arm;
                trial->x[at + (2 * m + a) * rows] = baseline;
            }
            if (csv)
                fprintf(csv, "%zu,%zu,%g,%.17g,%.17g\n", s, a, arm, baseline, trial->y[at]);
        }
    }
    p = 3 * m;
    trial->data = (VgMmrmData){.n_rows = at,
                               .x = {trial->x, at, p, rows},
                               .y = trial->y,
                               .subject = trial->subject,
                               .visit = trial->visit,
                               .n_subjects = n,
                               .n_visits = m};
}

static VgStatus fit_once(const VgMmrmData *data, VgMmrmFit *fit, VgError *error)
{
    VgArena *arena = vg_arena_create();
    VgStatus status = vg_mmrm_fit(arena, data, NULL, fit, error);
    double *contrast = vg_arena_alloc(arena, data->x.cols, sizeof *contrast);
    for (size_t j = 0; status == VG_OK && j < data->x.cols; j++) {
        VgInference out;
        contrast[j] = 1.0;
        status = vg_mmrm_contrast(fit, contrast, 0.95, &out, error);
        contrast[j] = 0.0;
    }
    vg_arena_destroy(arena);
    return status;
}

/* One evaluation with gradient and observed Hessian: what an iteration costs. */
static double iteration_seconds(const VgMmrmData *data)
{
    enum { TIMES = 200 };
    VgArena *arena = vg_arena_create();
    VgPatterns patterns = {0};
    VgStatistics statistics;
    VgEngine engine;
    double best = INFINITY;
    if (vg_mmrm_patterns(arena, data, &patterns, NULL) == VG_OK &&
        vg_mmrm_statistics(arena, data, &patterns, &statistics, NULL) == VG_OK &&
        vg_engine_create(arena, data, &patterns, &statistics, VG_COVARIANCE_UNSTRUCTURED, VG_REML,
                         &engine, NULL) == VG_OK) {
        vg_engine_start(&engine, engine.theta);
        for (int i = 0; i < TIMES; i++) {
            double start = seconds();
            if (!vg_engine_evaluate(&engine, engine.theta))
                break;
            vg_engine_derivatives(&engine, true);
            best = fmin(best, seconds() - start);
        }
    }
    vg_arena_destroy(arena);
    return best;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    size_t n = (size_t)atol(argv[1]), m = (size_t)atol(argv[2]);
    int repeats = atoi(argv[3]);
    FILE *csv = argc > 4 ? fopen(argv[4], "w") : NULL;
    if (csv)
        fprintf(csv, "subject,visit,arm,baseline,y\n");
    Trial trial;
    make(&trial, n, m, csv);
    if (csv)
        fclose(csv);
    double best = INFINITY;
    VgMmrmFit fit = {0};
    VgError error = {0};
    for (int r = 0; r < repeats; r++) {
        double start = seconds();
        if (fit_once(&trial.data, &fit, &error) != VG_OK)
            return 1;
        double taken = seconds() - start;
        if (taken < best)
            best = taken;
    }
    double iteration = iteration_seconds(&trial.data);
    printf("%zu %zu %zu %.6f %.6f %.9f\n", n, m, trial.data.n_rows, best * 1e3, iteration * 1e3,
           fit.minus2loglik);
    free(trial.x);
    free(trial.y);
    free(trial.subject);
    free(trial.visit);
    return 0;
}
