/* Cumulative-link regression. With u = cut_y − eta and l = cut_{y−1} − eta a row's likelihood is
 * F(u) − F(l); for both links it is log-concave in (beta, cut), so Newton's method with halving finds
 * the one maximum. Tails by the smaller side: P(l < Z <= u) = P(−u <= Z < −l).
 *
 * d log P / du = f(u)/P =: a, d log P / dl = −f(l)/P =: −b;
 * d² / du² = f'(u)/P − a², d²/dl² = −f'(l)/P − b², d²/du dl = a b.
 * Source: McCullagh 1980; Pratt 1981; conventions of MASS::polr. */
#include <vagus/ordinal.h>

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

static const double CERTIFIED = 1e-12, ROUNDING = 1e-22, RUNAWAY = 30;
enum { DEFAULT_ITERATIONS = 200, MAX_HALVINGS = 45 };

typedef struct Work {
    const VgOrdinalData *data;
    VgOrdinalLink link;
    size_t n, p, k, m; /* k categories, m = p + k − 1 parameters */
    double *parameter, *trial, *step, *gradient;
    VgMatrix information, factor;
    double loglik, decrement;
} Work;

/* One row's log P and its derivatives with respect to the upper and the lower limit. */
typedef struct Row {
    double log_p, a, b, aa, bb, ab; /* a, b as above; second derivatives (bb of l, ab mixed) */
} Row;

static double weight(const VgOrdinalData *data, size_t i)
{
    return data->weights ? data->weights[i] : 1;
}

/* log F(z), log f(z), and f'(z)/f(z) */
static double log_cdf(VgOrdinalLink link, double z)
{
    if (link == VG_ORDINAL_PROBIT)
        return vg_normal_log_lower(z);
    return z > 0 ? -log1p(exp(-z)) : z - log1p(exp(z));
}

static double log_density(VgOrdinalLink link, double z)
{
    if (link == VG_ORDINAL_PROBIT)
        return vg_normal_log_density(z);
    return -fabs(z) - 2 * log1p(exp(-fabs(z)));
}

static double density_slope(VgOrdinalLink link, double z)
{
    return link == VG_ORDINAL_PROBIT ? -z : -tanh(z / 2);
}

static Row row_at(VgOrdinalLink link, double lower, double upper)
{
    Row row = {0};
    bool flip = isfinite(lower) && (!isfinite(upper) || lower + upper > 0);
    double high = log_cdf(link, flip ? -lower : upper);
    double low = flip ? (isfinite(upper) ? log_cdf(link, -upper) : -INFINITY)
                      : (isfinite(lower) ? log_cdf(link, lower) : -INFINITY);
    row.log_p = low == -INFINITY ? high : high + log1p(-exp(low - high));
    if (isfinite(upper)) {
        row.a = exp(log_density(link, upper) - row.log_p);
        row.aa = row.a * density_slope(link, upper) - row.a * row.a;
    }
    if (isfinite(lower)) {
        row.b = exp(log_density(link, lower) - row.log_p);
        row.bb = -row.b * density_slope(link, lower) - row.b * row.b;
    }
    row.ab = row.a * row.b;
    return row;
}

static void add_row(Work *w, size_t i, double weighted, const Row *row, size_t y)
{
    /* d/d eta = −(d/du + d/dl) = b − a */
    size_t p = w->p, up = p + y, low = p + y - 1;
    bool has_up = y + 1 < w->k, has_low = y > 0;
    double eta = row->b - row->a, curve = row->aa + row->bb + 2 * row->ab;
    double eta_up = -(row->aa + row->ab), eta_low = -(row->bb + row->ab);
    for (size_t j = 0; j < p; j++) {
        double x = VG_AT(w->data->x, i, j) * weighted;
        w->gradient[j] += x * eta;
        for (size_t l = 0; l <= j; l++)
            VG_AT(w->information, j, l) -= x * VG_AT(w->data->x, i, l) * curve;
        if (has_up)
            VG_AT(w->information, up, j) -= x * eta_up;
        if (has_low)
            VG_AT(w->information, low, j) -= x * eta_low;
    }
    if (has_up) {
        w->gradient[up] += weighted * row->a;
        VG_AT(w->information, up, up) -= weighted * row->aa;
    }
    if (has_low) {
        w->gradient[low] -= weighted * row->b;
        VG_AT(w->information, low, low) -= weighted * row->bb;
    }
    if (has_up && has_low)
        VG_AT(w->information, up, low) -= weighted * row->ab;
}

