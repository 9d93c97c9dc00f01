/* All equations of several mediators from one matrix of cross-products.
 *
 * S holds [1, A, C | markers | Y]. Measurement error of variance (1 − λ) Var adds ν (1 − λ) Var to the diagonal,
 * ν the residual df of the markers' equations: taken off before the sweep, S is what error-free markers would have
 * given on average (with exact covariates this is β = (S_MM/ν − Σ_u)⁻¹ S_MY/ν of the partialled matrices).
 * Scores are W' markers, so their cross-products are W' S W and no row is read twice. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "numeric/linear_algebra.h"

static const double DEPENDENT = 1e-10, LEAST_RELIABILITY = 0.2;
enum { HALVINGS = 40 };

VgStatus vg_channels_solution_new(VgArena *arena, const VgChannelsProblem *p,
                                  VgChannelsSolution *solution, VgError *error)
{
    size_t k = p->terms;
    double *all = VG_NEW(arena, double, 3 * k + p->values + p->equations.columns);
    *solution = (VgChannelsSolution){.scores = vg_matrix_new(arena, k, k),
                                     .covariance = vg_matrix_new(arena, k, k)};
    if (!all || !solution->scores.data || !solution->covariance.data)
        return vg_fail_memory(error);
    solution->alpha = all;
    solution->beta = all + k;
    solution->cross = all + 2 * k;
    solution->effect = all + 3 * k;
    solution->noise = solution->effect + p->values;
    return VG_OK;
}

/* ---- weights of the scores ---- */

static double sign_of(const VgChannelsProblem *p, size_t j)
{
    return p->data->sign ? p->data->sign[j] : 1;
}

/* Residual cross-product of two markers in the swept matrix. */
static double between(const VgChannelsProblem *p, const double *s, size_t j, size_t l)
{
    const VgEquations *e = &p->equations;
    return s[vg_mediator_column(e, j) * e->width + vg_mediator_column(e, l)];
}

size_t vg_channels_members(const VgChannelsProblem *p, size_t term, size_t *member)
{
    size_t n = 0;
    for (size_t j = 0; j < p->data->markers.cols; j++)
        if (p->term[j] == term)
            member[n++] = j;
    return n;
}

double vg_channels_residual_sd(const VgChannelsProblem *p, const double *swept, size_t marker,
                               double nu)
{
    return sqrt(between(p, swept, marker, marker) / nu);
}

VgMatrix vg_channels_correlations(VgArena *scratch, const VgChannelsProblem *p, const double *swept,
                                  const size_t *member, size_t n)
{
    VgMatrix r = vg_matrix_new(scratch, n, n);
    for (size_t a = 0; r.data && a < n; a++)
        for (size_t b = 0; b < n; b++)
            VG_AT(r, a, b) = sign_of(p, member[a]) * sign_of(p, member[b]) *
                             between(p, swept, member[a], member[b]) /
                             sqrt(between(p, swept, member[a], member[a]) *
                                  between(p, swept, member[b], member[b]));
    return r;
}

/* First eigenvector of the signed markers' residual correlations, over their residual SD; it points where most signs
 * do. */
static VgStatus component(VgArena *scratch, const VgChannelsProblem *p, const double *s,
                          const size_t *member, size_t n, double nu, double *weight, VgError *error)
{
    VgMatrix r = vg_channels_correlations(scratch, p, s, member, n);
    double *value = VG_NEW(scratch, double, n), towards = 0;
    if (!r.data || !value)
        return vg_fail_memory(error);
    VG_TRY(vg_symmetric_eigen(scratch, r, value, error));
    for (size_t a = 0; a < n; a++)
        towards += VG_AT(r, a, n - 1);
    for (size_t a = 0; a < n; a++)
        weight[member[a]] = (towards < 0 ? -1 : 1) * sign_of(p, member[a]) * VG_AT(r, a, n - 1) /
                            vg_channels_residual_sd(p, s, member[a], nu);
    return VG_OK;
}

/* SD within arms: a treatment effect must not shrink a marker's weight. */
static void mean_of_z(const VgChannelsProblem *p, const double *s, const size_t *member, size_t n,
                      double nu, double *weight)
{
    for (size_t a = 0; a < n; a++)
        weight[member[a]] =
            sign_of(p, member[a]) / sqrt(between(p, s, member[a], member[a]) / nu) / (double)n;
}

