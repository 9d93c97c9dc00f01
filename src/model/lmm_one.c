/* One outcome of a model with a random intercept, on what its pattern shares: a search in γ = σ_b²/σ_e² alone.
 *
 * A(γ) = Σ_c h_c Q_c'Q_c, h_c = 1/(1 + size_c γ); deviance Σ n_c log(1 + size_c γ) + log|A| + ν log r(γ). The
 * deviance is taken at a grid of γ whose factors all outcomes share, then Newton's method in log γ from the
 * lowest point, kept between its neighbours by the sign of the slope; γ = 0 is a point of the grid. METHODS 3.1. */
#include <math.h>
#include <string.h>

#include "model/lmm_many.h"
#include "numeric/distributions.h"
#include "numeric/small_symmetric.h"

enum { MOST_STEPS = 100 };

static const double SMALLEST_GAMMA = 1e-14, LARGEST_GAMMA = 1e12;

static double weight(const VgLmmShared *s, size_t c, double gamma)
{
    return 1.0 / (1.0 + s->size[c] * gamma);
}

static void add_scaled(double *to, const double *from, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += factor * from[i];
}

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

VgStatus vg_lmm_scratch(VgArena *arena, size_t rank, VgLmmScratch *scratch, VgError *error)
{
    size_t square = rank * rank + 1;
    double **part[] = {&scratch->a, &scratch->slope, &scratch->curve, &scratch->factor,
                       &scratch->white};
    double **vector[] = {&scratch->b, &scratch->delta, &scratch->half, &scratch->contrast};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (!(*part[i] = VG_NEW(arena, double, square)))
            return vg_fail_memory(error);
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        if (!(*vector[i] = VG_NEW(arena, double, rank + 1)))
            return vg_fail_memory(error);
    return VG_OK;
}

/* log|V| and the factor of A at γ. */
static bool factor_at(const VgLmmShared *s, double gamma, double *factor, double *log_det,
                      double *log_det_x)
{
    size_t square = s->rank * s->rank;
    memset(factor, 0, square * sizeof *factor);
    *log_det = *log_det_x = 0.0;
    for (size_t c = 0; c < s->n_classes; c++) {
        add_scaled(factor, s->s + c * square, weight(s, c, gamma), square);
        *log_det += (double)(s->first[c + 1] - s->first[c]) * log1p(s->size[c] * gamma);
    }
    return vg_small_cholesky(s->rank, factor, log_det_x);
}

bool vg_lmm_grid(VgLmmShared *s)
{
    size_t square = s->rank * s->rank;
    for (size_t g = 0; g < VG_LMM_GRID; g++) {
        s->gamma[g] = g == 0 ? 0.0 : pow(10.0, -4.0 + 0.5 * (double)(g - 1));
        if (!factor_at(s, s->gamma[g], s->factor + g * square, &s->log_det[g], &s->log_det_x[g]))
            return false;
        if (!s->search)
            break;
    }
    return true;
}

/* b = Σ h_c Q_c'e_c, δ = A⁻¹b; returns r = e'Pe. */
static double residual_at(const VgLmmShared *s, const VgLmmOutcome *o, double gamma,
                          const double *factor, VgLmmScratch *w)
{
    double square = 0.0;
    memset(w->b, 0, s->rank * sizeof *w->b);
    for (size_t c = 0; c < s->n_classes; c++) {
        double h = weight(s, c, gamma);
        add_scaled(w->b, o->t + c * s->rank, h, s->rank);
        square += h * o->ee[c];
    }
    memcpy(w->delta, w->b, s->rank * sizeof *w->b);
    vg_small_forward_solve(s->rank, factor, w->delta);
    square -= dot(w->delta, w->delta, s->rank);
    vg_small_backward_solve(s->rank, factor, w->delta);
    return square;
}

static double deviance_on_grid(const VgLmmShared *s, const VgLmmOutcome *o, size_t g,
                               VgLmmScratch *w)
{
    double r = residual_at(s, o, s->gamma[g], s->factor + g * s->rank * s->rank, w);
    return s->log_det[g] + (s->ml ? 0.0 : s->log_det_x[g]) + s->nu * log(r / s->nu);
}

/* The deviance and its derivatives at γ. */
typedef struct Point {
    double gamma, deviance, slope, curve; /* d/dγ, d²/dγ² of the profiled deviance */
    double r, r_slope;
} Point;

