/** @file panel_clean.h
 *  What a study asks to be done to a layer before it is analysed: contaminants told (and removed), batches corrected
 *  for. Nothing is done that the study file does not ask for. */
#ifndef VAGUS_PANEL_CLEAN_H
#define VAGUS_PANEL_CLEAN_H

#include <vagus/panel_layer.h>
#include <vagus/quality.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which features of a layer are contaminants. */
typedef struct VgLayerContaminants {
    VgContaminantMethod method; /**< never AUTO */
    size_t n;                   /**< features of the layer as read */
    const char **feature, **label;
    VgContaminant *score;
    double *p; /**< the score of the method; NaN for EITHER and BOTH, and where there is none */
    bool *contaminant;
    double *in_samples,
        *in_controls; /**< shares of samples and of negative controls that hold it */
    double *share;    /**< mean share of the samples' amounts */
    size_t n_contaminants;
} VgLayerContaminants;

/** Scores of a layer by its method and threshold, as decontam calls them: below the threshold is a contaminant, no score
 *  is none. @return VG_INVALID_INPUT without controls and DNA, or without what the method needs; as vg_contaminants */
VG_MUST_CHECK VgStatus vg_layer_contaminants(VgArena *arena, const VgLayer *layer,
                                             VgLayerContaminants *contaminants, VgError *error);

/** The cell arm × visit of each sample, 0 … n_cells − 1 without empty ones; those without arm are an arm of their own.
 *  NULL: no memory. */
size_t *vg_layer_cells_of(VgArena *arena, const VgStudy *study, const VgLayer *layer,
                          size_t *n_cells);

/** Carries out `unit:` (concentrations into the declared unit), `contaminants: remove` and `batch: correct` of every layer. Call it once, after vg_study_read and before
 *  anything is computed from layers.
 *
 *  A batch is estimated together with arm × visit (the censored normal model where values are beyond limits), on the
 *  logarithm for concentrations, and its part is subtracted: differences between arms and visits in that model stay.
 *  Refused where arm or visit cannot be told from batch; a warning where they can hardly (GVIF above 4).
 *  @param problems  those of the reader; more are added
 *  @return VG_OK, the status of the first problem that is no warning, or VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_panel_clean(VgArena *arena, VgStudy *study, VgProblems *problems,
                                      VgError *error);

#ifdef __cplusplus
}
#endif
#endif
