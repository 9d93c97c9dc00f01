/* Principal coordinates (Gower 1966) and the constants that make distances Euclidean (Lingoes 1971; Cailliez
 * 1983). The exact way reduces G to a tridiagonal matrix once, takes all eigenvalues from it and vectors of the
 * wanted axes only; the randomised way is subspace iteration from a Gaussian start (Halko, Martinsson & Tropp 2011). */
#include <vagus/ordination.h>

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "numeric/blas_threads.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"
#include "panel/gower.h"

/* --- eigenvalues ------------------------------------------------------------------------------ */

static VgStatus eigen_failed(VgError *error)
{
    return vg_fail(error, VG_NO_CONVERGENCE, "the eigenvalues of the distances were not found",
                   "look for extreme distances");
}

/* All eigenvalues (ascending) into value and the vectors of the `axes` largest into points, largest first. G is
 * overwritten; nothing else of its size is made when few axes are asked for. */
static VgStatus tridiagonal(VgArena *arena, VgMatrix g, size_t axes, double *value, VgMatrix points,
                            VgError *error)
{
    size_t n = g.rows, room = 64 * n;
    double *d = VG_NEW(arena, double, n), *e = VG_NEW(arena, double, n),
           *tau = VG_NEW(arena, double, n);
    double *d2 = VG_NEW(arena, double, n), *e2 = VG_NEW(arena, double, n),
           *found = VG_NEW(arena, double, n);
    double *work = VG_NEW(arena, double, room);
    lapack_int *support = VG_NEW(arena, lapack_int, 2 * n),
               *whole = VG_NEW(arena, lapack_int, 10 * n);
    VgMatrix z = vg_matrix_new(arena, n, axes);
    if (!d || !e || !tau || !d2 || !e2 || !found || !work || !support || !whole || !z.data)
        return vg_fail_memory(error);
    int size = (int)n;
    if (LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', size, g.data, (int)g.stride, d, e, tau, work,
                            (int)room) != 0)
        return eigen_failed(error);
    memcpy(d2, d, n * sizeof *d);
    memcpy(e2, e, n * sizeof *e);
    if (LAPACKE_dsterf_work(size, d2, e2) != 0)
        return eigen_failed(error);
    memcpy(value, d2, n * sizeof *value);
    lapack_int m, careful = 1;
    if (LAPACKE_dstemr_work(LAPACK_COL_MAJOR, 'V', 'I', size, d, e, 0, 0, size - (int)axes + 1,
                            size, &m, found, z.data, size, (int)axes, support, &careful, work,
                            (int)room, whole, (int)(10 * n)) != 0 ||
        m != (int)axes)
        return eigen_failed(error);
    if (LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'L', 'N', size, (int)axes, g.data, (int)g.stride,
                            tau, z.data, size, work, (int)room) != 0)
        return eigen_failed(error);
    for (size_t a = 0; a < axes; a++)
        memcpy(&VG_AT(points, 0, a), &VG_AT(z, 0, axes - 1 - a), n * sizeof(double));
    return VG_OK;
}

/* --- corrections ------------------------------------------------------------------------------ */

static VgStatus lingoes(VgArena *arena, const VgDistances *distances, double *constant,
                        VgError *error)
{
    VgMatrix g;
    double *value = VG_NEW(arena, double, distances->n);
    if (!value)
        return vg_fail_memory(error);
    VG_TRY(vg_gower(arena, distances, NULL, distances->n, &g, error));
    VG_TRY(vg_symmetric_eigen(arena, g, value, error));
    *constant = value[0] < -1e-10 * value[distances->n - 1] ? -value[0] : 0;
    return VG_OK;
}

/* Cailliez' constant: the largest c at which G(c) = −½ C(D + c)²C, 0 on the diagonal, has an eigenvalue of 0 and none below.
 * Along a centred unit vector v, v'G(c)v is a parabola in c: v'G(c + t)v = λ + (c − v'Dv)t + t²/2. The larger root of the
 * parabola of the eigenvector of the least eigenvalue is never above the constant and rises to it as Newton's
 * steps do; it is the largest eigenvalue of Cailliez' 2n × 2n matrix, without that matrix. */
