/* Distance-based redundancy analysis. With Q an orthonormal basis of the constraints (after the condition), the
 * constrained axes are Q times the eigenvectors of Q'GQ: a matrix as small as the model. As vegan 2.6-4: dbrda on G
 * itself (McArdle & Anderson 2001), capscale on its positive axes (Legendre & Anderson 1999). G or those axes are the only
 * n × n matrix. */
#include <vagus/ordination.h>

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "numeric/blas_threads.h"
#include "numeric/householder.h"
#include "numeric/linear_algebra.h"
#include "panel/gower.h"

typedef struct Bases {
    VgMatrix q;       /* intercept, condition, constraints */
    size_t before, n; /* columns before the constraints; all */
} Bases;

static VgStatus make_bases(VgArena *arena, const VgDesign *design, const VgDesign *condition,
                           Bases *bases, VgError *error)
{
    size_t n = design->n_rows, most = design->p + (condition ? condition->p : 0) + 1;
    bases->q = vg_matrix_new(arena, n, most);
    double *one = VG_NEW(arena, double, n);
    if (!bases->q.data || !one)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    bases->n = vg_orthonormal_add(bases->q, 0, one);
    for (size_t j = 0; condition && j < condition->p; j++)
        bases->n += vg_orthonormal_add(bases->q, bases->n, &VG_AT(condition->x, 0, j));
    bases->before = bases->n;
    for (size_t j = 0; j < design->p; j++)
        bases->n += vg_orthonormal_add(bases->q, bases->n, &VG_AT(design->x, 0, j));
    if (bases->n == bases->before)
        return vg_fail(error, VG_NOT_ESTIMABLE, "nothing is left of %s after the condition",
                       "leave out of the condition what is to explain the distances",
                       design->formula->text);
    return VG_OK;
}

static VgStatus check(const VgDistances *distances, const VgDesign *design,
                      const VgDesign *condition, VgError *error)
{
    for (size_t i = 0; i < design->n_rows; i++)
        if (design->row[i] >= distances->n || (condition && (condition->n_rows != design->n_rows ||
                                                             condition->row[i] != design->row[i])))
            return vg_fail(error, VG_INVALID_INPUT,
                           "the model's rows are not those of the distances",
                           "give one row per sample, complete in the formula and in the condition");
    return VG_OK;
}

static VgMatrix columns(VgMatrix a, size_t first, size_t n)
{
    return (VgMatrix){a.data + first * a.stride, a.rows, n, a.stride};
}

static void multiply(CBLAS_TRANSPOSE transposed, VgMatrix a, VgMatrix b, double onto, VgMatrix out)
{
    double scale = onto != 0 ? -1 : 1; /* out −= ab, or out = ab */
    cblas_dgemm(CblasColMajor, transposed, CblasNoTrans, (int)out.rows, (int)out.cols, (int)b.rows,
                scale, a.data, (int)a.stride, b.data, (int)b.stride, onto, out.data,
                (int)out.stride);
}

static VgStatus constrained_axes(VgArena *arena, const Bases *bases, VgMatrix qgq, VgDbrda *out,
                                 VgError *error)
{
    size_t k = bases->n - bases->before;
    VgMatrix small = vg_matrix_new(arena, k, k);
    double *value = VG_NEW(arena, double, k);
    out->value = VG_NEW(arena, double, k);
    out->points = vg_matrix_new(arena, out->n, k);
    if (!small.data || !value || !out->value || !out->points.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < k; j++)
        for (size_t i = 0; i < k; i++)
            VG_AT(small, i, j) = VG_AT(qgq, bases->before + i, bases->before + j);
    VG_TRY(vg_symmetric_eigen(arena, small, value, error));
    VgMatrix q = columns(bases->q, bases->before, k);
    for (size_t a = k; a-- > 0 && value[a] > 1e-10 * fabs(out->total);) {
        VgMatrix axis = columns(out->points, out->rank, 1);
        multiply(CblasNoTrans, q, columns(small, a, 1), 0, axis);
        cblas_dscal((int)out->n, sqrt(value[a]), axis.data, 1);
        out->value[out->rank++] = value[a];
    }
    out->points.cols = out->rank;
    return VG_OK;
}

