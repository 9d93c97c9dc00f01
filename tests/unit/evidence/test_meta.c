/* Pairwise meta-analysis: known answers, what is refused, and what must not change the answer. */
#include <math.h>
#include <stdio.h>

#include <vagus/meta.h>

#include "numeric/random.h"
#include "support/witness.h"

enum { K = 7 };
static const double Y[K] = {-0.889, -1.585, -1.348, -1.441, -0.218, 0.012, -0.469};
static const double V[K] = {0.326, 0.194, 0.415, 0.020, 0.051, 0.004, 0.056};
static const double X[K] = {44, 55, 42, 52, 13, 44, 19};

static int set_up(void **state)
{
    return (*state = vg_arena_create()) ? 0 : 1;
}

static int tear_down(void **state)
{
    vg_arena_destroy(*state);
    return 0;
}

static VgMetaPool pool_of(const double *y, const double *v, size_t k, VgMetaOptions options)
{
    VgEffects effects = {.k = k, .y = y, .v = v};
    VgMetaPool pool;
    VgError error;
    WITNESS_OK(vg_meta_pool(&effects, &options, &pool, &error), &error);
    return pool;
}

static void refused(VgStatus status, VgStatus expected, const VgError *error, const char *words)
{
    assert_int_equal(status, expected);
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
    assert_true(error->hint[0] != 0);
}

/* METHODS 8.2: five studies that agree better than their errors allow. */
static void adhoc_guard_never_narrows_the_interval(void **state)
{
    (void)state;
    static const double y[] = {-.31, -.30, -.29, -.32, -.28}, v[] = {.04, .05, .03, .06, .04};
    VgMetaPool plain = pool_of(y, v, 5, (VgMetaOptions){.test = VG_META_TEST_Z});
    VgMetaPool knha = pool_of(y, v, 5, (VgMetaOptions){.test = VG_META_TEST_KNHA});
    VgMetaPool adhoc = pool_of(y, v, 5, (VgMetaOptions){0});
    VgMetaPool t = pool_of(y, v, 5, (VgMetaOptions){.test = VG_META_TEST_T});
    witness_close("se", plain.se, .09129, 1e-4, 0); /* figures as printed there */
    witness_close("se", knha.se, .006767, 1e-4, 0);
    witness_close("lower", knha.lower, -.317, 2e-3, 0);
    witness_close("upper", knha.upper, -.279, 2e-3, 0);
    witness_close("lower", adhoc.lower, -.551, 2e-3, 0);
    witness_close("upper", adhoc.upper, -.044, 2e-2, 0);
    assert_true(adhoc.adhoc_bites && !knha.adhoc_bites);
    assert_true(adhoc.at_boundary && adhoc.tau2 == 0);
    witness_close("adhoc is t", adhoc.se, t.se, 1e-15, 0);
}

static void one_study_is_itself_and_two_have_one_df(void **state)
{
    VgMetaPool one = pool_of(Y, V, 1, (VgMetaOptions){0});
    assert_true(one.single_study && isinf(one.df) && one.tau2 == 0 && one.q_p == 1);
    assert_true(one.estimate == Y[0] && isnan(one.prediction.lower));
    witness_close("se", one.se, sqrt(V[0]), 1e-15, 0);
    VgMetaPool two = pool_of(Y, V, 2, (VgMetaOptions){.test = VG_META_TEST_KNHA});
    assert_true(two.two_studies && two.df == 1 && isnan(two.prediction.lower));
    VgMetaPool three = pool_of(Y, V, 3, (VgMetaOptions){0});
    assert_true(three.prediction_df == 2 && three.prediction.lower <= three.lower);
    three = pool_of(Y, V, 3, (VgMetaOptions){.prediction_df = VG_PREDICTION_K_MINUS_2});
    assert_true(three.prediction_df == 1);
    VgEffects effects = {.k = 1, .y = Y, .v = V};
    VgMetaFit *fit;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    assert_true(fit->single_study && fit->options.tau2 == VG_TAU2_COMMON);
    witness_close("itself", fit->beta[0], Y[0], 1e-15, 0);
}

