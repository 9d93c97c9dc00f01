/* Contrasts of one study's arms against its first, with their covariance. */
#ifndef VG_EVIDENCE_ARM_CONTRASTS_H
#define VG_EVIDENCE_ARM_CONTRASTS_H

#include "evidence/effects/effect_parts.h"

/* MD, ROM, OR, RR, RD, arcsine; `add` goes to every cell of every arm. */
void vg_arm_differences(VgMeasure measure, const VgArmSummary *arm, double add,
                        VgContrastStudy *study);
/* Hedges' g or Cohen's d with the SD pooled over all arms. */
void vg_arm_standardised(const VgEvidencePlan *plan, const VgArmSummary *arm,
                         VgContrastStudy *study);
/* No events in any arm, or events in everybody of all arms. */
bool vg_every_arm_zero(const VgArmSummary *arm, size_t n);
bool vg_some_arm_zero(const VgArmSummary *arm, size_t n);
/* All finite, all variances above 0. */
bool vg_contrasts_usable(const VgContrastStudy *study);

#endif
