/* Coverage of the g-computation risk difference and ratio, and type I error of its test, over
 * virtual two-arm trials.
 *
 * logit P(response) = −0.8 + effect·arm + 0.9·x, x standard normal, arms of equal size (permuted).
 * Model fitted: response ~ arm + x. Truth: the risks integrated over x by Simpson's rule. A trial
 * that cannot be fitted counts as one whose interval does not cover and whose test does not reject.
 */
#include <vagus/glm.h>

#include "numeric/replicate.h"
#include "simulation.h"

typedef struct Scenario {
    size_t n;
    double effect;
    double risk_difference, log_risk_ratio; /* truth */
} Scenario;

typedef struct Record {
    bool failed, difference_covered, ratio_covered, rejected, fixed_covered;
    double estimate, se;
} Record;

typedef struct Total {
    size_t failed, difference_covered, ratio_covered, rejected, fixed_covered, fitted;
    double sum, squares, se;
} Total;

static double risk(double arm, double effect, double x)
{
    return 1 / (1 + exp(0.8 - effect * arm - 0.9 * x));
}

static double mean_risk(double arm, double effect)
{
    enum { STEPS = 4000 };
    double sum = 0, width = 20.0 / STEPS;
    for (int k = 0; k <= STEPS; k++) {
        double x = -10 + k * width, weight = k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2;
        sum += weight * risk(arm, effect, x) * exp(-x * x / 2);
    }
    return sum * width / 3 / sqrt(2 * M_PI);
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    size_t n = scenario->n;
    double *x = VG_NEW(scratch, double, 9 * n), *y = VG_NEW(scratch, double, n);
    size_t *place = VG_NEW(scratch, size_t, n);
    if (!x || !y || !place)
        return vg_fail_memory(error);
    double *x_arm[2] = {x + 3 * n, x + 6 * n};
    for (size_t k = 0; k < n; k++)
        place[k] = k;
    vg_random_shuffle(&random, place, n);
    for (size_t k = 0; k < n; k++) {
        double arm = (double)(place[k] % 2), covariate = vg_random_normal(&random);
        y[k] = vg_random_uniform(&random) < risk(arm, scenario->effect, covariate);
        x[k] = x_arm[0][k] = x_arm[1][k] = 1;
        x[n + k] = arm;
        x_arm[1][n + k] = 1;
        x[2 * n + k] = x_arm[0][2 * n + k] = x_arm[1][2 * n + k] = covariate;
    }
    VgGlmData data = {.x = {x, n, 3, n}, .y = y};
    const VgMatrix arms[2] = {{x_arm[0], n, 3, n}, {x_arm[1], n, 3, n}};
    VgGlmFit fit;
    VgMarginal marginal;
    VgError ignored;
    VgGlmOptions options = {.family = VG_GLM_BINOMIAL};
    VgStatus status = vg_glm_fit(scratch, &data, &options, &fit, &ignored);
    if (status == VG_NOT_ESTIMABLE || status == VG_NO_CONVERGENCE) {
        record->failed = true;
        return VG_OK;
    }
    VG_TRY(status);
    VG_TRY(vg_glm_marginal(scratch, &data, &fit, arms, 2, 0, .95, &marginal, error));
    const VgMarginalContrast *c = &marginal.contrast[1];
    double truth = scenario->risk_difference, ratio = exp(scenario->log_risk_ratio);
    record->estimate = c->difference.estimate;
    record->se = c->difference.se;
    record->difference_covered = c->difference.lower <= truth && truth <= c->difference.upper;
    record->fixed_covered = fabs(record->estimate - truth) <= 1.959964 * c->difference_se_fixed;
    record->ratio_covered = c->ratio.lower <= ratio && ratio <= c->ratio.upper;
    record->rejected = c->difference.p <= .05;
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->failed += record->failed;
    total->difference_covered += record->difference_covered;
    total->fixed_covered += record->fixed_covered;
    total->ratio_covered += record->ratio_covered;
    total->rejected += record->rejected;
    if (!record->failed) {
        total->fitted++;
        total->sum += record->estimate;
        total->squares += record->estimate * record->estimate;
        total->se += record->se;
    }
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 10000);
    printf("%zu trials a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf(
        "| n | true risk difference | not fitted | bias | empirical SE | mean SE | coverage RD | "
        "coverage RD, X fixed | coverage RR | rejected at 5 %% "
        "|\n|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    const size_t sizes[] = {50, 100, 400};
    const double effects[] = {0, 0.9};
    for (size_t e = 0; e < 2; e++)
        for (size_t s = 0; s < 3; s++) {
            double p1 = mean_risk(1, effects[e]), p0 = mean_risk(0, effects[e]);
            Scenario scenario = {sizes[s], effects[e], p1 - p0, log(p1 / p0)};
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
            double fitted = (double)total.fitted, mean = total.sum / fitted;
            double sd = sqrt((total.squares - fitted * mean * mean) / (fitted - 1));
            char a[32], b[32], c[32], d[32];
            size_t n = options.replicates;
            printf("| %zu | %.5f | %zu | %.5f (%.5f) | %.5f | %.5f | %s | %s | %s | %s |\n",
                   scenario.n, scenario.risk_difference, total.failed,
                   mean - scenario.risk_difference, sd / sqrt(fitted), sd, total.se / fitted,
                   simulation_rate(a, total.difference_covered, n),
                   simulation_rate(b, total.fixed_covered, n),
                   simulation_rate(c, total.ratio_covered, n),
                   simulation_rate(d, total.rejected, n));
        }
    return 0;
}
