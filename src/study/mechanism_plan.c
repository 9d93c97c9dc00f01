/* plan: mechanism: a treatment, an outcome, the visit of the mediators, channels of the axis. Read with the plan;
 * what it names of the panel is looked for once layers are complete (vg_study_resolve_mechanism). */
#include "study/plan.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/mechanism_plan.h>
#include <vagus/panel_layer.h>

#include "study/axis.h"
#include "study/plan_fields.h"

enum { DRAWS = 5000, LEAST_DRAWS = 100, MOST_DRAWS = 1000000 };

/* ---- treatment ---- */

static size_t find_component(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_components; k++)
        if (strcmp(study->component[k].name, name) == 0)
            return k;
    return SIZE_MAX;
}

bool vg_study_arm_has(const VgStudy *study, size_t arm, size_t component)
{
    for (size_t k = 0; k < study->arm[arm].n_components; k++)
        if (study->arm[arm].component[k] == component)
            return true;
    return false;
}

static void unknown_treatment(VgStudyReader *reader, const VgMechanismPlan *plan)
{
    const VgStudy *study = reader->study;
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_components + 1);
    for (size_t k = 0; known && k < study->n_components; k++)
        known[k] = study->component[k].name;
    vg_study_problem(reader, VG_INVALID_INPUT, plan->treatment_line,
                     "the treatment `%s` is no component of an arm",
                     vg_study_did_you_mean(reader, plan->treatment, known, study->n_components,
                                           "name a component, or two arms: ARM against REFERENCE"),
                     plan->treatment);
}

/* What every arm has, or none, has no effect that the trial could show. */
static void check_component(VgStudyReader *reader, const VgMechanismPlan *plan)
{
    const VgStudy *study = reader->study;
    size_t given = 0;
    for (size_t a = 0; a < study->n_arms; a++)
        given += vg_study_arm_has(study, a, plan->component);
    if (given > 0 && given < study->n_arms)
        return;
    vg_study_problem(reader, VG_INVALID_INPUT, plan->treatment_line,
                     given ? "every arm has %s: its effect cannot be told"
                           : "no arm has %s: its effect cannot be told",
                     "name a component that some arms have and others have not", plan->treatment);
}

static void read_treatment(VgStudyReader *reader, const VgYaml *node, VgMechanismPlan *plan)
{
    plan->treatment = vg_study_need_text(reader, node, "treatment", "mechanism",
                                         "name a component, or two arms: ARM against REFERENCE");
    plan->treatment_line = vg_yaml_key_line(node, "treatment");
    plan->component = plan->arm = plan->reference = SIZE_MAX;
    if (!plan->treatment || !reader->arms_ok)
        return;
    if (strchr(plan->treatment, ' ')) {
        VgAnalysis compared = {.arm = SIZE_MAX, .reference = SIZE_MAX};
        vg_study_parse_treatment(reader, plan->treatment, plan->treatment_line, &compared);
        plan->arm = compared.arm;
        plan->reference = compared.reference;
        return;
    }
    plan->component = find_component(reader->study, plan->treatment);
    if (plan->component == SIZE_MAX)
        unknown_treatment(reader, plan);
    else
        check_component(reader, plan);
}

/* ---- outcome at VISIT, mediators_at ---- */

static void read_outcome(VgStudyReader *reader, const VgYaml *node, VgMechanismPlan *plan)
{
    VgOutcomeAt at = vg_study_outcome_at(reader, node, "mechanism");
    plan->outcome_node = VG_AXIS_NONE;
    plan->outcome = at.name;
    plan->outcome_visit = at.visit;
    plan->outcome_line = at.line;
}

static void read_visit(VgStudyReader *reader, const VgYaml *node, VgMechanismPlan *plan)
{
    const VgStudy *study = reader->study;
    const char *name =
        vg_study_need_text(reader, node, "mediators_at", "mechanism",
                           "name the visit of the mediators, before that of the outcome");
    size_t line = plan->visit_line = vg_yaml_key_line(node, "mediators_at");
    plan->concurrent = vg_study_bool(reader, node, "concurrent", false);
    plan->mediator_visit = name ? vg_study_need_visit(reader, name, line) : SIZE_MAX;
    if (plan->mediator_visit == SIZE_MAX)
        return;
    if (study->visit[plan->mediator_visit].day <= 0)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "mediators at %s: no treatment can have changed them yet",
                         "name a visit after baseline", name);
    else if (plan->outcome_visit != SIZE_MAX && plan->mediator_visit >= plan->outcome_visit &&
             !plan->concurrent)
        vg_study_problem(
            reader, VG_INVALID_INPUT, line,
            "the mediators at %s are not measured before the outcome at %s",
            "name an earlier visit; or say concurrent: true, which every row of the result tells",
            name, study->visit[plan->outcome_visit].name);
}

/* ---- channels ---- */

