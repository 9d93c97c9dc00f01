/* Wald inference of a generalised linear model: normal, but t for gaussian. */
#include <vagus/glm.h>

#include <math.h>

#include "base/memory.h"
#include "numeric/distributions.h"
#include "numeric/householder.h"

static double degrees_of_freedom(const VgGlmFit *fit)
{
    return fit->family == VG_GLM_GAUSSIAN ? fit->df_residual : INFINITY;
}

static double bilinear(VgMatrix v, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < v.cols; j++)
        if (b[j] != 0)
            sum += b[j] * vg_dot(&VG_AT(v, 0, j), a, v.rows);
    return sum;
}

VgStatus vg_glm_contrast(const VgGlmFit *fit, const double *contrast, double level,
                         VgInference *out, VgError *error)
{
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                       "use a level such as 0.95", level);
    double variance = bilinear(fit->vcov, contrast, contrast);
    if (!(variance > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the combination has no variance",
                       "ask for a combination with at least one coefficient");
    double df = degrees_of_freedom(fit), se = sqrt(variance);
    double estimate = vg_dot(contrast, fit->beta, fit->p);
    double half = -vg_t_quantile((1 - level) / 2, df) * se;
    *out = (VgInference){
        .estimate = estimate,
        .se = se,
        .df = df,
        .statistic = estimate / se,
        .p = vg_t_two_sided(estimate / se, df),
        .lower = estimate - half,
        .upper = estimate + half,
    };
    return VG_OK;
}

/* z := solution of (L Lᵀ) with the lower factor of a (in place), returns bᵀa⁻¹b; false when a is
 * not positive definite. */
static bool quadratic_form(double *a, double *b, size_t n, double *form)
{
    *form = 0;
    for (size_t j = 0; j < n; j++) {
        double whole = a[j * n + j];
        for (size_t k = 0; k < j; k++)
            a[j * n + j] -= a[j * n + k] * a[j * n + k];
        if (!(a[j * n + j] > 1e-12 * whole))
            return false;
        a[j * n + j] = sqrt(a[j * n + j]);
        for (size_t i = j + 1; i < n; i++) {
            for (size_t k = 0; k < j; k++)
                a[i * n + j] -= a[i * n + k] * a[j * n + k];
            a[i * n + j] /= a[j * n + j];
        }
        for (size_t k = 0; k < j; k++)
            b[j] -= a[j * n + k] * b[k];
        b[j] /= a[j * n + j];
        *form += b[j] * b[j];
    }
    return true;
}

VgStatus vg_glm_joint_test(const VgGlmFit *fit, const double *contrasts, size_t rows,
                           VgJointTest *out, VgError *error)
{
    size_t bytes, cells;
    if (rows == 0 || !vg_size_product(rows, rows + 1, &cells) ||
        !vg_size_product(cells, sizeof(double), &bytes))
        return vg_fail(error, VG_INVALID_INPUT, "a joint test of %zu combinations",
                       "give at least one", rows);
    double *variance = vg_malloc(bytes), form;
    if (!variance)
        return vg_fail_memory(error);
    double *estimate = variance + rows * rows;
    for (size_t a = 0; a < rows; a++) {
        estimate[a] = vg_dot(contrasts + a * fit->p, fit->beta, fit->p);
        for (size_t b = 0; b < rows; b++)
            variance[a * rows + b] =
                bilinear(fit->vcov, contrasts + a * fit->p, contrasts + b * fit->p);
    }
    bool definite = quadratic_form(variance, estimate, rows, &form);
    vg_free(variance);
    if (!definite)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the combinations to test depend on each other",
                       "leave out those that follow from the others");
    double df = degrees_of_freedom(fit);
    *out = (VgJointTest){form / (double)rows, (double)rows, df,
                         vg_f_upper(form / (double)rows, (double)rows, df)};
    return VG_OK;
}

static VgStatus model_contrast(const void *fit, const double *contrast, double level,
                               VgInference *out, VgError *error)
{
    return vg_glm_contrast(fit, contrast, level, out, error);
}

static VgStatus model_joint(const void *fit, const double *contrasts, size_t rows, VgJointTest *out,
                            VgError *error)
{
    return vg_glm_joint_test(fit, contrasts, rows, out, error);
}

VgFittedModel vg_glm_model(const VgGlmFit *fit)
{
    return (VgFittedModel){fit, fit->p, model_contrast, model_joint};
}
