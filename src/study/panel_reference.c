/* The people that a layer is compared with: other people, read from tables like the layer's own, or a group of the study's
 * participants. What differs in kind, unit or pipeline is refused: a norm is never converted. */
#include "study/panel.h"

#include <stdint.h>
#include <string.h>

/* What a reference may say of its table; where it does not, the layer's own key holds. */
static const char *const OF_TABLE[] = {
    "table",    "kind",     "unit",   "samples_in", "skip",   "numbers_only",
    "id",       "rank",     "sample", "analyte",    "value",  "plate",
    "lod",      "lloq",     "uloq",   "format",     "matrix", "replicates",
    "taxonomy", "collapse", "zeros",  NULL};
static const char *const KEYS[] = {
    "table",  "kind",   "unit",     "samples_in", "skip",     "numbers_only", "id",
    "rank",   "sample", "analyte",  "value",      "plate",    "lod",          "lloq",
    "uloq",   "format", "matrix",   "replicates", "taxonomy", "collapse",     "zeros",
    "people", "person", "pipeline", "group",      NULL};

static bool is_of_table(const char *key)
{
    for (size_t k = 0; OF_TABLE[k]; k++)
        if (strcmp(OF_TABLE[k], key) == 0)
            return true;
    return false;
}

/* The layer's keys about its table, those of the reference first. */
static VgYaml *merged(VgStudyReader *reader, const VgYaml *layer, const VgYaml *own)
{
    VgYaml *out = VG_STUDY_NEW(reader, VgYaml, 1);
    size_t most = layer->n + own->n;
    if (!out)
        return NULL;
    *out = (VgYaml){.kind = VG_YAML_MAP, .line = own->line};
    out->item = VG_STUDY_NEW(reader, VgYaml *, most);
    out->key = VG_STUDY_NEW(reader, const char *, most);
    out->key_line = VG_STUDY_NEW(reader, size_t, most);
    if (reader->failed != VG_OK)
        return NULL;
    const VgYaml *from[2] = {own, layer};
    for (int f = 0; f < 2; f++)
        for (size_t k = 0; k < from[f]->n; k++)
            if (is_of_table(from[f]->key[k]) && !vg_yaml_get(out, from[f]->key[k])) {
                out->item[out->n] = from[f]->item[k];
                out->key_line[out->n] = from[f]->key_line[k];
                out->key[out->n++] = from[f]->key[k];
            }
    return out;
}

/* ---- other people ---- */

/* Whether a layer before this one has the same people, of whom everything was told. */
static bool is_known(const VgStudy *study, const VgTable *people)
{
    size_t n = 0;
    for (size_t k = 0; k < study->n_layers; k++)
        n += study->layer[k].reference && study->layer[k].reference->people == people;
    return n > 1; /* this layer's own is entered already */
}

/* The people as a sheet of samples: one sample each, named as the person. */
static VgSampleSheet *sheet_of_people(VgStudyReader *reader, const VgTable *table,
                                      const VgColumn *id, const char **name)
{
    VgSampleSheet *sheet = vg_study_new_sheet(reader, table->n_rows);
    size_t twice = 0;
    bool told = is_known(reader->study, table);
    for (size_t row = 0; sheet && row < table->n_rows && reader->failed == VG_OK; row++) {
        const char *text = vg_study_value(reader, id, row);
        name[row] = text ? text : "";
        if (!text || vg_map_find(sheet->map, text, strlen(text)) >= 0) {
            if (!told && vg_study_listed(&twice))
                vg_study_problem_in(reader, table->path, table->line[row],
                                    text ? "the reference person %s stands here again"
                                         : "a reference person%s has no name",
                                    "one row a person", name[row]);
            continue;
        }
        if (vg_map_add(sheet->map, text, strlen(text)) < 0)
            vg_study_no_memory(reader);
        sheet->participant[sheet->n] = row;
        sheet->visit[sheet->n] = 0;
        sheet->line[sheet->n] = table->line[row];
        sheet->table_row[sheet->n++] = row;
    }
    if (sheet) {
        sheet->path = table->path;
        vg_study_and_more(reader, twice, table->path, false,
                          "reference people who are repeated or have no name");
    }
    return sheet;
}

