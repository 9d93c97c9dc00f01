/* From a design and what is asked of it to a plan of virtual analyses: arms, visits, columns, rows to answer. */
#include "design/operating.h"

#include <math.h>
#include <string.h>

/* ---- names ---- */

static size_t find_visit(const VgStudy *study, const char *name)
{
    for (size_t v = 0; v < study->n_visits; v++)
        if (strcmp(study->visit[v].name, name) == 0)
            return v;
    return SIZE_MAX;
}

static size_t find_arm(const VgStudy *study, const char *name, size_t length)
{
    for (size_t a = 0; a < study->n_arms; a++)
        if (strlen(study->arm[a].name) == length && strncmp(study->arm[a].name, name, length) == 0)
            return a;
    return SIZE_MAX;
}

static VgStatus no_mmrm(VgError *error)
{
    return vg_fail(
        error, VG_NOT_BUILT,
        "operating characteristics of this primary analysis: not available in this "
        "version",
        "declare primary: {estimand: …, method: {mmrm: {covariates: [baseline, site]}}}");
}

/* ---- the primary analysis ---- */

static bool is_baseline(const VgOperatingPlan *plan, const char *name)
{
    size_t length = strlen(plan->node->name);
    return strcmp(name, "baseline") == 0 || (strncmp(name, plan->node->name, length) == 0 &&
                                             strcmp(name + length, "_baseline") == 0);
}

static VgStatus add_covariate(VgOperatingPlan *plan, const char *name, bool by_visit,
                              VgError *error)
{
    VgPrimaryPlan *primary = &plan->primary;
    const VgAxis *axis = plan->design->axis;
    size_t node = vg_axis_find_node(axis, name);
    if (is_baseline(plan, name)) {
        primary->baseline = true;
        primary->by_visit = by_visit;
        return VG_OK;
    }
    if (by_visit)
        return vg_fail(error, VG_NOT_BUILT,
                       "%s with a slope of its own at each visit: not available for designs in "
                       "this version",
                       "baseline may have one; list the others under covariates", name);
    if (strcmp(name, "site") == 0) {
        primary->site = plan->scheme.n_sites > 1;
        return VG_OK;
    }
    if (node == VG_AXIS_NONE || axis->node[node].varies ||
        axis->node[node].kind == VG_AXIS_COMPONENT)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the covariate %s of the primary analysis is nothing that the design draws",
                       "use baseline, site, or a moderator or confounder known at baseline", name);
    primary->fixed[primary->n_fixed++] = plan->model[0]->slot[node];
    return VG_OK;
}

static bool among(const char *const *name, size_t n, const char *wanted)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(name[k], wanted) == 0)
            return true;
    return false;
}

/* Visits after baseline when the symptom is measured; an ANCOVA has the one. */
static void find_modelled_visits(VgOperatingPlan *plan, bool one)
{
    VgPrimaryPlan *primary = &plan->primary;
    for (size_t v = 1; v < plan->model[0]->n_visits; v++) {
        if (one ? v != plan->outcome_at : plan->node->place.at && !plan->node->place.at[v])
            continue;
        if (v == plan->outcome_at)
            primary->answer = primary->n_visits;
        primary->visit[primary->n_visits++] = v;
    }
}

static VgStatus plan_primary(VgArena *arena, VgOperatingPlan *plan, VgError *error)
{
    const VgDesignFile *design = plan->design;
    const VgAnalysis *a = design->primary;
    VgPrimaryPlan *p = &plan->primary;
    p->n_arms = design->study->n_arms;
    p->visit = VG_NEW(arena, size_t, plan->model[0]->n_visits);
    p->fixed = VG_NEW(arena, size_t, a ? a->n_covariates + 1 : 1);
    if (!p->visit || !p->fixed)
        return vg_fail_memory(error);
    p->reference = design->reference;
    p->arm = a ? a->arm : p->n_arms - 1;
    if (p->arm == p->reference)
        p->arm = 0;
    find_modelled_visits(plan, a && a->kind == VG_ANALYSIS_ANCOVA);
    p->baseline = !a;
    if (!a)
        return VG_OK;
    if ((a->kind != VG_ANALYSIS_MMRM && a->kind != VG_ANALYSIS_ANCOVA) || a->model ||
        a->covariance_by_arm || a->set != VG_SET_RANDOMISED)
        return no_mmrm(error);
    p->change = a->change;
    p->options = (VgMmrmOptions){.covariance = a->covariance,
                                 .likelihood = a->likelihood,
                                 .df = a->df,
                                 .sandwich = a->sandwich,
                                 .fallback = a->fallback,
                                 .n_fallback = a->n_fallback};
    for (size_t k = 0; k < a->n_covariates; k++)
        VG_TRY(add_covariate(
            plan, a->covariate[k],
            among(a->covariate_by_visit, a->n_covariates_by_visit, a->covariate[k]), error));
    return VG_OK;
}

