/* Regressions of scores: calibration of predictions, best linear projection, groups of a priority. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/wald.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "strata/ranking.h"
#include "strata/strata.h"

static VgStatus check_calibration(size_t n, const double *effect_hat, VgPredictionSource source,
                                  VgError *error)
{
    if (source <= VG_PREDICTION_UNKNOWN || source >= VG_PREDICTION_IN_SAMPLE)
        return vg_fail(
            error, VG_INVALID_INPUT,
            "calibration of predictions that have seen the outcomes, or of unknown source",
            "use out-of-bag or cross-fitted predictions");
    return vg_strata_check_numbers(n, effect_hat, "the predicted effect", error);
}

VgStatus vg_calibration_test(VgArena *arena, size_t n, const double *outcome_left,
                             const double *treatment_left, const double *effect_hat,
                             VgPredictionSource source, VgClusters clusters, double level,
                             VgCalibration *calibration, VgError *error)
{
    static const char *const NAME[] = {"mean prediction", "differential prediction"};
    VG_TRY(check_calibration(n, effect_hat, source, error));
    VG_TRY(vg_strata_check_sampling(n, clusters, error));
    VgArenaMark mark = vg_arena_mark(arena);
    VgMatrix x = vg_matrix_new(arena, n, 2);
    double *y = VG_NEW(arena, double, n), mean, all;
    if (!x.data || !y)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_mean(arena, n, effect_hat, clusters, &mean, &all, error));
    for (size_t i = 0; i < n; i++) {
        y[i] = outcome_left[i];
        VG_AT(x, i, 0) = treatment_left[i] * mean;
        VG_AT(x, i, 1) = treatment_left[i] * (effect_hat[i] - mean);
    }
    VgLm *fit;
    VG_TRY(
        vg_strata_regress(arena, x, NAME, y, "outcome", false, VG_LM_HC3, clusters, &fit, error));
    if (fit->rank < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "predictions are the same for everybody, or nought on average",
                       "there is nothing to calibrate: the learner found no difference");
    VgFittedModel model = vg_lm_model(fit);
    VG_TRY(model.contrast(model.fit, (const double[]){1, 0}, level, &calibration->mean, error));
    VG_TRY(model.contrast(model.fit, (const double[]){0, 1}, level, &calibration->differential,
                          error));
    double half = calibration->differential.p / 2;
    calibration->p = calibration->differential.statistic > 0 ? half : 1 - half;
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

/* All coefficients but the first. HC2 (CR2) with Hotelling's df: the Wald F of six HC3 coefficients errs in 6.5 % at n = 150. */
static VgStatus test_jointly(VgArena *arena, VgMatrix x, const char *const *name, double *y,
                             VgClusters clusters, VgJointTest *all, VgError *error)
{
    size_t q = x.cols - 1;
    VgArenaMark mark = vg_arena_mark(arena);
    double *contrast = VG_NEW(arena, double, q *(q + 1));
    if (!contrast)
        return vg_fail_memory(error);
    for (size_t j = 0; j < q; j++)
        contrast[j * (q + 1) + j + 1] = 1;
    VgLm *fit;
    VG_TRY(vg_strata_everybody_alone(arena, x.rows, &clusters, error));
    VG_TRY(vg_strata_regress(arena, x, name, y, "score", true, VG_LM_HC2, clusters, &fit, error));
    VG_TRY(vg_lm_hotelling_test(fit, contrast, q, all, error));
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_best_linear_projection(VgArena *arena, const double *score, VgMatrix moderators,
                                   const char *const *name, VgClusters clusters, VgLm **fit,
                                   VgJointTest *all, VgError *error)
{
    size_t n = moderators.rows, q = moderators.cols;
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    VG_TRY(vg_strata_check_sampling(n, clusters, error));
    VgMatrix x = vg_matrix_new(arena, n, q + 1);
    double *y = VG_NEW(arena, double, n);
    const char **names = VG_NEW(arena, const char *, q + 1);
    if (!x.data || !y || !names)
        return vg_fail_memory(error);
    names[0] = "(Intercept)";
    for (size_t i = 0; i < n; i++) {
        y[i] = score[i];
        VG_AT(x, i, 0) = 1;
    }
    for (size_t j = 0; j < q; j++) {
        names[j + 1] = name[j];
        VG_TRY(vg_strata_check_numbers(n, &VG_AT(moderators, 0, j), name[j], error));
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, j + 1) = VG_AT(moderators, i, j);
    }
    VG_TRY(vg_strata_regress(arena, x, names, y, "score", true, VG_LM_HC3, clusters, fit, error));
    return all ? test_jointly(arena, x, names, y, clusters, all, error) : VG_OK;
}

