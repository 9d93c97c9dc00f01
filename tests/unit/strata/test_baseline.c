/* strata/baseline.c: the table of what was known before treatment, from a small study: who, which columns, on which scale, how likely each
 * arm was; what is left out and what is refused. */
#include "support/folder.h"
#include "support/study_cases.h"

#include <math.h>
#include <string.h>

#include <vagus/baseline.h>
#include <vagus/moderator.h>

#include "numeric/linear_algebra.h"

/* One line of the file a line here. */
/* clang-format off */
static const char STUDY[] =
    "vagus: 1\n"                                                                     /*  1 */
    "title: A trial\n"                                                               /*  2 */
    "data: simulated\n"                                                              /*  3 */
    "participants: {table: people.csv, id: id}\n"                                    /*  4 */
    "visits: [{name: screening, day: -7}, {name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n" /* 5 */
    "arms: {control: [usual], active: [usual, pill], both: [usual, pill, diet]}\n"   /*  6 */
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic, dose: 8e9, unit: CFU/day}, diet: {type: diet}}\n" /* 7 */
    "randomisation: {arm: arm, date: date, strata: [site, severe], probability: [0.5, 0.25, 0.25]}\n" /* 8 */
    "outcomes: {mood: {table: scores.csv, scale: PHQ-9, visit: visit, column: phq, important_difference: {value: 5, source: Löwe 2004}}}\n" /* 9 */
    "panel:\n"                                                                       /* 10 */
    "  samples: {table: samples.csv, sample: sample, participant: id, visit: visit}\n"
    "  gut: {table: gut.csv, kind: counts, matrix: stool}\n"                        /* 11 */
    "  blood: {table: blood.csv, kind: concentration, unit: pg/mL, lloq: 1, matrix: plasma, participant: id, visit: visit}\n" /* 12 */
    "  late: {table: late.csv, kind: score, matrix: plasma, participant: id, visit: visit}\n" /* 13 */
    "moderators: [bmi, mood_baseline, il6_baseline, sex, class]\n"                   /* 14 */
    "plan:\n"                                                                        /* 15 */
    "  primary:\n"                                                                   /* 16 */
    "    estimand: {population: randomised participants, treatment: both against active,\n" /* 17 */
    "               variable: change in mood from baseline to w8,\n"                 /* 18 */
    "               intercurrent: {stopped: treatment policy}, summary: difference in means}\n" /* 19 */
    "    method: {ancova: {covariates: [baseline]}}\n";                              /* 20 */
/* g has no date and no arm: not randomised. h is in no analysis once `keep` says so. */
static const char PEOPLE[] =
    "id,arm,bmi,Age,sex,class,site,severe,date,same,mood8,clinic,ward\n"
    "a,control,20,30,m,ssri,1,yes,2026-01-01,1,12,x,w1\n"
    "b,active,21,40,f,none,2,no,2026-01-01,1,11,x,w2\n"
    "c,both,NA,50,f,snri,1,yes,2026-01-01,1,18,y,w3\n"
    "d,active,30,20,m,ssri,2,no,2026-01-01,1,8,y,w2\n"
    "e,control,25,35,NA,none,2,yes,2026-01-01,1,,z,w1\n"
    "g,,40,90,m,ssri,1,yes,,1,,z,w1\n";
static const char SCORES[] = "id,visit,phq\na,baseline,15\na,w4,14\na,w8,12\nb,baseline,16\nb,w4,12\nb,w8,11\n"
                             "c,baseline,20\nc,w4,19\nc,w8,18\nd,baseline,13\nd,w4,9\nd,w8,8\ne,baseline,14\n";
/* rare is in no sample at baseline; w4 must not be looked at, nor the earlier screening */
static const char SAMPLES[] = "sample,id,visit\n1,a,screening\n2,a,baseline\n3,b,baseline\n5,d,baseline\n6,a,w4\n";
static const char GUT[] = "feature,1,2,3,5,6\none,900,10,4,1,5\ntwo,1,20,0,1,5\nthree,1,0,16,8,5\nrare,1,0,0,0,50\n";
static const char BLOOD[] = "id,visit,il6,crp\na,baseline,2,4\nb,baseline,<1,8\nc,baseline,8,4\nd,w4,3,1\ne,baseline,16,4\n";
static const char LATE[] = "id,visit,x\na,w4,1\nb,w4,2\n";
/* clang-format on */

enum { N_FILES = 7 };
static const char *const NAME[N_FILES] = {"study.yaml", "people.csv", "scores.csv", "gut.csv",
                                          "blood.csv",  "late.csv",   "samples.csv"};
