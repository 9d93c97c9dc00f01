/* Negative binomial: beta given theta by Fisher scoring, theta given the means by Newton on log
 * theta, in turn until neither moves (as MASS::glm.nb, to rounding). The two are orthogonal in
 * expected information, so the turns converge fast. Source: Lawless 1987; Venables & Ripley
 * 2002, 7.4. */
#include "model/glm_internal.h"

#include <math.h>

#include "numeric/distributions.h"

enum { MAX_TURNS = 200, MAX_THETA_STEPS = 200 };

typedef struct ThetaLikelihood {
    double value, first, second; /* and derivatives by theta */
} ThetaLikelihood;

static ThetaLikelihood theta_likelihood(const VgGlmWork *work, double theta)
{
    ThetaLikelihood sum = {0, 0, 0};
    for (size_t i = 0; i < work->n; i++) {
        double w = vg_glm_prior(work->data, i), y = work->data->y[i], mu = work->mu[i];
        if (w == 0)
            continue;
        double inflation = log1p(mu / theta), gap = (y - mu) / (theta + mu);
        sum.value += w * (vg_log_gamma(theta + y) - vg_log_gamma(theta) - theta * inflation -
                          y * log(theta + mu));
        sum.first += w * (vg_digamma(theta + y) - vg_digamma(theta) - inflation - gap);
        sum.second += w * (vg_trigamma(theta + y) - vg_trigamma(theta) +
                           mu / (theta * (theta + mu)) + (y - mu) / ((theta + mu) * (theta + mu)));
    }
    return sum;
}

/* Newton on log theta at fixed means. Returns the decrement it started with. */
static double maximise_theta(VgGlmWork *work)
{
    double theta = work->kind.theta, started = NAN;
    ThetaLikelihood at = theta_likelihood(work, theta);
    for (int k = 0; k < MAX_THETA_STEPS; k++) {
        double gradient = theta * at.first, curvature = theta * theta * at.second + gradient;
        double step = curvature < 0 ? -gradient / curvature : copysign(0.5, gradient);
        step = fmax(-1, fmin(1, step));
        if (isnan(started))
            started = fabs(gradient * step);
        if (fabs(gradient * step) < 1e-24 || fabs(step) < 1e-15)
            break;
        double next = theta * exp(step);
        ThetaLikelihood there = theta_likelihood(work, next);
        for (int halving = 0; halving < 40 && there.value < at.value - 1e-12 * (1 + fabs(at.value));
             halving++) {
            step /= 2;
            next = theta * exp(step);
            there = theta_likelihood(work, next);
        }
        theta = next;
        at = there;
    }
    work->kind.theta = theta;
    return started;
}

static VgStatus fail_no_overdispersion(VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "the counts vary no more than Poisson counts: theta is infinite",
                   "use family poisson, with robust errors if in doubt");
}

VgStatus vg_glm_negative_binomial(VgGlmWork *work, double *theta_se, VgError *error)
{
    work->kind.family = VG_GLM_POISSON;
    VG_TRY(vg_glm_maximise(work, error));
    double excess = 0, relative = 0, weights = 0, largest = 0;
    for (size_t i = 0; i < work->n; i++) {
        double w = vg_glm_prior(work->data, i), gap = work->data->y[i] - work->mu[i];
        if (w == 0)
            continue;
        excess += w * (gap * gap - work->data->y[i]); /* twice the score of 1/theta at 0 */
        relative += w * (gap / work->mu[i]) * (gap / work->mu[i]);
        weights += w;
        largest = fmax(largest, work->mu[i]);
    }
    if (excess <= 0)
        return fail_no_overdispersion(error);
    work->kind = (VgGlmKind){VG_GLM_NEGATIVE_BINOMIAL, VG_LINK_LOG, weights / relative};
    for (int turn = 0; turn < MAX_TURNS; turn++) {
        double before = work->kind.theta, moved = maximise_theta(work);
        if (work->kind.theta > 1e8 * fmax(1, largest))
            return fail_no_overdispersion(error);
        bool settled = moved < 1e-22 || fabs(work->kind.theta - before) < 4e-15 * before;
        VG_TRY(vg_glm_maximise(work, error));
        if (settled) {
            *theta_se = 1 / sqrt(-theta_likelihood(work, work->kind.theta).second);
            return VG_OK;
        }
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "theta did not settle in %d turns",
                   "use family poisson with robust errors", (int)MAX_TURNS);
}
