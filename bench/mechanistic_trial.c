/* Whole mechanistic trials a second on one core: simulate, MMRM (unstructured, Satterthwaite), mediation through channels
 * (delta method), as `vagus design` runs them. CPU time of one thread. Run by bench/mechanistic_trial.sh.
 *
 * usage: bench_mechanistic_trial DESIGN TRIALS [simulate]   (simulate: the drawing alone) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cblas.h>

#include "design/operating.h"

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(VgStatus status, const VgError *error)
{
    if (status == VG_OK)
        return;
    fprintf(stderr, "%s\n", error->message);
    exit(1);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    size_t trials = (size_t)atol(argv[2]);
    bool drawing = argc > 3 && strcmp(argv[3], "simulate") == 0;
    VgArena *arena = vg_arena_create(), *scratch = vg_arena_create();
    VgError error = {0};
    VgProblems problems = {0};
    VgDesignFile *design;
    VgOperatingPlan plan;
    const VgOperatingOptions options = {.delta = true};
    must(vg_design_file_read(arena, argv[1], &design, &problems, &error), &error);
    must(vg_operating_plan(arena, design, &options, &plan, &error), &error);
    VgTrialAnswer *answer = VG_NEW(arena, VgTrialAnswer, plan.n_rows);
    size_t answered = 0;
    double completed, best = 1e9, begun = seconds(), batch = begun;
    for (size_t i = 0; i < trials; i++) {
        VgRandom random = vg_random_start(1, VG_STREAM_SIMULATION, (uint32_t)i, 0);
        VgArenaMark mark = vg_arena_mark(scratch);
        if (drawing) {
            VgVirtualTrial trial;
            must(vg_virtual_trial_new(scratch, plan.model[0], plan.scheme.n, &trial, &error),
                 &error);
            vg_axis_simulate(plan.model[0], &plan.scheme, &random, &trial);
        } else {
            must(vg_operating_trial(&plan, random, scratch, answer, &completed, &error), &error);
            answered += answer[0].se > 0 && answer[plan.n_rows - 1].se > 0;
        }
        vg_arena_rewind(scratch, mark);
        if (i % 100 == 99) {
            double now = seconds();
            best = now - batch < best ? now - batch : best;
            batch = now;
        }
    }
    double taken = seconds() - begun;
    printf("%zu participants, %zu visits, %zu markers in %zu channels: %.0f trials a second "
           "(best 100: %.0f); all answered: %zu of %zu\n",
           plan.scheme.n, plan.model[0]->n_visits, plan.mechanism_plan.n_markers,
           plan.mechanism_plan.n_channels, (double)trials / taken, 100 / best, answered, trials);
    vg_arena_destroy(scratch);
    vg_arena_destroy(arena);
    return 0;
}
