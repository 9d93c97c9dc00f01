/* Peak memory of what needs all distances at once: bench_panel_memory WHAT N, WHAT one of pcoa, cailliez, dbrda, capscale. The
 * distances are random. The peak is told in bytes and in matrices of N × N doubles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <vagus/ordination.h>

#include "numeric/random.h"

static VgStatus constrained(VgArena *arena, const VgDistances *d, bool positive, VgError *error)
{
    size_t n = d->n;
    VgColumn column = {.name = "x", .type = VG_COLUMN_NUMBER, .number = VG_NEW(arena, double, n)};
    uint32_t *line = VG_NEW(arena, uint32_t, n);
    if (!column.number || !line)
        return vg_fail(error, VG_NO_MEMORY, "no memory", "give less");
    for (size_t i = 0; i < n; i++)
        column.number[i] = (double)(i % 2);
    VgTable table = {.path = "made", .n_rows = n, .n_columns = 1, .column = &column, .line = line};
    VgFormula *formula;
    VgDesign *design = NULL;
    VgDbrda *out;
    VG_TRY(vg_formula_parse(arena, "~ x", &formula, error));
    VG_TRY(vg_design_build(arena, &table, formula, &(VgDesignOptions){0}, &design, error));
    return vg_dbrda(arena, d, design, NULL, positive, &out, error);
}

static VgStatus measured(VgArena *arena, const char *what, VgDistances *d, VgError *error)
{
    VgPcoa *pcoa;
    if (strcmp(what, "cailliez") == 0)
        return vg_distances_correct(arena, d, VG_CORRECTION_CAILLIEZ, NULL, error);
    if (strcmp(what, "pcoa") == 0)
        return vg_pcoa(arena, d, &(VgPcoaOptions){.axes = 2}, &pcoa, error);
    return constrained(arena, d, strcmp(what, "capscale") == 0, error);
}

int main(int argc, char **argv)
{
    size_t n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (n < 3) {
        fprintf(stderr, "usage: %s pcoa|cailliez|dbrda|capscale N\n", argv[0]);
        return 2;
    }
    VgArena *arena = vg_arena_create();
    VgRandom random = vg_random_start(1, VG_STREAM_SIMULATION, 0, 0);
    VgDistances d = {n, VG_NEW(arena, double, n *(n - 1) / 2)};
    VgError error = {0};
    for (size_t k = 0; d.value && k < n * (n - 1) / 2; k++)
        d.value[k] = 0.5 + 0.5 * vg_random_uniform(&random);
    if (!d.value || measured(arena, argv[1], &d, &error) != VG_OK) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double bytes = (double)usage.ru_maxrss * 1024;
    printf("%s n = %zu: peak %.0f MB, %.2f of n × n doubles, %ld s\n", argv[1], n, bytes / 1e6,
           bytes / 8 / (double)n / (double)n, usage.ru_utime.tv_sec);
    vg_arena_destroy(arena);
    return 0;
}
