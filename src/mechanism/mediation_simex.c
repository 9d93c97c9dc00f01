/* Simulation and extrapolation (SIMEX): more error is added to the mediator, and the way the outcome's coefficients go is
 * followed back to none.
 *
 * M* = M + u, Var u = σ_u² = (1 − λ) Var M*. For ζ = ½, 1, 1½, 2 and B draws z the outcome's model is fitted with M* + √ζ σ_u z; the mean
 * over draws at each ζ, and ζ = 0 itself, are continued to ζ = −1. Draws for the coefficients are made orthogonal to all that is
 * seen and of exact size (Carroll et al. 2006, 5.3.1): a linear model then has no simulation error. Draws for the variance are plain
 * normals: Cov = continued (mean of the models' covariances − covariance of the coefficients between draws) (Stefanski & Cook 1995).
 * α needs no correction; σ_M² is σ*² − σ_u².
 *
 * Curves: quadratic; or rational, a + b/(c + ζ) with c = σ*²/σ_u² known (σ*² = Var(M* | 1, A, C)): exact for linear models, where it is
 * regression calibration; variances then a + b/(c + ζ) + d/(c + ζ)². */
#include "mechanism/mediation_simex.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

enum { REPLICATES = 200, POINTS = 5 };
static const double ZETA[POINTS] = {0, 0.5, 1, 1.5, 2};

typedef struct Plan {
    const VgMediationProblem *problem;
    const double *theta; /* as measured */
    double error_sd;
    VgQr seen; /* of [1, A, C, M, Y] */
    double nu;
    size_t size; /* of the outcome's block */
} Plan;

/* Sums over draws at ζ = ½ …: coefficients of exact draws | of plain draws, their products, models' covariances. */
typedef struct Total {
    size_t width;
    double *sum;
} Total;

VgStatus vg_mediation_check_simex(const VgMediationOptions *o, VgError *error)
{
    double r = o->reliability, low = o->reliability_lower, high = o->reliability_upper;
    if (!(r > 0 && r <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "reliability %g is not in (0, 1]",
                       "a reliability is the share of the variance that is not error, such as 0.7",
                       r);
    if ((low != 0 || high != 0) && !(low > 0 && low < r && r < high && high < 1))
        return vg_fail(error, VG_INVALID_INPUT,
                       "interval %g to %g of the reliability %g is not around it within 0 and 1",
                       "give value:lower:upper, as in 0.7:0.6:0.8", low, high, r);
    if (o->mediator_model != VG_MEDIATION_LINEAR)
        return vg_fail(error, VG_INVALID_INPUT, "a correction of a %s mediator",
                       "SIMEX takes a mediator that is a number with independent error: "
                       "--mediator-model linear",
                       vg_mediation_model_name(o->mediator_model));
    if (o->outcome_model == VG_MEDIATION_MIXED)
        return vg_fail(error, VG_INVALID_INPUT, "a correction in a mixed model of the outcome",
                       "use linear, logistic, probit or ordinal");
    if (o->interval != VG_MEDIATION_DELTA)
        return vg_fail(error, VG_INVALID_INPUT, "the interval %s after SIMEX",
                       "each resample would take all its simulations again: use delta",
                       vg_mediation_interval_name(o->interval));
    return VG_OK;
}

/* ---- one draw ---- */

/* Normals; `exact`: orthogonal to what is seen, Σ z² = ν. */
static void draw_errors(const Plan *plan, VgRandom random, bool exact, double *z)
{
    size_t n = plan->problem->data->n;
    double squares = 0;
    for (size_t i = 0; i < n; i++)
        z[i] = vg_random_normal(&random);
    if (!exact)
        return;
    vg_qr_transposed_multiply(&plan->seen, z);
    memset(z, 0, plan->seen.rank * sizeof *z);
    vg_qr_multiply(&plan->seen, z);
    for (size_t i = 0; i < n; i++)
        squares += z[i] * z[i];
    for (size_t i = 0; i < n; i++)
        z[i] *= sqrt(plan->nu / squares);
}

/* Both models with M* + factor z. */
static VgStatus refit(VgArena *scratch, const Plan *plan, const double *z, double factor, bool vcov,
                      VgMediationFitted *fitted, VgError *error)
{
    const VgMediationProblem *p = plan->problem;
    VgMediationProblem noisy = *p;
    VgMediationData data = *p->data;
    size_t n = data.n, m = p->base.cols;
    noisy.full = vg_matrix_new(scratch, n, p->full.cols);
    if (!noisy.full.data)
        return vg_fail_memory(error);
    vg_matrix_copy(p->full, noisy.full);
    for (size_t i = 0; i < n; i++) {
        VG_AT(noisy.full, i, m) += factor * z[i];
        if (p->layout.interaction)
            VG_AT(noisy.full, i, m + 1) = data.treatment[i] * VG_AT(noisy.full, i, m);
    }
    data.mediator = &VG_AT(noisy.full, 0, m);
    noisy.data = &data;
    noisy.base = noisy.full;
    noisy.base.cols = m;
    return vg_mediation_models(scratch, &noisy, NULL, NULL, plan->theta, vcov, fitted, error);
}

static VgStatus one_draw(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)i;
    const Plan *plan = context;
    size_t k = plan->size, place = plan->problem->layout.beta;
    double *z = VG_NEW(scratch, double, plan->problem->data->n), *to = record;
    if (!z)
        return vg_fail_memory(error);
    for (int exact = 1; exact >= 0; exact--) {
        draw_errors(plan, vg_random_unit(&random, (uint32_t)exact), exact, z);
        for (size_t l = 1; l < POINTS; l++) {
            VgMediationFitted f;
            VG_TRY(refit(scratch, plan, z, sqrt(ZETA[l]) * plan->error_sd, !exact, &f, error));
            double *own = to + (l - 1) * (2 * k + 2 * k * k) + (exact ? 0 : k);
            memcpy(own, f.theta + place, k * sizeof *own);
            for (size_t a = 0; !exact && a < k; a++)
                for (size_t b = 0; b < k; b++) {
                    own[k + a * k + b] = f.theta[place + a] * f.theta[place + b];
                    own[k + k * k + a * k + b] = VG_AT(f.vcov, place + a, place + b);
                }
        }
    }
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)i;
    (void)error;
    Total *total = total_;
    for (size_t j = 0; j < total->width; j++)
        total->sum[j] += ((const double *)record)[j];
    return VG_OK;
}

