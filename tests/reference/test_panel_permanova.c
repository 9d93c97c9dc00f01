/* panel/: PERMANOVA and PERMDISP against vegan 2.6-4 (panel_vegan.R). Statistics are closed formulas: 1e-10; R prints
 * nothing of its permutations that could be repeated, p is held against exact enumeration in the unit tests. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/permanova.h>

static json_t *reference;
static VgArena *arena;
static VgDistances *bray;
static VgTable *table;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/panel_vegan.json"));
    VgMatrix dune = witness_matrix(arena, reference, "dune", 20);
    VgError error = {0};
    WITNESS_OK(vg_distances(arena, dune, &(VgDistanceOptions){0}, &bray, &error), &error);
    const json_t *env = witness_at(reference, "env");
    const char *csv = "A1,Management,Use\n";
    for (size_t i = 0; i < 20; i++)
        csv = vg_arena_printf(
            arena, "%s%.17g,%s,%s\n", csv,
            json_number_value(json_array_get(json_object_get(env, "A1"), i)),
            json_string_value(json_array_get(json_object_get(env, "Management"), i)),
            json_string_value(json_array_get(json_object_get(env, "Use"), i)));
    WITNESS_OK(vg_table_read_csv_bytes(arena, "env", csv, strlen(csv), &(VgTableOptions){0}, &table,
                                       &error),
               &error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static VgDesign *design_of(const char *text)
{
    VgFormula *formula;
    VgDesign *design;
    VgError error = {0};
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, formula, &(VgDesignOptions){0}, &design, &error),
               &error);
    return design;
}

static void close_tests(const char *path, const VgPermanovaTest *test, size_t n)
{
    char what[100];
    for (size_t k = 0; k < n; k++) {
        const char *const parts[] = {"df", "ss", "r2", "f"};
        const double values[] = {test[k].df, test[k].sum_of_squares, test[k].r2, test[k].f};
        for (size_t c = 0; c < 4; c++) {
            snprintf(what, sizeof what, "adonis/%s/%s/%zu", path, parts[c], k);
            witness_close(what, values[c], witness_number(reference, what), 1e-10, 0);
        }
    }
}

static VgPermanova *permanova(const char *formula)
{
    VgPermanova *out;
    VgError error = {0};
    WITNESS_OK(vg_permanova(arena, bray, design_of(formula),
                            &(VgShuffleOptions){.permutations = 200}, &out, &error),
               &error);
    return out;
}

static void statistics_agree_with_adonis2(void **state)
{
    (void)state;
    VgPermanova *one = permanova("~ Management");
    close_tests("management", one->sequential, one->n_sequential);
    VgPermanova *two = permanova("~ A1 + Management");
    assert_int_equal(two->n_sequential, 2);
    assert_int_equal(two->n_marginal, 2);
    close_tests("terms", two->sequential, 2);
    close_tests("margin", two->marginal, 2);
    close_tests("overall", &two->overall, 1);
    witness_close("residual", two->residual_sum_of_squares,
                  witness_number(reference, "adonis/terms/ss/2"), 1e-10, 0);
    witness_close("total", two->total_sum_of_squares,
                  witness_number(reference, "adonis/terms/ss/3"), 1e-10, 0);
    VgPermanova *three = permanova("~ A1 * Use + Management");
    assert_int_equal(three->n_sequential, 4);
    close_tests("interaction", three->sequential, 4);
    assert_int_equal(three->n_marginal, 2);
    close_tests("interaction_margin", three->marginal, 2);
}

static void spread_agrees_with_betadisper(void **state)
{
    (void)state;
    static const struct {
        VgDispersionCentre centre;
        const char *distances, *f, *p;
    } cases[] = {{VG_CENTRE_CENTROID, "centroid/distances", "centroid/f", "centroid/p"},
                 {VG_CENTRE_MEDIAN, "median/distances", "median/f", "median/p"}};
    VgDesign *design = design_of("~ Management");
    for (size_t c = 0; c < 2; c++) {
        VgPermdisp *out;
        VgError error = {0};
        WITNESS_OK(vg_permdisp(arena, bray, design->row, design->variable[0].code, 20, 4,
                               cases[c].centre, &(VgShuffleOptions){.permutations = 99}, &out,
                               &error),
                   &error);
        /* Weiszfeld's iteration ends at 1e-15 of the cloud on both sides */
        witness_close_all(reference, cases[c].distances, out->distance, 20, 1e-9, 0);
        witness_close(cases[c].f, out->f, witness_number(reference, cases[c].f), 1e-8, 0);
        witness_close(cases[c].p, out->p_parametric, witness_number(reference, cases[c].p), 1e-8,
                      0);
    }
    /* vegan's own medians, as far as its optimiser goes */
    VgPermdisp *out;
    VgError error = {0};
    WITNESS_OK(vg_permdisp(arena, bray, design->row, design->variable[0].code, 20, 4,
                           VG_CENTRE_MEDIAN, &(VgShuffleOptions){.permutations = 99}, &out, &error),
               &error);
    witness_close_all(reference, "median/vegan_distances", out->distance, 20, 1e-3, 0);
}

