/* An effect forest as rows, facts and warnings: the forest, what its scores say of each arm, a rule, importance. What the rows may be used for:
 * METHODS 5.2. */
#include <math.h>
#include <stdlib.h>

#include "numeric/linear_algebra.h"
#include "strata/effect_forest_parts.h"
#include "strata/effect_forest_survival.h"

enum { SMALL_TRIAL = 400, TOP_COLUMNS = 20, FEW_CLUSTERS = 20, MOST_STRATA = 20 };

VgContrastRows vg_effect_rows_of(const VgEffectAnalysis *a, size_t arm, size_t n)
{
    return (VgContrastRows){.arena = a->arena,
                            .result = a->result,
                            .outcome = a->table->outcome_name,
                            .unit = vg_effect_forest_unit(a->table),
                            .arm = a->table->arm_name[arm],
                            .reference = a->table->arm_name[0],
                            .n = n};
}

/* ---- the forest ---- */

/* Better options by the R-learner's loss, of two arms; the nuisances of the first forest serve the second. */
static VgStatus tune(VgEffectAnalysis *a, VgForestData data, VgForestTreatment *treatment,
                     VgForestOptions *options, VgError *error)
{
    size_t n = data.x.rows;
    VgForestTuned tuned;
    VgMatrix left = vg_matrix_new(a->arena, n, 1);
    double *outcome = VG_NEW(a->arena, double, n);
    if (!left.data || !outcome)
        return vg_fail_memory(error);
    treatment->outcome_hat = a->facts.outcome_hat;
    treatment->propensity = a->facts.propensity;
    for (size_t i = 0; i < n; i++) {
        outcome[i] = a->outcome[i] - a->facts.outcome_hat[i];
        left.data[i] = (double)treatment->arm[i] - VG_AT(a->facts.propensity, i, 1);
    }
    data.outcome = outcome;
    VG_TRY(vg_forest_tune(a->arena, &data, &left, options, NULL, &tuned, error));
    *options = tuned.options;
    VgResult *r = a->result;
    vg_result_bool(r, VG_FACTS_FIT, NULL, "tuned", tuned.better);
    vg_result_number(r, VG_FACTS_FIT, NULL, "tuned_error", tuned.error);
    vg_result_number(r, VG_FACTS_FIT, NULL, "default_error", tuned.default_error);
    vg_result_number(r, VG_FACTS_FIT, NULL, "sample_fraction", options->sample_fraction);
    vg_result_number(r, VG_FACTS_FIT, NULL, "min_node_size", (double)options->min_node_size);
    vg_result_number(r, VG_FACTS_FIT, NULL, "honesty_fraction", options->honesty_fraction);
    vg_result_number(r, VG_FACTS_FIT, NULL, "alpha", options->alpha);
    vg_result_number(r, VG_FACTS_FIT, NULL, "imbalance_penalty", options->imbalance_penalty);
    return VG_OK;
}

/* The forest, of outcomes as they are or of what stands for times. */
static VgStatus grow_forest(VgEffectAnalysis *a, const VgForestData *data,
                            const VgForestTreatment *treatment, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    if (t->event)
        VG_TRY(vg_forest_survival_effect(a->arena, data, t->event, &t->aim, treatment,
                                         &a->forest_options, &a->forest, error));
    else
        VG_TRY(vg_forest_causal(a->arena, data, treatment, &a->forest_options, &a->forest, error));
    a->facts = vg_forest_facts(a->forest);
    a->outcome = t->event ? a->facts.pseudo_outcome : t->outcome;
    return VG_OK;
}

static VgStatus grow(VgEffectAnalysis *a, VgEffectPredictions *predictions, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    VgForestData data = {.x = t->x,
                         .outcome = t->outcome,
                         .weight = t->weight,
                         .cluster = t->cluster,
                         .n_clusters = t->n_clusters};
    VgForestTreatment treatment = {
        .arm = t->arm, .n_arms = t->n_arms, .propensity = t->propensity, .arm_name = t->arm_name};
    VgForestPrediction oob;
    size_t n = t->x.rows, contrasts = t->n_arms - 1;
    VG_TRY(grow_forest(a, &data, &treatment, error));
    if (a->options->tune && t->n_arms == 2) {
        VG_TRY(tune(a, data, &treatment, &a->forest_options, error));
        VG_TRY(grow_forest(a, &data, &treatment, error));
    }
    bool variance = a->options->forest.group_size != 1;
    VG_TRY(vg_forest_predict_oob(a->arena, a->forest, variance, &oob, error));
    a->effect = oob.estimate;
    a->propensity = a->facts.propensity;
    VgMatrix se = vg_matrix_new(a->arena, n, contrasts);
    if (!se.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < contrasts; k++)
        for (size_t i = 0; i < n; i++) {
            if (isnan(VG_AT(oob.estimate, i, k)))
                return vg_fail(error, VG_NOT_ESTIMABLE, "no tree of %zu has an effect for row %zu",
                               "grow more trees", a->facts.trees, t->row[i] + 1);
            VG_AT(se, i, k) = variance ? sqrt(VG_AT(oob.variance, i, k)) : NAN;
        }
    *predictions = (VgEffectPredictions){.effect = oob.estimate,
                                         .se = se,
                                         .propensity = a->propensity,
                                         .outcome_hat = a->facts.outcome_hat,
                                         .pseudo_outcome = a->facts.pseudo_outcome,
                                         .uncensored = a->facts.uncensored};
    return VG_OK;
}

