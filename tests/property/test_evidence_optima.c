/* Random reviews, many with sampling variances a hundredfold apart and some with wild effects: no point that is tried
 * has a higher likelihood than the maximum that was certified. */
#include "support/witness.h"

#include <math.h>

#include <vagus/meta_multilevel.h>
#include <vagus/small_study.h>

#include "evidence/small_study/selection_likelihood.h"
#include "numeric/bounded_newton.h"
#include "numeric/distributions.h"
#include "numeric/random.h"

enum { REVIEWS = 300, STARTS = 20, MOST = 50 };

typedef struct Review {
    double y[MOST], v[MOST];
    size_t study[MOST], k, n_studies;
} Review;

static Review draw_review(VgRandom *random)
{
    Review review = {.k = 6 + vg_random_below(random, 40)};
    double spread = pow(10, 2 * vg_random_uniform(random)), mean = .6 * vg_random_normal(random);
    double tau = fmax(0, .4 * vg_random_normal(random)), within = .2 * vg_random_uniform(random);
    double level[MOST];
    review.n_studies = 2 + vg_random_below(random, review.k - 2);
    for (size_t i = 0; i < review.k; i++)
        level[i] = tau * vg_random_normal(random);
    for (size_t i = 0; i < review.k; i++) {
        size_t s = i < review.n_studies ? i : vg_random_below(random, review.n_studies);
        review.study[i] = s;
        review.v[i] = .01 * pow(spread, vg_random_uniform(random));
        review.y[i] = mean + level[s] + within * vg_random_normal(random) +
                      sqrt(review.v[i]) * vg_random_normal(random);
        if (vg_random_uniform(random) < .01)
            review.y[i] *= 8;
    }
    return review;
}

static void no_components_beat_the_certified_ones(void **state)
{
    (void)state;
    for (uint32_t r = 0; r < REVIEWS; r++) {
        VgRandom random = vg_random_start(20, VG_STREAM_TEST, r, 0);
        Review review = draw_review(&random);
        VgArena *arena = vg_arena_create();
        VgMultilevelData data = {.y = review.y,
                                 .v = review.v,
                                 .study = review.study,
                                 .n = review.k,
                                 .n_studies = review.n_studies,
                                 .sampling_correlation = r % 3 ? 0 : .6};
        VgMultilevelOptions options = {.ml = r % 2, .no_intervals = true};
        VgMultilevelFit fit, held;
        VgError error = {0};
        WITNESS_OK(vg_multilevel_fit(arena, &data, &options, &fit, &error), &error);
        options.fix_study = options.fix_effect = true;
        for (size_t t = 0; t < STARTS; t++) {
            options.sigma2_study = exp(3 * vg_random_normal(&random) - 3);
            options.sigma2_effect = exp(3 * vg_random_normal(&random) - 3);
            WITNESS_OK(vg_multilevel_fit(arena, &data, &options, &held, &error), &error);
            assert_true(held.loglik <= fit.loglik + 1e-9);
        }
        vg_arena_destroy(arena);
    }
}

/* The likelihood of the three-parameter model, built apart from vg_selection_model. */
static VgSelectionLikelihood likelihood_of(Review *review, double *one, size_t *interval,
                                           const double *cut, double *workspace)
{
    for (size_t i = 0; i < review->k; i++) {
        one[i] = 1;
        interval[i] = review->y[i] < *cut * sqrt(review->v[i]);
    }
    return (VgSelectionLikelihood){.k = review->k,
                                   .p = 1,
                                   .n_intervals = 2,
                                   .y = review->y,
                                   .v = review->v,
                                   .x = {one, review->k, 1, review->k},
                                   .interval = interval,
                                   .cut = cut,
                                   .workspace = workspace};
}

static void no_start_beats_the_certified_selection_model(void **state)
{
    (void)state;
    size_t fitted = 0;
    double one[MOST], workspace[64], cut = -vg_normal_quantile(.025);
    size_t interval[MOST];
    static const bool bounded[3] = {false, true, false};
    assert_true(vg_selection_workspace(1, 2) <= 64);
    for (uint32_t r = 0; r < REVIEWS; r++) {
        VgRandom random = vg_random_start(21, VG_STREAM_TEST, r, 0);
        Review review = draw_review(&random);
        VgArena *arena = vg_arena_create();
        VgSmallStudyData data = {.y = review.y, .v = review.v, .k = review.k};
        VgSelection fit;
        VgError error = {0};
        VgStatus status = vg_selection_model(arena, &data, NULL, &fit, &error);
        if (status != VG_NOT_ESTIMABLE)
            WITNESS_OK(status, &error);
        for (size_t t = 0; t < STARTS && status == VG_OK; t++) {
            VgSelectionLikelihood likelihood =
                likelihood_of(&review, one, interval, &cut, workspace);
            VgObjective objective = {3, bounded, vg_selection_evaluate, &likelihood};
            double theta[3] = {4 * vg_random_normal(&random),
                               exp(3 * vg_random_normal(&random) - 2),
                               3 * vg_random_normal(&random)};
            VgOptimum optimum;
            WITNESS_OK(vg_bounded_newton(arena, &objective, theta, &optimum, &error), &error);
            assert_true(!isfinite(optimum.value) || -optimum.value <= fit.loglik + 1e-8);
        }
        fitted += status == VG_OK;
        vg_arena_destroy(arena);
    }
    assert_true(fitted > REVIEWS / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_components_beat_the_certified_ones),
        cmocka_unit_test(no_start_beats_the_certified_selection_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
