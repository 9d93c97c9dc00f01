/* multiplicity: adjusted p-values agree with R's p.adjust and, for graphs, with the closed testing
 * procedure. */
#include "support/witness.h"

#include <math.h>

#include <vagus/multiplicity.h>

static VgArena *arena;
static VgError error;

static void check(VgMultiplicityMethod method, size_t n, const double *p, const double *expected)
{
    double adjusted[16];
    WITNESS_OK(vg_multiplicity_adjust(arena, method, n, p, adjusted, &error), &error);
    for (size_t i = 0; i < n; i++)
        witness_close(vg_multiplicity_name(method), adjusted[i], expected[i], 1e-14, 0);
}

/* R 4.2.2: p.adjust(p, m). */
static void step_wise_procedures_agree_with_p_adjust(void **state)
{
    (void)state;
    const double p[] = {.01, .02, .022, .09, .5};
    check(VG_ADJUST_HOLM, 5, p, (double[]){.05, .08, .08, .18, .5});
    check(VG_ADJUST_HOCHBERG, 5, p, (double[]){.05, .066, .066, .18, .5});
    check(VG_ADJUST_HOMMEL, 5, p, (double[]){.04, .06, .066, .18, .5});
    check(VG_ADJUST_BONFERRONI, 5, p, (double[]){.05, .1, .11, .45, 1});
    check(VG_ADJUST_NONE, 5, p, p);
    const double q[] = {0.64, 0.011, 0.049, 0.03, 0.011, 0.0004, 0.97};
    check(VG_ADJUST_HOLM, 7, q, (double[]){1, .066, .147, .12, .066, .0028, 1});
    check(VG_ADJUST_HOCHBERG, 7, q, (double[]){.97, .055, .147, .12, .055, .0028, .97});
    check(VG_ADJUST_HOMMEL, 7, q, (double[]){.97, .055, .147, .098, .055, .0028, .97});
}

static void one_hypothesis_is_left_as_it_is(void **state)
{
    (void)state;
    for (int m = 0; m < VG_ADJUST_COUNT; m++)
        check((VgMultiplicityMethod)m, 1, (double[]){0.03}, (double[]){0.03});
}

static void adjusting_in_place_gives_the_same(void **state)
{
    (void)state;
    double p[] = {.022, .5, .01, .09, .02};
    WITNESS_OK(vg_multiplicity_adjust(arena, VG_ADJUST_HOMMEL, 5, p, p, &error), &error);
    const double expected[] = {.066, .5, .04, .18, .06};
    for (int i = 0; i < 5; i++)
        witness_close("hommel", p[i], expected[i], 1e-14, 0);
}

static void p_values_that_are_none_are_refused(void **state)
{
    (void)state;
    double out[2];
    assert_int_equal(
        vg_multiplicity_adjust(arena, VG_ADJUST_HOLM, 2, (double[]){.1, NAN}, out, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "p-value 2"));
    assert_int_equal(
        vg_multiplicity_adjust(arena, VG_ADJUST_HOLM, 2, (double[]){1.1, .1}, out, &error),
        VG_INVALID_INPUT);
    assert_int_equal(vg_multiplicity_adjust(arena, VG_ADJUST_HOLM, 0, out, out, &error),
                     VG_INVALID_INPUT);
}

static void check_graph(size_t n, const double *weight, const double *transition, const double *p,
                        const double *expected, double tolerance)
{
    VgMultiplicityGraph graph = {n, weight, transition, NULL};
    double adjusted[8];
    WITNESS_OK(vg_multiplicity_graph_adjust(arena, &graph, p, adjusted, &error), &error);
    for (size_t i = 0; i < n; i++)
        witness_close("graph", adjusted[i], expected[i], tolerance, 0);
}

/* R 4.2.2, own code: adjusted p_j = max over all subsets holding j of min_i p_i/w_i(subset), with
 * the weights of every one of the 2^n − 1 subsets (closed testing), which is another way round than
 * the algorithm's. */
