/* model/lm.c, lsmeans.c, hypothesis.c against R 4.2.2 with sandwich, clubSandwich, emmeans 1.8.4
 * and car 3.1-1. The rows are those of support/small_table.h; in R: d with a, b, c as factors. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/lm.h>

#include "support/small_table.h"

/* Witnesses are printed with 17 digits; both sides lose a few to conditioning. */
static const double CLOSE = 1e-11;

static const char *const FACTORS[] = {"c"};

typedef struct Fit {
    VgArena *arena;
    VgTable *table;
    VgDesign *design;
    VgLm *lm;
    VgLmOptions options;
} Fit;

static void prepare(Fit *fit, const char *text, VgContrastCoding coding, const bool *keep)
{
    VgFormula *formula = NULL;
    VgError error = {0};
    VgDesignOptions options = {
        .as_factor = FACTORS, .n_as_factor = 1, .coding = coding, .keep = keep};
    *fit = (Fit){.arena = vg_arena_create()};
    WITNESS_OK(vg_table_read_csv_bytes(fit->arena, "table.csv", SMALL_TABLE, strlen(SMALL_TABLE),
                                       NULL, &fit->table, &error),
               &error);
    WITNESS_OK(vg_formula_parse(fit->arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(fit->arena, fit->table, formula, &options, &fit->design, &error),
               &error);
}

static double *column_of_used_rows(Fit *fit, const char *name)
{
    double *values = VG_NEW(fit->arena, double, fit->design->n_rows);
    const VgColumn *column = vg_table_column(fit->table, name);
    for (size_t i = 0; i < fit->design->n_rows; i++)
        values[i] = column->number[fit->design->row[i]];
    return values;
}

static void cluster_by_id(Fit *fit)
{
    double *id = column_of_used_rows(fit, "id");
    int32_t *cluster = VG_NEW(fit->arena, int32_t, fit->design->n_rows);
    for (size_t i = 0; i < fit->design->n_rows; i++)
        cluster[i] = (int32_t)id[i] - 1;
    fit->options.cluster = cluster;
    fit->options.n_clusters = 9;
}

static void run(Fit *fit, VgLmCovariance covariance)
{
    VgError error = {0};
    fit->options.covariance = covariance;
    WITNESS_OK(vg_lm_fit(fit->arena, fit->design, &fit->options, &fit->lm, &error), &error);
}

static void all_close(const char *what, const double *value, const double *expected, size_t n)
{
    for (size_t i = 0; i < n; i++)
        witness_close(what, value[i], expected[i], CLOSE, 0);
}

static void finish(Fit *fit)
{
    vg_arena_destroy(fit->arena);
}

/* What summary() prints under the coefficients: sigma, R², its adjusted form, F and its df, logLik, AIC, BIC. */
static void summary_agrees(const VgLm *lm, const double expected[9])
{
    const double found[] = {lm->sigma,
                            lm->r_squared,
                            lm->adjusted_r_squared,
                            lm->overall.statistic,
                            lm->overall.df_numerator,
                            lm->overall.df_denominator,
                            lm->log_likelihood,
                            lm->aic,
                            lm->bic};
    all_close("summary", found, expected, 9);
}

/* summary(lm(y ~ a*b + x, d)), logLik, AIC, BIC, hatvalues, cooks.distance. */
static void fit_agrees_with_lm(void **state)
{
    (void)state;
    static const double coefficient[] = {
        3.5781926198488874,    2.2513260727801279,   1.3068276506868151, 0.037346469897556148,
        -0.038158523969777487, -0.80883982435694302, -1.917881033256075};
    static const double se[] = {0.81427857111564717, 0.77923817858364552, 0.76487938510485809,
                                0.8009981470264258,  0.11786507642084294, 1.2806900906823369,
                                1.1075598445724451};
    static const double summary[] = {
        1.2564736077328906,  0.47460186071558663, 0.35335613626533735, 3.9143801801467242, 6, 26,
        -50.425389124217688, 116.85077824843538,  128.82283874016721};
    static const double rows[] = {1.498877617295431,   -0.87430691267170357, 0.14376628648500009,
                                  0.16691110034438961, 0.039865753277468004, 0.01663510580492469};
    Fit fit;
    prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
    run(&fit, VG_LM_CLASSICAL);
    all_close("coefficient", fit.lm->coefficient, coefficient, 7);
    all_close("se", fit.lm->se, se, 7);
    summary_agrees(fit.lm, summary);
    const double cases[] = {fit.lm->residual[0], fit.lm->residual[1], fit.lm->leverage[0],
                            fit.lm->leverage[1], fit.lm->cook[0],     fit.lm->cook[1]};
    all_close("rows", cases, rows, 6);
    finish(&fit);
}

/* summary(lm(y ~ a + x, d, weights = w)). */
static void weighted_fit_agrees_with_lm(void **state)
{
    (void)state;
    static const double coefficient[] = {3.667629551579211, 2.0030476924745018, 0.65078265714964245,
                                         -0.094206338501455697};
    static const double se[] = {0.56908206646455373, 0.58534313497608015, 0.58697170140531407,
                                0.11292951783284827};
    static const double summary[] = {
        1.6677797107504337,  0.29834165566774057, 0.22817582123451452, 4.2519505123488637, 3, 30,
        -57.261806285871657, 124.52361257174331,  132.15541519482412};
    static const double rows[] = {0.10510510541269352, 0.1111394134652514, 0.057191969037028952,
                                  7.78438014194973e-05};
    Fit fit;
    prepare(&fit, "y ~ a + x", VG_CONTRAST_TREATMENT, NULL);
    fit.options.weights = column_of_used_rows(&fit, "w");
    run(&fit, VG_LM_CLASSICAL);
    all_close("coefficient", fit.lm->coefficient, coefficient, 4);
    all_close("se", fit.lm->se, se, 4);
    summary_agrees(fit.lm, summary);
    const double cases[] = {fit.lm->leverage[0], fit.lm->leverage[1], fit.lm->cook[0],
                            fit.lm->cook[1]};
    all_close("rows", cases, rows, 3);
    /* this distance is 8e-5, of a residual that is nearly 0 */
    witness_close("cook", cases[3], rows[3], 1e-9, 0);
    finish(&fit);
}

/* lm(y ~ 0 + a + b, d): without intercept R² is about zero. */
static void fit_without_intercept_measures_about_zero(void **state)
{
    (void)state;
    static const double expected[] = {0.92794606135808722, 96.588688853954551, 4, 30,
                                      0.91833886953916555};
    Fit fit;
    prepare(&fit, "y ~ 0 + a + b", VG_CONTRAST_TREATMENT, NULL);
    run(&fit, VG_LM_CLASSICAL);
    const double found[] = {fit.lm->r_squared, fit.lm->overall.statistic,
                            fit.lm->overall.df_numerator, fit.lm->overall.df_denominator,
                            fit.lm->adjusted_r_squared};
    all_close("without intercept", found, expected, 5);
    finish(&fit);
}

/* sqrt(diag(sandwich::vcovHC(m, type))) of the two models above. */
static void heteroscedastic_errors_agree_with_sandwich(void **state)
{
    (void)state;
    static const double plain[4][7] = {
        {0.58979323716006138, 0.6095453058203516, 0.54715194575611259, 0.69384829450841934,
         0.098823180819873402, 0.96672955166843721, 0.85104722504114305},
        {0.66446190102597924, 0.6867146097115, 0.61642216139637707, 0.7816904768400742,
         0.11133433626534946, 1.0891188898208373, 0.95879101587639681},
        {0.67834296844271103, 0.68412598470896735, 0.61208561030257969, 0.7815354804025243,
         0.11254705280710338, 1.1125808622562978, 0.95440901337795969},
        {0.78353372159167656, 0.77100777525341502, 0.68627345967088982, 0.88224788669711862,
         0.12852924104521848, 1.287948161891014, 1.0725347941555234}};
    static const double weighted[4][4] = {
        {0.77875891718840373, 0.56321767153811397, 0.55770450313164344, 0.11604788144545224},
        {0.82905217643232865, 0.59959099804549254, 0.593721782084635, 0.12354240389319002},
        {0.86381462460833092, 0.61044421167474949, 0.60275992734879114, 0.12760986510596387},
        {0.95900938024166249, 0.66276883289663935, 0.65257606342111374, 0.14048840859907033}};
    Fit fit;
    for (int type = 0; type < 4; type++) {
        prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
        run(&fit, (VgLmCovariance)(VG_LM_HC0 + type));
        all_close("HC", fit.lm->se, plain[type], 7);
        finish(&fit);
        prepare(&fit, "y ~ a + x", VG_CONTRAST_TREATMENT, NULL);
        fit.options.weights = column_of_used_rows(&fit, "w");
        run(&fit, (VgLmCovariance)(VG_LM_HC0 + type));
        all_close("weighted HC", fit.lm->se, weighted[type], 4);
        finish(&fit);
    }
}

/* clubSandwich: coef_test(m, vcovCR(m, cluster = id, type), test = "Satterthwaite"): SE and df. */
static void clustered_errors_and_df_agree_with_clubsandwich(void **state)
{
    (void)state;
    static const VgLmCovariance types[] = {VG_LM_CR0, VG_LM_CR2, VG_LM_CR3};
    static const double plain[3][2][7] = {
        {{0.43984424755711843, 0.70384112543562616, 0.36698588015039252, 0.53887408167526352,
          0.082623116838557553, 0.99192731014461666, 0.5263372375132207},
         {4.2396073261192608, 4.7806913909725175, 4.251442357852409, 5.8609413642885411,
          5.7768267445810837, 5.1257986998741538, 6.0862716934755428}},
        {{0.50652682612645195, 0.79802141828861062, 0.40336356572197296, 0.61243447340801893,
          0.097198061813102088, 1.1434420359526327, 0.58600710335453343},
         {3.7963320157450826, 4.4912830393283354, 4.0223703208934056, 5.5025363378858128,
          5.1083624305334023, 4.7420304843450589, 5.712942758306772}},
        {{0.59318604569053257, 0.91320264363468773, 0.45103889518193252, 0.70138599011146341,
          0.11547414305369622, 1.3308455104712393, 0.66357056979246132},
         {3.4401111695700086, 4.2055554481145982, 3.7295762425162446, 5.1146251576576631,
          4.4890788516862239, 4.3614696771012671, 5.3280576202779963}}};
    static const double weighted[3][2][4] = {
        {{0.73828908716771535, 0.56138327838260538, 0.57057808631323992, 0.10413505874111474},
         {5.4160531703211001, 7.2177823511607428, 6.7669733792052273, 6.7957062095278191}},
        {{0.83423857883166141, 0.62101899309631015, 0.63881356389767208, 0.11454233729568628},
         {5.155938852608192, 6.9580175613727313, 6.4941669818000713, 6.6826389985605799}},
        {{0.91765836911298415, 0.68890251255144286, 0.69859484663463411, 0.12433073299678389},
         {5.1270151361676852, 6.8832176425677503, 6.4255118547519467, 6.7452075996044689}}};
    Fit fit;
    for (int type = 0; type < 3; type++) {
        prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
        cluster_by_id(&fit);
        run(&fit, types[type]);
        all_close("CR", fit.lm->se, plain[type][0], 7);
        all_close("CR df", fit.lm->df, plain[type][1], 7);
        finish(&fit);
        prepare(&fit, "y ~ a + x", VG_CONTRAST_TREATMENT, NULL);
        fit.options.weights = column_of_used_rows(&fit, "w");
        cluster_by_id(&fit);
        run(&fit, types[type]);
        all_close("weighted CR", fit.lm->se, weighted[type][0], 4);
        all_close("weighted CR df", fit.lm->df, weighted[type][1], 4);
        finish(&fit);
    }
}

static void check_hotelling(Fit *fit, size_t first, size_t rows, const double expected[4])
{
    VgError error = {0};
    VgJointTest test;
    double contrasts[6 * 7] = {0};
    for (size_t r = 0; r < rows; r++)
        contrasts[r * fit->design->p + first + r] = 1;
    WITNESS_OK(vg_lm_hotelling_test(fit->lm, contrasts, rows, &test, &error), &error);
    all_close("HTZ", (double[]){test.statistic, test.df_numerator, test.df_denominator, test.p},
              expected, 4);
}

/* clubSandwich: Wald_test(m, constrain_zero(terms), vcovCR(m, cluster, type), test = "HTZ"): F, df, p; a's main effects by id, all
 * coefficients with every row its own cluster (that is HC2), a and x weighted. */
static void joint_tests_in_small_samples_agree_with_clubsandwich(void **state)
{
    (void)state;
    static const VgLmCovariance types[] = {VG_LM_CR0, VG_LM_CR2, VG_LM_CR3};
    static const double plain[3][4] = {
        {12.997952030378618, 2, 4.0032939747436256, 0.017749048208681586},
        {9.4883568246375045, 2, 3.8442328817584404, 0.03259844401125371},
        {6.5999131547315635, 2, 3.6688437976086998, 0.060897686409466974}};
    static const double alone[] = {5.1263150750031565, 6, 9.0293905035934419, 0.014749455611612105};
    static const double weighted[3][4] = {
        {4.2307644967614459, 3, 4.8075850816774279, 0.080654782621748841},
        {3.5410540384601785, 3, 4.6363927759654491, 0.11093393284801167},
        {2.8515229294910527, 3, 4.5696777702060922, 0.15367000137138301}};
    Fit fit;
    for (int type = 0; type < 3; type++) {
        prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
        cluster_by_id(&fit);
        run(&fit, types[type]);
        check_hotelling(&fit, 1, 2, plain[type]);
        finish(&fit);
        prepare(&fit, "y ~ a + x", VG_CONTRAST_TREATMENT, NULL);
        fit.options.weights = column_of_used_rows(&fit, "w");
        cluster_by_id(&fit);
        run(&fit, types[type]);
        check_hotelling(&fit, 1, 3, weighted[type]);
        finish(&fit);
    }
    prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
    int32_t cluster[36];
    for (size_t i = 0; i < fit.design->n_rows; i++)
        cluster[i] = (int32_t)i;
    fit.options.cluster = cluster;
    fit.options.n_clusters = fit.design->n_rows;
    run(&fit, VG_LM_CR2);
    check_hotelling(&fit, 1, 6, alone);
    finish(&fit);
}

/* Three contrasts of two degrees of freedom have no such test; fits without clusters are refused. */
static void joint_tests_in_small_samples_need_independent_rows(void **state)
{
    (void)state;
    Fit fit;
    VgError error = {0};
    VgJointTest test;
    double contrasts[21] = {[1] = 1, [7 + 2] = 1, [14 + 1] = 1, [14 + 2] = 1};
    prepare(&fit, "y ~ a*b + x", VG_CONTRAST_TREATMENT, NULL);
    cluster_by_id(&fit);
    run(&fit, VG_LM_CR2);
    WITNESS_OK(vg_lm_hotelling_test(fit.lm, contrasts, 3, &test, &error), &error);
    assert_true(isnan(test.statistic) && isnan(test.p) && test.df_numerator == 3);
    run(&fit, VG_LM_HC3);
    assert_int_equal(vg_lm_hotelling_test(fit.lm, contrasts, 2, &test, &error), VG_INVALID_INPUT);
    finish(&fit);
}

/* emmeans(m, by, weights): the order of `expected` is that of vg_lsmeans, the first `by` varying
 * slowest. */
static void check_means(const char *formula, const bool *keep, const char *const *by, size_t n_by,
                        VgMargins margins, const double *estimate, const double *se)
{
    for (int coding = 0; coding < 2; coding++) {
        Fit fit;
        VgError error = {0};
        VgLsMeans *means = NULL;
        prepare(&fit, formula, (VgContrastCoding)coding, keep);
        run(&fit, VG_LM_CLASSICAL);
        VgLsMeansOptions options = {.by = by, .n_by = n_by, .margins = margins};
        WITNESS_OK(vg_lsmeans(fit.arena, fit.design, &options, &means, &error), &error);
        VgFittedModel model = vg_lm_model(fit.lm);
        for (size_t k = 0; k < means->n; k++) {
            VgInference inference;
            VgStatus status = model.contrast(model.fit, means->contrast + k * fit.design->p, 0.95,
                                             &inference, &error);
            assert_int_equal(means->estimable[k], !isnan(estimate[k]));
            if (isnan(estimate[k])) {
                assert_int_equal(status, VG_NOT_ESTIMABLE);
                continue;
            }
            assert_int_equal(status, VG_OK);
            witness_close(formula, inference.estimate + means->offset, estimate[k], CLOSE, 0);
            witness_close(formula, inference.se, se[k], CLOSE, 0);
        }
        finish(&fit);
    }
}

static void ls_means_agree_with_emmeans(void **state)
{
    (void)state;
    static const char *const a[] = {"a"}, *const ba[] = {"b", "a"}, *const b[] = {"b"};
    check_means("y ~ a*b + x", NULL, a, 1, VG_MARGINS_EQUAL,
                (double[]){3.4404737224669866, 5.2873798830686427, 3.788360856525764},
                (double[]){0.3808891894348938, 0.43353135610275023, 0.37075238858507076});
    check_means("y ~ a*b + x", NULL, a, 1, VG_MARGINS_OBSERVED,
                (double[]){3.4387761556534611, 5.3224477628167968, 3.8738397003147877},
                (double[]){0.38517809099738504, 0.41947585310871366, 0.37132043297190453});
    check_means("y ~ a*b + x", NULL, ba, 2, VG_MARGINS_EQUAL,
                (double[]){3.4218004875182082, 5.6731265602983365, 4.728628138205023,
                           3.4591469574157645, 4.9016332058389498, 2.8480935748465046},
                (double[]){0.57187041170656883, 0.49818535379066597, 0.51369951750217779,
                           0.53283805911475968, 0.74187671954425072, 0.52817812632491667});
    check_means("y ~ a*b + x", NULL, NULL, 0, VG_MARGINS_EQUAL, (double[]){4.1720714873537981},
                (double[]){0.22799840653809164});
    check_means("y ~ a*b + log(x) + I(z^2) + c", NULL, b, 1, VG_MARGINS_EQUAL,
                (double[]){4.5678041092505781, 3.6706741312164217},
                (double[]){0.42576875270049003, 0.41296226711980771});
    check_means("y ~ a*b + log(x) + I(z^2) + c", NULL, b, 1, VG_MARGINS_OBSERVED,
                (double[]){4.5325521675860525, 3.6119647066069076},
                (double[]){0.42690450910925243, 0.40635323265610113});
    check_means("y ~ a*x + c", NULL, a, 1, VG_MARGINS_EQUAL,
                (double[]){3.5028570573499893, 5.2670982303464537, 3.9231080052155143},
                (double[]){0.40336720560813383, 0.40529745564756603, 0.39990089287074043});
    check_means("y ~ a + x + offset(z/10)", NULL, a, 1, VG_MARGINS_EQUAL,
                (double[]){3.3328548971775684, 5.2900396022077141, 3.9056800422301561},
                (double[]){0.42601272608644469, 0.42673837820290178, 0.41270402862941374});
}

/* As above without the rows of a = q, b = v: an empty cell. */
static void ls_means_of_empty_cells_are_not_estimable_as_in_emmeans(void **state)
{
    (void)state;
    static const char *const a[] = {"a"}, *const ba[] = {"b", "a"}, *const b[] = {"b"};
    Fit fit;
    bool keep[36];
    prepare(&fit, "~ 1", VG_CONTRAST_TREATMENT, NULL);
    const VgColumn *first = vg_table_column(fit.table, "a"),
                   *second = vg_table_column(fit.table, "b");
    for (size_t i = 0; i < 36; i++)
        keep[i] = vg_column_is_missing(second, i) ||
                  strcmp(first->level[first->code[i]], "q") != 0 ||
                  strcmp(second->level[second->code[i]], "v") != 0;
    finish(&fit);
    check_means("y ~ a*b + x", keep, a, 1, VG_MARGINS_EQUAL,
                (double[]){3.4462534938280003, NAN, 3.7732537848098371},
                (double[]){0.38535261259135761, NAN, 0.37959961650864127});
    check_means("y ~ a*b + x", keep, ba, 2, VG_MARGINS_EQUAL,
                (double[]){3.4002666948555302, 5.7075970501716311, 4.7242322680670155,
                           3.4922402928004708, NAN, 2.8222753015526592},
                (double[]){0.58293963443853791, 0.50087602912224582, 0.52150459569775176,
                           0.53634398307740183, NAN, 0.53976929584543221});
    check_means("y ~ a*b + x", keep, b, 1, VG_MARGINS_OBSERVED, (double[]){4.4682300070472145, NAN},
                (double[]){0.31676512265853213, NAN});
}

static void check_tests(const char *formula, int type, const double *df, const double *f, size_t n)
{
    for (int coding = 0; coding < 2; coding++) {
        Fit fit;
        VgError error = {0};
        prepare(&fit, formula, (VgContrastCoding)coding, NULL);
        run(&fit, VG_LM_CLASSICAL);
        VgFittedModel model = vg_lm_model(fit.lm);
        assert_int_equal(fit.design->formula->n_terms, n);
        for (size_t t = 0; t < n; t++) {
            double *contrasts = NULL;
            size_t rows = 0;
            VgJointTest test;
            WITNESS_OK(
                vg_term_hypothesis(fit.arena, fit.design, t, type, &contrasts, &rows, &error),
                &error);
            assert_int_equal(rows, (size_t)df[t]);
            WITNESS_OK(model.joint(model.fit, contrasts, rows, &test, &error), &error);
            witness_close(fit.design->formula->term[t].name, test.statistic, f[t], 1e-9, 0);
            assert_int_equal((size_t)test.df_numerator, rows);
        }
        finish(&fit);
    }
}

/* anova(m); car::Anova(m, type = 2) and type = 3 with contr.sum; m = lm(y ~ a*b*c + x, d). */
static void hypotheses_agree_with_car_under_either_coding(void **state)
{
    (void)state;
    check_tests("y ~ a*b*c + x", 1, (double[]){2, 1, 1, 1, 2, 2, 1, 2},
                (double[]){7.9035312635459203, 4.3565750138298336, 0.33896464466508291,
                           1.2218740405095887, 1.5796083892543091, 0.62142248077911033,
                           1.6758257406552677, 1.4961557033758719},
                8);
    check_tests("y ~ a*b*c + x", 2, (double[]){2, 1, 1, 1, 2, 2, 1, 2},
                (double[]){4.6415052221405615, 3.393219709862934, 0.77644568126084745,
                           0.87197445426790865, 1.0805509187182403, 0.47518878283287852,
                           1.6758257406552695, 1.4961557033758719},
                8);
    check_tests("y ~ a*b*c + x", 3, (double[]){2, 1, 1, 1, 2, 2, 1, 2},
                (double[]){3.9374966283052757, 3.7709344885284057, 0.28042943696897077,
                           0.87197445426790865, 1.1242712261421255, 0.24790843978435942,
                           2.4220357441324758, 1.4961557033758719},
                8);
    check_tests("y ~ a*x", 1, (double[]){2, 1, 2},
                (double[]){6.2872422983039833, 1.1317447293272569, 1.1313510266019986}, 3);
    check_tests("y ~ a*x", 3, (double[]){2, 1, 2},
                (double[]){3.2952861221304901, 1.2025513174108899, 1.1313510266019988}, 3);
}

/* VAGUS_DATA hamd17_multicenter: anova and car::Anova of change ~ drug * center. */
static void hypotheses_agree_on_hamd17_multicenter(void **state)
{
    (void)state;
    static const char *const factors[] = {"center"};
    static const char *const list[] = {"type1", "type2", "type3"};
    VgArena *arena = vg_arena_create();
    VgTable *table = NULL;
    VgFormula *formula = NULL;
    VgError error = {0};
    json_t *root = witness_json(witness_data(arena, "hamd17_multicenter/reference.json"));
    WITNESS_OK(vg_table_read(arena, witness_data(arena, "hamd17_multicenter/hamd17.csv"), NULL,
                             &table, &error),
               &error);
    WITNESS_OK(vg_formula_parse(arena, "change ~ drug * center", &formula, &error), &error);
    for (int coding = 0; coding < 2; coding++) {
        VgDesign *design = NULL;
        VgLm *lm = NULL;
        VgDesignOptions options = {
            .as_factor = factors, .n_as_factor = 1, .coding = (VgContrastCoding)coding};
        WITNESS_OK(vg_design_build(arena, table, formula, &options, &design, &error), &error);
        WITNESS_OK(vg_lm_fit(arena, design, NULL, &lm, &error), &error);
        VgFittedModel model = vg_lm_model(lm);
        for (int type = 1; type <= 3; type++)
            for (size_t t = 0; t < 3; t++) {
                double *contrasts = NULL;
                size_t rows = 0;
                VgJointTest test;
                char path[64];
                WITNESS_OK(vg_term_hypothesis(arena, design, t, type, &contrasts, &rows, &error),
                           &error);
                WITNESS_OK(model.joint(model.fit, contrasts, rows, &test, &error), &error);
                snprintf(path, sizeof path, "%s/%zu/F value", list[type - 1], t + (type == 3));
                witness_close(path, test.statistic, witness_number(root, path), 1e-9, 0);
                snprintf(path, sizeof path, "%s/%zu/Pr(>F)", list[type - 1], t + (type == 3));
                witness_close(path, test.p, witness_number(root, path), 1e-9, 0);
            }
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fit_agrees_with_lm),
        cmocka_unit_test(weighted_fit_agrees_with_lm),
        cmocka_unit_test(fit_without_intercept_measures_about_zero),
        cmocka_unit_test(heteroscedastic_errors_agree_with_sandwich),
        cmocka_unit_test(clustered_errors_and_df_agree_with_clubsandwich),
        cmocka_unit_test(joint_tests_in_small_samples_agree_with_clubsandwich),
        cmocka_unit_test(joint_tests_in_small_samples_need_independent_rows),
        cmocka_unit_test(ls_means_agree_with_emmeans),
        cmocka_unit_test(ls_means_of_empty_cells_are_not_estimable_as_in_emmeans),
        cmocka_unit_test(hypotheses_agree_with_car_under_either_coding),
        cmocka_unit_test(hypotheses_agree_on_hamd17_multicenter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
