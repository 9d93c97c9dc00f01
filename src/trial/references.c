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