static void the_common_effect_model_uses_the_normal_test_under_knapp_hartung(void **state)
{
    (void)state;
    VgMetaPool pool = pool_of(Y, V, K, (VgMetaOptions){.tau2 = VG_TAU2_COMMON});
    assert_true(isinf(pool.df) && pool.scale == 1 && isnan(pool.prediction.lower));
}

static void equal_effects_have_no_scale_but_are_fitted(void **state)
{
    static const double y[] = {.5, .5, .5, .5}, x[] = {1, 1, 1, 1, 0, 1, 2, 5};
    VgEffects effects = {.k = 4, .y = y, .v = V};
    VgMatrix matrix = {(double *)(uintptr_t)x, 4, 2, 4};
    VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    VgMetaFit *fit;
    VgError error;
    for (int method = 0; method < VG_N_TAU2_METHODS; method++) {
        options.tau2 = (VgTau2Method)method;
        WITNESS_OK(vg_meta_fit(*state, &effects, &matrix, &options, &fit, &error), &error);
        witness_close("intercept", fit->beta[0], .5, 1e-14, 0);
        assert_true(fit->tau2 == 0 || fit->tau2 < 1e-25);
        VgMetaPool pool = pool_of(y, V, 4, (VgMetaOptions){.tau2 = (VgTau2Method)method});
        witness_close("estimate", pool.estimate, .5, 1e-15, 0);
        assert_true(pool.tau2 == 0);
    }
}

static void bad_effects_are_refused_with_their_label(void **state)
{
    VgError error;
    VgMetaPool pool;
    VgMetaFit *fit;
    static const char *const study[] = {"Allen 2010", "Brown 2012"};
    static const double zero[] = {0.1, 0}, missing[] = {0.2, NAN}, huge[] = {1, INFINITY};
    VgEffects effects = {.k = 2, .y = Y, .v = zero, .study = study};
    refused(vg_meta_pool(&effects, NULL, &pool, &error), VG_INVALID_INPUT, &error, "Brown 2012");
    effects.study = NULL;
    refused(vg_meta_pool(&effects, NULL, &pool, &error), VG_INVALID_INPUT, &error, "effect 2");
    effects.v = huge;
    refused(vg_meta_pool(&effects, NULL, &pool, &error), VG_INVALID_INPUT, &error, "variance");
    effects = (VgEffects){.k = 2, .y = missing, .v = V};
    refused(vg_meta_pool(&effects, NULL, &pool, &error), VG_INVALID_INPUT, &error, "estimate");
    effects = (VgEffects){.k = 0};
    refused(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), VG_INVALID_INPUT, &error,
            "no effect");
    effects = (VgEffects){.k = K, .y = Y, .v = V};
    VgMetaOptions options = {.level = 95};
    refused(vg_meta_pool(&effects, &options, &pool, &error), VG_INVALID_INPUT, &error, "level");
    options = (VgMetaOptions){.tau2_given = true, .tau2_value = -1};
    refused(vg_meta_pool(&effects, &options, &pool, &error), VG_INVALID_INPUT, &error, "-1");
}

