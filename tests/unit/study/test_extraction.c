/* The extraction table: columns by many names, every refusal with its line, risk of bias. */
#include "support/small_extraction.h"

#include <math.h>

static VgStatus read_plan(VgArena *arena, const char *csv, const VgEvidencePlan *plan,
                          VgEvidenceKind kind, VgExtraction **extraction, VgProblems *problems)
{
    *extraction = NULL;
    return small_extraction(arena, csv, plan, kind, extraction, problems);
}

/* The table is refused, at that line, with those words. */
static void refused_by(const char *csv, VgEvidencePlan plan, VgEvidenceKind kind, size_t line,
                       const char *words)
{
    VgArena *arena = vg_arena_create();
    VgExtraction *extraction;
    VgProblems problems;
    VgStatus status = read_plan(arena, csv, &plan, kind, &extraction, &problems);
    if (status != VG_INVALID_INPUT)
        fail_msg("read without a complaint: %s", csv);
    assert_null(extraction);
    for (size_t i = 0; i < problems.n; i++) {
        const VgError *error = &problems.item[i].error;
        if (!problems.item[i].warning && error->line == line && strstr(error->message, words)) {
            assert_string_equal(error->file, "trials.csv");
            assert_true(*error->hint);
            vg_arena_destroy(arena);
            return;
        }
    }
    fail_msg("no problem '%s' at line %zu; the first: line %zu: %s", words, line,
             problems.item[0].error.line, problems.item[0].error.message);
}

static void refused(const char *csv, VgMeasure measure, size_t line, const char *words)
{
    refused_by(csv, (VgEvidencePlan){.measure = measure}, VG_EVIDENCE_PAIRWISE, line, words);
}

static void refused_network(const char *csv, VgMeasure measure, size_t line, const char *words)
{
    refused_by(csv, (VgEvidencePlan){.measure = measure}, VG_EVIDENCE_NETWORK, line, words);
}

static VgExtraction *good(VgArena *arena, const char *csv, VgMeasure measure, VgEvidenceKind kind)
{
    VgEvidencePlan plan = {.measure = measure};
    VgExtraction *extraction;
    VgProblems problems;
    if (read_plan(arena, csv, &plan, kind, &extraction, &problems) != VG_OK)
        fail_msg("line %zu: %s", problems.item[0].error.line, problems.item[0].error.message);
    return extraction;
}

static void columns_are_found_by_the_names_of_other_programs(void **state)
{
    (void)state;
    static const char *const means[] = {
        "study,n1,m1,sd1,n2,m2,sd2\n",
        "slab,n1i,m1i,sd1i,n2i,m2i,sd2i\n",
        "studlab,n.e,mean.e,sd.e,n.c,mean.c,sd.c\n",
        "Study,N_arm1,mean_arm1,sd_arm1,n_arm2,mean_arm2,sd_arm2\n",
        "author,Ne,Me,Se,Nc,Mc,Sc\n",
    };
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        VgArena *arena = vg_arena_create();
        char csv[200];
        snprintf(csv, sizeof csv, "%sA,12,10,4,11,13,5\n", means[i]);
        VgExtraction *e = good(arena, csv, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE);
        const VgExtractionGroup *g = e->row[0].group;
        assert_true(g[0].n == 12 && g[0].mean == 10 && g[0].sd == 4);
        assert_true(g[1].n == 11 && g[1].mean == 13 && g[1].sd == 5);
        vg_arena_destroy(arena);
    }
    static const char *const counts[] = {
        "study,e1,n1,e2,n2\nA,3,12,5,11\n",
        "trial,ai,n1i,ci,n2i\nA,3,12,5,11\n",
        "trial,tpos,tneg,cpos,cneg\nA,3,9,5,6\n",
        "study,ai,bi,ci,di\nA,3,9,5,6\n",
        "author,event.e,n.e,event.c,n.c\nA,3,12,5,11\n",
        "study,event_arm1,totaln_arm1,event_arm2,totaln_arm2,n_arm1,n_arm2\nA,3,12,5,11,9,9\n",
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        VgArena *arena = vg_arena_create();
        VgExtraction *e = good(arena, counts[i], VG_MEASURE_OR, VG_EVIDENCE_PAIRWISE);
        const VgExtractionGroup *g = e->row[0].group;
        assert_true(g[0].n == 12 && g[0].events == 3 && g[1].n == 11 && g[1].events == 5);
        vg_arena_destroy(arena);
    }
    static const char *const generic[] = {
        "study,yi,vi\nA,0.3,0.04\n", "Author,TE,seTE\nA,0.3,0.2\n", "study,yi,sei\nA,0.3,0.2\n"};
    for (size_t i = 0; i < sizeof generic / sizeof *generic; i++) {
        VgArena *arena = vg_arena_create();
        VgExtraction *e = good(arena, generic[i], VG_MEASURE_GENERIC, VG_EVIDENCE_PAIRWISE);
        assert_true(e->row[0].effect == 0.3 && fabs(e->row[0].effect_se - 0.2) < 1e-15);
        vg_arena_destroy(arena);
    }
}

