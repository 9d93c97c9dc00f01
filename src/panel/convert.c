/* Concentrations into the unit that the study file asks for, where the laboratory's file has another. */
#include "panel/convert.h"

#include <string.h>

#include <vagus/panel_layer.h>
#include <vagus/units.h>

static void multiply(VgMatrix matrix, size_t feature, double factor)
{
    for (size_t i = 0; matrix.data && i < matrix.rows; i++)
        VG_AT(matrix, i, feature) *= factor;
}

static void convert(VgLayer *layer, size_t feature, double factor)
{
    multiply(layer->value, feature, factor);
    multiply(layer->lower, feature, factor);
    multiply(layer->upper, feature, factor);
    for (size_t k = 0; k < layer->n_replicates; k++)
        if (layer->replicate[k].feature == feature)
            layer->replicate[k].value *= factor;
    layer->feature_unit[feature] = layer->unit;
}

static const VgAnalyte *analyte_of(const VgLayer *layer, size_t feature)
{
    const VgAnalyte *known = vg_analyte_find(layer->feature[feature]);
    return known ? known : vg_analyte_find(layer->feature_label[feature]);
}

static void convert_layer(VgStudyReader *reader, VgLayer *layer)
{
    size_t failed = 0;
    for (size_t j = 0; j < layer->n_features; j++) {
        const char *from = layer->feature_unit ? layer->feature_unit[j] : NULL;
        if (!from || strcmp(from, layer->unit) == 0)
            continue;
        double factor;
        VgError why = {0};
        if (vg_unit_factor(from, layer->unit, analyte_of(layer, j), &factor, &why) == VG_OK)
            convert(layer, j, factor);
        else if (vg_study_listed(&failed))
            vg_study_problem(reader, VG_INVALID_INPUT, layer->line,
                             "%s of the layer %s is in %s and cannot be had in %s: %s",
                             "write unit: as the file has it, or give the analyte its usual name "
                             "(analytes:)",
                             layer->feature_label[j], layer->name, from, layer->unit, why.message);
    }
    vg_study_and_more(reader, failed, reader->file, false, "analytes whose unit does not convert");
}

/* A norm is never converted. */
static void check_reference(VgStudyReader *reader, const VgLayer *layer)
{
    const VgLayer *people = layer->reference ? layer->reference->layer : NULL;
    for (size_t j = 0; people && people->feature_unit && j < people->n_features; j++)
        if (people->feature_unit[j] && strcmp(people->feature_unit[j], layer->unit) != 0) {
            vg_study_problem(reader, VG_INVALID_INPUT, layer->reference->line,
                             "%s of the reference of the layer %s is in %s, not %s",
                             "norms are never converted: give the reference in the layer's unit",
                             people->feature_label[j], layer->name, people->feature_unit[j],
                             layer->unit);
            return;
        }
}

static bool converts(const VgLayer *layer)
{
    return layer->kind == VG_LAYER_CONCENTRATION && layer->unit && layer->n_features;
}

void vg_panel_convert(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_layers; k++)
        if (converts(&study->layer[k])) {
            convert_layer(reader, &study->layer[k]);
            check_reference(reader, &study->layer[k]);
        }
    for (size_t k = 0; k < study->n_raw_layers; k++)
        if (converts(&study->raw_layer[k]))
            convert_layer(reader, &study->raw_layer[k]);
}
