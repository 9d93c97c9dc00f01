/* The section `axis`: what a sound one comes to, and every fault by file and line. A case replaces one text in one
 * file of a small sound study. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <string.h>

#include <vagus/axis.h>
#include <vagus/panel_layer.h>
#include <vagus/study.h>

/* One line of the file a line here. */
/* clang-format off */
static const char STUDY[] =
    "vagus: 1\n"                                                                     /*  1 */
    "title: A trial\n"                                                               /*  2 */
    "data: simulated\n"                                                              /*  3 */
    "participants: {table: people.csv, id: id}\n"                                    /*  4 */
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n" /*  5 */
    "arms: {control: [usual], active: [usual, pill], both: [usual, pill, diet]}\n"   /*  6 */
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic, dose: 8e9, unit: CFU/day}, diet: {type: diet}}\n" /*  7 */
    "randomisation: {arm: arm}\n"                                                    /*  8 */
    "outcomes: {mood: {table: scores.csv, scale: PHQ-9, visit: visit, column: phq}}\n" /*  9 */
    "panel:\n"                                                                       /* 10 */
    "  immune: {table: il.csv, kind: score, matrix: plasma, participant: id, visit: visit}\n" /* 11 */
    "axis:\n"                                                                        /* 12 */
    "  channels:\n"                                                                  /* 13 */
    "    immune: [il6, -il10]\n"                                                     /* 14 */
    "    stress: {markers: [cortisol], label: Stress axis}\n"                        /* 15 */
    "  confounders: {age: {}, sleep: {measured: false}}\n"                           /* 16 */
    "  arrows:\n"                                                                    /* 17 */
    "    - pill -> function:butyrate_synthesis -> immune -> mood\n"                  /* 18 */
    "    - diet -> stress -> mood\n"                                                 /* 19 */
    "    - {arrow: pill -> mood, moderated_by: [bmi, il6_baseline]}\n"               /* 20 */
    "    - {arrow: mood -> stress, lag: 1}\n"                                        /* 21 */
    "    - age -> immune\n"                                                          /* 22 */
    "    - age -> mood\n"                                                            /* 23 */
    "  reliability: {il6: {value: 0.7, source: a paper}, il10: 0.5, cortisol: {from: replicates}}\n" /* 24 */
    "plan:\n"                                                                        /* 25 */
    "  primary:\n"                                                                   /* 26 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 27 */
    "               variable: change in mood from baseline to w8,\n"                 /* 28 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 29 */
    "    method: {ancova: {covariates: [baseline]}}\n";                              /* 30 */
static const char PEOPLE[] = "id,arm,bmi,age\na,control,20,30\nb,active,21,40\nc,both,25,50\nd,active,30,20\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,14\na,w8,12\nb,baseline,16\nb,w4,12\nb,w8,11\n"
                             "c,baseline,20\nc,w4,19\nc,w8,18\nd,baseline,13\nd,w4,9\nd,w8,8\n";
static const char IL[] = "id,visit,il6,il10,cortisol\na,baseline,-1,2,1\na,w4,2,1,1\nb,baseline,0.5,3,2\nb,w4,3,1,2\n";
/* clang-format on */

enum { N_FILES = 4 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv", "il.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, IL};

typedef struct Case {
    const char *name, *file, *from, *to; /* what is replaced, and where */
    size_t line;                         /* of study.yaml */
    const char *words;
    size_t errors, warnings;
} Case;

/* `sleep` is unmeasured but no arrow leaves it, so the sound study has nothing to warn of but the function, which no
 * layer has. */
enum { SOUND_WARNINGS = 1 };

static VgStatus read_case(VgArena *arena, const Case *c, VgStudy **study, VgProblems *problems)
{
    char *folder = folder_new(arena);
    for (size_t k = 0; k < N_FILES; k++) {
        bool here = c && strcmp(c->file, NAME[k]) == 0;
        folder_write(arena, folder, NAME[k],
                     here ? study_replaced(arena, TEXT[k], c->from, c->to) : TEXT[k]);
    }
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    if (status == VG_OK)
        status = vg_study_place_axis(arena, *study, problems, &error);
    folder_remove(folder);
    return status;
}

static size_t node(const VgAxis *axis, const char *name)
{
    size_t found = vg_axis_find_node(axis, name);
    if (found == VG_AXIS_NONE)
        fail_msg("no node %s", name);
    return found;
}

