#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/certainty.h>

enum { K = 12 };

/* Twelve studies, −0.50 (−0.70 to −0.30), homogeneous, large: nothing to lower but indirectness. */
static VgCertaintyData good_data(void)
{
    static const double weight[K] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    static const VgRiskOfBias risk[K] = {
        VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW,
        VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_LOW, VG_RISK_SOME_CONCERNS};
    VgCertaintyData data = vg_certainty_blank();
    data.k = K;
    data.weight = weight;
    data.risk = risk;
    data.pooled = (VgInference){-.5, .1, 11, -5, 1e-4, -.7, -.3};
    data.i2 = 10;
    data.tau2 = .001;
    data.prediction_lower = -.75;
    data.prediction_upper = -.25;
    data.important_difference = .2;
    data.standardised = true;
    data.participants = 1800;
    data.egger_p = .6;
    data.trimfill_estimate = -.48;
    data.trimfill_filled = 1;
    return data;
}

static VgCertainty assess(VgArena *arena, const VgCertaintyData *data)
{
    VgCertainty out;
    VgError error = {0};
    WITNESS_OK(vg_certainty_assess(arena, data, &out, &error), &error);
    return out;
}

static void without_a_reviewer_the_level_is_an_upper_bound(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    VgCertainty out = assess(arena, &data);
    assert_int_equal(out.level, VG_CERTAINTY_HIGH);
    assert_true(out.at_most);
    assert_string_equal(out.statement, "at most high: indirectness not assessed");
    assert_string_equal(out.row[VG_GRADE_PUBLICATION_BIAS].judgement, "undetected");
    assert_false(out.row[VG_GRADE_INDIRECTNESS].assessed);
    assert_null(out.row[VG_GRADE_INDIRECTNESS].by);
    const VgGradeEntry entry = {"indirectness", 1, "adults only, the question is children", 7};
    data.entry = &entry;
    data.n_entries = 1;
    out = assess(arena, &data);
    assert_false(out.at_most);
    assert_string_equal(out.statement, "moderate");
    assert_string_equal(out.row[VG_GRADE_INDIRECTNESS].by, "reviewer");
    assert_string_equal(out.row[VG_GRADE_INDIRECTNESS].reason, entry.reason);
    vg_arena_destroy(arena);
}

static void risk_of_bias_goes_by_weight_and_by_what_is_left(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgRiskOfBias risk[K];
    VgCertaintyData data = good_data();
    data.risk = risk;
    for (size_t i = 0; i < K; i++)
        risk[i] = i < 3 ? VG_RISK_HIGH : VG_RISK_LOW; /* 25 %: not above */
    data.without_high = (VgInference){-.45, .12, 8, -4, 1e-3, -.7, -.2};
    VgCertainty out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_RISK_OF_BIAS].downgrade, 0);
    assert_non_null(strstr(out.row[VG_GRADE_RISK_OF_BIAS].reason, "−0.45 (−0.7 to −0.2)"));
    data.without_high.upper = .05; /* the effect rests on them */
    out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_RISK_OF_BIAS].downgrade, 1);
    risk[3] = VG_RISK_HIGH;
    out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_RISK_OF_BIAS].downgrade, 2);
    data.without_high.upper = -.2;
    out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_RISK_OF_BIAS].downgrade, 1);
    for (size_t i = 0; i < K; i++)
        risk[i] = VG_RISK_HIGH;
    data.without_high.estimate = NAN;
    out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_RISK_OF_BIAS].downgrade, 2);
    for (size_t i = 0; i < K; i++)
        risk[i] = i < 7 ? VG_RISK_ABSENT : VG_RISK_HIGH;
    out = assess(arena, &data);
    assert_false(out.row[VG_GRADE_RISK_OF_BIAS].assessed);
    data.risk = NULL;
    out = assess(arena, &data);
    assert_false(out.row[VG_GRADE_RISK_OF_BIAS].assessed);
    vg_arena_destroy(arena);
}

static void reasons_show_ratios_of_what_was_pooled_as_logarithms(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    data.ratio = true;
    data.standardised = false;
    VgCertainty out = assess(arena, &data);
    /* exp of −.75, −.25; −.7, −.3; −.48, −.5 */
    assert_non_null(strstr(out.row[VG_GRADE_INCONSISTENCY].reason, "interval 0.472 to 0.779"));
    assert_non_null(strstr(out.row[VG_GRADE_IMPRECISION].reason, "interval 0.497 to 0.741"));
    assert_non_null(strstr(out.row[VG_GRADE_PUBLICATION_BIAS].reason,
                           "1 study and gives 0.619 instead of 0.607"));
    vg_arena_destroy(arena);
}

