/* False discoveries and power of the differential response under compositional effects.
 *
 * Log amounts: baseline N(0, 2²) per feature, subject SD 0.7, sample SD 0.7 (or as the row says); subjects in two arms, two
 * samples each; of the active arm's second samples a share of the features is multiplied by exp(rise … rise + 1), all
 * upwards (the hardest case: the others' shares fall) or every second one downwards. Depth log-normal around 20,000 (SD
 * 0.4), counts Poisson given depth × share. Model arm × visit with a random intercept per subject; the interaction is
 * tested, q by BH at 5 %. A feature that is truly unchanged in amount counts as a false discovery. Baselines are drawn
 * anew in every replicate. */
#include <vagus/differential.h>
#include <vagus/false_discovery.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { P = 4, MODES = 4 };

typedef struct Scenario {
    const char *name;
    size_t features, subjects;
    double changed; /* share of features */
    bool both_ways;
    double rise, sample_sd;
    double *x, *one;
    int32_t *id;
} Scenario;

typedef struct Record {
    double false_share[MODES], power[MODES], type_one[MODES];
} Record;

typedef struct Total {
    double false_share[MODES], square[MODES], power[MODES], type_one[MODES];
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

static void draw_table(VgRandom *random, const Scenario *scenario, double *table, double *scratch)
{
    static const double BASE_SD = 2, SUBJECT_SD = 0.7, DEPTH_SD = 0.4;
    size_t features = scenario->features, n = 2 * scenario->subjects,
           changed = (size_t)(scenario->changed * (double)features + 0.5);
    double *base = scratch, *rise = base + features, *level = rise + features,
           *amount = level + features;
    for (size_t f = 0; f < features; f++) {
        base[f] = BASE_SD * vg_random_normal(random);
        rise[f] = scenario->rise + vg_random_uniform(random);
        if (scenario->both_ways && f % 2)
            rise[f] = -rise[f];
    }
    for (size_t s = 0; s < scenario->subjects; s++) {
        for (size_t f = 0; f < features; f++)
            level[f] = base[f] + SUBJECT_SD * vg_random_normal(random);
        for (size_t v = 0; v < 2; v++) {
            double total = 0;
            for (size_t f = 0; f < features; f++) {
                double active = s % 2 && v && f < changed ? rise[f] : 0;
                amount[f] = exp(level[f] + scenario->sample_sd * vg_random_normal(random) + active);
                total += amount[f];
            }
            double depth = 20000 * exp(DEPTH_SD * vg_random_normal(random));
            for (size_t f = 0; f < features; f++)
                table[2 * s + v + f * n] = poisson(random, depth * amount[f] / total);
        }
    }
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    size_t features = scenario->features, n = 2 * scenario->subjects,
           changed = (size_t)(scenario->changed * (double)features + 0.5);
    double *table = VG_NEW(scratch, double, n *features), *p = VG_NEW(scratch, double, features),
           *q = VG_NEW(scratch, double, features), *space = VG_NEW(scratch, double, 4 * features);
    if (!table || !p || !q || !space)
        return vg_fail_memory(error);
    draw_table(&random, scenario, table, space);
    static const double INTERACTION[P] = {0, 0, 0, 1};
    VgLmmTerm term = {.z = {scenario->one, n, 1, n},
                      .group = scenario->id,
                      .n_groups = scenario->subjects,
                      .name = "id"};
    VgDifferentialData data = {.table = {table, n, features, n},
                               .counts = true,
                               .x = {scenario->x, n, P, n},
                               .term = &term,
                               .n_terms = 1,
                               .contrast = INTERACTION,
                               .n_contrasts = 1};
    for (int m = 0; m < MODES; m++) {
        VgDifferentialOptions options = {.mode = (VgDifferentialMode)m, .threads = 1};
        VgDifferential out;
        VG_TRY(vg_differential(scratch, &data, &options, &out, error));
        for (size_t f = 0; f < features; f++) /* abundance part alone under maaslin3 */
            p[f] = out.answer[f].p;
        VG_TRY(vg_false_discovery(scratch, VG_FDR_BH, features, p, q, NULL, error));
        double found = 0, wrong = 0, tested = 0, small = 0;
        for (size_t f = 0; f < features; f++) {
            found += q[f] <= 0.05;
            wrong += q[f] <= 0.05 && f >= changed;
            tested += f >= changed && !isnan(p[f]);
            small += f >= changed && p[f] <= 0.05;
        }
        record->false_share[m] = found > 0 ? wrong / found : 0;
        record->power[m] = changed ? (found - wrong) / (double)changed : 0;
        record->type_one[m] = small / tested;
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
        total->type_one[m] += record->type_one[m];
    }
    return VG_OK;
}

static void make_design(VgArena *arena, Scenario *scenario)
{
    size_t n = 2 * scenario->subjects;
    scenario->x = VG_NEW(arena, double, n *P);
    scenario->one = VG_NEW(arena, double, n);
    scenario->id = VG_NEW(arena, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        double arm = (double)(i / 2 % 2), visit = (double)(i % 2);
        scenario->one[i] = scenario->x[i] = 1;
        scenario->x[i + n] = arm;
        scenario->x[i + 2 * n] = visit;
        scenario->x[i + 3 * n] = arm * visit;
        scenario->id[i] = (int32_t)(i / 2);
    }
}

static void print_row(const Scenario *scenario, const Total *total, double n)
{
    printf("| %s |", scenario->name);
    for (int m = 0; m < MODES; m++) {
        double mean = total->false_share[m] / n;
        printf(" %.3f (%.3f) |", mean, sqrt((total->square[m] / n - mean * mean) / n));
    }
    for (int m = 0; m < MODES; m++)
        printf(" %.3f |", total->type_one[m] / n);
    for (int m = 0; m < MODES; m++)
        if (scenario->changed > 0)
            printf(" %.3f |", total->power[m] / n);
        else
            printf(" – |");
    printf("\n");
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 200);
    Scenario scenarios[] = {
        {"nothing changes", 200, 40, 0, false, 1.2, 0.7, NULL, NULL, NULL},
        {"10 %, up", 200, 40, 0.1, false, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up", 200, 40, 0.4, false, 1.2, 0.7, NULL, NULL, NULL},
        {"10 %, up and down", 200, 40, 0.1, true, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up and down", 200, 40, 0.4, true, 1.2, 0.7, NULL, NULL, NULL},
        {"10 %, up, half the effect", 200, 40, 0.1, false, 0.3, 0.7, NULL, NULL, NULL},
        {"40 %, up, half the effect", 200, 40, 0.4, false, 0.3, 0.7, NULL, NULL, NULL},
        {"10 %, up, sample SD 1.4", 200, 40, 0.1, false, 1.2, 1.4, NULL, NULL, NULL},
        {"40 %, up, sample SD 1.4", 200, 40, 0.4, false, 1.2, 1.4, NULL, NULL, NULL},
        {"10 %, up, 16 subjects", 200, 16, 0.1, false, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up, 16 subjects", 200, 16, 0.4, false, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up, 120 subjects", 200, 120, 0.4, false, 1.2, 0.7, NULL, NULL, NULL},
        {"10 %, up, 50 features", 50, 40, 0.1, false, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up, 50 features", 50, 40, 0.4, false, 1.2, 0.7, NULL, NULL, NULL},
        {"40 %, up, 1000 features", 1000, 40, 0.4, false, 1.2, 0.7, NULL, NULL, NULL},
    };
    printf("%zu trials a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| | false discoveries: median | linda | maaslin3 | none | p ≤ .05 of the unchanged: "
           "median | "
           "linda | maaslin3 | none | power: median | linda | maaslin3 | none |\n"
           "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    VgArena *arena = vg_arena_create();
    for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++) {
        make_design(arena, &scenarios[s]);
        Total total = {0};
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &scenarios[s],
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        print_row(&scenarios[s], &total, (double)options.replicates);
        fflush(stdout);
    }
    vg_arena_destroy(arena);
    return 0;
}
