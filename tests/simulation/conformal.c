/* Coverage of individual intervals: of new people under one arm, by learner and method; of a trial's people under either arm; of
 * differences, whose truth a simulation knows.
 *
 * Two arms, six covariates N(0, 1), Y(0) = f(x) + σ(x) e0, Y(1) = Y(0) − 0.5 + 0.5 e1.
 *   linear:    f = x1 + 0.5 x2, σ = 1, e normal
 *   nonlinear: f = 2 |x1| + sin(2 x2), σ = 1
 *   unequal spread: f = x1, σ = 0.3 + |x1|
 *   heavy tail: f = x1, e of Student's t on 2 df
 *   discrete:  a scale 0 … 52 that many reach the floor of: the nearest whole number of 5 + 3 x1 + 4 e0, less 2 + 2 e1 under arm 1
 *   unequal propensities: the probability of arm 1 is 0.8 below x1 = 0 and 0.2 above; f = x1, σ = 0.3 + 1.5 · 1{x1 > 0}
 * Otherwise people are given arms in turn. */
#include <vagus/conformal.h>

#include "numeric/random.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { MOST = 500, P = 6, NEW = 50, TREES = 100, OUTER = 3, PENALTIES = 30 };

static const double LEVEL = 0.9;

typedef enum What {
    SPLIT_NET,
    SPLIT_FOREST,
    SPLIT_QUANTILES,
    CV_NET,
    CV_NORMALISED,
    CV_FOREST,
    CV_QUANTILES,
    JACKKNIFE,
    OTHER_ARM,
    OWN_ARM,
    DIFFERENCE_NEW,
    NO_WEIGHTS,
    WHATS
} What;
static const char *const NAME[WHATS] = {"split, elastic net",
                                        "split, forest",
                                        "split, quantile forest",
                                        "CV+, elastic net",
                                        "CV+, elastic net, normalised",
                                        "CV+, forest",
                                        "CV+, quantile forest",
                                        "jackknife+, elastic net",
                                        "trial: outcome under the other arm",
                                        "trial: outcome under the own arm",
                                        "trial: difference, new people",
                                        "(not offered) split without weights"};

typedef enum Truth {
    LINEAR,
    NONLINEAR,
    UNEQUAL_SPREAD,
    HEAVY_TAIL,
    DISCRETE,
    UNEQUAL_PROPENSITIES,
    TRUTHS
} Truth;
static const char *const TRUTH[TRUTHS] = {"linear",     "nonlinear", "unequal spread",
                                          "heavy tail", "discrete",  "unequal propensities"};

typedef struct Scenario {
    size_t n;
    Truth truth;
} Scenario;

/* Of one trial: share covered, and mean width of the intervals that have both ends. */
typedef struct Record {
    struct {
        double covered, people, width, finite;
    } of[WHATS];
} Record;

typedef struct People {
    size_t n;
    double x[MOST * P], y[2][MOST], e[2 * MOST];
    int32_t arm[MOST];
} People;

static double noise(Truth truth, VgRandom *random)
{
    double normal = vg_random_normal(random);
    if (truth != HEAVY_TAIL)
        return normal;
    return normal / sqrt(-log(vg_random_uniform(random))); /* χ² on 2 df over 2 is exponential */
}

static void draw(People *p, size_t n, Truth truth, VgRandom *random)
{
    p->n = n;
    for (size_t k = 0; k < n * P; k++)
        p->x[k] = vg_random_normal(random);
    for (size_t i = 0; i < n; i++) {
        double x1 = p->x[i], x2 = p->x[n + i];
        double f = truth == LINEAR      ? x1 + 0.5 * x2
                   : truth == NONLINEAR ? 2 * fabs(x1) + sin(2 * x2)
                                        : x1;
        double sigma = truth == UNEQUAL_SPREAD         ? 0.3 + fabs(x1)
                       : truth == UNEQUAL_PROPENSITIES ? 0.3 + 1.5 * (x1 > 0)
                                                       : 1;
        double e0 = noise(truth, random), e1 = vg_random_normal(random);
        double chance = truth == UNEQUAL_PROPENSITIES ? (x1 < 0 ? 0.8 : 0.2) : 0.5;
        double draw_arm = vg_random_uniform(random);
        p->y[0][i] = f + sigma * e0;
        p->y[1][i] = p->y[0][i] - 0.5 + 0.5 * e1;
        if (truth == DISCRETE) {
            p->y[0][i] = fmin(fmax(round(5 + 3 * x1 + 4 * e0), 0), 52);
            p->y[1][i] = fmin(fmax(round(5 + 3 * x1 + 4 * e0 - 2 + 2 * e1), 0), 52);
        }
        p->arm[i] = truth == UNEQUAL_PROPENSITIES ? draw_arm < chance : (int32_t)(i % 2);
        p->e[i] = 1 - chance;
        p->e[n + i] = chance;
    }
}

static void tally(Record *r, What what, double lower, double upper, double truth)
{
    r->of[what].people++;
    r->of[what].covered += lower <= truth && truth <= upper;
    if (isfinite(lower) && isfinite(upper)) {
        r->of[what].width += upper - lower;
        r->of[what].finite++;
    }
}

