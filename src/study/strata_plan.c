/* plan: strata: outcome, arms, moderators, learner, rule. Read with the plan; what it names of the panel is looked for once layers
 * are complete (vg_study_resolve_strata). */
#include "study/plan.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <vagus/moderator.h>
#include <vagus/panel_layer.h>
#include <vagus/strata_plan.h>

#include "study/arm_costs.h"
#include "study/axis.h"
#include "study/known_before.h"
#include "study/plan_fields.h"

enum { PERMUTATIONS = 1000, LEAST_PERMUTATIONS = 99, MOST_PERMUTATIONS = 1000000, MIN_LEAF = 15 };

/* ---- outcome, arms ---- */

static void read_outcome(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    static const char *const BETTER[] = {"lower", "higher", NULL};
    VgOutcomeAt at = vg_study_outcome_at(reader, node, "strata");
    plan->outcome = at.name;
    plan->outcome_visit = at.visit;
    plan->outcome_line = at.line;
    if (vg_yaml_get(node, "better"))
        plan->better = vg_study_choice(reader, node, "better", BETTER, 0) == 0 ? -1 : 1;
    if (at.visit != SIZE_MAX && reader->study->visit[at.visit].day <= 0)
        vg_study_problem(reader, VG_INVALID_INPUT, at.line,
                         "the outcome at %s: no treatment can have changed it yet",
                         "name a visit after baseline", reader->study->visit[at.visit].name);
}

static void read_treatment(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    plan->arm = plan->reference = SIZE_MAX;
    plan->treatment = vg_study_text(reader, node, "treatment");
    if (!plan->treatment || !reader->arms_ok)
        return;
    VgAnalysis compared = {.arm = SIZE_MAX, .reference = SIZE_MAX};
    vg_study_parse_treatment(reader, plan->treatment, vg_yaml_key_line(node, "treatment"),
                             &compared);
    plan->arm = compared.arm;
    plan->reference = compared.reference;
}

/* ---- moderators, combinations ---- */

static size_t find_moderator(const VgStudy *study, const char *name)
{
    size_t k = 0;
    while (k < study->n_moderators && strcmp(study->moderator[k].name, name) != 0)
        k++;
    return k;
}

static void add_moderator(VgStudyReader *reader, VgDeclaredStrata *plan, const char *name)
{
    const VgStudy *study = reader->study;
    size_t found = find_moderator(study, name);
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_moderators + 1);
    for (size_t k = 0; known && k < study->n_moderators; k++)
        known[k] = study->moderator[k].name;
    for (size_t k = 0; k < plan->n_moderators; k++)
        if (plan->moderator[k] == found) {
            vg_study_problem(reader, VG_INVALID_INPUT, plan->moderators_line,
                             "the moderator `%s` is listed twice", "list it once", name);
            return;
        }
    if (known && found == study->n_moderators)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->moderators_line,
                         "`%s` is no declared moderator",
                         vg_study_did_you_mean(reader, name, known, study->n_moderators,
                                               "declare it under moderators: of the study, before "
                                               "outcomes are looked at"),
                         name);
    else
        plan->moderator[plan->n_moderators++] = found;
}

static void read_moderators(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    const VgStudy *study = reader->study;
    size_t n;
    const char **name = vg_study_texts(reader, node, "moderators", &n);
    plan->moderators_line = name ? vg_yaml_key_line(node, "moderators") : node->line;
    plan->all_moderators = !name || (n == 1 && strcmp(name[0], "all") == 0);
    plan->moderator = VG_STUDY_NEW(reader, size_t, study->n_moderators + n + 1);
    if (!plan->moderator)
        return;
    if (study->n_moderators == 0 && !vg_yaml_get(reader->root, "moderators"))
        vg_study_problem(reader, VG_INVALID_INPUT, plan->moderators_line,
                         "strata without a declared moderator",
                         "list what may change the effect under moderators: of the study, such as "
                         "[age, hamd17_baseline], before outcomes are looked at");
    else if (plan->all_moderators)
        for (size_t k = 0; k < study->n_moderators; k++)
            plan->moderator[plan->n_moderators++] = k;
    else
        for (size_t k = 0; k < n; k++)
            add_moderator(reader, plan, name[k]);
}

