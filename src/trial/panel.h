/* What the files about the panel share. */
#ifndef VG_TRIAL_PANEL_H
#define VG_TRIAL_PANEL_H

#include <vagus/panel_layer.h>
#include <vagus/transform.h>

#include "trial/plan.h"

/* The visit before treatment: that of the primary outcome, else the last at day 0 or before; SIZE_MAX = none. */
size_t vg_trial_panel_baseline(const VgStudy *study);

/* Codes of what was seen of n arms or visits, `first` before all others; SIZE_MAX = not seen. `of`: of each code. */
void vg_trial_number_codes(const bool *seen, size_t n, size_t first, size_t *code, size_t *of,
                           size_t *n_codes);

/* The arm of a sample's participant; -1 = not randomised. */
static inline int32_t vg_trial_sample_arm(const VgStudy *study, const VgLayer *layer, size_t sample)
{
    return study->arm_of[layer->participant[sample]];
}

/* The layer's branches; n_nodes is 0 without a tree. */
VgStatus vg_trial_branches(VgTrial *trial, const VgLayer *layer, VgBranches *branches,
                           VgError *error);

/* How complete each layer is (panel_quality.c). */
VgStatus vg_trial_panel_quality(VgTrial *trial, VgError *error);
/* Means by arm and visit of what was measured (panel_quality.c). */
VgStatus vg_trial_panel_means(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Whether they changed differently between arms (panel_measured.c). */
VgStatus vg_trial_panel_measured(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Alpha diversity by arm and visit (panel_diversity.c). */
VgStatus vg_trial_panel_diversity(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Whether communities differ between arms (panel_community.c). */
VgStatus vg_trial_panel_community(VgTrial *trial, const VgLayer *layer, VgError *error);

/* What functions there are, and who carries them (panel_function.c); with whether they change. */
VgStatus vg_trial_panel_function(VgTrial *trial, const VgLayer *layer, VgError *error);

/* Which features change (panel_differential.c). */
VgStatus vg_trial_panel_differential(VgTrial *trial, const VgLayer *layer, VgError *error);

/* Where participants stand among comparable people (panel_norms.c). */
VgStatus vg_trial_panel_norms(VgTrial *trial, VgError *error);

#endif
