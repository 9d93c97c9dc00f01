/* Nested prediction: no leak where there is no signal, the interval of what a layer gains, its power; and which forest predicts best.
 *
 * Two arms 1 : 1, three clinical predictors and a layer, all N(0, 1), event with log odds
 *   nothing:   0
 *   clinical:  0.8 x1 + 0.3 (arm − ½): the layer gains nothing
 *   layer:     the same + 0.9 z1
 * and, as the trap of METHODS 28, 60 people and 1,000 columns of noise (nothing). Ten folds twice; in the trap once. */
#include <vagus/forest.h>
#include <vagus/prediction.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { CLINICAL = 3, MOST_TRIALS = 4096 };

typedef struct Scenario {
    const char *name;
    size_t n, layer;
    double clinical, gain;
    double share; /* of the replicates asked for */
    bool trap;    /* the net alone, ten folds once, ten penalties */
} Scenario;

static const Scenario SCENARIO[] = {
    {"nothing, n = 150", 150, 20, 0, 0, 1, false},
    {"clinical, n = 150", 150, 20, 0.8, 0, 1, false},
    {"layer, n = 150", 150, 20, 0.8, 0.9, 1, false},
    {"clinical, n = 300", 300, 20, 0.8, 0, 0.5, false},
    {"layer, n = 300", 300, 20, 0.8, 0.9, 0.5, false},
    {"60 people, 1,000 columns of noise", 60, 1000, 0, 0, 2.5, true},
};
enum { SCENARIOS = sizeof SCENARIO / sizeof *SCENARIO };

typedef struct Record {
    double auc[VG_PREDICT_MODELS], apparent[VG_PREDICT_MODELS], slope[VG_PREDICT_MODELS];
    bool usable[VG_PREDICT_MODELS];
    VgInference gain[VG_PREDICT_MODELS], gain_brier[VG_PREDICT_MODELS];
} Record;

typedef struct All {
    Record *record;
} All;

static void draw(const Scenario *s, VgRandom *random, VgPredictionData *data, int32_t *arm,
                 double *event)
{
    for (size_t k = 0; k < s->n * data->x.cols; k++)
        data->x.data[k] = vg_random_normal(random);
    for (size_t i = 0; i < s->n; i++) {
        arm[i] = (int32_t)(i % 2);
        double odds = s->clinical * data->x.data[i] + s->gain * VG_AT(data->x, i, CLINICAL);
        odds += s->clinical > 0 ? 0.3 * (arm[i] - 0.5) : 0;
        event[i] = vg_random_uniform(random) < 1 / (1 + exp(-odds));
    }
}

static VgStatus trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                      void *record, VgError *error)
{
    static const char *const BLOCK[] = {"clinical", "layer"}, *const ARM[] = {"placebo", "active"};
    const Scenario *s = context;
    Record *out = record;
    size_t p = CLINICAL + s->layer;
    double *x = VG_NEW(scratch, double, s->n *p), *event = VG_NEW(scratch, double, s->n);
    size_t *block = VG_NEW(scratch, size_t, p);
    int32_t *arm = VG_NEW(scratch, int32_t, s->n);
    if (!x || !event || !block || !arm)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        block[j] = j >= CLINICAL;
    VgPredictionData data = {.n = s->n,
                             .x = {x, s->n, p, s->n},
                             .block = block,
                             .n_blocks = 2,
                             .block_name = BLOCK,
                             .arm = arm,
                             .arms = 2,
                             .arm_name = ARM,
                             .event = event};
    draw(s, &random, &data, arm, event);
    const VgPredictionOptions options = {.without = {false, s->trap},
                                         .repeats = s->trap ? 1 : 2,
                                         .penalties = s->trap ? 10 : 20,
                                         .trees = 100,
                                         .seed = i + 1,
                                         .threads = 1};
    VgPrediction fit;
    VG_TRY(vg_prediction_fit(scratch, &data, &options, &fit, error));
    for (size_t m = 0; m < fit.n_models; m++) {
        VgPredictionQuality q;
        VgPredictionGain gain;
        VG_TRY(vg_prediction_quality(scratch, &data, &fit, m, 1, 0.95, &q, error));
        VG_TRY(vg_prediction_gain(scratch, &data, &fit, m, 1, 0.95, &gain, error));
        out->auc[m] = q.auc.estimate;
        out->usable[m] = q.auc.lower > 0.5;
        out->apparent[m] = q.apparent_auc;
        out->slope[m] = q.slope.estimate;
        out->gain[m] = gain.auc;
        out->gain_brier[m] = gain.brier;
    }
    return VG_OK;
}

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)error;
    ((All *)total)->record[i] = *(const Record *)record;
    return VG_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double *value, size_t n)
{
    qsort(value, n, sizeof *value, ascending);
    return (value[(n - 1) / 2] + value[n / 2]) / 2;
}

