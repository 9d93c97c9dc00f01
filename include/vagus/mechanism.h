/** @file mechanism.h
 *  Through which channels did it work? Carries out `plan: mechanism` of a study on its axis. */
#ifndef VAGUS_MECHANISM_H
#define VAGUS_MECHANISM_H

#include <vagus/result.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs every mechanism of the plan: effects by channel (vagus/channels.h), how strong an unmeasured cause would have
 *  to be, every declared arrow of the axis, a verdict on each channel, in rows and datasets of
 *  docs/internals/result-shape.md. Opens no file and prints nothing; a study without such a plan is left as it is.
 *
 *  @param study  with its layers complete and its axis placed (vg_study_place_axis)
 *  @return VG_NO_MEMORY or VG_IO only: a mechanism that cannot be had is a warning and a fact "failed" of its analysis
 *  Source: METHODS 4; docs/methods/mechanism.md. */
VG_MUST_CHECK VgStatus vg_mechanism_run(const VgStudy *study, VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
