/* The estimates here are inverse-variance means of simulated numbers: enough for pages and files to be tested on,
 * and no witness of any method. */
#include "support/fixture_review.h"

#include <math.h>
#include <string.h>

#include <Rmath.h>

static uint64_t state;

static double uniform(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(state >> 33) + 0.5) / 2147483648.0;
}

static double normal(void)
{
    return qnorm5(uniform(), 0, 1, 1, 0);
}

#define DATASET(r, analysis, name, ...)                                                            \
    vg_result_dataset(r, analysis, name, (const char *const[]){__VA_ARGS__},                       \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

typedef struct Pool {
    double estimate, se, q, tau2, weights;
    int k;
} Pool;

/* DerSimonian–Laird over the studies of group `g` (−1 = all), leaving out study `out` (−1 = none). */
static Pool pool(const double *y, const double *v, const int *group, int k, int g, int out)
{
    double w = 0, wy = 0, ww = 0, q = 0;
    Pool p = {0};
    for (int i = 0; i < k; i++)
        if (i != out && (g < 0 || group[i] == g)) {
            w += 1 / v[i];
            wy += y[i] / v[i];
            ww += 1 / (v[i] * v[i]);
            p.k++;
        }
    for (int i = 0; i < k; i++)
        if (i != out && (g < 0 || group[i] == g))
            q += (y[i] - wy / w) * (y[i] - wy / w) / v[i];
    p.q = q;
    p.tau2 = fmax(0, (q - (p.k - 1)) / (w - ww / w));
    w = wy = 0;
    for (int i = 0; i < k; i++)
        if (i != out && (g < 0 || group[i] == g)) {
            w += 1 / (v[i] + p.tau2);
            wy += y[i] / (v[i] + p.tau2);
        }
    p.weights = w;
    p.estimate = wy / w;
    p.se = sqrt(1 / w);
    return p;
}

static VgEstimate row(const char *analysis, const char *quantity, double estimate, double se)
{
    VgEstimate e = vg_estimate_blank();
    e.analysis = analysis;
    e.quantity = quantity;
    e.estimate = estimate;
    e.se = se;
    e.lower = estimate - 1.96 * se;
    e.upper = estimate + 1.96 * se;
    e.statistic = estimate / se;
    e.p = 2 * pnorm5(-fabs(e.statistic), 0, 1, 1, 0);
    return e;
}

static void number_row(VgResult *r, const char *analysis, const char *quantity, const char *stratum,
                       double estimate, double lower, double upper)
{
    VgEstimate e = vg_estimate_blank();
    e.analysis = analysis;
    e.quantity = quantity;
    e.stratum = stratum;
    e.estimate = estimate;
    e.lower = lower;
    e.upper = upper;
    vg_result_estimate(r, &e);
}

static void test_row(VgResult *r, const char *analysis, const char *quantity, const char *term,
                     const char *stratum, double statistic, double df)
{
    VgEstimate e = vg_estimate_blank();
    e.analysis = analysis;
    e.quantity = quantity;
    e.term = term;
    e.stratum = stratum;
    e.statistic = statistic;
    e.df = df;
    e.p = pchisq(statistic, df, 0, 0);
    vg_result_estimate(r, &e);
}

static void heterogeneity(VgResult *r, const char *analysis, const char *stratum, Pool p)
{
    double i2 = p.q > 0 ? fmax(0, 100 * (p.q - (p.k - 1)) / p.q) : 0;
    number_row(r, analysis, "tau2", stratum, p.tau2, 0.3 * p.tau2, 3 * p.tau2 + 0.02);
    number_row(r, analysis, "tau", stratum, sqrt(p.tau2), sqrt(0.3 * p.tau2),
               sqrt(3 * p.tau2 + 0.02));
    number_row(r, analysis, "i2", stratum, i2, 0.5 * i2, fmin(100, 1.4 * i2 + 10));
    test_row(r, analysis, "q", NULL, stratum, p.q, p.k - 1);
}

/* Everything a pairwise analysis with all its options gives. */
static void pairwise(VgResult *r, const char *analysis, const char *const *name, int k,
                     const double *y, const double *v, const int *group, const char *const *stratum,
                     bool ratio, bool full)
{
    Pool all = pool(y, v, group, k, -1, -1);
    VgDataset *d =
        DATASET(r, analysis, "studies", "study", "stratum", "treatment_text", "control_text",
                "note", "measure_note", "#year", "#estimate", "#se", "#lower", "#upper", "#weight",
                "#weight_common", "#n", "#n_treatment", "#n_control", "#line", "#order");
    double common = 0;
    for (int i = 0; i < k; i++)
        common += 1 / v[i];
    for (int i = 0; i < k; i++) {
        size_t at = vg_dataset_row(r, d);
        (void)at;
        double n = floor(fmax(10, 4 / v[i])), se = sqrt(v[i]);
        vg_dataset_set_text(r, d, "study", name[i]);
        if (stratum)
            vg_dataset_set_text(r, d, "stratum", stratum[group[i]]);
        vg_dataset_set_text(r, d, "treatment_text",
                            vg_arena_printf(r->arena, ratio ? "%.0f/%.0f" : "%.1f (6.2), %.0f",
                                            ratio ? floor(n / 4) : 14 + 3 * y[i], n / 2));
        vg_dataset_set_text(r, d, "control_text",
                            vg_arena_printf(r->arena, ratio ? "%.0f/%.0f" : "%.1f (5.8), %.0f",
                                            ratio ? floor(n / 5) : 16.0, n / 2));
        vg_dataset_set_number(r, d, "year", 2001 + i % 22);
        vg_dataset_set_number(r, d, "estimate", y[i]);
        vg_dataset_set_number(r, d, "se", se);
        vg_dataset_set_number(r, d, "lower", y[i] - 1.96 * se);
        vg_dataset_set_number(r, d, "upper", y[i] + 1.96 * se);
        vg_dataset_set_number(r, d, "weight", 100 / (v[i] + all.tau2) / all.weights);
        vg_dataset_set_number(r, d, "weight_common", 100 / v[i] / common);
        vg_dataset_set_number(r, d, "n", n);
        vg_dataset_set_number(r, d, "line", i + 2);
        vg_dataset_set_number(r, d, "order", i);
        VgEstimate e = row(analysis, "study_effect", y[i], se);
        e.term = name[i];
        e.stratum = stratum ? stratum[group[i]] : NULL;
        e.n = n;
        vg_result_estimate(r, &e);
    }
    VgEstimate e = row(analysis, "pooled", all.estimate, all.se);
    e.term = "random";
    e.n = k;
    vg_result_estimate(r, &e);
    if (full) {
        e = row(analysis, "pooled", all.estimate * 0.93, sqrt(1 / common));
        e.term = "common";
        e.n = k;
        vg_result_estimate(r, &e);
    }
    e = row(analysis, "prediction", all.estimate, sqrt(all.tau2 + all.se * all.se));
    e.term = "random";
    vg_result_estimate(r, &e);
    heterogeneity(r, analysis, NULL, all);
    for (int g = 0; stratum && g < 2; g++) {
        Pool p = pool(y, v, group, k, g, -1);
        e = row(analysis, "subgroup", p.estimate, p.se);
        e.term = "random";
        e.stratum = stratum[g];
        e.n = p.k;
        vg_result_estimate(r, &e);
        heterogeneity(r, analysis, stratum[g], p);
    }
    if (stratum)
        test_row(r, analysis, "subgroup_test", NULL, NULL, 5.41, 1);
    vg_result_text(r, VG_FACTS_FIT, analysis, "measure", ratio ? "or" : "smd");
    vg_result_text(r, VG_FACTS_FIT, analysis, "measure_label", ratio ? "Odds ratio" : "Hedges’ g");
    vg_result_text(r, VG_FACTS_FIT, analysis, "back_transform", ratio ? "exp" : "none");
    vg_result_number(r, VG_FACTS_FIT, analysis, "null_value", 0);
    vg_result_text(r, VG_FACTS_FIT, analysis, "favours_low",
                   ratio ? "more with control" : "better: probiotic");
    vg_result_text(r, VG_FACTS_FIT, analysis, "favours_high",
                   ratio ? "more with probiotic" : "better: control");
    vg_result_bool(r, VG_FACTS_FIT, analysis, "lower_is_better", !ratio);
    if (!ratio)
        vg_result_number(r, VG_FACTS_FIT, analysis, "important_difference", 0.24);
    vg_result_text(r, VG_FACTS_FIT, analysis, "treatment_label", "a probiotic");
    vg_result_text(r, VG_FACTS_FIT, analysis, "control_label", "no probiotic");
    vg_result_text(r, VG_FACTS_FIT, analysis, "tau2_method", "reml");
    vg_result_text(r, VG_FACTS_FIT, analysis, "test", "adhoc");
    vg_result_number(r, VG_FACTS_FIT, analysis, "k", k);
    vg_result_number(r, VG_FACTS_FIT, analysis, "n_studies", k);
    vg_result_number(r, VG_FACTS_FIT, analysis, "n_participants", 60 * k);
    vg_result_bool(r, VG_FACTS_FIT, analysis, "converged", true);
    if (!full)
        return;
    /* influence and small-study effects */
    VgDataset *influence = DATASET(r, analysis, "influence", "study", "#rstudent", "#dffits",
                                   "#cook", "#covariance_ratio", "#tau2_deleted", "#q_deleted",
                                   "#hat", "#weight", "#dfbeta", "#influential");
    for (int i = 0; i < k; i++) {
        Pool less = pool(y, v, group, k, -1, i);
        vg_dataset_row(r, influence);
        vg_dataset_set_text(r, influence, "study", name[i]);
        double hat = 1 / (v[i] + all.tau2) / all.weights;
        vg_dataset_set_number(r, influence, "rstudent",
                              (y[i] - less.estimate) / sqrt(v[i] + less.tau2 + less.se * less.se));
        vg_dataset_set_number(r, influence, "cook",
                              pow((all.estimate - less.estimate) / all.se, 2));
        vg_dataset_set_number(r, influence, "dffits", (all.estimate - less.estimate) / less.se);
        vg_dataset_set_number(r, influence, "covariance_ratio", pow(less.se / all.se, 2));
        vg_dataset_set_number(r, influence, "tau2_deleted", less.tau2);
        vg_dataset_set_number(r, influence, "q_deleted", less.q);
        vg_dataset_set_number(r, influence, "hat", hat);
        vg_dataset_set_number(r, influence, "weight", 100 * hat);
        vg_dataset_set_number(r, influence, "influential", i == 4);
        e = row(analysis, "loo", less.estimate, less.se);
        e.term = name[i];
        e.note = vg_arena_printf(r->arena, "tau² = %.4f", less.tau2);
        vg_result_estimate(r, &e);
    }
    d = DATASET(r, analysis, "baujat", "study", "#x", "#y");
    for (int i = 0; i < k; i++) {
        Pool less = pool(y, v, group, k, -1, i);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", name[i]);
        vg_dataset_set_number(r, d, "x", pow(y[i] - all.estimate, 2) / (v[i] + all.tau2));
        vg_dataset_set_number(r, d, "y", pow((all.estimate - less.estimate) / less.se, 2));
    }
    for (int i = 2; i <= k; i++) {
        Pool p = pool(y, v, group, i, -1, -1);
        e = row(analysis, "cumulative", p.estimate, p.se);
        e.term = name[i - 1];
        vg_result_estimate(r, &e);
    }
    d = DATASET(r, analysis, "bubble", "moderator", "study", "#x", "#y", "#weight");
    for (int i = 0; i < k; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "moderator", "year");
        vg_dataset_set_text(r, d, "study", name[i]);
        vg_dataset_set_number(r, d, "x", 2001 + i % 22);
        vg_dataset_set_number(r, d, "y", y[i]);
        vg_dataset_set_number(r, d, "weight", 100 / (v[i] + all.tau2) / all.weights);
    }
    d = DATASET(r, analysis, "bubble_line", "moderator", "#x", "#estimate", "#lower", "#upper");
    for (int i = 0; i <= 20; i++) {
        double x = 2001 + i * 0.75, middle = all.estimate + 0.012 * (x - 2008),
               half = 0.15 + 0.02 * fabs(x - 2008);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "moderator", "year");
        vg_dataset_set_number(r, d, "x", x);
        vg_dataset_set_number(r, d, "estimate", middle);
        vg_dataset_set_number(r, d, "lower", middle - half);
        vg_dataset_set_number(r, d, "upper", middle + half);
    }
    e = row(analysis, "moderator", 0.012, 0.009);
    e.term = "year";
    vg_result_estimate(r, &e);
    d = DATASET(r, analysis, "filled_studies", "study", "#estimate", "#se");
    for (int i = 0; i < 3; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", vg_arena_printf(r->arena, "Filled %d", i + 1));
        vg_dataset_set_number(r, d, "estimate", all.estimate + 0.55 + 0.1 * i);
        vg_dataset_set_number(r, d, "se", 0.32 + 0.03 * i);
    }
    e = row(analysis, "trimfill", all.estimate + 0.07, all.se);
    e.term = "pooled";
    e.note = "right side, L0";
    vg_result_estimate(r, &e);
    number_row(r, analysis, "trimfill", NULL, 3, NAN, NAN);
    e = row(analysis, "egger", -1.1, 0.62);
    e.term = "standard error";
    vg_result_estimate(r, &e);
    e = row(analysis, "pet_peese", all.estimate + 0.2, 0.15);
    vg_result_estimate(r, &e);
    d = DATASET(r, analysis, "selection_weights", "model", "#p_low", "#p_high", "#weight", "#lower",
                "#upper");
    static const double step[][5] = {
        {0, 0.025, 1, NAN, NAN}, {0.025, 0.5, 0.62, 0.2, 1.4}, {0.5, 1, 0.31, 0.05, 0.95}};
    for (int i = 0; i < 3; i++) {
        static const char *const columns[] = {"p_low", "p_high", "weight", "lower", "upper"};
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "model", "step");
        for (int j = 0; j < 5; j++)
            vg_dataset_set_number(r, d, columns[j], step[i][j]);
    }
    e = row(analysis, "selection", all.estimate + 0.12, 0.14);
    e.term = "pooled";
    e.note = "step";
    vg_result_estimate(r, &e);
    e = row(analysis, "response", 0.41, 0.05);
    e.note = "with treatment, from a control event rate of 0.30";
    vg_result_estimate(r, &e);
    e = row(analysis, "nnt", 9.1, 1.2);
    e.note = "from a control event rate of 0.30";
    vg_result_estimate(r, &e);
}

