/* What the files that compute layers from layers share. Problems are told through the study's reader, with file and line. */
#ifndef VG_PANEL_DERIVE_H
#define VG_PANEL_DERIVE_H

#include <vagus/biomarker.h>
#include <vagus/panel_layer.h>

#include "study/reader.h"

/* A feature that is asked for. */
typedef struct VgDeriveAsk {
    const VgBiomarker *biomarker;
    const VgDerivation *derivation; /* where it is asked for */
} VgDeriveAsk;

/* ---- making a layer: begin, fill, end ---- */

/* A layer PARENT_SUFFIX with the parent's samples, batches and matrix, of `n_features` features whose values are all
 * missing (abundances: 0). Names, labels, formulas and units of the features are the caller's to fill in. NULL (and
 * told at `line`) when a layer of this name exists, or memory is short. */
VgLayer *vg_derive_begin(VgStudyReader *reader, const VgLayer *parent, const char *suffix,
                         VgLayerKind kind, size_t n_features, size_t line);
/* A value known between bounds (lower = upper: observed; NaN: missing; unlimited on both sides: missing). */
void vg_derive_set(VgLayer *layer, size_t sample, size_t feature, double lower, double upper);
/* Counts what is missing and censored and appends the layer to the study; a layer without any value is a problem. */
void vg_derive_end(VgStudyReader *reader, VgLayer *layer);

/* ---- modules of genes: derive_modules.c ---- */

/* The layer PARENT_modules: what share of a sample's genes each module has. */
void vg_derive_modules(VgStudyReader *reader, const VgLayer *parent);
/* A layer PARENT_derived with a feature per biomarker: name, label, unit, formula and scale as defined. */
VgLayer *vg_derive_begin_biomarkers(VgStudyReader *reader, const VgLayer *parent,
                                    const VgDeriveAsk *ask, size_t n_asks);

/* ---- whole layers from what is only there to be computed from; problems and warnings by participant and visit ---- */

void vg_derive_curves(VgStudyReader *reader, const VgLayer *raw, const VgDeriveAsk *ask,
                      size_t n_asks); /* derive_curves.c */
void vg_derive_intervals(VgStudyReader *reader, const VgLayer *raw, const VgDeriveAsk *ask,
                         size_t n_asks); /* derive_intervals.c */

/* Fills one feature: the mean z score of the members, against all randomised participants at the first visit.
 * `against` holds these participants: the parent, or the layer whose reference the parent is. */
void vg_derive_index(VgStudyReader *reader, const VgLayer *parent, const VgLayer *against,
                     const VgDeriveAsk *ask, VgLayer *to, size_t feature); /* derive_index.c */

/* ---- derive_reference.c ---- */

/* What is computed from a layer and its derivations: the layers `from` and later, whose parent has a reference of other
 * people, get references computed in the same way; those that cannot be have none. */
void vg_derive_references(VgStudyReader *reader, size_t from);
/* derive.c: computes everything that a layer asks for; index members stand against `against`. */
void vg_derive_from(VgStudyReader *reader, const VgLayer *parent, const VgLayer *against);

/* Layers NAME_absolute and NAME_load from counts or shares and the cells per gram of their samples. */
void vg_derive_absolute(VgStudyReader *reader, const VgLayer *parent,
                        const VgDerivation *asked); /* derive_absolute.c */

/* ---- from parts: derive_parts.c ---- */

/* Fills one feature from analytes of the same samples; problems are told where it was asked for. */
void vg_derive_parts(VgStudyReader *reader, const VgLayer *parent, const VgDeriveAsk *ask,
                     VgLayer *to, size_t feature);
/* The analyte of a layer by its own name, by what people call it or by an alias; SIZE_MAX when there is none, or two (then
 * `*twice` is the other). */
size_t vg_derive_find(const VgLayer *layer, const char *analyte, size_t *twice);
/* The unit of a layer's feature; NULL when not told. */
const char *vg_derive_unit(const VgLayer *layer, size_t feature);

#endif
