/* The section `panel`: what a sound one comes to, and every fault by file and line. A case replaces one text in one
 * file of a small sound study. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/panel_layer.h>
#include <vagus/study.h>

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
    "  samples: {table: samples.csv, matrix: matrix, batch: plate, control: kind, duplicates: again.csv}\n" /* 11 */
    "  stool: {table: asv.tsv, kind: counts, matrix: stool, tree: tree.nwk, load: load, contaminants: {dna: load}}\n" /* 12 */
    "  scfa:\n"                                                                      /* 13 */
    "    table: scfa.csv\n"                                                          /* 14 */
    "    kind: concentration\n"                                                      /* 15 */
    "    matrix: stool\n"                                                            /* 16 */
    "    unit: umol/g\n"                                                             /* 17 */
    "    lloq: 2\n"                                                                  /* 18 */
    "    replicates: true\n"                                                         /* 19 */
    "  immune: {table: il.csv, kind: score, matrix: plasma, participant: id, visit: visit}\n" /* 20 */
    "plan:\n"                                                                        /* 21 */
    "  primary:\n"                                                                   /* 22 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 23 */
    "               variable: change in mood from baseline to w4,\n"                 /* 24 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 25 */
    "    method: {ancova: {covariates: [baseline]}}\n"                               /* 26 */
    "  response_of_panel: {layers: [stool, scfa], contrast: arm × visit, distances: [bray, wunifrac]}\n"; /* 27 */
static const char PEOPLE[] = "id,arm\na,control\nb,active\nc,control\nd,active\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,12\nb,baseline,16\nb,w4,11\nc,baseline,20\nc,w4,18\n"
                             "d,baseline,13\nd,w4,8\n";
static const char SAMPLES[] = "sample,id,visit,matrix,plate,load,kind\n" /* 1 */
                              "s1,a,baseline,stool,p1,1e10,\n"       /* 2 */
                              "s2,a,w4,stool,p1,2e10,\n"             /* 3 */
                              "s3,b,baseline,stool,p2,3e10,\n"       /* 4 */
                              "s4,b,w4,stool,p2,4e10,\n"             /* 5 */
                              "blank,,,stool,p2,,blank\n";           /* 6 */
static const char AGAIN[] = "sample,id,visit,matrix\ns1b,a,baseline,stool\n";
static const char ASV[] = "id\ts1\ts2\ts3\ts4\tblank\nt1\t5\t0\t3\t1\t0\nt2\t1\t2\t3\t4\t9\nt3\t0\t7\t0\t2\t0\n";
static const char TREE[] = "((t1:1,t2:1):0.5,t3:2);\n";
static const char SCFA[] = "sample,analyte,value\n" /* 1 */
                           "s1,butyrate,10\n"       /* 2 */
                           "s1b,butyrate,14\n"      /* 3 */
                           "s2,butyrate,<LLOQ\n"    /* 4 */
                           "s2,butyrate,4\n"        /* 5 */
                           "s3,butyrate,8\n"        /* 6 */
                           "s4,butyrate,NA\n";      /* 7 */
static const char IL[] = "id,visit,il6\na,baseline,-1\na,w4,2\nb,baseline,0.5\nb,w4,3\n";
/* clang-format on */

enum { N_FILES = 9 };
static const char *const NAME[N_FILES] = {"study.yaml",  "people.csv", "scores.csv",
                                          "samples.csv", "asv.tsv",    "tree.nwk",
                                          "scfa.csv",    "il.csv",     "again.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, SAMPLES, ASV,
                                          TREE,  SCFA,   IL,     AGAIN};

static VgStatus read_case(VgArena *arena, const StudyCase *c, VgStudy **study, VgProblems *problems)
{
    char *folder = folder_new(arena);
    study_write(arena, folder, NAME, TEXT, N_FILES, c);
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    folder_remove(folder);
    return status;
}