/* ---- the network ---- */

static const char *const TREATMENT[REVIEW_TREATMENTS] = {
    "placebo", "usual care", "SSRI", "SNRI", "CBT", "SSRI + CBT", "probiotic", "SSRI + probiotic"};
static const char *const TYPE[REVIEW_TREATMENTS] = {
    "inactive",      "inactive",    "antidepressant", "antidepressant",
    "psychotherapy", "combination", "psychobiotic",   "combination"};
static const double EFFECT[REVIEW_TREATMENTS] = {0,     -0.08, -0.31, -0.33,
                                                 -0.35, -0.58, -0.15, -0.52};

static void league_cell(VgResult *r, const char *analysis, const char *a, const char *b,
                        const char *kind, double estimate, double se, double studies)
{
    VgDataset *d = DATASET(r, analysis, "league", "row", "column", "kind", "#estimate", "#se",
                           "#lower", "#upper", "#p", "#studies");
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "row", a);
    vg_dataset_set_text(r, d, "column", b);
    vg_dataset_set_text(r, d, "kind", kind);
    vg_dataset_set_number(r, d, "estimate", estimate);
    vg_dataset_set_number(r, d, "se", se);
    vg_dataset_set_number(r, d, "lower", estimate - 1.96 * se);
    vg_dataset_set_number(r, d, "upper", estimate + 1.96 * se);
    vg_dataset_set_number(r, d, "p", 2 * pnorm5(-fabs(estimate / se), 0, 1, 1, 0));
    vg_dataset_set_number(r, d, "studies", studies);
}

