/* Cyclic coordinate descent over the members of the working set.
 *
 * Coordinate k of ½ Σ v (z − x'a)² + λ Σ f [(1 − α)/2 a² + α|a|] has its minimum at S(g_k + h_k a_k, λ α f_k) / (h_k + λ(1 − α) f_k), S the
 * soft threshold, g = X'r, h_k = Σ v x_k². Two ways to keep g:
 *
 *   naive       g_k is a dot product of n terms when its turn comes, r loses δ v x_k when a_k moves by δ;
 *   covariance  all members' g lose δ X'Vx_k when a_k moves: nothing of length n, O(1) for a coefficient that stays.
 *
 * Between passes over all members only the non-zero ones are gone through. Where these take long to settle with their signs
 * fixed, the linear system they solve is solved outright (and the step cut where a sign would change). */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/elastic_net_internal.h"
#include "numeric/linear_algebra.h"
#include "numeric/wide.h"

static inline double minimiser(const VgNet *net, double lambda, size_t k, double u)
{
    double f = lambda * net->factor[k], excess = fabs(u) - net->alpha * f;
    double best = excess > 0 ? copysign(excess, u) / (net->h[k] + (1 - net->alpha) * f) : 0;
    return fmin(fmax(best, net->lower[k]), net->upper[k]);
}

/* ---- naive ---- */

VG_WIDE static void take_out(double *restrict r, double by, const double *restrict v,
                             const double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        r[i] -= by * v[i] * x[i];
}

/* One pass over these members (by position); the largest gain h δ². */
static double naive_pass(VgNet *net, double lambda, const size_t *position, size_t count)
{
    double most = 0;
    for (size_t s = 0; s < count; s++) {
        size_t k = net->members.column[position ? position[s] : s];
        const double *x = &VG_AT(net->x, 0, k);
        double g = cblas_ddot((int)net->n, x, 1, net->r, 1);
        double new = minimiser(net, lambda, k, g + net->h[k] * net->a[k]), by = new - net->a[k];
        if (by == 0)
            continue;
        net->a[k] = new;
        most = fmax(most, net->h[k] * by * by);
        if (net->v)
            take_out(net->r, by, net->v, x, net->n);
        else
            cblas_daxpy((int)net->n, -by, x, 1, net->r, 1);
    }
    return most;
}

/* ---- covariance ---- */

static VgStatus hold_gram(VgNet *net, VgError *error)
{
    VgNetMembers *m = &net->members;
    if (m->count <= m->capacity)
        return VG_OK;
    size_t capacity = m->count <= net->q / 2 ? m->count * 2 : net->q;
    double *gram = vg_arena_alloc_raw(net->scratch, capacity, capacity * sizeof *gram);
    if (!gram)
        return vg_fail_memory(error);
    for (size_t s = 0; s < m->gram_count; s++)
        memcpy(gram + s * capacity, m->gram + s * m->capacity, m->gram_count * sizeof *gram);
    m->gram = gram;
    m->capacity = capacity;
    return VG_OK;
}

/* Cross-products of the members that have none yet. */
static VgStatus extend_gram(VgNet *net, VgError *error)
{
    VgNetMembers *m = &net->members;
    VG_TRY(hold_gram(net, error));
    if (net->cross && !m->gram_count) { /* all columns, in order */
        vg_cross_product(net->x, (VgMatrix){m->gram, m->count, m->count, m->capacity});
        m->gram_count = m->count;
        return VG_OK;
    }
    VgArenaMark mark = vg_arena_mark(net->scratch);
    double *column = vg_arena_alloc_raw(net->scratch, net->n, sizeof *column);
    if (!column)
        return vg_fail_memory(error);
    for (size_t t = m->gram_count; t < m->count; t++) {
        const double *x = &VG_AT(net->x, 0, m->column[t]);
        for (size_t i = 0; i < net->n; i++)
            column[i] = net->v ? net->v[i] * x[i] : x[i];
        for (size_t s = 0; s <= t; s++)
            m->gram[s + t * m->capacity] = m->gram[t + s * m->capacity] =
                cblas_ddot((int)net->n, &VG_AT(net->x, 0, m->column[s]), 1, column, 1);
    }
    m->gram_count = m->count;
    vg_arena_rewind(net->scratch, mark);
    return VG_OK;
}

static double covariance_pass(VgNet *net, double lambda, const size_t *position, size_t count)
{
    VgNetMembers *m = &net->members;
    double most = 0;
    for (size_t s = 0; s < count; s++) {
        size_t t = position ? position[s] : s, k = m->column[t];
        double new = minimiser(net, lambda, k, m->g[t] + net->h[k] * m->a[t]), by = new - m->a[t];
        if (by == 0)
            continue;
        m->a[t] = new;
        most = fmax(most, net->h[k] * by * by);
        cblas_daxpy((int)m->count, -by, m->gram + t * m->capacity, 1, m->g, 1);
    }
    return most;
}

/* Members that are neither 0 nor at a limit, by position. */
static size_t list_free(VgNet *net)
{
    VgNetMembers *m = &net->members;
    size_t count = 0;
    for (size_t t = 0; t < m->count; t++)
        if (m->a[t] != 0 && m->a[t] > net->lower[m->column[t]] &&
            m->a[t] < net->upper[m->column[t]])
            m->nonzero[count++] = t;
    return count;
}

/* Newton's step of these with their signs held; cut at the first sign that would change or limit that would be passed. Nothing
 * is moved when their cross-products are singular. */
