/* Type I error of the MMRM contrast at the last visit when there is no effect, with dropout that
 * depends on the last observed value (missing at random).
 *
 * Two arms of equal size, baseline B ~ N(24, 4²), five visits y_j = 24 − 2.2 j + 0.5 (B − 24) +
 * e_j, e ~ N(0, S), SD 4.5, 5.5, 6, 6.5, 7, correlation 0.75^|j−k|; no difference between the arms.
 * Before visits 2 … 5 a participant leaves with probability expit(−3.08 + 0.8 z), z the
 * standardised last observed value (those who do badly leave): about 20 % are gone at the last
 * visit. Model: y ~ arm*visit + baseline*visit, unstructured, REML. A fit that fails counts among
 * the trials as one that does not reject. Under the null the interval covers 0 exactly when the
 * test does not reject.
 */
#include <vagus/mmrm.h>

#include "numeric/distributions.h"
#include "numeric/replicate.h"
#include "simulation.h"

enum { VISITS = 5, COLUMNS = 15, SCENARIOS = 4 };

typedef struct Scenario {
    size_t n;
    const char *dropout;
    double intercept, slope; /* of dropout: logit per visit, by the standardised last value */
    double cholesky[VISITS][VISITS];
    double sd[VISITS];
} Scenario;

typedef struct Record {
    VgStatus status;
    double estimate, se_kr, se_linear, se_model, df, left;
    bool rejected_kr, rejected_linear, rejected_satterthwaite, covered_kr;
} Record;

typedef struct Total {
    size_t fitted, no_convergence, not_estimable;
    size_t rejected_kr, rejected_linear, rejected_satterthwaite, covered_kr;
    double sum, squares, se_kr, se_linear, se_model, df, left;
} Total;

static void set_covariance(Scenario *scenario)
{
    static const double SD[VISITS] = {4.5, 5.5, 6, 6.5, 7};
    memset(scenario->cholesky, 0, sizeof scenario->cholesky);
    for (int j = 0; j < VISITS; j++)
        for (int k = 0; k <= j; k++) {
            double sum = SD[j] * SD[k] * pow(0.75, j - k);
            for (int l = 0; l < k; l++)
                sum -= scenario->cholesky[j][l] * scenario->cholesky[k][l];
            scenario->cholesky[j][k] = j == k ? sqrt(sum) : sum / scenario->cholesky[k][k];
        }
    for (int j = 0; j < VISITS; j++) /* with what the baseline adds */
        scenario->sd[j] = hypot(SD[j], 0.5 * 4);
}

typedef struct Trial {
    size_t rows;
    double *x, *y; /* x: capacity × COLUMNS, column-major with stride = capacity */
    int32_t *subject, *visit;
    size_t capacity, left;
} Trial;

static void add_row(Trial *trial, size_t subject, int visit, double arm, double baseline, double y)
{
    size_t r = trial->rows++;
    double *x = trial->x + r;
    size_t stride = trial->capacity;
    x[0] = 1;
    x[stride] = arm;
    x[2 * stride] = baseline;
    if (visit > 0) {
        x[(size_t)(2 + visit) * stride] = 1;
        x[(size_t)(6 + visit) * stride] = arm;
        x[(size_t)(10 + visit) * stride] = baseline;
    }
    trial->y[r] = y;
    trial->subject[r] = (int32_t)subject;
    trial->visit[r] = visit;
}

static void add_participant(Trial *trial, const Scenario *scenario, VgRandom random, size_t subject,
                            double arm)
{
    double baseline = 4 * vg_random_normal(&random), noise[VISITS], last = 0;
    for (int j = 0; j < VISITS; j++)
        noise[j] = vg_random_normal(&random);
    for (int j = 0; j < VISITS; j++) {
        double stays = vg_random_uniform(&random);
        if (j > 0 && stays < 1 / (1 + exp(-scenario->intercept - scenario->slope * last))) {
            trial->left++;
            return;
        }
        double deviation = 0.5 * baseline;
        for (int k = 0; k <= j; k++)
            deviation += scenario->cholesky[j][k] * noise[k];
        last = deviation / scenario->sd[j];
        add_row(trial, subject, j, arm, baseline, 24 - 2.2 * (j + 1) + deviation);
    }
}

