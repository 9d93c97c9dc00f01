/* Scores learnt for the outcome. */
#ifndef VG_MECHANISM_CHANNELS_RIDGE_H
#define VG_MECHANISM_CHANNELS_RIDGE_H

#include "mechanism/channels_internal.h"

/* Weights of the markers, as standardised in the equations, learnt for the outcome on the rows that cross-products s count: ridge
 * regression of what (1, A, C) leave of the outcome on what they leave of all markers, each divided by its SD; the
 * penalty by restricted likelihood on the same rows. A channel's part is scaled to a score of SD 1 within arms; a channel of
 * one marker is that marker. `penalty`: over the df. False where a marker does not vary or depends on (1, A, C).
 * s is kept; work: width² + columns. */
VG_MUST_CHECK VgStatus vg_channels_ridge_weights(VgArena *scratch, const VgChannelsProblem *p,
                                                 const double *s, double *work, double *weight,
                                                 double *penalty, bool *learnt, VgError *error);

/* channels_cross_fit.c: the fold of each unit: a shuffled arm dealt in turn, going on where the arm before it stopped. */
bool vg_channels_deal(VgArena *scratch, const VgMediationProblem *units, const VgRandom *random,
                      size_t folds, size_t *fold);
/* everything of `fit` by cross-fitting, medians over repeats. */
VgStatus vg_channels_cross_fit(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                               VgError *error);

#endif
