/* Both models on a resample: linear, logistic and probit ones by a few Newton steps from the fit to all rows, others (and
 * whatever these steps cannot settle) by the models' own fits. */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"

static bool is_quick(VgMediationModel model)
{
    return model == VG_MEDIATION_LINEAR || model == VG_MEDIATION_LOGISTIC ||
           model == VG_MEDIATION_PROBIT;
}

static VgStatus prepare(VgArena *arena, VgMediationModel model, VgMatrix x, const double *y,
                        const double *beta, VgGlmRefit *refit, VgError *error)
{
    VgGlmData data = {.x = x, .y = y};
    VgGlmOptions options = {
        .family = model == VG_MEDIATION_LINEAR ? VG_GLM_GAUSSIAN : VG_GLM_BINOMIAL,
        .link = model == VG_MEDIATION_PROBIT ? VG_LINK_PROBIT : VG_LINK_DEFAULT};
    return vg_glm_refit_prepare(arena, &data, &options, beta, refit, error);
}

VgStatus vg_mediation_refit_prepare(VgArena *arena, const VgMediationProblem *problem,
                                    const double *theta, VgMediationRefit *refit, VgError *error)
{
    const VgMediationOptions *o = problem->options;
    const VgMediationLayout *l = &problem->layout;
    *refit = (VgMediationRefit){.problem = problem,
                                .theta = theta,
                                .quick = is_quick(o->mediator_model) && is_quick(o->outcome_model)};
    if (!refit->quick)
        return VG_OK;
    VG_TRY(prepare(arena, o->mediator_model, problem->base, problem->data->mediator,
                   theta + l->alpha, &refit->mediator, error));
    return prepare(arena, o->outcome_model, problem->full, problem->data->outcome, theta + l->beta,
                   &refit->outcome, error);
}

static bool quickly(VgArena *scratch, const VgMediationRefit *refit, const double *count,
                    double *theta)
{
    const VgMediationLayout *l = &refit->problem->layout;
    double squares = NAN, rows = 0;
    for (size_t i = 0; i < refit->problem->data->n; i++)
        rows += count[i];
    if (!vg_glm_refit(scratch, &refit->mediator, count, theta + l->alpha, &squares) ||
        !vg_glm_refit(scratch, &refit->outcome, count, theta + l->beta, NULL))
        return false;
    theta[l->sigma] =
        refit->mediator.linear ? sqrt(squares / (rows - (double)refit->mediator.p)) : (double)NAN;
    return !refit->mediator.linear || theta[l->sigma] > 0;
}

VgStatus vg_mediation_refit(VgArena *scratch, const VgMediationRefit *refit, const double *count,
                            const double *unit_count, double *theta, VgError *error)
{
    if (refit->quick && quickly(scratch, refit, count, theta))
        return VG_OK;
    VgMediationFitted fitted;
    VG_TRY(vg_mediation_models(scratch, refit->problem, count, unit_count, refit->theta, false,
                               &fitted, error));
    memcpy(theta, fitted.theta, refit->problem->layout.size * sizeof *theta);
    return VG_OK;
}
