/* The works behind the methods that were used, and the sources of the scales; nothing else. */
#include "trial/plan.h"

#include <string.h>

typedef struct Work {
    const char *key, *citation;
} Work;

static const Work WORK[VG_CITE_COUNT] = {
    [VG_CITE_ALTMAN_1998] = {"altman_1998",
                             "Altman DG. Confidence intervals for the number needed to treat. BMJ "
                             "1998;317:1309–1312."},
    [VG_CITE_ANDERSON_2001] = {"anderson_2001",
                               "Anderson MJ. A new method for non-parametric multivariate analysis "
                               "of variance. Austral Ecology 2001;26:32–46."},
    [VG_CITE_ANDERSON_2006] = {"anderson_2006",
                               "Anderson MJ. Distance-based tests for homogeneity of multivariate "
                               "dispersions. Biometrics 2006;62:245–253."},
    [VG_CITE_BELL_MCCAFFREY_2002] = {"bell_mccaffrey_2002",
                                     "Bell RM, McCaffrey DF. Bias reduction in standard errors for "
                                     "linear regression with multi-stage samples. Survey "
                                     "Methodology 2002;28:169–181."},
    [VG_CITE_HODGES_LEHMANN_1963] = {"hodges_lehmann_1963",
                                     "Hodges JL, Lehmann EL. Estimates of location based on rank "
                                     "tests. Annals of Mathematical Statistics 1963;34:598–611."},
    [VG_CITE_MANN_WHITNEY_1947] = {"mann_whitney_1947",
                                   "Mann HB, Whitney DR. On a test of whether one of two random "
                                   "variables is stochastically larger than the other. Annals of "
                                   "Mathematical Statistics 1947;18:50–60."},
    [VG_CITE_WELCH_1947] = {"welch_1947",
                            "Welch BL. The generalization of \"Student's\" problem when several "
                            "different population variances are involved. Biometrika "
                            "1947;34:28–35."},
    [VG_CITE_BRETZ_2009] = {"bretz_2009",
                            "Bretz F, Maurer W, Brannath W, Posch M. A graphical approach to "
                            "sequentially rejective multiple test procedures. Statistics in "
                            "Medicine 2009;28:586–604."},
    [VG_CITE_CONSORT_2010] = {"consort_2010",
                              "Schulz KF, Altman DG, Moher D, for the CONSORT Group. CONSORT 2010 "
                              "statement: updated guidelines for reporting parallel group "
                              "randomised trials. BMJ 2010;340:c332."},
    [VG_CITE_FAI_CORNELIUS_1996] = {"fai_cornelius_1996",
                                    "Fai AHT, Cornelius PL. Approximate F-tests of multiple degree "
                                    "of freedom hypotheses in generalized least squares analyses "
                                    "of unbalanced split-plot experiments. Journal of Statistical "
                                    "Computation and Simulation 1996;54:363–378."},
    [VG_CITE_FIRTH_1993] = {"firth_1993", "Firth D. Bias reduction of maximum likelihood "
                                          "estimates. Biometrika 1993;80:27–38."},
    [VG_CITE_GARWOOD_1936] = {"garwood_1936", "Garwood F. Fiducial limits for the Poisson "
                                              "distribution. Biometrika 1936;28:437–442."},
    [VG_CITE_GE_2011] =
        {"ge_2011", "Ge M, Durham LK, Meyer RD, Xie W, Thomas N. Covariate-adjusted difference "
                    "in proportions from clinical trials using logistic regression and "
                    "weighted risk differences. Drug Information Journal 2011;45:481–493."},
    [VG_CITE_HOCHBERG_1988] = {"hochberg_1988",
                               "Hochberg Y. A sharper Bonferroni procedure for multiple tests of "
                               "significance. Biometrika 1988;75:800–802."},
    [VG_CITE_HOLM_1979] = {"holm_1979",
                           "Holm S. A simple sequentially rejective multiple test procedure. "
                           "Scandinavian Journal of Statistics 1979;6:65–70."},
    [VG_CITE_ICH_E9R1_2019] = {"ich_e9r1_2019",
                               "International Council for Harmonisation. ICH E9(R1): Addendum on "
                               "estimands and sensitivity analysis in clinical trials to the "
                               "guideline on statistical principles for clinical trials. Step 4, "
                               "20 November 2019."},
    [VG_CITE_KENWARD_ROGER_1997] =
        {"kenward_roger_1997", "Kenward MG, Roger JH. Small sample inference for fixed effects "
                               "from restricted maximum likelihood. Biometrics "
                               "1997;53:983–997."},
    [VG_CITE_LEUCHT_2009] = {"leucht_2009",
                             "Leucht S, Davis JM, Engel RR, Kissling W, Kane JM. Definitions of "
                             "response and remission in schizophrenia: recommendations for their "
                             "use and their presentation. Acta Psychiatrica Scandinavica "
                             "Supplementum 2009;119(438):7–14."},
    [VG_CITE_LIANG_ZEGER_1986] =
        {"liang_zeger_1986", "Liang KY, Zeger SL. Longitudinal data analysis using generalized "
                             "linear models. Biometrika 1986;73:13–22."},
    [VG_CITE_MACKINNON_WHITE_1985] = {"mackinnon_white_1985",
                                      "MacKinnon JG, White H. Some heteroskedasticity-consistent "
                                      "covariance matrix estimators with improved finite sample "
                                      "properties. Journal of Econometrics 1985;29:305–325."},
    [VG_CITE_MALLINCKRODT_2008] = {"mallinckrodt_2008",
                                   "Mallinckrodt CH, Lane PW, Schnell D, Peng Y, Mancuso JP. "
                                   "Recommendations for the primary analysis of continuous "
                                   "endpoints in longitudinal clinical trials. Drug Information "
                                   "Journal 2008;42:303–319."},
    [VG_CITE_MIETTINEN_NURMINEN_1985] = {"miettinen_nurminen_1985",
                                         "Miettinen O, Nurminen M. Comparative analysis of two "
                                         "rates. Statistics in Medicine 1985;4:213–226."},
    [VG_CITE_RUBIN_1976] = {"rubin_1976",
                            "Rubin DB. Inference and missing data. Biometrika 1976;63:581–592."},
    [VG_CITE_SATTERTHWAITE_1946] = {"satterthwaite_1946",
                                    "Satterthwaite FE. An approximate distribution of estimates of "
                                    "variance components. Biometrics Bulletin 1946;2:110–114."},
    [VG_CITE_TOBIN_1958] = {"tobin_1958", "Tobin J. Estimation of relationships for limited "
                                          "dependent variables. Econometrica 1958;26:24–36."},
    [VG_CITE_WILSON_1927] = {"wilson_1927",
                             "Wilson EB. Probable inference, the law of succession, and "
                             "statistical inference. Journal of the American Statistical "
                             "Association 1927;22:209–212."},
    [VG_CITE_AITCHISON_1986] = {"aitchison_1986",
                                "Aitchison J. The statistical analysis of compositional data. "
                                "London: Chapman & Hall; 1986."},
    [VG_CITE_BARNARD_RUBIN_1999] = {"barnard_rubin_1999",
                                    "Barnard J, Rubin DB. Small-sample degrees of freedom with "
                                    "multiple imputation. Biometrika 1999;86:948–955."},
    [VG_CITE_BENJAMINI_HOCHBERG_1995] =
        {"benjamini_hochberg_1995", "Benjamini Y, Hochberg Y. Controlling the false discovery "
                                    "rate: a practical and powerful approach to multiple testing. "
                                    "Journal of the Royal Statistical Society B 1995;57:289–300."},
    [VG_CITE_BENJAMINI_YEKUTIELI_2001] =
        {"benjamini_yekutieli_2001",
         "Benjamini Y, Yekutieli D. The control of the false discovery rate in multiple testing "
         "under dependency. Annals of Statistics 2001;29:1165–1188."},
    [VG_CITE_COLE_GREEN_1992] =
        {"cole_green_1992", "Cole TJ, Green PJ. Smoothing reference centile curves: the LMS method "
                            "and penalized likelihood. Statistics in Medicine 1992;11:1305–1319."},
    [VG_CITE_CUMMINGS_1987] =
        {"cummings_1987",
         "Cummings JH, Pomare EW, Branch WJ, Naylor CPE, Macfarlane GT. Short chain fatty acids in "
         "human large intestine, portal, hepatic and venous blood. Gut 1987;28:1221–1227."},
    [VG_CITE_DARZI_2016] = {"darzi_2016",
                            "Darzi Y, Falony G, Vieira-Silva S, Raes J. Towards biome-specific "
                            "analysis of meta-omics data. ISME Journal 2016;10:1025–1028."},
    [VG_CITE_DAVIS_2018] = {"davis_2018",
                            "Davis NM, Proctor DM, Holmes SP, Relman DA, Callahan BJ. Simple "
                            "statistical identification and removal of contaminant sequences in "
                            "marker-gene and metagenomics data. Microbiome 2018;6:226."},
    [VG_CITE_EILERS_MARX_1996] = {"eilers_marx_1996",
                                  "Eilers PHC, Marx BD. Flexible smoothing with B-splines and "
                                  "penalties. Statistical Science 1996;11:89–121."},
    [VG_CITE_KOENKER_BASSETT_1978] =
        {"koenker_bassett_1978",
         "Koenker R, Bassett G. Regression quantiles. Econometrica 1978;46:33–50."},
    [VG_CITE_MATTHEWS_1985] =
        {"matthews_1985",
         "Matthews DR, Hosker JP, Rudenski AS, Naylor BA, Treacher DF, Turner RC. Homeostasis "
         "model assessment: insulin resistance and β-cell function from fasting plasma glucose and "
         "insulin concentrations in man. Diabetologia 1985;28:412–419."},
    [VG_CITE_NICKOLS_2024] =
        {"nickols_2024",
         "Nickols WA, Kuntz T, Shen J, et al. MaAsLin 3: refining and extending generalized "
         "multivariable linear models for meta-omic association discovery. bioRxiv 2024."},
    [VG_CITE_PRUESSNER_2003] =
        {"pruessner_2003",
         "Pruessner JC, Kirschbaum C, Meinlschmid G, Hellhammer DH. Two formulas for computation "
         "of the area under the curve represent measures of total hormone concentration versus "
         "time-dependent change. Psychoneuroendocrinology 2003;28:916–931."},
    [VG_CITE_RIGBY_2014] = {"rigby_2014",
                            "Rigby RA, Stasinopoulos DM. Automatic smoothing parameter selection "
                            "in GAMLSS with an application to centile estimation. Statistical "
                            "Methods in Medical Research 2014;23:318–332."},
    [VG_CITE_ROYSTON_WRIGHT_2000] =
        {"royston_wright_2000", "Royston P, Wright EM. Goodness-of-fit statistics for age-specific "
                                "reference intervals. Statistics in Medicine 2000;19:2943–2962."},
    [VG_CITE_SHROUT_FLEISS_1979] =
        {"shrout_fleiss_1979", "Shrout PE, Fleiss JL. Intraclass correlations: uses in assessing "
                               "rater reliability. Psychological Bulletin 1979;86:420–428."},
    [VG_CITE_STALDER_2016] =
        {"stalder_2016",
         "Stalder T, Kirschbaum C, Kudielka BM, et al. Assessment of the cortisol awakening "
         "response: expert consensus guidelines. Psychoneuroendocrinology 2016;63:414–432."},
    [VG_CITE_STOREY_2002] = {"storey_2002",
                             "Storey JD. A direct approach to false discovery rates. Journal of "
                             "the Royal Statistical Society B 2002;64:479–498."},
    [VG_CITE_TASK_FORCE_1996] =
        {"task_force_1996",
         "Task Force of the European Society of Cardiology and the North American Society of "
         "Pacing and Electrophysiology. Heart rate variability: standards of measurement, "
         "physiological interpretation and clinical use. Circulation 1996;93:1043–1065."},
    [VG_CITE_TIAN_2020] = {"tian_2020",
                           "Tian L, Wang X-W, Wu A-K, et al. Deciphering functional redundancy in "
                           "the human microbiome. Nature Communications 2020;11:6217."},
    [VG_CITE_VANDEPUTTE_2017] =
        {"vandeputte_2017",
         "Vandeputte D, Kathagen G, D'hoe K, et al. Quantitative microbiome profiling links gut "
         "community variation to microbial load. Nature 2017;551:507–511."},
    [VG_CITE_VOVK_2005] = {"vovk_2005", "Vovk V, Gammerman A, Shafer G. Algorithmic learning in a "
                                        "random world. New York: Springer; 2005."},
    [VG_CITE_WIDNER_1997] =
        {"widner_1997",
         "Widner B, Werner ER, Schennach H, Wachter H, Fuchs D. Simultaneous measurement of serum "
         "tryptophan and kynurenine by HPLC. Clinical Chemistry 1997;43:2424–2426."},
    [VG_CITE_ZHOU_2022] =
        {"zhou_2022",
         "Zhou H, He K, Chen J, Zhang X. LinDA: linear models for differential abundance analysis "
         "of microbiome compositional data. Genome Biology 2022;23:95."},
};

