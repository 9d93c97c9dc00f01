/* The linear mixed model: checks, coordinates free of units, the fit. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/lmm_internal.h"
#include "numeric/blas_threads.h"
#include "numeric/linear_algebra.h"

static const double LOG_2PI = 1.8378770664093454836;

static VgStatus check_term(const VgLmmData *data, const VgLmmTerm *term, VgArena *arena,
                           VgError *error)
{
    const char *name = term->name ? term->name : "a random-effects term";
    if (term->z.rows != data->n_rows || term->z.cols == 0 || term->z.cols > VG_LMM_MOST_EFFECTS)
        return vg_fail(error, VG_INVALID_INPUT, "%s has %zu random effects on %zu rows",
                       "give one row per row of the data and 1 to 32 effects per group", name,
                       term->z.cols, term->z.rows);
    if (term->n_groups < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%s has one group only",
                       "a variance between groups needs several of them", name);
    if (term->n_groups * term->z.cols >= data->n_rows)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%s has %zu random effects for %zu rows: they cannot be told from the "
                       "residual",
                       "use fewer effects per group, or more rows per group", name,
                       term->n_groups * term->z.cols, data->n_rows);
    bool *seen = VG_NEW(arena, bool, term->n_groups);
    if (!seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n_rows; i++) {
        if (term->group[i] < 0 || (size_t)term->group[i] >= term->n_groups)
            return vg_fail(error, VG_INVALID_INPUT, "group %d of %s in row %zu is out of range",
                           "number the groups from 0", (int)term->group[i], name, i + 1);
        seen[term->group[i]] = true;
        for (size_t c = 0; c < term->z.cols; c++)
            if (!isfinite(VG_AT(term->z, i, c)))
                return vg_fail(error, VG_INVALID_INPUT,
                               "a random effect of %s in row %zu is not finite",
                               "leave the row out", name, i + 1);
    }
    for (size_t g = 0; g < term->n_groups; g++)
        if (!seen[g])
            return vg_fail(error, VG_INVALID_INPUT, "group %zu of %s has no rows",
                           "number the groups that have rows only", g, name);
    return VG_OK;
}

static VgStatus check(VgArena *arena, const VgLmmData *data, const VgLmmOptions *options,
                      VgError *error)
{
    if (data->n_terms == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the model has no random effects",
                       "add a term such as (1 | id), or fit a linear model (lm)");
    if (options->df != VG_DF_SATTERTHWAITE && options->df != VG_DF_KENWARD_ROGER &&
        options->df != VG_DF_RESIDUAL)
        return vg_fail(error, VG_INVALID_INPUT, "no %s degrees of freedom for mixed models",
                       "use satterthwaite, kenward-roger or residual",
                       vg_df_method_name(options->df));
    if (options->df == VG_DF_KENWARD_ROGER && options->likelihood == VG_ML)
        return vg_fail(error, VG_INVALID_INPUT, "Kenward-Roger needs REML",
                       "leave out ML, or use satterthwaite");
    if (data->x.cols == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the model has no fixed effects",
                       "keep the intercept, or name a term");
    if (data->x.rows != data->n_rows || data->n_rows <= data->x.cols)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu coefficients for %zu rows",
                       "use fewer coefficients", data->x.cols, data->n_rows);
    for (size_t i = 0; i < data->n_rows; i++) {
        bool finite = isfinite(data->y[i]) && (!data->offset || isfinite(data->offset[i]));
        for (size_t j = 0; j < data->x.cols; j++)
            finite = finite && isfinite(VG_AT(data->x, i, j));
        if (!finite)
            return vg_fail(error, VG_INVALID_INPUT, "a value in row %zu is not finite",
                           "leave the row out", i + 1);
    }
    for (size_t t = 0; t < data->n_terms; t++)
        VG_TRY(check_term(data, &data->term[t], arena, error));
    return VG_OK;
}

static VgStatus name_of_theta(VgArena *arena, VgLmmEngine *e, VgError *error)
{
    const VgLmmData *data = e->data;
    e->term_theta = VG_NEW(arena, size_t, data->n_terms + 1);
    e->term_column = VG_NEW(arena, size_t, data->n_terms + 1);
    if (!e->term_theta || !e->term_column)
        return vg_fail_memory(error);
    for (size_t t = 0; t < data->n_terms; t++) {
        size_t q = data->term[t].z.cols;
        e->term_theta[t + 1] = e->term_theta[t] + q * (q + 1) / 2;
        e->term_column[t + 1] = e->term_column[t] + q;
    }
    if (e->term_column[data->n_terms] > VG_LMM_MOST_EFFECTS)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu random effects per row",
                       "use fewer random effects", e->term_column[data->n_terms]);
    e->k = e->term_theta[data->n_terms];
    e->row = VG_NEW(arena, size_t, e->k);
    e->col = VG_NEW(arena, size_t, e->k);
    e->of = VG_NEW(arena, size_t, e->k);
    e->z_scale = VG_NEW(arena, double, e->term_column[data->n_terms]);
    if (!e->row || !e->col || !e->of || !e->z_scale)
        return vg_fail_memory(error);
    for (size_t t = 0, j = 0; t < data->n_terms; t++)
        for (size_t c = 0; c < data->term[t].z.cols; c++) {
            for (size_t r = c; r < data->term[t].z.cols; r++, j++) {
                e->row[j] = r;
                e->col[j] = c;
                e->of[j] = t;
            }
            const double *z = &VG_AT(data->term[t].z, 0, c);
            double size = cblas_dnrm2((int)data->n_rows, z, 1) / sqrt((double)data->n_rows);
            if (!(size > 0.0))
                return vg_fail(error, VG_NOT_ESTIMABLE, "a random effect of %s is 0 in all rows",
                               "leave it out", data->term[t].name ? data->term[t].name : "a term");
            e->z_scale[e->term_column[t] + c] = size;
        }
    return VG_OK;
}

/* Q, R, e and least squares. */
static VgStatus orthogonalise(VgArena *arena, VgLmmEngine *e, double **q_out, double **e_out,
                              VgError *error)
{
    const VgLmmData *data = e->data;
    size_t n = data->n_rows, p = e->p;
    int in = (int)n, ip = (int)p;
    VgMatrix copy = vg_matrix_new(arena, n, p), q = vg_matrix_new(arena, n, p);
    double *res = VG_NEW(arena, double, n), *effect = VG_NEW(arena, double, p + 1);
    e->r = VG_NEW(arena, double, p *p + 1);
    e->beta_ols = VG_NEW(arena, double, p + 1);
    e->gram = VG_NEW(arena, double, (p + 1) * (p + 1));
    if (!copy.data || !q.data || !res || !effect || !e->r || !e->beta_ols || !e->gram)
        return vg_fail_memory(error);
    if (p) {
        VgQr qr;
        vg_matrix_copy(data->x, copy);
        vg_matrix_copy(data->x, q);
        VG_TRY(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &qr, error));
        if (qr.rank < p) {
            size_t column = qr.pivot[qr.rank];
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "%s is a linear combination of other columns of the model",
                           "leave it out",
                           data->coefficient_label ? data->coefficient_label[column] : "a column");
        }
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i <= j; i++)
                e->r[i + j * p] = VG_AT(qr.qr, i, j);
        for (size_t j = 0; j < p; j++)
            e->log_det_r += 2.0 * log(fabs(e->r[j + j * p]));
        cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, in, ip, 1.0,
                    e->r, ip, q.data, in);
    }
    double y_square = 0.0;
    for (size_t i = 0; i < n; i++) {
        res[i] = data->y[i] - (data->offset ? data->offset[i] : 0.0);
        y_square = fmax(y_square, fabs(res[i]));
    }
    for (int pass = 0; pass < 2 && p; pass++) {
        cblas_dgemv(CblasColMajor, CblasTrans, in, ip, 1.0, q.data, in, res, 1, 0.0, effect, 1);
        cblas_dgemv(CblasColMajor, CblasNoTrans, in, ip, -1.0, q.data, in, effect, 1, 1.0, res, 1);
        cblas_daxpy(ip, 1.0, effect, 1, e->beta_ols, 1);
    }
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, ip, e->r, ip, e->beta_ols,
                1);
    e->scale = cblas_dnrm2(in, res, 1) / sqrt((double)(n - p));
    if (!(e->scale > 1e-13 * y_square))
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the outcome is constant, or the fixed effects explain it exactly",
                       "check the outcome");
    cblas_dscal(in, 1.0 / e->scale, res, 1);
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i <= j; i++)
            e->gram[j + i * (p + 1)] = e->gram[i + j * (p + 1)] =
                cblas_ddot(in, q.data + i * n, 1, q.data + j * n, 1);
        e->gram[p + j * (p + 1)] = e->gram[j + p * (p + 1)] =
            cblas_ddot(in, q.data + j * n, 1, res, 1);
    }
    e->gram[p + p * (p + 1)] = cblas_ddot(in, res, 1, res, 1);
    *q_out = q.data;
    *e_out = res;
    return VG_OK;
}

