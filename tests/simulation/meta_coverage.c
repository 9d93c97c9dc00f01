/* Coverage of the pooled effect and of the prediction interval, for few and more studies, without, with mild and with
 * strong heterogeneity.
 *
 * Each replicate draws k trials: N participants uniform on 30 … 200, sampling variance 4/N (a standardised difference of two
 * equal arms); tau² such that I² = tau²/(tau² + s²) is 0, 30 or 75 % with s² the replicate's own typical variance; true
 * effects N(0, tau²), estimates N(theta_i, v_i). tau² by REML. The mean effect is 0, so the interval covers it exactly
 * when the test does not reject: type I error is one minus coverage. The prediction interval's coverage is the
 * probability that a new true effect N(0, tau²) lies in it, which is computed, not drawn.
 */
#include <vagus/meta.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST_STUDIES = 20, TESTS = 4, PREDICTIONS = 5 };

static const struct {
    const char *name;
    VgMetaTest test;
} TEST[TESTS] = {{"normal", VG_META_TEST_Z},
                 {"t", VG_META_TEST_T},
                 {"Knapp–Hartung", VG_META_TEST_KNHA},
                 {"ad-hoc (default)", VG_META_TEST_ADHOC}};

static const struct {
    const char *name;
    VgMetaTest test;
    VgPredictionDf df;
} PREDICTION[PREDICTIONS] = {
    {"k − 1, ad-hoc (default)", VG_META_TEST_ADHOC, VG_PREDICTION_K_MINUS_1},
    {"k − 1, Knapp–Hartung", VG_META_TEST_KNHA, VG_PREDICTION_K_MINUS_1},
    {"k − 2, ad-hoc", VG_META_TEST_ADHOC, VG_PREDICTION_K_MINUS_2},
    {"k − 2, normal SE", VG_META_TEST_Z, VG_PREDICTION_K_MINUS_2},
    {"normal", VG_META_TEST_Z, VG_PREDICTION_NORMAL}};

typedef struct Scenario {
    size_t k;
    double i2;
} Scenario;

typedef struct Record {
    bool covered[TESTS], bites, boundary;
    double width[TESTS], prediction[PREDICTIONS];
} Record;

typedef struct Total {
    size_t covered[TESTS], bites, boundary;
    double width[TESTS], prediction[PREDICTIONS], prediction_squares[PREDICTIONS];
} Total;

static double normal_cdf(double z)
{
    double tail = 0.5 * vg_normal_two_sided(z);
    return z < 0 ? tail : 1 - tail;
}

static double holds_new_effect(VgMetaInterval interval, double tau)
{
    if (tau == 0)
        return interval.lower <= 0 && 0 <= interval.upper;
    return normal_cdf(interval.upper / tau) - normal_cdf(interval.lower / tau);
}

static VgStatus one_review(size_t i, VgRandom random, VgArena *scratch, const void *context,
                           void *record_, VgError *error)
{
    (void)i;
    (void)scratch;
    const Scenario *scenario = context;
    Record *record = record_;
    double y[MOST_STUDIES], v[MOST_STUDIES], w1 = 0, w2 = 0;
    const size_t k = scenario->k;
    for (size_t s = 0; s < k; s++) {
        v[s] = 4.0 / (double)(30 + vg_random_below(&random, 171));
        w1 += 1 / v[s];
        w2 += 1 / (v[s] * v[s]);
    }
    double typical = ((double)k - 1) * w1 / (w1 * w1 - w2);
    double tau2 = scenario->i2 / (1 - scenario->i2) * typical, tau = sqrt(tau2);
    for (size_t s = 0; s < k; s++) {
        double theta = tau * vg_random_normal(&random);
        y[s] = theta + sqrt(v[s]) * vg_random_normal(&random);
    }
    const VgEffects effects = {.k = k, .y = y, .v = v};
    VgMetaPool pool;
    for (int t = 0; t < TESTS; t++) {
        const VgMetaOptions options = {.test = TEST[t].test};
        VG_TRY(vg_meta_pool(&effects, &options, &pool, error));
        record->covered[t] = pool.lower <= 0 && 0 <= pool.upper;
        record->width[t] = pool.upper - pool.lower;
        record->bites |= pool.adhoc_bites;
        record->boundary = pool.at_boundary;
    }
    for (int p = 0; p < PREDICTIONS; p++) {
        const VgMetaOptions options = {.test = PREDICTION[p].test,
                                       .prediction_df = PREDICTION[p].df};
        VG_TRY(vg_meta_pool(&effects, &options, &pool, error));
        record->prediction[p] = holds_new_effect(pool.prediction, tau);
    }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->bites += record->bites;
    total->boundary += record->boundary;
    for (int t = 0; t < TESTS; t++) {
        total->covered[t] += record->covered[t];
        total->width[t] += record->width[t];
    }
    for (int p = 0; p < PREDICTIONS; p++) {
        total->prediction[p] += record->prediction[p];
        total->prediction_squares[p] += record->prediction[p] * record->prediction[p];
    }
    return VG_OK;
}

