/* Sensitivity of a binary mediator (probit) with a linear outcome to a common cause of both, rho = corr of the mediator's latent
 * error (variance 1) and the outcome's (variance s²).
 *
 * Given M the outcome's error has mean rho s l and variance s² (1 − rho² l (l + u)), u the mediator's linear predictor, l = φ(u)/Φ(u)
 * where M = 1 and −φ(u)/Φ(−u) where M = 0. So the outcome's coefficients at rho are those of the regression of Y − rho s l on
 * its columns X with weights w, one over that variance (without s²), and s solves
 *   (n − p) s² = Σ w (residual)² = a − 2 rho s b + rho² s² c,
 * a, b, c the residual cross-products of Y and l after X: the positive root. medsens 4.5.1 iterates to the same equation with the
 * variance itself for a weight, by which s comes out too small and the curve too flat. The indirect effect is
 * (slope of M in the arm) × mean of Φ(u with A = 1) − Φ(u with A = 0).
 * Source: Imai, Keele & Yamamoto 2010, 5; Imai, Keele & Tingley 2010, appendix D. */
#include <math.h>

#include "mechanism/mediation_internal.h"
#include "numeric/distributions.h"
#include "numeric/householder.h"
#include "numeric/root.h"

enum { ARMS = 3 };
static const double FARTHEST = 0.999;

/* One rho, and room for the regression: √w [X, l, Y] and its triangle. */
typedef struct Point {
    const VgMediationProblem *problem;
    const double *theta;
    double rho;
    int arm; /* whose slope is wanted at nought */
    VgMatrix rows, triangle;
    double *coefficient, *direction; /* of X */
} Point;

static double predictor(const VgMediationProblem *p, const double *theta, size_t i, double a)
{
    const double *alpha = theta + p->layout.alpha;
    double u = alpha[0] + a * alpha[1];
    for (size_t j = 0; j < p->layout.covariates; j++)
        u += VG_AT(p->data->covariates, i, j) * alpha[2 + j];
    return u;
}

/* φ/Φ from logarithms, so that the lower tail keeps its digits. */
static double inverse_mills(double u)
{
    return exp(vg_normal_log_density(u) - vg_normal_log_lower(u));
}

static void fill_rows(const Point *point, const double *theta)
{
    const VgMediationProblem *p = point->problem;
    size_t columns = p->full.cols;
    for (size_t i = 0; i < p->data->n; i++) {
        double u = predictor(p, theta, i, p->data->treatment[i]);
        double l = p->data->mediator[i] == 1 ? inverse_mills(u) : -inverse_mills(-u);
        double root = 1 / sqrt(1 - point->rho * point->rho * l * (l + u));
        for (size_t j = 0; j < columns; j++)
            VG_AT(point->rows, i, j) = root * VG_AT(p->full, i, j);
        VG_AT(point->rows, i, columns) = root * l;
        VG_AT(point->rows, i, columns + 1) = root * p->data->outcome[i];
    }
}

/* The coefficients of X into point->coefficient; the residual SD, NaN where there is none. */
static double regress(const Point *point, const double *theta)
{
    size_t x = point->problem->full.cols, l = x, y = x + 1;
    fill_rows(point, theta);
    vg_householder(point->rows, point->triangle);
    VgMatrix r = point->triangle, of_x = r;
    of_x.rows = of_x.cols = x;
    double rho = point->rho, df = (double)point->problem->data->n - (double)x;
    double c = VG_AT(r, l, l) * VG_AT(r, l, l), b = VG_AT(r, l, l) * VG_AT(r, l, y);
    double a = VG_AT(r, l, y) * VG_AT(r, l, y) + VG_AT(r, y, y) * VG_AT(r, y, y);
    double lead = df - rho * rho * c;
    double s = (sqrt(rho * rho * b * b + lead * a) - rho * b) / lead;
    for (size_t j = 0; j < x; j++)
        point->coefficient[j] = VG_AT(r, j, y) - rho * s * VG_AT(r, j, l);
    vg_solve_upper(of_x, point->coefficient);
    return lead > 0 ? s : (double)NAN;
}

