/* design.yaml: what a sound one comes to, units turned into SDs, and every fault by line. A case replaces one text. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <string.h>

#include <vagus/design_file.h>

/* One line of the file a line here. */
/* clang-format off */
static const char DESIGN[] =
    "vagus: 1\n"                                                                     /*  1 */
    "title: A planned trial\n"                                                       /*  2 */
    "participants: {n: 120, allocation: [1, 2]}\n"                                   /*  3 */
    "sites: {n: 3, sd: 0.1}\n"                                                       /*  4 */
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n" /*  5 */
    "arms: {control: [usual], active: [usual, pill]}\n"                              /*  6 */
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic, dose: 8e9, unit: CFU/day}}\n" /*  7 */
    "treatment: {pill: {adherence: 0.8, adherence_sd: 1, decline: 0.1, build_up: [0, 0.5, 1]}}\n" /*  8 */
    "outcomes:\n"                                                                    /*  9 */
    "  mood: {scale: HAM-D17, mean: 20, sd: 5, stable: 0.4, course: [0, -2.5, -5], reliability: 0.8}\n" /* 10 */
    "dropout: {rate: 0.05, mar: 0.3, mnar: 0.2, symptom: mood}\n"                    /* 11 */
    "adverse_events: {nausea: {rate: {control: 0.1, active: 0.3}, serious: 0.02}}\n" /* 12 */
    "panel:\n"                                                                       /* 13 */
    "  scfa: {kind: concentration, matrix: stool, unit: umol/g, at: [baseline, w4]}\n" /* 14 */
    "  heart: {kind: score, matrix: ecg}\n"                                          /* 15 */
    "  stool: {kind: counts, matrix: stool, taxa: 20}\n"                             /* 16 */
    "axis:\n"                                                                        /* 17 */
    "  channels:\n"                                                                  /* 18 */
    "    metabolites: {markers: [butyrate], correlation: 0.2}\n"                     /* 19 */
    "    vagal: [rmssd]\n"                                                           /* 20 */
    "  functions: {synthesis: {module: VGM009}}\n"                                   /* 21 */
    "  markers:\n"                                                                   /* 22 */
    "    butyrate: {layer: scfa, shape: lognormal, mean: 10, sd: 0.5, lloq: 2, reliability: 0.7}\n" /* 23 */
    "    rmssd: {layer: heart, mean: 40, sd: 10, unit: ms, reliability: 0.8}\n"      /* 24 */
    "  moderators: {bmi: {mean: 27, sd: 5, unit: kg/m2}}\n"                          /* 25 */
    "  confounders: {strain: {measured: false, varies: true}}\n"                     /* 26 */
    "  arrows:\n"                                                                    /* 27 */
    "    - {arrow: pill -> synthesis, effect: 0.25, unit: sd per 4e9 CFU/day}\n"     /* 28 */
    "    - {arrow: synthesis -> butyrate, effect: 20, unit: '% per sd'}\n"        /* 29 */
    "    - {arrow: pill -> vagal, effect: 0.2, unit: sd, moderated_by: {bmi: -0.1}}\n" /* 30 */
    "    - {arrow: metabolites -> mood, effect: -1, unit: points per sd, lag: 1}\n"  /* 31 */
    "    - {arrow: rmssd -> mood, effect: -0.1, unit: points per ms, lag: 1}\n"      /* 32 */
    "    - {arrow: pill -> mood, effect: -1, unit: points}\n"                        /* 33 */
    "    - {arrow: bmi -> mood, effect: 0.1, unit: points per kg/m2}\n"              /* 34 */
    "    - {arrow: mood -> vagal, effect: -0.1, unit: sd, lag: 1}\n"                 /* 35 */
    "plan:\n"                                                                        /* 36 */
    "  primary:\n"                                                                   /* 37 */
    "    estimand: {population: randomised participants, treatment: active against control,\n" /* 38 */
    "               variable: change in mood from baseline to w8,\n"                 /* 39 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 40 */
    "    method: {ancova: {covariates: [baseline]}}\n";                              /* 41 */
/* clang-format on */

typedef struct Case {
    const char *name, *from, *to;
    size_t line;
    const char *words;
    size_t errors;
} Case;

static VgStatus read_case(VgArena *arena, const Case *c, VgDesignFile **design,
                          VgProblems *problems)
{
    char *folder = folder_new(arena);
    folder_write(arena, folder, "design.yaml",
                 c ? study_replaced(arena, DESIGN, c->from, c->to) : DESIGN);
    VgError error = {0};
    VgStatus status = vg_design_file_read(arena, folder, design, problems, &error);
    folder_remove(folder);
    return status;
}

