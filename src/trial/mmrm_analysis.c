/* The mixed model for repeated measures of the plan: all visits after baseline, one model. */
#include "trial/answers.h"

#include <math.h>
#include <string.h>

/* Subjects and visits of the rows that the design kept. */
static VgStatus model_data(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                           const VgDesign *design, VgMmrmData *model, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t n = design->n_rows;
    int32_t *subject = VG_NEW(trial->scratch, int32_t, n);
    int32_t *visit = VG_NEW(trial->scratch, int32_t, n);
    int32_t *group = VG_NEW(trial->scratch, int32_t, n);
    const char **subject_label = VG_NEW(trial->scratch, const char *, n);
    const char **coefficient = VG_NEW(trial->scratch, const char *, design->rank);
    if (!subject || !visit || !group || !subject_label || !coefficient)
        return vg_fail_memory(error);
    size_t n_subjects = 0, previous = SIZE_MAX;
    for (size_t r = 0; r < n; r++) {
        size_t row = design->row[r], i = data->participant[row];
        if (i != previous)
            subject_label[n_subjects++] = study->participant[i];
        previous = i;
        subject[r] = (int32_t)(n_subjects - 1);
        visit[r] = (int32_t)data->row_visit[row];
        for (size_t a = 0; a < data->n_arms; a++)
            if (data->arm[a] == (size_t)study->arm_of[i])
                group[r] = (int32_t)a;
    }
    for (size_t j = 0; j < design->rank; j++)
        coefficient[j] = design->name[design->independent[j]];
    *model = (VgMmrmData){.n_rows = n,
                          .x = design->x_full_rank,
                          .y = design->y,
                          .offset = design->offset,
                          .subject = subject,
                          .visit = visit,
                          .group = analysis->covariance_by_arm ? group : NULL,
                          .n_subjects = n_subjects,
                          .n_visits = data->n_visits,
                          .n_groups = analysis->covariance_by_arm ? data->n_arms : 1,
                          .subject_label = subject_label,
                          .visit_label = data->visit_name,
                          .group_label = data->arm_name,
                          .coefficient_label = coefficient};
    return VG_OK;
}

/* What the optimiser did, whether or not it arrived. */
static void write_trace(VgTrial *trial, const VgAnalysis *analysis, const VgMmrmFit *fit)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, analysis->id, "trace",
                          VG_COLUMNS("structure", "#iteration", "#objective", "#gradient",
                                     "#decrement", "#step", "method", "note"));
    for (size_t k = 0; k < fit->n_trace; k++) {
        const VgMmrmStep *step = &fit->trace[k];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "structure", vg_covariance_name(step->covariance));
        vg_dataset_set_number(result, data, "iteration", step->iteration);
        vg_dataset_set_number(result, data, "objective", step->objective);
        vg_dataset_set_number(result, data, "gradient", step->gradient_max);
        vg_dataset_set_number(result, data, "decrement", step->decrement);
        vg_dataset_set_number(result, data, "step", step->step);
        vg_dataset_set_text(result, data, "method", step->newton ? "newton" : "fisher");
        vg_dataset_set_text(result, data, "note", step->note);
    }
}

static void write_facts(VgTrial *trial, const VgAnalysis *analysis, const VgMmrmFit *fit,
                        const VgTrialRun *run)
{
    VgResult *result = trial->result;
    const char *id = analysis->id;
    vg_result_text(result, VG_FACTS_FIT, id, "structure", vg_covariance_name(fit->covariance));
    vg_result_text(result, VG_FACTS_FIT, id, "likelihood",
                   fit->likelihood == VG_REML ? "reml" : "ml");
    vg_result_text(result, VG_FACTS_FIT, id, "df_method", vg_df_method_name(fit->df));
    vg_result_number(result, VG_FACTS_FIT, id, "loglik", fit->loglik);
    vg_result_number(result, VG_FACTS_FIT, id, "minus2loglik", fit->minus2loglik);
    vg_result_number(result, VG_FACTS_FIT, id, "aic", fit->aic);
    vg_result_number(result, VG_FACTS_FIT, id, "aicc", fit->aicc);
    vg_result_number(result, VG_FACTS_FIT, id, "bic", fit->bic);
    vg_result_number(result, VG_FACTS_FIT, id, "iterations", fit->iterations);
    vg_result_bool(result, VG_FACTS_FIT, id, "converged", fit->converged);
    vg_result_bool(result, VG_FACTS_FIT, id, "fell_back", fit->fell_back);
    vg_trial_counts(trial, analysis, run);
    double gradient = 0;
    for (size_t k = 0; k < fit->n_theta; k++)
        gradient = fmax(gradient, fabs(fit->gradient[k]));
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, id, "gradient_max", gradient);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, id, "decrement", fit->decrement);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, id, "hessian_smallest_eigenvalue",
                     fit->n_theta ? fit->hessian_eigen[0] : (double)NAN);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, id, "condition", fit->condition);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, id, "patterns", (double)fit->n_patterns);
    const char *caution = vg_df_method_caution(fit->df, fit->n_subjects);
    if (caution)
        vg_result_warn(result, "%s: %s", analysis->label, caution);
    if (fit->condition > 1e8)
        vg_result_warn(result,
                       "%s: the covariance of the visits is nearly singular (condition "
                       "number %.2g); two visits may say the same",
                       analysis->label, fit->condition);
}

