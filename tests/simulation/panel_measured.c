/* Type I error and coverage of the contrast of a measured analyte with values below the LLOQ: imputation against LLOQ/2.
 *
 * n participants in two arms, baseline and two visits; ln concentration = person (SD √0.5) + visit (SD √0.5), the active arm shifted by
 * `effect` at both visits; 10 % of the second visit's values missing at random; the LLOQ lies at the 0, 20 or 40 % point of the
 * baseline. The contrast of the second visit, adjusted for baseline, is tested at 5 %; coverage is of its 95 % interval. Both rules see
 * the same trials. A trial in which an arm has more than 70 % below the limit there is compared by detection and not counted. */
#include <vagus/measured.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 80, PLACES = 3, RULES = 2 };

typedef struct Scenario {
    size_t n;
    double below, effect;
} Scenario;

typedef struct Record {
    bool refused;
    bool covered[RULES], found[RULES];
    double estimate[RULES], se[RULES];
} Record;

typedef struct Total {
    size_t trials, refused, covered[RULES], found[RULES];
    double estimate[RULES], square[RULES], se[RULES];
} Total;

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Scenario *scenario = context;
    Record *record = record_;
    size_t n = scenario->n, arm[MOST];
    double lower[PLACES * MOST], upper[PLACES * MOST];
    double limit = scenario->below > 0 ? vg_normal_quantile(scenario->below) : -INFINITY;
    for (size_t k = 0; k < n; k++) {
        arm[k] = k % 2;
        double person = sqrt(0.5) * vg_random_normal(&random);
        for (size_t t = 0; t < PLACES; t++) {
            double y = person + sqrt(0.5) * vg_random_normal(&random);
            y += t && arm[k] ? scenario->effect : 0;
            double lost = vg_random_uniform(&random);
            lower[k + n * t] = y < limit ? -INFINITY : y;
            upper[k + n * t] = y < limit ? limit : y;
            if (t == 2 && lost < 0.1)
                lower[k + n * t] = upper[k + n * t] = NAN;
        }
    }
    const double base = exp(1);
    const char *name = "analyte";
    const VgMeasuredData data = {.n = n,
                                 .n_arms = 2,
                                 .n_visits = 2,
                                 .arm = arm,
                                 .baseline = true,
                                 .n_analytes = 1,
                                 .lower = lower,
                                 .upper = upper,
                                 .log_base = &base,
                                 .analyte = &name};
    for (int rule = 0; rule < RULES; rule++) {
        const VgMeasuredOptions options = {.censored =
                                               rule ? VG_CENSORED_HALF_LLOQ : VG_CENSORED_IMPUTE,
                                           .seed = i + 1,
                                           .threads = 1};
        VgMeasuredResult out;
        VG_TRY(vg_measured_contrasts(scratch, &data, &options, &out, error));
        const VgMeasuredAnswer *answer = &out.contrast[1];
        record->refused |= answer->detection || isnan(answer->inference.estimate);
        record->estimate[rule] = answer->inference.estimate;
        record->se[rule] = answer->inference.se;
        record->found[rule] = answer->inference.p <= 0.05;
        record->covered[rule] = answer->inference.lower <= scenario->effect &&
                                answer->inference.upper >= scenario->effect;
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
    for (int rule = 0; rule < RULES; rule++) {
        total->covered[rule] += record->covered[rule];
        total->found[rule] += record->found[rule];
        total->estimate[rule] += record->estimate[rule];
        total->square[rule] += record->estimate[rule] * record->estimate[rule];
        total->se[rule] += record->se[rule];
    }
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 500);
    printf("%zu trials a row, seed %llu; Monte Carlo standard errors in brackets. `mean`: of the "
           "estimates (Monte Carlo error about 0.01); `SE/SD`: mean standard error over the SD of "
           "the estimates.\n\n",
           options.replicates, options.seed);
    printf("| n | below LLOQ | effect | rule | p ≤ .05 | coverage of 95 %% | mean | SE/SD | "
           "refused |\n"
           "|--:|--:|--:|---|--:|--:|--:|--:|--:|\n");
    const size_t sizes[] = {40, 80};
    const double below[] = {0, 0.2, 0.4}, effects[] = {0, 0.7};
    for (size_t s = 0; s < 2; s++)
        for (size_t b = 0; b < 3; b++)
            for (size_t e = 0; e < 2; e++) {
                const Scenario scenario = {sizes[s], below[b], effects[e]};
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
                double n = (double)total.trials;
                for (int rule = 0; rule < (below[b] > 0 ? RULES : 1); rule++) {
                    char found[32], covered[32];
                    double mean = total.estimate[rule] / n;
                    double sd = sqrt((total.square[rule] / n - mean * mean) * n / (n - 1));
                    printf("| %zu | %.0f %% | %.1f | %s | %s | %s | %.3f | %.2f | %zu |\n",
                           sizes[s], 100 * below[b], effects[e],
                           below[b] > 0 ? rule ? "LLOQ/2" : "imputation" : "none needed",
                           simulation_rate(found, total.found[rule], total.trials),
                           simulation_rate(covered, total.covered[rule], total.trials), mean,
                           total.se[rule] / n / sd, total.refused);
                }
                fflush(stdout);
            }
    return 0;
}
