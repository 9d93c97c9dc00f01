/* The methods section, written from the plan as it was run: what was fitted, how tests and
 * intervals were made, what was assumed about missing values, and how each quantity is defined. */
#include "trial/methods.h"

#include <math.h>
#include <string.h>

void vg_methods_cite(VgMethods *methods, VgCitation work)
{
    methods->cited |= UINT64_C(1) << work;
}

void vg_methods_paragraph(VgMethods *methods, const char *heading)
{
    VgResult *result = methods->trial->result;
    while (methods->text.length && methods->text.text[methods->text.length - 1] == ' ')
        methods->text.text[--methods->text.length] = 0;
    if (methods->text.length) {
        size_t row = vg_dataset_row(result, methods->data);
        vg_dataset_set_text(result, methods->data, "heading", heading);
        vg_dataset_set_text(result, methods->data, "text", methods->text.text);
        vg_dataset_set_number(result, methods->data, "order", (double)(row + 1));
    }
    VgError unused;
    methods->trial->short_of_memory |= vg_buffer_status(&methods->text, &unused) != VG_OK;
    vg_buffer_free(&methods->text);
    methods->text = (VgBuffer){0};
}

/* A level as people write it: 95, not 95.000000. */
static double percent(double share)
{
    return 100 * share;
}

/* ---- trial and estimand ---- */

static void trial_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    VgBuffer *text = &methods->text;
    if (study->simulated)
        vg_buffer_text(text, "The data are simulated: they describe no real participants. ");
    size_t total = 0;
    for (size_t i = 0; i < study->n_participants; i++)
        total += study->arm_of[i] >= 0;
    vg_buffer_printf(text, "%zu participants were randomised: ", total);
    for (size_t a = 0; a < study->n_arms; a++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            n += study->arm_of[i] == (int32_t)a;
        vg_buffer_printf(text, "%s%zu to %s",
                         a == 0                   ? ""
                         : a + 1 == study->n_arms ? " and "
                                                  : ", ",
                         n, vg_trial_arm_label(study, a));
    }
    vg_buffer_text(text, ". ");
    if (study->n_strata)
        vg_buffer_printf(text, "Randomisation was stratified by %s. ",
                         vg_trial_list(methods->trial, study->stratum, study->n_strata));
    vg_buffer_text(text, "The flow of participants follows CONSORT 2010. The arms are described at "
                         "baseline without tests, since differences there arose by chance. ");
    vg_methods_cite(methods, VG_CITE_CONSORT_2010);
    vg_methods_paragraph(methods, "Trial");
}

static void estimand_paragraph(VgMethods *methods, const VgAnalysis *analysis)
{
    const VgEstimand *estimand = &analysis->estimand;
    VgBuffer *text = &methods->text;
    if (!estimand->population || !estimand->treatment || !estimand->variable || !estimand->summary)
        return; /* a checked study has them all */
    vg_buffer_printf(text,
                     "The estimand has the five attributes of ICH E9(R1). Population: %s. "
                     "Treatment: %s. Variable: %s. Intercurrent events: ",
                     estimand->population, estimand->treatment, estimand->variable);
    for (size_t k = 0; k < estimand->n_intercurrent; k++)
        vg_buffer_printf(text, "%s%s (%s)", k ? ", " : "", estimand->intercurrent[k].event,
                         estimand->intercurrent[k].strategy);
    if (estimand->n_intercurrent == 0)
        vg_buffer_text(text, "none foreseen");
    vg_buffer_printf(text, ". Population-level summary: %s. ", estimand->summary);
    vg_methods_cite(methods, VG_CITE_ICH_E9R1_2019);
    vg_methods_paragraph(methods,
                         methods->trial->study->analysis == analysis
                             ? "Estimand"
                             : vg_trial_text(methods->trial, "Estimand: %s",
                                             analysis->label ? analysis->label : analysis->id));
}

/* ---- sentences that analyses share ---- */

static void set_sentence(VgMethods *methods, const VgAnalysis *analysis)
{
    VgBuffer *text = &methods->text;
    const VgOutcome *outcome = &methods->trial->study->outcome[analysis->outcome];
    if (analysis->set == VG_SET_COMPLETERS)
        vg_buffer_printf(text,
                         "Only those with %s at every visit after baseline were analysed; such "
                         "completers are no longer a randomised comparison. ",
                         vg_trial_outcome_label(outcome));
    else if (analysis->set == VG_SET_COLUMN)
        vg_buffer_printf(text, "Only participants marked in \"%s\" were analysed. ",
                         analysis->set_column);
}

