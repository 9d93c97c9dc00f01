/* The section `axis`: channels, confounders, arrows, reliability, as the graph of vagus/axis.h. */
#include "study/axis.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

size_t vg_study_axis_node(VgAxisReader *r, const char *name, VgAxisKind kind, size_t line)
{
    VgAxisNode node = vg_axis_blank_node(name, kind, line);
    size_t index = vg_axis_add_node(r->axis, &node);
    if (index == VG_AXIS_NONE)
        vg_study_no_memory(r->reader);
    return index;
}

void vg_study_axis_issues(VgStudyReader *reader, const VgAxisIssues *issues)
{
    for (size_t i = 0; i < issues->n; i++) {
        const VgAxisIssue *issue = &issues->item[i];
        if (issue->warning)
            vg_study_warn_in(reader, reader->file, issue->line, "%s", issue->hint, issue->message);
        else
            vg_study_problem(reader, VG_INVALID_INPUT, issue->line, "%s", issue->hint,
                             issue->message);
    }
}

const char *vg_study_axis_nearest(VgAxisReader *r, const char *word, const char *otherwise)
{
    const VgAxis *axis = r->axis;
    size_t n = 0;
    const char **names = VG_STUDY_NEW(r->reader, const char *, axis->n_nodes + axis->n_channels);
    for (size_t i = 0; names && i < axis->n_nodes; i++)
        names[n++] = axis->node[i].name;
    for (size_t i = 0; names && i < axis->n_channels; i++)
        names[n++] = axis->channel[i].name;
    return vg_study_did_you_mean(r->reader, word, names, n, otherwise);
}

/* Whether the name is free; else a problem. */
static bool is_free(VgAxisReader *r, const char *name, size_t line, const char *what)
{
    if (vg_axis_find_node(r->axis, name) == VG_AXIS_NONE &&
        vg_axis_find_channel(r->axis, name) == VG_AXIS_NONE)
        return true;
    vg_study_problem(r->reader, VG_INVALID_INPUT, line,
                     "the %s `%s` has the name of something else in the graph",
                     "components, channels, markers, outcomes and confounders need names of their "
                     "own",
                     what, name);
    return false;
}

static void add_components(VgAxisReader *r)
{
    const VgStudy *study = r->reader->study;
    const VgYaml *section = vg_yaml_get(r->reader->root, "components");
    for (size_t k = 0; k < study->n_components; k++) {
        const VgComponent *component = &study->component[k];
        VgAxisNode node = vg_axis_blank_node(component->name, VG_AXIS_COMPONENT,
                                             vg_yaml_key_line(section, component->name));
        node.dose = component->dose;
        node.unit = component->unit;
        node.place.source = VG_AXIS_BY_ARM;
        node.in_arm = VG_STUDY_NEW(r->reader, bool, study->n_arms);
        if (!node.in_arm)
            return;
        for (size_t a = 0; a < study->n_arms; a++)
            for (size_t i = 0; i < study->arm[a].n_components; i++)
                if (study->arm[a].component[i] == k)
                    node.in_arm[a] = true;
        if (vg_axis_add_node(r->axis, &node) == VG_AXIS_NONE)
            vg_study_no_memory(r->reader);
    }
}

/* ---- channels ---- */

/* A marker `il6`, or `-il10` for one that falls when its channel rises. */
static void read_marker(VgAxisReader *r, size_t channel, const VgYaml *item)
{
    const char *text = vg_study_scalar(r->reader, item, "a marker");
    if (!text)
        return;
    int sign = *text == '-' ? -1 : 1;
    text += sign < 0;
    size_t known = vg_axis_find_node(r->axis, text);
    if (known != VG_AXIS_NONE && r->axis->node[known].channel != VG_AXIS_NONE) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, item->line,
                         "the marker `%s` is in two channels (or twice in one)",
                         "a marker belongs to one channel", text);
        return;
    }
    if (!*text || !is_free(r, text, item->line, "marker"))
        return;
    size_t node = vg_study_axis_node(r, text, VG_AXIS_MARKER, item->line);
    if (node == VG_AXIS_NONE)
        return;
    r->axis->node[node].sign = sign;
    if (!vg_axis_join(r->axis, channel, node))
        vg_study_no_memory(r->reader);
}

