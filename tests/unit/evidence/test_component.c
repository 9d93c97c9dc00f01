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
    /* one df of Q: no prediction, as in the network model */
    size_t b = vg_network_treatment(network, "b");
    assert_true(isnan(vg_component_prediction(fit, a, b).lower));
    assert_true(isnan(vg_component_prediction(fit, a, ac).upper));
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

static void says(const VgAdjunct *answer, size_t i, const char *text)
{
    assert_true(i < answer->n_sentences);
    if (strcmp(answer->sentence[i], text) != 0)
        fail_msg("\"%s\" instead of \"%s\"", answer->sentence[i], text);
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
    says(&answer, 0, "In these trials a probiotic does better on top of SSRI than alone.");
    says(&answer, 1, "3 trials gave a probiotic and SSRI together.");
    says(&answer, 2,
         "Effect of a probiotic (Hedges' g): alone −0.04 [−0.19, 0.11], on top of SSRI −0.56 "
         "[−0.71, −0.40].");
    says(&answer, 3,
         "The interaction is −0.52 [−0.73, −0.30]: on top of SSRI the effect changes by that; 0 is "
         "no change, less than 0 is better.");
    says(&answer, 4, "SSRI with a probiotic did better than SSRI without it.");
    says(&answer, 5, "It compares trials with one another, and holds if they are otherwise alike.");
    assert_int_equal(answer.n_sentences, 9);
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
    says(&answer, 0,
         "These trials cannot tell whether diet does more on top of drug than alone, less, or the "
         "same.");
    says(&answer, 1, "1 trial gave diet and drug together.");
    says(&answer, 4, "Whether diet adds anything to drug they cannot tell.");
    says(&answer, answer.n_sentences - 1,
         "The smallest interaction that would be seen four times in five is 1.01 in either "
         "direction.");
    /* a network without the comparison that would tell */
    VgNetworkRow poor[] = {ROW("1", "diet + drug", "p", 0.3, 0.2), ROW("2", "drug", "p", 0.5, 0.2)};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, poor, 2), &options, &fit, &error),
               &error);
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, NULL, &answer, &error), &error);
    says(&answer, 0,
         "These trials do not determine whether diet does more or less on top of drug than alone: "
         "the comparisons that would tell are missing.");
    assert_int_equal(answer.n_sentences, 1);
    assert_true(isnan(answer.power.se) && isnan(answer.power.smallest_80));
    vg_arena_destroy(arena);
}

/* ---- interactions of types ---- */

static const VgNetworkRow CLASSES[] = {
    ROW("1", "CBT", "placebo", 0.40, 0.10),        ROW("2", "PST", "placebo", 0.20, 0.12),
    ROW("3", "SSRI", "placebo", 0.50, 0.08),       ROW("4", "TCA", "placebo", 0.45, 0.09),
    ROW("5", "CBT + SSRI", "SSRI", 0.25, 0.15),    ROW("6", "PST + TCA", "TCA", 0.10, 0.14),
    ROW("7", "CBT + SSRI", "placebo", 0.80, 0.16), ROW("8", "exercise", "placebo", 0.15, 0.2)};
static const VgComponentType TYPES[] = {
    {"CBT", "talking_therapy", NULL}, {"PST", "talking_therapy", NULL},
    {"SSRI", "drug", NULL},           {"TCA", "drug", NULL},
    {"exercise", "exercise", NULL},   {"placebo", "sham", NULL},
    {"St John's wort", "herb", NULL}};
enum { N_CLASSES = sizeof CLASSES / sizeof CLASSES[0], N_TYPES = sizeof TYPES / sizeof TYPES[0] };

static VgStatus fit_classes(VgArena *arena, const VgNamedInteraction *interaction, size_t n,
                            VgComponentFit **fit, VgError *error)
{
    VgComponentOptions options = {.inactive = "placebo",
                                  .interaction = interaction,
                                  .n_interactions = n,
                                  .type = TYPES,
                                  .n_types = N_TYPES,
                                  .tau2 = VG_TAU2_COMMON};
    return vg_component_fit(arena, network_of_rows(arena, CLASSES, N_CLASSES), &options, fit,
                            error);
}

