/* Network meta-analysis of many trials: from contrast rows to both models, league, P-scores, split evidence and the
 * decomposition of Q. Writes the rows it made up, for the peer, and prints milliseconds (best of REPEATS), tau² and Q.
 * usage: bench_network TRIALS TREATMENTS REPEATS [CSV] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vagus/network.h>

#include "numeric/random.h"

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Every fifth trial has three arms; effects of arms are consistent, heterogeneity 0.2². */
static size_t make_rows(VgArena *arena, size_t trials, size_t treatments, VgNetworkRow *row)
{
    size_t n = 0;
    VgRandom random = vg_random_start(7, VG_STREAM_SIMULATION, 0, 0);
    for (size_t s = 0; s < trials; s++) {
        size_t k = s % 5 == 4 ? 3 : 2, arm[3];
        double mean[3], variance[3];
        for (size_t a = 0; a < k; a++) {
            arm[a] =
                a == 0
                    ? (s < treatments - 1 ? s + 1 : (size_t)vg_random_below(&random, treatments))
                    : (s < treatments - 1 && a == 1 ? s / 2
                                                    : (size_t)vg_random_below(&random, treatments));
            for (size_t b = 0; b < a; b++)
                if (arm[b] == arm[a]) {
                    arm[a] = (arm[a] + 1) % treatments;
                    b = (size_t)-1;
                }
            variance[a] = 0.02 + 0.08 * vg_random_uniform(&random);
            mean[a] = 0.05 * (double)arm[a] + sqrt(variance[a] + 0.02) * vg_random_normal(&random);
        }
        for (size_t a = 0; a < k; a++)
            for (size_t b = a + 1; b < k; b++)
                row[n++] = (VgNetworkRow){vg_arena_printf(arena, "trial %03zu", s),
                                          {vg_arena_printf(arena, "t%02zu", arm[a]),
                                           vg_arena_printf(arena, "t%02zu", arm[b])},
                                          mean[a] - mean[b],
                                          sqrt(variance[a] + variance[b]),
                                          {(double)NAN, (double)NAN},
                                          0};
    }
    return n;
}

static VgStatus analyse(VgArena *arena, const VgNetworkRow *row, size_t n, VgTau2Method method,
                        double *tau2, double *q, VgError *error)
{
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    VgNetwork *network;
    VgNetworkFit *fit;
    VgNetworkSplit *split;
    VgNetworkDecomposition *decomposition;
    size_t n_studies, n_repairs, n_splits;
    double score[64];
    VgNetworkOptions options = {.tau2 = method};
    VG_TRY(vg_network_studies_from_rows(arena, row, n, NULL, &study, &n_studies, &repair,
                                        &n_repairs, error));
    VG_TRY(vg_network_build(arena, study, n_studies, NULL, &network, error));
    VG_TRY(vg_network_fit(arena, network, &options, &fit, error));
    VG_TRY(vg_network_split(arena, fit, false, &split, &n_splits, error));
    VG_TRY(vg_network_split(arena, fit, true, &split, &n_splits, error));
    VG_TRY(vg_network_decompose(arena, fit, &decomposition, error));
    vg_network_p_scores(&fit->random, true, score);
    *tau2 = fit->tau2.tau2;
    *q = decomposition->between.q;
    return VG_OK;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return fprintf(stderr, "usage: %s TRIALS TREATMENTS REPEATS [CSV]\n", argv[0]), 2;
    size_t trials = strtoul(argv[1], NULL, 10), treatments = strtoul(argv[2], NULL, 10);
    size_t repeats = strtoul(argv[3], NULL, 10);
    if (treatments < 4 || treatments > 64 || trials < treatments)
        return fprintf(stderr, "4 to 64 treatments, at least as many trials\n"), 2;
    VgArena *arena = vg_arena_create();
    VgNetworkRow *row = VG_NEW(arena, VgNetworkRow, 3 * trials);
    size_t n = make_rows(arena, trials, treatments, row);
    FILE *csv = argc > 4 ? fopen(argv[4], "w") : NULL;
    if (csv) {
        fprintf(csv, "study,treat1,treat2,TE,seTE\n");
        for (size_t i = 0; i < n; i++)
            fprintf(csv, "%s,%s,%s,%.17g,%.17g\n", row[i].study, row[i].treatment[0],
                    row[i].treatment[1], row[i].effect, row[i].se);
        fclose(csv);
    }
    VgTau2Method method[2] = {VG_TAU2_DL, VG_TAU2_REML};
    for (int m = 0; m < 2; m++) {
        double best = INFINITY, tau2 = 0.0, q = 0.0;
        for (size_t i = 0; i < repeats; i++) {
            VgError error = {0};
            VgArenaMark mark = vg_arena_mark(arena);
            double start = seconds();
            if (analyse(arena, row, n, method[m], &tau2, &q, &error) != VG_OK)
                return fprintf(stderr, "%s\n", error.message), 1;
            best = fmin(best, seconds() - start);
            vg_arena_rewind(arena, mark);
        }
        printf("%.4f %.12g %.12g ", 1e3 * best, tau2, q);
    }
    printf("\n");
    vg_arena_destroy(arena);
    return 0;
}