static void left_out_sentence(VgMethods *methods, const VgTrialRun *run, const char *what)
{
    if (run->n_without)
        vg_buffer_printf(&methods->text, "%zu participant%s had no %s and %s not in the model. ",
                         run->n_without, run->n_without == 1 ? "" : "s", what,
                         run->n_without == 1 ? "is" : "are");
    if (run->n_dropped)
        vg_buffer_printf(&methods->text, "%zu %s left out because a covariate was missing. ",
                         run->n_dropped, run->n_dropped == 1 ? "was" : "were");
}

static void direction_sentence(VgMethods *methods, const VgAnalysis *analysis)
{
    const VgStudy *study = methods->trial->study;
    bool lower = study->outcome[analysis->outcome].scale->lower_is_better;
    vg_buffer_printf(&methods->text,
                     "Differences are %s minus %s; %s values are better, so a %s difference "
                     "favours %s. ",
                     vg_trial_arm_label(study, analysis->arm),
                     vg_trial_arm_label(study, analysis->reference), lower ? "lower" : "higher",
                     lower ? "negative" : "positive", vg_trial_arm_label(study, analysis->arm));
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    if (!isnan(outcome->important_difference))
        vg_buffer_printf(&methods->text, "The study declares %g %s as the important difference. ",
                         outcome->important_difference,
                         outcome->scale->unit ? outcome->scale->unit : "");
}

static void means_sentence(VgMethods *methods, const VgAnalysis *analysis, bool repeated)
{
    const char *mean = !repeated || analysis->at_mean == VG_AT_MEAN_SUBJECT
                           ? "the participants analysed"
                           : "the observations analysed";
    vg_buffer_printf(&methods->text,
                     "Least-squares means average over the levels of factors with %s weights and "
                     "set numeric covariates to their mean over %s. ",
                     analysis->margins == VG_MARGINS_EQUAL ? "equal" : "observed", mean);
}

static void effect_size_sentence(VgMethods *methods, const VgAnalysis *analysis,
                                 const VgTrialRun *run)
{
    if (!run->has_effect_size)
        return;
    vg_buffer_printf(
        &methods->text,
        "The standardised effect size is the difference divided by %s; its interval allows for the "
        "error of both by the delta method. ",
        analysis->standardiser == VG_STANDARDISER_BASELINE_SD
            ? "the standard deviation at baseline, pooled within arms, which treatment cannot "
              "have changed"
            : "the model's standard deviation at that visit");
}

static void interval_sentence(VgMethods *methods)
{
    vg_buffer_printf(&methods->text, "Tests are two-sided and intervals have %g %% confidence. ",
                     percent(methods->trial->result->level));
}

static bool is_linear(const VgAnalysis *analysis)
{
    return analysis->kind == VG_ANALYSIS_MMRM || analysis->kind == VG_ANALYSIS_ANCOVA;
}

/* How means, effect sizes and intervals are made: said with the primary, and again only where it
 * differs. */
static void conventions(VgMethods *methods, const VgAnalysis *analysis, const VgTrialRun *run)
{
    const VgAnalysis *primary = &methods->trial->study->analysis[0];
    bool said = analysis != primary && is_linear(primary) &&
                analysis->margins == primary->margins && analysis->at_mean == primary->at_mean &&
                analysis->standardiser == primary->standardiser;
    if (said) {
        vg_buffer_text(&methods->text,
                       "Means, effect sizes and intervals are as in the primary analysis. ");
        return;
    }
    means_sentence(methods, analysis, analysis->kind == VG_ANALYSIS_MMRM);
    effect_size_sentence(methods, analysis, run);
    interval_sentence(methods);
}

/* ---- MMRM ---- */

static const char *structure_in_words(VgCovariance covariance)
{
    static const char *const words[VG_COVARIANCE_COUNT] = {
        [VG_COVARIANCE_UNSTRUCTURED] = "unstructured",
        [VG_COVARIANCE_COMPOUND_SYMMETRY] = "compound symmetric",
        [VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS] =
            "compound symmetric with a variance for each visit",
        [VG_COVARIANCE_AR1] = "first-order autoregressive by visit",
        [VG_COVARIANCE_AR1_HETEROGENEOUS] =
            "first-order autoregressive by visit with a variance for each visit",
        [VG_COVARIANCE_TOEPLITZ] = "Toeplitz",
        [VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS] = "Toeplitz with a variance for each visit",
        [VG_COVARIANCE_ANTE_DEPENDENCE] = "first-order ante-dependent",
        [VG_COVARIANCE_ANTE_DEPENDENCE_HETEROGENEOUS] =
            "first-order ante-dependent with a variance for each visit",
    };
    return words[covariance];
}

