/* Generalised least squares on a network.
 *
 * All that a model needs of the data are n × n matrices of treatments (graph Laplacians) and sums over trials:
 *   L_0 = Bᵀ W B,  L_1 = Bᵀ WHW B,  L_2 = Bᵀ WHWHW B,  W = (V + tau² H)⁻¹,
 * taken trial by trial with one Cholesky factor of (arms − 1)². A model X = B·D then has XᵀWX = Dᵀ L_0 D, whether D
 * drops the reference or spells treatments as components. Source: Rücker 2012; METHODS 8.4. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

double vg_trial_effect(const VgNetworkTrial *trial, size_t a, size_t b)
{
    return (a ? trial->effect[a - 1] : 0.0) - (b ? trial->effect[b - 1] : 0.0);
}

static double covariance_at(const VgNetworkTrial *trial, size_t a, size_t b)
{
    return a && b ? trial->covariance[(a - 1) + (b - 1) * (trial->n_arms - 1)] : 0.0;
}

double vg_trial_variance(const VgNetworkTrial *trial, size_t a, size_t b)
{
    return covariance_at(trial, a, a) + covariance_at(trial, b, b) -
           2.0 * covariance_at(trial, a, b);
}

VgNetworkQ vg_network_q(double q, double df)
{
    VgNetworkQ out = {q, df, df > 0.0 ? vg_chi_square_upper(q, df) : (double)NAN};
    return out;
}

VgStatus vg_gls_start(VgArena *arena, VgGls *gls, VgError *error)
{
    const VgNetwork *network = gls->network;
    size_t n = network->n_treatments, p = gls->basis.cols, most = 2;
    gls->arena = arena;
    gls->n_contrasts = 0;
    for (size_t s = 0; s < network->n_trials; s++) {
        if (gls->skip && gls->skip[network->trial[s].design])
            continue;
        gls->n_contrasts += network->trial[s].n_arms - 1;
        if (network->trial[s].n_arms > most)
            most = network->trial[s].n_arms;
    }
    size_t square;
    if (!vg_size_product(4 * most, most, &square))
        return vg_fail_memory(error);
    gls->gamma = VG_NEW(arena, double, p);
    gls->theta = VG_NEW(arena, double, n);
    gls->score = VG_NEW(arena, double, n);
    gls->node = VG_NEW(arena, double, n);
    gls->small = VG_NEW(arena, double, square);
    gls->vector = VG_NEW(arena, double, 4 * most);
    gls->covariance = vg_matrix_new(arena, p, p);
    gls->product = vg_matrix_new(arena, n, p);
    gls->solved = vg_matrix_new(arena, p, p);
    bool ok = gls->gamma && gls->theta && gls->score && gls->node && gls->small && gls->vector &&
              gls->covariance.data && gls->product.data && gls->solved.data;
    for (size_t d = 0; d < 3 && ok; d++) {
        gls->laplacian[d] = vg_matrix_new(arena, n, n);
        gls->reduced[d] = vg_matrix_new(arena, p, p);
        ok = gls->laplacian[d].data && gls->reduced[d].data;
    }
    return ok ? VG_OK : vg_fail_memory(error);
}

/* (V + tau² H)⁻¹ of a trial into w (r × r); returns log det. NaN unless positive definite. */
static double trial_weight(const VgNetworkTrial *trial, double tau2, double *w, double *scratch)
{
    size_t r = trial->n_arms - 1;
    double log_det;
    for (size_t j = 0; j < r; j++)
        for (size_t i = 0; i < r; i++)
            scratch[i + j * r] = trial->covariance[i + j * r] + (i == j ? tau2 : 0.5 * tau2);
    if (r == 1) {
        w[0] = 1.0 / scratch[0];
        return log(scratch[0]);
    }
    if (!vg_small_cholesky(r, scratch, &log_det))
        return (double)NAN;
    vg_small_lower_inverse(r, scratch, w);
    vg_small_gram_of_inverse(r, w, scratch);
    memcpy(w, scratch, r * r * sizeof *w);
    return log_det;
}

/* out = H a = ½ (a + 1 (1ᵀa)) */
static void times_heterogeneity(size_t r, const double *a, double *out)
{
    for (size_t j = 0; j < r; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < r; i++)
            sum += a[i + j * r];
        for (size_t i = 0; i < r; i++)
            out[i + j * r] = 0.5 * (a[i + j * r] + sum);
    }
}

