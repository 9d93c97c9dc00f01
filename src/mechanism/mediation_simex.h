/* Correction of two fitted models for a mediator that is measured with error. */
#ifndef VG_MECHANISM_MEDIATION_SIMEX_H
#define VG_MECHANISM_MEDIATION_SIMEX_H

#include "mechanism/mediation_internal.h"

/* What can be corrected: a linear mediator, an outcome of one model, an interval by theta and its covariance. */
VG_MUST_CHECK VgStatus vg_mediation_check_simex(const VgMediationOptions *options, VgError *error);

/* theta and vcov of both models as an error-free mediator would give them (options->reliability). */
VG_MUST_CHECK VgStatus vg_mediation_simex(VgArena *arena, const VgMediationProblem *problem,
                                          VgMediationFitted *fitted, VgError *error);

#endif
