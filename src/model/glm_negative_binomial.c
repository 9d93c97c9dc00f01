/* Negative binomial: Newton on log theta along the profile likelihood, beta at its maximum for each theta.
 *
 * At fixed theta the log likelihood is concave in beta, so that Newton with the observed information finds its one
 * maximum. The profile's curvature is exact, l_tt + |R⁻ᵀ l_tβ|² with RᵀR the observed information: turns between beta
 * and theta alone (MASS::glm.nb) end in hundreds of steps, or never, where counts are far from the model, because
 * only the expected information is free of the cross term. What is reported (standard errors) is of the expected
 * information, as MASS. Source: Lawless 1987; Venables & Ripley 2002, 7.4. */
#include "model/glm_internal.h"

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/householder.h"

enum { MAX_STEPS = 100, MAX_HALVINGS = 40 };
static const double SETTLED = 1e-18, LONGEST_STEP = 2;

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
                          y * (log(theta + mu) - work->eta[i]));
        sum.first += w * (vg_digamma(theta + y) - vg_digamma(theta) - inflation - gap);
        sum.second += w * (vg_trigamma(theta + y) - vg_trigamma(theta) +
                           mu / (theta * (theta + mu)) + (y - mu) / ((theta + mu) * (theta + mu)));
    }
    return sum;
}

/* Of the profile in log theta, at work->beta's maximum for this theta. The derivative of a row's score theta (y − mu)
 * / (theta + mu) by log theta is theta mu (y − mu) / (theta + mu)². */
typedef struct Profile {
    double value, gradient, curvature;
} Profile;

static VgStatus profile_at(VgGlmWork *work, double theta, Profile *at, VgError *error)
{
    work->kind.theta = theta;
    VG_TRY(vg_glm_maximise(work, error));
    ThetaLikelihood at_theta = theta_likelihood(work, theta);
    at->value = at_theta.value;
    at->gradient = theta * at_theta.first;
    at->curvature = theta * theta * at_theta.second + at->gradient;
    double *cross = work->trial;
    for (size_t j = 0; j < work->p; j++) {
        const double *column = &VG_AT(work->data->x, 0, j);
        cross[j] = 0;
        for (size_t i = 0; i < work->n; i++) {
            double mu = work->mu[i], sum = theta + mu;
            cross[j] += column[i] * vg_glm_prior(work->data, i) * theta * mu *
                        (work->data->y[i] - mu) / (sum * sum);
        }
    }
    vg_solve_upper_transposed(work->r, cross);
    at->curvature += vg_dot(cross, cross, work->p);
    return VG_OK;
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
    work->observed = true;
    Profile at;
    VG_TRY(profile_at(work, work->kind.theta, &at, error));
    for (int k = 0; k < MAX_STEPS; k++) {
        double theta = work->kind.theta;
        if (theta > 1e8 * fmax(1, largest))
            return fail_no_overdispersion(error);
        double step =
            at.curvature < 0 ? -at.gradient / at.curvature : copysign(LONGEST_STEP, at.gradient);
        step = fmax(-LONGEST_STEP, fmin(LONGEST_STEP, step));
        /* squared Newton steps in units of the standard error: the last one brings it to rounding */
        bool settled = at.curvature < 0 && fabs(at.gradient * step) < SETTLED;
        double before = at.value;
        VG_TRY(profile_at(work, theta * exp(step), &at, error));
        for (int halving = 0;
             halving < MAX_HALVINGS && at.value < before - 1e-12 * (1 + fabs(before)); halving++) {
            step /= 2;
            VG_TRY(profile_at(work, theta * exp(step), &at, error));
        }
        if (settled) {
            *theta_se = 1 / sqrt(-theta_likelihood(work, work->kind.theta).second);
            return vg_glm_use_expected(work, error);
        }
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "theta did not settle in %d steps",
                   "use family poisson with robust errors", (int)MAX_STEPS);
}
