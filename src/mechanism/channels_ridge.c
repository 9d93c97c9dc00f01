/* Ridge regression of the outcome on all markers, from cross-products.
 *
 * What (1, A, C) leave: R = markers' correlations with eigenvalues d, eigenvectors V, z = V'g with g the markers' (SD 1)
 * cross-products with the outcome, yy its sum of squares, ν its df. The penalty τ ν makes the coefficients V (z/(ν d + τ ν)); it maximises the
 * restricted likelihood of y = M u + e, u ~ N(0, σ²/(τ ν)):
 *   −2ℓ = ν log(yy − Σ z²/(ν d + τ ν)) + Σ log(1 + d/τ). */
#include "mechanism/channels_ridge.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "numeric/root.h"

static const double LEAST = -9, MOST = 9; /* log τ */
enum { GRID = 73 };

typedef struct Spectrum {
    size_t m;
    const double *d, *z;
    double yy, nu;
} Spectrum;

static double deviance(const Spectrum *p, double log_tau)
{
    double tau = exp(log_tau), rest = p->yy, log_det = 0;
    for (size_t j = 0; j < p->m; j++) {
        double d = fmax(p->d[j], 0);
        rest -= p->z[j] * p->z[j] / (p->nu * (d + tau));
        log_det += log1p(d / tau);
    }
    return p->nu * log(fmax(rest, 1e-300)) + log_det;
}

/* Its derivative by log τ. */
static double slope(double log_tau, const void *context)
{
    const Spectrum *p = context;
    double tau = exp(log_tau), rest = p->yy, fall = 0, less = 0;
    for (size_t j = 0; j < p->m; j++) {
        double d = fmax(p->d[j], 0), share = p->z[j] * p->z[j] / (p->nu * (d + tau));
        rest -= share;
        fall += share * tau / (d + tau);
        less += d / (d + tau);
    }
    return p->nu * fall / rest - less;
}

/* Least point of a grid, then the zero of the derivative between its neighbours. */
static double best_penalty(const Spectrum *p)
{
    const double step = (MOST - LEAST) / (GRID - 1);
    double best = LEAST, least = INFINITY;
    for (size_t k = 0; k < GRID; k++) {
        double at = LEAST + step * (double)k, value = deviance(p, at);
        if (value < least) {
            least = value;
            best = at;
        }
    }
    double low = fmax(best - step, LEAST), high = fmin(best + step, MOST), root;
    return exp(vg_root(slope, p, low, high, &root) ? root : best);
}

/* Each channel's part to SD 1 within arms; w: coefficients of the markers at SD 1. */
static bool scale_parts(const VgChannelsProblem *p, VgMatrix r, const double *sd, const double *w,
                        size_t *member, double *weight)
{
    const VgEquations *e = &p->equations;
    for (size_t k = 0; k < p->terms; k++) {
        size_t n = vg_channels_members(p, k, member);
        double variance = 0;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                variance += w[member[a]] * w[member[b]] * VG_AT(r, member[a], member[b]);
        if (n > 1 && !(variance > 0))
            return false;
        for (size_t a = 0; a < n; a++)
            weight[member[a]] = n > 1 ? w[member[a]] / sqrt(variance) / sd[member[a]]
                                      : e->scale[vg_mediator_column(e, member[a])];
    }
    return true;
}

VgStatus vg_channels_ridge_weights(VgArena *scratch, const VgChannelsProblem *p, const double *s,
                                   double *work, double *weight, double *penalty, bool *learnt,
                                   VgError *error)
{
    const VgEquations *e = &p->equations;
    size_t m = p->data->markers.cols, y = vg_outcome_column(e, 0), width = e->width;
    VgMatrix r = vg_matrix_new(scratch, m, m), v = vg_matrix_new(scratch, m, m);
    double *all = VG_NEW(scratch, double, 5 * m);
    size_t *member = VG_NEW(scratch, size_t, m);
    if (!r.data || !v.data || !all || !member)
        return vg_fail_memory(error);
    double *sd = all, *d = all + m, *z = all + 2 * m, *g = all + 3 * m, *w = all + 4 * m;
    double nu = s[0] - (double)e->base;
    *learnt = false;
    memcpy(work, s, width * width * sizeof *s);
    vg_diagonal(e, work, work + width * width);
    if (!vg_sweep(e, 0, e->base, work + width * width, work))
        return VG_OK;
    for (size_t j = 0; j < m; j++) {
        sd[j] = vg_channels_residual_sd(p, work, j, nu);
        if (!(sd[j] > 0))
            return VG_OK;
    }
    for (size_t j = 0; j < m; j++) {
        const double *row = work + vg_mediator_column(e, j) * width;
        g[j] = row[y] / sd[j];
        for (size_t l = 0; l < m; l++)
            VG_AT(r, j, l) = row[vg_mediator_column(e, l)] / (nu * sd[j] * sd[l]);
    }
    vg_matrix_copy(r, v);
    VG_TRY(vg_symmetric_eigen(scratch, v, d, error));
    for (size_t k = 0; k < m; k++)
        for (size_t j = 0; j < m; j++)
            z[k] += VG_AT(v, j, k) * g[j];
    Spectrum spectrum = {m, d, z, work[y * width + y], nu};
    *penalty = best_penalty(&spectrum);
    for (size_t k = 0; k < m; k++)
        for (size_t j = 0; j < m; j++)
            w[j] += VG_AT(v, j, k) * z[k] / (nu * (fmax(d[k], 0) + *penalty));
    *learnt = scale_parts(p, r, sd, w, member, weight);
    return VG_OK;
}