/* ---- the mechanism ---- */

static void give_by_arms(const VgOperatingPlan *plan, size_t arm, size_t reference, int8_t *given)
{
    for (size_t a = 0; a < plan->design->study->n_arms; a++)
        given[a] = a == arm ? 1 : a == reference ? 0 : -1;
}

/* A component: every arm, with it or without; the others that vary become covariates. */
static VgStatus give_by_component(VgOperatingPlan *plan, size_t component, VgError *error)
{
    const VgAxis *axis = plan->design->axis;
    const VgAxisModel *m = plan->model[0];
    VgOperatingMechanism *p = &plan->mechanism_plan;
    size_t with = 0, arms = plan->design->study->n_arms;
    for (size_t a = 0; a < arms; a++) {
        p->given[a] = axis->node[component].in_arm[a];
        with += p->given[a] == 1;
    }
    if (with == 0 || with == arms)
        return vg_fail(error, VG_INVALID_INPUT, "%s of the arms have %s: it has no comparison",
                       "choose a component that some arms have, or ARM against ARM",
                       with ? "all" : "none", axis->node[component].name);
    for (size_t c = 0; c < m->n_components; c++) {
        const bool *in_arm = axis->node[m->component[c]].in_arm;
        bool varies = false, same = true, other = true;
        for (size_t a = 0; a < arms; a++) {
            varies = varies || in_arm[a] != in_arm[0];
            same = same && in_arm[a] == (p->given[a] == 1);
            other = other && in_arm[a] != (p->given[a] == 1);
        }
        if (varies && !same && !other)
            p->component[p->n_components++] = c;
    }
    return VG_OK;
}

static VgStatus who_is_given(VgOperatingPlan *plan, const char *words, VgError *error)
{
    const VgStudy *study = plan->design->study;
    const VgAxis *axis = plan->design->axis;
    plan->treatment = words;
    if (!words) {
        plan->treatment =
            vg_arena_printf(axis->arena, "%s against %s", study->arm[plan->primary.arm].name,
                            study->arm[plan->primary.reference].name);
        if (!plan->treatment)
            return vg_fail_memory(error);
        give_by_arms(plan, plan->primary.arm, plan->primary.reference, plan->mechanism_plan.given);
        return VG_OK;
    }
    const char *against = strstr(words, " against ");
    if (against) {
        size_t arm = find_arm(study, words, (size_t)(against - words)),
               reference = find_arm(study, against + 9, strlen(against + 9));
        if (arm != SIZE_MAX && reference != SIZE_MAX && arm != reference) {
            give_by_arms(plan, arm, reference, plan->mechanism_plan.given);
            return VG_OK;
        }
    }
    size_t node = vg_axis_find_node(axis, words);
    if (node != VG_AXIS_NONE && axis->node[node].kind == VG_AXIS_COMPONENT)
        return give_by_component(plan, node, error);
    return vg_fail(error, VG_INVALID_INPUT, "the treatment \"%s\" is not of this design",
                   "name a component, or ARM against ARM with two of its arms", words);
}

static bool measured_at(const VgAxisNode *node, size_t visit)
{
    return node->place.source != VG_AXIS_UNMEASURED && (!node->place.at || node->place.at[visit]) &&
           (!node->place.at || node->place.at[0]);
}

/* The last visit not after the mediators' when every marker of a channel is measured; 0 = none. */
static size_t channel_visit(const VgOperatingPlan *plan, const VgAxisChannel *channel)
{
    for (size_t v = plan->mediators_at; v > 0; v--) {
        size_t n = 0;
        for (size_t j = 0; j < channel->n; j++)
            n += measured_at(&plan->design->axis->node[channel->node[j]], v);
        if (n == channel->n)
            return v;
    }
    return 0;
}

