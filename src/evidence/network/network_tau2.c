/* The between-study variance of a network or a component model.
 *
 * With P = W − WX(XᵀWX)⁻¹XᵀW and −∂P/∂tau² = PHP,
 *   ℓ_REML' = −½ (tr PH − yᵀPHPy),  ℓ_REML'' = ½ tr PHPH − yᵀPHPHPy,  information ½ tr PHPH,
 *   ℓ_ML'   = −½ (tr WH − yᵀPHPy),  ℓ_ML''   = ½ tr WHWH − yᵀPHPHPy,  information ½ tr WHWH,
 *   tau²_DL = (Q − df) / tr PH at tau² = 0.
 * Source: Jackson, White & Riley 2012; Viechtbauer 2005; METHODS 8.4. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

static double log_likelihood(const VgGls *gls, bool reml, double log_det_design)
{
    double n = (double)gls->n_contrasts, p = (double)gls->basis.cols;
    double rows = reml ? n - p : n;
    double value = rows * log(2.0 * M_PI) + gls->log_det_v + gls->rss;
    return -0.5 * (reml ? value + gls->log_det_information - log_det_design : value);
}

typedef struct Derivatives {
    double first, second, information;
} Derivatives;

static Derivatives derivatives_of(const VgGls *gls, bool reml)
{
    Derivatives d;
    double trace = reml ? gls->trace_ph : gls->trace_wh;
    double square = reml ? gls->trace_phph : gls->trace_whwh;
    d.first = -0.5 * (trace - gls->yphpy);
    d.second = 0.5 * square - gls->yphphpy;
    d.information = 0.5 * square;
    return d;
}

/* Newton with Fisher's information where the curvature is of the wrong sign, halved until ℓ does not fall; tau² = 0
 * is a solution when the slope there is not upwards. */
static VgStatus maximise(VgGls *gls, bool reml, double start, VgNetworkTau2 *out, VgError *error)
{
    double constant = 0.0, tau2 = start;
    VG_TRY(vg_gls_design_log_determinant(gls, &constant, error));
    VG_TRY(vg_gls_fit(gls, tau2, true, error));
    double loglik = log_likelihood(gls, reml, constant);
    Derivatives d = derivatives_of(gls, reml);
    for (out->iterations = 0; out->iterations < 200; out->iterations++) {
        if (tau2 <= 0.0 && d.first <= 0.0) {
            out->at_boundary = out->converged = true;
            break;
        }
        double step = d.first / (d.second < -1e-3 * d.information ? -d.second : d.information);
        /* 1e-13 of its standard error is below what rounding leaves of the score */
        if (fabs(step) <= 1e-13 * fmax(tau2, 1.0 / sqrt(d.information))) {
            out->converged = true;
            break;
        }
        double factor = 1.0, next = tau2, value = loglik;
        bool moved = false;
        for (int halving = 0; halving < 60 && !moved; halving++, factor *= 0.5) {
            next = fmax(0.0, tau2 + factor * step);
            if (next == tau2)
                break;
            VG_TRY(vg_gls_fit(gls, next, true, error));
            value = log_likelihood(gls, reml, constant);
            /* near the top ℓ is flat to rounding: there a smaller slope is progress too */
            Derivatives there = derivatives_of(gls, reml);
            moved = value >= loglik || (value >= loglik - 1e-9 * (1.0 + fabs(loglik)) &&
                                        fabs(there.first) < fabs(d.first));
        }
        if (!moved) {
            /* no step improves: at the top to working precision if the step left is small */
            out->converged = fabs(step) <= 1e-8 * (tau2 + 1e-300);
            VG_TRY(vg_gls_fit(gls, tau2, true, error));
            break;
        }
        tau2 = next;
        loglik = value;
        d = derivatives_of(gls, reml);
    }
    out->tau2 = tau2;
    out->loglik = log_likelihood(gls, reml, constant);
    out->se = 1.0 / sqrt(d.information);
    return out->converged ? VG_OK
                          : vg_fail(error, VG_NO_CONVERGENCE,
                                    "no maximum of the likelihood of tau² was found in %zu steps",
                                    "take --tau2 dl, which needs no iteration", out->iterations);
}

