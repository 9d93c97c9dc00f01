/* Intervals of a trial: whose people calibrate for whom, differences, weights, and what the result says. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/conformal.h>

#include "numeric/random.h"

enum { N = 150, P = 2, ARMS = 3, NEW = 4 };

static const char *const ARM[ARMS] = {"placebo", "diet", "diet and pill"};
static VgArena *arena;
static VgError error;
static double x[N * P], y[N], e[N * ARMS], fresh[NEW * P], fresh_e[NEW * ARMS];
static int32_t arm[N], site[N];

static int make(void **state)
{
    (void)state;
    arena = vg_arena_create();
    VgRandom random = vg_random_start(19, VG_STREAM_TEST, 2, 0);
    for (size_t k = 0; k < N * P; k++)
        x[k] = vg_random_normal(&random);
    for (size_t k = 0; k < NEW * P; k++)
        fresh[k] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        arm[i] = (int32_t)(i % ARMS);
        site[i] = (int32_t)((i / ARMS) % 10);
        y[i] = 20 + 2 * x[i] - arm[i] + 2 * vg_random_normal(&random);
        e[i] = i % 2 ? 0.5 : 0.2;
        e[N + i] = 0.3;
        e[2 * N + i] = 0.7 - e[i];
    }
    y[5] = y[9] = NAN;
    for (size_t k = 0; k < NEW; k++) {
        fresh_e[k] = k % 2 ? 0.5 : 0.2;
        fresh_e[NEW + k] = 0.3;
        fresh_e[2 * NEW + k] = 0.7 - fresh_e[k];
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static VgConformalTrial trial_of(bool weighted)
{
    return (VgConformalTrial){.n = N,
                              .arms = ARMS,
                              .outcome = y,
                              .arm = arm,
                              .propensity = {weighted ? e : NULL, N, ARMS, N},
                              .x = {x, N, P, N},
                              .arm_name = ARM};
}

static const double LEVEL[2] = {0.8, 0.9}; /* of an outcome, and of each of two */
static const VgConformalOptions OPTIONS = {.folds = 5, .level = LEVEL, .n_levels = 1, .seed = 8};

static VgConformalOutcomes ask(const VgConformalTrial *trial)
{
    const VgConformalNewPeople new_people = {{fresh, NEW, P, NEW}, {fresh_e, NEW, ARMS, NEW}};
    VgConformalOutcomes out;
    WITNESS_OK(vg_conformal_trial(arena, trial, &new_people, &OPTIONS, 5, &out, &error), &error);
    return out;
}

/* The intervals of people `who` (participants of arm b, or the new ones: b = ARMS) under arm a, by vg_conformal itself. */
static VgConformalIntervals by_hand(size_t a, size_t b, bool weighted)
{
    double *of_arm = VG_NEW(arena, double, N *P), *outcome = VG_NEW(arena, double, N);
    double *told = VG_NEW(arena, double, N *P), *weight = VG_NEW(arena, double, N);
    double *told_weight = VG_NEW(arena, double, N);
    size_t n = 0, m = 0;
    for (size_t i = 0; i < N; i++)
        if (arm[i] == (int32_t)a && !isnan(y[i])) {
            of_arm[n] = x[i];
            of_arm[N + n] = x[N + i];
            weight[n] = (b < ARMS ? e[b * N + i] : 1) / e[a * N + i];
            outcome[n++] = y[i];
        } else if (arm[i] == (int32_t)b) {
            told[m] = x[i];
            told[N + m] = x[N + i];
            told_weight[m++] = e[b * N + i] / e[a * N + i];
        }
    for (size_t k = 0; b == ARMS && k < NEW; k++, m++) {
        told[k] = fresh[k];
        told[N + k] = fresh[NEW + k];
        told_weight[k] = 1 / fresh_e[a * NEW + k];
    }
    const VgConformalData data = {.x = {of_arm, n, P, N}, .outcome = outcome};
    const VgConformalTarget target = {
        {told, m, P, N}, weighted ? weight : NULL, weighted ? told_weight : NULL};
    VgConformalOptions options = OPTIONS;
    options.n_levels = 2;
    VgConformalAnswer answer;
    WITNESS_OK(vg_conformal(arena, &data, &target, 1, &options, &answer, &error), &error);
    return answer.target[0];
}

