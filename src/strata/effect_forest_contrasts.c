/* What doubly robust scores of an effect forest say, arm by arm: averages of all rows; calibration and ranking among the rows of an arm and
 * the reference, as in a trial of these two; projection on declared moderators. */
#include <math.h>

#include "model/estimate.h"
#include "numeric/linear_algebra.h"
#include "strata/effect_forest_parts.h"
#include "strata/strata.h"

enum { RANK_FOLDS = 2 };

/* The rows of an arm and the reference. */
typedef struct Pair {
    size_t arm, n;
    size_t *row; /* of the table as made */
    VgMatrix x, effect;
    double *outcome, *outcome_left, *treatment_left;
    const double *score;
    VgClusters clusters;
    VgContrastRows rows;
} Pair;

VgStatus vg_effect_averages(VgEffectAnalysis *a, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    size_t n = t->x.rows;
    VgScoreData data = {.n = n,
                        .arms = t->n_arms,
                        .outcome = a->outcome,
                        .arm = a->arm,
                        .propensity = a->propensity,
                        .outcome_hat = a->facts.outcome_hat,
                        .effect_hat = a->effect,
                        .source = VG_PREDICTION_OUT_OF_BAG};
    VG_TRY(vg_scores(a->arena, &data, &a->scores, error));
    for (size_t k = 0; k + 1 < t->n_arms; k++) {
        VgInference effect;
        VgContrastRows rows = vg_effect_rows_of(a, k + 1, n);
        VG_TRY(vg_average_effect(a->arena, n, &VG_AT(a->scores.contrast, 0, k), a->clusters,
                                 a->options->level, &effect, error));
        vg_contrast_average_row(&rows, &effect);
    }
    return VG_OK;
}

/* ---- an arm and the reference ---- */

static VgStatus list_rows(const VgEffectAnalysis *a, Pair *p, VgError *error)
{
    size_t n = a->table->x.rows;
    p->row = VG_NEW(a->arena, size_t, n);
    if (!p->row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (a->arm[i] == 0 || (size_t)a->arm[i] == p->arm)
            p->row[p->n++] = i;
    p->x = vg_strata_rows(a->arena, a->table->x, p->row, p->n);
    p->outcome = VG_NEW(a->arena, double, 3 * p->n);
    p->effect = vg_matrix_new(a->arena, p->n, 1);
    if (!p->x.data || !p->outcome || !p->effect.data)
        return vg_fail_memory(error);
    p->outcome_left = p->outcome + p->n;
    p->treatment_left = p->outcome_left + p->n;
    return vg_strata_regroup(a->arena, a->clusters, p->row, p->n, &p->clusters, error);
}

/* Scores among the two: probabilities are given that one of the two arms was drawn. Ŷ is of all arms, which costs precision with
 * three, no more: W − e is nought on average given x. */
static VgStatus score(const VgEffectAnalysis *a, Pair *p, VgError *error)
{
    VgMatrix propensity = vg_matrix_new(a->arena, p->n, 2);
    double *outcome_hat = VG_NEW(a->arena, double, p->n);
    int32_t *treated = VG_NEW(a->arena, int32_t, p->n);
    VgScores scores;
    if (!propensity.data || !outcome_hat || !treated)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->n; k++) {
        size_t i = p->row[k];
        double e = VG_AT(a->propensity, i, p->arm);
        e /= e + VG_AT(a->propensity, i, 0);
        treated[k] = a->arm[i] != 0;
        outcome_hat[k] = a->facts.outcome_hat[i];
        p->outcome[k] = a->outcome[i];
        p->outcome_left[k] = a->outcome[i] - outcome_hat[k];
        p->treatment_left[k] = treated[k] - e;
        p->effect.data[k] = VG_AT(a->effect, i, p->arm - 1);
        VG_AT(propensity, k, 0) = 1 - e;
        VG_AT(propensity, k, 1) = e;
    }
    const VgScoreData data = {.n = p->n,
                              .arms = 2,
                              .outcome = p->outcome,
                              .arm = treated,
                              .propensity = propensity,
                              .outcome_hat = outcome_hat,
                              .effect_hat = p->effect,
                              .source = VG_PREDICTION_OUT_OF_BAG};
    VG_TRY(vg_scores(a->arena, &data, &scores, error));
    p->score = scores.contrast.data;
    return VG_OK;
}