static void write_covariance(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                             const VgMmrmFit *fit)
{
    VgResult *result = trial->result;
    VgDataset *rows =
        vg_result_dataset(result, analysis->id, "covariance",
                          VG_COLUMNS("group", "row", "column", "#covariance", "#correlation"));
    for (size_t g = 0; g < fit->n_groups; g++)
        for (size_t s = 0; s < fit->n_visits; s++)
            for (size_t t = 0; t < fit->n_visits; t++) {
                double covariance = VG_AT(fit->sigma[g], s, t);
                double scale = sqrt(VG_AT(fit->sigma[g], s, s) * VG_AT(fit->sigma[g], t, t));
                vg_dataset_row(result, rows);
                vg_dataset_set_text(result, rows, "group",
                                    analysis->covariance_by_arm ? data->arm_name[g] : NULL);
                vg_dataset_set_text(result, rows, "row", data->visit_name[s]);
                vg_dataset_set_text(result, rows, "column", data->visit_name[t]);
                vg_dataset_set_number(result, rows, "covariance", covariance);
                vg_dataset_set_number(result, rows, "correlation",
                                      s == t ? 1.0 : covariance / scale);
            }
}

/* The model's SD at each visit; with a covariance per arm, the root of the mean variance of the
 * arms. */
static VgStatus model_sd(VgTrial *trial, const VgTrialData *data, const VgMmrmFit *fit,
                         const VgTrialRun *run, VgStandardDeviation *standard, VgError *error)
{
    standard->sd = VG_NEW(trial->scratch, double, data->n_visits);
    if (!standard->sd)
        return vg_fail_memory(error);
    for (size_t t = 0; t < data->n_visits; t++) {
        double variance = 0;
        for (size_t g = 0; g < fit->n_groups; g++)
            variance += VG_AT(fit->sigma[g], t, t) / (double)fit->n_groups;
        standard->sd[t] = sqrt(variance);
    }
    standard->df = (double)(run->n_analysed - data->n_arms);
    standard->note = fit->n_groups > 1 ? "model SD at the visit, mean variance of the arms"
                                       : "model SD at the visit";
    return VG_OK;
}

static VgStatus standard_deviation(VgTrial *trial, const VgAnalysis *analysis,
                                   const VgTrialData *data, const VgMmrmFit *fit,
                                   const VgTrialRun *run, VgStandardDeviation *standard,
                                   VgError *error)
{
    if (analysis->standardiser == VG_STANDARDISER_MODEL_SD)
        return model_sd(trial, data, fit, run, standard, error);
    VG_TRY(vg_trial_baseline_sd(trial, analysis, data, run, standard, error));
    if (!(standard->sd[0] > 0))
        vg_result_warn(trial->result,
                       "%s: no standardised effect size, for want of baseline values; the "
                       "model's SD can be asked for",
                       analysis->label);
    return VG_OK;
}

static VgStatus write_residuals(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                                const VgDesign *design, const VgMmrmData *model,
                                const VgMmrmFit *fit, VgError *error)
{
    double *fitted = VG_NEW(trial->scratch, double, design->n_rows);
    double *response = VG_NEW(trial->scratch, double, design->n_rows);
    double *normalised = VG_NEW(trial->scratch, double, design->n_rows);
    if (!fitted || !response || !normalised)
        return vg_fail_memory(error);
    vg_mmrm_fitted(fit, model, fitted);
    VG_TRY(vg_mmrm_residuals(trial->scratch, fit, model, VG_RESIDUAL_RESPONSE, response, error));
    VG_TRY(
        vg_mmrm_residuals(trial->scratch, fit, model, VG_RESIDUAL_NORMALISED, normalised, error));
    return vg_trial_residuals(trial, analysis, data, design, fitted, response, normalised, error);
}

VgStatus vg_trial_mmrm(VgTrial *trial, size_t index, VgError *error)
{
    const VgAnalysis *analysis = &trial->study->analysis[index];
    VgTrialRun *run = &trial->run[index];
    VgTrialData data;
    VgDesign *design = NULL;
    VgMmrmData model;
    VG_TRY(vg_trial_data(trial, analysis, SIZE_MAX, NULL, &data, error));
    VG_TRY(vg_trial_design(trial, analysis, &data, true, run, &design, error));
    VG_TRY(model_data(trial, analysis, &data, design, &model, error));
    const VgMmrmOptions options = {.covariance = analysis->covariance,
                                   .likelihood = analysis->likelihood,
                                   .df = analysis->df,
                                   .sandwich = analysis->sandwich,
                                   .fallback = analysis->fallback,
                                   .n_fallback = analysis->n_fallback};
    VgMmrmFit fit;
    memset(&fit, 0, sizeof fit);
    VgStatus status = vg_mmrm_fit(trial->scratch, &model, &options, &fit, error);
    if (status == VG_OK || status == VG_NO_CONVERGENCE)
        write_trace(trial, analysis, &fit);
    VG_TRY(status);
    run->covariance = fit.covariance;
    run->fell_back = fit.fell_back;
    if (fit.fell_back)
        vg_result_warn(trial->result,
                       "%s: no certified optimum with covariance %s; the declared "
                       "fallback %s was used",
                       analysis->label, vg_covariance_name(analysis->covariance),
                       vg_covariance_name(fit.covariance));
    write_facts(trial, analysis, &fit, run);
    write_covariance(trial, analysis, &data, &fit);
    VgStandardDeviation standard = {0};
    VG_TRY(standard_deviation(trial, analysis, &data, &fit, run, &standard, error));
    const VgFittedModel fitted = vg_mmrm_model(&fit);
    VG_TRY(vg_trial_answers(trial, analysis, &data, design, &fitted, &standard, run, error));
    return write_residuals(trial, analysis, &data, design, &model, &fit, error);
}
