/* Effects from what trials publish: known answers (R 4.2.2: formulas of the cited papers, metafor 3.8-1), refusals,
 * invariances. */
#include "support/small_extraction.h"

#include <math.h>

#include <vagus/study_effect.h>

#include "numeric/distributions.h"

typedef struct Made {
    VgArena *arena;
    VgStudyEffects *effects;
    VgStatus status;
    VgError error;
} Made;

static Made make(const char *csv, VgEvidencePlan plan)
{
    Made made = {.arena = vg_arena_create()};
    VgExtraction *extraction;
    VgProblems problems;
    VgStatus status =
        small_extraction(made.arena, csv, &plan, VG_EVIDENCE_PAIRWISE, &extraction, &problems);
    if (status != VG_OK)
        fail_msg("%s", problems.item[0].error.message);
    made.status = vg_study_effects(made.arena, extraction, &plan, &made.effects, &made.error);
    return made;
}

static void effect_is(const char *csv, VgEvidencePlan plan, double y, double v, const char *note)
{
    Made made = make(csv, plan);
    if (made.status != VG_OK)
        fail_msg("%s", made.error.message);
    assert_int_equal(made.effects->n, 1);
    const VgStudyEffect *effect = &made.effects->effect[0];
    witness_close("y", effect->y, y, 1e-13, 1e-3); /* closed formulas */
    if (!isnan(v))
        witness_close("v", effect->v, v, 1e-12, 1e-6);
    if (note && !strstr(effect->note, note))
        fail_msg("note '%s' lacks '%s'", effect->note, note);
    vg_arena_destroy(made.arena);
}

#define SMD(...) ((VgEvidencePlan){.measure = VG_MEASURE_SMD, __VA_ARGS__})

/* One table, three conventions. */
static void variances_to_the_digits_of_the_methods(void **state)
{
    (void)state;
    const char *csv = "study,n1,m1,sd1,n2,m2,sd2\nA,12,10,4,10,13,5\n";
    const struct {
        VgSmdVariance kind;
        double g, v;
    } known[] = {{VG_SMD_LARGE_SAMPLE, -.644486905, .19277341},
                 {VG_SMD_UNBIASED, -.644486905, .194706679},
                 {VG_SMD_REVMAN, -.644541028, .194834804}};
    for (int i = 0; i < 3; i++) {
        Made made = make(csv, SMD(.smd_variance = known[i].kind));
        /* nine decimals are printed */
        assert_true(fabs(made.effects->y[0] - known[i].g) < 6e-10);
        assert_true(fabs(made.effects->v[0] - known[i].v) < 6e-9);
        assert_string_equal(made.effects->effect[0].treatment_text, "10 (4), 12");
        assert_true(fabs(made.effects->effect[0].precision_se - sqrt(1.0 / 12 + 1.0 / 10)) < 1e-15);
        vg_arena_destroy(made.arena);
    }
}