/* Everything at `parameter`; false outside the model (cuts not increasing). */
static bool evaluate(Work *w, const double *parameter)
{
    const double *cut = parameter + w->p;
    for (size_t c = 0; c + 1 < w->k; c++)
        if (!isfinite(cut[c]) || (c > 0 && !(cut[c] > cut[c - 1])))
            return false;
    memset(w->gradient, 0, w->m * sizeof(double));
    memset(w->information.data, 0, w->m * w->m * sizeof(double));
    w->loglik = 0;
    for (size_t i = 0; i < w->n; i++) {
        double weighted = weight(w->data, i), eta = 0;
        if (weighted == 0)
            continue;
        for (size_t j = 0; j < w->p; j++)
            eta += VG_AT(w->data->x, i, j) * parameter[j];
        size_t y = (size_t)w->data->y[i];
        Row row = row_at(w->link, y > 0 ? cut[y - 1] - eta : -INFINITY,
                         y + 1 < w->k ? cut[y] - eta : INFINITY);
        w->loglik += weighted * row.log_p;
        add_row(w, i, weighted, &row, y);
    }
    return isfinite(w->loglik);
}

/* Newton's step from the last evaluation; false unless the information is positive definite. */
static bool find_step(Work *w)
{
    memcpy(w->factor.data, w->information.data, w->m * w->m * sizeof(double));
    if (!vg_cholesky(w->factor))
        return false;
    memcpy(w->step, w->gradient, w->m * sizeof(double));
    vg_cholesky_solve(w->factor, w->step);
    w->decrement = 0;
    for (size_t j = 0; j < w->m; j++)
        w->decrement += w->step[j] * w->gradient[j];
    return true;
}

/* The share of the step taken; 0 = none raises the likelihood. */
static double move(Work *w)
{
    double before = w->loglik, length = 1;
    for (int halving = 0; halving < MAX_HALVINGS; halving++, length /= 2) {
        for (size_t j = 0; j < w->m; j++)
            w->trial[j] = w->parameter[j] + length * w->step[j];
        if (evaluate(w, w->trial) && w->loglik >= before - 1e-13 * (1 + fabs(before))) {
            memcpy(w->parameter, w->trial, w->m * sizeof(double));
            return length;
        }
    }
    (void)evaluate(w, w->parameter);
    return 0;
}

/* Infinite estimates: the fit is nearly perfect along a direction, so that |x b| grows by a steady step
 * while the likelihood of no row falls any more. Told by a linear predictor that has run away. */
static bool run_away(const Work *w)
{
    for (size_t j = 0; j < w->p; j++) {
        double low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < w->n; i++) {
            low = fmin(low, VG_AT(w->data->x, i, j));
            high = fmax(high, VG_AT(w->data->x, i, j));
        }
        double limit = w->link == VG_ORDINAL_PROBIT ? RUNAWAY / 4 : RUNAWAY;
        if (fabs(w->parameter[j]) * (high - low) > limit && fabs(w->step[j]) * (high - low) > 0.05)
            return true;
    }
    return false;
}

static VgStatus fail_infinite(VgError *error)
{
    return vg_fail(
        error, VG_NOT_ESTIMABLE,
        "the covariates tell the categories of the outcome apart: estimates are infinite",
        "merge rare categories, or leave a covariate out");
}

static VgStatus maximise(Work *w, int most, int *iterations, VgError *error)
{
    if (!evaluate(w, w->parameter))
        return vg_fail(error, VG_NO_CONVERGENCE, "the starting values lie outside the model",
                       "give increasing cut-points");
    double previous = INFINITY;
    for (int iteration = 0; iteration < most; iteration++) {
        if (!find_step(w))
            return fail_infinite(error);
        bool certified = w->decrement < CERTIFIED * (1 + fabs(w->loglik));
        *iterations = iteration;
        if (w->decrement <= ROUNDING || (certified && w->decrement >= previous))
            return VG_OK;
        previous = w->decrement;
        if (run_away(w))
            return fail_infinite(error);
        if (move(w) == 0)
            return certified
                       ? VG_OK
                       : vg_fail(error, VG_NO_CONVERGENCE,
                                 "no certified optimum after %d iterations",
                                 "check for covariates of very different scale", iteration + 1);
    }
    return vg_fail(error, VG_NO_CONVERGENCE, "no certified optimum after %d iterations",
                   "check for covariates of very different scale", most);
}

/* ---- input and start ---- */