/* x'S y, S symmetric */
static double form(const double *s, size_t n, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++)
        sum += y[j] * dot(s + j * n, x, n);
    return sum;
}

/* a := F⁻¹ a F⁻ᵀ, a symmetric */
static void whiten_square(size_t n, const double *factor, double *a)
{
    for (size_t j = 0; j < n; j++)
        vg_small_forward_solve(n, factor, a + j * n);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < j; i++) {
            double swap = a[i + j * n];
            a[i + j * n] = a[j + i * n];
            a[j + i * n] = swap;
        }
    for (size_t j = 0; j < n; j++)
        vg_small_forward_solve(n, factor, a + j * n);
}

static bool look(const VgLmmShared *s, const VgLmmOutcome *o, double gamma, VgLmmScratch *w,
                 Point *point)
{
    size_t n = s->rank, square = n * n;
    double log_det, log_det_x;
    if (!factor_at(s, gamma, w->factor, &log_det, &log_det_x))
        return false;
    double r = residual_at(s, o, gamma, w->factor, w), r1 = 0.0, r2 = 0.0, v1 = 0.0, v2 = 0.0;
    memset(w->slope, 0, square * sizeof *w->slope);
    memset(w->curve, 0, square * sizeof *w->curve);
    memset(w->half, 0, n * sizeof *w->half);
    for (size_t c = 0; c < s->n_classes; c++) {
        double h = weight(s, c, gamma), h1 = -s->size[c] * h * h, h2 = -2.0 * s->size[c] * h * h1;
        const double *sc = s->s + c * square, *tc = o->t + c * n;
        double count = (double)(s->first[c + 1] - s->first[c]);
        double own = o->ee[c] - 2.0 * dot(tc, w->delta, n) + form(sc, n, w->delta, w->delta);
        r1 += h1 * own;
        r2 += h2 * own;
        v1 += count * s->size[c] * h;
        v2 += count * s->size[c] * h1;
        add_scaled(w->slope, sc, h1, square);
        add_scaled(w->curve, sc, h2, square);
        add_scaled(w->half, tc, h1, n);
    }
    for (size_t j = 0; j < n; j++)
        add_scaled(w->half, w->slope + j * n, -w->delta[j], n);
    vg_small_forward_solve(n, w->factor, w->half);
    r2 -= 2.0 * dot(w->half, w->half, n);
    whiten_square(n, w->factor, w->slope);
    whiten_square(n, w->factor, w->curve);
    if (!s->ml)
        for (size_t i = 0; i < n; i++) {
            v1 += w->slope[i + i * n];
            v2 += w->curve[i + i * n] - dot(w->slope + i * n, w->slope + i * n, n);
        }
    *point = (Point){.gamma = gamma,
                     .deviance = log_det + (s->ml ? 0.0 : log_det_x) + s->nu * log(r / s->nu),
                     .slope = v1 + s->nu * r1 / r,
                     .curve = v2 + s->nu * (r2 / r - r1 / r * (r1 / r)),
                     .r = r,
                     .r_slope = r1};
    return r > 0.0 && isfinite(point->deviance) && isfinite(point->curve);
}

/* Newton in x = log γ between low and high. */
static bool search_between(const VgLmmShared *s, const VgLmmOutcome *o, double start, double low,
                           double high, VgLmmScratch *w, Point *point)
{
    double x = log(start), a = log(low), b = log(high);
    for (int i = 0; i < MOST_STEPS; i++) {
        if (!look(s, o, exp(x), w, point))
            return false;
        double slope = point->gamma * point->slope;
        double curve = slope + point->gamma * point->gamma * point->curve;
        double step = curve > 0.0 ? -slope / curve : 0.0;
        if (curve > 0.0 && fabs(step) < 1e-9)
            return slope * slope / curve < 1e-12 * (1.0 + fabs(point->deviance));
        *(slope > 0.0 ? &b : &a) = x;
        double next = x + step;
        x = curve > 0.0 && next > a && next < b ? next : 0.5 * (a + b);
    }
    return false;
}

