/* strata/: interactions, background classes and additivity against lm with sandwich, clubSandwich and emmeans (1e-10; p 1e-9);
 * effect curve against its definition, its band against mvtnorm (100,000 draws here: the 95 % quantile of max |t| is within 1 %,
 * p within 0.005); detectable values against pt in R, whose uniroot stops at 1e-10 or so. (strata_moderators.R) */
#include "support/witness.h"

#include <math.h>

#include <vagus/moderators.h>

static const double CLOSE = 1e-10;

typedef struct Fixed {
    VgArena *arena;
    json_t *root;
    size_t n;
    double *y, *cov, *m; /* m: both moderators */
    int32_t *arm, *arm4, *class, *cluster;
} Fixed;

static double number(const Fixed *f, const char *path)
{
    return witness_number(f->root, path);
}

static double *numbers(Fixed *f, const char *name)
{
    const json_t *list = witness_at(f->root, name);
    double *value = VG_NEW(f->arena, double, json_array_size(list));
    for (size_t i = 0; i < json_array_size(list); i++)
        value[i] = json_number_value(json_array_get(list, i));
    return value;
}

static int32_t *whole(Fixed *f, const char *name)
{
    double *value = numbers(f, name);
    int32_t *out = VG_NEW(f->arena, int32_t, f->n);
    for (size_t i = 0; i < f->n; i++)
        out[i] = (int32_t)value[i];
    return out;
}

static int open_fixed(void **state)
{
    static Fixed f;
    f.arena = vg_arena_create();
    f.root = witness_json(witness_source(f.arena, "tests/reference/strata_moderators.json"));
    f.n = json_array_size(witness_at(f.root, "y"));
    f.y = numbers(&f, "y");
    f.cov = numbers(&f, "cov");
    f.m = VG_NEW(f.arena, double, 2 * f.n);
    memcpy(f.m, numbers(&f, "m1"), f.n * sizeof(double));
    memcpy(f.m + f.n, numbers(&f, "m2"), f.n * sizeof(double));
    f.arm = whole(&f, "arm");
    f.arm4 = whole(&f, "arm4");
    f.class = whole(&f, "class");
    f.cluster = VG_NEW(f.arena, int32_t, f.n);
    for (size_t i = 0; i < f.n; i++)
        f.cluster[i] = (int32_t)(i / 8);
    *state = &f;
    return 0;
}

static int close_fixed(void **state)
{
    Fixed *f = *state;
    json_decref(f->root);
    vg_arena_destroy(f->arena);
    return 0;
}

static VgInteractions interactions_of(Fixed *f, VgClusters clusters)
{
    static const char *const NAME[] = {"m1", "m2"};
    VgError error = {0};
    VgInteractions out;
    VgModeratorData data = {.n = f->n,
                            .arms = 3,
                            .outcome = f->y,
                            .arm = f->arm,
                            .covariates = {f->cov, f->n, 1, f->n},
                            .moderators = {f->m, f->n, 2, f->n},
                            .moderator_name = NAME,
                            .clusters = clusters};
    WITNESS_OK(vg_interaction_tests(f->arena, &data, VG_ADJUST_HOLM, 0.95, &out, &error), &error);
    return out;
}

static double of(Fixed *f, const char *format, size_t a, size_t b)
{
    return number(f, vg_arena_printf(f->arena, format, a, b));
}