/* Γ(k)/Γ(k − ½) in 50 decimal digits (factorials). */
static void hedges_correction_keeps_its_digits_in_large_trials(void **state)
{
    (void)state;
    static const struct {
        double df, j;
    } known[] = {{4, 0.7978845608028653558},    {20, 0.9619445337407487269},
                 {198, 0.9962065323851845156},  {200, 0.9962445224791265544},
                 {1000, 0.9992497811797163675}, {10000, 0.9999249978124296903}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        /* below 200 by log-gammas, which lose two digits there */
        witness_close("J", vg_hedges_correction(known[i].df), known[i].j,
                      known[i].df < 200 ? 4e-14 : 2.3e-16, 0);
}

static void spreads_in_other_words_give_the_same_effect(void **state)
{
    (void)state;
    VgEvidencePlan md = {.measure = VG_MEASURE_MD};
    double v = 25.0 / 20 + 16.0 / 30;
    effect_is("study,n1,m1,se1,n2,m2,sd2\nA,20,10,1.1180339887498949,30,13,4\n", md, -3, v,
              "SD from SE");
    effect_is("study,n1,m1,lower1,upper1,n2,m2,sd2\n"
              "A,20,10,7.6599279679004013,12.3400720320995987,30,13,4\n",
              md, -3, v, "SD from CI");
    /* the middle of the interval is the mean */
    effect_is("study,n1,lower1,upper1,n2,m2,sd2\n"
              "A,20,7.6599279679004013,12.3400720320995987,30,13,4\n",
              md, -3, v, "SD from CI");
}

static void medians_by_luo_and_wan_are_flagged(void **state)
{
    (void)state;
    VgEvidencePlan md = {.measure = VG_MEASURE_MD};
    const char *head = "study,n1,median1,q1_1,q3_1,min1,max1,n2,m2,sd2\n";
    const struct {
        const char *row;
        double mean, sd;
    } known[] = {{"A,40,12,8,17,,,40,0,1\n", 12.3548749999999998, 6.9203691133147904},
                 {"A,40,12,,,2,30,40,0,1\n", 12.8038013948134957, 6.4924353464933464},
                 {"A,40,12,8,17,2,30,40,0,1\n", 12.788708850133116, 6.706402229904068}};
    for (int i = 0; i < 3; i++) {
        char csv[200];
        snprintf(csv, sizeof csv, "%s%s", head, known[i].row);
        effect_is(csv, md, known[i].mean, known[i].sd * known[i].sd / 40 + 1.0 / 40, "(Luo, Wan)");
        Made made = make(csv, md);
        assert_true(made.effects->effect[0].imputed);
        vg_arena_destroy(made.arena);
    }
}

static void statistics_stand_for_standard_deviations(void **state)
{
    (void)state;
    effect_is("study,n1,n2,ti\nA,25,31,2.3\n", SMD(0), 0.60962618919264366, NAN, "from t");
    effect_is("study,n1,n2,fi,m1,m2\nA,25,31,5.29,4,3\n", SMD(0), 0.60962618919264366, NAN,
              "from F");
    effect_is("study,n1,n2,pval,m1,m2\nA,25,31,0.025339838964213122,3,4\n", SMD(0),
              -0.60962618919264366, NAN, "from p");
    VgEvidencePlan md = {.measure = VG_MEASURE_MD};
    effect_is("study,n1,n2,ti,m1,m2\nA,25,31,2,4,3\n", md, 1, 0.25, "from t");
    Made made = make("study,n1,n2,pval\nA,25,31,0.02\n", SMD(0));
    assert_int_equal(made.status, VG_INVALID_INPUT);
    assert_non_null(strstr(made.error.message, "no sign"));
    assert_int_equal(made.error.line, 2);
    vg_arena_destroy(made.arena);
}

/* With r = 0.8 the SD of change would make the SMD 1.58 times as large. */
static void changes_are_standardised_by_the_endpoint(void **state)
{
    (void)state;
    double j = exp(lgamma(19.0) - lgamma(18.5)) / sqrt(19.0);
    double sd_change = 5.0 * sqrt(2.0 * (1.0 - 0.8)), g = j * -3.0 / 5.0;
    char csv[300];
    snprintf(csv, sizeof csv,
             "study,n1,change1,sd_change1,sd1,n2,change2,sd_change2,sd2\n"
             "A,20,-6,%.17g,5,20,-3,%.17g,5\n",
             sd_change, sd_change);
    effect_is(csv, SMD(0), g, 0.4 * 0.1 + g * g / 80, "change scores");
    /* only the SD of change: r gives the SD back */
    snprintf(csv, sizeof csv,
             "study,n1,change1,sd_change1,n2,change2,sd_change2\nA,20,-6,%.17g,20,-3,%.17g\n",
             sd_change, sd_change);
    effect_is(csv, SMD(.pre_post_correlation = 0.8), g, 0.4 * 0.1 + g * g / 80, "r = 0.8 assumed");
    Made made = make(csv, SMD(0));
    assert_int_equal(made.status, VG_INVALID_INPUT);
    assert_non_null(strstr(made.error.message, "SD of endpoint or baseline, or r"));
    vg_arena_destroy(made.arena);
    /* a mean difference needs only the SD of change; from r where it is not given */
    VgEvidencePlan md = {.measure = VG_MEASURE_MD, .pre_post_correlation = 0.5};
    effect_is("study,n1,change1,baseline_sd1,sd1,n2,change2,sd_change2\nA,20,-6,4,6,20,-3,5\n", md,
              -3, (16 + 36 - 24) / 20.0 + 25 / 20.0, "r = 0.5 assumed");
}

/* Formulas in R: u = s_change / sqrt(2 (1 - r)), or the SD at baseline. */
static void means_may_be_those_of_changes(void **state)
{
    (void)state;
    const char *csv = "study,measured,n1,m1,sd1,n2,m2,sd2\nA,change,20,-5.7,6.4,20,-1.5,4.8\n";
    effect_is(csv, SMD(.pre_post_correlation = 0.3), -0.86102015480586458, 0.14926694633727391,
              "r = 0.3 assumed");
    effect_is("study,measured,n1,m1,sd1,n2,m2,sd2,baseline_sd1,baseline_sd2\n"
              "A,change,20,-5.7,6.4,20,-1.5,4.8,8,7\n",
              SMD(.pre_post_correlation = 0.3), -0.54764618289199551, 0.060386122412045086,
              "change scores");
    /* the same numbers in columns of their own; SE instead of SD */
    effect_is("study,n1,change1,sd_change1,n2,change2,sd_change2\nA,20,-5.7,6.4,20,-1.5,4.8\n",
              SMD(.pre_post_correlation = 0.3), -0.86102015480586458, 0.14926694633727391, NULL);
    effect_is("study,measured,n1,m1,se1,n2,m2,se2\nA,change,16,-5.7,1.5,16,-1.5,1\n",
              (VgEvidencePlan){.measure = VG_MEASURE_MD}, -4.2, 3.25, "SD from SE; change scores");
    Made made = make(csv, SMD());
    assert_int_equal(made.status, VG_INVALID_INPUT);
    assert_non_null(strstr(made.error.message, "only the SD of change"));
    vg_arena_destroy(made.arena);
    made = make(csv, SMD(.pre_post_correlation = 0.3));
    assert_int_equal(made.effects->n_assumed_correlation, 1);
    assert_int_equal(made.effects->effect[0].measured, VG_MEASURED_CHANGE);
    vg_arena_destroy(made.arena);
}

/* metafor 3.8-1, escalc OR2DL and OR2DN; the sign is that of the scale. */
static void events_become_standardised_differences(void **state)
{
    (void)state;
    const char *csv = "study,n1,e1,n2,e2\nA,40,9,39,10\n";
    const char *zero = "study,n1,e1,n2,e2\nA,20,0,20,4\n";
#define CONVERT(...)                                                                               \
    SMD(.convert_events = VG_CONVERT_LOGISTIC, .events_are = VG_EVENTS_BETTER,                     \
        .direction_known = true, __VA_ARGS__)
    effect_is(csv, CONVERT(), -0.094857178555213681, 0.084456860565939776, "log OR √3/π");
    effect_is(csv, CONVERT(.lower_is_better = true), 0.094857178555213681, 0.084456860565939776,
              "9/40 and 10/39");
    effect_is(csv, CONVERT(.lower_is_better = true, .benefit_is_positive = true),
              -0.094857178555213681, 0.084456860565939776, NULL);
    effect_is(zero, CONVERT(), -1.3310673331244414, 0.70872408129422371, "added to each cell");
    VgEvidencePlan worse = CONVERT(.lower_is_better = true);
    worse.events_are = VG_EVENTS_WORSE;
    worse.convert_events = VG_CONVERT_NORMAL;
    effect_is(csv, worse, -0.10427387282212015, 0.10205764343358305, "1.65");
    /* a scale that runs the other way does not turn what better means */
    effect_is("study,direction,n1,e1,n2,e2,m1,sd1,m2,sd2\nA,higher,40,9,39,10,,,,\n",
              CONVERT(.lower_is_better = true), 0.094857178555213681, 0.084456860565939776, NULL);
    VgEvidencePlan unsaid = CONVERT();
    unsaid.events_are = VG_EVENTS_NOT_SAID;
    Made made = make(csv, unsaid);
    assert_int_equal(made.status, VG_INVALID_INPUT);
    vg_arena_destroy(made.arena);
    made = make(csv, SMD(.convert_events = VG_CONVERT_LOGISTIC, .events_are = VG_EVENTS_BETTER));
    assert_non_null(strstr(made.error.message, "lower better"));
    vg_arena_destroy(made.arena);
    made = make(csv, SMD());
    assert_int_equal(made.status, VG_NOT_ESTIMABLE);
    vg_arena_destroy(made.arena);
}

/* MD: Var(x - y) = s1² + s2² - 2 r s1 s2; SMD: Cochrane Handbook 23.2.7. People count once. */
static void crossover_trials_are_paired(void **state)
{
    (void)state;
    const char *csv = "study,design,n1,m1,sd1,n2,m2,sd2,crossover_correlation\n"
                      "A,Cross-over RCT,24,10.2,4.1,24,12.1,4.6,0.6\n";
    effect_is(csv, (VgEvidencePlan){.measure = VG_MEASURE_MD}, -1.9, 0.63908333333333356,
              "paired SE (r = 0.6)");
    effect_is(csv, SMD(), -0.42165985327411981, 0.036296617197719198, "paired SE");
    effect_is("study,design,effect,effect_se\nA,crossover,0.4,0.2\n",
              (VgEvidencePlan){.measure = VG_MEASURE_GENERIC}, 0.4, 0.04, "SE taken as paired");
    Made made = make(csv, SMD());
    assert_true(made.effects->effect[0].n == 24 && made.effects->n_participants == 24);
    vg_arena_destroy(made.arena);
}

static void responses_are_imputed_by_furukawa(void **state)
{
    (void)state;
    assert_true(fabs(vg_response_from_mean(12.4, 6.1, 11, true) - 0.40923697528978353) < 1e-15);
    witness_close("Furukawa", vg_nnt_furukawa(0.5, 0.2), 6.0125791178549113, 1e-13, 0);
    witness_close("Kraemer", vg_nnt_kraemer(0.5), 3.618908781717034, 1e-14, 0);
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR, .lower_is_better = true};
    double e = 50 * 0.40923697528978353;
    double v = 1 / e + 1 / (50 - e) + 1.0 / 10 + 1.0 / 40;
    effect_is("study,n1,m1,sd1,baseline1,n2,e2\nA,50,12.4,6.1,22,50,10\n", plan,
              log(e / (50 - e)) - log(0.25), v, "imputed");
}

