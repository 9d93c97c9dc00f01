/* One pairwise analysis: the pooled effect, heterogeneity, prediction, and the looks that were asked for. */
#include "evidence/review/review.h"

#include <math.h>
#include <stdint.h>

/* ---- rows ---- */

static void interval_row(VgPairwise *p, const char *quantity, double estimate, double se,
                         const VgMetaInterval *interval)
{
    VgEstimate row = vg_review_row(p->id, quantity, NULL);
    row.estimate = estimate;
    row.se = se;
    if (interval) {
        row.lower = interval->lower;
        row.upper = interval->upper;
    }
    vg_result_estimate(p->run->result, &row);
}

static VgStatus heterogeneity_rows(VgPairwise *p, VgError *error)
{
    const VgMetaFit *fit = p->fit;
    VgMetaHeterogeneity het;
    bool has = fit->k > 1;
    if (has)
        VG_TRY(vg_meta_q_profile(fit, &het, error));
    if (p->analysis->tau2 != VG_TAU2_COMMON && has) {
        interval_row(p, "tau2", fit->tau2, fit->se_tau2, &het.tau2);
        interval_row(p, "tau", sqrt(fit->tau2), NAN, &het.tau);
        interval_row(p, "i2", fit->i2, NAN, &het.i2);
        interval_row(p, "h2", fit->h2, NAN, &het.h2);
    } else if (has) {
        interval_row(p, "i2", fit->i2, NAN, NULL);
        interval_row(p, "h2", fit->h2, NAN, NULL);
    }
    if (has) {
        VgEstimate row = vg_review_row(p->id, "q", NULL);
        row.statistic = fit->q;
        row.df = fit->q_df;
        row.p = fit->q_p;
        vg_result_estimate(p->run->result, &row);
    }
    return VG_OK;
}

static VgInference first_coefficient(const VgMetaFit *fit)
{
    return (VgInference){fit->beta[0],    fit->se[0],    fit->df,      fit->statistic[0],
                         fit->p_value[0], fit->lower[0], fit->upper[0]};
}

static void pooled_row(VgPairwise *p, const char *term, const VgInference *answer, const char *note)
{
    VgEstimate row = vg_review_row(p->id, "pooled", term);
    vg_review_inference(&row, answer);
    row.outcome = p->run->plan->outcome;
    row.unit = vg_measure_unit(p->run->plan->measure);
    row.n = (double)p->k;
    row.note = note;
    vg_result_estimate(p->run->result, &row);
}

static void prediction_row(VgPairwise *p)
{
    const VgMetaPrediction *prediction = &p->prediction;
    if (!isfinite(prediction->prediction_lower))
        return;
    double between = p->multilevel ? p->multilevel->study.estimate + p->multilevel->effect.estimate
                                   : p->fit->tau2;
    VgEstimate row = vg_review_row(p->id, "prediction", "random");
    row.estimate = prediction->estimate;
    row.lower = prediction->prediction_lower;
    row.upper = prediction->prediction_upper;
    row.df = isfinite(prediction->prediction_df) ? prediction->prediction_df : (double)NAN;
    row.outcome = p->run->plan->outcome;
    row.unit = vg_measure_unit(p->run->plan->measure);
    vg_result_estimate(p->run->result, &row);
    /* the whole distribution of the next trial's effect, for priors */
    vg_result_number(p->run->result, VG_FACTS_FIT, p->id, "predictive_mean", prediction->estimate);
    vg_result_number(p->run->result, VG_FACTS_FIT, p->id, "predictive_scale",
                     hypot(prediction->se, sqrt(between)));
    if (isfinite(prediction->prediction_df))
        vg_result_number(p->run->result, VG_FACTS_FIT, p->id, "predictive_df",
                         prediction->prediction_df);
}