static VgStatus gather_markers(VgArena *arena, VgOperatingPlan *plan, VgError *error)
{
    const VgAxis *axis = plan->design->axis;
    const VgAxisModel *m = plan->model[0];
    VgOperatingMechanism *p = &plan->mechanism_plan;
    p->marker = VG_NEW(arena, size_t, 3 * axis->n_nodes + 2 * axis->n_channels);
    p->sign = VG_NEW(arena, double, axis->n_nodes);
    if (!p->marker || !p->sign)
        return vg_fail_memory(error);
    p->marker_at = p->marker + axis->n_nodes;
    p->channel = p->marker_at + axis->n_nodes;
    p->axis_channel = p->channel + axis->n_nodes;
    p->members = p->axis_channel + axis->n_channels;
    for (size_t c = 0; c < axis->n_channels; c++) {
        size_t visit = channel_visit(plan, &axis->channel[c]);
        if (visit == 0)
            continue;
        for (size_t j = 0; j < axis->channel[c].n; j++) {
            size_t node = axis->channel[c].node[j];
            p->marker[p->n_markers] = m->slot[node];
            p->marker_at[p->n_markers] = visit;
            p->channel[p->n_markers] = p->n_channels;
            p->sign[p->n_markers++] = axis->node[node].sign;
        }
        p->members[p->n_channels] = axis->channel[c].n;
        p->axis_channel[p->n_channels++] = c;
    }
    if (p->n_markers == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "no channel is measured both at baseline and between it and %s",
                       "let a layer of the panel have samples at baseline and before the outcome",
                       vg_axis_visit_name(axis, p->at));
    return VG_OK;
}

/* "OUTCOME at VISIT"; without words that of the primary analysis. */
static VgStatus find_mechanism_outcome(VgOperatingPlan *plan, const char *words, VgError *error)
{
    VgOperatingMechanism *p = &plan->mechanism_plan;
    const VgAxis *axis = plan->model[0]->axis;
    const char *at = words ? strstr(words, " at ") : NULL;
    p->symptom = plan->symptom;
    p->at = plan->outcome_at;
    if (words) {
        p->symptom = VG_AXIS_NONE;
        for (size_t k = 0; at && k < axis->n_nodes; k++)
            if (axis->node[k].kind == VG_AXIS_SYMPTOM &&
                strlen(axis->node[k].name) == (size_t)(at - words) &&
                strncmp(axis->node[k].name, words, (size_t)(at - words)) == 0)
                p->symptom = k;
        p->at = at ? find_visit(plan->design->study, at + 4) : SIZE_MAX;
    }
    if (p->symptom == VG_AXIS_NONE || p->at == SIZE_MAX)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the mechanism's outcome \"%s\" is no symptom at a visit of this design",
                       "name one as in --outcome \"hamd17 at w12\"", words);
    p->node = &axis->node[p->symptom];
    p->slot = plan->model[0]->slot[p->symptom];
    if (p->node->place.at && !p->node->place.at[p->at])
        return vg_fail(error, VG_INVALID_INPUT, "%s is not measured at %s", "name another visit",
                       p->node->name, vg_axis_visit_name(axis, p->at));
    return VG_OK;
}

static VgStatus find_mediators_visit(VgOperatingPlan *plan, const char *name, VgError *error)
{
    const VgStudy *study = plan->design->study;
    size_t outcome_at = plan->mechanism_plan.at;
    plan->mediators_at = outcome_at > 0 ? outcome_at - 1 : 0;
    if (name)
        plan->mediators_at = find_visit(study, name);
    if (plan->mediators_at == SIZE_MAX)
        return vg_fail(error, VG_INVALID_INPUT, "there is no visit %s",
                       "name a visit of the design that lies before the outcome's", name);
    if (plan->mediators_at == 0 || plan->mediators_at >= outcome_at)
        return vg_fail(error, VG_INVALID_INPUT,
                       "mediators at %s are not between baseline and the outcome at %s",
                       "a mediator must come after treatment began and before its outcome",
                       study->visit[plan->mediators_at].name, study->visit[outcome_at].name);
    return VG_OK;
}