static void cluster_trials_shrink_by_the_design_effect(void **state)
{
    (void)state;
    VgEvidencePlan or = {.measure = VG_MEASURE_OR};
    double d = 1 + 9 * 0.05;
    effect_is("study,e1,n1,e2,n2,cluster_size,icc\nA,12,100,20,100,10,0.05\n", or,
              log(12 / 88.0) - log(20 / 80.0), d * (1 / 12.0 + 1 / 88.0 + 1 / 20.0 + 1 / 80.0),
              "design effect 1.45");
    VgEvidencePlan generic = {.intracluster_correlation = 0.05};
    effect_is("study,yi,vi,cluster_size\nA,0.3,0.04,10\n", generic, 0.3, 0.04 * d,
              "ICC = 0.05 assumed");
}

static void a_shared_control_is_refused_split_or_modelled(void **state)
{
    (void)state;
    const char *csv = "study,e1,n1,e2,n2\nA,12,100,20,90\nA,15,110,20,90\nB,3,40,6,40\n";
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR, .shared_control = VG_SHARED_CONTROL_SPLIT};
    Made split = make(csv, plan);
    assert_int_equal(split.effects->n, 3);
    witness_close("split", split.effects->v[0], 1 / 12.0 + 1 / 88.0 + 1 / 10.0 + 1 / 35.0, 1e-14,
                  0);
    assert_string_equal(split.effects->effect[0].note, "control arm split in 2");
    witness_close("people", split.effects->n_participants, 380, 1e-15, 0);
    plan.shared_control = VG_SHARED_CONTROL_MODEL;
    Made model = make(csv, plan);
    assert_int_equal(model.effects->n_blocks, 1);
    const VgEffectBlock *block = &model.effects->block[0];
    assert_int_equal(block->size, 2);
    assert_int_equal(block->member[1], 1);
    witness_close("covariance", VG_AT(block->covariance, 0, 1), 1 / 20.0 + 1 / 70.0, 1e-14, 0);
    witness_close("variance", VG_AT(block->covariance, 1, 1), model.effects->v[1], 1e-15, 0);
    witness_close("people", model.effects->n_participants, 380, 1e-15, 0);
    assert_int_equal(model.effects->n_studies, 2);
    /* Hedges' g: 1/n_c + g1 g2/(2N) */
    plan.measure = VG_MEASURE_SMD;
    Made g = make("study,n1,m1,sd1,n2,m2,sd2\nA,20,10,4,25,15,4.5\nA,22,12,5,25,15,4.5\n", plan);
    block = &g.effects->block[0];
    witness_close("g covariance", VG_AT(block->covariance, 0, 1),
                  1 / 25.0 + g.effects->y[0] * g.effects->y[1] / (2 * 67), 1e-14, 0);
    vg_arena_destroy(split.arena);
    vg_arena_destroy(model.arena);
    vg_arena_destroy(g.arena);
}

