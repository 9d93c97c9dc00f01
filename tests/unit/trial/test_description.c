/* What a trial result says before any model: CONSORT, baseline table, course, dropout. The study is
 * simulated. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include "support/fixture_study.h"
#include "trial/plan.h"

static VgTrial trial_of(VgArena *arena, const VgStudy *study)
{
    VgResult *result = vg_result_create(arena, "run");
    VgTrial trial = {study, result, arena, VG_NEW(arena, VgTrialRun, study->n_analyses), false};
    return trial;
}

/* Number in the first row whose text columns hold what is asked; fails the test when there is none.
 * Pairs end with NULL; a NULL value asks for an absent cell. */
static double cell(const VgResult *result, const char *dataset, const char *number,
                   const char *const (*where)[2], size_t n_where)
{
    const VgDataset *data = vg_result_find_dataset(result, NULL, dataset);
    assert_non_null(data);
    const VgDatasetColumn *answer = vg_dataset_column(data, number);
    assert_non_null(answer);
    for (size_t r = 0; r < data->n_rows; r++) {
        bool all = true;
        for (size_t k = 0; k < n_where && all; k++) {
            const VgDatasetColumn *column = vg_dataset_column(data, where[k][0]);
            assert_non_null(column);
            const char *text = column->text[r];
            all = where[k][1] ? text && strcmp(text, where[k][1]) == 0 : text == NULL;
        }
        if (all)
            return answer->number[r];
    }
    fail_msg("no such row in %s", dataset);
    return NAN;
}
#define CELL(result, dataset, number, ...)                                                         \
    cell(result, dataset, number, (const char *const[][2]){__VA_ARGS__},                           \
         sizeof((const char *const[][2]){__VA_ARGS__}) / sizeof(const char *const[2]))

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* quantile(x), sd(x), R 4.2.2: x <- c(3, 1, 4, 1, 5, 9, 2, 6, NA) */
static void summaries_agree_with_R_type_7(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double x[] = {3, 1, 4, 1, 5, 9, 2, 6, NAN};
    VgSummary summary;
    VgError error;
    WITNESS_OK(vg_trial_summary(arena, x, 9, &summary, &error), &error);
    assert_int_equal(summary.n, 8);
    assert_int_equal(summary.missing, 1);
    assert_near(summary.mean, 3.875);
    assert_near(summary.sd, 2.748376143938713);
    assert_near(summary.median, 3.5);
    assert_near(summary.q1, 1.75);
    assert_near(summary.q3, 5.25);
    assert_near(summary.minimum, 1);
    assert_near(summary.maximum, 9);
    vg_arena_destroy(arena);
}

static void summary_of_nothing_is_absent(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const double x[] = {NAN};
    VgSummary summary;
    VgError error;
    WITNESS_OK(vg_trial_summary(arena, x, 1, &summary, &error), &error);
    assert_int_equal(summary.n, 0);
    assert_true(isnan(summary.mean) && isnan(summary.median));
    const double one[] = {5};
    WITNESS_OK(vg_trial_summary(arena, one, 1, &summary, &error), &error);
    assert_true(summary.mean == 5 && isnan(summary.sd));
    vg_arena_destroy(arena);
}

static void consort_counts_add_up(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgFlowCount flow[] = {{"assessed", NULL, 75},
                          {"excluded", "did not meet the criteria", 10},
                          {"excluded", "declined", 5}};
    study->flow = flow;
    study->n_flow = 3;
    VgError error;
    WITNESS_OK(vg_trial_flow_check(study, &error), &error);
    VgTrial trial = trial_of(arena, study);
    vg_trial_flow(&trial);
    const VgResult *result = trial.result;
    assert_near(CELL(result, "consort", "n", {"stage", "assessed"}), 75);
    assert_near(CELL(result, "consort", "n", {"stage", "excluded"}, {"reason", NULL}), 15);
    assert_near(CELL(result, "consort", "n", {"stage", "excluded"}, {"reason", "declined"}), 5);
    assert_near(CELL(result, "consort", "n", {"stage", "randomised"}), 60);
    double allocated = 0, withdrawn = 0, by_reason = 0;
    const VgDataset *data = vg_result_find_dataset(result, NULL, "consort");
    const VgDatasetColumn *stage = vg_dataset_column(data, "stage"),
                          *n = vg_dataset_column(data, "n");
    const VgDatasetColumn *reason = vg_dataset_column(data, "reason");
    for (size_t r = 0; r < data->n_rows; r++) {
        allocated += strcmp(stage->text[r], "allocated") == 0 ? n->number[r] : 0;
        if (strcmp(stage->text[r], "withdrawn") == 0)
            *(reason->text[r] ? &by_reason : &withdrawn) += n->number[r];
    }
    assert_near(allocated, 60);
    assert_true(withdrawn > 0);
    assert_near(by_reason, withdrawn);
    vg_arena_destroy(arena);
}

