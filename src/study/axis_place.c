/* Where the nodes of the axis graph are measured: which layer and analyte, outcome or column, at which visits. Done
 * after the panel's layers are complete, since a marker may be of a layer that was computed from another. */
#include <vagus/panel_layer.h>

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/compare.h"
#include "study/axis.h"

typedef struct Names {
    const char **name;
    size_t n;
} Names;

static size_t count_features(const VgStudy *study)
{
    size_t n = 0;
    for (size_t k = 0; k < study->n_layers; k++)
        n += study->layer[k].n_features;
    return n;
}

/* Names among which a mistyped marker is looked for. */
static Names known_names(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    size_t n_columns = study->participants ? study->participants->n_columns : 0;
    Names names = {
        VG_STUDY_NEW(reader, const char *, count_features(study) + study->n_outcomes + n_columns),
        0};
    for (size_t k = 0; names.name && k < study->n_layers; k++)
        for (size_t f = 0; f < study->layer[k].n_features; f++)
            names.name[names.n++] = study->layer[k].feature[f];
    for (size_t k = 0; names.name && k < study->n_outcomes; k++)
        names.name[names.n++] = study->outcome[k].name;
    for (size_t k = 0; names.name && k < n_columns; k++)
        names.name[names.n++] = study->participants->column[k].name;
    return names;
}

/* ---- panel ---- */

/* The feature part of NAME or LAYER:NAME when the layer may hold it; NULL otherwise. */
static const char *within(const VgLayer *layer, const char *name)
{
    size_t length = strlen(layer->name);
    if (strncmp(name, layer->name, length) == 0 && name[length] == ':')
        return name + length + 1;
    return name;
}

static size_t find_feature(const VgLayer *layer, const char *name)
{
    const char *bare = within(layer, name);
    for (size_t f = 0; f < layer->n_features; f++)
        if (strcmp(layer->feature[f], bare) == 0)
            return f;
    for (size_t f = 0; layer->feature_label && f < layer->n_features; f++)
        if (layer->feature_label[f] && strcasecmp(layer->feature_label[f], bare) == 0)
            return f;
    return VG_AXIS_NONE;
}

/* In how many layers the name is found; the first of them in `place`. */
static size_t find_in_panel(const VgStudy *study, const char *name, VgAxisPlace *place)
{
    size_t found = 0;
    for (size_t k = 0; k < study->n_layers; k++) {
        size_t f = find_feature(&study->layer[k], name);
        if (f == VG_AXIS_NONE)
            continue;
        if (found++ == 0) {
            place->source = VG_AXIS_BY_FEATURE;
            place->layer = k;
            place->feature = f;
        }
    }
    return found;
}

static bool *feature_visits(VgStudyReader *reader, const VgAxisPlace *place)
{
    const VgLayer *layer = &reader->study->layer[place->layer];
    bool *at = VG_STUDY_NEW(reader, bool, reader->study->n_visits);
    for (size_t s = 0; at && s < layer->n_samples; s++) {
        bool known = !isnan(layer->value.data[place->feature * layer->value.stride + s]) ||
                     (layer->lower.data &&
                      !isnan(layer->lower.data[place->feature * layer->lower.stride + s]));
        if (known)
            at[layer->visit[s]] = true;
    }
    return at;
}

/* ---- outcomes and columns ---- */

static size_t find_outcome(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_outcomes; k++)
        if (strcmp(study->outcome[k].name, name) == 0)
            return k;
    return VG_AXIS_NONE;
}

static bool *outcome_visits(VgStudyReader *reader, size_t outcome)
{
    const VgStudy *study = reader->study;
    bool *at = VG_STUDY_NEW(reader, bool, study->n_visits);
    for (size_t v = 0; at && v < study->n_visits; v++)
        for (size_t i = 0; i < study->n_participants && !at[v]; i++)
            at[v] = !isnan(study->outcome[outcome].value[v * study->n_participants + i]);
    return at;
}

static const char *find_column(const VgStudy *study, const char *name)
{
    for (size_t k = 0; study->participants && k < study->participants->n_columns; k++)
        if (strcmp(study->participants->column[k].name, name) == 0)
            return study->participants->column[k].name;
    return NULL;
}