static double effect(const VgAxis *axis, size_t arrow)
{
    return axis->arrow[arrow].effect;
}

static void close_to(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%.15g, expected %.15g", value, expected);
}

static void a_sound_design_is_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgDesignFile *design;
    VgProblems problems;
    if (read_case(arena, NULL, &design, &problems) != VG_OK || problems.n) {
        study_print_problems(&problems);
        fail();
    }
    const VgAxis *axis = design->axis;
    assert_int_equal(design->n, 120);
    assert_int_equal(design->n_block, 3);
    assert_int_equal(design->n_sites, 3);
    assert_int_equal(design->reference, 0);
    assert_int_equal(design->n_layers, 3);
    assert_int_equal(design->layer[0].n_nodes, 1);
    assert_true(design->layer[0].at[1] && !design->layer[0].at[2]);
    assert_int_equal(design->layer[2].taxa, 20);
    assert_true(design->event[0].rate[1] == 0.3);
    /* units into SDs: 0.25 for 4e9 of 8e9; 20 % of a log-normal of SD 0.5; points over the SD of 5 */
    close_to(effect(axis, 0), 0.5);
    close_to(effect(axis, 1), log(1.2) / 0.5);
    close_to(effect(axis, 2), 0.2);
    close_to(axis->arrow[2].moderation[0].effect, -0.1);
    close_to(effect(axis, 3), -1.0 / 5);
    close_to(effect(axis, 4), -0.1 / 5 * 10);
    close_to(effect(axis, 5), -1.0 / 5);
    close_to(effect(axis, 6), 0.1 / 5 * 5);
    const VgAxisNode *mood = &axis->node[vg_axis_find_node(axis, "mood")];
    assert_true(mood->distribution.course[2] == -1);
    assert_true(mood->measurement.step == 1 && mood->measurement.low == 0 &&
                mood->measurement.high == 52);
    const VgAxisNode *strain = &axis->node[vg_axis_find_node(axis, "strain")];
    assert_true(strain->varies && strain->place.source == VG_AXIS_UNMEASURED);
    assert_non_null(strstr(design->sections, "treatment: active against control"));
    vg_arena_destroy(arena);
}

static void the_case_holds(void **state)
{
    const Case *c = *state;
    VgArena *arena = vg_arena_create();
    VgDesignFile *design;
    VgProblems problems;
    VgStatus status = read_case(arena, c, &design, &problems);
    bool found = false;
    for (size_t i = 0; i < problems.n; i++) {
        const VgError *problem = &problems.item[i].error;
        found = found || (problem->line == c->line && strstr(problem->message, c->words));
    }
    if (!found || problems.n_errors != c->errors) {
        print_error("expected line %zu: %s; %zu errors; got\n", c->line, c->words, c->errors);
        study_print_problems(&problems);
        fail();
    }
    assert_int_equal(status == VG_OK, c->errors == 0);
    vg_arena_destroy(arena);
}

