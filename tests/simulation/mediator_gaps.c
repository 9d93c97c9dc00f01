/* Mediators with gaps: values missing at random, and values below a limit. Bias and coverage of the indirect effect by complete rows,
 * by half the limit in their place, by imputation (delta and percentile), by the likelihood.
 *
 * A 1 : 1, X ~ N(0, 1); M = 0.6 A + 0.3 X + N(0, 1), Y = 0.3 A + 0.5 M + 0.3 X + N(0, 1): indirect 0.3. M is the logarithm of a
 * concentration. Missing: M with probability logit⁻¹(−1.2 + 0.8 Y + 0.5 A) (it depends on the outcome, which is seen), or Y with
 * logit⁻¹(−1.2 + 0.9 M + 0.5 A), or each of both with half of the trial's people. Limit: M below its 30 % point. */
#include <vagus/channels.h>
#include <vagus/mediation_censored.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 400, DRAWS = 500, IMPUTATIONS = 20 };
typedef enum Way { COMPLETE, HALF, DELTA, PERCENTILE, LIKELIHOOD, WHOLE, WAYS } Way;
static const char *const WAY[WAYS] = {"complete rows",       "half the limit",    "imputed, delta",
                                      "imputed, percentile", "likelihood, delta", "(nothing lost)"};
static const double TRUTH = 0.3;

typedef enum Gap { MEDIATOR, OUTCOME, BOTH, LIMIT } Gap;

typedef struct Setting {
    const char *name;
    Gap gap;
    size_t n;
} Setting;

typedef struct Record {
    double estimate[WAYS];
    bool covered[WAYS], failed[WAYS];
} Record;

typedef struct Total {
    SimulationTally of[WAYS];
} Total;

typedef struct Trial {
    size_t n;
    double a[MOST], x[MOST], m[MOST], y[MOST], lower[MOST], upper[MOST], seen_m[MOST], seen_y[MOST];
    double limit;
} Trial;

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static void draw_trial(const Setting *s, VgRandom *random, Trial *t)
{
    /* 30 % point of M: two normals of spread √1.09, 0.6 apart */
    t->n = s->n;
    t->limit = -0.249;
    for (size_t i = 0; i < t->n; i++) {
        double a = t->a[i] = (double)(i % 2);
        t->x[i] = vg_random_normal(random);
        t->m[i] = 0.6 * a + 0.3 * t->x[i] + vg_random_normal(random);
        t->y[i] = 0.3 * a + 0.5 * t->m[i] + 0.3 * t->x[i] + vg_random_normal(random);
        double u = vg_random_uniform(random);
        bool first = vg_random_uniform(random) < 0.5;
        t->seen_m[i] = t->m[i];
        t->seen_y[i] = t->y[i];
        if ((s->gap == MEDIATOR || (s->gap == BOTH && first)) &&
            u < logistic(-1.2 + 0.8 * t->y[i] + 0.5 * a))
            t->seen_m[i] = NAN;
        if ((s->gap == OUTCOME || (s->gap == BOTH && !first)) &&
            u < logistic(-1.2 + 0.9 * t->m[i] + 0.5 * a))
            t->seen_y[i] = NAN;
        bool low = s->gap == LIMIT && t->m[i] < t->limit;
        t->lower[i] = low ? -INFINITY : t->seen_m[i];
        t->upper[i] = low ? t->limit : t->seen_m[i];
    }
}

/* Rows that lack nothing, with the rule for values below the limit. */
static void pack(const Trial *t, Way way, Trial *to)
{
    to->n = 0;
    for (size_t i = 0; i < t->n; i++) {
        bool low = isinf(t->lower[i]);
        double m = way == WHOLE ? t->m[i] : low && way == HALF ? t->limit - log(2) : t->seen_m[i];
        double y = way == WHOLE ? t->y[i] : t->seen_y[i];
        if (isnan(m) || isnan(y) || (low && way == COMPLETE))
            continue;
        to->a[to->n] = t->a[i];
        to->x[to->n] = t->x[i];
        to->m[to->n] = m;
        to->y[to->n++] = y;
    }
}

