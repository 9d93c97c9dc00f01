/* Components: what is determined, what is refused, the adjunct answer and its power. */
#include "support/network_data.h"

#include <math.h>
#include <stdio.h>

#include "numeric/distributions.h"

#define ROW(study, a, b, effect, se)                                                               \
    {                                                                                              \
        study, {a, b}, effect, se, {NAN, NAN}, 0                                                   \
    }

static const VgNetworkRow FACTORIAL[] = {ROW("1", "probiotic", "placebo", -0.10, 0.10),
                                         ROW("2", "SSRI", "placebo", -0.40, 0.08),
                                         ROW("3", "probiotic + SSRI", "SSRI", -0.50, 0.12),
                                         ROW("4", "probiotic + SSRI", "placebo", -0.95, 0.15),
                                         ROW("5", "probiotic", "placebo", 0.05, 0.12),
                                         ROW("6", "SSRI", "placebo", -0.35, 0.10),
                                         ROW("7", "probiotic + SSRI", "SSRI", -0.62, 0.14)};
enum { N_FACTORIAL = sizeof FACTORIAL / sizeof FACTORIAL[0] };

static const VgNamedInteraction ADJUNCT = {"probiotic", "SSRI"};

static VgComponentFit *fit_factorial(VgArena *arena, size_t n_interactions)
{
    VgComponentFit *fit;
    VgError error = {0};
    VgComponentOptions options = {.inactive = "placebo",
                                  .interaction = &ADJUNCT,
                                  .n_interactions = n_interactions,
                                  .tau2 = VG_TAU2_DL};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, FACTORIAL, N_FACTORIAL), &options,
                                &fit, &error),
               &error);
    return fit;
}

/* Two components and their interaction have as many parameters as the network has treatments less one. */
static void the_interaction_saturates_a_factorial_network(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgComponentFit *additive = fit_factorial(arena, 0), *full = fit_factorial(arena, 1);
    VgNetworkFit *network;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL};
    WITNESS_OK(vg_network_fit(arena, full->network, &options, &network, &error), &error);
    assert_true(full->q_difference.df == 0.0 && fabs(full->q_difference.q) < 1e-9);
    assert_true(isnan(full->q_difference.p));
    assert_true(additive->q_difference.df == 1.0 && additive->q_difference.q > 10.0);
    assert_true(fabs(full->tau2.tau2 - network->tau2.tau2) < 1e-12);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            assert_true(fabs(VG_AT(full->random.estimate, i, j) -
                             VG_AT(network->random.estimate, i, j)) < 1e-12);
            assert_true(fabs(VG_AT(full->random.se, i, j) - VG_AT(network->random.se, i, j)) <
                        1e-12);
        }
    assert_int_equal(full->n_components, 3);
    assert_string_equal(full->component[2].name, "probiotic*SSRI");
    assert_int_equal(full->component[2].studies, 3);
    assert_int_equal(full->component[2].treatments, 1);
    VgInference interaction = full->component[2].common, both, sum;
    WITNESS_OK(vg_component_combination(full, "SSRI+probiotic", "placebo", false, &both, &error),
               &error);
    WITNESS_OK(vg_component_combination(full, "probiotic", NULL, false, &sum, &error), &error);
    assert_true(fabs(both.estimate - sum.estimate - full->component[0].common.estimate -
                     interaction.estimate) < 1e-12);
    vg_arena_destroy(arena);
}

static void what_the_data_do_not_determine_is_absent_and_named(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("1", "a + b", "p", 0.5, 0.1), ROW("2", "c", "p", 0.2, 0.1),
                          ROW("3", "a + b + c", "c", 0.6, 0.1)};
    VgComponentFit *fit;
    VgInference out;
    VgError error = {0};
    VgComponentOptions options = {.inactive = "p"};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, row, 3), &options, &fit, &error),
               &error);
    assert_int_equal(fit->n_components, 3);
    assert_int_equal(fit->rank, 2);
    assert_true(!fit->component[0].estimable && isnan(fit->component[0].random.estimate));
    assert_true(!fit->component[1].estimable && fit->component[2].estimable);
    assert_int_equal(fit->n_warnings, 2);
    assert_non_null(strstr(fit->warning[0], "a and b"));
    assert_non_null(strstr(fit->warning[1], "always stand together"));
    WITNESS_OK(vg_component_combination(fit, "a + b", "c", true, &out, &error), &error);
    assert_true(isfinite(out.estimate));
    assert_int_equal(vg_component_combination(fit, "a", "c", true, &out, &error), VG_NOT_ESTIMABLE);
    assert_true(isnan(out.estimate));
    vg_arena_destroy(arena);
}