/* The positive axes of G, times the roots of their eigenvalues, in the place of G: Y with YY' = Σ λ v v' over λ > 0. */
static VgStatus positive_axes(VgArena *arena, VgMatrix *g, VgError *error)
{
    size_t n = g->rows, negative = 0;
    double *value = VG_NEW(arena, double, n);
    if (!value)
        return vg_fail_memory(error);
    VG_TRY(vg_symmetric_eigen(arena, *g, value, error));
    while (negative < n && value[negative] <= 1e-12 * value[n - 1])
        negative++;
    for (size_t a = negative; a < n; a++)
        cblas_dscal((int)n, sqrt(value[a]), &VG_AT(*g, 0, a), 1);
    *g = columns(*g, negative, n - negative);
    return VG_OK;
}

static double sum_of_squares(VgMatrix y)
{
    double sum = 0;
    for (size_t a = 0; a < y.cols; a++)
        sum += vg_dot(&VG_AT(y, 0, a), &VG_AT(y, 0, a), y.rows);
    return sum;
}

/* Of positive axes: the squared singular values of Y := (I − QQ')Y; Y is overwritten. */
static VgStatus residual_of_axes(VgArena *arena, const Bases *bases, VgMatrix y, VgMatrix qy,
                                 VgDbrda *out, VgError *error)
{
    size_t n = out->n, found = y.cols < n ? y.cols : n, room = 64 * n;
    double *value = VG_NEW(arena, double, n), *work = VG_NEW(arena, double, room);
    out->n_residual = n - bases->n;
    out->residual_value = VG_NEW(arena, double, out->n_residual + 1);
    if (!value || !work || !out->residual_value)
        return vg_fail_memory(error);
    multiply(CblasNoTrans, columns(bases->q, 0, bases->n), qy, 1, y);
    out->residual = sum_of_squares(y);
    if (LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'N', 'N', (int)n, (int)y.cols, y.data, (int)y.stride,
                            value, NULL, 1, NULL, 1, work, (int)room) != 0)
        return vg_fail(error, VG_NO_CONVERGENCE, "the axes of the residuals were not found",
                       "look for extreme distances");
    for (size_t a = 0; a < out->n_residual && a < found; a++)
        out->residual_value[a] = value[a] * value[a];
    return VG_OK;
}

/* (I − QQ')G(I − QQ') = G − QA' − AQ' + Q(Q'GQ)Q', A = GQ; as G := (I − QQ')G, then from the other side. */
static VgStatus residual_axes(VgArena *arena, const Bases *bases, VgMatrix g, VgDbrda *out,
                              VgError *error)
{
    size_t n = out->n;
    VgMatrix q = columns(bases->q, 0, bases->n), qg = vg_matrix_new(arena, bases->n, n);
    VgMatrix gq = vg_matrix_new(arena, n, bases->n);
    double *value = VG_NEW(arena, double, n);
    if (!qg.data || !gq.data || !value)
        return vg_fail_memory(error);
    multiply(CblasTrans, q, g, 0, qg);
    multiply(CblasNoTrans, q, qg, 1, g);
    multiply(CblasNoTrans, g, q, 0, gq);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)n, (int)n, (int)bases->n, -1, gq.data,
                (int)gq.stride, q.data, (int)q.stride, 1, g.data, (int)g.stride);
    out->residual = vg_trace(g);
    VG_TRY(vg_symmetric_eigen(arena, g, value, error));
    out->n_residual = n - bases->n;
    out->residual_value = VG_NEW(arena, double, out->n_residual + 1);
    if (!out->residual_value)
        return vg_fail_memory(error);
    /* the projection leaves bases->n zeros: those nearest 0 go */
    for (size_t drop = 0; drop < bases->n; drop++) {
        size_t nearest = 0;
        for (size_t a = 0; a < n; a++)
            if (fabs(value[a]) < fabs(value[nearest]))
                nearest = a;
        value[nearest] = INFINITY;
    }
    for (size_t a = n, at = 0; a-- > 0;)
        if (!isinf(value[a]))
            out->residual_value[at++] = value[a];
    return VG_OK;
}

