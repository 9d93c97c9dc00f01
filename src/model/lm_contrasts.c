/* Combinations of a linear model's coefficients: one with t, several with F. */
#include <math.h>

#include "model/lm_parts.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

/* v = R⁻ᵀ c */
static void rotate(const VgLm *fit, const double *c, double *v)
{
    for (size_t j = 0; j < fit->rank; j++) {
        v[j] = 0.0;
        for (size_t i = 0; i <= j; i++)
            v[j] += VG_AT(fit->parts->r_inverse, i, j) * c[i];
    }
}

/* Degrees of freedom of one combination; `c` over the independent columns. */
VgStatus vg_lm_df(const VgLm *fit, const double *c, double *df, VgError *error)
{
    *df = fit->df_residual;
    if (!vg_lm_is_clustered(fit->covariance))
        return VG_OK;
    VgArenaMark mark = vg_arena_mark(fit->parts->arena);
    double *v = vg_arena_alloc_raw(fit->parts->arena, fit->rank, sizeof *v);
    if (!v)
        return vg_fail_memory(error);
    rotate(fit, c, v);
    VG_TRY(vg_lm_satterthwaite(fit->parts, v, df, error));
    vg_arena_rewind(fit->parts->arena, mark);
    return VG_OK;
}

static VgStatus check_estimable(const VgLm *fit, const double *contrast, VgError *error)
{
    if (vg_design_estimable(fit->design, contrast))
        return VG_OK;
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "the combination involves coefficients that the data cannot tell apart",
                   "look at the aliased columns; a cell of the design may be empty");
}

/* The combination over the independent columns, its estimate and c'Vd with a second one. */
static void gather(const VgLm *fit, const double *contrast, double *c)
{
    for (size_t k = 0; k < fit->rank; k++)
        c[k] = contrast[fit->design->independent[k]];
}

static double product_of(const VgLm *fit, const double *c, const double *d)
{
    double sum = 0.0;
    for (size_t j = 0; j < fit->rank; j++)
        for (size_t i = 0; d[j] != 0.0 && i < fit->rank; i++)
            sum += c[i] * VG_AT(fit->vcov, i, j) * d[j];
    return sum;
}

static double estimate_of(const VgLm *fit, const double *c)
{
    double sum = 0.0;
    for (size_t k = 0; k < fit->rank; k++)
        sum += c[k] * fit->coefficient[fit->design->independent[k]];
    return sum;
}

static VgStatus contrast_of_lm(const void *model, const double *contrast, double level,
                               VgInference *out, VgError *error)
{
    const VgLm *fit = model;
    VG_TRY(check_estimable(fit, contrast, error));
    VgArenaMark mark = vg_arena_mark(fit->parts->arena);
    double *c = vg_arena_alloc_raw(fit->parts->arena, fit->rank, sizeof *c);
    if (!c)
        return vg_fail_memory(error);
    gather(fit, contrast, c);
    *out = (VgInference){.estimate = estimate_of(fit, c), .se = sqrt(product_of(fit, c, c))};
    VG_TRY(vg_lm_df(fit, c, &out->df, error));
    vg_arena_rewind(fit->parts->arena, mark);
    out->statistic = out->estimate / out->se;
    out->p = vg_t_two_sided(out->statistic, out->df);
    double half = vg_t_quantile(0.5 + level / 2.0, out->df) * out->se;
    out->lower = out->estimate - half;
    out->upper = out->estimate + half;
    return VG_OK;
}

/* z'(LVL')⁻z over the eigenvectors of the correlation matrix of Lb; its rank is the numerator's df.
 */
static VgStatus wald(VgArena *arena, VgMatrix covariance, double *z, double *statistic,
                     double *rank, VgError *error)
{
    size_t rows = covariance.cols;
    double *values = VG_NEW(arena, double, rows), *scale = VG_NEW(arena, double, rows);
    if (!values || !scale)
        return vg_fail_memory(error);
    for (size_t i = 0; i < rows; i++)
        scale[i] = VG_AT(covariance, i, i) > 0 ? 1.0 / sqrt(VG_AT(covariance, i, i)) : 0.0;
    for (size_t i = 0; i < rows; i++) {
        z[i] *= scale[i];
        for (size_t j = 0; j < rows; j++)
            VG_AT(covariance, i, j) *= scale[i] * scale[j];
    }
    VG_TRY(vg_symmetric_eigen(arena, covariance, values, error));
    *statistic = *rank = 0.0;
    for (size_t k = 0; k < rows; k++) {
        if (values[k] <= 1e-10)
            continue;
        double along = 0.0;
        for (size_t i = 0; i < rows; i++)
            along += VG_AT(covariance, i, k) * z[i];
        *statistic += along * along / values[k];
        *rank += 1.0;
    }
    return VG_OK;
}

