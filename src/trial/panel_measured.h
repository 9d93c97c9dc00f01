/* What the two files on measured layers share. */
#ifndef VG_TRIAL_PANEL_MEASURED_H
#define VG_TRIAL_PANEL_MEASURED_H

#include <vagus/measured.h>

#include "trial/panel.h"

typedef struct VgTrialMeasured {
    const VgLayer *layer;
    VgMeasuredData data;
    VgMeasuredOptions options;
    VgMeasuredResult of;
    size_t *arm;              /* of each code; the reference first */
    size_t *place;            /* of each place its visit; the baseline first */
    const char **told;        /* analytes: NULL, or why their values could not be taken */
    const char *adjusted_for; /* the strata, in words; NULL = none */
    double *q,
        *q_comparison; /* as of.contrast: over the layer, over the analytes of one comparison */
    size_t n_tests;
} VgTrialMeasured;

/* Estimates, datasets, facts and warnings (panel_measured_rows.c). */
VgStatus vg_trial_measured_rows(VgTrial *trial, const VgTrialMeasured *m, VgError *error);

#endif
