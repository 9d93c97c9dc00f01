/* plan: strata and its table of costs: what a sound study comes to, and every fault by file and line. A case replaces one text in one file of
 * a small sound study. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <string.h>

#include <vagus/moderator.h>
#include <vagus/strata_plan.h>

/* One line of the file a line here. */
/* clang-format off */
static const char STUDY[] =
    "vagus: 1\n"                                                                     /*  1 */
    "title: A trial\n"                                                               /*  2 */
    "data: simulated\n"                                                              /*  3 */
    "participants: {table: people.csv, id: id, withdrawal_reason: why}\n"            /*  4 */
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n" /*  5 */
    "arms: {control: [usual], diet: [usual, food], transplant: [usual, donor]}\n"    /*  6 */
    "components: {usual: {type: usual_care}, food: {type: diet}, donor: {type: fmt}}\n" /*  7 */
    "randomisation: {arm: arm, strata: [site]}\n"                                    /*  8 */
    "outcomes: {mood: {table: scores.csv, scale: PHQ-9, visit: visit, column: phq}}\n" /*  9 */
    "panel:\n"                                                                       /* 10 */
    "  immune: {table: il.csv, kind: score, matrix: plasma, participant: id, visit: visit}\n" /* 11 */
    "  late: {table: late.csv, kind: score, matrix: stool, participant: id, visit: visit}\n" /* 12 */
    "moderators: [bmi, mood_baseline, il6_baseline, class]\n"                        /* 13 */
    "plan:\n"                                                                        /* 14 */
    "  strata:\n"                                                                    /* 15 */
    "    - outcome: mood at w8\n"                                                    /* 16 */
    "      moderators: [il6_baseline, bmi]\n"                                        /* 17 */
    "      panel: [immune]\n"                                                        /* 18 */
    "      learner: forest\n"                                                        /* 19 */
    "      adjust: hommel\n"                                                         /* 20 */
    "      worthwhile: 3\n"                                                          /* 21 */
    "      combinations: [class]\n"                                                  /* 22 */
    "      policy: {depth: 1, costs: costs.csv, min_leaf: 20, cuts: 30, safety: cleared}\n" /* 23 */
    "      permutations: 500\n"                                                      /* 24 */
    "      seed: 7\n"                                                                /* 25 */
    "    - {outcome: immune il6 at w8, better: lower, treatment: diet against control}\n"; /* 26 */
static const char PEOPLE[] = "id,arm,bmi,class,site,cleared,why,after\na,control,20,ssri,n,yes,,12\nb,diet,21,none,s,no,moved,11\nc,transplant,25,ssri,n,yes,,18\nd,diet,30,none,s,yes,,8\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,14\na,w8,12\nb,baseline,16\nb,w4,12\nb,w8,11\n"
                             "c,baseline,20\nc,w4,19\nc,w8,18\nd,baseline,13\nd,w4,9\nd,w8,8\n";
static const char IL[] = "id,visit,il6,il10\na,baseline,-1,2\na,w8,3,1\nb,baseline,0.5,3\nb,w8,4,1\n";
static const char LATE[] = "id,visit,butyrate\na,w4,1\nb,w4,2\n";
static const char COSTS[] = "arm,cost,harm,burden\ncontrol,0,0,0\ndiet,0.5,0,0.25\ntransplant,2,0.5,1\n";
/* clang-format on */

enum { N_FILES = 6 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv",
                                          "il.csv",     "late.csv",   "costs.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, IL, LATE, COSTS};

static VgStatus read_case(VgArena *arena, const StudyCase *c, VgStudy **study, VgProblems *problems)
{
    char *folder = folder_new(arena);
    VgError error = {0};
    study_write(arena, folder, NAME, TEXT, N_FILES, c);
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    if (status == VG_OK)
        status = vg_study_place_axis(arena, *study, problems, &error);
    folder_remove(folder);
    return status;
}

static VgStudy *read_sound(VgArena *arena, const StudyCase *c)
{
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, c, &study, &problems) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    return study;
}