/* Coverage is of the mean gain over trials, which nested cross-validation estimates without bias at nine tenths of n. */
static void print(const Scenario *s, const Record *record, size_t n, size_t m)
{
    static double slope[MOST_TRIALS];
    SimulationTally auc = {0}, gain = {0};
    double apparent = 0, truth = 0;
    size_t covered = 0, above = 0, below = 0, usable = 0, covered_brier = 0, slopes = 0;
    double truth_brier = 0;
    for (size_t i = 0; i < n; i++) {
        truth += record[i].gain[m].estimate / (double)n;
        truth_brier += record[i].gain_brier[m].estimate / (double)n;
        apparent += record[i].apparent[m] / (double)n;
        simulation_tally(&auc, record[i].auc[m], true);
        usable += record[i].usable[m];
        if (!isnan(record[i].slope[m]))
            slope[slopes++] = record[i].slope[m];
    }
    for (size_t i = 0; i < n; i++) {
        const VgInference *g = &record[i].gain[m], *b = &record[i].gain_brier[m];
        bool hit = g->lower <= truth && truth <= g->upper;
        simulation_tally(&gain, g->estimate, hit);
        covered += hit;
        covered_brier += b->lower <= truth_brier && truth_brier <= b->upper;
        above += g->lower > 0;
        below += g->upper < 0;
    }
    double mean = auc.sum / (double)n, mean_gain = gain.sum / (double)n;
    double sd = sqrt(auc.square / (double)n - mean * mean);
    double sd_gain = sqrt(gain.square / (double)n - mean_gain * mean_gain);
    char rate[5][32];
    printf(
        "| %s | %s | %.4f (%.4f) | %.3f | %s | %.2f | %+.4f (%.4f) | %s | %s | %s | %s | %zu |\n",
        s->name, vg_prediction_model_label((VgPredictionModel)m), mean, sd / sqrt((double)n),
        apparent, simulation_rate(rate[0], usable, n), median(slope, slopes), mean_gain,
        sd_gain / sqrt((double)n), simulation_rate(rate[1], covered, n),
        simulation_rate(rate[2], covered_brier, n), simulation_rate(rate[3], above, n),
        simulation_rate(rate[4], below, n), n);
    fflush(stdout);
}

static void run_scenario(const Scenario *s, const Simulation *options)
{
    static Record record[MOST_TRIALS];
    All all = {record};
    VgError error = {0};
    size_t n = (size_t)(s->share * (double)options->replicates);
    const VgReplicate plan = {.count = n,
                              .seed = options->seed + (uint64_t)(s - SCENARIO),
                              .stream = VG_STREAM_SIMULATION,
                              .record_size = sizeof(Record),
                              .body = trial,
                              .merge = keep,
                              .context = s,
                              .total = &all,
                              .threads = options->threads};
    simulation_check(vg_replicate(&plan, &error), &error);
    for (size_t m = 0; m < (s->trap ? 1 : VG_PREDICT_MODELS); m++)
        print(s, record, n, m);
}

/* ---- which forest ---- */

enum { COLUMNS = 30, FRESH = 1000, MOST = 300, KINDS = 4, TRUTHS = 4 };

typedef struct Kind {
    const char *name;
    bool per_arm;
    VgForestOptions options;
} Kind;

static const Kind KIND[KINDS] = {
    {"**arm among the columns, leaves above 20 (taken)**",
     false,
     {.dishonest = true, .min_node_size = 20}},
    {"the same, leaves above 5", false, {.dishonest = true, .min_node_size = 5}},
    {"the same, honest, leaves above 5", false, {.min_node_size = 5}},
    {"a forest per arm, leaves above 10", true, {.dishonest = true, .min_node_size = 10}},
};

typedef struct Error {
    double of[TRUTHS][KINDS]; /* squared error of the probability */
} Error;

/* nothing; main effects; the arm's effect turns round with x2; a step. */
static double log_odds(size_t truth, const double *x, size_t stride, double arm)
{
    double a = arm - 0.5;
    switch (truth) {
    case 1:
        return 0.6 * x[0] + 0.8 * x[5 * stride] + 0.5 * a;
    case 2:
        return 0.5 * x[0] + 1.2 * a * x[stride];
    case 3:
        return 0.5 * x[0] + (x[5 * stride] > 0 && x[6 * stride] > 0 ? 1.5 : -0.5) + 0.5 * a;
    default:
        return 0;
    }
}

