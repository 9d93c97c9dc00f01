/* Scores learnt for the outcome: level and power of the indirect effect with weights learnt in-sample and cross-fitted, beside the
 * declared mean and the factor score.
 *
 * A 1 : 1, covariate X ~ N(0, 1), one channel of ten markers that share a factor g: M_j = a_j A + 0.3 X + 0.5 g + N(0, 1); Y = 0.3 A + Σ b_j M_j +
 * 0.3 X + N(0, 1). Settings say a and b. */
#include <vagus/channels.h>

#include "mechanism/channels_ridge.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 400, MARKERS = 10, WAYS = 5, DRAWS = 500 };
static const char *const WAY[WAYS] = {"mean", "factor", "ridge, in-sample",
                                      "ridge, cross-fitted, delta",
                                      "ridge, cross-fitted, monte-carlo"};

typedef struct Setting {
    const char *name;
    size_t n;
    double a[MARKERS], b[MARKERS];
} Setting;

typedef struct Record {
    double estimate[WAYS];
    bool excludes[WAYS], significant[WAYS], covered[WAYS], failed[WAYS];
} Record;

typedef struct Total {
    size_t trials, excludes[WAYS], significant[WAYS], covered[WAYS], failed[WAYS];
    double sum[WAYS], square[WAYS];
} Total;

static double truth(const Setting *s)
{
    double sum = 0;
    for (size_t j = 0; j < MARKERS; j++)
        sum += s->a[j] * s->b[j];
    return sum;
}

static void draw_trial(const Setting *s, VgRandom *random, double *treatment, double *x,
                       double *marker, double *outcome)
{
    size_t n = s->n;
    for (size_t i = 0; i < n; i++) {
        double a = treatment[i] = (double)(i % 2), g = vg_random_normal(random);
        x[i] = vg_random_normal(random);
        outcome[i] = 0.3 * a + 0.3 * x[i] + vg_random_normal(random);
        for (size_t j = 0; j < MARKERS; j++) {
            double m = s->a[j] * a + 0.3 * x[i] + 0.5 * g + vg_random_normal(random);
            marker[i + n * j] = m;
            outcome[i] += s->b[j] * m;
        }
    }
}

/* Weights of ridge regression on all rows, the score then taken for a marker: what must not be done. */
static VgStatus in_sample(VgArena *scratch, const VgChannelsData *data, VgChannels *fit,
                          VgError *error)
{
    static const size_t TERM[MARKERS] = {0};
    const VgChannelsOptions options = {.interval = VG_MEDIATION_DELTA};
    VgChannelsProblem p = {.data = data, .options = &options, .terms = 1, .term = TERM};
    VgEquationColumns columns = {
        .n = data->n,
        .treatment = data->treatment,
        .covariates = data->covariates,
        .mediators = data->markers,
        .outcomes = {(double *)(uintptr_t)data->outcome, data->n, 1, data->n}};
    VG_TRY(vg_equations_build(scratch, &columns, &p.equations, error));
    const VgEquations *e = &p.equations;
    size_t square = e->width * e->width;
    double *s = VG_NEW(scratch, double, 2 * square + e->columns);
    double *count = VG_NEW(scratch, double, data->n), *score = VG_NEW(scratch, double, data->n);
    double weight[MARKERS], penalty;
    bool learnt;
    if (!s || !count || !score)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        count[i] = 1;
    vg_cross_products_counted(e, count, s);
    VG_TRY(vg_channels_ridge_weights(scratch, &p, s, s + square, weight, &penalty, &learnt, error));
    for (size_t j = 0; j < MARKERS; j++)
        for (size_t i = 0; i < data->n; i++)
            score[i] += weight[j] / e->scale[vg_mediator_column(e, j)] * VG_AT(data->markers, i, j);
    VgChannelsData one = *data;
    one.markers = (VgMatrix){score, data->n, 1, data->n};
    one.n_channels = 0;
    return vg_channels_fit(scratch, &one, &options, fit, error);
}

