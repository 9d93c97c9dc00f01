/* Direct and indirect evidence of every comparison, and the comparison-adjusted funnel.
 *
 * Direct: inverse-variance mean of the comparison in all trials that make it, weights 1/(v + tau²) with the network's
 * tau². The share of direct evidence is p = V_network / V_direct, and back-calculation gives
 *   indirect = (network − p · direct) / (1 − p), variance V_network / (1 − p); difference = direct − indirect.
 * p above 1 can come from multi-arm trials: then nothing is back-calculated. Source: Dias 2010; König 2013; netmeta. */
#include "evidence/network/network_internal.h"

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

/* Below this share, or this near to 1, there is no second source of evidence to compare with (netmeta's tol.direct). */
static const double SHARE_TOLERANCE = 0.0005;

/* Σw and Σwy of every pair (i < j at i + j n), effects i − j. */
static VgStatus direct_evidence(VgArena *arena, const VgNetwork *network, double tau2,
                                VgMatrix *weight, VgMatrix *mean, VgError *error)
{
    size_t n = network->n_treatments;
    *weight = vg_matrix_new(arena, n, n);
    *mean = vg_matrix_new(arena, n, n);
    if (!weight->data || !mean->data)
        return vg_fail_memory(error);
    for (size_t s = 0; s < network->n_trials; s++) {
        const VgNetworkTrial *trial = &network->trial[s];
        for (size_t a = 0; a < trial->n_arms; a++)
            for (size_t b = a + 1; b < trial->n_arms; b++) {
                double w = 1.0 / (vg_trial_variance(trial, a, b) + tau2);
                VG_AT(*weight, trial->arm[a], trial->arm[b]) += w;
                VG_AT(*mean, trial->arm[a], trial->arm[b]) += w * vg_trial_effect(trial, a, b);
            }
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            VG_AT(*mean, i, j) /= VG_AT(*weight, i, j);
    return VG_OK;
}

VgStatus vg_network_direct(VgArena *arena, const VgNetwork *network,
                           const VgNetworkEffects *effects, double tau2, VgNetworkSplit **split,
                           size_t *n_splits, VgError *error)
{
    size_t n = network->n_treatments, at = 0;
    VgMatrix weight, mean;
    VG_TRY(direct_evidence(arena, network, tau2, &weight, &mean, error));
    VgNetworkSplit *all = VG_NEW(arena, VgNetworkSplit, n * (n - 1) / 2);
    if (!all)
        return vg_fail_memory(error);
    const VgInference none =
        vg_network_inference((double)NAN, (double)NAN, effects->df, effects->level);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, at++) {
            VgNetworkSplit *one = &all[at];
            *one = (VgNetworkSplit){.first = i, .second = j, .proportion = (double)NAN};
            one->network = vg_network_contrast(effects, i, j);
            one->direct = one->indirect = one->difference = none;
            if (VG_AT(weight, i, j) > 0.0)
                one->direct =
                    vg_network_inference(VG_AT(mean, i, j), 1.0 / sqrt(VG_AT(weight, i, j)),
                                         effects->df, effects->level);
        }
    for (size_t e = 0; e < network->n_edges; e++) {
        size_t i = network->edge[e].first, j = network->edge[e].second;
        all[i * n - i * (i + 1) / 2 + (j - i - 1)].studies = network->edge[e].studies;
    }
    *split = all;
    *n_splits = at;
    return VG_OK;
}

VgStatus vg_network_split(VgArena *arena, const VgNetworkFit *fit, bool random,
                          VgNetworkSplit **split, size_t *n_splits, VgError *error)
{
    const VgNetworkEffects *effects = random ? &fit->random : &fit->common;
    VG_TRY(vg_network_direct(arena, fit->network, effects, random ? fit->tau2.tau2 : 0.0, split,
                             n_splits, error));
    for (size_t s = 0; s < *n_splits; s++) {
        VgNetworkSplit *one = &(*split)[s];
        double variance = one->network.se * one->network.se;
        double direct = one->studies ? one->direct.estimate : 0.0;
        one->proportion = one->studies ? variance / (one->direct.se * one->direct.se) : 0.0;
        if (one->proportion >= 1.0 - SHARE_TOLERANCE)
            continue;
        double rest = 1.0 - one->proportion;
        one->indirect =
            vg_network_inference((one->network.estimate - one->proportion * direct) / rest,
                                 one->network.se / sqrt(rest), effects->df, effects->level);
        if (one->proportion < SHARE_TOLERANCE)
            continue;
        one->difference = vg_network_inference(
            one->direct.estimate - one->indirect.estimate,
            sqrt(one->direct.se * one->direct.se + one->indirect.se * one->indirect.se),
            effects->df, effects->level);
    }
    return VG_OK;
}

VgStatus vg_network_funnel(VgArena *arena, const VgNetworkFit *fit, bool random,
                           const size_t *order, VgNetworkFunnelPoint **point, size_t *n_points,
                           VgError *error)
{
    const VgNetwork *network = fit->network;
    size_t n = network->n_treatments, total = 0, at = 0;
    size_t *rank = VG_NEW(arena, size_t, n);
    VgMatrix weight, mean;
    VG_TRY(direct_evidence(arena, network, random ? fit->tau2.tau2 : 0.0, &weight, &mean, error));
    for (size_t s = 0; s < network->n_trials; s++)
        total += network->trial[s].n_arms * (network->trial[s].n_arms - 1) / 2;
    VgNetworkFunnelPoint *all = VG_NEW(arena, VgNetworkFunnelPoint, total);
    if (!rank || !all)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        rank[i] = n;
    for (size_t i = 0; i < n; i++) {
        size_t treatment = order ? order[i] : i;
        if (treatment >= n || rank[treatment] != n)
            return vg_fail(error, VG_INVALID_INPUT,
                           "the order of treatments for the funnel names one twice or none",
                           "name every treatment of the network once");
        rank[treatment] = i;
    }
    for (size_t s = 0; s < network->n_trials; s++) {
        const VgNetworkTrial *trial = &network->trial[s];
        for (size_t a = 0; a < trial->n_arms; a++)
            for (size_t b = a + 1; b < trial->n_arms; b++) {
                size_t i = trial->arm[a], j = trial->arm[b];
                double sign = rank[i] < rank[j] ? 1.0 : -1.0;
                double effect = vg_trial_effect(trial, a, b);
                all[at++] = (VgNetworkFunnelPoint){trial->study,
                                                   sign > 0.0 ? i : j,
                                                   sign > 0.0 ? j : i,
                                                   sign * effect,
                                                   sign * (effect - VG_AT(mean, i, j)),
                                                   sqrt(vg_trial_variance(trial, a, b))};
            }
    }
    *point = all;
    *n_points = at;
    return VG_OK;
}
