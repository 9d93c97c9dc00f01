/* Multiple imputation of censored and missing values by data augmentation (Tanner & Wong 1987; Schafer 1997). */
#include <vagus/censored.h>

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"
#include "panel/censored_value.h"

typedef struct State {
    size_t n, p, k;
    VgMatrix lower, upper;
    VgQr qr;
    VgMatrix y;     /* n × k, filled */
    VgMatrix mean;  /* n × k */
    VgMatrix work;  /* n × k: Q'y */
    VgMatrix root;  /* k × k: C, Σ = CC' */
    VgMatrix sigma; /* k × k, then its inverse */
    VgMatrix s;     /* k × k */
    VgMatrix a;     /* k × k: Bartlett's factor */
    double *normal; /* p × k */
    uint64_t seed;
    uint32_t step;
} State;

/* A unit number that no participant has. */
enum { PARAMETERS = 0xFFFFFFF };

/* S = residual cross-products; Σ ~ inverse Wishart(n − p, S); B ~ N(B̂, (X'X)⁻¹ ⊗ Σ): only XB is needed. */
static bool draw_parameters(State *state)
{
    size_t n = state->n, p = state->p, k = state->k;
    VgRandom random =
        vg_random_start(state->seed, VG_STREAM_IMPUTATION, state->step, (uint32_t)PARAMETERS);
    vg_matrix_copy(state->y, state->work);
    for (size_t v = 0; v < k; v++)
        vg_qr_transposed_multiply(&state->qr, &VG_AT(state->work, 0, v));
    vg_cross_product((VgMatrix){state->work.data + p, n - p, k, state->work.stride}, state->s);
    if (!vg_cholesky(state->s))
        return false;
    /* A A' ~ Wishart(n − p, I), lower triangular */
    for (size_t j = 0; j < k; j++) {
        for (size_t i = 0; i < j; i++)
            VG_AT(state->a, i, j) = 0;
        VG_AT(state->a, j, j) =
            sqrt(vg_chi_square_quantile(vg_random_uniform(&random), (double)(n - p) - (double)j));
        for (size_t i = j + 1; i < k; i++)
            VG_AT(state->a, i, j) = vg_random_normal(&random);
    }
    /* C = L A⁻ᵀ: row i of C solves A c = (row i of L) */
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double sum = j <= i ? VG_AT(state->s, i, j) : 0;
            for (size_t l = 0; l < j; l++)
                sum -= VG_AT(state->a, j, l) * VG_AT(state->root, i, l);
            VG_AT(state->root, i, j) = sum / VG_AT(state->a, j, j);
        }
    for (size_t i = 0; i < k; i++)
        for (size_t j = 0; j < k; j++) {
            double sum = 0;
            for (size_t l = 0; l < k; l++)
                sum += VG_AT(state->root, i, l) * VG_AT(state->root, j, l);
            VG_AT(state->sigma, i, j) = sum;
        }
    /* XB = Q (Q'Y + Z C') on the first p */
    for (size_t j = 0; j < p * k; j++)
        state->normal[j] = vg_random_normal(&random);
    for (size_t v = 0; v < k; v++) {
        double *column = &VG_AT(state->mean, 0, v);
        memset(column, 0, n * sizeof *column);
        for (size_t j = 0; j < p; j++) {
            column[j] = VG_AT(state->work, j, v);
            for (size_t l = 0; l < k; l++)
                column[j] += state->normal[j + l * p] * VG_AT(state->root, v, l);
        }
        vg_qr_multiply(&state->qr, column);
    }
    if (!vg_cholesky(state->sigma))
        return false;
    vg_cholesky_invert(state->sigma);
    return true;
}

static void draw_values(State *state)
{
    size_t k = state->k;
    for (size_t i = 0; i < state->n; i++) {
        VgRandom random =
            vg_random_start(state->seed, VG_STREAM_IMPUTATION, state->step, (uint32_t)i);
        for (size_t v = 0; v < k; v++) {
            double u = vg_random_uniform(&random); /* one place per visit, needed or not */
            double lower = VG_AT(state->lower, i, v), upper = VG_AT(state->upper, i, v);
            if (lower == upper)
                continue;
            double precision = VG_AT(state->sigma, v, v), sum = 0;
            for (size_t l = 0; l < k; l++)
                if (l != v)
                    sum += VG_AT(state->sigma, v, l) *
                           (VG_AT(state->y, i, l) - VG_AT(state->mean, i, l));
            double mean = VG_AT(state->mean, i, v) - sum / precision, sd = 1 / sqrt(precision);
            if (vg_bounds_missing(lower, upper)) {
                VG_AT(state->y, i, v) = mean + sd * vg_normal_quantile(u);
            } else {
                double x =
                    mean + sd * vg_truncated_normal((lower - mean) / sd, (upper - mean) / sd, u);
                VG_AT(state->y, i, v) = fmin(fmax(x, lower), upper);
            }
        }
    }
}

