/* Degrees of freedom of cluster-robust covariances when the true one is the identity.
 *
 * With e_i the residuals of cluster i, the robust covariance of combinations a and b is Σ_i s_i^a s_i^b, s_i = u_i'e_i, u_i = T_i v,
 * v = R⁻ᵀ c (T: lm_robust.c). Then cov(s_i^a, s_j^b) = P^ab_ij = δ_ij u_i^a'u_i^b − f_i^a'K f_j^b with f_i = (Z_i'u_i, Z_i'W_iu_i),
 * K = (−Q I; I 0), Q = Z'W²Z; without weights f_i = Z_i'u_i, K = I. And
 *   E Σ_i s_i^a s_i^b = Σ_i P^ab_ii,   Var Σ_i s_i^a s_i^b = Σ_ij (P^aa_ij P^bb_ij + P^ab_ij P^ba_ij).
 * The double sums need only Σ_i f_i^a f_i^b'. One combination: df = 2 E²/Var (Satterthwaite). Several: Hotelling's T² on
 * η = q(q + 1)/Σ_ab Var_ab df, combinations taken so that their expected covariance is I ("HTZ").
 * Sources: Bell & McCaffrey 2002; Pustejovsky & Tipton 2018, J Bus Econ Stat 36:672; R package clubSandwich. */
#include <math.h>

#include <cblas.h>

#include "model/lm_parts.h"
#include "numeric/linear_algebra.h"

/* A combination: u by row (in the order of parts->row), f and Kf by cluster. */
typedef struct Combination {
    double *u;
    VgMatrix f, kf; /* width × clusters */
} Combination;

static bool is_weighted(const VgLmParts *parts)
{
    bool weighted = false;
    for (size_t i = 0; i < parts->z.rows; i++)
        weighted = weighted || parts->weight[i] != 1.0;
    return weighted;
}

/* Kf of one cluster. */
static void apply_kernel(const VgLmParts *parts, const double *f, double *kf)
{
    size_t rank = parts->z.cols;
    for (size_t i = 0; i < rank; i++) {
        kf[i] = f[rank + i];
        kf[rank + i] = f[i];
        for (size_t j = 0; j < rank; j++)
            kf[i] -= VG_AT(parts->squared, i, j) * f[j];
    }
}

static VgStatus combine(const VgLmParts *parts, bool weighted, const double *v, Combination *c,
                        VgError *error)
{
    size_t rank = parts->z.cols, width = weighted ? 2 * rank : rank;
    c->u = VG_NEW(parts->arena, double, parts->z.rows);
    c->f = vg_matrix_new(parts->arena, width, parts->n_clusters);
    c->kf = weighted ? vg_matrix_new(parts->arena, width, parts->n_clusters) : c->f;
    if (!c->u || !c->f.data || !c->kf.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < parts->n_clusters; k++) {
        double *f = &VG_AT(c->f, 0, k);
        for (size_t at = parts->first[k]; at < parts->first[k + 1]; at++) {
            size_t row = parts->row[at];
            for (size_t j = 0; j < rank; j++)
                c->u[at] += VG_AT(parts->adjusted, at, j) * v[j];
            for (size_t j = 0; j < rank; j++) {
                double along = VG_AT(parts->z, row, j) * c->u[at];
                f[j] += along;
                if (weighted)
                    f[rank + j] += parts->weight[row] * along;
            }
        }
        if (weighted)
            apply_kernel(parts, f, &VG_AT(c->kf, 0, k));
    }
    return VG_OK;
}

/* u_k^a'u_k^b and f_k^a'Kf_k^b of cluster k. */
static void products(const VgLmParts *parts, const Combination *a, const Combination *b, size_t k,
                     double *u, double *f)
{
    *u = *f = 0.0;
    for (size_t at = parts->first[k]; at < parts->first[k + 1]; at++)
        *u += a->u[at] * b->u[at];
    for (size_t j = 0; j < a->f.rows; j++)
        *f += VG_AT(a->f, j, k) * VG_AT(b->kf, j, k);
}

static double mean_of(const VgLmParts *parts, const Combination *a, const Combination *b)
{
    double mean = 0.0, u, f;
    for (size_t k = 0; k < parts->n_clusters; k++) {
        products(parts, a, b, k, &u, &f);
        mean += u - f;
    }
    return mean;
}

