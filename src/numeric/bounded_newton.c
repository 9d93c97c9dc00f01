#include "numeric/bounded_newton.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

enum { MAX_ITERATIONS = 300, MAX_HALVINGS = 50, MAX_RAISES = 40, MAX_POLISH = 6 };

static const double CERTIFIED = 1e-12;

typedef struct Work {
    const VgObjective *objective;
    size_t n;
    double *trial, *step, *scale, *factor, *right, *values, *vectors;
    size_t *free; /* indices of the variables that are stepped for */
    size_t n_free;
    bool *fixed;
} Work;

static bool is_bounded(const Work *work, size_t i)
{
    return work->objective->bounded && work->objective->bounded[i];
}

/* Factor of D(H_FF)D + raise I, D = |diag H|^(-1/2); false unless positive definite. */
static bool factor_free(Work *work, const double *hessian, double raise)
{
    size_t n = work->n, m = work->n_free;
    for (size_t a = 0; a < m; a++) {
        double diagonal = fabs(hessian[work->free[a] * (n + 1)]);
        work->scale[a] = diagonal > 0 ? 1 / sqrt(diagonal) : 1;
    }
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            work->factor[a + b * m] =
                work->scale[a] * work->scale[b] * hessian[work->free[a] + work->free[b] * n] +
                (a == b ? raise : 0);
    double log_determinant;
    return vg_small_cholesky(m, work->factor, &log_determinant);
}

/* step_F = −(H_FF)⁻¹ (g_F + H_FA step_A); returns g_F'(H_FF)⁻¹g_F when no variable is held off its
 * bound. */
static double solve_free(Work *work, const double *gradient, const double *hessian)
{
    size_t n = work->n, m = work->n_free;
    double decrement = 0;
    for (size_t a = 0; a < m; a++) {
        double sum = gradient[work->free[a]];
        for (size_t j = 0; j < n; j++)
            if (work->fixed[j])
                sum += hessian[work->free[a] + j * n] * work->step[j];
        work->right[a] = work->scale[a] * sum;
    }
    vg_small_forward_solve(m, work->factor, work->right);
    for (size_t a = 0; a < m; a++)
        decrement += work->right[a] * work->right[a];
    vg_small_backward_solve(m, work->factor, work->right);
    for (size_t a = 0; a < m; a++)
        work->step[work->free[a]] = -work->scale[a] * work->right[a];
    return decrement;
}

static void list_free(Work *work)
{
    work->n_free = 0;
    for (size_t i = 0; i < work->n; i++)
        if (!work->fixed[i])
            work->free[work->n_free++] = i;
}

/* The Newton step from theta. *decrement is that of the variables not at their bound, infinite when
 * their Hessian is not positive definite. False when no descent direction was found. */
static bool newton_step(Work *work, const double *theta, const double *gradient,
                        const double *hessian, double *decrement)
{
    size_t n = work->n;
    for (size_t i = 0; i < n; i++) {
        work->fixed[i] = is_bounded(work, i) && theta[i] <= 0 && gradient[i] >= 0;
        work->step[i] = 0;
    }
    list_free(work);
    double raise = 0;
    *decrement = INFINITY;
    for (int tries = 0; !factor_free(work, hessian, raise); tries++) {
        if (tries == MAX_RAISES)
            return false;
        raise = raise > 0 ? 4 * raise : 1e-6;
    }
    double first = solve_free(work, gradient, hessian);
    if (raise == 0)
        *decrement = first;
    for (size_t round = 0; round < n; round++) {
        bool again = false;
        for (size_t a = 0; a < work->n_free; a++) {
            size_t i = work->free[a];
            if (is_bounded(work, i) && theta[i] + work->step[i] < 0) {
                work->fixed[i] = true;
                work->step[i] = -theta[i];
                again = true;
            }
        }
        if (!again)
            break;
        list_free(work);
        if (!factor_free(work, hessian, raise))
            return false;
        solve_free(work, gradient, hessian);
    }
    double slope = 0;
    for (size_t i = 0; i < n; i++)
        slope += gradient[i] * work->step[i];
    if (slope < 0 || *decrement == 0)
        return true;
    /* The held variables turned the step uphill: go down the scaled gradient instead. */
    for (size_t i = 0; i < n; i++) {
        double diagonal = fabs(hessian[i * (n + 1)]);
        double down = -gradient[i] / (diagonal > 0 ? diagonal : 1);
        bool held = is_bounded(work, i) && theta[i] <= 0 && down <= 0;
        work->step[i] = held ? 0 : is_bounded(work, i) ? fmax(down, -theta[i]) : down;
    }
    return true;
}

/* trial := theta + length · step, never below a bound. */
static void try_point(Work *work, const double *theta, double length)
{
    for (size_t i = 0; i < work->n; i++) {
        double value = theta[i] + length * work->step[i];
        work->trial[i] = is_bounded(work, i) ? fmax(0, value) : value;
    }
}

