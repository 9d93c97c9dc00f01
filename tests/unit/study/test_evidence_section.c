/* The section `evidence:` of a study file: what it means, and every kind of problem with the line and words that it must
 * name. A small sound review is written to a folder; each case replaces one text in one of its files. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vagus/review.h>

#include "base/file.h"

/* clang-format off */
static const char REVIEW[] = /* line */
    "vagus: 1\n"                                                                  /*  1 */
    "title: A review\n"                                                           /*  2 */
    "data: real\n"                                                                /*  3 */
    "evidence:\n"                                                                 /*  4 */
    "  question: Does it help?\n"                                                 /*  5 */
    "  table: trials.csv\n"                                                       /*  6 */
    "  measure: smd\n"                                                            /*  7 */
    "  columns: {study: trial, n: [n_a, n_b]}\n"                                  /*  8 */
    "  outcome: Mood\n"                                                           /*  9 */
    "  direction: lower is better\n"                                              /* 10 */
    "  benefit_is_positive: true\n"                                               /* 11 */
    "  important_difference: {value: 0.24, source: a paper}\n"                    /* 12 */
    "  control_event_rate: {value: 0.3, source: another}\n"                       /* 13 */
    "  pre_post_correlation: 0.5\n"                                               /* 14 */
    "  grade:\n"                                                                  /* 15 */
    "    - {domain: indirectness, downgrade: 1, reason: mild only}\n"             /* 16 */
    "  sources: {table: trials.csv, study: trial, citation: source}\n"            /* 17 */
    "  analyses:\n"                                                               /* 18 */
    "    - id: all\n"                                                             /* 19 */
    "      pairwise: {method: pm, test: knha, subgroup: role, small_study: [egger, step], steps: [0.05, 0.5]}\n" /* 20 */
    "    - pairwise: {moderators: ~ log(weeks) + role, permutations: 99}\n"       /* 21 */
    "    - {sensitivity: true, pairwise: {filter: {role: alone}, test: z}}\n";    /* 22 */

static const char TRIALS[] =
    "trial,role,weeks,n_a,m1,sd1,n_b,m2,sd2,source\n"   /* 1 */
    "A,adjunct,8,20,10,3,20,12,3,Paper A\n"             /* 2 */
    "B,adjunct,6,30,11,4,30,12,4,Paper B\n"             /* 3 */
    "C,alone,8,25,9,3,25,9,3,Paper C\n"                 /* 4 */
    "D,alone,12,40,8,3,40,9,3,Paper D\n";               /* 5 */
/* clang-format on */

/* Reads the review with `from` in one of its files replaced by `to`. */
static VgStatus read_changed(VgArena *arena, const char *from, const char *to, VgStudy **study,
                             VgProblems *problems)
{
    const char *folder = folder_new(arena);
    const char *name[] = {"study.yaml", "trials.csv"}, *text[] = {REVIEW, TRIALS};
    bool found = from == NULL;
    VgError error = {0};
    for (int f = 0; f < 2; f++) {
        const char *at = from ? strstr(text[f], from) : NULL;
        const char *whole = text[f];
        if (at && !found) {
            whole = vg_arena_printf(arena, "%.*s%s%s", (int)(at - text[f]), text[f], to,
                                    at + strlen(from));
            found = true;
        }
        WITNESS_OK(vg_file_write(vg_path_join(arena, folder, name[f]), whole, strlen(whole), &error),
                   &error);
    }
    assert_true(found);
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    folder_remove(folder);
    return status;
}

static void a_sound_review_means_what_it_says(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    assert_int_equal(read_changed(arena, NULL, NULL, &study, &problems), VG_OK);
    assert_int_equal(problems.n, 0);
    const VgReview *review = study->review;
    assert_non_null(review);
    const VgEvidencePlan *plan = &review->plan;
    assert_int_equal(plan->measure, VG_MEASURE_SMD);
    assert_true(plan->direction_known && plan->lower_is_better && plan->benefit_is_positive);
    assert_true(plan->important_difference == 0.24 && plan->control_event_rate == 0.3);
    assert_string_equal(plan->control_event_rate_source, "another");
    assert_true(plan->pre_post_correlation == 0.5);
    assert_true(plan->certainty);
    assert_int_equal(plan->n_grade, 1);
    assert_int_equal(plan->grade[0].line, 16);
    assert_int_equal(plan->n_analyses, 3);
    const VgEvidenceAnalysis *all = &plan->analysis[0], *third = &plan->analysis[2];
    assert_string_equal(all->id, "all");
    assert_int_equal(all->tau2, VG_TAU2_PM);
    assert_int_equal(all->small_study, VG_SMALL_STUDY_EGGER | VG_SMALL_STUDY_STEP);
    assert_true(all->n_steps == 2 && all->step[0] == 0.05);
    assert_string_equal(plan->analysis[1].moderators, "log(weeks) + role");
    assert_int_equal(plan->analysis[1].permutations, 99);
    /* a sensitivity analysis begins with the model of the last main one, and drops its looks */
    assert_true(third->sensitivity);
    assert_int_equal(third->tau2, plan->analysis[1].tau2);
    assert_int_equal(third->test, VG_META_TEST_Z);
    assert_null(third->moderators);
    assert_string_equal(third->id, "sensitivity");
    assert_string_equal(third->subset_level, "alone");
    assert_int_equal(review->extraction->n_rows, 4);
    assert_true(review->extraction->row[1].group[1].n == 30);
    assert_int_equal(review->n_sources, 4);
    assert_string_equal(review->source[2].citation, "Paper C");
    assert_int_equal(study->n_inputs, 2);
    vg_arena_destroy(arena);
}

