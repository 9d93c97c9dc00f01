/* What a planned trial is besides its graph: outcomes, participants, sites, how treatment is taken, dropout, events. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/design.h"
#include "study/outcome.h"

/* ---- outcomes ---- */

static const char *const KEPT[] = {"label", "scale",    "unit",      "direction",
                                   "range", "response", "remission", "important_difference",
                                   NULL};

static bool is_kept(const char *key)
{
    for (size_t i = 0; KEPT[i]; i++)
        if (strcmp(KEPT[i], key) == 0)
            return true;
    return false;
}

/* The part of an outcome's section that its study file keeps. */
static const char *kept_section(VgDesignReader *d, const VgYaml *map)
{
    VgBuffer text = {0};
    for (size_t i = 0; i < map->n; i++)
        if (is_kept(map->key[i]))
            vg_yaml_write_entry(&text, map->key[i], map->item[i], 2, 2);
    const char *copy =
        text.failed ? NULL : vg_arena_strdup(d->reader->arena, text.text ? text.text : "");
    vg_buffer_free(&text);
    if (!copy)
        vg_study_no_memory(d->reader);
    return copy;
}

static void read_outcome(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    static const char *const KEYS[] = {"scale",    "direction", "range",
                                       "response", "remission", "important_difference",
                                       "step",     "at",        VG_DESIGN_NODE_KEYS,
                                       NULL};
    VgStudyReader *reader = d->reader;
    size_t index = reader->study->n_outcomes++;
    VgOutcome *outcome = &reader->study->outcome[index];
    *outcome = (VgOutcome){.name = name, .label = name, .important_difference = NAN};
    if (!vg_study_good_name(name))
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the outcome name `%s` holds blanks or signs",
                         "use letters, digits, _ - . and put the words into label:", name);
    if (!vg_study_is_map(reader, map, name))
        return;
    vg_study_keys(reader, map, "an outcome", KEYS, NULL);
    const char *label = vg_study_text(reader, map, "label");
    if (label)
        outcome->label = label;
    outcome->scale = vg_study_outcome_scale(reader, name, map);
    vg_study_important_difference(reader, map, outcome);
    d->design->outcome_sections[index] = kept_section(d, map);
}

void vg_design_read_outcomes(VgDesignReader *d)
{
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "outcomes");
    if (!section) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the design has no `outcomes`",
                         "add outcomes: {hamd17: {scale: HAM-D17, mean: 22, sd: 5}}");
        return;
    }
    if (!vg_study_is_map(reader, section, "outcomes"))
        return;
    reader->study->outcome = VG_STUDY_NEW(reader, VgOutcome, section->n);
    d->design->outcome_sections = VG_STUDY_NEW(reader, const char *, section->n);
    if (!reader->study->outcome || !d->design->outcome_sections)
        return;
    for (size_t i = 0; i < section->n && reader->failed == VG_OK; i++)
        read_outcome(d, section->key[i], section->key_line[i], section->item[i]);
    reader->outcomes_ok = true;
}

/* Whole points, and the ends of the scale. */
static void record_on_scale(const VgScale *scale, VgAxisMeasurement *m, double step)
{
    m->step = !isnan(step) ? step : scale && scale->n_items ? scale->multiplier : 0;
    m->low = scale ? scale->minimum : -INFINITY;
    m->high = scale ? scale->maximum : INFINITY;
}

void vg_design_describe_outcomes(VgDesignReader *d)
{
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "outcomes");
    for (size_t k = 0; k < reader->study->n_outcomes; k++) {
        const VgOutcome *outcome = &reader->study->outcome[k];
        size_t node = vg_axis_find_node(d->axis.axis, outcome->name);
        const VgYaml *map = section->item[k];
        if (node == VG_AXIS_NONE || map->kind != VG_YAML_MAP)
            continue;
        vg_design_read_node(d, map, node, "an outcome");
        VgAxisNode *made = &d->axis.axis->node[node];
        made->label = outcome->label;
        made->place.source = VG_AXIS_BY_OUTCOME;
        made->place.outcome = k;
        made->place.at = vg_design_visits(reader, map, "at");
        if (made->distribution.shape != VG_AXIS_NORMAL)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "shape"),
                             "the outcome %s is not normal", "remove `shape`", outcome->name);
        record_on_scale(outcome->scale, &made->measurement,
                        vg_design_number(reader, map, "step", 1e-9, 1e9, NAN));
    }
}

/* ---- participants: {n: 240, allocation: [1, 1, 2]}, sites: {n: 4, sd: 0.1} ---- */