static void split_rows(VgResult *r, int a, int b, double studies)
{
    static const char *const term[] = {"direct", "indirect", "difference"};
    double direct = EFFECT[a] - EFFECT[b] + 0.1 * normal(),
           indirect = EFFECT[a] - EFFECT[b] + 0.15 * normal();
    for (int i = 0; i < 3; i++) {
        VgEstimate e = row("network", "split",
                           i == 0   ? direct
                           : i == 1 ? indirect
                                    : direct - indirect,
                           i == 0   ? 0.16
                           : i == 1 ? 0.21
                                    : 0.264);
        e.term = term[i];
        e.arm = TREATMENT[a];
        e.reference = TREATMENT[b];
        e.n = studies;
        vg_result_estimate(r, &e);
    }
}

static void network(VgResult *r)
{
    static const int edge[][3] = {{2, 0, 9}, {3, 0, 6}, {4, 1, 5}, {6, 0, 4}, {7, 2, 3},
                                  {5, 2, 3}, {5, 4, 2}, {3, 2, 4}, {4, 0, 1}};
    VgDataset *d = DATASET(r, "network", "network_nodes", "treatment", "type", "#studies",
                           "#participants", "#reference", "#part");
    for (int i = 0; i < REVIEW_TREATMENTS; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "treatment", TREATMENT[i]);
        vg_dataset_set_text(r, d, "type", TYPE[i]);
        vg_dataset_set_number(r, d, "studies", 12 - i);
        vg_dataset_set_number(r, d, "participants", 2400.0 / (1 + i));
        vg_dataset_set_number(r, d, "reference", i == 0);
        vg_dataset_set_number(r, d, "part", 1);
    }
    d = DATASET(r, "network", "network_multiarm", "study", "treatment");
    for (int i = 0; i < 7; i++) { /* a study of three arms, one of four */
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", i < 3 ? "Ames 2008" : "Haas 2015");
        vg_dataset_set_text(r, d, "treatment", TREATMENT[i < 3 ? i : i - 3]);
    }
    d = DATASET(r, "network", "network_edges", "treatment_1", "treatment_2", "#studies",
                "#estimate", "#se");
    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "treatment_1", TREATMENT[edge[i][0]]);
        vg_dataset_set_text(r, d, "treatment_2", TREATMENT[edge[i][1]]);
        vg_dataset_set_number(r, d, "studies", edge[i][2]);
        vg_dataset_set_number(r, d, "estimate", EFFECT[edge[i][0]] - EFFECT[edge[i][1]]);
        vg_dataset_set_number(r, d, "se", 0.4 / sqrt(edge[i][2]));
    }
    for (int a = 0; a < REVIEW_TREATMENTS; a++)
        for (int b = 0; b < REVIEW_TREATMENTS; b++)
            if (a != b)
                league_cell(r, "network", TREATMENT[a], TREATMENT[b], "network",
                            EFFECT[a] - EFFECT[b], 0.1 + 0.01 * (a + b) / 2, NAN);
    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++) {
        league_cell(r, "network", TREATMENT[edge[i][0]], TREATMENT[edge[i][1]], "direct",
                    EFFECT[edge[i][0]] - EFFECT[edge[i][1]] + 0.05, 0.4 / sqrt(edge[i][2]),
                    edge[i][2]);
        split_rows(r, edge[i][0], edge[i][1], edge[i][2]);
    }
    for (int a = 1; a < REVIEW_TREATMENTS; a++) {
        VgEstimate e = row("network", "contrast", EFFECT[a], 0.1 + 0.005 * a);
        e.term = "random";
        e.arm = TREATMENT[a];
        e.reference = TREATMENT[0];
        vg_result_estimate(r, &e);
        e.quantity = "prediction";
        e.lower -= 0.2;
        e.upper += 0.2;
        vg_result_estimate(r, &e);
    }
    static const double score[] = {0.06, 0.15, 0.55, 0.6, 0.66, 0.97, 0.27, 0.9};
    for (int a = 0; a < REVIEW_TREATMENTS; a++) {
        VgEstimate e = vg_estimate_blank();
        e.analysis = "network";
        e.quantity = "ranking";
        e.term = TREATMENT[a];
        e.estimate = score[a];
        e.note = "P-score";
        vg_result_estimate(r, &e);
    }
    static const char *const component[] = {"SSRI",      "SNRI",       "CBT",
                                            "probiotic", "usual care", "SSRI*probiotic"};
    static const double add[] = {-0.3, -0.33, -0.29, -0.14, -0.07, -0.06};
    for (int i = 0; i < 6; i++) {
        VgEstimate e = row("network", "component", add[i], 0.09 + 0.01 * i);
        e.term = component[i];
        e.note = "random";
        vg_result_estimate(r, &e);
    }
    test_row(r, "network", "component_test", NULL, NULL, 3.2, 3);
    test_row(r, "network", "q_inconsistency", "total", NULL, 41.2, 28);
    test_row(r, "network", "q_inconsistency", "within designs", NULL, 30.1, 23);
    test_row(r, "network", "q_inconsistency", "between designs", NULL, 11.1, 5);
    heterogeneity(r, "network", NULL, (Pool){.q = 41.2, .k = 29, .tau2 = 0.021});
    VgEstimate e = vg_estimate_blank();
    e.analysis = "network";
    e.quantity = "power";
    e.term = "SSRI*probiotic";
    e.estimate = 0.21;
    e.se = 0.14;
    e.note = "for an interaction of 0.24";
    vg_result_estimate(r, &e);
    static const char *const design[] = {"placebo:SSRI", "placebo:SNRI", "SSRI:SNRI",
                                         "SSRI:SSRI + CBT", "CBT:SSRI + CBT"};
    d = DATASET(r, "network", "net_heat", "row_design", "column_design", "#contribution",
                "#q_change");
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "row_design", design[i]);
            vg_dataset_set_text(r, d, "column_design", design[j]);
            vg_dataset_set_number(r, d, "contribution", i == j ? 1 : 0.8 * uniform());
            vg_dataset_set_number(r, d, "q_change", 4 * normal());
        }
    d = DATASET(r, "network", "comparison_funnel", "study", "comparison", "#x", "#se");
    for (int i = 0; i < 37; i++) {
        static const char *const comparison[] = {"SSRI − placebo", "SNRI − placebo",
                                                 "CBT − usual care", "probiotic − placebo"};
        double se = 0.1 + 0.3 * uniform();
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", vg_arena_printf(r->arena, "Trial %d", i + 1));
        vg_dataset_set_text(r, d, "comparison", comparison[i % 4]);
        vg_dataset_set_number(r, d, "x", se * normal());
        vg_dataset_set_number(r, d, "se", se);
    }
    static const char *const text[][2] = {{"measure", "smd"},
                                          {"measure_label", "Hedges’ g"},
                                          {"back_transform", "none"},
                                          {"reference", "placebo"},
                                          {"favours_low", "better: treatment"},
                                          {"favours_high", "better: placebo"},
                                          {"interaction", "SSRI*probiotic"}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        vg_result_text(r, VG_FACTS_FIT, "network", text[i][0], text[i][1]);
    vg_result_bool(r, VG_FACTS_FIT, "network", "lower_is_better", true);
    vg_result_number(r, VG_FACTS_FIT, "network", "n_studies", 37);
    vg_result_number(r, VG_FACTS_FIT, "network", "n_treatments", REVIEW_TREATMENTS);
    vg_result_number(r, VG_FACTS_FIT, "network", "n_participants", 6300);
    static const char *const typed[][2] = {{"SSRI", "antidepressant"},
                                           {"SNRI", "antidepressant"},
                                           {"CBT", "psychotherapy"},
                                           {"probiotic", "psychobiotic"}};
    d = DATASET(r, "network", "component_types", "component", "type", "label");
    for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "component", typed[i][0]);
        vg_dataset_set_text(r, d, "type", typed[i][1]);
    }
}

