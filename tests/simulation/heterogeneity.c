/* Tests for heterogeneity and the rule for recommending a policy: how often they err where everybody benefits alike, and what they
 * find where benefit differs.
 *
 * Two arms 1 : 1, six covariates N(0, 1). Y = x1 + 0.5 x3 + W τ(x) + σ(W, x) e.
 *   none:       τ = 0, σ = 1
 *   unequal:    τ = 0.3, σ = (1 + 0.5 W)(0.7 + 0.3 |x2|): spread differs by arm and person, the effect does not
 *   moderator:  τ = 0.2 + 0.5 x2, σ = 1
 * Ŷ and τ̂ are cross-fitted ridge regressions; the propensity is known. Everything goes through the public functions; only the two
 * naive priorities are passed off as made from other people.
 *
 * With --learner forest τ̂ is a causal forest's, and only what uses it is looked at: its omnibus test, calibration, the policy. The omnibus test
 * has 19 permutations then: it rejects when the trial's statistic is the largest of 20, at 5 % as with any number. */
#include <vagus/effect_forest.h>
#include <vagus/moderators.h>
#include <vagus/policy.h>

#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 500, P = 6, PERMUTATIONS = 99, HALVES = 100, DEALS = 5, SPLITS = 20 };
enum { FOREST_TREES = 100, FOREST_PERMUTATIONS = 19 };

typedef enum What {
    INTERACTIONS,
    INTERACTIONS_JOINT,
    PROJECTION,
    CALIBRATION,
    OMNIBUS,
    OMNIBUS_LEARNER,
    RANKS,
    SEQUENTIAL,
    CURVE,
    BAND,
    SUBGROUP,
    POLICY,
    AVERAGE,
    NAIVE_IN_SAMPLE,
    NAIVE_FOLDS,
    WHATS
} What;
static const char *const NAME[WHATS] = {"interaction tests, any (Holm)",
                                        "all interactions jointly, F",
                                        "best linear projection, F",
                                        "calibration, one-sided",
                                        "omnibus, largest t (99 permutations)",
                                        "omnibus, learner (99 permutations)",
                                        "AUTOC cross-fitted in two folds, one-sided",
                                        "sequential validation",
                                        "effect curve over x2",
                                        "simultaneous band misses the curve",
                                        "subgroup in the other half",
                                        "**policy recommended**",
                                        "interval of the average effect misses it",
                                        "(refused) AUTOC, ranks in sample",
                                        "(not offered) AUTOC, five folds as if independent"};

typedef enum Truth { NONE, UNEQUAL, MODERATOR } Truth;
static const char *const TRUTH[] = {"none", "unequal", "moderator"};

typedef struct Scenario {
    size_t n;
    Truth truth;
    size_t share; /* of the replicates asked for: 1/share */
    bool forest;
} Scenario;

typedef struct Record {
    bool hit[WHATS];
} Record;

typedef struct Trial {
    size_t n;
    VgEffectLearner learner;
    const void *context;
    double x[MOST * P], y[MOST], effect[MOST], y_left[MOST], w_left[MOST], propensity[2 * MOST];
    double y_hat[MOST], tau_hat[MOST];
    int32_t arm[MOST];
    VgEffectSample sample;
    VgPriority priority;
    VgScores scores;
} Trial;

static void draw(Trial *t, const Scenario *s, VgRandom *random)
{
    size_t n = t->n = s->n;
    for (size_t k = 0; k < n * P; k++)
        t->x[k] = vg_random_normal(random);
    for (size_t i = 0; i < n; i++) {
        double x1 = t->x[i], x2 = t->x[n + i], x3 = t->x[2 * n + i], w = (double)(i % 2);
        double sigma = s->truth == UNEQUAL ? (1 + 0.5 * w) * (0.7 + 0.3 * fabs(x2)) : 1;
        t->arm[i] = (int32_t)(i % 2);
        t->effect[i] = s->truth == NONE ? 0 : s->truth == UNEQUAL ? 0.3 : 0.2 + 0.5 * x2;
        t->y[i] = x1 + 0.5 * x3 + w * t->effect[i] + sigma * vg_random_normal(random);
        t->propensity[i] = t->propensity[n + i] = 0.5;
    }
}