static VgStatus allocate(VgArena *arena, VgLmmEngine *e, bool kenward_roger, VgError *error)
{
    size_t p = e->p, width = p + 1, k = e->k, m = e->largest;
    struct {
        double **at;
        size_t n;
    } part[] = {{&e->theta, k},
                {&e->a, width * width},
                {&e->factor, p * p},
                {&e->f, p},
                {&e->delta, p},
                {&e->n, p * p * k},
                {&e->trace, k},
                {&e->pair, k * k},
                {&e->reml, k * k},
                {&e->r1, k},
                {&e->r2, k * k},
                {&e->chain, k * k},
                {&e->gradient, k},
                {&e->hessian, k * k},
                {&e->gb, m * m},
                {&e->l, m * m},
                {&e->h, m * width},
                {&e->w, m * m},
                {&e->eg, m * m * k + k},
                {&e->eu, m * width * k + k * k},
                {&e->wu, m * width * k + m * m},
                {&e->nf, p * k},
                {kenward_roger ? &e->q : NULL, p * p * k * k}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].at && !(*part[i].at = VG_NEW(arena, double, part[i].n + 1)))
            return vg_fail_memory(error);
    return VG_OK;
}

/* σ²S in the user's units; singular where a diagonal element of Λ is 0. */
static VgStatus give_random(VgArena *arena, const VgLmmEngine *e, VgLmmFit *fit, VgError *error)
{
    const VgLmmData *data = e->data;
    double variance = fit->sigma * fit->sigma;
    fit->random = VG_NEW(arena, VgLmmRandom, data->n_terms);
    fit->theta = VG_NEW(arena, double, e->k);
    if (!fit->random || !fit->theta)
        return vg_fail_memory(error);
    for (size_t j = 0; j < e->k; j++) {
        fit->theta[j] = e->theta[j] / e->z_scale[e->term_column[e->of[j]] + e->row[j]];
        if (e->row[j] == e->col[j] && e->theta[j] == 0.0)
            fit->random[e->of[j]].singular = fit->singular = true;
    }
    for (size_t t = 0; t < data->n_terms; t++) {
        size_t q = data->term[t].z.cols;
        VgLmmRandom *random = &fit->random[t];
        random->q = q;
        random->n_groups = data->term[t].n_groups;
        random->covariance = vg_matrix_new(arena, q, q);
        random->effect = VG_NEW(arena, double, random->n_groups *q);
        if (!random->covariance.data || !random->effect)
            return vg_fail_memory(error);
        for (size_t j = e->term_theta[t]; j < e->term_theta[t + 1]; j++)
            for (size_t l = e->term_theta[t]; l < e->term_theta[t + 1]; l++)
                if (e->col[j] == e->col[l])
                    VG_AT(random->covariance, e->row[j], e->row[l]) +=
                        variance * fit->theta[j] * fit->theta[l];
    }
    vg_lmm_effects(e, fit->random);
    return VG_OK;
}

