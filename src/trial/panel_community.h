/* What the files about communities share. */
#ifndef VG_TRIAL_PANEL_COMMUNITY_H
#define VG_TRIAL_PANEL_COMMUNITY_H

#include <vagus/distance.h>

#include "trial/panel.h"

/* One layer's samples of the randomised. */
typedef struct VgCommunity {
    const VgLayer *layer;
    const char *id; /* of the rows: the layer's name */
    size_t n;
    size_t *sample;             /* n: of the layer */
    int32_t *subject, *stratum; /* n */
    size_t n_subjects, n_strata;
    VgMatrix shares, absolute; /* n × features; `absolute` without data when there is no load */
    double least_share;        /* the smallest above 0 */
    VgBranches branches;
    VgDistances *distances;
    const char *distance; /* its name */
} VgCommunity;

/* A factor of n codes from 0 on; its levels have names nobody sees, in the order of the codes. */
VgStatus vg_trial_community_factor(VgTrial *trial, const char *name, const int32_t *code, size_t n,
                                   VgColumn *column, VgError *error);

/* The samples on few axes, as the plan asks: datasets `ordination` and `ordination_axes` (panel_ordination.c). */
VgStatus vg_trial_panel_ordination(VgTrial *trial, const VgCommunity *c, VgError *error);

#endif
