/* SIMEX with a logistic outcome: bias and coverage of the indirect effect as measured, along the quadratic and the rational curve.
 *
 * A 1 : 1, X ~ N(0, 1), M = 0.6 A + 0.3 X + N(0, 1) measured with error of the stated reliability, logit P(Y = 1) = −0.4 + 0.4 A + b M + 0.3 X.
 * The truth is the effect that 400,000 error-free participants give. */
#include <vagus/mediation.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 1000, WAYS = 4, SIMEX_DRAWS = 40, MANY = 400000 };
static const char *const WAY[WAYS] = {"(no error)", "as measured", "SIMEX, quadratic",
                                      "SIMEX, rational"};

typedef struct Setting {
    size_t n;
    double reliability, slope, truth;
} Setting;

typedef struct Record {
    double estimate[WAYS];
    bool covered[WAYS], failed[WAYS];
} Record;

typedef struct Total {
    SimulationTally of[WAYS];
} Total;

static void draw_trial(double slope, size_t n, VgRandom *random, double *a, double *x, double *m,
                       double *y)
{
    for (size_t i = 0; i < n; i++) {
        a[i] = (double)(i % 2);
        x[i] = vg_random_normal(random);
        m[i] = 0.6 * a[i] + 0.3 * x[i] + vg_random_normal(random);
        double eta = -0.4 + 0.4 * a[i] + slope * m[i] + 0.3 * x[i];
        y[i] = vg_random_uniform(random) < 1 / (1 + exp(-eta));
    }
}

static VgStatus analyse(VgArena *scratch, size_t n, double *a, double *x, double *m, double *y,
                        double reliability, VgSimexCurve curve, uint64_t seed,
                        VgMediationEstimate *e, VgError *error)
{
    const VgMediationData data = {
        .n = n, .treatment = a, .mediator = m, .outcome = y, .covariates = {x, n, 1, n}};
    const VgMediationOptions options = {.outcome_model = VG_MEDIATION_LOGISTIC,
                                        .interval = VG_MEDIATION_DELTA,
                                        .reliability = reliability,
                                        .curve = curve,
                                        .simex_draws = SIMEX_DRAWS,
                                        .seed = seed,
                                        .threads = 1};
    VgMediation fit;
    VG_TRY(vg_mediation_fit(scratch, &data, &options, &fit, error));
    *e = fit.effect[VG_EFFECT_INDIRECT_AVERAGE];
    return VG_OK;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Setting *s = context;
    Record *record = record_;
    double a[MOST], x[MOST], m[MOST], noisy[MOST], y[MOST];
    draw_trial(s->slope, s->n, &random, a, x, m, y);
    double variance = 1 + 0.09 + 0.09; /* of M over both arms */
    for (size_t k = 0; k < s->n; k++)
        noisy[k] = m[k] + sqrt(variance * (1 / s->reliability - 1)) * vg_random_normal(&random);
    for (size_t way = 0; way < WAYS; way++) {
        VgMediationEstimate e;
        VgStatus status =
            analyse(scratch, s->n, a, x, way ? noisy : m, y, way < 2 ? 0 : s->reliability,
                    way == 2 ? VG_SIMEX_QUADRATIC : VG_SIMEX_RATIONAL, i + 1, &e, error);
        record->failed[way] = status == VG_NOT_ESTIMABLE || status == VG_NO_CONVERGENCE;
        if (record->failed[way])
            continue;
        VG_TRY(status);
        record->estimate[way] = e.estimate;
        record->covered[way] = e.lower <= s->truth && s->truth <= e.upper;
    }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    for (size_t way = 0; way < WAYS; way++) {
        if (!record->failed[way])
            simulation_tally(&total->of[way], record->estimate[way], record->covered[way]);
    }
    return VG_OK;
}

static void print(const Setting *s, const Total *total)
{
    for (size_t way = 0; way < WAYS; way++) {
        printf("| %zu | %.1f | %.1f | %.4f | %s | ", s->n, s->reliability, s->slope, s->truth,
               WAY[way]);
        simulation_print_tally(&total->of[way], s->truth);
        printf(" |\n");
    }
    fflush(stdout);
}

static double find_truth(double slope)
{
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    double *all = VG_NEW(arena, double, 4 * (size_t)MANY);
    VgRandom random = vg_random_start(99, VG_STREAM_SIMULATION, 0, 0);
    VgMediationEstimate e;
    draw_trial(slope, MANY, &random, all, all + MANY, all + 2 * MANY, all + 3 * MANY);
    simulation_check(analyse(arena, MANY, all, all + MANY, all + 2 * MANY, all + 3 * MANY, 0,
                             VG_SIMEX_RATIONAL, 1, &e, &error),
                     &error);
    vg_arena_destroy(arena);
    return e.estimate;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 500);
    printf("%zu trials a setting, %d draws of SIMEX, seed %llu; Monte Carlo standard errors in "
           "brackets.\n\n",
           options.replicates, SIMEX_DRAWS, options.seed);
    printf("| n | reliability | slope b | truth | way | bias | SD | coverage of 95 %% | trials |\n"
           "|--:|--:|--:|--:|---|--:|--:|--:|--:|\n");
    static Setting setting[] = {{300, 0.7, 0.9, 0}, {300, 0.5, 0.9, 0}, {1000, 0.7, 0.9, 0}};
    double truth = find_truth(0.9);
    for (size_t k = 0; k < sizeof setting / sizeof *setting; k++) {
        Total total = {0};
        setting[k].truth = truth;
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &setting[k],
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        print(&setting[k], &total);
    }
    return 0;
}