/* vegan's p of 19,999 permutations (seeds 4 and 5) and ours of as many: both have their Monte Carlo errors, five of which
 * for the difference of the two are allowed. */
static void close_p(const char *what, double p, double expected)
{
    witness_close(what, p, expected, 5 * sqrt(2 * expected * (1 - expected) / 20000) / expected, 0);
}

static void p_values_agree_with_vegan(void **state)
{
    (void)state;
    VgDesign *both = design_of("~ A1 + Management"), *one = design_of("~ Management");
    VgPermanova *out;
    VgPermdisp *spread;
    VgError error = {0};
    VgShuffleOptions options = {.permutations = 19999, .raw = true};
    WITNESS_OK(vg_permanova(arena, bray, both, &options, &out, &error), &error);
    close_p("p A1", out->sequential[0].p, 0.00075);
    close_p("p Management", out->sequential[1].p, 0.0066);
    close_p("p A1 marginal, direct", out->marginal[0].p, 0.02115);
    WITNESS_OK(vg_permdisp(arena, bray, one->row, one->variable[0].code, 20, 4, VG_CENTRE_CENTROID,
                           &options, &spread, &error),
               &error);
    close_p("p spread", spread->p, 0.0302);
    /* how(blocks = dune.env$Use) */
    VgDesign *use = design_of("~ Use");
    options.stratum = use->variable[0].code;
    options.n_strata = 3;
    WITNESS_OK(vg_permanova(arena, bray, one, &options, &out, &error), &error);
    close_p("p within blocks", out->sequential[0].p, 0.00645);
}

/* anova(dbrda(d ~ TERM + Condition(OTHERS)), model = "reduced"), 19,999 permutations, seeds 11 to 14, 16 and 17; the F of the
 * same tables to their ten digits. */
static void residuals_of_reduced_models_agree_with_vegan(void **state)
{
    (void)state;
    VgDesign *both = design_of("~ A1 + Management"), *three = design_of("~ A1 + Use + Management"),
             *use = design_of("~ Use");
    VgPermanova *out;
    VgError error = {0};
    VgShuffleOptions options = {.permutations = 19999};
    WITNESS_OK(vg_permanova(arena, bray, both, &options, &out, &error), &error);
    assert_non_null(strstr(out->account.words, "residuals of their reduced models"));
    witness_close("F Management", out->sequential[1].f, 2.482755651, 1e-9, 0);
    close_p("p Management", out->sequential[1].p, 0.0023);
    close_p("p Management, marginal", out->marginal[1].p, 0.0023);
    witness_close("F A1 marginal", out->marginal[0].f, 2.767618966, 1e-9, 0);
    close_p("p A1 marginal", out->marginal[0].p, 0.0316);
    WITNESS_OK(vg_permanova(arena, bray, three, &options, &out, &error), &error);
    witness_close("F Use", out->sequential[1].f, 1.744579942, 1e-9, 0);
    close_p("p Use before Management", out->sequential[1].p, 0.07105);
    witness_close("F Use marginal", out->marginal[1].f, 0.7981918002, 1e-9, 0);
    close_p("p Use marginal", out->marginal[1].p, 0.64055);
    /* permutations = how(blocks = dune.env$Use) */
    options.stratum = use->variable[0].code;
    options.n_strata = 3;
    WITNESS_OK(vg_permanova(arena, bray, both, &options, &out, &error), &error);
    close_p("p A1 marginal within blocks", out->marginal[0].p, 0.02715);
    /* whole plots of two samples */
    int32_t plot[20];
    for (int32_t i = 0; i < 20; i++)
        plot[i] = i / 2;
    VgShuffleOptions plots = {
        .permutations = 19999, .shuffle = VG_SHUFFLE_SUBJECTS, .subject = plot, .n_subjects = 10};
    WITNESS_OK(vg_permanova(arena, bray, both, &plots, &out, &error), &error);
    close_p("p Management of whole plots", out->sequential[1].p, 0.00425);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistics_agree_with_adonis2),
        cmocka_unit_test(spread_agrees_with_betadisper),
        cmocka_unit_test(p_values_agree_with_vegan),
        cmocka_unit_test(residuals_of_reduced_models_agree_with_vegan),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