static void components_join_what_no_trial_joins(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("1", "a", "p", 0.5, 0.1), ROW("2", "b", "p", 0.3, 0.1),
                          ROW("3", "a + c", "b + c", 0.1, 0.1)};
    VgNetwork *network = network_of_rows(arena, row, 3);
    VgComponentFit *fit;
    VgInference out;
    VgError error = {0};
    VgComponentOptions options = {.inactive = "p", .tau2 = VG_TAU2_COMMON};
    assert_int_equal(network->n_parts, 2);
    WITNESS_OK(vg_component_fit(arena, network, &options, &fit, &error), &error);
    assert_true(fit->q_standard.df == 0.0 && fit->q.df == 1.0 && fit->q_difference.df == 1.0);
    /* a − b = 0.2 (variance .02) through p, 0.1 (.01) with c: the weighted mean is 0.4/3 */
    WITNESS_OK(vg_component_combination(fit, "a", "b", false, &out, &error), &error);
    assert_true(fabs(out.estimate - 0.4 / 3.0) < 1e-12);
    assert_true(fabs(out.se - sqrt(1.0 / 150.0)) < 1e-12);
    /* c stands on both sides: no trial shows its effect */
    assert_int_equal(vg_component_combination(fit, "c", NULL, false, &out, &error),
                     VG_NOT_ESTIMABLE);
    size_t a = vg_network_treatment(network, "a"), ac = vg_network_treatment(network, "a + c");
    assert_true(isnan(VG_AT(fit->random.estimate, a, ac)));
    double score[5];
    vg_network_p_scores(&fit->random, true, score);
    assert_true(isfinite(score[0]));
    vg_arena_destroy(arena);
}

static void refuse(const VgComponentOptions *options, const char *message)
{
    VgArena *arena = vg_arena_create();
    VgComponentFit *fit;
    VgError error = {0};
    assert_int_equal(vg_component_fit(arena, network_of_rows(arena, FACTORIAL, N_FACTORIAL),
                                      options, &fit, &error),
                     VG_INVALID_INPUT);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    assert_true(error.hint[0] != '\0');
    vg_arena_destroy(arena);
}

static void wrong_names_are_refused_with_the_nearest(void **state)
{
    (void)state;
    VgNamedInteraction unknown = {"probiotics", "SSRI"}, same = {"SSRI", "SSRI"};
    VgNamedInteraction twice[2] = {{"probiotic", "SSRI"}, {"SSRI", "probiotic"}};
    refuse(&(VgComponentOptions){.interaction = &unknown, .n_interactions = 1},
           "did you mean \"probiotic\"?");
    refuse(&(VgComponentOptions){.interaction = &same, .n_interactions = 1}, "one component");
    refuse(&(VgComponentOptions){.interaction = twice, .n_interactions = 2}, "twice");
    VgNamedInteraction never = {"placebo", "SSRI"};
    refuse(&(VgComponentOptions){.interaction = &never, .n_interactions = 1},
           "no treatment has both");
    refuse(&(VgComponentOptions){.inactive = "plasebo"}, "did you mean \"placebo\"?");
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("1", "a + ", "p", 0.5, 0.1)};
    VgComponentFit *fit;
    VgError error = {0};
    assert_int_equal(vg_component_fit(arena, network_of_rows(arena, row, 1), NULL, &fit, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "empty component"));
    VgInference out;
    assert_int_equal(
        vg_component_combination(fit_factorial(arena, 1), "SSRI + zinc", NULL, true, &out, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "zinc"));
    vg_arena_destroy(arena);
}