static void what_moderators_cannot_bear_is_refused(void **state)
{
    VgError error;
    VgMetaFit *fit;
    double x[3 * K];
    for (size_t i = 0; i < K; i++) {
        x[i] = 1;
        x[K + i] = X[i];
        x[2 * K + i] = 3 * X[i] - 2;
    }
    VgEffects effects = {.k = K, .y = Y, .v = V};
    VgMatrix matrix = {x, K, 3, K};
    refused(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), VG_NOT_ESTIMABLE, &error,
            "column 3");
    x[2 * K + 4] = NAN;
    refused(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), VG_INVALID_INPUT, &error,
            "moderator 3 of effect 5");
    effects.k = 2;
    matrix = (VgMatrix){x, 2, 2, K};
    refused(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), VG_NOT_ESTIMABLE, &error,
            "2 effects cannot bear 2");
    effects.k = K;
    matrix = (VgMatrix){x, K, 2, K};
    WITNESS_OK(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), &error);
    VgMetaPool *pool;
    VgMetaPrediction prediction;
    refused(vg_meta_leave_one_out(*state, fit, &pool, &error), VG_NOT_ESTIMABLE, &error,
            "moderators");
    refused(vg_meta_predict(fit, NULL, &prediction, &error), VG_INVALID_INPUT, &error,
            "moderators");
    assert_true(fit->few_per_coefficient);
}

static void a_wrong_covariance_is_refused(void **state)
{
    VgError error;
    VgMetaFit *fit;
    double c[9] = {V[0], 0, 0, 0, V[1], 0, 0, 0, V[2]};
    VgEffects effects = {.k = 3, .y = Y, .v = V, .covariance = c};
    c[1] = 0.1;
    refused(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), VG_INVALID_INPUT, &error,
            "symmetric");
    c[3] = 0.1;
    c[4] = 0.2;
    refused(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), VG_INVALID_INPUT, &error,
            "diagonal");
    c[4] = V[1];
    c[1] = c[3] = 0.3;
    refused(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), VG_INVALID_INPUT, &error,
            "positive definite");
    c[1] = c[3] = 0.1;
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    VgMetaPool pool;
    VgMetaPermutation *permutation;
    VgMetaSubgroups *groups;
    const int32_t group[] = {0, 1, 1};
    refused(vg_meta_pool(&effects, NULL, &pool, &error), VG_INVALID_INPUT, &error, "correlated");
    refused(vg_meta_permute(*state, fit, NULL, &permutation, &error), VG_NOT_BUILT, &error,
            "share");
    refused(vg_meta_subgroups(*state, &effects, group, 2, NULL, false, &groups, &error),
            VG_INVALID_INPUT, &error, "share an arm");
}

/* A covariance without off-diagonal elements is no covariance. */
static void independent_blocks_give_the_independent_fit(void **state)
{
    double c[K * K] = {0}, x[2 * K];
    for (size_t i = 0; i < K; i++) {
        c[i + i * K] = V[i];
        x[i] = 1;
        x[K + i] = X[i];
    }
    VgMatrix matrix = {x, K, 2, K};
    for (int method = 0; method < VG_N_TAU2_METHODS; method++) {
        VgEffects effects = {.k = K, .y = Y, .v = V};
        VgMetaOptions options = {.tau2 = (VgTau2Method)method};
        VgMetaFit *plain, *blocks;
        VgError error;
        for (int moderators = 0; moderators < 2; moderators++) {
            const VgMatrix *m = moderators ? &matrix : NULL;
            effects.covariance = NULL;
            WITNESS_OK(vg_meta_fit(*state, &effects, m, &options, &plain, &error), &error);
            effects.covariance = c;
            WITNESS_OK(vg_meta_fit(*state, &effects, m, &options, &blocks, &error), &error);
            witness_close("beta", blocks->beta[0], plain->beta[0], 1e-11, 0.01);
            witness_close("se", blocks->se[0], plain->se[0], 1e-11, 0);
            witness_close("tau2", blocks->tau2, plain->tau2, 1e-11, 0);
            witness_close("weight", blocks->weight[3], plain->weight[3], 1e-11, 0);
            if (method != VG_TAU2_COMMON)
                witness_close("se_tau2", blocks->se_tau2, plain->se_tau2, 1e-11, 0);
        }
    }
}