/* Ŷ by ridge regression of Y on x: the learner of effects with everybody "treated" by 1. */
static VgStatus predict(Trial *t, uint64_t seed, VgArena *scratch, VgError *error)
{
    size_t n = t->n;
    VgPriority outcome;
    for (size_t i = 0; i < n; i++)
        t->w_left[i] = 1;
    t->sample =
        (VgEffectSample){.x = {t->x, n, P, n}, .outcome_left = t->y, .treatment_left = t->w_left};
    VG_TRY(vg_cross_fit(scratch, &t->sample, vg_linear_effects, NULL, 5, seed, &outcome, error));
    for (size_t i = 0; i < n; i++) {
        t->y_hat[i] = outcome.value[i];
        t->y_left[i] = t->y[i] - outcome.value[i];
        t->w_left[i] = t->arm[i] - 0.5;
    }
    t->sample.outcome_left = t->y_left;
    VG_TRY(vg_cross_fit(scratch, &t->sample, t->learner, t->context, 5, seed + 1, &t->priority,
                        error));
    for (size_t i = 0; i < n; i++)
        t->tau_hat[i] = t->priority.value[i];
    const VgScoreData data = {n,
                              2,
                              t->y,
                              t->arm,
                              {t->propensity, n, 2, n},
                              t->y_hat,
                              {t->tau_hat, n, 1, n},
                              VG_PREDICTION_CROSS_FITTED};
    return vg_scores(scratch, &data, &t->scores, error);
}

static VgStatus test_moderators(const Trial *t, VgArena *scratch, Record *r, VgError *error)
{
    static const char *const X[P] = {"x1", "x2", "x3", "x4", "x5", "x6"};
    const double *score = t->scores.contrast.data;
    VgModeratorData data = {.n = t->n,
                            .arms = 2,
                            .outcome = t->y,
                            .arm = t->arm,
                            .covariates = t->sample.x,
                            .moderators = t->sample.x,
                            .moderator_name = X};
    VgInteractions all;
    VG_TRY(vg_interaction_tests(scratch, &data, VG_ADJUST_HOLM, 0.95, &all, error));
    for (size_t k = 0; k < all.n_interactions; k++)
        r->hit[INTERACTIONS] |= all.interaction[k].p_adjusted <= 0.05;
    r->hit[INTERACTIONS_JOINT] = all.all.p <= 0.05;
    VgLm *fit;
    VgJointTest joint;
    VG_TRY(vg_best_linear_projection(scratch, score, t->sample.x, X, (VgClusters){0}, &fit, &joint,
                                     error));
    r->hit[PROJECTION] = joint.p <= 0.05;
    return VG_OK;
}

static VgStatus test_predictions(const Trial *t, VgArena *scratch, Record *r, VgError *error)
{
    VgInference average;
    double mean = 0;
    for (size_t i = 0; i < t->n; i++)
        mean += t->effect[i] / (double)t->n;
    VG_TRY(vg_average_effect(scratch, t->n, t->scores.contrast.data, (VgClusters){0}, 0.95,
                             &average, error));
    r->hit[AVERAGE] = mean < average.lower || mean > average.upper;
    VgCalibration calibration;
    VG_TRY(vg_calibration_test(scratch, t->n, t->y_left, t->w_left, t->tau_hat,
                               VG_PREDICTION_CROSS_FITTED, (VgClusters){0}, 0.95, &calibration,
                               error));
    r->hit[CALIBRATION] = calibration.p <= 0.05;
    return VG_OK;
}

static VgStatus test_omnibus(const Trial *t, uint64_t seed, VgArena *scratch, Record *r,
                             VgError *error)
{
    VgOmnibus omnibus;
    VgOmnibusOptions options = {.permutations = PERMUTATIONS, .seed = seed, .threads = 1};
    VG_TRY(vg_omnibus_test(scratch, &t->sample, &options, &omnibus, error));
    r->hit[OMNIBUS] = omnibus.p <= 0.05;
    return VG_OK;
}

static VgStatus test_learner(const Trial *t, size_t permutations, uint64_t seed, VgArena *scratch,
                             Record *r, VgError *error)
{
    VgOmnibus omnibus;
    VgOmnibusOptions options = {.learner = t->learner,
                                .context = t->context,
                                .permutations = permutations,
                                .seed = seed,
                                .threads = 1};
    VG_TRY(vg_omnibus_test(scratch, &t->sample, &options, &omnibus, error));
    r->hit[OMNIBUS_LEARNER] = omnibus.p <= 0.05;
    return VG_OK;
}

/* The mean of five folds' AUTOC over the standard error that it would have were they independent. */
static VgStatus naive_folds(const Trial *t, const VgRankOptions *options, VgArena *scratch,
                            Record *r, VgError *error)
{
    double sum = 0, variance = 0;
    for (int32_t f = 0; f < 5; f++) {
        double score[MOST], value[MOST];
        size_t n = 0;
        for (size_t i = 0; i < t->n; i++)
            if (t->priority.fold[i] == f) {
                score[n] = t->scores.contrast.data[i];
                value[n++] = t->tau_hat[i];
            }
        VgRankEffects ranks;
        VgPriority priority = {.value = value, .source = VG_PREDICTION_OTHER_PEOPLE};
        VG_TRY(
            vg_rank_effects(scratch, n, score, &priority, (VgClusters){0}, options, &ranks, error));
        sum += ranks.autoc.estimate;
        variance += ranks.autoc.se * ranks.autoc.se;
    }
    r->hit[NAIVE_FOLDS] = sum > 1.6448536269514722 * sqrt(variance);
    return VG_OK;
}

