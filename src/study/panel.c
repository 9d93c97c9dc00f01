/* The section `panel`: what the laboratory delivered, layer by layer. */
#include "study/panel.h"

#include <stdint.h>
#include <string.h>

#include "base/nearest.h"

static const char *const KINDS[] = {"counts", "relative", "absolute",     "concentration",
                                    "npx",    "score",    "rr_intervals", NULL};

const char *vg_layer_kind_name(VgLayerKind kind)
{
    if (kind == VG_LAYER_DERIVED) /* never declared */
        return "derived";
    return kind < VG_LAYER_DERIVED ? KINDS[kind] : NULL;
}

/* ---- one layer ---- */

/* Keys of every layer, and those that only one kind of table has. */
#define COMMON                                                                                     \
    "table", "kind", "label", "matrix", "unit", "samples", "leave_out", "batch", "samples_in",     \
        "skip", "numbers_only", "derive", "pipeline", "reference"
static const char *const ABUNDANCE_KEYS[] = {
    COMMON,     "id",       "rank",         "tree",    "load",
    "taxonomy", "collapse", "contaminants", "modules", "strata_separator",
    NULL};
static const char *const MEASURED_KEYS[] = {
    COMMON,         "sample",   "participant", "visit", "analyte", "value",      "plate",
    "lod",          "zeros",    "lloq",        "uloq",  "format",  "replicates", "censor_by_limits",
    "unit_in_file", "analytes", NULL};

static const char *const INTERVAL_KEYS[] = {
    "table",  "kind",        "label", "matrix", "unit",   "samples",    "leave_out",   "batch",
    "sample", "participant", "visit", "value",  "derive", "conditions", "ultra_short", NULL};

static bool read_kind(VgStudyReader *reader, const VgYaml *node, const char *what,
                      VgLayerKind *kind)
{
    const char *near =
        vg_yaml_get(node, "kind") || !node->n ? NULL : vg_nearest("kind", node->key, node->n);
    const char *text = vg_study_need_text(
        reader, node, "kind", what,
        near ? vg_study_printf(reader, "did you mean `kind` by `%s`?", near)
             : "say what its numbers are: counts, relative, absolute, concentration, npx, score, "
               "rr_intervals");
    if (!text)
        return false;
    size_t found = vg_study_choice(reader, node, "kind", KINDS, SIZE_MAX);
    if (found == SIZE_MAX)
        return false;
    *kind = (VgLayerKind)found;
    return true;
}

/* The layer's own sheet, names made of its own columns, or the sheet of the panel. */
static VgSampleSheet *sheet_of(VgStudyReader *reader, const VgYaml *node, const char *what,
                               VgSampleSheet *common, bool common_declared)
{
    const VgYaml *own = vg_yaml_get(node, "samples");
    bool joined = vg_yaml_get(node, "participant") != NULL;
    if (own && joined)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "samples"),
                         "%s has a sample sheet and columns of participant and visit",
                         "keep one of them", what);
    if (own)
        return vg_study_sample_sheet(reader, own);
    if (joined)
        return vg_study_sample_names(reader);
    if (!common_declared)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "%s does not say whose its samples are",
                         "add samples: {table: samples.csv} to the panel", what);
    return common;
}

