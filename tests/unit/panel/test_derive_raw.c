/* Curves, recordings, indices and absolute profiles from a study file: by hand, and every fault by file and line. A case
 * replaces one text in one file of a small sound study. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/panel_derive.h>

#include "numeric/linear_algebra.h"

/* One line of the file a line here. */
/* clang-format off */
static const char STUDY[] =
    "vagus: 1\n"                                                                     /*  1 */
    "title: A trial\n"                                                               /*  2 */
    "data: simulated\n"                                                              /*  3 */
    "participants: {table: people.csv, id: id}\n"                                    /*  4 */
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}]\n"                      /*  5 */
    "arms: {control: [usual], active: [usual, pill]}\n"                              /*  6 */
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic}}\n"          /*  7 */
    "randomisation: {arm: arm}\n"                                                    /*  8 */
    "outcomes: {mood: {table: scores.csv, scale: PHQ-9, visit: visit, column: phq}}\n" /*  9 */
    "panel:\n"                                                                       /* 10 */
    "  samples: {table: samples.csv, matrix: matrix, time: taken, waking: woke, times_verified: true}\n" /* 11 */
    "  cortisol: {table: saliva.csv, kind: concentration, matrix: saliva, unit: nmol/L, derive: cortisol_awakening_response}\n" /* 12 */
    "  heart: {table: rr.csv, kind: rr_intervals, participant: id, visit: visit, unit: s, conditions: supine, ultra_short: true,\n" /* 13 */
    "          derive: [rmssd, ln_rmssd]}\n"                                         /* 14 */
    "  stool: {table: asv.tsv, kind: counts, matrix: stool, load: load, derive: absolute}\n" /* 15 */
    "  immune: {table: il.csv, kind: score, matrix: plasma, participant: id, visit: visit,\n" /* 16 */
    "           derive: {inflammatory_index: {il6: 1, il10: -1}}}\n"                 /* 17 */
    "plan:\n"                                                                        /* 18 */
    "  primary:\n"                                                                   /* 19 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 20 */
    "               variable: change in mood from baseline to w4,\n"                 /* 21 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 22 */
    "    method: {ancova: {covariates: [baseline]}}\n"                               /* 23 */
    "  response_of_panel: {layers: all}\n";                                          /* 24 */
static const char PEOPLE[] = "id,arm\na,control\nb,active\nc,control\nd,active\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,12\nb,baseline,16\nb,w4,11\nc,baseline,20\nc,w4,18\n"
                             "d,baseline,13\nd,w4,8\n";
static const char SAMPLES[] = "sample,id,visit,matrix,load,taken,woke\n" /*  1 */
                              "a1,a,baseline,saliva,,06:30,06:30\n"      /*  2 */
                              "a2,a,baseline,saliva,,07:00,06:30\n"      /*  3 */
                              "a3,a,baseline,saliva,,07:15,06:30\n"      /*  4 */
                              "a4,a,baseline,saliva,,07:30,06:30\n"      /*  5 */
                              "b1,b,baseline,saliva,,23:50:30,23:50:00\n" /* 6: past midnight */
                              "b2,b,baseline,saliva,,00:20,23:50\n"      /*  7 */
                              "b3,b,baseline,saliva,,00:50,23:50\n"      /*  8 */
                              "s1,a,baseline,stool,4e10,,\n"             /*  9 */
                              "s2,b,baseline,stool,,,\n";                /* 10 */
static const char SALIVA[] = "sample,cortisol\n" /* 1 */
                             "a1,10\na2,16\na3,15\na4,12\n"
                             "b1,<2\nb2,8\nb3,6\n";
static const char ASV[] = "id\ts1\ts2\nt1\t5\t1\nt2\t15\t2\n";
static const char IL[] = "id,visit,il6,il10\na,baseline,1,4\nb,baseline,2,5\nc,baseline,3,9\nd,w4,5,\n";
/* clang-format on */

/* 100 beats of 0.8, 0.81, 0.82 s in turn: 81 s. */
static const char *beats(VgArena *arena)
{
    char *text = vg_arena_strdup(arena, "id,visit,rr_ms\n");
    for (int i = 0; i < 100; i++)
        text = vg_arena_printf(arena, "%sa,baseline,%.2f\n", text, 0.8 + (i % 3) / 100.0);
    return text;
}

