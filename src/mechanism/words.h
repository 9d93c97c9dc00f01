/* What the rows and words of one and of several mediators share. */
#ifndef VG_MECHANISM_WORDS_H
#define VG_MECHANISM_WORDS_H

#include <vagus/mediation.h>

/* A row of `assumptions`, and of a method command the fact that carries it: what must hold, and who vouches for it. */
void vg_mechanism_assume(VgResult *result, const char *analysis, const char *name,
                         const char *status, const char *text);
/* A row of `sentences`, and of a method command the fact that carries it. */
void vg_mechanism_say(VgResult *result, const char *analysis, const char *about, const char *text);

/* A row that says who was compared, in what, when, and on how many rows. */
VgEstimate vg_mediation_row(const VgMediationTable *table, const char *analysis,
                            const char *quantity);

#endif