static void double_zeros_are_dropped_and_named(void **state)
{
    (void)state;
    const char *csv = "study,e1,n1,e2,n2\nA,0,10,0,12\nB,3,40,6,40\nC,10,10,12,12\n";
    Made made = make(csv, (VgEvidencePlan){.measure = VG_MEASURE_RR});
    assert_int_equal(made.effects->n, 1);
    assert_int_equal(made.effects->n_dropped, 2);
    assert_string_equal(made.effects->dropped[0].study, "A");
    assert_string_equal(made.effects->dropped[0].reason, "no events in either arm");
    assert_string_equal(made.effects->dropped[1].reason, "events in everybody of both arms");
    assert_true(made.effects->dropped[1].double_zero);
    Made kept = make(csv, (VgEvidencePlan){.measure = VG_MEASURE_RD});
    assert_int_equal(kept.effects->n, 3);
    Made none = make("study,e1,n1,e2,n2\nA,0,10,3,12\nB,3,40,6,40\n",
                     (VgEvidencePlan){.measure = VG_MEASURE_OR, .zero_cells = VG_ZERO_NONE});
    assert_string_equal(none.effects->dropped[0].reason, "a cell is zero and nothing is added");
    vg_arena_destroy(made.arena);
    vg_arena_destroy(kept.arena);
    vg_arena_destroy(none.arena);
}