static void read_channel(VgAxisReader *r, const char *name, size_t line, const VgYaml *node)
{
    static const char *const KEYS[] = {"markers", "label", NULL};
    static const char *const DESIGN_KEYS[] = {"markers", "label", "correlation", NULL};
    if (!is_free(r, name, line, "channel"))
        return;
    size_t channel = vg_axis_add_channel(r->axis, name, line);
    if (channel == VG_AXIS_NONE) {
        vg_study_no_memory(r->reader);
        return;
    }
    const VgYaml *markers = node;
    if (node->kind == VG_YAML_MAP) {
        vg_study_keys(r->reader, node, "a channel", r->design ? DESIGN_KEYS : KEYS, NULL);
        const char *label = vg_study_text(r->reader, node, "label");
        if (label)
            r->axis->channel[channel].label = label;
        r->axis->channel[channel].correlation = vg_study_number(r->reader, node, "correlation");
        markers = vg_yaml_get(node, "markers");
    }
    if (!markers || markers->kind != VG_YAML_LIST || markers->n == 0) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, line, "the channel %s has no markers",
                         "write [il6, tnf], a minus before those that fall when it rises", name);
        return;
    }
    for (size_t i = 0; i < markers->n; i++)
        read_marker(r, channel, markers->item[i]);
}

static void read_channels(VgAxisReader *r)
{
    const VgYaml *channels = vg_yaml_get(r->section, "channels");
    if (!channels) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, r->section->line,
                         "the axis has no `channels`", "add channels: {immune: [il6, tnf]}");
        return;
    }
    if (!vg_study_is_map(r->reader, channels, "channels"))
        return;
    for (size_t i = 0; i < channels->n; i++)
        read_channel(r, channels->key[i], channels->key_line[i], channels->item[i]);
}

/* Outcomes that are no markers are symptoms. */
static void add_symptoms(VgAxisReader *r)
{
    const VgStudy *study = r->reader->study;
    const VgYaml *section = vg_yaml_get(r->reader->root, "outcomes");
    for (size_t k = 0; k < study->n_outcomes; k++) {
        const VgOutcome *outcome = &study->outcome[k];
        if (!outcome->name || vg_axis_find_node(r->axis, outcome->name) != VG_AXIS_NONE)
            continue;
        size_t node = vg_study_axis_node(r, outcome->name, VG_AXIS_SYMPTOM,
                                         vg_yaml_key_line(section, outcome->name));
        if (node == VG_AXIS_NONE)
            return;
        r->axis->node[node].label = outcome->label ? outcome->label : outcome->name;
        r->axis->node[node].unit = outcome->scale ? outcome->scale->unit : NULL;
    }
}

/* ---- confounders: [age, sex], or {age: {}, stress: {measured: false}} ---- */

static void add_confounder(VgAxisReader *r, const char *name, size_t line, const VgYaml *node)
{
    static const char *const KEYS[] = {"measured", "label", NULL};
    static const char *const DESIGN_KEYS[] = {"measured", "varies", VG_DESIGN_NODE_KEYS, NULL};
    if (!is_free(r, name, line, "confounder"))
        return;
    size_t index = vg_study_axis_node(r, name, VG_AXIS_CONFOUNDER, line);
    if (index == VG_AXIS_NONE)
        return;
    VgAxisNode *made = &r->axis->node[index];
    made->place.source = VG_AXIS_BY_COLUMN; /* found later; unmeasured when declared so */
    if (!node || vg_yaml_is_null(node) || !vg_study_is_map(r->reader, node, "a confounder"))
        return;
    vg_study_keys(r->reader, node, "a confounder", r->design ? DESIGN_KEYS : KEYS, NULL);
    if (r->design) /* a cause that comes and goes, such as strain at work */
        made->varies = vg_study_bool(r->reader, node, "varies", false);
    if (!vg_study_bool(r->reader, node, "measured", true))
        made->place.source = VG_AXIS_UNMEASURED;
    const char *label = vg_study_text(r->reader, node, "label");
    if (label)
        made->label = label;
}

static void read_confounders(VgAxisReader *r)
{
    const VgYaml *node = vg_yaml_get(r->section, "confounders");
    if (!node)
        return;
    if (node->kind == VG_YAML_MAP) {
        for (size_t i = 0; i < node->n; i++)
            add_confounder(r, node->key[i], node->key_line[i], node->item[i]);
        return;
    }
    size_t n;
    const char **names = vg_study_texts(r->reader, r->section, "confounders", &n);
    for (size_t i = 0; i < n; i++)
        add_confounder(r, names[i], node->line, NULL);
}

/* ---- functions: {butyrate_synthesis: VGM009}: what a layer calls them ---- */

