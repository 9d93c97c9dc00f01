/* Whether a column of the participants holds what was known before randomisation. */
#ifndef VG_STUDY_KNOWN_BEFORE_H
#define VG_STUDY_KNOWN_BEFORE_H

#include <vagus/study.h>

/* Whether a column of numbers is an outcome at a visit under another name, as in wide tables. `visit` gets that visit,
 * SIZE_MAX for the outcome's baseline, which is looked for first. */
bool vg_study_holds_outcome(const VgStudy *study, const VgColumn *column, size_t *outcome,
                            size_t *visit);

/* Why the column of that name cannot be a covariate: what randomisation made or what came after it, in words that follow
 * "`NAME` " ("is the reason of withdrawal"). NULL when nothing speaks against it, "" when memory is short. */
const char *vg_study_known_afterwards(VgArena *arena, const VgStudy *study, const char *name);

#endif