static void a_sound_panel_is_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, NULL, &study, &problems) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(study->n_layers, 3);
    const VgLayer *stool = &study->layer[0], *scfa = &study->layer[1], *immune = &study->layer[2];
    assert_int_equal(stool->n_samples, 4);
    assert_int_equal(stool->n_controls, 1);
    assert_int_equal(stool->n_declared, 4);
    assert_int_equal(stool->n_features, 3);
    assert_int_equal(stool->participant[2], 1);
    assert_int_equal(stool->visit[3], 1);
    assert_int_equal(stool->batch[3], 1);
    assert_string_equal(stool->batch_name[1], "p2");
    assert_true(stool->load[3] == 4e10);
    assert_true(VG_AT(stool->value, 1, 2) == 7);
    assert_int_equal(stool->n_negative, 1);
    assert_string_equal(stool->negative_name[0], "blank");
    assert_true(VG_AT(stool->negative, 0, 1) == 9);
    assert_true(stool->dna[0] == 1e10 && !stool->remove_contaminants);
    assert_true(stool->contaminant_threshold == 0.1);
    assert_non_null(stool->tree);
    /* replicates: (10 + 14)/2; one below 2 and one of 4 lie between −∞ and 3 in the mean */
    assert_true(VG_AT(scfa->value, 0, 0) == 12);
    assert_true(isnan(VG_AT(scfa->value, 1, 0)));
    assert_true(VG_AT(scfa->upper, 1, 0) == 3);
    assert_true(VG_AT(scfa->lower, 1, 0) == -INFINITY);
    assert_true(isnan(VG_AT(scfa->lower, 3, 0)));
    /* every measurement is kept; s1b repeats s1 */
    assert_int_equal(scfa->n_replicates, 5);
    assert_int_equal(scfa->replicate[1].sample, 0);
    assert_true(scfa->replicate[1].value == 14 && isnan(scfa->replicate[2].value));
    assert_int_equal(scfa->n_below, 1);
    assert_int_equal(scfa->n_missing, 1);
    assert_int_equal(immune->n_samples, 4);
    assert_true(VG_AT(immune->value, 0, 0) == -1);
    const VgPanelPlan *plan = study->panel_plan;
    assert_int_equal(plan->n_layers, 2);
    assert_int_equal(plan->n_distances, 2);
    assert_int_equal(plan->distance[1], VG_PANEL_WEIGHTED_UNIFRAC);
    assert_int_equal(plan->permutations, 999);
    vg_arena_destroy(arena);
}

/* A plan of the panel only, its sample sheet as table of participants, a group beside the trial, amounts not found. */
static void a_panel_may_be_the_whole_plan(void **state)
{
    (void)state;
    static const char text[] =
        "vagus: 1\ntitle: A trial\ndata: simulated\n"
        "participants: {table: samples.csv, id: id}\n"
        "visits: [{name: baseline, day: 0}, {name: w4, day: 28}]\n"
        "arms: {control: [usual], active: [usual, pill]}\n"
        "components: {usual: {type: usual_care}, pill: {type: psychobiotic}}\n"
        "randomisation: {arm: arm, not_randomised: [fed]}\n"
        "panel:\n  samples: {table: samples.csv}\n"
        "  scfa: {table: scfa.csv, kind: concentration, matrix: stool, unit: umol/g, zeros: "
        "not_detected}\n"
        "plan: {response_of_panel: {layers: all%s}}\n";
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    for (int named = 0; named < 2; named++) {
        char *folder = folder_new(arena);
        folder_write(arena, folder, "samples.csv",
                     "sample,id,visit,arm,id\ns1,a,baseline,control,a\ns2,a,w4,control,a\n"
                     "s3,b,baseline,active,b\ns4,c,w4,fed,c\n");
        folder_write(arena, folder, "scfa.csv",
                     "sample,analyte,value\ns1,butyrate,10\ns2,butyrate,0\ns3,butyrate,4\n"
                     "s4,butyrate,5\n");
        folder_write(
            arena, folder, "study.yaml",
            vg_arena_printf(arena, text, named ? ", treatment: active against control" : ""));
        VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
        folder_remove(folder);
        assert_int_equal(status, named ? VG_OK : VG_INVALID_INPUT);
        if (!named)
            assert_non_null(strstr(problems.item[0].error.message, "which arms are compared"));
    }
    assert_int_equal(problems.n, 0);
    assert_int_equal(study->n_participants, 3);
    assert_int_equal(study->arm_of[2], -1);
    assert_int_equal(study->n_analyses, 0);
    assert_int_equal(vg_study_treatment_arm(study), 1);
    assert_int_equal(vg_study_reference_arm(study), 0);
    const VgLayer *scfa = &study->layer[0];
    assert_true(isnan(VG_AT(scfa->value, 1, 0)) && VG_AT(scfa->upper, 1, 0) == 4);
    assert_true(VG_AT(scfa->lower, 1, 0) == -INFINITY);
    vg_arena_destroy(arena);
}