static void types_interact_where_a_treatment_holds_one_of_each(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNamedInteraction types = {"talking_therapy", "drug"}, turned = {"drug", "talking_therapy"};
    VgComponentFit *fit, *other;
    VgError error = {0};
    WITNESS_OK(fit_classes(arena, &types, 1, &fit, &error), &error);
    WITNESS_OK(fit_classes(arena, &turned, 1, &other, &error), &error);
    const VgComponentEffect *own = &fit->component[fit->n_components - 1];
    assert_string_equal(own->name, "talking_therapy*drug");
    assert_true(own->interaction && own->side[0].is_type && own->side[0].n == 2);
    assert_int_equal(own->treatments, 2);
    assert_int_equal(own->studies, 3);
    const VgComponentEffect *same = &other->component[fit->n_components - 1];
    assert_true(fabs(own->random.estimate - same->random.estimate) < 1e-12);
    assert_true(fabs(own->random.se - same->random.se) < 1e-12);
    /* a combination that nobody gave has it too */
    VgInference both, first, second;
    WITNESS_OK(vg_component_combination(fit, "CBT + TCA", NULL, true, &both, &error), &error);
    WITNESS_OK(vg_component_combination(fit, "CBT", NULL, true, &first, &error), &error);
    WITNESS_OK(vg_component_combination(fit, "TCA", NULL, true, &second, &error), &error);
    assert_true(fabs(both.estimate - first.estimate - second.estimate - own->random.estimate) <
                1e-12);
    VgAdjunct answer;
    VgAdjunctWords words = {.type = TYPES, .n_types = N_TYPES, .back_transform = true};
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, &words, &answer, &error), &error);
    assert_true(answer.of_types && answer.n_averaged == 2 && answer.treatments == 2);
    VgInference pst;
    WITNESS_OK(vg_component_combination(fit, "PST", NULL, true, &pst, &error), &error);
    assert_true(fabs(answer.alone.estimate - 0.5 * (first.estimate + pst.estimate)) < 1e-12);
    assert_true(fabs(answer.on_top.estimate - answer.alone.estimate - own->random.estimate) <
                1e-12);
    says(&answer, 0,
         "These trials cannot tell whether talking therapy does more on top of drug than alone, "
         "less, or the same.");
    says(&answer, 1, "2 treatments of 3 trials joined the two: CBT + SSRI and PST + TCA.");
    /* whether they agree: what Q loses when each has its own */
    VgNamedInteraction pairs[2] = {{"CBT", "SSRI"}, {"PST", "TCA"}};
    VgComponentFit *apart;
    WITNESS_OK(fit_classes(arena, pairs, 2, &apart, &error), &error);
    assert_true(answer.agreement.df == 1.0);
    assert_true(fabs(answer.agreement.q - (fit->q.q - apart->q.q)) < 1e-12);
    assert_true(answer.agreement.p > 0.05);
    says(&answer, 5,
         vg_arena_printf(arena,
                         "The 2 treatments share this one interaction; that they differ in it is "
                         "not shown (p = %.2f), which does not say that they agree.",
                         answer.agreement.p));
    vg_arena_destroy(arena);
}

static void a_component_wins_over_a_type(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgNetworkRow row[] = {ROW("1", "diet", "p", 0.3, 0.2), ROW("2", "drug", "p", 0.5, 0.2),
                          ROW("3", "fibre", "p", 0.1, 0.2), ROW("4", "diet + drug", "p", 0.9, 0.2),
                          ROW("5", "fibre + drug", "p", 0.9, 0.2)};
    VgComponentType type[] = {{"diet", "food", NULL}, {"fibre", "diet", NULL}};
    VgNamedInteraction diet = {"diet", "drug"};
    VgComponentOptions options = {
        .inactive = "p", .interaction = &diet, .n_interactions = 1, .type = type, .n_types = 2};
    VgComponentFit *fit;
    VgError error = {0};
    WITNESS_OK(vg_component_fit(arena, network_of_rows(arena, row, 5), &options, &fit, &error),
               &error);
    assert_true(!fit->component[3].side[0].is_type && fit->component[3].treatments == 1);
    vg_arena_destroy(arena);
}

static void wrong_types_are_refused_with_the_nearest(void **state)
{
    (void)state;
    static const struct {
        VgNamedInteraction named;
        const char *says;
    } CASE[] = {
        {{"talking_terapy", "drug"}, "did you mean the type \"talking_therapy\"?"},
        {{"CBTs", "drug"}, "did you mean \"CBT\"?"},
        {{"quinine", "drug"}, "no treatment has the component \"quinine\", nor is it their type"},
        {{"drug", "drug"}, "on both sides"},
        {{"drug", "SSRI"}, "has the component \"SSRI\" on both sides"},
        {{"sham", "drug"}, "no treatment has an active component of the type \"sham\""},
        {{"herb", "drug"}, "no treatment has an active component of the type \"herb\""},
        {{"exercise", "drug"}, "no treatment has both exercise and drug"},
    };
    for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
        VgArena *arena = vg_arena_create();
        VgComponentFit *fit;
        VgError error = {0};
        assert_int_equal(fit_classes(arena, &CASE[i].named, 1, &fit, &error), VG_INVALID_INPUT);
        if (!strstr(error.message, CASE[i].says))
            fail_msg("\"%s\" does not say \"%s\"", error.message, CASE[i].says);
        assert_true(error.hint[0] != '\0');
        vg_arena_destroy(arena);
    }
    VgArena *arena = vg_arena_create();
    VgNamedInteraction twice[2] = {{"talking_therapy", "drug"}, {"drug", "talking_therapy"}};
    VgNamedInteraction nested[2] = {{"talking_therapy", "drug"}, {"CBT", "SSRI"}};
    VgComponentFit *fit;
    VgError error = {0};
    assert_int_equal(fit_classes(arena, twice, 2, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "twice"));
    /* a pair beside its types is what it does beyond them */
    WITNESS_OK(fit_classes(arena, nested, 2, &fit, &error), &error);
    assert_true(fit->component[fit->n_components - 1].estimable);
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
        cmocka_unit_test(what_the_network_cannot_tell_it_does_not_say),
        cmocka_unit_test(types_interact_where_a_treatment_holds_one_of_each),
        cmocka_unit_test(a_component_wins_over_a_type),
        cmocka_unit_test(wrong_types_are_refused_with_the_nearest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
