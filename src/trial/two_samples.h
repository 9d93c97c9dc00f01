/* What both tests of two samples refuse. */
#ifndef VG_TRIAL_TWO_SAMPLES_H
#define VG_TRIAL_TWO_SAMPLES_H

#include <vagus/two_samples.h>

/* @param fewest  values that each sample needs */
VgStatus vg_two_samples_check(const VgTwoSamples *samples, size_t fewest, double level,
                              VgError *error);

#endif
