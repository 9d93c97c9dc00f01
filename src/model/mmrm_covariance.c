/* Covariance structures between visits, exact first and second derivatives.
 * Formulas: docs/methods/mmrm.md; parameters as in the R package mmrm (vignette "covariance"). */
#include "model/mmrm_covariance.h"

#include <math.h>
#include <string.h>

#include "numeric/small_symmetric.h"

static bool is_heterogeneous(VgCovariance covariance)
{
    switch (covariance) {
    case VG_COVARIANCE_UNSTRUCTURED:
    case VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS:
    case VG_COVARIANCE_AR1_HETEROGENEOUS:
    case VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS:
    case VG_COVARIANCE_ANTE_DEPENDENCE_HETEROGENEOUS:
        return true;
    default:
        return false;
    }
}

static bool is_compound_symmetry(VgCovariance covariance)
{
    return covariance == VG_COVARIANCE_COMPOUND_SYMMETRY ||
           covariance == VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS;
}

static bool is_autoregressive(VgCovariance covariance)
{
    return covariance == VG_COVARIANCE_AR1 || covariance == VG_COVARIANCE_AR1_HETEROGENEOUS;
}

static bool is_toeplitz(VgCovariance covariance)
{
    return covariance == VG_COVARIANCE_TOEPLITZ ||
           covariance == VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS;
}

static size_t shape_parameters(VgCovariance covariance, size_t m)
{
    if (m == 1)
        return 0;
    if (covariance == VG_COVARIANCE_UNSTRUCTURED)
        return m * (m - 1) / 2;
    return is_compound_symmetry(covariance) || is_autoregressive(covariance) ? 1 : m - 1;
}

size_t vg_covariance_parameters(VgCovariance covariance, size_t m)
{
    return (is_heterogeneous(covariance) ? m : 1) + shape_parameters(covariance, m);
}

VgStatus vg_covariance_state_create(VgArena *arena, VgCovariance covariance, size_t m,
                                    VgCovarianceState *state, VgError *error)
{
    size_t n_scale = is_heterogeneous(covariance) ? m : 1;
    size_t n_shape = shape_parameters(covariance, m);
    bool us = covariance == VG_COVARIANCE_UNSTRUCTURED;
    size_t n_paired = us ? n_scale + n_shape : n_scale > 1 ? n_scale : 0;
    *state = (VgCovarianceState){.covariance = covariance,
                                 .m = m,
                                 .k = n_scale + n_shape,
                                 .n_scale = n_scale,
                                 .n_shape = n_shape,
                                 .n_paired = n_paired};
    state->theta = VG_NEW(arena, double, state->k);
    state->scale = VG_NEW(arena, double, m);
    state->shape = VG_NEW(arena, double, us ? m *m : 3 * n_shape + 1);
    state->sigma = VG_NEW(arena, double, m *m);
    state->m_first = VG_NEW(arena, double, us ? 1 : n_shape *m *m + 1);
    state->paired_row = VG_NEW(arena, size_t, n_paired + 1);
    state->paired = VG_NEW(arena, double, m *n_paired + 1);
    state->dense = VG_NEW(arena, double, (state->k - n_paired) * m * m + 1);
    if (!state->theta || !state->scale || !state->shape || !state->sigma || !state->m_first ||
        !state->paired_row || !state->paired || !state->dense)
        return vg_fail_memory(error);
    return VG_OK;
}

/* ρ(θ), ρ'(θ), ρ''(θ) for each shape parameter. */
static void set_correlations(VgCovarianceState *state, const double *eta)
{
    for (size_t l = 0; l < state->n_shape; l++) {
        double *rho = state->shape + 3 * l;
        double x = eta[l];
        if (is_compound_symmetry(state->covariance)) {
            double a = 1.0 / ((double)state->m - 1.0);
            double p = 1.0 / (1.0 + exp(-x)), q = 1.0 / (1.0 + exp(x));
            rho[0] = p - a * q;
            rho[1] = (1.0 + a) * p * q;
            rho[2] = rho[1] * (q - p);
        } else {
            double root = sqrt(1.0 + x * x);
            rho[0] = x / root;
            rho[1] = 1.0 / (root * root * root);
            rho[2] = -3.0 * x / (root * root * root * root * root);
        }
    }
}

/* Product of ρ_l over l in [from, to) without l = skip1, skip2. */
static double product_without(const double *shape, size_t from, size_t to, size_t skip1,
                              size_t skip2)
{
    double product = 1.0;
    for (size_t l = from; l < to; l++)
        if (l != skip1 && l != skip2)
            product *= shape[3 * l];
    return product;
}

