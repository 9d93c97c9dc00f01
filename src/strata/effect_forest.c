/* An effect forest as rows, facts and warnings: averages from doubly robust scores, calibration, ranking of held-out rows, projection on
 * declared moderators, importance. What the rows may be used for: METHODS 5.2. */
#include <math.h>
#include <stdlib.h>

#include <vagus/effect_forest.h>

#include "model/estimate.h"
#include "numeric/linear_algebra.h"
#include "strata/contrast_rows.h"
#include "strata/effect_forest_survival.h"

enum { SMALL_TRIAL = 400, TOP_COLUMNS = 20, FEW_CLUSTERS = 20, RANK_FOLDS = 2 };

/* An analysis under way. */
typedef struct Analysis {
    VgArena *arena;
    const VgEffectForestTable *table;
    const VgEffectForestOptions *options;
    VgForestOptions forest_options; /* after tuning */
    VgRandomForest *forest;
    VgForestFacts facts;
    const double *outcome;       /* n; of times what stands for them */
    VgMatrix effect, propensity; /* out of bag; n × arms */
    VgScores scores;
    VgClusters clusters;
    VgResult *result;
} Analysis;

static VgContrastRows rows_of(const Analysis *a, size_t arm)
{
    return (VgContrastRows){.arena = a->arena,
                            .result = a->result,
                            .outcome = a->table->outcome_name,
                            .unit = vg_effect_forest_unit(a->table),
                            .arm = a->table->arm_name[arm],
                            .reference = a->table->arm_name[0],
                            .n = a->table->x.rows};
}

static VgEstimate row_of(const Analysis *a, const char *quantity, size_t arm)
{
    VgContrastRows rows = rows_of(a, arm);
    return vg_contrast_row(&rows, quantity);
}

static void add(const Analysis *a, VgEstimate row, const VgInference *answer)
{
    vg_estimate_fill(&row, answer);
    vg_result_estimate(a->result, &row);
}

/* ---- the forest ---- */