/* A participants' column that was known before randomisation; NULL (told) when it is none. */
static const VgColumn *column_before(VgStudyReader *reader, const char *name, size_t line,
                                     const char *what)
{
    const VgColumn *column = vg_study_participant_column(reader, name, line);
    const char *why = column ? vg_study_known_afterwards(reader->arena, reader->study, name) : NULL;
    if (why)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "%s `%s` is not known before randomisation: it %s",
                         "name a column that was", what, name, why);
    return why ? NULL : column;
}

static void read_combinations(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    size_t n, line = vg_yaml_key_line(node, "combinations");
    plan->combination = vg_study_texts(reader, node, "combinations", &n);
    for (size_t k = 0; plan->combination && k < n; k++) {
        const char *name = plan->combination[k];
        const VgColumn *column = column_before(reader, name, line, "the background treatment");
        if (column && column->type != VG_COLUMN_FACTOR && column->type != VG_COLUMN_TEXT)
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the background treatment `%s` holds numbers",
                             "combinations are of classes in words: ssri, snri, none", name);
        else if (column)
            plan->combination[plan->n_combinations++] = name;
    }
}

/* ---- the rule ---- */

static bool is_transplant(const VgStudy *study, size_t arm)
{
    for (size_t k = 0; k < study->arm[arm].n_components; k++) {
        const char *type = study->component[study->arm[arm].component[k]].type;
        if (type && (strcasecmp(type, "fmt") == 0 || strcasecmp(type, "faecal transplant") == 0))
            return true;
    }
    return false;
}

static const char *read_safe_column(VgStudyReader *reader, const VgYaml *item)
{
    const char *name = vg_study_scalar(reader, item, "safety");
    return name && column_before(reader, name, item->line, "the safety column") ? name : NULL;
}

/* safety: COLUMN, of all arms that need one; or {ARM: COLUMN}. */
static void read_safety(VgStudyReader *reader, const VgYaml *node, VgDeclaredPolicy *policy)
{
    const VgStudy *study = reader->study;
    const VgYaml *safety = vg_yaml_get(node, "safety");
    bool any = false;
    policy->needs_safety = VG_STUDY_NEW(reader, bool, study->n_arms + 1);
    policy->safe_column = VG_STUDY_NEW(reader, const char *, study->n_arms + 1);
    if (!policy->needs_safety || !policy->safe_column)
        return;
    for (size_t a = 0; a < study->n_arms; a++)
        any |= policy->needs_safety[a] = is_transplant(study, a);
    if (safety && safety->kind == VG_YAML_MAP) {
        for (size_t k = 0; k < safety->n; k++) {
            size_t arm = vg_study_need_arm(reader, safety->key[k], safety->key_line[k]);
            if (arm == SIZE_MAX)
                continue;
            policy->needs_safety[arm] = true;
            policy->safe_column[arm] = read_safe_column(reader, safety->item[k]);
        }
        return;
    }
    const char *column = safety ? read_safe_column(reader, safety) : NULL;
    for (size_t a = 0; a < study->n_arms; a++)
        policy->safe_column[a] = policy->needs_safety[a] ? column : NULL;
    if (safety && !any)
        vg_study_problem(reader, VG_INVALID_INPUT, safety->line,
                         "`safety` without an arm that needs it",
                         "give a component the type fmt, or write safety: {ARM: COLUMN}");
}

static void read_policy(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    static const char *const KEYS[] = {"depth", "costs", "min_leaf", "cuts", "safety", NULL};
    const VgYaml *policy = vg_yaml_get(node, "policy");
    VgDeclaredPolicy *to = &plan->policy;
    if (!policy || (policy->kind == VG_YAML_SCALAR && strcmp(policy->text, "none") == 0))
        return;
    if (!vg_study_is_map(reader, policy, "policy"))
        return;
    vg_study_keys(reader, policy, "policy", KEYS, NULL);
    to->wanted = true;
    to->line = vg_yaml_key_line(node, "policy");
    to->depth = (size_t)vg_study_whole(reader, policy, "depth", 1, 3, 2);
    to->min_leaf = (size_t)vg_study_whole(reader, policy, "min_leaf", 1, 1e6, MIN_LEAF);
    to->cuts = (size_t)vg_study_whole(reader, policy, "cuts", 1, 1e6, 0);
    const VgYaml *costs = vg_yaml_get(policy, "costs");
    if (costs && reader->arms_ok)
        to->price = vg_study_arm_costs(reader, costs, &to->costs);
    if (reader->arms_ok)
        read_safety(reader, policy, to);
}

/* ---- the whole ---- */