/* Slope of the mediator in control, treated, on average. */
static double slope(const Point *point, int arm)
{
    const VgMediationLayout *l = &point->problem->layout;
    size_t m = 2 + l->covariates;
    double product = l->interaction ? point->coefficient[m + 1] : 0;
    return point->coefficient[m] + (arm == 2 ? 0.5 : arm) * product;
}

/* Its variance with the mediator's model held. */
static double slope_variance(const Point *point, int arm, double s)
{
    const VgMediationLayout *l = &point->problem->layout;
    size_t m = 2 + l->covariates, x = point->problem->full.cols;
    VgMatrix of_x = point->triangle;
    of_x.rows = of_x.cols = x;
    for (size_t j = 0; j < x; j++)
        point->direction[j] = 0;
    point->direction[m] = 1;
    if (l->interaction)
        point->direction[m + 1] = arm == 2 ? 0.5 : arm;
    vg_solve_upper_transposed(of_x, point->direction);
    return s * s * vg_dot(point->direction, point->direction, x);
}

/* Mean change of the mediator's probability. */
static double mediator_change(const VgMediationProblem *p, const double *theta)
{
    double sum = 0;
    for (size_t i = 0; i < p->data->n; i++)
        sum += vg_normal_upper(-predictor(p, theta, i, 1)) -
               vg_normal_upper(-predictor(p, theta, i, 0));
    return sum / (double)p->data->n;
}

static void effects(const VgMediationProblem *p, const double *theta, const void *context,
                    double *value)
{
    const Point *point = context;
    double s = regress(point, theta), change = mediator_change(p, theta);
    for (int a = 0; a < ARMS; a++)
        value[a] = isnan(s) ? s : slope(point, a) * change;
}

static double slope_at(double rho, const void *context)
{
    Point point = *(const Point *)context;
    point.rho = rho;
    return isnan(regress(&point, point.theta)) ? (double)NAN : slope(&point, point.arm);
}

static VgStatus make_point(VgArena *arena, const VgMediationProblem *p, const double *theta,
                           Point *point, VgError *error)
{
    size_t n = p->data->n, columns = p->full.cols + 2;
    double *all = VG_NEW(arena, double, (n + columns + 2) * columns);
    if (!all)
        return vg_fail_memory(error);
    *point = (Point){.problem = p,
                     .theta = theta,
                     .rows = {all, n, columns, n},
                     .triangle = {all + n * columns, columns, columns, columns},
                     .coefficient = all + (n + columns) * columns,
                     .direction = all + (n + columns + 1) * columns};
    return VG_OK;
}

VgStatus vg_mediation_rho_mediator(VgArena *arena, const VgMediationProblem *p,
                                   const VgMediationFitted *fitted, VgMediationSensitivity *s,
                                   VgError *error)
{
    Point point;
    VG_TRY(make_point(arena, p, fitted->theta, &point, error));
    double *gradient = VG_NEW(arena, double, p->layout.size *ARMS);
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    double change = mediator_change(p, fitted->theta);
    if (!gradient)
        return vg_fail_memory(error);
    for (size_t k = 0; k < s->n_rho; k++) {
        VgArenaMark mark = vg_arena_mark(arena);
        point.rho = s->rho[k];
        /* of the mediator's model by its gradient, of the outcome's given that */
        VG_TRY(vg_theta_gradient(arena, p, fitted, effects, &point, ARMS, gradient, error));
        vg_arena_rewind(arena, mark);
        effects(p, fitted->theta, &point, s->estimate + 3 * k);
        double sd = regress(&point, fitted->theta);
        for (int a = 0; a < ARMS; a++) {
            size_t at = 3 * k + (size_t)a;
            double of_mediator = vg_theta_se(p, fitted, gradient, ARMS, (size_t)a);
            double half = z * sqrt(of_mediator * of_mediator +
                                   change * change * slope_variance(&point, a, sd));
            s->lower[at] = s->estimate[at] - half;
            s->upper[at] = s->estimate[at] + half;
        }
    }
    for (point.arm = 0; point.arm < ARMS; point.arm++)
        if (!vg_root(slope_at, &point, -FARTHEST, FARTHEST, &s->rho_at_zero[point.arm]))
            s->rho_at_zero[point.arm] = NAN;
    return VG_OK;
}
