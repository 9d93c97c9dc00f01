/* panel/: permutations that respect a design: exact p, the traps (6, 33), threads, refusals. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/permanova.h>

#include "numeric/random.h"

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g is not %.17g", value, expected);
}

static VgDesign *design_of(const char *csv, const char *formula)
{
    VgTable *table;
    VgFormula *parsed;
    VgDesign *design;
    VgError error = {0};
    WITNESS_OK(vg_table_read_csv_bytes(arena, "metadata", csv, strlen(csv), &(VgTableOptions){0},
                                       &table, &error),
               &error);
    WITNESS_OK(vg_formula_parse(arena, formula, &parsed, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, parsed, &(VgDesignOptions){0}, &design, &error),
               &error);
    return design;
}

/* Euclidean distances of n samples with some features, sample by sample. */
static VgDistances *points(const double *x, size_t n, size_t features)
{
    VgDistances *d;
    VgError error = {0};
    VgMatrix table = {VG_NEW(arena, double, n *features), n, features, n};
    assert_non_null(table.data);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < features; j++)
            VG_AT(table, i, j) = x[i * features + j];
    WITNESS_OK(vg_distances(arena, table,
                            &(VgDistanceOptions){.metric = VG_METRIC_EUCLIDEAN, .threads = 1}, &d,
                            &error),
               &error);
    return d;
}

static VgDistances *line(const double *x, size_t n)
{
    return points(x, n, 1);
}

static VgPermanova *permanova(const VgDistances *d, const VgDesign *design,
                              VgShuffleOptions options)
{
    VgPermanova *out;
    VgError error = {0};
    WITNESS_OK(vg_permanova(arena, d, design, &options, &out, &error), &error);
    return out;
}