static void inconsistency_compares_the_two_intervals(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    data.i2 = 60;
    data.prediction_upper = -.15; /* below the important difference is possible */
    assert_int_equal(assess(arena, &data).row[VG_GRADE_INCONSISTENCY].downgrade, 1);
    data.prediction_upper = .1; /* and no effect */
    VgCertainty out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_INCONSISTENCY].downgrade, 1);
    assert_non_null(strstr(out.row[VG_GRADE_INCONSISTENCY].reason, "no effect and the smallest"));
    data.prediction_upper = .3; /* and important harm */
    assert_int_equal(assess(arena, &data).row[VG_GRADE_INCONSISTENCY].downgrade, 2);
    data.prediction_lower = data.prediction_upper = NAN;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_INCONSISTENCY].downgrade, 0);
    data.i2 = 75;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_INCONSISTENCY].downgrade, 1);
    data.k = 1;
    assert_false(assess(arena, &data).row[VG_GRADE_INCONSISTENCY].assessed);
    vg_arena_destroy(arena);
}

static void imprecision_looks_at_the_interval_and_the_information(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    VgCertainty out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_IMPRECISION].downgrade, 0);
    /* 2 · 2 (1.95996 + 0.84162)² / 0.2² = 784.9: 393 an arm */
    witness_close("size", out.information_size, 786, 0, 0);
    data.participants = 500;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_IMPRECISION].downgrade, 1);
    data.pooled.upper = .05;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_IMPRECISION].downgrade, 1);
    data.participants = 300;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_IMPRECISION].downgrade, 2);
    data.participants = 5000;
    data.pooled.upper = .25; /* important benefit and harm */
    assert_int_equal(assess(arena, &data).row[VG_GRADE_IMPRECISION].downgrade, 2);
    data = good_data();
    data.important_difference = NAN;
    data.standardised = false;
    data.participants = 399;
    out = assess(arena, &data);
    assert_int_equal(out.row[VG_GRADE_IMPRECISION].downgrade, 1);
    assert_non_null(strstr(out.row[VG_GRADE_IMPRECISION].reason, "399 participants of 400"));
    data.binary = true;
    data.events = 300;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_IMPRECISION].downgrade, 0);
    data.events = NAN;
    out = assess(arena, &data);
    assert_non_null(strstr(out.row[VG_GRADE_IMPRECISION].reason, "not known"));
    vg_arena_destroy(arena);
}

static void publication_bias_needs_ten_studies(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    data.egger_p = .03;
    assert_int_equal(assess(arena, &data).row[VG_GRADE_PUBLICATION_BIAS].downgrade, 1);
    data.egger_p = .5;
    data.trimfill_estimate = -.25; /* moved by more than 0.2 towards nothing */
    assert_int_equal(assess(arena, &data).row[VG_GRADE_PUBLICATION_BIAS].downgrade, 1);
    data.trimfill_estimate = -.9; /* away from it: no reason */
    assert_int_equal(assess(arena, &data).row[VG_GRADE_PUBLICATION_BIAS].downgrade, 0);
    data.studies = 9; /* twelve effects of nine studies */
    VgCertainty out = assess(arena, &data);
    assert_false(out.row[VG_GRADE_PUBLICATION_BIAS].assessed);
    assert_string_equal(out.statement, "at most high: indirectness, publication bias not assessed");
    data.studies = K;
    data.egger_p = data.trimfill_estimate = NAN;
    assert_false(assess(arena, &data).row[VG_GRADE_PUBLICATION_BIAS].assessed);
    vg_arena_destroy(arena);
}

/* The same evidence with its sign turned is as certain. */
static void sign_does_not_matter(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData a = good_data();
    a.prediction_upper = .1;
    a.participants = 500;
    a.trimfill_estimate = -.2;
    VgCertaintyData b = a;
    b.pooled.estimate = -a.pooled.estimate;
    b.pooled.lower = -a.pooled.upper;
    b.pooled.upper = -a.pooled.lower;
    b.prediction_lower = -a.prediction_upper;
    b.prediction_upper = -a.prediction_lower;
    b.trimfill_estimate = -a.trimfill_estimate;
    VgCertainty x = assess(arena, &a), y = assess(arena, &b);
    for (size_t d = 0; d < VG_N_GRADE_DOMAINS; d++)
        assert_int_equal(x.row[d].downgrade, y.row[d].downgrade);
    assert_int_equal(x.level, VG_CERTAINTY_VERY_LOW);
    vg_arena_destroy(arena);
}

