/* Minimum of a smooth function of few variables, some of which may not be negative, by Newton's
 * method with exact derivatives. */
#ifndef VG_NUMERIC_BOUNDED_NEWTON_H
#define VG_NUMERIC_BOUNDED_NEWTON_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/status.h>

typedef struct VgObjective {
    size_t n;
    const bool *bounded; /* n: may not be negative; NULL = none is */
    /* Value, and unless NULL the gradient (n) and Hessian (n × n, column-major). False where the
     * function cannot be computed: the step is shortened. */
    bool (*evaluate)(const void *context, const double *theta, double *value, double *gradient,
                     double *hessian);
    const void *context;
} VgObjective;

typedef struct VgOptimum {
    double value;
    double *gradient, *hessian; /* at the end */
    bool *at_bound;             /* n: 0, and the function rises from there */
    double decrement;           /* g'H⁻¹g over the variables that are not at their bound */
    double smallest_eigenvalue; /* of their Hessian scaled to unit diagonal */
    size_t iterations;
    bool certified; /* decrement < 1e-12 (1 + |value|) and that Hessian positive definite */
} VgOptimum;

/* Moves theta downhill from where it stands (bounded variables >= 0) to a certified minimum, and on
 * to rounding error. Where the Hessian is not positive definite its diagonal is raised (Levenberg);
 * a variable that a step would make negative is put to 0 and the others are stepped for given that.
 * What does not end certified is no optimum: optimum->certified says so. O(n³) an iteration.
 * @return VG_NO_MEMORY; VG_OK otherwise. Source: Bertsekas 1982; METHODS 0 (optimisers). */
VG_MUST_CHECK VgStatus vg_bounded_newton(VgArena *arena, const VgObjective *objective,
                                         double *theta, VgOptimum *optimum, VgError *error);

#endif
