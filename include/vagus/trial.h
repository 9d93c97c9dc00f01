/** @file trial.h
 *  Did it work? Carries out the analysis plan of a study. */
#ifndef VAGUS_TRIAL_H
#define VAGUS_TRIAL_H

#include <vagus/result.h>
#include <vagus/study.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs every analysis of the plan and fills `result` with estimates, facts, datasets, methods text and
 *  warnings as docs/internals/result-shape.md lists them. Opens no file and prints nothing.
 *  @return VG_NOT_ESTIMABLE or VG_NO_CONVERGENCE when the primary analysis cannot be had (error says which,
 *          result holds the trace); a secondary or sensitivity analysis that cannot be had is a warning and a fact
 *          "failed" of that analysis */
VG_MUST_CHECK VgStatus vg_trial_run(const VgStudy *study, VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
