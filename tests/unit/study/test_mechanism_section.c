/* plan: mechanism, moderators and events: adherence: what a sound study comes to, and every fault by file and line. A case
 * replaces one text in one file of a small sound study. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <string.h>

#include <vagus/mechanism_plan.h>
#include <vagus/moderator.h>

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
    "randomisation: {arm: arm, date: date}\n"                                        /*  8 */
    "outcomes: {mood: {table: scores.csv, scale: PHQ-9, visit: visit, column: phq}}\n" /*  9 */
    "panel:\n"                                                                       /* 10 */
    "  immune: {table: il.csv, kind: score, matrix: plasma, participant: id, visit: visit}\n" /* 11 */
    "  gut: {table: gut.csv, kind: score, matrix: stool, participant: id, visit: visit}\n" /* 12 */
    "axis:\n"                                                                        /* 13 */
    "  channels: {immune: [il6, -il10], stress: [cortisol], metabolites: [butyrate, acetate]}\n" /* 14 */
    "  arrows:\n"                                                                    /* 15 */
    "    - pill -> metabolites -> immune -> mood\n"                                  /* 16 */
    "    - diet -> stress -> mood\n"                                                 /* 17 */
    "events:\n"                                                                      /* 18 */
    "  adherence: {table: taken.csv, component: what, visit: when, taken: share}\n"  /* 19 */
    "  exposure_days: days\n"                                                        /* 20 */
    "moderators: [bmi, mood_baseline, il6_baseline]\n"                               /* 21 */
    "plan:\n"                                                                        /* 22 */
    "  mechanism:\n"                                                                 /* 23 */
    "    - treatment: pill\n"                                                        /* 24 */
    "      outcome: mood at w8\n"                                                    /* 25 */
    "      mediators_at: w4\n"                                                       /* 26 */
    "      channels: [immune, stress]\n"                                             /* 27 */
    "      covariates: [bmi]\n"                                                      /* 28 */
    "      draws: 200\n"                                                             /* 29 */
    "    - {treatment: both against control, outcome: immune il6 at w8, mediators_at: w4, score: markers, channels: all}\n" /* 30 */
    "  primary:\n"                                                                   /* 31 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 32 */
    "               variable: change in mood from baseline to w8,\n"                 /* 33 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 34 */
    "    method: {ancova: {covariates: [baseline]}}\n";                              /* 35 */
static const char PEOPLE[] = "id,arm,bmi,age,days,date\na,control,20,30,56,2026-01-01\nb,active,21,40,56,2026-01-01\nc,both,25,50,20,2026-01-01\nd,active,30,20,56,2026-01-01\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,14\na,w8,12\nb,baseline,16\nb,w4,12\nb,w8,11\n"
                             "c,baseline,20\nc,w4,19\nc,w8,18\nd,baseline,13\nd,w4,9\nd,w8,8\n";
static const char IL[] = "id,visit,il6,il10,cortisol\na,baseline,-1,2,1\na,w4,2,1,1\na,w8,3,1,1\nb,baseline,0.5,3,2\nb,w4,3,1,2\nb,w8,4,1,2\n";
static const char GUT[] = "id,visit,butyrate,acetate\na,w4,1,2\nb,w4,2,1\na,w8,1,2\nb,w8,2,1\n";
static const char TAKEN[] = "id,what,when,share\nb,pill,w4,0.9\nb,pill,w8,0.7\nc,pill,w4,0.5\nc,diet,w4,0.2\n";
/* clang-format on */

