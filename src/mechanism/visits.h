/* A table with a row per visit made into one with a row per participant (mediator, outcome and baseline
 * from their visits), or per pair of consecutive visits. */
#ifndef VG_MECHANISM_VISITS_H
#define VG_MECHANISM_VISITS_H

#include <vagus/mediation.h>

/* `flat` has the columns of the table (each participant's first value), mediator and outcome from their
 * visits, and with a baseline the columns named by `baseline` (of the mediator, of the outcome).
 * @return VG_INVALID_INPUT: no such visit, words without an order, mediator not before the outcome, a visit twice */
VG_MUST_CHECK VgStatus vg_visits_flatten(VgArena *arena, const VgTable *table,
                                         const VgMediationColumns *columns, VgTable **flat,
                                         const char *baseline[2], VgError *error);

#endif
