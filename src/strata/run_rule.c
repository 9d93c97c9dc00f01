/* The rule over all arms, and what it is worth to people it was not made from. */
#include "strata/run.h"

#include <math.h>

#include "numeric/linear_algebra.h"
#include "strata/policy_rows.h"

/* Of the people whom the rule gives an arm, how many responded under each. */
static void response_rows(const VgStrataRun *run)
{
    static const char *const COLUMN[] = {"group", "arm", "#n", "#response", "#lower", "#upper"};
    const VgStrataTrial *t = run->trial;
    const VgPolicyResponse *r = run->policy.response;
    if (!r)
        return;
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, "rule_response", COLUMN, 6);
    for (size_t given = 0; given < t->arms; given++)
        for (size_t got = 0; got < t->arms; got++) {
            const VgPolicyResponse *one = &r[given * t->arms + got];
            if (isnan(one->share))
                continue;
            vg_dataset_row(run->result, d);
            vg_dataset_set_text(run->result, d, "group", t->arm_name[given]);
            vg_dataset_set_text(run->result, d, "arm", t->arm_name[got]);
            vg_dataset_set_number(run->result, d, "n", one->n);
            vg_dataset_set_number(run->result, d, "response", one->share);
            vg_dataset_set_number(run->result, d, "lower", one->lower);
            vg_dataset_set_number(run->result, d, "upper", one->upper);
        }
}

VgStatus vg_strata_search_rule(VgStrataRun *run, VgError *error)
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
    const VgPolicyOutcome outcome = {t->responded, t->arm, t->propensity};
    const VgPolicyData policy = {.features = features,
                                 .rewards = rewards,
                                 .needs_safety = t->needs_safety,
                                 .safe = t->safe,
                                 .feature_name = run->moderator_name,
                                 .outcome = t->responded ? &outcome : NULL};
    VgPolicyValueOptions options = {.tree = run->plan->tree,
                                    .deals = run->plan->deals,
                                    .worthwhile = run->plan->worthwhile,
                                    .level = run->level,
                                    .power = run->power,
                                    .seed = run->plan->seed,
                                    .clusters = t->clusters};
    options.tree.threads = run->plan->threads;
    VG_TRY(vg_policy_value(run->arena, &policy, &options, &run->policy, error));
    VgPolicyTold told = {.rows = vg_strata_rows_of(run, NULL),
                         .arm_name = t->arm_name,
                         .arm_label = t->arm_label,
                         .n_arms = t->arms,
                         .feature_name = run->moderator_name,
                         .worthwhile = run->plan->worthwhile,
                         .power = run->power,
                         .value = "policy_value",
                         .gain = "policy_gain"};
    vg_policy_rows(&told, &run->policy);
    response_rows(run);
    run->rule = vg_policy_sentence(&told, &run->policy);
    return VG_OK;
}