/* Grown on rows of `x`, arm in its last column (or rows of one arm), asked about fresh ones: adds their squared errors. */
static VgStatus grow(VgArena *scratch, const Kind *kind, uint64_t seed, VgMatrix x, double *event,
                     VgMatrix fresh, const double *truth, double *sum, VgError *error)
{
    VgForestOptions options = kind->options;
    options.trees = 300;
    options.group_size = 1;
    options.seed = seed;
    options.threads = 1;
    VgForestData data = {.x = x, .outcome = event};
    VgRandomForest *forest;
    VgForestPrediction said;
    VG_TRY(vg_forest_probability(scratch, &data, 2, &options, &forest, error));
    VG_TRY(vg_forest_predict(scratch, forest, fresh, false, &said, error));
    for (size_t i = 0; i < fresh.rows; i++)
        *sum += (VG_AT(said.estimate, i, 1) - truth[i]) * (VG_AT(said.estimate, i, 1) - truth[i]);
    return VG_OK;
}

/* Rows stand with arm 0 first: a forest per arm takes half of them. */
static VgStatus compare(size_t i, VgRandom random, VgArena *scratch, const void *context,
                        void *record, VgError *error)
{
    const size_t n = *(const size_t *)context;
    Error *out = record;
    double *x = VG_NEW(scratch, double, n *(COLUMNS + 1)), *y = VG_NEW(scratch, double, n);
    double *fresh = VG_NEW(scratch, double, FRESH *(COLUMNS + 1)),
           *truth = VG_NEW(scratch, double, FRESH);
    if (!x || !y || !fresh || !truth)
        return vg_fail_memory(error);
    for (size_t t = 0; t < TRUTHS; t++) {
        for (size_t k = 0; k < n * COLUMNS; k++)
            x[k] = vg_random_normal(&random);
        for (size_t k = 0; k < FRESH * COLUMNS; k++)
            fresh[k] = vg_random_normal(&random);
        for (size_t r = 0; r < n; r++) {
            double arm = x[r + COLUMNS * n] = r >= n / 2;
            y[r] = vg_random_uniform(&random) < 1 / (1 + exp(-log_odds(t, x + r, n, arm)));
        }
        for (size_t r = 0; r < FRESH; r++) {
            double arm = fresh[r + COLUMNS * FRESH] = r >= FRESH / 2;
            truth[r] = 1 / (1 + exp(-log_odds(t, fresh + r, FRESH, arm)));
        }
        for (size_t k = 0; k < KINDS; k++)
            for (size_t half = 0; half < (KIND[k].per_arm ? 2 : 1); half++) {
                size_t parts = KIND[k].per_arm ? 2 : 1, columns = COLUMNS + (parts == 1);
                VgMatrix mine = {x + half * n / 2, n / parts, columns, n};
                VgMatrix asked = {fresh + half * FRESH / 2, FRESH / parts, columns, FRESH};
                VgArenaMark mark = vg_arena_mark(scratch);
                VG_TRY(grow(scratch, &KIND[k], i, mine, y + half * n / 2, asked,
                            truth + half * FRESH / 2, &out->of[t][k], error));
                vg_arena_rewind(scratch, mark);
            }
    }
    return VG_OK;
}

static VgStatus add(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    for (size_t t = 0; t < TRUTHS; t++)
        for (size_t k = 0; k < KINDS; k++)
            ((Error *)total)->of[t][k] += ((const Error *)record)->of[t][k];
    return VG_OK;
}

static void compare_forests(const Simulation *options)
{
    static const size_t SIZE[] = {150, MOST};
    size_t n = options->replicates / 5;
    for (size_t s = 0; s < 2; s++) {
        Error sum = {0};
        VgError error = {0};
        const VgReplicate plan = {.count = n,
                                  .seed = options->seed + 100,
                                  .stream = VG_STREAM_SIMULATION,
                                  .record_size = sizeof(Error),
                                  .body = compare,
                                  .merge = add,
                                  .context = &SIZE[s],
                                  .total = &sum,
                                  .threads = options->threads};
        simulation_check(vg_replicate(&plan, &error), &error);
        for (size_t k = 0; k < KINDS; k++) {
            printf("| %zu | %s |", SIZE[s], KIND[k].name);
            for (size_t t = 0; t < TRUTHS; t++)
                printf(" %.2f |", 100 * sum.of[t][k] / (double)(n * FRESH));
            printf("\n");
        }
    }
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 100);
    if (options.replicates > MOST_TRIALS / 3 || options.replicates < 20) {
        fprintf(stderr, "replicates: 20 to %d\n", MOST_TRIALS / 3);
        return 2;
    }
    printf("| truth | model | AUC, nested | apparent | \"usable\" | slope, median | gain | covered "
           "| Brier gain covered | gain > 0 told | gain < 0 told | trials |\n"
           "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < SCENARIOS; k++)
        run_scenario(&SCENARIO[k], &options);
    printf("\nSquared error of a forest's probability, × 100, %zu trials of %d columns each:\n\n"
           "| n | forest | nothing | main effects | the arm's effect turns round | a step |\n"
           "|---|---|---|---|---|---|\n",
           options.replicates / 5, COLUMNS);
    compare_forests(&options);
    return 0;
}