/* Where the chain begins: bounds half a standard deviation beyond their limit, missing values at the mean. */
static VgStatus begin(State *state, VgError *error)
{
    for (size_t v = 0; v < state->k; v++) {
        size_t seen = 0, observed = 0;
        double sum = 0, squares = 0;
        for (size_t i = 0; i < state->n; i++) {
            double lower = VG_AT(state->lower, i, v), upper = VG_AT(state->upper, i, v);
            if (vg_bounds_missing(lower, upper))
                continue;
            if (!(lower <= upper))
                return vg_fail(error, VG_INVALID_INPUT,
                               "row %zu, visit %zu: a value between %g and %g",
                               "the lower bound comes first", i + 1, v + 1, lower, upper);
            double y = vg_bounds_middle(lower, upper);
            seen++;
            observed += lower == upper;
            sum += y;
            squares += y * y;
        }
        if (observed == 0 || 10 * observed < 3 * seen)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "visit %zu: %zu of %zu values were within their limits",
                           "with more than 70 %% censored, analyse whether it was detected instead",
                           v + 1, observed, seen);
        double mean = sum / (double)seen, sd = sqrt(fmax(squares / (double)seen - mean * mean, 0));
        for (size_t i = 0; i < state->n; i++) {
            double lower = VG_AT(state->lower, i, v), upper = VG_AT(state->upper, i, v);
            VG_AT(state->y, i, v) = vg_bounds_missing(lower, upper) ? mean
                                    : isinf(lower)                  ? upper - sd / 2
                                    : isinf(upper)                  ? lower + sd / 2
                                                   : vg_bounds_middle(lower, upper);
        }
    }
    return VG_OK;
}

VgStatus vg_censored_impute(VgArena *arena, VgMatrix x, VgMatrix lower, VgMatrix upper,
                            const VgCensoredImputeOptions *options, VgMatrix *filled,
                            VgError *error)
{
    size_t n = x.rows, p = x.cols, k = lower.cols;
    size_t m = options->imputations ? options->imputations : 20,
           burn = options->burn_in ? options->burn_in : 200,
           between = options->between ? options->between : 20;
    if (n < p + k || n >= (size_t)PARAMETERS)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu participants for %zu covariates and %zu visits",
                       "impute fewer visits together", n, p, k);
    State state = {.n = n,
                   .p = p,
                   .k = k,
                   .lower = lower,
                   .upper = upper,
                   .y = vg_matrix_new(arena, n, k),
                   .mean = vg_matrix_new(arena, n, k),
                   .work = vg_matrix_new(arena, n, k),
                   .root = vg_matrix_new(arena, k, k),
                   .sigma = vg_matrix_new(arena, k, k),
                   .s = vg_matrix_new(arena, k, k),
                   .a = vg_matrix_new(arena, k, k),
                   .normal = VG_NEW(arena, double, p *k),
                   .seed = options->seed ? options->seed : 1};
    VgMatrix copy = vg_matrix_new(arena, n, p);
    *filled = vg_matrix_new(arena, n, k * m);
    if (!state.y.data || !state.mean.data || !state.work.data || !state.root.data ||
        !state.sigma.data || !state.s.data || !state.a.data || !state.normal || !copy.data ||
        !filled->data)
        return vg_fail_memory(error);
    vg_matrix_copy(x, copy);
    VG_TRY(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &state.qr, error));
    if (state.qr.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "covariate %zu is a combination of the others",
                       "leave it out", state.qr.pivot[p - 1] + 1);
    VG_TRY(begin(&state, error));
    for (size_t kept = 0; kept < m; state.step++) {
        if (!draw_parameters(&state))
            return vg_fail(error, VG_NOT_ESTIMABLE, "the visits do not vary freely",
                           "leave out a visit that is a combination of others");
        draw_values(&state);
        if (state.step + 1 >= burn && (state.step + 1 - burn) % between == 0)
            vg_matrix_copy(state.y,
                           (VgMatrix){&VG_AT(*filled, 0, k * kept++), n, k, filled->stride});
    }
    return VG_OK;
}