/* laplacian += Bᵀ M B for one trial: row i of B is arm i + 1 minus arm 0. */
static void add_laplacian(VgMatrix laplacian, const VgNetworkTrial *trial, const double *m)
{
    size_t r = trial->n_arms - 1, base = trial->arm[0];
    double total = 0.0;
    for (size_t j = 0; j < r; j++) {
        double column = 0.0;
        for (size_t i = 0; i < r; i++) {
            VG_AT(laplacian, trial->arm[i + 1], trial->arm[j + 1]) += m[i + j * r];
            column += m[i + j * r];
        }
        VG_AT(laplacian, base, trial->arm[j + 1]) -= column;
        VG_AT(laplacian, trial->arm[j + 1], base) -= column;
        total += column;
    }
    VG_AT(laplacian, base, base) += total;
}

/* to += Bᵀ x for one trial */
static void add_nodes(double *to, const VgNetworkTrial *trial, const double *x)
{
    for (size_t i = 0; i + 1 < trial->n_arms; i++) {
        to[trial->arm[i + 1]] += x[i];
        to[trial->arm[0]] -= x[i];
    }
}

/* out = basisᵀ a basis */
static void congruence(const VgGls *gls, VgMatrix a, VgMatrix product, VgMatrix out)
{
    VgMatrix basis = gls->basis;
    size_t n = basis.rows, p = basis.cols;
    for (size_t j = 0; j < p; j++) {
        double *column = &VG_AT(product, 0, j);
        memset(column, 0, n * sizeof *column);
        for (size_t k = 0; k < n; k++) {
            double factor = VG_AT(basis, k, j);
            if (factor == 0.0)
                continue;
            const double *from = &VG_AT(a, 0, k);
            for (size_t i = 0; i < n; i++)
                column[i] += factor * from[i];
        }
    }
    for (size_t i = 0; i < p; i++) {
        const double *left = &VG_AT(basis, 0, i);
        for (size_t j = 0; j < p; j++)
            VG_AT(out, i, j) = 0.0;
        for (size_t k = 0; k < n; k++)
            if (left[k] != 0.0)
                for (size_t j = 0; j <= i; j++)
                    VG_AT(out, i, j) += left[k] * VG_AT(product, k, j);
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++)
            VG_AT(out, j, i) = VG_AT(out, i, j);
}

static bool takes_part(const VgGls *gls, const VgNetworkTrial *trial)
{
    return !(gls->skip && gls->skip[trial->design]);
}

/* First pass: Laplacians, score and determinants. */
static bool accumulate(VgGls *gls, double tau2, bool derivatives)
{
    const VgNetwork *network = gls->network;
    size_t n = network->n_treatments;
    for (int d = 0; d < (derivatives ? 3 : 1); d++)
        memset(gls->laplacian[d].data, 0, n * n * sizeof(double));
    memset(gls->score, 0, n * sizeof(double));
    gls->log_det_v = gls->trace_wh = gls->trace_whwh = 0.0;
    for (size_t s = 0; s < network->n_trials; s++) {
        const VgNetworkTrial *trial = &network->trial[s];
        if (!takes_part(gls, trial))
            continue;
        size_t r = trial->n_arms - 1, square = r * r;
        double *w = gls->small, *hw = w + square, *whw = hw + square, *next = whw + square;
        double log_det = trial_weight(trial, tau2, w, hw);
        if (isnan(log_det))
            return false;
        gls->log_det_v += log_det;
        add_laplacian(gls->laplacian[0], trial, w);
        for (size_t i = 0; i < r; i++) {
            gls->vector[i] = 0.0;
            for (size_t j = 0; j < r; j++)
                gls->vector[i] += w[i + j * r] * trial->effect[j];
        }
        add_nodes(gls->score, trial, gls->vector);
        if (!derivatives)
            continue;
        times_heterogeneity(r, w, hw);
        vg_small_product(r, w, hw, whw);
        add_laplacian(gls->laplacian[1], trial, whw);
        for (size_t i = 0; i < r; i++) {
            gls->trace_wh += hw[i + i * r];
            for (size_t j = 0; j < r; j++)
                gls->trace_whwh += hw[i + j * r] * hw[j + i * r];
        }
        times_heterogeneity(r, whw, hw);
        vg_small_product(r, w, hw, next);
        add_laplacian(gls->laplacian[2], trial, next);
    }
    return true;
}

