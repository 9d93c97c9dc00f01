/* One pooled effect of independent effects, without memory: the kernel of simulations and leave-one-out. What a
 * general fit adds is in meta_fit.c. Sources: Hartung & Knapp 2001 and Sidik & Jonkman 2002 (scale), Rover, Knapp &
 * Friede 2015 (ad-hoc guard), Higgins, Thompson & Spiegelhalter 2009 (prediction), Viechtbauer 2010 (I², H²). */
#include <math.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"

static VgStatus bad_effect(const VgEffects *effects, size_t i, const char *what, double value,
                           VgError *error)
{
    if (effects->study && effects->study[i])
        return vg_fail(error, VG_INVALID_INPUT, "study %s has the %s %g",
                       "correct it, or leave the study out", effects->study[i], what, value);
    return vg_fail(error, VG_INVALID_INPUT, "effect %zu has the %s %g",
                   "correct it, or leave the study out", i + 1, what, value);
}

VgStatus vg_meta_check(const VgEffects *effects, const VgMetaOptions *options, VgMetaOptions *used,
                       VgError *error)
{
    *used = options ? *options : (VgMetaOptions){0};
    if (used->level == 0)
        used->level = 0.95;
    if (!(used->level > 0 && used->level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "the level is %g",
                       "give one between 0 and 1, as 0.95", used->level);
    if (used->tau2_given && !(used->tau2_value >= 0 && isfinite(used->tau2_value)))
        return vg_fail(error, VG_INVALID_INPUT, "the given between-study variance is %g",
                       "give a number of 0 or more", used->tau2_value);
    if (effects->k == 0)
        return vg_fail(error, VG_INVALID_INPUT, "there is no effect to pool",
                       "give at least one study");
    for (size_t i = 0; i < effects->k; i++) {
        if (!isfinite(effects->y[i]))
            return bad_effect(effects, i, "estimate", effects->y[i], error);
        /* 1/v must be finite too: three powers of it are summed */
        if (!(effects->v[i] > 1e-100 && effects->v[i] < 1e100))
            return bad_effect(effects, i, "sampling variance", effects->v[i], error);
    }
    if (effects->k == 1) {
        used->tau2 = VG_TAU2_COMMON;
        used->tau2_given = false;
    }
    if (used->tau2 == VG_TAU2_COMMON) {
        used->tau2_given = false;
        if (effects->k == 1 || used->test == VG_META_TEST_ADHOC || used->test == VG_META_TEST_KNHA)
            used->test = VG_META_TEST_Z;
    }
    return VG_OK;
}

double vg_meta_prediction_quantile(const VgMetaOptions *options, size_t k, size_t p, double *df)
{
    *df = NAN;
    if (k < 3 || options->tau2 == VG_TAU2_COMMON)
        return NAN;
    double left =
        (double)k - (double)p - (options->prediction_df == VG_PREDICTION_K_MINUS_2 ? 1 : 0);
    if (options->prediction_df == VG_PREDICTION_NORMAL)
        left = INFINITY;
    if (left < 1)
        return NAN;
    *df = left;
    return vg_t_quantile(0.5 + 0.5 * options->level, left);
}

/* The problem of a column of ones; moments are taken about the common effect. */
VgMetaProblem vg_meta_problem_of_ones(const VgEffects *effects)
{
    VgMetaProblem problem = {
        .k = effects->k, .p = 1, .y = effects->y, .v = effects->v, .v_least = INFINITY};
    double sum = 0, weighted = 0, first = effects->y[0], mean = 0, square = 0;
    for (size_t i = 0; i < effects->k; i++) {
        double w = 1 / effects->v[i];
        sum += w;
        weighted += w * (effects->y[i] - first);
        mean += effects->y[i] - first;
        problem.v_least = effects->v[i] < problem.v_least ? effects->v[i] : problem.v_least;
    }
    problem.centre = first + weighted / sum;
    mean /= (double)effects->k;
    for (size_t i = 0; i < effects->k; i++) {
        double d = effects->y[i] - first - mean;
        square += d * d;
    }
    problem.y_moment = square / (double)effects->k;
    return problem;
}

static void heterogeneity(const VgTau2Point *at_zero, const VgMetaOptions *options,
                          VgMetaPool *pool)
{
    pool->q_df = (double)pool->k - 1;
    if (pool->k == 1) {
        pool->q_p = 1;
        pool->h2 = 1;
        return;
    }
    pool->q = fmax(0, at_zero->q);
    pool->q_p = vg_chi_square_upper(pool->q, pool->q_df);
    pool->typical_variance = pool->q_df / at_zero->trace_p;
    if (options->tau2 == VG_TAU2_COMMON) {
        pool->i2 = pool->q > pool->q_df ? 100 * (pool->q - pool->q_df) / pool->q : 0;
        pool->h2 = pool->q / pool->q_df;
    } else {
        pool->i2 = 100 * pool->tau2 / (pool->typical_variance + pool->tau2);
        pool->h2 = pool->tau2 / pool->typical_variance + 1;
    }
}

/* The estimate at pool->tau2, in two passes so that nothing cancels. */
static void estimate(const VgMetaProblem *problem, const VgMetaOptions *options, VgMetaPool *pool)
{
    double sum = 0, weighted = 0, q = 0;
    for (size_t i = 0; i < problem->k; i++) {
        double w = 1 / (problem->v[i] + pool->tau2);
        sum += w;
        weighted += w * (problem->y[i] - problem->centre);
    }
    double mean = weighted / sum;
    for (size_t i = 0; i < problem->k; i++) {
        double r = problem->y[i] - problem->centre - mean;
        q += r * r / (problem->v[i] + pool->tau2);
    }
    pool->estimate = problem->centre + mean;
    pool->scale = vg_meta_scale(options->test, q, (double)problem->k - 1, &pool->adhoc_bites);
    pool->se = sqrt(pool->scale / sum);
}

static void inference(const VgMetaOptions *options, VgMetaPool *pool)
{
    pool->df = options->test == VG_META_TEST_Z ? INFINITY : (double)pool->k - 1;
    double quantile = vg_t_quantile(0.5 + 0.5 * options->level, pool->df);
    pool->statistic = pool->estimate / pool->se;
    pool->p = vg_t_two_sided(pool->statistic, pool->df);
    pool->lower = pool->estimate - quantile * pool->se;
    pool->upper = pool->estimate + quantile * pool->se;
    bool same = options->prediction_df == VG_PREDICTION_K_MINUS_1 && pool->k >= 3 &&
                options->test != VG_META_TEST_Z && options->tau2 != VG_TAU2_COMMON;
    double width = quantile;
    pool->prediction_df = pool->df;
    if (!same)
        width = vg_meta_prediction_quantile(options, pool->k, 1, &pool->prediction_df);
    width *= sqrt(pool->se * pool->se + pool->tau2);
    pool->prediction = (VgMetaInterval){pool->estimate - width, pool->estimate + width};
}

VgStatus vg_meta_pool(const VgEffects *effects, const VgMetaOptions *options, VgMetaPool *pool,
                      VgError *error)
{
    VgMetaOptions used;
    VG_TRY(vg_meta_check(effects, options, &used, error));
    if (effects->covariance)
        return vg_fail(error, VG_INVALID_INPUT, "these effects are correlated",
                       "fit them with vg_meta_fit");
    VgMetaProblem problem = vg_meta_problem_of_ones(effects);
    VgTau2Search search = {.se = NAN};
    VgTau2Point at_zero;
    if (used.tau2_given)
        search.tau2 = used.tau2_value;
    else if (used.tau2 != VG_TAU2_COMMON)
        VG_TRY(vg_meta_tau2(&problem, used.tau2, &search, error));
    if (!vg_meta_point(&problem, 0, &at_zero))
        return vg_fail(error, VG_NO_CONVERGENCE, "the weights of the effects overflow",
                       "look for variances of absurd size");
    *pool = (VgMetaPool){.k = effects->k,
                         .tau2 = search.tau2,
                         .se_tau2 = search.se,
                         .iterations = search.iterations,
                         .at_boundary = search.at_boundary,
                         .single_study = effects->k == 1,
                         .two_studies = effects->k == 2};
    heterogeneity(&at_zero, &used, pool);
    estimate(&problem, &used, pool);
    inference(&used, pool);
    return VG_OK;
}