/* The group of each person: place in line within the fold by weight, people of one priority at their mean place. */
static void group_people(const VgRanking *ranking, VgClusters clusters, size_t n_groups,
                         size_t *group)
{
    for (size_t f = 0; f < ranking->n_folds; f++) {
        size_t end = ranking->first[f + 1];
        double all = 0, before = 0;
        for (size_t k = ranking->first[f]; k < end; k++)
            all += vg_strata_weight(clusters, ranking->person[k]);
        for (size_t k = ranking->first[f], next; k < end; k = next) {
            double after = before;
            for (next = k; next < end && (next == k || ranking->tied[next]); next++)
                after += vg_strata_weight(clusters, ranking->person[next]);
            double middle = 0.5 * (before + after) / all; /* 0 = first in line */
            size_t at = (size_t)((1 - middle) * (double)n_groups);
            for (size_t i = k; i < next; i++)
                group[ranking->person[i]] = at < n_groups ? at : n_groups - 1;
            before = after;
        }
    }
}

/* Folds have taught each other, so their errors may go together: at worst a mean over K of them has √K times the error that it
 * would have were they independent. */
static void widen(VgInference *e, double factor, double level)
{
    *e = vg_wald(e->estimate, factor * e->se, e->df, level);
}

static void widen_groups(VgGroupEffects *effects, size_t folds, double level)
{
    double factor = sqrt((double)folds);
    for (size_t g = 0; g < effects->n_groups; g++)
        widen(&effects->effect[g], factor, level);
    widen(&effects->difference, factor, level);
    VgJointTest *equal = &effects->equal;
    equal->statistic /= (double)folds;
    equal->p = vg_f_upper(equal->statistic, equal->df_numerator, equal->df_denominator);
}

static VgStatus read_groups(const VgLm *fit, size_t n_groups, double level, VgGroupEffects *effects,
                            VgError *error)
{
    double contrast[VG_MOST_GROUPS * VG_MOST_GROUPS] = {0};
    VgFittedModel model = vg_lm_model(fit);
    for (size_t g = 0; g < n_groups; g++) {
        contrast[g] = 1;
        VG_TRY(model.contrast(model.fit, contrast, level, &effects->effect[g], error));
        contrast[g] = 0;
    }
    contrast[0] = -1;
    contrast[n_groups - 1] = 1;
    VG_TRY(model.contrast(model.fit, contrast, level, &effects->difference, error));
    contrast[n_groups - 1] = 0;
    for (size_t r = 0; r + 1 < n_groups; r++) {
        contrast[r * n_groups] = -1;
        contrast[r * n_groups + r + 1] = 1;
    }
    return model.joint(model.fit, contrast, n_groups - 1, &effects->equal, error);
}

VgStatus vg_group_effects(VgArena *arena, size_t n, const double *score, const VgPriority *priority,
                          size_t n_groups, VgClusters clusters, double level,
                          VgGroupEffects *effects, VgError *error)
{
    size_t groups = n_groups ? n_groups : 4;
    if (groups < 2 || groups > VG_MOST_GROUPS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu groups of a priority, outside 2 to %d",
                       "four or five are usual", groups, VG_MOST_GROUPS);
    VgArenaMark mark = vg_arena_mark(arena);
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    VG_TRY(vg_strata_check_sampling(n, clusters, error));
    VG_TRY(vg_strata_check_priority(arena, n, priority, clusters, error));
    VgRanking ranking;
    VG_TRY(vg_ranking_make(arena, n, priority, &ranking, error));
    VgMatrix x = vg_matrix_new(arena, n, groups);
    size_t *group = VG_NEW(arena, size_t, n);
    double *y = VG_NEW(arena, double, n);
    if (!x.data || !group || !y)
        return vg_fail_memory(error);
    group_people(&ranking, clusters, groups, group);
    *effects = (VgGroupEffects){.n_groups = groups};
    for (size_t i = 0; i < n; i++) {
        VG_AT(x, i, group[i]) = 1;
        y[i] = score[i];
        effects->n[group[i]]++;
    }
    for (size_t g = 0; g < groups; g++)
        if (effects->n[g] < 2)
            return vg_fail(error, VG_NOT_ESTIMABLE, "group %zu of the priority has %zu people",
                           "ask for fewer groups: many people have the same priority", g + 1,
                           effects->n[g]);
    static const char *const NAME[VG_MOST_GROUPS] = {"group 1", "group 2", "group 3", "group 4",
                                                     "group 5", "group 6", "group 7", "group 8",
                                                     "group 9", "group 10"};
    VgLm *fit;
    VG_TRY(vg_strata_regress(arena, x, NAME, y, "score", false, VG_LM_HC2, clusters, &fit, error));
    VG_TRY(read_groups(fit, groups, level, effects, error));
    if (ranking.n_folds > 1)
        widen_groups(effects, ranking.n_folds, level);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}
