/* Layers computed from layers, by hand; and every fault by file and line. A case replaces one text in one file of a
 * small sound study. */
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
    "  scfa: {table: scfa.csv, kind: concentration, matrix: stool, unit: umol/g, participant: id, visit: visit, lloq: 2,\n" /* 11 */
    "         derive: [scfa_total, scfa_ratios, scfa_branched]}\n"                   /* 12 */
    "  serum: {table: serum.csv, kind: concentration, matrix: serum, unit: umol/L, participant: id, visit: visit,\n" /* 13 */
    "          derive: kynurenine_tryptophan}\n"                                     /* 14 */
    "plan:\n"                                                                        /* 15 */
    "  primary:\n"                                                                   /* 16 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 17 */
    "               variable: change in mood from baseline to w4,\n"                 /* 18 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 19 */
    "    method: {ancova: {covariates: [baseline]}}\n"                               /* 20 */
    "  response_of_panel: {layers: all}\n";                                           /* 21 */
static const char PEOPLE[] = "id,arm\na,control\nb,active\nc,control\nd,active\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,12\nb,baseline,16\nb,w4,11\nc,baseline,20\nc,w4,18\n"
                             "d,baseline,13\nd,w4,8\n";
static const char SCFA[] = "id,visit,acetate,propionate,butyric acid,isobutyrate,isovalerate\n" /* 1 */
                           "a,baseline,60,20,20,3,4\n"                                          /* 2 */
                           "a,w4,50,<LLOQ,10,3,<LLOQ\n"                                         /* 3 */
                           "b,baseline,>80,<LLOQ,<LLOQ,3,4\n"                                   /* 4 */
                           "b,w4,50,,10,<LLOQ,<LLOQ\n";                                         /* 5 */
static const char SERUM[] = "id,visit,kynurenine,tryptophan\n" /* 1 */
                            "a,baseline,2,50\n"                /* 2 */
                            "a,w4,3,<40\n"                     /* 3 */
                            "b,baseline,<1,<40\n";             /* 4 */
/* clang-format on */

enum { N_FILES = 5 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv", "scfa.csv",
                                          "serum.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, SCFA, SERUM};

static VgStatus read_case(VgArena *arena, const StudyCase *c, VgStudy **study, VgProblems *problems)
{
    char *folder = folder_new(arena);
    study_write(arena, folder, NAME, TEXT, N_FILES, c);
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, study, problems, &error);
    if (status == VG_OK)
        status = vg_panel_derive(arena, *study, problems, &error);
    folder_remove(folder);
    return status;
}