static void give_likelihood(const VgLmmEngine *e, VgLmmFit *fit)
{
    double n = (double)e->n_rows, nu = n - (e->ml ? 0.0 : (double)e->p);
    fit->minus2loglik =
        e->deviance + nu * (1.0 + LOG_2PI + 2.0 * log(e->scale)) + (e->ml ? 0.0 : e->log_det_r);
    fit->loglik = -0.5 * fit->minus2loglik;
    double parameters = (double)(e->p + e->k + 1);
    fit->aic = fit->minus2loglik + 2.0 * parameters;
    fit->bic = fit->minus2loglik + parameters * log(n);
}

VgStatus vg_lmm_fit_held(VgArena *arena, const VgLmmData *data, const VgLmmOptions *options,
                         VgLmmFit *fit, VgError *error)
{
    VG_TRY(check(arena, data, options, error));
    *fit = (VgLmmFit){.likelihood = options->likelihood,
                      .df = options->df,
                      .p = data->x.cols,
                      .n_rows = data->n_rows,
                      .n_terms = data->n_terms};
    VgLmmEngine e = {.data = data,
                     .ml = options->likelihood == VG_ML,
                     .p = data->x.cols,
                     .n_rows = data->n_rows};
    double *q = NULL, *res = NULL;
    VG_TRY(name_of_theta(arena, &e, error));
    VG_TRY(orthogonalise(arena, &e, &q, &res, error));
    VG_TRY(vg_lmm_blocks(arena, &e, q, res, error));
    VG_TRY(allocate(arena, &e, options->df == VG_DF_KENWARD_ROGER, error));
    fit->n_theta = e.k;
    VG_TRY(vg_lmm_optimise(arena, &e, options->max_iterations, fit, error));
    double nu = (double)e.n_rows - (e.ml ? 0.0 : (double)e.p);
    fit->sigma = e.scale * sqrt(e.residual / nu);
    give_likelihood(&e, fit);
    VG_TRY(give_random(arena, &e, fit, error));
    fit->beta = VG_NEW(arena, double, e.p + 1);
    if (!fit->beta)
        return vg_fail_memory(error);
    memcpy(fit->beta, e.delta, e.p * sizeof *fit->beta);
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, (int)e.p, e.r, (int)e.p,
                fit->beta, 1);
    for (size_t j = 0; j < e.p; j++)
        fit->beta[j] = e.beta_ols[j] + e.scale * fit->beta[j];
    return vg_lmm_prepare(arena, &e, fit, error);
}

