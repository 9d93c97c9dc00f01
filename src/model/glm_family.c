/* The families: mean, information, score, deviance and likelihood of one row; their names.
 * Source: McCullagh & Nelder 1989; conventions of R 4.2 (binomial()$aic, poisson()$aic,
 * MASS::negative.binomial). */
#include "model/glm_internal.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "numeric/distributions.h"

static const char *const FAMILY_NAME[VG_GLM_FAMILY_COUNT] = {"gaussian", "binomial", "poisson",
                                                             "nb"};
static const char *const ROBUST_NAME[VG_GLM_ROBUST_COUNT] = {"none", "hc0", "hc1",
                                                             "hc2",  "hc3", "cr0"};

const char *vg_glm_family_name(VgGlmFamily family)
{
    return family >= 0 && family < VG_GLM_FAMILY_COUNT ? FAMILY_NAME[family] : NULL;
}

bool vg_glm_family_from_name(const char *name, VgGlmFamily *family)
{
    int i = vg_name_index(FAMILY_NAME, VG_GLM_FAMILY_COUNT, name);
    if (i >= 0)
        *family = (VgGlmFamily)i;
    return i >= 0;
}

const char *vg_glm_link_name(VgGlmLink link)
{
    switch (link) {
    case VG_LINK_IDENTITY:
        return "identity";
    case VG_LINK_LOGIT:
        return "logit";
    case VG_LINK_LOG:
        return "log";
    case VG_LINK_PROBIT:
        return "probit";
    default:
        return NULL;
    }
}

const char *vg_glm_robust_name(VgGlmRobust robust)
{
    return robust >= 0 && robust < VG_GLM_ROBUST_COUNT ? ROBUST_NAME[robust] : NULL;
}

bool vg_glm_robust_from_name(const char *name, VgGlmRobust *robust)
{
    int i = vg_name_index(ROBUST_NAME, VG_GLM_ROBUST_COUNT, name);
    if (i >= 0)
        *robust = (VgGlmRobust)i;
    return i >= 0;
}

/* log(1 + e^x) without overflow. */
static double log1p_exp(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static VgGlmRow logit_row(double y, double prior, double eta)
{
    double mu = 1 / (1 + exp(-eta)), other = 1 / (1 + exp(eta));
    return (VgGlmRow){
        .mu = mu,
        .slope = mu * other,
        .weight = prior * mu * other,
        .score = prior * (y * other - (1 - y) * mu), /* y − mu without cancellation */
        .loglik = -prior * (y * log1p_exp(-eta) + (1 - y) * log1p_exp(eta)),
    };
}

static VgGlmRow log_binomial_row(double y, double prior, double eta)
{
    if (!(eta < 0))
        return (VgGlmRow){.mu = exp(eta), .loglik = -INFINITY};
    double mu = exp(eta), other = -expm1(eta);
    return (VgGlmRow){
        .mu = mu,
        .slope = mu,
        .weight = prior * mu / other,
        .score = prior * (y - mu) / other,
        .loglik = prior * (y * eta + (y < 1 ? (1 - y) * log(other) : 0)),
    };
}

/* phi(eta) / Phi(eta), from logarithms so that the lower tail keeps its digits. */
static double inverse_mills(double eta)
{
    return exp(vg_normal_log_density(eta) - vg_normal_log_lower(eta));
}

/* Expected information phi²/(Phi (1 − Phi)) = lambda(eta) lambda(−eta). */
static VgGlmRow probit_row(double y, double prior, double eta)
{
    double up = inverse_mills(eta), down = inverse_mills(-eta);
    return (VgGlmRow){
        .mu = exp(vg_normal_log_lower(eta)),
        .slope = exp(vg_normal_log_density(eta)),
        .weight = prior * up * down,
        .score = prior * (y * up - (1 - y) * down),
        .loglik = prior * ((y > 0 ? y * vg_normal_log_lower(eta) : 0) +
                           (y < 1 ? (1 - y) * vg_normal_log_lower(-eta) : 0)),
    };
}

VgGlmRow vg_glm_row(VgGlmKind kind, double y, double prior, double eta)
{
    switch (kind.family) {
    case VG_GLM_BINOMIAL:
        return kind.link == VG_LINK_LOG      ? log_binomial_row(y, prior, eta)
               : kind.link == VG_LINK_PROBIT ? probit_row(y, prior, eta)
                                             : logit_row(y, prior, eta);
    case VG_GLM_POISSON: {
        double mu = exp(eta);
        return (VgGlmRow){mu, mu, prior * mu, prior * (y - mu), prior * (y * eta - mu)};
    }
    case VG_GLM_NEGATIVE_BINOMIAL: {
        double mu = exp(eta), inflation = 1 + mu / kind.theta;
        return (VgGlmRow){
            .mu = mu,
            .slope = mu,
            .weight = prior * mu / inflation,
            .score = prior * (y - mu) / inflation,
            .loglik =
                prior * (y * (eta - log(kind.theta + mu)) - kind.theta * log1p(mu / kind.theta)),
        };
    }
    default:
        return (VgGlmRow){eta, 1, prior, prior * (y - eta), -0.5 * prior * (y - eta) * (y - eta)};
    }
}

/* y log(y/mu), 0 at y = 0. */
static double y_log_ratio(double y, double mu)
{
    return y > 0 ? y * log(y / mu) : 0;
}

double vg_glm_unit_deviance(VgGlmKind kind, double y, double prior, double mu)
{
    switch (kind.family) {
    case VG_GLM_BINOMIAL:
        return 2 * prior * (y_log_ratio(y, mu) + y_log_ratio(1 - y, 1 - mu));
    case VG_GLM_POISSON:
        return 2 * prior * (y_log_ratio(y, mu) - (y - mu));
    case VG_GLM_NEGATIVE_BINOMIAL:
        return 2 * prior *
               (y_log_ratio(y, mu) - (y + kind.theta) * log1p((y - mu) / (mu + kind.theta)));
    default:
        return prior * (y - mu) * (y - mu);
    }
}

/* R counts m = prior trials with m·y successes when both are whole; otherwise the likelihood has no
 * constant. */
static double binomial_loglik(double y, double prior, double eta_loglik, double mu)
{
    double successes = round(prior * y), trials = round(prior);
    bool whole = fabs(prior * y - successes) < 1e-7 && fabs(prior - trials) < 1e-7;
    if (!whole || successes == 0 || successes == trials)
        return eta_loglik;
    return vg_binomial_log_density(successes, trials, mu);
}

double vg_glm_full_loglik(VgGlmKind kind, double y, double prior, double eta, double mu)
{
    if (prior == 0)
        return 0;
    double theta = kind.theta;
    switch (kind.family) {
    case VG_GLM_BINOMIAL:
        return binomial_loglik(y, prior, vg_glm_row(kind, y, prior, eta).loglik, mu);
    case VG_GLM_POISSON:
        return prior * vg_poisson_log_density(y, mu);
    case VG_GLM_NEGATIVE_BINOMIAL:
        return prior * (vg_log_gamma(theta + y) - vg_log_gamma(theta) - vg_log_gamma(y + 1)) +
               vg_glm_row(kind, y, prior, eta).loglik;
    default:
        return NAN;
    }
}