/* ---- importance ---- */

typedef struct Important {
    double share;
    size_t column;
} Important;

static int by_share(const void *a, const void *b)
{
    const Important *left = a, *right = b;
    if (left->share != right->share)
        return left->share > right->share ? -1 : 1;
    return left->column < right->column ? -1 : 1;
}

static VgStatus tell_importance(const VgEffectAnalysis *a, VgError *error)
{
    size_t p = a->table->x.cols;
    double *share = VG_NEW(a->arena, double, p);
    Important *order = VG_NEW(a->arena, Important, p);
    if (!share || !order)
        return vg_fail_memory(error);
    vg_forest_importance(a->forest, 0, 0, share);
    for (size_t j = 0; j < p; j++)
        order[j] = (Important){share[j], j};
    qsort(order, p, sizeof *order, by_share);
    static const char *const columns[] = {"variable", "#importance"};
    VgDataset *all = vg_result_dataset(a->result, NULL, "importance", columns, 2);
    for (size_t j = 0; j < p; j++) {
        const char *name = a->table->feature_name[order[j].column];
        vg_dataset_row(a->result, all);
        vg_dataset_set_text(a->result, all, "variable", name);
        vg_dataset_set_number(a->result, all, "importance", order[j].share);
        if (j >= TOP_COLUMNS)
            continue;
        VgEstimate row = vg_estimate_blank();
        row.quantity = "importance";
        row.term = name;
        row.estimate = order[j].share;
        row.note = "share of the splits, weighted by depth";
        vg_result_estimate(a->result, &row);
    }
    return VG_OK;
}

/* ---- facts and warnings ---- */

static double spread(VgMatrix m, size_t column)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < m.rows; i++)
        mean += VG_AT(m, i, column) / (double)m.rows;
    for (size_t i = 0; i < m.rows; i++)
        squares += (VG_AT(m, i, column) - mean) * (VG_AT(m, i, column) - mean);
    return sqrt(squares / (double)(m.rows - 1));
}

static void tell_facts(const VgEffectAnalysis *a)
{
    const VgForestFacts *f = &a->facts;
    VgResult *r = a->result;
    vg_result_number(r, VG_FACTS_FIT, NULL, "n_observations", (double)f->rows);
    vg_result_number(r, VG_FACTS_FIT, NULL, "n_dropped", (double)a->table->n_dropped);
    vg_result_number(r, VG_FACTS_FIT, NULL, "n_features", (double)f->columns);
    if (a->table->cluster)
        vg_result_number(r, VG_FACTS_FIT, NULL, "n_clusters", (double)a->table->n_clusters);
    vg_result_number(r, VG_FACTS_FIT, NULL, "trees", (double)f->trees);
    vg_result_number(r, VG_FACTS_FIT, NULL, "mtry", (double)f->mtry);
    vg_result_text(r, VG_FACTS_FIT, NULL, "propensity", a->table->propensity_words);
    if (a->table->event)
        vg_effect_forest_survival_facts(a->table, r);
    for (size_t k = 0; k + 1 < a->table->n_arms; k++)
        vg_result_number(r, VG_FACTS_FIT, NULL,
                         vg_arena_printf(a->arena, a->table->n_arms > 2 ? "cate_sd_%s" : "cate_sd",
                                         a->table->arm_name[k + 1]),
                         spread(a->effect, k));
    vg_result_number(r, VG_FACTS_DIAGNOSTICS, NULL, "mean_leaves", f->mean_leaves);
    vg_result_number(r, VG_FACTS_DIAGNOSTICS, NULL, "mean_depth", f->mean_depth);
    vg_result_number(r, VG_FACTS_DIAGNOSTICS, NULL, "unsplit_trees", (double)f->unsplit);
}

/* Outcomes missing more in one arm than in another. */
static void warn_missing(const VgEffectAnalysis *a)
{
    const VgEffectForestTable *t = a->table;
    for (size_t k = 1; k < t->n_arms; k++) {
        double n0 = (double)t->arm_size[0], n1 = (double)t->arm_size[k];
        double p0 = (double)t->without_outcome[0] / n0, p1 = (double)t->without_outcome[k] / n1;
        double pooled = (p0 * n0 + p1 * n1) / (n0 + n1);
        double se = sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1));
        if (fabs(p1 - p0) > 0.05 && fabs(p1 - p0) > 1.96 * se)
            vg_result_warn(a->result,
                           "the outcome is missing in %.0f%% of arm %s and %.0f%% of arm %s: those "
                           "who are left may differ between arms, and effects with them",
                           100 * p1, t->arm_name[k], 100 * p0, t->arm_name[0]);
    }
}