/* ---- who calibrates for whom ---- */

static void outcomes_under_other_arms_rest_on_the_people_of_those_arms(void **state)
{
    (void)state;
    for (int weighted = 0; weighted <= 1; weighted++) {
        VgConformalTrial trial = trial_of(weighted);
        VgConformalOutcomes out = ask(&trial);
        assert_int_equal(out.weighted, weighted);
        for (size_t a = 0; a < ARMS; a++)
            for (size_t b = 0; b <= ARMS; b++) {
                if (a == b)
                    continue;
                VgConformalIntervals expected = by_hand(a, b, weighted);
                for (size_t i = 0, k = 0; b < ARMS && i < N; i++)
                    if (arm[i] == (int32_t)b) {
                        assert_true(VG_AT(out.participants.lower, i, a) ==
                                    VG_AT(expected.lower, k, 0));
                        assert_true(VG_AT(out.participants.upper, i, a) ==
                                    VG_AT(expected.upper, k++, 0));
                    }
                for (size_t k = 0; b == ARMS && k < NEW; k++) {
                    assert_true(VG_AT(out.new_people.lower, k, a) == VG_AT(expected.lower, k, 0));
                    assert_true(VG_AT(out.new_people.upper, k, a) == VG_AT(expected.upper, k, 0));
                }
            }
    }
}

static void nobodys_own_outcome_moves_their_interval(void **state)
{
    (void)state;
    VgConformalTrial trial = trial_of(false);
    VgConformalOutcomes before = ask(&trial);
    for (size_t i = 0; i < N; i += 75) {
        double kept = y[i];
        y[i] = 500;
        VgConformalOutcomes after = ask(&trial);
        y[i] = kept;
        for (size_t a = 0; a < ARMS; a++) {
            assert_true(VG_AT(after.participants.lower, i, a) ==
                        VG_AT(before.participants.lower, i, a));
            assert_true(VG_AT(after.participants.upper, i, a) ==
                        VG_AT(before.participants.upper, i, a));
        }
        /* while it is heard by others */
        assert_true(after.arm[arm[i]].covered < before.arm[arm[i]].n_with_outcome);
        size_t moved = 0;
        for (size_t k = 0; k < N; k++)
            moved += VG_AT(after.participants.upper, k, (size_t)arm[i]) !=
                     VG_AT(before.participants.upper, k, (size_t)arm[i]);
        assert_true(moved > N / 2);
    }
}

static void who_has_no_outcome_gets_intervals_and_teaches_nothing(void **state)
{
    (void)state;
    VgConformalTrial trial = trial_of(false);
    VgConformalOutcomes out = ask(&trial);
    assert_int_equal(out.arm[0].n, 50);
    assert_int_equal(out.arm[0].n_with_outcome, 49);
    assert_int_equal(out.arm[2].n_with_outcome, 49);
    for (size_t a = 0; a < ARMS; a++)
        assert_true(isfinite(VG_AT(out.participants.lower, 5, a)));
    size_t covered = 0;
    for (size_t i = 0; i < N; i++)
        covered += arm[i] == 1 && y[i] >= VG_AT(out.participants.lower, i, 1) &&
                   y[i] <= VG_AT(out.participants.upper, i, 1);
    assert_int_equal(out.arm[1].covered, covered);
}

static void equal_propensities_are_as_none(void **state)
{
    (void)state;
    double third[N * ARMS];
    for (size_t k = 0; k < N * ARMS; k++)
        third[k] = 1.0 / ARMS;
    VgConformalTrial none = trial_of(false), equal = trial_of(false);
    equal.propensity = (VgMatrix){third, N, ARMS, N};
    VgConformalOutcomes a = ask(&none), b = ask(&equal);
    assert_false(b.weighted);
    assert_memory_equal(a.participants.lower.data, b.participants.lower.data,
                        N * ARMS * sizeof(double));
}

/* ---- differences ---- */

