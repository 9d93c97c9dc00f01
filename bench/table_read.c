/* Times vg_table_read: best of some runs, and the peak memory of the process. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include <vagus/table.h>

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench_table_read FILE [RUNS]\n");
        return 2;
    }
    int runs = argc > 2 ? atoi(argv[2]) : 1;
    double best = 1e300, best_cpu = 1e300;
    size_t rows = 0, columns = 0;
    for (int run = 0; run < runs; run++) {
        VgArena *arena = vg_arena_create();
        VgTable *table = NULL;
        VgError error = {0};
        double start = now(CLOCK_MONOTONIC), start_cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        if (vg_table_read(arena, argv[1], NULL, &table, &error) != VG_OK) {
            char text[1200];
            vg_error_format(&error, text, sizeof text);
            fprintf(stderr, "%s\n", text);
            return 1;
        }
        double time = now(CLOCK_MONOTONIC) - start;
        double cpu = now(CLOCK_PROCESS_CPUTIME_ID) - start_cpu;
        best = time < best ? time : best;
        best_cpu = cpu < best_cpu ? cpu : best_cpu;
        rows = table->n_rows;
        columns = table->n_columns;
        vg_arena_destroy(arena);
    }
    struct rusage usage;
    struct stat about;
    getrusage(RUSAGE_SELF, &usage);
    stat(argv[1], &about);
    double size = (double)about.st_size, peak = (double)usage.ru_maxrss * 1024;
    printf(
        "seconds %.3f  cpu %.3f  MB/s %.0f  rows %zu  columns %zu  peak_MB %.0f  peak/size %.3f\n",
        best, best_cpu, size / best / 1e6, rows, columns, peak / 1e6, peak / size);
    return 0;
}