/* M_ab for a > b. */
static double correlation(const VgCovarianceState *state, size_t a, size_t b)
{
    const double *shape = state->shape;
    if (is_compound_symmetry(state->covariance))
        return shape[0];
    if (is_autoregressive(state->covariance))
        return pow(shape[0], (double)(a - b));
    if (is_toeplitz(state->covariance))
        return shape[3 * (a - b - 1)];
    return product_without(shape, b, a, SIZE_MAX, SIZE_MAX);
}

void vg_covariance_set(VgCovarianceState *state, const double *theta)
{
    size_t m = state->m;
    memcpy(state->theta, theta, state->k * sizeof *theta);
    for (size_t a = 0; a < m; a++)
        state->scale[a] = exp(theta[state->n_scale > 1 ? a : 0]);
    const double *s = state->scale, *eta = theta + state->n_scale;
    if (state->covariance == VG_COVARIANCE_UNSTRUCTURED) {
        double *c = state->shape;
        for (size_t i = 0, next = 0; i < m; i++) {
            for (size_t j = 0; j < i; j++)
                c[i + j * m] = eta[next++];
            c[i + i * m] = 1.0;
        }
        for (size_t b = 0; b < m; b++)
            for (size_t a = b; a < m; a++) {
                double sum = 0.0;
                for (size_t l = 0; l <= b; l++)
                    sum += c[a + l * m] * c[b + l * m];
                state->sigma[a + b * m] = state->sigma[b + a * m] = s[a] * s[b] * sum;
            }
        return;
    }
    set_correlations(state, eta);
    for (size_t b = 0; b < m; b++) {
        state->sigma[b + b * m] = s[b] * s[b];
        for (size_t a = b + 1; a < m; a++)
            state->sigma[a + b * m] = state->sigma[b + a * m] =
                s[a] * s[b] * correlation(state, a, b);
    }
}

/* dM_ab/dη_l for a > b. */
static double correlation_first(const VgCovarianceState *state, size_t l, size_t a, size_t b)
{
    const double *rho = state->shape + 3 * l;
    size_t lag = a - b;
    if (is_compound_symmetry(state->covariance))
        return rho[1];
    if (is_autoregressive(state->covariance))
        return (double)lag * pow(rho[0], (double)(lag - 1)) * rho[1];
    if (is_toeplitz(state->covariance))
        return lag == l + 1 ? rho[1] : 0.0;
    return l >= b && l < a ? rho[1] * product_without(state->shape, b, a, l, SIZE_MAX) : 0.0;
}

/* d²M_ab/dη_l dη_j for a > b. */
static double correlation_second(const VgCovarianceState *state, size_t l, size_t j, size_t a,
                                 size_t b)
{
    const double *rho = state->shape + 3 * l;
    double lag = (double)(a - b);
    if (is_compound_symmetry(state->covariance))
        return rho[2];
    if (is_autoregressive(state->covariance))
        return lag * pow(rho[0], lag - 1.0) * rho[2] +
               (a - b > 1 ? lag * (lag - 1.0) * pow(rho[0], lag - 2.0) * rho[1] * rho[1] : 0.0);
    if (is_toeplitz(state->covariance))
        return l == j && a - b == l + 1 ? rho[2] : 0.0;
    if (l < b || l >= a || j < b || j >= a)
        return 0.0;
    if (l == j)
        return rho[2] * product_without(state->shape, b, a, l, SIZE_MAX);
    return rho[1] * state->shape[3 * j + 1] * product_without(state->shape, b, a, l, j);
}

static void first_unstructured(VgCovarianceState *state)
{
    size_t m = state->m, k = state->k;
    const double *c = state->shape, *s = state->scale;
    size_t h = m;
    for (size_t i = 1; i < m; i++)
        for (size_t j = 0; j < i; j++, h++) {
            state->paired_row[h] = i;
            for (size_t a = 0; a < m; a++)
                state->paired[a * k + h] = a >= j ? s[i] * s[a] * c[a + j * m] : 0.0;
        }
}

void vg_covariance_first(VgCovarianceState *state)
{
    size_t m = state->m, mm = m * m;
    if (state->n_scale > 1 || state->n_paired)
        for (size_t i = 0; i < state->n_scale; i++) {
            state->paired_row[i] = i;
            for (size_t a = 0; a < m; a++)
                state->paired[a * state->n_paired + i] = state->sigma[a + i * m];
        }
    if (state->covariance == VG_COVARIANCE_UNSTRUCTURED) {
        first_unstructured(state);
        return;
    }
    double *dense = state->dense;
    if (state->n_paired == 0) {
        for (size_t e = 0; e < mm; e++)
            dense[e] = 2.0 * state->sigma[e];
        dense += mm;
    }
    for (size_t l = 0; l < state->n_shape; l++) {
        double *first = state->m_first + l * mm;
        for (size_t b = 0; b < m; b++) {
            first[b + b * m] = 0.0;
            for (size_t a = b + 1; a < m; a++)
                first[a + b * m] = first[b + a * m] = correlation_first(state, l, a, b);
        }
        for (size_t b = 0; b < m; b++)
            for (size_t a = 0; a < m; a++)
                dense[a + b * m] = state->scale[a] * state->scale[b] * first[a + b * m];
        dense += mm;
    }
}