bool vg_channels_weights(VgArena *scratch, const VgChannelsProblem *p, const double *s,
                         double *work, double *weight, VgError *error, VgStatus *status)
{
    const VgEquations *e = &p->equations;
    size_t m = p->data->markers.cols;
    double *whole = work + e->width * e->width;
    bool within = p->options->score != VG_CHANNEL_MEAN; /* what covariates leave too */
    size_t until = within ? e->base : 2;
    double nu = s[0] - (double)until;
    *status = VG_OK;
    if (p->by_marker) { /* natural units: columns are standardised */
        for (size_t j = 0; j < m; j++)
            weight[j] = e->scale[vg_mediator_column(e, j)];
        return true;
    }
    size_t *member = VG_NEW(scratch, size_t, m);
    if (!member) {
        *status = vg_fail_memory(error);
        return false;
    }
    memcpy(work, s, e->width * e->width * sizeof *s);
    vg_diagonal(e, work, whole);
    if (!vg_sweep(e, 0, until, whole, work))
        return false;
    for (size_t k = 0; k < p->terms; k++) {
        size_t n = vg_channels_members(p, k, member);
        for (size_t a = 0; a < n; a++)
            if (!(between(p, work, member[a], member[a]) > 0))
                return false;
        if (n == 1)
            weight[member[0]] = e->scale[vg_mediator_column(e, member[0])];
        else if (!within)
            mean_of_z(p, work, member, n, nu, weight);
        else if (p->options->score == VG_CHANNEL_COMPONENT)
            *status = component(scratch, p, work, member, n, nu, weight, error);
        else
            *status = vg_channels_factor_weights(scratch, p, work, member, n, nu, weight, error);
        if (*status != VG_OK)
            return false;
    }
    return true;
}

/* ---- measurement error ---- */

static double total_variance(const VgEquations *e, const double *s, size_t column)
{
    double n = s[0], sum = s[column];
    return (s[column * e->width + column] - sum * sum / n) / (n - 1);
}

static void take_noise_off(const VgEquations *e, const double *s, const double *noise, double *work)
{
    double nu = s[0] - (double)e->base;
    for (size_t c = 2; c < e->base + e->mediators; c++)
        if (noise[c] > 0)
            work[c * e->width + c] -= nu * noise[c] * total_variance(e, s, c);
}

void vg_channels_conditional(const VgChannelsProblem *p, const double *s, double *work,
                             double *conditional, double *explained)
{
    const VgEquations *e = &p->equations;
    double *whole = work + e->width * e->width, nu = s[0] - (double)e->base;
    memcpy(work, s, e->width * e->width * sizeof *s);
    vg_diagonal(e, work, whole);
    bool swept = vg_sweep(e, 0, e->base, whole, work);
    for (size_t j = 0; j < p->data->markers.cols; j++) {
        size_t c = vg_mediator_column(e, j);
        double all = total_variance(e, s, c), left = between(p, work, j, j) / nu;
        explained[j] = swept ? 1 - left / all : (double)NAN;
        conditional[j] = swept && p->noise ? 1 - p->noise[c] * all / left : (double)NAN;
    }
}

/* ---- coefficients ---- */

void vg_channels_effects(const VgChannelsProblem *p, const double *alpha, const double *beta,
                         double direct, double *effect)
{
    double sum = 0;
    double *term = effect + VG_CHANNELS_FIRST, *channel = term + p->terms;
    for (size_t g = 0; g < p->sums; g++)
        channel[g] = 0;
    for (size_t k = 0; k < p->terms; k++) {
        sum += term[k] = alpha[k] * beta[k];
        if (p->sums)
            channel[p->data->channel[k]] += term[k];
    }
    effect[VG_CHANNELS_DIRECT] = direct;
    effect[VG_CHANNELS_INDIRECT] = sum;
    effect[VG_CHANNELS_TOTAL] = direct + sum;
    for (size_t k = VG_CHANNELS_INDIRECT; k < p->effects; k++)
        effect[p->effects + k - VG_CHANNELS_INDIRECT] = effect[k] / effect[VG_CHANNELS_TOTAL];
}

/* Cross-products of the scores, their coefficients on treatment, and with the outcome. */
static void project(const VgChannelsProblem *p, const double *s, const double *weight,
                    VgChannelsSolution *x)
{
    const VgEquations *e = &p->equations;
    size_t m = p->data->markers.cols, w = e->width, y = vg_outcome_column(e, 0);
    for (size_t k = 0; k < p->terms; k++) {
        x->alpha[k] = x->cross[k] = 0;
        for (size_t l = 0; l < p->terms; l++)
            VG_AT(x->covariance, k, l) = 0;
    }
    for (size_t j = 0; j < m; j++) {
        size_t c = vg_mediator_column(e, j), k = p->term[j];
        const double *row = s + c * w;
        x->alpha[k] += weight[j] * s[w + c];
        x->cross[k] += weight[j] * row[y] * e->scale[y];
        for (size_t i = 0; i < m; i++)
            VG_AT(x->covariance, k, p->term[i]) +=
                weight[j] * weight[i] * row[vg_mediator_column(e, i)];
    }
}

static bool factor_scores(size_t terms, VgChannelsSolution *x)
{
    vg_matrix_copy(x->covariance, x->scores);
    if (!vg_cholesky(x->scores))
        return false;
    for (size_t k = 0; k < terms; k++)
        if (!(VG_AT(x->scores, k, k) * VG_AT(x->scores, k, k) >
              DEPENDENT * VG_AT(x->covariance, k, k)))
            return false;
    return true;
}