/* What the library refuses, under a false name. */
static VgStatus naive_ranks(const Trial *t, const VgRankOptions *options, VgArena *scratch,
                            Record *r, VgError *error)
{
    size_t *everybody = VG_NEW(scratch, size_t, t->n);
    double *effect = VG_NEW(scratch, double, t->n);
    if (!everybody || !effect)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++)
        everybody[i] = i;
    VG_TRY(vg_linear_effects(&t->sample, everybody, t->n, everybody, t->n, 0, scratch, NULL, effect,
                             error));
    VgRankEffects ranks;
    VgPriority priority = {.value = effect, .source = VG_PREDICTION_OTHER_PEOPLE};
    VG_TRY(vg_rank_effects(scratch, t->n, t->scores.contrast.data, &priority, (VgClusters){0},
                           options, &ranks, error));
    r->hit[NAIVE_IN_SAMPLE] = ranks.p_autoc <= 0.05;
    return naive_folds(t, options, scratch, r, error);
}

static VgStatus test_ranks(const Trial *t, uint64_t seed, VgArena *scratch, Record *r,
                           VgError *error)
{
    VgRankOptions options = {.draws = HALVES, .seed = seed, .threads = 1};
    VgRankEffects ranks;
    VgSequential sequential;
    const double *score = t->scores.contrast.data;
    VgPriority halves;
    VG_TRY(vg_cross_fit(scratch, &t->sample, vg_linear_effects, NULL, 2, seed, &halves, error));
    VG_TRY(
        vg_rank_effects(scratch, t->n, score, &halves, (VgClusters){0}, &options, &ranks, error));
    r->hit[RANKS] = ranks.p_autoc <= 0.05;
    VG_TRY(vg_sequential_validation(scratch, &t->sample, score, vg_linear_effects, NULL, 5, seed,
                                    &sequential, error));
    r->hit[SEQUENTIAL] = sequential.p <= 0.05;
    return naive_ranks(t, &options, scratch, r, error);
}

static VgStatus test_curve(const Trial *t, uint64_t seed, VgArena *scratch, Record *r,
                           VgError *error)
{
    VgEffectCurve curve;
    VgCurveOptions options = {.draws = 500, .seed = seed, .threads = 1};
    const double *x2 = t->x + t->n;
    VG_TRY(vg_effect_curve(scratch, t->n, t->scores.contrast.data, x2, (VgClusters){0}, &options,
                           &curve, error));
    r->hit[CURVE] = curve.p <= 0.05;
    for (size_t w = 0; w < curve.windows; w++) {
        double sum = 0, held = 0;
        for (size_t i = 0; i < t->n; i++)
            if (x2[i] >= curve.low[w] && x2[i] <= curve.high[w]) {
                sum += t->effect[i];
                held++;
            }
        r->hit[BAND] |= sum / held < curve.band_lower[w] || sum / held > curve.band_upper[w];
    }
    VgSubgroup subgroup;
    VgSubgroupOptions search = {.splits = SPLITS, .seed = seed, .threads = 1};
    VG_TRY(vg_subgroup(scratch, t->scores.contrast.data, t->sample.x, &search, &subgroup, error));
    r->hit[SUBGROUP] = subgroup.difference.p <= 0.05;
    return VG_OK;
}

static VgStatus test_policy(const Trial *t, uint64_t seed, VgArena *scratch, Record *r,
                            VgError *error)
{
    VgPolicyValue value;
    VgPolicyData data = {.features = t->sample.x, .rewards = t->scores.reward};
    VgPolicyValueOptions options = {
        .deals = DEALS,
        .seed = seed,
        .tree = {.depth = 2, .min_leaf = 15, .max_cuts = 30, .threads = 1}};
    VG_TRY(vg_policy_value(scratch, &data, &options, &value, error));
    r->hit[POLICY] = value.verdict == VG_POLICY_RECOMMENDED;
    return VG_OK;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    static const VgForestLearner forest = {.options = {.trees = FOREST_TREES, .threads = 1}};
    const Scenario *scenario = context;
    Trial *t = VG_NEW(scratch, Trial, 1);
    if (!t)
        return vg_fail_memory(error);
    uint64_t seed = 1000 * (i + 1);
    t->learner = scenario->forest ? vg_forest_learner : vg_linear_effects;
    t->context = scenario->forest ? &forest : NULL;
    draw(t, scenario, &random);
    VG_TRY(predict(t, seed, scratch, error));
    VG_TRY(test_predictions(t, scratch, record, error));
    VG_TRY(test_learner(t, scenario->forest ? FOREST_PERMUTATIONS : PERMUTATIONS, seed, scratch,
                        record, error));
    VG_TRY(test_policy(t, seed, scratch, record, error));
    if (scenario->forest)
        return VG_OK;
    VG_TRY(test_moderators(t, scratch, record, error));
    VG_TRY(test_omnibus(t, seed, scratch, record, error));
    VG_TRY(test_ranks(t, seed, scratch, record, error));
    return test_curve(t, seed, scratch, record, error);
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    size_t *total = total_;
    for (int k = 0; k < WHATS; k++)
        total[k] += record->hit[k];
    return VG_OK;
}

