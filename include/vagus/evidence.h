/** @file evidence.h
 *  What does the published evidence say? Carries out the plan of a review. */
#ifndef VAGUS_EVIDENCE_H
#define VAGUS_EVIDENCE_H

#include <vagus/evidence_plan.h>
#include <vagus/extraction.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Runs every analysis of the plan and fills `result` as docs/internals/result-shape.md lists ("Evidence").
 *  Opens no file and prints nothing.
 *  @return VG_NOT_ESTIMABLE or VG_NO_CONVERGENCE when the first analysis cannot be had; a later one that cannot be
 *          had is a warning and a fact "failed" of that analysis; VG_INVALID_INPUT, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_evidence_run(const VgExtraction *extraction, const VgEvidencePlan *plan,
                                       VgResult *result, VgError *error);

/** Enters what the study file of a review says of itself (title, question, source, …) and dataset `sources`.
 *  `study->review` must be set. */
void vg_evidence_describe(const VgStudy *study, VgResult *result);

#ifdef __cplusplus
}
#endif
#endif