static void refused(const VgDistances *d, const VgDesign *design, VgShuffleOptions options,
                    VgStatus status, const char *words)
{
    VgPermanova *out;
    VgError error = {0};
    assert_int_equal(vg_permanova(arena, d, design, &options, &out, &error), status);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

/* Two groups of three on a line, fully apart: 2 of the 20 arrangements are as far apart. */
static void few_arrangements_are_enumerated(void **state)
{
    (void)state;
    const double x[] = {1, 2, 3.5, 11, 12, 13.25};
    VgDesign *design = design_of("arm\na\na\na\nb\nb\nb\n", "~ arm");
    VgPermanova *out = permanova(line(x, 6), design, (VgShuffleOptions){0});
    assert_true(out->account.enumerated);
    assert_int_equal(out->account.permutations, 20);
    near(out->account.log10_distinct, log10(20), 1e-9);
    near(out->sequential[0].p, 0.1, 1e-15);
    near(out->sequential[0].p_se, 0, 0);
    near(out->overall.p, 0.1, 1e-15);
    /* on a line PERMANOVA is the analysis of variance: F by hand */
    near(out->sequential[0].f, 103.36496350364964, 1e-10);
}

/* TRAPS 33: p is never 0, and ties from rounding count. */
static void p_is_never_zero_and_ties_count(void **state)
{
    (void)state;
    double x[24];
    char csv[400] = "arm\n";
    for (size_t i = 0; i < 24; i++) {
        x[i] = (i < 12 ? 0 : 1000) + 0.1 * (double)(i % 12);
        strcat(csv, i < 12 ? "a\n" : "b\n");
    }
    VgPermanova *out =
        permanova(line(x, 24), design_of(csv, "~ arm"), (VgShuffleOptions){.permutations = 199});
    near(out->sequential[0].p, 1.0 / 200, 1e-15);
    near(out->account.smallest_p, 1.0 / 200, 1e-15);
    /* 0.1 + 0.2 and 0.3: all arrangements of equal pairs tie, whatever rounding does */
    const double tied[] = {0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.7, 0.1 + 0.6};
    VgDesign *design = design_of("arm\na\na\na\nb\nb\nb\n", "~ arm");
    out = permanova(line(tied, 6), design, (VgShuffleOptions){0});
    VgPermanova *shifted =
        permanova(line((double[]){3, 3, 3, 3, 7, 7}, 6), design, (VgShuffleOptions){0});
    near(out->sequential[0].p, shifted->sequential[0].p, 1e-15);
}

/* 20 participants × 4 samples, arm between participants; no effect of the arm. */
enum { FEATURES = 5 };
typedef struct Repeated {
    double x[80 * FEATURES];
    int32_t subject[80];
    VgDesign *design;
} Repeated;

static Repeated repeated(uint32_t seed)
{
    Repeated r;
    VgRandom random = vg_random_start(seed, VG_STREAM_TEST, 0, 0);
    char *csv = VG_NEW(arena, char, 2000);
    strcpy(csv, "arm,visit\n");
    for (size_t s = 0; s < 20; s++) {
        double own[FEATURES];
        for (size_t f = 0; f < FEATURES; f++)
            own[f] = 20 + vg_random_normal(&random);
        for (size_t v = 0; v < 4; v++) {
            for (size_t f = 0; f < FEATURES; f++)
                r.x[(4 * s + v) * FEATURES + f] = own[f] + 0.7 * vg_random_normal(&random);
            r.subject[4 * s + v] = (int32_t)s;
            sprintf(csv + strlen(csv), "%s,%c\n", s % 2 ? "a" : "p", (int)('0' + (char)v));
        }
    }
    r.design = design_of(csv, "~ arm");
    return r;
}

/* TRAPS 6: rows shuffled freely reject a true null in .57 of trials at .05; whole participants and
 * re-randomisation keep it. 300 trials: standard error .013 at .05. */
static void repeated_samples_need_whole_participants(void **state)
{
    (void)state;
    int rejected[3] = {0, 0, 0}, trials = 300;
    for (int t = 0; t < trials; t++) {
        VgArenaMark mark = vg_arena_mark(arena);
        Repeated r = repeated((uint32_t)t + 1);
        VgDistances *d = points(r.x, 80, FEATURES);
        VgShuffleOptions options[] = {{.permutations = 99, .threads = 1},
                                      {.shuffle = VG_SHUFFLE_SUBJECTS,
                                       .subject = r.subject,
                                       .n_subjects = 20,
                                       .permutations = 99,
                                       .threads = 1},
                                      {.shuffle = VG_SHUFFLE_RANDOMISE,
                                       .subject = r.subject,
                                       .n_subjects = 20,
                                       .arm = "arm",
                                       .permutations = 99,
                                       .threads = 1}};
        for (int k = 0; k < 3; k++)
            rejected[k] += permanova(d, r.design, options[k])->sequential[0].p <= 0.05;
        vg_arena_rewind(arena, mark);
    }
    near((double)rejected[0] / trials, 0.575, 0.1);
    near((double)rejected[1] / trials, 0.05, 0.04);
    near((double)rejected[2] / trials, 0.05, 0.04);
}

static void free_shuffles_of_repeated_samples_are_refused(void **state)
{
    (void)state;
    Repeated r = repeated(5);
    VgDistances *d = points(r.x, 80, FEATURES);
    refused(d, r.design, (VgShuffleOptions){.subject = r.subject, .n_subjects = 20},
            VG_INVALID_INPUT, "as if they were independent");
    /* within participants the arm does not move */
    refused(d, r.design,
            (VgShuffleOptions){
                .subject = r.subject, .n_subjects = 20, .stratum = r.subject, .n_strata = 20},
            VG_NOT_ESTIMABLE, "leaves everything where it is");
    r.subject[0] = 1;
    refused(
        d, r.design,
        (VgShuffleOptions){
            .shuffle = VG_SHUFFLE_RANDOMISE, .subject = r.subject, .n_subjects = 20, .arm = "arm"},
        VG_INVALID_INPUT, "a participant has two arms");
    refused(d, r.design, (VgShuffleOptions){.shuffle = VG_SHUFFLE_RANDOMISE, .arm = "arm"},
            VG_INVALID_INPUT, "without knowing them");
    r = repeated(5);
    refused(d, r.design,
            (VgShuffleOptions){.shuffle = VG_SHUFFLE_RANDOMISE,
                               .subject = r.subject,
                               .n_subjects = 20,
                               .arm = "group"},
            VG_INVALID_INPUT, "the randomised factor group is not in the formula");
}

static const char *const unequal =
    "arm,visit,age,site\n"
    "a,1,30,x\na,2,30,x\na,3,30,x\np,1,41,x\np,2,41,x\na,1,55,y\na,3,55,y\n"
    "p,1,38,y\np,2,38,y\np,3,38,y\na,1,60,y\np,1,47,x\np,3,47,x\na,2,33,x\n";
static const int32_t unequal_subject[] = {0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 5, 5, 6};
static const int32_t unequal_site[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0};
static const double unequal_x[] = {3, 4, 6, 1, 2, 5, 7, 0, 2, 1, 4, 2, 3, 5};

/* Missed visits: 6 arrangements of the x site's four participants times 3 of the y site's three. */
static void randomisation_needs_no_equal_numbers(void **state)
{
    (void)state;
    VgShuffleOptions options = {.shuffle = VG_SHUFFLE_RANDOMISE,
                                .subject = unequal_subject,
                                .n_subjects = 7,
                                .stratum = unequal_site,
                                .n_strata = 2,
                                .arm = "arm"};
    VgDistances *d = line(unequal_x, 14);
    VgPermanova *out = permanova(d, design_of(unequal, "~ age + arm + visit"), options);
    assert_true(out->account.enumerated);
    assert_int_equal(out->account.permutations, 18);
    assert_non_null(
        strstr(out->account.words, "arm dealt out anew among 7 participants within 2 strata"));
    assert_true(isnan(out->sequential[0].p) && out->sequential[0].note);
    assert_true(out->sequential[1].p >= 1.0 / 18 && out->sequential[1].p <= 1);
    assert_true(isnan(out->sequential[2].p) && isnan(out->overall.p));
    near(out->sequential[1].p * 18, round(out->sequential[1].p * 18), 1e-12);
    /* by hand: the arms of every arrangement put into the metadata give the same F */
    out = permanova(d, design_of(unequal, "~ arm"), options);
    static const char *const first[6] = {"aapp", "apap", "appa",
                                         "paap", "papa", "ppaa"}; /* 0 1 5 6 */
    static const char *const second[3] = {"apa", "aap", "paa"};   /* 2 3 4 */
    size_t reached = 0;
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 3; j++) {
            const char arm[7] = {first[i][0],  first[i][1], second[j][0], second[j][1],
                                 second[j][2], first[i][2], first[i][3]};
            char csv[100] = "arm\n";
            for (size_t r = 0; r < 14; r++)
                sprintf(csv + strlen(csv), "%c\n", arm[unequal_subject[r]]);
            VgPermanova *one =
                permanova(d, design_of(csv, "~ arm"), (VgShuffleOptions){.permutations = 20});
            reached += one->sequential[0].f >= out->sequential[0].f - 1e-8;
        }
    near(out->sequential[0].p, (double)reached / 18, 1e-12);
}

