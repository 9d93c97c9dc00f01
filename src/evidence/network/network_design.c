/* Design-by-treatment decomposition of Cochran's Q.
 *
 * Every design (set of treatments) is pooled by itself: y_d = (ΣW)⁻¹ΣWy, V_d = (ΣW)⁻¹. What the trials differ from
 * their own design is Q within; what the designs differ from the network is Q between, the Q of a network with one trial
 * a design. Detaching a design leaves it out of the latter. The random version takes tau² within designs, the
 * generalised DerSimonian–Laird estimate of the full design-by-treatment interaction model, into all weights.
 * Source: Krahn, Binder & König 2013; Jackson, White & Riley 2012; Higgins 2012. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"

/* One design's pooled contrasts: a GLS of its own trials, whose basis is its arms without the first. */
typedef struct Pooled {
    VgGls gls;
    VgNetwork own;
} Pooled;

static VgStatus pool_design(VgArena *arena, const VgNetwork *network, size_t design, double tau2,
                            bool derivatives, Pooled *out, VgError *error)
{
    const VgNetworkDesign *d = &network->design[design];
    VgNetworkTrial *trial = VG_NEW(arena, VgNetworkTrial, d->studies);
    size_t *arm = VG_NEW(arena, size_t, d->n_arms), n = 0;
    if (!trial || !arm)
        return vg_fail_memory(error);
    for (size_t a = 0; a < d->n_arms; a++)
        arm[a] = a;
    for (size_t s = 0; s < network->n_trials; s++)
        if (network->trial[s].design == design) {
            trial[n] = network->trial[s];
            trial[n].arm = arm;
            trial[n++].design = 0;
        }
    out->own = (VgNetwork){
        .n_treatments = d->n_arms, .n_trials = n, .trial = trial, .n_parts = 1, .n_designs = 1};
    out->gls = (VgGls){.network = &out->own};
    out->gls.basis = vg_matrix_new(arena, d->n_arms, d->n_arms - 1);
    if (!out->gls.basis.data)
        return vg_fail_memory(error);
    for (size_t a = 1; a < d->n_arms; a++)
        VG_AT(out->gls.basis, a, a - 1) = 1.0;
    VG_TRY(vg_gls_start(arena, &out->gls, error));
    return vg_gls_fit(&out->gls, tau2, derivatives, error);
}

VgStatus vg_network_by_design(VgArena *arena, const VgNetwork *network, double tau2,
                              VgNetwork **by_design, double *q_within, VgError *error)
{
    VgNetwork *out = VG_NEW(arena, VgNetwork, 1);
    VgNetworkTrial *trial = VG_NEW(arena, VgNetworkTrial, network->n_designs);
    if (!out || !trial)
        return vg_fail_memory(error);
    *out = *network;
    *q_within = 0.0;
    out->n_trials = network->n_designs;
    out->trial = trial;
    out->n_contrasts = 0;
    for (size_t d = 0; d < network->n_designs; d++) {
        Pooled pooled;
        VG_TRY(pool_design(arena, network, d, tau2, false, &pooled, error));
        trial[d] = (VgNetworkTrial){network->design[d].name,      0,
                                    network->design[d].n_arms,    d,
                                    network->design[d].treatment, pooled.gls.gamma,
                                    pooled.gls.covariance.data};
        out->n_contrasts += network->design[d].n_arms - 1;
        *q_within += pooled.gls.rss;
    }
    *by_design = out;
    return VG_OK;
}

/* Q between designs, without the one that is detached (n_designs: none). df NaN when leaving it out disconnects. */
static VgStatus between_designs(VgArena *arena, const VgNetwork *by_design, size_t detached,
                                VgNetworkQ *out, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    *out = (VgNetworkQ){(double)NAN, (double)NAN, (double)NAN};
    bool *skip = VG_NEW(arena, bool, by_design->n_designs);
    size_t *part = VG_NEW(arena, size_t, by_design->n_treatments);
    if (!skip || !part)
        return vg_fail_memory(error);
    if (detached < by_design->n_designs)
        skip[detached] = true;
    if (vg_network_parts(by_design, skip, part) == 1) {
        VgGls gls = {.network = by_design, .skip = skip};
        VG_TRY(vg_network_basis(arena, by_design, 0, &gls.basis, error));
        VG_TRY(vg_gls_start(arena, &gls, error));
        VG_TRY(vg_gls_fit(&gls, 0.0, false, error));
        *out = vg_network_q(gls.rss, (double)gls.n_contrasts - (double)gls.basis.cols);
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_network_decompose(VgArena *arena, const VgNetworkFit *fit, VgNetworkDecomposition **out,
                              VgError *error)
{
    const VgNetwork *network = fit->network;
    VgNetworkDecomposition *d = VG_NEW(arena, VgNetworkDecomposition, 1);
    VgNetwork *by_design, *by_design_random;
    double q_within, ignored, trace = 0.0, df_within = 0.0, total_within = 0.0;
    if (!d)
        return vg_fail_memory(error);
    d->design = VG_NEW(arena, VgNetworkDesignQ, network->n_designs);
    if (!d->design)
        return vg_fail_memory(error);
    VG_TRY(vg_network_by_design(arena, network, 0.0, &by_design, &q_within, error));
    for (size_t i = 0; i < network->n_designs; i++) {
        VgArenaMark mark = vg_arena_mark(arena);
        Pooled pooled;
        VG_TRY(pool_design(arena, network, i, 0.0, true, &pooled, error));
        double df = (double)pooled.gls.n_contrasts - (double)pooled.gls.basis.cols;
        d->design[i].within = vg_network_q(pooled.gls.rss, df);
        trace += pooled.gls.trace_ph;
        df_within += df;
        total_within += pooled.gls.rss;
        vg_arena_rewind(arena, mark);
    }
    d->total = fit->q;
    d->within = vg_network_q(total_within, df_within);
    VG_TRY(between_designs(arena, by_design, network->n_designs, &d->between, error));
    for (size_t i = 0; i < network->n_designs; i++)
        VG_TRY(between_designs(arena, by_design, i, &d->design[i].detached, error));
    double tau2 = df_within > 0.0 ? fmax(0.0, (total_within - df_within) / trace) : 0.0;
    d->tau_within = sqrt(tau2);
    VG_TRY(vg_network_by_design(arena, network, tau2, &by_design_random, &ignored, error));
    VG_TRY(between_designs(arena, by_design_random, network->n_designs, &d->between_random, error));
    *out = d;
    return VG_OK;
}
