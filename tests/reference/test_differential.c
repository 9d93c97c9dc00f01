/* panel/: differential response against the formulas of LinDA and MaAsLin 3 written out in R (differential.R). Linear models
 * are closed formulas: 1e-8; mixed ones depend on lmer's optimum: 1e-5. The covariance with the median is drawn
 * 200,000 times there and integrated here: standard errors to 0.5 %. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/differential.h>

enum { N = 60, FEATURES = 30, P = 3 };

static json_t *reference;
static VgArena *arena;
static double x[N * P], one[N];
static int32_t id[N];
static VgLmmTerm term;
static const double ARM[P] = {0, 1, 0};

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/differential.json"));
    double *arm = witness_array(arena, reference, "arm", NULL),
           *age = witness_array(arena, reference, "age", NULL),
           *who = witness_array(arena, reference, "id", NULL);
    for (size_t i = 0; i < N; i++) {
        one[i] = x[i] = 1;
        x[i + N] = arm[i];
        x[i + 2 * N] = age[i];
        id[i] = (int32_t)who[i];
    }
    term = (VgLmmTerm){.z = {one, N, 1, N}, .group = id, .n_groups = 20, .name = "id"};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static VgDifferential run(const char *table, VgDifferentialOptions options, bool random)
{
    VgDifferentialData data = {.table = witness_matrix(arena, reference, table, N),
                               .counts = true,
                               .x = {x, N, P, N},
                               .term = &term,
                               .n_terms = random,
                               .contrast = ARM,
                               .n_contrasts = 1};
    VgDifferential out;
    VgError error = {0};
    WITNESS_OK(vg_differential(arena, &data, &options, &out, &error), &error);
    return out;
}

static void check_linda(const char *name, const char *table, bool random, double tolerance)
{
    VgDifferential out = run(table, (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_LINDA}, random);
    const json_t *r = witness_at(reference, name);
    assert_int_equal(out.depth_related, json_is_true(json_object_get(r, "related")));
    witness_close("bias", out.shift[0], witness_number(r, "bias"), tolerance, 0.1);
    for (size_t f = 0; f < FEATURES; f++) {
        const VgInference *a = &out.answer[f];
        double raw = json_number_value(json_array_get(witness_at(r, "raw"), f)),
               se = json_number_value(json_array_get(witness_at(r, "se"), f)),
               df = json_number_value(json_array_get(witness_at(r, "df"), f)),
               p = json_number_value(json_array_get(witness_at(r, "p"), f));
        witness_close("raw", out.raw[f], raw, tolerance, se);
        witness_close("se", a->se, se, tolerance, 0);
        witness_close("df", a->df, df, random ? 1e-4 : 1e-12, 0);
        witness_close("p", a->p, p, 100 * tolerance, 0);
    }
}

static void agrees_with_linda(void **state)
{
    (void)state;
    check_linda("linda_even", "even", false, 1e-8);
    check_linda("linda_uneven", "uneven", false, 1e-8);
    check_linda("linda_random", "even", true, 1e-5);
}

/* The package itself; mixed models to where its optimiser stops. */
static void agrees_with_the_package_linda(void **state)
{
    (void)state;
    json_t *file = witness_json(witness_source(arena, "tests/reference/differential_linda.json"));
    const json_t *runs = witness_at(file, "runs"), *r;
    size_t k;
    json_array_foreach(runs, k, r)
    {
        bool random = json_is_true(json_object_get(r, "random"));
        VgDifferentialOptions options = {.mode = VG_DIFFERENTIAL_LINDA,
                                         .winsor = witness_number(r, "winsor")};
        VgDifferential out = run(json_string_value(json_object_get(r, "table")), options, random);
        double tolerance = random ? 1e-4 : 1e-8;
        assert_int_equal(out.depth_related, json_is_true(json_object_get(r, "related")));
        witness_close("bias", out.shift[0], witness_number(r, "bias"), tolerance, 0.1);
        for (size_t f = 0; f < FEATURES; f++) {
            const VgInference *a = &out.answer[f];
            double se = json_number_value(json_array_get(witness_at(r, "se"), f));
            witness_close("estimate", a->estimate,
                          json_number_value(json_array_get(witness_at(r, "estimate"), f)),
                          tolerance, se);
            witness_close("se", a->se, se, tolerance, 0);
            witness_close("df", a->df, json_number_value(json_array_get(witness_at(r, "df"), f)),
                          random ? 1e-3 : 1e-12, 0);
            witness_close("p", a->p, json_number_value(json_array_get(witness_at(r, "p"), f)),
                          random ? 1e-3 : 1e-8, 1e-3);
        }
    }
    assert_int_equal(k, 5);
    json_decref(file);
}

static void agrees_with_maaslin3(void **state)
{
    (void)state;
    VgDifferential out =
        run("even", (VgDifferentialOptions){.mode = VG_DIFFERENTIAL_MAASLIN3}, false);
    const json_t *r = witness_at(reference, "maaslin");
    double v = witness_number(r, "v");
    witness_close("median", out.shift[0], witness_number(r, "median"), 1e-8, 0.1);
    witness_close("v", out.shift_se[0], sqrt(v), 1e-8, 0);
    for (size_t f = 0; f < FEATURES; f++) {
        const json_t *covariance = json_array_get(witness_at(r, "covariance"), f);
        double se = json_number_value(json_array_get(witness_at(r, "se_raw"), f));
        witness_close("raw", out.raw[f], json_number_value(json_array_get(witness_at(r, "raw"), f)),
                      1e-8, se);
        if (json_is_number(covariance))
            witness_close("se", out.answer[f].se,
                          sqrt(se * se + v - 2 * json_number_value(covariance)), 5e-3, 0);
        const json_t *prevalence = json_array_get(witness_at(r, "prevalence"), f);
        assert_int_equal(isnan(out.prevalence[f].estimate), !json_is_number(prevalence));
        if (!json_is_number(prevalence))
            continue;
        double log_odds_se = json_number_value(json_array_get(witness_at(r, "prevalence_se"), f));
        witness_close("log odds", out.prevalence[f].estimate, json_number_value(prevalence), 1e-7,
                      log_odds_se);
        witness_close("log odds se", out.prevalence[f].se, log_odds_se, 1e-7, 0);
        double least = fmin(out.answer[f].p, out.prevalence[f].p);
        witness_close("joint p", out.joint_p[f], 1 - (1 - least) * (1 - least), 1e-12, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_linda),
        cmocka_unit_test(agrees_with_the_package_linda),
        cmocka_unit_test(agrees_with_maaslin3),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
