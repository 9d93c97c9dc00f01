/* Did it work? Carries out the plan of a study, in its order. Nothing is read and nothing printed.
 */
#include "trial/plan.h"

#include <math.h>
#include <string.h>

typedef VgStatus (*Analyse)(VgTrial *trial, size_t analysis, VgError *error);

static VgStatus analyse(VgTrial *trial, size_t index, VgError *error)
{
    static const Analyse by_kind[] = {
        [VG_ANALYSIS_MMRM] = vg_trial_mmrm,           [VG_ANALYSIS_ANCOVA] = vg_trial_ancova,
        [VG_ANALYSIS_RESPONSE] = vg_trial_responders, [VG_ANALYSIS_REMISSION] = vg_trial_responders,
        [VG_ANALYSIS_WELCH] = vg_trial_two_samples,   [VG_ANALYSIS_RANK_SUM] = vg_trial_two_samples,
    };
    VG_TRY(by_kind[trial->study->analysis[index].kind](trial, index, error));
    return vg_result_status(trial->result, error);
}

/* An analysis that broke off must not leave half of its rows; what the optimiser tried stays. */
static void take_back(VgResult *result, const char *analysis, size_t n_estimates, size_t n_facts,
                      size_t n_datasets)
{
    result->n_estimates = n_estimates;
    result->n_facts = n_facts;
    size_t kept = n_datasets;
    for (size_t k = n_datasets; k < result->n_datasets; k++)
        if (strcmp(result->dataset[k].name, "trace") == 0 && result->dataset[k].analysis &&
            strcmp(result->dataset[k].analysis, analysis) == 0)
            result->dataset[kept++] = result->dataset[k];
    result->n_datasets = kept;
}

static bool system_failed(VgStatus status)
{
    return status == VG_NO_MEMORY || status == VG_IO;
}

VgStatus vg_trial_run_analysis(VgTrial *trial, size_t index, VgError *error)
{
    VgResult *result = trial->result;
    const VgAnalysis *analysis = &trial->study->analysis[index];
    VgTrialRun *run = &trial->run[index];
    size_t n_estimates = result->n_estimates, n_facts = result->n_facts;
    size_t n_datasets = result->n_datasets;
    run->answer = VG_NO_ROW;
    VgStatus status = analyse(trial, index, &run->error);
    run->done = status == VG_OK;
    if (run->done)
        return VG_OK;
    if (!system_failed(status)) {
        take_back(result, analysis->id, run->keep > n_estimates ? run->keep : n_estimates, n_facts,
                  n_datasets);
        vg_result_text(result, VG_FACTS_FIT, analysis->id, "failed", run->error.message);
    }
    if (system_failed(status) || analysis->role == VG_ROLE_PRIMARY) {
        if (error)
            *error = run->error;
        return status;
    }
    if (run->error.hint[0])
        vg_result_warn(result, "%s could not be had: %s (%s)", analysis->label, run->error.message,
                       run->error.hint);
    else
        vg_result_warn(result, "%s could not be had: %s", analysis->label, run->error.message);
    return VG_OK;
}

static VgStatus check_study(const VgStudy *study, VgError *error)
{
    if (study->n_analyses == 0 && !study->panel_plan && study->n_mechanisms == 0 &&
        study->n_strata_plans == 0 && study->n_prediction_plans == 0)
        return vg_fail_at(
            error, VG_INVALID_INPUT, study->file, 0, "the plan has no analysis",
            "declare plan: primary:, response_of_panel:, mechanism:, strata: or prediction:");
    size_t arms_in_use = 0;
    for (size_t a = 0; a < study->n_arms; a++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            n += study->arm_of[i] == (int32_t)a;
        arms_in_use += n > 0;
    }
    if (arms_in_use < 2)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, study->file, 0,
                          "participants in %zu arm%s cannot be compared",
                          "a trial needs at least two arms with participants", arms_in_use,
                          arms_in_use == 1 ? "" : "s");
    return vg_trial_flow_check(study, error);
}

/* Readers of the answer must not need to find this in the flow diagram. */
static void warn_of_missing(VgTrial *trial)
{
    static const double WORTH_SAYING = 0.2;
    const VgStudy *study = trial->study;
    for (size_t k = 0; k < study->n_analyses; k++) {
        const VgAnalysis *analysis = &study->analysis[k];
        bool of_means = analysis->kind == VG_ANALYSIS_MMRM ||
                        analysis->kind == VG_ANALYSIS_ANCOVA || analysis->kind == VG_ANALYSIS_WELCH;
        if (analysis->role != VG_ROLE_PRIMARY || !of_means || !trial->run[k].done)
            continue;
        const double *value = study->outcome[analysis->outcome].value;
        size_t randomised = 0, missing = 0;
        for (size_t i = 0; i < study->n_participants; i++) {
            if (study->arm_of[i] < 0)
                continue;
            randomised++;
            missing += isnan(value[i + study->n_participants * analysis->visit]) != 0;
        }
        if ((double)missing > WORTH_SAYING * (double)randomised)
            vg_result_warn(trial->result,
                           "%s: %zu of the %zu randomised have no value at that visit; the answer "
                           "leans on the assumption that what is missing can be predicted from "
                           "what was seen, which the data cannot show",
                           analysis->label, missing, randomised);
    }
}

static VgStatus carry_out(VgTrial *trial, VgError *error)
{
    vg_trial_facts(trial);
    VG_TRY(vg_trial_baseline_table(trial, error));
    VG_TRY(vg_trial_course(trial, error));
    for (size_t k = 0; k < trial->study->n_analyses; k++)
        VG_TRY(vg_trial_run_analysis(trial, k, error));
    warn_of_missing(trial);
    vg_trial_flow(trial);
    VG_TRY(vg_trial_multiplicity(trial, error));
    VG_TRY(vg_trial_safety(trial, error));
    vg_trial_adherence(trial);
    VG_TRY(vg_trial_panel(trial, error));
    vg_trial_methods(trial);
    if (trial->short_of_memory)
        return vg_fail_memory(error);
    return vg_result_status(trial->result, error);
}

VgStatus vg_trial_run(const VgStudy *study, VgResult *result, VgError *error)
{
    VG_TRY(check_study(study, error));
    VgArena *scratch = vg_arena_create();
    if (!scratch)
        return vg_fail_memory(error);
    VgTrial trial = {study, result, scratch, VG_NEW(scratch, VgTrialRun, study->n_analyses + 1),
                     false};
    VgStatus status = trial.run ? carry_out(&trial, error) : vg_fail_memory(error);
    vg_arena_destroy(scratch);
    VG_TRY(vg_result_status(result, error)); /* first: rows that are missing explain the rest */
    return status;
}