static void read_allocation(VgDesignReader *d, const VgYaml *map)
{
    VgStudyReader *reader = d->reader;
    VgDesignFile *design = d->design;
    const VgYaml *list = map ? vg_yaml_get(map, "allocation") : NULL;
    size_t n_arms = reader->study->n_arms;
    design->block = VG_STUDY_NEW(reader, size_t, 64);
    if (!design->block)
        return;
    if (list && (list->kind != VG_YAML_LIST || list->n != n_arms)) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                         "`allocation` does not have a number for each of the %zu arms",
                         "write [1, 1, 2]: shares in the order of the arms", n_arms);
        list = NULL;
    }
    for (size_t a = 0; a < n_arms; a++) {
        double share = list ? NAN : n_arms <= 32 ? 2 : 1;
        if (list && (list->item[a]->kind != VG_YAML_SCALAR ||
                     !vg_study_to_number(list->item[a]->text, &share) || share < 1 ||
                     share != floor(share) || share > 16)) {
            vg_study_problem(reader, VG_INVALID_INPUT, list->item[a]->line,
                             "a share of the allocation is no whole number from 1 to 16",
                             "write [1, 1, 2]: shares in the order of the arms");
            share = 1;
        }
        for (double k = 0; k < share && design->n_block < 64; k++)
            design->block[design->n_block++] = a;
    }
}

static void read_participants(VgDesignReader *d)
{
    static const char *const KEYS[] = {"n", "allocation", NULL};
    static const char *const SITE_KEYS[] = {"n", "sd", NULL};
    VgStudyReader *reader = d->reader;
    const VgYaml *map = vg_yaml_get(reader->root, "participants"),
                 *sites = vg_yaml_get(reader->root, "sites");
    if (!map || map->kind != VG_YAML_MAP || !vg_yaml_get(map, "n"))
        vg_study_problem(reader, VG_INVALID_INPUT, map ? map->line : reader->root->line,
                         "the design does not say how many participants",
                         "add participants: {n: 200}");
    if (map && map->kind == VG_YAML_MAP) {
        vg_study_keys(reader, map, "participants", KEYS, NULL);
        double n = vg_design_number(reader, map, "n", 4, 1e6, 4);
        d->design->n = (size_t)n;
        if (n != floor(n))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "n"),
                             "`n: %g` is no number of participants", "write a whole number", n);
    }
    read_allocation(d, map && map->kind == VG_YAML_MAP ? map : NULL);
    d->design->n_sites = 1;
    if (!sites || !vg_study_is_map(reader, sites, "sites"))
        return;
    vg_study_keys(reader, sites, "sites", SITE_KEYS, NULL);
    d->design->n_sites = (size_t)vg_design_number(reader, sites, "n", 1, 200, 1);
    d->design->site_sd = vg_design_number(reader, sites, "sd", 0, 1, 0);
}

/* ---- treatment: {multistrain: {adherence: 0.85, adherence_sd: 1, decline: 0.1, build_up: [0, 0.5, 1]}} ---- */

static const double *read_build_up(VgDesignReader *d, const VgYaml *map, const char *name)
{
    const VgYaml *list = vg_yaml_get(map, "build_up");
    size_t n = d->reader->study->n_visits;
    if (!list)
        return NULL;
    double *share = VG_STUDY_NEW(d->reader, double, n);
    bool sound = list->kind == VG_YAML_LIST && list->n == n;
    for (size_t v = 0; share && sound && v < n; v++)
        sound = list->item[v]->kind == VG_YAML_SCALAR &&
                vg_study_to_number(list->item[v]->text, &share[v]) && share[v] >= 0 &&
                share[v] <= 1;
    if (sound)
        return share;
    vg_study_problem(d->reader, VG_INVALID_INPUT, list->line,
                     "the build-up of %s is not a share for each of the %zu visits",
                     "write the share of the full effect by visit: [0, 0.5, 1]", name, n);
    return NULL;
}

void vg_design_read_treatment(VgDesignReader *d)
{
    static const char *const KEYS[] = {"adherence", "adherence_sd", "decline", "build_up", NULL};
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "treatment");
    if (!section || !vg_study_is_map(reader, section, "treatment"))
        return;
    for (size_t i = 0; i < section->n; i++) {
        const char *name = section->key[i];
        const VgYaml *map = section->item[i];
        size_t node = vg_axis_find_node(d->axis.axis, name);
        if (node == VG_AXIS_NONE || d->axis.axis->node[node].kind != VG_AXIS_COMPONENT) {
            vg_study_problem(
                reader, VG_INVALID_INPUT, section->key_line[i], "`%s` is no component of an arm",
                vg_study_axis_nearest(&d->axis, name, "declare it under components:"), name);
            continue;
        }
        if (!vg_study_is_map(reader, map, name))
            continue;
        vg_study_keys(reader, map, "treatment", KEYS, NULL);
        VgAxisExposure *x = &d->axis.axis->node[node].exposure;
        x->adherence = vg_design_number(reader, map, "adherence", 1e-6, 1, 1);
        x->adherence_sd = vg_design_number(reader, map, "adherence_sd", 0, 10, 0);
        x->decline = vg_design_number(reader, map, "decline", -5, 5, 0);
        x->build_up = read_build_up(d, map, name);
    }
}