static void covariance_sentence(VgMethods *methods, const VgAnalysis *analysis,
                                const VgTrialRun *run)
{
    const char *by_arm = analysis->covariance_by_arm ? ", estimated for each arm by itself" : "";
    if (run->fell_back)
        vg_buffer_printf(&methods->text,
                         "The declared covariance between visits (%s) had no certified optimum; "
                         "the declared fallback was used, which is %s%s. ",
                         structure_in_words(analysis->covariance),
                         structure_in_words(run->covariance), by_arm);
    else
        vg_buffer_printf(&methods->text, "The covariance between visits was %s%s. ",
                         structure_in_words(run->covariance), by_arm);
}

static void df_sentence(VgMethods *methods, const VgAnalysis *analysis)
{
    VgBuffer *text = &methods->text;
    switch (analysis->df) {
    case VG_DF_KENWARD_ROGER:
        vg_buffer_text(text, "Standard errors and degrees of freedom are those of Kenward and "
                             "Roger. ");
        vg_methods_cite(methods, VG_CITE_KENWARD_ROGER_1997);
        break;
    case VG_DF_KENWARD_ROGER_LINEAR:
        vg_buffer_text(text, "Standard errors and degrees of freedom are those of Kenward and "
                             "Roger, without the term in second derivatives. ");
        vg_methods_cite(methods, VG_CITE_KENWARD_ROGER_1997);
        break;
    case VG_DF_SATTERTHWAITE:
        vg_buffer_text(text, "Degrees of freedom follow Satterthwaite, and Fai and Cornelius for "
                             "several contrasts at once. ");
        vg_methods_cite(methods, VG_CITE_SATTERTHWAITE_1946);
        vg_methods_cite(methods, VG_CITE_FAI_CORNELIUS_1996);
        break;
    case VG_DF_RESIDUAL:
        vg_buffer_text(text, "Degrees of freedom are the observations less the coefficients. ");
        break;
    case VG_DF_BETWEEN_WITHIN:
        vg_buffer_text(text, "Degrees of freedom are divided between and within participants. ");
        break;
    case VG_DF_COUNT:
        break;
    }
}

static void sandwich_sentence(VgMethods *methods, VgSandwich sandwich)
{
    static const char *const name[] = {NULL, "uncorrected, CR0", "bias-reduced, CR2",
                                       "jackknife, CR3"};
    if (sandwich == VG_SANDWICH_NONE)
        return;
    vg_buffer_printf(&methods->text,
                     "Standard errors are robust to a wrong covariance (sandwich by participant; "
                     "%s). ",
                     name[sandwich]);
    vg_methods_cite(methods, sandwich == VG_SANDWICH_CR0 ? VG_CITE_LIANG_ZEGER_1986
                                                         : VG_CITE_BELL_MCCAFFREY_2002);
}

static void mmrm_paragraph(VgMethods *methods, const VgAnalysis *analysis, const VgTrialRun *run,
                           const char *heading)
{
    const VgStudy *study = methods->trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    VgBuffer *text = &methods->text;
    vg_buffer_printf(text,
                     "%s%s was analysed at %s with a mixed model for repeated measures (MMRM), "
                     "fitted by %s to the %zu observations of %zu participants. Model: %s. ",
                     analysis->change ? "The change from baseline in " : "",
                     vg_trial_outcome_label(outcome), run->visits,
                     analysis->likelihood == VG_REML ? "restricted maximum likelihood"
                                                     : "maximum likelihood",
                     run->n_observations, run->n_analysed, run->formula);
    vg_methods_cite(methods, VG_CITE_MALLINCKRODT_2008);
    covariance_sentence(methods, analysis, run);
    df_sentence(methods, analysis);
    sandwich_sentence(methods, analysis->sandwich);
    set_sentence(methods, analysis);
    if (analysis->role == VG_ROLE_SENSITIVITY) { /* the rest is as in the primary */
        left_out_sentence(methods, run, "value after baseline");
        vg_methods_paragraph(methods, heading);
        return;
    }
    vg_buffer_printf(text, "The comparison of the plan is %s against %s at %s. ",
                     vg_trial_arm_label(study, analysis->arm),
                     vg_trial_arm_label(study, analysis->reference),
                     vg_trial_visit_label(study, analysis->visit));
    direction_sentence(methods, analysis);
    conventions(methods, analysis, run);
    vg_methods_paragraph(methods, heading);
    vg_buffer_printf(text,
                     "Missing values of %s were not filled in. The model uses every observed visit "
                     "and is valid if values are missing at random: given arm, covariates and the "
                     "values observed, whether a value is missing must not depend on the value "
                     "itself. The data cannot show whether that holds. ",
                     vg_trial_outcome_label(outcome));
    vg_methods_cite(methods, VG_CITE_RUBIN_1976);
    left_out_sentence(methods, run, "value after baseline");
    vg_methods_paragraph(methods, vg_trial_text(methods->trial, "Missing data: %s", heading));
}

