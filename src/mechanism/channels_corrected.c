/* Delta-method errors of effects that are corrected for measurement error.
 *
 * The corrected coefficients θ solve Σ x_i (y_i − x_i'θ) + ν D θ = 0, x = (1, A, C, scores), D the error variances of C and
 * scores, themselves (1 − λ) times sample variances. Every row's influence on θ is therefore
 *   φ_i = (X'X − ν D)⁻¹ {x_i (y_i − x_i'θ) + ν/(n − 1) D_i θ},   D_i from the row's own squares,
 * likewise for the regressions of the scores and of the outcome on (1, A, C). Influences on effects follow by the chain rule
 * and their squares are summed (times n/(n − coefficients)): robust to unequal variances. A reliability that is known to an
 * interval adds (∂ effect/∂λ)² Var λ, λ(1 − λ) times the error of its logit. Weights of scores are held.
 * Source: Fuller 1987, 2.2 and 3.1; Buonaccorsi 2010, 5.4; docs/methods/channels.md. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

/* One regression: its coefficients, and rows of the inverse of its corrected cross-products. */
typedef struct Corrected {
    const VgChannelsProblem *p;
    size_t terms, base, columns; /* columns: base + terms */
    double *x;                   /* n × columns, row-major */
    double *noise;               /* n × columns: ν/(n − 1) of each row's squared error */
    VgMatrix outer, inner;       /* inverses, columns × columns and base × base */
    double *theta;               /* outcome on (1, A, C, scores) */
    double *alpha, *total;       /* terms × base; base */
    double *influence;           /* of effects, by row of the data */
    double *beta_influence;      /* terms */
    double *variance, *beta_variance;
    double *arrows; /* terms × 2: variance of alpha; its covariance with beta */
} Corrected;

static double row_of(const VgEquations *e, size_t i, size_t column)
{
    return e->row[i * e->width + column];
}

static VgStatus allocate(VgArena *arena, const VgChannelsProblem *p, Corrected *c, VgError *error)
{
    size_t k = p->terms, base = p->equations.base, n = p->equations.n, columns = base + k;
    *c = (Corrected){.p = p, .terms = k, .base = base, .columns = columns};
    c->x = VG_NEW(arena, double, n *columns);
    c->noise = VG_NEW(arena, double, n *columns);
    c->outer = vg_matrix_new(arena, columns, columns);
    c->inner = vg_matrix_new(arena, base, base);
    double *all = VG_NEW(arena, double, columns + (k + 1) * base + 2 * (p->values + 2 * k));
    if (!c->x || !c->noise || !c->outer.data || !c->inner.data || !all)
        return vg_fail_memory(error);
    c->theta = all;
    c->alpha = c->theta + columns;
    c->total = c->alpha + k * base;
    c->influence = c->total + base;
    c->beta_influence = c->influence + p->values;
    c->variance = c->beta_influence + k;
    c->beta_variance = c->variance + p->values;
    c->arrows = c->beta_variance + k;
    return VG_OK;
}

/* Rows of (1, A, C, scores), and of what error adds to their squares. Columns of the equations have mean 0. */
static void fill_rows(Corrected *c, double taken_off, const double *weight)
{
    const VgChannelsProblem *p = c->p;
    const VgEquations *e = &p->equations;
    double share = taken_off * ((double)e->n - (double)e->base) / ((double)e->n - 1);
    for (size_t i = 0; i < e->n; i++) {
        double *x = c->x + i * c->columns, *noise = c->noise + i * c->columns;
        for (size_t j = 0; j < c->base; j++) {
            x[j] = row_of(e, i, j);
            noise[j] = share * p->noise[j] * x[j] * x[j];
        }
        for (size_t j = 0; j < p->data->markers.cols; j++) {
            size_t column = vg_mediator_column(e, j), k = c->base + p->term[j];
            double z = weight[j] * row_of(e, i, column);
            x[k] += z;
            noise[k] += share * p->noise[column] * z * z;
        }
    }
}

/* X'X − ν D of all columns. */
static VgStatus cross_products(VgArena *arena, const Corrected *c, VgMatrix *made, VgError *error)
{
    VgMatrix s = vg_matrix_new(arena, c->columns, c->columns);
    if (!s.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < c->p->equations.n; i++) {
        const double *x = c->x + i * c->columns, *noise = c->noise + i * c->columns;
        for (size_t b = 0; b < c->columns; b++) {
            double *column = &VG_AT(s, 0, b);
            for (size_t a = b; a < c->columns; a++)
                column[a] += x[a] * x[b];
            column[b] -= noise[b];
        }
    }
    for (size_t b = 0; b < c->columns; b++)
        for (size_t a = 0; a < b; a++)
            VG_AT(s, a, b) = VG_AT(s, b, a);
    *made = s;
    return VG_OK;
}

