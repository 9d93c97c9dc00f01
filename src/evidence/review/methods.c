/* The methods section of a review, written from the plan that was carried out. */
#include <math.h>
#include <string.h>

#include "evidence/review/review.h"

/* Whether any row has numbers of an arm to make an effect from. */
static bool has_arms(const VgExtraction *extraction)
{
    for (size_t i = 0; i < extraction->n_rows; i++)
        for (int g = 0; g < 2; g++) {
            const VgExtractionGroup *group = &extraction->row[i].group[g];
            if (isfinite(group->events) || isfinite(group->mean) || isfinite(group->median) ||
                isfinite(group->change))
                return true;
        }
    return false;
}

static const char *effect_text(VgReviewRun *run)
{
    const VgEvidencePlan *plan = run->plan;
    if (plan->analysis[0].kind == VG_EVIDENCE_NETWORK && !has_arms(run->extraction))
        return vg_review_text(run, "Effects (%s) and their standard errors were taken as given. ",
                              vg_measure_unit(plan->measure));
    switch (plan->measure) {
    case VG_MEASURE_GENERIC:
        return "Effects and their standard errors were taken as given. ";
    case VG_MEASURE_SMD:
        vg_review_cite(run, VG_CITE_HEDGES_1981);
        return vg_review_text(
            run,
            "The effect of each study is Hedges' g with the %s small-sample factor; its sampling "
            "variance follows the %s form. ",
            plan->approximate_j ? "approximate" : "exact",
            vg_smd_variance_names[plan->smd_variance]);
    case VG_MEASURE_OR:
    case VG_MEASURE_RR:
        return vg_review_text(run,
                              "Effects are %ss, pooled as logarithms. %g was added to the four "
                              "cells %s; studies without "
                              "any event were %s. ",
                              plan->measure == VG_MEASURE_OR ? "odds ratio" : "risk ratio",
                              plan->zero_add > 0 ? plan->zero_add : 0.5,
                              plan->zero_cells == VG_ZERO_ONLY_STUDY ? "of studies with a zero"
                              : plan->zero_cells == VG_ZERO_ALL
                                  ? "of all studies when one had a zero"
                              : plan->zero_cells == VG_ZERO_ALWAYS ? "of all studies"
                                                                   : "of no study",
                              plan->keep_double_zero ? "kept" : "left out");
    default:
        return vg_review_text(run, "The effect of each study is a %s. ",
                              vg_measure_unit(plan->measure));
    }
}

static void effects_paragraph(VgReviewRun *run)
{
    const VgEvidencePlan *plan = run->plan;
    const char *text = effect_text(run);
    if (plan->pre_post_correlation != 0 && isfinite(plan->pre_post_correlation))
        text = vg_review_text(run,
                              "%sWhere the correlation of values before and after was not "
                              "published, %g was assumed. ",
                              text, plan->pre_post_correlation);
    if (plan->n_correlation_sensitivity) {
        const char *list = "";
        for (size_t i = 0; i < plan->n_correlation_sensitivity; i++)
            list = vg_review_text(run, "%s%s%g", list, i ? ", " : "",
                                  plan->correlation_sensitivity[i]);
        text =
            vg_review_text(run, "%sAnalyses that assumed it were repeated with %s. ", text, list);
    }
    if (plan->convert_events != VG_CONVERT_NONE)
        text = vg_review_text(run,
                              "%sWhere a study gave only events (%s), its log odds ratio was "
                              "%s. ",
                              text,
                              plan->events_are == VG_EVENTS_BETTER ? "of people who got better"
                                                                   : "of people who got worse",
                              plan->convert_events == VG_CONVERT_NORMAL
                                  ? "divided by 1.65 (normal distribution)"
                                  : "multiplied by √3/π (logistic distribution)");
    if (isfinite(plan->crossover_correlation) && plan->crossover_correlation != 0)
        text = vg_review_text(run,
                              "%sIn crossover trials a correlation of %g of one person's values "
                              "was assumed where none was published. ",
                              text, plan->crossover_correlation);
    if (plan->intracluster_correlation > 0)
        text = vg_review_text(
            run,
            "%sCluster trials without a published intracluster correlation were adjusted with %g. ",
            text, plan->intracluster_correlation);
    if (plan->shared_control == VG_SHARED_CONTROL_SPLIT)
        text = vg_review_text(
            run, "%sControl arms shared by several rows were divided among them. ", text);
    if (plan->shared_control == VG_SHARED_CONTROL_MODEL)
        text = vg_review_text(
            run, "%sThe covariance that a shared control arm makes was modelled. ", text);
    if (plan->direction_known && vg_review_turns(plan))
        text = vg_review_text(run,
                              "%sLower values of the outcome are better; signs were turned so that "
                              "more than nought is "
                              "benefit. ",
                              text);
    if (plan->n_added)
        text = vg_review_text(run, "%s%zu finished %s added to the published studies. ", text,
                              plan->n_added, plan->n_added == 1 ? "trial was" : "trials were");
    vg_review_paragraph(run, "Effects", text);
}