typedef struct Case {
    const char *from, *to;
    size_t line;
    const char *message, *hint;
} Case;

static const Case CASES[] = {
    {"measure: smd", "measure: hedges", 7, "`measure: hedges` is not known", "one of: generic"},
    {"  measure: smd\n", "", 4, "`evidence` has no `measure`", "smd"},
    {"  table: trials.csv\n", "", 4, "`evidence` has no `table`", "trials.csv"},
    {"table: trials.csv", "table: trails.csv", 0, "", ""},
    {"outcome: Mood", "outcom: Mood", 9, "unknown key `outcom` in evidence", "did you mean `outcome`?"},
    {"n: [n_a, n_b]", "n: [n_a, n_c]", 8, "has no column `n_c`", "did you mean `n_a`?"},
    {"n: [n_a, n_b]", "n: [n_a, n_b, m1]", 8, "takes one or two, not 3", "one name"},
    {"n: [n_a, n_b]", "m: [n_a, n_b]", 8, "unknown key `m` in columns", "did you mean"},
    {"direction: lower is better\n", "unit: points\n", 11, "`benefit_is_positive` without `direction`",
     "lower is better"},
    {"direction: lower", "direction: less", 10, "is not known", "lower is better"},
    {"value: 0.24, source: a paper", "value: 0.24", 12, "has no `source`", "name where"},
    {"value: 0.24", "value: -1", 12, "`value: -1`", "between 0"},
    {"value: 0.3,", "value: 30,", 13, "`value: 30`", "between 0 and 1"},
    {"downgrade: 1", "downgrade: 3", 16, "downgrades by 0, 1 or 2", "0, 1 or 2"},
    {", reason: mild only", "", 16, "has no `reason`", "refused"},
    {"domain: indirectness", "domain: mood", 16, "`domain: mood` is not known", "imprecision"},
    {"citation: source", "citation: sauce", 17, "has no column `sauce`", "did you mean `source`?"},
    {"id: all", "id: al l", 19, "the id `al l`", "letters"},
    {"method: pm", "method: moments", 20, "`method: moments` is not known", "reml"},
    {"subgroup: role", "subgroup: roll", 20, "has no column `roll`", "did you mean `role`?"},
    {"[egger, step]", "[eger]", 20, "`small_study: eger`", "did you mean `egger`?"},
    {"steps: [0.05, 0.5]", "steps: [0.5, 0.05]", 20, "not ascending", "0.025"},
    {"log(weeks) + role", "log(week) + role", 21, "has no column `week`", "did you mean `weeks`?"},
    {"~ log(weeks) + role", "weeks + (", 21, "moderators", ""},
    {"moderators: ~ log(weeks) + role, ", "", 21, "`permutations` without `moderators`", "moderators"},
    {"permutations: 99", "permutations: 9.5", 21, "`permutations: 9.5`", "whole number"},
    {"filter: {role: alone}", "filter: {role: single}", 22, "has role = single", "as it stands"},
    {"filter: {role: alone}", "filter: role", 22, "not one column", "{COLUMN: LEVEL}"},
    {"pairwise: {filter", "paired: {filter", 22, "unknown key `paired`", "docs/study-file.md"},
    {"    - pairwise: {moderators", "    - network: {moderators", 21, "", ""},
    {"    - id: all\n", "    - sensitivity: true\n", 19, "the first analysis is a sensitivity", "before it"},
    {"data: real\n", "data: real\nplan: {}\n", 4, "`plan` beside `evidence`", "of its own"},
    {"test: z}}", "exclude_high_risk: true}}", 22, "no column of the overall risk of bias", "overall"},
    /* the table's rows, by the measure */
    {"A,adjunct,8,20,10,3", "A,adjunct,8,20,10,-3", 2, "SD of group 1", "above 0"},
    {"B,adjunct,6,30", "B,adjunct,6,1", 3, "n = 1", "2 people"},
    {"D,alone", "C,alone", 5, "stands on line 4 too", ""},
};

