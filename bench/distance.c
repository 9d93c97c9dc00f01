/* Times distances of simulated counts: bench_distance METRIC SAMPLES FEATURES [THREADS]; prints seconds.
 * With a fifth word the table is written there as CSV for the peers (and the tree as Newick, for UniFrac). */
#include <vagus/distance.h>

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "numeric/linear_algebra.h"
#include "numeric/random.h"

/* Log-normal abundances, `sparse` of which are zeros, as whole counts. */
static void fill(VgMatrix x, double sparse)
{
    for (size_t j = 0; j < x.cols; j++) {
        VgRandom random = vg_random_start(7, VG_STREAM_SIMULATION, (uint32_t)j, 0);
        double level = 3 * vg_random_normal(&random);
        for (size_t i = 0; i < x.rows; i++)
            VG_AT(x, i, j) = vg_random_uniform(&random) < sparse
                                 ? 0
                                 : ceil(exp(level + vg_random_normal(&random)));
    }
    for (size_t i = 0; i < x.rows; i++)
        VG_AT(x, i, i % x.cols) += 1; /* no sample is empty */
}

/* Nodes joined at random, two at a time. */
static VgBranches random_tree(VgArena *arena, size_t tips)
{
    size_t nodes = 2 * tips - 1, *parent = VG_NEW(arena, size_t, nodes);
    size_t *tip = VG_NEW(arena, size_t, tips), *open = VG_NEW(arena, size_t, tips), n_open = tips;
    double *length = VG_NEW(arena, double, nodes);
    VgRandom random = vg_random_start(8, VG_STREAM_SIMULATION, 0, 0);
    for (size_t f = 0; f < tips; f++)
        open[f] = tip[f] = f;
    for (size_t v = 0; v < nodes; v++)
        length[v] = vg_random_uniform(&random);
    for (size_t v = tips; v < nodes; v++) {
        for (int child = 0; child < 2; child++) {
            size_t k = vg_random_below(&random, n_open);
            parent[open[k]] = v;
            open[k] = open[--n_open];
        }
        open[n_open++] = v;
    }
    parent[nodes - 1] = SIZE_MAX;
    return (VgBranches){nodes, parent, length, tips, tip};
}

static void write_newick(FILE *file, const VgBranches *tree, size_t node)
{
    if (node < tree->n_features) {
        fprintf(file, "f%zu", node);
    } else {
        const char *sep = "(";
        for (size_t v = 0; v < node; v++)
            if (tree->parent[v] == node) {
                fputs(sep, file);
                write_newick(file, tree, v);
                sep = ",";
            }
        fputc(')', file);
    }
    if (tree->parent[node] != SIZE_MAX)
        fprintf(file, ":%.17g", tree->length[node]);
}

static int write_peer_files(const char *stem, VgMatrix x, const VgBranches *tree)
{
    char path[512];
    snprintf(path, sizeof path, "%s.csv", stem);
    FILE *file = fopen(path, "w");
    if (!file)
        return 1;
    for (size_t j = 0; j < x.cols; j++)
        fprintf(file, j ? ",f%zu" : "f%zu", j);
    for (size_t i = 0; i < x.rows; i++)
        for (size_t j = 0; j < x.cols; j++)
            fprintf(file, j ? ",%g" : "\n%g", VG_AT(x, i, j));
    fputc('\n', file);
    fclose(file);
    snprintf(path, sizeof path, "%s.nwk", stem);
    file = tree ? fopen(path, "w") : NULL;
    if (file) {
        write_newick(file, tree, tree->n_nodes - 1);
        fputs(";\n", file);
        fclose(file);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: bench_distance METRIC SAMPLES FEATURES [THREADS [STEM]]\n"),
               2;
    VgArena *arena = vg_arena_create();
    VgMatrix x = vg_matrix_new(arena, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    VgDistanceOptions options = {.threads = argc > 4 ? atoi(argv[4]) : 0};
    while (vg_metric_name(options.metric) && strcmp(vg_metric_name(options.metric), argv[1]) != 0)
        options.metric++;
    bool by_tree = options.metric >= VG_METRIC_UNIFRAC;
    fill(x, by_tree ? 0.9 : 0.5);
    VgBranches tree = {0};
    if (by_tree)
        tree = random_tree(arena, x.cols);
    options.branches = &tree;
    if (argc > 5 && write_peer_files(argv[5], x, by_tree ? &tree : NULL))
        return perror(argv[5]), 1;
    VgDistances *d;
    VgError error = {0};
    clock_t before = clock();
    double start = omp_get_wtime();
    if (vg_distances(arena, x, &options, &d, &error) != VG_OK)
        return fprintf(stderr, "%s\n", error.message), 1;
    double seconds = omp_get_wtime() - start, sum = 0;
    double processor = (double)(clock() - before) / CLOCKS_PER_SEC;
    for (size_t k = 0; k < d->n * (d->n - 1) / 2; k++)
        sum += d->value[k];
    printf("%s %zu x %zu (mean %.10g)\n    elapsed %.3f s, processor %.3f s\n", argv[1], x.rows,
           x.cols, sum / ((double)d->n * (double)(d->n - 1) / 2), seconds, processor);
    vg_arena_destroy(arena);
    return 0;
}