/* ---- pairwise models ---- */

static const char *tau2_text(VgReviewRun *run, VgTau2Method method)
{
    static const char *const NAME[VG_N_TAU2_METHODS] = {
        "restricted maximum likelihood",     "maximum likelihood",
        "DerSimonian and Laird's estimator", "Paule and Mandel's estimator",
        "Sidik and Jonkman's estimator",     "Hedges' estimator",
        "Hunter and Schmidt's estimator",    "empirical Bayes",
        "no variance between studies"};
    if (method == VG_TAU2_DL)
        vg_review_cite(run, VG_CITE_DERSIMONIAN_1986);
    else
        vg_review_cite(run, VG_CITE_VIECHTBAUER_2005);
    return NAME[method];
}

static const char *test_text(VgReviewRun *run, VgMetaTest test)
{
    if (test == VG_META_TEST_ADHOC || test == VG_META_TEST_KNHA) {
        vg_review_cite(run, VG_CITE_HARTUNG_2001);
        vg_review_cite(run, VG_CITE_KNAPP_2003);
    }
    return test == VG_META_TEST_ADHOC
               ? "Knapp and Hartung's method, kept from being narrower than the t interval"
           : test == VG_META_TEST_KNHA ? "Knapp and Hartung's method"
           : test == VG_META_TEST_T    ? "the t distribution"
                                       : "the normal distribution";
}

static const char *model_text(VgReviewRun *run, const VgEvidenceAnalysis *analysis)
{
    vg_review_cite(run, VG_CITE_VIECHTBAUER_2010);
    if (analysis->study_level) {
        vg_review_cite(run, VG_CITE_KONSTANTOPOULOS_2011);
        vg_review_cite(run, VG_CITE_PUSTEJOVSKY_2018);
        return vg_review_text(run,
                              "Effects within studies (column %s) were pooled in a three-level "
                              "model by %s, sampling errors "
                              "of a study correlated by %g, with cluster-robust standard errors "
                              "(CR2) beside the model's. ",
                              analysis->study_level, tau2_text(run, analysis->tau2),
                              analysis->sampling_correlation);
    }
    if (analysis->tau2 == VG_TAU2_COMMON)
        return vg_review_text(run, "A common effect was assumed; intervals by %s. ",
                              test_text(run, analysis->test));
    vg_review_cite(run, VG_CITE_HIGGINS_2009);
    vg_review_cite(run, VG_CITE_VIECHTBAUER_2007);
    vg_review_cite(run, VG_CITE_HIGGINS_2002);
    return vg_review_text(
        run,
        "Effects were pooled by a random-effects model, the variance between studies by %s; "
        "intervals by "
        "%s. Intervals of the variance are by the Q profile; the prediction interval has %s. ",
        tau2_text(run, analysis->tau2), test_text(run, analysis->test),
        analysis->prediction_df == VG_PREDICTION_K_MINUS_1   ? "k − 1 degrees of freedom"
        : analysis->prediction_df == VG_PREDICTION_K_MINUS_2 ? "k − 2 degrees of freedom"
                                                             : "normal quantiles");
}

