#include "support/witness.h"

#include <math.h>

#include <vagus/small_study.h>

/* 14 effects with a lack of small null results; made up. */
static const double EFFECT[] = {.61, .48, .75, .12, .33, .52, .29,
                                .88, .05, .41, .36, .70, .22, .15};
static const double VARIANCE[] = {.06, .03,  .09, .01, .02, .05, .015,
                                  .12, .012, .03, .04, .08, .02, .03};
enum { K = 14 };

static VgSelection fit_of(VgArena *arena, const double *y, const double *v,
                          const VgSelectionOptions *options)
{
    VgSmallStudyData data = {.y = y, .v = v, .k = K};
    VgSelection fit;
    VgError error = {0};
    WITNESS_OK(vg_selection_model(arena, &data, options, &fit, &error), &error);
    return fit;
}

static void compare(const VgSelection *a, const VgSelection *b, double sign, double scale)
{
    witness_close("effect", b->coefficient[0].estimate, sign * scale * a->coefficient[0].estimate,
                  1e-9, 1e-3);
    witness_close("se", b->coefficient[0].se, scale * a->coefficient[0].se, 1e-9, 0);
    witness_close("tau2", b->tau2, scale * scale * a->tau2, 1e-9, 1e-3 * scale * scale);
    witness_close("weight", b->weight[1].weight, a->weight[1].weight, 1e-9, 0);
    witness_close("weight se", b->weight[1].se, a->weight[1].se, 1e-8, 0);
    witness_close("test", b->lrt, a->lrt, 1e-9, 1e-3);
}

static void sign_scale_and_order_change_nothing_else(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double y[K], v[K];
    VgSelectionOptions options = {0}, less = {.side = VG_SELECTION_LESS};
    VgSelection base = fit_of(arena, EFFECT, VARIANCE, &options);
    for (size_t i = 0; i < K; i++) {
        y[i] = -1000 * EFFECT[K - 1 - i];
        v[i] = 1e6 * VARIANCE[K - 1 - i];
    }
    VgSelection other = fit_of(arena, y, v, &less);
    compare(&base, &other, -1, 1000);
    assert_true(base.few);
    assert_true(base.decrement < 1e-12 * (1 + fabs(base.loglik)));
    vg_arena_destroy(arena);
}

static void covariance_is_that_of_the_standard_errors(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double step[] = {.025, .2};
    VgSelectionOptions options = {.step = step, .n_steps = 2};
    VgSelection fit = fit_of(arena, EFFECT, VARIANCE, &options);
    size_t n = 1 + fit.n_weights;
    witness_close("se", sqrt(fit.covariance[0]), fit.coefficient[0].se, 1e-14, 0);
    for (size_t j = 1; j < fit.n_weights; j++)
        witness_close("weight", sqrt(fit.covariance[(j + 1) * (n + 1)]), fit.weight[j].se, 1e-14,
                      0);
    assert_int_equal(fit.weight[0].studies + fit.weight[1].studies + fit.weight[2].studies, K);
    vg_arena_destroy(arena);
}

static VgStatus status_of(const VgSmallStudyData *data, const VgSelectionOptions *options,
                          VgError *error)
{
    VgArena *arena = vg_arena_create();
    VgSelection fit;
    VgStatus status = vg_selection_model(arena, data, options, &fit, error);
    vg_arena_destroy(arena);
    return status;
}

static void what_cannot_be_had_is_refused(void **state)
{
    (void)state;
    VgError error = {0};
    const double empty[] = {.001, .0011}, descending[] = {.5, .025}, outside[] = {0.0};
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgSelectionOptions options = {.step = empty, .n_steps = 2};
    assert_int_equal(status_of(&data, &options, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "no study has a p value between"));
    options.step = descending;
    assert_int_equal(status_of(&data, &options, &error), VG_INVALID_INPUT);
    options = (VgSelectionOptions){.step = outside, .n_steps = 1};
    assert_int_equal(status_of(&data, &options, &error), VG_INVALID_INPUT);
    double v[K];
    memcpy(v, VARIANCE, sizeof v);
    v[3] = 0;
    data.v = v;
    assert_int_equal(status_of(&data, NULL, &error), VG_INVALID_INPUT);
    data.k = 0;
    assert_int_equal(status_of(&data, NULL, &error), VG_NOT_ESTIMABLE);
    data = (VgSmallStudyData){.y = EFFECT, .v = VARIANCE, .k = 2};
    assert_int_equal(status_of(&data, NULL, &error), VG_NOT_ESTIMABLE);
}

/* metafor's optimiser stops here with a Hessian that it cannot invert (tau² 4.8e-6 instead of 0). */
static void a_narrow_maximum_at_tau2_zero_is_found(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double y[] = {.40, .41, .42, .43, .44, .45, .395},
                 v[] = {.04, .0405, .041, .0415, .042, .0425, .0407};
    VgSmallStudyData data = {.y = y, .v = v, .k = 7};
    VgSelection fit;
    VgError error = {0};
    WITNESS_OK(vg_selection_model(arena, &data, NULL, &fit, &error), &error);
    assert_true(fit.tau2_at_boundary && fit.tau2 == 0 && isnan(fit.tau2_se));
    /* metafor's unfinished values as printed */
    assert_true(fit.lrt > 8.7009);
    witness_close("estimate", fit.coefficient[0].estimate, 0.0677, 5e-3, 0);
    assert_true(isfinite(fit.coefficient[0].se) && isfinite(fit.weight[1].se));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sign_scale_and_order_change_nothing_else),
                                       cmocka_unit_test(covariance_is_that_of_the_standard_errors),
                                       cmocka_unit_test(what_cannot_be_had_is_refused),
                                       cmocka_unit_test(a_narrow_maximum_at_tau2_zero_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
