/* One arm against the reference among the people of both: their rows, predictions and scores. */
#include "strata/run.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { FEWEST_PEOPLE = 40 };

/* Ŷ: the learner with everybody "treated" by 1 learns E[Y | x]. */
VgStatus vg_strata_predict_outcome(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    double *ones = VG_NEW(run->arena, double, t->n);
    if (!ones)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++)
        ones[i] = 1;
    VgEffectSample sample = {
        .x = t->panel, .outcome_left = t->outcome, .treatment_left = ones, .clusters = t->clusters};
    VgPriority outcome;
    VG_TRY(vg_cross_fit(run->arena, &sample, vg_linear_effects, NULL, 0, run->plan->seed, &outcome,
                        error));
    run->outcome_hat = VG_NEW(run->arena, double, t->n);
    if (!run->outcome_hat)
        return vg_fail_memory(error);
    memcpy(run->outcome_hat, outcome.value, t->n * sizeof(double));
    return VG_OK;
}

static VgStatus new_contrast(VgStrataRun *run, size_t arm, VgStrataContrast *c, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    *c = (VgStrataContrast){.arm = arm, .learner = run->learner, .context = run->plan->context};
    for (size_t i = 0; i < t->n; i++)
        c->n += t->arm[i] == 0 || (size_t)t->arm[i] == arm;
    if (c->n < FEWEST_PEOPLE)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%s and %s have %zu people, fewer than %d",
                       "with so few only the average effect can be told", run->trial->arm_name[arm],
                       run->trial->arm_name[0], c->n, FEWEST_PEOPLE);
    c->row = VG_NEW(run->arena, size_t, c->n);
    c->outcome = VG_NEW(run->arena, double, 4 * c->n);
    c->treated = VG_NEW(run->arena, int32_t, 3 * c->n);
    c->panel = vg_matrix_new(run->arena, c->n, t->panel.cols);
    if (t->panel_raw.data)
        c->panel_raw = vg_matrix_new(run->arena, c->n, t->panel.cols);
    c->moderators = vg_matrix_new(run->arena, c->n, run->n_moderators);
    c->seen = VG_NEW(run->arena, double, 2 * run->n_moderators);
    if (!c->row || !c->outcome || !c->treated || !c->panel.data || !c->moderators.data ||
        !c->seen || (t->panel_raw.data && !c->panel_raw.data))
        return vg_fail_memory(error);
    c->seen_sd = c->seen + run->n_moderators;
    c->outcome_left = c->outcome + c->n;
    c->treatment_left = c->outcome_left + c->n;
    c->effect_hat = c->treatment_left + c->n;
    return VG_OK;
}

static void fill_contrast(const VgStrataRun *run, VgStrataContrast *c)
{
    const VgStrataTrial *t = run->trial;
    int32_t *cluster = c->treated + c->n, *stratum = cluster + c->n;
    size_t k = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->arm[i] != 0 && (size_t)t->arm[i] != c->arm)
            continue;
        double e = VG_AT(t->propensity, i, c->arm);
        e /= e + VG_AT(t->propensity, i, 0); /* among the two */
        c->row[k] = i;
        c->treated[k] = t->arm[i] != 0;
        c->outcome[k] = t->outcome[i];
        c->outcome_left[k] = t->outcome[i] - run->outcome_hat[i];
        c->treatment_left[k] = c->treated[k] - e;
        cluster[k] = t->clusters.of ? t->clusters.of[i] : 0;
        stratum[k] = t->stratum ? t->stratum[i] : 0;
        for (size_t j = 0; j < t->panel.cols; j++)
            VG_AT(c->panel, k, j) = VG_AT(t->panel, i, j);
        for (size_t j = 0; j < c->panel_raw.cols; j++)
            VG_AT(c->panel_raw, k, j) = VG_AT(t->panel_raw, i, j);
        for (size_t j = 0; j < run->n_moderators; j++)
            VG_AT(c->moderators, k, j) = VG_AT(t->panel, i, run->moderator[j]);
        k++;
    }
    c->clusters = (VgClusters){.of = t->clusters.of ? cluster : NULL, .count = t->clusters.count};
    c->stratum = t->stratum ? stratum : NULL;
    c->sample =
        (VgEffectSample){c->panel, c->outcome_left, c->treatment_left, c->clusters, c->panel_raw};
}

