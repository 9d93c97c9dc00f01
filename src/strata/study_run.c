/* For whom? The course of `plan: strata`: the baseline table, who has no outcome, arms with enough people, the run on arrays or what can be
 * told of fewer, combinations. */
#include "strata/study_run.h"

#include <math.h>

#include <vagus/effect_forest.h>
#include <vagus/strata_study.h>

#include "result/plan_rows.h"

enum { FOREST_FROM = 400, FEWEST_OF_AN_ARM = 8, FEWEST_OF_BOTH = 40 };

/* ---- facts ---- */

static VgPlanQuestion question_of(const VgStudy *study, const VgDeclaredStrata *plan)
{
    bool two = plan->arm != SIZE_MAX;
    return (VgPlanQuestion){.id = plan->id,
                            .kind = "strata",
                            .label = plan->label,
                            .outcome = plan->outcome,
                            .visit = study->visit[plan->outcome_visit].name,
                            .arm = two ? study->arm[plan->arm].name : NULL,
                            .reference = two ? study->arm[plan->reference].name : NULL};
}

static void add_facts(const VgStrataStudy *s)
{
    const VgBaseline *b = &s->baseline;
    const char *id = s->plan->id, *moderators = NULL;
    VgResult *r = s->result;
    vg_result_text(r, VG_FACTS_FIT, id, "outcome", b->outcome_name);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome_label", b->outcome_label);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome_at", b->outcome_at);
    if (b->outcome_unit)
        vg_result_text(r, VG_FACTS_FIT, id, "unit", b->outcome_unit);
    vg_result_bool(r, VG_FACTS_FIT, id, "lower_is_better", s->benefit < 0);
    if (!isnan(s->worthwhile))
        vg_result_number(r, VG_FACTS_FIT, id, "worthwhile", s->worthwhile);
    vg_result_number(r, VG_FACTS_FIT, id, "n_randomised", (double)b->n);
    vg_result_number(r, VG_FACTS_FIT, id, "n", (double)s->trial.n);
    vg_result_text(r, VG_FACTS_FIT, id, "reference", vg_strata_study_arm(s, 0));
    vg_result_text(r, VG_FACTS_FIT, id, "propensity",
                   b->propensity_declared ? "as declared" : "shares of the arms");
    vg_result_number(r, VG_FACTS_FIT, id, "n_columns", (double)s->trial.panel.cols);
    for (size_t m = 0; m < s->n_moderators; m++)
        moderators = vg_arena_printf(s->arena, "%s%s%s", moderators ? moderators : "",
                                     moderators ? ", " : "", s->trial.panel_name[s->moderator[m]]);
    if (moderators)
        vg_result_text(r, VG_FACTS_FIT, id, "moderators", moderators);
    for (size_t k = 1; k < b->n_blocks; k++)
        if (b->n_rare[k])
            vg_result_number(r, VG_FACTS_FIT, id,
                             vg_arena_printf(s->arena, "n_rare: %s", b->block_name[k]),
                             (double)b->n_rare[k]);
}

/* ---- the rule's prices ---- */

static VgStatus prices(const VgStrataStudy *s, const VgPolicyPrice **price, VgError *error)
{
    const VgArmPrice *declared = s->plan->policy.price;
    VgPolicyPrice *of = VG_NEW(s->arena, VgPolicyPrice, s->trial.arms);
    if (!of)
        return vg_fail_memory(error);
    for (size_t a = 0; declared && a < s->trial.arms; a++) {
        const VgArmPrice *one = &declared[s->baseline.arm_index[s->arm_of[a]]];
        of[a] = (VgPolicyPrice){one->cost, one->harm, one->burden};
    }
    *price = declared ? of : NULL;
    return VG_OK;
}

/* ---- arms with enough people ---- */

/* Those whose people, with the reference's, allow more than averages. */
static size_t choose_arms(const VgStrataStudy *s, bool *keep)
{
    size_t n = 0, reference = s->with_outcome[0];
    keep[0] = true;
    for (size_t a = 1; a < s->baseline.n_arms; a++) {
        size_t people = s->with_outcome[a];
        keep[a] = people >= FEWEST_OF_AN_ARM && reference >= FEWEST_OF_AN_ARM &&
                  people + reference >= FEWEST_OF_BOTH;
        n += keep[a];
    }
    return n;
}

static bool wants_forest(const VgStrataStudy *s)
{
    return s->plan->learner == VG_DECLARED_LEARNER_FOREST ||
           (s->plan->learner == VG_DECLARED_LEARNER_BY_SIZE && s->trial.n >= FOREST_FROM);
}

