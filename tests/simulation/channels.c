/* Recovery of channel effects through noisy mediators: as measured against corrected, percentile bootstrap.
 *
 * A 1 : 1, covariate X ~ N(0, 1); two mediators with a common cause g: M1 = 0.5 A + 0.4 X + 0.6 g + N(0, 0.8²), M2 = 0.6 A + 0.6 g +
 * N(0, 0.8²); Y = 0.3 A + 0.5 M1 + 0.3 M2 + 0.2 X + N(0, 1). Truth: indirect 0.25 and 0.18, direct 0.3. Both are measured with independent
 * error of the size that makes the stated reliability; λ is known exactly. */
#include <vagus/channels.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 1000, EFFECTS = 5, RESAMPLES = 500 };
static const char *const NAME[EFFECTS] = {"total", "direct", "indirect, all", "indirect, M1",
                                          "indirect, M2"};
static const double TRUTH[EFFECTS] = {0.73, 0.3, 0.43, 0.25, 0.18};
static const double VARIANCE[2] = {0.0625 + 0.16 + 1, 0.09 + 1};

typedef struct Scenario {
    size_t n;
    double reliability;
} Scenario;

typedef struct Record {
    bool refused, covered[2][EFFECTS];
    double estimate[2][EFFECTS];
} Record;

typedef struct Total {
    size_t trials, refused, covered[2][EFFECTS];
    double sum[2][EFFECTS], square[2][EFFECTS];
} Total;

static void draw_trial(const Scenario *s, VgRandom *random, double *treatment, double *x,
                       double *marker, double *outcome)
{
    size_t n = s->n;
    for (size_t i = 0; i < n; i++) {
        double a = treatment[i] = (double)(i % 2), g = vg_random_normal(random);
        x[i] = vg_random_normal(random);
        double m1 = 0.5 * a + 0.4 * x[i] + 0.6 * g + 0.8 * vg_random_normal(random);
        double m2 = 0.6 * a + 0.6 * g + 0.8 * vg_random_normal(random);
        outcome[i] = 0.3 * a + 0.5 * m1 + 0.3 * m2 + 0.2 * x[i] + vg_random_normal(random);
        double odds = (1 - s->reliability) / s->reliability;
        marker[i] = m1 + sqrt(VARIANCE[0] * odds) * vg_random_normal(random);
        marker[n + i] = m2 + sqrt(VARIANCE[1] * odds) * vg_random_normal(random);
    }
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Scenario *s = context;
    Record *record = record_;
    double treatment[MOST], x[MOST], marker[2 * MOST], outcome[MOST];
    draw_trial(s, &random, treatment, x, marker, outcome);
    const VgMarkerReliability r[2] = {{.value = s->reliability}, {.value = s->reliability}};
    const VgChannelsData data = {.n = s->n,
                                 .treatment = treatment,
                                 .outcome = outcome,
                                 .markers = {marker, s->n, 2, s->n},
                                 .covariates = {x, s->n, 1, s->n},
                                 .marker_reliability = r};
    const VgChannelsOptions options = {.draws = RESAMPLES, .seed = i + 1, .threads = 1};
    VgChannels fit;
    VgStatus status = vg_channels_fit(scratch, &data, &options, &fit, error);
    record->refused = status == VG_NOT_ESTIMABLE;
    if (record->refused)
        return VG_OK;
    VG_TRY(status);
    for (int c = 0; c < 2; c++)
        for (size_t k = 0; k < EFFECTS; k++) {
            const VgChannelsEstimate *e = c ? &fit.corrected[k] : &fit.effect[k];
            record->estimate[c][k] = e->estimate;
            record->covered[c][k] = e->lower <= TRUTH[k] && TRUTH[k] <= e->upper;
        }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->refused += record->refused;
    if (record->refused)
        return VG_OK;
    total->trials++;
    for (int c = 0; c < 2; c++)
        for (size_t k = 0; k < EFFECTS; k++) {
            total->covered[c][k] += record->covered[c][k];
            total->sum[c][k] += record->estimate[c][k];
            total->square[c][k] += record->estimate[c][k] * record->estimate[c][k];
        }
    return VG_OK;
}

static void print(const Scenario *s, const Total *total)
{
    double n = (double)total->trials;
    for (size_t k = 0; k < EFFECTS; k++) {
        printf("| %zu | %.1f | %s | %.2f ", s->n, s->reliability, NAME[k], TRUTH[k]);
        for (int c = 0; c < 2; c++) {
            char covered[32];
            double mean = total->sum[c][k] / n;
            double sd = sqrt((total->square[c][k] / n - mean * mean) * n / (n - 1));
            printf("| %+.4f (%.4f) | %.3f | %s ", mean - TRUTH[k], sd / sqrt(n), sd,
                   simulation_rate(covered, total->covered[c][k], total->trials));
        }
        printf("| %zu |\n", total->refused);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 1000);
    printf("%zu trials at n = 200 (a quarter of them at n = 1,000), %d resamples each, seed %llu; "
           "Monte Carlo standard errors in brackets.\n\n",
           options.replicates, RESAMPLES, options.seed);
    printf("| n | reliability | effect | truth | bias as measured | SD | coverage of 95 %% | bias "
           "corrected | SD | coverage of 95 %% | refused |\n"
           "|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    static const Scenario SCENARIO[] = {{200, 1}, {200, 0.7}, {200, 0.5}, {1000, 0.5}};
    for (size_t k = 0; k < sizeof SCENARIO / sizeof *SCENARIO; k++) {
        Total total = {0};
        VgReplicate plan = {.count = options.replicates / (SCENARIO[k].n > 200 ? 4 : 1),
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &SCENARIO[k],
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        print(&SCENARIO[k], &total);
    }
    return 0;
}