static void a_sound_axis_is_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, NULL, &study, &problems) != VG_OK || problems.n != SOUND_WARNINGS) {
        study_print_problems(&problems);
        fail();
    }
    const VgAxis *axis = study->axis;
    assert_int_equal(axis->n_channels, 2);
    assert_string_equal(axis->channel[1].label, "Stress axis");
    const VgAxisNode *il10 = &axis->node[node(axis, "il10")],
                     *pill = &axis->node[node(axis, "pill")];
    assert_int_equal(il10->sign, -1);
    assert_int_equal(il10->kind, VG_AXIS_MARKER);
    assert_int_equal(il10->place.source, VG_AXIS_BY_FEATURE);
    assert_string_equal(study->layer[il10->place.layer].feature[il10->place.feature], "il10");
    assert_true(il10->place.at[0] && il10->place.at[1] && !il10->place.at[2]);
    assert_true(il10->measurement.reliability == 0.5);
    assert_true(axis->node[node(axis, "cortisol")].measurement.from_replicates);
    assert_true(!pill->in_arm[0] && pill->in_arm[1] && pill->in_arm[2]);
    assert_true(pill->dose == 8e9);
    const VgAxisNode *bmi = &axis->node[node(axis, "bmi")],
                     *base = &axis->node[node(axis, "il6_baseline")];
    assert_string_equal(bmi->place.column, "bmi");
    assert_int_equal(base->baseline_of, node(axis, "il6"));
    assert_true(base->place.baseline_only);
    assert_int_equal(axis->node[node(axis, "mood")].place.source, VG_AXIS_BY_OUTCOME);
    assert_int_equal(axis->node[node(axis, "sleep")].place.source, VG_AXIS_UNMEASURED);
    /* pill → function, function → 2 markers, 2 markers → mood, diet → cortisol → mood, pill → mood, mood → cortisol,
     * age → 2 markers and mood */
    assert_int_equal(axis->n_edges, 1 + 2 + 2 + 1 + 1 + 1 + 1 + 3);
    size_t mood = node(axis, "mood"), edge[2];
    const VgAxisChannel *immune = &axis->channel[vg_axis_find_channel(axis, "immune")];
    assert_int_equal(vg_axis_edges_between(axis, immune->node, immune->n, &mood, 1, edge), 2);
    assert_true(axis->edge[edge[0]].weight == 0.5 && axis->edge[edge[1]].weight == -0.5);
    vg_arena_destroy(arena);
}

