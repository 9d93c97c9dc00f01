/* What a study holds after reading: scored items, baselines, populations, inherited options, ids.
 * Expected numbers are worked out by hand from the tables typed here. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vagus/study.h>

#include "base/file.h"

/* The parts that all studies here have in common. */
#define HEAD                                                                                       \
    "vagus: 1\ntitle: t\ndata: simulated\nparticipants: {table: people.csv, id: id}\n"             \
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n"               \
    "arms: {control: [], active: []}\nrandomisation: {arm: arm}\n"
#define PRIMARY(population, variable, method)                                                      \
    "plan:\n  primary:\n    estimand: {population: " population                                    \
    ", treatment: active vs control,\n      variable: " variable                                   \
    ", intercurrent: {stop: treatment policy}, summary: difference in means}\n    method: " method \
    "\n"

static const char PEOPLE[] = "id,arm,sex,kept,pre,m0_1,m0_2,m8_1,m8_2\n"
                             "007,control,f,1,10,1,2,3,0\n"
                             "7,active,m,1,11,3,3,,1\n"
                             "8,control,f,0,12,0,1,2,2\n"
                             "9,active,m,1,13,2,0,1,1\n";

static VgStudy *read_study(VgArena *arena, const char *study_text, const char *people,
                           const char *scores, VgProblems *problems)
{
    const char *folder = folder_new(arena);
    folder_write(arena, folder, "study.yaml", study_text);
    folder_write(arena, folder, "people.csv", people);
    folder_write(arena, folder, "scores.csv", scores);
    VgError error = {0};
    VgStudy *study = NULL;
    VgStatus status = vg_study_read(arena, folder, &study, problems, &error);
    folder_remove(folder);
    for (size_t i = 0; i < problems->n; i++) {
        char words[1200];
        vg_error_format(&problems->item[i].error, words, sizeof words);
        if (!problems->item[i].warning)
            print_error("  %s\n", words);
    }
    WITNESS_OK(status, &error);
    return study;
}

static double value_at(const VgStudy *study, size_t outcome, size_t participant, size_t visit)
{
    return study->outcome[outcome].value[participant + visit * study->n_participants];
}

static const char GAD_STUDY[] =
    HEAD "outcomes:\n  gad: {table: scores.csv, scale: GAD-7, visit: visit, items: g_01..g_07, "
         "ignore_visits: [screening]}\n" PRIMARY("randomised participants", "gad at w8",
                                                 "{mmrm: {covariance: cs}}") "missing: [-9]\n";

static const char GAD_SCORES[] = "id,visit,g_01,g_02,g_03,g_04,g_05,g_06,g_07\n"
                                 "007,baseline,1,1,1,1,1,1,1\n"
                                 "007,screening,3,3,3,3,3,3,3\n"
                                 "007,w4,1,2,3,0,0,0,1\n"
                                 "007,w8,0,0,0,0,0,0,1\n"
                                 "7,baseline,3,3,3,3,3,3,3\n"
                                 "7,w8,3,3,3,3,3,3,-9\n"
                                 "7,w4,2,2,2,2,2,2,2\n"
                                 "8,w8,1,0,0,0,0,0,0\n"
                                 "8,w4,1,1,0,0,0,0,0\n"
                                 "9,w8,2,0,0,0,0,0,0\n"
                                 "9,w4,1,1,1,0,0,0,0\n";

static void items_of_a_long_table_are_scored(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(arena, GAD_STUDY, PEOPLE, GAD_SCORES, &problems);
    assert_int_equal(study->n_participants, 4); /* 007 and 7 are two people */
    assert_true(value_at(study, 0, 0, 0) == 7);
    assert_true(value_at(study, 0, 0, 1) == 7);
    assert_true(value_at(study, 0, 0, 2) == 1);
    assert_true(value_at(study, 0, 1, 0) == 21);
    assert_true(isnan(value_at(study, 0, 1, 2))); /* -9 is missing, and GAD-7 needs every item */
    assert_true(isnan(value_at(study, 0, 2, 0)));
    /* a visit called baseline is the baseline */
    assert_int_equal(study->outcome[0].baseline_visit, 0);
    assert_true(study->outcome[0].baseline[1] == 21);
    vg_arena_destroy(arena);
}

