/* The whole question on one trial: predictions, then arm by arm the tests and what describes, then the rule. */
#include "strata/run.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { FEWEST_PEOPLE = 40, RANK_FOLDS = 2, VALUES_OF_A_CURVE = 10, PEOPLE_PER_COVARIATE = 10 };

/* ---- predictions ---- */

/* Ŷ: the learner with everybody "treated" by 1 learns E[Y | x]. */
static VgStatus predict_outcome(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    double *ones = VG_NEW(run->arena, double, t->n);
    if (!ones)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++)
        ones[i] = 1;
    VgEffectSample sample = {t->panel, t->outcome, ones, t->clusters};
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
    *c = (VgStrataContrast){.arm = arm};
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
    c->moderators = vg_matrix_new(run->arena, c->n, run->n_moderators);
    c->seen = VG_NEW(run->arena, double, run->n_moderators);
    if (!c->row || !c->outcome || !c->treated || !c->panel.data || !c->moderators.data || !c->seen)
        return vg_fail_memory(error);
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
        for (size_t j = 0; j < run->n_moderators; j++)
            VG_AT(c->moderators, k, j) = VG_AT(t->panel, i, run->moderator[j]);
        k++;
    }
    c->clusters = (VgClusters){t->clusters.of ? cluster : NULL, t->clusters.count};
    c->stratum = t->stratum ? stratum : NULL;
    c->sample = (VgEffectSample){c->panel, c->outcome_left, c->treatment_left, c->clusters};
}

/* τ̂ of everybody: cross-fitted among the two arms, by all of these for people of other arms. */
static VgStatus predict_effects(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    VgPriority own;
    VG_TRY(vg_cross_fit(run->arena, &c->sample, run->learner, run->plan->context, 0,
                        run->plan->seed + c->arm, &own, error));
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
    VgEffectSample whole = {t->panel, left, left + t->n, t->clusters};
    if (n_others > 0)
        VG_TRY(run->learner(&whole, c->row, c->n, others, n_others, run->plan->seed + c->arm,
                            run->arena, run->plan->context, effect, error));
    for (size_t k = 0; k < n_others; k++)
        VG_AT(run->effect_hat, others[k], c->arm - 1) = effect[k];
    vg_arena_rewind(run->arena, mark);
    return VG_OK;
}

/* Scores of one contrast among its two arms. */
static VgStatus score_contrast(VgStrataRun *run, VgStrataContrast *c, VgError *error)
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
    vg_strata_row(run, c, "average_effect", NULL, &c->average, NAN, "doubly robust");
    return VG_OK;
}

/* ---- tests ---- */

static VgStatus test_interactions(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VgModeratorData data = {.n = c->n,
                            .arms = 2,
                            .outcome = c->outcome,
                            .arm = c->treated,
                            .covariates = PEOPLE_PER_COVARIATE * run->n_moderators <= c->n
                                              ? c->moderators
                                              : (VgMatrix){0},
                            .moderators = c->moderators,
                            .moderator_name = run->moderator_name,
                            .clusters = c->clusters};
    VgMultiplicityMethod method = run->plan->adjust ? run->plan->adjust : VG_ADJUST_HOLM;
    VG_TRY(vg_interaction_tests(run->arena, &data, method, run->level, &c->interactions, error));
    for (size_t j = 0; j < run->n_moderators; j++) {
        const VgInference *one = &c->interactions.interaction[j].per_unit;
        c->seen[j] = vg_detectable(one->se, one->df, (1 - run->level) / (double)run->n_moderators,
                                   run->power);
    }
    vg_strata_interaction_rows(run, c);
    return VG_OK;
}

/* Whether people of one cluster got different treatments: then people were randomised, not clusters. */
static bool mixed_clusters(const VgStrataContrast *c, bool *seen, int32_t *treated)
{
    for (size_t k = 0; k < c->n; k++) {
        int32_t of = c->clusters.of[k];
        if (seen[of] && treated[of] != c->treated[k])
            return true;
        seen[of] = true;
        treated[of] = c->treated[k];
    }
    return false;
}