/* --learner forest (or linear), taken out of the command line. */
static bool asks_for_forest(int *argc, char **argv)
{
    bool forest = false;
    for (int i = 1; i + 1 < *argc; i += 2) {
        if (strcmp(argv[i], "--learner") != 0)
            continue;
        forest = strcmp(argv[i + 1], "forest") == 0;
        if (!forest && strcmp(argv[i + 1], "linear") != 0) {
            fprintf(stderr, "--learner is linear or forest\n");
            exit(2);
        }
        memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 1) * sizeof *argv);
        *argc -= 2;
        i -= 2;
    }
    return forest;
}

static void print_table(const Scenario *scenario, size_t scenarios, const size_t *trials,
                        char cell[][WHATS][32])
{
    static const What OF_FOREST[] = {CALIBRATION, OMNIBUS_LEARNER, POLICY, AVERAGE};
    bool forest = scenario->forest;
    printf("Trials: ");
    for (size_t k = 0; k < scenarios; k++)
        printf("%s%zu (%s, n = %zu)", k ? ", " : "", trials[k], TRUTH[scenario[k].truth],
               scenario[k].n);
    printf(".\n\n| at 5 %% |");
    for (size_t k = 0; k < scenarios; k++)
        printf(" %s, n = %zu |", TRUTH[scenario[k].truth], scenario[k].n);
    printf("\n|---|");
    for (size_t k = 0; k < scenarios; k++)
        printf("--:|");
    for (int row = 0; row < (forest ? (int)(sizeof OF_FOREST / sizeof *OF_FOREST) : WHATS); row++) {
        int w = forest ? (int)OF_FOREST[row] : row;
        printf("\n| %s |",
               forest && w == OMNIBUS_LEARNER ? "omnibus, forest (19 permutations)" : NAME[w]);
        for (size_t k = 0; k < scenarios; k++)
            printf(" %s |", cell[k][w]);
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    static const Scenario LINEAR[] = {{150, NONE, 1, false},       {500, NONE, 1, false},
                                      {150, UNEQUAL, 4, false},    {500, UNEQUAL, 4, false},
                                      {150, MODERATOR, 10, false}, {500, MODERATOR, 10, false}};
    static const Scenario FOREST[] = {{150, NONE, 1, true}, {500, NONE, 1, true}};
    enum { MOST_SCENARIOS = sizeof LINEAR / sizeof *LINEAR };
    bool forest = asks_for_forest(&argc, argv);
    Simulation options = simulation_options(argc, argv, 400);
    const Scenario *scenario = forest ? FOREST : LINEAR;
    size_t scenarios = forest ? sizeof FOREST / sizeof *FOREST : MOST_SCENARIOS;
    size_t trials[MOST_SCENARIOS];
    static char cell[MOST_SCENARIOS][WHATS][32];
    for (size_t k = 0; k < scenarios; k++) {
        size_t total[WHATS] = {0};
        trials[k] = options.replicates / scenario[k].share;
        VgReplicate plan = {.count = trials[k],
                            .seed = options.seed,
                            .stream = VG_STREAM_SIMULATION,
                            .record_size = sizeof(Record),
                            .body = one_trial,
                            .merge = count,
                            .context = &scenario[k],
                            .total = total,
                            .threads = options.threads};
        VgError error = {0};
        simulation_check(vg_replicate(&plan, &error), &error);
        for (int w = 0; w < WHATS; w++)
            simulation_rate(cell[k][w], total[w], plan.count);
        fprintf(stderr, "%s, n = %zu: %zu trials done; recommended %s\n", TRUTH[scenario[k].truth],
                scenario[k].n, plan.count, cell[k][POLICY]);
    }
    printf("Share of trials, Monte Carlo standard errors in brackets; seed %llu. ", options.seed);
    print_table(scenario, scenarios, trials, cell);
    return 0;
}