static VgStatus one_way(VgArena *scratch, size_t way, const VgChannelsData *data, uint64_t seed,
                        VgChannels *fit, VgError *error)
{
    static const VgChannelScore SCORE[WAYS] = {VG_CHANNEL_MEAN, VG_CHANNEL_FACTOR, VG_CHANNEL_RIDGE,
                                               VG_CHANNEL_RIDGE, VG_CHANNEL_RIDGE};
    if (way == 2)
        return in_sample(scratch, data, fit, error);
    const VgChannelsOptions options = {.score = SCORE[way],
                                       .interval =
                                           way == 4 ? VG_MEDIATION_MONTE_CARLO : VG_MEDIATION_DELTA,
                                       .draws = way == 4 ? DRAWS : 0,
                                       .seed = seed,
                                       .threads = 1};
    return vg_channels_fit(scratch, data, &options, fit, error);
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    const Setting *s = context;
    Record *record = record_;
    static const size_t CHANNEL[MARKERS] = {0};
    double treatment[MOST], x[MOST], marker[MARKERS * MOST], outcome[MOST];
    draw_trial(s, &random, treatment, x, marker, outcome);
    const VgChannelsData data = {.n = s->n,
                                 .treatment = treatment,
                                 .outcome = outcome,
                                 .markers = {marker, s->n, MARKERS, s->n},
                                 .covariates = {x, s->n, 1, s->n},
                                 .n_channels = 1,
                                 .channel = CHANNEL};
    for (size_t way = 0; way < WAYS; way++) {
        VgChannels fit;
        VgStatus status = one_way(scratch, way, &data, i + 1, &fit, error);
        record->failed[way] = status == VG_NOT_ESTIMABLE;
        if (record->failed[way])
            continue;
        VG_TRY(status);
        const VgChannelsEstimate *e = &fit.effect[VG_CHANNELS_FIRST];
        record->estimate[way] = e->estimate;
        record->excludes[way] = e->lower > 0 || e->upper < 0;
        record->significant[way] = e->p <= 0.05;
        record->covered[way] = e->lower <= truth(s) && truth(s) <= e->upper;
    }
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->trials++;
    for (size_t way = 0; way < WAYS; way++) {
        total->failed[way] += record->failed[way];
        total->excludes[way] += record->excludes[way];
        total->significant[way] += record->significant[way];
        total->covered[way] += record->covered[way];
        total->sum[way] += record->estimate[way];
        total->square[way] += record->estimate[way] * record->estimate[way];
    }
    return VG_OK;
}

static void print(const Setting *s, const Total *total)
{
    for (size_t way = 0; way < WAYS; way++) {
        size_t trials = total->trials - total->failed[way];
        char rate[3][32];
        double n = (double)trials, mean = total->sum[way] / n;
        printf("| %s | %zu | %s | %.2f | %+.4f (%.4f) | %s | %s | %s | %zu |\n", s->name, s->n,
               WAY[way], truth(s), mean - truth(s),
               sqrt((total->square[way] / n - mean * mean) / n),
               simulation_rate(rate[0], total->excludes[way], trials),
               simulation_rate(rate[1], total->significant[way], trials),
               simulation_rate(rate[2], total->covered[way], trials), total->failed[way]);
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 2000);
    printf("%zu trials a setting, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| setting | n | score | truth | bias | interval excludes 0 | p ≤ 0.05 (joint "
           "significance) | "
           "coverage of 95 %% | refused |\n|---|--:|---|--:|--:|--:|--:|--:|--:|\n");
    static const Setting SETTING[] = {
        {"a all 0.5, b 0", 200, {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}, {0}},
        {"a all 0.5, b 0", 80, {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5}, {0}},
        {"a half 1, b 0", 200, {1, 1, 1, 1, 1}, {0}},
        {"a 0, b all 0.1", 200, {0}, {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}},
        {"a 0, b 0", 200, {0}, {0}},
        {"a all 0.5, b all 0.1",
         200,
         {.5, .5, .5, .5, .5, .5, .5, .5, .5, .5},
         {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1}},
        {"a one 0.8, b the same 0.5", 200, {.8}, {.5}},
        {"a one 0.8, b the same 0.5", 400, {.8}, {.5}},
        {"a two 0.6, b 0.4 and −0.4", 200, {.6, -.6}, {.4, -.4}}};
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