static void differences_rest_on_the_outcome_seen_or_on_two_wider_intervals(void **state)
{
    (void)state;
    VgConformalTrial trial = trial_of(false);
    VgConformalOutcomes out = ask(&trial);
    const VgConformalPeople *p = &out.participants;
    VgConformalIntervals wide[2] = {by_hand(0, 2, false), by_hand(1, 2, false)};
    for (size_t i = 0, k = 0; i < N; i++) {
        double low = VG_AT(p->difference_lower, i, 0), high = VG_AT(p->difference_upper, i, 0);
        bool observed = arm[i] != 2 && !isnan(y[i]);
        assert_int_equal(p->observed[i], observed);
        if (observed && arm[i] == 0) {
            assert_true(low == VG_AT(p->lower, i, 1) - y[i]);
            assert_true(high == VG_AT(p->upper, i, 1) - y[i]);
        } else if (observed) {
            assert_true(low == y[i] - VG_AT(p->upper, i, 0));
            assert_true(high == y[i] - VG_AT(p->lower, i, 0));
        } else if (arm[i] == 2) { /* level .9 each for .8 of both */
            assert_true(low == VG_AT(wide[1].lower, k, 1) - VG_AT(wide[0].upper, k, 1));
            assert_true(high == VG_AT(wide[1].upper, k, 1) - VG_AT(wide[0].lower, k, 1));
        }
        k += arm[i] == 2;
        assert_true(VG_AT(p->difference, i, 0) ==
                    VG_AT(p->predicted, i, 1) - VG_AT(p->predicted, i, 0));
    }
    for (size_t k = 0; k < 2 * NEW; k++)
        assert_false(out.new_people.observed[k]);
}

/* ---- refusals ---- */

static void refuse(const VgConformalTrial *trial, VgStatus status, const char *says)
{
    VgConformalOutcomes out;
    assert_int_equal(vg_conformal_trial(arena, trial, NULL, &OPTIONS, 0, &out, &error), status);
    if (!strstr(error.message, says))
        fail_msg("%s", error.message);
    assert_true(error.hint[0] != '\0');
}

static void what_cannot_be_is_refused_in_words(void **state)
{
    (void)state;
    VgConformalTrial trial = trial_of(true);
    e[4] = 0;
    refuse(&trial, VG_INVALID_INPUT, "propensity of arm placebo in row 5 is 0");
    e[4] = 0.2;
    VgConformalTrial small = trial_of(false);
    small.n = small.x.rows = 33;
    refuse(&small, VG_NOT_ESTIMABLE, "arm placebo has 10 people");
    VgConformalTrial sites = trial_of(false);
    int32_t four[N];
    for (size_t i = 0; i < N; i++)
        four[i] = site[i] % 4;
    sites.clusters = (VgClusters){.of = four, .count = 4};
    refuse(&sites, VG_NOT_ESTIMABLE, "arm placebo has 4 clusters");
    VgConformalTrial one = trial_of(false);
    one.arms = 1;
    refuse(&one, VG_INVALID_INPUT, "1 arm");
    int32_t wrong[N] = {0};
    wrong[7] = 3;
    VgConformalTrial outside = trial_of(false);
    outside.arm = wrong;
    refuse(&outside, VG_INVALID_INPUT, "row 8: arm 3");
    const VgConformalNewPeople nameless = {.x = {fresh, NEW, P, NEW}};
    VgConformalOutcomes out;
    assert_int_equal(vg_conformal_trial(arena, &trial, &nameless, &OPTIONS, 0, &out, &error),
                     VG_INVALID_INPUT);
}

/* ---- the result ---- */

static const char *sentence(const VgResult *result, const char *part)
{
    const VgDataset *d = vg_result_find_dataset(result, "prediction", "sentences");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *text = vg_dataset_column(d, "text")->text[i];
        if (strstr(text, part))
            return text;
    }
    return NULL;
}

static const VgEstimate *row_of(const VgResult *result, const char *quantity, const char *of)
{
    for (size_t i = 0; i < result->n_estimates; i++)
        if (strcmp(result->estimate[i].quantity, quantity) == 0 &&
            strcmp(result->estimate[i].arm, of) == 0)
            return &result->estimate[i];
    return NULL;
}