/* Twenty-two treatments with the names that such networks have. */
static void wide_network(VgResult *r)
{
    static const char *const name[REVIEW_WIDE] = {
        "placebo",
        "usual care",
        "waiting list",
        "amitriptyline",
        "escitalopram",
        "selective serotonin reuptake inhibitor",
        "venlafaxine",
        "mirtazapine",
        "reboxetine",
        "Hypericum",
        "face-to-face CBT",
        "remote therapist-led CBT",
        "guided self-help CBT",
        "no or minimal contact CBT",
        "face-to-face interpersonal psychotherapy",
        "face-to-face problem-solving",
        "SSRI + face-to-face interpersonal psychotherapy",
        "Mediterranean diet",
        "Lactobacillus helveticus + Bifidobacterium longum",
        "transplant of gut bacteria",
        "exercise",
        "SSRI + probiotic"};
    VgDataset *d = DATASET(r, "wide", "network_nodes", "treatment", "type", "#studies",
                           "#participants", "#reference", "#part");
    for (int i = 0; i < REVIEW_WIDE; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "treatment", name[i]);
        vg_dataset_set_number(r, d, "participants", 3000.0 / (1 + i));
        vg_dataset_set_number(r, d, "part", 1);
    }
    for (int a = 1; a < REVIEW_WIDE; a++) {
        int others[2] = {a < 12 ? 0 : 1, (a * 7) % a};
        for (int k = 0; k < 2; k++) {
            if (k && others[1] == others[0])
                continue;
            d = DATASET(r, "wide", "network_edges", "treatment_1", "treatment_2", "#studies",
                        "#estimate", "#se");
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "treatment_1", name[a]);
            vg_dataset_set_text(r, d, "treatment_2", name[others[k]]);
            vg_dataset_set_number(r, d, "studies", 1 + a % 5);
            league_cell(r, "wide", name[a], name[others[k]], "direct", -0.05 * a, 0.3, 1 + a % 5);
        }
        VgEstimate e = row("wide", "contrast", -0.03 * a, 0.1 + 0.01 * a);
        e.term = "random";
        e.arm = name[a];
        e.reference = name[0];
        vg_result_estimate(r, &e);
        e = vg_estimate_blank();
        e.analysis = "wide";
        e.quantity = "ranking";
        e.term = name[a];
        e.estimate = (a * 13 % 22) / 22.0;
        vg_result_estimate(r, &e);
        for (int b = 0; b < a; b++)
            league_cell(r, "wide", name[a], name[b], "network", -0.03 * (a - b), 0.1 + 0.005 * b,
                        NAN);
    }
    vg_result_text(r, VG_FACTS_FIT, "wide", "measure_label", "Risk ratio");
    vg_result_text(r, VG_FACTS_FIT, "wide", "back_transform", "exp");
    vg_result_text(r, VG_FACTS_FIT, "wide", "reference", "placebo");
}

