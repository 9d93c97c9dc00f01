/* Thousands of features as mediators: selection, α by least squares, β by the debiased lasso, and the rate of p_max under the composite null.
 *
 * Why selection matters. The p of β are taken given treatment and features, so a selection that looks at these alone (by the p of α) leaves
 * them what they are; the p of α of what was selected are uniform below the first p left out, and are divided by it. A selection
 * that looks at the outcome (by |αβ|) on the rows that are tested makes both p too small and counts too few tests. */
#include <vagus/mediator_screen.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/debiased_lasso.h>
#include <vagus/elastic_net.h>

#include "base/compare.h"
#include "model/wald.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"

static const char *const NAME[VG_SCREEN_COUNT] = {"treatment", "none", "split", "product"};

const char *vg_screen_selection_name(VgScreenSelection selection)
{
    return selection < VG_SCREEN_COUNT ? NAME[selection] : "unknown";
}

bool vg_screen_selection_from_name(const char *name, VgScreenSelection *selection)
{
    int index = vg_name_index(NAME, VG_SCREEN_COUNT, name);
    if (index >= 0)
        *selection = (VgScreenSelection)index;
    return index >= 0;
}

static const char *const RATE[VG_SCREEN_RATE_COUNT] = {"filtered", "asymptotic", "adjusted"};

const char *vg_screen_rate_name(VgScreenRate rate)
{
    return rate < VG_SCREEN_RATE_COUNT ? RATE[rate] : "unknown";
}

bool vg_screen_rate_from_name(const char *name, VgScreenRate *rate)
{
    int index = vg_name_index(RATE, VG_SCREEN_RATE_COUNT, name);
    if (index >= 0)
        *rate = (VgScreenRate)index;
    return index >= 0;
}

/* One feature by itself. */
typedef struct Single {
    VgInference alpha, beta; /* β given treatment and covariates alone */
    bool varies;
} Single;

/* [1, C, A] on these rows (NULL: all). */
static VgMatrix base_columns(VgArena *arena, const VgMediatorScreenData *data, const size_t *rows,
                             size_t n)
{
    size_t c = data->covariates.cols;
    VgMatrix u = vg_matrix_new(arena, n, c + 2);
    for (size_t i = 0; u.data && i < n; i++) {
        size_t from = rows ? rows[i] : i;
        VG_AT(u, i, 0) = 1;
        for (size_t j = 0; j < c; j++)
            VG_AT(u, i, j + 1) = VG_AT(data->covariates, from, j);
        VG_AT(u, i, c + 1) = data->treatment[from];
    }
    return u;
}

/* What treatment and covariates leave of features and outcome, in n − q rotated rows (tails of Q'm): products are those of residuals.
 * Features have mean square 1, those that do not vary are 0. */
typedef struct Left {
    VgMatrix features;
    double *outcome;
} Left;

/* α and β of every feature by itself: with U = [1, C, A] = QR, the last entry of the head of Q'm is α R_AA, its tail is what is left of m. `left` may
 * be NULL. */