static void the_result_holds_rows_datasets_and_sentences(void **state)
{
    (void)state;
    VgConformalTrial trial = trial_of(false);
    VgResult *result = vg_result_create(arena, "test");
    const VgConformalPlan plan = {.analysis = "prediction",
                                  .outcome_name = "hamd17",
                                  .unit = "points",
                                  .options = OPTIONS,
                                  .outer_folds = 5};
    WITNESS_OK(vg_conformal_run(arena, &trial, &plan, result, &error), &error);
    VgConformalOutcomes out = ask(&trial);
    const VgDataset *one = vg_result_find_dataset(result, "prediction", "individual_interval");
    const VgDataset *two = vg_result_find_dataset(result, "prediction", "individual_difference");
    assert_int_equal(one->n_rows, N * ARMS);
    assert_int_equal(two->n_rows, N * (ARMS - 1));
    assert_true(vg_dataset_column(one, "lower")->number[N + 3] ==
                VG_AT(out.participants.lower, 3, 1));
    assert_true(vg_dataset_column(one, "observed")->number[0] == y[0]);
    assert_true(isnan(vg_dataset_column(one, "observed")->number[1])); /* of another arm */
    const VgEstimate *coverage = row_of(result, "conformal_coverage", "diet");
    assert_true(coverage->estimate == (double)out.arm[1].covered / 50);
    assert_true(coverage->lower < coverage->estimate && coverage->upper > coverage->estimate);
    const VgEstimate *width = row_of(result, "conformal_width", "diet");
    assert_true(width->estimate == out.arm[1].width);
    assert_string_equal(width->unit, "points");
    size_t hold = 0;
    for (size_t i = 0; i < N; i++)
        hold += VG_AT(out.participants.difference_lower, i, 1) <= 0 &&
                VG_AT(out.participants.difference_upper, i, 1) >= 0;
    char text[80];
    snprintf(text, sizeof text, "diet and pill and placebo holds 0 for %zu of 150", hold);
    assert_non_null(sentence(result, text));
    assert_non_null(sentence(result, "Nothing may be decided on it"));
    assert_non_null(sentence(result, "not a promise for each"));
}

static void too_few_people_is_said(void **state)
{
    (void)state;
    static const double high = 0.99;
    VgConformalTrial trial = trial_of(false);
    VgResult *result = vg_result_create(arena, "test");
    VgConformalPlan plan = {.analysis = "prediction", .outcome_name = "hamd17", .options = OPTIONS};
    plan.options.level = &high;
    WITNESS_OK(vg_conformal_run(arena, &trial, &plan, result, &error), &error);
    assert_non_null(sentence(result, "It would take 99 people or more who calibrate"));
    /* 50 of the third arm, and two without outcome under the first two or the other */
    assert_non_null(sentence(result, "Of the 51 of whom neither outcome was seen, some have an "
                                     "interval without an end: it would take 199 people or more"));
    assert_int_equal(result->n_warnings, ARMS);
    const VgDataset *one = vg_result_find_dataset(result, "prediction", "individual_interval");
    assert_true(isnan(vg_dataset_column(one, "lower")->number[0]));
    assert_true(isnan(row_of(result, "conformal_width", "diet")->estimate));
    assert_true(row_of(result, "conformal_coverage", "diet")->estimate == 1);
}

/* ---- of a study ---- */

static VgBaseline table_of(VgStudy *study, VgArm *named)
{
    static size_t participant[N];
    static const size_t order[ARMS] = {2, 0, 1}; /* the study's third arm is the reference */
    static const char *const IN_STUDY[ARMS] = {"diet", "diet and pill", "placebo"};
    for (size_t i = 0; i < N; i++)
        participant[i] = 2 * i; /* every second person of the study */
    for (size_t a = 0; a < ARMS; a++)
        named[a].name = IN_STUDY[a];
    *study = (VgStudy){.arm = named, .n_arms = ARMS};
    return (VgBaseline){.n = N,
                        .participant = participant,
                        .value = {x, N, P, N},
                        .n_arms = ARMS,
                        .arm_index = order,
                        .arm = arm,
                        .propensity = {e, N, ARMS, N},
                        .outcome = y,
                        .outcome_name = "hamd17",
                        .outcome_unit = "points"};
}

/* The lower end of the n-th person of an arm, by the names that rows carry. */
static double lower_of(const VgResult *result, const char *of_arm, const char *who)
{
    const VgDataset *d = vg_result_find_dataset(result, "prediction", "individual_interval");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (strcmp(vg_dataset_column(d, "arm")->text[i], of_arm) == 0 &&
            strcmp(vg_dataset_column(d, "participant")->text[i], who) == 0)
            return vg_dataset_column(d, "lower")->number[i];
    fail_msg("%s of %s is not there", who, of_arm);
    return NAN;
}

