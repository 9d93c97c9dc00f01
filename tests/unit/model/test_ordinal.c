/* Ordered outcomes: two categories are logistic regression, tails keep their digits, and what cannot
 * be estimated is refused by name; so is separation with the probit link. */
#include "support/witness.h"

#include <math.h>

#include <vagus/glm.h>
#include <vagus/ordinal.h>

enum { N = 24 };
static VgArena *arena;
static VgError error;
static double x[2 * N];
static int32_t y[N];

static void make_data(int categories)
{
    for (int i = 0; i < N; i++) {
        x[i] = i % 2;
        x[N + i] = ((i * 7) % 13) / 4.0;
        y[i] = (i * i * 3 + i * 5 + i % 2) % 11 % categories;
    }
}

static VgStatus fit(size_t p, size_t categories, VgOrdinalLink link, VgOrdinalFit *out)
{
    static const char *const LABEL[] = {"arm", "score"};
    VgOrdinalData data = {
        .x = {x, N, p, N}, .y = y, .n_categories = categories, .coefficient_label = LABEL};
    VgOrdinalOptions options = {.link = link};
    return vg_ordinal_fit(arena, &data, &options, out, &error);
}

static void two_categories_are_a_binary_model(void **state)
{
    (void)state;
    make_data(2);
    double design[3 * N], event[N];
    for (int i = 0; i < N; i++) {
        design[i] = 1;
        design[N + i] = x[i];
        design[2 * N + i] = x[N + i];
        event[i] = y[i];
    }
    static const VgGlmLink LINK[] = {VG_LINK_LOGIT, VG_LINK_PROBIT};
    for (int link = 0; link < 2; link++) {
        VgOrdinalFit ordinal;
        WITNESS_OK(fit(2, 2, (VgOrdinalLink)link, &ordinal), &error);
        VgGlmData data = {.x = {design, N, 3, N}, .y = event};
        VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .link = LINK[link]};
        VgGlmFit glm;
        WITNESS_OK(vg_glm_fit(arena, &data, &options, &glm, &error), &error);
        witness_close("slope", ordinal.parameter[0], glm.beta[1], 1e-9, 0);
        witness_close("slope", ordinal.parameter[1], glm.beta[2], 1e-9, 0);
        witness_close("cut", ordinal.parameter[2], -glm.beta[0], 1e-9, 0);
        witness_close("likelihood", ordinal.loglik, glm.loglik, 1e-12, 0);
    }
}

/* Without covariates the cuts are the quantiles of the shares. */
static void cuts_alone_are_quantiles_of_the_shares(void **state)
{
    (void)state;
    make_data(3);
    double count[3] = {0};
    for (int i = 0; i < N; i++)
        count[y[i]]++;
    VgOrdinalFit got;
    WITNESS_OK(fit(0, 3, VG_ORDINAL_LOGIT, &got), &error);
    witness_close("cut 1", got.parameter[0], log(count[0] / (N - count[0])), 1e-12, 0);
    witness_close("cut 2", got.parameter[1], log((N - count[2]) / count[2]), 1e-12, 0);
}

static void refused(VgStatus got, VgStatus wanted, const char *message)
{
    assert_int_equal(got, wanted);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" lacks \"%s\"", error.message, message);
    assert_true(error.hint[0] != '\0');
}

static void what_cannot_be_estimated_is_refused(void **state)
{
    (void)state;
    VgOrdinalFit got;
    make_data(3);
    refused(fit(2, 4, VG_ORDINAL_LOGIT, &got), VG_NOT_ESTIMABLE, "category 4");
    refused(fit(2, 1, VG_ORDINAL_LOGIT, &got), VG_NOT_ESTIMABLE, "1 categories");
    y[3] = 7;
    refused(fit(2, 3, VG_ORDINAL_LOGIT, &got), VG_INVALID_INPUT, "category 7 of row 4");
    make_data(3);
    memcpy(x + N, x, N * sizeof *x);
    refused(fit(2, 3, VG_ORDINAL_LOGIT, &got), VG_NOT_ESTIMABLE, "'score'");
    make_data(3);
    x[5] = NAN;
    refused(fit(2, 3, VG_ORDINAL_LOGIT, &got), VG_INVALID_INPUT, "row 6");
    for (int link = 0; link < 2; link++) {
        make_data(3);
        for (int i = 0; i < N; i++)
            x[N + i] = y[i] + 0.1 * (i % 3);
        refused(fit(2, 3, (VgOrdinalLink)link, &got), VG_NOT_ESTIMABLE, "infinite");
    }
}

static void probit_tells_separation(void **state)
{
    (void)state;
    double design[2 * N], event[N];
    for (int i = 0; i < N; i++) {
        design[i] = 1;
        design[N + i] = i < 12;
        event[i] = i < 12 ? 1 : i % 2;
    }
    static const char *const LABEL[] = {"(Intercept)", "active"};
    VgGlmData data = {.x = {design, N, 2, N}, .y = event, .coefficient_label = LABEL};
    VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .link = VG_LINK_PROBIT};
    VgGlmFit got;
    refused(vg_glm_fit(arena, &data, &options, &got, &error), VG_NOT_ESTIMABLE, "'active'");
    /* steep, but finite */
    for (int i = 0; i < N; i++) {
        design[N + i] = i - 11.5;
        event[i] = i > 11;
    }
    event[11] = 1;
    event[12] = 0;
    WITNESS_OK(vg_glm_fit(arena, &data, &options, &got, &error), &error);
}

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_categories_are_a_binary_model),
        cmocka_unit_test(cuts_alone_are_quantiles_of_the_shares),
        cmocka_unit_test(what_cannot_be_estimated_is_refused),
        cmocka_unit_test(probit_tells_separation),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