static void the_order_of_rows_does_not_matter(void **state)
{
    (void)state;
    static const char REVERSED[] = "id,visit,g_01,g_02,g_03,g_04,g_05,g_06,g_07\n"
                                   "9,w4,1,1,1,0,0,0,0\n9,w8,2,0,0,0,0,0,0\n8,w4,1,1,0,0,0,0,0\n"
                                   "8,w8,1,0,0,0,0,0,0\n7,w4,2,2,2,2,2,2,2\n7,w8,3,3,3,3,3,3,-9\n"
                                   "7,baseline,3,3,3,3,3,3,3\n007,w8,0,0,0,0,0,0,1\n"
                                   "007,w4,1,2,3,0,0,0,1\n007,screening,3,3,3,3,3,3,3\n"
                                   "007,baseline,1,1,1,1,1,1,1\n";
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *one = read_study(arena, GAD_STUDY, PEOPLE, GAD_SCORES, &problems);
    VgStudy *two = read_study(arena, GAD_STUDY, PEOPLE, REVERSED, &problems);
    for (size_t i = 0; i < 12; i++) {
        double a = one->outcome[0].value[i], b = two->outcome[0].value[i];
        assert_true(a == b || (isnan(a) && isnan(b)));
    }
    vg_arena_destroy(arena);
}

/* range [0, 6], item 2 reversed, one of two answered is enough: 007 at w8: 3 + (3 − 0) = 6; 7: item
 * 1 missing, (3 − 1) × 2 */
static void items_of_a_wide_table_are_scored_by_a_scale_of_the_study(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(
        arena,
        HEAD "scales:\n  two: {range: [0, 6], direction: higher is better, citation: c,\n"
             "        items: {n: 2, range: [0, 3], reversed: [2], missing: {prorate: 1}},\n"
             "        bands: {low: [0, 3], high: [4, 6]}, response: 0.5, remission: 5}\n"
             "outcomes:\n  x: {table: people.csv, scale: two, items: {baseline: m0_1..m0_2, w8: "
             "[m8_1, m8_2]}}\n" PRIMARY("completers", "change in x from baseline to w8",
                                        "{ancova: {covariates: [x_baseline]}}"),
        PEOPLE, "", &problems);
    assert_true(value_at(study, 0, 0, 2) == 6);
    assert_true(value_at(study, 0, 1, 2) == 4);
    assert_true(value_at(study, 0, 0, 0) == 2);
    assert_true(isnan(value_at(study, 0, 0, 1)));
    const VgScale *scale = study->outcome[0].scale;
    assert_false(scale->lower_is_better);
    assert_int_equal(scale->n_bands, 2);
    assert_true(scale->remission_cutoff == 5);
    assert_int_equal(study->analysis[0].kind, VG_ANALYSIS_ANCOVA);
    assert_int_equal(study->analysis[0].set, VG_SET_COMPLETERS);
    assert_true(study->analysis[0].change);
    assert_string_equal(study->analysis[0].covariate[0], "baseline");
    vg_arena_destroy(arena);
}

static const char LONG_SCORES[] =
    "id,visit,phq\n007,w4,9\n007,w8,8\n7,w4,7\n7,w8,6\n8,w4,5\n8,w8,4\n9,w4,3\n"
    "9,w8,2\n";
#define PHQ_OUTCOME                                                                                \
    "outcomes:\n  phq: {table: scores.csv, scale: phq9, visit: visit, column: phq, baseline: "     \
    "{column: pre}}\n"

