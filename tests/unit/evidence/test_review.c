/* vg_evidence_run: rows, facts and words of a plan; what later analyses that fail leave behind; signs turned once. */
#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/evidence.h>

typedef struct Review {
    VgArena *arena;
    VgExtraction *extraction;
    VgEvidencePlan plan;
    VgResult *result;
    VgError error;
} Review;

/* clang-format off */
static const char TRIALS[] =
    "study,role,year,overall,n1,m1,sd1,n2,m2,sd2\n"
    "A,adjunct,2001,low,20,10,3,20,12,3\n"
    "B,adjunct,2004,low,30,11,4,30,13,4\n"
    "C,alone,2002,high,25,9,3,25,9.5,3\n"
    "D,alone,2003,low,40,8,3,40,8.4,3\n"
    "E,adjunct,2005,some concerns,35,10,4,33,11.5,4\n";
static const char CONTRASTS[] =
    "study,treat1,treat2,TE,seTE\n"
    "a,drug,placebo,-0.3,0.10\nb,diet,placebo,-0.2,0.12\nc,drug+diet,placebo,-0.6,0.15\n"
    "d,drug,diet,-0.1,0.14\ne,drug,placebo,-0.4,0.11\nf,drug+diet,drug,-0.2,0.13\n";
/* clang-format on */

static Review begin(const char *table, VgMeasure measure, VgEvidenceKind kind,
                    VgEvidenceAnalysis *analysis, size_t n)
{
    Review review = {.arena = vg_arena_create()};
    VgTable *read;
    WITNESS_OK(vg_table_read_csv_bytes(review.arena, "t.csv", table, strlen(table), NULL, &read,
                                       &review.error),
               &review.error);
    review.plan = (VgEvidencePlan){.measure = measure,
                                   .pre_post_correlation = NAN,
                                   .intracluster_correlation = NAN,
                                   .important_difference = NAN,
                                   .control_event_rate = NAN,
                                   .direction_known = true,
                                   .lower_is_better = true,
                                   .analysis = analysis,
                                   .n_analyses = n};
    for (size_t i = 0; i < n; i++)
        analysis[i].kind = kind;
    VgProblems problems = {0};
    WITNESS_OK(vg_extraction_read(review.arena, read, &review.plan, kind, NULL, &review.extraction,
                                  &problems, &review.error),
               &review.error);
    review.result = vg_result_create(review.arena, "meta");
    review.result->level = 0.95;
    review.result->seed = 1;
    return review;
}

static VgStatus run(Review *review)
{
    return vg_evidence_run(review->extraction, &review->plan, review->result, &review->error);
}

static const VgEstimate *row(const VgResult *result, const char *analysis, const char *quantity,
                             const char *term, const char *stratum)
{
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *e = &result->estimate[i];
        bool same = strcmp(e->quantity, quantity) == 0 &&
                    (!analysis || (e->analysis && strcmp(e->analysis, analysis) == 0)) &&
                    (!term || (e->term && strcmp(e->term, term) == 0)) &&
                    (!stratum || (e->stratum && strcmp(e->stratum, stratum) == 0));
        if (same)
            return e;
    }
    return NULL;
}

static bool says(const VgResult *result, const char *analysis, const char *words)
{
    const VgDataset *data = vg_result_find_dataset(result, analysis, "sentences");
    const VgDatasetColumn *text = data ? vg_dataset_column(data, "text") : NULL;
    for (size_t i = 0; text && i < data->n_rows; i++)
        if (strstr(text->text[i], words))
            return true;
    return false;
}

static bool warned(const VgResult *result, const char *words)
{
    for (size_t i = 0; i < result->n_warnings; i++)
        if (strstr(result->warning[i], words))
            return true;
    return false;
}