/* G·points/eigenvalue; `roots`: g holds Y with G = YY'. */
static VgStatus sites(VgArena *arena, VgMatrix g, bool roots, VgDbrda *out, VgError *error)
{
    out->sites = vg_matrix_new(arena, out->n, out->rank);
    VgMatrix along = vg_matrix_new(arena, roots ? g.cols : 1, out->rank);
    if (!out->sites.data || !along.data)
        return vg_fail_memory(error);
    if (roots)
        multiply(CblasTrans, g, out->points, 0, along);
    multiply(CblasNoTrans, g, roots ? along : out->points, 0, out->sites);
    for (size_t a = 0; a < out->rank; a++)
        cblas_dscal((int)out->n, 1 / out->value[a], &VG_AT(out->sites, 0, a), 1);
    return VG_OK;
}

/* Sums of squares of the condition and of the constraints, and the constrained axes. */
static VgStatus constrain(VgArena *arena, const Bases *bases, VgMatrix qgq, VgDbrda *out,
                          VgError *error)
{
    for (size_t k = 1; k < bases->n; k++)
        *(k < bases->before ? &out->conditioned : &out->constrained) += VG_AT(qgq, k, k);
    return constrained_axes(arena, bases, qgq, out, error);
}

static VgStatus dbrda_held(VgArena *arena, const VgDistances *distances, const VgDesign *design,
                           const Bases *bases, bool positive_only, VgDbrda *out, VgError *error)
{
    VgMatrix g, part, qgq = vg_matrix_new(arena, bases->n, bases->n);
    VgMatrix q = columns(bases->q, 0, bases->n);
    if (!qgq.data)
        return vg_fail_memory(error);
    VG_TRY(vg_gower(arena, distances, design->row, out->n, &g, error));
    if (positive_only)
        VG_TRY(positive_axes(arena, &g, error));
    part = positive_only ? vg_matrix_new(arena, bases->n, g.cols)
                         : vg_matrix_new(arena, out->n, bases->n);
    if (!part.data)
        return vg_fail_memory(error);
    if (positive_only) { /* Q'GQ = (Q'Y)(Q'Y)' */
        out->total = sum_of_squares(g);
        multiply(CblasTrans, q, g, 0, part);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)bases->n, (int)bases->n,
                    (int)part.cols, 1, part.data, (int)part.stride, part.data, (int)part.stride, 0,
                    qgq.data, (int)qgq.stride);
        VG_TRY(constrain(arena, bases, qgq, out, error));
        VG_TRY(sites(arena, g, true, out, error));
        return residual_of_axes(arena, bases, g, part, out, error);
    }
    out->total = vg_trace(g);
    multiply(CblasNoTrans, g, q, 0, part);
    multiply(CblasTrans, q, part, 0, qgq);
    VG_TRY(constrain(arena, bases, qgq, out, error));
    VG_TRY(sites(arena, g, false, out, error));
    return residual_axes(arena, bases, g, out, error);
}

VgStatus vg_dbrda(VgArena *arena, const VgDistances *distances, const VgDesign *design,
                  const VgDesign *condition, bool positive_only, VgDbrda **dbrda, VgError *error)
{
    VG_TRY(check(distances, design, condition, error));
    Bases bases = {0};
    VgDbrda *out = VG_NEW(arena, VgDbrda, 1);
    if (!out)
        return vg_fail_memory(error);
    out->n = design->n_rows;
    VG_TRY(make_bases(arena, design, condition, &bases, error));
    int threads = vg_blas_hold();
    VgStatus status = dbrda_held(arena, distances, design, &bases, positive_only, out, error);
    vg_blas_release(threads);
    *dbrda = out;
    return status;
}