static void a_reviewers_entry_stands_before_the_rule_and_tells_it(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    data.egger_p = .01;
    const VgGradeEntry entries[] = {
        {"publication_bias", 0, "all trials were registered; none is missing", 12},
        {"indirectness", 0, "as asked", 13}};
    data.entry = entries;
    data.n_entries = 2;
    VgCertainty out = assess(arena, &data);
    const VgCertaintyRow *row = &out.row[VG_GRADE_PUBLICATION_BIAS];
    assert_int_equal(row->downgrade, 0);
    assert_non_null(strstr(row->computed, "by rule it would be serious: Egger's p 0.01"));
    assert_string_equal(out.statement, "high");
    VgResult *result = vg_result_create(arena, "meta");
    VgError error = {0};
    vg_certainty_report(result, "primary", &out);
    WITNESS_OK(vg_result_status(result, &error), &error);
    const VgDataset *grade = vg_result_find_dataset(result, "primary", "grade");
    assert_non_null(grade);
    assert_int_equal(grade->n_rows, 6);
    assert_string_equal(vg_dataset_column(grade, "domain")->text[5], "certainty");
    assert_string_equal(vg_dataset_column(grade, "judgement")->text[5], "high");
    assert_string_equal(vg_dataset_column(grade, "by")->text[4], "reviewer");
    vg_arena_destroy(arena);
}

static VgStatus status_with(VgGradeEntry first, VgGradeEntry second, size_t n, VgError *error)
{
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = good_data();
    const VgGradeEntry entries[2] = {first, second};
    VgCertainty out;
    data.entry = entries;
    data.n_entries = n;
    VgStatus status = vg_certainty_assess(arena, &data, &out, error);
    vg_arena_destroy(arena);
    return status;
}

static void entries_that_judge_without_saying_why_are_refused(void **state)
{
    (void)state;
    VgError error = {0};
    const VgGradeEntry none = {0}, fine = {"imprecision", 1, "few events", 3};
    assert_int_equal(status_with((VgGradeEntry){"imprecision", 1, NULL, 3}, none, 1, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "without a reason"));
    assert_int_equal(status_with((VgGradeEntry){"imprecision", 3, "x", 3}, none, 1, &error),
                     VG_INVALID_INPUT);
    assert_int_equal(status_with((VgGradeEntry){"precision", 1, "x", 3}, none, 1, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.hint, "publication_bias"));
    assert_int_equal(status_with(fine, fine, 2, &error), VG_INVALID_INPUT);
    VgArena *arena = vg_arena_create();
    VgCertaintyData data = vg_certainty_blank();
    VgCertainty out;
    data.k = 3;
    assert_int_equal(vg_certainty_assess(arena, &data, &out, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

/* 2 (z.975 + z.8)² / d² an arm; risks: (z.975 + z.8)² (p1 q1 + p2 q2)/(p1 − p2)². */
static void information_sizes_are_those_of_one_trial(void **state)
{
    (void)state;
    witness_close("d 0.5", vg_information_size_smd(.5), 126, 0, 0);
    witness_close("d -0.2", vg_information_size_smd(-.2), 786, 0, 0);
    witness_close("30 % against 20 %", vg_information_size_risks(.3, .2), 582, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_reviewer_the_level_is_an_upper_bound),
        cmocka_unit_test(risk_of_bias_goes_by_weight_and_by_what_is_left),
        cmocka_unit_test(reasons_show_ratios_of_what_was_pooled_as_logarithms),
        cmocka_unit_test(inconsistency_compares_the_two_intervals),
        cmocka_unit_test(imprecision_looks_at_the_interval_and_the_information),
        cmocka_unit_test(publication_bias_needs_ten_studies),
        cmocka_unit_test(sign_does_not_matter),
        cmocka_unit_test(a_reviewers_entry_stands_before_the_rule_and_tells_it),
        cmocka_unit_test(entries_that_judge_without_saying_why_are_refused),
        cmocka_unit_test(information_sizes_are_those_of_one_trial)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