static void read_adjust(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    const char *name = vg_study_text(reader, node, "adjust");
    plan->adjust = VG_ADJUST_HOLM;
    if (!name || vg_multiplicity_from_name(name, &plan->adjust))
        return;
    const char *known[VG_ADJUST_COUNT];
    for (size_t k = 0; k < VG_ADJUST_COUNT; k++)
        known[k] = vg_multiplicity_name((VgMultiplicityMethod)k);
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "adjust"),
                     "`adjust: %s` is not known",
                     vg_study_did_you_mean(reader, name, known, VG_ADJUST_COUNT,
                                           "one of: none, bonferroni, holm, hochberg, hommel"),
                     name);
}

static void read_options(VgStudyReader *reader, const VgYaml *node, VgDeclaredStrata *plan)
{
    static const char *const LEARNER[] = {"by size", "linear", "forest", NULL};
    VgLayerList panel = vg_study_layer_list(reader, node, "panel", false);
    plan->panel.all = panel.all;
    plan->panel.name = panel.name;
    plan->panel.n = panel.n;
    plan->panel.line = panel.line;
    plan->learner = (VgDeclaredLearner)vg_study_choice(reader, node, "learner", LEARNER, 0);
    read_adjust(reader, node, plan);
    plan->worthwhile = vg_study_number(reader, node, "worthwhile");
    if (plan->worthwhile <= 0)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "worthwhile"),
                         "`worthwhile: %g` is no difference that could matter",
                         "write a positive number, in units of the outcome", plan->worthwhile);
    plan->permutations = (size_t)vg_study_whole(reader, node, "permutations", LEAST_PERMUTATIONS,
                                                MOST_PERMUTATIONS, PERMUTATIONS);
    plan->seed = (uint64_t)vg_study_whole(reader, node, "seed", 1, 1e9, 1);
}

static void read_strata(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    static const char *const KEYS[] = {
        "outcome",      "better", "treatment",  "moderators",   "panel",
        "learner",      "adjust", "worthwhile", "combinations", "policy",
        "permutations", "seed",   "id",         "label",        NULL};
    VgDeclaredStrata *plan = &reader->study->strata_plan[reader->study->n_strata_plans];
    if (!vg_study_is_map(reader, node, "strata"))
        return;
    vg_study_keys(reader, node, "strata", KEYS, NULL);
    plan->line = node->line;
    plan->id = vg_study_choose_id(reader, ids, node, "strata");
    plan->label = vg_study_text(reader, node, "label");
    read_outcome(reader, node, plan);
    read_treatment(reader, node, plan);
    read_moderators(reader, node, plan);
    read_combinations(reader, node, plan);
    read_options(reader, node, plan);
    read_policy(reader, node, plan);
    if (!plan->label)
        plan->label =
            vg_study_printf(reader, "For whom: %s%s%s", plan->treatment ? plan->treatment : "",
                            plan->treatment ? " on " : "", plan->outcome ? plan->outcome : "?");
    reader->study->n_strata_plans++;
}

void vg_study_read_strata(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    size_t n = node->kind == VG_YAML_LIST ? node->n : 1;
    reader->study->strata_plan = VG_STUDY_NEW(reader, VgDeclaredStrata, n + 1);
    for (size_t i = 0; reader->study->strata_plan && i < n; i++)
        read_strata(reader, ids, node->kind == VG_YAML_LIST ? node->item[i] : node);
}

/* ---- once the layers are complete ---- */

static void resolve(VgStudyReader *reader, VgDeclaredStrata *plan)
{
    const VgOutcomeAt at = {plan->outcome, plan->outcome_visit, plan->outcome_line};
    const VgLayerList panel = {plan->panel.all, plan->panel.name, plan->panel.n, plan->panel.line};
    plan->panel.layer = vg_study_place_layers(reader, &panel, &plan->panel.n_layers);
    if (!vg_study_place_outcome(reader, &at, &plan->place))
        return;
    if (plan->place.source == VG_AXIS_BY_OUTCOME && plan->better)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->outcome_line,
                         "`better` for %s, whose scale says it", "remove it", plan->outcome);
    else if (plan->place.source == VG_AXIS_BY_FEATURE && !plan->better)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->outcome_line,
                         "it is not said whether less or more of %s is a benefit",
                         "add better: lower, or better: higher", plan->outcome);
}

void vg_study_resolve_strata(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_strata_plans && reader->failed == VG_OK; k++)
        resolve(reader, &study->strata_plan[k]);
}
