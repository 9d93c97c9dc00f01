/* What every simulation on record uses: command line, rates with Monte Carlo standard errors. */
#ifndef VG_TESTS_SIMULATION_H
#define VG_TESTS_SIMULATION_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/status.h>

typedef struct Simulation {
    size_t replicates;
    unsigned long long seed;
    int threads;
} Simulation;

/* --replicates N --seed N --threads N; anything else ends the program. */
static inline Simulation simulation_options(int argc, char **argv, size_t replicates)
{
    Simulation options = {replicates, 1, 0};
    for (int i = 1; i < argc; i += 2) {
        char *end = NULL;
        unsigned long long value = i + 1 < argc ? strtoull(argv[i + 1], &end, 10) : 0;
        if (!end || *end || end == argv[i + 1]) {
            fprintf(stderr, "usage: %s [--replicates N] [--seed N] [--threads N]\n", argv[0]);
            exit(2);
        }
        if (strcmp(argv[i], "--replicates") == 0)
            options.replicates = (size_t)value;
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = value;
        else if (strcmp(argv[i], "--threads") == 0)
            options.threads = (int)value;
        else {
            fprintf(stderr, "unknown option %s\n", argv[i]);
            exit(2);
        }
    }
    return options;
}

static inline void simulation_check(VgStatus status, const VgError *error)
{
    if (status == VG_OK)
        return;
    char text[1024];
    vg_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    exit(vg_status_exit_code(status));
}

/* "0.0512 (0.0022)": a rate and its Monte Carlo standard error. */
static inline const char *simulation_rate(char text[32], size_t hits, size_t replicates)
{
    double rate = (double)hits / (double)replicates;
    snprintf(text, 32, "%.4f (%.4f)", rate, sqrt(rate * (1 - rate) / (double)replicates));
    return text;
}

/* Estimates of a known truth, over trials. */
typedef struct SimulationTally {
    size_t trials, covered;
    double sum, square;
} SimulationTally;

static inline void simulation_tally(SimulationTally *tally, double estimate, bool covered)
{
    tally->trials++;
    tally->covered += covered;
    tally->sum += estimate;
    tally->square += estimate * estimate;
}

/* Columns "bias (error) | SD | coverage (error) | trials". */
static inline void simulation_print_tally(const SimulationTally *tally, double truth)
{
    char rate[32];
    double n = (double)tally->trials, mean = tally->sum / n;
    double sd = sqrt((tally->square / n - mean * mean) * n / (n - 1));
    printf("%+.4f (%.4f) | %.4f | %s | %zu", mean - truth, sd / sqrt(n), sd,
           simulation_rate(rate, tally->covered, tally->trials), tally->trials);
}

#endif
