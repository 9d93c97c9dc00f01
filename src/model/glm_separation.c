/* Separation: a direction d along which the likelihood never falls, so that the estimate is
 * infinite.
 *
 * A direction proves it when every row's likelihood is non-decreasing along d: logit, probit: x_i d >= 0
 * where y = 1, <= 0 where y = 0, = 0 where 0 < y < 1; log link: x_i d <= 0 where y = 0, = 0
 * otherwise; and not all zero. On separated data Newton's steps keep a length of about 1 on the
 * link scale and turn to such a direction geometrically, so the last step is tested. Source: Albert
 * & Anderson 1984. */
#include "model/glm_internal.h"

#include <math.h>

#include "numeric/householder.h"

/* A step must still move, and far out, to be suspected; what it may violate is what rounding and
 * the not yet vanished part of the step leave after some twenty steps (e^-15). */
static const double SUSPECT_ETA = 15, SUSPECT_STEP = 0.3, VIOLATION = 1e-6;
/* A probit's step shrinks as 1 / eta while its score falls as exp(−eta²/2): it must be caught before
 * that counts as converged (eta about 9). */
static const double SUSPECT_ETA_PROBIT = 4, SUSPECT_STEP_PROBIT = 0.05;

/* How far row i's likelihood would fall along d, in units of eta. */
static double violation(VgGlmKind kind, double y, double along)
{
    if (y == 0)
        return fmax(0, along);
    if (kind.family == VG_GLM_BINOMIAL && kind.link != VG_LINK_LOG && y == 1)
        return fmax(0, -along);
    return fabs(along);
}

/* The coefficient to name: largest share in the step, a later column before an earlier equal one
 * (so an arm before the intercept). */
static size_t runaway_column(const VgGlmWork *work)
{
    size_t best = 0;
    double largest = 0;
    for (size_t j = 0; j < work->p; j++) {
        const double *column = &VG_AT(work->data->x, 0, j);
        double share =
            fabs(work->step[j]) * sqrt(vg_dot(column, column, work->n) / (double)work->n);
        if (fabs(work->step[j]) > 0 && share >= 0.2 * largest) {
            best = j;
            largest = fmax(largest, share);
        }
    }
    return best;
}

VgStatus vg_glm_check_separation(const VgGlmWork *work, VgError *error)
{
    if (work->kind.family == VG_GLM_GAUSSIAN || work->firth)
        return VG_OK;
    bool probit = work->kind.link == VG_LINK_PROBIT;
    double suspect_eta = probit ? SUSPECT_ETA_PROBIT : SUSPECT_ETA;
    double suspect_step = probit ? SUSPECT_STEP_PROBIT : SUSPECT_STEP;
    double far = 0, moved = 0, worst = 0;
    for (size_t i = 0; i < work->n; i++) {
        if (vg_glm_prior(work->data, i) == 0)
            continue;
        double along = 0;
        for (size_t j = 0; j < work->p; j++)
            along += VG_AT(work->data->x, i, j) * work->step[j];
        if (fabs(along) > suspect_step)
            far = fmax(far, fabs(work->eta[i]));
        moved = fmax(moved, fabs(along));
        worst = fmax(worst, violation(work->kind, work->data->y[i], along));
    }
    if (far < suspect_eta || moved < suspect_step || worst > VIOLATION * moved)
        return VG_OK;
    size_t j = runaway_column(work);
    const char *const *label = work->data->coefficient_label;
    const char *hint =
        work->kind.link == VG_LINK_PROBIT
            ? "use a logit with Firth's penalised likelihood, or leave the covariate out"
        : work->kind.link == VG_LINK_LOGIT
            ? "use Firth's penalised likelihood (firth), or leave the covariate out"
            : "a group without events has no finite log rate: merge groups, or leave "
              "the covariate out";
    if (label && label[j])
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "separation: the estimate of '%s' is infinite, the covariates tell the "
                       "outcome apart",
                       hint, label[j]);
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "separation: the estimate of coefficient %zu is infinite, the covariates tell "
                   "the outcome apart",
                   hint, j + 1);
}
