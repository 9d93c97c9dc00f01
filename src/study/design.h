/* What the parts of the reader of design.yaml share. */
#ifndef VG_STUDY_DESIGN_H
#define VG_STUDY_DESIGN_H

#include <vagus/design_file.h>

#include "study/axis.h"

typedef struct VgDesignReader {
    VgStudyReader *reader;
    VgDesignFile *design;
    VgAxisReader axis;
} VgDesignReader;

/* ---- design_nodes.c ---- */
/* Fills distribution and measurement of a node from a mapping. `what` names it in messages. */
void vg_design_read_node(VgDesignReader *d, const VgYaml *map, size_t node, const char *what);
/* The section's markers, functions, moderators and confounders. */
void vg_design_read_nodes(VgDesignReader *d);
/* Every node has mean and SD. */
void vg_design_check_nodes(VgDesignReader *d);
/* A list of visits under `key`; all when it is left out. */
bool *vg_design_visits(VgStudyReader *reader, const VgYaml *map, const char *key);
/* A number in [low, high]; `otherwise` when it is left out, and a problem when it lies outside. */
double vg_design_number(VgStudyReader *reader, const VgYaml *map, const char *key, double low,
                        double high, double otherwise);

/* ---- design_effects.c ---- */
/* Effects of the arrows as declared turned into SDs, once the nodes' units are known. */
void vg_design_convert_effects(VgDesignReader *d);

/* ---- design_trial.c: outcomes, participants, sites, treatment, dropout, adverse events, panel ---- */
void vg_design_read_outcomes(VgDesignReader *d);
void vg_design_describe_outcomes(VgDesignReader *d);
void vg_design_read_treatment(VgDesignReader *d);
void vg_design_read_trial(VgDesignReader *d);
void vg_design_read_panel(VgDesignReader *d); /* design_panel.c */

#endif
