/* Dense linear algebra on VgMatrix: pivoted QR in R's manner, Cholesky, eigenvalues,
 * cross-products. Column-major throughout; LAPACK and BLAS underneath; workspaces come from the
 * arena. */
#ifndef VG_NUMERIC_LINEAR_ALGEBRA_H
#define VG_NUMERIC_LINEAR_ALGEBRA_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

/* rows × cols zeros in the arena; data is NULL when memory is short. */
VgMatrix vg_matrix_new(VgArena *arena, size_t rows, size_t cols);
void vg_matrix_copy(VgMatrix from, VgMatrix to);

/* A P = Q R by Householder reflections. Columns are taken in order; one whose norm, after the
 * columns before it are projected out, is under `tolerance` × its original norm is moved to the
 * end. `qr` holds R above the diagonal and on it, the reflectors below (LINPACK's layout). */
typedef struct VgQr {
    VgMatrix qr;
    double *aux;   /* cols: the reflectors' leading entries */
    size_t *pivot; /* cols: original index of each column */
    size_t rank;
} VgQr;

/* R's lm() tolerance. */
#define VG_RANK_TOLERANCE 1e-7

/* Factors in place: `a` becomes qr->qr. O(rows cols²). */
VG_MUST_CHECK VgStatus vg_qr_factor(VgArena *arena, VgMatrix a, double tolerance, VgQr *qr,
                                    VgError *error);
/* y := Q'y and y := Q y, with the first `rank` reflectors; y has `rows` entries. */
void vg_qr_transposed_multiply(const VgQr *qr, double *y);
void vg_qr_multiply(const VgQr *qr, double *y);
/* b := R11⁻¹ b and b := R11⁻ᵀ b; b has `rank` entries, in pivoted order. */
void vg_qr_solve(const VgQr *qr, double *b);
void vg_qr_solve_transposed(const VgQr *qr, double *b);

/* out := A'A, both triangles. */
void vg_cross_product(VgMatrix a, VgMatrix out);

/* A = L L' in place (lower triangle; the upper one is left). False unless A is positive definite.
 */
bool vg_cholesky(VgMatrix a);
/* b := A⁻¹ b with the factor. */
void vg_cholesky_solve(VgMatrix factor, double *b);
/* b := L⁻¹ b with the factor. */
void vg_cholesky_forward(VgMatrix factor, double *b);
/* A := A⁻¹ from its factor, both triangles. */
void vg_cholesky_invert(VgMatrix factor);
/* log det A from its factor. */
double vg_cholesky_log_determinant(VgMatrix factor);

/* A = V diag(values) V', values ascending; `a` (lower triangle read) becomes V. */
VG_MUST_CHECK VgStatus vg_symmetric_eigen(VgArena *arena, VgMatrix a, double *values,
                                          VgError *error);

/* Σ a_i b_i as if in twice the working precision (Ogita, Rump & Oishi 2005, Dot2), on top of
 * `start`. */
double vg_dot_accurate(const double *a, const double *b, size_t n, double start);
/* Σ a_i with a running compensation (Neumaier). */
double vg_sum_accurate(const double *a, size_t n);

#endif