static const char *const TEXT[N_FILES] = {STUDY, PEOPLE, SCORES, GUT, BLOOD, LATE, SAMPLES};

static VgStudy *read(VgArena *arena, const StudyCase *c)
{
    char *folder = folder_new(arena);
    VgError error = {0};
    VgStudy *study;
    VgProblems problems;
    study_write(arena, folder, NAME, TEXT, N_FILES, c);
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    if (status == VG_OK)
        status = vg_study_place_axis(arena, study, &problems, &error);
    folder_remove(folder);
    if (status != VG_OK)
        study_print_problems(&problems);
    WITNESS_OK(status, &error);
    return study;
}

static VgBaselineChoice choice_of(const VgStudy *study)
{
    static const size_t LAYERS[] = {0, 1, 2};
    return (VgBaselineChoice){
        .outcome = {.source = VG_AXIS_BY_OUTCOME, .layer = SIZE_MAX, .feature = SIZE_MAX},
        .outcome_visit = study->n_visits - 1,
        .age_and_sex = true,
        .outcome_baseline = true,
        .all_moderators = true,
        .layer = LAYERS,
        .n_layers = 3};
}

static VgBaseline make(VgArena *arena, const VgStudy *study, const VgBaselineChoice *choice)
{
    VgBaseline baseline;
    VgError error = {0};
    WITNESS_OK(vg_baseline(arena, study, choice, &baseline, &error), &error);
    return baseline;
}

static size_t column(const VgBaseline *b, const char *name)
{
    for (size_t j = 0; j < b->value.cols; j++)
        if (strcmp(b->name[j], name) == 0)
            return j;
    fail_msg("no column %s", name);
    return SIZE_MAX;
}

static void values_are(const VgBaseline *b, const char *name, const double *expected)
{
    size_t j = column(b, name);
    for (size_t r = 0; r < b->n; r++)
        study_near(VG_AT(b->value, r, j), expected[r]);
}

static bool has(const VgBaseline *b, const char *name)
{
    for (size_t j = 0; j < b->value.cols; j++)
        if (strcmp(b->name[j], name) == 0)
            return true;
    return false;
}

static bool left_out(const VgBaseline *b, const char *name, VgBaselineWhy why)
{
    for (size_t k = 0; k < b->n_left_out; k++)
        if (strcmp(b->left_out[k], name) == 0)
            return b->why[k] == why;
    return false;
}

static void people_arms_and_outcome_are_those_of_the_study(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    VgBaseline b = make(arena, study, &choice);
    assert_int_equal(b.n, 5); /* g was not randomised */
    assert_int_equal(b.n_arms, 3);
    assert_string_equal(study->arm[b.arm_index[0]].name, "active"); /* of the primary */
    assert_string_equal(study->arm[b.arm_index[1]].name, "control");
    assert_string_equal(study->arm[b.arm_index[2]].name, "both");
    const int32_t arm[] = {1, 0, 2, 0, 1};
    const double outcome[] = {12, 11, 18, 8, NAN};
    for (size_t r = 0; r < b.n; r++) {
        assert_int_equal(b.arm[r], arm[r]);
        assert_int_equal(b.participant[r], r);
        study_near(b.outcome[r], outcome[r]);
        study_near(VG_AT(b.propensity, r, 0), 0.25);
        study_near(VG_AT(b.propensity, r, 1), 0.5);
    }
    assert_true(b.propensity_declared);
    assert_string_equal(b.outcome_name, "mood");
    assert_string_equal(b.outcome_at, "w8");
    assert_int_equal(b.benefit, -1);
    study_near(b.important_difference, 5);
    assert_int_equal(b.n_strata, 3);
    assert_string_equal(b.stratum_name[b.stratum[0]], "1, yes");
    assert_int_equal(b.stratum[0], b.stratum[2]);
    assert_true(b.stratum[1] == b.stratum[3] && b.stratum[1] != b.stratum[4]);
    assert_null(b.cluster);
    vg_arena_destroy(arena);
}

static void two_arms_share_their_probabilities(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    const size_t arms[] = {1, 0};
    bool keep[] = {true, true, true, true, false, true};
    choice.arm = arms;
    choice.n_arms = 2;
    choice.keep = keep;
    VgBaseline b = make(arena, study, &choice);
    assert_int_equal(b.n, 3);
    study_near(VG_AT(b.propensity, 0, 0), 1 / 3.);
    study_near(VG_AT(b.propensity, 0, 1), 2 / 3.);
    study->probability = NULL; /* then as the arms came out: one of three is control */
    b = make(arena, study, &choice);
    assert_false(b.propensity_declared);
    study_near(VG_AT(b.propensity, 2, 0), 2 / 3.);
    vg_arena_destroy(arena);
}

