/* Weighted least squares.
 *
 * A = √W X (its independent columns) = Q R by Householder reflections. The solution is refined on
 * the augmented system  r + A b = y,  A'r = 0  with residuals in twice the working precision: each
 * step gains about −log10(eps · cond) digits, so that near-collinear polynomials keep the digits
 * their data allow. All covariances are R⁻¹ (core) R⁻ᵀ with Z = X R⁻¹: sigma² I, Z' diag(…) Z, or
 * sums over clusters (lm_robust.c). Sources: Björck 1967, BIT 7:257 (refinement); R's lm,
 * summary.lm, logLik.lm, cooks.distance. */
#include <vagus/lm.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/lm_parts.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

enum { MAX_REFINEMENTS = 12 };

typedef struct Work {
    VgArena *arena;
    const VgDesign *design;
    const VgLmOptions *options;
    VgLm *fit;
    VgLmParts *parts;
    VgMatrix a;       /* √W X */
    VgQr qr;          /* of a copy of A */
    double *root;     /* √w per row */
    double *target;   /* √w (y − offset) */
    double *residual; /* √w residual */
    double *b;        /* rank coefficients */
    VgError *error;
} Work;

static VgStatus need(const Work *work, const void *pointer)
{
    return pointer ? VG_OK : vg_fail_memory(work->error);
}

const char *vg_lm_covariance_name(VgLmCovariance covariance)
{
    static const char *const name[] = {"classical", "hc0", "hc1", "hc2",
                                       "hc3",       "cr0", "cr2", "cr3"};
    return name[covariance];
}

/* --- checks
 * ---------------------------------------------------------------------------------------- */

static VgStatus check_clusters(const Work *work)
{
    const VgLmOptions *options = work->options;
    if (!vg_lm_is_clustered(options->covariance))
        return VG_OK;
    if (!options->cluster || !options->n_clusters)
        return vg_fail(work->error, VG_INVALID_INPUT, "%s standard errors need clusters",
                       "name the column that identifies participants or sites",
                       vg_lm_covariance_name(options->covariance));
    for (size_t i = 0; i < work->design->n_rows; i++)
        if (options->cluster[i] < 0 || (size_t)options->cluster[i] >= options->n_clusters)
            return vg_fail(work->error, VG_INVALID_INPUT, "row %zu has no cluster",
                           "leave out rows whose cluster is missing", work->design->row[i] + 1);
    return VG_OK;
}

static VgStatus check_response(const Work *work)
{
    const VgDesign *design = work->design;
    if (!design->y)
        return vg_fail(work->error, VG_INVALID_INPUT, "the formula has no outcome",
                       "write outcome ~ terms");
    bool constant = true;
    for (size_t i = 0; i < design->n_rows; i++) {
        if (!isfinite(design->y[i]))
            return vg_fail(work->error, VG_INVALID_INPUT, "the outcome is missing in row %zu",
                           "build the design without rows whose outcome is missing",
                           design->row[i] + 1);
        constant = constant && design->y[i] == design->y[0];
    }
    if (constant && design->n_rows > 1)
        return vg_fail(work->error, VG_INVALID_INPUT, "the outcome '%.80s' is %g in all %zu rows",
                       "look whether the right column was named", design->formula->response->name,
                       design->y[0], design->n_rows);
    return VG_OK;
}

static VgStatus take_weights(Work *work)
{
    const double *weights = work->options->weights;
    for (size_t i = 0; i < work->design->n_rows; i++) {
        double weight = weights ? weights[i] : 1.0;
        if (!(weight >= 0.0) || isinf(weight))
            return vg_fail(work->error, VG_INVALID_INPUT, "the weight of row %zu is %g",
                           "weights are numbers of 0 or more", work->design->row[i] + 1, weight);
        work->parts->weight[i] = weight;
        work->root[i] = sqrt(weight);
        work->fit->n += weight > 0.0;
    }
    return VG_OK;
}