static void a_baseline_may_stand_among_the_participants(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(arena,
                                HEAD PHQ_OUTCOME PRIMARY("column kept", "phq at w8",
                                                         "{mmrm: {covariates: [baseline, sex]}}"),
                                PEOPLE, LONG_SCORES, &problems);
    const VgOutcome *outcome = &study->outcome[0];
    assert_int_equal(outcome->baseline_visit, SIZE_MAX);
    for (size_t p = 0; p < 4; p++)
        assert_true(outcome->baseline[p] == 10 + (double)p);
    assert_int_equal(study->analysis[0].set, VG_SET_COLUMN);
    assert_string_equal(study->analysis[0].set_column, "kept");
    /* documented defaults */
    assert_int_equal(study->analysis[0].covariance, VG_COVARIANCE_UNSTRUCTURED);
    assert_int_equal(study->analysis[0].df, VG_DF_SATTERTHWAITE);
    vg_arena_destroy(arena);
}

static void a_population_by_value_becomes_a_column(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study =
        read_study(arena, HEAD PHQ_OUTCOME PRIMARY("column sex = f", "phq at w8", "mmrm"), PEOPLE,
                   LONG_SCORES, &problems);
    const VgColumn *member = vg_table_column(study->participants, study->analysis[0].set_column);
    assert_non_null(member);
    const double expected[] = {1, 0, 1, 0};
    for (size_t p = 0; p < 4; p++)
        assert_true(member->number[p] == expected[p]);
    vg_arena_destroy(arena);
}

static void later_analyses_inherit_what_they_do_not_say(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(
        arena,
        HEAD PHQ_OUTCOME PRIMARY(
            "column kept", "change in phq from baseline to w8",
            "{mmrm: {covariance: toeph, df: kenward-roger, covariates: [sex], "
            "covariates_by_visit: [baseline], fallback: [ar1h, cs], likelihood: "
            "ml, standardiser: model sd}}") "  secondary:\n    - {response: phq}\n    - {response: "
                                            "phq, at: w4, missing: observed, firth: true}\n"
                                            "    - {mmrm: phq, measure: value, at: w4, treatment: "
                                            "control against active}\n"
                                            "  sensitivity:\n    - {mmrm: {covariance: us, "
                                            "fallback: none}}\n    - {completers: true}\n"
                                            "    - {mmrm: {covariates: []}}\n    - {mmrm: {model: "
                                            "arm * visit + baseline}}\n"
                                            "    - {ancova: {population: randomised participants}, "
                                            "id: everyone, label: All}\n"
                                            "  multiplicity:\n    graph: {hypotheses: [primary, "
                                            "response_phq, response_phq_2], weights: "
                                            "[0.5, 0.5, 0],\n      transitions: [[0, 1, 0], [0, 0, "
                                            "1], [0.5, 0.5, 0]]}\n",
        PEOPLE, LONG_SCORES, &problems);
    const VgAnalysis *a = study->analysis;
    assert_int_equal(study->n_analyses, 9);
    static const char *const ID[] = {"primary",       "response_phq",  "response_phq_2",
                                     "mmrm_phq",      "sensitivity_1", "sensitivity_2",
                                     "sensitivity_3", "sensitivity_4", "everyone"};
    for (size_t i = 0; i < 9; i++)
        assert_string_equal(a[i].id, ID[i]);
    /* those by visit are covariates too */
    assert_int_equal(a[0].n_covariates, 2);
    assert_string_equal(a[0].covariate[1], "baseline");
    assert_int_equal(a[1].set, VG_SET_COLUMN);
    assert_int_equal(a[1].n_covariates, 2);
    assert_int_equal(a[1].visit, 2);
    assert_int_equal(a[1].binary_missing, VG_BINARY_MISSING_NONRESPONSE);
    assert_false(a[1].change);
    assert_int_equal(a[2].visit, 1);
    assert_true(a[2].firth);
    assert_int_equal(a[2].binary_missing, VG_BINARY_MISSING_OBSERVED);
    assert_false(a[3].change);
    assert_int_equal(a[3].arm, 0);
    assert_int_equal(a[3].covariance, VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS);
    assert_int_equal(a[3].likelihood, VG_ML);
    assert_int_equal(a[4].n_fallback, 0);
    assert_int_equal(a[4].df, VG_DF_KENWARD_ROGER);
    assert_int_equal(a[5].set, VG_SET_COMPLETERS);
    assert_int_equal(a[5].n_fallback, 2);
    assert_int_equal(a[6].n_covariates, 0);
    assert_int_equal(a[6].n_covariates_by_visit, 0);
    assert_string_equal(a[7].model, "~ arm * visit + baseline");
    assert_int_equal(a[7].n_covariates, 0);
    assert_int_equal(a[8].set, VG_SET_RANDOMISED);
    assert_string_equal(a[8].label, "All");
    assert_true(a[8].change);
    assert_true(a[0].has_estimand);
    assert_false(a[4].has_estimand);
    const VgMultiplicity *graph = &study->multiplicity;
    assert_int_equal(graph->kind, VG_MULTIPLICITY_GRAPH);
    assert_int_equal(graph->n, 3);
    assert_int_equal(graph->analysis[2], 2);
    assert_true(graph->transition[2 * 3 + 1] == 0.5);
    vg_arena_destroy(arena);
}