static void interactions_are_those_of_lm_with_hc3(void **state)
{
    Fixed *f = *state;
    VgInteractions plain = interactions_of(f, (VgClusters){0});
    VgInteractions clustered = interactions_of(f, (VgClusters){.of = f->cluster, .count = 20});
    assert_int_equal(plain.n_interactions, 4);
    for (size_t k = 0; k < 4; k++) {
        const VgInteraction *one = &plain.interaction[k];
        size_t j = k / 2, a = k % 2;
        assert_true(one->moderator == j && one->arm == a + 1);
        witness_close("interaction", one->per_unit.estimate, of(f, "moderators/%zu/b/%zu", j, a),
                      CLOSE, 1);
        witness_close("SE", one->per_unit.se, of(f, "moderators/%zu/se/%zu", j, a), CLOSE, 0);
        witness_close("p", one->per_unit.p, of(f, "moderators/%zu/p/%zu", j, a), 1e-9, 0);
        witness_close("SE by cluster", clustered.interaction[k].per_unit.se,
                      of(f, "moderators/%zu/se_cr3/%zu", j, a), CLOSE, 0);
        witness_close("Holm", one->p_adjusted, of(f, "holm/%zu", k, 0), 1e-9, 0);
        witness_close("SD", one->sd, number(f, vg_arena_printf(f->arena, "moderators/%zu/sd", j)),
                      CLOSE, 0);
        for (size_t s = 0; s < 2; s++) {
            /* R's matrix: (effect, SE) by quartile within arm */
            const json_t *effects =
                json_object_get(json_array_get(witness_at(f->root, "moderators"), j), "effects");
            size_t column = 2 * a + s;
            witness_close("quartile", one->at[s], of(f, "moderators/%zu/quartiles/%zu", j, s),
                          CLOSE, 1);
            witness_close("effect there", one->effect[s].estimate,
                          json_number_value(json_array_get(json_array_get(effects, 0), column)),
                          CLOSE, 1);
            witness_close("its SE", one->effect[s].se,
                          json_number_value(json_array_get(json_array_get(effects, 1), column)),
                          CLOSE, 0);
        }
    }
    for (size_t j = 0; j < 2; j++)
        witness_close("F of a moderator", plain.moderator[j].statistic,
                      number(f, vg_arena_printf(f->arena, "moderators/%zu/F", j)), 1e-9, 0);
    witness_close("F of all", plain.all.statistic, number(f, "all/F"), 1e-9, 0);
    witness_close("its df", plain.all.df_denominator, number(f, "all/df"), 1e-9, 0);
    witness_close("its p", plain.all.p, number(f, "all/p"), 1e-9, 0);
    assert_true(plain.all.df_numerator == 4);
}

static void background_effects_are_those_of_emmeans(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgBackground out;
    VgBackgroundData data = {.n = f->n,
                             .arms = 3,
                             .classes = 3,
                             .outcome = f->y,
                             .arm = f->arm,
                             .background = f->class,
                             .covariates = {f->cov, f->n, 1, f->n}};
    WITNESS_OK(vg_background_effects(f->arena, &data, 0.95, &out, &error), &error);
    for (size_t c = 0; c < 3; c++)
        for (size_t a = 0; a < 2; a++) {
            VgInference effect = out.effect[a * 3 + c], difference = out.difference[a * 3 + c];
            witness_close("effect", effect.estimate, of(f, "background/effect/%zu", c * 2 + a, 0),
                          CLOSE, 1);
            witness_close("SE", effect.se, of(f, "background/se/%zu", c * 2 + a, 0), CLOSE, 0);
            if (c == 0) {
                assert_true(isnan(difference.estimate));
                continue;
            }
            witness_close("difference", difference.estimate,
                          of(f, "background/difference/%zu", (c - 1) * 2 + a, 0), CLOSE, 1);
            witness_close("its SE", difference.se,
                          of(f, "background/difference_se/%zu", (c - 1) * 2 + a, 0), CLOSE, 0);
        }
    witness_close("F", out.all.statistic, number(f, "background/F"), 1e-9, 0);
    assert_true(out.all.df_numerator == 4);
}