static void the_case_holds(void **state)
{
    const Case *c = *state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgStatus status = read_case(arena, c, &study, &problems);
    bool found = false;
    for (size_t i = 0; i < problems.n; i++) {
        const VgError *problem = &problems.item[i].error;
        found = found || (problem->line == c->line && strstr(problem->message, c->words));
    }
    if (!found || problems.n_errors != c->errors || problems.n - problems.n_errors != c->warnings) {
        print_error("expected line %zu: %s; %zu errors, %zu warnings; got\n", c->line, c->words,
                    c->errors, c->warnings);
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(status == VG_OK, c->errors == 0);
    vg_arena_destroy(arena);
}

/* One case a line. */
/* clang-format off */
#define Y "study.yaml"
static const Case CASES[] = {
    {"cycle within a visit", Y, "{arrow: mood -> stress, lag: 1}", "mood -> stress", 21, "the arrows run in a circle within one visit: mood -> cortisol -> mood", 1, 0},
    {"arrow onto itself", Y, "- age -> mood", "- mood -> mood", 23, "the arrows run in a circle within one visit: mood -> mood", 1, 0},
    {"unknown node", Y, "diet -> stress -> mood", "diet -> strss -> mood", 19, "there is nothing called `strss` in the graph", 1, 0},
    {"unknown function word", Y, "function:butyrate_synthesis", "function:stress", 18, "`function:stress` names no function", 1, 0},
    {"a word that is no arrow", Y, "- age -> mood", "- age", 23, "`age` is no arrow", 1, 0},
    {"an arrow without end", Y, "- age -> mood", "- age ->", 23, "an end of an arrow is missing", 1, 0},
    {"arrow into a component", Y, "- age -> mood", "- mood -> pill", 23, "an arrow leads into pill, a component", 1, 0},
    {"reliability above one", Y, "il10: 0.5", "il10: 1.5", 24, "the reliability of il10 is 1.5, outside (0, 1]", 1, 0},
    {"reliability of nought", Y, "{value: 0.7, source: a paper}", "{value: 0}", 24, "the reliability of il6 is 0, outside (0, 1]", 1, 0},
    {"reliability of nothing", Y, "il10: 0.5", "il11: 0.5", 24, "reliability of `il11`, which is no marker", 1, 0},
    {"reliability without number", Y, "il10: 0.5", "il10: {source: x}", 24, "has neither `value` nor `from`", 1, 0},
    {"reliability is no word", Y, "il10: 0.5", "il10: high", 24, "the reliability of il10 is no number", 1, 0},
    {"marker in no layer", "il.csv", "il6,il10", "il66,il10", 14, "the marker `il6` is in no layer of the panel", 1, 1},
    {"marker in two channels", Y, "markers: [cortisol]", "markers: [cortisol, il6]", 15, "the marker `il6` is in two channels", 1, 0},
    {"marker named as a component", Y, "markers: [cortisol]", "markers: [cortisol, pill]", 15, "the marker `pill` has the name of something else", 1, 0},
    {"channel without markers", Y, "immune: [il6, -il10]", "immune: []", 14, "the channel immune has no markers", 3, 0},
    {"moderator that varies", Y, "[bmi, il6_baseline]", "[bmi, il6]", 20, "`il6` changes over visits", 1, 0},
    {"unknown moderator", Y, "[bmi, il6_baseline]", "[bmo]", 20, "the moderator `bmo` is no column", 1, 1},
    {"unknown confounder", Y, "{age: {}, sleep", "{age: {}, weight: {}, sleep", 16, "the confounder `weight` is no column", 1, 1},
    {"lag beyond the visits", Y, "lag: 1", "lag: 3", 21, "a lag of 3 visits, of 3 visits in all", 2, 0},
    {"lag in parts", Y, "lag: 1", "lag: 0.5", 21, "a lag of 0.5 visits", 2, 0},
    {"unknown key of an arrow", Y, "lag: 1", "lagg: 1", 21, "unknown key `lagg` in an arrow", 2, 0},
    {"effects belong to designs", Y, "lag: 1", "lag: 1, effect: 2", 21, "unknown key `effect` in an arrow", 1, 0},
    {"unknown key", Y, "  reliability:", "  reliabilty:", 24, "unknown key `reliabilty` in axis", 1, 0},
    {"no arrows", Y, "  arrows:\n    - pill -> function:butyrate_synthesis", "  arrows: []\n  x:\n    - pill -> function:butyrate_synthesis", 17, "the axis has no list of `arrows`", 2, 0},
    {"unmeasured common cause", Y, "    - age -> mood\n", "    - sleep -> stress\n    - sleep -> mood\n", 16, "sleep is not measured and acts on the channel stress and on mood", 0, 2},
    {"treatment changes the common cause", Y, "    - age -> mood\n", "    - function:butyrate_synthesis -> mood\n", 18, "butyrate_synthesis is not measured and acts on the channel immune and on mood: the effect through immune is not identified (treatment changes it too)", 0, 2},
    {"component of all arms", Y, "    - age -> mood\n", "    - usual -> mood\n", 7, "every arm has usual", 0, 2},
    {"components that come together", Y, "active: [usual, pill]", "active: [usual, pill, diet]", 7, "pill and diet always come together", 0, 2},
    {"channel that leads nowhere", Y, "- diet -> stress -> mood", "- diet -> stress", 15, "no arrow leads from the channel stress to an outcome", 0, 2},
    {"channel that nothing leads to", Y, "    - diet -> stress -> mood\n    - {arrow: pill -> mood, moderated_by: [bmi, il6_baseline]}\n    - {arrow: mood -> stress, lag: 1}\n", "    - stress -> mood\n", 15, "no arrow leads from a treatment to the channel stress", 0, 2},
    {"replicates of an outcome", Y, "{from: replicates}}", "{value: 0.5}, mood: {from: replicates}}", 24, "mood has no replicates", 1, 1},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

/* The outcome ends at w4 and the marker begins at w8. */
static void a_mediator_after_its_outcome_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgAxis *axis = vg_axis_create(arena, 3, 0);
    bool marker_at[] = {true, false, true}, symptom_at[] = {true, true, false};
    VgAxisNode m = vg_axis_blank_node("il6", VG_AXIS_MARKER, 3),
               y = vg_axis_blank_node("mood", VG_AXIS_SYMPTOM, 4);
    m.place.at = marker_at;
    y.place.at = symptom_at;
    VgAxisArrow arrow = {.from = {vg_axis_add_node(axis, &m), VG_AXIS_NONE},
                         .to = {vg_axis_add_node(axis, &y), VG_AXIS_NONE},
                         .effect = NAN,
                         .line = 7};
    assert_int_equal(vg_axis_add_arrow(axis, &arrow, NULL), 0);
    assert_true(vg_axis_expand(axis));
    VgAxisIssues issues = {0};
    static const char *const VISITS[] = {"baseline", "w4", "w8"};
    axis->visit_name = VISITS;
    vg_axis_check_timing(axis, &issues);
    assert_int_equal(issues.n, 1);
    assert_false(issues.item[0].warning);
    assert_int_equal(issues.item[0].line, 7);
    assert_non_null(strstr(issues.item[0].message,
                           "il6 is first measured after baseline at w8, the "
                           "outcome mood last at w4"));
    symptom_at[2] = true;
    issues.n = 0;
    vg_axis_check_timing(axis, &issues);
    assert_int_equal(issues.n, 0);
    axis->arrow[0].lag = 1; /* il6 at w8 would act after w8 */
    vg_axis_check_timing(axis, &issues);
    assert_int_equal(issues.n, 1);
    vg_arena_destroy(arena);
}

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 2] = {
        cmocka_unit_test(a_sound_axis_is_read),
        cmocka_unit_test(a_mediator_after_its_outcome_is_refused)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[2 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