/* Σ_k (Kf_k^a)(f_k^b)' */
static void cross(const Combination *a, const Combination *b, VgMatrix out)
{
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)out.rows, (int)out.cols,
                (int)a->f.cols, 1.0, a->kf.data, (int)a->kf.stride, b->f.data, (int)b->f.stride,
                0.0, out.data, (int)out.stride);
}

static VgStatus variance_of(const VgLmParts *parts, const Combination *a, const Combination *b,
                            double *variance, VgError *error)
{
    size_t width = a->f.rows;
    VgArenaMark mark = vg_arena_mark(parts->arena);
    VgMatrix ab = vg_matrix_new(parts->arena, width, width);
    VgMatrix ba = vg_matrix_new(parts->arena, width, width);
    if (!ab.data || !ba.data)
        return vg_fail_memory(error);
    cross(a, b, ab);
    cross(b, a, ba);
    double sum = 0.0;
    for (size_t j = 0; j < width; j++)
        for (size_t i = 0; i < width; i++)
            sum += VG_AT(ba, i, j) * (VG_AT(ab, j, i) + VG_AT(ba, j, i));
    for (size_t k = 0; k < parts->n_clusters; k++) {
        double u_aa, u_ab, u_bb, f_aa, f_ab, f_bb;
        products(parts, a, a, k, &u_aa, &f_aa);
        products(parts, a, b, k, &u_ab, &f_ab);
        products(parts, b, b, k, &u_bb, &f_bb);
        sum += u_aa * u_bb - u_aa * f_bb - u_bb * f_aa + u_ab * (u_ab - 2.0 * f_ab);
    }
    *variance = sum;
    vg_arena_rewind(parts->arena, mark);
    return VG_OK;
}

VgStatus vg_lm_satterthwaite(const VgLmParts *parts, const double *v, double *df, VgError *error)
{
    Combination c;
    double variance;
    VG_TRY(combine(parts, is_weighted(parts), v, &c, error));
    VG_TRY(variance_of(parts, &c, &c, &variance, error));
    double mean = mean_of(parts, &c, &c);
    *df = 2.0 * mean * mean / variance;
    return VG_OK;
}

static VgStatus combine_all(const VgLmParts *parts, VgMatrix v, Combination *c, VgError *error)
{
    bool weighted = is_weighted(parts);
    for (size_t a = 0; a < v.cols; a++)
        VG_TRY(combine(parts, weighted, &VG_AT(v, 0, a), &c[a], error));
    return VG_OK;
}

/* v := combinations whose expected covariance is I. False: they depend on one another. */
static VgStatus standardise(const VgLmParts *parts, VgMatrix v, Combination *c, bool *independent,
                            VgError *error)
{
    VgMatrix expected = vg_matrix_new(parts->arena, v.cols, v.cols);
    if (!expected.data)
        return vg_fail_memory(error);
    VG_TRY(combine_all(parts, v, c, error));
    for (size_t b = 0; b < v.cols; b++)
        for (size_t a = b; a < v.cols; a++)
            VG_AT(expected, a, b) = mean_of(parts, &c[a], &c[b]);
    *independent = vg_cholesky(expected);
    for (size_t a = 0; *independent && a < v.cols; a++)
        for (size_t i = 0; i < v.rows; i++) {
            for (size_t b = 0; b < a; b++)
                VG_AT(v, i, a) -= VG_AT(expected, a, b) * VG_AT(v, i, b);
            VG_AT(v, i, a) /= VG_AT(expected, a, a);
        }
    return VG_OK;
}

VgStatus vg_lm_hotelling_df(const VgLmParts *parts, VgMatrix v, double *eta, VgError *error)
{
    size_t q = v.cols;
    bool independent;
    double total = 0.0, variance;
    *eta = NAN;
    Combination *c = VG_NEW(parts->arena, Combination, q);
    if (!c)
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(parts->arena);
    VG_TRY(standardise(parts, v, c, &independent, error));
    vg_arena_rewind(parts->arena, mark);
    if (!independent)
        return VG_OK;
    VG_TRY(combine_all(parts, v, c, error));
    for (size_t b = 0; b < q; b++)
        for (size_t a = b; a < q; a++) {
            VG_TRY(variance_of(parts, &c[a], &c[b], &variance, error));
            total += (a > b ? 2.0 : 1.0) * variance;
        }
    *eta = (double)(q * (q + 1)) / total;
    return VG_OK;
}