/* ---- what was declared ---- */

static void sentence(VgResult *r, const char *analysis, int order, const char *text)
{
    VgDataset *d = DATASET(r, analysis, "sentences", "text", "#order");
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "text", text);
    vg_dataset_set_number(r, d, "order", order);
}

static void analysis_row(VgResult *r, const char *id, const char *role, const char *kind,
                         const char *label)
{
    VgDataset *d = DATASET(r, NULL, "analyses", "id", "role", "kind", "label", "#order");
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "id", id);
    vg_dataset_set_text(r, d, "role", role);
    vg_dataset_set_text(r, d, "kind", kind);
    vg_dataset_set_text(r, d, "label", label);
}

static void declared(VgResult *r, const char *const *name)
{
    static const char *const facts[][2] = {
        {"title", "Made-up trials of gut bacteria beside treatment <simulated & small>"},
        {"question", "Do probiotics added to usual treatment lower depression scores?"},
        {"kind", "review"},
        {"data", "simulated"},
        {"outcome", "depression score"},
        {"source", "made by a computer"},
        {"licence", "CC0"},
        {"primary_analysis", "primary"},
        {"file", "review.yaml"}};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        vg_result_text(r, VG_FACTS_STUDY, NULL, facts[i][0], facts[i][1]);
    analysis_row(r, "primary", "primary", "meta", "Probiotics against control, depression score");
    analysis_row(r, "response", "secondary", "meta", "Response");
    analysis_row(r, "many", "sensitivity", "meta", "All designs");
    analysis_row(r, "network", "secondary", "network", "Network of treatments");
    analysis_row(r, "wide", "secondary", "network", "A wide network");
    static const char *const domain[] = {"Randomisation", "Deviations", "Missing data",
                                         "Measurement",   "Reporting",  "Overall"};
    static const char *const judgement[] = {"low", "some concerns", "high", "no information"};
    VgDataset *d = DATASET(r, NULL, "risk_of_bias", "study", "domain", "judgement", "#order");
    for (int i = 0; i < REVIEW_STUDIES; i++)
        for (int j = 0; j < 6; j++) {
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "study", name[i]);
            vg_dataset_set_text(r, d, "domain", domain[j]);
            vg_dataset_set_text(r, d, "judgement",
                                judgement[j == 5         ? (i % 3)
                                          : (i + j) % 11 ? (i * j) % 3
                                                         : 3]);
            vg_dataset_set_number(r, d, "order", j);
        }
    static const struct {
        const char *domain, *judgement, *reason, *rule, *by;
        double downgrade;
    } grade[] = {
        {"risk of bias", "serious", "42% of the weight comes from studies at high risk",
         "more than 30% of the weight at high risk: one level", "computed", 1},
        {"inconsistency", "not serious", "I² is 38%; the prediction interval holds no effect",
         "I² above 50% and intervals that do not meet: one level", "computed", 0},
        {"indirectness", "not serious", "all trials were of adults with depression", NULL,
         "reviewer", 0},
        {"imprecision", "not serious", "840 people; the interval excludes no effect",
         "interval holds no effect and ±0.24, or fewer than 400 people: one level", "computed", 0},
        {"publication bias", "serious", "Egger's test p = 0.03 with 14 studies",
         "Egger's test below 0.1 with 10 studies or more: one level", "computed", 1},
        {"certainty", "low", "starts at high for randomised trials; two levels down", NULL,
         "computed", 2}};
    d = DATASET(r, "primary", "grade", "domain", "#downgrade", "judgement", "reason", "rule", "by",
                "#order");
    for (size_t i = 0; i < sizeof grade / sizeof *grade; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "domain", grade[i].domain);
        vg_dataset_set_number(r, d, "downgrade", grade[i].downgrade);
        vg_dataset_set_text(r, d, "judgement", grade[i].judgement);
        vg_dataset_set_text(r, d, "reason", grade[i].reason);
        vg_dataset_set_text(r, d, "rule", grade[i].rule);
        vg_dataset_set_text(r, d, "by", grade[i].by);
        vg_dataset_set_number(r, d, "order", (double)i);
    }
    d = DATASET(r, NULL, "sources", "study", "citation", "certainty", "note");
    for (int i = 0; i < REVIEW_STUDIES; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "study", name[i]);
        vg_dataset_set_text(r, d, "citation", "No such paper: simulated.");
        vg_dataset_set_text(r, d, "certainty", i % 4 ? "read" : "abstract only");
    }
    sentence(r, "primary", 1,
             "Across 14 trials, depression scores were lower with probiotics than with control: "
             "Hedges’ g −0.29 (95% interval −0.46 to −0.12).");
    sentence(r, "primary", 2,
             "In a new trial the effect may lie between −0.72 and 0.14 (prediction interval).");
    sentence(r, "network", 1,
             "Added to an SSRI, a probiotic lowered scores by a further 0.21 (95% interval 0.02 to "
             "0.40); the interaction itself is −0.06 (−0.33 to 0.21).");
    d = DATASET(r, NULL, "methods", "heading", "text");
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "heading", "Model");
    vg_dataset_set_text(r, d, "text", "Random effects; tau² by restricted maximum likelihood.");
    vg_result_input(r, "studies.csv",
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 14);
    vg_result_warn(r, "2 studies gave no standard deviation: it was had from the interval");
}