static void named_columns_win_and_wrong_names_are_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgTable *table;
    VgError error = {0};
    const char *csv = "study,yi,vi,other\nA,0.3,0.04,0.5\n";
    WITNESS_OK(vg_table_read_csv_bytes(arena, "trials.csv", csv, strlen(csv), NULL, &table, &error),
               &error);
    VgEvidencePlan plan = {0};
    VgExtractionColumns columns = {.effect = "other"};
    VgExtraction *extraction;
    VgProblems problems = {0};
    WITNESS_OK(vg_extraction_read(arena, table, &plan, VG_EVIDENCE_PAIRWISE, &columns, &extraction,
                                  &problems, &error),
               &error);
    assert_true(extraction->row[0].effect == 0.5);
    columns.effect = "othr";
    problems = (VgProblems){0};
    assert_int_equal(vg_extraction_read(arena, table, &plan, VG_EVIDENCE_PAIRWISE, &columns,
                                        &extraction, &problems, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(problems.item[0].error.hint, "`other`"));
    vg_arena_destroy(arena);
    refused("x,yi,vi\nA,1,1\n", VG_MEASURE_GENERIC, 1, "no column holds the studies' labels");
}

static void impossible_spreads_are_refused(void **state)
{
    (void)state;
    const char *head = "study,n1,m1,sd1,n2,m2,sd2,se1,lower1,upper1\n";
    static const struct {
        const char *row, *words;
    } bad[] = {
        {"B,12,10,-4,11,13,5,,,\n", "SD of group 1 (treatment) is -4"},
        {"B,12,10,4,11,13,0,,,\n", "SD of group 2 (control) is 0"},
        {"B,1,10,4,11,13,5,,,\n", "n = 1"},
        {"B,,10,4,11,13,5,,,\n", "has no n"},
        {"B,12,10,4,11,13,5,4,,\n", "contradict each other"},
        {"B,12,10,4,11,13,5,,9.8,10.2\n", "contradict each other"},
        {"B,12,10,,11,13,5,,12,8\n", "limits of group 1"},
        {"B,12,10,,11,13,5,,10.5,12\n", "outside its limits"},
        {"B,12,10,,11,13,5,,,\n", "nothing that gives its SD"},
        {"B,12,10,4,11,,,,,\n", "one arm only"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char csv[300];
        snprintf(csv, sizeof csv, "%sA,12,10,4,11,13,5,,,\n%s", head, bad[i].row);
        refused(csv, VG_MEASURE_SMD, 3, bad[i].words);
    }
    refused("study,n1,median1,q1_1,q3_1,n2,m2,sd2\nA,20,9,10,14,20,1,1\n", VG_MEASURE_MD, 2,
            "out of order");
}

static void impossible_counts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *row, *words;
    } bad[] = {
        {"B,12.5,40,5,41\n", "12.5 events"},   {"B,45,40,5,41\n", "45 events among 40"},
        {"B,-1,40,5,41\n", "negative count"},  {"B,3,,5,41\n", "has no n"},
        {"B,3,40,,41\n", "events of one arm"}, {"B,n.r.,40,5,41\n", "is not a number"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char csv[200];
        snprintf(csv, sizeof csv, "study,e1,n1,e2,n2\nA,3,12,5,11\n%s", bad[i].row);
        refused(csv, VG_MEASURE_OR, 3, bad[i].words);
    }
    refused("study,ai,bi,ci,di,n1i\nA,3,9,5,6,14\n", VG_MEASURE_OR, 2, "make not n = 14");
}

static void every_problem_is_told_at_once(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR};
    VgExtraction *extraction;
    VgProblems problems;
    assert_int_equal(
        read_plan(arena, "study,e1,n1,e2,n2\nA,13,12,5,11\nB,1.5,12,5,11\n,3,12,5,11\nA,3,12,5,1\n",
                  &plan, VG_EVIDENCE_PAIRWISE, &extraction, &problems),
        VG_INVALID_INPUT);
    assert_true(problems.n_errors >= 5);
    for (size_t i = 1; i < problems.n; i++)
        assert_true(problems.item[i].error.line >= problems.item[i - 1].error.line);
    vg_arena_destroy(arena);
}