/* Second pass: residual forms. */
static void residual_forms(VgGls *gls, double tau2, bool derivatives)
{
    const VgNetwork *network = gls->network;
    size_t n = network->n_treatments;
    double rwhwr = 0.0, rwhwhwr = 0.0;
    gls->rss = 0.0;
    memset(gls->node, 0, n * sizeof(double));
    for (size_t s = 0; s < network->n_trials; s++) {
        const VgNetworkTrial *trial = &network->trial[s];
        if (!takes_part(gls, trial))
            continue;
        size_t r = trial->n_arms - 1, square = r * r;
        double *w = gls->small, *scratch = w + square;
        double *residual = gls->vector, *wr = residual + r, *hwr = wr + r, *whwr = hwr + r;
        (void)trial_weight(trial, tau2, w, scratch);
        for (size_t i = 0; i < r; i++)
            residual[i] =
                trial->effect[i] - (gls->theta[trial->arm[i + 1]] - gls->theta[trial->arm[0]]);
        for (size_t i = 0; i < r; i++) {
            wr[i] = 0.0;
            for (size_t j = 0; j < r; j++)
                wr[i] += w[i + j * r] * residual[j];
            gls->rss += residual[i] * wr[i];
        }
        if (!derivatives)
            continue;
        double sum = 0.0;
        for (size_t i = 0; i < r; i++)
            sum += wr[i];
        for (size_t i = 0; i < r; i++) {
            hwr[i] = 0.5 * (wr[i] + sum);
            rwhwr += wr[i] * hwr[i];
        }
        for (size_t i = 0; i < r; i++) {
            whwr[i] = 0.0;
            for (size_t j = 0; j < r; j++)
                whwr[i] += w[i + j * r] * hwr[j];
            rwhwhwr += hwr[i] * whwr[i];
        }
        add_nodes(gls->node, trial, whwr);
    }
    if (!derivatives)
        return;
    /* yᵀPHPHPy = uᵀPu with u = HWr: uᵀWu − gᵀ (XᵀWX)⁻¹ g, g = XᵀWu */
    size_t p = gls->basis.cols;
    double correction = 0.0;
    for (size_t i = 0; i < p; i++) {
        double g_i = 0.0;
        for (size_t k = 0; k < n; k++)
            g_i += VG_AT(gls->basis, k, i) * gls->node[k];
        VG_AT(gls->product, 0, i) = g_i;
    }
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            correction += VG_AT(gls->product, 0, i) * VG_AT(gls->covariance, i, j) *
                          VG_AT(gls->product, 0, j);
    gls->yphpy = rwhwr;
    gls->yphphpy = rwhwhwr - correction;
}

static double trace_of_product(VgMatrix a, VgMatrix b)
{
    double sum = 0.0;
    for (size_t j = 0; j < a.cols; j++)
        for (size_t i = 0; i < a.rows; i++)
            sum += VG_AT(a, i, j) * VG_AT(b, j, i);
    return sum;
}

static void traces(VgGls *gls)
{
    size_t p = gls->basis.cols;
    congruence(gls, gls->laplacian[1], gls->product, gls->reduced[1]);
    congruence(gls, gls->laplacian[2], gls->product, gls->reduced[2]);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < p; i++) {
            double sum = 0.0;
            for (size_t k = 0; k < p; k++)
                sum += VG_AT(gls->covariance, k, i) * VG_AT(gls->reduced[1], k, j);
            VG_AT(gls->solved, i, j) = sum;
        }
    double first = 0.0;
    for (size_t i = 0; i < p; i++)
        first += VG_AT(gls->solved, i, i);
    gls->trace_ph = gls->trace_wh - first;
    gls->trace_phph = gls->trace_whwh - 2.0 * trace_of_product(gls->covariance, gls->reduced[2]) +
                      trace_of_product(gls->solved, gls->solved);
}