/* An outcome or a feature of the panel; false when there is none. Two layers that have it are a problem. */
bool vg_study_place_measured(VgStudyReader *reader, const char *name, size_t line,
                             VgAxisPlace *place)
{
    const VgStudy *study = reader->study;
    place->outcome = find_outcome(study, name);
    if (place->outcome != VG_AXIS_NONE) {
        place->source = VG_AXIS_BY_OUTCOME;
        place->at = outcome_visits(reader, place->outcome);
        return true;
    }
    size_t layers = find_in_panel(study, name, place);
    if (layers > 1)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` is in %zu layers of the panel",
                         "say which: write LAYER:NAME", name, layers);
    if (layers)
        place->at = feature_visits(reader, place);
    return layers > 0;
}

/* ---- nodes ---- */

const char *vg_study_nearest_measured(VgStudyReader *reader, const char *name,
                                      const char *otherwise)
{
    Names names = known_names(reader);
    return vg_study_did_you_mean(reader, name, names.name, names.n, otherwise);
}

static void place_static(VgStudyReader *reader, VgAxis *axis, VgAxisNode *node)
{
    const VgStudy *study = reader->study;
    node->place.column = find_column(study, node->name);
    if (node->place.column) { /* a column of that name wins over the baseline of a node */
        node->place.baseline_only = false;
        node->baseline_of = VG_AXIS_NONE;
        return;
    }
    if (node->baseline_of != VG_AXIS_NONE) {
        VgAxisPlace of = axis->node[node->baseline_of].place;
        of.baseline_only = true;
        node->place = of;
        return;
    }
    static const char SUFFIX[] = "_baseline";
    size_t length = strlen(node->name), tail = sizeof SUFFIX - 1;
    bool at_baseline = length > tail && strcmp(node->name + length - tail, SUFFIX) == 0;
    const char *bare = at_baseline
                           ? vg_study_printf(reader, "%.*s", (int)(length - tail), node->name)
                           : node->name;
    if ((at_baseline || node->kind == VG_AXIS_CONFOUNDER) &&
        vg_study_place_measured(reader, bare, node->line, &node->place)) {
        node->place.baseline_only = at_baseline;
        return;
    }
    vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                     "the %s `%s` is no column of the participants and nothing that is measured",
                     vg_study_nearest_measured(reader, node->name, "see docs/study-file.md, axis"),
                     vg_axis_kind_name(node->kind), node->name);
}

static void place_function(VgStudyReader *reader, VgAxisNode *node)
{
    const char *name = node->module ? node->module : node->name;
    if (!vg_study_place_measured(reader, name, node->line, &node->place))
        vg_study_warn_in(reader, reader->file, node->line,
                         "the function `%s` is in no layer: it is drawn, not estimated",
                         vg_study_nearest_measured(
                             reader, name, "a layer of genes with modules: gives functions"),
                         name);
}

static void place_node(VgStudyReader *reader, VgAxis *axis, VgAxisNode *node)
{
    switch (node->kind) {
    case VG_AXIS_COMPONENT:
        return;
    case VG_AXIS_SYMPTOM:
    case VG_AXIS_MARKER:
        if (!vg_study_place_measured(reader, node->name, node->line, &node->place))
            vg_study_problem(
                reader, VG_INVALID_INPUT, node->line,
                "the marker `%s` is in no layer of the panel and no outcome",
                vg_study_nearest_measured(reader, node->name, "declare its layer under panel:"),
                node->name);
        return;
    case VG_AXIS_FUNCTION:
        place_function(reader, node);
        return;
    case VG_AXIS_MODERATOR:
    case VG_AXIS_CONFOUNDER:
        if (node->place.source != VG_AXIS_UNMEASURED)
            place_static(reader, axis, node);
        return;
    }
}

/* Replicates are what the layer has, or the reliability cannot come from them. */
static void check_replicates(VgStudyReader *reader, const VgAxisNode *node)
{
    if (node->measurement.from_replicates && node->place.source != VG_AXIS_BY_FEATURE)
        vg_study_problem(reader, VG_INVALID_INPUT, node->measurement.reliability_line,
                         "%s has no replicates: it is in no layer of the panel",
                         "give its reliability as {value: …, source: …}", node->name);
}

static void check_graph(VgStudyReader *reader, VgAxis *axis)
{
    VgAxisIssues issues = {0};
    vg_axis_check_timing(axis, &issues);
    vg_axis_identify(axis, &issues);
    vg_study_axis_issues(reader, &issues);
}

static void place_nodes(VgStudyReader *reader, VgAxis *axis)
{
    size_t before = reader->problems->n_errors;
    for (size_t i = 0; i < axis->n_nodes && reader->failed == VG_OK; i++) {
        place_node(reader, axis, &axis->node[i]);
        check_replicates(reader, &axis->node[i]);
    }
    if (reader->failed != VG_OK || reader->problems->n_errors > before)
        return;
    vg_study_resolve_mechanism(reader); /* first: what a plan asks for is an end of the graph too */
    if (reader->failed == VG_OK)
        check_graph(reader, axis);
}

VgStatus vg_study_place_axis(VgArena *arena, VgStudy *study, VgProblems *problems, VgError *error)
{
    if (!study->axis && !study->n_moderators && !study->n_strata_plans &&
        !study->n_prediction_plans)
        return VG_OK;
    VgStudyReader reader = {
        .arena = arena, .file = study->file, .study = study, .problems = problems};
    if (study->axis)
        place_nodes(&reader, study->axis);
    vg_study_place_moderators(&reader);
    vg_study_resolve_strata(&reader);
    vg_study_resolve_prediction(&reader);
    if (reader.failed == VG_OK && vg_arena_failed(arena))
        vg_study_no_memory(&reader);
    if (reader.failed == VG_OK)
        vg_study_sort_problems(&reader);
    if (reader.failed != VG_OK) {
        if (error)
            *error = reader.failure;
        return reader.failed;
    }
    return vg_study_first_problem(problems, error);
}