static void a_sound_plan_is_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read_sound(arena, NULL);
    assert_int_equal(study->n_strata_plans, 2);
    const VgDeclaredStrata *one = &study->strata_plan[0];
    assert_string_equal(one->id, "strata");
    assert_string_equal(one->label, "For whom: mood");
    assert_int_equal(one->place.source, VG_AXIS_BY_OUTCOME);
    assert_int_equal(one->outcome_visit, 2);
    assert_true(one->arm == SIZE_MAX && one->reference == SIZE_MAX && !one->all_moderators);
    assert_int_equal(one->n_moderators, 2);
    assert_string_equal(study->moderator[one->moderator[0]].name, "il6_baseline");
    assert_string_equal(study->moderator[one->moderator[1]].name, "bmi");
    assert_int_equal(one->panel.n_layers, 1);
    assert_int_equal(one->panel.layer[0], 0);
    assert_int_equal(one->learner, VG_DECLARED_LEARNER_FOREST);
    assert_int_equal(one->adjust, VG_ADJUST_HOMMEL);
    study_near(one->worthwhile, 3);
    assert_int_equal(one->n_combinations, 1);
    assert_int_equal(one->permutations, 500);
    assert_int_equal(one->seed, 7);
    const VgDeclaredPolicy *policy = &one->policy;
    assert_true(policy->wanted);
    assert_int_equal(policy->depth, 1);
    assert_int_equal(policy->min_leaf, 20);
    assert_int_equal(policy->cuts, 30);
    study_near(policy->price[0].cost, 0);
    study_near(policy->price[1].burden, 0.25);
    study_near(policy->price[2].cost, 2);
    study_near(policy->price[2].harm, 0.5);
    /* the arm with a component of type fmt, and no other */
    assert_true(policy->needs_safety[2] && !policy->needs_safety[1] && !policy->needs_safety[0]);
    assert_string_equal(policy->safe_column[2], "cleared");
    assert_null(policy->safe_column[1]);
    bool among = false;
    for (size_t k = 0; k < study->n_inputs; k++)
        among = among || strstr(study->input[k].path, "costs.csv");
    assert_true(among);
    vg_arena_destroy(arena);
}

static void what_is_not_declared_has_its_default(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read_sound(arena, NULL);
    const VgDeclaredStrata *two = &study->strata_plan[1];
    assert_string_equal(two->id, "strata_2");
    assert_int_equal(two->arm, 1);
    assert_int_equal(two->reference, 0);
    assert_int_equal(two->better, -1);
    assert_int_equal(two->place.source, VG_AXIS_BY_FEATURE);
    assert_true(two->all_moderators);
    assert_int_equal(two->n_moderators, 4);
    assert_int_equal(two->panel.n_layers, 0);
    assert_int_equal(two->learner, VG_DECLARED_LEARNER_BY_SIZE);
    assert_int_equal(two->adjust, VG_ADJUST_HOLM);
    assert_true(isnan(two->worthwhile) && !two->policy.wanted);
    assert_int_equal(two->permutations, 1000);
    assert_int_equal(two->seed, 1);
    vg_arena_destroy(arena);
}

static void all_layers_are_those_with_a_baseline(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const StudyCase c = {.file = "study.yaml", .from = "panel: [immune]\n", .to = "panel: all\n"};
    VgStudy *study = read_sound(arena, &c);
    assert_int_equal(study->strata_plan[0].panel.n_layers, 1);
    assert_int_equal(study->strata_plan[0].panel.layer[0], 0);
    vg_arena_destroy(arena);
}

/* Without a safety column the arm needs one still, and nobody is cleared; by name any arm may need one; prices of one sort do. */
static void safety_and_costs_come_in_other_shapes(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    StudyCase c = {.file = "study.yaml", .from = ", safety: cleared}", .to = "}"};
    const VgDeclaredPolicy *policy = &read_sound(arena, &c)->strata_plan[0].policy;
    assert_true(policy->needs_safety[2]);
    assert_null(policy->safe_column[2]);
    c.to = ", safety: {diet: cleared}}";
    policy = &read_sound(arena, &c)->strata_plan[0].policy;
    assert_true(policy->needs_safety[1] && policy->needs_safety[2]);
    assert_string_equal(policy->safe_column[1], "cleared");
    assert_null(policy->safe_column[2]);
    c = (StudyCase){
        .file = "costs.csv",
        .from = "arm,cost,harm,burden\ncontrol,0,0,0\ndiet,0.5,0,0.25\ntransplant,2,0.5,1\n",
        .to = "arm;harm\ncontrol;0\ntransplant;0.5\ndiet;0\n"};
    policy = &read_sound(arena, &c)->strata_plan[0].policy;
    study_near(policy->price[2].harm, 0.5);
    study_near(policy->price[2].cost, 0);
    c = (StudyCase){.file = "study.yaml",
                    .from = "costs: costs.csv",
                    .to = "costs: {transplant: {cost: 2, harm: 0.5}, diet: {burden: 0.25}}"};
    policy = &read_sound(arena, &c)->strata_plan[0].policy;
    study_near(policy->price[2].harm, 0.5);
    study_near(policy->price[2].cost, 2);
    study_near(policy->price[1].burden, 0.25);
    study_near(policy->price[0].cost, 0);
    vg_arena_destroy(arena);
}