/* Treatments are dealt again as they were: among clusters, or among people within strata (sites, where none are given). */
static VgStatus test_omnibus(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VgEffectSample sample = c->sample;
    const int32_t *stratum = c->stratum;
    size_t n_strata = run->trial->n_strata;
    sample.x = c->moderators;
    if (c->clusters.of) {
        bool *seen = VG_NEW(run->arena, bool, c->clusters.count);
        int32_t *treated = VG_NEW(run->arena, int32_t, c->clusters.count);
        if (!seen || !treated)
            return vg_fail_memory(error);
        if (mixed_clusters(c, seen, treated)) {
            stratum = stratum ? stratum : c->clusters.of;
            n_strata = c->stratum ? n_strata : c->clusters.count;
            sample.clusters = (VgClusters){0};
        }
    }
    const VgOmnibusOptions options = {.stratum = stratum,
                                      .n_strata = n_strata,
                                      .permutations = run->plan->permutations,
                                      .seed = run->plan->seed,
                                      .threads = run->plan->threads};
    VG_TRY(vg_omnibus_test(run->arena, &sample, &options, &c->omnibus, error));
    c->p_verdict = c->omnibus.p;
    return VG_OK;
}

/* What cannot be had is told and left out; other failures stop the run. */
static VgStatus or_warn(const VgStrataRun *run, const VgStrataContrast *c, const char *what,
                        VgStatus status, VgError *error)
{
    if (status != VG_NOT_ESTIMABLE)
        return status;
    vg_result_warn(run->result, "%s of %s: %s", what, run->trial->arm_name[c->arm], error->message);
    *error = (VgError){0};
    return VG_OK;
}

static VgStatus calibrate(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    VgCalibration calibration;
    VG_TRY(vg_calibration_test(run->arena, c->n, c->outcome_left, c->treatment_left, c->effect_hat,
                               VG_PREDICTION_CROSS_FITTED, c->clusters, run->level, &calibration,
                               error));
    calibration.differential.p = calibration.p;
    vg_strata_row(run, c, "calibration", "mean prediction", &calibration.mean, NAN, NULL);
    vg_strata_row(run, c, "calibration", "differential prediction", &calibration.differential, NAN,
                  "p one-sided");
    return VG_OK;
}

static VgStatus validate(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    const VgRankOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgSequential s;
    VG_TRY(vg_sequential_validation(run->arena, &c->sample, c->score, run->learner,
                                    run->plan->context, 0, &options, &s, error));
    VgInference row = {.estimate = NAN,
                       .se = NAN,
                       .df = INFINITY,
                       .statistic = s.statistic,
                       .p = s.p,
                       .lower = NAN,
                       .upper = NAN};
    vg_strata_row(run, c, "sequential_validation", NULL, &row, NAN, "p one-sided");
    return VG_OK;
}

/* Larger = sooner: where fewer points are better, those who lose most come first. */
static VgStatus rank(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    const VgRankOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgPriority priority;
    VgRankEffects ranks;
    VgGroupEffects groups;
    VG_TRY(vg_cross_fit(run->arena, &c->sample, run->learner, run->plan->context, RANK_FOLDS,
                        run->plan->seed, &priority, error));
    double *benefit = VG_NEW(run->arena, double, c->n), *value = VG_NEW(run->arena, double, c->n);
    if (!benefit || !value)
        return vg_fail_memory(error);
    double sign = run->trial->lower_is_better ? -1 : 1;
    for (size_t k = 0; k < c->n; k++) {
        benefit[k] = sign * c->score[k];
        value[k] = sign * priority.value[k];
    }
    priority.value = value;
    VG_TRY(vg_rank_effects(run->arena, c->n, benefit, &priority, c->clusters, &options, &ranks,
                           error));
    vg_strata_rank_rows(run, c, &ranks);
    VG_TRY(vg_group_effects(run->arena, c->n, c->score, &priority, 0, c->clusters, run->level,
                            &groups, error));
    vg_strata_group_rows(run, c, &groups);
    return VG_OK;
}

