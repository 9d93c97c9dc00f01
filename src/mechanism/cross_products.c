/* Source of the sweep: Goodnight 1979, The American Statistician 33:149. */
#include "mechanism/cross_products.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"

static const double DEPENDENT = 1e-10;
enum { VECTOR = 4 };

/* Mean and standard deviation of a column; a constant one keeps its size. */
static void standardise(const double *value, size_t n, double *centre, double *scale)
{
    *centre = vg_sum_accurate(value, n) / (double)n;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (value[i] - *centre) * (value[i] - *centre);
    *scale = squares > 0 ? sqrt(squares / (double)n) : 1;
}

static void put(VgEquations *e, size_t column, const double *value)
{
    standardise(value, e->n, &e->centre[column], &e->scale[column]);
    for (size_t i = 0; i < e->n; i++)
        e->row[i * e->width + column] = (value[i] - e->centre[column]) / e->scale[column];
}

VgStatus vg_equations_build(VgArena *arena, const VgEquationColumns *from, VgEquations *made,
                            VgError *error)
{
    size_t q = from->covariates.cols, k = from->mediators.cols, outcomes = from->outcomes.cols;
    VgEquations e = {.n = from->n,
                     .base = 2 + q,
                     .mediators = k,
                     .products = from->products ? k : 0,
                     .outcomes = outcomes};
    e.columns = e.base + k + e.products + outcomes;
    e.width = (e.columns + VECTOR - 1) / VECTOR * VECTOR;
    e.row = vg_arena_alloc(arena, e.n, e.width * sizeof(double));
    e.centre = VG_NEW(arena, double, e.columns);
    e.scale = VG_NEW(arena, double, e.columns);
    if (!e.row || !e.centre || !e.scale)
        return vg_fail_memory(error);
    for (size_t c = 0; c < e.columns; c++)
        e.scale[c] = 1;
    for (size_t i = 0; i < e.n; i++) {
        e.row[i * e.width] = 1;
        e.row[i * e.width + 1] = from->treatment[i];
    }
    for (size_t j = 0; j < q; j++)
        put(&e, 2 + j, &VG_AT(from->covariates, 0, j));
    for (size_t j = 0; j < k; j++)
        put(&e, vg_mediator_column(&e, j), &VG_AT(from->mediators, 0, j));
    for (size_t j = 0; j < outcomes; j++)
        put(&e, vg_outcome_column(&e, j), &VG_AT(from->outcomes, 0, j));
    for (size_t j = 0; j < e.products; j++)
        for (size_t i = 0; i < e.n; i++)
            e.row[i * e.width + vg_product_column(&e, j)] =
                from->treatment[i] * e.row[i * e.width + vg_mediator_column(&e, j)];
    *made = e;
    return VG_OK;
}

/* s += factor z zᵀ, from the diagonal's vector on: no branch, and whole vectors. */
static inline void add_outer(size_t width, const double *restrict z, double factor,
                             double *restrict s)
{
    for (size_t j = 0; j < width; j++) {
        double f = factor * z[j];
        double *restrict row = s + j * width;
        for (size_t l = j - j % VECTOR; l < width; l += VECTOR)
            for (size_t v = 0; v < VECTOR; v++)
                row[l + v] += f * z[l + v];
    }
}

static inline void add_rows(size_t width, size_t n, const double *row, const double *count,
                            double *s)
{
    for (size_t i = 0; i < n; i++)
        if (count[i] != 0)
            add_outer(width, row + i * width, count[i], s);
}

static void mirror(size_t width, double *s)
{
    for (size_t j = 1; j < width; j++)
        for (size_t l = 0; l < j; l++)
            s[j * width + l] = s[l * width + j];
}

void vg_cross_products_counted(const VgEquations *e, const double *count, double *s)
{
    memset(s, 0, e->width * e->width * sizeof *s);
    switch (e->width) { /* a width known to the compiler is unrolled: twice as fast */
    case 8:
        add_rows(8, e->n, e->row, count, s);
        break;
    case 12:
        add_rows(12, e->n, e->row, count, s);
        break;
    default:
        add_rows(e->width, e->n, e->row, count, s);
    }
    mirror(e->width, s);
}

void vg_cross_products_remove(const VgEquations *e, size_t i, double *s)
{
    add_outer(e->width, e->row + i * e->width, -1, s);
    mirror(e->width, s);
}

void vg_diagonal(const VgEquations *e, const double *s, double *whole)
{
    for (size_t c = 0; c < e->columns; c++)
        whole[c] = s[c * e->width + c];
}

bool vg_sweep(const VgEquations *e, size_t first, size_t last, const double *whole, double *s)
{
    size_t n = e->columns, width = e->width;
    for (size_t k = first; k < last; k++) {
        double *pivot_row = s + k * width, pivot = pivot_row[k];
        if (!(pivot > DEPENDENT * whole[k]) || !isfinite(pivot))
            return false;
        for (size_t l = 0; l < n; l++)
            pivot_row[l] /= pivot;
        for (size_t j = 0; j < n; j++) {
            if (j == k)
                continue;
            double *row = s + j * width, factor = row[k];
            for (size_t l = 0; l < n; l++)
                row[l] -= factor * pivot_row[l];
            row[k] = -factor / pivot;
        }
        pivot_row[k] = 1 / pivot;
    }
    return true;
}
