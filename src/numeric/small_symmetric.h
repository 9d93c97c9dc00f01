/* Kernels for the small symmetric matrices of one subject's visits (n up to about 16, right for any n).
 * All matrices are n × n, column-major and contiguous. Inlined: a call costs more than the work. */
#ifndef VG_NUMERIC_SMALL_SYMMETRIC_H
#define VG_NUMERIC_SMALL_SYMMETRIC_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

/* a = L Lᵀ in place: L below and on the diagonal, zero above. False unless positive definite: every
 * pivot must keep more than 1e-14 of its diagonal element. *log_det gets log|a|. */
static inline bool vg_small_cholesky(size_t n, double *restrict a, double *log_det)
{
    double sum_of_logs = 0.0;
    for (size_t j = 0; j < n; j++) {
        double pivot = a[j + j * n];
        double floor = 1e-14 * pivot;
        for (size_t l = 0; l < j; l++)
            pivot -= a[j + l * n] * a[j + l * n];
        if (!(pivot > floor) || !isfinite(pivot))
            return false;
        double root = sqrt(pivot);
        sum_of_logs += log(root);
        a[j + j * n] = root;
        for (size_t i = j + 1; i < n; i++) {
            double sum = a[i + j * n];
            for (size_t l = 0; l < j; l++)
                sum -= a[i + l * n] * a[j + l * n];
            a[i + j * n] = sum / root;
        }
        for (size_t i = 0; i < j; i++)
            a[i + j * n] = 0.0;
    }
    *log_det = 2.0 * sum_of_logs;
    return true;
}

/* inverse = L⁻¹, lower triangular. */
static inline void vg_small_lower_inverse(size_t n, const double *restrict l,
                                          double *restrict inverse)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < j; i++)
            inverse[i + j * n] = 0.0;
        inverse[j + j * n] = 1.0 / l[j + j * n];
        for (size_t i = j + 1; i < n; i++) {
            double sum = 0.0;
            for (size_t k = j; k < i; k++)
                sum -= l[i + k * n] * inverse[k + j * n];
            inverse[i + j * n] = sum / l[i + i * n];
        }
    }
}

/* c = L⁻ᵀ L⁻¹ from the inverse factor. */
static inline void vg_small_gram_of_inverse(size_t n, const double *restrict inverse,
                                            double *restrict c)
{
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = 0.0;
            for (size_t k = i; k < n; k++)
                sum += inverse[k + i * n] * inverse[k + j * n];
            c[i + j * n] = sum;
            c[j + i * n] = sum;
        }
}

/* c = a b */
static inline void vg_small_product(size_t n, const double *restrict a, const double *restrict b,
                                    double *restrict c)
{
    for (size_t j = 0; j < n; j++) {
        for (size_t i = 0; i < n; i++)
            c[i + j * n] = 0.0;
        for (size_t k = 0; k < n; k++) {
            double factor = b[k + j * n];
            for (size_t i = 0; i < n; i++)
                c[i + j * n] += a[i + k * n] * factor;
        }
    }
}

/* x := L⁻¹ x for one vector. */
static inline void vg_small_forward_solve(size_t n, const double *restrict l, double *restrict x)
{
    for (size_t i = 0; i < n; i++) {
        double sum = x[i];
        for (size_t k = 0; k < i; k++)
            sum -= l[i + k * n] * x[k];
        x[i] = sum / l[i + i * n];
    }
}

/* x := L⁻ᵀ x for one vector. */
static inline void vg_small_backward_solve(size_t n, const double *restrict l, double *restrict x)
{
    for (size_t i = n; i-- > 0;) {
        double sum = x[i];
        for (size_t k = i + 1; k < n; k++)
            sum -= l[k + i * n] * x[k];
        x[i] = sum / l[i + i * n];
    }
}

/* Eigenvalues, ascending, and (in place of `a`) eigenvectors of a symmetric matrix by Jacobi's cyclic
 * rotations. Relative accuracy to the last digits; O(n³) per sweep, about six sweeps. */
void vg_small_eigen(size_t n, double *a, double *values, double *vectors);

#endif