/* The γ of the lowest deviance: false when none is certified. */
static bool minimise(const VgLmmShared *s, const VgLmmOutcome *o, VgLmmScratch *w, Point *point)
{
    size_t best = 0;
    double lowest = INFINITY;
    for (size_t g = 0; s->search && g < VG_LMM_GRID; g++) {
        double value = deviance_on_grid(s, o, g, w);
        if (value < lowest) {
            lowest = value;
            best = g;
        }
    }
    if (best == 0) {
        if (!look(s, o, 0.0, w, point))
            return false;
        if (!s->search || point->slope >= 0.0)
            return true;
        double guess = point->curve > 0.0 ? -point->slope / point->curve : s->gamma[1];
        return search_between(s, o, fmin(fmax(guess, 10.0 * SMALLEST_GAMMA), s->gamma[1]),
                              SMALLEST_GAMMA, s->gamma[2], w, point);
    }
    double low = best > 1 ? s->gamma[best - 1] : SMALLEST_GAMMA;
    double high = best + 1 < VG_LMM_GRID ? s->gamma[best + 1] : LARGEST_GAMMA;
    return search_between(s, o, s->gamma[best], low, high, w, point);
}

/* Satterthwaite's df of a whitened contrast from (γ, log sigma), as lmm_inference.c. */
static double satterthwaite(const VgLmmShared *s, const Point *at, const VgLmmScratch *w,
                            const double *c)
{
    double square = dot(c, c, s->rank), g1 = 0.0, g2 = 2.0;
    if (at->gamma > 0.0) {
        double share = at->r_slope / at->r;
        double h11 = at->curve + s->nu * share * share, h12 = -2.0 * s->nu * share,
               h22 = 4.0 * s->nu, determinant = h11 * h22 - h12 * h12;
        g1 = -form(w->slope, s->rank, c, c) / square;
        return determinant / (g1 * g1 * h22 - 2.0 * g1 * g2 * h12 + g2 * g2 * h11);
    }
    return s->nu;
}

static VgInference nothing(void)
{
    return (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* L'β and what goes with it; NaN where L touches a column that is left out. */
static VgInference answer_one(const VgLmmShared *s, const VgLmmOutcome *o, const Point *at,
                              const double *contrast, VgDfMethod df, double level, double sigma,
                              VgLmmScratch *w)
{
    size_t n = s->rank, touched = 0, kept = 0;
    for (size_t j = 0; j < s->p; j++)
        touched += contrast[j] != 0.0;
    for (size_t k = 0; k < n; k++) {
        w->contrast[k] = contrast[s->column[k]];
        kept += w->contrast[k] != 0.0;
    }
    if (kept < touched || touched == 0)
        return nothing();
    for (size_t j = 0; j < n; j++) { /* R⁻ᵀ c */
        double sum = w->contrast[j] - dot(s->r + j * n, w->contrast, j);
        w->contrast[j] = sum / s->r[j + j * n];
    }
    VgInference out = {.estimate = dot(w->contrast, o->effect, n) +
                                   o->scale * dot(w->contrast, w->delta, n)};
    vg_small_forward_solve(n, w->factor, w->contrast);
    out.se = sigma * sqrt(dot(w->contrast, w->contrast, n));
    out.df = df == VG_DF_RESIDUAL ? (double)(s->n - n) : satterthwaite(s, at, w, w->contrast);
    out.statistic = out.estimate / out.se;
    out.p = vg_t_two_sided(out.statistic, out.df);
    double reach = vg_t_quantile(0.5 + 0.5 * level, out.df) * out.se;
    out.lower = out.estimate - reach;
    out.upper = out.estimate + reach;
    return out;
}

void vg_lmm_one(const VgLmmShared *s, const VgLmmOutcome *o, const double *contrast,
                size_t n_contrasts, VgDfMethod df, double level, VgLmmScratch *w,
                VgLmmRecord *record, VgInference *answer)
{
    Point at = {0};
    record->n = s->n;
    record->sigma = record->variance = NAN;
    for (size_t k = 0; k < n_contrasts; k++)
        answer[k] = nothing();
    if (!minimise(s, o, w, &at)) {
        record->status = VG_LMM_NO_CONVERGENCE;
        return;
    }
    record->sigma = o->scale * sqrt(at.r / s->nu);
    if (s->search)
        record->variance = at.gamma * record->sigma * record->sigma;
    record->status = s->search && at.gamma == 0.0 ? VG_LMM_SINGULAR : VG_LMM_FITTED;
    for (size_t k = 0; k < n_contrasts; k++)
        answer[k] = answer_one(s, o, &at, contrast + k * s->p, df, level, record->sigma, w);
}