void vg_covariance_first_matrix(const VgCovarianceState *state, size_t h, double *out)
{
    size_t m = state->m;
    if (h >= state->n_paired) {
        memcpy(out, state->dense + (h - state->n_paired) * m * m, m * m * sizeof *out);
        return;
    }
    memset(out, 0, m * m * sizeof *out);
    size_t i = state->paired_row[h];
    for (size_t a = 0; a < m; a++) {
        double v = state->paired[a * state->n_paired + h];
        out[a + i * m] += v;
        out[i + a * m] += v;
    }
}

/* Row and column of C that a parameter of us stands for. */
static size_t row_of(size_t l)
{
    size_t i = 1;
    while (l >= i) {
        l -= i;
        i++;
    }
    return i;
}

static size_t column_of(size_t l)
{
    size_t i = row_of(l);
    return l - i * (i - 1) / 2;
}

/* Σ_b K_ib s_i s_b Ṁ_ib, for each i: the mixed derivative with log s_i is twice that. */
static void scale_shape_traces(const VgCovarianceState *state, const double *ks, size_t l,
                               double *per_visit)
{
    size_t m = state->m;
    memset(per_visit, 0, m * sizeof *per_visit);
    if (state->covariance == VG_COVARIANCE_UNSTRUCTURED) {
        size_t i = row_of(l), j = column_of(l);
        const double *c = state->shape + j * m;
        for (size_t b = j; b < m; b++) {
            per_visit[i] += ks[i + b * m] * c[b];
            per_visit[b] += ks[b + i * m] * c[b];
        }
        return;
    }
    const double *first = state->m_first + l * m * m;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            per_visit[a] += ks[a + b * m] * first[a + b * m];
}

static double shape_shape_trace(const VgCovarianceState *state, const double *ks, size_t l,
                                size_t j)
{
    size_t m = state->m;
    if (state->covariance == VG_COVARIANCE_UNSTRUCTURED)
        return column_of(l) == column_of(j) ? 2.0 * ks[row_of(l) + row_of(j) * m] : 0.0;
    if (is_toeplitz(state->covariance) && l != j)
        return 0.0;
    double sum = 0.0;
    for (size_t b = 0; b < m; b++)
        for (size_t a = b + 1; a < m; a++)
            sum += ks[a + b * m] * correlation_second(state, l, j, a, b);
    return 2.0 * sum;
}

void vg_covariance_second_trace(const VgCovarianceState *state, const double *k_matrix, double *out,
                                size_t out_stride, double *scratch)
{
    size_t m = state->m, n_scale = state->n_scale;
    double *ks = scratch;
    double total = 0.0;
    for (size_t i = 0; i < m; i++) {
        double row = 0.0;
        for (size_t a = 0; a < m; a++)
            row += k_matrix[a + i * m] * state->sigma[a + i * m];
        total += row;
        if (n_scale == 1)
            continue;
        for (size_t j = 0; j < m; j++)
            out[i + j * out_stride] += 2.0 * k_matrix[i + j * m] * state->sigma[i + j * m];
        out[i + i * out_stride] += 2.0 * row;
    }
    if (n_scale == 1)
        out[0] += 4.0 * total;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++)
            ks[a + b * m] = k_matrix[a + b * m] * state->scale[a] * state->scale[b];
    double per_visit[64];
    for (size_t l = 0; l < state->n_shape; l++) {
        size_t h = n_scale + l;
        scale_shape_traces(state, ks, l, per_visit);
        double sum = 0.0;
        for (size_t i = 0; i < m; i++) {
            sum += per_visit[i];
            if (n_scale > 1) {
                out[i + h * out_stride] += 2.0 * per_visit[i];
                out[h + i * out_stride] += 2.0 * per_visit[i];
            }
        }
        if (n_scale == 1) {
            out[h * out_stride] += 2.0 * sum;
            out[h] += 2.0 * sum;
        }
        for (size_t j = 0; j <= l; j++) {
            double trace = shape_shape_trace(state, ks, l, j);
            out[h + (n_scale + j) * out_stride] += trace;
            if (j < l)
                out[n_scale + j + h * out_stride] += trace;
        }
    }
}

/* Ṁ_l at (a, b). */
static double first_at(const VgCovarianceState *state, size_t l, size_t a, size_t b)
{
    size_t m = state->m;
    if (state->covariance != VG_COVARIANCE_UNSTRUCTURED)
        return state->m_first[l * m * m + a + b * m];
    size_t i = row_of(l), j = column_of(l);
    double sum = 0.0;
    if (a == i && b >= j)
        sum += state->shape[b + j * m];
    if (b == i && a >= j)
        sum += state->shape[a + j * m];
    return sum;
}