static void order_sign_shift_and_scale_do_not_matter(void **state)
{
    (void)state;
    double y[K], v[K];
    for (int method = 0; method < VG_N_TAU2_METHODS; method++) {
        VgMetaOptions options = {.tau2 = (VgTau2Method)method};
        VgMetaPool base = pool_of(Y, V, K, options);
        for (size_t i = 0; i < K; i++) { /* backwards, the other sign, thousandfold, moved by 10⁴ */
            y[i] = 1e4 - 1000 * Y[K - 1 - i];
            v[i] = 1e6 * V[K - 1 - i];
        }
        VgMetaPool other = pool_of(y, v, K, options);
        witness_close("estimate", other.estimate, 1e4 - 1000 * base.estimate, 1e-13, 0);
        witness_close("se", other.se, 1000 * base.se, 1e-11, 0);
        witness_close("tau2", other.tau2, 1e6 * base.tau2, 1e-11, 0);
        witness_close("upper", other.upper, 1e4 - 1000 * base.lower, 1e-12, 0);
        witness_close("i2", other.i2, base.i2, 1e-11, 0);
        witness_close("q", other.q, base.q, 1e-11, 0);
    }
}

static void units_of_a_moderator_do_not_matter(void **state)
{
    double x[2 * K], z[2 * K];
    for (size_t i = 0; i < K; i++) {
        x[i] = z[i] = 1;
        x[K + i] = X[i];
        z[K + i] = 1e5 + X[i] / 1000;
    }
    VgEffects effects = {.k = K, .y = Y, .v = V};
    VgMatrix a = {x, K, 2, K}, b = {z, K, 2, K};
    VgMetaFit *one, *two;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, &a, NULL, &one, &error), &error);
    WITNESS_OK(vg_meta_fit(*state, &effects, &b, NULL, &two, &error), &error);
    /* 1e5 + x/1000 keeps 11 digits of x's part at most */
    witness_close("slope", two->beta[1], 1000 * one->beta[1], 1e-7, 0);
    witness_close("tau2", two->tau2, one->tau2, 1e-7, 0);
    witness_close("F", two->moderators.statistic, one->moderators.statistic, 1e-7, 0);
}

/* The likelihood on a fine grid never exceeds the one found: also where it has several modes. */
static void the_highest_mode_is_found(void **state)
{
    size_t several = 0, with_moderator = 0;
    for (uint32_t trial = 0; trial < 400; trial++) {
        VgRandom random = vg_random_start(4, VG_STREAM_TEST, trial, 0);
        double y[5], v[5], x[10];
        const size_t k = 3 + trial % 3;
        const VgMatrix matrix = {x, k, 2, k}, *moderator = trial % 4 < 2 || k == 3 ? NULL : &matrix;
        for (size_t i = 0; i < k; i++) {
            x[i] = 1;
            x[k + i] = vg_random_uniform(&random);
            v[i] = exp(3 * vg_random_normal(&random));
            y[i] = sqrt(v[i]) * vg_random_normal(&random) * 2;
        }
        for (int ml = 0; ml < 2; ml++) {
            VgEffects effects = {.k = k, .y = y, .v = v};
            VgMetaOptions options = {.tau2 = ml ? VG_TAU2_ML : VG_TAU2_REML};
            VgMetaFit *fit;
            VgError error;
            double best, at;
            WITNESS_OK(vg_meta_fit(*state, &effects, moderator, &options, &fit, &error), &error);
            WITNESS_OK(vg_meta_log_likelihood_at(fit, fit->tau2, &best, &error), &error);
            several += fit->modes > 1;
            with_moderator += moderator && fit->modes > 1;
            for (int g = 0; g < 600; g++) {
                double tau2 = g == 0 ? 0 : exp(-14 + g * 0.04);
                WITNESS_OK(vg_meta_log_likelihood_at(fit, tau2, &at, &error), &error);
                assert_true(at <= best + 1e-12 * fabs(best));
            }
        }
    }
    assert_true(several > 5 && with_moderator > 0);
}