enum { N_FILES = 7 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv", "samples.csv",
                                          "saliva.csv", "asv.tsv",    "il.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, SAMPLES, SALIVA, ASV, IL};

static VgStatus read_case(VgArena *arena, const StudyCase *c, VgStudy **study, VgProblems *problems)
{
    char *folder = folder_new(arena);
    study_write(arena, folder, NAME, TEXT, N_FILES, c);
    bool rr = c && strcmp(c->file, "rr.csv") == 0;
    folder_write(arena, folder, "rr.csv",
                 rr ? study_replaced(arena, beats(arena), c->from, c->to) : beats(arena));
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    if (status == VG_OK)
        status = vg_panel_derive(arena, *study, problems, &error);
    folder_remove(folder);
    return status;
}

static void everything_is_computed_by_hand(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, NULL, &study, &problems) != VG_OK || problems.n_errors) {
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(problems.n, 2); /* an ultra-short recording, a sample without load */
    assert_int_equal(study->n_raw_layers, 2);
    const VgLayer *cortisol = study_layer(study, "cortisol_derived");
    assert_int_equal(cortisol->n_samples, 2);
    assert_string_equal(cortisol->feature_unit[0], "nmol/L·min");
    study_bounds_are(cortisol, "car_aucg", 0, 825, 825); /* METHODS 1.2 */
    study_bounds_are(cortisol, "car_auci", 0, 225, 225);
    study_bounds_are(cortisol, "car_increase", 0, 13 / 3.0, 13 / 3.0);
    study_bounds_are(cortisol, "car_peak", 0, 6, 6);
    /* b's first lies between 0 and 2, at 0.5 min: (m + 8) 29.5/2 + 14 · 15 */
    study_bounds_are(cortisol, "car_aucg", 1, 328, 357.5);
    study_bounds_are(cortisol, "car_auci", 1, 357.5 - 2 * 59.5, 328);
    study_bounds_are(cortisol, "car_peak", 1, 6, 8);
    const VgLayer *heart = study_layer(study, "heart_derived");
    /* differences 10, 10, −20 ms: 33 of each */
    study_bounds_are(heart, "rmssd", 0, sqrt(200), sqrt(200));
    study_bounds_are(heart, "ln_rmssd", 0, log(200) / 2, log(200) / 2);
    const VgLayer *absolute = study_layer(study, "stool_absolute"),
                  *load = study_layer(study, "stool_load");
    assert_int_equal(absolute->kind, VG_LAYER_ABSOLUTE);
    assert_int_equal(absolute->n_samples, 1);
    study_near(VG_AT(absolute->value, 0, 0), 1e10);
    study_near(VG_AT(absolute->value, 0, 1), 3e10);
    study_bounds_are(load, "load", 0, 4e10, 4e10);
    /* il6: mean 2, SD 1; il10: mean 6, SD √7 */
    const VgLayer *immune = study_layer(study, "immune_derived");
    study_bounds_are(immune, "inflammatory_index", 0, (-1 + 2 / sqrt(7)) / 2,
                     (-1 + 2 / sqrt(7)) / 2);
    study_bounds_are(immune, "inflammatory_index", 3, NAN, NAN);
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

/* One case a line; the sound study has 2 warnings. */
/* clang-format off */
#define Y "study.yaml"
static const StudyCase CASES[] = {
    {"late first sample", "samples.csv", "06:30,06:30", "06:50,06:30", "samples.csv", 2, "cortisol of participant a at baseline: the first sample was taken more than 15 min after waking", 0, 3},
    {"times out of order", "samples.csv", "07:15,06:30", "06:55,06:30", "samples.csv", 2, "cortisol of participant a at baseline: sample 3 at minute 25", 1, 2},
    {"before waking", "samples.csv", "07:00,06:30", "06:00,06:30", "samples.csv", 3, "sample a2 was taken at 06:00, before waking at 06:30", 2, 0},
    {"no clock time", "samples.csv", "07:00,06:30", "7.00,06:30", "samples.csv", 3, "times `7.00` (taken) and `06:30` (woke) of sample a2", 2, 0},
    {"waking not told", "samples.csv", "07:00,06:30", "07:00,", "samples.csv", 3, "times `07:00` (taken) and `` (woke) of sample a2", 2, 0},
    {"no clock without waking", Y, ", waking: woke", "", Y, 11, "the column taken holds no minutes, and no `waking` is named", 6, 0},
    {"unverified times", Y, ", times_verified: true", "", Y, 12, "times of waking and sampling were not verified", 0, 3},
    {"two samples, nothing computed", Y, ", derive: cortisol_awakening_response", "", "samples.csv", 3, "samples a1 and a2 of the layer cortisol are both of participant a at baseline", 5, 0},
    {"one between is missing", "saliva.csv", "a2,16", "a2,NA", "samples.csv", 2, "one sample is missing; a straight line bridges it", 0, 3},
    {"a tube never came back", "saliva.csv", "a4,12\n", "", "samples.csv", 2, "the last sample or more than one are missing", 0, 4},
    {"a heart in saliva", Y, "derive: cortisol_awakening_response", "derive: [car_aucg, scfa_total]", Y, 12, "scfa_total is computed from acetate, propionate, butyrate, which the layer cortisol does not hold", 1, 2},
    {"no conditions", Y, "conditions: supine, ", "", Y, 13, "does not say in which posture and with which breathing it was recorded", 0, 3},
    {"short recording", Y, ", ultra_short: true", "", "rr.csv", 2, "the recording is shorter than 5 min", 1, 2},
    {"unit of intervals", Y, "unit: s", "unit: min", Y, 13, "RR intervals in `min`", 1, 0},
    {"an interval of 0", "rr.csv", "a,baseline,0.81", "a,baseline,0", "rr.csv", 3, "an interval that is missing or not above 0", 1, 0},
    {"an interval of nobody", "rr.csv", "a,baseline,0.81", ",baseline,0.81", "rr.csv", 3, "an interval of nobody knows whom", 1, 0},
    {"unknown key of intervals", Y, "conditions: supine", "condition: supine", Y, 13, "unknown key `condition` in the layer heart", 1, 1},
    {"absolute without load", Y, "load: load, ", "", Y, 15, "absolute amounts need the `load` of the layer stool", 1, 1},
    {"absolute of scores", Y, "derive: {inflammatory_index: {il6: 1, il10: -1}}", "derive: absolute", Y, 17, "absolute amounts come from counts or shares", 1, 2},
    {"index of one", Y, "{il6: 1, il10: -1}", "{il6: 1}", Y, 17, "inflammatory_index of the layer immune has no members", 1, 2},
    {"unknown member", Y, "il10: -1", "il11: -1", Y, 17, "inflammatory_index: the layer immune has no `il11`", 1, 2},
    {"reference of two", "il.csv", "c,baseline,3,9", "c,w4,3,9", Y, 17, "mean and SD of il6 at baseline cannot be had: 2 values at baseline", 2, 2},
    {"a raw layer in the plan", Y, "layers: all", "layers: [cortisol]", Y, 24, "there is no layer `cortisol`", 1, 2},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 1] = {
        cmocka_unit_test(everything_is_computed_by_hand)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[1 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
