/* Newton on resamples, from the fit to all rows.
 *
 * At that fit every row's score and weight are known, so that the first step needs no exponentials, and for least squares it
 * is the only one. Columns are standardised: the normal equations (Cholesky) then lose no digit that matters, since the
 * gradient, which decides where the optimum is, is summed at the point itself. Source: Green 1984. */
#include "model/glm_refit.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/small_symmetric.h"

enum { VECTOR = 4, TOGETHER = 4, MOST_STEPS = 12 };
static const double HOLD = 1e-4; /* of the last step, squared: the next ones take its information */
static const double LAST_STEP = 1e-12; /* squared, in standard errors */
static const double DEPENDENT =
    1e-10; /* what is left of a column's square when the others are taken out */

/* ---- to be made ready once ---- */

static void standardise(VgGlmRefit *r, const VgMatrix x, const double *beta)
{
    r->centre[0] = 0;
    r->scale[0] = 1;
    r->start[0] = beta[0];
    for (size_t j = 0; j < r->p; j++) {
        const double *column = &VG_AT(x, 0, j);
        double mean = 0, squares = 0;
        for (size_t i = 0; i < r->n; i++)
            mean += column[i] / (double)r->n;
        for (size_t i = 0; i < r->n; i++)
            squares += (column[i] - mean) * (column[i] - mean) / (double)r->n;
        if (j > 0) {
            r->centre[j] = mean;
            r->scale[j] = squares > 0 ? sqrt(squares) : 1;
            r->start[j] = beta[j] * r->scale[j];
            r->start[0] += beta[j] * mean;
        }
        for (size_t i = 0; i < r->n; i++)
            r->row[i * r->width + j] = (column[i] - r->centre[j]) / r->scale[j];
    }
}

static inline double predictor(const VgGlmRefit *r, const double *row, const double *beta)
{
    double eta = 0;
    for (size_t j = 0; j < r->p; j++)
        eta += row[j] * beta[j];
    return eta;
}

/* φ/Φ from logarithms, so that the lower tail keeps its digits. */
static double inverse_mills(double eta)
{
    return exp(vg_normal_log_density(eta) - vg_normal_log_lower(eta));
}

/* Score and observed information of a row about its linear predictor. */
static inline void judge(bool probit, double y, double eta, double *score, double *weight)
{
    double side = y > 0.5 ? 1 : -1;
    if (probit) {
        double mills = inverse_mills(side * eta);
        *score = side * mills;
        *weight = mills * (mills + side * eta);
        return;
    }
    double e = exp(-fabs(eta)), larger = 1 / (1 + e), smaller = e * larger;
    *score = side * eta > 0 ? side * smaller : side * larger; /* y − p without cancellation */
    *weight = smaller * larger;
}

static void judge_rows(VgGlmRefit *r)
{
    for (size_t i = 0; i < r->n; i++) {
        double eta = predictor(r, r->row + i * r->width, r->start);
        r->residual[i] = r->y[i] - eta;
        r->weight[i] = 1;
        if (!r->linear)
            judge(r->probit, r->y[i], eta, &r->residual[i], &r->weight[i]);
    }
}

VgStatus vg_glm_refit_prepare(VgArena *arena, const VgGlmData *data, const VgGlmOptions *options,
                              const double *beta, VgGlmRefit *refit, VgError *error)
{
    size_t n = data->x.rows, p = data->x.cols;
    VgGlmRefit r = {.n = n,
                    .p = p,
                    .width = (p + VECTOR - 1) / VECTOR * VECTOR,
                    .linear = options->family == VG_GLM_GAUSSIAN,
                    .probit = options->link == VG_LINK_PROBIT,
                    .y = data->y};
    r.row = vg_arena_alloc(arena, n, r.width * sizeof(double));
    double *rest = VG_NEW(arena, double, 2 * n + 3 * p);
    if (!r.row || !rest)
        return vg_fail_memory(error);
    r.weight = rest;
    r.residual = r.weight + n;
    r.start = r.residual + n;
    r.centre = r.start + p;
    r.scale = r.centre + p;
    standardise(&r, data->x, beta);
    judge_rows(&r);
    *refit = r;
    return VG_OK;
}

/* ---- a resample ---- */

/* The rows that were drawn. */
typedef struct Drawn {
    size_t n;
    size_t *row;
    double *count;
    double *weight, *score; /* times count */
} Drawn;

static bool gather(VgArena *scratch, const VgGlmRefit *r, const double *count, Drawn *d)
{
    size_t most = r->n + TOGETHER;
    d->row = vg_arena_alloc_raw(scratch, most, sizeof *d->row);
    d->count = vg_arena_alloc_raw(scratch, most, 3 * sizeof *d->count);
    if (!d->row || !d->count)
        return false;
    d->weight = d->count + most;
    d->score = d->weight + most;
    d->n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (count[i] != 0) {
            d->row[d->n] = i;
            d->count[d->n] = count[i];
            d->weight[d->n] = count[i] * r->weight[i];
            d->score[d->n++] = count[i] * r->residual[i];
        }
    for (size_t k = d->n; k < d->n + TOGETHER; k++) {
        d->row[k] = 0;
        d->weight[k] = 0;
    }
    return true;
}

