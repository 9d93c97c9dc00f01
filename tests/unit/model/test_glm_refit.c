/* Refits of resamples against vg_glm_fit with the same weights, and what they leave to it. */
#include "support/witness.h"

#include <math.h>

#include "model/glm_refit.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"

enum { N = 150, P = 5, RESAMPLES = 200 };
static VgArena *arena;
static VgError error;

/* Covariates of very different size and place, an intercept first. */
static VgMatrix design(void)
{
    VgMatrix x = vg_matrix_new(arena, N, P);
    VgRandom random = vg_random_start(3, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        VG_AT(x, i, 0) = 1;
        VG_AT(x, i, 1) = (double)(i % 2);
        VG_AT(x, i, 2) = 2020 + 3 * vg_random_normal(&random);
        VG_AT(x, i, 3) = 1e-4 * vg_random_normal(&random);
        VG_AT(x, i, 4) = vg_random_normal(&random);
    }
    return x;
}

static void respond(VgMatrix x, bool linear, double *y)
{
    VgRandom random = vg_random_start(4, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < N; i++) {
        double eta = 0.5 * VG_AT(x, i, 1) + 0.3 * (VG_AT(x, i, 2) - 2020) + 5e3 * VG_AT(x, i, 3) -
                     0.4 * VG_AT(x, i, 4);
        y[i] = linear ? eta + vg_random_normal(&random)
                      : vg_random_uniform(&random) < 1 / (1 + exp(-eta));
    }
}

static void check(VgGlmOptions options)
{
    bool linear = options.family == VG_GLM_GAUSSIAN;
    VgMatrix x = design();
    double y[N], count[N], beta[P], squares;
    respond(x, linear, y);
    VgGlmData data = {.x = x, .y = y};
    VgGlmFit whole, again;
    VgGlmRefit refit;
    WITNESS_OK(vg_glm_fit(arena, &data, &options, &whole, &error), &error);
    WITNESS_OK(vg_glm_refit_prepare(arena, &data, &options, whole.beta, &refit, &error), &error);
    data.weights = count;
    for (uint32_t r = 0; r < RESAMPLES; r++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgRandom random = vg_random_start(5, VG_STREAM_TEST, r, 0);
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < N; i++)
            count[vg_random_below(&random, N)]++;
        assert_true(vg_glm_refit(arena, &refit, count, beta, &squares));
        WITNESS_OK(vg_glm_fit(arena, &data, &options, &again, &error), &error);
        for (size_t j = 0; j < P; j++) /* 1e-9 standard errors */
            assert_true(fabs(beta[j] - again.beta[j]) < 1e-9 * sqrt(VG_AT(again.vcov_model, j, j)));
        if (linear)
            witness_close("residual squares", squares, again.deviance, 1e-11, 0);
        vg_arena_rewind(arena, mark);
    }
}

static void resamples_have_the_estimates_of_a_fit(void **state)
{
    (void)state;
    check((VgGlmOptions){.family = VG_GLM_GAUSSIAN});
    check((VgGlmOptions){.family = VG_GLM_BINOMIAL});
    check((VgGlmOptions){.family = VG_GLM_BINOMIAL, .link = VG_LINK_PROBIT});
}

/* Without the events of one arm the estimate is infinite; without an arm a column is constant. */
static void what_has_no_estimate_is_left_to_the_fit(void **state)
{
    (void)state;
    VgMatrix x = design();
    double y[N], count[N], beta[P];
    respond(x, false, y);
    VgGlmData data = {.x = x, .y = y};
    static const VgGlmLink LINK[] = {VG_LINK_LOGIT, VG_LINK_PROBIT};
    for (size_t k = 0; k < 2; k++) {
        VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .link = LINK[k]};
        VgGlmFit whole;
        VgGlmRefit refit;
        WITNESS_OK(vg_glm_fit(arena, &data, &options, &whole, &error), &error);
        WITNESS_OK(vg_glm_refit_prepare(arena, &data, &options, whole.beta, &refit, &error),
                   &error);
        for (size_t i = 0; i < N; i++)
            count[i] = !(VG_AT(x, i, 1) == 1 && y[i] == 1);
        assert_false(vg_glm_refit(arena, &refit, count, beta, NULL));
        for (size_t i = 0; i < N; i++)
            count[i] = VG_AT(x, i, 1) == 1;
        assert_false(vg_glm_refit(arena, &refit, count, beta, NULL));
        for (size_t i = 0; i < N; i++)
            count[i] = i < 3;
        assert_false(vg_glm_refit(arena, &refit, count, beta, NULL));
    }
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resamples_have_the_estimates_of_a_fit),
        cmocka_unit_test(what_has_no_estimate_is_left_to_the_fit),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
