/* Sandwich covariance of β from subjects' scores: CR0, CR2 (Bell & McCaffrey 2002), CR3 (jackknife), as
 * mmrm's Empirical, Empirical-Bias-Reduced and Empirical-Jackknife; and Satterthwaite's df under it.
 *
 * In whitened coordinates (Φ = I): X̃_i = L_i⁻¹X_iL_H⁻ᵀ, A_i = f(I − X̃_iX̃_i'), score z_i = X̃_i'A_i r̃_i,
 * covariance T (Σ z_i z_i') T'. For c: u_i = A_iX̃_ic̃ and the Gram matrix of mmrm's g vectors is
 * diag(u_i'u_i) − b_ib_j' with b_i = X̃_i'u_i, so that its trace and norm cost O(N p), not O(N²). */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "numeric/small_symmetric.h"

/* A = f(I − x x') for one subject's m × p whitened rows (row-major). False when CR3 has no inverse. */
static bool leverage_factor(VgSandwich kind, size_t m, size_t p, const double *x, double *a,
                            double *scratch)
{
    double *values = scratch, *vectors = scratch + m, *square = vectors + m * m;
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < m; i++)
            square[i + j * m] =
                (i == j ? 1.0 : 0.0) - cblas_ddot(vg_as_int(p), x + i * p, 1, x + j * p, 1);
    vg_small_eigen(m, square, values, vectors);
    memset(a, 0, m * m * sizeof *a);
    for (size_t l = 0; l < m; l++) {
        if (kind == VG_SANDWICH_CR3 && !(values[l] > 1e-10))
            return false;
        double f = kind == VG_SANDWICH_CR3 ? 1.0 / values[l]
                   : values[l] > 1e-10     ? 1.0 / sqrt(values[l])
                                           : 0.0;
        for (size_t j = 0; j < m; j++)
            for (size_t i = 0; i < m; i++)
                a[i + j * m] += f * vectors[i + l * m] * vectors[j + l * m];
    }
    return true;
}

/* Whitened rows of X and whitened residuals of one subject. */
static void whiten_subject(const VgEngine *e, const VgPattern *pattern, size_t index,
                           const double *factor, double *x, double *residual)
{
    size_t m = pattern->m, p = e->p;
    for (size_t j = 0; j < m; j++) {
        size_t a = pattern->visit[j], rows = e->patterns->n_row[a];
        size_t at = pattern->first_row[j] + index;
        memset(x + j * p, 0, p * sizeof *x);
        residual[j] = e->stats->y[a][at];
        for (size_t c = e->stats->offset[a]; c < e->stats->offset[a + 1]; c++) {
            double value = e->stats->basis[a][at + (c - e->stats->offset[a]) * rows];
            residual[j] -= value * e->gamma[c];
            cblas_daxpy(vg_as_int(p), value, e->white + c * p, 1, x + j * p, 1);
        }
    }
    vg_small_forward_solve(m, factor, residual);
    for (size_t i = 0; i < m; i++) {
        for (size_t l = 0; l < i; l++)
            cblas_daxpy(vg_as_int(p), -factor[i + l * m], x + l * p, 1, x + i * p, 1);
        cblas_dscal(vg_as_int(p), 1.0 / factor[i + i * m], x + i * p, 1);
    }
}

static VgStatus add_subject(const VgEngine *e, const VgMmrmFit *fit, VgMmrmInternal *in,
                            const VgPattern *pattern, size_t index, size_t position,
                            const double *factor, double *scratch, double *meat, VgError *error)
{
    size_t m = pattern->m, p = e->p;
    double *residual = scratch, *a = residual + m, *score = a + m * m, *work = score + p;
    double *x = in->x_white + in->subject_start[position] * p;
    double *ax = in->ax_white + in->subject_start[position] * p;
    whiten_subject(e, pattern, index, factor, x, residual);
    in->subject_start[position + 1] = in->subject_start[position] + m;
    if (fit->sandwich == VG_SANDWICH_CR0) {
        memcpy(ax, x, m * p * sizeof *ax);
    } else {
        if (!leverage_factor(fit->sandwich, m, p, x, a, work)) {
            size_t s = e->patterns->subject[pattern->first + index];
            const char *const *labels = e->data->subject_label;
            return vg_fail(
                error, VG_NOT_ESTIMABLE,
                "subject %zu (%s) alone determines a coefficient: CR3 leaves it out and has "
                "nothing to estimate it from",
                "use CR2 or CR0, or fewer covariates", s + 1,
                labels && labels[s] ? labels[s] : "unnamed");
        }
        for (size_t i = 0; i < m; i++) {
            memset(ax + i * p, 0, p * sizeof *ax);
            for (size_t j = 0; j < m; j++)
                cblas_daxpy(vg_as_int(p), a[i + j * m], x + j * p, 1, ax + i * p, 1);
        }
    }
    memset(score, 0, p * sizeof *score);
    for (size_t i = 0; i < m; i++)
        cblas_daxpy(vg_as_int(p), residual[i], ax + i * p, 1, score, 1);
    cblas_dsyr(CblasColMajor, CblasLower, vg_as_int(p), 1.0, score, 1, meat, vg_as_int(p));
    return VG_OK;
}