/* Several combinations at once. */
typedef struct Joint {
    VgMatrix c, covariance; /* rank × rows; rows × rows */
    double *estimate;
} Joint;

static VgStatus join(const VgLm *fit, const double *contrasts, size_t rows, Joint *joint,
                     VgError *error)
{
    VgArena *arena = fit->parts->arena;
    joint->c = vg_matrix_new(arena, fit->rank, rows);
    joint->covariance = vg_matrix_new(arena, rows, rows);
    joint->estimate = VG_NEW(arena, double, rows);
    if (!joint->c.data || !joint->covariance.data || !joint->estimate)
        return vg_fail_memory(error);
    for (size_t r = 0; r < rows; r++) {
        VG_TRY(check_estimable(fit, contrasts + r * fit->design->p, error));
        gather(fit, contrasts + r * fit->design->p, &VG_AT(joint->c, 0, r));
        joint->estimate[r] = estimate_of(fit, &VG_AT(joint->c, 0, r));
    }
    for (size_t r = 0; r < rows; r++)
        for (size_t s = 0; s < rows; s++)
            VG_AT(joint->covariance, r, s) =
                product_of(fit, &VG_AT(joint->c, 0, r), &VG_AT(joint->c, 0, s));
    return VG_OK;
}

static VgStatus joint_of_lm(const void *model, const double *contrasts, size_t rows,
                            VgJointTest *out, VgError *error)
{
    const VgLm *fit = model;
    VgArena *arena = fit->parts->arena;
    VgArenaMark mark = vg_arena_mark(arena);
    Joint joint;
    VG_TRY(join(fit, contrasts, rows, &joint, error));
    double statistic = 0.0, rank = 0.0;
    VG_TRY(wald(arena, joint.covariance, joint.estimate, &statistic, &rank, error));
    vg_arena_rewind(arena, mark);
    if (rank == 0.0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the joint test has no estimable part",
                       "the term adds nothing to the others");
    double df =
        vg_lm_is_clustered(fit->covariance) ? (double)fit->n_clusters - 1.0 : fit->df_residual;
    *out = (VgJointTest){statistic / rank, rank, df, vg_f_upper(statistic / rank, rank, df)};
    return VG_OK;
}

VgStatus vg_lm_hotelling_test(const VgLm *fit, const double *contrasts, size_t rows,
                              VgJointTest *out, VgError *error)
{
    if (!vg_lm_is_clustered(fit->covariance))
        return vg_fail(error, VG_INVALID_INPUT, "Hotelling's test of a fit with %s errors",
                       "fit it with cr2; without clusters every row is its own",
                       vg_lm_covariance_name(fit->covariance));
    VgArena *arena = fit->parts->arena;
    VgArenaMark mark = vg_arena_mark(arena);
    Joint joint;
    VG_TRY(join(fit, contrasts, rows, &joint, error));
    VgMatrix v = vg_matrix_new(arena, fit->rank, rows);
    if (!v.data)
        return vg_fail_memory(error);
    for (size_t r = 0; r < rows; r++)
        rotate(fit, &VG_AT(joint.c, 0, r), &VG_AT(v, 0, r));
    double eta, wald_statistic = 0.0, q = (double)rows;
    VG_TRY(vg_lm_hotelling_df(fit->parts, v, &eta, error));
    double df = eta - q + 1.0;
    *out = (VgJointTest){NAN, q, NAN, NAN};
    if (df > 0 && vg_cholesky(joint.covariance)) {
        vg_cholesky_forward(joint.covariance, joint.estimate);
        for (size_t r = 0; r < rows; r++)
            wald_statistic += joint.estimate[r] * joint.estimate[r];
        double f = df / (eta * q) * wald_statistic;
        *out = (VgJointTest){f, q, df, vg_f_upper(f, q, df)};
    }
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgFittedModel vg_lm_model(const VgLm *fit)
{
    return (VgFittedModel){fit, fit->design->p, contrast_of_lm, joint_of_lm};
}
