/* What the two files about norms share. */
#ifndef VG_TRIAL_PANEL_NORMS_H
#define VG_TRIAL_PANEL_NORMS_H

#include <vagus/norms.h>

#include "trial/panel.h"

/* Samples of the reference (at a visit, of a group) and the row of each one's person; returns how many. */
size_t vg_norms_reference(VgTrial *trial, const VgLayer *layer, size_t visit, size_t *sample,
                          size_t *person);
/* Samples of participants that the plan asks about (`sample` NULL: only how many); visit SIZE_MAX = every visit of the plan. */
size_t vg_norms_asked(const VgTrial *trial, const VgLayer *layer, size_t visit, size_t *sample);
/* The place of each feature in the reference (SIZE_MAX = not there), and which features only the reference has (those taken
 * out of the layer as contaminants are neither's). By name: cleaning may have changed the layer since it was read. */
VgStatus vg_norms_match(VgTrial *trial, const VgLayer *layer, size_t **at, bool **beside,
                        VgError *error);
/* A new row with participant, arm, visit and day. */
void vg_norms_person(VgTrial *trial, VgDataset *data, const VgLayer *layer, size_t sample);
/* How far each participant's community lies from comparable people's (panel_neighbours.c). */
VgStatus vg_trial_panel_neighbours(VgTrial *trial, const VgLayer *layer, size_t visit,
                                   VgError *error);

/* Reliable change where the measurement error is known (panel_norm_changes.c). */
void vg_trial_panel_norm_changes(VgTrial *trial, const VgLayer *layer);

#endif