static VgStatus make_trial(const Scenario *scenario, VgRandom random, VgArena *scratch,
                           Trial *trial, VgError *error)
{
    size_t n = scenario->n, capacity = n * VISITS;
    *trial = (Trial){.capacity = capacity};
    trial->x = VG_NEW(scratch, double, capacity *COLUMNS);
    trial->y = VG_NEW(scratch, double, capacity);
    trial->subject = VG_NEW(scratch, int32_t, capacity);
    trial->visit = VG_NEW(scratch, int32_t, capacity);
    if (!trial->x || !trial->y || !trial->subject || !trial->visit)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        add_participant(trial, scenario, vg_random_unit(&random, (uint32_t)k + 1), k,
                        (double)(k % 2));
    return VG_OK;
}

/* `fit` by Kenward–Roger, `linear` by its linear variant: the same optimum, another covariance of
 * the estimates. */
static void answer(const VgMmrmFit *fit, const VgMmrmFit *linear, Record *record)
{
    double contrast[COLUMNS] = {0};
    contrast[1] = contrast[6 + VISITS - 1] = 1; /* arm + arm:visit5 */
    VgInference kr, kr_linear;
    VgError error;
    record->status = vg_mmrm_contrast(fit, contrast, .95, &kr, &error);
    if (record->status == VG_OK)
        record->status = vg_mmrm_contrast(linear, contrast, .95, &kr_linear, &error);
    if (record->status != VG_OK)
        return;
    double variance = 0;
    for (size_t a = 0; a < COLUMNS; a++)
        for (size_t b = 0; b < COLUMNS; b++)
            variance += contrast[a] * contrast[b] * VG_AT(fit->vcov_model, a, b);
    record->estimate = kr.estimate;
    record->se_kr = kr.se;
    record->se_linear = kr_linear.se;
    record->se_model = sqrt(variance);
    record->df = kr.df; /* for one contrast Kenward–Roger's df is Satterthwaite's */
    record->rejected_kr = kr.p <= .05;
    record->rejected_linear = kr_linear.p <= .05;
    record->covered_kr = kr.lower <= 0 && 0 <= kr.upper;
    record->rejected_satterthwaite = vg_t_two_sided(kr.estimate / record->se_model, kr.df) <= .05;
}

static VgStatus one_trial(size_t i, VgRandom random, VgArena *scratch, const void *context,
                          void *record_, VgError *error)
{
    (void)i;
    const Scenario *scenario = context;
    Record *record = record_;
    Trial trial;
    VG_TRY(make_trial(scenario, random, scratch, &trial, error));
    record->left = (double)trial.left / (double)scenario->n;
    VgMmrmData data = {
        .n_rows = trial.rows,
        .x = {trial.x, trial.rows, COLUMNS, trial.capacity},
        .y = trial.y,
        .subject = trial.subject,
        .visit = trial.visit,
        .n_subjects = scenario->n,
        .n_visits = VISITS,
        .n_groups = 1,
    };
    VgMmrmOptions options = {.df = VG_DF_KENWARD_ROGER};
    VgMmrmFit fit, linear;
    VgError ignored;
    record->status = vg_mmrm_fit(scratch, &data, &options, &fit, &ignored);
    options.df = VG_DF_KENWARD_ROGER_LINEAR;
    if (record->status == VG_OK)
        record->status = vg_mmrm_fit(scratch, &data, &options, &linear, &ignored);
    if (record->status == VG_OK)
        answer(&fit, &linear, record);
    if (record->status != VG_OK && record->status != VG_NO_CONVERGENCE &&
        record->status != VG_NOT_ESTIMABLE)
        return vg_fail(error, record->status, "%s", "this is no property of the data",
                       ignored.message);
    return VG_OK;
}