static void a_studys_table_is_taken_as_it_is(void **state)
{
    (void)state;
    VgStudy study;
    VgArm named[ARMS] = {0};
    VgBaseline table = table_of(&study, named);
    const VgConformalPlan plan = {.analysis = "prediction", .options = OPTIONS, .outer_folds = 5};
    for (int declared = 0; declared <= 1; declared++) {
        table.propensity_declared = declared;
        VgConformalTrial trial = trial_of(declared);
        VgConformalOutcomes out = ask(&trial);
        VgResult *result = vg_result_create(arena, "test");
        WITNESS_OK(vg_conformal_baseline(arena, &study, &table, NULL, &plan, result, &error),
                   &error);
        assert_true(lower_of(result, "placebo", "1") == VG_AT(out.participants.lower, 0, 0));
        assert_true(lower_of(result, "diet", "9") == VG_AT(out.participants.lower, 4, 1));
        assert_true(lower_of(result, "diet and pill", "7") == VG_AT(out.participants.lower, 3, 2));
        assert_string_equal(row_of(result, "conformal_width", "diet")->unit, "points");
        assert_string_equal(row_of(result, "conformal_width", "diet")->outcome, "hamd17");
    }
}

static void a_scale_bounds_intervals_where_outcomes_are_on_it(void **state)
{
    (void)state;
    VgStudy study;
    VgArm named[ARMS] = {0};
    double points[N];
    VgBaseline table = table_of(&study, named);
    const VgScale scale = {.n_items = 17, .minimum = 16, .maximum = 24};
    const VgConformalPlan plan = {.analysis = "prediction", .options = OPTIONS, .outer_folds = 5};
    for (size_t i = 0; i < N; i++)
        points[i] = fmin(fmax(round(y[i]), 16), 24);
    for (int outside = 0; outside <= 1; outside++) {
        table.outcome = points;
        if (outside)
            points[4] = 25; /* not a total of this scale */
        VgResult *result = vg_result_create(arena, "test");
        WITNESS_OK(vg_conformal_baseline(arena, &study, &table, &scale, &plan, result, &error),
                   &error);
        const VgDataset *d = vg_result_find_dataset(result, "prediction", "individual_interval");
        const double *lower = vg_dataset_column(d, "lower")->number;
        size_t below = 0, broken = 0;
        for (size_t i = 0; i < d->n_rows; i++) {
            below += lower[i] < 16;
            broken += lower[i] != floor(lower[i]);
        }
        assert_int_equal(below > 0, outside);
        assert_int_equal(broken > 0, outside);
    }
}

static void a_study_too_small_gets_a_sentence_and_goes_on(void **state)
{
    (void)state;
    VgStudy study;
    VgArm named[ARMS] = {0};
    VgBaseline table = table_of(&study, named);
    table.n = table.value.rows = 33;
    const VgConformalPlan plan = {.analysis = "prediction", .options = OPTIONS};
    VgResult *result = vg_result_create(arena, "test");
    WITNESS_OK(vg_conformal_baseline(arena, &study, &table, NULL, &plan, result, &error), &error);
    assert_non_null(sentence(result, "There are no individual intervals: arm placebo has 10"));
    assert_int_equal(result->n_warnings, 1);
    assert_int_equal(result->n_estimates, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outcomes_under_other_arms_rest_on_the_people_of_those_arms),
        cmocka_unit_test(nobodys_own_outcome_moves_their_interval),
        cmocka_unit_test(who_has_no_outcome_gets_intervals_and_teaches_nothing),
        cmocka_unit_test(equal_propensities_are_as_none),
        cmocka_unit_test(differences_rest_on_the_outcome_seen_or_on_two_wider_intervals),
        cmocka_unit_test(what_cannot_be_is_refused_in_words),
        cmocka_unit_test(the_result_holds_rows_datasets_and_sentences),
        cmocka_unit_test(too_few_people_is_said),
        cmocka_unit_test(a_studys_table_is_taken_as_it_is),
        cmocka_unit_test(a_scale_bounds_intervals_where_outcomes_are_on_it),
        cmocka_unit_test(a_study_too_small_gets_a_sentence_and_goes_on)};
    return cmocka_run_group_tests(tests, make, end);
}