/* ---- ANCOVA ---- */

static void ancova_paragraph(VgMethods *methods, const VgAnalysis *analysis, const VgTrialRun *run,
                             const char *heading)
{
    const VgStudy *study = methods->trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    VgBuffer *text = &methods->text;
    vg_buffer_printf(text,
                     "%s%s at %s was analysed by analysis of covariance in %zu participants. "
                     "Model: %s. ",
                     analysis->change ? "The change from baseline in " : "",
                     vg_trial_outcome_label(outcome), vg_trial_visit_label(study, analysis->visit),
                     run->n_analysed, run->formula);
    static const char *const robust[] = {NULL, "HC0", "HC2", "HC3"};
    if (analysis->sandwich != VG_SANDWICH_NONE) {
        vg_buffer_printf(text, "Standard errors are robust to unequal variances (%s). ",
                         robust[analysis->sandwich]);
        vg_methods_cite(methods, VG_CITE_MACKINNON_WHITE_1985);
    }
    set_sentence(methods, analysis);
    if (analysis->role != VG_ROLE_SENSITIVITY) {
        direction_sentence(methods, analysis);
        conventions(methods, analysis, run);
    }
    vg_buffer_text(text,
                   "Only participants seen at that visit are in the model, which is valid if, "
                   "given arm and covariates, being seen does not depend on the outcome. ");
    left_out_sentence(methods, run, "value at that visit");
    vg_methods_paragraph(methods, heading);
}

/* ---- two samples ---- */

static void two_samples_paragraph(VgMethods *methods, const VgAnalysis *analysis,
                                  const VgTrialRun *run, const char *heading)
{
    const VgStudy *study = methods->trial->study;
    VgBuffer *text = &methods->text;
    bool welch = analysis->kind == VG_ANALYSIS_WELCH;
    vg_buffer_printf(text, "%s%s at %s was compared between arms in %zu participants by %s. ",
                     analysis->change ? "The change from baseline in " : "",
                     vg_trial_outcome_label(&study->outcome[analysis->outcome]),
                     vg_trial_visit_label(study, analysis->visit), run->n_analysed,
                     welch ? "Welch's t test, which allows the arms different variances"
                           : "the rank-sum test of Wilcoxon, Mann and Whitney");
    if (welch)
        vg_methods_cite(methods, VG_CITE_WELCH_1947);
    else {
        vg_buffer_text(text, analysis->approximate
                                 ? "The test is by the normal approximation"
                                 : "The test is exact where there are no ties and both arms have "
                                   "fewer than 50 values, else by the normal approximation");
        vg_buffer_text(text,
                       " with corrections for ties and continuity. The difference is the median of "
                       "all differences between a "
                       "participant of one arm and one of the other (Hodges and Lehmann), with "
                       "the interval that turns the test over: it is a shift of the whole "
                       "distribution if there is one, and no difference in means. The statistic "
                       "counts the pairs in which the compared arm has the larger value. ");
        vg_methods_cite(methods, VG_CITE_MANN_WHITNEY_1947);
        vg_methods_cite(methods, VG_CITE_HODGES_LEHMANN_1963);
    }
    set_sentence(methods, analysis);
    if (analysis->role != VG_ROLE_SENSITIVITY)
        direction_sentence(methods, analysis);
    vg_buffer_text(text, "Nothing is adjusted for, and only participants seen at that visit are "
                         "compared. ");
    left_out_sentence(methods, run, "value at that visit");
    vg_methods_paragraph(methods, heading);
}

/* ---- response and remission ---- */