/* Equal variances have closed forms; the root then stands on the bound of the search. */
static void equal_variances_have_the_textbook_answer(void **state)
{
    (void)state;
    static const VgTau2Method same[] = {VG_TAU2_REML, VG_TAU2_DL, VG_TAU2_PM, VG_TAU2_HE,
                                        VG_TAU2_EB};
    double v[K], mean = 0, square = 0;
    for (double size = 1e-12; size < 1; size *= 7) {
        mean = square = 0;
        for (size_t i = 0; i < K; i++) {
            v[i] = size;
            mean += Y[i] / K;
        }
        for (size_t i = 0; i < K; i++)
            square += (Y[i] - mean) * (Y[i] - mean);
        for (size_t m = 0; m < sizeof same / sizeof *same; m++) {
            VgMetaPool pool = pool_of(Y, v, K, (VgMetaOptions){.tau2 = same[m]});
            witness_close("tau2", pool.tau2, fmax(0, square / (K - 1) - size), 1e-12, 0.01);
            witness_close("mean", pool.estimate, mean, 1e-13, 0);
            witness_close("se", pool.se, sqrt(fmax(square / (K - 1), size) / K), 1e-12, 0);
        }
        VgMetaPool ml = pool_of(Y, v, K, (VgMetaOptions){.tau2 = VG_TAU2_ML});
        witness_close("ml", ml.tau2, fmax(0, square / K - size), 1e-12, 0.01);
    }
}

/* Variances over eight powers of ten, effects far from nought, outliers: an answer always, by every method. */
static void wild_but_possible_effects_are_always_fitted(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 2000; trial++) {
        VgRandom random = vg_random_start(5, VG_STREAM_TEST, trial, 0);
        double y[30], v[30], spread = 4 * vg_random_uniform(&random);
        double size = exp(4 * vg_random_normal(&random)), far = 1e3 * vg_random_normal(&random);
        const size_t k = 2 + (size_t)vg_random_below(&random, 29);
        for (size_t i = 0; i < k; i++) {
            v[i] = exp(spread * vg_random_normal(&random));
            y[i] = far + size * vg_random_normal(&random);
            if (vg_random_below(&random, 20) == 0)
                y[i] *= 100;
        }
        for (int method = 0; method < VG_N_TAU2_METHODS; method++) {
            VgMetaPool pool = pool_of(y, v, k, (VgMetaOptions){.tau2 = (VgTau2Method)method});
            assert_true(isfinite(pool.estimate) && pool.se > 0 && pool.tau2 >= 0);
        }
    }
}

static void a_likelihood_that_says_nothing_is_called_flat(void **state)
{
    static const double y[] = {0.2, 0.5, -0.1}, v[] = {0.1, 0.12, 0.09};
    VgEffects effects = {.k = 3, .y = y, .v = v};
    VgMetaFit *fit;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    assert_true(fit->flat && fit->at_boundary);
    effects = (VgEffects){.k = K, .y = Y, .v = V};
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    assert_true(!fit->flat && !fit->at_boundary);
}

static void q_profile_of_homogeneous_studies_is_empty(void **state)
{
    static const double y[] = {-.31, -.30, -.29, -.32, -.28}, v[] = {.04, .05, .03, .06, .04};
    VgEffects effects = {.k = 5, .y = y, .v = v};
    VgMetaFit *fit;
    VgMetaHeterogeneity h;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    WITNESS_OK(vg_meta_q_profile(fit, &h, &error), &error);
    assert_true(h.empty && h.tau2.lower == 0 && h.tau2.upper == 0);
    WITNESS_OK(vg_meta_profile_likelihood(fit, &h, &error), &error);
    assert_true(h.tau2.lower == 0 && h.tau2.upper > 0);
}

