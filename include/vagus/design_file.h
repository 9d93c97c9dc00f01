/** @file design_file.h
 *  A trial as it is planned: design.yaml, which is a study file with effects on the arrows and distributions in place of
 *  tables. docs/design-file.md. */
#ifndef VAGUS_DESIGN_FILE_H
#define VAGUS_DESIGN_FILE_H

#include <vagus/axis.h>
#include <vagus/panel_layer.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A layer of the panel that the trial will have. */
typedef struct VgDesignLayer {
    const char *name, *label, *matrix, *unit;
    VgLayerKind kind;
    size_t *node; /**< markers that it measures */
    size_t n_nodes;
    bool *at;          /**< n_visits: when samples are taken */
    size_t replicates; /**< measurements of each sample, 1 or more */
    size_t batches;    /**< 1 or more */
    /* counts of taxa or genes */
    size_t taxa;  /**< of a layer of counts */
    double depth; /**< median reads of a sample */
    size_t
        genes_of; /**< index of the layer of taxa whose genes these are; SIZE_MAX = a layer of taxa */
    size_t line;
} VgDesignLayer;

typedef struct VgDesignEvent {
    const char *term;
    double *rate;   /**< n_arms: expected number per participant over the trial */
    double serious; /**< share of them that is serious */
} VgDesignEvent;

/** A validated design. Everything belongs to the arena it was read into. */
typedef struct VgDesignFile {
    VgStudy *
        study; /**< head, visits, arms, components, outcomes (names and scales): what needs no data */
    VgAxis *axis;  /**< with effects and distributions; edges written */
    size_t n;      /**< participants */
    size_t *block; /**< arms of one permuted block */
    size_t n_block, n_sites;
    double site_sd; /**< of symptoms, in their SDs */
    double dropout, dropout_mar, dropout_mnar;
    size_t dropout_symptom; /**< node; VG_AXIS_NONE = none */
    VgDesignLayer *layer;
    size_t n_layers;
    VgDesignEvent *event;
    size_t n_events;
    size_t reference; /**< arm that effects are told against: the plan's, else the first */
    const VgAnalysis
        *primary; /**< of the plan, its covariates not yet looked for; NULL = none declared */
    /** of the plan's first mechanism, as written; NULL = not declared */
    const char *mechanism_treatment, *mechanism_outcome, *mechanism_mediators_at;
    const char *text; /**< the design itself, as read */
    size_t length;
    const char *
        sections; /**< YAML of the sections that a study file shares with the design, as declared */
    const char **
        outcome_sections; /**< n_outcomes: YAML of what an outcome keeps (scale, label, …), indented */
} VgDesignFile;

/** Reads and checks a design: a file, or a folder with design.yaml. Every problem is collected; the status is that of the
 *  first error. A variance left negative is told with its node (vg_axis_compile). */
VG_MUST_CHECK VgStatus vg_design_file_read(VgArena *arena, const char *path, VgDesignFile **design,
                                           VgProblems *problems, VgError *error);

/** Whether a file is a design and no study: it says how many participants there will be, and names no table of them. */
bool vg_design_file_is(VgArena *arena, const char *path);

#ifdef __cplusplus
}
#endif
#endif