static void says(const char *sentence, const char *part)
{
    if (!strstr(sentence, part))
        fail_msg("\"%s\" does not say \"%s\"", sentence, part);
}

static void the_adjunct_answer_is_a_sentence_with_power(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgComponentFit *fit = fit_factorial(arena, 1);
    VgComponentType type[] = {{"probiotic", "psychobiotic", "a probiotic"}};
    VgAdjunctWords words = {.type = type,
                            .n_types = 1,
                            .unit = "Hedges' g",
                            .direction_known = true,
                            .small_is_good = true,
                            .important_difference = 0.24};
    VgAdjunct answer;
    VgError error = {0};
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, &words, &answer, &error), &error);
    assert_string_equal(answer.added, "probiotic");
    assert_string_equal(answer.base, "SSRI");
    assert_int_equal(answer.studies, 3);
    assert_true(fabs(answer.on_top.estimate - answer.alone.estimate - answer.interaction.estimate) <
                1e-12);
    assert_true(answer.interaction.upper < 0.0);
    says(answer.sentence,
         "Adding a probiotic to SSRI (3 trials gave both): effect of a probiotic alone ");
    says(answer.sentence,
         "a probiotic does better on top of SSRI than alone, if the trials are otherwise alike");
    says(answer.sentence, "] (Hedges' g), on top of SSRI -");
    double z = vg_normal_quantile(0.975), ratio = 0.24 / answer.power.se;
    double power = 0.5 * vg_normal_two_sided(fabs(ratio - z));
    power = (ratio > z ? 1.0 - power : power) + 0.5 * vg_normal_two_sided(ratio + z);
    assert_true(fabs(answer.power.power_important - power) < 1e-12);
    assert_true(fabs(answer.power.smallest_80 / answer.power.se - 2.801582) < 1e-5);
    /* the other way round: the same interaction */
    VgAdjunct other;
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, "SSRI", &words, &other, &error), &error);
    assert_string_equal(other.base, "probiotic");
    assert_true(other.interaction.estimate == answer.interaction.estimate);
    assert_int_equal(vg_component_adjunct(arena, fit, 0, "zinc", &words, &other, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(vg_component_adjunct(arena, fit, 1, NULL, &words, &other, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

static void what_the_network_cannot_tell_it_does_not_say(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("1", "diet", "p", 0.3, 0.2), ROW("2", "drug", "p", 0.5, 0.2),
                          ROW("3", "diet + drug", "drug", 0.2, 0.3)};
    VgNamedInteraction interaction = {"diet", "drug"};
    VgComponentFit *fit;
    VgAdjunct answer;
    VgError error = {0};
    VgComponentOptions options = {
        .inactive = "p", .interaction = &interaction, .n_interactions = 1};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, row, 3), &options, &fit, &error),
               &error);
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, NULL, &answer, &error), &error);
    says(answer.sentence, "The network cannot tell whether diet does more on top of drug than "
                          "alone, less, or the same; "
                          "nor whether diet adds anything to drug.");
    says(answer.sentence, "four times in five is 1.01");
    /* a network without the comparison that would tell */
    VgNetworkRow poor[] = {ROW("1", "diet + drug", "p", 0.3, 0.2), ROW("2", "drug", "p", 0.5, 0.2)};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, poor, 2), &options, &fit, &error),
               &error);
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, NULL, &answer, &error), &error);
    says(answer.sentence,
         "do not determine whether adding diet to drug does more or less than diet alone");
    assert_true(isnan(answer.power.se) && isnan(answer.power.smallest_80));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interaction_saturates_a_factorial_network),
        cmocka_unit_test(what_the_data_do_not_determine_is_absent_and_named),
        cmocka_unit_test(components_join_what_no_trial_joins),
        cmocka_unit_test(wrong_names_are_refused_with_the_nearest),
        cmocka_unit_test(the_adjunct_answer_is_a_sentence_with_power),
        cmocka_unit_test(what_the_network_cannot_tell_it_does_not_say)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
