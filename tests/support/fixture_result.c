/* The estimates here are plain means and t intervals of the simulated numbers: enough for pages and
 * files to be tested on, and no witness of any method. */
#include "support/fixture_result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <Rmath.h>

enum { PEOPLE = 100, VISITS = 5, ARMS = 2 };

static const char *const ARM[ARMS] = {"usual_care", "both"};
static const char *const VISIT[VISITS] = {"baseline", "m2", "m3", "m5", "m8"};
static const char *const VISIT_LABEL[VISITS] = {"Baseline", "2 months", "3 months", "5 months",
                                                "8 months"};
static const double DAY[VISITS] = {0, 61, 91, 152, 244};

typedef struct World {
    double score[PEOPLE][VISITS]; /* NaN = not seen */
    int arm[PEOPLE];
    double age[PEOPLE];
    int woman[PEOPLE];
    uint64_t state;
} World;

static double uniform(World *world)
{
    world->state = world->state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(world->state >> 33) + 0.5) / 2147483648.0;
}

static double normal(World *world)
{
    return qnorm5(uniform(world), 0, 1, 1, 0);
}

static void simulate(World *world, double shift)
{
    for (int i = 0; i < PEOPLE; i++) {
        world->arm[i] = i % 2;
        world->age[i] = floor(18 + 50 * uniform(world));
        world->woman[i] = uniform(world) < 0.68;
        double person = 7 * normal(world), noise = normal(world);
        int leaves = VISITS;
        for (int j = 0; j < VISITS; j++) {
            noise = 0.6 * noise + 0.8 * normal(world);
            double mean = 24 - 5.5 * (1 - exp(-DAY[j] / 80)) +
                          (world->arm[i] ? shift * (1 - exp(-DAY[j] / 60)) : 0);
            double value = round(mean + person + 5 * noise);
            value = fmax(j ? 0 : 14, fmin(63, value));
            if (j > 0 && leaves == VISITS && uniform(world) < 0.09)
                leaves = j;
            world->score[i][j] = j < leaves ? value : NAN;
        }
    }
}

typedef struct Summary {
    double n, mean, sd;
} Summary;

static Summary summary(const World *world, int arm, int visit, bool change)
{
    double n = 0, sum = 0, squares = 0;
    for (int i = 0; i < PEOPLE; i++) {
        double x = world->score[i][visit] - (change ? world->score[i][0] : 0);
        if ((arm >= 0 && world->arm[i] != arm) || isnan(x))
            continue;
        n++;
        sum += x;
        squares += x * x;
    }
    double mean = sum / n;
    return (Summary){n, mean, sqrt((squares - n * mean * mean) / (n - 1))};
}

static void lsmean(VgResult *r, const World *world, const char *analysis, int visit, int arm)
{
    Summary s = summary(world, arm, visit, true);
    VgEstimate row = vg_estimate_blank();
    row.analysis = analysis;
    row.quantity = "lsmean";
    row.outcome = "bdi";
    row.visit = VISIT[visit];
    row.arm = ARM[arm];
    row.unit = "points";
    row.note = "margins: observed";
    row.estimate = s.mean;
    row.se = s.sd / sqrt(s.n);
    row.df = s.n - 1;
    row.lower = row.estimate - qt(0.975, row.df, 1, 0) * row.se;
    row.upper = row.estimate + qt(0.975, row.df, 1, 0) * row.se;
    row.n = s.n;
    vg_result_estimate(r, &row);
}

static VgEstimate contrast(const World *world, const char *analysis, int visit, double widen)
{
    Summary a = summary(world, 1, visit, true), b = summary(world, 0, visit, true);
    VgEstimate row = vg_estimate_blank();
    row.analysis = analysis;
    row.quantity = "contrast";
    row.outcome = "bdi";
    row.visit = VISIT[visit];
    row.arm = ARM[1];
    row.reference = ARM[0];
    row.unit = "points";
    row.estimate = a.mean - b.mean;
    row.se = widen * sqrt(a.sd * a.sd / a.n + b.sd * b.sd / b.n);
    row.df = a.n + b.n - 2;
    row.statistic = row.estimate / row.se;
    row.p = 2 * pt(-fabs(row.statistic), row.df, 1, 0);
    row.lower = row.estimate - qt(0.975, row.df, 1, 0) * row.se;
    row.upper = row.estimate + qt(0.975, row.df, 1, 0) * row.se;
    row.n = a.n + b.n;
    return row;
}