static VgStatus fit_singles(VgArena *arena, const VgMediatorScreenData *data, const size_t *rows,
                            size_t n, double level, Single **out, Left *left, VgError *error)
{
    size_t p = data->features.cols, q = data->covariates.cols + 2;
    *out = VG_NEW(arena, Single, p);
    if (left && n > q)
        *left = (Left){vg_matrix_new(arena, n - q, p), VG_NEW(arena, double, n - q)};
    if (left && n > q && (!left->features.data || !left->outcome))
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(arena);
    VgMatrix u = base_columns(arena, data, rows, n);
    double *y = VG_NEW(arena, double, n), *m = VG_NEW(arena, double, n), yy = 0;
    VgQr qr;
    if (!*out || !u.data || !y || !m)
        return vg_fail_memory(error);
    if (n < q + 3)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu rows for %zu covariates",
                       "leave covariates out, or do not split the rows", n, q - 2);
    VG_TRY(vg_qr_factor(arena, u, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < q)
        return vg_fail(error, VG_NOT_ESTIMABLE, "treatment and covariates depend on each other",
                       "remove a covariate");
    for (size_t i = 0; i < n; i++)
        y[i] = data->outcome[rows ? rows[i] : i];
    vg_qr_transposed_multiply(&qr, y);
    for (size_t i = q; i < n; i++)
        yy += y[i] * y[i];
    if (left)
        memcpy(left->outcome, y + q, (n - q) * sizeof *y);
    double r = VG_AT(qr.qr, q - 1, q - 1), df = (double)(n - q);
    for (size_t j = 0; j < p; j++) {
        double all = 0, mm = 0, my = 0;
        for (size_t i = 0; i < n; i++) {
            m[i] = VG_AT(data->features, rows ? rows[i] : i, j);
            all += m[i] * m[i];
        }
        vg_qr_transposed_multiply(&qr, m);
        for (size_t i = q; i < n; i++) {
            mm += m[i] * m[i];
            my += m[i] * y[i];
        }
        if (!(mm > VG_RANK_TOLERANCE * VG_RANK_TOLERANCE * all))
            continue;
        double beta = my / mm, unexplained = fmax(yy - beta * my, 0);
        for (size_t i = q; left && i < n; i++)
            VG_AT(left->features, i - q, j) = m[i] * sqrt((double)(n - q) / mm);
        (*out)[j] =
            (Single){.alpha = vg_wald(m[q - 1] / r, sqrt(mm / df) / fabs(r), df, level),
                     .beta = vg_wald(beta, sqrt(unexplained / (df - 1) / mm), df - 1, level),
                     .varies = true};
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

/* ---- selection ---- */

typedef struct Ranked {
    double by;
    size_t feature;
} Ranked;

static int by_rank(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    return x->by != y->by ? (x->by < y->by ? -1 : 1)
                          : (x->feature > y->feature) - (x->feature < y->feature);
}

/* Half of each arm, at random. */
static VgStatus split_rows(VgArena *arena, const VgMediatorScreenData *data, uint64_t seed,
                           size_t **rows, size_t *first, VgError *error)
{
    size_t n = data->features.rows, *arm = VG_NEW(arena, size_t, n), at = 0, last = n;
    *rows = VG_NEW(arena, size_t, n);
    if (!arm || !*rows)
        return vg_fail_memory(error);
    VgRandom random = vg_random_start(seed, VG_STREAM_PERMUTATION, 0, 0);
    for (int a = 0; a < 2; a++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if (data->treatment[i] == a)
                arm[count++] = i;
        vg_random_shuffle(&random, arm, count);
        for (size_t k = 0; k < count; k++)
            if (k < count / 2)
                (*rows)[at++] = arm[k];
            else
                (*rows)[--last] = arm[k];
    }
    *first = at;
    return VG_OK;
}

static size_t default_size(VgScreenSelection selection, size_t n)
{
    return selection == VG_SCREEN_TREATMENT ? n / 2 : (size_t)ceil((double)n / log((double)n));
}

/* Kept features, ascending; *threshold is the first p of α left out. */
static VgStatus select_features(VgArena *arena, const VgMediatorScreenOptions *options,
                                const Single *single, size_t p, size_t n, size_t **kept,
                                size_t *n_kept, double *threshold, VgError *error)
{
    Ranked *ranked = VG_NEW(arena, Ranked, p + 1);
    bool *is = VG_NEW(arena, bool, p + 1);
    size_t m = 0, keep = options->keep ? options->keep : default_size(options->selection, n);
    *kept = VG_NEW(arena, size_t, p + 1);
    if (!ranked || !is || !*kept)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        if (single[j].varies)
            ranked[m++] = (Ranked){options->selection == VG_SCREEN_TREATMENT
                                       ? single[j].alpha.p
                                       : -fabs(single[j].alpha.estimate * single[j].beta.estimate),
                                   j};
    if (m < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu features vary beyond treatment and covariates",
                       "a screen needs two or more", m);
    qsort(ranked, m, sizeof *ranked, by_rank);
    if (options->selection == VG_SCREEN_NONE || keep > m)
        keep = m;
    *threshold = options->selection == VG_SCREEN_TREATMENT && keep < m ? ranked[keep].by : 1;
    for (size_t k = 0; k < keep; k++)
        is[ranked[k].feature] = true;
    *n_kept = 0;
    for (size_t j = 0; j < p; j++)
        if (is[j])
            (*kept)[(*n_kept)++] = j;
    return VG_OK;
}

/* ---- tests ---- */

/* Features beyond the kept ones that the scaled lasso of the outcome on all features keeps: what is not tested because the treatment leaves it alone, but goes
 * along with the outcome, must not speak through a tested feature that is correlated with it. Appended to `kept`. */
static VgStatus find_adjusters(VgArena *arena, const Left *left, size_t *kept, size_t n_kept,
                               size_t *n_with, VgError *error)
{
    enum { ROUNDS = 20 };
    size_t n = left->features.rows, p = left->features.cols;
    double lambda0 = sqrt(2 * log((double)p) / (double)n), sigma = 0, lambda;
    double *r = VG_NEW(arena, double, n);
    bool *is = VG_NEW(arena, bool, p);
    VgElasticNetPath path;
    if (!r || !is)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        sigma += left->outcome[i] * left->outcome[i] / (double)n;
    sigma = sqrt(sigma);
    VgElasticNetOptions options = {.no_intercept = true,
                                   .no_standardise = true,
                                   .lambda = &lambda,
                                   .n_lambda = 1,
                                   .threshold = 1e-12};
    for (int round = 0; round < ROUNDS; round++) {
        double before = sigma;
        lambda = lambda0 * sigma;
        VG_TRY(vg_elastic_net_fit(arena,
                                  &(VgElasticNetData){.x = left->features, .y = left->outcome},
                                  &options, &path, error));
        vg_elastic_net_predict(path.point, left->features, r);
        sigma = 0;
        for (size_t i = 0; i < n; i++)
            sigma += (left->outcome[i] - r[i]) * (left->outcome[i] - r[i]) / (double)n;
        sigma = sqrt(sigma);
        if (fabs(sigma - before) <= 1e-6 * before)
            break;
    }
    for (size_t k = 0; k < n_kept; k++)
        is[kept[k]] = true;
    *n_with = n_kept;
    for (size_t s = 0; s < path.point->n_nonzero; s++)
        if (!is[path.point->feature[s]])
            kept[(*n_with)++] = path.point->feature[s];
    return VG_OK;
}

/* β of the first n_kept of these features, given all n_with of them. */
static VgStatus fit_together(VgArena *arena, const VgMediatorScreenData *data, const size_t *rows,
                             size_t n, const size_t *kept, size_t n_kept, size_t n_with,
                             double level, VgDebiasedLasso *out, VgError *error)
{
    VgMatrix x = vg_matrix_new(arena, n, n_with), u = base_columns(arena, data, rows, n);
    double *y = VG_NEW(arena, double, n);
    size_t *tested = VG_NEW(arena, size_t, n_kept);
    if (!x.data || !u.data || !y || !tested)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n_kept; k++)
        tested[k] = k;
    for (size_t i = 0; i < n; i++) {
        y[i] = data->outcome[rows ? rows[i] : i];
        for (size_t k = 0; k < n_with; k++)
            VG_AT(x, i, k) = VG_AT(data->features, rows ? rows[i] : i, kept[k]);
    }
    return vg_debiased_lasso(
        arena,
        &(VgDebiasedLassoData){
            .x = x, .y = y, .unpenalised = u, .tested = tested, .n_tested = n_kept},
        level, out, error);
}

static int by_p(const void *a, const void *b)
{
    const VgScreenedFeature *x = a, *y = b;
    return x->p != y->p ? (x->p < y->p ? -1 : 1)
                        : (x->feature > y->feature) - (x->feature < y->feature);
}

static VgStatus rate(VgArena *arena, const VgMediatorScreenOptions *options,
                     VgMediatorScreen *screen, VgError *error)
{
    size_t m = screen->n_rows;
    double *a = VG_NEW(arena, double, m), *b = VG_NEW(arena, double, m),
           *q = VG_NEW(arena, double, m);
    if (!a || !b || !q)
        return vg_fail_memory(error);
    if (m < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu features can be tested",
                       "a screen needs two or more", m);
    for (size_t k = 0; k < m; k++) {
        a[k] = screen->row[k].p_alpha;
        b[k] = screen->row[k].beta.p;
    }
    VG_TRY(vg_composite_null(arena, m, a, b, &screen->null, error));
    if (options->rate == VG_SCREEN_FILTERED)
        VG_TRY(vg_filtered_fdr(arena, m, a, b, q, error));
    else
        VG_TRY(vg_composite_fdr(arena, m, a, b, &screen->null, options->rate == VG_SCREEN_ADJUSTED,
                                q, error));
    for (size_t k = 0; k < m; k++) {
        screen->row[k].q = q[k];
        screen->row[k].divide_aggregate_p = vg_divide_aggregate_p(a[k], b[k], &screen->null);
    }
    return VG_OK;
}

static VgStatus check(const VgMediatorScreenData *data, VgError *error)
{
    size_t n = data->features.rows, arm[2] = {0};
    if (data->covariates.cols && data->covariates.rows != n)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows of covariates, %zu of features",
                       "give a row of each", data->covariates.rows, n);
    for (size_t i = 0; i < n; i++) {
        if (data->treatment[i] != 0 && data->treatment[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "the treatment of row %zu is %g",
                           "0 is control, 1 treated", i + 1, data->treatment[i]);
        arm[data->treatment[i] == 1]++;
        if (!isfinite(data->outcome[i]))
            return vg_fail(error, VG_INVALID_INPUT, "the outcome of row %zu is %g",
                           "leave rows with missing values out", i + 1, data->outcome[i]);
    }
    if (arm[0] < 2 || arm[1] < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu rows of control and %zu treated",
                       "a screen needs rows of both arms", arm[0], arm[1]);
    for (size_t j = 0; j < data->features.cols; j++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(VG_AT(data->features, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "feature %zu of row %zu has no value",
                               "impute missing values, or leave the feature out", j + 1, i + 1);
    return VG_OK;
}

VgStatus vg_mediator_screen(VgArena *arena, const VgMediatorScreenData *data,
                            const VgMediatorScreenOptions *options, VgMediatorScreen *screen,
                            VgError *error)
{
    size_t n = data->features.rows, p = data->features.cols, *rows = NULL, first = 0, *kept,
           n_kept = 0;
    double level = options->level > 0 ? options->level : 0.95;
    Single *single;
    Left left;
    VgDebiasedLasso together = {.sigma = NAN};
    VG_TRY(check(data, error));
    if (options->selection == VG_SCREEN_SPLIT)
        VG_TRY(split_rows(arena, data, options->seed, &rows, &first, error));
    *screen = (VgMediatorScreen){.selection = options->selection,
                                 .n_features = p,
                                 .n_screened_on = rows ? first : n,
                                 .n_tested_on = n - first};
    bool by_treatment = options->selection == VG_SCREEN_TREATMENT;
    VG_TRY(fit_singles(arena, data, rows, screen->n_screened_on, level, &single,
                       by_treatment ? &left : NULL, error));
    for (size_t j = 0; j < p; j++)
        screen->n_constant += !single[j].varies;
    VG_TRY(select_features(arena, options, single, p, screen->n_tested_on, &kept, &n_kept,
                           &screen->threshold, error));
    const size_t *tested_on = rows ? rows + first : NULL;
    size_t n_with = n_kept;
    if (rows)
        VG_TRY(fit_singles(arena, data, tested_on, n - first, level, &single, NULL, error));
    if (by_treatment)
        VG_TRY(find_adjusters(arena, &left, kept, n_kept, &n_with, error));
    if (options->selection != VG_SCREEN_NONE)
        VG_TRY(fit_together(arena, data, tested_on, n - first, kept, n_kept, n_with, level,
                            &together, error));
    screen->n_adjusted_for = n_with - n_kept;
    screen->sigma = together.sigma;
    screen->row = VG_NEW(arena, VgScreenedFeature, n_kept);
    if (!screen->row)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n_kept; k++) {
        const Single *one = &single[kept[k]];
        VgInference beta = together.answer ? together.answer[k] : one->beta;
        if (!one->varies || !isfinite(beta.p))
            continue;
        VgScreenedFeature row = {
            .feature = kept[k],
            .alpha = one->alpha,
            .beta = beta,
            .indirect = one->alpha.estimate * beta.estimate,
            .se = hypot(one->alpha.estimate * beta.se, beta.estimate * one->alpha.se),
            .p_alpha = fmin(one->alpha.p / screen->threshold, 1)};
        row.p = fmax(row.p_alpha, beta.p);
        screen->row[screen->n_rows++] = row;
    }
    screen->n_dependent = n_kept - screen->n_rows;
    VG_TRY(rate(arena, options, screen, error));
    qsort(screen->row, screen->n_rows, sizeof *screen->row, by_p);
    return VG_OK;
}