static void an_analysis_fills_the_agreed_rows(void **state)
{
    (void)state;
    VgEvidenceAnalysis analysis[] = {
        {.id = "all",
         .label = "All",
         .subgroup = "role",
         .influence = true,
         .cumulative = "year",
         .small_study = VG_SMALL_STUDY_EGGER | VG_SMALL_STUDY_TRIMFILL},
        {.id = "low", .label = "Low risk", .sensitivity = true, .exclude_high_risk = true}};
    Review review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 2);
    review.plan.certainty = true;
    review.plan.important_difference = 0.24;
    review.plan.control_event_rate = 0.3;
    WITNESS_OK(run(&review), &review.error);
    const VgResult *result = review.result;
    static const char *const QUANTITY[] = {
        "study_effect", "pooled",     "prediction", "tau2",     "tau",
        "i2",           "h2",         "q",          "subgroup", "subgroup_test",
        "loo",          "cumulative", "egger",      "trimfill", "response",
        "nnt"};
    for (size_t i = 0; i < sizeof QUANTITY / sizeof *QUANTITY; i++)
        if (!row(result, "all", QUANTITY[i], NULL, NULL))
            fail_msg("no %s", QUANTITY[i]);
    static const char *const DATASET[] = {"studies", "influence", "baujat", "sentences", "grade"};
    for (size_t i = 0; i < sizeof DATASET / sizeof *DATASET; i++)
        assert_non_null(vg_result_find_dataset(result, "all", DATASET[i]));
    static const char *const OF_ALL[] = {"analyses", "risk_of_bias", "methods", "references"};
    for (size_t i = 0; i < sizeof OF_ALL / sizeof *OF_ALL; i++)
        assert_non_null(vg_result_find_dataset(result, NULL, OF_ALL[i]));
    /* cumulative follows the years: A, C, D, B, E */
    assert_string_equal(row(result, "all", "cumulative", NULL, NULL)->term, "A");
    assert_true(vg_result_find_fact(result, VG_FACTS_FIT, "low", "k")->number == 4);
    assert_true(vg_result_find_fact(result, VG_FACTS_FIT, "all", "lower_is_better")->number == 1);
    assert_true(says(result, "all", "better with the treatment") ||
                says(result, "all", "interval also holds"));
    assert_true(says(result, "all", "cannot be told from 5 effects"));
    assert_true(says(result, "all", "Certainty of the evidence"));
    assert_true(warned(result, "to look for small-study effects: below 10"));
    vg_arena_destroy(review.arena);
}

/* Benefit positive: every effect, pooled and added, is the negative of what it was. */
static void signs_are_turned_once(void **state)
{
    (void)state;
    double pooled[2], added[2];
    for (int turned = 0; turned < 2; turned++) {
        VgEvidenceAnalysis analysis[] = {{.id = NULL}};
        Review review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 1);
        VgEvidenceAddition trial = {"T", -0.4, 0.2, 100, 50, 50, "", false};
        review.plan.benefit_is_positive = turned;
        review.plan.added = &trial;
        review.plan.n_added = 1;
        WITNESS_OK(run(&review), &review.error);
        pooled[turned] = row(review.result, NULL, "pooled", "random", NULL)->estimate;
        added[turned] = row(review.result, NULL, "study_effect", "T", NULL)->estimate;
        vg_arena_destroy(review.arena);
    }
    assert_true(pooled[0] < 0);
    assert_true(pooled[1] == -pooled[0]);
    assert_true(added[0] == -0.4 && added[1] == 0.4);
    for (int turned = 0; turned < 2; turned++) {
        VgEvidenceAnalysis analysis[] = {{.id = NULL, .reference = "placebo"}};
        Review review = begin(CONTRASTS, VG_MEASURE_GENERIC, VG_EVIDENCE_NETWORK, analysis, 1);
        review.plan.benefit_is_positive = turned;
        WITNESS_OK(run(&review), &review.error);
        const VgEstimate *best = row(review.result, NULL, "ranking", "drug+diet", NULL);
        assert_true(best && best->estimate > 0.9);
        for (size_t i = 0; i < review.result->n_estimates; i++) {
            const VgEstimate *e = &review.result->estimate[i];
            if (strcmp(e->quantity, "contrast") == 0 && strcmp(e->arm, "drug") == 0 &&
                strcmp(e->term, "random") == 0)
                pooled[turned] = e->estimate;
        }
        vg_arena_destroy(review.arena);
    }
    assert_true(pooled[0] < 0);
    assert_true(fabs(pooled[1] + pooled[0]) < 1e-12);
}

static void the_order_of_rows_does_not_matter(void **state)
{
    (void)state;
    static const char TURNED[] = "study,role,year,overall,n1,m1,sd1,n2,m2,sd2\n"
                                 "E,adjunct,2005,some concerns,35,10,4,33,11.5,4\n"
                                 "C,alone,2002,high,25,9,3,25,9.5,3\n"
                                 "A,adjunct,2001,low,20,10,3,20,12,3\n"
                                 "D,alone,2003,low,40,8,3,40,8.4,3\n"
                                 "B,adjunct,2004,low,30,11,4,30,13,4\n";
    const char *table[] = {TRIALS, TURNED};
    double estimate[2], adjunct[2];
    for (int i = 0; i < 2; i++) {
        VgEvidenceAnalysis analysis[] = {{.id = "x", .subgroup = "role"}};
        Review review = begin(table[i], VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 1);
        WITNESS_OK(run(&review), &review.error);
        estimate[i] = row(review.result, "x", "pooled", "random", NULL)->estimate;
        adjunct[i] = row(review.result, "x", "subgroup", NULL, "adjunct")->estimate;
        vg_arena_destroy(review.arena);
    }
    assert_true(fabs(estimate[0] - estimate[1]) < 1e-10);
    assert_true(fabs(adjunct[0] - adjunct[1]) < 1e-10);
}

