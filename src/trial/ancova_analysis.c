/* Analysis of covariance at one visit: arm + covariates by least squares.
 * Each participant is one row, so that the sandwich by participant is HC: CR0 = HC0, CR2 = HC2, CR3
 * = HC3. */
#include "trial/answers.h"

#include <math.h>

#include <vagus/lm.h>

static VgLmCovariance covariance_of(VgSandwich sandwich)
{
    static const VgLmCovariance covariance[] = {[VG_SANDWICH_NONE] = VG_LM_CLASSICAL,
                                                [VG_SANDWICH_CR0] = VG_LM_HC0,
                                                [VG_SANDWICH_CR2] = VG_LM_HC2,
                                                [VG_SANDWICH_CR3] = VG_LM_HC3};
    return covariance[sandwich];
}

static void write_facts(VgTrial *trial, const VgAnalysis *analysis, const VgLm *fit,
                        const VgTrialRun *run)
{
    VgResult *result = trial->result;
    const char *id = analysis->id;
    vg_trial_counts(trial, analysis, run);
    vg_result_text(result, VG_FACTS_FIT, id, "df_method", "residual");
    vg_result_text(result, VG_FACTS_FIT, id, "covariance_of_estimates",
                   vg_lm_covariance_name(fit->covariance));
    vg_result_number(result, VG_FACTS_FIT, id, "loglik", fit->log_likelihood);
    vg_result_number(result, VG_FACTS_FIT, id, "minus2loglik", -2 * fit->log_likelihood);
    vg_result_number(result, VG_FACTS_FIT, id, "aic", fit->aic);
    vg_result_number(result, VG_FACTS_FIT, id, "bic", fit->bic);
    vg_result_number(result, VG_FACTS_FIT, id, "sigma", fit->sigma);
}

/* Residuals divided by their own standard errors s √(1 − h). */
static VgStatus write_residuals(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                                const VgDesign *design, const VgLm *fit, VgError *error)
{
    double *standardised = VG_NEW(trial->scratch, double, design->n_rows);
    if (!standardised)
        return vg_fail_memory(error);
    for (size_t r = 0; r < design->n_rows; r++) {
        double spread = fit->sigma * sqrt(fmax(1 - fit->leverage[r], 0));
        standardised[r] = spread > 0 ? fit->residual[r] / spread : 0;
    }
    return vg_trial_residuals(trial, analysis, data, design, fit->fitted, fit->residual,
                              standardised, error);
}

static VgStatus standard_deviation(VgTrial *trial, const VgAnalysis *analysis,
                                   const VgTrialData *data, const VgLm *fit, const VgTrialRun *run,
                                   VgStandardDeviation *standard, VgError *error)
{
    if (analysis->standardiser == VG_STANDARDISER_BASELINE_SD)
        return vg_trial_baseline_sd(trial, analysis, data, run, standard, error);
    standard->sd = VG_NEW(trial->scratch, double, 1);
    if (!standard->sd)
        return vg_fail_memory(error);
    standard->sd[0] = fit->sigma;
    standard->df = fit->df_residual;
    standard->note = "residual SD of the model";
    return VG_OK;
}

VgStatus vg_trial_ancova(VgTrial *trial, size_t index, VgError *error)
{
    const VgAnalysis *analysis = &trial->study->analysis[index];
    VgTrialRun *run = &trial->run[index];
    VgTrialData data;
    VgDesign *design = NULL;
    VG_TRY(vg_trial_data(trial, analysis, analysis->visit, NULL, &data, error));
    VG_TRY(vg_trial_design(trial, analysis, &data, false, run, &design, error));
    const VgLmOptions options = {.covariance = covariance_of(analysis->sandwich)};
    VgLm *fit = NULL;
    VG_TRY(vg_lm_fit(trial->scratch, design, &options, &fit, error));
    write_facts(trial, analysis, fit, run);
    VgStandardDeviation standard = {0};
    VG_TRY(standard_deviation(trial, analysis, &data, fit, run, &standard, error));
    const VgFittedModel fitted = vg_lm_model(fit);
    VG_TRY(vg_trial_answers(trial, analysis, &data, design, &fitted, &standard, run, error));
    return write_residuals(trial, analysis, &data, design, fit, error);
}
