/* Eigenvalues of small symmetric matrices. Method: cyclic Jacobi (Golub & Van Loan, 8.5). */
#include "numeric/small_symmetric.h"

#include <string.h>

/* Rotates rows and columns i < j of `a` so that a[i,j] becomes zero. */
static void rotate(size_t n, double *a, double *vectors, size_t i, size_t j)
{
    double off = a[i + j * n];
    double tau = (a[j + j * n] - a[i + i * n]) / (2.0 * off);
    double t = (tau >= 0.0 ? 1.0 : -1.0) / (fabs(tau) + sqrt(1.0 + tau * tau));
    double c = 1.0 / sqrt(1.0 + t * t), s = t * c;
    for (size_t k = 0; k < n; k++) {
        double x = a[k + i * n], y = a[k + j * n];
        a[k + i * n] = c * x - s * y;
        a[k + j * n] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = a[i + k * n], y = a[j + k * n];
        a[i + k * n] = c * x - s * y;
        a[j + k * n] = s * x + c * y;
    }
    for (size_t k = 0; k < n; k++) {
        double x = vectors[k + i * n], y = vectors[k + j * n];
        vectors[k + i * n] = c * x - s * y;
        vectors[k + j * n] = s * x + c * y;
    }
}

static void sort_ascending(size_t n, double *values, double *vectors)
{
    for (size_t i = 0; i + 1 < n; i++) {
        size_t smallest = i;
        for (size_t j = i + 1; j < n; j++)
            if (values[j] < values[smallest])
                smallest = j;
        if (smallest == i)
            continue;
        double value = values[i];
        values[i] = values[smallest];
        values[smallest] = value;
        for (size_t k = 0; k < n; k++) {
            double x = vectors[k + i * n];
            vectors[k + i * n] = vectors[k + smallest * n];
            vectors[k + smallest * n] = x;
        }
    }
}

void vg_small_eigen(size_t n, double *a, double *values, double *vectors)
{
    enum { MOST_SWEEPS = 40 };
    memset(vectors, 0, n * n * sizeof *vectors);
    for (size_t i = 0; i < n; i++)
        vectors[i + i * n] = 1.0;
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        bool changed = false;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++) {
                double scale = sqrt(fabs(a[i + i * n] * a[j + j * n]));
                if (!(fabs(a[i + j * n]) > 1e-17 * scale) || fabs(a[i + j * n]) < 1e-300)
                    continue;
                rotate(n, a, vectors, i, j);
                changed = true;
            }
        if (!changed)
            break;
    }
    for (size_t i = 0; i < n; i++)
        values[i] = a[i + i * n];
    sort_ascending(n, values, vectors);
}