static void generic_effects_are_checked(void **state)
{
    (void)state;
    refused("study,yi,sei\nA,0.3,0\n", VG_MEASURE_GENERIC, 2, "standard error of the effect is 0");
    refused("study,yi,vi\nA,0.3,-1\n", VG_MEASURE_GENERIC, 2, "variance of the effect is -1");
    refused("study,yi,sei\nA,0.3,\n", VG_MEASURE_GENERIC, 2, "without its standard error");
    refused("study,yi,sei,vi\nA,0.3,0.2,0.2\n", VG_MEASURE_GENERIC, 2, "contradict");
    refused("study,yi,lower,upper\nA,1.5,1.05,2.9\n", VG_MEASURE_GENERIC, 2,
            "not in the middle of its limits");
    refused("study,ri,ni\nA,1.2,30\n", VG_MEASURE_FISHER_Z, 2, "correlation is 1.2");
    refused("study,ri,ni\nA,0.2,3\n", VG_MEASURE_FISHER_Z, 2, "among 3 people");
    refused("study,e1,n1,e2,n2,cluster_size\nA,3,12,5,11,8\n", VG_MEASURE_OR, 2,
            "without its intracluster correlation");
}

static void duplicates_are_refused_unless_the_plan_bears_them(void **state)
{
    (void)state;
    const char *csv = "study,e1,n1,e2,n2,outcome\nA,3,12,5,11,x\nA,4,12,6,11,y\n";
    refused(csv, VG_MEASURE_OR, 3, "A stands on line 2 too");
    refused_by(
        csv, (VgEvidencePlan){.measure = VG_MEASURE_OR, .shared_control = VG_SHARED_CONTROL_SPLIT},
        VG_EVIDENCE_PAIRWISE, 3, "with another control arm");
    VgArena *arena = vg_arena_create();
    VgExtraction *extraction;
    VgProblems problems;
    VgEvidenceAnalysis levels = {.study_level = "study"},
                       subset = {.subset_column = "outcome", .subset_level = "x"};
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR, .analysis = &levels, .n_analyses = 1};
    assert_int_equal(read_plan(arena, csv, &plan, VG_EVIDENCE_PAIRWISE, &extraction, &problems),
                     VG_OK);
    plan.analysis = &subset;
    assert_int_equal(read_plan(arena, csv, &plan, VG_EVIDENCE_PAIRWISE, &extraction, &problems),
                     VG_OK);
    plan = (VgEvidencePlan){.measure = VG_MEASURE_OR, .shared_control = VG_SHARED_CONTROL_MODEL};
    assert_int_equal(read_plan(arena, "study,e1,n1,e2,n2\nA,3,12,5,11\nA,4,12,5,11\n", &plan,
                               VG_EVIDENCE_PAIRWISE, &extraction, &problems),
                     VG_OK);
    assert_int_equal(extraction->n_studies, 1);
    /* a year tells two studies of one author apart */
    assert_int_equal(read_plan(arena, "author,year,yi,vi\nA,1999,1,1\nA,2001,2,1\n",
                               &(VgEvidencePlan){0}, VG_EVIDENCE_PAIRWISE, &extraction, &problems),
                     VG_OK);
    assert_string_equal(extraction->row[1].study, "A 2001");
    vg_arena_destroy(arena);
}

static void swapped_arms_are_refused(void **state)
{
    (void)state;
    refused("study,treat1,treat2,yi,vi\nA,drug,placebo,1,1\nB,placebo,drug,1,1\n",
            VG_MEASURE_GENERIC, 3, "line 2 has them the other way round");
    refused_by("study,treat1,treat2,yi,vi\nA,drug,placebo,1,1\nB,Placebo,other,1,1\n",
               (VgEvidencePlan){.control_label = "placebo"}, VG_EVIDENCE_PAIRWISE, 3,
               "group 1 received `Placebo`, the control");
}

static void networks_are_checked(void **state)
{
    (void)state;
    VgMeasure or = VG_MEASURE_OR;
    refused_network("study,treatment,events,n\nA,x,3,12\nB,x,3,12\nB,y,4,12\n", or, 2,
                    "A has one arm");
    refused_network("study,treatment,events,n\nA,x,3,12\nA,x,4,12\n", or, 3,
                    "stands on line 2 too");
    refused_network("study,treatment,events,n\nA,x,3,12\nA,,4,12\n", or, 3, "not named");
    refused_network("study,treat1,treat2,TE,seTE\nA,x,y,1,1\nA,y,x,1,1\n", VG_MEASURE_GENERIC, 3,
                    "stands on line 2 too");
    refused_network("study,treat1,treat2,TE,seTE\nA,x,x,1,1\n", VG_MEASURE_GENERIC, 2,
                    "both arms received `x`");
    refused_network("study,events,n\nA,3,12\nA,4,12\n", or, 1, "no column says what the arms");
    VgEvidenceAnalysis analysis = {.kind = VG_EVIDENCE_NETWORK, .reference = "placbo"};
    refused_by("study,treatment,events,n\nA,drug,3,12\nA,placebo,4,12\n",
               (VgEvidencePlan){.measure = or, .analysis = &analysis, .n_analyses = 1},
               VG_EVIDENCE_NETWORK, 0, "no arm received `placbo`");
    VgArena *arena = vg_arena_create();
    VgExtraction *e = good(arena, "id,treatment,n,mi,sdi\n1,x,12,3,1\n1,y,14,4,1\n", VG_MEASURE_MD,
                           VG_EVIDENCE_NETWORK);
    assert_true(e->arm_based);
    assert_string_equal(e->row[1].treatment[0], "y");
    vg_arena_destroy(arena);
}

