/* Looks at small-study effects against metafor's regtest, ranktest and trimfill and R's lm: evidence_small_study.json, made by
 * evidence_small_study.R (R 4.2.2, metafor 3.8-1, REML driven to 1e-14; data of metadat), and against the results beside
 * the sets of the data folder.
 *
 * Closed forms agree to 1e-10; what rests on REML to 1e-8 (metafor stops by a change of tau² of 1e-14, 1e-7 of its
 * root's reach where Fisher scoring is slow). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/small_study.h>

static double *numbers(VgArena *arena, const json_t *object, const char *key, size_t *n)
{
    const json_t *value = json_object_get(object, key);
    *n = 0;
    if (!value || !json_is_array(value))
        return NULL;
    *n = json_array_size(value);
    double *out = VG_NEW(arena, double, *n);
    for (size_t i = 0; i < *n; i++)
        out[i] = json_number_value(json_array_get(value, i));
    return out;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void close_to(const char *set, const char *what, double value, const json_t *item,
                     const char *key, double tolerance, double floor)
{
    const json_t *expected = json_object_get(item, key);
    char name[200];
    if (!json_is_number(expected))
        return;
    snprintf(name, sizeof name, "%s: %s %s", set, what, key);
    witness_close(name, value, json_number_value(expected), tolerance, floor);
}

static VgEggerPredictor predictor_of(const char *name)
{
    int i = 0;
    while (strcmp(vg_egger_predictor_names[i], name) != 0)
        i++;
    return (VgEggerPredictor)i;
}

static void compare_regressions(VgArena *arena, const char *set, const VgSmallStudyData *data,
                                const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *fit = text(item, "fit");
        VgEggerOptions options = {.predictor = predictor_of(text(item, "predictor")),
                                  .classic = strcmp(fit, "lm") == 0,
                                  .tau2 = strcmp(fit, "DL") == 0 ? VG_TAU2_DL : VG_TAU2_REML,
                                  .test = strcmp(fit, "knha") == 0 ? VG_META_TEST_KNHA
                                                                   : VG_META_TEST_Z};
        VgEgger out;
        VgError error = {0};
        WITNESS_OK(vg_egger(arena, data, &options, &out, &error), &error);
        char what[80];
        snprintf(what, sizeof what, "egger %s %s", fit, text(item, "predictor"));
        double tolerance = strcmp(fit, "lm") == 0 || strcmp(fit, "DL") == 0 ? 1e-9 : 1e-7;
        close_to(set, what, out.slope.statistic, item, "stat", tolerance, 0.1);
        close_to(set, what, out.slope.p, item, "p", 10 * tolerance, 0);
        close_to(set, what, out.slope.df, item, "df", 0, 0);
        close_to(set, what, out.limit.estimate, item, "est", tolerance, 0.1);
        close_to(set, what, out.limit.lower, item, "lb", tolerance, 0.1);
        close_to(set, what, out.limit.upper, item, "ub", tolerance, 0.1);
        assert_true(out.few == (data->k < 10));
    }
}

static void compare_fill(VgArena *arena, const char *set, const VgSmallStudyData *data,
                         const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *asked = text(item, "asked");
        VgTrimFillOptions options = {
            .estimator =
                strcmp(text(item, "estimator"), "R0") == 0 ? VG_TRIMFILL_R0 : VG_TRIMFILL_L0,
            .side = strcmp(asked, "auto") == 0   ? VG_FILL_AUTO
                    : strcmp(asked, "left") == 0 ? VG_FILL_LEFT
                                                 : VG_FILL_RIGHT,
            .tau2 = strcmp(text(item, "fit"), "DL") == 0 ? VG_TAU2_DL : VG_TAU2_REML,
            .test = VG_META_TEST_Z};
        VgTrimFill out;
        VgError error = {0};
        WITNESS_OK(vg_trim_and_fill(arena, data, &options, &out, &error), &error);
        char what[80];
        snprintf(what, sizeof what, "trimfill %s %s %s", text(item, "fit"), text(item, "estimator"),
                 asked);
        double tolerance = options.tau2 == VG_TAU2_DL ? 1e-10 : 1e-7;
        assert_int_equal(out.side,
                         strcmp(text(item, "side"), "left") == 0 ? VG_FILL_LEFT : VG_FILL_RIGHT);
        close_to(set, what, (double)out.filled, item, "k0", 0, 0);
        close_to(set, what, out.filled_se, item, "se_k0", 1e-12, 0);
        close_to(set, what, out.filled_p, item, "p_k0", 1e-12, 0);
        close_to(set, what, out.pooled.estimate, item, "est", tolerance, 0.1);
        close_to(set, what, out.pooled.se, item, "se", tolerance, 0);
        close_to(set, what, out.pooled.lower, item, "lb", tolerance, 0.1);
        close_to(set, what, out.pooled.upper, item, "ub", tolerance, 0.1);
        close_to(set, what, out.tau2, item, "tau2", 10 * tolerance, 0.01);
        size_t n;
        const double *y = numbers(arena, item, "filled", &n),
                     *v = numbers(arena, item, "filled_v", &n);
        assert_int_equal(n, out.filled);
        for (size_t j = 0; j < n; j++) {
            witness_close("filled effect", out.y[j], y[j], tolerance, 0.1);
            witness_close("filled variance", out.v[j], v[j], 1e-14, 0);
            assert_true(out.v[j] == data->v[out.mirror_of[j]]);
        }
    }
}

static void compare_line(const char *set, const char *what, const VgInference *intercept,
                         const VgInference *slope, const json_t *item)
{
    close_to(set, what, intercept->estimate, item, "est", 1e-9, 1e-2);
    close_to(set, what, intercept->se, item, "se", 1e-10, 0);
    close_to(set, what, intercept->p, item, "p", 1e-8, 0);
    close_to(set, what, slope->estimate, item, "slope", 1e-9, 1e-2);
    close_to(set, what, slope->se, item, "slope_se", 1e-10, 0);
}

static void compare(const json_t *set)
{
    VgArena *arena = vg_arena_create();
    const char *name = text(set, "name");
    VgSmallStudyData data = {0};
    size_t k, m;
    data.y = numbers(arena, set, "yi", &k);
    data.v = numbers(arena, set, "vi", &k);
    data.n1 = numbers(arena, set, "n1", &m);
    data.n2 = numbers(arena, set, "n2", &m);
    data.k = k;
    double *n = VG_NEW(arena, double, k);
    for (size_t i = 0; i < m; i++)
        n[i] = data.n1[i] + data.n2[i];
    data.n = m ? n : NULL;
    compare_regressions(arena, name, &data, json_object_get(set, "regtest"));
    compare_fill(arena, name, &data, json_object_get(set, "trimfill"));
    VgError error = {0};
    VgBegg begg;
    WITNESS_OK(vg_begg(arena, &data, &begg, &error), &error);
    close_to(name, "begg", begg.tau, set, "tau", 1e-12, 0.01);
    close_to(name, "begg", begg.p, set, "tau_p", 1e-10, 0);
    VgPetPeese pet;
    WITNESS_OK(vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &pet, &error), &error);
    compare_line(name, "PET", &pet.pet, &pet.pet_slope, json_object_get(set, "pet"));
    compare_line(name, "PEESE", &pet.peese, &pet.peese_slope, json_object_get(set, "peese"));
    vg_arena_destroy(arena);
}

static void small_study_effects_agree_with_metafor(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/evidence_small_study.json"));
    for (size_t i = 0; i < json_array_size(root); i++)
        compare(json_array_get(root, i));
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(small_study_effects_agree_with_metafor)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