static VgStatus plan_mechanism(VgArena *arena, VgOperatingPlan *plan,
                               const VgOperatingOptions *options, VgError *error)
{
    VgOperatingMechanism *p = &plan->mechanism_plan;
    p->given = VG_NEW(arena, int8_t, plan->design->study->n_arms);
    p->component = VG_NEW(arena, size_t, plan->model[0]->n_components);
    if (!p->given || !p->component)
        return vg_fail_memory(error);
    plan->mechanism = true;
    const char *treatment = options->treatment, *outcome = options->outcome,
               *at = options->mediators_at;
    VG_TRY(who_is_given(plan, treatment ? treatment : plan->design->mechanism_treatment, error));
    VG_TRY(
        find_mechanism_outcome(plan, outcome ? outcome : plan->design->mechanism_outcome, error));
    VG_TRY(find_mediators_visit(plan, at ? at : plan->design->mechanism_mediators_at, error));
    return gather_markers(arena, plan, error);
}

/* ---- models: as declared, and with other reliabilities ---- */

static VgStatus compile(const VgOperatingPlan *plan, double reliability, const VgAxisModel **model,
                        VgError *error)
{
    const VgDesignFile *design = plan->design;
    VgArena *arena = design->axis->arena;
    VgAxisIssues issues = {0};
    VgAxis *axis = VG_NEW(arena, VgAxis, 1);
    VgAxisNode *node = VG_NEW(arena, VgAxisNode, design->axis->n_nodes);
    if (!axis || !node)
        return vg_fail_memory(error);
    *axis = *design->axis;
    memcpy(node, design->axis->node, axis->n_nodes * sizeof *node);
    for (size_t k = 0; k < axis->n_nodes; k++)
        if (node[k].kind == VG_AXIS_MARKER && !isnan(reliability))
            node[k].measurement.reliability = reliability;
    axis->node = node;
    *model = vg_axis_compile(axis, design->site_sd, &issues);
    if (*model)
        return VG_OK;
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    return vg_fail(error, VG_NOT_ESTIMABLE, "the design has no model: %s", "check the design",
                   issues.n ? issues.item[0].message : "no reason known");
}

static VgStatus make_models(VgArena *arena, VgOperatingPlan *plan,
                            const VgOperatingOptions *options, VgError *error)
{
    size_t n = 1 + options->n_reliabilities;
    plan->n_models = n;
    plan->model = VG_NEW(arena, const VgAxisModel *, n);
    plan->reliability = VG_NEW(arena, double, n);
    plan->marker_reliability = VG_NEW(arena, VgMarkerReliability *, n);
    if (!plan->model || !plan->reliability || !plan->marker_reliability)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++) {
        double value = r ? options->reliability[r - 1] : (double)NAN;
        if (r && !(value > 0 && value <= 1))
            return vg_fail(error, VG_INVALID_INPUT, "reliability %g is not in (0, 1]",
                           "a reliability is the share of the variance that is not error", value);
        plan->reliability[r] = value;
        VG_TRY(compile(plan, value, &plan->model[r], error));
    }
    return VG_OK;
}

/* What the analysis knows of its markers' errors. */
static VgStatus tell_reliabilities(VgArena *arena, VgOperatingPlan *plan, VgError *error)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    for (size_t r = 0; r < plan->n_models; r++) {
        const VgAxisModel *m = plan->model[r];
        VgMarkerReliability *known = VG_NEW(arena, VgMarkerReliability, p->n_markers);
        bool any = false;
        if (!known)
            return vg_fail_memory(error);
        for (size_t j = 0; j < p->n_markers; j++) {
            double value = m->axis->node[m->varying[p->marker[j]]].measurement.reliability;
            if (isnan(value))
                continue;
            known[j].value = value;
            any = any || value < 1;
        }
        plan->marker_reliability[r] = any ? known : NULL;
    }
    return VG_OK;
}

/* ---- what is drawn, and what is answered ---- */

