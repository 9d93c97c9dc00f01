/* A layer that is computed from another: begun with the parent's samples, filled, appended to the study. */
#include "panel/derive.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/linear_algebra.h"

static bool name_is_taken(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_layers; k++)
        if (strcmp(study->layer[k].name, name) == 0)
            return true;
    return false;
}

static VgMatrix new_matrix(VgStudyReader *reader, size_t n, size_t p, double fill)
{
    size_t cells;
    VgMatrix none = {0};
    if (!vg_size_product(n, p, &cells)) {
        vg_study_no_memory(reader);
        return none;
    }
    double *data = VG_STUDY_NEW(reader, double, cells);
    for (size_t k = 0; data && k < cells; k++)
        data[k] = fill;
    return (VgMatrix){data, n, p, n};
}

VgLayer *vg_derive_begin(VgStudyReader *reader, const VgLayer *parent, const char *suffix,
                         VgLayerKind kind, size_t n_features, size_t line)
{
    const char *name = vg_study_printf(reader, "%s_%s", parent->name, suffix);
    if (name_is_taken(reader->study, name)) {
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the layer %s is declared, and is to be computed from %s",
                         "give the declared layer another name", name, parent->name);
        return NULL;
    }
    VgLayer *layer = VG_STUDY_NEW(reader, VgLayer, 1);
    if (!layer)
        return NULL;
    *layer = *parent;
    layer->name = name;
    layer->label = vg_study_printf(reader, "%s, %s", parent->label, suffix);
    layer->parent = parent->name;
    layer->kind = kind;
    layer->line = line;
    layer->unit = NULL;
    layer->derivation = NULL;
    layer->n_derivations = 0;
    layer->modules = NULL;
    layer->function = NULL;
    layer->table = NULL;
    layer->table_row = NULL;
    layer->load = layer->dna = layer->minute = NULL;
    layer->recordings = NULL;
    layer->negative = layer->uncorrected = (VgMatrix){0};
    layer->n_negative = layer->n_replicates = layer->n_removed = 0;
    layer->negative_name = layer->removed = NULL;
    layer->replicate = NULL;
    layer->remove_contaminants = layer->correct_batch = false;
    layer->cleaned = layer->corrected = false;
    layer->tree = NULL;
    layer->n_below = layer->n_above = layer->n_missing = 0;
    layer->n_features = n_features;
    layer->feature = VG_STUDY_NEW(reader, const char *, n_features);
    layer->feature_label = VG_STUDY_NEW(reader, const char *, n_features);
    layer->feature_unit = VG_STUDY_NEW(reader, const char *, n_features);
    layer->feature_formula = VG_STUDY_NEW(reader, const char *, n_features);
    layer->feature_log = NULL;
    bool abundance = vg_layer_is_abundance(kind);
    layer->value = new_matrix(reader, parent->n_samples, n_features, abundance ? 0 : NAN);
    layer->lower = layer->upper = (VgMatrix){0};
    if (!abundance) {
        layer->feature_log = VG_STUDY_NEW(reader, bool, n_features);
        layer->lower = new_matrix(reader, parent->n_samples, n_features, NAN);
        layer->upper = new_matrix(reader, parent->n_samples, n_features, NAN);
    }
    return reader->failed == VG_OK ? layer : NULL;
}

void vg_derive_set(VgLayer *layer, size_t sample, size_t feature, double lower, double upper)
{
    bool unknown = isnan(lower) || isnan(upper) || (lower < 0 && isinf(lower) && isinf(upper));
    VG_AT(layer->lower, sample, feature) = unknown ? NAN : lower;
    VG_AT(layer->upper, sample, feature) = unknown ? NAN : upper;
    VG_AT(layer->value, sample, feature) = !unknown && lower == upper ? lower : NAN;
}

/* As the reader counts them. */
static bool count(VgLayer *layer)
{
    size_t known = 0;
    for (size_t j = 0; j < layer->n_features; j++)
        for (size_t i = 0; i < layer->n_samples; i++) {
            double lower = VG_AT(layer->lower, i, j), upper = VG_AT(layer->upper, i, j);
            layer->n_missing += isnan(lower) != 0;
            layer->n_below += lower < upper && isfinite(upper);
            layer->n_above += lower < upper && !isfinite(upper);
            known += isnan(lower) == 0;
        }
    return known > 0;
}

void vg_derive_end(VgStudyReader *reader, VgLayer *layer)
{
    VgStudy *study = reader->study;
    if (!vg_layer_is_abundance(layer->kind) && !count(layer)) {
        vg_study_problem(reader, VG_INVALID_INPUT, layer->line,
                         "no value of the layer %s can be computed",
                         "see what its parts lack, or remove derive:", layer->name);
        return;
    }
    VgLayer *more = VG_STUDY_NEW(reader, VgLayer, study->n_layers + 1);
    if (!more)
        return;
    if (study->n_layers)
        memcpy(more, study->layer, study->n_layers * sizeof *more);
    more[study->n_layers] = *layer;
    study->layer = more;
    study->n_layers++;
}