/* ---- continuation ---- */

/* Weights with which the values at ZETA give the least squares curve at −1. */
static VgStatus weights(VgArena *arena, VgSimexCurve curve, double c, size_t terms, double *weight,
                        VgError *error)
{
    VgMatrix x = vg_matrix_new(arena, POINTS, terms);
    double at[3] = {1, 1, 1};
    VgQr qr;
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < terms; j++) {
        for (size_t l = 0; l < POINTS; l++)
            VG_AT(x, l, j) = curve == VG_SIMEX_QUADRATIC ? pow(ZETA[l], (double)j)
                                                         : pow(c + ZETA[l], -(double)j);
        at[j] = curve == VG_SIMEX_QUADRATIC ? pow(-1, (double)j) : pow(c - 1, -(double)j);
    }
    VG_TRY(vg_qr_factor(arena, x, 1e-14, &qr, error));
    memset(weight, 0, POINTS * sizeof *weight);
    for (size_t j = 0; j < terms; j++)
        weight[j] = at[qr.pivot[j]];
    vg_qr_solve_transposed(&qr, weight);
    vg_qr_multiply(&qr, weight);
    return VG_OK;
}

static double variance_of(const double *x, size_t n)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / (double)(n - 1);
}

static VgStatus too_unreliable(double reliability, VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE,
                   "nothing is left of the mediator once the error of reliability %g is taken off: "
                   "too unreliable for this correction",
                   "check the reliability: it is of the values as they vary in this trial",
                   reliability);
}

/* ---- the simulation at one reliability ---- */

static VgStatus factor_seen(VgArena *arena, const VgMediationProblem *p, VgQr *qr, VgError *error)
{
    size_t m = p->base.cols;
    VgMatrix seen = vg_matrix_new(arena, p->data->n, m + 2);
    if (!seen.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->data->n; i++) {
        for (size_t j = 0; j <= m; j++)
            VG_AT(seen, i, j) = VG_AT(p->full, i, j);
        VG_AT(seen, i, m + 1) = p->data->outcome[i];
    }
    return vg_qr_factor(arena, seen, VG_RANK_TOLERANCE, qr, error);
}

