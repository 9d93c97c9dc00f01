/* Coverage of the interval of a person's centile, by the Box–Cox normal distribution with curves and by quantile regression.
 *
 * Reference people: age uniform on 20 to 70, log y normal around 1 + 0.5 sin(age/12) with SD exp(−1 + 0.01 (age − 45)). Nine people who
 * are truly at centiles 10, 50 and 90 of age 25, 45 and 65 are placed. A reference that cannot be fitted is counted and covers nobody. */
#include <vagus/norms.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { AGES = 3, SHARES = 3, PEOPLE = AGES * SHARES };
static const double ages[AGES] = {25, 45, 65}, shares[SHARES] = {0.1, 0.5, 0.9};

typedef struct Scenario {
    size_t n;
    bool quantile;
} Scenario;

typedef struct Record {
    bool failed, covered[PEOPLE];
    double error[PEOPLE], width[PEOPLE];
} Record;

typedef struct Total {
    size_t failed, covered[SHARES], all;
    double bias[SHARES], width[SHARES];
} Total;

static double value_of(double age, double z)
{
    return exp(1 + 0.5 * sin(age / 12) + exp(-1 + 0.01 * (age - 45)) * z);
}

static VgStatus by_norm(VgArena *scratch, const VgNormData *data, VgCentile *centile,
                        VgError *error)
{
    VgNorm *norm;
    VgNormOptions options = {.intervals = 20};
    VG_TRY(vg_norm_fit(scratch, data, &options, &norm, error));
    for (size_t k = 0; k < PEOPLE; k++) {
        VgNormScore score;
        double age = ages[k / SHARES], y = value_of(age, vg_normal_quantile(shares[k % SHARES]));
        VG_TRY(vg_norm_score(norm, y, age, NULL, 0.95, &score, error));
        centile[k] = (VgCentile){score.centile, score.lower, score.upper, false, false};
    }
    return VG_OK;
}

/* Age as a cubic polynomial around 45. */
static void polynomial(VgMatrix x, size_t row, double age)
{
    double t = (age - 45) / 25;
    for (size_t j = 0; j < 4; j++)
        VG_AT(x, row, j) = pow(t, (double)j);
}

static VgStatus by_quantiles(VgArena *scratch, const VgNormData *data, VgCentile *centile,
                             VgError *error)
{
    VgMatrix x = vg_matrix_new(scratch, data->n, 4), people = vg_matrix_new(scratch, PEOPLE, 4);
    double y[PEOPLE];
    if (!x.data || !people.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        polynomial(x, i, data->smooth[i]);
    for (size_t k = 0; k < PEOPLE; k++) {
        polynomial(people, k, ages[k / SHARES]);
        y[k] = value_of(ages[k / SHARES], vg_normal_quantile(shares[k % SHARES]));
    }
    VgCentileOptions options = {.resamples = 100, .seed = 1, .threads = 1};
    return vg_quantile_centiles(scratch, x, data->y, people, y, &options, centile, error);
}

static VgStatus one_reference(size_t i, VgRandom random, VgArena *scratch, const void *context,
                              void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    double *y = VG_NEW(scratch, double, scenario->n), *age = VG_NEW(scratch, double, scenario->n);
    VgCentile centile[PEOPLE];
    VgError own = {0};
    if (!y || !age)
        return vg_fail_memory(error);
    for (size_t k = 0; k < scenario->n; k++) {
        age[k] = 20 + 50 * vg_random_uniform(&random);
        y[k] = value_of(age[k], vg_random_normal(&random));
    }
    VgNormData data = {scenario->n, y, age, vg_matrix_new(scratch, scenario->n, 0)};
    VgStatus status = (scenario->quantile ? by_quantiles : by_norm)(scratch, &data, centile, &own);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    record->failed = status != VG_OK;
    for (size_t k = 0; status == VG_OK && k < PEOPLE; k++) {
        double truth = shares[k % SHARES];
        record->covered[k] = centile[k].lower <= truth && truth <= centile[k].upper;
        record->error[k] = centile[k].centile - truth;
        record->width[k] = centile[k].upper - centile[k].lower;
    }
    return VG_OK;
}

static VgStatus add(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->failed += record->failed;
    total->all++;
    for (size_t k = 0; k < PEOPLE; k++) {
        total->covered[k % SHARES] += record->covered[k];
        total->bias[k % SHARES] += record->error[k];
        total->width[k % SHARES] += record->width[k];
    }
    return VG_OK;
}

int main(int argc, char **argv)
{
    static const Scenario scenarios[] = {{60, false}, {150, false}, {400, false}, {150, true}};
    Simulation options = simulation_options(argc, argv, 400);
    puts(
        "| method | reference people | not fitted | true centile | bias | mean width | coverage |");
    puts("|---|--:|--:|--:|--:|--:|--:|");
    for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++) {
        Total total = {0};
        VgError error = {0};
        VgReplicate plan = {.count =
                                scenarios[s].quantile ? options.replicates / 4 : options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_reference,
                            .merge = add,
                            .context = &scenarios[s],
                            .total = &total,
                            .threads = options.threads};
        simulation_check(vg_replicate(&plan, &error), &error);
        for (size_t k = 0; k < SHARES; k++) {
            char text[32];
            double n = (double)(total.all - total.failed) * AGES;
            printf("| %s | %zu | %zu of %zu | %g | %.4f | %.3f | %s |\n",
                   scenarios[s].quantile ? "quantile regression" : "BCCG", scenarios[s].n,
                   total.failed, total.all, shares[k], total.bias[k] / n, total.width[k] / n,
                   simulation_rate(text, total.covered[k], total.all * AGES));
        }
    }
    return 0;
}