static VgStatus cailliez(VgArena *arena, const VgDistances *distances, double *constant,
                         VgError *error)
{
    size_t n = distances->n;
    VgMatrix g, v = vg_matrix_new(arena, n, 1);
    double *value = VG_NEW(arena, double, n);
    if (!v.data || !value)
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(arena);
    *constant = 0;
    for (int turn = 0; turn < 100; turn++) {
        double apart = 0;
        VG_TRY(vg_gower_corrected(arena, distances, VG_CORRECTION_CAILLIEZ, *constant, &g, error));
        cblas_dscal((int)(n * g.stride), -1, g.data, 1);
        VG_TRY(tridiagonal(arena, g, 1, value, v, error));
        double least = -value[n - 1], largest = fmax(-value[0], value[n - 1]);
        if (least >= (turn ? -1e-12 : -1e-10) * largest) /* rounding: v is any null vector then */
            return VG_OK;
        for (size_t i = 0, k = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++, k++)
                apart += 2 * v.data[i] * v.data[j] * distances->value[k];
        double slope = *constant - apart, step = sqrt(fmax(slope * slope - 2 * least, 0)) - slope;
        vg_arena_rewind(arena, mark);
        *constant += step;
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "Cailliez' constant was not found", "use Lingoes'");
}

static VgStatus find_constant(VgArena *arena, const VgDistances *distances,
                              VgEuclideanCorrection correction, double *c, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    VgStatus status = VG_OK;
    int threads = vg_blas_hold();
    *c = 0;
    if (correction == VG_CORRECTION_LINGOES)
        status = lingoes(arena, distances, c, error);
    else if (correction == VG_CORRECTION_CAILLIEZ)
        status = cailliez(arena, distances, c, error);
    vg_blas_release(threads);
    vg_arena_rewind(arena, mark);
    return status;
}

VgStatus vg_distances_correct(VgArena *arena, VgDistances *distances,
                              VgEuclideanCorrection correction, double *constant, VgError *error)
{
    double c;
    VG_TRY(find_constant(arena, distances, correction, &c, error));
    for (size_t k = 0; k < distances->n * (distances->n - 1) / 2; k++)
        distances->value[k] = vg_corrected_distance(distances->value[k], correction, c);
    if (constant)
        *constant = c;
    return VG_OK;
}

/* --- exact ------------------------------------------------------------------------------------ */

/* Axes become points: length √eigenvalue, the largest entry positive. */
static void scale_axes(VgMatrix points, const double *value)
{
    for (size_t a = 0; a < points.cols; a++) {
        size_t largest = 0;
        for (size_t i = 1; i < points.rows; i++)
            if (fabs(VG_AT(points, i, a)) > fabs(VG_AT(points, largest, a)) * (1 + 1e-9))
                largest = i;
        double scale = sqrt(value[a]) * (VG_AT(points, largest, a) < 0 ? -1 : 1);
        for (size_t i = 0; i < points.rows; i++)
            VG_AT(points, i, a) *= scale;
    }
}

static void descending(double *value, size_t n)
{
    for (size_t a = 0, b = n - 1; a < b; a++, b--) {
        double keep = value[a];
        value[a] = value[b];
        value[b] = keep;
    }
}

static VgStatus exact(VgArena *arena, VgMatrix g, size_t axes, VgPcoa *out, VgError *error)
{
    size_t n = g.rows;
    out->value = VG_NEW(arena, double, n);
    if (!out->value)
        return vg_fail_memory(error);
    out->n_values = n;
    if (axes == 0 || axes > n / 4) { /* most of the vectors: in place of G */
        VG_TRY(vg_symmetric_eigen(arena, g, out->value, error));
        for (size_t a = 0, b = n - 1; a < b; a++, b--)
            cblas_dswap((int)n, &VG_AT(g, 0, a), 1, &VG_AT(g, 0, b), 1);
        out->points = g;
    } else {
        out->points = vg_matrix_new(arena, n, axes);
        if (!out->points.data)
            return vg_fail_memory(error);
        VG_TRY(tridiagonal(arena, g, axes, out->value, out->points, error));
    }
    descending(out->value, n);
    double largest = fmax(fabs(out->value[0]), fabs(out->value[n - 1]));
    size_t positive = 0;
    out->positive = out->negative = 0;
    for (size_t a = 0; a < n; a++) {
        positive += out->value[a] > 1e-10 * largest;
        if (out->value[a] > 0)
            out->positive += out->value[a];
        else
            out->negative += out->value[a];
    }
    out->axes = axes && axes < positive ? axes : positive;
    return VG_OK;
}