static const char *looks_text(VgReviewRun *run, const VgEvidenceAnalysis *analysis,
                              const char *text)
{
    unsigned looks = analysis->small_study;
    if (analysis->subset_column)
        text = vg_review_text(run, "%sOnly rows with %s = %s. ", text, analysis->subset_column,
                              analysis->subset_level);
    if (analysis->exclude_high_risk)
        text = vg_review_text(run, "%sStudies at high risk of bias were left out. ", text);
    if (analysis->pre_post_correlation != 0)
        text = vg_review_text(run,
                              "%sA correlation of %g of values before and after was assumed here. ",
                              text, analysis->pre_post_correlation);
    if (analysis->subgroup)
        text = vg_review_text(
            run, "%sSubgroups by %s had %s; their difference was tested between groups. ", text,
            analysis->subgroup,
            analysis->study_level            ? "the components of variance in common"
            : analysis->subgroup_common_tau2 ? "one variance in common"
                                             : "a variance each");
    if (analysis->moderators)
        text = vg_review_text(run, "%sMeta-regression on ~ %s. ", text, analysis->moderators);
    if (analysis->permutations) {
        vg_review_cite(run, VG_CITE_HIGGINS_2004);
        text = vg_review_text(run, "%sIts p values were also had by permutation. ", text);
    }
    if (looks & (VG_SMALL_STUDY_EGGER | VG_SMALL_STUDY_EGGER_LM)) {
        vg_review_cite(run, VG_CITE_EGGER_1997);
        bool smd = run->plan->measure == VG_MEASURE_SMD;
        if (smd)
            vg_review_cite(run, VG_CITE_PUSTEJOVSKY_2019);
        text = vg_review_text(run, "%sFunnel asymmetry was tested by Egger's regression%s. ", text,
                              smd ? " on the sizes of the arms, where known" : "");
    }
    if (looks & VG_SMALL_STUDY_BEGG) {
        vg_review_cite(run, VG_CITE_BEGG_1994);
        text =
            vg_review_text(run, "%sRank correlation of effects and variances was tested. ", text);
    }
    if (looks & VG_SMALL_STUDY_TRIMFILL) {
        vg_review_cite(run, VG_CITE_DUVAL_2000);
        text = vg_review_text(run, "%sMissing studies were filled in by trim and fill (%s). ", text,
                              vg_trimfill_names[analysis->trimfill]);
    }
    if (looks & VG_SMALL_STUDY_PET_PEESE) {
        vg_review_cite(run, VG_CITE_STANLEY_2014);
        text = vg_review_text(run, "%sPET-PEESE extrapolated to a study without sampling error. ",
                              text);
    }
    if (looks & (VG_SMALL_STUDY_STEP | VG_SMALL_STUDY_THREE_PARAMETER)) {
        vg_review_cite(run, VG_CITE_VEVEA_1995);
        text = vg_review_text(
            run, "%sSelection by p value was modelled with step functions, by maximum likelihood. ",
            text);
    }
    return text;
}

/* ---- networks ---- */

static const char *network_text(VgReviewRun *run, const VgEvidenceAnalysis *analysis)
{
    vg_review_cite(run, VG_CITE_RUCKER_2012);
    vg_review_cite(run, VG_CITE_RUCKER_2015);
    vg_review_cite(run, VG_CITE_KRAHN_2013);
    vg_review_cite(run, VG_CITE_KONIG_2013);
    const char *text = vg_review_text(
        run,
        "Treatments were compared in one contrast-based network model, studies with several arms "
        "entering with their "
        "covariance; the variance between studies by %s. Treatments were ranked by P-scores. "
        "Consistency was looked at by "
        "the decomposition of Q over designs and by splitting direct from indirect evidence. ",
        tau2_text(run, analysis->tau2));
    if (analysis->component_separator) {
        vg_review_cite(run, VG_CITE_RUCKER_2020);
        text = vg_review_text(run,
                              "%sA component model took the effect of a treatment as the sum of "
                              "those of its parts (joined by "
                              "\"%s\")%s%s. ",
                              text, analysis->component_separator,
                              analysis->inactive ? ", nought for " : "",
                              analysis->inactive ? analysis->inactive : "");
    }
    for (size_t i = 0; i < analysis->n_interactions; i++)
        text = vg_review_text(run, "%s%s%s*%s", text,
                              i ? ", " : "Parts were let do together more or less than their sum: ",
                              analysis->interaction[i].first, analysis->interaction[i].second);
    if (analysis->n_interactions)
        text = vg_review_text(run, "%s%s. ", text,
                              analysis->n_component_types
                                  ? "; where a type of parts is named, one number stands for all "
                                    "treatments that hold a part of it with the other"
                                  : "");
    return looks_text(run, analysis, text);
}

void vg_review_methods(VgReviewRun *run)
{
    effects_paragraph(run);
    for (size_t i = 0; i < run->plan->n_analyses; i++) {
        const VgEvidenceAnalysis *analysis = &run->plan->analysis[i];
        const char *text = analysis->kind == VG_EVIDENCE_NETWORK
                               ? network_text(run, analysis)
                               : looks_text(run, analysis, model_text(run, analysis));
        vg_review_paragraph(run, analysis->label ? analysis->label : "Model", text);
    }
    if (run->plan->certainty)
        vg_review_paragraph(
            run, "Certainty",
            "Certainty was judged in the five domains of GRADE. Every downgrade is computed by the "
            "rule shown beside it or was entered by a reviewer with the reason shown; a domain "
            "with neither is "
            "not assessed.");
}
