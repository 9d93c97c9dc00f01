/* QR by Householder reflections in a fixed order of operations: the same bits on any number of
 * threads, for fits that are iterated inside `vg_replicate`. Where the order of columns decides which are
 * aliased, as in a design, use the pivoted vg_qr_factor of linear_algebra.h instead. */
#ifndef VG_NUMERIC_HOUSEHOLDER_H
#define VG_NUMERIC_HOUSEHOLDER_H

#include <stdbool.h>

#include <vagus/matrix.h>

/* Overwrites a (rows >= cols) with the reflections; r (cols × cols) gets the upper triangle, zero
 * below it. No pivoting: |r_jj| is the distance of column j from the columns before it. O(rows
 * cols²). */
void vg_householder(VgMatrix a, VgMatrix r);

/* x := R⁻¹x, x := R⁻ᵀx */
void vg_solve_upper(VgMatrix r, double *x);
void vg_solve_upper_transposed(VgMatrix r, double *x);

/* inverse := R⁻¹ (upper triangle, zero below). False when a diagonal element is zero or not finite.
 */
bool vg_invert_upper(VgMatrix r, VgMatrix inverse);

/* Σ a_i b_i in four interleaved sums: fixed order, and the compiler may use vectors. */
double vg_dot(const double *a, const double *b, size_t n);

#endif