static void the_clinical_block_holds_numbers_words_and_the_outcome(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    VgBaseline b = make(arena, study, &choice);
    const double bmi[] = {20, 21, NAN, 30, 25}, age[] = {30, 40, 50, 20, 35},
                 mood[] = {15, 16, 20, 13, 14}, male[] = {1, 0, 0, 1, NAN},
                 ssri[] = {1, 0, 0, 1, 0}, snri[] = {0, 0, 1, 0, 0};
    values_are(&b, "bmi", bmi);
    values_are(&b, "Age", age);
    values_are(&b, "mood_baseline", mood);
    values_are(&b, "sex=m", male);
    values_are(&b, "class=ssri", ssri); /* `none` is the level that others are compared with */
    values_are(&b, "class=snri", snri);
    assert_false(has(&b, "class=none"));
    assert_int_equal(b.block[column(&b, "bmi")], 0);
    assert_int_equal(b.moderator[column(&b, "bmi")], 0);
    assert_int_equal(b.moderator[column(&b, "mood_baseline")], 1);
    assert_int_equal(b.moderator[column(&b, "class=snri")], 4);
    assert_int_equal(b.moderator[column(&b, "Age")], SIZE_MAX);
    assert_string_equal(b.unit[column(&b, "mood_baseline")], "points");
    for (size_t j = 0; j < b.value.cols; j++)
        for (size_t k = 0; k < j; k++)
            assert_string_not_equal(b.name[j], b.name[k]);
    vg_arena_destroy(arena);
}

static void layers_stand_on_their_scale_at_baseline(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    VgBaseline b = make(arena, study, &choice);
    assert_int_equal(b.n_blocks, 4);
    assert_string_equal(b.block_name[0], "clinical");
    assert_string_equal(b.block_name[1], "gut");
    assert_string_equal(b.block_name[2], "blood");
    assert_string_equal(b.block_name[3], "late");
    /* ln(x + 1/2) less its mean over all four features; c and e have no sample */
    double one[5], half = 0.5;
    const double count[3][4] = {{10, 20, 0, 0}, {4, 0, 16, 0}, {1, 1, 8, 0}};
    const size_t row[] = {0, 1, 3};
    for (size_t r = 0; r < 5; r++)
        one[r] = NAN;
    for (size_t k = 0; k < 3; k++) {
        double mean = 0;
        for (size_t f = 0; f < 4; f++)
            mean += log(count[k][f] + half) / 4;
        one[row[k]] = log(count[k][0] + half) - mean;
    }
    values_are(&b, "gut:one", one);
    assert_false(has(&b, "gut:rare"));
    assert_int_equal(b.n_rare[1], 1);
    assert_int_equal(b.block[column(&b, "gut:three")], 1);
    assert_string_equal(b.unit[column(&b, "gut:one")], "centred log-ratio");
    /* logarithms, half the limit below it; the moderator stands for the feature, once */
    const double il6[] = {log(2), log(0.5), log(8), NAN, log(16)};
    const double crp[] = {log(4), log(8), log(4), NAN, log(4)};
    values_are(&b, "il6_baseline", il6);
    values_are(&b, "blood:crp", crp);
    assert_false(has(&b, "blood:il6"));
    assert_int_equal(b.block[column(&b, "il6_baseline")], 2);
    assert_int_equal(b.moderator[column(&b, "il6_baseline")], 2);
    assert_string_equal(b.unit[column(&b, "blood:crp")], "ln pg/mL");
    assert_true(left_out(&b, "late", VG_BASELINE_UNMEASURED));
    for (size_t j = 1; j < b.value.cols; j++) /* blocks stand together */
        assert_true(b.block[j] >= b.block[j - 1]);
    vg_arena_destroy(arena);
}

static void moderators_of_layers_not_chosen_come_or_stay_away(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    choice.n_layers = 0;
    VgBaseline b = make(arena, study, &choice);
    assert_int_equal(b.n_blocks, 2);
    assert_string_equal(b.block_name[1], "blood");
    assert_true(has(&b, "il6_baseline"));
    assert_false(has(&b, "blood:crp"));
    choice.only_chosen_layers = true;
    b = make(arena, study, &choice);
    assert_int_equal(b.n_blocks, 1);
    assert_false(has(&b, "il6_baseline"));
    const size_t one[] = {3};
    choice.all_moderators = choice.age_and_sex = choice.outcome_baseline = false;
    choice.moderator = one;
    choice.n_moderators = 1;
    b = make(arena, study, &choice);
    assert_int_equal(b.value.cols, 1);
    assert_string_equal(b.name[0], "sex=m");
    vg_arena_destroy(arena);
}

