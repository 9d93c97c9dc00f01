/* What a mediation analysis rests on and says, in words for people. */
#ifndef VG_MECHANISM_MEDIATION_WORDS_H
#define VG_MECHANISM_MEDIATION_WORDS_H

#include <vagus/mediation.h>

/* Datasets `assumptions` and `sentences`, and the facts and warnings that carry them. */
void vg_mediation_words(const VgMediationTable *table, const VgMediation *fit, VgResult *result);

#endif