/* ---- dropout: {rate: 0.05, mar: 0.4, mnar: 0.2, symptom: hamd17} ---- */

static void read_dropout(VgDesignReader *d)
{
    static const char *const KEYS[] = {"rate", "mar", "mnar", "symptom", NULL};
    VgStudyReader *reader = d->reader;
    VgDesignFile *design = d->design;
    const VgYaml *map = vg_yaml_get(reader->root, "dropout");
    design->dropout_symptom = VG_AXIS_NONE;
    if (!map || !vg_study_is_map(reader, map, "dropout"))
        return;
    vg_study_keys(reader, map, "dropout", KEYS, NULL);
    design->dropout = vg_design_number(reader, map, "rate", 0, 0.9, 0);
    design->dropout_mar = vg_design_number(reader, map, "mar", -5, 5, 0);
    design->dropout_mnar = vg_design_number(reader, map, "mnar", -5, 5, 0);
    const char *symptom = vg_study_text(reader, map, "symptom");
    if (symptom) {
        design->dropout_symptom = vg_axis_find_node(d->axis.axis, symptom);
        if (design->dropout_symptom == VG_AXIS_NONE ||
            d->axis.axis->node[design->dropout_symptom].kind != VG_AXIS_SYMPTOM)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "symptom"),
                             "dropout depends on `%s`, which is no outcome",
                             vg_study_axis_nearest(&d->axis, symptom, "name an outcome"), symptom);
    } else if (design->dropout_mar != 0 || design->dropout_mnar != 0) {
        vg_study_problem(reader, VG_INVALID_INPUT, map->line,
                         "dropout depends on a symptom that is not named", "add symptom: hamd17");
    }
}

/* ---- adverse_events: {nausea: {rate: {placebo: 0.1, diet: 0.2}, serious: 0.01}} ---- */

static void read_rates(VgDesignReader *d, const VgYaml *map, VgDesignEvent *event)
{
    const VgYaml *rate = vg_yaml_get(map, "rate");
    VgStudyReader *reader = d->reader;
    const VgStudy *study = reader->study;
    if (!rate) {
        vg_study_problem(reader, VG_INVALID_INPUT, map->line, "the event %s has no `rate`",
                         "write rate: 0.2, or rate: {placebo: 0.1, active: 0.3}", event->term);
        return;
    }
    if (rate->kind == VG_YAML_SCALAR) {
        double value = vg_design_number(reader, map, "rate", 0, 100, 0);
        for (size_t a = 0; a < study->n_arms; a++)
            event->rate[a] = value;
        return;
    }
    if (!vg_study_is_map(reader, rate, "rate"))
        return;
    for (size_t i = 0; i < rate->n; i++) {
        size_t arm = vg_study_need_arm(reader, rate->key[i], rate->key_line[i]);
        if (arm != SIZE_MAX)
            event->rate[arm] = vg_design_number(reader, rate, rate->key[i], 0, 100, 0);
    }
}

static void read_adverse_events(VgDesignReader *d)
{
    static const char *const KEYS[] = {"rate", "serious", NULL};
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "adverse_events");
    if (!section || !vg_study_is_map(reader, section, "adverse_events"))
        return;
    d->design->event = VG_STUDY_NEW(reader, VgDesignEvent, section->n);
    for (size_t i = 0; d->design->event && i < section->n; i++) {
        const VgYaml *map = section->item[i];
        VgDesignEvent *event = &d->design->event[d->design->n_events];
        event->term = section->key[i];
        event->rate = VG_STUDY_NEW(reader, double, reader->study->n_arms);
        if (!event->rate || !vg_study_is_map(reader, map, section->key[i]))
            continue;
        vg_study_keys(reader, map, "an event", KEYS, NULL);
        read_rates(d, map, event);
        event->serious = vg_design_number(reader, map, "serious", 0, 1, 0);
        d->design->n_events++;
    }
}

void vg_design_read_trial(VgDesignReader *d)
{
    read_participants(d);
    read_dropout(d);
    read_adverse_events(d);
}