static void a_later_analysis_that_fails_is_a_warning_and_leaves_no_rows(void **state)
{
    (void)state;
    VgEvidenceAnalysis analysis[] = {
        {.id = "all", .label = "All"},
        {.id = "none", .label = "None", .subset_column = "role", .subset_level = "nobody"}};
    Review review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 2);
    WITNESS_OK(run(&review), &review.error);
    assert_null(row(review.result, "none", "pooled", NULL, NULL));
    assert_non_null(vg_result_find_fact(review.result, VG_FACTS_FIT, "none", "failed"));
    assert_true(warned(review.result, "None could not be had: no row has role = nobody"));
    /* the first one is an error */
    VgEvidenceAnalysis swapped[] = {analysis[1], analysis[0]};
    review.plan.analysis = swapped;
    review.result = vg_result_create(review.arena, "meta");
    review.result->level = 0.95;
    assert_int_equal(run(&review), VG_INVALID_INPUT);
    assert_non_null(strstr(review.error.message, "role = nobody"));
    vg_arena_destroy(review.arena);
}

static void few_studies_are_told_of(void **state)
{
    (void)state;
    static const struct {
        const char *level, *warning, *sentence;
    } CASE[] = {{"2001", "one study: nothing was pooled", "nothing was pooled"}};
    VgEvidenceAnalysis analysis[] = {
        {.id = "x", .subset_column = "year", .subset_level = CASE[0].level}};
    Review review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 1);
    WITNESS_OK(run(&review), &review.error);
    assert_true(warned(review.result, CASE[0].warning));
    assert_true(says(review.result, "x", CASE[0].sentence));
    assert_null(row(review.result, "x", "prediction", NULL, NULL));
    assert_null(row(review.result, "x", "pooled", "random", NULL));
    vg_arena_destroy(review.arena);
    VgEvidenceAnalysis two[] = {{.id = "x", .subset_column = "role", .subset_level = "alone"}};
    review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, two, 1);
    WITNESS_OK(run(&review), &review.error);
    assert_true(warned(review.result, "two studies"));
    assert_null(row(review.result, "x", "prediction", NULL, NULL));
    assert_true(says(review.result, "x", "fewer than three studies"));
    vg_arena_destroy(review.arena);
}

static void the_adjunct_sentence_stands_first(void **state)
{
    (void)state;
    VgNamedInteraction interaction = {"diet", "drug"};
    VgEvidenceAnalysis analysis[] = {{.id = "n",
                                      .label = "Network",
                                      .reference = "placebo",
                                      .component_separator = "+",
                                      .inactive = "placebo",
                                      .interaction = &interaction,
                                      .n_interactions = 1}};
    Review review = begin(CONTRASTS, VG_MEASURE_GENERIC, VG_EVIDENCE_NETWORK, analysis, 1);
    WITNESS_OK(run(&review), &review.error);
    const VgDataset *data = vg_result_find_dataset(review.result, "n", "sentences");
    assert_non_null(data);
    assert_non_null(
        strstr(vg_dataset_column(data, "text")->text[0], "diet does more on top of drug"));
    assert_non_null(row(review.result, "n", "power", "diet*drug", NULL));
    assert_non_null(row(review.result, "n", "component", "drug", NULL));
    assert_non_null(vg_result_find_dataset(review.result, "n", "league"));
    assert_string_equal(vg_result_find_fact(review.result, VG_FACTS_FIT, "n", "interaction")->text,
                        "diet*drug");
    vg_arena_destroy(review.arena);
}