static void random_permutations_do_not_depend_on_threads(void **state)
{
    double x[2 * K], p[2];
    for (size_t i = 0; i < K; i++) {
        x[i] = 1;
        x[K + i] = X[i];
    }
    VgEffects effects = {.k = K, .y = Y, .v = V};
    VgMatrix matrix = {x, K, 2, K};
    VgMetaFit *fit;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), &error);
    for (int threads = 1; threads <= 2; threads++) {
        VgMetaPermutationOptions options = {.permutations = 100, .seed = 3, .threads = threads};
        VgMetaPermutation *permutation;
        WITNESS_OK(vg_meta_permute(*state, fit, &options, &permutation, &error), &error);
        assert_true(!permutation->exact && permutation->n == 100);
        assert_true(permutation->p[1] >= 1.0 / 101 && permutation->se[1] > 0);
        p[threads - 1] = permutation->p[1];
    }
    assert_true(p[0] == p[1]);
    VgMetaPermutationOptions many = {.permutations = 2000};
    VgMetaPermutation *exact;
    WITNESS_OK(vg_meta_permute(*state, fit, &many, &exact, &error), &error);
    assert_true(exact->exact && exact->n == 2520); /* 7! / 2: two rows are alike */
    assert_true(fabs(exact->p[1] - p[0]) < 0.2 && exact->se[1] == 0);
}

static void subgroups_must_be_subgroups(void **state)
{
    VgEffects effects = {.k = K, .y = Y, .v = V};
    const int32_t some[K] = {0, 0, 1, 1, 1, 0, 2}, bad[K] = {0, 0, 1, 1, 1, 0, 7};
    VgMetaSubgroups *groups;
    VgError error;
    refused(vg_meta_subgroups(*state, &effects, some, 1, NULL, false, &groups, &error),
            VG_NOT_ESTIMABLE, &error, "one subgroup");
    refused(vg_meta_subgroups(*state, &effects, some, 4, NULL, false, &groups, &error),
            VG_INVALID_INPUT, &error, "subgroup 4");
    refused(vg_meta_subgroups(*state, &effects, bad, 2, NULL, false, &groups, &error),
            VG_INVALID_INPUT, &error, "no subgroup");
    WITNESS_OK(vg_meta_subgroups(*state, &effects, some, 3, NULL, false, &groups, &error), &error);
    assert_true(groups->has_single && groups->n[2] == 1 && groups->between.df_numerator == 2);
    assert_true(groups->group[2].estimate == Y[6] && groups->q_within_df == 4);
    WITNESS_OK(vg_meta_subgroups(*state, &effects, some, 3, NULL, true, &groups, &error), &error);
    assert_true(groups->between.df_denominator == K - 3);
    assert_true(groups->group[0].tau2 == groups->group[1].tau2);
}

static void what_cannot_be_fitted_without_a_study_is_nan(void **state)
{
    double x[2 * K];
    for (size_t i = 0; i < K; i++) { /* a group of one: without it the column is all zero */
        x[i] = 1;
        x[K + i] = i == 2;
    }
    VgEffects effects = {.k = K, .y = Y, .v = V};
    VgMatrix matrix = {x, K, 2, K};
    VgMetaFit *fit;
    VgMetaInfluence *influence;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, &matrix, NULL, &fit, &error), &error);
    WITNESS_OK(vg_meta_influence(*state, fit, &influence, &error), &error);
    assert_true(isnan(influence->rstudent[2]) && isnan(influence->cook[2]));
    assert_true(isfinite(influence->rstudent[0]) && influence->influential[2]);
}

static void cumulative_pooling_follows_the_order(void **state)
{
    VgEffects effects = {.k = K, .y = Y, .v = V};
    const size_t order[K] = {6, 5, 4, 3, 2, 1, 0};
    VgMetaFit *fit;
    VgMetaPool *pool;
    VgError error;
    WITNESS_OK(vg_meta_fit(*state, &effects, NULL, NULL, &fit, &error), &error);
    WITNESS_OK(vg_meta_cumulative(*state, fit, order, &pool, &error), &error);
    assert_true(pool[0].single_study && pool[0].estimate == Y[6]);
    witness_close("last", pool[K - 1].estimate, fit->beta[0], 1e-12, 0);
}