/* One case a line. */
/* clang-format off */
static const Case CASES[] = {
    {"cycle within a visit", "{arrow: bmi -> mood, effect: 0.1, unit: points per kg/m2}", "{arrow: mood -> mood, effect: 0.1, unit: sd}", 34, "in a circle within one visit: mood -> mood", 1},
    {"unknown node", "rmssd -> mood", "rmsd -> mood", 32, "there is nothing called `rmsd` in the graph", 1},
    {"effect without unit", "effect: -1, unit: points}", "effect: -1}", 33, "the effect of `pill -> mood` has no unit", 1},
    {"arrow without effect", "{arrow: pill -> mood, effect: -1, unit: points}", "pill -> mood", 33, "the arrow `pill -> mood` has no effect", 1},
    {"a unit of something else", "unit: points per ms", "unit: points per kg", 32, "is in `points per kg`, which cannot be turned into their units (ms, points)", 1},
    {"natural units without per", "unit: points per ms", "unit: points", 32, "is in `points`", 1},
    {"natural units of a log-normal", "unit: '% per sd'", "unit: umol/g per sd", 29, "is in `umol/g per sd`", 1},
    {"dose unit of another component", "4e9 CFU/day", "4e9 mg", 28, "is in `sd per 4e9 mg`", 1},
    {"nothing left", "effect: 20,", "effect: -100,", 29, "leaves nothing of butyrate", 1},
    {"one effect for a chain", "rmssd -> mood, effect", "synthesis -> rmssd -> mood, effect", 32, "is a chain, but its effect is one", 2},
    {"effect twice", "{arrow: bmi -> mood, effect: 0.1, unit: points per kg/m2}", "{arrow: pill -> mood, effect: 0.1, unit: points}", 34, "the arrow pill -> mood has a second effect", 1},
    {"variance left negative", "effect: -1, unit: points per sd, lag: 1", "effect: -6, unit: points per sd, lag: 1", 10, "what acts on mood at w8 explains 1.48", 1},
    {"lasting variance left negative", "effect: 0.1, unit: points per kg/m2", "effect: 1, unit: points per kg/m2", 10, "what acts on mood from baseline on explains 1.01", 1},
    {"reliability outside", "reliability: 0.7}", "reliability: 1.2}", 23, "the reliability of butyrate is 1.2, outside (0, 1]", 1},
    {"mediator after the outcome", "reliability: 0.8}\ndropout", "reliability: 0.8, at: [baseline, w4]}\ndropout", 31, "butyrate is first measured after baseline at w4 and acts later", 2},
    {"marker without layer", "rmssd: {layer: heart, ", "rmssd: {", 24, "the marker rmssd has no `layer`", 1},
    {"layer of something else", "layer: heart", "layer: stool", 24, "the marker rmssd is of `stool`, which is no layer of measurements", 1},
    {"negative concentrations", "shape: lognormal, ", "", 23, "butyrate is a concentration", 1 + 1},
    {"no mean", "mean: 40, ", "", 24, "the marker rmssd has no mean", 1},
    {"marker of no channel", "    rmssd: {layer", "    rmsd: {layer", 24, "`rmsd` is a marker of no channel", 4},
    {"course too short", "course: [0, -2.5, -5]", "course: [0, -2.5]", 10, "does not have a number for each of the 3 visits", 1},
    {"course from elsewhere", "course: [0, -2.5, -5]", "course: [1, -2.5, -5]", 10, "does not begin with 0", 1},
    {"no participants", "participants: {n: 120, allocation: [1, 2]}", "participants: {allocation: [1, 2]}", 3, "does not say how many participants", 1},
    {"participants in parts", "n: 120", "n: 12.5", 3, "is no number of participants", 1},
    {"allocation of another number", "allocation: [1, 2]", "allocation: [1, 2, 1]", 3, "does not have a number for each of the 2 arms", 1},
    {"allocation in parts", "allocation: [1, 2]", "allocation: [1, 0.5]", 3, "is no whole number from 1 to 16", 1},
    {"treatment of nothing", "treatment: {pill:", "treatment: {pil:", 8, "`pil` is no component of an arm", 1},
    {"build-up beyond 1", "build_up: [0, 0.5, 1]", "build_up: [0, 0.5, 2]", 8, "the build-up of pill is not a share", 1},
    {"adherence beyond 1", "adherence: 0.8", "adherence: 1.8", 8, "`adherence: 1.8` does not lie between", 1},
    {"dropout by nothing", ", symptom: mood}", "}", 11, "dropout depends on a symptom that is not named", 1},
    {"dropout by a marker", "symptom: mood", "symptom: rmssd", 11, "dropout depends on `rmssd`, which is no outcome", 1},
    {"event in no arm", "{control: 0.1, active", "{contrl: 0.1, active", 12, "there is no arm `contrl`", 1},
    {"layer without kind", "heart: {kind: score, ", "heart: {", 15, "the layer heart has no `kind`", 1},
    {"genes of nothing", "taxa: 20", "genes_of: ko", 16, "the genes of the layer stool are of `ko`", 1},
    {"unknown key", "taxa: 20", "tax: 20", 16, "unknown key `tax` in a layer", 1},
    {"unknown section", "dropout: {", "dropoff: {", 11, "unknown key `dropoff` in the design", 1},
    {"real data", "title: A planned trial", "title: A\ndata: real", 3, "a design has no real data", 1},
    {"unknown marker key", "lloq: 2, ", "loq: 2, ", 23, "unknown key `loq` in a marker", 1},
    {"measured confounder that varies", "{measured: false, varies: true}", "{varies: true, mean: 0, sd: 1}", 26, "the confounder strain varies over visits", 1},
    {"moderator that varies", "moderated_by: {bmi: -0.1}", "moderated_by: {butyrate: -0.1}", 30, "`butyrate` changes over visits", 1},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 1] = {cmocka_unit_test(a_sound_design_is_read)};
    for (size_t i = 0; i < N_CASES; i++)
        tests[1 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