VgStatus vg_gls_fit(VgGls *gls, double tau2, bool derivatives, VgError *error)
{
    size_t n = gls->network->n_treatments, p = gls->basis.cols;
    if (!accumulate(gls, tau2, derivatives))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the covariance of a trial's contrasts is not positive definite",
                       "check the standard errors of multi-arm trials");
    congruence(gls, gls->laplacian[0], gls->product, gls->reduced[0]);
    vg_matrix_copy(gls->reduced[0], gls->covariance);
    if (p && !vg_cholesky(gls->covariance))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the effects of the network are not determined by its trials",
                       "leave out treatments that no other is compared with");
    gls->log_det_information = p ? vg_cholesky_log_determinant(gls->covariance) : 0.0;
    for (size_t j = 0; j < p; j++) {
        double sum = 0.0;
        for (size_t k = 0; k < n; k++)
            sum += VG_AT(gls->basis, k, j) * gls->score[k];
        gls->gamma[j] = sum;
    }
    if (p) {
        vg_cholesky_solve(gls->covariance, gls->gamma);
        vg_cholesky_invert(gls->covariance);
    }
    for (size_t k = 0; k < n; k++) {
        gls->theta[k] = 0.0;
        for (size_t j = 0; j < p; j++)
            gls->theta[k] += VG_AT(gls->basis, k, j) * gls->gamma[j];
    }
    if (derivatives)
        traces(gls);
    residual_forms(gls, tau2, derivatives);
    return VG_OK;
}

VgStatus vg_gls_design_log_determinant(VgGls *gls, double *out, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(gls->arena);
    size_t n = gls->network->n_treatments, p = gls->basis.cols;
    VgMatrix counts = vg_matrix_new(gls->arena, n, n);
    VgMatrix cross = vg_matrix_new(gls->arena, p, p);
    if (!counts.data || !cross.data)
        return vg_fail_memory(error);
    for (size_t s = 0; s < gls->network->n_trials; s++) {
        const VgNetworkTrial *trial = &gls->network->trial[s];
        if (!takes_part(gls, trial))
            continue;
        size_t r = trial->n_arms - 1;
        for (size_t i = 0; i < r * r; i++)
            gls->small[i] = i % (r + 1) == 0 ? 1.0 : 0.0;
        add_laplacian(counts, trial, gls->small);
    }
    congruence(gls, counts, gls->product, cross);
    *out = p && vg_cholesky(cross) ? vg_cholesky_log_determinant(cross) : 0.0;
    vg_arena_rewind(gls->arena, mark);
    return VG_OK;
}

/* ---- answers ---- */

VgInference vg_network_inference(double estimate, double se, double df, double level)
{
    double quantile = vg_t_quantile(0.5 + 0.5 * level, df);
    VgInference out = {.estimate = estimate, .se = se, .df = df};
    out.statistic = estimate / se;
    out.p = isnan(out.statistic) ? (double)NAN : vg_t_two_sided(out.statistic, df);
    out.lower = estimate - quantile * se;
    out.upper = estimate + quantile * se;
    return out;
}

VgStatus vg_gls_effects(const VgGls *gls, VgArena *arena, double df, double level,
                        VgNetworkEffects *effects, VgError *error)
{
    size_t n = gls->network->n_treatments, p = gls->basis.cols;
    effects->n_treatments = n;
    effects->df = df;
    effects->level = level;
    effects->estimate = vg_matrix_new(arena, n, n);
    effects->se = vg_matrix_new(arena, n, n);
    VgMatrix half = vg_matrix_new(arena, n, p), full = vg_matrix_new(arena, n, n);
    if (!effects->estimate.data || !effects->se.data || !half.data || !full.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++) {
            double c = VG_AT(gls->covariance, k, j);
            for (size_t i = 0; i < n; i++)
                VG_AT(half, i, j) += VG_AT(gls->basis, i, k) * c;
        }
    for (size_t k = 0; k < p; k++)
        for (size_t j = 0; j < n; j++) {
            double b = VG_AT(gls->basis, j, k);
            if (b != 0.0)
                for (size_t i = 0; i < n; i++)
                    VG_AT(full, i, j) += VG_AT(half, i, k) * b;
        }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++) {
            if (i == j)
                continue;
            double variance =
                VG_AT(full, i, i) + VG_AT(full, j, j) - VG_AT(full, i, j) - VG_AT(full, j, i);
            VG_AT(effects->estimate, i, j) = gls->theta[i] - gls->theta[j];
            VG_AT(effects->se, i, j) = sqrt(fmax(0.0, variance));
        }
    return VG_OK;
}