static VgStatus calibrate(const VgEffectAnalysis *a, const Pair *p, VgError *error)
{
    VgCalibration c;
    VG_TRY(vg_calibration_test(a->arena, p->n, p->outcome_left, p->treatment_left, p->effect.data,
                               VG_PREDICTION_OUT_OF_BAG, p->clusters, a->options->level, &c,
                               error));
    VgContrastRows rows = p->rows;
    rows.unit = NULL;
    vg_contrast_calibration_rows(&rows, &c);
    return VG_OK;
}

/* Those first in line benefit most: where fewer points are better, those who lose most. */
static VgStatus turn(const VgEffectAnalysis *a, const Pair *p, VgPriority *priority,
                     double **benefit, VgError *error)
{
    double sign = a->options->lower_is_better ? -1 : 1;
    double *value = VG_NEW(a->arena, double, p->n);
    *benefit = VG_NEW(a->arena, double, p->n);
    if (!value || !*benefit)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->n; k++) {
        (*benefit)[k] = sign * p->score[k];
        value[k] = sign * priority->value[k];
    }
    priority->value = value;
    return VG_OK;
}

static VgStatus rank(const VgEffectAnalysis *a, const Pair *p, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    const VgForestLearner learner = {.outcome = p->outcome, .options = a->forest_options};
    /* of times, which are of two arms: all rows */
    const VgSurvivalLearner of_times = {t->outcome, t->event, t->aim, t->arm_name,
                                        a->forest_options};
    /* x is complete, and nobody looks at it: the forest learns from what was measured */
    VgEffectSample sample = {.x = vg_matrix_new(a->arena, p->n, 1),
                             .measured = p->x,
                             .outcome_left = p->outcome_left,
                             .treatment_left = p->treatment_left,
                             .clusters = p->clusters};
    uint64_t seed = a->options->forest.seed;
    const VgRankOptions options = {
        .seed = seed, .threads = a->options->forest.threads, .level = a->options->level};
    size_t folds = a->options->folds ? a->options->folds : RANK_FOLDS;
    VgPriority priority;
    VgRankEffects rate;
    VgGroupEffects groups;
    double *benefit;
    if (!sample.x.data)
        return vg_fail_memory(error);
    VG_TRY(vg_cross_fit(a->arena, &sample, t->event ? vg_survival_learner : vg_forest_learner,
                        t->event ? (const void *)&of_times : &learner, folds, seed, &priority,
                        error));
    VG_TRY(turn(a, p, &priority, &benefit, error));
    VG_TRY(
        vg_rank_effects(a->arena, p->n, benefit, &priority, p->clusters, &options, &rate, error));
    VG_TRY(vg_group_effects(a->arena, p->n, p->score, &priority, 0, p->clusters, a->options->level,
                            &groups, error));
    vg_contrast_rank_rows(&p->rows, &rate);
    vg_contrast_group_rows(&p->rows, &groups);
    return VG_OK;
}

/* What cannot be had of one arm is told and left out. */
static VgStatus or_warn(const VgEffectAnalysis *a, const Pair *p, const char *what, VgStatus status,
                        VgError *error)
{
    if (status != VG_NOT_ESTIMABLE)
        return status;
    vg_result_warn(a->result, "no %s of arm %s: %s", what, a->table->arm_name[p->arm],
                   error->message);
    *error = (VgError){0};
    return VG_OK;
}

VgStatus vg_effect_contrasts(const VgEffectAnalysis *a, VgError *error)
{
    for (size_t arm = 1; arm < a->table->n_arms; arm++) {
        Pair p = {.arm = arm};
        VG_TRY(list_rows(a, &p, error));
        p.rows = vg_effect_rows_of(a, arm, p.n);
        VG_TRY(score(a, &p, error));
        VG_TRY(or_warn(a, &p, "calibration", calibrate(a, &p, error), error));
        if (!a->options->no_ranks)
            VG_TRY(or_warn(a, &p, "ranking", rank(a, &p, error), error));
    }
    return VG_OK;
}

/* ---- projection ---- */

VgStatus vg_effect_projection(const VgEffectAnalysis *a, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    for (size_t k = 0; t->moderators.cols > 0 && k + 1 < t->n_arms; k++) {
        VgLm *fit;
        VgJointTest all;
        VgContrastRows rows = vg_effect_rows_of(a, k + 1, t->x.rows);
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
            VgEstimate row = vg_contrast_row(&rows, "blp");
            row.term = j ? t->moderator_name[j - 1] : "(Intercept)";
            row.note = "change of the effect a unit";
            if (j == 0)
                row.note = "effect where all moderators are 0";
            vg_estimate_fill(&row, &answer);
            vg_result_estimate(a->result, &row);
        }
        VgEstimate row = vg_contrast_row(&rows, "joint_test");
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