VgStatus vg_strata_contrast(VgStrataRun *run, size_t arm, VgStrataContrast *c, VgError *error)
{
    VG_TRY(new_contrast(run, arm, c, error));
    fill_contrast(run, c);
    return VG_OK;
}

VgStatus vg_strata_cross_fit(VgStrataRun *run, VgStrataContrast *c, size_t folds, uint64_t seed,
                             VgPriority *priority, VgError *error)
{
    VgStatus status =
        vg_cross_fit(run->arena, &c->sample, c->learner, c->context, folds, seed, priority, error);
    if (status != VG_NOT_ESTIMABLE || c->learner == vg_linear_effects)
        return status;
    vg_result_warn(run->result, "effects of %s are predicted by a linear model: %s",
                   run->trial->arm_name[c->arm], error->message);
    *error = (VgError){0};
    c->learner = vg_linear_effects;
    c->context = NULL;
    return vg_cross_fit(run->arena, &c->sample, c->learner, NULL, folds, seed, priority, error);
}

/* τ̂ of everybody: cross-fitted among the two arms, by all of these for people of other arms. */
VgStatus vg_strata_predict_effects(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    VgPriority own;
    VG_TRY(vg_strata_cross_fit(run, c, 0, run->plan->seed + c->arm, &own, error));
    memcpy(c->effect_hat, own.value, c->n * sizeof(double));
    VgArenaMark mark = vg_arena_mark(run->arena);
    size_t *others = VG_NEW(run->arena, size_t, t->n), n_others = 0;
    double *effect = VG_NEW(run->arena, double, t->n), *left = VG_NEW(run->arena, double, 2 * t->n);
    if (!others || !effect || !left)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c->n; k++) {
        VG_AT(run->effect_hat, c->row[k], c->arm - 1) = c->effect_hat[k];
        left[c->row[k]] = c->outcome_left[k];
        left[t->n + c->row[k]] = c->treatment_left[k];
    }
    for (size_t i = 0; i < t->n; i++)
        if (t->arm[i] != 0 && (size_t)t->arm[i] != c->arm)
            others[n_others++] = i;
    VgEffectSample whole = {t->panel, left, left + t->n, t->clusters, t->panel_raw};
    if (n_others > 0)
        VG_TRY(c->learner(&whole, c->row, c->n, others, n_others, run->plan->seed + c->arm,
                          run->arena, c->context, effect, error));
    for (size_t k = 0; k < n_others; k++)
        VG_AT(run->effect_hat, others[k], c->arm - 1) = effect[k];
    vg_arena_rewind(run->arena, mark);
    return VG_OK;
}

/* Scores of one contrast among its two arms. */
VgStatus vg_strata_score_contrast(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VgMatrix propensity = vg_matrix_new(run->arena, c->n, 2);
    double *outcome_hat = VG_NEW(run->arena, double, c->n);
    if (!propensity.data || !outcome_hat)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c->n; k++) {
        double e = c->treated[k] - c->treatment_left[k];
        VG_AT(propensity, k, 0) = 1 - e;
        VG_AT(propensity, k, 1) = e;
        outcome_hat[k] = c->outcome[k] - c->outcome_left[k];
    }
    const VgScoreData data = {c->n,
                              2,
                              c->outcome,
                              c->treated,
                              propensity,
                              outcome_hat,
                              {c->effect_hat, c->n, 1, c->n},
                              VG_PREDICTION_CROSS_FITTED};
    VgScores scores;
    VG_TRY(vg_scores(run->arena, &data, &scores, error));
    c->score = scores.contrast.data;
    VG_TRY(
        vg_average_effect(run->arena, c->n, c->score, c->clusters, run->level, &c->average, error));
    VgContrastRows rows = vg_strata_rows_of(run, c);
    vg_contrast_average_row(&rows, &c->average);
    return VG_OK;
}
