/* What the parts of the simulator share. */
#ifndef VG_DESIGN_PROPAGATE_H
#define VG_DESIGN_PROPAGATE_H

#include <vagus/design_file.h>
#include <vagus/virtual_trial.h>

/* What a design says of its trial besides the graph. */
VgTrialScheme vg_design_scheme(const VgDesignFile *design);

/* The exposure of component slot `c` for those who are given it: n_visits × n. */
void vg_axis_take(const VgVirtualTrial *trial, size_t c, double *exposure);

/* vg_axis_simulate without dropout and lost values. */
void vg_axis_draw(const VgAxisModel *model, const VgTrialScheme *scheme,
                  const struct VgRandom *random, VgVirtualTrial *trial);

/* Measures the trial again, with the reliabilities of another model of the same graph; nobody leaves otherwise. */
void vg_axis_measure_again(const VgAxisModel *model, const struct VgRandom *random,
                           VgVirtualTrial *trial);

#endif