enum { N_FILES = 6 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv",
                                          "il.csv",     "gut.csv",    "taken.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, IL, GUT, TAKEN};

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

static void a_sound_plan_is_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, NULL, &study, &problems) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(study->n_mechanisms, 2);
    const VgMechanismPlan *one = &study->mechanism[0], *two = &study->mechanism[1];
    assert_string_equal(one->id, "mechanism");
    assert_int_equal(one->component, 1);
    assert_true(one->arm == SIZE_MAX && one->baseline && one->sensitivity && one->reliability);
    assert_int_equal(one->place.source, VG_AXIS_BY_OUTCOME);
    assert_int_equal(one->outcome_visit, 2);
    assert_int_equal(one->mediator_visit, 1);
    assert_int_equal(one->n_channels, 2);
    assert_int_equal(one->draws, 200);
    assert_string_equal(one->covariate[0], "bmi");
    assert_string_equal(two->id, "mechanism_2");
    assert_string_equal(two->score, "markers");
    assert_int_equal(two->component, SIZE_MAX);
    assert_int_equal(two->arm, 2);
    assert_int_equal(two->reference, 0);
    assert_int_equal(two->place.source, VG_AXIS_BY_FEATURE);
    assert_int_equal(two->draws, 5000);
    /* all but the one that the outcome is a marker of */
    assert_int_equal(two->n_channels, 2);
    assert_string_equal(study->axis->channel[two->channel[0]].name, "stress");
    assert_int_equal(study->n_moderators, 3);
    assert_string_equal(study->moderator[0].place.column, "bmi");
    assert_int_equal(study->moderator[1].place.source, VG_AXIS_BY_OUTCOME);
    assert_true(study->moderator[2].place.baseline_only);
    assert_int_equal(study->n_adherence, 4);
    VgAdherenceSummary s;
    assert_true(vg_study_adherence(arena, study, 1, SIZE_MAX, 1, &s));
    assert_int_equal(s.n, 2);
    study_near(s.mean, 0.7);
    study_near(s.median, 0.7);
    study_near(s.least, 0.5);
    study_near(s.below, 0.5);
    assert_false(vg_study_adherence(arena, study, 1, 0, 1, &s));
    vg_arena_destroy(arena);
}

