/* A rule and its value as rows, facts, a drawn tree's nodes, and a sentence. */
#include "strata/policy_rows.h"

#include <math.h>

#include "model/estimate.h"

static void tree_rows(const VgPolicyTold *told, const VgPolicyValue *v)
{
    static const char *const COLUMN[] = {"#node", "feature", "#cut",    "#left", "#right",
                                         "arm",   "#n",      "#reward", "#agree"};
    const VgPolicyTree *tree = v->tree;
    VgResult *r = told->rows.result;
    VgDataset *d = vg_result_dataset(r, told->rows.analysis, "policy_tree", COLUMN, 9);
    for (size_t k = 0; k < tree->n_nodes; k++) {
        const VgPolicyNode *node = &tree->node[k];
        vg_dataset_row(r, d);
        vg_dataset_set_number(r, d, "node", (double)k);
        vg_dataset_set_number(r, d, "n", (double)node->n);
        vg_dataset_set_number(r, d, "reward", node->reward);
        if (node->leaf) {
            vg_dataset_set_text(r, d, "arm", told->arm_name[node->arm]);
            vg_dataset_set_number(r, d, "agree", v->leaf_stability[k]);
            continue;
        }
        vg_dataset_set_text(r, d, "feature", told->feature_name[node->feature]);
        vg_dataset_set_number(r, d, "cut", node->cut);
        vg_dataset_set_number(r, d, "left", (double)node->left);
        vg_dataset_set_number(r, d, "right", (double)node->right);
    }
}

static void facts(const VgPolicyTold *told, const VgPolicyValue *v)
{
    const char *analysis = told->rows.analysis;
    VgResult *r = told->rows.result;
    vg_result_bool(r, VG_FACTS_FIT, analysis, "policy_recommended",
                   v->verdict == VG_POLICY_RECOMMENDED);
    vg_result_text(r, VG_FACTS_FIT, analysis, "best_single_arm", told->arm_name[v->best_single]);
    vg_result_number(r, VG_FACTS_FIT, analysis, "policy_share_of_deals", v->share_of_deals);
    vg_result_number(r, VG_FACTS_FIT, analysis, "policy_stability", v->stability);
    if (isfinite(v->people_needed))
        vg_result_number(r, VG_FACTS_FIT, analysis, "policy_people_needed", v->people_needed);
}

/* `arm`: whom `term` ends with; NULL: nobody. */
static void add(const VgPolicyTold *told, const char *quantity, const char *term, const char *arm,
                const VgInference *answer, const char *note)
{
    VgEstimate row = vg_contrast_row(&told->rows, quantity);
    row.term = term;
    row.note = note;
    if (told->arm_apart)
        row.arm = arm;
    else if (arm)
        row.term = vg_arena_printf(told->rows.arena, "%s %s", term, arm);
    vg_estimate_fill(&row, answer);
    vg_result_estimate(told->rows.result, &row);
}

void vg_policy_rows(const VgPolicyTold *told, const VgPolicyValue *v)
{
    const char *held = "held-out folds, median of deals; benefit less cost, harm, burden";
    add(told, told->value, "rule", NULL, &v->value, held);
    for (size_t a = 0; a < told->n_arms; a++) {
        const char *name = told->arm_name[a];
        add(told, told->value, "everybody", name, &v->single[a], NULL);
        add(told, told->gain, "rule - everybody", name, &v->gain[a], held);
        VgEstimate row = vg_contrast_row(&told->rows, "policy_share");
        row.arm = name;
        row.unit = "share of people";
        row.estimate = v->given[a];
        vg_result_estimate(told->rows.result, &row);
    }
    facts(told, v);
    tree_rows(told, v);
}

/* ---- words ---- */

static const char *unit_of(const VgPolicyTold *told)
{
    return told->rows.unit ? told->rows.unit : "units";
}

/* How many people would decide, or that these would have. */
static const char *people_text(const VgPolicyTold *told, const VgPolicyValue *v)
{
    double wanted = told->worthwhile > 0 ? told->worthwhile : v->gain[v->best_single].estimate;
    if (!isfinite(v->people_needed))
        return "";
    if (v->people_needed <= (double)told->rows.n)
        return vg_arena_printf(told->rows.arena,
                               " A gain of %.3g %s would have been found here with %.0f %% power.",
                               wanted, unit_of(told), 100 * told->power);
    return vg_arena_printf(told->rows.arena,
                           " A trial like this one of about %.0f people would decide whether a "
                           "gain of %.3g %s is there.",
                           v->people_needed, wanted, unit_of(told));
}

const char *vg_policy_sentence(const VgPolicyTold *told, const VgPolicyValue *v)
{
    const VgInference *gain = &v->gain[v->best_single];
    VgArena *arena = told->rows.arena;
    const char *best = (told->arm_label ? told->arm_label : told->arm_name)[v->best_single],
               *estimate = vg_contrast_number(arena, gain->estimate),
               *lower = vg_contrast_number(arena, gain->lower),
               *upper = vg_contrast_number(arena, gain->upper);
    if (v->verdict == VG_POLICY_RECOMMENDED)
        return vg_arena_printf(arena,
                               "The rule found beats giving everybody %s, the best single arm, by "
                               "%s %s (%s to %s) in people it was not made "
                               "from, and every other single arm too. Trees of other people agree "
                               "with it for %.0f %%.",
                               best, estimate, unit_of(told), lower, upper, 100 * v->stability);
    return vg_arena_printf(arena,
                           "No rule beats treating all alike: against giving everybody %s, the "
                           "best single arm, the gain in people the rule was not made from is "
                           "%s %s (%s to %s).%s",
                           best, estimate, unit_of(told), lower, upper, people_text(told, v));
}
