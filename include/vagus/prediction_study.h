/** @file prediction_study.h
 *  How likely is a response? Carries out `plan: prediction` of a study. */
#ifndef VAGUS_PREDICTION_STUDY_H
#define VAGUS_PREDICTION_STUDY_H

#include <vagus/result.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs every question about prediction of the plan: the baseline table (vagus/baseline.h; block 0 age, sex, the outcome at baseline and
 *  declared moderators), then vg_prediction_run for each event among the people whose outcome is known,
 *  and intervals for the outcome of single people (vg_conformal_baseline). Opens no file and prints nothing;
 *  a study without such a plan is left as it is.
 *
 *  @param study  with its layers complete and its moderators placed (vg_study_place_axis)
 *  @return VG_NO_MEMORY or VG_IO only: what cannot be had is a warning and a fact "failed" of its analysis (of an event that cannot be
 *          had beside one that can, "failed_EVENT")
 *  Source: METHODS 6; docs/methods/prediction.md. */
VG_MUST_CHECK VgStatus vg_prediction_study_run(const VgStudy *study, VgResult *result,
                                               VgError *error);

#ifdef __cplusplus
}
#endif
#endif