static void judge_drawn(const VgGlmRefit *r, const double *beta, Drawn *d)
{
    for (size_t k = 0; k < d->n; k++) {
        size_t i = d->row[k];
        double eta = predictor(r, r->row + i * r->width, beta), score, weight;
        judge(r->probit, r->y[i], eta, &score, &weight);
        d->weight[k] = d->count[k] * weight;
        d->score[k] = d->count[k] * score;
    }
}

/* Information (upper triangle, from the diagonal's vector on) of the rows that were drawn, several at a time, so that sums
 * are loaded and stored less often. Their number is filled up with rows of weight 0. */
static inline void sum_information(size_t width, const VgGlmRefit *r, const Drawn *d,
                                   double *restrict information)
{
    for (size_t k = 0; k < d->n; k += TOGETHER) {
        const double *restrict row[TOGETHER];
        for (size_t t = 0; t < TOGETHER; t++)
            row[t] = r->row + d->row[k + t] * width;
        for (size_t j = 0; j < r->p; j++) {
            double *restrict out = information + j * width, factor[TOGETHER];
            for (size_t t = 0; t < TOGETHER; t++)
                factor[t] = d->weight[k + t] * row[t][j];
            for (size_t l = j - j % VECTOR; l < width; l += VECTOR)
                for (size_t v = 0; v < VECTOR; v++)
                    out[l + v] += (factor[0] * row[0][l + v] + factor[1] * row[1][l + v]) +
                                  (factor[2] * row[2][l + v] + factor[3] * row[3][l + v]);
        }
    }
}

static inline void sum_gradient(size_t width, const VgGlmRefit *r, const Drawn *d,
                                double *restrict gradient)
{
    for (size_t k = 0; k < d->n; k++) {
        const double *restrict row = r->row + d->row[k] * width;
        for (size_t l = 0; l < width; l += VECTOR)
            for (size_t v = 0; v < VECTOR; v++)
                gradient[l + v] += d->score[k] * row[l + v];
    }
}

/* Without `information` the gradient alone. */
static void sums(const VgGlmRefit *r, const Drawn *d, double *information, double *gradient)
{
    memset(gradient, 0, r->width * sizeof *gradient);
    if (r->width == 8) /* a width known to the compiler is unrolled */
        sum_gradient(8, r, d, gradient);
    else
        sum_gradient(r->width, r, d, gradient);
    if (!information)
        return;
    memset(information, 0, r->width * r->width * sizeof *information);
    if (r->width == 8)
        sum_information(8, r, d, information);
    else
        sum_information(r->width, r, d, information);
}

/* False where a column depends on the others. */
static bool factorise(const VgGlmRefit *r, const double *information, double *factor)
{
    double unused;
    for (size_t j = 0; j < r->p; j++)
        for (size_t l = j; l < r->p; l++)
            factor[l + j * r->p] = information[j * r->width + l];
    if (!vg_small_cholesky(r->p, factor, &unused))
        return false;
    for (size_t j = 0; j < r->p; j++) {
        double left = factor[j + j * r->p];
        if (!(left * left > DEPENDENT * information[j * r->width + j]))
            return false;
    }
    return true;
}

/* The step, and its square in standard errors. */
static double find_step(const VgGlmRefit *r, const double *factor, const double *gradient,
                        double *step)
{
    double squared = 0;
    memcpy(step, gradient, r->p * sizeof *step);
    vg_small_forward_solve(r->p, factor, step);
    for (size_t j = 0; j < r->p; j++)
        squared += step[j] * step[j];
    vg_small_backward_solve(r->p, factor, step);
    return squared;
}

static void in_own_units(const VgGlmRefit *r, const double *standard, double *beta)
{
    beta[0] = standard[0];
    for (size_t j = 1; j < r->p; j++) {
        beta[j] = standard[j] / r->scale[j];
        beta[0] -= beta[j] * r->centre[j];
    }
}

bool vg_glm_refit(VgArena *scratch, const VgGlmRefit *r, const double *count, double *beta,
                  double *squares)
{
    Drawn drawn;
    size_t square = r->width * r->width;
    double *information =
        vg_arena_alloc_raw(scratch, 2 * square + 3 * r->width, sizeof *information);
    if (!information || !gather(scratch, r, count, &drawn))
        return false;
    double *factor = information + square, *gradient = factor + square, *step = gradient + r->width,
           *at = step + r->width, previous = INFINITY;
    memcpy(at, r->start, r->p * sizeof *at);
    for (int k = 0; k < MOST_STEPS; k++) {
        bool anew = previous > HOLD; /* near the end the information no longer changes */
        if (k > 0)
            judge_drawn(r, at, &drawn);
        sums(r, &drawn, anew ? information : NULL, gradient);
        if (anew && !factorise(r, information, factor))
            return false;
        double squared = find_step(r, factor, gradient, step);
        if (!(squared < previous))
            return false;
        for (size_t j = 0; j < r->p; j++)
            at[j] += step[j];
        if (r->linear || squared < LAST_STEP) {
            in_own_units(r, at, beta);
            if (squares) {
                *squares = -squared;
                for (size_t i = 0; i < drawn.n; i++)
                    *squares += drawn.score[i] * r->residual[drawn.row[i]];
            }
            return true;
        }
        previous = squared;
    }
    return false;
}