static void response_definition(VgMethods *methods, const VgAnalysis *analysis,
                                const VgTrialRun *run)
{
    const VgStudy *study = methods->trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    const VgScale *scale = outcome->scale;
    vg_buffer_printf(&methods->text,
                     "Response was a %s from baseline of at least %g %% in %s at %s%s. ",
                     scale->lower_is_better ? "fall" : "rise", percent(scale->response_fraction),
                     vg_trial_outcome_label(outcome), vg_trial_visit_label(study, analysis->visit),
                     run->from_minimum ? ", counted above the least possible total" : "");
    if (run->from_minimum)
        vg_methods_cite(methods, VG_CITE_LEUCHT_2009);
}

static void remission_definition(VgMethods *methods, const VgAnalysis *analysis)
{
    const VgStudy *study = methods->trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    vg_buffer_printf(&methods->text, "Remission was %s of %g or %s at %s. ",
                     vg_trial_outcome_label(outcome), outcome->scale->remission_cutoff,
                     outcome->scale->lower_is_better ? "less" : "more",
                     vg_trial_visit_label(study, analysis->visit));
}

/* What holds for every analysis of response or remission is said once. */
static void risks_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    bool any = false;
    for (size_t k = 0; k < study->n_analyses; k++)
        any = any ||
              (methods->trial->run[k].done && (study->analysis[k].kind == VG_ANALYSIS_RESPONSE ||
                                               study->analysis[k].kind == VG_ANALYSIS_REMISSION));
    if (!any)
        return;
    vg_buffer_text(
        &methods->text,
        "A logistic regression on arm and covariates predicts for everyone the chance under each "
        "arm; the averages of these predictions give the standardised rates, risk difference, risk "
        "ratio and odds ratio (g-computation), with standard errors by the delta method that allow "
        "for the sampling of the covariates. This odds ratio is marginal and differs from the "
        "conditional one among the coefficients. The number needed to treat is one over the risk "
        "difference; its interval runs through infinity where that of the risk difference holds 0. "
        "Observed rates have Wilson intervals, and the unadjusted difference has a "
        "Miettinen–Nurminen interval. ");
    vg_methods_cite(methods, VG_CITE_GE_2011);
    vg_methods_cite(methods, VG_CITE_ALTMAN_1998);
    vg_methods_cite(methods, VG_CITE_WILSON_1927);
    vg_methods_cite(methods, VG_CITE_MIETTINEN_NURMINEN_1985);
    interval_sentence(methods);
    vg_methods_paragraph(methods, "Response and remission");
}

static void responder_paragraph(VgMethods *methods, const VgAnalysis *analysis,
                                const VgTrialRun *run, const char *heading)
{
    VgBuffer *text = &methods->text;
    const VgScale *scale = methods->trial->study->outcome[analysis->outcome].scale;
    bool response = analysis->kind == VG_ANALYSIS_RESPONSE;
    if (response)
        response_definition(methods, analysis, run);
    else
        remission_definition(methods, analysis);
    if (scale->remission_citation)
        vg_buffer_printf(text, "Source of the definition: %s. ", scale->remission_citation);
    if (analysis->binary_missing == VG_BINARY_MISSING_NONRESPONSE)
        vg_buffer_printf(text,
                         "Participants without a value (%zu) counted as %s (composite "
                         "strategy). ",
                         run->n_counted_out, response ? "no response" : "no remission");
    else
        vg_buffer_text(text,
                       "Only participants with a value were counted, which is valid if, given "
                       "arm and covariates, being seen does not depend on the outcome. ");
    set_sentence(methods, analysis);
    vg_buffer_printf(text, "Logistic model in %zu participants: %s%s. ", run->n_analysed,
                     run->formula, run->firth ? ", by Firth's penalised likelihood" : "");
    if (run->firth)
        vg_methods_cite(methods, VG_CITE_FIRTH_1993);
    left_out_sentence(methods, run, "value to judge");
    vg_methods_paragraph(methods, heading);
}

/* ---- the rest ---- */

