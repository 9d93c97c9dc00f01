/* Many mixed models: 2,000 features, 300 subjects × 3 visits, random intercept, arm × visit + age. With an argument the data of
 * the first K features go to standard output as CSV, for lmm.R. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vagus/vagus.h>

#include "numeric/random.h"

enum { SUBJECTS = 300, VISITS = 3, ROWS = SUBJECTS * VISITS, FEATURES = 2000, P = 7 };

static double x[ROWS * P], y[(size_t)ROWS * FEATURES], one[ROWS];
static int32_t subject[ROWS];

static void make(void)
{
    VgRandom random = vg_random_start(1, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < ROWS; i++) {
        size_t s = i / VISITS, v = i % VISITS;
        double arm = (double)(s % 2);
        double row[P] = {1, arm, v == 1, v == 2, 0, (v == 1) * arm, (v == 2) * arm};
        for (size_t j = 0; j < P; j++)
            x[i + j * ROWS] = row[j];
        subject[i] = (int32_t)s;
        one[i] = 1;
    }
    for (size_t s = 0; s < SUBJECTS; s++) {
        double age = 40 + 10 * vg_random_normal(&random);
        for (size_t v = 0; v < VISITS; v++)
            x[s * VISITS + v + 4 * ROWS] = age;
    }
    for (size_t f = 0; f < FEATURES; f++) {
        double between = 0.2 + 2 * vg_random_uniform(&random);
        for (size_t s = 0; s < SUBJECTS; s++) {
            double level = between * vg_random_normal(&random);
            for (size_t v = 0; v < VISITS; v++)
                y[s * VISITS + v + f * ROWS] = level + vg_random_normal(&random);
        }
    }
}

static void print_csv(size_t features)
{
    printf("subject,visit,arm,age");
    for (size_t f = 0; f < features; f++)
        printf(",f%zu", f);
    for (size_t i = 0; i < ROWS; i++) {
        printf("\n%d,v%zu,%g,%.17g", (int)subject[i], i % VISITS, x[i + ROWS], x[i + 4 * ROWS]);
        for (size_t f = 0; f < features; f++)
            printf(",%.17g", y[i + f * ROWS]);
    }
    printf("\n");
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    make();
    if (argc > 1) {
        print_csv((size_t)atol(argv[1]));
        return 0;
    }
    VgLmmTerm term = {.z = {one, ROWS, 1, ROWS}, .group = subject, .n_groups = SUBJECTS};
    VgLmmManyData data = {
        .x = {x, ROWS, P, ROWS}, .y = {y, ROWS, FEATURES, ROWS}, .term = &term, .n_terms = 1};
    double best = INFINITY;
    VgLmmMany many;
    for (int run = 0; run < 5; run++) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        double start = now();
        if (vg_lmm_fit_many(arena, &data, &(VgLmmManyOptions){.threads = 2}, &many, &error) !=
            VG_OK)
            return 1;
        best = fmin(best, now() - start);
        if (run == 0)
            fprintf(stderr, "f0: arm %.10g se %.10g df %.8g; %zu singular, %zu failed\n",
                    many.answer[1].estimate, many.answer[1].se, many.answer[1].df, many.n_singular,
                    many.n_failed);
        vg_arena_destroy(arena);
    }
    printf("%.6f\n", best);
    return 0;
}