static void repeated_measures(VgResult *r, const World *world, const char *analysis, double widen,
                              bool all_visits)
{
    for (int j = all_visits ? 1 : VISITS - 1; j < VISITS; j++) {
        for (int a = 0; a < ARMS; a++)
            lsmean(r, world, analysis, j, a);
        VgEstimate row = contrast(world, analysis, j, widen);
        if (j == VISITS - 1 && strcmp(analysis, "primary") == 0)
            row.q = fmin(1, 3 * row.p);
        vg_result_estimate(r, &row);
        row.quantity = "effect_size";
        row.estimate /= 9.5;
        row.se /= 9.5;
        row.lower /= 9.5;
        row.upper /= 9.5;
        row.p = row.df = row.statistic = row.q = row.n = NAN;
        row.unit = NULL;
        row.note = "standardiser: pooled baseline SD 9.5";
        vg_result_estimate(r, &row);
    }
    vg_result_text(r, VG_FACTS_FIT, analysis, "structure", "us");
    vg_result_text(r, VG_FACTS_FIT, analysis, "likelihood", "REML");
    vg_result_text(r, VG_FACTS_FIT, analysis, "df_method", "kenward-roger");
    vg_result_text(r, VG_FACTS_FIT, analysis, "formula",
                   "bdi_change ~ arm * visit + bdi_baseline * visit");
    vg_result_number(r, VG_FACTS_FIT, analysis, "loglik", -1034.5551);
    vg_result_number(r, VG_FACTS_FIT, analysis, "iterations", 6);
    vg_result_bool(r, VG_FACTS_FIT, analysis, "converged", true);
    vg_result_number(r, VG_FACTS_FIT, analysis, "n_subjects", 97);
    vg_result_number(r, VG_FACTS_FIT, analysis, "n_observations", 321);
    vg_result_number(r, VG_FACTS_DIAGNOSTICS, analysis, "gradient_max", 3.1e-9);
    vg_result_number(r, VG_FACTS_DIAGNOSTICS, analysis, "hessian_smallest_eigenvalue", 4.2);
}

static void binary(VgResult *r, const World *world, const char *analysis, const char *quantity,
                   bool remission)
{
    double n[2] = {0}, yes[2] = {0};
    for (int i = 0; i < PEOPLE; i++) {
        double last = world->score[i][VISITS - 1];
        if (isnan(last))
            continue;
        n[world->arm[i]]++;
        yes[world->arm[i]] += remission ? last <= 9 : last <= 0.5 * world->score[i][0];
    }
    VgEstimate row = vg_estimate_blank();
    row.analysis = analysis;
    row.quantity = quantity;
    row.outcome = "bdi";
    row.visit = "m8";
    row.note = "observed";
    for (int a = 0; a < ARMS; a++) {
        row.arm = ARM[a];
        row.n = n[a];
        row.estimate = yes[a] / n[a];
        double half = 1.96 * sqrt((row.estimate * (1 - row.estimate) + 0.01) / n[a]);
        row.lower = fmax(0, row.estimate - half);
        row.upper = fmin(1, row.estimate + half);
        vg_result_estimate(r, &row);
    }
    double p1 = yes[1] / n[1], p0 = yes[0] / n[0];
    row.quantity = "risk_difference";
    row.arm = ARM[1];
    row.reference = ARM[0];
    row.n = n[0] + n[1];
    row.note = NULL;
    row.estimate = p1 - p0;
    row.se = sqrt(p1 * (1 - p1) / n[1] + p0 * (1 - p0) / n[0]);
    row.statistic = row.estimate / row.se;
    row.p = 2 * pnorm5(-fabs(row.statistic), 0, 1, 1, 0);
    row.lower = row.estimate - 1.96 * row.se;
    row.upper = row.estimate + 1.96 * row.se;
    double lower = row.lower, upper = row.upper;
    vg_result_estimate(r, &row);
    row.quantity = "nnt";
    row.estimate = 1 / (p1 - p0);
    row.se = row.statistic = row.p = NAN;
    row.lower = lower > 0 ? 1 / upper : NAN;
    row.upper = lower > 0 ? 1 / lower : NAN;
    row.note = lower > 0 ? "benefit" : "benefit; from 4.1 through infinity to harm 11";
    vg_result_estimate(r, &row);
    row.quantity = "risk_ratio";
    row.note = NULL;
    row.estimate = p1 / p0;
    row.se = sqrt((1 - p1) / yes[1] + (1 - p0) / yes[0]);
    row.lower = exp(log(row.estimate) - 1.96 * row.se);
    row.upper = exp(log(row.estimate) + 1.96 * row.se);
    row.se *= row.estimate;
    vg_result_estimate(r, &row);
}