static void add_channel(VgStudyReader *reader, VgMechanismPlan *plan, const char *name, bool *taken)
{
    const VgAxis *axis = reader->study->axis;
    size_t c = vg_axis_find_channel(axis, name);
    const char **known = VG_STUDY_NEW(reader, const char *, axis->n_channels);
    for (size_t k = 0; known && k < axis->n_channels; k++)
        known[k] = axis->channel[k].name;
    if (c == VG_AXIS_NONE)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->channels_line,
                         "there is no channel `%s` in the axis",
                         vg_study_did_you_mean(reader, name, known, axis->n_channels,
                                               "declare it under axis: channels:"),
                         name);
    else if (taken[c])
        vg_study_problem(reader, VG_INVALID_INPUT, plan->channels_line,
                         "the channel `%s` stands there twice", "name it once", name);
    else
        taken[c] = true;
}

static void read_channels(VgStudyReader *reader, const VgYaml *node, VgMechanismPlan *plan)
{
    const VgAxis *axis = reader->study->axis;
    size_t n;
    const char **name = vg_study_texts(reader, node, "channels", &n);
    plan->channels_line = name ? vg_yaml_key_line(node, "channels") : node->line;
    plan->channel = VG_STUDY_NEW(reader, size_t, axis->n_channels + 1);
    bool *taken = VG_STUDY_NEW(reader, bool, axis->n_channels + 1);
    if (!plan->channel || !taken)
        return;
    plan->all_channels = !name || (n == 1 && strcmp(name[0], "all") == 0);
    for (size_t k = 0; !plan->all_channels && k < n; k++)
        add_channel(reader, plan, name[k], taken);
    for (size_t c = 0; c < axis->n_channels; c++)
        if (plan->all_channels || taken[c])
            plan->channel[plan->n_channels++] = c;
}

/* ---- the rest ---- */

/* A word of `built`, or one of `unbuilt`, which is refused by name. */
static const char *read_word(VgStudyReader *reader, const VgYaml *node, const char *key,
                             const char *const *built, const char *const *unbuilt)
{
    const VgYaml *item = vg_yaml_get(node, key);
    for (size_t k = 0; item && item->kind == VG_YAML_SCALAR && unbuilt[k]; k++)
        if (strcmp(item->text, unbuilt[k]) == 0) {
            vg_study_problem(
                reader, VG_NOT_BUILT, item->line, "%s: %s: not available in this version",
                vg_study_printf(reader, "write %s: %s", key, built[0]), key, unbuilt[k]);
            return built[0];
        }
    return built[vg_study_choice(reader, node, key, built, 0)];
}

static void read_options(VgStudyReader *reader, const VgYaml *node, VgMechanismPlan *plan)
{
    static const char *const SCORE[] = {"mean", "component", "markers", "factor", "ridge", NULL};
    static const char *const INTERVAL[] = {"percentile", "delta", "monte-carlo", NULL};
    static const char *const MISSING[] = {"complete", "impute", NULL};
    static const char *const SENSITIVITY[] = {"rho", "none", NULL};
    static const char *const RELIABILITY[] = {"axis", "none", NULL}, *const NO_WORD[] = {NULL};
    plan->score = read_word(reader, node, "score", SCORE, NO_WORD);
    plan->interval = read_word(reader, node, "interval", INTERVAL, NO_WORD);
    bool learnt = strcmp(plan->score, "ridge") == 0;
    if (learnt && !vg_yaml_get(node, "interval"))
        plan->interval = "monte-carlo";
    else if (learnt && strcmp(plan->interval, "percentile") == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "interval"),
                         "`interval: percentile` with `score: ridge`: a resample takes chance "
                         "associations of this sample for true",
                         "write interval: monte-carlo, or leave it out");
    plan->impute = vg_study_choice(reader, node, "missing", MISSING, 0) == 1;
    if (plan->impute && (learnt || strcmp(plan->interval, "monte-carlo") == 0))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "missing"),
                         "`missing: impute` with `%s`",
                         "write interval: percentile or delta, and another score than ridge",
                         learnt ? "score: ridge" : "interval: monte-carlo");
    plan->sensitivity = vg_study_choice(reader, node, "sensitivity", SENSITIVITY, 0) == 0;
    plan->reliability = vg_study_choice(reader, node, "reliability", RELIABILITY, 0) == 0;
    plan->baseline = vg_study_bool(reader, node, "baseline", true);
    plan->draws = (size_t)vg_study_whole(reader, node, "draws", LEAST_DRAWS, MOST_DRAWS, DRAWS);
    plan->seed = (uint64_t)vg_study_whole(reader, node, "seed", 1, 1e9, 1);
    if (vg_yaml_get(node, "draws") && strcmp(plan->interval, "delta") == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "draws"),
                         "`draws` with `interval: delta`, which draws nothing",
                         "remove it, or write interval: percentile");
}