static void totals_and_ratios_carry_their_limits(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    if (read_case(arena, NULL, &study, &problems) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(study->n_layers, 4);
    const VgLayer *scfa = study_layer(study, "scfa_derived");
    assert_string_equal(scfa->parent, "scfa");
    assert_int_equal(scfa->n_samples, 4);
    assert_string_equal(scfa->feature_unit[study_feature(scfa, "scfa_total")], "umol/g");
    assert_true(vg_layer_is_log(scfa, study_feature(scfa, "scfa_total")));
    assert_false(vg_layer_is_log(scfa, study_feature(scfa, "butyrate_share")));
    study_bounds_are(scfa, "scfa_total", 0, 100, 100);
    study_bounds_are(scfa, "scfa_total", 1, 60, 62); /* propionate lies between 0 and 2 */
    study_bounds_are(scfa, "scfa_total", 2, 80, INFINITY);
    study_bounds_are(scfa, "scfa_total", 3, NAN, NAN); /* propionate was not measured */
    study_bounds_are(scfa, "butyrate_share", 0, 0.2, 0.2);
    study_bounds_are(scfa, "butyrate_share", 1, 10 / 62.0, 10 / 60.0);
    study_bounds_are(scfa, "butyrate_share", 2, 0, 2 / 82.0); /* most: 2 of 80 + 0 + 2 */
    study_bounds_are(scfa, "acetate_share", 2, 80 / 84.0, 1);
    study_bounds_are(scfa, "acetate_propionate", 1, 25, INFINITY);
    study_bounds_are(scfa, "acetate_propionate", 2, 40, INFINITY);
    study_bounds_are(scfa, "butyrate_acetate", 2, 0, 2 / 80.0);
    study_bounds_are(scfa, "scfa_branched", 0, 7, 7);
    study_bounds_are(scfa, "scfa_branched", 1, 3, 5);
    study_bounds_are(scfa, "scfa_branched", 3, 0, 4);
    const VgLayer *serum = study_layer(study, "serum_derived");
    assert_string_equal(serum->feature_unit[0], "µmol/mmol");
    study_bounds_are(serum, "kynurenine_tryptophan", 0, 40, 40);
    study_bounds_are(serum, "kynurenine_tryptophan", 1, 75, INFINITY);
    study_bounds_are(serum, "kynurenine_tryptophan", 2, NAN, NAN); /* anything from 0 on */
    /* all layers are the computed ones too */
    assert_int_equal(study->panel_plan->n_layers, 4);
    assert_int_equal(study->panel_plan->layer[3], 3);
    vg_arena_destroy(arena);
}

static void a_plan_may_name_computed_layers(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    const StudyCase named = {
        .file = "study.yaml", .from = "layers: all", .to = "layers: [scfa, serum_derived]"};
    assert_int_equal(read_case(arena, &named, &study, &problems), VG_OK);
    assert_int_equal(study->panel_plan->n_layers, 2);
    assert_string_equal(study->layer[study->panel_plan->layer[1]].name, "serum_derived");
    vg_arena_destroy(arena);
}

static void masses_become_moles(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    const StudyCase mass = {.file = "study.yaml", .from = "unit: umol/g", .to = "unit: mg/g"};
    assert_int_equal(read_case(arena, &mass, &study, &problems), VG_OK);
    const VgLayer *scfa = study_layer(study, "scfa_derived");
    assert_string_equal(scfa->feature_unit[study_feature(scfa, "scfa_total")], "umol/g");
    /* molar masses from IUPAC's abridged standard atomic weights of 2021: C 12.011, H 1.0080, O 15.999 */
    const double acetic = 2 * 12.011 + 4 * 1.0080 + 2 * 15.999, more = 12.011 + 2 * 1.0080;
    double acetate = 60e3 / acetic, propionate = 20e3 / (acetic + more),
           butyrate = 20e3 / (acetic + 2 * more), total = acetate + propionate + butyrate;
    study_bounds_are(scfa, "scfa_total", 0, total, total);
    study_bounds_are(scfa, "acetate_propionate", 0, acetate / propionate, acetate / propionate);
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
    {"unknown biomarker", Y, "scfa_total", "scfa_totals", Y, 12, "`derive: scfa_totals` of the layer scfa is not known; did you mean `scfa_total`?", 1, 0},
    {"biomarker twice", Y, "[scfa_total,", "[scfa_total, scfa_total,", Y, 12, "`scfa_total` stands there twice", 1, 0},
    {"part not measured", Y, "derive: kynurenine_tryptophan", "derive: homa_ir", Y, 14, "homa_ir needs glucose, and the layer serum has none", 1, 0},
    {"two columns of one part", "scfa.csv", "acetate,propionate", "Acetic acid,acetic_acid", Y, 12, "scfa_total needs acetate, and two columns of the layer scfa may be that", 6, 0},
    {"neither moles nor masses", Y, "unit: umol/g", "unit: cells/g", Y, 12, "scfa_total needs amounts in moles or masses per something, and acetate of the layer scfa is in `cells/g`", 7, 0},
    {"unit of another kind", Y, "unit: umol/L", "unit: pg", Y, 14, "kynurenine_tryptophan needs kynurenine in umol/L, and the layer serum has it in `pg`", 1, 0},
    {"scores are no concentrations", Y, "kind: concentration, matrix: serum, unit: umol/L", "kind: score, matrix: serum", Y, 14, "kynurenine_tryptophan needs concentrations", 1, 0},
    {"a heart in a tube", Y, "derive: kynurenine_tryptophan", "derive: rmssd", Y, 14, "rmssd is computed from RR intervals, which the layer serum does not hold", 1, 0},
    {"taken name", Y, "  serum: {", "  scfa_derived: {", Y, 12, "the layer scfa_derived is declared, and is to be computed from scfa", 1, 0},
    {"nothing to compute", "serum.csv", "2,50\na,w4,3,<40\n", "2,\na,w4,,3\n", Y, 14, "no value of the layer serum_derived can be computed", 1, 0},
    {"a measured 0", "serum.csv", "a,w4,3,<40", "a,w4,0,50", "serum.csv", 0, "kynurenine_tryptophan of sample a_w4 is 0: taken as missing", 0, 2},
    {"plan names no layer", Y, "layers: all", "layers: [serum_derivd]", Y, 21, "there is no layer `serum_derivd`", 1, 0},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 3] = {
        cmocka_unit_test(masses_become_moles),
        cmocka_unit_test(totals_and_ratios_carry_their_limits),
        cmocka_unit_test(a_plan_may_name_computed_layers)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[3 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
