/* The works behind the methods that a review used; nothing else. */
#include "evidence/review/review.h"

typedef struct Work {
    const char *key, *citation;
} Work;

static const Work WORK[VG_CITE_REVIEW_COUNT] = {
    [VG_CITE_BEGG_1994] = {"begg_1994", "Begg CB, Mazumdar M. Operating characteristics of a rank "
                                        "correlation test for publication bias. "
                                        "Biometrics 1994;50:1088–1101."},
    [VG_CITE_CHAIMANI_2012] =
        {"chaimani_2012",
         "Chaimani A, Salanti G. Using network meta-analysis to evaluate the existence of "
         "small-study "
         "effects in a network of interventions. Research Synthesis Methods 2012;3:161–176."},
    [VG_CITE_DERSIMONIAN_1986] =
        {"dersimonian_1986",
         "DerSimonian R, Laird N. Meta-analysis in clinical trials. Controlled Clinical Trials "
         "1986;7:177–188."},
    [VG_CITE_DUVAL_2000] = {"duval_2000",
                            "Duval S, Tweedie R. Trim and fill: a simple funnel-plot-based method "
                            "of testing and adjusting for "
                            "publication bias in meta-analysis. Biometrics 2000;56:455–463."},
    [VG_CITE_EGGER_1997] = {"egger_1997", "Egger M, Davey Smith G, Schneider M, Minder C. Bias in "
                                          "meta-analysis detected by a simple, graphical "
                                          "test. BMJ 1997;315:629–634."},
    [VG_CITE_FURUKAWA_2011] = {"furukawa_2011", "Furukawa TA, Leucht S. How to obtain NNT from "
                                                "Cohen's d: comparison of two methods. PLoS ONE "
                                                "2011;6:e19070."},
    [VG_CITE_GRADE_2011] = {"grade_2011", "Balshem H, Helfand M, Schünemann HJ, et al. GRADE "
                                          "guidelines: 3. Rating the quality of evidence. "
                                          "Journal of Clinical Epidemiology 2011;64:401–406."},
    [VG_CITE_HARTUNG_2001] = {"hartung_2001",
                              "Hartung J, Knapp G. A refined method for the meta-analysis of "
                              "controlled clinical trials with "
                              "binary outcome. Statistics in Medicine 2001;20:3875–3889."},
    [VG_CITE_HEDGES_1981] = {"hedges_1981", "Hedges LV. Distribution theory for Glass's estimator "
                                            "of effect size and related estimators. Journal "
                                            "of Educational Statistics 1981;6:107–128."},
    [VG_CITE_HIGGINS_2002] = {"higgins_2002", "Higgins JPT, Thompson SG. Quantifying heterogeneity "
                                              "in a meta-analysis. Statistics in Medicine "
                                              "2002;21:1539–1558."},
    [VG_CITE_HIGGINS_2004] = {"higgins_2004", "Higgins JPT, Thompson SG. Controlling the risk of "
                                              "spurious findings from meta-regression. Statistics "
                                              "in Medicine 2004;23:1663–1682."},
    [VG_CITE_HIGGINS_2009] = {"higgins_2009",
                              "Higgins JPT, Thompson SG, Spiegelhalter DJ. A re-evaluation of "
                              "random-effects meta-analysis. "
                              "Journal of the Royal Statistical Society A 2009;172:137–159."},
    [VG_CITE_KNAPP_2003] = {"knapp_2003", "Knapp G, Hartung J. Improved tests for a random effects "
                                          "meta-regression with a single covariate. "
                                          "Statistics in Medicine 2003;22:2693–2710."},
    [VG_CITE_KONIG_2013] =
        {"koenig_2013", "König J, Krahn U, Binder H. Visualizing the flow of evidence in network "
                        "meta-analysis and characterizing "
                        "mixed treatment comparisons. Statistics in Medicine 2013;32:5414–5429."},
    [VG_CITE_KONSTANTOPOULOS_2011] =
        {"konstantopoulos_2011",
         "Konstantopoulos S. Fixed effects and variance components estimation in three-level "
         "meta-analysis. Research Synthesis Methods 2011;2:61–76."},
    [VG_CITE_KRAHN_2013] = {"krahn_2013", "Krahn U, Binder H, König J. A graphical tool for "
                                          "locating inconsistency in network meta-analyses. BMC "
                                          "Medical Research Methodology 2013;13:35."},
    [VG_CITE_PUSTEJOVSKY_2018] =
        {"pustejovsky_2018",
         "Pustejovsky JE, Tipton E. Small-sample methods for cluster-robust variance estimation "
         "and "
         "hypothesis testing in fixed effects models. Journal of Business & Economic Statistics "
         "2018;36:672–683."},
    [VG_CITE_PUSTEJOVSKY_2019] = {"pustejovsky_2019",
                                  "Pustejovsky JE, Rodgers MA. Testing for funnel plot asymmetry "
                                  "of standardized mean differences. "
                                  "Research Synthesis Methods 2019;10:57–71."},
    [VG_CITE_ROB_2019] = {"rob_2019", "Sterne JAC, Savović J, Page MJ, et al. RoB 2: a revised "
                                      "tool for assessing risk of bias in randomised trials. "
                                      "BMJ 2019;366:l4898."},
    [VG_CITE_RUCKER_2012] = {"ruecker_2012", "Rücker G. Network meta-analysis, electrical networks "
                                             "and graph theory. Research Synthesis Methods "
                                             "2012;3:312–324."},
    [VG_CITE_RUCKER_2015] = {"ruecker_2015",
                             "Rücker G, Schwarzer G. Ranking treatments in frequentist network "
                             "meta-analysis works without resampling "
                             "methods. BMC Medical Research Methodology 2015;15:58."},
    [VG_CITE_RUCKER_2020] = {"ruecker_2020",
                             "Rücker G, Petropoulou M, Schwarzer G. Network meta-analysis of "
                             "multicomponent interventions. Biometrical "
                             "Journal 2020;62:808–821."},
    [VG_CITE_STANLEY_2014] = {"stanley_2014",
                              "Stanley TD, Doucouliagos H. Meta-regression approximations to "
                              "reduce publication selection bias. "
                              "Research Synthesis Methods 2014;5:60–78."},
    [VG_CITE_VEVEA_1995] = {"vevea_1995",
                            "Vevea JL, Hedges LV. A general linear model for estimating effect "
                            "size in the presence of publication bias. "
                            "Psychometrika 1995;60:419–435."},
    [VG_CITE_VIECHTBAUER_2005] =
        {"viechtbauer_2005",
         "Viechtbauer W. Bias and efficiency of meta-analytic variance estimators in the "
         "random-effects "
         "model. Journal of Educational and Behavioral Statistics 2005;30:261–293."},
    [VG_CITE_VIECHTBAUER_2007] = {"viechtbauer_2007",
                                  "Viechtbauer W. Confidence intervals for the amount of "
                                  "heterogeneity in meta-analysis. Statistics "
                                  "in Medicine 2007;26:37–52."},
    [VG_CITE_VIECHTBAUER_2010] = {"viechtbauer_2010",
                                  "Viechtbauer W. Conducting meta-analyses in R with the metafor "
                                  "package. Journal of Statistical "
                                  "Software 2010;36(3):1–48."},
};

void vg_review_references(VgReviewRun *run)
{
    VgDataset *data =
        vg_result_dataset(run->result, NULL, "references", VG_COLUMNS("key", "citation", "#order"));
    for (size_t i = 0; i < VG_CITE_REVIEW_COUNT; i++) {
        if (!(run->cited >> i & 1))
            continue;
        size_t row = vg_dataset_row(run->result, data);
        vg_dataset_set_text(run->result, data, "key", WORK[i].key);
        vg_dataset_set_text(run->result, data, "citation", WORK[i].citation);
        vg_dataset_set_number(run->result, data, "order", (double)(row + 1));
    }
}
