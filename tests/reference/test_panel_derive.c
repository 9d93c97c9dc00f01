/* What examples/panel-demo derives from its layers, through the study file, against plain R (panel_derive.R): every
 * participant and visit. */
#include "support/witness.h"

#include <math.h>

#include <vagus/panel_derive.h>

#include "numeric/linear_algebra.h"

static VgArena *arena;
static VgStudy *study;

static int read_the_demo(void **state)
{
    (void)state;
    arena = vg_arena_create();
    VgProblems problems;
    VgError error = {0};
    WITNESS_OK(vg_study_read(arena, witness_source(arena, "examples/panel-demo"), &study, &problems,
                             &error),
               &error);
    WITNESS_OK(vg_panel_derive(arena, study, &problems, &error), &error);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* The bounds of a feature where participant_visit is; false when the layer has no such sample. */
static bool find(const char *name, const char *feature, const char *where, double *lower,
                 double *upper)
{
    for (size_t k = 0; k < study->n_layers; k++) {
        const VgLayer *layer = &study->layer[k];
        for (size_t j = 0; j < layer->n_features && strcmp(layer->name, name) == 0; j++)
            for (size_t i = 0; i < layer->n_samples && strcmp(layer->feature[j], feature) == 0;
                 i++) {
                const char *here =
                    vg_arena_printf(arena, "%s_%s", study->participant[layer->participant[i]],
                                    study->visit[layer->visit[i]].name);
                if (strcmp(here, where) != 0)
                    continue;
                bool abundance = vg_layer_is_abundance(layer->kind);
                *lower = VG_AT(abundance ? layer->value : layer->lower, i, j);
                *upper = VG_AT(abundance ? layer->value : layer->upper, i, j);
                return true;
            }
    }
    return false;
}

static const char *text(const json_t *all, const char *column, size_t k)
{
    return json_string_value(json_array_get(json_object_get(all, column), k));
}

static double number(const json_t *all, const char *column, size_t k)
{
    const json_t *value = json_array_get(json_object_get(all, column), k);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static bool truth(const json_t *all, const char *column, size_t k)
{
    return json_is_true(json_array_get(json_object_get(all, column), k));
}

static void agrees(const char *what, double value, double expected, bool unlimited, double limit,
                   double tolerance)
{
    if (unlimited || isnan(expected)) {
        if (unlimited ? value != limit : !isnan(value))
            fail_msg("%s is %.17g", what, value);
    } else {
        witness_close(what, value, expected, tolerance, 1e-3);
    }
}

static void every_value_agrees_with_R(void **state)
{
    (void)state;
    json_t *all = witness_json(witness_source(arena, "tests/reference/panel_derive.json"));
    size_t n = json_array_size(json_object_get(all, "where")), censored = 0, missing = 0;
    assert_true(n > 2000);
    for (size_t k = 0; k < n; k++) {
        const char *layer = text(all, "layer", k), *feature = text(all, "feature", k);
        /* the index leans on survreg's optimum, which stops a little before the top */
        double tolerance = strcmp(layer, "immune_derived") == 0 ? 1e-8 : 1e-10;
        double lower = NAN, upper = NAN, low = number(all, "lower", k),
               high = number(all, "upper", k);
        if (!find(layer, feature, text(all, "where", k), &lower, &upper))
            fail_msg("no %s of %s", feature, text(all, "where", k));
        const char *what = vg_arena_printf(arena, "%s %s", feature, text(all, "where", k));
        agrees(what, lower, low, truth(all, "below", k), -INFINITY, tolerance);
        agrees(what, upper, high, truth(all, "above", k), INFINITY, tolerance);
        censored += lower < upper;
        missing += isnan(upper) != 0;
    }
    assert_true(censored > 10 && missing > 5);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_value_agrees_with_R)};
    return cmocka_run_group_tests(tests, read_the_demo, leave);
}