/* Better options by the R-learner's loss, of two arms; the nuisances of the first forest serve the second. */
static VgStatus tune(Analysis *a, VgForestData data, VgForestTreatment *treatment,
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
static VgStatus grow_forest(Analysis *a, const VgForestData *data,
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

static VgStatus grow(Analysis *a, VgEffectPredictions *predictions, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    VgForestData data = {
        .x = t->x, .outcome = t->outcome, .cluster = t->cluster, .n_clusters = t->n_clusters};
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

/* ---- averages and calibration ---- */

static VgStatus average(Analysis *a, VgEffectPredictions *predictions, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    int32_t *arm = VG_NEW(a->arena, int32_t, n);
    if (!arm)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        arm[i] = (int32_t)t->arm[i];
    VgScoreData data = {.n = n,
                        .arms = t->n_arms,
                        .outcome = a->outcome,
                        .arm = arm,
                        .propensity = a->propensity,
                        .outcome_hat = a->facts.outcome_hat,
                        .effect_hat = a->effect,
                        .source = VG_PREDICTION_OUT_OF_BAG};
    VG_TRY(vg_scores(a->arena, &data, &a->scores, error));
    predictions->score = a->scores.contrast;
    for (size_t k = 0; k + 1 < t->n_arms; k++) {
        VgInference effect;
        VG_TRY(vg_average_effect(a->arena, n, &VG_AT(a->scores.contrast, 0, k), a->clusters,
                                 a->options->level, &effect, error));
        VgContrastRows rows = rows_of(a, k + 1);
        vg_contrast_average_row(&rows, &effect);
    }
    return VG_OK;
}

/* Y − Ŷ and W − e of two arms. */
static VgStatus residuals(const Analysis *a, double **outcome_left, double **treatment_left,
                          VgError *error)
{
    size_t n = a->table->x.rows;
    *outcome_left = VG_NEW(a->arena, double, n);
    *treatment_left = VG_NEW(a->arena, double, n);
    if (!*outcome_left || !*treatment_left)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        (*outcome_left)[i] = a->outcome[i] - a->facts.outcome_hat[i];
        (*treatment_left)[i] = (double)a->table->arm[i] - VG_AT(a->propensity, i, 1);
    }
    return VG_OK;
}

static VgStatus calibrate(const Analysis *a, const double *outcome_left,
                          const double *treatment_left, VgError *error)
{
    VgCalibration c;
    VG_TRY(vg_calibration_test(a->arena, a->table->x.rows, outcome_left, treatment_left,
                               a->effect.data, VG_PREDICTION_OUT_OF_BAG, a->clusters,
                               a->options->level, &c, error));
    VgContrastRows rows = rows_of(a, 1);
    rows.unit = NULL;
    vg_contrast_calibration_rows(&rows, &c);
    return VG_OK;
}

/* ---- held-out ranking ---- */

static VgStatus rank(const Analysis *a, const double *outcome_left, const double *treatment_left,
                     VgError *error)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    VgForestLearner learner = {.outcome = t->outcome, .options = a->forest_options};
    /* x is complete, and nobody looks at it: the forest learns from what was measured */
    VgEffectSample sample = {.x = vg_matrix_new(a->arena, n, 1),
                             .measured = t->x,
                             .outcome_left = outcome_left,
                             .treatment_left = treatment_left,
                             .clusters = a->clusters};
    uint64_t seed = a->options->forest.seed;
    VgPriority priority;
    VgRankEffects rate;
    VgRankOptions options = {
        .seed = seed, .threads = a->options->forest.threads, .level = a->options->level};
    VgSurvivalLearner of_times = {t->x,   t->outcome,  t->event,
                                  t->aim, t->arm_name, a->forest_options};
    if (!sample.x.data)
        return vg_fail_memory(error);
    VgStatus status =
        vg_cross_fit(a->arena, &sample, t->event ? vg_survival_learner : vg_forest_learner,
                     t->event ? (const void *)&of_times : &learner,
                     a->options->folds ? a->options->folds : RANK_FOLDS, seed, &priority, error);
    if (status == VG_NOT_ESTIMABLE && t->event) {
        vg_result_warn(a->result,
                       "no held-out ranking, since a part of the rows cannot bear it: %s",
                       error ? error->message : "");
        return VG_OK;
    }
    if (status != VG_OK)
        return status;
    VG_TRY(vg_rank_effects(a->arena, n, a->scores.contrast.data, &priority, a->clusters, &options,
                           &rate, error));
    VgGroupEffects groups;
    VG_TRY(vg_group_effects(a->arena, n, a->scores.contrast.data, &priority, 0, a->clusters,
                            a->options->level, &groups, error));
    VgContrastRows rows = rows_of(a, 1);
    vg_contrast_rank_rows(&rows, &rate);
    vg_contrast_group_rows(&rows, &groups);
    return VG_OK;
}

/* ---- projection and importance ---- */

static VgStatus project(const Analysis *a, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    for (size_t k = 0; t->moderators.cols > 0 && k + 1 < t->n_arms; k++) {
        VgLm *fit;
        VgJointTest all;
        VG_TRY(vg_best_linear_projection(a->arena, &VG_AT(a->scores.contrast, 0, k), t->moderators,
                                         t->moderator_name, a->clusters, &fit, &all, error));
        VgFittedModel model = vg_lm_model(fit);
        double *unit = VG_NEW(a->arena, double, model.n_coefficients);
        if (!unit)
            return vg_fail_memory(error);
        for (size_t j = 0; j < model.n_coefficients; j++) {
            VgInference answer;
            unit[j] = 1;
            VG_TRY(model.contrast(model.fit, unit, a->options->level, &answer, error));
            unit[j] = 0;
            VgEstimate row = row_of(a, "blp", k + 1);
            row.term = j ? t->moderator_name[j - 1] : "(Intercept)";
            row.note = "change of the effect a unit";
            if (j == 0)
                row.note = "effect where all moderators are 0";
            add(a, row, &answer);
        }
        VgEstimate row = row_of(a, "joint_test", k + 1);
        row.term = "all moderators";
        row.statistic = all.statistic;
        row.df = all.df_numerator;
        row.p = all.p;
        row.note = "too few people for a joint test";
        if (!isnan(all.p))
            row.note = vg_arena_printf(a->arena, "denominator df %.6g", all.df_denominator);
        vg_result_estimate(a->result, &row);
    }
    return VG_OK;
}

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

static VgStatus tell_importance(const Analysis *a, VgError *error)
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

static void tell_facts(const Analysis *a)
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
static void warn_missing(const Analysis *a)
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

static void warn(const Analysis *a)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    if (t->n_dropped)
        vg_result_warn(a->result,
                       "%zu rows lack outcome, arm or another needed value and are left out",
                       t->n_dropped);
    warn_missing(a);
    if (t->event)
        vg_effect_forest_survival_warnings(t, a->facts.uncensored, a->result);
    for (size_t j = 0; j < t->n_constant; j++)
        vg_result_warn(a->result, "feature %s is constant and left out", t->constant[j]);
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

static VgStatus cluster_codes(Analysis *a, VgError *error)
{
    if (!a->table->cluster)
        return VG_OK;
    int32_t *of = VG_NEW(a->arena, int32_t, a->table->x.rows);
    if (!of)
        return vg_fail_memory(error);
    for (size_t i = 0; i < a->table->x.rows; i++)
        of[i] = (int32_t)a->table->cluster[i];
    a->clusters = (VgClusters){.of = of, .count = a->table->n_clusters};
    return VG_OK;
}

VgStatus vg_effect_forest_run(VgArena *arena, const VgEffectForestTable *table,
                              const VgEffectForestOptions *options,
                              VgEffectPredictions *predictions, VgResult *result, VgError *error)
{
    Analysis a = {.arena = arena,
                  .table = table,
                  .options = options,
                  .forest_options = options->forest,
                  .result = result};
    VG_TRY(cluster_codes(&a, error));
    VG_TRY(grow(&a, predictions, error));
    VG_TRY(average(&a, predictions, error));
    if (table->n_arms == 2) {
        double *outcome_left, *treatment_left;
        VG_TRY(residuals(&a, &outcome_left, &treatment_left, error));
        VG_TRY(calibrate(&a, outcome_left, treatment_left, error));
        if (!options->no_ranks)
            VG_TRY(rank(&a, outcome_left, treatment_left, error));
    }
    VG_TRY(project(&a, error));
    VG_TRY(tell_importance(&a, error));
    tell_facts(&a);
    warn(&a);
    return vg_result_status(result, error);
}
