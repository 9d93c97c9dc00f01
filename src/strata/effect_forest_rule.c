/* A rule over all arms from the scores of an effect forest: who gets which, and whether it may be recommended. */
#include <math.h>

#include "numeric/linear_algebra.h"
#include "strata/effect_forest_parts.h"
#include "strata/policy_rows.h"

enum { USUAL_CUTS = 50 };
/* Updates of the search, of all deals, from which features are cut at fifty places only: some minutes. */
static const double TOO_MANY_STEPS = 2e10;
static const double DEALS_OF_FOLDS = 100;

/* Every value is a cut where that can be afforded. */
static void choose_cuts(const VgEffectAnalysis *a, VgPolicyOptions *tree)
{
    const VgMatrix x = a->table->rule;
    double steps = DEALS_OF_FOLDS * vg_policy_tree_steps(x.rows, x.cols, a->table->n_arms, tree);
    if (tree->max_cuts > 0 || steps < TOO_MANY_STEPS)
        return;
    tree->max_cuts = USUAL_CUTS;
    vg_result_warn(a->result,
                   "features of the rule are cut at %d places at most: going through every value "
                   "would take too long (--cuts chooses how many)",
                   USUAL_CUTS);
}

VgStatus vg_effect_rule(const VgEffectAnalysis *a, VgError *error)
{
    const VgEffectForestTable *t = a->table;
    const VgEffectForestOptions *o = a->options;
    if (!o->policy)
        return VG_OK;
    if (t->weight)
        return vg_fail(error, VG_INVALID_INPUT, "a rule with sample weights",
                       "search the rule without --weights, or leave out --policy");
    VgPolicyValueOptions options = {.tree = o->tree,
                                    .worthwhile = o->worthwhile,
                                    .level = o->level,
                                    .seed = o->forest.seed,
                                    .clusters = {.of = a->clusters.of, .count = a->clusters.count}};
    VgMatrix rewards;
    VgPolicyValue value;
    options.tree.threads = o->forest.threads;
    choose_cuts(a, &options.tree);
    VG_TRY(vg_policy_rewards(a->arena, a->scores.reward, o->lower_is_better, o->price, &rewards,
                             error));
    const VgPolicyData data = {
        .features = t->rule, .rewards = rewards, .feature_name = t->rule_name};
    VG_TRY(vg_policy_value(a->arena, &data, &options, &value, error));
    VgPolicyTold told = {.rows = vg_effect_rows_of(a, 0, t->x.rows),
                         .arm_name = t->arm_name,
                         .n_arms = t->n_arms,
                         .feature_name = t->rule_name,
                         .worthwhile = o->worthwhile,
                         .power = 0.8,
                         .value = "policy",
                         .gain = "policy",
                         .arm_apart = true};
    told.rows.arm = told.rows.reference = NULL;
    vg_policy_rows(&told, &value);
    const char *sentence = vg_policy_sentence(&told, &value);
    if (!sentence)
        return vg_fail_memory(error);
    vg_result_text(a->result, VG_FACTS_FIT, NULL, "rule", sentence);
    return VG_OK;
}
