/* What the parts of the reader of `axis:` share. */
#ifndef VG_STUDY_AXIS_H
#define VG_STUDY_AXIS_H

#include <vagus/axis.h>

#include "study/reader.h"

/* Keys of a node's distribution and measurement in a design. */
#define VG_DESIGN_NODE_KEYS                                                                        \
    "mean", "sd", "shape", "unit", "label", "stable", "autocorrelation", "course", "reliability",  \
        "lloq", "missing", "batch_sd"

typedef struct VgAxisReader {
    VgStudyReader *reader;
    VgAxis *axis;
    const VgYaml *section;
    bool design; /* arrows have effects, nodes have distributions */
} VgAxisReader;

/* Adds a node; VG_AXIS_NONE when memory is short (remembered). */
size_t vg_study_axis_node(VgAxisReader *r, const char *name, VgAxisKind kind, size_t line);
/* The issues as problems of the study file. */
void vg_study_axis_issues(VgStudyReader *reader, const VgAxisIssues *issues);
/* All names that an arrow may use, for "did you mean". */
const char *vg_study_axis_nearest(VgAxisReader *r, const char *word, const char *otherwise);
/* The graph with all nodes but functions and moderators; false when it cannot be begun. */
bool vg_study_begin_axis(VgAxisReader *r);
/* A node that is known at baseline, by name: a component, a static node, or NAME_baseline (made). SIZE_MAX and a problem
 * otherwise. */
size_t vg_study_moderator(VgAxisReader *r, const char *name, size_t line);
void vg_study_read_arrows(VgAxisReader *r); /* axis_arrows.c */

/* ---- axis_place.c: once the layers are complete ---- */
/* An outcome or a feature of the panel (NAME or LAYER:NAME); false when there is none. Two layers that have it are a
 * problem. */
bool vg_study_place_measured(VgStudyReader *reader, const char *name, size_t line,
                             VgAxisPlace *place);
/* "did you mean …?" among all that is measured. */
const char *vg_study_nearest_measured(VgStudyReader *reader, const char *name,
                                      const char *otherwise);
/* moderators.c: where each is known. */
void vg_study_place_moderators(VgStudyReader *reader);
/* mechanism_plan.c: outcome, channels and timing of each `plan: mechanism`. */
void vg_study_resolve_mechanism(VgStudyReader *reader);
/* strata_plan.c: outcome and layers of each `plan: strata`. */
void vg_study_resolve_strata(VgStudyReader *reader);
/* prediction_plan.c: outcome, events and layers of each `plan: prediction`. */
void vg_study_resolve_prediction(VgStudyReader *reader);

#endif