static VgStatus continue_back(VgArena *arena, const Plan *plan, const VgMediationFitted *measured,
                              const Total *total, double draws, double c, VgMediationFitted *fitted,
                              VgError *error)
{
    const VgMediationProblem *p = plan->problem;
    VgSimexCurve curve = p->options->curve;
    if (curve == VG_SIMEX_DEFAULT)
        curve = VG_SIMEX_RATIONAL;
    size_t k = plan->size, place = p->layout.beta, block = 2 * k + 2 * k * k;
    double mean[POINTS], spread[POINTS];
    VG_TRY(weights(arena, curve, c, curve == VG_SIMEX_QUADRATIC ? 3 : 2, mean, error));
    VG_TRY(weights(arena, curve, c, 3, spread, error));
    for (size_t a = 0; a < k; a++) {
        double *theta = &fitted->theta[place + a];
        *theta = mean[0] * measured->theta[place + a];
        for (size_t l = 1; l < POINTS; l++)
            *theta += mean[l] * total->sum[(l - 1) * block + a] / draws;
        for (size_t b = 0; b < k; b++) {
            double v = spread[0] * VG_AT(measured->vcov, place + a, place + b);
            for (size_t l = 1; l < POINTS; l++) {
                const double *own = total->sum + (l - 1) * block + k;
                double between = (own[k + a * k + b] - own[a] * own[b] / draws) / (draws - 1);
                v += spread[l] * (own[k + k * k + a * k + b] / draws - between);
            }
            VG_AT(fitted->vcov, place + a, place + b) = v;
        }
    }
    return VG_OK;
}

static VgStatus correct(VgArena *arena, const VgMediationProblem *p,
                        const VgMediationFitted *measured, double reliability,
                        VgMediationFitted *fitted, VgError *error)
{
    const VgMediationLayout *l = &p->layout;
    size_t m = l->size, k = m - l->beta;
    size_t draws = p->options->simex_draws ? p->options->simex_draws : REPLICATES;
    double error_variance = (1 - reliability) * variance_of(p->data->mediator, p->data->n);
    double sigma = measured->theta[l->sigma], left = sigma * sigma - error_variance;
    *fitted = *measured;
    fitted->theta = VG_NEW(arena, double, m);
    fitted->vcov = vg_matrix_new(arena, m, m);
    Plan plan = {.problem = p,
                 .theta = measured->theta,
                 .error_sd = sqrt(error_variance),
                 .nu = (double)(p->data->n - p->base.cols),
                 .size = k};
    Total total = {(POINTS - 1) * (2 * k + 2 * k * k), NULL};
    total.sum = VG_NEW(arena, double, total.width);
    if (!fitted->theta || !fitted->vcov.data || !total.sum)
        return vg_fail_memory(error);
    memcpy(fitted->theta, measured->theta, m * sizeof(double));
    vg_matrix_copy(measured->vcov, fitted->vcov);
    if (error_variance == 0)
        return VG_OK;
    if (!(left > 0))
        return too_unreliable(reliability, error);
    VG_TRY(factor_seen(arena, p, &plan.seen, error));
    VgReplicate replicate = {.count = draws,
                             .seed = p->options->seed,
                             .stream = VG_STREAM_SIMULATION,
                             .record_size = total.width * sizeof(double),
                             .body = one_draw,
                             .merge = merge,
                             .context = &plan,
                             .total = &total,
                             .threads = p->options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    VG_TRY(continue_back(arena, &plan, measured, &total, (double)draws,
                         sigma * sigma / error_variance, fitted, error));
    fitted->theta[l->sigma] = sqrt(left);
    VG_AT(fitted->vcov, l->sigma, l->sigma) *= sigma * sigma / left;
    for (size_t a = 0; a < k; a++)
        if (!(VG_AT(fitted->vcov, l->beta + a, l->beta + a) > 0))
            return too_unreliable(reliability, error);
    return VG_OK;
}

VgStatus vg_mediation_simex(VgArena *arena, const VgMediationProblem *p, VgMediationFitted *fitted,
                            VgError *error)
{
    const VgMediationOptions *o = p->options;
    VgMediationFitted measured = *fitted, low, high;
    VG_TRY(correct(arena, p, &measured, o->reliability, fitted, error));
    if (o->reliability_upper == 0)
        return VG_OK;
    /* an uncertain reliability: how far theta moves for one of its standard errors */
    VG_TRY(correct(arena, p, &measured, o->reliability_lower, &low, error));
    VG_TRY(correct(arena, p, &measured, o->reliability_upper, &high, error));
    double width = 2 * vg_normal_quantile(0.975);
    for (size_t a = p->layout.sigma; a < p->layout.size; a++)
        for (size_t b = p->layout.sigma; b < p->layout.size; b++)
            VG_AT(fitted->vcov, a, b) +=
                (high.theta[a] - low.theta[a]) / width * (high.theta[b] - low.theta[b]) / width;
    return VG_OK;
}
