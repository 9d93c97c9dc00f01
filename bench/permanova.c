/* Times PERMANOVA: bench_permanova DISTANCES.csv METADATA.csv FORMULA PERMUTATIONS [THREADS]; prints seconds. The
 * distances are a square matrix with names. */
#include <vagus/distance_matrix.h>
#include <vagus/permanova.h>

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    if (argc < 5)
        return fprintf(
                   stderr,
                   "usage: bench_permanova DISTANCES METADATA FORMULA PERMUTATIONS [THREADS]\n"),
               2;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgDistanceMatrix *matrix;
    VgTable *table;
    VgFormula *formula;
    VgDesign *design;
    VgPermanova *out;
    VgShuffleOptions options = {.permutations = strtoul(argv[4], NULL, 10),
                                .threads = argc > 5 ? atoi(argv[5]) : 0};
    if (vg_distance_matrix_read(arena, argv[1], &matrix, &error) != VG_OK ||
        vg_table_read(arena, argv[2], &(VgTableOptions){0}, &table, &error) != VG_OK ||
        vg_formula_parse(arena, argv[3], &formula, &error) != VG_OK ||
        vg_design_build(arena, table, formula, &(VgDesignOptions){0}, &design, &error) != VG_OK)
        return fprintf(stderr, "%s\n", error.message), 1;
    VgDistances distances = {matrix->n, matrix->value};
    clock_t before = clock();
    double start = omp_get_wtime();
    if (vg_permanova(arena, &distances, design, &options, &out, &error) != VG_OK)
        return fprintf(stderr, "%s\n", error.message), 1;
    double seconds = omp_get_wtime() - start;
    printf("elapsed %.3f s, processor %.3f s ", seconds,
           (double)(clock() - before) / CLOCKS_PER_SEC);
    for (size_t k = 0; k < out->n_sequential; k++)
        printf("  %s F %.10g p %g", out->sequential[k].term, out->sequential[k].f,
               out->sequential[k].p);
    printf("\n");
    vg_arena_destroy(arena);
    return 0;
}