/* --- randomised ------------------------------------------------------------------------------- */

static void orthonormalise(VgMatrix y, VgMatrix q)
{
    for (size_t k = 0; k < y.cols; k++)
        vg_orthonormal_add(q, k, &VG_AT(y, 0, k));
}

static void multiply(VgMatrix a, bool transposed, VgMatrix b, VgMatrix out)
{
    cblas_dgemm(CblasColMajor, transposed ? CblasTrans : CblasNoTrans, CblasNoTrans, (int)out.rows,
                (int)out.cols, (int)b.rows, 1, a.data, (int)a.stride, b.data, (int)b.stride, 0,
                out.data, (int)out.stride);
}

static VgStatus randomised(VgArena *arena, VgMatrix g, size_t axes, uint64_t seed, VgPcoa *out,
                           VgError *error)
{
    enum { SPARE = 10, POWERS = 4 };
    size_t n = g.rows, k = axes + SPARE < n ? axes + SPARE : n;
    if (axes > k)
        axes = k;
    VgMatrix y = vg_matrix_new(arena, n, k), q = vg_matrix_new(arena, n, k),
             small = vg_matrix_new(arena, k, k);
    double *value = VG_NEW(arena, double, k);
    out->value = VG_NEW(arena, double, axes);
    out->points = vg_matrix_new(arena, n, axes);
    if (!y.data || !q.data || !small.data || !value || !out->value || !out->points.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < k; j++) {
        VgRandom random = vg_random_start(seed ? seed : 1, VG_STREAM_SIMULATION, (uint32_t)j, 0);
        for (size_t i = 0; i < n; i++)
            VG_AT(q, i, j) = vg_random_normal(&random);
    }
    for (int power = 0; power <= POWERS; power++) {
        multiply(g, false, q, y);
        orthonormalise(y, q);
    }
    multiply(g, false, q, y);
    multiply(q, true, y, small);
    VG_TRY(vg_symmetric_eigen(arena, small, value, error));
    for (size_t a = 0; a < k / 2; a++) /* largest first */
        cblas_dswap((int)k, &VG_AT(small, 0, a), 1, &VG_AT(small, 0, k - 1 - a), 1);
    descending(value, k);
    small.cols = axes;
    multiply(q, false, small, out->points);
    for (out->axes = 0; out->axes < axes && value[out->axes] > 1e-10 * value[0]; out->axes++)
        out->value[out->axes] = value[out->axes];
    out->n_values = out->axes;
    out->positive = out->negative = NAN;
    return VG_OK;
}

static VgStatus pcoa_held(VgArena *arena, const VgDistances *distances,
                          const VgPcoaOptions *options, VgPcoa *out, VgError *error)
{
    VgMatrix g;
    VG_TRY(vg_gower_corrected(arena, distances, options->correction, out->constant, &g, error));
    *out = (VgPcoa){.n = distances->n, .trace = vg_trace(g), .constant = out->constant};
    if (options->randomised)
        VG_TRY(randomised(arena, g, options->axes ? options->axes : 10, options->seed, out, error));
    else
        VG_TRY(exact(arena, g, options->axes, out, error));
    if (!out->axes)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the distances have no positive axis",
                       "look at the distances");
    out->points.cols = out->axes;
    scale_axes(out->points, out->value);
    return VG_OK;
}

VgStatus vg_pcoa(VgArena *arena, const VgDistances *distances, const VgPcoaOptions *options,
                 VgPcoa **pcoa, VgError *error)
{
    if (distances->n < 2)
        return vg_fail(error, VG_INVALID_INPUT, "an ordination of %zu samples", "give two or more",
                       distances->n);
    if (options->randomised && options->correction)
        return vg_fail(error, VG_INVALID_INPUT, "a correction needs all eigenvalues",
                       "use the exact PCoA");
    VgPcoa *out = VG_NEW(arena, VgPcoa, 1);
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(find_constant(arena, distances, options->correction, &out->constant, error));
    int threads = vg_blas_hold();
    VgStatus status = pcoa_held(arena, distances, options, out, error);
    vg_blas_release(threads);
    *pcoa = out;
    return status;
}