static VgStatus count(size_t i, const void *record_, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    const Record *record = record_;
    Total *total = total_;
    total->left += record->left;
    total->no_convergence += record->status == VG_NO_CONVERGENCE;
    total->not_estimable += record->status == VG_NOT_ESTIMABLE;
    if (record->status != VG_OK)
        return VG_OK;
    total->fitted++;
    total->rejected_kr += record->rejected_kr;
    total->rejected_satterthwaite += record->rejected_satterthwaite;
    total->rejected_linear += record->rejected_linear;
    total->covered_kr += record->covered_kr;
    total->sum += record->estimate;
    total->squares += record->estimate * record->estimate;
    total->se_kr += record->se_kr;
    total->se_linear += record->se_linear;
    total->se_model += record->se_model;
    total->df += record->df;
    return VG_OK;
}

static void print_estimates(const Scenario *scenario, const Total *total, size_t replicates)
{
    double fitted = (double)total->fitted, mean = total->sum / fitted;
    double sd = sqrt((total->squares - fitted * mean * mean) / (fitted - 1));
    printf("| %zu | %s | %.1f %% | %zu | %zu | %.4f (%.4f) | %.4f (%.4f) | %.4f | %.4f | %.4f | "
           "%.1f |\n",
           scenario->n, scenario->dropout, 100 * total->left / (double)replicates,
           total->no_convergence, total->not_estimable, mean, sd / sqrt(fitted), sd,
           sd / sqrt(2 * (fitted - 1)), total->se_model / fitted, total->se_kr / fitted,
           total->se_linear / fitted, total->df / fitted);
}

static void print_rates(const Scenario *scenario, const Total *total, size_t replicates)
{
    char text[4][32];
    printf("| %zu | %s | %s | %s | %s | %s |\n", scenario->n, scenario->dropout,
           simulation_rate(text[0], total->rejected_kr, replicates),
           simulation_rate(text[1], total->covered_kr, replicates),
           simulation_rate(text[2], total->rejected_linear, replicates),
           simulation_rate(text[3], total->rejected_satterthwaite, replicates));
}

static Total simulate(const Scenario *scenario, const Simulation *options)
{
    Total total = {0};
    VgReplicate plan = {.count = options->replicates,
                        .seed = options->seed,
                        .stream = VG_STREAM_SIMULATION,
                        .record_size = sizeof(Record),
                        .body = one_trial,
                        .merge = count,
                        .context = scenario,
                        .total = &total,
                        .threads = options->threads};
    VgError error = {0};
    simulation_check(vg_replicate(&plan, &error), &error);
    return total;
}

int main(int argc, char **argv)
{
    Simulation options = simulation_options(argc, argv, 10000);
    Scenario scenario[SCENARIOS] = {
        {.n = 40, .dropout = "MAR", .intercept = -3.08, .slope = 0.8},
        {.n = 200, .dropout = "MAR", .intercept = -3.08, .slope = 0.8},
        {.n = 40, .dropout = "MCAR", .intercept = -2.86, .slope = 0},
        {.n = 200, .dropout = "MCAR", .intercept = -2.86, .slope = 0},
    };
    Total total[SCENARIOS];
    for (int s = 0; s < SCENARIOS; s++) {
        set_covariance(&scenario[s]);
        total[s] = simulate(&scenario[s], &options);
    }
    printf("%zu null trials a row, seed %llu; Monte Carlo standard errors in brackets.\n\n",
           options.replicates, options.seed);
    printf("| n | dropout | type I, Kenward–Roger | coverage, Kenward–Roger | type I, "
           "Kenward–Roger linear | "
           "type I, Satterthwaite |\n|--:|:--|--:|--:|--:|--:|\n");
    for (int s = 0; s < SCENARIOS; s++)
        print_rates(&scenario[s], &total[s], options.replicates);
    printf("\n| n | dropout | gone at visit 5 | not converged | not estimable | mean estimate | "
           "empirical SE | "
           "mean SE, model | mean SE, Kenward–Roger | mean SE, linear | mean df |\n"
           "|--:|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (int s = 0; s < SCENARIOS; s++)
        print_estimates(&scenario[s], &total[s], options.replicates);
    return 0;
}