static VgStatus run_whole(VgStrataStudy *s, VgError *error)
{
    const VgDeclaredStrata *declared = s->plan;
    const VgPolicyPrice *price = NULL;
    bool forest = wants_forest(s);
    if (s->n_moderators == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no declared moderator can be tested",
                       "look at what was left out");
    VG_TRY(prices(s, &price, error));
    if (declared->policy.wanted)
        VG_TRY(vg_strata_study_safety(s, error));
    const VgStrataPlan plan = {.analysis = declared->id,
                               .moderator = s->moderator,
                               .n_moderators = s->n_moderators,
                               .learner = forest ? vg_forest_learner : vg_linear_effects,
                               .adjust = declared->adjust,
                               .policy = declared->policy.wanted,
                               .tree = {.depth = declared->policy.depth,
                                        .min_leaf = declared->policy.min_leaf,
                                        .max_cuts = declared->policy.cuts},
                               .price = price,
                               .worthwhile = isnan(s->worthwhile) ? 0 : s->worthwhile,
                               .permutations = declared->permutations,
                               .level = s->result->level,
                               .seed = declared->seed};
    vg_result_text(s->result, VG_FACTS_FIT, declared->id, "learner",
                   forest ? "causal forest" : "linear");
    VG_TRY(vg_strata_run(s->arena, &s->trial, &plan, s->result, error));
    vg_strata_study_methods(s, forest, false);
    return VG_OK;
}

/* Where the run on arrays breaks off, its rows are taken back and the simple answers stand. */
static VgStatus run_or_fewer(VgStrataStudy *s, VgError *error)
{
    VgResult *r = s->result;
    VgPlanMark mark = vg_plan_mark(r);
    VgError why = {0};
    VgStatus status = run_whole(s, &why);
    if (status != VG_NOT_ESTIMABLE) {
        if (status != VG_OK && error)
            *error = why;
        return status;
    }
    vg_plan_take_back(r, mark);
    vg_result_warn(r,
                   "%s: who benefits cannot be learnt: %s; average effects and single "
                   "moderators are told instead",
                   s->plan->label, why.message);
    VG_TRY(vg_strata_study_few(s, error));
    vg_strata_study_methods(s, false, true);
    return VG_OK;
}

static VgStatus all_arms_few(VgStrataStudy *s, bool *keep, VgError *error)
{
    for (size_t a = 0; a < s->baseline.n_arms; a++)
        keep[a] = true;
    VG_TRY(vg_strata_study_trial(s, keep, error));
    add_facts(s);
    VG_TRY(vg_strata_study_few(s, error));
    vg_strata_study_methods(s, false, true);
    return vg_strata_study_combinations(s, error);
}

static void tell_small_arms(const VgStrataStudy *s, const bool *keep)
{
    for (size_t a = 1; a < s->baseline.n_arms; a++) {
        if (keep[a])
            continue;
        const char *name = vg_strata_study_arm_label(s, a);
        const char *text = vg_arena_printf(
            s->arena,
            "%s is left out of the question for whom: %zu of its people and %zu of %s have an "
            "outcome, and it takes %d of each and %d together.",
            name, s->with_outcome[a], s->with_outcome[0], vg_strata_study_arm_label(s, 0),
            FEWEST_OF_AN_ARM, FEWEST_OF_BOTH);
        vg_strata_say(s->result, s->plan->id,
                      vg_arena_printf(s->arena, "few: %s", vg_strata_study_arm(s, a)), text);
        vg_result_warn(s->result, "%s: %s", s->plan->label, text ? text : "");
    }
}

static VgStatus analyse(VgStrataStudy *s, VgError *error)
{
    VG_TRY(vg_strata_study_baseline(s, error));
    VG_TRY(vg_strata_study_gaps(s, error));
    bool *keep = VG_NEW(s->arena, bool, s->baseline.n_arms);
    if (!keep)
        return vg_fail_memory(error);
    if (choose_arms(s, keep) == 0)
        return all_arms_few(s, keep, error);
    VG_TRY(vg_strata_study_trial(s, keep, error));
    add_facts(s);
    VG_TRY(vg_strata_study_empty_strata(s, error));
    VG_TRY(run_or_fewer(s, error));
    tell_small_arms(s, keep);
    VG_TRY(vg_strata_study_agreement(s, error));
    VG_TRY(vg_strata_study_combinations(s, error));
    return vg_result_status(s->result, error);
}

static VgStatus run(const VgStudy *study, const VgDeclaredStrata *plan, VgResult *result,
                    VgError *error)
{
    VgError why = {0};
    VgStrataStudy s = {.study = study, .plan = plan, .result = result, .arena = vg_arena_create()};
    const VgPlanQuestion question = question_of(study, plan);
    if (!s.arena)
        return vg_fail_memory(error);
    vg_plan_question(result, &question);
    VgPlanMark mark = vg_plan_mark(result);
    VgStatus status = analyse(&s, &why);
    bool failed = vg_arena_failed(s.arena);
    vg_arena_destroy(s.arena);
    if (status == VG_OK && failed)
        status = vg_fail_memory(&why);
    return vg_plan_settle(result, mark, &question, status, &why, error);
}

VgStatus vg_strata_study_run(const VgStudy *study, VgResult *result, VgError *error)
{
    for (size_t k = 0; k < study->n_strata_plans; k++)
        VG_TRY(run(study, &study->strata_plan[k], result, error));
    return vg_result_status(result, error);
}
