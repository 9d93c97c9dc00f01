/* References of computed layers: the reference people's own values, computed as the participants' are, so that a function, a total or
 * a ratio has norms wherever what it is made of has. */
#include "panel/derive.h"

#include <string.h>

#include <vagus/modules.h>

/* The reference's layer as a parent that asks for what the participants' layer asks for, but for loads: people of a reference
 * have none. */
static VgLayer as_parent(VgStudyReader *reader, const VgLayer *layer)
{
    VgLayer parent = *layer->reference->layer;
    parent.reference = NULL;
    parent.modules = layer->modules;
    parent.derivation = VG_STUDY_NEW(reader, VgDerivation, layer->n_derivations + 1);
    parent.n_derivations = 0;
    for (size_t d = 0; parent.derivation && d < layer->n_derivations; d++)
        if (strcmp(layer->derivation[d].name, "absolute") != 0)
            parent.derivation[parent.n_derivations++] = layer->derivation[d];
    return parent;
}

/* Everything that is computed from the reference of a layer, as layers of a study of its own. */
static VgStudy compute(VgStudyReader *reader, const VgLayer *layer)
{
    VgStudy people = *reader->study;
    VgStudyReader shadow = *reader;
    VgProblems own = {0}; /* what is odd with the question was told of the participants */
    shadow.problems = &own;
    people.layer = NULL;
    people.n_layers = 0;
    shadow.study = &people;
    VgLayer parent = as_parent(reader, layer);
    if (parent.n_derivations)
        vg_derive_from(&shadow, &parent, layer);
    if (parent.modules && parent.table)
        vg_derive_modules(&shadow, &parent);
    for (size_t k = 0; k < own.n; k++)
        if (!own.item[k].warning)
            vg_study_problem_from(reader, &own.item[k].error);
    if (shadow.failed != VG_OK) {
        reader->failed = shadow.failed;
        reader->failure = shadow.failure;
    }
    return people;
}

/* The layer of the same features, or NULL. */
static VgLayer *same_features(const VgStudy *people, const VgLayer *layer)
{
    for (size_t k = 0; k < people->n_layers; k++) {
        VgLayer *theirs = &people->layer[k];
        bool same = theirs->kind == layer->kind && theirs->n_features == layer->n_features;
        for (size_t j = 0; same && j < layer->n_features; j++)
            same = strcmp(theirs->feature[j], layer->feature[j]) == 0;
        if (same)
            return theirs;
    }
    return NULL;
}

/* A module that only one side's table can cover would part everybody from the reference. */
static void compare_modules(VgStudyReader *reader, const VgLayer *parent, const VgLayer *layer,
                            const VgLayer *theirs)
{
    if (!layer->function || !theirs->function)
        return;
    const VgModuleSet *set = layer->function->set;
    const bool *never = layer->function->scores.never, *there = theirs->function->scores.never;
    size_t differ = 0;
    for (size_t m = 0; m < set->n_modules; m++)
        if (never[m] != there[m] && vg_study_listed(&differ))
            vg_study_warn_in(reader, reader->file, parent->reference->line,
                             "%s of %s can never cover %s (%s), the other side can",
                             "it would part everybody from the reference: leave the module out, or "
                             "see whether both were annotated alike",
                             there[m] ? "the reference" : "the layer", parent->name,
                             set->module[m].id, set->module[m].name);
    vg_study_and_more(reader, differ, reader->file, true,
                      "modules that one side cannot be said to have");
}

static const VgLayer *parent_of(const VgStudy *study, const VgLayer *layer)
{
    for (size_t k = 0; layer->parent && k < study->n_layers; k++)
        if (strcmp(study->layer[k].name, layer->parent) == 0)
            return &study->layer[k];
    return NULL;
}

void vg_derive_references(VgStudyReader *reader, size_t from)
{
    const VgStudy *study = reader->study;
    const VgLayer *last = NULL; /* several layers may come from one */
    VgStudy people = {0};
    for (size_t k = from; k < study->n_layers && reader->failed == VG_OK; k++) {
        VgLayer *layer = &study->layer[k];
        const VgLayer *parent = parent_of(study, layer);
        if (!parent || !parent->reference || !parent->reference->layer)
            continue; /* a group of the study has its values in the layer itself */
        VgLayerReference *reference = VG_STUDY_NEW(reader, VgLayerReference, 1);
        if (!reference)
            return;
        if (parent != last)
            people = compute(reader, parent);
        last = parent;
        *reference = *parent->reference;
        reference->layer = same_features(&people, layer);
        layer->reference = reference->layer ? reference : NULL;
        if (reference->layer)
            compare_modules(reader, parent, layer, reference->layer);
    }
}
