/* Gower 1966: G = −½ C D² C holds the scalar products of points that have these distances, and its trace is the
 * total sum of squares. */
#include "panel/gower.h"

#include <math.h>

#include "numeric/householder.h"
#include "numeric/linear_algebra.h"

/* From −½ D² in the upper triangle to G in both. */
static VgStatus centre(VgArena *arena, VgMatrix g, VgError *error)
{
    size_t n = g.rows;
    double *mean = VG_NEW(arena, double, n);
    if (!mean)
        return vg_fail_memory(error);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++)
            VG_AT(g, j, i) = VG_AT(g, i, j);
    for (size_t j = 0; j < n; j++)
        mean[j] = vg_sum_accurate(&VG_AT(g, 0, j), n) / (double)n;
    double all = vg_sum_accurate(mean, n) / (double)n;
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < n; i++)
            VG_AT(g, i, j) -= mean[i] + mean[j] - all;
    return VG_OK;
}

VgStatus vg_gower(VgArena *arena, const VgDistances *distances, const size_t *row, size_t n,
                  VgMatrix *g, VgError *error)
{
    *g = vg_matrix_new(arena, n, n);
    if (!g->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++) {
            double d = vg_distance_at(distances, row ? row[i] : i, row ? row[j] : j);
            VG_AT(*g, i, j) = -0.5 * d * d;
        }
    return centre(arena, *g, error);
}

double vg_corrected_distance(double distance, VgEuclideanCorrection correction, double constant)
{
    if (correction == VG_CORRECTION_NONE || constant == 0)
        return distance;
    return correction == VG_CORRECTION_LINGOES ? sqrt(distance * distance + 2 * constant)
                                               : distance + constant;
}

VgStatus vg_gower_corrected(VgArena *arena, const VgDistances *distances,
                            VgEuclideanCorrection correction, double constant, VgMatrix *g,
                            VgError *error)
{
    size_t n = distances->n;
    *g = vg_matrix_new(arena, n, n);
    if (!g->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++) {
            double d = vg_corrected_distance(vg_distance_at(distances, i, j), correction, constant);
            VG_AT(*g, i, j) = -0.5 * d * d;
        }
    return centre(arena, *g, error);
}

double vg_trace(VgMatrix a)
{
    double sum = 0;
    for (size_t i = 0; i < a.cols; i++)
        sum += VG_AT(a, i, i);
    return sum;
}

bool vg_orthonormal_add(VgMatrix q, size_t filled, const double *column)
{
    double *own = &VG_AT(q, 0, filled);
    for (size_t i = 0; i < q.rows; i++)
        own[i] = column[i];
    double whole = sqrt(vg_dot(own, own, q.rows));
    for (int twice = 0; twice < 2; twice++)
        for (size_t k = 0; k < filled; k++) {
            const double *other = &VG_AT(q, 0, k);
            double along = vg_dot(own, other, q.rows);
            for (size_t i = 0; i < q.rows; i++)
                own[i] -= along * other[i];
        }
    double left = sqrt(vg_dot(own, own, q.rows));
    bool adds = left > 1e-7 * whole;
    for (size_t i = 0; i < q.rows; i++)
        own[i] = adds ? own[i] / left : 0;
    return adds;
}