static void additivity_is_a_contrast_of_lm(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgAdditivity out;
    VgFactorialData data = {.n = f->n,
                            .outcome = f->y,
                            .arm = f->arm4,
                            .none = 0,
                            .a = 1,
                            .b = 2,
                            .both = 3,
                            .margin = 0.32,
                            .covariates = {f->cov, f->n, 1, f->n}};
    WITNESS_OK(vg_additivity(f->arena, &data, 0.95, &out, &error), &error);
    witness_close("departure", out.departure.estimate, number(f, "additivity/departure"), 1e-9, 0);
    witness_close("SE", out.departure.se, number(f, "additivity/se"), CLOSE, 0);
    witness_close("lower", out.departure.lower, number(f, "additivity/lower"), CLOSE, 0);
    witness_close("upper", out.departure.upper, number(f, "additivity/upper"), CLOSE, 0);
    witness_close("lower 90", out.equivalence_lower, number(f, "additivity/lower90"), CLOSE, 0);
    witness_close("upper 90", out.equivalence_upper, number(f, "additivity/upper90"), CLOSE, 0);
    witness_close("together", out.together.estimate, number(f, "additivity/together/0"), CLOSE, 0);
    witness_close("its SE", out.together.se, number(f, "additivity/together/1"), CLOSE, 0);
    witness_close("A beside B", out.a_beside_b.estimate, number(f, "additivity/a_beside_b/0"),
                  CLOSE, 0);
    witness_close("its SE", out.a_beside_b.se, number(f, "additivity/a_beside_b/1"), CLOSE, 0);
    assert_int_equal(out.verdict, VG_ADDITIVE);
    data.margin = 0.3; /* the upper 90 % limit is inside, the lower is not */
    WITNESS_OK(vg_additivity(f->arena, &data, 0.95, &out, &error), &error);
    assert_int_equal(out.verdict, VG_ADDITIVITY_OPEN);
}

static void the_curve_and_its_band(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgEffectCurve curve;
    VgCurveOptions options = {.windows = 5, .people = 40, .draws = 100000};
    WITNESS_OK(
        vg_effect_curve(f->arena, f->n, f->y, f->m, (VgClusters){0}, &options, &curve, &error),
        &error);
    assert_int_equal(curve.windows, 5);
    for (size_t w = 0; w < 5; w++) {
        assert_int_equal(curve.n[w], 40);
        witness_close("effect", curve.effect[w], of(f, "curve/effect/%zu", w, 0), CLOSE, 0);
        witness_close("SE", curve.se[w], of(f, "curve/se/%zu", w, 0), CLOSE, 0);
    }
    witness_close("band", (curve.band_upper[0] - curve.effect[0]) / curve.se[0],
                  number(f, "curve/band"), 0.01, 0);
    witness_close("critical value", curve.critical, number(f, "curve/critical"), 0.01, 0);
    witness_close("statistic", curve.statistic, number(f, "curve/statistic"), CLOSE, 0);
    witness_close("p", curve.p, number(f, "curve/p"), 0.005, 1);
}

static void detectable_values_are_those_of_the_noncentral_t(void **state)
{
    Fixed *f = *state;
    for (size_t k = 0; k < 2; k++) {
        const json_t *one = json_array_get(witness_at(f->root, "detectable"), k);
        double df = witness_number(one, "df"), alpha = witness_number(one, "alpha");
        witness_close("detectable", vg_detectable(2, df, alpha, witness_number(one, "power")),
                      2 * witness_number(one, "value"), 1e-8, 0);
    }
    double z = 1.9599639845400545 + 0.8416212335729143; /* but for the other tail, 1e-6 */
    witness_close("normal", vg_detectable(1, INFINITY, 0.05, 0.8), z, 1e-5, 0);
    assert_true(vg_people_to_detect(100, 1, z / 2, 0.05, 0.8) == 400);
    witness_close("interaction", vg_interaction_se(200, 3, 0.5), 3 / sqrt(50), 1e-14, 0);
    assert_true(isnan(vg_detectable(0, 10, 0.05, 0.8)) && isnan(vg_detectable(1, 10, 0.05, 0.01)) &&
                isnan(vg_people_to_detect(100, 1, 0, 0.05, 0.8)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interactions_are_those_of_lm_with_hc3),
        cmocka_unit_test(background_effects_are_those_of_emmeans),
        cmocka_unit_test(additivity_is_a_contrast_of_lm),
        cmocka_unit_test(the_curve_and_its_band),
        cmocka_unit_test(detectable_values_are_those_of_the_noncentral_t),
    };
    return cmocka_run_group_tests(tests, open_fixed, close_fixed);
}
