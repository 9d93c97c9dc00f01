/* Cross-products of the linear equations of a mediation analysis, taken once per resample.
 *
 * A row is [1, A, C… | M_1 … M_K | A·M_1 … A·M_K | Y_1 … Y_J]; S = Σ count z zᵀ. Sweeping the first
 * `base` columns leaves the regressions of all mediators and outcomes on (1, A, C) and what is left of
 * them after that; sweeping the mediators too gives the outcome equations. One pass of O(n p²) serves
 * all K + J equations, whatever their number. */
#ifndef VG_MECHANISM_CROSS_PRODUCTS_H
#define VG_MECHANISM_CROSS_PRODUCTS_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

/* What goes in. Nothing is kept. */
typedef struct VgEquationColumns {
    size_t n;
    const double *treatment;                  /* 0 or 1 */
    VgMatrix covariates, mediators, outcomes; /* n rows each */
    bool products;                            /* with the columns A·M_k */
} VgEquationColumns;

/* The rows, row-major. Covariates, mediators and outcomes are centred at their mean and divided by
 * their standard deviation, so that units do not touch the accuracy; 1 and A stay. */
typedef struct VgEquations {
    size_t n, base; /* rows; columns 1, A, C… */
    size_t mediators, products, outcomes;
    size_t columns, width;  /* base + …; rounded up to whole vectors */
    double *row;            /* n × width, zeros at the end of each row */
    double *centre, *scale; /* columns */
} VgEquations;

/* Column of the k-th mediator, of its product with A, of the j-th outcome. */
static inline size_t vg_mediator_column(const VgEquations *e, size_t k)
{
    return e->base + k;
}
static inline size_t vg_product_column(const VgEquations *e, size_t k)
{
    return e->base + e->mediators + k;
}
static inline size_t vg_outcome_column(const VgEquations *e, size_t j)
{
    return e->base + e->mediators + e->products + j;
}

VG_MUST_CHECK VgStatus vg_equations_build(VgArena *arena, const VgEquationColumns *from,
                                          VgEquations *made, VgError *error);

/* s (width × width, symmetric) := Σ count_i z_i z_iᵀ; rows of count 0 cost nothing. O(n width²). */
void vg_cross_products_counted(const VgEquations *e, const double *count, double *s);

/* s := s − count z_i z_iᵀ: a row taken out. O(width²). */
void vg_cross_products_remove(const VgEquations *e, size_t i, double *s);

/* Sweeps columns first … last − 1 of s, which had none of them swept before. Afterwards s[j, l] of a
 * swept j and an unswept l is the coefficient of j in the regression of l on the swept columns, and s[l, l'] of two
 * unswept ones is their residual cross-product. False when a column depends on those swept before it
 * (its residual is below 1e-10 of its square, kept in `whole`: the diagonal before any sweep).
 * O((last − first) width²). */
bool vg_sweep(const VgEquations *e, size_t first, size_t last, const double *whole, double *s);

/* The diagonal, for `whole`. */
void vg_diagonal(const VgEquations *e, const double *s, double *whole);

#endif
