/* Householder QR without pivoting. Source: Golub & Van Loan 2013, 5.2.2. */
#include "numeric/householder.h"

#include <math.h>
#include <string.h>

double vg_dot(const double *restrict a, const double *restrict b, size_t n)
{
    double sum[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++)
            sum[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum[0] += a[i] * b[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void subtract_multiple(double *restrict y, const double *restrict x, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] -= factor * x[i];
}

/* Euclidean length without overflow or underflow. */
static double length(const double *x, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(x[i]));
    if (largest == 0 || !isfinite(largest))
        return largest;
    if (largest > 1e-140 && largest < 1e140)
        return sqrt(vg_dot(x, x, n));
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] / largest) * (x[i] / largest);
    return largest * sqrt(sum);
}

void vg_householder(VgMatrix a, VgMatrix r)
{
    for (size_t j = 0; j < a.cols; j++) {
        double *v = &VG_AT(a, j, j);
        size_t n = a.rows - j;
        double norm = length(v, n);
        memset(&VG_AT(r, 0, j), 0, r.rows * sizeof(double));
        for (size_t i = 0; i < j; i++)
            VG_AT(r, i, j) = VG_AT(a, i, j);
        VG_AT(r, j, j) = v[0] > 0 ? -norm : norm;
        if (norm == 0)
            continue;
        /* v := (x − r_jj e_1)/|…|, so that the reflection is I − 2vvᵀ */
        v[0] -= VG_AT(r, j, j);
        double scale = 1 / length(v, n);
        for (size_t i = 0; i < n; i++)
            v[i] *= scale;
        for (size_t k = j + 1; k < a.cols; k++) {
            double *column = &VG_AT(a, j, k);
            subtract_multiple(column, v, 2 * vg_dot(v, column, n), n);
        }
    }
}

void vg_solve_upper(VgMatrix r, double *x)
{
    for (size_t j = r.cols; j-- > 0;) {
        x[j] /= VG_AT(r, j, j);
        subtract_multiple(x, &VG_AT(r, 0, j), x[j], j);
    }
}

void vg_solve_upper_transposed(VgMatrix r, double *x)
{
    for (size_t j = 0; j < r.cols; j++)
        x[j] = (x[j] - vg_dot(&VG_AT(r, 0, j), x, j)) / VG_AT(r, j, j);
}

bool vg_invert_upper(VgMatrix r, VgMatrix inverse)
{
    for (size_t j = 0; j < r.cols; j++) {
        double *column = &VG_AT(inverse, 0, j);
        memset(column, 0, r.rows * sizeof(double));
        if (VG_AT(r, j, j) == 0 || !isfinite(VG_AT(r, j, j)))
            return false;
        column[j] = 1;
        VgMatrix leading = {r.data, j + 1, j + 1, r.stride};
        vg_solve_upper(leading, column);
    }
    return true;
}