/* il6 at w4, of one person; at baseline it is in the block of its layer, once, whether a moderator or not. */
static void a_marker_as_outcome_has_its_baseline(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    choice.outcome = study->moderator[2].place; /* il6 */
    choice.outcome.baseline_only = false;
    choice.outcome_visit = 2;
    choice.n_layers = 0;
    choice.all_moderators = false;
    VgBaseline b = make(arena, study, &choice);
    const double at_w4[] = {NAN, NAN, NAN, log(3), NAN},
                 il6[] = {log(2), log(0.5), log(8), NAN, log(16)};
    for (size_t r = 0; r < b.n; r++)
        study_near(b.outcome[r], at_w4[r]);
    assert_int_equal(b.benefit, 0);
    assert_string_equal(b.outcome_name, "il6");
    assert_int_equal(b.n_blocks, 2);
    values_are(&b, "il6_baseline", il6);
    assert_int_equal(b.moderator[column(&b, "il6_baseline")], SIZE_MAX);
    choice.all_moderators = true;
    b = make(arena, study, &choice);
    values_are(&b, "il6_baseline", il6);
    assert_int_equal(b.moderator[column(&b, "il6_baseline")], 2);
    vg_arena_destroy(arena);
}

static void constant_columns_are_left_out_and_told(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    const char *const more[] = {"same", "clinic"};
    choice.covariate = more;
    choice.n_covariates = 2;
    VgBaseline b = make(arena, study, &choice);
    assert_true(left_out(&b, "same", VG_BASELINE_CONSTANT));
    assert_true(has(&b, "clinic=y") && has(&b, "clinic=z"));
    vg_arena_destroy(arena);
}

static void what_came_after_randomisation_is_refused_by_name(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    const char *after[] = {"mood8"};
    choice.covariate = after;
    choice.n_covariates = 1;
    VgBaseline b;
    VgError error = {0};
    assert_int_equal(vg_baseline(arena, study, &choice, &b, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "`mood8` is not known before randomisation: it is mood "
                                          "at w8, measured after randomisation"));
    after[0] = "arm";
    assert_int_equal(vg_baseline(arena, study, &choice, &b, &error), VG_INVALID_INPUT);
    assert_non_null(
        strstr(error.message, "`arm` is not known before randomisation: it is the arm"));
    vg_arena_destroy(arena);
}

static void an_arm_without_people_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = read(arena, NULL);
    VgBaselineChoice choice = choice_of(study);
    bool keep[] = {true, true, false, true, true, true};
    choice.keep = keep;
    VgBaseline b;
    VgError error = {0};
    assert_int_equal(vg_baseline(arena, study, &choice, &b, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "nobody of arm both"));
    vg_arena_destroy(arena);
}

static void allocation_that_varied_and_clusters_are_read(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    const StudyCase c = {.file = "study.yaml",
                         .from = "probability: [0.5, 0.25, 0.25]",
                         .to = "cluster: ward, probability: {by: site, \"1\": [0.5, 0.25, 0.25], "
                               "\"2\": [0.2, 0.4, 0.4]}"};
    VgStudy *study = read(arena, &c);
    VgBaselineChoice choice = choice_of(study);
    VgBaseline b = make(arena, study, &choice);
    study_near(VG_AT(b.propensity, 0, 1), 0.5); /* control, site 1 */
    study_near(VG_AT(b.propensity, 1, 1), 0.2);
    study_near(VG_AT(b.propensity, 1, 0), 0.4);
    assert_int_equal(b.n_clusters, 3);
    assert_true(b.cluster[1] == b.cluster[3] && b.cluster[0] != b.cluster[2]);
    assert_true(b.cluster[0] == b.cluster[4] && b.cluster[0] != b.cluster[1]);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_arms_and_outcome_are_those_of_the_study),
        cmocka_unit_test(two_arms_share_their_probabilities),
        cmocka_unit_test(the_clinical_block_holds_numbers_words_and_the_outcome),
        cmocka_unit_test(layers_stand_on_their_scale_at_baseline),
        cmocka_unit_test(moderators_of_layers_not_chosen_come_or_stay_away),
        cmocka_unit_test(a_marker_as_outcome_has_its_baseline),
        cmocka_unit_test(constant_columns_are_left_out_and_told),
        cmocka_unit_test(what_came_after_randomisation_is_refused_by_name),
        cmocka_unit_test(an_arm_without_people_is_refused),
        cmocka_unit_test(allocation_that_varied_and_clusters_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
