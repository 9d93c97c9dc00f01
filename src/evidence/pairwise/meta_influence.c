/* What each study does to the fit: case deletion with tau² estimated anew each time. Definitions are those of
 * metafor::influence.rma.uni and baujat (Viechtbauer & Cheung 2010; Baujat 2002), for moderators and for correlated
 * effects too; docs/methods/influence.md gives each formula. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

typedef struct Work {
    VgMatrix covariance;                                         /* p × p: (X'W(tau²)X)⁻¹ */
    double *beta, *difference, *factor, *fitted, *column, *back; /* p, p, p², k, k, k */
    size_t *index;                                               /* k */
    double log_determinant;                                      /* of the fit's covariance */
} Work;

static VgStatus allocate(VgArena *arena, const VgMetaFit *fit, VgMetaInfluence *out, Work *work,
                         VgError *error)
{
    const size_t k = fit->k, p = fit->p;
    double *of_k = VG_NEW(arena, double, 13 * k), *of_p = VG_NEW(arena, double, 2 * p + p * p);
    out->dfbeta = vg_matrix_new(arena, k, p);
    out->influential = VG_NEW(arena, bool, k);
    work->covariance = vg_matrix_new(arena, p, p);
    work->index = VG_NEW(arena, size_t, k);
    if (!of_k || !of_p || !out->dfbeta.data || !out->influential || !work->covariance.data ||
        !work->index)
        return vg_fail_memory(error);
    double **field[] = {&out->rstudent,     &out->dffits,    &out->cook,    &out->covariance_ratio,
                        &out->tau2_deleted, &out->q_deleted, &out->hat,     &out->weight,
                        &out->baujat_x,     &out->baujat_y,  &work->fitted, &work->column,
                        &work->back};
    for (size_t f = 0; f < sizeof field / sizeof *field; f++)
        *field[f] = of_k + f * k;
    work->beta = of_p;
    work->difference = of_p + p;
    work->factor = of_p + 2 * p;
    return VG_OK;
}

/* x_i' C x_i with C p × p */
static double spread(const VgMetaFit *fit, VgMatrix c, size_t i)
{
    double sum = 0;
    for (size_t a = 0; a < fit->p; a++)
        for (size_t b = 0; b < fit->p; b++)
            sum += VG_AT(fit->x, i, a) * VG_AT(c, a, b) * VG_AT(fit->x, i, b);
    return sum;
}

static double linear(const VgMetaFit *fit, const double *beta, size_t i)
{
    double sum = 0;
    for (size_t a = 0; a < fit->p; a++)
        sum += VG_AT(fit->x, i, a) * beta[a];
    return sum;
}

static bool plain_covariance(const VgMetaFit *fit, double tau2, Work *work)
{
    VgMetaEstimate estimate = {.beta = work->beta, .covariance = work->covariance};
    return vg_meta_estimate(&fit->inner->problem, fit->inner->r, tau2, VG_META_TEST_Z, &estimate);
}

/* h_i = [X (X'M⁻¹X)⁻¹ X'M⁻¹]_ii; column by column of M⁻¹X. */
static void hat_values(const VgMetaFit *fit, Work *work, double *hat)
{
    const struct VgMetaInner *inner = fit->inner;
    memset(hat, 0, fit->k * sizeof *hat);
    for (size_t c = 0; c < fit->p; c++) {
        const double *x = fit->x.data + c * fit->x.stride;
        double *weighted = work->column;
        if (inner->rotation.n_blocks)
            vg_meta_rotate(&inner->rotation, x, work->back);
        for (size_t i = 0; i < fit->k; i++)
            weighted[i] =
                (inner->rotation.n_blocks ? work->back[i] : x[i]) / (inner->values[i] + fit->tau2);
        if (inner->rotation.n_blocks) {
            vg_meta_rotate_back(&inner->rotation, weighted, work->back);
            weighted = work->back;
        }
        for (size_t i = 0; i < fit->k; i++) {
            double row = 0;
            for (size_t a = 0; a < fit->p; a++)
                row += VG_AT(fit->x, i, a) * VG_AT(work->covariance, a, c);
            hat[i] += row * weighted[i];
        }
    }
}

static bool factor_of(VgMatrix covariance, double *factor, double *log_determinant)
{
    const size_t p = covariance.rows;
    for (size_t j = 0; j < p; j++)
        memcpy(factor + j * p, covariance.data + j * covariance.stride, p * sizeof *factor);
    return vg_small_cholesky(p, factor, log_determinant);
}

