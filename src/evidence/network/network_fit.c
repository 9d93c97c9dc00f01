/* The network model: common and random effects of all treatments, prediction, ranking.
 *
 * Prediction interval of a new study: estimate ± t_df √(se² + tau²), df of Q (netmeta's method "V"). P-score of i: mean
 * over j of Φ((benefit_i − benefit_j) / se_ij). I² and its interval from Q (Higgins & Thompson 2002, as in R's meta).
 * Source: Rücker 2012; Rücker & Schwarzer 2015; METHODS 8.4. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

VgStatus vg_network_basis(VgArena *arena, const VgNetwork *network, size_t reference,
                          VgMatrix *basis, VgError *error)
{
    size_t n = network->n_treatments, p = n - network->n_parts, column = 0;
    *basis = vg_matrix_new(arena, n, p);
    bool *has_reference = VG_NEW(arena, bool, network->n_parts);
    if (!basis->data || !has_reference)
        return vg_fail_memory(error);
    if (reference < n)
        has_reference[network->node[reference].part] = true;
    for (size_t i = 0; i < n; i++) {
        size_t part = network->node[i].part;
        if (i == reference)
            continue;
        if (!has_reference[part]) {
            has_reference[part] = true;
            continue;
        }
        VG_AT(*basis, i, column++) = 1.0;
    }
    return VG_OK;
}

/* H² = Q/df; se of log H for Q > k and below (Higgins & Thompson 2002, their k − 1 is df). */
static void i_squared(VgNetworkFit *fit, double level)
{
    double q = fit->q.q, df = fit->q.df, k = df + 1.0;
    fit->i2 = fit->i2_lower = fit->i2_upper = (double)NAN;
    if (df <= 0.0)
        return;
    fit->i2 = fmax(0.0, 1.0 - df / q);
    if (df < 2.0 && q <= k)
        return;
    double log_h = 0.5 * log(fmax(1.0, q / df));
    double se = q > k ? 0.5 * (log(q) - log(df)) / (sqrt(2.0 * q) - sqrt(2.0 * k - 3.0))
                      : sqrt(1.0 / (2.0 * (k - 2.0)) * (1.0 - 1.0 / (3.0 * (k - 2.0) * (k - 2.0))));
    double z = vg_normal_quantile(0.5 + 0.5 * level);
    double lower = exp(2.0 * (log_h - z * se)), upper = exp(2.0 * (log_h + z * se));
    fit->i2_lower = fmax(0.0, 1.0 - 1.0 / fmax(1.0, lower));
    fit->i2_upper = fmax(0.0, 1.0 - 1.0 / fmax(1.0, upper));
}

static VgStatus choose_reference(VgArena *arena, const VgNetwork *network, const char *name,
                                 size_t *reference, VgError *error)
{
    *reference = 0;
    if (!name)
        return VG_OK;
    *reference = vg_network_treatment(network, name);
    if (*reference < network->n_treatments)
        return VG_OK;
    const char **names = VG_NEW(arena, const char *, network->n_treatments);
    if (!names)
        return vg_fail_memory(error);
    for (size_t i = 0; i < network->n_treatments; i++)
        names[i] = network->node[i].name;
    const char *near = vg_nearest(name, names, network->n_treatments);
    char *list = vg_network_join(arena, names, network->n_treatments, 12);
    if (!list)
        return vg_fail_memory(error);
    return vg_fail(error, VG_INVALID_INPUT,
                   "the reference \"%s\" is not in the network%s%s%s; it has %s",
                   "name one of the treatments as the table spells it", name,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "", list);
}

VgStatus vg_network_fit(VgArena *arena, const VgNetwork *network, const VgNetworkOptions *options,
                        VgNetworkFit **out, VgError *error)
{
    VgNetworkOptions none = {0};
    options = options ? options : &none;
    double level = options->level > 0.0 ? options->level : 0.95;
    if (!(level < 1.0))
        return vg_fail(error, VG_INVALID_INPUT, "the level of confidence is %g",
                       "give a number between 0 and 1, such as 0.95", level);
    VgNetworkFit *fit = VG_NEW(arena, VgNetworkFit, 1);
    if (!fit)
        return vg_fail_memory(error);
    fit->network = network;
    VG_TRY(choose_reference(arena, network, options->reference, &fit->reference, error));
    if (network->n_parts > 1)
        return vg_network_refuse_disconnected(arena, network, error);
    VgGls gls = {.network = network};
    VG_TRY(vg_network_basis(arena, network, fit->reference, &gls.basis, error));
    VG_TRY(vg_gls_start(arena, &gls, error));
    VG_TRY(vg_gls_tau2(&gls, options->tau2, options->tau2_fixed, &fit->tau2, &fit->q, error));
    double df = options->t_test ? fit->q.df : (double)INFINITY;
    if (options->t_test && df < 1.0)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "no degrees of freedom are left for t tests in this network",
                       "take --test z");
    VG_TRY(vg_gls_effects(&gls, arena, df, level, &fit->random, error));
    VG_TRY(vg_gls_fit(&gls, 0.0, false, error));
    VG_TRY(vg_gls_effects(&gls, arena, df, level, &fit->common, error));
    i_squared(fit, level);
    *out = fit;
    return VG_OK;
}

VgInference vg_network_contrast(const VgNetworkEffects *effects, size_t a, size_t b)
{
    return vg_network_inference(VG_AT(effects->estimate, a, b), VG_AT(effects->se, a, b),
                                effects->df, effects->level);
}

VgNetworkInterval vg_network_interval(const VgNetworkEffects *random, double tau2, double df,
                                      size_t a, size_t b)
{
    VgNetworkInterval out = {(double)NAN, (double)NAN, df};
    if (df < 2.0 || a == b)
        return out;
    double se = VG_AT(random->se, a, b), estimate = VG_AT(random->estimate, a, b);
    double half = vg_t_quantile(0.5 + 0.5 * random->level, df) * sqrt(se * se + tau2);
    out.lower = estimate - half;
    out.upper = estimate + half;
    return out;
}

VgNetworkInterval vg_network_prediction(const VgNetworkFit *fit, size_t a, size_t b)
{
    return vg_network_interval(&fit->random, fit->tau2.tau2, fit->q.df, a, b);
}

void vg_network_p_scores(const VgNetworkEffects *effects, bool small_is_good, double *score)
{
    size_t n = effects->n_treatments;
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        size_t others = 0;
        for (size_t j = 0; j < n; j++) {
            if (i == j)
                continue;
            double t = VG_AT(effects->estimate, i, j) / VG_AT(effects->se, i, j);
            if (isnan(t))
                continue;
            double half = 0.5 * vg_t_two_sided(t, effects->df);
            bool better = small_is_good ? t < 0.0 : t > 0.0;
            sum += better ? 1.0 - half : half;
            others++;
        }
        score[i] = others ? sum / (double)others : (double)NAN;
    }
}