static void the_case_holds(void **state)
{
    const StudyCase *c = *state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgStatus status = read_case(arena, c, &study, &problems);
    study_case_holds(c, status, &problems);
    vg_arena_destroy(arena);
}

/* One case a line. */
/* clang-format off */
#define Y "study.yaml"
#define C "costs.csv"
static const StudyCase CASES[] = {
    {"unknown key", Y, "adjust: hommel", "adjusted: hommel", Y, 20, "unknown key `adjusted` in strata", 1, 0},
    {"no outcome", Y, "outcome: mood at w8\n", "label: x\n", Y, 16, "strata has no `outcome`", 1, 0},
    {"outcome without visit", Y, "mood at w8", "mood", Y, 16, "`outcome: mood` does not say at which visit", 1, 0},
    {"outcome at baseline", Y, "mood at w8", "mood at baseline", Y, 16, "the outcome at baseline: no treatment can have changed it yet", 1, 0},
    {"unknown outcome", Y, "mood at w8", "moood at w8", Y, 16, "the outcome `moood` is no outcome of the study and nothing that the panel measures", 1, 0},
    {"outcome at an unknown visit", Y, "mood at w8", "mood at w9", Y, 16, "w9", 1, 0},
    {"outcome that is not measured then", Y, "il6 at w8", "il6 at w4", Y, 26, "immune il6 is not measured at w4", 1, 0},
    {"direction of a scale", Y, "outcome: mood at w8\n", "outcome: mood at w8\n      better: lower\n", Y, 16, "`better` for mood, whose scale says it", 1, 0},
    {"a marker without direction", Y, "better: lower, ", "", Y, 26, "it is not said whether less or more of immune il6 is a benefit", 1, 0},
    {"unknown direction", Y, "better: lower", "better: down", Y, 26, "`better: down` is not known", 1, 0},
    {"unknown arm", Y, "diet against control", "died against control", Y, 26, "there is no arm `died`", 1, 0},
    {"unknown moderator", Y, "moderators: [il6_baseline, bmi]", "moderators: [il6_baseline, bmj]", Y, 17, "`bmj` is no declared moderator", 1, 0},
    {"a column that is no moderator", Y, "moderators: [il6_baseline, bmi]", "moderators: [site]", Y, 17, "`site` is no declared moderator", 1, 0},
    {"a moderator at a later visit", Y, "moderators: [il6_baseline, bmi]", "moderators: [il6 at w8]", Y, 17, "`il6 at w8` is no declared moderator", 1, 0},
    {"no moderators", Y, "moderators: [bmi, mood_baseline, il6_baseline, class]\n", "", Y, 16, "strata without a declared moderator", 2, 0},
    {"a moderator twice", Y, "moderators: [il6_baseline, bmi]", "moderators: [bmi, bmi]", Y, 17, "the moderator `bmi` is listed twice", 1, 0},
    {"a declared moderator that came later", Y, "moderators: [bmi, mood", "moderators: [after, bmi, mood", Y, 13, "the moderator `after` is not known before randomisation: it is mood at w8, measured after randomisation", 1, 0},
    {"unknown layer", Y, "panel: [immune]", "panel: [imune]", Y, 18, "there is no layer `imune`", 1, 0},
    {"a layer twice", Y, "panel: [immune]", "panel: [immune, immune]", Y, 18, "the layer `immune` stands there twice", 1, 0},
    {"a layer without baseline", Y, "panel: [immune]", "panel: [late]", Y, 18, "the layer `late` has no sample at baseline", 1, 0},
    {"unknown learner", Y, "learner: forest", "learner: oracle", Y, 19, "`learner: oracle` is not known", 1, 0},
    {"unknown adjustment", Y, "adjust: hommel", "adjust: homel", Y, 20, "`adjust: homel` is not known", 1, 0},
    {"nothing is worthwhile", Y, "worthwhile: 3", "worthwhile: 0", Y, 21, "`worthwhile: 0` is no difference that could matter", 1, 0},
    {"worthwhile in words", Y, "worthwhile: 3", "worthwhile: three", Y, 21, "`worthwhile` is not a number", 1, 0},
    {"combination of no column", Y, "combinations: [class]", "combinations: [klass]", Y, 22, "klass", 1, 0},
    {"combination of numbers", Y, "combinations: [class]", "combinations: [bmi]", Y, 22, "the background treatment `bmi` holds numbers", 1, 0},
    {"combination that came later", Y, "combinations: [class]", "combinations: [why]", Y, 22, "the background treatment `why` is not known before randomisation: it is the reason of withdrawal", 1, 0},
    {"policy in a word", Y, "policy: {depth: 1, costs: costs.csv, min_leaf: 20, cuts: 30, safety: cleared}", "policy: yes", Y, 23, "policy is not a mapping", 1, 0},
    {"unknown key of the policy", Y, "min_leaf: 20", "leaf: 20", Y, 23, "unknown key `leaf` in policy", 1, 0},
    {"a deep policy", Y, "depth: 1", "depth: 4", Y, 23, "`depth: 4` is not a whole number from 1 to 3", 1, 0},
    {"a small leaf", Y, "min_leaf: 20", "min_leaf: 0", Y, 23, "`min_leaf: 0` is not a whole number", 1, 0},
    {"costs of no file", Y, "costs: costs.csv", "costs: cost.csv", Y, 23, "cost.csv cannot be opened", 1, 0},
    {"costs of no arm in the plan", Y, "costs: costs.csv", "costs: {died: {cost: 1}}", Y, 23, "there is no arm `died`", 1, 0},
    {"a number for costs", Y, "costs: costs.csv", "costs: {diet: 1}", Y, 23, "diet is not a mapping", 1, 0},
    {"unknown costs in the plan", Y, "costs: costs.csv", "costs: {diet: {coast: 1}}", Y, 23, "unknown key `coast` in costs", 1, 0},
    {"a negative cost in the plan", Y, "costs: costs.csv", "costs: {diet: {harm: -1}}", Y, 23, "the harm `-1` is no number of nought or more", 1, 0},
    {"safety of no column", Y, "safety: cleared", "safety: clear", Y, 23, "has no column `clear`", 1, 0},
    {"safety of no arm", Y, "safety: cleared", "safety: {trans: cleared}", Y, 23, "there is no arm `trans`", 1, 0},
    {"safety without need", Y, "donor: {type: fmt}", "donor: {type: drug}", Y, 23, "`safety` without an arm that needs it", 1, 0},
    {"few permutations", Y, "permutations: 500", "permutations: 20", Y, 24, "`permutations: 20` is not a whole number from 99", 1, 0},
    {"seed", Y, "seed: 7", "seed: 0", Y, 25, "`seed: 0` is not a whole number", 1, 0},
    {"an id twice", Y, "better: lower", "id: strata, better: lower", Y, 26, "the id `strata` is taken", 1, 0},
    {"costs without arms", C, "arm,cost", "name,cost", C, 1, "no column arm", 1, 0},
    {"costs without prices", C, "arm,cost,harm,burden", "arm,a,b,c", C, 1, "no column cost, harm or burden", 1, 0},
    {"a column that is not read", C, "arm,cost,harm,burden", "arm,cost,harm,bother", C, 1, "the column bother is not read", 0, 1},
    {"costs of an unknown arm", C, "diet,0.5", "dit,0.5", C, 3, "there is no arm `dit`", 2, 0},
    {"an arm without costs", C, "transplant,2,0.5,1\n", "", C, 0, "the arm transplant has no row", 1, 0},
    {"an arm with two costs", C, "transplant,2", "diet,1,1,1\ntransplant,2", C, 4, "the arm diet has a row already", 1, 0},
    {"a row of no arm", C, "transplant,2", ",1,1,1\ntransplant,2", C, 4, "no arm in this row", 1, 0},
    {"a price below nought", C, "diet,0.5", "diet,-0.5", C, 3, "the cost `-0.5` is no number of nought or more", 1, 0},
    {"a price in words", C, "2,0.5,1", "2,0.5,much", C, 4, "the burden `much` is no number of nought or more", 1, 0},
    {"no price", C, "2,0.5,1", "2,,1", C, 4, "no harm in this row", 1, 0},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES, N_SOUND = 4 };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + N_SOUND] = {
        cmocka_unit_test(a_sound_plan_is_read),
        cmocka_unit_test(what_is_not_declared_has_its_default),
        cmocka_unit_test(all_layers_are_those_with_a_baseline),
        cmocka_unit_test(safety_and_costs_come_in_other_shapes)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[N_SOUND + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                                 (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
