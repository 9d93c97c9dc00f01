/* The rule over all arms, and what it is worth to people it was not made from. */
#include "strata/run.h"

#include "numeric/linear_algebra.h"

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
