/* Rows of one mediation fit. */
#ifndef VG_MECHANISM_MEDIATION_RUN_H
#define VG_MECHANISM_MEDIATION_RUN_H

#include <vagus/mediation.h>

/* `beside`: NULL, or what tells these rows from those of the main fit in their stratum ("no interaction"), which then has the
 * facts and the words. */
VG_MUST_CHECK VgStatus vg_mediation_rows(const VgMediationTable *table,
                                         const VgMediationOptions *options, const VgMediation *fit,
                                         const char *beside, VgMediationInteraction interaction,
                                         VgResult *result, VgError *error);

#endif