static bool is_graded(const double *x, size_t n)
{
    double seen[VALUES_OF_A_CURVE];
    size_t held = 0;
    for (size_t i = 0; i < n && held < VALUES_OF_A_CURVE; i++) {
        size_t k = 0;
        while (k < held && seen[k] != x[i])
            k++;
        if (k == held)
            seen[held++] = x[i];
    }
    return held == VALUES_OF_A_CURVE;
}

static VgStatus draw_curve(const VgStrataRun *run, const VgStrataContrast *c, size_t j,
                           VgError *error)
{
    const VgCurveOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgEffectCurve curve;
    VG_TRY(vg_effect_curve(run->arena, c->n, c->score, &VG_AT(c->moderators, 0, j), c->clusters,
                           &options, &curve, error));
    vg_strata_curve_rows(run, c, run->moderator_name[j], &curve);
    return VG_OK;
}

/* Back from benefit to units of the outcome. */
static VgInference turned(VgInference e, double sign)
{
    if (sign > 0)
        return e;
    return (VgInference){.estimate = -e.estimate,
                         .se = e.se,
                         .df = e.df,
                         .statistic = -e.statistic,
                         .p = e.p,
                         .lower = -e.upper,
                         .upper = -e.lower};
}

/* Those who benefit more than the others. */
static VgStatus find_subgroup(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    double sign = run->trial->lower_is_better ? -1 : 1;
    double *benefit = VG_NEW(run->arena, double, c->n);
    if (!benefit)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c->n; k++)
        benefit[k] = sign * c->score[k];
    const VgSubgroupOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgSubgroup s;
    VG_TRY(vg_subgroup(run->arena, benefit, c->moderators, &options, &s, error));
    VgInference difference = turned(s.difference, sign);
    const char *name = vg_arena_printf(run->arena, "%s %s %.4g", run->moderator_name[s.feature],
                                       s.above ? ">" : "<=", s.cut);
    const char *note = vg_arena_printf(run->arena,
                                       "searched in one half, estimated in the other; chosen in "
                                       "%.0f %% of splits; in the half searched %.3g",
                                       100 * s.chosen, sign * s.difference_found);
    vg_strata_row(run, c, "subgroup_difference", name, &difference, NAN, note);
    return VG_OK;
}

static VgStatus run_contrast(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VG_TRY(score_contrast(run, c, error));
    VG_TRY(test_interactions(run, c, error));
    VG_TRY(test_omnibus(run, c, error));
    VG_TRY(or_warn(run, c, "calibration", calibrate(run, c, error), error));
    VG_TRY(or_warn(run, c, "sequential validation", validate(run, c, error), error));
    VG_TRY(or_warn(run, c, "ranks", rank(run, c, error), error));
    for (size_t j = 0; j < run->n_moderators; j++)
        if (is_graded(&VG_AT(c->moderators, 0, j), c->n))
            VG_TRY(or_warn(run, c, "effect curve", draw_curve(run, c, j, error), error));
    return or_warn(run, c, "subgroup", find_subgroup(run, c, error), error);
}

/* ---- the rule ---- */

static VgStatus search_rule(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    const VgScoreData data = {
        t->n,          t->arms,          t->outcome,      t->arm,
        t->propensity, run->outcome_hat, run->effect_hat, VG_PREDICTION_CROSS_FITTED};
    VgScores scores;
    VgMatrix rewards, features = vg_matrix_new(run->arena, t->n, run->n_moderators);
    if (!features.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < run->n_moderators; j++)
        for (size_t i = 0; i < t->n; i++)
            VG_AT(features, i, j) = VG_AT(t->panel, i, run->moderator[j]);
    VG_TRY(vg_scores(run->arena, &data, &scores, error));
    VG_TRY(vg_policy_rewards(run->arena, scores.reward, t->lower_is_better, run->plan->price,
                             &rewards, error));
    const VgPolicyData policy = {.features = features,
                                 .rewards = rewards,
                                 .needs_safety = t->needs_safety,
                                 .safe = t->safe,
                                 .feature_name = run->moderator_name};
    VgPolicyValueOptions options = {.tree = run->plan->tree,
                                    .deals = run->plan->deals,
                                    .worthwhile = run->plan->worthwhile,
                                    .level = run->level,
                                    .power = run->power,
                                    .seed = run->plan->seed,
                                    .clusters = t->clusters};
    options.tree.threads = run->plan->threads;
    VG_TRY(vg_policy_value(run->arena, &policy, &options, &run->policy, error));
    vg_strata_policy_rows(run);
    return VG_OK;
}