/* Lineages name features and take them together; a visit may have several codes. */
static void lineages_and_codes_are_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char *folder = folder_new(arena);
    const char *study_text = study_replaced(arena, STUDY, "tree: tree.nwk, load: load",
                                            "taxonomy: tax.tsv, collapse: genus");
    study_text = study_replaced(arena, study_text, "wunifrac", "aitchison");
    study_text = study_replaced(arena, study_text, "day: 28", "day: 28, code: [w4, week 4]");
    for (size_t k = 0; k < N_FILES; k++)
        folder_write(arena, folder, NAME[k], k ? TEXT[k] : study_text);
    folder_write(arena, folder, "il.csv", "id,visit,il6\na,baseline,-1\na,week 4,2\nb,w4,3\n");
    folder_write(arena, folder, "tax.tsv",
                 "Feature ID\tTaxon\nt1\tk__B;g__A;s__x\nt2\tk__B;g__A\nt3\tk__B;g__C\n");
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    if (vg_study_read(arena, folder, &study, &problems, &error) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    folder_remove(folder);
    const VgLayer *stool = &study->layer[0], *immune = &study->layer[2];
    assert_int_equal(stool->n_features, 2);
    assert_string_equal(stool->feature_label[0], "A");
    assert_true(VG_AT(stool->value, 0, 0) == 6 && VG_AT(stool->value, 1, 1) == 7);
    assert_int_equal(immune->n_samples, 3);
    assert_int_equal(immune->visit[1], 1);
    assert_int_equal(immune->visit[2], 1);
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
static const StudyCase CASES[] = {
    {"sample without metadata", "samples.csv", "s4,b,w4,stool,p2,4e10,\n", "", "asv.tsv", 0, "sample s4 of the layer stool is not in", 2, 0},
    {"metadata without sample", "samples.csv", "blank,", "s5,c,w4,stool,p2,1e9,\nblank,", "samples.csv", 6, "sample s5 is not in the layer stool", 0, 2},
    {"sample twice in the sheet", "samples.csv", "blank,", "s4,b,w4,stool,p2,4e10,\nblank,", "samples.csv", 6, "sample s4 for the second time", 1, 0},
    {"sample twice in the table", "asv.tsv", "id\ts1\ts2", "id\ts1\ts1", "asv.tsv", 1, "s1", 1, 0},
    {"two samples at one visit", "samples.csv", "s4,b,w4", "s4,b,baseline", "samples.csv", 5, "samples s3 and s4 of the layer stool are both of participant b at baseline", 2, 0},
    {"unknown participant", "samples.csv", "s4,b", "s4,x", "samples.csv", 5, "participant x of sample s4 is not in", 1, 0},
    {"undeclared visit", "samples.csv", "s4,b,w4", "s4,b,w9", "samples.csv", 5, "visit `w9` of sample s4 is not declared", 1, 0},
    {"another matrix", "samples.csv", "s4,b,w4,stool", "s4,b,w4,plasma", "samples.csv", 5, "sample s4 of the layer stool (stool) is of plasma here", 2, 0},
    {"negative count", "asv.tsv", "t3\t0\t7", "t3\t-1\t7", "asv.tsv", 4, "an amount cannot be negative", 1, 0},
    {"count not whole", "asv.tsv", "t3\t0\t7", "t3\t0.5\t7", "asv.tsv", 4, "whole", 1, 0},
    {"tree lacks tips", "tree.nwk", "t2:1", "x2:1", "tree.nwk", 0, "the tree has no tip for t2 of the layer stool", 1, 0},
    {"zeros only", "asv.tsv", "t1\t5\t0\t3\t1\t0\nt2\t1\t2\t3\t4\t9", "t1\t0\t0\t3\t1\t0\nt2\t0\t2\t3\t4\t9", "asv.tsv", 0, "sample s1 holds zeros only", 1, 0},
    {"load above 0", "samples.csv", "4e10", "0", "samples.csv", 5, "the load of sample s4 is not above 0", 2, 0},
    {"unit missing", Y, "    unit: umol/g\n", "", Y, 13, "butyrate of the layer scfa has no unit", 1, 0},
    {"all below the limit", "scfa.csv", SCFA, "sample,analyte,value\ns1,butyrate,<LLOQ\ns2,butyrate,<LLOQ\ns3,butyrate,<LLOQ\ns4,butyrate,<LLOQ\n", "scfa.csv", 0, "every value of the layer scfa is below the limit", 1, 1},
    {"negative concentration", "scfa.csv", "s3,butyrate,8", "s3,butyrate,-8", "scfa.csv", 6, "butyrate of sample s3 is negative (-8)", 1, 0},
    {"replicates not declared", Y, "    replicates: true\n", "", "scfa.csv", 3, "sample s1b of the layer scfa is a duplicate", 2, 0},
    {"counts have no unit", Y, "tree: tree.nwk", "tree: tree.nwk, unit: reads", Y, 12, "has a unit, but counts have none", 1, 0},
    {"unknown key", Y, "tree: tree.nwk", "tre: tree.nwk", Y, 12, "unknown key `tre` in the layer stool", 2, 0},
    {"derive without a name", Y, "    lloq: 2\n", "    lloq: 2\n    derive:\n", Y, 19, "`derive` has no single value", 1, 0},
    {"derive twice the same", Y, "    lloq: 2\n", "    lloq: 2\n    derive: [a, a]\n", Y, 19, "`a` stands there twice", 1, 0},
    {"sign of an index", Y, "    lloq: 2\n", "    lloq: 2\n    derive: {index: {butyrate: 2}}\n", Y, 19, "the sign of `butyrate` is neither 1 nor -1", 1, 0},
    {"index without members", Y, "    lloq: 2\n", "    lloq: 2\n    derive: {index: butyrate}\n", Y, 19, "`index` has no members", 1, 0},
    {"intervals without derive", Y, "kind: score", "kind: rr_intervals", Y, 20, "the layer immune has no `derive`", 2, 0},
    {"times that are no times", Y, "batch: plate", "batch: plate, time: plate", Y, 11, "the column plate holds no minutes, and no `waking` is named", 1, 0},
    {"waking without times", Y, "batch: plate", "batch: plate, waking: plate", Y, 11, "samples has `waking` and no `time`", 1, 0},
    {"fdr is a share", Y, "contrast: arm × visit", "fdr: 10", Y, 27, "`fdr: 10` does not lie between 0 and 1", 1, 0},
    {"unknown layer", Y, "layers: [stool, scfa]", "layers: [stol, scfa]", Y, 27, "there is no layer `stol`", 2, 0},
    {"unknown distance", Y, "distances: [bray,", "distances: [brai,", Y, 27, "the distance `brai` is not known", 1, 0},
    {"no kind", Y, "kind: counts, ", "", Y, 12, "the layer stool has no `kind`", 1, 0},
    {"no matrix", Y, "kind: counts, matrix: stool", "kind: counts", Y, 12, "the layer stool has no `matrix`", 1, 0},
    {"no table", Y, "stool: {table: asv.tsv, ", "stool: {", Y, 12, "the layer stool has no `table`", 1, 0},
    {"unit of nothing", Y, "    unit: umol/g\n", "    unit_in_file: ug/g\n", Y, 17, "has `unit_in_file` and no `unit`", 1, 0},
    {"no such analyte", Y, "    lloq: 2\n", "    lloq: 2\n    analytes: {butyrate: butirate}\n", Y, 19, "holds no analyte `butirate`", 1, 0},
    {"zeros of scores", Y, "kind: score", "kind: score, zeros: not_detected", Y, 20, "has `zeros`, but its 0 is a value like others", 1, 0},
    {"zeros are told", "scfa.csv", "s3,butyrate,8", "s3,butyrate,0", "scfa.csv", 0, "1 of 6 values of the layer scfa are 0", 0, 1},
    {"arms compared at no visit", Y, "contrast: arm × visit", "at: [w5]", Y, 27, "there is no visit `w5`", 1, 0},
    {"unit of no analyte", Y, "unit: umol/g", "unit: {butyrat: umol/g}", Y, 17, "`unit` names `butyrat`, and the layer scfa has no such analyte", 2, 0},
    {"arms said twice", Y, "contrast: arm × visit", "treatment: active against control", Y, 27, "the primary analysis says which arms", 1, 0},
    {"not randomised, an arm", Y, "{arm: arm}", "{arm: arm, not_randomised: control}", Y, 8, "`control` is an arm", 1, 0},
    {"not randomised, nobody", Y, "{arm: arm}", "{arm: arm, not_randomised: [fed]}", Y, 8, "no participant has `fed`", 1, 0},
    {"collapse without lineages", Y, "tree: tree.nwk", "collapse: genus", Y, 12, "cannot be taken together by genus: they have no lineages", 2, 0},
    {"collapse with a tree", Y, "tree: tree.nwk", "tree: tree.nwk, collapse: genus", Y, 12, "the layer stool has `collapse` and a tree", 1, 0},
    {"unknown rank", Y, "tree: tree.nwk", "collapse: tribe", Y, 12, "tribe", 2, 0},
    {"no such taxonomy", Y, "tree: tree.nwk", "tree: tree.nwk, taxonomy: none.csv", Y, 12, "none.csv cannot be opened", 1, 0},
    {"taxonomy of another table", Y, "tree: tree.nwk", "tree: tree.nwk, taxonomy: people.csv", "people.csv", 1, "no column of lineages", 1, 0},
    {"kind of control", "samples.csv", "p2,,blank", "p2,,water", "samples.csv", 6, "sample blank is a control of kind `water`", 1, 0},
    {"control with a participant", "samples.csv", "2e10,", "2e10,mock", "samples.csv", 3, "sample s2 is called a control and has a participant", 1, 0},
    {"column of controls", Y, "control: kind", "control: knd", Y, 11, "knd", 1, 0},
    {"duplicate in a layer of counts", "asv.tsv", "s4\tblank", "s4\ts1b", "asv.tsv", 0, "sample s1b of the layer stool is a duplicate", 1, 0},
    {"duplicate of no sample", "again.csv", "a,baseline", "c,baseline", "scfa.csv", 3, "sample s1b of the layer scfa repeats a sample that is not there", 0, 1},
    {"duplicate of no participant", "again.csv", "a,baseline", "x,baseline", "again.csv", 2, "participant x of sample s1b is not in", 1, 0},
    {"contaminants: unknown word", Y, "contaminants: {dna: load}", "contaminants: delete", Y, 12, "`contaminants: delete` is not known", 1, 0},
    {"contaminants: unknown key", Y, "contaminants: {dna: load}", "contaminants: {negativ: [blank]}", Y, 12, "unknown key `negativ` in contaminants of the layer stool", 1, 0},
    {"contaminants: method", Y, "contaminants: {dna: load}", "contaminants: {method: bayes}", Y, 12, "`method: bayes` is not known", 1, 0},
    {"contaminants: threshold", Y, "contaminants: {dna: load}", "contaminants: {threshold: 1.5}", Y, 12, "the threshold of contaminants of the layer stool is not between 0 and 1", 1, 0},
    {"contaminants: no such control", Y, "contaminants: {dna: load}", "contaminants: {negative: [blnk]}", Y, 12, "the layer stool has no negative control blnk", 1, 0},
    {"contaminants: control of a participant", Y, "contaminants: {dna: load}", "contaminants: {negative: [s1]}", Y, 12, "the layer stool has no negative control s1", 1, 0},
    {"contaminants: DNA not above 0", "samples.csv", "s4,b,w4,stool,p2,4e10", "s4,b,w4,stool,p2,-1", "samples.csv", 5, "the DNA of sample s4 is not above 0", 2, 0},
    {"contaminants: no column of DNA", Y, "contaminants: {dna: load}", "contaminants: {dna: ng}", Y, 12, "ng", 1, 0},
    {"batch: unknown key", Y, "    lloq: 2\n", "    lloq: 2\n    batch: {colum: plate}\n", Y, 19, "unknown key `colum` in batch of the layer scfa", 1, 0},
    {"batch: counts are not corrected", Y, "contaminants: {dna: load}", "batch: {correct: true}", Y, 12, "counts cannot be corrected for batches", 1, 0},
    {"batch: none to correct for", Y, "kind: score,", "kind: score, batch: {correct: true},", Y, 20, "`batch` names a column of the sample sheet, and there is none", 1, 0},
    {"visit of another study", "il.csv", "b,w4,3", "b,w9,3", "il.csv", 5, "sample b_w9 of the layer immune is not in", 1, 0},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 3] = {cmocka_unit_test(a_sound_panel_is_read),
                                                   cmocka_unit_test(lineages_and_codes_are_read),
                                                   cmocka_unit_test(a_panel_may_be_the_whole_plan)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[3 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
