/* Type I error of tests for small-study effects when there are none.
 *
 * Each study: two arms of equal size n (15 to 120, log-uniform), normal outcomes with standard deviation 1, true
 * difference N(effect, tau²); its effect is Hedges' g with the large-sample variance. Every study is published. A selection
 * model that cannot be had (no study on one side of p = 0.025; no certified maximum) is counted and left out of its
 * rate. */
#include <vagus/small_study.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { EGGER_Z_SE, EGGER_T_SE, EGGER_T_ARMS, EGGER_LM_SE, EGGER_LM_ARMS, BEGG, SELECTION, N_TESTS };

typedef struct Scenario {
    size_t k;
    double effect, tau2;
} Scenario;

typedef struct Record {
    bool rejected[N_TESTS], not_estimable, no_convergence;
} Record;

typedef struct Total {
    size_t rejected[N_TESTS], not_estimable, no_convergence;
} Total;

/* Mean and sum of squares about it of n standard normals. */
static void draw_arm(VgRandom *random, size_t n, double *mean, double *squares)
{
    *mean = *squares = 0;
    for (size_t i = 0; i < n; i++) {
        double x = vg_random_normal(random), from = x - *mean;
        *mean += from / (double)(i + 1);
        *squares += from * (x - *mean);
    }
}

static void draw_study(VgRandom *random, double effect, double tau2, double *y, double *v,
                       double *n)
{
    size_t size = (size_t)(15 * pow(8, vg_random_uniform(random)));
    double mean[2], squares[2], m = (double)size, df = 2 * m - 2;
    double truth = effect + sqrt(tau2) * vg_random_normal(random);
    for (size_t a = 0; a < 2; a++)
        draw_arm(random, size, &mean[a], &squares[a]);
    double sd = sqrt((squares[0] + squares[1]) / df);
    *y = vg_hedges_correction(df) * (mean[0] + truth - mean[1]) / sd;
    *v = 2 / m + *y * *y / (4 * m);
    *n = m;
}

static VgStatus egger(VgArena *scratch, const VgSmallStudyData *data, VgEggerPredictor predictor,
                      bool classic, VgMetaTest test, bool *rejected, VgError *error)
{
    VgEggerOptions options = {.predictor = predictor, .classic = classic, .test = test};
    VgEgger out;
    VG_TRY(vg_egger(scratch, data, &options, &out, error));
    *rejected = out.slope.p <= .05;
    return VG_OK;
}

static VgStatus one_review(size_t i, VgRandom random, VgArena *scratch, const void *context,
                           void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    size_t k = scenario->k;
    double *y = VG_NEW(scratch, double, k), *v = VG_NEW(scratch, double, k),
           *n = VG_NEW(scratch, double, k);
    if (!y || !v || !n)
        return vg_fail_memory(error);
    for (size_t s = 0; s < k; s++)
        draw_study(&random, scenario->effect, scenario->tau2, &y[s], &v[s], &n[s]);
    VgSmallStudyData data = {.y = y, .v = v, .n1 = n, .n2 = n, .k = k};
    bool *r = record->rejected;
    VG_TRY(egger(scratch, &data, VG_EGGER_SE, false, VG_META_TEST_Z, &r[EGGER_Z_SE], error));
    VG_TRY(egger(scratch, &data, VG_EGGER_SE, false, VG_META_TEST_ADHOC, &r[EGGER_T_SE], error));
    VG_TRY(
        egger(scratch, &data, VG_EGGER_ARMS, false, VG_META_TEST_ADHOC, &r[EGGER_T_ARMS], error));
    VG_TRY(egger(scratch, &data, VG_EGGER_SE, true, VG_META_TEST_Z, &r[EGGER_LM_SE], error));
    VG_TRY(egger(scratch, &data, VG_EGGER_ARMS, true, VG_META_TEST_Z, &r[EGGER_LM_ARMS], error));
    VgBegg begg;
    VG_TRY(vg_begg(scratch, &data, &begg, error));
    r[BEGG] = begg.p <= .05;
    VgSelection selection;
    VgError ignored;
    VgStatus status = vg_selection_model(scratch, &data, NULL, &selection, &ignored);
    record->not_estimable = status == VG_NOT_ESTIMABLE;
    record->no_convergence = status == VG_NO_CONVERGENCE;
    if (status == VG_OK)
        r[SELECTION] = selection.lrt_p <= .05;
    else if (!record->not_estimable && !record->no_convergence) {
        *error = ignored;
        return status;
    }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    for (size_t t = 0; t < N_TESTS; t++)
        total->rejected[t] += record->rejected[t];
    total->not_estimable += record->not_estimable;
    total->no_convergence += record->no_convergence;
    return VG_OK;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 5000);
    printf("%zu reviews a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| effect | tau² | k | Egger z, SE | Egger t, SE | Egger t, arms | classic, SE | "
           "classic, arms | "
           "Begg | "
           "three-parameter LRT | LRT not estimable | no maximum |\n"
           "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    const size_t sizes[] = {10, 20, 40};
    const double truth[][2] = {{0.4, 0}, {0.4, 0.05}, {0.8, 0.05}};
    for (size_t t = 0; t < 3; t++)
        for (size_t s = 0; s < 3; s++) {
            Scenario scenario = {sizes[s], truth[t][0], truth[t][1]};
            Total total = {0};
            VgReplicate plan = {.count = options.replicates,
                                .seed = options.seed,
                                .stream = VG_STREAM_SIMULATION,
                                .record_size = sizeof(Record),
                                .body = one_review,
                                .merge = count,
                                .context = &scenario,
                                .total = &total,
                                .threads = options.threads};
            VgError error = {0};
            simulation_check(vg_replicate(&plan, &error), &error);
            printf("| %g | %g | %zu |", scenario.effect, scenario.tau2, scenario.k);
            char text[32];
            for (size_t j = 0; j < SELECTION; j++)
                printf(" %s |", simulation_rate(text, total.rejected[j], options.replicates));
            printf(" %s |", simulation_rate(text, total.rejected[SELECTION],
                                            options.replicates - total.not_estimable -
                                                total.no_convergence));
            printf(" %zu | %zu |\n", total.not_estimable, total.no_convergence);
        }
    return 0;
}