static void analysis_paragraph(VgMethods *methods, size_t index)
{
    const VgAnalysis *analysis = &methods->trial->study->analysis[index];
    const VgTrialRun *run = &methods->trial->run[index];
    static const char *const role[] = {"Primary analysis", "Secondary analysis",
                                       "Sensitivity analysis"};
    const char *heading = vg_trial_text(methods->trial, "%s: %s", role[analysis->role],
                                        analysis->label ? analysis->label : analysis->id);
    if (!run->done) {
        vg_buffer_printf(&methods->text, "This analysis was planned and could not be had: %s. ",
                         run->error.message);
        vg_methods_paragraph(methods, heading);
        return;
    }
    switch (analysis->kind) {
    case VG_ANALYSIS_MMRM:
        mmrm_paragraph(methods, analysis, run, heading);
        break;
    case VG_ANALYSIS_ANCOVA:
        ancova_paragraph(methods, analysis, run, heading);
        break;
    case VG_ANALYSIS_RESPONSE:
    case VG_ANALYSIS_REMISSION:
        responder_paragraph(methods, analysis, run, heading);
        break;
    case VG_ANALYSIS_WELCH:
    case VG_ANALYSIS_RANK_SUM:
        two_samples_paragraph(methods, analysis, run, heading);
        break;
    }
}

static void multiplicity_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    const VgMultiplicity *plan = &study->multiplicity;
    const char *hypotheses = "";
    for (size_t k = 0; plan->kind != VG_MULTIPLICITY_NONE && k < plan->n; k++)
        hypotheses = vg_trial_text(methods->trial, "%s%s%s", hypotheses, k ? ", " : "",
                                   study->analysis[plan->analysis[k]].id);
    VgBuffer *text = &methods->text;
    switch (plan->kind) {
    case VG_MULTIPLICITY_NONE:
        if (study->n_analyses > 1)
            vg_buffer_text(text, "P values are not adjusted for the number of analyses; only the "
                                 "primary analysis is confirmatory. ");
        break;
    case VG_MULTIPLICITY_HOLM:
        vg_buffer_printf(text, "The p values of %s were adjusted by Holm's procedure. ",
                         hypotheses);
        vg_methods_cite(methods, VG_CITE_HOLM_1979);
        break;
    case VG_MULTIPLICITY_HOCHBERG:
        vg_buffer_printf(text,
                         "The p values of %s were adjusted by Hochberg's procedure, which needs "
                         "test statistics that are independent or positively dependent. ",
                         hypotheses);
        vg_methods_cite(methods, VG_CITE_HOCHBERG_1988);
        break;
    case VG_MULTIPLICITY_GRAPH:
        vg_buffer_printf(
            text, "The p values of %s were adjusted by the declared Bonferroni-based graph. ",
            hypotheses);
        vg_methods_cite(methods, VG_CITE_BRETZ_2009);
        break;
    }
    if (plan->kind != VG_MULTIPLICITY_NONE)
        vg_buffer_text(text, "Intervals are not adjusted. ");
    vg_methods_paragraph(methods, "Multiplicity");
}

static void safety_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    if (!study->has_adverse_events)
        return;
    VgBuffer *text = &methods->text;
    vg_buffer_text(text, "Adverse events are counted by term in the arm of randomisation, a "
                         "participant once per term; serious events, worsening, suicidality and "
                         "infection come first. Differences in the share of participants have "
                         "Miettinen–Nurminen intervals. ");
    vg_methods_cite(methods, VG_CITE_MIETTINEN_NURMINEN_1985);
    if (study->exposure_days) {
        vg_buffer_text(text, "Rates are participants with the event per 100 participant-years at "
                             "risk, time ending at the first event, with exact Poisson intervals; "
                             "rate ratios have exact conditional intervals. ");
        vg_methods_cite(methods, VG_CITE_GARWOOD_1936);
    }
    vg_buffer_text(text,
                   "No tests are made of adverse events: absence of a difference is not shown "
                   "by a large p value. ");
    vg_methods_paragraph(methods, "Safety");
}

void vg_trial_methods(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    static const char *const columns[] = {"heading", "text", "#order"};
    VgMethods methods = {.trial = trial};
    methods.data = vg_result_dataset(trial->result, NULL, "methods", columns, 3);
    trial_paragraph(&methods);
    for (size_t k = 0; k < study->n_analyses; k++)
        if (study->analysis[k].has_estimand)
            estimand_paragraph(&methods, &study->analysis[k]);
    for (size_t k = 0; k < study->n_analyses; k++)
        analysis_paragraph(&methods, k);
    risks_paragraph(&methods);
    multiplicity_paragraph(&methods);
    safety_paragraph(&methods);
    vg_methods_layers(&methods);
    vg_methods_panel(&methods);
    vg_buffer_printf(&methods.text, "All numbers were computed with vagus %s. ", VAGUS_VERSION);
    vg_methods_paragraph(&methods, "Software");
    vg_trial_references(trial, methods.cited);
}