static VgDataset *begin(VgResult *r, const char *analysis, const char *name,
                        const char *const *columns, size_t n)
{
    return vg_result_dataset(r, analysis, name, columns, n);
}
#define BEGIN(r, analysis, name, ...)                                                              \
    begin((r), (analysis), (name), (const char *const[]){__VA_ARGS__},                             \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* One row from "column=value" texts; a value for a number column is read as one. */
static void add(VgResult *r, VgDataset *d, const char *const *cells, size_t n)
{
    vg_dataset_row(r, d);
    for (size_t i = 0; i + 1 < n; i += 2) {
        const VgDatasetColumn *column = vg_dataset_column(d, cells[i]);
        double value;
        if (!cells[i + 1] || !column)
            continue;
        if (column->text)
            vg_dataset_set_text(r, d, cells[i], cells[i + 1]);
        else if (sscanf(cells[i + 1], "%lf", &value) == 1)
            vg_dataset_set_number(r, d, cells[i], value);
    }
}
#define ADD(r, d, ...)                                                                             \
    add((r), (d), (const char *const[]){__VA_ARGS__},                                              \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void declared(VgResult *r)
{
    VgDataset *d = BEGIN(r, NULL, "arms", "name", "label", "components", "#reference", "#order");
    ADD(r, d, "name", ARM[0], "label", "Usual care", "components", "usual_care", "reference", "1",
        "order", "1");
    ADD(r, d, "name", ARM[1], "label", "Usual care + online therapy", "components",
        "usual_care, computer_cbt", "reference", "0", "order", "2");
    d = BEGIN(r, NULL, "components", "name", "type", "detail", "#dose", "unit");
    ADD(r, d, "name", "usual_care", "type", "usual care");
    ADD(r, d, "name", "computer_cbt", "type", "psychotherapy", "detail",
        "eight sessions on a computer", "dose", "8", "unit", "sessions");
    d = BEGIN(r, NULL, "visits", "name", "label", "#day", "#order");
    for (int j = 0; j < VISITS; j++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "name", VISIT[j]);
        vg_dataset_set_text(r, d, "label", VISIT_LABEL[j]);
        vg_dataset_set_number(r, d, "day", DAY[j]);
        vg_dataset_set_number(r, d, "order", j + 1);
    }
    d = BEGIN(r, NULL, "outcomes", "name", "label", "scale", "title", "unit", "#minimum",
              "#maximum", "#lower_is_better", "#important_difference",
              "important_difference_source", "citation", "#response_fraction", "#remission_cutoff");
    ADD(r, d, "name", "bdi", "label", "Depression (BDI-II)", "scale", "BDI-II", "title",
        "Beck Depression Inventory, second edition", "unit", "points", "minimum", "0", "maximum",
        "63", "lower_is_better", "1", "important_difference", "3.5", "important_difference_source",
        "Kounali 2022, primary care, UK, n = 400", "citation", "Beck, Steer & Brown 1996",
        "response_fraction", "0.5", "remission_cutoff", "9");
    d = BEGIN(r, NULL, "severity_bands", "outcome", "band", "#lower", "#upper");
    ADD(r, d, "outcome", "bdi", "band", "minimal", "lower", "0", "upper", "13");
    ADD(r, d, "outcome", "bdi", "band", "mild", "lower", "14", "upper", "19");
    ADD(r, d, "outcome", "bdi", "band", "moderate", "lower", "20", "upper", "28");
    ADD(r, d, "outcome", "bdi", "band", "severe", "lower", "29", "upper", "63");
    d = BEGIN(r, NULL, "analyses", "id", "role", "kind", "label", "outcome", "visit", "arm",
              "reference", "measure", "#order");
    const char *const plan[][4] = {
        {"primary", "primary", "mmrm", "Primary: change in BDI-II at 8 months"},
        {"response", "secondary", "response", "Response: score at least halved"},
        {"remission", "secondary", "remission", "Remission: score 9 or less"},
        {"toeplitz", "sensitivity", "mmrm", "Toeplitz covariance"},
        {"completers", "sensitivity", "ancova", "ANCOVA of those seen at 8 months"},
        {"maximum_likelihood", "sensitivity", "mmrm", "Maximum likelihood"}};
    for (size_t i = 0; i < sizeof plan / sizeof *plan; i++) {
        char order[8];
        snprintf(order, sizeof order, "%zu", i + 1);
        ADD(r, d, "id", plan[i][0], "role", plan[i][1], "kind", plan[i][2], "label", plan[i][3],
            "outcome", "bdi", "visit", "m8", "arm", ARM[1], "reference", ARM[0], "measure",
            "change", "order", order);
    }
    d = BEGIN(r, "primary", "estimand", "attribute", "text");
    ADD(r, d, "attribute", "population", "text",
        "adults with depression or anxiety, as randomised");
    ADD(r, d, "attribute", "treatment", "text",
        "online therapy with usual care against usual care alone");
    ADD(r, d, "attribute", "variable", "text", "change in BDI-II from baseline to 8 months");
    ADD(r, d, "attribute", "intercurrent: stopped_treatment", "text", "treatment policy");
    ADD(r, d, "attribute", "intercurrent: antidepressant_change", "text", "treatment policy");
    ADD(r, d, "attribute", "summary", "text", "difference in means");
}

static void counted(VgResult *r, const World *world)
{
    VgDataset *d = BEGIN(r, NULL, "consort", "stage", "arm", "visit", "reason", "#n", "#order");
    ADD(r, d, "stage", "assessed", "n", "141", "order", "1");
    ADD(r, d, "stage", "excluded", "reason", "did not meet the criteria", "n", "29", "order", "2");
    ADD(r, d, "stage", "excluded", "reason", "declined", "n", "12", "order", "3");
    ADD(r, d, "stage", "randomised", "n", "100", "order", "4");
    int order = 5;
    for (int a = 0; a < ARMS; a++) {
        char n[16], at[8];
        snprintf(at, sizeof at, "%d", order++);
        ADD(r, d, "stage", "allocated", "arm", ARM[a], "n", "50", "order", at);
        for (int j = 1; j < VISITS; j++) {
            snprintf(n, sizeof n, "%.0f", summary(world, a, j, false).n);
            snprintf(at, sizeof at, "%d", order++);
            ADD(r, d, "stage", "observed", "arm", ARM[a], "visit", VISIT[j], "n", n, "order", at);
        }
        snprintf(n, sizeof n, "%.0f", summary(world, a, 1, false).n);
        snprintf(at, sizeof at, "%d", order++);
        ADD(r, d, "stage", "analysed", "arm", ARM[a], "reason", "primary", "n", n, "order", at);
    }
    d = BEGIN(r, NULL, "baseline", "variable", "level", "arm", "kind", "#n", "#mean", "#sd",
              "#median", "#q1", "#q3", "#minimum", "#maximum", "#percent", "#missing", "#order");
    for (int a = -1; a < ARMS; a++) {
        Summary s = summary(world, a, 0, false);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "variable", "bdi_baseline");
        vg_dataset_set_text(r, d, "kind", "number");
        vg_dataset_set_text(r, d, "arm", a < 0 ? NULL : ARM[a]);
        vg_dataset_set_number(r, d, "n", s.n);
        vg_dataset_set_number(r, d, "mean", s.mean);
        vg_dataset_set_number(r, d, "sd", s.sd);
        vg_dataset_set_number(r, d, "median", 23);
        vg_dataset_set_number(r, d, "q1", 17);
        vg_dataset_set_number(r, d, "q3", 29);
        vg_dataset_set_number(r, d, "missing", 0);
        vg_dataset_set_number(r, d, "order", 1);
        for (int woman = 0; woman < 2; woman++) {
            double n = 0, all = 0;
            for (int i = 0; i < PEOPLE; i++)
                if (a < 0 || world->arm[i] == a) {
                    all++;
                    n += world->woman[i] == woman;
                }
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "variable", "sex");
            vg_dataset_set_text(r, d, "level", woman ? "woman" : "man");
            vg_dataset_set_text(r, d, "kind", "factor");
            vg_dataset_set_text(r, d, "arm", a < 0 ? NULL : ARM[a]);
            vg_dataset_set_number(r, d, "n", n);
            vg_dataset_set_number(r, d, "percent", 100 * n / all);
            vg_dataset_set_number(r, d, "missing", 0);
            vg_dataset_set_number(r, d, "order", 2);
        }
    }
    d = BEGIN(r, NULL, "trajectories", "outcome", "participant", "arm", "visit", "#day", "#value");
    for (int i = 0; i < PEOPLE; i++)
        for (int j = 0; j < VISITS; j++) {
            char id[16];
            if (isnan(world->score[i][j]))
                continue;
            snprintf(id, sizeof id, "%d", i + 1);
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "outcome", "bdi");
            vg_dataset_set_text(r, d, "participant", id);
            vg_dataset_set_text(r, d, "arm", ARM[world->arm[i]]);
            vg_dataset_set_text(r, d, "visit", VISIT[j]);
            vg_dataset_set_number(r, d, "day", DAY[j]);
            vg_dataset_set_number(r, d, "value", world->score[i][j]);
        }
    VgDataset *means =
        BEGIN(r, NULL, "observed_means", "outcome", "arm", "visit", "#day", "#n", "#mean", "#sd");
    for (int a = 0; a < ARMS; a++)
        for (int j = 0; j < VISITS; j++) {
            Summary s = summary(world, a, j, false);
            vg_dataset_row(r, means);
            vg_dataset_set_text(r, means, "outcome", "bdi");
            vg_dataset_set_text(r, means, "arm", ARM[a]);
            vg_dataset_set_text(r, means, "visit", VISIT[j]);
            vg_dataset_set_number(r, means, "day", DAY[j]);
            vg_dataset_set_number(r, means, "n", s.n);
            vg_dataset_set_number(r, means, "mean", s.mean);
            vg_dataset_set_number(r, means, "sd", s.sd);
        }
    d = BEGIN(r, NULL, "retention", "outcome", "arm", "visit", "#day", "#observed", "#randomised");
    for (int a = 0; a < ARMS; a++)
        for (int j = 0; j < VISITS; j++) {
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "outcome", "bdi");
            vg_dataset_set_text(r, d, "arm", ARM[a]);
            vg_dataset_set_text(r, d, "visit", VISIT[j]);
            vg_dataset_set_number(r, d, "day", DAY[j]);
            vg_dataset_set_number(r, d, "observed", summary(world, a, j, false).n);
            vg_dataset_set_number(r, d, "randomised", 50);
        }
}