/* New people under arm 1, by one method. */
typedef struct Way {
    What what;
    VgConformalMethod method;
    VgOutcomeLearner learner;
    const void *context;
    bool without_weights;
} Way;

static VgConformalRange range_of(Truth truth)
{
    return truth == DISCRETE ? (VgConformalRange){true, 0, 52, 1} : (VgConformalRange){0};
}

static VgStatus one_way(const Way *way, const People *all, const People *fresh, Truth truth,
                        uint64_t seed, VgArena *scratch, Record *r, VgError *error)
{
    double x[MOST * P], y[MOST], weight[MOST], fresh_weight[NEW];
    size_t n = 0;
    VgConformalAnswer answer;
    for (size_t i = 0; i < all->n; i++)
        if (all->arm[i] == 1) {
            for (size_t j = 0; j < P; j++)
                x[n + j * MOST] = all->x[i + j * all->n];
            weight[n] = 1 / all->e[all->n + i];
            y[n++] = all->y[1][i];
        }
    for (size_t k = 0; k < NEW; k++)
        fresh_weight[k] = 1 / fresh->e[NEW + k];
    bool weighted = truth == UNEQUAL_PROPENSITIES && !way->without_weights;
    const VgConformalData data = {.x = {x, n, P, MOST}, .outcome = y};
    const VgConformalTarget target = {{(double *)fresh->x, NEW, P, NEW},
                                      weighted ? weight : NULL,
                                      weighted ? fresh_weight : NULL};
    const VgConformalOptions options = {.method = way->method,
                                        .learner = way->learner,
                                        .context = way->context,
                                        .level = &LEVEL,
                                        .n_levels = 1,
                                        .range = range_of(truth),
                                        .seed = seed};
    VG_TRY(vg_conformal(scratch, &data, &target, 1, &options, &answer, error));
    for (size_t k = 0; k < NEW; k++)
        tally(r, way->what, VG_AT(answer.target[0].lower, k, 0),
              VG_AT(answer.target[0].upper, k, 0), fresh->y[1][k]);
    return VG_OK;
}

static VgStatus all_ways(const People *all, const People *fresh, Truth truth, uint64_t seed,
                         VgArena *scratch, Record *r, VgError *error)
{
    const VgForestOptions trees = {
        .trees = TREES, .dishonest = true, .group_size = 1, .threads = 1};
    const VgConformalElasticNet net = {.options = {.ridge_share = 0.5, .n_lambda = PENALTIES},
                                       .threads = 1};
    const VgConformalElasticNet normalised = {
        .options = {.ridge_share = 0.5, .n_lambda = PENALTIES},
        .threads = 1,
        .score = VG_CONFORMAL_NORMALISED};
    const VgConformalForest forest = {.options = trees};
    const VgConformalForest quantiles = {
        .options = trees, .score = VG_CONFORMAL_QUANTILE, .alpha = 1 - LEVEL};
    const Way way[] = {
        {SPLIT_NET, VG_CONFORMAL_SPLIT, vg_conformal_elastic_net, &net, false},
        {SPLIT_FOREST, VG_CONFORMAL_SPLIT, vg_conformal_forest, &forest, false},
        {SPLIT_QUANTILES, VG_CONFORMAL_SPLIT, vg_conformal_forest, &quantiles, false},
        {CV_NET, VG_CONFORMAL_CV_PLUS, vg_conformal_elastic_net, &net, false},
        {CV_NORMALISED, VG_CONFORMAL_CV_PLUS, vg_conformal_elastic_net, &normalised, false},
        {CV_FOREST, VG_CONFORMAL_CV_PLUS, vg_conformal_forest, &forest, false},
        {CV_QUANTILES, VG_CONFORMAL_CV_PLUS, vg_conformal_forest, &quantiles, false},
        {JACKKNIFE, VG_CONFORMAL_JACKKNIFE_PLUS, vg_conformal_elastic_net, &net, false},
        {NO_WEIGHTS, VG_CONFORMAL_SPLIT, vg_conformal_elastic_net, &net, true}};
    for (size_t k = 0; k < sizeof way / sizeof *way; k++)
        if ((way[k].what != JACKKNIFE || all->n == 60) &&
            (way[k].what != NO_WEIGHTS || truth == UNEQUAL_PROPENSITIES)) {
            VgArenaMark mark = vg_arena_mark(scratch);
            VG_TRY(one_way(&way[k], all, fresh, truth, seed, scratch, r, error));
            vg_arena_rewind(scratch, mark);
        }
    return VG_OK;
}

