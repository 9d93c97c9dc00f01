/* Step-function selection models against metafor::selmodel run to its end: evidence_selection.json, made by
 * evidence_selection.R (R 4.2.2, metafor 3.8-1, numDeriv 2016.8-1.1; data of metadat).
 *
 * The optimum was polished with numerical derivatives (Richardson, error about 1e-9 of a second derivative), so
 * estimates carry 1e-7 of their standard error, standard errors 1e-6; log-likelihoods 1e-10. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/small_study.h>

static double *numbers(VgArena *arena, const json_t *object, const char *key, size_t *n)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return NULL;
    *n = json_is_array(value) ? json_array_size(value) : 1;
    double *out = VG_NEW(arena, double, *n);
    for (size_t i = 0; i < *n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        out[i] = json_is_number(one) ? json_number_value(one) : (double)NAN;
    }
    return out;
}

static VgSelectionSide side_of(const json_t *item)
{
    const char *name = json_string_value(json_object_get(item, "alternative"));
    return strcmp(name, "less") == 0        ? VG_SELECTION_LESS
           : strcmp(name, "two.sided") == 0 ? VG_SELECTION_TWO_SIDED
                                            : VG_SELECTION_GREATER;
}

static void compare(const json_t *item)
{
    VgArena *arena = vg_arena_create();
    const char *name = json_string_value(json_object_get(item, "name"));
    size_t k, n_steps, n_mods, n;
    VgSmallStudyData data = {0};
    data.y = numbers(arena, item, "yi", &k);
    data.v = numbers(arena, item, "vi", &k);
    data.k = k;
    VgSelectionOptions options = {.side = side_of(item)};
    options.step = numbers(arena, item, "steps", &n_steps);
    options.n_steps = n_steps;
    double *mods = numbers(arena, item, "mods", &n_mods);
    VgMatrix x = {VG_NEW(arena, double, 2 * k), k, 2, k};
    if (mods) {
        for (size_t i = 0; i < k; i++) {
            x.data[i] = 1;
            x.data[k + i] = mods[i];
        }
        options.x = &x;
    }
    VgSelection fit;
    VgError error = {0};
    WITNESS_OK(vg_selection_model(arena, &data, &options, &fit, &error), &error);
    double *polished = numbers(arena, item, "polished", &n),
           *se = numbers(arena, item, "polished_se", &n);
    size_t p = fit.p;
    char what[200];
    assert_int_equal(n, p + fit.n_weights);
    for (size_t j = 0; j < n; j++) {
        double value = j < p    ? fit.coefficient[j].estimate
                       : j == p ? fit.tau2
                                : fit.weight[j - p].weight;
        double our_se = j < p ? fit.coefficient[j].se : j == p ? fit.tau2_se : fit.weight[j - p].se;
        snprintf(what, sizeof what, "%s: parameter %zu", name, j);
        witness_close(what, value, polished[j], 1e-7, isnan(se[j]) ? 1 : se[j]);
        if (isnan(se[j]))
            assert_true(isnan(our_se));
        else {
            snprintf(what, sizeof what, "%s: se %zu", name, j);
            witness_close(what, our_se, se[j], 1e-6, 0);
        }
    }
    snprintf(what, sizeof what, "%s: log-likelihood", name);
    witness_close(what, fit.loglik, witness_number(item, "polished_ll"), 1e-10, 1);
    /* metafor's own optimum is never above ours */
    assert_true(fit.loglik >= witness_number(item, "ll") - 1e-9);
    snprintf(what, sizeof what, "%s: log-likelihood without selection", name);
    witness_close(what, fit.unselected_loglik, witness_number(item, "ll0"), 1e-10, 1);
    double lrt = 2 * (witness_number(item, "polished_ll") - witness_number(item, "ll0"));
    snprintf(what, sizeof what, "%s: likelihood ratio test", name);
    witness_close(what, fit.lrt, lrt, 1e-9, 1);
    /* its p from metafor's unpolished optimum */
    witness_close(what, fit.lrt_p, witness_number(item, "LRTp"), 1e-5, 0);
    /* metafor's fit with tau² = 0 is not polished: its test can only be larger than ours */
    snprintf(what, sizeof what, "%s: test of tau²", name);
    witness_close(what, fit.tau2_lrt, witness_number(item, "LRT_tau2"), 1e-5, 1);
    assert_true(fit.tau2_lrt <= witness_number(item, "LRT_tau2") + 1e-6);
    assert_true(fit.smallest_eigenvalue > 0);
    vg_arena_destroy(arena);
}

static void selection_models_agree_with_metafor(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/evidence_selection.json"));
    for (size_t i = 0; i < json_array_size(root); i++)
        compare(json_array_get(root, i));
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(selection_models_agree_with_metafor)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