static void missing(VgResult *r, const World *world)
{
    VgDataset *d = BEGIN(r, NULL, "dropout_patterns", "outcome", "arm", "pattern", "#n");
    for (int a = 0; a < ARMS; a++)
        for (int last = VISITS; last > 0; last--) {
            double n = 0;
            char pattern[VISITS + 1] = {0};
            for (int j = 0; j < VISITS; j++)
                pattern[j] = j < last ? '1' : '0';
            for (int i = 0; i < PEOPLE; i++)
                n += world->arm[i] == a && !isnan(world->score[i][last - 1]) &&
                     (last == VISITS || isnan(world->score[i][last]));
            if (n == 0)
                continue;
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "outcome", "bdi");
            vg_dataset_set_text(r, d, "arm", ARM[a]);
            vg_dataset_set_text(r, d, "pattern", pattern);
            vg_dataset_set_number(r, d, "n", n);
        }
    d = BEGIN(r, NULL, "stayers_leavers", "outcome", "arm", "visit", "group", "#n", "#mean", "#sd");
    for (int a = 0; a < ARMS; a++)
        for (int j = 0; j + 1 < VISITS; j++)
            for (int left = 0; left < 2; left++) {
                double n = 0, sum = 0, squares = 0;
                for (int i = 0; i < PEOPLE; i++) {
                    double x = world->score[i][j];
                    if (world->arm[i] != a || isnan(x) || isnan(world->score[i][j + 1]) != left)
                        continue;
                    n++;
                    sum += x;
                    squares += x * x;
                }
                if (n < 2)
                    continue;
                vg_dataset_row(r, d);
                vg_dataset_set_text(r, d, "outcome", "bdi");
                vg_dataset_set_text(r, d, "arm", ARM[a]);
                vg_dataset_set_text(r, d, "visit", VISIT[j]);
                vg_dataset_set_text(r, d, "group", left ? "left" : "stayed");
                vg_dataset_set_number(r, d, "n", n);
                vg_dataset_set_number(r, d, "mean", sum / n);
                vg_dataset_set_number(r, d, "sd", sqrt((squares - sum * sum / n) / (n - 1)));
            }
}

