/* Coverage of the intervals of the indirect effect, and the level of the joint-significance test, over virtual
 * two-arm trials: M = alpha A + 0.3 C + e, Y = 0.2 A + beta M + 0.3 C + f, all normal with variance 1.
 * A quarter of the cells have no effect at all, half of them one arrow only: where intervals of a
 * product are known to differ. */
#include <vagus/mediation.h>

#include "mechanism/mediation_internal.h"
#include "numeric/replicate.h"
#include "simulation.h"

#include "base/compare.h"

enum { DELTA, PERCENTILE, BCA, MONTE_CARLO, METHODS, DRAWS = 500 };

typedef struct Scenario {
    size_t n;
    double alpha, beta;
    uint64_t seed;
} Scenario;

typedef struct Record {
    bool covered[METHODS], below[METHODS], rejected;
    double estimate, width[METHODS];
} Record;

typedef struct Total {
    size_t covered[METHODS], below[METHODS], rejected, n;
    double sum, squares, width[METHODS];
} Total;

static void judge(Record *record, int method, double lower, double upper, double truth)
{
    record->covered[method] = lower <= truth && truth <= upper;
    record->below[method] = upper < truth;
    record->width[method] = upper - lower;
}

static VgStatus analyse(VgArena *scratch, const VgMediationData *data, const Scenario *scenario,
                        size_t i, Record *record, VgError *error)
{
    static const VgMediationInterval INTERVAL[] = {VG_MEDIATION_DELTA, VG_MEDIATION_BCA,
                                                   VG_MEDIATION_MONTE_CARLO};
    static const int METHOD[] = {DELTA, BCA, MONTE_CARLO};
    double truth = scenario->alpha * scenario->beta;
    for (int k = 0; k < 3; k++) {
        VgMediationOptions options = {
            .interval = INTERVAL[k], .draws = DRAWS, .threads = 1, .seed = scenario->seed + i};
        VgMediation fit;
        VG_TRY(vg_mediation_fit(scratch, data, &options, &fit, error));
        const VgMediationEstimate *e = &fit.effect[VG_EFFECT_INDIRECT_AVERAGE];
        judge(record, METHOD[k], e->lower, e->upper, truth);
        record->estimate = e->estimate;
        record->rejected = e->p < 0.05;
        if (METHOD[k] != BCA)
            continue;
        double *sorted = VG_NEW(scratch, double, DRAWS);
        if (!sorted)
            return vg_fail_memory(error);
        for (size_t b = 0; b < DRAWS; b++)
            sorted[b] = fit.draw[b * VG_EFFECT_COUNT + VG_EFFECT_INDIRECT_AVERAGE];
        qsort(sorted, DRAWS, sizeof *sorted, vg_compare_numbers);
        judge(record, PERCENTILE, vg_sorted_quantile(sorted, DRAWS, 0.025),
              vg_sorted_quantile(sorted, DRAWS, 0.975), truth);
    }
    return VG_OK;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    const Scenario *scenario = context;
    size_t n = scenario->n;
    double *t = VG_NEW(scratch, double, 4 * n), *m = t + n, *y = m + n, *c = y + n;
    if (!t)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        t[k] = (double)(k % 2);
        c[k] = vg_random_normal(&random);
        m[k] = scenario->alpha * t[k] + 0.3 * c[k] + vg_random_normal(&random);
        y[k] = 0.2 * t[k] + scenario->beta * m[k] + 0.3 * c[k] + vg_random_normal(&random);
    }
    VgMediationData data = {
        .n = n, .treatment = t, .mediator = m, .outcome = y, .covariates = {c, n, 1, n}};
    return analyse(scratch, &data, scenario, i, record, error);
}

static VgStatus merge(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    for (int k = 0; k < METHODS; k++) {
        total->covered[k] += record->covered[k];
        total->below[k] += record->below[k];
        total->width[k] += record->width[k];
    }
    total->rejected += record->rejected;
    total->n++;
    total->sum += record->estimate;
    total->squares += record->estimate * record->estimate;
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation simulation = simulation_options(argc, argv, 1000);
    static const size_t ROWS[] = {100, 500};
    static const double ARROW[][2] = {{0, 0}, {0.4, 0}, {0, 0.4}, {0.2, 0.2}, {0.4, 0.4}};
    printf("| n | α | β | bias (MCSE) | delta | percentile | BCa | Monte Carlo | both arrows "
           "significant |\n|---|---|---|---|---|---|---|---|---|\n");
    for (size_t r = 0; r < 2; r++)
        for (size_t a = 0; a < 5; a++) {
            Scenario scenario = {ROWS[r], ARROW[a][0], ARROW[a][1], 1000000 * simulation.seed};
            Total total = {0};
            VgError error;
            VgReplicate plan = {.count = simulation.replicates,
                                .seed = simulation.seed,
                                .stream = VG_STREAM_TEST,
                                .record_size = sizeof(Record),
                                .body = one_trial,
                                .merge = merge,
                                .context = &scenario,
                                .total = &total,
                                .threads = simulation.threads};
            simulation_check(vg_replicate(&plan, &error), &error);
            double n = (double)total.n, mean = total.sum / n;
            double sd = sqrt((total.squares - n * mean * mean) / (n - 1));
            printf("| %zu | %g | %g | %.4f (%.4f) |", scenario.n, scenario.alpha, scenario.beta,
                   mean - scenario.alpha * scenario.beta, sd / sqrt(n));
            char text[32];
            for (int k = 0; k < METHODS; k++)
                printf(" %s |", simulation_rate(text, total.covered[k], total.n));
            printf(" %s |\n", simulation_rate(text, total.rejected, total.n));
        }
    return 0;
}