static double second_at(const VgCovarianceState *state, size_t l, size_t j, size_t a, size_t b)
{
    if (state->covariance != VG_COVARIANCE_UNSTRUCTURED)
        return a == b ? 0.0 : correlation_second(state, l, j, a > b ? a : b, a > b ? b : a);
    if (column_of(l) != column_of(j))
        return 0.0;
    size_t i = row_of(l), other = row_of(j);
    return (a == i && b == other ? 1.0 : 0.0) + (a == other && b == i ? 1.0 : 0.0);
}

void vg_covariance_second_weighted(const VgCovarianceState *state, const double *omega,
                                   size_t omega_stride, double *out)
{
    size_t m = state->m, n_scale = state->n_scale;
    for (size_t b = 0; b < m; b++)
        for (size_t a = 0; a < m; a++) {
            size_t i = n_scale > 1 ? a : 0, j = n_scale > 1 ? b : 0;
            double ss = state->scale[a] * state->scale[b];
            double sum = state->sigma[a + b * m] *
                         (omega[i + i * omega_stride] + 2.0 * omega[i + j * omega_stride] +
                          omega[j + j * omega_stride]);
            for (size_t l = 0; l < state->n_shape; l++) {
                const double *w = omega + (n_scale + l) * omega_stride;
                sum += 2.0 * ss * (w[i] + w[j]) * first_at(state, l, a, b);
                for (size_t e = 0; e < state->n_shape; e++)
                    sum += ss * w[n_scale + e] * second_at(state, l, e, a, b);
            }
            out[a + b * m] += sum;
        }
}

/* θ of ρ = θ/√(1+θ²), kept off the boundary. */
static double from_correlation(double rho)
{
    rho = fmax(-0.98, fmin(0.98, rho));
    return rho / sqrt(1.0 - rho * rho);
}

static double mean_at_lag(size_t m, const double *sigma, size_t lag)
{
    double sum = 0.0;
    for (size_t b = 0; b + lag < m; b++)
        sum += sigma[b + lag + b * m] / sqrt(sigma[b + b * m] * sigma[b + lag + (b + lag) * m]);
    return sum / (double)(m - lag);
}

static void start_unstructured(size_t m, const double *sigma, double *theta, double *scratch)
{
    double log_det;
    memcpy(scratch, sigma, m * m * sizeof *sigma);
    if (!vg_small_cholesky(m, scratch, &log_det)) {
        memset(scratch, 0, m * m * sizeof *scratch);
        for (size_t a = 0; a < m; a++)
            scratch[a + a * m] = sqrt(sigma[a + a * m]);
    }
    for (size_t i = 0, next = m; i < m; i++) {
        theta[i] = log(scratch[i + i * m]);
        for (size_t j = 0; j < i; j++)
            theta[next++] = scratch[i + j * m] / scratch[i + i * m];
    }
}

static void start_shape(VgCovariance covariance, size_t m, const double *sigma, double *eta)
{
    if (is_compound_symmetry(covariance)) {
        double sum = 0.0, a = 1.0 / ((double)m - 1.0);
        for (size_t lag = 1; lag < m; lag++)
            sum += mean_at_lag(m, sigma, lag) * (double)(m - lag);
        double rho = sum / (0.5 * (double)(m * (m - 1)));
        double p = fmax(0.01, fmin(0.99, (rho + a) / (1.0 + a)));
        eta[0] = log(p / (1.0 - p));
    } else if (is_autoregressive(covariance)) {
        eta[0] = from_correlation(mean_at_lag(m, sigma, 1));
    } else if (is_toeplitz(covariance)) {
        for (size_t lag = 1; lag < m; lag++)
            eta[lag - 1] = from_correlation(mean_at_lag(m, sigma, lag));
    } else {
        for (size_t b = 0; b + 1 < m; b++)
            eta[b] = from_correlation(sigma[b + 1 + b * m] /
                                      sqrt(sigma[b + b * m] * sigma[b + 1 + (b + 1) * m]));
    }
}

void vg_covariance_start(VgCovariance covariance, size_t m, const double *sigma, double *theta,
                         double *scratch)
{
    if (covariance == VG_COVARIANCE_UNSTRUCTURED) {
        start_unstructured(m, sigma, theta, scratch);
        return;
    }
    size_t n_scale = is_heterogeneous(covariance) ? m : 1;
    double mean = 0.0;
    for (size_t a = 0; a < m; a++) {
        mean += sigma[a + a * m] / (double)m;
        if (n_scale > 1)
            theta[a] = 0.5 * log(sigma[a + a * m]);
    }
    if (n_scale == 1)
        theta[0] = 0.5 * log(mean);
    if (m > 1)
        start_shape(covariance, m, sigma, theta + n_scale);
}