static void impossible_counts_are_refused(void **state)
{
    (void)state;
    double a[] = {1, 5}, n1[] = {10, 10}, c[] = {0, 3}, n2[] = {10, 10};
    VgCounts counts = {2, a, n1, c, n2, NULL};
    VgMetaCounts m;
    VgError error;
    WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_OR, 0, &m, &error), &error);
    refused(vg_meta_mantel_haenszel(&counts, VG_MEASURE_SMD, 0, &m, &error), VG_INVALID_INPUT,
            &error, "smd");
    a[1] = 11;
    refused(vg_meta_peto(&counts, 0, &m, &error), VG_INVALID_INPUT, &error, "more events");
    a[1] = 2.5;
    refused(vg_meta_peto(&counts, 0, &m, &error), VG_INVALID_INPUT, &error, "fractional");
    a[0] = a[1] = 0;
    refused(vg_meta_mantel_haenszel(&counts, VG_MEASURE_RR, 0, &m, &error), VG_NOT_ESTIMABLE,
            &error, "empty");
    c[1] = 0;
    refused(vg_meta_peto(&counts, 0, &m, &error), VG_NOT_ESTIMABLE, &error, "no table");
}

/* A table without events weighs nothing in a ratio. */
static void double_zero_tables_change_no_ratio(void **state)
{
    (void)state;
    double a[] = {4, 7, 0}, n1[] = {50, 60, 40}, c[] = {9, 11, 0}, n2[] = {52, 58, 44};
    for (int measure = VG_MEASURE_OR; measure <= VG_MEASURE_RR; measure++) {
        VgMetaCounts with, without;
        VgError error;
        VgCounts counts = {3, a, n1, c, n2, NULL};
        WITNESS_OK(vg_meta_mantel_haenszel(&counts, (VgMeasure)measure, 0, &with, &error), &error);
        counts.k = 2;
        WITNESS_OK(vg_meta_mantel_haenszel(&counts, (VgMeasure)measure, 0, &without, &error),
                   &error);
        witness_close("estimate", with.estimate, without.estimate, 1e-14, 0);
        witness_close("q", with.q, without.q, 1e-13, 0);
        assert_true(with.n_informative == 2 && with.q_df == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adhoc_guard_never_narrows_the_interval),
        cmocka_unit_test(one_study_is_itself_and_two_have_one_df),
        cmocka_unit_test(the_common_effect_model_uses_the_normal_test_under_knapp_hartung),
        cmocka_unit_test(equal_effects_have_no_scale_but_are_fitted),
        cmocka_unit_test(bad_effects_are_refused_with_their_label),
        cmocka_unit_test(what_moderators_cannot_bear_is_refused),
        cmocka_unit_test(a_wrong_covariance_is_refused),
        cmocka_unit_test(independent_blocks_give_the_independent_fit),
        cmocka_unit_test(order_sign_shift_and_scale_do_not_matter),
        cmocka_unit_test(units_of_a_moderator_do_not_matter),
        cmocka_unit_test(the_highest_mode_is_found),
        cmocka_unit_test(equal_variances_have_the_textbook_answer),
        cmocka_unit_test(wild_but_possible_effects_are_always_fitted),
        cmocka_unit_test(a_likelihood_that_says_nothing_is_called_flat),
        cmocka_unit_test(q_profile_of_homogeneous_studies_is_empty),
        cmocka_unit_test(random_permutations_do_not_depend_on_threads),
        cmocka_unit_test(subgroups_must_be_subgroups),
        cmocka_unit_test(what_cannot_be_fitted_without_a_study_is_nan),
        cmocka_unit_test(cumulative_pooling_follows_the_order),
        cmocka_unit_test(impossible_counts_are_refused),
        cmocka_unit_test(double_zero_tables_change_no_ratio),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