static void facts(VgPairwise *p)
{
    VgResult *result = p->run->result;
    const VgMetaFit *fit = p->fit;
    VgFactSection section = VG_FACTS_FIT;
    double people = vg_pairwise_people(p);
    vg_result_number(result, section, p->id, "k", (double)p->k);
    vg_result_number(result, section, p->id, "n_studies", (double)p->n_studies);
    if (isfinite(people))
        vg_result_number(result, section, p->id, "n_participants", people);
    vg_result_number(result, section, p->id, "n_imputed", (double)p->effects->n_imputed);
    if (p->multilevel)
        return;
    bool restricted =
        p->analysis->tau2 == VG_TAU2_REML; /* the likelihood that AIC and BIC are of */
    vg_result_number(result, section, p->id, "loglik",
                     restricted ? fit->log_likelihood_reml : fit->log_likelihood_ml);
    vg_result_number(result, section, p->id, "aic", fit->aic);
    vg_result_number(result, section, p->id, "bic", fit->bic);
    vg_result_number(result, section, p->id, "iterations", (double)fit->iterations);
    vg_result_bool(result, section, p->id, "converged", true); /* else it is an error */
    vg_result_bool(result, section, p->id, "tau2_at_boundary", fit->at_boundary);
    vg_result_bool(result, section, p->id, "tau2_flat", fit->flat);
    vg_result_bool(result, section, p->id, "adhoc_bites", fit->adhoc_bites);
}

/* ---- warnings ---- */

static void warn(VgPairwise *p)
{
    VgResult *result = p->run->result;
    const VgMetaFit *fit = p->fit;
    const char *of = vg_review_of(p->run, p->analysis);
    bool random = p->analysis->tau2 != VG_TAU2_COMMON;
    if (p->k == 1) {
        vg_result_warn(result,
                       "%sone study: nothing was pooled, and how studies differ is not known", of);
        return;
    }
    if (p->k == 2)
        vg_result_warn(result,
                       "%stwo studies: the variance between them can hardly be told, and there is "
                       "no prediction interval",
                       of);
    else if (p->k < 5 && random)
        vg_result_warn(result,
                       "%s%zu studies: the variance between studies is hardly known, and with it "
                       "the prediction interval",
                       of, p->k);
    if (p->multilevel) {
        bool study = p->multilevel->study.at_boundary, effect = p->multilevel->effect.at_boundary;
        if (study || effect)
            vg_result_warn(result,
                           "%sthe variance %s is estimated as 0, which few studies can seldom "
                           "exclude",
                           of,
                           study && effect ? "between and within studies"
                           : study         ? "between studies"
                                           : "of effects within studies");
        return;
    }
    if (random && fit->at_boundary)
        vg_result_warn(
            result,
            "%sthe estimate of tau² is 0: the studies differ no more than by chance, which "
            "%zu studies can seldom exclude",
            of, p->k);
    if (random && fit->flat)
        vg_result_warn(
            result,
            "%sthe likelihood of tau² is flat: neither no heterogeneity nor I² = 90%% is "
            "excluded",
            of);
    if (fit->modes > 1)
        vg_result_warn(result, "%sthe likelihood of tau² has %zu modes; the highest is reported",
                       of, fit->modes);
    /* elsewhere the guard moves the interval by little; the fact adhoc_bites tells of it */
    if (fit->adhoc_bites && fit->at_boundary)
        vg_result_warn(result,
                       "%sthe studies agree more than chance would have it: the Knapp-Hartung "
                       "interval was kept from being narrower than t",
                       of);
    if (p->analysis->test == VG_META_TEST_KNHA && random &&
        fit->upper[0] - fit->lower[0] < p->common->upper[0] - p->common->lower[0])
        vg_result_warn(result,
                       "%sthe studies agree more than chance would have it: the Knapp-Hartung "
                       "interval is narrower than that of a common effect, which it should not "
                       "be; the test adhoc keeps it from that",
                       of);
}

/* ---- the analysis ---- */