/* ---- the course ---- */

static VgStatus prepare(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    const VgStrataPlan *plan = run->plan;
    run->n_moderators = plan->moderator ? plan->n_moderators : t->panel.cols;
    size_t *all = VG_NEW(run->arena, size_t, run->n_moderators);
    run->moderator_name = VG_NEW(run->arena, const char *, run->n_moderators);
    run->n_contrasts = t->arms - 1;
    run->contrast = VG_NEW(run->arena, VgStrataContrast, run->n_contrasts);
    run->effect_hat = vg_matrix_new(run->arena, t->n, run->n_contrasts);
    if (!all || !run->moderator_name || !run->contrast || !run->effect_hat.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < run->n_moderators; j++) {
        all[j] = plan->moderator ? plan->moderator[j] : j;
        if (all[j] >= t->panel.cols)
            return vg_fail(error, VG_INVALID_INPUT, "moderator %zu is column %zu of a panel of %zu",
                           "columns count from 0", j + 1, all[j], t->panel.cols);
        run->moderator_name[j] = t->panel_name[all[j]];
    }
    run->moderator = all;
    if (run->n_moderators == 0 || t->arms < 2 || t->panel.rows != t->n)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms and %zu moderators",
                       "two arms and one moderator at least", t->arms, run->n_moderators);
    return VG_OK;
}

/* Holm over arms: which contrasts may be said to differ. */
static VgStatus adjust_verdicts(VgStrataRun *run, VgError *error)
{
    double *p = VG_NEW(run->arena, double, run->n_contrasts);
    if (!p)
        return vg_fail_memory(error);
    for (size_t k = 0; k < run->n_contrasts; k++)
        p[k] = run->contrast[k].omnibus.p;
    VG_TRY(vg_multiplicity_adjust(run->arena, VG_ADJUST_HOLM, run->n_contrasts, p, p, error));
    for (size_t k = 0; k < run->n_contrasts; k++) {
        VgStrataContrast *c = &run->contrast[k];
        c->p_verdict = p[k];
        const VgInference row = {.estimate = NAN,
                                 .se = NAN,
                                 .df = INFINITY,
                                 .statistic = c->omnibus.statistic,
                                 .p = c->omnibus.p,
                                 .lower = NAN,
                                 .upper = NAN};
        vg_strata_row(run, c, "omnibus_heterogeneity", NULL, &row, p[k],
                      vg_arena_printf(run->arena, "%zu permutations, largest t of %zu moderators",
                                      c->omnibus.permutations, run->n_moderators));
    }
    return VG_OK;
}

VgStatus vg_strata_run(VgArena *arena, const VgStrataTrial *trial, const VgStrataPlan *plan,
                       VgResult *result, VgError *error)
{
    VgStrataRun run = {.arena = arena,
                       .trial = trial,
                       .plan = plan,
                       .result = result,
                       .learner = plan->learner ? plan->learner : vg_linear_effects,
                       .level = plan->level > 0 ? plan->level : 0.95,
                       .power = plan->power > 0 ? plan->power : 0.8};
    VG_TRY(prepare(&run, error));
    VG_TRY(predict_outcome(&run, error));
    for (size_t k = 0; k < run.n_contrasts; k++) {
        VG_TRY(new_contrast(&run, k + 1, &run.contrast[k], error));
        fill_contrast(&run, &run.contrast[k]);
        VG_TRY(predict_effects(&run, &run.contrast[k], error));
        VG_TRY(run_contrast(&run, &run.contrast[k], error));
    }
    VG_TRY(adjust_verdicts(&run, error));
    if (plan->policy)
        VG_TRY(search_rule(&run, error));
    vg_strata_words(&run);
    if (vg_arena_failed(arena)) /* of a text */
        return vg_fail_memory(error);
    return vg_result_status(result, error);
}