/* Reads the table with the layer's own reader, as of a study whose participants are these people. */
static void read_people(VgStudyReader *reader, const VgLayer *layer, const VgYaml *node,
                        VgLayerReference *reference, const char **name, VgSampleSheet *sheet)
{
    static VgVisit visit = {.name = "reference", .label = "reference"};
    VgStudy study = *reader->study;
    VgStudyReader shadow = *reader;
    study.participant = name;
    study.n_participants = reference->people->n_rows;
    study.visit = &visit;
    study.n_visits = 1;
    shadow.study = &study;
    shadow.participants_path = reference->people->path;
    const char *what = vg_study_printf(reader, "the reference of %s", layer->name);
    *reference->layer = (VgLayer){.name = vg_study_printf(reader, "%s (reference)", layer->name),
                                  .label = layer->label,
                                  .kind = layer->kind,
                                  .matrix = layer->matrix,
                                  .unit = layer->unit,
                                  .line = reference->line};
    VgLayerReader own = {.reader = &shadow,
                         .node = node,
                         .what = what,
                         .layer = reference->layer,
                         .sheet = sheet,
                         .of_people = true,
                         .path = vg_study_path(reader, vg_yaml_get(node, "table"))};
    reference->layer->path = own.path;
    if (own.path && reader->failed == VG_OK)
        (vg_layer_is_abundance(layer->kind) ? vg_study_read_abundances
                                            : vg_study_read_measured)(&own);
    reader->study->input = study.input;
    reader->study->n_inputs = study.n_inputs;
    reader->table = shadow.table;
    reader->n_tables = shadow.n_tables;
    if (shadow.failed != VG_OK) {
        reader->failed = shadow.failed;
        reader->failure = shadow.failure;
    }
}

/* A word of the reference that must be the layer's. */
static void same_word(VgStudyReader *reader, const VgYaml *node, const char *key,
                      const char *of_layer, const VgLayer *layer)
{
    const char *text = vg_study_text(reader, node, key);
    if (text && (!of_layer || strcmp(text, of_layer) != 0))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                         "the reference of %s has %s `%s`, the layer %s",
                         "a norm is never converted: use people measured alike", layer->name, key,
                         text, of_layer ? of_layer : "none");
}

static void check_pipeline(VgStudyReader *reader, const VgYaml *node, const VgLayer *layer)
{
    const char *text = vg_study_text(reader, node, "pipeline");
    if (vg_layer_is_abundance(layer->kind) && (!text || !layer->pipeline))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "%s does not say by which `pipeline` %s was made",
                         "declare pipeline: \"16S V4, DADA2 1.26, SILVA 138\" of the layer and of "
                         "its reference",
                         text ? "the layer" : "the reference of the layer", layer->name);
    else if (text || layer->pipeline)
        if (!text || !layer->pipeline || strcmp(text, layer->pipeline) != 0)
            vg_study_problem(reader, VG_INVALID_INPUT,
                             text ? vg_yaml_key_line(node, "pipeline") : node->line,
                             "the reference of %s was made by another pipeline (%s; the layer: %s)",
                             "distances between pipelines are not distances between people: use a "
                             "reference made alike",
                             layer->name, text ? text : "not told",
                             layer->pipeline ? layer->pipeline : "not told");
}

/* Features by name. Those of one side only are told; a layer of which less than half is in the reference is refused. */
static void match_features(VgStudyReader *reader, const VgLayer *layer, const VgLayer *theirs)
{
    VgMap *map = vg_map_create(reader->arena);
    if (!map)
        vg_study_no_memory(reader);
    for (size_t j = 0; j < theirs->n_features && reader->failed == VG_OK; j++)
        if (vg_map_add(map, theirs->feature[j], strlen(theirs->feature[j])) < 0)
            vg_study_no_memory(reader);
    if (reader->failed != VG_OK)
        return;
    size_t shared = 0, lacking = 0;
    for (size_t j = 0; j < layer->n_features; j++) {
        int64_t at = vg_map_find(map, layer->feature[j], strlen(layer->feature[j]));
        shared += at >= 0;
        if (at < 0 && vg_study_listed(&lacking))
            vg_study_warn_in(reader, theirs->path, 0, "the reference of %s has no %s",
                             vg_layer_is_abundance(layer->kind)
                                 ? "it counts as 0 there; look whether it is named otherwise"
                                 : "it has no norm; look whether it is named otherwise",
                             layer->name, layer->feature[j]);
    }
    vg_study_and_more(reader, lacking, theirs->path, true, "features that the reference lacks");
    if (shared == 0 || (vg_layer_is_abundance(layer->kind) && 2 * shared < layer->n_features))
        vg_study_problem_in(
            reader, theirs->path, 0,
            "the reference of %s shares %zu of its %zu features (it has %s, not %s)",
            "name features alike, or use a reference made by the same pipeline", layer->name,
            shared, layer->n_features, theirs->feature[0], layer->feature[0]);
}

