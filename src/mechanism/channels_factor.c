/* Factor scores: the one common factor behind what treatment and covariates leave of a channel's markers.
 *
 * With loadings l and uniquenesses ψ of the standardised residuals the score Σ (l/ψ) z / SD is the best linear
 * predictor of the factor, up to a scale that cancels in α β. A model that a resample cannot bear (the markers hardly
 * correlate) makes that resample a failed one. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "model/one_factor.h"
#include "numeric/distributions.h"

static VgStatus no_factor(const VgChannelsProblem *p, size_t marker, const char *why,
                          VgError *error)
{
    const char *const *name = p->data->channel_name;
    return vg_fail(error, VG_NOT_ESTIMABLE, "the markers of %s hold no common factor: %s",
                   "turn a marker round that runs against the others, or take the score mean, "
                   "component or markers",
                   name ? name[p->term[marker]] : "a channel", why);
}

static VgStatus fit_factor(VgArena *scratch, const VgChannelsProblem *p, const double *swept,
                           const size_t *member, size_t n, VgOneFactor *factor, VgError *error)
{
    VgMatrix r = vg_channels_correlations(scratch, p, swept, member, n);
    if (!r.data)
        return vg_fail_memory(error);
    if (n == 2 && !(VG_AT(r, 0, 1) > 0))
        return no_factor(p, member[0], "two markers whose correlation within arms is not positive",
                         error);
    VG_TRY(vg_one_factor(scratch, r, factor, error));
    return factor->certified && factor->determinacy > 0
               ? VG_OK
               : no_factor(p, member[0], "the likelihood has no maximum", error);
}

VgStatus vg_channels_factor_weights(VgArena *scratch, const VgChannelsProblem *p,
                                    const double *swept, const size_t *member, size_t n, double nu,
                                    double *weight, VgError *error)
{
    VgOneFactor factor;
    VG_TRY(fit_factor(scratch, p, swept, member, n, &factor, error));
    for (size_t a = 0; a < n; a++) {
        double sign = p->data->sign ? p->data->sign[member[a]] : 1;
        weight[member[a]] = sign * factor.loading[a] / factor.uniqueness[a] /
                            vg_channels_residual_sd(p, swept, member[a], nu);
    }
    return VG_OK;
}

/* Bartlett's corrected likelihood ratio, as factanal. */
static void test_of_fit(const VgOneFactor *factor, double n, size_t m, VgChannelFactor *told)
{
    double k = (double)m;
    told->df = ((k - 1) * (k - 1) - k - 1) / 2;
    told->statistic = told->p = NAN;
    if (!(told->df > 0))
        return;
    told->statistic = (n - 1 - (2 * k + 5) / 6 - 2.0 / 3) * factor->discrepancy;
    told->p = vg_chi_square_upper(told->statistic, told->df);
}

VgStatus vg_channels_factors(VgArena *arena, const VgChannelsProblem *p, const double *s,
                             double *work, VgChannels *fit, VgError *error)
{
    const VgEquations *e = &p->equations;
    size_t m = p->data->markers.cols;
    if (p->options->score != VG_CHANNEL_FACTOR || p->by_marker)
        return VG_OK;
    fit->factor = VG_NEW(arena, VgChannelFactor, p->terms);
    fit->loading = VG_NEW(arena, double, m);
    size_t *member = VG_NEW(arena, size_t, m);
    if (!fit->factor || !fit->loading || !member)
        return vg_fail_memory(error);
    memcpy(work, s, e->width * e->width * sizeof *s);
    vg_diagonal(e, work, work + e->width * e->width);
    if (!vg_sweep(e, 0, e->base, work + e->width * e->width, work))
        return no_factor(p, 0, "markers depend on treatment and covariates", error);
    for (size_t k = 0; k < p->terms; k++) {
        VgChannelFactor *told = &fit->factor[k];
        size_t n = vg_channels_members(p, k, member);
        *told = (VgChannelFactor){NAN, NAN, NAN, NAN, NAN, false};
        fit->loading[member[0]] = 1;
        if (n < 2)
            continue;
        VgOneFactor factor;
        VG_TRY(fit_factor(arena, p, work, member, n, &factor, error));
        told->omega = factor.omega;
        told->determinacy = factor.determinacy;
        told->at_bound = factor.at_bound;
        /* df n - p + 1 are the size a sample without covariates would have */
        test_of_fit(&factor, s[0] - (double)e->base + 1, n, told);
        for (size_t a = 0; a < n; a++)
            fit->loading[member[a]] = factor.loading[a];
    }
    return VG_OK;
}
