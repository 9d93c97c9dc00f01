/* Centile curves of Dutch boys' body mass index by age against gamlss (tests/reference/norms_dbbmi.R). */
#include "support/witness.h"

#include <math.h>

#include <vagus/norms.h>

static VgArena *arena;
static json_t *witness;
static VgNormData data;

static double *numbers(const char *path, size_t *n)
{
    const json_t *list = witness_at(witness, path);
    *n = json_array_size(list);
    double *out = VG_NEW(arena, double, *n);
    for (size_t i = 0; i < *n; i++)
        out[i] = json_number_value(json_array_get(list, i));
    return out;
}

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    witness = witness_json(witness_source(arena, "tests/reference/norms_dbbmi.json"));
    data.smooth = numbers("age", &data.n);
    data.y = numbers("bmi", &data.n);
    return data.n == 600 ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(witness);
    vg_arena_destroy(arena);
    return 0;
}

static const json_t *row(const char *fit, size_t a)
{
    return json_array_get(json_object_get(json_object_get(witness, fit), "q"), a);
}

/* The largest difference between our curves and gamlss', as a share of the value. */
static double largest_difference(const VgNorm *norm, const char *fit)
{
    size_t n_at, n_shares;
    const double *at = numbers("at", &n_at), *share = numbers("shares", &n_shares);
    double largest = 0;
    for (size_t a = 0; a < n_at; a++)
        for (size_t s = 0; s < n_shares; s++) {
            double theirs = json_number_value(json_array_get(row(fit, a), s));
            double ours = vg_norm_quantile(norm, share[s], at[a], NULL, NULL);
            largest = fmax(largest, fabs(ours / theirs - 1));
        }
    return largest;
}

static void centiles_agree_at_given_penalties(void **state)
{
    (void)state;
    VgNormOptions options = {.smoothing = VG_NORM_FIXED, .penalty = {10, 100, 0}};
    VgNorm *norm;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &norm, &error), &error);
    double largest = largest_difference(norm, "given");
    print_message("given penalties: largest difference of a centile %.2e, edf %.6f %.6f\n", largest,
                  norm->edf[0], norm->edf[1]);
    assert_true(largest < 1e-3);
}

static void local_ml_chooses_like_gamlss(void **state)
{
    (void)state;
    VgNormOptions options = {0};
    VgNorm *norm;
    VgError error = {0};
    WITNESS_OK(vg_norm_fit(arena, &data, &options, &norm, &error), &error);
    double largest = largest_difference(norm, "chosen");
    print_message("chosen: largest difference %.2e, lambda %g %g, edf %g %g, log likelihood %g\n",
                  largest, norm->penalty[0], norm->penalty[1], norm->edf[0], norm->edf[1],
                  norm->log_likelihood);
    assert_true(largest < 1e-2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(centiles_agree_at_given_penalties),
                                       cmocka_unit_test(local_ml_chooses_like_gamlss)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