static VgStatus analyse(VgArena *scratch, const Trial *t, Way way, uint64_t seed,
                        VgChannelsEstimate *e, VgError *error)
{
    Trial *own = VG_NEW(scratch, Trial, 1);
    if (!own)
        return vg_fail_memory(error);
    if (way == LIKELIHOOD) {
        const VgMediationData data = {.n = t->n,
                                      .treatment = t->a,
                                      .mediator = t->m,
                                      .outcome = t->y,
                                      .covariates = {(double *)(uintptr_t)t->x, t->n, 1, t->n}};
        const VgMediationOptions options = {.interval = VG_MEDIATION_DELTA};
        VgMediation fit;
        VgMediationCensoring censoring;
        VG_TRY(vg_mediation_censored_fit(scratch, &data, t->lower, t->upper, &options, &fit,
                                         &censoring, error));
        const VgMediationEstimate *one = &fit.effect[VG_EFFECT_INDIRECT_AVERAGE];
        *e = (VgChannelsEstimate){one->estimate, one->se, one->lower, one->upper, one->p};
        return VG_OK;
    }
    bool imputes = way == DELTA || way == PERCENTILE;
    *own = *t;
    if (!imputes)
        pack(t, way, own);
    else
        memcpy(own->m, t->seen_m, sizeof own->m), memcpy(own->y, t->seen_y, sizeof own->y);
    VgChannelsData data = {.n = own->n,
                           .treatment = own->a,
                           .outcome = own->y,
                           .markers = {own->m, own->n, 1, own->n},
                           .covariates = {own->x, own->n, 1, own->n}};
    if (imputes) {
        data.marker_lower = (VgMatrix){own->lower, own->n, 1, own->n};
        data.marker_upper = (VgMatrix){own->upper, own->n, 1, own->n};
    }
    const VgChannelsOptions options = {.interval = way == PERCENTILE ? VG_MEDIATION_PERCENTILE
                                                                     : VG_MEDIATION_DELTA,
                                       .missing = imputes ? VG_MISSING_IMPUTE : VG_MISSING_COMPLETE,
                                       .imputations = IMPUTATIONS,
                                       .draws = way == PERCENTILE ? DRAWS : 0,
                                       .seed = seed,
                                       .threads = 1};
    VgChannels fit;
    VG_TRY(vg_channels_fit(scratch, &data, &options, &fit, error));
    *e = fit.effect[VG_CHANNELS_FIRST];
    return VG_OK;
}

static bool applies(const Setting *s, Way way)
{
    return s->gap == LIMIT || (way != HALF && way != LIKELIHOOD);
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Setting *s = context;
    Record *record = record_;
    Trial *trial = VG_NEW(scratch, Trial, 1);
    if (!trial)
        return vg_fail_memory(error);
    draw_trial(s, &random, trial);
    for (Way way = 0; way < WAYS; way++) {
        VgChannelsEstimate e;
        record->failed[way] = true;
        if (!applies(s, way))
            continue;
        VgStatus status = analyse(scratch, trial, way, i + 1, &e, error);
        if (status == VG_NOT_ESTIMABLE || status == VG_NO_CONVERGENCE)
            continue;
        VG_TRY(status);
        record->failed[way] = false;
        record->estimate[way] = e.estimate;
        record->covered[way] = e.lower <= TRUTH && TRUTH <= e.upper;
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
        if (!total->of[way].trials)
            continue;
        printf("| %s | %zu | %s | ", s->name, s->n, WAY[way]);
        simulation_print_tally(&total->of[way], TRUTH);
        printf(" |\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 2000);
    printf("%zu trials a setting, %d imputations, %d resamples, seed %llu; Monte Carlo standard "
           "errors in brackets. The indirect effect is 0.3.\n\n",
           options.replicates, IMPUTATIONS, DRAWS, options.seed);
    printf("| lost | n | way | bias | SD | coverage of 95 %% | trials |\n"
           "|---|--:|---|--:|--:|--:|--:|\n");
    static const Setting SETTING[] = {{"mediator, by the outcome", MEDIATOR, 200},
                                      {"outcome, by the mediator", OUTCOME, 200},
                                      {"either of them", BOTH, 200},
                                      {"30 % below the limit", LIMIT, 200},
                                      {"30 % below the limit", LIMIT, 80}};
    for (size_t k = 0; k < sizeof SETTING / sizeof *SETTING; k++) {
        Total total = {0};
        VgReplicate plan = {.count = options.replicates,
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &SETTING[k],
                            .total = &total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        print(&SETTING[k], &total);
    }
    return 0;
}