/* A bare file with the usual names, arms in place of components, dates in place of visits. */
static void adherence_is_read_in_other_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *section, *table;
        size_t component, visit;
    } SHAPE[] = {
        {"taken.csv", "id,component,visit,share_taken\nb,pill,w4,0.9\n", 1, 1},
        {"{table: taken.csv}", "id,arm,date,taken\nb,active,2026-01-20,0.9\n", SIZE_MAX, 1},
        {"taken.csv", "id,arm,day,taken\nb,active,29,0.9\n", SIZE_MAX, 2},
        {"{table: taken.csv, id: who, date: on}", "who,component,on,taken\nb,pill,2027-01-01,0.9\n",
         1, 2},
    };
    for (size_t k = 0; k < sizeof SHAPE / sizeof *SHAPE; k++) {
        VgArena *arena = vg_arena_create();
        char *folder = folder_new(arena);
        VgStudy *study;
        VgProblems problems;
        VgError error = {0};
        study_write(arena, folder, NAME, TEXT, N_FILES, NULL);
        folder_write(
            arena, folder, "study.yaml",
            study_replaced(arena, STUDY,
                           "{table: taken.csv, component: what, visit: when, taken: share}",
                           SHAPE[k].section));
        folder_write(arena, folder, "taken.csv", SHAPE[k].table);
        if (vg_study_read(arena, folder, &study, &problems, &error) != VG_OK) {
            study_print_problems(&problems);
            fail();
        }
        assert_int_equal(study->n_adherence, 1);
        assert_int_equal(study->adherence[0].component, SHAPE[k].component);
        assert_int_equal(study->adherence[0].visit, SHAPE[k].visit);
        folder_remove(folder);
        vg_arena_destroy(arena);
    }
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
#define A "taken.csv"
static const StudyCase CASES[] = {
    {"unknown key", Y, "mediators_at: w4\n      channels", "mediator_at: w4\n      channels", Y, 26, "unknown key `mediator_at` in mechanism", 2, 0},
    {"unknown component", Y, "treatment: pill", "treatment: pil", Y, 24, "the treatment `pil` is no component of an arm", 1, 0},
    {"unknown arm", Y, "both against control", "bath against control", Y, 30, "there is no arm `bath`", 1, 0},
    {"an arm against itself", Y, "both against control", "both against both", Y, 30, "compares an arm with itself", 1, 0},
    {"a component of all arms", Y, "treatment: pill", "treatment: usual", Y, 24, "every arm has usual", 1, 0},
    {"no treatment", Y, "- treatment: pill\n      outcome", "- outcome", Y, 24, "mechanism has no `treatment`", 1, 0},
    {"unknown outcome", Y, "outcome: mood at w8", "outcome: moot at w8", Y, 25, "the outcome `moot` is no outcome of the study and nothing that the panel measures", 1, 0},
    {"unknown feature", Y, "outcome: immune il6 at", "outcome: immune il66 at", Y, 30, "the outcome `immune il66` is no outcome", 1, 0},
    {"outcome without visit", Y, "outcome: mood at w8", "outcome: mood", Y, 25, "does not say at which visit", 1, 0},
    {"unknown visit of the outcome", Y, "outcome: mood at w8", "outcome: mood at w9", Y, 25, "there is no visit `w9`", 1, 0},
    {"outcome not measured then", "il.csv", "a,w8,3,1,1\nb,baseline,0.5,3,2\nb,w4,3,1,2\nb,w8,4,1,2\n", "b,baseline,0.5,3,2\nb,w4,3,1,2\n", Y, 30, "immune il6 is not measured at w8", 1, 0},
    {"unknown visit of the mediators", Y, "mediators_at: w4\n      channels", "mediators_at: w5\n      channels", Y, 26, "there is no visit `w5`", 1, 0},
    {"mediators at baseline", Y, "mediators_at: w4\n      channels", "mediators_at: baseline\n      channels", Y, 26, "no treatment can have changed them yet", 1, 0},
    {"mediators not before the outcome", Y, "mediators_at: w4\n      channels", "mediators_at: w8\n      channels", Y, 26, "the mediators at w8 are not measured before the outcome at w8", 1, 0},
    {"unknown channel", Y, "channels: [immune, stress]", "channels: [immun, stress]", Y, 27, "there is no channel `immun` in the axis", 1, 0},
    {"a channel twice", Y, "channels: [immune, stress]", "channels: [stress, stress]", Y, 27, "the channel `stress` stands there twice", 1, 0},
    {"a channel that is the outcome's", Y, "score: markers, channels: all", "score: markers, channels: [immune, stress]", Y, 30, "the outcome immune il6 is a marker of the channel immune", 1, 0},
    {"a channel that is not measured", "gut.csv", "a,w4,1,2\nb,w4,2,1\n", "", Y, 30, "no marker of the channel metabolites is measured at w4", 1, 0},
    {"a marker that is not measured", "gut.csv", "a,w4,1,2\nb,w4,2,1\n", "a,w4,1,\nb,w4,2,\n", Y, 30, "of the channel metabolites these are not measured at w4: acetate", 0, 1},
    {"unknown covariate", Y, "covariates: [bmi]", "covariates: [bmo]", Y, 28, "bmo", 1, 0},
    {"a covariate twice", Y, "covariates: [bmi]", "covariates: [bmi, bmi]", Y, 28, "the covariate `bmi` is listed twice", 1, 0},
    {"draws that are none", Y, "draws: 200", "draws: 2.5", Y, 29, "`draws: 2.5` is not a whole number", 1, 0},
    {"draws where nothing is drawn", Y, "draws: 200", "draws: 200\n      interval: delta", Y, 29, "`draws` with `interval: delta`", 1, 0},
    {"unknown score", Y, "score: markers", "score: sum", Y, 30, "`score: sum` is not known", 1, 0},
    {"unknown interval", Y, "draws: 200", "interval: bca", Y, 29, "`interval: bca` is not known", 1, 0},
    {"an id twice", Y, "score: markers", "id: primary, score: markers", Y, 30, "the id `primary` is taken", 1, 0},
    {"moderator that varies", Y, "il6_baseline]", "il6]", Y, 21, "the moderator `il6` changes over visits", 1, 0},
    {"unknown moderator", Y, "[bmi,", "[bmo,", Y, 21, "the moderator `bmo` is no column", 1, 0},
    {"moderator twice", Y, "[bmi,", "[bmi, bmi,", Y, 21, "the moderator `bmi` is listed twice", 1, 0},
    {"moderator that randomisation made", Y, "[bmi,", "[arm,", Y, 21, "the moderator `arm` is not known before randomisation", 1, 0},
    {"moderator of what came later", Y, "[bmi,", "[days,", Y, 21, "the moderator `days` is not known before randomisation", 1, 0},
    {"moderator at a later visit", Y, "[bmi,", "[il6_w4,", Y, 21, "the moderator `il6_w4` is measured after randomisation, at w4", 1, 0},
    {"moderator at a later visit in words", Y, "[bmi,", "[mood at w8,", Y, 21, "the moderator `mood at w8` is measured after randomisation, at w8", 1, 0},
    {"moderator that is an outcome", "people.csv", "bmi,age,days,date\na,control,20,30,56,2026-01-01\nb,active,21,40,56,2026-01-01\nc,both,25,50,20,2026-01-01\nd,active,30,", "bmi,age,days,date\na,control,12,30,56,2026-01-01\nb,active,11,40,56,2026-01-01\nc,both,18,50,20,2026-01-01\nd,active,8,", Y, 21, "the moderator `bmi` is not known before randomisation: it is mood at w8", 1, 0},
    {"probabilities by no column", Y, "date: date}", "date: date, probability: {control: [0.5, 0.25, 0.25]}}", Y, 8, "probability has no `by`", 1, 0},
    {"a probability of nought", Y, "date: date}", "date: date, probability: {by: arm, control: [1, 0, 0], active: [0.5, 0.25, 0.25], both: [0.5, 0.25, 0.25]}}", Y, 8, "is not a positive number", 1, 0},
    {"a probability above one", Y, "date: date}", "date: date, probability: [1.5, 0.25, 0.25]}", Y, 8, "sum to 2", 1, 0},
    {"probabilities of too few arms", Y, "date: date}", "date: date, probability: {by: arm, control: [0.5, 0.5], active: [0.5, 0.25, 0.25], both: [0.5, 0.25, 0.25]}}", Y, 8, "one number for each of 3 arms", 1, 0},
    {"probabilities of nobody", Y, "date: date}", "date: date, probability: {by: arm, control: [0.5, 0.25, 0.25], active: [0.5, 0.25, 0.25], both: [0.5, 0.25, 0.25], none: [0.5, 0.25, 0.25]}}", Y, 8, "no participant has `none` in column arm", 1, 0},
    {"participants without probability", Y, "date: date}", "date: date, probability: {by: arm, active: [0.5, 0.25, 0.25], both: [0.5, 0.25, 0.25]}}", "people.csv", 2, "no probability of randomisation for participant a", 1, 0},
    {"a cluster of two arms", Y, "date: date}", "date: date, cluster: days}", "people.csv", 3, "the cluster `56` has people of control and, with participant b, of active", 1, 0},
    {"clusters of no column", Y, "date: date}", "date: date, cluster: ward}", Y, 8, "ward", 1, 0},
    {"moderator without baseline", Y, "[bmi,", "[butyrate_baseline,", Y, 21, "butyrate is not measured before randomisation", 1, 0},
    {"adherence of a stranger", A, "b,pill,w4", "x,pill,w4", A, 2, "participant x is not in", 1, 0},
    {"adherence to an unknown component", A, "b,pill,w4", "b,pull,w4", A, 2, "`pull` is no component", 1, 0},
    {"adherence to what was not given", A, "b,pill,w4", "b,diet,w4", A, 2, "the arm of b has no diet", 1, 0},
    {"adherence at an unknown visit", A, "b,pill,w4", "b,pill,w5", A, 2, "`w5` is no visit", 1, 0},
    {"adherence in per cent", A, "w4,0.9", "w4,90", A, 2, "90 is no share of a dose taken", 1, 0},
    {"adherence told twice", A, "b,pill,w8,0.7", "b,pill,w4,0.7", A, 3, "b has two shares of the same treatment at w4", 1, 0},
    {"adherence without visits", Y, ", visit: when, taken: share}", "}", Y, 19, "has no column of visits", 1, 0},
    {"adherence of no column", A, "when,share", "when,dose", Y, 19, "share", 1, 0},
    {"adherence without table", Y, "{table: taken.csv, component", "{component", Y, 19, "adherence has no `table`", 1, 0},
    {"adherence in words", A, "0.9\n", "much\n", Y, 19, "the column share of adherence does not hold numbers", 1, 0},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 2] = {
        cmocka_unit_test(a_sound_plan_is_read),
        cmocka_unit_test(adherence_is_read_in_other_shapes)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[2 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