VgResult *fixture_review(VgArena *arena)
{
    static const char *call[] = {"vagus", "run", "examples/made-up-review", "-o", "results"};
    static const char *const surname[] = {"Ames",     "Brandt",  "Costa",  "Dietrich",
                                          "Eriksson", "Fu",      "García", "Haas",
                                          "Ito",      "Jansen",  "Kowal",  "Lindqvist and others",
                                          "Mbeki",    "Nakamura"};
    static const char *const strata[] = {"added to an antidepressant", "alone"};
    const char *name[REVIEW_MANY];
    double y[REVIEW_MANY], v[REVIEW_MANY];
    int group[REVIEW_MANY];
    VgResult *r = vg_result_create(arena, "run");
    if (!r)
        return NULL;
    r->call = call;
    r->n_call = 5;
    state = 4;
    for (int i = 0; i < REVIEW_MANY; i++) {
        name[i] = vg_arena_printf(arena, "%s %d", surname[i % 14], 2001 + (i * 7) % 23);
        group[i] = i % 2;
        double se = 0.12 + 0.36 * uniform();
        v[i] = se * se;
        y[i] = (group[i] ? -0.1 : -0.45) + 0.2 * normal() + se * normal();
    }
    y[41] = 4.6;
    declared(r, name);
    pairwise(r, "primary", name, REVIEW_STUDIES, y, v, group, strata, false, true);
    double odds[9];
    for (int i = 0; i < 9; i++)
        odds[i] = -1.3 * y[i];
    v[3] = 1.4; /* an interval that leaves the axis */
    pairwise(r, "response", name, 9, odds, v, group, NULL, true, false);
    pairwise(r, "many", name, REVIEW_MANY, y, v, group, NULL, false, false);
    network(r);
    wide_network(r);
    return vg_result_status(r, NULL) == VG_OK ? r : NULL;
}