static VgStatus begin(Work *work)
{
    size_t n = work->design->n_rows, p = work->design->p, rank = work->design->rank;
    VgLm *fit = work->fit = VG_NEW(work->arena, VgLm, 1);
    VgLmParts *parts = work->parts = VG_NEW(work->arena, VgLmParts, 1);
    VG_TRY(need(work, fit));
    VG_TRY(need(work, parts));
    *fit = (VgLm){.design = work->design,
                  .covariance = work->options->covariance,
                  .rank = rank,
                  .parts = parts};
    parts->arena = work->arena;
    parts->options = work->options;
    double **const arrays[] = {&fit->fitted, &fit->residual, &fit->leverage,  &fit->cook,
                               &work->root,  &work->target,  &work->residual, &parts->weight};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = VG_NEW(work->arena, double, n);
        VG_TRY(need(work, *arrays[i]));
    }
    fit->coefficient = VG_NEW(work->arena, double, p);
    fit->se = VG_NEW(work->arena, double, p);
    fit->df = VG_NEW(work->arena, double, p);
    work->b = VG_NEW(work->arena, double, rank);
    fit->vcov = vg_matrix_new(work->arena, rank, rank);
    parts->r_inverse = vg_matrix_new(work->arena, rank, rank);
    parts->z = vg_matrix_new(work->arena, n, rank);
    work->a = vg_matrix_new(work->arena, n, rank);
    const void *const made[] = {fit->coefficient, fit->se,        fit->df,
                                work->b,          fit->vcov.data, parts->r_inverse.data,
                                parts->z.data,    work->a.data};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        VG_TRY(need(work, made[i]));
    return VG_OK;
}

/* --- least squares
 * ---------------------------------------------------------------------------------- */

static VgStatus factor(Work *work)
{
    const VgDesign *design = work->design;
    for (size_t j = 0; j < design->rank; j++)
        for (size_t i = 0; i < design->n_rows; i++)
            VG_AT(work->a, i, j) = VG_AT(design->x_full_rank, i, j) * work->root[i];
    for (size_t i = 0; i < design->n_rows; i++)
        work->target[i] =
            work->root[i] * (design->y[i] - (design->offset ? design->offset[i] : 0.0));
    VgMatrix copy = vg_matrix_new(work->arena, design->n_rows, design->rank);
    VG_TRY(need(work, copy.data));
    vg_matrix_copy(work->a, copy);
    /* The design says what is independent; here only weights can still destroy it. */
    VG_TRY(vg_qr_factor(work->arena, copy, 1e-14, &work->qr, work->error));
    if (work->qr.rank < design->rank)
        return vg_fail(work->error, VG_NOT_ESTIMABLE,
                       "with these weights '%.80s' depends on the columns before it",
                       "leave the term out, or look at rows of weight 0",
                       design->name[design->independent[work->qr.pivot[work->qr.rank]]]);
    return VG_OK;
}

/* out := target − residual − A b, with products and sums in twice the working precision. */
static void top_residual(const Work *work, double *out, double *lost)
{
    size_t n = work->a.rows;
    for (size_t i = 0; i < n; i++) {
        double difference = work->target[i] - work->residual[i];
        double part = difference - work->target[i];
        lost[i] = (work->target[i] - (difference - part)) - (work->residual[i] + part);
        out[i] = difference;
    }
    for (size_t j = 0; j < work->a.cols; j++) {
        const double *column = &VG_AT(work->a, 0, j);
        double b = -work->b[j];
        for (size_t i = 0; i < n; i++) {
            double product = column[i] * b;
            double product_error = fma(column[i], b, -product);
            double next = out[i] + product;
            double part = next - out[i];
            lost[i] += (out[i] - (next - part)) + (product - part) + product_error;
            out[i] = next;
        }
    }
    for (size_t i = 0; i < n; i++)
        out[i] += lost[i];
}

/* One correction; returns its size relative to the coefficients. */
static double refine(Work *work, double *top, double *lost, double *h)
{
    size_t n = work->a.rows, rank = work->a.cols;
    top_residual(work, top, lost);
    for (size_t j = 0; j < rank; j++)
        h[j] = -vg_dot_accurate(&VG_AT(work->a, 0, j), work->residual, n, 0.0);
    vg_qr_solve_transposed(&work->qr, h);
    vg_qr_transposed_multiply(&work->qr, top);
    for (size_t j = 0; j < rank; j++) {
        double own = top[j];
        top[j] = h[j];
        h[j] = own - h[j];
    }
    vg_qr_solve(&work->qr, h);
    vg_qr_multiply(&work->qr, top);
    double largest = 0.0;
    for (size_t j = 0; j < rank; j++) {
        double change = work->b[j] != 0.0 ? fabs(h[j] / work->b[j]) : h[j] != 0.0;
        largest = fmax(largest, change);
        work->b[j] += h[j];
    }
    for (size_t i = 0; i < n; i++)
        work->residual[i] += top[i];
    return largest;
}

