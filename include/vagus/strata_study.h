/** @file strata_study.h
 *  For whom? Carries out `plan: strata` of a study. */
#ifndef VAGUS_STRATA_STUDY_H
#define VAGUS_STRATA_STUDY_H

#include <vagus/result.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs every question "for whom?" of the plan: the baseline table (vagus/baseline.h), who has no outcome, then vg_strata_run, in rows and
 *  datasets of docs/internals/result-shape.md; with classes of a background treatment or arms of combined components, effects by
 *  combination. With too few people for that: the average effect and the declared moderators one at a time, with what could have been
 *  seen. Opens no file and prints nothing; a study without such a plan is left as it is.
 *
 *  @param study  with its layers complete and its moderators placed (vg_study_place_axis)
 *  @return VG_NO_MEMORY or VG_IO only: what cannot be had is a warning and a fact "failed" of its analysis
 *  Source: METHODS 5; docs/methods/for-whom.md. */
VG_MUST_CHECK VgStatus vg_strata_study_run(const VgStudy *study, VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