/* Whole participants change places with those who have as many samples. */
static void whole_participants_keep_their_sizes(void **state)
{
    (void)state;
    VgShuffleOptions options = {
        .shuffle = VG_SHUFFLE_SUBJECTS, .subject = unequal_subject, .n_subjects = 7};
    VgPermanova *out = permanova(line(unequal_x, 14), design_of(unequal, "~ arm"), options);
    assert_int_equal(out->account.permutations,
                     2 * 3); /* sizes 3: a p; sizes 2: p a p; sizes 1: a a */
    assert_non_null(strstr(out->account.words, "2 of them have none to change places with"));
}

/* Visits shuffled within participants test the visit and not the arm. */
static void time_is_shuffled_within_participants(void **state)
{
    (void)state;
    VgShuffleOptions options = {.subject = unequal_subject,
                                .n_subjects = 7,
                                .stratum = unequal_subject,
                                .n_strata = 7,
                                .permutations = 500};
    VgPermanova *out =
        permanova(line(unequal_x, 14), design_of(unequal, "~ arm + factor(visit)"), options);
    assert_true(isnan(out->sequential[0].p));
    assert_true(out->sequential[1].p > 0 && out->sequential[1].p <= 1);
    assert_int_equal(out->account.permutations, 6 * 2 * 2 * 6 * 2);
}

static void same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    Repeated r = repeated(3);
    VgDistances *d = points(r.x, 80, FEATURES);
    for (int kind = 0; kind < 3; kind++) {
        VgShuffleOptions options = {.shuffle = (VgShuffle)kind,
                                    .subject = kind ? r.subject : NULL,
                                    .n_subjects = 20,
                                    .arm = "arm",
                                    .permutations = 777,
                                    .seed = 9,
                                    .threads = 1};
        VgPermanova *one = permanova(d, r.design, options);
        options.threads = 5;
        VgPermanova *many = permanova(d, r.design, options);
        assert_memory_equal(&one->sequential[0].p, &many->sequential[0].p, sizeof(double));
        assert_memory_equal(&one->sequential[0].f, &many->sequential[0].f, sizeof(double));
        options.seed = 10;
        assert_true(permanova(d, r.design, options)->sequential[0].p != one->sequential[0].p ||
                    kind == 0);
    }
}