static void composite_is_honoured_for_response(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(arena,
                                HEAD PHQ_OUTCOME
                                "plan:\n  primary:\n    estimand: {population: randomised "
                                "participants, treatment: active versus "
                                "control,\n      variable: response in phq at w8, intercurrent: "
                                "{stop: composite}, summary: risk "
                                "difference}\n    method: {response: {covariates: [baseline]}}\n",
                                PEOPLE, LONG_SCORES, &problems);
    assert_int_equal(study->analysis[0].kind, VG_ANALYSIS_RESPONSE);
    assert_string_equal(study->analysis[0].estimand.intercurrent[0].strategy, "composite");
    vg_arena_destroy(arena);
}

static void own_definitions_replace_those_of_the_scale(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    VgStudy *study = read_study(
        arena,
        HEAD
        "outcomes:\n  phq:\n    table: scores.csv\n    scale: PHQ-9\n    visit: visit\n    column: "
        "phq\n"
        "    response: {fraction: 0.4, source: A}\n    remission: {cutoff: 9, source: B}\n" PRIMARY(
            "randomised participants", "phq at w8", "mmrm"),
        PEOPLE, LONG_SCORES, &problems);
    const VgScale *scale = study->outcome[0].scale;
    assert_true(scale->response_fraction == 0.4 && scale->remission_cutoff == 9);
    assert_string_equal(scale->remission_citation, "A; B");
    assert_true(vg_scale_find("PHQ-9")->remission_cutoff == 4); /* the built-in one is as it was */
    vg_arena_destroy(arena);
}

static void a_constant_outcome_is_warned_of(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgProblems problems;
    (void)read_study(arena,
                     HEAD PHQ_OUTCOME PRIMARY("randomised participants", "phq at w8", "mmrm"),
                     PEOPLE, "id,visit,phq\n007,w8,5\n7,w8,5\n8,w8,5\n9,w8,5\n", &problems);
    assert_int_equal(problems.n, 1);
    assert_true(problems.item[0].warning);
    assert_string_equal(problems.item[0].error.message, "every value of outcome phq is the same");
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_of_a_long_table_are_scored),
        cmocka_unit_test(the_order_of_rows_does_not_matter),
        cmocka_unit_test(items_of_a_wide_table_are_scored_by_a_scale_of_the_study),
        cmocka_unit_test(a_baseline_may_stand_among_the_participants),
        cmocka_unit_test(a_population_by_value_becomes_a_column),
        cmocka_unit_test(later_analyses_inherit_what_they_do_not_say),
        cmocka_unit_test(composite_is_honoured_for_response),
        cmocka_unit_test(own_definitions_replace_those_of_the_scale),
        cmocka_unit_test(a_constant_outcome_is_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