/* The inverse of its first columns, as many as `inverse` has. */
static VgStatus invert(VgArena *arena, VgMatrix s, VgMatrix inverse, VgError *error)
{
    size_t m = inverse.rows;
    VgMatrix factor = vg_matrix_new(arena, m, m);
    if (!factor.data)
        return vg_fail_memory(error);
    for (size_t b = 0; b < m; b++)
        memcpy(&VG_AT(factor, 0, b), &VG_AT(s, 0, b), m * sizeof(double));
    if (!vg_cholesky(factor))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "what measurement error leaves of the markers' covariance is not positive "
                       "definite: markers too unreliable for this correction",
                       "look at the effects as measured and at their curve over the reliability");
    for (size_t a = 0; a < m; a++) {
        double *column = &VG_AT(inverse, 0, a);
        memset(column, 0, m * sizeof *column);
        column[a] = 1;
        vg_cholesky_solve(factor, column);
    }
    return VG_OK;
}

/* Coefficients of a target (its value in row i at value[i · stride]) on the columns of the inverse. */
static void regress(const Corrected *c, VgMatrix inverse, const double *value, size_t stride,
                    double scale, double *coefficient)
{
    size_t m = inverse.rows;
    double cross[256];
    memset(cross, 0, m * sizeof *cross);
    for (size_t i = 0; i < c->p->equations.n; i++)
        for (size_t a = 0; a < m; a++)
            cross[a] += c->x[i * c->columns + a] * value[i * stride] * scale;
    for (size_t a = 0; a < m; a++) {
        coefficient[a] = 0;
        for (size_t b = 0; b < m; b++)
            coefficient[a] += VG_AT(inverse, a, b) * cross[b];
    }
}

/* What row i contributes to a regression's equations, in each column. */
static void contribution(const Corrected *c, size_t i, size_t m, double value,
                         const double *coefficient, double *out)
{
    const double *x = c->x + i * c->columns, *noise = c->noise + i * c->columns;
    double rest = value;
    for (size_t a = 0; a < m; a++)
        rest -= x[a] * coefficient[a];
    for (size_t a = 0; a < m; a++)
        out[a] = x[a] * rest + noise[a] * coefficient[a];
}

static double along(VgMatrix inverse, size_t row, const double *value)
{
    double sum = 0;
    for (size_t a = 0; a < inverse.rows; a++)
        sum += VG_AT(inverse, a, row) * value[a];
    return sum;
}

/* Changes of alpha (terms), beta (terms) and total into changes of every effect and share. */
static void spread(const Corrected *c, const VgChannels *fit, const double *alpha,
                   const double *beta, double total, double *value)
{
    const VgChannelsProblem *p = c->p;
    double *term = value + VG_CHANNELS_FIRST, *channel = term + p->terms, sum = 0;
    for (size_t g = 0; g < p->sums; g++)
        channel[g] = 0;
    for (size_t k = 0; k < p->terms; k++) {
        term[k] = alpha[k] * c->theta[c->base + k] + c->alpha[k * c->base + 1] * beta[k];
        sum += term[k];
        if (p->sums)
            channel[p->data->channel[k]] += term[k];
    }
    value[VG_CHANNELS_TOTAL] = total;
    value[VG_CHANNELS_INDIRECT] = sum;
    value[VG_CHANNELS_DIRECT] = total - sum;
    for (size_t k = p->effects; k < p->values; k++)
        value[k] =
            (value[k - p->effects + VG_CHANNELS_INDIRECT] - fit->corrected[k].estimate * total) /
            fit->corrected[VG_CHANNELS_TOTAL].estimate;
}

static void add_squares(Corrected *c, const double *alpha, double factor)
{
    for (size_t k = 0; k < c->p->values; k++)
        c->variance[k] += factor * c->influence[k] * c->influence[k];
    for (size_t k = 0; k < c->terms; k++)
        c->beta_variance[k] += factor * c->beta_influence[k] * c->beta_influence[k];
    for (size_t k = 0; k < c->terms; k++) {
        c->arrows[2 * k] += factor * alpha[k] * alpha[k];
        c->arrows[2 * k + 1] += factor * alpha[k] * c->beta_influence[k];
    }
}

