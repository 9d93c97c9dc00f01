/* Fields that several questions of a plan share: an outcome at a visit, whole numbers, lists of layers. */
#ifndef VG_STUDY_PLAN_FIELDS_H
#define VG_STUDY_PLAN_FIELDS_H

#include <vagus/axis.h>

#include "study/plan.h"

/* `outcome: NAME at VISIT`. */
typedef struct VgOutcomeAt {
    const char *name; /* as written, without its visit; NULL: not to be had (told) */
    size_t visit;     /* SIZE_MAX: not to be had */
    size_t line;
} VgOutcomeAt;

/* Reads it from the mapping; `what` names the mapping in messages. */
VgOutcomeAt vg_study_outcome_at(VgStudyReader *reader, const VgYaml *node, const char *what);
/* Once the layers are complete: an outcome, `LAYER FEATURE` or `LAYER:FEATURE`, or an analyte by its name alone, measured
 * at that visit. False when it is none (told). */
bool vg_study_place_outcome(VgStudyReader *reader, const VgOutcomeAt *at, VgAxisPlace *place);

/* A whole number from `least` to `most`; `otherwise` when absent or wrong (told). */
double vg_study_whole(VgStudyReader *reader, const VgYaml *node, const char *key, double least,
                      double most, double otherwise);

/* `KEY: all`, `none`, or a list of names of layers. */
typedef struct VgLayerList {
    bool all;
    const char **name; /* n */
    size_t n, line;
} VgLayerList;

/* `all`: what an absent key means. */
VgLayerList vg_study_layer_list(VgStudyReader *reader, const VgYaml *node, const char *key,
                                bool all);
/* Once the layers are complete: indices into study->layer; unknown and repeated names, and those without a sample at
 * baseline, are problems. `all`: those with samples at baseline. */
size_t *vg_study_place_layers(VgStudyReader *reader, const VgLayerList *list, size_t *n);

#endif