static void fitted(VgResult *r, World *world)
{
    VgDataset *d =
        BEGIN(r, "primary", "covariance", "group", "row", "column", "#covariance", "#correlation");
    for (int j = 1; j < VISITS; j++)
        for (int k = 1; k < VISITS; k++) {
            double correlation = pow(0.78, fabs((double)(j - k)));
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "row", VISIT[j]);
            vg_dataset_set_text(r, d, "column", VISIT[k]);
            vg_dataset_set_number(r, d, "covariance", correlation * (60 + 9 * j) * 0.9);
            vg_dataset_set_number(r, d, "correlation", correlation);
        }
    d = BEGIN(r, "primary", "residuals", "participant", "arm", "visit", "#fitted", "#response",
              "#normalised", "#normal_quantile");
    for (int i = 0; i < PEOPLE; i++)
        for (int j = 1; j < VISITS; j++) {
            char id[16];
            if (isnan(world->score[i][j]))
                continue;
            Summary s = summary(world, world->arm[i], j, true);
            double change = world->score[i][j] - world->score[i][0];
            snprintf(id, sizeof id, "%d", i + 1);
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "participant", id);
            vg_dataset_set_text(r, d, "arm", ARM[world->arm[i]]);
            vg_dataset_set_text(r, d, "visit", VISIT[j]);
            vg_dataset_set_number(r, d, "fitted", s.mean - 0.2 * (world->score[i][0] - 24));
            vg_dataset_set_number(r, d, "response", change);
            vg_dataset_set_number(r, d, "normalised", (change - s.mean) / s.sd);
        }
    for (size_t i = 0; d && i < d->n_rows; i++) { /* quantiles by rank */
        double rank = 0.5;
        for (size_t k = 0; k < d->n_rows; k++)
            rank += d->column[5].number[k] < d->column[5].number[i] ||
                    (d->column[5].number[k] == d->column[5].number[i] && k < i);
        d->column[6].number[i] = qnorm5(rank / (double)d->n_rows, 0, 1, 1, 0);
    }
    d = BEGIN(r, NULL, "multiplicity", "procedure", "analysis", "label", "#weight", "#p",
              "#adjusted", "#order");
    ADD(r, d, "procedure", "holm", "analysis", "primary", "label", "Change at 8 months", "weight",
        "0.333333", "p", "0.0021", "adjusted", "0.0063", "order", "1");
    ADD(r, d, "procedure", "holm", "analysis", "response", "label", "Response", "weight",
        "0.333333", "p", "0.03", "adjusted", "0.06", "order", "2");
    d = BEGIN(r, NULL, "adverse_events", "term", "arm", "#serious", "#participants", "#events",
              "#at_risk", "#exposure_days");
    ADD(r, d, "term", "Headache", "arm", ARM[0], "serious", "0", "participants", "4", "events", "5",
        "at_risk", "50", "exposure_days", "10500");
    ADD(r, d, "term", "Headache", "arm", ARM[1], "serious", "0", "participants", "7", "events", "9",
        "at_risk", "50", "exposure_days", "10900");
    ADD(r, d, "term", "Hospital admission", "arm", ARM[0], "serious", "1", "participants", "1",
        "events", "1", "at_risk", "50", "exposure_days", "10500");
    ADD(r, d, "term", "Hospital admission", "arm", ARM[1], "serious", "1", "participants", "0",
        "events", "0", "at_risk", "50", "exposure_days", "10900");
    d = BEGIN(r, NULL, "methods", "heading", "text", "#order");
    ADD(r, d, "heading", "Primary analysis", "text",
        "The change in BDI-II was analysed with a mixed model for repeated measures with an "
        "unstructured "
        "covariance, fitted by REML, with Kenward–Roger degrees of freedom [1].",
        "order", "1");
    ADD(r, d, "heading", "Missing data", "text",
        "Visits that were not attended are taken as missing at random given the scores that were "
        "seen.",
        "order", "2");
    d = BEGIN(r, NULL, "references", "key", "citation", "#order");
    ADD(r, d, "key", "kenward1997", "citation",
        "Kenward MG, Roger JH. Small sample inference for fixed effects from restricted maximum "
        "likelihood. "
        "Biometrics 1997;53:983–997.",
        "order", "1");
}