static void every_problem_is_told_with_its_line(void **state)
{
    (void)state;
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        VgArena *arena = vg_arena_create();
        const Case *expected = &CASES[c];
        VgStudy *study;
        VgProblems problems;
        VgStatus status = read_changed(arena, expected->from, expected->to, &study, &problems);
        assert_int_not_equal(status, VG_OK);
        assert_null(study);
        bool found = false;
        for (size_t i = 0; i < problems.n; i++) {
            const VgError *error = &problems.item[i].error;
            found = found || (!problems.item[i].warning &&
                              (expected->line == 0 || error->line == expected->line) &&
                              strstr(error->message, expected->message) &&
                              strstr(error->hint, expected->hint));
        }
        if (!found) {
            print_error("%s -> %s: line %zu, \"%s\" (%s) is not told\n", expected->from, expected->to,
                        expected->line, expected->message, expected->hint);
            for (size_t i = 0; i < problems.n; i++)
                print_error("  line %zu: %s (%s)\n", problems.item[i].error.line,
                            problems.item[i].error.message, problems.item[i].error.hint);
        }
        assert_true(found);
        vg_arena_destroy(arena);
    }
}

/* A wrong judgement and a wrong row are told together; a wrong measure hides the rows that it would misread. */
static void file_and_table_are_told_at_once(void **state)
{
    (void)state;
    static const char *const MEASURE[] = {"smd", "hedges"};
    static const size_t ERRORS[] = {2, 2};
    for (int c = 0; c < 2; c++) {
        VgArena *arena = vg_arena_create();
        const char *folder = folder_new(arena);
        VgError error = {0};
        const char *review = vg_arena_printf(arena,
                                             "vagus: 1\ntitle: A review\ndata: real\nevidence:\n  table: trials.csv\n"
                                             "  measure: %s\n  grade: [{domain: mood, downgrade: 1, reason: x}]\n"
                                             "  analyses:\n    - pairwise: {}\n",
                                             MEASURE[c]);
        static const char ROWS[] = "study,n1,m1,sd1,n2,m2,sd2\nA,20,1,2,20,2,-2\nB,20,1,2,20,2,2\n";
        WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "study.yaml"), review, strlen(review), &error), &error);
        WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "trials.csv"), ROWS, sizeof ROWS - 1, &error), &error);
        VgStudy *study;
        VgProblems problems;
        VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
        folder_remove(folder);
        assert_int_equal(status, VG_INVALID_INPUT);
        assert_int_equal(problems.n_errors, ERRORS[c]);
        assert_int_equal(problems.item[0].error.line, c == 0 ? 7 : 6);
        assert_int_equal(problems.item[1].error.line, c == 0 ? 2 : 7);
        vg_arena_destroy(arena);
    }
}

static void a_reference_that_no_study_has_is_refused(void **state)
{
    (void)state;
    static const char NETWORK[] =
        "vagus: 1\ntitle: A network\ndata: real\nevidence:\n  table: trials.csv\n  measure: generic\n"
        "  analyses:\n    - network: {reference: plac, separator: +, interactions: [x*y], components: {x: drug}}\n";
    static const char CONTRASTS[] = "study,treat1,treat2,TE,seTE\na,x,placebo,0.3,0.1\nb,y,placebo,0.2,0.1\n";
    VgArena *arena = vg_arena_create();
    const char *folder = folder_new(arena);
    VgError error = {0};
    WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "study.yaml"), NETWORK, sizeof NETWORK - 1, &error), &error);
    WITNESS_OK(vg_file_write(vg_path_join(arena, folder, "trials.csv"), CONTRASTS, sizeof CONTRASTS - 1, &error), &error);
    VgStudy *study;
    VgProblems problems;
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    folder_remove(folder);
    assert_int_equal(status, VG_INVALID_INPUT);
    assert_int_equal(problems.n_errors, 1);
    assert_non_null(strstr(error.message, "no arm received `plac`"));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_review_means_what_it_says),
        cmocka_unit_test(every_problem_is_told_with_its_line),
        cmocka_unit_test(file_and_table_are_told_at_once),
        cmocka_unit_test(a_reference_that_no_study_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