static void read_others(VgStudyReader *reader, VgLayer *layer, const VgYaml *layer_node,
                        const VgYaml *node, VgLayerReference *reference)
{
    const VgYaml *people = vg_yaml_get(node, "people");
    size_t before = reader->problems->n_errors;
    if (!vg_yaml_get(node, "table") || !people) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the reference of %s needs `table` and `people`",
                         "write reference: {table: values.csv, people: people.csv, person: id}, or "
                         "{group: COLUMN = VALUE}",
                         layer->name);
        return;
    }
    same_word(reader, node, "kind", vg_layer_kind_name(layer->kind), layer);
    same_word(reader, node, "unit", layer->unit, layer);
    same_word(reader, node, "matrix", layer->matrix, layer);
    check_pipeline(reader, node, layer);
    const char *person = vg_study_text(reader, node, "person");
    const VgTable *table = vg_study_table(reader, people, person ? person : "id");
    const VgColumn *id =
        table ? vg_study_column(reader, table, person ? person : "id",
                                person ? vg_yaml_key_line(node, "person") : node->line)
              : NULL;
    const char **name = table ? VG_STUDY_NEW(reader, const char *, table->n_rows) : NULL;
    VgYaml *both = merged(reader, layer_node, node);
    reference->people = table;
    reference->label = table ? table->path : "";
    reference->layer = VG_STUDY_NEW(reader, VgLayer, 1);
    if (!id || !name || !both || reader->failed != VG_OK || reader->problems->n_errors > before)
        return;
    VgSampleSheet *sheet = sheet_of_people(reader, table, id, name);
    if (!sheet || reader->failed != VG_OK)
        return;
    read_people(reader, layer, both, reference, name, sheet);
    if (reader->failed == VG_OK && reader->problems->n_errors == before)
        match_features(reader, layer, reference->layer);
}

/* ---- a group of the study ---- */

/* "COLUMN = VALUE" */
static void read_group(VgStudyReader *reader, const VgLayer *layer, const VgYaml *node,
                       VgLayerReference *reference)
{
    const VgStudy *study = reader->study;
    const char *text = vg_study_text(reader, node, "group"),
               *sign = text ? strchr(text, '=') : NULL;
    size_t line = vg_yaml_key_line(node, "group"), n = 0, randomised = 0;
    if (node->n != 1)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the reference of %s is a group and something else",
                         "write reference: {group: feeding = breast} alone", layer->name);
    if (!sign) {
        vg_study_problem(reader, VG_INVALID_INPUT, line, "`group` names no column and value",
                         "write group: feeding = breast");
        return;
    }
    size_t left = (size_t)(sign - text);
    while (left && text[left - 1] == ' ')
        left--;
    const char *name = vg_study_printf(reader, "%.*s", (int)left, text);
    const char *value = sign + 1 + strspn(sign + 1, " =");
    const VgColumn *column = vg_study_participant_column(reader, name, line);
    reference->in_group = VG_STUDY_NEW(reader, bool, study->n_participants);
    reference->people = study->participants;
    reference->label = text;
    for (size_t i = 0; column && reference->in_group && i < study->n_participants; i++)
        if (vg_study_is_code(column, i, value)) {
            reference->in_group[i] = true;
            n++;
            randomised += study->arm_of && study->arm_of[i] >= 0;
        }
    if (column && n == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "no participant has %s = %s",
                         "write the value as in the table of participants", name, value);
    if (randomised)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "%zu participants of the reference group %s were randomised",
                         "a reference is of people outside the trial: others, or a group without "
                         "arm",
                         randomised, text);
}

static void read_reference(VgStudyReader *reader, VgLayer *layer, const VgYaml *layer_node,
                           const VgYaml *node)
{
    const char *what = vg_study_printf(reader, "the reference of %s", layer->name);
    if (!vg_study_is_map(reader, node, what))
        return;
    vg_study_keys(reader, node, what, KEYS, NULL);
    VgLayerReference *reference = VG_STUDY_NEW(reader, VgLayerReference, 1);
    if (!reference)
        return;
    reference->line = node->line;
    layer->reference = reference;
    if (!layer->n_features || !reader->participants_ok) /* told */
        return;
    if (vg_yaml_get(node, "group"))
        read_group(reader, layer, node, reference);
    else
        read_others(reader, layer, layer_node, node, reference);
}

void vg_study_read_references(VgStudyReader *reader, const VgYaml *section)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_layers && reader->failed == VG_OK; k++) {
        const VgYaml *layer = vg_yaml_get(section, study->layer[k].name);
        const VgYaml *node = vg_yaml_get(layer, "reference");
        if (node)
            read_reference(reader, &study->layer[k], layer, node);
    }
    for (size_t k = 0; k < study->n_raw_layers; k++) {
        const VgYaml *node =
            vg_yaml_get(vg_yaml_get(section, study->raw_layer[k].name), "reference");
        if (node)
            vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                             "%s is a layer of curves: what is computed from it has no reference",
                             "declare what was computed as a layer of its own, with its reference",
                             study->raw_layer[k].name);
    }
}