static VgStatus find_need(VgArena *arena, VgOperatingPlan *plan, VgError *error)
{
    const VgAxisModel *m = plan->model[0];
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    bool *observed = VG_NEW(arena, bool, m->n_varying * m->n_visits);
    if (!observed)
        return vg_fail_memory(error);
    observed[plan->slot * m->n_visits] = observed[plan->slot * m->n_visits + plan->outcome_at] =
        true;
    for (size_t k = 0; k < plan->primary.n_visits; k++)
        observed[plan->slot * m->n_visits + plan->primary.visit[k]] = true;
    if (plan->mechanism)
        observed[p->slot * m->n_visits] = observed[p->slot * m->n_visits + p->at] = true;
    for (size_t j = 0; j < p->n_markers; j++)
        observed[p->marker[j] * m->n_visits] =
            observed[p->marker[j] * m->n_visits + p->marker_at[j]] = true;
    VG_TRY(vg_axis_need(arena, m, &plan->scheme, observed, &plan->need, error));
    plan->scheme.need = &plan->need;
    return VG_OK;
}

static void add_row(VgOperatingPlan *plan, VgOperatingEffect effect, size_t channel, size_t model,
                    bool corrected)
{
    plan->row[plan->n_rows++] = (VgOperatingRow){.effect = effect,
                                                 .channel = channel,
                                                 .corrected = corrected,
                                                 .reliability = plan->reliability[model]};
}

/* In the order in which a trial answers: primary; per model as measured and, where errors are known, corrected. */
static VgStatus lay_out_rows(VgArena *arena, VgOperatingPlan *plan, VgError *error)
{
    const VgOperatingMechanism *p = &plan->mechanism_plan;
    plan->row =
        VG_NEW(arena, VgOperatingRow, 1 + 2 * plan->n_models * (VG_CHANNELS_FIRST + p->n_channels));
    if (!plan->row)
        return vg_fail_memory(error);
    add_row(plan, VG_OPERATING_PRIMARY, VG_AXIS_NONE, 0, false);
    for (size_t r = 0; plan->mechanism && r < plan->n_models; r++)
        for (int corrected = 0; corrected < (plan->marker_reliability[r] ? 2 : 1); corrected++) {
            for (size_t e = 0; e < VG_CHANNELS_FIRST; e++)
                add_row(plan, VG_OPERATING_TOTAL + (VgOperatingEffect)e, VG_AXIS_NONE, r,
                        corrected);
            for (size_t c = 0; c < p->n_channels; c++)
                add_row(plan, VG_OPERATING_CHANNEL, p->axis_channel[c], r, corrected);
        }
    return VG_OK;
}

/* The symptom and visit of the primary analysis; the first symptom at the last visit without one. */
static VgStatus find_outcome(VgOperatingPlan *plan, VgError *error)
{
    const VgDesignFile *design = plan->design;
    const VgAnalysis *a = design->primary;
    size_t outcome = a && a->outcome != SIZE_MAX ? a->outcome : 0;
    if (design->study->n_outcomes == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the design has no outcome",
                       "declare one under outcomes:");
    plan->symptom = vg_axis_find_node(design->axis, design->study->outcome[outcome].name);
    plan->outcome_at = a && a->visit != SIZE_MAX ? a->visit : design->axis->n_visits - 1;
    plan->node = &plan->model[0]->axis->node[plan->symptom];
    plan->slot = plan->model[0]->slot[plan->symptom];
    if (plan->outcome_at == 0 || (plan->node->place.at && !plan->node->place.at[plan->outcome_at]))
        return vg_fail(error, VG_INVALID_INPUT, "%s is not measured at %s after baseline",
                       "name a visit after baseline when it is measured", plan->node->name,
                       vg_axis_visit_name(design->axis, plan->outcome_at));
    return VG_OK;
}

VgStatus vg_operating_plan(VgArena *arena, const VgDesignFile *design,
                           const VgOperatingOptions *options, VgOperatingPlan *plan, VgError *error)
{
    *plan = (VgOperatingPlan){.design = design,
                              .level = options->level > 0 ? options->level : 0.95,
                              .product = !options->delta,
                              .scheme = vg_design_scheme(design)};
    if (options->n)
        plan->scheme.n = options->n;
    VG_TRY(make_models(arena, plan, options, error));
    VG_TRY(find_outcome(plan, error));
    VG_TRY(plan_primary(arena, plan, error));
    if (!options->primary_only && design->axis->n_channels > 0)
        VG_TRY(plan_mechanism(arena, plan, options, error));
    VG_TRY(tell_reliabilities(arena, plan, error));
    VG_TRY(find_need(arena, plan, error));
    return lay_out_rows(arena, plan, error);
}
