/* The panel of a design: which layers the trial will have, and which markers each measures. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/design.h"

static size_t find_layer(const VgDesignFile *design, const char *name)
{
    for (size_t k = 0; k < design->n_layers; k++)
        if (strcmp(design->layer[k].name, name) == 0)
            return k;
    return SIZE_MAX;
}

static VgLayerKind read_kind(VgDesignReader *d, const VgYaml *map, const char *name)
{
    static const char *const KINDS[] = {"counts", "concentration", "npx", "score", NULL};
    static const VgLayerKind KIND[] = {VG_LAYER_COUNTS, VG_LAYER_CONCENTRATION, VG_LAYER_NPX,
                                       VG_LAYER_SCORE};
    if (!vg_yaml_get(map, "kind"))
        vg_study_problem(d->reader, VG_INVALID_INPUT, map->line, "the layer %s has no `kind`",
                         "counts, concentration, npx or score", name);
    return KIND[vg_study_choice(d->reader, map, "kind", KINDS, 3)];
}

static void read_counts(VgDesignReader *d, const VgYaml *map, VgDesignLayer *layer)
{
    VgStudyReader *reader = d->reader;
    layer->taxa = (size_t)vg_design_number(reader, map, "taxa", 5, 2000, 80);
    layer->depth = vg_design_number(reader, map, "depth", 100, 1e8, 20000);
    const char *of = vg_study_text(reader, map, "genes_of");
    if (!of)
        return;
    layer->genes_of = find_layer(d->design, of);
    if (layer->genes_of == SIZE_MAX || d->design->layer[layer->genes_of].kind != VG_LAYER_COUNTS)
        vg_study_problem(
            reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "genes_of"),
            "the genes of the layer %s are of `%s`, which is no layer of taxa above it",
            "name a layer of counts that stands before it", layer->name, of);
}

static void read_layer(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    static const char *const KEYS[] = {"kind", "label", "matrix",     "unit",     "at", "batches",
                                       "taxa", "depth", "replicates", "genes_of", NULL};
    VgStudyReader *reader = d->reader;
    VgDesignLayer *layer = &d->design->layer[d->design->n_layers];
    *layer = (VgDesignLayer){.name = name,
                             .label = name,
                             .genes_of = SIZE_MAX,
                             .replicates = 1,
                             .batches = 1,
                             .line = line};
    if (!vg_study_good_name(name) || strcmp(name, "samples") == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` cannot name a layer",
                         "use letters, digits, _ - .; `samples` is the sample sheet", name);
    if (!vg_study_is_map(reader, map, name))
        return;
    vg_study_keys(reader, map, "a layer", KEYS, NULL);
    const char *label = vg_study_text(reader, map, "label");
    layer->label = label ? label : name;
    layer->matrix =
        vg_study_need_text(reader, map, "matrix", "a layer", "say what is sampled: matrix: stool");
    layer->unit = vg_study_text(reader, map, "unit");
    layer->kind = read_kind(d, map, name);
    if (layer->kind == VG_LAYER_CONCENTRATION && !layer->unit)
        vg_study_problem(reader, VG_INVALID_INPUT, map->line, "the layer %s has no `unit`",
                         "add the unit of its concentrations", name);
    layer->at = vg_design_visits(reader, map, "at");
    layer->replicates = (size_t)vg_design_number(reader, map, "replicates", 1, 10, 1);
    layer->batches = (size_t)vg_design_number(reader, map, "batches", 1, 100, 1);
    layer->node = VG_STUDY_NEW(reader, size_t, d->axis.axis->n_nodes);
    if (layer->kind == VG_LAYER_COUNTS)
        read_counts(d, map, layer);
    d->design->n_layers++;
}

/* Where a marker is measured: its `layer`, or an outcome of that name. */
static void place_marker(VgDesignReader *d, size_t index)
{
    VgStudyReader *reader = d->reader;
    VgAxisNode *node = &d->axis.axis->node[index];
    const VgYaml *map = vg_yaml_get(vg_yaml_get(d->axis.section, "markers"), node->name);
    const char *name = map ? vg_study_text(reader, map, "layer") : NULL;
    size_t k = name ? find_layer(d->design, name) : SIZE_MAX;
    if (k == SIZE_MAX || d->design->layer[k].kind == VG_LAYER_COUNTS) {
        vg_study_problem(reader, VG_INVALID_INPUT, map ? map->line : node->line,
                         name ? "the marker %s is of `%s`, which is no layer of measurements"
                              : "the marker %s has no `layer`",
                         "markers: {il6: {layer: immune, mean: 2, sd: 1}}", node->name,
                         name ? name : "");
        return;
    }
    VgDesignLayer *layer = &d->design->layer[k];
    if (layer->kind == VG_LAYER_CONCENTRATION && node->distribution.shape != VG_AXIS_LOGNORMAL)
        vg_study_problem(reader, VG_INVALID_INPUT, map->line,
                         "%s is a concentration, which is never negative, but it is normal",
                         "add shape: lognormal (sd is then that of the logarithm)", node->name);
    node->place.source = VG_AXIS_BY_FEATURE;
    node->place.layer = k;
    node->place.feature = layer->n_nodes;
    node->place.at = layer->at;
    if (!node->unit)
        node->unit = layer->unit;
    layer->node[layer->n_nodes++] = index;
}

void vg_design_read_panel(VgDesignReader *d)
{
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "panel");
    if (section && vg_study_is_map(reader, section, "panel")) {
        d->design->layer = VG_STUDY_NEW(reader, VgDesignLayer, section->n);
        for (size_t i = 0; d->design->layer && i < section->n && reader->failed == VG_OK; i++)
            read_layer(d, section->key[i], section->key_line[i], section->item[i]);
    }
    for (size_t i = 0; i < d->axis.axis->n_nodes && reader->failed == VG_OK; i++)
        if (d->axis.axis->node[i].kind == VG_AXIS_MARKER)
            place_marker(d, i);
}