static void a_huge_difference_is_questioned(void **state)
{
    (void)state;
    Made made = make("study,n1,m1,sd1,n2,m2,sd2\nA,40,10,0.4,40,13,0.5\n", SMD(0));
    assert_int_equal(made.effects->n_questions, 1);
    assert_int_equal(made.effects->question[0].line, 2);
    assert_non_null(strstr(made.effects->question[0].hint, "standard error typed as SD"));
    vg_arena_destroy(made.arena);
}

static void directions_are_unified(void **state)
{
    (void)state;
    VgEvidencePlan plan = SMD(.lower_is_better = true, .direction_known = true);
    const char *csv = "study,n1,m1,sd1,n2,m2,sd2,direction\n"
                      "A,12,10,4,10,13,5,lower\nB,12,13,4,10,10,5,higher\n";
    Made made = make(csv, plan);
    witness_close("turned", made.effects->y[1], made.effects->y[0], 1e-15, 0);
    assert_true(made.effects->y[0] < 0);
    plan.benefit_is_positive = true;
    Made benefit = make(csv, plan);
    witness_close("benefit", benefit.effects->y[0], -made.effects->y[0], 1e-15, 0);
    assert_true(benefit.effects->effect[0].lower < benefit.effects->effect[0].upper);
    VgEvidencePlan rr = {
        .measure = VG_MEASURE_RR, .lower_is_better = true, .direction_known = true};
    Made counts =
        make("study,e1,n1,e2,n2,direction\nA,8,20,5,20,lower\nB,12,20,15,20,higher\n", rr);
    witness_close("counts", counts.effects->y[1], counts.effects->y[0], 1e-15, 0);
    vg_arena_destroy(made.arena);
    vg_arena_destroy(benefit.arena);
    vg_arena_destroy(counts.arena);
}