/* Whether it is only there to be computed from. */
static bool read_layer(VgStudyReader *reader, const char *name, size_t line, const VgYaml *node,
                       VgSampleSheet *common, bool common_declared, VgLayer *layer)
{
    const char *what = vg_study_printf(reader, "the layer %s", name);
    *layer = (VgLayer){.name = name, .label = name, .line = line};
    if (!vg_study_good_name(name))
        vg_study_problem(reader, VG_INVALID_INPUT, line, "the name of %s holds blanks or signs",
                         "use letters, digits, _ - .", what);
    if (!vg_study_is_map(reader, node, what) || !read_kind(reader, node, what, &layer->kind))
        return false;
    bool abundance = vg_layer_is_abundance(layer->kind);
    bool intervals = layer->kind == VG_LAYER_RR_INTERVALS;
    vg_study_keys(reader, node, what,
                  abundance   ? ABUNDANCE_KEYS
                  : intervals ? INTERVAL_KEYS
                              : MEASURED_KEYS,
                  NULL);
    const char *label = vg_study_text(reader, node, "label");
    if (label)
        layer->label = label;
    layer->matrix = intervals && vg_yaml_get(node, "participant")
                        ? vg_study_text(reader, node, "matrix")
                        : vg_study_need_text(reader, node, "matrix", what,
                                             "say what was sampled: matrix: stool");
    const VgYaml *unit = vg_yaml_get(node, "unit");
    bool each = unit && unit->kind == VG_YAML_MAP && layer->kind == VG_LAYER_CONCENTRATION;
    layer->unit = each ? NULL : vg_study_text(reader, node, "unit"); /* each: panel_measured.c */
    layer->pipeline = vg_study_text(reader, node, "pipeline");
    const VgYaml *path = vg_yaml_get(node, "table");
    if (!path)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "%s has no `table`", "name its file",
                         what);
    VgLayerReader own = {.reader = reader, .node = node, .what = what, .layer = layer};
    own.leave_out = vg_study_texts(reader, node, "leave_out", &own.n_leave_out);
    if (abundance)
        vg_study_read_contaminants(&own);
    own.path = path ? vg_study_path(reader, path) : NULL;
    own.sheet = sheet_of(reader, node, what, common, common_declared);
    layer->path = own.path;
    vg_study_read_derivations(&own);
    if (abundance)
        vg_study_read_modules_key(&own);
    if (own.path && reader->failed == VG_OK)
        (abundance   ? vg_study_read_abundances
         : intervals ? vg_study_read_intervals
                     : vg_study_read_measured)(&own);
    return intervals || own.curves;
}

/* ---- the section ---- */

/* Samples that no layer has, of a sheet that does not say what each is made of. */
static void tell_unused(VgStudyReader *reader, const VgSampleSheet *sheet)
{
    size_t unused = 0;
    for (size_t row = 0; row < sheet->n; row++)
        if (!sheet->seen[row] && sheet->participant[row] != SIZE_MAX && !sheet->repeat[row] &&
            !(sheet->matrix && sheet->matrix[row]) && vg_study_listed(&unused))
            vg_study_warn_in(reader, sheet->path, sheet->line[row], "sample %s is in no layer",
                             "look for it under another name", vg_map_key(sheet->map, row));
    vg_study_and_more(reader, unused, sheet->path, true, "samples in no layer");
}

void vg_study_read_panel(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    const VgYaml *section = vg_yaml_get(reader->root, "panel");
    if (!section || !vg_study_is_map(reader, section, "panel"))
        return;
    const VgYaml *samples = vg_yaml_get(section, "samples");
    VgSampleSheet *sheet = samples ? vg_study_sample_sheet(reader, samples) : NULL;
    study->layer = VG_STUDY_NEW(reader, VgLayer, section->n);
    study->raw_layer = VG_STUDY_NEW(reader, VgLayer, section->n);
    size_t before = reader->problems->n_errors;
    for (size_t k = 0; k < section->n && reader->failed == VG_OK; k++) {
        VgLayer layer;
        if (strcmp(section->key[k], "samples") == 0)
            continue;
        if (read_layer(reader, section->key[k], section->key_line[k], section->item[k], sheet,
                       samples != NULL, &layer))
            study->raw_layer[study->n_raw_layers++] = layer;
        else
            study->layer[study->n_layers++] = layer;
    }
    if (reader->failed == VG_OK && study->n_layers + study->n_raw_layers == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, section->line, "the panel has no layer",
                         "add stool: {table: counts.tsv, kind: counts, matrix: stool}");
    if (sheet && reader->failed == VG_OK && reader->problems->n_errors == before)
        tell_unused(reader, sheet);
    if (reader->failed == VG_OK)
        vg_study_read_references(reader, section);
}