/* vcov = T meat T' with T = s R⁻¹L⁻ᵀ. */
static void assemble(const VgMmrmInternal *in, double *meat, double *vcov)
{
    size_t p = in->p;
    int ip = vg_as_int(p);
    for (size_t j = 0; j < p; j++)
        for (size_t i = j + 1; i < p; i++)
            meat[j + i * p] = meat[i + j * p];
    for (int side = 0; side < 2; side++) {
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, ip, ip,
                    in->scale, in->factor, ip, meat, ip);
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, ip, ip, 1.0,
                    in->r, ip, meat, ip);
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < p; i++)
                vcov[j + i * p] = meat[i + j * p];
        memcpy(meat, vcov, p * p * sizeof *meat);
    }
}

VgStatus vg_mmrm_sandwich_prepare(VgArena *arena, VgEngine *e, VgMmrmFit *fit, VgError *error)
{
    VgMmrmInternal *in = fit->internal;
    size_t p = e->p, m = e->m, n_rows = e->data->n_rows, n = e->data->n_subjects;
    in->n_rows = n_rows;
    in->x_white = VG_NEW(arena, double, n_rows *p);
    in->ax_white = VG_NEW(arena, double, n_rows *p);
    in->subject_start = VG_NEW(arena, size_t, n + 1);
    double *scratch = VG_NEW(arena, double, 2 * m + p + 3 * m * m + 1);
    double *meat = VG_NEW(arena, double, p *p);
    double *vcov = VG_NEW(arena, double, p *p);
    double *factor = VG_NEW(arena, double, m *m);
    if (!in->x_white || !in->ax_white || !in->subject_start || !scratch || !meat || !vcov ||
        !factor)
        return vg_fail_memory(error);
    size_t position = 0;
    for (size_t q = 0; q < e->patterns->n; q++) {
        const VgPattern *pattern = &e->patterns->pattern[q];
        const double *sigma = e->group[pattern->group].sigma;
        double log_det;
        for (size_t b = 0; b < pattern->m; b++)
            for (size_t a = 0; a < pattern->m; a++)
                factor[a + b * pattern->m] = sigma[pattern->visit[a] + pattern->visit[b] * m];
        if (!vg_small_cholesky(pattern->m, factor, &log_det))
            return vg_fail(error, VG_NO_CONVERGENCE, "a covariance is not positive definite",
                           "choose a structure with fewer parameters");
        for (size_t i = 0; i < pattern->n; i++, position++)
            VG_TRY(add_subject(e, fit, in, pattern, i, position, factor, scratch, meat, error));
    }
    assemble(in, meat, vcov);
    fit->vcov = (VgMatrix){vcov, p, p, p};
    return VG_OK;
}

double vg_mmrm_sandwich_df(const VgMmrmInternal *in, const double *c, double *scratch)
{
    size_t p = in->p;
    int ip = vg_as_int(p);
    double trace = 0.0, norm = 0.0, *b = in->packed;
    double *gram = scratch; /* p × p: Σ b_i b_i' */
    memset(gram, 0, p * p * sizeof *gram);
    for (size_t s = 0; s < in->n_subjects; s++) {
        double a = 0.0;
        memset(b, 0, p * sizeof *b);
        for (size_t row = in->subject_start[s]; row < in->subject_start[s + 1]; row++) {
            double u = cblas_ddot(ip, in->ax_white + row * p, 1, c, 1);
            a += u * u;
            cblas_daxpy(ip, u, in->x_white + row * p, 1, b, 1);
        }
        double own = cblas_ddot(ip, b, 1, b, 1);
        trace += a - own;
        norm += a * a - 2.0 * a * own;
        cblas_dsyr(CblasColMajor, CblasLower, ip, 1.0, b, 1, gram, ip);
    }
    for (size_t j = 0; j < p; j++)
        for (size_t i = j; i < p; i++)
            norm += (i == j ? 1.0 : 2.0) * gram[i + j * p] * gram[i + j * p];
    return trace * trace / norm;
}