VgStatus vg_lmm_fit(VgArena *arena, const VgLmmData *data, const VgLmmOptions *options,
                    VgLmmFit *fit, VgError *error)
{
    int threads = vg_blas_hold();
    VgStatus status = vg_lmm_fit_held(arena, data, options, fit, error);
    vg_blas_release(threads);
    return status;
}

const char *vg_lmm_singular_note(VgArena *arena, const VgLmmData *data, const VgLmmFit *fit)
{
    const char *note = NULL;
    for (size_t t = 0; t < fit->n_terms; t++) {
        const VgLmmTerm *term = &data->term[t];
        const VgLmmRandom *random = &fit->random[t];
        if (!random->singular)
            continue;
        const char *what = "";
        for (size_t c = 0; c < random->q; c++)
            if (VG_AT(random->covariance, c, c) <= 0.0)
                what = vg_arena_printf(arena, "%s%s%s", what ? what : "", what && *what ? ", " : "",
                                       term->effect ? term->effect[c] : "an effect");
        const char *name = term->name ? term->name : "a term";
        const char *one =
            what && *what
                ? vg_arena_printf(arena, "the variance of %s between groups of %s is 0", what, name)
                : vg_arena_printf(arena, "the random effects of %s are perfectly correlated", name);
        note = note ? vg_arena_printf(arena, "%s; %s", note, one ? one : "") : one;
    }
    return note ? vg_arena_printf(arena,
                                  "at the boundary: %s; the estimates and tests stand, but fewer "
                                  "random effects say the same",
                                  note)
                : NULL;
}