static void graphs_agree_with_closed_testing(void **state)
{
    (void)state;
    const double w[] = {.5, .5, 0, 0};
    const double g[] = {0, .5, .5, 0, .5, 0, 0, .5, 0, 1, 0, 0, 1, 0, 0, 0};
    check_graph(4, w, g, (double[]){.01, .02, .005, .5}, (double[]){.02, .02, .02, .5}, 1e-14);
    check_graph(4, w, g, (double[]){.03, .001, .02, .008}, (double[]){.032, .002, .032, .032},
                1e-14);
    const double w5[] = {.4, .3, .2, .1, 0};
    const double g5[] = {0,    .336, .077, .186, .35,  .239, 0,    .113, .461, .136, .189, .218, 0,
                         .328, .215, .421, .292, .178, 0,    .058, .106, .032, .404, .408, 0};
    check_graph(5, w5, g5, (double[]){.011, .004, .03, .2, .0102},
                (double[]){0.023319906720373117, 0.013333333333333334, 0.074726020515857625,
                           0.22651917734834731, 0.04184662051786698},
                1e-13);
}

static void holm_is_the_complete_graph(void **state)
{
    (void)state;
    const double third = 1.0 / 3, p[] = {.02, .011, .6};
    const double g[] = {0, .5, .5, .5, 0, .5, .5, .5, 0};
    double holm[3];
    WITNESS_OK(vg_multiplicity_adjust(arena, VG_ADJUST_HOLM, 3, p, holm, &error), &error);
    check_graph(3, (double[]){third, third, third}, g, p, holm, 1e-14);
}

static void a_fixed_sequence_stops_at_the_first_failure(void **state)
{
    (void)state;
    const double w[] = {1, 0, 0}, g[] = {0, 1, 0, 0, 0, 1, 0, 0, 0};
    check_graph(3, w, g, (double[]){.01, .2, .001}, (double[]){.01, .2, .2}, 1e-15);
}

static void a_hypothesis_that_never_gets_alpha_is_never_rejected(void **state)
{
    (void)state;
    const double w[] = {1, 0}, g[] = {0, 0, 0, 0};
    check_graph(2, w, g, (double[]){.01, 0}, (double[]){.01, 1}, 1e-15);
}

static void graphs_that_spend_too_much_are_refused_by_name(void **state)
{
    (void)state;
    const char *const label[] = {"response", "remission"};
    const double none[] = {0, 0, 0, 0};
    VgMultiplicityGraph graph = {2, (double[]){.6, .6}, none, label};
    assert_int_equal(vg_multiplicity_graph_check(&graph, &error), VG_INVALID_INPUT);
    graph.weight = (double[]){.5, -.1};
    assert_int_equal(vg_multiplicity_graph_check(&graph, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "remission"));
    graph.weight = (double[]){.5, .5};
    graph.transition = (double[]){0, 1.2, 0, 0};
    assert_int_equal(vg_multiplicity_graph_check(&graph, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "response"));
    graph.transition = (double[]){.1, 0, 0, 0};
    assert_int_equal(vg_multiplicity_graph_check(&graph, &error), VG_INVALID_INPUT);
    const double over[] = {0, .6, .6, 0, 0, 0, 0, 0, 0};
    VgMultiplicityGraph three = {3, (double[]){1, 0, 0}, over, NULL};
    assert_int_equal(vg_multiplicity_graph_check(&three, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "hypothesis 1"));
}

static void names_go_both_ways(void **state)
{
    (void)state;
    VgMultiplicityMethod method;
    assert_true(vg_multiplicity_from_name("hommel", &method));
    assert_int_equal(method, VG_ADJUST_HOMMEL);
    assert_false(vg_multiplicity_from_name("sidak", &method));
    assert_true(vg_multiplicity_needs_positive_dependence(VG_ADJUST_HOCHBERG));
    assert_false(vg_multiplicity_needs_positive_dependence(VG_ADJUST_HOLM));
}

int main(void)
{
    arena = vg_arena_create();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_wise_procedures_agree_with_p_adjust),
        cmocka_unit_test(one_hypothesis_is_left_as_it_is),
        cmocka_unit_test(adjusting_in_place_gives_the_same),
        cmocka_unit_test(p_values_that_are_none_are_refused),
        cmocka_unit_test(graphs_agree_with_closed_testing),
        cmocka_unit_test(holm_is_the_complete_graph),
        cmocka_unit_test(a_fixed_sequence_stops_at_the_first_failure),
        cmocka_unit_test(a_hypothesis_that_never_gets_alpha_is_never_rejected),
        cmocka_unit_test(graphs_that_spend_too_much_are_refused_by_name),
        cmocka_unit_test(names_go_both_ways),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