static void read_functions(VgAxisReader *r)
{
    const VgYaml *section = vg_yaml_get(r->section, "functions");
    if (!section || !vg_study_is_map(r->reader, section, "functions"))
        return;
    for (size_t i = 0; i < section->n && r->reader->failed == VG_OK; i++) {
        const char *feature = vg_study_text(r->reader, section, section->key[i]);
        if (!feature || !is_free(r, section->key[i], section->key_line[i], "function"))
            continue;
        size_t node =
            vg_study_axis_node(r, section->key[i], VG_AXIS_FUNCTION, section->key_line[i]);
        if (node != VG_AXIS_NONE)
            r->axis->node[node].module = feature;
    }
}

/* ---- reliability: {il6: {from: replicates}, car: {value: 0.6, source: …}, tnf: 0.7} ---- */

static void read_reliability_of(VgAxisReader *r, const char *name, size_t line, const VgYaml *node)
{
    static const char *const KEYS[] = {"from", "value", "source", NULL};
    static const char *const FROM[] = {"replicates", NULL};
    size_t index = vg_axis_find_node(r->axis, name);
    if (index == VG_AXIS_NONE || !r->axis->node[index].varies) {
        const char *hint = vg_study_axis_nearest(r, name, "name a marker, function or outcome");
        vg_study_problem(r->reader, VG_INVALID_INPUT, line,
                         "reliability of `%s`, which is no marker, function or outcome", hint,
                         name);
        return;
    }
    VgAxisMeasurement *m = &r->axis->node[index].measurement;
    m->reliability_line = line;
    double value = NAN;
    if (node->kind == VG_YAML_MAP) {
        vg_study_keys(r->reader, node, "a reliability", KEYS, NULL);
        m->from_replicates = vg_study_choice(r->reader, node, "from", FROM, SIZE_MAX) == 0;
        m->reliability_source = vg_study_text(r->reader, node, "source");
        value = vg_study_number(r->reader, node, "value");
        if (!m->from_replicates && !vg_yaml_get(node, "value") && !vg_yaml_get(node, "from"))
            vg_study_problem(r->reader, VG_INVALID_INPUT, line,
                             "the reliability of %s has neither `value` nor `from`",
                             "write {value: 0.7, source: …} or {from: replicates}", name);
    } else if (node->kind != VG_YAML_SCALAR || !vg_study_to_number(node->text, &value)) {
        vg_study_problem(r->reader, VG_INVALID_INPUT, line, "the reliability of %s is no number",
                         "write {value: 0.7, source: …} or {from: replicates}", name);
    }
    if (isfinite(value) && !(value > 0 && value <= 1))
        vg_study_problem(r->reader, VG_INVALID_INPUT, line,
                         "the reliability of %s is %g, outside (0, 1]",
                         "it is the share of the measured variance that is true", name, value);
    else
        m->reliability = value;
}

static void read_reliability(VgAxisReader *r)
{
    const VgYaml *node = vg_yaml_get(r->section, "reliability");
    if (!node || !vg_study_is_map(r->reader, node, "reliability"))
        return;
    for (size_t i = 0; i < node->n; i++)
        read_reliability_of(r, node->key[i], node->key_line[i], node->item[i]);
}

/* ---- the section ---- */

bool vg_study_begin_axis(VgAxisReader *r)
{
    VgStudyReader *reader = r->reader;
    if (!reader->visits_ok || !reader->arms_ok || !reader->outcomes_ok)
        return false; /* names that are missing there are told there */
    const char **visit = VG_STUDY_NEW(reader, const char *, reader->study->n_visits);
    r->axis = vg_axis_create(reader->arena, reader->study->n_visits, reader->study->n_arms);
    if (!r->axis || !visit) {
        vg_study_no_memory(reader);
        return false;
    }
    for (size_t v = 0; v < reader->study->n_visits; v++)
        visit[v] = reader->study->visit[v].name;
    r->axis->visit_name = visit;
    r->axis->line = r->section->line;
    add_components(r);
    read_channels(r);
    add_symptoms(r);
    read_confounders(r);
    return reader->failed == VG_OK;
}

void vg_study_read_axis(VgStudyReader *reader)
{
    static const char *const KEYS[] = {"channels", "functions",   "confounders",
                                       "arrows",   "reliability", NULL};
    const VgYaml *section = vg_yaml_get(reader->root, "axis");
    if (!section || !vg_study_is_map(reader, section, "axis"))
        return;
    vg_study_keys(reader, section, "axis", KEYS, NULL);
    VgAxisReader r = {.reader = reader, .section = section};
    if (!vg_study_begin_axis(&r))
        return;
    read_functions(&r);
    vg_study_read_arrows(&r);
    read_reliability(&r);
    reader->study->axis = r.axis;
}
