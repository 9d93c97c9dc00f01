/* False discoveries and power of the differential response under compositional effects.
 *
 * 200 features; log amounts: baseline N(0, 2²) per feature, subject SD 0.7, sample SD 0.7; 40 subjects in two arms, two
 * samples each; of the active arm's second samples a share of the features is multiplied by exp(1.2 … 2.2), all
 * upwards (the hardest case: the others' shares fall). Depth log-normal around 20,000 (SD 0.4), counts Poisson given depth ×
 * share. Model arm × visit with a random intercept per subject; the interaction is tested, q by BH at 5 %. A feature that
 * is truly unchanged in amount counts as a false discovery. Baselines are drawn anew in every replicate. */
#include <vagus/differential.h>
#include <vagus/false_discovery.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { SUBJECTS = 40, N = 2 * SUBJECTS, FEATURES = 200, P = 4, MODES = 4 };

typedef struct Scenario {
    double changed; /* share of features */
    double x[N * P], one[N];
    int32_t id[N];
} Scenario;

typedef struct Record {
    double false_share[MODES], power[MODES], doubtful[MODES];
} Record;

typedef struct Total {
    double false_share[MODES], square[MODES], power[MODES], doubtful[MODES];
} Total;

/* Poisson by inversion in log space below 30, else the rounded normal: the difference is far below its SD. */
static double poisson(VgRandom *random, double mean)
{
    if (mean > 30) {
        double value = floor(mean + sqrt(mean) * vg_random_normal(random) + 0.5);
        return value > 0 ? value : 0;
    }
    double u = vg_random_uniform(random), term = exp(-mean), sum = term, k = 0;
    while (u > sum && k < 200) {
        k++;
        term *= mean / k;
        sum += term;
    }
    return k;
}

static void draw_table(VgRandom *random, const Scenario *scenario, double *table)
{
    static const double BASE_SD = 2, SUBJECT_SD = 0.7, SAMPLE_SD = 0.7, DEPTH_SD = 0.4;
    size_t changed = (size_t)(scenario->changed * FEATURES);
    double base[FEATURES], rise[FEATURES];
    for (size_t f = 0; f < FEATURES; f++) {
        base[f] = BASE_SD * vg_random_normal(random);
        rise[f] = 1.2 + vg_random_uniform(random);
    }
    for (size_t s = 0; s < SUBJECTS; s++) {
        double level[FEATURES];
        for (size_t f = 0; f < FEATURES; f++)
            level[f] = base[f] + SUBJECT_SD * vg_random_normal(random);
        for (size_t v = 0; v < 2; v++) {
            double amount[FEATURES], total = 0;
            for (size_t f = 0; f < FEATURES; f++) {
                double active = s % 2 && v && f < changed ? rise[f] : 0;
                amount[f] = exp(level[f] + SAMPLE_SD * vg_random_normal(random) + active);
                total += amount[f];
            }
            double depth = 20000 * exp(DEPTH_SD * vg_random_normal(random));
            for (size_t f = 0; f < FEATURES; f++)
                table[2 * s + v + f * N] = poisson(random, depth * amount[f] / total);
        }
    }
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    size_t changed = (size_t)(scenario->changed * FEATURES);
    double *table = VG_NEW(scratch, double, N *FEATURES), *p = VG_NEW(scratch, double, FEATURES);
    if (!table || !p)
        return vg_fail_memory(error);
    draw_table(&random, scenario, table);
    static const double INTERACTION[P] = {0, 0, 0, 1};
    VgLmmTerm term = {.z = {(double *)scenario->one, N, 1, N},
                      .group = scenario->id,
                      .n_groups = SUBJECTS,
                      .name = "id"};
    VgDifferentialData data = {.table = {table, N, FEATURES, N},
                               .counts = true,
                               .x = {(double *)scenario->x, N, P, N},
                               .term = &term,
                               .n_terms = 1,
                               .contrast = INTERACTION,
                               .n_contrasts = 1};
    for (int m = 0; m < MODES; m++) {
        VgDifferentialOptions options = {.mode = (VgDifferentialMode)m, .threads = 1};
        VgDifferential out;
        VG_TRY(vg_differential(scratch, &data, &options, &out, error));
        for (size_t f = 0; f < FEATURES; f++) /* abundance part alone under maaslin3 */
            p[f] = out.answer[f].p;
        VG_TRY(vg_false_discovery(scratch, VG_FDR_BH, FEATURES, p, p, NULL, error));
        double found = 0, wrong = 0;
        for (size_t f = 0; f < FEATURES; f++) {
            found += p[f] <= 0.05;
            wrong += p[f] <= 0.05 && f >= changed;
        }
        record->false_share[m] = found > 0 ? wrong / found : 0;
        record->power[m] = (found - wrong) / (double)changed;
        record->doubtful[m] = out.doubtful[0];
    }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    for (int m = 0; m < MODES; m++) {
        total->false_share[m] += record->false_share[m];
        total->square[m] += record->false_share[m] * record->false_share[m];
        total->power[m] += record->power[m];
        total->doubtful[m] += record->doubtful[m];
    }
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 200);
    Scenario scenario = {0};
    for (size_t i = 0; i < N; i++) {
        double arm = (double)(i / 2 % 2), visit = (double)(i % 2);
        scenario.one[i] = scenario.x[i] = 1;
        scenario.x[i + N] = arm;
        scenario.x[i + 2 * N] = visit;
        scenario.x[i + 3 * N] = arm * visit;
        scenario.id[i] = (int32_t)(i / 2);
    }
    printf("%zu trials a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| changed | mode | false discoveries at q ≤ .05 | power | said to be doubtful |\n"
           "|--:|---|--:|--:|--:|\n");
    const double shares[] = {0.1, 0.4};
    for (size_t s = 0; s < 2; s++) {
        scenario.changed = shares[s];
        Total total = {0};
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &scenario,
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        double n = (double)options.replicates;
        for (int m = 0; m < MODES; m++) {
            double mean = total.false_share[m] / n;
            printf("| %.0f %% | %s | %.3f (%.3f) | %.3f | %.2f |\n", 100 * shares[s],
                   vg_differential_mode_name((VgDifferentialMode)m), mean,
                   sqrt((total.square[m] / n - mean * mean) / n), total.power[m] / n,
                   total.doubtful[m] / n);
        }
    }
    return 0;
}