static VgStatus check(const VgOrdinalData *data, double *count, size_t *n_used, VgError *error)
{
    size_t k = data->n_categories;
    double total = 0;
    for (size_t i = 0; i < data->x.rows; i++) {
        double w = weight(data, i);
        if (!(w >= 0) || !isfinite(w))
            return vg_fail(error, VG_INVALID_INPUT, "weight of row %zu is %g",
                           "weights are 0 or more", i + 1, w);
        if (data->y[i] < 0 || (size_t)data->y[i] >= k)
            return vg_fail(error, VG_INVALID_INPUT, "category %d of row %zu is outside 0 to %zu",
                           "number the categories from 0", (int)data->y[i], i + 1, k - 1);
        for (size_t j = 0; j < data->x.cols; j++)
            if (!isfinite(VG_AT(data->x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "covariate %zu of row %zu is not a number",
                               "drop rows with missing covariates", j + 1, i + 1);
        count[data->y[i]] += w;
        total += w;
        *n_used += w > 0;
    }
    for (size_t c = 0; c < k; c++)
        if (count[c] == 0)
            return vg_fail(error, VG_NOT_ESTIMABLE, "no row has category %zu of the outcome",
                           "merge it with a neighbour", c + 1);
    if (*n_used < data->x.cols + k - 1)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu parameters but %zu rows",
                       "use fewer covariates, or merge categories", data->x.cols + k - 1, *n_used);
    return VG_OK;
}

/* [1, √w X] by pivoted QR in R's manner: what is moved to the end depends on the others. */
static VgStatus check_rank(VgArena *arena, const VgOrdinalData *data, VgError *error)
{
    VgMatrix all = vg_matrix_new(arena, data->x.rows, data->x.cols + 1);
    if (!all.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < all.rows; i++) {
        double root = sqrt(weight(data, i));
        VG_AT(all, i, 0) = root;
        for (size_t j = 0; j < data->x.cols; j++)
            VG_AT(all, i, j + 1) = root * VG_AT(data->x, i, j);
    }
    VgQr qr;
    VG_TRY(vg_qr_factor(arena, all, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank == all.cols)
        return VG_OK;
    size_t j = qr.pivot[qr.rank];
    const char *const *label = data->coefficient_label;
    if (label && j > 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "column '%s' is a combination of the other columns",
                       "leave it out of the model", label[j - 1]);
    return vg_fail(error, VG_NOT_ESTIMABLE, "column %zu is a combination of the other columns",
                   "leave it out of the model", j);
}

/* Slopes 0 and the cuts that the marginal shares have. */
static void start(Work *w, const double *given, const double *count)
{
    if (given) {
        memcpy(w->parameter, given, w->m * sizeof(double));
        return;
    }
    double total = 0, below = 0;
    for (size_t c = 0; c < w->k; c++)
        total += count[c];
    for (size_t c = 0; c + 1 < w->k; c++) {
        below += count[c] / total;
        w->parameter[w->p + c] =
            w->link == VG_ORDINAL_PROBIT ? vg_normal_quantile(below) : log(below / (1 - below));
    }
}

VgStatus vg_ordinal_fit(VgArena *arena, const VgOrdinalData *data, const VgOrdinalOptions *options,
                        VgOrdinalFit *fit, VgError *error)
{
    Work w = {.data = data, .link = options->link, .n = data->x.rows, .p = data->x.cols};
    *fit = (VgOrdinalFit){.link = options->link, .p = w.p, .n_categories = data->n_categories};
    if (data->n_categories < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the ordered outcome has %zu categories",
                       "an ordered outcome needs at least two", data->n_categories);
    w.k = data->n_categories;
    w.m = w.p + w.k - 1;
    double *count = VG_NEW(arena, double, w.k);
    w.parameter = VG_NEW(arena, double, w.m);
    w.trial = VG_NEW(arena, double, w.m);
    w.step = VG_NEW(arena, double, w.m);
    w.gradient = VG_NEW(arena, double, w.m);
    w.information = vg_matrix_new(arena, w.m, w.m);
    w.factor = vg_matrix_new(arena, w.m, w.m);
    if (!count || !w.parameter || !w.trial || !w.step || !w.gradient || !w.information.data ||
        !w.factor.data)
        return vg_fail_memory(error);
    VG_TRY(check(data, count, &fit->n_used, error));
    VG_TRY(check_rank(arena, data, error));
    start(&w, options->start, count);
    VG_TRY(maximise(&w, options->max_iterations > 0 ? options->max_iterations : DEFAULT_ITERATIONS,
                    &fit->iterations, error));
    vg_cholesky_invert(w.factor);
    fit->parameter = w.parameter;
    fit->vcov = w.factor;
    fit->loglik = w.loglik;
    fit->decrement = w.decrement;
    return VG_OK;
}