static VgStatus fit_models(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgEffects effects = vg_pairwise_effects(p);
    p->options = (VgMetaOptions){.tau2 = p->analysis->tau2,
                                 .test = p->analysis->test,
                                 .prediction_df = p->analysis->prediction_df,
                                 .level = run->result->level};
    VgMetaOptions common = p->options;
    common.tau2 = VG_TAU2_COMMON;
    common.test = VG_META_TEST_Z;
    VG_TRY(vg_meta_fit(run->arena, &effects, NULL, &p->options, &p->fit, error));
    VG_TRY(vg_meta_fit(run->arena, &effects, NULL, &common, &p->common, error));
    VG_TRY(vg_meta_predict(p->fit, NULL, &p->prediction, error));
    p->pooled = first_coefficient(p->fit);
    return VG_OK;
}

static VgStatus looks(VgPairwise *p, VgError *error)
{
    const VgEvidenceAnalysis *analysis = p->analysis;
    VgReviewRun *run = p->run;
    if (analysis->subgroup)
        VG_TRY(vg_pairwise_subgroups(p, error));
    if (analysis->moderators)
        VG_TRY(vg_pairwise_regression(p, error));
    if (analysis->influence)
        VG_TRY(vg_review_look(run, analysis, "influence", vg_pairwise_influence(p, error), error));
    if (analysis->cumulative)
        VG_TRY(vg_pairwise_cumulative(p, error));
    if (analysis->small_study)
        VG_TRY(vg_pairwise_small_study(p, error));
    return VG_OK;
}

static VgStatus check_request(const VgPairwise *p, VgError *error)
{
    const VgEvidenceAnalysis *analysis = p->analysis;
    if (analysis->study_level && analysis->cumulative)
        return vg_fail(error, VG_INVALID_INPUT, "a cumulative three-level model",
                       "pool one effect a study, or leave the order out");
    if (analysis->moderators && p->n_added)
        return vg_fail(error, VG_INVALID_INPUT, "a trial was added that has no moderators",
                       "enter it as a row of the table, with its moderators");
    if (analysis->tau2 != VG_TAU2_REML && analysis->tau2 != VG_TAU2_ML && analysis->study_level)
        return vg_fail(error, VG_INVALID_INPUT, "a three-level model has no tau² by %s",
                       "use reml or ml", vg_tau2_method_names[analysis->tau2]);
    return VG_OK;
}

VgStatus vg_review_pairwise(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgError *error)
{
    VgPairwise pairwise = {.run = run,
                           .analysis = analysis,
                           .id = analysis->id,
                           .egger_p = NAN,
                           .share = {.estimate = NAN},
                           .trimfill_estimate = NAN};
    VgPairwise *p = &pairwise;
    VG_TRY(vg_pairwise_data(p, error));
    VG_TRY(check_request(p, error));
    VG_TRY(fit_models(p, error));
    if (analysis->study_level)
        VG_TRY(vg_pairwise_multilevel(p, error));
    vg_review_measure_facts(run, p->id, analysis);
    facts(p);
    vg_pairwise_report_studies(p);
    bool random = analysis->tau2 != VG_TAU2_COMMON && p->k > 1;
    if (random)
        pooled_row(p, "random", &p->pooled, p->multilevel ? "three-level model" : NULL);
    VgInference common = first_coefficient(random || p->k == 1 ? p->common : p->fit);
    pooled_row(p, "common", &common, p->k == 1 ? "one study" : NULL);
    if (random)
        prediction_row(p);
    if (!p->multilevel)
        VG_TRY(heterogeneity_rows(p, error));
    if (!p->multilevel && vg_pairwise_clustered(p))
        VG_TRY(vg_pairwise_robust(p, error));
    warn(p);
    VG_TRY(looks(p, error));
    vg_pairwise_absolute(p);
    if (run->plan->certainty && !analysis->sensitivity && !analysis->moderators)
        VG_TRY(vg_review_look(run, analysis, "certainty", vg_pairwise_certainty(p, error), error));
    vg_pairwise_sentences(p);
    return VG_OK;
}