static void scale_and_row_order_do_not_matter(void **state)
{
    (void)state;
    double x[14];
    VgShuffleOptions options = {
        .shuffle = VG_SHUFFLE_RANDOMISE, .subject = unequal_subject, .n_subjects = 7, .arm = "arm"};
    VgDesign *design = design_of(unequal, "~ arm * factor(visit)");
    VgPermanova *out = permanova(line(unequal_x, 14), design, options);
    for (size_t i = 0; i < 14; i++)
        x[i] = 1000 * unequal_x[i];
    VgPermanova *scaled = permanova(line(x, 14), design, options);
    for (size_t k = 0; k < 3; k++) {
        near(scaled->sequential[k].f, out->sequential[k].f, 1e-10);
        if (k != 1)
            near(scaled->sequential[k].p, out->sequential[k].p, 0);
    }
}

static void designs_that_cannot_be_tested_are_refused(void **state)
{
    (void)state;
    VgDistances *d = line(unequal_x, 14);
    refused(d, design_of(unequal, "~ 0 + arm"), (VgShuffleOptions){0}, VG_INVALID_INPUT,
            "PERMANOVA of");
    refused(d, design_of(unequal, "age ~ arm"), (VgShuffleOptions){0}, VG_INVALID_INPUT,
            "PERMANOVA of");
    refused(line(unequal_x, 6), design_of(unequal, "~ arm"), (VgShuffleOptions){0},
            VG_INVALID_INPUT, "row 7 of the metadata");
    const double same[4] = {2, 2, 2, 2};
    refused(line(same, 4), design_of("arm\na\nb\na\nb\n", "~ arm"), (VgShuffleOptions){0},
            VG_NOT_ESTIMABLE, "do not differ");
    refused(line(unequal_x, 3), design_of("arm\na\nb\nc\n", "~ arm"), (VgShuffleOptions){0},
            VG_NOT_ESTIMABLE, "3 samples and as many columns");
}

static void spread_is_tested_by_the_same_shuffle(void **state)
{
    (void)state;
    double x[40];
    int32_t group[40], subject[40];
    size_t row[40];
    for (size_t i = 0; i < 40; i++) {
        group[i] = i >= 20;
        subject[i] = (int32_t)(i / 2);
        row[i] = i;
        x[i] = 50 + (double)((int)(i * 7 % 13) - 6) * (i >= 20 ? 5 : 1);
    }
    VgDistances *d = line(x, 40);
    VgPermdisp *out;
    VgError error = {0};
    for (int centre = 0; centre < 2; centre++) {
        WITNESS_OK(vg_permdisp(arena, d, row, group, 40, 2, (VgDispersionCentre)centre,
                               &(VgShuffleOptions){.permutations = 999}, &out, &error),
                   &error);
        near(out->p, 0.001, 1e-12);
        near(out->group_mean[1] / out->group_mean[0], 5, 0.8);
    }
    WITNESS_OK(vg_permdisp(arena, d, row, group, 40, 2, VG_CENTRE_CENTROID,
                           &(VgShuffleOptions){.shuffle = VG_SHUFFLE_RANDOMISE,
                                               .subject = subject,
                                               .n_subjects = 20},
                           &out, &error),
               &error);
    assert_true(out->p < 0.01);
    assert_non_null(strstr(out->account.words, "group dealt out anew among 20 participants"));
    assert_int_equal(vg_permdisp(arena, d, row, group, 40, 2, VG_CENTRE_CENTROID,
                                 &(VgShuffleOptions){.subject = subject, .n_subjects = 20}, &out,
                                 &error),
                     VG_INVALID_INPUT);
    assert_int_equal(vg_permdisp(arena, d, row, group, 40, 1, VG_CENTRE_CENTROID,
                                 &(VgShuffleOptions){0}, &out, &error),
                     VG_NOT_ESTIMABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_arrangements_are_enumerated),
        cmocka_unit_test(p_is_never_zero_and_ties_count),
        cmocka_unit_test(repeated_samples_need_whole_participants),
        cmocka_unit_test(free_shuffles_of_repeated_samples_are_refused),
        cmocka_unit_test(randomisation_needs_no_equal_numbers),
        cmocka_unit_test(whole_participants_keep_their_sizes),
        cmocka_unit_test(time_is_shuffled_within_participants),
        cmocka_unit_test(same_bits_on_any_number_of_threads),
        cmocka_unit_test(scale_and_row_order_do_not_matter),
        cmocka_unit_test(designs_that_cannot_be_tested_are_refused),
        cmocka_unit_test(spread_is_tested_by_the_same_shuffle),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
