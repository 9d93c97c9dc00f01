/* Type I error and power of PERMANOVA's test of a group beside a strong covariate, with residuals of the reduced model
 * permuted and with the whole design moved against the raw distances.
 *
 * 5 features, y = 3 x β + effect · group + e: x standard normal or log-normal (log-SD 1.5), β fixed, e standard normal;
 * the group is x's rank in halves with probability 0.8 (associated), or tossed (balanced). Euclidean distances, ~ x + group,
 * 199 permutations. */
#include <vagus/permanova.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { FEATURES = 5 };

typedef struct Scenario {
    size_t n;
    bool skew, associated;
    double effect;
} Scenario;

typedef struct Record {
    bool reduced, direct;
} Record;

typedef struct Total {
    size_t reduced, direct;
} Total;

/* Group 1 for the upper half of x, with probability 0.8; or half of the participants, tossed. */
static void make_groups(const Scenario *scenario, VgRandom *random, const double *x, size_t *place,
                        double *group)
{
    size_t n = scenario->n;
    for (size_t k = 0; k < n; k++)
        place[k] = k;
    vg_random_shuffle(random, place, n);
    for (size_t k = 0; k < n; k++) {
        size_t below = 0;
        for (size_t other = 0; other < n; other++)
            below += x[other] < x[k];
        bool upper = 2 * below >= n;
        if (scenario->associated)
            group[k] = vg_random_uniform(random) < 0.8 ? upper : !upper;
        else
            group[k] = (double)(place[k] % 2);
    }
}

/* (vg_distances is of abundances, which are not negative.) */
static VgStatus euclidean(VgArena *scratch, VgMatrix y, VgDistances **distances, VgError *error)
{
    VgDistances *d = VG_NEW(scratch, VgDistances, 1);
    double *value = VG_NEW(scratch, double, y.rows *(y.rows - 1) / 2);
    if (!d || !value)
        return vg_fail_memory(error);
    *d = (VgDistances){y.rows, value};
    for (size_t i = 0; i < y.rows; i++)
        for (size_t k = i + 1; k < y.rows; k++) {
            double sum = 0;
            for (size_t j = 0; j < y.cols; j++)
                sum += (VG_AT(y, i, j) - VG_AT(y, k, j)) * (VG_AT(y, i, j) - VG_AT(y, k, j));
            *value++ = sqrt(sum);
        }
    *distances = d;
    return VG_OK;
}

static VgStatus test(VgArena *scratch, const VgDistances *distances, const VgDesign *design,
                     bool raw, bool *rejected, VgError *error)
{
    VgPermanova *out;
    VgShuffleOptions options = {.permutations = 199, .raw = raw, .threads = 1};
    VG_TRY(vg_permanova(scratch, distances, design, &options, &out, error));
    *rejected = out->sequential[out->n_sequential - 1].p <= 0.05;
    return VG_OK;
}

static VgStatus one_study(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    static const double beta[FEATURES] = {1, -0.7, 0.5, 0, 0.3};
    const Scenario *scenario = context;
    Record *record = record_;
    size_t n = scenario->n;
    double *x = VG_NEW(scratch, double, n), *group = VG_NEW(scratch, double, n);
    size_t *place = VG_NEW(scratch, size_t, n);
    uint32_t *line = VG_NEW(scratch, uint32_t, n);
    VgMatrix y = vg_matrix_new(scratch, n, FEATURES);
    if (!x || !group || !place || !line || !y.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        double z = vg_random_normal(&random);
        x[k] = scenario->skew ? exp(1.5 * z) : z;
    }
    make_groups(scenario, &random, x, place, group);
    for (size_t k = 0; k < n; k++)
        for (size_t j = 0; j < FEATURES; j++)
            VG_AT(y, k, j) =
                3 * x[k] * beta[j] + scenario->effect * group[k] + vg_random_normal(&random);
    VgColumn column[2] = {{.name = "x", .type = VG_COLUMN_NUMBER, .number = x},
                          {.name = "g", .type = VG_COLUMN_NUMBER, .number = group}};
    VgTable table = {
        .path = "simulated", .n_rows = n, .n_columns = 2, .column = column, .line = line};
    VgFormula *formula;
    VgDesign *design = NULL;
    VgDistances *distances = NULL;
    VG_TRY(vg_formula_parse(scratch, "~ x + g", &formula, error));
    VG_TRY(vg_design_build(scratch, &table, formula, &(VgDesignOptions){0}, &design, error));
    VG_TRY(euclidean(scratch, y, &distances, error));
    VG_TRY(test(scratch, distances, design, false, &record->reduced, error));
    return test(scratch, distances, design, true, &record->direct, error);
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i, (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->reduced += record->reduced;
    total->direct += record->direct;
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 2000);
    printf("%zu studies a row, seed %llu; share with p at most 0.05, Monte Carlo standard errors "
           "in brackets.\n\n",
           options.replicates, options.seed);
    printf("| n | covariate | group | effect | residuals of the reduced model | raw, as adonis2 |\n"
           "|--:|---|---|--:|--:|--:|\n");
    for (int skew = 0; skew < 2; skew++)
        for (int associated = 0; associated < 2; associated++)
            for (int effect = 0; effect < 2; effect++)
                for (size_t n = 20; n <= 60; n += 40) {
                    Scenario scenario = {n, skew, associated, effect ? 0.5 : 0};
                    Total total = {0};
                    VgReplicate plan = {.count = options.replicates,
                                        .seed = options.seed,
                                        .stream = VG_STREAM_SIMULATION,
                                        .record_size = sizeof(Record),
                                        .body = one_study,
                                        .merge = count,
                                        .context = &scenario,
                                        .total = &total,
                                        .threads = options.threads};
                    VgError error = {0};
                    char a[32], b[32];
                    simulation_check(vg_replicate(&plan, &error), &error);
                    printf("| %zu | %s | %s | %g | %s | %s |\n", n, skew ? "log-normal" : "normal",
                           associated ? "associated" : "tossed", scenario.effect,
                           simulation_rate(a, total.reduced, options.replicates),
                           simulation_rate(b, total.direct, options.replicates));
                }
    return 0;
}