static void judgements_are_read_from_words_letters_and_signs(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgExtraction *e = good(arena,
                           "study,yi,vi,D1,d2,rob\nA,1,1,low,+,Some concerns\n"
                           "B,1,1,H,?,High\nC,1,1,no information,,L\n",
                           VG_MEASURE_GENERIC, VG_EVIDENCE_PAIRWISE);
    static const VgRiskOfBias expected[] = {VG_RISK_LOW,
                                            VG_RISK_LOW,
                                            VG_RISK_SOME_CONCERNS,
                                            VG_RISK_HIGH,
                                            VG_RISK_SOME_CONCERNS,
                                            VG_RISK_HIGH,
                                            VG_RISK_NO_INFORMATION,
                                            VG_RISK_ABSENT,
                                            VG_RISK_LOW};
    assert_int_equal(e->n_domains, 3);
    assert_true(e->has_overall);
    assert_string_equal(e->domain[2], "overall");
    for (int i = 0; i < 9; i++)
        assert_int_equal(e->risk[i], expected[i]);
    /* a number of that name is a count of the table's own */
    e = good(arena, "study,yi,vi,rob\nA,1,1,3\n", VG_MEASURE_GENERIC, VG_EVIDENCE_PAIRWISE);
    assert_int_equal(e->n_domains, 0);
    assert_null(e->risk);
    vg_arena_destroy(arena);
    refused("study,yi,vi,rob\nA,1,1,low\nB,1,1,fine\n", VG_MEASURE_GENERIC, 3,
            "`fine` in column rob is no judgement");
}

static void designs_without_their_correlation_are_refused(void **state)
{
    (void)state;
    const char *head = "study,design,n1,m1,sd1,n2,m2,sd2,cluster_size,icc\n";
    const struct {
        const char *row, *words;
    } bad[] = {{"A,cluster,12,10,4,11,13,5,,\n", "without the size of its clusters"},
               {"A,cluster,12,10,4,11,13,5,6,\n", "without its intracluster correlation"},
               {"A,crossover,12,10,4,12,13,5,,\n", "without the correlation of one person"}};
    char csv[300];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(csv, sizeof csv, "%s%s", head, bad[i].row);
        refused(csv, VG_MEASURE_SMD, 2, bad[i].words);
    }
    refused("study,design,n1,m1,sd1,n2,m2,sd2,crossover_correlation\n"
            "A,crossover,12,10,4,11,13,5,0.5\n",
            VG_MEASURE_SMD, 2, "crossover trial with 12 and 11 people");
    refused("study,design,n1,e1,n2,e2\nA,crossover,12,3,12,4\n", VG_MEASURE_OR, 2, "paired values");
    VgArena *arena = vg_arena_create();
    VgExtraction *e = good(arena,
                           "study,design,measured,n1,m1,sd1,n2,m2,sd2\n"
                           "A,randomised,Change,12,10,4,11,13,5\nB,,endpoint,12,10,4,11,13,5\n",
                           VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE);
    assert_int_equal(e->row[0].design, VG_DESIGN_PARALLEL);
    assert_int_equal(e->row[0].measured, VG_MEASURED_CHANGE);
    assert_int_equal(e->row[1].measured, VG_MEASURED_ENDPOINT);
    /* a column by that name that holds something else is not ours */
    e = good(arena, "study,measured,n1,m1,sd1,n2,m2,sd2\nA,mood,12,10,4,11,13,5\n", VG_MEASURE_SMD,
             VG_EVIDENCE_PAIRWISE);
    assert_int_equal(e->row[0].measured, VG_MEASURED_NOT_SAID);
    vg_arena_destroy(arena);
}

#define TEST(name) cmocka_unit_test(name)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_are_found_by_the_names_of_other_programs),
        TEST(named_columns_win_and_wrong_names_are_refused),
        TEST(impossible_spreads_are_refused),
        TEST(impossible_counts_are_refused),
        TEST(every_problem_is_told_at_once),
        TEST(generic_effects_are_checked),
        TEST(duplicates_are_refused_unless_the_plan_bears_them),
        TEST(swapped_arms_are_refused),
        TEST(designs_without_their_correlation_are_refused),
        TEST(networks_are_checked),
        TEST(judgements_are_read_from_words_letters_and_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