/* Sampling: every row's influence. */
static void add_rows(Corrected *c, const VgChannels *fit)
{
    const VgEquations *e = &c->p->equations;
    size_t y = vg_outcome_column(e, 0);
    double alpha[256], out[256], n = (double)e->n;
    for (size_t i = 0; i < e->n; i++) {
        double outcome = row_of(e, i, y) * e->scale[y];
        for (size_t k = 0; k < c->terms; k++) {
            contribution(c, i, c->base, c->x[i * c->columns + c->base + k], c->alpha + k * c->base,
                         out);
            alpha[k] = along(c->inner, 1, out);
        }
        contribution(c, i, c->base, outcome, c->total, out);
        double total = along(c->inner, 1, out);
        contribution(c, i, c->columns, outcome, c->theta, out);
        for (size_t k = 0; k < c->terms; k++)
            c->beta_influence[k] = along(c->outer, c->base + k, out);
        spread(c, fit, alpha, c->beta_influence, total, c->influence);
        add_squares(c, alpha, n / (n - (double)c->columns));
    }
}

/* Variance of a reliability from its interval, on the logit. */
static double reliability_variance(const VgMarkerReliability *r)
{
    if (r->value == 0 || r->upper == 0)
        return 0;
    double se = (log(r->upper / (1 - r->upper)) - log(r->lower / (1 - r->lower))) /
                (2 * vg_normal_quantile(0.975));
    double sd = r->value * (1 - r->value) * se;
    return sd * sd;
}

/* One reliability: `size` is ν times the variance of what it belongs to, in column `at`. */
static void add_reliability(Corrected *c, const VgChannels *fit, size_t at, double size,
                            double variance)
{
    double alpha[256] = {0}, total = 0;
    if (!(variance > 0))
        return;
    if (at < c->base) {
        for (size_t k = 0; k < c->terms; k++)
            alpha[k] = VG_AT(c->inner, at, 1) * size * c->alpha[k * c->base + at];
        total = VG_AT(c->inner, at, 1) * size * c->total[at];
    }
    for (size_t k = 0; k < c->terms; k++)
        c->beta_influence[k] = VG_AT(c->outer, at, c->base + k) * size * c->theta[at];
    spread(c, fit, alpha, c->beta_influence, total, c->influence);
    add_squares(c, alpha, variance);
}

static void add_reliabilities(Corrected *c, const VgChannels *fit, const double *weight)
{
    const VgChannelsData *d = c->p->data;
    const VgEquations *e = &c->p->equations;
    /* standardised columns: Σ z² = n */
    double nu = (double)e->n - (double)e->base,
           whole = fit->taken_off * nu * (double)e->n / ((double)e->n - 1);
    for (size_t j = 0; d->covariate_reliability && j < d->covariates.cols; j++)
        add_reliability(c, fit, 2 + j, whole, reliability_variance(&d->covariate_reliability[j]));
    for (size_t j = 0; d->marker_reliability && j < d->markers.cols; j++)
        add_reliability(c, fit, c->base + c->p->term[j], whole * weight[j] * weight[j],
                        reliability_variance(&d->marker_reliability[j]));
}

VgStatus vg_channels_corrected_delta(VgArena *arena, const VgChannelsProblem *p,
                                     const double *weight, VgChannels *fit, VgError *error)
{
    const VgEquations *e = &p->equations;
    size_t y = vg_outcome_column(e, 0);
    Corrected c;
    if (e->base + p->terms > 256)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu columns are too many for delta errors after a correction",
                       "use the interval percentile", e->base + p->terms);
    VG_TRY(allocate(arena, p, &c, error));
    fill_rows(&c, fit->taken_off, weight);
    VgMatrix s = {0};
    VG_TRY(cross_products(arena, &c, &s, error));
    VG_TRY(invert(arena, s, c.inner, error));
    VG_TRY(invert(arena, s, c.outer, error));
    for (size_t k = 0; k < c.terms; k++)
        regress(&c, c.inner, c.x + c.base + k, c.columns, 1, c.alpha + k * c.base);
    regress(&c, c.inner, e->row + y, e->width, e->scale[y], c.total);
    regress(&c, c.outer, e->row + y, e->width, e->scale[y], c.theta);
    add_rows(&c, fit);
    add_reliabilities(&c, fit, weight);
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    for (size_t k = 0; k < p->values; k++) {
        VgChannelsEstimate *to = &fit->corrected[k];
        to->se = sqrt(c.variance[k]);
        to->lower = to->estimate - z * to->se;
        to->upper = to->estimate + z * to->se;
    }
    for (size_t k = 0; k < p->terms; k++) {
        VgChannelsArrows *a = &fit->corrected_arrows[k];
        *a = (VgChannelsArrows){.alpha = c.alpha[k * c.base + 1],
                                .beta = c.theta[c.base + k],
                                .alpha_se = sqrt(c.arrows[2 * k]),
                                .beta_se = sqrt(c.beta_variance[k])};
        a->correlation = c.arrows[2 * k + 1] / (a->alpha_se * a->beta_se);
        fit->corrected[VG_CHANNELS_FIRST + k].p =
            fmax(fit->alpha[k].p, vg_normal_two_sided(a->beta / a->beta_se));
    }
    return VG_OK;
}