static bool descend(Work *work, double *theta, double value, const double *gradient)
{
    const VgObjective *objective = work->objective;
    double length = 1;
    for (int k = 0; k < MAX_HALVINGS; k++, length *= 0.5) {
        try_point(work, theta, length);
        double expected = 0, found;
        for (size_t i = 0; i < work->n; i++)
            expected += gradient[i] * (work->trial[i] - theta[i]);
        if (objective->evaluate(objective->context, work->trial, &found, NULL, NULL) &&
            isfinite(found) && found <= value + 1e-4 * expected && expected < 0) {
            memcpy(theta, work->trial, work->n * sizeof *theta);
            return true;
        }
    }
    return false;
}

/* Full steps from a certified point, kept while they shrink the decrement at least fourfold. */
static void polish(Work *work, double *theta, VgOptimum *optimum, double *gradient, double *hessian)
{
    const VgObjective *objective = work->objective;
    size_t n = work->n;
    for (int k = 0; k < MAX_POLISH; k++) {
        double decrement, value;
        if (!newton_step(work, theta, optimum->gradient, optimum->hessian, &decrement))
            return;
        try_point(work, theta, 1);
        double *point = work->values; /* n numbers: free here */
        memcpy(point, work->trial, n * sizeof *point);
        if (!objective->evaluate(objective->context, point, &value, gradient, hessian) ||
            !newton_step(work, point, gradient, hessian, &decrement) ||
            !(decrement < 0.25 * optimum->decrement))
            return;
        memcpy(theta, point, n * sizeof *theta);
        memcpy(optimum->gradient, gradient, n * sizeof *gradient);
        memcpy(optimum->hessian, hessian, n * n * sizeof *hessian);
        optimum->decrement = decrement;
        optimum->value = value;
    }
}

static void describe_end(Work *work, const double *theta, VgOptimum *optimum)
{
    for (size_t i = 0; i < work->n; i++)
        optimum->at_bound[i] = work->fixed[i] =
            is_bounded(work, i) && theta[i] <= 0 && optimum->gradient[i] >= 0;
    list_free(work);
    size_t m = work->n_free;
    optimum->smallest_eigenvalue = m ? (double)NAN : 1;
    if (m && factor_free(work, optimum->hessian, 0)) {
        for (size_t b = 0; b < m; b++)
            for (size_t a = 0; a < m; a++)
                work->factor[a + b * m] = work->scale[a] * work->scale[b] *
                                          optimum->hessian[work->free[a] + work->free[b] * work->n];
        vg_small_eigen(m, work->factor, work->values, work->vectors);
        optimum->smallest_eigenvalue = work->values[0];
    }
}

VgStatus vg_bounded_newton(VgArena *arena, const VgObjective *objective, double *theta,
                           VgOptimum *optimum, VgError *error)
{
    size_t n = objective->n;
    memset(optimum, 0, sizeof *optimum);
    optimum->gradient = VG_NEW(arena, double, n);
    optimum->hessian = VG_NEW(arena, double, n *n);
    optimum->at_bound = VG_NEW(arena, bool, n);
    double *vectors = VG_NEW(arena, double, 7 * n + 3 * n * n);
    bool *fixed = VG_NEW(arena, bool, n);
    size_t *free = VG_NEW(arena, size_t, n);
    if (!optimum->gradient || !optimum->hessian || !optimum->at_bound || !vectors || !fixed ||
        !free)
        return vg_fail_memory(error);
    Work work = {.objective = objective,
                 .n = n,
                 .trial = vectors,
                 .step = vectors + n,
                 .scale = vectors + 2 * n,
                 .right = vectors + 3 * n,
                 .values = vectors + 4 * n,
                 .factor = vectors + 7 * n,
                 .vectors = vectors + 7 * n + n * n,
                 .free = free,
                 .fixed = fixed};
    double *gradient = vectors + 6 * n, *hessian = vectors + 7 * n + 2 * n * n;
    for (;; optimum->iterations++) {
        if (!objective->evaluate(objective->context, theta, &optimum->value, optimum->gradient,
                                 optimum->hessian) ||
            !isfinite(optimum->value)) {
            optimum->value = INFINITY;
            return VG_OK;
        }
        bool found =
            newton_step(&work, theta, optimum->gradient, optimum->hessian, &optimum->decrement);
        if (found && optimum->decrement <= CERTIFIED * (1 + fabs(optimum->value))) {
            optimum->certified = true;
            polish(&work, theta, optimum, gradient, hessian);
            break;
        }
        if (!found || optimum->iterations == MAX_ITERATIONS ||
            !descend(&work, theta, optimum->value, optimum->gradient))
            break;
    }
    describe_end(&work, theta, optimum);
    return VG_OK;
}