static VgStatus solve(Work *work)
{
    size_t n = work->a.rows;
    double *top = VG_NEW(work->arena, double, n);
    double *lost = VG_NEW(work->arena, double, n);
    double *h = VG_NEW(work->arena, double, work->a.cols);
    VG_TRY(need(work, top));
    VG_TRY(need(work, lost));
    VG_TRY(need(work, h));
    double before = INFINITY;
    for (int step = 0; step < MAX_REFINEMENTS; step++) { /* step 0 is the plain solution */
        double change = refine(work, top, lost, h);
        work->fit->refinements = step;
        if (!(change > 4 * DBL_EPSILON) || (step > 1 && change > 0.25 * before))
            break;
        before = change;
    }
    return VG_OK;
}

/* --- summaries
 * -------------------------------------------------------------------------------------- */

static VgStatus invert_r(Work *work)
{
    VgMatrix inverse = work->parts->r_inverse;
    for (size_t j = 0; j < inverse.cols; j++) {
        VG_AT(inverse, j, j) = 1.0;
        vg_qr_solve(&work->qr, &VG_AT(inverse, 0, j));
    }
    VgMatrix z = work->parts->z;
    vg_matrix_copy(work->design->x_full_rank, z);
    if (z.cols)
        cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, (int)z.rows,
                    (int)z.cols, 1.0, work->qr.qr.data, (int)work->qr.qr.stride, z.data,
                    (int)z.stride);
    return VG_OK;
}

/* Sum of squares about the (weighted) mean, or about 0 without intercept, of target − residual = A
 * b. */
static double model_ss(const Work *work)
{
    size_t n = work->a.rows;
    double mean = 0.0, total = 0.0, sum = 0.0;
    if (work->design->formula->intercept) {
        for (size_t i = 0; i < n; i++) {
            mean += work->root[i] * (work->target[i] - work->residual[i]);
            total += work->parts->weight[i];
        }
        mean /= total;
    }
    for (size_t i = 0; i < n; i++) {
        double value = work->target[i] - work->residual[i] - work->root[i] * mean;
        sum += value * value;
    }
    return sum;
}

static void describe_fit(Work *work)
{
    VgLm *fit = work->fit;
    double n = (double)fit->n, intercept = work->design->formula->intercept;
    double explained = model_ss(work), log_weights = 0.0;
    for (size_t i = 0; i < work->a.rows; i++)
        if (work->parts->weight[i] > 0.0)
            log_weights += log(work->parts->weight[i]);
    fit->df_residual = n - (double)fit->rank;
    fit->residual_ss = vg_dot_accurate(work->residual, work->residual, work->a.rows, 0.0);
    fit->sigma = sqrt(fit->residual_ss / fit->df_residual);
    fit->r_squared = explained / (explained + fit->residual_ss);
    fit->adjusted_r_squared = 1.0 - (1.0 - fit->r_squared) * (n - intercept) / fit->df_residual;
    double df = (double)fit->rank - intercept;
    fit->overall = (VgJointTest){NAN, df, fit->df_residual, NAN};
    if (df > 0) {
        fit->overall.statistic = explained / df / (fit->residual_ss / fit->df_residual);
        fit->overall.p = vg_f_upper(fit->overall.statistic, df, fit->df_residual);
    }
    fit->log_likelihood =
        0.5 * (log_weights - n * (log(2.0 * M_PI) + 1.0 - log(n) + log(fit->residual_ss)));
    fit->aic = -2.0 * fit->log_likelihood + 2.0 * ((double)fit->rank + 1.0);
    fit->bic = -2.0 * fit->log_likelihood + log(n) * ((double)fit->rank + 1.0);
}