static void consort_counts_that_contradict_are_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgFlowCount flow[] = {{"assessed", NULL, 75}, {"excluded", NULL, 14}};
    study->flow = flow;
    study->n_flow = 2;
    VgError error;
    assert_int_equal(vg_trial_flow_check(study, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "75 assessed are not 14 excluded and 60 randomised"));
    flow[0].n = 59;
    study->n_flow = 1;
    assert_int_equal(vg_trial_flow_check(study, &error), VG_INVALID_INPUT);
    VgFlowCount reasons[] = {{"excluded", NULL, 9}, {"excluded", "declined", 8}};
    study->flow = reasons;
    study->n_flow = 2;
    assert_int_equal(vg_trial_flow_check(study, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

static void undeclared_assessed_follows_from_the_excluded(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgFlowCount flow[] = {{"excluded", "declined", 5}};
    study->flow = flow;
    study->n_flow = 1;
    VgTrial trial = trial_of(arena, study);
    vg_trial_flow(&trial);
    assert_near(CELL(trial.result, "consort", "n", {"stage", "assessed"}), 65);
    vg_arena_destroy(arena);
}

static void baseline_table_describes_each_arm_and_all(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTrial trial = trial_of(arena, study);
    VgError error;
    WITNESS_OK(vg_trial_baseline_table(&trial, &error), &error);
    const VgResult *result = trial.result;
    assert_near(CELL(result, "baseline", "missing", {"variable", "age"}, {"arm", NULL}), 2);
    assert_near(CELL(result, "baseline", "n", {"variable", "age"}, {"arm", NULL}), 58);
    double female =
        CELL(result, "baseline", "n", {"variable", "sex"}, {"level", "female"}, {"arm", NULL});
    double male =
        CELL(result, "baseline", "n", {"variable", "sex"}, {"level", "male"}, {"arm", NULL});
    assert_near(female + male, 60);
    assert_near(
        CELL(result, "baseline", "percent", {"variable", "sex"}, {"level", "male"}, {"arm", NULL}),
        100 * male / 60);
    double sum = 0;
    for (size_t i = 0; i < 60; i++)
        sum += i % 3 == FIXTURE_ACTIVE ? study->outcome[FIXTURE_HAMD].baseline[i] : 0;
    assert_near(CELL(result, "baseline", "mean", {"variable", "HAM-D (simulated) at baseline"},
                     {"arm", "active"}),
                sum / 20);
    /* why they left is no characteristic at baseline, and nothing is tested */
    const VgDataset *data = vg_result_find_dataset(result, NULL, "baseline");
    const VgDatasetColumn *variable = vg_dataset_column(data, "variable");
    for (size_t r = 0; r < data->n_rows; r++)
        assert_string_not_equal(variable->text[r], "why left");
    assert_null(vg_dataset_column(data, "p"));
    vg_arena_destroy(arena);
}

static void wide_outcomes_are_not_described_as_characteristics(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTable *table = study->participants;
    VgColumn *wider = VG_NEW(arena, VgColumn, 6);
    memcpy(wider, table->column, 4 * sizeof *wider);
    wider[4] = (VgColumn){.name = "hamd_w8",
                          .type = VG_COLUMN_NUMBER,
                          .number = study->outcome[FIXTURE_HAMD].value + 60 * FIXTURE_W8};
    wider[5] = (VgColumn){.name = "hamd_pre",
                          .type = VG_COLUMN_NUMBER,
                          .number = study->outcome[FIXTURE_HAMD].baseline};
    table->column = wider;
    table->n_columns = 6;
    VgTrial trial = trial_of(arena, study);
    VgError error;
    WITNESS_OK(vg_trial_baseline_table(&trial, &error), &error);
    const VgDataset *data = vg_result_find_dataset(trial.result, NULL, "baseline");
    const VgDatasetColumn *variable = vg_dataset_column(data, "variable");
    for (size_t r = 0; r < data->n_rows; r++)
        assert_true(strcmp(variable->text[r], "hamd_w8") && strcmp(variable->text[r], "hamd_pre"));
    vg_arena_destroy(arena);
}

static void course_counts_agree_with_each_other(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTrial trial = trial_of(arena, study);
    VgError error;
    WITNESS_OK(vg_trial_course(&trial, &error), &error);
    const VgResult *result = trial.result;
    for (size_t a = 0; a < FIXTURE_ARMS; a++) {
        const char *arm = study->arm[a].name;
        for (size_t t = 0; t < FIXTURE_VISITS; t++) {
            const char *visit = study->visit[t].name;
            double n = CELL(result, "observed_means", "n", {"outcome", "hamd"}, {"arm", arm},
                            {"visit", visit});
            assert_near(CELL(result, "retention", "observed", {"outcome", "hamd"}, {"arm", arm},
                             {"visit", visit}),
                        n);
            if (t == FIXTURE_W8)
                continue;
            /* who left at a visit and who stayed are those who were there */
            double left = CELL(result, "stayers_leavers", "n", {"outcome", "hamd"}, {"arm", arm},
                               {"visit", visit}, {"group", "left"});
            double stayed = CELL(result, "stayers_leavers", "n", {"outcome", "hamd"}, {"arm", arm},
                                 {"visit", visit}, {"group", "stayed"});
            assert_near(left + stayed, n);
        }
        assert_near(CELL(result, "retention", "randomised", {"outcome", "hamd"}, {"arm", arm}), 20);
    }
    vg_arena_destroy(arena);
}

static void dropout_patterns_hold_everyone_once(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTrial trial = trial_of(arena, study);
    VgError error;
    WITNESS_OK(vg_trial_course(&trial, &error), &error);
    const VgDataset *data = vg_result_find_dataset(trial.result, NULL, "dropout_patterns");
    const VgDatasetColumn *outcome = vg_dataset_column(data, "outcome");
    const VgDatasetColumn *pattern = vg_dataset_column(data, "pattern"),
                          *n = vg_dataset_column(data, "n");
    double total = 0;
    for (size_t r = 0; r < data->n_rows; r++) {
        if (strcmp(outcome->text[r], "hamd") != 0)
            continue;
        total += n->number[r];
        assert_int_equal(strlen(pattern->text[r]), FIXTURE_VISITS);
    }
    assert_near(total, 60);
    assert_string_equal(pattern->text[0], "1111");
    /* participant 8 never came back */
    assert_near(CELL(trial.result, "dropout_patterns", "n", {"outcome", "hamd"}, {"arm", "active"},
                     {"pattern", "1000"}),
                1);
    /* sleep was measured at one visit only */
    assert_true(
        CELL(trial.result, "dropout_patterns", "n", {"outcome", "sleep"}, {"pattern", "11"}) > 10);
    vg_arena_destroy(arena);
}

static void trajectories_hold_the_baseline_and_no_identifier(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTrial trial = trial_of(arena, study);
    VgError error;
    WITNESS_OK(vg_trial_course(&trial, &error), &error);
    assert_near(CELL(trial.result, "trajectories", "value", {"outcome", "hamd"},
                     {"participant", "3"}, {"visit", "baseline"}),
                study->outcome[FIXTURE_HAMD].baseline[2]);
    const VgDataset *data = vg_result_find_dataset(trial.result, NULL, "trajectories");
    const VgDatasetColumn *participant = vg_dataset_column(data, "participant");
    for (size_t r = 0; r < data->n_rows; r++)
        assert_true(participant->text[r][0] != 'P');
    vg_arena_destroy(arena);
}

static void facts_name_the_primary_and_say_that_data_are_simulated(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    VgTrial trial = trial_of(arena, study);
    vg_trial_facts(&trial);
    const VgResult *result = trial.result;
    assert_string_equal(vg_result_find_fact(result, VG_FACTS_STUDY, NULL, "data")->text,
                        "simulated");
    assert_string_equal(vg_result_find_fact(result, VG_FACTS_STUDY, NULL, "primary_visit")->text,
                        "w8");
    assert_string_equal(vg_result_find_fact(result, VG_FACTS_STUDY, NULL, "primary_arm")->text,
                        "active");
    assert_near(vg_result_find_fact(result, VG_FACTS_STUDY, NULL, "n_randomised")->number, 60);
    assert_non_null(vg_result_find_dataset(result, "primary", "estimand"));
    assert_int_equal(vg_result_find_dataset(result, NULL, "analyses")->n_rows, FIXTURE_ANALYSES);
    assert_int_equal(vg_result_find_dataset(result, NULL, "severity_bands")->n_rows, 3);
    /* an unbounded scale has no minimum to show */
    assert_true(isnan(CELL(result, "outcomes", "minimum", {"name", "sleep"})) != 0);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_agree_with_R_type_7),
        cmocka_unit_test(summary_of_nothing_is_absent),
        cmocka_unit_test(consort_counts_add_up),
        cmocka_unit_test(consort_counts_that_contradict_are_refused),
        cmocka_unit_test(undeclared_assessed_follows_from_the_excluded),
        cmocka_unit_test(baseline_table_describes_each_arm_and_all),
        cmocka_unit_test(wide_outcomes_are_not_described_as_characteristics),
        cmocka_unit_test(course_counts_agree_with_each_other),
        cmocka_unit_test(dropout_patterns_hold_everyone_once),
        cmocka_unit_test(trajectories_hold_the_baseline_and_no_identifier),
        cmocka_unit_test(facts_name_the_primary_and_say_that_data_are_simulated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