static VgStatus whole_trial(const People *all, const People *fresh, Truth truth, uint64_t seed,
                            VgArena *scratch, Record *r, VgError *error)
{
    static const char *const ARM[] = {"0", "1"};
    const VgConformalElasticNet net = {.options = {.ridge_share = 0.5, .n_lambda = PENALTIES},
                                       .threads = 1};
    size_t n = all->n;
    double seen[MOST];
    for (size_t i = 0; i < n; i++)
        seen[i] = all->y[all->arm[i]][i];
    const VgConformalTrial trial = {.n = n,
                                    .arms = 2,
                                    .outcome = seen,
                                    .arm = all->arm,
                                    .x = {(double *)all->x, n, P, n},
                                    .propensity = {(double *)all->e, n, 2, n},
                                    .arm_name = ARM};
    const VgConformalNewPeople people = {{(double *)fresh->x, NEW, P, NEW},
                                         {(double *)fresh->e, NEW, 2, NEW}};
    const VgConformalOptions options = {.learner = vg_conformal_elastic_net,
                                        .context = &net,
                                        .level = &LEVEL,
                                        .n_levels = 1,
                                        .range = range_of(truth),
                                        .seed = seed};
    VgConformalOutcomes out;
    VG_TRY(vg_conformal_trial(scratch, &trial, &people, &options, OUTER, &out, error));
    const VgConformalPeople *p = &out.participants, *q = &out.new_people;
    for (size_t i = 0; i < n; i++) {
        for (size_t a = 0; a < 2; a++)
            tally(r, (size_t)all->arm[i] == a ? OWN_ARM : OTHER_ARM, VG_AT(p->lower, i, a),
                  VG_AT(p->upper, i, a), all->y[a][i]);
    }
    for (size_t k = 0; k < NEW; k++)
        tally(r, DIFFERENCE_NEW, q->difference_lower.data[k], q->difference_upper.data[k],
              fresh->y[1][k] - fresh->y[0][k]);
    return VG_OK;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record, VgError *error)
{
    const Scenario *s = context;
    People *all = VG_NEW(scratch, People, 2);
    if (!all)
        return vg_fail_memory(error);
    uint64_t seed = 1000 * (i + 1);
    draw(&all[0], s->n, s->truth, &random);
    draw(&all[1], NEW, s->truth, &random);
    VG_TRY(all_ways(&all[0], &all[1], s->truth, seed, scratch, record, error));
    return whole_trial(&all[0], &all[1], s->truth, seed, scratch, record, error);
}

typedef struct Total {
    struct {
        double trials, sum, square, width, finite, people;
    } of[WHATS];
} Total;

static VgStatus add(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    for (int k = 0; k < WHATS; k++)
        if (record->of[k].people > 0) {
            double share = record->of[k].covered / record->of[k].people;
            total->of[k].trials++;
            total->of[k].sum += share;
            total->of[k].square += share * share;
            total->of[k].width += record->of[k].width;
            total->of[k].finite += record->of[k].finite;
            total->of[k].people += record->of[k].people;
        }
    return VG_OK;
}

/* Bold: below the level by more than the Monte Carlo standard error. */
static void print_cell(const Total *total, int k)
{
    double trials = total->of[k].trials, mean = total->of[k].sum / trials;
    double error = sqrt(fmax(0, total->of[k].square / trials - mean * mean) / trials);
    double no_end = 1 - total->of[k].finite / total->of[k].people;
    const char *mark = mean < LEVEL - error ? "**" : "";
    if (trials == 0) {
        printf(" |");
        return;
    }
    printf(" %s%.4f%s (%.4f)", mark, mean, mark, error);
    if (total->of[k].finite > 0)
        printf("; %.2f", total->of[k].width / total->of[k].finite);
    if (no_end > 0)
        printf(", no end %.3g %%", 100 * no_end);
    printf(" |");
}

int main(int argc, char **argv)
{
    static const size_t SIZE[] = {60, 150, 500}, THIRDS[] = {3, 2, 1}; /* of the replicates */
    static Total total[TRUTHS];
    Simulation options = simulation_options(argc, argv, 300);
    for (size_t s = 0; s < sizeof SIZE / sizeof *SIZE; s++) {
        memset(total, 0, sizeof total);
        for (int t = 0; t < TRUTHS; t++) {
            const Scenario scenario = {SIZE[s], (Truth)t};
            VgReplicate plan = {.count = options.replicates * THIRDS[s] / 3,
                                .seed = options.seed,
                                .stream = VG_STREAM_SIMULATION,
                                .record_size = sizeof(Record),
                                .body = one_trial,
                                .merge = add,
                                .context = &scenario,
                                .total = &total[t],
                                .threads = options.threads};
            VgError error = {0};
            simulation_check(vg_replicate(&plan, &error), &error);
            fprintf(stderr, "%s, n = %zu done\n", TRUTH[t], SIZE[s]);
        }
        printf("%s**n = %zu** (%zu trials a column, seed %llu)\n\n| at 90 %% |", s ? "\n" : "",
               SIZE[s], options.replicates * THIRDS[s] / 3, options.seed);
        for (int t = 0; t < TRUTHS; t++)
            printf(" %s |", TRUTH[t]);
        printf("\n|---|--:|--:|--:|--:|--:|--:|\n");
        for (int k = 0; k < WHATS; k++) {
            printf("| %s |", NAME[k]);
            for (int t = 0; t < TRUTHS; t++)
                print_cell(&total[t], k);
            printf("\n");
        }
    }
    return 0;
}
