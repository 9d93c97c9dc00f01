/* Conformal intervals by other roads: conformal p-values person by person, counting, and the ways in which nothing may change. */
#include "support/witness.h"

#include <math.h>

#include <vagus/conformal.h>

#include "numeric/random.h"
#include "strata/strata.h"

enum { N = 37, P = 2, M = 9 };

static VgArena *arena;
static VgError error;
static double x[N * P], y[N], fresh[M * P];

static int make(void **state)
{
    (void)state;
    arena = vg_arena_create();
    VgRandom random = vg_random_start(7, VG_STREAM_TEST, 1, 0);
    for (size_t k = 0; k < N * P; k++)
        x[k] = vg_random_normal(&random);
    for (size_t k = 0; k < M * P; k++)
        fresh[k] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++)
        y[i] = 2 * x[i] + (0.5 + fabs(x[N + i])) * vg_random_normal(&random);
    return 0;
}

static int end(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* A learner that the test can work out by hand: the mean of those who train, an uneven pair of quantiles about it, and a spread that depends
 * on x. */
static VgStatus plain(const VgConformalData *data, const size_t *train, size_t n_train, VgMatrix at,
                      uint64_t seed, VgArena *scratch, const void *context, VgOutcomePrediction *p,
                      VgError *problem)
{
    (void)seed;
    (void)scratch;
    (void)context;
    (void)problem;
    double mean = 0;
    for (size_t k = 0; k < n_train; k++)
        mean += data->outcome[train[k]] / (double)n_train;
    for (size_t i = 0; i < at.rows; i++) {
        p->predicted[i] = mean;
        p->low[i] = mean - 0.3;
        p->high[i] = mean + 0.1;
        p->scale[i] = 1 + fabs(VG_AT(at, i, 0));
    }
    return VG_OK;
}

static double score(double mean, double first, double value)
{
    return fmax(mean - 0.3 - value, value - mean - 0.1) / (1 + fabs(first));
}

static VgConformalData data_of(VgClusters clusters)
{
    return (VgConformalData){.x = {x, N, P, N}, .outcome = y, .clusters = clusters};
}

static VgConformalAnswer ask(const VgConformalData *data, const VgConformalTarget *target,
                             const VgConformalOptions *options)
{
    VgConformalAnswer answer;
    WITNESS_OK(vg_conformal(arena, data, target, 1, options, &answer, &error), &error);
    return answer;
}

static void folds_of(size_t folds, uint64_t seed, int32_t *fold, double *mean)
{
    double alike[N] = {0};
    WITNESS_OK(vg_strata_deal_folds(arena, N, alike, (VgClusters){0}, folds, seed, fold, &error),
               &error);
    for (size_t f = 0; f < folds; f++) {
        double sum = 0, count = 0;
        for (size_t i = 0; i < N; i++)
            if ((size_t)fold[i] != f) {
                sum += y[i];
                count++;
            }
        mean[f] = sum / count;
    }
}

/* ---- the index ---- */

static void rank_is_the_whole_number_that_the_formula_says(void **state)
{
    (void)state;
    /* in thousandths, so that ⌈·⌉ is taken of whole numbers */
    static const size_t ALPHA[] = {1, 5, 10, 25, 50, 70, 100, 200, 300, 500};
    for (size_t a = 0; a < sizeof ALPHA / sizeof *ALPHA; a++)
        for (size_t n = 1; n <= 5000; n++) {
            size_t exact = ((n + 1) * (1000 - ALPHA[a]) + 999) / 1000;
            assert_int_equal(vg_conformal_rank(n, (double)ALPHA[a] / 1000), exact);
        }
}

static void the_quantile_is_infinite_when_too_few_calibrate(void **state)
{
    (void)state;
    double value[19], quantile;
    for (size_t i = 0; i < 19; i++)
        value[i] = (double)((7 * i) % 19);
    WITNESS_OK(vg_conformal_quantile(arena, 19, value, NULL, 1, 0.05, &quantile, &error), &error);
    assert_true(quantile == 18);
    WITNESS_OK(vg_conformal_quantile(arena, 18, value, NULL, 1, 0.05, &quantile, &error), &error);
    assert_true(isinf(quantile));
}

/* ---- against p-values and counts ---- */

/* The weight of scores at least as large as that of `value`, the new person's included. */
static double p_value(const int32_t *fold, const double *mean, const double *weight, double own,
                      double first, double value)
{
    double as_large = own, all = own;
    for (size_t i = 0; i < N; i++)
        if (fold[i] == 0) {
            double w = weight ? weight[i] : 1;
            all += w;
            if (score(mean[0], x[i], y[i]) >= score(mean[0], first, value))
                as_large += w;
        }
    return as_large / all;
}

static void check_split(const double *weight, const double *fresh_weight, double level)
{
    int32_t fold[N];
    double mean[2];
    folds_of(2, 5, fold, mean);
    const VgConformalData data = data_of((VgClusters){0});
    const VgConformalTarget target = {{fresh, M, P, M}, weight, fresh_weight};
    const VgConformalOptions options = {
        .method = VG_CONFORMAL_SPLIT, .learner = plain, .level = &level, .n_levels = 1, .seed = 5};
    VgConformalAnswer answer = ask(&data, &target, &options);
    for (size_t j = 0; j < M; j++) {
        double ends[2] = {VG_AT(answer.target[0].lower, j, 0), VG_AT(answer.target[0].upper, j, 0)};
        double own = fresh_weight ? fresh_weight[j] : 1;
        assert_true(isfinite(ends[0]) && isfinite(ends[1]));
        for (int s = 0; s < 2; s++) {
            double inside = ends[s] + (s ? -1e-9 : 1e-9), outside = ends[s] + (s ? 1e-9 : -1e-9);
            assert_true(p_value(fold, mean, weight, own, fresh[j], inside) > 1 - level);
            assert_true(p_value(fold, mean, weight, own, fresh[j], outside) <= 1 - level + 1e-12);
        }
    }
}

static void split_intervals_hold_the_values_whose_p_value_exceeds_alpha(void **state)
{
    (void)state;
    check_split(NULL, NULL, 0.9);
    check_split(NULL, NULL, 0.75);
}

static void weighted_split_intervals_hold_the_values_whose_p_value_exceeds_alpha(void **state)
{
    (void)state;
    double weight[N], fresh_weight[M];
    for (size_t i = 0; i < N; i++)
        weight[i] = exp(0.4 * x[i]);
    for (size_t j = 0; j < M; j++)
        fresh_weight[j] = exp(0.4 * fresh[j]);
    check_split(weight, fresh_weight, 0.8);
}

/* Barber and others: ⌈(1 − α)(n + 1)⌉-th smallest of the upper ends, ⌊α(n + 1)⌋-th smallest of the lower ones, by counting. */
static void cv_plus_ends_have_the_right_number_of_ends_beyond_them(void **state)
{
    (void)state;
    enum { FOLDS = 5 };
    int32_t fold[N];
    double mean[FOLDS], level = 0.9;
    folds_of(FOLDS, 3, fold, mean);
    const VgConformalData data = data_of((VgClusters){0});
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalOptions options = {
        .folds = FOLDS, .learner = plain, .level = &level, .n_levels = 1, .seed = 3};
    VgConformalAnswer answer = ask(&data, &target, &options);
    size_t upper_rank = 35 /* ⌈.9 · 38⌉ */, lower_rank = 3 /* ⌊.1 · 38⌋ */;
    for (size_t j = 0; j < M; j++) {
        double lower = VG_AT(answer.target[0].lower, j, 0);
        double upper = VG_AT(answer.target[0].upper, j, 0);
        size_t above[2] = {0, 0}, below[2] = {0, 0}; /* strictly; up to and with */
        for (size_t i = 0; i < N; i++) {
            double reach =
                score(mean[fold[i]], x[i], y[i]) * (1 + fabs(fresh[j])); /* of the learner */
            double high = mean[fold[i]] + 0.1 + reach, low = mean[fold[i]] - 0.3 - reach;
            above[0] += high < upper - 1e-12;
            above[1] += high <= upper + 1e-12;
            below[0] += low < lower - 1e-12;
            below[1] += low <= lower + 1e-12;
        }
        double model = 0;
        for (size_t f = 0; f < FOLDS; f++)
            model += mean[f] / FOLDS;
        witness_close("predicted", answer.target[0].predicted[j], model, 1e-12, 1);
        assert_true(above[0] < upper_rank && above[1] >= upper_rank);
        assert_true(below[0] < lower_rank && below[1] >= lower_rank);
    }
}

/* Each person of a cluster counts 1/size, the new person's cluster 1. */
static void clusters_calibrate_whole_and_count_as_one(void **state)
{
    (void)state;
    int32_t cluster[N];
    double level = 0.75;
    for (size_t i = 0; i < N; i++)
        cluster[i] = (int32_t)(3 * (i % 12)); /* 12 clusters, some of four; numbers with gaps */
    const VgConformalData data = data_of((VgClusters){.of = cluster, .count = 34});
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalOptions options = {
        .method = VG_CONFORMAL_JACKKNIFE_PLUS, .learner = plain, .level = &level, .n_levels = 1};
    VgConformalAnswer answer = ask(&data, &target, &options);
    assert_int_equal(answer.units, 12);
    for (size_t j = 0; j < M; j++) {
        double upper = VG_AT(answer.target[0].upper, j, 0), under = 0, up_to = 0;
        for (size_t i = 0; i < N; i++) {
            double sum = 0, count = 0, members = 0;
            for (size_t k = 0; k < N; k++) {
                sum += cluster[k] == cluster[i] ? 0 : y[k];
                count += cluster[k] != cluster[i];
                members += cluster[k] == cluster[i];
            }
            double mean = sum / count;
            double high = mean + 0.1 + score(mean, x[i], y[i]) * (1 + fabs(fresh[j]));
            under += high < upper - 1e-12 ? 1 / members : 0;
            up_to += high <= upper + 1e-12 ? 1 / members : 0;
        }
        assert_true(up_to >= 0.75 * 13 - 1e-9 && under < 0.75 * 13);
    }
}

/* ---- what must not change ---- */

static void same(const VgConformalAnswer *a, const VgConformalAnswer *b, double factor,
                 double shift, double tolerance)
{
    for (size_t j = 0; j < M; j++) {
        witness_close("lower", VG_AT(b->target[0].lower, j, 0),
                      shift + factor * VG_AT(a->target[0].lower, j, 0), tolerance, fabs(factor));
        witness_close("upper", VG_AT(b->target[0].upper, j, 0),
                      shift + factor * VG_AT(a->target[0].upper, j, 0), tolerance, fabs(factor));
        witness_close("predicted", b->target[0].predicted[j],
                      shift + factor * a->target[0].predicted[j], tolerance, fabs(factor));
    }
}

static void equal_weights_and_single_clusters_change_nothing(void **state)
{
    (void)state;
    double seven[N], own[M], level = 0.9;
    int32_t alone[N];
    for (size_t i = 0; i < N; i++) {
        seven[i] = 7;
        alone[i] = (int32_t)i;
    }
    for (size_t j = 0; j < M; j++)
        own[j] = 7;
    const VgConformalData data = data_of((VgClusters){0}),
                          single = data_of((VgClusters){.of = alone, .count = N});
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalTarget weighted = {{fresh, M, P, M}, seven, own};
    const VgConformalOptions options = {
        .method = VG_CONFORMAL_JACKKNIFE_PLUS, .learner = plain, .level = &level, .n_levels = 1};
    VgConformalAnswer a = ask(&data, &target, &options);
    VgConformalAnswer b = ask(&data, &weighted, &options), c = ask(&single, &target, &options);
    same(&a, &b, 1, 0, 1e-15);
    same(&a, &c, 1, 0, 1e-12); /* means are summed in another order */
}

static void unit_and_zero_of_the_scale_carry_over(void **state)
{
    (void)state;
    double other[N], level = 0.9;
    for (size_t i = 0; i < N; i++)
        other[i] = 1000 * y[i] - 50;
    const VgConformalData data = data_of((VgClusters){0});
    VgConformalData scaled = data;
    scaled.outcome = other;
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalElasticNet normalised = {.options = {.ridge_share = 0.5},
                                              .score = VG_CONFORMAL_NORMALISED};
    const VgConformalForest quantiles = {
        .options = {.trees = 60, .dishonest = true}, .score = VG_CONFORMAL_QUANTILE, .alpha = 0.1};
    const VgConformalForest spread = {.options = {.trees = 60, .dishonest = true},
                                      .score = VG_CONFORMAL_NORMALISED};
    const struct {
        VgOutcomeLearner learner;
        const void *context;
    } all[] = {{vg_conformal_elastic_net, &normalised},
               {vg_conformal_forest, &quantiles},
               {vg_conformal_forest, &spread}};
    for (size_t k = 0; k < 3; k++) {
        const VgConformalOptions options = {.learner = all[k].learner,
                                            .context = all[k].context,
                                            .level = &level,
                                            .n_levels = 1,
                                            .seed = 2};
        VgConformalAnswer a = ask(&data, &target, &options), b = ask(&scaled, &target, &options);
        same(&a, &b, 1000, -50, 1e-6); /* the net stops by deviance, as before scaling */
    }
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const VgConformalData data = data_of((VgClusters){0});
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    VgConformalAnswer answer[2];
    for (int threads = 1; threads <= 2; threads++) {
        const VgConformalForest forest = {
            .options = {.trees = 60, .dishonest = true, .threads = threads}};
        const VgConformalOptions options = {
            .learner = vg_conformal_forest, .context = &forest, .seed = 4};
        answer[threads - 1] = ask(&data, &target, &options);
    }
    assert_memory_equal(answer[0].target[0].lower.data, answer[1].target[0].lower.data,
                        M * sizeof(double));
    assert_memory_equal(answer[0].target[0].upper.data, answer[1].target[0].upper.data,
                        M * sizeof(double));
}

/* ---- scales, gaps, failures ---- */

static void intervals_are_cut_to_values_that_can_occur(void **state)
{
    (void)state;
    double rounded[N], level = 0.8;
    for (size_t i = 0; i < N; i++)
        rounded[i] = fmin(fmax(round(y[i]), -2), 3);
    VgConformalData data = data_of((VgClusters){0});
    data.outcome = rounded;
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    VgConformalOptions options = {.learner = plain, .level = &level, .n_levels = 1};
    VgConformalAnswer whole = ask(&data, &target, &options);
    options.range = (VgConformalRange){true, -2, 3, 1};
    VgConformalAnswer cut = ask(&data, &target, &options);
    for (size_t j = 0; j < M; j++)
        for (double value = -2; value <= 3; value++) {
            bool before = value >= VG_AT(whole.target[0].lower, j, 0) - 1e-9 &&
                          value <= VG_AT(whole.target[0].upper, j, 0) + 1e-9;
            bool after = value >= VG_AT(cut.target[0].lower, j, 0) &&
                         value <= VG_AT(cut.target[0].upper, j, 0);
            assert_int_equal(before, after);
            assert_true(VG_AT(cut.target[0].lower, j, 0) ==
                        round(VG_AT(cut.target[0].lower, j, 0)));
        }
}

static void too_few_for_the_level_is_the_whole_scale_and_said(void **state)
{
    (void)state;
    double level[2] = {0.9, 0.99};
    const VgConformalData data = data_of((VgClusters){0});
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    VgConformalOptions options = {.learner = plain, .level = level, .n_levels = 2};
    VgConformalAnswer answer = ask(&data, &target, &options);
    assert_false(answer.target[0].infinite[0]);
    assert_true(answer.target[0].infinite[1]);
    assert_true(isinf(VG_AT(answer.target[0].lower, 0, 1)));
    options.range = (VgConformalRange){.bounded = true, .low = -20, .high = 30};
    answer = ask(&data, &target, &options);
    assert_true(answer.target[0].infinite[1]);
    assert_true(VG_AT(answer.target[0].lower, 0, 1) == -20);
    assert_true(VG_AT(answer.target[0].upper, 0, 1) == 30);
}

static void missing_covariates_and_constant_outcomes_are_borne(void **state)
{
    (void)state;
    double gaps[N * P], fresh_gaps[M * P], level = 0.8;
    memcpy(gaps, x, sizeof gaps);
    memcpy(fresh_gaps, fresh, sizeof fresh_gaps);
    for (size_t i = 0; i < N; i += 4)
        gaps[i] = NAN;
    fresh_gaps[0] = NAN;
    const VgConformalData data = {.x = {gaps, N, P, N}, .outcome = y};
    const VgConformalTarget target = {.x = {fresh_gaps, M, P, M}};
    const VgOutcomeLearner learner[] = {vg_conformal_elastic_net, vg_conformal_forest};
    double same_for_all[N];
    for (size_t i = 0; i < N; i++)
        same_for_all[i] = 4;
    VgConformalData constant = data;
    constant.outcome = same_for_all;
    for (size_t k = 0; k < 2; k++) {
        const VgConformalOptions options = {.learner = learner[k], .level = &level, .n_levels = 1};
        VgConformalAnswer answer = ask(&data, &target, &options);
        assert_true(isfinite(VG_AT(answer.target[0].lower, 0, 0)));
        answer = ask(&constant, &target, &options);
        assert_true(VG_AT(answer.target[0].lower, 0, 0) == 4);
        assert_true(VG_AT(answer.target[0].upper, 0, 0) == 4);
    }
}

/* Five rows teach: no forest, the mean; intervals are as those about a mean. */
static void too_few_people_for_a_forest_have_the_mean(void **state)
{
    (void)state;
    double level = 0.6;
    VgConformalData few = data_of((VgClusters){0});
    few.x.rows = 10;
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalOptions options = {.method = VG_CONFORMAL_SPLIT,
                                        .learner = vg_conformal_forest,
                                        .level = &level,
                                        .n_levels = 1,
                                        .seed = 5};
    VgConformalAnswer answer = ask(&few, &target, &options);
    double alike[N] = {0}, sum = 0;
    int32_t fold[N];
    WITNESS_OK(vg_strata_deal_folds(arena, 10, alike, (VgClusters){0}, 2, 5, fold, &error), &error);
    for (size_t i = 0; i < 10; i++)
        sum += fold[i] == 1 ? y[i] : 0;
    for (size_t j = 0; j < M; j++)
        witness_close("predicted", answer.target[0].predicted[j], sum / 5, 1e-14, 1);
}

static void refuse(const VgConformalData *data, const VgConformalTarget *target,
                   const VgConformalOptions *options, VgStatus status, const char *says)
{
    VgConformalAnswer answer;
    assert_int_equal(vg_conformal(arena, data, target, 1, options, &answer, &error), status);
    assert_non_null(strstr(error.message, says));
    assert_true(error.hint[0] != '\0');
}

static void what_cannot_be_is_refused_in_words(void **state)
{
    (void)state;
    const VgConformalData data = data_of((VgClusters){0});
    VgConformalData few = data;
    few.x.rows = 9;
    const VgConformalTarget target = {.x = {fresh, M, P, M}};
    const VgConformalOptions options = {.learner = plain};
    refuse(&few, &target, &options, VG_NOT_ESTIMABLE, "9 people");
    double bad[N], level = 1.2, weight[N] = {0}, one[M] = {1};
    memcpy(bad, y, sizeof bad);
    bad[11] = NAN;
    VgConformalData gap = data;
    gap.outcome = bad;
    refuse(&gap, &target, &options, VG_INVALID_INPUT, "row 12");
    VgConformalOptions other = options;
    other.level = &level;
    other.n_levels = 1;
    refuse(&data, &target, &other, VG_INVALID_INPUT, "1.2");
    other = options;
    other.folds = 1;
    refuse(&data, &target, &other, VG_INVALID_INPUT, "1 fold");
    other = options;
    other.range = (VgConformalRange){true, 3, 3, 0};
    refuse(&data, &target, &other, VG_INVALID_INPUT, "range");
    const VgConformalTarget weighted = {{fresh, M, P, M}, weight, one};
    refuse(&data, &weighted, &options, VG_INVALID_INPUT, "weight of row 1");
    const VgConformalTarget narrow = {.x = {fresh, M, 1, M}};
    refuse(&data, &narrow, &options, VG_INVALID_INPUT, "2 covariates to learn from, 1 to predict");
    const VgConformalElasticNet quantiles = {.score = VG_CONFORMAL_QUANTILE};
    other = (VgConformalOptions){.context = &quantiles};
    refuse(&data, &target, &other, VG_INVALID_INPUT, "quantile scores");
    int32_t three[N];
    for (size_t i = 0; i < N; i++)
        three[i] = (int32_t)(i % 3);
    const VgConformalData grouped = data_of((VgClusters){.of = three, .count = 3});
    refuse(&grouped, &target, &options, VG_NOT_ESTIMABLE, "3 clusters");
}

static void guarantees_are_those_proven(void **state)
{
    (void)state;
    witness_close("split", vg_conformal_guarantee(VG_CONFORMAL_SPLIT, 20, 2, 0.05), 0.95, 1e-15, 1);
    witness_close("jackknife+", vg_conformal_guarantee(VG_CONFORMAL_JACKKNIFE_PLUS, 20, 20, 0.05),
                  0.9, 1e-15, 1);
    /* n = 100, K = 10: min(2 · .9/11, .9/11) */
    witness_close("CV+", vg_conformal_guarantee(VG_CONFORMAL_CV_PLUS, 100, 10, 0.05),
                  0.9 - 0.9 / 11, 1e-12, 1);
    assert_true(vg_conformal_guarantee(VG_CONFORMAL_CV_PLUS, 10, 2, 0.6) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_is_the_whole_number_that_the_formula_says),
        cmocka_unit_test(the_quantile_is_infinite_when_too_few_calibrate),
        cmocka_unit_test(split_intervals_hold_the_values_whose_p_value_exceeds_alpha),
        cmocka_unit_test(weighted_split_intervals_hold_the_values_whose_p_value_exceeds_alpha),
        cmocka_unit_test(cv_plus_ends_have_the_right_number_of_ends_beyond_them),
        cmocka_unit_test(clusters_calibrate_whole_and_count_as_one),
        cmocka_unit_test(equal_weights_and_single_clusters_change_nothing),
        cmocka_unit_test(unit_and_zero_of_the_scale_carry_over),
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(intervals_are_cut_to_values_that_can_occur),
        cmocka_unit_test(too_few_for_the_level_is_the_whole_scale_and_said),
        cmocka_unit_test(missing_covariates_and_constant_outcomes_are_borne),
        cmocka_unit_test(too_few_people_for_a_forest_have_the_mean),
        cmocka_unit_test(what_cannot_be_is_refused_in_words),
        cmocka_unit_test(guarantees_are_those_proven)};
    return cmocka_run_group_tests(tests, make, end);
}