static void add(VgTrial *trial, VgDataset *data, const char *key, const char *citation)
{
    size_t row = vg_dataset_row(trial->result, data);
    vg_dataset_set_text(trial->result, data, "key", key);
    vg_dataset_set_text(trial->result, data, "citation", citation);
    vg_dataset_set_number(trial->result, data, "order", (double)(row + 1));
}

static bool listed(const VgDataset *data, const char *citation)
{
    const VgDatasetColumn *column = vg_dataset_column(data, "citation");
    for (size_t r = 0; column && r < data->n_rows; r++)
        if (column->text[r] && strcmp(column->text[r], citation) == 0)
            return true;
    return false;
}

static void scale_sources(VgTrial *trial, VgDataset *data, size_t k)
{
    const VgOutcome *outcome = &trial->study->outcome[k];
    const char *const source[][2] = {
        {"scale", outcome->scale->citation},
        {"important_difference", outcome->important_difference_source},
    };
    for (size_t s = 0; s < sizeof source / sizeof *source; s++)
        if (source[s][1] && !listed(data, source[s][1]))
            add(trial, data, vg_trial_text(trial, "%s_%s", source[s][0], outcome->name),
                source[s][1]);
}

void vg_trial_references(VgTrial *trial, uint64_t cited)
{
    static const char *const columns[] = {"key", "citation", "#order"};
    VgDataset *data = vg_result_dataset(trial->result, NULL, "references", columns, 3);
    for (size_t k = 0; k < VG_CITE_COUNT; k++)
        if (cited & (UINT64_C(1) << k))
            add(trial, data, WORK[k].key, WORK[k].citation);
    for (size_t k = 0; k < trial->study->n_outcomes; k++)
        scale_sources(trial, data, k);
}