static Total simulate(const Scenario *scenario, const Simulation *options)
{
    Total total = {0};
    VgReplicate plan = {.count = options->replicates,
                        .seed = options->seed,
                        .stream = VG_STREAM_SIMULATION,
                        .record_size = sizeof(Record),
                        .body = one_review,
                        .merge = count,
                        .context = scenario,
                        .total = &total,
                        .threads = options->threads};
    VgError error = {0};
    simulation_check(vg_replicate(&plan, &error), &error);
    return total;
}

int main(int argc, char **argv)
{
    static const size_t K[] = {3, 5, 7, 20};
    static const double I2[] = {0, 0.3, 0.75};
    Simulation options = simulation_options(argc, argv, 10000);
    Scenario scenario[12];
    Total total[12];
    double n = (double)options.replicates;
    char text[32];
    for (int s = 0; s < 12; s++) {
        scenario[s] = (Scenario){K[s / 3], I2[s % 3]};
        total[s] = simulate(&scenario[s], &options);
    }
    printf("%zu reviews a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("Coverage of the pooled effect at 95 %%; type I error at 5 %% is one minus it.\n\n| k | "
           "I² |");
    for (int t = 0; t < TESTS; t++)
        printf(" %s |", TEST[t].name);
    printf(" mean width, ad-hoc against normal | guard bites | tau² = 0 "
           "|\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int s = 0; s < 12; s++) {
        printf("| %zu | %.0f %% |", scenario[s].k, 100 * scenario[s].i2);
        for (int t = 0; t < TESTS; t++)
            printf(" %s |", simulation_rate(text, total[s].covered[t], options.replicates));
        printf(" %.2f | %.1f %% | %.1f %% |\n", total[s].width[3] / total[s].width[0],
               100 * (double)total[s].bites / n, 100 * (double)total[s].boundary / n);
    }
    printf("\nType I error of the test of no effect at 5 %%.\n\n| k | I² |");
    for (int t = 0; t < TESTS; t++)
        printf(" %s |", TEST[t].name);
    printf("\n|--:|--:|--:|--:|--:|--:|\n");
    for (int s = 0; s < 12; s++) {
        printf("| %zu | %.0f %% |", scenario[s].k, 100 * scenario[s].i2);
        for (int t = 0; t < TESTS; t++)
            printf(" %s |", simulation_rate(text, options.replicates - total[s].covered[t],
                                            options.replicates));
        printf("\n");
    }
    printf("\nProbability that the 95 %% prediction interval holds the true effect of a new "
           "study.\n\n| k | I² |");
    for (int p = 0; p < PREDICTIONS; p++)
        printf(" %s |", PREDICTION[p].name);
    printf("\n|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int s = 0; s < 12; s++) {
        printf("| %zu | %.0f %% |", scenario[s].k, 100 * scenario[s].i2);
        for (int p = 0; p < PREDICTIONS; p++) {
            double mean = total[s].prediction[p] / n;
            double variance = fmax(0, total[s].prediction_squares[p] / n - mean * mean);
            printf(" %.4f (%.4f) |", mean, sqrt(variance / n));
        }
        printf("\n");
    }
    return 0;
}