static bool solve(const VgChannelsProblem *p, const double *s, const double *noise,
                  const double *weight, double *work, VgChannelsSolution *x)
{
    const VgEquations *e = &p->equations;
    size_t w = e->width, y = vg_outcome_column(e, 0);
    double *whole = work + w * w;
    memcpy(work, s, w * w * sizeof *s);
    if (noise)
        take_noise_off(e, s, noise, work);
    vg_diagonal(e, work, whole);
    if (!vg_sweep(e, 0, e->base, whole, work))
        return false;
    project(p, work, weight, x);
    if (!factor_scores(p->terms, x))
        return false;
    memcpy(x->beta, x->cross, p->terms * sizeof *x->beta);
    vg_cholesky_solve(x->scores, x->beta);
    x->rows = s[0];
    x->total = work[w + y] * e->scale[y];
    x->treatment_variance = work[w + 1];
    x->outcome_squares = x->residual_squares = work[y * w + y] * e->scale[y] * e->scale[y];
    x->direct = x->total;
    x->separate = 0;
    for (size_t k = 0; k < p->terms; k++) {
        x->direct -= x->alpha[k] * x->beta[k];
        x->residual_squares -= x->beta[k] * x->cross[k];
        x->separate += x->alpha[k] * x->cross[k] / VG_AT(x->covariance, k, k);
    }
    vg_channels_effects(p, x->alpha, x->beta, x->direct, x->effect);
    return true;
}

/* Whether `share` of the errors' variances can be taken off and leaves a positive definite matrix, the outcome's in it. */
static bool leaves_something(const VgChannelsProblem *p, const double *s, const double *noise,
                             double share, const double *weight, double *work,
                             VgChannelsSolution *x)
{
    for (size_t c = 0; c < p->equations.columns; c++)
        x->noise[c] = share * noise[c];
    return solve(p, s, x->noise, weight, work, x) && x->residual_squares > 0;
}

/* Observed over true variance of a column given treatment; `left` and `error` are of the same df. */
static double inflation(double left, double error)
{
    return error > 0 ? 1 / fmax(1 - error / left, LEAST_RELIABILITY) : 0;
}

/* 1 + Σ 1/λ over the columns with an error, λ the reliability given treatment: see share_taken_off. */
static double fuller_constant(const VgChannelsProblem *p, const double *s, const double *noise,
                              const double *weight, double *work)
{
    const VgEquations *e = &p->equations;
    double a = 1, df = s[0] - 2, *whole = work + e->width * e->width;
    memcpy(work, s, e->width * e->width * sizeof *s);
    vg_diagonal(e, work, whole);
    if (!vg_sweep(e, 0, 2, whole, work))
        return a;
    for (size_t c = 2; c < e->base; c++)
        a += inflation(work[c * e->width + c], df * noise[c] * total_variance(e, s, c));
    for (size_t k = 0; k < p->terms; k++) {
        double left = 0, error = 0;
        for (size_t j = 0; j < p->data->markers.cols; j++) {
            size_t c = vg_mediator_column(e, j);
            if (p->term[j] != k)
                continue;
            error += weight[j] * weight[j] * df * noise[c] * total_variance(e, s, c);
            for (size_t l = 0; l < p->data->markers.cols; l++)
                if (p->term[l] == k)
                    left += weight[j] * weight[l] * between(p, work, j, l);
        }
        a += inflation(left, error);
    }
    return a;
}

/* Fuller's share: 1 − a/(n − 1) where more than all errors could be taken off, else as much less than what would leave
 * nothing. With it the estimator has moments. Dividing by what is left makes coefficients too large by
 * (1/n) A⁻¹ {tr(A⁻¹Σ) I + ΣA⁻¹} Σ_u β to second order, A without and Σ with errors: about (1 + Σ 1/λ)/n times what is taken off.
 * Hence a. */
static double share_taken_off(const VgChannelsProblem *p, const double *s, const double *noise,
                              const double *weight, double *work, VgChannelsSolution *x)
{
    double a = fuller_constant(p, s, noise, weight, work);
    double one = 1 / (s[0] - 1), low = 0, high = 1 + one;
    if (leaves_something(p, s, noise, high, weight, work, x))
        return fmax(1 - a * one, 0);
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (leaves_something(p, s, noise, middle, weight, work, x))
            low = middle;
        else
            high = middle;
    }
    return fmax(low - (1 + a) * one, 0);
}

bool vg_channels_solve(const VgChannelsProblem *p, const double *s, const double *noise,
                       const double *weight, double *work, VgChannelsSolution *x)
{
    x->taken_off = noise ? 1 : 0;
    if (noise && p->options->small_sample) {
        x->taken_off = share_taken_off(p, s, noise, weight, work, x);
        for (size_t c = 0; c < p->equations.columns; c++)
            x->noise[c] = x->taken_off * noise[c];
        noise = x->noise;
    }
    return solve(p, s, noise, weight, work, x);
}

void vg_channels_kept(const VgChannelsSolution *measured, const VgChannelsSolution *corrected,
                      size_t terms, double *kept)
{
    double *column = corrected->cross; /* used up */
    for (size_t k = 0; k < terms; k++) {
        for (size_t l = 0; l < terms; l++)
            column[l] = VG_AT(corrected->covariance, l, k);
        vg_cholesky_solve(measured->scores, column);
        kept[k] = column[k];
    }
}