static void describe_rows(Work *work)
{
    VgLm *fit = work->fit;
    for (size_t i = 0; i < work->a.rows; i++) {
        double weight = work->parts->weight[i], leverage = 0.0;
        for (size_t j = 0; j < fit->rank; j++) {
            double z = VG_AT(work->parts->z, i, j);
            leverage += weight * z * z;
        }
        fit->leverage[i] = leverage;
        double offset = work->design->offset ? work->design->offset[i] : 0.0;
        if (weight > 0.0) {
            fit->residual[i] = work->residual[i] / work->root[i];
        } else { /* such a row had no part in the fit */
            double sum = offset;
            for (size_t j = 0; j < fit->rank; j++)
                sum += VG_AT(work->design->x_full_rank, i, j) * work->b[j];
            fit->residual[i] = work->design->y[i] - sum;
        }
        fit->fitted[i] = work->design->y[i] - fit->residual[i];
        double scaled = work->residual[i] / (fit->sigma * (1.0 - leverage));
        fit->cook[i] = scaled * scaled * leverage / (double)fit->rank;
    }
}

/* vcov := R⁻¹ core R⁻ᵀ. */
static VgStatus sandwich(Work *work, VgMatrix core)
{
    size_t rank = work->fit->rank;
    VgMatrix inverse = work->parts->r_inverse, half = vg_matrix_new(work->arena, rank, rank);
    VG_TRY(need(work, half.data));
    if (!rank)
        return VG_OK;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)rank, (int)rank, (int)rank, 1.0,
                inverse.data, (int)inverse.stride, core.data, (int)core.stride, 0.0, half.data,
                (int)half.stride);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, (int)rank, (int)rank, (int)rank, 1.0,
                half.data, (int)half.stride, inverse.data, (int)inverse.stride, 0.0,
                work->fit->vcov.data, (int)work->fit->vcov.stride);
    return VG_OK;
}

static VgStatus estimate_covariance(Work *work)
{
    VgLm *fit = work->fit;
    VgMatrix core = vg_matrix_new(work->arena, fit->rank, fit->rank);
    VG_TRY(need(work, core.data));
    if (vg_lm_is_clustered(fit->covariance))
        VG_TRY(vg_lm_clustered(fit, work->parts, core, work->error));
    else if (fit->covariance != VG_LM_CLASSICAL)
        VG_TRY(vg_lm_heteroscedastic(fit, work->parts, core, work->error));
    else
        for (size_t j = 0; j < fit->rank; j++)
            VG_AT(core, j, j) = fit->sigma * fit->sigma;
    fit->n_clusters = work->parts->n_clusters;
    return sandwich(work, core);
}

static VgStatus fill_coefficients(Work *work)
{
    VgLm *fit = work->fit;
    for (size_t j = 0; j < work->design->p; j++)
        fit->coefficient[j] = fit->se[j] = fit->df[j] = NAN;
    double *unit = VG_NEW(work->arena, double, fit->rank);
    VG_TRY(need(work, unit));
    for (size_t k = 0; k < fit->rank; k++) {
        size_t j = work->design->independent[k];
        fit->coefficient[j] = work->b[k];
        fit->se[j] = sqrt(VG_AT(fit->vcov, k, k));
        unit[k] = 1.0;
        VG_TRY(vg_lm_df(fit, unit, &fit->df[j], work->error));
        unit[k] = 0.0;
    }
    return VG_OK;
}

VgStatus vg_lm_fit(VgArena *arena, const VgDesign *design, const VgLmOptions *options, VgLm **fit,
                   VgError *error)
{
    static const VgLmOptions defaults = {0};
    Work work = {
        .arena = arena, .design = design, .options = options ? options : &defaults, .error = error};
    VG_TRY(check_response(&work));
    VG_TRY(check_clusters(&work));
    VG_TRY(begin(&work));
    VG_TRY(take_weights(&work));
    if (work.fit->n <= design->rank)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu rows and %zu coefficients leave nothing to estimate the error from",
                       "use fewer terms", work.fit->n, design->rank);
    VG_TRY(factor(&work));
    VG_TRY(solve(&work));
    VG_TRY(invert_r(&work));
    describe_fit(&work);
    describe_rows(&work);
    VG_TRY(estimate_covariance(&work));
    VG_TRY(fill_coefficients(&work));
    work.parts->options = NULL; /* the caller's may be gone when contrasts are asked for */
    *fit = work.fit;
    return VG_OK;
}