static void read_mechanism(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    static const char *const KEYS[] = {
        "treatment",   "outcome",  "mediators_at", "concurrent", "channels", "score",
        "covariates",  "baseline", "interval",     "draws",      "seed",     "sensitivity",
        "reliability", "missing",  "id",           "label",      NULL};
    VgMechanismPlan *plan = &reader->study->mechanism[reader->study->n_mechanisms];
    if (!vg_study_is_map(reader, node, "mechanism"))
        return;
    vg_study_keys(reader, node, "mechanism", KEYS, NULL);
    plan->line = node->line;
    plan->id = vg_study_choose_id(reader, ids, node, "mechanism");
    plan->label = vg_study_text(reader, node, "label");
    read_treatment(reader, node, plan);
    read_outcome(reader, node, plan);
    read_visit(reader, node, plan);
    read_channels(reader, node, plan);
    plan->covariate = vg_study_covariates(reader, node, NULL, &plan->n_covariates);
    read_options(reader, node, plan);
    if (!plan->label)
        plan->label =
            vg_study_printf(reader, "Mechanism: %s on %s", plan->treatment ? plan->treatment : "?",
                            plan->outcome ? plan->outcome : "?");
    reader->study->n_mechanisms++;
}

void vg_study_read_mechanism(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    if (!vg_yaml_get(reader->root, "axis"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "mechanism without an axis",
                         "declare axis: with its channels and arrows");
    if (!reader->study->axis)
        return; /* what is wrong with the axis is told there */
    size_t n = node->kind == VG_YAML_LIST ? node->n : 1;
    reader->study->mechanism = VG_STUDY_NEW(reader, VgMechanismPlan, n + 1);
    for (size_t i = 0; reader->study->mechanism && i < n; i++)
        read_mechanism(reader, ids, node->kind == VG_YAML_LIST ? node->item[i] : node);
}

/* ---- once the layers are complete ---- */

static size_t node_of(const VgAxis *axis, const VgAxisPlace *place)
{
    for (size_t k = 0; k < axis->n_nodes; k++) {
        const VgAxisPlace *own = &axis->node[k].place;
        bool same = own->source == place->source && !own->baseline_only &&
                    (place->source == VG_AXIS_BY_OUTCOME
                         ? own->outcome == place->outcome
                         : own->layer == place->layer && own->feature == place->feature);
        if (same)
            return k;
    }
    return VG_AXIS_NONE;
}

static bool resolve_outcome(VgStudyReader *reader, VgMechanismPlan *plan)
{
    const VgOutcomeAt at = {plan->outcome, plan->outcome_visit, plan->outcome_line};
    if (!vg_study_place_outcome(reader, &at, &plan->place))
        return false;
    plan->outcome_node = node_of(reader->study->axis, &plan->place);
    if (plan->outcome_node != VG_AXIS_NONE)
        reader->study->axis->node[plan->outcome_node].asked = true;
    return true;
}

static bool holds(const VgAxis *axis, size_t channel, size_t node)
{
    return node != VG_AXIS_NONE && axis->node[node].channel == channel;
}

/* A channel without its outcome's own, and with a marker at the mediators' visit. */
static void check_channel(VgStudyReader *reader, const VgMechanismPlan *plan, size_t channel)
{
    const VgAxis *axis = reader->study->axis;
    const VgAxisChannel *c = &axis->channel[channel];
    const char *visit = reader->study->visit[plan->mediator_visit].name, *lacking = NULL;
    size_t measured = 0;
    if (holds(axis, channel, plan->outcome_node)) {
        vg_study_problem(reader, VG_INVALID_INPUT, plan->channels_line,
                         "the outcome %s is a marker of the channel %s",
                         "leave that channel out of channels:", plan->outcome, c->name);
        return;
    }
    for (size_t k = 0; k < c->n; k++) {
        const VgAxisNode *node = &axis->node[c->node[k]];
        if (node->place.at && node->place.at[plan->mediator_visit])
            measured++;
        else
            lacking = vg_study_printf(reader, "%s%s%s", lacking ? lacking : "", lacking ? ", " : "",
                                      node->name);
    }
    if (!measured)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->channels_line,
                         "no marker of the channel %s is measured at %s",
                         "name the channels that are, or another visit in mediators_at", c->name,
                         visit);
    else if (lacking)
        vg_study_warn_in(reader, reader->file, plan->channels_line,
                         "of the channel %s these are not measured at %s: %s",
                         "its score is made of the others", c->name, visit, lacking);
}

static void resolve(VgStudyReader *reader, VgMechanismPlan *plan)
{
    const VgAxis *axis = reader->study->axis;
    if (!resolve_outcome(reader, plan))
        return;
    size_t kept = 0;
    for (size_t k = 0; k < plan->n_channels; k++)
        if (!plan->all_channels || !holds(axis, plan->channel[k], plan->outcome_node))
            plan->channel[kept++] = plan->channel[k];
    plan->n_channels = kept;
    for (size_t k = 0; k < kept; k++)
        check_channel(reader, plan, plan->channel[k]);
    if (!kept)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->channels_line,
                         "the axis has no channel but the outcome's own",
                         "declare the channels that may carry the effect");
}

void vg_study_resolve_mechanism(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_mechanisms && reader->failed == VG_OK; k++)
        resolve(reader, &study->mechanism[k]);
}