static void not_available(const VgMetaFit *fit, VgMetaInfluence *out, size_t i)
{
    out->rstudent[i] = out->dffits[i] = out->cook[i] = out->covariance_ratio[i] = NAN;
    out->tau2_deleted[i] = out->q_deleted[i] = out->baujat_y[i] = NAN;
    for (size_t j = 0; j < fit->p; j++)
        VG_AT(out->dfbeta, i, j) = NAN;
}

static void compare(const VgMetaFit *fit, const VgMetaFit *without, size_t i, Work *work,
                    VgMetaInfluence *out)
{
    const size_t p = fit->p;
    double v = fit->effects.v[i], tau2 = without->tau2, scale = without->scale, log_determinant;
    double predicted = linear(fit, without->beta, i),
           variance = spread(fit, without->covariance, i);
    double residual = fit->effects.y[i] - predicted, shift = work->fitted[i] - predicted;
    if (fabs(residual) < 100 * DBL_EPSILON)
        residual = 0;
    out->tau2_deleted[i] = tau2;
    out->q_deleted[i] = without->q;
    out->rstudent[i] = residual / sqrt(scale * (v + tau2) + variance);
    out->dffits[i] = shift / sqrt(scale * out->hat[i] * (tau2 + v));
    out->baujat_y[i] = shift * shift / variance;
    bool has = plain_covariance(fit, tau2, work);
    for (size_t j = 0; j < p; j++) {
        double d = fit->beta[j] - without->beta[j];
        work->difference[j] = d;
        VG_AT(out->dfbeta, i, j) = has ? d / sqrt(scale * VG_AT(work->covariance, j, j)) : NAN;
    }
    out->covariance_ratio[i] = factor_of(without->covariance, work->factor, &log_determinant)
                                   ? exp(log_determinant - work->log_determinant)
                                   : NAN;
    double cook = 0;
    if (factor_of(fit->covariance, work->factor, &log_determinant)) {
        vg_small_forward_solve(p, work->factor, work->difference);
        for (size_t j = 0; j < p; j++)
            cook += work->difference[j] * work->difference[j];
    } else {
        cook = NAN;
    }
    out->cook[i] = cook;
}

/* Viechtbauer & Cheung's cut-offs, as metafor marks them. */
static bool influential(const VgMetaFit *fit, const VgMetaInfluence *out, size_t i)
{
    double p = (double)fit->p, k = (double)fit->k;
    bool any = fabs(out->dffits[i]) > 3 * sqrt(p / (k - p)) || out->hat[i] > 3 * p / k ||
               (out->cook[i] >= 0 && vg_chi_square_upper(out->cook[i], p) < 0.5);
    for (size_t j = 0; j < fit->p; j++)
        any = any || fabs(VG_AT(out->dfbeta, i, j)) > 1;
    return any;
}

VgStatus vg_meta_influence(VgArena *arena, const VgMetaFit *fit, VgMetaInfluence **influence,
                           VgError *error)
{
    if (fit->k < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "one study cannot be left out of one",
                       "add studies");
    VgMetaInfluence *out = VG_NEW(arena, VgMetaInfluence, 1);
    Work work = {0};
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(allocate(arena, fit, out, &work, error));
    if (!plain_covariance(fit, fit->tau2, &work) ||
        !factor_of(fit->covariance, work.factor, &work.log_determinant))
        return vg_fail(error, VG_NO_CONVERGENCE, "the covariance of the coefficients is singular",
                       "leave moderators out");
    hat_values(fit, &work, out->hat);
    memcpy(out->weight, fit->weight, fit->k * sizeof(double));
    VgMetaOptions options = fit->options;
    for (size_t i = 0; i < fit->k; i++) {
        double residual = fit->effects.y[i] - linear(fit, fit->beta, i);
        work.fitted[i] = fit->effects.y[i] - residual;
        out->baujat_x[i] = residual * residual / (fit->tau2 + fit->effects.v[i]);
        if (i > 0)
            work.index[i - 1] = i;
    }
    for (size_t i = 0; i < fit->k; i++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgEffects effects;
        VgMatrix x;
        VgMetaFit *without;
        VgError ignored;
        VG_TRY(vg_meta_subset(arena, &fit->effects, &fit->x, work.index, fit->k - 1, &effects, &x,
                              error));
        VgStatus status = vg_meta_fit_plain(arena, &effects, &x, &options, &without, &ignored);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status == VG_OK)
            compare(fit, without, i, &work, out);
        else
            not_available(fit, out, i);
        out->influential[i] = influential(fit, out, i);
        vg_arena_rewind(arena, mark);
        work.index[i] = i;
    }
    *influence = out;
    return VG_OK;
}