/* A further start, kept when it ends higher. */
static VgStatus try_start(VgGls *gls, bool reml, double start, VgNetworkTau2 *best, VgError *error)
{
    VgNetworkTau2 other = {0};
    VG_TRY(maximise(gls, reml, start, &other, error));
    other.iterations += best->iterations;
    if (other.loglik > best->loglik + 1e-10 * (1.0 + fabs(best->loglik)))
        *best = other;
    else
        best->iterations = other.iterations;
    return VG_OK;
}

/* The likelihood can have several tops. The score is looked at from 1/4096 to 4096 times a typical variance; where it turns
 * from up to down elsewhere than at the top found, or falls from 0 on, that top is climbed too. */
static VgStatus look_for_further_tops(VgGls *gls, bool reml, VgNetworkTau2 *best, VgError *error)
{
    const double typical = (double)gls->n_contrasts / gls->trace_wh; /* of the fit at tau² = 0 */
    double before = 0.0;
    bool rises = true, falls_at_zero = false;
    for (int k = -7; k <= 6; k++) {
        double tau2 = k < -6 ? 0.0 : typical * exp2(2.0 * k);
        VG_TRY(vg_gls_fit(gls, tau2, true, error));
        bool rises_here = derivatives_of(gls, reml).first > 0.0;
        if (k < -6)
            falls_at_zero = !rises_here;
        else if (rises && !rises_here && !(best->tau2 >= before && best->tau2 <= tau2))
            VG_TRY(
                try_start(gls, reml, before > 0.0 ? sqrt(before * tau2) : 0.5 * tau2, best, error));
        rises = rises_here;
        before = tau2;
    }
    return falls_at_zero && best->tau2 > 0.0 ? try_start(gls, reml, 0.0, best, error) : VG_OK;
}

VgStatus vg_gls_tau2(VgGls *gls, VgTau2Method method, const double *fixed, VgNetworkTau2 *tau2,
                     VgNetworkQ *q, VgError *error)
{
    memset(tau2, 0, sizeof *tau2);
    tau2->se = tau2->loglik = (double)NAN;
    tau2->converged = true;
    if (!fixed && method != VG_TAU2_REML && method != VG_TAU2_ML && method != VG_TAU2_DL &&
        method != VG_TAU2_COMMON)
        return vg_fail(error, VG_INVALID_INPUT, "tau² of a network cannot be had by \"%s\"",
                       "take reml, ml, dl or ee",
                       (size_t)method < VG_N_TAU2_METHODS ? vg_tau2_method_names[method] : "?");
    if (fixed && !(*fixed >= 0.0 && isfinite(*fixed)))
        return vg_fail(error, VG_INVALID_INPUT, "tau² is given as %g",
                       "it is a variance: nought or more", *fixed);
    VG_TRY(vg_gls_fit(gls, 0.0, true, error));
    double df = (double)gls->n_contrasts - (double)gls->basis.cols;
    *q = vg_network_q(gls->rss, df);
    double dl = df > 0.0 && gls->trace_ph > 0.0 ? fmax(0.0, (gls->rss - df) / gls->trace_ph) : 0.0;
    if (fixed) {
        tau2->tau2 = *fixed;
    } else if (method == VG_TAU2_DL) {
        tau2->tau2 = dl;
        tau2->at_boundary = dl == 0.0;
    } else if (method != VG_TAU2_COMMON && df > 0.0) {
        tau2->converged = false;
        VG_TRY(maximise(gls, method == VG_TAU2_REML, dl, tau2, error));
        VG_TRY(vg_gls_fit(gls, 0.0, true, error));
        VG_TRY(look_for_further_tops(gls, method == VG_TAU2_REML, tau2, error));
    }
    return vg_gls_fit(gls, tau2->tau2, false, error);
}