/* Rows in another order, and all numbers in another unit, give the same effects. */
static void order_and_units_do_not_matter(void **state)
{
    (void)state;
    Made a = make("study,n1,m1,sd1,n2,m2,sd2\nA,12,10,4,10,13,5\nB,30,7,3,31,9,2\n", SMD(0));
    Made b = make("study,n1,m1,sd1,n2,m2,sd2\nB,30,7000,3000,31,9000,2000\n"
                  "A,12,10000,4000,10,13000,5000\n",
                  SMD(0));
    for (int i = 0; i < 2; i++) {
        witness_close("y", a.effects->y[i], b.effects->y[1 - i], 1e-14, 0);
        witness_close("v", a.effects->v[i], b.effects->v[1 - i], 1e-14, 0);
    }
    /* arms swapped: the sign turns, the variance stays */
    Made c = make("study,n1,m1,sd1,n2,m2,sd2\nA,10,13,5,12,10,4\n", SMD(0));
    witness_close("sign", c.effects->y[0], -a.effects->y[0], 1e-14, 0);
    witness_close("variance", c.effects->v[0], a.effects->v[0], 1e-14, 0);
    vg_arena_destroy(a.arena);
    vg_arena_destroy(b.arena);
    vg_arena_destroy(c.arena);
}

static VgNetworkContrasts *network(VgArena *arena, const char *csv, VgEvidencePlan plan,
                                   VgError *error)
{
    VgExtraction *extraction;
    VgProblems problems;
    VgNetworkContrasts *out = NULL;
    VgStatus status =
        small_extraction(arena, csv, &plan, VG_EVIDENCE_NETWORK, &extraction, &problems);
    if (status != VG_OK)
        fail_msg("%s", problems.item[0].error.message);
    return vg_network_effects(arena, extraction, &plan, &out, error) == VG_OK ? out : NULL;
}

/* R: SD pooled over three arms, J once, V = 1/n_0 + δ/n + g g'/(2N). */
static void multi_arm_standardised_differences_are_consistent(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    const char *csv = "study,treatment,n,mean,sd\nA,a,20,10,4\nA,c,25,15,4.5\nA,b,22,12,5\n";
    VgNetworkContrasts *g = network(arena, csv, SMD(0), &error);
    assert_non_null(g);
    const VgContrastStudy *study = &g->study[0];
    assert_int_equal(study->n_arms, 3);
    assert_string_equal(g->treatment[study->arm[1]], "b");
    witness_close("g1", study->y[0], 0.43602769546863801, 1e-13, 0);
    witness_close("g2", study->y[1], 1.09006923867159489, 1e-13, 0);
    witness_close("v11", VG_AT(study->v, 0, 0), 0.096873352553170020, 1e-13, 0);
    witness_close("v12", VG_AT(study->v, 0, 1), 0.053547017746561405, 1e-13, 0);
    witness_close("v22", VG_AT(study->v, 1, 1), 0.098867544366403506, 1e-13, 0);
    VgNetworkContrasts *d =
        network(arena, csv, (VgEvidencePlan){.measure = VG_MEASURE_COHEN_D}, &error);
    witness_close("d1", d->study[0].y[0], 0.44122194651178698, 1e-13, 0);
    /* the same arms as comparisons; one arm named twice is one arm */
    VgNetworkContrasts *pairs = network(arena,
                                        "study,treat1,treat2,n1,m1,sd1,n2,m2,sd2\n"
                                        "A,b,a,22,12,5,20,10,4\nA,c,a,25,15,4.5,20,10,4\n",
                                        SMD(0), &error);
    assert_non_null(pairs);
    witness_close("pairs", pairs->study[0].y[1], study->y[1], 1e-15, 0);
    witness_close("people", pairs->n_participants, 67, 1e-15, 0);
    assert_null(network(arena,
                        "study,treat1,treat2,n1,m1,sd1,n2,m2,sd2\n"
                        "A,b,a,22,12,5,20,10,4\nA,c,a,25,15,4.5,21,10,4\n",
                        SMD(0), &error));
    assert_int_equal(error.line, 3);
    assert_non_null(strstr(error.message, "with other numbers"));
    vg_arena_destroy(arena);
}