/* Known probabilities that take few values are strata of the randomisation: one without an arm tells nothing of it. */
static void warn_empty_strata(const VgEffectAnalysis *a)
{
    const VgEffectForestTable *t = a->table;
    const double *e = t->propensity.data ? &VG_AT(t->propensity, 0, 1) : NULL;
    double value[MOST_STRATA];
    size_t n_values = 0, held[MOST_STRATA][2] = {{0}};
    for (size_t i = 0; e && t->n_arms == 2 && i < t->x.rows; i++) {
        size_t k = 0;
        while (k < n_values && value[k] != e[i])
            k++;
        if (k == MOST_STRATA)
            return; /* no strata: probabilities of each row */
        if (k == n_values)
            value[n_values++] = e[i];
        held[k][t->arm[i]]++;
    }
    for (size_t k = 0; n_values > 1 && k < n_values; k++)
        if (held[k][0] == 0 || held[k][1] == 0)
            vg_result_warn(a->result,
                           "the %zu rows with propensity %g have nobody in arm %s: what is said of "
                           "their effect rests on other rows",
                           held[k][0] + held[k][1], value[k], t->arm_name[held[k][0] ? 1 : 0]);
}

static void warn(const VgEffectAnalysis *a)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    if (t->n_dropped)
        vg_result_warn(a->result,
                       "%zu rows lack outcome, arm or another needed value and are left out",
                       t->n_dropped);
    warn_missing(a);
    warn_empty_strata(a);
    if (t->event)
        vg_effect_forest_survival_warnings(t, a->facts.uncensored, a->result);
    for (size_t j = 0; j < t->n_constant; j++)
        vg_result_warn(a->result, "feature %s is constant and left out", t->constant[j]);
    for (size_t j = 0; j < t->n_with_gaps; j++)
        vg_result_warn(a->result, "the rule does not ask for %s: values are missing",
                       t->with_gaps[j]);
    if (n < SMALL_TRIAL)
        vg_result_warn(a->result,
                       "%zu rows: below %d a forest explores; test declared moderators one at a "
                       "time as interactions first",
                       n, SMALL_TRIAL);
    if (t->cluster && t->n_clusters < FEW_CLUSTERS)
        vg_result_warn(a->result, "%zu clusters: standard errors rest on few", t->n_clusters);
    if (!t->propensity.data) {
        size_t extreme = 0;
        for (size_t i = 0; i < n; i++) {
            double lowest = 1;
            for (size_t k = 0; k < t->n_arms; k++)
                lowest = fmin(lowest, VG_AT(a->propensity, i, k));
            extreme += lowest < 0.05;
        }
        if (extreme)
            vg_result_warn(a->result,
                           "%zu rows have an estimated propensity below 0.05 for some arm: nothing "
                           "much can be said of them",
                           extreme);
    }
    if (2 * a->facts.unsplit > a->facts.trees)
        vg_result_warn(a->result, "%zu of %zu trees could not split: too few rows",
                       a->facts.unsplit, a->facts.trees);
}

/* Arms and clusters as heterogeneity.h numbers them. */
static VgStatus codes(VgEffectAnalysis *a, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    int32_t *arm = VG_NEW(a->arena, int32_t, n);
    int32_t *cluster = t->cluster ? VG_NEW(a->arena, int32_t, n) : NULL;
    bool equal = t->cluster && a->options->forest.equal_clusters;
    double *weight = equal ? VG_NEW(a->arena, double, n) : t->weight;
    double *size = equal ? VG_NEW(a->arena, double, t->n_clusters) : NULL;
    if (!arm || (t->cluster && !cluster) || (equal && (!weight || !size)))
        return vg_fail_memory(error);
    if (equal && t->weight)
        return vg_fail(error, VG_INVALID_INPUT, "equal clusters and sample weights",
                       "the one is a weight as the other: choose");
    for (size_t i = 0; i < n; i++) {
        arm[i] = (int32_t)t->arm[i];
        if (cluster)
            cluster[i] = (int32_t)t->cluster[i];
    }
    for (size_t i = 0; equal && i < n; i++)
        size[cluster[i]]++;
    for (size_t i = 0; equal && i < n; i++)
        weight[i] = 1 / size[cluster[i]];
    a->arm = arm;
    a->clusters =
        (VgClusters){.of = cluster, .count = cluster ? t->n_clusters : 0, .weight = weight};
    return VG_OK;
}

VgStatus vg_effect_forest_run(VgArena *arena, const VgEffectForestTable *table,
                              const VgEffectForestOptions *options,
                              VgEffectPredictions *predictions, VgResult *result, VgError *error)
{
    VgEffectAnalysis a = {.arena = arena,
                          .table = table,
                          .options = options,
                          .forest_options = options->forest,
                          .result = result};
    VG_TRY(codes(&a, error));
    VG_TRY(grow(&a, predictions, error));
    VG_TRY(vg_effect_averages(&a, error));
    predictions->score = a.scores.contrast;
    VG_TRY(vg_effect_contrasts(&a, error));
    VG_TRY(vg_effect_projection(&a, error));
    VG_TRY(vg_effect_rule(&a, error));
    VG_TRY(tell_importance(&a, error));
    tell_facts(&a);
    warn(&a);
    return vg_result_status(result, error);
}