static void told(VgResult *r)
{
    static const char *const facts[][2] = {
        {"title", "A made-up trial of online therapy beside usual care <simulated & small>"},
        {"title_plain_en", "Does online therapy help people with depression?"},
        {"data", "simulated"},
        {"sponsor", "The test bench"},
        {"contact", "trial@example.org"},
        {"crisis_line", "In immediate danger call 112."},
        {"registry", "NCT00000000"},
        {"primary_analysis", "primary"},
        {"primary_outcome", "bdi"},
        {"primary_visit", "m8"},
        {"primary_arm", "both"},
        {"primary_reference", "usual_care"},
        {"file", "study.yaml"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        vg_result_text(r, VG_FACTS_STUDY, NULL, facts[i][0], facts[i][1]);
    vg_result_number(r, VG_FACTS_STUDY, NULL, "n_randomised", PEOPLE);
    vg_result_input(r, "study.yaml",
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0);
    vg_result_input(r, "scores.csv",
                    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 100);
    vg_result_warn(r, "completers: %d participants not seen at m8 are left out", 33);
}

VgResult *fixture_result(VgArena *arena, double shift)
{
    static const char *call[] = {"vagus", "run", "examples/made-up", "-o", "results"};
    VgResult *r = vg_result_create(arena, "run");
    World *world = VG_NEW(arena, World, 1);
    if (!r || !world)
        return NULL;
    world->state = 20260101;
    r->call = call;
    r->n_call = 5;
    r->seed = 1;
    simulate(world, shift);
    told(r);
    declared(r);
    repeated_measures(r, world, "primary", 1, true);
    binary(r, world, "response", "response_rate", false);
    binary(r, world, "remission", "remission_rate", true);
    repeated_measures(r, world, "toeplitz", 1.04, true);
    repeated_measures(r, world, "completers", 1.18, false);
    repeated_measures(r, world, "maximum_likelihood", 0.97, true);
    VgEstimate row = vg_estimate_blank();
    row.analysis = "primary";
    row.quantity = "coefficient";
    row.term = "bdi_baseline";
    row.estimate = -0.2134;
    row.se = 0.0871;
    row.df = 91.4;
    row.statistic = row.estimate / row.se;
    row.p = 0.0163;
    row.lower = -0.3864;
    row.upper = -0.0404;
    vg_result_estimate(r, &row);
    counted(r, world);
    missing(r, world);
    fitted(r, world);
    return vg_result_status(r, NULL) == VG_OK ? r : NULL;
}