static VgStatus solve_free(VgNet *net, double lambda, size_t count, VgError *error)
{
    VgNetMembers *m = &net->members;
    VgArenaMark mark = vg_arena_mark(net->scratch);
    VgMatrix system = {vg_arena_alloc_raw(net->scratch, count, count * sizeof(double)), count,
                       count, count};
    double *by = VG_NEW(net->scratch, double, count), most = 1;
    if (!system.data || !by)
        return vg_fail_memory(error);
    for (size_t s = 0; s < count; s++) {
        size_t t = m->nonzero[s], k = m->column[t];
        double f = lambda * net->factor[k];
        for (size_t o = s; o < count; o++)
            VG_AT(system, o, s) = m->gram[m->nonzero[o] + t * m->capacity];
        VG_AT(system, s, s) += (1 - net->alpha) * f;
        by[s] = m->g[t] - (1 - net->alpha) * f * m->a[t] - copysign(net->alpha * f, m->a[t]);
    }
    size_t stopped = count;
    if (vg_cholesky(system)) {
        vg_cholesky_solve(system, by);
        for (size_t s = 0; s < count; s++) {
            size_t t = m->nonzero[s], k = m->column[t];
            double a = m->a[t], end = a + by[s], least = net->lower[k], last = net->upper[k];
            if (net->factor[k] > 0 && a > 0)
                least = 0;
            else if (net->factor[k] > 0)
                last = 0;
            double reach = end < least ? (least - a) / by[s] : end > last ? (last - a) / by[s] : 1;
            if (reach < most) {
                most = reach;
                stopped = s;
            }
        }
        for (size_t s = 0; s < count; s++) {
            size_t t = m->nonzero[s], k = m->column[t];
            double end = m->a[t] + most * by[s];
            if (s == stopped) /* exactly at 0 or its limit */
                end = fabs(end - net->lower[k]) < fabs(end)   ? net->lower[k]
                      : fabs(end - net->upper[k]) < fabs(end) ? net->upper[k]
                                                              : 0;
            cblas_daxpy((int)m->count, m->a[t] - end, m->gram + t * m->capacity, 1, m->g, 1);
            m->a[t] = end;
        }
    }
    vg_arena_rewind(net->scratch, mark);
    return VG_OK;
}

/* ---- the descent ---- */

static size_t list_nonzero(VgNet *net, bool compact)
{
    VgNetMembers *m = &net->members;
    size_t count = 0;
    for (size_t t = 0; t < m->count; t++)
        if ((compact ? m->a[t] : net->a[m->column[t]]) != 0)
            m->nonzero[count++] = t;
    return count;
}

static VgStatus count_cycle(VgNet *net, double lambda, VgError *error)
{
    if (++net->cycles <= net->max_cycles)
        return VG_OK;
    return vg_fail(error, VG_NO_CONVERGENCE, "no optimum in %zu cycles, at penalty %g",
                   "end the path at a larger penalty, or allow more cycles", net->max_cycles,
                   lambda * net->y_scale);
}

/* Passes until the largest gain is under the threshold, or `most` passes are done (then *settled is false). */
static VgStatus naive(VgNet *net, double lambda, size_t most, bool *settled, VgError *error)
{
    for (size_t done = 0;;) {
        VG_TRY(count_cycle(net, lambda, error));
        *settled = naive_pass(net, lambda, NULL, net->members.count) < net->threshold;
        if (*settled || ++done >= most)
            return VG_OK;
        size_t count = list_nonzero(net, false);
        do {
            VG_TRY(count_cycle(net, lambda, error));
        } while (naive_pass(net, lambda, net->members.nonzero, count) >= net->threshold &&
                 ++done < most);
    }
}

static VgStatus covariance(VgNet *net, double lambda, VgError *error)
{
    VgNetMembers *m = &net->members;
    VG_TRY(extend_gram(net, error));
    for (size_t t = 0; t < m->count; t++)
        m->a[t] = net->a[m->column[t]];
    if (net->cross) {
        memcpy(m->g, net->cross, m->count * sizeof *m->g);
        for (size_t t = 0; t < m->count; t++)
            if (m->a[t] != 0)
                cblas_daxpy((int)m->count, -m->a[t], m->gram + t * m->capacity, 1, m->g, 1);
    } else {
        for (size_t t = 0; t < m->count; t++)
            m->g[t] = cblas_ddot((int)net->n, &VG_AT(net->x, 0, m->column[t]), 1, net->r, 1);
    }
    for (;;) {
        VG_TRY(count_cycle(net, lambda, error));
        if (covariance_pass(net, lambda, NULL, m->count) < net->threshold)
            break;
        size_t count = list_nonzero(net, true), passes = 0;
        /* a factorisation costs about as much as so many passes */
        size_t patience = 5 + count * count / (10 * m->count + 1);
        do {
            VG_TRY(count_cycle(net, lambda, error));
            if (++passes % patience == 0) {
                VG_TRY(solve_free(net, lambda, list_free(net), error));
                count = list_nonzero(net, true);
            }
        } while (covariance_pass(net, lambda, m->nonzero, count) >= net->threshold);
    }
    for (size_t t = 0; t < m->count; t++)
        net->a[m->column[t]] = m->a[t];
    return VG_OK;
}

VgStatus vg_net_descend(VgNet *net, double lambda, VgError *error)
{
    const VgNetMembers *m = &net->members;
    size_t most = SIZE_MAX;
    bool affordable = net->cross || m->count <= 2 * net->n || m->count <= VG_NET_WHOLE_GRAM,
         settled = false;
    if (affordable && !net->v)
        return covariance(net, lambda, error);
    if (affordable) /* cross-products under new curvatures cost about as much as so many passes */
        most = 2 + m->count / 16;
    VG_TRY(naive(net, lambda, most, &settled, error));
    return settled ? VG_OK : covariance(net, lambda, error);
}