static void studies_of_several_arms_are_named_with_their_arms(void **state)
{
    (void)state;
    static const char ARMS[] = "study,treat1,treat2,TE,seTE\n"
                               "a,drug,placebo,-0.3,0.1\n"
                               "b,diet,placebo,-0.2,0.1\n"
                               "b,drug,placebo,-0.4,0.1\n"
                               "b,diet,drug,0.2,0.1\n";
    VgEvidenceAnalysis analysis[] = {{.id = "n", .reference = "placebo", .tau2 = VG_TAU2_COMMON}};
    Review review = begin(ARMS, VG_MEASURE_GENERIC, VG_EVIDENCE_NETWORK, analysis, 1);
    WITNESS_OK(run(&review), &review.error);
    const VgDataset *arms = vg_result_find_dataset(review.result, "n", "network_multiarm");
    static const char *const treatment[] = {"diet", "drug", "placebo"};
    assert_true(arms && arms->n_rows == 3);
    for (size_t i = 0; i < 3; i++) {
        bool found = false;
        assert_string_equal(vg_dataset_column(arms, "study")->text[i], "b");
        for (size_t k = 0; k < 3; k++)
            found =
                found || strcmp(vg_dataset_column(arms, "treatment")->text[k], treatment[i]) == 0;
        assert_true(found);
    }
    vg_arena_destroy(review.arena);
}

/* Two parts, joined by their components only: the datasets of a connected network, edges with what their trials say. */
static void a_network_in_parts_has_the_shape_of_a_whole_one(void **state)
{
    (void)state;
    static const char PARTS[] = "study,treat1,treat2,TE,seTE\n"
                                "a,drug,placebo,-0.3,0.1\nb,diet,placebo,-0.2,0.1\n"
                                "c,drug+walk,diet+walk,-0.1,0.1\nd,drug,placebo,-0.5,0.1\n"
                                "e,zinc,iron,0.1,0.2\n";
    VgEvidenceAnalysis analysis[] = {{.id = "n",
                                      .reference = "placebo",
                                      .component_separator = "+",
                                      .inactive = "placebo",
                                      .tau2 = VG_TAU2_COMMON}};
    Review review = begin(PARTS, VG_MEASURE_GENERIC, VG_EVIDENCE_NETWORK, analysis, 1);
    WITNESS_OK(run(&review), &review.error);
    const VgDataset *edges = vg_result_find_dataset(review.result, "n", "network_edges");
    const VgDataset *league = vg_result_find_dataset(review.result, "n", "league");
    assert_true(edges && league && edges->n_rows == 4);
    for (size_t e = 0; e < edges->n_rows; e++)
        assert_true(isfinite(vg_dataset_column(edges, "estimate")->number[e]) &&
                    vg_dataset_column(edges, "se")->number[e] > 0.0);
    size_t direct = 0;
    for (size_t i = 0; i < league->n_rows; i++)
        if (strcmp(vg_dataset_column(league, "kind")->text[i], "direct") == 0 &&
            strcmp(vg_dataset_column(league, "row")->text[i], "drug") == 0) {
            direct++; /* the mean of two trials of one weight */
            assert_true(fabs(vg_dataset_column(league, "estimate")->number[i] + 0.4) < 1e-12);
        }
    assert_int_equal(direct, 1);
    /* what no path joins is absent, and a rank over part of the treatments says so */
    assert_non_null(row(review.result, "n", "ranking", "drug", NULL));
    const VgEstimate *zinc = row(review.result, "n", "ranking", "zinc", NULL);
    assert_true(zinc && strstr(zinc->note, "over the 1 it can be compared with") != NULL);
    assert_true(warned(review.result, "do not rank across them"));
    assert_null(row(review.result, "n", "split", NULL, NULL));
    assert_null(row(review.result, "n", "prediction", NULL, NULL));
    vg_arena_destroy(review.arena);
}

static void requests_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    VgEvidenceAnalysis analysis[] = {{.id = "x", .study_level = "study", .cumulative = "year"}};
    Review review = begin(TRIALS, VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, analysis, 1);
    assert_int_equal(run(&review), VG_INVALID_INPUT);
    assert_non_null(strstr(review.error.hint, "one effect a study"));
    analysis[0] = (VgEvidenceAnalysis){.id = "x", .exclude_high_risk = true};
    review.extraction->has_overall = false;
    assert_int_equal(run(&review), VG_INVALID_INPUT);
    assert_non_null(strstr(review.error.message, "overall risk of bias"));
    review.plan.n_analyses = 0;
    assert_int_equal(run(&review), VG_INVALID_INPUT);
    vg_arena_destroy(review.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_analysis_fills_the_agreed_rows),
        cmocka_unit_test(signs_are_turned_once),
        cmocka_unit_test(the_order_of_rows_does_not_matter),
        cmocka_unit_test(a_later_analysis_that_fails_is_a_warning_and_leaves_no_rows),
        cmocka_unit_test(few_studies_are_told_of),
        cmocka_unit_test(the_adjunct_sentence_stands_first),
        cmocka_unit_test(studies_of_several_arms_are_named_with_their_arms),
        cmocka_unit_test(a_network_in_parts_has_the_shape_of_a_whole_one),
        cmocka_unit_test(requests_that_contradict_each_other_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