static void signs_of_a_network_turn_once(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    const char *arms = "study,treatment,n,mean,sd\nA,a,20,10,4\nA,b,22,12,5\n";
    const char *pairs = "study,treat1,treat2,TE,seTE\nA,b,a,0.4,0.2\n";
    VgEvidencePlan plain = {.measure = VG_MEASURE_MD, .lower_is_better = true};
    VgEvidencePlan benefit = plain;
    benefit.benefit_is_positive = true;
    assert_true(network(arena, arms, plain, &error)->study[0].y[0] == 2.0);
    assert_true(network(arena, arms, benefit, &error)->study[0].y[0] == -2.0);
    plain.measure = benefit.measure = VG_MEASURE_GENERIC;
    double y = network(arena, pairs, plain, &error)->study[0].y[0];
    assert_true(fabs(y) == 0.4 && network(arena, pairs, benefit, &error)->study[0].y[0] == -y);
    vg_arena_destroy(arena);
}

static void a_network_does_not_convert_events(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgEvidencePlan plan = {.measure = VG_MEASURE_SMD, .convert_events = VG_CONVERT_LOGISTIC};
    VgExtraction extraction = {.n_rows = 0};
    VgNetworkContrasts *out;
    VgError error = {0};
    assert_int_equal(vg_network_effects(arena, &extraction, &plan, &out, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "does not convert events"));
    vg_arena_destroy(arena);
}

static void zero_cells_of_a_network_count_by_study(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgNetworkContrasts *made = network(
        arena, "study,treatment,n,events\nA,x,20,0\nA,y,20,5\nA,z,20,6\nB,x,30,0\nB,y,30,0\n",
        (VgEvidencePlan){.measure = VG_MEASURE_OR}, &error);
    assert_non_null(made);
    assert_int_equal(made->n_studies, 1);
    assert_int_equal(made->n_dropped, 1);
    assert_string_equal(made->dropped[0].reason, "no events in any arm");
    witness_close("y", made->study[0].y[0], log(5.5 / 15.5) - log(0.5 / 20.5), 1e-14, 0);
    witness_close("shared", VG_AT(made->study[0].v, 0, 1), 1 / 0.5 + 1 / 20.5, 1e-14, 0);
    vg_arena_destroy(arena);
}

#define TEST(name) cmocka_unit_test(name)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(variances_to_the_digits_of_the_methods),
        TEST(hedges_correction_keeps_its_digits_in_large_trials),
        TEST(spreads_in_other_words_give_the_same_effect),
        TEST(medians_by_luo_and_wan_are_flagged),
        TEST(statistics_stand_for_standard_deviations),
        TEST(changes_are_standardised_by_the_endpoint),
        TEST(means_may_be_those_of_changes),
        TEST(events_become_standardised_differences),
        TEST(crossover_trials_are_paired),
        TEST(responses_are_imputed_by_furukawa),
        TEST(cluster_trials_shrink_by_the_design_effect),
        TEST(a_shared_control_is_refused_split_or_modelled),
        TEST(double_zeros_are_dropped_and_named),
        TEST(a_huge_difference_is_questioned),
        TEST(directions_are_unified),
        TEST(order_and_units_do_not_matter),
        TEST(multi_arm_standardised_differences_are_consistent),
        TEST(signs_of_a_network_turn_once),
        TEST(a_network_does_not_convert_events),
        TEST(zero_cells_of_a_network_count_by_study),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
